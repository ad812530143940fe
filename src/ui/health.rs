//! What a server says of its health: one row for it as a whole, and one for each service.

use egui::{Align, Color32, Layout, RichText, ScrollArea, Sense, Ui, UiBuilder, vec2};

use super::icons::Icon;
use super::theme::{self, Tokens};
use super::widgets::{self, NoticeKind, Push, elided, paint_icon, paint_text};
use crate::app::channels::ChannelAction;
use crate::app::health::{Answer, Health, HealthRow};
use crate::app::{Action, format};
use crate::text::Text;

/// Room for the answer and its time.
const ANSWER: f32 = 300.0;

pub(super) fn ui(ui: &mut Ui, health: Option<&Health>, actions: &mut Vec<Action>, text: &Text) {
    let Some(health) = health else { return };
    if health.is_absent() {
        if widgets::empty_state(ui, Icon::Info, text.get("health-absent"), Some(text.get("health-check"))) {
            actions.push(ChannelAction::CheckHealth.into());
        }
        return;
    }
    ui.horizontal_wrapped(|ui| {
        let again = Push::new(text.get("health-check")).icon(Icon::ArrowClockwise);
        if ui.add_enabled(!health.is_checking(), again).clicked() {
            actions.push(ChannelAction::CheckHealth.into());
        }
        let (icon, key, action) = if health.is_watching() {
            (Icon::EyeSlash, "health-stop-all", ChannelAction::StopHealth(None))
        } else {
            (Icon::Eye, "health-watch-all", ChannelAction::WatchHealth(None))
        };
        if ui.add(Push::new(text.get(key)).icon(icon)).clicked() {
            actions.push(action.into());
        }
        if health.is_checking() {
            widgets::spinner(ui);
        }
    });
    if let Some(words) = common_failure(health, text) {
        ui.add_space(theme::GAP);
        widgets::notice(ui, NoticeKind::Error, &words, &[]);
    }
    ui.add_space(theme::GAP);
    ScrollArea::vertical().id_salt("health").auto_shrink(false).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        for (index, row) in health.rows.iter().enumerate() {
            row_ui(ui, index, row, actions, text);
        }
        if health.more > 0 {
            super::hint(ui, &text.with("health-more", &[("count", health.more.into())]));
        }
    });
}

/// Why the server as a whole did not answer: most often the same for all.
fn common_failure(health: &Health, text: &Text) -> Option<String> {
    match &health.rows.first()?.answer {
        Some((_, Answer::Failed(status, cause))) => Some(super::status_words(text, status, cause.as_ref())),
        _ => None,
    }
}

fn row_ui(ui: &mut Ui, index: usize, row: &HealthRow, actions: &mut Vec<Action>, text: &Text) {
    let tokens = theme::tokens(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), theme::INPUT_HEIGHT), Sense::hover());
    if !ui.is_rect_visible(rect) {
        return;
    }
    let name = if row.service.is_empty() { text.get("health-server") } else { row.service.as_str() };
    let (icon, color) = look(row, tokens);
    let center = egui::pos2(rect.left() + theme::ICON_SIZE / 2.0, rect.center().y);
    paint_icon(ui.painter(), center, icon, theme::ICON_SIZE, color);
    let left = rect.left() + theme::ICON_SIZE + theme::GAP;
    let edge = (rect.right() - ANSWER - theme::INPUT_HEIGHT).max(rect.center().x);
    let font = if row.service.is_empty() { theme::body() } else { theme::mono_small() };
    let galley = elided(ui, name, font, tokens.text, edge - left - theme::GAP);
    paint_text(ui.painter(), rect, left, galley);
    let words = words(row, text);
    let answer = rect.with_min_x(edge);
    let mut cell = ui.new_child(
        UiBuilder::new().id_salt(("health", index)).max_rect(answer).layout(Layout::right_to_left(Align::Center)),
    );
    let (icon, key, action) = if row.is_watched() {
        (Icon::EyeSlash, "health-stop", ChannelAction::StopHealth(Some(index)))
    } else {
        (Icon::Eye, "health-watch", ChannelAction::WatchHealth(Some(index)))
    };
    if widgets::icon_button(&mut cell, icon, &text.with(key, &[("name", name.into())]), None).clicked() {
        actions.push(action.into());
    }
    cell.with_layout(Layout::left_to_right(Align::Center), |ui| {
        let galley = elided(ui, &words, theme::body(), color, ui.available_width());
        let is_cut = galley.elided;
        let response = ui.label(galley);
        let said = format!("{name}: {words}");
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, &said));
        let detail = match &row.answer {
            Some((_, Answer::Failed(status, cause))) => super::status_words(text, status, cause.as_ref()),
            _ => words.clone(),
        };
        if is_cut || detail != words {
            response.on_hover_text(RichText::new(detail));
        }
    });
}

fn look(row: &HealthRow, tokens: &Tokens) -> (Icon, Color32) {
    match row.answer.as_ref().map(|(_, answer)| answer) {
        None => (Icon::Circle, tokens.text_tertiary),
        Some(Answer::Serving) => (Icon::CheckCircle, tokens.success),
        Some(Answer::NotServing | Answer::Failed(..)) => (Icon::XCircle, tokens.error),
        Some(Answer::NoSuchService | Answer::NoHealthService | Answer::NoWatch) => {
            (Icon::Question, tokens.text_secondary)
        }
        Some(Answer::Unknown) => (Icon::Question, tokens.warning),
    }
}

/// The answer and when it came, and whether more are to come.
fn words(row: &HealthRow, text: &Text) -> String {
    let Some((at, answer)) = &row.answer else {
        return text
            .get(if row.is_checking() || row.is_watched() { "health-asking" } else { "health-unasked" })
            .to_owned();
    };
    let time = format::time_of_day(*at);
    let time = time.split('.').next().unwrap_or_default();
    let words = [("answer", text.get(answer.key()).into()), ("time", time.into()), ("changes", row.changes.into())];
    text.with(if row.is_watched() { "health-watched" } else { "health-answer" }, &words)
}
