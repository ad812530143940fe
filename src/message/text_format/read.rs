//! A text in the text format as a message. A text of the right grammar is read to its end, so that all that does not fit
//! is told at once.
//!
//! Must not know: the grammar.

use std::collections::HashMap;

use prost::Message as _;
use prost_reflect::{
    DynamicMessage, EnumDescriptor, ExtensionDescriptor, FieldDescriptor, Kind, MapKey, MessageDescriptor,
    OneofDescriptor, ReflectMessage as _, Syntax, Value,
};

use super::super::json::Position;
use super::super::read::{Seen, Step, path_text};
use super::super::scalar::{self, Bounded};
use super::super::well_known::WellKnown;
use super::super::{Problem, suggest};
use super::{Entry, Name, Node, ReadOptions, Tree, find_type, is_group_like, number, numbered, parse};

/// Reads a text as a message. Comments are read over; an empty text is a message without fields. Fields that the type
/// does not have may stand by their numbers, as `write` writes them; reserved names are passed over, as C++ and
/// Go do.
///
/// # Errors
///
/// Where the text breaks the grammar, that one place; otherwise every value that does not fit.
pub fn read(text: &str, descriptor: &MessageDescriptor) -> Result<DynamicMessage, Vec<Problem>> {
    read_with(text, descriptor, ReadOptions::default())
}

/// As [`read`], with options.
///
/// # Errors
///
/// As [`read`].
pub fn read_with(
    text: &str,
    descriptor: &MessageDescriptor,
    options: ReadOptions<'_>,
) -> Result<DynamicMessage, Vec<Problem>> {
    let entries = parse::parse(text).map_err(|problem| vec![problem])?;
    let mut reader = Reader { options, path: Vec::new(), problems: Vec::new() };
    let message = reader.message(&entries, descriptor);
    if reader.problems.is_empty() { Ok(message) } else { Err(reader.problems) }
}

struct Reader<'a> {
    options: ReadOptions<'a>,
    /// Where the reader stands; written out only for a problem.
    path: Vec<Step<'a>>,
    problems: Vec<Problem>,
}

/// A field or an extension.
enum Target {
    Field(FieldDescriptor),
    Extension(ExtensionDescriptor),
}

/// What is known of a message while its fields are read.
#[derive(Default)]
struct Given<'a> {
    seen: Seen,
    arms: Vec<(OneofDescriptor, &'a str)>,
}

impl<'a> Reader<'a> {
    fn problem(&mut self, position: Position, message: impl Into<String>) {
        let path = path_text(&self.path);
        self.problems.push(Problem { path, position: Some(position), message: message.into() });
    }

    fn message(&mut self, entries: &'a [Entry], descriptor: &MessageDescriptor) -> DynamicMessage {
        let mut message = DynamicMessage::new(descriptor.clone());
        let mut given = Given::default();
        for entry in entries {
            if let Name::Any(url) = &entry.name {
                self.any(entry, url, entries.len(), &mut message);
                continue;
            }
            if let Name::Number(number) = &entry.name
                && descriptor.get_field(*number).is_none()
                && descriptor.get_extension(*number).is_none()
            {
                self.numbered(entry, *number, &mut message);
                continue;
            }
            let target = match self.target(entry, descriptor) {
                Ok(target) => target,
                Err(problem) => {
                    if let Some(problem) = problem {
                        self.problem(entry.position, problem);
                    }
                    continue;
                }
            };
            let (name, step) = match &entry.name {
                Name::Field(name) => (name.as_str(), Step::Name(name)),
                Name::Extension(name) | Name::Any(name) => (name.as_str(), Step::Extension(name)),
                Name::Number(_) => continue,
            };
            self.path.push(step);
            self.field(entry, name, &target, &mut message, &mut given);
            self.path.pop();
        }
        message
    }

