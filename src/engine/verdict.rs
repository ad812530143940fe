//! How a call ended: what was seen below tonic and what tonic made of it become one outcome, with the cause in it where
//! the status alone does not say whose limit or whose deadline it was.
//!
//! Must not know: HTTP/2, connections.

use std::time::Duration;

use super::status::Code;
use super::{Cause, EndedBy, Outcome};
use crate::request::{Compression, MetadataValue};
use crate::schema::MethodPath;

/// What tonic is told where the outcome is known below it. A call that answered with nothing but OK ends so too.
pub(super) const TOLD: &str = "see the ending of the exchange";
/// What servers of the common libraries say of a message of ours that is too large for them.
const REFUSED: [&str; 6] = [
    // grpcio and C++, grpc-go, grpc-js.
    "received message larger than max",
    "received message after decompression larger than max",
    // Java.
    "exceeds maximum size",
    // .NET.
    "received message exceeds the maximum configured message size",
    // tonic.
    "decoded message length too large",
    "exceeded while decompressing message",
];
/// What they say of a message of their own.
const WITHHELD: [&str; 4] = [
    "trying to send message larger than max",
    "sent message larger than max",
    "sending message exceeds the maximum configured message size",
    "encoded message length too large",
];

/// What servers say of a service that they do not have: grpc-go, .NET.
const NO_SERVICE: [&str; 2] = ["unknown service ", "service is unimplemented"];
/// What they say of a method that they do not have, or that is only declared.
const NO_METHOD: [&str; 5] = [
    // grpc-go.
    "unknown method ",
    // grpcio and C++, Java, Armeria.
    "method not found",
    // grpc-js.
    "the server does not implement the method",
    // .NET.
    "method is unimplemented",
    // grpcio, for one that is only declared.
    "method not implemented",
];

/// What of a call bears on how its end is to be understood.
#[derive(Clone, Copy, Debug)]
pub(super) struct Circumstances<'a> {
    pub(super) method: &'a MethodPath,
    pub(super) timeout: Option<Duration>,
    /// How long it ran.
    pub(super) ran: Duration,
    pub(super) compression: Compression,
    pub(super) max_receive: usize,
    /// Messages received.
    pub(super) received: u64,
    /// The method streams its responses.
    pub(super) many: bool,
}

/// The end of an exchange from what was seen below tonic and what tonic made of it.
pub(super) fn judged(seen: Option<Outcome>, tonic: Option<&tonic::Status>, about: Circumstances<'_>) -> Outcome {
    let broken = |detail: &str| Cause::BadFrame { detail: detail.to_owned() };
    match (seen, tonic) {
        (Some(seen), Some(status)) if seen.status.code == Code::Ok as i32 && status.message() != TOLD => {
            broken(status.message()).into_outcome()
        }
        (Some(seen), _) if seen.status.code == Code::Ok as i32 && about.received == 0 && !about.many => {
            let mut outcome = broken("the server said OK but sent no message").into_outcome();
            outcome.trailers = seen.trailers;
            outcome
        }
        (Some(seen), _) => explained(seen, about),
        // Only tonic decompresses, so that only it knows a message that grows beyond the limit.
        (None, Some(status)) if status.code() == tonic::Code::ResourceExhausted => {
            Cause::Inflated { limit: about.max_receive as u64 }.into_outcome()
        }
        (None, Some(status)) => broken(status.message()).into_outcome_with(status.code()),
        (None, None) => broken("the server ended the call without a status").into_outcome_with(Code::Unknown),
    }
}

/// The end at our own deadline.
pub(super) fn deadline_passed(timeout: Duration, connected: bool) -> Outcome {
    let timeout = format!("{timeout:?}");
    let cause = if connected { Cause::Deadline { timeout } } else { Cause::DeadlineConnecting { timeout } };
    Outcome { ended_by: EndedBy::Deadline, ..cause.into_outcome() }
}

/// Finds the cause of what a server said, where its words and its trailers show one.
fn explained(mut outcome: Outcome, about: Circumstances<'_>) -> Outcome {
    if outcome.ended_by != EndedBy::Server || outcome.cause.is_some() {
        return outcome;
    }
    let code = outcome.status.code;
    outcome.cause = if code == Code::DeadlineExceeded as i32 {
        Some(server_deadline(about))
    } else if code == Code::ResourceExhausted as i32 || code == Code::OutOfRange as i32 {
        size_refused(&outcome.status.message)
    } else if code == Code::Unavailable as i32 && is_about_pings(&outcome.status.message) {
        Some(Cause::TooManyPings { detail: outcome.status.message.clone() })
    } else if code == Code::Unimplemented as i32 {
        compression_refused(&outcome, about.compression)
            .or_else(|| compression_unknown(&outcome.status.message, about.compression))
            .or_else(|| unknown(&outcome.status.message, about.method))
    } else if code == Code::Internal as i32 {
        compression_unknown(&outcome.status.message, about.compression)
    } else {
        None
    };
    outcome
}

