//! The ways to a server: lists of addresses, names with several, sockets, and the steps that a call tells of them.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls_pki_types::PrivateKeyDer;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;

use super::server::{
    LIMIT, access, connected, echo, engine, h2_server, listen, run, serve, soon, spec, with_tls, words,
};
use crate::engine::connect::{Connection, Heard, Steps, Surroundings, open_from};
use crate::engine::queue::{Later, queue};
use crate::engine::{CallEvent, Cause, Engine, Happened, Step};
use crate::request::{Address, CallSpec, ConnectionSpec, TlsSpec};
use crate::schema::Kind;

/// The addresses of a name, to come.
type LookUp = Pin<Box<dyn Future<Output = io::Result<Vec<SocketAddr>>> + Send>>;

/// An environment without variables.
pub(super) fn no_variables(_name: &str) -> Option<String> {
    None
}

/// A look-up that must not be asked.
pub(super) fn no_look_up(host: String, _port: u16) -> LookUp {
    Box::pin(async move { panic!("{host} is looked up") })
}

/// Every name has these addresses.
fn names(addresses: &[SocketAddr]) -> impl Fn(String, u16) -> LookUp + Sync + use<> {
    let addresses = addresses.to_vec();
    move |_host, _port| {
        let addresses = addresses.clone();
        Box::pin(async move { Ok(addresses) })
    }
}

/// The steps in a line each.
pub(super) fn steps(events: &[CallEvent]) -> Vec<String> {
    let line = |event: &CallEvent| {
        let Happened::Step(step) = &event.what else { return None };
        Some(match step {
            Step::LookedUp { host, addresses } => format!("looked up {host}: {}", addresses.join(" ")),
            Step::Trying { address } => format!("trying {address}"),
            Step::Failed { address, reason } => format!("failed {address}: {reason}"),
            Step::SocketConnected { address } => format!("socket {address}"),
            Step::Tunnelled { proxy } => format!("through {proxy}"),
            Step::Secured { version } => format!("secured {version}"),
            Step::Settings { max_streams } => format!("settings {max_streams:?}"),
            Step::FetchingToken { .. } | Step::Browser { .. } | Step::Token { .. } => return None,
        })
    };
    events.iter().filter_map(line).collect()
}

/// Opens a connection from these surroundings: the steps, and what they came to.
pub(super) fn opened(
    engine: &Engine,
    spec: &ConnectionSpec,
    around: Surroundings<'_>,
) -> (Vec<String>, Result<Connection, Cause>) {
    let (events, mut receiver) = queue(Instant::now(), Arc::new(|| {}), Later::default());
    let result = engine.block_on(soon(open_from(spec, &Heard::default(), around, Steps(Some(&events)))));
    let mut told = Vec::new();
    while let Ok(Some(event)) = receiver.try_next() {
        told.push(event);
    }
    (steps(&told), result)
}

/// A connection to a name.
pub(super) fn named(name: &str, port: u16) -> ConnectionSpec {
    let addresses = vec![Address::Tcp { host: name.to_owned(), port }];
    ConnectionSpec { addresses, ..access(([127, 0, 0, 1], port).into()).connection }
}

fn to(addresses: &[SocketAddr]) -> CallSpec {
    let mut call = spec(addresses[0], Kind::Unary, &["x"]);
    let tcp = |address: &SocketAddr| Address::Tcp { host: address.ip().to_string(), port: address.port() };
    call.access.connection.addresses = addresses.iter().map(tcp).collect();
    call
}

/// An address where nobody listens.
pub(super) async fn dead() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap()
}

async fn live() -> SocketAddr {
    h2_server(|exchange| echo(exchange, None)).await
}

/// A web server that takes no HTTP/2.
async fn web() -> SocketAddr {
    listen(|mut stream| async move {
        let mut heard = [0; 1024];
        let _count = stream.read(&mut heard).await.unwrap();
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
        stream.shutdown().await.unwrap();
        while stream.read(&mut heard).await.is_ok_and(|count| count > 0) {}
    })
    .await
}

