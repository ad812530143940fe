//! A channel of our own under tonic's client: one call's exchange on an HTTP/2 connection. It pumps the request body
//! itself, so that a cancel reaches the server at once, and mends below tonic what tonic would lose or panic on.
//!
//! Must not know: how connections are made.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::future::{Future, pending, poll_fn, ready};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use h2::client::SendRequest;
use h2::{Reason, RecvStream, SendStream};
use http::header::{CONTENT_TYPE, HeaderName};
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use tokio::sync::oneshot;
use tonic::body::Body;
use tower_service::Service;

use super::answer::{Answer, Beside, Compressed, Plain, Source};
use super::broken::{failure, unsent};
use super::connect::{Connection, Sender, address_of};
use super::event::{Happened, Payload};
use super::frames::{Frames, Head};
use super::outbox::Outbox;
use super::outgoing::{Framed, Messages, Outgoing, Taken};
use super::protocol::{Shape, Translated, Whole, is_grpc, told_by};
use super::queue::EventSender;
use super::status::{self, Code};
use super::verdict::TOLD;
use super::{Cause, EndedBy, Outcome, Status, http1};
use crate::request::{Compression, MetadataEntry, Protocol};
use crate::schema::Kind;

/// How much of one message is offered to flow control at a time, so that streams do not starve each other.
const STEP: usize = 64 << 10;
/// What the answer may be compressed with.
static ENCODING: HeaderName = HeaderName::from_static("grpc-encoding");
/// How much of an answer that is not gRPC is read, and how long that may take.
const FOREIGN_BODY: usize = 4 << 10;
const FOREIGN_TIME: Duration = Duration::from_secs(1);

/// How an exchange ended, as seen below tonic; the first word stands.
#[derive(Clone, Debug, Default)]
pub(super) struct Ending(Arc<Mutex<Option<Outcome>>>);

impl Ending {
    pub(super) fn take(&self) -> Option<Outcome> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Keeps the outcome, which tonic is not told.
    pub(super) fn set(&self, outcome: Outcome) -> tonic::Status {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(outcome);
        tonic::Status::unknown(TOLD)
    }
}

/// What an exchange is held to.
#[derive(Clone, Debug)]
pub(super) struct Terms {
    /// Largest message that is received, in bytes on the wire.
    pub(super) max_receive: usize,
    /// What the server may compress with.
    pub(super) accept: Vec<Compression>,
    /// Largest message that is sent, in bytes before compression.
    pub(super) max_send: usize,
    /// What is spoken, and which way messages stream.
    pub(super) form: Form,
}

/// Heads of the messages of an answer that may be compressed, in order, those first that tonic has not yet told of.
pub(super) type Heads = Arc<Mutex<VecDeque<Head>>>;

/// What is known of an exchange beside what tonic makes of it.
pub(super) struct Watched {
    /// What must be run beside the call, once the request's headers went out.
    pub(super) pump: oneshot::Receiver<Pump>,
    pub(super) ending: Ending,
    /// Of the messages that tonic reads.
    pub(super) heads: Heads,
    /// Holds the answer, once its headers are there, where tonic has nothing to read.
    pub(super) plain: Beside,
}

/// A tower service for one call.
pub(super) struct Exchange {
    connection: Arc<Connection>,
    /// `None` once the request is sent.
    start: Option<Start>,
}

/// What one exchange begins with.
struct Start {
    terms: Terms,
    /// What goes out in place of the body of tonic's request.
    messages: Option<Messages>,
    taken: Taken,
    outbox: Arc<Outbox>,
    heads: Heads,
    plain: Beside,
    ending: Ending,
    events: EventSender,
    pump: oneshot::Sender<Pump>,
}

impl Exchange {
    /// The service, and what will be known of it. It sends `messages`, or else the body of tonic's request, whose maker
    /// puts each message into `taken`.
    pub(super) fn new(
        connection: Arc<Connection>,
        terms: Terms,
        messages: Option<Messages>,
        taken: Taken,
        outbox: Arc<Outbox>,
        events: EventSender,
    ) -> (Self, Watched) {
        let (sender, pump) = oneshot::channel();
        let watched = Watched { pump, ending: Ending::default(), heads: Heads::default(), plain: Beside::default() };
        let (ending, heads, plain) = (watched.ending.clone(), Arc::clone(&watched.heads), Arc::clone(&watched.plain));
        let start = Start { terms, messages, taken, outbox, heads, plain, ending, events, pump: sender };
        (Self { connection, start: Some(start) }, watched)
    }
}

