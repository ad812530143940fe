//! What is wrong with the schemas: each problem with its place, the line of source, and what would mend it.

use egui::{Align, Label, Layout, RichText, ScrollArea, Ui};

use super::icons::Icon;
use super::modal::{foot, title};
use super::theme;
use super::widgets::{self, Push};
use crate::app::schemas::OpenSchema;
use crate::app::{Action, App, Command};
use crate::schema::{Problem, Source};

/// One problem, as wide as there is room.
pub(super) fn problem_ui(ui: &mut Ui, app: &App, open: &OpenSchema, problem: &Problem, actions: &mut Vec<Action>) {
    let tokens = theme::tokens(ui);
    ui.add_space(6.0);
    ui.horizontal_top(|ui| {
        widgets::icon(ui, Icon::WarningCircle, tokens.error);
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = 3.0;
            let say =
                |words: &str, font, color| Label::new(RichText::new(words).font(font).color(color)).selectable(true);
            ui.add(say(&problem.message, theme::body(), tokens.text).wrap());
            let place = place(open, problem);
            if !place.is_empty() {
                ui.add(say(&place, theme::mono_small(), tokens.text_secondary).wrap()).on_hover_text(&problem.file);
            }
            if let Some(line) = problem.source_line.as_deref().filter(|line| !line.trim().is_empty()) {
                source_ui(ui, line, problem.position.map_or(1, |(_, column)| column));
            }
            if let Some(hint) = &problem.hint {
                ui.add(say(hint, theme::small(), tokens.text_secondary).wrap());
            }
            if problem.is_missing_import() && matches!(open.source, Source::Protos { .. }) {
                let label = app.text.get("import-paths-title");
                if ui.add(Push::new(label).icon(Icon::Folder).quiet()).clicked() {
                    actions.push(Action::ShowImportPaths(open.id));
                }
            }
            if let Some(path) = &problem.suggested_import_path {
                let label =
                    app.text.with("add-import-path", &[("path", short(open, &path.display().to_string()).into())]);
                if ui.add(Push::new(&label).icon(Icon::FolderPlus)).clicked() {
                    actions.push(Action::AddImportPath(open.id, path.clone()));
                }
            }
        });
    });
}

/// The line of source, with a mark under the column.
fn source_ui(ui: &mut Ui, line: &str, column: u32) {
    let tokens = theme::tokens(ui);
    let trimmed = line.trim_start();
    let indent = line.chars().count() - trimmed.chars().count();
    let before = (column as usize).saturating_sub(1).saturating_sub(indent);
    egui::Frame::new()
        .fill(tokens.raised)
        .corner_radius(theme::RADIUS_SMALL)
        .inner_margin(egui::Margin::symmetric(6, 3))
        .show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            let room = ui.available_width();
            ui.label(widgets::elided(ui, trimmed.trim_end(), theme::mono_small(), tokens.text, room));
            let mark = format!("{}^", " ".repeat(before));
            ui.label(widgets::elided(ui, &mark, theme::mono_small(), tokens.error, room));
        });
}

/// Where it is: the file as seen from what was opened, line and column.
fn place(open: &OpenSchema, problem: &Problem) -> String {
    let file = short(open, &problem.file);
    match problem.position {
        Some((line, column)) => format!("{file}:{line}:{column}"),
        None => file,
    }
}

/// A path without what it shares with the folder that was opened.
fn short(open: &OpenSchema, path: &str) -> String {
    let Source::Protos { paths, .. } = &open.source else { return path.to_owned() };
    paths
        .iter()
        .filter_map(|root| std::path::Path::new(path).strip_prefix(root.parent()?).ok())
        .map(|rest| rest.display().to_string())
        .next()
        .unwrap_or_else(|| path.to_owned())
}

/// The list of all problems; whether it stays open.
pub(super) fn ui(ui: &mut Ui, app: &App, actions: &mut Vec<Action>) -> bool {
    let text = &app.text;
    title(ui, text.get("problems-title"));
    let height = ui.available_height().min(ui.ctx().content_rect().height() * 0.6);
    ScrollArea::vertical().max_height(height).auto_shrink([false, true]).show(ui, |ui| {
        ui.set_max_width(ui.available_width() - theme::PANEL_PADDING);
        let mut any = false;
        for open in &app.schemas {
            for problem in open.problems() {
                any = true;
                problem_ui(ui, app, open, problem, actions);
            }
        }
        if !any {
            super::secondary(ui, text.get("problems-none"));
        }
    });
    let mut keep = true;
    foot(ui, |ui| {
        keep = !ui.add(Push::new(text.get("close")).primary()).clicked();
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if ui.add(Push::new(text.get("schema-reload")).icon(Icon::ArrowClockwise)).clicked() {
                actions.push(Command::ReloadSchemas.into());
            }
            if ui.add(Push::new(text.get("command-check-all")).icon(Icon::CheckCircle)).clicked() {
                actions.push(Command::CheckAll.into());
            }
        });
    });
    keep
}
