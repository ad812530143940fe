//! Connections that cannot be had, and what the user is told of each.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::authority::Authority;
use super::server::{connected, echo, engine, h2_server, listen, run, serve, soon, spec, with_tls, words};
use crate::engine::{Cause, EndedBy, Engine};
use crate::request::{Address, CallSpec, TlsSpec};
use crate::schema::Kind;

/// The cause of a call that must fail for want of a connection.
fn cause(engine: &Engine, spec: CallSpec) -> Cause {
    let (events, outcome) = run(engine, spec);
    assert_eq!(words(&events), ["connecting"]);
    assert_eq!((outcome.status.code, outcome.ended_by), (14, EndedBy::Failure), "{outcome:?}");
    let cause = outcome.cause.unwrap();
    assert_eq!(outcome.status.message, cause.to_string());
    cause
}

fn unary(address: SocketAddr) -> CallSpec {
    spec(address, Kind::Unary, &["x"])
}

/// A server that says this to everybody and closes.
async fn speaker(words: &'static [u8]) -> SocketAddr {
    listen(move |mut stream| async move {
        // Something must be read first, or closing resets what was written.
        let mut heard = [0; 1024];
        let _count = stream.read(&mut heard).await.unwrap();
        stream.write_all(words).await.unwrap();
        stream.shutdown().await.unwrap();
        while stream.read(&mut heard).await.is_ok_and(|count| count > 0) {}
    })
    .await
}

#[test]
fn nobody_listens() {
    let engine = engine();
    let address = engine.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        listener.local_addr().unwrap()
    });
    let (_, outcome) = run(&engine, unary(address));
    assert_eq!(outcome.status.message, format!("nothing listens on {address} (connection refused)"));
    assert_eq!(outcome.cause, Some(Cause::Refused { address: address.to_string() }));
}

#[test]
fn a_name_without_an_address() {
    let engine = engine();
    let mut spec = unary(([127, 0, 0, 1], 1).into());
    spec.access.connection.addresses = vec![Address::Tcp { host: "no-such-host.invalid".to_owned(), port: 50051 }];
    assert_eq!(cause(&engine, spec), Cause::NameNotFound { host: "no-such-host.invalid".to_owned() });
}

#[test]
fn every_address_of_a_name_is_tried() {
    let engine = engine();
    // Listens on IPv4 only, whatever order the system gives the addresses of localhost in.
    let address = engine.block_on(h2_server(|exchange| echo(exchange, None)));
    let mut spec = unary(address);
    spec.access.connection.addresses = vec![Address::Tcp { host: "localhost".to_owned(), port: address.port() }];
    assert_eq!(run(&engine, spec).1.status.code, 0);
}

#[test]
fn a_server_that_says_nothing() {
    let engine = engine();
    let address = engine.block_on(listen(|stream| async move {
        std::future::pending::<()>().await;
        drop(stream);
    }));
    let mut spec = unary(address);
    spec.access.connection.connect_timeout = Duration::from_millis(100);
    assert_eq!(cause(&engine, spec.clone()), Cause::ConnectTimeout { address: address.to_string() });
    let spec = with_tls(spec, TlsSpec { insecure: true, ..TlsSpec::default() });
    assert_eq!(cause(&engine, spec), Cause::ConnectTimeout { address: address.to_string() });
}

#[test]
fn peers_that_speak_something_else() {
    let engine = engine();
    let check = |words: &'static [u8], expected: fn(String) -> Cause| {
        let address = engine.block_on(speaker(words));
        assert_eq!(cause(&engine, unary(address)), expected(address.to_string()));
    };
    check(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n", |address| Cause::Http1 {
        address,
        detail: "HTTP/1.1 400 Bad Request".to_owned(),
    });
    check(b"SSH-2.0-OpenSSH_9.2\r\n", |address| Cause::NotHttp2 {
        address,
        detail: "it sent “SSH-2.0-OpenSSH_9.2”".to_owned(),
    });
    check(b"\x15\x03\x03\x00\x02\x02\x46", |address| Cause::WantsTls { address });
    check(b"\xfe\xfd\xfc\x00\x01\x02\x03\x04\x05\x06\x07\x08", |address| Cause::NotHttp2 {
        address,
        detail: "it sent “bytes fe fd fc 00 01 02 03 04 05 06 07 08”".to_owned(),
    });
    check(b"", |address| Cause::NotHttp2 { address, detail: "it closed the connection without a word".to_owned() });
}

#[test]
fn tls_to_peers_that_do_not_speak_it() {
    let engine = engine();
    let insecure = TlsSpec { insecure: true, ..TlsSpec::default() };
    let address = engine.block_on(h2_server(|exchange| echo(exchange, None)));
    let detail = "it speaks plaintext HTTP/2".to_owned();
    let expected = Cause::NoTls { address: address.to_string(), detail };
    assert_eq!(cause(&engine, with_tls(unary(address), insecure.clone())), expected);
    let address = engine.block_on(speaker(b"HTTP/1.1 400 Bad Request\r\n\r\n"));
    let expected =
        Cause::NoTls { address: address.to_string(), detail: "it sent “HTTP/1.1 400 Bad Request”".to_owned() };
    assert_eq!(cause(&engine, with_tls(unary(address), insecure)), expected);
}

#[cfg(unix)]
#[test]
fn a_socket_file_works_as_well() {
    let engine = engine();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("server.sock");
    let mut spec = unary(([127, 0, 0, 1], 1).into());
    spec.access.connection.addresses = vec![Address::Unix(path.clone())];
    assert_eq!(cause(&engine, spec.clone()), Cause::Refused { address: path.display().to_string() });
    engine.block_on(async {
        let listener = tokio::net::UnixListener::bind(&path).unwrap();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, |exchange| echo(exchange, None)));
            }
        });
    });
    let (events, outcome) = run(&engine, spec);
    assert_eq!(outcome.status.code, 0);
    let peer = connected(&events);
    assert_eq!(peer.address, path.display().to_string());
}

#[test]
fn plaintext_to_a_tls_port() {
    let engine = engine();
    let authority = Authority::new("Test Root");
    let address = authority.server("127.0.0.1").run(&engine);
    assert_eq!(cause(&engine, unary(address)), Cause::WantsTls { address: address.to_string() });
    // One that closes without an alert, as those of Node and Go do: only a second look tells.
    let address = engine.block_on(listen(move |mut stream| async move {
        let mut first = [0; 1];
        if stream.read_exact(&mut first).await.is_ok() && first == [0x16] {
            stream.write_all(b"\x15\x03\x03\x00\x02\x02\x46").await.unwrap();
        }
    }));
    assert_eq!(cause(&engine, unary(address)), Cause::WantsTls { address: address.to_string() });
}

#[test]
fn failed_calls_leave_no_task_behind() {
    let (client, servers) = (engine(), engine());
    let silent = servers.block_on(listen(|stream| async move {
        std::future::pending::<()>().await;
        drop(stream);
    }));
    let addresses =
        [silent, servers.block_on(speaker(b"HTTP/1.1 400 Bad Request\r\n\r\n")), servers.block_on(speaker(b""))];
    for address in addresses.into_iter().cycle().take(60) {
        let mut spec = unary(address);
        spec.access.connection.connect_timeout = Duration::from_millis(20);
        assert_eq!(run(&client, spec).1.ended_by, EndedBy::Failure);
    }
    client.block_on(soon(async {
        while client.handle.metrics().num_alive_tasks() > 0 {
            tokio::task::yield_now().await;
        }
    }));
}
