//! Whatever is described must mean the same when it is compiled again.

#![expect(clippy::needless_raw_string_hashes, reason = "expect-test writes them, and long sources read alike")]

use expect_test::{Expect, expect};
use proptest::prelude::*;
use proptest::sample::Index;
use prost_types::FileDescriptorProto;

use super::super::unit::Unit;
use super::*;
use crate::schema::compile::{Import, Library, compile};
use crate::schema::listing::list as list_file;
use crate::schema::problem::Problem;

/// Enough to meet the usual faults in a second.
const CASES: u32 = 128;

struct Nothing;

impl Library for Nothing {
    fn import(&self, _: &str, _: &Unit) -> Import {
        Import::Absent
    }

    fn is_lenient(&self) -> bool {
        true
    }

    fn defining(&self, _: &str) -> Option<String> {
        None
    }
}

fn types(source: &str) -> Types {
    compile(|| Unit::parse("x.proto", "x.proto", source.to_owned()), &Nothing).unwrap()
}

fn descriptor(types: &Types) -> FileDescriptorProto {
    types.pool().get_file_by_name("x.proto").unwrap().file_descriptor_proto().clone()
}

/// Describes everything at the top of the file, compiles that again and compares the descriptors.
#[track_caller]
fn check(head: &str, body: &str) {
    let before = types(&format!("{head}\n{body}"));
    let file = before.pool().get_file_by_name("x.proto").unwrap();
    let mut described = head.to_owned();
    for message in file.messages() {
        described += &before.describe(message.full_name()).unwrap();
    }
    for enumeration in file.enums() {
        described += &before.describe(enumeration.full_name()).unwrap();
    }
    for service in file.services() {
        described += &before.describe(service.full_name()).unwrap();
    }
    for extension in file.extensions() {
        described += &before.describe(extension.full_name()).unwrap();
    }
    let after = types(&described);
    assert_eq!(descriptor(&before), descriptor(&after), "{described}");
    assert_eq!(before.docs, after.docs, "{described}");
}

const PROTO3: &str = "syntax = \"proto3\"; package a.b; import \"google/protobuf/descriptor.proto\"; import \
                      \"google/protobuf/timestamp.proto\";\n";
const PROTO2: &str = "syntax = \"proto2\"; package a.b; import \"google/protobuf/descriptor.proto\";\n";

const SINK: &str = r#"
// All of it.
//
//   Indented.
message Sink {
  option deprecated = true;
  reserved 2, 5 to 7, 1000 to max;
  reserved "old", "older";
  // A name.
  string name = 30;
  int32 first = 1 [deprecated = true, json_name = "FIRST"];
  repeated int32 loose = 3 [packed = false];
  repeated string texts = 4;
  map<string, Sink> sinks = 8;
  map<int64, Color> colors = 9;
  optional bool maybe = 10;
  // A choice.
  oneof choice {
    string text = 11;
    // Deep.
    Inner inner = 12;
  }
  google.protobuf.Timestamp at = 13;
  message Inner { enum Level { LOW = 0; HIGH = 1; } Level level = 1; Sink back = 2; }
  oneof other { bytes raw = 14; double number = 15; }
  Color color = 16;
  string odd_json_name_2 = 17;
}
message Empty {}
// Colours.
enum Color {
  option allow_alias = true;
  reserved -5, 10 to 12, 100 to max;
  reserved "MAUVE";
  COLOR_NONE = 0;
  COLOR_RED = 1; // Red.
  COLOR_ROT = 1 [deprecated = true];
  COLOR_MINUS = -1;
}
// A service.
service S {
  option deprecated = true;
  // One.
  rpc One(Sink) returns (stream Sink);
  rpc Two(stream Sink) returns (Empty) { option deprecated = true; option idempotency_level = NO_SIDE_EFFECTS; }
}
"#;

const CUSTOM: &str = r#"
message Rule { optional string get = 1; repeated int32 codes = 2; optional Rule more = 3; optional Mode mode = 4; map<string, int32> limits = 5; }
enum Mode { OFF = 0; ON = 1; }
extend google.protobuf.MethodOptions { optional Rule rule = 50001; repeated string tag = 50002; }
extend google.protobuf.FieldOptions { optional float weight = 50001; }
service T {
  rpc One(Rule) returns (Rule) { option (rule) = { get: "/v1/\"x\"" codes: [1, 2] more { mode: ON } limits { key: "a" value: 1 } }; option (tag) = "a"; option (tag) = "b"; }
}
message W { optional string s = 1 [(weight) = 1.5, default = "a\"b\n"]; optional bytes b = 2 [default = "\001\377\""]; }
"#;

