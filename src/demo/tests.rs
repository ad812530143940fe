//! Every method of every sample, called through a client of tonic's over the very routes that the server serves.
//!
//! In process: what a connection adds is tested with the engine.

use std::time::{Duration, Instant};

use futures_util::stream;
use http::uri::PathAndQuery;
use prost_reflect::{DynamicMessage, MethodDescriptor};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tonic::client::Grpc;
use tonic::metadata::MetadataMap;
use tonic::{Code, Request, Status};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;

use super::*;

/// A server without a socket.
struct Server {
    routes: Routes,
    running: Option<watch::Sender<()>>,
}

/// What came of a call.
struct Outcome {
    headers: MetadataMap,
    replies: Vec<Value>,
    times: Vec<Duration>,
    end: Result<MetadataMap, Status>,
}

impl Server {
    async fn new() -> Self {
        let (running, stopped) = watch::channel(());
        Self { routes: routes(stopped).await.unwrap(), running: Some(running) }
    }

    async fn call(&self, path: &str, requests: &[Value]) -> Outcome {
        self.call_with(path, requests, MetadataMap::new()).await
    }

    async fn call_with(&self, path: &str, requests: &[Value], metadata: MetadataMap) -> Outcome {
        let method = method(path);
        let input = method.input();
        let requests: Vec<_> =
            requests.iter().map(|json| DynamicMessage::deserialize(input.clone(), json).unwrap()).collect();
        let mut request = Request::new(stream::iter(requests));
        *request.metadata_mut() = metadata;
        let mut client = Grpc::new(self.routes.clone()).max_decoding_message_size(64 << 20);
        client.ready().await.unwrap();
        let codec = codec::DynamicCodec { decoded: method.output() };
        let started = Instant::now();
        let path = PathAndQuery::try_from(format!("/{path}")).unwrap();
        let mut outcome = Outcome {
            headers: MetadataMap::new(),
            replies: Vec::new(),
            times: Vec::new(),
            end: Err(Status::unknown("not ended")),
        };
        let response = match client.streaming(request, path, codec).await {
            Ok(response) => response,
            Err(status) => {
                outcome.headers = status.metadata().clone();
                outcome.end = Err(status);
                return outcome;
            }
        };
        outcome.headers = response.metadata().clone();
        let mut replies = response.into_inner();
        outcome.end = loop {
            match replies.message().await {
                Ok(Some(reply)) => {
                    outcome.replies.push(serde_json::to_value(&reply).unwrap());
                    outcome.times.push(started.elapsed());
                }
                Ok(None) => break Ok(replies.trailers().await.unwrap().unwrap_or_default()),
                Err(status) => break Err(status),
            }
        };
        outcome
    }
}

fn method(path: &str) -> MethodDescriptor {
    let (service, name) = path.split_once('/').unwrap();
    let samples = samples::compile().unwrap();
    let service = samples.iter().find_map(|sample| sample.pool.get_service_by_name(service)).unwrap();
    service.methods().find(|method| method.name() == name).unwrap()
}

async fn check(path: &str, requests: Value, replies: Value) {
    let outcome = Server::new().await.call(path, requests.as_array().unwrap()).await;
    assert!(outcome.end.is_ok(), "{path}: {:?}", outcome.end);
    assert_eq!(Value::Array(outcome.replies), replies, "{path}");
    assert_eq!(outcome.headers.get("x-served-by").unwrap(), "trunkline-demo");
    assert!(outcome.end.unwrap().get("x-elapsed-us").unwrap().to_str().unwrap().parse::<u64>().is_ok());
}

#[tokio::test]
async fn the_small_samples_answer_in_all_four_kinds() {
    let five = |field: &str| {
        let reply = |number| json!({ field: format!("Hello, Ada! Number {number}") });
        Value::Array((1..=5).map(reply).collect())
    };
    let ada_and_world = json!([{ "name": "Ada" }, { "name": "世界" }]);
    check("helloworld.Greeter/SayHello", json!([{ "name": "Ada" }]), json!([{ "message": "Hello, Ada!" }])).await;
    check("helloworld.Greeter/SayHelloServerStreaming", json!([{ "name": "Ada" }]), five("message")).await;
    check(
        "helloworld.Greeter/SayHelloClientStreaming",
        ada_and_world.clone(),
        json!([{ "message": "Hello, Ada, 世界!" }]),
    )
    .await;
    check(
        "helloworld.Greeter/SayHelloBiDiStreaming",
        ada_and_world.clone(),
        json!([{ "message": "Hello, Ada!" }, { "message": "Hello, 世界!" }]),
    )
    .await;
    check("hello.Greeter/SayHello", json!([{ "name": "Ada" }]), json!([{ "reply": "Hello, Ada!" }])).await;
    check("hello.Greeter/LotsOfReplies", json!([{ "name": "Ada" }]), five("reply")).await;
    check("hello.Greeter/LotsOfGreetings", ada_and_world, json!([{ "reply": "Hello, Ada, 世界!" }])).await;
    check("hello.Hello/SayHello", json!([{ "name": "Ada", "age": 36 }]), json!([{ "message": "hello Ada 36" }])).await;
    check("signup.Accounts/SignUp", json!([{ "name": "世界" }]), json!([{ "message": "Welcome, 世界!" }])).await;
    check("Crypt/DoEncrypt", json!([{ "token": "t-", "data": ["a", "二"] }]), json!([{ "data": ["t-a", "t-二"] }]))
        .await;
}

