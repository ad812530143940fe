//! What a server says of its health: `grpc.health.v1`, asked once or watched, for the server and for each service.
//!
//! Must not know: toolkit.

use std::time::{Duration, SystemTime};

use prost::Message as _;

use super::channels::spec;
use crate::engine::{Call, Cause, Engine, Happened, Outcome, Status};
use crate::request::Access;
use crate::schema::Kind;

/// Services that are asked for.
const MOST_SERVICES: usize = 100;
/// Checks that run at a time.
const AT_ONCE: usize = 16;
/// How long the answer to a check may take.
const LIMIT: Duration = Duration::from_secs(10);

const SERVICE: &str = "grpc.health.v1.Health";
const NOT_FOUND: i32 = 5;
const UNIMPLEMENTED: i32 = 12;

/// `grpc.health.v1.HealthCheckRequest`.
#[derive(Clone, PartialEq, prost::Message)]
struct Request {
    #[prost(string, tag = "1")]
    service: String,
}

/// `grpc.health.v1.HealthCheckResponse`; its enum is open.
#[derive(Clone, PartialEq, prost::Message)]
struct Response {
    #[prost(int32, tag = "1")]
    status: i32,
}

/// The answers of one server.
#[derive(Debug)]
pub struct Health {
    /// The server as a whole first, by the empty name.
    pub rows: Vec<HealthRow>,
    /// Services that are not asked for, because they are too many.
    pub more: usize,
    access: Access,
}

/// What is known of one service.
#[derive(Debug)]
pub struct HealthRow {
    /// Its full name; empty for the server as a whole.
    pub service: String,
    /// The last answer, and when it came.
    pub answer: Option<(SystemTime, Answer)>,
    /// Answers so far of the watch that runs or ran last.
    pub changes: u64,
    asking: Asking,
}

#[derive(Debug)]
enum Asking {
    Not,
    /// Until fewer checks run.
    Waiting,
    Check(Box<Call>),
    Watch(Box<Call>),
}

/// What a server says of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// `SERVING`.
    Serving,
    /// `NOT_SERVING`.
    NotServing,
    /// `UNKNOWN`, or a value that we do not know.
    Unknown,
    /// The server has no such service: `SERVICE_UNKNOWN`, or the status NOT_FOUND.
    NoSuchService,
    /// The server has no health service.
    NoHealthService,
    /// The server answers no watch.
    NoWatch,
    /// The call failed otherwise.
    Failed(Status, Option<Cause>),
}

impl Answer {
    const fn of(status: i32) -> Self {
        match status {
            1 => Self::Serving,
            2 => Self::NotServing,
            3 => Self::NoSuchService,
            _ => Self::Unknown,
        }
    }

    /// What a failed call says.
    fn of_failure(outcome: Outcome) -> Self {
        match outcome.status.code {
            NOT_FOUND if outcome.cause.is_none() => Self::NoSuchService,
            UNIMPLEMENTED => Self::NoHealthService,
            _ => Self::Failed(outcome.status, outcome.cause),
        }
    }

    /// Key of the word for it.
    #[must_use]
    pub const fn key(&self) -> &'static str {
        match self {
            Self::Serving => "health-serving",
            Self::NotServing => "health-not-serving",
            Self::Unknown => "health-unknown",
            Self::NoSuchService => "health-no-such-service",
            Self::NoHealthService => "health-no-health-service",
            Self::NoWatch => "health-no-watch",
            Self::Failed(..) => "health-failed",
        }
    }
}

impl HealthRow {
    fn new(service: String) -> Self {
        Self { service, answer: None, changes: 0, asking: Asking::Not }
    }

    /// Whether a check is awaited.
    #[must_use]
    pub const fn is_checking(&self) -> bool {
        matches!(self.asking, Asking::Waiting | Asking::Check(_))
    }

    /// Whether the server tells each change.
    #[must_use]
    pub const fn is_watched(&self) -> bool {
        matches!(self.asking, Asking::Watch(_))
    }

    fn message(&self) -> bytes::Bytes {
        Request { service: self.service.clone() }.encode_to_vec().into()
    }

    fn poll(&mut self) {
        while let Asking::Check(call) | Asking::Watch(call) = &mut self.asking {
            let Some(event) = call.try_next() else { return };
            match event.what {
                Happened::Received(payload) => {
                    let answer = match Response::decode(payload.message) {
                        Ok(response) => Answer::of(response.status),
                        Err(_) => Answer::Unknown,
                    };
                    self.changes += u64::from(self.is_watched());
                    self.answer = Some((SystemTime::now(), answer));
                }
                Happened::Finished(outcome) => {
                    let code = outcome.status.code;
                    if code == UNIMPLEMENTED && self.is_watched() {
                        // Some servers only answer checks.
                        self.answer = Some((SystemTime::now(), Answer::NoWatch));
                    } else if code != 0 {
                        self.answer = Some((SystemTime::now(), Answer::of_failure(*outcome)));
                    }
                    self.asking = Asking::Not;
                }
                _ => {}
            }
        }
    }
}

