//! Connections that cannot be had, and what the user is told of each.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd};
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig};

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

/// An authority, and the files that a client needs to believe it.
struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    folder: tempfile::TempDir,
}

impl Authority {
    fn new(name: &str) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        Self { issuer, folder: tempfile::tempdir().unwrap() }
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    fn trusted(&self) -> TlsSpec {
        TlsSpec { ca: Some(self.file("ca.pem", &self.issuer.pem())), ..TlsSpec::default() }
    }

    fn params(name: &str) -> CertificateParams {
        CertificateParams::new(vec![name.to_owned()]).unwrap()
    }

    /// An echo server with such a certificate, with client certificates of this authority if `mutual`.
    fn server(&self, engine: &Engine, params: &CertificateParams, alpn: &[&[u8]], mutual: bool) -> SocketAddr {
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let provider = Arc::new(ring::default_provider());
        let builder =
            ServerConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions().unwrap();
        let builder = if mutual {
            let mut roots = RootCertStore::empty();
            roots.add(self.issuer.der().clone()).unwrap();
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap();
            builder.with_client_cert_verifier(verifier)
        } else {
            builder.with_no_client_auth()
        };
        let chain: Vec<CertificateDer<'static>> = vec![certificate.der().clone()];
        let private = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let mut config = builder.with_single_cert(chain, private).unwrap();
        config.alpn_protocols = alpn.iter().map(|protocol| protocol.to_vec()).collect();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        engine.block_on(listen(move |stream| {
            let acceptor = acceptor.clone();
            async move {
                if let Ok(stream) = acceptor.accept(stream).await {
                    serve(stream, |exchange| echo(exchange, None)).await;
                }
            }
        }))
    }
}

#[test]
fn a_trusted_server_is_reached() {
    let engine = engine();
    let authority = Authority::new("Test Root");
    let address = authority.server(&engine, &Authority::params("127.0.0.1"), &[b"h2"], false);
    for tls in [authority.trusted(), TlsSpec { insecure: true, ..TlsSpec::default() }] {
        let (events, outcome) = run(&engine, with_tls(unary(address), tls));
        assert_eq!(outcome.status.code, 0, "{outcome:?}");
        let peer = connected(&events);
        let tls = peer.tls.as_ref().unwrap();
        assert_eq!(tls.version, "TLSv1.3");
        assert!(tls.cipher.starts_with("TLS13_"), "{}", tls.cipher);
    }
}

#[test]
fn the_authority_names_the_certificate() {
    let engine = engine();
    let authority = Authority::new("Test Root");
    let address = authority.server(&engine, &Authority::params("shop.example"), &[b"h2"], false);
    let mut spec = with_tls(unary(address), authority.trusted());
    let expected = Cause::WrongName { expected: "127.0.0.1".to_owned(), names: "shop.example".to_owned() };
    assert_eq!(cause(&engine, spec.clone()), expected);
    spec.access.connection.authority = Some("shop.example".to_owned());
    assert_eq!(run(&engine, spec).1.status.code, 0);
}

#[test]
fn certificates_that_are_refused() {
    let engine = engine();
    let authority = Authority::new("Test Root");
    let address = authority.server(&engine, &Authority::params("127.0.0.1"), &[b"h2"], false);
    for (name, word) in [("Another Root", "not among"), ("Test Root", "another key")] {
        let stranger = Authority::new(name);
        let unknown = cause(&engine, with_tls(unary(address), stranger.trusted()));
        let Cause::UnknownIssuer { detail } = unknown else { panic!("{unknown:?}") };
        assert!(detail.contains(word), "{detail}");
    }

    let mut old = Authority::params("127.0.0.1");
    old.not_after = date_time_ymd(2001, 2, 3);
    let address = authority.server(&engine, &old, &[b"h2"], false);
    let expected = Cause::Expired { detail: "it ended on 2001-02-03T00:00:00Z".to_owned() };
    assert_eq!(cause(&engine, with_tls(unary(address), authority.trusted())), expected);

    let mut young = Authority::params("127.0.0.1");
    young.not_before = date_time_ymd(3001, 2, 3);
    let address = authority.server(&engine, &young, &[b"h2"], false);
    let expected = Cause::Expired { detail: "it begins on 3001-02-03T00:00:00Z".to_owned() };
    assert_eq!(cause(&engine, with_tls(unary(address), authority.trusted())), expected);
}

#[test]
fn a_ca_as_a_server_is_named_as_such() {
    let engine = engine();
    let authority = Authority::new("Test Root");
    let mut params = Authority::params("127.0.0.1");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let address = authority.server(&engine, &params, &[b"h2"], false);
    let cause = cause(&engine, with_tls(unary(address), authority.trusted()));
    assert!(matches!(&cause, Cause::Tls { detail } if detail.contains("CA:TRUE")), "{cause:?}");
}

#[test]
fn a_client_certificate_is_shown_where_one_is_wanted() {
    let engine = engine();
    let authority = Authority::new("Test Root");
    let address = authority.server(&engine, &Authority::params("127.0.0.1"), &[b"h2"], true);
    let expected = Cause::Tls { detail: "the server wants a client certificate".to_owned() };
    assert_eq!(cause(&engine, with_tls(unary(address), authority.trusted())), expected);

    let key = KeyPair::generate().unwrap();
    let certificate = Authority::params("client").signed_by(&key, &authority.issuer).unwrap();
    let chain = authority.file("client.pem", &certificate.pem());
    let private = authority.file("client.key", &key.serialize_pem());
    let tls = TlsSpec { identity: Some((chain.clone(), private)), ..authority.trusted() };
    assert_eq!(run(&engine, with_tls(unary(address), tls)).1.status.code, 0);

    let other = authority.file("other.key", &KeyPair::generate().unwrap().serialize_pem());
    let tls = TlsSpec { identity: Some((chain, other.clone())), ..authority.trusted() };
    let mismatch = cause(&engine, with_tls(unary(address), tls));
    assert!(matches!(&mismatch, Cause::TlsFile { path, .. } if *path == other.display().to_string()), "{mismatch:?}");
}

#[test]
fn plaintext_to_a_tls_port() {
    let engine = engine();
    let authority = Authority::new("Test Root");
    let address = authority.server(&engine, &Authority::params("127.0.0.1"), &[b"h2"], true);
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
fn a_tls_server_without_http2() {
    let engine = engine();
    let authority = Authority::new("Test Root");
    let address = authority.server(&engine, &Authority::params("127.0.0.1"), &[b"http/1.1"], false);
    let cause = cause(&engine, with_tls(unary(address), authority.trusted()));
    assert!(matches!(cause, Cause::Http1 { .. }), "{cause:?}");
}

#[test]
fn a_file_that_is_not_there() {
    let engine = engine();
    let authority = Authority::new("Test Root");
    let address = authority.server(&engine, &Authority::params("127.0.0.1"), &[b"h2"], false);
    let tls = TlsSpec { ca: Some(authority.folder.path().join("none.pem")), ..TlsSpec::default() };
    let cause = cause(&engine, with_tls(unary(address), tls));
    assert!(matches!(&cause, Cause::TlsFile { path, .. } if path.ends_with("none.pem")), "{cause:?}");
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