#[tokio::test]
async fn random_numbers_are_from_10_to_20() {
    let server = Server::new().await;
    for _ in 0..50 {
        let outcome = server.call("TestServer/GetRandom", &[json!({ "id": "x" })]).await;
        let random = outcome.replies[0]["random"].as_i64().unwrap();
        assert!((10..=20).contains(&random), "{random}");
    }
}

#[tokio::test]
async fn a_stream_of_greetings_begins_at_once_and_is_paced() {
    let server = Server::new().await;
    let outcome = server.call("helloworld.Greeter/SayHelloServerStreaming", &[json!({ "name": "Ada" })]).await;
    let times: Vec<_> = outcome.times.iter().map(Duration::as_millis).collect();
    assert_eq!(times.len(), 5);
    assert!(times[0] + 750 < times[4] && times[4] >= 795, "four pauses of 200 ms: {times:?}");
}

#[tokio::test]
async fn echo_answers_the_same_message_and_the_metadata() {
    let request = std::fs::read_to_string("assets/demo-collection/kitchen-sink/echo.request.json").unwrap();
    let request: Value = serde_json::from_str(&request).unwrap();
    let message = request["messages"][0].clone();
    let mut metadata = MetadataMap::new();
    metadata.append("x-trace", "one".parse().unwrap());
    metadata.append("x-trace", "two".parse().unwrap());
    metadata.insert_bin("raw-bin", tonic::metadata::MetadataValue::from_bytes(&[0, 255]));
    let path = "trunkline.demo.v1.KitchenSink/Echo";
    let outcome = Server::new().await.call_with(path, std::slice::from_ref(&message), metadata).await;
    let canonical = DynamicMessage::deserialize(method(path).input(), &message).unwrap();
    assert_eq!(outcome.replies, [serde_json::to_value(&canonical).unwrap()]);
    let echoed: Vec<_> = outcome.headers.get_all("x-echo-x-trace").iter().collect();
    assert_eq!(echoed, ["one", "two"]);
    assert_eq!(outcome.headers.get_bin("x-echo-raw-bin").unwrap().to_bytes().unwrap().as_ref(), [0, 255]);
    assert!(outcome.headers.get("x-echo-te").is_none());
}

#[tokio::test]
async fn chat_answers_each_line_and_says_goodbye() {
    let lines = [json!({ "from": "Ada", "text": "hi" }), json!({ "text": "你好" })];
    let outcome = Server::new().await.call("trunkline.demo.v1.KitchenSink/Chat", &lines).await;
    let said: Vec<_> = outcome.replies.iter().map(|reply| reply["text"].as_str().unwrap()).collect();
    assert_eq!(said, ["Ada, you said: hi", "You said: 你好", "Goodbye!"]);
    assert!(outcome.replies.iter().all(|reply| reply["from"] == "demo" && reply["at"].is_string()));
}

#[tokio::test]
async fn the_ticker_ticks_as_asked() {
    let server = Server::new().await;
    let path = "trunkline.demo.v1.KitchenSink/Ticker";
    let started = Instant::now();
    let outcome = server.call(path, &[json!({ "interval": "0.05s", "count": 3, "payloadSize": 27 })]).await;
    assert!(started.elapsed() >= Duration::from_millis(95), "two intervals");
    let ticks: Vec<_> = outcome.replies.iter().map(|tick| tick["number"].as_str().unwrap()).collect();
    assert_eq!(ticks, ["1", "2", "3"]);
    assert_eq!(outcome.replies[0]["payload"], "YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXph");
    assert_eq!(server.call(path, &[json!({ "count": 1000 })]).await.replies.len(), 1000);
    for wrong in [json!({ "payloadSize": 17 << 20 }), json!({ "interval": "-1s" })] {
        assert_eq!(server.call(path, &[wrong]).await.end.unwrap_err().code(), Code::InvalidArgument);
    }
}

