//! gRPC-Web and Connect: against tonic-web, which others wrote, and against servers that say exactly what a test wants.

use std::convert::Infallible;
use std::future::ready;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body::Frame;
use http_body_util::{BodyExt as _, Collected, StreamBody};
use rustls_pki_types::PrivateKeyDer;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::body::Body;
use tonic::server::NamedService;
use tonic::transport::Server;
use tonic_web::GrpcWebLayer;
use tower_service::Service;

use super::server::{
    Exchange, Incoming, all, echo, engine, framed, h2_server, listen, run, serve, soon, spec, trailers, with_tls,
    words, write,
};
use crate::engine::{CallEvent, Cause, EndedBy, Engine, Happened, Outcome};
use crate::request::{CallSpec, Compression, MetadataValue, Protocol, TlsSpec};
use crate::schema::Kind;

/// The call of [`spec`] in another protocol.
pub(super) fn speaking(protocol: Protocol, address: SocketAddr, kind: Kind, messages: &[&'static str]) -> CallSpec {
    let mut spec = spec(address, kind, messages);
    spec.access.connection.protocol = protocol;
    spec.access.options.protocol = protocol;
    spec
}

fn text(name: &str, value: &str) -> (String, MetadataValue) {
    (name.to_owned(), MetadataValue::Text(value.to_owned()))
}

/// What `Requested` told.
fn requested(events: &[CallEvent]) -> (u32, Vec<(String, MetadataValue)>) {
    let found = events.iter().find_map(|event| match &event.what {
        Happened::Requested { stream, headers } => Some((*stream, headers.clone())),
        _ => None,
    });
    found.expect("no request went out")
}

fn received(events: &[CallEvent]) -> Vec<Bytes> {
    let message = |event: &CallEvent| match &event.what {
        Happened::Received(payload) => Some(payload.message.clone()),
        _ => None,
    };
    events.iter().filter_map(message).collect()
}

/// Answers each call three times with what it was sent, and with the status that it asked for.
#[derive(Clone)]
struct Echo;

impl NamedService for Echo {
    const NAME: &'static str = "test.Echo";
}

impl Service<Request<Body>> for Echo {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        Box::pin(async move {
            let (head, body) = request.into_parts();
            let frames = body.collect().await.map(Collected::to_bytes).unwrap_or_default();
            let status = head.headers.get("x-status").cloned();
            let mut end = trailers(&[("x-t", "1"), ("x-t-bin", "AAE")]);
            end.insert("grpc-status", status.clone().unwrap_or_else(|| "0".parse().unwrap()));
            end.insert("grpc-message", "d%C3%A9j%C3%A0 vu".parse().unwrap());
            let many = head.headers.get("x-many").is_some();
            let count = if status.is_some() {
                0
            } else if many {
                3
            } else {
                1
            };
            let mut answer: Vec<Result<Frame<Bytes>, tonic::Status>> =
                (0..count).map(|_| Ok(Frame::data(frames.clone()))).collect();
            answer.push(Ok(Frame::trailers(end)));
            let mut response = Response::builder().header("content-type", "application/grpc").header("x-h", "2");
            for name in ["grpc-timeout", "x-grpc-web", "x-a-bin", "grpc-encoding"] {
                if let Some(value) = head.headers.get(name) {
                    response = response
                        .header(if name == "grpc-encoding" { name.to_owned() } else { format!("x-saw-{name}") }, value);
                }
            }
            Ok(response.body(Body::new(StreamBody::new(tokio_stream::iter(answer)))).unwrap())
        })
    }
}

/// A tonic server with tonic-web before it.
async fn tonic_web(http1: bool) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = Server::builder().accept_http1(http1).layer(GrpcWebLayer::new()).add_service(Echo);
    tokio::spawn(server.serve_with_incoming(TcpListenerStream::new(listener)));
    address
}

