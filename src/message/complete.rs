//! What can stand at a place of a message's JSON text, said by its type: names of fields, values of enums, type URLs,
//! variables.
//!
//! The text may be broken at the cursor and elsewhere: the way there is followed over its pieces, not over a tree.
//!
//! Must not know: toolkit, where variables come from.

mod path;

use std::collections::HashSet;
use std::ops::Range;

use prost_reflect::{EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor};

use super::AnyTypes;
use super::any_types::in_reach;
use super::form::kind_name;
use super::json::{Node, Value};
use super::lex::{Token, TokenKind, tokens};
use super::well_known::{WellKnown, wrapped};
use path::{Expected, Inside, State, Way};

/// Suggestions at most: who wants others types on.
const MOST: usize = 200;
/// What comes before the name in a type URL.
const URL_PREFIX: &str = "type.googleapis.com/";

/// What is known besides the type of the message.
#[derive(Clone, Copy)]
pub struct Beyond<'a> {
    /// Names of variables.
    pub variables: &'a [String],
    /// The types that an `Any` may be of.
    pub types: &'a AnyTypes,
    /// Full names of messages for what was typed of one.
    pub messages: &'a dyn Fn(&str) -> Vec<String>,
}

impl Beyond<'static> {
    /// Nothing more.
    pub const NOTHING: Self = Self { variables: &[], types: &AnyTypes::NONE, messages: &|_| Vec::new() };
}

/// What can stand at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    /// The bytes of the text that a suggestion takes the place of.
    pub range: Range<usize>,
    /// Where what was typed of it begins: what a list of suggestions stands below.
    pub anchor: usize,
    /// Something of it is typed, if only its quote.
    pub begun: bool,
    /// The best first; never empty.
    pub items: Vec<Suggestion>,
}

/// One thing that can stand there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// What it is called.
    pub label: String,
    /// Its type, or where it is from.
    pub detail: String,
    /// Number of the field or of the value.
    pub number: Option<i64>,
    /// Full name of what it is, by which its comment is found; empty for what has none.
    pub symbol: String,
    /// Whether the schema says that it should not be used.
    pub deprecated: bool,
    /// What takes the place of the range.
    pub insert: String,
    /// The bytes of `insert` that are selected then; empty where only the cursor goes there.
    pub select: Range<usize>,
    /// What comes next can be suggested too: the cursor is where a value goes.
    pub goes_on: bool,
}

impl Suggestion {
    /// Nothing but a name, and what is put in for it, with the cursor at its end.
    fn word(label: &str, insert: String) -> Self {
        let end = insert.len();
        Self {
            label: label.to_owned(),
            detail: String::new(),
            number: None,
            symbol: String::new(),
            deprecated: false,
            insert,
            select: end..end,
            goes_on: false,
        }
    }
}

/// What can stand at `cursor`, a byte offset, in the text of a message of that type; `None` where there is nothing to
/// suggest, or what stands there is the only suggestion.
#[must_use]
pub fn complete(text: &str, cursor: usize, descriptor: &MessageDescriptor, beyond: Beyond<'_>) -> Option<Completion> {
    if !text.is_char_boundary(cursor) {
        return None;
    }
    let before: Vec<Token> = tokens(text, 0).take_while(|token| token.range.start < cursor).collect();
    let at = before
        .last()
        .filter(|token| token.holds(cursor) || (token.kind == TokenKind::Word && token.range.end == cursor));
    if at.is_some_and(Token::is_comment) {
        return None;
    }
    let spot = match at {
        Some(token) if matches!(token.kind, TokenKind::String { .. }) => {
            let end = if is_whole(text, token) { token.range.end } else { cursor };
            Spot { start: token.range.start, typed: &text[token.range.start + 1..cursor], end, quoted: true }
        }
        Some(token) if token.kind == TokenKind::Word => Spot {
            start: token.range.start,
            typed: &text[token.range.start..cursor],
            end: token.range.end,
            quoted: false,
        },
        _ => Spot { start: cursor, typed: "", end: cursor, quoted: false },
    };
    if spot.quoted
        && let Some(found) = variable(text, cursor, spot.typed, beyond.variables)
    {
        return Some(found);
    }
    let before = &before[..before.len() - usize::from(at.is_some())];
    let way = Way::new(text, before, spot.end);
    let inside = way.inside(descriptor, beyond.types)?;
    let top = way.top()?;
    let mut list = List { typed: spot.typed, items: Vec::new() };
    let ended = before.iter().rfind(|token| !token.is_comment());
    let mut lead = String::new();
    let mut start = spot.start;
    if top.state == State::Comma
        && let Some(ended) = ended
    {
        start = ended.range.end;
        lead = format!(",{}", &text[start..spot.start]);
    }
    let next = tokens(text, spot.end).find(|token| !token.is_comment());
    let named = next.as_ref().is_some_and(|token| token.kind == TokenKind::Colon);
    let tail = if next.is_some_and(|token| token.begins_value()) { "," } else { "" };
    match (&inside, top.state) {
        (Inside::List(kind), _) => list.values(&Expected::One(kind.clone())),
        (_, State::Key | State::Comma) => list.names(&inside, &way.given(), named),
        (_, State::Value) => {
            let key = top.key.as_deref().unwrap_or_default();
            if key == "@type" && matches!(inside, Inside::Any(_)) {
                list.types(descriptor, beyond.messages);
            } else {
                list.values(&inside.member(key));
            }
        }
        (_, State::Colon) => return None,
    }
    list.items.sort_by_key(|(rank, _)| *rank);
    list.items.truncate(MOST);
    let around = |(_, item): (Rank, Suggestion)| Suggestion {
        insert: format!("{lead}{}{tail}", item.insert),
        select: item.select.start + lead.len()..item.select.end + lead.len(),
        ..item
    };
    let items: Vec<Suggestion> = list.items.into_iter().map(around).collect();
    let range = start..spot.end;
    let is_there = |item: &Suggestion| text.get(range.clone()) == Some(item.insert.as_str());
    if items.is_empty() || items.first().is_some_and(is_there) {
        return None;
    }
    Some(Completion { range, anchor: spot.start, begun: at.is_some(), items })
}

