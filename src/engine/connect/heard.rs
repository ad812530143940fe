//! What the peer of a channel was last heard to speak, so that only the channel's first connection has to find out.
//!
//! Must not know: how it is found out.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::engine::tap::{Facts, Speech, recognise};

/// The latest connection of HTTP/1.1 that was made because the peer would not speak HTTP/2, with its address.
#[derive(Debug, Default)]
pub(in crate::engine) struct Heard(Mutex<Option<(String, Arc<Facts>)>>);

impl Heard {
    /// Notes a connection of HTTP/1.1.
    pub(super) fn note(&self, address: String, facts: &Arc<Facts>) {
        *self.latest() = Some((address, Arc::clone(facts)));
    }

    /// Whether that address speaks HTTP/1.1, as far as is known: it did on the latest connection, or that one has
    /// heard nothing yet.
    pub(super) fn is_http1(&self, address: &str) -> bool {
        self.latest().as_ref().is_some_and(|(known, facts)| {
            known == address
                && match recognise(&facts.first()) {
                    Speech::Http1(_) => true,
                    Speech::Nothing => !facts.has_ended(),
                    Speech::Http2 | Speech::Tls | Speech::Other(_) => false,
                }
        })
    }

    /// The peer may be another one by now.
    pub(in crate::engine) fn forget(&self) {
        *self.latest() = None;
    }

    fn latest(&self) -> MutexGuard<'_, Option<(String, Arc<Facts>)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
