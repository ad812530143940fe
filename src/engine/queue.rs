//! The way of events to the owner of a call: a queue bounded by count and by bytes, which slows the receiving down when
//! its owner is slow and never drops anything. Its owner takes all that is there at once, and is told of many events
//! once: what a small message costs is mostly the passing on.
//!
//! Must not know: HTTP/2, connections, what the events mean.

use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::mem;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use super::Wake;
use super::event::{CallEvent, Happened, Outcome, Payload};
use super::runs::Run;

/// Events that may wait for the owner of a call, and as many again that it has taken out and not yet looked at.
const LENGTH: usize = 4096;
/// Bytes of messages that may wait so.
const BYTES: usize = 8 << 20;
/// How late an owner may be told of what the call itself did: most often an answer comes first.
const LATER: Duration = Duration::from_millis(1);

/// A queue for one call that started at `started`.
pub(super) fn queue(started: Instant, wake: Wake, later: Later) -> (EventSender, EventReceiver) {
    let shared = Arc::new(Shared { started, wake, later, state: Mutex::default() });
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
    later: Later,
    state: Mutex<State>,
}

/// The queues of an engine whose owners are to be told within [`LATER`].
#[derive(Clone, Debug, Default)]
pub(super) struct Later(Arc<Mutex<Vec<Weak<Shared>>>>);

impl Later {
    fn tell(&self, shared: &Arc<Shared>) {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.push(Arc::downgrade(shared));
        if waiting.len() == 1 {
            let waiting = Arc::clone(&self.0);
            tokio::spawn(async move {
                tokio::time::sleep(LATER).await;
                let waiting = mem::take(&mut *waiting.lock().unwrap_or_else(PoisonError::into_inner));
                for shared in waiting.iter().filter_map(Weak::upgrade) {
                    shared.announce();
                }
            });
        }
    }
}

/// How soon the owner must be told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Tell {
    /// Of nothing.
    #[default]
    Nothing,
    /// Within [`LATER`], for which care is taken already.
    Remembered,
    /// Within [`LATER`].
    Later,
    /// At the end of the present turn.
    Now,
}

#[derive(Default)]
struct State {
    events: VecDeque<Waiting>,
    /// How many events these are.
    count: usize,
    /// Bytes of the messages in `events`.
    bytes: usize,
    /// The time of the newest event.
    newest: Duration,
    /// What was put in that the owner has not been told of.
    news: Tell,
    senders: usize,
    /// The last event is in; what comes now is too late.
    closed: bool,
    reader: Option<Waker>,
    writers: Vec<Waker>,
}

/// An event, as small as the frequent ones are.
#[derive(Debug)]
struct Waiting {
    at: Duration,
    what: News,
}

/// What is put into a queue.
#[derive(Debug)]
pub(super) enum News {
    /// Plain messages came.
    Run(Run),
    /// Anything else.
    Other(Happened),
}

impl From<Happened> for News {
    fn from(what: Happened) -> Self {
        Self::Other(what)
    }
}

impl From<Run> for News {
    fn from(run: Run) -> Self {
        Self::Run(run)
    }
}

impl News {
    fn count(&self) -> usize {
        if let Self::Run(run) = self { run.count() } else { 1 }
    }

    fn bytes(&self) -> usize {
        match self {
            Self::Other(Happened::Sent(payload) | Happened::Received(payload)) => payload.message.len(),
            Self::Run(run) => run.bytes(),
            Self::Other(_) => 0,
        }
    }

