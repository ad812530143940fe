//! How the calls of a request run, or those of all requests below a folder: time limits, security, connection, messages,
//! retries. What is empty is inherited, and says what holds then.
//!
//! Must not know: what the settings do.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::time::Instant;

use egui::{Id, RichText, Ui};

use super::dialogs::FASTEST_PERSON;
use super::icons::Icon;
use super::theme;
use super::widgets::{self, Choice, Field, FormLabel, FormRow, NoticeKind};
use crate::engine::{Engine, Job};
use crate::request::{
    Draft, Origin, Place, Problem, Scope, SecurityReason, Setting, Target, TlsMode, check_settings, expand,
    parse_target,
};
use crate::text::Text;

/// The widest that a closed list of a few words is.
const WIDEST_CHOICE: f32 = 220.0;

/// Files being chosen, by the field that they are for.
#[derive(Debug, Default)]
pub(super) struct Picks {
    asked: Option<(Id, Instant, Job<Option<PathBuf>>)>,
    /// What was chosen; `None` where no dialog answered.
    arrived: Option<(Id, Option<PathBuf>)>,
}

impl Picks {
    fn ask(&mut self, engine: &Engine, field: Id) {
        let dialog = rfd::AsyncFileDialog::new();
        let job = engine.job(async move { dialog.pick_file().await.map(|file| file.path().to_owned()) });
        self.asked = Some((field, Instant::now(), job));
        self.arrived = None;
    }

    fn poll(&mut self) {
        let Some((field, since, job)) = &mut self.asked else { return };
        let Some(answer) = job.try_next() else { return };
        let (field, chosen) = (*field, answer.ok().flatten());
        let given_up = chosen.is_none() && since.elapsed() >= FASTEST_PERSON;
        self.asked = None;
        if !given_up {
            self.arrived = Some((field, chosen));
        }
    }

    /// The file that was chosen for a field; given once.
    fn take(&mut self, field: Id) -> Option<PathBuf> {
        self.arrived.take_if(|(of, chosen)| *of == field && chosen.is_some())?.1
    }

    fn fails(&self, field: Id) -> bool {
        self.arrived.as_ref().is_some_and(|(of, chosen)| *of == field && chosen.is_none())
    }
}

/// A row of the pane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Row {
    Timeout,
    ConnectTimeout,
    Security,
    Ca,
    Cert,
    Key,
    ServerName,
    Insecure,
    Authority,
    Of(Setting),
}

/// The rows under their headings.
const GROUPS: [(&str, &[Row]); 5] = [
    ("settings-time", &[Row::Timeout, Row::ConnectTimeout, Row::Of(Setting::WaitForReady)]),
    ("settings-security", &[Row::Security, Row::Ca, Row::Cert, Row::Key, Row::ServerName, Row::Insecure]),
    (
        "settings-connection",
        &[
            Row::Of(Setting::Protocol),
            Row::Of(Setting::Proxy),
            Row::Authority,
            Row::Of(Setting::UserAgent),
            Row::Of(Setting::KeepaliveTime),
            Row::Of(Setting::KeepaliveTimeout),
            Row::Of(Setting::KeepaliveWithoutCalls),
            Row::Of(Setting::StreamWindow),
            Row::Of(Setting::ConnectionWindow),
        ],
    ),
    (
        "settings-messages",
        &[
            Row::Of(Setting::MaxReceiveSize),
            Row::Of(Setting::MaxSendSize),
            Row::Of(Setting::Compression),
            Row::Of(Setting::AcceptCompression),
        ],
    ),
    (
        "settings-retries",
        &[
            Row::Of(Setting::RetryAttempts),
            Row::Of(Setting::RetryBackoff),
            Row::Of(Setting::RetryMaxBackoff),
            Row::Of(Setting::RetryCodes),
        ],
    ),
];

