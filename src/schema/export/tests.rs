//! What is saved must mean the same when it is read again, and must stay where it belongs.

use std::collections::BTreeMap;

use prost_types::FileDescriptorSet;

use super::*;
use crate::schema::{Check, Source, check};

fn schema(files: &[(&str, &str)]) -> (tempfile::TempDir, Schema) {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let schema = load(folder.path());
    (folder, schema)
}

fn load(folder: &Path) -> Schema {
    let source = Source::Protos { paths: vec![folder.to_owned()], import_paths: vec![folder.to_owned()] };
    let schema = Schema::load(&source).unwrap();
    let faults: Vec<_> = schema.problems.iter().filter(|problem| !problem.is_note).collect();
    assert!(faults.is_empty(), "{faults:?}");
    schema
}

/// The files below a folder, each serialised without positions.
#[track_caller]
fn compiled(folder: &Path) -> BTreeMap<String, FileDescriptorProto> {
    let task = Check {
        paths: vec![folder.to_owned()],
        import_paths: vec![folder.to_owned()],
        descriptor_set: true,
        ..Check::default()
    };
    let checked = check(&task).unwrap();
    let faults: Vec<String> =
        checked.problems.iter().filter(|problem| !problem.is_note).map(ToString::to_string).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    of_set(&checked.descriptor_set)
}

fn of_set(set: &[u8]) -> BTreeMap<String, FileDescriptorProto> {
    let files = FileDescriptorSet::decode(set).unwrap().file;
    files.into_iter().map(|file| (file.name().to_owned(), file)).collect()
}

fn whole(schema: &Schema) -> Part<'_> {
    Part { schema, symbol: None }
}

/// Saves, compiles what was saved, and compares.
#[track_caller]
fn check_round_trip(from: &Path, schema: &Schema) {
    let to = tempfile::tempdir().unwrap();
    let saved = save_protos(&[whole(schema)], to.path(), false);
    assert!(saved.is_complete(), "{saved:?}");
    let (before, after) = (compiled(from), compiled(to.path()));
    assert_eq!(before.keys().collect::<Vec<_>>(), after.keys().collect::<Vec<_>>());
    for (name, file) in &before {
        let text = fs::read_to_string(to.path().join(name)).unwrap();
        assert_eq!(Some(file), after.get(name), "{text}");
    }
    let again = save_protos(&[whole(schema)], to.path(), false);
    assert_eq!((again.written, again.unchanged), (0, saved.written));
    // The comments too.
    let read = load(to.path());
    assert_eq!(read.services, schema.services);
}

#[test]
fn the_samples_are_saved_as_they_mean() {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("proto-samples");
    let copy = tempfile::tempdir().unwrap();
    for folder in ["", "common"] {
        fs::create_dir_all(copy.path().join(folder)).unwrap();
        for entry in fs::read_dir(samples.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                fs::copy(&path, copy.path().join(folder).join(path.file_name().unwrap())).unwrap();
            }
        }
    }
    // One of them imports what comes with the program: whoever opens what was saved may not have it, so it is saved too.
    let rules = copy.path().join("buf/validate/validate.proto");
    fs::create_dir_all(rules.parent().unwrap()).unwrap();
    fs::write(&rules, crate::schema::source_of_rules("buf/validate/validate.proto").unwrap()).unwrap();
    check_round_trip(copy.path(), &load(copy.path()));
}

const ORDER: &str = r#"
// Not kept.
syntax = "proto2";
package a.b;
import public "google/protobuf/any.proto";
import "google/protobuf/descriptor.proto";
option java_package = "x\"y";
option optimize_for = SPEED;
option (level) = HIGH;
// A message.
message M {
  message Before { optional int32 x = 1; }
  // A map.
  map<string, Before> befores = 1;
  extend M { optional group Inside = 100 { optional M m = 1; } }
  message Between {}
  repeated group Result = 2 { optional string url = 1; optional group Deep = 2 { optional int32 y = 1; } }
  oneof which { group Pick = 3 { optional int32 z = 1; } string text = 4; }
  map<int32, string> texts = 5;
  message After { extensions 7; }
  optional string FooBar = 6 [json_name = "foo", (note) = { text: "n" inner { more: [1, 2] } }];
  extensions 100 to 199 [verification = UNVERIFIED];
  extensions 200, 500 to max [declaration = { number: 500, full_name: ".a.b.x", type: ".a.b.M", reserved: false }, (range) = "r"];
  reserved 50 to 60; reserved "old";
}
extend M { optional group Outside = 110 { optional string in = 1; } }
message Last { optional E e = 1 [default = TWO]; optional bytes b = 2 [default = "\001\377\""]; optional float f = 3 [default = -inf]; }
extend google.protobuf.FileOptions { optional E level = 50001; }
extend google.protobuf.FieldOptions { optional Note note = 50001; }
extend google.protobuf.ExtensionRangeOptions { optional string range = 50001; }
message Note { optional string text = 1; optional Inner inner = 2; message Inner { repeated int32 more = 1; } }
enum E { option allow_alias = true; ONE = 1; TWO = 2 [deprecated = true]; HIGH = 2; reserved 9 to max; reserved "NONE"; }
service S { rpc Go(M) returns (stream Last) { option deprecated = true; } rpc Plain(M) returns (M); }
"#;

