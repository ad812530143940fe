//! A call from start to status: the handle that its owner holds, and the one task behind it that runs all four kinds
//! through the same path.
//!
//! Must not know: HTTP/2, TLS.

use std::future::pending;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;
use futures_util::{FutureExt as _, Stream, stream};
use http::header::{HeaderValue, USER_AGENT};
use http::uri::{Authority, PathAndQuery, Scheme, Uri};
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot, watch};
use tonic::client::Grpc;
use tonic::codec::CompressionEncoding;
use tonic::metadata::MetadataMap;

use super::channel::Exchange;
use super::codec::RawCodec;
use super::connect::{Connection, authority};
use super::credentials::Teller;
use super::event::{CallEvent, EventReceiver, EventSender, Happened, Outcome, Payload, queue};
use super::job::Panicked;
use super::pool::Pool;
use super::status::{Code, own_status, read_metadata, write_metadata};
use super::{Cause, EndedBy, Wake};
use crate::request::{CallSpec, Compression};

/// Messages that may wait to be sent, beside those that the call began with.
const OUTBOUND: usize = 64;

/// A running call. Dropping it cancels.
///
/// Whoever sends many messages must take events at the same time: when nobody takes them, sending stands still too.
#[derive(Debug)]
pub struct Call {
    started: SystemTime,
    clock: Instant,
    cancel: watch::Sender<bool>,
    /// `None` once the sending half is closed.
    outbound: Mutex<Option<mpsc::Sender<Bytes>>>,
    /// Requests do not stream: the first message is the last.
    single: bool,
    events: EventReceiver,
    /// `None` once `Finished` was handed out.
    finished: Option<oneshot::Receiver<CallEvent>>,
}

/// Why a message was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotSent {
    /// The call has finished.
    #[error("the call has ended")]
    Finished,
    /// The sending half is closed, or the method takes one message only.
    #[error("the sending side of the call is closed")]
    SendingEnded,
    /// The server takes messages slower than they are sent.
    #[error("the server has not yet taken the messages before this one")]
    Full,
}

impl Call {
    /// Starts it.
    pub(super) fn start(runtime: &Handle, pool: Arc<Pool>, wake: Wake, spec: CallSpec) -> Self {
        let clock = Instant::now();
        let (events, receiver) = queue(clock, Arc::clone(&wake));
        let (cancel, cancelled) = watch::channel(false);
        let (sender, outbound) = mpsc::channel(OUTBOUND);
        let (finish, finished) = oneshot::channel();
        let single = !spec.kind.streams_requests();
        let closed = single && !spec.messages.is_empty();
        runtime.spawn(async move {
            let task = Task { pool, spec, events, cancelled, clock };
            let outcome = task.run(outbound).await;
            // Every sender of events is gone by now: this is the last one. An owner that is gone wants none.
            if finish.send(CallEvent { at: clock.elapsed(), what: Happened::Finished(outcome) }).is_ok() {
                wake();
            }
        });
        Self {
            started: SystemTime::now(),
            clock,
            cancel,
            outbound: Mutex::new((!closed).then_some(sender)),
            single,
            events: receiver,
            finished: Some(finished),
        }
    }

    /// When it was started, by the wall clock.
    #[must_use]
    pub fn started(&self) -> SystemTime {
        self.started
    }

