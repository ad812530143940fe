//! What runs beside each connection: keepalive, pings on demand, the end of one that nobody uses.
//!
//! Must not know: calls, gRPC.

use std::future::pending;
use std::sync::atomic::Ordering;
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
            begun: Notify::new(),
            used: Mutex::new(Instant::now()),
            round_trip: Mutex::default(),
        }
    }

    pub(super) fn open_calls(&self) -> usize {
        self.facts.calls.load(Ordering::Acquire)
    }

    pub(super) fn call_begins(&self) {
        if self.facts.calls.fetch_add(1, Ordering::AcqRel) == 0 {
            self.begun.notify_one();
        }
    }

    pub(super) fn call_ends(&self) {
        self.touch();
        self.facts.calls.fetch_sub(1, Ordering::AcqRel);
    }

    pub(super) fn round_trip(&self) -> Option<RoundTrip> {
        *self.round_trip.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn touch(&self) {
        *self.used.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
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
                    // Not asked again at once, should a call have come between.
                    self.vitals.touch();
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

#[cfg(test)]
mod tests {
    use h2::client::SendRequest;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};

    use super::*;
    use crate::engine::tap::Tap;

    const SETTINGS: [u8; 9] = [0, 0, 0, 4, 0, 0, 0, 0, 0];
    const PING: u8 = 6;

    /// A peer that tells of each ping when it comes, and answers the first ones.
    async fn peer(mut stream: DuplexStream, answers: usize, pings: mpsc::Sender<Instant>) {
        stream.write_all(&SETTINGS).await.unwrap();
        stream.read_exact(&mut [0; 24]).await.unwrap();
        let (mut head, mut count) = ([0; 9], 0);
        while stream.read_exact(&mut head).await.is_ok() {
            let mut payload = vec![0; u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize];
            stream.read_exact(&mut payload).await.unwrap();
            if head[3] == PING {
                pings.send(Instant::now()).await.unwrap();
                if count < answers {
                    head[4] = 1;
                    stream.write_all(&[&head[..], &payload].concat()).await.unwrap();
                }
                count += 1;
            }
        }
    }

    struct Bench {
        began: Instant,
        vitals: Arc<Vitals>,
        pings: mpsc::Receiver<Instant>,
        _held: (mpsc::Sender<Asker>, SendRequest<bytes::Bytes>),
    }

    impl Bench {
        async fn new(time: u64, without_calls: bool, answers: usize) -> Self {
            let (ours, theirs) = tokio::io::duplex(1 << 16);
            let (seen, pings) = mpsc::channel(8);
            tokio::spawn(peer(theirs, answers, seen));
            let (tap, facts, opening) = Tap::new(ours, |error| Cause::ConnectionLost { detail: error.to_string() });
            let (send, mut connection) = h2::client::handshake(tap).await.unwrap();
            let user_pings = connection.ping_pong();
            let shared = Arc::clone(&facts);
            let task = tokio::spawn(async move {
                let _end = connection.await.is_ok();
                shared.ended(None);
            });
            opening.await.unwrap();
            let vitals = Arc::new(Vitals::new(facts));
            let (ask, asked) = mpsc::channel(1);
            let (time, timeout) = (Duration::from_secs(time), Duration::from_secs(20));
            let tender = Tender {
                vitals: Arc::clone(&vitals),
                channel: Weak::new(),
                pings: user_pings,
                asked,
                keepalive: Some(Keepalive { time, timeout, without_calls }),
                task: task.abort_handle(),
            };
            tokio::spawn(tender.run());
            Self { began: Instant::now(), vitals, pings, _held: (ask, send) }
        }

        /// When the next ping came, in seconds since the beginning.
        async fn ping(&mut self) -> u64 {
            (self.pings.recv().await.unwrap() - self.began).as_secs()
        }

        async fn ended(&self) -> u64 {
            self.vitals.facts.reached(Life::Ended).await;
            self.began.elapsed().as_secs()
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_silent_peer_is_given_the_time_and_the_timeout() {
        let mut bench = Bench::new(10, true, 0).await;
        assert_eq!(bench.ping().await, 10);
        assert_eq!(bench.ended().await, 30);
        assert_eq!(bench.vitals.facts.end(), Some(Cause::KeepaliveTimeout { timeout: "20s".to_owned() }));
    }

    #[tokio::test(start_paused = true)]
    async fn a_peer_that_answers_is_asked_again_and_again() {
        let mut bench = Bench::new(10, true, 3).await;
        for expected in [10, 20, 30, 40] {
            assert_eq!(bench.ping().await, expected);
        }
        assert!(bench.vitals.round_trip().is_some());
        assert_eq!(bench.ended().await, 60);
    }

    #[tokio::test(start_paused = true)]
    async fn without_calls_there_are_no_pings_unless_asked_for() {
        let mut bench = Bench::new(10, false, 1).await;
        let hour = Duration::from_hours(1);
        assert!(timeout(hour, bench.ping()).await.is_err());
        // Nothing came for long: the first call finds out at once.
        bench.vitals.call_begins();
        assert_eq!(bench.ping().await, 3600);
        assert_eq!(bench.ping().await, 3610);
        bench.vitals.call_ends();
        assert_eq!(bench.ended().await, 3630);
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_is_unused_after_half_an_hour() {
        let bench = Bench::new(10_000, false, 0).await;
        bench.vitals.call_begins();
        tokio::time::sleep(Duration::from_mins(1)).await;
        bench.vitals.call_ends();
        unused(&bench.vitals).await;
        assert_eq!(bench.began.elapsed().as_secs(), 60 + 30 * 60);
    }
}
