//! A request as typed ([`Draft`]) and as meant ([`CallSpec`]), and the one function between them, [`resolve()`]: target
//! syntax, metadata, auth, environments and variables.
//!
//! Must not know: network, UI.

mod auth;
mod binary;
mod body;
mod credentials;
mod duration;
mod mask;
mod metadata;
mod pasted;
mod proxy;
mod resolve;
mod secret;
mod security;
mod settings;
mod target;

pub mod variables;

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;

use crate::message::AnyTypes;
use crate::schema::{Kind, MethodPath};

pub use auth::{
    AuthDraft, AuthKind, ClientAuth, CommandDraft, EntryDraft, JwtAlgorithm, JwtDraft, OAuthDraft, OAuthGrant,
};
pub use binary::BinaryForm;
pub(crate) use credentials::base64_key;
pub use credentials::{CommandSpec, Credentials, Entry, Grant, JwtSpec, OAuthSpec, SigningKey, credentials};
pub use duration::parse_duration;
pub use mask::{MASK, is_secret, masked, shown_entry};
pub use metadata::{before_credentials, check_row};
pub use pasted::pasted_rows;
pub use proxy::{parse_proxy, parse_proxy_address};
pub use resolve::{check_access, check_settings, encode, resolve, resolve_access};
pub use secret::Secret;
pub use security::TlsPart;
pub use settings::{Setting, SettingsDraft, parse_size};
pub(crate) use target::is_loopback;
pub use target::parse_target;
pub use variables::expand;

/// A request as the user typed it. Every text may hold `{{variables}}`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Draft {
    /// `pkg.Service/Method`.
    pub method: String,
    /// Where to; empty takes what is inherited.
    pub target: String,
    /// Transport security.
    pub tls: TlsDraft,
    /// Rows in order, repeated names allowed.
    pub metadata: Vec<MetadataRow>,
    /// Credentials.
    pub auth: AuthDraft,
    /// How long the whole call may take: `5s`, `1m30s`, `250ms`; empty for no limit.
    pub timeout: String,
    /// How long connecting may take; empty for [`DEFAULT_CONNECT_TIMEOUT`].
    pub connect_timeout: String,
    /// How the call runs.
    pub settings: SettingsDraft,
    /// The messages to send, each as JSON text.
    pub messages: Vec<String>,
}

/// How long connecting may take where nothing else was typed.
pub const DEFAULT_CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// One row of metadata.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct MetadataRow {
    /// Name; with the suffix `-bin` the value is bytes.
    pub name: String,
    /// Value.
    pub value: String,
    /// How the value is typed where it is bytes.
    pub form: BinaryForm,
    /// A row switched off stays but is not sent.
    pub disabled: bool,
}

/// Without the value of a secret.
impl fmt::Debug for MetadataRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, value, disabled, form: _ } = self;
        let value = if is_secret(name, &[]) { masked(value) } else { value.clone() };
        write!(f, "{}{name}: {value:?}", if *disabled { "off " } else { "" })
    }
}

/// Transport security as typed.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct TlsDraft {
    /// Which to use.
    pub mode: TlsMode,
    /// PEM file with the roots to trust instead of the system's.
    pub ca: String,
    /// PEM file with the client's certificate chain; or a PKCS#12 file (`.p12`, `.pfx`) with certificate and key.
    pub cert: String,
    /// PEM file with the client's key; empty for PKCS#12.
    pub key: String,
    /// What opens a PKCS#12 file.
    pub password: String,
    /// `:authority`, and the name that the certificate must have, in place of the target's host.
    pub authority: String,
    /// The name that the certificate must have, where it is not the authority's host.
    pub server_name: String,
    /// The server's certificate is not verified.
    pub insecure: bool,
}

/// Without the password.
impl fmt::Debug for TlsDraft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { mode, ca, cert, key, password: _, authority, server_name, insecure } = self;
        f.debug_struct("TlsDraft")
            .field("mode", mode)
            .field("ca", ca)
            .field("cert", cert)
            .field("key", key)
            .field("authority", authority)
            .field("server_name", server_name)
            .field("insecure", insecure)
            .finish_non_exhaustive()
    }
}

/// Which security a target is reached with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TlsMode {
    /// By scheme (`grpc`, `http` plaintext; `grpcs`, `https` TLS); without one plaintext to a loopback host or a
    /// socket, else TLS.
    #[default]
    Auto,
    /// Always plaintext.
    Plaintext,
    /// Always TLS.
    Tls,
}

