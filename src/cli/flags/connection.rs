//! Flags about the way to the server, and the draft that they type.
//!
//! Must not know: what is asked of the server.

use std::time::Duration;

use clap::builder::PossibleValuesParser;
use clap::{Args, ValueHint};

use super::values::{duration, header, period, typed, with_environment};
use crate::request::{Draft, MetadataRow, Setting, SettingsDraft, TlsDraft, TlsMode};

/// How the server is reached.
#[derive(Debug, Args)]
#[command(next_help_heading = "Connection")]
pub(in crate::cli) struct ConnectionFlags {
    /// The target is the path of a socket file
    #[arg(long)]
    unix: bool,

    /// What is spoken [default: grpc]
    #[arg(long, value_name = "NAME",
        value_parser = PossibleValuesParser::new(Setting::Protocol.choices()))]
    protocol: Option<String>,

    /// Go through this proxy: http://host:port, socks5://host:port, or none [default: as the environment says]
    #[arg(long, value_name = "URL")]
    proxy: Option<String>,

    /// Limit for connecting [default: 10s]
    #[arg(long, value_name = "TIME", value_parser = duration)]
    connect_timeout: Option<Duration>,

    /// Limit for the whole call, in seconds or as 1m30s, 250ms
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub(in crate::cli) max_time: Option<Duration>,

    /// Ping the server after this time without a word from it; 0 is never, which is the default
    #[arg(long, value_name = "TIME", value_parser = period)]
    keepalive_time: Option<String>,

    /// How long the answer to a ping may take [default: as long as --keepalive-time]
    #[arg(long, value_name = "TIME", value_parser = duration, requires = "keepalive_time")]
    keepalive_timeout: Option<Duration>,

    /// Ping also while no call runs
    #[arg(long, requires = "keepalive_time")]
    keepalive_without_calls: bool,

    /// Largest message to receive: bytes, or 512kB, 64MB, unlimited [default: 64MB]
    #[arg(long, value_name = "SIZE")]
    max_msg_sz: Option<String>,

    /// Bytes that the server may send ahead on a stream and on the connection [default: 8MB and 16MB]
    #[arg(long, value_name = "SIZE")]
    window: Option<String>,

    #[command(flatten)]
    security: SecurityFlags,

    #[command(flatten)]
    headers: HeaderFlags,
}

/// How the connection is secured.
#[derive(Debug, Args)]
#[command(next_help_heading = "Security")]
struct SecurityFlags {
    /// Speak plaintext; otherwise TLS, unless the target begins with grpc:// or http://
    #[arg(long)]
    plaintext: bool,

    /// Do not verify the server's certificate
    #[arg(long, conflicts_with = "plaintext")]
    insecure: bool,

    /// PEM file with the certificates to trust instead of the system's
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with_all = ["plaintext", "insecure"])]
    cacert: Option<String>,

    /// File with the client's certificate: PEM with --key, or PKCS#12 (.p12, .pfx), which holds its key
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with = "plaintext")]
    cert: Option<String>,

    /// PEM file with the client's private key
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, requires = "cert", conflicts_with = "plaintext")]
    key: Option<String>,

    /// Password of a PKCS#12 file
    #[arg(long, value_name = "PASSWORD", requires = "cert")]
    cert_password: Option<String>,

    /// Name to send as :authority and to expect in the certificate, in place of the target's host
    #[arg(long, value_name = "NAME")]
    authority: Option<String>,

    /// Name to expect in the certificate; without --authority it is sent as :authority too, as with grpcurl
    #[arg(long, value_name = "NAME")]
    servername: Option<String>,
}

/// What goes along with every call.
#[derive(Debug, Args)]
#[command(next_help_heading = "Metadata")]
struct HeaderFlags {
    /// Metadata to send, `name: value`, with reflection too; the value of a `-bin` name is base64; may be repeated
    #[arg(short = 'H', long = "header", value_name = "HEADER", value_parser = header)]
    both: Vec<(String, String)>,

    /// Metadata to send with reflection only; may be repeated
    #[arg(long = "reflect-header", value_name = "HEADER", value_parser = header)]
    reflection: Vec<(String, String)>,

    /// Put the environment's variables into the values of metadata, where they have `${NAME}`
    #[arg(long)]
    expand_headers: bool,

    /// Words to put before our own in the user-agent
    #[arg(long, value_name = "TEXT")]
    user_agent: Option<String>,
}

impl ConnectionFlags {
    /// The draft of asking the target for its schema by reflection.
    ///
    /// # Errors
    ///
    /// What a header names that is not there.
    pub(in crate::cli) fn reflection_draft(&self, target: &str) -> Result<Draft, String> {
        self.draft(target, &self.headers.reflection)
    }

    /// The draft of calling the target, with the metadata of the call alone behind that of all.
    ///
    /// # Errors
    ///
    /// What a header names that is not there.
    pub(super) fn draft(&self, target: &str, more: &[(String, String)]) -> Result<Draft, String> {
        let target =
            if self.unix && !target.starts_with("unix:") { format!("unix:{target}") } else { target.to_owned() };
        let row = |(name, value): &(String, String)| {
            let value = if self.headers.expand_headers { with_environment(value)? } else { value.clone() };
            Ok(MetadataRow { name: name.clone(), value, ..MetadataRow::default() })
        };
        Ok(Draft {
            tls: self.security.draft(&target),
            metadata: self.headers.both.iter().chain(more).map(row).collect::<Result<_, String>>()?,
            timeout: typed(self.max_time),
            connect_timeout: typed(self.connect_timeout),
            settings: self.settings(),
            target,
            ..Draft::default()
        })
    }

    fn settings(&self) -> SettingsDraft {
        let mut settings = SettingsDraft::default();
        let mut set = |setting, text: Option<&str>| settings.set(setting, text.unwrap_or_default());
        set(Setting::Protocol, self.protocol.as_deref());
        set(Setting::Proxy, self.proxy.as_deref());
        set(Setting::KeepaliveTime, self.keepalive_time.as_deref());
        // As with grpcurl, which knows one time for both.
        let timeout = self.keepalive_timeout.map(|time| typed(Some(time))).or_else(|| self.keepalive_time.clone());
        set(Setting::KeepaliveTimeout, timeout.as_deref().filter(|text| *text != "off"));
        set(Setting::KeepaliveWithoutCalls, self.keepalive_without_calls.then_some("on"));
        set(Setting::MaxReceiveSize, self.max_msg_sz.as_deref());
        set(Setting::StreamWindow, self.window.as_deref());
        set(Setting::ConnectionWindow, self.window.as_deref());
        let agent =
            self.headers.user_agent.as_ref().map(|text| format!("{text} {}", Setting::UserAgent.default_text()));
        set(Setting::UserAgent, agent.as_deref());
        settings
    }
}

impl SecurityFlags {
    fn draft(&self, target: &str) -> TlsDraft {
        let mode = if self.plaintext {
            TlsMode::Plaintext
        } else if target.contains("://") {
            TlsMode::Auto
        } else {
            // grpcurl's rule: no guessing by host, as the window does.
            TlsMode::Tls
        };
        // grpcurl passes the name over where there is no TLS.
        let server_name = self.servername.clone().filter(|_| !self.plaintext).unwrap_or_default();
        TlsDraft {
            authority: self.authority.clone().unwrap_or_else(|| server_name.clone()),
            server_name,
            mode,
            ca: self.cacert.clone().unwrap_or_default(),
            cert: self.cert.clone().unwrap_or_default(),
            key: self.key.clone().unwrap_or_default(),
            password: self.cert_password.clone().unwrap_or_default(),
            insecure: self.insecure,
        }
    }
}