    fn tell(&self) -> Tell {
        match self {
            // What the owner wanted to happen.
            Self::Other(
                Happened::Connected(_) | Happened::Requested { .. } | Happened::Sent(_) | Happened::SendingEnded,
            ) => Tell::Later,
            Self::Run(_) | Self::Other(_) => Tell::Now,
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
            if mem::take(&mut state.news) == Tell::Nothing {
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
    /// Stamps it with the present time, waits until the owner has room for it, and tells the owner. Times never go back.
    pub(super) async fn send(&self, what: Happened) {
        self.put([what]).await;
        self.0.announce();
    }

    /// As [`EventSender::send`] with several that happened at the same time. The owner is told when there is no room,
    /// and at the end of the present turn of [`EventSender::announcing`] or soon after.
    pub(super) async fn put(&self, events: impl IntoIterator<Item = impl Into<News>>) {
        let at = self.0.started.elapsed();
        let mut events = events.into_iter();
        // One event larger than the whole queue must still pass.
        poll_fn(|cx| {
            let mut state = self.0.state();
            if state.closed {
                return Poll::Ready(());
            }
            if state.count < LENGTH && state.bytes < BYTES {
                // Of two that waited for room the earlier one may come later.
                state.newest = state.newest.max(at);
                let at = state.newest;
                for what in &mut events {
                    let what = what.into();
                    state.count += what.count();
                    state.bytes += what.bytes();
                    let tell = what.tell();
                    if tell == Tell::Now || state.news == Tell::Nothing {
                        state.news = tell;
                    }
                    state.events.push_back(Waiting { at, what });
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
            let mut state = self.0.state();
            match state.news {
                Tell::Nothing | Tell::Remembered => {}
                Tell::Later => {
                    state.news = Tell::Remembered;
                    drop(state);
                    self.0.later.tell(&self.0);
                }
                Tell::Now => {
                    drop(state);
                    self.0.announce();
                }
            }
            polled
        })
        .await
    }

    /// Puts the last event in; nothing comes after it.
    pub(super) fn finish(self, outcome: Outcome) {
        let at = self.0.started.elapsed();
        let mut state = self.0.state();
        if state.closed {
            return;
        }
        let at = state.newest.max(at);
        state.events.push_back(Waiting { at, what: Happened::Finished(Box::new(outcome)).into() });
        state.news = Tell::Now;
        state.closed = true;
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
        match self.pop() {
            None if !self.take(None) => Err(Ended),
            None => Ok(self.pop()),
            event => Ok(event),
        }
    }

    /// The next event; `None` when there never will be another. Safe to drop while it waits.
    pub(super) async fn next(&mut self) -> Option<CallEvent> {
        poll_fn(|cx| match self.pop() {
            None if !self.take(Some(cx.waker())) => Poll::Ready(None),
            None => self.pop().map_or(Poll::Pending, |event| Poll::Ready(Some(event))),
            event => Poll::Ready(event),
        })
        .await
    }

    /// The first event of those that were taken out, which may be none though others wait.
    pub(super) fn pop(&mut self) -> Option<CallEvent> {
        loop {
            let Waiting { at, what } = self.taken.front_mut()?;
            if let News::Run(run) = what
                && let Some(message) = run.next()
            {
                return Some(CallEvent { at: *at, what: Happened::Received(Payload::plain(message)) });
            }
            let Waiting { at, what } = self.taken.pop_front()?;
            if let News::Other(what) = what {
                return Some(CallEvent { at, what });
            }
        }
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
            (state.count, state.bytes) = (0, 0);
            state.news = Tell::Nothing;
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
        let (sender, mut receiver) = queue(Instant::now(), Arc::new(|| {}), Later::default());
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
        let (sender, mut receiver) = queue(Instant::now(), Arc::new(|| {}), Later::default());
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
        let (sender, mut receiver) = queue(Instant::now(), wake, Later::default());
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

    #[tokio::test(start_paused = true)]
    async fn what_the_owner_wanted_is_told_with_the_next_or_soon() {
        let wakes = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&wakes);
        let wake: Wake = Arc::new(move || {
            counted.fetch_add(1, Ordering::Relaxed);
        });
        let (sender, mut receiver) = queue(Instant::now(), wake, Later::default());
        let put = async |events: Vec<Happened>| sender.announcing(sender.put(events)).await;
        put(vec![Happened::SendingEnded]).await;
        put(vec![Happened::SendingEnded]).await;
        assert_eq!(wakes.load(Ordering::Relaxed), 0);
        put(vec![received(1)]).await;
        assert_eq!(wakes.load(Ordering::Relaxed), 1);
        put(vec![Happened::SendingEnded]).await;
        tokio::time::sleep(LATER * 2).await;
        assert_eq!(wakes.load(Ordering::Relaxed), 2);
        assert_eq!(std::iter::from_fn(|| receiver.try_next().unwrap()).count(), 4);
        tokio::time::sleep(LATER * 2).await;
        assert_eq!(wakes.load(Ordering::Relaxed), 2);
    }

    #[tokio::test]
    async fn nothing_comes_after_the_end() {
        let (sender, mut receiver) = queue(Instant::now(), Arc::new(|| {}), Later::default());
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
