//! What a call tells its owner.
//!
//! Must not know: HTTP/2, connections, how it gets there.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::Cause;
use crate::request::MetadataEntry;

/// Something that happened in a call.
#[derive(Clone, Debug)]
pub struct CallEvent {
    /// Since [`Call::started`](super::Call::started), by a monotonic clock.
    pub at: Duration,
    /// What.
    pub what: Happened,
}

/// What happened. There is one of these for each message, so that what is larger than a message is boxed.
#[derive(Clone, Debug)]
pub enum Happened {
    /// A connection is being made (not said when one is reused).
    Connecting {
        /// `host:port` or socket path.
        address: String,
    },
    /// A step on the way to a connection.
    Step(Step),
    /// The connection stands.
    Connected(Box<Peer>),
    /// The request's headers went out.
    Requested {
        /// The HTTP/2 stream of the call; 0 where HTTP/1.1 is spoken.
        stream: u32,
        /// All of them, those of the protocol included, but for HTTP/2's own with a colon.
        headers: Vec<MetadataEntry>,
    },
    /// A message was handed to the connection.
    Sent(Payload),
    /// The sending half was closed.
    SendingEnded,
    /// Response headers.
    Headers(Vec<MetadataEntry>),
    /// A message came.
    Received(Payload),
    /// An attempt failed and another follows.
    Retrying {
        /// Which attempt failed, from 1.
        attempt: u32,
        /// How.
        status: Box<Status>,
        /// How long the next one waits.
        wait: Duration,
    },
    /// The end, always last.
    Finished(Box<Outcome>),
}

/// A message on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payload {
    /// Its encoded bytes, not compressed.
    pub message: Bytes,
    /// Its length on the wire, without the head of five bytes, where it was compressed; `None` where it was not.
    pub compressed: Option<u32>,
}

impl Payload {
    /// A message that was not compressed.
    #[must_use]
    pub const fn plain(message: Bytes) -> Self {
        Self { message, compressed: None }
    }
}

/// A step on the way to a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// A name was looked up.
    LookedUp {
        /// The name.
        host: String,
        /// What it means, in the order of the tries.
        addresses: Vec<String>,
    },
    /// A connection to an address is tried.
    Trying {
        /// `ip:port` or socket path.
        address: String,
    },
    /// That try failed; another may follow, or run beside it.
    Failed {
        /// As in `Trying`.
        address: String,
        /// Why, in plain words.
        reason: String,
    },
    /// The socket stands.
    SocketConnected {
        /// As in `Trying`.
        address: String,
    },
    /// The proxy leads on to the target.
    Tunnelled {
        /// `host:port` of the proxy, and the environment variable that it is from.
        proxy: String,
    },
    /// TLS stands.
    Secured {
        /// `TLSv1.3`.
        version: String,
    },
    /// A token is asked for.
    FetchingToken {
        /// Where: a URL, a command as it was typed.
        source: String,
    },
    /// The user is to log in, in the browser.
    Browser {
        /// The address to open.
        url: String,
    },
    /// The token is there.
    Token {
        /// As in `FetchingToken`; for one signed here `JWT` and the algorithm.
        source: String,
        /// An earlier call fetched it.
        reused: bool,
    },
    /// The server's first SETTINGS came.
    Settings {
        /// Streams that it allows at a time, where it says so.
        max_streams: Option<u32>,
    },
}

/// What TLS came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsSession {
    /// `TLSv1.3`.
    pub version: String,
    /// The cipher suite.
    pub cipher: String,
    /// The application protocol that was agreed on, `h2`; empty for none.
    pub alpn: String,
    /// The server's certificates, its own first.
    pub chain: Vec<Certificate>,
    /// The certificate was believed without a look at it.
    pub unverified: bool,
    /// What verification would have said against it, where it was skipped.
    pub doubt: Option<Cause>,
    /// The session's secrets are written to the file that `SSLKEYLOGFILE` names, so that others can read what is said.
    pub key_log: bool,
}

/// What a certificate says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// Whose it is.
    pub subject: String,
    /// Who signed it.
    pub issuer: String,
    /// Host names and addresses that it is for.
    pub names: Vec<String>,
    /// From when it holds, in seconds since 1970.
    pub not_before: i64,
    /// Until when it holds, in seconds since 1970.
    pub not_after: i64,
    /// Serial number in hex.
    pub serial: String,
    /// SHA-256 of the whole, in hex.
    pub fingerprint: String,
}

impl Certificate {
    /// What it is called in a sentence: its subject, or its names where it has none.
    #[must_use]
    pub fn title(&self) -> String {
        match (self.subject.is_empty(), self.names.is_empty()) {
            (false, _) => self.subject.clone(),
            (true, false) => self.names.join(", "),
            (true, true) => self.serial.clone(),
        }
    }
}

/// The other end of a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// IP address and port, or socket path; `host:port` where a proxy leads there.
    pub address: String,
    /// IP address and port of this end, where it has them.
    pub local: Option<String>,
    /// The proxy between, as `Step::Tunnelled` names it.
    pub via: Option<String>,
    /// `None` for plaintext.
    pub tls: Option<Arc<TlsSession>>,
    /// An earlier call opened it.
    pub reused: bool,
}

/// How a call ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The status, the server's or ours.
    pub status: Status,
    /// Trailers as they came, without `grpc-status`, `grpc-message` and `grpc-status-details-bin`.
    pub trailers: Vec<MetadataEntry>,
    /// Who ended it.
    pub ended_by: EndedBy,
    /// Why it failed, where there is more to say than the status.
    pub cause: Option<Cause>,
}

/// A gRPC status.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// 0 is OK.
    pub code: i32,
    /// Its text, percent-decoded.
    pub message: String,
    /// `grpc-status-details-bin`, a serialised `google.rpc.Status`; empty where there was none.
    pub details: Bytes,
}

/// Who ended a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndedBy {
    /// The server, with a status of its own.
    Server,
    /// Our deadline.
    Deadline,
    /// [`Call::cancel`](super::Call::cancel).
    Cancel,
    /// A failure below gRPC: [`Outcome::cause`] says which.
    Failure,
}