    /// Queues a message, never waits.
    ///
    /// # Errors
    ///
    /// When the call does not take it.
    pub fn send(&self, message: Bytes) -> Result<(), NotSent> {
        let mut outbound = self.outbound.lock().unwrap_or_else(PoisonError::into_inner);
        let sender = outbound.as_ref().ok_or_else(|| self.closed())?;
        sender.try_send(message).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => NotSent::Full,
            mpsc::error::TrySendError::Closed(_) => NotSent::Finished,
        })?;
        if self.single {
            *outbound = None;
        }
        Ok(())
    }

    /// As [`Call::send`], waiting for room.
    ///
    /// # Errors
    ///
    /// When the call has ended or its sending half is closed.
    pub async fn send_when_ready(&self, message: Bytes) -> Result<(), NotSent> {
        let sender = {
            let mut outbound = self.outbound.lock().unwrap_or_else(PoisonError::into_inner);
            let sender = if self.single { outbound.take() } else { outbound.clone() };
            sender.ok_or_else(|| self.closed())?
        };
        sender.send(message).await.map_err(|_ended| NotSent::Finished)
    }

    /// Half-closes: the server sees the end of the request stream.
    pub fn end_sending(&self) {
        *self.outbound.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Cancels: the server sees `RST_STREAM(CANCEL)`; `Finished` with CANCELLED follows.
    pub fn cancel(&self) {
        self.cancel.send_replace(true);
    }

    /// The next event if there is one.
    pub fn try_next(&mut self) -> Option<CallEvent> {
        if let Ok(event) = self.events.try_next() {
            return event;
        }
        let event = match self.finished.as_mut()?.try_recv() {
            Ok(event) => event,
            Err(oneshot::error::TryRecvError::Empty) => return None,
            Err(oneshot::error::TryRecvError::Closed) => self.shut_down(),
        };
        self.finished = None;
        Some(event)
    }

    /// The next event; `None` after `Finished`. Safe to drop while it waits.
    pub async fn next(&mut self) -> Option<CallEvent> {
        if let Some(event) = self.events.next().await {
            return Some(event);
        }
        let event = self.finished.as_mut()?.await;
        self.finished = None;
        Some(event.unwrap_or_else(|_closed| self.shut_down()))
    }

    fn closed(&self) -> NotSent {
        if self.cancel.is_closed() { NotSent::Finished } else { NotSent::SendingEnded }
    }

    /// The end of a call whose engine was dropped.
    fn shut_down(&self) -> CallEvent {
        let status = own_status(Code::Cancelled, "the engine was shut down");
        let outcome = Outcome { status, trailers: Vec::new(), ended_by: EndedBy::Cancel, cause: None };
        CallEvent { at: self.clock.elapsed(), what: Happened::Finished(outcome) }
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        // Before the fields go: the end of the outbound queue must not look like an end of sending.
        self.cancel();
    }
}

/// What runs behind a [`Call`].
struct Task {
    pool: Arc<Pool>,
    spec: CallSpec,
    events: EventSender,
    cancelled: watch::Receiver<bool>,
    clock: Instant,
}

impl Task {
    /// Runs the call to its end, whatever that is.
    async fn run(self, outbound: mpsc::Receiver<Bytes>) -> Outcome {
        let timeout = self.spec.timeout;
        let deadline = timeout.and_then(|timeout| self.clock.checked_add(timeout));
        let mut cancelled = self.cancelled.clone();
        let connected = Arc::new(AtomicBool::new(false));
        // A token that the server does not take is not offered again.
        let spent = self.spec.access.credentials.clone().map(|credentials| (Arc::clone(&self.pool), credentials));
        let work = AssertUnwindSafe(self.work(outbound, deadline, Arc::clone(&connected))).catch_unwind();
        let outcome = tokio::select! {
            biased;
            // An error means that the handle is gone, which cancels too.
            _dropped = cancelled.wait_for(|cancelled| *cancelled) => {
                let status = own_status(Code::Cancelled, "cancelled");
                Outcome { status, trailers: Vec::new(), ended_by: EndedBy::Cancel, cause: None }
            }
            () = until(deadline) => deadline_passed(timeout.unwrap_or_default(), connected.load(Ordering::Relaxed)),
            outcome = work => outcome.unwrap_or_else(|payload| {
                Cause::Internal { detail: Panicked::from_payload(&*payload).0 }.into_outcome()
            }),
        };
        if let Some((pool, credentials)) = spent.filter(|_| outcome.status.code == Code::Unauthenticated as i32) {
            pool.tokens.expire(&credentials);
        }
        outcome
    }

