//! The way of events to the owner of a call: a queue bounded by count and by bytes, which slows the receiving down when
//! its owner is slow and never drops anything. Its owner takes all that is there at once, and is told of many events
//! once: what a small message costs is mostly the passing on.
//!
//! Must not know: HTTP/2, connections, what the events mean.

use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::mem;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use super::Wake;
use super::event::{CallEvent, Happened, Outcome, Payload};

/// Events that may wait for the owner of a call, and as many again that it has taken out and not yet looked at.
const LENGTH: usize = 4096;
/// Bytes of messages that may wait so.
const BYTES: usize = 8 << 20;

/// A queue for one call that started at `started`.
pub(super) fn queue(started: Instant, wake: Wake) -> (EventSender, EventReceiver) {
    let shared = Arc::new(Shared { started, wake, state: Mutex::default() });
    shared.state().senders = 1;
    (EventSender(Arc::clone(&shared)), EventReceiver { shared, taken: VecDeque::new() })
}

/// The engine's end of a call's queue.
pub(super) struct EventSender(Arc<Shared>);

/// The owner's end.
#[derive(Debug)]
pub(super) struct EventReceiver {
    shared: Arc<Shared>,
    /// Out of the queue, in order.
    taken: VecDeque<Waiting>,
}

/// All senders of a queue are gone and it is empty.
#[derive(Debug)]
pub(super) struct Ended;

struct Shared {
    started: Instant,
    wake: Wake,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    events: VecDeque<Waiting>,
    /// Bytes of the messages in `events`.
    bytes: usize,
    /// Something was put in that the owner has not been told of.
    news: bool,
    senders: usize,
    /// The last event is in; what comes now is too late.
    closed: bool,
    reader: Option<Waker>,
    writers: Vec<Waker>,
}

/// An event, as small as the frequent ones are.
#[derive(Debug)]
enum Waiting {
    Sent(Duration, Payload),
    Received(Duration, Payload),
    Other(Box<CallEvent>),
}

impl Waiting {
    fn new(at: Duration, what: Happened) -> Self {
        match what {
            Happened::Sent(payload) => Self::Sent(at, payload),
            Happened::Received(payload) => Self::Received(at, payload),
            what => Self::Other(Box::new(CallEvent { at, what })),
        }
    }

    fn bytes(&self) -> usize {
        match self {
            Self::Sent(_, payload) | Self::Received(_, payload) => payload.message.len(),
            Self::Other(_) => 0,
        }
    }

    fn event(self) -> CallEvent {
        match self {
            Self::Sent(at, payload) => CallEvent { at, what: Happened::Sent(payload) },
            Self::Received(at, payload) => CallEvent { at, what: Happened::Received(payload) },
            Self::Other(event) => *event,
        }
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells the owner of what it has not been told of.
    fn announce(&self) {
        let reader = {
            let mut state = self.state();
            if !mem::take(&mut state.news) {
                return;
            }
            state.reader.take()
        };
        if let Some(reader) = reader {
            reader.wake();
        }
        (self.wake)();
    }
}

impl EventSender {
    /// Stamps it with the present time, waits until the owner has room for it, and tells the owner.
    pub(super) async fn send(&self, what: Happened) {
        self.put([what]).await;
        self.0.announce();
    }

    /// As [`EventSender::send`] with several that happened at the same time. The owner is told when there is no room,
    /// and at the end of the present turn of [`EventSender::announcing`].
    pub(super) async fn put(&self, events: impl IntoIterator<Item = Happened>) {
        let at = self.0.started.elapsed();
        let mut events = events.into_iter();
        // One event larger than the whole queue must still pass.
        poll_fn(|cx| {
            let mut state = self.0.state();
            if state.closed {
                return Poll::Ready(());
            }
            if state.events.len() < LENGTH && state.bytes < BYTES {
                for what in &mut events {
                    let event = Waiting::new(at, what);
                    state.bytes += event.bytes();
                    state.events.push_back(event);
                    state.news = true;
                }
                return Poll::Ready(());
            }
            if !state.writers.iter().any(|writer| writer.will_wake(cx.waker())) {
                state.writers.push(cx.waker().clone());
            }
            drop(state);
            self.0.announce();
            Poll::Pending
        })
        .await;
    }

    /// Runs work that puts events in; the owner is told once for all that happened in each of its turns.
    pub(super) async fn announcing<T>(&self, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        poll_fn(|cx: &mut Context<'_>| {
            let polled = work.as_mut().poll(cx);
            self.0.announce();
            polled
        })
        .await
    }

    /// Puts the last event in; nothing comes after it.
    pub(super) fn finish(self, outcome: Outcome) {
        let at = self.0.started.elapsed();
        {
            let mut state = self.0.state();
            if state.closed {
                return;
            }
            state.events.push_back(Waiting::new(at, Happened::Finished(outcome)));
            state.news = true;
            state.closed = true;
        }
        self.0.announce();
    }
}

impl Clone for EventSender {
    fn clone(&self) -> Self {
        self.0.state().senders += 1;
        Self(Arc::clone(&self.0))
    }
}

