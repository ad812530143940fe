//! JSON as text to edit, with line numbers.

use egui::{Align2, Frame, Id, Margin, Rect, Response, ScrollArea, Shape, TextBuffer, TextEdit, Ui, pos2, vec2};

use super::code::Highlighted;
use crate::ui::theme;

/// What the editor keeps between frames; one for each text.
#[derive(Clone, Debug, Default)]
pub struct EditorState {
    /// The text with its colours.
    pub highlighted: Highlighted,
}

/// Shows an editor of `height` with line numbers; `error` is a line and column, from 1, that is marked.
pub fn json_editor(
    ui: &mut Ui,
    id: Id,
    name: &str,
    text: &mut String,
    state: &mut EditorState,
    error: Option<(usize, usize)>,
    height: f32,
) -> Response {
    let tokens = theme::tokens(ui);
    let lines = text.bytes().filter(|byte| *byte == b'\n').count() + 1;
    let digits = lines.max(99).ilog10() + 1;
    let digit = ui.fonts_mut(|fonts| fonts.glyph_width(&theme::mono_small(), '0'));
    let gutter = (digits as f32 * digit).ceil() + 24.0;
    ScrollArea::vertical()
        .id_salt(id)
        .auto_shrink(false)
        .max_height(height)
        .min_scrolled_height(height)
        .show(ui, |ui| {
            let behind = ui.painter().add(Shape::Noop);
            let margin = Margin { left: gutter as i8, right: 12, top: 6, bottom: 12 };
            let mut layouter =
                |ui: &Ui, buffer: &dyn TextBuffer, width: f32| state.highlighted.galley(ui, buffer.as_str(), width);
            let size = vec2(ui.available_width(), height);
            let output = TextEdit::multiline(text)
                .id(id)
                .code_editor()
                .font(theme::mono())
                .frame(Frame::NONE.inner_margin(margin))
                .desired_width(size.x)
                .min_size(size)
                .layouter(&mut layouter)
                .show(ui);
            let response = output.response.response.clone().accessible_name(name);
            let right = output.galley_pos.x - 12.0;
            let seen = ui.clip_rect();
            let mut line = 1;
            let mut begins = true;
            for row in &output.galley.rows {
                let y = output.galley_pos.y + row.rect().center().y;
                let rect = Rect::from_x_y_ranges(
                    response.rect.x_range(),
                    y - theme::CODE_ROW_HEIGHT / 2.0..=y + theme::CODE_ROW_HEIGHT / 2.0,
                );
                if begins && rect.intersects(seen) {
                    let wrong = error.is_some_and(|(at, _)| at == line);
                    let color = if wrong { tokens.error } else { tokens.text_tertiary };
                    ui.painter().text(pos2(right, y), Align2::RIGHT_CENTER, line, theme::mono_small(), color);
                    if let Some((_, column)) = error.filter(|_| wrong) {
                        let mut shapes = vec![Shape::rect_filled(rect, 0, tokens.tint(tokens.error))];
                        let glyph = row.row.glyphs.get(column.saturating_sub(1)).or(row.row.glyphs.last());
                        if let Some(glyph) = glyph {
                            let left = output.galley_pos.x + row.pos.x + glyph.pos.x;
                            let mark = Rect::from_min_size(
                                pos2(left, rect.bottom() - 3.0),
                                vec2(glyph.advance_width.max(7.0), 2.0),
                            );
                            shapes.push(Shape::rect_filled(mark, 0, tokens.error));
                        }
                        ui.painter().set(behind, Shape::Vec(shapes));
                    }
                }
                begins = row.ends_with_newline;
                line += usize::from(begins);
            }
            response
        })
        .inner
}
