//! Kinds of fields with a form of their own: `Any`, JSON trees, masks, extensions, groups, unknown fields.

use prost::Message as _;
use prost_reflect::{DescriptorPool, DynamicMessage, MessageDescriptor};

use super::super::json::{Node, parse};
use super::super::{AnyTypes, WriteOptions, read, write, write_strict};
use super::*;

const PROTO: &str = r#"
syntax = "proto2";
package shop.v1;
import "google/protobuf/any.proto";
import "google/protobuf/duration.proto";
import "google/protobuf/field_mask.proto";
import "google/protobuf/struct.proto";
message Book { optional string title = 1; repeated Book parts = 2; optional Author author = 3; optional int32 fooBar = 4; optional Part first_part = 5; message Part { optional int32 page_count = 1; } }
message Author { optional string name = 1; optional Book best = 2; }
message UpdateBook { optional Book book = 1; optional google.protobuf.FieldMask update_mask = 2; }
message MoveBook { optional Book book = 1; optional Author author = 2; optional google.protobuf.FieldMask author_mask = 3; optional google.protobuf.FieldMask mask = 4; }
message GetBook { optional string name = 1; optional google.protobuf.FieldMask read_mask = 2; optional google.protobuf.FieldMask other = 3; }
message Books { repeated Book books = 1; optional string next_page_token = 2; }
message Valued { optional string value = 1; }
message Old {
  optional google.protobuf.Any any = 1;
  repeated google.protobuf.Any anys = 2;
  optional google.protobuf.Struct bag = 3;
  optional google.protobuf.Value value = 4;
  optional google.protobuf.ListValue list = 5;
  map<string, google.protobuf.Value> values = 6;
  optional group Result = 7 { optional string url = 1; }
  repeated group Row = 8 { optional int32 cell = 1; }
  extensions 100 to 199;
}
extend Old {
  optional string colour = 100 [default = "red"];
  repeated int32 sizes = 101;
  optional Book cover = 102;
}
message Plain {}
"#;

fn pool() -> DescriptorPool {
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
    compiler.descriptor_pool()
}

fn message(name: &str) -> MessageDescriptor {
    pool().get_message_by_name(&format!("shop.v1.{name}")).unwrap()
}

fn form_of(text: &str) -> MessageForm {
    MessageForm::from_json(&parse(text).unwrap(), &message("Old"))
}

fn field<'a>(form: &'a mut MessageForm, name: &str) -> &'a mut FieldForm {
    let own = form.items.iter_mut().filter_map(|item| match item {
        Item::Field(field) => Some(field),
        Item::Oneof(_) => None,
    });
    own.chain(&mut form.extensions).find(|field| field.descriptor.name() == name).unwrap()
}

/// The form of the text writes the same text, with so many problems; the reader finds some exactly if the form does.
#[track_caller]
fn check(text: &str, problems: usize) {
    let form = form_of(text);
    assert_eq!(form.to_json().to_line(), text);
    assert_eq!(form.problem_count(), problems, "{text}");
    assert_eq!(form.to_pretty(0), form.to_json().to_pretty());
    assert_eq!(read(&form.to_json(), &message("Old")).is_err(), problems > 0, "{text}");
}

