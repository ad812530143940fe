//! Variables in a message: put into the strings of its JSON tree, never into its text, so that no value can break the
//! JSON around it. A variable that is a whole string takes the type of its field.
//!
//! Must not know: how a message is encoded.

use prost_reflect::{ExtensionDescriptor, FieldDescriptor, Kind, MessageDescriptor};

use super::{Scope, expand, variables};
use crate::message::{
    Problem,
    json::{self, Member, Node, Value},
};

/// Puts variables into a message of a type.
///
/// # Errors
///
/// Every variable that has no value, with its place.
pub(super) fn fill(node: Node, descriptor: &MessageDescriptor, scope: &Scope) -> Result<Node, Vec<Problem>> {
    let mut filling = Filling { scope, problems: Vec::new() };
    let node = filling.fill(node, &Expected::message(descriptor.clone()), "");
    if filling.problems.is_empty() { Ok(node) } else { Err(filling.problems) }
}

/// What stands at a place of a message.
#[derive(Clone)]
enum Expected {
    /// Something whose JSON form its type does not tell, or a text.
    Text,
    Bool,
    Number,
    Enum,
    Message(MessageDescriptor),
    List(Box<Expected>),
    Map(Box<Expected>),
    /// An `Any` of a type with a JSON form of its own, which is its "value".
    InAny(Box<Expected>),
}

impl Expected {
    fn message(descriptor: MessageDescriptor) -> Self {
        use Expected::{Bool, Message, Number, Text};
        match descriptor.full_name().strip_prefix("google.protobuf.") {
            Some("BoolValue") => Bool,
            Some("Int32Value" | "Int64Value" | "UInt32Value" | "UInt64Value" | "FloatValue" | "DoubleValue") => Number,
            Some("Timestamp" | "Duration" | "FieldMask" | "StringValue" | "BytesValue" | "Value") => Text,
            _ => Message(descriptor),
        }
    }

    fn field(field: &FieldDescriptor) -> Self {
        if field.is_map()
            && let Kind::Message(entry) = field.kind()
        {
            return Self::Map(Box::new(Self::one(&entry.map_entry_value_field())));
        }
        if field.is_list() { Self::List(Box::new(Self::one(field))) } else { Self::one(field) }
    }

    fn extension(field: &ExtensionDescriptor) -> Self {
        let one = Self::kind(field.kind());
        if field.is_list() { Self::List(Box::new(one)) } else { one }
    }

    fn one(field: &FieldDescriptor) -> Self {
        Self::kind(field.kind())
    }

    fn kind(kind: Kind) -> Self {
        match kind {
            Kind::Bool => Self::Bool,
            Kind::String | Kind::Bytes => Self::Text,
            Kind::Enum(_) => Self::Enum,
            Kind::Message(descriptor) => Self::message(descriptor),
            _ => Self::Number,
        }
    }

    fn member(&self, name: &str) -> Self {
        match self {
            Self::Map(value) => (**value).clone(),
            // Its members are the user's own.
            Self::Message(descriptor) if descriptor.full_name() == "google.protobuf.Struct" => Self::Text,
            Self::Message(descriptor) if name.starts_with('[') => {
                descriptor.get_extension_by_json_name(name).map_or(Self::Text, |field| Self::extension(&field))
            }
            Self::Message(descriptor) => descriptor
                .get_field_by_json_name(name)
                .or_else(|| descriptor.get_field_by_name(name))
                .map_or(Self::Text, |field| Self::field(&field)),
            Self::InAny(value) if name == "value" => (**value).clone(),
            _ => Self::Text,
        }
    }

    /// The type of an `Any`, where that is what stands here.
    fn any(&self) -> Option<&MessageDescriptor> {
        match self {
            Self::Message(descriptor) if descriptor.full_name() == "google.protobuf.Any" => Some(descriptor),
            _ => None,
        }
    }

    fn element(&self) -> Self {
        match self {
            Self::List(element) => (**element).clone(),
            _ => Self::Text,
        }
    }
}

struct Filling<'a> {
    scope: &'a Scope,
    problems: Vec<Problem>,
}

