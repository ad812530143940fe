//! What there is to read about a symbol: its source form with names as short as its package allows, where each name
//! leads, and what its file says of all in it.
//!
//! Must not know: how it is drawn.

use std::ops::Range;

use prost_reflect::{DescriptorPool, FileDescriptor, Syntax as PoolSyntax};

use super::super::usage::Use;
use super::super::{Edition, Types};
use super::options::list;
use super::{Symbol, SymbolKind, describe, find, kind_of};

/// A symbol to read about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// Full name of what `source` shows: the symbol, or for a field, a oneof or a value what it stands in.
    pub name: String,
    /// What that is.
    pub kind: SymbolKind,
    /// The file that defines it, by its import name.
    pub file: String,
    /// The package of that file.
    pub package: String,
    /// Its source form with comments.
    pub source: String,
    /// The names in `source` that lead elsewhere, in order, none within another.
    pub links: Vec<Link>,
    /// The line of the symbol itself in `source`, where that shows more.
    pub marked: Option<Range<usize>>,
    /// What the file is written in.
    pub syntax: Syntax,
    /// Features that hold here and are not the edition's own, by name, such as `field_presence` and `IMPLICIT`.
    pub features: Vec<(String, String)>,
    /// It says `deprecated = true` of itself.
    pub deprecated: bool,
    /// Who uses it, sorted.
    pub used_by: Vec<Use>,
}

/// A name that leads to a symbol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Bytes of the source form.
    pub range: Range<usize>,
    /// Full name of the symbol.
    pub to: String,
}

/// What a file is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Syntax {
    /// `syntax = "proto2"`, or nothing said.
    Proto2,
    /// `syntax = "proto3"`
    Proto3,
    /// `edition = "..."`
    Edition(Edition),
}

impl Syntax {
    /// As it is written in a source: `proto3`, `2023`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Proto2 => "proto2",
            Self::Proto3 => "proto3",
            Self::Edition(edition) => edition.name(),
        }
    }
}

/// What holds in an edition where nothing is said.
const DEFAULTS: [(&str, &str, &str); 8] = [
    ("field_presence", "EXPLICIT", "EXPLICIT"),
    ("enum_type", "OPEN", "OPEN"),
    ("repeated_field_encoding", "PACKED", "PACKED"),
    ("utf8_validation", "VERIFY", "VERIFY"),
    ("message_encoding", "LENGTH_PREFIXED", "LENGTH_PREFIXED"),
    ("json_format", "ALLOW", "ALLOW"),
    ("enforce_naming_style", "STYLE_LEGACY", "STYLE2024"),
    ("default_symbol_visibility", "EXPORT_ALL", "EXPORT_TOP_LEVEL"),
];

fn is_default(edition: Edition, name: &str, value: &str) -> bool {
    let known = DEFAULTS.iter().find(|(known, ..)| *known == name);
    known.is_some_and(|(_, old, new)| value == if edition == Edition::E2023 { *old } else { *new })
}

/// What there is to read about a symbol of these types.
pub(in crate::schema) fn document(types: &Types, full_name: &str) -> Option<Document> {
    let symbol = find(&types.pool, full_name)?;
    let (shown, inner) = outer(symbol);
    let name = name_of(&shown);
    let options = options_of(&shown);
    let file = file_of(&shown);
    let edition = types.edition(file.name());
    let syntax = match (edition, file.syntax()) {
        (Some(edition), _) => Syntax::Edition(edition),
        (None, PoolSyntax::Proto3) => Syntax::Proto3,
        (None, PoolSyntax::Proto2) => Syntax::Proto2,
    };
    let written = describe(types, &name)?;
    // What the file says of all in it stands in a line of its own beside.
    let written = match written.split_once("\n\n") {
        Some((head, rest)) if head.starts_with("edition = ") => rest,
        _ => &written,
    };
    let service = matches!(shown, Symbol::Service(_)).then_some(name.as_str());
    let (source, links) = linked(written, file.package_name(), service, &types.pool);
    let marked = inner.and_then(|inner| line_of(&source, &inner));
    Some(Document {
        kind: kind_of(&shown),
        file: file.name().to_owned(),
        package: file.package_name().to_owned(),
        marked,
        syntax,
        features: edition.map(|edition| features(edition, types, &shown)).unwrap_or_default(),
        deprecated: options.iter().any(|(name, value)| name == "deprecated" && value == "true"),
        used_by: types.used_by(&name),
        source,
        links,
        name,
    })
}

/// What is shown for a symbol, and what to look for in it: the declaration of a field or value.
fn outer(symbol: Symbol) -> (Symbol, Option<String>) {
    match symbol {
        Symbol::Field(field) => {
            let declared = format!(" {} = {}", field.name(), field.number());
            (Symbol::Message(field.parent_message().clone()), Some(declared))
        }
        Symbol::Oneof(oneof) => {
            (Symbol::Message(oneof.parent_message().clone()), Some(format!("oneof {} {{", oneof.name())))
        }
        Symbol::EnumValue(value) => {
            let declared = format!(" {} = {}", value.name(), value.number());
            (Symbol::Enum(value.parent_enum().clone()), Some(declared))
        }
        whole => (whole, None),
    }
}

fn name_of(symbol: &Symbol) -> String {
    let name = match symbol {
        Symbol::Service(one) => one.full_name(),
        Symbol::Method(one) => one.full_name(),
        Symbol::Message(one) => one.full_name(),
        Symbol::Field(one) => one.full_name(),
        Symbol::Oneof(one) => one.full_name(),
        Symbol::Enum(one) => one.full_name(),
        Symbol::EnumValue(one) => one.full_name(),
        Symbol::Extension(one) => one.full_name(),
    };
    name.to_owned()
}

