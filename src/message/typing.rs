//! What a key does to JSON text beyond putting a letter in: pairs of quotes and brackets, indentation, comments; and
//! what is found in the text.
//!
//! Must not know: toolkit, protobuf.

use std::ops::Range;

use super::lex::{Token, TokenKind, partners, tokens};

/// What one level is indented by.
const INDENT: &str = "  ";

/// A key that may do more than its letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stroke {
    /// A letter.
    Letter(char),
    /// A new line.
    Enter,
    /// Indentation, or less of it.
    Tab {
        /// Less of it.
        back: bool,
    },
    /// Takes what is before the cursor away.
    Backspace,
    /// Makes comments of lines, or of comments lines.
    Comment,
}

/// A change of a text, and the selection in the text as it is then; all are byte offsets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// What is taken away.
    pub range: Range<usize>,
    /// What comes in its place.
    pub insert: String,
    /// What is selected then; empty where only the cursor goes there.
    pub selection: Range<usize>,
}

/// What a key does with that selection; `None` where it does what it does in any text.
#[must_use]
pub fn stroke(text: &str, selection: Range<usize>, stroke: Stroke) -> Option<Edit> {
    if !text.is_char_boundary(selection.start) || !text.is_char_boundary(selection.end) {
        return None;
    }
    match stroke {
        Stroke::Letter(letter @ ('{' | '[' | '"')) => open(text, selection, letter),
        Stroke::Letter(letter @ ('}' | ']')) if selection.is_empty() => close(text, selection.start, letter),
        Stroke::Letter(_) => None,
        Stroke::Enter => enter(text, selection),
        Stroke::Tab { back } => Some(tab(text, selection, back)),
        Stroke::Backspace => backspace(text, selection),
        Stroke::Comment => Some(comment(text, selection)),
    }
}

fn inserted(range: Range<usize>, insert: String, cursor: usize) -> Edit {
    let at = range.start + cursor;
    Edit { range, insert, selection: at..at }
}

/// The piece that the cursor stands in the middle of.
fn holding(text: &str, at: usize) -> Option<Token> {
    tokens(text, 0).take_while(|token| token.range.start < at).last().filter(|token| token.holds(at))
}

fn open(text: &str, selection: Range<usize>, letter: char) -> Option<Edit> {
    let closing = match letter {
        '{' => '}',
        '[' => ']',
        other => other,
    };
    let inside = holding(text, selection.start);
    if !selection.is_empty() {
        if inside.is_some() {
            return None;
        }
        let within = &text[selection.clone()];
        let insert = format!("{letter}{within}{closing}");
        let from = selection.start + 1;
        return Some(Edit { selection: from..from + within.len(), range: selection, insert });
    }
    let at = selection.start;
    let rest = &text[at..];
    if let Some(token) = inside {
        // The quote that ends the string is typed over.
        let ends = letter == '"' && token.kind == (TokenKind::String { closed: true }) && token.range.end == at + 1;
        return ends.then(|| inserted(at..at + 1, "\"".to_owned(), 1));
    }
    let alone = rest.chars().next().is_none_or(|next| next.is_whitespace() || ",:}]".contains(next));
    alone.then(|| inserted(at..at, format!("{letter}{closing}"), 1))
}

fn close(text: &str, at: usize, letter: char) -> Option<Edit> {
    let all: Vec<Token> = tokens(text, 0).collect();
    let index = all.partition_point(|token| token.range.start < at);
    if index > 0 && all[index - 1].holds(at) {
        return None;
    }
    let here = all.get(index).filter(|token| token.range.start == at);
    if here.is_some_and(|token| token.kind == TokenKind::Close(letter as u8)) && partners(&all)[index].is_some() {
        return Some(inserted(at..at + 1, letter.to_string(), 1));
    }
    // On a line of its own it goes below the line of its partner.
    let start = line_start(text, at);
    if !text[start..at].trim().is_empty() || start == 0 {
        return None;
    }
    let opener = if letter == '}' { b'{' } else { b'[' };
    let mut depth = 0_usize;
    let partner = all[..index].iter().rev().find(|token| match token.kind {
        TokenKind::Close(_) => {
            depth += 1;
            false
        }
        TokenKind::Open(_) if depth > 0 => {
            depth -= 1;
            false
        }
        TokenKind::Open(kind) => kind == opener,
        _ => false,
    })?;
    let insert = format!("{}{letter}", indent_of(text, partner.range.start));
    let cursor = insert.len();
    Some(inserted(start..at, insert, cursor))
}

