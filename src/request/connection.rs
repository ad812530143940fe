//! How a server is reached, as meant: addresses, security, the way to them, and what is spoken. Two calls whose
//! [`ConnectionSpec`]s are equal share a connection.
//!
//! Must not know: how it is typed, network (the engine connects), UI.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

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
