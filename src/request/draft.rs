//! A request as the user typed it: texts, each of which may hold `{{variables}}`, and nothing read of them yet.
//!
//! Must not know: what the texts mean, network, UI.

use std::fmt;
use std::time::Duration;

use super::{AuthDraft, BinaryForm, SettingsDraft, is_secret, masked};

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