/// A server that keeps to our timeout began to count a little later than we, or a little earlier by its clock's grain.
fn server_deadline(about: Circumstances<'_>) -> Cause {
    match about.timeout {
        Some(timeout) if about.ran >= timeout.mul_f32(0.9) => Cause::ServerDeadline { timeout: format!("{timeout:?}") },
        _ => Cause::OtherDeadline { after: format!("{:.1?}", about.ran) },
    }
}

fn size_refused(message: &str) -> Option<Cause> {
    let said = message.to_ascii_lowercase();
    let detail = || message.to_owned();
    if WITHHELD.iter().any(|words| said.contains(words)) {
        return Some(Cause::AnswerTooLarge { detail: detail() });
    }
    REFUSED.iter().any(|words| said.contains(words)).then(|| Cause::TooLargeForServer { detail: detail() })
}

/// grpcio ends the calls with such a status before it closes the connection.
fn is_about_pings(message: &str) -> bool {
    matches!(message.trim().to_ascii_lowercase().as_str(), "too many pings" | "too_many_pings")
}

/// Whether it is service or method that the server does not have. tonic says nothing at all; others name the path.
fn unknown(message: &str, method: &MethodPath) -> Option<Cause> {
    let said = message.trim().to_ascii_lowercase();
    if NO_SERVICE.iter().any(|words| said.starts_with(words)) {
        return Some(Cause::NoSuchService { service: method.service.clone() });
    }
    let path = method.to_string().to_ascii_lowercase();
    let is_named = said.contains(&path) || NO_METHOD.iter().any(|words| said.starts_with(words));
    let is_method = said.is_empty() || is_named;
    is_method.then(|| Cause::NoSuchMethod { method: method.to_string() })
}

/// A server that cannot read our compression says what it can read.
fn compression_refused(outcome: &Outcome, compression: Compression) -> Option<Cause> {
    let is_list = |name: &str| name == "grpc-accept-encoding";
    let accepted = outcome.trailers.iter().find_map(|(name, value)| match value {
        MetadataValue::Text(text) if is_list(name) => Some(text.clone()),
        _ => None,
    })?;
    let takes_ours = accepted.split(',').any(|name| name.trim() == compression.name());
    (compression != Compression::Identity && !takes_ours)
        .then(|| Cause::CompressionRefused { encoding: compression.name().to_owned(), accepted })
}

