//! One channel: the connection of one [`ConnectionSpec`], who opens it, who uses it, and what became of it.
//!
//! Must not know: how a connection is made, what its calls carry.

use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, SystemTime};

use http::uri::{Authority, Scheme, Uri};
use tokio::sync::{oneshot, watch};
use tokio::time::{Instant, timeout, timeout_at};

use super::attempt::Attempt;
use super::facts::{ChannelFacts, ChannelId, ChannelState, ConnectionFacts, PingFailure, Why};
use super::record::{Live, Record};
use super::tend::Vitals;
use crate::engine::connect::{self, Connection, Steps, address_text, addresses_text, authority};
use crate::engine::event::Happened;
use crate::engine::queue::EventSender;
use crate::engine::tap::GoAway;
use crate::engine::{Cause, Peer, Wake};
use crate::request::ConnectionSpec;

/// How long the answer to a ping on demand is awaited.
const PING_LIMIT: Duration = Duration::from_secs(20);
/// One channel. At most one connection takes new calls; older ones live as long as calls run on them.
pub(in crate::engine) struct Channel {
    id: ChannelId,
    pub(super) spec: Arc<ConnectionSpec>,
    origin: OnceLock<Result<Uri, String>>,
    /// Held by whoever opens a connection.
    opening: tokio::sync::Mutex<()>,
    record: Mutex<Record>,
    /// Told when calls that wait for readiness should look again.
    changed: watch::Sender<()>,
    /// How often it was closed by its user: what ends its calls.
    pub(super) closed: watch::Sender<u64>,
    calls: AtomicU64,
    wake: Wake,
}

/// A connection in use by one call.
pub(in crate::engine) struct Lease {
    pub(in crate::engine) connection: Arc<Connection>,
    /// As its events tell it.
    pub(in crate::engine) peer: Peer,
    live: Arc<Live>,
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.live.vitals.call_ends();
    }
}

/// How much a call puts up with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::engine) enum Patience {
    /// Tries at once, whatever happened before.
    AtOnce,
    /// Leaves the server alone for a while after each failure.
    Waits,
}

impl Channel {
    pub(super) fn new(id: ChannelId, spec: ConnectionSpec, wake: Wake) -> Self {
        Self {
            id,
            spec: Arc::new(spec),
            origin: OnceLock::new(),
            opening: tokio::sync::Mutex::default(),
            record: Mutex::default(),
            changed: watch::Sender::new(()),
            closed: watch::Sender::new(0),
            calls: AtomicU64::new(0),
            wake,
        }
    }

    pub(super) fn id(&self) -> ChannelId {
        self.id
    }

    /// Scheme and authority of its requests.
    ///
    /// # Errors
    ///
    /// When the authority cannot be sent.
    pub(in crate::engine) fn origin(&self) -> Result<Uri, String> {
        let origin = self.origin.get_or_init(|| {
            let authority = authority(&self.spec);
            let valid: Authority =
                authority.parse().map_err(|_invalid| format!("{authority:?} cannot be sent as authority"))?;
            let scheme = if self.spec.tls.is_some() { Scheme::HTTPS } else { Scheme::HTTP };
            let origin = Uri::builder().scheme(scheme).authority(valid).path_and_query("/").build();
            origin.map_err(|error| error.to_string())
        });
        origin.clone()
    }

    /// A connection that takes calls. Calls that come at the same time share one attempt; when it fails each makes its
    /// own, within its own connect timeout.
    ///
    /// # Errors
    ///
    /// Why there is none.
    pub(in crate::engine) async fn connection(
        self: &Arc<Self>,
        events: &EventSender,
        patience: Patience,
    ) -> Result<Lease, Cause> {
        if let Some(lease) = self.lease() {
            return Ok(lease);
        }
        let opening = match patience {
            Patience::Waits => self.opening.lock().await,
            Patience::AtOnce => timeout_at(Instant::now() + self.spec.connect_timeout, self.opening.lock())
                .await
                .map_err(|_late| Cause::ConnectTimeout { address: addresses_text(&self.spec) })?,
        };
        if let Some(lease) = self.lease() {
            return Ok(lease);
        }
        if let (Patience::Waits, Some(failure)) = (patience, self.too_soon()) {
            return Err(failure);
        }
        events.send(Happened::Connecting { address: addresses_text(&self.spec) }).await;
        let attempt = Attempt::begin(self);
        // Boxed, since most calls have no use for so large a future.
        let opened = Box::pin(connect::open(&self.spec, Steps(Some(events)))).await;
        let lease = attempt.end(opened);
        drop(opening);
        lease
    }

