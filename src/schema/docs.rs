//! Comments, kept beside the pool in a table by full name: with positions inside it the pool would be quadratic.
//!
//! Must not know: where a file came from.

use std::collections::HashMap;

use prost_types::source_code_info::Location;
use prost_types::{DescriptorProto, EnumDescriptorProto, FileDescriptorProto, SourceCodeInfo};

/// Comments by the full name of what they stand at.
pub(super) type Docs = HashMap<String, String>;

// Field numbers in descriptor.proto, of which a location's path is made.
const FILE_MESSAGES: i32 = 4;
const FILE_ENUMS: i32 = 5;
const FILE_SERVICES: i32 = 6;
const FILE_EXTENSIONS: i32 = 7;
const MESSAGE_FIELDS: i32 = 2;
const MESSAGE_MESSAGES: i32 = 3;
const MESSAGE_ENUMS: i32 = 4;
const MESSAGE_EXTENSIONS: i32 = 6;
const MESSAGE_ONEOFS: i32 = 8;
const ENUM_VALUES: i32 = 2;
const SERVICE_METHODS: i32 = 2;

/// `scope.name`, or the name alone at the top of a file without package.
pub(super) fn join(scope: &str, name: &str) -> String {
    if scope.is_empty() { name.to_owned() } else { format!("{scope}.{name}") }
}

/// Moves the comments of a file out of its source info into `docs`, and drops the source info.
pub(super) fn take(file: &mut FileDescriptorProto, docs: &mut Docs) {
    if let Some(source) = file.source_code_info.take() {
        read(file, &source, docs);
    }
}

/// Reads the comments of a file into `docs`.
pub(super) fn read(file: &FileDescriptorProto, source: &SourceCodeInfo, docs: &mut Docs) {
    let comments: HashMap<&[i32], String> = source
        .location
        .iter()
        .filter_map(|location| comment(location).map(|text| (location.path.as_slice(), text)))
        .collect();
    if comments.is_empty() {
        return;
    }
    let mut reader = Reader { comments, path: Vec::new(), docs };
    let package = file.package();
    for (index, message) in file.message_type.iter().enumerate() {
        reader.message([FILE_MESSAGES, to_i32(index)], package, message);
    }
    for (index, enumeration) in file.enum_type.iter().enumerate() {
        reader.enumeration([FILE_ENUMS, to_i32(index)], package, enumeration);
    }
    for (index, extension) in file.extension.iter().enumerate() {
        reader.leaf([FILE_EXTENSIONS, to_i32(index)], package, extension.name());
    }
    for (index, service) in file.service.iter().enumerate() {
        reader.within([FILE_SERVICES, to_i32(index)], package, service.name(), |reader, name| {
            for (index, method) in service.method.iter().enumerate() {
                reader.leaf([SERVICE_METHODS, to_i32(index)], name, method.name());
            }
        });
    }
}

struct Reader<'a> {
    comments: HashMap<&'a [i32], String>,
    path: Vec<i32>,
    docs: &'a mut Docs,
}

impl Reader<'_> {
    fn leaf(&mut self, step: [i32; 2], scope: &str, name: &str) {
        self.within(step, scope, name, |_, _| ());
    }

    fn within(&mut self, step: [i32; 2], scope: &str, name: &str, inner: impl FnOnce(&mut Self, &str)) {
        let full_name = join(scope, name);
        self.path.extend(step);
        if let Some(text) = self.comments.remove(self.path.as_slice()) {
            self.docs.insert(full_name.clone(), text);
        }
        inner(self, &full_name);
        self.path.truncate(self.path.len() - 2);
    }

    fn message(&mut self, step: [i32; 2], scope: &str, message: &DescriptorProto) {
        self.within(step, scope, message.name(), |reader, name| {
            for (index, field) in message.field.iter().enumerate() {
                reader.leaf([MESSAGE_FIELDS, to_i32(index)], name, field.name());
            }
            for (index, extension) in message.extension.iter().enumerate() {
                reader.leaf([MESSAGE_EXTENSIONS, to_i32(index)], name, extension.name());
            }
            for (index, oneof) in message.oneof_decl.iter().enumerate() {
                reader.leaf([MESSAGE_ONEOFS, to_i32(index)], name, oneof.name());
            }
            for (index, enumeration) in message.enum_type.iter().enumerate() {
                reader.enumeration([MESSAGE_ENUMS, to_i32(index)], name, enumeration);
            }
            for (index, nested) in message.nested_type.iter().enumerate() {
                reader.message([MESSAGE_MESSAGES, to_i32(index)], name, nested);
            }
        });
    }

    fn enumeration(&mut self, step: [i32; 2], scope: &str, enumeration: &EnumDescriptorProto) {
        self.within(step, scope, enumeration.name(), |reader, name| {
            for (index, value) in enumeration.value.iter().enumerate() {
                // A value's full name leaves out the enum, yet people write it with the enum: both find the comment.
                reader.leaf([ENUM_VALUES, to_i32(index)], name, value.name());
                if let Some(text) = reader.docs.get(&join(name, value.name())).cloned() {
                    reader.docs.entry(join(scope, value.name())).or_insert(text);
                }
            }
        });
    }
}

/// The leading comment, else the trailing one.
fn comment(location: &Location) -> Option<String> {
    let text =
        [location.leading_comments(), location.trailing_comments()].into_iter().find(|c| !c.trim().is_empty())?;
    Some(clean(text))
}

/// Takes away the common indentation, and empty lines at both ends.
pub(super) fn clean(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    let indent = lines
        .iter()
        .filter(|line| !line.is_empty())
        .map(|line| line.len() - line.trim_start_matches(' ').len())
        .min()
        .unwrap_or(0);
    let lines: Vec<&str> = lines.into_iter().map(|line| line.get(indent..).unwrap_or_default()).collect();
    lines.join("\n").trim_matches('\n').to_owned()
}

fn to_i32(index: usize) -> i32 {
    i32::try_from(index).unwrap_or(i32::MAX)
}
