//! Reading JSON, with comments and trailing commas tolerated.
//!
//! Must not know: protobuf, how JSON is written.

use std::borrow::Cow;

use super::mark::Mark;
use super::{Member, Node, Position, SyntaxError, Value};

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

/// Reads the string whose opening quote is at `at`; returns it and where the text goes on. `None` where it is none.
pub(in crate::message) fn string_at(text: &str, at: usize) -> Option<(Cow<'_, str>, usize)> {
    let mut parser = Parser { text, bytes: text.as_bytes(), at: at + 1, mark: Mark::at(at) };
    let (piece, ends) = parser.piece().ok()?;
    let string = if ends { Cow::Borrowed(piece) } else { Cow::Owned(parser.escaped(piece).ok()?) };
    Some((string, parser.at))
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
    mark: Mark,
}

impl<'a> Parser<'a> {
    fn new(text: &'a str) -> Self {
        let at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        Self { text, bytes: text.as_bytes(), at, mark: Mark::at(at) }
    }

    fn locate(&mut self, offset: usize) -> Position {
        self.mark.go_to(self.bytes, offset)
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
        let (piece, ends) = self.piece()?;
        if ends { Ok(piece.to_owned()) } else { self.escaped(piece) }
    }

    /// The rest of a string that begins with `piece` and goes on with an escape.
    fn escaped(&mut self, piece: &str) -> Result<String, SyntaxError> {
        let mut text = String::with_capacity(piece.len() * 5 / 4 + 16);
        text.push_str(piece);
        loop {
            text.push(self.escape()?);
            let (piece, ends) = self.piece()?;
            text.push_str(piece);
            if ends {
                return Ok(text);
            }
        }
    }

    /// What of a string stands before its next escape, or before its end, behind which the parser then is.
    fn piece(&mut self) -> Result<(&'a str, bool), SyntaxError> {
        let rest = &self.bytes[self.at..];
        let length = memchr::memchr2(b'"', b'\\', rest).unwrap_or(rest.len());
        // Without branches these are looked at many at a time.
        if rest[..length].iter().fold(0, |found, &byte| found | u8::from(byte < 0x20)) != 0 {
            self.at += rest.iter().position(|&byte| byte < 0x20).unwrap_or_default();
            let message = "a line break or control character within a string; write it as an escape";
            return Err(self.error(self.at, message));
        }
        let piece = &self.text[self.at..self.at + length];
        self.at += length;
        match rest.get(length) {
            None => Err(self.ended("the string has no closing quote")),
            Some(b'"') => {
                self.at += 1;
                Ok((piece, true))
            }
            Some(_) => Ok((piece, false)),
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