    /// Waits until a further attempt makes sense, or somebody else's succeeded.
    pub(in crate::engine) async fn next_chance(&self) {
        let mut changed = self.changed.subscribe();
        loop {
            let next_try = {
                let record = self.record();
                if record.current.as_ref().is_some_and(|live| live.connection.is_healthy()) {
                    return;
                }
                record.next_try
            };
            let Some(next_try) = next_try.filter(|next| *next > Instant::now()) else { return };
            // An error means that the channel is gone, which it is not.
            let _changed = timeout_at(next_try, changed.changed()).await.is_ok();
        }
    }

    /// How long the server is left alone by calls that wait.
    pub(in crate::engine) fn wait(&self) -> Duration {
        self.record().next_try.map(|next| next.saturating_duration_since(Instant::now())).unwrap_or_default()
    }

    /// Waits until its user closes it.
    pub(in crate::engine) fn closed(&self) -> impl Future<Output = ()> + Send + use<> {
        let mut closed = self.closed.subscribe();
        async move {
            if closed.changed().await.is_err() {
                // Gone rather than closed.
                std::future::pending::<()>().await;
            }
        }
    }

    /// Closes all its connections, which ends its calls.
    pub(super) fn close(&self) {
        let current = {
            let mut record = self.record();
            record.forget_failures();
            record.enter(ChannelState::Shutdown, Why::Asked);
            record.current.take()
        };
        self.closed.send_modify(|times| *times += 1);
        drop(current);
        self.tell();
    }

    /// New calls take a new connection, those that run finish on the old one.
    pub(super) fn retire(&self) {
        let current = {
            let mut record = self.record();
            record.forget_failures();
            let current = record.current.take();
            if current.is_some() {
                record.enter(ChannelState::Idle, Why::Asked);
            }
            current
        };
        drop(current);
        self.tell();
    }

    /// Lets go of a connection that no call uses.
    pub(super) fn retire_unused(&self, vitals: &Arc<Vitals>) {
        let current = {
            let mut record = self.record();
            if !record.is_current(vitals) || vitals.open_calls() > 0 {
                return;
            }
            record.enter(ChannelState::Idle, Why::Unused);
            record.current.take()
        };
        drop(current);
        self.tell();
    }

    /// Looks at a connection that takes no more calls.
    pub(super) fn notice(&self, vitals: &Arc<Vitals>) {
        let facts = &vitals.facts;
        if !facts.is_over() {
            return;
        }
        let current = {
            let mut record = self.record();
            let goaway = facts.goaway();
            if facts.has_ended() && record.living.iter().any(|other| Arc::ptr_eq(other, vitals)) {
                record.living.retain(|other| !Arc::ptr_eq(other, vitals));
                let (bytes_in, bytes_out) = facts.traffic();
                record.traffic = (record.traffic.0 + bytes_in, record.traffic.1 + bytes_out);
                record.round_trip = vitals.round_trip().or(record.round_trip);
            }
            if goaway.is_some() {
                record.goaway.clone_from(&goaway);
            }
            if !record.is_current(vitals) {
                return;
            }
            match (goaway, facts.end()) {
                (Some(goaway), _) if goaway.code == 0 => record.enter(ChannelState::Idle, Why::GoAway(goaway)),
                (Some(goaway), _) => record.fail(gone(&goaway)),
                (None, Some(cause)) => record.fail(cause),
                (None, None) => record.enter(ChannelState::Idle, Why::ServerClosed),
            }
            record.current.take()
        };
        drop(current);
        self.tell();
    }

