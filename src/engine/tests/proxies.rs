//! Proxies on the way to a server: those that lead on, and what is told of those that do not.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::TcpStream;
use tokio::sync::mpsc;

use super::server::{LIMIT, connected, echo, engine, h2_server, listen, run, soon, spec, with_tls};
use super::ways::{dead, insecure, named, no_look_up, no_variables, opened, steps, tls_server};
use crate::engine::connect::Surroundings;
use crate::engine::{Cause, Engine};
use crate::request::{Address, CallSpec, Proxy, ProxyAddress, ProxyKind};
use crate::schema::Kind;

/// What a proxy was asked.
pub(super) type Asked = mpsc::Receiver<String>;

/// Answers CONNECT so, whoever asks for whatever; leads to `server` after a 200.
pub(super) async fn http_proxy(server: SocketAddr, answer: &'static str) -> (SocketAddr, Asked) {
    let (seen, asked) = mpsc::channel(16);
    let address = listen(move |mut client| {
        let seen = seen.clone();
        async move {
            let mut head = String::new();
            while !head.ends_with("\r\n\r\n") {
                let Ok(byte) = client.read_u8().await else { return };
                head.push(char::from(byte));
            }
            // Second looks ask too.
            let _room = seen.try_send(head).is_ok();
            client.write_all(answer.as_bytes()).await.unwrap();
            if answer.contains(" 200 ") {
                let mut server = TcpStream::connect(server).await.unwrap();
                let _ended = copy_bidirectional(&mut client, &mut server).await.is_ok();
            }
        }
    })
    .await;
    (address, asked)
}

/// SOCKS 5, with that user and password or without, which answers every request with that code.
async fn socks_proxy(server: SocketAddr, login: Option<(&'static str, &'static str)>, code: u8) -> (SocketAddr, Asked) {
    let (seen, asked) = mpsc::channel(16);
    let address = listen(move |mut client| {
        let seen = seen.clone();
        async move {
            let mut greeting = [0; 2];
            client.read_exact(&mut greeting).await.unwrap();
            let mut methods = vec![0; usize::from(greeting[1])];
            client.read_exact(&mut methods).await.unwrap();
            let wanted = if login.is_some() { 2 } else { 0 };
            if !methods.contains(&wanted) {
                client.write_all(&[5, 0xff]).await.unwrap();
                return;
            }
            client.write_all(&[5, wanted]).await.unwrap();
            if let Some((user, password)) = login {
                let mut given = Vec::new();
                assert_eq!(client.read_u8().await.unwrap(), 1);
                for _ in 0..2 {
                    let mut text = vec![0; usize::from(client.read_u8().await.unwrap())];
                    client.read_exact(&mut text).await.unwrap();
                    given.push(String::from_utf8(text).unwrap());
                }
                let status = u8::from(given != [user, password]);
                client.write_all(&[1, status]).await.unwrap();
                if status != 0 {
                    return;
                }
            }
            let mut request = [0; 4];
            client.read_exact(&mut request).await.unwrap();
            assert_eq!(request[..3], [5, 1, 0]);
            let host = match request[3] {
                1 => {
                    let mut address = [0; 4];
                    client.read_exact(&mut address).await.unwrap();
                    std::net::Ipv4Addr::from(address).to_string()
                }
                4 => {
                    let mut address = [0; 16];
                    client.read_exact(&mut address).await.unwrap();
                    std::net::Ipv6Addr::from(address).to_string()
                }
                _ => {
                    let mut name = vec![0; usize::from(client.read_u8().await.unwrap())];
                    client.read_exact(&mut name).await.unwrap();
                    String::from_utf8(name).unwrap()
                }
            };
            let port = client.read_u16().await.unwrap();
            let _room = seen.try_send(format!("{host} {port}")).is_ok();
            // The longest form of where it connected from.
            client.write_all(&[5, code, 0, 3, 4, b'h', b'o', b's', b't', 0, 80]).await.unwrap();
            if code == 0 {
                let mut server = TcpStream::connect(server).await.unwrap();
                let _ended = copy_bidirectional(&mut client, &mut server).await.is_ok();
            }
        }
    })
    .await;
    (address, asked)
}

/// A call to `target.test:7` through a proxy.
fn through(kind: ProxyKind, proxy: SocketAddr, login: Option<(&str, &str)>) -> CallSpec {
    let mut spec = spec(proxy, Kind::Unary, &["x"]);
    spec.access.connection = named("target.test", 7);
    spec.access.connection.proxy = Proxy::Given(ProxyAddress {
        kind,
        host: proxy.ip().to_string(),
        port: proxy.port(),
        credentials: login.map(|(user, password)| (user.to_owned(), password.to_owned())),
    });
    spec
}

