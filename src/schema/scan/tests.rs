//! The scan against the parser, and against broken text.

use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;
use crate::schema::Progress;
use crate::schema::index::Index;
use crate::schema::listing::list;
use crate::schema::unit::Unit;

const SAMPLE: &str = include_str!("../../../proto-samples/kitchen_sink.proto");

#[track_caller]
fn check(source: &str, expected: &str) {
    let scan = scan(source);
    let mut text = format!("{} {:?}", scan.syntax, scan.package);
    for import in &scan.imports {
        write!(text, "; {:?} {} @{}", import.kind, import.name, import.offset).unwrap();
    }
    for service in &scan.services {
        write!(text, "; {} [{}]", service.full_name, service.doc).unwrap();
        for m in &service.methods {
            let deprecated = if m.deprecated { " deprecated" } else { "" };
            write!(text, ", {} {:?} {} {} [{}]{deprecated}", m.name, m.kind, m.input, m.output, m.doc).unwrap();
        }
    }
    write!(text, "; {}", scan.symbols.join(" ")).unwrap();
    if let Some(odd) = scan.odd {
        write!(text, "; odd at {odd}").unwrap();
    }
    assert_eq!(text, expected);
}

#[test]
fn the_parts_of_a_list_are_read() {
    check("", " \"\"; ");
    check("syntax = 'proto3';\r\npackage a . b;\r\n", "proto3 \"a.b\"; ");
    check(
        "\u{feff}edition = \"2024\"; import public \"a.proto\"; import option \"b\" \"c\";",
        "2024 \"\"; Public a.proto @21; Option bc @46; ",
    );
    check(
        "package p; message A { message B { enum C { X = 0; } } oneof o { int32 i = 1; } map<string, B> m = 2 \
         [(x) = { a: \"}\" }]; extend Z { optional int32 ext = 5; } reserved 4, \"q\"; } local enum E { Y = 0; } \
         extend google.protobuf.FieldOptions { repeated B one = 1; optional group Two = 2 { int32 g = 1; } }",
        " \"p\"; p.A p.A.B p.A.B.C p.A.ext p.E p.one p.two p.Two",
    );
    check(
        "/* Whole. */\nservice S { // Not of M.\n rpc M(.a.B) returns (stream C) { option deprecated = true; option \
         (x) = { y: { } }; } // After.\n option deprecated = false;\n // Of N.\n rpc N(stream D) returns (stream); }",
        " \"\"; S [Whole.], M ServerStreaming .a.B C [] deprecated, N ClientStreaming D stream [Of N.]; S",
    );
}

#[test]
fn what_is_not_proto_is_told_and_the_rest_read() {
    check("mesage A {} service S {}", " \"\"; S []; S; odd at 0");
    check(
        "message A { string s = 1 } service S {}",
        " \"\"; A S; S []; odd at 25".replace("A S; S []", "S []; A S").as_str(),
    );
    check("service S { rpc M(A) returns B; rpc N(A) returns (B); }", " \"\"; S [], N Unary A B []; S; odd at 29");
    check("message A {", " \"\"; A; odd at 11");
    check("// no end \n/* ", " \"\"; ; odd at 11");
    check("import \"a;\nmessage B {}", " \"\"; B; odd at 7");
    check("}", " \"\"; ; odd at 0");
    check("message A {} package p;", " \"\"; A; odd at 22");
    check("option (a) = { b: 1 # }\n}; message A {}", " \"\"; A; odd at 20");
}

/// What the parser makes of the same text.
#[track_caller]
fn check_against_the_parser(source: &str) {
    let unit = Unit::parse("x.proto", "x.proto", source.to_owned()).unwrap();
    let scan = scan(source);
    assert_eq!(scan.odd, None, "{source}");
    let expected = list(&unit.descriptor, &unit.docs);
    assert_eq!(indexed(&scan.index), indexed(&expected.index), "{source}");
    crate::schema::fuzz::compare(scan, &unit);
}

/// Every entry of an index: what it is, its full name, its type.
fn indexed(index: &Index) -> Vec<String> {
    let line = |at| {
        let symbol = index.get(at).unwrap();
        let kind = symbol.kind.map(|kind| kind.to_string()).unwrap_or_default();
        format!("{kind} {} {}", index.full_name(at), symbol.type_name).trim().to_owned()
    };
    let mut lines: Vec<String> = (0..index.len()).map(line).collect();
    lines.sort();
    lines
}

