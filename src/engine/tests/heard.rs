//! gRPC-Web and Connect to servers that say nothing at the beginning of HTTP/2: only a channel's first connection waits
//! for them to speak it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::Response;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::mpsc;

use super::protocols::{perform, speaking};
use super::server::{Exchange, all, engine, listen, run, serve, soon, write};
use crate::engine::Engine;
use crate::request::{CallSpec, Protocol};
use crate::schema::Kind;

/// What a server of HTTP/1.1 answers on a connection for one call.
const ANSWER: &[u8] =
    b"HTTP/1.1 200 OK\r\ncontent-type: application/proto\r\ncontent-length: 1\r\nconnection: close\r\n\r\nx";
/// The SETTINGS that a server of HTTP/2 begins with, whatever it is sent.
const SETTINGS: &[u8] = b"\0\0\0\x04\0\0\0\0\0";

/// How a connection began.
#[derive(Debug, PartialEq, Eq)]
enum Begun {
    Http1,
    Http2,
}

/// A server of Connect over HTTP/1.1 that says nothing to the beginning of HTTP/2; when it is modern it speaks HTTP/2
/// and nothing else. Tells how each connection begins.
async fn server(is_modern: Arc<AtomicBool>) -> (SocketAddr, mpsc::Receiver<Begun>) {
    let (seen, begun) = mpsc::channel(64);
    let address = listen(move |stream| talk(stream, is_modern.load(Ordering::SeqCst), seen.clone())).await;
    (address, begun)
}

async fn talk(mut stream: TcpStream, is_modern: bool, seen: mpsc::Sender<Begun>) {
    let mut first = [0; 4];
    while stream.peek(&mut first).await.is_ok_and(|count| 0 < count && count < first.len()) {
        tokio::task::yield_now().await;
    }
    let is_http2 = &first == b"PRI ";
    seen.send(if is_http2 { Begun::Http2 } else { Begun::Http1 }).await.unwrap();
    match (is_http2, is_modern) {
        (true, true) => serve(stream, answer).await,
        (true, false) => while stream.read(&mut [0; 4096]).await.is_ok_and(|count| count > 0) {},
        (false, true) => {
            stream.write_all(SETTINGS).await.unwrap();
            while stream.read(&mut [0; 4096]).await.is_ok_and(|count| count > 0) {}
        }
        (false, false) => perform(stream, ANSWER, mpsc::channel(1).0).await,
    }
}

async fn answer(Exchange { mut respond, .. }: Exchange) {
    let head = Response::builder().header("content-type", "application/proto").body(()).unwrap();
    let mut body = respond.send_response(head, false).unwrap();
    assert!(write(&mut body, Bytes::from_static(b"x")).await);
    body.send_data(Bytes::new(), true).unwrap();
}

fn call(address: SocketAddr) -> CallSpec {
    let mut spec = speaking(Protocol::Connect, address, Kind::Unary, &["hello"]);
    // Half of it is what HTTP/2 is given.
    spec.access.connection.connect_timeout = Duration::from_secs(2);
    spec
}

fn next(engine: &Engine, begun: &mut mpsc::Receiver<Begun>) -> Begun {
    engine.block_on(soon(begun.recv())).unwrap()
}

#[test]
fn only_the_first_connection_waits_for_http2() {
    let engine = engine();
    let (address, mut begun) = engine.block_on(server(Arc::default()));
    for number in 0..3 {
        let (_, outcome) = run(&engine, call(address));
        assert_eq!((outcome.status.code, outcome.cause), (0, None));
        if number == 0 {
            assert_eq!(next(&engine, &mut begun), Begun::Http2);
        }
        assert_eq!(next(&engine, &mut begun), Begun::Http1);
    }
    // Each of them needs a connection of its own.
    let mut calls: Vec<_> = (0..4).map(|_| engine.call(call(address))).collect();
    for call in &mut calls {
        assert_eq!(engine.block_on(all(call)).1.status.code, 0);
        assert_eq!(next(&engine, &mut begun), Begun::Http1);
    }
    // Who asks for a new connection wants to know anew.
    engine.reconnect(engine.channels()[0].id);
    assert_eq!(next(&engine, &mut begun), Begun::Http2);
}

#[test]
fn calls_at_the_same_time_wait_for_http2_once() {
    let engine = engine();
    let (address, mut begun) = engine.block_on(server(Arc::default()));
    let mut calls: Vec<_> = (0..4).map(|_| engine.call(call(address))).collect();
    for call in &mut calls {
        assert_eq!(engine.block_on(all(call)).1.status.code, 0);
    }
    assert_eq!(next(&engine, &mut begun), Begun::Http2);
    for _ in calls {
        assert_eq!(next(&engine, &mut begun), Begun::Http1);
    }
}

#[test]
fn a_server_that_changes_is_heard_again() {
    let engine = engine();
    let is_modern = Arc::new(AtomicBool::new(false));
    let (address, mut begun) = engine.block_on(server(Arc::clone(&is_modern)));
    assert_eq!(run(&engine, call(address)).1.status.code, 0);
    assert_eq!([next(&engine, &mut begun), next(&engine, &mut begun)], [Begun::Http2, Begun::Http1]);
    is_modern.store(true, Ordering::SeqCst);
    let (_, outcome) = run(&engine, call(address));
    assert_ne!(outcome.status.code, 0, "{outcome:?}");
    assert_eq!(next(&engine, &mut begun), Begun::Http1);
    for _ in 0..2 {
        let (_, outcome) = run(&engine, call(address));
        assert_eq!((outcome.status.code, outcome.cause), (0, None));
    }
    assert_eq!(next(&engine, &mut begun), Begun::Http2);
}
