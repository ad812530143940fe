//! What a failed handshake means, told from the error, what the server showed, and what it asked for.
//!
//! Must not know: files, HTTP/2.

use tokio_rustls::rustls::{self, AlertDescription, CertificateError, PeerIncompatible};

use super::certificate;
use super::verifier::{Objection, Shown, is_ca_as_server};
use crate::engine::{Certificate, CertificateFault, ClientFault, TlsCause, TlsDetail};

/// What is known beside the error.
pub(super) struct Evidence<'a> {
    /// Host and port.
    pub(super) address: &'a str,
    /// The name that the server was asked for.
    pub(super) name: &'a str,
    /// The file of the roots; `None` for those of the system.
    pub(super) roots: Option<&'a str>,
    /// What the server showed.
    pub(super) shown: Option<&'a Shown>,
    /// The names of CAs that it wants client certificates of, where it asked for one.
    pub(super) asked: Option<&'a [Vec<u8>]>,
    /// The certificate that we showed it.
    pub(super) own: Option<&'a Certificate>,
    /// Seconds since 1970.
    pub(super) now: i64,
}

impl Evidence<'_> {
    /// What an error of the handshake means. `first` is what the server sent first.
    pub(super) fn handshake(&self, error: &rustls::Error, first: &[u8]) -> TlsCause {
        match error {
            rustls::Error::InvalidCertificate(_) => match self.objection() {
                Some(cause) => cause,
                None => TlsCause::Other { detail: error.to_string() },
            },
            rustls::Error::AlertReceived(alert) => self.alert(*alert),
            rustls::Error::PeerIncompatible(
                PeerIncompatible::ServerDoesNotSupportTls12Or13
                | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig,
            ) => TlsCause::OldVersion { version: version(first) },
            rustls::Error::PeerIncompatible(
                PeerIncompatible::NoSignatureSchemesInCommon
                | PeerIncompatible::NoKxGroupsInCommon
                | PeerIncompatible::NoCipherSuitesInCommon,
            ) => TlsCause::NothingInCommon,
            rustls::Error::NoApplicationProtocol => TlsCause::NoHttp2 { address: self.address.to_owned() },
            other => TlsCause::Other { detail: other.to_string() },
        }
    }

    /// What an alert of the server means.
    pub(super) fn alert(&self, alert: AlertDescription) -> TlsCause {
        use AlertDescription as Alert;
        match alert {
            Alert::CertificateRequired => self.client(ClientFault::Missing),
            Alert::NoApplicationProtocol => TlsCause::NoHttp2 { address: self.address.to_owned() },
            Alert::UnrecognisedName => TlsCause::UnknownName { name: self.name.to_owned() },
            Alert::ProtocolVersion => TlsCause::OldVersion { version: None },
            Alert::InsufficientSecurity => TlsCause::NothingInCommon,
            // What is chosen together comes before the certificates; an alert after those is about them.
            Alert::HandshakeFailure if self.asked.is_none() => TlsCause::NothingInCommon,
            Alert::CertificateExpired if self.asked.is_some() => self.client(ClientFault::Expired),
            Alert::UnknownCA if self.asked.is_some() => self.client(ClientFault::UnknownIssuer),
            Alert::HandshakeFailure
            | Alert::NoCertificate
            | Alert::BadCertificate
            | Alert::UnsupportedCertificate
            | Alert::CertificateRevoked
            | Alert::CertificateUnknown
            | Alert::AccessDenied
            | Alert::DecryptError
                if self.asked.is_some() =>
            {
                self.client(ClientFault::Refused)
            }
            other => self::alert(other),
        }
    }

    /// The server is gone without a word.
    pub(super) fn closed(&self) -> TlsCause {
        match self.asked {
            Some(_) => self.client(ClientFault::Refused),
            None => TlsCause::Closed { address: self.address.to_owned() },
        }
    }

    /// The client certificate is at fault, if only by not being there.
    fn client(&self, fault: ClientFault) -> TlsCause {
        let names = self.asked.unwrap_or_default();
        let accepted = names.iter().filter_map(|name| certificate::name(name)).collect();
        let Some(own) = self.own else {
            return TlsCause::Client { fault: ClientFault::Missing, certificate: None, accepted };
        };
        // Servers have different words for it, and some have none.
        let fault = if own.not_after < self.now { ClientFault::Expired } else { fault };
        TlsCause::Client { fault, certificate: Some(Box::new(own.clone())), accepted }
    }

    /// What speaks against the server's certificate.
    pub(super) fn objection(&self) -> Option<TlsCause> {
        let shown = self.shown?;
        let error = match shown.objection.as_ref()? {
            Objection::Certificate(error) => error,
            Objection::NoRoots(cause) => return Some(cause.clone()),
            Objection::Other(error) => return Some(TlsCause::Other { detail: error.to_string() }),
        };
        let chain = certificate::read_chain(&shown.chain);
        let server = chain.first()?;
        // The error tells the date, but not whose it is.
        let dated = |date: u64, of: fn(&Certificate) -> i64| {
            chain.iter().find(|one| u64::try_from(of(one)) == Ok(date)).unwrap_or(server)
        };
        let (fault, certificate) = match error {
            CertificateError::UnknownIssuer if server.subject == server.issuer => {
                (CertificateFault::SelfSigned, server)
            }
            CertificateError::UnknownIssuer => {
                let issuer = certificate::top(&chain).unwrap_or(server).issuer.clone();
                (CertificateFault::UnknownIssuer { issuer, roots: self.roots.map(str::to_owned) }, server)
            }
            // Test authorities are often made anew under the same name.
            CertificateError::BadSignature => (CertificateFault::OtherKey, certificate::top(&chain).unwrap_or(server)),
            error if is_ca_as_server(error) => (CertificateFault::OfCa, server),
            CertificateError::NotValidForNameContext { .. } | CertificateError::NotValidForName => {
                (CertificateFault::WrongName, server)
            }
            CertificateError::ExpiredContext { not_after, .. } => {
                (CertificateFault::Expired, dated(not_after.as_secs(), |one| one.not_after))
            }
            CertificateError::Expired => (CertificateFault::Expired, server),
            CertificateError::NotValidYetContext { not_before, .. } => {
                (CertificateFault::NotYetValid, dated(not_before.as_secs(), |one| one.not_before))
            }
            CertificateError::NotValidYet => (CertificateFault::NotYetValid, server),
            CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
                (CertificateFault::NotForServers, server)
            }
            other => (CertificateFault::Bad { detail: fault_detail(other) }, server),
        };
        let expected = self.name.to_owned();
        Some(TlsCause::Certificate { fault, certificate: Box::new(certificate.clone()), expected })
    }
}

