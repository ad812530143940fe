//! Messages as canonical ProtoJSON. What has no canonical form (an `Any` of an unknown type, a time out of range) is
//! written in a form that the reader takes back, or told of where somebody asks for the canonical form alone.
//!
//! Must not know: forms.

use std::cell::RefCell;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use prost_reflect::{DynamicMessage, Kind, MapKey, ReflectMessage as _, Value};

use super::WriteOptions;
use super::json::{self, Member, Node};
use super::scalar;
use super::unknown;
use super::well_known::{WellKnown, takes_null};

/// How many messages may stand in each other within `Any`s; deeper ones are written as bytes.
const ANY_DEPTH_LIMIT: usize = 16;

/// Writes a message as canonical `ProtoJSON`. An `Any` whose type is unknown is written as its type and raw bytes.
#[must_use]
pub fn write(message: &DynamicMessage, options: WriteOptions) -> Node {
    Writer { options, any_depth: 0, strays: None }.message(message)
}

/// Writes a message as canonical `ProtoJSON` and nothing else.
///
/// # Errors
///
/// The types, each time one is met, whose value has no canonical form: a time or a duration out of range, a path of a
/// field mask that would not read back, an `Any` of an unknown type, a `Value` that is no number.
pub fn write_strict(message: &DynamicMessage, options: WriteOptions) -> Result<Node, Vec<String>> {
    let strays = RefCell::default();
    let node = Writer { options, any_depth: 0, strays: Some(&strays) }.message(message);
    let strays = strays.into_inner();
    if strays.is_empty() { Ok(node) } else { Err(strays) }
}

/// Writes one value of that kind.
pub(super) fn value(value: &Value, kind: &Kind) -> Node {
    Writer { options: WriteOptions::default(), any_depth: 0, strays: None }.value(value, kind)
}

#[derive(Clone, Copy)]
struct Writer<'a> {
    options: WriteOptions,
    any_depth: usize,
    /// The types of values without a canonical form, where they are wanted.
    strays: Option<&'a RefCell<Vec<String>>>,
}

