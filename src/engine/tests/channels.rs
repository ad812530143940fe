//! The life of a channel: its states, pings and keepalive, and what becomes of calls when it ends.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, mpsc};

use super::server::{Exchange, LIMIT, all, echo, engine, h2_server, listen, run, serve, soon, spec, words};
use crate::engine::{Call, Cause, ChannelFacts, ChannelState, EndedBy, Engine, Happened, PingFailure, Why};
use crate::request::{CallSpec, Keepalive};
use crate::schema::Kind;

/// Waits until it is so, but not for ever.
fn eventually(engine: &Engine, what: &str, so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !so() {
        assert!(begun.elapsed() < LIMIT, "{what}: {:#?}", engine.channels());
        engine.block_on(async { tokio::time::sleep(Duration::from_millis(1)).await });
    }
}

/// The only channel there is.
fn only(engine: &Engine) -> ChannelFacts {
    let mut channels = engine.channels();
    assert_eq!(channels.len(), 1, "{channels:#?}");
    channels.remove(0)
}

fn states(facts: &ChannelFacts) -> Vec<&'static str> {
    facts.history.iter().map(|change| change.state.name()).collect()
}

/// A bidirectional call that has been answered once and runs on.
fn running(engine: &Engine, spec: CallSpec) -> Call {
    let mut call = engine.call(spec);
    engine.block_on(async { while !matches!(soon(call.next()).await.unwrap().what, Happened::Received(_)) {} });
    call
}

fn bidi(address: SocketAddr) -> CallSpec {
    spec(address, Kind::Bidirectional, &["x"])
}

fn unary(address: SocketAddr) -> CallSpec {
    spec(address, Kind::Unary, &["x"])
}

fn with_keepalive(mut spec: CallSpec, time: u64, timeout: u64, without_calls: bool) -> CallSpec {
    let (time, timeout) = (Duration::from_millis(time), Duration::from_millis(timeout));
    spec.access.connection.keepalive = Some(Keepalive { time, timeout, without_calls });
    spec
}

/// Sends a frame by hand.
async fn frame(stream: &mut TcpStream, kind: u8, flags: u8, id: u32, payload: &[u8]) {
    let mut bytes = (payload.len() as u32).to_be_bytes()[1..].to_vec();
    bytes.extend([kind, flags]);
    bytes.extend(id.to_be_bytes());
    bytes.extend(payload);
    stream.write_all(&bytes).await.unwrap();
}

/// Says that it speaks HTTP/2, then swallows all; tells of the end.
async fn silent(ended: Arc<Notify>) -> SocketAddr {
    listen(move |mut stream| {
        let ended = Arc::clone(&ended);
        async move {
            frame(&mut stream, 4, 0, 0, &[]).await;
            let mut heard = [0; 1024];
            while stream.read(&mut heard).await.is_ok_and(|count| count > 0) {}
            ended.notify_one();
        }
    })
    .await
}

#[test]
fn a_channel_tells_its_life() {
    let engine = engine();
    let address = engine.block_on(listen(|stream| async move {
        let mut connection = h2::server::Builder::new().max_concurrent_streams(7).handshake(stream).await.unwrap();
        while let Some(Ok((request, respond))) = connection.accept().await {
            tokio::spawn(echo(Exchange { request, respond }, None));
        }
    }));
    let call = running(&engine, bidi(address));
    let facts = only(&engine);
    assert_eq!((facts.state, states(&facts)), (ChannelState::Ready, vec!["CONNECTING", "READY"]));
    assert_eq!((facts.connections, facts.open_calls, facts.calls, facts.draining), (1, 1, 1, 0));
    assert_eq!((facts.addresses, facts.authority), (vec![address.to_string()], address.to_string()));
    let connection = facts.connection.unwrap();
    assert_eq!((connection.peer.address.as_str(), connection.open_calls), (address.to_string().as_str(), 1));
    assert_eq!(connection.max_streams, Some(7));
    assert!(facts.bytes_in > 0 && facts.bytes_out > 0);
    assert_eq!((facts.bytes_in, facts.bytes_out), (connection.bytes_in, connection.bytes_out));
    drop(call);
    eventually(&engine, "the call ends", || only(&engine).open_calls == 0);
    assert_eq!(run(&engine, unary(address)).1.status.code, 0);
    assert_eq!((only(&engine).connections, only(&engine).calls), (1, 2));
}