/// Where the cursor stands.
struct Spot<'a> {
    /// Where the piece at the cursor begins, its quote included.
    start: usize,
    /// What of it stands before the cursor, without the quote.
    typed: &'a str,
    /// Where it ends.
    end: usize,
    quoted: bool,
}

/// Whether a string ends where its quote is: what comes after it could come after a string. Else the quote is that of
/// another string, whose own is missing.
fn is_whole(text: &str, token: &Token) -> bool {
    if token.kind != (TokenKind::String { closed: true }) {
        return false;
    }
    let rest = &text[token.range.end..];
    let next = rest.trim_start_matches([' ', '\t']).chars().next();
    matches!(next, None | Some(',' | ':' | '}' | ']' | '\n' | '\r' | '/'))
}

/// Names of variables, where one was begun within a string.
fn variable(text: &str, cursor: usize, typed: &str, variables: &[String]) -> Option<Completion> {
    let begun = &typed[typed.rfind("{{")? + 2..];
    if begun.contains('}') {
        return None;
    }
    let name = begun.trim_start();
    let closed = text[cursor..].starts_with("}}");
    let mut list = List { typed: name, items: Vec::new() };
    for variable in variables {
        let insert = if closed { variable.clone() } else { format!("{variable}}}}}") };
        list.push(&[variable], || Suggestion::word(variable, insert));
    }
    list.items.sort_by_key(|(rank, _)| *rank);
    let items: Vec<_> = list.items.into_iter().take(MOST).map(|(_, item)| item).collect();
    let start = cursor - name.len();
    (!items.is_empty()).then_some(Completion { range: start..cursor, anchor: start, begun: true, items })
}

/// Lower is better: how it fits, how loosely, and where it stood.
type Rank = (u8, usize, usize);

struct List<'a> {
    typed: &'a str,
    items: Vec<(Rank, Suggestion)>,
}

