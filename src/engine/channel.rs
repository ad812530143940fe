//! A channel of our own under tonic's client: one call's exchange on an HTTP/2 connection. It pumps the request body
//! itself, so that a cancel reaches the server at once, and mends below tonic what tonic would lose or panic on.
//!
//! Must not know: how connections are made, what a call tells its owner.

use std::future::{Future, pending, poll_fn};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use h2::client::{ResponseFuture, SendRequest};
use h2::{Reason, RecvStream, SendStream};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, Request, Response, StatusCode};
use http_body::Frame;
use http_body_util::BodyExt as _;
use tokio::sync::oneshot;
use tonic::body::Body;
use tower_service::Service;

use super::connect::{Connection, plain};
use super::status::{self, Code};
use super::{Cause, EndedBy, Outcome, Status};

/// How much of one message is offered to flow control at a time, so that streams do not starve each other.
const STEP: usize = 64 << 10;
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

    /// Keeps the outcome; what tonic is told matters to nobody.
    fn set(&self, outcome: Outcome) -> tonic::Status {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(outcome);
        tonic::Status::unknown("see the ending of the exchange")
    }
}

/// A tower service for one call.
pub(super) struct Exchange {
    connection: Arc<Connection>,
    /// Largest message that is received, in bytes.
    limit: usize,
    ending: Ending,
    /// Where the pump goes once the request is sent; `None` afterwards.
    pump: Option<oneshot::Sender<Pump>>,
}

impl Exchange {
    /// The service, the pump that must be run beside it, and what will be known of the end.
    pub(super) fn new(connection: Arc<Connection>, limit: usize) -> (Self, oneshot::Receiver<Pump>, Ending) {
        let (sender, receiver) = oneshot::channel();
        let ending = Ending::default();
        (Self { connection, limit, ending: ending.clone(), pump: Some(sender) }, receiver, ending)
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
        let exchanged =
            exchange(Arc::clone(&self.connection), self.limit, self.pump.take(), request, self.ending.clone());
        Box::pin(exchanged)
    }
}

async fn exchange(
    connection: Arc<Connection>,
    limit: usize,
    pump: Option<oneshot::Sender<Pump>>,
    request: Request<Body>,
    ending: Ending,
) -> Result<Response<Answer>, tonic::Status> {
    let (parts, body) = request.into_parts();
    let sent = send(&connection.send, Request::from_parts(parts, ())).await;
    let (response, stream) = sent.map_err(|error| ending.set(unsent(&error, &connection)))?;
    if let Some(pump) = pump {
        // A call that is gone drops the pump, which resets the stream.
        drop(pump.send(Pump { stream, body }));
    }
    let (mut head, stream) = response.await.map_err(|error| ending.set(failure(&error, &connection)))?.into_parts();
    let status = status::read_status(&head.headers);
    if !is_grpc(&head.headers) && (status.is_none() || head.status != StatusCode::OK) {
        return Err(ending.set(foreign(head.status, &head.headers, stream).await.into_outcome()));
    }
    let early = status.map(|status| outcome(status, &head.headers));
    if stream.is_end_stream() {
        // Headers that are the end are trailers. tonic never sees them: bad base64 in them would make it panic.
        let end = early.unwrap_or_else(|| without_status(head.status, &head.headers));
        return Err(ending.set(end));
    }
    status::strip_status(&mut head.headers);
    let answer = Answer {
        stream,
        connection,
        limit,
        ending,
        messages: Messages::default(),
        early,
        http_status: head.status,
        data_ended: false,
    };
    Ok(Response::from_parts(head, answer))
}

/// Waits until the connection takes a stream, then opens it.
async fn send(
    send: &SendRequest<Bytes>,
    request: Request<()>,
) -> Result<(ResponseFuture, SendStream<Bytes>), h2::Error> {
    send.clone().ready().await?.send_request(request, false)
}

fn is_grpc(headers: &HeaderMap) -> bool {
    let Some(kind) = headers.get(CONTENT_TYPE) else { return false };
    kind.as_bytes()
        .strip_prefix(b"application/grpc")
        .is_some_and(|rest| matches!(rest.trim_ascii_start().first(), None | Some(b'+' | b';')))
}

fn content_type(headers: &HeaderMap) -> String {
    headers.get(CONTENT_TYPE).map(|kind| String::from_utf8_lossy(kind.as_bytes()).into_owned()).unwrap_or_default()
}

