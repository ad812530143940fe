//! The server of the bench: tonic's, static types.

use std::convert::Infallible;
use std::future::{Future, ready};
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::{Stream, StreamExt as _, stream};
use tonic::body::Body;
use tonic::server::{Grpc, NamedService, ServerStreamingService, StreamingService, UnaryService};
use tonic::transport::server::TcpIncoming;
use tonic::{Request, Response, Status, Streaming};
use tower_service::Service;

use crate::LARGEST;
use crate::wire::{Blob, Flood, ProstCodec};

/// Serves on a free port, which it prints, until it is killed.
pub(crate) fn run() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        println!("{}", listener.local_addr().unwrap().port());
        let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
        tonic::transport::Server::builder().add_service(Bench).serve_with_incoming(incoming).await.unwrap();
    });
}

#[derive(Clone)]
struct Bench;

impl NamedService for Bench {
    const NAME: &'static str = "bench.Bench";
}

type Answered<T> = Pin<Box<dyn Future<Output = T> + Send>>;
type Blobs = Pin<Box<dyn Stream<Item = Result<Blob, Status>> + Send>>;

impl Service<http::Request<Body>> for Bench {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Answered<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        fn grpc<E, D>() -> Grpc<ProstCodec<E, D>>
        where
            E: prost::Message + 'static,
            D: prost::Message + Default + 'static,
        {
            Grpc::new(ProstCodec::default()).max_decoding_message_size(LARGEST)
        }
        Box::pin(async move {
            Ok(match request.uri().path() {
                "/bench.Bench/Unary" => grpc::<Blob, Blob>().unary(Echo, request).await,
                "/bench.Bench/Chat" => grpc::<Blob, Blob>().streaming(Echo, request).await,
                _ => grpc::<Blob, Flood>().server_streaming(Flooding, request).await,
            })
        })
    }
}

struct Echo;

impl UnaryService<Blob> for Echo {
    type Response = Blob;
    type Future = std::future::Ready<Result<Response<Blob>, Status>>;

    fn call(&mut self, request: Request<Blob>) -> Self::Future {
        ready(Ok(Response::new(request.into_inner())))
    }
}

impl StreamingService<Blob> for Echo {
    type Response = Blob;
    type ResponseStream = Streaming<Blob>;
    type Future = std::future::Ready<Result<Response<Streaming<Blob>>, Status>>;

    fn call(&mut self, request: Request<Streaming<Blob>>) -> Self::Future {
        ready(Ok(Response::new(request.into_inner())))
    }
}

struct Flooding;

impl ServerStreamingService<Flood> for Flooding {
    type Response = Blob;
    type ResponseStream = Blobs;
    type Future = std::future::Ready<Result<Response<Blobs>, Status>>;

    fn call(&mut self, request: Request<Flood>) -> Self::Future {
        let Flood { count, size } = request.into_inner();
        let blob = Blob { data: vec![7; size as usize] };
        let blobs = stream::iter(0..count).map(move |_| Ok(blob.clone()));
        ready(Ok(Response::new(Box::pin(blobs) as Blobs)))
    }
}
