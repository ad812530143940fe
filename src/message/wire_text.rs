//! A message as it stands in its bytes, one field on a line: offset, number and name, wire type, length, value, bytes.
//! Names and values by the type where it is known, else by guess.
//!
//! Must not know: how it is shown.

use std::fmt::Write as _;

use prost_reflect::{Kind, MessageDescriptor};

use super::raw::to_hex;
use super::wire::{BytesGuess, Field, Value, VarintGuess, View, as_text};

/// Lines written at most: bytes of any size are told as far as anybody reads.
const MOST_LINES: usize = 200_000;
/// Bytes shown beside a field.
const MOST_HEX: usize = 16;
/// Characters of a value.
const MOST_VALUE: usize = 48;
/// Packed numbers that are told.
const MOST_PACKED: usize = 12;
const DEPTH_LIMIT: usize = 100;

/// How wide columns get, in characters; no wider than what is in them.
const WIDEST: usize = 24;

/// Writes the fields of a message of that type, or of a type that nobody knows.
#[must_use]
pub fn wire_text(bytes: &[u8], descriptor: Option<&MessageDescriptor>) -> String {
    let view = View::of(bytes);
    let mut writer = Writer { bytes, lines: Vec::new() };
    writer.fields(&view.fields, descriptor, 0);
    let offset = bytes.len().max(999).ilog10() as usize + 1;
    let mut out = String::with_capacity(writer.lines.len() * 80);
    let widest = |of: fn(&Line) -> &str| {
        writer.lines.iter().map(|line| of(line).chars().count()).max().unwrap_or_default().min(WIDEST)
    };
    let (field, value) = (widest(|line| &line.field), widest(|line| &line.value));
    // Writing to a string cannot fail.
    for line in &writer.lines {
        let Line { start, field: name, kind, length, value: words, bytes } = line;
        let _written =
            writeln!(out, "{start:>offset$}  {name:<field$}  {kind:<6} {length:>6}  {words:<value$}  {bytes}");
    }
    if writer.lines.len() == MOST_LINES {
        out.push_str("…\n");
    }
    if let Some(broken) = &view.broken {
        let rest = bytes.get(broken.offset..).unwrap_or_default();
        let _written = writeln!(out, "{:>offset$}  {}  {}", broken.offset, broken.message, hex(rest));
    }
    out
}

struct Line {
    start: usize,
    /// Number and name, indented.
    field: String,
    kind: &'static str,
    length: String,
    value: String,
    bytes: String,
}

struct Writer<'a> {
    bytes: &'a [u8],
    lines: Vec<Line>,
}

