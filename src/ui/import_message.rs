//! The dialog that takes a message from elsewhere: pasted, or from a file, in any form.

use std::time::Instant;

use egui::{Id, ScrollArea, Ui};

use super::dialogs::{FASTEST_PERSON, focus_first};
use super::icons::Icon;
use super::modal::{Answer, Buttons, answer_ui, entered_with_command, title};
use super::theme;
use super::widgets::{self, Field, Push, SegmentStyle};
use crate::app::exchange::ImportDialog;
use crate::app::{Action, App, Command};
use crate::engine::Job;
use crate::message::exchange::Format;
use crate::text::Text;

/// The forms to choose from; the first is told by the text.
const FORMATS: [(Option<Format>, &str); 5] = [
    (None, "import-format-auto"),
    (Some(Format::Json), "view-json"),
    (Some(Format::Text), "format-text"),
    (Some(Format::Hex), "format-hex"),
    (Some(Format::Base64), "format-base64"),
];

/// The system's dialog, while it is open.
#[derive(Debug, Default)]
pub(super) struct FileDialog {
    asked: Option<(Instant, Job<Option<std::path::PathBuf>>)>,
}

impl FileDialog {
    fn ask(&mut self, app: &App) {
        let dialog = rfd::AsyncFileDialog::new();
        let answer = app.engine.job(async move { dialog.pick_file().await.map(|file| file.path().to_owned()) });
        self.asked = Some((Instant::now(), answer));
    }

    fn poll(&mut self, app: &App, dialog: &mut ImportDialog) {
        let Some((since, answer)) = &mut self.asked else { return };
        let Some(answer) = answer.try_next() else { return };
        match answer.ok().flatten() {
            Some(path) => dialog.take_file(&app.engine, path),
            None => dialog.no_dialog = since.elapsed() < FASTEST_PERSON,
        }
        self.asked = None;
    }
}

/// The dialog; whether it stays open.
pub(super) fn ui(
    ui: &mut Ui,
    app: &mut App,
    dialog: &mut ImportDialog,
    files: &mut FileDialog,
    actions: &mut Vec<Action>,
) -> bool {
    let text = app.text.clone();
    files.poll(app, dialog);
    title(ui, text.get(Command::ImportMessage.label_key()));
    super::secondary(ui, text.get("import-help"));
    ui.add_space(8.0);
    if let Some(file) = &dialog.file {
        let path = file.path.display().to_string();
        let mut back = false;
        ui.horizontal(|ui| {
            widgets::icon(ui, Icon::File, theme::tokens(ui).text_secondary);
            back = widgets::icon_button(ui, Icon::X, text.get("import-file-back"), None).clicked();
            ui.add(egui::Label::new(egui::RichText::new(path).font(theme::mono())).truncate());
        });
        if back {
            dialog.file = None;
            dialog.format = None;
        }
    } else {
        let room = ui.ctx().content_rect().height() * 0.34;
        ScrollArea::vertical().id_salt("import_text").max_height(room).auto_shrink([false, true]).show(ui, |ui| {
            ui.set_max_width(ui.available_width() - theme::PANEL_PADDING);
            let mut field = Field::new(Id::unique("import_text"), text.get("import-text"), &mut dialog.text);
            field.hint = text.get("import-hint");
            field.mono = true;
            field.rows = 10;
            let shown = widgets::field(ui, field);
            focus_first(app, &shown.response);
        });
    }
    ui.add_space(8.0);
    let labels = FORMATS.map(|(_, key)| text.get(key));
    let names: Vec<String> =
        labels.iter().map(|label| text.with("import-as", &[("format", (*label).into())])).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut at = FORMATS.iter().position(|(format, _)| *format == dialog.format).unwrap_or(usize::MAX);
    let name = text.get("import-format");
    if widgets::segmented_named(ui, "import_format", name, &labels, &names, &mut at, SegmentStyle::Boxed) {
        dialog.format = FORMATS.get(at).and_then(|(format, _)| *format);
    }
    ui.add_space(8.0);
    let ready = said_ui(ui, app, dialog, &text);
    if dialog.no_dialog {
        widgets::inline_problem(ui, text.get("import-no-dialog"));
    }
    let confirm = Push::new(text.get("import-take")).primary();
    let buttons = Buttons { confirm, ready, by_key: entered_with_command(ui), close: text.get("close") };
    let answer = answer_ui(ui, buttons, |ui| {
        if ui.add(Push::new(text.get("import-file")).icon(Icon::FolderOpen)).clicked() {
            dialog.no_dialog = false;
            files.ask(app);
        }
    });
    if answer == Answer::Confirmed
        && let Some(import) = dialog.take()
    {
        actions.push(Action::Import(import));
        return false;
    }
    answer != Answer::Closed
}

/// What the input comes to, or what is wrong with it; whether it can be taken.
fn said_ui(ui: &mut Ui, app: &App, dialog: &mut ImportDialog, text: &Text) -> bool {
    if dialog.is_empty() {
        super::hint(ui, text.get("import-nothing"));
        return false;
    }
    match dialog.answer(&app.engine) {
        None => {
            ui.horizontal(|ui| {
                widgets::spinner(ui);
                super::secondary(ui, text.get("import-reading"));
            });
            false
        }
        Some(Ok(incoming)) => {
            let key = match incoming.format {
                Format::Json | Format::JsonLine => "view-json",
                Format::Text => "format-text",
                Format::Hex => "format-hex",
                Format::Base64 => "format-base64",
                Format::Binary => "format-binary",
            };
            let mut words = text.with("import-read", &[("format", text.get(key).into())]);
            if incoming.was_framed {
                words = format!("{words} {}", text.get("import-framed"));
            }
            super::secondary(ui, &words);
            true
        }
        Some(Err(problems)) => {
            for problem in problems {
                widgets::inline_problem(ui, problem);
            }
            false
        }
    }
}