    /// What a name means; an error without text is passed over.
    fn target(&self, entry: &Entry, descriptor: &MessageDescriptor) -> Result<Target, Option<String>> {
        let unknown = |message: String| Err((!self.options.ignore_unknown).then_some(message));
        match &entry.name {
            Name::Field(name) => match field_by_name(descriptor, name) {
                Some(field) => Ok(Target::Field(field)),
                // It was a field once; C++ and Go pass over it too.
                None if descriptor.reserved_names().any(|reserved| reserved == name) => Err(None),
                None => unknown(unknown_field(descriptor, name)),
            },
            Name::Extension(name) => {
                if let Some(extension) = descriptor.get_extension_by_full_name(name) {
                    return Ok(Target::Extension(extension));
                }
                let known: Vec<_> = descriptor.extensions().collect();
                let meant = suggest::did_you_mean(name, known.iter().map(ExtensionDescriptor::full_name));
                let meant = meant.map(|name| format!("; did you mean `[{name}]`?")).unwrap_or_default();
                unknown(format!("no extension `{name}` of {}{meant}", descriptor.full_name()))
            }
            Name::Number(number) => {
                let field = descriptor.get_field(*number).map(|field| field.name().to_owned());
                let extension = || descriptor.get_extension(*number).map(|field| format!("[{}]", field.full_name()));
                let name = field.or_else(extension).unwrap_or_default();
                Err(Some(format!("fields that are known are given by name: write `{name}` for {number}")))
            }
            Name::Any(_) => Err(None),
        }
    }

    /// A field that the type does not have, by its number.
    fn numbered(&mut self, entry: &Entry, number: u32, message: &mut DynamicMessage) {
        let mut bytes = Vec::new();
        if !numbered::is_number(number) {
            self.problem(entry.position, format!("{number} is no field number"));
        } else if let Err((position, problem)) = numbered::encode(number, &entry.value, &mut bytes) {
            self.problem(position, format!("field {number}: {problem}"));
        } else if message.merge(bytes.as_slice()).is_err() {
            self.problem(entry.position, format!("field {number} does not fit"));
        }
    }

    /// `[type.googleapis.com/pkg.Message] { }`
    fn any(&mut self, entry: &'a Entry, url: &'a str, count: usize, message: &mut DynamicMessage) {
        let descriptor = message.descriptor();
        if WellKnown::of(&descriptor) != Some(WellKnown::Any) {
            let name = descriptor.full_name();
            self.problem(entry.position, format!("a type in brackets is for a google.protobuf.Any, not for a {name}"));
            return;
        }
        if count > 1 {
            self.problem(entry.position, "an Any has either one type in brackets, or a type_url and a value");
            return;
        }
        let name = url.rsplit('/').next().unwrap_or(url);
        let Some(inner) = find_type(descriptor.parent_pool(), self.options.types, name) else {
            self.problem(
                entry.position,
                format!(
                    "the schema has no message `{name}`; without it, give its bytes: type_url: \"{url}\" value: \"...\""
                ),
            );
            return;
        };
        self.path.push(Step::Extension(url));
        match &entry.value.value {
            Tree::Message(entries) => {
                let bytes = self.message(entries, &inner).encode_to_vec();
                let set = message
                    .try_set_field_by_name("type_url", Value::String(url.to_owned()))
                    .and_then(|()| message.try_set_field_by_name("value", Value::Bytes(bytes.into())));
                if set.is_err() {
                    self.problem(entry.position, "the schema has another kind of Any");
                }
            }
            other => self.problem(entry.value.position, format!("{} where a message is expected", kind_of(other))),
        }
        self.path.pop();
    }

    fn field(
        &mut self,
        entry: &'a Entry,
        name: &'a str,
        target: &Target,
        message: &mut DynamicMessage,
        given: &mut Given<'a>,
    ) {
        let (kind, is_list, is_map, number) = match target {
            Target::Field(field) => (field.kind(), field.is_list(), field.is_map(), field.number()),
            Target::Extension(extension) => {
                (extension.kind(), extension.is_list(), extension.is_map(), extension.number())
            }
        };
        if is_list || is_map {
            let held = match target {
                Target::Field(field) => message.get_field_mut(field),
                Target::Extension(extension) => message.get_extension_mut(extension),
            };
            match held {
                Value::List(values) => self.elements(&entry.value, &kind, values),
                Value::Map(values) => {
                    if let Some(entry_type) = kind.as_message() {
                        self.map_entries(&entry.value, entry_type, values);
                    }
                }
                _ => {}
            }
            return;
        }
        if !given.seen.insert(number) {
            self.problem(entry.position, "the field is given twice, and holds one value");
            return;
        }
        if let Target::Field(field) = target
            && let Some(oneof) = field.containing_oneof()
        {
            if let Some((_, other)) = given.arms.iter().find(|(held, _)| *held == oneof) {
                let told = format!("`{other}` is given too, and oneof `{}` holds only one of them", oneof.name());
                self.problem(entry.position, told);
                return;
            }
            given.arms.push((oneof, name));
        }
        let Some(value) = self.value(&entry.value, &kind) else { return };
        match target {
            Target::Field(field) => {
                if message.try_set_field(field, value).is_err() {
                    self.problem(entry.value.position, "the value does not fit the field");
                }
            }
            Target::Extension(extension) => message.set_extension(extension, value),
        }
    }