#[tokio::test]
async fn uploads_are_counted() {
    let chunks = [json!({ "name": "a.txt", "content": "AAEC" }), json!({ "name": "b", "content": "AA==" }), json!({})];
    let outcome = Server::new().await.call("trunkline.demo.v1.KitchenSink/Upload", &chunks).await;
    assert_eq!(outcome.replies, [json!({ "name": "a.txt", "chunks": "3", "bytes": "4" })]);
    let outcome = Server::new().await.call("trunkline.demo.v1.KitchenSink/Upload", &[]).await;
    assert_eq!(outcome.replies, [json!({})]);
}

#[tokio::test]
async fn fail_fails_as_asked() {
    let server = Server::new().await;
    let path = "trunkline.demo.v1.KitchenSink/Fail";
    let details = json!([
        { "errorInfo": { "reason": "NO" } },
        { "any": { "@type": "type.googleapis.com/google.protobuf.Empty", "value": {} } },
        {},
    ]);
    let request = json!({ "code": "NOT_FOUND", "message": "没有", "details": details });
    let status = server.call(path, &[request]).await.end.unwrap_err();
    assert_eq!((status.code(), status.message()), (Code::NotFound, "没有"));
    // google.rpc.Status by hand: code 5, message of 6 bytes, two details.
    let error_info = b"\n(type.googleapis.com/google.rpc.ErrorInfo\x12\x04\n\x02NO";
    let empty = b"\n)type.googleapis.com/google.protobuf.Empty";
    let mut expected = b"\x08\x05\x12\x06".to_vec();
    expected.extend_from_slice("没有".as_bytes());
    for detail in [error_info.as_slice(), empty.as_slice()] {
        expected.extend_from_slice(&[0x1a, u8::try_from(detail.len()).unwrap()]);
        expected.extend_from_slice(detail);
    }
    assert_eq!(status.details(), expected);
    assert!(server.call(path, &[json!({})]).await.end.is_ok());
    let bare = server.call(path, &[json!({ "code": "ABORTED" })]).await.end.unwrap_err();
    assert_eq!((bare.code(), bare.details().len()), (Code::Aborted, 0));
}

#[tokio::test]
async fn a_unary_call_without_a_message_and_an_unknown_method_are_told() {
    let server = Server::new().await;
    let status = server.call("hello.Hello/SayHello", &[]).await.end.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
    let mut client = Grpc::new(server.routes.clone());
    client.ready().await.unwrap();
    let codec = codec::DynamicCodec { decoded: method("hello.Hello/SayHello").output() };
    let request = Request::new(stream::iter(Vec::<DynamicMessage>::new()));
    let status = client.streaming(request, PathAndQuery::from_static("/no.Such/Method"), codec).await.unwrap_err();
    assert_eq!(
        (status.code(), status.message()),
        (Code::Unimplemented, "the demo server has no method /no.Such/Method")
    );
}

#[tokio::test]
async fn streams_end_when_the_server_stops() {
    let mut server = Server::new().await;
    let running = server.running.take();
    let request = [json!({ "interval": "0.001s" })];
    let ticking = server.call("trunkline.demo.v1.KitchenSink/Ticker", &request);
    let stopping = async move {
        tokio::time::sleep(Duration::from_millis(5)).await;
        drop(running);
    };
    let (outcome, ()) = tokio::time::timeout(Duration::from_secs(10), futures_util::future::join(ticking, stopping))
        .await
        .expect("the endless stream ends");
    assert_eq!(outcome.end.unwrap_err().code(), Code::Unavailable);
}

#[tokio::test]
async fn health_knows_every_service() {
    let server = Server::new().await;
    let mut client = HealthClient::new(server.routes.clone());
    for service in ["", "helloworld.Greeter", "hello.Hello", "TestServer", "trunkline.demo.v1.KitchenSink"] {
        let answer = client.check(HealthCheckRequest { service: service.to_owned() }).await.unwrap();
        assert_eq!(answer.into_inner().status, 1, "{service}");
    }
    let unknown = client.check(HealthCheckRequest { service: "no.Such".to_owned() }).await.unwrap_err();
    assert_eq!(unknown.code(), Code::NotFound);
}

async fn ask(question: MessageRequest) -> MessageResponse {
    let routes = Server::new().await.routes;
    let mut client = v1::server_reflection_client::ServerReflectionClient::new(routes.clone());
    let question = v1::ServerReflectionRequest { host: "here".to_owned(), message_request: Some(question) };
    let mut answers = client.server_reflection_info(stream::iter([question.clone()])).await.unwrap().into_inner();
    let answer = answers.message().await.unwrap().unwrap();
    assert_eq!((answer.valid_host.as_str(), &answer.original_request), ("here", &Some(question.clone())));

    let mut client = v1alpha::server_reflection_client::ServerReflectionClient::new(routes);
    let older: v1alpha::ServerReflectionRequest = recode(&question);
    let mut answers = client.server_reflection_info(stream::iter([older])).await.unwrap().into_inner();
    let older = answers.message().await.unwrap().unwrap();
    assert_eq!(recode::<v1::ServerReflectionResponse>(&older), answer, "v1alpha answers as v1 does");
    answer.message_response.unwrap()
}