const EDITION: &str = r#"
edition = "2023";
package e;
import "google/protobuf/descriptor.proto";
option features.field_presence = IMPLICIT;
option java_multiple_files = true;
message M {
  string implicit = 1;
  string explicit = 2 [features.field_presence = EXPLICIT];
  repeated int32 loose = 3 [features.repeated_field_encoding = EXPANDED];
  Child child = 4 [features.message_encoding = DELIMITED];
  message Child { option deprecated = true; int32 x = 1; }
  map<string, Child> children = 5;
  reserved old;
  reserved 9;
  extensions 100 to max;
}
enum E { ZERO = 0; option features.enum_type = OPEN; }
extend M { string ext = 100 [features.field_presence = EXPLICIT]; }
service S { rpc Do(M) returns (M); }
"#;

const PROTO3: &str = r#"
syntax = "proto3";
import weak "nested/other.proto";
message M { optional string maybe = 1 [debug_redact = true]; p.Other other = 2; string a_b = 3 [json_name = "AB"]; }
service S { rpc Do(M) returns (p.Other); }
"#;

const OTHER: &str =
    "syntax = \"proto3\"; package p; message Other { enum K { A = 0; } K k = 1; repeated K ks = 2 [packed = false]; }";

#[test]
fn whole_files_compile_to_the_same_descriptors() {
    for files in [
        &[("order.proto", ORDER)][..],
        &[("edition.proto", EDITION)],
        &[("plain.proto", PROTO3), ("nested/other.proto", OTHER)],
        &[("empty.proto", "syntax = \"proto3\";")],
        // Fields whose names in JSON clash, which proto2 allows.
        &[("clash.proto", "syntax = \"proto2\"; message M { optional int32 a_b = 1; optional int32 aB = 2; }")],
    ] {
        let (folder, schema) = schema(files);
        check_round_trip(folder.path(), &schema);
    }
}

#[test]
fn a_descriptor_set_holds_the_same_and_can_be_opened() {
    let (folder, schema) = schema(&[("order.proto", ORDER), ("plain.proto", PROTO3), ("nested/other.proto", OTHER)]);
    let out = tempfile::tempdir().unwrap();
    let path = out.path().join("all.pb");
    let saved = save_descriptor_set(&[whole(&schema)], &path, false);
    assert!(saved.is_complete() && saved.written == 1, "{saved:?}");
    let set = of_set(&fs::read(&path).unwrap());
    for (name, file) in compiled(folder.path()) {
        assert_eq!(set.get(&name), Some(&file));
    }
    let opened = Schema::load(&Source::DescriptorSet { path: path.clone() }).unwrap();
    assert_eq!(opened.problems, []);
    assert!(opened.types("a.b.S", "order.proto").is_ok());
    // From the set to sources, and to a set again.
    let to = tempfile::tempdir().unwrap();
    let saved = save_protos(&[whole(&opened)], to.path(), false);
    assert!(saved.is_complete(), "{saved:?}");
    assert_eq!(compiled(to.path()), compiled(folder.path()));
    let again = out.path().join("again.pb");
    assert!(save_descriptor_set(&[whole(&opened)], &again, false).is_complete());
    assert_eq!(fs::read(&again).unwrap(), fs::read(&path).unwrap());
}

#[test]
fn one_symbol_is_saved_with_what_it_needs() {
    let (_folder, schema) = schema(&[("order.proto", ORDER), ("plain.proto", PROTO3), ("nested/other.proto", OTHER)]);
    for (symbol, wanted) in [("p.Other", &["nested/other.proto"][..]), ("S.Do", &["nested/other.proto", "plain.proto"])]
    {
        let to = tempfile::tempdir().unwrap();
        let part = Part { schema: &schema, symbol: Some(symbol) };
        assert!(save_protos(&[part], to.path(), false).is_complete());
        assert_eq!(compiled(to.path()).keys().collect::<Vec<_>>(), wanted.iter().collect::<Vec<_>>());
        let set = to.path().join("set.pb");
        assert!(save_descriptor_set(&[part], &set, false).is_complete());
        assert_eq!(of_set(&fs::read(set).unwrap()).len(), wanted.len());
    }
    let nobody = Part { schema: &schema, symbol: Some("no.Body") };
    assert!(!save_protos(&[nobody], tempfile::tempdir().unwrap().path(), false).is_complete());
}

