//! The index, the uses and the documents of whole schemas, from every kind of source.

use std::fmt::Write as _;
use std::fs;

use super::*;

const SHOP: &str = r#"syntax = "proto3";
package shop.v1;
import "shop/v1/types.proto";
import "google/protobuf/timestamp.proto";
// Sells.
service Shop {
  // Buys an [order][shop.v1.Order].
  rpc Buy(Order) returns (stream Receipt);
  rpc Ask(.shop.v1.Receipt) returns (Order) { option deprecated = true; }
}
message Receipt {
  option deprecated = true;
  Order order = 1;
  map<string, Order.Line> lines = 2;
  google.protobuf.Timestamp at = 3; // When.
  repeated State states = 4;
  Note note = 5;
  message Note { string text = 1; }
}
"#;
const TYPES: &str = r#"syntax = "proto3";
package shop.v1;
message Order {
  string id = 1 [json_name = "a.b (shop.v1.Order)"];
  oneof what { Line line = 2; int32 count = 3; }
  message Line { State state = 1; Line next = 2; }
}
enum State { NEW = 0; OLD = 1 [deprecated = true]; }
"#;
const OLD: &str = r#"edition = "2023";
package old;
option features.field_presence = IMPLICIT;
option features.json_format = ALLOW;
message Old {
  option features.message_encoding = DELIMITED;
  Inner inner = 1;
  int32 count = 2 [features.field_presence = LEGACY_REQUIRED];
  message Inner {}
}
"#;
const LEGACY: &str = r"package legacy;
message Legacy {
  extensions 100 to 200;
  optional group Part = 1 { required int32 n = 1; }
  extend Legacy { optional Legacy more = 100; }
}
extend Legacy { repeated Legacy.Part parts = 101; }
";

