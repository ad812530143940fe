//! What a call tells of its exchange: the headers that went out, sizes on the wire, and when a message was really sent.

use std::time::Duration;

use bytes::Bytes;
use tokio::sync::{mpsc, oneshot};
use tonic::codec::CompressionEncoding;

use super::interop::{ENCODINGS, server};
use super::server::{
    Exchange, Incoming, all, echo, engine, framed, grpc_headers, h2_server, run, soon, spec, trailers, wire, words,
    write,
};
use crate::engine::{CallEvent, Cause, Happened, Payload};
use crate::request::{Compression, MetadataEntry, MetadataValue};
use crate::schema::Kind;

/// Text, and the same as gzip.
const HELLO: &[u8] = b"hello hello hello hello hello hello";
const HELLO_GZIP: &[u8] = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xcb\x48\xcd\xc9\xc9\x57\xc8\xc0\x47\x02\x00\x57\x37\x62\x85\x23\x00\x00\x00";

fn requested(events: &[CallEvent]) -> (u32, &[MetadataEntry]) {
    let mut requested = events.iter().filter_map(|event| match &event.what {
        Happened::Requested { stream, headers } => Some((*stream, headers.as_slice())),
        _ => None,
    });
    let only = requested.next().unwrap();
    assert_eq!(requested.next(), None);
    only
}

fn payloads(events: &[CallEvent]) -> (Vec<Payload>, Vec<Payload>) {
    let (mut sent, mut received) = (Vec::new(), Vec::new());
    for event in events {
        match &event.what {
            Happened::Sent(payload) => sent.push(payload.clone()),
            Happened::Received(payload) => received.push(payload.clone()),
            _ => {}
        }
    }
    (sent, received)
}

#[test]
fn the_headers_that_went_out_are_told_whole() {
    let engine = engine();
    let (seen, mut requests) = mpsc::channel(4);
    let address = engine.block_on(h2_server(move |exchange| {
        let seen = seen.clone();
        async move {
            let id = exchange.request.body().stream_id().as_u32();
            seen.send((id, exchange.request.headers().clone())).await.unwrap();
            echo(exchange, None).await;
        }
    }));
    let mut spec = spec(address, Kind::Unary, &["x"]);
    spec.timeout = Some(Duration::from_secs(30));
    spec.access.options.accept = vec![Compression::Zstd, Compression::Gzip];
    spec.access.metadata = vec![
        ("x-a".to_owned(), MetadataValue::Text("1".to_owned())),
        ("x-a".to_owned(), MetadataValue::Text("2".to_owned())),
        ("x-bin".to_owned(), MetadataValue::Binary(Bytes::from_static(&[0, 1]))),
    ];
    let mut streams = Vec::new();
    for _ in 0..2 {
        let (events, outcome) = run(&engine, spec.clone());
        assert_eq!(outcome.status.code, 0);
        let (stream, headers) = requested(&events);
        let (seen_stream, seen) = engine.block_on(soon(requests.recv())).unwrap();
        assert_eq!((stream, headers.len()), (seen_stream, seen.len()), "{headers:?}");
        streams.push(stream);
        let text = |name: &str| match &headers.iter().find(|(known, _)| known == name).unwrap().1 {
            MetadataValue::Text(text) => text.clone(),
            MetadataValue::Binary(_) => panic!("{name} is binary"),
        };
        for name in ["te", "content-type", "user-agent", "grpc-timeout", "grpc-accept-encoding"] {
            assert_eq!(text(name), seen[name].to_str().unwrap(), "{name}");
        }
        assert_eq!(text("grpc-accept-encoding"), "zstd,gzip,identity");
        for entry in &spec.access.metadata {
            assert!(headers.contains(entry), "{entry:?} {headers:?}");
        }
        // After the connection, before the first message.
        let place = |wanted: fn(&Happened) -> bool| events.iter().position(|event| wanted(&event.what)).unwrap();
        let requested = place(|what| matches!(what, Happened::Requested { .. }));
        assert!(place(|what| matches!(what, Happened::Connected(_))) < requested);
        assert!(requested < place(|what| matches!(what, Happened::Sent(_))));
    }
    assert_eq!(streams, [1, 3]);
}

