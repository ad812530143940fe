//! ProtoJSON as a message. Goes on after a problem, so that all of them are told at once.
//!
//! Must not know: forms.

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;

use prost::Message as _;
use prost_reflect::{
    DynamicMessage, ExtensionDescriptor, FieldDescriptor, Kind, MapKey, MessageDescriptor, OneofDescriptor, Value,
};

use super::field::MessageField;
use super::json::{self, Member, Node, Position};
use super::well_known::{WellKnown, takes_null};
use super::{Problem, ReadOptions, fast, scalar, suggest, unknown};

/// How deep messages may stand in each other; servers stop at 100.
const DEPTH_LIMIT: usize = 200;

/// Reads `ProtoJSON` as a message.
///
/// # Errors
///
/// Every value that does not fit, with its place.
pub fn read(node: &Node, descriptor: &MessageDescriptor) -> Result<DynamicMessage, Vec<Problem>> {
    read_with(node, descriptor, ReadOptions::default())
}

/// As [`read`], with options.
///
/// # Errors
///
/// Every value that does not fit, with its place.
pub fn read_with(
    node: &Node,
    descriptor: &MessageDescriptor,
    options: ReadOptions<'_>,
) -> Result<DynamicMessage, Vec<Problem>> {
    let mut reader = Reader { options, path: Vec::new(), problems: Vec::new() };
    let message = reader.message(node, descriptor);
    match message {
        Some(message) if reader.problems.is_empty() => Ok(message),
        _ => Err(reader.problems),
    }
}

/// Reads the text of a message; as [`read`] of its tree, but several times as fast where nothing is wrong with it.
///
/// # Errors
///
/// Every value that does not fit, with its place. A text that is no JSON is one problem.
pub fn read_text(text: &str, descriptor: &MessageDescriptor) -> Result<DynamicMessage, Vec<Problem>> {
    read_text_with(text, descriptor, ReadOptions::default())
}

/// As [`read_text`], with options.
///
/// # Errors
///
/// Every value that does not fit, with its place. A text that is no JSON is one problem.
pub fn read_text_with(
    text: &str,
    descriptor: &MessageDescriptor,
    options: ReadOptions<'_>,
) -> Result<DynamicMessage, Vec<Problem>> {
    // What is unknown is left to the reader of the tree.
    if let Some(message) = fast::read_text(text, descriptor, options) {
        return Ok(message);
    }
    let node = json::parse(text).map_err(|error| {
        vec![Problem { path: String::new(), position: Some(error.position), message: error.message }]
    })?;
    read_with(&node, descriptor, options)
}

