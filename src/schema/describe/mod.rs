//! Proto source text of a symbol, written anew from descriptors and the comment table.
//!
//! What comes out can be read by a compiler again. Must not know: where descriptors came from.

mod document;
mod file;
mod options;

use std::fmt;
use std::fmt::Write as _;

use prost_reflect::{
    DescriptorPool, EnumDescriptor, EnumValueDescriptor, ExtensionDescriptor, FieldDescriptor, Kind, MessageDescriptor,
    MethodDescriptor, OneofDescriptor, ServiceDescriptor, Syntax as PoolSyntax,
};
use prost_types::FieldDescriptorProto;
use prost_types::field_descriptor_proto::Label;

pub(super) use self::document::document;
pub use self::document::{Document, Link, Syntax};
use self::file::Ranges;
pub(super) use self::file::describe_file;
use self::options::{list, quote};
use super::Types;

/// What a symbol is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SymbolKind {
    /// A service.
    Service,
    /// A method of a service.
    Method,
    /// A message, nested or not.
    Message,
    /// A field of a message.
    Field,
    /// A oneof of a message.
    Oneof,
    /// An enum, nested or not.
    Enum,
    /// A value of an enum.
    EnumValue,
    /// An extension, at the top of a file or in a message.
    Extension,
}

impl fmt::Display for SymbolKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Service => "service",
            Self::Method => "method",
            Self::Message => "message",
            Self::Field => "field",
            Self::Oneof => "oneof",
            Self::Enum => "enum",
            Self::EnumValue => "enum value",
            Self::Extension => "extension",
        })
    }
}

enum Symbol {
    Service(ServiceDescriptor),
    Method(MethodDescriptor),
    Message(MessageDescriptor),
    Field(FieldDescriptor),
    Oneof(OneofDescriptor),
    Enum(EnumDescriptor),
    EnumValue(EnumValueDescriptor),
    Extension(ExtensionDescriptor),
}

fn find(pool: &DescriptorPool, name: &str) -> Option<Symbol> {
    let top = pool
        .get_message_by_name(name)
        .map(Symbol::Message)
        .or_else(|| pool.get_service_by_name(name).map(Symbol::Service))
        .or_else(|| pool.get_enum_by_name(name).map(Symbol::Enum))
        .or_else(|| pool.get_extension_by_name(name).map(Symbol::Extension));
    if top.is_some() {
        return top;
    }
    let (scope, last) = name.rsplit_once('.').unwrap_or(("", name));
    if let Some(service) = pool.get_service_by_name(scope) {
        return service.methods().find(|method| method.name() == last).map(Symbol::Method);
    }
    if let Some(value) = pool.get_enum_by_name(scope).and_then(|parent| parent.get_value_by_name(last)) {
        return Some(Symbol::EnumValue(value));
    }
    if let Some(parent) = pool.get_message_by_name(scope) {
        let field = parent.get_field_by_name(last).map(Symbol::Field);
        let oneof = || parent.oneofs().find(|oneof| oneof.name() == last && !oneof.is_synthetic()).map(Symbol::Oneof);
        if let Some(found) = field.or_else(oneof) {
            return Some(found);
        }
    }
    // By the rules of protobuf a value stands beside its enum, not in it.
    let mut enums = pool.all_enums().filter(|e| e.full_name().rsplit_once('.').map_or("", |(outer, _)| outer) == scope);
    enums.find_map(|parent| parent.get_value_by_name(last)).map(Symbol::EnumValue)
}

/// What the name stands for in the pool.
pub(super) fn kind(pool: &DescriptorPool, full_name: &str) -> Option<SymbolKind> {
    find(pool, full_name).map(|symbol| kind_of(&symbol))
}

fn kind_of(symbol: &Symbol) -> SymbolKind {
    match symbol {
        Symbol::Service(_) => SymbolKind::Service,
        Symbol::Method(_) => SymbolKind::Method,
        Symbol::Message(_) => SymbolKind::Message,
        Symbol::Field(_) => SymbolKind::Field,
        Symbol::Oneof(_) => SymbolKind::Oneof,
        Symbol::Enum(_) => SymbolKind::Enum,
        Symbol::EnumValue(_) => SymbolKind::EnumValue,
        Symbol::Extension(_) => SymbolKind::Extension,
    }
}

