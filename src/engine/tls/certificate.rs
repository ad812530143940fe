//! What a certificate says: its subject, issuer, names, dates, serial number and digest.
//!
//! Must not know: connections, whether it is believed.

use std::fmt::Write as _;
use std::net::{Ipv4Addr, Ipv6Addr};

use ring::digest::{SHA256, digest};
use rustls_pki_types::CertificateDer;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::FromDer as _;
use x509_parser::x509::X509Name;

use crate::engine::Certificate;

/// Reads a certificate. One that cannot be read has its digest at least.
pub(super) fn read(der: &[u8]) -> Certificate {
    let fingerprint = hex(digest(&SHA256, der).as_ref());
    match X509Certificate::from_der(der) {
        Ok((_rest, certificate)) => Certificate {
            subject: name_text(certificate.subject()),
            issuer: name_text(certificate.issuer()),
            names: names(&certificate),
            not_before: certificate.validity().not_before.timestamp(),
            not_after: certificate.validity().not_after.timestamp(),
            serial: hex(certificate.raw_serial()),
            fingerprint,
        },
        Err(_unreadable) => Certificate {
            subject: String::new(),
            issuer: String::new(),
            names: Vec::new(),
            not_before: 0,
            not_after: 0,
            serial: String::new(),
            fingerprint,
        },
    }
}

/// Reads them all, in their order.
pub(super) fn read_chain(chain: &[CertificateDer<'_>]) -> Vec<Certificate> {
    chain.iter().map(|der| read(der)).collect()
}

/// The certificate that says least of who vouches for it: its issuer is not in the chain.
pub(super) fn top(chain: &[Certificate]) -> Option<&Certificate> {
    let mut top = chain.first()?;
    // Each step goes to another certificate, or the chain goes round.
    for _step in chain {
        let next = chain.iter().find(|other| other.subject == top.issuer && *other != top);
        match next {
            Some(next) if top.subject != top.issuer => top = next,
            _ => break,
        }
    }
    Some(top)
}

/// A name in DER, as a server sends those of the CAs that it believes.
pub(super) fn name(der: &[u8]) -> Option<String> {
    X509Name::from_der(der).ok().map(|(_rest, name)| name_text(&name))
}

fn name_text(name: &X509Name<'_>) -> String {
    clean(&name.to_string())
}

fn names(certificate: &X509Certificate<'_>) -> Vec<String> {
    let Ok(Some(extension)) = certificate.subject_alternative_name() else { return Vec::new() };
    let mut all = Vec::new();
    for name in &extension.value.general_names {
        match name {
            GeneralName::DNSName(name) => all.push(clean(name)),
            GeneralName::IPAddress(bytes) => all.extend(address(bytes)),
            // Workloads have such a name (SPIFFE).
            GeneralName::URI(uri) => all.push(clean(uri)),
            _ => {}
        }
    }
    all
}

fn address(bytes: &[u8]) -> Option<String> {
    if let Ok(four) = <[u8; 4]>::try_from(bytes) {
        return Some(Ipv4Addr::from(four).to_string());
    }
    <[u8; 16]>::try_from(bytes).ok().map(|sixteen| Ipv6Addr::from(sixteen).to_string())
}

/// A text of the peer's making, fit for one line.
fn clean(text: &str) -> String {
    // The marks of writing direction could show the rest of a sentence as something else.
    let harmful = |c: char| {
        c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars().map(|c| if harmful(c) { ' ' } else { c }).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a string cannot fail.
        write!(text, "{byte:02x}").unwrap_or_default();
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn certificate(subject: &str, issuer: &str) -> Certificate {
        Certificate { subject: subject.to_owned(), issuer: issuer.to_owned(), ..read(b"") }
    }

    #[test]
    fn a_certificate_is_read_whole() {
        let mut params = rcgen::CertificateParams::new(vec!["shop.example".into(), "::1".into(), "10.0.0.1".into()]);
        let params = params.as_mut().unwrap();
        params.distinguished_name.push(rcgen::DnType::CommonName, "商店\n");
        params.not_after = rcgen::date_time_ymd(2001, 2, 3);
        params.serial_number = Some(vec![1, 0xab].into());
        let made = params.self_signed(&rcgen::KeyPair::generate().unwrap()).unwrap();
        let read = read(made.der());
        assert_eq!(read.subject, "CN=商店 ");
        assert_eq!(read.issuer, read.subject);
        assert_eq!(read.names, ["shop.example", "::1", "10.0.0.1"]);
        assert_eq!((read.not_after, read.serial.as_str()), (981_158_400, "01ab"));
        assert_eq!(read.fingerprint.len(), 64);
    }

    #[test]
    fn garbage_has_its_digest() {
        assert!(read(b"garbage").fingerprint.starts_with("795b6904e54f8241"));
        assert_eq!(name(b"garbage"), None);
    }

    #[test]
    fn the_top_is_found_in_any_order_and_in_rings() {
        let check = |chain: &[(&str, &str)], expected: &str| {
            let chain: Vec<_> = chain.iter().map(|(subject, issuer)| certificate(subject, issuer)).collect();
            assert_eq!(top(&chain).unwrap().subject, expected);
        };
        check(&[("leaf", "a")], "leaf");
        check(&[("leaf", "a"), ("b", "root"), ("a", "b")], "b");
        check(&[("leaf", "a"), ("a", "root"), ("root", "root")], "root");
        check(&[("leaf", "leaf"), ("leaf", "a")], "leaf");
        check(&[("leaf", "a"), ("a", "b"), ("b", "a")], "a");
        assert_eq!(top(&[]), None);
    }
}
