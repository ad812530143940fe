//! Connect's calls with one message each way: the bare message is the body, the status is HTTP's, an error is JSON,
//! and trailers stand among the headers.
//!
//! Must not know: gRPC-Web.

use bytes::{BufMut as _, BytesMut};
use http::header::{ACCEPT_ENCODING as HTTP_ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH};
use serde_json::Value;

use super::{
    Bytes, Cause, ENCODING, HeaderMap, HeaderName, HeaderValue, LAST, Reading, StatusCode, accepted, broken,
    connect_error, connect_stream, content_type, decompress, rename, set_accept,
};
use crate::engine::cause::code_of_http_status;

const TRAILER: &str = "trailer-";
const HEAD: usize = 5;

/// The body of a request with this message of gRPC; its headers become those of Connect.
pub(super) fn write(headers: &mut HeaderMap, frames: Bytes) -> Bytes {
    connect_stream::write_common(headers);
    set_accept(headers, "application/proto");
    let accept = accepted(headers);
    headers.insert(HTTP_ACCEPT_ENCODING, accept);
    rename(headers, &ENCODING, CONTENT_ENCODING);
    // A message that was not worth compressing says so itself.
    if frames.first().is_none_or(|flags| flags & 1 == 0) {
        headers.remove(CONTENT_ENCODING);
    }
    frames.slice(HEAD.min(frames.len())..)
}

/// Begins to read an answer, `None` where it is not Connect.
pub(super) fn open(status: StatusCode, headers: &mut HeaderMap) -> Option<Box<dyn Reading>> {
    let kind = content_type(headers);
    let well = status == StatusCode::OK;
    let ours = if well { kind == b"application/proto" } else { kind == b"application/json" };
    if !ours {
        return None;
    }
    let trailers = split_trailers(headers);
    headers.remove(CONTENT_LENGTH);
    if well {
        rename(headers, &CONTENT_ENCODING, ENCODING);
        let encoding = headers.get(ENCODING).is_some_and(|name| name != "identity");
        return Some(Box::new(Message { chunks: Vec::new(), size: 0, compressed: encoding, trailers }));
    }
    let encoding = headers.remove(CONTENT_ENCODING);
    Some(Box::new(Failed { status, encoding, body: Vec::new(), trailers }))
}

/// Takes what stands under `trailer-` out of the headers.
fn split_trailers(headers: &mut HeaderMap) -> HeaderMap {
    let mut trailers = HeaderMap::new();
    let names: Vec<HeaderName> = headers.keys().filter(|name| name.as_str().starts_with(TRAILER)).cloned().collect();
    for name in names {
        let Ok(bare) = HeaderName::from_bytes(&name.as_str().as_bytes()[TRAILER.len()..]) else { continue };
        for value in headers.get_all(&name) {
            trailers.append(bare.clone(), value.clone());
        }
        headers.remove(&name);
    }
    trailers
}

/// A message, held until its length is known.
struct Message {
    chunks: Vec<Bytes>,
    size: usize,
    compressed: bool,
    trailers: HeaderMap,
}

impl Reading for Message {
    fn take(&mut self, chunk: Bytes) -> Result<Bytes, Cause> {
        self.size += chunk.len();
        self.chunks.push(chunk);
        Ok(Bytes::new())
    }

    fn held(&self) -> usize {
        self.size
    }

    fn end(&mut self, _http: HeaderMap) -> Result<(Vec<Bytes>, HeaderMap), Cause> {
        let size = u32::try_from(self.size).map_err(|_large| broken("the message has more than 4 GB"))?;
        let mut head = BytesMut::with_capacity(HEAD);
        head.put_u8(u8::from(self.compressed && size > 0));
        head.put_u32(size);
        let mut frames = vec![head.freeze()];
        frames.append(&mut self.chunks);
        let mut trailers = std::mem::take(&mut self.trailers);
        trailers.extend(connect_error::well());
        Ok((frames, trailers))
    }
}

/// An error in JSON.
struct Failed {
    status: StatusCode,
    encoding: Option<HeaderValue>,
    body: Vec<u8>,
    trailers: HeaderMap,
}

impl Reading for Failed {
    fn take(&mut self, chunk: Bytes) -> Result<Bytes, Cause> {
        if self.body.len() + chunk.len() > LAST {
            return Err(broken("the error that it tells is too large"));
        }
        self.body.extend_from_slice(&chunk);
        Ok(Bytes::new())
    }

