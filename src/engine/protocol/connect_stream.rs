//! Connect's streams: the envelopes of gRPC, the last of which is JSON that says how the call ended.
//!
//! Must not know: gRPC-Web.

use serde_json::Value;

use super::envelope::{Envelopes, Last};
use super::{
    Bytes, Cause, ENCODING, HeaderMap, HeaderName, HeaderValue, Reading, StatusCode, TIMEOUT, accepted, broken,
    connect_error, connect_unary, content_type, decompress, rename, set_accept,
};
use crate::engine::status::Code;

const CONTENT_ENCODING: HeaderName = HeaderName::from_static("connect-content-encoding");
const ACCEPT_ENCODING: HeaderName = HeaderName::from_static("connect-accept-encoding");
const END: u8 = 2;

/// Headers of gRPC become those of Connect; the envelopes stay as they are.
pub(super) fn write(headers: &mut HeaderMap) {
    write_common(headers);
    set_accept(headers, "application/connect+proto");
    let accept = accepted(headers);
    headers.insert(ACCEPT_ENCODING, accept);
    rename(headers, &ENCODING, CONTENT_ENCODING);
}

/// What both forms of Connect send.
pub(super) fn write_common(headers: &mut HeaderMap) {
    headers.insert(HeaderName::from_static("connect-protocol-version"), HeaderValue::from_static("1"));
    let timeout = headers.remove(TIMEOUT);
    if let Some(millis) = timeout.as_ref().and_then(|value| value.to_str().ok()).and_then(milliseconds) {
        headers.insert(HeaderName::from_static("connect-timeout-ms"), HeaderValue::from(millis));
    }
}

/// A timeout as gRPC writes it, in whole milliseconds; `None` where it is longer than Connect can say.
fn milliseconds(timeout: &str) -> Option<u64> {
    const MOST: u64 = 9_999_999_999;
    let (digits, unit) = timeout.split_at_checked(timeout.len().checked_sub(1)?)?;
    let count: u64 = digits.parse().ok()?;
    let millis = match unit {
        "H" => count.checked_mul(3_600_000)?,
        "M" => count.checked_mul(60_000)?,
        "S" => count.checked_mul(1_000)?,
        "m" => count,
        "u" => count.div_ceil(1_000),
        "n" => count.div_ceil(1_000_000),
        _ => return None,
    };
    (millis <= MOST).then_some(millis.max(1))
}

/// Begins to read an answer, `None` where it is not Connect.
pub(super) fn open(status: StatusCode, headers: &mut HeaderMap) -> Option<Box<dyn Reading>> {
    if status != StatusCode::OK {
        // Before a stream begins a server may refuse it as it refuses a single message.
        return connect_unary::open(status, headers);
    }
    if content_type(headers) != b"application/connect+proto" {
        return None;
    }
    rename(headers, &CONTENT_ENCODING, ENCODING);
    Some(Box::new(Stream { envelopes: Envelopes::new(END), encoding: headers.get(ENCODING).cloned() }))
}

struct Stream {
    envelopes: Envelopes,
    encoding: Option<HeaderValue>,
}

impl Reading for Stream {
    fn take(&mut self, chunk: Bytes) -> Result<Bytes, Cause> {
        self.envelopes.take(chunk)
    }

    fn end(&mut self, _http: HeaderMap) -> Result<(Vec<Bytes>, HeaderMap), Cause> {
        let Some(Last { compressed, content }) = self.envelopes.last() else {
            return Err(broken("the answer ended without the message that says how the call ended"));
        };
        let content = match (compressed, &self.encoding) {
            (false, _) => content,
            (true, Some(encoding)) => decompress::whole(&content, encoding)?,
            (true, None) => return Err(broken("the end of the call is compressed, but no header says how")),
        };
        let end: Value = serde_json::from_slice(&content)
            .map_err(|error| broken(format!("the end of the call is no JSON ({error})")))?;
        let mut trailers = metadata(end.get("metadata"));
        let status = match end.get("error") {
            None | Some(Value::Null) => connect_error::well(),
            Some(error) => connect_error::trailers(error, Some(Code::Unknown))
                .ok_or_else(|| broken("the error at the end of the call is no object"))?,
        };
        trailers.extend(status);
        Ok((Vec::new(), trailers))
    }
}

