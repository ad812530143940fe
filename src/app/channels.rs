//! The channel panel: which channels there are, which one is looked at, and what can be asked of it.
//!
//! Must not know: toolkit.

use std::fmt::Write as _;
use std::time::{Duration, SystemTime};

use bytes::Bytes;

use super::channelz::Channelz;
use super::health::Health;
use super::{App, Overlay, TabId, format};
use crate::engine::{Cause, ChannelFacts, ChannelId, ChannelState, Job, PingFailure, StateChange, Why};
use crate::log::day;
use crate::request::{Access, CallOptions, CallSpec, ConnectionSpec};
use crate::schema::{Kind, MethodPath};
use crate::text::Text;

/// Ways to servers that are remembered: more than the engine keeps channels without a connection.
const MOST_USED: usize = 64;

/// The channels, and what is shown of them.
#[derive(Debug, Default)]
pub struct Channels {
    /// All that are known, the oldest first.
    pub facts: Vec<ChannelFacts>,
    /// The one that is looked at.
    pub chosen: Option<ChannelId>,
    /// What of it.
    pub pane: ChannelPane,
    /// Why the last ping failed, and whose.
    pub ping_failure: Option<(ChannelId, PingFailure)>,
    /// What the server of the chosen channel says of its health.
    pub health: Option<Health>,
    /// What it tells of its own channels.
    pub channelz: Option<Channelz>,
    ping: Option<(ChannelId, Job<Result<Duration, PingFailure>>)>,
    /// The latest last.
    used: Vec<Used>,
}

/// How a server was reached, and for whom.
#[derive(Debug)]
struct Used {
    tab: Option<TabId>,
    access: Access,
}

/// What of a channel is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ChannelPane {
    /// The connection, TLS, traffic.
    #[default]
    Connection,
    /// The states so far.
    History,
    /// `grpc.health.v1`.
    Health,
    /// `grpc.channelz.v1`.
    Channelz,
}

impl ChannelPane {
    /// In the order of the screen.
    pub const ALL: [Self; 4] = [Self::Connection, Self::History, Self::Health, Self::Channelz];

    /// Key of its name.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Connection => "channel-pane-connection",
            Self::History => "channel-pane-history",
            Self::Health => "channel-pane-health",
            Self::Channelz => "channel-pane-channelz",
        }
    }
}

/// What the user wants of the channel that is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChannelAction {
    /// Look at another.
    Choose(ChannelId),
    /// Look at something else of it.
    Show(ChannelPane),
    /// Measure the time to the server and back.
    Ping,
    /// Make a new connection.
    Reconnect,
    /// Close it.
    Close,
    /// Put all that is known of it on the clipboard.
    Copy,
    /// Ask how every service does.
    CheckHealth,
    /// Keep asking: one service by its place, or all.
    WatchHealth(Option<usize>),
    /// End that.
    StopHealth(Option<usize>),
    /// Ask for the server's channels.
    AskChannelz,
}

impl Channels {
    /// The one that is looked at.
    #[must_use]
    pub fn shown(&self) -> Option<&ChannelFacts> {
        self.facts.iter().find(|facts| Some(facts.id) == self.chosen)
    }

    /// The one that the latest call of a tab used.
    #[must_use]
    pub fn of_tab(&self, tab: TabId) -> Option<&ChannelFacts> {
        let used = self.used.iter().rfind(|used| used.tab == Some(tab))?;
        self.facts.iter().find(|facts| *facts.spec == used.access.connection)
    }

    /// Whether a ping is under way on the chosen one.
    #[must_use]
    pub fn is_pinging(&self) -> bool {
        self.ping.as_ref().is_some_and(|(id, _)| Some(*id) == self.chosen)
    }

    /// Remembers how a server is reached, for what is asked of it later.
    pub(super) fn remember(&mut self, tab: Option<TabId>, access: &Access) {
        self.used.retain(|used| used.tab != tab || used.access.connection != access.connection);
        if self.used.len() == MOST_USED {
            self.used.remove(0);
        }
        self.used.push(Used { tab, access: access.clone() });
    }

