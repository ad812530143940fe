//! One piece of work for each of many items, on all cores.
//!
//! Must not know: what the work is.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

/// How many threads run at a time.
pub(super) fn cores() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// Does the same with each, on so many threads. In the order of the items; `None` where it panicked.
pub(super) fn in_parallel<T: Sync, R: Send>(
    threads: usize,
    items: &[T],
    work: impl Fn(&T) -> R + Sync,
) -> Vec<Option<R>> {
    let next = AtomicUsize::new(0);
    let results: Mutex<Vec<Option<R>>> = Mutex::new(items.iter().map(|_| None).collect());
    let take = || {
        while let index = next.fetch_add(1, Ordering::Relaxed)
            && let Some(item) = items.get(index)
        {
            if let Ok(result) = catch_unwind(AssertUnwindSafe(|| work(item))) {
                results.lock().unwrap_or_else(PoisonError::into_inner)[index] = Some(result);
            }
        }
    };
    let threads = threads.min(items.len());
    thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(take);
        }
        take();
    });
    results.into_inner().unwrap_or_else(PoisonError::into_inner)
}
