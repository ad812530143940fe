//! The text format of protobuf (`.txtpb`) both ways: reading as the "Text Format Language Specification" has it,
//! writing as protoc's `TextFormat` does.
//!
//! prost-reflect has a reader and a writer of its own. Its errors have no field path and no line, maps come in any order,
//! whole floats are written in up to 309 digits, and 74 cases of the conformance suite fail.
//! Must not know: JSON, forms.

mod number;
mod numbered;
mod parse;
mod read;
mod string;
#[cfg(test)]
mod tests;
mod write;

use prost_reflect::{DescriptorPool, FieldDescriptor, MessageDescriptor};

use super::AnyTypes;
use super::json::Position;

pub use read::{read, read_with};
pub use write::{raw, write};

/// How the text format is read as a message.
#[derive(Clone, Copy, Debug, Default)]
pub struct ReadOptions<'a> {
    /// Fields and extensions that the type does not have, and names that an enum does not have, are passed over.
    pub ignore_unknown: bool,
    /// Where the type of an `Any` is looked up that the files of the message do not have.
    pub types: Option<&'a AnyTypes>,
}

/// How a message is written in the text format. The default is what protoc writes, but for an `Any`, of which it shows
/// the bytes.
#[derive(Clone, Copy, Debug, Default)]
pub struct WriteOptions<'a> {
    /// The message in an `Any` is written as its bytes, as protoc does, also where its type is known.
    pub raw_any: bool,
    /// Strings are written as they are, not in escapes from the first character beyond ASCII on. Bytes never are.
    pub utf8: bool,
    /// Fields that the type does not have are left out; otherwise they are written by their numbers.
    pub skip_unknown: bool,
    /// Where the type of an `Any` is looked up that the files of the message do not have.
    pub types: Option<&'a AnyTypes>,
}

/// Stands between messages that follow one another, as grpcurl has it: the record separator of ASCII.
pub const SEPARATOR: char = '\u{1e}';

/// `name: value`, `name { }`, `[extension]: value`.
#[derive(Clone, Debug)]
struct Entry {
    position: Position,
    name: Name,
    value: Node,
}

#[derive(Clone, Debug)]
enum Name {
    /// `name`
    Field(String),
    /// `[pkg.extension]`, blanks left out.
    Extension(String),
    /// `[domain/pkg.Message]`, blanks left out.
    Any(String),
    /// `5`, as unknown fields are written.
    Number(u32),
}

#[derive(Clone, Debug)]
struct Node {
    position: Position,
    value: Tree,
}

#[derive(Clone, Debug)]
enum Tree {
    /// `PRIORITY_LOW`, `true`, `inf`, with what stands before it.
    Word { negative: bool, text: String },
    /// `0x1F`, `1.5f`, without its sign.
    Number { negative: bool, text: String },
    /// `"a" 'b'`, joined, escapes resolved.
    String(Vec<u8>),
    /// `{ }` or `< >`
    Message(Vec<Entry>),
    /// `[ ]`
    List(Vec<Node>),
}

/// Whether the field is a group as `group Name = 1 { }` declares it: then it is called `Name`. Other fields of that
/// encoding, which editions have, are called by their own name.
fn is_group_like(field: &FieldDescriptor, message: &MessageDescriptor) -> bool {
    field.is_group()
        && field.name() == message.name().to_lowercase()
        && message.parent_message().as_ref() == Some(field.parent_message())
}

/// The type of a message in an `Any`.
fn find_type(pool: &DescriptorPool, types: Option<&AnyTypes>, name: &str) -> Option<MessageDescriptor> {
    types.unwrap_or(&AnyTypes::NONE).find(pool, name)
}