/// Why a target is reached with TLS or without.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecurityReason {
    /// The user chose it.
    Chosen,
    /// The scheme says so.
    Scheme,
    /// The host is this machine.
    Loopback,
    /// Nothing said otherwise.
    Default,
}

/// What a draft stands in: what it inherits, and what its variables mean.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// The types that an `Any` in a message may hold beyond those of the method's files.
    pub types: AnyTypes,
    /// Used where the draft leaves its own target empty.
    pub target: String,
    /// Sent before the draft's own rows, except those whose name the draft has too.
    pub metadata: Vec<MetadataRow>,
    /// Used where the draft says [`AuthDraft::Inherit`].
    pub auth: AuthDraft,
    /// Used, field by field, where the draft's own is the default.
    pub tls: TlsDraft,
    /// Used where the draft leaves its own timeout empty.
    pub timeout: String,
    /// Used where the draft leaves its own connect timeout empty.
    pub connect_timeout: String,
    /// Used, one by one, where the draft sets nothing.
    pub settings: SettingsDraft,
    /// Names and values, the first of a name wins.
    pub variables: Vec<(String, String)>,
    /// Where variables are from, by name; the first of a name wins.
    pub origins: Vec<(String, Origin)>,
    /// Where the rest is from, the outermost first: each part that something sets, metadata by the index of its row.
    pub sources: Vec<(Place, Origin)>,
    /// The folder that relative paths of TLS files start from; empty for the working folder.
    pub folder: PathBuf,
}

/// Where a variable is from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The collection of that name.
    Collection(String),
    /// The environment of that name.
    Environment(String),
    /// The folder of that name.
    Folder(String),
}

impl Scope {
    /// The names of its variables, each once.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let is_first = |index: usize, name: &str| !self.variables[..index].iter().any(|(other, _)| other == name);
        let all = self.variables.iter().enumerate();
        all.filter(move |(index, (name, _))| is_first(*index, name)).map(|(_, (name, _))| name.as_str())
    }

    /// Where a part of what is inherited is from, as far as that is known.
    #[must_use]
    pub fn source(&self, place: &Place) -> Option<&Origin> {
        self.sources.iter().rev().find(|(of, _)| of == place).map(|(_, origin)| origin)
    }

    /// Where a variable is from; `None` for those of the program.
    #[must_use]
    pub fn origin(&self, name: &str) -> Option<&Origin> {
        self.origins.iter().find(|(of, _)| of == name).map(|(_, origin)| origin)
    }
}

/// Where to connect.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Address {
    /// A host name or IP address (without brackets) and a port.
    Tcp {
        /// Host.
        host: String,
        /// Port.
        port: u16,
    },
    /// A socket file.
    Unix(PathBuf),
    /// A socket in Linux's abstract namespace, by its name without the zero byte before it.
    UnixAbstract(String),
}

/// A target as meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Where to connect, in the order in which the addresses are tried; never empty.
    pub addresses: Vec<Address>,
    /// `/prefix` before the service name, or empty.
    pub path_prefix: String,
    /// Whether TLS is used.
    pub tls: bool,
    /// Why it is or is not.
    pub reason: SecurityReason,
}

/// Everything that decides whether two calls can share one connection.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ConnectionSpec {
    /// Where to, in the order in which the addresses are tried; never empty.
    pub addresses: Vec<Address>,
    /// `None` for plaintext.
    pub tls: Option<TlsSpec>,
    /// `:authority` where it is not the address.
    pub authority: Option<String>,
    /// Limit for name look-up, proxy, TCP, TLS and the first SETTINGS together.
    pub connect_timeout: Duration,
    /// Which way to the address.
    pub proxy: Proxy,
    /// Pings that keep it alive; `None` for none.
    pub keepalive: Option<Keepalive>,
    /// How far the server may run ahead.
    pub windows: Windows,
    /// What is spoken on it.
    pub protocol: Protocol,
}

/// What is spoken with a server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// gRPC over HTTP/2.
    #[default]
    Grpc,
    /// gRPC-Web, binary (`application/grpc-web+proto`).
    GrpcWeb,
    /// gRPC-Web, base64 (`application/grpc-web-text`).
    GrpcWebText,
    /// Connect (`application/proto`, `application/connect+proto`).
    Connect,
}

/// Which way leads to an address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum Proxy {
    /// As `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` say.
    #[default]
    Environment,
    /// None, whatever the environment says.
    Direct,
    /// Through this one.
    Given(ProxyAddress),
}