    /// Sends a PING on the present connection.
    pub(super) async fn ping(&self) -> Result<Duration, PingFailure> {
        let (asker, answer) = oneshot::channel();
        let ask = self.record().current.as_ref().map(|live| live.ask.clone()).ok_or(PingFailure::NotConnected)?;
        ask.try_send(asker).map_err(|_full| PingFailure::Lost)?;
        drop(ask);
        match timeout(PING_LIMIT, answer).await {
            Ok(Ok(took)) => Ok(took),
            Ok(Err(_ended)) => Err(PingFailure::Lost),
            Err(_late) => Err(PingFailure::Unanswered(PING_LIMIT)),
        }
    }

    /// When anything last happened to it; `None` while it is in use.
    pub(super) fn unused_since(&self) -> Option<SystemTime> {
        let record = self.record();
        let used = record.current.is_some() || !record.living.is_empty() || record.state == ChannelState::Connecting;
        let last = record.history.back().map_or(SystemTime::UNIX_EPOCH, |change| change.at);
        (!used).then_some(last)
    }

    pub(super) fn facts(&self) -> ChannelFacts {
        let record = self.record();
        let traffic = record.living.iter().map(|vitals| vitals.facts.traffic());
        let (bytes_in, bytes_out) = traffic.fold(record.traffic, |all, one| (all.0 + one.0, all.1 + one.1));
        let connection = record.current.as_ref().map(|live| {
            let (bytes_in, bytes_out) = live.vitals.facts.traffic();
            ConnectionFacts {
                peer: live.connection.peer.clone(),
                since: live.vitals.since,
                open_calls: live.vitals.open_calls(),
                max_streams: live.connection.max_streams(),
                bytes_in,
                bytes_out,
            }
        });
        let round_trip = record.living.iter().filter_map(|vitals| vitals.round_trip()).max_by_key(|trip| trip.at);
        ChannelFacts {
            id: self.id,
            spec: Arc::clone(&self.spec),
            addresses: self.spec.addresses.iter().map(address_text).collect(),
            authority: authority(&self.spec),
            state: record.state,
            history: record.history.iter().cloned().collect(),
            dropped: record.dropped,
            connections: record.connections,
            open_calls: record.living.iter().map(|vitals| vitals.open_calls()).sum(),
            calls: self.calls.load(Ordering::Relaxed),
            bytes_in,
            bytes_out,
            draining: record.living.len() - usize::from(connection.is_some()),
            connection,
            round_trip: round_trip.or(record.round_trip),
            goaway: record.goaway.clone(),
            last_failure: record.last_failure.clone(),
            next_try: record.next_try.map(|next| next.saturating_duration_since(Instant::now())),
        }
    }

    /// The present connection for a call, where it takes one.
    fn lease(self: &Arc<Self>) -> Option<Lease> {
        let live = self.record().current.clone()?;
        if live.connection.claim() {
            return Some(self.lend(live, true));
        }
        if live.connection.is_healthy() {
            // HTTP/1.1 has room for one call at a time: the next takes a connection of its own.
            let mut record = self.record();
            if record.is_current(&live.vitals) {
                record.current = None;
            }
        }
        self.notice(&live.vitals);
        None
    }

    pub(super) fn lend(&self, live: Arc<Live>, reused: bool) -> Lease {
        self.calls.fetch_add(1, Ordering::Relaxed);
        live.vitals.call_begins();
        let peer = Peer { reused, ..live.connection.peer.clone() };
        Lease { connection: Arc::clone(&live.connection), peer, live }
    }

    /// The last failure, while calls that wait leave the server alone.
    fn too_soon(&self) -> Option<Cause> {
        let record = self.record();
        record.next_try.filter(|next| *next > Instant::now())?;
        record.last_failure.as_ref().map(|failure| failure.cause.clone())
    }

    pub(super) fn record(&self) -> MutexGuard<'_, Record> {
        self.record.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn tell(&self) {
        self.changed.send_replace(());
        // A panic of the owner's must not become an abort when an attempt is dropped by it.
        if !std::thread::panicking() {
            (self.wake)();
        }
    }
}

/// What a GOAWAY that is no normal end says.
fn gone(goaway: &GoAway) -> Cause {
    let detail = goaway.reason();
    if goaway.is_too_many_pings() {
        return Cause::TooManyPings { detail };
    }
    Cause::Reset { detail: format!("it closed the connection ({detail})") }
}
