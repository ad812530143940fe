//! Servers for the tests: HTTP/2 frame by frame, so that a test can misbehave and can see what came over the wire.

use std::future::Future;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use h2::server::SendResponse;
use h2::{RecvStream, SendStream};
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

use crate::engine::{Call, CallEvent, Engine, Happened, Outcome, Peer};
use crate::request::{Access, Address, CallOptions, CallSpec, ConnectionSpec, Protocol, Proxy, TlsSpec, Windows};
use crate::schema::{Kind, MethodPath};

/// No test waits longer for anything.
pub(super) const LIMIT: Duration = Duration::from_secs(10);

/// Waits, but not for ever.
pub(super) async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(LIMIT, future).await.expect("it took too long")
}

pub(super) fn engine() -> Engine {
    Engine::new(|| {}).unwrap()
}

/// A listener that hands each connection to `serve`.
pub(super) async fn listen<F>(serve: impl Fn(TcpStream) -> F + Send + 'static) -> SocketAddr
where
    F: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            stream.set_nodelay(true).unwrap();
            tokio::spawn(serve(stream));
        }
    });
    address
}

/// One stream as a server sees it.
pub(super) struct Exchange {
    pub(super) request: Request<RecvStream>,
    pub(super) respond: SendResponse<Bytes>,
}

/// Serves HTTP/2 on a stream: every request goes to `answer` in a task of its own.
pub(super) async fn serve<S, F>(stream: S, answer: impl Fn(Exchange) -> F)
where
    S: AsyncRead + AsyncWrite + Unpin,
    F: Future<Output = ()> + Send + 'static,
{
    let Ok(mut connection) = h2::server::handshake(stream).await else { return };
    while let Some(Ok((request, respond))) = connection.accept().await {
        tokio::spawn(answer(Exchange { request, respond }));
    }
}

/// An HTTP/2 server on a free port.
pub(super) async fn h2_server<F>(answer: impl Fn(Exchange) -> F + Clone + Send + Sync + 'static) -> SocketAddr
where
    F: Future<Output = ()> + Send + 'static,
{
    listen(move |stream| {
        let answer = answer.clone();
        async move { serve(stream, answer).await }
    })
    .await
}

pub(super) fn grpc_headers() -> Response<()> {
    Response::builder().header("content-type", "application/grpc").body(()).unwrap()
}

pub(super) fn trailers(entries: &[(&'static str, &str)]) -> HeaderMap {
    entries
        .iter()
        .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_bytes(value.as_bytes()).unwrap()))
        .collect()
}

/// A message with its five bytes before it.
pub(super) fn framed(message: &[u8]) -> Bytes {
    let mut bytes = vec![0];
    bytes.extend((message.len() as u32).to_be_bytes());
    bytes.extend(message);
    bytes.into()
}

/// Sends bytes as flow control lets them through.
pub(super) async fn write(stream: &mut SendStream<Bytes>, mut bytes: Bytes) -> bool {
    while !bytes.is_empty() {
        // The engine's thread is this server's too, and the library never makes a task wait that has room.
        tokio::task::coop::consume_budget().await;
        stream.reserve_capacity(bytes.len());
        let Some(Ok(room)) = std::future::poll_fn(|cx| stream.poll_capacity(cx)).await else { return false };
        if stream.send_data(bytes.split_to(room.min(bytes.len())), false).is_err() {
            return false;
        }
    }
    true
}

/// Takes the messages of a request, one by one; `Err` when the stream was reset.
pub(super) struct Incoming {
    stream: RecvStream,
    buffer: Vec<u8>,
}

impl Incoming {
    pub(super) fn new(stream: RecvStream) -> Self {
        Self { stream, buffer: Vec::new() }
    }

    pub(super) async fn next(&mut self) -> Result<Option<Vec<u8>>, h2::Error> {
        loop {
            if let Some((head, _)) = self.buffer.split_first_chunk::<5>() {
                let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]) as usize;
                if self.buffer.len() >= 5 + length {
                    let message = self.buffer[5..5 + length].to_vec();
                    self.buffer.drain(..5 + length);
                    return Ok(Some(message));
                }
            }
            match self.stream.data().await {
                Some(Ok(chunk)) => {
                    self.stream.flow_control().release_capacity(chunk.len()).unwrap();
                    self.buffer.extend_from_slice(&chunk);
                }
                Some(Err(error)) => return Err(error),
                None => return Ok(None),
            }
        }
    }
}

/// Sends back each message as it comes, then OK with a trailer; tells how the request stream ended.
pub(super) async fn echo(exchange: Exchange, seen: Option<mpsc::Sender<String>>) {
    let Exchange { request, mut respond } = exchange;
    let mut incoming = Incoming::new(request.into_body());
    // A client that has gone wants no answer.
    let Ok(mut stream) = respond.send_response(grpc_headers(), false) else { return };
    let end = loop {
        match incoming.next().await {
            Ok(Some(message)) => {
                if !write(&mut stream, framed(&message)).await {
                    break "write failed".to_owned();
                }
            }
            Ok(None) => break "END_STREAM".to_owned(),
            Err(error) => break format!("RST_STREAM {:?}", error.reason()),
        }
    };
    // A stream that was reset takes no trailers.
    let _open = stream.send_trailers(trailers(&[("grpc-status", "0"), ("x-end", "yes")])).is_ok();
    if let Some(seen) = seen {
        seen.send(end).await.unwrap();
    }
}

