//! Which types read each other's bytes.
//!
//! The rules are those of "Updating A Message Type" in protobuf's language guide (protobuf.dev/programming-guides/proto3,
//! `proto2` and `editions` alike) for the wire, and those of `FIELD_WIRE_JSON_COMPATIBLE_TYPE` of `buf breaking`
//! (buf.build/docs/breaking/rules) for JSON. Must not know: messages, services.

use prost_reflect::{FieldDescriptor, Kind};

use super::effect::{Found, Impact, Reason};

/// Types that read each other's values, at least some of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Family {
    Varint,
    ZigZag,
    Fixed32,
    Fixed64,
    Float,
    Double,
    Bytes,
    Group,
}

/// The encoding of one value, as tags have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum WireType {
    Varint,
    Bits64,
    Delimited,
    Group,
    Bits32,
}

impl Family {
    const fn of(kind: &Kind, is_group: bool) -> Self {
        match kind {
            Kind::Int32 | Kind::Int64 | Kind::Uint32 | Kind::Uint64 | Kind::Bool | Kind::Enum(_) => Self::Varint,
            Kind::Sint32 | Kind::Sint64 => Self::ZigZag,
            Kind::Fixed32 | Kind::Sfixed32 => Self::Fixed32,
            Kind::Fixed64 | Kind::Sfixed64 => Self::Fixed64,
            Kind::Float => Self::Float,
            Kind::Double => Self::Double,
            Kind::Message(_) if is_group => Self::Group,
            Kind::String | Kind::Bytes | Kind::Message(_) => Self::Bytes,
        }
    }

    const fn wire_type(self) -> WireType {
        match self {
            Self::Varint | Self::ZigZag => WireType::Varint,
            Self::Fixed32 | Self::Float => WireType::Bits32,
            Self::Fixed64 | Self::Double => WireType::Bits64,
            Self::Bytes => WireType::Delimited,
            Self::Group => WireType::Group,
        }
    }
}

/// What follows when a value is written as one type and read as another. Messages are compared by what is in them, and
/// that elsewhere.
pub(super) fn types(writer: &FieldDescriptor, reader: &FieldDescriptor) -> Found {
    let (from, to) = (writer.kind(), reader.kind());
    if writer.is_map() && reader.is_map() {
        return entries(&from, &to);
    }
    let mut found = kinds((&from, writer.is_group()), (&to, reader.is_group()));
    if writer.is_map() != reader.is_map() && matches!((&from, &to), (Kind::Message(_), Kind::Message(_))) {
        found.retain(|(impact, _)| *impact == Impact::Wire);
        if writer.is_list() || reader.is_list() {
            found.push((Impact::Compatible, Reason::MapEntries));
        }
        found.push((Impact::Json, Reason::JsonForm));
    }
    found
}

/// Keys and values of two maps.
fn entries(from: &Kind, to: &Kind) -> Found {
    let (Kind::Message(from), Kind::Message(to)) = (from, to) else { return Found::new() };
    let mut found = types(&from.map_entry_key_field(), &to.map_entry_key_field());
    for one in types(&from.map_entry_value_field(), &to.map_entry_value_field()) {
        if !found.contains(&one) {
            found.push(one);
        }
    }
    found
}

fn kinds((from, from_group): (&Kind, bool), (to, to_group): (&Kind, bool)) -> Found {
    if let (Some(from), Some(to)) = (name(from), name(to))
        && from_group == to_group
        && matches!(from.0, Named::Enum) == matches!(to.0, Named::Enum)
    {
        return if from.1 == to.1 { Found::new() } else { vec![(Impact::Source, Reason::TypeName)] };
    }
    if from == to && from_group == to_group {
        return Found::new();
    }
    let (from_family, to_family) = (Family::of(from, from_group), Family::of(to, to_group));
    if from_family != to_family || (from_family == Family::Bytes && !shares_bytes(from, to)) {
        let same = from_family.wire_type() == to_family.wire_type();
        return vec![(Impact::Wire, if same { Reason::Misread } else { Reason::WireType })];
    }
    let reason = match (from, to) {
        (Kind::Bytes, Kind::String) => Reason::Utf8,
        (Kind::Bytes, Kind::Message(_)) => Reason::Embedded,
        (Kind::String | Kind::Message(_), Kind::Bytes) => Reason::Fits,
        _ if holds(to, from) => Reason::Fits,
        _ => Reason::Range,
    };
    let mut found = vec![(Impact::Compatible, reason)];
    if json_form(from) != json_form(to) {
        found.push((Impact::Json, Reason::JsonForm));
    }
    found
}

