//! Texts of single values: what they must be, their problem, and their JSON.
//!
//! Must not know: fields, toolkit.

use prost_reflect::{Kind, MessageDescriptor};

use super::super::json::{self, Node, Value};
use super::super::read::read;
use super::super::well_known::{WellKnown, wrapped};
use super::super::{scalar, write};
use super::{ScalarForm, Shape, bytes};

impl Shape {
    /// The shape of a value of that kind; `None` for a message with fields of its own.
    #[must_use]
    pub fn of(kind: &Kind) -> Option<Self> {
        Some(match kind {
            Kind::Bool => Self::Bool,
            Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => Self::Int32,
            Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => Self::Int64,
            Kind::Uint32 | Kind::Fixed32 => Self::Uint32,
            Kind::Uint64 | Kind::Fixed64 => Self::Uint64,
            Kind::Float => Self::Float,
            Kind::Double => Self::Double,
            Kind::String => Self::String,
            Kind::Bytes => Self::Bytes,
            Kind::Enum(descriptor) => Self::Enum(descriptor.clone()),
            Kind::Message(descriptor) => match WellKnown::of(descriptor)? {
                WellKnown::Timestamp => Self::Timestamp,
                WellKnown::Duration => Self::Duration,
                WellKnown::FieldMask => Self::FieldMask,
                WellKnown::Wrapper => return Self::of(&wrapped(descriptor)?.kind()),
                WellKnown::Any | WellKnown::Struct | WellKnown::Value | WellKnown::ListValue => {
                    Self::Json(descriptor.clone())
                }
            },
        })
    }

    /// The text of the value that nothing else was said about.
    #[must_use]
    pub fn zero(&self) -> String {
        match self {
            Self::Bool => "false".to_owned(),
            Self::Int32 | Self::Int64 | Self::Uint32 | Self::Uint64 | Self::Float | Self::Double => "0".to_owned(),
            Self::String | Self::Bytes | Self::FieldMask => String::new(),
            Self::Enum(descriptor) => descriptor.default_value().name().to_owned(),
            Self::Timestamp => "1970-01-01T00:00:00Z".to_owned(),
            Self::Duration => "0s".to_owned(),
            Self::Json(descriptor) => match WellKnown::of(descriptor) {
                Some(WellKnown::Value) => "null".to_owned(),
                Some(WellKnown::ListValue) => "[]".to_owned(),
                _ => "{}".to_owned(),
            },
        }
    }

    fn problem(&self, text: &str) -> Option<String> {
        match self {
            Self::Bool if matches!(text, "true" | "false") => None,
            Self::Bool => Some("not true or false".to_owned()),
            Self::Int32 => scalar::integer::<i32>(text).err(),
            Self::Int64 => scalar::integer::<i64>(text).err(),
            Self::Uint32 => scalar::integer::<u32>(text).err(),
            Self::Uint64 => scalar::integer::<u64>(text).err(),
            Self::Float => scalar::float(text).err(),
            Self::Double => scalar::double(text).err(),
            Self::String => None,
            Self::Bytes => bytes::problem(text),
            Self::Enum(descriptor) if json::is_number(text) => scalar::enum_number(text, descriptor).err(),
            Self::Enum(descriptor) => scalar::enum_name(text, descriptor).err(),
            Self::Timestamp => scalar::timestamp(text).err(),
            Self::Duration => scalar::duration(text).err(),
            Self::FieldMask => scalar::field_mask(text).err(),
            Self::Json(descriptor) => json_problem(text, descriptor),
        }
    }
}

fn json_problem(text: &str, descriptor: &MessageDescriptor) -> Option<String> {
    match json::parse(text) {
        Ok(node) => read(&node, descriptor).err().and_then(|problems| problems.first().map(ToString::to_string)),
        Err(_) if is_bare_text(text, descriptor) => None,
        Err(error) => Some(error.to_string()),
    }
}

/// Whether the text is a string without its quotes, which a `Value` may be as long as it is like no other JSON.
fn is_bare_text(text: &str, descriptor: &MessageDescriptor) -> bool {
    WellKnown::of(descriptor) == Some(WellKnown::Value) && !text.is_empty() && !text.starts_with(['{', '[', '"'])
}