#[test]
fn a_failure_is_kept_and_the_next_call_tries_again() {
    let engine = engine();
    let (listener, address) = engine.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        (listener, address)
    });
    drop(listener);
    assert_eq!(run(&engine, unary(address)).1.status.code, 14);
    let facts = only(&engine);
    assert_eq!(states(&facts), ["CONNECTING", "TRANSIENT_FAILURE"]);
    assert_eq!(facts.last_failure.unwrap().cause, Cause::Refused { address: address.to_string() });
    assert!(facts.connection.is_none());
    assert_eq!(run(&engine, unary(address)).1.status.code, 14);
    assert_eq!(only(&engine).history.len(), 4);
    assert_eq!(engine.block_on(engine.ping(facts.id).wait()).unwrap(), Err(PingFailure::NotConnected));
}

#[test]
fn a_server_that_closes_leaves_the_channel_idle() {
    let engine = engine();
    let close = Arc::new(Notify::new());
    let closing = Arc::clone(&close);
    let address = engine.block_on(listen(move |stream| {
        let closing = Arc::clone(&closing);
        async move {
            tokio::select! {
                () = serve(stream, |exchange| echo(exchange, None)) => {}
                () = closing.notified() => {}
            }
        }
    }));
    assert_eq!(run(&engine, unary(address)).1.status.code, 0);
    close.notify_one();
    eventually(&engine, "it ends", || only(&engine).connection.is_none());
    let facts = only(&engine);
    assert_eq!((facts.state, &facts.history[2].why), (ChannelState::Idle, &Why::ServerClosed));
    assert_eq!(run(&engine, unary(address)).1.status.code, 0);
    assert_eq!(only(&engine).connections, 2);
    assert!(only(&engine).bytes_in > facts.bytes_in);
}

#[test]
fn a_ping_is_measured() {
    let engine = engine();
    let address = engine.block_on(h2_server(|exchange| echo(exchange, None)));
    assert_eq!(run(&engine, unary(address)).1.status.code, 0);
    let id = only(&engine).id;
    let (first, second) = (engine.ping(id), engine.ping(id));
    let took = engine.block_on(async { (first.wait().await, second.wait().await) });
    let (Ok(Ok(first)), Ok(Ok(second))) = took else { panic!("{took:?}") };
    assert!(first > Duration::ZERO && first < LIMIT);
    let told = only(&engine).round_trip.unwrap().took;
    assert!(told == second || told == first);
}

#[test]
fn a_peer_that_is_silent_ends_the_call() {
    let engine = engine();
    let ended = Arc::new(Notify::new());
    let address = engine.block_on(silent(Arc::clone(&ended)));
    let (events, outcome) = run(&engine, with_keepalive(bidi(address), 20, 50, false));
    assert_eq!(words(&events), ["connecting", "connected", "sent x"]);
    assert_eq!((outcome.status.code, outcome.ended_by), (14, EndedBy::Failure));
    assert_eq!(outcome.status.message, "keepalive ping unanswered within 50ms");
    let cause = Cause::KeepaliveTimeout { timeout: "50ms".to_owned() };
    assert_eq!(outcome.cause, Some(cause.clone()));
    engine.block_on(soon(ended.notified()));
    eventually(&engine, "it fails", || only(&engine).state == ChannelState::TransientFailure);
    assert_eq!(only(&engine).last_failure.unwrap().cause, cause);
    assert_eq!(only(&engine).history.last().unwrap().why, Why::Failed(cause));
}

#[test]
fn a_peer_that_answers_pings_is_kept() {
    let engine = engine();
    let address = engine.block_on(h2_server(|exchange| echo(exchange, None)));
    let call = running(&engine, with_keepalive(bidi(address), 5, 2000, false));
    eventually(&engine, "pings", || only(&engine).round_trip.is_some());
    let first = only(&engine).round_trip.unwrap().at;
    eventually(&engine, "more pings", || only(&engine).round_trip.unwrap().at > first);
    assert_eq!(only(&engine).state, ChannelState::Ready);
    assert!(call.send(Bytes::new()).is_ok());
}

#[test]
fn a_server_that_wants_fewer_pings_is_understood() {
    let engine = engine();
    let address = engine.block_on(listen(|mut stream| async move {
        frame(&mut stream, 4, 0, 0, &[]).await;
        let mut preface = [0; 24];
        stream.read_exact(&mut preface).await.unwrap();
        let mut head = [0; 9];
        while stream.read_exact(&mut head).await.is_ok() {
            let mut payload = vec![0; u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize];
            stream.read_exact(&mut payload).await.unwrap();
            if head[3] == 6 {
                let goaway = [&[0, 0, 0, 1, 0, 0, 0, 11][..], b"too_many_pings"].concat();
                frame(&mut stream, 7, 0, 0, &goaway).await;
                return;
            }
        }
    }));
    let (_, outcome) = run(&engine, with_keepalive(bidi(address), 10, 5000, false));
    let cause = Cause::TooManyPings { detail: "ENHANCE_YOUR_CALM: too_many_pings".to_owned() };
    assert_eq!((outcome.status.code, outcome.cause), (14, Some(cause.clone())));
    eventually(&engine, "it fails", || only(&engine).state == ChannelState::TransientFailure);
    let facts = only(&engine);
    assert_eq!((facts.last_failure.unwrap().cause, facts.goaway.unwrap().code), (cause, 11));
}