/// Passes on to a server all but the beginning of HTTP/2, which it answers as a server of HTTP/1.1 does.
async fn http1_only(server: SocketAddr) -> SocketAddr {
    listen(move |mut client| async move {
        let mut first = [0; 4];
        if client.read_exact(&mut first).await.is_err() {
            return;
        }
        if &first == b"PRI " {
            client.write_all(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n").await.unwrap();
            client.shutdown().await.unwrap();
            while client.read(&mut [0; 64]).await.is_ok_and(|count| count > 0) {}
            return;
        }
        let mut server = TcpStream::connect(server).await.unwrap();
        server.write_all(&first).await.unwrap();
        // Either side may break off.
        let _ended = tokio::io::copy_bidirectional(&mut client, &mut server).await.is_ok();
    })
    .await
}

#[test]
fn grpc_web_is_spoken_with_tonic_web() {
    let engine = engine();
    let both = engine.block_on(tonic_web(true));
    let one = engine.block_on(http1_only(both));
    let h2 = engine.block_on(tonic_web(false));
    for (address, http1) in [(both, false), (one, true), (h2, false)] {
        for protocol in [Protocol::GrpcWeb, Protocol::GrpcWebText] {
            for kind in [Kind::Unary, Kind::ServerStreaming] {
                let mut spec = speaking(protocol, address, kind, &["hello"]);
                spec.timeout = Some(Duration::from_secs(30));
                spec.access.metadata.push(("x-a-bin".to_owned(), MetadataValue::Binary(Bytes::from_static(&[0, 255]))));
                if kind == Kind::ServerStreaming {
                    spec.access.metadata.push(text("x-many", "1"));
                }
                let (events, outcome) = run(&engine, spec);
                assert_eq!((outcome.status.code, outcome.cause), (0, None), "{protocol:?} {events:?}");
                let count = if kind == Kind::Unary { 1 } else { 3 };
                assert_eq!(received(&events), vec!["hello"; count]);
                let binary = ("x-t-bin".to_owned(), MetadataValue::Binary(Bytes::from_static(&[0, 1])));
                assert_eq!(outcome.trailers, [text("x-t", "1"), binary]);
                let (stream, headers) = requested(&events);
                assert_eq!(stream == 0, http1, "{stream}");
                assert!(!headers.iter().any(|(name, _)| name == "te"), "{headers:?}");
                let Some(Happened::Headers(headers)) =
                    events.iter().map(|event| &event.what).find(|what| matches!(what, Happened::Headers(_)))
                else {
                    panic!("no headers")
                };
                assert!(headers.contains(&text("x-h", "2")));
                assert!(
                    headers.contains(&text("x-saw-x-grpc-web", "1")) || protocol == Protocol::GrpcWeb,
                    "{headers:?}"
                );
                assert!(headers.iter().any(|(name, _)| name == "x-saw-grpc-timeout"), "{headers:?}");
            }
        }
    }
}

#[test]
fn a_status_of_grpc_web_comes_whole() {
    let engine = engine();
    let both = engine.block_on(tonic_web(true));
    let one = engine.block_on(http1_only(both));
    for address in [both, one] {
        for protocol in [Protocol::GrpcWeb, Protocol::GrpcWebText] {
            let mut spec = speaking(protocol, address, Kind::Unary, &["x"]);
            spec.access.metadata.push(text("x-status", "9"));
            let (_, outcome) = run(&engine, spec);
            assert_eq!((outcome.status.code, outcome.ended_by), (9, EndedBy::Server));
            assert_eq!(outcome.status.message, "déjà vu");
        }
    }
}

#[test]
fn compressed_messages_go_through_grpc_web() {
    let engine = engine();
    let address = engine.block_on(tonic_web(true));
    for compression in [Compression::Gzip, Compression::Deflate, Compression::Zstd] {
        let mut spec = speaking(Protocol::GrpcWebText, address, Kind::Unary, &["hello hello hello hello"]);
        spec.access.options.compression = compression;
        let (events, outcome) = run(&engine, spec);
        assert_eq!(outcome.status.code, 0, "{outcome:?}");
        assert_eq!(received(&events), ["hello hello hello hello"]);
    }
}

#[test]
fn a_connection_of_http1_is_used_again_one_call_at_a_time() {
    let engine = engine();
    let both = engine.block_on(tonic_web(true));
    let one = engine.block_on(http1_only(both));
    let word = |spec: CallSpec| words(&run(&engine, spec).0)[0].clone();
    assert_eq!(word(speaking(Protocol::GrpcWeb, one, Kind::Unary, &["a"])), "connecting");
    assert_eq!(word(speaking(Protocol::GrpcWeb, one, Kind::Unary, &["b"])), "reused");
    let mut calls: Vec<_> =
        (0..8).map(|_| engine.call(speaking(Protocol::GrpcWeb, one, Kind::Unary, &["c"]))).collect();
    for call in &mut calls {
        assert_eq!(engine.block_on(all(call)).1.status.code, 0);
    }
}

#[test]
fn what_grpc_web_has_not_is_refused_before_anything_is_sent() {
    let engine = engine();
    let nobody = SocketAddr::from(([127, 0, 0, 1], 1));
    for kind in [Kind::ClientStreaming, Kind::Bidirectional] {
        let (events, outcome) = run(&engine, speaking(Protocol::GrpcWeb, nobody, kind, &["x"]));
        assert!(events.is_empty(), "{events:?}");
        assert_eq!((outcome.status.code, outcome.cause), (12, Some(Cause::NoSuchKind)));
    }
}

/// A server of HTTP/1.1 that tells the head and body of each request and answers with these words.
async fn script(answer: &'static [u8]) -> (SocketAddr, mpsc::Receiver<(String, Vec<u8>)>) {
    let (seen, requests) = mpsc::channel(16);
    let address = listen(move |stream| perform(stream, answer, seen.clone())).await;
    (address, requests)
}

pub(super) async fn perform(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    answer: &'static [u8],
    seen: mpsc::Sender<(String, Vec<u8>)>,
) {
    let mut bytes = Vec::new();
    loop {
        while let Some((head, length)) = whole(&bytes) {
            let head: Vec<u8> = bytes.drain(..head).collect();
            let body: Vec<u8> = bytes.drain(..length).collect();
            let head = String::from_utf8(head).unwrap();
            if head.starts_with("PRI ") {
                stream.write_all(b"HTTP/1.1 505 HTTP Version Not Supported\r\n\r\n").await.unwrap();
                return;
            }
            // A test may not want to know.
            let _heard = seen.send((head, body)).await.is_ok();
            stream.write_all(answer).await.unwrap();
        }
        let mut more = [0; 4096];
        match stream.read(&mut more).await {
            Ok(count) if count > 0 => bytes.extend_from_slice(&more[..count]),
            _ => return,
        }
    }
}

/// Where the head of a request ends and how long its body is, once both are there.
fn whole(bytes: &[u8]) -> Option<(usize, usize)> {
    let head = bytes.windows(4).position(|end| end == b"\r\n\r\n")? + 4;
    let text = std::str::from_utf8(&bytes[..head]).ok()?;
    let length = text.lines().find_map(|line| line.strip_prefix("content-length: ")).map_or(0, |n| n.parse().unwrap());
    (bytes.len() >= head + length).then_some((head, length))
}

fn connect(engine: &Engine, kind: Kind, answer: &'static [u8]) -> (Vec<CallEvent>, Outcome) {
    let (address, _requests) = engine.block_on(script(answer));
    run(engine, speaking(Protocol::Connect, address, kind, &["hello"]))
}

#[test]
fn a_unary_call_of_connect_is_plain_http() {
    let engine = engine();
    let answer = b"HTTP/1.1 200 OK\r\ncontent-type: application/proto\r\ncontent-length: 2\r\nx-h: 1\r\n\
                   trailer-x-t: 2\r\n\r\nhi";
    let (address, mut requests) = engine.block_on(script(answer));
    let mut spec = speaking(Protocol::Connect, address, Kind::Unary, &["hello"]);
    spec.access.path_prefix = "/api".to_owned();
    spec.timeout = Some(Duration::from_secs(30));
    spec.access.metadata = vec![text("x-a", "1"), text("x-a", "2")];
    for words_of_connection in [["connecting", "connected"], ["reused", "sent hello"]] {
        let (events, outcome) = run(&engine, spec.clone());
        assert_eq!((outcome.status.code, &outcome.cause), (0, &None), "{outcome:?}");
        assert_eq!(words(&events)[..2], words_of_connection);
        assert_eq!(outcome.trailers, [text("x-t", "2")]);
        assert_eq!(received(&events), ["hi"]);
        let (head, body) = engine.block_on(soon(requests.recv())).unwrap();
        assert_eq!(body, b"hello");
        let mut lines: Vec<&str> = head.trim_end().lines().collect();
        assert_eq!(lines.remove(0), "POST /api/test.Echo/Run HTTP/1.1");
        for line in [
            "content-type: application/proto",
            "connect-protocol-version: 1",
            "content-length: 5",
            "x-a: 1",
            "x-a: 2",
            "accept-encoding: gzip, deflate, zstd",
            &format!("host: {address}"),
        ] {
            assert!(lines.contains(&line), "{line} is not in {head}");
        }
        assert!(lines.iter().any(|line| line.starts_with("connect-timeout-ms: ")), "{head}");
        assert!(!head.contains("\r\nte: ") && !head.contains("grpc-"), "{head}");
    }
}

#[test]
fn the_handshake_of_tls_decides_between_the_versions() {
    let engine = engine();
    let certified = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(certified.signing_key.serialize_der()).unwrap();
    let check = |alpn: &[&[u8]], agreed: &str| {
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certified.cert.der().clone()], key.clone_key())
            .unwrap();
        config.alpn_protocols = alpn.iter().map(|name| name.to_vec()).collect();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let (seen, _requests) = mpsc::channel(16);
        let address = engine.block_on(listen(move |stream| {
            let (acceptor, seen) = (acceptor.clone(), seen.clone());
            async move {
                let stream = acceptor.accept(stream).await.unwrap();
                let answer = b"HTTP/1.1 200 OK\r\ncontent-type: application/proto\r\ncontent-length: 2\r\n\r\nhi";
                if stream.get_ref().1.alpn_protocol() == Some(b"h2") {
                    serve(stream, |exchange| connect_echo(exchange, mpsc::channel(1).0)).await;
                } else {
                    perform(stream, answer, seen).await;
                }
            }
        }));
        let spec = speaking(Protocol::Connect, address, Kind::Unary, &["x"]);
        let (events, outcome) = run(&engine, with_tls(spec, TlsSpec { insecure: true, ..TlsSpec::default() }));
        let peer = events.iter().find_map(|event| match &event.what {
            Happened::Connected(peer) => peer.tls.clone(),
            _ => None,
        });
        assert_eq!(peer.unwrap().alpn, agreed);
        assert_eq!(requested(&events).0 > 0, agreed == "h2");
        assert_eq!(outcome.status.code == 0, agreed != "h2", "{outcome:?}");
    };
    check(&[b"http/1.1"], "http/1.1");
    check(&[b"h2", b"http/1.1"], "h2");
    check(&[], "");
}

