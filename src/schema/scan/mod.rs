//! What a list shows of one file, read from its text without parsing it: a tree of thousands of files opens at once.
//!
//! Reads package, imports, services with their methods and comments, and the names that the file defines; skips the
//! rest by its brackets. Never fails: what it could not follow is told as [`Scan::odd`], and such a file is parsed
//! properly by whoever wants its faults. Must not know: other files, the parser.

mod tokens;

use self::tokens::{Comment, Token, Tokens, text};
use super::docs::{clean, join};
use super::{Kind, Method, Service};

/// Bytes of the full name around a definition; longer ones are not followed.
pub(super) const LONGEST_SCOPE: usize = 4_096;

/// What was read of one file.
#[derive(Debug, Default)]
pub(super) struct Scan {
    /// `proto2`, `proto3` or an edition, as written; empty where the file does not say.
    pub(super) syntax: String,
    pub(super) package: String,
    pub(super) imports: Vec<ScannedImport>,
    /// With the types of the methods as written, and no file.
    pub(super) services: Vec<Service>,
    /// Full names of messages (nested ones too), enums, services and extensions.
    pub(super) symbols: Vec<String>,
    /// Where the text first was not what a proto file has there: a byte offset.
    pub(super) odd: Option<usize>,
}

/// An import statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ScannedImport {
    pub(super) name: String,
    /// Where the statement begins: a byte offset.
    pub(super) offset: usize,
    pub(super) kind: ImportKind,
}

/// What stands between `import` and the name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ImportKind {
    Plain,
    Public,
    Weak,
    /// Of editions: only the options of this file use it.
    Option,
}

/// Reads a file. A byte order mark is passed over; offsets count it.
pub(super) fn scan(source: &str) -> Scan {
    let mut reader = Reader { tokens: Tokens::new(source), scan: Scan::default(), scope: String::new() };
    reader.file();
    reader.scan.odd = match (reader.scan.odd, reader.tokens.odd) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    };
    reader.scan
}

/// What the innermost open brace belongs to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Block {
    Message,
    Oneof,
    Extend,
}

struct Reader<'a> {
    tokens: Tokens<'a>,
    scan: Scan,
    /// Package and messages around this place, with dots.
    scope: String,
}

impl<'a> Reader<'a> {
    fn odd(&mut self) {
        self.scan.odd.get_or_insert(self.tokens.start);
    }

    /// Passes over a symbol that has to stand here.
    fn expect(&mut self, symbol: u8) -> bool {
        let is = self.tokens.is(symbol);
        if is {
            self.tokens.next();
        } else {
            self.odd();
        }
        is
    }