#[test]
fn only_what_is_accepted_is_said() {
    let engine = engine();
    let address = engine.block_on(h2_server(|exchange| echo(exchange, None)));
    for accept in [vec![], vec![Compression::Identity]] {
        let mut spec = spec(address, Kind::Unary, &["x"]);
        spec.access.options.accept = accept;
        let (events, outcome) = run(&engine, spec);
        assert_eq!(outcome.status.code, 0);
        assert!(requested(&events).1.iter().all(|(name, _)| !name.contains("encoding")));
    }
}

#[test]
fn compressed_messages_have_their_length_on_the_wire() {
    let engine = engine();
    let ours = [Compression::Gzip, Compression::Deflate, Compression::Zstd];
    let message = Bytes::from(HELLO.repeat(1000));
    for (compression, encoding) in ours.into_iter().zip(ENCODINGS) {
        let server = server(&engine, Some(encoding));
        let (address, mut frames) = engine.block_on(wire(server));
        let mut spec = spec(address, Kind::Bidirectional, &[]);
        spec.messages = vec![message.clone()];
        spec.access.options.compression = compression;
        spec.access.options.accept = vec![compression];
        let mut call = engine.call(spec);
        call.end_sending();
        let (events, outcome) = engine.block_on(all(&mut call));
        assert_eq!(outcome.status.code, 0, "{outcome:?}");
        let name = MetadataValue::Text(compression.name().to_owned());
        assert!(requested(&events).1.contains(&("grpc-encoding".to_owned(), name)));
        let (sent, received) = payloads(&events);
        assert_eq!((&sent[0].message, &received[0].message), (&message, &message));
        let head = engine.block_on(async {
            loop {
                let frame = soon(frames.recv()).await.unwrap();
                if frame.kind == 0 {
                    return frame.payload;
                }
            }
        });
        assert_eq!(head[0], 1, "{head:?}");
        let length = u32::from_be_bytes(head[1..5].try_into().unwrap());
        assert_eq!(sent[0].compressed, Some(length), "{compression:?}");
        assert!(received[0].compressed.is_some_and(|length| (length as usize) < message.len() / 10));
    }
}

#[test]
fn each_message_of_an_answer_says_for_itself_whether_it_is_compressed() {
    let engine = engine();
    let address = engine.block_on(h2_server(|mut exchange| async move {
        let mut head = grpc_headers();
        head.headers_mut().extend(trailers(&[("grpc-encoding", "gzip")]));
        let mut stream = exchange.respond.send_response(head, false).unwrap();
        let mut bytes = framed(b"plain").to_vec();
        for _ in 0..2 {
            let mut compressed = framed(HELLO_GZIP).to_vec();
            compressed[0] = 1;
            bytes.extend(compressed);
            bytes.extend_from_slice(&framed(b""));
        }
        // In pieces that fit no message.
        for piece in bytes.chunks(7) {
            write(&mut stream, Bytes::copy_from_slice(piece)).await;
        }
        stream.send_trailers(trailers(&[("grpc-status", "0")])).unwrap();
    }));
    let (events, outcome) = run(&engine, spec(address, Kind::ServerStreaming, &["x"]));
    assert_eq!(outcome.status.code, 0, "{outcome:?}");
    let plain = |bytes: &'static [u8]| Payload::plain(Bytes::from_static(bytes));
    let hello = Payload { message: Bytes::from_static(HELLO), compressed: Some(HELLO_GZIP.len() as u32) };
    assert_eq!(payloads(&events).1, [plain(b"plain"), hello.clone(), plain(b""), hello, plain(b"")]);
}