/// The import name of the file that defines a symbol.
pub(super) fn file_of(pool: &DescriptorPool, full_name: &str) -> Option<String> {
    let file = match find(pool, full_name)? {
        Symbol::Service(service) => service.parent_file(),
        Symbol::Method(method) => method.parent_service().parent_file(),
        Symbol::Message(message) => message.parent_file(),
        Symbol::Field(field) => field.parent_file(),
        Symbol::Oneof(oneof) => oneof.parent_message().parent_file(),
        Symbol::Enum(enumeration) => enumeration.parent_file(),
        Symbol::EnumValue(value) => value.parent_enum().parent_file(),
        Symbol::Extension(extension) => extension.parent_file(),
    };
    Some(file.name().to_owned())
}

/// The source text of a symbol.
pub(super) fn describe(types: &Types, full_name: &str) -> Option<String> {
    let symbol = find(&types.pool, full_name)?;
    let mut text = Text { types, out: String::new(), depth: 0, ranges: None };
    text.edition(&symbol);
    match symbol {
        Symbol::Service(service) => text.service(&service),
        Symbol::Method(method) => text.method(&method),
        Symbol::Message(message) => text.message(&message),
        Symbol::Field(field) => text.field(&Field::of(&field, text.types)),
        Symbol::Oneof(oneof) => text.oneof(&oneof),
        Symbol::Enum(enumeration) => text.enumeration(&enumeration),
        Symbol::EnumValue(value) => text.value(&value),
        Symbol::Extension(extension) => text.extensions(&[extension]),
    }
    Some(text.out)
}

/// The text of a field on one line.
pub(super) fn declaration(types: &Types, field: &FieldDescriptor) -> String {
    let field = Field::of(field, types);
    format!("{}{}", field.line(), if field.is_group { " { ... }" } else { ";" })
}

/// What a field and an extension have in common.
#[expect(clippy::struct_excessive_bools, reason = "independent properties of a field")]
struct Field<'a> {
    full_name: &'a str,
    proto: &'a FieldDescriptorProto,
    kind: Kind,
    syntax: PoolSyntax,
    /// Whether the file is of an edition, whatever the pool has made of it.
    is_edition: bool,
    is_group: bool,
    is_map: bool,
    in_oneof: bool,
    json_name: Option<&'a str>,
    options: Vec<(String, String)>,
}

impl<'a> Field<'a> {
    fn of(field: &'a FieldDescriptor, types: &'a Types) -> Self {
        let is_edition = types.edition(field.parent_file().name()).is_some();
        Self {
            is_edition,
            full_name: field.full_name(),
            proto: field.field_descriptor_proto(),
            kind: field.kind(),
            syntax: field.parent_file().syntax(),
            is_group: field.is_group() && !is_edition,
            is_map: field.is_map(),
            in_oneof: field.containing_oneof().is_some_and(|oneof| !oneof.is_synthetic()),
            json_name: Some(types.json_name(field)),
            options: list(&field.options()),
        }
    }

    fn of_extension(extension: &'a ExtensionDescriptor, types: &Types) -> Self {
        let is_edition = types.edition(extension.parent_file().name()).is_some();
        Self {
            is_edition,
            full_name: extension.full_name(),
            proto: extension.field_descriptor_proto(),
            kind: extension.kind(),
            syntax: extension.parent_file().syntax(),
            is_group: extension.is_group() && !is_edition,
            is_map: false,
            in_oneof: false,
            json_name: None,
            options: list(&extension.options()),
        }
    }

