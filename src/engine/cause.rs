//! Why a call failed: what is told from evidence, with which gRPC code, and which sentence of the locale files says it.
//!
//! Must not know: how the evidence was had.

mod code;
mod tls;
mod words;

pub(super) use self::code::code_of_http_status;
pub use self::tls::{CertificateFault, ClientFault, FileFault, TlsCause};
use super::credentials::CredentialsFailure;

/// Why a call failed, from evidence. The sentences (what happened, what to try) stand in the locale files under
/// [`Cause::key`] and `key-hint`, with [`Cause::arguments`] in them.
#[expect(missing_docs, reason = "the fields are the arguments of the sentence, their names say what they are")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Nobody listens there.
    Refused { address: String },
    /// The name has no address.
    NameNotFound { host: String },
    /// The name could not be looked up.
    NameLookUp { host: String, detail: String },
    /// None of several addresses gave a connection: each with its reason.
    NoAddress { count: usize, detail: String },
    /// The environment names a proxy that cannot be used.
    BadProxy { variable: String, detail: String },
    /// The proxy cannot be reached.
    ProxyUnreachable { proxy: String, detail: String },
    /// What was taken for a proxy is none, or one of another kind.
    NotAProxy { proxy: String, detail: String },
    /// The proxy wants credentials, or others.
    ProxyCredentials { proxy: String, detail: String },
    /// The proxy does not let us through to the target.
    ProxyRefused { proxy: String, address: String, detail: String },
    /// The proxy cannot reach the target.
    ProxyCannotReach { proxy: String, address: String, detail: String },
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
    /// The server speaks another protocol than the call; `server` is a value of the setting.
    OtherProtocol { call: String, server: String },
    /// The server refuses the protocol of the call and does not say which it takes (HTTP status 415).
    ProtocolRefused { call: String },
    /// The protocol has no calls whose requests stream.
    NoSuchKind,
    /// Messages both ways at once need HTTP/2, which the server does not speak.
    NeedsHttp2 { address: String },
    /// TLS failed, or its settings cannot be used.
    Tls(TlsCause),
    /// The connection ended in mid-call.
    ConnectionLost { detail: String },
    /// The server reset the stream or said go away.
    Reset { detail: String },
    /// The server did not look at the call: it may be sent again without harm.
    Unprocessed { detail: String },
    /// The server did not answer a keepalive ping.
    KeepaliveTimeout { timeout: String },
    /// The server wants fewer keepalive pings: its GOAWAY.
    TooManyPings { detail: String },
    /// A received message exceeds the limit that the user set.
    TooLarge { size: u64, limit: u64 },
    /// A received message exceeds it when it is decompressed.
    Inflated { limit: u64 },
    /// A message exceeds the limit that the user set for sending.
    TooLargeToSend { size: u64, limit: u64 },
    /// The server does not take a message of ours for its size: what it says.
    TooLargeForServer { detail: String },
    /// The server does not send its own message for its size: what it says.
    AnswerTooLarge { detail: String },
    /// A server sends more in all than is believed.
    TooMuch { size: u64, limit: u64 },
    /// The answer is compressed in a way that was not accepted.
    Encoding { encoding: String, accepted: String },
    /// The server does not take the compression of our messages.
    CompressionRefused { encoding: String, accepted: String },
    /// The server cannot tell what our messages are compressed with: its own words.
    CompressionUnknown { encoding: String, detail: String },
    /// Our timeout passed during the call.
    Deadline { timeout: String },
    /// Our timeout passed before a connection stood.
    DeadlineConnecting { timeout: String },
    /// The server kept to the timeout that we sent it.
    ServerDeadline { timeout: String },
    /// The server gave up by a deadline that is not ours.
    OtherDeadline { after: String },
    /// The server has no such service: its own UNIMPLEMENTED.
    NoSuchService { service: String },
    /// The server has no such method, or no such service: its own UNIMPLEMENTED.
    NoSuchMethod { method: String },
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
            Self::NameLookUp { .. } => "cause-name-look-up",
            Self::NoAddress { .. } => "cause-no-address",
            Self::BadProxy { .. } => "cause-bad-proxy",
            Self::ProxyUnreachable { .. } => "cause-proxy-unreachable",
            Self::NotAProxy { .. } => "cause-not-a-proxy",
            Self::ProxyCredentials { .. } => "cause-proxy-credentials",
            Self::ProxyRefused { .. } => "cause-proxy-refused",
            Self::ProxyCannotReach { .. } => "cause-proxy-cannot-reach",
            Self::ConnectTimeout { .. } => "cause-connect-timeout",
            Self::Network { .. } => "cause-network",
            Self::WantsTls { .. } => "cause-wants-tls",
            Self::NoTls { .. } => "cause-no-tls",
            Self::Http1 { .. } => "cause-http1",
            Self::NotHttp2 { .. } => "cause-not-http2",
            Self::NotGrpc { .. } => "cause-not-grpc",
            Self::OtherProtocol { .. } => "cause-other-protocol",
            Self::ProtocolRefused { .. } => "cause-protocol-refused",
            Self::NoSuchKind => "cause-no-such-kind",
            Self::NeedsHttp2 { .. } => "cause-needs-http2",
            Self::Tls(cause) => cause.key(),
            Self::ConnectionLost { .. } => "cause-connection-lost",
            Self::Reset { .. } => "cause-reset",
            Self::Unprocessed { .. } => "cause-unprocessed",
            Self::KeepaliveTimeout { .. } => "cause-keepalive-timeout",
            Self::TooManyPings { .. } => "cause-too-many-pings",
            Self::TooLarge { .. } => "cause-too-large",
            Self::Inflated { .. } => "cause-inflated",
            Self::TooLargeToSend { .. } => "cause-too-large-to-send",
            Self::TooLargeForServer { .. } => "cause-too-large-for-server",
            Self::AnswerTooLarge { .. } => "cause-answer-too-large",
            Self::TooMuch { .. } => "cause-too-much",
            Self::Encoding { .. } => "cause-encoding",
            Self::CompressionRefused { .. } => "cause-compression-refused",
            Self::CompressionUnknown { .. } => "cause-compression-unknown",
            Self::Deadline { .. } => "cause-deadline",
            Self::DeadlineConnecting { .. } => "cause-deadline-connecting",
            Self::ServerDeadline { .. } => "cause-server-deadline",
            Self::OtherDeadline { .. } => "cause-other-deadline",
            Self::NoSuchService { .. } => "cause-no-such-service",
            Self::NoSuchMethod { .. } => "cause-no-such-method",
            Self::BadFrame { .. } => "cause-bad-frame",
            Self::Credentials(failure) => failure.key(),
            Self::Internal { .. } => "cause-internal",
        }
    }

    /// What stands in the sentence, by name.
    #[must_use]
    pub fn arguments(&self) -> Vec<(&'static str, String)> {
        match self.clone() {
            Self::Refused { address }
            | Self::ConnectTimeout { address }
            | Self::WantsTls { address }
            | Self::NeedsHttp2 { address } => vec![("address", address)],
            Self::OtherProtocol { call, server } => vec![("call", call), ("server", server)],
            Self::ProtocolRefused { call } => vec![("call", call)],
            Self::NoSuchKind => Vec::new(),
            Self::NameNotFound { host } => vec![("host", host)],
            Self::NameLookUp { host, detail } => vec![("host", host), ("detail", detail)],
            Self::NoAddress { count, detail } => vec![("count", count.to_string()), ("detail", detail)],
            Self::BadProxy { variable, detail } => vec![("variable", variable), ("detail", detail)],
            Self::ProxyUnreachable { proxy, detail }
            | Self::NotAProxy { proxy, detail }
            | Self::ProxyCredentials { proxy, detail } => vec![("proxy", proxy), ("detail", detail)],
            Self::ProxyRefused { proxy, address, detail } | Self::ProxyCannotReach { proxy, address, detail } => {
                vec![("proxy", proxy), ("address", address), ("detail", detail)]
            }
            Self::Network { address, detail }
            | Self::NoTls { address, detail }
            | Self::Http1 { address, detail }
            | Self::NotHttp2 { address, detail } => vec![("address", address), ("detail", detail)],
            Self::NotGrpc { http_status, content_type, body } => {
                vec![("status", http_status.to_string()), ("type", content_type), ("body", body)]
            }
            Self::Tls(cause) => cause.arguments(),
            Self::Credentials(failure) => failure.arguments(),
            Self::KeepaliveTimeout { timeout } => vec![("timeout", timeout)],
            Self::TooLarge { size, limit } | Self::TooLargeToSend { size, limit } | Self::TooMuch { size, limit } => {
                vec![("size", size.to_string()), ("limit", limit.to_string())]
            }
            Self::Inflated { limit } => vec![("limit", limit.to_string())],
            Self::Encoding { encoding, accepted } | Self::CompressionRefused { encoding, accepted } => {
                vec![("encoding", encoding), ("accepted", accepted)]
            }
            Self::CompressionUnknown { encoding, detail } => vec![("encoding", encoding), ("detail", detail)],
            Self::Deadline { timeout } | Self::DeadlineConnecting { timeout } | Self::ServerDeadline { timeout } => {
                vec![("timeout", timeout)]
            }
            Self::OtherDeadline { after } => vec![("after", after)],
            Self::NoSuchService { service } => vec![("service", service)],
            Self::NoSuchMethod { method } => vec![("method", method)],
            Self::ConnectionLost { detail }
            | Self::Reset { detail }
            | Self::Unprocessed { detail }
            | Self::TooManyPings { detail }
            | Self::TooLargeForServer { detail }
            | Self::AnswerTooLarge { detail }
            | Self::BadFrame { detail }
            | Self::Internal { detail } => vec![("detail", detail)],
        }
    }

    /// Whether the same may succeed a little later with nothing changed on our side: a server that starts, a network
    /// that comes back. What the peer speaks, whom it is trusted by and what our files hold does not change by waiting.
    pub(super) fn may_pass(&self) -> bool {
        !matches!(
            self,
            Self::WantsTls { .. }
                | Self::NoTls { .. }
                | Self::Http1 { .. }
                | Self::Tls(_)
                | Self::BadProxy { .. }
                | Self::NotAProxy { .. }
                | Self::ProxyCredentials { .. }
                | Self::ProxyRefused { .. }
                | Self::NoSuchKind
                | Self::NeedsHttp2 { .. }
                | Self::TooLarge { .. }
                | Self::TooLargeToSend { .. }
                | Self::Internal { .. }
        )
    }

    /// Whether the server may have the method under another name, which its reflection would tell. A server that
    /// answers with HTTP status 404 has no path for it.
    #[must_use]
    pub fn is_unknown_method(&self) -> bool {
        matches!(self, Self::NoSuchService { .. } | Self::NoSuchMethod { .. } | Self::NotGrpc { http_status: 404, .. })
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// One of each.
    pub(crate) fn all() -> Vec<Cause> {
        let address = || "h:1".to_owned();
        let detail = || "d".to_owned();
        let credentials = crate::engine::credentials::failures();
        let mut all = vec![
            Cause::Refused { address: address() },
            Cause::NameNotFound { host: "h".to_owned() },
            Cause::NameLookUp { host: "h".to_owned(), detail: detail() },
            Cause::NoAddress { count: 2, detail: detail() },
            Cause::BadProxy { variable: "v".to_owned(), detail: detail() },
            Cause::ProxyUnreachable { proxy: address(), detail: detail() },
            Cause::NotAProxy { proxy: address(), detail: detail() },
            Cause::ProxyCredentials { proxy: address(), detail: detail() },
            Cause::ProxyRefused { proxy: address(), address: address(), detail: detail() },
            Cause::ProxyCannotReach { proxy: address(), address: address(), detail: detail() },
            Cause::ConnectTimeout { address: address() },
            Cause::Network { address: address(), detail: detail() },
            Cause::WantsTls { address: address() },
            Cause::NoTls { address: address(), detail: detail() },
            Cause::Http1 { address: address(), detail: detail() },
            Cause::NotHttp2 { address: address(), detail: detail() },
            Cause::NotGrpc { http_status: 404, content_type: "text/html".to_owned(), body: "<p>".to_owned() },
            Cause::OtherProtocol { call: "gRPC".to_owned(), server: "connect".to_owned() },
            Cause::ProtocolRefused { call: "gRPC".to_owned() },
            Cause::NoSuchKind,
            Cause::NeedsHttp2 { address: address() },
            Cause::ConnectionLost { detail: detail() },
            Cause::Reset { detail: detail() },
            Cause::Unprocessed { detail: detail() },
            Cause::KeepaliveTimeout { timeout: "20s".to_owned() },
            Cause::TooManyPings { detail: detail() },
            Cause::TooLarge { size: 2, limit: 1 },
            Cause::Inflated { limit: 1 },
            Cause::TooLargeToSend { size: 2, limit: 1 },
            Cause::TooLargeForServer { detail: detail() },
            Cause::AnswerTooLarge { detail: detail() },
            Cause::TooMuch { size: 2, limit: 1 },
            Cause::Encoding { encoding: "br".to_owned(), accepted: "gzip".to_owned() },
            Cause::CompressionRefused { encoding: "gzip".to_owned(), accepted: "identity".to_owned() },
            Cause::CompressionUnknown { encoding: "zstd".to_owned(), detail: detail() },
            Cause::Deadline { timeout: "1s".to_owned() },
            Cause::DeadlineConnecting { timeout: "1s".to_owned() },
            Cause::ServerDeadline { timeout: "1s".to_owned() },
            Cause::OtherDeadline { after: "1s".to_owned() },
            Cause::NoSuchService { service: "a.B".to_owned() },
            Cause::NoSuchMethod { method: "a.B/C".to_owned() },
            Cause::BadFrame { detail: detail() },
            Cause::Internal { detail: detail() },
        ];
        all.extend(super::tls::tests::all().into_iter().map(Cause::Tls));
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
}
