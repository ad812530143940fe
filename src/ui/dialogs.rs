//! The few dialogs: open, ask a server, save, rename; and the system's file dialog, asked in the background.

use std::path::PathBuf;

use egui::{Id, Ui};

use super::icons::Icon;
use super::modal::{Answer, Buttons, answer_ui, entered, entered_with_command, title};
use super::widgets::{self, Field, FormLabel, FormRow, Push};
use crate::app::outside::Wish;
use crate::app::overlay::{OpenDialog, SaveDialog, SchemaSaveDialog};
use crate::app::{Action, App, Focus, Overlay, SchemaForm};
use crate::engine::Job;
use crate::request::Draft;

/// The system's file dialogs that are open.
#[derive(Debug, Default)]
pub(super) struct Dialogs {
    asked: Option<Asked>,
}

#[derive(Debug)]
struct Asked {
    purpose: Purpose,
    since: std::time::Instant,
    answer: Job<Option<Vec<PathBuf>>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Purpose {
    Open,
    SaveFolder,
    SchemaFolder,
    SchemaFile,
    ImportPath,
    Message(Wish),
}

/// An answer faster than this was given by no person: there is no dialog on this system.
pub(super) const FASTEST_PERSON: std::time::Duration = std::time::Duration::from_millis(400);

impl Dialogs {
    fn ask(&mut self, app: &App, purpose: Purpose, folders: bool) {
        let dialog = rfd::AsyncFileDialog::new();
        let answer = app.engine.job(async move {
            let picked = if let Purpose::Message(wish) = purpose {
                let dialog = dialog.add_filter("json", &["json"]).set_file_name("message.json");
                let file = match wish {
                    Wish::Load(_) => dialog.pick_file().await,
                    Wish::Save(_) => dialog.save_file().await,
                };
                file.map(|file| vec![file])
            } else if purpose == Purpose::SchemaFile {
                dialog.set_file_name("schema.pb").save_file().await.map(|file| vec![file])
            } else if purpose == Purpose::SchemaFolder {
                dialog.pick_folder().await.map(|folder| vec![folder])
            } else if folders {
                dialog.pick_folders().await
            } else {
                dialog.add_filter("proto", &["proto", "binpb", "pb", "protoset", "desc", "json"]).pick_files().await
            };
            picked.map(|files| files.into_iter().map(|file| file.path().to_owned()).collect())
        });
        self.asked = Some(Asked { purpose, since: std::time::Instant::now(), answer });
    }

    /// Asks for folders that are to be import paths.
    pub(super) fn ask_import_path(&mut self, app: &App) {
        self.ask(app, Purpose::ImportPath, true);
    }