fn enter(text: &str, selection: Range<usize>) -> Option<Edit> {
    let inside = holding(text, selection.start);
    if inside.as_ref().is_some_and(|token| !token.is_comment()) {
        return None;
    }
    let indent = indent_of(text, selection.start).to_owned();
    let before = text[..selection.start].trim_end_matches([' ', '\t']);
    let end =
        selection.end + (text[selection.end..].len() - text[selection.end..].trim_start_matches([' ', '\t']).len());
    let opened = inside.is_none() && before.ends_with(['{', '[']);
    let mut insert = format!("\n{indent}");
    if opened {
        insert.push_str(INDENT);
    }
    let cursor = insert.len();
    if opened && text[end..].starts_with(['}', ']']) {
        insert.push('\n');
        insert.push_str(&indent);
    }
    Some(inserted(before.len()..end, insert, cursor))
}

fn backspace(text: &str, selection: Range<usize>) -> Option<Edit> {
    let at = selection.start;
    if !selection.is_empty() || at == 0 {
        return None;
    }
    let pair = text.get(at - 1..at + 1)?;
    let empty = match pair {
        "{}" | "[]" => holding(text, at).is_none(),
        "\"\"" => holding(text, at).is_some_and(|token| token.range == (at - 1..at + 1)),
        _ => false,
    };
    empty.then(|| inserted(at - 1..at + 1, String::new(), 0))
}

fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |end| end + 1)
}

/// The blanks that the line of that offset begins with, before the offset.
fn indent_of(text: &str, at: usize) -> &str {
    let line = &text[line_start(text, at)..at];
    &line[..line.len() - line.trim_start_matches([' ', '\t']).len()]
}

/// The whole lines that a selection touches, without the end of the last. A line that it only reaches is not touched.
fn lines_of(text: &str, selection: &Range<usize>) -> Range<usize> {
    let start = line_start(text, selection.start);
    let mut last = selection.end;
    if last > selection.start && text[..last].ends_with('\n') {
        last -= 1;
    }
    start..text[last..].find('\n').map_or(text.len(), |length| last + length)
}

fn tab(text: &str, selection: Range<usize>, back: bool) -> Edit {
    let several = text[selection.clone()].contains('\n');
    if !back && !several {
        let column = text[line_start(text, selection.start)..selection.start].chars().count();
        let insert = " ".repeat(INDENT.len() - column % INDENT.len());
        let cursor = insert.len();
        return inserted(selection, insert, cursor);
    }
    each_line(text, selection, |line| {
        if !back {
            return (!line.trim().is_empty()).then_some((0, 0, INDENT));
        }
        let blanks = line.len() - line.trim_start_matches(' ').len();
        let less = if line.starts_with('\t') { 1 } else { blanks.min(INDENT.len()) };
        (less > 0).then_some((0, less, ""))
    })
}

fn comment(text: &str, selection: Range<usize>) -> Edit {
    let lines = lines_of(text, &selection);
    let written = || text[lines.clone()].lines().filter(|line| !line.trim().is_empty());
    let blanks = |line: &str| line.len() - line.trim_start().len();
    if written().all(|line| line.trim_start().starts_with("//")) && written().next().is_some() {
        return each_line(text, selection, |line| {
            let at = blanks(line);
            let rest = line.get(at..)?.strip_prefix("//")?;
            Some((at, 2 + usize::from(rest.starts_with(' ')), ""))
        });
    }
    let at = written().map(blanks).min().unwrap_or_default();
    each_line(text, selection, |line| (!line.trim().is_empty()).then_some((at, 0, "// ")))
}

