//! A message in the text format, as protoc's `TextFormat` writes it: one field to a line in the order of their numbers,
//! indented by two spaces, maps by their keys.
//!
//! Must not know: how the text format is read.

use std::fmt::Write as _;

use prost_reflect::{DynamicMessage, Kind, ReflectMessage as _, Value};

use super::super::well_known::WellKnown;
use super::super::wire::{self, BytesGuess, VarintGuess, View};
use super::{WriteOptions, find_type, is_group_like, number, string};

/// How many messages may stand in each other within `Any`s; deeper ones are written as bytes.
const ANY_DEPTH_LIMIT: usize = 16;
/// How deep bytes of an unknown field are taken for messages, as protoc does.
const UNKNOWN_DEPTH_LIMIT: usize = 10;

/// Writes a message; each line ends with a line break, an empty message is an empty text.
#[must_use]
pub fn write(message: &DynamicMessage, options: WriteOptions<'_>) -> String {
    let mut writer = Writer { out: String::new(), options, level: 0, any_depth: 0 };
    writer.message(message);
    writer.out
}

/// Writes what stands in the bytes of a message of unknown type, as `protoc --decode_raw` does, but each field with what
/// else it may mean in a comment, and a text as a text also where it reads as a message. Where the bytes break off a
/// comment says so.
#[must_use]
pub fn raw(view: &View, bytes: &[u8]) -> String {
    let options = WriteOptions { utf8: true, ..WriteOptions::default() };
    let mut writer = Writer { out: String::new(), options, level: 0, any_depth: 0 };
    writer.raw(&view.fields, bytes);
    if let Some(broken) = &view.broken {
        writer.put(format_args!("# {broken}\n"));
    }
    writer.out
}

struct Writer<'a> {
    out: String,
    options: WriteOptions<'a>,
    level: usize,
    any_depth: usize,
}

