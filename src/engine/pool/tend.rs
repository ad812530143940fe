//! What runs beside each connection: keepalive, pings on demand, the end of one that nobody uses.
//!
//! Must not know: calls, gRPC.

use std::future::pending;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, SystemTime};

use h2::{Ping, PingPong};
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep_until, timeout};

use super::channel::Channel;
use super::facts::RoundTrip;
use crate::engine::Cause;
use crate::engine::tap::{Facts, Life};
use crate::request::Keepalive;

/// A connection that no call uses is closed after this time, as gRPC does.
const UNUSED: Duration = Duration::from_mins(30);
/// How long a connection that nobody holds may take to say goodbye.
const GOODBYE: Duration = Duration::from_secs(1);
/// Pings follow each other no faster, whatever the keepalive time.
const SHORTEST: Duration = Duration::from_millis(1);

/// What a connection, its calls and who tends it share.
#[derive(Debug)]
pub(super) struct Vitals {
    pub(super) facts: Arc<Facts>,
    pub(super) since: SystemTime,
    open: AtomicUsize,
    /// Told when the first call begins.
    begun: Notify,
    /// When the last call ended, or the connection began.
    used: Mutex<Instant>,
    round_trip: Mutex<Option<RoundTrip>>,
}

impl Vitals {
    pub(super) fn new(facts: Arc<Facts>) -> Self {
        Self {
            facts,
            since: SystemTime::now(),
            open: AtomicUsize::new(0),
            begun: Notify::new(),
            used: Mutex::new(Instant::now()),
            round_trip: Mutex::default(),
        }
    }

    pub(super) fn open_calls(&self) -> usize {
        self.open.load(Ordering::Acquire)
    }

    pub(super) fn call_begins(&self) {
        if self.open.fetch_add(1, Ordering::AcqRel) == 0 {
            self.begun.notify_one();
        }
    }

    pub(super) fn call_ends(&self) {
        *self.used.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
        self.open.fetch_sub(1, Ordering::AcqRel);
    }

    pub(super) fn round_trip(&self) -> Option<RoundTrip> {
        *self.round_trip.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn used(&self) -> Instant {
        *self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Who waits for the answer to a ping.
pub(super) type Asker = oneshot::Sender<Duration>;

/// Looks after one connection.
pub(super) struct Tender {
    pub(super) vitals: Arc<Vitals>,
    pub(super) channel: Weak<Channel>,
    /// `None` where the protocol has no pings; then there is no keepalive either.
    pub(super) pings: Option<PingPong>,
    /// Ends when nobody holds the connection.
    pub(super) asked: mpsc::Receiver<Asker>,
    pub(super) keepalive: Option<Keepalive>,
    /// Drives the connection.
    pub(super) task: AbortHandle,
}

enum Next {
    Ended,
    Abandoned,
    Unused,
    Ping(Option<Asker>),
}

impl Tender {
    /// Until the connection ends.
    pub(super) async fn run(mut self) {
        let (vitals, channel) = (Arc::clone(&self.vitals), self.channel.clone());
        tokio::join!(notice(&vitals, &channel), self.tend());
    }

    async fn tend(&mut self) {
        loop {
            match self.next().await {
                Next::Ended => return,
                Next::Abandoned => return self.say_goodbye().await,
                Next::Unused => {
                    if let Some(channel) = self.channel.upgrade() {
                        channel.retire_unused(&self.vitals);
                    }
                }
                Next::Ping(asker) => {
                    if let Some(end) = self.ping(asker).await {
                        match end {
                            Next::Abandoned => self.say_goodbye().await,
                            _ => self.vitals.facts.reached(Life::Ended).await,
                        }
                        return;
                    }
                }
            }
        }
    }

    async fn next(&mut self) -> Next {
        tokio::select! {
            biased;
            () = self.vitals.facts.reached(Life::Ended) => Next::Ended,
            asker = self.asked.recv() => asker.map_or(Next::Abandoned, |asker| Next::Ping(Some(asker))),
            () = keepalive_due(self.keepalive, &self.vitals) => Next::Ping(None),
            () = unused(&self.vitals) => Next::Unused,
        }
    }

    /// The connection's task ends by itself when nobody holds the connection, unless the peer does not read.
    async fn say_goodbye(&self) {
        if timeout(GOODBYE, self.vitals.facts.reached(Life::Ended)).await.is_err() {
            self.cut(None);
        }
    }

    fn cut(&self, cause: Option<Cause>) {
        self.vitals.facts.ended(cause);
        self.task.abort();
    }

    /// `None` when it was answered. Who asks meanwhile gets the same answer: HTTP/2 has one ping at a time here.
    async fn ping(&mut self, asker: Option<Asker>) -> Option<Next> {
        let mut askers: Vec<Asker> = asker.into_iter().collect();
        let Self { vitals, pings, asked, keepalive, .. } = self;
        // Dropping the one who asks is an answer too.
        let pings = pings.as_mut()?;
        let sent = Instant::now();
        let mut answer = std::pin::pin!(pings.ping(Ping::opaque()));
        let waited = loop {
            // Whatever is read shows that the peer is alive.
            let late = keepalive.map(|keepalive| vitals.facts.last_read().max(sent) + keepalive.timeout);
            tokio::select! {
                biased;
                answer = &mut answer => match answer {
                    Ok(_pong) => break sent.elapsed(),
                    Err(_ended) => return Some(Next::Ended),
                },
                () = vitals.facts.reached(Life::Ended) => return Some(Next::Ended),
                asker = asked.recv() => match asker {
                    Some(asker) => askers.push(asker),
                    None => return Some(Next::Abandoned),
                },
                () = until(late) => {
                    let Some(keepalive) = *keepalive else { continue };
                    if Instant::now() >= vitals.facts.last_read().max(sent) + keepalive.timeout {
                        vitals.facts.ended(Some(Cause::KeepaliveTimeout { timeout: format!("{:?}", keepalive.timeout) }));
                        self.task.abort();
                        return Some(Next::Ended);
                    }
                }
            }
        };
        let told = RoundTrip { at: SystemTime::now(), took: waited };
        *vitals.round_trip.lock().unwrap_or_else(PoisonError::into_inner) = Some(told);
        for asker in askers {
            // One that asks no more is told nothing.
            let _heard = asker.send(waited).is_ok();
        }
        None
    }
}

/// Tells the channel that the connection takes no more calls, then that it has ended.
async fn notice(vitals: &Arc<Vitals>, channel: &Weak<Channel>) {
    for life in [Life::Draining, Life::Ended] {
        vitals.facts.reached(life).await;
        if let Some(channel) = channel.upgrade() {
            channel.notice(vitals);
        }
    }
}

async fn keepalive_due(keepalive: Option<Keepalive>, vitals: &Vitals) {
    let Some(keepalive) = keepalive else { return pending().await };
    loop {
        while !keepalive.without_calls && vitals.open_calls() == 0 {
            vitals.begun.notified().await;
        }
        let due = vitals.facts.last_read() + keepalive.time.max(SHORTEST);
        if Instant::now() >= due {
            return;
        }
        sleep_until(due).await;
    }
}

async fn unused(vitals: &Vitals) {
    loop {
        let due = vitals.used() + UNUSED;
        match (vitals.open_calls(), Instant::now() >= due) {
            (0, true) => return,
            (0, false) => sleep_until(due).await,
            _ => tokio::time::sleep(UNUSED).await,
        }
    }
}

async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => sleep_until(deadline).await,
        None => pending().await,
    }
}
