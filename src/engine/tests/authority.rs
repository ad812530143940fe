//! A certificate authority for the tests: certificates of every kind, the files that a client needs, and TLS servers
//! that show them.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use p12_keystore::{EncryptionAlgorithm, KeyStore, KeyStoreEntry, MacAlgorithm, PrivateKey, PrivateKeyChain};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType, IsCa, KeyPair};
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::AsyncReadExt as _;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::version::{TLS12, TLS13};
use tokio_rustls::rustls::{RootCertStore, ServerConfig, SupportedProtocolVersion};

use super::server::{echo, listen, serve};
use crate::engine::Engine;
use crate::request::{Identity, TlsSpec};

/// An authority, and a folder for files.
pub(super) struct Authority {
    pub(super) issuer: CertifiedIssuer<'static, KeyPair>,
    pub(super) folder: tempfile::TempDir,
}

/// A certificate with its key.
pub(super) struct Certified {
    /// Its own first.
    pub(super) chain: Vec<CertificateDer<'static>>,
    pub(super) key: KeyPair,
    /// The chain in PEM.
    pub(super) pem: String,
}

/// What a certificate for such a host says; `name` is its common name too.
pub(super) fn params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params
}

fn ca_params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params
}

/// Signed by itself.
pub(super) fn self_signed(params: &CertificateParams) -> Certified {
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap();
    Certified { chain: vec![certificate.der().clone()], key, pem: certificate.pem() }
}

impl Authority {
    pub(super) fn new(name: &str) -> Self {
        let issuer = CertifiedIssuer::self_signed(ca_params(name), KeyPair::generate().unwrap()).unwrap();
        Self { issuer, folder: tempfile::tempdir().unwrap() }
    }

    /// Another one that this one vouches for.
    pub(super) fn intermediate(&self, name: &str, change: impl FnOnce(&mut CertificateParams)) -> Self {
        let mut params = ca_params(name);
        change(&mut params);
        let issuer = CertifiedIssuer::signed_by(params, KeyPair::generate().unwrap(), &self.issuer).unwrap();
        Self { issuer, folder: tempfile::tempdir().unwrap() }
    }

    /// Signs a certificate for a new key.
    pub(super) fn sign(&self, params: &CertificateParams) -> Certified {
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        Certified { chain: vec![certificate.der().clone()], key, pem: certificate.pem() }
    }

    /// Writes a file into the folder.
    pub(super) fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    /// Settings that trust this authority alone.
    pub(super) fn trusted(&self) -> TlsSpec {
        TlsSpec { ca: Some(self.file("ca.pem", self.issuer.pem())), ..TlsSpec::default() }
    }

    /// The certificate and its key in files.
    pub(super) fn identity(&self, name: &str, certified: &Certified) -> Identity {
        Identity::Pem {
            chain: self.file(&format!("{name}.pem"), &certified.pem),
            key: self.file(&format!("{name}.key"), certified.key.serialize_pem()),
        }
    }

    /// A server with a certificate of this authority.
    pub(super) fn server(&self, name: &str) -> Server {
        Server::new(&self.sign(&params(name)))
    }
}

/// Those params after a change.
pub(super) fn changed(mut params: CertificateParams, change: impl FnOnce(&mut CertificateParams)) -> CertificateParams {
    change(&mut params);
    params
}

/// A certificate with its key as PKCS#12.
pub(super) fn p12(certified: &Certified, password: &str, encryption: EncryptionAlgorithm) -> Vec<u8> {
    let key = PrivateKey::from_der(&certified.key.serialize_der()).unwrap();
    let chain = certified.chain.iter().map(|der| p12_keystore::Certificate::from_der(der).unwrap());
    let mut store = KeyStore::new();
    let entry = PrivateKeyChain::new([1u8, 2].as_slice(), key, chain);
    store.add_entry("client", KeyStoreEntry::PrivateKeyChain(entry));
    let mac = if encryption == EncryptionAlgorithm::PbeWithHmacSha256AndAes256 {
        MacAlgorithm::HmacSha256
    } else {
        MacAlgorithm::HmacSha1
    };
    let writer = store.writer(password).encryption_algorithm(encryption).mac_algorithm(mac);
    writer.encryption_iterations(10).mac_iterations(10).write().unwrap()
}

static BOTH: &[&SupportedProtocolVersion] = &[&TLS13, &TLS12];
static OLDER: &[&SupportedProtocolVersion] = &[&TLS12];

/// A TLS server to be.
pub(super) struct Server {
    chain: Vec<CertificateDer<'static>>,
    key: Vec<u8>,
    versions: &'static [&'static SupportedProtocolVersion],
    alpn: Vec<Vec<u8>>,
    clients: Option<RootCertStore>,
}

impl Server {
    pub(super) fn new(certified: &Certified) -> Self {
        let versions = BOTH;
        let alpn = vec![b"h2".to_vec()];
        Self { chain: certified.chain.clone(), key: certified.key.serialize_der(), versions, alpn, clients: None }
    }

    /// Shows this certificate as well.
    pub(super) fn with(mut self, issuer: &Authority) -> Self {
        self.chain.push(issuer.issuer.der().clone());
        self
    }

    pub(super) fn tls12(self) -> Self {
        Self { versions: OLDER, ..self }
    }

    /// Offers these protocols.
    pub(super) fn alpn(self, protocols: &[&[u8]]) -> Self {
        Self { alpn: protocols.iter().map(|protocol| protocol.to_vec()).collect(), ..self }
    }

    /// Wants client certificates of that authority.
    pub(super) fn clients_of(self, authority: &Authority) -> Self {
        let mut roots = RootCertStore::empty();
        roots.add(authority.issuer.der().clone()).unwrap();
        Self { clients: Some(roots), ..self }
    }

    /// What accepts connections so.
    pub(super) fn acceptor(self) -> TlsAcceptor {
        let provider = Arc::new(ring::default_provider());
        let builder =
            ServerConfig::builder_with_provider(Arc::clone(&provider)).with_protocol_versions(self.versions).unwrap();
        let builder = match self.clients {
            Some(roots) => builder.with_client_cert_verifier(
                WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap(),
            ),
            None => builder.with_no_client_auth(),
        };
        let key = PrivateKeyDer::try_from(self.key).unwrap();
        let mut config = builder.with_single_cert(self.chain, key).unwrap();
        config.alpn_protocols = self.alpn;
        TlsAcceptor::from(Arc::new(config))
    }

    /// An echo server.
    pub(super) fn run(self, engine: &Engine) -> SocketAddr {
        let acceptor = self.acceptor();
        engine.block_on(listen(move |stream| {
            let acceptor = acceptor.clone();
            async move {
                match acceptor.accept(stream).into_fallible().await {
                    Ok(stream) => serve(stream, |exchange| echo(exchange, None)).await,
                    // Closing with something unread would take the alert back.
                    Err((_refused, mut stream)) => {
                        let _count = stream.read_to_end(&mut Vec::new()).await.unwrap_or_default();
                    }
                }
            }
        }))
    }
}
