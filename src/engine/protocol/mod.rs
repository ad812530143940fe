//! What is spoken in place of gRPC over HTTP/2: a request of gRPC becomes one of gRPC-Web or Connect, and its answer
//! becomes gRPC's headers, frames and trailers again, so that everything above knows gRPC alone.
//!
//! Must not know: connections, HTTP versions, what a call tells its owner.

mod connect_error;
mod connect_stream;
mod connect_unary;
mod decompress;
mod envelope;
mod foreign;
mod grpc_web;
mod passing;

use bytes::Bytes;
use http::StatusCode;
use http::header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, TE, USER_AGENT};

use super::Cause;
use crate::request::Protocol;
use crate::schema::Kind;

pub(super) use foreign::{is_grpc, told_by};
pub(super) use passing::{Translated, Whole};

const ENCODING: HeaderName = HeaderName::from_static("grpc-encoding");
const ACCEPT_ENCODING: HeaderName = HeaderName::from_static("grpc-accept-encoding");
const TIMEOUT: HeaderName = HeaderName::from_static("grpc-timeout");
const STATUS: HeaderName = HeaderName::from_static("grpc-status");

/// How large what is read as a whole may be: trailers in a body, an error as JSON.
const LAST: usize = 1 << 20;

/// The form that a call takes on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// As gRPC has it: nothing is translated.
    Grpc,
    /// gRPC-Web.
    Web {
        /// In base64.
        text: bool,
    },
    /// Connect's form for calls with one message each way.
    ConnectUnary,
    /// Connect's form for all others.
    ConnectStream,
}

/// Turns the body of an answer into frames and trailers of gRPC.
pub(super) trait Reading: Send {
    /// What can be told of the messages after this piece of the body.
    ///
    /// # Errors
    ///
    /// What breaks the protocol.
    fn take(&mut self, chunk: Bytes) -> Result<Bytes, Cause>;

    /// The rest of the messages, and the trailers, from those of HTTP where there are any. Called once, at the end.
    ///
    /// # Errors
    ///
    /// What breaks the protocol.
    fn end(&mut self, trailers: HeaderMap) -> Result<(Vec<Bytes>, HeaderMap), Cause>;

    /// How many bytes are held back.
    fn held(&self) -> usize {
        0
    }
}

impl Shape {
    /// The form of a call of that kind.
    ///
    /// # Errors
    ///
    /// When the protocol has no such calls.
    pub(super) fn of(protocol: Protocol, kind: Kind) -> Result<Self, Cause> {
        let text = protocol == Protocol::GrpcWebText;
        match (protocol, kind) {
            (Protocol::Grpc, _) => Ok(Self::Grpc),
            (Protocol::Connect, Kind::Unary) => Ok(Self::ConnectUnary),
            (Protocol::Connect, _) => Ok(Self::ConnectStream),
            (Protocol::GrpcWeb | Protocol::GrpcWebText, Kind::Unary | Kind::ServerStreaming) => Ok(Self::Web { text }),
            (Protocol::GrpcWeb | Protocol::GrpcWebText, Kind::ClientStreaming | Kind::Bidirectional) => {
                Err(Cause::NoSuchKind)
            }
        }
    }

    /// The protocol's name as people write it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Grpc => "gRPC",
            Self::Web { text: false } => "gRPC-Web",
            Self::Web { text: true } => "gRPC-Web in base64",
            Self::ConnectUnary | Self::ConnectStream => "Connect",
        }
    }

    const fn is_web(self) -> bool {
        matches!(self, Self::Web { .. })
    }

    /// Turns the headers of a request of gRPC into those of this form. `frames` is the whole body where one message is
    /// all; given back is what goes out in its place, its length in the headers.
    pub(super) fn write(self, headers: &mut HeaderMap, frames: Option<Bytes>) -> Option<Bytes> {
        if self == Self::Grpc {
            return frames;
        }
        headers.remove(TE);
        let content = match (self, frames) {
            (Self::Web { text }, frames) => Some(grpc_web::write(headers, frames.unwrap_or_default(), text)),
            (Self::ConnectUnary, frames) => Some(connect_unary::write(headers, frames.unwrap_or_default())),
            (Self::ConnectStream | Self::Grpc, frames) => {
                connect_stream::write(headers);
                frames
            }
        };
        if let Some(content) = &content {
            headers.insert(CONTENT_LENGTH, HeaderValue::from(content.len()));
        }
        content
    }

    /// Begins to read an answer: its headers become those of gRPC. `None` where it is not in this form; then the
    /// headers stay as they are, and [`told_by`] may say what it is.
    pub(super) fn open(self, status: StatusCode, headers: &mut HeaderMap) -> Option<Box<dyn Reading>> {
        match self {
            Self::Grpc => None,
            Self::Web { .. } => grpc_web::open(status, headers),
            Self::ConnectUnary => connect_unary::open(status, headers),
            Self::ConnectStream => connect_stream::open(status, headers),
        }
    }
}

