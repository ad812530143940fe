//! A file with every kind of field, put together by chance.

use prost_reflect::DescriptorPool;
use prost_types::field_descriptor_proto::{Label, Type};
use prost_types::{
    DescriptorProto, EnumDescriptorProto, EnumValueDescriptorProto, FieldDescriptorProto, FileDescriptorProto,
    MessageOptions, OneofDescriptorProto, descriptor_proto::ExtensionRange,
};

use super::Dice;

const SCALARS: [Type; 15] = [
    Type::String,
    Type::Int32,
    Type::Int64,
    Type::Uint32,
    Type::Uint64,
    Type::Sint32,
    Type::Sint64,
    Type::Fixed32,
    Type::Fixed64,
    Type::Sfixed32,
    Type::Sfixed64,
    Type::Float,
    Type::Double,
    Type::Bool,
    Type::Bytes,
];
const WELL_KNOWN: [&str; 18] = [
    "Any",
    "Timestamp",
    "Duration",
    "FieldMask",
    "Struct",
    "Value",
    "ListValue",
    "Empty",
    "BoolValue",
    "Int32Value",
    "Int64Value",
    "UInt32Value",
    "UInt64Value",
    "FloatValue",
    "DoubleValue",
    "StringValue",
    "BytesValue",
    "NullValue",
];
/// What comes after the letters that make a name the only one of its message.
const ENDINGS: [&str; 6] = ["", "_bar", "_Bar", "__x", "_1", "Camel"];

/// The well-known types, and a file of package `any` whose messages are `M0`, `M1`, and so on.
pub(super) fn pool(dice: &mut Dice<'_>) -> DescriptorPool {
    let proto2 = dice.one_in(3);
    let messages = 1 + dice.below(3);
    let mut maker = Maker { dice, proto2, messages };
    let mut file = FileDescriptorProto {
        name: Some("any.proto".to_owned()),
        package: Some("any".to_owned()),
        syntax: Some(if proto2 { "proto2" } else { "proto3" }.to_owned()),
        dependency: ["any", "timestamp", "duration", "field_mask", "struct", "empty", "wrappers"]
            .map(|name| format!("google/protobuf/{name}.proto"))
            .to_vec(),
        ..FileDescriptorProto::default()
    };
    file.message_type = (0..messages).map(|number| maker.message(number)).collect();
    file.enum_type = vec![maker.enumeration()];
    if proto2 {
        file.extension = (0..maker.dice.below(4)).map(|number| maker.extension(number)).collect();
    }
    let mut pool = DescriptorPool::global();
    pool.add_file_descriptor_proto(file).unwrap();
    pool
}

struct Maker<'d, 'b> {
    dice: &'d mut Dice<'b>,
    proto2: bool,
    messages: usize,
}

impl Maker<'_, '_> {
    fn message(&mut self, number: usize) -> DescriptorProto {
        let mut message = DescriptorProto { name: Some(format!("M{number}")), ..DescriptorProto::default() };
        for index in 0..self.dice.below(9) {
            self.field(&mut message, number, index);
        }
        self.oneof(&mut message);
        self.synthetic(&mut message);
        if self.proto2 {
            message.extension_range =
                vec![ExtensionRange { start: Some(1_000), end: Some(2_000), ..ExtensionRange::default() }];
        }
        message
    }

    /// Numbers of one, two and five bytes.
    fn number(index: usize) -> i32 {
        let index = i32::try_from(index).unwrap();
        match index % 3 {
            0 => index + 1,
            1 => 100 + index,
            _ => 536_000_000 + index,
        }
    }

