//! What a row of the form says about its field besides the value: type, default, a preview of what is folded away.
//!
//! Must not know: toolkit.

use prost_reflect::{Cardinality, Kind};

use super::super::json::Node;
use super::scalar::text_of;
use super::{FieldForm, MessageForm, OneofForm, Shape, ValueForm};

/// After how many bytes a preview stops.
const SUMMARY_LIMIT: usize = 120;

impl FieldForm {
    /// Its type as the `.proto` file has it, and how many values there are: `repeated Item, 2`.
    #[must_use]
    pub fn type_label(&self) -> String {
        let field = &self.descriptor;
        let kind = field.kind();
        let count = match &self.value {
            ValueForm::Repeated(elements) => format!(", {}", elements.len()),
            ValueForm::Map(entries) => format!(", {}", entries.len()),
            _ => String::new(),
        };
        match kind.as_message() {
            Some(entry) if field.is_map() => {
                let (key, value) = (entry.map_entry_key_field().kind(), entry.map_entry_value_field().kind());
                format!("map<{}, {}>{count}", kind_name(&key), kind_name(&value))
            }
            _ if field.is_group() && field.is_list() => format!("repeated group {}{count}", kind_name(&kind)),
            _ if field.is_list() => format!("repeated {}{count}", kind_name(&kind)),
            _ if field.cardinality() == Cardinality::Required => format!("required {}", kind_name(&kind)),
            _ if field.is_group() => format!("group {}", kind_name(&kind)),
            // A message can always be absent; for the others it is worth saying.
            None if self.has_presence() => format!("optional {}", kind_name(&kind)),
            _ => match &kind {
                Kind::Enum(descriptor) => format!("enum {}", descriptor.name()),
                _ => kind_name(&kind),
            },
        }
    }

    /// What the field holds when nothing is given: the default of the `.proto` file, or zero; empty for lists, maps
    /// and messages.
    #[must_use]
    pub fn default_hint(&self) -> String {
        let field = &self.descriptor;
        if field.is_list() || field.is_map() {
            return String::new();
        }
        let kind = field.kind();
        match &kind {
            Kind::Message(_) => Shape::of(&kind).map(|shape| shape.zero()).unwrap_or_default(),
            _ => text_of(&field.default_value(), &kind).unwrap_or_default(),
        }
    }
}

impl OneofForm {
    /// `oneof`.
    #[must_use]
    pub fn type_label(&self) -> String {
        "oneof".to_owned()
    }
}

/// The name of a type in a `.proto` file, without its package.
pub(in crate::message) fn kind_name(kind: &Kind) -> String {
    match kind {
        Kind::Message(descriptor) => descriptor.name().to_owned(),
        Kind::Enum(descriptor) => descriptor.name().to_owned(),
        Kind::Double => "double".to_owned(),
        Kind::Float => "float".to_owned(),
        Kind::Int32 => "int32".to_owned(),
        Kind::Int64 => "int64".to_owned(),
        Kind::Uint32 => "uint32".to_owned(),
        Kind::Uint64 => "uint64".to_owned(),
        Kind::Sint32 => "sint32".to_owned(),
        Kind::Sint64 => "sint64".to_owned(),
        Kind::Fixed32 => "fixed32".to_owned(),
        Kind::Fixed64 => "fixed64".to_owned(),
        Kind::Sfixed32 => "sfixed32".to_owned(),
        Kind::Sfixed64 => "sfixed64".to_owned(),
        Kind::Bool => "bool".to_owned(),
        Kind::String => "string".to_owned(),
        Kind::Bytes => "bytes".to_owned(),
    }
}

impl ValueForm {
    /// One line for a row that is folded: `{ sku: "B-77", count: 1 }`; long ones end in `…`.
    #[must_use]
    pub fn summary(&self) -> String {
        let mut out = String::new();
        self.summarise(&mut out);
        if out.len() > SUMMARY_LIMIT {
            let end = (0..=SUMMARY_LIMIT).rev().find(|&end| out.is_char_boundary(end)).unwrap_or(0);
            out.truncate(end);
            out.push('…');
        }
        out
    }

    /// Goes on only until there is enough, since the value may be large.
    pub(super) fn summarise(&self, out: &mut String) {
        match self {
            Self::Scalar(scalar) => match scalar.shape {
                Shape::String | Shape::Bytes => {
                    let start: String = scalar.text.chars().take(SUMMARY_LIMIT).collect();
                    out.push_str(&Node::new(super::super::json::Value::String(start)).to_line());
                }
                _ => out.extend(scalar.text.chars().take(SUMMARY_LIMIT)),
            },
            Self::Message { form: None, .. } => out.push_str("{ }"),
            Self::Message { form: Some(form), .. } => form.summarise(out),
            Self::Any(any) => any.summarise(out),
            Self::Json(json) => out.push_str(&json.to_json().to_line()),
            Self::Repeated(elements) => enclose(out, ('[', ']'), elements.iter().map(|element| (None, element))),
            Self::Map(entries) => {
                enclose(out, ('{', '}'), entries.iter().map(|entry| (Some(entry.key.text.as_str()), &entry.value)));
            }
            Self::Odd(node) => out.push_str(&node.to_line()),
        }
    }
}

impl MessageForm {
    pub(super) fn summarise(&self, out: &mut String) {
        if let Some(whole) = &self.whole {
            return whole.summarise(out);
        }
        let fields = self.set_fields().map(|field| (Some(field.descriptor.name()), &field.value));
        enclose(out, ('{', '}'), fields);
    }
}

fn enclose<'a>(
    out: &mut String,
    (open, close): (char, char),
    values: impl Iterator<Item = (Option<&'a str>, &'a ValueForm)>,
) {
    out.push(open);
    let space = if open == '{' { " " } else { "" };
    out.push_str(space);
    for (index, (name, value)) in values.enumerate() {
        if out.len() > SUMMARY_LIMIT {
            return;
        }
        if index > 0 {
            out.push_str(", ");
        }
        if let Some(name) = name {
            out.push_str(name);
            out.push_str(": ");
        }
        value.summarise(out);
    }
    if !out.ends_with(' ') {
        out.push_str(space);
    }
    out.push(close);
}