    fn label(&self) -> &'static str {
        match self.proto.label() {
            _ if self.is_map || self.in_oneof => "",
            Label::Repeated => "repeated ",
            _ if self.is_edition => "",
            Label::Required => "required ",
            Label::Optional if self.syntax == PoolSyntax::Proto2 || self.proto.proto3_optional() => "optional ",
            Label::Optional => "",
        }
    }

    /// The field without what ends it: a semicolon, or the body of a group.
    fn line(&self) -> String {
        let (label, number, brackets) = (self.label(), self.proto.number(), self.brackets());
        let name = self.proto.name();
        match self.kind.as_message() {
            Some(group) if self.is_group => format!("{label}group {} = {number}{brackets}", group.name()),
            Some(entry) if self.is_map => {
                let key = type_name(&entry.map_entry_key_field().kind());
                let value = type_name(&entry.map_entry_value_field().kind());
                format!("map<{key}, {value}> {name} = {number}{brackets}")
            }
            _ => format!("{label}{} {name} = {number}{brackets}", type_name(&self.kind)),
        }
    }

    /// The options in brackets, what stands outside of `FieldOptions` first.
    fn brackets(&self) -> String {
        let mut all = Vec::new();
        if let Some(default) = &self.proto.default_value {
            all.push(match self.kind {
                Kind::String => format!("default = {}", quote(default.as_bytes())),
                // The default of a bytes field is kept escaped in its descriptor.
                Kind::Bytes => format!("default = \"{default}\""),
                _ => format!("default = {default}"),
            });
        }
        if let Some(json_name) = self.json_name
            && json_name != default_json_name(self.proto.name())
        {
            all.push(format!("json_name = {}", quote(json_name.as_bytes())));
        }
        // In an edition the option stands for a feature, which is there too.
        let options = self.options.iter().filter(|(name, _)| !(self.is_edition && name == "packed"));
        all.extend(options.map(|(name, value)| format!("{name} = {value}")));
        if all.is_empty() { String::new() } else { format!(" [{}]", all.join(", ")) }
    }
}

/// The JSON name that a field has when it says none.
fn default_json_name(name: &str) -> String {
    let mut json_name = String::with_capacity(name.len());
    let mut upper = false;
    for c in name.chars() {
        if c == '_' {
            upper = true;
        } else {
            json_name.push(if upper { c.to_ascii_uppercase() } else { c });
            upper = false;
        }
    }
    json_name
}

fn type_name(kind: &Kind) -> String {
    match kind {
        Kind::Message(message) => format!(".{}", message.full_name()),
        Kind::Enum(enumeration) => format!(".{}", enumeration.full_name()),
        scalar => format!("{scalar:?}"),
    }
}

const MAX_FIELD_NUMBER: i32 = 536_870_911;

/// `2`, `5 to 7` or `9 to max`; both ends inclusive.
fn range(start: i32, end: i32, max: i32) -> String {
    match end {
        _ if start == end => start.to_string(),
        _ if end >= max => format!("{start} to max"),
        _ => format!("{start} to {end}"),
    }
}

struct Text<'a> {
    types: &'a Types,
    out: String,
    depth: usize,
    /// There where a whole file is written, whose order is to be kept.
    ranges: Option<Ranges>,
}

