//! A request as typed ([`Draft`]) and as meant ([`CallSpec`]), and the one function between them, [`resolve()`]: target
//! syntax, metadata, auth, environments and variables.
//!
//! Must not know: network, UI.

mod access;
mod auth;
mod binary;
mod body;
mod connection;
mod credentials;
mod draft;
mod duration;
mod mask;
mod metadata;
mod pasted;
mod proxy;
mod resolve;
mod scope;
mod secret;
mod security;
mod settings;
mod target;

pub mod variables;

pub use access::{Access, CallOptions, CallSpec, Compression, MetadataEntry, MetadataValue, RetryPolicy};
pub use auth::{
    AuthDraft, AuthKind, ClientAuth, CommandDraft, EntryDraft, JwtAlgorithm, JwtDraft, OAuthDraft, OAuthGrant,
};
pub use binary::BinaryForm;
pub use connection::{
    Address, ConnectionSpec, Identity, Keepalive, Protocol, Proxy, ProxyAddress, ProxyKind, SecurityReason, Target,
    TlsSpec, Windows,
};
pub use credentials::{
    CommandSpec, Credentials, Entry, Grant, JwtSpec, OAuthSpec, SigningKey, credentials, redirect_address,
    redirect_port,
};
pub(crate) use credentials::{REDIRECT_PATH, base64_key};
pub use draft::{DEFAULT_CONNECT_TIMEOUT, Draft, MetadataRow, TlsDraft, TlsMode};
pub use duration::parse_duration;
pub use mask::{MASK, is_secret, masked, shown_entry};
pub use metadata::{before_credentials, check_row};
pub use pasted::pasted_rows;
pub use proxy::{parse_proxy, parse_proxy_address};
pub use resolve::{check_access, check_settings, encode, resolve, resolve_access};
pub use scope::{Origin, Scope};
pub use secret::Secret;
pub use security::TlsPart;
pub use settings::{Setting, SettingsDraft, parse_size};
pub(crate) use target::is_loopback;
pub use target::parse_target;
pub use variables::expand;

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
