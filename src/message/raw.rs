//! Messages as raw bytes, and the bytes as hex or base64: what is pasted from a log, a packet dump or a browser.
//!
//! Must not know: JSON, forms.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use prost_reflect::{DynamicMessage, Kind, MessageDescriptor};

use super::scalar;
use super::wire::{Field, Value, View};

/// How deep messages may stand in each other; prost reads no deeper.
const DEPTH_LIMIT: usize = 100;
/// One byte that says whether the message is compressed, four for its length.
const FRAME_HEADER: usize = 5;

/// Why bytes are no message of a type.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Undecodable {
    /// What is wrong and at which byte, with the path of the field: lower-case, no final stop.
    pub message: String,
    /// Without the first five bytes, the header of a gRPC frame, they are a message of that type.
    pub is_framed: bool,
}

/// Reads a message.
///
/// # Errors
///
/// The first place that does not fit, and whether leaving out the header of a gRPC frame would mend it.
pub fn decode(bytes: &[u8], descriptor: &MessageDescriptor) -> Result<DynamicMessage, Undecodable> {
    let error = match DynamicMessage::decode(descriptor.clone(), bytes) {
        Ok(message) => return Ok(message),
        Err(error) => error,
    };
    let found = Search { whole: bytes, path: Vec::new() }.message(0, bytes.len(), descriptor, 0);
    let found = found.unwrap_or_else(|| {
        let text = error.to_string();
        text.strip_prefix("failed to decode Protobuf message: ").unwrap_or(&text).to_owned()
    });
    let mut message = format!("the bytes are no {}: {found}", descriptor.full_name());
    let framed = frame_payload(bytes);
    let is_compressed = framed.is_some() && bytes.first() == Some(&1);
    let is_framed =
        !is_compressed && framed.is_some_and(|rest| DynamicMessage::decode(descriptor.clone(), rest).is_ok());
    if is_compressed {
        message.push_str("; they begin as a gRPC frame does whose message is compressed: decompress it first");
    } else if framed.is_some() {
        message.push_str("; they begin as a gRPC frame does: leave out the first 5 bytes");
    }
    Err(Undecodable { message, is_framed })
}

/// What follows the header of a gRPC frame, if the bytes are one: its length is that of the rest. No message begins so.
#[must_use]
pub fn frame_payload(bytes: &[u8]) -> Option<&[u8]> {
    let (header, rest) = bytes.split_first_chunk::<FRAME_HEADER>()?;
    let [0 | 1, length @ ..] = header else { return None };
    (usize::try_from(u32::from_be_bytes(*length)) == Ok(rest.len())).then_some(rest)
}

/// Reads hex: two digits for each byte, in either case; blanks, line breaks, colons and commas between bytes, and `0x` or
/// `\x` before them, do not count.
///
/// # Errors
///
/// The first character that does not belong.
pub fn from_hex(text: &str) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::with_capacity(text.len() / 2);
    let mut high = None;
    let mut letters = text.chars().enumerate().peekable();
    while let Some((at, letter)) = letters.next() {
        if letter.is_whitespace() || matches!(letter, ':' | ',') {
            continue;
        }
        if high.is_none()
            && matches!(letter, '0' | '\\')
            && letters.next_if(|(_, next)| matches!(next, 'x' | 'X')).is_some()
        {
            continue;
        }
        let digit = letter.to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        let digit = digit.ok_or_else(|| format!("not hex: `{}` at character {}", letter.escape_debug(), at + 1))?;
        match high.take() {
            None => high = Some(digit),
            Some(high) => bytes.push(high << 4 | digit),
        }
    }
    if high.is_some() {
        return Err("not hex: half a byte at the end".to_owned());
    }
    Ok(bytes)
}

/// Reads base64, with the standard or the URL alphabet, padded or not; blanks and line breaks do not count.
///
/// # Errors
///
/// The first character that does not belong, blanks not counted.
pub fn from_base64(text: &str) -> Result<Vec<u8>, String> {
    let text: String = text.chars().filter(|letter| !letter.is_whitespace()).collect();
    scalar::bytes(&text)
}

/// Writes two digits for each byte, a space between bytes.
#[must_use]
pub fn to_hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut out = String::with_capacity(bytes.len() * 3);
    for (index, byte) in bytes.iter().enumerate() {
        if index > 0 {
            out.push(' ');
        }
        out.push(char::from(DIGITS[usize::from(byte >> 4)]));
        out.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    out
}

/// Writes base64 with the standard alphabet, padded.
#[must_use]
pub fn to_base64(bytes: &[u8]) -> String {
    BASE64_STANDARD.encode(bytes)
}

/// The search for the place that does not fit.
struct Search<'a> {
    whole: &'a [u8],
    path: Vec<String>,
}

