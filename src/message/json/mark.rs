//! Where a place in a text is, as line and column. Places are asked for in order, so each character is counted once.
//!
//! Must not know: what the text says.

use super::Position;

/// The last place that was asked for.
#[derive(Clone, Copy, Debug)]
pub(in crate::message) struct Mark(Position);

impl Mark {
    /// The beginning of a text that begins so many bytes in.
    pub(in crate::message) const fn at(offset: usize) -> Self {
        Self(Position { offset, line: 1, column: 1 })
    }

    /// The place of a byte of the text.
    pub(in crate::message) fn go_to(&mut self, text: &[u8], offset: usize) -> Position {
        let Self(mark) = self;
        if offset < mark.offset {
            *mark = Position { offset: 0, line: 1, column: 1 };
        }
        let passed = &text[mark.offset..offset];
        // Without branches these are counted many bytes at a time.
        let lines = passed.iter().map(|&byte| u32::from(byte == b'\n')).sum::<u32>();
        let mut last = passed;
        if lines > 0 {
            mark.line += lines;
            mark.column = 1;
            last = passed.rsplit(|&byte| byte == b'\n').next().unwrap_or_default();
        }
        mark.column += last.iter().map(|&byte| u32::from(byte & 0xC0 != 0x80)).sum::<u32>();
        mark.offset = offset;
        *mark
    }
}