enum Named {
    Message,
    Enum,
}

/// The name of a type that has one.
fn name(kind: &Kind) -> Option<(Named, &str)> {
    match kind {
        Kind::Message(message) => Some((Named::Message, message.full_name())),
        Kind::Enum(one) => Some((Named::Enum, one.full_name())),
        _ => None,
    }
}

/// Whether length-delimited types may hold the same bytes: text and messages are both bytes, but not each other.
const fn shares_bytes(from: &Kind, to: &Kind) -> bool {
    matches!((from, to), (Kind::Bytes, _) | (_, Kind::Bytes))
}

/// Whether the numbers of one type are all numbers of the other.
fn holds(reader: &Kind, writer: &Kind) -> bool {
    let ((least, most), (from_least, from_most)) = (range(reader), range(writer));
    least <= from_least && from_most <= most
}

fn range(kind: &Kind) -> (i128, i128) {
    match kind {
        Kind::Bool => (0, 1),
        Kind::Uint32 | Kind::Fixed32 => (0, i128::from(u32::MAX)),
        Kind::Uint64 | Kind::Fixed64 => (0, i128::from(u64::MAX)),
        Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => (i128::from(i64::MIN), i128::from(i64::MAX)),
        _ => (i128::from(i32::MIN), i128::from(i32::MAX)),
    }
}

/// How JSON writes a value.
#[derive(PartialEq, Eq)]
enum JsonForm {
    Bool,
    Number,
    /// 64 bits do not fit into the numbers of JavaScript.
    NumberAsText,
    Name,
    Text,
    Base64,
    Object,
}

const fn json_form(kind: &Kind) -> JsonForm {
    match kind {
        Kind::Bool => JsonForm::Bool,
        Kind::Int64 | Kind::Uint64 | Kind::Sint64 | Kind::Fixed64 | Kind::Sfixed64 => JsonForm::NumberAsText,
        Kind::Enum(_) => JsonForm::Name,
        Kind::String => JsonForm::Text,
        Kind::Bytes => JsonForm::Base64,
        Kind::Message(_) => JsonForm::Object,
        _ => JsonForm::Number,
    }
}

/// What follows when one side has one value, the other a list, or both lists in different encodings.
pub(super) fn cardinality(writer: &FieldDescriptor, reader: &FieldDescriptor) -> Found {
    let is_many = |field: &FieldDescriptor| field.is_list() || field.is_map();
    match (is_many(writer), is_many(reader)) {
        (true, false) => {
            let reason = if is_scalar(writer) && writer.is_packed() { Reason::PackedUnread } else { Reason::LastOnly };
            vec![(Impact::Wire, reason), (Impact::Json, Reason::JsonList)]
        }
        (false, true) => vec![(Impact::Compatible, Reason::OneElement), (Impact::Json, Reason::JsonList)],
        (true, true) if is_scalar(writer) && is_scalar(reader) && writer.is_packed() != reader.is_packed() => {
            vec![(Impact::Compatible, Reason::PackedEither)]
        }
        _ => Found::new(),
    }
}

/// Whether a list of such values can be packed.
fn is_scalar(field: &FieldDescriptor) -> bool {
    !matches!(Family::of(&field.kind(), field.is_group()), Family::Bytes | Family::Group)
}