    fn end(&mut self, _http: HeaderMap) -> Result<(Vec<Bytes>, HeaderMap), Cause> {
        let body = match &self.encoding {
            Some(encoding) if !self.body.is_empty() => decompress::whole(&self.body, encoding)?,
            _ => std::mem::take(&mut self.body),
        };
        let code = code_of_http_status(self.status.as_u16());
        let told = serde_json::from_slice::<Value>(&body).ok();
        let Some(status) = told.and_then(|error| connect_error::trailers(&error, Some(code))) else {
            return Err(Cause::NotGrpc {
                http_status: self.status.as_u16(),
                content_type: "application/json".to_owned(),
                body: String::from_utf8_lossy(&body[..body.len().min(4 << 10)]).trim().to_owned(),
            });
        };
        let mut trailers = std::mem::take(&mut self.trailers);
        trailers.extend(status);
        Ok((Vec::new(), trailers))
    }
}

#[cfg(test)]
mod tests {
    use super::super::Shape;
    use super::super::tests::{headers, read_all};
    use super::*;
    use crate::engine::status::read_status;

    const KIND: (&str, &str) = ("content-type", "application/proto");

    #[test]
    fn a_request_says_what_it_is() {
        let grpc = [
            ("grpc-timeout", "1500m"),
            ("grpc-encoding", "gzip"),
            ("grpc-accept-encoding", "gzip,deflate,zstd,identity"),
            ("x-a", "1"),
        ];
        let mut head = headers(&grpc);
        assert_eq!(write(&mut head, Bytes::from_static(b"\x01\0\0\0\x01a")), "a");
        let expected = [
            ("x-a", "1"),
            ("connect-protocol-version", "1"),
            ("connect-timeout-ms", "1500"),
            ("content-type", "application/proto"),
            ("accept", "application/proto"),
            ("accept-encoding", "gzip, deflate, zstd"),
            ("content-encoding", "gzip"),
        ];
        assert_eq!(head, headers(&expected));
        let mut head = headers(&grpc);
        assert_eq!(write(&mut head, Bytes::from_static(b"\0\0\0\0\x01a")), "a");
        assert!(!head.contains_key("content-encoding"));
        assert_eq!(write(&mut HeaderMap::new(), Bytes::new()), "");
    }

    #[test]
    fn the_body_is_the_message() {
        let head = [KIND, ("trailer-x-t", "1"), ("trailer-x-t", "2"), ("x-h", "3")];
        let (frames, left, trailers) = read_all(Shape::ConnectUnary, 200, &head, b"abc").unwrap();
        assert_eq!(frames, b"\0\0\0\0\x03abc");
        assert_eq!(left, headers(&[KIND, ("x-h", "3")]));
        assert_eq!(trailers, headers(&[("x-t", "1"), ("x-t", "2"), ("grpc-status", "0")]));
        assert_eq!(read_all(Shape::ConnectUnary, 200, &[KIND], b"").unwrap().0, b"\0\0\0\0\0");
        let (frames, left, _) =
            read_all(Shape::ConnectUnary, 200, &[KIND, ("content-encoding", "gzip")], b"abc").unwrap();
        let encoding = left["grpc-encoding"].as_bytes();
        assert_eq!((frames.as_slice(), encoding), (&b"\x01\0\0\0\x03abc"[..], &b"gzip"[..]));
    }

    #[test]
    fn an_error_is_json() {
        let json = ("content-type", "application/json; charset=utf-8");
        let read = |status: u16, head: &[(&'static str, &str)], body: &[u8]| {
            read_all(Shape::ConnectUnary, status, head, body)
                .map(|(_, _, trailers)| (read_status(&trailers).unwrap(), trailers.get("x-t").cloned()))
        };
        let body = br#"{"code": "failed_precondition", "message": "later"}"#;
        for encoded in [false, true] {
            let packed = decompress::tests::gzip(body);
            let (head, body) = if encoded {
                (vec![json, ("content-encoding", "gzip"), ("trailer-x-t", "1")], packed.as_slice())
            } else {
                (vec![json, ("trailer-x-t", "1")], &body[..])
            };
            let (status, trailer) = read(400, &head, body).unwrap();
            assert_eq!((status.code, status.message.as_str()), (9, "later"));
            assert_eq!(trailer.unwrap(), "1");
        }
        assert_eq!(read(404, &[json], b"{}").unwrap().0.code, 12);
        let told = read(503, &[json], b"[1]").unwrap_err();
        assert!(matches!(&told, Cause::NotGrpc { http_status: 503, body, .. } if body == "[1]"), "{told:?}");
    }

    #[test]
    fn what_is_not_connect() {
        let check = |status: u16, kind: &'static str| {
            let status = StatusCode::from_u16(status).unwrap();
            assert!(open(status, &mut headers(&[("content-type", kind)])).is_none(), "{kind}");
        };
        check(200, "application/grpc");
        check(200, "text/html");
        check(200, "application/json");
        check(502, "text/html");
    }
}
