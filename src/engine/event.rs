//! What a call tells its owner, and the bounded way it gets there: a queue limited by count and by bytes, which slows
//! the receiving down when its owner is slow and never drops anything.
//!
//! Must not know: HTTP/2, connections.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::sync::{Semaphore, mpsc};

use super::{Cause, Wake};
use crate::request::MetadataEntry;

/// Events that may wait for the owner of a call.
const QUEUE_LENGTH: usize = 4096;
/// Bytes of messages that may wait for the owner of a call.
const QUEUE_BYTES: usize = 16 << 20;
/// Messages up to this size are bounded by [`QUEUE_LENGTH`] alone, so that small ones cost no second counter.
const SMALL: usize = 1024;

/// Something that happened in a call.
#[derive(Clone, Debug)]
pub struct CallEvent {
    /// Since [`Call::started`](super::Call::started), by a monotonic clock.
    pub at: Duration,
    /// What.
    pub what: Happened,
}

/// What happened.
#[derive(Clone, Debug)]
pub enum Happened {
    /// A connection is being made (not said when one is reused).
    Connecting {
        /// `host:port` or socket path.
        address: String,
    },
    /// The connection stands.
    Connected(Peer),
    /// A message was handed to the connection: its encoded bytes.
    Sent(Bytes),
    /// The sending half was closed.
    SendingEnded,
    /// Response headers.
    Headers(Vec<MetadataEntry>),
    /// A message came: its encoded bytes, decompressed.
    Received(Bytes),
    /// The end, always last.
    Finished(Outcome),
}

/// The other end of a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// IP address and port, or socket path.
    pub address: String,
    /// `TLSv1.3`, cipher suite; `None` for plaintext.
    pub tls: Option<(String, String)>,
    /// An earlier call opened it.
    pub reused: bool,
}

/// How a call ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The status, the server's or ours.
    pub status: Status,
    /// Trailers as they came, without `grpc-status`, `grpc-message` and `grpc-status-details-bin`.
    pub trailers: Vec<MetadataEntry>,
    /// Who ended it.
    pub ended_by: EndedBy,
    /// Why it failed, where there is more to say than the status.
    pub cause: Option<Cause>,
}

/// A gRPC status.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// 0 is OK.
    pub code: i32,
    /// Its text, percent-decoded.
    pub message: String,
    /// `grpc-status-details-bin`, a serialised `google.rpc.Status`; empty where there was none.
    pub details: Bytes,
}

/// Who ended a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndedBy {
    /// The server, with a status of its own.
    Server,
    /// Our deadline.
    Deadline,
    /// [`Call::cancel`](super::Call::cancel).
    Cancel,
    /// A failure below gRPC: [`Outcome::cause`] says which.
    Failure,
}

/// The engine's end of a call's queue.
#[derive(Clone)]
pub(super) struct EventSender {
    queue: mpsc::Sender<CallEvent>,
    room: Arc<Semaphore>,
    started: Instant,
    wake: Wake,
}

/// The owner's end.
#[derive(Debug)]
pub(super) struct EventReceiver {
    queue: mpsc::Receiver<CallEvent>,
    room: Arc<Semaphore>,
}

/// A queue for one call that started at `started`.
pub(super) fn queue(started: Instant, wake: Wake) -> (EventSender, EventReceiver) {
    let (sender, receiver) = mpsc::channel(QUEUE_LENGTH);
    let room = Arc::new(Semaphore::new(QUEUE_BYTES));
    (EventSender { queue: sender, room: Arc::clone(&room), started, wake }, EventReceiver { queue: receiver, room })
}

impl EventSender {
    /// Stamps it with the present time and waits until the owner has room for it.
    pub(super) async fn send(&self, what: Happened) {
        let event = CallEvent { at: self.started.elapsed(), what };
        let weight = weight(&event);
        if weight > 0 {
            match self.room.acquire_many(weight).await {
                // Given back by the receiver when the event leaves the queue.
                Ok(permit) => permit.forget(),
                Err(_closed) => return,
            }
        }
        // An owner that is gone has cancelled the call: the event is for nobody.
        if self.queue.send(event).await.is_ok() {
            (self.wake)();
        }
    }
}

impl EventReceiver {
    /// The next event if one waits; an error when there never will be another.
    pub(super) fn try_next(&mut self) -> Result<Option<CallEvent>, Ended> {
        match self.queue.try_recv() {
            Ok(event) => Ok(Some(self.released(event))),
            Err(mpsc::error::TryRecvError::Empty) => Ok(None),
            Err(mpsc::error::TryRecvError::Disconnected) => Err(Ended),
        }
    }

    /// The next event; `None` when there never will be another.
    pub(super) async fn next(&mut self) -> Option<CallEvent> {
        let event = self.queue.recv().await?;
        Some(self.released(event))
    }

    fn released(&self, event: CallEvent) -> CallEvent {
        self.room.add_permits(weight(&event) as usize);
        event
    }
}

/// All senders of a queue are gone and it is empty.
#[derive(Debug)]
pub(super) struct Ended;

/// How many permits an event takes of [`QUEUE_BYTES`].
fn weight(event: &CallEvent) -> u32 {
    match &event.what {
        Happened::Sent(message) | Happened::Received(message) if message.len() > SMALL => {
            // One message larger than the whole queue must still pass.
            u32::try_from(message.len().min(QUEUE_BYTES)).unwrap_or(u32::MAX)
        }
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn large_messages_wait_for_room_and_small_ones_do_not() {
        let (sender, mut receiver) = queue(Instant::now(), Arc::new(|| {}));
        sender.send(Happened::Received(Bytes::from(vec![0; QUEUE_BYTES * 2]))).await;
        assert!(sender.send(Happened::Received(Bytes::from(vec![0; SMALL + 1]))).now_or_never().is_none());
        assert!(sender.send(Happened::SendingEnded).now_or_never().is_some());
        assert!(matches!(receiver.next().await.unwrap().what, Happened::Received(_)));
        assert!(sender.send(Happened::Received(Bytes::from(vec![0; SMALL + 1]))).now_or_never().is_some());
    }
}
