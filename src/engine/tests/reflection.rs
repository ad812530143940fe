//! Reflection against tonic's own server, and against servers that do it badly.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use prost::Message as _;
use prost_types::{
    DescriptorProto, FileDescriptorProto, FileDescriptorSet, MethodDescriptorProto, ServiceDescriptorProto,
};
use tokio_stream::wrappers::TcpListenerStream;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;
use tonic_reflection::pb::v1::{
    ErrorResponse, FileDescriptorResponse, ListServiceResponse, ServerReflectionRequest, ServerReflectionResponse,
    ServiceResponse,
};

use super::server::{
    Exchange, Incoming, access, engine, framed, grpc_headers, h2_server, listen, run, soon, spec, trailers, write,
};
use crate::engine::job::Progress;
use crate::engine::reflection::{Asking, Offer, ask};
use crate::engine::{Cause, Engine, Missing, Offered, ReflectionFailure};
use crate::schema::{Kind, MethodPath};

pub(super) fn file(name: &str, imports: &[&str], service: Option<&str>) -> FileDescriptorProto {
    let method = MethodDescriptorProto {
        name: Some("Go".to_owned()),
        input_type: Some(".base.M".to_owned()),
        output_type: Some(".base.M".to_owned()),
        ..Default::default()
    };
    let message = DescriptorProto { name: Some("M".to_owned()), ..Default::default() };
    FileDescriptorProto {
        name: Some(name.to_owned()),
        package: Some(name.trim_end_matches(".proto").to_owned()),
        dependency: imports.iter().map(|import| (*import).to_owned()).collect(),
        message_type: if service.is_none() { vec![message] } else { Vec::new() },
        service: service
            .map(|name| ServiceDescriptorProto {
                name: Some(name.to_owned()),
                method: vec![method],
                ..Default::default()
            })
            .into_iter()
            .collect(),
        syntax: Some("proto3".to_owned()),
        ..Default::default()
    }
}

fn reflect(engine: &Engine, address: SocketAddr, timeout: Duration) -> Result<Offer, ReflectionFailure> {
    let access = access(address);
    let asking = Asking { access, timeout, only: None };
    let progress = Progress::default();
    engine.block_on(ask(engine.handle.clone(), Arc::clone(&engine.pool), asking, &progress))
}

fn names(offer: &Offer) -> Vec<String> {
    let mut names: Vec<String> =
        offer.files.iter().map(|file| FileDescriptorProto::decode(&**file).unwrap().name().to_owned()).collect();
    names.sort();
    names
}

#[test]
fn tonics_servers_answer_in_both_versions() {
    let engine = engine();
    for old in [false, true] {
        let set = FileDescriptorSet {
            file: vec![file("base.proto", &[], None), file("shop.proto", &["base.proto"], Some("Shop"))],
        };
        let builder = tonic_reflection::server::Builder::configure().register_file_descriptor_set(set);
        let address = engine.block_on(async {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = listener.local_addr().unwrap();
            let mut server = tonic::transport::Server::builder();
            let router = if old {
                server.add_service(builder.build_v1alpha().unwrap())
            } else {
                server.add_service(builder.build_v1().unwrap())
            };
            tokio::spawn(router.serve_with_incoming(TcpListenerStream::new(listener)));
            address
        });
        let offer = reflect(&engine, address, Duration::from_secs(10)).unwrap();
        let version = if old { "v1alpha" } else { "v1" };
        assert_eq!(offer.services, [format!("grpc.reflection.{version}.ServerReflection"), "shop.Shop".to_owned()]);
        let names = names(&offer);
        assert!(names.contains(&"base.proto".to_owned()) && names.contains(&"shop.proto".to_owned()), "{names:?}");
        assert_eq!(offer.problems, []);
    }
}

/// What a bad server does with a request.
#[derive(Clone)]
enum Reply {
    Say(MessageResponse),
    EndWith(&'static str, &'static str),
    Silence,
}

/// A server that answers by this table; what it does not know it ends the stream for with NOT_FOUND.
fn server(engine: &Engine, table: Vec<(MessageRequest, Reply)>) -> SocketAddr {
    let table: Arc<HashMap<Vec<u8>, Reply>> =
        Arc::new(table.into_iter().map(|(request, reply)| (key(Some(request)), reply)).collect());
    engine.block_on(h2_server(move |exchange| answer(exchange, Arc::clone(&table))))
}

fn key(request: Option<MessageRequest>) -> Vec<u8> {
    ServerReflectionRequest { host: String::new(), message_request: request }.encode_to_vec()
}

