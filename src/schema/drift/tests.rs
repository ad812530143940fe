//! Tables of two texts and what differs between them.

use std::fmt::Write as _;

use super::*;
use crate::schema::Source;

fn schema(files: &[(&str, &str)]) -> Schema {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let source = Source::Protos { paths: vec![folder.path().to_owned()], import_paths: Vec::new() };
    let schema = Schema::load(&source).unwrap();
    // Files are read when they are compiled, which must be while the folder is there.
    for service in &schema.services {
        drop(schema.types(&service.full_name, &service.file));
    }
    schema
}

fn drift(left: &str, right: &str) -> Drift {
    compare(&schema(&[("a.proto", left)]), &schema(&[("a.proto", right)]), &[], || true).unwrap()
}

/// One line for a difference, one below for each of its effects.
fn lines(drift: &Drift) -> String {
    let mut out = String::new();
    for one in &drift.differences {
        let changes: Vec<&str> = one.changes.iter().map(|change| change.id()).collect();
        let side = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
        writeln!(out, "{} {}: {} => {}", changes.join("+"), one.name, side(&one.left), side(&one.right)).unwrap();
        for effect in &one.effects {
            let why = effect.reason.key().trim_start_matches("drift-why-");
            let name = effect.reason.name();
            let space = if name.is_empty() { "" } else { " " };
            writeln!(out, "  {} {}: {why}{space}{name}", effect.impact.id(), effect.ways.id()).unwrap();
        }
    }
    out
}

#[track_caller]
fn check_files(left: &str, right: &str, expected: &str) {
    let expected: Vec<&str> = expected.lines().map(|line| line.strip_prefix("        ").unwrap_or(line)).collect();
    assert_eq!(lines(&drift(left, right)).lines().collect::<Vec<_>>(), expected);
}

/// The bodies of a message that is request and response, proto3.
#[track_caller]
fn check(left: &str, right: &str, expected: &str) {
    let file = |body: &str| {
        format!(
            "syntax = \"proto3\"; service S {{ rpc Do(M) returns (M); }} message M {{ {body} }} message N {{ int32 x = 1; }} enum E {{ ZERO = 0; }}"
        )
    };
    check_files(&file(left), &file(right), expected);
}

/// The same of proto2.
#[track_caller]
fn check2(left: &str, right: &str, expected: &str) {
    let file =
        |body: &str| format!("syntax = \"proto2\"; service S {{ rpc Do(M) returns (M); }} message M {{ {body} }}");
    check_files(&file(left), &file(right), expected);
}

/// The bodies of an enum, proto3.
#[track_caller]
fn check_enum(left: &str, right: &str, expected: &str) {
    let file = |body: &str| {
        format!(
            "syntax = \"proto3\"; service S {{ rpc Do(M) returns (M); }} message M {{ E e = 1; }} enum E {{ {body} }}"
        )
    };
    check_files(&file(left), &file(right), expected);
}

#[test]
fn what_is_the_same_has_no_differences() {
    check(
        "int32 a = 1; // here\n map<string, N> m = 2; M self = 3;",
        "M self = 3; map<string, N> m = 2; int32 a = 1;",
        "",
    );
    assert_eq!(drift("", "").verdict(), Verdict::Same);
}

#[test]
fn fields_are_added_removed_renamed_and_renumbered() {
    check(
        "",
        "int32 a = 1;",
        "added M.a: - => int32 a = 1;
          compatible request: not-set
          compatible response: unseen",
    );
    check(
        "int32 a = 1;",
        "",
        "removed M.a: int32 a = 1; => -
          wire request: dropped
          wire response: never-comes",
    );
    check(
        "int32 a = 1;",
        "reserved 1; reserved \"a\";",
        "removed M.a: int32 a = 1; => -
          compatible both: retired
        reserved M: - => reserved 1, \"a\";
          compatible both: reserved",
    );
    check(
        "int32 a = 1;",
        "reserved 1;",
        "removed M.a: int32 a = 1; => -
          json request: json-unknown
          compatible both: retired
        reserved M: - => reserved 1;
          compatible both: reserved",
    );
    check(
        "int32 a = 1;",
        "int32 b = 1;",
        "renamed M.a: int32 a = 1; => int32 b = 1;
          json both: json-name",
    );
    check(
        "int32 a = 1;",
        "int32 b = 1 [json_name = \"a\"];",
        "renamed M.a: int32 a = 1; => int32 b = 1 [json_name = \"a\"];
          source both: source-name",
    );
    check(
        "int32 a = 1;",
        "int32 a = 2;",
        "renumbered M.a: int32 a = 1; => int32 a = 2;
          wire both: dropped",
    );
    check(
        "string name = 1; string id = 2;",
        "string id = 1;",
        "removed M.name: string name = 1; => -
          wire request: read-as id
          wire response: never-comes
        renumbered M.id: string id = 2; => string id = 1;
          wire request: dropped
          wire response: read-as name",
    );
    check(
        "int32 a = 1; int32 b = 2;",
        "int32 a = 2; int32 b = 1;",
        "renumbered M.a: int32 a = 1; => int32 a = 2;
          wire both: read-as b
        renumbered M.b: int32 b = 2; => int32 b = 1;
          wire both: read-as a",
    );
    check(
        "int32 a_b = 1;",
        "int32 a_b = 1 [json_name = \"x\"];",
        "json-name M.a_b: int32 a_b = 1; => int32 a_b = 1 [json_name = \"x\"];
          json both: json-name",
    );
}