    /// A single name; empty where there is none.
    fn name(&mut self) -> &'a str {
        let word = self.tokens.word();
        if word.is_empty() {
            self.odd();
        } else {
            self.tokens.next();
        }
        word
    }

    /// A name with dots, white space left out.
    fn dotted(&mut self) -> String {
        let mut name = String::new();
        if self.tokens.is(b'.') {
            name.push('.');
            self.tokens.next();
        }
        name.push_str(self.name());
        while self.tokens.is(b'.') {
            self.tokens.next();
            name.push('.');
            name.push_str(self.name());
        }
        name
    }

    /// Strings in a row count as one.
    fn text(&mut self) -> String {
        let mut text = String::new();
        if self.tokens.token != Token::Text {
            self.odd();
        }
        while self.tokens.token == Token::Text {
            let quoted = self.tokens.source.get(self.tokens.start..self.tokens.end).unwrap_or_default();
            if quoted.contains('\\') {
                // Rare enough to leave to the parser.
                self.odd();
            }
            text.push_str(quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or_default());
            self.tokens.next();
        }
        text
    }

    fn define(&mut self, name: &str) {
        // In a text that nests without end the names alone would grow with the square of its length.
        if self.scope.len() > LONGEST_SCOPE {
            self.odd();
        } else if !name.is_empty() {
            self.scan.symbols.push(join(&self.scope, name));
        }
    }

    fn file(&mut self) {
        // The open blocks, each with the length of the scope around it. No recursion: a text may nest without end.
        let mut open: Vec<(Block, usize)> = Vec::new();
        loop {
            let block = open.last().map(|(block, _)| *block);
            let word = match self.tokens.token {
                Token::End => break,
                Token::Symbol(b';') => {
                    self.tokens.next();
                    continue;
                }
                Token::Symbol(b'}') => {
                    if let Some((_, outer)) = open.pop() {
                        self.scope.truncate(outer);
                    } else {
                        self.odd();
                    }
                    self.tokens.next();
                    continue;
                }
                _ => self.tokens.word(),
            };
            let in_fields = matches!(block, Some(Block::Oneof | Block::Extend));
            match (word, block) {
                ("export" | "local", None | Some(Block::Message)) => {
                    self.tokens.next();
                    if !matches!(self.tokens.word(), "message" | "enum") {
                        self.field(block, &mut open);
                    }
                }
                ("message", _) if !in_fields => {
                    self.tokens.next();
                    let name = self.name();
                    self.define(name);
                    self.open(Block::Message, name, &mut open);
                }
                ("enum", _) if !in_fields => {
                    self.tokens.next();
                    let name = self.name();
                    self.define(name);
                    self.block();
                }
                ("extend", _) if !in_fields => {
                    self.tokens.next();
                    self.dotted();
                    self.open(Block::Extend, "", &mut open);
                }
                ("oneof", Some(Block::Message)) => {
                    self.tokens.next();
                    self.name();
                    self.open(Block::Oneof, "", &mut open);
                }
                ("option" | "reserved" | "extensions", Some(Block::Message))
                | ("option", None | Some(Block::Oneof)) => {
                    self.tokens.next();
                    self.statement();
                }
                ("syntax" | "edition", None) => {
                    self.tokens.next();
                    if self.expect(b'=') {
                        self.scan.syntax = self.text();
                    }
                    self.statement();
                }
                ("package", None) => {
                    self.tokens.next();
                    let name = self.dotted();
                    // It holds for what stands before it too, which has been read without.
                    let is_late = !self.scan.symbols.is_empty();
                    if self.scope.is_empty() && !is_late {
                        self.scope.clone_from(&name);
                        self.scan.package = name;
                    } else {
                        self.odd();
                    }
                    self.expect(b';');
                }
                ("import", None) => self.import(),
                ("service", None) => self.service(),
                (_, None) => {
                    self.odd();
                    self.statement();
                }
                _ => self.field(block, &mut open),
            }
        }
        if !open.is_empty() {
            self.odd();
        }
    }

    fn open(&mut self, block: Block, name: &str, open: &mut Vec<(Block, usize)>) {
        if !self.expect(b'{') {
            self.statement();
            return;
        }
        open.push((block, self.scope.len()));
        if !name.is_empty() && self.scope.len() <= LONGEST_SCOPE {
            if !self.scope.is_empty() {
                self.scope.push('.');
            }
            self.scope.push_str(name);
        }
    }

    fn import(&mut self) {
        let offset = self.tokens.start;
        self.tokens.next();
        let kind = match self.tokens.word() {
            "public" => ImportKind::Public,
            "weak" => ImportKind::Weak,
            "option" => ImportKind::Option,
            _ => ImportKind::Plain,
        };
        if kind != ImportKind::Plain {
            self.tokens.next();
        }
        let name = self.text();
        if self.expect(b';') && !name.is_empty() {
            self.scan.imports.push(ScannedImport { name, offset, kind });
        }
    }

    /// A field, or whatever else: up to its end. A group is opened.
    fn field(&mut self, block: Option<Block>, open: &mut Vec<(Block, usize)>) {
        let mut depth = 0_usize;
        let mut last = "";
        let mut name = "";
        let mut group = false;
        if !matches!(self.tokens.token, Token::Word | Token::Symbol(b'.')) {
            self.odd();
        }
        loop {
            match self.tokens.token {
                Token::Symbol(b'(' | b'[') => depth += 1,
                Token::Symbol(b'{') if depth > 0 => depth += 1,
                Token::Symbol(b')' | b']' | b'}') if depth > 0 => depth -= 1,
                Token::Symbol(b'=') if depth == 0 && name.is_empty() => {
                    name = last;
                    if block == Some(Block::Extend) {
                        // The extension that a group makes is called by its name in small letters.
                        let defined = if group { name.to_ascii_lowercase() } else { name.to_owned() };
                        self.define(&defined);
                    }
                }
                Token::Symbol(b';') if depth == 0 => {
                    self.tokens.next();
                    return;
                }
                Token::Symbol(b'{') if group && !name.is_empty() => {
                    self.define(name);
                    self.open(Block::Message, name, open);
                    return;
                }
                Token::Symbol(b'{') => {
                    self.odd();
                    self.block();
                    return;
                }
                Token::Symbol(b'}') | Token::End => return self.odd(),
                Token::Word if depth == 0 => {
                    group |= last == "group";
                    last = self.tokens.word();
                }
                _ => {}
            }
            self.tokens.next();
        }
    }

    /// The rest of a statement, up to its semicolon or the end of its braces.
    fn statement(&mut self) {
        let mut depth = 0_usize;
        loop {
            match self.tokens.token {
                Token::End => return self.odd(),
                Token::Symbol(b'{' | b'(' | b'[') => depth += 1,
                Token::Symbol(b')' | b']') if depth > 0 => depth -= 1,
                Token::Symbol(b'}') if depth > 1 => depth -= 1,
                Token::Symbol(b'}') if depth == 0 => return self.odd(),
                Token::Symbol(b'}' | b';') if depth <= usize::from(self.tokens.is(b'}')) => {
                    self.tokens.next();
                    return;
                }
                _ => {}
            }
            self.tokens.next();
        }
    }

    /// A block in braces, whatever is in it. Says whether `option deprecated = true` stands in it.
    fn block(&mut self) -> bool {
        let mut deprecated = false;
        if !self.expect(b'{') {
            self.statement();
            return deprecated;
        }
        let mut depth = 1_usize;
        let mut before = ["", "", ""];
        while depth > 0 {
            match self.tokens.token {
                Token::End => {
                    self.odd();
                    return deprecated;
                }
                Token::Symbol(b'{') => depth += 1,
                Token::Symbol(b'}') => depth -= 1,
                _ => {}
            }
            let word = match self.tokens.token {
                Token::Word => self.tokens.word(),
                Token::Symbol(b'=') => "=",
                _ => "",
            };
            deprecated |= depth == 1 && word == "true" && before == ["option", "deprecated", "="];
            before = [before[1], before[2], word];
            self.tokens.next();
        }
        deprecated
    }

    /// The comment at a statement: the one before it, else the one after its first line.
    fn doc(&self, leading: Option<Comment>, trailing: Option<Comment>) -> String {
        let text = |comment: Comment| text(self.tokens.source, comment);
        let filled = |comment: Option<Comment>| comment.map(text).filter(|text| !text.trim().is_empty());
        filled(leading).or_else(|| filled(trailing)).map(|text| clean(&text)).unwrap_or_default()
    }

    fn service(&mut self) {
        let leading = self.tokens.leading;
        self.tokens.next();
        let name = self.name();
        if !self.expect(b'{') {
            self.statement();
            return;
        }
        self.define(name);
        let mut service = Service {
            full_name: join(&self.scope, name),
            file: String::new(),
            doc: self.doc(leading, self.tokens.trailing),
            methods: Vec::new(),
        };
        loop {
            match (self.tokens.token, self.tokens.word()) {
                (Token::End, _) => {
                    self.odd();
                    break;
                }
                (Token::Symbol(b'}'), _) => {
                    self.tokens.next();
                    break;
                }
                (Token::Symbol(b';'), _) => self.tokens.next(),
                (_, "rpc") => service.methods.extend(self.method()),
                (_, "option") => self.statement(),
                _ => {
                    self.odd();
                    // Of a block only the end is of interest.
                    if self.tokens.is(b'{') {
                        self.block();
                    } else {
                        self.tokens.next();
                    }
                }
            }
        }
        if !name.is_empty() {
            self.scan.services.push(service);
        }
    }

    fn method(&mut self) -> Option<Method> {
        let leading = self.tokens.leading;
        self.tokens.next();
        let name = self.name();
        let (input, requests) = self.message_type()?;
        if self.tokens.word() != "returns" {
            self.odd();
            return None;
        }
        self.tokens.next();
        let (output, responses) = self.message_type()?;
        let (deprecated, trailing) = if self.tokens.is(b'{') {
            let start = (self.tokens.start, self.tokens.end);
            self.tokens.next();
            let trailing = self.tokens.trailing;
            // Back to the brace, so that the block is read from its beginning.
            (self.tokens.start, self.tokens.end) = start;
            self.tokens.token = Token::Symbol(b'{');
            (self.block(), trailing)
        } else if self.expect(b';') {
            (false, self.tokens.trailing)
        } else {
            (false, None)
        };
        let kind = Kind::from_streaming(requests, responses);
        let doc = self.doc(leading, trailing);
        (!name.is_empty()).then(|| Method { name: name.to_owned(), kind, input, output, doc, deprecated })
    }

    /// `(stream pkg.Type)`: the type as written, and whether it is a stream.
    fn message_type(&mut self) -> Option<(String, bool)> {
        if !self.expect(b'(') {
            return None;
        }
        let mut stream = false;
        let mut name = String::new();
        if self.tokens.word() == "stream" {
            self.tokens.next();
            stream = !self.tokens.is(b')');
            if !stream {
                "stream".clone_into(&mut name);
            }
        }
        if name.is_empty() {
            name = self.dotted();
        }
        self.expect(b')').then_some((name, stream))
    }
}

#[cfg(test)]
mod tests;