#[test]
fn fields_and_values_are_indexed_with_their_types() {
    let source = "package p; message A { message B { enum C { option allow_alias = true; X = 0 [(o) = { a: 1 }]; Y = 1; \
                  reserved 5, \"Z\"; } } oneof o { int32 i = 1; .p.A a = 2; } map<string, B.C> m = 3 [(x) = { a: \"}\" \
                  }]; repeated group Two = 4 { optional p . A g = 1; } message message = 6; } extend A { optional A \
                  ext = 100; } service S { rpc M(A) returns (A); }";
    let expected = [
        "enum p.A.B.C",
        "enum value p.A.B.C.X",
        "enum value p.A.B.C.Y",
        "extension p.ext A",
        "field p.A.Two.g p . A",
        "field p.A.a .p.A",
        "field p.A.i",
        "field p.A.m B.C",
        "field p.A.two Two",
        "message p.A",
        "message p.A.B",
        "message p.A.Two",
        "method p.S.M",
        "p",
        "service p.S",
    ];
    let found = indexed(&scan(source).index);
    assert_eq!(found.iter().filter(|line| !line.contains("message p.A.message")).collect::<Vec<_>>(), expected);
}

#[test]
fn the_samples_are_listed_as_by_the_parser() {
    for source in [
        SAMPLE,
        include_str!("../../../proto-samples/helloworld.proto"),
        include_str!("../../../proto-samples/common/failure.proto"),
        include_str!("../../../proto-samples/broken/fine_crlf.proto"),
    ] {
        check_against_the_parser(source);
    }
}

#[test]
fn comments_belong_where_the_parser_has_them() {
    for before in ["", "// a\n", "// a\n\n", "/* a\n * b */\n", "// a\n// b\n", "// a\n/* b */\n", "/* a */ "] {
        for after in ["", " // c", "\n// c\n", "\n\n// c\n// d\n", " // c\n\n// d\n"] {
            check_against_the_parser(&format!(
                "syntax = \"proto3\";\n{before}service S {{{after}\n{before}rpc M(A) returns (A);{after}\n{before}rpc \
                 N(A) returns (A) {{\n}}\n}}\nmessage A {{}}\n"
            ));
        }
    }
}

#[test]
fn a_tree_is_listed_as_by_the_parser() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let walked =
        crate::schema::walk::walk(&[root.join("proto-samples"), root.join("assets/protos")], &Progress::default());
    let mut compared = 0;
    for file in walked.files {
        // Broken samples are no matter for the parser.
        let Ok(source) = std::fs::read_to_string(&file.path) else { continue };
        if Unit::parse("x.proto", "x.proto", source.clone()).is_ok() {
            check_against_the_parser(&source);
            compared += 1;
        }
    }
    assert!(compared > 20, "{compared} files compared");
}

#[track_caller]
fn check_bounds(source: &str) {
    let scan = scan(source);
    assert!(scan.odd.is_none_or(|odd| odd <= source.len()));
    for import in &scan.imports {
        assert!(source.get(import.offset..).is_some_and(|rest| rest.starts_with("import")));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn no_text_is_too_broken(mut bytes in Just(SAMPLE.as_bytes().to_vec()),
                             changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0_u8..4), 1..20)) {
        for (index, byte, how) in changes {
            if bytes.is_empty() {
                break;
            }
            let at = index.index(bytes.len());
            match how {
                0 => bytes[at] = byte,
                1 => { bytes.remove(at); }
                2 => bytes.insert(at, byte % 128),
                _ => bytes.truncate(at),
            }
        }
        check_bounds(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn no_heap_of_tokens_is_too_odd(tokens in prop::collection::vec(prop::sample::select(vec![
        "message ", "enum ", "service ", "rpc ", "returns", "(", ")", "{", "}", ";", "=", "[", "]", "import ", "\"x\"",
        "\"", "'", "\\", "// c\n", "/*", "*/", "\n", "\n\n", "extend ", "oneof ", "group ", "A ", "1", ".", "stream ",
        "option ", "package ", "\u{feff}", "ö", "export ",
    ]), 0..60)) {
        check_bounds(&tokens.concat());
    }
}

#[test]
fn deep_nesting_is_no_trouble() {
    let deep = "message A {".repeat(20_000);
    let scan = scan(&deep);
    assert!(scan.odd.is_some());
    assert!(scan.symbols.iter().map(String::len).sum::<usize>() < 20 << 20);
}
