//! What a compiler refuses though it can be linked: rules of one file that the libraries do not know. Such a file still
//! lists and calls; what is wrong with it is told all the same, since the next build would fail on it.
//!
//! Must not know: other files, pools.

use std::collections::HashMap;

use prost_types::{
    DescriptorProto, EnumDescriptorProto, FieldDescriptorProto, FieldOptions, UninterpretedOption,
    field_descriptor_proto::Type,
};

use super::problem::Problem;
use super::unit::Unit;

/// Numbers of fields in descriptor.proto, for the places of problems.
mod at {
    pub(super) const DEPENDENCY: i32 = 3;
    pub(super) const MESSAGE: i32 = 4;
    pub(super) const ENUM: i32 = 5;
    pub(super) const EXTENSION: i32 = 7;
    pub(super) const NAME: i32 = 1;
    pub(super) const NUMBER: i32 = 3;

    pub(super) mod message {
        pub(in super::super) const FIELD: i32 = 2;
        pub(in super::super) const NESTED: i32 = 3;
        pub(in super::super) const ENUM: i32 = 4;
        pub(in super::super) const EXTENSION_RANGE: i32 = 5;
        pub(in super::super) const EXTENSION: i32 = 6;
        pub(in super::super) const OPTIONS: i32 = 7;
        pub(in super::super) const RESERVED_RANGE: i32 = 9;
        pub(in super::super) const RESERVED_NAME: i32 = 10;
    }

    pub(super) mod enumeration {
        pub(in super::super) const VALUE: i32 = 2;
        pub(in super::super) const OPTIONS: i32 = 3;
        pub(in super::super) const RESERVED_RANGE: i32 = 4;
        pub(in super::super) const RESERVED_NAME: i32 = 5;
    }
}

/// Every rule that the file breaks.
pub(super) fn broken_rules(unit: &Unit) -> Vec<Problem> {
    let mut rules = Rules { unit, is_proto3: false, problems: Vec::new() };
    // An edition decides by features, and is put into one syntax or the other only for the pool.
    rules.is_proto3 = unit.descriptor.syntax() == "proto3" && unit.original.edition.is_none();
    rules.imports();
    for (index, message) in unit.descriptor.message_type.iter().enumerate() {
        rules.message(message, &[at::MESSAGE, index as i32]);
    }
    for (index, enumeration) in unit.descriptor.enum_type.iter().enumerate() {
        rules.enumeration(enumeration, &[at::ENUM, index as i32]);
    }
    rules.extensions(&unit.descriptor.extension, &[at::EXTENSION]);
    rules.problems
}

struct Rules<'a> {
    unit: &'a Unit,
    is_proto3: bool,
    problems: Vec<Problem>,
}

/// Numbers from the first to the last, both included.
#[derive(Clone, Copy)]
struct Range(i32, i32);

impl Range {
    fn overlaps(self, other: Self) -> bool {
        self.0 <= other.1 && other.0 <= self.1
    }

    fn words(self) -> String {
        if self.0 == self.1 { self.0.to_string() } else { format!("{} to {}", self.0, self.1) }
    }
}

