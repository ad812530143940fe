//! Proto source to read: its colours, and names in it that lead elsewhere.
//!
//! Must not know: what a name leads to.

use std::ops::Range;
use std::sync::Arc;

use egui::text::{CCursor, LayoutJob, TextWrapping};
use egui::text_selection::LabelSelectionState;
use egui::{Color32, CursorIcon, Galley, Id, Rect, Response, Role, Sense, Stroke, Ui, WidgetInfo, vec2};

use super::code::code_section;
use crate::ui::theme::{self, Tokens};

/// Longer texts are shown in one colour.
const MOST_COLOURED: usize = 1024 * 1024;

/// What a piece of source is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Piece {
    Comment,
    Keyword,
    Scalar,
    String,
    Number,
    Link,
    Other,
}

/// The layout of a source, made again only when the text, the theme, the width or the fonts have changed.
#[derive(Debug, Default)]
pub struct ProtoLayout {
    kept: Option<Kept>,
}

#[derive(Debug)]
struct Kept {
    galley: Arc<Galley>,
    /// Of each link, from the galley's corner.
    places: Vec<Rect>,
    of: (bool, u32, u32),
    atlas_fill: f32,
}

impl ProtoLayout {
    fn refresh(&mut self, ui: &Ui, text: &str, links: &[Range<usize>], width: f32) -> (Arc<Galley>, &[Rect]) {
        let tokens = theme::tokens(ui);
        let of = (tokens.dark, width.to_bits(), ui.pixels_per_point().to_bits());
        // The toolkit empties its atlas when that is nearly full: glyphs kept from before would be garbage.
        let atlas_fill = ui.fonts_mut(|fonts| fonts.font_atlas_fill_ratio());
        let is_same = |kept: &Kept| kept.of == of && kept.atlas_fill <= atlas_fill && kept.galley.job.text == text;
        let kept = if let Some(kept) = self.kept.take().filter(is_same) {
            Kept { atlas_fill, ..kept }
        } else {
            let mut job = job(text, links, tokens);
            job.wrap = TextWrapping::wrap_at_width(width);
            let galley = ui.fonts_mut(|fonts| fonts.layout_job(job));
            let places = places(&galley, text, links);
            Kept { galley, places, of, atlas_fill }
        };
        let kept = self.kept.insert(kept);
        (kept.galley.clone(), &kept.places)
    }
}

/// What is shown as source.
#[derive(Clone, Copy, Debug)]
pub struct ProtoSource<'a> {
    /// Tells it from others.
    pub id: Id,
    /// The source.
    pub text: &'a str,
    /// Bytes of the names that lead elsewhere, in order.
    pub links: &'a [Range<usize>],
    /// What a screen reader calls them.
    pub names: &'a [&'a str],
    /// A part to be seen first, marked.
    pub marked: Option<&'a Range<usize>>,
}

/// What was asked of a source.
#[derive(Debug)]
pub struct ProtoResponse {
    /// The link that was followed, by mouse or keyboard.
    pub followed: Option<usize>,
    /// Where the marked part is, on the screen.
    pub marked: Option<Rect>,
    /// Of the text.
    pub response: Response,
}

/// Shows proto source that can be selected; its links are reached with Tab and followed with Enter.
pub fn proto_source(ui: &mut Ui, layout: &mut ProtoLayout, source: ProtoSource<'_>) -> ProtoResponse {
    let tokens = theme::tokens(ui);
    let (galley, places) = layout.refresh(ui, source.text, source.links, ui.available_width());
    let (rect, response) = ui.allocate_exact_size(galley.size(), Sense::click_and_drag());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, ui.is_enabled(), source.text));
    let at = rect.min.to_vec2();
    let marked = source.marked.map(|range| {
        let row = place(&galley, source.text, range);
        let row = Rect::from_x_y_ranges(rect.x_range(), row.translate(at).y_range());
        ui.painter().rect_filled(row.expand2(vec2(6.0, 0.0)), theme::RADIUS_SMALL, tokens.hover);
        row
    });
    LabelSelectionState::label_text_selection(ui, &response, rect.min, galley, tokens.text, Stroke::NONE);
    let mut followed = None;
    for (index, (place, name)) in places.iter().zip(source.names).enumerate() {
        let place = place.translate(at);
        let link = ui.interact(place, source.id.with(index), Sense::click());
        link.widget_info(|| WidgetInfo::labeled(Role::Link, ui.is_enabled(), *name));
        if link.gained_focus() && !ui.clip_rect().contains_rect(place) {
            link.scroll_to_me(None);
        }
        if link.hovered() || link.has_focus() {
            ui.painter().hline(place.x_range(), place.bottom() - 3.0, Stroke::new(1.0, tokens.accent));
        }
        if link.clicked() {
            followed = Some(index);
        }
        if link.hovered() {
            link.on_hover_cursor(CursorIcon::PointingHand).on_hover_text(*name);
        }
    }
    ProtoResponse { followed, marked, response }
}

/// Where each link is: its first line, where it is broken.
fn places(galley: &Galley, text: &str, links: &[Range<usize>]) -> Vec<Rect> {
    let mut chars = 0;
    let mut bytes = 0;
    let mut found = Vec::with_capacity(links.len());
    for link in links {
        let (Some(before), Some(own)) = (text.get(bytes..link.start), text.get(link.clone())) else {
            found.push(Rect::NOTHING);
            continue;
        };
        chars += before.chars().count();
        let start = CCursor { index: chars.into(), prefer_next_row: true };
        chars += own.chars().count();
        bytes = link.end;
        found.push(between(galley, start, CCursor { index: chars.into(), prefer_next_row: false }));
    }
    found
}

