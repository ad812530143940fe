//! The messages of a call on their way out: kept, as long as they are few, until the server has answered, so that a
//! call can be tried again.
//!
//! Must not know: connections, gRPC.

use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::vec;

use bytes::Bytes;
use tokio::sync::mpsc;

/// Bytes of messages that are kept for another attempt, as in gRPC. A call that has sent more is not tried again.
const KEPT: usize = 256 << 10;
/// What a message counts for beside its bytes.
const EACH: usize = 32;

/// The messages of one call, for all its attempts.
#[derive(Debug)]
pub(super) struct Outbox(Mutex<Messages>);

#[derive(Debug)]
struct Messages {
    first: vec::IntoIter<Bytes>,
    queue: mpsc::Receiver<Bytes>,
    /// The first message is the last.
    single: bool,
    end: End,
    kept: Vec<Bytes>,
    bytes: usize,
    committed: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// More may come.
    Open,
    /// Nothing more comes.
    Reached,
    /// An attempt came to it.
    Told,
}

/// What an attempt sends next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Outgoing {
    /// A message; `again` where an earlier attempt has sent it.
    Message { message: Bytes, again: bool },
    /// No more follow; `again` where an earlier attempt came so far.
    End { again: bool },
}

/// One attempt's way through the messages.
#[derive(Debug)]
pub(super) struct Attempt {
    outbox: Arc<Outbox>,
    /// How many of the kept ones it has taken.
    at: usize,
}

impl Outbox {
    /// First what a call begins with, then what is queued.
    pub(super) fn new(first: Vec<Bytes>, queue: mpsc::Receiver<Bytes>, single: bool) -> Arc<Self> {
        let first = first.into_iter();
        let (kept, bytes) = (Vec::new(), 0);
        let messages = Messages { first, queue, single, end: End::Open, kept, bytes, committed: false };
        Arc::new(Self(Mutex::new(messages)))
    }

    /// All messages from the first; the attempts before must be over.
    pub(super) fn attempt(self: &Arc<Self>) -> Attempt {
        Attempt { outbox: Arc::clone(self), at: 0 }
    }

    /// There will be no further attempt: nothing need be kept.
    pub(super) fn commit(&self) {
        self.messages().committed = true;
    }

    /// Whether there can be no further attempt.
    pub(super) fn is_committed(&self) -> bool {
        self.messages().committed
    }

    fn messages(&self) -> MutexGuard<'_, Messages> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Attempt {
    /// Waits for the next one.
    pub(super) async fn next(&mut self) -> Outgoing {
        poll_fn(|cx| self.outbox.messages().poll_next(&mut self.at, cx)).await
    }
}

impl Messages {
    fn poll_next(&mut self, at: &mut usize, cx: &mut Context<'_>) -> Poll<Outgoing> {
        if let Some(message) = self.kept.get(*at) {
            *at += 1;
            return Poll::Ready(Outgoing::Message { message: message.clone(), again: true });
        }
        if self.committed {
            self.kept = Vec::new();
        }
        let message = match self.first.next() {
            _ if self.end != End::Open => None,
            Some(message) => Some(message),
            None => ready!(self.queue.poll_recv(cx)),
        };
        let Some(message) = message else {
            return Poll::Ready(Outgoing::End { again: std::mem::replace(&mut self.end, End::Told) == End::Told });
        };
        if self.single {
            self.end = End::Reached;
        }
        if !self.committed {
            self.bytes += message.len() + EACH;
            if self.bytes > KEPT {
                self.committed = true;
            } else {
                self.kept.push(message.clone());
                *at += 1;
            }
        }
        Poll::Ready(Outgoing::Message { message, again: false })
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    fn outbox(first: &[&'static str], single: bool) -> (mpsc::Sender<Bytes>, Arc<Outbox>) {
        let (sender, queue) = mpsc::channel(8);
        let first = first.iter().map(|message| Bytes::from_static(message.as_bytes())).collect();
        (sender, Outbox::new(first, queue, single))
    }

    fn message(text: &'static str, again: bool) -> Outgoing {
        Outgoing::Message { message: Bytes::from_static(text.as_bytes()), again }
    }

    fn next(attempt: &mut Attempt) -> Option<Outgoing> {
        attempt.next().now_or_never()
    }

    #[test]
    fn a_second_attempt_sends_the_same_and_goes_on() {
        let (sender, outbox) = outbox(&["a", "b"], false);
        let mut attempt = outbox.attempt();
        assert_eq!(next(&mut attempt), Some(message("a", false)));
        assert_eq!(next(&mut attempt), Some(message("b", false)));
        assert_eq!(next(&mut attempt), None);
        sender.try_send(Bytes::from_static(b"c")).unwrap();
        let mut attempt = outbox.attempt();
        assert_eq!(next(&mut attempt), Some(message("a", true)));
        // What is still to be sent again is sent even so.
        outbox.commit();
        assert_eq!(next(&mut attempt), Some(message("b", true)));
        assert_eq!(next(&mut attempt), Some(message("c", false)));
        drop(sender);
        assert_eq!(next(&mut attempt), Some(Outgoing::End { again: false }));
    }

    #[test]
    fn the_end_is_told_once() {
        let (_sender, outbox) = outbox(&["a"], true);
        let mut attempt = outbox.attempt();
        assert_eq!(next(&mut attempt), Some(message("a", false)));
        assert_eq!(next(&mut attempt), Some(Outgoing::End { again: false }));
        let mut attempt = outbox.attempt();
        assert_eq!(next(&mut attempt), Some(message("a", true)));
        assert_eq!(next(&mut attempt), Some(Outgoing::End { again: true }));
    }

    #[test]
    fn much_is_not_kept() {
        let (sender, outbox) = outbox(&[], false);
        let mut attempt = outbox.attempt();
        sender.try_send(Bytes::from(vec![0; KEPT - EACH])).unwrap();
        assert!(next(&mut attempt).is_some());
        assert!(!outbox.is_committed());
        sender.try_send(Bytes::new()).unwrap();
        assert!(next(&mut attempt).is_some());
        assert!(outbox.is_committed());
    }
}
