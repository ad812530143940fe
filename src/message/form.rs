//! The editable form of a message: a plain tree in which each field keeps the text as typed, its problem, and whether
//! it is present. Form and JSON are two views of one value: [`MessageForm::from_json`] and [`MessageForm::to_json`]
//! lose nothing, text that does not fit included.
//!
//! Must not know: toolkit.

use prost_reflect::{EnumDescriptor, FieldDescriptor, MessageDescriptor, OneofDescriptor};

use super::json::{Member, Node};

/// A message being edited.
#[derive(Clone, Debug)]
pub struct MessageForm {
    /// Its type.
    pub descriptor: MessageDescriptor,
    /// Its fields in the order of the file; a oneof stands where its first field stands.
    pub items: Vec<Item>,
    /// Members of the JSON that no field has (or `@type` of a kind we do not know): kept, shown, written back.
    pub extra: Vec<Member>,
}

/// A field, or a oneof with its arms.
#[derive(Clone, Debug)]
pub enum Item {
    /// A field outside any oneof (proto3 `optional` fields included).
    Field(FieldForm),
    /// A oneof.
    Oneof(OneofForm),
}

/// A oneof: at most one arm counts, the others keep what was typed.
#[derive(Clone, Debug)]
pub struct OneofForm {
    /// Its descriptor.
    pub descriptor: OneofDescriptor,
    /// The arm that counts, an index into `arms`.
    pub chosen: Option<usize>,
    /// Every arm.
    pub arms: Vec<FieldForm>,
}

/// A field being edited.
#[derive(Clone, Debug)]
pub struct FieldForm {
    /// Its descriptor.
    pub descriptor: FieldDescriptor,
    /// Whether it is set, for a field with presence outside a oneof; for the others it follows from the value and
    /// this is `true`.
    pub present: bool,
    /// Its value.
    pub value: ValueForm,
}

/// A value being edited.
#[derive(Clone, Debug)]
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
    /// Elements in order.
    Repeated(Vec<ValueForm>),
    /// Entries in order.
    Map(Vec<EntryForm>),
}

/// One entry of a map.
#[derive(Clone, Debug)]
pub struct EntryForm {
    /// Its key.
    pub key: ScalarForm,
    /// Its value.
    pub value: ValueForm,
    /// Another entry before it has the same key.
    pub duplicate: bool,
}

/// A value typed as text.
#[derive(Clone, Debug)]
pub struct ScalarForm {
    /// What it must be.
    pub shape: Shape,
    /// As typed.
    pub text: String,
    /// What is wrong with `text`; kept right by [`ScalarForm::check`].
    pub problem: Option<String>,
}

/// What a text must be.
#[derive(Clone, Debug)]
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
    /// `google.protobuf.Struct`, `Value`, `ListValue`, `Any`: JSON text.
    Json(MessageDescriptor),
}

impl MessageForm {
    /// An empty form.
    #[must_use]
    pub fn new(_descriptor: &MessageDescriptor) -> Self {
        unimplemented!()
    }

    /// The form of a JSON value. Values that do not fit stand in their field as text, with a problem.
    #[must_use]
    pub fn from_json(_node: &Node, _descriptor: &MessageDescriptor) -> Self {
        unimplemented!()
    }

    /// The JSON of the form, invalid texts included (as strings).
    #[must_use]
    pub fn to_json(&self) -> Node {
        unimplemented!()
    }

    /// How many fields have a problem, nested ones included.
    #[must_use]
    pub fn problem_count(&self) -> usize {
        unimplemented!()
    }
}

impl ValueForm {
    /// An empty element of a repeated field, or value of a map field, of that type.
    #[must_use]
    pub fn new_element(_field: &FieldDescriptor) -> Self {
        unimplemented!()
    }
}

impl ScalarForm {
    /// Checks `text` again after it was edited in place. A text with a `{{variable}}` in it has no problem.
    pub fn check(&mut self) {
        unimplemented!()
    }

    /// What the field's type is called: `uint32`, `enum Priority`, `Timestamp`.
    #[must_use]
    pub fn type_name(&self) -> String {
        unimplemented!()
    }
}
