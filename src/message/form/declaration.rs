//! Fields as a `.proto` file declares them, in one line: label, type, number, and the options that matter to whoever fills
//! them in.
//!
//! Must not know: values, toolkit.

use std::fmt::Write as _;

use prost_reflect::{Cardinality, Kind, MessageDescriptor};
use prost_types::FieldDescriptorProto;

use super::super::field::MessageField;
use super::label::kind_name;

impl MessageField {
    fn proto(&self) -> &FieldDescriptorProto {
        match self {
            Self::Own(field) => field.field_descriptor_proto(),
            Self::Extension(extension) => extension.field_descriptor_proto(),
        }
    }

    /// Whether the schema advises against it.
    #[must_use]
    pub fn is_deprecated(&self) -> bool {
        self.proto().options.as_ref().is_some_and(prost_types::FieldOptions::deprecated)
    }

    /// `optional int32 count = 3 [default = 5]`.
    #[must_use]
    pub fn declaration(&self) -> String {
        let kind = self.kind();
        let mut out = String::new();
        match kind.as_message() {
            Some(entry) if self.is_map() => {
                let (key, value) = (entry.map_entry_key_field().kind(), entry.map_entry_value_field().kind());
                _ = write!(out, "map<{}, {}> ", kind_name(&key), kind_name(&value));
            }
            _ => {
                let is_explicit = self.proto().proto3_optional();
                out.push_str(match self.cardinality() {
                    Cardinality::Repeated => "repeated ",
                    Cardinality::Required => "required ",
                    Cardinality::Optional if is_explicit => "optional ",
                    Cardinality::Optional => "",
                });
                if self.is_group() {
                    out.push_str("group ");
                }
                out.push_str(&kind_name(&kind));
                out.push(' ');
            }
        }
        _ = write!(out, "{} = {}", self.name(), self.number());
        let options = self.options(&kind);
        if !options.is_empty() {
            _ = write!(out, " [{}]", options.join(", "));
        }
        out
    }

    fn options(&self, kind: &Kind) -> Vec<String> {
        let proto = self.proto();
        let mut options = Vec::new();
        if let Some(default) = &proto.default_value {
            let is_text = matches!(kind, Kind::String | Kind::Bytes);
            options.push(if is_text { format!("default = {default:?}") } else { format!("default = {default}") });
        }
        if matches!(self, Self::Own(_)) && self.json_name() != lower_camel(self.name()) {
            options.push(format!("json_name = {:?}", self.json_name()));
        }
        let packable = !matches!(kind, Kind::String | Kind::Bytes | Kind::Message(_));
        if self.is_list() && packable {
            let packed = match self {
                Self::Own(field) => field.is_packed(),
                Self::Extension(extension) => extension.is_packed(),
            };
            options.push(format!("packed = {packed}"));
        }
        if self.is_deprecated() {
            options.push("deprecated = true".to_owned());
        }
        options
    }
}

/// What a type keeps free, as its file says it: `reserved 2, 9 to 11, "foo"`; `None` for most.
#[must_use]
pub fn reserved(descriptor: &MessageDescriptor) -> Option<String> {
    let proto = descriptor.descriptor_proto();
    let ranges = proto.reserved_range.iter().map(|range| {
        // The end is the first number behind the range.
        let (first, last) = (range.start(), range.end().saturating_sub(1));
        match last {
            _ if first == last => first.to_string(),
            0x1FFF_FFFF => format!("{first} to max"),
            _ => format!("{first} to {last}"),
        }
    });
    let all: Vec<String> = ranges.chain(proto.reserved_name.iter().map(|name| format!("{name:?}"))).collect();
    (!all.is_empty()).then(|| format!("reserved {}", all.join(", ")))
}

/// The JSON name that a field has unless its file says another.
fn lower_camel(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut upper = false;
    for char in name.chars() {
        if char == '_' {
            upper = true;
        } else if std::mem::take(&mut upper) {
            out.push(char.to_ascii_uppercase());
        } else {
            out.push(char);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Schema, Source};

    fn message(proto: &str) -> MessageDescriptor {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("t.proto"), proto).unwrap();
        let source = Source::Protos { paths: vec![folder.path().to_owned()], import_paths: Vec::new() };
        let types = Schema::load(&source).unwrap().types_of_file("t.proto").unwrap();
        types.pool().get_message_by_name("M").unwrap()
    }

    fn declared(descriptor: &MessageDescriptor) -> Vec<String> {
        descriptor.fields().map(|field| MessageField::from(field).declaration()).collect()
    }

    #[test]
    fn what_a_file_says_of_a_field() {
        let old = message(
            "syntax = \"proto2\"; enum E { A = 0; } message M { required string name = 1; \
             optional int32 count = 2 [default = 5, deprecated = true]; repeated int32 old = 3; \
             optional E e = 4 [default = A]; optional string s = 5 [default = \"a\\\"b\"]; \
             optional group Result = 6 { } }",
        );
        assert_eq!(
            declared(&old),
            [
                "required string name = 1",
                "int32 count = 2 [default = 5, deprecated = true]",
                "repeated int32 old = 3 [packed = false]",
                "E e = 4 [default = A]",
                "string s = 5 [default = \"a\\\"b\"]",
                "group Result result = 6",
            ]
        );
        let new = message(
            "syntax = \"proto3\"; message M { optional bool is_on = 1; repeated double list = 2; \
             map<int32, M> by_id = 3; string renamed = 4 [json_name = \"Other\"]; }",
        );
        assert_eq!(
            declared(&new),
            [
                "optional bool is_on = 1",
                "repeated double list = 2 [packed = true]",
                "map<int32, M> by_id = 3",
                "string renamed = 4 [json_name = \"Other\"]",
            ]
        );
    }

    #[test]
    fn what_is_reserved() {
        let check = |inside: &str, expected: Option<&str>| {
            let descriptor = message(&format!("syntax = \"proto3\"; message M {{ {inside} }}"));
            assert_eq!(reserved(&descriptor).as_deref(), expected, "{inside}");
        };
        check("", None);
        check("reserved 2, 9 to 11; reserved \"foo\";", Some("reserved 2, 9 to 11, \"foo\""));
        check("reserved 100 to max;", Some("reserved 100 to max"));
    }
}
