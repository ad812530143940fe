//! One protobuf message as a user sees it: the editable form, `ProtoJSON` text both ways, example values.
//!
//! Must not know: network, UI.

pub mod carry;
pub mod constraints;
mod example;
pub mod form;
pub mod json;
mod read;
mod scalar;
mod suggest;
#[cfg(test)]
mod tests;
mod well_known;
mod write;

use std::fmt;

pub use example::{example, template};
pub use read::{read, read_with};
pub use suggest::did_you_mean;
pub use write::{write, write_strict};

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

/// How JSON is read as a message.
#[derive(Clone, Copy, Debug, Default)]
pub struct ReadOptions {
    /// Fields that the type does not have, and names that an enum does not have, are passed over.
    pub ignore_unknown: bool,
}

/// How a message is written as JSON.
#[derive(Clone, Copy, Debug, Default)]
pub struct WriteOptions {
    /// Fields without presence are written though they hold their default value.
    pub emit_defaults: bool,
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