/// One step of a path.
pub(super) enum Step<'a> {
    Name(&'a str),
    Index(usize),
    Key(&'a str),
    /// In brackets, as the text format has it.
    Extension(&'a str),
}

/// The path as told to the user.
pub(super) fn path_text(steps: &[Step<'_>]) -> String {
    let mut path = String::new();
    for step in steps {
        let dot = if path.is_empty() { "" } else { "." };
        // Writing to a String does not fail.
        let _written = match step {
            Step::Name(name) => write!(path, "{dot}{name}"),
            Step::Extension(name) => write!(path, "{dot}[{name}]"),
            Step::Index(index) => write!(path, "[{index}]"),
            Step::Key(key) => write!(path, "[\"{}\"]", key.escape_debug()),
        };
    }
    path
}

struct Reader<'a> {
    options: ReadOptions<'a>,
    /// Where the reader stands; written out only for a problem.
    path: Vec<Step<'a>>,
    problems: Vec<Problem>,
}

/// The field that a member's name means: its JSON name, its original name, or `[pkg.extension]`.
pub(super) fn field_by_name(descriptor: &MessageDescriptor, name: &str) -> Option<FieldDescriptor> {
    descriptor.get_field_by_json_name(name).or_else(|| descriptor.get_field_by_name(name))
}

/// What to say of a member that no field has.
pub(super) fn unknown_field(descriptor: &MessageDescriptor, name: &str) -> String {
    let fields: Vec<_> = descriptor.fields().collect();
    let names = fields.iter().flat_map(|field| [field.json_name(), field.name()]);
    let meant = suggest::did_you_mean(name, names).map(|name| format!("; did you mean `{name}`?")).unwrap_or_default();
    format!("no field `{name}` in {}{meant}", descriptor.full_name())
}

impl<'a> Reader<'a> {
    fn problem(&mut self, position: Position, message: impl Into<String>) {
        let path = path_text(&self.path);
        let position = (position.line > 0).then_some(position);
        self.problems.push(Problem { path, position, message: message.into() });
    }

    fn message(&mut self, node: &'a Node, descriptor: &MessageDescriptor) -> Option<DynamicMessage> {
        if self.path.len() > DEPTH_LIMIT {
            self.problem(node.position, format!("messages nested more than {DEPTH_LIMIT} deep"));
            return None;
        }
        if let Some(kind) = WellKnown::of(descriptor) {
            return self.well_known(node, descriptor, kind);
        }
        self.plain(node, descriptor)
    }

    fn plain(&mut self, node: &'a Node, descriptor: &MessageDescriptor) -> Option<DynamicMessage> {
        match &node.value {
            json::Value::Object(members) => Some(self.members(members, descriptor, false)),
            other => {
                let found = kind_of(other);
                self.problem(
                    node.position,
                    format!("{found} where an object is expected for {}", descriptor.full_name()),
                );
                None
            }
        }
    }

    fn members(&mut self, members: &'a [Member], descriptor: &MessageDescriptor, in_any: bool) -> DynamicMessage {
        let mut message = DynamicMessage::new(descriptor.clone());
        let mut seen = Seen::default();
        let mut arms: Vec<(OneofDescriptor, &str)> = Vec::new();
        for member in members {
            if in_any && member.name == "@type" {
                continue;
            }
            self.path.push(Step::Name(&member.name));
            if unknown::is_meant(descriptor, member) {
                if let Err((position, problem)) = unknown::put(&member.value, &mut message) {
                    self.problem(position, problem);
                }
            } else {
                self.member(member, descriptor, &mut message, &mut seen, &mut arms);
            }
            self.path.pop();
        }
        message
    }

    fn member(
        &mut self,
        member: &'a Member,
        descriptor: &MessageDescriptor,
        message: &mut DynamicMessage,
        seen: &mut Seen,
        arms: &mut Vec<(OneofDescriptor, &'a str)>,
    ) {
        let target = match field_by_name(descriptor, &member.name) {
            Some(field) => MessageField::Own(field),
            None => {
                if let Some(extension) = extension_by_name(descriptor, &member.name) {
                    MessageField::Extension(extension)
                } else if self.options.ignore_unknown {
                    return;
                } else {
                    // The path leads to the message: the field it would name does not exist.
                    let step = self.path.pop();
                    self.problem(member.position, unknown_field(descriptor, &member.name));
                    self.path.extend(step);
                    return;
                }
            }
        };
        if !seen.insert(target.number()) {
            self.problem(member.position, format!("the field is given twice, here as `{}`", member.name));
            return;
        }
        let kind = target.kind();
        let null = matches!(member.value.value, json::Value::Null);
        if null && (target.is_list() || target.is_map() || !takes_null(&kind)) {
            return;
        }
        if let Some(oneof) = target.containing_oneof() {
            if let Some((_, other)) = arms.iter().find(|(given, _)| *given == oneof) {
                let message = format!("`{other}` is given too, and oneof `{}` holds only one of them", oneof.name());
                self.problem(member.position, message);
                return;
            }
            arms.push((oneof, &member.name));
        }
        let value = if target.is_map() {
            self.map(&member.value, &kind)
        } else if target.is_list() {
            self.list(&member.value, &kind)
        } else {
            self.value(&member.value, &kind)
        };
        let Some(value) = value else { return };
        match &target {
            MessageField::Own(field) => {
                if message.try_set_field(field, value).is_err() {
                    self.problem(member.value.position, "the value does not fit the field");
                }
            }
            MessageField::Extension(extension) => message.set_extension(extension, value),
        }
    }

    fn list(&mut self, node: &'a Node, kind: &Kind) -> Option<Value> {
        let json::Value::Array(elements) = &node.value else {
            self.problem(node.position, format!("{} where an array is expected", kind_of(&node.value)));
            return None;
        };
        let mut values = Vec::with_capacity(elements.len());
        for (index, element) in elements.iter().enumerate() {
            self.path.push(Step::Index(index));
            values.extend(self.element(element, kind));
            self.path.pop();
        }
        Some(Value::List(values))
    }

    fn map(&mut self, node: &'a Node, kind: &Kind) -> Option<Value> {
        let entry = kind.as_message()?;
        let json::Value::Object(members) = &node.value else {
            self.problem(node.position, format!("{} where an object is expected for a map", kind_of(&node.value)));
            return None;
        };
        let (key_kind, value_kind) = (entry.map_entry_key_field().kind(), entry.map_entry_value_field().kind());
        let mut values = HashMap::with_capacity(members.len());
        for member in members {
            self.path.push(Step::Key(&member.name));
            match map_key(&member.name, &key_kind) {
                Ok(key) if values.contains_key(&key) => self.problem(member.position, "the key is given twice"),
                Ok(key) => {
                    if let Some(value) = self.element(&member.value, &value_kind) {
                        values.insert(key, value);
                    }
                }
                Err(problem) => self.problem(member.position, format!("key {problem}")),
            }
            self.path.pop();
        }
        Some(Value::Map(values))
    }

    fn element(&mut self, node: &'a Node, kind: &Kind) -> Option<Value> {
        if matches!(node.value, json::Value::Null) && !takes_null(kind) {
            self.problem(node.position, "null where a value is expected");
            return None;
        }
        self.value(node, kind)
    }

    fn value(&mut self, node: &'a Node, kind: &Kind) -> Option<Value> {
        if let Kind::Message(descriptor) = kind {
            return self.message(node, descriptor).map(Value::Message);
        }
        if self.options.ignore_unknown
            && let (Kind::Enum(descriptor), json::Value::String(name)) = (kind, &node.value)
            && descriptor.get_value_by_name(name).is_none()
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

    fn well_known(
        &mut self,
        node: &'a Node,
        descriptor: &MessageDescriptor,
        kind: WellKnown,
    ) -> Option<DynamicMessage> {
        let field = |name: &str| descriptor.get_field_by_name(name).map(|field| field.kind());
        let set = |fields: Vec<(&str, Value)>| {
            let mut message = DynamicMessage::new(descriptor.clone());
            for (name, value) in fields {
                message.try_set_field_by_name(name, value).ok()?;
            }
            Some(message)
        };
        let moment = |parsed: Result<(i64, i32), String>| {
            parsed.map(|(seconds, nanos)| vec![("seconds", Value::I64(seconds)), ("nanos", Value::I32(nanos))])
        };
        let fields = match (kind, &node.value) {
            (WellKnown::Any, _) => return self.any(node, descriptor),
            (WellKnown::Timestamp, json::Value::String(text)) => moment(scalar::timestamp(text)),
            (WellKnown::Duration, json::Value::String(text)) => moment(scalar::duration(text)),
            (WellKnown::FieldMask, json::Value::String(text)) => scalar::field_mask(text)
                .map(|paths| vec![("paths", Value::List(paths.into_iter().map(Value::String).collect()))]),
            // What the writer falls back to when the value has no text.
            (WellKnown::Timestamp | WellKnown::Duration | WellKnown::FieldMask, json::Value::Object(_)) => {
                return self.plain(node, descriptor);
            }
            (WellKnown::Timestamp, _) => Err("not a time in quotes such as \"2026-01-31T12:00:00Z\"".to_owned()),
            (WellKnown::Duration, _) => Err("not a duration in quotes such as \"1.5s\"".to_owned()),
            (WellKnown::FieldMask, _) => Err("not paths in quotes such as \"name,items.count\"".to_owned()),
            (WellKnown::Wrapper, json::Value::Null) => Err("null where a value is expected".to_owned()),
            (WellKnown::Wrapper, value) => {
                let kind = field("value")?;
                scalar_value(value, &kind).map(|value| vec![("value", value)])
            }
            (WellKnown::Struct, _) => Ok(vec![("fields", self.map(node, &field("fields")?)?)]),
            (WellKnown::ListValue, _) => Ok(vec![("values", self.list(node, &field("values")?)?)]),
            (WellKnown::Value, value) => match value {
                json::Value::Null => Ok(vec![("null_value", Value::EnumNumber(0))]),
                json::Value::Bool(flag) => Ok(vec![("bool_value", Value::Bool(*flag))]),
                json::Value::String(text) => Ok(vec![("string_value", Value::String(text.clone()))]),
                json::Value::Number(text) => {
                    scalar::double(text).map(|number| vec![("number_value", Value::F64(number))])
                }
                json::Value::Array(_) => Ok(vec![("list_value", self.value(node, &field("list_value")?)?)]),
                json::Value::Object(_) => Ok(vec![("struct_value", self.value(node, &field("struct_value")?)?)]),
            },
        };
        match fields {
            Ok(fields) => set(fields),
            Err(problem) => {
                self.problem(node.position, problem);
                None
            }
        }
    }

    fn any(&mut self, node: &'a Node, descriptor: &MessageDescriptor) -> Option<DynamicMessage> {
        let json::Value::Object(members) = &node.value else {
            self.problem(node.position, format!("{} where an object with \"@type\" is expected", kind_of(&node.value)));
            return None;
        };
        let mut message = DynamicMessage::new(descriptor.clone());
        if members.is_empty() {
            return Some(message);
        }
        let mut types = members.iter().filter(|member| member.name == "@type");
        let Some(first) = types.next() else {
            // What the writer falls back to when the URL is none.
            if members.iter().any(|member| member.name == "typeUrl" || member.name == "type_url") {
                return self.plain(node, descriptor);
            }
            self.problem(node.position, "an Any needs \"@type\", such as \"type.googleapis.com/pkg.Message\"");
            return None;
        };
        if let Some(second) = types.next() {
            self.problem(second.position, "\"@type\" is given twice");
            return None;
        }
        let json::Value::String(url) = &first.value.value else {
            self.problem(first.value.position, "\"@type\" must be a string");
            return None;
        };
        let bytes = self.any_bytes(members, &first.value, url, descriptor)?;
        message.try_set_field_by_name("type_url", Value::String(url.clone())).ok()?;
        message.try_set_field_by_name("value", Value::Bytes(bytes.into())).ok()?;
        Some(message)
    }

    /// The encoded message in an `Any`.
    fn any_bytes(
        &mut self,
        members: &'a [Member],
        type_node: &Node,
        url: &str,
        any: &MessageDescriptor,
    ) -> Option<Vec<u8>> {
        let name = url.rsplit('/').next().unwrap_or(url);
        let known = self.options.any_type(any.parent_pool(), name);
        let raw = match members {
            [one, two] => [one, two].into_iter().find(|member| member.name == "value"),
            _ => None,
        };
        let special = known.as_ref().and_then(WellKnown::of);
        let Some(inner) = known else {
            if !url.contains('/') {
                let message =
                    format!("\"@type\" must be a URL such as \"type.googleapis.com/{}\"", name.escape_debug());
                self.problem(type_node.position, message);
                return None;
            }
            if let Some(member) = raw
                && let json::Value::String(text) = &member.value.value
            {
                self.path.push(Step::Name("value"));
                let bytes = scalar::bytes(text).map_err(|problem| self.problem(member.value.position, problem)).ok();
                self.path.pop();
                return bytes;
            }
            self.problem(
                type_node.position,
                format!("the schema has no message `{name}`; without it, give its bytes as \"value\" in base64"),
            );
            return None;
        };
        if special.is_none() {
            // Bytes that do not decode as their type are written raw.
            if field_by_name(&inner, "value").is_none()
                && let Some(Member { value: Node { value: json::Value::String(text), .. }, .. }) = raw
                && let Ok(bytes) = scalar::bytes(text)
            {
                return Some(bytes);
            }
            if self.path.len() > DEPTH_LIMIT {
                self.problem(type_node.position, format!("messages nested more than {DEPTH_LIMIT} deep"));
                return None;
            }
            return Some(self.members(members, &inner, true).encode_to_vec());
        }
        let mut value = None;
        for member in members.iter().filter(|member| member.name != "@type") {
            self.path.push(Step::Name(&member.name));
            if member.name != "value" {
                if !self.options.ignore_unknown {
                    self.problem(member.position, format!("{name} in an Any has only \"@type\" and \"value\""));
                }
            } else if value.is_some() {
                self.problem(member.position, "\"value\" is given twice");
            } else {
                value = Some(self.message(&member.value, &inner));
            }
            self.path.pop();
        }
        // Without a "value" it is the empty message.
        value.unwrap_or_else(|| Some(DynamicMessage::new(inner))).map(|message| message.encode_to_vec())
    }
}

/// The numbers of the fields met so far; low ones, which are nearly all, without allocating.
#[derive(Default)]
pub(super) struct Seen {
    low: u128,
    high: HashSet<u32>,
}

impl Seen {
    /// Whether it was not met before.
    pub(super) fn insert(&mut self, number: u32) -> bool {
        if number >= 128 {
            return self.high.insert(number);
        }
        let bit = 1 << number;
        let new = self.low & bit == 0;
        self.low |= bit;
        new
    }
}

pub(super) fn extension_by_name(descriptor: &MessageDescriptor, name: &str) -> Option<ExtensionDescriptor> {
    if !(name.starts_with('[') && name.ends_with(']')) {
        return None;
    }
    descriptor.get_extension_by_json_name(name)
}

fn kind_of(value: &json::Value) -> &'static str {
    match value {
        json::Value::Null => "null",
        json::Value::Bool(_) => "a boolean",
        json::Value::Number(_) => "a number",
        json::Value::String(_) => "a string",
        json::Value::Array(_) => "an array",
        json::Value::Object(_) => "an object",
    }
}

/// Reads the key of a map, which in JSON is always a string.
pub(super) fn map_key(text: &str, kind: &Kind) -> Result<MapKey, String> {
    match kind {
        Kind::Bool => match text {
            "true" => Ok(MapKey::Bool(true)),
            "false" => Ok(MapKey::Bool(false)),
            _ => Err("must be true or false".to_owned()),
        },
        Kind::String => Ok(MapKey::String(text.to_owned())),
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => scalar::integer(text).map(MapKey::I32),
        Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => scalar::integer(text).map(MapKey::I64),
        Kind::Uint32 | Kind::Fixed32 => scalar::integer(text).map(MapKey::U32),
        Kind::Uint64 | Kind::Fixed64 => scalar::integer(text).map(MapKey::U64),
        _ => Err("of a type that maps do not have".to_owned()),
    }
}

/// Reads a value that is not a message.
pub(super) fn scalar_value(value: &json::Value, kind: &Kind) -> Result<Value, String> {
    use json::Value::{Bool, Null, Number, String as Text};
    let refused = |expected: &str| Err(format!("{} where {expected} is expected", kind_of(value)));
    match (kind, value) {
        (Kind::Bool, Bool(flag)) => Ok(Value::Bool(*flag)),
        (Kind::Bool, _) => refused("true or false"),
        (Kind::Int32 | Kind::Sint32 | Kind::Sfixed32, Number(text) | Text(text)) => {
            scalar::integer(text).map(Value::I32)
        }
        (Kind::Int64 | Kind::Sint64 | Kind::Sfixed64, Number(text) | Text(text)) => {
            scalar::integer(text).map(Value::I64)
        }
        (Kind::Uint32 | Kind::Fixed32, Number(text) | Text(text)) => scalar::integer(text).map(Value::U32),
        (Kind::Uint64 | Kind::Fixed64, Number(text) | Text(text)) => scalar::integer(text).map(Value::U64),
        (Kind::Float, Number(text) | Text(text)) => scalar::float(text).map(Value::F32),
        (Kind::Double, Number(text) | Text(text)) => scalar::double(text).map(Value::F64),
        (Kind::String, Text(text)) => Ok(Value::String(text.clone())),
        (Kind::String, _) => refused("a string"),
        (Kind::Bytes, Text(text)) => scalar::bytes(text).map(|bytes| Value::Bytes(bytes.into())),
        (Kind::Bytes, _) => refused("a string with base64"),
        (Kind::Enum(_), Null) if takes_null(kind) => Ok(Value::EnumNumber(0)),
        (Kind::Enum(descriptor), Text(text)) => scalar::enum_name(text, descriptor).map(Value::EnumNumber),
        (Kind::Enum(descriptor), Number(text)) => scalar::enum_number(text, descriptor).map(Value::EnumNumber),
        (Kind::Enum(descriptor), _) => refused(&format!("a name or number of {}", descriptor.full_name())),
        (Kind::Message(_), _) => refused("a message"),
        _ => refused("a number"),
    }
}
