//! A message of any type, filled by chance with what its type allows.

use std::collections::HashMap;

use prost::Message as _;
use prost_reflect::{
    Cardinality, DynamicMessage, EnumDescriptor, FieldDescriptor, Kind, MapKey, MessageDescriptor, ReflectMessage as _,
    Value,
};

use super::Dice;

/// Messages in messages, at most; below there are only the least ones.
const DEPTH_LIMIT: usize = 6;

pub(super) fn message(dice: &mut Dice<'_>, descriptor: &MessageDescriptor, depth: usize) -> DynamicMessage {
    let mut message = DynamicMessage::new(descriptor.clone());
    if well_known(dice, &mut message, depth) {
        return message;
    }
    let mut chosen = Vec::new();
    for field in descriptor.fields() {
        let required = field.cardinality() == Cardinality::Required;
        if let Some(oneof) = field.containing_oneof() {
            if chosen.contains(&oneof) || !dice.one_in(2) {
                continue;
            }
            chosen.push(oneof);
        } else if !required && !dice.one_in(2) {
            continue;
        }
        let value = field_value(dice, &field, depth);
        message.set_field(&field, value);
    }
    for extension in descriptor.extensions() {
        if dice.one_in(2) {
            let value = if extension.is_list() {
                Value::List((0..dice.below(3)).map(|_| one(dice, &extension.kind(), depth)).collect())
            } else {
                one(dice, &extension.kind(), depth)
            };
            message.set_extension(&extension, value);
        }
    }
    message
}

fn field_value(dice: &mut Dice<'_>, field: &FieldDescriptor, depth: usize) -> Value {
    let kind = field.kind();
    if let Some(entry) = kind.as_message().filter(|_| field.is_map()) {
        let (key, value) = (entry.map_entry_key_field().kind(), entry.map_entry_value_field().kind());
        let entries = (0..dice.below(dice.entries + 1)).map(|_| (map_key(dice, &key), one(dice, &value, depth)));
        return Value::Map(entries.collect::<HashMap<_, _>>());
    }
    if field.is_list() {
        return Value::List((0..dice.below(4)).map(|_| one(dice, &kind, depth)).collect());
    }
    one(dice, &kind, depth)
}

fn one(dice: &mut Dice<'_>, kind: &Kind, depth: usize) -> Value {
    match kind {
        Kind::Bool => Value::Bool(dice.one_in(2)),
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => Value::I32(dice.number() as i32),
        Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => Value::I64(dice.number() as i64),
        Kind::Uint32 | Kind::Fixed32 => Value::U32(dice.number() as u32),
        Kind::Uint64 | Kind::Fixed64 => Value::U64(dice.number()),
        Kind::Float => Value::F32(float(dice) as f32),
        Kind::Double => Value::F64(double(dice)),
        Kind::String => Value::String(dice.text()),
        Kind::Bytes => Value::Bytes((0..dice.below(7)).map(|_| dice.byte()).collect::<Vec<_>>().into()),
        Kind::Enum(descriptor) => Value::EnumNumber(enum_number(dice, descriptor)),
        Kind::Message(descriptor) if depth < DEPTH_LIMIT => Value::Message(message(dice, descriptor, depth + 1)),
        Kind::Message(descriptor) => Value::Message(least(descriptor)),
    }
}

/// Empty but for what is required, and for the one field of a `Value`.
fn least(descriptor: &MessageDescriptor) -> DynamicMessage {
    message(&mut Dice { bytes: &[], entries: 0 }, descriptor, DEPTH_LIMIT)
}

/// What a float holds exactly.
fn float(dice: &mut Dice<'_>) -> f64 {
    f64::from(dice.of(&[
        0.0_f32,
        1.0,
        -1.5,
        0.1,
        16_777_216.0,
        3.402_823_5e38,
        1.0e-45,
        f32::INFINITY,
        f32::NEG_INFINITY,
    ]))
}

fn double(dice: &mut Dice<'_>) -> f64 {
    match dice.below(4) {
        0 => float(dice),
        1 => dice.of(&[f64::MAX, f64::MIN_POSITIVE, 5e-324, 0.1 + 0.2, 1e21, -1e-7, 9_007_199_254_740_993.0]),
        // Any bits that are a number, and not the zero with a sign, which the library takes for the default.
        _ => Some(f64::from_bits(dice.number())).filter(|number| !number.is_nan() && *number != 0.0).unwrap_or(0.5),
    }
}

