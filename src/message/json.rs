//! A JSON tree that remembers where each value stood: reading with comments and trailing commas tolerated, writing with
//! two-space indent or on one line. Numbers keep the text they were written with.
//!
//! Must not know: protobuf.

/// A place in a text, counted from 1; columns count characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Position {
    /// Byte offset from 0.
    pub offset: usize,
    /// Line.
    pub line: u32,
    /// Column.
    pub column: u32,
}

/// A value and where it began.
#[derive(Clone, Debug, Default)]
pub struct Node {
    /// Where its text began; zero for a value that was never text.
    pub position: Position,
    /// The value.
    pub value: Value,
}

/// A JSON value.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Value {
    /// `null`
    #[default]
    Null,
    /// `true`, `false`
    Bool(bool),
    /// A number, as written.
    Number(String),
    /// A string, unescaped.
    String(String),
    /// `[ ]`
    Array(Vec<Node>),
    /// `{ }` in order, repeated names included.
    Object(Vec<Member>),
}

/// One member of an object.
#[derive(Clone, Debug)]
pub struct Member {
    /// Where its name began.
    pub position: Position,
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: Node,
}

/// Why a text is not JSON.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {}, column {}: {message}", position.line, position.column)]
pub struct SyntaxError {
    /// Where.
    pub position: Position,
    /// What is wrong: lower-case, no final stop.
    pub message: String,
    /// Whether more text could mend it: it ended too early.
    pub incomplete: bool,
}

/// How deep arrays and objects may stand in each other.
const DEPTH_LIMIT: usize = 200;

/// Reads one value; anything but white space and comments after it is an error.
///
/// # Errors
///
/// The first place where the text is not JSON.
pub fn parse(text: &str) -> Result<Node, SyntaxError> {
    let mut parser = Parser::new(text);
    parser.skip_blank()?;
    let node = parser.value(0)?;
    parser.skip_blank()?;
    if parser.at < text.len() {
        return Err(parser.error(parser.at, "expected the end of the text after the value"));
    }
    Ok(node)
}

/// Reads the next value of a text that holds several one after another (separated by white space, or by nothing);
/// returns it and the rest. `None` when only white space and comments are left.
///
/// # Errors
///
/// As [`parse`]; `incomplete` tells a reader of a pipe to wait for more.
pub fn parse_next(text: &str) -> Result<Option<(Node, &str)>, SyntaxError> {
    let mut parser = Parser::new(text);
    parser.skip_blank()?;
    if parser.at == text.len() {
        return Ok(None);
    }
    let node = parser.value(0)?;
    Ok(Some((node, &text[parser.at..])))
}

/// Whether the text is a number in the grammar of JSON.
#[must_use]
pub fn is_number(text: &str) -> bool {
    !text.is_empty() && number_length(text.as_bytes()) == Some(text.len())
}

/// The length of the JSON number at the start of `bytes`.
fn number_length(bytes: &[u8]) -> Option<usize> {
    let digits = |from: usize| bytes[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let mut at = usize::from(bytes.first() == Some(&b'-'));
    let whole = digits(at);
    if whole == 0 || (whole > 1 && bytes[at] == b'0') {
        return None;
    }
    at += whole;
    if bytes.get(at) == Some(&b'.') {
        let fraction = digits(at + 1);
        if fraction == 0 {
            return None;
        }
        at += 1 + fraction;
    }
    if matches!(bytes.get(at), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
        let exponent = digits(at + 1 + sign);
        if exponent == 0 {
            return None;
        }
        at += 1 + sign + exponent;
    }
    Some(at)
}

struct Parser<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    /// The last place asked for: positions are asked for in order, so each character is counted once.
    mark: Position,
}

impl<'a> Parser<'a> {
    fn new(text: &'a str) -> Self {
        let at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        Self { text, bytes: text.as_bytes(), at, mark: Position { offset: at, line: 1, column: 1 } }
    }

    fn locate(&mut self, offset: usize) -> Position {
        if offset < self.mark.offset {
            self.mark = Position { offset: 0, line: 1, column: 1 };
        }
        for &byte in &self.bytes[self.mark.offset..offset] {
            if byte == b'\n' {
                self.mark.line += 1;
                self.mark.column = 1;
            } else if byte & 0xC0 != 0x80 {
                self.mark.column += 1;
            }
        }
        self.mark.offset = offset;
        self.mark
    }

    fn error(&mut self, offset: usize, message: impl Into<String>) -> SyntaxError {
        SyntaxError { position: self.locate(offset), message: message.into(), incomplete: false }
    }

