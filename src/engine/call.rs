//! A call from start to status: the handle that its owner holds, and the one task behind it that runs all four kinds
//! through the same path.
//!
//! Must not know: HTTP/2, TLS.

use std::future::{Future as _, pending, poll_fn};
use std::ops::ControlFlow;
use std::panic::AssertUnwindSafe;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::{Instant, SystemTime};

use bytes::Bytes;
use futures_util::{FutureExt as _, Stream, stream};
use http::header::{HeaderValue, USER_AGENT};
use http::uri::{Authority, PathAndQuery, Scheme, Uri};
use tokio::runtime::Handle;
use tokio::sync::{mpsc, watch};
use tonic::client::Grpc;
use tonic::codec::CompressionEncoding;
use tonic::metadata::MetadataMap;

use super::channel::{Exchange, Heads, Taken, Terms, Watched};
use super::codec::{RawCodec, check_size};
use super::connect::{Connection, authority};
use super::event::{CallEvent, Happened, Outcome, Payload};
use super::frames::Head;
use super::job::Panicked;
use super::pool::Pool;
use super::queue::{EventReceiver, EventSender, queue};
use super::status::{Code, own_status, read_metadata, write_metadata};
use super::verdict::{Circumstances, deadline_passed, judged};
use super::{Cause, EndedBy, Wake};
use crate::request::{CallSpec, Compression};

/// Messages that may wait to be sent, beside those that the call began with.
const OUTBOUND: usize = 64;

