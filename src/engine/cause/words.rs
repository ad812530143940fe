//! Causes in plain English, for status messages and the text of a timeline; the interface has its own sentences, see
//! [`Cause::key`].
//!
//! Must not know: languages of the interface.

use std::fmt;

use super::Cause;

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused { address } => write!(f, "nothing listens on {address} (connection refused)"),
            Self::NameNotFound { host } => write!(f, "no address found for the name {host}"),
            Self::NameLookUp { host, detail } => write!(f, "the name {host} could not be looked up: {detail}"),
            Self::NoAddress { count, detail } => write!(f, "none of the {count} addresses can be reached: {detail}"),
            Self::BadProxy { variable, detail } => {
                write!(f, "the environment variable {variable} holds no proxy that can be used: {detail}")
            }
            Self::ProxyUnreachable { proxy, detail } => write!(f, "the proxy {proxy} cannot be reached: {detail}"),
            Self::NotAProxy { proxy, detail } => write!(f, "{proxy} does not answer as a proxy: {detail}"),
            Self::ProxyCredentials { proxy, detail } => {
                write!(f, "the proxy {proxy} wants credentials: {detail}")
            }
            Self::ProxyRefused { proxy, address, detail } => {
                write!(f, "the proxy {proxy} does not let us through to {address}: {detail}")
            }
            Self::ProxyCannotReach { proxy, address, detail } => {
                write!(f, "the proxy {proxy} cannot reach {address}: {detail}")
            }
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
            Self::OtherProtocol { call, server } => {
                write!(f, "the call was {call}, but the server speaks {server}: choose that as protocol")
            }
            Self::ProtocolRefused { call } => {
                write!(f, "the server does not take {call} (HTTP status 415): choose another protocol")
            }
            Self::NoSuchKind => write!(
                f,
                "gRPC-Web has no calls with a stream of requests: choose gRPC or Connect as protocol for this method"
            ),
            Self::NeedsHttp2 { address } => {
                write!(f, "messages both ways at once need HTTP/2, but {address} speaks HTTP/1.1")
            }
            Self::Tls(cause) => cause.fmt(f),
            Self::ConnectionLost { detail } => write!(f, "the connection was lost: {detail}"),
            Self::Reset { detail } => write!(f, "the server broke the call off: {detail}"),
            Self::Unprocessed { detail } => write!(f, "the server did not take the call: {detail}"),
            Self::KeepaliveTimeout { timeout } => write!(f, "keepalive ping unanswered within {timeout}"),
            Self::TooManyPings { detail } => {
                write!(f, "the server refuses so many keepalive pings and closed the connection ({detail})")
            }
            Self::TooLarge { size, limit } => {
                write!(f, "a received message of {size} bytes exceeds the limit of {limit} bytes for receiving")
            }
            Self::Inflated { limit } => {
                write!(f, "a received message exceeds the limit of {limit} bytes for receiving when decompressed")
            }
            Self::TooLargeToSend { size, limit } => {
                write!(f, "a message of {size} bytes exceeds the limit of {limit} bytes for sending")
            }
            Self::TooLargeForServer { detail } => write!(f, "the message is too large for the server: {detail}"),
            Self::AnswerTooLarge { detail } => {
                write!(f, "the answer is larger than the server may send: {detail}")
            }
            Self::TooMuch { size, limit } => {
                write!(f, "the server sent {size} bytes, more than the {limit} that are taken")
            }
            Self::Encoding { encoding, accepted } => {
                write!(f, "the answer is compressed as {encoding}, but what is accepted is {accepted}")
            }
            Self::CompressionRefused { encoding, accepted } => {
                write!(f, "the server does not take messages compressed as {encoding}, but {accepted}")
            }
            Self::CompressionUnknown { encoding, detail } => {
                write!(f, "the server cannot read messages compressed as {encoding}: {detail}")
            }
            Self::Deadline { timeout } => write!(f, "the call did not end within its timeout of {timeout}"),
            Self::DeadlineConnecting { timeout } => {
                write!(f, "no connection within the call's timeout of {timeout}")
            }
            Self::ServerDeadline { timeout } => {
                write!(f, "the server did not finish within the call's timeout of {timeout}, and says so itself")
            }
            Self::OtherDeadline { after } => {
                write!(f, "the server gave up after {after} by a deadline that is not the call's")
            }
            Self::NoSuchService { service } => write!(f, "the server has no service {service}"),
            Self::NoSuchMethod { method } => write!(f, "the server does not implement {method}"),
            Self::BadFrame { detail } => write!(f, "the server's answer breaks the protocol: {detail}"),
            Self::Credentials(failure) => failure.fmt(f),
            Self::Internal { detail } => write!(f, "internal error: {detail}"),
        }
    }
}
