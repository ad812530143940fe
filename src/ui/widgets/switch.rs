//! On or off.

use egui::{Response, Role, Sense, Ui, Vec2, WidgetInfo};

use crate::ui::theme;

/// A switch that flips `on`; `name` is for screen readers: what is seen stands beside it.
pub fn switch(ui: &mut Ui, name: &str, on: &mut bool) -> Response {
    const TRACK: Vec2 = Vec2::new(28.0, 16.0);
    let (rect, mut response) = ui.allocate_exact_size(Vec2::new(TRACK.x, theme::INPUT_HEIGHT), Sense::click());
    if response.clicked() {
        *on = !*on;
        response.mark_changed();
    }
    let tokens = theme::tokens(ui);
    let track = egui::Rect::from_center_size(rect.center(), TRACK);
    let knob_x = |on: bool| if on { track.right() - 8.0 } else { track.left() + 8.0 };
    let part = ui.ctx().animate_bool(response.id, *on);
    let fill = tokens.hover.lerp_to_gamma(tokens.accent, part);
    let knob = tokens.text_tertiary.lerp_to_gamma(tokens.surface, part);
    ui.painter().rect_filled(track, 8, fill);
    let x = egui::lerp(knob_x(false)..=knob_x(true), part);
    ui.painter().circle_filled(egui::pos2(x, track.center().y), 6.0, knob);
    response.widget_info(|| WidgetInfo::selected(Role::Switch, ui.is_enabled(), *on, name));
    response
}