/// A retyped field: the impact and the reason each way, JSON left out when it is the same.
#[track_caller]
fn check_types(left: &str, right: &str, expected: &str) {
    let file = |kind: &str| {
        format!(
            "syntax = \"proto3\"; service S {{ rpc Do(M) returns (M); }} message M {{ {kind} a = 1; }} \
             message N {{ int32 x = 1; }} enum E {{ ZERO = 0; }}"
        )
    };
    let drift = drift(&file(left), &file(right));
    assert_eq!(drift.differences.len(), 1, "{left} {right}");
    assert_eq!(drift.differences[0].changes, [Change::Retyped]);
    let effects: Vec<String> = drift.differences[0]
        .effects
        .iter()
        .map(|one| {
            format!("{} {} {}", one.impact.id(), one.ways.id(), one.reason.key().trim_start_matches("drift-why-"))
        })
        .collect();
    assert_eq!(effects.join(", "), expected, "{left} {right}");
}

#[test]
fn types_that_read_each_other_are_told_from_those_that_do_not() {
    check_types("int32", "string", "wire both wire-type");
    check_types("int32", "sint32", "wire both misread");
    check_types("int32", "fixed32", "wire both wire-type");
    check_types("fixed32", "float", "wire both misread");
    check_types("fixed64", "double", "wire both misread");
    check_types("string", "N", "wire both misread");
    check_types("N", "int32", "wire both wire-type");
    check_types("int32", "int64", "json both json-form, compatible request fits, compatible response range");
    check_types("int32", "uint32", "compatible both range");
    check_types("uint32", "uint64", "json both json-form, compatible request fits, compatible response range");
    check_types("uint32", "bool", "json both json-form, compatible request range, compatible response fits");
    check_types("int32", "E", "json both json-form, compatible both fits");
    check_types("sint32", "sint64", "json both json-form, compatible request fits, compatible response range");
    check_types("fixed32", "sfixed32", "compatible both range");
    check_types("fixed64", "sfixed64", "compatible both range");
    check_types("string", "bytes", "json both json-form, compatible request fits, compatible response utf8");
    check_types("bytes", "N", "json both json-form, compatible request embedded, compatible response fits");
    check_types("map<string, int32>", "map<string, string>", "wire both wire-type");
    check_types(
        "map<int32, N>",
        "map<int64, N>",
        "json both json-form, compatible request fits, compatible response range",
    );
}

#[test]
fn lists_and_maps_are_not_single_values() {
    check(
        "string a = 1;",
        "repeated string a = 1;",
        "cardinality M.a: string a = 1; => repeated string a = 1;
          wire response: last-only
          json both: json-list
          compatible request: one-element",
    );
    check(
        "repeated int32 a = 1;",
        "int32 a = 1;",
        "cardinality M.a: repeated int32 a = 1; => int32 a = 1;
          wire request: packed-unread
          json both: json-list
          compatible response: one-element",
    );
    check(
        "repeated int32 a = 1;",
        "repeated int32 a = 1 [packed = false];",
        "packed M.a: repeated int32 a = 1; => repeated int32 a = 1 [packed = false];
          compatible both: packed-either",
    );
    check(
        "map<string, int32> a = 1;",
        "repeated Entry a = 1; message Entry { string key = 1; int32 value = 2; }",
        "retyped M.a: map<string, int32> a = 1; => repeated .M.Entry a = 1;
          json both: json-form
          compatible both: map-entries",
    );
}

#[test]
fn presence_and_required_matter_to_who_reads() {
    check(
        "int32 a = 1;",
        "optional int32 a = 1;",
        "presence M.a: int32 a = 1; => optional int32 a = 1;
          compatible request: presence-omitted
          compatible response: presence-unseen",
    );
    check2(
        "optional int32 a = 1;",
        "required int32 a = 1;",
        "required M.a: optional int32 a = 1; => required int32 a = 1;
          wire request: required-missing
          compatible response: required-sent",
    );
    check2(
        "",
        "required int32 a = 1;",
        "added M.a: - => required int32 a = 1;
          wire request: required-missing
          compatible response: unseen",
    );
    check2(
        "required int32 a = 1;",
        "",
        "removed M.a: required int32 a = 1; => -
          wire request: dropped
          wire response: required-missing",
    );
    check2(
        "optional int32 a = 1 [default = 4];",
        "optional int32 a = 1;",
        "default M.a: optional int32 a = 1 [default = 4]; => optional int32 a = 1;
          compatible both: default",
    );
    check2("optional float a = 1 [default = nan];", "optional float a = 1 [default = nan];", "");
    check2("optional int32 a = 1 [default = 0];", "optional int32 a = 1;", "");
}