    async fn work(
        mut self,
        outbound: mpsc::Receiver<Bytes>,
        deadline: Option<Instant>,
        connected: Arc<AtomicBool>,
    ) -> Outcome {
        if let Err(cause) = self.identify().await {
            return cause.into_outcome();
        }
        let connection = match self.connect().await {
            Ok(connection) => connection,
            Err(cause) => return cause.into_outcome(),
        };
        connected.store(true, Ordering::Relaxed);
        match self.exchange(connection, outbound, deadline).await {
            Ok(outcome) | Err(outcome) => outcome,
        }
    }

    /// Puts the entry of the credentials among the metadata.
    async fn identify(&mut self) -> Result<(), Cause> {
        let access = &mut self.spec.access;
        let entry = self.pool.tokens.entry(access, &Teller::Call(&self.events)).await?;
        access.metadata.extend(entry);
        Ok(())
    }

    /// A connection that takes a stream. One that broke unnoticed since its last call is replaced once.
    async fn connect(&self) -> Result<Arc<Connection>, Cause> {
        let spec = &self.spec.access.connection;
        let (mut connection, mut peer) = self.pool.connection(spec, &self.events).await?;
        if peer.reused && connection.send.clone().ready().await.is_err() {
            connection.facts.ended(None);
            (connection, peer) = self.pool.connection(spec, &self.events).await?;
        }
        self.events.send(Happened::Connected(peer)).await;
        Ok(connection)
    }

    /// Sends and receives until the end; `Err` is an end before the first header.
    async fn exchange(
        self,
        connection: Arc<Connection>,
        outbound: mpsc::Receiver<Bytes>,
        deadline: Option<Instant>,
    ) -> Result<Outcome, Outcome> {
        let internal = |detail: String| Cause::Internal { detail }.into_outcome();
        let path = format!("{}/{}", self.spec.access.path_prefix, self.spec.method);
        let path: PathAndQuery = path.parse().map_err(|error| internal(format!("bad path {path:?}: {error}")))?;
        let origin = self.origin().map_err(internal)?;
        let mut headers = write_metadata(&self.spec.access.metadata).map_err(internal)?;
        let options = self.spec.access.options.clone();
        let agent = HeaderValue::from_str(&options.user_agent).map_err(|error| internal(error.to_string()))?;
        headers.entry(USER_AGENT).or_insert(agent);

        let Self { spec, events, cancelled, .. } = self;
        let messages = outgoing(spec.messages, outbound, !spec.kind.streams_requests(), events.clone(), cancelled);
        let metadata = MetadataMap::from_headers(headers);
        let mut request = tonic::Request::from_parts(metadata, tonic::Extensions::default(), messages);
        if let Some(deadline) = deadline {
            request.set_timeout(deadline.saturating_duration_since(Instant::now()));
        }

        let (service, pump, ending) = Exchange::new(connection, options.max_receive);
        let mut client = Grpc::with_origin(service, origin)
            .max_decoding_message_size(options.max_receive)
            .max_encoding_message_size(options.max_send);
        for encoding in options.accept.iter().filter_map(|compression| encoding(*compression)) {
            client = client.accept_compressed(encoding);
        }
        if let Some(encoding) = encoding(options.compression) {
            client = client.send_compressed(encoding);
        }
        let pumped = async {
            match pump.await {
                Ok(pump) => pump.run().await,
                // The exchange failed before it began; the answer tells why.
                Err(_closed) => pending().await,
            }
        };
        let answered = async {
            let mut received: u64 = 0;
            let response = client.streaming(request, path, RawCodec).await;
            let end = match response {
                Ok(response) => {
                    let (headers, mut messages, _extensions) = response.into_parts();
                    events.send(Happened::Headers(read_metadata(&headers.into_headers()))).await;
                    loop {
                        match messages.message().await {
                            Ok(Some(message)) => {
                                received += 1;
                                events.send(Happened::Received(Payload::plain(message))).await;
                            }
                            Ok(None) => break None,
                            Err(status) => break Some(status),
                        }
                    }
                }
                Err(status) => Some(status),
            };
            (received, end)
        };
        let (received, end) = tokio::select! {
            ended = answered => ended,
            status = pumped => return Err(internal(format!("the request cannot be sent: {}", status.message()))),
        };
        Ok(judged(ending.take(), end, received, spec.kind.streams_responses()))
    }