const OLD: &str = r#"
message M {
  required string r = 1;
  optional int32 n = 2 [default = -7];
  optional double d = 3 [default = inf];
  optional E e = 4 [default = TWO];
  optional bool t = 9 [default = true];
  repeated group Result = 5 { optional string url = 1; optional group Deep = 2 { optional int32 x = 1; } }
  oneof which { group Pick = 6 { optional int32 y = 1; } string text = 7; }
  repeated int32 p = 8 [packed = true];
  extensions 100 to 199;
  extensions 500, 1000 to max;
  // Adds.
  extend M { optional string inner = 100; repeated M many = 101; }
}
enum E { ONE = 1; TWO = 2; }
extend M { optional string outer = 110; }
extend M { optional group Ext = 111 { optional string in = 1; } }
"#;

#[test]
fn what_is_described_compiles_to_the_same_descriptors() {
    check(PROTO3, SINK);
    check(PROTO2, CUSTOM);
    check(
        "syntax = \"proto3\";\n",
        "message A { B b = 1; } message B { A a = 1; } service S { rpc M(A) returns (B); }",
    );
}

#[test]
fn proto2_is_described_with_all_it_has() {
    check(PROTO2, OLD.split("extend M { optional group").next().unwrap());
    let types = types(&format!("{PROTO2}{OLD}"));
    let group = types.describe("a.b.ext").unwrap();
    assert_eq!(group, "extend .a.b.M {\n  optional group Ext = 111 {\n    optional string in = 1;\n  }\n}\n");
}

#[track_caller]
fn check_text(symbol: &str, kind: SymbolKind, expected: &Expect) {
    let types = types(&format!("{PROTO3}{SINK}"));
    assert_eq!(types.symbol_kind(symbol), Some(kind), "{symbol}");
    expected.assert_eq(&types.describe(symbol).unwrap());
}

