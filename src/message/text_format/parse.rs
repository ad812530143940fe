//! The grammar of the text format: a text as a tree of what was written, each part with its place.
//!
//! Must not know: descriptors.

use super::super::Problem;
use super::super::json::{Mark, Position};
use super::{Entry, Name, Node, Tree, number, string};

/// How deep messages and lists may stand in each other.
const DEPTH_LIMIT: usize = 200;

/// Reads a whole text.
pub(super) fn parse(text: &str) -> Result<Vec<Entry>, Problem> {
    let at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let mut parser = Parser { text, bytes: text.as_bytes(), at, mark: Mark::at(at) };
    parser.entries(None, 0)
}

struct Parser<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    mark: Mark,
}

impl<'a> Parser<'a> {
    fn locate(&mut self, offset: usize) -> Position {
        self.mark.go_to(self.bytes, offset)
    }

    fn problem(&mut self, offset: usize, message: impl Into<String>) -> Problem {
        Problem { path: String::new(), position: Some(self.locate(offset)), message: message.into() }
    }

    /// What is wrong where `expected` should stand.
    fn unexpected(&mut self, expected: &str) -> Problem {
        match self.text[self.at..].chars().next() {
            None => self.problem(self.at, format!("the text ends where {expected} is expected")),
            Some(found @ ('"' | '\'')) => self.problem(self.at, format!("expected {expected}, found `{found}`")),
            Some(found) => self.problem(self.at, format!("expected {expected}, found `{}`", found.escape_debug())),
        }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn skip_blank(&mut self) {
        while let Some(byte) = self.peek() {
            match byte {
                b' ' | b'\t' | b'\n' | b'\r' | 0x0B | 0x0C => self.at += 1,
                b'#' => {
                    let rest = &self.bytes[self.at..];
                    self.at += rest.iter().position(|&byte| byte == b'\n').unwrap_or(rest.len());
                }
                _ => return,
            }
        }
    }

    /// Passes over the byte, if it is there.
    fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    /// Fields up to the closing bracket, which is passed over, or up to the end of the text.
    fn entries(&mut self, close: Option<u8>, depth: usize) -> Result<Vec<Entry>, Problem> {
        let mut entries = Vec::new();
        loop {
            self.skip_blank();
            match (self.peek(), close) {
                (None, None) => return Ok(entries),
                (Some(byte), Some(close)) if byte == close => {
                    self.at += 1;
                    return Ok(entries);
                }
                _ => {}
            }
            let expected = match close {
                None => "a field",
                Some(b'}') => "a field or `}`",
                Some(_) => "a field or `>`",
            };
            entries.push(self.entry(expected, depth)?);
            self.skip_blank();
            if !self.take(b',') {
                self.take(b';');
            }
        }
    }

    fn entry(&mut self, expected: &str, depth: usize) -> Result<Entry, Problem> {
        let position = self.locate(self.at);
        let name = match self.peek() {
            Some(b'[') => self.bracketed()?,
            Some(b'a'..=b'z' | b'A'..=b'Z' | b'_') => Name::Field(self.word().to_owned()),
            Some(b'0'..=b'9') => {
                let start = self.at;
                let text = self.number_text();
                match text.parse() {
                    Ok(number) if number::form(text) == Some(number::Form::Decimal) => Name::Number(number),
                    _ => return Err(self.problem(start, format!("`{text}` is no field name and no field number"))),
                }
            }
            _ => return Err(self.unexpected(expected)),
        };
        self.skip_blank();
        let colon = self.take(b':');
        self.skip_blank();
        let value = match self.peek() {
            Some(b'{' | b'<') => self.value(depth)?,
            Some(b'[') => {
                let list = self.value(depth)?;
                if !colon && let Some(scalar) = first_scalar(&list) {
                    return Err(self.problem(scalar.offset, "a `:` must stand between a field and its values"));
                }
                list
            }
            _ if colon => self.value(depth)?,
            _ => return Err(self.unexpected("`:`, `{` or `<`")),
        };
        Ok(Entry { position, name, value })
    }

    /// `[pkg.extension]` or `[domain/pkg.Message]`.
    fn bracketed(&mut self) -> Result<Name, Problem> {
        let start = self.at;
        self.at += 1;
        let mut name = String::new();
        loop {
            self.skip_blank();
            match self.peek() {
                Some(b']') => break,
                Some(byte) if byte.is_ascii_alphanumeric() || b"._-/~!$&()*+;=%".contains(&byte) => {
                    name.push(char::from(byte));
                    self.at += 1;
                }
                Some(b',') if name.contains('/') => {
                    name.push(',');
                    self.at += 1;
                }
                _ => return Err(self.unexpected("the name of an extension or a type, or `]`")),
            }
        }
        self.at += 1;
        let (domain, last) = name.rsplit_once('/').map_or((None, name.as_str()), |(domain, last)| (Some(domain), last));
        let is_name = last.split('.').all(|part| {
            part.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
                && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        });
        let is_url =
            domain.is_none_or(|domain| !domain.is_empty() && !domain.starts_with('/') && escapes_are_whole(domain));
        if !is_name || !is_url {
            return Err(self.problem(start, format!("`[{name}]` names neither an extension nor a type")));
        }
        Ok(if domain.is_some() { Name::Any(name) } else { Name::Extension(name) })
    }

    fn word(&mut self) -> &'a str {
        let text = self.text;
        let rest = &self.bytes[self.at..];
        let length = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
        let start = self.at;
        self.at += length;
        &text[start..self.at]
    }

