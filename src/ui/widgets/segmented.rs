//! One of a few, all of them shown side by side.

use egui::{Color32, Id, Rect, Role, Sense, Ui, Vec2, WidgetInfo};

use super::paint::elided;
use crate::ui::theme;

/// How the segments sit in what is around them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SegmentStyle {
    /// In a box, as wide as their texts.
    Boxed,
    /// In a box, sharing the whole width.
    Fill,
    /// Without a box: beside tabs and titles.
    Bare,
}

/// Segments in a box; true when another was chosen. `name` says to a screen reader what is chosen here.
pub fn segmented(ui: &mut Ui, id_salt: impl egui::AsIdSalt, name: &str, labels: &[&str], selected: &mut usize) -> bool {
    segmented_styled(ui, id_salt, name, labels, selected, SegmentStyle::Boxed)
}

/// Segments; true when another was chosen.
pub fn segmented_styled(
    ui: &mut Ui,
    id_salt: impl egui::AsIdSalt,
    name: &str,
    labels: &[&str],
    selected: &mut usize,
    style: SegmentStyle,
) -> bool {
    segmented_named(ui, id_salt, name, labels, labels, selected, style)
}

/// Segments that a screen reader calls otherwise than what is seen: where the same words stand elsewhere on the screen.
pub fn segmented_named(
    ui: &mut Ui,
    id_salt: impl egui::AsIdSalt,
    name: &str,
    labels: &[&str],
    names: &[&str],
    selected: &mut usize,
    style: SegmentStyle,
) -> bool {
    const PADDING: f32 = 10.0;
    let tokens = theme::tokens(ui);
    let id = ui.make_persistent_id(id_salt);
    let galleys: Vec<_> =
        labels.iter().map(|label| elided(ui, label, theme::body(), Color32::PLACEHOLDER, f32::INFINITY)).collect();
    let natural: Vec<f32> = galleys.iter().map(|galley| (galley.size().x + PADDING * 2.0).ceil()).collect();
    let width = if style == SegmentStyle::Fill { ui.available_width() } else { natural.iter().sum() };
    let (outer, group) = ui.allocate_exact_size(Vec2::new(width, theme::INPUT_HEIGHT), Sense::hover());
    group.widget_info(|| WidgetInfo::labeled(Role::RadioGroup, ui.is_enabled(), name));
    match style {
        SegmentStyle::Boxed => drop(ui.painter().rect_filled(outer, theme::RADIUS, tokens.panel)),
        SegmentStyle::Fill => drop(ui.painter().rect_filled(outer, theme::RADIUS, tokens.surface)),
        SegmentStyle::Bare => {}
    }
    let mut changed = false;
    let mut left = outer.left();
    for (index, galley) in galleys.into_iter().enumerate() {
        let width = if style == SegmentStyle::Fill { width / labels.len() as f32 } else { natural[index] };
        let rect = Rect::from_min_size(egui::pos2(left, outer.top()), Vec2::new(width, outer.height()));
        left += width;
        let response = ui.interact(rect, segment_id(id, index), Sense::click());
        if response.clicked() && *selected != index {
            *selected = index;
            changed = true;
        }
        let chosen = *selected == index;
        if chosen {
            let inner = if style == SegmentStyle::Bare { rect } else { rect.shrink(2.0) };
            ui.painter().rect_filled(inner, theme::RADIUS, tokens.raised);
        }
        let color = if chosen || response.hovered() { tokens.text } else { tokens.text_secondary };
        let place = rect.center() - galley.size() / 2.0;
        ui.painter().galley_with_override_text_color(place, galley, color);
        response.widget_info(|| WidgetInfo::selected(Role::RadioButton, ui.is_enabled(), chosen, names[index]));
    }
    changed
}

fn segment_id(group: Id, index: usize) -> Id {
    group.with(index)
}