impl List<'_> {
    /// Adds what is called by one of these names if that fits what was typed.
    fn push(&mut self, names: &[&str], make: impl FnOnce() -> Suggestion) {
        let place = self.items.len();
        if let Some((how, loose)) = names.iter().filter_map(|name| fit(self.typed, name)).min() {
            self.items.push(((how, loose, place), make()));
        }
    }

    /// What the members of an object may be called; `named` when a colon follows, and with it a value.
    fn names(&mut self, inside: &Inside, given: &[String], named: bool) {
        let is_given = |name: &str| given.iter().any(|given| given == name);
        let simple = |name: &str, value: &str, select: Range<usize>, goes_on: bool| {
            let quoted = quote(name);
            let shift = quoted.len() + 2;
            if named {
                return Suggestion::word(name, quoted);
            }
            let insert = format!("{quoted}: {value}");
            let select = select.start + shift..select.end + shift;
            Suggestion { select, goes_on, ..Suggestion::word(name, insert) }
        };
        let descriptor = match inside {
            Inside::Message(descriptor) => descriptor,
            Inside::Any(inner) => {
                if !is_given("@type") {
                    self.push(&["@type"], || simple("@type", "\"\"", 1..1, true));
                }
                let Some(inner) = inner else { return };
                if WellKnown::of(inner).is_some() {
                    if !is_given("value") {
                        let (value, select) = empty_of(&Kind::Message(inner.clone()));
                        self.push(&["value"], || simple("value", value, select, false));
                    }
                    return;
                }
                inner
            }
            Inside::Map(key, value) => {
                if *key == Kind::Bool {
                    let (empty, select) = empty_of(value);
                    for name in ["true", "false"].into_iter().filter(|name| !is_given(name)) {
                        self.push(&[name], || simple(name, empty, select.clone(), goes_on(value)));
                    }
                }
                return;
            }
            Inside::List(_) | Inside::Free => return,
        };
        let is_set = |field: &FieldDescriptor| is_given(field.json_name()) || is_given(field.name());
        for field in descriptor.fields() {
            let other_arm = || field.containing_oneof().is_some_and(|oneof| oneof.fields().any(|arm| is_set(&arm)));
            if is_set(&field) || other_arm() {
                continue;
            }
            self.push(&[field.json_name(), field.name()], || {
                let (value, select) = empty(&field);
                let options = field.field_descriptor_proto().options.as_ref();
                Suggestion {
                    detail: type_of(&field),
                    number: Some(i64::from(field.number())),
                    symbol: field.full_name().to_owned(),
                    deprecated: options.is_some_and(prost_types::FieldOptions::deprecated),
                    ..simple(
                        field.json_name(),
                        value,
                        select,
                        !field.is_list() && !field.is_map() && goes_on(&field.kind()),
                    )
                }
            });
        }
        for extension in descriptor.extensions().filter(|extension| !is_given(extension.json_name())) {
            let name = extension.json_name();
            self.push(&[name, extension.name()], || {
                let kind = extension.kind();
                let (value, select) = if extension.is_list() { ("[]", 1..1) } else { empty_of(&kind) };
                Suggestion {
                    detail: kind_name(&kind),
                    number: Some(i64::from(extension.number())),
                    symbol: extension.full_name().to_owned(),
                    ..simple(name, value, select, !extension.is_list() && goes_on(&kind))
                }
            });
        }
    }

    /// What may stand as a value.
    fn values(&mut self, expected: &Expected) {
        let Expected::One(kind) = expected else { return };
        match kind {
            Kind::Bool => {
                for name in ["true", "false"] {
                    self.push(&[name], || Suggestion::word(name, name.to_owned()));
                }
            }
            Kind::Enum(descriptor) if is_null(descriptor) => {
                self.push(&["null"], || Suggestion::word("null", "null".to_owned()));
            }
            Kind::Enum(descriptor) => {
                for value in descriptor.values() {
                    self.push(&[value.name()], || {
                        let options = value.enum_value_descriptor_proto().options.as_ref();
                        Suggestion {
                            number: Some(i64::from(value.number())),
                            symbol: format!("{}.{}", descriptor.full_name(), value.name()),
                            deprecated: options.is_some_and(prost_types::EnumValueOptions::deprecated),
                            ..Suggestion::word(value.name(), quote(value.name()))
                        }
                    });
                }
            }
            Kind::Float | Kind::Double if !self.typed.is_empty() => {
                for name in ["NaN", "Infinity", "-Infinity"] {
                    self.push(&[name], || Suggestion::word(name, quote(name)));
                }
            }
            Kind::Message(descriptor) => {
                if let Some(field) = wrapped(descriptor) {
                    self.values(&Expected::One(field.kind()));
                } else if WellKnown::of(descriptor) == Some(WellKnown::Value) && !self.typed.is_empty() {
                    for name in ["true", "false", "null"] {
                        self.push(&[name], || Suggestion::word(name, name.to_owned()));
                    }
                }
            }
            _ => {}
        }
    }

    /// The type URLs of all messages that the schema has, then of those that `others` finds for what was typed.
    fn types(&mut self, descriptor: &MessageDescriptor, others: &dyn Fn(&str) -> Vec<String>) {
        let whole = self.typed;
        self.typed = whole.rsplit('/').next().unwrap_or(whole);
        let mut names: Vec<String> =
            in_reach(descriptor.parent_pool()).iter().map(|message| message.full_name().to_owned()).collect();
        let known: HashSet<&String> = names.iter().collect();
        let others: Vec<String> = others(self.typed).into_iter().filter(|name| !known.contains(name)).collect();
        names.extend(others);
        for full_name in &names {
            let (full_name, name) = (full_name.as_str(), full_name.rsplit('.').next().unwrap_or_default());
            self.push(&[full_name, name], || {
                let insert = quote(&format!("{URL_PREFIX}{full_name}"));
                let scope = full_name.strip_suffix(name).unwrap_or_default().trim_end_matches('.');
                Suggestion { detail: scope.to_owned(), symbol: full_name.to_owned(), ..Suggestion::word(name, insert) }
            });
        }
        self.typed = whole;
    }
}