/// The way to the server at that address.
pub(super) fn access(address: SocketAddr) -> Access {
    Access {
        connection: ConnectionSpec {
            addresses: vec![Address::Tcp { host: address.ip().to_string(), port: address.port() }],
            tls: None,
            authority: None,
            connect_timeout: Duration::from_secs(5),
            proxy: Proxy::Direct,
            keepalive: None,
            windows: Windows::default(),
            protocol: Protocol::Grpc,
        },
        path_prefix: String::new(),
        metadata: Vec::new(),
        credentials: None,
        secret_names: Vec::new(),
        options: CallOptions::default(),
    }
}

/// A call to the server at that address, with these messages.
pub(super) fn spec(address: SocketAddr, kind: Kind, messages: &[&'static str]) -> CallSpec {
    CallSpec {
        access: access(address),
        method: MethodPath { service: "test.Echo".to_owned(), method: "Run".to_owned() },
        kind,
        timeout: None,
        messages: messages.iter().map(|message| Bytes::from_static(message.as_bytes())).collect(),
    }
}

/// The same over TLS.
pub(super) fn with_tls(mut spec: CallSpec, tls: TlsSpec) -> CallSpec {
    spec.access.connection.tls = Some(tls);
    spec
}

/// Every event up to and with `Finished`; fails when anything comes after it.
pub(super) async fn all(call: &mut Call) -> (Vec<CallEvent>, Outcome) {
    let mut events = Vec::new();
    while let Some(event) = soon(call.next()).await {
        events.push(event);
    }
    assert!(call.try_next().is_none(), "an event after the last");
    let ends = events.iter().filter(|event| matches!(event.what, Happened::Finished(_))).count();
    assert_eq!(ends, 1, "{events:#?}");
    let Some(CallEvent { what: Happened::Finished(outcome), .. }) = events.pop() else {
        panic!("finished is not last: {events:#?}");
    };
    (events, *outcome)
}

/// Runs a call to its end.
pub(super) fn run(engine: &Engine, spec: CallSpec) -> (Vec<CallEvent>, Outcome) {
    let mut call = engine.call(spec);
    engine.block_on(all(&mut call))
}

/// Whom a call was connected to.
pub(super) fn connected(events: &[CallEvent]) -> &Peer {
    let peer = events.iter().find_map(|event| match &event.what {
        Happened::Connected(peer) => Some(peer),
        _ => None,
    });
    peer.unwrap_or_else(|| panic!("not connected: {events:#?}"))
}

/// The events in a word each, without the steps between.
pub(super) fn words(events: &[CallEvent]) -> Vec<String> {
    let text = |message: &Bytes| String::from_utf8_lossy(message).into_owned();
    let word = |event: &CallEvent| {
        Some(match &event.what {
            Happened::Connecting { .. } => "connecting".to_owned(),
            Happened::Connected(peer) if peer.reused => "reused".to_owned(),
            Happened::Connected(_) => "connected".to_owned(),
            Happened::Sent(message) => format!("sent {}", text(&message.message)),
            Happened::SendingEnded => "sending ended".to_owned(),
            Happened::Headers(_) => "headers".to_owned(),
            Happened::Received(message) => format!("received {}", text(&message.message)),
            Happened::Finished(_) => "finished".to_owned(),
            Happened::Step(_) | Happened::Requested { .. } | Happened::Retrying { .. } => return None,
        })
    };
    events.iter().filter_map(word).collect()
}

/// The head of an HTTP/2 frame as it went over the wire, and its payload where it is short.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Frame {
    pub(super) kind: u8,
    pub(super) flags: u8,
    pub(super) stream: u32,
    pub(super) payload: Vec<u8>,
}

/// Stands before a server and tells every frame that the client sends on a stream; nothing, once the client is gone.
pub(super) async fn wire(server: SocketAddr) -> (SocketAddr, mpsc::Receiver<Frame>) {
    let (seen, frames) = mpsc::channel(4096);
    let address = listen(move |client| {
        let seen = seen.clone();
        async move {
            let server = TcpStream::connect(server).await.unwrap();
            for side in [&client, &server] {
                side.set_nodelay(true).unwrap();
            }
            let (mut from_client, mut to_client) = client.into_split();
            let (mut from_server, mut to_server) = server.into_split();
            tokio::spawn(async move { tokio::io::copy(&mut from_server, &mut to_client).await });
            let mut preface = [0; 24];
            from_client.read_exact(&mut preface).await.unwrap();
            to_server.write_all(&preface).await.unwrap();
            let mut head = [0; 9];
            while from_client.read_exact(&mut head).await.is_ok() {
                let mut payload = vec![0; u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize];
                from_client.read_exact(&mut payload).await.unwrap();
                let stream = u32::from_be_bytes([head[5], head[6], head[7], head[8]]);
                // The server may have gone; what the client sends still counts.
                let _passed = to_server.write_all(&[&head[..], &payload].concat()).await.is_ok();
                if stream > 0 {
                    payload.truncate(16);
                    seen.send(Frame { kind: head[3], flags: head[4], stream, payload }).await.unwrap();
                }
            }
        }
    })
    .await;
    (address, frames)
}