    fn elements(&mut self, node: &'a Node, kind: &Kind, values: &mut Vec<Value>) {
        for node in each(node) {
            self.path.push(Step::Index(values.len()));
            values.extend(self.value(node, kind));
            self.path.pop();
        }
    }

    fn map_entries(&mut self, node: &'a Node, entry_type: &MessageDescriptor, values: &mut HashMap<MapKey, Value>) {
        let (key_field, value_field) = (entry_type.map_entry_key_field(), entry_type.map_entry_value_field());
        for node in each(node) {
            let Tree::Message(entries) = &node.value else {
                let found = kind_of(&node.value);
                self.problem(node.position, format!("{found} where `{{ key: value: }}` is expected for a map"));
                continue;
            };
            self.path.push(Step::Index(values.len()));
            let entry = self.message(entries, entry_type);
            match entry.get_field(&key_field).into_owned().into_map_key() {
                // Of a key given twice the last counts, as it does on the wire.
                Some(key) => {
                    values.insert(key, entry.get_field(&value_field).into_owned());
                }
                None => self.problem(node.position, "a key of a type that maps do not have"),
            }
            self.path.pop();
        }
    }

    fn value(&mut self, node: &'a Node, kind: &Kind) -> Option<Value> {
        if let (Kind::Message(descriptor), Tree::Message(entries)) = (kind, &node.value) {
            return Some(Value::Message(self.message(entries, descriptor)));
        }
        if self.options.ignore_unknown
            && let (Kind::Enum(descriptor), Tree::Word { negative: false, text }) = (kind, &node.value)
            && descriptor.get_value_by_name(text).is_none()
        {
            return None;
        }
        match scalar_value(&node.value, kind) {
            Ok(value) => Some(value),
            Err(problem) => {
                self.problem(node.position, problem);
                None
            }
        }
    }
}

/// The elements of a list, or the one value that is no list.
fn each(node: &Node) -> &[Node] {
    match &node.value {
        Tree::List(elements) => elements,
        _ => std::slice::from_ref(node),
    }
}

/// The field that a name means. A group is called by its type, or by its name, which is the type's in lower case.
fn field_by_name(descriptor: &MessageDescriptor, name: &str) -> Option<FieldDescriptor> {
    descriptor.get_field_by_name(name).or_else(|| {
        let field = descriptor.get_field_by_name(&name.to_lowercase())?;
        let kind = field.kind();
        let group = kind.as_message().filter(|group| group.name() == name)?;
        is_group_like(&field, group).then_some(field)
    })
}

fn unknown_field(descriptor: &MessageDescriptor, name: &str) -> String {
    let fields: Vec<_> = descriptor.fields().collect();
    let meant = suggest::did_you_mean(name, fields.iter().map(FieldDescriptor::name));
    let meant = meant.map(|name| format!("; did you mean `{name}`?")).unwrap_or_default();
    format!("no field `{name}` in {}{meant}", descriptor.full_name())
}

fn kind_of(tree: &Tree) -> String {
    match tree {
        Tree::Word { negative, text } => format!("`{}{text}`", if *negative { "-" } else { "" }),
        Tree::Number { .. } => "a number".to_owned(),
        Tree::String(_) => "a string".to_owned(),
        Tree::Message(_) => "a message".to_owned(),
        Tree::List(_) => "a list".to_owned(),
    }
}

