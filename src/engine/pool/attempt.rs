//! One attempt to connect: what its beginning, its end and its being given up make of the channel's record, and how long
//! the server is left alone after it failed.
//!
//! Must not know: how a connection is made, what its calls carry.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::Instant;

use super::channel::{Channel, Lease};
use super::facts::{ChannelState, Why};
use super::record::Live;
use super::tend::{Tender, Vitals};
use crate::engine::Cause;
use crate::engine::connect::Connection;

/// Pings that may wait for an answer.
const ASKERS: usize = 16;
/// The waits between attempts to connect: gRPC's (each 1.6 times the last, a fifth more or less, at most two minutes),
/// but beginning with a quarter of a second instead of a whole one, for somebody sits and waits.
const FIRST_WAIT: Duration = Duration::from_millis(250);
const LONGEST_WAIT: Duration = Duration::from_mins(2);

/// An attempt to connect; dropped before its end it was given up.
pub(super) struct Attempt<'a> {
    channel: &'a Arc<Channel>,
    closed: u64,
    ended: bool,
}

impl<'a> Attempt<'a> {
    pub(super) fn begin(channel: &'a Arc<Channel>) -> Self {
        let closed = *channel.closed.borrow();
        channel.record().enter(ChannelState::Connecting, Why::Wanted);
        let attempt = Self { channel, closed, ended: false };
        channel.tell();
        attempt
    }

    pub(super) fn end(mut self, opened: Result<Connection, Cause>) -> Result<Lease, Cause> {
        self.ended = true;
        let channel = self.channel;
        let lease = {
            let mut record = channel.record();
            // Closed meanwhile: whoever wanted it ends too.
            let wanted = *channel.closed.borrow() == self.closed;
            match opened {
                Ok(connection) => {
                    let live = Arc::new(tended(channel, connection));
                    if wanted {
                        record.forget_failures();
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
