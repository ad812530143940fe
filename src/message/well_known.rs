//! The types of `google.protobuf` that have a JSON form of their own.
//!
//! Must not know: JSON trees, forms.

use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor};

/// A message type with a JSON form of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WellKnown {
    Any,
    Timestamp,
    Duration,
    FieldMask,
    Struct,
    Value,
    ListValue,
    /// `Int32Value` and the like: written as the value in them.
    Wrapper,
}

impl WellKnown {
    /// Which one the type is. A type of that name with other fields is none.
    pub(super) fn of(descriptor: &MessageDescriptor) -> Option<Self> {
        let name = descriptor.full_name().strip_prefix("google.protobuf.")?;
        let (kind, fields) = match name {
            "Any" => (Self::Any, ["type_url", "value"].as_slice()),
            "Timestamp" => (Self::Timestamp, ["seconds", "nanos"].as_slice()),
            "Duration" => (Self::Duration, ["seconds", "nanos"].as_slice()),
            "FieldMask" => (Self::FieldMask, ["paths"].as_slice()),
            "Struct" => (Self::Struct, ["fields"].as_slice()),
            "Value" => (
                Self::Value,
                ["null_value", "number_value", "string_value", "bool_value", "struct_value", "list_value"].as_slice(),
            ),
            "ListValue" => (Self::ListValue, ["values"].as_slice()),
            "BoolValue" | "Int32Value" | "Int64Value" | "UInt32Value" | "UInt64Value" | "FloatValue"
            | "DoubleValue" | "StringValue" | "BytesValue" => (Self::Wrapper, ["value"].as_slice()),
            _ => return None,
        };
        fields.iter().all(|field| descriptor.get_field_by_name(field).is_some()).then_some(kind)
    }

    /// Which one the type of a field is.
    pub(super) fn of_kind(kind: &Kind) -> Option<Self> {
        match kind {
            Kind::Message(descriptor) => Self::of(descriptor),
            _ => None,
        }
    }
}

/// The field in a wrapper.
pub(super) fn wrapped(descriptor: &MessageDescriptor) -> Option<FieldDescriptor> {
    if WellKnown::of(descriptor) == Some(WellKnown::Wrapper) { descriptor.get_field_by_name("value") } else { None }
}

/// Whether `null` is a value of the type, not the lack of one.
pub(super) fn takes_null(kind: &Kind) -> bool {
    match kind {
        Kind::Message(descriptor) => WellKnown::of(descriptor) == Some(WellKnown::Value),
        Kind::Enum(descriptor) => descriptor.full_name() == "google.protobuf.NullValue",
        _ => false,
    }
}
