//! TLS for a connection: what is shown to the server, what it is held against, what came of it, and what its errors
//! mean.
//!
//! Must not know: HTTP/2, gRPC.

mod certificate;
mod diagnosis;
mod files;
mod verifier;

use std::io;
use std::sync::{Arc, OnceLock};

use rustls_pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::spawn_blocking;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::client::WebPkiServerVerifier;
use tokio_rustls::rustls::crypto::{CryptoProvider, ring};
use tokio_rustls::rustls::{self, AlertDescription, ClientConfig, ClientConnection, KeyLogFile, RootCertStore};

use self::diagnosis::Evidence;
use self::verifier::{Identified, Roots, Seen, Watcher};
use super::{Cause, Certificate, TlsCause, TlsSession};
use crate::request::TlsSpec;

/// What HTTP/2 is called in the handshake.
pub(super) const H2: &[u8] = b"h2";
/// What HTTP/1.1 is.
pub(super) const HTTP1: &[u8] = b"http/1.1";
/// Names the file that the secrets of every session go to, for those who watch the wire (Wireshark).
const KEY_LOG: &str = "SSLKEYLOGFILE";

/// All that one connection needs to speak TLS, and what comes to light as it does.
pub(super) struct Client {
    config: Arc<ClientConfig>,
    name: ServerName<'static>,
    seen: Arc<Seen>,
    own: Option<Certificate>,
    roots: Option<String>,
    insecure: bool,
    key_log: bool,
}

impl Client {
    /// Reads the files, away from the other calls. `authority` is where the server's name is from if the settings give
    /// none, `protocols` what is offered to speak, the dearest first (ALPN).
    ///
    /// # Errors
    ///
    /// When a file cannot be used, the name is none, or there are no roots.
    pub(super) async fn new(spec: &TlsSpec, authority: &str, protocols: &[&[u8]]) -> Result<Self, Cause> {
        let name = server_name(spec.server_name.as_deref().unwrap_or(authority)).map_err(Cause::Tls)?;
        let protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
        let spec = spec.clone();
        spawn_blocking(move || Self::read(&spec, name, protocols).map_err(Cause::Tls))
            .await
            .unwrap_or_else(|error| Err(Cause::Internal { detail: error.to_string() }))
    }

    fn read(spec: &TlsSpec, name: ServerName<'static>, protocols: Vec<Vec<u8>>) -> Result<Self, TlsCause> {
        let provider = Arc::new(ring::default_provider());
        let seen = Arc::new(Seen::default());
        let key = spec.identity.as_ref().map(|identity| files::identity(identity, &provider)).transpose()?;
        let own = key.as_ref().and_then(|key| key.end_entity_cert().ok()).map(|der| certificate::read(der));
        let roots = roots(spec, &provider);
        let roots = if spec.insecure { roots } else { Ok(roots?) };
        let watcher =
            Watcher { roots, insecure: spec.insecure, provider: Arc::clone(&provider), seen: Arc::clone(&seen) };
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| TlsCause::Other { detail: error.to_string() })?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(watcher))
            .with_client_cert_resolver(Arc::new(Identified { key: key.map(Arc::new), seen: Arc::clone(&seen) }));
        config.alpn_protocols = protocols;
        let key_log = std::env::var_os(KEY_LOG).is_some_and(|path| !path.is_empty());
        if key_log {
            config.key_log = Arc::new(KeyLogFile::new());
        }
        let roots = spec.ca.as_ref().map(|path| path.display().to_string());
        Ok(Self { config: Arc::new(config), name, seen, own, roots, insecure: spec.insecure, key_log })
    }

    /// Speaks TLS on a stream.
    ///
    /// # Errors
    ///
    /// What [`Client::handshake_cause`] tells.
    pub(super) async fn connect<S: AsyncRead + AsyncWrite + Unpin>(&self, stream: S) -> io::Result<TlsStream<S>> {
        TlsConnector::from(Arc::clone(&self.config)).connect(self.name.clone(), stream).await
    }

    /// What the handshake came to.
    pub(super) async fn session(&self, connection: &ClientConnection) -> TlsSession {
        let version = connection.protocol_version().and_then(|version| version.as_str()).unwrap_or("TLS");
        let cipher = connection.negotiated_cipher_suite().and_then(|suite| suite.suite().as_str()).unwrap_or("");
        let alpn = connection.alpn_protocol().map(|name| String::from_utf8_lossy(name).into_owned());
        let shown = self.seen.server();
        let doubt = self.evidence("", |evidence| if self.insecure { evidence.objection() } else { None });
        let chain = spawn_blocking(move || shown.map(|shown| certificate::read_chain(&shown.chain)));
        TlsSession {
            version: version.replace('_', "."),
            cipher: cipher.to_owned(),
            alpn: alpn.unwrap_or_default(),
            chain: chain.await.ok().flatten().unwrap_or_default(),
            unverified: self.insecure,
            doubt: doubt.map(Cause::Tls),
            key_log: self.key_log,
        }
    }

    /// What a failed handshake means. `first` is what the server at `address` sent first.
    pub(super) fn handshake_cause(&self, error: &io::Error, first: &[u8], address: &str) -> TlsCause {
        let tls = inner(error);
        self.evidence(address, |evidence| match tls {
            Some(error) => evidence.handshake(error, first),
            None => evidence.closed(),
        })
    }

    /// What the end of a connection means on which the server has said nothing yet: in TLS 1.3 it judges a client's
    /// certificate only after the handshake. `None` where TLS had no part in it.
    pub(super) fn late_cause(&self, end: Option<&Cause>, address: &str) -> Option<TlsCause> {
        self.evidence(address, |evidence| match end {
            Some(Cause::Tls(TlsCause::Alert { code, .. })) => Some(evidence.alert(AlertDescription::from(*code))),
            Some(Cause::Tls(cause)) => Some(cause.clone()),
            _ => evidence.asked.is_some().then(|| evidence.closed()),
        })
    }

    fn evidence<T>(&self, address: &str, judge: impl FnOnce(&Evidence<'_>) -> T) -> T {
        let (shown, asked) = (self.seen.server(), self.seen.asked());
        judge(&Evidence {
            address,
            name: &self.name.to_str(),
            roots: self.roots.as_deref(),
            shown: shown.as_ref(),
            asked: asked.as_deref(),
            own: self.own.as_ref(),
            now: jiff::Timestamp::now().as_second(),
        })
    }
}