#[test]
fn a_oneof_breaks_where_it_loses_what_may_be_set() {
    check(
        "int32 a = 1; int32 b = 2;",
        "oneof o { int32 a = 1; int32 b = 2; }",
        "oneof M.a: int32 a = 1; => oneof o { int32 a = 1; }
          wire request: oneof-loses
          compatible response: oneof-safe
        oneof M.b: int32 b = 2; => oneof o { int32 b = 2; }
          wire request: oneof-loses
          compatible response: oneof-safe",
    );
    check(
        "optional int32 a = 1;",
        "oneof o { int32 a = 1; string c = 3; }",
        "oneof M.a: optional int32 a = 1; => oneof o { int32 a = 1; }
          compatible both: oneof-safe
        added M.c: - => string c = 3;
          compatible request: not-set
          compatible response: unseen",
    );
    check(
        "oneof o { int32 a = 1; int32 b = 2; }",
        "oneof p { int32 a = 1; int32 b = 2; }",
        "renamed M.o: oneof o => oneof p
          source both: source-name",
    );
}

#[test]
fn values_of_enums_are_added_removed_renamed_and_renumbered() {
    check_enum(
        "Z = 0; A = 1;",
        "Z = 0;",
        "removed E.A: A = 1; => -
          wire request: unknown-value
          compatible response: value-not-sent",
    );
    check_enum(
        "Z = 0;",
        "Z = 0; A = 1;",
        "added E.A: - => A = 1;
          compatible request: value-not-sent
          compatible response: unknown-value",
    );
    check_enum(
        "Z = 0; A = 1;",
        "reserved 1; reserved \"A\"; Z = 0;",
        "removed E.A: A = 1; => -
          compatible both: retired
        reserved E: - => reserved 1, \"A\";
          compatible both: reserved",
    );
    check_enum(
        "Z = 0; A = 1;",
        "Z = 0; B = 1;",
        "renamed E.A: A = 1; => B = 1;
          json both: json-name",
    );
    check_enum(
        "Z = 0; A = 1; B = 2;",
        "Z = 0; A = 2; B = 3;",
        "renumbered E.A: A = 1; => A = 2;
          wire request: unknown-value
          wire response: read-as B
        renumbered E.B: B = 2; => B = 3;
          wire request: read-as A
          wire response: unknown-value",
    );
    check_enum(
        "option allow_alias = true; Z = 0; A = 1; B = 1;",
        "Z = 0; A = 1;",
        "removed E.B: B = 1; => -
          json request: alias
          compatible response: value-not-sent",
    );
}

#[test]
fn enums_are_closed_or_open() {
    let file = |syntax: &str, label: &str| {
        format!(
            "syntax = \"{syntax}\"; service S {{ rpc Do(M) returns (M); }} message M {{ {label} E e = 1; }} enum E {{ Z = 0; }}"
        )
    };
    check_files(
        &file("proto2", "optional"),
        &file("proto3", "optional"),
        "closed E: closed enum E => open enum E
          compatible both: closed-enum",
    );
}

#[test]
fn editions_are_compared_by_what_they_mean() {
    let three = "syntax = \"proto3\"; service S { rpc Do(M) returns (M); } message M { optional int32 a = 1; repeated int32 b = 2; }";
    let edition =
        "edition = \"2023\"; service S { rpc Do(M) returns (M); } message M { int32 a = 1; repeated int32 b = 2; }";
    check_files(three, edition, "");
    let delimited = edition.replace("int32 a", "M c = 3 [features.message_encoding = DELIMITED]; int32 a");
    let embedded = edition.replace("int32 a", "M c = 3; int32 a");
    check_files(
        &embedded,
        &delimited,
        "retyped M.c: .M c = 3; => .M c = 3 [features.message_encoding = DELIMITED];
          wire both: wire-type",
    );
}

const CALLS: &str = "message In { int32 x = 1; } message Out { In in = 1; } message Other { int32 x = 1; }";

