//! The rich details of a status, decoded as far as the schema knows their types.
//!
//! Must not know: UI.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use prost::Message as _;
use prost_reflect::{DescriptorPool, DynamicMessage};

use crate::engine::Status;
use crate::message::json::{Member, Node, Position, Value};
use crate::message::{self, WriteOptions};

/// `google.rpc.Status`, as `grpc-status-details-bin` carries it.
#[derive(Clone, PartialEq, prost::Message)]
struct RichStatus {
    #[prost(int32, tag = "1")]
    code: i32,
    #[prost(string, tag = "2")]
    message: String,
    #[prost(message, repeated, tag = "3")]
    details: Vec<prost_types::Any>,
}

/// Each detail of a status as indented JSON: with its fields where the pool has the type, else type and bytes.
#[must_use]
pub fn details(status: &Status, pool: Option<&DescriptorPool>) -> Vec<String> {
    if status.details.is_empty() {
        return Vec::new();
    }
    match RichStatus::decode(status.details.clone()) {
        Ok(rich) => rich.details.iter().map(|any| detail(any, pool).to_pretty()).collect(),
        Err(_) => vec![format!("undecodable, as base64: {}", STANDARD.encode(&status.details))],
    }
}

fn detail(any: &prost_types::Any, pool: Option<&DescriptorPool>) -> Node {
    let name = any.type_url.rsplit('/').next().unwrap_or_default();
    let decoded = pool
        .and_then(|pool| pool.get_message_by_name(name))
        .and_then(|descriptor| DynamicMessage::decode(descriptor, any.value.as_slice()).ok())
        .map(|message| message::write(&message, WriteOptions::default()).value);
    let member = |name: &str, value| Member { position: Position::default(), name: name.to_owned(), value };
    let mut members = vec![member("@type", Node::new(Value::String(any.type_url.clone())))];
    match decoded {
        Some(Value::Object(fields)) => members.extend(fields),
        Some(other) => members.push(member("value", Node::new(other))),
        None => members.push(member("@value", Node::new(Value::String(STANDARD.encode(&any.value))))),
    }
    Node::new(Value::Object(members))
}