    fn ended(&mut self, message: impl Into<String>) -> SyntaxError {
        SyntaxError { incomplete: true, ..self.error(self.bytes.len(), message) }
    }

    /// What is wrong where `expected` should stand.
    fn unexpected(&mut self, expected: &str) -> SyntaxError {
        match self.text[self.at..].chars().next() {
            None => self.ended(format!("the text ends where {expected} is expected")),
            Some(found) => self.error(self.at, format!("expected {expected}, found `{}`", found.escape_debug())),
        }
    }

    fn skip_blank(&mut self) -> Result<(), SyntaxError> {
        loop {
            match self.bytes.get(self.at) {
                Some(b' ' | b'\t' | b'\n' | b'\r') => self.at += 1,
                Some(b'/') => match self.bytes.get(self.at + 1) {
                    Some(b'/') => {
                        let rest = &self.bytes[self.at..];
                        self.at += rest.iter().position(|&byte| byte == b'\n').unwrap_or(rest.len());
                    }
                    Some(b'*') => match self.text[self.at + 2..].find("*/") {
                        Some(length) => self.at += length + 4,
                        None => return Err(self.ended("the comment has no end")),
                    },
                    None => return Err(self.ended("the text ends within a comment")),
                    Some(_) => return Ok(()),
                },
                _ => return Ok(()),
            }
        }
    }

    fn value(&mut self, depth: usize) -> Result<Node, SyntaxError> {
        let position = self.locate(self.at);
        let value = match self.bytes.get(self.at) {
            Some(b'{' | b'[') if depth >= DEPTH_LIMIT => {
                return Err(self.error(self.at, format!("nested more than {DEPTH_LIMIT} deep")));
            }
            Some(b'{') => self.object(depth)?,
            Some(b'[') => self.array(depth)?,
            Some(b'"') => Value::String(self.string()?),
            Some(b'-' | b'0'..=b'9') => Value::Number(self.number()?),
            Some(b't') => self.literal("true", Value::Bool(true))?,
            Some(b'f') => self.literal("false", Value::Bool(false))?,
            Some(b'n') => self.literal("null", Value::Null)?,
            _ => return Err(self.unexpected("a value")),
        };
        Ok(Node { position, value })
    }

    fn literal(&mut self, word: &str, value: Value) -> Result<Value, SyntaxError> {
        let rest = &self.text[self.at..];
        if rest.starts_with(word) {
            self.at += word.len();
            return Ok(value);
        }
        if word.starts_with(rest) {
            return Err(self.ended(format!("the text ends within `{word}`")));
        }
        Err(self.unexpected("a value"))
    }