/// A proxy.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ProxyAddress {
    /// What it speaks.
    pub kind: ProxyKind,
    /// Host name or IP address, without brackets.
    pub host: String,
    /// Port.
    pub port: u16,
    /// User and password.
    pub credentials: Option<(String, String)>,
}

/// Without the password.
impl fmt::Debug for ProxyAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, host, port, credentials } = self;
        write!(f, "{kind:?} {}{host}:{port}", if credentials.is_some() { "***@" } else { "" })
    }
}

/// What a proxy speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ProxyKind {
    /// HTTP CONNECT (RFC 9110, section 9.3.6).
    Http,
    /// SOCKS 5 (RFC 1928); names are looked up by the proxy.
    Socks5,
}

/// Pings that find out whether a connection is still alive (gRPC's client-side keepalive).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Keepalive {
    /// Time without a frame after which a ping goes out.
    pub time: Duration,
    /// Time within which it must be answered.
    pub timeout: Duration,
    /// Also while no call runs.
    pub without_calls: bool,
}

/// Bytes that may be on their way before we have taken what came before (RFC 9113, section 6.9).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Windows {
    /// On one stream.
    pub stream: u32,
    /// On the whole connection.
    pub connection: u32,
}

impl Default for Windows {
    /// More gains nothing on loopback, less costs a third of the throughput.
    fn default() -> Self {
        Self { stream: 8 << 20, connection: 16 << 20 }
    }
}

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
    /// Names of entries that the credentials set: their values are secrets, see [`is_secret`].
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

/// TLS as meant.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct TlsSpec {
    /// PEM roots instead of the system's.
    pub ca: Option<PathBuf>,
    /// Certificate chain and key of the client.
    pub identity: Option<Identity>,
    /// The server's certificate is not verified.
    pub insecure: bool,
    /// The name that the server's certificate must have, sent as SNI too; `None` for the authority's host.
    pub server_name: Option<String>,
}

/// Where the client's certificate and key are.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum Identity {
    /// In two files.
    Pem {
        /// The chain, the client's own certificate first.
        chain: PathBuf,
        /// The private key.
        key: PathBuf,
    },
    /// In a PKCS#12 file.
    Pkcs12 {
        /// The file.
        file: PathBuf,
        /// What opens it.
        password: String,
    },
}

/// Without the password.
impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pem { chain, key } => f.debug_struct("Pem").field("chain", chain).field("key", key).finish(),
            Self::Pkcs12 { file, .. } => f.debug_struct("Pkcs12").field("file", file).finish_non_exhaustive(),
        }
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

/// Which part of a draft a problem belongs to, so that it is shown there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// The target.
    Target,
    /// The method's name.
    Method,
    /// A metadata row, by index; an index past the draft's rows stands for an inherited row.
    Metadata(usize),
    /// Credentials.
    Auth,
    /// A part of the TLS settings.
    Tls(TlsPart),
    /// The timeout.
    Timeout,
    /// The connect timeout.
    ConnectTimeout,
    /// One of the other settings.
    Setting(Setting),
    /// A message, by index; where in it is in the problem.
    Message(usize),
}

/// Something that keeps a draft from being sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where it belongs.
    pub place: Place,
    /// What is wrong: lower-case, no final stop. For a message with line, column and path in it.
    pub message: String,
}

#[cfg(test)]
pub(crate) mod tests {
    //! Types for the tests of this module and of those above it.

    use prost_reflect::{DescriptorPool, MethodDescriptor};

    /// A service with a method of each kind that the tests need.
    pub(crate) const PROTO: &str = r#"
        syntax = "proto3";
        package t.v1;
        enum Colour { NONE = 0; RED = 1; }
        message Thing {
            string text = 1;
            int64 count = 2;
            bool flag = 3;
            Colour colour = 4;
            Thing inner = 5;
            repeated bool flags = 6;
            repeated int32 counts = 7;
            map<string, bool> by_name = 8;
        }
        service Tests {
            rpc Unary(Thing) returns (Thing);
            rpc Bidi(stream Thing) returns (stream Thing);
        }
    "#;

    /// The method of a name in `t.v1.Tests`.
    pub(crate) fn method(proto: &str, name: &str) -> MethodDescriptor {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("t.proto"), proto).unwrap();
        let files = protox::compile(["t.proto"], [folder.path()]).unwrap();
        let pool = DescriptorPool::from_file_descriptor_set(files).unwrap();
        pool.get_service_by_name("t.v1.Tests").unwrap().methods().find(|method| method.name() == name).unwrap()
    }
}
