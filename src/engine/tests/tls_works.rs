//! TLS in every way that it works, and what is known of the peer then.

use std::net::SocketAddr;

use p12_keystore::EncryptionAlgorithm;
use rcgen::{CertificateParams, DnType, IsCa};

use super::authority::{Authority, Server, changed, p12, params, self_signed};
use super::server::{engine, run, spec, with_tls};
use super::tls_table::{HOST, sentences};
use crate::engine::{Cause, Engine, Happened, TlsCause, TlsSession};
use crate::request::{CallSpec, Identity, TlsSpec};
use crate::schema::Kind;

/// A call that must succeed, and what is known of its peer.
fn session(engine: &Engine, spec: CallSpec) -> TlsSession {
    let (events, outcome) = run(engine, spec);
    assert_eq!(outcome.status.code, 0, "{outcome:?}");
    let peer = events.into_iter().find_map(|event| match event.what {
        Happened::Connected(peer) => Some(peer),
        _ => None,
    });
    (*peer.unwrap().tls.unwrap()).clone()
}

fn unary(address: SocketAddr, tls: TlsSpec) -> CallSpec {
    with_tls(spec(address, Kind::Unary, &["x"]), tls)
}

#[test]
fn what_is_known_of_a_peer() {
    let engine = engine();
    let root = Authority::new("Test Root");
    let middle = root.intermediate("Test Intermediate", |_| {});
    let certified = middle.sign(&params(HOST));
    let digest = ring::digest::digest(&ring::digest::SHA256, &certified.chain[0]);
    let server = || Server::new(&certified).with(&middle);
    for (server, version, cipher) in [
        (server(), "TLSv1.3", "TLS13_"),
        (server().tls12(), "TLSv1.2", "TLS_ECDHE_ECDSA_"),
        (server().alpn(&[]), "TLSv1.3", "TLS13_"),
    ] {
        let address = server.run(&engine);
        let session = session(&engine, unary(address, root.trusted()));
        assert_eq!(session.version, version);
        assert!(session.cipher.starts_with(cipher), "{}", session.cipher);
        assert!(!session.unverified && session.doubt.is_none() && !session.key_log);
        let [own, issuer] = &session.chain[..] else { panic!("{:?}", session.chain) };
        assert_eq!((own.subject.as_str(), own.issuer.as_str()), ("CN=127.0.0.1", "CN=Test Intermediate"));
        assert_eq!((issuer.subject.as_str(), issuer.issuer.as_str()), ("CN=Test Intermediate", "CN=Test Root"));
        assert_eq!(own.names, [HOST]);
        assert_eq!((own.not_before, own.not_after), (157_766_400, 67_090_118_400));
        assert!(!own.serial.is_empty());
        let hex: Vec<String> = digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(own.fingerprint, hex.concat());
    }
}

#[test]
fn the_protocol_is_agreed_on_or_assumed() {
    let engine = engine();
    let root = Authority::new("Test Root");
    let agreed = session(&engine, unary(root.server(HOST).run(&engine), root.trusted()));
    assert_eq!(agreed.alpn, "h2");
    // Servers that know nothing of ALPN may speak HTTP/2 all the same.
    let silent = session(&engine, unary(root.server(HOST).alpn(&[]).run(&engine), root.trusted()));
    assert_eq!(silent.alpn, "");
}

#[test]
fn names_that_a_server_is_known_by() {
    let engine = engine();
    let root = Authority::new("Test Root");
    let address = root.server("shop.example").run(&engine);
    let named = TlsSpec { server_name: Some("shop.example".to_owned()), ..root.trusted() };
    session(&engine, unary(address, named));
    let mut by_authority = unary(address, root.trusted());
    by_authority.access.connection.authority = Some("shop.example:443".to_owned());
    session(&engine, by_authority);
    let wildcard = root.server("*.shop.example").run(&engine);
    let named = TlsSpec { server_name: Some("eu.shop.example".to_owned()), ..root.trusted() };
    session(&engine, unary(wildcard, named));
}

#[test]
fn certificates_that_the_user_named_are_believed() {
    let engine = engine();
    let root = Authority::new("Test Root");
    let ca = |params: &mut CertificateParams| params.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    // As `openssl req -x509` makes them, with and without CA:TRUE.
    for params in [params(HOST), changed(params(HOST), ca)] {
        let own = self_signed(&params);
        let address = Server::new(&own).run(&engine);
        let named = TlsSpec { ca: Some(root.file("own.pem", &own.pem)), ..TlsSpec::default() };
        session(&engine, unary(address, named));
        let der = TlsSpec { ca: Some(root.file("own.der", &own.chain[0])), ..TlsSpec::default() };
        session(&engine, unary(address, der));
    }
}

#[test]
fn client_certificates_are_shown() {
    let engine = engine();
    let root = Authority::new("Test Root");
    let middle = root.intermediate("Client Intermediate", |_| {});
    let mut certified = middle.sign(&params("client"));
    certified.chain.push(middle.issuer.der().clone());
    certified.pem.push_str(&middle.issuer.pem());
    let p12 = |name: &str, encryption| Identity::Pkcs12 {
        file: root.file(name, p12(&certified, "秘密", encryption)),
        password: "秘密".to_owned(),
    };
    let identities = [
        root.identity("client", &certified),
        p12("new.p12", EncryptionAlgorithm::PbeWithHmacSha256AndAes256),
        p12("old.pfx", EncryptionAlgorithm::PbeWithShaAnd3KeyTripleDesCbc),
    ];
    for server in [root.server(HOST), root.server(HOST).tls12()] {
        let address = server.clients_of(&root).run(&engine);
        for identity in identities.clone() {
            let tls = TlsSpec { identity: Some(identity), ..root.trusted() };
            session(&engine, unary(address, tls));
        }
    }
    // One that nobody asks for does no harm.
    let address = root.server(HOST).run(&engine);
    let tls = TlsSpec { identity: Some(identities[0].clone()), ..root.trusted() };
    session(&engine, unary(address, tls));
}

#[test]
fn what_verification_would_have_said_is_kept() {
    let engine = engine();
    let root = Authority::new("Test Root");
    let address = root.server("shop.example").run(&engine);
    let insecure = TlsSpec { insecure: true, ..root.trusted() };
    let session_of = |tls: TlsSpec| session(&engine, unary(address, tls));
    let doubtful = session_of(insecure.clone());
    assert!(doubtful.unverified);
    assert_eq!(doubtful.chain[0].names, ["shop.example"]);
    let doubt = doubtful.doubt.unwrap();
    assert_eq!(sentences(&doubt).0, "The server’s certificate is not for 127.0.0.1 but for shop.example.");
    let named = TlsSpec { server_name: Some("shop.example".to_owned()), ..insecure.clone() };
    let fine = session_of(named);
    assert!(fine.unverified && fine.doubt.is_none());
    // Roots that cannot be read stop nobody who does not want them.
    let unread = session_of(TlsSpec { ca: Some(root.folder.path().join("none.pem")), ..insecure });
    assert!(matches!(unread.doubt, Some(Cause::Tls(TlsCause::File { .. }))), "{:?}", unread.doubt);
}

#[test]
fn garbage_names_do_not_break_a_line() {
    let engine = engine();
    let root = Authority::new("Test Root");
    let odd = changed(params(HOST), |params| params.distinguished_name.push(DnType::CommonName, "a\nb\u{202e}"));
    let address = Server::new(&self_signed(&odd)).run(&engine);
    let (_, outcome) = run(&engine, unary(address, root.trusted()));
    assert!(!outcome.status.message.contains(['\n', '\u{202e}']), "{:?}", outcome.status.message);
}
