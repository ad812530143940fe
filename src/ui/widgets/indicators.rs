//! Small signs: at work, how much, how well.

use std::time::Duration;

use egui::{Color32, Rect, Response, Sense, Stroke, Ui, Vec2, pos2};

use super::paint::elided;
use crate::ui::theme;

/// A sign that something is awaited; what, is said beside it. Turns four times a second, which costs little.
pub fn spinner(ui: &mut Ui) -> Response {
    const TURNS: f64 = 4.0;
    const STEPS: f64 = 8.0;
    const RADIUS: f32 = 6.0;
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(theme::ICON_SIZE), Sense::hover());
    if ui.is_rect_visible(rect) {
        let step = (ui.input(|input| input.time) * TURNS).floor().rem_euclid(STEPS);
        let start = (step / STEPS) as f32 * std::f32::consts::TAU;
        let points = (0..=20).map(|at| {
            let angle = start + at as f32 / 20.0 * std::f32::consts::TAU * 0.78;
            rect.center() + RADIUS * Vec2::angled(angle)
        });
        ui.painter().line(points.collect(), Stroke::new(1.5, theme::tokens(ui).accent));
        ui.ctx().request_repaint_after(Duration::from_millis(250));
    }
    response
}

/// Bars, the newest at the right, the tallest as high as there is room; what does not fit is left out at the left.
pub fn sparkline(ui: &mut Ui, values: &[f32], size: Vec2) -> Response {
    const BAR: f32 = 3.0;
    const STEP: f32 = 4.0;
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    let fit = (size.x / STEP).floor().max(1.0) as usize;
    let shown = &values[values.len().saturating_sub(fit)..];
    let highest = shown.iter().copied().filter(|value| value.is_finite()).fold(0.0, f32::max);
    let color = theme::tokens(ui).accent.gamma_multiply(0.75);
    for (index, value) in shown.iter().rev().enumerate() {
        if *value > 0.0 && highest > 0.0 {
            let right = rect.right() - index as f32 * STEP;
            let top = rect.bottom() - (value / highest * rect.height()).round().max(1.0);
            let bar = Rect::from_min_max(pos2(right - BAR, top), pos2(right, rect.bottom()));
            ui.painter().rect_filled(bar, 0, color);
        }
    }
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
