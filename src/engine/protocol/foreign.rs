//! Which protocol an answer is in that is not the one of its call.
//!
//! Must not know: how a call goes on.

use http::StatusCode;
use http::header::{HeaderMap, HeaderName};

use super::{Shape, content_type};
use crate::engine::Cause;

const ACCEPT_POST: HeaderName = HeaderName::from_static("accept-post");

/// Whether the answer is in gRPC itself.
pub(in crate::engine) fn is_grpc(headers: &HeaderMap) -> bool {
    let kind = content_type(headers);
    kind.strip_prefix(b"application/grpc").is_some_and(|rest| matches!(rest.first(), None | Some(b'+')))
}

/// What an answer that is not in the form of its call tells of the server: that it speaks another protocol.
pub(in crate::engine) fn told_by(shape: Shape, status: StatusCode, headers: &HeaderMap) -> Option<Cause> {
    let spoken = if status == StatusCode::UNSUPPORTED_MEDIA_TYPE {
        let listed = headers.get_all(ACCEPT_POST);
        let kinds: Vec<&[u8]> = listed.iter().flat_map(|value| value.as_bytes().split(|byte| *byte == b',')).collect();
        let found: Vec<Spoken> = kinds.iter().filter_map(|kind| spoken(kind.trim_ascii())).collect();
        // One that takes the call's own protocol has something else against it.
        if found.iter().any(|spoken| spoken.is(shape)) {
            return None;
        }
        // Of several the nearest to what was chosen.
        found.iter().find(|spoken| spoken.is_web() && shape.is_web()).or(found.iter().min()).copied()
    } else {
        spoken(content_type(headers)).filter(|spoken| !spoken.is(shape))
    };
    let server = spoken?.setting();
    Some(Cause::OtherProtocol { call: shape.name().to_owned(), server: server.to_owned() })
}

/// Protocols by their content types; of several the first is the best to try.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Spoken {
    Grpc,
    Connect,
    Web,
    WebText,
}

impl Spoken {
    const fn is(self, shape: Shape) -> bool {
        match self {
            Self::Grpc => matches!(shape, Shape::Grpc),
            Self::Connect => matches!(shape, Shape::ConnectUnary | Shape::ConnectStream),
            Self::Web => matches!(shape, Shape::Web { text: false }),
            Self::WebText => matches!(shape, Shape::Web { text: true }),
        }
    }

    const fn is_web(self) -> bool {
        matches!(self, Self::Web | Self::WebText)
    }

    /// As the setting has it.
    const fn setting(self) -> &'static str {
        match self {
            Self::Grpc => "grpc",
            Self::Connect => "connect",
            Self::Web => "grpc-web",
            Self::WebText => "grpc-web-text",
        }
    }
}

fn spoken(kind: &[u8]) -> Option<Spoken> {
    let rest = kind.strip_prefix(b"application/")?;
    if rest == b"proto" || rest.starts_with(b"connect+") {
        return Some(Spoken::Connect);
    }
    match rest.strip_prefix(b"grpc")? {
        [] | [b'+', ..] => Some(Spoken::Grpc),
        rest if rest.starts_with(b"-web-text") => Some(Spoken::WebText),
        rest if rest.starts_with(b"-web") => Some(Spoken::Web),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::headers;
    use super::*;

    const WEB: Shape = Shape::Web { text: false };

    #[test]
    fn content_types_tell_grpc() {
        let check = |text: &'static str, expected: bool| {
            assert_eq!(is_grpc(&headers(&[("content-type", text)])), expected, "{text}");
        };
        check("application/grpc", true);
        check("application/grpc+proto", true);
        check("application/grpc; charset=utf-8", true);
        check("application/grpc-web+proto", false);
        check("text/html", false);
        assert!(!is_grpc(&HeaderMap::new()));
    }

    #[test]
    fn an_answer_tells_what_the_server_speaks() {
        let check = |shape: Shape, status: u16, head: (&'static str, &str), server: Option<&str>| {
            let cause = told_by(shape, StatusCode::from_u16(status).unwrap(), &headers(&[head]));
            let expected =
                server.map(|server| Cause::OtherProtocol { call: shape.name().to_owned(), server: server.to_owned() });
            assert_eq!(cause, expected, "{head:?}");
        };
        let kind = |text: &'static str| ("content-type", text);
        check(Shape::Grpc, 200, kind("application/grpc-web+proto"), Some("grpc-web"));
        check(Shape::Grpc, 200, kind("application/grpc-web-text"), Some("grpc-web-text"));
        check(Shape::Grpc, 200, kind("application/connect+proto"), Some("connect"));
        check(Shape::ConnectUnary, 200, kind("application/grpc"), Some("grpc"));
        check(Shape::ConnectStream, 200, kind("application/grpc+proto; a=b"), Some("grpc"));
        check(WEB, 200, kind("application/grpc"), Some("grpc"));
        check(Shape::Grpc, 200, kind("text/html"), None);
        let post = |text: &'static str| ("accept-post", text);
        check(Shape::Grpc, 415, post("application/grpc-web, application/grpc-web+proto"), Some("grpc-web"));
        check(Shape::Grpc, 415, post("application/grpc-web, application/proto, application/json"), Some("connect"));
        check(Shape::Grpc, 415, post("application/grpc, application/proto"), None);
        check(Shape::Grpc, 200, post("application/proto"), None);
        check(Shape::Web { text: true }, 415, post("application/grpc, application/grpc-web"), Some("grpc-web"));
        check(WEB, 415, post("application/grpc, application/grpc-web"), None);
    }
}
