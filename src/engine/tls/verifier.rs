//! Judges what the server shows and what it asks for, and remembers both: a failure names the certificate, and a
//! certificate that is believed unseen still has its verdict.
//!
//! Must not know: files, sentences.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use tokio_rustls::rustls::client::{ResolvesClientCert, WebPkiServerVerifier, verify_server_name};
use tokio_rustls::rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use tokio_rustls::rustls::server::ParsedCertificate;
use tokio_rustls::rustls::sign::CertifiedKey;
use tokio_rustls::rustls::{self, CertificateError, DigitallySignedStruct, SignatureScheme};

use super::certificate;
use crate::engine::TlsCause;

/// What a handshake brought to light.
#[derive(Debug, Default)]
pub(super) struct Seen {
    server: Mutex<Option<Shown>>,
    asked: Mutex<Option<Vec<Vec<u8>>>>,
}

/// What the server showed.
#[derive(Clone, Debug)]
pub(super) struct Shown {
    /// Its own certificate first.
    pub(super) chain: Vec<CertificateDer<'static>>,
    /// What speaks against it.
    pub(super) objection: Option<Objection>,
}

/// What speaks against a server.
#[derive(Clone, Debug)]
pub(super) enum Objection {
    /// Its certificate.
    Certificate(CertificateError),
    /// There is nothing to hold it against.
    NoRoots(TlsCause),
    /// Something else.
    Other(rustls::Error),
}

impl Seen {
    /// What the server showed, once it did.
    pub(super) fn server(&self) -> Option<Shown> {
        self.server.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The names, in DER, of the CAs that the server believes clients of; `None` when it asked for no certificate.
    pub(super) fn asked(&self) -> Option<Vec<Vec<u8>>> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// What a server's certificate is held against.
pub(super) struct Roots {
    pub(super) verifier: Arc<WebPkiServerVerifier>,
    /// Those of the user's own file: a server that shows one of them is believed, CA or not, as by OpenSSL and Go.
    pub(super) own: Vec<CertificateDer<'static>>,
}

/// Verifies and remembers.
pub(super) struct Watcher {
    /// Without any everything is refused, or believed where verification is skipped.
    pub(super) roots: Result<Roots, TlsCause>,
    /// Nothing is refused for its certificate.
    pub(super) insecure: bool,
    pub(super) provider: Arc<CryptoProvider>,
    pub(super) seen: Arc<Seen>,
}

impl fmt::Debug for Watcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watcher").field("insecure", &self.insecure).finish_non_exhaustive()
    }
}

impl Watcher {
    fn judge(
        &self,
        server: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<(), Objection> {
        let roots = self.roots.as_ref().map_err(|cause| Objection::NoRoots(cause.clone()))?;
        let verdict = roots.verifier.verify_server_cert(server, intermediates, name, ocsp, now);
        let verdict = match verdict {
            Err(rustls::Error::InvalidCertificate(error))
                if is_ca_as_server(&error) && roots.own.iter().any(|own| own == server) =>
            {
                judge_own(server, name, now)
            }
            other => other.map(|_verified| ()),
        };
        verdict.map_err(|error| match error {
            rustls::Error::InvalidCertificate(error) => Objection::Certificate(error),
            other => Objection::Other(other),
        })
    }
}

/// Whether a certificate is refused because it is that of a CA: what `openssl req -x509` makes by default.
pub(super) fn is_ca_as_server(error: &CertificateError) -> bool {
    matches!(error, CertificateError::Other(other) if other.to_string().contains("CaUsedAsEndEntity"))
}

/// The user named that very certificate: what is left are its name and its dates.
fn judge_own(server: &CertificateDer<'_>, name: &ServerName<'_>, now: UnixTime) -> Result<(), rustls::Error> {
    let read = certificate::read(server);
    let seconds = |time: i64| UnixTime::since_unix_epoch(std::time::Duration::from_secs(time.max(0).cast_unsigned()));
    let (not_before, not_after) = (seconds(read.not_before), seconds(read.not_after));
    if now < not_before {
        return Err(CertificateError::NotValidYetContext { time: now, not_before }.into());
    }
    if now > not_after {
        return Err(CertificateError::ExpiredContext { time: now, not_after }.into());
    }
    verify_server_name(&ParsedCertificate::try_from(server)?, name)
}

impl ServerCertVerifier for Watcher {
    fn verify_server_cert(
        &self,
        server: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let objection = self.judge(server, intermediates, name, ocsp, now).err();
        let error = match &objection {
            Some(Objection::Certificate(error)) => Some(rustls::Error::InvalidCertificate(error.clone())),
            Some(Objection::Other(error)) => Some(error.clone()),
            Some(Objection::NoRoots(_)) => Some(CertificateError::UnknownIssuer.into()),
            None => None,
        };
        let chain = std::iter::once(server).chain(intermediates).map(|one| one.clone().into_owned()).collect();
        *self.seen.server.lock().unwrap_or_else(PoisonError::into_inner) = Some(Shown { chain, objection });
        match error {
            Some(error) if !self.insecure => Err(error),
            _ => Ok(ServerCertVerified::assertion()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// Shows the client's certificate, where there is one, and remembers that it was asked for.
#[derive(Debug)]
pub(super) struct Identified {
    pub(super) key: Option<Arc<CertifiedKey>>,
    pub(super) seen: Arc<Seen>,
}

impl ResolvesClientCert for Identified {
    fn resolve(&self, issuers: &[&[u8]], _schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        let issuers = issuers.iter().map(|name| name.to_vec()).collect();
        *self.seen.asked.lock().unwrap_or_else(PoisonError::into_inner) = Some(issuers);
        self.key.clone()
    }

    fn has_certs(&self) -> bool {
        self.key.is_some()
    }
}
