//! Tokens of a proto source with their places: just enough to see what stands where.
//!
//! Never fails: what is no token is punctuation. Must not know: grammar.

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A word, or a number: whatever is made of letters, digits and underscores.
    Word,
    /// With its quotes.
    Text,
    /// One byte of anything else.
    Sign,
}

/// One token of a source; comments and white space are between the tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub(super) kind: Kind,
    /// Byte offset in the source.
    pub(super) start: usize,
    pub(super) text: &'a str,
}

impl Token<'_> {
    pub(super) fn end(&self) -> usize {
        self.start + self.text.len()
    }

    pub(super) fn is_name(&self) -> bool {
        self.kind == Kind::Word && !self.text.starts_with(|c: char| c.is_ascii_digit())
    }

    /// Whether it is this word or sign.
    pub(super) fn is(&self, text: &str) -> bool {
        self.kind != Kind::Text && self.text == text
    }
}

/// All tokens of a source.
pub(super) fn tokens(source: &str) -> impl Iterator<Item = Token<'_>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        at = skip_blank(source, at);
        let start = at;
        let (kind, end) = one(source, start)?;
        at = end;
        Some(Token { kind, start, text: source.get(start..end)? })
    })
}

fn one(source: &str, start: usize) -> Option<(Kind, usize)> {
    let bytes = source.as_bytes();
    let first = *bytes.get(start)?;
    let word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    if word(&first) {
        let length = bytes[start..].iter().take_while(|byte| word(byte)).count();
        return Some((Kind::Word, start + length));
    }
    if first == b'"' || first == b'\'' {
        let mut at = start + 1;
        while let Some(byte) = bytes.get(at) {
            at += 1;
            match byte {
                b'\\' if at < bytes.len() && bytes[at].is_ascii() => at += 1,
                // A text without end ends with its line.
                b'\n' => return Some((Kind::Text, at - 1)),
                byte if *byte == first => break,
                _ => {}
            }
        }
        return Some((Kind::Text, at));
    }
    let length = source[start..].chars().next().map_or(1, char::len_utf8);
    Some((Kind::Sign, start + length))
}

/// The next byte that belongs to a token.
fn skip_blank(source: &str, mut at: usize) -> usize {
    let bytes = source.as_bytes();
    loop {
        match (bytes.get(at), bytes.get(at + 1)) {
            (Some(byte), _) if byte.is_ascii_whitespace() || *byte == 0x0b => at += 1,
            (Some(b'/'), Some(b'/')) => at = line_end(bytes, at),
            (Some(b'/'), Some(b'*')) => {
                let end = source[at + 2..].find("*/");
                at = end.map_or(bytes.len(), |end| at + 2 + end + 2);
            }
            _ => return at,
        }
    }
}

fn line_end(bytes: &[u8], at: usize) -> usize {
    bytes[at..].iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |length| at + length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(source: &str, expected: &[&str]) {
        let found: Vec<&str> = tokens(source).map(|token| token.text).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn sources_fall_into_tokens() {
        check("", &[]);
        check("a = -1.5e3; // x\nb /* c */ d", &["a", "=", "-", "1", ".", "5e3", ";", "b", "d"]);
        check(r#"'a\'b' "c//d" e"#, &[r"'a\'b'", r#""c//d""#, "e"]);
        check("\"open\nnext", &["\"open", "next"]);
        check("ä{/* open", &["ä", "{"]);
        check("'\\", &["'\\"]);
        check("'\\ä'", &["'\\ä'"]);
    }
}
