//! One protobuf message as a user sees it: the editable form, `ProtoJSON` and the text format both ways, raw
//! bytes, example values.
//!
//! Must not know: network, UI.

#[cfg(test)]
mod any_input_tests;
mod any_types;
#[cfg(test)]
mod arbitrary_tests;
pub mod bytes_fields;
pub mod carry;
pub mod complete;
pub mod constraints;
mod example;
pub mod exchange;
mod fast;
pub mod field;
pub mod form;
pub mod format;
pub mod json;
pub mod lex;
pub mod problems;
pub mod raw;
mod read;
mod scalar;
#[cfg(test)]
mod spec_tests;
mod suggest;
#[cfg(test)]
mod tests;
pub mod text_format;
pub mod typing;
pub mod unknown;
mod well_known;
pub mod wire;
pub mod wire_text;
mod write;

use std::fmt;

use prost_reflect::{DescriptorPool, MessageDescriptor};

pub use any_types::AnyTypes;
pub use example::{ExampleOptions, Extent, example, template};
pub use read::{read, read_text, read_text_with, read_with};
pub use suggest::did_you_mean;
pub use write::{write, write_line, write_pretty, write_strict};

/// What is wrong with a value, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Path of the field, `items[2].count`; empty for the message itself.
    pub path: String,
    /// Place in the text, where there is one.
    pub position: Option<json::Position>,
    /// What is wrong: lower-case, no final stop.
    pub message: String,
}

/// How JSON is read as a message.
#[derive(Clone, Copy, Debug, Default)]
pub struct ReadOptions<'a> {
    /// Fields that the type does not have, and names that an enum does not have, are passed over.
    pub ignore_unknown: bool,
    /// Where the type of an `Any` is looked up that the files of the message do not have.
    pub types: Option<&'a AnyTypes>,
}

/// How a message is written as JSON.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of its own, told by name")]
pub struct WriteOptions<'a> {
    /// Fields without presence are written though they hold their default value.
    pub emit_defaults: bool,
    /// Fields are called as in the proto file, `order_id` and not `orderId`.
    pub proto_names: bool,
    /// Enum values are written as numbers, not by name.
    pub enum_numbers: bool,
    /// Fields that the type does not have are written too, see [`unknown`]; no other program reads that.
    pub unknown_fields: bool,
    /// Where the type of an `Any` is looked up that the files of the message do not have.
    pub types: Option<&'a AnyTypes>,
}

impl ReadOptions<'_> {
    /// The type of the message in an `Any` of that pool.
    fn any_type(self, pool: &DescriptorPool, url: &str) -> Option<MessageDescriptor> {
        self.types.unwrap_or(&AnyTypes::NONE).find(pool, url)
    }
}

impl WriteOptions<'_> {
    /// The type of the message in an `Any` of that pool.
    fn any_type(self, pool: &DescriptorPool, url: &str) -> Option<MessageDescriptor> {
        self.types.unwrap_or(&AnyTypes::NONE).find(pool, url)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(position) = self.position {
            write!(f, "line {}, column {}: ", position.line, position.column)?;
        }
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.message)
    }
}
