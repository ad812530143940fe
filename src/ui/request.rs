//! The request half: message, metadata, auth, settings, docs.

use egui::{Align, Id, Layout, Margin, ScrollArea, Ui};

use super::views::Views;
use super::widgets::{self, Field, FormLabel, FormRow, SegmentStyle, TabLabel};
use super::{docs, message, metadata, settings_pane, theme};
use crate::app::{Action, App, RequestPane};
use crate::request::{AuthDraft, Place, Problem, Scope};
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
            RequestPane::Metadata | RequestPane::Auth | RequestPane::Settings => {
                let App { tabs, active, engine, .. } = app;
                let Some(tab) = tabs.iter_mut().find(|tab| tab.id == *active) else { return };
                let id = tab.id.0;
                let salt = ("request", id, tab.pane as usize);
                ScrollArea::vertical().id_salt(salt).auto_shrink(false).show(ui, |ui| match tab.pane {
                    RequestPane::Metadata => metadata::ui(ui, id, &mut tab.draft.metadata, &scope, &text),
                    RequestPane::Auth => {
                        let problem = problems_of(&tab.problems, &Place::Auth).map(str::to_owned);
                        auth_ui(ui, id, &mut tab.draft.auth, problem.as_deref(), &text);
                    }
                    _ => settings_pane::ui(ui, id, &mut tab.draft, &scope, &text, &mut views.picks, engine),
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

fn problems_of<'t>(problems: &'t [Problem], place: &Place) -> Option<&'t str> {
    problems.iter().find(|problem| problem.place == *place).map(|problem| problem.message.as_str())
}

/// A labelled text field in a row of a form.
fn text_row(ui: &mut Ui, key: &str, tab: u64, text: &Text, value: &mut String, problem: Option<&str>, password: bool) {
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
        field.password = password && ranges.is_empty();
        field.variables = &ranges;
        widgets::field(ui, field);
        if let Some(problem) = problem {
            widgets::inline_problem(ui, problem);
        }
    });
}

/// Credentials; `id` tells their fields from those of other drafts.
pub(super) fn auth_ui(ui: &mut Ui, id: u64, auth: &mut AuthDraft, problem: Option<&str>, text: &Text) {
    let keys = ["auth-inherit", "auth-none", "auth-bearer", "auth-basic", "auth-api-key"];
    let labels = keys.map(|key| text.get(key));
    let current = match auth {
        AuthDraft::Inherit => 0,
        AuthDraft::None => 1,
        AuthDraft::Bearer { .. } => 2,
        AuthDraft::Basic { .. } => 3,
        AuthDraft::ApiKey { .. } => 4,
    };
    let mut chosen = current;
    ui.horizontal_wrapped(|ui| widgets::segmented(ui, "auth_kind", text.get("pane-auth"), &labels, &mut chosen));
    if chosen != current {
        *auth = match chosen {
            0 => AuthDraft::Inherit,
            1 => AuthDraft::None,
            2 => AuthDraft::Bearer { token: String::new() },
            3 => AuthDraft::Basic { user: String::new(), password: String::new() },
            _ => AuthDraft::ApiKey { name: "x-api-key".to_owned(), value: String::new() },
        };
    }
    ui.add_space(10.0);
    match auth {
        AuthDraft::Inherit => super::secondary(ui, text.get("auth-inherit-help")),
        AuthDraft::None => super::secondary(ui, text.get("auth-none-help")),
        AuthDraft::Bearer { token } => text_row(ui, "auth-token", id, text, token, problem, true),
        AuthDraft::Basic { user, password } => {
            text_row(ui, "auth-user", id, text, user, problem, false);
            text_row(ui, "auth-password", id, text, password, None, true);
        }
        AuthDraft::ApiKey { name, value } => {
            text_row(ui, "auth-name", id, text, name, problem, false);
            text_row(ui, "auth-value", id, text, value, None, true);
        }
    }
}