const FILES: [(&str, &str); 4] =
    [("shop/v1/shop.proto", SHOP), ("shop/v1/types.proto", TYPES), ("old.proto", OLD), ("legacy.proto", LEGACY)];

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in FILES {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn load(folder: &tempfile::TempDir) -> Schema {
    let schema =
        Schema::load(&Source::Protos { paths: vec![folder.path().to_owned()], import_paths: Vec::new() }).unwrap();
    assert_eq!(schema.problems, []);
    schema
}

/// Every symbol: its file, its kind, its full name.
fn indexed(schema: &Schema) -> Vec<String> {
    let index = schema.index();
    let line = |at: usize| {
        let kind = index.get(at)?.kind?;
        Some(format!("{} {kind} {}", schema.file_of(at)?, index.full_name(at)))
    };
    let mut lines: Vec<String> = (0..index.len()).filter_map(line).collect();
    lines.sort();
    lines
}

fn uses(schema: &Schema, name: &str) -> String {
    let mut text = String::new();
    for one in schema.used_by(name) {
        write!(text, "{} {}; ", one.kind, one.by).unwrap();
    }
    text
}

#[test]
fn every_kind_of_source_has_the_same_symbols_and_uses() {
    let folder = folder();
    let parsed = load(&folder);
    let expected = indexed(&parsed);
    for line in [
        "shop/v1/shop.proto method shop.v1.Shop.Buy",
        "shop/v1/shop.proto field shop.v1.Receipt.lines",
        "shop/v1/types.proto enum value shop.v1.State.OLD",
        "shop/v1/types.proto message shop.v1.Order.Line",
        "legacy.proto field legacy.Legacy.part",
        "legacy.proto message legacy.Legacy.Part",
        "legacy.proto extension legacy.Legacy.more",
        "legacy.proto extension legacy.parts",
        "old.proto field old.Old.inner",
    ] {
        assert!(expected.iter().any(|found| found == line), "{line} is missing in {expected:#?}");
    }
    assert!(!expected.iter().any(|line| line.contains("Entry")), "a map is one field: {expected:#?}");

    let set = folder.path().join("set.binpb");
    let task = Check {
        paths: vec![folder.path().to_owned()],
        descriptor_set: true,
        include_imports: true,
        ..Check::default()
    };
    let bytes = check(&task).unwrap().descriptor_set;
    fs::write(&set, &bytes).unwrap();
    let from_set = Schema::load(&Source::DescriptorSet { path: set }).unwrap();
    let files = super::unit::split_set(&bytes.into()).unwrap();
    let reflected = Schema::from_reflection("x", vec!["shop.v1.Shop".to_owned()], files, Vec::new());
    // A tree of so many files is scanned, not parsed.
    for at in 0..400 {
        fs::write(folder.path().join(format!("more{at}.proto")), "syntax = \"proto3\";").unwrap();
    }
    let scanned = load(&folder);
    for (how, schema) in [("a set", &from_set), ("reflection", &reflected), ("a big tree", &scanned)] {
        let mut found = indexed(schema);
        found.retain(|line| !line.contains("google/protobuf"));
        assert_eq!(found, expected, "{how}");
        for name in ["shop.v1.Order", "shop.v1.Order.Line", "shop.v1.State", "legacy.Legacy", "old.Old.Inner"] {
            assert_eq!(uses(schema, name), uses(&parsed, name), "{how}: {name}");
        }
    }
}

#[test]
fn uses_are_found_in_all_files() {
    let folder = folder();
    let schema = load(&folder);
    let check = |name: &str, expected: &str| assert_eq!(uses(&schema, name), expected, "{name}");
    check("shop.v1.Order", "request shop.v1.Shop.Buy; response shop.v1.Shop.Ask; field shop.v1.Receipt.order; ");
    check(
        "shop.v1.Order.Line",
        "field shop.v1.Order.Line.next; field shop.v1.Order.line; field shop.v1.Receipt.lines; ",
    );
    check("shop.v1.State", "field shop.v1.Order.Line.state; field shop.v1.Receipt.states; ");
    check("google.protobuf.Timestamp", "field shop.v1.Receipt.at; ");
    check("shop.v1.Receipt.Note", "field shop.v1.Receipt.note; ");
    check("other.Note", "");
    check("legacy.Legacy.Part", "field legacy.Legacy.part; field legacy.parts; ");
    // A type's own file does not know who imports it; the index does.
    let document = schema.document("shop.v1.Order", Some("shop/v1/types.proto")).unwrap();
    assert_eq!(document.used_by.len(), 3);
    let compiled = schema.types_of_file("shop/v1/shop.proto").unwrap();
    assert_eq!(compiled.used_by("shop.v1.Order"), schema.used_by("shop.v1.Order"));
    let legacy = schema.document("legacy.Legacy", None).unwrap();
    assert!(legacy.used_by.iter().any(|one| one.kind == UseKind::Extension && one.by == "legacy.parts"));
}

#[test]
fn a_document_has_short_names_that_lead_to_full_ones() {
    let folder = folder();
    let schema = load(&folder);
    let document = schema.document("shop.v1.Receipt", Some("shop/v1/shop.proto")).unwrap();
    let expected = "message Receipt {\n  option deprecated = true;\n  Order order = 1;\n  map<string, Order.Line> lines = \
                    2;\n\n  // When.\n  google.protobuf.Timestamp at = 3;\n  repeated State states = 4;\n  Receipt.Note \
                    note = 5;\n\n  message Note {\n    string text = 1;\n  }\n}\n";
    assert_eq!(document.source, expected);
    let links: Vec<_> =
        document.links.iter().map(|link| (&document.source[link.range.clone()], link.to.as_str())).collect();
    assert_eq!(
        links,
        [
            ("Order", "shop.v1.Order"),
            ("Order.Line", "shop.v1.Order.Line"),
            ("google.protobuf.Timestamp", "google.protobuf.Timestamp"),
            ("State", "shop.v1.State"),
            ("Receipt.Note", "shop.v1.Receipt.Note"),
        ]
    );
    assert!(document.deprecated);
    assert_eq!((document.syntax, document.features.len()), (Syntax::Proto3, 0));

    let service = schema.document("shop.v1.Shop", None).unwrap();
    let links: Vec<_> = service.links.iter().map(|link| link.to.as_str()).collect();
    let (buy, ask) = ("shop.v1.Shop.Buy", "shop.v1.Shop.Ask");
    let (order, receipt) = ("shop.v1.Order", "shop.v1.Receipt");
    assert_eq!(links, [order, buy, order, receipt, ask, receipt, order], "{}", service.source);
    assert_eq!(&service.source[service.links[0].range.clone()], "order", "a reference in a comment");

    // What stands in quotes is no name.
    let order = schema.document("shop.v1.Order", None).unwrap();
    assert!(order.source.contains("\"a.b (shop.v1.Order)\""), "{}", order.source);
}

#[test]
fn fields_and_values_are_shown_where_they_stand() {
    let folder = folder();
    let schema = load(&folder);
    let marked = |name: &str| {
        let document = schema.document(name, None).unwrap();
        (document.name.clone(), document.source[document.marked.unwrap()].trim().to_owned())
    };
    let expect = |name: &str, line: &str| (name.to_owned(), line.to_owned());
    assert_eq!(marked("shop.v1.Receipt.order"), expect("shop.v1.Receipt", "Order order = 1;"));
    assert_eq!(marked("shop.v1.Order.what"), expect("shop.v1.Order", "oneof what {"));
    assert_eq!(marked("shop.v1.Order.count"), expect("shop.v1.Order", "int32 count = 3;"));
    assert_eq!(marked("shop.v1.State.OLD"), expect("shop.v1.State", "OLD = 1 [deprecated = true];"));
    assert_eq!(schema.document("shop.v1.Nothing", None).unwrap_err(), []);
    assert_eq!(schema.document("shop.v1.Nothing", Some("old.proto")).unwrap_err(), []);
}

#[test]
fn editions_and_their_features_are_told() {
    let folder = folder();
    let schema = load(&folder);
    let features = |name: &str| {
        let document = schema.document(name, None).unwrap();
        assert_eq!(document.syntax, Syntax::Edition(Edition::E2023));
        assert!(!document.source.contains("edition"), "{}", document.source);
        document.features.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ")
    };
    // What is the edition's own default is not told.
    assert_eq!(features("old.Old"), "field_presence=IMPLICIT message_encoding=DELIMITED");
    assert_eq!(features("old.Old.Inner"), "field_presence=IMPLICIT message_encoding=DELIMITED");
    assert_eq!(schema.document("legacy.Legacy", None).unwrap().syntax, Syntax::Proto2);
}
