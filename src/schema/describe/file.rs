//! A whole file in proto source form, so that compiling it gives the same descriptor again.
//!
//! The order within a message matters for that: a map and a group bring a message along where they stand. Must not know:
//! where files are written to.

use std::collections::HashMap;

use prost::Message as _;
use prost_reflect::{
    DescriptorPool, DynamicMessage, EnumDescriptor, ExtensionDescriptor, FieldDescriptor, FileDescriptor,
    MessageDescriptor,
};

use super::options::{list, quote};
use super::{MAX_FIELD_NUMBER, Text, range};
use crate::schema::Types;

/// Said in a file that a server did not send.
const MADE_UP: &str = "Nobody had this file: what stands here was made up from its uses, and is empty.";

const EXTENSION_RANGE_OPTIONS: &str = "google.protobuf.ExtensionRangeOptions";

/// The source text of a file; `None` when these types do not have it.
pub(in crate::schema) fn describe_file(types: &Types, name: &str) -> Option<String> {
    let file = types.pool.get_file_by_name(name)?;
    let mut text = Text { types, out: String::new(), depth: 0, ranges: Some(Ranges::of(&file)) };
    text.file(&file);
    Some(text.out)
}

impl Text<'_> {
    fn file(&mut self, file: &FileDescriptor) {
        let proto = file.file_descriptor_proto();
        if self.types.stubs.files.contains(file.name()) {
            self.line(format_args!("// {MADE_UP}"));
        }
        match self.types.edition(file.name()) {
            Some(edition) => self.line(format_args!("edition = \"{}\";", edition.name())),
            None if proto.syntax() == "proto3" => self.line("syntax = \"proto3\";"),
            None => self.line("syntax = \"proto2\";"),
        }
        if !file.package_name().is_empty() {
            self.gap();
            self.line(format_args!("package {};", file.package_name()));
        }
        self.imports(file);
        let options = list(&file.options());
        if !options.is_empty() {
            self.gap();
            self.options(&options);
        }
        for service in file.services() {
            self.gap();
            self.service(&service);
        }
        let messages: Vec<_> = file.messages().collect();
        let extensions: Vec<_> = file.extensions().collect();
        let mut body = Body { text: self, nested: &messages, next: 0, extensions: &extensions, next_extension: 0 };
        body.finish(file.enums());
    }

    fn imports(&mut self, file: &FileDescriptor) {
        let proto = file.file_descriptor_proto();
        let for_options = self.types.originals.get(file.name()).map(|original| original.option_imports.as_slice());
        let for_options = for_options.unwrap_or_default();
        let mut first = true;
        for (index, name) in proto.dependency.iter().enumerate() {
            if for_options.contains(name) {
                continue;
            }
            let index = i32::try_from(index).unwrap_or(-1);
            let kind = match index {
                _ if proto.public_dependency.contains(&index) => "public ",
                _ if proto.weak_dependency.contains(&index) => "weak ",
                _ => "",
            };
            if std::mem::take(&mut first) {
                self.gap();
            }
            self.line(format_args!("import {kind}{};", quote(name.as_bytes())));
        }
        for name in for_options {
            if std::mem::take(&mut first) {
                self.gap();
            }
            self.line(format_args!("import option {};", quote(name.as_bytes())));
        }
    }

    /// Fields and what is nested, in an order that gives the nested messages theirs.
    pub(super) fn exact_body(&mut self, message: &MessageDescriptor, fields: Vec<FieldDescriptor>) {
        let nested: Vec<_> = message.child_messages().collect();
        let extensions: Vec<_> = message.child_extensions().collect();
        let mut body = Body { text: self, nested: &nested, next: 0, extensions: &extensions, next_extension: 0 };
        for field in fields {
            let Some(oneof) = field.containing_oneof().filter(|oneof| !oneof.is_synthetic()) else {
                let brought = body.brought(&field);
                body.nested_before(brought.unwrap_or(0));
                body.next = body.next.max(brought.map_or(0, |index| index + 1));
                body.text.gap_before(field.full_name());
                body.text.field(&super::Field::of(&field, body.text.types));
                continue;
            };
            let members = super::in_order(oneof.fields());
            if members.first() == Some(&field) {
                // What its members bring along stands in it; what comes before that in the order stands before it.
                let brought: Vec<usize> = members.iter().filter_map(|member| body.brought(member)).collect();
                body.nested_before(brought.iter().copied().min().unwrap_or(0));
                body.next = body.next.max(brought.iter().max().map_or(0, |last| last + 1));
                body.text.gap_before(oneof.full_name());
                body.text.oneof(&oneof);
            }
        }
        body.finish(message.child_enums());
    }

    /// The `extensions` statements, with their options where those are known.
    pub(super) fn extension_ranges(&mut self, message: &MessageDescriptor) {
        let options = self.ranges.as_ref().and_then(|ranges| ranges.options.get(message.path())).cloned();
        for (index, r) in message.descriptor_proto().extension_range.iter().enumerate() {
            let options = options.as_ref().and_then(|options| options.get(index)).cloned().unwrap_or_default();
            let options: Vec<String> = options.iter().map(|(name, value)| format!("{name} = {value}")).collect();
            let brackets = if options.is_empty() { String::new() } else { format!(" [{}]", options.join(", ")) };
            let range = range(r.start(), r.end().saturating_sub(1), MAX_FIELD_NUMBER);
            self.line(format_args!("extensions {range}{brackets};"));
        }
    }
}

