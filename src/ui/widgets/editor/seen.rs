//! The rows of a laid out text that are in sight, and where bytes of the text came to lie.
//!
//! Must not know: what is marked there.

use std::ops::Range;

use egui::{Galley, Pos2, Rect};

use crate::ui::theme;

/// The rows in sight.
pub(super) struct Seen<'a> {
    rows: Vec<Row<'a>>,
}

struct Row<'a> {
    text: &'a str,
    /// Of the text.
    start: usize,
    /// Number of the line that begins here.
    line: Option<usize>,
    /// Number of the line that it belongs to.
    of: usize,
    placed: &'a egui::epaint::text::PlacedRow,
    left: f32,
    /// Its middle.
    y: f32,
}

impl<'a> Seen<'a> {
    /// The rows of `galley`, whose top left is at `at`, that `clip` shows.
    pub(super) fn new(text: &'a str, galley: &'a Galley, at: Pos2, clip: Rect) -> Self {
        let half = theme::CODE_ROW_HEIGHT / 2.0;
        let mut rows = Vec::new();
        let (mut line, mut begins, mut letters) = (1, true, 0);
        // Bytes are known from the first row in sight on.
        let mut byte = None;
        for row in &galley.rows {
            let count = row.char_count_including_newline().0;
            let y = at.y + row.rect().center().y;
            if y - half > clip.bottom() {
                break;
            }
            if y + half >= clip.top() {
                let start = byte.unwrap_or_else(|| byte_of(text, letters));
                let rest = &text[start..];
                let length = if rest.is_ascii() { count.min(rest.len()) } else { byte_of(rest, count) };
                rows.push(Row {
                    text: &rest[..length],
                    start,
                    line: begins.then_some(line),
                    of: line,
                    placed: row,
                    left: at.x + row.pos.x,
                    y,
                });
                byte = Some(start + length);
            }
            letters += count;
            begins = row.ends_with_newline;
            line += usize::from(begins);
        }
        Self { rows }
    }

    /// The numbers of the lines that begin in sight, each with its middle.
    pub(super) fn numbers(&self) -> impl Iterator<Item = (usize, f32)> {
        self.rows.iter().filter_map(|row| Some((row.line?, row.y)))
    }

    /// The line that a byte in sight is in.
    pub(super) fn line_of(&self, byte: usize) -> Option<usize> {
        self.rows.iter().rfind(|row| row.start <= byte && byte <= row.start + row.text.len()).map(|row| row.of)
    }

    /// Those of `ranges`, which are in order, that reach into sight, with their places.
    pub(super) fn among<'r, T>(
        &self,
        ranges: &'r [T],
        range: impl Fn(&T) -> &Range<usize>,
    ) -> impl Iterator<Item = (usize, &'r T)> {
        let start = self.rows.first().map_or(0, |row| row.start);
        let end = self.rows.last().map_or(0, |row| row.start + row.text.len());
        let first = ranges.partition_point(|each| range(each).end < start);
        let last = ranges.partition_point(|each| range(each).start <= end).max(first);
        ranges[first..last].iter().enumerate().map(move |(index, each)| (first + index, each))
    }

    /// Where a range of bytes came to lie, as far as it is in sight; an empty range has no width.
    pub(super) fn rects(&self, range: &Range<usize>) -> impl Iterator<Item = Rect> {
        self.rows.iter().filter_map(move |row| {
            let end = row.start + row.text.len();
            let inside = row.start <= range.start && range.start < end;
            let reaches = range.start < row.start && row.start < range.end;
            let at_end = range.start == end && range.is_empty() && !row.text.ends_with('\n');
            if !(inside || reaches || at_end) {
                return None;
            }
            let (from, to) = (range.start.max(row.start) - row.start, range.end.min(end) - row.start);
            let (left, right) = (row.x(from), row.x(to.max(from)));
            Some(Rect::from_x_y_ranges(left..=right, row.y - 9.0..=row.y + 9.0))
        })
    }
}

impl Row<'_> {
    /// The left edge of the letter at a byte of the row.
    fn x(&self, byte: usize) -> f32 {
        let glyphs = &self.placed.row.glyphs;
        let index = char_of(self.text, byte);
        let in_row = glyphs.get(index).map(|glyph| glyph.pos.x);
        self.left + in_row.or_else(|| glyphs.last().map(egui::epaint::text::Glyph::max_x)).unwrap_or_default()
    }
}

/// The byte at which the letter of that number begins; the end of the text if there is none.
pub(super) fn byte_of(text: &str, letter: usize) -> usize {
    if text.is_ascii() {
        return letter.min(text.len());
    }
    text.char_indices().nth(letter).map_or(text.len(), |(byte, _)| byte)
}

/// The number of letters before a byte.
pub(super) fn char_of(text: &str, byte: usize) -> usize {
    text[..text.floor_char_boundary(byte)].chars().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_and_bytes() {
        assert_eq!((byte_of("a您b", 2), byte_of("a您b", 9), byte_of("ab", 1)), (4, 5, 1));
        assert_eq!((char_of("a您b", 4), char_of("a您b", 2), char_of("a您b", 99)), (2, 1, 3));
    }
}
