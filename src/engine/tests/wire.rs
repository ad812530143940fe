//! How the end of sending and a cancel look on the wire: a server's library shows the reset of a stream even where an
//! end of stream, which means something else, went before it.

use bytes::Bytes;
use h2::Reason;
use tokio::sync::mpsc;

use super::server::{Exchange, Frame, all, echo, engine, framed, grpc_headers, h2_server, soon, spec, wire, write};
use crate::engine::{Call, Engine, Happened};
use crate::schema::Kind;

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const END_STREAM: u8 = 1;

/// What the client sent on its stream up to the reset, or up to the end of the stream: kinds and whether it was an end.
async fn sent(frames: &mut mpsc::Receiver<Frame>) -> Vec<String> {
    let mut words = Vec::new();
    loop {
        let frame = soon(frames.recv()).await.unwrap();
        let end = matches!(frame.kind, DATA | HEADERS) && frame.flags & END_STREAM != 0;
        match frame.kind {
            HEADERS => words.push("HEADERS".to_owned()),
            DATA => words.push("DATA".to_owned()),
            RST_STREAM => words.push(format!("RST {}", frame.payload[3])),
            _ => continue,
        }
        if end {
            words.push("END".to_owned());
        }
        if end || frame.kind == RST_STREAM {
            return words;
        }
    }
}

fn until_received(engine: &Engine, call: &mut Call) {
    engine.block_on(async { while !matches!(soon(call.next()).await.unwrap().what, Happened::Received(_)) {} });
}

#[test]
fn the_end_of_sending_is_an_end_of_stream() {
    let engine = engine();
    let (address, mut frames) = engine.block_on(async { wire(h2_server(|exchange| echo(exchange, None)).await).await });
    for kind in [Kind::Unary, Kind::ServerStreaming] {
        let mut call = engine.call(spec(address, kind, &["x"]));
        assert_eq!(engine.block_on(all(&mut call)).1.status.code, 0);
        let words = engine.block_on(sent(&mut frames));
        assert_eq!((words[0].as_str(), words.last().unwrap().as_str()), ("HEADERS", "END"), "{words:?}");
    }
    let mut call = engine.call(spec(address, Kind::Bidirectional, &["x"]));
    until_received(&engine, &mut call);
    call.end_sending();
    assert_eq!(engine.block_on(sent(&mut frames)), ["HEADERS", "DATA", "DATA", "END"]);
}

#[test]
fn a_cancel_is_a_reset_and_no_end() {
    let engine = engine();
    let (address, mut frames) = engine.block_on(async { wire(h2_server(|exchange| echo(exchange, None)).await).await });
    let mut cancelled = engine.call(spec(address, Kind::Bidirectional, &["x"]));
    until_received(&engine, &mut cancelled);
    cancelled.cancel();
    assert_eq!(engine.block_on(sent(&mut frames)), ["HEADERS", "DATA", "RST 8"]);
    // A call that is dropped drops its queue too, which must never look like its end.
    for _ in 0..200 {
        let mut dropped = engine.call(spec(address, Kind::Bidirectional, &["x"]));
        until_received(&engine, &mut dropped);
        drop(dropped);
        assert_eq!(engine.block_on(sent(&mut frames)), ["HEADERS", "DATA", "RST 8"]);
    }
}

#[test]
fn a_cancel_overtakes_what_flow_control_holds_back() {
    let engine = engine();
    let (address, mut frames) = engine.block_on(async {
        let server = h2_server(|Exchange { request, mut respond }| async move {
            let mut stream = respond.send_response(grpc_headers(), false).unwrap();
            write(&mut stream, framed(b"ready")).await;
            assert_eq!(std::future::poll_fn(|cx| stream.poll_reset(cx)).await.unwrap(), Reason::CANCEL);
            // Until here not one byte was read.
            drop(request);
        });
        wire(server.await).await
    });
    let mut stuck = spec(address, Kind::Bidirectional, &[]);
    stuck.messages = vec![Bytes::from(vec![0; 4 << 20])];
    let mut call = engine.call(stuck);
    // So that the end of the stream stands behind the message that is stuck.
    call.end_sending();
    until_received(&engine, &mut call);
    call.cancel();
    let words = engine.block_on(sent(&mut frames));
    assert_eq!(words.last().unwrap(), "RST 8", "{words:?}");
}