    fn number(&mut self) -> Result<String, SyntaxError> {
        let rest = &self.bytes[self.at..];
        let word = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(byte)).count();
        let text = &self.text[self.at..self.at + word];
        if is_number(text) {
            self.at += word;
            return Ok(text.to_owned());
        }
        // `1{` and `1"a"` are values one after another; `1.`, `-`, `1e` may go on where the text ends.
        let whole = self.at + word == self.bytes.len() && text.ends_with(['-', '+', '.', 'e', 'E']);
        if whole {
            return Err(self.ended("the text ends within a number"));
        }
        Err(self.error(self.at, format!("`{text}` is not a number")))
    }

    fn array(&mut self, depth: usize) -> Result<Value, SyntaxError> {
        self.at += 1;
        let mut elements = Vec::new();
        loop {
            self.skip_blank()?;
            if self.bytes.get(self.at) == Some(&b']') {
                break;
            }
            elements.push(self.value(depth + 1)?);
            self.skip_blank()?;
            match self.bytes.get(self.at) {
                Some(b',') => self.at += 1,
                Some(b']') => break,
                _ => return Err(self.unexpected("`,` or `]`")),
            }
        }
        self.at += 1;
        Ok(Value::Array(elements))
    }

    fn object(&mut self, depth: usize) -> Result<Value, SyntaxError> {
        self.at += 1;
        let mut members = Vec::new();
        loop {
            self.skip_blank()?;
            let position = match self.bytes.get(self.at) {
                Some(b'}') => break,
                Some(b'"') => self.locate(self.at),
                _ => return Err(self.unexpected("a name in double quotes or `}`")),
            };
            let name = self.string()?;
            self.skip_blank()?;
            if self.bytes.get(self.at) != Some(&b':') {
                return Err(self.unexpected("`:`"));
            }
            self.at += 1;
            self.skip_blank()?;
            let value = self.value(depth + 1)?;
            members.push(Member { position, name, value });
            self.skip_blank()?;
            match self.bytes.get(self.at) {
                Some(b',') => self.at += 1,
                Some(b'}') => break,
                _ => return Err(self.unexpected("`,` or `}`")),
            }
        }
        self.at += 1;
        Ok(Value::Object(members))
    }

    fn string(&mut self) -> Result<String, SyntaxError> {
        self.at += 1;
        let mut start = self.at;
        let mut text = String::new();
        loop {
            match self.bytes.get(self.at) {
                None => return Err(self.ended("the string has no closing quote")),
                Some(b'"') => {
                    let piece = &self.text[start..self.at];
                    self.at += 1;
                    if text.is_empty() {
                        return Ok(piece.to_owned());
                    }
                    text.push_str(piece);
                    return Ok(text);
                }
                Some(b'\\') => {
                    text.push_str(&self.text[start..self.at]);
                    text.push(self.escape()?);
                    start = self.at;
                }
                Some(0..0x20) => {
                    let message = "a line break or control character within a string; write it as an escape";
                    return Err(self.error(self.at, message));
                }
                Some(_) => self.at += 1,
            }
        }
    }

    fn escape(&mut self) -> Result<char, SyntaxError> {
        let start = self.at;
        let Some(&letter) = self.bytes.get(start + 1) else {
            return Err(self.ended("the string has no closing quote"));
        };
        self.at += 2;
        Ok(match letter {
            b'"' | b'\\' | b'/' => char::from(letter),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let high = self.hex4()?;
                if !(0xD800..0xE000).contains(&high) {
                    // Outside the surrogates every four hex digits are a character.
                    return Ok(char::from_u32(high).unwrap_or(char::REPLACEMENT_CHARACTER));
                }
                if self.bytes[self.at..].starts_with(b"\\u") {
                    self.at += 2;
                    let low = self.hex4()?;
                    if high < 0xDC00
                        && (0xDC00..0xE000).contains(&low)
                        && let Some(pair) = char::from_u32(0x1_0000 + ((high - 0xD800) << 10) + (low - 0xDC00))
                    {
                        return Ok(pair);
                    }
                } else if matches!(&self.bytes[self.at..], [] | [b'\\']) {
                    return Err(self.ended("the string has no closing quote"));
                }
                return Err(self.error(start, "half of a surrogate pair"));
            }
            _ => {
                let found = self.text[start + 1..].chars().next().unwrap_or_default();
                return Err(self.error(start, format!("no escape `\\{}`", found.escape_debug())));
            }
        })
    }

    fn hex4(&mut self) -> Result<u32, SyntaxError> {
        let mut code = 0;
        for _ in 0..4 {
            let Some(&byte) = self.bytes.get(self.at) else {
                return Err(self.ended("the string has no closing quote"));
            };
            let Some(digit) = char::from(byte).to_digit(16) else {
                return Err(self.error(self.at, "expected four hexadecimal digits after `\\u`"));
            };
            code = code * 16 + digit;
            self.at += 1;
        }
        Ok(code)
    }
}

impl Node {
    /// A value that was never text.
    #[must_use]
    pub fn new(value: Value) -> Self {
        Self { position: Position::default(), value }
    }

    /// With two-space indent, no newline at the end.
    #[must_use]
    pub fn to_pretty(&self) -> String {
        let mut out = String::new();
        self.write(&mut out, Some(0));
        out
    }

    /// On one line, with a space after `:` and `,`.
    #[must_use]
    pub fn to_line(&self) -> String {
        let mut out = String::new();
        self.write(&mut out, None);
        out
    }

    /// The member of an object with that name, the last if it is repeated.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Node> {
        let Value::Object(members) = &self.value else { return None };
        members.iter().rev().find(|member| member.name == name).map(|member| &member.value)
    }

    fn write(&self, out: &mut String, indent: Option<usize>) {
        match &self.value {
            Value::Null => out.push_str("null"),
            Value::Bool(true) => out.push_str("true"),
            Value::Bool(false) => out.push_str("false"),
            Value::Number(text) => out.push_str(text),
            Value::String(text) => write_string(out, text),
            Value::Array(elements) => {
                out.push('[');
                for (index, element) in elements.iter().enumerate() {
                    separate(out, index, indent);
                    element.write(out, indent.map(|level| level + 1));
                }
                close(out, elements.is_empty(), indent);
                out.push(']');
            }
            Value::Object(members) => {
                out.push('{');
                for (index, member) in members.iter().enumerate() {
                    separate(out, index, indent);
                    write_string(out, &member.name);
                    out.push_str(": ");
                    member.value.write(out, indent.map(|level| level + 1));
                }
                close(out, members.is_empty(), indent);
                out.push('}');
            }
        }
    }
}

