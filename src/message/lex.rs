//! The pieces of a text that is to become JSON and may be broken anywhere: what an editor works on while somebody types.
//!
//! Must not know: protobuf, whether the text is JSON as a whole.

use std::ops::Range;

/// A piece of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Its bytes in the text.
    pub range: Range<usize>,
}

/// What a piece is. Blanks are no pieces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// `{` or `[`.
    Open(u8),
    /// `}` or `]`.
    Close(u8),
    /// `:`
    Colon,
    /// `,`
    Comma,
    /// A string in quotes; one without its closing quote ends with its line.
    String {
        /// Whether the closing quote is there.
        closed: bool,
    },
    /// A number, a keyword, or anything else that stands without blanks.
    Word,
    /// `// …`, without the end of its line.
    LineComment,
    /// `/* … */`, or to the end of the text.
    BlockComment {
        /// Whether its end is there.
        closed: bool,
    },
}

impl Token {
    /// Whether it is a comment.
    #[must_use]
    pub const fn is_comment(&self) -> bool {
        matches!(self.kind, TokenKind::LineComment | TokenKind::BlockComment { .. })
    }

    /// Whether it begins a value or a name.
    #[must_use]
    pub const fn begins_value(&self) -> bool {
        matches!(self.kind, TokenKind::Open(_) | TokenKind::String { .. } | TokenKind::Word)
    }

    /// Whether a cursor at that offset stands in the middle of it: in a string before its closing quote, in a comment
    /// before its end.
    #[must_use]
    pub const fn holds(&self, offset: usize) -> bool {
        if offset <= self.range.start {
            return false;
        }
        match self.kind {
            TokenKind::String { closed: false }
            | TokenKind::LineComment
            | TokenKind::BlockComment { closed: false } => offset <= self.range.end,
            _ => offset < self.range.end,
        }
    }
}

/// The pieces of a text from an offset on, which must not lie within a piece; in order, without overlap.
#[must_use]
pub fn tokens(text: &str, from: usize) -> Tokens<'_> {
    Tokens { bytes: text.as_bytes(), at: from.min(text.len()) }
}

/// See [`tokens`].
#[derive(Clone, Debug)]
pub struct Tokens<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Iterator for Tokens<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        let bytes = self.bytes;
        while matches!(bytes.get(self.at), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
        let start = self.at;
        let (kind, length) = match *bytes.get(start)? {
            byte @ (b'{' | b'[') => (TokenKind::Open(byte), 1),
            byte @ (b'}' | b']') => (TokenKind::Close(byte), 1),
            b':' => (TokenKind::Colon, 1),
            b',' => (TokenKind::Comma, 1),
            b'"' => string(&bytes[start..]),
            b'/' if bytes.get(start + 1) == Some(&b'/') => {
                let rest = &bytes[start..];
                let end = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
                (TokenKind::LineComment, end - usize::from(end > 0 && rest[end - 1] == b'\r'))
            }
            b'/' if bytes.get(start + 1) == Some(&b'*') => {
                let rest = &bytes[start + 2..];
                match rest.windows(2).position(|pair| pair == b"*/") {
                    Some(end) => (TokenKind::BlockComment { closed: true }, end + 4),
                    None => (TokenKind::BlockComment { closed: false }, bytes.len() - start),
                }
            }
            _ => {
                let rest = &bytes[start..];
                let ends = |byte: &u8| b" \t\r\n{}[]:,\"".contains(byte);
                let length = rest.iter().position(ends).unwrap_or(rest.len());
                (TokenKind::Word, length)
            }
        };
        self.at = start + length;
        Some(Token { kind, range: start..self.at })
    }
}

fn string(rest: &[u8]) -> (TokenKind, usize) {
    let mut at = 1;
    loop {
        match rest.get(at) {
            None | Some(b'\n') => {
                let end = at - usize::from(rest[at - 1] == b'\r' && at > 1);
                return (TokenKind::String { closed: false }, end);
            }
            Some(b'"') => return (TokenKind::String { closed: true }, at + 1),
            Some(b'\\') if rest.get(at + 1).is_some_and(|next| *next != b'\n') => at += 2,
            Some(_) => at += 1,
        }
    }
}

/// Where each bracket's partner is, by index into `tokens`; `None` for those that have none, and for all others.
///
/// A closing bracket of the wrong kind passes over open ones that have none: `{"a": [1}` pairs the braces.
#[must_use]
pub fn partners(tokens: &[Token]) -> Vec<Option<usize>> {
    let mut partners = vec![None; tokens.len()];
    let mut open: Vec<(u8, usize)> = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        match token.kind {
            TokenKind::Open(byte) => open.push((byte, index)),
            TokenKind::Close(byte) => {
                let opener = if byte == b'}' { b'{' } else { b'[' };
                if let Some(depth) = open.iter().rposition(|(byte, _)| *byte == opener) {
                    let (_, partner) = open[depth];
                    open.truncate(depth);
                    partners[index] = Some(partner);
                    partners[partner] = Some(index);
                }
            }
            _ => {}
        }
    }
    partners
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let found: Vec<Token> = tokens(text, 0).collect();
        let pieces: Vec<&str> = found.iter().map(|token| &text[token.range.clone()]).collect();
        assert_eq!(pieces, expected, "{text:?}");
    }

    #[test]
    fn pieces() {
        check(r#" {"a": [1, true]} "#, &["{", "\"a\"", ":", "[", "1", ",", "true", "]", "}"]);
        check("\"open, \n\"您\\\"好\" x", &["\"open, ", "\"您\\\"好\"", "x"]);
        check("\"open\r\n1", &["\"open", "1"]);
        check("// a\r\n/* b\n*/c /* d", &["// a", "/* b\n*/", "c", "/* d"]);
        check("\"\\", &["\"\\"]);
        check("\"\\\n\"", &["\"\\", "\""]);
        check("", &[]);
        check("/", &["/"]);
    }

    #[test]
    fn brackets_find_each_other() {
        let check = |text: &str, expected: &[(usize, usize)]| {
            let tokens: Vec<Token> = tokens(text, 0).collect();
            let partners = partners(&tokens);
            let found: Vec<_> =
                partners.iter().enumerate().filter_map(|(at, to)| Some((at, (*to)?))).filter(|(a, b)| a < b).collect();
            assert_eq!(found, expected, "{text}");
        };
        check("{[]}", &[(0, 3), (1, 2)]);
        check("{[}", &[(0, 2)]);
        check("{]}", &[(0, 2)]);
        check("\"{\"}", &[]);
    }

    #[test]
    fn a_cursor_stands_within_a_string_until_its_quote() {
        let token = tokens("\"ab\"", 0).next().unwrap();
        assert_eq!([0, 1, 3, 4].map(|at| token.holds(at)), [false, true, true, false]);
        let token = tokens("\"ab", 0).next().unwrap();
        assert_eq!([0, 1, 3].map(|at| token.holds(at)), [false, true, true]);
    }
}
