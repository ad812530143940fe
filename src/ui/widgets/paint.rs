//! Painting of text and icons at exact places, for widgets that lay themselves out.

use std::sync::Arc;

use egui::text::{LayoutJob, TextFormat, TextWrapping};
use egui::{Align, Align2, Color32, FontId, Galley, Painter, Pos2, Rect, Ui, Vec2};

use crate::ui::icons::Icon;
use crate::ui::theme;

/// Height of a line, in sizes of its font.
const LINE_HEIGHT: f32 = 1.25;

/// One line of text, cut with an ellipsis where it would be wider than `width`; `galley.elided` tells.
#[must_use]
pub fn elided(ui: &Ui, text: &str, font: FontId, color: Color32, width: f32) -> Arc<Galley> {
    // A line much longer than any screen is cut before it is laid out.
    const MOST_CHARS: usize = 2000;
    let text = text.char_indices().nth(MOST_CHARS).map_or(text, |(end, _)| &text[..end]);
    // With a height of the line's own, glyphs of every font are centred on it: Chinese beside Latin does not sink.
    let format = TextFormat {
        line_height: Some((font.size * LINE_HEIGHT).round()),
        valign: Align::Center,
        ..TextFormat::simple(font, color)
    };
    let mut job = LayoutJob::single_section(text.replace(['\n', '\r'], " "), format);
    job.break_on_newline = false;
    job.wrap = TextWrapping::truncate_at_width(width.max(0.0));
    ui.fonts_mut(|fonts| fonts.layout_job(job))
}

/// Paints `galley` with its left edge at `left`, centred on the height of `rect`; its place.
#[expect(clippy::must_use_candidate, reason = "painting is what it is for")]
pub fn paint_text(painter: &Painter, rect: Rect, left: f32, galley: Arc<Galley>) -> Rect {
    let place = Rect::from_min_size(Pos2::new(left, rect.center().y - galley.size().y / 2.0), galley.size());
    painter.galley(place.min, galley, Color32::PLACEHOLDER);
    place
}

/// Paints an icon of `size` points centred on `center`.
pub fn paint_icon(painter: &Painter, center: Pos2, icon: Icon, size: f32, color: Color32) {
    painter.text(center, Align2::CENTER_CENTER, icon.glyph(), theme::icons(size), color);
}

/// The square of `size` points at the left edge of `rect`, moved right by `left`, centred on its height.
pub(super) fn icon_slot(rect: Rect, left: f32, size: f32) -> Rect {
    Rect::from_center_size(Pos2::new(left + size / 2.0, rect.center().y), Vec2::splat(size))
}
