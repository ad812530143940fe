//! The text format over types with every kind of field.

use std::sync::LazyLock;

use proptest::prelude::*;
use prost_reflect::{DescriptorPool, DynamicMessage, MessageDescriptor, ReflectMessage as _};

use super::super::wire::View;
use super::{AnyTypes, ReadOptions, WriteOptions, raw, read, read_with, write};

const PROTO: &str = r#"
syntax = "proto2";
package t;
import "google/protobuf/any.proto";
enum Mood { option allow_alias = true; SAD = -1; CALM = 0; GLAD = 1; GLADDER = 1; }
message M {
  reserved "gone";
  optional string s = 3; optional bytes b = 2; optional double d = 4; optional float f = 5;
  optional google.protobuf.Any any = 6; map<string, int32> map = 7; repeated int32 list = 8 [packed = true];
  optional group Grp = 9 { optional int32 x = 1; optional int32 inf = 2; }
  repeated M subs = 10; map<bool, M> by_flag = 11;
  optional Mood mood = 12; repeated Mood moods = 13; optional bool flag = 14;
  oneof one { string word = 15; int64 number = 16; M message = 17; }
  optional uint32 u32 = 18; optional uint64 u64 = 19; optional int32 i32 = 20; optional sint64 s64 = 21;
  optional fixed32 x32 = 22; optional sfixed64 x64 = 23; repeated string texts = 24;
  repeated group Many = 25 { optional string y = 1; }
  extensions 100 to 200;
  optional int32 last = 201;
}
extend M { optional int32 ext = 100; repeated M ext_m = 101; optional string ext_s = 102; }
"#;

