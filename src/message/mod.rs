//! One protobuf message as a user sees it: the editable form, `ProtoJSON` text both ways, example values.
//!
//! Must not know: network, UI.

pub mod form;
pub mod json;

use prost_reflect::{DynamicMessage, MessageDescriptor};

/// What is wrong with a value, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Path of the field, `items[2].count`; empty for the message itself.
    pub path: String,
    /// Byte offset in the JSON text, where there is one.
    pub position: Option<json::Position>,
    /// What is wrong: lower-case, no final stop.
    pub message: String,
}

/// How a message is written as JSON.
#[derive(Clone, Copy, Debug, Default)]
pub struct WriteOptions {
    /// Fields without presence are written though they hold their default value.
    pub emit_defaults: bool,
}

/// Reads `ProtoJSON` as a message.
///
/// # Errors
///
/// Every value that does not fit, with its place.
pub fn read(_node: &json::Node, _descriptor: &MessageDescriptor) -> Result<DynamicMessage, Vec<Problem>> {
    unimplemented!()
}

/// Writes a message as canonical `ProtoJSON`. An `Any` whose type is unknown is written as its type and raw bytes.
#[must_use]
pub fn write(_message: &DynamicMessage, _options: WriteOptions) -> json::Node {
    unimplemented!()
}

/// A message with every field filled with a likely value; recursion is cut off.
#[must_use]
pub fn example(_descriptor: &MessageDescriptor) -> json::Node {
    unimplemented!()
}
