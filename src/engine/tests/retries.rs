//! Calls that are tried again: by policy, because the server did not look at them, or because they wait for it.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use bytes::Bytes;
use h2::Reason;
use http::{HeaderMap, Response};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use super::server::{
    Exchange, Incoming, all, echo, engine, grpc_headers, h2_server, listen, run, serve, soon, spec, trailers, with_tls,
    words,
};
use crate::engine::{CallEvent, Cause, ChannelState, EndedBy, Happened};
use crate::request::{CallSpec, RetryPolicy, TlsSpec};
use crate::schema::Kind;

/// What the server saw of an attempt, and its answer to come.
type Seen = mpsc::Sender<HeaderMap>;

/// A server whose `answer` gets the number of the attempt, from 1.
async fn counting<F>(answer: impl Fn(u32, Exchange) -> F + Clone + Send + Sync + 'static, seen: Seen) -> SocketAddr
where
    F: Future<Output = ()> + Send + 'static,
{
    let count = Arc::new(AtomicU32::new(0));
    h2_server(move |exchange| {
        let number = count.fetch_add(1, Ordering::SeqCst) + 1;
        let (answer, seen) = (answer.clone(), seen.clone());
        async move {
            seen.send(exchange.request.headers().clone()).await.unwrap();
            answer(number, exchange).await;
        }
    })
    .await
}

/// Ends a call before any headers.
fn refuse(mut exchange: Exchange, entries: &[(&'static str, &str)]) {
    let mut response = Response::builder().header("content-type", "application/grpc").body(()).unwrap();
    response.headers_mut().extend(trailers(entries));
    exchange.respond.send_response(response, true).unwrap();
}

fn with_retry(mut spec: CallSpec, attempts: u32) -> CallSpec {
    let (backoff, max_backoff) = (Duration::from_millis(20), Duration::from_millis(50));
    spec.access.options.retry = Some(RetryPolicy { attempts, backoff, max_backoff, codes: vec![14] });
    spec
}

fn unary(address: SocketAddr) -> CallSpec {
    spec(address, Kind::Unary, &["x"])
}

fn waits(mut spec: CallSpec) -> CallSpec {
    spec.access.options.wait_for_ready = true;
    spec
}

/// The retries among the events: number, code and wait in milliseconds.
fn retried(events: &[CallEvent]) -> Vec<(u32, i32, u128)> {
    let retry = |event: &CallEvent| match &event.what {
        Happened::Retrying { attempt, status, wait } => Some((*attempt, status.code, wait.as_millis())),
        _ => None,
    };
    events.iter().filter_map(retry).collect()
}

fn drain(seen: &mut mpsc::Receiver<HeaderMap>) -> Vec<HeaderMap> {
    std::iter::from_fn(|| seen.try_recv().ok()).collect()
}

#[test]
fn the_third_attempt_succeeds() {
    let engine = engine();
    let (seen, mut attempts) = mpsc::channel(16);
    let answer = |number, exchange| async move {
        if number < 3 {
            refuse(exchange, &[("grpc-status", "14"), ("grpc-message", "busy")]);
        } else {
            echo(exchange, None).await;
        }
    };
    let address = engine.block_on(counting(answer, seen));
    let mut spec = with_retry(unary(address), 4);
    spec.timeout = Some(Duration::from_mins(1));
    let (events, outcome) = run(&engine, spec);
    assert_eq!((outcome.status.code, outcome.ended_by), (0, EndedBy::Server));
    let told = words(&events);
    assert_eq!(told.iter().filter(|word| *word == "sent x").count(), 1, "{told:?}");
    assert_eq!(told.iter().filter(|word| *word == "sending ended").count(), 1, "{told:?}");
    assert!(told.contains(&"received x".to_owned()));
    let retried = retried(&events);
    assert!(matches!(retried[..], [(1, 14, 0..=20), (2, 14, 0..=40)]), "{retried:?}");
    let attempts = drain(&mut attempts);
    let previous: Vec<_> = attempts.iter().map(|headers| headers.get("grpc-previous-rpc-attempts")).collect();
    assert_eq!(previous, [None, Some(&"1".parse().unwrap()), Some(&"2".parse().unwrap())]);
    let timeouts: Vec<_> =
        attempts.iter().map(|headers| headers["grpc-timeout"].to_str().unwrap().to_owned()).collect();
    assert!(timeouts[0] != timeouts[1] && timeouts[1] != timeouts[2], "what is left: {timeouts:?}");
    assert_eq!(engine.channels()[0].connections, 1);
}

#[test]
fn attempts_are_limited_and_only_for_listed_codes() {
    let engine = engine();
    let check = |code: &'static str, entries: &'static [(&'static str, &'static str)], count: usize| {
        let (seen, mut attempts) = mpsc::channel(16);
        let answer = move |_, exchange| async move {
            let entries = [&[("grpc-status", code)], entries].concat();
            refuse(exchange, &entries);
        };
        let address = engine.block_on(counting(answer, seen));
        let (events, outcome) = run(&engine, with_retry(unary(address), 3));
        assert_eq!(outcome.status.code.to_string(), code);
        assert_eq!(drain(&mut attempts).len(), count, "{code} {entries:?}");
        assert_eq!(retried(&events).len(), count - 1);
    };
    check("14", &[], 3);
    check("5", &[], 1);
    check("14", &[("grpc-retry-pushback-ms", "-1")], 1);
    check("14", &[("grpc-retry-pushback-ms", "1")], 3);
}

#[test]
fn the_server_says_when_to_come_again() {
    let engine = engine();
    let (seen, _attempts) = mpsc::channel(16);
    let answer = |number, exchange| async move {
        if number == 1 {
            refuse(exchange, &[("grpc-status", "14"), ("grpc-retry-pushback-ms", "120")]);
        } else {
            echo(exchange, None).await;
        }
    };
    let address = engine.block_on(counting(answer, seen));
    let (events, outcome) = run(&engine, with_retry(unary(address), 2));
    assert_eq!((outcome.status.code, retried(&events)), (0, vec![(1, 14, 120)]));
    let at = |wanted: &str| events.iter().find(|event| words(std::slice::from_ref(event)) == [wanted]).unwrap().at;
    assert!(at("headers") >= at("connecting") + Duration::from_millis(120));
}

#[test]
fn after_headers_there_is_no_way_back() {
    let engine = engine();
    let (seen, mut attempts) = mpsc::channel(16);
    let answer = |_, mut exchange: Exchange| async move {
        let mut stream = exchange.respond.send_response(grpc_headers(), false).unwrap();
        stream.send_trailers(trailers(&[("grpc-status", "14")])).unwrap();
    };
    let address = engine.block_on(counting(answer, seen));
    let (events, outcome) = run(&engine, with_retry(unary(address), 5));
    assert_eq!((outcome.status.code, retried(&events)), (14, Vec::new()));
    assert_eq!(drain(&mut attempts).len(), 1);
}

#[test]
fn a_stream_is_sent_again_with_what_came_later() {
    let engine = engine();
    let (seen, mut attempts) = mpsc::channel(16);
    let answer = |number, exchange: Exchange| async move {
        if number > 1 {
            return echo(exchange, None).await;
        }
        let Exchange { request, mut respond } = exchange;
        let mut incoming = Incoming::new(request.into_body());
        for expected in [b"a", b"b"] {
            assert_eq!(incoming.next().await.unwrap().unwrap(), expected);
        }
        let mut response = grpc_headers();
        response.headers_mut().extend(trailers(&[("grpc-status", "14")]));
        respond.send_response(response, true).unwrap();
    };
    let address = engine.block_on(counting(answer, seen));
    let mut call = engine.call(with_retry(spec(address, Kind::Bidirectional, &["a"]), 2));
    engine.block_on(soon(attempts.recv())).unwrap();
    call.send(Bytes::from_static(b"b")).unwrap();
    engine.block_on(soon(attempts.recv())).unwrap();
    call.send(Bytes::from_static(b"c")).unwrap();
    call.end_sending();
    let (events, outcome) = engine.block_on(all(&mut call));
    assert_eq!(outcome.status.code, 0);
    let told = words(&events);
    let only = |start: &str| told.iter().filter(|word| word.starts_with(start)).cloned().collect::<Vec<_>>();
    assert_eq!(only("sent "), ["sent a", "sent b", "sent c"]);
    assert_eq!(only("received "), ["received a", "received b", "received c"]);
}

#[test]
fn much_that_was_sent_is_not_sent_again() {
    let engine = engine();
    let (seen, mut attempts) = mpsc::channel(16);
    let answer = |_, exchange: Exchange| async move {
        let Exchange { request, mut respond } = exchange;
        let mut incoming = Incoming::new(request.into_body());
        while incoming.next().await.unwrap().is_some() {}
        let mut response = grpc_headers();
        response.headers_mut().extend(trailers(&[("grpc-status", "14")]));
        respond.send_response(response, true).unwrap();
    };
    let address = engine.block_on(counting(answer, seen));
    let mut spec = with_retry(unary(address), 3);
    spec.messages = vec![Bytes::from(vec![0; 300 << 10])];
    assert_eq!(run(&engine, spec).1.status.code, 14);
    assert_eq!(drain(&mut attempts).len(), 1);
}

#[test]
fn the_deadline_holds_over_all_attempts() {
    let engine = engine();
    let (seen, _attempts) = mpsc::channel(16);
    let answer = |_, exchange| async move {
        refuse(exchange, &[("grpc-status", "14"), ("grpc-message", "busy"), ("grpc-retry-pushback-ms", "60000")]);
    };
    let address = engine.block_on(counting(answer, seen));
    let mut spec = with_retry(unary(address), 5);
    spec.timeout = Some(Duration::from_millis(200));
    let (_, outcome) = run(&engine, spec);
    assert_eq!((outcome.status.code, outcome.ended_by), (4, EndedBy::Deadline));
    let expected = "the call did not end within its timeout of 200ms; its last attempt failed with UNAVAILABLE: busy";
    assert_eq!(outcome.status.message, expected);
}

#[test]
fn a_cancel_ends_the_wait_between_attempts() {
    let engine = engine();
    let (seen, mut attempts) = mpsc::channel(16);
    let answer = |_, exchange| async move {
        refuse(exchange, &[("grpc-status", "14"), ("grpc-retry-pushback-ms", "60000")]);
    };
    let address = engine.block_on(counting(answer, seen));
    let mut call = engine.call(with_retry(unary(address), 5));
    engine.block_on(soon(attempts.recv())).unwrap();
    call.cancel();
    assert_eq!(engine.block_on(all(&mut call)).1.ended_by, EndedBy::Cancel);
}

#[test]
fn a_stream_that_is_refused_is_sent_once_more_without_a_policy() {
    let engine = engine();
    let check = |refusals: u32, code: i32| {
        let (seen, mut attempts) = mpsc::channel(16);
        let answer = move |number, mut exchange: Exchange| async move {
            if number <= refusals {
                exchange.respond.send_reset(Reason::REFUSED_STREAM);
            } else {
                echo(exchange, None).await;
            }
        };
        let address = engine.block_on(counting(answer, seen));
        let (events, outcome) = run(&engine, unary(address));
        assert_eq!((outcome.status.code, retried(&events)), (code, vec![(1, 14, 0)]));
        let attempts = drain(&mut attempts);
        assert_eq!(attempts.len(), 2);
        assert!(attempts.iter().all(|headers| !headers.contains_key("grpc-previous-rpc-attempts")));
    };
    check(1, 0);
    check(2, 14);
}

#[test]
fn a_call_that_a_goaway_shut_out_is_sent_on_a_new_connection() {
    let engine = engine();
    let first = Arc::new(AtomicU32::new(0));
    let address = engine.block_on(listen(move |mut stream| {
        let first = Arc::clone(&first);
        async move {
            if first.fetch_add(1, Ordering::SeqCst) > 0 {
                return serve(stream, |exchange| echo(exchange, None)).await;
            }
            // Answers nothing, and says that it has looked at no stream.
            stream.write_all(&[0, 0, 0, 4, 0, 0, 0, 0, 0]).await.unwrap();
            let mut heard = [0; 4096];
            let mut count = 0;
            while count < 150 {
                count += stream.read(&mut heard).await.unwrap();
            }
            stream.write_all(&[0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]).await.unwrap();
            while stream.read(&mut heard).await.is_ok_and(|count| count > 0) {}
        }
    }));
    let (events, outcome) = run(&engine, unary(address));
    assert_eq!((outcome.status.code, retried(&events)), (0, vec![(1, 14, 0)]), "{outcome:?}");
    assert_eq!(words(&events).iter().filter(|word| *word == "connecting").count(), 2);
    assert_eq!(engine.channels()[0].connections, 2);
}

#[test]
fn a_call_waits_for_a_server_that_starts_later() {
    let engine = engine();
    let listener = engine.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let mut calls: Vec<_> = (0..5).map(|_| engine.call(waits(unary(address)))).collect();
    engine.block_on(async {
        while !matches!(soon(calls[0].next()).await.unwrap().what, Happened::Retrying { .. }) {}
        // Bound by hand: the port is the one that was refused.
        let listener = TcpListener::bind(address).await.unwrap();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, |exchange| echo(exchange, None)));
            }
        });
        for call in &mut calls {
            let (_, outcome) = all(call).await;
            assert_eq!(outcome.status.code, 0, "{outcome:?}");
        }
    });
    let facts = &engine.channels()[0];
    assert_eq!((facts.state, facts.connections, facts.calls), (ChannelState::Ready, 1, 5));
    let failures = facts.history.iter().filter(|change| change.state == ChannelState::TransientFailure).count();
    assert!(failures < 5, "calls that wait share their attempts: {:#?}", facts.history);
}

