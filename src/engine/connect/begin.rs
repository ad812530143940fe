//! What is begun on a socket that stands: a connection for calls, or nothing but the stream.
//!
//! Must not know: how the socket came to be.

use std::future::Future;

use super::secure::Secured;
use super::stream::Stream;
use super::{Attempt, Connection, Heard, Steps, either, http2};
use crate::engine::{Cause, tls};
use crate::request::Protocol;

/// Something to begin. A failure to begin it is a failure of the address.
pub(super) trait Begin: Copy + Send + Sync {
    /// What comes of it.
    type Begun: Send;

    /// What is offered in the TLS handshake, the dearest first.
    fn protocols(self) -> &'static [&'static [u8]];

    /// Begins it.
    fn begin(
        self,
        attempt: &Attempt<'_>,
        secured: Secured,
        steps: Steps<'_>,
    ) -> impl Future<Output = Result<Self::Begun, Cause>> + Send;
}

/// A connection for calls in that protocol. gRPC alone needs HTTP/2.
#[derive(Clone, Copy)]
pub(super) struct Calls<'a> {
    pub(super) protocol: Protocol,
    pub(super) heard: &'a Heard,
}

impl Begin for Calls<'_> {
    type Begun = Connection;

    fn protocols(self) -> &'static [&'static [u8]] {
        match self.protocol {
            Protocol::Grpc => &[tls::H2],
            Protocol::GrpcWeb | Protocol::GrpcWebText | Protocol::Connect => &[tls::H2, tls::HTTP1],
        }
    }

    async fn begin(self, attempt: &Attempt<'_>, secured: Secured, steps: Steps<'_>) -> Result<Connection, Cause> {
        match self.protocol {
            Protocol::Grpc => http2::start(attempt, secured, steps).await,
            Protocol::GrpcWeb | Protocol::GrpcWebText | Protocol::Connect => {
                either::start(attempt, self.heard, secured, steps).await
            }
        }
    }
}

/// The stream itself, to speak HTTP/1.1 on.
#[derive(Clone, Copy)]
pub(super) struct Plain;

impl Begin for Plain {
    type Begun = Stream;

    fn protocols(self) -> &'static [&'static [u8]] {
        &[tls::HTTP1]
    }

    async fn begin(self, _attempt: &Attempt<'_>, secured: Secured, _steps: Steps<'_>) -> Result<Stream, Cause> {
        Ok(secured.stream)
    }
}
