//! How the calls of a request run, or those of all requests below a folder: time limits, security, connection, messages,
//! retries. What is empty is inherited, and says what holds then.
//!
//! Must not know: what the settings do.

mod picks;
mod rows;

use std::borrow::Cow;

use egui::style::ScrollAnimation;
use egui::{Align, Id, RichText, Ui};

use super::icons::Icon;
use super::widgets::{self, Choice, Field, FormLabel, FormRow, NoticeKind};
use super::{refused, theme};
use crate::engine::Engine;
use crate::request::{
    Draft, MASK, Origin, Place, Problem, Scope, SecurityReason, Setting, Target, TlsMode, TlsPart, check_settings,
    expand, parse_target,
};
use crate::text::Text;

pub(super) use picks::Picks;
use picks::relative;
use rows::{GROUPS, Row};

/// The widest that a closed list of a few words is.
const WIDEST_CHOICE: f32 = 220.0;
/// What is left beside it for a word of where it is from.
const ORIGIN: f32 = 56.0;

/// What the pane stands in.
pub(super) struct Around<'a> {
    /// Tells the fields from those of another draft.
    pub id: u64,
    /// What is inherited.
    pub scope: &'a Scope,
    pub text: &'a Text,
    pub picks: &'a mut Picks,
    pub engine: &'a Engine,
    /// What is typed goes into a file of a collection.
    pub kept: bool,
}

/// What the rows are drawn from.
struct Pane<'a> {
    around: Around<'a>,
    problems: Vec<Problem>,
    /// What the target comes to, where it can be read.
    target: Option<Target>,
    /// The client certificate that holds has its key in it.
    has_pkcs12: bool,
}

/// How many settings the draft has of its own.
pub(super) fn count(draft: &Draft) -> usize {
    let rows = GROUPS.iter().flat_map(|(_, rows)| *rows);
    rows.filter(|row| match row {
        Row::Tls(TlsPart::Mode) => draft.tls.mode != TlsMode::Auto,
        Row::Tls(TlsPart::Insecure) => draft.tls.insecure,
        row => !row.typed(draft).is_empty(),
    })
    .count()
}

/// What the row of a place is called, where there is one.
pub(super) fn label(place: &Place, text: &Text) -> Option<String> {
    let mut rows = GROUPS.iter().flat_map(|(_, rows)| *rows);
    let row = rows.find(|row| row.place() == *place)?;
    Some(text.get(&format!("{}-label", row.key())).to_owned())
}

/// Draws the settings of a draft.
pub(super) fn ui(ui: &mut Ui, draft: &mut Draft, around: Around<'_>) {
    around.picks.poll();
    // The bar for scrolling stands beside the fields, not on them.
    ui.set_max_width(ui.available_width() - theme::GAP);
    ui.spacing_mut().item_spacing.y = 4.0;
    let scope = around.scope;
    let typed = if draft.target.trim().is_empty() { &scope.target } else { &draft.target };
    let tls = draft.tls.over(&scope.tls);
    let target = expand(typed, scope).and_then(|target| parse_target(&target, tls.mode)).ok();
    let problems = check_settings(draft, scope);
    let uses_tls = tls.mode != TlsMode::Plaintext && target.as_ref().is_none_or(|target| target.tls);
    let mut pane = Pane { around, problems, target, has_pkcs12: tls.has_pkcs12(scope) };
    for (index, (heading, rows)) in GROUPS.iter().enumerate() {
        if index > 0 {
            ui.add_space(14.0);
        }
        let color = theme::tokens(ui).text_secondary;
        ui.label(RichText::new(pane.around.text.get(heading)).font(theme::semibold()).color(color));
        ui.add_space(2.0);
        for row in *rows {
            if (uses_tls || !row.is_of_tls()) && pane.has_use(*row, draft) {
                pane.row_ui(ui, *row, draft);
            }
        }
        if rows.contains(&Row::Tls(TlsPart::Mode)) {
            pane.security_ui(ui, draft);
        }
    }
    ui.add_space(8.0);
}

