//! Calls that run, and the ways in which they end.

use std::time::{Duration, Instant};

use bytes::Bytes;
use h2::Reason;
use tokio::sync::mpsc;

use super::server::{
    Exchange, Incoming, LIMIT, all, echo, engine, framed, grpc_headers, h2_server, listen, run, serve, soon, spec,
    trailers, words, write,
};
use crate::engine::{CallEvent, Cause, EndedBy, Engine, Happened, NotSent};
use crate::request::MetadataValue;
use crate::schema::Kind;

#[test]
fn all_four_kinds_take_one_path() {
    let engine = engine();
    let (seen, mut ends) = mpsc::channel(16);
    let address = engine.block_on(h2_server(move |exchange| echo(exchange, Some(seen.clone()))));
    let mut check = |kind: Kind, messages: &[&'static str], ends_itself: bool| {
        let mut call = engine.call(spec(address, kind, messages));
        if !ends_itself {
            call.end_sending();
        }
        // Or the call has ended already.
        assert!(call.send(Bytes::new()).is_err());
        let (events, outcome) = engine.block_on(all(&mut call));
        assert_eq!((outcome.status.code, outcome.ended_by, &outcome.cause), (0, EndedBy::Server, &None), "{kind:?}");
        assert_eq!(outcome.trailers, [("x-end".to_owned(), MetadataValue::Text("yes".to_owned()))]);
        let words = words(&events);
        for message in messages {
            assert!(words.contains(&format!("sent {message}")), "{kind:?} {words:?}");
            assert!(words.contains(&format!("received {message}")), "{kind:?} {words:?}");
        }
        for once in ["sending ended", "headers"] {
            assert_eq!(words.iter().filter(|word| *word == once).count(), 1, "{kind:?} {words:?}");
        }
        assert!(events.is_sorted_by_key(|event| event.at));
        assert_eq!(engine.block_on(soon(ends.recv())).unwrap(), "END_STREAM");
        assert_eq!(call.send(Bytes::new()).unwrap_err(), NotSent::Finished);
        words[0].clone()
    };
    assert_eq!(check(Kind::Unary, &["a"], true), "connecting");
    assert_eq!(check(Kind::ServerStreaming, &["a"], true), "reused");
    assert_eq!(check(Kind::ClientStreaming, &["a", "b"], false), "reused");
    assert_eq!(check(Kind::Bidirectional, &["a", "b", "c"], false), "reused");
}

#[test]
fn a_message_sent_later_is_answered_before_the_stream_ends() {
    let engine = engine();
    let address = engine.block_on(h2_server(|exchange| echo(exchange, None)));
    let mut call = engine.call(spec(address, Kind::Bidirectional, &[]));
    engine.block_on(async {
        for message in ["one", "two"] {
            call.send_when_ready(Bytes::from_static(message.as_bytes())).await.unwrap();
            loop {
                if let Happened::Received(got) = soon(call.next()).await.unwrap().what {
                    assert_eq!(got.message, message);
                    break;
                }
            }
        }
        call.end_sending();
        let (events, outcome) = all(&mut call).await;
        assert_eq!((words(&events), outcome.status.code), (vec!["sending ended".to_owned()], 0));
    });
}

#[test]
fn a_unary_call_takes_its_message_late_and_only_once() {
    let engine = engine();
    let address = engine.block_on(h2_server(|exchange| echo(exchange, None)));
    let mut call = engine.call(spec(address, Kind::Unary, &[]));
    assert_eq!(call.send(Bytes::from_static(b"x")), Ok(()));
    assert_eq!(call.send(Bytes::from_static(b"y")), Err(NotSent::SendingEnded));
    let (events, outcome) = engine.block_on(all(&mut call));
    assert_eq!(outcome.status.code, 0);
    assert!(words(&events).contains(&"received x".to_owned()));
}

#[test]
fn messages_flow_before_the_headers_come() {
    let engine = engine();
    let address = engine.block_on(h2_server(|Exchange { request, mut respond }| async move {
        let mut incoming = Incoming::new(request.into_body());
        assert_eq!(incoming.next().await.unwrap().unwrap(), b"a");
        assert_eq!(incoming.next().await.unwrap().unwrap(), b"b");
        let mut stream = respond.send_response(grpc_headers(), false).unwrap();
        write(&mut stream, framed(b"both")).await;
        stream.send_trailers(trailers(&[("grpc-status", "0")])).unwrap();
    }));
    let mut call = engine.call(spec(address, Kind::ClientStreaming, &["a"]));
    call.send(Bytes::from_static(b"b")).unwrap();
    let (events, outcome) = engine.block_on(all(&mut call));
    assert_eq!(outcome.status.code, 0);
    let words = words(&events);
    assert_eq!(&words[2..6], ["sent a", "sent b", "headers", "received both"], "the stream was never ended");
}