fn enum_number(dice: &mut Dice<'_>, descriptor: &EnumDescriptor) -> i32 {
    let open = descriptor.parent_file().syntax() == prost_reflect::Syntax::Proto3;
    if open && descriptor.name() != "NullValue" && dice.one_in(5) {
        return dice.number() as i32;
    }
    let values: Vec<i32> = descriptor.values().map(|value| value.number()).collect();
    dice.of(&values)
}

fn map_key(dice: &mut Dice<'_>, kind: &Kind) -> MapKey {
    match kind {
        Kind::Bool => MapKey::Bool(dice.one_in(2)),
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => MapKey::I32(dice.number() as i32),
        Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => MapKey::I64(dice.number() as i64),
        Kind::Uint32 | Kind::Fixed32 => MapKey::U32(dice.number() as u32),
        Kind::Uint64 | Kind::Fixed64 => MapKey::U64(dice.number()),
        _ => MapKey::String(dice.text()),
    }
}

/// Fills a well-known type with what its JSON form can say; `false` for other types.
fn well_known(dice: &mut Dice<'_>, message: &mut DynamicMessage, depth: usize) -> bool {
    const YEAR_1: i64 = -62_135_596_800;
    const YEAR_9999: i64 = 253_402_300_799;
    let descriptor = message.descriptor();
    let mut set = |name: &str, value: Value| message.set_field_by_name(name, value);
    match descriptor.full_name().strip_prefix("google.protobuf.") {
        Some("Timestamp") => {
            let seconds = match dice.below(4) {
                0 => YEAR_1,
                1 => YEAR_9999,
                _ => YEAR_1 + (dice.number() % (YEAR_9999 - YEAR_1) as u64) as i64,
            };
            set("seconds", Value::I64(seconds));
            set("nanos", Value::I32(nanos(dice)));
        }
        Some("Duration") => {
            let seconds = (dice.number() % 315_576_000_000) as i64;
            let sign = if dice.one_in(2) { -1 } else { 1 };
            set("seconds", Value::I64(sign * seconds));
            set("nanos", Value::I32(sign as i32 * nanos(dice)));
        }
        Some("FieldMask") => {
            let paths = ["a", "foo_bar", "foo_bar.baz_qux", "a1.b2", "f_a"];
            let paths = (0..dice.below(4)).map(|_| Value::String(dice.of(&paths).to_owned()));
            set("paths", Value::List(paths.collect()));
        }
        Some("Value") => json_value(dice, message, depth),
        Some("Any") => any(dice, message, depth),
        _ => return false,
    }
    true
}

fn nanos(dice: &mut Dice<'_>) -> i32 {
    dice.of(&[0, 1, 500_000_000, 999_999_999, 1_000, 10_000_000])
}

fn json_value(dice: &mut Dice<'_>, message: &mut DynamicMessage, depth: usize) {
    let names = ["null_value", "number_value", "string_value", "bool_value", "struct_value", "list_value"];
    let name = names[dice.below(if depth < DEPTH_LIMIT { names.len() } else { 4 })];
    let field = message.descriptor().get_field_by_name(name).unwrap();
    let mut value = one(dice, &field.kind(), depth);
    if let Value::F64(number) = &mut value
        && !number.is_finite()
    {
        *number = 0.25;
    }
    message.set_field(&field, value);
}

fn any(dice: &mut Dice<'_>, any: &mut DynamicMessage, depth: usize) {
    let pool = any.descriptor().parent_pool().clone();
    let (url, bytes) = match dice.below(4) {
        // Nothing set at all.
        0 => return,
        1 => ("example.com/no.Such".to_owned(), vec![8, dice.byte() % 128]),
        kind => {
            let name = if kind == 2 {
                "any.M0"
            } else {
                dice.of(&[
                    "google.protobuf.Duration",
                    "google.protobuf.Struct",
                    "google.protobuf.Any",
                    "google.protobuf.Empty",
                ])
            };
            let Some(descriptor) = pool.get_message_by_name(name).filter(|_| depth < DEPTH_LIMIT) else { return };
            let entries = std::mem::replace(&mut dice.entries, 1);
            let bytes = message(dice, &descriptor, depth + 1).encode_to_vec();
            dice.entries = entries;
            (format!("type.googleapis.com/{name}"), bytes)
        }
    };
    any.set_field_by_name("type_url", Value::String(url));
    any.set_field_by_name("value", Value::Bytes(bytes.into()));
}
