//! The messages of a call on their way out: kept, as long as they are few, until the server has answered, so that a
//! call can be tried again.
//!
//! Must not know: connections, gRPC.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
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
pub(super) struct Outbox {
    messages: Mutex<Messages>,
    /// Messages that the owner was told of as sent.
    told: AtomicU64,
    end_told: AtomicBool,
}

#[derive(Debug)]
struct Messages {
    first: vec::IntoIter<Bytes>,
    /// `None` where nothing follows.
    queue: Option<mpsc::Receiver<Bytes>>,
    /// The first message is the last.
    single: bool,
    ended: bool,
    kept: Vec<Bytes>,
    bytes: usize,
    committed: bool,
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
    pub(super) fn new(first: Vec<Bytes>, queue: Option<mpsc::Receiver<Bytes>>, single: bool) -> Arc<Self> {
        let first = first.into_iter();
        let messages = Messages { first, queue, single, ended: false, kept: Vec::new(), bytes: 0, committed: false };
        Arc::new(Self { messages: Mutex::new(messages), told: AtomicU64::new(0), end_told: AtomicBool::new(false) })
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

    /// Whether the message of that number, from 1, is sent for the first time.
    pub(super) fn tells(&self, number: u64) -> bool {
        self.told.fetch_max(number, Ordering::Relaxed) < number
    }

    /// Whether the end of sending is reached for the first time.
    pub(super) fn tells_end(&self) -> bool {
        !self.end_told.swap(true, Ordering::Relaxed)
    }

    fn messages(&self) -> MutexGuard<'_, Messages> {
        self.messages.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Attempt {
    /// The next one; `None` when no more follow.
    pub(super) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        self.outbox.messages().poll_next(&mut self.at, cx)
    }
}

impl Messages {
    fn poll_next(&mut self, at: &mut usize, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        if let Some(message) = self.kept.get(*at) {
            *at += 1;
            return Poll::Ready(Some(message.clone()));
        }
        if self.committed {
            self.kept = Vec::new();
        }
        let message = match self.first.next() {
            _ if self.ended => None,
            Some(message) => Some(message),
            None => match &mut self.queue {
                Some(queue) => ready!(queue.poll_recv(cx)),
                None => None,
            },
        };
        let Some(message) = message else {
            self.ended = true;
            return Poll::Ready(None);
        };
        self.ended = self.single;
        if !self.committed {
            self.bytes += message.len() + EACH;
            if self.bytes > KEPT {
                self.committed = true;
            } else {
                self.kept.push(message.clone());
                *at += 1;
            }
        }
        Poll::Ready(Some(message))
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use super::*;

    fn outbox(first: &[&'static str], single: bool) -> (mpsc::Sender<Bytes>, Arc<Outbox>) {
        let (sender, queue) = mpsc::channel(8);
        let first = first.iter().map(|message| Bytes::from_static(message.as_bytes())).collect();
        (sender, Outbox::new(first, Some(queue), single))
    }

    /// `Pending` where the next message has not come yet.
    fn next(attempt: &mut Attempt) -> Poll<Option<Bytes>> {
        attempt.poll_next(&mut Context::from_waker(Waker::noop()))
    }

    fn check(attempt: &mut Attempt, expected: &'static str) {
        assert_eq!(next(attempt), Poll::Ready(Some(Bytes::from_static(expected.as_bytes()))));
    }

    #[test]
    fn a_second_attempt_sends_the_same_and_goes_on() {
        let (sender, outbox) = outbox(&["a", "b"], false);
        let mut attempt = outbox.attempt();
        check(&mut attempt, "a");
        check(&mut attempt, "b");
        assert_eq!(next(&mut attempt), Poll::Pending);
        sender.try_send(Bytes::from_static(b"c")).unwrap();
        let mut attempt = outbox.attempt();
        check(&mut attempt, "a");
        // What is still to be sent again is sent even so.
        outbox.commit();
        check(&mut attempt, "b");
        check(&mut attempt, "c");
        drop(sender);
        assert_eq!(next(&mut attempt), Poll::Ready(None));
    }

    #[test]
    fn a_single_message_is_the_last() {
        let (_sender, outbox) = outbox(&["a"], true);
        for _ in 0..2 {
            let mut attempt = outbox.attempt();
            check(&mut attempt, "a");
            assert_eq!(next(&mut attempt), Poll::Ready(None));
        }
    }

    #[test]
    fn everything_is_told_once() {
        let (_sender, outbox) = outbox(&[], false);
        assert!(outbox.tells(1) && outbox.tells(2) && outbox.tells_end());
        assert!(!outbox.tells(1) && !outbox.tells(2) && !outbox.tells_end());
        assert!(outbox.tells(3));
    }

    #[test]
    fn much_is_not_kept() {
        let (sender, outbox) = outbox(&[], false);
        let mut attempt = outbox.attempt();
        sender.try_send(Bytes::from(vec![0; KEPT - EACH])).unwrap();
        assert!(next(&mut attempt).is_ready());
        assert!(!outbox.is_committed());
        sender.try_send(Bytes::new()).unwrap();
        assert!(next(&mut attempt).is_ready());
        assert!(outbox.is_committed());
    }
}
