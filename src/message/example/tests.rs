//! Examples of the samples that come with the program, and of types made to be hard.

use std::fmt::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use prost_reflect::DynamicMessage;

use super::*;
use crate::message::constraints::Violation;
use crate::message::read;
use crate::schema::{Schema, Source};
use crate::text::{Language, Text};

fn of_text(proto: &str, name: &str) -> MessageDescriptor {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("t.proto"), proto).unwrap();
    let source = Source::Protos { paths: vec![folder.path().to_owned()], import_paths: Vec::new() };
    let schema = Schema::load(&source).unwrap();
    assert_eq!(schema.problems, [], "{proto}");
    let types = schema.types_of_file("t.proto").unwrap_or_else(|all| panic!("{all:?}"));
    types.pool().get_message_by_name(name).unwrap()
}

fn sample(file: &str, name: &str) -> MessageDescriptor {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("proto-samples");
    let source = Source::Protos { paths: vec![root.join(file)], import_paths: vec![root] };
    Schema::load(&source).unwrap().find_symbol(name).unwrap().pool().get_message_by_name(name).unwrap()
}

fn options(extent: Extent, rules: Option<&Constraints>) -> ExampleOptions<'_> {
    ExampleOptions { extent, rules, now: "2026-11-21T10:34:56Z".parse().unwrap() }
}

/// The example as JSON, and the rules that it does not meet.
fn made(descriptor: &MessageDescriptor, extent: Extent) -> (String, Vec<Violation>) {
    let rules = Constraints::of(descriptor);
    let node = example(descriptor, options(extent, Some(&rules)));
    let message: DynamicMessage = read(&node, descriptor).unwrap_or_else(|all| panic!("{}: {all:?}", node.to_line()));
    (node.to_line(), rules.check(&message, &Text::new(Language::En)))
}

#[test]
fn the_sign_up_sample_meets_its_rules() {
    let descriptor = sample("sign_up.proto", "signup.SignUpRequest");
    for extent in [Extent::Full, Extent::Minimal] {
        let (json, broken) = made(&descriptor, extent);
        assert_eq!(broken, [], "{json}");
    }
    let (json, _) = made(&descriptor, Extent::Minimal);
    assert!(json.contains("\"email\"") && !json.contains("topics") && !json.contains("website"), "{json}");
}

#[test]
fn values_meet_rules_of_every_sort() {
    let check = |field: &str| {
        let descriptor = of_text(
            &format!(
                "syntax = \"proto3\"; import \"buf/validate/validate.proto\"; import \"google/protobuf/timestamp.proto\";\
                 import \"google/protobuf/duration.proto\"; import \"google/protobuf/wrappers.proto\";\
                 enum E {{ ZERO = 0; ONE = 1; TWO = 2; }} message M {{ {field} }}"
            ),
            "M",
        );
        for extent in [Extent::Full, Extent::Minimal] {
            let (json, broken) = made(&descriptor, extent);
            assert_eq!(broken, [], "{field}: {json}");
        }
    };
    let rule = |kind: &str, rule: &str| check(&format!("{kind} f = 1 [(buf.validate.field).{rule}];"));
    for asked in [
        "string.len = 7",
        "string.max_len = 2",
        "string = {min_len: 40, prefix: \"x-\", suffix: \".txt\"}",
        "string = {prefix: \"projects/\", max_bytes: 12}",
        "string.contains = \"needle\"",
        "string.pattern = \"^[A-Z]{2}-[0-9]{4,6}$\"",
        "string = {in: [\"one\", \"two\"]}",
        "string = {not_in: [\"example\"]}",
        "string.const = \"only\"",
        "string.uuid = true",
        "string.hostname = true",
        "string.ipv6 = true",
        "string.host_and_port = true",
        "string.ulid = true",
    ] {
        rule("string", asked);
    }
    rule("int32", "int32 = {gt: 100, lt: 102}");
    rule("uint64", "uint64.gte = 18446744073709551615");
    rule("sint32", "sint32.lt = -5");
    rule("int64", "int64 = {in: [7, 8]}");
    rule("double", "double = {gt: 0.1, lt: 0.2}");
    rule("float", "float.lte = -1");
    rule("bool", "bool.const = false");
    rule("bytes", "bytes = {min_len: 20, prefix: \"ab\"}");
    rule("bytes", "bytes.ip = true");
    rule("E", "enum = {defined_only: true, not_in: [0, 1]}");
    rule("repeated string", "repeated = {min_items: 3, unique: true, items: {string: {max_len: 8}}}");
    rule("repeated int32", "repeated = {min_items: 4, unique: true, items: {int32: {gte: 10}}}");
    rule("repeated string", "repeated.max_items = 0");
    rule("map<string, int32>", "map = {min_pairs: 2, keys: {string: {min_len: 5}}, values: {int32: {gt: 5}}}");
    rule("google.protobuf.Timestamp", "timestamp.gt_now = true");
    rule("google.protobuf.Timestamp", "timestamp.lt_now = true");
    rule("google.protobuf.Duration", "duration = {gte: {seconds: 60}, lt: {seconds: 61}}");
    rule("google.protobuf.StringValue", "string.email = true");
    rule("string", "required = true");
    check("option (buf.validate.message).oneof = {fields: [\"a\", \"b\"] required: true}; string a = 1; string b = 2;");
}

#[test]
fn what_is_required_is_all_of_a_minimal_one() {
    let proto = "syntax = \"proto2\"; message M { required string name = 1; optional string note = 2; \
                 required In in = 3; repeated int32 n = 4; oneof o { string a = 5; } } \
                 message In { required int32 count = 1; optional M deep = 2; }";
    let descriptor = of_text(proto, "M");
    let node = example(&descriptor, options(Extent::Minimal, None));
    assert_eq!(node.to_line(), r#"{"name": "Ada", "in": {"count": 2}}"#);
}

#[test]
fn a_large_recursive_type_ends_soon() {
    let mut proto = "syntax = \"proto3\"; ".to_owned();
    for index in 0..130 {
        write!(proto, "message Node{index} {{ string name = 1; M own = 2; ").unwrap();
        for field in 0..6 {
            let other = (index * 7 + field * 13 + 1) % 130;
            write!(proto, "repeated Node{other} nodes_{field} = {}; ", field + 3).unwrap();
        }
        proto.push_str("} ");
    }
    proto.push_str("message M { Node0 first = 1; map<string, Node1> second = 2; string last = 3; }");
    assert!(proto.len() > 23_000, "{}", proto.len());
    let descriptor = of_text(&proto, "M");
    for extent in [Extent::Full, Extent::Minimal] {
        let begun = Instant::now();
        let node = example(&descriptor, options(extent, None));
        assert!(begun.elapsed() < Duration::from_millis(200), "{:?}", begun.elapsed());
        let text = node.to_pretty();
        assert!(text.len() < 200_000, "{}", text.len());
        assert!(read(&node, &descriptor).is_ok());
        assert_eq!(extent == Extent::Full, text.contains("\"last\""), "{text}");
    }
}

#[test]
fn every_field_of_a_wide_message_is_filled() {
    let mut fields = String::new();
    for number in 1..=1000 {
        write!(fields, "int32 f{number} = {number}; ").unwrap();
    }
    let descriptor = of_text(&format!("syntax = \"proto3\"; message M {{ {fields} }}"), "M");
    let node = example(&descriptor, options(Extent::Full, None));
    assert!(matches!(&node.value, Value::Object(members) if members.len() == 1000));
}
