//! Editions from source and from descriptors, through the pool, to the wire and back.

use std::path::Path;
use std::sync::Arc;

use expect_test::{Expect, expect};
use proptest::prelude::*;
use prost_reflect::{Cardinality, DynamicMessage, MessageDescriptor};

use super::*;
use crate::message::json::parse;
use crate::message::{WriteOptions, read, write};
use crate::schema::unit::{Unit, split_set};
use crate::schema::{Check, Schema, Source, Types, check};

const ORDERS: &str = r#"// Licence.

edition = "2024";

package orders;

import option "marks.proto";
import "google/protobuf/timestamp.proto";

option features.repeated_field_encoding = EXPANDED;

// An order.
export message Order {
  option features.json_format = LEGACY_BEST_EFFORT;
  reserved old_id, older;
  reserved 100 to 110;
  extensions 1000 [declaration = { number: 1000 full_name: ".orders.mark" type: "string" }];
  // Its number.
  int64 id = 1 [default = -7, (marks.weight) = -inf];
  string name = 2 [features.field_presence = IMPLICIT];
  int32 must = 3 [features.field_presence = LEGACY_REQUIRED];
  Line line = 4 [features.message_encoding = DELIMITED];
  repeated int32 sparse = 5;
  repeated int32 dense = 6 [features = { repeated_field_encoding: PACKED }];
  map<string, Line> lines = 7 [features.message_encoding = DELIMITED];
  oneof way {
    Line by = 8;
    bytes raw = 9 [default = "a\n\001"];
  }
  Colour colour = 10;
  local message Line { string text = 1; }
  local enum Colour {
    COLOUR_UNSPECIFIED = 0;
    COLOUR_RED = 1;
  }
}

service Shop { rpc Get(Order) returns (Order); }
"#;

const MARKS: &str = "edition = \"2023\";\npackage marks;\nimport \"google/protobuf/descriptor.proto\";\n\
                     extend google.protobuf.FieldOptions { float weight = 50001; }\n";

fn schema(files: &[(&str, &str)]) -> (tempfile::TempDir, Schema) {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let source = Source::Protos { paths: vec![folder.path().to_owned()], import_paths: Vec::new() };
    let schema = Schema::load(&source).unwrap();
    (folder, schema)
}

fn orders() -> Arc<Types> {
    let (_folder, schema) = schema(&[("orders.proto", ORDERS), ("marks.proto", MARKS)]);
    assert_eq!(schema.problems, []);
    schema.types("orders.Shop", "orders.proto").unwrap()
}

#[track_caller]
fn check_order(order: &MessageDescriptor) {
    let field = |name: &str| order.get_field_by_name(name).unwrap();
    assert!(field("id").supports_presence() && !field("name").supports_presence());
    assert_eq!(field("must").cardinality(), Cardinality::Required);
    assert!(field("line").is_group() && !field("by").is_group() && field("lines").is_map());
    assert!(!field("sparse").is_packed() && field("dense").is_packed());
    assert!(field("raw").containing_oneof().is_some() && field("id").containing_oneof().is_none());
    assert_eq!(field("id").default_value().as_i64(), Some(-7));
    assert_eq!(field("raw").default_value().as_bytes().map(AsRef::as_ref), Some(&b"a\n\x01"[..]));
}

#[test]
fn a_source_of_an_edition_means_what_it_says() {
    let types = orders();
    let order = types.pool().get_message_by_name("orders.Order").unwrap();
    check_order(&order);
    assert_eq!(types.doc("orders.Order.id"), "Its number.");
    assert_eq!(types.edition("orders.proto"), Some(Edition::E2024));
    assert_eq!(types.edition("google/protobuf/timestamp.proto"), None);
}

