//! The parts of this module together, over a schema with every kind of field.

use proptest::prelude::*;
use prost::Message as _;
use prost_reflect::{DescriptorPool, DynamicMessage, MessageDescriptor};

use crate::schema::{Schema, Source};

use super::form::{FieldForm, Item, MessageForm, ValueForm, many};
use super::json::{Node, parse};
use super::{
    AnyTypes, ExampleOptions, ReadOptions, WriteOptions, example, raw, read, read_with, template, text_format, write,
    write_strict,
};

const PROTO: &str = r#"
syntax = "proto3";
package shop.v1;
import "google/protobuf/any.proto";
import "google/protobuf/duration.proto";
import "google/protobuf/field_mask.proto";
import "google/protobuf/struct.proto";
import "google/protobuf/timestamp.proto";
import "google/protobuf/wrappers.proto";
enum Priority { PRIORITY_UNSPECIFIED = 0; PRIORITY_LOW = 1; PRIORITY_HIGH = 2; }
message Item { string sku = 1; uint32 count = 2; }
message Order {
  string name = 1;
  repeated Item items = 2;
  int32 i32 = 3; int64 i64 = 4; uint32 u32 = 5; uint64 u64 = 6;
  float f32 = 7; double f64 = 8; bool flag = 9; bytes raw = 10;
  Priority priority = 11;
  optional string note = 12;
  oneof payment { string card = 13; int64 cash_amount = 14; Item swap = 15; }
  map<string, int64> stock = 16; map<int32, Item> by_id = 17; map<bool, Priority> by_flag = 18;
  google.protobuf.Timestamp created_at = 19; google.protobuf.Duration ttl = 20;
  google.protobuf.FieldMask mask = 21; google.protobuf.Struct bag = 22; google.protobuf.Value any_value = 23;
  google.protobuf.ListValue list = 24; google.protobuf.Any detail = 25;
  google.protobuf.Int64Value boxed = 26; google.protobuf.StringValue label = 27;
  Order parent = 28; repeated sint64 numbers = 29;
}
"#;

pub(super) fn order() -> MessageDescriptor {
    struct One;
    impl protox::file::FileResolver for One {
        fn open_file(&self, name: &str) -> Result<protox::file::File, protox::Error> {
            if name == "shop.proto" {
                return protox::file::File::from_source(name, PROTO);
            }
            protox::file::GoogleFileResolver::new().open_file(name)
        }
    }
    let mut compiler = protox::Compiler::with_file_resolver(One);
    compiler.include_imports(true).open_file("shop.proto").unwrap();
    let pool: DescriptorPool = compiler.descriptor_pool();
    pool.get_message_by_name("shop.v1.Order").unwrap()
}

fn node(text: &str) -> Node {
    parse(text).unwrap()
}

/// Reads and writes again, or tells the problems.
#[track_caller]
fn check(text: &str, expected: &str) {
    let order = order();
    let node = node(text);
    let found = match read(&node, &order) {
        Ok(message) => write(&message, WriteOptions::default()).to_line(),
        Err(problems) => problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "),
    };
    assert_eq!(found, expected, "{text}");
    let form = MessageForm::from_json(&node, &order).to_json();
    assert_eq!(MessageForm::from_json(&form, &order).to_json(), form, "the form of {text}");
}

#[test]
fn values() {
    check(
        r#"{"i64": 1e3, "u64": "5", "i32": "7", "f64": "NaN", "f32": -0.5}"#,
        r#"{"i32": 7, "i64": "1000", "u64": "5", "f32": -0.5, "f64": "NaN"}"#,
    );
    check(
        r#"{"cash_amount": 1, "by_id": {"3": {}}, "by_flag": {"true": 2}}"#,
        r#"{"cashAmount": "1", "byId": {"3": {}}, "byFlag": {"true": "PRIORITY_HIGH"}}"#,
    );
    check(
        r#"{"raw": "-_8", "priority": 9, "name": null, "boxed": "5", "label": ""}"#,
        r#"{"raw": "+/8=", "priority": 9, "boxed": "5", "label": ""}"#,
    );
    check(
        r#"{"anyValue": null, "list": [1, null, {"a": []}], "bag": {"x": "y"}}"#,
        r#"{"bag": {"x": "y"}, "anyValue": null, "list": [1, null, {"a": []}]}"#,
    );
    check(
        r#"{"createdAt": "2026-01-31T12:00:00+01:00", "ttl": "1.5s", "mask": "a,bC"}"#,
        r#"{"createdAt": "2026-01-31T11:00:00Z", "ttl": "1.500s", "mask": "a,bC"}"#,
    );
    check(
        r#"{"detail": {"@type": "x/shop.v1.Item", "sku": "B"}}"#,
        r#"{"detail": {"@type": "x/shop.v1.Item", "sku": "B"}}"#,
    );
    check(
        r#"{"detail": {"@type": "x/no.Such", "value": "AQI="}}"#,
        r#"{"detail": {"@type": "x/no.Such", "value": "AQI="}}"#,
    );
    check(
        r#"{"detail": {"@type": "x/google.protobuf.Duration", "value": "1s"}}"#,
        r#"{"detail": {"@type": "x/google.protobuf.Duration", "value": "1s"}}"#,
    );
}

