//! Why TLS failed: each way with the key of its sentences and what stands in them.
//!
//! Must not know: how the evidence was had.

use std::fmt;

use super::TlsDetail;
use crate::engine::Certificate;

/// Why TLS failed, from evidence. Names of certificates and dates are in the sentences.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TlsCause {
    /// The server's certificate is not believed.
    Certificate {
        /// What is wrong with it.
        fault: CertificateFault,
        /// The one at fault: the server's own, or one of those that vouch for it.
        certificate: Box<Certificate>,
        /// The name that it should have.
        expected: String,
    },
    /// The server asks for a client certificate and there is none, or it has no use for ours.
    Client {
        /// What is wrong.
        fault: ClientFault,
        /// Ours.
        certificate: Option<Box<Certificate>>,
        /// The CAs that the server believes, as far as it said; empty where it did not.
        accepted: Vec<String>,
    },
    /// The server speaks no version of TLS that we do.
    OldVersion {
        /// `TLS 1.1`, where the server told its own.
        version: Option<String>,
    },
    /// No cipher suite, group or signature that both sides have.
    NothingInCommon,
    /// The server has no HTTP/2 to offer (ALPN).
    NoHttp2 {
        /// Host and port.
        address: String,
    },
    /// The server knows nobody of that name (SNI).
    UnknownName {
        /// The name that it was asked for.
        name: String,
    },
    /// The connection ended in the handshake without a word.
    Closed {
        /// Host and port.
        address: String,
    },
    /// The server broke off with an alert that says nothing more exact.
    Alert {
        /// Its number.
        code: u8,
        /// Its name in the standard, or its number.
        name: String,
    },
    /// What should be the server's name is none.
    BadName {
        /// As it was typed.
        name: String,
    },
    /// The system has no root certificates.
    NoRoots,
    /// A file of the settings cannot be used.
    File {
        /// What is wrong with it.
        fault: FileFault,
        /// Which one.
        path: String,
    },
    /// Something else.
    Other {
        /// In English.
        detail: String,
    },
}

/// What is wrong with a server's certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CertificateFault {
    /// Its issuer is none of the trusted roots.
    UnknownIssuer {
        /// Who is not known: the issuer of the last certificate that the server sent.
        issuer: String,
        /// The file of the roots; `None` for those of the system.
        roots: Option<String>,
    },
    /// A trusted root has the name of its issuer, but another key.
    OtherKey,
    /// It vouches for itself.
    SelfSigned,
    /// It has other names.
    WrongName,
    /// Its time is over.
    Expired,
    /// Its time has not begun.
    NotYetValid,
    /// It is that of a CA.
    OfCa,
    /// It is meant for something other than servers.
    NotForServers,
    /// Another fault.
    Bad {
        /// Why.
        detail: TlsDetail,
    },
}

/// What is wrong with our certificate, or with there being none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientFault {
    /// There is none.
    Missing,
    /// Its time is over.
    Expired,
    /// The server does not believe its issuer.
    UnknownIssuer,
    /// The server refused it without saying why.
    Refused,
}

/// What is wrong with a file of the TLS settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileFault {
    /// It cannot be read.
    Unreadable {
        /// Why.
        detail: TlsDetail,
    },
    /// It holds no certificate.
    NoCertificate,
    /// It holds no private key.
    NoKey,
    /// Its private key is encrypted.
    EncryptedKey,
    /// A certificate in it cannot be used.
    BadCertificate {
        /// Why.
        detail: TlsDetail,
    },
    /// The key in it cannot be used.
    BadKey {
        /// Why.
        detail: TlsDetail,
    },
    /// The key in it belongs to another certificate than this one's.
    OtherKey {
        /// The file of the certificate.
        certificate: String,
    },
    /// The password does not open it.
    Password,
    /// It is no PKCS#12 file.
    NotPkcs12 {
        /// Why.
        detail: TlsDetail,
    },
    /// It holds no key with its certificate.
    NoIdentity,
}

impl TlsCause {
    /// Whether our own settings are at fault, whatever the server.
    #[must_use]
    pub const fn is_own(&self) -> bool {
        matches!(self, Self::File { .. } | Self::BadName { .. } | Self::NoRoots)
    }