#[test]
fn services_and_methods_come_and_go() {
    let file = |services: &str| format!("syntax = \"proto3\"; package p; {CALLS} {services}");
    check_files(
        &file(
            "service S { rpc Old(In) returns (Out); rpc Do(In) returns (Out); } service Gone { rpc X(In) returns (Out); }",
        ),
        &file("service S { rpc New(In) returns (Out); rpc Do(stream In) returns (Other); } service Fresh {}"),
        "added p.Fresh: - => service Fresh
          compatible both: not-called
        removed p.Gone: service Gone => -
          wire both: unimplemented
        removed p.S.Old: rpc Old(.p.In) returns (.p.Out); => -
          wire both: unimplemented
        kind+message-type p.S.Do: rpc Do(.p.In) returns (.p.Out); => rpc Do(stream .p.In) returns (.p.Other);
          wire request: streams
          source response: type-name
        added p.S.New: - => rpc New(.p.In) returns (.p.Out);
          compatible both: not-called
        renamed+retyped p.Out.in: .p.In in = 1; => int32 x = 1;
          wire both: wire-type
          json both: json-name",
    );
}

#[test]
fn differences_are_told_of_the_calls_that_reach_them() {
    let file = |field: &str| {
        format!(
            "syntax = \"proto3\"; package p; message Deep {{ {field} }} message Loop {{ Loop loop = 1; map<string, Deep> deep = 2; }} \
             message Flat {{}} service S {{ rpc Ask(Loop) returns (Flat); rpc Tell(Flat) returns (Loop); rpc Idle(Flat) returns (Flat); }}"
        )
    };
    let told = |left: &str, right: &str| {
        let drift = drift(&file(left), &file(right));
        let service = &drift.services[0];
        let methods: Vec<String> =
            service.methods.iter().map(|method| format!("{} {}", method.name, method.verdict.id())).collect();
        let groups: Vec<String> = drift
            .groups(service)
            .iter()
            .map(|group| {
                let names: Vec<&str> = group.methods.iter().map(|at| service.methods[*at].name.as_str()).collect();
                format!("{} {} {}", names.join("+"), group.verdict.id(), group.reached.len())
            })
            .collect();
        (service.verdict.id(), methods.join(", "), groups.join(", "))
    };
    let owned = |a, b: &str, c: &str| (a, b.to_owned(), c.to_owned());
    assert_eq!(
        told("string a = 1;", "repeated string a = 1;"),
        owned("breaks", "Ask breaks-json, Tell breaks, Idle same", "Ask+Tell breaks 1")
    );
    assert_eq!(
        told("", "string a = 1;"),
        owned("compatible", "Ask compatible, Tell compatible, Idle same", "Ask+Tell compatible 1")
    );
    assert_eq!(told("", ""), owned("same", "Ask same, Tell same, Idle same", ""));
}

#[test]
fn what_does_not_compile_is_told_and_hides_nothing() {
    let good = "syntax = \"proto3\"; package g; message M {} service Good { rpc Do(M) returns (M); }";
    let bad = "syntax = \"proto3\"; package b; import \"good.proto\"; service Bad { rpc Do(Missing) returns (g.M); }";
    let fine = "syntax = \"proto3\"; package b; import \"good.proto\"; service Bad { rpc Do(g.M) returns (g.M); }";
    let left = schema(&[("good.proto", good), ("bad.proto", bad)]);
    let right = schema(&[("good.proto", good), ("bad.proto", fine)]);
    let drift = compare(&left, &right, &[], || true).unwrap();
    let told: Vec<_> = drift.services.iter().map(|one| (one.name.as_str(), one.verdict, one.problems.len())).collect();
    assert_eq!(told, [("b.Bad", Verdict::Unknown, 1), ("g.Good", Verdict::Same, 0)]);
    assert_eq!(drift.services[0].problems[0].0, SideName::Left);
    assert_eq!(drift.verdict(), Verdict::Unknown);
}

#[test]
fn services_may_be_named_and_the_work_may_be_stopped() {
    let text =
        "syntax = \"proto3\"; message M {} service A { rpc Do(M) returns (M); } service B { rpc Do(M) returns (M); }";
    let one = schema(&[("a.proto", text)]);
    let drift = compare(&one, &one, &["B".to_owned()], || true).unwrap();
    assert_eq!(drift.services.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(), ["B"]);
    assert_eq!(compare(&one, &one, &[], || false), None);
}

#[test]
fn every_sentence_is_there() {
    let text = crate::text::Text::new(crate::text::Language::En);
    for verdict in Verdict::ALL {
        assert!(text.has(verdict.key()), "{}", verdict.key());
    }
    for impact in Impact::ALL {
        assert!(text.has(impact.key()), "{}", impact.key());
    }
    let source = include_str!("effect.rs").to_owned() + include_str!("mod.rs");
    let keys: Vec<&str> = source.split('"').filter(|word| word.starts_with("drift-") && !word.ends_with('-')).collect();
    assert!(keys.len() > 50);
    for key in keys {
        assert!(text.has(key), "{key}");
    }
}