impl Row {
    /// Begin of its keys in the locale files.
    const fn key(self) -> &'static str {
        match self {
            Self::Timeout => "setting-timeout",
            Self::ConnectTimeout => "setting-connect-timeout",
            Self::Security => "setting-security",
            Self::Ca => "setting-ca",
            Self::Cert => "setting-cert",
            Self::Key => "setting-key",
            Self::ServerName => "setting-server-name",
            Self::Insecure => "setting-insecure",
            Self::Authority => "setting-authority",
            Self::Of(setting) => match setting {
                Setting::Protocol => "setting-protocol",
                Setting::Proxy => "setting-proxy",
                Setting::WaitForReady => "setting-wait-for-ready",
                Setting::KeepaliveTime => "setting-keepalive-time",
                Setting::KeepaliveTimeout => "setting-keepalive-timeout",
                Setting::KeepaliveWithoutCalls => "setting-keepalive-without-calls",
                Setting::MaxReceiveSize => "setting-max-receive-size",
                Setting::MaxSendSize => "setting-max-send-size",
                Setting::Compression => "setting-compression",
                Setting::AcceptCompression => "setting-accept-compression",
                Setting::StreamWindow => "setting-stream-window",
                Setting::ConnectionWindow => "setting-connection-window",
                Setting::UserAgent => "setting-user-agent",
                Setting::RetryAttempts => "setting-retry-attempts",
                Setting::RetryBackoff => "setting-retry-backoff",
                Setting::RetryMaxBackoff => "setting-retry-max-backoff",
                Setting::RetryCodes => "setting-retry-codes",
            },
        }
    }

    /// Where its problem belongs.
    const fn place(self) -> Place {
        match self {
            Self::Timeout => Place::Timeout,
            Self::ConnectTimeout => Place::ConnectTimeout,
            Self::Of(setting) => Place::Setting(setting),
            _ => Place::Tls,
        }
    }

    const fn is_file(self) -> bool {
        matches!(self, Self::Ca | Self::Cert | Self::Key)
    }

    /// What was typed, where it is a text.
    fn typed(self, draft: &Draft) -> &str {
        match self {
            Self::Timeout => &draft.timeout,
            Self::ConnectTimeout => &draft.connect_timeout,
            Self::Ca => &draft.tls.ca,
            Self::Cert => &draft.tls.cert,
            Self::Key => &draft.tls.key,
            Self::ServerName => &draft.tls.server_name,
            Self::Authority => &draft.tls.authority,
            Self::Of(setting) => draft.settings.get(setting),
            Self::Security | Self::Insecure => "",
        }
    }

    fn set(self, draft: &mut Draft, text: String) {
        match self {
            Self::Timeout => draft.timeout = text,
            Self::ConnectTimeout => draft.connect_timeout = text,
            Self::Ca => draft.tls.ca = text,
            Self::Cert => draft.tls.cert = text,
            Self::Key => draft.tls.key = text,
            Self::ServerName => draft.tls.server_name = text,
            Self::Authority => draft.tls.authority = text,
            Self::Of(setting) => draft.settings.set(setting, text),
            Self::Security | Self::Insecure => {}
        }
    }

    /// What is inherited; empty for nothing.
    fn inherited(self, scope: &Scope) -> &str {
        match self {
            Self::Timeout => &scope.timeout,
            Self::ConnectTimeout => &scope.connect_timeout,
            Self::Ca => &scope.tls.ca,
            Self::Cert => &scope.tls.cert,
            Self::Key => &scope.tls.key,
            Self::ServerName => &scope.tls.server_name,
            Self::Authority => &scope.tls.authority,
            Self::Of(setting) => scope.settings.get(setting),
            Self::Security | Self::Insecure => "",
        }
    }
}

/// What the rows are drawn from.
struct Pane<'a> {
    /// Tells the fields from those of another draft.
    id: u64,
    scope: &'a Scope,
    text: &'a Text,
    problems: Vec<Problem>,
    /// What the target comes to, where it can be read.
    target: Option<Target>,
    picks: &'a mut Picks,
    engine: &'a Engine,
}

/// Draws the settings of a draft; `id` tells its fields from those of other drafts.
pub(super) fn ui(
    ui: &mut Ui,
    id: u64,
    draft: &mut Draft,
    scope: &Scope,
    text: &Text,
    picks: &mut Picks,
    engine: &Engine,
) {
    picks.poll();
    // The bar for scrolling stands beside the fields, not on them.
    ui.set_max_width(ui.available_width() - theme::GAP);
    ui.spacing_mut().item_spacing.y = 4.0;
    let typed = if draft.target.trim().is_empty() { &scope.target } else { &draft.target };
    let mode = draft.tls.over(&scope.tls).mode;
    let target = expand(typed, scope).and_then(|target| parse_target(&target, mode)).ok();
    let mut pane = Pane { id, scope, text, problems: check_settings(draft, scope), target, picks, engine };
    for (index, (heading, rows)) in GROUPS.iter().enumerate() {
        if index > 0 {
            ui.add_space(14.0);
        }
        let color = theme::tokens(ui).text_secondary;
        ui.label(RichText::new(text.get(heading)).font(theme::semibold()).color(color));
        ui.add_space(2.0);
        let uses_tls = mode != TlsMode::Plaintext && pane.target.as_ref().is_none_or(|target| target.tls);
        for row in *rows {
            let folded = !uses_tls && (row.is_file() || matches!(row, Row::ServerName | Row::Insecure));
            if !folded {
                pane.row_ui(ui, *row, draft);
            }
        }
        if rows.contains(&Row::Security) {
            pane.security_ui(ui, draft);
        }
    }
    ui.add_space(8.0);
}

