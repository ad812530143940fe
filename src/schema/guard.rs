//! What no pool shall see: descriptors of foreign make that would make it panic, or whose names lead nowhere.
//!
//! Must not know: pools, where files come from.

use prost_types::{DescriptorProto, EnumDescriptorProto, FieldDescriptorProto, FileDescriptorProto, MessageOptions};

/// Dots in the name of a package, at most, as protoc has it: the pool keeps every scope by its full name.
pub(super) const DEEPEST_PACKAGE: usize = 100;

/// What is wrong with a file, for the user.
pub(super) fn fault(file: &FileDescriptorProto) -> Option<String> {
    if !matches!(file.syntax(), "" | "proto2" | "proto3") {
        return Some(format!("unknown syntax '{}'", file.syntax().escape_debug()));
    }
    if let Some(name) = file.message_type.iter().find_map(broken_map) {
        return Some(format!("'{name}' is not a map entry"));
    }
    let package = file.package();
    if package.matches('.').count() > DEEPEST_PACKAGE {
        return Some("the package is nested too deep".to_owned());
    }
    let wrong = package.split('.').find(|part| !package.is_empty() && !is_name(part)).or_else(|| wrong_name(file))?;
    Some(format!("'{}' is not a valid name", wrong.escape_debug()))
}

/// A message that says it is a map entry but has no key or value; the pool would believe it, and panic later.
fn broken_map(message: &DescriptorProto) -> Option<&str> {
    let has = |number| message.field.iter().any(|field| field.number() == number);
    let is_entry = message.options.as_ref().is_some_and(MessageOptions::map_entry);
    if is_entry && !(has(1) && has(2)) {
        return Some(message.name());
    }
    message.nested_type.iter().find_map(broken_map)
}

/// A name that could not be written in a source; with a dot in it, it would be looked for elsewhere.
fn wrong_name(file: &FileDescriptorProto) -> Option<&str> {
    let services = file.service.iter().flat_map(|service| {
        std::iter::once(service.name()).chain(service.method.iter().map(prost_types::MethodDescriptorProto::name))
    });
    let extensions = file.extension.iter().map(FieldDescriptorProto::name);
    let own = services.chain(extensions).find(|name| !is_name(name));
    own.or_else(|| file.enum_type.iter().find_map(wrong_in_enum))
        .or_else(|| file.message_type.iter().find_map(wrong_in_message))
}

fn wrong_in_message(message: &DescriptorProto) -> Option<&str> {
    let fields = message.field.iter().chain(&message.extension).map(FieldDescriptorProto::name);
    let oneofs = message.oneof_decl.iter().map(prost_types::OneofDescriptorProto::name);
    let own = std::iter::once(message.name()).chain(fields).chain(oneofs).find(|name| !is_name(name));
    own.or_else(|| message.enum_type.iter().find_map(wrong_in_enum))
        .or_else(|| message.nested_type.iter().find_map(wrong_in_message))
}

fn wrong_in_enum(item: &EnumDescriptorProto) -> Option<&str> {
    let values = item.value.iter().map(prost_types::EnumValueDescriptorProto::name);
    std::iter::once(item.name()).chain(values).find(|name| !is_name(name))
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(package: &str, field: &str, expected: Option<&str>) {
        let field = FieldDescriptorProto { name: Some(field.to_owned()), ..Default::default() };
        let message = DescriptorProto { name: Some("M".to_owned()), field: vec![field], ..Default::default() };
        let file = FileDescriptorProto {
            package: Some(package.to_owned()),
            message_type: vec![message],
            ..Default::default()
        };
        assert_eq!(fault(&file).as_deref(), expected);
    }

    #[test]
    fn names_that_lead_nowhere_are_refused() {
        check("", "a_1", None);
        check("a.b", "9", None);
        check("a..b", "f", Some("'' is not a valid name"));
        check("a", "f.google.protobuf.Any", Some("'f.google.protobuf.Any' is not a valid name"));
        check(&vec!["a"; 101].join("."), "f", None);
        check(&vec!["a"; 102].join("."), "f", Some("the package is nested too deep"));
        check("a", "ö\n", Some("'ö\\n' is not a valid name"));
    }
}