#[test]
fn errors_of_connect_are_statuses() {
    let engine = engine();
    let (events, outcome) = connect(
        &engine,
        Kind::Unary,
        b"HTTP/1.1 404 Not Found\r\ncontent-type: application/json\r\ncontent-length: 112\r\n\
          x-h: 1\r\ntrailer-x-t: 2\r\n\r\n{\"code\":\"not_found\",\"message\":\"no such thing\",\
          \"details\":[{\"type\":\"google.rpc.RetryInfo\",\"value\":\"CgIIPA\"}]}     ",
    );
    assert_eq!((outcome.status.code, outcome.status.message.as_str()), (5, "no such thing"), "{outcome:?}");
    assert_eq!((outcome.ended_by, outcome.cause), (EndedBy::Server, None));
    assert_eq!(outcome.trailers, [text("x-t", "2")]);
    assert!(words(&events).contains(&"headers".to_owned()));
    assert!(outcome.status.details.windows(8).any(|part| part == b"google.r"));

    let (_, outcome) = connect(
        &engine,
        Kind::Unary,
        b"HTTP/1.1 503 Service Unavailable\r\ncontent-type: text/html\r\ncontent-length: 4\r\n\r\nbusy",
    );
    let expected = Cause::NotGrpc { http_status: 503, content_type: "text/html".to_owned(), body: "busy".to_owned() };
    assert_eq!((outcome.status.code, outcome.cause), (14, Some(expected)));
}