impl Service<Request<Body>> for Exchange {
    type Response = Response<Answer>;
    type Error = tonic::Status;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Answer>, tonic::Status>> + Send>>;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), tonic::Status>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        match self.start.take() {
            Some(start) => Box::pin(exchange(Arc::clone(&self.connection), start, request)),
            None => Box::pin(ready(Err(tonic::Status::internal("an exchange serves one call")))),
        }
    }
}

async fn exchange(
    connection: Arc<Connection>,
    start: Start,
    request: Request<Body>,
) -> Result<Response<Answer>, tonic::Status> {
    let Start { terms, messages, taken, outbox, heads, plain, ending, events, pump } = start;
    let form = terms.form;
    let (request, body, content) = form.prepare(request).await?;
    let mut opened = open(connection, form, request).await.map_err(|outcome| ending.set(outcome))?;
    if let Some(content) = content {
        opened.outlet = Box::new(Whole { outlet: opened.outlet, content });
    }
    events.put([Happened::Requested { stream: opened.stream, headers: opened.headers }]).await;
    // A call that is gone drops the pump, which resets the stream.
    let body = match messages {
        Some(messages) => Outgoing::Plain(Framed::new(messages, terms.max_send, ending.clone())),
        None => Outgoing::Tonic(body),
    };
    drop(pump.send(Pump {
        outlet: opened.outlet,
        body,
        single: !form.kind.streams_requests(),
        taken,
        outbox,
        frames: Frames::default(),
        heads: VecDeque::new(),
        told: 0,
        events,
    }));
    let (mut head, inlet) = opened.response.await.map_err(|outcome| ending.set(outcome))?.into_parts();
    let status = status::read_status(&head.headers);
    let inlet: Box<dyn Inlet> = match form.shape.open(head.status, &mut head.headers) {
        Some(reading) => Box::new(Translated::new(inlet, reading, terms.max_receive, status.is_some())),
        None if form.shape == Shape::Grpc
            && (is_grpc(&head.headers) || (status.is_some() && head.status == StatusCode::OK)) =>
        {
            inlet
        }
        None => {
            let cause = match told_by(form.shape, head.status, &head.headers) {
                Some(cause) => cause,
                None => foreign(head.status, &head.headers, inlet).await,
            };
            return Err(ending.set(cause.into_outcome()));
        }
    };
    let early = status.map(|status| outcome(status, &head.headers));
    if inlet.is_end() {
        // Headers that are the end are trailers. tonic never sees them: bad base64 in them would make it panic.
        let end = early.unwrap_or_else(|| without_status(head.status, &head.headers));
        return Err(ending.set(end));
    }
    let compressed = is_compressed(&head.headers, &terms.accept).map_err(|cause| ending.set(cause.into_outcome()))?;
    if early.is_some() {
        status::strip_status(&mut head.headers);
    }
    let source = Source::new(inlet, ending, early, head.status);
    let limit = terms.max_receive;
    let answer = if compressed {
        Answer(Some(Compressed { source, limit, frames: Frames::default(), heads }))
    } else {
        *plain.lock().unwrap_or_else(PoisonError::into_inner) = Some(Plain::new(source, limit));
        Answer(None)
    };
    Ok(Response::from_parts(head, answer))
}

/// Whether messages of the answer may be compressed.
///
/// # Errors
///
/// When they may be in a way that we did not ask for.
fn is_compressed(headers: &HeaderMap, accept: &[Compression]) -> Result<bool, Cause> {
    let Some(encoding) = headers.get(&ENCODING) else { return Ok(false) };
    if encoding == Compression::Identity.name() {
        return Ok(false);
    }
    if accept.iter().any(|known| encoding == known.name()) {
        return Ok(true);
    }
    let encoding = String::from_utf8_lossy(encoding.as_bytes()).into_owned();
    Err(Cause::Encoding { encoding, accepted: names(accept) })
}