fn cause(engine: &Engine, spec: CallSpec) -> Cause {
    let outcome = run(engine, spec).1;
    assert_eq!(outcome.status.code, 14, "{outcome:?}");
    outcome.cause.unwrap()
}

fn server(engine: &Engine) -> SocketAddr {
    engine.block_on(h2_server(|exchange| echo(exchange, None)))
}

pub(super) const YES: &str = "HTTP/1.1 200 Connection established\r\nX-Proxy: yes\r\n\r\n";

#[test]
fn an_http_proxy_leads_on() {
    let engine = engine();
    let (proxy, mut asked) = engine.block_on(http_proxy(server(&engine), YES));
    let (events, outcome) = run(&engine, through(ProxyKind::Http, proxy, None));
    assert_eq!(outcome.status.code, 0, "{outcome:?}");
    let head = engine.block_on(soon(asked.recv())).unwrap();
    assert!(head.starts_with("CONNECT target.test:7 HTTP/1.1\r\nHost: target.test:7\r\n"), "{head}");
    assert!(!head.contains("Proxy-Authorization"), "{head}");
    let expected =
        [format!("trying {proxy}"), format!("socket {proxy}"), format!("through {proxy}"), "settings None".to_owned()];
    assert_eq!(steps(&events), expected);
    let peer = connected(&events);
    assert_eq!((peer.address.as_str(), peer.via.clone()), ("target.test:7", Some(proxy.to_string())));
}

#[test]
fn tls_goes_through_the_proxy_to_the_target() {
    let engine = engine();
    let (proxy, _asked) = engine.block_on(async { http_proxy(tls_server().await, YES).await });
    let (events, outcome) = run(&engine, with_tls(through(ProxyKind::Http, proxy, None), insecure()));
    assert_eq!(outcome.status.code, 0, "{outcome:?}");
    assert_eq!(steps(&events)[2..], [format!("through {proxy}"), "secured TLSv1.3".into(), "settings None".into()]);
    // A second look at the target goes through the proxy too.
    let plaintext = cause(&engine, through(ProxyKind::Http, proxy, None));
    assert_eq!(plaintext, Cause::WantsTls { address: "target.test:7".to_owned() });
}

#[test]
fn credentials_are_sent_to_the_proxy() {
    let engine = engine();
    let (proxy, mut asked) = engine.block_on(http_proxy(server(&engine), YES));
    let (_, outcome) = run(&engine, through(ProxyKind::Http, proxy, Some(("me", "s:cret"))));
    assert_eq!(outcome.status.code, 0, "{outcome:?}");
    let head = engine.block_on(soon(asked.recv())).unwrap();
    assert!(head.contains("\r\nProxy-Authorization: Basic bWU6czpjcmV0\r\n"), "{head}");
}

