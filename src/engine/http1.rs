//! HTTP/1.1 below an exchange, one at a time on a connection: for servers that speak gRPC-Web or Connect and no HTTP/2.
//!
//! Must not know: protocols, how a connection is reached.

use std::convert::Infallible;
use std::fmt;
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker, ready};

use bytes::Bytes;
use http::header::{HOST, HeaderValue};
use http::uri::Uri;
use http::{HeaderMap, Request, Version};
use http_body::{Body as _, Frame};
use hyper::body::Incoming;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::AbortHandle;

use super::channel::{Inlet, Opened, Outlet};
use super::connect::{Connection, Sender, address_of, broken_cause, plain};
use super::status::read_metadata;
use super::tap::{Facts, Speech, Tap, recognise};
use super::{Cause, Outcome};

/// The largest head of an answer: servers put stack traces into metadata.
const HEAD: usize = 1 << 20;

/// The sending side of a connection.
pub(super) struct Http1 {
    /// Not there while a call has it.
    send: Mutex<Option<SendRequest<Sent>>>,
    claimed: AtomicBool,
    task: AbortHandle,
}

impl Http1 {
    /// Speaks HTTP/1.1 on a stream, claimed for the call that opens it.
    pub(super) async fn start<S>(stream: S) -> Result<(Self, Arc<Facts>), Cause>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let (tap, facts, _opening) = Tap::new(stream, broken_cause);
        let (send, connection) = http1::Builder::new()
            .max_buf_size(HEAD)
            .handshake(TokioIo::new(tap))
            .await
            .map_err(|error| Cause::ConnectionLost { detail: error.to_string() })?;
        let shared = Arc::clone(&facts);
        let task = tokio::spawn(async move {
            // What it ended with is told to the call that runs on it.
            let _ended = connection.await.is_ok();
            shared.ended(None);
        });
        let send = Mutex::new(Some(send));
        Ok((Self { send, claimed: AtomicBool::new(true), task: task.abort_handle() }, facts))
    }

    /// Takes the connection for one call; `false` when another has it.
    pub(super) fn claim(&self) -> bool {
        !self.claimed.swap(true, Ordering::AcqRel)
    }

    /// What drives it.
    pub(super) fn task(&self) -> AbortHandle {
        self.task.clone()
    }

    /// Whether the server has closed it.
    pub(super) fn is_closed(&self) -> bool {
        self.send.lock().unwrap_or_else(PoisonError::into_inner).as_ref().is_none_or(SendRequest::is_closed)
    }
}

impl Drop for Http1 {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl fmt::Debug for Http1 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Http1").field("claimed", &self.claimed).finish_non_exhaustive()
    }
}

/// Sends the head of a request on a connection that was claimed.
///
/// # Errors
///
/// When it is lost.
pub(super) async fn open(connection: Arc<Connection>, request: Request<()>) -> Result<Opened, Outcome> {
    let mut running = Running { send: None, connection };
    running.send = running.http1().and_then(|http1| http1.send.lock().unwrap_or_else(PoisonError::into_inner).take());
    let Some(send) = running.send.as_mut() else {
        let detail = "a connection was used by two calls at once".to_owned();
        return Err(Cause::Internal { detail }.into_outcome());
    };
    if let Err(error) = send.ready().await {
        return Err(failure(&error, &running.connection));
    }
    let (mut head, ()) = request.into_parts();
    head.version = Version::HTTP_11;
    if let Some(host) = head.uri.authority().and_then(|host| HeaderValue::from_str(host.as_str()).ok()) {
        head.headers.insert(HOST, host);
    }
    head.uri = head.uri.path_and_query().cloned().map_or_else(Uri::default, Uri::from);
    let headers = read_metadata(&head.headers);
    let shared = Arc::new(Mutex::new(Handoff::default()));
    let outlet = Http1Outlet { shared: Arc::clone(&shared), connection: Arc::clone(&running.connection) };
    let response = send.send_request(Request::from_parts(head, Sent { shared }));
    let response = async move {
        match response.await {
            Ok(response) => Ok(response.map(|body| -> Box<dyn Inlet> {
                Box::new(Http1Inlet { body, running: Some(running), trailers: HeaderMap::new() })
            })),
            Err(error) => Err(failure(&error, &running.connection)),
        }
    };
    Ok(Opened { stream: 0, headers, outlet: Box::new(outlet), response: Box::pin(response) })
}

/// A connection while a call has it. Dropped before the answer is whole it closes the connection: HTTP/1.1 knows no
/// other way to cancel.
struct Running {
    send: Option<SendRequest<Sent>>,
    connection: Arc<Connection>,
}

impl Running {
    fn http1(&self) -> Option<&Http1> {
        match &self.connection.send {
            Sender::Http1(http1) => Some(http1),
            Sender::Http2(_) => None,
        }
    }