    /// The key of its sentence; with `-hint` the one that says what to try.
    #[must_use]
    pub fn key(&self) -> &'static str {
        match self {
            Self::Certificate { fault, certificate, .. } => fault.key(certificate),
            Self::Client { fault, accepted, .. } => match fault {
                ClientFault::Missing if accepted.is_empty() => "cause-client-certificate-missing",
                ClientFault::Missing => "cause-client-certificate-missing-of",
                ClientFault::Expired => "cause-client-certificate-expired",
                ClientFault::UnknownIssuer if accepted.is_empty() => "cause-client-certificate-unknown-issuer",
                ClientFault::UnknownIssuer => "cause-client-certificate-unknown-issuer-of",
                ClientFault::Refused => "cause-client-certificate-refused",
            },
            Self::OldVersion { version: None } => "cause-tls-old",
            Self::OldVersion { version: Some(_) } => "cause-tls-old-version",
            Self::NothingInCommon => "cause-tls-nothing-in-common",
            Self::NoHttp2 { .. } => "cause-tls-no-http2",
            Self::UnknownName { .. } => "cause-tls-unknown-name",
            Self::Closed { .. } => "cause-tls-closed",
            Self::Alert { .. } => "cause-tls-alert",
            Self::BadName { .. } => "cause-tls-bad-name",
            Self::NoRoots => "cause-tls-no-roots",
            Self::File { fault, .. } => fault.key(),
            Self::Other { .. } => "cause-tls",
        }
    }

    /// What stands in the sentence, by name.
    #[must_use]
    pub fn arguments(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Certificate { fault, certificate, expected } => {
                let mut all = about(certificate);
                all.push(("expected", expected.clone()));
                match fault {
                    CertificateFault::UnknownIssuer { issuer, roots } => {
                        all.push(("unknown", issuer.clone()));
                        all.extend(roots.clone().map(|roots| ("roots", roots)));
                    }
                    CertificateFault::Bad { detail } => all.extend(detail.arguments()),
                    _ => {}
                }
                all
            }
            Self::Client { certificate, accepted, .. } => {
                let mut all = certificate.as_deref().map(about).unwrap_or_default();
                all.push(("accepted", quoted(accepted)));
                all
            }
            Self::OldVersion { version } => version.iter().map(|version| ("version", version.clone())).collect(),
            Self::NothingInCommon | Self::NoRoots => Vec::new(),
            Self::NoHttp2 { address } | Self::Closed { address } => vec![("address", address.clone())],
            Self::UnknownName { name } | Self::BadName { name } => vec![("name", name.clone())],
            Self::Alert { code, name } => vec![("name", name.clone()), ("code", code.to_string())],
            Self::File { fault, path } => {
                let mut all = vec![("path", path.clone())];
                match fault {
                    FileFault::Unreadable { detail }
                    | FileFault::BadCertificate { detail }
                    | FileFault::BadKey { detail }
                    | FileFault::NotPkcs12 { detail } => all.extend(detail.arguments()),
                    FileFault::OtherKey { certificate } => all.push(("certificate", certificate.clone())),
                    FileFault::NoCertificate
                    | FileFault::NoKey
                    | FileFault::EncryptedKey
                    | FileFault::Password
                    | FileFault::NoIdentity => {}
                }
                all
            }
            Self::Other { detail } => vec![("detail", detail.clone())],
        }
    }
}

impl CertificateFault {
    fn key(&self, certificate: &Certificate) -> &'static str {
        match self {
            Self::UnknownIssuer { roots: None, .. } => "cause-certificate-unknown-issuer",
            Self::UnknownIssuer { roots: Some(_), .. } => "cause-certificate-unknown-issuer-file",
            Self::OtherKey => "cause-certificate-other-key",
            Self::SelfSigned => "cause-certificate-self-signed",
            Self::WrongName if certificate.names.is_empty() => "cause-certificate-no-name",
            Self::WrongName => "cause-certificate-wrong-name",
            Self::Expired if certificate.names.is_empty() => "cause-certificate-expired-nameless",
            Self::Expired => "cause-certificate-expired",
            Self::NotYetValid if certificate.names.is_empty() => "cause-certificate-not-yet-valid-nameless",
            Self::NotYetValid => "cause-certificate-not-yet-valid",
            Self::OfCa => "cause-certificate-of-ca",
            Self::NotForServers => "cause-certificate-not-for-servers",
            Self::Bad { .. } => "cause-certificate-bad",
        }
    }
}

impl FileFault {
    const fn key(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "cause-tls-file-unreadable",
            Self::NoCertificate => "cause-tls-file-no-certificate",
            Self::NoKey => "cause-tls-file-no-key",
            Self::EncryptedKey => "cause-tls-file-encrypted-key",
            Self::BadCertificate { .. } => "cause-tls-file-bad-certificate",
            Self::BadKey { .. } => "cause-tls-file-bad-key",
            Self::OtherKey { .. } => "cause-tls-file-other-key",
            Self::Password => "cause-tls-file-password",
            Self::NotPkcs12 { .. } => "cause-tls-file-not-pkcs12",
            Self::NoIdentity => "cause-tls-file-no-identity",
        }
    }
}

