//! JSON text laid out anew, piece by piece, so that comments, trailing commas and single empty lines stay.
//!
//! Must not know: protobuf.

use super::json::{self, SyntaxError};
use super::lex::{Token, TokenKind, tokens};

/// The text with an indent of two spaces and each member and element on a line of its own.
///
/// # Errors
///
/// Where the text is not JSON: then nothing can be said of how it should look.
pub fn format(text: &str) -> Result<String, SyntaxError> {
    if text.trim().is_empty() {
        return Ok(String::new());
    }
    json::parse(text)?;
    let text = text.trim_start_matches('\u{feff}');
    let mut out = String::with_capacity(text.len() + text.len() / 4);
    let mut depth = 0_usize;
    let mut before: Option<Token> = None;
    for token in tokens(text, 0) {
        if matches!(token.kind, TokenKind::Close(_)) {
            depth = depth.saturating_sub(1);
        }
        if let Some(before) = &before {
            let lines = text[before.range.end..token.range.start].matches('\n').count();
            match gap(before, &token, lines) {
                Gap::None => {}
                Gap::Space => out.push(' '),
                Gap::Line { empty } => {
                    out.push_str(if empty { "\n\n" } else { "\n" });
                    out.extend(std::iter::repeat_n("  ", depth));
                }
            }
        }
        out.push_str(&text[token.range.clone()]);
        if matches!(token.kind, TokenKind::Open(_)) {
            depth += 1;
        }
        before = Some(token);
    }
    if text.ends_with('\n') {
        out.push('\n');
    }
    Ok(out)
}

/// What stands between two pieces.
enum Gap {
    None,
    Space,
    Line {
        /// An empty line is between them.
        empty: bool,
    },
}

/// `lines` is how many line ends were between them.
fn gap(before: &Token, token: &Token, lines: usize) -> Gap {
    use TokenKind::{BlockComment, Close, Colon, Comma, LineComment, Open};
    let opened = matches!(before.kind, Open(_));
    let closes = matches!(token.kind, Close(_));
    let line = Gap::Line { empty: lines > 1 && !opened && !closes };
    match (before.kind, token.kind) {
        (LineComment, _) => line,
        (_, LineComment | BlockComment { .. }) => {
            if lines > 0 {
                line
            } else {
                Gap::Space
            }
        }
        (_, Comma | Colon) | (Open(_), Close(_)) => Gap::None,
        (Open(_) | Comma, _) | (_, Close(_)) => line,
        (BlockComment { .. }, _) if lines > 0 => line,
        _ => Gap::Space,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let found = format(text).unwrap();
        assert_eq!(found, expected, "{text}");
        assert_eq!(format(&found).unwrap(), found, "twice: {text}");
        assert_eq!(json::parse(&found).unwrap().to_line(), json::parse(text).unwrap().to_line());
    }

    #[test]
    fn members_and_elements_have_lines_of_their_own() {
        check(
            r#"{"a":[1,{"b":"x  y"}],"c":[],"d":{ }}"#,
            &json::parse(r#"{"a":[1,{"b":"x  y"}],"c":[],"d":{}}"#).unwrap().to_pretty(),
        );
        check("  12.50e3\n", "12.50e3\n");
        check("\u{feff}{}", "{}");
    }

    #[test]
    fn comments_and_trailing_commas_stay() {
        check(
            "// head\n{ // one\n\"a\": 1, /* two */ \"b\": 2, // three\n\n\n\n// four\n\"c\": /* five */ [1,], }",
            "// head\n{ // one\n  \"a\": 1, /* two */ \"b\": 2, // three\n\n  // four\n  \"c\": /* five */ [\n    1,\n  ],\n}",
        );
        check("{\n\n\"a\"\n// x\n: 1\n\n} // end", "{\n  \"a\"\n  // x\n  : 1\n} // end");
        check("[ /* none */ ]", "[ /* none */\n]");
        check("[1 /* one */, 2]", "[\n  1 /* one */,\n  2\n]");
    }

    #[test]
    fn what_is_no_json_is_left_alone() {
        assert_eq!(format("{\"a\": }").unwrap_err().position.column, 7);
        assert_eq!(format(" \n").unwrap(), "");
    }
}
