//! What `describe --json` prints of a symbol, and the template of a message.
//!
//! Must not know: where schemas come from.

use prost_reflect::{EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor, MethodDescriptor, ServiceDescriptor};
use serde_json::{Map, Value, json};

use crate::schema::{SymbolKind, Syntax, Types, Use};

/// A symbol for machines: its name, kind, file, comment, source text, and its parts.
pub(super) fn to_json(types: &Types, name: &str, used_by: &[Use]) -> Option<Value> {
    let kind = types.symbol_kind(name)?;
    let pool = types.pool();
    let (file, parts) = match kind {
        SymbolKind::Service => {
            let service = pool.get_service_by_name(name)?;
            (Some(service.parent_file()), service_parts(types, &service))
        }
        SymbolKind::Message => {
            let message = pool.get_message_by_name(name)?;
            (Some(message.parent_file()), message_parts(types, &message))
        }
        SymbolKind::Enum => {
            let one = pool.get_enum_by_name(name)?;
            (Some(one.parent_file()), enum_parts(types, &one))
        }
        SymbolKind::Method => {
            let service = name.rsplit_once('.').and_then(|(service, _)| pool.get_service_by_name(service))?;
            let method = service.methods().find(|method| method.full_name() == name)?;
            (Some(service.parent_file()), object(method_json(types, &method)))
        }
        SymbolKind::Field => {
            let (message, field) = name.rsplit_once('.')?;
            let message = pool.get_message_by_name(message)?;
            (Some(message.parent_file()), object(field_json(types, &message.get_field_by_name(field)?)))
        }
        SymbolKind::Oneof | SymbolKind::EnumValue | SymbolKind::Extension => (None, Map::new()),
    };
    let mut out = object(json!({ "name": name, "kind": kind.to_string() }));
    if let Some(file) = file {
        out.insert("file".to_owned(), file.name().into());
    }
    out.insert("doc".to_owned(), types.doc(name).into());
    out.insert("source".to_owned(), types.describe(name).unwrap_or_default().trim_end().into());
    if let Some(document) = types.document(name) {
        out.entry("file").or_insert_with(|| document.file.as_str().into());
        let edition = match document.syntax {
            Syntax::Edition(edition) => Some(edition),
            Syntax::Proto2 | Syntax::Proto3 => None,
        };
        out.insert("syntax".to_owned(), edition.map_or(document.syntax.name(), |_| "editions").into());
        if let Some(edition) = edition {
            out.insert("edition".to_owned(), edition.name().into());
            let features = document.features.into_iter().map(|(name, value)| (name, value.into()));
            out.insert("features".to_owned(), Value::Object(features.collect()));
        }
    }
    for (key, value) in parts {
        out.entry(key).or_insert(value);
    }
    if !used_by.is_empty() {
        let uses = used_by.iter().map(|Use { kind, by }| json!({ "kind": kind.to_string(), "name": by }));
        out.insert("usedBy".to_owned(), uses.collect());
    }
    Some(Value::Object(out))
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

fn service_parts(types: &Types, service: &ServiceDescriptor) -> Map<String, Value> {
    let methods: Vec<Value> = service.methods().map(|method| method_json(types, &method)).collect();
    object(json!({ "methods": methods }))
}

fn method_json(types: &Types, method: &MethodDescriptor) -> Value {
    json!({
        "name": method.name(),
        "input": method.input().full_name(),
        "output": method.output().full_name(),
        "clientStreaming": method.is_client_streaming(),
        "serverStreaming": method.is_server_streaming(),
        "doc": types.doc(method.full_name()),
    })
}

fn message_parts(types: &Types, message: &MessageDescriptor) -> Map<String, Value> {
    let fields: Vec<Value> = message.fields().map(|field| field_json(types, &field)).collect();
    object(json!({ "fields": fields }))
}

fn field_json(types: &Types, field: &FieldDescriptor) -> Value {
    let mut out = object(json!({
        "name": field.name(),
        "number": field.number(),
        "jsonName": field.json_name(),
        "type": type_name(&field.kind()),
    }));
    if field.is_map()
        && let Kind::Message(entry) = field.kind()
    {
        out.insert("type".to_owned(), "map".into());
        out.insert("keyType".to_owned(), type_name(&entry.map_entry_key_field().kind()).into());
        out.insert("valueType".to_owned(), type_name(&entry.map_entry_value_field().kind()).into());
    }
    out.insert("repeated".to_owned(), field.is_list().into());
    out.insert("presence".to_owned(), field.supports_presence().into());
    if let Some(oneof) = field.containing_oneof().filter(|oneof| !oneof.is_synthetic()) {
        out.insert("oneof".to_owned(), oneof.name().into());
    }
    out.insert("doc".to_owned(), types.doc(field.full_name()).into());
    Value::Object(out)
}

fn enum_parts(types: &Types, one: &EnumDescriptor) -> Map<String, Value> {
    let values = one.values().map(|value| {
        let doc = types.doc(&format!("{}.{}", one.full_name(), value.name())).to_owned();
        json!({ "name": value.name(), "number": value.number(), "doc": doc })
    });
    object(json!({ "values": values.collect::<Vec<_>>() }))
}

fn type_name(kind: &Kind) -> String {
    match kind {
        Kind::Message(message) => message.full_name().to_owned(),
        Kind::Enum(one) => one.full_name().to_owned(),
        // The names of the scalar types in Rust and in protobuf are alike.
        scalar => format!("{scalar:?}").to_lowercase(),
    }
}
