//! The editable form of a message: a plain tree in which each field keeps the text as typed, its problem, and whether
//! it is present. Form and JSON are two views of one value: [`MessageForm::from_json`] and [`MessageForm::to_json`]
//! lose nothing, text that does not fit included.
//!
//! Must not know: toolkit.

mod any;
mod bytes;
mod declaration;
mod elements;
mod hint;
mod json;
mod keep;
#[cfg(test)]
mod kinds_tests;
mod label;
mod list;
mod mask;
mod scalar;
mod text;
mod time;
mod tree;

use prost_reflect::{EnumDescriptor, MessageDescriptor, OneofDescriptor};

pub use any::{AnyContent, AnyForm};
pub use bytes::{BytesSummary, BytesView, encode};
pub use declaration::reserved;
pub use elements::Elements;
pub use json::{JsonEntry, JsonForm, JsonKind, JsonNode};
pub use list::{ListEdit, Rows, many, mark_duplicates, mark_duplicates_of};
pub use mask::{Chosen, MaskField, mask_fields, mask_has, mask_paths, mask_target, mask_toggle};

pub use time::{WEEKS, clock, days_later, months_later, page_start, time_text, with_part};

pub(super) use label::kind_name;

use super::field::MessageField;
use super::json::{Member, Node};

/// A message being edited.
#[derive(Clone, Debug, PartialEq)]
pub struct MessageForm {
    /// Its type.
    pub descriptor: MessageDescriptor,
    /// Its fields in the order of the file; a oneof stands where its first field stands.
    pub items: Vec<Item>,
    /// The extensions of the message that its pool knows, by number.
    pub extensions: Vec<FieldForm>,
    /// Members of the JSON that no field has, a field's second value, a second arm of a oneof: kept, shown, written
    /// back. Also what stands for fields that the type does not have, see [`super::unknown`].
    pub extra: Vec<Member>,
    /// The message as one value, where its JSON is not an object of its fields: a well-known type such as `Struct`
    /// as the request itself, or JSON that is no object. Then `items` does not count.
    pub whole: Option<Box<ValueForm>>,
}

/// A field, or a oneof with its arms.
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    /// A field outside any oneof (proto3 `optional` fields included).
    Field(FieldForm),
    /// A oneof.
    Oneof(OneofForm),
}

/// A oneof: at most one arm counts, the others keep what was typed.
#[derive(Clone, Debug, PartialEq)]
pub struct OneofForm {
    /// Its descriptor.
    pub descriptor: OneofDescriptor,
    /// The arm that counts, an index into `arms`.
    pub chosen: Option<usize>,
    /// Every arm.
    pub arms: Vec<FieldForm>,
}

/// A field being edited.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldForm {
    /// What it is, in the schema.
    pub descriptor: MessageField,
    /// Whether it is set, for a field with presence outside a oneof; for the others it follows from the value and
    /// this is `true`.
    pub present: bool,
    /// Its value.
    pub value: ValueForm,
}

/// A value being edited.
#[derive(Clone, Debug, PartialEq)]
pub enum ValueForm {
    /// Anything that is typed as one text.
    Scalar(ScalarForm),
    /// A message; `None` until it is opened, so that recursive types end.
    Message {
        /// Its type.
        descriptor: MessageDescriptor,
        /// Its fields, once opened.
        form: Option<Box<MessageForm>>,
    },
    /// A message of any type, or of a type that the schema does not know.
    Any(Box<AnyForm>),
    /// A `Struct`, `Value` or `ListValue`.
    Json(Box<JsonForm>),
    /// Elements in order.
    Repeated(Elements<ValueForm>),
    /// Entries in order.
    Map(Elements<EntryForm>),
    /// JSON of a kind that cannot stand here (a string for a message, an object for a number), kept as it is.
    /// [`FieldForm::reset`] puts an empty value in its place.
    Odd(Node),
}

/// One entry of a map.
#[derive(Clone, Debug, PartialEq)]
pub struct EntryForm {
    /// Its key.
    pub key: ScalarForm,
    /// Its value.
    pub value: ValueForm,
    /// Another entry before it has the same key.
    pub duplicate: bool,
}

/// A value typed as text.
#[derive(Clone, Debug, PartialEq)]
pub struct ScalarForm {
    /// What it must be.
    pub shape: Shape,
    /// As typed.
    pub text: String,
    /// An empty text means that the value is absent, and is no problem.
    pub optional: bool,
    /// What is wrong with `text`; kept right by [`ScalarForm::check`].
    pub problem: Option<String>,
}

/// What a text must be.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// `true` or `false`.
    Bool,
    /// `int32`, `sint32`, `sfixed32`.
    Int32,
    /// `int64`, `sint64`, `sfixed64`.
    Int64,
    /// `uint32`, `fixed32`.
    Uint32,
    /// `uint64`, `fixed64`.
    Uint64,
    /// `float`, with `NaN`, `Infinity`, `-Infinity`.
    Float,
    /// `double`, likewise.
    Double,
    /// Any text.
    String,
    /// Base64.
    Bytes,
    /// A value's name or a number.
    Enum(EnumDescriptor),
    /// `google.protobuf.Timestamp`: RFC 3339.
    Timestamp,
    /// `google.protobuf.Duration`: `1.5s`.
    Duration,
    /// `google.protobuf.FieldMask`: `a,b.c`.
    FieldMask,
    /// `google.protobuf.Struct`, `Value`, `ListValue`, `Any`: JSON text, where it is typed as such.
    Json(MessageDescriptor),
}