#[test]
fn it_is_described_as_it_was_written() {
    expect![[r#"
        edition = "2024";
        option features.repeated_field_encoding = EXPANDED;

        // An order.
        export message Order {
          option features.json_format = LEGACY_BEST_EFFORT;
          reserved 100 to 110;
          reserved old_id, older;
          extensions 1000;

          // Its number.
          int64 id = 1 [default = -7, (marks.weight) = -inf];
          string name = 2 [features.field_presence = IMPLICIT];
          int32 must = 3 [features.field_presence = LEGACY_REQUIRED];
          .orders.Order.Line line = 4 [features.message_encoding = DELIMITED];
          repeated int32 sparse = 5;
          repeated int32 dense = 6 [features.repeated_field_encoding = PACKED];
          map<string, .orders.Order.Line> lines = 7 [features.message_encoding = DELIMITED];
          oneof way {
            .orders.Order.Line by = 8;
            bytes raw = 9 [default = "a\n\001"];
          }
          .orders.Order.Colour colour = 10;

          local message Line {
            string text = 1;
          }

          local enum Colour {
            COLOUR_UNSPECIFIED = 0;
            COLOUR_RED = 1;
          }
        }
    "#]]
    .assert_eq(&{ orders().describe("orders.Order").unwrap() });
}

#[test]
fn a_message_of_an_edition_goes_to_the_wire_and_back() {
    let order = orders().pool().get_message_by_name("orders.Order").unwrap();
    let text = r#"{"id": "0", "must": 3, "line": {"text": "a"}, "sparse": [1, 2], "dense": [3, 4],
                   "lines": {"k": {"text": "v"}}, "by": {"text": "b"}, "colour": 7}"#;
    let message = read(&parse(text).unwrap(), &order).unwrap();
    let bytes = message.encode_to_vec();
    // A group begins with a key of wire type 3 and ends with one of type 4; two numbers stand alone, two are packed.
    let parts: [&[u8]; 5] =
        [&[8, 0, 24, 3, 0x23, 10, 1, b'a', 0x24], &[40, 1, 40, 2], &[50, 2, 3, 4], &[66, 3, 10, 1, b'b'], &[80, 7]];
    for part in parts {
        assert!(bytes.windows(part.len()).any(|window| window == part), "{part:?} in {bytes:?}");
    }
    let back = DynamicMessage::decode(order, bytes.as_slice()).unwrap();
    assert_eq!(back, message);
    let written = write(&back, WriteOptions::default()).to_line();
    assert_eq!(written, text.split_whitespace().collect::<Vec<_>>().join(" "));
}

#[test]
fn a_descriptor_of_an_edition_is_lowered_and_raised() {
    let types = orders();
    let encoded = types.encode_file("orders.proto").unwrap();
    let own = proto::File::decode(encoded.as_slice()).unwrap();
    assert_eq!((own.syntax(), own.edition()), ("editions", 1001));
    assert_eq!((own.dependency.len(), own.option_dependency.as_slice()), (1, &["marks.proto".to_owned()][..]));
    assert_eq!(own.message_type[0].visibility(), 2);
    assert_eq!(own.message_type[0].reserved_name, ["old_id", "older"]);
    assert!(own.message_type[0].field.iter().all(|field| field.label() != 2 && field.r#type() != 10));

    let schema = Schema::from_reflection("target", vec![], vec![encoded.clone().into()], vec![]);
    assert_eq!(schema.problems, []);
    let again = schema.types("orders.Shop", "orders.proto").unwrap();
    check_order(&again.pool().get_message_by_name("orders.Order").unwrap());
    assert_eq!(again.encode_file("orders.proto").unwrap(), encoded);
    assert!(again.describe("orders.Order").unwrap().starts_with("edition = \"2024\";"));
}

/// The files of the descriptor set that a check writes: names, editions and imports for options alone.
fn checked_set(root: &Path, paths: &[&str], include_imports: bool) -> Vec<(String, i32, usize)> {
    let task = Check {
        paths: paths.iter().map(|path| root.join(path)).collect(),
        import_paths: vec![root.join("lib")],
        descriptor_set: true,
        include_imports,
        include_source_info: false,
    };
    let checked = check(&task).unwrap();
    assert_eq!(checked.problems, []);
    let files = split_set(&checked.descriptor_set.into()).unwrap();
    let files = files.into_iter().map(|file| proto::File::decode(file.as_ref()).unwrap());
    files.map(|file| (file.name().to_owned(), file.edition(), file.option_dependency.len())).collect()
}

#[test]
fn a_checked_tree_is_written_as_its_sources_are() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write("lib/marks.proto", MARKS);
    write("api/orders.proto", ORDERS);
    write("api/plain.proto", "syntax = \"proto3\"; import \"orders.proto\"; message P { orders.Order o = 1; }");
    let own = |files: &[(&str, i32, usize)]| -> Vec<_> {
        files.iter().map(|(name, edition, imports)| ((*name).to_owned(), *edition, *imports)).collect()
    };
    let [descriptor, timestamp] = ["descriptor", "timestamp"].map(|name| format!("google/protobuf/{name}.proto"));
    let orders = ("orders.proto", 1001, 1);
    assert_eq!(checked_set(folder.path(), &["api"], false), own(&[orders, ("plain.proto", 0, 0)]));
    let with_imports =
        own(&[(&timestamp, 0, 0), (&descriptor, 0, 0), ("marks.proto", 1000, 0), orders, ("plain.proto", 0, 0)]);
    assert_eq!(checked_set(folder.path(), &["api"], true), with_imports);
    // A file of that name in the tree itself makes all that hangs on it be compiled alone.
    write("api/google/protobuf/timestamp.proto", "syntax = \"proto3\"; package google.protobuf; message Timestamp {}");
    assert_eq!(checked_set(folder.path(), &["api"], true), with_imports);
}

#[test]
fn a_file_without_implicit_fields_may_begin_enums_anywhere() {
    let source = "edition = \"2023\";\nmessage M { E e = 1; int32 a_b = 2; int32 aB = 3; repeated E all = 4; }\n\
                  enum E { option features.enum_type = CLOSED; ONE = 1; }\nservice S { rpc A(M) returns (M); }";
    let (_folder, schema) = schema(&[("a.proto", source)]);
    let types = schema.types("S", "a.proto").unwrap();
    let message = types.pool().get_message_by_name("M").unwrap();
    assert!(message.get_field_by_name("e").unwrap().supports_presence());
    assert!(message.get_field_by_name("all").unwrap().is_packed());
}

#[test]
fn json_names_that_clash_are_written_as_they_were() {
    for first in ["syntax = \"proto2\"", "edition = \"2023\"; option features.json_format = LEGACY_BEST_EFFORT"] {
        let label = if first.starts_with("syntax") { "optional " } else { "" };
        let source = format!("{first}; package p; message M {{ {label}int32 a_b = 1; {label}int32 a__b = 2; }}");
        let (_folder, schema) = schema(&[("a.proto", &source)]);
        let types = schema.types_of_file("a.proto").unwrap();
        let message = types.pool().get_message_by_name("p.M").unwrap();
        let names: Vec<String> = message.fields().map(|field| field.json_name().to_owned()).collect();
        assert_eq!(names, ["aB", "a__b"]);
        let file = proto::File::decode(types.encode_file("a.proto").unwrap().as_slice()).unwrap();
        let names: Vec<&str> = file.message_type[0].field.iter().map(proto::Field::json_name).collect();
        assert_eq!(names, ["aB", "aB"]);
    }
}

#[track_caller]
fn check_fault(source: &str, expected: &Expect) {
    let problems = Unit::parse("a.proto", "a.proto", source.to_owned()).err().unwrap_or_default();
    let text: Vec<String> = problems.iter().map(ToString::to_string).collect();
    expected.assert_eq(&text.join("\n"));
}

#[test]
fn what_an_edition_forbids_is_told_at_its_place() {
    check_fault(
        "edition = 2023;",
        &expect![[r#"
        a.proto:1:1: expected the edition in quotes
          1 | edition = 2023;
            | ^
          hint: Known editions: `edition = "2023";` and `edition = "2024";`."#]],
    );
    check_fault(
        "edition = \"2023\";\nmessage M { required int32 a = 1; optional int32 b = 2; }",
        &expect![[r"
        a.proto:2:13: label 'required' is not supported in editions
          2 | message M { required int32 a = 1; optional int32 b = 2; }
            |             ^
          hint: Say `[features.field_presence = LEGACY_REQUIRED]`.
        a.proto:2:35: label 'optional' is not supported in editions
          2 | message M { required int32 a = 1; optional int32 b = 2; }
            |                                   ^
          hint: Singular fields have presence anyway, unless `features.field_presence` says otherwise."]],
    );
    check_fault(
        "edition = \"2023\"; message M { int32 a = 1 [default = x]; }",
        &expect![[r#"
        a.proto:1:44: expected a signed 32-bit integer
          1 | edition = "2023"; message M { int32 a = 1 [default = x]; }
            |                                            ^"#]],
    );
    check_fault(
        "edition = \"2023\"; mesage M { }",
        &expect![[r#"
        a.proto:1:19: expected 'enum', 'extend', 'import', 'message', 'option', 'service', 'package' or ';', but found 'mesage'
          1 | edition = "2023"; mesage M { }
            |                   ^
          hint: Did you mean `message`?"#]],
    );
    check_fault(
        "edition = \"2023\"; export message M { }",
        &expect![[r#"
        a.proto:1:19: 'export' is not part of edition 2023
          1 | edition = "2023"; export message M { }
            |                   ^
          hint: Use edition 2024."#]],
    );
    check_fault(
        "edition = \"2023\"; message M { extensions 4 [a == 1]; }",
        &expect![[r#"
        a.proto:1:48: expected a constant, but found '='
          1 | edition = "2023"; message M { extensions 4 [a == 1]; }
            |                                                ^"#]],
    );
    check_fault(
        "syntax = \"proto3\"; edition = \"2023\";",
        &expect![[r#"
        a.proto:1:20: the edition must be the first statement of its file
          1 | syntax = "proto3"; edition = "2023";
            |                    ^"#]],
    );
}

#[test]
fn an_edition_stands_in_quotes_of_one_kind() {
    for source in ["edition = \"'2026\";", "edition = \"2023';", "edition = '2024\n;"] {
        let problems = Unit::parse("a.proto", "a.proto", source.to_owned()).err().unwrap_or_default();
        assert!(problems.iter().any(|problem| problem.message.starts_with("unknown edition")), "{source}");
    }
}

#[test]
fn unknown_syntax_is_shown_all_the_same() {
    for (syntax, edition, told) in [
        ("<unknown:0>", 0, "unknown syntax '<unknown:0>': read as proto3"),
        ("editions", 0, "unknown edition 0: read as edition 2024"),
        ("editions", 77_777, "unknown edition 77777: read as edition 2024"),
    ] {
        let name = Some("a.proto".to_owned());
        let message = proto::Descriptor { name: Some("M".to_owned()), ..Default::default() };
        let syntax = Some(syntax.to_owned());
        let file =
            proto::File { name, syntax, edition: Some(edition), message_type: vec![message], ..Default::default() };
        let schema = Schema::from_reflection("target", vec![], vec![file.encode_to_vec().into()], vec![]);
        let problems: Vec<&str> = schema.problems.iter().map(|problem| problem.message.as_str()).collect();
        assert_eq!(problems, [told]);
        assert!(schema.find_symbol("M").is_some());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    /// Pieces of a good source, swapped, doubled and dropped: no panic, and every place is in the file.
    #[test]
    fn mutated_sources_never_panic(
        edits in proptest::collection::vec((0_usize..ORDERS.len(), 0_usize..40, 0_usize..ORDERS.len(), 0_usize..40), 0..6)
    ) {
        let mut source = ORDERS.to_owned();
        for (at, length, from, count) in edits {
            let at = at.min(source.len());
            let end = (at + length).min(source.len());
            let piece = ORDERS[from..(from + count).min(ORDERS.len())].to_owned();
            source.replace_range(at..end, &piece);
        }
        let lines = source.split('\n').count();
        match Unit::parse("a.proto", "a.proto", source) {
            Ok(unit) => {
                unit.guard().unwrap();
                let _pool = crate::schema::compile::probe(unit, true);
            }
            Err(problems) => {
                for problem in problems {
                    let (line, column) = problem.position.unwrap_or((1, 1));
                    prop_assert!(line as usize <= lines);
                    let width = problem.source_line.map_or(0, |line| line.chars().count());
                    prop_assert!(column as usize <= width + 2);
                }
            }
        }
    }

    /// Any bytes for a descriptor.
    #[test]
    fn mutated_descriptors_never_panic(edits in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8)) {
        static ENCODED: std::sync::LazyLock<Vec<u8>> = std::sync::LazyLock::new(|| orders().encode_file("orders.proto").unwrap());
        let mut bytes = ENCODED.clone();
        for (index, byte) in edits {
            let at = index.index(bytes.len());
            bytes[at] = byte;
        }
        let schema = Schema::from_reflection("target", vec![], vec![bytes.into()], vec![]);
        for service in &schema.services {
            if let Ok(types) = schema.types(&service.full_name, &service.file) {
                let encoded = types.encode_file(&service.file);
                prop_assert!(types.describe(&service.full_name).is_some() && encoded.is_some());
            }
        }
    }
}

#[test]
fn lists_are_sent_as_the_source_says() {
    use prost_reflect::{DynamicMessage, Value};
    let options =
        ["", " [packed = true]", " [deprecated = true, packed = false]", " [packed = true, json_name = \"x\"]"];
    for (syntax, expected) in [("proto2", [false, true, false, true]), ("proto3", [true, true, false, true])] {
        for (option, packed) in options.iter().zip(expected) {
            let source = format!(
                "syntax = \"{syntax}\"; message M {{ message N {{ repeated E f = 1{option}; }} repeated int32 f = 1{option}; }}\nenum E {{ A = 0; }}"
            );
            let (_folder, schema) = schema(&[("a.proto", &source)]);
            let types = schema.types_of_file("a.proto").unwrap();
            let mut message = DynamicMessage::new(types.pool().get_message_by_name("M").unwrap());
            message.set_field_by_name("f", Value::List(vec![Value::I32(3), Value::I32(270)]));
            let bytes: &[u8] = if packed { &[0x0a, 3, 3, 0x8e, 2] } else { &[8, 3, 8, 0x8e, 2] };
            assert_eq!(message.encode_to_vec(), bytes, "{source}");
            let nested = types.pool().get_message_by_name("M.N").unwrap();
            assert_eq!(nested.get_field(1).unwrap().is_packed(), packed, "{source}");
            // It is still told as it was written.
            assert_eq!(types.describe("M").unwrap().contains("packed"), option.contains("packed"), "{source}");
            let file =
                prost_types::FileDescriptorProto::decode(types.encode_file("a.proto").unwrap().as_slice()).unwrap();
            let said = file.message_type[0].field[0].options.as_ref().and_then(|options| options.packed);
            assert_eq!(said, option.contains("packed").then_some(packed), "{source}");
        }
    }
    let twice =
        "syntax = \"proto3\";\nmessage M { repeated int32 f = 1 [packed = true,\n deprecated = 1, packed = true]; }";
    let (_folder, schema) = schema(&[("a.proto", twice)]);
    let problems = schema.types_of_file("a.proto").unwrap_err();
    let problems: Vec<_> = problems.iter().map(|problem| (problem.position, problem.message.as_str())).collect();
    let unfit = "expected a value of type 'bool' for option 'deprecated', but found '1'";
    assert_eq!(problems, [(Some((3, 2)), unfit), (Some((3, 18)), "option field 'packed' has already been set")]);
}
