//! Credentials on their way into a call: tokens that are signed here, fetched from an OAuth 2 server or printed by a
//! command, kept until shortly before they end.
//!
//! Must not know: gRPC, what calls are made.

mod browser;
mod command;
mod failure;
mod http;
mod jwt;
mod oauth;

use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use tokio::sync::mpsc;

use super::event::{Happened, Step};
use super::queue::EventSender;
use super::{Cause, Job, Panicked, Wake};
use crate::request::{Access, ConnectionSpec, Credentials, MetadataEntry, MetadataValue, Secret};

pub use failure::CredentialsFailure;
#[cfg(test)]
pub(super) use failure::tests::all as failures;

/// A token is renewed so long before it ends, or a tenth of its life where that is shorter.
const MARGIN: Duration = Duration::from_mins(1);
/// Credentials whose tokens are kept; variables that change with each call make new ones each time.
const MOST: usize = 64;
/// Steps of a job that wait for its owner.
const STEPS: usize = 8;

/// A token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// What is sent, without the prefix.
    pub value: Secret,
    /// Until when it holds, where that is known.
    pub until: Option<SystemTime>,
    life: Option<Life>,
}

/// How long a token holds, by the monotonic clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Life {
    since: Instant,
    length: Duration,
}

impl Token {
    /// A token that holds for so long from now; `None` where nobody says how long.
    fn new(value: Secret, length: Option<Duration>) -> Self {
        let until = length.and_then(|length| SystemTime::now().checked_add(length));
        Self { value, until, life: length.map(|length| Life { since: Instant::now(), length }) }
    }

    /// Whether a call may still begin with it.
    fn is_fresh(&self, now: Instant) -> bool {
        self.life.is_none_or(|Life { since, length }| {
            now.saturating_duration_since(since) < length.saturating_sub(MARGIN.min(length / 10))
        })
    }
}

/// What is held of some credentials.
#[derive(Debug, Default)]
struct Held {
    token: Option<Token>,
    /// What renews it; empty for none.
    refresh: Secret,
}

/// Held by whoever fetches, while others wait.
type Slot = Arc<tokio::sync::Mutex<Held>>;

/// Tokens by what they were had with.
#[derive(Debug, Default)]
pub(super) struct Tokens {
    /// The latest use last.
    slots: Mutex<HashMap<Credentials, (Slot, Instant)>>,
}

/// What is known of the token of some credentials, without waiting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenState {
    /// There is none.
    Missing,
    /// It is being fetched.
    Fetching,
    /// It is here, and holds.
    Held(Token),
}

/// Whom the steps are told.
pub(super) enum Teller<'a> {
    /// The owner of a call.
    Call(&'a EventSender),
    /// The owner of a [`TokenJob`].
    Job(mpsc::Sender<Step>, Wake),
}

impl Teller<'_> {
    async fn step(&self, step: Step) {
        match self {
            Self::Call(events) => events.send(Happened::Step(step)).await,
            Self::Job(steps, wake) => {
                // A job that was dropped wants none.
                if steps.send(step).await.is_ok() {
                    wake();
                }
            }
        }
    }
}

/// What fetching a token takes beside the credentials.
struct Fetching<'a> {
    /// The connection whose timeout, proxy and roots hold for the token server too.
    like: &'a ConnectionSpec,
    teller: &'a Teller<'a>,
}

impl Tokens {
    /// The metadata entry of an access's credentials, its token fetched where none holds; `None` without credentials.
    ///
    /// # Errors
    ///
    /// Why there is no token.
    pub(super) async fn entry(&self, access: &Access, teller: &Teller<'_>) -> Result<Option<MetadataEntry>, Cause> {
        let Some(credentials) = &access.credentials else { return Ok(None) };
        let token = self.token(access, credentials, teller).await?;
        let entry = credentials.entry();
        let space = if entry.prefix.is_empty() { "" } else { " " };
        let value = format!("{}{space}{}", entry.prefix, token.value.reveal());
        Ok(Some((entry.name.clone(), MetadataValue::Text(value))))
    }

    /// The token of some credentials.
    async fn token(&self, access: &Access, credentials: &Credentials, teller: &Teller<'_>) -> Result<Token, Cause> {
        let slot = self.slot(credentials);
        let mut held = slot.lock().await;
        let source = source(credentials);
        if let Some(token) = held.token.as_ref().filter(|token| token.is_fresh(Instant::now())) {
            teller.step(Step::Token { source, reused: true }).await;
            return Ok(token.clone());
        }
        held.token = None;
        let fetching = Fetching { like: &access.connection, teller };
        let token = match credentials {
            Credentials::Jwt(spec) => jwt::token(spec).await,
            Credentials::OAuth2(spec) => {
                teller.step(Step::FetchingToken { source: source.clone() }).await;
                oauth::token(spec, &mut held.refresh, &fetching).await
            }
            Credentials::Command(spec) => {
                teller.step(Step::FetchingToken { source: source.clone() }).await;
                command::token(spec).await
            }
        };
        let token = token.and_then(checked).map_err(Cause::Credentials)?;
        teller.step(Step::Token { source, reused: false }).await;
        // A JWT without an end is as new as its signature.
        held.token =
            Some(token.clone()).filter(|token| token.life.is_some() || !matches!(credentials, Credentials::Jwt(_)));
        Ok(token)
    }