/// Reads a value that is not a message.
fn scalar_value(tree: &Tree, kind: &Kind) -> Result<Value, String> {
    match kind {
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => integer(tree).map(Value::I32),
        Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => integer(tree).map(Value::I64),
        Kind::Uint32 | Kind::Fixed32 => integer(tree).map(Value::U32),
        Kind::Uint64 | Kind::Fixed64 => integer(tree).map(Value::U64),
        Kind::Float => float(tree).map(Value::F32),
        Kind::Double => float(tree).map(Value::F64),
        Kind::Bool => match tree {
            Tree::Word { negative: false, text } => match text.as_str() {
                "true" | "True" | "t" => Some(true),
                "false" | "False" | "f" => Some(false),
                _ => None,
            },
            Tree::Number { negative: false, text } => match number::whole(false, text) {
                Some(0) => Some(false),
                Some(1) => Some(true),
                _ => None,
            },
            _ => None,
        }
        .map(Value::Bool)
        .ok_or_else(|| refused(tree, "true or false")),
        Kind::String => match tree {
            Tree::String(bytes) => String::from_utf8(bytes.clone()).map(Value::String).map_err(|error| {
                let at = error.utf8_error().valid_up_to();
                format!("not UTF-8 from its byte {} on, as a string must be; bytes need not", at + 1)
            }),
            _ => Err(refused(tree, "a string in quotes")),
        },
        Kind::Bytes => match tree {
            Tree::String(bytes) => Ok(Value::Bytes(bytes.clone().into())),
            _ => Err(refused(tree, "a string in quotes")),
        },
        Kind::Enum(descriptor) => match tree {
            Tree::Word { negative: false, text } => scalar::enum_name(text, descriptor),
            Tree::Number { .. } => enum_number(tree, descriptor),
            _ => Err(refused(tree, &format!("a name or number of {}", descriptor.full_name()))),
        }
        .map(Value::EnumNumber),
        Kind::Message(descriptor) => Err(refused(tree, &format!("`{{ }}` for {}", descriptor.full_name()))),
    }
}

fn enum_number(tree: &Tree, descriptor: &EnumDescriptor) -> Result<i32, String> {
    let number = integer(tree).map_err(|problem| format!("{problem}, or a name of {}", descriptor.full_name()))?;
    if is_closed(descriptor) && descriptor.get_value(number).is_none() {
        return Err(format!("{} is closed and has no value {number}", descriptor.full_name()));
    }
    Ok(number)
}

/// Whether an enum has no other numbers than those with a name: those of proto2, and where an edition says so.
fn is_closed(descriptor: &EnumDescriptor) -> bool {
    const CLOSED: i32 = 2;
    let said = |options: DynamicMessage| {
        let features = options.get_field_by_name("features")?;
        let features = features.as_message()?;
        features.has_field_by_name("enum_type").then(|| features.get_field_by_name("enum_type")?.as_enum_number())?
    };
    let file = descriptor.parent_file();
    let said = said(descriptor.options()).or_else(|| said(file.options()));
    said.map_or(file.syntax() == Syntax::Proto2, |kind| kind == CLOSED)
}

fn refused(tree: &Tree, expected: &str) -> String {
    format!("{} where {expected} is expected", kind_of(tree))
}

fn integer<T: TryFrom<i128> + Bounded>(tree: &Tree) -> Result<T, String> {
    let Tree::Number { negative, text } = tree else { return Err(refused(tree, "a whole number")) };
    let value = number::whole(*negative, text).filter(|value| !(*negative && *value == 0 && T::LEAST == 0));
    let value = value.and_then(|value| T::try_from(value).ok());
    value.ok_or_else(|| format!("not a whole number from {} to {}", T::LEAST, T::MOST))
}

fn float<T: std::str::FromStr>(tree: &Tree) -> Result<T, String> {
    let refused = || refused(tree, "a number, `inf` or `nan`");
    let text = match tree {
        Tree::Word { negative, text } => {
            let sign = if *negative { "-" } else { "" };
            match text.to_ascii_lowercase().as_str() {
                "inf" | "infinity" => format!("{sign}inf"),
                // It has no sign that counts.
                "nan" => "nan".to_owned(),
                _ => return Err(refused()),
            }
        }
        Tree::Number { negative, text } => number::decimal(*negative, text)
            .ok_or_else(|| "octal and hexadecimal numbers are for whole numbers only".to_owned())?,
        _ => return Err(refused()),
    };
    text.parse().map_err(|_not_a_number: T::Err| refused())
}