#[test]
fn what_is_sent_ahead_is_what_was_asked_for() {
    let engine = engine();
    let (seen, mut requests) = mpsc::channel(1);
    let address = engine.block_on(h2_server(move |exchange| {
        let seen = seen.clone();
        async move {
            seen.send((exchange.request.uri().clone(), exchange.request.headers().clone())).await.unwrap();
            echo(exchange, None).await;
        }
    }));
    let mut spec = spec(address, Kind::Unary, &["x"]);
    spec.access.path_prefix = "/api".to_owned();
    spec.access.connection.authority = Some("example.com".to_owned());
    spec.timeout = Some(Duration::from_secs(30));
    spec.access.metadata = vec![
        ("x-a".to_owned(), MetadataValue::Text("1".to_owned())),
        ("x-a".to_owned(), MetadataValue::Text("2".to_owned())),
        ("x-bin".to_owned(), MetadataValue::Binary(Bytes::from_static(&[0, 1]))),
    ];
    assert_eq!(run(&engine, spec).1.status.code, 0);
    let (uri, headers) = engine.block_on(requests.recv()).unwrap();
    assert_eq!(uri.to_string(), "http://example.com/api/test.Echo/Run");
    assert_eq!(headers.get_all("x-a").iter().collect::<Vec<_>>(), ["1", "2"]);
    assert_eq!(headers["x-bin"], "AAE");
    assert_eq!(headers["te"], "trailers");
    assert_eq!(headers["content-type"], "application/grpc");
    assert!(headers["user-agent"].to_str().unwrap().starts_with("trunkline/"));
    assert!(headers.contains_key("grpc-timeout"));
}

#[test]
fn cancel_is_seen_as_a_reset() {
    let engine = engine();
    let (seen, mut ends) = mpsc::channel(16);
    let address = engine.block_on(h2_server(move |exchange| echo(exchange, Some(seen.clone()))));
    let started = |kind| {
        let mut call = engine.call(spec(address, kind, &["x"]));
        engine.block_on(async {
            while !matches!(soon(call.next()).await.unwrap().what, Happened::Received(_) | Happened::Finished(_)) {}
        });
        call
    };
    let mut call = started(Kind::Bidirectional);
    call.cancel();
    let (_, outcome) = engine.block_on(all(&mut call));
    assert_eq!((outcome.status.code, outcome.ended_by), (1, EndedBy::Cancel));
    assert_eq!(engine.block_on(soon(ends.recv())).unwrap(), "RST_STREAM Some(CANCEL)");
    drop(started(Kind::Bidirectional));
    assert_eq!(engine.block_on(soon(ends.recv())).unwrap(), "RST_STREAM Some(CANCEL)", "dropped");
}

#[test]
fn cancel_reaches_a_server_that_takes_nothing() {
    let engine = engine();
    let (seen, mut ends) = mpsc::channel(1);
    let address = engine.block_on(h2_server(move |Exchange { request, mut respond }| {
        let seen = seen.clone();
        async move {
            let mut stream = respond.send_response(grpc_headers(), false).unwrap();
            write(&mut stream, framed(b"ready")).await;
            let reason = std::future::poll_fn(|cx| stream.poll_reset(cx)).await.unwrap();
            // Until here not one byte was read.
            drop(request);
            seen.send(reason).await.unwrap();
        }
    }));
    let mut spec = spec(address, Kind::Bidirectional, &[]);
    spec.messages = vec![Bytes::from(vec![0; 4 << 20])];
    let mut call = engine.call(spec);
    // Closed, so that the stuck message has the end of the stream behind it.
    call.end_sending();
    engine.block_on(async {
        while !matches!(soon(call.next()).await.unwrap().what, Happened::Received(_)) {}
        call.cancel();
        assert_eq!(all(&mut call).await.1.ended_by, EndedBy::Cancel);
        assert_eq!(soon(ends.recv()).await, Some(Reason::CANCEL));
    });
}

#[test]
fn cancel_works_before_anything_is_connected() {
    let engine = engine();
    let address = engine.block_on(listen(|stream| async move {
        std::future::pending::<()>().await;
        drop(stream);
    }));
    let mut call = engine.call(spec(address, Kind::Unary, &["x"]));
    call.cancel();
    let (_, outcome) = engine.block_on(all(&mut call));
    assert_eq!((outcome.status.code, outcome.ended_by), (1, EndedBy::Cancel));
}