    /// How the server of a channel was reached last, and by which tab.
    fn access(&self, spec: &ConnectionSpec) -> (Access, Option<TabId>) {
        let used = self.used.iter().rfind(|used| used.access.connection == *spec);
        let plain = || Access {
            connection: spec.clone(),
            path_prefix: String::new(),
            metadata: Vec::new(),
            credentials: None,
            secret_names: Vec::new(),
            options: CallOptions { protocol: spec.protocol, ..CallOptions::default() },
        };
        used.map_or_else(|| (plain(), None), |used| (used.access.clone(), used.tab))
    }

    fn let_go(&mut self) {
        self.health = None;
        self.channelz = None;
    }
}

impl App {
    /// Shows the channels, and of them the one of the current tab; where that has none the one that was shown last.
    pub(super) fn show_channels(&mut self) {
        self.channels.facts = self.engine.channels();
        let of_tab = self.channels.of_tab(self.active).map(|facts| facts.id);
        let chosen = of_tab.or_else(|| Some(self.channels.shown()?.id));
        self.channels.chosen = chosen.or_else(|| Some(self.channels.facts.first()?.id));
        self.show(Overlay::Channels);
        self.ask_shown();
    }

    pub(super) fn channel_action(&mut self, action: ChannelAction) {
        match action {
            ChannelAction::Choose(id) => {
                self.channels.chosen = Some(id);
                self.channels.let_go();
                self.ask_shown();
            }
            ChannelAction::Show(pane) => {
                self.channels.pane = pane;
                self.ask_shown();
            }
            ChannelAction::Ping => self.ping_channel(),
            ChannelAction::Reconnect => self.for_shown(|app, id| app.engine.reconnect(id)),
            ChannelAction::Close => self.for_shown(|app, id| app.engine.close(id)),
            ChannelAction::Copy => {
                let copied = self.channels.shown().map(|facts| as_text(facts, SystemTime::now(), &self.text));
                self.copied = copied.or(self.copied.take());
            }
            ChannelAction::CheckHealth => self.check_health(),
            ChannelAction::WatchHealth(row) => {
                if let Some(health) = &mut self.channels.health {
                    health.watch(row, &self.engine);
                }
            }
            ChannelAction::StopHealth(row) => {
                if let Some(health) = &mut self.channels.health {
                    health.stop(row);
                }
            }
            ChannelAction::AskChannelz => self.ask_channelz(),
        }
    }

    fn for_shown(&mut self, act: impl FnOnce(&mut Self, ChannelId)) {
        if let Some(id) = self.channels.chosen {
            act(self, id);
        }
    }

    fn ping_channel(&mut self) {
        self.for_shown(|app, id| {
            app.channels.ping_failure = None;
            app.channels.ping = Some((id, app.engine.ping(id)));
        });
    }

    /// Asks the server what the chosen pane is to show, unless it has been asked.
    fn ask_shown(&mut self) {
        match self.channels.pane {
            ChannelPane::Health if self.channels.health.is_none() => self.check_health(),
            ChannelPane::Channelz if self.channels.channelz.is_none() => self.ask_channelz(),
            _ => {}
        }
    }

    fn check_health(&mut self) {
        let Some((access, tab)) = self.shown_access() else { return };
        let schema = tab.and_then(|id| self.tabs.iter().find(|tab| tab.id == id)).and_then(|tab| tab.schema);
        let asked =
            |open: &&super::OpenSchema| open.asked.as_ref().is_some_and(|it| it.connection == access.connection);
        let open = self.schemas.iter().find(|open| Some(open.id) == schema).or_else(|| self.schemas.iter().find(asked));
        let schema = open.and_then(|open| open.schema.as_ref());
        let services = schema.map(|schema| schema.services.iter().map(|service| service.full_name.clone()).collect());
        let mut services: Vec<String> = services.unwrap_or_default();
        let called = tab.and_then(|id| self.tabs.iter().find(|tab| tab.id == id));
        if let Some(path) = called.and_then(|tab| MethodPath::parse(&tab.draft.method)) {
            // The one in use comes first, also where the schema has more than are asked.
            services.retain(|service| *service != path.service);
            services.insert(0, path.service);
        }
        self.channels.health = Some(Health::check(access, services, &self.engine));
    }

