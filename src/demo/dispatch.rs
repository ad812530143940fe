//! From an HTTP request to the method that it names, and from its replies back to an HTTP response. All four kinds of
//! call take the same way.
//!
//! Must not know: what the methods answer.

use std::collections::HashMap;
use std::convert::Infallible;
use std::future::{Future, ready};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use futures_util::{FutureExt as _, Stream, stream};
use http::HeaderValue;
use http_body_util::BodyExt as _;
use prost_reflect::{DynamicMessage, MethodDescriptor};
use tokio::sync::watch;
use tonic::body::Body;
use tonic::codec::{CompressionEncoding, Streaming};
use tonic::{Request, Response, Status};
use tower_service::Service;

use super::answers;
use super::codec::DynamicCodec;
use super::samples::Sample;

/// What a method answers with, whatever its kind.
pub(super) type Replies = Pin<Box<dyn Stream<Item = Result<DynamicMessage, Status>> + Send>>;

type Answer<T, E> = Pin<Box<dyn Future<Output = Result<T, E>> + Send>>;

/// The largest message taken or sent. Above the 4 MiB of most servers, so that large messages can be tried.
const MESSAGE_LIMIT: usize = 64 << 20;

/// Every method of the samples, by its path.
#[derive(Clone)]
pub(super) struct Methods {
    by_path: Arc<HashMap<String, MethodDescriptor>>,
    stopped: watch::Receiver<()>,
}

impl Methods {
    /// The methods of `samples`. What they stream ends when `stopped` loses its sender.
    pub(super) fn new(samples: &[Sample], stopped: watch::Receiver<()>) -> Self {
        let services = samples.iter().flat_map(|sample| sample.pool.services().collect::<Vec<_>>());
        let methods = services.flat_map(|service| service.methods().collect::<Vec<_>>());
        let path = |method: &MethodDescriptor| format!("/{}/{}", method.parent_service().full_name(), method.name());
        Self { by_path: Arc::new(methods.map(|method| (path(&method), method)).collect()), stopped }
    }
}

impl<B> Service<http::Request<B>> for Methods
where
    B: http_body::Body + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>> + Send,
{
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Answer<Self::Response, Infallible>;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<B>) -> Self::Future {
        let started = Instant::now();
        let Some(method) = self.by_path.get(request.uri().path()).cloned() else {
            let text = format!("the demo server has no method {}", request.uri().path());
            return Box::pin(ready(Ok(Status::unimplemented(text).into_http())));
        };
        let codec = DynamicCodec { decoded: method.input() };
        let answering = Answering { method, stopped: self.stopped.clone() };
        Box::pin(async move {
            let mut grpc = tonic::server::Grpc::new(codec)
                .accept_compressed(CompressionEncoding::Gzip)
                .accept_compressed(CompressionEncoding::Deflate)
                .max_decoding_message_size(MESSAGE_LIMIT)
                .max_encoding_message_size(MESSAGE_LIMIT);
            let mut response = grpc.streaming(answering, request).await;
            response.headers_mut().insert("x-served-by", HeaderValue::from_static("trunkline-demo"));
            // Tonic has no trailers of a method's own beside a failure.
            Ok(response.map(|body| Body::new(body.map_frame(move |frame| with_elapsed(frame, started)))))
        })
    }
}

fn with_elapsed<D>(mut frame: http_body::Frame<D>, started: Instant) -> http_body::Frame<D> {
    if let Some(trailers) = frame.trailers_mut() {
        let elapsed = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
        trailers.insert("x-elapsed-us", HeaderValue::from(elapsed));
    }
    frame
}

/// One call of one method.
struct Answering {
    method: MethodDescriptor,
    stopped: watch::Receiver<()>,
}

impl Service<Request<Streaming<DynamicMessage>>> for Answering {
    type Response = Response<Replies>;
    type Error = Status;
    type Future = Answer<Self::Response, Status>;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), Status>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Streaming<DynamicMessage>>) -> Self::Future {
        let method = self.method.clone();
        let stopped = self.stopped.clone();
        Box::pin(async move {
            let response = tokio::select! {
                response = answers::answer(&method, request) => response?,
                () = until_dropped(stopped.clone()) => return Err(stopping()),
            };
            Ok(response.map(|replies| end_when_dropped(replies, stopped)))
        })
    }
}

/// Waits until the sender is gone: the server is to stop.
pub(super) async fn until_dropped(mut stopped: watch::Receiver<()>) {
    while stopped.changed().await.is_ok() {}
}

fn end_when_dropped(mut replies: Replies, stopped: watch::Receiver<()>) -> Replies {
    let mut dropped = Box::pin(until_dropped(stopped).fuse());
    Box::pin(stream::poll_fn(move |context| {
        if dropped.as_mut().poll(context).is_ready() {
            return Poll::Ready(Some(Err(stopping())));
        }
        replies.as_mut().poll_next(context)
    }))
}

fn stopping() -> Status {
    Status::unavailable("the demo server is stopping")
}