#[test]
fn the_deadline_holds_over_the_whole_call() {
    let engine = engine();
    let (seen, mut ends) = mpsc::channel(1);
    let address = engine.block_on(h2_server(move |exchange| echo(exchange, Some(seen.clone()))));
    let mut spec = spec(address, Kind::Bidirectional, &["x"]);
    spec.timeout = Some(Duration::from_millis(150));
    let begin = Instant::now();
    let (events, outcome) = run(&engine, spec);
    assert!(words(&events).contains(&"received x".to_owned()));
    assert_eq!((outcome.status.code, outcome.ended_by), (4, EndedBy::Deadline));
    assert!(begin.elapsed() >= Duration::from_millis(150));
    assert_eq!(engine.block_on(soon(ends.recv())).unwrap(), "RST_STREAM Some(CANCEL)");
}

#[test]
fn the_deadline_holds_while_connecting() {
    let engine = engine();
    let address = engine.block_on(listen(|stream| async move {
        std::future::pending::<()>().await;
        drop(stream);
    }));
    let mut spec = spec(address, Kind::Unary, &["x"]);
    spec.timeout = Some(Duration::from_millis(100));
    let (_, outcome) = run(&engine, spec);
    assert_eq!((outcome.status.code, outcome.ended_by), (4, EndedBy::Deadline));
    assert!(outcome.status.message.contains("no connection"), "{}", outcome.status.message);
}

#[test]
fn a_flood_waits_for_a_slow_consumer_and_loses_nothing() {
    const COUNT: usize = 3000;
    const SIZE: usize = 32 << 10;
    let engine = engine();
    let (seen, mut progress) = tokio::sync::watch::channel(0);
    let seen = std::sync::Arc::new(seen);
    let address = engine.block_on(h2_server(move |Exchange { request, mut respond }| {
        let seen = std::sync::Arc::clone(&seen);
        async move {
            let mut stream = respond.send_response(grpc_headers(), false).unwrap();
            for number in 0..COUNT {
                let mut message = vec![0; SIZE];
                message[..8].copy_from_slice(&(number as u64).to_be_bytes());
                assert!(write(&mut stream, framed(&message)).await);
                seen.send_replace(number + 1);
            }
            stream.send_trailers(trailers(&[("grpc-status", "0")])).unwrap();
            drop(request);
        }
    }));
    let mut call = engine.call(spec(address, Kind::ServerStreaming, &["go"]));
    engine.block_on(async {
        // Nothing is taken: the server comes to a stand long before its end.
        let mut last = 0;
        while tokio::time::timeout(Duration::from_millis(300), progress.changed()).await.is_ok() {
            last = *progress.borrow();
        }
        assert!(last > 0 && last < COUNT, "{last} messages were taken from the server");
        let (events, outcome) = all(&mut call).await;
        assert_eq!(outcome.status.code, 0);
        let numbers: Vec<u64> = events.iter().filter_map(number).collect();
        assert!(numbers.iter().copied().eq(0..COUNT as u64));
    });
}

fn number(event: &CallEvent) -> Option<u64> {
    let Happened::Received(received) = &event.what else { return None };
    Some(u64::from_be_bytes(*received.message.first_chunk::<8>().unwrap()))
}

#[test]
fn a_cancelled_call_that_nobody_reads_still_finishes() {
    let engine = engine();
    let address = engine.block_on(h2_server(|Exchange { request, mut respond }| async move {
        let mut stream = respond.send_response(grpc_headers(), false).unwrap();
        while write(&mut stream, framed(b"again")).await {}
        drop(request);
    }));
    let mut call = engine.call(spec(address, Kind::ServerStreaming, &["go"]));
    engine.block_on(async {
        while !matches!(soon(call.next()).await.unwrap().what, Happened::Received(_)) {}
        call.cancel();
        assert_eq!(all(&mut call).await.1.ended_by, EndedBy::Cancel);
    });
}

#[test]
fn sending_says_when_the_queue_is_full() {
    let engine = engine();
    let address = engine.block_on(listen(|stream| async move {
        std::future::pending::<()>().await;
        drop(stream);
    }));
    let call = engine.call(spec(address, Kind::Bidirectional, &[]));
    let refused = (0..1000).find_map(|_| call.send(Bytes::from_static(b"x")).err());
    assert_eq!(refused, Some(NotSent::Full));
}