    /// Takes in what was chosen.
    pub(super) fn poll(&mut self, app: &mut App) {
        if let Some(wish) = app.wish.take() {
            self.ask(app, Purpose::Message(wish), false);
        }
        let Some(asked) = &mut self.asked else { return };
        let Some(answer) = asked.answer.try_next() else { return };
        let quick = asked.since.elapsed() < FASTEST_PERSON;
        let purpose = asked.purpose;
        self.asked = None;
        match (answer.ok().flatten(), purpose, &mut app.overlay) {
            (Some(paths), Purpose::Open, _) => app.apply(Action::OpenPaths(paths)),
            (Some(paths), Purpose::Message(wish), _) => {
                if let Some(path) = paths.into_iter().next() {
                    app.apply(match wish {
                        Wish::Load(which) => Action::LoadMessage(which, path),
                        Wish::Save(which) => Action::SaveMessage(which, path),
                    });
                }
            }
            (None, Purpose::Message(_), _) if quick => app.apply(Action::NoFileDialog),
            (Some(paths), Purpose::SaveFolder, Some(Overlay::Save(save))) => {
                if let Some(path) = paths.into_iter().next() {
                    save.folder = path;
                }
            }
            (Some(paths), Purpose::SchemaFolder | Purpose::SchemaFile, Some(Overlay::SaveSchema(save))) => {
                if let Some(path) = paths.into_iter().next() {
                    save.path = path.display().to_string();
                    // The system's dialog has asked whether a file that is there may be replaced.
                    save.overwrite |= purpose == Purpose::SchemaFile;
                }
            }
            (None, Purpose::SchemaFolder | Purpose::SchemaFile, Some(Overlay::SaveSchema(save))) => {
                save.no_dialog = quick;
                app.focus = Some(Focus::Overlay);
            }
            (Some(paths), Purpose::ImportPath, Some(Overlay::ImportPaths(dialog))) => {
                dialog.paths.extend(paths.iter().map(|path| path.display().to_string()));
            }
            (None, Purpose::ImportPath, Some(Overlay::ImportPaths(dialog))) => dialog.no_dialog = quick,
            (None, Purpose::Open, Some(Overlay::Open(open))) => {
                open.no_dialog = quick;
                app.focus = Some(Focus::Overlay);
            }
            _ => {}
        }
    }
}

pub(super) fn text_row(ui: &mut Ui, name: &str, hint: &str, text: &mut String, rows: usize) -> widgets::FieldResponse {
    let id = Id::unique(("dialog", name));
    let label = FormLabel { name, kind: "", help: None, open: None };
    widgets::form_row(ui, &FormRow { id: id.with("row"), depth: 0, label }, |ui| {
        let mut field = Field::new(id, name, text);
        field.hint = hint;
        field.mono = true;
        field.rows = rows;
        widgets::field(ui, field)
    })
    .inner
    .1
}

pub(super) fn focus_first(app: &mut App, response: &egui::Response) {
    if app.focus == Some(Focus::Overlay) {
        app.focus = None;
        response.request_focus();
    }
}

/// Opens files and folders by path; whether it stays open.
pub(super) fn open_ui(
    ui: &mut Ui,
    app: &mut App,
    open: &mut OpenDialog,
    dialogs: &mut Dialogs,
    actions: &mut Vec<Action>,
) -> bool {
    let text = app.text.clone();
    title(ui, text.get("open-title"));
    super::secondary(ui, text.get("open-help"));
    ui.add_space(8.0);
    let response = text_row(ui, text.get("open-paths"), text.get("open-paths-hint"), &mut open.paths, 3);
    focus_first(app, &response.response);
    text_row(ui, text.get("open-import-paths"), text.get("open-import-paths-hint"), &mut open.import_paths, 2);
    if open.no_dialog {
        widgets::inline_problem(ui, text.get("open-no-dialog"));
    }
    if let Some(problem) = &open.problem {
        widgets::inline_problem(ui, problem);
    }
    let ready = !open.paths.trim().is_empty();
    let confirm = Push::new(text.get("open")).icon(Icon::FolderOpen).primary();
    let buttons = Buttons { confirm, ready, by_key: entered_with_command(ui), close: text.get("close") };
    let answer = answer_ui(ui, buttons, |ui| {
        if ui.add(Push::new(text.get("browse-folder")).icon(Icon::Folder)).clicked() {
            dialogs.ask(app, Purpose::Open, true);
        }
        if ui.add(Push::new(text.get("browse-files")).icon(Icon::File)).clicked() {
            dialogs.ask(app, Purpose::Open, false);
        }
    });
    if answer == Answer::Confirmed {
        actions.push(Action::OpenTyped(open.clone()));
    }
    answer == Answer::Open
}

/// Asks for a target, under a title and a sentence.
pub(super) fn target_ui(
    ui: &mut Ui,
    app: &mut App,
    target: &mut String,
    [heading, help]: [&str; 2],
    confirm: Push<'_>,
) -> Answer {
    let text = app.text.clone();
    title(ui, heading);
    super::secondary(ui, help);
    ui.add_space(8.0);
    let response = text_row(ui, text.get("reflect-target"), text.get("target-hint"), target, 1);
    focus_first(app, &response.response);
    let ready = !target.trim().is_empty();
    answer_ui(ui, Buttons { confirm, ready, by_key: entered(ui), close: text.get("close") }, |_| ())
}

/// Asks a server for its services; whether it stays open.
pub(super) fn reflect_ui(ui: &mut Ui, app: &mut App, draft: &mut Draft, actions: &mut Vec<Action>) -> bool {
    let text = app.text.clone();
    let confirm = Push::new(text.get("reflect")).icon(Icon::Broadcast).primary();
    let words = [text.get("reflect-title"), text.get("reflect-help")];
    let answer = target_ui(ui, app, &mut draft.target, words, confirm);
    if answer == Answer::Confirmed {
        actions.push(Action::Reflect(Box::new(draft.clone())));
    }
    answer == Answer::Open
}

/// Saves a request for the first time; whether it stays open.
pub(super) fn save_ui(
    ui: &mut Ui,
    app: &mut App,
    save: &mut SaveDialog,
    dialogs: &mut Dialogs,
    actions: &mut Vec<Action>,
) -> bool {
    let text = app.text.clone();
    title(ui, text.get("save-title"));
    let response = text_row(ui, text.get("save-name"), text.get("save-name-hint"), &mut save.name, 1);
    focus_first(app, &response.response);
    let known: Vec<PathBuf> =
        app.collections.iter().flat_map(crate::app::collections::OpenCollection::folders).collect();
    let label = FormLabel { name: text.get("save-folder"), kind: "", help: None, open: None };
    widgets::form_row(ui, &FormRow { id: Id::unique("save_folder_row"), depth: 0, label }, |ui| {
        ui.horizontal(|ui| {
            let current = folder_label(app, &save.folder);
            let mut choice = widgets::Choice::new(Id::unique("save_folder"), text.get("save-folder"), &current);
            choice.width = Some(ui.available_width() - theme_width());
            choice.mono = false;
            choice.filter_hint = text.get("filter-requests");
            let name = |index: usize| folder_label(app, &known[index]);
            let (_, chosen) = widgets::combo(ui, &choice, known.len(), name, |ui, index| {
                ui.label(folder_label(app, &known[index]));
            });
            if let Some(index) = chosen {
                save.folder.clone_from(&known[index]);
            }
            if widgets::icon_button(ui, Icon::FolderOpen, text.get("browse-folder"), None).clicked() {
                dialogs.ask(app, Purpose::SaveFolder, true);
            }
        });
    });
    super::hint(ui, &save.folder.display().to_string());
    if let Some(problem) = &save.problem {
        widgets::inline_problem(ui, problem);
    }
    let confirm = Push::new(text.get("save")).icon(Icon::FloppyDisk).primary();
    let ready = !save.name.trim().is_empty();
    let buttons = Buttons { confirm, ready, by_key: entered(ui), close: text.get("close") };
    let answer = answer_ui(ui, buttons, |_| ());
    if answer == Answer::Confirmed {
        actions.push(Action::SaveAs { folder: save.folder.clone(), name: save.name.trim().to_owned() });
    }
    answer == Answer::Open
}

/// Room for the button beside the folder.
fn theme_width() -> f32 {
    super::theme::INPUT_HEIGHT + super::theme::GAP
}

/// A folder as its collection's name and the way from there; else its path.
fn folder_label(app: &App, folder: &std::path::Path) -> String {
    let Some(open) = app.collection_of(folder) else { return folder.display().to_string() };
    match folder.strip_prefix(&open.collection.root) {
        Ok(inside) if !inside.as_os_str().is_empty() => format!("{} / {}", open.name(), inside.display()),
        _ => open.name(),
    }
}

/// Key of the title of the dialog that saves a schema.
pub(super) const fn save_schema_title(save: &SchemaSaveDialog) -> &'static str {
    match save.form {
        SchemaForm::Protos => "command-save-protos",
        SchemaForm::DescriptorSet => "command-save-descriptor-set",
    }
}