/// Many servers say in words alone that they cannot read our compression; C++ and what stands on it fail at the header.
fn compression_unknown(message: &str, compression: Compression) -> Option<Cause> {
    let said = message.to_ascii_lowercase();
    let names_it = said.contains(compression.name()) && (said.contains("encoding") || said.contains("compress"));
    ((names_it || said.contains("grpc-encoding")) && compression != Compression::Identity)
        .then(|| Cause::CompressionUnknown { encoding: compression.name().to_owned(), detail: message.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::status::own_status;

    static METHOD: MethodPath = MethodPath { service: String::new(), method: String::new() };

    const ABOUT: Circumstances<'static> = Circumstances {
        method: &METHOD,
        timeout: None,
        ran: Duration::from_millis(480),
        compression: Compression::Gzip,
        max_receive: 64,
        received: 0,
        many: false,
    };

    fn said(code: Code, message: &str, about: Circumstances<'_>) -> Option<Cause> {
        let status = own_status(code, message);
        let trailers = vec![("grpc-accept-encoding".to_owned(), MetadataValue::Text("identity, zstd".to_owned()))];
        judged(Some(Outcome { status, trailers, ended_by: EndedBy::Server, cause: None }), None, about).cause
    }

    #[test]
    fn servers_tell_whose_size_limit_it_is() {
        let check = |code: Code, message: &str, ours: Option<bool>| {
            let detail = message.to_owned();
            let expected = ours
                .map(|ours| if ours { Cause::TooLargeForServer { detail } } else { Cause::AnswerTooLarge { detail } });
            assert_eq!(said(code, message, ABOUT), expected, "{message}");
        };
        let spent = Code::ResourceExhausted;
        check(spent, "Received message larger than max (5000000 vs. 4194304)", Some(true));
        check(spent, "SERVER: Received message larger than max (5000000 vs. 4194304)", Some(true));
        check(spent, "grpc: received message larger than max (5000000 vs. 4194304)", Some(true));
        check(spent, "grpc: received message after decompression larger than max 4194304", Some(true));
        check(spent, "Received message larger than max (5000000 vs 4194304)", Some(true));
        check(spent, "gRPC message exceeds maximum size 4194304: 5000000", Some(true));
        check(spent, "Received message exceeds the maximum configured message size.", Some(true));
        let tonic = "Error, decoded message length too large: found 5000000 bytes, the limit is: 4194304 bytes";
        check(Code::OutOfRange, tonic, Some(true));
        check(spent, "Sent message larger than max (5000000 vs. 4194304)", Some(false));
        check(spent, "grpc: trying to send message larger than max (5000000 vs. 4194304)", Some(false));
        check(spent, "quota of the project is used up", None);
        check(Code::InvalidArgument, "Received message larger than max", None);
    }

    #[test]
    fn deadlines_are_told_apart() {
        let check = |timeout: Option<u64>, expected: Cause| {
            let about = Circumstances { timeout: timeout.map(Duration::from_millis), ..ABOUT };
            assert_eq!(said(Code::DeadlineExceeded, "Deadline Exceeded", about), Some(expected), "{timeout:?}");
        };
        check(Some(500), Cause::ServerDeadline { timeout: "500ms".to_owned() });
        check(Some(5000), Cause::OtherDeadline { after: "480.0ms".to_owned() });
        check(None, Cause::OtherDeadline { after: "480.0ms".to_owned() });
        for (connected, word) in [(true, "did not end"), (false, "no connection")] {
            let outcome = deadline_passed(Duration::from_secs(2), connected);
            assert_eq!((outcome.status.code, outcome.ended_by), (4, EndedBy::Deadline));
            assert!(outcome.status.message.contains(word) && outcome.status.message.contains("2s"), "{outcome:?}");
        }
    }

    #[test]
    fn a_server_that_cannot_read_our_compression_says_what_it_can() {
        let expected = Cause::CompressionRefused { encoding: "gzip".to_owned(), accepted: "identity, zstd".to_owned() };
        assert_eq!(said(Code::Unimplemented, "not supported", ABOUT), Some(expected));
        for compression in [Compression::Identity, Compression::Zstd] {
            let about = Circumstances { compression, ..ABOUT };
            assert_eq!(said(Code::Unimplemented, "not supported", about), None);
        }
    }

    #[test]
    fn a_server_that_refuses_pings_says_so_in_a_status_too() {
        let detail = "Too many pings".to_owned();
        assert_eq!(said(Code::Unavailable, &detail, ABOUT), Some(Cause::TooManyPings { detail: detail.clone() }));
        assert_eq!(said(Code::Unavailable, "too many callers", ABOUT), None);
    }

    #[test]
    fn servers_tell_what_they_do_not_have() {
        let method = MethodPath { service: "shop.v1.Orders".to_owned(), method: "Place".to_owned() };
        let about = Circumstances { method: &method, compression: Compression::Identity, ..ABOUT };
        let service = || Some(Cause::NoSuchService { service: "shop.v1.Orders".to_owned() });
        let whole = || Some(Cause::NoSuchMethod { method: "shop.v1.Orders/Place".to_owned() });
        let check = |message: &str, expected: Option<Cause>| {
            assert_eq!(said(Code::Unimplemented, message, about), expected, "{message}");
        };
        check("unknown service shop.v1.Orders", service());
        check("Service is unimplemented.", service());
        check("unknown method Place for service shop.v1.Orders", whole());
        check("Method not found!", whole());
        check("Method not found: shop.v1.Orders/Place", whole());
        check("The server does not implement the method /shop.v1.Orders/Place", whole());
        check("Method is unimplemented.", whole());
        check("the demo server has no method /shop.v1.Orders/Place", whole());
        check("Method not implemented!", whole());
        check("", whole());
        check("returns are not sold here", None);
        assert_eq!(said(Code::NotFound, "Method not found!", about), None);
    }

    #[test]
    fn what_servers_say_in_words_alone_is_understood() {
        let check = |code: Code, message: &str, about: Circumstances, expected: Option<Cause>| {
            assert_eq!(said(code, message, about), expected, "{message}");
        };
        let plain = Circumstances { compression: Compression::Identity, ..ABOUT };
        let words = "Error parsing 'grpc-encoding' metadata";
        let unknown = Cause::CompressionUnknown { encoding: "gzip".to_owned(), detail: words.to_owned() };
        check(Code::Internal, words, ABOUT, Some(unknown));
        check(Code::Internal, words, plain, None);
        let words = "Received message compressed with unsupported encoding \"gzip\"";
        let unknown = Cause::CompressionUnknown { encoding: "gzip".to_owned(), detail: words.to_owned() };
        let status = own_status(Code::Unimplemented, words);
        let of_js = Outcome { status, trailers: Vec::new(), ended_by: EndedBy::Server, cause: None };
        assert_eq!(judged(Some(of_js), None, ABOUT).cause, Some(unknown));
        check(Code::Internal, "out of order", ABOUT, None);
        let pings = |detail: &str| Some(Cause::TooManyPings { detail: detail.to_owned() });
        check(Code::Unavailable, "Too many pings", ABOUT, pings("Too many pings"));
        check(Code::Unavailable, "too_many_pings", ABOUT, pings("too_many_pings"));
        check(Code::Unavailable, "try later", ABOUT, None);
        check(Code::Internal, "Too many pings", ABOUT, None);
    }
}
