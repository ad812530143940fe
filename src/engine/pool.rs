//! The live connections, one for each [`ConnectionSpec`]: reused while healthy, replaced after a GOAWAY or a break.
//!
//! Must not know: calls, gRPC.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::time::{Instant, timeout_at};

use super::connect::{self, Connection, addresses_text};
use super::credentials::Tokens;
use super::event::{EventSender, Happened};
use super::{Cause, Peer};
use crate::request::ConnectionSpec;

/// At most one connection, or somebody who opens it while others wait.
type Slot = Arc<tokio::sync::Mutex<Option<Arc<Connection>>>>;

/// Connections by what they were made for.
#[derive(Debug, Default)]
pub(super) struct Pool {
    /// What calls on them identify themselves with.
    pub(super) tokens: Arc<Tokens>,
    slots: Mutex<HashMap<ConnectionSpec, Slot>>,
}

impl Pool {
    /// The connection for a call, and the peer as its events tell it. Calls that come at the same time share one
    /// attempt; when it fails each makes its own, within its own connect timeout.
    ///
    /// # Errors
    ///
    /// Why none could be opened.
    pub(super) async fn connection(
        &self,
        spec: &ConnectionSpec,
        events: &EventSender,
    ) -> Result<(Arc<Connection>, Peer), Cause> {
        let slot = self.slot(spec);
        let deadline = Instant::now() + spec.connect_timeout;
        let address = || addresses_text(spec);
        let mut slot = timeout_at(deadline, slot.lock_owned())
            .await
            .map_err(|_late| Cause::ConnectTimeout { address: address() })?;
        if let Some(connection) = slot.as_ref().filter(|connection| connection.is_healthy()) {
            return Ok((Arc::clone(connection), Peer { reused: true, ..connection.peer.clone() }));
        }
        // Let go of the broken one first: its running calls hold it as long as they need it.
        *slot = None;
        events.send(Happened::Connecting { address: address() }).await;
        let connection = Arc::new(connect::open(spec).await?);
        *slot = Some(Arc::clone(&connection));
        let peer = connection.peer.clone();
        Ok((connection, peer))
    }

    fn slot(&self, spec: &ConnectionSpec) -> Slot {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        // Targets that failed or went away leave nothing behind.
        slots.retain(|known, slot| {
            known == spec
                || Arc::strong_count(slot) > 1
                || slot.try_lock().is_ok_and(|slot| slot.as_ref().is_some_and(|connection| connection.is_healthy()))
        });
        Arc::clone(slots.entry(spec.clone()).or_default())
    }
}