#[test]
fn after_a_goaway_calls_finish_and_new_ones_go_elsewhere() {
    let engine = engine();
    let (leave, mut leaving) = mpsc::channel::<()>(1);
    let leaving = Arc::new(tokio::sync::Mutex::new(Some(async move { leaving.recv().await })));
    let address = engine.block_on(listen(move |stream| {
        let leaving = Arc::clone(&leaving);
        async move {
            let mut connection = h2::server::handshake(stream).await.unwrap();
            // The first connection leaves when told to, later ones stay.
            let mut leaving = leaving.lock().await.take().map(Box::pin);
            loop {
                let left = async {
                    match &mut leaving {
                        Some(leaving) => leaving.await,
                        None => std::future::pending().await,
                    }
                };
                tokio::select! {
                    accepted = connection.accept() => {
                        let Some(Ok((request, respond))) = accepted else { return };
                        tokio::spawn(echo(Exchange { request, respond }, None));
                    }
                    _told = left => {
                        leaving = None;
                        connection.graceful_shutdown();
                    }
                }
            }
        }
    }));
    let mut old = running(&engine, bidi(address));
    engine.block_on(leave.send(())).unwrap();
    eventually(&engine, "it leaves", || only(&engine).connection.is_none());
    let facts = only(&engine);
    assert_eq!((facts.state, facts.draining, facts.open_calls), (ChannelState::Idle, 1, 1));
    assert!(matches!(&facts.history[2].why, Why::GoAway(goaway) if goaway.code == 0), "{facts:#?}");
    let (events, outcome) = run(&engine, unary(address));
    assert_eq!((words(&events)[0].as_str(), outcome.status.code), ("connecting", 0));
    old.send(Bytes::from_static(b"y")).unwrap();
    old.end_sending();
    let (events, outcome) = engine.block_on(all(&mut old));
    assert!(words(&events).contains(&"received y".to_owned()));
    assert_eq!(outcome.status.code, 0);
    eventually(&engine, "the old one ends", || only(&engine).draining == 0);
    assert_eq!((only(&engine).connections, only(&engine).state), (2, ChannelState::Ready));
}

#[test]
fn a_closed_channel_cancels_its_calls_and_can_be_used_again() {
    let engine = engine();
    let (seen, mut ends) = mpsc::channel(4);
    let address = engine.block_on(h2_server(move |exchange| echo(exchange, Some(seen.clone()))));
    let mut call = running(&engine, bidi(address));
    engine.close(only(&engine).id);
    let (_, outcome) = engine.block_on(all(&mut call));
    assert_eq!((outcome.status.code, outcome.ended_by), (1, EndedBy::Cancel));
    assert_eq!(outcome.status.message, "the channel was closed");
    assert_eq!(engine.block_on(soon(ends.recv())).unwrap(), "RST_STREAM Some(CANCEL)");
    eventually(&engine, "it ends", || only(&engine).draining == 0);
    let facts = only(&engine);
    assert_eq!((facts.state, facts.open_calls), (ChannelState::Shutdown, 0));
    assert!(facts.connection.is_none());
    assert_eq!(run(&engine, unary(address)).1.status.code, 0);
    assert_eq!(states(&only(&engine)), ["CONNECTING", "READY", "SHUTDOWN", "CONNECTING", "READY"]);
}

#[test]
fn closing_ends_a_call_that_still_connects() {
    let engine = engine();
    let address = engine.block_on(listen(|stream| async move {
        std::future::pending::<()>().await;
        drop(stream);
    }));
    let mut call = engine.call(bidi(address));
    eventually(&engine, "it connects", || {
        engine.channels().first().is_some_and(|facts| facts.state == ChannelState::Connecting)
    });
    engine.close(only(&engine).id);
    let (_, outcome) = engine.block_on(all(&mut call));
    assert_eq!(outcome.ended_by, EndedBy::Cancel);
    assert_eq!(only(&engine).state, ChannelState::Shutdown);
}

