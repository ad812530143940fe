//! Writing JSON, with two-space indent or on one line.
//!
//! Must not know: protobuf, how JSON is read.

use super::{Node, Value};

impl Node {
    /// With two-space indent, no newline at the end.
    #[must_use]
    pub fn to_pretty(&self) -> String {
        let mut out = String::new();
        self.write(&mut out, Some(0));
        out
    }

    /// On one line, with a space after `:` and `,`.
    #[must_use]
    pub fn to_line(&self) -> String {
        let mut out = String::new();
        self.write(&mut out, None);
        out
    }

    pub(in crate::message) fn write(&self, out: &mut String, indent: Option<usize>) {
        match &self.value {
            Value::Null => out.push_str("null"),
            Value::Bool(true) => out.push_str("true"),
            Value::Bool(false) => out.push_str("false"),
            Value::Number(text) => out.push_str(text),
            Value::String(text) => string(out, text),
            Value::Array(elements) => {
                out.push('[');
                for (index, element) in elements.iter().enumerate() {
                    separate(out, index, indent);
                    element.write(out, indent.map(|level| level + 1));
                }
                close(out, elements.is_empty(), indent);
                out.push(']');
            }
            Value::Object(members) => {
                out.push('{');
                for (index, member) in members.iter().enumerate() {
                    separate(out, index, indent);
                    string(out, &member.name);
                    out.push_str(": ");
                    member.value.write(out, indent.map(|level| level + 1));
                }
                close(out, members.is_empty(), indent);
                out.push('}');
            }
        }
    }
}

pub(in crate::message) fn separate(out: &mut String, index: usize, indent: Option<usize>) {
    match (index, indent) {
        (0, None) => {}
        (_, None) => out.push_str(", "),
        (index, Some(level)) => {
            if index > 0 {
                out.push(',');
            }
            break_line(out, level + 1);
        }
    }
}

/// The name of a member on a line of its own, with what stands before its value.
pub(in crate::message) fn name(out: &mut String, name: &str, index: usize, level: usize) {
    separate(out, index, Some(level));
    string(out, name);
    out.push_str(": ");
}

pub(in crate::message) fn close(out: &mut String, empty: bool, indent: Option<usize>) {
    if let (false, Some(level)) = (empty, indent) {
        break_line(out, level);
    }
}

fn break_line(out: &mut String, level: usize) {
    out.push('\n');
    for _ in 0..level {
        out.push_str("  ");
    }
}

/// Whether a byte is written as an escape.
const ESCAPED: [bool; 256] = {
    let mut escaped = [false; 256];
    let mut byte = 0;
    while byte < 0x20 {
        escaped[byte] = true;
        byte += 1;
    }
    escaped[b'"' as usize] = true;
    escaped[b'\\' as usize] = true;
    escaped[0x7F] = true;
    escaped
};

pub(in crate::message) fn string(out: &mut String, text: &str) {
    out.push('"');
    let mut rest = 0;
    for (at, byte) in text.bytes().enumerate() {
        if !ESCAPED[usize::from(byte)] {
            continue;
        }
        out.push_str(&text[rest..at]);
        rest = at + 1;
        match byte {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            0x08 => out.push_str("\\b"),
            0x0C => out.push_str("\\f"),
            _ => {
                const HEX: &[u8; 16] = b"0123456789abcdef";
                out.push_str("\\u00");
                out.push(char::from(HEX[usize::from(byte >> 4)]));
                out.push(char::from(HEX[usize::from(byte & 15)]));
            }
        }
    }
    out.push_str(&text[rest..]);
    out.push('"');
}