impl Pane<'_> {
    fn row_ui(&mut self, ui: &mut Ui, row: Row, draft: &mut Draft) {
        let text = self.text;
        let label_key = format!("{}-label", row.key());
        let help_key = format!("{}-help", row.key());
        let name = text.get(&label_key);
        let id = Id::unique(("request_setting", self.id, row.key()));
        let label = FormLabel { name, kind: "", help: Some(text.get(&help_key)), open: None };
        widgets::form_row(ui, &FormRow { id: id.with("row"), depth: 0, label }, |ui| match row {
            Row::Security => self.mode_ui(ui, id, name, draft),
            Row::Insecure => self.insecure_ui(ui, name, draft),
            Row::Of(Setting::Proxy) => self.proxy_ui(ui, id, name, draft),
            Row::Of(setting) if !setting.choices().is_empty() => self.choice_ui(ui, id, name, setting, draft),
            _ => self.field_ui(ui, id, name, row, draft, None),
        });
    }

    fn problem(&self, row: Row) -> Option<&str> {
        // Those of TLS stand below its rows: one may be about two of them.
        let place = row.place();
        let found = self.problems.iter().find(|problem| problem.place == place && place != Place::Tls);
        found.map(|problem| problem.message.as_str())
    }

    /// A field with its reset button; `name` in place of the row's, where the row has two fields.
    fn field_ui(&mut self, ui: &mut Ui, id: Id, label: &str, row: Row, draft: &mut Draft, name: Option<&str>) {
        let text = self.text;
        let name = name.unwrap_or(label);
        if let Some(path) = self.picks.take(id) {
            row.set(draft, relative(&self.scope.folder, &path));
        }
        let before = row.typed(draft).to_owned();
        let mut typed = before.clone();
        let (ranges, ghost) = super::variables(&typed, self.scope);
        let hint = self.hint(row);
        let reset = text.with("setting-reset", &[("name", label.into())]);
        let help_key = format!("{}-help", row.key());
        let browse = row.is_file().then(|| text.with("setting-browse", &[("name", label.into())]));
        let mut asked = false;
        let width = ui.available_width() - if row.is_file() { theme::INPUT_HEIGHT + theme::GAP } else { 0.0 };
        let shown = ui
            .horizontal(|ui| {
                ui.spacing_mut().item_spacing.x = theme::GAP;
                let mut field = Field::new(id, name, &mut typed);
                field.hint = &hint;
                field.mono = true;
                field.width = Some(width);
                field.error = self.problem(row);
                field.variables = &ranges;
                field.ghost = ghost.as_deref();
                field.trailing = (!before.is_empty()).then_some((Icon::ArrowCounterClockwise, reset.as_str()));
                let shown = widgets::field(ui, field);
                if let Some(browse) = &browse {
                    asked = widgets::icon_button(ui, Icon::FolderOpen, browse, None).clicked();
                }
                shown
            })
            .inner;
        if self.problem(row).is_none() {
            let help = text.get(&help_key);
            ui.ctx().accesskit_node_builder(shown.response.id, |node| node.set_description(help));
        }
        if asked {
            self.picks.ask(self.engine, id);
        }
        if shown.trailing_clicked {
            typed.clear();
        }
        if typed != before {
            row.set(draft, typed);
        }
        if let Some(problem) = self.problem(row) {
            widgets::inline_problem(ui, problem);
        }
        if self.picks.fails(id) {
            widgets::inline_problem(ui, text.get("open-no-dialog"));
        }
    }

    /// What holds while nothing is typed.
    fn hint(&self, row: Row) -> String {
        let inherited = row.inherited(self.scope);
        if !inherited.is_empty() {
            return self.inherited(row, inherited);
        }
        match row {
            Row::Of(setting) => setting.default_text().to_owned(),
            _ => self.text.get(&format!("{}-hint", row.key())).to_owned(),
        }
    }

    /// An inherited value, and where it is from.
    fn inherited(&self, row: Row, value: &str) -> String {
        // TLS comes from several layers at once: which of them gave this part is not known.
        let origin = self.scope.source(&row.place()).filter(|_| row.place() != Place::Tls);
        let value = Cow::Borrowed(value);
        match origin {
            None => self.text.with("inherited-value", &[("value", value.into())]),
            Some(origin) => {
                let origin = origin_words(self.text, origin);
                self.text.with("inherited-where", &[("value", value.into()), ("origin", origin.into())])
            }
        }
    }

    fn mode_ui(&self, ui: &mut Ui, id: Id, name: &str, draft: &mut Draft) {
        let text = self.text;
        let modes = [TlsMode::Auto, TlsMode::Plaintext, TlsMode::Tls];
        let labels = [text.get("tls-auto-short"), text.get("tls-plaintext-short"), text.get("tls-tls-short")];
        let mut chosen = modes.iter().position(|mode| *mode == draft.tls.mode).unwrap_or_default();
        if widgets::segmented(ui, id, name, &labels, &mut chosen) {
            draft.tls.mode = modes[chosen];
        }
        if let Some(target) = &self.target {
            let security = text.get(if target.tls { "lock-tls" } else { "lock-plaintext" });
            let reason = text.get(match target.reason {
                SecurityReason::Chosen if draft.tls.mode == TlsMode::Auto => "inherited",
                SecurityReason::Chosen => "lock-chosen",
                SecurityReason::Scheme => "lock-scheme",
                SecurityReason::Loopback => "lock-loopback",
                SecurityReason::Default => "lock-default",
            });
            let words = [("security", security.into()), ("reason", reason.into())];
            super::hint(ui, &text.with("setting-security-now", &words));
        }
    }

    fn insecure_ui(&self, ui: &mut Ui, name: &str, draft: &mut Draft) {
        ui.horizontal(|ui| {
            widgets::switch(ui, name, &mut draft.tls.insecure);
            if self.scope.tls.insecure && !draft.tls.insecure {
                super::hint(ui, self.text.get("setting-insecure-inherited"));
            }
        });
    }

    /// What is to be said of TLS as a whole, below its rows.
    fn security_ui(&self, ui: &mut Ui, draft: &Draft) {
        let uses_tls = self.target.as_ref().is_none_or(|target| target.tls);
        if uses_tls && (draft.tls.insecure || self.scope.tls.insecure) {
            ui.add_space(4.0);
            widgets::notice(ui, NoticeKind::Warning, self.text.get("insecure-warning"), &[]);
        }
        for problem in self.problems.iter().filter(|problem| problem.place == Place::Tls) {
            ui.add_space(2.0);
            widgets::inline_problem(ui, &problem.message);
        }
    }

    /// One of a few words: side by side where there are two, else in a list.
    fn choice_ui(&mut self, ui: &mut Ui, id: Id, name: &str, setting: Setting, draft: &mut Draft) {
        let row = Row::Of(setting);
        let own = row.typed(draft).trim().to_ascii_lowercase();
        let inherited = row.inherited(self.scope).trim().to_ascii_lowercase();
        let choices = setting.choices();
        let default = choices.first().copied().unwrap_or_default();
        let held = [own.as_str(), inherited.as_str(), default].into_iter().find(|word| !word.is_empty());
        let held = held.unwrap_or_default();
        let Some(current) = choices.iter().position(|word| *word == held) else {
            // A variable, or a word that is none: as text it can be seen and mended.
            return self.field_ui(ui, id, name, row, draft, None);
        };
        let keys: Vec<String> = choices.iter().map(|word| format!("choice-{word}")).collect();
        let labels: Vec<&str> = keys.iter().map(|key| self.text.get(key)).collect();
        let mut chosen = current;
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = theme::GAP;
            if choices.len() == 2 {
                widgets::segmented(ui, id, name, &labels, &mut chosen);
            } else {
                chosen = list_ui(ui, id, name, &labels, current);
            }
            self.origin_ui(ui, row, name, draft);
        });
        if chosen != current {
            draft.settings.set(setting, choices[chosen]);
        }
    }

    /// After a choice: the button that takes it back, or what it is while nothing was chosen.
    fn origin_ui(&self, ui: &mut Ui, row: Row, name: &str, draft: &mut Draft) {
        if !row.typed(draft).is_empty() {
            let reset = self.text.with("setting-reset", &[("name", name.into())]);
            if widgets::icon_button(ui, Icon::ArrowCounterClockwise, &reset, None).clicked() {
                row.set(draft, String::new());
            }
            return;
        }
        let words = match (row.inherited(self.scope).is_empty(), self.scope.source(&row.place())) {
            (true, _) => self.text.get("setting-default").to_owned(),
            (false, None) => self.text.get("inherited").to_owned(),
            (false, Some(origin)) => origin_words(self.text, origin),
        };
        let color = theme::tokens(ui).text_tertiary;
        ui.add(egui::Label::new(RichText::new(words).font(theme::small()).color(color)).truncate());
    }

    /// As the environment says, none, or the address of one.
    fn proxy_ui(&mut self, ui: &mut Ui, id: Id, name: &str, draft: &mut Draft) {
        const WORDS: [&str; 2] = ["environment", "none"];
        /// What an address begins with, so that it is known to be one.
        const BEGIN: &str = "http://";
        let row = Row::Of(Setting::Proxy);
        let inherited = row.inherited(self.scope).to_owned();
        let own = row.typed(draft).to_owned();
        let held = [own.as_str(), inherited.as_str(), WORDS[0]].into_iter().find(|text| !text.is_empty());
        let current = WORDS.iter().position(|word| Some(*word) == held).unwrap_or(WORDS.len());
        let keys = ["proxy-environment", "proxy-none", "proxy-address"];
        let labels = keys.map(|key| self.text.get(key));
        let chosen = ui
            .horizontal(|ui| {
                ui.spacing_mut().item_spacing.x = theme::GAP;
                let chosen = list_ui(ui, id.with("kind"), name, &labels, current);
                self.origin_ui(ui, row, name, draft);
                chosen
            })
            .inner;
        if chosen != current {
            draft.settings.set(Setting::Proxy, WORDS.get(chosen).copied().unwrap_or(BEGIN));
        }
        if current == WORDS.len() {
            ui.add_space(2.0);
            let address = self.text.get("proxy-address-name");
            self.field_ui(ui, id, name, row, draft, Some(address));
        } else if let Some(problem) = self.problem(row) {
            widgets::inline_problem(ui, problem);
        }
    }
}