    /// Drops the token of some credentials, so that the next call has a new one. What renews it stays.
    pub(super) fn expire(&self, credentials: &Credentials) {
        // Whoever holds the slot is fetching a new one already.
        if let Some(slot) = self.known(credentials)
            && let Ok(mut held) = slot.try_lock()
        {
            held.token = None;
        }
    }

    /// Drops all that is held of some credentials.
    pub(super) fn forget(&self, credentials: &Credentials) {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner).remove(credentials);
    }

    /// What is known without waiting.
    pub(super) fn state(&self, credentials: &Credentials) -> TokenState {
        // Nobody holds the map for longer than a look.
        let Some(slot) = self.known(credentials) else { return TokenState::Missing };
        let Ok(held) = slot.try_lock() else { return TokenState::Fetching };
        let token = held.token.as_ref().filter(|token| token.is_fresh(Instant::now()));
        token.map_or(TokenState::Missing, |token| TokenState::Held(token.clone()))
    }

    fn known(&self, credentials: &Credentials) -> Option<Slot> {
        let slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        slots.get(credentials).map(|(slot, _)| Arc::clone(slot))
    }

    fn slot(&self, credentials: &Credentials) -> Slot {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        if slots.len() >= MOST && !slots.contains_key(credentials) {
            let oldest = slots.iter().min_by_key(|(_, (_, used))| *used).map(|(oldest, _)| oldest.clone());
            oldest.and_then(|oldest| slots.remove(&oldest));
        }
        let (slot, used) = slots.entry(credentials.clone()).or_insert_with(|| (Slot::default(), Instant::now()));
        *used = Instant::now();
        Arc::clone(slot)
    }
}

/// A token as metadata takes it.
fn checked(token: Token) -> Result<Token, CredentialsFailure> {
    let is_visible = token.value.reveal().chars().all(|c| matches!(c, ' '..='~'));
    match token.value.is_empty() {
        false if is_visible => Ok(token),
        true => Err(CredentialsFailure::Token { detail: "it is empty".to_owned() }),
        false => Err(CredentialsFailure::Token {
            detail: "it has characters in it that metadata cannot carry, only visible ASCII goes".to_owned(),
        }),
    }
}

/// Where a token comes from, in words that may be shown.
fn source(credentials: &Credentials) -> String {
    match credentials {
        Credentials::Jwt(spec) => format!("JWT {}", spec.algorithm.name()),
        Credentials::OAuth2(spec) => spec.token_url.clone(),
        Credentials::Command(spec) => spec.typed.clone(),
    }
}

/// A token on its way, outside a call. Dropping it ends the fetching.
pub struct TokenJob {
    job: Job<Result<(), Cause>>,
    steps: mpsc::Receiver<Step>,
}

impl TokenJob {
    pub(super) fn new(
        wake: Wake,
        tokens: Arc<Tokens>,
        access: Access,
        spawn: impl FnOnce(TokenWork) -> Job<Result<(), Cause>>,
    ) -> Self {
        let (sender, steps) = mpsc::channel(STEPS);
        let work = async move {
            let teller = Teller::Job(sender, wake);
            tokens.entry(&access, &teller).await.map(drop)
        };
        Self { job: spawn(Box::pin(work)), steps }
    }

    /// The next step that was taken.
    pub fn try_step(&mut self) -> Option<Step> {
        self.steps.try_recv().ok()
    }

    /// Whether the token came, once it is known.
    pub fn try_next(&mut self) -> Option<Result<Result<(), Cause>, Panicked>> {
        self.job.try_next()
    }
}

impl fmt::Debug for TokenJob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenJob").finish_non_exhaustive()
    }
}

/// What a [`TokenJob`] does.
type TokenWork = std::pin::Pin<Box<dyn Future<Output = Result<(), Cause>> + Send>>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_end_a_little_before_they_end() {
        let check = |length: Option<u64>, after: u64, expected| {
            let token = Token::new(Secret::new("t"), length.map(Duration::from_secs));
            assert_eq!(token.is_fresh(Instant::now() + Duration::from_secs(after)), expected, "{length:?} {after}");
        };
        check(None, 1_000_000, true);
        check(Some(3600), 3500, true);
        check(Some(3600), 3541, false);
        check(Some(100), 85, true);
        check(Some(100), 91, false);
        check(Some(0), 0, false);
    }

    #[test]
    fn what_metadata_cannot_carry_is_no_token() {
        let check = |value: &str| checked(Token::new(Secret::new(value), None)).is_ok();
        assert!(check("a.b-c=") && !check("") && !check("a\nb") && !check("中"));
    }
}
