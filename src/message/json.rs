//! A JSON tree that remembers where each value stood: reading with comments and trailing commas tolerated, writing with
//! two-space indent or on one line. Numbers keep the text they were written with.
//!
//! Must not know: protobuf.

mod mark;
mod parse;
pub(super) mod write;

pub(in crate::message) use mark::Mark;
pub(super) use parse::string_at;
pub use parse::{is_number, parse, parse_next};

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
#[derive(Clone, Debug, Default, PartialEq)]
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
#[derive(Clone, Debug, Default, PartialEq, Eq, thiserror::Error)]
#[error("line {}, column {}: {message}", position.line, position.column)]
pub struct SyntaxError {
    /// Where.
    pub position: Position,
    /// What is wrong: lower-case, no final stop.
    pub message: String,
    /// Whether more text could mend it: it ended too early.
    pub incomplete: bool,
}

impl Node {
    /// A value that was never text.
    #[must_use]
    pub fn new(value: Value) -> Self {
        Self { position: Position::default(), value }
    }

    /// The member of an object with that name, the last if it is repeated.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Node> {
        let Value::Object(members) = &self.value else { return None };
        members.iter().rev().find(|member| member.name == name).map(|member| &member.value)
    }
}

/// Equality of what they say; where they stood does not count.
impl PartialEq for Node {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl PartialEq for Member {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && self.value == other.value
    }
}

impl Member {
    /// A member that was never text.
    #[must_use]
    pub fn new(name: impl Into<String>, value: Node) -> Self {
        Self { position: Position::default(), name: name.into(), value }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let found = match parse(text) {
            Ok(node) => node.to_line(),
            Err(error) => format!("{error}{}", if error.incomplete { " (incomplete)" } else { "" }),
        };
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn reads_and_writes() {
        check(
            " {\"a\": [1, -0.50e+3, true, false, null,], /* x */ \"b\": {}, // y\n}",
            r#"{"a": [1, -0.50e+3, true, false, null], "b": {}}"#,
        );
        check(r#""a\u00e9\ud83d\ude00\n\/""#, "\"aé😀\\n/\"");
        check("\u{feff}12345678901234567890.10", "12345678901234567890.10");
    }

    #[test]
    fn tells_what_is_wrong_and_where() {
        check("", "line 1, column 1: the text ends where a value is expected (incomplete)");
        check("{\n  \"é\": x}", "line 2, column 8: expected a value, found `x`");
        check("{\"a\" 1}", "line 1, column 6: expected `:`, found `1`");
        check("[1 2]", "line 1, column 4: expected `,` or `]`, found `2`");
        check("[,]", "line 1, column 2: expected a value, found `,`");
        check("01", "line 1, column 1: `01` is not a number");
        check("1.", "line 1, column 3: the text ends within a number (incomplete)");
        check("tru", "line 1, column 4: the text ends within `true` (incomplete)");
        check("1 2", "line 1, column 3: expected the end of the text after the value");
        check("\"a\nb\"", "line 1, column 3: a line break or control character within a string; write it as an escape");
        check(r#""\ud83d""#, "line 1, column 2: half of a surrogate pair");
        check(r#""\x""#, r"line 1, column 2: no escape `\x`");
        check("/* a", "line 1, column 5: the comment has no end (incomplete)");
        check(&"[".repeat(100_000), "line 1, column 201: nested more than 200 deep");
    }

    #[test]
    fn reads_one_after_another() {
        let mut rest = "{\"a\":1}{\"a\":2} \n 3 \"x\" // end";
        let mut found = Vec::new();
        while let Some((node, after)) = parse_next(rest).unwrap() {
            found.push(node.to_line());
            rest = after;
        }
        assert_eq!(found, ["{\"a\": 1}", "{\"a\": 2}", "3", "\"x\""]);
        assert!(parse_next("{\"a\": ").unwrap_err().incomplete);
    }

    #[test]
    fn pretty() {
        let node = parse(r#"{"a":[1,{"b":"\u0001\u007f"}],"c":[],"d":{}}"#).unwrap();
        let expected =
            "{\n  \"a\": [\n    1,\n    {\n      \"b\": \"\\u0001\\u007f\"\n    }\n  ],\n  \"c\": [],\n  \"d\": {}\n}";
        assert_eq!(node.to_pretty(), expected);
    }
}