    fn ask_channelz(&mut self) {
        let Some((access, _)) = self.shown_access() else { return };
        self.channels.channelz = Some(Channelz::ask(access, &self.engine));
    }

    fn shown_access(&self) -> Option<(Access, Option<TabId>)> {
        let spec = &self.channels.shown()?.spec;
        Some(self.channels.access(spec))
    }

    /// Whether the panel is on the screen.
    #[must_use]
    pub const fn shows_channels(&self) -> bool {
        matches!(self.overlay, Some(Overlay::Channels))
    }

    /// Takes in what has come; what is asked of a server ends when the panel is closed.
    pub(super) fn poll_channels(&mut self) {
        self.channels.facts = self.engine.channels();
        if let Some((id, job)) = &mut self.channels.ping
            && let Some(answer) = job.try_next()
        {
            // The time itself is among the facts.
            let failure = answer.unwrap_or(Err(PingFailure::Lost)).err();
            self.channels.ping_failure = failure.map(|failure| (*id, failure));
            self.channels.ping = None;
        }
        if !self.shows_channels() {
            self.channels.let_go();
            return;
        }
        if self.channels.shown().is_none() {
            self.channels.chosen = self.channels.facts.first().map(|facts| facts.id);
            self.channels.let_go();
        }
        if let Some(health) = &mut self.channels.health {
            health.poll(&self.engine);
        }
        if let Some(channelz) = &mut self.channels.channelz {
            channelz.poll(&self.engine);
        }
    }
}

/// A call to a service that is no part of any schema.
pub(super) fn spec(
    access: &Access,
    method: (&str, &str),
    kind: Kind,
    message: Bytes,
    limit: Option<Duration>,
) -> CallSpec {
    CallSpec {
        access: access.clone(),
        method: MethodPath { service: method.0.to_owned(), method: method.1.to_owned() },
        kind,
        timeout: limit,
        messages: vec![message],
    }
}

/// Key of the name of a state.
#[must_use]
pub const fn state_key(state: ChannelState) -> &'static str {
    match state {
        ChannelState::Idle => "channel-idle",
        ChannelState::Connecting => "channel-connecting",
        ChannelState::Ready => "channel-ready",
        ChannelState::TransientFailure => "channel-failed",
        ChannelState::Shutdown => "channel-shutdown",
    }
}

/// Why a channel came into a state, in words.
#[must_use]
pub fn why_words(why: &Why, text: &Text) -> String {
    let key = match why {
        Why::Failed(cause) => return cause_words(cause, text),
        Why::GoAway(goaway) => return text.with("channel-why-goaway", &[("reason", goaway.reason().into())]),
        Why::Wanted => "channel-why-wanted",
        Why::Opened => "channel-why-opened",
        Why::ServerClosed => "channel-why-server-closed",
        Why::Unused => "channel-why-unused",
        Why::GivenUp => "channel-why-given-up",
        Why::Asked => "channel-why-asked",
    };
    text.get(key).to_owned()
}

/// What happened, in one sentence.
#[must_use]
pub fn cause_words(cause: &Cause, text: &Text) -> String {
    let arguments = cause.arguments();
    let arguments: Vec<_> = arguments.iter().map(|(name, value)| (*name, value.as_str().into())).collect();
    text.with(cause.key(), &arguments)
}

/// What is called a channel: where it leads.
#[must_use]
pub fn title(facts: &ChannelFacts) -> String {
    facts.addresses.join(", ")
}

/// In one line: state, open calls, the last round trip.
#[must_use]
pub fn line(facts: &ChannelFacts, text: &Text) -> String {
    let mut words = vec![text.get(state_key(facts.state)).to_owned()];
    words.push(text.with("channel-open-calls", &[("count", facts.open_calls.into())]));
    words.extend(facts.round_trip.map(|trip| format::duration(trip.took)));
    words.join(" · ")
}

