//! Why a call failed: what is told from evidence, with which gRPC code, and which sentence of the locale files says it.
//!
//! Must not know: how the evidence was had.

use std::fmt;

use super::credentials::CredentialsFailure;
use super::event::{EndedBy, Outcome, Status};
use super::status::Code;

/// Why a call failed, from evidence. The sentences (what happened, what to try) stand in the locale files under
/// [`Cause::key`] and `key-hint`, with [`Cause::arguments`] in them.
#[expect(missing_docs, reason = "the fields are the arguments of the sentence, their names say what they are")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Nobody listens there.
    Refused { address: String },
    /// The name has no address.
    NameNotFound { host: String },
    /// Connecting took longer than allowed.
    ConnectTimeout { address: String },
    /// The socket failed in another way.
    Network { address: String, detail: String },
    /// We spoke plaintext, the server wants TLS.
    WantsTls { address: String },
    /// We spoke TLS, the server does not: what it sent instead.
    NoTls { address: String, detail: String },
    /// The server speaks HTTP/1.1.
    Http1 { address: String, detail: String },
    /// Something answered that is not HTTP/2 at all.
    NotHttp2 { address: String, detail: String },
    /// An HTTP answer that is not gRPC: status, content type, the beginning of the body.
    NotGrpc { http_status: u16, content_type: String, body: String },
    /// The certificate is signed by nobody we trust.
    UnknownIssuer { detail: String },
    /// The certificate is for other names.
    WrongName { expected: String, names: String },
    /// The certificate is out of its dates.
    Expired { detail: String },
    /// TLS failed in another way.
    Tls { detail: String },
    /// A file of the TLS settings cannot be used.
    TlsFile { path: String, detail: String },
    /// The connection ended in mid-call.
    ConnectionLost { detail: String },
    /// The server reset the stream or said go away.
    Reset { detail: String },
    /// A message exceeds the limit.
    TooLarge { size: u64, limit: u64 },
    /// A frame was cut, a trailer missing.
    BadFrame { detail: String },
    /// There is no token for the call.
    Credentials(CredentialsFailure),
    /// Our own fault.
    Internal { detail: String },
}

