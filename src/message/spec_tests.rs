//! The published examples of the `ProtoJSON` specification (protobuf.dev, "`ProtoJSON` Format") and of the comments in
//! the well-known types' own files, one by one. Each row names its section.

use prost_reflect::{DescriptorPool, MessageDescriptor};

use super::json::parse;
use super::{ReadOptions, WriteOptions, read, read_with, write};

const PROTO: &str = r#"
syntax = "proto3";
package spec;
import "google/protobuf/any.proto";
import "google/protobuf/duration.proto";
import "google/protobuf/empty.proto";
import "google/protobuf/field_mask.proto";
import "google/protobuf/struct.proto";
import "google/protobuf/timestamp.proto";
import "google/protobuf/wrappers.proto";
enum Foo { FOO_UNKNOWN = 0; FOO_BAR = 1; }
message Person { string first_name = 1; string last_name = 2; }
message M {
  M foo_bar = 1;
  string g = 2;
  string other = 3 [json_name = "given-name"];
  Foo e = 4;
  map<string, int32> m = 5;
  map<int64, bool> mi = 6;
  map<bool, string> mb = 7;
  repeated int32 r = 8;
  bool b = 9;
  string s = 10;
  bytes y = 11;
  int32 i32 = 12;
  fixed32 f32 = 13;
  uint32 u32 = 14;
  int64 i64 = 15;
  fixed64 f64 = 16;
  uint64 u64 = 17;
  float fl = 18;
  double d = 19;
  google.protobuf.Any any = 20;
  google.protobuf.Timestamp t = 21;
  google.protobuf.Duration dur = 22;
  google.protobuf.Struct st = 23;
  google.protobuf.Int32Value wi = 24;
  google.protobuf.Int64Value wl = 25;
  google.protobuf.StringValue ws = 26;
  google.protobuf.BoolValue wb = 27;
  google.protobuf.FieldMask fm = 28;
  google.protobuf.ListValue lv = 29;
  google.protobuf.Value v = 30;
  google.protobuf.NullValue nv = 31;
  google.protobuf.Empty em = 32;
  optional int32 oi = 33;
  optional google.protobuf.NullValue onv = 34;
  repeated google.protobuf.Value rv = 35;
  repeated google.protobuf.NullValue rnv = 36;
  oneof one { int32 o1 = 37; google.protobuf.NullValue o2 = 38; google.protobuf.Value o3 = 39; }
  repeated Foo re = 40;
  repeated M rm = 41;
}
"#;

/// What is not read.
const REFUSED: &str = "refused";