/// Names of compressions in a row.
fn names(accept: &[Compression]) -> String {
    let mut names: Vec<&str> = accept.iter().map(|compression| compression.name()).collect();
    if !names.contains(&Compression::Identity.name()) {
        names.push(Compression::Identity.name());
    }
    names.join(", ")
}

/// An exchange whose request's headers went out. What is not HTTP/2 below gRPC makes one of these too: bytes both ways
/// are gRPC's messages with their heads, whatever they look like on the wire.
pub(super) struct Opened {
    /// The HTTP/2 stream; 0 where HTTP/1.1 is spoken.
    pub(super) stream: u32,
    /// What went out ahead of the body.
    pub(super) headers: Vec<MetadataEntry>,
    /// Where the body goes.
    pub(super) outlet: Box<dyn Outlet>,
    /// The answer's headers and where its body comes from, once they are there.
    pub(super) response: Awaited,
}

type Awaited = Pin<Box<dyn Future<Output = Result<Response<Box<dyn Inlet>>, Outcome>> + Send>>;

/// Where the body of a request goes. Dropped before the exchange has ended on both sides it cancels.
pub(super) trait Outlet: Send {
    /// Ready when the other end wants no more; why is told by the answer.
    fn poll_refused(&mut self, cx: &mut Context<'_>) -> Poll<()>;

    /// Takes as much of the front of `bytes` as there is room for, at least one; `false` when it takes no more at all.
    /// After the `last` bytes nothing more comes, and [`Outlet::end`] is not called.
    fn poll_write(&mut self, cx: &mut Context<'_>, bytes: &mut Bytes, last: bool) -> Poll<bool>;

    /// Nothing more will come.
    fn end(&mut self);
}

/// Where the body of an answer comes from.
pub(super) trait Inlet: Send + 'static {
    /// Whether the headers were all.
    fn is_end(&self) -> bool;

    /// The next bytes of the body; `None` when there are no more.
    fn poll_data(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Outcome>>>;

    /// The trailers, to be asked for after the data; empty where there were none.
    fn poll_trailers(&mut self, cx: &mut Context<'_>) -> Poll<Result<HeaderMap, Outcome>>;
}

/// The form that a call takes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Form {
    shape: Shape,
    kind: Kind,
}

impl Form {
    /// The form of a call of that kind.
    ///
    /// # Errors
    ///
    /// When the protocol has no such calls.
    pub(super) fn of(protocol: Protocol, kind: Kind) -> Result<Self, Cause> {
        Shape::of(protocol, kind).map(|shape| Self { shape, kind })
    }

    /// Whether messages go out as gRPC has them.
    pub(super) fn is_grpc(self) -> bool {
        self.shape == Shape::Grpc
    }

    /// Gives headers of an answer back the names that they came with.
    pub(super) fn untranslate(self, headers: &mut HeaderMap) {
        self.shape.untranslate(headers);
    }

    /// The head of the request as it goes out, the body that is to be pumped, and what goes out in its place. Where a
    /// protocol wants to know one message before it begins, it is waited for.
    async fn prepare(self, request: Request<Body>) -> Result<(Request<()>, Body, Option<Bytes>), tonic::Status> {
        let (mut head, mut body) = request.into_parts();
        if self.shape == Shape::Grpc {
            return Ok((Request::from_parts(head, ()), body, None));
        }
        let mut frames = None;
        if !self.kind.streams_requests() {
            let whole = body.collect().await?.to_bytes();
            body = Body::new(Full::new(whole.clone()));
            frames = Some(whole);
        }
        let content = self.shape.write(&mut head.headers, frames);
        Ok((Request::from_parts(head, ()), body, content))
    }
}

/// Opens an exchange on whatever the connection speaks.
async fn open(connection: Arc<Connection>, form: Form, request: Request<()>) -> Result<Opened, Outcome> {
    match &connection.send {
        Sender::Http2(send) => open_http2(send.clone(), connection, request).await,
        Sender::Http1(_) if form.kind == Kind::Bidirectional => {
            Err(Cause::NeedsHttp2 { address: address_of(&connection) }.into_outcome())
        }
        Sender::Http1(_) => http1::open(connection, request).await,
    }
}

/// Waits until the connection takes a stream, then opens it.
async fn open_http2(
    sender: SendRequest<Bytes>,
    connection: Arc<Connection>,
    request: Request<()>,
) -> Result<Opened, Outcome> {
    let headers = status::read_metadata(request.headers());
    let sent = async { sender.ready().await?.send_request(request, false) };
    let (response, stream) = sent.await.map_err(|error| unsent(&error, &connection))?;
    let id = stream.stream_id().as_u32();
    let response = async move {
        match response.await {
            Ok(response) => {
                Ok(response.map(|stream| -> Box<dyn Inlet> { Box::new(Http2Inlet { stream, connection }) }))
            }
            Err(error) => Err(failure(&error, &connection)),
        }
    };
    Ok(Opened { stream: id, headers, outlet: Box::new(Http2Outlet { stream }), response: Box::pin(response) })
}

struct Http2Outlet {
    stream: SendStream<Bytes>,
}

impl Outlet for Http2Outlet {
    fn poll_refused(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.stream.poll_reset(cx).map(|_reason| ())
    }

    fn poll_write(&mut self, cx: &mut Context<'_>, bytes: &mut Bytes, last: bool) -> Poll<bool> {
        self.stream.reserve_capacity(bytes.len().min(STEP));
        let Some(Ok(room)) = std::task::ready!(self.stream.poll_capacity(cx)) else { return Poll::Ready(false) };
        let step = bytes.split_to(room.min(bytes.len()));
        Poll::Ready(self.stream.send_data(step, last && bytes.is_empty()).is_ok())
    }

    fn end(&mut self) {
        // A stream that is closed already has no use for its end.
        let _open = self.stream.send_data(Bytes::new(), true).is_ok();
    }
}

impl Drop for Http2Outlet {
    fn drop(&mut self) {
        // Nothing happens on a stream that has ended on both sides.
        self.stream.send_reset(Reason::CANCEL);
    }
}

struct Http2Inlet {
    stream: RecvStream,
    connection: Arc<Connection>,
}

impl Inlet for Http2Inlet {
    fn is_end(&self) -> bool {
        self.stream.is_end_stream()
    }

    fn poll_data(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Outcome>>> {
        let chunk = std::task::ready!(self.stream.poll_data(cx));
        if let Some(Ok(chunk)) = &chunk {
            // Capacity that cannot be given back means that the stream is over; the next poll tells how.
            let _open = self.stream.flow_control().release_capacity(chunk.len()).is_ok();
        }
        Poll::Ready(match chunk {
            Some(Ok(chunk)) => Some(Ok(chunk)),
            Some(Err(error)) => Some(Err(failure(&error, &self.connection))),
            None => None,
        })
    }

    fn poll_trailers(&mut self, cx: &mut Context<'_>) -> Poll<Result<HeaderMap, Outcome>> {
        let trailers = std::task::ready!(self.stream.poll_trailers(cx));
        Poll::Ready(trailers.map(Option::unwrap_or_default).map_err(|error| failure(&error, &self.connection)))
    }
}

fn content_type(headers: &HeaderMap) -> String {
    headers.get(CONTENT_TYPE).map(|kind| String::from_utf8_lossy(kind.as_bytes()).into_owned()).unwrap_or_default()
}

/// Reads the beginning of an answer that is not gRPC: a proxy's error page says most.
async fn foreign(http_status: StatusCode, headers: &HeaderMap, mut inlet: Box<dyn Inlet>) -> Cause {
    let mut body = Vec::new();
    let read = async {
        while let Some(Ok(chunk)) = poll_fn(|cx| inlet.poll_data(cx)).await {
            body.extend_from_slice(&chunk[..chunk.len().min(FOREIGN_BODY - body.len())]);
            if body.len() == FOREIGN_BODY {
                break;
            }
        }
    };
    // A body that does not end is shown as far as it came.
    let _complete = tokio::time::timeout(FOREIGN_TIME, read).await.is_ok();
    let body = String::from_utf8_lossy(&body).trim().to_owned();
    Cause::NotGrpc { http_status: http_status.as_u16(), content_type: content_type(headers), body }
}

/// The end of a call whose status never came; `headers` are all that did.
pub(super) fn without_status(http_status: StatusCode, headers: &HeaderMap) -> Outcome {
    let mut end = if http_status == StatusCode::OK {
        let detail = "the server ended the call without a status".to_owned();
        Cause::BadFrame { detail }.into_outcome_with(Code::Unknown)
    } else {
        let (http_status, content_type) = (http_status.as_u16(), content_type(headers));
        Cause::NotGrpc { http_status, content_type, body: String::new() }.into_outcome()
    };
    end.trailers = status::read_metadata(headers);
    end
}

/// The end that a server told.
pub(super) fn outcome(status: Status, headers: &HeaderMap) -> Outcome {
    Outcome { status, trailers: status::read_metadata(headers), ended_by: EndedBy::Server, cause: None }
}

/// Carries the request body to where it goes, and tells each message when its last byte is handed over. Dropped before
/// the server has answered in full it cancels: one `RST_STREAM(CANCEL)`, also where flow control holds messages back,
/// and never an end of stream.
pub(super) struct Pump {
    outlet: Box<dyn Outlet>,
    body: Outgoing,
    single: bool,
    taken: Taken,
    /// Knows what earlier attempts have told.
    outbox: Arc<Outbox>,
    frames: Frames,
    /// Of messages that are not yet told.
    heads: VecDeque<Head>,
    told: u64,
    events: EventSender,
}

type Piece = Option<Result<Bytes, tonic::Status>>;

impl Pump {
    /// Runs until the exchange ends, which drops it; returns only where the body itself fails.
    pub(super) async fn run(mut self) -> tonic::Status {
        let mut ahead: Option<Piece> = None;
        loop {
            let piece = if let Some(piece) = ahead.take() {
                piece
            } else {
                tokio::select! {
                    biased;
                    // The server wants no more: its status, or the reason of the reset, comes by the answer.
                    () = poll_fn(|cx| self.outlet.poll_refused(cx)) => pending().await,
                    piece = poll_fn(|cx| self.body.poll(cx)) => piece,
                }
            };
            match piece {
                None => {
                    self.outlet.end();
                    break;
                }
                Some(Err(status)) => return status,
                Some(Ok(piece)) => {
                    if self.single {
                        // The end of the stream then goes out with the message.
                        ahead = poll_fn(|cx| Poll::Ready(self.ahead(cx))).await;
                    }
                    let last = matches!(ahead, Some(None));
                    if !self.write(piece, last).await {
                        return pending().await;
                    }
                    if last {
                        break;
                    }
                }
            }
        }
        if self.outbox.tells_end() {
            self.events.put([Happened::SendingEnded]).await;
        }
        pending().await
    }

    /// The next piece of the body if it is there already.
    fn ahead(&mut self, cx: &mut Context<'_>) -> Option<Piece> {
        match self.body.poll(cx) {
            Poll::Ready(piece) => Some(piece),
            Poll::Pending => None,
        }
    }

    /// Whether all of it was taken.
    async fn write(&mut self, mut bytes: Bytes, last: bool) -> bool {
        while !bytes.is_empty() {
            let before = bytes.clone();
            if !poll_fn(|cx| self.outlet.poll_write(cx, &mut bytes, last)).await {
                return false;
            }
            let heads = &mut self.heads;
            let Ok(()) = self.frames.follow::<Infallible>(&before[..before.len() - bytes.len()], |head| {
                heads.push_back(head);
                Ok(())
            });
            drop(before);
            if self.frames.ended() > self.told {
                let sent = self.sent();
                self.events.put(sent).await;
            }
        }
        true
    }

    /// The messages that were handed over since the last time.
    fn sent(&mut self) -> Vec<Happened> {
        let before = self.told;
        let count = (self.frames.ended() - before) as usize;
        self.told = self.frames.ended();
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let count = count.min(taken.len()).min(self.heads.len());
        let sent = taken.drain(..count).zip(self.heads.drain(..count));
        // What is sent again was told before.
        let news = (before + 1..).zip(sent).filter(|(number, _)| self.outbox.tells(*number));
        news.map(|(_, (message, head))| Happened::Sent(Payload { message, compressed: head.compressed() })).collect()
    }
}