fn pool(source: &'static str) -> DescriptorPool {
    struct One(&'static str);
    impl protox::file::FileResolver for One {
        fn open_file(&self, name: &str) -> Result<protox::file::File, protox::Error> {
            if name == "t.proto" {
                return protox::file::File::from_source(name, self.0);
            }
            protox::file::GoogleFileResolver::new().open_file(name)
        }
    }
    let mut compiler = protox::Compiler::with_file_resolver(One(source));
    compiler.include_imports(true).open_file("t.proto").unwrap();
    compiler.descriptor_pool()
}

fn message() -> MessageDescriptor {
    static POOL: LazyLock<DescriptorPool> = LazyLock::new(|| pool(PROTO));
    POOL.get_message_by_name("t.M").unwrap()
}

/// Reads and writes again on one line, or tells the problems.
#[track_caller]
fn check(text: &str, expected: &str) {
    let found = match read(text, &message()) {
        Ok(message) => {
            let written = write(&message, WriteOptions { utf8: true, ..WriteOptions::default() });
            let again = read(&written, &message.descriptor()).unwrap();
            assert_eq!(write(&again, WriteOptions { utf8: true, ..WriteOptions::default() }), written);
            written.split('\n').map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
        }
        Err(problems) => problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "),
    };
    assert_eq!(found, expected, "{text}");
}

#[test]
fn the_specifications_examples() {
    // "Text Format Language Specification", in its order. "Whitespace and Comments".
    check("# comment\n  s: \"a\" # more\n#last", r#"s: "a""#);
    check("s:\t'a'\r\n\u{b}\u{c}i32\n:\n1", r#"s: "a" i32: 1"#);
    // "Strings": quotes of both kinds, one after another.
    check("s: \"a\" 'b'\n# between\n\"c\"'\"'", r#"s: "abc\"""#);
    check(r#"b: "\xFE\376\0" texts: ["a" "b", 'c']"#, r#"b: "\376\376\000" texts: "ab" texts: "c""#);
    // "Numeric literals".
    check(
        "i32: -0x10 u32: 017 u64: 18446744073709551615 s64: -9223372036854775808",
        "u32: 15 u64: 18446744073709551615 i32: -16 s64: -9223372036854775808",
    );
    check("f: 1.5f d: -.5e+1", "d: -5 f: 1.5");
    check("f: 10 d: 1e400", "d: inf f: 10");
    check("f: - # sign\n inf d: -NaN", "d: nan f: -inf");
    check("f: InfinitY d: 18446744073709551616", "d: 1.8446744073709552e+19 f: inf");
    check("x32: 0xFFFFFFFF x64: -1", "x32: 4294967295 x64: -1");
    // "Fields": of scalars, messages and lists, with and without a colon, and what divides them.
    check("i32", "line 1, column 4: the text ends where `:`, `{` or `<` is expected");
    check("i32: 1, s: 'x'; flag: t", r#"s: "x" flag: true i32: 1"#);
    check("subs { i32: 1 } subs: { } subs <i32: 2;>, subs: <>;", "subs { i32: 1 } subs { } subs { i32: 2 } subs { }");
    check("list: [1, 2] list: 3 list: [] list: [4]", "list: 1 list: 2 list: 3 list: 4");
    check("subs [{ i32: 1 }, <>] subs []", "subs { i32: 1 } subs { }");
    check("flag: True", "flag: true");
    check("flag: 0x1", "flag: true");
    check("flag: f", "flag: false");
    check("mood: GLADDER moods: [SAD, 0, -1]", "mood: GLAD moods: SAD moods: CALM moods: SAD");
    // "Extension fields", "Any", with blanks and comments in the names.
    check("[t.ext]: 1 [ t . ext_m ]: { }  [t.ext_m] <s: 'a'>", r#"[t.ext]: 1 [t.ext_m] { } [t.ext_m] { s: "a" }"#);
    check("any { [type.googleapis.com/t.M] { s: 'a' } }", r#"any { [type.googleapis.com/t.M] { s: "a" } }"#);
    check(
        "any { [a.b/c/ # d\n google.protobuf.Any] { [x/t.M] { } } }",
        "any { [a.b/c/google.protobuf.Any] { [x/t.M] { } } }",
    );
    check(r#"any { type_url: "x/t.M" value: "\032\001a" }"#, r#"any { [x/t.M] { s: "a" } }"#);
    check(r#"any { type_url: "x/no.Such" value: "\001" }"#, r#"any { type_url: "x/no.Such" value: "\001" }"#);
    // "Groups": by type and by field. "Maps": entries of a key and a value, either may be left out.
    check("Grp { x: 1 } many { y: 'a' } Many <>", r#"Grp { x: 1 } Many { y: "a" } Many { }"#);
    check("grp: { inf: 1 }", "Grp { inf: 1 }");
    check(
        "map { value: 1 key: 'b' } map: [{ key: 'a' }, { value: 3 }] map { key: 'b' value: 2 }",
        r#"map { key: "" value: 3 } map { key: "a" value: 0 } map { key: "b" value: 2 }"#,
    );
    check("by_flag { key: true } by_flag {}", "by_flag { key: false value { } } by_flag { key: true value { } }");
    // Reserved names are of fields that are gone.
    check("gone { anything: [1, 'a'] } i32: 1", "i32: 1");
    check("", "");
    check("\u{feff}i32: 1", "i32: 1");
    check("s: \"你好\"", "s: \"你好\"");
}

#[test]
fn fields_that_the_type_does_not_have() {
    check(
        "300: 5 301: 0x00000001 302: 0x0000000000000001 303: 'a' 304 { 1: 2 }",
        r#"300: 5 301: 0x00000001 302: 0x0000000000000001 303: "a" 304 { 1: 2 }"#,
    );
    check("300: [1, -1]", "300: 1 300: 18446744073709551615");
    check("3: 'a'", "line 1, column 1: fields that are known are given by name: write `s` for 3");
    check("100: 1", "line 1, column 1: fields that are known are given by name: write `[t.ext]` for 100");
    check("0: 1", "line 1, column 1: 0 is no field number");
    check("300 { a: 1 }", "line 1, column 7: field 300: `a` in an unknown field, where fields have only numbers");
    check("300: true", "line 1, column 6: field 300: a word, whose encoding is not known without the field");
    check("300: 1.5", "line 1, column 6: field 300: not a whole number of at most 64 bits");
}

#[test]
fn problems_of_the_grammar() {
    check("i32: 1\n  }", "line 2, column 3: expected a field, found `}`");
    check("subs { i32: 1", "line 1, column 14: the text ends where a field or `}` is expected");
    check("subs < i32: 1 }", "line 1, column 15: expected a field or `>`, found `}`");
    check("i32 1", "line 1, column 5: expected `:`, `{` or `<`, found `1`");
    check("list [1]", "line 1, column 7: a `:` must stand between a field and its values");
    check("list: [1,]", "line 1, column 10: expected a value, found `]`");
    check("list: [1 2]", "line 1, column 10: expected `,` or `]`, found `2`");
    check("list: [[1]]", "line 1, column 8: a list within a list");
    check("i32: 1,, s: ''", "line 1, column 8: expected a field, found `,`");
    check("i32: 10a", "line 1, column 6: `10a` is not a number");
    check("i32: 08", "line 1, column 6: `08` is not a number");
    check("i32: --1", "line 1, column 7: expected a number, found `-`");
    check("s: \"a\nb\"", "line 1, column 6: a line break within a string; write it as \\n");
    check("s: 'é\\q'", "line 1, column 6: no escape `\\q`");
    check("s: 'a", "line 1, column 4: the string has no end");
    check("s: 'a\\", "line 1, column 4: the string has no end");
    check("s: -'a'", "line 1, column 5: expected a number, found `'`");
    check("[t.]: 1", "line 1, column 1: `[t.]` names neither an extension nor a type");
    check("[t.ext: 1", "line 1, column 7: expected the name of an extension or a type, or `]`, found `:`");
    check("1a: 1", "line 1, column 1: `1a` is no field name and no field number");
    check("// no", "line 1, column 1: expected a field, found `/`");
    check("{", "line 1, column 1: expected a field, found `{`");
    check(&"subs{".repeat(100_000), "line 1, column 1005: nested more than 200 deep");
}

#[test]
fn problems_of_the_values() {
    check(
        "u32: -1 subs { i32: 'a' }\nsubs { sub: 1 texts: ['a', 1] }",
        "line 1, column 6: u32: not a whole number from 0 to 4294967295; \
         line 1, column 21: subs[0].i32: a string where a whole number is expected; \
         line 2, column 8: subs[1]: no field `sub` in t.M; did you mean `subs`?; \
         line 2, column 28: subs[1].texts[1]: a number where a string in quotes is expected",
    );
    check("i32: 1 i32: 1", "line 1, column 8: i32: the field is given twice, and holds one value");
    check(
        "word: '' message {}",
        "line 1, column 10: message: `word` is given too, and oneof `one` holds only one of them",
    );
    check("i32: 2147483648", "line 1, column 6: i32: not a whole number from -2147483648 to 2147483647");
    check("i32: 1.0", "line 1, column 6: i32: not a whole number from -2147483648 to 2147483647");
    check("u32: -0", "line 1, column 6: u32: not a whole number from 0 to 4294967295");
    check("i32: [1]", "line 1, column 6: i32: a list where a whole number is expected");
    check("d: 0x1", "line 1, column 4: d: octal and hexadecimal numbers are for whole numbers only");
    check("d: one", "line 1, column 4: d: `one` where a number, `inf` or `nan` is expected");
    check("flag: 2", "line 1, column 7: flag: a number where true or false is expected");
    check("flag: yes", "line 1, column 7: flag: `yes` where true or false is expected");
    check("s: '\\xff'", "line 1, column 4: s: not UTF-8 from its byte 1 on, as a string must be; bytes need not");
    check("mood: GALD", "line 1, column 7: mood: no value `GALD` in t.Mood; did you mean `GLAD`?");
    check("mood: 2", "line 1, column 7: mood: t.Mood is closed and has no value 2");
    check("subs: 1", "line 1, column 7: subs[0]: a number where `{ }` for t.M is expected");
    check("map { key: 1 }", "line 1, column 12: map[0].key: a number where a string in quotes is expected");
    check(
        "map: 1",
        "line 1, column 6: a number where `{ key: value: }` is expected for a map"
            .replace("6: a", "6: map: a")
            .as_str(),
    );
    check("[t.exd]: 1", "line 1, column 1: no extension `t.exd` of t.M; did you mean `[t.ext]`?");
    check("[t.ext_m] { i32: '' }", "line 1, column 18: [t.ext_m][0].i32: a string where a whole number is expected");
    check("GRP {}", "line 1, column 1: no field `GRP` in t.M; did you mean `grp`?");
    check("SUBS {}", "line 1, column 1: no field `SUBS` in t.M; did you mean `subs`?");
    check("[x/t.M] {}", "line 1, column 1: a type in brackets is for a google.protobuf.Any, not for a t.M");
    check(
        "any { [x/t.M] {} [x/t.M] {} }",
        "line 1, column 7: any: an Any has either one type in brackets, or a type_url and a value; line 1, column 18: any: an Any has either one type in brackets, or a type_url and a value",
    );
    check(
        "any { [x/no.Such] {} }",
        "line 1, column 7: any: the schema has no message `no.Such`; without it, give its bytes: type_url: \"x/no.Such\" value: \"...\"",
    );
    check(
        "any { [x/t.M] { u32: '' } }",
        "line 1, column 22: any.[x/t.M].u32: a string where a whole number is expected",
    );
}

#[test]
fn unknown_names_are_passed_over_when_asked() {
    let options = ReadOptions { ignore_unknown: true, types: None };
    let text = "nope { a: [1] } [t.nope]: 1 mood: NOPE moods: [GLAD, NOPE] i32: 1";
    assert_eq!(write(&read_with(text, &message(), options).unwrap(), WriteOptions::default()), "moods: GLAD\ni32: 1\n");
    assert!(read_with("i32: ''", &message(), options).is_err());
}

#[test]
fn deep_messages_end() {
    // In a thread with the small stack that tests and workers have.
    let text = "message {\n".repeat(199) + &"}\n".repeat(199);
    let message = message();
    let read_back = read(&text, &message).unwrap();
    assert_eq!(write(&read_back, WriteOptions::default()).replace("  ", ""), text);
    let text = "any { [t.t/t.M] { ".repeat(99) + &"} }".repeat(99);
    let written = write(&read(&text, &message).unwrap(), WriteOptions::default());
    let again = write(&read(&written, &message).unwrap(), WriteOptions::default());
    assert!(written == again && written.contains("type_url"), "the deepest are written as bytes");
}

/// The same bytes that protoc 35.1 writes with --decode.
#[test]
fn written_as_protoc_does() {
    let text = "s: \"你\\n'q'\\\"\\x01\\x7f\\\\\" b: \"\\xff\\x00ab\" d: 1e300 f: 0.1 any { [type.googleapis.com/t.M] { s: \"x\" } } \
                map { key: \"b\" value: 0 } map { key: \"\" value: 2 } list: [1,2] Grp { x: 1 } [t.ext]: 4 last: 5 subs { } \
                [t.ext_m] {s:\"a\"} 300: 7 301: 0x0000000A 302 { 1: \"x\" }";
    let expected = r#"b: "\377\000ab"
s: "\344\275\240\n\'q\'\"\001\177\\"
d: 1e+300
f: 0.1
any {
  type_url: "type.googleapis.com/t.M"
  value: "\032\001x"
}
map {
  key: ""
  value: 2
}
map {
  key: "b"
  value: 0
}
list: 1
list: 2
Grp {
  x: 1
}
subs {
}
[t.ext]: 4
[t.ext_m] {
  s: "a"
}
last: 5
300: 7
301: 0x0000000a
302 {
  1: "x"
}
"#;
    let message = read(text, &message()).unwrap();
    let options = WriteOptions { raw_any: true, ..WriteOptions::default() };
    assert_eq!(write(&message, options), expected);
    let without = write(&message, WriteOptions { skip_unknown: true, ..options });
    assert_eq!(without, expected.split("300: 7").next().unwrap());
}

#[test]
fn types_of_other_files() {
    let other = pool("syntax = \"proto3\"; package o; message Far { int32 n = 1; }");
    let types = AnyTypes::new(move |name| other.get_message_by_name(name));
    let types = Some(&types);
    let text = "any {\n  [x/o.Far] {\n    n: 1\n  }\n}\n";
    let read = read_with(text, &message(), ReadOptions { types, ignore_unknown: false }).unwrap();
    assert_eq!(write(&read, WriteOptions { types, ..WriteOptions::default() }), text);
    assert!(write(&read, WriteOptions::default()).contains("type_url"));
}

#[test]
fn without_a_type() {
    let check = |bytes: &[u8], expected: &str| assert_eq!(raw(&View::of(bytes), bytes), expected);
    check(
        b"\x08\x96\x01\x12\x02hi\x1a\x04\x0a\x02\x08\x01\x25\0\0\x80\x3f\x29\0\0\0\0\0\0\xf0\x3f\x33\x08\x01\x34\x3a\0",
        "1: 150  # varint, sint 75\n2: \"hi\"  # string, or a message\n3 {\n  1 {\n    1: 1  # varint, sint -1, true\n  }\n}\n\
         4: 0x3f800000  # fixed32 1065353216, int 1065353216, float 1\n\
         5: 0x3ff0000000000000  # fixed64 4607182418800017408, int 4607182418800017408, double 1\n\
         6 {\n  1: 1  # varint, sint -1, true\n}\n7: \"\"  # 0 bytes\n",
    );
    check("\u{a}\u{6}你好".as_bytes(), "1: \"你好\"  # string\n");
    check(b"\x0a\x02\xff\x00", "1: \"\\377\\000\"  # 2 bytes\n");
    check(b"\x08", "# byte 1: the bytes end within a number\n");
}

const VALID: &str = r#"# all kinds
s: "a\n\x41\u4f60" 'b' b: "\377" d: -1.5e10 f: .5f any { [type.googleapis.com/t.M] { i32: 0x1F } }
map { key: "k" value: -017 } list: [1, 2, 3]; Grp < x: 1 >, subs: { subs { subs [ {}, <> ] } }
by_flag { key: true value { } } mood: GLAD moods: [-1, CALM] flag: t message { word: 'w' }
u64: 18446744073709551615 [t.ext]: 5 [t.ext_m] { [t.ext_s]: "z" } gone { x: [1, 'y'] } 300: 0x00000001 301 { 1: 2 }
"#;

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    /// What is read of a spoilt text is written so that it reads back as the same.
    #[test]
    fn spoilt_texts_do_no_harm(
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0_usize..4, "[\\x00-\\x7f你\\\\\"'\\[\\]{}<>:,;.0-9x/%-]{0,3}"), 0..6),
    ) {
        let message = message();
        let mut letters: Vec<char> = VALID.chars().collect();
        for (at, gone, text) in edits {
            let at = at.index(letters.len());
            let end = (at + gone).min(letters.len());
            letters.splice(at..end, text.chars());
        }
        let text: String = letters.into_iter().collect();
        match read(&text, &message) {
            Ok(first) => {
                let written = write(&first, WriteOptions::default());
                let again = read(&written, &message);
                prop_assert!(again.is_ok(), "{:?}\n{}\n{}", again, text, written);
                prop_assert_eq!(write(&again.unwrap(), WriteOptions::default()), written);
            }
            Err(problems) => prop_assert!(!problems.is_empty()),
        }
    }

    /// Whatever decodes is written so that it reads back as the same bytes, groups of unknown fields apart.
    #[test]
    fn nothing_is_lost(bytes in prop::collection::vec(prop_oneof![0_u8..40, Just(0xD5), any::<u8>()], 0..60)) {
        let descriptor = message();
        if let Ok(message) = DynamicMessage::decode(descriptor.clone(), bytes.as_slice()) {
            let options = WriteOptions { raw_any: true, utf8: true, ..WriteOptions::default() };
            let written = write(&message, options);
            // Closed enums are read as open ones from bytes.
            if let Ok(again) = read(&written, &descriptor) {
                prop_assert_eq!(write(&again, options), written);
            }
        }
    }
}
