//! gRPC statuses and metadata as they stand in HTTP/2 headers: read without trusting the server, written as the
//! protocol asks.
//!
//! Must not know: connections.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use bytes::Bytes;
use http::header::{HeaderMap, HeaderName, HeaderValue};
pub(super) use tonic::Code;

use super::Status;
use crate::request::{MetadataEntry, MetadataValue};

/// Padded or not, as servers do both; we send without padding, as the protocol recommends.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_encode_padding(false).with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

static STATUS: HeaderName = HeaderName::from_static("grpc-status");
static MESSAGE: HeaderName = HeaderName::from_static("grpc-message");
static DETAILS: HeaderName = HeaderName::from_static("grpc-status-details-bin");

/// The name of a status code, `NOT_FOUND`; `CODE_99` for a number that gRPC does not define.
#[must_use]
pub fn code_name(code: i32) -> String {
    let name = match code {
        0 => "OK",
        1 => "CANCELLED",
        2 => "UNKNOWN",
        3 => "INVALID_ARGUMENT",
        4 => "DEADLINE_EXCEEDED",
        5 => "NOT_FOUND",
        6 => "ALREADY_EXISTS",
        7 => "PERMISSION_DENIED",
        8 => "RESOURCE_EXHAUSTED",
        9 => "FAILED_PRECONDITION",
        10 => "ABORTED",
        11 => "OUT_OF_RANGE",
        12 => "UNIMPLEMENTED",
        13 => "INTERNAL",
        14 => "UNAVAILABLE",
        15 => "DATA_LOSS",
        16 => "UNAUTHENTICATED",
        _ => return format!("CODE_{code}"),
    };
    name.to_owned()
}

/// The status in headers or trailers, `None` where they have none. Bad UTF-8 in the message and bad base64 in the
/// details lose only themselves, never the code.
pub(super) fn read_status(headers: &HeaderMap) -> Option<Status> {
    let code = headers.get(&STATUS)?;
    let said = String::from_utf8_lossy(code.as_bytes());
    let code = said.trim().parse();
    let message = match (&code, headers.get(&MESSAGE)) {
        (_, Some(message)) => percent_decoded(message.as_bytes()),
        (Err(_), None) => format!("the server's grpc-status is no number: {said}"),
        (Ok(_), None) => String::new(),
    };
    let code = code.unwrap_or(Code::Unknown as i32);
    let details = headers.get(&DETAILS).and_then(|details| BASE64.decode(details.as_bytes()).ok()).unwrap_or_default();
    Some(Status { code, message, details: details.into() })
}

/// The entries without those of the status.
pub(super) fn read_metadata(headers: &HeaderMap) -> Vec<MetadataEntry> {
    let mut entries = Vec::with_capacity(headers.len());
    for (name, value) in headers {
        if [&STATUS, &MESSAGE, &DETAILS].contains(&name) {
            continue;
        }
        let name = name.as_str();
        if !name.ends_with("-bin") {
            entries.push((name.to_owned(), text(value)));
            continue;
        }
        // Repeated binary values may come joined by commas.
        for part in value.as_bytes().split(|byte| *byte == b',') {
            let value = BASE64.decode(part.trim_ascii()).map_or_else(
                |_not_base64| MetadataValue::Text(String::from_utf8_lossy(part).into_owned()),
                |bytes| MetadataValue::Binary(bytes.into()),
            );
            entries.push((name.to_owned(), value));
        }
    }
    entries
}

fn text(value: &HeaderValue) -> MetadataValue {
    let text = str::from_utf8(value.as_bytes());
    MetadataValue::Text(text.map_or_else(|_bad| String::from_utf8_lossy(value.as_bytes()).into_owned(), str::to_owned))
}

/// Metadata as headers.
///
/// # Errors
///
/// The name of the first entry that HTTP/2 does not allow.
pub(super) fn write_metadata(entries: &[MetadataEntry]) -> Result<HeaderMap, String> {
    let mut headers = HeaderMap::with_capacity(entries.len() + 8);
    for (name, value) in entries {
        let refused = || format!("the metadata entry {name:?} cannot be sent as a header");
        let key = HeaderName::from_bytes(name.to_ascii_lowercase().as_bytes()).map_err(|_invalid| refused())?;
        let value = match value {
            MetadataValue::Text(text) => HeaderValue::from_bytes(text.as_bytes()),
            MetadataValue::Binary(bytes) => HeaderValue::from_bytes(BASE64.encode(bytes).as_bytes()),
        };
        headers.append(key, value.map_err(|_invalid| refused())?);
    }
    Ok(headers)
}