#[test]
fn what_is_there_is_replaced_only_when_that_is_wanted() {
    let (_folder, schema) = schema(&[("a.proto", "syntax = \"proto3\"; message A {}")]);
    let to = tempfile::tempdir().unwrap();
    let path = to.path().join("a.proto");
    fs::write(&path, "mine").unwrap();
    let saved = save_protos(&[whole(&schema)], to.path(), false);
    assert_eq!((saved.written, saved.kept.as_slice(), saved.is_complete()), (0, [path.clone()].as_slice(), false));
    assert_eq!(fs::read_to_string(&path).unwrap(), "mine");
    assert!(save_protos(&[whole(&schema)], to.path(), true).is_complete());
    assert!(fs::read_to_string(&path).unwrap().contains("message A {}"));
    assert_eq!(fs::read_dir(to.path()).unwrap().count(), 1);
    let set = to.path().join("set.pb");
    fs::write(&set, "mine").unwrap();
    assert_eq!(save_descriptor_set(&[whole(&schema)], &set, false).kept, std::slice::from_ref(&set));
    assert!(save_descriptor_set(&[whole(&schema)], &set, true).is_complete());
}

fn reflected(files: &[FileDescriptorProto]) -> Schema {
    let files = files.iter().map(|file| file.encode_to_vec().into()).collect();
    Schema::from_reflection("t", Vec::new(), files, Vec::new())
}

fn named(name: &str) -> FileDescriptorProto {
    let message = DescriptorProto { name: Some("M".to_owned()), ..DescriptorProto::default() };
    let service = prost_types::ServiceDescriptorProto { name: Some("S".to_owned()), ..Default::default() };
    FileDescriptorProto {
        name: Some(name.to_owned()),
        syntax: Some("proto3".to_owned()),
        message_type: vec![message],
        service: vec![service],
        ..FileDescriptorProto::default()
    }
}

#[test]
fn no_name_leads_out_of_the_folder() {
    let outer = tempfile::tempdir().unwrap();
    let inner = outer.path().join("in");
    let long = format!("{}.proto", "x".repeat(300));
    for name in [
        "../x.proto",
        "/tmp/x.proto",
        "a/../../x.proto",
        "./x.proto",
        "a//x.proto",
        "C:\\x.proto",
        "a\\x.proto",
        "",
        "C:x.proto",
        ".git/hooks/x.proto",
        "x.sh",
        "con.proto",
        "a/LPT1.proto",
        "a\0.proto",
        "a./x.proto",
        &long,
        ".proto",
    ] {
        let saved = save_protos(&[whole(&reflected(&[named(name)]))], &inner, true);
        assert_eq!((saved.written, saved.problems.len()), (0, 1), "{name:?}: {saved:?}");
        assert_eq!(fs::read_dir(&inner).unwrap().count(), 0, "{name:?}");
    }
    assert_eq!(fs::read_dir(outer.path()).unwrap().count(), 1);
    let both = [named("A.proto"), named("a.proto")];
    let saved = save_protos(&[whole(&reflected(&both))], &inner, false);
    assert_eq!((saved.written, saved.problems.len()), (1, 1), "{saved:?}");
}

#[cfg(unix)]
#[test]
fn no_link_leads_out_of_the_folder() {
    let outer = tempfile::tempdir().unwrap();
    let (inner, other) = (outer.path().join("in"), outer.path().join("other"));
    fs::create_dir(&inner).unwrap();
    fs::create_dir(&other).unwrap();
    std::os::unix::fs::symlink(&other, inner.join("link")).unwrap();
    std::os::unix::fs::symlink(other.join("x.proto"), inner.join("x.proto")).unwrap();
    for name in ["link/a.proto", "link/deep/a.proto", "x.proto"] {
        let saved = save_protos(&[whole(&reflected(&[named(name)]))], &inner, true);
        assert_eq!((saved.written, saved.problems.len()), (0, 1), "{name}: {saved:?}");
    }
    assert_eq!(fs::read_dir(&other).unwrap().count(), 0);
}

#[test]
fn names_that_are_none_are_not_put_into_sources() {
    let mut evil = named("evil.proto");
    evil.message_type[0].name = Some("M {} import \"x\"; message N".to_owned());
    let saved =
        save_protos(&[whole(&reflected(&[evil, named("good.proto")]))], tempfile::tempdir().unwrap().path(), false);
    assert_eq!((saved.written, saved.problems.len()), (1, 1), "{saved:?}");
}

#[test]
fn what_stands_in_for_a_missing_file_is_saved_and_marked() {
    let mut file = named("s.proto");
    file.dependency = vec!["gone/v1/gone.proto".to_owned()];
    let method = prost_types::MethodDescriptorProto {
        name: Some("Do".to_owned()),
        input_type: Some(".gone.v1.In".to_owned()),
        output_type: Some(".M".to_owned()),
        ..Default::default()
    };
    file.service[0].method.push(method);
    let schema = reflected(&[file]);
    let to = tempfile::tempdir().unwrap();
    assert!(save_protos(&[whole(&schema)], to.path(), false).is_complete());
    assert_eq!(compiled(to.path()).len(), 2);
    assert!(fs::read_to_string(to.path().join("gone/v1/gone.proto")).unwrap().starts_with("// Nobody had this file"));
    // A set holds what the server said, and is opened in the same way.
    let set = to.path().join("set.pb");
    assert!(save_descriptor_set(&[whole(&schema)], &set, false).is_complete());
    let opened = Schema::load(&Source::DescriptorSet { path: set }).unwrap();
    assert_eq!(opened.file_count, 1);
    assert!(opened.types("S", "s.proto").is_ok());
}