impl Filling<'_> {
    fn fill(&mut self, node: Node, expected: &Expected, path: &str) -> Node {
        let position = node.position;
        let value = match node.value {
            Value::String(text) if text.contains("{{") => self.text(&text, position, expected, path),
            Value::Array(elements) => {
                let element = expected.element();
                let fill = |(index, node)| self.fill(node, &element, &format!("{path}[{index}]"));
                Value::Array(elements.into_iter().enumerate().map(fill).collect())
            }
            Value::Object(mut members) => {
                let any = expected.any().map(|any| self.in_any(&members, any));
                let expected = any.as_ref().unwrap_or(expected);
                for member in &mut members {
                    if member.name.contains("{{") {
                        match expand(&member.name, self.scope) {
                            Ok(name) => member.name = name,
                            Err(message) => self.problem(path, member.position, message),
                        }
                    }
                    let inner = if path.is_empty() { member.name.clone() } else { format!("{path}.{}", member.name) };
                    let expected = expected.member(&member.name);
                    member.value = self.fill(std::mem::take(&mut member.value), &expected, &inner);
                }
                Value::Object(members)
            }
            other => other,
        };
        Node { position, value }
    }

    /// What stands in an object that is an `Any`.
    fn in_any(&self, members: &[Member], any: &MessageDescriptor) -> Expected {
        let url = members.iter().find(|member| member.name == "@type").map(|member| &member.value.value);
        let Some(Value::String(url)) = url else { return Expected::Text };
        // What is wrong with it is told when it is filled in.
        let url = expand(url, self.scope).unwrap_or_default();
        let Some(inner) = self.scope.types.find(any.parent_pool(), &url) else { return Expected::Text };
        match Expected::message(inner) {
            Expected::Message(inner) if has_own_json(&inner) => Expected::InAny(Box::new(Expected::Message(inner))),
            Expected::Message(inner) => Expected::Message(inner),
            special => Expected::InAny(Box::new(special)),
        }
    }

    fn text(&mut self, text: &str, position: json::Position, expected: &Expected, path: &str) -> Value {
        match expand(text, self.scope) {
            Ok(value) if variables::whole(text).is_some() => typed(value, expected),
            Ok(value) => Value::String(value),
            Err(message) => {
                self.problem(path, position, message);
                Value::Null
            }
        }
    }

    fn problem(&mut self, path: &str, position: json::Position, message: String) {
        self.problems.push(Problem { path: path.to_owned(), position: Some(position), message });
    }
}

/// Whether its JSON in an `Any` is not its fields.
fn has_own_json(inner: &MessageDescriptor) -> bool {
    let own = ["Any", "Struct", "ListValue"];
    inner.full_name().strip_prefix("google.protobuf.").is_some_and(|name| own.contains(&name))
}

