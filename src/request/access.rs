//! A call as meant: [`Access`] is a call without its method, which reflection and health checks take too, and
//! [`CallSpec`] the whole of it.
//!
//! Must not know: how it is typed, network, UI.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;

use super::{ConnectionSpec, Credentials, Protocol, shown_entry};
use crate::schema::{Kind, MethodPath};

/// How messages are compressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Compression {
    /// Not at all.
    #[default]
    Identity,
    /// gzip.
    Gzip,
    /// zlib, which gRPC calls deflate.
    Deflate,
    /// Zstandard.
    Zstd,
}

impl Compression {
    /// What gRPC calls it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Gzip => "gzip",
            Self::Deflate => "deflate",
            Self::Zstd => "zstd",
        }
    }
}

/// When a call that failed is tried again (gRFC A6): only while nothing but its status came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Attempts in all, 2 to 5.
    pub attempts: u32,
    /// The first wait, doubled for each further one; each is drawn at random up to it.
    pub backoff: Duration,
    /// The longest wait.
    pub max_backoff: Duration,
    /// Status codes that are tried again.
    pub codes: Vec<i32>,
}

/// How a call runs on its connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallOptions {
    /// What is spoken.
    pub protocol: Protocol,
    /// Wait until the server can be reached, within the call's timeout, instead of failing at once.
    pub wait_for_ready: bool,
    /// Largest message that is received, in bytes.
    pub max_receive: usize,
    /// Largest message that is sent, in bytes.
    pub max_send: usize,
    /// How sent messages are compressed.
    pub compression: Compression,
    /// What the server may compress with, besides not at all.
    pub accept: Vec<Compression>,
    /// `user-agent`.
    pub user_agent: String,
    /// `None` for one attempt.
    pub retry: Option<RetryPolicy>,
}

impl Default for CallOptions {
    fn default() -> Self {
        Self {
            protocol: Protocol::Grpc,
            wait_for_ready: false,
            max_receive: 64 << 20,
            max_send: usize::MAX,
            compression: Compression::Identity,
            accept: vec![Compression::Gzip, Compression::Deflate, Compression::Zstd],
            user_agent: concat!("trunkline/", env!("CARGO_PKG_VERSION")).to_owned(),
            retry: None,
        }
    }
}

/// How a server is reached, and what every call to it takes along: a call without its method.
#[derive(Clone, PartialEq, Eq)]
pub struct Access {
    /// How to connect.
    pub connection: ConnectionSpec,
    /// `/prefix` before the path, or empty.
    pub path_prefix: String,
    /// What to send first.
    pub metadata: Vec<MetadataEntry>,
    /// What becomes a further entry only when the call is made, because it needs time or the network.
    pub credentials: Option<Credentials>,
    /// Names of entries that the credentials set: their values are secrets, see [`is_secret`](super::is_secret).
    pub secret_names: Vec<String>,
    /// How calls run.
    pub options: CallOptions,
}

/// Without secrets.
impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |entry| match shown_entry(entry, &self.secret_names) {
            (name, MetadataValue::Text(text)) => format!("{name}: {text}"),
            (name, MetadataValue::Binary(bytes)) => format!("{name}: {bytes:?}"),
        };
        let metadata: Vec<String> = self.metadata.iter().map(shown).collect();
        f.debug_struct("Access")
            .field("connection", &self.connection)
            .field("path_prefix", &self.path_prefix)
            .field("metadata", &metadata)
            .field("credentials", &self.credentials)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

/// A metadata value on its way out or in.
#[derive(Clone, PartialEq, Eq)]
pub enum MetadataValue {
    /// Visible ASCII (as received: anything, lossily decoded).
    Text(String),
    /// The bytes of a `-bin` entry.
    Binary(Bytes),
}

/// Without the value: whether it is a secret only its name tells, and what the credentials call theirs.
impl fmt::Debug for MetadataValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text(_) => "Text(..)",
            Self::Binary(_) => "Binary(..)",
        })
    }
}

/// A name and a value.
pub type MetadataEntry = (String, MetadataValue);

/// A call as meant, ready to run.
#[derive(Clone, Debug)]
pub struct CallSpec {
    /// Where, and with what.
    pub access: Access,
    /// What to call.
    pub method: MethodPath,
    /// How many messages may go each way.
    pub kind: Kind,
    /// Limit for the whole call.
    pub timeout: Option<Duration>,
    /// Encoded messages to send at once. Where requests do not stream the engine ends the stream after the first;
    /// elsewhere whoever holds the call does.
    pub messages: Vec<Bytes>,
}
