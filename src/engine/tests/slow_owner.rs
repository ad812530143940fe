//! What waits while the owner of a call does not look: it is bounded, and none of it is lost.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::oneshot;

use super::server::{Exchange, all, engine, framed, grpc_headers, h2_server, spec, trailers, write};
use crate::engine::Happened;
use crate::request::Windows;
use crate::schema::Kind;

const COUNT: u64 = 200_000;
/// A message with its head, and the head of its frame.
const FRAME: u64 = 9 + 5 + 16;

/// Small frames are what the HTTP/2 library takes for an attack when they wait.
fn waits(windows: Windows) {
    let engine = engine();
    let (told, sent) = oneshot::channel::<()>();
    let told = Arc::new(Mutex::new(Some(told)));
    let address = engine.block_on(h2_server(move |Exchange { mut respond, .. }| {
        let told = told.lock().unwrap().take();
        async move {
            let mut stream = respond.send_response(grpc_headers(), false).unwrap();
            for number in 0..COUNT {
                let mut message = [0; 16];
                message[8..].copy_from_slice(&number.to_be_bytes());
                assert!(write(&mut stream, framed(&message)).await);
            }
            stream.send_trailers(trailers(&[("grpc-status", "0")])).unwrap();
            drop(told);
        }
    }));
    let mut spec = spec(address, Kind::ServerStreaming, &["x"]);
    spec.access.connection.windows = windows;
    let mut call = engine.call(spec);
    let fits = COUNT * (FRAME - 9) <= u64::from(windows.stream);
    let arrived = || engine.channels().iter().map(|facts| facts.bytes_in).sum::<u64>();
    engine.block_on(async {
        if fits {
            tokio::time::timeout(Duration::from_mins(1), sent).await.unwrap().unwrap_err();
        }
        // Nothing more comes for a while: what may wait is here.
        let (mut before, mut quiet) = (0, 0);
        while quiet < 5 {
            tokio::time::sleep(Duration::from_millis(50)).await;
            let now = arrived();
            quiet = if now == before && now > 1000 { quiet + 1 } else { 0 };
            before = now;
        }
        // The window bounds the bytes of messages; what the queue of events took was given back to it, which the
        // library tells the server once it is half a window.
        let most = u64::from(windows.stream) * 2 * FRAME / (FRAME - 9) + 1024;
        assert!(before <= most, "{before} bytes came, at most {most} may wait");
        assert!(fits || before < COUNT * FRAME / 2, "{before}");
    });
    let (events, outcome) = engine.block_on(all(&mut call));
    assert_eq!(outcome.status.code, 0, "{outcome:?}");
    let received = events.iter().filter_map(|event| match &event.what {
        Happened::Received(payload) => Some(&payload.message),
        _ => None,
    });
    let numbers = received.map(|message: &Bytes| u64::from_be_bytes(message[8..].try_into().unwrap()));
    assert!(numbers.eq(0..COUNT));
}

#[test]
fn small_frames_wait_for_a_slow_owner() {
    waits(Windows::default());
}

#[test]
fn the_window_bounds_what_waits() {
    waits(Windows { stream: 256 << 10, connection: 1 << 20 });
}