/// What a server's certificate is held against. Blocking.
fn roots(spec: &TlsSpec, provider: &Arc<CryptoProvider>) -> Result<Roots, TlsCause> {
    let (roots, own) = match &spec.ca {
        Some(path) => files::roots(path).map(|(roots, own)| (Arc::new(roots), own))?,
        None => (system_roots()?, Vec::new()),
    };
    WebPkiServerVerifier::builder_with_provider(roots, Arc::clone(provider))
        .build()
        .map(|verifier| Roots { verifier, own })
        .map_err(|error| TlsCause::Other { detail: error.to_string() })
}

/// Read once in a process: it takes long, and it does not change.
fn system_roots() -> Result<Arc<RootCertStore>, TlsCause> {
    static ROOTS: OnceLock<Arc<RootCertStore>> = OnceLock::new();
    let roots = ROOTS.get_or_init(|| {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        Arc::new(roots)
    });
    if roots.is_empty() { Err(TlsCause::NoRoots) } else { Ok(Arc::clone(roots)) }
}

/// The name that the server's certificate must have: a host name or IP address, from an authority that may have a port.
fn server_name(authority: &str) -> Result<ServerName<'static>, TlsCause> {
    let host = match authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, _port)) => host,
        // Two colons are an IPv6 address without brackets.
        None if authority.matches(':').count() == 1 => authority.split(':').next().unwrap_or(authority),
        None => authority,
    };
    ServerName::try_from(host.to_owned()).map_err(|_invalid| TlsCause::BadName { name: host.to_owned() })
}

/// What an error of reading or writing after the handshake means; `None` where TLS had no part in it.
pub(super) fn cause_of(error: &io::Error) -> Option<Cause> {
    Some(Cause::Tls(match inner(error)? {
        rustls::Error::AlertReceived(alert) => diagnosis::alert(*alert),
        other => TlsCause::Other { detail: other.to_string() },
    }))
}

fn inner(error: &io::Error) -> Option<&rustls::Error> {
    error.get_ref()?.downcast_ref()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_authority_names_the_server() {
        let check = |authority: &str, expected: &str| {
            assert_eq!(server_name(authority).unwrap().to_str(), expected, "{authority}");
        };
        check("example.com", "example.com");
        check("example.com:443", "example.com");
        check("127.0.0.1:50051", "127.0.0.1");
        check("[::1]:50051", "::1");
        check("::1", "::1");
        assert!(server_name("not a name").is_err());
        assert!(server_name("").is_err());
    }
}
