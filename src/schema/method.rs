//! What a method is called and how its messages flow: the two facts that every other part needs of a method.
//!
//! Must not know: files, pools, network, UI.

use std::fmt;

use prost_reflect::MethodDescriptor;

/// How many messages go each way in a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// One message each way.
    Unary,
    /// One message sent, many received.
    ServerStreaming,
    /// Many messages sent, one received.
    ClientStreaming,
    /// Many messages each way.
    Bidirectional,
}

impl Kind {
    /// The kind of the described method.
    #[must_use]
    pub fn of(method: &MethodDescriptor) -> Self {
        Self::from_streaming(method.is_client_streaming(), method.is_server_streaming())
    }

    /// The kind with these directions streaming.
    #[must_use]
    pub const fn from_streaming(requests: bool, responses: bool) -> Self {
        match (requests, responses) {
            (false, false) => Self::Unary,
            (false, true) => Self::ServerStreaming,
            (true, false) => Self::ClientStreaming,
            (true, true) => Self::Bidirectional,
        }
    }

    /// Whether any number of messages may be sent.
    #[must_use]
    pub const fn streams_requests(self) -> bool {
        matches!(self, Self::ClientStreaming | Self::Bidirectional)
    }

    /// Whether any number of messages may be received.
    #[must_use]
    pub const fn streams_responses(self) -> bool {
        matches!(self, Self::ServerStreaming | Self::Bidirectional)
    }
}

/// A method's full name: `pkg.Service/Method`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MethodPath {
    /// Full name of the service, `pkg.Service`.
    pub service: String,
    /// Name of the method.
    pub method: String,
}

impl MethodPath {
    /// Reads `pkg.Service/Method`, `/pkg.Service/Method` or `pkg.Service.Method`; `None` when a part is missing.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().trim_start_matches('/');
        let (service, method) = text.split_once('/').or_else(|| text.rsplit_once('.'))?;
        if service.is_empty() || method.is_empty() || method.contains(['/', '.']) {
            return None;
        }
        Some(Self { service: service.to_owned(), method: method.to_owned() })
    }
}

impl fmt::Display for MethodPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.service, self.method)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<(&str, &str)>) {
        let found = MethodPath::parse(text);
        assert_eq!(found.as_ref().map(|path| (path.service.as_str(), path.method.as_str())), expected, "{text}");
        if let Some(path) = found {
            assert_eq!(MethodPath::parse(&path.to_string()), Some(path), "printing and reading {text} again");
        }
    }

    #[test]
    fn method_paths_are_read_in_every_form() {
        check("pkg.Service/Method", Some(("pkg.Service", "Method")));
        check("/pkg.Service/Method", Some(("pkg.Service", "Method")));
        check("pkg.Service.Method", Some(("pkg.Service", "Method")));
        check("  Service/Method\n", Some(("Service", "Method")));
        check("Service.Method", Some(("Service", "Method")));
        check("a.b.c.Service/Method", Some(("a.b.c.Service", "Method")));
    }

    #[test]
    fn method_paths_with_a_missing_part_are_refused() {
        for text in ["", "/", "Service", "Service/", "/Method", ".Method", "Service.", "a/b/c", "a.B/C.D"] {
            check(text, None);
        }
    }

    #[test]
    fn kinds_follow_the_streaming_directions() {
        for requests in [false, true] {
            for responses in [false, true] {
                let kind = Kind::from_streaming(requests, responses);
                assert_eq!((kind.streams_requests(), kind.streams_responses()), (requests, responses));
            }
        }
    }
}