fn metadata(entries: Option<&Value>) -> HeaderMap {
    let mut trailers = HeaderMap::new();
    for (name, values) in entries.and_then(Value::as_object).into_iter().flatten() {
        let Ok(name) = HeaderName::from_bytes(name.to_ascii_lowercase().as_bytes()) else { continue };
        for value in values.as_array().into_iter().flatten().filter_map(Value::as_str) {
            if let Ok(value) = HeaderValue::from_bytes(value.as_bytes()) {
                trailers.append(&name, value);
            }
        }
    }
    trailers
}

#[cfg(test)]
mod tests {
    use super::super::Shape;
    use super::super::tests::{headers, read_all};
    use super::*;
    use crate::engine::status::read_status;

    const KIND: (&str, &str) = ("content-type", "application/connect+proto");

    fn ended(flags: u8, content: &[u8]) -> Vec<u8> {
        [b"\0\0\0\0\x01a", &[flags, 0, 0, 0, content.len() as u8][..], content].concat()
    }

    #[test]
    fn a_request_says_what_it_is() {
        let mut head = headers(&[("grpc-timeout", "2S"), ("grpc-encoding", "zstd"), ("user-agent", "t/1")]);
        write(&mut head);
        let expected = [
            ("user-agent", "t/1"),
            ("connect-protocol-version", "1"),
            ("connect-timeout-ms", "2000"),
            ("content-type", "application/connect+proto"),
            ("accept", "application/connect+proto"),
            ("connect-accept-encoding", "identity"),
            ("connect-content-encoding", "zstd"),
        ];
        assert_eq!(head, headers(&expected));
    }

    #[test]
    fn timeouts_are_whole_milliseconds() {
        let check = |text: &str, millis: Option<u64>| assert_eq!(milliseconds(text), millis, "{text}");
        check("1H", Some(3_600_000));
        check("2M", Some(120_000));
        check("250m", Some(250));
        check("1001u", Some(2));
        check("1n", Some(1));
        check("0n", Some(1));
        check("99999999H", None);
        check("1x", None);
        check("", None);
        check("é", None);
    }

    #[test]
    fn the_end_is_json() {
        let read =
            |body: &[u8]| read_all(Shape::ConnectStream, 200, &[KIND, ("connect-content-encoding", "gzip")], body);
        let well = ended(2, br#"{"metadata": {"X-T": ["1", "2"], "a b": ["no"]}}"#);
        let (frames, left, trailers) = read(&well).unwrap();
        assert_eq!((frames.as_slice(), left["grpc-encoding"].as_bytes()), (&b"\0\0\0\0\x01a"[..], &b"gzip"[..]));
        assert_eq!(trailers, headers(&[("x-t", "1"), ("x-t", "2"), ("grpc-status", "0")]));

        let error = br#"{"error": {"code": "aborted", "message": "no"}, "metadata": {"x-t": ["1"]}}"#;
        for body in [ended(2, error), ended(3, &decompress::tests::gzip(error))] {
            let (_, _, trailers) = read(&body).unwrap();
            let status = read_status(&trailers).unwrap();
            let told = (status.code, status.message.as_str(), trailers["x-t"].as_bytes());
            assert_eq!(told, (10, "no", &b"1"[..]));
        }
        let check = |body: &[u8], words: &str| {
            let cause = read(body).unwrap_err();
            assert!(cause.to_string().contains(words), "{cause}");
        };
        check(b"\0\0\0\0\x01a", "without the message");
        check(&ended(2, b"no"), "no JSON");
        check(&ended(2, br#"{"error": 5}"#), "no object");
    }

    #[test]
    fn a_stream_may_be_refused_before_it_begins() {
        let json = [("content-type", "application/json")];
        let (_, _, trailers) =
            read_all(Shape::ConnectStream, 401, &json, br#"{"code": "unauthenticated", "message": "who?"}"#).unwrap();
        assert_eq!(read_status(&trailers).unwrap().code, 16);
        let mut other = headers(&[("content-type", "application/grpc")]);
        assert!(open(StatusCode::OK, &mut other).is_none());
    }
}
