//! Options and their values in proto source form, custom ones included.
//!
//! Must not know: what the options stand at.

use std::fmt::Write as _;
use std::sync::OnceLock;

use prost::Message as _;
use prost_reflect::{DescriptorPool, DynamicMessage, Kind, MapKey, ReflectMessage as _, Value};

use crate::schema::bundled::{DESCRIPTOR, bundled};

/// Every option that is set, as name and value, in the order of numbers; custom options last.
pub(super) fn list(options: &DynamicMessage) -> Vec<(String, String)> {
    if options.unknown_fields().next().is_some()
        && let Some(newer) = with_newest(options)
    {
        return list(&newer);
    }
    let mut all = Vec::new();
    for (field, value) in options.fields() {
        // The one is what a compiler could not interpret, the other is said by `map<...>`.
        if field.name() == "features"
            && let Value::Message(features) = value
        {
            // One by one, as sources have them.
            all.extend(list(features).into_iter().map(|(name, value)| (format!("features.{name}"), value)));
        } else if !matches!(field.name(), "uninterpreted_option" | "map_entry") {
            push(field.name().to_owned(), &field.kind(), value, &mut all);
        }
    }
    for (extension, value) in options.extensions() {
        push(format!("({})", extension.full_name()), &extension.kind(), value, &mut all);
    }
    all
}

/// The same options as the newest descriptor.proto knows them: the pool's own copy of it is older. `None` where that
/// knows no more.
fn with_newest(options: &DynamicMessage) -> Option<DynamicMessage> {
    static NEWEST: OnceLock<DescriptorPool> = OnceLock::new();
    let newest = NEWEST.get_or_init(|| {
        let mut pool = DescriptorPool::new();
        // It needs nothing else; without it the older one stays.
        bundled(DESCRIPTOR).map(|unit| pool.add_file_descriptor_proto(unit.descriptor).is_ok());
        pool
    });
    let kind = newest.get_message_by_name(options.descriptor().full_name())?;
    let newer = DynamicMessage::decode(kind, options.encode_to_vec().as_slice()).ok()?;
    (newer.unknown_fields().count() < options.unknown_fields().count() && options.extensions().next().is_none())
        .then_some(newer)
}

/// A repeated option is said once for each of its values.
fn push(name: String, kind: &Kind, value: &Value, all: &mut Vec<(String, String)>) {
    match value {
        Value::List(values) => all.extend(values.iter().map(|value| (name.clone(), write(kind, value)))),
        value => all.push((name, write(kind, value))),
    }
}

fn write(kind: &Kind, value: &Value) -> String {
    match value {
        Value::Bool(value) => value.to_string(),
        Value::I32(value) => value.to_string(),
        Value::I64(value) => value.to_string(),
        Value::U32(value) => value.to_string(),
        Value::U64(value) => value.to_string(),
        Value::F32(value) => float(f64::from(*value), value.to_string()),
        Value::F64(value) => float(*value, value.to_string()),
        Value::String(value) => quote(value.as_bytes()),
        Value::Bytes(value) => quote(value),
        Value::EnumNumber(number) => {
            let named = kind.as_enum().and_then(|enumeration| enumeration.get_value(*number));
            named.map_or_else(|| number.to_string(), |value| value.name().to_owned())
        }
        Value::Message(message) => aggregate(message),
        Value::List(values) => {
            let values: Vec<String> = values.iter().map(|value| write(kind, value)).collect();
            format!("[{}]", values.join(", "))
        }
        Value::Map(entries) => {
            let Some(entry) = kind.as_message() else { return "{}".to_owned() };
            let value_kind = entry.map_entry_value_field().kind();
            let mut sorted: Vec<_> = entries.iter().collect();
            sorted.sort_by_key(|(key, _)| *key);
            let entries: Vec<String> = sorted
                .into_iter()
                .map(|(key, value)| format!("{{ key: {} value: {} }}", map_key(key), write(&value_kind, value)))
                .collect();
            format!("[{}]", entries.join(", "))
        }
    }
}

fn map_key(key: &MapKey) -> String {
    match key {
        MapKey::Bool(key) => key.to_string(),
        MapKey::I32(key) => key.to_string(),
        MapKey::I64(key) => key.to_string(),
        MapKey::U32(key) => key.to_string(),
        MapKey::U64(key) => key.to_string(),
        MapKey::String(key) => quote(key.as_bytes()),
    }
}

fn float(value: f64, text: String) -> String {
    if value.is_nan() {
        "nan".to_owned()
    } else if value.is_infinite() {
        if value > 0.0 { "inf" } else { "-inf" }.to_owned()
    } else {
        text
    }
}

fn aggregate(message: &DynamicMessage) -> String {
    let fields = message.fields().map(|(field, value)| (field.name().to_owned(), field.kind(), value));
    let extensions =
        message.extensions().map(|(field, value)| (format!("[{}]", field.full_name()), field.kind(), value));
    let parts: Vec<String> =
        fields.chain(extensions).map(|(name, kind, value)| format!("{name}: {}", write(&kind, value))).collect();
    if parts.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", parts.join(" ")) }
}

/// A string literal; what is not printable is escaped.
pub(super) fn quote(bytes: &[u8]) -> String {
    let mut quoted = String::from("\"");
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '"' => quoted.push_str("\\\""),
                '\\' => quoted.push_str("\\\\"),
                '\n' => quoted.push_str("\\n"),
                '\r' => quoted.push_str("\\r"),
                '\t' => quoted.push_str("\\t"),
                c if c.is_control() => c.to_string().bytes().for_each(|byte| octal(byte, &mut quoted)),
                c => quoted.push(c),
            }
        }
        chunk.invalid().iter().for_each(|byte| octal(*byte, &mut quoted));
    }
    quoted.push('"');
    quoted
}

fn octal(byte: u8, out: &mut String) {
    // Writing to a string does not fail.
    write!(out, "\\{byte:03o}").unwrap_or_default();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], expected: &str) {
        assert_eq!(quote(bytes), expected);
    }

    #[test]
    fn strings_are_quoted_so_that_they_read_back() {
        check(b"plain", r#""plain""#);
        check(b"a\"b\\c\n\t\r", r#""a\"b\\c\n\t\r""#);
        check("ä中".as_bytes(), "\"ä中\"");
        check(b"\0\xff", r#""\000\377""#);
    }
}
