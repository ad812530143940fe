//! Colours for JSON, and for what is not quite JSON yet.

use std::ops::Range;
use std::sync::Arc;

use egui::text::{ByteIndex, ByteRange, LayoutJob, LayoutSection, TextFormat, TextWrapping};
use egui::{Align, Color32, Galley, Ui};

use crate::ui::theme::{self, Tokens};

/// In bytes, with its braces.
const LONGEST_VARIABLE: usize = 200;

/// What a piece of JSON is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Piece {
    Key,
    String,
    Number,
    Keyword,
    Comment,
    /// A `{{variable}}`, alone or within a string.
    Variable,
    /// Brackets, commas, blanks, and what is none of the above.
    Other,
}

/// A text with colours, laid out again only when the text, the theme, the width or the fonts have changed.
#[derive(Clone, Debug, Default)]
pub struct Highlighted {
    kept: Option<Kept>,
}

#[derive(Clone, Debug)]
struct Kept {
    galley: Arc<Galley>,
    lines: Vec<Line>,
    dark: bool,
    width: f32,
    scale: f32,
    atlas_fill: f32,
}

/// One line, laid out by itself: a letter typed in one leaves the others as they are.
#[derive(Clone, Debug)]
struct Line {
    galley: Arc<Galley>,
    /// Tells lines of the same text in other colours apart.
    look: u64,
}

impl Kept {
    fn is_for(&self, tokens: &Tokens, width: f32, scale: f32, atlas_fill: f32) -> bool {
        self.dark == tokens.dark
            && self.width.to_bits() == width.to_bits()
            && self.scale.to_bits() == scale.to_bits()
            && self.atlas_fill <= atlas_fill
    }
}

/// Lays out the lines of a text whose pieces end where `pieces` say, in order; those at the begin and at the end that
/// are as `before` are taken from there.
fn lines(ui: &Ui, text: &str, pieces: &[(usize, Piece)], mut before: Vec<Line>, width: f32) -> Vec<Line> {
    let tokens = theme::tokens(ui);
    // Of each line its bytes, the first of its pieces, and how it looks.
    let mut wanted: Vec<(Range<usize>, usize, u64)> = Vec::with_capacity(before.len() + 1);
    let (mut at, mut piece) = (0, 0);
    for line in text.split('\n') {
        let end = at + line.len();
        let first = piece;
        let mut look = 0_u64;
        while let Some((until, kind)) = pieces.get(piece) {
            let place = (until.min(&end) - at) as u64 * 8 + *kind as u64;
            look = (look.rotate_left(5) ^ place).wrapping_mul(0x517c_c1b7_2722_0a95);
            if *until > end {
                break;
            }
            piece += 1;
        }
        wanted.push((at..end, first, look));
        at = end + 1;
    }
    let is_same = |line: &Line, wanted: &(Range<usize>, usize, u64)| {
        line.look == wanted.2 && line.galley.job.text == text[wanted.0.clone()]
    };
    let head = before.iter().zip(&wanted).take_while(|(line, wanted)| is_same(line, wanted)).count();
    let rest = before[head..].iter().rev().zip(wanted[head..].iter().rev());
    let tail = rest.take_while(|(line, wanted)| is_same(line, wanted)).count();
    let changed = wanted[head..wanted.len() - tail].iter().map(|(bytes, first, look)| {
        let mut job = LayoutJob { text: text[bytes.clone()].to_owned(), ..LayoutJob::default() };
        let mut start = 0;
        for (until, kind) in &pieces[*first..] {
            let end = until.min(&bytes.end).saturating_sub(bytes.start);
            job.sections.push(code_section(start..end, color(tokens, *kind)));
            start = end;
            if *until >= bytes.end {
                break;
            }
        }
        if job.sections.is_empty() {
            job.append("", 0.0, code_format(color(tokens, Piece::Other)));
        }
        job.wrap = TextWrapping::wrap_at_width(width);
        job.keep_trailing_whitespace = true;
        Line { galley: ui.fonts_mut(|fonts| fonts.layout_job(job)), look: *look }
    });
    let changed: Vec<Line> = changed.collect();
    let end = before.len() - tail;
    before.splice(head..end, changed);
    before
}

