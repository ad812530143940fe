//! The editor of what a folder or collection sets for all requests below it: the panes of a request, over another draft.
//!
//! Must not know: files.

use egui::{Id, ScrollArea, Ui};

use super::auth;
use super::dialogs::focus_first;
use super::modal::{Answer, Buttons, answer_ui, entered_with_command, title};
use super::settings_pane::{self, Around, Picks};
use super::widgets::{self, Field, FormLabel, FormRow, NoticeKind, Push, TabLabel};
use super::{metadata, theme};
use crate::app::defaults::DefaultsDialog;
use crate::app::{Action, App, RequestPane};

/// Tells the fields from those of every tab, whose numbers begin at 1.
const ID: u64 = 0;

/// Draws the editor; whether it stays open.
pub(super) fn ui(
    ui: &mut Ui,
    app: &mut App,
    dialog: &mut DefaultsDialog,
    picks: &mut Picks,
    actions: &mut Vec<Action>,
) -> bool {
    let text = app.text.clone();
    title(ui, &text.with("defaults-title", &[("name", dialog.name.as_str().into())]));
    super::secondary(ui, text.get("defaults-help"));
    ui.add_space(8.0);
    let name = text.get("target-name");
    let id = Id::unique("defaults_target");
    let label = FormLabel { name, kind: "", help: None, open: None };
    widgets::form_row(ui, &FormRow { id: id.with("row"), depth: 0, label }, |ui| {
        let (ranges, ghost) = super::variables(&dialog.draft.target, &dialog.scope);
        let inherited = dialog.scope.target.as_str();
        let hint = if inherited.is_empty() {
            text.get("defaults-target-hint").to_owned()
        } else {
            text.with("inherited-value", &[("value", inherited.into())])
        };
        let mut field = Field::new(id, name, &mut dialog.draft.target);
        field.hint = &hint;
        field.mono = true;
        field.variables = &ranges;
        field.ghost = ghost.as_deref();
        let shown = widgets::field(ui, field);
        focus_first(app, &shown.response);
    });
    ui.horizontal(|ui| {
        let rows = dialog.draft.metadata.iter().filter(|row| !row.disabled && !row.name.is_empty()).count();
        let labels = [
            TabLabel::counted(text.get("pane-metadata"), rows),
            TabLabel::new(text.get("pane-auth")),
            TabLabel::new(text.get("pane-settings")),
        ];
        let mut chosen = DefaultsDialog::PANES.iter().position(|pane| *pane == dialog.pane).unwrap_or_default();
        if widgets::tab_bar(ui, "defaults_panes", &labels, &mut chosen) {
            dialog.pane = DefaultsDialog::PANES[chosen];
        }
    });
    ui.add_space(8.0);
    // As high whichever pane is shown, so that the buttons stay where they are.
    let height = (ui.ctx().content_rect().height() * 0.76 - 230.0).clamp(120.0, 460.0);
    ScrollArea::vertical().id_salt("defaults").max_height(height).min_scrolled_height(height).auto_shrink(false).show(
        ui,
        |ui| {
            ui.set_max_width(ui.available_width() - theme::PANEL_PADDING);
            let DefaultsDialog { draft, scope, .. } = dialog;
            match dialog.pane {
                RequestPane::Metadata => metadata::ui(ui, ID, &mut draft.metadata, scope, &text),
                RequestPane::Auth => {
                    let id = egui::Id::unique("defaults_secrets_shown");
                    let mut shown = ui.data(|data| data.get_temp(id)).unwrap_or_default();
                    auth::draft_ui(ui, ID, &mut draft.auth, &mut shown, scope, &text);
                    ui.data_mut(|data| data.insert_temp(id, shown));
                    auth::plain_secret_ui(ui, &draft.auth, &text);
                }
                _ => {
                    let around = Around { id: ID, scope, text: &text, picks, engine: &app.engine, kept: true };
                    settings_pane::ui(ui, draft, around);
                }
            }
        },
    );
    if let Some(problem) = &dialog.problem {
        widgets::inline_problem(ui, problem);
    }
    foot_ui(ui, dialog, &text, actions)
}

fn foot_ui(ui: &mut Ui, dialog: &mut DefaultsDialog, text: &crate::text::Text, actions: &mut Vec<Action>) -> bool {
    if dialog.asks && dialog.is_dirty() {
        ui.add_space(8.0);
        widgets::notice(ui, NoticeKind::Warning, text.get("defaults-unsaved"), &[]);
    }
    let ready = dialog.is_dirty();
    let close = text.get(if ready { "defaults-discard" } else { "close" });
    let confirm = Push::new(text.get("save")).primary();
    let answer = answer_ui(ui, Buttons { confirm, ready, by_key: entered_with_command(ui), close }, |_| ());
    if answer == Answer::Confirmed {
        actions.push(Action::SaveDefaults(Box::new(dialog.clone())));
    }
    answer == Answer::Open
}