    /// The next call may have it.
    fn done(mut self) {
        let send = self.send.take();
        if let Some(http1) = self.http1() {
            *http1.send.lock().unwrap_or_else(PoisonError::into_inner) = send;
            http1.claimed.store(false, Ordering::Release);
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.send.is_some() {
            close(&self.connection);
        }
    }
}

fn close(connection: &Connection) {
    connection.facts.ended(None);
    if let Sender::Http1(http1) = &connection.send {
        http1.task.abort();
    }
}

/// A piece of the request body on its way from the call to the connection.
#[derive(Default)]
struct Handoff {
    piece: Option<Bytes>,
    ended: bool,
    /// The connection wants no more.
    closed: bool,
    reader: Option<Waker>,
    writer: Option<Waker>,
}

impl Handoff {
    fn wake_reader(&mut self) {
        if let Some(reader) = self.reader.take() {
            reader.wake();
        }
    }

    fn wake_writer(&mut self) {
        if let Some(writer) = self.writer.take() {
            writer.wake();
        }
    }
}

struct Http1Outlet {
    shared: Arc<Mutex<Handoff>>,
    connection: Arc<Connection>,
}

impl Outlet for Http1Outlet {
    /// Never: a server that wants no more says so by its answer.
    fn poll_refused(&mut self, _cx: &mut Context<'_>) -> Poll<()> {
        Poll::Pending
    }

    fn poll_write(&mut self, cx: &mut Context<'_>, bytes: &mut Bytes, last: bool) -> Poll<bool> {
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        if shared.closed {
            return Poll::Ready(false);
        }
        if shared.piece.is_some() {
            shared.writer = Some(cx.waker().clone());
            return Poll::Pending;
        }
        shared.piece = Some(std::mem::take(bytes));
        shared.ended = last;
        shared.wake_reader();
        Poll::Ready(true)
    }

    fn end(&mut self) {
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        shared.ended = true;
        shared.wake_reader();
    }
}

impl Drop for Http1Outlet {
    fn drop(&mut self) {
        let ended = self.shared.lock().unwrap_or_else(PoisonError::into_inner).ended;
        if !ended {
            close(&self.connection);
        }
    }
}

/// The body of a request as the library takes it.
pub(super) struct Sent {
    shared: Arc<Mutex<Handoff>>,
}

impl http_body::Body for Sent {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(piece) = shared.piece.take() {
            shared.wake_writer();
            return Poll::Ready(Some(Ok(Frame::data(piece))));
        }
        if shared.ended {
            return Poll::Ready(None);
        }
        shared.reader = Some(cx.waker().clone());
        Poll::Pending
    }
}

impl Drop for Sent {
    fn drop(&mut self) {
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        shared.closed = true;
        shared.wake_writer();
    }
}

struct Http1Inlet {
    body: Incoming,
    /// `None` once the answer is whole.
    running: Option<Running>,
    trailers: HeaderMap,
}

impl Inlet for Http1Inlet {
    fn is_end(&self) -> bool {
        self.body.is_end_stream()
    }

    fn poll_data(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Outcome>>> {
        while let Some(running) = &self.running {
            match ready!(Pin::new(&mut self.body).poll_frame(cx)) {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(chunk) => return Poll::Ready(Some(Ok(chunk))),
                    Err(frame) => self.trailers = frame.into_trailers().unwrap_or_default(),
                },
                Some(Err(error)) => return Poll::Ready(Some(Err(failure(&error, &running.connection)))),
                None => {
                    if let Some(running) = self.running.take() {
                        running.done();
                    }
                }
            }
        }
        Poll::Ready(None)
    }

    fn poll_trailers(&mut self, _cx: &mut Context<'_>) -> Poll<Result<HeaderMap, Outcome>> {
        Poll::Ready(Ok(std::mem::take(&mut self.trailers)))
    }
}

/// What an error of the library means for the call that met it.
fn failure(error: &hyper::Error, connection: &Connection) -> Outcome {
    let first = || recognise(&connection.facts.first());
    let cause = match connection.facts.end() {
        Some(cause) => cause,
        None if error.is_parse() => match first() {
            Speech::Http1(line) => {
                Cause::BadFrame { detail: format!("its HTTP/1.1 answer is broken ({error}): {line}") }
            }
            Speech::Tls => Cause::WantsTls { address: address_of(connection) },
            Speech::Other(line) => {
                Cause::NotHttp2 { address: address_of(connection), detail: format!("it sent “{line}”") }
            }
            Speech::Nothing | Speech::Http2 => Cause::BadFrame { detail: error.to_string() },
        },
        None => match (first(), broken_body(error)) {
            (Speech::Nothing, _) => {
                Cause::ConnectionLost { detail: "the server closed it without an answer".to_owned() }
            }
            (_, Some(detail)) => Cause::BadFrame { detail: format!("its HTTP/1.1 body is broken ({detail})") },
            (_, None) => Cause::ConnectionLost { detail: "the server closed it during the call".to_owned() },
        },
    };
    cause.into_outcome()
}

/// What is wrong with a body that came; `None` where it only ended too early.
fn broken_body(error: &hyper::Error) -> Option<String> {
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        let wrong = inner
            .downcast_ref::<io::Error>()
            .filter(|io| matches!(io.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData));
        if let Some(wrong) = wrong {
            return Some(plain(wrong));
        }
        source = inner.source();
    }
    None
}
