//! A call from start to status: the handle that its owner holds, and the one task behind it that runs all four kinds
//! through the same path.
//!
//! Must not know: HTTP/2, TLS.

use std::future::{Future as _, pending, poll_fn};
use std::ops::ControlFlow;
use std::panic::AssertUnwindSafe;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::{Instant, SystemTime};

use bytes::Bytes;
use futures_util::{FutureExt as _, Stream as _, StreamExt as _, stream};
use http::header::{HeaderName, HeaderValue, USER_AGENT};
use http::uri::PathAndQuery;
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tonic::client::Grpc;
use tonic::codec::CompressionEncoding;
use tonic::metadata::MetadataMap;

use super::answer::{BATCH, BATCH_BYTES, Plain};
use super::cancel::Cancel;
use super::channel::{Exchange, Form, Heads, Terms, Watched};
use super::codec::{RawCodec, check_size};
use super::credentials::Teller;
use super::event::{CallEvent, Happened, Outcome, Payload};
use super::frames::Head;
use super::job::Panicked;
use super::outbox::Outbox;
use super::outgoing::{Messages, Taken};
use super::pool::{Channel, Lease, Patience, Pool};
use super::queue::{EventReceiver, EventSender, queue};
use super::retry::{Phase, Retries};
use super::runs::Run;
use super::status::{Code, own_status, read_metadata, write_metadata};
use super::verdict::{Circumstances, judged};
use super::{Cause, EndedBy, Wake};
use crate::request::{CallSpec, Compression};
use crate::schema::MethodPath;

/// Messages that may wait to be sent, beside those that the call began with.
const OUTBOUND: usize = 64;

const PREVIOUS_ATTEMPTS: HeaderName = HeaderName::from_static("grpc-previous-rpc-attempts");

/// A running call. Dropping it cancels.
///
/// Whoever sends many messages must take events at the same time: when nobody takes them, sending stands still too.
#[derive(Debug)]
pub struct Call {
    started: SystemTime,
    clock: Instant,
    cancel: Cancel,
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
        let (events, receiver) = queue(clock, wake, pool.later.clone());
        let cancel = Cancel::default();
        let single = !spec.kind.streams_requests();
        let closed = single && !spec.messages.is_empty();
        let (sender, outbound) = (!closed).then(|| mpsc::channel(OUTBOUND)).unzip();
        let spec = Box::new(spec);
        let heard = cancel.clone();
        runtime.spawn(async move {
            let last = events.clone();
            let task = Task { pool, spec, events: events.clone(), cancel: heard, clock };
            // Boxed for its size, as the exchange in it is: it would be moved with each future around it.
            let work = Box::pin(task.run(outbound));
            events.announcing(work.map(|outcome| last.finish(outcome))).await;
        });
        Self {
            started: SystemTime::now(),
            clock,
            cancel,
            outbound: Mutex::new(sender),
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
        self.cancel.cancel();
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
        let event = match self.events.pop() {
            Some(event) => event,
            None => self.events.next().await.unwrap_or_else(|| self.shut_down()),
        };
        Some(self.handed(event))
    }

    fn handed(&mut self, event: CallEvent) -> CallEvent {
        self.finished = matches!(event.what, Happened::Finished(_));
        event
    }

    fn closed(&self) -> NotSent {
        if self.cancel.is_alone() { NotSent::Finished } else { NotSent::SendingEnded }
    }