/// Saves a schema as files; whether it stays open.
pub(super) fn save_schema_ui(
    ui: &mut Ui,
    app: &mut App,
    save: &mut SchemaSaveDialog,
    dialogs: &mut Dialogs,
    actions: &mut Vec<Action>,
) -> bool {
    let text = app.text.clone();
    title(ui, text.get(save_schema_title(save)));
    let (key, browse, icon, purpose) = match save.form {
        SchemaForm::Protos => ("schema-save-folder", "browse-folder", Icon::Folder, Purpose::SchemaFolder),
        SchemaForm::DescriptorSet => ("schema-save-file", "browse-files", Icon::File, Purpose::SchemaFile),
    };
    let response = text_row(ui, text.get(key), text.get("schema-save-hint"), &mut save.path, 1);
    focus_first(app, &response.response);
    let label = FormLabel { name: text.get("schema-save-overwrite"), kind: "", help: None, open: None };
    widgets::form_row(ui, &FormRow { id: Id::unique("schema_overwrite_row"), depth: 0, label }, |ui| {
        widgets::switch(ui, text.get("schema-save-overwrite"), &mut save.overwrite);
    });
    if save.no_dialog {
        widgets::inline_problem(ui, text.get("open-no-dialog"));
    }
    let confirm = Push::new(text.get("save")).icon(Icon::FloppyDisk).primary();
    let ready = !save.path.trim().is_empty();
    let buttons = Buttons { confirm, ready, by_key: entered(ui), close: text.get("close") };
    let answer = answer_ui(ui, buttons, |ui| {
        if ui.add(Push::new(text.get(browse)).icon(icon)).clicked() {
            dialogs.ask(app, purpose, false);
        }
    });
    if answer == Answer::Confirmed {
        actions.push(Action::SaveSchema(save.clone()));
    }
    answer == Answer::Open
}

/// Renames the saved request; whether it stays open.
pub(super) fn rename_ui(ui: &mut Ui, app: &mut App, name: &mut String, actions: &mut Vec<Action>) -> bool {
    let text = app.text.clone();
    title(ui, text.get("command-rename"));
    let response = text_row(ui, text.get("save-name"), text.get("save-name-hint"), name, 1);
    focus_first(app, &response.response);
    let confirm = Push::new(text.get("rename")).primary();
    let ready = !name.trim().is_empty();
    let buttons = Buttons { confirm, ready, by_key: entered(ui), close: text.get("close") };
    let answer = answer_ui(ui, buttons, |_| ());
    if answer == Answer::Confirmed {
        actions.push(Action::Rename(name.trim().to_owned()));
    }
    answer == Answer::Open
}
