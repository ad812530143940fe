//! Rules of both families, read from sources, said in words and checked.

use prost_reflect::MessageDescriptor;

use super::*;
use crate::message::{json, read};
use crate::schema::{Schema, Source};
use crate::text::Language;

/// A message of a source; the rules' own files come with the program.
pub(super) fn message(proto: &str, name: &str) -> MessageDescriptor {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("t.proto"), proto).unwrap();
    let source = Source::Protos { paths: vec![folder.path().to_owned()], import_paths: Vec::new() };
    let schema = Schema::load(&source).unwrap();
    assert_eq!(schema.problems, []);
    let types = schema.types_of_file("t.proto").unwrap_or_else(|problems| panic!("{problems:?}"));
    types.pool().get_message_by_name(name).unwrap()
}

const PROTOVALIDATE: &str = "syntax = \"proto3\"; import \"buf/validate/validate.proto\";";
const PGV: &str = "syntax = \"proto3\"; import \"validate/validate.proto\";";

struct Case {
    descriptor: MessageDescriptor,
    constraints: Constraints,
    text: Text,
}

impl Case {
    fn new(head: &str, body: &str) -> Self {
        let known = "import \"google/protobuf/any.proto\"; import \"google/protobuf/duration.proto\";\
                     import \"google/protobuf/timestamp.proto\"; import \"google/protobuf/wrappers.proto\";\
                     import \"google/protobuf/field_mask.proto\";";
        let descriptor = message(&format!("{head}{known}{body}"), "M");
        let constraints = Constraints::of(&descriptor);
        Self { descriptor, constraints, text: Text::new(Language::En) }
    }

    fn check(&self, json: &str) -> Vec<String> {
        let message =
            read(&json::parse(json).unwrap(), &self.descriptor).unwrap_or_else(|all| panic!("{json}: {all:?}"));
        self.constraints.check(&message, &self.text).iter().map(ToString::to_string).collect()
    }

    fn help(&self, field: &str) -> String {
        self.constraints.describe(&self.descriptor.get_field_by_name(field).unwrap(), &self.text).join("; ")
    }
}

/// A field with rules: what its help says, JSON that meets them, JSON that does not, and the rules named then.
#[track_caller]
fn field(head: &str, field: &str, help: &str, good: &[&str], bad: &[(&str, &str)]) {
    let case = Case::new(head, &format!("enum E {{ ZERO = 0; ONE = 1; TWO = 2; }} message M {{ {field} }}"));
    assert_eq!(case.help("f"), help, "{field}");
    for json in good {
        assert_eq!(case.check(json), [] as [&str; 0], "{field}: {json}");
    }
    for (json, rule) in bad {
        let told = case.check(json);
        assert!(told.len() == 1 && told[0].ends_with(&format!("[{rule}]")), "{field}: {json}: {told:?}");
    }
}

/// The same rule in both families.
#[track_caller]
fn either(kind: &str, rules: &str, help: &str, good: &[&str], bad: &[(&str, &str)]) {
    field(PROTOVALIDATE, &format!("{kind} f = 1 [(buf.validate.field).{rules}];"), help, good, bad);
    field(PGV, &format!("{kind} f = 1 [(validate.rules).{rules}];"), help, good, bad);
}

