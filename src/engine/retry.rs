//! Whether a call that failed is tried again, and when: gRFC A6 without hedging, and without the throttling that
//! protects servers from many clients at once.
//!
//! Must not know: connections, messages.

use std::time::Duration;

use super::status::Code;
use super::verdict::deadline_passed;
use super::{Cause, EndedBy, Outcome, Status, code_name};
use crate::request::{MetadataValue, RetryPolicy};

const PUSHBACK: &str = "grpc-retry-pushback-ms";

/// The attempts of one call so far.
#[derive(Debug)]
pub(super) struct Retries {
    policy: Option<RetryPolicy>,
    /// Attempts that failed and count by the policy.
    failed: u32,
    /// Doublings of the next wait.
    doublings: u32,
    /// A call that the server did not look at was sent again.
    resent: bool,
    /// All that was tried and failed, to be told.
    tried: u32,
}

impl Retries {
    pub(super) fn new(policy: Option<RetryPolicy>) -> Self {
        Self { policy, failed: 0, doublings: 0, resent: false, tried: 0 }
    }

    /// Attempts before this one, for `grpc-previous-rpc-attempts`.
    pub(super) fn previous(&self) -> u32 {
        self.failed
    }

    /// Counts something that failed and is tried again; from 1.
    pub(super) fn count(&mut self) -> u32 {
        self.tried += 1;
        self.tried
    }

    /// How long to wait before the next attempt; `None` for no further one. `chance` is from 0 to 1.
    pub(super) fn after(&mut self, outcome: &Outcome, chance: f64) -> Option<Duration> {
        if outcome.status.code == Code::Ok as i32 || matches!(outcome.ended_by, EndedBy::Cancel | EndedBy::Deadline) {
            return None;
        }
        if matches!(outcome.cause, Some(Cause::Unprocessed { .. })) && !std::mem::replace(&mut self.resent, true) {
            return Some(Duration::ZERO);
        }
        let policy = self.policy.as_ref()?;
        let transient = outcome.cause.as_ref().is_none_or(Cause::may_pass);
        if !transient || !policy.codes.contains(&outcome.status.code) || self.failed + 1 >= policy.attempts {
            return None;
        }
        let wait = match pushback(outcome) {
            Pushback::None => {
                let longest = policy.backoff.saturating_mul(1 << self.doublings.min(30)).min(policy.max_backoff);
                self.doublings += 1;
                longest.mul_f64(chance.clamp(0.0, 1.0))
            }
            Pushback::Wait(wait) => {
                self.doublings = 0;
                wait
            }
            Pushback::Stop => return None,
        };
        self.failed += 1;
        Some(wait)
    }
}

/// What the server says about another attempt.
#[derive(Debug, PartialEq, Eq)]
enum Pushback {
    None,
    Wait(Duration),
    Stop,
}

fn pushback(outcome: &Outcome) -> Pushback {
    let Some((_, value)) = outcome.trailers.iter().find(|(name, _)| name == PUSHBACK) else { return Pushback::None };
    match value {
        MetadataValue::Text(text) => match text.trim().parse::<u32>() {
            Ok(milliseconds) => Pushback::Wait(Duration::from_millis(milliseconds.into())),
            // Negative means no, and so does what cannot be read.
            Err(_no_number) => Pushback::Stop,
        },
        MetadataValue::Binary(_) => Pushback::Stop,
    }
}

/// What a call is doing, for the word on a deadline that passes.
#[derive(Clone, Debug, Default)]
pub(super) enum Phase {
    /// It has no connection yet.
    #[default]
    Connecting,
    /// Connecting failed, and it waits until the server can be reached.
    Waiting(Cause),
    /// It runs.
    Running,
    /// An attempt failed, and it waits for the next or makes it.
    Retrying(Status),
}

impl Phase {
    /// The end of a call whose deadline passed.
    pub(super) fn too_late(self, timeout: Duration) -> Outcome {
        match self {
            Self::Connecting => deadline_passed(timeout, false),
            Self::Running => deadline_passed(timeout, true),
            Self::Waiting(cause) => {
                let mut outcome = deadline_passed(timeout, false);
                let last = format!("; the last failure: {cause}");
                outcome.status.message.push_str(&last);
                // What to do about it is what to do about this one.
                outcome.cause = Some(cause);
                outcome
            }
            Self::Retrying(status) => {
                let mut outcome = deadline_passed(timeout, true);
                let last = format!("; its last attempt failed with {}: {}", code_name(status.code), status.message);
                outcome.status.message.push_str(&last);
                outcome
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::status::own_status;

    fn policy() -> RetryPolicy {
        RetryPolicy {
            attempts: 4,
            backoff: Duration::from_millis(100),
            max_backoff: Duration::from_millis(300),
            codes: vec![14, 8],
        }
    }

    fn failed(code: Code) -> Outcome {
        let status = own_status(code, "no");
        Outcome { status, trailers: Vec::new(), ended_by: EndedBy::Server, cause: None }
    }

    fn pushed(text: &str) -> Outcome {
        let trailers = vec![(PUSHBACK.to_owned(), MetadataValue::Text(text.to_owned()))];
        Outcome { trailers, ..failed(Code::Unavailable) }
    }

    fn milliseconds(count: u64) -> Duration {
        Duration::from_millis(count)
    }

    #[test]
    fn waits_double_up_to_the_longest() {
        let mut retries = Retries::new(Some(policy()));
        let unavailable = failed(Code::Unavailable);
        assert_eq!(retries.previous(), 0);
        assert_eq!(retries.after(&unavailable, 1.0), Some(milliseconds(100)));
        assert_eq!(retries.after(&failed(Code::ResourceExhausted), 0.5), Some(milliseconds(100)));
        assert_eq!(retries.after(&unavailable, 1.0), Some(milliseconds(300)));
        assert_eq!(retries.previous(), 3);
        assert_eq!(retries.after(&unavailable, 1.0), None);
    }

    #[test]
    fn the_server_may_say_when() {
        let mut retries = Retries::new(Some(policy()));
        assert_eq!(retries.after(&pushed("1500"), 1.0), Some(milliseconds(1500)));
        assert_eq!(retries.after(&failed(Code::Unavailable), 1.0), Some(milliseconds(100)));
        assert_eq!(retries.after(&pushed("-1"), 1.0), None);
        assert_eq!(retries.after(&pushed("soon"), 1.0), None);
    }

    #[test]
    fn some_ends_are_final() {
        let mut retries = Retries::new(Some(policy()));
        assert_eq!(retries.after(&failed(Code::NotFound), 1.0), None);
        assert_eq!(retries.after(&Outcome { ended_by: EndedBy::Cancel, ..failed(Code::Unavailable) }, 1.0), None);
        let no_tls = Cause::NoTls { address: String::new(), detail: String::new() };
        assert_eq!(retries.after(&no_tls.into_outcome(), 1.0), None);
        assert_eq!(Retries::new(None).after(&failed(Code::Unavailable), 1.0), None);
    }

    #[test]
    fn what_the_server_did_not_look_at_is_sent_again_once() {
        let mut retries = Retries::new(None);
        let refused = || Cause::Unprocessed { detail: String::new() }.into_outcome();
        assert_eq!(retries.after(&refused(), 1.0), Some(milliseconds(0)));
        assert_eq!(retries.previous(), 0);
        assert_eq!(retries.after(&refused(), 1.0), None);
    }
}
