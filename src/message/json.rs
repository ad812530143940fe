//! A JSON tree that remembers where each value stood: reading with comments and trailing commas tolerated, writing with
//! two-space indent or on one line. Numbers keep the text they were written with.
//!
//! Must not know: protobuf.

/// A place in a text, counted from 1; columns count characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Position {
    /// Byte offset from 0.
    pub offset: usize,
    /// Line.
    pub line: u32,
    /// Column.
    pub column: u32,
}

/// A value and where it began.
#[derive(Clone, Debug, Default)]
pub struct Node {
    /// Where its text began; zero for a value that was never text.
    pub position: Position,
    /// The value.
    pub value: Value,
}

/// A JSON value.
#[derive(Clone, Debug, Default)]
pub enum Value {
    /// `null`
    #[default]
    Null,
    /// `true`, `false`
    Bool(bool),
    /// A number, as written.
    Number(String),
    /// A string, unescaped.
    String(String),
    /// `[ ]`
    Array(Vec<Node>),
    /// `{ }` in order, repeated names included.
    Object(Vec<Member>),
}

/// One member of an object.
#[derive(Clone, Debug)]
pub struct Member {
    /// Where its name began.
    pub position: Position,
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: Node,
}

/// Why a text is not JSON.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {}, column {}: {message}", position.line, position.column)]
pub struct SyntaxError {
    /// Where.
    pub position: Position,
    /// What is wrong: lower-case, no final stop.
    pub message: String,
    /// Whether more text could mend it: it ended too early.
    pub incomplete: bool,
}

/// Reads one value; anything but white space after it is an error.
///
/// # Errors
///
/// The first place where the text is not JSON.
pub fn parse(_text: &str) -> Result<Node, SyntaxError> {
    unimplemented!()
}

/// Reads the next value of a text that holds several one after another (separated by white space, or by nothing);
/// returns it and the rest. `None` when only white space is left.
///
/// # Errors
///
/// As [`parse`]; `incomplete` tells a reader of a pipe to wait for more.
pub fn parse_next(_text: &str) -> Result<Option<(Node, &str)>, SyntaxError> {
    unimplemented!()
}

impl Node {
    /// A value that was never text.
    #[must_use]
    pub fn new(value: Value) -> Self {
        Self { position: Position::default(), value }
    }

    /// With two-space indent, no newline at the end.
    #[must_use]
    pub fn to_pretty(&self) -> String {
        unimplemented!()
    }

    /// On one line, with a space after `:` and `,`.
    #[must_use]
    pub fn to_line(&self) -> String {
        unimplemented!()
    }
}