async fn answer(Exchange { request, mut respond }: Exchange, table: Arc<HashMap<Vec<u8>, Reply>>) {
    let mut incoming = Incoming::new(request.into_body());
    let mut stream = respond.send_response(grpc_headers(), false).unwrap();
    while let Ok(Some(message)) = incoming.next().await {
        match table.get(&message).cloned().unwrap_or(Reply::EndWith("5", "no such thing")) {
            Reply::Say(response) => {
                let response = ServerReflectionResponse { message_response: Some(response), ..Default::default() };
                if !write(&mut stream, framed(&response.encode_to_vec())).await {
                    return;
                }
            }
            Reply::EndWith(code, message) => {
                // A client that has gone wants no trailers.
                let _open = stream.send_trailers(trailers(&[("grpc-status", code), ("grpc-message", message)])).is_ok();
                return;
            }
            Reply::Silence => std::future::pending().await,
        }
    }
}

fn listing(services: &[&str]) -> (MessageRequest, Reply) {
    let service = services.iter().map(|name| ServiceResponse { name: (*name).to_owned() }).collect();
    let list = MessageResponse::ListServicesResponse(ListServiceResponse { service });
    (MessageRequest::ListServices(String::new()), Reply::Say(list))
}

fn files(files: &[FileDescriptorProto]) -> Reply {
    let file_descriptor_proto = files.iter().map(prost::Message::encode_to_vec).collect();
    Reply::Say(MessageResponse::FileDescriptorResponse(FileDescriptorResponse { file_descriptor_proto }))
}

fn error(code: i32, message: &str) -> Reply {
    let error = ErrorResponse { error_code: code, error_message: message.to_owned() };
    Reply::Say(MessageResponse::ErrorResponse(error))
}

pub(super) fn symbol(name: &str) -> MessageRequest {
    MessageRequest::FileContainingSymbol(name.to_owned())
}

pub(super) fn named(name: &str) -> MessageRequest {
    MessageRequest::FileByFilename(name.to_owned())
}

#[test]
fn imports_are_fetched_once_and_what_is_missing_is_told() {
    let engine = engine();
    let imports = ["base.proto", "gone.proto", "google/protobuf/empty.proto"];
    let address = server(
        &engine,
        vec![
            listing(&["c.C", "a.A", "b.B", "d.D", "e.E", "a.A"]),
            (symbol("a.A"), files(&[file("a.proto", &imports, Some("A"))])),
            (symbol("b.B"), files(&[file("b.proto", &["base.proto"], Some("B")), file("a.proto", &[], Some("A"))])),
            // The stream ends with NOT_FOUND for c.C, which is not in the table.
            (symbol("d.D"), error(5, "not here")),
            (symbol("e.E"), Reply::EndWith("13", "it broke")),
            (named("base.proto"), files(&[file("base.proto", &["deep.proto"], None)])),
            (named("deep.proto"), files(&[file("deep.proto", &["base.proto"], None)])),
        ],
    );
    let offer = reflect(&engine, address, Duration::from_secs(10)).unwrap();
    assert_eq!(offer.services, ["a.A", "b.B", "c.C", "d.D", "e.E"]);
    assert_eq!(names(&offer), ["a.proto", "b.proto", "base.proto", "deep.proto"]);
    let problems: Vec<String> = offer.problems.iter().map(|p| format!("{}|{}", p.file, p.message)).collect();
    assert_eq!(
        problems,
        [
            "a.proto|the server sent this file twice, with different content: the first is used",
            "|the server does not describe its service c.C: NOT_FOUND: no such thing",
            "|the server does not describe its service d.D: NOT_FOUND: not here",
            "|the server does not describe its service e.E: INTERNAL: it broke",
            "gone.proto|the server does not have this imported file: NOT_FOUND: no such thing",
        ]
    );
}

#[test]
fn many_services_are_asked_for_in_order() {
    let engine = engine();
    let all: Vec<String> = (0..200).map(|number| format!("s{number:03}.S")).collect();
    let mut table = vec![listing(&all.iter().map(String::as_str).collect::<Vec<_>>())];
    for service in &all {
        let name = format!("{}.proto", service.trim_end_matches(".S"));
        table.push((symbol(service), files(&[file(&name, &[], Some("S"))])));
    }
    let offer = reflect(&engine, server(&engine, table), Duration::from_secs(10)).unwrap();
    assert_eq!((offer.services, offer.files.len(), offer.problems), (all, 200, Vec::new()));
}

#[test]
fn a_server_without_reflection_says_so() {
    let engine = engine();
    let address = engine.block_on(h2_server(|mut exchange| async move {
        let mut head = grpc_headers();
        head.headers_mut().extend(trailers(&[("grpc-status", "12")]));
        exchange.respond.send_response(head, true).unwrap();
    }));
    let failure = reflect(&engine, address, Duration::from_secs(10)).unwrap_err();
    assert_eq!((failure.status.code, failure.cause), (12, None));
}

#[test]
fn a_refusal_is_passed_on() {
    let engine = engine();
    let address =
        server(&engine, vec![(MessageRequest::ListServices(String::new()), Reply::EndWith("16", "who are you"))]);
    let failure = reflect(&engine, address, Duration::from_secs(10)).unwrap_err();
    assert_eq!((failure.status.code, failure.status.message.as_str()), (16, "who are you"));
}