/// Section; what is read; what is written of it.
const TABLE: &[(&str, &str, &str)] = &[
    // Representation of each type.
    ("message", r#"{"fooBar": {}, "g": null}"#, r#"{"fooBar": {}}"#),
    ("message: parsers accept the original name too", r#"{"foo_bar": {}}"#, r#"{"fooBar": {}}"#),
    ("message: json_name is the key", r#"{"given-name": "x"}"#, r#"{"given-name": "x"}"#),
    ("message: json_name, read by its original name", r#"{"other": "x"}"#, r#"{"given-name": "x"}"#),
    ("enum", r#"{"e": "FOO_BAR"}"#, r#"{"e": "FOO_BAR"}"#),
    ("enum: parsers accept integers", r#"{"e": 1}"#, r#"{"e": "FOO_BAR"}"#),
    ("enum: a name that is none", r#"{"e": "BAZ"}"#, REFUSED),
    ("enum: an unknown number of an open enum is kept", r#"{"e": 7}"#, r#"{"e": 7}"#),
    ("map<K,V>", r#"{"m": {"k": 1}}"#, r#"{"m": {"k": 1}}"#),
    ("map<K,V>: all keys are strings", r#"{"mi": {"-5": true}}"#, r#"{"mi": {"-5": true}}"#),
    ("map<K,V>: keys of bool", r#"{"mb": {"true": "x", "false": "y"}}"#, r#"{"mb": {"false": "y", "true": "x"}}"#),
    ("map<K,V>: a value of null", r#"{"m": {"k": null}}"#, REFUSED),
    ("repeated V", r#"{"r": [1, 2]}"#, r#"{"r": [1, 2]}"#),
    ("repeated V: null is the empty list", r#"{"r": null}"#, "{}"),
    ("repeated V: an element of null", r#"{"r": [null]}"#, REFUSED),
    ("bool", r#"{"b": true}"#, r#"{"b": true}"#),
    ("bool: false is the default", r#"{"b": false}"#, "{}"),
    ("bool: no text", r#"{"b": "true"}"#, REFUSED),
    ("string", r#"{"s": "Hello World!"}"#, r#"{"s": "Hello World!"}"#),
    ("string: no number", r#"{"s": 1}"#, REFUSED),
    ("bytes", r#"{"y": "YWJjMTIzIT8kKiYoKSctPUB+"}"#, r#"{"y": "YWJjMTIzIT8kKiYoKSctPUB+"}"#),
    ("bytes: URL-safe", r#"{"y": "YWJjMTIzIT8kKiYoKSctPUB-"}"#, r#"{"y": "YWJjMTIzIT8kKiYoKSctPUB+"}"#),
    ("bytes: without padding", r#"{"y": "-_8"}"#, r#"{"y": "+/8="}"#),
    ("bytes: with padding", r#"{"y": "-_8="}"#, r#"{"y": "+/8="}"#),
    ("int32, fixed32, uint32", r#"{"i32": 1, "f32": 10, "u32": 0}"#, r#"{"i32": 1, "f32": 10}"#),
    ("int32: negative", r#"{"i32": -10}"#, r#"{"i32": -10}"#),
    ("int32: strings are accepted", r#"{"i32": "-10", "u32": "7"}"#, r#"{"i32": -10, "u32": 7}"#),
    ("int32: empty strings are invalid", r#"{"i32": ""}"#, REFUSED),
    ("int32: exponent notation", r#"{"i32": 1e2, "u32": "1e2"}"#, r#"{"i32": 100, "u32": 100}"#),
    ("int64, fixed64, uint64", r#"{"i64": "1", "f64": "10"}"#, r#"{"i64": "1", "f64": "10"}"#),
    ("int64: numbers are accepted", r#"{"i64": -10, "u64": 10}"#, r#"{"i64": "-10", "u64": "10"}"#),
    ("int64: beyond a double's precision", r#"{"i64": 9007199254740993}"#, r#"{"i64": "9007199254740993"}"#),
    ("int64: empty strings are invalid", r#"{"u64": ""}"#, REFUSED),
    ("int64: exponent notation", r#"{"i64": "1e2"}"#, r#"{"i64": "100"}"#),
    ("float, double", r#"{"fl": 1.1, "d": -10.0}"#, r#"{"fl": 1.1, "d": -10}"#),
    ("float, double: 0 is the default", r#"{"fl": 0, "d": 0.0}"#, "{}"),
    ("float, double: NaN, Infinity", r#"{"fl": "NaN", "d": "Infinity"}"#, r#"{"fl": "NaN", "d": "Infinity"}"#),
    ("float, double: -Infinity", r#"{"d": "-Infinity"}"#, r#"{"d": "-Infinity"}"#),
    ("float, double: strings are accepted", r#"{"d": "1.5e3"}"#, r#"{"d": 1500}"#),
    ("float, double: empty strings are invalid", r#"{"d": ""}"#, REFUSED),
    ("float, double: -0 is considered equivalent to 0", r#"{"d": -0.0}"#, "{}"),
    (
        "Any",
        r#"{"any": {"@type": "type.googleapis.com/spec.M", "g": "x"}}"#,
        r#"{"any": {"@type": "type.googleapis.com/spec.M", "g": "x"}}"#,
    ),
    (
        "Any: a type with a JSON form of its own stands under \"value\"",
        r#"{"any": {"@type": "type.googleapis.com/google.protobuf.Timestamp", "value": "1972-01-01T10:00:20.021Z"}}"#,
        r#"{"any": {"@type": "type.googleapis.com/google.protobuf.Timestamp", "value": "1972-01-01T10:00:20.021Z"}}"#,
    ),
    ("Timestamp", r#"{"t": "1972-01-01T10:00:20.021Z"}"#, r#"{"t": "1972-01-01T10:00:20.021Z"}"#),
    ("Timestamp: Z-normalised", r#"{"t": "1972-01-01T10:00:20.021+02:00"}"#, r#"{"t": "1972-01-01T08:00:20.021Z"}"#),
    ("Timestamp: 0, 3, 6 or 9 digits", r#"{"t": "1972-01-01T10:00:20.5Z"}"#, r#"{"t": "1972-01-01T10:00:20.500Z"}"#),
    ("Timestamp: 6 digits", r#"{"t": "1972-01-01T10:00:20.0001Z"}"#, r#"{"t": "1972-01-01T10:00:20.000100Z"}"#),
    ("Timestamp: no fraction", r#"{"t": "1972-01-01T10:00:20.000Z"}"#, r#"{"t": "1972-01-01T10:00:20Z"}"#),
    ("Timestamp: no zone", r#"{"t": "1972-01-01T10:00:20"}"#, REFUSED),
    ("Duration", r#"{"dur": "1.000340012s"}"#, r#"{"dur": "1.000340012s"}"#),
    ("Duration: whole", r#"{"dur": "1s"}"#, r#"{"dur": "1s"}"#),
    ("Duration: 0, 3, 6 or 9 digits", r#"{"dur": "1.5s"}"#, r#"{"dur": "1.500s"}"#),
    ("Duration: the s is required", r#"{"dur": "1"}"#, REFUSED),
    ("Duration: finer than a nanosecond", r#"{"dur": "1.0000000001s"}"#, REFUSED),
    ("Struct", r#"{"st": {"a": [1, "x", null]}}"#, r#"{"st": {"a": [1, "x", null]}}"#),
    ("Wrapper types: 2", r#"{"wi": 2}"#, r#"{"wi": 2}"#),
    ("Wrapper types: \"2\"", r#"{"wl": "2"}"#, r#"{"wl": "2"}"#),
    ("Wrapper types: \"foo\"", r#"{"ws": "foo"}"#, r#"{"ws": "foo"}"#),
    ("Wrapper types: true", r#"{"wb": true}"#, r#"{"wb": true}"#),
    ("Wrapper types: \"true\"", r#"{"ws": "true"}"#, r#"{"ws": "true"}"#),
    ("Wrapper types: null", r#"{"wi": null, "ws": null}"#, "{}"),
    ("Wrapper types: 0", r#"{"wi": 0}"#, r#"{"wi": 0}"#),
    ("FieldMask", r#"{"fm": "f.fooBar,h"}"#, r#"{"fm": "f.fooBar,h"}"#),
    ("ListValue", r#"{"lv": ["foo", {"bar": 1}]}"#, r#"{"lv": ["foo", {"bar": 1}]}"#),
    ("Value", r#"{"v": {"x": [true]}}"#, r#"{"v": {"x": [true]}}"#),
    ("Value: null", r#"{"v": null}"#, r#"{"v": null}"#),
    ("NullValue", r#"{"nv": null, "onv": null}"#, r#"{"onv": null}"#),
    ("Empty", r#"{"em": {}}"#, r#"{"em": {}}"#),
    ("Empty: has no fields", r#"{"em": {"a": 1}}"#, REFUSED),
    // Presence and default-values.
    ("Presence: a default is written where there is presence", r#"{"oi": 0, "i32": 0}"#, r#"{"oi": 0}"#),
    ("Presence: of an arm", r#"{"o1": 0}"#, r#"{"o1": 0}"#),
    // Null values.
    ("Null values: leave a field unset", r#"{"oi": null, "e": null, "fooBar": null, "m": null}"#, "{}"),
    ("Null values: an arm that is null is not chosen", r#"{"o1": null}"#, "{}"),
    ("Null values: but for NullValue", r#"{"o2": null}"#, r#"{"o2": null}"#),
    ("Null values: but for Value", r#"{"o3": null}"#, r#"{"o3": null}"#),
    ("Null values: in lists of Value", r#"{"rv": [null, 1]}"#, r#"{"rv": [null, 1]}"#),
    ("Null values: in lists of NullValue", r#"{"rnv": [null]}"#, r#"{"rnv": [null]}"#),
    ("Null values: not in lists of others", r#"{"re": [null]}"#, REFUSED),
    ("Null values: not in lists of messages", r#"{"rm": [null]}"#, REFUSED),
    // Duplicate values.
    ("Duplicate values", r#"{"i32": 1, "i32": 2}"#, REFUSED),
    ("Duplicate values: under both names", r#"{"fooBar": {}, "foo_bar": {}}"#, REFUSED),
    ("Duplicate values: two arms of a oneof", r#"{"o1": 1, "o3": 1}"#, REFUSED),
    // Out of range numeric values.
    ("Out of range: below int32", r#"{"i32": -2147483649}"#, REFUSED),
    ("Out of range: above int32", r#"{"i32": 2147483648}"#, REFUSED),
    ("Out of range: a negative uint32", r#"{"u32": -1}"#, REFUSED),
    ("Out of range: above uint64", r#"{"u64": "18446744073709551616"}"#, REFUSED),
    ("Out of range: 1.0 is an int32", r#"{"i32": 1.0}"#, r#"{"i32": 1}"#),
    ("Out of range: 1.5 is none", r#"{"i32": 1.5}"#, REFUSED),
    ("Out of range: above a float", r#"{"fl": 3.502823e+38}"#, REFUSED),
    ("Out of range: above a double", r#"{"d": 1e310}"#, REFUSED),
    ("Unknown fields", r#"{"nobody": 1}"#, REFUSED),
    // google/protobuf/any.proto, "JSON".
    (
        "any.proto",
        r#"{"any": {"@type": "type.googleapis.com/spec.Person", "firstName": "Ada", "lastName": "Byron"}}"#,
        r#"{"any": {"@type": "type.googleapis.com/spec.Person", "firstName": "Ada", "lastName": "Byron"}}"#,
    ),
    (
        "any.proto: a type with a JSON form of its own",
        r#"{"any": {"@type": "type.googleapis.com/google.protobuf.Duration", "value": "1.212s"}}"#,
        r#"{"any": {"@type": "type.googleapis.com/google.protobuf.Duration", "value": "1.212s"}}"#,
    ),
    // google/protobuf/timestamp.proto, "JSON Mapping".
    ("timestamp.proto", r#"{"t": "2017-01-15T01:30:15.01Z"}"#, r#"{"t": "2017-01-15T01:30:15.010Z"}"#),
    ("timestamp.proto: the first", r#"{"t": "0001-01-01T00:00:00Z"}"#, r#"{"t": "0001-01-01T00:00:00Z"}"#),
    (
        "timestamp.proto: the last",
        r#"{"t": "9999-12-31T23:59:59.999999999Z"}"#,
        r#"{"t": "9999-12-31T23:59:59.999999999Z"}"#,
    ),
    // google/protobuf/duration.proto, "JSON Mapping".
    ("duration.proto", r#"{"dur": "3s"}"#, r#"{"dur": "3s"}"#),
    ("duration.proto: 3 seconds and 1 nanosecond", r#"{"dur": "3.000000001s"}"#, r#"{"dur": "3.000000001s"}"#),
    ("duration.proto: 3 seconds and 1 microsecond", r#"{"dur": "3.000001s"}"#, r#"{"dur": "3.000001s"}"#),
    ("duration.proto: the longest", r#"{"dur": "-315576000000s"}"#, r#"{"dur": "-315576000000s"}"#),
    ("duration.proto: longer", r#"{"dur": "315576000001s"}"#, REFUSED),
    // google/protobuf/field_mask.proto, "JSON Encoding of Field Masks".
    ("field_mask.proto", r#"{"fm": "user.displayName,photo"}"#, r#"{"fm": "user.displayName,photo"}"#),
    // google/protobuf/struct.proto, `Value`: "a producer of value is expected to set one of these variants".
    ("struct.proto: a number that JSON has not", r#"{"v": 1e400}"#, REFUSED),
];

fn descriptor() -> MessageDescriptor {
    struct One;
    impl protox::file::FileResolver for One {
        fn open_file(&self, name: &str) -> Result<protox::file::File, protox::Error> {
            if name == "spec.proto" {
                return protox::file::File::from_source(name, PROTO);
            }
            protox::file::GoogleFileResolver::new().open_file(name)
        }
    }
    let mut compiler = protox::Compiler::with_file_resolver(One);
    compiler.include_imports(true).open_file("spec.proto").unwrap();
    let pool: DescriptorPool = compiler.descriptor_pool();
    pool.get_message_by_name("spec.M").unwrap()
}

#[test]
fn published_examples() {
    let descriptor = descriptor();
    let mut wrong = Vec::new();
    for (section, text, expected) in TABLE {
        let found = match read(&parse(text).unwrap(), &descriptor) {
            Ok(message) => write(&message, WriteOptions::default()).to_line(),
            Err(_) => REFUSED.to_owned(),
        };
        if found != *expected {
            wrong.push(format!("{section}: {text} gives {found}, expected {expected}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// "JSON Options" of the specification.
#[test]
fn published_options() {
    let descriptor = descriptor();
    let text = parse(r#"{"nobody": 1, "i32": 7, "e": "NO_SUCH_NAME"}"#).unwrap();
    let message = read_with(&text, &descriptor, ReadOptions { ignore_unknown: true, types: None }).unwrap();
    assert_eq!(write(&message, WriteOptions::default()).to_line(), r#"{"i32": 7}"#);

    // Always emit fields without presence; those with presence stay away.
    let person = descriptor.parent_pool().get_message_by_name("spec.Person").unwrap();
    let empty = read(&parse("{}").unwrap(), &person).unwrap();
    let all = WriteOptions { emit_defaults: true, ..WriteOptions::default() };
    assert_eq!(write(&empty, all).to_line(), r#"{"firstName": "", "lastName": ""}"#);
    let empty = read(&parse("{}").unwrap(), &descriptor).unwrap();
    let line = write(&empty, all).to_line();
    assert!(line.contains(r#""r": []"#) && line.contains(r#""m": {}"#) && line.contains(r#""e": "FOO_UNKNOWN""#));
    assert!(!line.contains("\"oi\"") && !line.contains("\"o1\"") && !line.contains("\"wi\""), "{line}");
}
