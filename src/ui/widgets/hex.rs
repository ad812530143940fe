//! Bytes of any size, to read: offset, sixteen of them in hexadecimal digits, the same as text.

use std::fmt::Write as _;

use egui::{Event, Id, Response, Ui, pos2};

use super::list::{ListState, VirtualList};
use crate::ui::theme;

/// Bytes on a line.
const WIDTH: usize = 16;
/// Lines that are copied at once.
const MOST_COPIED: u64 = 1 << 16;

/// Shows `bytes` in the room there is; Ctrl+C copies the chosen lines.
pub fn hex_viewer(ui: &mut Ui, id: Id, name: &str, bytes: &[u8], state: &mut ListState) -> Response {
    let tokens = theme::tokens(ui);
    let count = bytes.len().div_ceil(WIDTH) as u64;
    let digit = ui.fonts_mut(|fonts| fonts.glyph_width(&theme::mono(), '0'));
    let digits = bytes.len().max(0xFFFF).ilog2() / 4 + 1;
    let list = VirtualList { row_height: theme::CODE_ROW_HEIGHT, ..VirtualList::new(id, name, count) };
    let shown = list.show(ui, state, |ui, rect, index, row| {
        if row.selected {
            ui.painter().rect_filled(rect, 0, tokens.hover);
        }
        let line = Line::of(bytes, index);
        let painter = ui.painter().with_clip_rect(rect.intersect(ui.clip_rect()));
        let say = |x: f32, words: &str, color| {
            let at = pos2(rect.left() + x, rect.center().y);
            painter.text(at, egui::Align2::LEFT_CENTER, words, theme::mono(), color);
        };
        let begin = theme::PANEL_PADDING + digit * (digits as f32 + 2.0);
        let offset = format!("{:0width$x}", line.offset, width = digits as usize);
        say(theme::PANEL_PADDING, &offset, tokens.text_tertiary);
        say(begin, &line.hex, tokens.text);
        say(begin + digit * (WIDTH as f32 * 3.0 + 2.0), &line.text, tokens.text_secondary);
        format!("{offset}  {}  {}", line.hex, line.text)
    });
    if shown.response.has_focus() && ui.input(|input| input.events.contains(&Event::Copy)) {
        let (from, to) = state.range().unwrap_or((0, count.saturating_sub(1)));
        let lines = (from..=to.min(from + MOST_COPIED)).map(|index| Line::of(bytes, index));
        let copied: Vec<String> =
            lines.map(|line| format!("{:08x}  {:<49} {}", line.offset, line.hex, line.text)).collect();
        ui.copy_text(copied.join("\n"));
    }
    shown.response
}

struct Line {
    offset: usize,
    hex: String,
    text: String,
}

impl Line {
    fn of(bytes: &[u8], index: u64) -> Self {
        let offset = index as usize * WIDTH;
        let line = bytes.get(offset..bytes.len().min(offset + WIDTH)).unwrap_or_default();
        let mut hex = String::with_capacity(WIDTH * 3 + 1);
        for (at, byte) in line.iter().enumerate() {
            if at > 0 {
                hex.push_str(if at == WIDTH / 2 { "  " } else { " " });
            }
            // Writing to a string cannot fail.
            let _written = write!(hex, "{byte:02x}");
        }
        let printed = |&byte: &u8| if byte.is_ascii_graphic() || byte == b' ' { char::from(byte) } else { '.' };
        Self { offset, hex, text: line.iter().map(printed).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines() {
        let bytes: Vec<u8> = (0x3c..0x50).collect();
        let line = Line::of(&bytes, 0);
        assert_eq!(line.hex, "3c 3d 3e 3f 40 41 42 43  44 45 46 47 48 49 4a 4b");
        assert_eq!(line.text, "<=>?@ABCDEFGHIJK");
        let line = Line::of(&bytes, 1);
        assert_eq!((line.offset, line.hex.as_str(), line.text.as_str()), (16, "4c 4d 4e 4f", "LMNO"));
        assert_eq!(Line::of(&bytes, 2).hex, "");
    }
}