#[test]
fn a_call_that_is_cancelled_while_it_connects_leaves_the_channel_idle() {
    let engine = engine();
    let address = engine.block_on(listen(|stream| async move {
        std::future::pending::<()>().await;
        drop(stream);
    }));
    let call = engine.call(bidi(address));
    eventually(&engine, "it connects", || {
        engine.channels().first().is_some_and(|facts| facts.state == ChannelState::Connecting)
    });
    drop(call);
    eventually(&engine, "it gives up", || only(&engine).state == ChannelState::Idle);
    assert_eq!(only(&engine).history.last().unwrap().why, Why::GivenUp);
}

#[test]
fn reconnecting_leaves_running_calls_alone() {
    let engine = engine();
    let address = engine.block_on(h2_server(|exchange| echo(exchange, None)));
    let mut old = running(&engine, bidi(address));
    engine.reconnect(only(&engine).id);
    eventually(&engine, "it reconnects", || only(&engine).connections == 2);
    let facts = only(&engine);
    assert_eq!((facts.state, facts.draining, facts.open_calls), (ChannelState::Ready, 1, 1));
    assert_eq!(states(&facts), ["CONNECTING", "READY", "IDLE", "CONNECTING", "READY"]);
    old.end_sending();
    assert_eq!(engine.block_on(all(&mut old)).1.status.code, 0);
    eventually(&engine, "the old one ends", || only(&engine).draining == 0);
}

#[test]
fn nothing_is_left_behind() {
    let (engine, other) = (engine(), engine());
    let open = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&open);
    let address = other.block_on(listen(move |stream| {
        let counted = Arc::clone(&counted);
        counted.fetch_add(1, Ordering::SeqCst);
        async move {
            serve(stream, |exchange| echo(exchange, None)).await;
            counted.fetch_sub(1, Ordering::SeqCst);
        }
    }));
    let tasks = || engine.handle.metrics().num_alive_tasks();
    assert_eq!(tasks(), 0);
    for _ in 0..20 {
        drop(running(&engine, with_keepalive(bidi(address), 1000, 1000, true)));
        engine.reconnect(only(&engine).id);
    }
    engine.close(only(&engine).id);
    eventually(&engine, "tasks end", || tasks() == 0);
    eventually(&engine, "sockets close", || open.load(Ordering::SeqCst) == 0);
    assert_eq!((only(&engine).draining, only(&engine).open_calls), (0, 0));
}

#[test]
fn a_peer_that_reads_nothing_is_left_all_the_same() {
    let engine = engine();
    let address = engine.block_on(listen(|mut stream| async move {
        frame(&mut stream, 4, 0, 0, &[]).await;
        std::future::pending::<()>().await;
        drop(stream);
    }));
    let tasks = || engine.handle.metrics().num_alive_tasks();
    let before = tasks();
    let mut spec = spec(address, Kind::ClientStreaming, &[]);
    spec.messages = vec![Bytes::from(vec![0; 32 << 20])];
    let call = engine.call(spec);
    eventually(&engine, "it is ready", || engine.channels().first().is_some_and(|facts| facts.bytes_out > 1000));
    engine.close(only(&engine).id);
    drop(call);
    // The server's own task for the connection stays.
    eventually(&engine, "tasks end", || tasks() == before + 1);
}

#[test]
fn channels_of_old_are_forgotten() {
    let engine = engine();
    let address = engine.block_on(h2_server(|exchange| echo(exchange, None)));
    assert_eq!(run(&engine, unary(address)).1.status.code, 0);
    let keep = only(&engine).id;
    let dead = ([127, 0, 0, 1], 1).into();
    for count in 0..40 {
        let mut spec = unary(dead);
        spec.access.connection.authority = Some(format!("a{count}"));
        assert_eq!(run(&engine, spec).1.status.code, 14);
    }
    eventually(&engine, "calls let go", || engine.channels().len() == 33);
    let channels = engine.channels();
    assert!(channels.is_sorted_by_key(|facts| facts.id));
    assert_eq!(channels[0].id, keep);
    assert_eq!(channels.last().unwrap().authority, "a39");
}

#[test]
fn a_change_of_state_wakes() {
    let woken = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&woken);
    let engine = Engine::new(move || {
        counter.fetch_add(1, Ordering::SeqCst);
    })
    .unwrap();
    let address = engine.block_on(h2_server(|exchange| echo(exchange, None)));
    assert_eq!(run(&engine, unary(address)).1.status.code, 0);
    let before = woken.load(Ordering::SeqCst);
    engine.close(only(&engine).id);
    assert!(woken.load(Ordering::SeqCst) > before);
}
