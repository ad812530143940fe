//! Limits of size and of time, and whose they are.

use std::time::Duration;

use bytes::Bytes;
use tokio::sync::mpsc;

use super::interop::{ENCODINGS, server};
use super::server::{Exchange, Frame, all, echo, engine, grpc_headers, h2_server, run, soon, spec, trailers, wire};
use crate::engine::{Cause, EndedBy, Outcome};
use crate::request::CallSpec;
use crate::schema::Kind;

/// A call to a server that says this at once.
fn refused(code: &'static str, message: &'static str, change: impl Fn(&mut CallSpec)) -> Outcome {
    let engine = engine();
    let address = engine.block_on(h2_server(move |mut exchange: Exchange| async move {
        let mut head = grpc_headers();
        head.headers_mut().extend(trailers(&[("grpc-status", code), ("grpc-message", message)]));
        exchange.respond.send_response(head, true).unwrap();
    }));
    let mut spec = spec(address, Kind::Unary, &["x"]);
    change(&mut spec);
    run(&engine, spec).1
}

#[test]
fn a_message_that_is_small_only_on_the_wire_is_refused() {
    let engine = engine();
    for encoding in ENCODINGS {
        let address = server(&engine, Some(encoding));
        let mut spec = spec(address, Kind::Unary, &[]);
        spec.messages = vec![vec![0; 3 << 20].into()];
        spec.access.options.max_receive = 1 << 20;
        let (_, outcome) = run(&engine, spec.clone());
        assert_eq!((outcome.status.code, outcome.ended_by), (8, EndedBy::Failure), "{encoding:?}");
        assert_eq!(outcome.cause, Some(Cause::Inflated { limit: 1 << 20 }), "{encoding:?}");
        spec.access.options.max_receive = 3 << 20;
        assert_eq!(run(&engine, spec).1.status.code, 0, "{encoding:?}");
    }
}

#[test]
fn a_message_over_the_limit_for_sending_is_not_sent() {
    let engine = engine();
    let (seen, mut requests) = mpsc::channel(1);
    let address = engine.block_on(h2_server(move |_exchange| {
        let seen = seen.clone();
        async move { seen.send(()).await.unwrap() }
    }));
    let mut large = spec(address, Kind::ClientStreaming, &["small", "twelve bytes"]);
    large.access.options.max_send = 11;
    let (events, outcome) = run(&engine, large);
    assert_eq!((outcome.status.code, outcome.ended_by), (8, EndedBy::Failure));
    assert_eq!(outcome.cause, Some(Cause::TooLargeToSend { size: 12, limit: 11 }));
    assert!(!format!("{events:?}").contains("Requested"), "{events:#?}");
    assert!(requests.try_recv().is_err());
}

#[test]
fn a_later_message_over_the_limit_cancels_the_call() {
    let engine = engine();
    let (address, mut frames) = engine.block_on(async { wire(h2_server(|exchange| echo(exchange, None)).await).await });
    let mut spec = spec(address, Kind::Bidirectional, &["small"]);
    spec.access.options.max_send = 11;
    let mut call = engine.call(spec);
    call.send(Bytes::from_static(b"twelve bytes")).unwrap();
    let (_, outcome) = engine.block_on(all(&mut call));
    assert_eq!(outcome.cause, Some(Cause::TooLargeToSend { size: 12, limit: 11 }));
    let frames: Vec<Frame> = engine.block_on(async {
        let mut seen = Vec::new();
        while seen.last().is_none_or(|frame: &Frame| frame.kind != 3) {
            seen.push(soon(frames.recv()).await.unwrap());
        }
        seen
    });
    let sent: usize = frames.iter().filter(|frame| frame.kind == 0).map(|frame| frame.payload.len()).sum();
    assert!(sent <= 10, "{frames:?}");
    assert_eq!(frames.last().unwrap().payload[3], 8, "CANCEL");
}

#[test]
fn a_limit_of_the_servers_is_told_as_its_own() {
    let said = "Received message larger than max (5000000 vs. 4194304)";
    let outcome = refused("8", said, |_| {});
    assert_eq!((outcome.status.code, outcome.ended_by), (8, EndedBy::Server));
    assert_eq!(outcome.status.message, said, "the server's words stay");
    assert_eq!(outcome.cause, Some(Cause::TooLargeForServer { detail: said.to_owned() }));
    assert_eq!(refused("8", "out of disk", |_| {}).cause, None);
}

#[test]
fn a_deadline_of_the_servers_is_told_as_its_own() {
    let outcome = refused("4", "upstream", |spec| spec.timeout = Some(Duration::from_mins(1)));
    assert_eq!((outcome.status.code, outcome.ended_by), (4, EndedBy::Server));
    assert!(matches!(outcome.cause, Some(Cause::OtherDeadline { .. })), "{:?}", outcome.cause);
    let engine = engine();
    let address = engine.block_on(h2_server(|exchange| async move {
        std::future::pending::<()>().await;
        drop(exchange);
    }));
    let mut spec = spec(address, Kind::Unary, &["x"]);
    spec.timeout = Some(Duration::from_millis(100));
    let outcome = run(&engine, spec).1;
    assert_eq!((outcome.status.code, outcome.ended_by), (4, EndedBy::Deadline));
    assert_eq!(outcome.cause, Some(Cause::Deadline { timeout: "100ms".to_owned() }));
}
