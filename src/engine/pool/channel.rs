//! One channel: the connection of one [`ConnectionSpec`], who opens it, who uses it, and what became of it.
//!
//! Must not know: how a connection is made, what its calls carry.

use std::collections::VecDeque;
use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, SystemTime};

use http::uri::{Authority, Scheme, Uri};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, timeout, timeout_at};

use super::facts::{
    ChannelFacts, ChannelFailure, ChannelId, ChannelState, ConnectionFacts, PingFailure, RoundTrip, StateChange, Why,
};
use super::tend::{Asker, Tender, Vitals};
use crate::engine::connect::{self, Connection, Heard, Steps, address_text, addresses_text, authority};
use crate::engine::event::Happened;
use crate::engine::queue::EventSender;
use crate::engine::tap::GoAway;
use crate::engine::{Cause, Peer, Wake};
use crate::request::ConnectionSpec;

/// Steps of a history that are kept.
const HISTORY: usize = 64;
/// Pings that may wait for an answer.
const ASKERS: usize = 16;
/// How long the answer to a ping on demand is awaited.
const PING_LIMIT: Duration = Duration::from_secs(20);
/// The waits between attempts to connect: gRPC's (each 1.6 times the last, a fifth more or less, at most two minutes),
/// but beginning with a quarter of a second instead of a whole one, for somebody sits and waits.
const FIRST_WAIT: Duration = Duration::from_millis(250);
const LONGEST_WAIT: Duration = Duration::from_mins(2);

/// One channel. At most one connection takes new calls; older ones live as long as calls run on them.
pub(in crate::engine) struct Channel {
    id: ChannelId,
    spec: Arc<ConnectionSpec>,
    origin: OnceLock<Result<Uri, String>>,
    heard: Heard,
    /// Held by whoever opens a connection.
    opening: tokio::sync::Mutex<()>,
    record: Mutex<Record>,
    /// Told when calls that wait for readiness should look again.
    changed: watch::Sender<()>,
    /// How often it was closed by its user: what ends its calls.
    closed: watch::Sender<u64>,
    calls: AtomicU64,
    wake: Wake,
}

#[derive(Default)]
struct Record {
    /// Takes new calls.
    current: Option<Arc<Live>>,
    /// All that have not ended, the current one last.
    living: Vec<Arc<Vitals>>,
    state: ChannelState,
    history: VecDeque<StateChange>,
    dropped: u64,
    connections: u64,
    /// Of connections that ended.
    traffic: (u64, u64),
    round_trip: Option<RoundTrip>,
    goaway: Option<GoAway>,
    last_failure: Option<ChannelFailure>,
    /// Attempts that failed one after the other.
    failures: u32,
    next_try: Option<Instant>,
}

/// A connection that is held by somebody. When nobody holds it, it closes itself.
struct Live {
    connection: Arc<Connection>,
    vitals: Arc<Vitals>,
    ask: mpsc::Sender<Asker>,
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
            heard: Heard::default(),
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
        let opened = Box::pin(connect::open(&self.spec, &self.heard, Steps(Some(events)))).await;
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
        self.heard.forget();
        let current = {
            let mut record = self.record();
            record.failures = 0;
            record.next_try = None;
            record.enter(ChannelState::Shutdown, Why::Asked);
            record.current.take()
        };
        self.closed.send_modify(|times| *times += 1);
        drop(current);
        self.tell();
    }

    /// New calls take a new connection, those that run finish on the old one.
    pub(super) fn retire(&self) {
        self.heard.forget();
        let current = {
            let mut record = self.record();
            record.failures = 0;
            record.next_try = None;
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

    fn lend(&self, live: Arc<Live>, reused: bool) -> Lease {
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

    fn record(&self) -> MutexGuard<'_, Record> {
        self.record.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self) {
        self.changed.send_replace(());
        // A panic of the owner's must not become an abort when an attempt is dropped by it.
        if !std::thread::panicking() {
            (self.wake)();
        }
    }
}

impl Record {
    fn is_current(&self, vitals: &Arc<Vitals>) -> bool {
        self.current.as_ref().is_some_and(|live| Arc::ptr_eq(&live.vitals, vitals))
    }

    fn enter(&mut self, state: ChannelState, why: Why) {
        self.state = state;
        if self.history.len() == HISTORY {
            self.history.pop_front();
            self.dropped += 1;
        }
        self.history.push_back(StateChange { at: SystemTime::now(), state, why });
    }

    fn fail(&mut self, cause: Cause) {
        self.last_failure = Some(ChannelFailure { at: SystemTime::now(), cause: cause.clone() });
        self.enter(ChannelState::TransientFailure, Why::Failed(cause));
    }
}

/// An attempt to connect; dropped before its end it was given up.
struct Attempt<'a> {
    channel: &'a Arc<Channel>,
    closed: u64,
    ended: bool,
}