impl Writer<'_> {
    fn put(&mut self, text: std::fmt::Arguments<'_>) {
        // Writing to a string cannot fail.
        self.out.write_fmt(text).unwrap_or_default();
    }

    fn indent(&mut self) {
        for _ in 0..self.level {
            self.out.push_str("  ");
        }
    }

    fn message(&mut self, message: &DynamicMessage) {
        if self.any(message).is_some() {
            return;
        }
        let mut fields: Vec<(u32, String, &Value, Kind)> = Vec::new();
        for (field, value) in message.fields() {
            let kind = field.kind();
            let name = match &kind {
                Kind::Message(group) if is_group_like(&field, group) => group.name(),
                _ => field.name(),
            };
            fields.push((field.number(), name.to_owned(), value, kind));
        }
        for (extension, value) in message.extensions() {
            fields.push((extension.number(), format!("[{}]", extension.full_name()), value, extension.kind()));
        }
        fields.sort_by_key(|(number, ..)| *number);
        for (_, name, value, kind) in &fields {
            self.field(name, value, kind);
        }
        if self.options.skip_unknown {
            return;
        }
        let mut unknown = Vec::new();
        message.unknown_fields().for_each(|field| field.encode(&mut unknown));
        if !unknown.is_empty() {
            let fields = View::of(&unknown).fields;
            self.unknown(&fields, &unknown, UNKNOWN_DEPTH_LIMIT);
        }
    }

    fn field(&mut self, name: &str, value: &Value, kind: &Kind) {
        match value {
            Value::List(elements) => elements.iter().for_each(|element| self.field(name, element, kind)),
            Value::Map(entries) => {
                let entry_type = kind.as_message().filter(|entry| entry.is_map_entry());
                let Some(entry_type) = entry_type else { return };
                let (key_field, value_field) = (entry_type.map_entry_key_field(), entry_type.map_entry_value_field());
                let mut entries: Vec<_> = entries.iter().collect();
                entries.sort_unstable_by_key(|&(key, _)| key);
                for (key, value) in entries {
                    self.begin(name);
                    self.field(key_field.name(), &Value::from(key.clone()), &key_field.kind());
                    self.field(value_field.name(), value, &value_field.kind());
                    self.end();
                }
            }
            Value::Message(message) => {
                self.begin(name);
                self.message(message);
                self.end();
            }
            _ => {
                self.indent();
                self.out.push_str(name);
                self.out.push_str(": ");
                self.scalar(value, kind);
                self.out.push('\n');
            }
        }
    }

    fn begin(&mut self, name: &str) {
        self.indent();
        self.out.push_str(name);
        self.out.push_str(" {\n");
        self.level += 1;
    }

    fn end(&mut self) {
        self.level -= 1;
        self.indent();
        self.out.push_str("}\n");
    }

    fn scalar(&mut self, value: &Value, kind: &Kind) {
        match value {
            Value::Bool(value) => self.put(format_args!("{value}")),
            Value::I32(value) => self.put(format_args!("{value}")),
            Value::I64(value) => self.put(format_args!("{value}")),
            Value::U32(value) => self.put(format_args!("{value}")),
            Value::U64(value) => self.put(format_args!("{value}")),
            Value::F32(value) => self.out.push_str(&number::float(*value)),
            Value::F64(value) => self.out.push_str(&number::double(*value)),
            Value::String(value) => string::quote(&mut self.out, value.as_bytes(), self.options.utf8),
            Value::Bytes(value) => string::quote(&mut self.out, value, false),
            Value::EnumNumber(number) => match kind.as_enum().and_then(|descriptor| descriptor.get_value(*number)) {
                Some(value) => self.out.push_str(value.name()),
                None => self.put(format_args!("{number}")),
            },
            Value::Message(_) | Value::List(_) | Value::Map(_) => {}
        }
    }

    /// The message in an `Any`, under its type; `None` where it is written as its bytes.
    fn any(&mut self, message: &DynamicMessage) -> Option<()> {
        let descriptor = message.descriptor();
        if self.options.raw_any
            || self.any_depth >= ANY_DEPTH_LIMIT
            || WellKnown::of(&descriptor) != Some(WellKnown::Any)
            || message.unknown_fields().next().is_some()
        {
            return None;
        }
        let url = message.get_field_by_name("type_url")?;
        let (domain, name) = url.as_str()?.rsplit_once('/')?;
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-/".contains(&byte);
        if domain.is_empty() || domain.starts_with('/') || !domain.bytes().all(is_plain) {
            return None;
        }
        let inner = find_type(descriptor.parent_pool(), self.options.types, name)?;
        let bytes = message.get_field_by_name("value")?;
        let inner = DynamicMessage::decode(inner, bytes.as_bytes()?.clone()).ok()?;
        self.begin(&format!("[{domain}/{name}]"));
        self.any_depth += 1;
        self.message(&inner);
        self.any_depth -= 1;
        self.end();
        Some(())
    }

    /// Fields that the type does not have, by their numbers. `budget`: how deep bytes are taken for messages.
    fn unknown(&mut self, fields: &[wire::Field], bytes: &[u8], budget: usize) {
        for field in fields {
            match &field.value {
                wire::Value::Group(inner) => self.numbered(field, inner, bytes, budget),
                wire::Value::Bytes { nested: Some(inner) } if budget > 0 => self.numbered(field, inner, bytes, budget),
                _ => {
                    self.number(field, bytes);
                    self.out.push('\n');
                }
            }
        }
    }

    fn numbered(&mut self, field: &wire::Field, inner: &[wire::Field], bytes: &[u8], budget: usize) {
        self.begin(&field.number.to_string());
        self.unknown(inner, bytes, budget.saturating_sub(1));
        self.end();
    }

    /// A field that holds no others.
    fn number(&mut self, field: &wire::Field, bytes: &[u8]) {
        self.indent();
        self.put(format_args!("{}: ", field.number));
        match &field.value {
            wire::Value::Varint(value) => self.put(format_args!("{value}")),
            wire::Value::Fixed32(value) => self.put(format_args!("{value:#010x}")),
            wire::Value::Fixed64(value) => self.put(format_args!("{value:#018x}")),
            wire::Value::Bytes { .. } | wire::Value::Group(_) => {
                string::quote(&mut self.out, field.bytes(bytes), self.options.utf8);
            }
        }
    }

    /// Fields of a message whose type is not known, with guesses.
    fn raw(&mut self, fields: &[wire::Field], bytes: &[u8]) {
        for field in fields {
            let guess = field.guess(bytes);
            if let BytesGuess::Message(inner) = guess {
                self.begin(&field.number.to_string());
                self.raw(inner, bytes);
                self.end();
                continue;
            }
            self.number(field, bytes);
            match &field.value {
                wire::Value::Varint(value) => {
                    let guess = VarintGuess::of(*value);
                    self.out.push_str("  # varint");
                    if let Some(signed) = guess.signed {
                        self.put(format_args!(", int {signed}"));
                    }
                    self.put(format_args!(", sint {}", guess.zigzag));
                    if let Some(boolean) = guess.boolean {
                        self.put(format_args!(", {boolean}"));
                    }
                }
                wire::Value::Fixed32(value) => {
                    let float = number::float(f32::from_bits(*value));
                    self.put(format_args!("  # fixed32 {value}, int {}, float {float}", *value as i32));
                }
                wire::Value::Fixed64(value) => {
                    let double = number::double(f64::from_bits(*value));
                    self.put(format_args!("  # fixed64 {value}, int {}, double {double}", *value as i64));
                }
                wire::Value::Bytes { nested } => match guess {
                    BytesGuess::Text(_) if nested.is_some() => self.out.push_str("  # string, or a message"),
                    BytesGuess::Text(_) => self.out.push_str("  # string"),
                    _ => match field.bytes(bytes).len() {
                        1 => self.out.push_str("  # 1 byte"),
                        length => self.put(format_args!("  # {length} bytes")),
                    },
                },
                wire::Value::Group(_) => {}
            }
            self.out.push('\n');
        }
    }
}
