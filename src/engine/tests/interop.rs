//! Against tonic's own server: compression both ways of saying it, metadata, statuses with details.

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};
use tokio_stream::wrappers::TcpListenerStream;
use tonic::body::Body;
use tonic::codec::CompressionEncoding;
use tonic::metadata::{MetadataMap, MetadataValue as TonicValue};
use tonic::server::{NamedService, StreamingService};
use tonic::{Code, Request, Response, Status, Streaming};
use tower_service::Service;

use super::server::{engine, run, spec};
use crate::engine::channel::Ending;
use crate::engine::codec::RawCodec;
use crate::engine::{EndedBy, Engine, Happened};
use crate::request::MetadataValue;
use crate::schema::Kind;

/// Echoes, and fails with details where a message says so.
#[derive(Clone)]
struct Echo {
    encoding: Option<CompressionEncoding>,
}

impl NamedService for Echo {
    const NAME: &'static str = "test.Echo";
}

impl Service<http::Request<Body>> for Echo {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let mut grpc = tonic::server::Grpc::new(RawCodec { max_send: usize::MAX, ending: Ending::default() });
        if let Some(encoding) = self.encoding {
            grpc = grpc.send_compressed(encoding);
        }
        Box::pin(async move { Ok(grpc.streaming(Answer, request).await) })
    }
}

struct Answer;

impl StreamingService<Bytes> for Answer {
    type Response = Bytes;
    type ResponseStream = Pin<Box<dyn Stream<Item = Result<Bytes, Status>> + Send>>;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Self::ResponseStream>, Status>> + Send>>;

    fn call(&mut self, request: Request<Streaming<Bytes>>) -> Self::Future {
        Box::pin(async move {
            let (metadata, _, messages) = request.into_parts();
            let answers = messages.map(|message| match message {
                Ok(message) if message == "fail" => {
                    let mut metadata = MetadataMap::new();
                    metadata.insert_bin("x-more-bin", TonicValue::from_bytes(&[1, 2, 255]));
                    let details = Bytes::from_static(&[8, 9]);
                    Err(Status::with_details_and_metadata(Code::FailedPrecondition, "not now: é", details, metadata))
                }
                other => other,
            });
            let mut response = Response::new(Box::pin(answers) as Self::ResponseStream);
            if let Some(value) = metadata.get("x-say") {
                response.metadata_mut().insert("x-said", value.clone());
            }
            Ok(response)
        })
    }
}

fn server(engine: &Engine, encoding: Option<CompressionEncoding>) -> SocketAddr {
    engine.block_on(async move {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = tonic::transport::Server::builder().add_service(Echo { encoding });
        tokio::spawn(router.serve_with_incoming(TcpListenerStream::new(listener)));
        address
    })
}

#[test]
fn compressed_answers_are_read() {
    let engine = engine();
    for encoding in [None, Some(CompressionEncoding::Gzip), Some(CompressionEncoding::Deflate)] {
        let address = server(&engine, encoding);
        let mut spec = spec(address, Kind::Unary, &[]);
        let message = Bytes::from(vec![b'a'; 100_000]);
        spec.messages = vec![message.clone()];
        spec.access.metadata = vec![("x-say".to_owned(), MetadataValue::Text("hi".to_owned()))];
        let (events, outcome) = run(&engine, spec);
        assert_eq!((outcome.status.code, outcome.ended_by), (0, EndedBy::Server), "{encoding:?} {outcome:?}");
        let received =
            events.iter().any(|event| matches!(&event.what, Happened::Received(got) if got.message == message));
        assert!(received, "{encoding:?}");
        let headers = events.iter().find_map(|event| match &event.what {
            Happened::Headers(headers) => Some(headers),
            _ => None,
        });
        let headers = headers.unwrap();
        assert!(headers.contains(&("x-said".to_owned(), MetadataValue::Text("hi".to_owned()))), "{headers:?}");
        assert_eq!(headers.iter().any(|(name, _)| name == "grpc-encoding"), encoding.is_some(), "{headers:?}");
    }
}

#[test]
fn a_status_comes_whole() {
    let engine = engine();
    let address = server(&engine, None);
    let (_, outcome) = run(&engine, spec(address, Kind::ServerStreaming, &["fail"]));
    assert_eq!((outcome.status.code, outcome.status.message.as_str()), (9, "not now: é"));
    assert_eq!(outcome.status.details, Bytes::from_static(&[8, 9]));
    let more = MetadataValue::Binary(Bytes::from_static(&[1, 2, 255]));
    assert_eq!(outcome.trailers, [("x-more-bin".to_owned(), more)]);
}
