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
    /// A step on the way to a connection.
    Step(Step),
    /// The connection stands.
    Connected(Peer),
    /// The request's headers went out.
    Requested {
        /// The HTTP/2 stream of the call; 0 where HTTP/1.1 is spoken.
        stream: u32,
        /// All of them, those of the protocol included, but for HTTP/2's own with a colon.
        headers: Vec<MetadataEntry>,
    },
    /// A message was handed to the connection.
    Sent(Payload),
    /// The sending half was closed.
    SendingEnded,
    /// Response headers.
    Headers(Vec<MetadataEntry>),
    /// A message came.
    Received(Payload),
    /// An attempt failed and another follows.
    Retrying {
        /// Which attempt failed, from 1.
        attempt: u32,
        /// How.
        status: Status,
        /// How long the next one waits.
        wait: Duration,
    },
    /// The end, always last.
    Finished(Outcome),
}

/// A message on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payload {
    /// Its encoded bytes, not compressed.
    pub message: Bytes,
    /// Its length on the wire, without the head of five bytes, where it was compressed; `None` where it was not.
    pub compressed: Option<u32>,
}

impl Payload {
    /// A message that was not compressed.
    #[must_use]
    pub const fn plain(message: Bytes) -> Self {
        Self { message, compressed: None }
    }
}

/// A step on the way to a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// A name was looked up.
    LookedUp {
        /// The name.
        host: String,
        /// What it means, in the order of the tries.
        addresses: Vec<String>,
    },
    /// A connection to an address is tried.
    Trying {
        /// `ip:port` or socket path.
        address: String,
    },
    /// That try failed; another may follow, or run beside it.
    Failed {
        /// As in `Trying`.
        address: String,
        /// Why, in plain words.
        reason: String,
    },
    /// The socket stands.
    SocketConnected {
        /// As in `Trying`.
        address: String,
    },
    /// The proxy leads on to the target.
    Tunnelled {
        /// `host:port` of the proxy.
        proxy: String,
    },
    /// TLS stands.
    Secured {
        /// `TLSv1.3`.
        version: String,
    },
    /// A token is asked for.
    FetchingToken {
        /// Where: a URL, a command as it was typed.
        source: String,
    },
    /// The user is to log in, in the browser.
    Browser {
        /// The address to open.
        url: String,
    },
    /// The token is there.
    Token {
        /// As in `FetchingToken`; for one signed here `JWT` and the algorithm.
        source: String,
        /// An earlier call fetched it.
        reused: bool,
    },
    /// The server's first SETTINGS came.
    Settings {
        /// Streams that it allows at a time, where it says so.
        max_streams: Option<u32>,
    },
}

/// What TLS came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsSession {
    /// `TLSv1.3`.
    pub version: String,
    /// The cipher suite.
    pub cipher: String,
    /// The application protocol that was agreed on, `h2`; empty for none.
    pub alpn: String,
    /// The server's certificates, its own first.
    pub chain: Vec<Certificate>,
    /// The certificate was believed without a look at it.
    pub unverified: bool,
}

/// What a certificate says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// Whose it is.
    pub subject: String,
    /// Who signed it.
    pub issuer: String,
    /// Host names and addresses that it is for.
    pub names: Vec<String>,
    /// From when it holds, in seconds since 1970.
    pub not_before: i64,
    /// Until when it holds, in seconds since 1970.
    pub not_after: i64,
    /// Serial number in hex.
    pub serial: String,
    /// SHA-256 of the whole, in hex.
    pub fingerprint: String,
}

/// The other end of a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// IP address and port, or socket path.
    pub address: String,
    /// `None` for plaintext.
    pub tls: Option<Arc<TlsSession>>,
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
        Happened::Sent(Payload { message, .. }) | Happened::Received(Payload { message, .. })
            if message.len() > SMALL =>
        {
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

    fn received(length: usize) -> Happened {
        Happened::Received(Payload::plain(Bytes::from(vec![0; length])))
    }

    #[tokio::test]
    async fn large_messages_wait_for_room_and_small_ones_do_not() {
        let (sender, mut receiver) = queue(Instant::now(), Arc::new(|| {}));
        sender.send(received(QUEUE_BYTES * 2)).await;
        assert!(sender.send(received(SMALL + 1)).now_or_never().is_none());
        assert!(sender.send(Happened::SendingEnded).now_or_never().is_some());
        assert!(matches!(receiver.next().await.unwrap().what, Happened::Received(_)));
        assert!(sender.send(received(SMALL + 1)).now_or_never().is_some());
    }
}
