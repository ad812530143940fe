//! What to try after a failure, with the flags of `call`, `list` and `describe`, where the general hint speaks of settings
//! and panes of the window.
//!
//! Must not know: how it is printed.

use crate::engine::{Cause, CertificateFault, ClientFault, CredentialsFailure, FileFault, TlsCause};

/// The hint with flags in it; `None` where the general one will do.
pub(super) fn flag_hint(cause: &Cause) -> Option<String> {
    let hint = match cause {
        Cause::OtherProtocol { server, .. } => return Some(format!("Add --protocol {server}.")),
        Cause::NoTls { .. } => "Add --plaintext, or write the target with grpc://.",
        Cause::WantsTls { .. } => "Leave out --plaintext, or write the target with grpcs://.",
        Cause::ConnectTimeout { .. } => {
            "Check host and port, and whether a firewall drops the connection; or raise --connect-timeout."
        }
        Cause::BadProxy { .. } => "Correct the variable, or give another proxy, or none, with --proxy.",
        Cause::ProxyUnreachable { .. } => "Check the address of the proxy, or add --proxy none to connect directly.",
        Cause::NotAProxy { .. } => {
            "Check its port, and its kind: --proxy http://host:port for HTTP CONNECT, socks5://host:port for SOCKS 5."
        }
        Cause::ProxyCredentials { .. } => {
            "Give user and password with the proxy: --proxy http://user:password@host:port."
        }
        Cause::ProxyRefused { .. } => {
            "Its rules may not allow this host or port. Ask who runs it, or go round it: --proxy none, or NO_PROXY."
        }
        Cause::Http1 { .. } => {
            "This may be the port of a web server: try the server's gRPC port. If the server speaks gRPC-Web or Connect, \
             add --protocol grpc-web or --protocol connect."
        }
        Cause::ProtocolRefused { .. } => "Give another protocol with --protocol: grpc, grpc-web or connect.",
        Cause::NoSuchKind => {
            "Add --protocol grpc, or --protocol connect, for this method. Reflection is such a call too: name the protos \
             with --proto."
        }
        Cause::NeedsHttp2 { .. } => {
            "Use a port of the server that speaks HTTP/2, or call a method with one message at least one way. Reflection \
             goes both ways too: name the protos with --proto."
        }
        Cause::KeepaliveTimeout { .. } => {
            "The server or the way to it is gone or stuck. Send again, or give it longer with --keepalive-timeout."
        }
        Cause::TooManyPings { .. } => {
            "Raise --keepalive-time (most servers allow one ping in 5 minutes: 5m), or leave it out for none."
        }
        Cause::TooLarge { .. } => "Raise --max-msg-sz, or ask the server for less at a time.",
        Cause::Inflated { .. } => "Raise --max-msg-sz if you trust the server.",
        Cause::TooLargeToSend { .. } => "Raise --max-send-sz, or send less at a time.",
        Cause::TooMuch { .. } => "Name the files of the server with --proto or --protoset instead.",
        Cause::Encoding { .. } => {
            "Add it with --accept-compress if that knows it; otherwise the server must not use it."
        }
        Cause::CompressionRefused { .. } | Cause::CompressionUnknown { .. } => {
            "Choose another with --compress, or leave it out for none (identity)."
        }
        Cause::Deadline { .. } | Cause::ServerDeadline { .. } => {
            "Raise --max-time, or look into what the server waits for."
        }
        Cause::DeadlineConnecting { .. } => "Check that the server can be reached, or raise --max-time.",
        Cause::OtherDeadline { .. } => {
            "--max-time is not the reason. Look into the server's log, and into the services that it calls."
        }
        Cause::Tls(cause) => tls(cause)?,
        Cause::Credentials(failure) => credentials(failure)?,
        _ => return None,
    };
    Some(hint.to_owned())
}

fn tls(cause: &TlsCause) -> Option<&'static str> {
    let hint = match cause {
        TlsCause::Certificate { fault, .. } => return certificate(fault),
        TlsCause::Client { fault, .. } => match fault {
            ClientFault::Missing => {
                "Name a client certificate that the server accepts with --cert, its key with --key."
            }
            ClientFault::Expired | ClientFault::UnknownIssuer | ClientFault::Refused => {
                "Name another client certificate with --cert, its key with --key."
            }
        },
        TlsCause::UnknownName { .. } => "Give a name that the server knows with --servername or --authority.",
        TlsCause::BadName { .. } => "Give the server's host name with --servername or --authority.",
        TlsCause::NoRoots => "Name a CA certificate with --cacert.",
        TlsCause::NothingInCommon => {
            "The server must allow a cipher with ECDHE and AES-GCM or ChaCha20, and an RSA, P-256, P-384 or Ed25519 \
             certificate. It may also know nobody of this name: try another with --servername."
        }
        TlsCause::Closed { .. } => {
            "Check the port; the server may also know nobody of this name: try another with --servername."
        }
        TlsCause::NoHttp2 { .. } => {
            "This may be the port of a web server: try the server's gRPC port, or --protocol grpc-web or connect if it \
             speaks that. A proxy before the server must have HTTP/2 switched on."
        }
        TlsCause::Other { .. } => {
            "Check --cacert, --cert, --servername and --authority, and look into the server's log."
        }
        TlsCause::File { fault, .. } => return file(fault),
        TlsCause::OldVersion { .. } | TlsCause::Alert { .. } => return None,
    };
    Some(hint)
}