#[test]
fn a_stream_of_connect_ends_with_json() {
    let engine = engine();
    let (events, outcome) = connect(
        &engine,
        Kind::ServerStreaming,
        b"HTTP/1.1 200 OK\r\ncontent-type: application/connect+proto\r\ntransfer-encoding: chunked\r\n\r\n\
          8\r\n\0\0\0\0\x01a\0\0\r\n5\r\n\0\0\x02bc\r\n\
          42\r\n\x02\0\0\0\x3d{\"error\":{\"code\":\"aborted\"},\"metadata\":{\"x-t\":[\"1\",\"2\"]}}    \r\n0\r\n\r\n",
    );
    assert_eq!(received(&events), ["a", "bc"]);
    assert_eq!(outcome.status.code, 10, "{outcome:?}");
    assert_eq!(outcome.trailers, [text("x-t", "1"), text("x-t", "2")]);

    let (_, outcome) = connect(
        &engine,
        Kind::ServerStreaming,
        b"HTTP/1.1 200 OK\r\ncontent-type: application/connect+proto\r\ncontent-length: 6\r\n\r\n\0\0\0\0\x01a",
    );
    assert!(outcome.status.message.contains("without the message that says how"), "{outcome:?}");
}

/// Connect's streams over HTTP/2: sends back each message, then the end.
async fn connect_echo(Exchange { request, mut respond }: Exchange, seen: mpsc::Sender<String>) {
    let mut incoming = Incoming::new(request.into_body());
    let response = Response::builder().header("content-type", "application/connect+proto").body(()).unwrap();
    let mut stream = respond.send_response(response, false).unwrap();
    let end = loop {
        match incoming.next().await {
            Ok(Some(message)) => assert!(write(&mut stream, framed(&message)).await),
            Ok(None) => break "END_STREAM".to_owned(),
            Err(error) => break format!("RST_STREAM {:?}", error.reason()),
        }
    };
    // A stream that was reset takes no end.
    let _open = stream.send_data(Bytes::from_static(b"\x02\0\0\0\x1c{\"metadata\":{\"x-t\":[\"1\"]}}  "), true).is_ok();
    // A test may not want to know.
    let _heard = seen.send(end).await.is_ok();
}

