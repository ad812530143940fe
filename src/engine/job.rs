//! One answer to come: work on the engine's threads, with a face for the window and one for the terminal.
//!
//! Must not know: calls, connections.

use std::any::Any;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::FutureExt as _;
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::task::AbortHandle;

use super::Wake;

/// One answer to come. Dropping it drops the work (blocking work that has begun runs to its end, unheard).
#[derive(Debug)]
pub struct Job<T> {
    /// `None` once the answer was taken.
    answer: Option<oneshot::Receiver<Result<T, Panicked>>>,
    work: AbortHandle,
    progress: Arc<Progress>,
}

/// How far a job has come, told by the job while it works.
#[derive(Debug, Default)]
pub(super) struct Progress {
    done: AtomicUsize,
    total: AtomicUsize,
}

impl Progress {
    /// Says how many steps there are.
    pub(super) fn set_total(&self, total: usize) {
        self.total.store(total, Ordering::Relaxed);
    }

    /// Says that a step is done, where it counts.
    pub(super) fn step(&self, counts: bool) {
        self.done.fetch_add(usize::from(counts), Ordering::Relaxed);
    }
}

/// The work of a job panicked: a fault of ours, shown as such.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("internal error: {0}")]
pub struct Panicked(pub String);

impl Panicked {
    /// From what `catch_unwind` caught.
    pub(super) fn from_payload(payload: &(dyn Any + Send)) -> Self {
        let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
        Self(text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_else(|| "a panic".to_owned()))
    }

    /// The engine was dropped before the work was done.
    fn shut_down() -> Self {
        Self("the engine was shut down".to_owned())
    }
}

impl<T: Send + 'static> Job<T> {
    /// Runs a future.
    pub(super) fn spawn(runtime: &Handle, wake: Wake, work: impl Future<Output = T> + Send + 'static) -> Self {
        let (sender, receiver) = oneshot::channel();
        let task = runtime.spawn(async move {
            let answer = AssertUnwindSafe(work).catch_unwind().await;
            deliver(sender, answer, &wake);
        });
        Self { answer: Some(receiver), work: task.abort_handle(), progress: Arc::default() }
    }

    /// Runs blocking work.
    pub(super) fn spawn_blocking(runtime: &Handle, wake: Wake, work: impl FnOnce() -> T + Send + 'static) -> Self {
        let (sender, receiver) = oneshot::channel();
        let task = runtime.spawn_blocking(move || {
            // Dropped before it began: nobody waits for the answer.
            if !sender.is_closed() {
                let answer = std::panic::catch_unwind(AssertUnwindSafe(work));
                deliver(sender, answer, &wake);
            }
        });
        Self { answer: Some(receiver), work: task.abort_handle(), progress: Arc::default() }
    }
}

/// Hands the answer over, then says so; to a job that was dropped neither.
fn deliver<T>(sender: oneshot::Sender<Result<T, Panicked>>, answer: Result<T, Box<dyn Any + Send>>, wake: &Wake) {
    if sender.send(answer.map_err(|payload| Panicked::from_payload(&*payload))).is_ok() {
        wake();
    }
}

impl<T> Job<T> {
    /// The answer, once, when it is there; `Some(Err(_))` when the work panicked.
    pub fn try_next(&mut self) -> Option<Result<T, Panicked>> {
        let answer = match self.answer.as_mut()?.try_recv() {
            Ok(answer) => answer,
            Err(oneshot::error::TryRecvError::Empty) => return None,
            Err(oneshot::error::TryRecvError::Closed) => Err(Panicked::shut_down()),
        };
        self.answer = None;
        Some(answer)
    }

    /// Steps done, and steps in all; 0 in all where that is not known.
    #[must_use]
    pub fn progress(&self) -> (usize, usize) {
        (self.progress.done.load(Ordering::Relaxed), self.progress.total.load(Ordering::Relaxed))
    }

    /// The same job, whose work tells how far it is there.
    pub(super) fn with_progress(mut self, progress: Arc<Progress>) -> Self {
        self.progress = progress;
        self
    }

    /// Waits for the answer.
    ///
    /// # Errors
    ///
    /// When the work panicked, or the answer was taken before.
    pub async fn wait(mut self) -> Result<T, Panicked> {
        match self.answer.take() {
            Some(answer) => answer.await.unwrap_or_else(|_closed| Err(Panicked::shut_down())),
            None => Err(Panicked("the answer of this job was taken before".to_owned())),
        }
    }
}

impl<T> Drop for Job<T> {
    fn drop(&mut self) {
        self.work.abort();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use super::*;
    use crate::engine::Engine;

    #[test]
    fn a_job_answers_once_and_wakes() {
        let woken = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&woken);
        let engine = Engine::new(move || {
            counter.fetch_add(1, Ordering::SeqCst);
        })
        .unwrap();
        assert_eq!(engine.block_on(engine.job(async { 7 }).wait()), Ok(7));
        assert_eq!(engine.block_on(engine.blocking(|| 8).wait()), Ok(8));
        let (release, gate) = oneshot::channel::<()>();
        let mut job = engine.job(async move { gate.await.is_ok() });
        assert_eq!(job.try_next(), None);
        release.send(()).unwrap();
        let answer = engine.block_on(async {
            loop {
                if let Some(answer) = job.try_next() {
                    break answer;
                }
                tokio::task::yield_now().await;
            }
        });
        assert_eq!(answer, Ok(true));
        assert_eq!(job.try_next(), None);
        // The answer comes before the waking: the last one may still be under way.
        let woken_thrice = async {
            while woken.load(Ordering::SeqCst) < 3 {
                tokio::task::yield_now().await;
            }
        };
        let limit = Duration::from_secs(10);
        let all = engine.block_on(async { tokio::time::timeout(limit, woken_thrice).await });
        assert!(all.is_ok(), "woken {} times", woken.load(Ordering::SeqCst));
    }

    #[test]
    fn a_panic_is_an_answer() {
        let engine = Engine::new(|| {}).unwrap();
        let work = || -> u8 { panic!("number {}", 3) };
        assert_eq!(engine.block_on(engine.blocking(work).wait()), Err(Panicked("number 3".to_owned())));
        let answer = engine.block_on(engine.job(async { panic!("plain") }).wait());
        assert_eq!(answer, Err::<(), _>(Panicked("plain".to_owned())));
    }

    #[test]
    fn dropping_a_job_drops_its_work() {
        let engine = Engine::new(|| {}).unwrap();
        let (alive, gone) = oneshot::channel::<()>();
        let job = engine.job(async move {
            std::future::pending::<()>().await;
            drop(alive);
        });
        drop(job);
        assert!(engine.block_on(async { tokio::time::timeout(std::time::Duration::from_secs(5), gone).await }).is_ok());
    }
}