impl Rules<'_> {
    fn tell(&mut self, message: String, path: &[i32]) -> &mut Problem {
        self.problems.push(self.unit.problem(message, path));
        let last = self.problems.len() - 1;
        &mut self.problems[last]
    }

    fn imports(&mut self) {
        let names = &self.unit.descriptor.dependency;
        for (index, name) in names.iter().enumerate() {
            if names[..index].contains(name) {
                self.tell(format!("import '{name}' is listed twice"), &[at::DEPENDENCY, index as i32]);
            }
        }
    }

    fn message(&mut self, message: &DescriptorProto, path: &[i32]) {
        let inner = |part: i32, index: usize| [path, &[part, index as i32]].concat();
        for (index, field) in message.field.iter().enumerate() {
            self.field(field, &inner(at::message::FIELD, index));
        }
        self.extensions(&message.extension, &inner(at::message::EXTENSION, 0)[..=path.len()]);

        let reserved: Vec<_> =
            message.reserved_range.iter().map(|range| Range(range.start(), range.end().saturating_sub(1))).collect();
        self.ranges("reserved range", &reserved, |index| inner(at::message::RESERVED_RANGE, index));
        let extensions: Vec<_> =
            message.extension_range.iter().map(|range| Range(range.start(), range.end().saturating_sub(1))).collect();
        self.ranges("extension range", &extensions, |index| inner(at::message::EXTENSION_RANGE, index));
        for (index, range) in extensions.iter().enumerate() {
            if let Some(other) = reserved.iter().find(|reserved| reserved.overlaps(*range)) {
                let message = format!("extension range {} overlaps reserved range {}", range.words(), other.words());
                self.tell(message, &inner(at::message::EXTENSION_RANGE, index));
            }
        }
        if self.is_proto3 && !extensions.is_empty() {
            self.tell("extension ranges are not allowed in proto3".to_owned(), &inner(at::message::EXTENSION_RANGE, 0));
        }
        let options = message.options.iter().flat_map(|options| &options.uninterpreted_option);
        if self.is_proto3 && option(options, "message_set_wire_format").as_deref() == Some("true") {
            self.tell("message sets are not allowed in proto3".to_owned(), &inner(at::message::OPTIONS, 0));
        }
        self.reserved_names("field", &message.reserved_name, &inner(at::message::RESERVED_NAME, 0)[..=path.len()], {
            let names = message.field.iter().enumerate();
            names.map(|(index, field)| (field.name(), inner(at::message::FIELD, index)))
        });
        for (index, nested) in message.nested_type.iter().enumerate() {
            self.message(nested, &inner(at::message::NESTED, index));
        }
        for (index, enumeration) in message.enum_type.iter().enumerate() {
            self.enumeration(enumeration, &inner(at::message::ENUM, index));
        }
    }

    fn field(&mut self, field: &FieldDescriptorProto, path: &[i32]) {
        let options = || field.options.iter().flat_map(|options| &options.uninterpreted_option);
        // The parser does not know yet whether a named type is a message or an enum.
        let known = field.r#type.and_then(|kind| Type::try_from(kind).ok());
        let is_packable = match known {
            Some(Type::String | Type::Bytes | Type::Message | Type::Group) => false,
            Some(_) | None => field.label() == prost_types::field_descriptor_proto::Label::Repeated,
        };
        if field.options.as_ref().is_some_and(FieldOptions::packed) && !is_packable {
            self.tell("only repeated numbers, booleans and enums can be packed".to_owned(), path);
        }
        let is_long = matches!(known, Some(Type::Int64 | Type::Uint64 | Type::Sint64 | Type::Fixed64 | Type::Sfixed64));
        if option(options(), "jstype").is_some_and(|value| value != "JS_NORMAL") && !is_long {
            self.tell("`jstype` is only for 64-bit integers".to_owned(), path);
        }
        let is_scalar = known.is_some_and(|kind| !matches!(kind, Type::Message | Type::Group));
        if option(options(), "lazy").as_deref() == Some("true") && is_scalar {
            self.tell("`lazy` is only for messages".to_owned(), path);
        }
    }

    fn extensions(&mut self, extensions: &[FieldDescriptorProto], path: &[i32]) {
        // Elsewhere the same name may mean another type.
        let mut seen = HashMap::new();
        for (index, extension) in extensions.iter().enumerate() {
            let place = [path, &[index as i32, at::NUMBER]].concat();
            let key = (extension.extendee(), extension.number());
            if let Some(first) = seen.insert(key, extension.name()) {
                let extendee = extension.extendee().trim_start_matches('.');
                let message =
                    format!("extension number {} of '{extendee}' is already used by '{first}'", extension.number());
                self.tell(message, &place);
            }
            self.field(extension, &place[..place.len() - 1]);
        }
    }

    fn enumeration(&mut self, enumeration: &EnumDescriptorProto, path: &[i32]) {
        let inner = |part: i32, index: usize| [path, &[part, index as i32]].concat();
        let reserved: Vec<_> =
            enumeration.reserved_range.iter().map(|range| Range(range.start(), range.end())).collect();
        self.ranges("reserved range", &reserved, |index| inner(at::enumeration::RESERVED_RANGE, index));
        let place = inner(at::enumeration::RESERVED_NAME, 0);
        self.reserved_names("enum value", &enumeration.reserved_name, &place[..=path.len()], {
            let names = enumeration.value.iter().enumerate();
            names.map(|(index, value)| (value.name(), inner(at::enumeration::VALUE, index)))
        });
        let options = enumeration.options.iter().flat_map(|options| &options.uninterpreted_option);
        let mut numbers: Vec<i32> =
            enumeration.value.iter().map(prost_types::EnumValueDescriptorProto::number).collect();
        numbers.sort_unstable();
        let has_aliases = numbers.windows(2).any(|pair| pair[0] == pair[1]);
        if option(options, "allow_alias").as_deref() == Some("true") && !has_aliases {
            let message = format!("'{}' allows aliases but has none", enumeration.name());
            let problem = self.tell(message, &inner(at::enumeration::OPTIONS, 0));
            problem.hint = Some("Take `option allow_alias = true;` out.".to_owned());
        }
    }

    fn ranges(&mut self, what: &str, ranges: &[Range], place: impl Fn(usize) -> Vec<i32>) {
        for (index, range) in ranges.iter().enumerate() {
            if range.0 > range.1 {
                let message = format!("the {what} {} to {} ends before it begins", range.0, range.1);
                self.tell(message, &place(index));
            } else if let Some(other) = ranges[..index].iter().find(|other| other.overlaps(*range)) {
                let message = format!("{what} {} overlaps {what} {}", range.words(), other.words());
                self.tell(message, &place(index));
            }
        }
    }

    fn reserved_names<'n>(
        &mut self,
        what: &str,
        reserved: &[String],
        place: &[i32],
        names: impl Iterator<Item = (&'n str, Vec<i32>)>,
    ) {
        for (index, name) in reserved.iter().enumerate() {
            if reserved[..index].contains(name) {
                self.tell(format!("the name '{name}' is reserved twice"), &[place, &[index as i32]].concat());
            }
        }
        for (name, path) in names.filter(|(name, _)| reserved.iter().any(|reserved| reserved == name)) {
            self.tell(format!("the name of {what} '{name}' is reserved"), &[path.as_slice(), &[at::NAME]].concat());
        }
    }
}