    /// All that hangs together and begins as a number.
    fn number_text(&mut self) -> &'a str {
        let text = self.text;
        let start = self.at;
        let is_hex = text[start..].starts_with("0x") || text[start..].starts_with("0X");
        while let Some(byte) = self.peek() {
            let after_exponent = !is_hex && self.at > start && matches!(self.bytes[self.at - 1], b'e' | b'E');
            if byte.is_ascii_alphanumeric()
                || matches!(byte, b'_' | b'.')
                || after_exponent && matches!(byte, b'+' | b'-')
            {
                self.at += 1;
            } else {
                break;
            }
        }
        &text[start..self.at]
    }

    fn value(&mut self, depth: usize) -> Result<Node, Problem> {
        let position = self.locate(self.at);
        if depth >= DEPTH_LIMIT && matches!(self.peek(), Some(b'{' | b'<' | b'[')) {
            return Err(self.problem(self.at, format!("nested more than {DEPTH_LIMIT} deep")));
        }
        let value = match self.peek() {
            Some(b'{') => {
                self.at += 1;
                Tree::Message(self.entries(Some(b'}'), depth + 1)?)
            }
            Some(b'<') => {
                self.at += 1;
                Tree::Message(self.entries(Some(b'>'), depth + 1)?)
            }
            Some(b'[') => self.list(depth)?,
            Some(b'"' | b'\'') => Tree::String(self.strings()?),
            _ => self.scalar()?,
        };
        Ok(Node { position, value })
    }

    fn list(&mut self, depth: usize) -> Result<Tree, Problem> {
        self.at += 1;
        self.skip_blank();
        let mut elements = Vec::new();
        if self.take(b']') {
            return Ok(Tree::List(elements));
        }
        loop {
            self.skip_blank();
            if self.peek() == Some(b'[') {
                return Err(self.problem(self.at, "a list within a list"));
            }
            elements.push(self.value(depth + 1)?);
            self.skip_blank();
            if self.take(b']') {
                return Ok(Tree::List(elements));
            }
            if !self.take(b',') {
                return Err(self.unexpected("`,` or `]`"));
            }
        }
    }

    /// A word or a number, with its sign.
    fn scalar(&mut self) -> Result<Tree, Problem> {
        let negative = self.take(b'-');
        if negative {
            self.skip_blank();
        }
        let start = self.at;
        match self.peek() {
            Some(b'a'..=b'z' | b'A'..=b'Z' | b'_') => Ok(Tree::Word { negative, text: self.word().to_owned() }),
            Some(b'0'..=b'9' | b'.') => {
                let text = self.number_text();
                if number::form(text).is_none() {
                    return Err(self.problem(start, format!("`{text}` is not a number")));
                }
                Ok(Tree::Number { negative, text: text.to_owned() })
            }
            _ => Err(self.unexpected(if negative { "a number" } else { "a value" })),
        }
    }

    /// Strings one after another are one.
    fn strings(&mut self) -> Result<Vec<u8>, Problem> {
        let mut bytes = Vec::new();
        while let Some(quote @ (b'"' | b'\'')) = self.peek() {
            let start = self.at + 1;
            let mut end = start;
            loop {
                match self.bytes.get(end) {
                    Some(b'\\') => end += 2,
                    Some(b'\n') => return Err(self.problem(end, "a line break within a string; write it as \\n")),
                    Some(&byte) if byte == quote => break,
                    Some(_) => end += 1,
                    None => return Err(self.problem(start - 1, "the string has no end")),
                }
            }
            if let Err(fault) = string::unescape(&self.text[start..end], &mut bytes) {
                return Err(self.problem(start + fault.offset, fault.message));
            }
            self.at = end + 1;
            self.skip_blank();
        }
        Ok(bytes)
    }
}

/// Whether each `%` has two digits after it.
fn escapes_are_whole(domain: &str) -> bool {
    let mut parts = domain.split('%').skip(1);
    parts.all(|part| part.bytes().take(2).filter(u8::is_ascii_hexdigit).count() == 2)
}

/// The place of a value in a list that is no message.
fn first_scalar(list: &Node) -> Option<Position> {
    let Tree::List(elements) = &list.value else { return None };
    let scalar = elements.iter().find(|element| !matches!(element.value, Tree::Message(_)))?;
    Some(scalar.position)
}
