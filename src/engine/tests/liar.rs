//! A reflection server that does as its script says, however wrong that is.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use prost::Message as _;
use prost_types::FileDescriptorProto;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;
use tonic_reflection::pb::v1::{
    ErrorResponse, FileDescriptorResponse, ListServiceResponse, ServerReflectionRequest, ServerReflectionResponse,
    ServiceResponse,
};

use super::reflection::file;
use super::server::{Exchange, Incoming, framed, grpc_headers, h2_server, trailers, write};
use crate::engine::Engine;

/// What the server does with one request, step by step.
#[derive(Clone)]
pub(super) enum Act {
    /// Says this, as the answer to what was asked.
    Say(MessageResponse),
    /// Says this as the answer to another request.
    SayFor(MessageRequest, MessageResponse),
    /// Sends these bytes as a message.
    Raw(Bytes),
    /// Says it without end.
    Endlessly(MessageResponse),
    /// Sends the head of a message of that many bytes, half of it, and no more.
    Half(usize),
    /// Never says anything again.
    Stall,
    /// Ends the stream.
    End(&'static str),
    /// Breaks the stream off.
    Reset,
}

pub(super) type Script = Vec<(MessageRequest, Vec<Act>)>;

fn key(request: &MessageRequest) -> Vec<u8> {
    ServerReflectionRequest { host: String::new(), message_request: Some(request.clone()) }.encode_to_vec()
}

pub(super) fn server(engine: &Engine, script: Script) -> SocketAddr {
    let script: HashMap<Vec<u8>, Vec<Act>> = script.into_iter().map(|(request, acts)| (key(&request), acts)).collect();
    let script = Arc::new(script);
    engine.block_on(h2_server(move |exchange| perform(exchange, Arc::clone(&script))))
}

async fn perform(Exchange { request, mut respond }: Exchange, script: Arc<HashMap<Vec<u8>, Vec<Act>>>) {
    let mut incoming = Incoming::new(request.into_body());
    let mut stream = respond.send_response(grpc_headers(), false).unwrap();
    while let Ok(Some(message)) = incoming.next().await {
        let asked = ServerReflectionRequest::decode(message.as_slice()).unwrap();
        let response = |asked: ServerReflectionRequest, said: MessageResponse| {
            let response = ServerReflectionResponse {
                original_request: Some(asked),
                message_response: Some(said),
                ..Default::default()
            };
            framed(&response.encode_to_vec())
        };
        let unknown = vec![Act::Say(error(5, "never heard of it"))];
        for act in script.get(&message).cloned().unwrap_or(unknown) {
            let going_on = match act {
                Act::Say(said) => write(&mut stream, response(asked.clone(), said)).await,
                Act::SayFor(other, said) => {
                    let other = ServerReflectionRequest { host: String::new(), message_request: Some(other) };
                    write(&mut stream, response(other, said)).await
                }
                Act::Raw(bytes) => write(&mut stream, framed(&bytes)).await,
                Act::Endlessly(said) => {
                    let message = response(asked.clone(), said);
                    while write(&mut stream, message.clone()).await {}
                    false
                }
                Act::Half(size) => {
                    let mut part = framed(&vec![0; size]);
                    part.truncate(size / 2);
                    write(&mut stream, part).await && std::future::pending().await
                }
                Act::Stall => std::future::pending().await,
                Act::End(code) => {
                    let _open = stream.send_trailers(trailers(&[("grpc-status", code)])).is_ok();
                    false
                }
                Act::Reset => {
                    stream.send_reset(h2::Reason::INTERNAL_ERROR);
                    false
                }
            };
            if !going_on {
                return;
            }
        }
    }
}

pub(super) fn error(code: i32, message: &str) -> MessageResponse {
    MessageResponse::ErrorResponse(ErrorResponse { error_code: code, error_message: message.to_owned() })
}

pub(super) fn said(files: &[FileDescriptorProto]) -> MessageResponse {
    let file_descriptor_proto = files.iter().map(prost::Message::encode_to_vec).collect();
    MessageResponse::FileDescriptorResponse(FileDescriptorResponse { file_descriptor_proto })
}

pub(super) fn say(files: &[FileDescriptorProto]) -> Vec<Act> {
    vec![Act::Say(said(files))]
}

pub(super) fn listing(services: &[&str]) -> (MessageRequest, Vec<Act>) {
    let service = services.iter().map(|name| ServiceResponse { name: (*name).to_owned() }).collect();
    let list = MessageResponse::ListServicesResponse(ListServiceResponse { service });
    (MessageRequest::ListServices(String::new()), vec![Act::Say(list)])
}

/// A file whose service needs nothing but itself.
pub(super) fn whole(name: &str, service: &str) -> FileDescriptorProto {
    let mut whole = file(name, &[], Some(service));
    whole.message_type.push(prost_types::DescriptorProto { name: Some("M".to_owned()), ..Default::default() });
    let own = format!(".{}.M", whole.package());
    for method in &mut whole.service[0].method {
        method.input_type = Some(own.clone());
        method.output_type = Some(own.clone());
    }
    whole
}