/// A variable's value as what its place expects. A value that does not fit stays a text: the reader of the message says
/// what is wrong with it.
fn typed(text: String, expected: &Expected) -> Value {
    let bare = text.trim();
    match expected {
        Expected::Bool if bare == "true" => Value::Bool(true),
        Expected::Bool if bare == "false" => Value::Bool(false),
        // ProtoJSON reads numbers from strings, spaces excepted.
        Expected::Number => Value::String(bare.to_owned()),
        Expected::Enum if bare.parse::<i32>().is_ok() => Value::Number(bare.to_owned()),
        Expected::Message(_) | Expected::List(_) | Expected::Map(_) => match json::parse(&text) {
            Ok(node) => node.value,
            Err(_) => Value::String(text),
        },
        _ => Value::String(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::{AnyTypes, read};
    use crate::request::tests::{PROTO, method};
    use crate::schema::{Schema, Source};

    fn filled(text: &str) -> Result<String, Vec<Problem>> {
        let pairs = [
            ("yes", "true"),
            ("n", " 7 "),
            ("quote", "a\"b"),
            ("red", "RED"),
            ("inner", r#"{ "text": "deep" }"#),
            ("list", "[1, 2]"),
            ("key", "k"),
        ];
        let variables = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let scope = Scope { variables, ..Scope::default() };
        fill(json::parse(text).unwrap(), &method(PROTO, "Unary").input(), &scope).map(|node| node.to_line())
    }

    fn check(text: &str, expected: &str) {
        let normal = json::parse(expected).unwrap().to_line();
        assert_eq!(filled(text).unwrap(), normal, "{text}");
    }

    #[test]
    fn a_whole_variable_takes_the_type_of_its_field() {
        check(r#"{ "text": "{{yes}}" }"#, r#"{ "text": "true" }"#);
        check(r#"{ "text": "say {{quote}}" }"#, r#"{ "text": "say a\"b" }"#);
        check(r#"{ "flag": "{{ yes }}" }"#, r#"{ "flag": true }"#);
        check(r#"{ "flag": "{{n}}" }"#, r#"{ "flag": " 7 " }"#);
        check(r#"{ "count": "{{n}}" }"#, r#"{ "count": "7" }"#);
        check(r#"{ "colour": "{{red}}" }"#, r#"{ "colour": "RED" }"#);
        check(r#"{ "colour": "{{n}}" }"#, r#"{ "colour": 7 }"#);
        check(r#"{ "inner": "{{inner}}" }"#, r#"{ "inner": { "text": "deep" } }"#);
        check(r#"{ "inner": { "flag": "{{yes}}" } }"#, r#"{ "inner": { "flag": true } }"#);
        check(r#"{ "flags": ["{{yes}}", false] }"#, r#"{ "flags": [true, false] }"#);
        check(r#"{ "counts": "{{list}}" }"#, r#"{ "counts": [1, 2] }"#);
        check(r#"{ "by_name": { "{{key}}": "{{yes}}" } }"#, r#"{ "by_name": { "k": true } }"#);
        check(r#"{ "byName": { "a": "{{yes}}" } }"#, r#"{ "byName": { "a": true } }"#);
        check(r#"{ "unknown": ["{{yes}}"] }"#, r#"{ "unknown": ["true"] }"#);
    }

    #[test]
    fn a_variable_in_an_any_takes_the_type_of_its_field() {
        let own = "syntax = \"proto3\"; package t.v1; import \"google/protobuf/any.proto\"; \
                   import \"google/protobuf/struct.proto\"; import \"google/protobuf/wrappers.proto\"; \
                   message Own { google.protobuf.Any any = 1; repeated google.protobuf.Any many = 2; \
                   google.protobuf.Struct bag = 3; } service Tests { rpc Unary(Own) returns (Own); }";
        let far = method(PROTO, "Unary").parent_pool().clone();
        let types = AnyTypes::new(move |name| far.get_message_by_name(name));
        let pairs = [("yes", "true"), ("n", "7"), ("far", "t.v1.Thing"), ("list", "[1]")];
        let variables = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let scope = Scope { types, variables, ..Scope::default() };
        let check = |text: &str, expected: &str| {
            let filled = fill(json::parse(text).unwrap(), &method(own, "Unary").input(), &scope).unwrap();
            assert_eq!(filled.to_line(), json::parse(expected).unwrap().to_line(), "{text}");
        };
        check(
            r#"{"any": {"@type": "x/t.v1.Thing", "flag": "{{yes}}", "colour": "{{n}}", "text": "{{yes}}"}}"#,
            r#"{"any": {"@type": "x/t.v1.Thing", "flag": true, "colour": 7, "text": "true"}}"#,
        );
        check(
            r#"{"any": {"flags": ["{{yes}}"], "@type": "x/{{far}}"}}"#,
            r#"{"any": {"flags": [true], "@type": "x/t.v1.Thing"}}"#,
        );
        check(
            r#"{"many": [{"@type": "x/google.protobuf.BoolValue", "value": "{{yes}}"}]}"#,
            r#"{"many": [{"@type": "x/google.protobuf.BoolValue", "value": true}]}"#,
        );
        check(
            r#"{"any": {"@type": "x/google.protobuf.Any", "value": {"@type": "x/t.v1.Thing", "flag": "{{yes}}"}}}"#,
            r#"{"any": {"@type": "x/google.protobuf.Any", "value": {"@type": "x/t.v1.Thing", "flag": true}}}"#,
        );
        check(
            r#"{"any": {"@type": "x/no.Such", "value": "{{n}}"}, "bag": {"a": "{{n}}", "b": ["{{yes}}"]}}"#,
            r#"{"any": {"@type": "x/no.Such", "value": "7"}, "bag": {"a": "7", "b": ["true"]}}"#,
        );
    }

    #[test]
    fn every_kind_of_field_of_the_kitchen_sink_takes_a_variable() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("proto-samples");
        let source = Source::Protos { paths: vec![root.join("kitchen_sink.proto")], import_paths: vec![root] };
        let schema = Schema::load(&source).unwrap();
        let name = "trunkline.demo.v1.Everything";
        let everything = schema.find_symbol(name).unwrap().pool().get_message_by_name(name).unwrap();
        let pairs = [
            ("yes", "true"),
            ("n", "7"),
            ("x", "1.5"),
            ("raw", "AQI="),
            ("mood", "MOOD_SAD"),
            ("time", "2026-11-21T10:30:00Z"),
            ("wait", "1.5s"),
            ("mask", "mood"),
            ("json", "{\"a\": 1}"),
            ("word", "green"),
        ];
        let variables = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let scope = Scope { variables, ..Scope::default() };
        let check = |text: &str, expected: &str| {
            let node = fill(json::parse(text).unwrap(), &everything, &scope).unwrap();
            let message = read(&node, &everything).unwrap_or_else(|problems| panic!("{text}: {problems:?}"));
            let expected = read(&json::parse(expected).unwrap(), &everything).unwrap();
            assert!(message == expected, "{text}: {}", node.to_line());
        };
        for (name, variable, plain) in [
            ("doubleValue", "x", "1.5"),
            ("floatValue", "x", "1.5"),
            ("int32Value", "n", "7"),
            ("int64Value", "n", "7"),
            ("uint32Value", "n", "7"),
            ("fixed64Value", "n", "7"),
            ("sint32Value", "n", "7"),
            ("boolValue", "yes", "true"),
            ("stringValue", "yes", "\"true\""),
            ("bytesValue", "raw", "\"AQI=\""),
        ] {
            let head = r#"{"scalars": {"#;
            check(&format!("{head}\"{name}\": \"{{{{{variable}}}}}\"}}}}"), &format!("{head}\"{name}\": {plain}}}}}"));
        }
        check(r#"{"mood": "{{mood}}"}"#, r#"{"mood": "MOOD_SAD"}"#);
        check(r#"{"mood": "{{n}}"}"#, r#"{"mood": 7}"#);
        check(
            r#"{"lists": {"moods": ["{{mood}}"], "flags": ["{{yes}}"]}}"#,
            r#"{"lists": {"moods": [2], "flags": [true]}}"#,
        );
        check(
            r#"{"maps": {"answers": {"{{yes}}": "{{n}}"}, "weightsById": {"{{n}}": "{{x}}"}, "moodsByPerson": {"a": "{{mood}}"}}}"#,
            r#"{"maps": {"answers": {"true": "7"}, "weightsById": {"7": 1.5}, "moodsByPerson": {"a": 2}}}"#,
        );
        check(
            r#"{"wellKnown": {"timestamp": "{{time}}", "duration": "{{wait}}", "fieldMask": "{{mask}}", "boolWrapper": "{{yes}}",
                "int64Wrapper": "{{n}}", "bytesWrapper": "{{raw}}", "value": "{{word}}", "struct": "{{json}}"}}"#,
            r#"{"wellKnown": {"timestamp": "2026-11-21T10:30:00Z", "duration": "1.5s", "fieldMask": "mood", "boolWrapper": true,
                "int64Wrapper": "7", "bytesWrapper": "AQI=", "value": "green", "struct": {"a": 1}}}"#,
        );
        check(
            r#"{"wellKnown": {"struct": {"fields": {"flag": "{{yes}}"}, "{{word}}": ["{{n}}"]}}}"#,
            r#"{"wellKnown": {"struct": {"fields": {"flag": "true"}, "green": ["7"]}}}"#,
        );
        check(
            r#"{"legacy": {"[trunkline.demo.common.v1.colour]": "{{word}}"}}"#,
            r#"{"legacy": {"[trunkline.demo.common.v1.colour]": "green"}}"#,
        );
    }

    #[test]
    fn problems_have_their_places() {
        let problems = filled("{ \"inner\": {\n \"text\": \"{{no}}\" }, \"counts\": [\"{{none}}\"] }").unwrap_err();
        let told: Vec<_> =
            problems.iter().map(|problem| (problem.path.as_str(), problem.position.unwrap().line)).collect();
        assert_eq!(told, [("inner.text", 2), ("counts[0]", 2)]);
    }
}
