//! Fields that a type does not have, read back from what is written of them: `5: 0x0000002a`, `6 { 1: "a" }`.
//!
//! The form of a value tells its encoding: 0x and eight digits are four bytes, 0x and sixteen digits are eight, other
//! numbers are varints. Groups come back as messages, which are written in the same way.
//! Must not know: descriptors.

use prost::encoding::{self, WireType};

use super::super::json::Position;
use super::{Entry, Name, Node, Tree, number};

/// Puts the encoded field behind what is there.
///
/// # Errors
///
/// The place of a value that has no encoding of its own.
pub(super) fn encode(field: u32, node: &Node, out: &mut Vec<u8>) -> Result<(), (Position, String)> {
    match &node.value {
        Tree::Number { negative, text } => {
            let whole = number::whole(*negative, text);
            let value = whole.and_then(|value| match i64::try_from(value) {
                Ok(value) => Some(value as u64),
                Err(_) => u64::try_from(value).ok(),
            });
            let Some(value) = value else {
                return Err((node.position, "not a whole number of at most 64 bits".to_owned()));
            };
            match text.len() {
                10 if text.starts_with("0x") => {
                    encoding::encode_key(field, WireType::ThirtyTwoBit, out);
                    out.extend_from_slice(&(value as u32).to_le_bytes());
                }
                18 if text.starts_with("0x") => {
                    encoding::encode_key(field, WireType::SixtyFourBit, out);
                    out.extend_from_slice(&value.to_le_bytes());
                }
                _ => {
                    encoding::encode_key(field, WireType::Varint, out);
                    encoding::encode_varint(value, out);
                }
            }
        }
        Tree::String(bytes) => encoding::bytes::encode(field, bytes, out),
        Tree::Message(entries) => {
            let mut inner = Vec::new();
            for entry in entries {
                encode_entry(entry, &mut inner)?;
            }
            encoding::bytes::encode(field, &inner, out);
        }
        Tree::List(elements) => {
            for element in elements {
                encode(field, element, out)?;
            }
        }
        Tree::Word { .. } => {
            return Err((node.position, "a word, whose encoding is not known without the field".to_owned()));
        }
    }
    Ok(())
}

fn encode_entry(entry: &Entry, out: &mut Vec<u8>) -> Result<(), (Position, String)> {
    match &entry.name {
        Name::Number(field) if is_number(*field) => encode(*field, &entry.value, out),
        Name::Number(field) => Err((entry.position, format!("{field} is no field number"))),
        Name::Field(name) | Name::Extension(name) | Name::Any(name) => {
            let message = format!("`{name}` in an unknown field, where fields have only numbers");
            Err((entry.position, message))
        }
    }
}

/// Whether a field may have that number.
pub(super) const fn is_number(number: u32) -> bool {
    number > 0 && number < 1 << 29
}
