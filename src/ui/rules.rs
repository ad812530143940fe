//! What the rules of the schema say of the message: that it was not sent, which rules they are, and how many.

use egui::{Layout, RichText, Ui};

use super::theme;
use super::widgets::{self, NoticeKind};
use crate::app::{Action, App};
use crate::message::constraints::Violation;
use crate::text::Text;

/// Rules named at most in one place.
const MOST_NAMED: usize = 4;

/// Above a message: the notice of what was held, else the rules that have no field to stand below.
pub(super) fn ui(ui: &mut Ui, app: &App, actions: &mut Vec<Action>) {
    let text = &app.text;
    let Some(tab) = app.tab() else { return };
    let broken = tab.rules.violations();
    if tab.rules.is_held() {
        let count = text.with("rules-held", &[("count", broken.len().into())]);
        let words = format!("{count}\n{}", told(text, broken.iter()));
        if widgets::notice(ui, NoticeKind::Warning, &words, &[text.get("rules-send-anyway")]).is_some() {
            actions.push(Action::SendAnyway);
        }
        ui.add_space(6.0);
    } else if tab.rules.is_waiting() {
        super::secondary(ui, text.get("rules-checking"));
    } else {
        let is_json = tab.composer.json || tab.composer.form.is_none();
        list_ui(ui, text, broken.iter().filter(|violation| is_json || violation.path.is_empty()));
    }
}

/// The rules, a line for each, as warnings.
pub(super) fn list_ui<'a>(ui: &mut Ui, text: &Text, broken: impl Iterator<Item = &'a Violation>) {
    let words = told(text, broken);
    if !words.is_empty() {
        widgets::inline_warning(ui, &words);
        ui.add_space(4.0);
    }
}

/// How many rules are not met, at the right of the foot.
pub(super) fn count_ui(ui: &mut Ui, app: &App) {
    let count = app.tab().map_or(0, |tab| tab.rules.violations().len());
    if count > 0 {
        ui.with_layout(Layout::right_to_left(egui::Align::Center), |ui| {
            let words = app.text.with("rules-broken", &[("count", count.into())]);
            ui.label(RichText::new(words).color(theme::tokens(ui).warning));
        });
    }
}

fn told<'a>(text: &Text, broken: impl Iterator<Item = &'a Violation>) -> String {
    let mut lines: Vec<String> = Vec::new();
    let mut more = 0_usize;
    for violation in broken {
        if lines.len() >= MOST_NAMED {
            more += 1;
        } else if violation.path.is_empty() {
            lines.push(violation.message.clone());
        } else {
            lines.push(format!("{}: {}", violation.path, violation.message));
        }
    }
    if more > 0 {
        lines.push(text.with("rules-more", &[("count", more.into())]));
    }
    lines.join("\n")
}