#[test]
fn all_four_kinds_go_over_connect() {
    let engine = engine();
    let (seen, mut ends) = mpsc::channel(16);
    let address = engine.block_on(h2_server(move |exchange| connect_echo(exchange, seen.clone())));
    for (kind, messages) in
        [(Kind::ServerStreaming, &["a"][..]), (Kind::ClientStreaming, &["a"]), (Kind::Bidirectional, &["a", "b", "c"])]
    {
        let mut call = engine.call(speaking(Protocol::Connect, address, kind, messages));
        call.end_sending();
        let (events, outcome) = engine.block_on(all(&mut call));
        assert_eq!((outcome.status.code, &outcome.cause), (0, &None), "{kind:?} {outcome:?}");
        assert_eq!(received(&events), messages);
        assert_eq!(outcome.trailers, [text("x-t", "1")]);
        let (stream, headers) = requested(&events);
        assert!(stream > 0 && headers.contains(&text("content-type", "application/connect+proto")), "{headers:?}");
        assert_eq!(engine.block_on(soon(ends.recv())).unwrap(), "END_STREAM");
    }
    let mut call = engine.call(speaking(Protocol::Connect, address, Kind::Bidirectional, &["a"]));
    engine.block_on(async { while !matches!(soon(call.next()).await.unwrap().what, Happened::Received(_)) {} });
    call.cancel();
    assert_eq!(engine.block_on(all(&mut call)).1.ended_by, EndedBy::Cancel);
    assert_eq!(engine.block_on(soon(ends.recv())).unwrap(), "RST_STREAM Some(CANCEL)");
}

#[test]
fn a_stream_both_ways_needs_http2() {
    let engine = engine();
    let (address, _requests) = engine.block_on(script(b""));
    let (_, outcome) = run(&engine, speaking(Protocol::Connect, address, Kind::Bidirectional, &["x"]));
    assert_eq!(outcome.cause, Some(Cause::NeedsHttp2 { address: address.to_string() }));
    assert_eq!(outcome.status.code, 12);
}