#[test]
fn a_deadline_tells_what_was_waited_for() {
    let engine = engine();
    let listener = engine.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let mut spec = waits(unary(address));
    spec.timeout = Some(Duration::from_millis(300));
    let (events, outcome) = run(&engine, spec);
    assert_eq!((outcome.status.code, outcome.ended_by), (4, EndedBy::Deadline));
    let refused = Cause::Refused { address: address.to_string() };
    let expected = format!("no connection within the call's timeout of 300ms; the last failure: {refused}");
    assert_eq!((outcome.status.message, outcome.cause), (expected, Some(refused)));
    assert!(matches!(retried(&events)[..], [(1, 14, 100..=300), ..]), "{events:?}");
}

#[test]
fn what_waiting_cannot_mend_fails_at_once() {
    let engine = engine();
    let address = engine.block_on(h2_server(|exchange| echo(exchange, None)));
    let tls = TlsSpec { ca: Some("/no/such/ca.pem".into()), ..TlsSpec::default() };
    let (_, outcome) = run(&engine, waits(with_tls(unary(address), tls)));
    assert!(matches!(outcome.cause, Some(Cause::Tls(_))), "{outcome:?}");
    let insecure = TlsSpec { insecure: true, ..TlsSpec::default() };
    let (_, outcome) = run(&engine, waits(with_tls(unary(address), insecure)));
    assert!(matches!(outcome.cause, Some(Cause::NoTls { .. })), "{outcome:?}");
}

#[test]
fn a_policy_counts_connections_that_cannot_be_had() {
    let engine = engine();
    let listener = engine.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let (events, outcome) = run(&engine, with_retry(unary(address), 3));
    assert_eq!((outcome.status.code, retried(&events).len()), (14, 2));
}
