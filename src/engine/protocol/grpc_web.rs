//! gRPC-Web: the frames of gRPC, with the trailers as a last frame of the body, all of it in base64 where that was
//! asked for.
//!
//! Must not know: Connect.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::general_purpose::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::envelope::Envelopes;
use super::{
    Bytes, Cause, ENCODING, HeaderMap, HeaderName, HeaderValue, Reading, STATUS, StatusCode, USER_AGENT, broken,
    content_type, decompress, set_accept,
};

/// Four digits, padded or, at the very end, not.
const QUANTUM: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);
const TRAILERS: u8 = 0x80;

/// The body of a request with these frames; its headers become those of gRPC-Web.
pub(super) fn write(headers: &mut HeaderMap, frames: Bytes, text: bool) -> Bytes {
    // To the letter as the official client for browsers says it: there are servers that compare.
    set_accept(headers, if text { "application/grpc-web-text" } else { "application/grpc-web+proto" });
    headers.insert(HeaderName::from_static("x-grpc-web"), HeaderValue::from_static("1"));
    if let Some(agent) = headers.get(USER_AGENT).cloned() {
        headers.insert(HeaderName::from_static("x-user-agent"), agent);
    }
    if text { STANDARD.encode(frames).into() } else { frames }
}

/// Begins to read an answer, `None` where it is not gRPC-Web.
pub(super) fn open(status: StatusCode, headers: &mut HeaderMap) -> Option<Box<dyn Reading>> {
    let kind = content_type(headers).strip_prefix(b"application/grpc-web");
    // The status may stand in the headers of an answer that is nothing else.
    let early = status == StatusCode::OK && headers.contains_key(STATUS);
    let text = match kind {
        None if !early => return None,
        None => false,
        Some(rest) => rest.starts_with(b"-text"),
    };
    Some(Box::new(Web {
        text: text.then(Text::default),
        envelopes: Envelopes::new(TRAILERS),
        encoding: headers.get(ENCODING).cloned(),
    }))
}

struct Web {
    text: Option<Text>,
    envelopes: Envelopes,
    encoding: Option<HeaderValue>,
}

impl Reading for Web {
    fn take(&mut self, chunk: Bytes) -> Result<Bytes, Cause> {
        let chunk = match &mut self.text {
            Some(text) => text.take(&chunk)?,
            None => chunk,
        };
        self.envelopes.take(chunk)
    }

    fn end(&mut self, trailers: HeaderMap) -> Result<(Vec<Bytes>, HeaderMap), Cause> {
        let mut rest = Vec::new();
        if let Some(text) = &mut self.text {
            rest.push(self.envelopes.take(text.end()?)?);
        }
        let Some(last) = self.envelopes.last() else { return Ok((rest, trailers)) };
        let content = match (last.compressed, &self.encoding) {
            (false, _) => last.content,
            (true, Some(encoding)) => decompress::whole(&last.content, encoding)?,
            (true, None) => return Err(broken("the trailers are compressed, but no header says how")),
        };
        Ok((rest, block(&content)))
    }
}

/// Trailers that stand in a body as a block of HTTP/1 headers.
fn block(content: &[u8]) -> HeaderMap {
    let mut trailers = HeaderMap::new();
    for line in content.split(|byte| *byte == b'\n') {
        let Some(colon) = line.iter().position(|byte| *byte == b':') else { continue };
        let (name, value) = (line[..colon].trim_ascii().to_ascii_lowercase(), line[colon + 1..].trim_ascii());
        let Ok(name) = HeaderName::from_bytes(&name) else { continue };
        // The text form leaves the bytes of binary entries as they are.
        let value = HeaderValue::from_bytes(value).or_else(|_invalid| HeaderValue::try_from(STANDARD.encode(value)));
        if let Ok(value) = value {
            trailers.append(name, value);
        }
    }
    trailers
}

/// Base64 that comes in pieces, each perhaps with padding of its own.
#[derive(Debug, Default)]
struct Text {
    /// Fewer than four digits.
    rest: Vec<u8>,
}

impl Text {
    fn take(&mut self, chunk: &[u8]) -> Result<Bytes, Cause> {
        let mut digits = std::mem::take(&mut self.rest);
        digits.extend(chunk.iter().filter(|byte| !byte.is_ascii_whitespace()));
        let whole = digits.len() / 4 * 4;
        self.rest = digits.split_off(whole);
        decoded(&digits)
    }

    fn end(&mut self) -> Result<Bytes, Cause> {
        decoded(&std::mem::take(&mut self.rest))
    }
}

