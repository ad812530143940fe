//! The index of one file from its descriptor.
//!
//! Must not know: other files, pools.

use prost_types::{DescriptorProto, EnumDescriptorProto, FieldDescriptorProto, FileDescriptorProto, MessageOptions};

use super::SymbolKind;
use super::index::Index;

/// Everything that the file defines, as the scan of its text would list it.
pub(super) fn outline(file: &FileDescriptorProto) -> Index {
    let mut index = Index::of_file();
    index.set_package(file.package());
    for one in &file.message_type {
        message(&mut index, 0, one);
    }
    for one in &file.enum_type {
        enumeration(&mut index, 0, one);
    }
    for one in &file.extension {
        index.define_typed(0, SymbolKind::Extension, one.name(), one.type_name());
    }
    for service in &file.service {
        let place = index.define(0, SymbolKind::Service, service.name());
        for method in &service.method {
            index.define(place, SymbolKind::Method, method.name());
        }
    }
    index
}

fn message(index: &mut Index, parent: u32, message: &DescriptorProto) {
    let place = index.define(parent, SymbolKind::Message, message.name());
    for field in &message.field {
        index.define_typed(place, SymbolKind::Field, field.name(), type_of(message, field));
    }
    for extension in &message.extension {
        index.define_typed(place, SymbolKind::Extension, extension.name(), extension.type_name());
    }
    for one in &message.enum_type {
        enumeration(index, place, one);
    }
    for nested in message.nested_type.iter().filter(|nested| !is_map_entry(nested)) {
        self::message(index, place, nested);
    }
}

fn enumeration(index: &mut Index, parent: u32, enumeration: &EnumDescriptorProto) {
    let place = index.define(parent, SymbolKind::Enum, enumeration.name());
    for value in &enumeration.value {
        index.define(place, SymbolKind::EnumValue, value.name());
    }
}

/// Its type; of a map that of its values.
fn type_of<'a>(message: &'a DescriptorProto, field: &'a FieldDescriptorProto) -> &'a str {
    let last = field.type_name().rsplit('.').next().unwrap_or_default();
    let mut entries = message.nested_type.iter().filter(|nested| is_map_entry(nested) && nested.name() == last);
    match entries.next().and_then(|entry| entry.field.iter().find(|value| value.number() == 2)) {
        Some(value) => value.type_name(),
        None => field.type_name(),
    }
}

fn is_map_entry(message: &DescriptorProto) -> bool {
    message.options.as_ref().is_some_and(MessageOptions::map_entry)
}