fn recode<T: prost::Message + Default>(message: &impl prost::Message) -> T {
    T::decode(message.encode_to_vec().as_slice()).unwrap()
}

/// The names of the files that answer a question.
async fn files(question: MessageRequest) -> Vec<String> {
    let MessageResponse::FileDescriptorResponse(answer) = ask(question).await else { panic!("no files") };
    let files = answer.file_descriptor_proto.iter();
    files
        .map(|file| {
            <prost_types::FileDescriptorProto as prost::Message>::decode(file.as_slice()).unwrap().name.unwrap()
        })
        .collect()
}

async fn error(question: MessageRequest) -> (i32, String) {
    let MessageResponse::ErrorResponse(error) = ask(question).await else { panic!("no error") };
    (error.error_code, error.error_message)
}

#[tokio::test]
async fn reflection_lists_every_service() {
    let MessageResponse::ListServicesResponse(list) = ask(MessageRequest::ListServices(String::new())).await else {
        panic!("no list")
    };
    let names: Vec<_> = list.service.iter().map(|service| service.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "Crypt",
            "TestServer",
            "grpc.health.v1.Health",
            "grpc.reflection.v1.ServerReflection",
            "grpc.reflection.v1alpha.ServerReflection",
            "hello.Greeter",
            "hello.Hello",
            "helloworld.Greeter",
            "signup.Accounts",
            "trunkline.demo.v1.KitchenSink",
        ]
    );
}

#[tokio::test]
async fn reflection_finds_the_file_of_each_symbol() {
    let symbol = |name: &str| files(MessageRequest::FileContainingSymbol(name.to_owned()));
    assert_eq!(symbol("hello.Greeter").await, ["greeter.proto"]);
    assert_eq!(symbol("hello.Hello").await, ["hello.proto"]);
    assert_eq!(symbol("hello.Hello.SayHello").await, ["hello.proto"]);
    assert_eq!(symbol("helloworld.HelloReply.message").await, ["helloworld.proto"]);
    assert_eq!(symbol("trunkline.demo.common.v1.CURRENCY_EUR").await, ["common/money.proto"]);
    assert_eq!(symbol("trunkline.demo.v1.Everything.Nested.Inner").await[0], "kitchen_sink.proto");
    assert_eq!(symbol("grpc.health.v1.Health").await.len(), 1);
    let kitchen_sink = files(MessageRequest::FileByFilename("kitchen_sink.proto".to_owned())).await;
    assert_eq!(kitchen_sink.len(), 11, "{kitchen_sink:?}");
    assert!(kitchen_sink.contains(&"google/protobuf/wrappers.proto".to_owned()));
}

#[tokio::test]
async fn reflection_tells_what_it_does_not_know() {
    let not_found = Code::NotFound as i32;
    let question = MessageRequest::FileContainingSymbol("no.Such".to_owned());
    assert_eq!(error(question).await, (not_found, "no symbol no.Such".to_owned()));
    let question = MessageRequest::FileByFilename("no.proto".to_owned());
    assert_eq!(error(question).await, (not_found, "no file no.proto".to_owned()));
    let request = v1::ExtensionRequest { containing_type: "hello.HelloReply".to_owned(), extension_number: 7 };
    let question = MessageRequest::FileContainingExtension(request);
    assert_eq!(error(question).await, (not_found, "no extension 7 of hello.HelloReply".to_owned()));
    let question = MessageRequest::AllExtensionNumbersOfType("no.Such".to_owned());
    assert_eq!(error(question).await, (not_found, "no message no.Such".to_owned()));
    let question = MessageRequest::AllExtensionNumbersOfType("hello.HelloReply".to_owned());
    let MessageResponse::AllExtensionNumbersResponse(answer) = ask(question).await else { panic!("no numbers") };
    assert_eq!((answer.base_type_name.as_str(), answer.extension_number.len()), ("hello.HelloReply", 0));
}

#[tokio::test]
async fn the_server_listens_where_it_says_until_it_is_dropped() {
    let demo = start(Port::Exactly(0)).await.unwrap();
    let address = demo.address;
    assert!(address.ip().is_loopback());
    TcpStream::connect(address).await.unwrap();

    let taken = start(Port::Exactly(address.port())).await.unwrap_err();
    assert_eq!(taken.kind(), io::ErrorKind::AddrInUse);
    assert!(taken.to_string().contains(&address.port().to_string()), "{taken}");
    let elsewhere = start(Port::Preferably(address.port())).await.unwrap();
    assert_ne!(elsewhere.address, address);

    drop(demo);
    let refused = async {
        while TcpStream::connect(address).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), refused).await.expect("nobody listens any more");
}