impl Writer<'_> {
    fn message(self, message: &DynamicMessage) -> Node {
        if let Some(kind) = WellKnown::of(&message.descriptor()) {
            if let Some(node) = self.well_known(message, kind) {
                return node;
            }
            self.stray(message);
        }
        Node::new(json::Value::Object(self.fields(message)))
    }

    /// Takes note of a message that has no canonical form.
    fn stray(self, message: &DynamicMessage) {
        if let Some(strays) = self.strays {
            strays.borrow_mut().push(message.descriptor().full_name().to_owned());
        }
    }

    fn fields(self, message: &DynamicMessage) -> Vec<Member> {
        let mut members = Vec::new();
        if self.options.emit_defaults {
            for field in message.descriptor().fields() {
                if message.has_field(&field) || !field.supports_presence() {
                    let value = message.get_field(&field);
                    members.push(Member::new(field.json_name(), self.value(&value, &field.kind())));
                }
            }
        } else {
            for (field, value) in message.fields() {
                members.push(Member::new(field.json_name(), self.value(value, &field.kind())));
            }
        }
        for (extension, value) in message.extensions() {
            members.push(Member::new(extension.json_name(), self.value(value, &extension.kind())));
        }
        if self.options.unknown_fields {
            members.extend(unknown::member(message));
        }
        members
    }

    fn value(self, value: &Value, kind: &Kind) -> Node {
        let text = |text: String| json::Value::String(text);
        Node::new(match value {
            Value::Bool(value) => json::Value::Bool(*value),
            Value::I32(value) => json::Value::Number(value.to_string()),
            Value::U32(value) => json::Value::Number(value.to_string()),
            Value::I64(value) => text(value.to_string()),
            Value::U64(value) => text(value.to_string()),
            Value::F32(value) => float(f64::from(*value), scalar::float_text(f64::from(*value), value, value)),
            Value::F64(value) => float(*value, scalar::float_text(*value, value, value)),
            Value::String(value) => text(value.clone()),
            Value::Bytes(value) => text(BASE64_STANDARD.encode(value)),
            Value::EnumNumber(number) => match kind {
                Kind::Enum(_) if takes_null(kind) && *number == 0 => json::Value::Null,
                Kind::Enum(descriptor) => match descriptor.get_value(*number) {
                    Some(value) => text(value.name().to_owned()),
                    None => json::Value::Number(number.to_string()),
                },
                _ => json::Value::Number(number.to_string()),
            },
            Value::Message(message) => return self.message(message),
            Value::List(elements) => {
                json::Value::Array(elements.iter().map(|element| self.value(element, kind)).collect())
            }
            Value::Map(entries) => {
                let value_kind = kind.as_message().filter(|entry| entry.is_map_entry());
                let value_kind = value_kind.map_or_else(|| kind.clone(), |entry| entry.map_entry_value_field().kind());
                // The map has no order of its own; by key, the same message is always the same text.
                let mut entries: Vec<_> = entries.iter().collect();
                entries.sort_unstable_by_key(|&(key, _)| key);
                let member = |(key, value)| Member::new(key_text(key), self.value(value, &value_kind));
                json::Value::Object(entries.into_iter().map(member).collect())
            }
        })
    }

    /// The JSON form of a well-known type; `None` where it has none for this value.
    fn well_known(self, message: &DynamicMessage, kind: WellKnown) -> Option<Node> {
        let field = |name| message.get_field_by_name(name);
        let value = match kind {
            WellKnown::Timestamp => {
                let text = scalar::timestamp_text(field("seconds")?.as_i64()?, field("nanos")?.as_i32()?)?;
                json::Value::String(text)
            }
            WellKnown::Duration => {
                let text = scalar::duration_text(field("seconds")?.as_i64()?, field("nanos")?.as_i32()?)?;
                json::Value::String(text)
            }
            WellKnown::FieldMask => {
                let paths = field("paths")?;
                json::Value::String(scalar::field_mask_text(paths.as_list()?.iter().filter_map(Value::as_str))?)
            }
            WellKnown::Wrapper => {
                let field = message.descriptor().get_field_by_name("value")?;
                return Some(self.value(&message.get_field(&field), &field.kind()));
            }
            WellKnown::Struct => {
                let field = message.descriptor().get_field_by_name("fields")?;
                return Some(self.value(&message.get_field(&field), &field.kind()));
            }
            WellKnown::ListValue => {
                let field = message.descriptor().get_field_by_name("values")?;
                return Some(self.value(&message.get_field(&field), &field.kind()));
            }
            WellKnown::Value => match message.fields().next() {
                Some((field, value)) => {
                    if value.as_f64().is_some_and(|number| !number.is_finite()) {
                        self.stray(message);
                    }
                    return Some(self.value(value, &field.kind()));
                }
                None => json::Value::Null,
            },
            WellKnown::Any => json::Value::Object(self.any(message)?),
        };
        Some(Node::new(value))
    }

    fn any(self, message: &DynamicMessage) -> Option<Vec<Member>> {
        let url = message.get_field_by_name("type_url")?;
        let url = url.as_str()?;
        let bytes = message.get_field_by_name("value")?;
        let bytes = bytes.as_bytes()?;
        if url.is_empty() && bytes.is_empty() {
            return Some(Vec::new());
        }
        let text = |text: String| Node::new(json::Value::String(text));
        let name = url.rsplit('/').next().unwrap_or(url);
        let descriptor = message.descriptor().parent_pool().get_message_by_name(name);
        let inner = descriptor
            .filter(|descriptor| self.any_depth < ANY_DEPTH_LIMIT && !descriptor.is_map_entry())
            .and_then(|descriptor| DynamicMessage::decode(descriptor, bytes.clone()).ok());
        let writer = Self { any_depth: self.any_depth + 1, ..self };
        let mut members = vec![Member::new("@type", text(url.to_owned()))];
        match inner {
            Some(inner) if WellKnown::of(&inner.descriptor()).is_some() => {
                members.push(Member::new("value", writer.message(&inner)));
            }
            Some(inner) => members.extend(writer.fields(&inner)),
            None => {
                self.stray(message);
                // Without a URL it is written field by field, since a type must be one.
                let name = if url.contains('/') { "@type" } else { "typeUrl" };
                members = vec![
                    Member::new(name, text(url.to_owned())),
                    Member::new("value", text(BASE64_STANDARD.encode(bytes))),
                ];
            }
        }
        Some(members)
    }
}

fn float(number: f64, text: Option<String>) -> json::Value {
    match text {
        Some(text) => json::Value::Number(text),
        None if number.is_nan() => json::Value::String("NaN".to_owned()),
        None if number > 0.0 => json::Value::String("Infinity".to_owned()),
        None => json::Value::String("-Infinity".to_owned()),
    }
}

fn key_text(key: &MapKey) -> String {
    match key {
        MapKey::Bool(key) => key.to_string(),
        MapKey::I32(key) => key.to_string(),
        MapKey::I64(key) => key.to_string(),
        MapKey::U32(key) => key.to_string(),
        MapKey::U64(key) => key.to_string(),
        MapKey::String(key) => key.clone(),
    }
}