/// Messages that are handed to the owner together, at most.
const BATCH: usize = 256;
/// Bytes of messages that are handed to the owner together, beyond one message.
const BATCH_BYTES: usize = 1 << 20;

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
    /// `Finished` was handed out.
    finished: bool,
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
        let (events, receiver) = queue(clock, wake);
        let (cancel, cancelled) = watch::channel(false);
        let (sender, outbound) = mpsc::channel(OUTBOUND);
        let single = !spec.kind.streams_requests();
        let closed = single && !spec.messages.is_empty();
        runtime.spawn(async move {
            let task = Task { pool, spec, events: events.clone(), cancelled, clock };
            let outcome = task.run(outbound).await;
            events.finish(outcome);
        });
        Self {
            started: SystemTime::now(),
            clock,
            cancel,
            outbound: Mutex::new((!closed).then_some(sender)),
            single,
            events: receiver,
            finished: false,
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
        if self.finished {
            return None;
        }
        let event = self.events.try_next().unwrap_or_else(|_ended| Some(self.shut_down()))?;
        Some(self.handed(event))
    }

    /// The next event; `None` after `Finished`. Safe to drop while it waits.
    pub async fn next(&mut self) -> Option<CallEvent> {
        if self.finished {
            return None;
        }
        let event = self.events.next().await.unwrap_or_else(|| self.shut_down());
        Some(self.handed(event))
    }

    fn handed(&mut self, event: CallEvent) -> CallEvent {
        self.finished = matches!(event.what, Happened::Finished(_));
        event
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
        let events = self.events.clone();
        // Boxed for its size: it would be moved with each future around it.
        let work = Box::pin(self.work(outbound, deadline, Arc::clone(&connected)));
        let work = AssertUnwindSafe(events.announcing(work)).catch_unwind();
        tokio::select! {
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
        }
    }

    async fn work(
        self,
        outbound: mpsc::Receiver<Bytes>,
        deadline: Option<Instant>,
        connected: Arc<AtomicBool>,
    ) -> Outcome {
        let connection = match self.connect().await {
            Ok(connection) => connection,
            Err(cause) => return cause.into_outcome(),
        };
        connected.store(true, Ordering::Relaxed);
        match self.exchange(connection, outbound, deadline).await {
            Ok(outcome) | Err(outcome) => outcome,
        }
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

        let Self { spec, events, cancelled, clock, .. } = self;
        for message in &spec.messages {
            check_size(message.len(), options.max_send).map_err(Cause::into_outcome)?;
        }
        let (single, many) = (!spec.kind.streams_requests(), spec.kind.streams_responses());
        let taken = Taken::default();
        let messages = outgoing(spec.messages, outbound, single, Arc::clone(&taken), cancelled);
        let metadata = MetadataMap::from_headers(headers);
        let mut request = tonic::Request::from_parts(metadata, tonic::Extensions::default(), messages);
        if let Some(deadline) = deadline {
            request.set_timeout(deadline.saturating_duration_since(Instant::now()));
        }

        let terms = Terms { max_receive: options.max_receive, accept: options.accept.clone(), single };
        let (service, Watched { pump, ending, heads }) = Exchange::new(connection, terms, taken, events.clone());
        let codec = RawCodec { max_send: options.max_send, ending: ending.clone() };
        let mut client = Grpc::with_origin(service, origin)
            .max_decoding_message_size(options.max_receive)
            .max_encoding_message_size(usize::MAX);
        for encoding in options.accept.iter().filter_map(|compression| encoding(*compression)) {
            client = client.accept_compressed(encoding);
        }
        if let Some(encoding) = encoding(options.compression) {
            client = client.send_compressed(encoding);
        }
        let mut pumped = pin!(async {
            match pump.await {
                Ok(pump) => pump.run().await,
                // The exchange failed before it began; the answer tells why.
                Err(_closed) => pending().await,
            }
        });
        let mut answered = pin!(async {
            match client.streaming(request, path, codec).await {
                Ok(response) => {
                    let (headers, messages, _extensions) = response.into_parts();
                    events.put([Happened::Headers(read_metadata(&headers.into_headers()))]).await;
                    receive(messages, &heads, &events).await
                }
                Err(status) => (0, Some(status)),
            }
        });
        let mut begun = false;
        let end = poll_fn(|cx| {
            // The request goes out first: what was sent is told before what was received.
            if begun && let Poll::Ready(status) = pumped.as_mut().poll(cx) {
                return Poll::Ready(Err(status));
            }
            let answered = answered.as_mut().poll(cx).map(Ok);
            if !begun && answered.is_pending() {
                begun = true;
                return pumped.as_mut().poll(cx).map(Err);
            }
            answered
        })
        .await;
        let (received, end) = end.map_err(|status| {
            let cannot = || internal(format!("the request cannot be sent: {}", status.message()));
            ending.take().unwrap_or_else(cannot)
        })?;
        let about = Circumstances {
            timeout: spec.timeout,
            ran: clock.elapsed(),
            compression: options.compression,
            max_receive: options.max_receive,
            received,
            many,
        };
        Ok(judged(ending.take(), end.as_ref(), about))
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

/// Hands on all messages as they come, those that came together at once; how many, and the error at their end.
async fn receive(
    mut messages: tonic::Streaming<Bytes>,
    heads: &Heads,
    events: &EventSender,
) -> (u64, Option<tonic::Status>) {
    let mut received: u64 = 0;
    let mut batch: Vec<Bytes> = Vec::new();
    loop {
        let gathered = poll_fn(|cx| gather(&mut messages, &mut batch, cx)).await;
        received += batch.len() as u64;
        let compressed: Vec<Option<u32>> = {
            let mut heads = heads.lock().unwrap_or_else(PoisonError::into_inner);
            let known = batch.len().min(heads.len());
            heads.drain(..known).map(Head::compressed).collect()
        };
        let mut compressed = compressed.into_iter();
        let payload = |message| Payload { message, compressed: compressed.next().flatten() };
        events.put(batch.drain(..).map(payload).map(Happened::Received)).await;
        if let ControlFlow::Break(end) = gathered {
            return (received, end);
        }
    }
}

/// Takes the messages that are there, at least one or the end.
fn gather(
    messages: &mut tonic::Streaming<Bytes>,
    batch: &mut Vec<Bytes>,
    cx: &mut Context<'_>,
) -> Poll<ControlFlow<Option<tonic::Status>>> {
    let mut bytes = 0;
    while batch.len() < BATCH && bytes < BATCH_BYTES {
        match Pin::new(&mut *messages).poll_next(cx) {
            Poll::Ready(Some(Ok(message))) => {
                bytes += message.len();
                batch.push(message);
            }
            Poll::Ready(Some(Err(status))) => return Poll::Ready(ControlFlow::Break(Some(status))),
            Poll::Ready(None) => return Poll::Ready(ControlFlow::Break(None)),
            Poll::Pending if batch.is_empty() => return Poll::Pending,
            Poll::Pending => break,
        }
    }
    Poll::Ready(ControlFlow::Continue(()))
}

async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline.into()).await,
        None => pending().await,
    }
}

/// What is sent: first what the call began with, then what is queued, each put into `taken` as it goes. Its end is the
/// end of the request stream.
fn outgoing(
    first: Vec<Bytes>,
    queue: mpsc::Receiver<Bytes>,
    single: bool,
    taken: Taken,
    cancelled: watch::Receiver<bool>,
) -> impl Stream<Item = Bytes> + Send + 'static {
    struct Source {
        first: std::vec::IntoIter<Bytes>,
        queue: mpsc::Receiver<Bytes>,
        ended: bool,
        taken: Taken,
        cancelled: watch::Receiver<bool>,
    }
    let source = Source { first: first.into_iter(), queue, ended: false, taken, cancelled };
    stream::unfold(source, move |mut source| async move {
        let next = match source.first.next() {
            _ if source.ended => None,
            Some(message) => Some(message),
            None => source.queue.recv().await,
        };
        if let Some(message) = next {
            source.taken.lock().unwrap_or_else(PoisonError::into_inner).push_back(message.clone());
            source.ended = single;
            return Some((message, source));
        }
        // The queue of a call that was dropped ends too, but that is a cancel.
        if *source.cancelled.borrow() {
            pending::<()>().await;
        }
        None
    })
}
