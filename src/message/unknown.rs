//! Fields of a decoded message that its type does not have: a newer server knows more than the schema at hand.
//!
//! `ProtoJSON` has no place for them. Where they are wanted ([`super::WriteOptions::unknown_fields`]: what the window
//! shows of a call) they stand under a name that no field has unless somebody gives it that JSON name on purpose,
//! `"@unknown": [{"field": 12, "varint": "150"}]`, each with its number and its value by its wire type. The reader takes
//! that back wherever it stands, so that a received message that is sent again is the same; the canonical form does
//! without it. Must not know: forms.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use prost::Message as _;
use prost::encoding::{WireType, decode_key, decode_varint, encode_key, encode_varint};
use prost_reflect::{DynamicMessage, MessageDescriptor, ReflectMessage as _};

use super::json::{Member, Node, Position, Value};
use super::read::field_by_name;
use super::scalar;

/// The member that holds them.
pub const NAME: &str = "@unknown";

/// How deep groups are taken apart; deeper ones are bytes no more, and do not come from a sane program.
const DEPTH_LIMIT: usize = 50;

/// One of them, as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Its number, as written.
    pub number: String,
    /// Its wire type.
    pub wire: String,
    /// Its value.
    pub value: String,
}

/// Whether the member stands for unknown fields: a type may have a field of that name.
#[must_use]
pub fn is_meant(descriptor: &MessageDescriptor, member: &Member) -> bool {
    member.name == NAME && field_by_name(descriptor, NAME).is_none()
}

/// Those in the member that stands for them, in order.
#[must_use]
pub fn shown(node: &Node) -> Vec<Shown> {
    let Value::Array(fields) = &node.value else { return Vec::new() };
    let one = |field: &Node| {
        let Value::Object(members) = &field.value else { return None };
        let (number, value) = parts(members)?;
        let text = |node: &Node| match &node.value {
            Value::String(text) | Value::Number(text) => text.clone(),
            _ => node.to_line(),
        };
        Some(Shown { number: text(&number.value), wire: value.name.clone(), value: text(&value.value) })
    };
    fields.iter().filter_map(one).collect()
}

/// The member for the unknown fields of a message; `None` if it has none, or has a field of that name.
pub(super) fn member(message: &DynamicMessage) -> Option<Member> {
    let mut fields = message.unknown_fields().peekable();
    fields.peek()?;
    let mut bytes = Vec::new();
    fields.for_each(|field| field.encode(&mut bytes));
    let member = Member::new(NAME, Node::new(Value::Array(nodes(&mut bytes.as_slice(), 0)?)));
    is_meant(&message.descriptor(), &member).then_some(member)
}

/// The fields in encoded bytes, up to the end of a group or of the bytes.
fn nodes(bytes: &mut &[u8], depth: usize) -> Option<Vec<Node>> {
    let mut found = Vec::new();
    while !bytes.is_empty() {
        let (number, wire) = decode_key(bytes).ok()?;
        let text = |text: String| Value::String(text);
        let (name, value) = match wire {
            WireType::Varint => ("varint", text(decode_varint(bytes).ok()?.to_string())),
            WireType::SixtyFourBit => {
                let (value, rest) = bytes.split_first_chunk()?;
                *bytes = rest;
                ("fixed64", text(u64::from_le_bytes(*value).to_string()))
            }
            WireType::ThirtyTwoBit => {
                let (value, rest) = bytes.split_first_chunk()?;
                *bytes = rest;
                ("fixed32", Value::Number(u32::from_le_bytes(*value).to_string()))
            }
            WireType::LengthDelimited => {
                let length = usize::try_from(decode_varint(bytes).ok()?).ok()?;
                let (value, rest) = bytes.split_at_checked(length)?;
                *bytes = rest;
                ("bytes", text(BASE64_STANDARD.encode(value)))
            }
            WireType::StartGroup if depth < DEPTH_LIMIT => ("group", Value::Array(nodes(bytes, depth + 1)?)),
            WireType::StartGroup => return None,
            WireType::EndGroup => return Some(found),
        };
        let number = Node::new(Value::Number(number.to_string()));
        let members = vec![Member::new("field", number), Member::new(name, Node::new(value))];
        found.push(Node::new(Value::Object(members)));
    }
    Some(found)
}

/// Puts the unknown fields of a member into a message.
///
/// # Errors
///
/// What is none, and where.
pub(super) fn put(node: &Node, message: &mut DynamicMessage) -> Result<(), (Position, String)> {
    let mut bytes = Vec::new();
    let descriptor = message.descriptor();
    let is_known = |number: u32| {
        let extension = || descriptor.get_extension(number).map(|extension| extension.json_name().to_owned());
        descriptor.get_field(number).map(|field| field.json_name().to_owned()).or_else(extension)
    };
    encode(node, &mut bytes, &is_known)?;
    message.merge(bytes.as_slice()).map_err(|error| (node.position, error.to_string()))
}

fn encode(
    node: &Node,
    bytes: &mut Vec<u8>,
    is_known: &dyn Fn(u32) -> Option<String>,
) -> Result<(), (Position, String)> {
    let Value::Array(fields) = &node.value else {
        return Err((node.position, "unknown fields are an array".to_owned()));
    };
    for field in fields {
        let expected = || (field.position, r#"not an unknown field such as {"field": 12, "varint": "5"}"#.to_owned());
        let Value::Object(members) = &field.value else { return Err(expected()) };
        let (number, member) = parts(members).ok_or_else(expected)?;
        let at = |node: &Node, problem: String| (node.position, problem);
        let digits = text(&number.value).ok_or_else(expected)?;
        let number_of = scalar::integer::<u32>(digits).map_err(|problem| at(&number.value, problem))?;
        if !(1..=(1 << 29) - 1).contains(&number_of) {
            return Err(at(&number.value, "not the number of a field: 1 to 536870911".to_owned()));
        }
        if let Some(name) = is_known(number_of) {
            return Err(at(&number.value, format!("field {number_of} is known: it is `{name}`")));
        }
        let value = &member.value;
        let written = || text(value).ok_or_else(expected);
        match member.name.as_str() {
            "varint" => {
                encode_key(number_of, WireType::Varint, bytes);
                encode_varint(scalar::integer(written()?).map_err(|problem| at(value, problem))?, bytes);
            }
            "fixed64" => {
                encode_key(number_of, WireType::SixtyFourBit, bytes);
                let number: u64 = scalar::integer(written()?).map_err(|problem| at(value, problem))?;
                bytes.extend(number.to_le_bytes());
            }
            "fixed32" => {
                encode_key(number_of, WireType::ThirtyTwoBit, bytes);
                let number: u32 = scalar::integer(written()?).map_err(|problem| at(value, problem))?;
                bytes.extend(number.to_le_bytes());
            }
            "bytes" => {
                let read = scalar::bytes(written()?).map_err(|problem| at(value, problem))?;
                prost::encoding::bytes::encode(number_of, &read, bytes);
            }
            "group" => {
                encode_key(number_of, WireType::StartGroup, bytes);
                encode(value, bytes, &|_| None)?;
                encode_key(number_of, WireType::EndGroup, bytes);
            }
            _ => return Err(expected()),
        }
    }
    Ok(())
}

/// The number of a field, and the member that holds its value.
fn parts(members: &[Member]) -> Option<(&Member, &Member)> {
    match members {
        [number, value] | [value, number] if number.name == "field" && value.name != "field" => Some((number, value)),
        _ => None,
    }
}

fn text(node: &Node) -> Option<&str> {
    match &node.value {
        Value::String(text) | Value::Number(text) => Some(text),
        _ => None,
    }
}
