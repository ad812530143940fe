//! TLS for a connection: roots, client identity, server name, and what its errors mean.
//!
//! Must not know: HTTP/2, gRPC.

use std::io;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use tokio_rustls::rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use tokio_rustls::rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use tokio_rustls::rustls::{
    self, AlertDescription, CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
};

use super::Cause;
use crate::request::TlsSpec;

/// The only application protocol that we speak.
const H2: &[u8] = b"h2";

/// The configuration for connections of that kind. Blocking: reads files and, once, the system's roots.
///
/// # Errors
///
/// When a file cannot be used or there are no roots.
pub(super) fn client_config(spec: &TlsSpec) -> Result<ClientConfig, Cause> {
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| Cause::Tls { detail: error.to_string() })?;
    let builder = if spec.insecure {
        builder.dangerous().with_custom_certificate_verifier(Arc::new(Unverified(provider)))
    } else if let Some(path) = &spec.ca {
        builder.with_root_certificates(own_roots(path)?)
    } else {
        builder.with_root_certificates(system_roots()?)
    };
    let mut config = match &spec.identity {
        Some((chain, key)) => {
            let certificates = certificates(chain)?;
            let private = PrivateKeyDer::from_pem_file(key)
                .map_err(|error| bad_file(key, format!("no private key in PEM form can be read from it ({error})")))?;
            builder
                .with_client_auth_cert(certificates, private)
                .map_err(|error| bad_file(key, format!("the key cannot be used with the certificate ({error})")))?
        }
        None => builder.with_no_client_auth(),
    };
    config.alpn_protocols = vec![H2.to_vec()];
    Ok(config)
}

/// The name that the server's certificate must have: a host name or IP address, from an authority that may have a port.
///
/// # Errors
///
/// When it is neither.
pub(super) fn server_name(authority: &str) -> Result<ServerName<'static>, Cause> {
    let host = match authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, _port)) => host,
        // Two colons are an IPv6 address without brackets.
        None if authority.matches(':').count() == 1 => authority.split(':').next().unwrap_or(authority),
        None => authority,
    };
    ServerName::try_from(host.to_owned())
        .map_err(|_invalid| Cause::Tls { detail: format!("{host:?} is no name that a certificate can have") })
}

fn own_roots(path: &Path) -> Result<RootCertStore, Cause> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(path)? {
        roots.add(certificate).map_err(|error| bad_file(path, format!("it holds a bad certificate ({error})")))?;
    }
    Ok(roots)
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, Cause> {
    let certificates = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| bad_file(path, format!("no certificate in PEM form can be read from it ({error})")))?;
    if certificates.is_empty() {
        return Err(bad_file(path, "it holds no certificate in PEM form".to_owned()));
    }
    Ok(certificates)
}

fn bad_file(path: &Path, detail: String) -> Cause {
    Cause::TlsFile { path: path.display().to_string(), detail }
}

/// Read once in a process: it takes long, and it does not change.
fn system_roots() -> Result<Arc<RootCertStore>, Cause> {
    static ROOTS: OnceLock<Arc<RootCertStore>> = OnceLock::new();
    let roots = ROOTS.get_or_init(|| {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        Arc::new(roots)
    });
    if roots.is_empty() {
        return Err(Cause::Tls {
            detail: "this system has no root certificates to trust; choose a CA certificate".to_owned(),
        });
    }
    Ok(Arc::clone(roots))
}

/// What an error of the handshake, or of reading after it, means; `None` where TLS had no part in it.
pub(super) fn cause_of(error: &io::Error) -> Option<Cause> {
    let error = error.get_ref()?.downcast_ref::<rustls::Error>()?;
    Some(match error {
        rustls::Error::InvalidCertificate(error) => certificate_cause(error),
        rustls::Error::AlertReceived(alert) => Cause::Tls { detail: alert_text(*alert) },
        other => Cause::Tls { detail: other.to_string() },
    })
}

/// Whether the peer answered the handshake with something that is not TLS.
pub(super) fn is_not_tls(error: &io::Error) -> bool {
    error
        .get_ref()
        .and_then(|error| error.downcast_ref::<rustls::Error>())
        .is_some_and(|error| matches!(error, rustls::Error::InvalidMessage(_)))
}

