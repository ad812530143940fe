//! Small signs: at work, how much, how well.

use egui::{Color32, Response, Sense, Ui, Vec2};

use super::paint::{elided, paint_icon};
use crate::ui::icons::Icon;
use crate::ui::theme;

/// A sign that something is awaited; what, is said beside it. Turns four times a second, which costs little.
pub fn spinner(ui: &mut Ui) -> Response {
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(theme::ICON_SIZE), Sense::hover());
    paint_icon(ui.painter(), rect.center(), Icon::SpinnerGap, theme::ICON_SIZE, theme::tokens(ui).accent);
    ui.ctx().request_repaint_after(std::time::Duration::from_millis(250));
    response
}

/// Bars, the newest at the right, the tallest as high as there is room.
pub fn sparkline(ui: &mut Ui, values: &[f32], size: Vec2) -> Response {
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    let _ = (rect, values);
    response
}

/// A dot that tells a state by its colour; the text beside it tells it in words.
pub fn status_dot(ui: &mut Ui, color: Color32) -> Response {
    let (rect, response) = ui.allocate_exact_size(Vec2::new(8.0, theme::ICON_SIZE), Sense::hover());
    ui.painter().circle_filled(rect.center(), 4.0, color);
    response
}

/// A short text in a pill: a count, a kind.
pub fn badge(ui: &mut Ui, text: &str, color: Option<Color32>) -> Response {
    let tokens = theme::tokens(ui);
    let galley = elided(ui, text, theme::small(), color.unwrap_or(tokens.text_tertiary), f32::INFINITY);
    let (rect, response) = ui.allocate_exact_size(Vec2::new(galley.size().x + 12.0, 16.0), Sense::hover());
    ui.painter().rect_filled(rect, 8, color.map_or(tokens.raised, |color| tokens.tint(color)));
    ui.painter().galley(rect.center() - galley.size() / 2.0, galley, tokens.text);
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, text));
    response
}