#[test]
fn problems() {
    check(
        "{\"items\": [{}, {},\n  {\"count\": -1}]}",
        "line 2, column 13: items[2].count: not a whole number from 0 to 4294967295",
    );
    check(r#"{"nmae": 1}"#, "line 1, column 2: no field `nmae` in shop.v1.Order; did you mean `name`?");
    check(
        r#"{"card": "", "swap": {}}"#,
        "line 1, column 14: swap: `card` is given too, and oneof `payment` holds only one of them",
    );
    check(r#"{"i64": 1, "i64": 2}"#, "line 1, column 12: i64: the field is given twice, here as `i64`");
    check(r#"{"stock": {"a": null}}"#, "line 1, column 17: stock[\"a\"]: null where a value is expected");
    check(
        r#"{"byId": {"x": {}}}"#,
        "line 1, column 11: byId[\"x\"]: key not a whole number from -2147483648 to 2147483647",
    );
    check(
        r#"{"priority": "LOW"}"#,
        "line 1, column 14: priority: no value `LOW` in shop.v1.Priority; did you mean `PRIORITY_LOW`?",
    );
    check(r#"{"flag": "true"}"#, "line 1, column 10: flag: a string where true or false is expected");
    check("5", "line 1, column 1: a number where an object is expected for shop.v1.Order");
}

#[test]
fn an_any_has_a_url_or_its_bare_fields() {
    check(
        r#"{"detail": {"@type": "no_url", "value": ""}}"#,
        "line 1, column 22: detail: \"@type\" must be a URL such as \"type.googleapis.com/no_url\"",
    );
    check(
        r#"{"detail": {"@type": "", "value": ""}}"#,
        "line 1, column 22: detail: \"@type\" must be a URL such as \"type.googleapis.com/\"",
    );
    check(
        r#"{"detail": {"typeUrl": "no_url", "value": "AQI="}}"#,
        r#"{"detail": {"typeUrl": "no_url", "value": "AQI="}}"#,
    );
    check(r#"{"detail": {"type_url": "", "value": "AQI="}}"#, r#"{"detail": {"typeUrl": "", "value": "AQI="}}"#);
    check(r#"{"detail": {"@type": "shop.v1.Item"}}"#, r#"{"detail": {"@type": "shop.v1.Item"}}"#);
    check(r#"{"detail": {}}"#, r#"{"detail": {}}"#);
}

#[test]
fn what_is_unknown_may_be_passed_over() {
    let (order, options) = (order(), ReadOptions { ignore_unknown: true, types: None });
    let text = r#"{"zebra": [1], "priority": "NO", "byFlag": {"true": "NO", "false": 2}, "items": [{"x": null, "sku": "a"}],
        "detail": {"@type": "x/google.protobuf.Duration", "value": "1s", "more": 1}}"#;
    let message = read_with(&node(text), &order, options).unwrap();
    let expected = r#"{"items": [{"sku": "a"}], "byFlag": {"false": "PRIORITY_HIGH"}, "detail": {"@type": "x/google.protobuf.Duration", "value": "1s"}}"#;
    assert_eq!(write(&message, WriteOptions::default()).to_line(), expected);
    // What is known must fit all the same.
    assert_eq!(read_with(&node(r#"{"u32": -1, "priority": true}"#), &order, options).unwrap_err().len(), 2);
}

#[test]
fn what_has_no_canonical_form_is_told() {
    let order = order();
    for (text, expected) in [
        (r#"{"ttl": {"seconds": 1, "nanos": -1}}"#, "google.protobuf.Duration"),
        (r#"{"ttl": {"nanos": 1000000000}}"#, "google.protobuf.Duration"),
        (r#"{"createdAt": {"nanos": -1}}"#, "google.protobuf.Timestamp"),
        (r#"{"createdAt": {"seconds": 253402300800}}"#, "google.protobuf.Timestamp"),
        (r#"{"mask": {"paths": ["fooBar"]}}"#, "google.protobuf.FieldMask"),
        (r#"{"parent": {"detail": {"@type": "x/no.Such", "value": "AQI="}}}"#, "google.protobuf.Any"),
    ] {
        let message = read(&node(text), &order).unwrap();
        assert_eq!(write_strict(&message, WriteOptions::default()).unwrap_err(), [expected], "{text}");
        // Nothing of it is lost by the other writer.
        assert_eq!(read(&write(&message, WriteOptions::default()), &order).unwrap(), message, "{text}");
    }
    // Field 23 is a `Value` whose number is infinite.
    let bytes = [0xBA, 1, 9, 0x11, 0, 0, 0, 0, 0, 0, 0xF0, 0x7F];
    let message = DynamicMessage::decode(order.clone(), bytes.as_slice()).unwrap();
    assert_eq!(write_strict(&message, WriteOptions::default()).unwrap_err(), ["google.protobuf.Value"]);
    let message = read(&example(&order, ExampleOptions::default()), &order).unwrap();
    assert_eq!(write_strict(&message, WriteOptions::default()), Ok(write(&message, WriteOptions::default())));
}

fn field<'a>(form: &'a mut MessageForm, name: &str) -> &'a mut FieldForm {
    let mut fields = form.items.iter_mut().filter_map(|item| match item {
        Item::Field(field) => Some(field),
        Item::Oneof(_) => None,
    });
    fields.find(|field| field.descriptor.name() == name).unwrap()
}

#[test]
fn form_keeps_what_does_not_fit() {
    let text = r#"{"name": "{{who}}", "items": ["odd", {"sku": "B-77", "count": "many"}], "u32": "{{n}}", "stock": {"a": "1", "a": "x"}, "parent": "text", "zebra": [1]}"#;
    let order = order();
    let mut form = MessageForm::from_json(&node(text), &order);
    assert_eq!(form.problem_count(), 6);
    let again = MessageForm::from_json(&form.to_json(), &order);
    assert_eq!(again.problem_count(), 6);
    assert_eq!(again.to_json(), form.to_json());
    assert_eq!(form.to_pretty(0), form.to_json().to_pretty());
    for piece in
        [r#""odd""#, r#""many""#, r#""{{n}}""#, r#""a": "1", "a": "x""#, r#""parent": "text""#, r#""zebra": [1]"#]
    {
        assert!(form.to_json().to_line().contains(piece), "{piece}");
    }
    let items = field(&mut form, "items");
    assert_eq!(items.type_label(), "repeated Item, 2");
    let ValueForm::Repeated(elements) = &items.value else { panic!() };
    assert_eq!(elements.get(1).unwrap().summary(), r#"{ sku: "B-77", count: many }"#);
    assert_eq!(field(&mut form, "note").type_label(), "optional string");
    assert_eq!(field(&mut form, "stock").type_label(), "map<string, int64>, 2");
}

#[test]
fn examples_are_messages() {
    let order = order();
    for start in [example(&order, ExampleOptions::default()), template(&order)] {
        assert_eq!(read(&start, &order).err(), None, "{}", start.to_pretty());
        assert_eq!(MessageForm::from_json(&start, &order).problem_count(), 0);
    }
}

/// Arbitrary wire bytes of the simple fields, so that the message is made without our reader.
fn arbitrary() -> impl Strategy<Value = Vec<u8>> {
    let varint =
        (prop::sample::select(vec![3_u32, 4, 5, 6, 9, 11, 14, 29]), any::<u64>()).prop_map(|(number, value)| {
            let mut bytes = Vec::new();
            prost::encoding::uint64::encode(number, &value, &mut bytes);
            bytes
        });
    let text = (prop::sample::select(vec![1_u32, 10, 12, 13]), ".*").prop_map(|(number, value)| {
        let mut bytes = Vec::new();
        prost::encoding::string::encode(number, &value, &mut bytes);
        bytes
    });
    // NaN is not equal to itself.
    let small = any::<f32>().prop_filter("NaN", |number| !number.is_nan());
    let wide = any::<f64>().prop_filter("NaN", |number| !number.is_nan());
    let float = (small, wide).prop_map(|(small, wide)| {
        let mut bytes = Vec::new();
        prost::encoding::float::encode(7, &small, &mut bytes);
        prost::encoding::double::encode(8, &wide, &mut bytes);
        bytes
    });
    let pair = (any::<i64>(), any::<i32>()).prop_map(|(seconds, nanos)| {
        let mut inner = Vec::new();
        prost::encoding::int64::encode(1, &seconds, &mut inner);
        prost::encoding::int32::encode(2, &nanos, &mut inner);
        let mut bytes = Vec::new();
        for number in [19, 20] {
            prost::encoding::bytes::encode(number, &inner, &mut bytes);
        }
        bytes
    });
    let fields = prop::collection::vec(prop_oneof![varint, text, float, pair], 0..12).prop_map(|parts| parts.concat());
    fields.prop_recursive(3, 12, 2, |inner| {
        (inner.clone(), inner).prop_map(|(mut outer, parent)| {
            prost::encoding::bytes::encode(28, &parent, &mut outer);
            outer
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_lost(bytes in arbitrary()) {
        let order = order();
        let message = DynamicMessage::decode(order.clone(), bytes.as_slice()).unwrap();
        // By their bytes: a decoded zero is stored, but not equal to an absent field and not encoded.
        let json = write(&message, WriteOptions::default());
        let text = node(&json.to_pretty());
        prop_assert!(read(&text, &order).unwrap().encode_to_vec() == message.encode_to_vec(), "{}", json.to_pretty());
        let form = MessageForm::from_json(&text, &order);
        prop_assert_eq!(form.to_pretty(0), form.to_json().to_pretty());
        let form = form.to_json();
        prop_assert!(read(&form, &order).unwrap().encode_to_vec() == message.encode_to_vec(), "{}", form.to_pretty());
        let text = text_format::write(&message, text_format::WriteOptions::default());
        prop_assert!(text_format::read(&text, &order).unwrap().encode_to_vec() == message.encode_to_vec(), "{}", text);
    }

    #[test]
    fn no_text_panics(text in ".*") {
        if let Ok(node) = parse(&text) {
            let order = order();
            // What counts is that both return.
            let _read = read(&node, &order);
            let _form = MessageForm::from_json(&node, &order).to_json();
        }
    }
}

#[test]
fn deep_messages_end() {
    // Within the JSON limit, in a thread with the small stack that tests and workers have.
    let text = format!("{}{}", r#"{"parent":"#.repeat(199) + "{}", "}".repeat(199));
    let order = order();
    let message = read(&node(&text), &order).unwrap();
    assert_eq!(MessageForm::from_json(&write(&message, WriteOptions::default()), &order).problem_count(), 0);
    assert!(!message.encode_to_vec().is_empty());
}

#[test]
fn agrees_with_the_oracle() {
    let order = order();
    for text in [
        // Not the template: the oracle refuses the empty Any `{}`.
        example(&order, ExampleOptions::default()).to_line(),
        r#"{"f64": 5e-324, "f32": 3.4e38, "u64": "18446744073709551615", "numbers": ["-1"]}"#.to_owned(),
    ] {
        let ours = read(&node(&text), &order).unwrap();
        let theirs =
            DynamicMessage::deserialize(order.clone(), &mut serde_json::Deserializer::from_str(&text)).unwrap();
        assert!(ours.encode_to_vec() == theirs.encode_to_vec(), "{text}");
        let written = write(&ours, WriteOptions::default()).to_line();
        let oracle: serde_json::Value = serde_json::to_value(&theirs).unwrap();
        let found: serde_json::Value = serde_json::from_str(&written).unwrap();
        // Compared as messages of numbers: 1 and 1.0 are one.
        let back = DynamicMessage::deserialize(order.clone(), &found).unwrap();
        let oracle = DynamicMessage::deserialize(order.clone(), &oracle).unwrap();
        assert!(back.encode_to_vec() == oracle.encode_to_vec(), "{written}");
    }
}

#[test]
fn many_elements_are_read_from_one_text() {
    #[track_caller]
    fn check(field: &str, text: &str, expected: &[&str], problems: usize) {
        let field = order().get_field_by_name(field).unwrap();
        let elements = many(&field.into(), text, &AnyTypes::NONE).unwrap().unwrap();
        let texts: Vec<String> = elements.iter().map(|element| element.to_json().to_line()).collect();
        assert_eq!(texts, expected, "{text}");
        assert_eq!(elements.iter().map(ValueForm::problem_count).sum::<usize>(), problems, "{text}");
    }
    check("numbers", "1\n -2\r\n\nthree\n", &["\"1\"", "\"-2\"", "\"three\""], 1);
    check("numbers", " [1, \"-2\", [3]] ", &["\"1\"", "\"-2\"", "[3]"], 1);
    check("numbers", "", &[], 0);
    let numbers = order().get_field_by_name("numbers").unwrap();
    assert!(many(&numbers.into(), "[1,,2]", &AnyTypes::NONE).unwrap().is_err());
    assert!(
        many(&order().get_field_by_name("items").unwrap().into(), "{}", &AnyTypes::NONE).is_none(),
        "not typed as one text"
    );
    assert!(many(&order().get_field_by_name("name").unwrap().into(), "a", &AnyTypes::NONE).is_none(), "no list");
}

#[test]
fn names_and_numbers_as_in_the_proto_file() {
    let options = WriteOptions { proto_names: true, enum_numbers: true, ..WriteOptions::default() };
    let text = r#"{"priority": 2, "cash_amount": "1", "by_flag": {"true": 1}, "any_value": null, "detail": {"type_url": "x", "value": ""}}"#;
    let message = read(&node(text), &order()).unwrap();
    assert_eq!(write(&message, options).to_line(), text);
    let all = write(&message, WriteOptions { emit_defaults: true, ..options }).to_line();
    assert!(all.contains(r#""by_id": {}"#) && !all.contains("byId"), "{all}");
}

#[test]
fn bytes_that_are_no_message_say_where() {
    #[track_caller]
    fn check(hex: &str, expected: &str) {
        let bytes = raw::from_hex(hex).unwrap();
        let found = raw::decode(&bytes, &order()).map(|message| write(&message, WriteOptions::default()).to_line());
        assert_eq!(found.unwrap_or_else(|error| error.to_string()), expected, "{hex}");
    }
    check("0a 03 41 64 61", r#"{"name": "Ada"}"#);
    check("", "{}");
    check("0a 03 41", "the bytes are no shop.v1.Order: byte 1: field 1 wants 3 bytes, and only 1 are left");
    check("0a 01 ff", "the bytes are no shop.v1.Order: byte 2, in name: not UTF-8, as a string must be");
    check("08 01", "the bytes are no shop.v1.Order: byte 0, in name: a varint, which a string is not");
    check(
        "12 04 10 01 0a 7f",
        "the bytes are no shop.v1.Order: byte 5, in items: field 1 wants 127 bytes, and only 0 are left",
    );
    check("12 02 15 00", "the bytes are no shop.v1.Order: byte 3, in items: a number of 4 bytes, and only 1 are left");
    let framed = "the bytes are no shop.v1.Order: byte 0: 0 is no field number; they begin as a gRPC frame does";
    check("00 00000002 0a00", &format!("{framed}: leave out the first 5 bytes"));
    check("01 00000002 0a00", &format!("{framed} whose message is compressed: decompress it first"));
    let is_framed = |hex| raw::decode(&raw::from_hex(hex).unwrap(), &order()).unwrap_err().is_framed;
    assert!(is_framed("00 00000002 0a00") && !is_framed("01 00000002 0a00") && !is_framed("00 00000002 0aff"));
    // As deep as a message may be, and deeper.
    let mut bytes = Vec::new();
    for _ in 0..300 {
        let mut outer = Vec::new();
        prost::encoding::bytes::encode(28, &bytes, &mut outer);
        bytes = outer;
    }
    let error = raw::decode(&bytes, &order()).unwrap_err().to_string();
    assert!(error.ends_with("messages nested more than 100 deep"), "{error}");
}

#[test]
fn the_kitchen_sink_in_every_form() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("proto-samples");
    let source = Source::Protos { paths: vec![root.join("kitchen_sink.proto")], import_paths: vec![root] };
    let schema = Schema::load(&source).unwrap();
    let name = "trunkline.demo.v1.Everything";
    let everything = schema.find_symbol(name).unwrap().pool().get_message_by_name(name).unwrap();
    let json = |message: &DynamicMessage| write(message, WriteOptions::default()).to_pretty();
    for filled in [example(&everything, ExampleOptions::default()), template(&everything)] {
        let message = read(&filled, &everything).unwrap();
        let text = text_format::write(&message, text_format::WriteOptions::default());
        let of_text = text_format::read(&text, &everything).unwrap();
        assert_eq!(json(&of_text), json(&message));
        let hex = raw::to_hex(&of_text.encode_to_vec());
        let of_hex = raw::decode(&raw::from_hex(&hex).unwrap(), &everything).unwrap();
        let base64 = raw::to_base64(&of_hex.encode_to_vec());
        let of_base64 = raw::decode(&raw::from_base64(&base64).unwrap(), &everything).unwrap();
        assert_eq!(json(&of_base64), json(&message));
        for options in [
            WriteOptions { emit_defaults: true, ..WriteOptions::default() },
            WriteOptions { proto_names: true, enum_numbers: true, ..WriteOptions::default() },
        ] {
            assert_eq!(json(&read(&write(&message, options), &everything).unwrap()), json(&message));
        }
    }
}