/// What a sentence may say of a certificate.
fn about(certificate: &Certificate) -> Vec<(&'static str, String)> {
    vec![
        ("certificate", certificate.title()),
        ("issuer", certificate.issuer.clone()),
        ("names", listed(&certificate.names)),
        ("from", date(certificate.not_before)),
        ("until", date(certificate.not_after)),
    ]
}

/// As many as a sentence can bear.
fn listed(names: &[String]) -> String {
    const SHOWN: usize = 8;
    let mut text = names.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
    if names.len() > SHOWN {
        text.push_str(", …");
    }
    text
}

fn quoted(names: &[String]) -> String {
    listed(&names.iter().map(|name| format!("“{name}”")).collect::<Vec<_>>())
}

/// `2001-02-03 04:05 UTC`.
fn date(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds)
        .map_or_else(|_outside| format!("second {seconds}"), |at| at.strftime("%Y-%m-%d %H:%M UTC").to_string())
}

impl fmt::Display for TlsCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Certificate { fault, certificate, expected } => {
                let title = certificate.title();
                match fault {
                    CertificateFault::UnknownIssuer { issuer, .. } => {
                        write!(f, "the server's certificate “{title}” is issued by “{issuer}”, which is not trusted")
                    }
                    CertificateFault::OtherKey => {
                        let issuer = &certificate.issuer;
                        write!(f, "the certificate “{title}” is not signed with the key of the trusted “{issuer}”")
                    }
                    CertificateFault::SelfSigned => {
                        write!(f, "the server's certificate “{title}” is self-signed and not trusted")
                    }
                    CertificateFault::WrongName if certificate.names.is_empty() => {
                        write!(f, "the server's certificate “{title}” names no host, so it is not for {expected}")
                    }
                    CertificateFault::WrongName => {
                        let names = listed(&certificate.names);
                        write!(f, "the server's certificate is not for {expected} but for {names}")
                    }
                    CertificateFault::Expired => {
                        write!(f, "the server's certificate “{title}” expired on {}", date(certificate.not_after))
                    }
                    CertificateFault::NotYetValid => {
                        let from = date(certificate.not_before);
                        write!(f, "the server's certificate “{title}” is not valid before {from}")
                    }
                    CertificateFault::OfCa => write!(f, "the server's certificate “{title}” is that of a CA"),
                    CertificateFault::NotForServers => {
                        write!(f, "the server's certificate “{title}” is not meant for servers")
                    }
                    CertificateFault::Bad { detail } => {
                        write!(f, "the server's certificate “{title}” cannot be used: {detail}")
                    }
                }
            }
            Self::Client { fault: ClientFault::Missing, .. } => write!(f, "the server wants a client certificate"),
            Self::Client { fault, certificate, .. } => {
                let title = certificate.as_ref().map(|certificate| certificate.title()).unwrap_or_default();
                let why = match fault {
                    ClientFault::Expired => "has expired",
                    ClientFault::UnknownIssuer => "has an issuer that the server does not trust",
                    ClientFault::Missing | ClientFault::Refused => "was refused by the server",
                };
                write!(f, "the client certificate “{title}” {why}")
            }
            Self::OldVersion { version: None } => write!(f, "the server speaks neither TLS 1.2 nor 1.3"),
            Self::OldVersion { version: Some(version) } => {
                write!(f, "the server speaks {version}, not TLS 1.2 or 1.3")
            }
            Self::NothingInCommon => write!(f, "the server and Trunkline have no TLS cipher in common"),
            Self::NoHttp2 { address } => write!(f, "{address} offers no HTTP/2 in the TLS handshake (ALPN)"),
            Self::UnknownName { name } => write!(f, "the server does not know the server name {name}"),
            Self::Closed { address } => write!(f, "{address} closed the connection in the TLS handshake"),
            Self::Alert { code, name } => write!(f, "the server broke TLS off with the alert {name} ({code})"),
            Self::BadName { name } => write!(f, "{name:?} is no name that a certificate can have"),
            Self::NoRoots => write!(f, "this system has no root certificates"),
            Self::File { fault, path } => {
                write!(f, "cannot use a file of the TLS settings: ")?;
                match fault {
                    FileFault::Unreadable { detail } => write!(f, "{detail}")?,
                    FileFault::NoCertificate => write!(f, "no certificate in it")?,
                    FileFault::NoKey => write!(f, "no private key in it")?,
                    FileFault::EncryptedKey => write!(f, "its private key is encrypted")?,
                    FileFault::BadCertificate { detail } => write!(f, "bad certificate ({detail})")?,
                    FileFault::BadKey { detail } => write!(f, "bad private key ({detail})")?,
                    FileFault::OtherKey { certificate } => write!(f, "its key does not belong to {certificate}")?,
                    FileFault::Password => write!(f, "the password does not open it")?,
                    FileFault::NotPkcs12 { detail } => write!(f, "no PKCS#12 file ({detail})")?,
                    FileFault::NoIdentity => write!(f, "no key with its certificate in it")?,
                }
                write!(f, ": {path}")
            }
            Self::Other { detail } => write!(f, "TLS failed: {detail}"),
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    fn certificate(names: &[&str]) -> Box<Certificate> {
        Box::new(Certificate {
            subject: "CN=s".to_owned(),
            issuer: "CN=i".to_owned(),
            names: names.iter().map(|name| (*name).to_owned()).collect(),
            not_before: 0,
            not_after: 981_173_106,
            serial: "01".to_owned(),
            fingerprint: "ab".to_owned(),
        })
    }

    /// One for each key.
    pub(in crate::engine) fn all() -> Vec<TlsCause> {
        all_with(&TlsDetail::Words("d".to_owned()))
    }

    /// The same, with that detail where there is one.
    pub(in crate::engine::cause) fn all_with(detail: &TlsDetail) -> Vec<TlsCause> {
        let detail = || detail.clone();
        let faulty = |fault, names: &[&str]| TlsCause::Certificate {
            fault,
            certificate: certificate(names),
            expected: "h".to_owned(),
        };
        let unknown = |roots| CertificateFault::UnknownIssuer { issuer: "CN=i".to_owned(), roots };
        let client = |fault, accepted: &[&str]| TlsCause::Client {
            fault,
            certificate: (fault != ClientFault::Missing).then(|| certificate(&[])),
            accepted: accepted.iter().map(|name| (*name).to_owned()).collect(),
        };
        let file = |fault| TlsCause::File { fault, path: "p".to_owned() };
        vec![
            faulty(unknown(None), &["h"]),
            faulty(unknown(Some("ca.pem".to_owned())), &["h"]),
            faulty(CertificateFault::OtherKey, &["h"]),
            faulty(CertificateFault::SelfSigned, &["h"]),
            faulty(CertificateFault::WrongName, &["i"]),
            faulty(CertificateFault::WrongName, &[]),
            faulty(CertificateFault::Expired, &["h"]),
            faulty(CertificateFault::Expired, &[]),
            faulty(CertificateFault::NotYetValid, &["h"]),
            faulty(CertificateFault::NotYetValid, &[]),
            faulty(CertificateFault::OfCa, &["h"]),
            faulty(CertificateFault::NotForServers, &["h"]),
            faulty(CertificateFault::Bad { detail: detail() }, &["h"]),
            client(ClientFault::Missing, &[]),
            client(ClientFault::Missing, &["CN=r"]),
            client(ClientFault::Expired, &[]),
            client(ClientFault::UnknownIssuer, &[]),
            client(ClientFault::UnknownIssuer, &["CN=r"]),
            client(ClientFault::Refused, &[]),
            TlsCause::OldVersion { version: None },
            TlsCause::OldVersion { version: Some("TLS 1.1".to_owned()) },
            TlsCause::NothingInCommon,
            TlsCause::NoHttp2 { address: "h:1".to_owned() },
            TlsCause::UnknownName { name: "h".to_owned() },
            TlsCause::Closed { address: "h:1".to_owned() },
            TlsCause::Alert { code: 80, name: "internal_error".to_owned() },
            TlsCause::BadName { name: "a b".to_owned() },
            TlsCause::NoRoots,
            file(FileFault::Unreadable { detail: detail() }),
            file(FileFault::NoCertificate),
            file(FileFault::NoKey),
            file(FileFault::EncryptedKey),
            file(FileFault::BadCertificate { detail: detail() }),
            file(FileFault::BadKey { detail: detail() }),
            file(FileFault::OtherKey { certificate: "c".to_owned() }),
            file(FileFault::Password),
            file(FileFault::NotPkcs12 { detail: detail() }),
            file(FileFault::NoIdentity),
            TlsCause::Other { detail: "d".to_owned() },
        ]
    }

    #[test]
    fn dates_and_lists_are_readable() {
        assert_eq!(date(981_173_106), "2001-02-03 04:05 UTC");
        assert_eq!(date(i64::MAX), format!("second {}", i64::MAX));
        let many: Vec<String> = (0..9).map(|number| number.to_string()).collect();
        assert_eq!(listed(&many), "0, 1, 2, 3, 4, 5, 6, 7, …");
        assert_eq!(quoted(&many[..2]), "“0”, “1”");
    }
}