impl Highlighted {
    /// The layout of `text`, wrapped at `width`.
    ///
    /// Comparing with the text kept costs microseconds where a layout costs milliseconds, and it cannot go wrong.
    pub fn galley(&mut self, ui: &Ui, text: &str, width: f32) -> Arc<Galley> {
        /// Longer texts are shown in one colour: the editor stays quick.
        const MOST_COLOURED: usize = 256 * 1024;
        let tokens = theme::tokens(ui);
        let scale = ui.pixels_per_point();
        // The toolkit empties its atlas when that is nearly full: glyphs kept from before would be garbage.
        let atlas_fill = ui.fonts_mut(|fonts| fonts.font_atlas_fill_ratio());
        if let Some(kept) = &mut self.kept {
            let same = kept.is_for(tokens, width, scale, atlas_fill) && kept.galley.job.text == text;
            if same {
                kept.atlas_fill = atlas_fill;
                return kept.galley.clone();
            }
        }
        let mut pieces = Vec::new();
        if text.len() > MOST_COLOURED {
            pieces.push((text.len(), Piece::Other));
        } else {
            scan(text, |range, piece| pieces.push((range.end, piece)));
        }
        let before = self.kept.take().filter(|kept| kept.is_for(tokens, width, scale, atlas_fill));
        let lines = lines(ui, text, &pieces, before.map(|kept| kept.lines).unwrap_or_default(), width);
        let mut job = LayoutJob::single_section(text.to_owned(), code_format(color(tokens, Piece::Other)));
        job.wrap = TextWrapping::wrap_at_width(width);
        job.keep_trailing_whitespace = true;
        let galleys: Vec<Arc<Galley>> = lines.iter().map(|line| Arc::clone(&line.galley)).collect();
        let galley = Arc::new(Galley::concat(Arc::new(job), &galleys, scale));
        self.kept = Some(Kept { galley: galley.clone(), lines, dark: tokens.dark, width, scale, atlas_fill });
        galley
    }
}

/// JSON, or what is not quite JSON, in the colours of the theme, not wrapped.
#[must_use]
pub fn json_job(text: &str, tokens: &Tokens) -> LayoutJob {
    let mut job = LayoutJob { text: text.to_owned(), ..LayoutJob::default() };
    scan(text, |range, piece| {
        job.sections.push(code_section(range, color(tokens, piece)));
    });
    job
}

/// A piece of code in a colour.
pub(super) fn code_section(range: Range<usize>, color: Color32) -> LayoutSection {
    LayoutSection {
        leading_space: 0.0,
        byte_range: ByteRange::from(ByteIndex(range.start)..ByteIndex(range.end)),
        format: code_format(color),
    }
}

fn code_format(color: Color32) -> TextFormat {
    TextFormat {
        line_height: Some(theme::CODE_ROW_HEIGHT),
        valign: Align::Center,
        ..TextFormat::simple(theme::mono(), color)
    }
}

const fn color(tokens: &Tokens, piece: Piece) -> Color32 {
    match piece {
        Piece::Key => tokens.json_key,
        Piece::String => tokens.json_string,
        Piece::Number => tokens.json_number,
        Piece::Keyword => tokens.json_keyword,
        Piece::Comment => tokens.text_tertiary,
        Piece::Variable => tokens.accent,
        Piece::Other => tokens.text,
    }
}

