//! What a list shows of one file, read from its text without parsing it: a tree of thousands of files opens at once.
//!
//! Reads package, imports, services with their methods and comments, and the names that the file defines, those of
//! fields and enum values too; skips the rest by its brackets. Never fails: what it could not follow is told as
//! [`Scan::odd`], and such a file is parsed properly by whoever wants its faults. It is one piece: tokens and what is
//! read of them share their rules of comments and faults. Must not know: other files, the parser.

mod tokens;

use self::tokens::{Comment, Token, Tokens, text};
use super::docs::{clean, join};
use super::index::Index;
use super::{Kind, Method, Service, SymbolKind};

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
    /// All of these and methods, fields and enum values.
    pub(super) index: Index,
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
    let scan = Scan { index: Index::of_file(), ..Scan::default() };
    let mut reader = Reader { tokens: Tokens::new(source), scan, scope: String::new(), parent: 0 };
    reader.file();
    reader.scan.index.set_package(&reader.scan.package);
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

/// The open blocks, each with the length of the scope around it and the message there.
type Open = Vec<(Block, usize, u32)>;

struct Reader<'a> {
    tokens: Tokens<'a>,
    scan: Scan,
    /// Package and messages around this place, with dots.
    scope: String,
    /// The innermost message around this place, in the index.
    parent: u32,
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

    /// Gives its place in the index, where it has one.
    fn define(&mut self, kind: SymbolKind, name: &str, type_name: &str) -> u32 {
        // In a text that nests without end the names alone would grow with the square of its length.
        if self.scope.len() > LONGEST_SCOPE {
            self.odd();
            return self.parent;
        }
        if !name.is_empty() {
            self.scan.symbols.push(join(&self.scope, name));
        }
        self.scan.index.define_typed(self.parent, kind, name, type_name)
    }

    fn file(&mut self) {
        // No recursion: a text may nest without end.
        let mut open: Open = Vec::new();
        loop {
            let block = open.last().map(|(block, ..)| *block);
            let word = match self.tokens.token {
                Token::End => break,
                Token::Symbol(b';') => {
                    self.tokens.next();
                    continue;
                }
                Token::Symbol(b'}') => {
                    if let Some((_, outer, parent)) = open.pop() {
                        self.scope.truncate(outer);
                        self.parent = parent;
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
                    let place = self.define(SymbolKind::Message, name, "");
                    self.open(Block::Message, name, place, &mut open);
                }
                ("enum", _) if !in_fields => {
                    self.tokens.next();
                    let name = self.name();
                    let place = self.define(SymbolKind::Enum, name, "");
                    self.values(place);
                }
                ("extend", _) if !in_fields => {
                    self.tokens.next();
                    self.dotted();
                    self.open(Block::Extend, "", self.parent, &mut open);
                }
                ("oneof", Some(Block::Message)) => {
                    self.tokens.next();
                    self.name();
                    self.open(Block::Oneof, "", self.parent, &mut open);
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

    fn open(&mut self, block: Block, name: &str, place: u32, open: &mut Open) {
        if !self.expect(b'{') {
            self.statement();
            return;
        }
        open.push((block, self.scope.len(), self.parent));
        self.parent = place;
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
    fn field(&mut self, block: Option<Block>, open: &mut Open) {
        let mut depth = 0_usize;
        let mut last = "";
        // Where the latest name with dots begins and ends, and the one before.
        let (mut path, mut before) = (0..0, 0..0);
        // Whether a dot would go on with the latest name, and a word with the latest dot.
        let (mut named, mut dotted) = (false, false);
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
                    // What a group makes is called by its name in small letters.
                    let small = if group { name.to_ascii_lowercase() } else { String::new() };
                    let defined = if group { &small } else { name };
                    let of = if group { name } else { self.tokens.source.get(before.clone()).unwrap_or_default() };
                    match block {
                        Some(Block::Extend) => _ = self.define(SymbolKind::Extension, defined, of),
                        Some(_) => _ = self.scan.index.define_typed(self.parent, SymbolKind::Field, defined, of),
                        None => {}
                    }
                }
                Token::Symbol(b';') if depth == 0 => {
                    self.tokens.next();
                    return;
                }
                Token::Symbol(b'{') if group && !name.is_empty() => {
                    let place = self.define(SymbolKind::Message, name, "");
                    self.open(Block::Message, name, place, open);
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
                    if !dotted {
                        before = std::mem::replace(&mut path, self.tokens.start..self.tokens.end);
                    }
                    path.end = self.tokens.end;
                    (named, dotted) = (!matches!(last, "optional" | "required" | "repeated"), false);
                }
                Token::Symbol(b'.') if depth == 0 => {
                    if !named {
                        before = std::mem::replace(&mut path, self.tokens.start..self.tokens.end);
                    }
                    path.end = self.tokens.end;
                    (named, dotted) = (true, true);
                }
                Token::Symbol(_) => (named, dotted) = (false, false),
                _ => {}
            }
            self.tokens.next();
        }
    }

    /// The values of an enum.
    fn values(&mut self, place: u32) {
        let mut depth = 0_usize;
        let (mut starts, mut name) = (false, "");
        let is_block = self.tokens.is(b'{');
        if !is_block {
            self.block();
            return;
        }
        loop {
            let word = self.tokens.word();
            match self.tokens.token {
                Token::End => return self.odd(),
                Token::Symbol(b'{') => depth += 1,
                Token::Symbol(b'}') => depth -= 1,
                Token::Symbol(b'=') if depth == 1 && !name.is_empty() => {
                    self.scan.index.define(place, SymbolKind::EnumValue, name);
                }
                _ => {}
            }
            name = if starts && depth == 1 { word } else { "" };
            starts = matches!(self.tokens.token, Token::Symbol(b'{' | b'}' | b';'));
            self.tokens.next();
            if depth == 0 {
                return;
            }
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
        let place = self.define(SymbolKind::Service, name, "");
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
                (_, "rpc") => {
                    let method = self.method();
                    if let Some(method) = &method {
                        self.scan.index.define(place, SymbolKind::Method, &method.name);
                    }
                    service.methods.extend(method);
                }
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