impl Health {
    /// Asks for the server as a whole and for each of these services.
    pub(super) fn check(access: Access, services: Vec<String>, engine: &Engine) -> Self {
        let more = services.len().saturating_sub(MOST_SERVICES);
        let names = std::iter::once(String::new()).chain(services.into_iter().take(MOST_SERVICES));
        let rows = names.map(|name| HealthRow { asking: Asking::Waiting, ..HealthRow::new(name) }).collect();
        let mut health = Self { rows, more, access };
        health.poll(engine);
        health
    }

    /// The server has no health service at all.
    #[must_use]
    pub fn is_absent(&self) -> bool {
        self.rows.first().is_some_and(|row| matches!(&row.answer, Some((_, Answer::NoHealthService))))
    }

    /// Whether any service is watched.
    #[must_use]
    pub fn is_watching(&self) -> bool {
        self.rows.iter().any(HealthRow::is_watched)
    }

    /// Whether any check is awaited.
    #[must_use]
    pub fn is_checking(&self) -> bool {
        self.rows.iter().any(HealthRow::is_checking)
    }

    /// Watches one service by its place, or all.
    pub(super) fn watch(&mut self, row: Option<usize>, engine: &Engine) {
        let access = &self.access;
        for (_, row) in self.rows.iter_mut().enumerate().filter(|(at, _)| row.is_none_or(|row| row == *at)) {
            if !row.is_watched() {
                let spec = spec(access, (SERVICE, "Watch"), Kind::ServerStreaming, row.message(), None);
                row.changes = 0;
                row.asking = Asking::Watch(Box::new(engine.call(spec)));
            }
        }
    }

    /// Ends that.
    pub(super) fn stop(&mut self, row: Option<usize>) {
        for (_, row) in self.rows.iter_mut().enumerate().filter(|(at, _)| row.is_none_or(|row| row == *at)) {
            if row.is_watched() {
                row.asking = Asking::Not;
            }
        }
    }

    /// Takes in what has come, and begins what waits.
    pub(super) fn poll(&mut self, engine: &Engine) {
        self.rows.iter_mut().for_each(HealthRow::poll);
        if self.is_absent() {
            for row in self.rows.iter_mut().filter(|row| row.is_checking()) {
                row.asking = Asking::Not;
            }
            return;
        }
        let running = self.rows.iter().filter(|row| matches!(row.asking, Asking::Check(_))).count();
        let waiting = self.rows.iter_mut().filter(|row| matches!(row.asking, Asking::Waiting));
        for row in waiting.take(AT_ONCE.saturating_sub(running)) {
            let spec = spec(&self.access, (SERVICE, "Check"), Kind::Unary, row.message(), Some(LIMIT));
            row.asking = Asking::Check(Box::new(engine.call(spec)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::Command;
    use crate::app::channels::{ChannelAction, ChannelPane};
    use crate::app::tests::{first_start, wait};

    #[test]
    fn a_server_is_asked_for_each_service_and_watched_until_the_panel_is_closed() {
        let (_folder, mut app) = first_start();
        app.apply(Command::Send.into());
        wait(&mut app, |app| app.tab().is_some_and(|tab| !tab.is_live()));
        app.apply(Command::Channels.into());
        app.apply(ChannelAction::Show(ChannelPane::Health).into());
        let rows = |app: &crate::app::App| app.channels.health.as_ref().unwrap().rows.len();
        assert!(rows(&app) > 2, "the server, and what its schema has");
        let answered = |row: &HealthRow| matches!(&row.answer, Some((_, Answer::Serving)));
        wait(&mut app, |app| app.channels.health.as_ref().unwrap().rows.iter().all(answered));
        app.apply(ChannelAction::WatchHealth(Some(1)).into());
        wait(&mut app, |app| app.channels.health.as_ref().unwrap().rows[1].changes == 1);
        assert_eq!(app.channels.shown().unwrap().open_calls, 1);
        app.apply(crate::app::Action::CloseOverlay);
        wait(&mut app, |app| app.channels.facts.iter().all(|facts| facts.open_calls == 0));
        assert!(app.channels.health.is_none());
    }

    #[test]
    fn statuses_are_told_apart() {
        for (status, expected) in [
            (0, Answer::Unknown),
            (1, Answer::Serving),
            (2, Answer::NotServing),
            (3, Answer::NoSuchService),
            (9, Answer::Unknown),
        ] {
            assert_eq!(Answer::of(status), expected);
        }
        let failed = |code| {
            let status = Status { code, ..Status::default() };
            let ended_by = crate::engine::EndedBy::Server;
            Answer::of_failure(Outcome { status, trailers: Vec::new(), ended_by, cause: None })
        };
        assert_eq!(failed(5), Answer::NoSuchService);
        assert_eq!(failed(12), Answer::NoHealthService);
        assert!(matches!(failed(14), Answer::Failed(..)));
    }
}