/// A server with a certificate that nobody signed.
pub(super) async fn tls_server() -> SocketAddr {
    let issued = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(issued.signing_key.serialize_der()).unwrap();
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![issued.cert.der().clone()], key)
        .unwrap();
    config.alpn_protocols = vec![b"h2".to_vec()];
    let acceptor = TlsAcceptor::from(Arc::new(config));
    listen(move |stream| {
        let acceptor = acceptor.clone();
        async move {
            if let Ok(stream) = acceptor.accept(stream).await {
                serve(stream, |exchange| echo(exchange, None)).await;
            }
        }
    })
    .await
}

pub(super) fn insecure() -> TlsSpec {
    TlsSpec { insecure: true, ..TlsSpec::default() }
}

#[test]
fn the_steps_of_a_call_come_in_order() {
    let engine = engine();
    let address = engine.block_on(tls_server());
    let mut spec = with_tls(to(&[address]), insecure());
    spec.access.connection.addresses = vec![Address::Tcp { host: "localhost".to_owned(), port: address.port() }];
    let (events, outcome) = run(&engine, spec.clone());
    assert_eq!(outcome.status.code, 0, "{outcome:?}");
    assert_eq!(words(&events)[..2], ["connecting", "connected"]);
    let told = steps(&events);
    assert!(told[0].starts_with("looked up localhost: ") && told[0].contains("127.0.0.1"), "{told:?}");
    let last = [format!("socket {address}"), "secured TLSv1.3".to_owned(), "settings None".to_owned()];
    assert_eq!(told[told.len() - 3..], last, "{told:?}");
    let times: Vec<Duration> = events.iter().map(|event| event.at).collect();
    assert!(times.is_sorted(), "{times:?}");
    let peer = connected(&events);
    assert_eq!((peer.address.clone(), peer.via.clone()), (address.to_string(), None));
    assert!(peer.local.as_ref().is_some_and(|local| local.starts_with("127.0.0.1:")), "{peer:?}");
    // A connection that stands takes no steps.
    let (events, _) = run(&engine, spec);
    assert_eq!((words(&events)[0].as_str(), steps(&events).len()), ("reused", 0));
}

#[test]
fn a_dead_first_address_costs_its_own_attempt_only() {
    let engine = engine();
    let (dead, live) = engine.block_on(async { (dead().await, live().await) });
    let (events, outcome) = run(&engine, to(&[dead, live]));
    assert_eq!(outcome.status.code, 0, "{outcome:?}");
    let expected = [
        format!("trying {dead}"),
        format!("failed {dead}: connection refused"),
        format!("trying {live}"),
        format!("socket {live}"),
        "settings None".to_owned(),
    ];
    assert_eq!(steps(&events), expected);
    assert_eq!(connected(&events).address, live.to_string());
}

#[test]
fn addresses_are_tried_in_order() {
    let engine = engine();
    let (first, second) = engine.block_on(async { (live().await, live().await) });
    for addresses in [[first, second], [second, first]] {
        let (events, _) = run(&engine, to(&addresses));
        assert_eq!(connected(&events).address, addresses[0].to_string());
    }
}

#[test]
fn of_dead_addresses_each_is_told() {
    let engine = engine();
    let (one, other) = engine.block_on(async { (dead().await, dead().await) });
    let (_, outcome) = run(&engine, to(&[one, other]));
    let detail = format!("{one}: connection refused; {other}: connection refused");
    assert_eq!(outcome.cause, Some(Cause::NoAddress { count: 2, detail }));
}

#[test]
fn a_server_that_is_of_no_use_is_passed_over() {
    let engine = engine();
    let (web, live, tls, dead) =
        engine.block_on(async { (web().await, live().await, tls_server().await, dead().await) });
    assert_eq!(run(&engine, to(&[web, live])).1.status.code, 0);
    assert_eq!(run(&engine, with_tls(to(&[live, tls]), insecure())).1.status.code, 0);
    // What was met is told, whoever else is dead.
    let (events, outcome) = run(&engine, to(&[web, dead]));
    let detail = "HTTP/1.1 400 Bad Request".to_owned();
    assert_eq!(outcome.cause, Some(Cause::Http1 { address: web.to_string(), detail }));
    assert_eq!(steps(&events).iter().filter(|step| step.starts_with("failed")).count(), 2, "{events:?}");
}