    fn field(&mut self, message: &mut DescriptorProto, parent: usize, index: usize) {
        let name = format!("f{}{}", char::from(b'a' + u8::try_from(index).unwrap()), self.dice.of(&ENDINGS));
        let mut field = FieldDescriptorProto { number: Some(Self::number(index)), ..FieldDescriptorProto::default() };
        field.set_label(Label::Optional);
        match self.dice.below(8) {
            6 => self.map(message, parent, index, &mut field),
            7 if self.proto2 => {
                let group = format!("Group{index}");
                let mut nested = DescriptorProto { name: Some(group.clone()), ..DescriptorProto::default() };
                nested.field = vec![self.plain("inner", 1)];
                message.nested_type.push(nested);
                field.name = Some(group.to_lowercase());
                field.set_type(Type::Group);
                field.type_name = Some(format!(".any.M{parent}.{group}"));
                if self.dice.one_in(2) {
                    field.set_label(Label::Repeated);
                }
                message.field.push(field);
                return;
            }
            kind => {
                self.kind(&mut field);
                if kind == 4 || kind == 5 {
                    field.set_label(Label::Repeated);
                } else if self.proto2 && kind == 3 && field.r#type() != Type::Message {
                    // A message that requires itself could never be sent.
                    field.set_label(Label::Required);
                }
            }
        }
        if self.dice.one_in(6) {
            field.json_name = Some(format!("json-{index}"));
        }
        field.name = Some(name);
        message.field.push(field);
    }

    fn plain(&mut self, name: &str, number: i32) -> FieldDescriptorProto {
        let mut field = FieldDescriptorProto {
            name: Some(name.to_owned()),
            number: Some(number),
            ..FieldDescriptorProto::default()
        };
        field.set_label(Label::Optional);
        self.kind(&mut field);
        field
    }

    /// A scalar, an enum, a message of the file, a well-known type.
    fn kind(&mut self, field: &mut FieldDescriptorProto) {
        match self.dice.below(8) {
            4 => {
                field.set_type(Type::Enum);
                field.type_name = Some(".any.E".to_owned());
            }
            5 => {
                field.set_type(Type::Message);
                field.type_name = Some(format!(".any.M{}", self.dice.below(self.messages)));
            }
            6 | 7 => {
                let name = self.dice.of(&WELL_KNOWN);
                field.set_type(if name == "NullValue" { Type::Enum } else { Type::Message });
                field.type_name = Some(format!(".google.protobuf.{name}"));
            }
            _ => field.set_type(self.dice.of(&SCALARS)),
        }
    }

    fn map(&mut self, message: &mut DescriptorProto, parent: usize, index: usize, field: &mut FieldDescriptorProto) {
        // What protoc calls the entry of a map does not matter, that it is marked does.
        let entry = format!("Entry{index}");
        let mut key = self.plain("key", 1);
        key.type_name = None;
        let is_key = |kind: &Type| !matches!(kind, Type::Float | Type::Double | Type::Bytes);
        let keys: Vec<Type> = SCALARS.into_iter().filter(is_key).collect();
        key.set_type(self.dice.of(&keys));
        let value = self.plain("value", 2);
        message.nested_type.push(DescriptorProto {
            name: Some(entry.clone()),
            field: vec![key, value],
            options: Some(MessageOptions { map_entry: Some(true), ..MessageOptions::default() }),
            ..DescriptorProto::default()
        });
        field.set_label(Label::Repeated);
        field.set_type(Type::Message);
        field.type_name = Some(format!(".any.M{parent}.{entry}"));
    }

    fn oneof(&mut self, message: &mut DescriptorProto) {
        let arms = self.dice.below(4);
        if arms == 0 {
            return;
        }
        message
            .oneof_decl
            .push(OneofDescriptorProto { name: Some("choice".to_owned()), ..OneofDescriptorProto::default() });
        for arm in 0..arms {
            let mut field = self.plain(&format!("arm_{arm}"), 40 + i32::try_from(arm).unwrap());
            field.oneof_index = Some(0);
            message.field.push(field);
        }
    }

    /// proto3's `optional`.
    fn synthetic(&mut self, message: &mut DescriptorProto) {
        if self.proto2 || !self.dice.one_in(2) {
            return;
        }
        let mut field = self.plain("perhaps", 60);
        field.oneof_index = Some(i32::try_from(message.oneof_decl.len()).unwrap());
        field.proto3_optional = Some(true);
        message.field.push(field);
        message
            .oneof_decl
            .push(OneofDescriptorProto { name: Some("_perhaps".to_owned()), ..OneofDescriptorProto::default() });
    }

    /// With values that are no neighbours, the least and the greatest among them.
    fn enumeration(&mut self) -> EnumDescriptorProto {
        let value = |name: &str, number| EnumValueDescriptorProto {
            name: Some(name.to_owned()),
            number: Some(number),
            ..EnumValueDescriptorProto::default()
        };
        let mut values = vec![value("E_ZERO", 0), value("E_ONE", 1), value("E_LAST", i32::MAX)];
        if self.dice.one_in(2) {
            values.push(value("E_FIRST", i32::MIN));
        }
        EnumDescriptorProto { name: Some("E".to_owned()), value: values, ..EnumDescriptorProto::default() }
    }

    fn extension(&mut self, index: usize) -> FieldDescriptorProto {
        let mut field = self.plain(&format!("ext_{index}"), 1_000 + i32::try_from(index).unwrap());
        field.extendee = Some(format!(".any.M{}", self.dice.below(self.messages)));
        if self.dice.one_in(3) {
            field.set_label(Label::Repeated);
        }
        field
    }
}