    fn origin(&self) -> Result<Uri, String> {
        let authority = authority(&self.spec.access.connection);
        let valid: Authority =
            authority.parse().map_err(|_invalid| format!("{authority:?} cannot be sent as authority"))?;
        let scheme = if self.spec.access.connection.tls.is_some() { Scheme::HTTPS } else { Scheme::HTTP };
        Uri::builder().scheme(scheme).authority(valid).path_and_query("/").build().map_err(|error| error.to_string())
    }
}

/// What tonic calls a compression.
const fn encoding(compression: Compression) -> Option<CompressionEncoding> {
    match compression {
        Compression::Identity => None,
        Compression::Gzip => Some(CompressionEncoding::Gzip),
        Compression::Deflate => Some(CompressionEncoding::Deflate),
        Compression::Zstd => Some(CompressionEncoding::Zstd),
    }
}

/// The end of an exchange from what was seen below tonic and what tonic made of it.
fn judged(seen: Option<Outcome>, tonic: Option<tonic::Status>, received: u64, many: bool) -> Outcome {
    let broken = |detail: &str| Cause::BadFrame { detail: detail.to_owned() };
    match (seen, tonic) {
        (Some(seen), Some(status)) if seen.status.code == Code::Ok as i32 => broken(status.message()).into_outcome(),
        (Some(seen), _) if seen.status.code == Code::Ok as i32 && received == 0 && !many => {
            let mut outcome = broken("the server said OK but sent no message").into_outcome();
            outcome.trailers = seen.trailers;
            outcome
        }
        (Some(seen), _) => seen,
        // Only tonic decompresses, so that only it knows a message that grows beyond the limit.
        (None, Some(status)) => broken(status.message()).into_outcome_with(status.code()),
        (None, None) => broken("the server ended the call without a status").into_outcome_with(Code::Unknown),
    }
}

async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline.into()).await,
        None => pending().await,
    }
}

fn deadline_passed(timeout: Duration, connected: bool) -> Outcome {
    let message = if connected {
        format!("the call did not end within its timeout of {timeout:?}")
    } else {
        format!("no connection within the call's timeout of {timeout:?}")
    };
    let status = own_status(Code::DeadlineExceeded, message);
    Outcome { status, trailers: Vec::new(), ended_by: EndedBy::Deadline, cause: None }
}

/// What is sent: first what the call began with, then what is queued, each told as it is taken. Its end is the end of
/// the request stream.
fn outgoing(
    first: Vec<Bytes>,
    queue: mpsc::Receiver<Bytes>,
    single: bool,
    events: EventSender,
    cancelled: watch::Receiver<bool>,
) -> impl Stream<Item = Bytes> + Send + 'static {
    struct Source {
        first: std::vec::IntoIter<Bytes>,
        queue: mpsc::Receiver<Bytes>,
        ended: bool,
        events: EventSender,
        cancelled: watch::Receiver<bool>,
    }
    let source = Source { first: first.into_iter(), queue, ended: false, events, cancelled };
    stream::unfold(source, move |mut source| async move {
        let next = match source.first.next() {
            _ if source.ended => None,
            Some(message) => Some(message),
            None => source.queue.recv().await,
        };
        if let Some(message) = next {
            source.events.send(Happened::Sent(Payload::plain(message.clone()))).await;
            source.ended = single;
            return Some((message, source));
        }
        // The queue of a call that was dropped ends too, but that is a cancel.
        if *source.cancelled.borrow() {
            pending::<()>().await;
        }
        source.events.send(Happened::SendingEnded).await;
        None
    })
}