#[test]
fn an_any_is_kept_as_it_was_given() {
    check(r#"{"any": {}}"#, 0);
    check(r#"{"any": {"@type": "a/shop.v1.Book", "title": "x", "parts": [{"title": "y"}]}}"#, 0);
    check(r#"{"any": {"@type": "shop.v1.Book"}}"#, 0);
    check(r#"{"any": {"@type": "a/google.protobuf.Duration", "value": "1s"}}"#, 0);
    check(r#"{"any": {"@type": "a/google.protobuf.Duration", "value": "soon"}}"#, 1);
    check(r#"{"any": {"@type": "a/google.protobuf.Struct", "value": {"a": [1]}}}"#, 0);
    check(r#"{"any": {"@type": "a/shop.v1.Valued", "value": "AQI="}}"#, 0);
    check(r#"{"any": {"@type": "a/shop.v1.Book", "value": "AQI="}}"#, 0);
    check(r#"{"any": {"@type": "a/shop.v1.Book", "titel": "x"}}"#, 1);
    check(r#"{"any": {"@type": "a/google.protobuf.Duration", "value": "1s", "more": 1}}"#, 1);
    check(r#"{"any": {"@type": "a/no.Such", "value": "AQI="}}"#, 0);
    check(r#"{"any": {"@type": "a/no.Such", "value": "AQ"}}"#, 0);
    check(r#"{"any": {"@type": "a/no.Such", "value": "?"}}"#, 1);
    check(r#"{"any": {"@type": "a/no.Such", "title": "x", "count": 1}}"#, 1);
    check(r#"{"any": {"@type": "no_url", "value": ""}}"#, 1);
    check(r#"{"any": {"typeUrl": "no_url", "value": "AQI="}}"#, 0);
    check(r#"{"any": {"title": "x"}}"#, 1);
    check(r#"{"any": {"@type": "a/b.C", "@type": "a/b.C"}}"#, 1);
    check(r#"{"any": {"@type": 5}}"#, 1);
    check(r#"{"any": "text"}"#, 1);
    check(
        r#"{"anys": [{"@type": "a/google.protobuf.Any", "value": {"@type": "a/shop.v1.Book", "title": "in"}}, {}]}"#,
        0,
    );
}

#[test]
fn a_type_is_chosen_and_what_was_typed_for_another_comes_back() {
    let mut form = form_of("{}");
    let any = field(&mut form, "any");
    any.set_present(true);
    let ValueForm::Any(any) = &mut any.value else { panic!() };
    assert_eq!(any.to_json().to_line(), "{}");
    assert!(any.choices().starts_with(&["shop.v1.Author".to_owned()]));
    any.choose("shop.v1.Book", &AnyTypes::NONE);
    let AnyContent::Message(book) = &mut any.content else { panic!() };
    field(book, "title").set_present(true);
    let ValueForm::Scalar(title) = &mut field(book, "title").value else { panic!() };
    "Emma".clone_into(&mut title.text);
    let emma = r#"{"@type": "type.googleapis.com/shop.v1.Book", "title": "Emma"}"#;
    assert_eq!(any.to_json().to_line(), emma);
    any.choose("google.protobuf.Duration", &AnyTypes::NONE);
    assert_eq!(any.to_json().to_line(), r#"{"@type": "type.googleapis.com/google.protobuf.Duration", "value": "0s"}"#);
    any.choose("", &AnyTypes::NONE);
    assert_eq!(any.to_json().to_line(), "{}");
    any.choose("no.Such", &AnyTypes::NONE);
    assert_eq!(any.to_json().to_line(), r#"{"@type": "type.googleapis.com/no.Such", "value": ""}"#);
    assert!(!any.is_known());
    any.choose("other.org/shop.v1.Book", &AnyTypes::NONE);
    assert_eq!(any.to_json().to_line(), emma.replace("type.googleapis.com", "other.org"));
    assert!(read(&form.to_json(), &message("Old")).is_ok());
}

#[test]
fn a_tree_is_kept_as_it_was_given() {
    check(r#"{"bag": {"a": 1, "b": [null, true, "x", {"c": -0.50e3}], "": {}}}"#, 0);
    check(r#"{"value": null, "list": [[], {}, "{{n}}"]}"#, 0);
    check(r#"{"value": "{not json"}"#, 0);
    check(r#"{"values": {"a": null, "b": {"c": []}}}"#, 0);
    check(r#"{"bag": {"a": 1, "a": 2}}"#, 1);
    check(r#"{"bag": "{\"a\": 1"}"#, 1);
    check(r#"{"bag": [1], "list": {"a": 1}}"#, 2);
}

#[test]
fn a_value_in_a_tree_changes_its_kind_and_keeps_what_was_typed() {
    let mut form = form_of(r#"{"bag": {"a": "12"}}"#);
    let ValueForm::Json(json) = &mut field(&mut form, "bag").value else { panic!() };
    let node = &mut json.root.entries[0].value;
    let mut set = |kind, expected: &str, problem: Option<&str>| {
        node.set_kind(kind);
        assert_eq!((node.kind(), node.problem()), (kind, problem));
        let form = JsonForm { descriptor: message("Old"), root: node.clone(), text: None };
        assert_eq!(form.to_json().to_line(), expected);
    };
    set(JsonKind::Number, "12", None);
    set(JsonKind::List, "[]", None);
    set(JsonKind::String, "\"12\"", None);
    set(JsonKind::Bool, "false", None);
    set(JsonKind::Null, "null", None);
    node.text = "{{n}}".to_owned();
    node.set_kind(JsonKind::Number);
    assert!(node.problem().unwrap().contains("make it a string"));
    let entry = node.new_entry();
    node.entries.extend([entry.clone(), entry]);
    node.set_kind(JsonKind::Object);
    assert_eq!(form.to_json().to_line(), r#"{"bag": {"a": {"0": "", "1": ""}}}"#);
}

#[test]
fn a_tree_may_be_typed_as_text() {
    let mut form = form_of(r#"{"bag": {"a": 1}}"#);
    let ValueForm::Json(json) = &mut field(&mut form, "bag").value else { panic!() };
    json.show_text(true);
    let text = json.text.as_mut().unwrap();
    "{\"b\": [".clone_into(&mut text.text);
    text.check();
    assert_eq!(json.problem_count(), 1);
    json.show_text(false);
    assert!(json.text.is_some(), "it is no tree");
    assert_eq!(json.to_json().to_line(), r#""{\"b\": [""#, "kept as it was typed");
    let text = json.text.as_mut().unwrap();
    text.text.push_str("2]}");
    text.check();
    json.show_text(false);
    assert_eq!(json.text, None);
    assert_eq!(form.to_json().to_line(), r#"{"bag": {"b": [2]}}"#);
}

#[test]
fn a_mask_is_of_the_message_that_is_meant() {
    let check = |of: &str, mask: &str, output: &str, expected: Option<&str>| {
        let field = message(of).get_field_by_name(mask).unwrap().into();
        let found = mask_target(&field, &message(output));
        assert_eq!(found.as_ref().map(MessageDescriptor::name), expected, "{of}.{mask}");
    };
    check("UpdateBook", "update_mask", "Plain", Some("Book"));
    check("MoveBook", "author_mask", "Plain", Some("Author"));
    check("MoveBook", "mask", "Plain", None);
    check("GetBook", "read_mask", "Book", Some("Book"));
    check("GetBook", "read_mask", "Books", Some("Book"));
    check("GetBook", "other", "Book", None);
}

#[test]
fn the_paths_of_a_mask_are_chosen_one_by_one() {
    let names = |name: &str| {
        let fields = mask_fields(&message(name));
        let tell = |field: &MaskField| (field.name.clone().unwrap_or_default(), field.inner.is_some());
        fields.iter().map(tell).collect::<Vec<_>>()
    };
    let expected = [("title", false), ("parts", false), ("author", true), ("", false), ("firstPart", true)];
    assert_eq!(names("Book"), expected.map(|(name, open)| (name.to_owned(), open)));

    assert_eq!(mask_toggle("", "a"), "a");
    assert_eq!(mask_toggle("a, b.c,b.d,bc", "b"), "a,bc,b");
    assert_eq!(mask_toggle("a,b", "a"), "b");
    let has = ["a", "b", "b.c", "b.c.d", "bc", "e"].map(|path| mask_has("a,b.c", path));
    assert_eq!(has, [Chosen::Yes, Chosen::Partly, Chosen::Yes, Chosen::Above, Chosen::No, Chosen::No]);
    assert_eq!(mask_has("*", "a"), Chosen::Above);
}

#[test]
fn extensions_are_fields() {
    check(r#"{"[shop.v1.colour]": "blue", "[shop.v1.sizes]": [1, 2], "[shop.v1.cover]": {"title": "x"}}"#, 0);
    check(r#"{"[shop.v1.sizes]": [1, "many"]}"#, 1);
    check(r#"{"[shop.v1.none]": 1}"#, 1);
    let mut form = form_of("{}");
    assert_eq!(form.to_json().to_line(), "{}");
    let colour = field(&mut form, "[shop.v1.colour]");
    assert_eq!((colour.default_hint().as_str(), colour.has_presence()), ("red", true));
    colour.set_present(true);
    assert_eq!(form.to_json().to_line(), r#"{"[shop.v1.colour]": "red"}"#);
    let twice = form_of(r#"{"[shop.v1.sizes]": [1], "[shop.v1.sizes]": [2]}"#);
    assert_eq!(twice.problem_count(), 1);
}

#[test]
fn groups_are_messages() {
    check(r#"{"result": {"url": "x"}, "row": [{"cell": 1}, {}]}"#, 0);
    let mut form = form_of("{}");
    assert_eq!(field(&mut form, "result").type_label(), "group Result");
    assert_eq!(field(&mut form, "row").type_label(), "repeated group Row, 0");
}

/// Field 12 as 150, 13 as 4 bytes, 14 as 8 bytes, 15 as two bytes, 16 as a group with field 1 in it.
const UNKNOWN: &[u8] = b"\x60\x96\x01\x6d\x01\0\0\0\x71\x02\0\0\0\0\0\0\0\x7a\x02hi\x83\x01\x08\x05\x84\x01";

#[test]
fn unknown_fields_are_shown_and_kept() {
    let options = WriteOptions { unknown_fields: true, ..WriteOptions::default() };
    let old = message("Old");
    // In the message, in a message in it, in an Any.
    let mut bytes = UNKNOWN.to_vec();
    prost::encoding::bytes::encode(102, &UNKNOWN.to_vec(), &mut bytes);
    let mut any = Vec::new();
    prost::encoding::string::encode(1, &"a/shop.v1.Book".to_owned(), &mut any);
    prost::encoding::bytes::encode(2, &UNKNOWN.to_vec(), &mut any);
    prost::encoding::bytes::encode(1, &any, &mut bytes);
    let message = DynamicMessage::decode(old.clone(), bytes.as_slice()).unwrap();
    let node = write(&message, options);
    let expected = r#""@unknown": [{"field": 12, "varint": "150"}, {"field": 13, "fixed32": 1}, {"field": 14, "fixed64": "2"}, {"field": 15, "bytes": "aGk="}, {"field": 16, "group": [{"field": 1, "varint": "5"}]}]"#;
    assert_eq!(node.to_line().matches(expected).count(), 3, "{}", node.to_line());
    assert_eq!(read(&node, &old).unwrap().encode_to_vec(), message.encode_to_vec());
    let form = MessageForm::from_json(&node, &old);
    assert_eq!(form.problem_count(), 0);
    assert_eq!(read(&form.to_json(), &old).unwrap().encode_to_vec(), message.encode_to_vec());
    let shown = super::super::unknown::shown(&form.extra[0].value);
    let told = shown.iter().map(|field| format!("{} {} {}", field.number, field.wire, field.value));
    let expected =
        ["12 varint 150", "13 fixed32 1", "14 fixed64 2", "15 bytes aGk=", r#"16 group [{"field": 1, "varint": "5"}]"#];
    assert_eq!(told.collect::<Vec<_>>(), expected);
    // The canonical form does without them.
    let strict = write_strict(&message, WriteOptions::default()).unwrap().to_line();
    assert!(!strict.contains("unknown"), "{strict}");
}

#[test]
fn what_is_no_unknown_field_is_told() {
    let check = |text: &str, expected: &str| {
        let text = format!(r#"{{"@unknown": {text}}}"#);
        let problems = read(&parse(&text).unwrap(), &message("Old")).unwrap_err();
        assert_eq!(problems[0].message, expected, "{text}");
    };
    let form = r#"not an unknown field such as {"field": 12, "varint": "5"}"#;
    check("{}", "unknown fields are an array");
    check("[5]", form);
    check(r#"[{"field": 12}]"#, form);
    check(r#"[{"field": 12, "nothing": 1}]"#, form);
    check(r#"[{"field": 12, "varint": []}]"#, form);
    check(r#"[{"field": 3, "varint": 1}]"#, "field 3 is known: it is `bag`");
    check(r#"[{"field": 0, "varint": 1}]"#, "not the number of a field: 1 to 536870911");
    check(r#"[{"field": 12, "fixed32": 4294967296}]"#, "not a whole number from 0 to 4294967295");
    let node: Node = parse(r#"{"@unknown": [{"varint": 5, "field": 12}]}"#).unwrap();
    assert_eq!(read(&node, &message("Old")).unwrap().encode_to_vec(), [0x60, 5]);
}
