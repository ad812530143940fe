//! What a channel remembers: its connections, the states that it went through, its failures.
//!
//! Must not know: who changes it, or under which lock.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::SystemTime;

use tokio::sync::mpsc;
use tokio::time::Instant;

use super::facts::{ChannelFailure, ChannelState, RoundTrip, StateChange, Why};
use super::tend::{Asker, Vitals};
use crate::engine::Cause;
use crate::engine::connect::Connection;
use crate::engine::tap::GoAway;

/// Steps of a history that are kept.
const HISTORY: usize = 64;

/// What is known of a channel at a moment, and what became of it so far.
#[derive(Default)]
pub(super) struct Record {
    /// Takes new calls.
    pub(super) current: Option<Arc<Live>>,
    /// All that have not ended, the current one last.
    pub(super) living: Vec<Arc<Vitals>>,
    pub(super) state: ChannelState,
    pub(super) history: VecDeque<StateChange>,
    pub(super) dropped: u64,
    pub(super) connections: u64,
    /// Of connections that ended.
    pub(super) traffic: (u64, u64),
    pub(super) round_trip: Option<RoundTrip>,
    pub(super) goaway: Option<GoAway>,
    pub(super) last_failure: Option<ChannelFailure>,
    /// Attempts that failed one after the other.
    pub(super) failures: u32,
    pub(super) next_try: Option<Instant>,
}

/// A connection that is held by somebody. When nobody holds it, it closes itself.
pub(super) struct Live {
    pub(super) connection: Arc<Connection>,
    pub(super) vitals: Arc<Vitals>,
    pub(super) ask: mpsc::Sender<Asker>,
}

impl Record {
    pub(super) fn is_current(&self, vitals: &Arc<Vitals>) -> bool {
        self.current.as_ref().is_some_and(|live| Arc::ptr_eq(&live.vitals, vitals))
    }

    /// What failed so far keeps nobody waiting any longer.
    pub(super) fn forget_failures(&mut self) {
        self.failures = 0;
        self.next_try = None;
    }

    pub(super) fn enter(&mut self, state: ChannelState, why: Why) {
        self.state = state;
        if self.history.len() == HISTORY {
            self.history.pop_front();
            self.dropped += 1;
        }
        self.history.push_back(StateChange { at: SystemTime::now(), state, why });
    }

    pub(super) fn fail(&mut self, cause: Cause) {
        self.last_failure = Some(ChannelFailure { at: SystemTime::now(), cause: cause.clone() });
        self.enter(ChannelState::TransientFailure, Why::Failed(cause));
    }
}