fn place(galley: &Galley, text: &str, range: &Range<usize>) -> Rect {
    places(galley, text, std::slice::from_ref(range)).pop().unwrap_or(Rect::NOTHING)
}

fn between(galley: &Galley, start: CCursor, end: CCursor) -> Rect {
    let (start, end) = (galley.pos_from_cursor(start), galley.pos_from_cursor(end));
    let right = if end.top() > start.top() { galley.rect.right() } else { end.right() };
    Rect::from_min_max(start.min, egui::pos2(right, start.bottom()))
}

/// The source in the colours of the theme, not wrapped.
fn job(text: &str, links: &[Range<usize>], tokens: &Tokens) -> LayoutJob {
    let mut job = LayoutJob { text: text.to_owned(), ..LayoutJob::default() };
    let mut add = |range: Range<usize>, piece: Piece| {
        job.sections.push(code_section(range, color(tokens, piece)));
    };
    if text.len() > MOST_COLOURED {
        add(0..text.len(), Piece::Other);
        return job;
    }
    scan(text, links, add);
    job
}

const fn color(tokens: &Tokens, piece: Piece) -> Color32 {
    match piece {
        Piece::Comment => tokens.text_tertiary,
        Piece::Keyword => tokens.json_keyword,
        Piece::Scalar | Piece::Number => tokens.json_number,
        Piece::String => tokens.json_string,
        Piece::Link => tokens.json_key,
        Piece::Other => tokens.text,
    }
}

/// Tells the pieces of `text` in order, without gaps; links are pieces of their own wherever they stand.
fn scan(text: &str, links: &[Range<usize>], mut tell: impl FnMut(Range<usize>, Piece)) {
    let mut links = links.iter().filter(|link| text.get(link.start..link.end).is_some_and(|own| !own.is_empty()));
    let mut link = links.next();
    let mut told = |range: Range<usize>, piece: Piece| {
        let mut at = range.start;
        while let Some(next) = link.filter(|next| next.start < range.end) {
            if next.start < at {
                link = links.next();
                continue;
            }
            if at < next.start {
                tell(at..next.start, piece);
            }
            let end = next.end.min(range.end);
            tell(next.start..end, Piece::Link);
            at = end;
            link = links.next();
        }
        if at < range.end {
            tell(at..range.end, piece);
        }
    };
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let start = at;
        let piece = match bytes[at] {
            b'/' if bytes.get(at + 1) == Some(&b'/') => {
                at += bytes[at..].iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len() - at);
                Piece::Comment
            }
            b'"' => {
                at += 1;
                while at < bytes.len() && !matches!(bytes[at], b'"' | b'\n') {
                    at += if bytes[at] == b'\\' { 2 } else { 1 };
                }
                at = (at + 1).min(bytes.len());
                Piece::String
            }
            byte if byte.is_ascii_digit() => {
                at += bytes[at..].iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'.').count();
                Piece::Number
            }
            byte if byte.is_ascii_alphabetic() || byte == b'_' => {
                let in_name = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(**byte, b'_' | b'.');
                at += bytes[at..].iter().take_while(in_name).count();
                // A field may be called like a keyword: then an equals sign follows.
                if text[at..].starts_with(" =") { Piece::Other } else { word(&text[start..at]) }
            }
            _ => {
                at += 1;
                Piece::Other
            }
        };
        while !text.is_char_boundary(at) {
            at += 1;
        }
        told(start..at, piece);
    }
}

fn word(word: &str) -> Piece {
    match word {
        "service" | "rpc" | "returns" | "stream" | "message" | "enum" | "oneof" | "extend" | "extensions" | "group"
        | "map" | "optional" | "required" | "repeated" | "reserved" | "option" | "to" | "max" | "export" | "local"
        | "true" | "false" | "edition" | "syntax" => Piece::Keyword,
        "double" | "float" | "int32" | "int64" | "uint32" | "uint64" | "sint32" | "sint64" | "fixed32" | "fixed64"
        | "sfixed32" | "sfixed64" | "bool" | "string" | "bytes" => Piece::Scalar,
        _ => Piece::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each piece that is not `Other`, as its first letter and its text.
    #[track_caller]
    fn check(input: &str, links: &[Range<usize>], expected: &[&str]) {
        let mut found = Vec::new();
        let mut end = 0;
        scan(input, links, |range, piece| {
            assert_eq!(range.start, end, "a gap in {input:?}");
            end = range.end;
            if piece != Piece::Other {
                found.push(format!("{piece:?} {}", &input[range]));
            }
        });
        assert_eq!(end, input.len(), "the end of {input:?}");
        assert_eq!(found, expected, "{input:?}");
    }

    #[test]
    fn pieces() {
        check(
            "message A {\n  string name = 1; // 您\n}",
            &[],
            &["Keyword message", "Scalar string", "Number 1", "Comment // 您"],
        );
        let link = 9..12;
        check("repeated p.B message = 12;", &[link], &["Keyword repeated", "Link p.B", "Number 12"]);
        check("// See [B][p.B].\nB b", &[8..9, 17..18], &["Comment // See [", "Link B", "Comment ][p.B].", "Link B"]);
        check("option x = \"a\\\"您\\", &[], &["Keyword option", "String \"a\\\"您\\"]);
        check("", &[3..4, 4..5], &[]);
    }
}