impl Pane<'_> {
    /// Key and password are of use with one kind of certificate each; what was typed is shown all the same.
    fn has_use(&self, row: Row, draft: &Draft) -> bool {
        match row {
            Row::Tls(TlsPart::Key) => !self.has_pkcs12 || !row.typed(draft).is_empty(),
            Row::Tls(TlsPart::Password) => self.has_pkcs12 || !row.typed(draft).is_empty(),
            _ => true,
        }
    }

    fn row_ui(&mut self, ui: &mut Ui, row: Row, draft: &mut Draft) {
        let text = self.around.text;
        let label_key = format!("{}-label", row.key());
        let help_key = format!("{}-help", row.key());
        let name = text.get(&label_key);
        let id = Id::unique(("request_setting", self.around.id, row.key()));
        let label = FormLabel { name, kind: "", help: Some(text.get(&help_key)), open: None };
        let shown = widgets::form_row(ui, &FormRow { id: id.with("row"), depth: 0, label }, |ui| match row {
            Row::Tls(TlsPart::Mode) => self.mode_ui(ui, id, name, draft),
            Row::Tls(TlsPart::Insecure) => self.insecure_ui(ui, name, draft),
            Row::Of(Setting::Proxy) => self.proxy_ui(ui, id, name, draft),
            Row::Of(setting) if !setting.choices().is_empty() => self.choice_ui(ui, id, name, setting, draft),
            Row::Tls(TlsPart::Password) => self.password_ui(ui, id, name, draft),
            _ => self.field_ui(ui, id, name, row, draft, None),
        });
        widgets::help_mark(ui, &shown.inner.0.response, name);
        if refused::is_goal(ui, &row.place()) {
            ui.memory_mut(|memory| memory.request_focus(id));
            let label = shown.inner.0.response.rect;
            ui.scroll_to_rect_animation(label, Some(Align::Center), ScrollAnimation::none());
        }
    }

    fn problem(&self, row: Row) -> Option<&str> {
        let place = row.place();
        self.problems.iter().find(|problem| problem.place == place).map(|problem| problem.message.as_str())
    }

    /// A field with its reset button; `name` in place of the row's, where the row has two fields.
    fn field_ui(&mut self, ui: &mut Ui, id: Id, label: &str, row: Row, draft: &mut Draft, name: Option<&str>) {
        let Around { scope, text, .. } = self.around;
        let name = name.unwrap_or(label);
        if let Some(path) = self.around.picks.take(id) {
            row.set(draft, relative(&scope.folder, &path));
        }
        let before = row.typed(draft).to_owned();
        let mut typed = before.clone();
        let (ranges, ghost) = super::variables(&typed, scope);
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
            self.around.picks.ask(self.around.engine, id);
        }
        if shown.trailing_clicked {
            typed.clear();
        }
        if before.is_empty() && !row.inherited(scope).is_empty() {
            // It may be longer than the field.
            shown.response.on_hover_text(hint);
        }
        if typed != before {
            row.set(draft, typed);
            self.around.picks.forget(id);
        }
        self.problem_ui(ui, row);
        if self.around.picks.fails(id) {
            widgets::inline_problem(ui, text.get("open-no-dialog"));
        }
    }

    fn problem_ui(&self, ui: &mut Ui, row: Row) {
        if let Some(problem) = self.problem(row) {
            widgets::inline_problem(ui, problem);
        }
    }

    /// What opens the client certificate: hidden until it is asked for; a text with a variable in it is no secret.
    fn password_ui(&self, ui: &mut Ui, id: Id, name: &str, draft: &mut Draft) {
        let Around { scope, text, .. } = self.around;
        let memory = id.with("shown");
        let mut is_shown = ui.data(|data| data.get_temp(memory)).unwrap_or(false);
        let hint = self.hint(Row::Tls(TlsPart::Password));
        let (ranges, ghost) = super::variables(&draft.tls.password, scope);
        let toggle = text.get(if is_shown { "auth-hide" } else { "auth-show" });
        let mut field = Field::new(id, name, &mut draft.tls.password);
        field.hint = &hint;
        field.mono = true;
        field.error = self.problem(Row::Tls(TlsPart::Password));
        field.variables = &ranges;
        field.ghost = ghost.as_deref().filter(|_| is_shown);
        field.password = ranges.is_empty() && !is_shown;
        field.trailing = Some((if is_shown { Icon::EyeSlash } else { Icon::Eye }, toggle));
        if widgets::field(ui, field).trailing_clicked {
            is_shown = !is_shown;
            ui.data_mut(|data| data.insert_temp(memory, is_shown));
        }
        self.problem_ui(ui, Row::Tls(TlsPart::Password));
        if self.around.kept && draft.tls.has_plain_secret() {
            widgets::inline_warning(ui, text.get("auth-plain-secret"));
        }
    }

    /// What holds while nothing is typed.
    fn hint(&self, row: Row) -> String {
        let inherited = row.inherited(self.around.scope);
        // The password is of use with the certificate that it came with.
        if !inherited.is_empty() && row == Row::Tls(TlsPart::Password) {
            return self.inherited(row, MASK);
        }
        if !inherited.is_empty() {
            return self.inherited(row, inherited);
        }
        match row {
            Row::Of(setting) => setting.default_text().to_owned(),
            _ => self.around.text.get(&format!("{}-hint", row.key())).to_owned(),
        }
    }

    /// An inherited value, and where it is from.
    fn inherited(&self, row: Row, value: &str) -> String {
        let origin = self.around.scope.source(&row.place());
        let value = Cow::Borrowed(value);
        match origin {
            None => self.around.text.with("inherited-value", &[("value", value.into())]),
            Some(origin) => {
                let origin = origin_words(self.around.text, origin);
                self.around.text.with("inherited-where", &[("value", value.into()), ("origin", origin.into())])
            }
        }
    }

    fn mode_ui(&self, ui: &mut Ui, id: Id, name: &str, draft: &mut Draft) {
        let text = self.around.text;
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
            if self.around.scope.tls.insecure && !draft.tls.insecure {
                super::hint(ui, self.around.text.get("setting-insecure-inherited"));
            }
        });
    }

    /// What is to be said of TLS as a whole, below its rows.
    fn security_ui(&self, ui: &mut Ui, draft: &Draft) {
        let uses_tls = self.target.as_ref().is_none_or(|target| target.tls);
        if uses_tls && (draft.tls.insecure || self.around.scope.tls.insecure) {
            ui.add_space(4.0);
            widgets::notice(ui, NoticeKind::Warning, self.around.text.get("insecure-warning"), &[]);
        }
    }

    /// One of a few words: side by side where there are two, else in a list.
    fn choice_ui(&mut self, ui: &mut Ui, id: Id, name: &str, setting: Setting, draft: &mut Draft) {
        let row = Row::Of(setting);
        let own = row.typed(draft).trim().to_ascii_lowercase();
        let inherited = row.inherited(self.around.scope).trim().to_ascii_lowercase();
        let choices = setting.choices();
        let default = choices.first().copied().unwrap_or_default();
        let held = [own.as_str(), inherited.as_str(), default].into_iter().find(|word| !word.is_empty());
        let held = held.unwrap_or_default();
        let Some(current) = choices.iter().position(|word| *word == held) else {
            // A variable, or a word that is none: as text it can be seen and mended.
            return self.field_ui(ui, id, name, row, draft, None);
        };
        let keys: Vec<String> = choices.iter().map(|word| format!("choice-{word}")).collect();
        let labels: Vec<&str> = keys.iter().map(|key| self.around.text.get(key)).collect();
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
            let reset = self.around.text.with("setting-reset", &[("name", name.into())]);
            if widgets::icon_button(ui, Icon::ArrowCounterClockwise, &reset, None).clicked() {
                row.set(draft, String::new());
            }
            return;
        }
        let words = match (row.inherited(self.around.scope).is_empty(), self.around.scope.source(&row.place())) {
            (true, _) => self.around.text.get("setting-default").to_owned(),
            (false, None) => self.around.text.get("inherited").to_owned(),
            (false, Some(origin)) => origin_words(self.around.text, origin),
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
        let inherited = row.inherited(self.around.scope).to_owned();
        let own = row.typed(draft).to_owned();
        let held = [own.as_str(), inherited.as_str(), WORDS[0]].into_iter().find(|text| !text.is_empty());
        let current = WORDS.iter().position(|word| Some(*word) == held).unwrap_or(WORDS.len());
        let keys = ["proxy-environment", "proxy-none", "proxy-address"];
        let labels = keys.map(|key| self.around.text.get(key));
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
            let address = self.around.text.get("proxy-address-name");
            self.field_ui(ui, id, name, row, draft, Some(address));
        } else {
            self.problem_ui(ui, row);
        }
    }
}

/// A closed list of a few words; the one that is chosen now.
fn list_ui(ui: &mut Ui, id: Id, name: &str, labels: &[&str], current: usize) -> usize {
    let mut choice = Choice::new(id, name, labels.get(current).copied().unwrap_or_default());
    choice.mono = false;
    choice.width = Some((ui.available_width() - ORIGIN - theme::GAP).min(WIDEST_CHOICE));
    widgets::combo_of_words(ui, &choice, labels).unwrap_or(current)
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
