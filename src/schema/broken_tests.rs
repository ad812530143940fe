//! The common mistakes in `proto-samples/broken`, and what is said of each.

#![expect(clippy::needless_raw_string_hashes, reason = "expect-test writes them")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use expect_test::{Expect, expect};

use super::*;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("proto-samples/broken")
}

/// Everything said of one file when it is opened alone and its services are compiled.
fn problems(name: &str) -> Vec<Problem> {
    let source = Source::Protos { paths: vec![folder().join(name)], import_paths: vec![] };
    let schema = match Schema::load(&source) {
        Ok(schema) => schema,
        Err(problem) => return vec![problem],
    };
    let mut problems = schema.problems.clone();
    for service in &schema.services {
        let more = schema.types(&service.full_name, &service.file).err().unwrap_or_default();
        problems.extend(more.into_iter().filter(|problem| !schema.problems.contains(problem)));
    }
    problems
}

#[track_caller]
fn check(name: &str, expected: &Expect) {
    let root = folder().display().to_string();
    let mut text = String::new();
    for problem in problems(name) {
        // The checkout may lie anywhere, and separators differ.
        let shown = problem.to_string().replace(&root, "broken").replace('\\', "/");
        let shown = shown.replace("proto-samples/broken", "broken");
        writeln!(text, "{shown}").unwrap();
    }
    expected.assert_eq(&text);
}

