//! Messages as canonical ProtoJSON. What has no canonical form (an `Any` of an unknown type, a time out of range) is
//! written in a form that the reader takes back, or told of where somebody asks for the canonical form alone.
//!
//! Must not know: forms.

mod sink;

use std::cell::RefCell;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MapKey, ReflectMessage as _, Value};

use self::sink::{NodeSink, Sink, TextSink};
use super::WriteOptions;
use super::json::{self, Node};
use super::scalar;
use super::unknown;
use super::well_known::{WellKnown, takes_null};

/// How many messages may stand in each other within `Any`s; deeper ones are written as bytes.
const ANY_DEPTH_LIMIT: usize = 16;

/// Writes a message as canonical `ProtoJSON`. An `Any` whose type is unknown is written as its type and raw bytes.
#[must_use]
pub fn write(message: &DynamicMessage, options: WriteOptions<'_>) -> Node {
    let mut sink = NodeSink::default();
    Writer::new(options, &mut sink).message(message);
    sink.into_node()
}

/// The text of [`write()`], with two-space indent, made without the tree.
#[must_use]
pub fn write_pretty(message: &DynamicMessage, options: WriteOptions<'_>) -> String {
    let mut sink = TextSink::new(true);
    Writer::new(options, &mut sink).message(message);
    sink.into_text()
}

/// The text of [`write()`], on one line, made without the tree.
#[must_use]
pub fn write_line(message: &DynamicMessage, options: WriteOptions<'_>) -> String {
    let mut sink = TextSink::new(false);
    Writer::new(options, &mut sink).message(message);
    sink.into_text()
}

/// Writes a message as canonical `ProtoJSON` and nothing else.
///
/// # Errors
///
/// The types, each time one is met, whose value has no canonical form: a time or a duration out of range, a path of a
/// field mask that would not read back, an `Any` of an unknown type, a `Value` that is no number.
pub fn write_strict(message: &DynamicMessage, options: WriteOptions<'_>) -> Result<Node, Vec<String>> {
    let strays = RefCell::default();
    let mut sink = NodeSink::default();
    Writer { strays: Some(&strays), ..Writer::new(options, &mut sink) }.message(message);
    let strays = strays.into_inner();
    if strays.is_empty() { Ok(sink.into_node()) } else { Err(strays) }
}

/// Writes one value of that kind.
pub(super) fn value(value: &Value, kind: &Kind) -> Node {
    let mut sink = NodeSink::default();
    Writer::new(WriteOptions::default(), &mut sink).value(value, kind);
    sink.into_node()
}

struct Writer<'a, S> {
    options: WriteOptions<'a>,
    any_depth: usize,
    /// The types of values without a canonical form, where they are wanted.
    strays: Option<&'a RefCell<Vec<String>>>,
    out: &'a mut S,
}

impl<'a, S: Sink> Writer<'a, S> {
    fn new(options: WriteOptions<'a>, out: &'a mut S) -> Self {
        Self { options, any_depth: 0, strays: None, out }
    }

    fn message(&mut self, message: &DynamicMessage) {
        if let Some(kind) = WellKnown::of(&message.descriptor()) {
            if self.well_known(message, kind).is_some() {
                return;
            }
            self.stray(message);
        }
        self.out.open_object();
        self.fields(message);
        self.out.close_object();
    }

    /// Takes note of a message that has no canonical form.
    fn stray(&self, message: &DynamicMessage) {
        if let Some(strays) = self.strays {
            strays.borrow_mut().push(message.descriptor().full_name().to_owned());
        }
    }

    fn fields(&mut self, message: &DynamicMessage) {
        if self.options.emit_defaults {
            for field in message.descriptor().fields() {
                if message.has_field(&field) || !field.supports_presence() {
                    self.name(&field);
                    self.value(&message.get_field(&field), &field.kind());
                }
            }
        } else {
            for (field, value) in message.fields() {
                self.name(&field);
                self.value(value, &field.kind());
            }
        }
        for (extension, value) in message.extensions() {
            self.out.name(extension.json_name());
            self.value(value, &extension.kind());
        }
        if self.options.unknown_fields
            && let Some(member) = unknown::member(message)
        {
            self.out.name(&member.name);
            self.node(&member.value);
        }
    }

    /// A value that is a tree already.
    fn node(&mut self, node: &Node) {
        match &node.value {
            json::Value::Null => self.out.null(),
            json::Value::Bool(flag) => self.out.bool(*flag),
            json::Value::Number(number) => self.out.number(number),
            json::Value::String(text) => self.out.string(text),
            json::Value::Array(elements) => {
                self.out.open_array();
                for element in elements {
                    self.node(element);
                }
                self.out.close_array();
            }
            json::Value::Object(members) => {
                self.out.open_object();
                for member in members {
                    self.out.name(&member.name);
                    self.node(&member.value);
                }
                self.out.close_object();
            }
        }
    }

    fn name(&mut self, field: &FieldDescriptor) {
        self.out.name(if self.options.proto_names { field.name() } else { field.json_name() });
    }