#[test]
fn a_server_gone_in_mid_call_is_a_lost_connection() {
    let engine = engine();
    let address = engine.block_on(listen(|stream| async move {
        let mut connection = h2::server::handshake(stream).await.unwrap();
        let (_request, mut respond) = connection.accept().await.unwrap().unwrap();
        let mut stream = respond.send_response(grpc_headers(), false).unwrap();
        stream.send_data(framed(b"one"), false).unwrap();
        // The connection is driven until the message is out, then it breaks.
        drop(tokio::time::timeout(Duration::from_millis(100), connection.accept()).await);
    }));
    let (events, outcome) = run(&engine, spec(address, Kind::ServerStreaming, &["x"]));
    assert!(words(&events).contains(&"received one".to_owned()));
    assert_eq!((outcome.status.code, outcome.ended_by), (14, EndedBy::Failure));
    assert!(matches!(outcome.cause, Some(Cause::ConnectionLost { .. })), "{:?}", outcome.cause);
}

#[test]
fn after_a_goaway_the_next_call_connects_anew() {
    let engine = engine();
    let address = engine.block_on(listen(|stream| async move {
        let mut connection = h2::server::handshake(stream).await.unwrap();
        let (request, respond) = connection.accept().await.unwrap().unwrap();
        connection.graceful_shutdown();
        tokio::spawn(echo(Exchange { request, respond }, None));
        while connection.accept().await.is_some() {}
    }));
    for _ in 0..3 {
        let (events, outcome) = run(&engine, spec(address, Kind::Unary, &["x"]));
        assert_eq!(outcome.status.code, 0);
        assert_eq!(&words(&events)[..2], ["connecting", "connected"]);
    }
}

#[test]
fn many_calls_share_one_connection() {
    let engine = engine();
    let address = engine.block_on(h2_server(|exchange| echo(exchange, None)));
    let mut calls: Vec<_> = (0..50).map(|_| engine.call(spec(address, Kind::Unary, &["x"]))).collect();
    let mut connections = 0;
    for call in &mut calls {
        let (events, outcome) = engine.block_on(all(call));
        assert_eq!(outcome.status.code, 0);
        connections += words(&events).iter().filter(|word| *word == "connecting").count();
    }
    assert_eq!(connections, 1);
}

#[test]
fn a_call_outlives_its_engine_by_one_event() {
    let first = engine();
    let other = engine();
    let address = other.block_on(listen(|stream| async move { serve(stream, |exchange| echo(exchange, None)).await }));
    let mut call = first.call(spec(address, Kind::Bidirectional, &["x"]));
    drop(first);
    let (_, outcome) = other.block_on(all(&mut call));
    assert_eq!(outcome.ended_by, EndedBy::Cancel);
}

#[test]
fn a_panic_in_the_task_is_an_end_like_others() {
    let other = engine();
    let address = other.block_on(h2_server(|exchange| echo(exchange, None)));
    let engine = Engine::new(|| panic!("the window is broken")).unwrap();
    let (_, outcome) = run(&engine, spec(address, Kind::Unary, &["x"]));
    assert_eq!((outcome.status.code, outcome.ended_by), (13, EndedBy::Failure));
    assert_eq!(outcome.cause, Some(Cause::Internal { detail: "the window is broken".to_owned() }));
}

#[test]
fn the_owner_is_woken_for_what_it_can_take() {
    let (woken, wakes) = std::sync::mpsc::sync_channel(64);
    let engine = Engine::new(move || woken.send(()).unwrap()).unwrap();
    let address = engine.block_on(h2_server(|exchange| echo(exchange, None)));
    let mut call = engine.call(spec(address, Kind::Unary, &["x"]));
    let mut events = Vec::new();
    // Polls as the window does, only when woken.
    while !matches!(events.last(), Some(CallEvent { what: Happened::Finished(_), .. })) {
        wakes.recv_timeout(LIMIT).unwrap();
        events.extend(std::iter::from_fn(|| call.try_next()));
    }
    let mut words = words(&events);
    // The end of sending and the answer come independently.
    words.retain(|word| word != "sending ended");
    assert_eq!(words, ["connecting", "connected", "sent x", "headers", "received x", "finished"]);
}

#[test]
fn metadata_that_cannot_be_sent_ends_the_call() {
    let engine = engine();
    let address = engine.block_on(h2_server(|exchange| echo(exchange, None)));
    let mut spec = spec(address, Kind::Unary, &["x"]);
    spec.access.metadata = vec![("a b".to_owned(), MetadataValue::Text("x".to_owned()))];
    let (_, outcome) = run(&engine, spec);
    assert!(outcome.status.message.contains("a b"), "{outcome:?}");
}
