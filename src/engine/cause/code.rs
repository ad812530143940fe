//! The gRPC code that a call ends with for a cause, and for an HTTP status without one of gRPC.
//!
//! Must not know: how the evidence was had.

use super::Cause;
use crate::engine::event::{EndedBy, Outcome, Status};
use crate::engine::status::Code;

impl Cause {
    /// The gRPC code that a call ends with for this cause, where nothing tells it more exactly.
    pub(in crate::engine) fn code(&self) -> Code {
        match self {
            Self::Refused { .. }
            | Self::NameNotFound { .. }
            | Self::NameLookUp { .. }
            | Self::NoAddress { .. }
            | Self::BadProxy { .. }
            | Self::ProxyUnreachable { .. }
            | Self::NotAProxy { .. }
            | Self::ProxyCredentials { .. }
            | Self::ProxyRefused { .. }
            | Self::ProxyCannotReach { .. }
            | Self::ConnectTimeout { .. }
            | Self::Network { .. }
            | Self::WantsTls { .. }
            | Self::NoTls { .. }
            | Self::Http1 { .. }
            | Self::NotHttp2 { .. }
            | Self::Tls(_)
            | Self::ConnectionLost { .. }
            | Self::Reset { .. }
            | Self::Unprocessed { .. }
            | Self::KeepaliveTimeout { .. }
            | Self::TooManyPings { .. } => Code::Unavailable,
            Self::NotGrpc { http_status, .. } => code_of_http_status(*http_status),
            Self::OtherProtocol { .. }
            | Self::ProtocolRefused { .. }
            | Self::NoSuchKind
            | Self::NeedsHttp2 { .. }
            | Self::NoSuchService { .. }
            | Self::NoSuchMethod { .. }
            | Self::CompressionRefused { .. }
            | Self::CompressionUnknown { .. } => Code::Unimplemented,
            Self::TooLarge { .. }
            | Self::Inflated { .. }
            | Self::TooLargeToSend { .. }
            | Self::TooLargeForServer { .. }
            | Self::AnswerTooLarge { .. }
            | Self::TooMuch { .. } => Code::ResourceExhausted,
            Self::Deadline { .. }
            | Self::DeadlineConnecting { .. }
            | Self::ServerDeadline { .. }
            | Self::OtherDeadline { .. } => Code::DeadlineExceeded,
            Self::Encoding { .. } | Self::BadFrame { .. } | Self::Internal { .. } => Code::Internal,
            Self::Credentials(_) => Code::Unauthenticated,
        }
    }

    /// The end of a call that failed for this cause.
    pub(in crate::engine) fn into_outcome(self) -> Outcome {
        let code = self.code();
        self.into_outcome_with(code)
    }

    /// The end of a call that failed for this cause, with a code that is known better.
    pub(in crate::engine) fn into_outcome_with(self, code: Code) -> Outcome {
        let status = Status { code: code as i32, message: self.to_string(), details: bytes::Bytes::new() };
        Outcome { status, trailers: Vec::new(), ended_by: EndedBy::Failure, cause: Some(self) }
    }
}

/// The mapping that gRPC prescribes for answers without a gRPC status.
pub(in crate::engine) fn code_of_http_status(status: u16) -> Code {
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
mod tests {
    use super::*;

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