#[test]
fn each_common_mistake_is_told_with_its_place() {
    check(
        "bad_import_path.proto",
        &expect![[r#"
        broken/bad_import_path.proto:4:8: invalid import path
          4 | import "../roots/extra/shared/money.proto";
            |        ^
          hint: Imports may not contain backslashes, repeated forward slashes, '.' or '..' components.
    "#]],
    );
    check(
        "cycle_a.proto",
        &expect![[r#"
        broken/cycle_b.proto:4:1: import cycle: cycle_a.proto -> cycle_b.proto -> cycle_a.proto
          4 | import "cycle_a.proto";
            | ^
          hint: Move what both files need into a third one.
    "#]],
    );
    check("cycle_b.proto", &expect![[""]]);
    check(
        "duplicate_field_name.proto",
        &expect![[r#"
            broken/duplicate_field_name.proto:10:9: name 'Order.id' is defined twice
              10 |   int32 id = 2;
                 |         ^
              hint: First defined at broken/duplicate_field_name.proto:9:10: string id = 1;
        "#]],
    );
    check(
        "duplicate_field_number.proto",
        &expect![[r#"
            broken/duplicate_field_number.proto:10:17: field number '1' is already used
              10 |   int32 count = 1;
                 |                 ^
              hint: First defined at broken/duplicate_field_number.proto:9:15: string id = 1;
        "#]],
    );
    check(
        "duplicate_name.proto",
        &expect![[r#"
            broken/duplicate_name.proto:12:9: name 'Order' is defined twice
              12 | message Order {
                 |         ^
              hint: First defined at broken/duplicate_name.proto:8:9: message Order {
        "#]],
    );
    check(
        "editions.proto",
        &expect![[r#"
        broken/editions.proto:2:11: unknown edition '2022'
          2 | edition = "2022";
            |           ^
          hint: Known editions: `edition = "2023";` and `edition = "2024";`.
    "#]],
    );
    check(
        "enum_as_request.proto",
        &expect![[r#"
            broken/enum_as_request.proto:5:11: 'Size' is not a message type
              5 |   rpc Buy(Size) returns (Order);
                |           ^
              hint: Defined at broken/enum_as_request.proto:12:6: enum Size {
        "#]],
    );
    check(
        "enum_first_not_zero.proto",
        &expect![[r#"
        broken/enum_first_not_zero.proto:13:9: the first value for proto3 enums must be 0
          13 |   BIG = 1;
             |         ^
    "#]],
    );
    check(
        "field_number_zero.proto",
        &expect![[r#"
        broken/field_number_zero.proto:5:15: message numbers must be between 1 and 536870911
          5 |   string id = 0;
            |               ^
    "#]],
    );
    check("fine_bom.proto", &expect![[""]]);
    check("fine_crlf.proto", &expect![[""]]);
    check("fine_empty.proto", &expect![[""]]);
    check(
        "import_elsewhere.proto",
        &expect![[r#"
        broken/import_elsewhere.proto:4:1: import 'shared/money.proto' not found
          4 | import "shared/money.proto";
            | ^
          hint: Looked in broken and the folders above the file. Add the import path broken/roots/extra
    "#]],
    );
    check(
        "imports_broken.proto",
        &expect![[r#"
        broken/syntax_error.proto:6:3: expected ';' or '[', but found 'int32'
          6 |   int32 count = 2;
            |   ^
    "#]],
    );
    check(
        "missing_brace.proto",
        &expect![[r#"
        broken/missing_brace.proto:5:17: expected a message field, oneof, reserved range, enum, message, option or '}', but reached end of file
          5 |   string id = 1;
            |                 ^
    "#]],
    );
    check(
        "missing_import.proto",
        &expect![[r#"
        broken/missing_import.proto:5:1: import 'shop/v1/nowhere.proto' not found
          5 | import "shop/v1/nowhere.proto";
            | ^
          hint: Looked in broken and the folders above the file. Add the import path that holds it.
    "#]],
    );
    check(
        "missing_label.proto",
        &expect![[r#"
        broken/missing_label.proto:5:3: fields must have a label with proto2 syntax (expected one of 'optional', 'repeated' or 'required')
          5 |   string id = 1;
            |   ^
    "#]],
    );
    check(
        "misspelled_keyword.proto",
        &expect![[r#"
        broken/misspelled_keyword.proto:8:1: expected 'enum', 'extend', 'import', 'message', 'option', 'service', 'package' or ';', but found 'mesage'
          8 | mesage Order {
            | ^
          hint: Did you mean `message`?
    "#]],
    );
    check(
        "not_utf8.proto",
        &expect![[r#"
        broken/not_utf8.proto:4:6: is not UTF-8 text
          4 | // Gr��e
            |      ^
          hint: Save the file as UTF-8.
    "#]],
    );
    check(
        "required_in_proto3.proto",
        &expect![[r#"
        broken/required_in_proto3.proto:5:3: required fields are not allowed in proto3 syntax
          5 |   required string id = 1;
            |   ^
    "#]],
    );
    check(
        "reserved_number.proto",
        &expect![[r#"
            broken/reserved_number.proto:10:15: field number '3' conflicts with reserved range '2 to 4'
              10 |   string id = 3;
                 |               ^
              hint: Reserved range defined at broken/reserved_number.proto:9:12: reserved 2 to 4;
        "#]],
    );
    check(
        "reserved_range.proto",
        &expect![[r#"
        broken/reserved_range.proto:5:16: expected an integer or 'max', but found ';'
          5 |   reserved 9 to;
            |                ^
    "#]],
    );
    check(
        "syntax_error.proto",
        &expect![[r#"
        broken/syntax_error.proto:6:3: expected ';' or '[', but found 'int32'
          6 |   int32 count = 2;
            |   ^
    "#]],
    );
    check(
        "tabs_and_unicode.proto",
        &expect![[r#"
        broken/tabs_and_unicode.proto:5:40: expected ';' or '[', but found 'int32'
          5 | 	/* Größe, 大小 */ string id = 1 /* ö */ int32 count = 2;
            | 	                                      ^
    "#]],
    );
    check(
        "two_errors.proto",
        &expect![[r#"
        broken/two_errors.proto:5:10: expected an identifier, but found '='
          5 |   string = 1;
            |          ^
        broken/two_errors.proto:9:13: expected '=', but found '2'
          9 |   int32 sum 2;
            |             ^
    "#]],
    );
    check(
        "type_not_imported.proto",
        &expect![[r#"
            broken/type_not_imported.proto:9:3: name 'google.protobuf.Timestamp' is not defined
              9 |   google.protobuf.Timestamp at = 1;
                |   ^
              hint: Add `import "google/protobuf/timestamp.proto";`.
        "#]],
    );
    check(
        "unknown_syntax.proto",
        &expect![[r#"
        broken/unknown_syntax.proto:2:10: unknown syntax 'proto4'
          2 | syntax = "proto4";
            |          ^
          hint: Possible values are 'proto2' and 'proto3'.
    "#]],
    );
    check(
        "unknown_type.proto",
        &expect![[r#"
        broken/unknown_type.proto:10:3: name 'Pirce' is not defined
          10 |   Pirce price = 2;
             |   ^
    "#]],
    );
    check(
        "unterminated_comment.proto",
        &expect![[r#"
        broken/unterminated_comment.proto:7:2: expected comment terminator, but reached end of file
          7 | }
            |  ^
    "#]],
    );
    check(
        "unterminated_string.proto",
        &expect![[r#"
            broken/unterminated_string.proto:2:18: unterminated string
              2 | syntax = "proto3;
                |                  ^
        "#]],
    );
}

#[test]
fn the_whole_folder_lists_what_is_good_in_it() {
    let source = Source::Protos { paths: vec![folder()], import_paths: vec![] };
    let schema = Schema::load(&source).unwrap();
    let names: Vec<&str> = schema.services.iter().map(|service| service.full_name.as_str()).collect();
    for good in ["Bom", "Crlf", "Relay", "Ring", "Till"] {
        assert!(names.contains(&good), "{good} in {names:?}");
    }
    let crlf = schema.service("Crlf").unwrap();
    assert_eq!(crlf.doc, "Says hello.\nTwice.");
    // Opened as a whole, the folder has the file that `import_elsewhere.proto` looks for.
    let till = schema.service("Till").unwrap();
    assert!(schema.types("Till", &till.file).is_ok());
}

#[test]
fn a_folder_near_by_that_has_the_import_is_suggested() {
    let found = problems("import_elsewhere.proto");
    assert_eq!(found[0].suggested_import_path, Some(folder().join("roots/extra")));
}

#[test]
fn a_name_defined_in_two_files_shows_both_places() {
    let folder = tempfile::tempdir().unwrap();
    let a =
        "syntax = \"proto3\";\nimport \"b.proto\";\npackage p;\nmessage M {}\nservice S { rpc A(M) returns (M); }\n";
    std::fs::write(folder.path().join("a.proto"), a).unwrap();
    std::fs::write(folder.path().join("b.proto"), "syntax = \"proto3\";\npackage p;\n  message M { }\n").unwrap();
    let source = Source::Protos { paths: vec![folder.path().to_owned()], import_paths: vec![] };
    let schema = Schema::load(&source).unwrap();
    let problems = schema.types("p.S", "a.proto").unwrap_err();
    let text =
        problems[0].to_string().replace(&format!("{}{}", folder.path().display(), std::path::MAIN_SEPARATOR), "");
    assert_eq!(
        text,
        "a.proto:4:9: name 'p.M' is already defined in file 'b.proto'\n  4 | message M {}\n    |         ^\n  hint: \
         First defined at b.proto:3:11: message M { }"
    );
}
