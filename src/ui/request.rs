//! The request half: message, metadata, auth, settings, docs.

use egui::{Align, Id, Layout, Margin, ScrollArea, Ui};

use super::icons::Icon;
use super::views::Views;
use super::widgets::{self, Field, FormLabel, FormRow, NoticeKind, SegmentStyle, TabLabel};
use super::{auth, docs, message, theme};
use crate::app::tab::Tab;
use crate::app::{Action, App, RequestPane};
use crate::request::{MetadataRow, Place, Scope, TlsMode};
use crate::text::Text;

pub(super) fn ui(ui: &mut Ui, app: &mut App, views: &mut Views, actions: &mut Vec<Action>) {
    let text = app.text.clone();
    let scope = app.scope();
    bar_ui(ui, app, &text);
    let padding = Margin { left: 12, right: 12, top: 10, bottom: 8 };
    egui::Frame::new().inner_margin(padding).show(ui, |ui| {
        let Some(tab) = app.tab() else { return };
        match tab.pane {
            RequestPane::Message => message::ui(ui, app, views, actions),
            RequestPane::Docs => docs::pane_ui(ui, app, views, actions),
            RequestPane::Auth => {
                ScrollArea::vertical()
                    .id_salt(("request", tab.id.0))
                    .auto_shrink(false)
                    .show(ui, |ui| auth::ui(ui, app, &scope, actions));
            }
            RequestPane::Metadata | RequestPane::Settings => {
                let Some(tab) = app.tab_mut() else { return };
                ScrollArea::vertical().id_salt(("request", tab.id.0)).auto_shrink(false).show(ui, |ui| {
                    match tab.pane {
                        RequestPane::Metadata => metadata_ui(ui, tab, &scope, &text),
                        _ => settings_ui(ui, tab, &scope, &text),
                    }
                });
            }
        }
    });
}

fn bar_ui(ui: &mut Ui, app: &mut App, text: &Text) {
    let Some(tab) = app.tab_mut() else { return };
    let bar = ui.available_rect_before_wrap();
    egui::Frame::new().inner_margin(Margin::symmetric(12, 0)).show(ui, |ui| {
        ui.horizontal(|ui| {
            let rows = tab.draft.metadata.iter().filter(|row| !row.disabled && !row.name.is_empty()).count();
            let labels = [
                TabLabel::new(text.get("pane-message")),
                TabLabel::counted(text.get("pane-metadata"), rows),
                TabLabel::new(text.get("pane-auth")),
                TabLabel::new(text.get("pane-settings")),
                TabLabel::new(text.get("pane-docs")),
            ];
            let mut chosen = RequestPane::ALL.iter().position(|pane| *pane == tab.pane).unwrap_or_default();
            if widgets::tab_bar(ui, "request_panes", &labels, &mut chosen) {
                tab.pane = RequestPane::ALL[chosen];
            }
            if tab.pane == RequestPane::Message {
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    let mut view = usize::from(tab.composer.json);
                    let labels = [text.get("view-form"), text.get("view-json")];
                    let name = text.get("view-name");
                    if widgets::segmented_styled(ui, "message_view", name, &labels, &mut view, SegmentStyle::Bare) {
                        tab.show_json(view == 1);
                    }
                });
            }
        });
    });
    let line = theme::tokens(ui).separator();
    ui.painter().hline(bar.x_range(), bar.top() + theme::TAB_HEIGHT, line);
}

fn problems_of<'t>(tab: &'t Tab, place: &Place) -> Option<&'t str> {
    tab.problems.iter().find(|problem| problem.place == *place).map(|problem| problem.message.as_str())
}

