//! The program under test of the official protobuf conformance suite (tests/conformance/run): it reads requests on
//! standard input and answers on standard output, each after its length.
//!
//! Sources are compiled by `schema`, JSON and the text format are read and written by `message`; the first argument is the folder with the
//! suite's own protos.

use std::io::{ErrorKind, Read as _, Write as _};
use std::path::PathBuf;

use prost::Message as _;
use prost_reflect::{DynamicMessage, MessageDescriptor, Value};
use trunkline::message::{self, AnyTypes, Problem, ReadOptions, WriteOptions, json, raw, text_format};
use trunkline::schema::{Schema, Source};

type Failure = Box<dyn std::error::Error>;

const PROTOBUF: i32 = 1;
const JSON: i32 = 2;
const JSON_IGNORE_UNKNOWN: i32 = 3;
const TEXT_FORMAT: i32 = 4;

fn main() -> Result<(), Failure> {
    let root = PathBuf::from(std::env::args_os().nth(1).ok_or("name the folder with the protos of the suite")?);
    let schema = Schema::load(&Source::Protos { paths: vec![root.clone()], import_paths: vec![root] })?;
    let request = find(&schema, "conformance.ConformanceRequest")?;
    let response = find(&schema, "conformance.ConformanceResponse")?;

    let types = {
        let schema = schema.clone();
        AnyTypes::new(move |name| find(&schema, name).ok())
    };

    let (mut input, mut output) = (std::io::stdin().lock(), std::io::stdout().lock());
    loop {
        let mut length = [0; 4];
        match input.read_exact(&mut length) {
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(()),
            read => read?,
        }
        let mut bytes = vec![0; usize::try_from(u32::from_le_bytes(length))?];
        input.read_exact(&mut bytes)?;
        let request = DynamicMessage::decode(request.clone(), bytes.as_slice())?;
        let (field, value) = match answer(&schema, &types, &request)? {
            Answer::Binary(bytes) => ("protobuf_payload", Value::Bytes(bytes.into())),
            Answer::Json(text) => ("json_payload", Value::String(text)),
            Answer::Text(text) => ("text_payload", Value::String(text)),
            Answer::Refused(why) => ("parse_error", Value::String(why)),
            Answer::Unwritten(why) => ("serialize_error", Value::String(why)),
            Answer::Skipped(why) => ("skipped", Value::String(why.to_owned())),
        };
        let mut message = DynamicMessage::new(response.clone());
        message.try_set_field_by_name(field, value)?;
        let bytes = message.encode_to_vec();
        output.write_all(&u32::try_from(bytes.len())?.to_le_bytes())?;
        output.write_all(&bytes)?;
        output.flush()?;
    }
}

enum Answer {
    Binary(Vec<u8>),
    Json(String),
    Text(String),
    /// The input is wrong.
    Refused(String),
    /// The message has no canonical JSON.
    Unwritten(String),
    Skipped(&'static str),
}

fn find(schema: &Schema, name: &str) -> Result<MessageDescriptor, Failure> {
    let types = schema.find_symbol(name);
    let found = types.and_then(|types| types.pool().get_message_by_name(name));
    found.ok_or_else(|| {
        let problems: Vec<_> = schema.problems.iter().map(ToString::to_string).collect();
        format!("no message {name} in the protos; {}", problems.join("; ")).into()
    })
}

fn answer(schema: &Schema, types: &AnyTypes, request: &DynamicMessage) -> Result<Answer, Failure> {
    let get = |name: &str| request.get_field_by_name(name).ok_or_else(|| format!("requests have no field {name}"));
    let has = |name: &str| request.has_field_by_name(name);
    let name = get("message_type")?;
    let read = if has("protobuf_payload") {
        let payload = get("protobuf_payload")?;
        let bytes = payload.as_bytes().cloned().unwrap_or_default();
        raw::decode(&bytes, &find(schema, name.as_str().unwrap_or_default())?).map_err(|error| error.to_string())
    } else if has("json_payload") {
        let payload = get("json_payload")?;
        let descriptor = find(schema, name.as_str().unwrap_or_default())?;
        let node = json::parse(payload.as_str().unwrap_or_default()).map_err(|error| error.to_string());
        let options = ReadOptions {
            ignore_unknown: get("test_category")?.as_enum_number() == Some(JSON_IGNORE_UNKNOWN),
            types: None,
        };
        node.and_then(|node| message::read_with(&node, &descriptor, options).map_err(|problems| told(&problems)))
    } else if has("text_payload") {
        let payload = get("text_payload")?;
        let descriptor = find(schema, name.as_str().unwrap_or_default())?;
        let options = text_format::ReadOptions { types: Some(types), ignore_unknown: false };
        text_format::read_with(payload.as_str().unwrap_or_default(), &descriptor, options)
            .map_err(|problems| told(&problems))
    } else {
        return Ok(Answer::Skipped("only binary, JSON and the text format are read"));
    };
    let message = match read {
        Ok(message) => message,
        Err(why) => return Ok(Answer::Refused(why)),
    };
    Ok(match get("requested_output_format")?.as_enum_number() {
        Some(PROTOBUF) => Answer::Binary(message.encode_to_vec()),
        Some(JSON) => match message::write_strict(&message, WriteOptions::default()) {
            Ok(node) => Answer::Json(node.to_line()),
            Err(types) => Answer::Unwritten(format!("no canonical JSON for a {}", types.join(", "))),
        },
        Some(TEXT_FORMAT) => {
            let skip_unknown = get("print_unknown_fields")?.as_bool() != Some(true);
            let options =
                text_format::WriteOptions { skip_unknown, types: Some(types), ..text_format::WriteOptions::default() };
            Answer::Text(text_format::write(&message, options))
        }
        _ => Answer::Skipped("only binary, JSON and the text format are written"),
    })
}

fn told(problems: &[Problem]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}