    fn value(&mut self, value: &Value, kind: &Kind) {
        match value {
            Value::Bool(value) => self.out.bool(*value),
            Value::I32(value) => self.out.number(value),
            Value::U32(value) => self.out.number(value),
            Value::I64(value) => self.out.quoted(value),
            Value::U64(value) => self.out.quoted(value),
            Value::F32(value) if value.is_finite() => {
                self.out.number(scalar::shortest(zmij::Buffer::new().format_finite(*value)));
            }
            Value::F64(value) if value.is_finite() => {
                self.out.number(scalar::shortest(zmij::Buffer::new().format_finite(*value)));
            }
            Value::F32(value) => self.out.string(infinite(f64::from(*value))),
            Value::F64(value) => self.out.string(infinite(*value)),
            Value::String(value) => self.out.string(value),
            Value::Bytes(value) => self.out.string(&BASE64_STANDARD.encode(value)),
            Value::EnumNumber(number) => match kind {
                Kind::Enum(_) if takes_null(kind) && *number == 0 => self.out.null(),
                Kind::Enum(descriptor) if !self.options.enum_numbers => match descriptor.get_value(*number) {
                    Some(value) => self.out.string(value.name()),
                    None => self.out.number(number),
                },
                _ => self.out.number(number),
            },
            Value::Message(message) => self.message(message),
            Value::List(elements) => {
                self.out.open_array();
                for element in elements {
                    self.value(element, kind);
                }
                self.out.close_array();
            }
            Value::Map(entries) => {
                let value_kind = kind.as_message().filter(|entry| entry.is_map_entry());
                let value_kind = value_kind.map_or_else(|| kind.clone(), |entry| entry.map_entry_value_field().kind());
                // The map has no order of its own; by key, the same message is always the same text.
                let mut entries: Vec<_> = entries.iter().collect();
                entries.sort_unstable_by_key(|&(key, _)| key);
                self.out.open_object();
                for (key, value) in entries {
                    self.key(key);
                    self.value(value, &value_kind);
                }
                self.out.close_object();
            }
        }
    }

    fn key(&mut self, key: &MapKey) {
        match key {
            MapKey::Bool(key) => self.out.name(if *key { "true" } else { "false" }),
            MapKey::I32(key) => self.out.name(&key.to_string()),
            MapKey::I64(key) => self.out.name(&key.to_string()),
            MapKey::U32(key) => self.out.name(&key.to_string()),
            MapKey::U64(key) => self.out.name(&key.to_string()),
            MapKey::String(key) => self.out.name(key),
        }
    }

    /// The JSON form of a well-known type; `None`, and nothing written, where it has none for this value.
    fn well_known(&mut self, message: &DynamicMessage, kind: WellKnown) -> Option<()> {
        let field = |name| message.get_field_by_name(name);
        match kind {
            WellKnown::Timestamp => {
                let text = scalar::timestamp_text(field("seconds")?.as_i64()?, field("nanos")?.as_i32()?)?;
                self.out.string(&text);
            }
            WellKnown::Duration => {
                let text = scalar::duration_text(field("seconds")?.as_i64()?, field("nanos")?.as_i32()?)?;
                self.out.string(&text);
            }
            WellKnown::FieldMask => {
                let paths = field("paths")?;
                let text = scalar::field_mask_text(paths.as_list()?.iter().filter_map(Value::as_str))?;
                self.out.string(&text);
            }
            WellKnown::Wrapper => self.inner(message, "value")?,
            WellKnown::Struct => self.inner(message, "fields")?,
            WellKnown::ListValue => self.inner(message, "values")?,
            WellKnown::Value => match message.fields().next() {
                Some((field, value)) => {
                    if value.as_f64().is_some_and(|number| !number.is_finite()) {
                        self.stray(message);
                    }
                    self.value(value, &field.kind());
                }
                None => self.out.null(),
            },
            WellKnown::Any => self.any(message)?,
        }
        Some(())
    }

    /// The message's one field in the place of the message.
    fn inner(&mut self, message: &DynamicMessage, name: &str) -> Option<()> {
        let field = message.descriptor().get_field_by_name(name)?;
        self.value(&message.get_field(&field), &field.kind());
        Some(())
    }

    fn any(&mut self, message: &DynamicMessage) -> Option<()> {
        let url = message.get_field_by_name("type_url")?;
        let url = url.as_str()?;
        let bytes = message.get_field_by_name("value")?;
        let bytes = bytes.as_bytes()?;
        self.out.open_object();
        if !url.is_empty() || !bytes.is_empty() {
            let is_near = self.any_depth < ANY_DEPTH_LIMIT;
            let inner = Some(message.descriptor())
                .filter(|_| is_near)
                .and_then(|any| self.options.any_type(any.parent_pool(), url))
                .and_then(|descriptor| DynamicMessage::decode(descriptor, bytes.clone()).ok());
            if let Some(inner) = inner {
                self.out.name("@type");
                self.out.string(url);
                self.any_depth += 1;
                if WellKnown::of(&inner.descriptor()).is_some() {
                    self.out.name("value");
                    self.message(&inner);
                } else {
                    self.fields(&inner);
                }
                self.any_depth -= 1;
            } else {
                self.stray(message);
                // Without a URL it is written field by field, since a type must be one.
                self.out.name(match (url.contains('/'), self.options.proto_names) {
                    (true, _) => "@type",
                    (false, true) => "type_url",
                    (false, false) => "typeUrl",
                });
                self.out.string(url);
                self.out.name("value");
                self.out.string(&BASE64_STANDARD.encode(bytes));
            }
        }
        self.out.close_object();
        Some(())
    }
}

fn infinite(number: f64) -> &'static str {
    match number {
        _ if number.is_nan() => "NaN",
        _ if number > 0.0 => "Infinity",
        _ => "-Infinity",
    }
}
