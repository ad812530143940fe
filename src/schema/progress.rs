//! How far a piece of work has come, seen from outside, and the way to ask it to end.
//!
//! Must not know: what the work is, threads.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// How far a piece of work has come. Copies are the same progress: one goes with the work, one stays with its owner.
#[derive(Clone, Debug, Default)]
pub struct Progress(Arc<State>);

#[derive(Debug, Default)]
struct State {
    done: AtomicUsize,
    total: AtomicUsize,
    is_cancelled: AtomicBool,
}

impl Progress {
    /// One more thing is done.
    pub fn step(&self) {
        self.0.done.fetch_add(1, Ordering::Relaxed);
    }

    /// So many more things are to be done.
    pub fn expect(&self, more: usize) {
        self.0.total.fetch_add(more, Ordering::Relaxed);
    }

    /// How many things are done.
    #[must_use]
    pub fn done(&self) -> usize {
        self.0.done.load(Ordering::Relaxed)
    }

    /// How many things are to be done in all, as far as that is known; never less than those done.
    #[must_use]
    pub fn total(&self) -> usize {
        self.0.total.load(Ordering::Relaxed).max(self.done())
    }

    /// Asks the work to end; it ends at the next place where it looks.
    pub fn cancel(&self) {
        self.0.is_cancelled.store(true, Ordering::Relaxed);
    }

    /// Whether the work is to end.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.0.is_cancelled.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_see_the_same() {
        let work = Progress::default();
        let owner = work.clone();
        work.step();
        assert_eq!((owner.done(), owner.total()), (1, 1), "nothing was expected");
        work.expect(3);
        assert_eq!((owner.done(), owner.total(), work.is_cancelled()), (1, 3, false));
        owner.cancel();
        assert!(work.is_cancelled());
    }
}