/// An alert as such.
pub(super) fn alert(alert: AlertDescription) -> TlsCause {
    TlsCause::Alert { code: alert.into(), name: alert_name(alert) }
}

/// What is wrong with a certificate, without the sentence around it.
pub(super) fn fault_detail(error: &CertificateError) -> TlsDetail {
    match error {
        CertificateError::BadEncoding => TlsDetail::NoCertificate,
        CertificateError::UnhandledCriticalExtension => TlsDetail::Extension,
        CertificateError::UnsupportedSignatureAlgorithmContext { .. }
        | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => TlsDetail::Signature,
        CertificateError::Revoked => TlsDetail::Revoked,
        CertificateError::Other(other) => other_detail(&other.to_string()),
        other => TlsDetail::Words(other.to_string()),
    }
}

/// What the library of certificates says, which rustls hands on.
fn other_detail(words: &str) -> TlsDetail {
    let known = [
        ("UnsupportedCertVersion", TlsDetail::Version1),
        ("UnsupportedCriticalExtension", TlsDetail::Extension),
        ("EndEntityUsedAsCa", TlsDetail::IssuerNoCa),
        ("NameConstraintViolation", TlsDetail::NameConstraint),
        ("PathLenConstraintViolated", TlsDetail::PathLength),
    ];
    let found = known.into_iter().find(|(name, _)| words.contains(name));
    found.map_or_else(|| TlsDetail::Words(words.to_owned()), |(_, detail)| detail)
}

/// The version in a ServerHello, the first message of a server that takes the handshake.
fn version(first: &[u8]) -> Option<String> {
    const HANDSHAKE: u8 = 22;
    const SERVER_HELLO: u8 = 2;
    match first {
        // Record head (5), message head (4), version.
        [HANDSHAKE, 3, _, _, _, SERVER_HELLO, _, _, _, 3, minor, ..] => match minor {
            0 => Some("SSL 3.0".to_owned()),
            minor => Some(format!("TLS 1.{}", minor - 1)),
        },
        _ => None,
    }
}

/// As RFC 8446, section 6 calls it.
fn alert_name(alert: AlertDescription) -> String {
    match alert {
        AlertDescription::Unknown(code) => code.to_string(),
        AlertDescription::UnknownCA => "unknown_ca".to_owned(),
        // `CloseNotify` for `close_notify`.
        known => {
            let mut name = String::new();
            for c in format!("{known:?}").chars() {
                if c.is_ascii_uppercase() && !name.is_empty() {
                    name.push('_');
                }
                name.push(c.to_ascii_lowercase());
            }
            name
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alerts_have_the_names_of_the_standard() {
        let check = |alert, expected: &str| assert_eq!(alert_name(alert), expected);
        check(AlertDescription::InternalError, "internal_error");
        check(AlertDescription::UnknownCA, "unknown_ca");
        check(AlertDescription::BadRecordMac, "bad_record_mac");
        check(AlertDescription::AccessDenied, "access_denied");
        check(AlertDescription::Unknown(200), "200");
    }

    #[test]
    fn the_roots_of_the_system_are_named_as_such() {
        let mut params = rcgen::CertificateParams::new(Vec::new()).unwrap();
        let root = rcgen::CertifiedIssuer::self_signed(params.clone(), rcgen::KeyPair::generate().unwrap()).unwrap();
        params.distinguished_name.push(rcgen::DnType::CommonName, "server");
        let server = params.signed_by(&rcgen::KeyPair::generate().unwrap(), &root).unwrap();
        let check = |error: CertificateError, expected: &str| {
            let shown = Shown { chain: vec![server.der().clone()], objection: Some(Objection::Certificate(error)) };
            let shown = Some(&shown);
            let evidence = Evidence { address: "h:1", name: "h", roots: None, shown, asked: None, own: None, now: 0 };
            assert_eq!(evidence.objection().unwrap().key(), expected);
        };
        check(CertificateError::UnknownIssuer, "cause-certificate-unknown-issuer");
        check(CertificateError::Revoked, "cause-certificate-bad");
    }

    #[test]
    fn a_server_hello_tells_its_version() {
        let hello = |minor| [22, 3, 1, 0, 49, 2, 0, 0, 45, 3, minor, 0];
        assert_eq!(version(&hello(2)).as_deref(), Some("TLS 1.1"));
        assert_eq!(version(&hello(0)).as_deref(), Some("SSL 3.0"));
        assert_eq!(version(b"\x15\x03\x01\x00\x02\x02\x46"), None);
    }
}