/// Whether the peer has no HTTP/2 to offer.
pub(super) fn is_no_h2(error: &io::Error) -> bool {
    error
        .get_ref()
        .and_then(|error| error.downcast_ref::<rustls::Error>())
        .is_some_and(|error| matches!(error, rustls::Error::AlertReceived(AlertDescription::NoApplicationProtocol)))
}

fn certificate_cause(error: &CertificateError) -> Cause {
    match error {
        CertificateError::UnknownIssuer => {
            Cause::UnknownIssuer { detail: "its issuer is not among the trusted roots".to_owned() }
        }
        // Test authorities are often made anew under the same name.
        CertificateError::BadSignature => {
            Cause::UnknownIssuer { detail: "a trusted root has its issuer's name, but another key".to_owned() }
        }
        // What `openssl req -x509` makes by default.
        CertificateError::Other(other) if other.to_string().contains("CaUsedAsEndEntity") => Cause::Tls {
            detail: "the server's certificate is that of a CA (CA:TRUE), which no server may use; \
                     make one without, or skip verification"
                .to_owned(),
        },
        CertificateError::NotValidForNameContext { expected, presented } => {
            let names = presented.iter().map(|name| plain_name(name)).collect::<Vec<_>>().join(", ");
            let names = if names.is_empty() { "no name at all".to_owned() } else { names };
            Cause::WrongName { expected: expected.to_str().into_owned(), names }
        }
        CertificateError::NotValidForName => {
            Cause::WrongName { expected: "this host".to_owned(), names: "others".to_owned() }
        }
        CertificateError::ExpiredContext { not_after, .. } => {
            Cause::Expired { detail: format!("it ended on {}", date(*not_after)) }
        }
        CertificateError::Expired => Cause::Expired { detail: "it has ended".to_owned() },
        CertificateError::NotValidYetContext { not_before, .. } => {
            Cause::Expired { detail: format!("it begins on {}", date(*not_before)) }
        }
        CertificateError::NotValidYet => Cause::Expired { detail: "it has not yet begun".to_owned() },
        other => Cause::Tls { detail: format!("the server's certificate is refused ({other})") },
    }
}

/// rustls shows names as `DnsName("example.com")`.
fn plain_name(name: &str) -> String {
    let inner = name.split_once('(').and_then(|(_kind, rest)| rest.strip_suffix(')')).unwrap_or(name);
    inner.trim_matches('"').to_owned()
}

fn date(time: UnixTime) -> String {
    let seconds = i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
    jiff::Timestamp::from_second(seconds).map_or_else(|_outside| format!("second {seconds}"), |at| at.to_string())
}

fn alert_text(alert: AlertDescription) -> String {
    match alert {
        AlertDescription::CertificateRequired => "the server wants a client certificate".to_owned(),
        AlertDescription::BadCertificate
        | AlertDescription::UnsupportedCertificate
        | AlertDescription::CertificateRevoked
        | AlertDescription::CertificateExpired
        | AlertDescription::CertificateUnknown
        | AlertDescription::UnknownCA
        | AlertDescription::AccessDenied => format!("the server refuses our client certificate ({alert:?})"),
        AlertDescription::ProtocolVersion => "the server speaks none of TLS 1.2 and 1.3".to_owned(),
        AlertDescription::HandshakeFailure => {
            "the server found no common cipher, or wants a client certificate (HandshakeFailure)".to_owned()
        }
        AlertDescription::UnrecognisedName => "the server does not know this server name".to_owned(),
        other => format!("the server refused the handshake ({other:?})"),
    }
}

/// Believes every certificate, but still checks that the peer has its key.
#[derive(Debug)]
struct Unverified(Arc<CryptoProvider>);

impl ServerCertVerifier for Unverified {
    fn verify_server_cert(
        &self,
        _certificate: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
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

    #[test]
    fn unusable_files_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let text = folder.path().join("text.pem");
        std::fs::write(&text, "nothing of the kind").unwrap();
        let missing = folder.path().join("missing.pem");
        for path in [&text, &missing] {
            let spec = TlsSpec { ca: Some(path.clone()), ..TlsSpec::default() };
            match client_config(&spec) {
                Err(Cause::TlsFile { path: named, .. }) => assert_eq!(named, path.display().to_string()),
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn names_of_certificates_are_plain() {
        assert_eq!(plain_name("DnsName(\"example.com\")"), "example.com");
        assert_eq!(plain_name("IpAddress(127.0.0.1)"), "127.0.0.1");
    }
}
