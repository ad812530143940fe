//! Connect's errors in JSON as a status of gRPC, in gRPC's trailers.
//!
//! Must not know: HTTP bodies.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use http::header::{HeaderMap, HeaderName, HeaderValue};
use prost::Message as _;
use prost_types::Any;
use serde_json::Value;

use super::STATUS;
use crate::engine::rich_status::RichStatus;
use crate::engine::status::Code;

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_encode_padding(false).with_decode_padding_mode(DecodePaddingMode::Indifferent),
);
const MESSAGE: HeaderName = HeaderName::from_static("grpc-message");
const DETAILS: HeaderName = HeaderName::from_static("grpc-status-details-bin");

/// The status that an error in JSON tells, as trailers; without a code that is known it is `otherwise`. `None` where
/// the text is no such error.
pub(super) fn trailers(error: &Value, otherwise: Option<Code>) -> Option<HeaderMap> {
    let error = error.as_object()?;
    let code = error.get("code").and_then(Value::as_str).and_then(code_of).or(otherwise)? as i32;
    let message = error.get("message").and_then(Value::as_str).unwrap_or_default();
    let mut trailers = HeaderMap::new();
    trailers.insert(STATUS, HeaderValue::from(code));
    if !message.is_empty() {
        trailers.insert(MESSAGE, percent_encoded(message));
    }
    let details: Vec<Any> =
        error.get("details").and_then(Value::as_array).into_iter().flatten().filter_map(detail).collect();
    if !details.is_empty() {
        let status = RichStatus { code, message: message.to_owned(), details }.encode_to_vec();
        if let Ok(value) = HeaderValue::try_from(BASE64.encode(status)) {
            trailers.insert(DETAILS, value);
        }
    }
    Some(trailers)
}

/// Trailers of a call that ended well.
pub(super) fn well() -> HeaderMap {
    HeaderMap::from_iter([(STATUS, HeaderValue::from_static("0"))])
}

fn detail(detail: &Value) -> Option<Any> {
    let kind = detail.get("type")?.as_str()?;
    let value = BASE64.decode(detail.get("value")?.as_str()?).ok()?;
    let type_url = if kind.contains('/') { kind.to_owned() } else { format!("type.googleapis.com/{kind}") };
    Some(Any { type_url, value })
}

fn percent_encoded(text: &str) -> HeaderValue {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        // Writing to a string cannot fail.
        let _written = match byte {
            b' '..=b'~' if byte != b'%' => encoded.write_char(char::from(byte)),
            _ => write!(encoded, "%{byte:02X}"),
        };
    }
    HeaderValue::try_from(encoded).unwrap_or(HeaderValue::from_static(""))
}

/// A code by Connect's name for it.
fn code_of(name: &str) -> Option<Code> {
    Some(match name {
        "canceled" | "cancelled" => Code::Cancelled,
        "unknown" => Code::Unknown,
        "invalid_argument" => Code::InvalidArgument,
        "deadline_exceeded" => Code::DeadlineExceeded,
        "not_found" => Code::NotFound,
        "already_exists" => Code::AlreadyExists,
        "permission_denied" => Code::PermissionDenied,
        "resource_exhausted" => Code::ResourceExhausted,
        "failed_precondition" => Code::FailedPrecondition,
        "aborted" => Code::Aborted,
        "out_of_range" => Code::OutOfRange,
        "unimplemented" => Code::Unimplemented,
        "internal" => Code::Internal,
        "unavailable" => Code::Unavailable,
        "data_loss" => Code::DataLoss,
        "unauthenticated" => Code::Unauthenticated,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::engine::status::read_status;

    #[test]
    fn an_error_becomes_a_status() {
        let error = json!({
            "code": "unavailable", "message": "忙: 100%\nwait",
            "details": [
                {"type": "google.rpc.RetryInfo", "value": "CgIIPA", "debug": {"retryDelay": "60s"}},
                {"type": "x.com/a.B", "value": "CgA="},
                {"type": "broken", "value": "!"},
            ],
        });
        let status = read_status(&trailers(&error, None).unwrap()).unwrap();
        assert_eq!((status.code, status.message.as_str()), (14, "忙: 100%\nwait"));
        let details = RichStatus::decode(status.details).unwrap();
        let any = |type_url: &str, value: &[u8]| Any { type_url: type_url.to_owned(), value: value.to_vec() };
        assert_eq!(
            details.details,
            [any("type.googleapis.com/google.rpc.RetryInfo", b"\x0a\x02\x08\x3c"), any("x.com/a.B", b"\x0a\0")]
        );
        assert_eq!((details.code, details.message.as_str()), (14, "忙: 100%\nwait"));
    }

    #[test]
    fn every_code_has_its_name() {
        for code in 1..=16 {
            let code = Code::from_i32(code);
            let debug: String = format!("{code:?}")
                .chars()
                .flat_map(|c| if c.is_uppercase() { vec!['_', c.to_ascii_lowercase()] } else { vec![c] })
                .collect();
            assert_eq!(code_of(debug.trim_start_matches('_')), Some(code));
        }
        assert_eq!(code_of("ok"), None);
    }

    #[test]
    fn a_code_may_be_missing() {
        let read = |error: Value, otherwise| trailers(&error, otherwise).map(|found| found[STATUS].clone());
        assert_eq!(read(json!({"code": "odd"}), Some(Code::Unknown)).unwrap(), "2");
        assert_eq!(read(json!({}), Some(Code::Unimplemented)).unwrap(), "12");
        assert_eq!(read(json!({"code": null}), None), None);
        assert_eq!(read(json!("text"), Some(Code::Unknown)), None);
    }
}