impl Writer<'_> {
    fn fields(&mut self, fields: &[Field], descriptor: Option<&MessageDescriptor>, depth: usize) {
        for field in fields {
            if self.lines.len() == MOST_LINES {
                return;
            }
            let known = descriptor.and_then(|descriptor| descriptor.get_field(field.number));
            let extension = descriptor.and_then(|descriptor| descriptor.get_extension(field.number));
            let (name, kind, is_list) = match (&known, &extension) {
                (Some(known), _) => (known.name().to_owned(), Some(known.kind()), known.is_list()),
                (_, Some(known)) => (format!("[{}]", known.full_name()), Some(known.kind()), known.is_list()),
                _ => (String::new(), None, false),
            };
            match (&kind, &field.value) {
                (Some(Kind::Message(inner)), Value::Bytes { nested }) if depth < DEPTH_LIMIT => {
                    self.line(field, &name, "", depth);
                    if let Some(nested) = nested {
                        self.fields(nested, Some(inner), depth + 1);
                    } else {
                        // Not guessed: there were too many, or it breaks off.
                        let mut view = View::flat(field.bytes(self.bytes));
                        shift(&mut view.fields, field.value_start);
                        self.fields(&view.fields, Some(inner), depth + 1);
                    }
                }
                (_, Value::Group(nested)) => {
                    let inner = match &kind {
                        Some(Kind::Message(inner)) => Some(inner),
                        _ => None,
                    };
                    self.line(field, &name, "", depth);
                    self.fields(nested, inner, depth + 1);
                }
                (Some(kind), _) => {
                    let value = self.typed(field, kind, is_list);
                    self.line(field, &name, &value, depth);
                }
                (None, _) => match field.guess(self.bytes) {
                    BytesGuess::Message(nested) => {
                        self.line(field, &name, "", depth);
                        self.fields(nested, None, depth + 1);
                    }
                    BytesGuess::Text(text) => self.line(field, &name, &quoted(text), depth),
                    BytesGuess::Bytes => {
                        let value = guessed(&field.value);
                        self.line(field, &name, &value, depth);
                    }
                },
            }
        }
    }

    fn line(&mut self, field: &Field, name: &str, value: &str, depth: usize) {
        let indent = depth * 2;
        let label = format!("{:indent$}{} {name}", "", field.number);
        let (kind, length) = match &field.value {
            Value::Varint(_) => ("VARINT", None),
            Value::Fixed64(_) => ("I64", None),
            Value::Fixed32(_) => ("I32", None),
            Value::Bytes { .. } => ("LEN", Some(field.value_end - field.value_start)),
            Value::Group(_) => ("GROUP", Some(field.value_end - field.value_start)),
        };
        let length = length.map(|length| length.to_string()).unwrap_or_default();
        let end = field.value_end.min(field.start + MOST_HEX + 1);
        let bytes = hex(self.bytes.get(field.start..end).unwrap_or_default());
        self.lines.push(Line { start: field.start, field: label, kind, length, value: value.to_owned(), bytes });
    }

    /// The value of a field whose type is known; the guess where the bytes do not fit it.
    fn typed(&self, field: &Field, kind: &Kind, is_list: bool) -> String {
        let bytes = field.bytes(self.bytes);
        match (kind, &field.value) {
            (Kind::String, Value::Bytes { .. }) => quoted(&String::from_utf8_lossy(bytes)),
            (Kind::Bytes, Value::Bytes { .. }) => as_text(bytes).map(quoted).unwrap_or_default(),
            (Kind::Message(_), _) => String::new(),
            (kind, Value::Bytes { .. }) if is_list => packed(bytes, kind),
            (kind, Value::Varint(number)) => varint(*number, kind).unwrap_or_else(|| guessed(&field.value)),
            (Kind::Double, Value::Fixed64(number)) => f64::from_bits(*number).to_string(),
            (Kind::Fixed64, Value::Fixed64(number)) => number.to_string(),
            (Kind::Sfixed64, Value::Fixed64(number)) => (*number as i64).to_string(),
            (Kind::Float, Value::Fixed32(number)) => f32::from_bits(*number).to_string(),
            (Kind::Fixed32, Value::Fixed32(number)) => number.to_string(),
            (Kind::Sfixed32, Value::Fixed32(number)) => (*number as i32).to_string(),
            (_, value) => guessed(value),
        }
    }
}

/// A varint of that kind of field.
pub(super) fn varint(number: u64, kind: &Kind) -> Option<String> {
    Some(match kind {
        Kind::Bool => (number != 0).to_string(),
        Kind::Int32 => (number as i32).to_string(),
        Kind::Int64 => (number as i64).to_string(),
        Kind::Uint32 => (number as u32).to_string(),
        Kind::Uint64 => number.to_string(),
        Kind::Sint32 | Kind::Sint64 => VarintGuess::of(number).zigzag.to_string(),
        Kind::Enum(values) => {
            let number = number as i32;
            values.get_value(number).map_or_else(|| number.to_string(), |value| format!("{number} {}", value.name()))
        }
        _ => return None,
    })
}

fn guessed(value: &Value) -> String {
    match value {
        Value::Varint(number) => {
            let guess = VarintGuess::of(*number);
            match guess.signed {
                Some(signed) => format!("{number} or {signed}"),
                None if *number > 1 => format!("{number} or {}", guess.zigzag),
                None => number.to_string(),
            }
        }
        Value::Fixed64(number) => format!("{number} or {:e}", f64::from_bits(*number)),
        Value::Fixed32(number) => format!("{number} or {:e}", f32::from_bits(*number)),
        Value::Bytes { .. } | Value::Group(_) => String::new(),
    }
}