impl Cause {
    /// The key of the sentence that says what happened, `cause-refused`; with `-hint` the one that says what to try.
    #[must_use]
    pub fn key(&self) -> &'static str {
        match self {
            Self::Refused { .. } => "cause-refused",
            Self::NameNotFound { .. } => "cause-name-not-found",
            Self::ConnectTimeout { .. } => "cause-connect-timeout",
            Self::Network { .. } => "cause-network",
            Self::WantsTls { .. } => "cause-wants-tls",
            Self::NoTls { .. } => "cause-no-tls",
            Self::Http1 { .. } => "cause-http1",
            Self::NotHttp2 { .. } => "cause-not-http2",
            Self::NotGrpc { .. } => "cause-not-grpc",
            Self::UnknownIssuer { .. } => "cause-unknown-issuer",
            Self::WrongName { .. } => "cause-wrong-name",
            Self::Expired { .. } => "cause-expired",
            Self::Tls { .. } => "cause-tls",
            Self::TlsFile { .. } => "cause-tls-file",
            Self::ConnectionLost { .. } => "cause-connection-lost",
            Self::Reset { .. } => "cause-reset",
            Self::TooLarge { .. } => "cause-too-large",
            Self::BadFrame { .. } => "cause-bad-frame",
            Self::Credentials(failure) => failure.key(),
            Self::Internal { .. } => "cause-internal",
        }
    }

    /// What stands in the sentence, by name.
    #[must_use]
    pub fn arguments(&self) -> Vec<(&'static str, String)> {
        match self.clone() {
            Self::Refused { address } | Self::ConnectTimeout { address } | Self::WantsTls { address } => {
                vec![("address", address)]
            }
            Self::NameNotFound { host } => vec![("host", host)],
            Self::Network { address, detail }
            | Self::NoTls { address, detail }
            | Self::Http1 { address, detail }
            | Self::NotHttp2 { address, detail } => vec![("address", address), ("detail", detail)],
            Self::NotGrpc { http_status, content_type, body } => {
                vec![("status", http_status.to_string()), ("type", content_type), ("body", body)]
            }
            Self::Credentials(failure) => failure.arguments(),
            Self::WrongName { expected, names } => vec![("expected", expected), ("names", names)],
            Self::TlsFile { path, detail } => vec![("path", path), ("detail", detail)],
            Self::TooLarge { size, limit } => vec![("size", size.to_string()), ("limit", limit.to_string())],
            Self::UnknownIssuer { detail }
            | Self::Expired { detail }
            | Self::Tls { detail }
            | Self::ConnectionLost { detail }
            | Self::Reset { detail }
            | Self::BadFrame { detail }
            | Self::Internal { detail } => vec![("detail", detail)],
        }
    }

    /// The gRPC code that a call ends with for this cause, where nothing tells it more exactly.
    pub(super) fn code(&self) -> Code {
        match self {
            Self::Refused { .. }
            | Self::NameNotFound { .. }
            | Self::ConnectTimeout { .. }
            | Self::Network { .. }
            | Self::WantsTls { .. }
            | Self::NoTls { .. }
            | Self::Http1 { .. }
            | Self::NotHttp2 { .. }
            | Self::UnknownIssuer { .. }
            | Self::WrongName { .. }
            | Self::Expired { .. }
            | Self::Tls { .. }
            | Self::TlsFile { .. }
            | Self::ConnectionLost { .. }
            | Self::Reset { .. } => Code::Unavailable,
            Self::NotGrpc { http_status, .. } => code_of_http_status(*http_status),
            Self::Credentials(_) => Code::Unauthenticated,
            Self::TooLarge { .. } => Code::ResourceExhausted,
            Self::BadFrame { .. } | Self::Internal { .. } => Code::Internal,
        }
    }

    /// The end of a call that failed for this cause.
    pub(super) fn into_outcome(self) -> Outcome {
        let code = self.code();
        self.into_outcome_with(code)
    }

    /// The end of a call that failed for this cause, with a code that is known better.
    pub(super) fn into_outcome_with(self, code: Code) -> Outcome {
        let status = Status { code: code as i32, message: self.to_string(), details: bytes::Bytes::new() };
        Outcome { status, trailers: Vec::new(), ended_by: EndedBy::Failure, cause: Some(self) }
    }
}

/// In plain English, for status messages; the interface has its own sentences by [`Cause::key`].
impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused { address } => write!(f, "nothing listens on {address} (connection refused)"),
            Self::NameNotFound { host } => write!(f, "no address found for the name {host}"),
            Self::ConnectTimeout { address } => write!(f, "{address} did not answer within the connect timeout"),
            Self::Network { address, detail } => write!(f, "cannot connect to {address}: {detail}"),
            Self::WantsTls { address } => write!(f, "{address} expects TLS, but the call was plaintext"),
            Self::NoTls { address, detail } => write!(f, "{address} does not speak TLS: {detail}"),
            Self::Http1 { address, detail } => write!(f, "{address} speaks HTTP/1.1, not HTTP/2: {detail}"),
            Self::NotHttp2 { address, detail } => write!(f, "{address} does not speak HTTP/2: {detail}"),
            Self::NotGrpc { http_status, content_type, .. } if content_type.is_empty() => {
                write!(f, "the answer is not gRPC: HTTP status {http_status}, no content type")
            }
            Self::NotGrpc { http_status, content_type, .. } => {
                write!(f, "the answer is not gRPC: HTTP status {http_status}, content type {content_type}")
            }
            Self::UnknownIssuer { detail } => {
                write!(f, "the server's certificate is signed by nobody that is trusted: {detail}")
            }
            Self::WrongName { expected, names } => {
                write!(f, "the server's certificate is not for {expected} but for {names}")
            }
            Self::Expired { detail } => write!(f, "the server's certificate is out of its dates: {detail}"),
            Self::Tls { detail } => write!(f, "TLS failed: {detail}"),
            Self::TlsFile { path, detail } => write!(f, "cannot use a file of the TLS settings: {detail}: {path}"),
            Self::ConnectionLost { detail } => write!(f, "the connection was lost: {detail}"),
            Self::Reset { detail } => write!(f, "the server broke the call off: {detail}"),
            Self::TooLarge { size, limit } => {
                write!(f, "a received message of {size} bytes exceeds the limit of {limit} bytes")
            }
            Self::BadFrame { detail } => write!(f, "the server's answer breaks the protocol: {detail}"),
            Self::Credentials(failure) => failure.fmt(f),
            Self::Internal { detail } => write!(f, "internal error: {detail}"),
        }
    }
}