impl Text<'_> {
    fn line(&mut self, line: impl fmt::Display) {
        let width = self.depth * 2;
        // Writing to a string does not fail.
        writeln!(self.out, "{:width$}{line}", "").unwrap_or_default();
    }

    fn comment(&mut self, full_name: &str) {
        let types = self.types;
        for line in types.doc(full_name).lines() {
            self.line(if line.is_empty() { "//".to_owned() } else { format!("// {line}") });
        }
    }

    fn block(&mut self, head: impl fmt::Display, inner: impl FnOnce(&mut Self)) {
        self.line(format_args!("{head} {{"));
        let start = self.out.len();
        self.depth += 1;
        inner(self);
        self.depth -= 1;
        if self.out.len() == start {
            // Nothing inside: both braces on one line.
            self.out.truncate(start - 1);
            self.out.push_str("}\n");
        } else {
            self.line("}");
        }
    }

    /// An empty line, except after an opening brace.
    fn gap(&mut self) {
        if !self.out.is_empty() && !self.out.ends_with("{\n") {
            self.out.push('\n');
        }
    }

    fn options(&mut self, options: &[(String, String)]) {
        for (name, value) in options {
            self.line(format_args!("option {name} = {value};"));
        }
    }

    /// Says what the file says of all in it, where it is of an edition.
    fn edition(&mut self, symbol: &Symbol) {
        let file = match symbol {
            Symbol::Service(service) => service.parent_file(),
            Symbol::Message(message) => message.parent_file(),
            Symbol::Enum(enumeration) => enumeration.parent_file(),
            Symbol::Extension(extension) => extension.parent_file(),
            Symbol::Method(_) | Symbol::Field(_) | Symbol::Oneof(_) | Symbol::EnumValue(_) => return,
        };
        let Some(edition) = self.types.edition(file.name()) else { return };
        self.line(format_args!("edition = \"{}\";", edition.name()));
        let mut features = list(&file.options());
        features.retain(|(name, _)| name.starts_with("features."));
        self.options(&features);
        self.out.push('\n');
    }

    fn service(&mut self, service: &ServiceDescriptor) {
        self.comment(service.full_name());
        self.block(format_args!("service {}", service.name()), |text| {
            text.options(&list(&service.options()));
            for method in service.methods() {
                if !text.types.doc(method.full_name()).is_empty() {
                    text.gap();
                }
                text.method(&method);
            }
        });
    }

    fn method(&mut self, method: &MethodDescriptor) {
        self.comment(method.full_name());
        let stream = |streams: bool| if streams { "stream " } else { "" };
        let head = format!(
            "rpc {}({}.{}) returns ({}.{})",
            method.name(),
            stream(method.is_client_streaming()),
            method.input().full_name(),
            stream(method.is_server_streaming()),
            method.output().full_name(),
        );
        let options = list(&method.options());
        if options.is_empty() {
            self.line(format_args!("{head};"));
        } else {
            self.block(head, |text| text.options(&options));
        }
    }

    fn message(&mut self, message: &MessageDescriptor) {
        self.comment(message.full_name());
        let visibility = self.types.visibility(message.parent_file().name(), message.full_name());
        self.block(format_args!("{visibility}message {}", message.name()), |text| text.message_body(message));
    }

    fn message_body(&mut self, message: &MessageDescriptor) {
        self.options(&list(&message.options()));
        let proto = message.descriptor_proto();
        let ranges: Vec<String> = proto
            .reserved_range
            .iter()
            .map(|r| range(r.start(), r.end().saturating_sub(1), MAX_FIELD_NUMBER))
            .collect();
        let is_edition = self.types.edition(message.parent_file().name()).is_some();
        self.reserved(&ranges, &proto.reserved_name, is_edition);
        self.extension_ranges(message);
        if self.ranges.is_some() {
            self.exact_body(message, in_order(message.fields()));
            return;
        }
        for field in in_order(message.fields()) {
            let field_oneof = field.containing_oneof().filter(|oneof| !oneof.is_synthetic());
            if let Some(oneof) = field_oneof {
                // The whole oneof stands where its first field does.
                if in_order(oneof.fields()).first() == Some(&field) {
                    self.gap_before(oneof.full_name());
                    self.oneof(&oneof);
                }
            } else {
                self.gap_before(field.full_name());
                self.field(&Field::of(&field, self.types));
            }
        }
        let groups: Vec<Kind> = message
            .fields()
            .filter(FieldDescriptor::is_group)
            .map(|field| field.kind())
            .chain(message.child_extensions().filter(ExtensionDescriptor::is_group).map(|extension| extension.kind()))
            .collect();
        for nested in message.child_messages().filter(|nested| !nested.is_map_entry()) {
            // A group's message is written where its field is.
            if is_edition || !groups.iter().any(|group| group.as_message() == Some(&nested)) {
                self.gap();
                self.message(&nested);
            }
        }
        for enumeration in message.child_enums() {
            self.gap();
            self.enumeration(&enumeration);
        }
        let extensions: Vec<_> = message.child_extensions().collect();
        for same in extensions.chunk_by(|a, b| a.containing_message() == b.containing_message()) {
            self.gap();
            self.extensions(same);
        }
    }

    fn gap_before(&mut self, full_name: &str) {
        if !self.types.doc(full_name).is_empty() {
            self.gap();
        }
    }

    fn reserved(&mut self, ranges: &[String], names: &[String], is_edition: bool) {
        if !ranges.is_empty() {
            self.line(format_args!("reserved {};", ranges.join(", ")));
        }
        if !names.is_empty() {
            let names: Vec<String> =
                names.iter().map(|name| if is_edition { name.clone() } else { quote(name.as_bytes()) }).collect();
            self.line(format_args!("reserved {};", names.join(", ")));
        }
    }

    fn oneof(&mut self, oneof: &OneofDescriptor) {
        self.comment(oneof.full_name());
        self.block(format_args!("oneof {}", oneof.name()), |text| {
            text.options(&list(&oneof.options()));
            for field in in_order(oneof.fields()) {
                text.gap_before(field.full_name());
                text.field(&Field::of(&field, text.types));
            }
        });
    }

    fn extensions(&mut self, extensions: &[ExtensionDescriptor]) {
        let Some(first) = extensions.first() else { return };
        self.block(format_args!("extend .{}", first.containing_message().full_name()), |text| {
            for extension in extensions {
                text.gap_before(extension.full_name());
                text.field(&Field::of_extension(extension, text.types));
            }
        });
    }

    fn field(&mut self, field: &Field<'_>) {
        self.comment(field.full_name);
        match field.kind.as_message() {
            Some(group) if field.is_group => self.block(field.line(), |text| text.message_body(group)),
            _ => self.line(format_args!("{};", field.line())),
        }
    }

    fn enumeration(&mut self, enumeration: &EnumDescriptor) {
        self.comment(enumeration.full_name());
        let file = enumeration.parent_file();
        let visibility = self.types.visibility(file.name(), enumeration.full_name());
        let is_edition = self.types.edition(file.name()).is_some();
        self.block(format_args!("{visibility}enum {}", enumeration.name()), |text| {
            text.options(&list(&enumeration.options()));
            let proto = enumeration.enum_descriptor_proto();
            let ranges: Vec<String> =
                proto.reserved_range.iter().map(|r| range(r.start(), r.end(), i32::MAX)).collect();
            text.reserved(&ranges, &proto.reserved_name, is_edition);
            for value in values_in_order(enumeration) {
                if !text.value_doc(&value).is_empty() {
                    text.gap();
                }
                text.value(&value);
            }
        });
    }

    fn value_doc(&self, value: &EnumValueDescriptor) -> String {
        self.types.doc(&format!("{}.{}", value.parent_enum().full_name(), value.name())).to_owned()
    }

    fn value(&mut self, value: &EnumValueDescriptor) {
        self.comment(&format!("{}.{}", value.parent_enum().full_name(), value.name()));
        let options: Vec<String> =
            list(&value.options()).iter().map(|(name, value)| format!("{name} = {value}")).collect();
        let brackets = if options.is_empty() { String::new() } else { format!(" [{}]", options.join(", ")) };
        self.line(format_args!("{} = {}{brackets};", value.name(), value.number()));
    }
}

/// The pool gives fields by number; the source has an order of its own.
fn in_order(fields: impl Iterator<Item = FieldDescriptor>) -> Vec<FieldDescriptor> {
    let mut fields: Vec<_> = fields.collect();
    fields.sort_by(|a, b| a.path().cmp(b.path()));
    fields
}

/// The values as in the source.
fn values_in_order(enumeration: &EnumDescriptor) -> Vec<EnumValueDescriptor> {
    let mut values: Vec<_> = enumeration.values().collect();
    values.sort_by(|a, b| a.path().cmp(b.path()));
    values
}

#[cfg(test)]
mod tests;
