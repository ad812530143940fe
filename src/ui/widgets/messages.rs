//! What the window says in words: an empty pane, a problem, a notice.

use egui::{Response, Ui};

use super::button::{Push, icon};
use crate::ui::icons::Icon;
use crate::ui::theme;

/// What a notice is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoticeKind {
    /// Something to know.
    Info,
    /// Done.
    Success,
    /// Something to look after.
    Warning,
    /// Something failed.
    Error,
}

/// An empty pane: one sentence that says what to do next, and one button that does it; true when it was pressed.
pub fn empty_state(ui: &mut Ui, sign: Icon, sentence: &str, button: Option<&str>) -> bool {
    let tokens = theme::tokens(ui);
    ui.vertical_centered(|ui| {
        ui.add_space(ui.available_height() * 0.3);
        icon(ui, sign, tokens.text_tertiary);
        ui.label(egui::RichText::new(sentence).color(tokens.text_secondary));
        button.is_some_and(|label| ui.add(Push::new(label)).clicked())
    })
    .inner
}

/// What is wrong with the field above, in its own words.
pub fn inline_problem(ui: &mut Ui, text: &str) -> Response {
    ui.label(egui::RichText::new(text).color(theme::tokens(ui).error))
}

/// A banner as wide as there is room; the index of the button that was pressed.
pub fn notice(ui: &mut Ui, kind: NoticeKind, text: &str, buttons: &[&str]) -> Option<usize> {
    let _ = kind;
    ui.horizontal(|ui| {
        ui.label(text);
        buttons.iter().position(|label| ui.add(Push::new(label)).clicked())
    })
    .inner
}
