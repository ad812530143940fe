//! The import paths of one schema: the order in which they are tried, changed by hand; below them the roots that were
//! found without being asked for, and why.

use egui::{Id, Key, Modifiers, ScrollArea, Ui};

use super::dialogs::{Dialogs, focus_first};
use super::icons::Icon;
use super::modal::{Answer, Buttons, answer_ui, entered_with_command, title};
use super::theme;
use super::widgets::{self, Field, Push};
use crate::app::overlay::ImportPathsDialog;
use crate::app::{Action, App};
use crate::schema::RootOrigin;
use crate::text::Text;

enum Edit {
    Remove(usize),
    Up(usize),
    Down(usize),
}

/// Changes the import paths; whether it stays open.
pub(super) fn ui(
    ui: &mut Ui,
    app: &mut App,
    dialog: &mut ImportPathsDialog,
    dialogs: &mut Dialogs,
    actions: &mut Vec<Action>,
) -> bool {
    let text = app.text.clone();
    title(ui, text.get("import-paths-title"));
    super::secondary(ui, text.get("import-paths-help"));
    ui.add_space(8.0);
    let room = ui.ctx().content_rect().height() * 0.5;
    ScrollArea::vertical().max_height(room).auto_shrink([false, true]).show(ui, |ui| {
        ui.set_max_width(ui.available_width() - theme::PANEL_PADDING);
        rows_ui(ui, app, dialog, &text);
        found_ui(ui, app, dialog, &text);
    });
    if dialog.no_dialog {
        widgets::inline_problem(ui, text.get("open-no-dialog"));
    }
    let confirm = Push::new(text.get("import-paths-apply")).primary();
    let buttons = Buttons { confirm, ready: true, by_key: entered_with_command(ui), close: text.get("close") };
    let answer = answer_ui(ui, buttons, |ui| {
        if ui.add(Push::new(text.get("browse-folder")).icon(Icon::Folder)).clicked() {
            dialogs.ask_import_path(app);
        }
        if ui.add(Push::new(text.get("import-paths-add")).icon(Icon::Plus)).clicked() {
            dialog.paths.push(String::new());
            dialog.focus = Some(dialog.paths.len() - 1);
        }
    });
    if answer == Answer::Confirmed {
        actions.push(Action::SetImportPaths(dialog.schema, dialog.chosen()));
    }
    answer == Answer::Open
}

fn rows_ui(ui: &mut Ui, app: &mut App, dialog: &mut ImportPathsDialog, text: &Text) {
    if dialog.paths.is_empty() {
        super::hint(ui, text.get("import-paths-empty"));
    }
    let count = dialog.paths.len();
    let mut edit = None;
    for (index, path) in dialog.paths.iter_mut().enumerate() {
        let named = |key: &str| text.with(key, &[("number", (index + 1).into())]);
        ui.horizontal(|ui| {
            let name = named("import-path-name");
            let mut field = Field::new(Id::unique(("import_path", index)), &name, path);
            field.mono = true;
            field.hint = text.get("import-path-hint");
            field.width = Some(ui.available_width() - (theme::INPUT_HEIGHT + 8.0) * 3.0);
            let response = widgets::field(ui, field).response;
            if dialog.focus == Some(index) {
                dialog.focus = None;
                response.request_focus();
            }
            if index == 0 {
                focus_first(app, &response);
            }
            if response.has_focus() {
                let moved = |key| ui.input_mut(|input| input.consume_key(Modifiers::ALT, key));
                if moved(Key::ArrowUp) {
                    edit = Some(Edit::Up(index));
                } else if moved(Key::ArrowDown) {
                    edit = Some(Edit::Down(index));
                }
            }
            let button = |ui: &mut Ui, enabled, icon, key: &str, keys| {
                let add = |ui: &mut Ui| widgets::icon_button(ui, icon, &named(key), keys);
                ui.add_enabled_ui(enabled, add).inner.clicked()
            };
            if button(ui, index > 0, Icon::ArrowUp, "import-path-up", Some("Alt+↑")) {
                edit = Some(Edit::Up(index));
            }
            if button(ui, index + 1 < count, Icon::ArrowDown, "import-path-down", Some("Alt+↓")) {
                edit = Some(Edit::Down(index));
            }
            if button(ui, true, Icon::Trash, "import-path-remove", None) {
                edit = Some(Edit::Remove(index));
            }
        });
    }
    // The cursor goes along with the path that is moved.
    match edit {
        Some(Edit::Remove(index)) => drop(dialog.paths.remove(index)),
        Some(Edit::Up(index)) if index > 0 => {
            dialog.paths.swap(index, index - 1);
            dialog.focus = Some(index - 1);
        }
        Some(Edit::Down(index)) if index + 1 < count => {
            dialog.paths.swap(index, index + 1);
            dialog.focus = Some(index + 1);
        }
        _ => {}
    }
}

/// Roots that nobody has to name.
fn found_ui(ui: &mut Ui, app: &App, dialog: &ImportPathsDialog, text: &Text) {
    let open = app.schemas.iter().find(|open| open.id == dialog.schema);
    let Some(schema) = open.and_then(|open| open.schema.as_ref()) else { return };
    let roots = schema.import_roots();
    let mut found = roots.iter().filter(|root| root.origin != RootOrigin::Given).peekable();
    if found.peek().is_none() {
        return;
    }
    ui.add_space(10.0);
    super::secondary(ui, text.get("import-paths-found"));
    for root in found {
        let why = text.get(match root.origin {
            RootOrigin::Project => "import-root-project",
            RootOrigin::Opened => "import-root-opened",
            RootOrigin::Given | RootOrigin::Found => "import-root-found",
        });
        ui.horizontal_wrapped(|ui| {
            let color = theme::tokens(ui).text_tertiary;
            ui.label(egui::RichText::new(root.path.display().to_string()).font(theme::mono_small()).color(color));
            super::hint(ui, why);
        });
    }
}