/// What is nested in a message or a file, on its way out in the order of its declaration.
struct Body<'a, 'b> {
    text: &'a mut Text<'b>,
    nested: &'a [MessageDescriptor],
    next: usize,
    extensions: &'a [ExtensionDescriptor],
    next_extension: usize,
}

impl Body<'_, '_> {
    /// The place of the message that a field brings along.
    fn brought(&self, field: &FieldDescriptor) -> Option<usize> {
        let kind = field.kind();
        let message = kind.as_message()?;
        let brings = field.is_map() || (field.is_group() && self.is_group_syntax(message));
        brings.then(|| self.nested.iter().position(|nested| nested == message)).flatten()
    }

    /// In an edition a group is a feature of a field, and its message stands by itself.
    fn is_group_syntax(&self, message: &MessageDescriptor) -> bool {
        self.text.types.edition(message.parent_file().name()).is_none()
    }

    /// The extension that brings a nested message along.
    fn bringing(&self, message: &MessageDescriptor) -> Option<usize> {
        let brings = |extension: &ExtensionDescriptor| {
            extension.is_group() && extension.kind().as_message() == Some(message) && self.is_group_syntax(message)
        };
        self.extensions.iter().position(brings)
    }

    /// Writes the nested messages before that place.
    fn nested_before(&mut self, end: usize) {
        while self.next < end {
            let message = &self.nested[self.next];
            self.next += 1;
            if message.is_map_entry() {
                continue;
            }
            if let Some(extension) = self.bringing(message) {
                self.extensions_before(extension + 1);
            } else {
                self.text.gap();
                self.text.message(message);
            }
        }
    }

    fn extensions_before(&mut self, end: usize) {
        let some = self.extensions.get(self.next_extension..end).unwrap_or_default();
        for same in some.chunk_by(|a, b| a.containing_message() == b.containing_message()) {
            self.text.gap();
            self.text.extensions(same);
        }
        self.next_extension = self.next_extension.max(end);
    }

    fn finish(&mut self, enums: impl Iterator<Item = EnumDescriptor>) {
        self.nested_before(self.nested.len());
        for enumeration in enums {
            self.text.gap();
            self.text.enumeration(&enumeration);
        }
        self.extensions_before(self.extensions.len());
    }
}

/// Options of extension ranges, which the pool has only serialised: of each message by its path, of each range the names
/// and values.
#[derive(Default)]
pub(super) struct Ranges {
    options: HashMap<Vec<i32>, Vec<Vec<(String, String)>>>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct RawFile {
    #[prost(message, repeated, tag = "4")]
    messages: Vec<RawMessage>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct RawMessage {
    #[prost(message, repeated, tag = "3")]
    nested: Vec<Self>,
    #[prost(message, repeated, tag = "5")]
    ranges: Vec<RawRange>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct RawRange {
    #[prost(bytes = "vec", optional, tag = "3")]
    options: Option<Vec<u8>>,
}

impl Ranges {
    fn of(file: &FileDescriptor) -> Self {
        let mut ranges = Self::default();
        if let Ok(raw) = RawFile::decode(file.encode_to_vec().as_slice()) {
            for (index, message) in raw.messages.iter().enumerate() {
                ranges.message(file.parent_pool(), vec![4, index as i32], message);
            }
        }
        ranges
    }

    fn message(&mut self, pool: &DescriptorPool, path: Vec<i32>, message: &RawMessage) {
        for (index, nested) in message.nested.iter().enumerate() {
            self.message(pool, [path.as_slice(), &[3, index as i32]].concat(), nested);
        }
        if message.ranges.iter().all(|range| range.options.is_none()) {
            return;
        }
        let known = pool.get_message_by_name(EXTENSION_RANGE_OPTIONS);
        let kind = known.or_else(|| DescriptorPool::global().get_message_by_name(EXTENSION_RANGE_OPTIONS));
        let Some(kind) = kind else { return };
        let decode = |range: &RawRange| {
            let options = DynamicMessage::decode(kind.clone(), range.options.as_deref().unwrap_or_default());
            options.map(|options| list(&options)).unwrap_or_default()
        };
        self.options.insert(path, message.ranges.iter().map(decode).collect());
    }
}
