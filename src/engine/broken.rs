//! What an error of the HTTP/2 library means for the call that met it, from everything that is known of the connection.
//!
//! Must not know: exchanges, messages.

use h2::Reason;

use super::connect::{Connection, lost};
use super::status::Code;
use super::{Cause, Outcome};

/// What an error means for a call that has sent nothing yet.
pub(super) fn unsent(error: &h2::Error, connection: &Connection) -> Outcome {
    let outcome = failure(error, connection);
    match (&outcome.cause, error.is_io() || error.reason().is_some()) {
        (Some(cause), true) => Cause::Unprocessed { detail: cause.to_string() }.into_outcome(),
        _ => outcome,
    }
}

/// What an error of the HTTP/2 library means for the call that met it.
pub(super) fn failure(error: &h2::Error, connection: &Connection) -> Outcome {
    if error.is_reset() && error.is_remote() {
        let reason = error.reason().unwrap_or(Reason::INTERNAL_ERROR);
        let detail = format!("it reset the stream ({})", reason_name(reason));
        if reason == Reason::REFUSED_STREAM {
            return Cause::Unprocessed { detail }.into_outcome();
        }
        return Cause::Reset { detail }.into_outcome_with(code_of_reset(reason));
    }
    if let Some(goaway) = connection.facts.goaway() {
        let detail = format!("it closed the connection ({})", goaway.reason());
        if error.is_go_away() && error.is_remote() {
            // The library says so to the streams after the last that the server has looked at, and to no others.
            return Cause::Unprocessed { detail }.into_outcome();
        }
        if goaway.is_too_many_pings() {
            return Cause::TooManyPings { detail: goaway.reason() }.into_outcome();
        }
        return Cause::Reset { detail }.into_outcome();
    }
    if let Some(io) = error.get_io() {
        // The connection's own end says more than "broken pipe", which is what its streams are told.
        let cause = connection.facts.end().unwrap_or_else(|| Cause::ConnectionLost { detail: lost(io) });
        return cause.into_outcome();
    }
    if error.is_library() || error.is_reset() || error.is_go_away() {
        return Cause::BadFrame { detail: rule(error) }.into_outcome();
    }
    Cause::ConnectionLost { detail: error.to_string() }.into_outcome()
}

/// Which rule of HTTP/2 the peer broke. What the library says beside the code is in the text of its error alone.
fn rule(error: &h2::Error) -> String {
    let said = error.to_string();
    let Some(reason) = error.reason() else { return said };
    let name = reason_name(reason);
    let rule = match reason {
        _ if said.contains("too_many_continuations") => "its headers or trailers are too long",
        _ if said.contains("too_many_data_frames") => "too many frames that carry nothing",
        Reason::FRAME_SIZE_ERROR => "a frame is longer than we allow",
        Reason::FLOW_CONTROL_ERROR => "flow control was broken",
        Reason::COMPRESSION_ERROR => "headers cannot be decoded",
        _ => "an HTTP/2 rule was broken",
    };
    format!("{rule} ({name})")
}

fn reason_name(reason: Reason) -> String {
    // Its debug form is the name in the specification.
    format!("{reason:?}")
}

/// The mapping that gRPC prescribes.
fn code_of_reset(reason: Reason) -> Code {
    match reason {
        Reason::REFUSED_STREAM => Code::Unavailable,
        Reason::CANCEL => Code::Cancelled,
        Reason::ENHANCE_YOUR_CALM => Code::ResourceExhausted,
        Reason::INADEQUATE_SECURITY => Code::PermissionDenied,
        _ => Code::Internal,
    }
}