fn certificate(fault: &CertificateFault) -> Option<&'static str> {
    let hint = match fault {
        CertificateFault::UnknownIssuer { .. } => {
            "Name the CA's certificate with --cacert; --insecure skips verification, for a test."
        }
        CertificateFault::OtherKey => "The CA was probably made anew: name its present certificate with --cacert.",
        CertificateFault::SelfSigned | CertificateFault::OfCa => {
            "If it is yours, name that very certificate with --cacert; --insecure skips verification, for a test."
        }
        CertificateFault::WrongName => {
            "Use a name of the certificate in the target, or give it with --servername. --insecure skips verification, \
             for a test."
        }
        CertificateFault::Expired => {
            "The server needs a new certificate; check this machine's clock too. --insecure skips verification, for a \
             test."
        }
        CertificateFault::Bad { .. } => {
            "The server needs another certificate. --insecure skips verification, for a test."
        }
        CertificateFault::NotYetValid | CertificateFault::NotForServers => return None,
    };
    Some(hint)
}

fn file(fault: &FileFault) -> Option<&'static str> {
    let hint = match fault {
        FileFault::Unreadable { .. } => "Check the path.",
        FileFault::EncryptedKey => {
            "Write it without its password (openssl pkey -in KEY -out PLAIN), or pack it with its certificate into a \
             .p12 file and name that with --cert."
        }
        FileFault::OtherKey { .. } => "Name the key that the certificate was made with with --key.",
        FileFault::Password => "Give the password of the file with --cert-password.",
        _ => return None,
    };
    Some(hint)
}

/// Only saved requests have credentials that are fetched: `run` is meant.
fn credentials(failure: &CredentialsFailure) -> Option<&'static str> {
    let hint = match failure {
        CredentialsFailure::Refused { .. } => {
            "Check the client id, the secret and the scopes under \"auth\" in the request's file or those above it; the \
             server's own words stand above."
        }
        CredentialsFailure::Unreachable { .. } => {
            "Check the token URL under \"auth\" in the request's file or those above it. A server with a certificate of \
             its own needs the CA certificate under \"tls\"."
        }
        CredentialsFailure::PortTaken { .. } => {
            "End the other one, or write another redirectPort under \"auth\" in the request's file or those above it and \
             register its address with the provider; without one any free port is taken."
        }
        CredentialsFailure::PortRefused { .. } => {
            "Write another redirectPort, from 1024 on, under \"auth\" in the request's file or those above it, and \
             register its address with the provider."
        }
        CredentialsFailure::Key { .. } => {
            "Check algorithm and key under \"auth\" in the request's file or those above it."
        }
        CredentialsFailure::NotAgreed { .. } => "Read the command, and add --allow-command if it may run.",
        _ => return None,
    };
    Some(hint)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::report::hint;
    use crate::engine::causes;

    /// Names of settings as the window shows them.
    fn labels() -> Vec<&'static str> {
        let texts =
            [include_str!("../../assets/locales/en/main.ftl"), include_str!("../../assets/locales/en/calls.ftl")];
        let label = |line: &'static str| {
            let (key, value) = line.split_once(" = ")?;
            let named = key.starts_with("setting-") || key.starts_with("auth-");
            (named && key.ends_with("-label")).then_some(value)
        };
        texts.into_iter().flat_map(str::lines).filter_map(label).collect()
    }

    #[test]
    fn no_hint_in_the_terminal_names_a_part_of_the_window() {
        let labels = labels();
        assert!(labels.contains(&"Client certificate") && labels.len() > 20, "{labels:?}");
        for cause in causes() {
            let Some(hint) = hint(&cause) else { panic!("{cause:?} has no hint") };
            for word in ["settings", "Settings", " pane", "Set Protocol", "Switch TLS", "“none”", "{ "] {
                assert!(!hint.contains(word), "{word}: {hint}");
            }
            for label in &labels {
                assert!(!hint.contains(&format!("“{label}”")), "{label}: {hint}");
            }
        }
    }

    #[test]
    fn what_a_setting_would_mend_names_its_flag() {
        let check = |cause: Cause, expected: &str| {
            let hint = flag_hint(&cause);
            assert!(hint.as_ref().is_some_and(|hint| hint.contains(expected)), "{hint:?}");
        };
        check(Cause::Tls(TlsCause::NoRoots), "--cacert");
        check(Cause::Tls(TlsCause::UnknownName { name: "h".to_owned() }), "--servername");
        let missing = TlsCause::Client { fault: ClientFault::Missing, certificate: None, accepted: Vec::new() };
        check(Cause::Tls(missing), "--cert");
        check(Cause::Tls(TlsCause::File { fault: FileFault::EncryptedKey, path: "k".to_owned() }), "--cert");
        check(Cause::TooLarge { size: 2, limit: 1 }, "--max-msg-sz");
        check(Cause::TooLargeToSend { size: 2, limit: 1 }, "--max-send-sz");
        check(Cause::Deadline { timeout: "1s".to_owned() }, "--max-time");
        check(Cause::TooManyPings { detail: String::new() }, "--keepalive-time");
        check(Cause::OtherProtocol { call: "gRPC".into(), server: "connect".into() }, "--protocol connect");
        check(Cause::CompressionRefused { encoding: "zstd".into(), accepted: "gzip".into() }, "--compress");
    }
}