/// What a plain option is set to; the parser leaves the meaning of options to the linker.
fn option<'a>(options: impl IntoIterator<Item = &'a UninterpretedOption>, name: &str) -> Option<String> {
    let is_named = |option: &&UninterpretedOption| matches!(option.name.as_slice(), [part] if part.name_part == name && !part.is_extension);
    options.into_iter().find(is_named).map(|option| option.identifier_value().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(source: &str, expected: &[&str]) {
        let unit = Unit::parse("x.proto", "x.proto", source.to_owned()).unwrap();
        let found: Vec<String> = broken_rules(&unit)
            .iter()
            .map(|problem| format!("{:?} {}", problem.position.unwrap_or_default(), problem.message))
            .collect();
        assert_eq!(found, expected, "{source}");
    }

    #[test]
    fn imports_and_ranges() {
        check("import \"a\";\nimport \"a\";", &["(2, 1) import 'a' is listed twice"]);
        check(
            "message M {\nreserved 1 to 5;\nreserved 3;\nextensions 9 to 7;\nextensions 4;\n}",
            &[
                "(3, 10) reserved range 3 overlaps reserved range 1 to 5",
                "(4, 12) the extension range 9 to 7 ends before it begins",
                "(5, 12) extension range 4 overlaps reserved range 1 to 5",
            ],
        );
        check(
            "syntax = \"proto3\"; message M {\nextensions 4; }",
            &["(2, 12) extension ranges are not allowed in proto3"],
        );
        check("edition = \"2023\"; message M { extensions 4; }", &[]);
        check("message M { reserved 1, 2 to 5, 7 to max; extensions 6; }", &[]);
        check("enum E { reserved 1 to 5, 5; A = 0; }", &["(1, 27) reserved range 5 overlaps reserved range 1 to 5"]);
    }

    #[test]
    fn reserved_names() {
        check(
            "message M {\nreserved \"b\", \"b\";\noptional string b = 1; }\nenum E { reserved \"B\"; A = 0;\nB = 1; }",
            &[
                "(2, 15) the name 'b' is reserved twice",
                "(3, 17) the name of field 'b' is reserved",
                "(5, 1) the name of enum value 'B' is reserved",
            ],
        );
    }

    #[test]
    fn options_that_do_not_fit() {
        check(
            "message M { repeated string a = 1 [packed = true]; repeated int32 b = 2 [packed = true];\n\
             optional string c = 3 [jstype = JS_STRING]; optional int64 d = 4 [jstype = JS_STRING];\n\
             optional int32 e = 5 [lazy = true]; optional M f = 6 [lazy = true];\nextensions 10; }",
            &[
                "(1, 13) only repeated numbers, booleans and enums can be packed",
                "(2, 1) `jstype` is only for 64-bit integers",
                "(3, 1) `lazy` is only for messages",
            ],
        );
        check(
            "enum E { option allow_alias = true; A = 0; B = 1; } enum F { option allow_alias = true; C = 0; D = 0; }",
            &["(1, 10) 'E' allows aliases but has none"],
        );
        check(
            "extend M { optional int32 a = 5;\noptional int32 b = 5; }",
            &["(2, 20) extension number 5 of 'M' is already used by 'a'"],
        );
    }
}