/// What breaks the protocol, in words.
fn broken(detail: impl Into<String>) -> Cause {
    Cause::BadFrame { detail: detail.into() }
}

fn content_type(headers: &HeaderMap) -> &[u8] {
    let whole = headers.get(CONTENT_TYPE).map(HeaderValue::as_bytes).unwrap_or_default();
    whole.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii()
}

/// Moves a header to another name.
fn rename(headers: &mut HeaderMap, from: &HeaderName, to: HeaderName) {
    if let Some(value) = headers.remove(from) {
        headers.insert(to, value);
    }
}

/// The compressions that we read, without the word for none, as HTTP lists them.
fn accepted(headers: &mut HeaderMap) -> HeaderValue {
    let listed = headers.remove(ACCEPT_ENCODING);
    let listed = listed.as_ref().and_then(|value| value.to_str().ok()).unwrap_or_default();
    let names: Vec<&str> = listed.split(',').map(str::trim).filter(|name| !matches!(*name, "" | "identity")).collect();
    let text = if names.is_empty() { "identity".to_owned() } else { names.join(", ") };
    HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static("identity"))
}

fn set_accept(headers: &mut HeaderMap, kind: &'static str) {
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(ACCEPT, HeaderValue::from_static(kind));
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn headers(entries: &[(&'static str, &str)]) -> HeaderMap {
        let entry = |(name, value): &(&'static str, &str)| {
            (HeaderName::from_static(name), HeaderValue::from_bytes(value.as_bytes()).unwrap())
        };
        entries.iter().map(entry).collect()
    }

    /// The messages and trailers of an answer, read in pieces of every size.
    pub(super) fn read_all(
        shape: Shape,
        status: u16,
        head: &[(&'static str, &str)],
        body: &[u8],
    ) -> Result<(Vec<u8>, HeaderMap, HeaderMap), Cause> {
        let mut told = None;
        for size in 1..=body.len().max(1) {
            let mut headers = headers(head);
            let mut reading = shape.open(StatusCode::from_u16(status).unwrap(), &mut headers).unwrap();
            let mut read = || {
                let mut frames = Vec::new();
                for chunk in body.chunks(size) {
                    frames.extend_from_slice(&reading.take(Bytes::copy_from_slice(chunk))?);
                }
                let (rest, trailers) = reading.end(HeaderMap::new())?;
                frames.extend(rest.concat());
                Ok((frames, headers.clone(), trailers))
            };
            let result = read();
            if let Some(earlier) = &told {
                assert_eq!(*earlier, result, "in pieces of {size}");
            }
            told = Some(result);
        }
        told.unwrap()
    }

    #[test]
    fn the_kind_decides_the_form() {
        let of = Shape::of;
        for kind in [Kind::Unary, Kind::ServerStreaming, Kind::ClientStreaming, Kind::Bidirectional] {
            assert_eq!(of(Protocol::Grpc, kind), Ok(Shape::Grpc));
            assert_eq!(of(Protocol::GrpcWeb, kind).is_err(), kind.streams_requests());
        }
        assert_eq!(of(Protocol::GrpcWebText, Kind::Unary), Ok(Shape::Web { text: true }));
        assert_eq!(of(Protocol::Connect, Kind::Unary), Ok(Shape::ConnectUnary));
        assert_eq!(of(Protocol::Connect, Kind::ServerStreaming), Ok(Shape::ConnectStream));
    }
}