/// Numbers that stand one after another without tags.
fn packed(bytes: &[u8], kind: &Kind) -> String {
    let mut numbers = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() && numbers.len() < MOST_PACKED {
        let number = match kind {
            Kind::Double | Kind::Fixed64 | Kind::Sfixed64 => rest.split_first_chunk::<8>().map(|(chunk, after)| {
                let number = u64::from_le_bytes(*chunk);
                let text = match kind {
                    Kind::Double => f64::from_bits(number).to_string(),
                    Kind::Sfixed64 => (number as i64).to_string(),
                    _ => number.to_string(),
                };
                (text, after)
            }),
            Kind::Float | Kind::Fixed32 | Kind::Sfixed32 => rest.split_first_chunk::<4>().map(|(chunk, after)| {
                let number = u32::from_le_bytes(*chunk);
                let text = match kind {
                    Kind::Float => f32::from_bits(number).to_string(),
                    Kind::Sfixed32 => (number as i32).to_string(),
                    _ => number.to_string(),
                };
                (text, after)
            }),
            _ => {
                let mut after = rest;
                let number = prost::encoding::decode_varint(&mut after).ok();
                number.and_then(|number| varint(number, kind)).map(|text| (text, after))
            }
        };
        let Some((text, after)) = number else { break };
        numbers.push(text);
        rest = after;
    }
    if !rest.is_empty() {
        numbers.push("…".to_owned());
    }
    format!("[{}]", numbers.join(", "))
}

fn quoted(text: &str) -> String {
    match text.char_indices().nth(MOST_VALUE) {
        Some((end, _)) => format!("{:?}…", &text[..end]),
        None => format!("{text:?}"),
    }
}

fn hex(bytes: &[u8]) -> String {
    let mut out = to_hex(bytes.get(..MOST_HEX).unwrap_or(bytes));
    if bytes.len() > MOST_HEX {
        out.push_str(" …");
    }
    out
}

/// Counts offsets from the beginning of the whole.
fn shift(fields: &mut [Field], by: usize) {
    for field in fields {
        field.start += by;
        field.value_start += by;
        field.value_end += by;
        match &mut field.value {
            Value::Group(inner) | Value::Bytes { nested: Some(inner) } => shift(inner, by),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use prost::Message as _;

    use super::*;
    use crate::message::{read_text, tests::order};

    /// With a mark at the beginning of each line, which begin with blanks.
    fn lines(bytes: &[u8], descriptor: Option<&MessageDescriptor>) -> String {
        wire_text(bytes, descriptor).lines().fold(String::new(), |out, line| out + "|" + line.trim_end() + "\n")
    }

    #[test]
    fn fields_by_name_and_type() {
        let json = r#"{
            "name": "Ada", "items": [{"sku": "A-1", "count": 2}], "i32": -1, "f64": 0.5, "raw": "/w==",
            "priority": "PRIORITY_LOW", "numbers": [1, -2, 300]
        }"#;
        let bytes = read_text(json, &order()).unwrap().encode_to_vec();
        let expected = expect_test::expect![[r#"
            |  0  1 name       LEN         3  "Ada"           0a 03 41 64 61
            |  5  2 items      LEN         7                  12 07 0a 03 41 2d 31 10 02
            |  7    1 sku      LEN         3  "A-1"           0a 03 41 2d 31
            | 12    2 count    VARINT         2               10 02
            | 14  3 i32        VARINT         -1              18 ff ff ff ff ff ff ff ff ff 01
            | 25  8 f64        I64            0.5             41 00 00 00 00 00 00 e0 3f
            | 34  10 raw       LEN         1                  52 01 ff
            | 37  11 priority  VARINT         1 PRIORITY_LOW  58 01
            | 39  29 numbers   LEN         4  [1, -2, 300]    ea 01 04 02 03 d8 04
        "#]];
        expected.assert_eq(&lines(&bytes, Some(&order())));
    }

    #[test]
    fn fields_without_a_type_and_where_they_break() {
        let expected = expect_test::expect![[r#"
            |  0  1     LEN         5  "Hello"             0a 05 48 65 6c 6c 6f
            |  7  2     LEN         2                      12 02 08 07
            |  9    1   VARINT         7 or -4             08 07
            | 11  3     I32            1056964608 or 5e-1  1d 00 00 00 3f
            | 16  1     LEN         2  "ab"                0a 09 61 62
            | 17  field 1 wants 9 bytes, and only 2 are left  09 61 62
        "#]];
        expected.assert_eq(&lines(b"\x0a\x05Hello\x12\x02\x08\x07\x1d\0\0\0\x3f\x0a\x09ab", None));
    }
}