/// Decodes whole groups of four digits; each group with padding ends a part.
fn decoded(mut digits: &[u8]) -> Result<Bytes, Cause> {
    let mut bytes = Vec::with_capacity(digits.len() / 4 * 3);
    while !digits.is_empty() {
        let padding = memchr::memchr(b'=', digits).unwrap_or(digits.len() - 1);
        let end = (padding / 4 * 4 + 4).min(digits.len());
        let (part, rest) = digits.split_at(end);
        QUANTUM.decode_vec(part, &mut bytes).map_err(|error| broken(format!("its base64 is broken ({error})")))?;
        digits = rest;
    }
    Ok(bytes.into())
}

#[cfg(test)]
mod tests {
    use super::super::Shape;
    use super::super::tests::{headers, read_all};
    use super::*;

    const BINARY: Shape = Shape::Web { text: false };
    const KIND: (&str, &str) = ("content-type", "application/grpc-web+proto");

    #[test]
    fn a_request_says_what_it_is() {
        let mut head = headers(&[("user-agent", "t/1"), ("grpc-timeout", "5S"), ("x-a", "1")]);
        assert_eq!(write(&mut head, Bytes::from_static(b"\0\0\0\0\x01a"), true), "AAAAAAFh");
        let expected = headers(&[
            ("user-agent", "t/1"),
            ("grpc-timeout", "5S"),
            ("x-a", "1"),
            ("content-type", "application/grpc-web-text"),
            ("accept", "application/grpc-web-text"),
            ("x-grpc-web", "1"),
            ("x-user-agent", "t/1"),
        ]);
        assert_eq!(head, expected);
        assert_eq!(write(&mut head, Bytes::from_static(b"\0\0\0\0\x01a"), false), "\0\0\0\0\x01a");
        assert_eq!(head["content-type"], "application/grpc-web+proto");
    }

    #[test]
    fn trailers_stand_in_the_body() {
        let body = b"\0\0\0\0\x01a\x80\0\0\0\x29Grpc-Status: 5\r\ngrpc-message:no\r\nX-T: 1\r\n";
        let (frames, _, trailers) = read_all(BINARY, 200, &[KIND], body).unwrap();
        assert_eq!(frames, b"\0\0\0\0\x01a");
        assert_eq!(trailers, headers(&[("grpc-status", "5"), ("grpc-message", "no"), ("x-t", "1")]));
    }

    #[test]
    fn text_is_padded_wherever_the_server_flushes() {
        let body = b"\0\0\0\0\x02ab\x80\0\0\0\x0egrpc-status:0\n";
        let head = [("content-type", "application/grpc-web-text")];
        for flushed in 1..=body.len() {
            let text: String = body.chunks(flushed).map(|part| STANDARD.encode(part)).collect();
            let (frames, _, trailers) = read_all(BINARY, 200, &head, text.as_bytes()).unwrap();
            assert_eq!((frames.as_slice(), trailers), (&body[..7], headers(&[("grpc-status", "0")])), "{text}");
        }
        let unpadded = STANDARD.encode(&body[..7]).trim_end_matches('=').to_owned();
        assert_eq!(read_all(BINARY, 200, &head, unpadded.as_bytes()).unwrap().0, &body[..7]);
        let wrong = read_all(BINARY, 200, &head, b"AAA!").unwrap_err();
        assert!(wrong.to_string().contains("base64"), "{wrong}");
    }

    #[test]
    fn trailers_may_be_compressed() {
        let packed = decompress::tests::gzip(b"grpc-status:7\r\n");
        let body = [&[0x81, 0, 0, 0, packed.len() as u8], packed.as_slice()].concat();
        let (_, _, trailers) = read_all(BINARY, 200, &[KIND, ("grpc-encoding", "gzip")], &body).unwrap();
        assert_eq!(trailers, headers(&[("grpc-status", "7")]));
        assert!(read_all(BINARY, 200, &[KIND], &body).unwrap_err().to_string().contains("no header says how"));
    }

    #[test]
    fn bytes_of_binary_trailers_are_kept() {
        let trailers = block(b"x-bin: \x08\x03\x00\r\ny-bin: CAM\r\nno line\r\n");
        assert_eq!(trailers, headers(&[("x-bin", "CAMA"), ("y-bin", "CAM")]));
    }

    #[test]
    fn what_is_not_grpc_web() {
        let check = |status: u16, head: &[(&'static str, &str)], is: bool| {
            let status = StatusCode::from_u16(status).unwrap();
            assert_eq!(open(status, &mut headers(head)).is_some(), is, "{head:?}");
        };
        check(200, &[KIND], true);
        check(200, &[("content-type", "application/grpc-web-text; charset=utf-8")], true);
        check(200, &[("grpc-status", "5")], true);
        check(200, &[("content-type", "application/grpc")], false);
        check(404, &[("content-type", "text/html")], false);
        check(404, &[("grpc-status", "5")], false);
    }
}
