//! The channels, one for each [`ConnectionSpec`]: found by what they were made for, shown, and forgotten in the end.
//!
//! Must not know: calls, gRPC.

mod attempt;
mod channel;
mod facts;
mod record;
mod tend;

use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

pub(super) use self::channel::{Channel, Lease, Patience};
pub use self::facts::{
    ChannelFacts, ChannelFailure, ChannelId, ChannelState, ConnectionFacts, PingFailure, RoundTrip, StateChange, Why,
};
use super::Wake;
use super::credentials::Tokens;
use super::queue::{Later, queue};
use crate::request::ConnectionSpec;

/// A channel without a connection is known for so long after the last that happened to it.
const REMEMBERED: Duration = Duration::from_mins(10);
/// So many channels without a connection are known.
const KEPT: usize = 32;

/// Channels by what they were made for.
pub(super) struct Pool {
    /// What calls identify themselves with.
    pub(super) tokens: Arc<Tokens>,
    /// Whose owners are to be told soon.
    pub(super) later: Later,
    channels: Mutex<Channels>,
    wake: Wake,
}

#[derive(Default)]
struct Channels {
    known: HashMap<ConnectionSpec, Arc<Channel>>,
    last_id: u64,
}

impl Pool {
    /// `wake` is called whenever the state of a channel changes.
    pub(super) fn new(wake: Wake) -> Self {
        Self { tokens: Arc::default(), later: Later::default(), channels: Mutex::default(), wake }
    }

    /// The channel for a call.
    pub(super) fn channel(&self, spec: &ConnectionSpec) -> Arc<Channel> {
        let mut channels = self.channels();
        if let Some(channel) = channels.known.get(spec) {
            return Arc::clone(channel);
        }
        channels.forget();
        channels.last_id += 1;
        let id = ChannelId(channels.last_id);
        let channel = Arc::new(Channel::new(id, spec.clone(), Arc::clone(&self.wake)));
        channels.known.insert(spec.clone(), Arc::clone(&channel));
        channel
    }

    /// What is known of all of them, the oldest first.
    pub(super) fn facts(&self) -> Vec<ChannelFacts> {
        let mut all: Vec<Arc<Channel>> = {
            let mut channels = self.channels();
            channels.forget();
            channels.known.values().cloned().collect()
        };
        all.sort_unstable_by_key(|channel| channel.id());
        all.iter().map(|channel| channel.facts()).collect()
    }

    /// Sends a PING on the connection of a channel.
    pub(super) async fn ping(&self, id: ChannelId) -> Result<Duration, PingFailure> {
        self.by_id(id).ok_or(PingFailure::NotConnected)?.ping().await
    }

    /// Closes a channel, which ends its calls.
    pub(super) fn close(&self, id: ChannelId) {
        if let Some(channel) = self.by_id(id) {
            channel.close();
        }
    }

    /// Makes a new connection for the calls to come, when polled; those that run finish on the old one.
    pub(super) fn reconnect(&self, id: ChannelId) -> impl Future<Output = ()> + Send + use<> {
        let channel = self.by_id(id).inspect(|channel| channel.retire()).map(|channel| (channel.closed(), channel));
        async move {
            let Some((closed, channel)) = channel else { return };
            // What happens on the way is for nobody; how it ends is told by the channel.
            let (events, _nobody) = queue(Instant::now(), Arc::new(|| {}), Later::default());
            tokio::select! {
                () = closed => {}
                _known_to_the_channel = channel.connection(&events, Patience::AtOnce) => {}
            }
        }
    }

    fn by_id(&self, id: ChannelId) -> Option<Arc<Channel>> {
        self.channels().known.values().find(|channel| channel.id() == id).map(Arc::clone)
    }

    fn channels(&self) -> MutexGuard<'_, Channels> {
        self.channels.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Channels {
    /// Lets go of channels that nobody uses: those of long ago, and the oldest of too many.
    fn forget(&mut self) {
        let now = SystemTime::now();
        // Calls hold their channel, also while they wait for a connection.
        let unused = |channel: &Arc<Channel>| (Arc::strong_count(channel) == 1).then(|| channel.unused_since())?;
        let mut times: Vec<SystemTime> = self.known.values().filter_map(unused).collect();
        times.sort_unstable();
        let oldest = times.len().checked_sub(KEPT).and_then(|surplus| times.get(surplus).copied());
        self.known.retain(|_, channel| {
            let Some(since) = unused(channel) else { return true };
            let long_ago = now.duration_since(since).is_ok_and(|age| age > REMEMBERED);
            !long_ago && oldest.is_none_or(|oldest| since >= oldest)
        });
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool").field("channels", &self.channels().known.len()).finish_non_exhaustive()
    }
}