/// The mapping that gRPC prescribes for answers without a gRPC status.
fn code_of_http_status(status: u16) -> Code {
    match status {
        400 => Code::Internal,
        401 => Code::Unauthenticated,
        403 => Code::PermissionDenied,
        404 => Code::Unimplemented,
        429 | 502 | 503 | 504 => Code::Unavailable,
        _ => Code::Unknown,
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// One of each.
    pub(in crate::engine) fn all() -> Vec<Cause> {
        let address = || "h:1".to_owned();
        let detail = || "d".to_owned();
        let credentials = crate::engine::credentials::failures();
        let mut all = vec![
            Cause::Refused { address: address() },
            Cause::NameNotFound { host: "h".to_owned() },
            Cause::ConnectTimeout { address: address() },
            Cause::Network { address: address(), detail: detail() },
            Cause::WantsTls { address: address() },
            Cause::NoTls { address: address(), detail: detail() },
            Cause::Http1 { address: address(), detail: detail() },
            Cause::NotHttp2 { address: address(), detail: detail() },
            Cause::NotGrpc { http_status: 404, content_type: "text/html".to_owned(), body: "<p>".to_owned() },
            Cause::UnknownIssuer { detail: detail() },
            Cause::WrongName { expected: "a".to_owned(), names: "b".to_owned() },
            Cause::Expired { detail: detail() },
            Cause::Tls { detail: detail() },
            Cause::TlsFile { path: "ca.pem".to_owned(), detail: detail() },
            Cause::ConnectionLost { detail: detail() },
            Cause::Reset { detail: detail() },
            Cause::TooLarge { size: 2, limit: 1 },
            Cause::BadFrame { detail: detail() },
            Cause::Internal { detail: detail() },
        ];
        all.extend(credentials.into_iter().map(Cause::Credentials));
        all
    }

    fn check_locale(text: &str) {
        let mut keys = BTreeSet::new();
        for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let (key, sentence) = line.split_once(" = ").unwrap();
            assert!(keys.insert(key), "{key} stands twice");
            let Some(cause) = all().into_iter().find(|cause| key.strip_suffix("-hint").unwrap_or(key) == cause.key())
            else {
                panic!("{key} belongs to no cause");
            };
            for part in sentence.split("{ $").skip(1) {
                let name = part.split(" }").next().unwrap();
                assert!(cause.arguments().iter().any(|(known, _)| *known == name), "{key} has no argument {name}");
            }
        }
        for cause in all() {
            assert!(keys.contains(cause.key()), "{} is missing", cause.key());
            assert!(keys.contains(format!("{}-hint", cause.key()).as_str()), "{}-hint is missing", cause.key());
        }
    }

    #[test]
    fn every_cause_has_its_sentences() {
        check_locale(include_str!("../../assets/locales/en/causes.ftl"));
        check_locale(include_str!("../../assets/locales/zh-CN/causes.ftl"));
    }

    #[test]
    fn http_statuses_map_as_grpc_prescribes() {
        let check = |status, code| assert_eq!(code_of_http_status(status), code, "{status}");
        check(400, Code::Internal);
        check(401, Code::Unauthenticated);
        check(403, Code::PermissionDenied);
        check(404, Code::Unimplemented);
        check(503, Code::Unavailable);
        check(500, Code::Unknown);
        check(200, Code::Unknown);
    }
}