#[test]
fn http_proxies_that_do_not_lead_on() {
    let engine = engine();
    let check = |answer: &'static str, login: Option<(&str, &str)>, expected: fn(String) -> Cause| {
        let (proxy, _asked) = engine.block_on(http_proxy(([127, 0, 0, 1], 1).into(), answer));
        assert_eq!(cause(&engine, through(ProxyKind::Http, proxy, login)), expected(proxy.to_string()), "{answer}");
    };
    let wants = "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"x\"\r\n\r\n";
    check(wants, None, |proxy| Cause::ProxyCredentials {
        proxy,
        detail: "it wants user and password (“HTTP/1.1 407 Proxy Authentication Required”)".to_owned(),
    });
    check(wants, Some(("a", "b")), |proxy| Cause::ProxyCredentials {
        proxy,
        detail: "it refused user and password (“HTTP/1.1 407 Proxy Authentication Required”)".to_owned(),
    });
    check("HTTP/1.1 407 No\r\nproxy-authenticate: NTLM\r\nProxy-Authenticate: Negotiate x\r\n\r\n", None, |proxy| {
        Cause::ProxyCredentials {
            proxy,
            detail: "it takes NTLM, Negotiate, and only Basic is spoken here (“HTTP/1.1 407 No”)".to_owned(),
        }
    });
    check("HTTP/1.0 401 Unauthorized\r\n\r\n", Some(("a", "b")), |proxy| Cause::ProxyCredentials {
        proxy,
        detail: "it refused user and password (“HTTP/1.0 401 Unauthorized”)".to_owned(),
    });
    check("HTTP/1.0 403 Filtered\r\n\r\n", None, |proxy| Cause::ProxyRefused {
        proxy,
        address: "target.test:7".to_owned(),
        detail: "“HTTP/1.0 403 Filtered”".to_owned(),
    });
    check("HTTP/1.1 100 Wait\r\n\r\nHTTP/1.1 502 Bad Gateway\r\n\r\n", None, |proxy| Cause::ProxyCannotReach {
        proxy,
        address: "target.test:7".to_owned(),
        detail: "“HTTP/1.1 502 Bad Gateway”".to_owned(),
    });
    check("SSH-2.0-OpenSSH_9.2\r\n", None, |proxy| Cause::NotAProxy {
        proxy,
        detail: "it sent “SSH-2.0-OpenSSH_9.2”".to_owned(),
    });
    check("HTTP/1.1 yes\r\n\r\n", None, |proxy| Cause::NotAProxy {
        proxy,
        detail: "it sent “HTTP/1.1 yes”".to_owned(),
    });
    check("HTTP/1.1 2", None, |proxy| Cause::NotAProxy {
        proxy,
        detail: "it closed the connection in the middle of its answer".to_owned(),
    });
    check("", None, |proxy| Cause::NotAProxy { proxy, detail: "it closed the connection without a word".to_owned() });
}

#[test]
fn a_proxy_that_never_ends_its_answer() {
    let engine = engine();
    let proxy = engine.block_on(listen(|mut client| async move {
        client.write_all(b"HTTP/1.1 200 OK\r\n").await.unwrap();
        while client.write_all(b"x-filler: 0123456789012345678901234567890123456789\r\n").await.is_ok() {}
    }));
    let detail = "the head of its answer has more than 16384 bytes".to_owned();
    let expected = Cause::NotAProxy { proxy: proxy.to_string(), detail };
    assert_eq!(cause(&engine, through(ProxyKind::Http, proxy, None)), expected);
}

#[test]
fn proxies_that_are_not_there_or_do_not_answer() {
    let engine = engine();
    let dead = engine.block_on(dead());
    let expected = Cause::ProxyUnreachable { proxy: dead.to_string(), detail: "connection refused".to_owned() };
    assert_eq!(cause(&engine, through(ProxyKind::Http, dead, None)), expected);
    let silent = engine.block_on(listen(|stream| async move {
        std::future::pending::<()>().await;
        drop(stream);
    }));
    for kind in [ProxyKind::Http, ProxyKind::Socks5] {
        let mut spec = through(kind, silent, None);
        spec.access.connection.connect_timeout = LIMIT / 100;
        let proxy = silent.to_string();
        let expected = match kind {
            ProxyKind::Http => {
                let detail = "no answer in time".to_owned();
                Cause::ProxyCannotReach { proxy, address: "target.test:7".to_owned(), detail }
            }
            ProxyKind::Socks5 => {
                Cause::NotAProxy { proxy, detail: "it does not answer the greeting of SOCKS 5".to_owned() }
            }
        };
        assert_eq!(cause(&engine, spec), expected);
    }
}

#[test]
fn a_socks_proxy_leads_on() {
    let engine = engine();
    let server = server(&engine);
    for login in [None, Some(("me", "secret"))] {
        let (proxy, mut asked) = engine.block_on(socks_proxy(server, login, 0));
        for (host, expected) in [("target.test", "target.test 7"), ("10.1.2.3", "10.1.2.3 7"), ("::2", "::2 7")] {
            let mut spec = through(ProxyKind::Socks5, proxy, login);
            spec.access.connection.addresses = vec![Address::Tcp { host: host.to_owned(), port: 7 }];
            let (events, outcome) = run(&engine, spec);
            assert_eq!(outcome.status.code, 0, "{outcome:?}");
            assert_eq!(steps(&events)[2], format!("through {proxy}"));
            assert_eq!(engine.block_on(soon(asked.recv())).unwrap(), expected);
        }
    }
}