/// A closed list of a few words; the one that is chosen now.
fn list_ui(ui: &mut Ui, id: Id, name: &str, labels: &[&str], current: usize) -> usize {
    let mut choice = Choice::new(id, name, labels.get(current).copied().unwrap_or_default());
    choice.mono = false;
    choice.width = Some((ui.available_width() - theme::INPUT_HEIGHT - theme::GAP).min(WIDEST_CHOICE));
    let (_, chosen) = widgets::combo(
        ui,
        &choice,
        labels.len(),
        |index| labels[index].to_owned(),
        |ui, index| {
            ui.label(labels[index]);
        },
    );
    chosen.unwrap_or(current)
}

/// Where something is from, in words.
pub(super) fn origin_words(text: &Text, origin: &Origin) -> String {
    let (key, name) = match origin {
        Origin::Collection(name) => ("variable-of-collection", name),
        Origin::Environment(name) => ("variable-of-environment", name),
        Origin::Folder(name) => ("variable-of-folder", name),
    };
    text.with(key, &[("name", name.as_str().into())])
}

/// A path from the folder of the collection, where it lies in there; with `/`, as files have it.
fn relative(folder: &Path, path: &Path) -> String {
    let inside = path.strip_prefix(folder).ok().filter(|_| !folder.as_os_str().is_empty());
    let Some(inside) = inside else { return path.display().to_string() };
    let parts = inside.components().map(|part| part.as_os_str().to_string_lossy());
    parts.collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Language;

    #[test]
    fn every_setting_has_its_row_and_its_words() {
        for setting in Setting::ALL {
            let rows = GROUPS.iter().flat_map(|(_, rows)| *rows);
            assert_eq!(rows.filter(|row| **row == Row::Of(setting)).count(), 1, "{setting:?}");
        }
        for language in Language::all() {
            let text = Text::new(*language);
            for (heading, rows) in GROUPS {
                assert!(text.has(heading), "{heading}");
                for row in rows {
                    let key = row.key();
                    assert!(text.has(&format!("{key}-label")) && text.has(&format!("{key}-help")), "{key}");
                    let needs_hint = !matches!(row, Row::Of(_) | Row::Security | Row::Insecure);
                    assert!(!needs_hint || text.has(&format!("{key}-hint")), "{key}");
                }
            }
            for word in Setting::ALL.iter().flat_map(|setting| setting.choices()) {
                assert!(text.has(&format!("choice-{word}")), "{word}");
            }
        }
    }

    #[test]
    fn files_of_the_collection_are_named_from_its_folder() {
        let folder = Path::new("orders");
        assert_eq!(relative(folder, &folder.join("tls").join("ca.pem")), "tls/ca.pem");
        assert_eq!(relative(folder, Path::new("elsewhere.pem")), "elsewhere.pem");
        assert_eq!(relative(Path::new(""), Path::new("a.pem")), "a.pem");
    }
}