/// Whether a `{{variable}}` is in the text.
pub(super) fn has_variable(text: &str) -> bool {
    text.split_once("{{").is_some_and(|(_, rest)| rest.contains("}}"))
}

impl ScalarForm {
    /// A text to be edited.
    #[must_use]
    pub fn new(shape: Shape, text: String) -> Self {
        let mut form = Self { shape, text, optional: false, problem: None };
        form.check();
        form
    }

    /// With nothing typed; see [`ScalarForm::optional`].
    pub(super) fn absent(shape: Shape, optional: bool) -> Self {
        Self { shape, text: String::new(), optional, problem: None }
    }

    /// Checks `text` again after it was edited in place. A text with a `{{variable}}` in it has no problem.
    pub fn check(&mut self) {
        let free = (self.optional && self.text.is_empty()) || has_variable(&self.text);
        self.problem = if free { None } else { self.shape.problem(&self.text) };
    }

    /// The text for a JSON value, or `None` if it cannot be shown as one.
    pub(super) fn from_json(node: &Node, shape: Shape) -> Option<Self> {
        let text = match (&shape, &node.value) {
            // What is no JSON was typed without quotes, or does not fit: both come back as typed.
            (Shape::Json(descriptor), Value::String(text)) => {
                let value = WellKnown::of(descriptor) == Some(WellKnown::Value);
                let as_typed = !value || (is_bare_text(text, descriptor) && json::parse(text).is_err());
                if as_typed { text.clone() } else { node.to_line() }
            }
            (Shape::Json(_), _) => node.to_line(),
            (Shape::Enum(descriptor), Value::Null) if descriptor.full_name() == "google.protobuf.NullValue" => {
                descriptor.default_value().name().to_owned()
            }
            (_, Value::String(text) | Value::Number(text)) => text.clone(),
            (_, Value::Bool(flag)) => flag.to_string(),
            _ => return None,
        };
        Some(Self::new(shape, text))
    }

    /// Its JSON; a text that does not fit as a string, or as a number where it looks like one.
    #[must_use]
    pub fn to_json(&self) -> Node {
        let text = &self.text;
        let string = || Value::String(text.clone());
        Node::new(match &self.shape {
            Shape::Bool if text == "true" => Value::Bool(true),
            Shape::Bool if text == "false" => Value::Bool(false),
            Shape::Bool | Shape::Int32 | Shape::Uint32 | Shape::Float | Shape::Double | Shape::Enum(_)
                if json::is_number(text) =>
            {
                Value::Number(text.clone())
            }
            Shape::Json(_) => json::parse(text).map_or_else(|_| string(), |node| node.value),
            _ => string(),
        })
    }

    /// What the field's type is called: `uint32`, `enum Priority`, `Timestamp`.
    #[must_use]
    pub fn type_name(&self) -> String {
        match &self.shape {
            Shape::Bool => "bool".to_owned(),
            Shape::Int32 => "int32".to_owned(),
            Shape::Int64 => "int64".to_owned(),
            Shape::Uint32 => "uint32".to_owned(),
            Shape::Uint64 => "uint64".to_owned(),
            Shape::Float => "float".to_owned(),
            Shape::Double => "double".to_owned(),
            Shape::String => "string".to_owned(),
            Shape::Bytes => "bytes".to_owned(),
            Shape::Enum(descriptor) => format!("enum {}", descriptor.name()),
            Shape::Timestamp => "Timestamp".to_owned(),
            Shape::Duration => "Duration".to_owned(),
            Shape::FieldMask => "FieldMask".to_owned(),
            Shape::Json(descriptor) => descriptor.name().to_owned(),
        }
    }
}

/// The text of a value, as it would be typed.
pub(super) fn text_of(value: &prost_reflect::Value, kind: &Kind) -> Option<String> {
    let shape = Shape::of(kind)?;
    let node = write::value(value, kind);
    ScalarForm::from_json(&node, shape).map(|form| form.text)
}