fn quote(text: &str) -> String {
    Node::new(Value::String(text.to_owned())).to_line()
}

fn is_null(descriptor: &EnumDescriptor) -> bool {
    descriptor.full_name() == "google.protobuf.NullValue"
}

/// Whether there is more to suggest where the cursor is then.
fn goes_on(kind: &Kind) -> bool {
    match kind {
        Kind::Enum(descriptor) => !is_null(descriptor),
        Kind::Message(descriptor) => WellKnown::of(descriptor) == Some(WellKnown::Any),
        _ => false,
    }
}

/// The value to begin with, and the bytes of it that are selected.
fn empty(field: &FieldDescriptor) -> (&'static str, Range<usize>) {
    if field.is_map() {
        ("{}", 1..1)
    } else if field.is_list() {
        ("[]", 1..1)
    } else {
        empty_of(&field.kind())
    }
}

fn empty_of(kind: &Kind) -> (&'static str, Range<usize>) {
    match kind {
        Kind::Bool => ("false", 0..5),
        Kind::Enum(descriptor) if is_null(descriptor) => ("null", 0..4),
        Kind::String | Kind::Bytes | Kind::Enum(_) => ("\"\"", 1..1),
        Kind::Message(descriptor) => match WellKnown::of(descriptor) {
            None | Some(WellKnown::Struct) => ("{}", 1..1),
            Some(WellKnown::Any) => ("{\"@type\": \"\"}", 11..11),
            Some(WellKnown::Timestamp | WellKnown::Duration | WellKnown::FieldMask) => ("\"\"", 1..1),
            Some(WellKnown::ListValue) => ("[]", 1..1),
            Some(WellKnown::Value) => ("null", 0..4),
            Some(WellKnown::Wrapper) => wrapped(descriptor).map_or(("null", 0..4), |field| empty_of(&field.kind())),
        },
        _ => ("0", 0..1),
    }
}

/// Its type as the `.proto` file has it.
fn type_of(field: &FieldDescriptor) -> String {
    let kind = field.kind();
    match kind.as_message() {
        Some(entry) if field.is_map() => {
            let (key, value) = (entry.map_entry_key_field().kind(), entry.map_entry_value_field().kind());
            format!("map<{}, {}>", kind_name(&key), kind_name(&value))
        }
        _ if field.is_list() => format!("repeated {}", kind_name(&kind)),
        _ => kind_name(&kind),
    }
}

/// How a name fits what was typed, lower is better: it begins with it, a part of it does, it has it somewhere, it has
/// its letters in order.
fn fit(typed: &str, name: &str) -> Option<(u8, usize)> {
    if name.starts_with(typed) {
        return Some((0, usize::from(!typed.is_empty()) * (name.len() - typed.len())));
    }
    let plain =
        |text: &str| text.chars().filter(|letter| *letter != '_').flat_map(char::to_lowercase).collect::<String>();
    let (wanted, whole) = (plain(typed), plain(name));
    if whole.starts_with(&wanted) {
        return Some((1, whole.len() - wanted.len()));
    }
    if parts(name).any(|part| plain(part).starts_with(&wanted)) {
        return Some((2, whole.len()));
    }
    if let Some(at) = whole.find(&wanted) {
        return Some((3, at));
    }
    let mut rest = whole.chars();
    let mut gaps = 0;
    for letter in wanted.chars() {
        gaps += rest.position(|other| other == letter)?;
    }
    Some((4, gaps))
}

/// What is left of a name from the beginning of each of its words on.
fn parts(name: &str) -> impl Iterator<Item = &str> {
    let mut before = '_';
    name.char_indices().filter_map(move |(at, letter)| {
        let begins = matches!(before, '_' | '.' | '[') || (letter.is_uppercase() && before.is_lowercase());
        before = letter;
        begins.then(|| &name[at..])
    })
}

#[cfg(test)]
mod tests;