fn metadata_ui(ui: &mut Ui, tab: &mut Tab, scope: &Scope, text: &Text) {
    for row in scope.metadata.iter().filter(|row| !row.disabled) {
        ui.horizontal(|ui| {
            ui.add_space(36.0);
            let words = format!("{}: {}", row.name, row.value);
            ui.label(egui::RichText::new(words).font(theme::mono()).color(theme::tokens(ui).text_tertiary));
            super::hint(ui, text.get("inherited"));
        });
    }
    if tab.draft.metadata.is_empty() {
        super::secondary(ui, text.get("metadata-empty"));
        ui.add_space(8.0);
    }
    let mut removed = None;
    let problems = tab.problems.clone();
    for (index, row) in tab.draft.metadata.iter_mut().enumerate() {
        let problem = problems.iter().find(|problem| problem.place == Place::Metadata(index));
        let number = index + 1;
        ui.horizontal(|ui| {
            let mut on = !row.disabled;
            if widgets::switch(ui, &text.with("metadata-on", &[("number", number.into())]), &mut on).changed() {
                row.disabled = !on;
            }
            let rest = ui.available_width() - theme::INPUT_HEIGHT - 16.0;
            let name = text.with("metadata-key", &[("number", number.into())]);
            let mut field = Field::new(Id::unique(("metadata_name", tab.id, index)), &name, &mut row.name);
            field.hint = text.get("metadata-key-hint");
            field.mono = true;
            field.width = Some(rest * 0.38);
            field.error = problem.map(|problem| problem.message.as_str());
            widgets::field(ui, field);
            let (ranges, ghost) = super::variables(&row.value, scope);
            let name = text.with("metadata-value", &[("number", number.into())]);
            let mut field = Field::new(Id::unique(("metadata_value", tab.id, index)), &name, &mut row.value);
            field.hint = text.get(if row.name.ends_with("-bin") { "metadata-bin-hint" } else { "metadata-value-hint" });
            field.mono = true;
            field.width = Some(rest * 0.62 - 8.0);
            field.variables = &ranges;
            field.ghost = ghost.as_deref();
            widgets::field(ui, field);
            let name = text.with("metadata-remove", &[("number", number.into())]);
            if widgets::icon_button(ui, Icon::Trash, &name, None).clicked() {
                removed = Some(index);
            }
        });
        if let Some(problem) = problem {
            widgets::inline_problem(ui, &problem.message);
        }
    }
    if let Some(index) = removed {
        tab.draft.metadata.remove(index);
        tab.problems.retain(|problem| !matches!(problem.place, Place::Metadata(_)));
    }
    ui.add_space(4.0);
    if widgets::button(ui, Some(Icon::Plus), text.get("metadata-add")).clicked() {
        tab.draft.metadata.push(MetadataRow::default());
    }
}

/// A labelled text field in a row of a form.
fn text_row(ui: &mut Ui, key: &str, tab: u64, text: &Text, value: &mut String, problem: Option<&str>) {
    let label_key = format!("{key}-label");
    let hint_key = format!("{key}-hint");
    let name = text.get(&label_key);
    let id = Id::unique(("request_setting", tab, key));
    let label = FormLabel { name, kind: "", help: None, open: None };
    widgets::form_row(ui, &FormRow { id: id.with("row"), depth: 0, label }, |ui| {
        let (ranges, _) = super::variables(value, &Scope::default());
        let mut field = Field::new(id, name, value);
        field.hint = if text.has(&hint_key) { text.get(&hint_key) } else { "" };
        field.mono = true;
        field.error = problem;
        field.variables = &ranges;
        widgets::field(ui, field);
        if let Some(problem) = problem {
            widgets::inline_problem(ui, problem);
        }
    });
}

fn settings_ui(ui: &mut Ui, tab: &mut Tab, scope: &Scope, text: &Text) {
    let own = |place: &Place| problems_of(tab, place).map(str::to_owned);
    let (timeout, connect, tls) = (own(&Place::Timeout), own(&Place::ConnectTimeout), own(&Place::Tls));
    let id = tab.id.0;
    text_row(ui, "setting-timeout", id, text, &mut tab.draft.timeout, timeout.as_deref());
    if tab.draft.timeout.is_empty() && !scope.timeout.is_empty() {
        super::hint(ui, &text.with("inherited-value", &[("value", scope.timeout.as_str().into())]));
    }
    text_row(ui, "setting-connect-timeout", id, text, &mut tab.draft.connect_timeout, connect.as_deref());
    let draft = &mut tab.draft.tls;
    let row = |ui: &mut Ui, key: &str, add: &mut dyn FnMut(&mut Ui)| {
        let label = FormLabel { name: text.get(key), kind: "", help: None, open: None };
        widgets::form_row(ui, &FormRow { id: Id::unique(("tls_row", id, key)), depth: 0, label }, |ui| add(ui));
    };
    row(ui, "setting-security", &mut |ui| {
        let modes = [TlsMode::Auto, TlsMode::Plaintext, TlsMode::Tls];
        let labels = [text.get("tls-auto-short"), text.get("tls-plaintext-short"), text.get("tls-tls-short")];
        let mut chosen = modes.iter().position(|mode| *mode == draft.mode).unwrap_or_default();
        if widgets::segmented(ui, "tls_mode", text.get("setting-security"), &labels, &mut chosen) {
            draft.mode = modes[chosen];
        }
    });
    if draft.mode != TlsMode::Plaintext {
        text_row(ui, "setting-ca", id, text, &mut draft.ca, tls.as_deref());
        text_row(ui, "setting-cert", id, text, &mut draft.cert, None);
        text_row(ui, "setting-key", id, text, &mut draft.key, None);
        row(ui, "setting-insecure", &mut |ui| {
            widgets::switch(ui, text.get("setting-insecure"), &mut draft.insecure);
        });
        if draft.insecure {
            widgets::notice(ui, NoticeKind::Warning, text.get("insecure-warning"), &[]);
        }
    }
    text_row(ui, "setting-authority", id, text, &mut draft.authority, None);
}