/// Reads the beginning of an answer that is not gRPC: a proxy's error page says most.
async fn foreign(http_status: StatusCode, headers: &HeaderMap, mut stream: RecvStream) -> Cause {
    let mut body = Vec::new();
    let read = async {
        while let Some(Ok(chunk)) = stream.data().await {
            // Capacity that cannot be given back means that the stream is over.
            let given = stream.flow_control().release_capacity(chunk.len());
            body.extend_from_slice(&chunk[..chunk.len().min(FOREIGN_BODY - body.len())]);
            if given.is_err() || body.len() == FOREIGN_BODY {
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
fn without_status(http_status: StatusCode, headers: &HeaderMap) -> Outcome {
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

fn outcome(status: Status, headers: &HeaderMap) -> Outcome {
    Outcome { status, trailers: status::read_metadata(headers), ended_by: EndedBy::Server, cause: None }
}

/// What an error means for a call that has sent nothing yet.
fn unsent(error: &h2::Error, connection: &Connection) -> Outcome {
    let outcome = failure(error, connection);
    match (&outcome.cause, error.is_io() || error.reason().is_some()) {
        (Some(cause), true) => Cause::Unprocessed { detail: cause.to_string() }.into_outcome(),
        _ => outcome,
    }
}

/// What an error of the HTTP/2 library means for the call that met it.
fn failure(error: &h2::Error, connection: &Connection) -> Outcome {
    if error.is_reset() && error.is_remote() {
        let reason = error.reason().unwrap_or(Reason::INTERNAL_ERROR);
        let detail = format!("it reset the stream ({})", reason_name(reason));
        if reason == Reason::REFUSED_STREAM {
            return Cause::Unprocessed { detail }.into_outcome();
        }
        return Cause::Reset { detail }.into_outcome_with(code_of_reset(reason));
    }
    if let Some(goaway) = connection.facts.goaway() {
        let detail = format!("it closed the connection ({})", goaway.reason());
        if error.is_go_away() && error.is_remote() {
            // The library says so to the streams after the last that the server has looked at, and to no others.
            return Cause::Unprocessed { detail }.into_outcome();
        }
        if goaway.is_too_many_pings() {
            return Cause::TooManyPings { detail: goaway.reason() }.into_outcome();
        }
        return Cause::Reset { detail }.into_outcome();
    }
    if let Some(io) = error.get_io() {
        // The connection's own end says more than "broken pipe", which is what its streams are told.
        let cause = connection.facts.end().unwrap_or_else(|| Cause::ConnectionLost { detail: lost(&plain(io)) });
        return cause.into_outcome();
    }
    if error.is_library() || error.is_reset() || error.is_go_away() {
        let reason = error.reason().map_or_else(|| error.to_string(), reason_name);
        return Cause::BadFrame { detail: format!("an HTTP/2 rule was broken ({reason})") }.into_outcome();
    }
    Cause::ConnectionLost { detail: error.to_string() }.into_outcome()
}

/// The library's word for an end without an error, in plain words.
fn lost(detail: &str) -> String {
    if detail.contains("broken pipe") { "the server closed it during the call".to_owned() } else { detail.to_owned() }
}

fn reason_name(reason: Reason) -> String {
    // Its debug form is the name in the specification.
    format!("{reason:?}")
}

/// The mapping that gRPC prescribes.
fn code_of_reset(reason: Reason) -> Code {
    match reason {
        Reason::REFUSED_STREAM => Code::Unavailable,
        Reason::CANCEL => Code::Cancelled,
        Reason::ENHANCE_YOUR_CALM => Code::ResourceExhausted,
        Reason::INADEQUATE_SECURITY => Code::PermissionDenied,
        _ => Code::Internal,
    }
}

/// Carries the request body to the stream. Dropped before the server has answered in full it cancels: one
/// `RST_STREAM(CANCEL)`, also where flow control holds messages back, and never an end of stream.
pub(super) struct Pump {
    stream: SendStream<Bytes>,
    body: Body,
}

impl Pump {
    /// Runs until the exchange ends, which drops it; returns only where the body itself fails.
    pub(super) async fn run(mut self) -> tonic::Status {
        loop {
            let frame = tokio::select! {
                biased;
                // The server wants no more: its status, or the reason of the reset, comes by the answer.
                _reset = poll_fn(|cx| self.stream.poll_reset(cx)) => pending().await,
                frame = self.body.frame() => frame,
            };
            let taken = match frame {
                None => {
                    // A stream that is closed already has no use for its end.
                    let _open = self.stream.send_data(Bytes::new(), true).is_ok();
                    false
                }
                Some(Err(status)) => return status,
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(bytes) => self.write(bytes).await,
                    Err(_trailers) => true,
                },
            };
            if !taken {
                return pending().await;
            }
        }
    }

    /// Whether the stream took all of it.
    async fn write(&mut self, mut bytes: Bytes) -> bool {
        while !bytes.is_empty() {
            self.stream.reserve_capacity(bytes.len().min(STEP));
            let Some(Ok(room)) = poll_fn(|cx| self.stream.poll_capacity(cx)).await else { return false };
            let step = bytes.split_to(room.min(bytes.len()));
            if self.stream.send_data(step, false).is_err() {
                return false;
            }
        }
        true
    }
}

impl Drop for Pump {
    fn drop(&mut self) {
        // Nothing happens on a stream that has ended on both sides.
        self.stream.send_reset(Reason::CANCEL);
    }
}

/// The body of a response, watched.
pub(super) struct Answer {
    stream: RecvStream,
    connection: Arc<Connection>,
    limit: usize,
    ending: Ending,
    messages: Messages,
    /// A status that stood in the headers of an answer that went on.
    early: Option<Outcome>,
    http_status: StatusCode,
    data_ended: bool,
}

impl http_body::Body for Answer {
    type Data = Bytes;
    type Error = tonic::Status;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, tonic::Status>>> {
        if !self.data_ended {
            match ready!(self.stream.poll_data(cx)) {
                Some(Ok(chunk)) => return Poll::Ready(Some(self.take(chunk).map(Frame::data))),
                Some(Err(error)) => return Poll::Ready(Some(Err(self.failed(&error)))),
                None => self.data_ended = true,
            }
        }
        let trailers = match ready!(self.stream.poll_trailers(cx)) {
            Ok(trailers) => trailers.unwrap_or_default(),
            Err(error) => return Poll::Ready(Some(Err(self.failed(&error)))),
        };
        Poll::Ready(Some(self.finish(&trailers).map(Frame::trailers)))
    }
}

impl Answer {
    fn take(&mut self, chunk: Bytes) -> Result<Bytes, tonic::Status> {
        // Capacity that cannot be given back means that the stream is over; the next poll tells how.
        let _open = self.stream.flow_control().release_capacity(chunk.len()).is_ok();
        match self.messages.follow(&chunk, self.limit) {
            Ok(()) => Ok(chunk),
            Err(size) => Err(self.ending.set(Cause::TooLarge { size, limit: self.limit as u64 }.into_outcome())),
        }
    }

    fn failed(&self, error: &h2::Error) -> tonic::Status {
        self.ending.set(failure(error, &self.connection))
    }

    fn finish(&mut self, trailers: &HeaderMap) -> Result<HeaderMap, tonic::Status> {
        let told = status::read_status(trailers).map(|status| outcome(status, trailers));
        let Some(end) = told.or_else(|| self.early.take()) else {
            return Err(self.ending.set(without_status(self.http_status, trailers)));
        };
        let code = end.status.code;
        if code == Code::Ok as i32 && self.messages.is_cut() {
            let cut = Cause::BadFrame { detail: "the answer ended in the middle of a message".to_owned() };
            return Err(self.ending.set(cut.into_outcome()));
        }
        self.ending.set(end);
        Ok(status::harmless_trailers(code))
    }
}

/// Follows the 5-byte heads of messages through the chunks they come in.
#[derive(Debug, Default)]
struct Messages {
    head: [u8; 5],
    have: usize,
    left: usize,
}

impl Messages {
    /// An error with the size of the first message over the limit.
    fn follow(&mut self, mut chunk: &[u8], limit: usize) -> Result<(), u64> {
        while !chunk.is_empty() {
            if self.left > 0 {
                let here = self.left.min(chunk.len());
                self.left -= here;
                chunk = &chunk[here..];
                continue;
            }
            let here = (self.head.len() - self.have).min(chunk.len());
            self.head[self.have..self.have + here].copy_from_slice(&chunk[..here]);
            self.have += here;
            chunk = &chunk[here..];
            if self.have == self.head.len() {
                let [_flag, length @ ..] = self.head;
                self.have = 0;
                self.left = u32::from_be_bytes(length) as usize;
                if self.left > limit {
                    return Err(self.left as u64);
                }
            }
        }
        Ok(())
    }

    /// Whether a message has begun and not ended.
    const fn is_cut(&self) -> bool {
        self.have > 0 || self.left > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_followed_however_they_are_cut() {
        let bytes = b"\0\0\0\0\x03abc\0\0\0\0\0\x01\0\0\0\x02de";
        for size in 1..=bytes.len() {
            let mut messages = Messages::default();
            let mut read = 0;
            for chunk in bytes.chunks(size) {
                assert_eq!(messages.follow(chunk, 3), Ok(()));
                read += chunk.len();
                assert_eq!(messages.is_cut(), ![8, 13, bytes.len()].contains(&read), "{read}");
            }
        }
        assert_eq!(Messages::default().follow(bytes, 2), Err(3));
        assert_eq!(Messages::default().follow(b"\0\xff\xff\xff\xff", 9), Err(u64::from(u32::MAX)));
    }

    #[test]
    fn content_types_tell_grpc() {
        let check = |text: &'static str, expected: bool| {
            let headers = HeaderMap::from_iter([(CONTENT_TYPE, http::HeaderValue::from_static(text))]);
            assert_eq!(is_grpc(&headers), expected, "{text}");
        };
        check("application/grpc", true);
        check("application/grpc+proto", true);
        check("application/grpc; charset=utf-8", true);
        check("application/grpc-web+proto", false);
        check("text/html", false);
        assert!(!is_grpc(&HeaderMap::new()));
    }
}
