//! Where the values of type bytes stand in a message as it was received: found in its bytes, so that a large one is
//! looked at without being copied.
//!
//! Must not know: how it is shown.

use std::collections::HashMap;
use std::ops::Range;

use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor};

use super::AnyTypes;
use super::wire::{Field, Value, View};
use super::wire_text::varint;

/// How deep messages are followed.
const DEPTH_LIMIT: usize = 50;
/// How many fields are looked at.
const LOOK_LIMIT: usize = 500_000;

/// A value of type bytes that is not empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BytesField {
    /// Path of the field, `items[2].picture`.
    pub path: String,
    /// Where its value stands in the bytes of the message.
    pub range: Range<usize>,
}

/// The first `most` of them, in the order of the bytes. What does not read as the message is passed over.
#[must_use]
pub fn bytes_fields(bytes: &[u8], descriptor: &MessageDescriptor, most: usize) -> Vec<BytesField> {
    let mut search = Search { whole: bytes, most, looks: LOOK_LIMIT, found: Vec::new() };
    if holds_bytes(descriptor, &mut Vec::new()) {
        search.message(0..bytes.len(), descriptor, "", 0);
    }
    search.found
}

/// Whether a message of that type can hold bytes at all: most do not, and then none is looked through.
fn holds_bytes(descriptor: &MessageDescriptor, seen: &mut Vec<MessageDescriptor>) -> bool {
    if seen.contains(descriptor) {
        return false;
    }
    seen.push(descriptor.clone());
    let holds = |field: FieldDescriptor| match field.kind() {
        Kind::Bytes => true,
        Kind::Message(inner) => holds_bytes(&inner, seen),
        _ => false,
    };
    descriptor.fields().any(holds)
}

struct Search<'a> {
    whole: &'a [u8],
    most: usize,
    looks: usize,
    found: Vec<BytesField>,
}

impl Search<'_> {
    fn message(&mut self, range: Range<usize>, descriptor: &MessageDescriptor, path: &str, depth: usize) {
        let Some(bytes) = self.whole.get(range.clone()).filter(|_| depth < DEPTH_LIMIT) else { return };
        let view = View::flat(bytes);
        let any = any_of(&view, bytes, descriptor);
        let mut counts: HashMap<u32, usize> = HashMap::new();
        for field in &view.fields {
            if self.found.len() >= self.most || self.looks == 0 {
                return;
            }
            self.looks -= 1;
            let Some(known) = descriptor.get_field(field.number) else { continue };
            let value = range.start + field.value_start..range.start + field.value_end;
            let mut path = if path.is_empty() { known.name().to_owned() } else { format!("{path}.{}", known.name()) };
            if known.is_map() {
                self.entry(value, &known, &path, depth);
                continue;
            }
            if known.is_list() {
                let index = counts.entry(field.number).or_default();
                path = format!("{path}[{index}]");
                *index += 1;
            }
            match (known.kind(), &field.value, &any) {
                (Kind::Bytes, Value::Bytes { .. }, Some(inner)) if field.number == 2 => {
                    self.message(value, inner, &path, depth + 1);
                }
                (Kind::Bytes, Value::Bytes { .. }, _) if !value.is_empty() => {
                    self.found.push(BytesField { path, range: value });
                }
                (Kind::Message(inner), Value::Bytes { .. } | Value::Group(_), _) => {
                    self.message(value, &inner, &path, depth + 1);
                }
                _ => {}
            }
        }
    }

    /// An entry of a map, told by its key.
    fn entry(&mut self, range: Range<usize>, map: &FieldDescriptor, path: &str, depth: usize) {
        let Kind::Message(entry) = map.kind() else { return };
        let Some(bytes) = self.whole.get(range.clone()) else { return };
        let view = View::flat(bytes);
        let key = view.fields.iter().rev().find(|field| field.number == 1);
        let key = key.map(|field| key_of(field, &entry.map_entry_key_field().kind(), bytes));
        let path = format!("{path}[{}]", key.unwrap_or_default());
        let Some(value) = view.fields.iter().rev().find(|field| field.number == 2) else { return };
        let place = range.start + value.value_start..range.start + value.value_end;
        match entry.map_entry_value_field().kind() {
            Kind::Bytes if !place.is_empty() && self.found.len() < self.most => {
                self.found.push(BytesField { path, range: place });
            }
            Kind::Message(inner) => self.message(place, &inner, &path, depth + 1),
            _ => {}
        }
    }
}

fn key_of(field: &Field, kind: &Kind, bytes: &[u8]) -> String {
    match &field.value {
        Value::Varint(number) => varint(*number, kind).unwrap_or_default(),
        Value::Fixed64(number) => number.to_string(),
        Value::Fixed32(number) => number.to_string(),
        _ => format!("{:?}", String::from_utf8_lossy(field.bytes(bytes))),
    }
}

/// The type of what is in an `Any`, where it is known.
fn any_of(view: &View, bytes: &[u8], descriptor: &MessageDescriptor) -> Option<MessageDescriptor> {
    if descriptor.full_name() != "google.protobuf.Any" {
        return None;
    }
    let url = view.fields.iter().rev().find(|field| field.number == 1)?;
    let url = std::str::from_utf8(url.bytes(bytes)).ok()?;
    AnyTypes::NONE.find(descriptor.parent_pool(), url)
}

#[cfg(test)]
mod tests {
    use prost::Message as _;
    use prost_reflect::DescriptorPool;

    use super::*;
    use crate::message::read_text;

    #[test]
    fn values_of_type_bytes_with_their_paths() {
        let text = r#"
            syntax = "proto3";
            package p;
            message M {
                bytes a = 1; repeated bytes b = 2; map<string, bytes> c = 3; map<int32, M> d = 4;
                M e = 5; string text = 6; oneof choice { bytes f = 7; }
            }
        "#;
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("m.proto"), text).unwrap();
        let files = protox::compile(["m.proto"], [folder.path()]).unwrap();
        let pool = DescriptorPool::from_file_descriptor_set(files).unwrap();
        let descriptor = pool.get_message_by_name("p.M").unwrap();
        let json = r#"{
            "a": "YQ==", "b": ["Yg==", "", "YmI="], "c": {"x y": "Yw=="}, "d": {"-7": {"a": "ZA=="}},
            "e": {"e": {"f": "Zg=="}, "text": "not bytes"}
        }"#;
        let bytes = read_text(json, &descriptor).unwrap().encode_to_vec();
        let found = bytes_fields(&bytes, &descriptor, 99);
        let mut shown: Vec<(&str, &[u8])> =
            found.iter().map(|field| (field.path.as_str(), &bytes[field.range.clone()])).collect();
        shown.sort_unstable();
        let expected: [(&str, &[u8]); 6] =
            [("a", b"a"), ("b[0]", b"b"), ("b[2]", b"bb"), ("c[\"x y\"]", b"c"), ("d[-7].a", b"d"), ("e.e.f", b"f")];
        assert_eq!(shown, expected);
        assert_eq!(bytes_fields(&bytes, &descriptor, 2).len(), 2);
        assert_eq!(bytes_fields(b"\x0a\x7f!", &descriptor, 2).len(), 1, "what was cut off is shown as far as it goes");
    }
}
