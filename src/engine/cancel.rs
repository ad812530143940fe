//! The wish of a call's owner that the call ends, and the task that hears it.
//!
//! Must not know: what ends, and how.

use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;

use futures_util::task::AtomicWaker;

/// The wish, shared by the call's handle and its one task.
#[derive(Clone, Debug, Default)]
pub(super) struct Cancel(Arc<Wish>);

#[derive(Debug, Default)]
struct Wish {
    uttered: AtomicBool,
    listener: AtomicWaker,
}

impl Cancel {
    /// Utters it; once is enough.
    pub(super) fn cancel(&self) {
        self.0.uttered.store(true, Ordering::Release);
        self.0.listener.wake();
    }

    /// Whether it was uttered.
    pub(super) fn is_cancelled(&self) -> bool {
        self.0.uttered.load(Ordering::Acquire)
    }

    /// Waits until it is uttered. Of several that wait only the last is woken.
    pub(super) async fn cancelled(&self) {
        poll_fn(|cx| {
            self.0.listener.register(cx.waker());
            if self.is_cancelled() { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }

    /// Whether everybody else has let go of it.
    pub(super) fn is_alone(&self) -> bool {
        Arc::strong_count(&self.0) == 1
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn the_listener_is_woken() {
        let cancel = Cancel::default();
        assert!(cancel.cancelled().now_or_never().is_none() && !cancel.is_cancelled() && cancel.is_alone());
        let heard = cancel.clone();
        assert!(!cancel.is_alone());
        let listening = tokio::spawn(async move { heard.cancelled().await });
        tokio::task::yield_now().await;
        cancel.cancel();
        listening.await.unwrap();
        assert!(cancel.is_cancelled() && cancel.is_alone());
    }
}
