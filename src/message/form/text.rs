//! The JSON text of a form, written without a tree in between: it is written anew for each letter typed.
//!
//! Must not know: toolkit.

use super::super::json::{self, write};
use super::{EntryForm, MessageForm, ScalarForm, Shape, ValueForm};

impl MessageForm {
    /// The text of [`MessageForm::to_json`], with two-space indent; `size` is about how long it will be, in bytes.
    #[must_use]
    pub fn to_pretty(&self, size: usize) -> String {
        let mut out = String::with_capacity(size);
        self.write(&mut out, 0);
        out
    }

    fn write(&self, out: &mut String, level: usize) {
        if let Some(whole) = &self.whole {
            return whole.write(out, level);
        }
        out.push('{');
        let mut count = 0;
        for field in self.set_fields() {
            write::name(out, field.descriptor.json_name(), count, level);
            field.value.write(out, level + 1);
            count += 1;
        }
        for member in &self.extra {
            write::name(out, &member.name, count, level);
            member.value.write(out, Some(level + 1));
            count += 1;
        }
        write::close(out, count == 0, Some(level));
        out.push('}');
    }
}

impl ValueForm {
    fn write(&self, out: &mut String, level: usize) {
        match self {
            Self::Scalar(scalar) => scalar.write(out, level),
            Self::Message { form: Some(form), .. } => form.write(out, level),
            Self::Message { form: None, .. } => out.push_str("{}"),
            Self::Repeated(elements) => {
                out.push('[');
                for (index, element) in elements.iter().enumerate() {
                    write::separate(out, index, Some(level));
                    element.write(out, level + 1);
                }
                write::close(out, elements.is_empty(), Some(level));
                out.push(']');
            }
            Self::Map(entries) => {
                out.push('{');
                for (index, EntryForm { key, value, .. }) in entries.iter().enumerate() {
                    write::name(out, &key.text, index, level);
                    value.write(out, level + 1);
                }
                write::close(out, entries.is_empty(), Some(level));
                out.push('}');
            }
            Self::Any(any) => any.to_json().write(out, Some(level)),
            Self::Json(json) => json.to_json().write(out, Some(level)),
            Self::Odd(node) => node.write(out, Some(level)),
        }
    }
}

impl ScalarForm {
    fn write(&self, out: &mut String, level: usize) {
        match &self.shape {
            Shape::String
            | Shape::Bytes
            | Shape::Int64
            | Shape::Uint64
            | Shape::Timestamp
            | Shape::Duration
            | Shape::FieldMask => write::string(out, &self.text),
            Shape::Int32 | Shape::Uint32 | Shape::Float | Shape::Double if json::is_number(&self.text) => {
                out.push_str(&self.text);
            }
            _ => self.to_json().write(out, Some(level)),
        }
    }
}