/// How long ago, or for how long, in whole seconds.
#[must_use]
pub fn age(since: SystemTime, now: SystemTime) -> String {
    let age = now.duration_since(since).unwrap_or_default();
    if age < Duration::from_mins(1) { format!("{} s", age.as_secs()) } else { format::duration(age) }
}

/// The steps of a history with the time that each lasted, the latest first.
pub fn lasted(facts: &ChannelFacts, now: SystemTime) -> impl Iterator<Item = (&StateChange, Duration)> {
    let ends = facts.history.iter().skip(1).map(|change| change.at).chain([now]);
    let steps: Vec<_> = facts.history.iter().zip(ends).collect();
    steps.into_iter().rev().map(|(change, end)| (change, end.duration_since(change.at).unwrap_or_default()))
}

/// What is said about a connection: the key of a label, and its value.
#[must_use]
pub fn rows(facts: &ChannelFacts, now: SystemTime, text: &Text) -> Vec<(&'static str, String)> {
    let ago = |at| text.with("channel-ago", &[("age", age(at, now).into())]);
    let mut rows = vec![("channel-addresses", facts.addresses.join(", "))];
    let connection = facts.connection.as_ref();
    if let Some(connection) = connection {
        let peer = &connection.peer;
        rows.push(("channel-peer", peer.address.clone()));
        rows.extend(peer.local.clone().map(|local| ("channel-local", local)));
        rows.extend(peer.via.clone().map(|via| ("channel-proxy", via)));
        rows.push(("channel-connected", ago(connection.since)));
    }
    rows.push(("channel-authority", facts.authority.clone()));
    let security = match connection.map(|connection| &connection.peer.tls) {
        Some(Some(tls)) => [&tls.version, &tls.cipher, &tls.alpn].map(String::as_str).join(", "),
        None if facts.spec.tls.is_some() => text.get("channel-tls").to_owned(),
        Some(None) | None => text.get("lock-plaintext").to_owned(),
    };
    rows.push(("channel-security", security.trim_end_matches(", ").to_owned()));
    if let Some(connection) = connection {
        let streams = connection.max_streams.map(|most| format::count(most as u64));
        rows.push(("channel-max-streams", streams.unwrap_or_else(|| text.get("channel-no-limit").to_owned())));
    }
    let counts = [("open", facts.open_calls.into()), ("all", format::count(facts.calls).into())];
    rows.push(("channel-calls", text.with("channel-calls-words", &counts)));
    let counts = [("all", facts.connections.into()), ("old", facts.draining.into())];
    let key = if facts.draining > 0 { "channel-connections-draining" } else { "channel-connections-words" };
    rows.push(("channel-connections", text.with(key, &counts)));
    let sizes = [("in", format::size(facts.bytes_in).into()), ("out", format::size(facts.bytes_out).into())];
    rows.push(("channel-traffic", text.with("channel-traffic-words", &sizes)));
    if let Some(trip) = facts.round_trip {
        let words = [("took", format::duration(trip.took).into()), ("ago", ago(trip.at).into())];
        rows.push(("channel-round-trip", text.with("channel-round-trip-words", &words)));
    }
    rows.extend(facts.goaway.as_ref().map(|goaway| ("channel-goaway", goaway.reason())));
    if let Some(failure) = &facts.last_failure {
        let words = [("sentence", cause_words(&failure.cause, text).into()), ("ago", ago(failure.at).into())];
        rows.push(("channel-last-failure", text.with("channel-last-failure-words", &words)));
    }
    if let Some(wait) = facts.next_try.filter(|wait| !wait.is_zero()) {
        let words = text.with("channel-next-try-words", &[("wait", format::duration(wait).into())]);
        rows.push(("channel-next-try", words));
    }
    rows
}

/// What the user must be told loudly of the connection.
#[must_use]
pub fn warnings(facts: &ChannelFacts, text: &Text) -> Vec<String> {
    let tls = facts.connection.as_ref().and_then(|connection| connection.peer.tls.as_ref());
    let Some(tls) = tls else { return Vec::new() };
    let mut warnings = Vec::new();
    if let Some(doubt) = &tls.doubt {
        warnings.push(text.with("channel-doubt", &[("sentence", cause_words(doubt, text).into())]));
    } else if tls.unverified {
        warnings.push(text.get("channel-unverified").to_owned());
    }
    if tls.key_log {
        warnings.push(text.get("channel-key-log").to_owned());
    }
    warnings
}