#[test]
fn a_silent_address_takes_its_share_of_the_time() {
    let engine = engine();
    let silent = engine.block_on(listen(|stream| async move {
        std::future::pending::<()>().await;
        drop(stream);
    }));
    let live = engine.block_on(live());
    let mut spec = to(&[silent, live]);
    spec.access.connection.connect_timeout = LIMIT / 5;
    let begun = Instant::now();
    assert_eq!(run(&engine, spec).1.status.code, 0);
    assert!(begun.elapsed() >= LIMIT / 10);
    let mut spec = to(&[silent, silent]);
    spec.access.connection.connect_timeout = LIMIT / 50;
    let detail = format!("{silent}: no answer in time; {silent}: no answer in time");
    assert_eq!(run(&engine, spec).1.cause, Some(Cause::NoAddress { count: 2, detail }));
}

#[test]
fn a_name_with_a_dead_address_is_reached_by_the_other() {
    let engine = engine();
    let live = engine.block_on(live());
    let dead: SocketAddr = ([0, 0, 0, 0, 0, 0, 0, 1], engine.block_on(dead()).port()).into();
    let look_up = names(&[dead, live]);
    let around = Surroundings { variable: &no_variables, look_up: &look_up };
    let (steps, connection) = opened(&engine, &named("target.test", 1), around);
    assert_eq!(connection.unwrap().peer.address, live.to_string());
    assert_eq!(steps[..2], ["looked up target.test: ::1 127.0.0.1".to_owned(), format!("trying {dead}")]);
    assert!(steps[2].starts_with(&format!("failed {dead}: ")), "{steps:?}");
    assert_eq!(steps[3..5], [format!("trying {live}"), format!("socket {live}")]);
}

/// An address that answers nobody: its queue of connections is full, and what fills it.
#[cfg(target_os = "linux")]
async fn silent() -> (SocketAddr, Box<dyn std::any::Any>) {
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind(([127, 0, 0, 1], 0).into()).unwrap();
    let listener = socket.listen(0).unwrap();
    let address = listener.local_addr().unwrap();
    let mut filling = Vec::new();
    while let Ok(stream) = tokio::time::timeout(LIMIT / 50, tokio::net::TcpStream::connect(address)).await {
        filling.push(stream.unwrap());
    }
    (address, Box::new((listener, filling)))
}

#[cfg(target_os = "linux")]
#[test]
fn the_next_address_of_a_name_does_not_wait_for_a_silent_one() {
    let engine = engine();
    let (silent, _kept) = engine.block_on(silent());
    let live = engine.block_on(live());
    let look_up = names(&[silent, live]);
    let around = Surroundings { variable: &no_variables, look_up: &look_up };
    let begun = Instant::now();
    let (steps, connection) = opened(&engine, &named("target.test", 1), around);
    assert_eq!(connection.unwrap().peer.address, live.to_string());
    assert!(begun.elapsed() >= Duration::from_millis(250), "it was given no time");
    assert_eq!(steps[1..4], [format!("trying {silent}"), format!("trying {live}"), format!("socket {live}")]);

    let look_up = names(&[silent]);
    let around = Surroundings { variable: &no_variables, look_up: &look_up };
    let mut spec = named("target.test", 1);
    spec.connect_timeout = LIMIT / 100;
    let (steps, connection) = opened(&engine, &spec, around);
    assert_eq!(connection.unwrap_err(), Cause::ConnectTimeout { address: "target.test:1".to_owned() });
    assert_eq!(steps.last(), Some(&format!("failed {silent}: no answer in time")));
}