#[test]
fn a_message_that_flow_control_holds_back_is_not_yet_sent() {
    let engine = engine();
    let (read_on, may_read) = oneshot::channel::<()>();
    let may_read = std::sync::Arc::new(std::sync::Mutex::new(Some(may_read)));
    let address = engine.block_on(h2_server(move |Exchange { request, mut respond }| {
        let may_read = may_read.lock().unwrap().take().unwrap();
        async move {
            let mut stream = respond.send_response(grpc_headers(), false).unwrap();
            write(&mut stream, framed(b"ready")).await;
            may_read.await.unwrap();
            let mut incoming = Incoming::new(request.into_body());
            while incoming.next().await.unwrap().is_some() {}
            stream.send_trailers(trailers(&[("grpc-status", "0")])).unwrap();
        }
    }));
    let mut spec = spec(address, Kind::Bidirectional, &[]);
    // The second one is larger than the window of the server.
    spec.messages = vec![Bytes::from_static(b"small"), vec![1; 1 << 20].into(), Bytes::new()];
    let mut call = engine.call(spec);
    call.end_sending();
    let mut before = Vec::new();
    engine.block_on(async {
        while !matches!(before.last(), Some(CallEvent { what: Happened::Received(_), .. })) {
            before.push(soon(call.next()).await.unwrap());
        }
        // The window is full long since: nothing more comes however long one waits.
        let more = tokio::time::timeout(Duration::from_millis(100), call.next()).await;
        assert!(more.is_err(), "{more:?}");
    });
    assert_eq!(payloads(&before).0, [Payload::plain(Bytes::from_static(b"small"))]);
    read_on.send(()).unwrap();
    let (events, outcome) = engine.block_on(all(&mut call));
    assert_eq!(outcome.status.code, 0);
    assert_eq!(payloads(&events).0.iter().map(|sent| sent.message.len()).collect::<Vec<_>>(), [1 << 20, 0]);
    assert_eq!(words(&events).last().unwrap(), "sending ended");
}

#[test]
fn thousands_of_messages_are_told_in_order_and_once() {
    const COUNT: usize = 10_000;
    let engine = engine();
    for encoding in [None, Some(CompressionEncoding::Zstd)] {
        let address = server(&engine, encoding);
        let mut spec = spec(address, Kind::Bidirectional, &[]);
        let compression = if encoding.is_some() { Compression::Zstd } else { Compression::Identity };
        spec.access.options.compression = compression;
        spec.messages = (0..COUNT).map(|number| Bytes::from(number.to_string().repeat(number % 50))).collect();
        let expected = spec.messages.clone();
        let mut call = engine.call(spec);
        call.end_sending();
        let (events, outcome) = engine.block_on(all(&mut call));
        assert_eq!(outcome.status.code, 0);
        for told in <[_; 2]>::from(payloads(&events)) {
            assert!(told.iter().map(|payload| &payload.message).eq(&expected));
            assert!(told.iter().all(|payload| payload.compressed.is_some() == encoding.is_some()));
        }
        assert_eq!(words(&events).iter().filter(|word| *word == "sending ended").count(), 1);
        assert!(events.is_sorted_by_key(|event| event.at));
    }
}

#[test]
fn what_does_not_decompress_breaks_the_protocol() {
    let engine = engine();
    let address = engine.block_on(h2_server(|mut exchange| async move {
        let mut head = grpc_headers();
        head.headers_mut().extend(trailers(&[("grpc-encoding", "gzip")]));
        let mut stream = exchange.respond.send_response(head, false).unwrap();
        stream.send_data(Bytes::from_static(b"\x01\0\0\0\x03abc"), false).unwrap();
        // The client has gone before that.
        let _open = stream.send_trailers(trailers(&[("grpc-status", "0")])).is_ok();
    }));
    let (_, outcome) = run(&engine, spec(address, Kind::Unary, &["x"]));
    assert_eq!(outcome.status.code, 13);
    assert!(matches!(outcome.cause, Some(Cause::BadFrame { detail }) if detail.contains("decompressing")));
}