impl Search<'_> {
    fn message(&mut self, start: usize, end: usize, descriptor: &MessageDescriptor, depth: usize) -> Option<String> {
        if depth > DEPTH_LIMIT {
            return Some(format!("byte {start}: messages nested more than {DEPTH_LIMIT} deep"));
        }
        let view = View::flat(self.whole.get(start..end)?);
        for mut field in view.fields {
            // Those of the fields in it are of no use here: what is in a message is read again.
            field.start += start;
            field.value_start += start;
            field.value_end += start;
            let known = descriptor.get_field(field.number);
            let extension = descriptor.get_extension(field.number);
            let (name, kind, is_list) = match (known, extension) {
                (Some(known), _) => (known.name().to_owned(), known.kind(), known.is_list()),
                (None, Some(known)) => (format!("[{}]", known.full_name()), known.kind(), known.is_list()),
                (None, None) => continue,
            };
            self.path.push(name);
            let found = self.value(&field, &kind, is_list, depth);
            self.path.pop();
            if found.is_some() {
                return found;
            }
        }
        let broken = view.broken?;
        Some(self.told(broken.offset + start, &broken.message))
    }

    fn value(&mut self, field: &Field, kind: &Kind, is_list: bool, depth: usize) -> Option<String> {
        let fits = match (kind, &field.value) {
            (Kind::Message(inner), Value::Bytes { .. } | Value::Group(_)) => {
                return self.message(field.value_start, field.value_end, inner, depth + 1);
            }
            (Kind::String, Value::Bytes { .. }) => {
                let error = std::str::from_utf8(field.bytes(self.whole)).err()?;
                return Some(self.told(field.value_start + error.valid_up_to(), "not UTF-8, as a string must be"));
            }
            (Kind::Bytes, Value::Bytes { .. })
            | (Kind::Double | Kind::Fixed64 | Kind::Sfixed64, Value::Fixed64(_))
            | (Kind::Float | Kind::Fixed32 | Kind::Sfixed32, Value::Fixed32(_)) => true,
            (Kind::Message(_) | Kind::String | Kind::Bytes, _) => false,
            (Kind::Double | Kind::Float | Kind::Fixed64 | Kind::Sfixed64 | Kind::Fixed32 | Kind::Sfixed32, _) => {
                is_list && matches!(field.value, Value::Bytes { .. })
            }
            (_, Value::Varint(_)) => true,
            (_, value) => is_list && matches!(value, Value::Bytes { .. }),
        };
        if fits {
            return None;
        }
        let found = match field.value {
            Value::Varint(_) => "a varint",
            Value::Fixed64(_) => "eight bytes",
            Value::Fixed32(_) => "four bytes",
            Value::Bytes { .. } => "bytes with a length",
            Value::Group(_) => "a group",
        };
        Some(self.told(field.start, &format!("{found}, which a {kind:?} is not")))
    }

    fn told(&self, offset: usize, message: &str) -> String {
        if self.path.is_empty() {
            return format!("byte {offset}: {message}");
        }
        format!("byte {offset}, in {}: {message}", self.path.join("."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex() {
        #[track_caller]
        fn check(text: &str, expected: &str) {
            assert_eq!(from_hex(text).map_or_else(|problem| problem, |bytes| to_hex(&bytes)), expected, "{text}");
        }
        check("0a0B0c", "0a 0b 0c");
        check("0x0a0b 0x0c", "0a 0b 0c");
        check(r"\x00\xff", "00 ff");
        check("0a:0b,\n0c\t", "0a 0b 0c");
        check("{0x00, 0x01}", "not hex: `{` at character 1");
        check("", "");
        check("abc", "not hex: half a byte at the end");
        check("0a 你", "not hex: `你` at character 4");
    }

    #[test]
    fn base64() {
        for text in ["+/8=", "-_8", "+/\n 8 ="] {
            assert_eq!(from_base64(text).unwrap(), [0xFB, 0xFF], "{text}");
        }
        assert_eq!(to_base64(&[0xFB, 0xFF]), "+/8=");
        assert_eq!(from_base64("ab*=").unwrap_err(), "not base64: `*` at character 3 is not part of it");
    }

    #[test]
    fn frames() {
        assert_eq!(frame_payload(b"\0\0\0\0\x02ab"), Some(&b"ab"[..]));
        assert_eq!(frame_payload(b"\0\0\0\0\0"), Some(&b""[..]));
        assert_eq!(frame_payload(b"\0\0\0\0\x03ab"), None);
        assert_eq!(frame_payload(b"\x02\0\0\0\x02ab"), None);
        assert_eq!(frame_payload(b"\0\0"), None);
    }
}
