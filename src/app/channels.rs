//! The channel panel: which channels there are, which one is looked at, and what can be asked of it.
//!
//! Must not know: toolkit.

mod words;

use std::time::{Duration, SystemTime};

use bytes::Bytes;

use self::words::as_text;
pub use self::words::{age, cause_words, lasted, line, rows, state_key, title, warnings, why_words};
use super::channelz::Channelz;
use super::health::Health;
use super::{App, Overlay, TabId};
use crate::engine::{ChannelFacts, ChannelId, Job, PingFailure};
use crate::request::{Access, CallOptions, CallSpec, ConnectionSpec};
use crate::schema::{Kind, MethodPath};

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::Command;
    use crate::app::tests::{first_start, wait};
    use crate::engine::ChannelState;
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
