//! What the methods of `kitchen_sink.proto` answer.
//!
//! Must not know: HTTP.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use futures_util::{FutureExt as _, StreamExt as _};
use prost::Message as _;
use prost_reflect::{DynamicMessage, FieldDescriptor, MessageDescriptor, MethodDescriptor, ReflectMessage as _, Value};
use prost_types::Any;
use tonic::codec::Streaming;
use tonic::metadata::{KeyAndValueRef, MetadataKey, MetadataMap};
use tonic::{Code, Response, Status};

use super::answers::{field, number, one, only, paced, text};
use super::dispatch::Replies;

/// The largest payload of a tick, in bytes; the proto file says so too.
const PAYLOAD_LIMIT: i64 = 16 << 20;

/// `google.rpc.Status`, as `grpc-status-details-bin` carries it.
#[derive(Clone, PartialEq, prost::Message)]
struct StatusDetails {
    #[prost(int32, tag = "1")]
    code: i32,
    #[prost(string, tag = "2")]
    message: String,
    #[prost(message, repeated, tag = "3")]
    details: Vec<Any>,
}

/// Answers one call of one method.
pub(super) async fn answer(
    method: &MethodDescriptor,
    metadata: &MetadataMap,
    mut messages: Streaming<DynamicMessage>,
) -> Result<Response<Replies>, Status> {
    let replies = match method.name() {
        "Echo" => {
            let mut response = Response::new(one(only(&mut messages).await?));
            echo_metadata(metadata, response.metadata_mut());
            return Ok(response);
        }
        "Chat" => chat(method.output(), messages),
        "Ticker" => ticker(method.output(), &only(&mut messages).await?)?,
        "Upload" => one(upload(method.output(), messages).await?),
        "Fail" => {
            fail(&only(&mut messages).await?)?;
            one(DynamicMessage::new(method.output()))
        }
        name => return Err(Status::unimplemented(format!("the demo server does not implement {name}"))),
    };
    Ok(Response::new(replies))
}

/// Puts what the client sent under `x-echo-` names. What gRPC itself sends is left out.
fn echo_metadata(metadata: &MetadataMap, echoed: &mut MetadataMap) {
    let own = |name: &str| name == "te" || name == "content-type" || name.starts_with("grpc-");
    for entry in metadata.iter() {
        match entry {
            KeyAndValueRef::Ascii(name, value) if !own(name.as_str()) => {
                if let Ok(name) = MetadataKey::from_bytes(format!("x-echo-{name}").as_bytes()) {
                    echoed.append(name, value.clone());
                }
            }
            KeyAndValueRef::Binary(name, value) => {
                if let Ok(name) = MetadataKey::from_bytes(format!("x-echo-{name}").as_bytes()) {
                    echoed.append_bin(name, value.clone());
                }
            }
            KeyAndValueRef::Ascii(..) => {}
        }
    }
}

fn chat(line: MessageDescriptor, messages: Streaming<DynamicMessage>) -> Replies {
    let say = move |said: &str| {
        let mut reply = DynamicMessage::new(line.clone());
        set(&mut reply, "from", Value::String("demo".to_owned()));
        set(&mut reply, "text", Value::String(said.to_owned()));
        set_now(&mut reply, "at");
        reply
    };
    let answer = say.clone();
    let answers = messages.map(move |line| {
        let line = line?;
        let said = match (text(&line, "from"), text(&line, "text")) {
            (from, said) if from.is_empty() => format!("You said: {said}"),
            (from, said) => format!("{from}, you said: {said}"),
        };
        Ok(answer(&said))
    });
    Box::pin(answers.chain(async move { Ok(say("Goodbye!")) }.into_stream()))
}