fn file_of(symbol: &Symbol) -> FileDescriptor {
    match symbol {
        Symbol::Service(one) => one.parent_file(),
        Symbol::Method(one) => one.parent_service().parent_file(),
        Symbol::Message(one) => one.parent_file(),
        Symbol::Field(one) => one.parent_file(),
        Symbol::Oneof(one) => one.parent_file(),
        Symbol::Enum(one) => one.parent_file(),
        Symbol::EnumValue(one) => one.parent_enum().parent_file(),
        Symbol::Extension(one) => one.parent_file(),
    }
}

fn options_of(symbol: &Symbol) -> Vec<(String, String)> {
    match symbol {
        Symbol::Service(one) => list(&one.options()),
        Symbol::Method(one) => list(&one.options()),
        Symbol::Message(one) => list(&one.options()),
        Symbol::Field(one) => list(&one.options()),
        Symbol::Oneof(one) => list(&one.options()),
        Symbol::Enum(one) => list(&one.options()),
        Symbol::EnumValue(one) => list(&one.options()),
        Symbol::Extension(one) => list(&one.options()),
    }
}

/// What the file, the messages around and the symbol itself say, the innermost last, without what holds anyhow.
fn features(edition: Edition, types: &Types, symbol: &Symbol) -> Vec<(String, String)> {
    let mut said = vec![list(&file_of(symbol).options())];
    let name = name_of(symbol);
    let ends = name.bytes().enumerate().filter(|(_, byte)| *byte == b'.').map(|(at, _)| at);
    said.extend(ends.filter_map(|end| types.pool.get_message_by_name(&name[..end])).map(|one| list(&one.options())));
    said.push(options_of(symbol));
    let mut all: Vec<(String, String)> = Vec::new();
    for (option, value) in said.into_iter().flatten() {
        let Some(feature) = option.strip_prefix("features.") else { continue };
        match all.iter_mut().find(|(known, _)| known == feature) {
            Some((_, old)) => *old = value,
            None => all.push((feature.to_owned(), value)),
        }
    }
    all.retain(|(name, value)| !is_default(edition, name, value));
    all
}

/// Shortens the names of a source form and finds where they lead.
fn linked(written: &str, package: &str, service: Option<&str>, pool: &DescriptorPool) -> (String, Vec<Link>) {
    let mut links = Vec::new();
    let mut source = String::with_capacity(written.len());
    for line in written.split_inclusive('\n') {
        let code = line.trim_start();
        if code.starts_with("//") {
            let start = source.len();
            source.push_str(line);
            links.extend(references(line, pool).map(|link| moved(link, start)));
            continue;
        }
        if let Some(service) = service
            && let Some(rest) = code.strip_prefix("rpc ")
        {
            let start = source.len() + (line.len() - rest.len());
            let name = rest.split('(').next().unwrap_or_default();
            links.push(Link { range: start..start + name.len(), to: format!("{service}.{name}") });
        }
        let mut rest = line;
        let mut quoted = false;
        while let Some(at) = rest.find(['.', '"']) {
            let before = rest[..at].chars().next_back();
            source.push_str(&rest[..at]);
            let found = &rest[at..];
            let name = name_at(found);
            // A backslash before it: a quote within a string.
            let opens = found.starts_with('"') && before != Some('\\');
            if !quoted
                && matches!(before, Some(' ' | '(' | '<'))
                && let Some(full_name) = name.strip_prefix('.')
                && (pool.get_message_by_name(full_name).is_some() || pool.get_enum_by_name(full_name).is_some())
            {
                let own = full_name.strip_prefix(package).and_then(|rest| rest.strip_prefix('.'));
                let shown = own.unwrap_or(full_name);
                links.push(Link { range: source.len()..source.len() + shown.len(), to: full_name.to_owned() });
                source.push_str(shown);
                rest = &found[name.len()..];
            } else {
                quoted ^= opens;
                source.push_str(&found[..1]);
                rest = &found[1..];
            }
        }
        source.push_str(rest);
    }
    (source, links)
}

fn moved(link: Link, by: usize) -> Link {
    Link { range: link.range.start + by..link.range.end + by, ..link }
}

/// The name, with dots, that a text begins with.
fn name_at(text: &str) -> &str {
    let ends = |byte: u8| !(byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'.');
    &text[..text.bytes().position(ends).unwrap_or(text.len())]
}

/// `[Text][pkg.Name]` in a comment, where the pool knows the name.
fn references<'a>(line: &'a str, pool: &'a DescriptorPool) -> impl Iterator<Item = Link> + 'a {
    line.match_indices("][").filter_map(|(at, _)| {
        let name = name_at(&line[at + 2..]);
        let closed = line[at + 2 + name.len()..].starts_with(']');
        let open = line[..at].rfind('[')?;
        let known = closed && !name.is_empty() && find(pool, name).is_some();
        known.then(|| Link { range: open + 1..at, to: name.to_owned() })
    })
}

/// The line that declares a field, oneof or value.
fn line_of(source: &str, declared: &str) -> Option<Range<usize>> {
    let mut start = 0;
    for line in source.split_inclusive('\n') {
        let is_it = line
            .match_indices(declared)
            .any(|(at, _)| !line[at + declared.len()..].starts_with(|c: char| c.is_ascii_digit()))
            || (declared.starts_with("oneof") && line.trim_start().starts_with(declared));
        if is_it && !line.trim_start().starts_with("//") {
            return Some(start..start + line.trim_end().len());
        }
        start += line.len();
    }
    None
}