impl<'a> Attempt<'a> {
    fn begin(channel: &'a Arc<Channel>) -> Self {
        let closed = *channel.closed.borrow();
        channel.record().enter(ChannelState::Connecting, Why::Wanted);
        let attempt = Self { channel, closed, ended: false };
        channel.tell();
        attempt
    }

    fn end(mut self, opened: Result<Connection, Cause>) -> Result<Lease, Cause> {
        self.ended = true;
        let channel = self.channel;
        if opened.is_err() {
            channel.heard.forget();
        }
        let lease = {
            let mut record = channel.record();
            // Closed meanwhile: whoever wanted it ends too.
            let wanted = *channel.closed.borrow() == self.closed;
            match opened {
                Ok(connection) => {
                    let live = Arc::new(tended(channel, connection));
                    if wanted {
                        record.failures = 0;
                        record.next_try = None;
                        record.connections += 1;
                        record.living.push(Arc::clone(&live.vitals));
                        record.current = Some(Arc::clone(&live));
                        record.enter(ChannelState::Ready, Why::Opened);
                    }
                    Ok(channel.lend(live, false))
                }
                Err(cause) => {
                    if wanted {
                        record.failures += 1;
                        record.next_try = Some(Instant::now() + connect_backoff(record.failures, fastrand::f64()));
                        record.fail(cause.clone());
                    }
                    Err(cause)
                }
            }
        };
        channel.tell();
        lease
    }
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        if !self.ended {
            {
                let mut record = self.channel.record();
                if record.state != ChannelState::Connecting {
                    return;
                }
                record.enter(ChannelState::Idle, Why::GivenUp);
            }
            self.channel.tell();
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

/// A connection with who looks after it.
fn tended(channel: &Arc<Channel>, connection: Connection) -> Live {
    let vitals = Arc::new(Vitals::new(Arc::clone(&connection.facts)));
    let (ask, asked) = mpsc::channel(ASKERS);
    let pings = connection.pings.lock().unwrap_or_else(PoisonError::into_inner).take();
    let tender = Tender {
        vitals: Arc::clone(&vitals),
        channel: Arc::downgrade(channel),
        keepalive: channel.spec.keepalive.filter(|_| pings.is_some()),
        pings,
        asked,
        task: connection.task.clone(),
    };
    tokio::spawn(tender.run());
    Live { connection: Arc::new(connection), vitals, ask }
}

/// How long to wait after so many failures; `chance` is from 0 to 1.
fn connect_backoff(failures: u32, chance: f64) -> Duration {
    let steps = failures.saturating_sub(1).min(64) as i32;
    let wait = (FIRST_WAIT.as_secs_f64() * 1.6_f64.powi(steps)).min(LONGEST_WAIT.as_secs_f64());
    Duration::from_secs_f64((wait * (0.8 + 0.4 * chance)).min(LONGEST_WAIT.as_secs_f64()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_as_grpc_asks() {
        let check = |failures, chance, milliseconds| {
            assert_eq!(connect_backoff(failures, chance).as_millis(), milliseconds, "{failures}");
        };
        check(1, 0.5, 250);
        check(1, 0.0, 200);
        check(1, 1.0, 300);
        check(2, 0.5, 400);
        check(3, 0.5, 640);
        check(15, 0.5, 120_000);
        check(u32::MAX, 1.0, 120_000);
    }
}