#[test]
fn numbers() {
    let gt = "int32.gt";
    either("int32", "int32 = { gt: 0 }", "greater than 0", &[r#"{"f": 1}"#], &[("{}", gt), (r#"{"f": -1}"#, gt)]);
    let range = "uint64 = { gte: 1, lte: 9 }";
    either(
        "uint64",
        range,
        "1 to 9",
        &[r#"{"f": 1}"#, r#"{"f": "9"}"#],
        &[("{}", "uint64.gte_lte"), (r#"{"f": 10}"#, "uint64.gte_lte")],
    );
    let half = "double = { gte: 0.5, lt: 1 }";
    let words = "at least 0.5 and less than 1";
    either(
        "double",
        half,
        words,
        &[r#"{"f": 0.5}"#],
        &[(r#"{"f": 1}"#, "double.gte_lt"), (r#"{"f": "NaN"}"#, "double.gte_lt")],
    );
    let outside = "sint32 = { gt: 5, lt: -5 }";
    either(
        "sint32",
        outside,
        "greater than 5 or less than -5",
        &[r#"{"f": 6}"#, r#"{"f": -6}"#],
        &[("{}", "sint32.gt_lt_exclusive")],
    );
    either("float", "float = { const: 0.1 }", "always 0.1", &[r#"{"f": 0.1}"#], &[("{}", "float.const")]);
    either("fixed32", "fixed32 = { in: [1, 3] }", "one of: 1, 3", &[r#"{"f": 3}"#], &[("{}", "fixed32.in")]);
    either("sfixed64", "sfixed64 = { not_in: [0] }", "none of: 0", &[r#"{"f": 3}"#], &[("{}", "sfixed64.not_in")]);
    either("bool", "bool = { const: true }", "always true", &[r#"{"f": true}"#], &[("{}", "bool.const")]);
    let finite = "double f = 1 [(buf.validate.field).double.finite = true];";
    field(PROTOVALIDATE, finite, "a finite number", &["{}"], &[(r#"{"f": "Infinity"}"#, "double.finite")]);
}

#[test]
fn texts_and_bytes() {
    let sizes = "string = { min_len: 1, max_len: 3 }";
    either(
        "string",
        sizes,
        "1 to 3 characters",
        &[r#"{"f": "日本語"}"#],
        &[("{}", "string.min_len"), (r#"{"f": "abcd"}"#, "string.min_len")],
    );
    either("string", "string = { len: 1 }", "exactly 1 character", &[r#"{"f": "é"}"#], &[("{}", "string.len")]);
    either(
        "string",
        "string = { max_bytes: 3 }",
        "at most 3 bytes",
        &[r#"{"f": "日"}"#],
        &[(r#"{"f": "日a"}"#, "string.max_bytes")],
    );
    either(
        "string",
        "string = { pattern: '^[a-z]+$' }",
        "matches ^[a-z]+$",
        &[r#"{"f": "a"}"#],
        &[("{}", "string.pattern")],
    );
    either("string", "string = { pattern: '(?<' }", "matches (?< (not checked here)", &["{}"], &[]);
    either("string", "string = { prefix: 'a' }", "begins with \"a\"", &[r#"{"f": "ab"}"#], &[("{}", "string.prefix")]);
    either("string", "string = { suffix: 'a' }", "ends with \"a\"", &[r#"{"f": "ba"}"#], &[("{}", "string.suffix")]);
    either(
        "string",
        "string = { contains: 'a' }",
        "contains \"a\"",
        &[r#"{"f": "bab"}"#],
        &[("{}", "string.contains")],
    );
    let without = "does not contain \"a\"";
    either("string", "string = { not_contains: 'a' }", without, &["{}"], &[(r#"{"f": "a"}"#, "string.not_contains")]);
    either("string", "string = { email: true }", "an email address", &[r#"{"f": "a@b.c"}"#], &[("{}", "string.email")]);
    either("string", "string = { uuid: false }", "", &["{}"], &[]);
    let header = "string = { well_known_regex: KNOWN_REGEX_HTTP_HEADER_NAME }";
    let header = [header, "string = { well_known_regex: HTTP_HEADER_NAME }"];
    for (head, option, header) in [(PROTOVALIDATE, "buf.validate.field", header[0]), (PGV, "validate.rules", header[1])]
    {
        let source = format!("string f = 1 [({option}).{header}];");
        let bad = [("{}", "string.well_known_regex"), (r#"{"f": "a b"}"#, "string.well_known_regex")];
        field(head, &source, "a name for an HTTP header", &[r#"{"f": "x-a"}"#], &bad);
    }
    either("string", "string = { in: ['a', 'b'] }", "one of: \"a\", \"b\"", &[r#"{"f": "b"}"#], &[("{}", "string.in")]);
    either("bytes", "bytes = { min_len: 2 }", "at least 2 bytes", &[r#"{"f": "AAAA"}"#], &[("{}", "bytes.min_len")]);
    either(
        "bytes",
        "bytes = { prefix: '\\x01' }",
        "begins with \"\\u{1}\"",
        &[r#"{"f": "AQ=="}"#],
        &[("{}", "bytes.prefix")],
    );
    either("bytes", "bytes = { ipv4: true }", "an IPv4 address", &[r#"{"f": "AAAAAA=="}"#], &[("{}", "bytes.ipv4")]);
    let pattern = "bytes = { pattern: '^a' }";
    either("bytes", pattern, "matches ^a", &[r#"{"f": "YQ=="}"#], &[(r#"{"f": "Yg=="}"#, "bytes.pattern")]);
}

#[test]
fn enums() {
    let named = "a value that E names";
    either("E", "enum = { defined_only: true }", named, &[r#"{"f": 2}"#], &[(r#"{"f": 3}"#, "enum.defined_only")]);
    either("E", "enum = { in: [1, 2] }", "one of: ONE, TWO", &[r#"{"f": "TWO"}"#], &[("{}", "enum.in")]);
    either("E", "enum = { not_in: [0] }", "none of: ZERO", &[r#"{"f": "TWO"}"#], &[("{}", "enum.not_in")]);
    either("E", "enum = { const: 1 }", "always ONE", &[r#"{"f": "ONE"}"#], &[("{}", "enum.const")]);
}

#[test]
fn lists_and_maps() {
    let unique = "repeated = { min_items: 1, unique: true, items: { string: { min_len: 2 } } }";
    let words = "all different; at least 1 item; each: at least 2 characters";
    let bad = [
        ("{}", "repeated.min_items"),
        (r#"{"f": ["ab", "ab"]}"#, "repeated.unique"),
        (r#"{"f": ["ab", "a"]}"#, "string.min_len"),
    ];
    either("repeated string", unique, words, &[r#"{"f": ["ab", "cd"]}"#], &bad);
    let map = "map = { max_pairs: 1, keys: { string: { min_len: 2 } }, values: { int32: { gt: 0 } } }";
    let words = "at most 1 entry; keys: at least 2 characters; values: greater than 0";
    let bad = [
        (r#"{"f": {"ab": 1, "cd": 1}}"#, "map.max_pairs"),
        (r#"{"f": {"a": 1}}"#, "string.min_len"),
        (r#"{"f": {"ab": 0}}"#, "int32.gt"),
    ];
    either("map<string, int32>", map, words, &["{}", r#"{"f": {"ab": 1}}"#], &bad);
}

#[test]
fn well_known_types() {
    let duration = "duration = { gt: { seconds: 1 }, lte: { seconds: 90 } }";
    let words = "greater than 1s and at most 1m 30s";
    let bad = [(r#"{"f": "1s"}"#, "duration.gt_lte"), (r#"{"f": "90.1s"}"#, "duration.gt_lte")];
    let good = ["{}", r#"{"f": "1.5s"}"#, r#"{"f": "90s"}"#];
    either("google.protobuf.Duration", duration, words, &good, &bad);
    let past = [(r#"{"f": "2999-01-01T00:00:00Z"}"#, "timestamp.lt_now")];
    either(
        "google.protobuf.Timestamp",
        "timestamp = { lt_now: true }",
        "in the past",
        &[r#"{"f": "2020-01-01T00:00:00Z"}"#],
        &past,
    );
    let within = [(r#"{"f": "2020-01-01T00:00:00Z"}"#, "timestamp.within")];
    either(
        "google.protobuf.Timestamp",
        "timestamp = { within: { seconds: 3600 } }",
        "within 1h of now",
        &["{}"],
        &within,
    );
    let any = "any = { in: ['type.googleapis.com/M'] }";
    let words = "one of: \"type.googleapis.com/M\"";
    let bad = [(r#"{"f": {"@type": "type.googleapis.com/google.protobuf.Duration", "value": "1s"}}"#, "any.in")];
    either("google.protobuf.Any", any, words, &[r#"{"f": {"@type": "type.googleapis.com/M"}}"#], &bad);
    let wrapped = [(r#"{"f": ""}"#, "string.min_len")];
    either(
        "google.protobuf.StringValue",
        "string = { min_len: 1 }",
        "at least 1 character",
        &["{}", r#"{"f": "a"}"#],
        &wrapped,
    );
    let mask = "google.protobuf.FieldMask f = 1 [(buf.validate.field).required = true];";
    field(PROTOVALIDATE, mask, "required", &[r#"{"f": "a"}"#], &[("{}", "required")]);
}

#[test]
fn what_is_absent() {
    let number = "[(buf.validate.field) = { int32: { gt: 0 }";
    field(
        PROTOVALIDATE,
        &format!("optional int32 f = 1 {number} }}];"),
        "greater than 0",
        &["{}"],
        &[(r#"{"f": 0}"#, "int32.gt")],
    );
    let required = format!("int32 f = 1 {number}, required: true }}];");
    field(
        PROTOVALIDATE,
        &required,
        "required; greater than 0",
        &[r#"{"f": 1}"#],
        &[("{}", "required"), (r#"{"f": -1}"#, "int32.gt")],
    );
    let zero = format!("optional int32 f = 1 {number}, ignore: IGNORE_IF_ZERO_VALUE }}];");
    field(PROTOVALIDATE, &zero, "greater than 0", &["{}", r#"{"f": 0}"#], &[(r#"{"f": -1}"#, "int32.gt")]);
    let never = format!("int32 f = 1 {number}, ignore: IGNORE_ALWAYS }}];");
    field(PROTOVALIDATE, &never, "", &["{}"], &[]);
    let empty = "int32 f = 1 [(validate.rules).int32 = { gt: 0, ignore_empty: true }];";
    field(PGV, empty, "greater than 0", &["{}"], &[(r#"{"f": -1}"#, "int32.gt")]);
    let message = "M f = 1 [(validate.rules).message.required = true];";
    field(PGV, message, "required", &[], &[("{}", "required")]);
    let time = "google.protobuf.Timestamp f = 1 [(validate.rules).timestamp.required = true];";
    field(PGV, time, "required", &[r#"{"f": "2020-01-01T00:00:00Z"}"#], &[("{}", "required")]);
}

#[test]
fn oneofs_and_messages() {
    let case = Case::new(
        PROTOVALIDATE,
        r#"message M {
            option (buf.validate.message) = {
                cel: { id: "m.order", message: "from must not be after to", expression: "this.from <= this.to" }
                cel_expression: "this.from < 100"
                oneof: { fields: ["a", "b"], required: true }
            };
            int32 from = 1; int32 to = 2; string a = 3; string b = 4;
            oneof kind { option (buf.validate.oneof).required = true; string c = 5; M d = 6; }
            repeated M more = 7; map<string, M> by = 8;
            string name = 9 [(buf.validate.field).cel = { id: "n", expression: "this == 'x' ? '' : 'must be x, not ' + this" }];
        }"#,
    );
    assert_eq!(case.check(r#"{"a": "a", "c": "c", "name": "x"}"#), [] as [&str; 0]);
    let all = [
        "from must not be after to [m.order]",
        "this.from < 100 [this.from < 100]",
        "exactly one must be set of: a, b [message.oneof]",
        "kind: one of its fields must be chosen [required]",
        "name: must be x, not y [n]",
    ];
    assert_eq!(case.check(r#"{"from": 200, "a": "a", "b": "b", "name": "y"}"#), all);
    let good = r#""a": "a", "c": "c", "name": "x""#;
    let nested = format!(
        r#"{{{good}, "more": [{{{good}}}, {{{good}, "from": 1}}], "by": {{"k\"é": {{"a": "a", "name": "x"}}}}}}"#
    );
    assert_eq!(
        case.check(&nested),
        [
            "more[1]: from must not be after to [m.order]",
            "by[\"k\\\"é\"].kind: one of its fields must be chosen [required]"
        ]
    );
    let words = case.constraints.describe_message(&case.descriptor, &case.text);
    assert_eq!(words, ["from must not be after to", "this.from < 100", "exactly one must be set of: a, b"]);
    let oneof = case.descriptor.oneofs().next().unwrap();
    assert_eq!(case.constraints.describe_oneof(&oneof, &case.text), ["one of its fields must be chosen"]);
    assert_eq!(case.help("name"), "this == 'x' ? '' : 'must be x, not ' + this");

    let case = Case::new(
        PGV,
        "message Off { option (validate.disabled) = true; string a = 1 [(validate.rules).string.min_len = 1]; }
         message Deep { string a = 1 [(validate.rules).string.min_len = 1]; }
         message M { oneof kind { option (validate.required) = true; Off off = 1; Deep deep = 2; }
             Deep skipped = 3 [(validate.rules).message.skip = true]; }",
    );
    assert_eq!(case.check("{}"), ["kind: one of its fields must be chosen [required]"]);
    assert_eq!(case.check(r#"{"off": {}, "skipped": {}}"#), [] as [&str; 0]);
    assert_eq!(case.check(r#"{"deep": {}}"#), ["deep.a: at least 1 character [string.min_len]"]);
}

#[test]
fn a_rule_of_somebodys_own() {
    let source = r#"syntax = "proto2"; import "buf/validate/validate.proto";
        extend buf.validate.StringRules {
            optional string ends = 80048952 [(buf.validate.predefined).cel = {
                id: "string.ends" message: "must end as agreed" expression: "this.endsWith(rule)" }];
        }
        message M { optional string f = 1 [(buf.validate.field).string.(ends) = "!"]; }"#;
    let case = Case::new(source, "");
    assert_eq!(case.help("f"), "must end as agreed");
    assert_eq!(case.check(r#"{"f": "a!"}"#), [] as [&str; 0]);
    assert_eq!(case.check(r#"{"f": "a"}"#), ["f: must end as agreed [string.ends]"]);
}

#[test]
fn types_without_rules_cost_nothing() {
    let descriptor = message("syntax = \"proto3\"; message M { M m = 1; }", "M");
    assert!(!may_have_rules(descriptor.parent_pool()));
    assert!(Constraints::of(&descriptor).is_empty());
}

#[test]
fn there_is_an_end_to_what_is_told() {
    let case = Case::new(PGV, "message M { repeated int32 f = 1 [(validate.rules).repeated.items.int32.gt = 0]; }");
    let many = vec!["0"; 10_000].join(",");
    assert_eq!(case.check(&format!("{{\"f\": [{many}]}}")).len(), MOST_VIOLATIONS);
}

#[test]
fn a_users_own_copy_counts() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("validate")).unwrap();
    let own = "syntax = \"proto2\"; package validate; import \"google/protobuf/descriptor.proto\";
        extend google.protobuf.FieldOptions { optional FieldRules rules = 1071; }
        message FieldRules { optional OwnRules string = 14; } message OwnRules { optional uint64 min_len = 2; }";
    std::fs::write(folder.path().join("validate/validate.proto"), own).unwrap();
    let user = "syntax = \"proto3\"; import \"validate/validate.proto\";
        message M { string f = 1 [(validate.rules).string.min_len = 2]; }";
    std::fs::write(folder.path().join("t.proto"), user).unwrap();
    let source = Source::Protos { paths: vec![folder.path().to_owned()], import_paths: Vec::new() };
    let types = Schema::load(&source).unwrap().types_of_file("t.proto").unwrap();
    assert!(types.pool().get_message_by_name("validate.OwnRules").is_some());
    let descriptor = types.pool().get_message_by_name("M").unwrap();
    let told = Constraints::of(&descriptor).describe(&descriptor.get_field(1).unwrap(), &Text::new(Language::En));
    assert_eq!(told, ["at least 2 characters"]);
}

#[test]
fn a_violation_is_found_in_the_form() {
    let descriptor = message(
        "syntax = \"proto3\"; message M { map<string, M> by = 1; repeated M list = 2; oneof o { string s = 3; M m = 4; } }",
        "M",
    );
    let json = r#"{"by": {"a": {}, "k\"]é": {"list": [{}, {"by": {"x": {}}}]}}}"#;
    let form = crate::message::form::MessageForm::from_json(&json::parse(json).unwrap(), &descriptor);
    let check = |path: &str, expected: &str| assert_eq!(place_in(&form, path), expected);
    check("list[0].m", "list[0].m");
    check("by[\"a\"].s", "by[0].s");
    check("by[\"k\\\"]é\"].list[1].by[\"x\"].o", "by[1].list[1].by[0].o");
    check("by[\"nobody\"].s", "by[\"nobody\"].s");
    for odd in ["by[\"", "[\"a\"]", "[", "by[\"a\"", "..by[\"a\"]", "by[\"a\"]x[\"", "by.[\"a\"]["] {
        assert!(place_in(&form, odd).len() <= odd.len() + 2, "{odd}");
    }
}