#[test]
fn an_address_of_a_name_that_is_of_no_use_is_passed_over() {
    let engine = engine();
    let (web, other, live) = engine.block_on(async { (web().await, web().await, live().await) });
    let open = |addresses: &[SocketAddr]| {
        let look_up = names(addresses);
        let around = Surroundings { variable: &no_variables, look_up: &look_up };
        opened(&engine, &named("target.test", 1), around)
    };
    assert_eq!(open(&[web, live]).1.unwrap().peer.address, live.to_string());
    // Two that fail alike speak for the rest.
    let (steps, connection) = open(&[web, other, live]);
    let detail = "HTTP/1.1 400 Bad Request".to_owned();
    assert_eq!(connection.unwrap_err(), Cause::Http1 { address: "target.test:1".to_owned(), detail });
    assert!(!steps.iter().any(|step| step.contains(&live.to_string())), "{steps:?}");
}

#[test]
fn names_that_cannot_be_looked_up() {
    let engine = engine();
    let check = |look_up: &(dyn Fn(String, u16) -> LookUp + Sync), expected: Cause| {
        let mut spec = named("target.test", 1);
        spec.connect_timeout = LIMIT / 100;
        let around = Surroundings { variable: &no_variables, look_up };
        assert_eq!(opened(&engine, &spec, around).1.unwrap_err(), expected);
    };
    let host = || "target.test".to_owned();
    check(&names(&[]), Cause::NameNotFound { host: host() });
    let detail = |text: &str| Cause::NameLookUp { host: host(), detail: text.to_owned() };
    let failing = |text: &'static str| {
        move |_: String, _: u16| -> LookUp { Box::pin(async move { Err(io::Error::other(text)) }) }
    };
    check(&failing("Name or service not known"), Cause::NameNotFound { host: host() });
    check(&failing("Temporary failure in name resolution"), detail("temporary failure in name resolution"));
    check(&|_, _| Box::pin(std::future::pending()), detail("no answer in time"));
}

#[cfg(target_os = "linux")]
#[test]
fn an_abstract_socket_works_as_well() {
    use std::os::linux::net::SocketAddrExt as _;
    use std::os::unix::net::{SocketAddr, UnixListener};

    let engine = engine();
    let name = format!("trunkline test {}", uuid::Uuid::new_v4());
    let listener = UnixListener::bind_addr(&SocketAddr::from_abstract_name(&name).unwrap()).unwrap();
    listener.set_nonblocking(true).unwrap();
    engine.handle.spawn(async move {
        let listener = tokio::net::UnixListener::from_std(listener).unwrap();
        let (stream, _) = listener.accept().await.unwrap();
        serve(stream, |exchange| echo(exchange, None)).await;
    });
    let mut spec = to(&[([127, 0, 0, 1], 1).into()]);
    spec.access.connection.addresses = vec![Address::UnixAbstract(name.clone())];
    let (events, outcome) = run(&engine, spec.clone());
    assert_eq!(outcome.status.code, 0, "{outcome:?}");
    assert_eq!(connected(&events).address, format!("unix-abstract:{name}"));
    spec.access.connection.addresses = vec![Address::UnixAbstract(format!("{name} not there"))];
    let address = format!("unix-abstract:{name} not there");
    assert_eq!(run(&engine, spec).1.cause, Some(Cause::Refused { address }));
}

#[test]
fn the_first_address_and_the_prefix_are_in_the_request() {
    let engine = engine();
    let (seen, mut asked) = mpsc::channel(1);
    let live = engine.block_on(h2_server(move |exchange| {
        let seen = seen.clone();
        async move {
            seen.send(exchange.request.uri().to_string()).await.unwrap();
            echo(exchange, None).await;
        }
    }));
    let dead = engine.block_on(dead());
    let mut spec = to(&[dead, live]);
    spec.access.path_prefix = "/api/v1".to_owned();
    assert_eq!(run(&engine, spec).1.status.code, 0);
    let uri = engine.block_on(soon(asked.recv())).unwrap();
    assert_eq!(uri, format!("http://{dead}/api/v1/test.Echo/Run"));
}