/// All that is known of a channel, for the clipboard.
fn as_text(facts: &ChannelFacts, now: SystemTime, text: &Text) -> String {
    let mut out = format!("{}\n{}\n", title(facts), line(facts, text));
    let mut say = |name: &str, value: &str| {
        // Writing to a string cannot fail.
        let _written = writeln!(out, "{name}: {value}");
    };
    for warning in warnings(facts, text) {
        say("!", &warning);
    }
    for (key, value) in rows(facts, now, text) {
        say(text.get(key), &value);
    }
    let tls = facts.connection.as_ref().and_then(|connection| connection.peer.tls.as_ref());
    for certificate in tls.map(|tls| tls.chain.as_slice()).unwrap_or_default() {
        let dates = [("from", day(certificate.not_before).into()), ("until", day(certificate.not_after).into())];
        let dates = text.with("certificate-dates", &dates);
        say(text.get("certificate-subject"), &format!("{}, {dates}, {}", certificate.title(), certificate.fingerprint));
    }
    for (change, duration) in lasted(facts, now) {
        let state = format!("{} ({})", text.get(state_key(change.state)), format::duration(duration));
        say(&format::time_of_day(change.at), &format!("{state}: {}", why_words(&change.why, text)));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::Command;
    use crate::app::tests::{first_start, wait};
    use crate::request::{Draft, Scope, resolve_access};

    #[test]
    fn a_call_leaves_a_channel_that_is_told_as_text() {
        let (_folder, mut app) = first_start();
        app.apply(Command::Channels.into());
        app.apply(ChannelAction::Copy.into());
        assert_eq!(app.take_copied(), None, "there is nothing to tell of");
        app.apply(Command::Send.into());
        wait(&mut app, |app| app.tab().is_some_and(|tab| !tab.is_live()));
        assert!(app.channels.of_tab(app.active).is_some());
        assert!(app.channels.of_tab(TabId(99)).is_none());
        app.apply(Command::Channels.into());
        app.apply(ChannelAction::Copy.into());
        let copied = app.take_copied().unwrap();
        let demo = app.demo_address().unwrap();
        assert!(copied.starts_with(&format!("{demo}\nReady")), "{copied}");
        let words = ["Calls: 0 open, 1 so far", "Security: Plaintext", "Ready (", ": the server answered"];
        for words in words {
            assert!(copied.contains(words), "{words} in {copied}");
        }
    }

    #[test]
    fn a_ping_without_a_connection_is_told() {
        let (_folder, mut app) = first_start();
        app.apply(Command::Send.into());
        wait(&mut app, |app| app.tab().is_some_and(|tab| !tab.is_live()));
        app.apply(Command::Channels.into());
        app.apply(ChannelAction::Close.into());
        wait(&mut app, |app| app.channels.shown().is_some_and(|facts| facts.state == ChannelState::Shutdown));
        app.apply(ChannelAction::Ping.into());
        wait(&mut app, |app| app.channels.ping_failure.is_some());
        assert_eq!(app.channels.ping_failure.map(|(_, failure)| failure), Some(PingFailure::NotConnected));
    }

    #[test]
    fn ways_to_servers_are_remembered_within_bounds() {
        let access = |port: usize| {
            let draft = Draft { target: format!("localhost:{port}"), ..Draft::default() };
            resolve_access(&draft, &Scope::default()).unwrap()
        };
        let mut channels = Channels::default();
        for port in 1..=MOST_USED + 3 {
            channels.remember(Some(TabId(1)), &access(port));
            channels.remember(Some(TabId(1)), &access(port));
        }
        assert_eq!(channels.used.len(), MOST_USED);
        assert_eq!(channels.access(&access(9).connection), (access(9), Some(TabId(1))));
        assert_eq!(channels.access(&access(1).connection).1, None, "the oldest is forgotten");
    }
}
