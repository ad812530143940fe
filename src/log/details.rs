//! The rich details of a status, decoded as far as the schema knows their types.
//!
//! Must not know: UI.

use std::sync::OnceLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use prost::Message as _;
use prost_reflect::{DescriptorPool, DynamicMessage};
use protox::Compiler;
use protox::file::{ChainFileResolver, File, FileResolver, GoogleFileResolver};

use crate::engine::{RichStatus, Status};
use crate::message::json::{Member, Node, Position, Value};
use crate::message::{self, AnyTypes, WriteOptions};

/// Each detail of a status as indented JSON: with its fields where the pool has the type, else type and bytes.
#[must_use]
pub fn details(status: &Status, pool: Option<&DescriptorPool>, types: &AnyTypes) -> Vec<String> {
    if status.details.is_empty() {
        return Vec::new();
    }
    match RichStatus::decode(status.details.clone()) {
        Ok(rich) => rich.details.iter().map(|any| detail(any, pool, types).to_pretty()).collect(),
        Err(_) => vec![format!("undecodable, as base64: {}", STANDARD.encode(&status.details))],
    }
}

/// The usual detail types, for servers whose schema does not have them.
fn usual() -> Option<&'static DescriptorPool> {
    static POOL: OnceLock<Option<DescriptorPool>> = OnceLock::new();
    POOL.get_or_init(|| {
        let mut resolver = ChainFileResolver::new();
        resolver.add(Bundled);
        resolver.add(GoogleFileResolver::new());
        let mut compiler = Compiler::with_file_resolver(resolver);
        compiler.open_file(NAME).ok()?;
        Some(compiler.descriptor_pool())
    })
    .as_ref()
}

/// Import name of the bundled file.
const NAME: &str = "google/rpc/error_details.proto";

struct Bundled;

impl FileResolver for Bundled {
    fn open_file(&self, name: &str) -> Result<File, protox::Error> {
        if name == NAME {
            return File::from_source(name, include_str!("../../assets/protos/google/rpc/error_details.proto"));
        }
        Err(protox::Error::file_not_found(name))
    }
}

fn detail(any: &prost_types::Any, pool: Option<&DescriptorPool>, types: &AnyTypes) -> Node {
    let options = WriteOptions { types: Some(types), ..WriteOptions::default() };
    let own = [pool, usual()].into_iter().flatten().find_map(|pool| AnyTypes::NONE.find(pool, &any.type_url));
    let decoded = own
        .or_else(|| types.beyond(&any.type_url))
        .and_then(|descriptor| DynamicMessage::decode(descriptor, any.value.as_slice()).ok())
        .map(|message| message::write(&message, options).value);
    let member = |name: &str, value| Member { position: Position::default(), name: name.to_owned(), value };
    let mut members = vec![member("@type", Node::new(Value::String(any.type_url.clone())))];
    match decoded {
        Some(Value::Object(fields)) => members.extend(fields),
        Some(other) => members.push(member("value", Node::new(other))),
        None => members.push(member("@value", Node::new(Value::String(STANDARD.encode(&any.value))))),
    }
    Node::new(Value::Object(members))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(type_url: &str, value: Vec<u8>, expected: &str) {
        let any = prost_types::Any { type_url: type_url.to_owned(), value };
        let rich = RichStatus { code: 3, message: String::new(), details: vec![any] };
        let status = Status { code: 3, details: rich.encode_to_vec().into(), ..Status::default() };
        assert_eq!(details(&status, None, &AnyTypes::NONE), [expected]);
    }

    #[test]
    fn usual_types_are_read_without_a_schema() {
        // LocalizedMessage { locale: "en", message: "no" }
        let bytes = vec![0x0a, 2, b'e', b'n', 0x12, 2, b'n', b'o'];
        check(
            "type.googleapis.com/google.rpc.LocalizedMessage",
            bytes,
            "{\n  \"@type\": \"type.googleapis.com/google.rpc.LocalizedMessage\",\n  \"locale\": \"en\",\n  \"message\": \"no\"\n}",
        );
    }

    #[test]
    fn types_beyond_the_pool_are_read_where_somebody_has_them() {
        let far = crate::request::tests::method(crate::request::tests::PROTO, "Unary").input();
        let types = AnyTypes::new(move |name| Some(far.clone()).filter(|far| far.full_name() == name));
        let any = prost_types::Any { type_url: "x/t.v1.Thing".to_owned(), value: vec![0x10, 7] };
        let rich = RichStatus { code: 3, message: String::new(), details: vec![any] };
        let status = Status { code: 3, details: rich.encode_to_vec().into(), ..Status::default() };
        let told = |types: &AnyTypes| details(&status, None, types).concat();
        assert_eq!(told(&types), "{\n  \"@type\": \"x/t.v1.Thing\",\n  \"count\": \"7\"\n}");
        assert!(told(&AnyTypes::NONE).contains("\"@value\": \"EAc=\""));
    }

    #[test]
    fn unknown_types_keep_their_bytes() {
        check("x/pkg.Unknown", vec![1, 2], "{\n  \"@type\": \"x/pkg.Unknown\",\n  \"@value\": \"AQI=\"\n}");
    }

    #[test]
    fn half_a_status_is_told() {
        let status = Status { code: 3, details: vec![0x1a, 9].into(), ..Status::default() };
        assert_eq!(details(&status, None, &AnyTypes::NONE), ["undecodable, as base64: Ggk="]);
    }
}
