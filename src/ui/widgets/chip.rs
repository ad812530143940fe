//! A small value that stands for itself: an element of a list, an entry of a map, a file.

use egui::{Color32, Response, Role, Sense, Ui, Vec2, WidgetInfo};

use super::paint::{elided, icon_slot, paint_icon, paint_text};
use crate::ui::icons::Icon;
use crate::ui::theme;

/// What a chip shows.
#[derive(Clone, Copy, Debug, Default)]
pub struct Chip<'a> {
    /// An icon at its left.
    pub icon: Option<Icon>,
    /// The name before the value, as of a key in a map.
    pub key: Option<&'a str>,
    /// The value.
    pub text: &'a str,
    /// Said after the value, quietly: a size.
    pub detail: Option<&'a str>,
    /// Draws a cross that removes it, of this name.
    pub remove: Option<&'a str>,
}

/// What was asked of a chip.
#[derive(Debug)]
pub struct ChipResponse {
    /// Of the chip: clicked opens it.
    pub response: Response,
    /// The cross was clicked, or Delete pressed while the chip has the focus.
    pub removed: bool,
}

/// Shows a chip.
pub fn chip(ui: &mut Ui, chip: Chip<'_>) -> ChipResponse {
    const PADDING: f32 = 7.0;
    const HEIGHT: f32 = 20.0;
    const GAP: f32 = 5.0;
    let tokens = theme::tokens(ui);
    let widest = (ui.max_rect().width() - 2.0 * PADDING - 60.0).max(60.0);
    let layout = |text: &str, color: Color32| elided(ui, text, theme::mono(), color, widest);
    let mut parts = Vec::new();
    parts.extend(chip.key.map(|key| layout(key, tokens.json_key)));
    parts.push(layout(chip.text, tokens.text));
    parts.extend(chip.detail.map(|detail| layout(detail, tokens.text_tertiary)));
    let icon_room = if chip.icon.is_some() { theme::ICON_SIZE + GAP } else { 0.0 };
    let cross_room = if chip.remove.is_some() { theme::ICON_SIZE_SMALL + GAP } else { 0.0 };
    let texts: f32 = parts.iter().map(|part| part.size().x).sum::<f32>() + GAP * (parts.len() - 1) as f32;
    let width = (PADDING * 2.0 + icon_room + texts + cross_room).ceil();
    let (outer, response) = ui.allocate_exact_size(Vec2::new(width, theme::INPUT_HEIGHT), Sense::click());
    let rect = egui::Rect::from_center_size(outer.center(), Vec2::new(width, HEIGHT));
    let fill = if response.hovered() { tokens.hover } else { tokens.raised };
    ui.painter().rect_filled(rect, theme::RADIUS_SMALL, fill);
    let mut left = rect.left() + PADDING;
    if let Some(icon) = chip.icon {
        let slot = icon_slot(rect, left, theme::ICON_SIZE);
        paint_icon(ui.painter(), slot.center(), icon, theme::ICON_SIZE, tokens.text);
        left += icon_room;
    }
    for part in parts {
        left = paint_text(ui.painter(), rect, left, part).right() + GAP;
    }
    let name = [chip.key, Some(chip.text), chip.detail].into_iter().flatten().collect::<Vec<_>>().join(" ");
    response.widget_info(|| WidgetInfo::labeled(Role::Button, ui.is_enabled(), &name));
    let mut removed = response.has_focus()
        && chip.remove.is_some()
        && ui.input(|input| input.key_pressed(egui::Key::Delete) || input.key_pressed(egui::Key::Backspace));
    if let Some(remove) = chip.remove {
        let slot = icon_slot(rect, left, theme::ICON_SIZE_SMALL);
        let cross = ui.interact(slot.expand(4.0), response.id.with("remove"), Sense::click());
        let color = if cross.hovered() { tokens.text } else { tokens.text_tertiary };
        paint_icon(ui.painter(), slot.center(), Icon::X, theme::ICON_SIZE_SMALL, color);
        let label = format!("{remove} {name}");
        cross.widget_info(|| WidgetInfo::labeled(Role::Button, ui.is_enabled(), &label));
        removed |= cross.clicked();
    }
    ChipResponse { response, removed }
}