/// Trailers that tonic can read without harm: the code and nothing else.
pub(super) fn harmless_trailers(code: i32) -> HeaderMap {
    let mut trailers = HeaderMap::with_capacity(1);
    trailers.insert(STATUS.clone(), HeaderValue::from(code));
    trailers
}

/// Takes the status out of response headers that are not the end.
pub(super) fn strip_status(headers: &mut HeaderMap) {
    for name in [&STATUS, &MESSAGE, &DETAILS] {
        headers.remove(name);
    }
}

fn percent_decoded(text: &[u8]) -> String {
    let digit = |byte: Option<&u8>| byte.and_then(|byte| char::from(*byte).to_digit(16));
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, tail)) = rest.split_first() {
        rest = tail;
        match (first, digit(tail.first()), digit(tail.get(1))) {
            (b'%', Some(high), Some(low)) => {
                bytes.push((high * 16 + low) as u8);
                rest = &tail[2..];
            }
            _ => bytes.push(*first),
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|bad| String::from_utf8_lossy(bad.as_bytes()).into_owned())
}

/// A status of our own.
pub(super) fn own_status(code: Code, message: impl Into<String>) -> Status {
    Status { code: code as i32, message: message.into(), details: Bytes::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATUS: &str = "grpc-status";
    const MESSAGE: &str = "grpc-message";
    const DETAILS: &str = "grpc-status-details-bin";

    fn headers(entries: &[(&'static str, &[u8])]) -> HeaderMap {
        entries.iter().map(|(n, v)| (HeaderName::from_static(n), HeaderValue::from_bytes(v).unwrap())).collect()
    }

    #[test]
    fn a_status_survives_what_servers_do_to_it() {
        let check = |entries: &[(&'static str, &[u8])], code: i32, message: &str, details: &[u8]| {
            let expected = Status { code, message: message.to_owned(), details: Bytes::copy_from_slice(details) };
            assert_eq!(read_status(&headers(entries)), Some(expected), "{entries:?}");
        };
        check(&[(STATUS, b"0")], 0, "", b"");
        check(&[(STATUS, b"5"), (MESSAGE, b"caf%C3%A9 %E4%BD%A0")], 5, "café 你", b"");
        check(&[(STATUS, b"5"), (MESSAGE, b"100%, 5%zz %F")], 5, "100%, 5%zz %F", b"");
        check(&[(STATUS, b"9"), (MESSAGE, b"bad %FF\xfe")], 9, "bad \u{fffd}\u{fffd}", b"");
        check(&[(STATUS, b"3"), (DETAILS, b"CAM")], 3, "", &[8, 3]);
        check(&[(STATUS, b"3"), (DETAILS, b"CAM=")], 3, "", &[8, 3]);
        check(&[(STATUS, b"3"), (DETAILS, b"!!not base64!!")], 3, "", b"");
        check(&[(STATUS, b"banana")], 2, "the server's grpc-status is no number: banana", b"");
        check(&[(STATUS, b"99")], 99, "", b"");
        assert_eq!(read_status(&headers(&[(MESSAGE, b"x")])), None);
    }

    #[test]
    fn metadata_goes_out_and_comes_back() {
        let entries = vec![
            ("a".to_owned(), MetadataValue::Text("1".to_owned())),
            ("a".to_owned(), MetadataValue::Text("2".to_owned())),
            ("b-bin".to_owned(), MetadataValue::Binary(Bytes::from_static(&[0, 255, 7]))),
        ];
        assert_eq!(read_metadata(&write_metadata(&entries).unwrap()), entries);
        let joined = read_metadata(&headers(&[("x-bin", b"AA==, AQ, ?")]));
        let binary = |bytes: &'static [u8]| ("x-bin".to_owned(), MetadataValue::Binary(Bytes::from_static(bytes)));
        assert_eq!(joined, [binary(&[0]), binary(&[1]), ("x-bin".to_owned(), MetadataValue::Text(" ?".to_owned()))]);
        assert!(write_metadata(&[("a b".to_owned(), MetadataValue::Text(String::new()))]).is_err());
        assert!(write_metadata(&[("a".to_owned(), MetadataValue::Text("x\ny".to_owned()))]).is_err());
    }

    #[test]
    fn codes_have_names() {
        for code in 0..=16 {
            let name = code_name(code);
            assert!(!name.contains("CODE_") && !name.is_empty());
        }
        assert_eq!(code_name(5), "NOT_FOUND");
        assert_eq!(code_name(99), "CODE_99");
        assert_eq!(code_name(-1), "CODE_-1");
    }
}
