//! The request half: message, metadata, auth, settings, docs.

use egui::{Align, Layout, Margin, ScrollArea, Ui};

use super::views::Views;
use super::widgets::{self, SegmentStyle, TabLabel};
use super::{auth, docs, message, metadata, refused, settings_pane, theme};
use crate::app::{Action, App, RequestPane};
use crate::request::{Place, Scope, check_access};
use crate::text::Text;

pub(super) fn ui(ui: &mut Ui, app: &mut App, views: &mut Views, actions: &mut Vec<Action>) {
    let text = app.text.clone();
    let scope = app.scope();
    bar_ui(ui, app, &scope, &text);
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
                let App { tabs, active, engine, .. } = app;
                let Some(tab) = tabs.iter_mut().find(|tab| tab.id == *active) else { return };
                let id = tab.id.0;
                let salt = ("request", id, tab.pane as usize);
                ScrollArea::vertical().id_salt(salt).auto_shrink(false).show(ui, |ui| {
                    if tab.pane == RequestPane::Metadata {
                        metadata::ui(ui, id, &mut tab.draft.metadata, &scope, &text);
                    } else {
                        let kept = tab.saved.is_some();
                        let picks = &mut views.picks;
                        let around = settings_pane::Around { id, scope: &scope, text: &text, picks, engine, kept };
                        settings_pane::ui(ui, &mut tab.draft, around);
                    }
                });
            }
        }
    });
    refused::forget_goal(ui);
}

/// The names of the panes, each with what is wrong in it. The panes of metadata and settings say so while one types,
/// that of the credentials after a Send.
fn bar_ui(ui: &mut Ui, app: &mut App, scope: &Scope, text: &Text) {
    let Some(tab) = app.tab_mut() else { return };
    let bar = ui.available_rect_before_wrap();
    egui::Frame::new().inner_margin(Margin::symmetric(12, 0)).show(ui, |ui| {
        ui.horizontal(|ui| {
            let rows = tab.draft.metadata.iter().filter(|row| !row.disabled && !row.name.is_empty()).count();
            let problems = check_access(&tab.draft, scope);
            let refused_auth = tab.problems.iter().any(|problem| problem.place == Place::Auth);
            let problem = |pane: RequestPane| {
                let found = problems.iter().find(|problem| RequestPane::of(&problem.place) == Some(pane));
                found.map(|problem| refused::words(&tab.draft, problem, text))
            };
            let labels = [
                TabLabel::new(text.get("pane-message")),
                TabLabel::counted(text.get("pane-metadata"), rows).with_problem(problem(RequestPane::Metadata)),
                TabLabel::new(text.get("pane-auth")).with_problem(problem(RequestPane::Auth).filter(|_| refused_auth)),
                TabLabel::counted(text.get("pane-settings"), settings_pane::count(&tab.draft))
                    .with_problem(problem(RequestPane::Settings)),
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