/// A server of HTTP/1.1 that answers nothing, and tells when the client has gone.
async fn silent() -> (SocketAddr, mpsc::Receiver<()>) {
    let (seen, gone) = mpsc::channel(16);
    let address = listen(move |mut stream| {
        let seen = seen.clone();
        async move {
            let mut first = [0; 4];
            // A call that is cancelled may be gone before its first byte.
            let begun = stream.read_exact(&mut first).await.is_ok();
            if &first == b"PRI " {
                stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
                return;
            }
            while begun && stream.read(&mut [0; 4096]).await.is_ok_and(|count| count > 0) {}
            seen.send(()).await.unwrap();
        }
    })
    .await;
    (address, gone)
}

#[test]
fn cancel_and_deadline_close_a_connection_of_http1() {
    let engine = engine();
    let (address, mut gone) = engine.block_on(silent());
    let mut call = engine.call(speaking(Protocol::Connect, address, Kind::Unary, &["x"]));
    engine.block_on(async {
        while !matches!(soon(call.next()).await.unwrap().what, Happened::Requested { .. }) {}
        call.cancel();
        assert_eq!(all(&mut call).await.1.ended_by, EndedBy::Cancel);
        soon(gone.recv()).await.unwrap();
    });
    let mut spec = speaking(Protocol::GrpcWeb, address, Kind::Unary, &["x"]);
    spec.timeout = Some(Duration::from_millis(200));
    assert_eq!(run(&engine, spec).1.ended_by, EndedBy::Deadline);
    engine.block_on(soon(gone.recv())).unwrap();
}

#[test]
fn an_answer_in_another_protocol_says_which() {
    let engine = engine();
    let other =
        |call: &str, server: &str| Some(Cause::OtherProtocol { call: call.to_owned(), server: server.to_owned() });
    // A server of gRPC alone.
    let grpc = engine.block_on(h2_server(|exchange| echo(exchange, None)));
    for (protocol, name) in [(Protocol::Connect, "Connect"), (Protocol::GrpcWeb, "gRPC-Web")] {
        let (_, outcome) = run(&engine, speaking(protocol, grpc, Kind::Unary, &["x"]));
        assert_eq!((outcome.status.code, outcome.cause), (12, other(name, "grpc")));
    }
    // Servers that take no gRPC, over HTTP/2.
    let check = |status: u16, name: &'static str, value: &'static str, server: &str| {
        let address = engine.block_on(h2_server(move |Exchange { mut respond, .. }| {
            let response = Response::builder().status(status).header(name, value).body(()).unwrap();
            respond.send_response(response, true).unwrap();
            ready(())
        }));
        let (_, outcome) = run(&engine, spec(address, Kind::Unary, &["x"]));
        assert_eq!(outcome.cause, other("gRPC", server));
    };
    check(415, "accept-post", "application/grpc-web, application/grpc-web+proto", "grpc-web");
    check(415, "accept-post", "application/json, application/proto", "connect");
    check(200, "content-type", "application/grpc-web+proto", "grpc-web");
}

#[test]
fn reflection_over_grpc_web_says_what_to_do() {
    let engine = engine();
    let access = speaking(Protocol::GrpcWeb, SocketAddr::from(([127, 0, 0, 1], 1)), Kind::Unary, &[]).access;
    let job = engine.reflect("x".to_owned(), access, Duration::from_secs(5));
    let failure = engine.block_on(soon(job.wait())).unwrap().unwrap_err();
    assert_eq!(failure.cause, Some(Cause::NoSuchKind));
}

#[test]
fn a_message_over_the_limit_is_not_held() {
    let engine = engine();
    let (address, _requests) = engine.block_on(script(
        b"HTTP/1.1 200 OK\r\ncontent-type: application/proto\r\ncontent-length: 100\r\n\r\n0123456789",
    ));
    let mut spec = speaking(Protocol::Connect, address, Kind::Unary, &["x"]);
    spec.access.options.max_receive = 9;
    let (_, outcome) = run(&engine, spec);
    assert_eq!(outcome.cause, Some(Cause::TooLarge { size: 10, limit: 9 }));
}