#[test]
fn every_kind_of_symbol_is_described() {
    check_text(
        "a.b.S",
        SymbolKind::Service,
        &expect![[r#"
        // A service.
        service S {
          option deprecated = true;

          // One.
          rpc One(.a.b.Sink) returns (stream .a.b.Sink);
          rpc Two(stream .a.b.Sink) returns (.a.b.Empty) {
            option deprecated = true;
            option idempotency_level = NO_SIDE_EFFECTS;
          }
        }
    "#]],
    );
    check_text(
        "a.b.S.One",
        SymbolKind::Method,
        &expect![[r#"
        // One.
        rpc One(.a.b.Sink) returns (stream .a.b.Sink);
    "#]],
    );
    check_text(
        "a.b.Sink",
        SymbolKind::Message,
        &expect![[r#"
        // All of it.
        //
        //   Indented.
        message Sink {
          option deprecated = true;
          reserved 2, 5 to 7, 1000 to max;
          reserved "old", "older";

          // A name.
          string name = 30;
          int32 first = 1 [json_name = "FIRST", deprecated = true];
          repeated int32 loose = 3 [packed = false];
          repeated string texts = 4;
          map<string, .a.b.Sink> sinks = 8;
          map<int64, .a.b.Color> colors = 9;
          optional bool maybe = 10;

          // A choice.
          oneof choice {
            string text = 11;

            // Deep.
            .a.b.Sink.Inner inner = 12;
          }
          .google.protobuf.Timestamp at = 13;
          oneof other {
            bytes raw = 14;
            double number = 15;
          }
          .a.b.Color color = 16;
          string odd_json_name_2 = 17;

          message Inner {
            .a.b.Sink.Inner.Level level = 1;
            .a.b.Sink back = 2;

            enum Level {
              LOW = 0;
              HIGH = 1;
            }
          }
        }
    "#]],
    );
    check_text(
        "a.b.Empty",
        SymbolKind::Message,
        &expect![[r#"
        message Empty {}
    "#]],
    );
    check_text(
        "a.b.Sink.name",
        SymbolKind::Field,
        &expect![[r#"
        // A name.
        string name = 30;
    "#]],
    );
    check_text(
        "a.b.Sink.sinks",
        SymbolKind::Field,
        &expect![[r#"
        map<string, .a.b.Sink> sinks = 8;
    "#]],
    );
    check_text(
        "a.b.Sink.choice",
        SymbolKind::Oneof,
        &expect![[r#"
        // A choice.
        oneof choice {
          string text = 11;

          // Deep.
          .a.b.Sink.Inner inner = 12;
        }
    "#]],
    );
    check_text(
        "a.b.Color",
        SymbolKind::Enum,
        &expect![[r#"
        // Colours.
        enum Color {
          option allow_alias = true;
          reserved -5, 10 to 12, 100 to max;
          reserved "MAUVE";
          COLOR_NONE = 0;

          // Red.
          COLOR_RED = 1;
          COLOR_ROT = 1 [deprecated = true];
          COLOR_MINUS = -1;
        }
    "#]],
    );
    check_text(
        "a.b.COLOR_RED",
        SymbolKind::EnumValue,
        &expect![[r#"
        // Red.
        COLOR_RED = 1;
    "#]],
    );
    check_text(
        "a.b.Color.COLOR_ROT",
        SymbolKind::EnumValue,
        &expect![[r#"
        COLOR_ROT = 1 [deprecated = true];
    "#]],
    );
    check_text(
        "a.b.Sink.Inner.Level",
        SymbolKind::Enum,
        &expect![[r#"
        enum Level {
          LOW = 0;
          HIGH = 1;
        }
    "#]],
    );
}

#[test]
fn unknown_symbols_are_none() {
    let types = types(PROTO3);
    for symbol in ["", ".", "a", "a.b", "a.b.Nobody", "google.protobuf.Timestamp.nobody"] {
        assert_eq!(types.symbol_kind(symbol), None, "{symbol}");
        assert_eq!(types.describe(symbol), None, "{symbol}");
    }
}

/// Compiles, and describes and lists all there is.
fn exercise(unit: impl Fn() -> Result<Unit, Vec<Problem>>) {
    if let Ok(unit) = unit() {
        list_file(&unit.descriptor, &unit.docs);
    }
    match compile(unit, &Nothing) {
        Err(problems) => {
            for problem in problems {
                assert!(!problem.to_string().is_empty());
            }
        }
        Ok(types) => {
            let pool = types.pool();
            let names = pool.all_messages().map(|m| m.full_name().to_owned());
            let names = names.chain(pool.services().map(|s| s.full_name().to_owned()));
            let names = names.chain(pool.all_extensions().map(|e| e.full_name().to_owned()));
            for name in names.chain(pool.all_enums().map(|e| e.full_name().to_owned())) {
                assert!(types.describe(&name).is_some(), "{name}");
            }
        }
    }
}

fn sources() -> [String; 3] {
    [format!("{PROTO3}{SINK}"), format!("{PROTO2}{CUSTOM}"), format!("{PROTO2}{OLD}")]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(CASES))]

    #[test]
    fn no_source_makes_it_panic(which in 0..3usize, at in any::<Index>(), cut in 0..9usize, put in "[a-z0-9{}()\\[\\];=.\"'<>/*\\-, \n\u{e4}]{0,3}") {
        let mut source = sources()[which].clone();
        let start = at.index(source.len());
        let end = (start + cut).min(source.len());
        if source.is_char_boundary(start) && source.is_char_boundary(end) {
            source.replace_range(start..end, &put);
        }
        exercise(|| Unit::parse("x.proto", "x.proto", source.clone()));
    }

    #[test]
    fn no_descriptor_makes_it_panic(which in 0..3usize, at in any::<Index>(), byte in any::<u8>()) {
        let unit = Unit::parse("x.proto", "x.proto", sources()[which].clone()).unwrap();
        let types = compile(|| Unit::parse("x.proto", "x.proto", unit.source.clone().unwrap()), &Nothing).unwrap();
        let mut bytes = types.pool().get_file_by_name("x.proto").unwrap().encode_to_vec();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        exercise(|| Unit::decode(&bytes.clone().into()).map_err(|problem| vec![problem]));
    }
}

#[test]
fn custom_options_and_comments_survive_a_descriptor_set() {
    let source = format!("{PROTO2}{CUSTOM}// Noted.\nmessage Noted {{}}");
    let before = types(&source);
    let parsed = Unit::parse("x.proto", "x.proto", source).unwrap();
    let file = before.pool().get_file_by_name("x.proto").unwrap();
    let mut bytes = file.encode_to_vec();
    // A set written by protoc has the positions too.
    prost::encoding::message::encode(9, &parsed.positions.unwrap(), &mut bytes);
    let after = compile(|| Unit::decode(&bytes.clone().into()).map_err(|problem| vec![problem]), &Nothing).unwrap();
    for name in ["a.b.T", "a.b.W", "a.b.Noted", "a.b.Rule"] {
        assert_eq!(after.describe(name), before.describe(name), "{name}");
    }
    assert!(after.describe("a.b.T").unwrap().contains("option (a.b.rule) = {"));
    assert_eq!(after.doc("a.b.Noted"), "Noted.");
    assert!(after.pool().files().all(|file| file.file_descriptor_proto().source_code_info.is_none()));
}