#[test]
fn socks_proxies_that_do_not_lead_on() {
    let engine = engine();
    let nowhere = ([127, 0, 0, 1], 1).into();
    let credentials = |proxy: SocketAddr, detail: &str| Cause::ProxyCredentials {
        proxy: proxy.to_string(),
        detail: detail.to_owned(),
    };
    let (proxy, _asked) = engine.block_on(socks_proxy(nowhere, Some(("me", "secret")), 0));
    let refused = cause(&engine, through(ProxyKind::Socks5, proxy, Some(("me", "wrong"))));
    assert_eq!(refused, credentials(proxy, "it refused user and password"));
    let without = cause(&engine, through(ProxyKind::Socks5, proxy, None));
    assert_eq!(without, credentials(proxy, "it takes nobody without user and password"));
    let long = "x".repeat(256);
    let too_long = cause(&engine, through(ProxyKind::Socks5, proxy, Some(("me", &long))));
    assert_eq!(too_long, credentials(proxy, "in SOCKS user and password may have 255 bytes each"));

    let address = || "target.test:7".to_owned();
    let (proxy, _asked) = engine.block_on(socks_proxy(nowhere, None, 5));
    let detail = "connection refused".to_owned();
    let expected = Cause::ProxyCannotReach { proxy: proxy.to_string(), address: address(), detail };
    assert_eq!(cause(&engine, through(ProxyKind::Socks5, proxy, None)), expected);
    let (proxy, _asked) = engine.block_on(socks_proxy(nowhere, None, 2));
    let detail = "its rules do not allow it".to_owned();
    let expected = Cause::ProxyRefused { proxy: proxy.to_string(), address: address(), detail };
    assert_eq!(cause(&engine, through(ProxyKind::Socks5, proxy, None)), expected);

    let web = engine.block_on(listen(|mut client| async move {
        client.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
        let _ended = client.read_to_end(&mut Vec::new()).await.is_ok();
    }));
    let detail = "it sent “HTTP/1.1 400 Bad Request”".to_owned();
    let expected = Cause::NotAProxy { proxy: web.to_string(), detail };
    assert_eq!(cause(&engine, through(ProxyKind::Socks5, web, None)), expected);
}

#[test]
fn the_environment_names_a_proxy() {
    let engine = engine();
    let server = server(&engine);
    let (proxy, _asked) = engine.block_on(http_proxy(server, YES));
    let mut spec = named("target.test", 7);
    spec.proxy = Proxy::Environment;
    let variable = move |name: &str| (name == "https_proxy").then(|| format!("http://me:secret@{proxy}"));
    let around = Surroundings { variable: &variable, look_up: &no_look_up };
    let (steps, connection) = opened(&engine, &spec, around);
    assert!(steps.contains(&format!("through {proxy} (https_proxy)")), "{steps:?}");
    assert_eq!(connection.unwrap().peer.via, Some(format!("{proxy} (https_proxy)")));

    let variable = move |name: &str| match name {
        "https_proxy" => Some(format!("http://{proxy}")),
        "no_proxy" => Some(".test".to_owned()),
        _ => None,
    };
    let around = Surroundings { variable: &variable, look_up: &move |_, _| Box::pin(async move { Ok(vec![server]) }) };
    assert_eq!(opened(&engine, &spec, around).1.unwrap().peer.via, None);

    // What is given comes before the environment, and a server on this machine needs no proxy.
    spec.proxy = Proxy::Direct;
    assert_eq!(opened(&engine, &spec, around).1.unwrap().peer.via, None);
    let mut near = named("127.0.0.1", server.port());
    near.proxy = Proxy::Environment;
    let variable = |_: &str| Some("http://proxy.test:1".to_owned());
    let around = Surroundings { variable: &variable, look_up: &no_look_up };
    assert_eq!(opened(&engine, &near, around).1.unwrap().peer.via, None);
}

#[test]
fn an_environment_with_a_proxy_that_is_none() {
    let engine = engine();
    let mut spec = named("target.test", 7);
    spec.proxy = Proxy::Environment;
    let variable = |name: &str| (name == "ALL_PROXY").then(|| "https://me:secret@proxy.test".to_owned());
    let around = Surroundings { variable: &variable, look_up: &no_look_up };
    let cause = opened(&engine, &spec, around).1.unwrap_err();
    let Cause::BadProxy { variable, detail } = &cause else { panic!("{cause:?}") };
    assert_eq!(variable, "ALL_PROXY");
    assert!(detail.contains("TLS to the proxy") && !detail.contains("secret"), "{detail}");
    let around = Surroundings { variable: &no_variables, look_up: &|_, _| Box::pin(async { Ok(Vec::new()) }) };
    assert!(matches!(opened(&engine, &spec, around).1, Err(Cause::NameNotFound { .. })));
}