/// Changes each line that the selection touches: at an offset in the line so many bytes go and a text comes. The
/// selection stays on what it was on.
fn each_line(
    text: &str,
    selection: Range<usize>,
    change: impl Fn(&str) -> Option<(usize, usize, &'static str)>,
) -> Edit {
    let range = lines_of(text, &selection);
    let mut insert = String::with_capacity(range.len());
    let (mut start, mut end) = (selection.start, selection.end);
    let mut at = range.start;
    for line in text[range.clone()].split_inclusive('\n') {
        if let Some((offset, less, more)) = change(line.trim_end_matches(['\n', '\r'])) {
            let place = at + offset;
            for (moved, was) in [(&mut start, selection.start), (&mut end, selection.end)] {
                // What is selected from the beginning of a line on stays so.
                let stays = was == place && !selection.is_empty() && was == selection.start;
                if was >= place && !stays {
                    *moved = *moved + more.len() - less.min(was - place);
                }
            }
            insert.push_str(&line[..offset]);
            insert.push_str(more);
            insert.push_str(&line[offset + less..]);
        } else {
            insert.push_str(line);
        }
        at += line.len();
    }
    Edit { range, insert, selection: start..end }
}

/// The bracket at the cursor and its partner, by their first bytes: the one before the cursor, else the one after it.
#[must_use]
pub fn brackets(text: &str, at: usize) -> Option<(usize, usize)> {
    let is_bracket = |byte: Option<&u8>| byte.is_some_and(|byte| b"{}[]".contains(byte));
    let bytes = text.as_bytes();
    if !is_bracket(bytes.get(at)) && !is_bracket(at.checked_sub(1).and_then(|before| bytes.get(before))) {
        return None;
    }
    let all: Vec<Token> = tokens(text, 0).collect();
    let partners = partners(&all);
    [at.checked_sub(1), Some(at)].into_iter().flatten().find_map(|place| {
        let index = all.binary_search_by_key(&place, |token| token.range.start).ok()?;
        Some((place, all[partners[index]?].range.start))
    })
}

/// Where a text stands in another, from left to right without overlap, `most` times at most. Letter case counts if
/// `case` says so.
#[must_use]
pub fn find(text: &str, wanted: &str, case: bool, most: usize) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    if case {
        found.extend(text.match_indices(wanted).take(most).map(|(at, part)| at..at + part.len()));
        found.retain(|range: &Range<usize>| !range.is_empty());
        return found;
    }
    let small = |letter: char| letter.to_lowercase().next().unwrap_or(letter);
    let letters: Vec<char> = wanted.chars().map(small).collect();
    let Some(first) = letters.first() else { return found };
    let mut from = 0;
    for (at, letter) in text.char_indices() {
        if at < from || small(letter) != *first {
            continue;
        }
        let mut rest = text[at..].char_indices();
        if letters.iter().all(|wanted| rest.next().is_some_and(|(_, letter)| small(letter) == *wanted)) {
            from = rest.next().map_or(text.len(), |(length, _)| at + length);
            found.push(at..from);
            if found.len() == most {
                break;
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `|` is the cursor, two of them are a selection.
    fn read(text: &str) -> (String, Range<usize>) {
        let start = text.find('|').unwrap();
        let end = text.rfind('|').unwrap();
        (text.replace('|', ""), start..if end > start { end - 1 } else { start })
    }

    /// What the key makes of it; the text unchanged where it does nothing of its own.
    #[track_caller]
    fn check(key: Stroke, before: &str, after: &str) {
        let (text, selection) = read(before);
        let edit = stroke(&text, selection, key);
        let Some(edit) = edit else {
            assert_eq!(before, after, "{key:?} does nothing of its own");
            return;
        };
        let mut found = text;
        found.replace_range(edit.range, &edit.insert);
        if !edit.selection.is_empty() {
            found.insert(edit.selection.end, '|');
        }
        found.insert(edit.selection.start, '|');
        assert_eq!(found, after, "{key:?} in {before:?}");
    }

    #[test]
    fn quotes_and_brackets_come_in_pairs() {
        check(Stroke::Letter('{'), "|", "{|}");
        check(Stroke::Letter('['), "{\"a\": |}", "{\"a\": [|]}");
        check(Stroke::Letter('"'), "{|}", "{\"|\"}");
        check(Stroke::Letter('"'), "{\"a|\"}", "{\"a\"|}");
        check(Stroke::Letter('{'), "{\"a|\"}", "{\"a|\"}");
        check(Stroke::Letter('"'), "{|a}", "{|a}");
        check(Stroke::Letter('"'), "\"a\\|\"", "\"a\\|\"");
        check(Stroke::Letter('['), "{\"a\": |1, 2|}", "{\"a\": [|1, 2|]}");
        check(Stroke::Letter('{'), "// |", "// |");
        check(Stroke::Letter('}'), "{|}", "{}|");
        // One more is wanted where one is missing.
        check(Stroke::Letter('}'), "{\"a\": {|", "{\"a\": {|");
        check(Stroke::Letter(']'), "{|]", "{|]");
        check(Stroke::Letter('}'), "{\n  \"a\": {\n    |", "{\n  \"a\": {\n  }|");
        check(Stroke::Letter('}'), "{\n  \"a\": {},\n  |", "{\n  \"a\": {},\n}|");
        check(Stroke::Letter('x'), "|", "|");
    }

    #[test]
    fn backspace_takes_an_empty_pair() {
        check(Stroke::Backspace, "{\"a\": \"|\"}", "{\"a\": |}");
        check(Stroke::Backspace, "{|}", "|");
        check(Stroke::Backspace, "\"{|}\"", "\"{|}\"");
        check(Stroke::Backspace, "\"a\"|\"b\"", "\"a\"|\"b\"");
        check(Stroke::Backspace, "|", "|");
        check(Stroke::Backspace, "名|字", "名|字");
    }

    #[test]
    fn enter_keeps_the_indent_and_opens_blocks() {
        check(Stroke::Enter, "{|}", "{\n  |\n}");
        check(Stroke::Enter, "  {\"a\": [ | ]", "  {\"a\": [\n    |\n  ]");
        check(Stroke::Enter, "{\n  \"a\": 1,|\n}", "{\n  \"a\": 1,\n  |\n}");
        check(Stroke::Enter, "{\n  \"a\": 1, |\"b\": 2", "{\n  \"a\": 1,\n  |\"b\": 2");
        check(Stroke::Enter, "\"a|\"", "\"a|\"");
        check(Stroke::Enter, "  // {|", "  // {\n  |");
        check(Stroke::Enter, "{|1|}", "{\n  |\n}");
    }

    #[test]
    fn tab_indents() {
        check(Stroke::Tab { back: false }, "a|", "a |");
        check(Stroke::Tab { back: false }, "|", "  |");
        check(Stroke::Tab { back: false }, "|{\n\n  1|\n}", "|  {\n\n    1|\n}");
        check(Stroke::Tab { back: false }, "|{\n|}", "|  {\n|}");
        check(Stroke::Tab { back: true }, "|    {\n   1\n 2|\n}", "|  {\n 1\n2|\n}");
        check(Stroke::Tab { back: true }, "  a|", "a|");
        check(Stroke::Tab { back: true }, "\t|a", "|a");
        check(Stroke::Tab { back: true }, "a|", "a|");
    }

    #[test]
    fn lines_become_comments_and_come_back() {
        check(Stroke::Comment, "{\n  \"a\": 1,|\n}", "{\n  // \"a\": 1,|\n}");
        check(Stroke::Comment, "{\n  // \"a\": 1,|\n}", "{\n  \"a\": 1,|\n}");
        check(Stroke::Comment, "|  1\n\n    2|", "|  // 1\n\n  //   2|");
        check(Stroke::Comment, "|  // 1\n  //2|", "|  1\n  2|");
        check(Stroke::Comment, "|", "|");
    }

    #[test]
    fn the_bracket_at_the_cursor_and_its_partner() {
        let check = |text: &str, expected| {
            let (text, at) = read(text);
            assert_eq!(brackets(&text, at.start), expected, "{text}");
        };
        check("|{[]}", Some((0, 3)));
        check("{|[]}", Some((0, 3)));
        check("{[]}|", Some((3, 0)));
        check("{\"|{\"}", None);
        check("{| ", None);
        check("|", None);
        check("名|", None);
    }

    #[test]
    fn finding() {
        let check = |text: &str, wanted: &str, case, expected: &[(usize, usize)]| {
            let found: Vec<_> = find(text, wanted, case, 3).iter().map(|range| (range.start, range.end)).collect();
            assert_eq!(found, expected, "{wanted} in {text}");
        };
        check("Ab ab AB", "ab", false, &[(0, 2), (3, 5), (6, 8)]);
        check("Ab ab AB", "ab", true, &[(3, 5)]);
        check("aaaaaaaa", "aa", false, &[(0, 2), (2, 4), (4, 6)]);
        check("您好 Élan élan", "élan", false, &[(7, 12), (13, 18)]);
        check("您好", "好", true, &[(3, 6)]);
        check("a", "", false, &[]);
        check("a", "", true, &[]);
        check("a", "ab", false, &[]);
    }
}
