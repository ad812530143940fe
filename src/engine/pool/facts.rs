//! What is told of a channel: plain values, copied out for whoever draws or prints them.
//!
//! Must not know: how it is found out.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::engine::tap::GoAway;
use crate::engine::{Cause, Peer};
use crate::request::ConnectionSpec;

/// A channel, as long as the engine knows it; never given twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChannelId(pub(super) u64);

/// gRPC's connectivity states.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ChannelState {
    /// No connection, and nobody wants one.
    #[default]
    Idle,
    /// A connection is being made.
    Connecting,
    /// A connection stands.
    Ready,
    /// The last connection failed or broke. The next call tries again.
    TransientFailure,
    /// Closed by its user. The next call opens it again.
    Shutdown,
}

impl ChannelState {
    /// gRPC's name of it, `TRANSIENT_FAILURE`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Idle => "IDLE",
            Self::Connecting => "CONNECTING",
            Self::Ready => "READY",
            Self::TransientFailure => "TRANSIENT_FAILURE",
            Self::Shutdown => "SHUTDOWN",
        }
    }
}

/// Why a channel came into a state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// A call, or its user, wants a connection.
    Wanted,
    /// The server's first SETTINGS came.
    Opened,
    /// Connecting failed, or the connection broke.
    Failed(Cause),
    /// The server takes no more calls on the connection.
    GoAway(GoAway),
    /// The server closed the connection without a word.
    ServerClosed,
    /// No call used the connection for half an hour.
    Unused,
    /// Whoever wanted a connection wants it no more.
    GivenUp,
    /// [`Engine::close`](crate::engine::Engine::close) or [`Engine::reconnect`](crate::engine::Engine::reconnect).
    Asked,
}

/// One step of a channel's history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateChange {
    /// When.
    pub at: SystemTime,
    /// Into which state.
    pub state: ChannelState,
    /// Why.
    pub why: Why,
}

/// The time from a PING to its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RoundTrip {
    /// When the answer came.
    pub at: SystemTime,
    /// How long it took.
    pub took: Duration,
}

/// A failure and when it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelFailure {
    /// When.
    pub at: SystemTime,
    /// What.
    pub cause: Cause,
}

/// What is known of a channel at a moment.
#[derive(Clone, Debug)]
pub struct ChannelFacts {
    /// Which one.
    pub id: ChannelId,
    /// What it was made for.
    pub spec: Arc<ConnectionSpec>,
    /// Where to, as typed, in the order of the tries.
    pub addresses: Vec<String>,
    /// `:authority` of its calls.
    pub authority: String,
    /// The present state: that of the last step of the history.
    pub state: ChannelState,
    /// How it came there, oldest first.
    pub history: Vec<StateChange>,
    /// Steps before these, which are kept no more.
    pub dropped: u64,
    /// Connections made so far.
    pub connections: u64,
    /// Calls that run on it, those on older connections included.
    pub open_calls: usize,
    /// Calls begun on it so far; one that was tried again counts for each try.
    pub calls: u64,
    /// Bytes received so far, above TLS.
    pub bytes_in: u64,
    /// Bytes sent so far, above TLS.
    pub bytes_out: u64,
    /// The connection that further calls take, where one stands.
    pub connection: Option<ConnectionFacts>,
    /// Older connections on which calls still run.
    pub draining: usize,
    /// The last PING that was answered.
    pub round_trip: Option<RoundTrip>,
    /// The last GOAWAY that came.
    pub goaway: Option<GoAway>,
    /// The last failure.
    pub last_failure: Option<ChannelFailure>,
    /// How long calls that wait for readiness leave the server alone.
    pub next_try: Option<Duration>,
}

/// What is known of the connection that stands.
#[derive(Clone, Debug)]
pub struct ConnectionFacts {
    /// The other end, with TLS.
    pub peer: Peer,
    /// When it was opened.
    pub since: SystemTime,
    /// Calls that run on it.
    pub open_calls: usize,
    /// Calls that the server lets run at a time, where it says so (SETTINGS).
    pub max_streams: Option<usize>,
    /// Bytes received, above TLS.
    pub bytes_in: u64,
    /// Bytes sent, above TLS.
    pub bytes_out: u64,
}

/// Why there is no round trip to tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PingFailure {
    /// The channel has no connection, or is no longer known.
    #[error("there is no connection to ping")]
    NotConnected,
    /// No answer in time.
    #[error("the ping was not answered within {0:?}")]
    Unanswered(Duration),
    /// The connection ended first.
    #[error("the connection ended before the ping was answered")]
    Lost,
}