    /// The end of a call whose engine was dropped.
    fn shut_down(&self) -> CallEvent {
        let status = own_status(Code::Cancelled, "the engine was shut down");
        let outcome = Outcome { status, trailers: Vec::new(), ended_by: EndedBy::Cancel, cause: None };
        CallEvent { at: self.clock.elapsed(), what: Happened::Finished(Box::new(outcome)) }
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
    /// Boxed for its size, as the work is.
    spec: Box<CallSpec>,
    events: EventSender,
    cancel: Cancel,
    clock: Instant,
}

impl Task {
    /// Runs the call to its end, whatever that is.
    async fn run(self, outbound: Option<mpsc::Receiver<Bytes>>) -> Outcome {
        let timeout = self.spec.timeout;
        let deadline = timeout.and_then(|timeout| self.clock.checked_add(timeout));
        let cancel = self.cancel.clone();
        let phase = Arc::new(Mutex::new(Phase::default()));
        // A token that the server does not take is not offered again.
        let spent = self.spec.access.credentials.clone().map(|credentials| (Arc::clone(&self.pool), credentials));
        let work = AssertUnwindSafe(self.work(outbound, deadline, Arc::clone(&phase))).catch_unwind();
        let outcome = tokio::select! {
            biased;
            () = cancel.cancelled() => {
                let status = own_status(Code::Cancelled, "cancelled");
                Outcome { status, trailers: Vec::new(), ended_by: EndedBy::Cancel, cause: None }
            }
            () = until(deadline) => {
                let phase = phase.lock().unwrap_or_else(PoisonError::into_inner).clone();
                phase.too_late(timeout.unwrap_or_default())
            }
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
        outbound: Option<mpsc::Receiver<Bytes>>,
        deadline: Option<Instant>,
        phase: Arc<Mutex<Phase>>,
    ) -> Outcome {
        let channel = self.pool.channel(&self.spec.access.connection);
        let closed = channel.closed();
        tokio::select! {
            biased;
            () = closed => {
                let status = own_status(Code::Cancelled, "the channel was closed");
                Outcome { status, trailers: Vec::new(), ended_by: EndedBy::Cancel, cause: None }
            }
            outcome = async {
                if let Err(cause) = self.identify().await {
                    return cause.into_outcome();
                }
                self.attempts(&channel, outbound, deadline, &phase).await
            } => outcome,
        }
    }

    /// Tries until it succeeds, or fails for good.
    async fn attempts(
        mut self,
        channel: &Arc<Channel>,
        outbound: Option<mpsc::Receiver<Bytes>>,
        deadline: Option<Instant>,
        phase: &Mutex<Phase>,
    ) -> Outcome {
        let enter = |next: Phase| *phase.lock().unwrap_or_else(PoisonError::into_inner) = next;
        let form = match Form::of(self.spec.access.options.protocol, self.spec.kind) {
            Ok(form) => form,
            Err(cause) => return cause.into_outcome(),
        };
        let max_send = self.spec.access.options.max_send;
        let mut sizes = self.spec.messages.iter().map(|message| check_size(message.len(), max_send));
        let too_large = sizes.find_map(Result::err);
        let messages = std::mem::take(&mut self.spec.messages);
        let outbox = Outbox::new(messages, outbound, !self.spec.kind.streams_requests());
        let mut retries = Retries::new(self.spec.access.options.retry.take());
        loop {
            let outcome = match self.connect(channel).await {
                Ok(lease) => {
                    if retries.previous() == 0 {
                        enter(Phase::Running);
                    }
                    if let Some(cause) = too_large {
                        return cause.into_outcome();
                    }
                    // Boxed for its size: it would be moved with each future around it.
                    match Box::pin(self.exchange(channel, &lease, form, &outbox, retries.previous(), deadline)).await {
                        Ok(outcome) | Err(outcome) => outcome,
                    }
                }
                Err(cause) if self.spec.access.options.wait_for_ready && cause.may_pass() => {
                    let (attempt, wait) = (retries.count(), channel.wait());
                    let status = Box::new(cause.clone().into_outcome().status);
                    enter(Phase::Waiting(cause));
                    self.events.send(Happened::Retrying { attempt, status, wait }).await;
                    channel.next_chance().await;
                    continue;
                }
                Err(cause) => cause.into_outcome(),
            };
            if outbox.is_committed() {
                return outcome;
            }
            let Some(wait) = retries.after(&outcome, fastrand::f64()) else { return outcome };
            let (attempt, status) = (retries.count(), outcome.status);
            enter(Phase::Retrying(status.clone()));
            self.events.send(Happened::Retrying { attempt, status: Box::new(status), wait }).await;
            tokio::time::sleep(wait).await;
        }
    }

    /// Puts the entry of the credentials among the metadata.
    async fn identify(&mut self) -> Result<(), Cause> {
        let access = &mut self.spec.access;
        if access.credentials.is_some() {
            // Boxed, since most calls have no use for so large a future.
            let entry = Box::pin(self.pool.tokens.entry(access, &Teller::Call(&self.events))).await?;
            access.metadata.extend(entry);
        }
        Ok(())
    }

    /// A connection that takes a stream. One that broke unnoticed since its last call is replaced once.
    async fn connect(&self, channel: &Arc<Channel>) -> Result<Lease, Cause> {
        let waits = self.spec.access.options.wait_for_ready;
        let patience = if waits { Patience::Waits } else { Patience::AtOnce };
        let mut lease = channel.connection(&self.events, patience).await?;
        if lease.peer.reused && !lease.connection.is_ready().await {
            lease.connection.facts.ended(None);
            lease = channel.connection(&self.events, patience).await?;
        }
        self.events.put([Happened::Connected(Box::new(lease.peer.clone()))]).await;
        Ok(lease)
    }

    /// Sends and receives until the end; `Err` is an end before the first header.
    async fn exchange(
        &self,
        channel: &Channel,
        lease: &Lease,
        form: Form,
        outbox: &Arc<Outbox>,
        previous_attempts: u32,
        deadline: Option<Instant>,
    ) -> Result<Outcome, Outcome> {
        let internal = |detail: String| Cause::Internal { detail }.into_outcome();
        let MethodPath { service, method } = &self.spec.method;
        let path = [&*self.spec.access.path_prefix, "/", service, "/", method].concat();
        let path: PathAndQuery = path.parse().map_err(|error| internal(format!("bad path {path:?}: {error}")))?;
        let origin = channel.origin().map_err(internal)?;
        let mut headers = write_metadata(&self.spec.access.metadata).map_err(internal)?;
        let options = &self.spec.access.options;
        let agent = HeaderValue::from_str(&options.user_agent).map_err(|error| internal(error.to_string()))?;
        headers.entry(USER_AGENT).or_insert(agent);
        if previous_attempts > 0 {
            headers.insert(PREVIOUS_ATTEMPTS, HeaderValue::from(previous_attempts));
        }

        let Self { spec, events, cancel, clock, .. } = self;
        let many = spec.kind.streams_responses();
        let taken = Taken::default();
        let messages = Messages::new(outbox.attempt(), Arc::clone(&taken), cancel.clone());
        let plain = options.compression == Compression::Identity && form.is_grpc();
        let (plain, for_tonic) = if plain { (Some(messages), None) } else { (None, Some(messages)) };
        let for_tonic = stream::iter(for_tonic).flatten();
        let metadata = MetadataMap::from_headers(headers);
        let mut request = tonic::Request::from_parts(metadata, tonic::Extensions::default(), for_tonic);
        if let Some(deadline) = deadline {
            request.set_timeout(deadline.saturating_duration_since(Instant::now()));
        }

        let accept = options.accept.clone();
        let terms = Terms { max_receive: options.max_receive, accept, max_send: options.max_send, form };
        let connection = Arc::clone(&lease.connection);
        let (service, Watched { pump, ending, heads, plain: beside }) =
            Exchange::new(connection, terms, plain, taken, Arc::clone(outbox), events.clone());
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
                    outbox.commit();
                    let (headers, messages, _extensions) = response.into_parts();
                    let mut headers = headers.into_headers();
                    form.untranslate(&mut headers);
                    events.put([Happened::Headers(read_metadata(&headers))]).await;
                    let plain = beside.lock().unwrap_or_else(PoisonError::into_inner).take();
                    match plain {
                        Some(plain) => receive_plain(plain, events).await,
                        None => receive(messages, &heads, events).await,
                    }
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
            method: &spec.method,
            timeout: spec.timeout,
            ran: clock.elapsed(),
            compression: options.compression,
            max_receive: options.max_receive,
            received,
            many,
        };
        Ok(judged(ending.take(), end.as_ref(), about))
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
async fn receive_plain(mut answer: Plain, events: &EventSender) -> (u64, Option<tonic::Status>) {
    let mut received: u64 = 0;
    let mut batch: Vec<Run> = Vec::new();
    loop {
        let gathered = poll_fn(|cx| answer.poll_gather(&mut batch, cx)).await;
        received += batch.iter().map(|run| run.count() as u64).sum::<u64>();
        events.put(batch.drain(..)).await;
        if let ControlFlow::Break(end) = gathered {
            return (received, end);
        }
    }
}

/// As [`receive_plain`], where tonic reads.
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
