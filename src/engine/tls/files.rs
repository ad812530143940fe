//! Reads the files of the TLS settings: roots, client certificates and keys, in PEM, DER or PKCS#12.
//!
//! Must not know: connections.

use std::io;
use std::path::Path;

use p12_keystore::Pkcs12Archive;
use rustls_pki_types::pem::{Error as PemError, PemObject as _};
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::crypto::CryptoProvider;
use tokio_rustls::rustls::sign::CertifiedKey;
use tokio_rustls::rustls::{self, RootCertStore};

use super::diagnosis;
use crate::engine::connect::plain as io_text;
use crate::engine::{FileFault, TlsCause, TlsDetail};
use crate::request::Identity;

/// A file of settings is small; what is larger was named by mistake.
const LARGEST: u64 = 16 << 20;
/// How the DER form of a certificate begins.
const SEQUENCE: u8 = 0x30;

/// The roots in a file, and the certificates that they are made of.
///
/// # Errors
///
/// When it cannot be used.
pub(super) fn roots(path: &Path) -> Result<(RootCertStore, Vec<CertificateDer<'static>>), TlsCause> {
    let certificates = certificates(path)?;
    let mut roots = RootCertStore::empty();
    for certificate in &certificates {
        roots
            .add(certificate.clone())
            .map_err(|error| fault(path, FileFault::BadCertificate { detail: detail(&error) }))?;
    }
    Ok((roots, certificates))
}

/// The client's certificate with its key.
///
/// # Errors
///
/// When a file cannot be used.
pub(super) fn identity(identity: &Identity, provider: &CryptoProvider) -> Result<CertifiedKey, TlsCause> {
    match identity {
        Identity::Pem { chain, key } => {
            let certificates = certificates(chain)?;
            certified(certificates, private_key(key)?, provider).map_err(|error| match error {
                rustls::Error::InconsistentKeys(_) => {
                    fault(key, FileFault::OtherKey { certificate: chain.display().to_string() })
                }
                rustls::Error::InvalidCertificate(_) => {
                    fault(chain, FileFault::BadCertificate { detail: detail(&error) })
                }
                error => fault(key, FileFault::BadKey { detail: detail(&error) }),
            })
        }
        Identity::Pkcs12 { file, password } => pkcs12(file, password, provider),
    }
}

fn pkcs12(path: &Path, password: &str, provider: &CryptoProvider) -> Result<CertifiedKey, TlsCause> {
    use p12_keystore::error::Error;
    let bytes = read(path)?;
    let archive = Pkcs12Archive::from_pkcs12(&bytes, password).map_err(|error| match error {
        // A file without a digest shows a wrong password by what it decrypts to.
        Error::MacError(_) | Error::UnpadError | Error::Pkcs5Error(_) => fault(path, FileFault::Password),
        error => fault(path, FileFault::NotPkcs12 { detail: pkcs12_detail(&error) }),
    })?;
    let certificates: Vec<CertificateDer<'static>> =
        archive.certs.iter().map(|bag| CertificateDer::from(bag.cert.as_der().to_vec())).collect();
    for key in &archive.keys {
        for own in &certificates {
            let Ok(private) = PrivateKeyDer::try_from(key.key.as_der().to_vec()) else { continue };
            let others = certificates.iter().filter(|other| *other != own);
            let chain = std::iter::once(own).chain(others).cloned().collect();
            if let Ok(certified) = certified(chain, private, provider) {
                return Ok(certified);
            }
        }
    }
    Err(fault(path, FileFault::NoIdentity))
}

fn certified(
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
    provider: &CryptoProvider,
) -> Result<CertifiedKey, rustls::Error> {
    CertifiedKey::from_der(chain, key, provider)
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsCause> {
    let bytes = read(path)?;
    if bytes.first() == Some(&SEQUENCE) {
        return Ok(vec![bytes.into()]);
    }
    let certificates = CertificateDer::pem_slice_iter(&bytes)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| fault(path, FileFault::BadCertificate { detail: pem_detail(&error) }))?;
    if certificates.is_empty() {
        return Err(fault(path, FileFault::NoCertificate));
    }
    Ok(certificates)
}

fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>, TlsCause> {
    let bytes = read(path)?;
    if bytes.first() == Some(&SEQUENCE) {
        return PrivateKeyDer::try_from(bytes)
            .map_err(|_unknown_format| fault(path, FileFault::BadKey { detail: TlsDetail::UnknownKey }));
    }
    let text = String::from_utf8_lossy(&bytes);
    // That of PKCS#8, and that of OpenSSL before it.
    if text.contains("-----BEGIN ENCRYPTED PRIVATE KEY-----") || text.contains("Proc-Type: 4,ENCRYPTED") {
        return Err(fault(path, FileFault::EncryptedKey));
    }
    PrivateKeyDer::from_pem_slice(&bytes).map_err(|error| match error {
        PemError::NoItemsFound => fault(path, FileFault::NoKey),
        error => fault(path, FileFault::BadKey { detail: pem_detail(&error) }),
    })
}

fn read(path: &Path) -> Result<Vec<u8>, TlsCause> {
    let unreadable = |detail| fault(path, FileFault::Unreadable { detail });
    let found = std::fs::metadata(path).map_err(|error| unreadable(io_detail(&error)))?;
    if found.is_dir() {
        return Err(unreadable(TlsDetail::Folder));
    }
    if found.len() > LARGEST {
        return Err(unreadable(TlsDetail::TooLarge));
    }
    std::fs::read(path).map_err(|error| unreadable(io_detail(&error)))
}

fn fault(path: &Path, fault: FileFault) -> TlsCause {
    TlsCause::File { fault, path: path.display().to_string() }
}

fn io_detail(error: &io::Error) -> TlsDetail {
    match error.kind() {
        io::ErrorKind::NotFound => TlsDetail::NotFound,
        io::ErrorKind::PermissionDenied => TlsDetail::PermissionDenied,
        _ => TlsDetail::Words(io_text(error)),
    }
}

/// rustls wraps the words of its parts.
fn detail(error: &rustls::Error) -> TlsDetail {
    match error {
        rustls::Error::General(text) if text.contains("TooSmall") => TlsDetail::ShortKey,
        rustls::Error::General(text) if text.starts_with("failed to parse") => TlsDetail::UnknownKey,
        rustls::Error::General(text) => TlsDetail::Words(text.clone()),
        rustls::Error::InvalidCertificate(error) => diagnosis::fault_detail(error),
        error => TlsDetail::Words(error.to_string()),
    }
}

fn pem_detail(error: &PemError) -> TlsDetail {
    match error {
        PemError::MissingSectionEnd { .. } => TlsDetail::SectionEnd,
        PemError::IllegalSectionStart { .. } => TlsDetail::SectionStart,
        PemError::Base64Decode(_) => TlsDetail::Base64,
        error => TlsDetail::Words(error.to_string()),
    }
}

fn pkcs12_detail(error: &p12_keystore::error::Error) -> TlsDetail {
    use p12_keystore::error::Error;
    match error {
        Error::DerError(_) | Error::InvalidVersion => TlsDetail::NoPkcs12,
        Error::UnsupportedEncryptionScheme | Error::UnsupportedMacAlgorithm => TlsDetail::UnknownEncryption,
        Error::UnsupportedContentType | Error::UnsupportedCertificateType => TlsDetail::UnknownContent,
        Error::X509Error(_) => TlsDetail::NoCertificate,
        Error::InvalidPrivateKey => TlsDetail::UnknownKey,
        error => TlsDetail::Words(error.to_string()),
    }
}