/// Equality of what they say; where they stood does not count.
impl PartialEq for Node {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl PartialEq for Member {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && self.value == other.value
    }
}

impl Member {
    /// A member that was never text.
    #[must_use]
    pub fn new(name: impl Into<String>, value: Node) -> Self {
        Self { position: Position::default(), name: name.into(), value }
    }
}

fn separate(out: &mut String, index: usize, indent: Option<usize>) {
    match (index, indent) {
        (0, None) => {}
        (_, None) => out.push_str(", "),
        (index, Some(level)) => {
            if index > 0 {
                out.push(',');
            }
            break_line(out, level + 1);
        }
    }
}

fn close(out: &mut String, empty: bool, indent: Option<usize>) {
    if let (false, Some(level)) = (empty, indent) {
        break_line(out, level);
    }
}

fn break_line(out: &mut String, level: usize) {
    out.push('\n');
    for _ in 0..level {
        out.push_str("  ");
    }
}

fn write_string(out: &mut String, text: &str) {
    out.push('"');
    let mut rest = 0;
    for (at, byte) in text.bytes().enumerate() {
        if byte >= 0x20 && byte != b'"' && byte != b'\\' && byte != 0x7F {
            continue;
        }
        out.push_str(&text[rest..at]);
        rest = at + 1;
        match byte {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            0x08 => out.push_str("\\b"),
            0x0C => out.push_str("\\f"),
            _ => {
                const HEX: &[u8; 16] = b"0123456789abcdef";
                out.push_str("\\u00");
                out.push(char::from(HEX[usize::from(byte >> 4)]));
                out.push(char::from(HEX[usize::from(byte & 15)]));
            }
        }
    }
    out.push_str(&text[rest..]);
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let found = match parse(text) {
            Ok(node) => node.to_line(),
            Err(error) => format!("{error}{}", if error.incomplete { " (incomplete)" } else { "" }),
        };
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn reads_and_writes() {
        check(
            " {\"a\": [1, -0.50e+3, true, false, null,], /* x */ \"b\": {}, // y\n}",
            r#"{"a": [1, -0.50e+3, true, false, null], "b": {}}"#,
        );
        check(r#""a\u00e9\ud83d\ude00\n\/""#, "\"aé😀\\n/\"");
        check("\u{feff}12345678901234567890.10", "12345678901234567890.10");
    }

    #[test]
    fn tells_what_is_wrong_and_where() {
        check("", "line 1, column 1: the text ends where a value is expected (incomplete)");
        check("{\n  \"é\": x}", "line 2, column 8: expected a value, found `x`");
        check("{\"a\" 1}", "line 1, column 6: expected `:`, found `1`");
        check("[1 2]", "line 1, column 4: expected `,` or `]`, found `2`");
        check("[,]", "line 1, column 2: expected a value, found `,`");
        check("01", "line 1, column 1: `01` is not a number");
        check("1.", "line 1, column 3: the text ends within a number (incomplete)");
        check("tru", "line 1, column 4: the text ends within `true` (incomplete)");
        check("1 2", "line 1, column 3: expected the end of the text after the value");
        check("\"a\nb\"", "line 1, column 3: a line break or control character within a string; write it as an escape");
        check(r#""\ud83d""#, "line 1, column 2: half of a surrogate pair");
        check(r#""\x""#, r"line 1, column 2: no escape `\x`");
        check("/* a", "line 1, column 5: the comment has no end (incomplete)");
        check(&"[".repeat(100_000), "line 1, column 201: nested more than 200 deep");
    }

    #[test]
    fn reads_one_after_another() {
        let mut rest = "{\"a\":1}{\"a\":2} \n 3 \"x\" // end";
        let mut found = Vec::new();
        while let Some((node, after)) = parse_next(rest).unwrap() {
            found.push(node.to_line());
            rest = after;
        }
        assert_eq!(found, ["{\"a\": 1}", "{\"a\": 2}", "3", "\"x\""]);
        assert!(parse_next("{\"a\": ").unwrap_err().incomplete);
    }

    #[test]
    fn pretty() {
        let node = parse(r#"{"a":[1,{"b":"\u0001\u007f"}],"c":[],"d":{}}"#).unwrap();
        let expected =
            "{\n  \"a\": [\n    1,\n    {\n      \"b\": \"\\u0001\\u007f\"\n    }\n  ],\n  \"c\": [],\n  \"d\": {}\n}";
        assert_eq!(node.to_pretty(), expected);
    }
}