impl Drop for EventSender {
    fn drop(&mut self) {
        let reader = {
            let mut state = self.0.state();
            state.senders -= 1;
            if state.senders == 0 { state.reader.take() } else { None }
        };
        if let Some(reader) = reader {
            reader.wake();
        }
    }
}

impl EventReceiver {
    /// The next event if one waits; an error when there never will be another.
    pub(super) fn try_next(&mut self) -> Result<Option<CallEvent>, Ended> {
        if self.taken.is_empty() && !self.take(None) {
            return Err(Ended);
        }
        Ok(self.taken.pop_front().map(Waiting::event))
    }

    /// The next event; `None` when there never will be another. Safe to drop while it waits.
    pub(super) async fn next(&mut self) -> Option<CallEvent> {
        poll_fn(|cx| {
            if self.taken.is_empty() && !self.take(Some(cx.waker())) {
                return Poll::Ready(None);
            }
            self.taken.pop_front().map_or(Poll::Pending, |event| Poll::Ready(Some(event.event())))
        })
        .await
    }

    /// Takes all that waits, or leaves word whom to wake; `false` when nothing will ever come.
    fn take(&mut self, waker: Option<&Waker>) -> bool {
        let writers = {
            let mut state = self.shared.state();
            if state.events.is_empty() {
                if state.senders == 0 {
                    return false;
                }
                if let Some(waker) = waker {
                    state.reader = Some(waker.clone());
                }
                return true;
            }
            mem::swap(&mut self.taken, &mut state.events);
            state.bytes = 0;
            mem::take(&mut state.writers)
        };
        for writer in writers {
            writer.wake();
        }
        true
    }
}

impl Drop for EventReceiver {
    fn drop(&mut self) {
        let (writers, events) = {
            let mut state = self.shared.state();
            state.closed = true;
            (mem::take(&mut state.writers), mem::take(&mut state.events))
        };
        drop(events);
        for writer in writers {
            writer.wake();
        }
    }
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").field("waiting", &self.state().events.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use bytes::Bytes;
    use futures_util::FutureExt as _;

    use super::*;
    use crate::engine::Cause;

    fn received(length: usize) -> Happened {
        Happened::Received(Payload::plain(Bytes::from(vec![0; length])))
    }

    #[tokio::test]
    async fn what_comes_waits_for_room_by_bytes_and_by_count() {
        let (sender, mut receiver) = queue(Instant::now(), Arc::new(|| {}));
        sender.send(received(BYTES * 2)).await;
        assert!(sender.send(received(1)).now_or_never().is_none());
        assert!(matches!(receiver.next().await.unwrap().what, Happened::Received(_)));
        for _ in 0..LENGTH {
            sender.send(Happened::SendingEnded).now_or_never().unwrap();
        }
        let mut late = Box::pin(sender.send(Happened::SendingEnded));
        assert!(late.as_mut().now_or_never().is_none());
        let task = tokio::spawn(async move { std::iter::from_fn(|| receiver.try_next().ok().flatten()).count() });
        assert_eq!(task.await.unwrap(), LENGTH);
        // Nobody will read it any more.
        late.await;
    }

    #[tokio::test]
    async fn a_writer_that_waits_is_woken() {
        let (sender, mut receiver) = queue(Instant::now(), Arc::new(|| {}));
        let task = tokio::spawn(async move {
            for _ in 0..3 * LENGTH {
                sender.send(received(BYTES / 100)).await;
            }
        });
        let mut count = 0;
        while receiver.next().await.is_some() {
            count += 1;
        }
        assert_eq!(count, 3 * LENGTH);
        task.await.unwrap();
    }

    #[tokio::test]
    async fn one_turn_tells_the_owner_once() {
        let wakes = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&wakes);
        let wake: Wake = Arc::new(move || {
            counted.fetch_add(1, Ordering::Relaxed);
        });
        let (sender, mut receiver) = queue(Instant::now(), wake);
        sender
            .announcing(async {
                sender.put([received(1), received(2)]).await;
                sender.put([Happened::SendingEnded]).await;
            })
            .await;
        assert_eq!(wakes.load(Ordering::Relaxed), 1);
        assert_eq!(std::iter::from_fn(|| receiver.try_next().unwrap()).count(), 3);
        sender.announcing(async {}).await;
        assert_eq!(wakes.load(Ordering::Relaxed), 1);
    }

    #[tokio::test]
    async fn nothing_comes_after_the_end() {
        let (sender, mut receiver) = queue(Instant::now(), Arc::new(|| {}));
        let late = sender.clone();
        sender.finish(Cause::Refused { address: String::new() }.into_outcome());
        late.send(received(1)).await;
        assert!(matches!(receiver.try_next(), Ok(Some(CallEvent { what: Happened::Finished(_), .. }))));
        assert!(matches!(receiver.try_next(), Ok(None)));
        drop(late);
        assert!(receiver.try_next().is_err());
        assert!(receiver.next().await.is_none());
    }
}
