//! One run of a call as the screen shows it: the handle while it lives, its log, its rate.
//!
//! Must not know: toolkit.

use std::time::{Duration, Instant};

use bytes::Bytes;
use prost_reflect::MethodDescriptor;

use super::offered::Advice;
use crate::engine::{Call, Happened, NotSent, Step};
use crate::log::Log;
use crate::request::Access;
use crate::schema::Kind;

/// How many bars of the rate are kept.
pub const RATE_BARS: usize = 32;
/// How long one bar lasts.
const RATE_STEP: Duration = Duration::from_millis(250);

/// A call and what has come of it.
#[derive(Debug)]
pub struct Run {
    /// The handle; `None` once the call has finished.
    call: Option<Call>,
    /// What happened so far.
    pub log: Log,
    /// Its kind.
    pub kind: Kind,
    /// When the screen started it, by the clock that the rate uses.
    begun: Instant,
    /// The sending half is still open.
    pub sending: bool,
    rate: Rate,
    /// What is new about the login in the browser.
    login: Option<Login>,
    /// How the server is reached, until the call has ended: to ask what it has in place of a method that it lacks.
    pub(super) access: Option<Access>,
    pub(super) advice: Advice,
}

/// Where a login in the browser stands, which the call waits for.
#[derive(Debug)]
pub(super) enum Login {
    /// The user is to log in at this address.
    Awaited(String),
    /// It is over, well or not.
    Over,
}

/// Messages received in the latest steps of time.
#[derive(Debug, Default)]
struct Rate {
    /// Step that the last bar stands for, counted from the start of the call.
    step: u64,
    bars: Vec<u32>,
}

impl Rate {
    fn advance(&mut self, step: u64) {
        if self.bars.is_empty() {
            self.bars.push(0);
            self.step = step;
        }
        let missing = step.saturating_sub(self.step).min(RATE_BARS as u64);
        for _ in 0..missing {
            self.bars.push(0);
        }
        self.step = self.step.max(step);
        if self.bars.len() > RATE_BARS {
            self.bars.drain(..self.bars.len() - RATE_BARS);
        }
    }

    fn add(&mut self, step: u64) {
        self.advance(step);
        if let Some(last) = self.bars.last_mut() {
            *last += 1;
        }
    }
}

impl Run {
    /// Wraps a call just started. The log keeps at most `limit` bytes.
    #[must_use]
    pub fn new(call: Call, method: MethodDescriptor, limit: usize) -> Self {
        let kind = Kind::of(&method);
        let log = Log::new(method, call.started(), limit);
        Self {
            call: Some(call),
            log,
            kind,
            begun: Instant::now(),
            sending: true,
            rate: Rate::default(),
            login: None,
            access: None,
            advice: Advice::None,
        }
    }

    /// Whether the call has not finished.
    #[must_use]
    pub const fn is_live(&self) -> bool {
        self.call.is_some()
    }

    /// Whether another message may be sent.
    #[must_use]
    pub const fn can_send(&self) -> bool {
        self.call.is_some() && self.sending && self.kind.streams_requests()
    }

    /// Takes in what has happened, for no longer than `budget`; whether anything came.
    pub fn drain(&mut self, budget: Duration) -> bool {
        let begun = Instant::now();
        let mut any = false;
        let mut finished = false;
        while let Some(event) = self.call.as_mut().and_then(Call::try_next) {
            any = true;
            match &event.what {
                Happened::Received(_) => self.rate.add((event.at.as_millis() / RATE_STEP.as_millis()) as u64),
                Happened::SendingEnded => self.sending = false,
                Happened::Step(Step::Browser { url }) => self.login = Some(Login::Awaited(url.clone())),
                Happened::Step(Step::Token { .. }) => self.login = Some(Login::Over),
                Happened::Finished(_) => finished = true,
                _ => {}
            }
            self.log.push(event);
            if finished || (self.log.received.is_multiple_of(64) && begun.elapsed() > budget) {
                break;
            }
        }
        if finished {
            self.call = None;
            self.sending = false;
            self.login = Some(Login::Over);
        }
        any
    }

    /// What is new about the login in the browser, once.
    pub(super) fn take_login(&mut self) -> Option<Login> {
        self.login.take()
    }

    /// How long it has run, or ran.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        if self.is_live() { self.begun.elapsed() } else { self.log.elapsed }
    }

    /// Messages received per second over the last second, and the bars of the latest eight seconds.
    pub fn rate(&mut self) -> (u64, Vec<f32>) {
        if self.is_live() {
            self.rate.advance((self.begun.elapsed().as_millis() / RATE_STEP.as_millis()) as u64);
        }
        let bars = &self.rate.bars;
        // The last bar is still growing: it is shown, but not counted into the rate.
        let complete = &bars[..bars.len().saturating_sub(1)];
        let per_second = complete.iter().rev().take(4).map(|count| u64::from(*count)).sum();
        (per_second, bars.iter().map(|count| *count as f32).collect())
    }

    /// Sends one more message.
    ///
    /// # Errors
    ///
    /// When the call does not take it.
    pub fn send(&self, message: Bytes) -> Result<(), NotSent> {
        self.call.as_ref().ok_or(NotSent::Finished)?.send(message)
    }

    /// Half-closes.
    pub fn end_sending(&mut self) {
        self.sending = false;
        if let Some(call) = &self.call {
            call.end_sending();
        }
    }

    /// Cancels.
    pub fn cancel(&self) {
        if let Some(call) = &self.call {
            call.cancel();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rate_counts_per_step_and_forgets() {
        let mut rate = Rate::default();
        for _ in 0..3 {
            rate.add(0);
        }
        rate.add(2);
        assert_eq!(rate.bars, [3, 0, 1]);
        rate.advance(1_000_000);
        assert_eq!(rate.bars.len(), RATE_BARS);
        assert!(rate.bars.iter().all(|count| *count == 0));
    }
}
