//! Where in a request a failed call can be mended: the setting that its cause names.
//!
//! Must not know: toolkit.

use crate::engine::{Cause, CertificateFault, FileFault, TlsCause};
use crate::request::{Place, Setting, TlsPart};

/// The setting that a cause names; `None` where none would help, or several might.
#[must_use]
pub fn place(cause: &Cause) -> Option<Place> {
    let setting = match cause {
        Cause::BadProxy { .. }
        | Cause::ProxyUnreachable { .. }
        | Cause::NotAProxy { .. }
        | Cause::ProxyCredentials { .. }
        | Cause::ProxyRefused { .. } => Setting::Proxy,
        Cause::Http1 { .. } | Cause::OtherProtocol { .. } | Cause::ProtocolRefused { .. } | Cause::NoSuchKind => {
            Setting::Protocol
        }
        Cause::KeepaliveTimeout { .. } => Setting::KeepaliveTimeout,
        Cause::TooManyPings { .. } => Setting::KeepaliveTime,
        Cause::TooLarge { .. } | Cause::Inflated { .. } => Setting::MaxReceiveSize,
        Cause::TooLargeToSend { .. } => Setting::MaxSendSize,
        Cause::Encoding { .. } => Setting::AcceptCompression,
        Cause::CompressionRefused { .. } | Cause::CompressionUnknown { .. } => Setting::Compression,
        Cause::ConnectTimeout { .. } => return Some(Place::ConnectTimeout),
        Cause::Deadline { .. } | Cause::DeadlineConnecting { .. } | Cause::ServerDeadline { .. } => {
            return Some(Place::Timeout);
        }
        Cause::WantsTls { .. } | Cause::NoTls { .. } => return Some(Place::Tls(TlsPart::Mode)),
        Cause::Tls(cause) => return tls(cause).map(Place::Tls),
        Cause::Credentials(_) => return Some(Place::Auth),
        _ => return None,
    };
    Some(Place::Setting(setting))
}

const fn tls(cause: &TlsCause) -> Option<TlsPart> {
    match cause {
        TlsCause::Certificate { fault, .. } => match fault {
            CertificateFault::UnknownIssuer { .. }
            | CertificateFault::OtherKey
            | CertificateFault::SelfSigned
            | CertificateFault::OfCa => Some(TlsPart::Ca),
            CertificateFault::WrongName => Some(TlsPart::ServerName),
            _ => None,
        },
        TlsCause::Client { .. } => Some(TlsPart::Cert),
        TlsCause::UnknownName { .. } | TlsCause::Closed { .. } | TlsCause::BadName { .. } => Some(TlsPart::ServerName),
        TlsCause::NoRoots => Some(TlsPart::Ca),
        TlsCause::File { fault: FileFault::Password, .. } => Some(TlsPart::Password),
        TlsCause::File { fault: FileFault::OtherKey { .. }, .. } => Some(TlsPart::Key),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_lead_to_the_setting_that_they_name() {
        let check = |cause: Cause, expected: Option<Place>| assert_eq!(place(&cause), expected, "{cause:?}");
        let address = || "localhost:1".to_owned();
        check(Cause::TooLarge { size: 2, limit: 1 }, Some(Place::Setting(Setting::MaxReceiveSize)));
        check(Cause::Deadline { timeout: "1s".into() }, Some(Place::Timeout));
        check(Cause::WantsTls { address: address() }, Some(Place::Tls(TlsPart::Mode)));
        check(Cause::Tls(TlsCause::NoRoots), Some(Place::Tls(TlsPart::Ca)));
        check(Cause::Refused { address: address() }, None);
    }
}