/// Tells the pieces of `text` in order, without gaps; neighbours of one kind may come apart.
fn scan(text: &str, mut tell: impl FnMut(Range<usize>, Piece)) {
    let bytes = text.as_bytes();
    let is = |at: usize, set: &[u8]| bytes.get(at).is_some_and(|byte| set.contains(byte));
    let mut at = 0;
    while at < bytes.len() {
        let start = at;
        match bytes[at] {
            b'"' => {
                at += 1;
                while at < bytes.len() && !is(at, b"\"\n") {
                    at += if bytes[at] == b'\\' && at + 1 < bytes.len() && bytes[at + 1] != b'\n' { 2 } else { 1 };
                }
                at = at.min(bytes.len());
                if is(at, b"\"") {
                    at += 1;
                }
                // An escaped character may be of several bytes.
                while !text.is_char_boundary(at) {
                    at += 1;
                }
                let mut next = at;
                while is(next, b" \t\r\n") {
                    next += 1;
                }
                if is(next, b":") {
                    tell(start..at, Piece::Key);
                } else {
                    with_variables(text, start..at, &mut tell);
                }
            }
            b'{' if is(at + 1, b"{") => {
                // Looked for nearby only: a text of many braces must not be searched to its end for each of them.
                let near = &bytes[at..bytes.len().min(at + LONGEST_VARIABLE)];
                let close = near.windows(2).position(|pair| pair == b"}}").map(|length| at + length);
                if let Some(close) = close.filter(|close| variable_name(&text[at + 2..*close])) {
                    at = close + 2;
                    tell(start..at, Piece::Variable);
                } else {
                    at += 1;
                    tell(start..at, Piece::Other);
                }
            }
            b'-' | b'0'..=b'9' => {
                at += 1;
                while is(at, b"0123456789+-.eE") {
                    at += 1;
                }
                tell(start..at, Piece::Number);
            }
            b'/' if is(at + 1, b"/") => {
                at += text[at..].find('\n').unwrap_or(text.len() - at);
                tell(start..at, Piece::Comment);
            }
            b'/' if is(at + 1, b"*") => {
                at += text[at + 2..].find("*/").map_or(text.len() - at, |length| length + 4);
                tell(start..at, Piece::Comment);
            }
            byte if byte.is_ascii_alphabetic() => {
                while bytes.get(at).is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_') {
                    at += 1;
                }
                // As the text format has it.
                let is_key = is(at, b":") || (is(at, b" ") && is(at + 1, b"{"));
                let piece = match &text[start..at] {
                    _ if is_key => Piece::Key,
                    "true" | "false" | "null" => Piece::Keyword,
                    _ => Piece::Other,
                };
                tell(start..at, piece);
            }
            _ => {
                at += 1;
                while at < bytes.len() && !is(at, b"\"{-/0123456789") && !bytes[at].is_ascii_alphabetic() {
                    at += 1;
                }
                tell(start..at, Piece::Other);
            }
        }
    }
}

/// Tells a string whose `{{variables}}` are pieces of their own.
fn with_variables(text: &str, range: Range<usize>, tell: &mut impl FnMut(Range<usize>, Piece)) {
    let mut at = range.start;
    while let Some(open) = text[at..range.end].find("{{").map(|length| at + length) {
        let Some(close) = text[open..range.end].find("}}").map(|length| open + length + 2) else { break };
        if !variable_name(&text[open + 2..close - 2]) {
            break;
        }
        if at < open {
            tell(at..open, Piece::String);
        }
        tell(open..close, Piece::Variable);
        at = close;
    }
    if at < range.end {
        tell(at..range.end, Piece::String);
    }
}

fn variable_name(text: &str) -> bool {
    !text.trim().is_empty() && !text.contains(['{', '}', '"', ':', ',', '\n'])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each piece that is not `Other`, as its first letter and its text.
    fn check(input: &str, expected: &[&str]) {
        let mut found = Vec::new();
        let mut end = 0;
        scan(input, |range, piece| {
            assert_eq!(range.start, end, "a gap in {input:?}");
            end = range.end;
            let text = &input[range];
            if piece != Piece::Other {
                found.push(format!("{} {text}", format!("{piece:?}").to_lowercase()));
            }
        });
        assert_eq!(end, input.len(), "the end of {input:?}");
        assert_eq!(found, expected, "{input:?}");
    }

    #[test]
    fn pieces() {
        check(r#"{"a": "b"}"#, &["key \"a\"", "string \"b\""]);
        check(
            r#"{"a" : -1.5e3, "b": [true, null]}"#,
            &["key \"a\"", "number -1.5e3", "key \"b\"", "keyword true", "keyword null"],
        );
        check(r#""\"q\"" 1"#, &["string \"\\\"q\\\"\"", "number 1"]);
        check("\"open\n1", &["string \"open", "number 1"]);
        check(r#""您好\您""#, &["string \"您好\\您\""]);
        check(r#""x{{host}}y""#, &["string \"x", "variable {{host}}", "string y\""]);
        check("{{n}} {{", &["variable {{n}}"]);
        check(r#"{{"a":1}}"#, &["key \"a\"", "number 1"]);
        check("\"\\", &["string \"\\"]);
        check("", &[]);
        check("nullable 您", &[]);
        check("inner {\n  true: 1\n}", &["key inner", "key true", "number 1"]);
        check("// \"a\": 1\n2 /* 3\n4 */ / 5", &["comment // \"a\": 1", "number 2", "comment /* 3\n4 */", "number 5"]);
        check("/* 您", &["comment /* 您"]);
    }
}