#[test]
fn silence_ends_with_the_timeout() {
    let engine = engine();
    let list = MessageRequest::ListServices(String::new());
    let address = server(&engine, vec![(list, Reply::Silence)]);
    let failure = reflect(&engine, address, Duration::from_millis(100)).unwrap_err();
    assert_eq!(failure.status.code, 4);
    // What was described before the silence is kept.
    let known = (symbol("a.A"), files(&[file("a.proto", &["b.proto"], Some("A"))]));
    let address = server(&engine, vec![listing(&["a.A"]), known, (named("b.proto"), Reply::Silence)]);
    let offer = reflect(&engine, address, Duration::from_millis(300)).unwrap();
    assert_eq!(names(&offer), ["a.proto"]);
    assert!(offer.problems[0].message.contains("did not answer within 300ms"), "{:?}", offer.problems);
}

#[test]
fn answers_that_are_none_do_no_harm() {
    let engine = engine();
    let address = engine.block_on(h2_server(|Exchange { request, mut respond }| async move {
        let mut incoming = Incoming::new(request.into_body());
        let mut stream = respond.send_response(grpc_headers(), false).unwrap();
        while let Ok(Some(_)) = incoming.next().await {
            if !write(&mut stream, framed(b"\xff\xff\xff")).await {
                return;
            }
        }
    }));
    let failure = reflect(&engine, address, Duration::from_secs(10)).unwrap_err();
    assert!(matches!(failure.cause, Some(Cause::BadFrame { .. })), "{failure:?}");
    let junk = FileDescriptorResponse { file_descriptor_proto: vec![vec![0xff; 3]] };
    let table = vec![listing(&["a.A"]), (symbol("a.A"), Reply::Say(MessageResponse::FileDescriptorResponse(junk)))];
    let offer = reflect(&engine, server(&engine, table), Duration::from_secs(10)).unwrap();
    assert_eq!((offer.files, offer.problems.len()), (Vec::<Bytes>::new(), 1));
}

#[test]
fn nobody_there_is_the_same_failure_as_for_a_call() {
    let engine = engine();
    let address = engine.block_on(listen(|stream| async move { drop(stream) }));
    let failure = reflect(&engine, address, Duration::from_secs(10)).unwrap_err();
    assert!(matches!(failure.cause, Some(Cause::NotHttp2 { .. })), "{failure:?}");
}

#[test]
fn a_reflection_job_ends_whatever_becomes_of_the_schema() {
    let engine = engine();
    let address = server(&engine, vec![listing(&[])]);
    let access = access(address);
    let job = engine.reflect("target".to_owned(), access, Duration::from_secs(10));
    drop(engine.block_on(soon(job.wait())));
}

#[test]
fn a_server_tells_what_it_has_in_place_of_a_method() {
    let engine = engine();
    let set = FileDescriptorSet {
        file: vec![file("base.proto", &[], None), file("shop.proto", &["base.proto"], Some("Shop"))],
    };
    let builder = tonic_reflection::server::Builder::configure().register_file_descriptor_set(set);
    let address = engine.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = tonic::transport::Server::builder().add_service(builder.build_v1().unwrap());
        tokio::spawn(router.serve_with_incoming(TcpListenerStream::new(listener)));
        address
    });
    let offered = |service: &str, method: &str| {
        let wanted = MethodPath { service: service.to_owned(), method: method.to_owned() };
        let job = engine.offered(access(address), wanted, Duration::from_secs(10));
        engine.block_on(soon(job.wait())).unwrap().unwrap()
    };
    let check = |offered: Offered, missing, meant: Option<&str>, names: &[&str]| {
        assert_eq!((offered.missing, offered.meant.as_deref()), (missing, meant), "{offered:?}");
        assert_eq!(offered.names, names, "{offered:?}");
    };
    check(offered("shop.Shops", "Go"), Missing::Service, Some("shop.Shop"), &["shop.Shop"]);
    check(offered("far.Away", "Go"), Missing::Service, None, &["shop.Shop"]);
    check(offered("shop.Shop", "Goo"), Missing::Method, Some("Go"), &["Go"]);
    check(offered("shop.Shop", "Go"), Missing::Nothing, None, &["Go"]);
    // It is the server's own UNIMPLEMENTED that leads there; tonic says nothing with it.
    let (_, outcome) = run(&engine, spec(address, Kind::Unary, &["x"]));
    assert_eq!(outcome.cause, Some(Cause::NoSuchMethod { method: "test.Echo/Run".to_owned() }), "{outcome:?}");
}

#[test]
fn a_server_without_reflection_or_that_is_silent_has_nothing_to_offer() {
    let engine = engine();
    let list = MessageRequest::ListServices(String::new());
    for table in [vec![(list.clone(), Reply::EndWith("12", ""))], vec![(list, Reply::Silence)]] {
        let address = server(&engine, table);
        let wanted = MethodPath { service: "a.B".to_owned(), method: "C".to_owned() };
        let job = engine.offered(access(address), wanted, Duration::from_millis(300));
        assert!(engine.block_on(soon(job.wait())).unwrap().is_err());
    }
}