fn ticker(tick: MessageDescriptor, request: &DynamicMessage) -> Result<Replies, Status> {
    let interval = duration(request, "interval")?;
    let size = number(request, "payload_size");
    if size > PAYLOAD_LIMIT {
        return Err(Status::invalid_argument(format!("payload_size is {size}, the most is {PAYLOAD_LIMIT}")));
    }
    let count = u64::try_from(number(request, "count")).unwrap_or_default();
    let payload: Bytes = (b'a'..=b'z').cycle().take(usize::try_from(size).unwrap_or_default()).collect();
    Ok(paced(interval, count, move |number| {
        let mut reply = DynamicMessage::new(tick.clone());
        set(&mut reply, "number", Value::U64(number));
        set_now(&mut reply, "at");
        set(&mut reply, "payload", Value::Bytes(payload.clone()));
        reply
    }))
}

async fn upload(summary: MessageDescriptor, mut messages: Streaming<DynamicMessage>) -> Result<DynamicMessage, Status> {
    let mut name = String::new();
    let (mut chunks, mut bytes) = (0, 0);
    while let Some(chunk) = messages.message().await? {
        if chunks == 0 {
            name = text(&chunk, "name");
        }
        chunks += 1;
        bytes += field(&chunk, "content").as_bytes().map_or(0, |content| content.len() as u64);
    }
    let mut reply = DynamicMessage::new(summary);
    set(&mut reply, "name", Value::String(name));
    set(&mut reply, "chunks", Value::U64(chunks));
    set(&mut reply, "bytes", Value::U64(bytes));
    Ok(reply)
}

/// Fails as the request says; `Ok` where it asks for that.
fn fail(request: &DynamicMessage) -> Result<(), Status> {
    let code = Code::from_i32(i32::try_from(number(request, "code")).unwrap_or_default());
    if code == Code::Ok {
        return Ok(());
    }
    let message = text(request, "message");
    let details = field(request, "details");
    let details: Vec<Any> =
        details.as_list().unwrap_or_default().iter().filter_map(Value::as_message).filter_map(packed).collect();
    if details.is_empty() {
        return Err(Status::new(code, message));
    }
    let status = StatusDetails { code: code.into(), message: message.clone(), details };
    Err(Status::with_details(code, message, status.encode_to_vec().into()))
}

/// A detail as the `google.rpc` message that it stands for: its fields have the same numbers and types.
fn packed(detail: &DynamicMessage) -> Option<Any> {
    let (kind, value): (FieldDescriptor, &Value) = detail.fields().next()?;
    let message = value.as_message()?;
    if kind.name() == "any" {
        return message.transcode_to().ok();
    }
    let type_url = format!("type.googleapis.com/google.rpc.{}", message.descriptor().name());
    Some(Any { type_url, value: message.encode_to_vec() })
}

fn set(message: &mut DynamicMessage, name: &str, value: Value) {
    // A failure would be a field that the sample does not have: the tests call every method.
    let _set = message.try_set_field_by_name(name, value);
}

fn set_now(message: &mut DynamicMessage, name: &str) {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let Some(field) = message.descriptor().get_field_by_name(name) else { return };
    let Some(timestamp) = field.kind().as_message().cloned() else { return };
    let mut value = DynamicMessage::new(timestamp);
    set(&mut value, "seconds", Value::I64(i64::try_from(now.as_secs()).unwrap_or_default()));
    set(&mut value, "nanos", Value::I32(i32::try_from(now.subsec_nanos()).unwrap_or_default()));
    set(message, name, Value::Message(value));
}

/// A `google.protobuf.Duration` field.
fn duration(message: &DynamicMessage, name: &str) -> Result<Duration, Status> {
    let value = field(message, name);
    let Some(value) = value.as_message() else { return Ok(Duration::ZERO) };
    let (seconds, nanos) = (u64::try_from(number(value, "seconds")), u32::try_from(number(value, "nanos")));
    match (seconds, nanos) {
        (Ok(seconds), Ok(nanos)) if nanos < 1_000_000_000 => Ok(Duration::new(seconds, nanos)),
        _ => Err(Status::invalid_argument(format!("{name} is no length of time"))),
    }
}
