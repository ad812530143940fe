//! TLS in every way that it fails, and the very sentences that the user reads.

use std::net::SocketAddr;
use std::path::PathBuf;

use expect_test::{Expect, expect};
use p12_keystore::{EncryptionAlgorithm, KeyStore, KeyStoreEntry};
use rcgen::{CertificateParams, ExtendedKeyUsagePurpose, IsCa, KeyPair, date_time_ymd};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::authority::{Authority, Server, changed, p12, params, self_signed};
use super::server::{echo, engine, h2_server, listen, run, spec, with_tls};
use crate::engine::{Cause, EndedBy, Engine};
use crate::request::{CallSpec, Identity, TlsSpec};
use crate::schema::Kind;
use crate::text::{Arg, Language, Text};

pub(super) const HOST: &str = "127.0.0.1";

/// What the user reads of each failure.
#[derive(Default)]
struct Table {
    text: String,
}

impl Table {
    /// A call that must fail, with places of this run taken out of its words.
    fn row(&mut self, engine: &Engine, name: &str, address: SocketAddr, tls: TlsSpec) {
        self.call(engine, name, with_tls(spec(address, Kind::Unary, &["x"]), tls));
    }

    fn call(&mut self, engine: &Engine, name: &str, spec: CallSpec) {
        let tls = spec.access.connection.tls.clone().unwrap_or_default();
        let crate::request::Address::Tcp { host, port } = &spec.access.connection.addresses[0] else { panic!() };
        let address = format!("{host}:{port}");
        let (_, outcome) = run(engine, spec);
        assert_eq!((outcome.status.code, outcome.ended_by), (14, EndedBy::Failure), "{name}: {outcome:?}");
        let cause = outcome.cause.unwrap();
        assert_eq!(outcome.status.message, cause.to_string());
        let (sentence, hint) = sentences(&cause);
        let text = format!("{name}\n  {}\n  {sentence}\n  {hint}\n", outcome.status.message);
        let mut text = text.replace(&address, "ADDRESS");
        let identity = match tls.identity {
            Some(Identity::Pem { chain, key }) => vec![chain, key],
            Some(Identity::Pkcs12 { file, .. }) => vec![file],
            None => Vec::new(),
        };
        for path in tls.ca.into_iter().chain(identity) {
            let folder = format!("{}{}", path.parent().unwrap().display(), std::path::MAIN_SEPARATOR);
            text = text.replace(&folder, "");
        }
        self.text.push_str(&text);
    }

    fn is(self, expected: &Expect) {
        expected.assert_eq(&self.text);
    }
}

pub(super) fn sentences(cause: &Cause) -> (String, String) {
    let texts = Text::new(Language::En);
    let arguments = cause.arguments();
    let values: Vec<(&str, Arg<'_>)> = arguments.iter().map(|(name, value)| (*name, Arg::from(value))).collect();
    let sentence = |key: &str| texts.with(key, &values);
    (sentence(cause.key()), sentence(&format!("{}-hint", cause.key())))
}

/// A server that says this to every handshake and closes.
fn answers(engine: &Engine, words: &'static [u8]) -> SocketAddr {
    engine.block_on(listen(move |mut stream| async move {
        // Something must be read first, or closing resets what was written.
        let mut heard = [0; 4096];
        let _count = stream.read(&mut heard).await.unwrap();
        stream.write_all(words).await.unwrap();
        stream.shutdown().await.unwrap();
        while stream.read(&mut heard).await.is_ok_and(|count| count > 0) {}
    }))
}

#[test]
fn certificates_of_servers() {
    let engine = engine();
    let root = Authority::new("Test Root");
    let mut table = Table::default();

    let address = root.server(HOST).run(&engine);
    table.row(&engine, "unknown CA", address, Authority::new("Another Root").trusted());
    table.row(&engine, "CA with a new key", address, Authority::new("Test Root").trusted());

    let middle = root.intermediate("Test Intermediate", |_| {});
    let address = middle.server(HOST).run(&engine);
    table.row(&engine, "intermediate not sent", address, root.trusted());
    let address = middle.server(HOST).with(&middle).run(&engine);
    table.row(&engine, "unknown CA above", address, Authority::new("Another Root").trusted());

    let own = self_signed(&params(HOST));
    let address = Server::new(&own).run(&engine);
    table.row(&engine, "self-signed", address, root.trusted());
    let ca = changed(params(HOST), |params| params.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained));
    let address = Server::new(&root.sign(&ca)).run(&engine);
    table.row(&engine, "CA as a server", address, root.trusted());

    let address = root.server("shop.example").run(&engine);
    table.row(&engine, "wrong name", address, root.trusted());
    let elsewhere = TlsSpec { server_name: Some("api.example".to_owned()), ..root.trusted() };
    table.row(&engine, "wrong server name", address, elsewhere);
    let nameless = changed(params(HOST), |params| params.subject_alt_names.clear());
    let address = Server::new(&root.sign(&nameless)).run(&engine);
    table.row(&engine, "common name only", address, root.trusted());

    let old = changed(params(HOST), |params| params.not_after = date_time_ymd(2001, 2, 3));
    let address = Server::new(&root.sign(&old)).run(&engine);
    table.row(&engine, "expired", address, root.trusted());
    let young = changed(params(HOST), |params| params.not_before = date_time_ymd(3001, 2, 3));
    let address = Server::new(&root.sign(&young)).run(&engine);
    table.row(&engine, "not yet valid", address, root.trusted());
    let stale = root.intermediate("Stale Intermediate", |params| params.not_after = date_time_ymd(2001, 2, 3));
    let address = stale.server(HOST).with(&stale).run(&engine);
    table.row(&engine, "expired intermediate", address, root.trusted());

    let client = changed(params(HOST), |params| {
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    });
    let address = Server::new(&root.sign(&client)).run(&engine);
    table.row(&engine, "made for clients", address, root.trusted());

    table.is(&expect![[r"
        unknown CA
          the server's certificate “CN=127.0.0.1” is issued by “CN=Test Root”, which is not trusted
          The server’s certificate “CN=127.0.0.1” is vouched for by “CN=Test Root”, which is not among the trusted roots in ca.pem.
          Choose the certificate of that CA under “Trusted roots”, or leave it empty for the roots of the system. For a test there is “Skip verification”.
        CA with a new key
          the certificate “CN=127.0.0.1” is not signed with the key of the trusted “CN=Test Root”
          The certificate “CN=127.0.0.1” says that “CN=Test Root” signed it, but the trusted root of that name has another key.
          The CA was probably made anew: choose its present certificate under “Trusted roots”.
        intermediate not sent
          the server's certificate “CN=127.0.0.1” is issued by “CN=Test Intermediate”, which is not trusted
          The server’s certificate “CN=127.0.0.1” is vouched for by “CN=Test Intermediate”, which is not among the trusted roots in ca.pem.
          Choose the certificate of that CA under “Trusted roots”, or leave it empty for the roots of the system. For a test there is “Skip verification”.
        unknown CA above
          the server's certificate “CN=127.0.0.1” is issued by “CN=Test Root”, which is not trusted
          The server’s certificate “CN=127.0.0.1” is vouched for by “CN=Test Root”, which is not among the trusted roots in ca.pem.
          Choose the certificate of that CA under “Trusted roots”, or leave it empty for the roots of the system. For a test there is “Skip verification”.
        self-signed
          the server's certificate “CN=127.0.0.1” is self-signed and not trusted
          The server’s certificate “CN=127.0.0.1” is self-signed: nobody that is trusted vouches for it.
          If it is yours, choose that very certificate under “Trusted roots”. For a test there is “Skip verification”.
        CA as a server
          the server's certificate “CN=127.0.0.1” is that of a CA
          The server’s certificate “CN=127.0.0.1” is that of a CA (CA:TRUE), which no server may show as its own.
          If it is yours, choose that very certificate under “Trusted roots”; or make the server one without CA:TRUE.
        wrong name
          the server's certificate is not for 127.0.0.1 but for shop.example
          The server’s certificate is not for 127.0.0.1 but for shop.example.
          Use one of these names in the target, or type one under “Server name”.
        wrong server name
          the server's certificate is not for api.example but for shop.example
          The server’s certificate is not for api.example but for shop.example.
          Use one of these names in the target, or type one under “Server name”.
        common name only
          the server's certificate “CN=127.0.0.1” names no host, so it is not for 127.0.0.1
          The server’s certificate “CN=127.0.0.1” names no host, so it is not for 127.0.0.1.
          The server needs a certificate with its names as subjectAltName; the common name does not count any more. For a test there is “Skip verification”.
        expired
          the server's certificate “CN=127.0.0.1” expired on 2001-02-03 00:00 UTC
          The certificate “CN=127.0.0.1” (for 127.0.0.1, issued by “CN=Test Root”) expired on 2001-02-03 00:00 UTC.
          The server needs a new certificate; check this machine’s clock too. For a test there is “Skip verification”.
        not yet valid
          the server's certificate “CN=127.0.0.1” is not valid before 3001-02-03 00:00 UTC
          The certificate “CN=127.0.0.1” (for 127.0.0.1, issued by “CN=Test Root”) is valid only from 3001-02-03 00:00 UTC on.
          Check this machine’s clock, and that of the machine that made the certificate.
        expired intermediate
          the server's certificate “CN=Stale Intermediate” expired on 2001-02-03 00:00 UTC
          The certificate “CN=Stale Intermediate” (issued by “CN=Test Root”) expired on 2001-02-03 00:00 UTC.
          The server needs a new certificate; check this machine’s clock too. For a test there is “Skip verification”.
        made for clients
          the server's certificate “CN=127.0.0.1” is not meant for servers
          The certificate “CN=127.0.0.1” that the server shows is not meant for servers (extended key usage).
          The server needs a certificate with the usage serverAuth; perhaps it shows one that was made for clients.
    "]]);
}

#[test]
fn certificates_of_clients() {
    let engine = engine();
    let root = Authority::new("Test Root");
    let clients = Authority::new("Client Root");
    let strangers = Authority::new("Stranger Root");
    let old = changed(params("old"), |params| params.not_after = date_time_ymd(2001, 2, 3));
    let mut table = Table::default();
    for version in ["TLS 1.3", "TLS 1.2"] {
        let server = root.server(HOST).clients_of(&clients);
        let server = if version == "TLS 1.2" { server.tls12() } else { server };
        let address = server.run(&engine);
        let mut row = |name: &str, identity: Option<Identity>| {
            table.row(&engine, &format!("{version}: {name}"), address, TlsSpec { identity, ..root.trusted() });
        };
        row("none", None);
        row("of another CA", Some(root.identity("stranger", &strangers.sign(&params("stranger")))));
        row("expired", Some(root.identity("old", &clients.sign(&old))));
    }
    // A server that breaks off without a word of it.
    let alert = |words| answers(&engine, words);
    table.row(&engine, "alert access_denied, nothing asked", alert(b"\x15\x03\x03\x00\x02\x02\x31"), root.trusted());
    table.is(&expect![[r"
        TLS 1.3: none
          the server wants a client certificate
          The server wants a client certificate issued by “CN=Client Root”, and none is chosen.
          Choose such a certificate under “Client certificate”, and its key under “Client key”.
        TLS 1.3: of another CA
          the client certificate “CN=stranger” has an issuer that the server does not trust
          The server does not trust “CN=Stranger Root”, who issued the client certificate “CN=stranger”; it trusts “CN=Client Root”.
          Choose a certificate of a CA that the server trusts under “Client certificate”; if others vouch for it, its file must hold them too.
        TLS 1.3: expired
          the client certificate “CN=old” has expired
          The client certificate “CN=old” expired on 2001-02-03 00:00 UTC, and the server does not take it.
          Have it renewed, and choose the new one under “Client certificate”.
        TLS 1.2: none
          the server wants a client certificate
          The server wants a client certificate issued by “CN=Client Root”, and none is chosen.
          Choose such a certificate under “Client certificate”, and its key under “Client key”.
        TLS 1.2: of another CA
          the client certificate “CN=stranger” has an issuer that the server does not trust
          The server does not trust “CN=Stranger Root”, who issued the client certificate “CN=stranger”; it trusts “CN=Client Root”.
          Choose a certificate of a CA that the server trusts under “Client certificate”; if others vouch for it, its file must hold them too.
        TLS 1.2: expired
          the client certificate “CN=old” has expired
          The client certificate “CN=old” expired on 2001-02-03 00:00 UTC, and the server does not take it.
          Have it renewed, and choose the new one under “Client certificate”.
        alert access_denied, nothing asked
          the server broke TLS off with the alert access_denied (49)
          The server broke the TLS handshake off with the alert access_denied (49).
          Look into the server’s log: it knows why.
    "]]);
}

#[test]
fn handshakes() {
    let engine = engine();
    let root = Authority::new("Test Root");
    let mut table = Table::default();
    let mut row = |name: &str, words: &'static [u8]| {
        table.row(&engine, name, answers(&engine, words), root.trusted());
    };
    row("alert protocol_version", b"\x15\x03\x02\x00\x02\x02\x46");
    row("TLS 1.1 ServerHello", TLS11_HELLO);
    row("alert handshake_failure", b"\x15\x03\x03\x00\x02\x02\x28");
    row("alert insufficient_security", b"\x15\x03\x03\x00\x02\x02\x47");
    row("alert unrecognized_name", b"\x15\x03\x03\x00\x02\x02\x70");
    row("alert internal_error", b"\x15\x03\x03\x00\x02\x02\x50");
    row("closed", b"");
    row("closed in mid-handshake", &TLS11_HELLO[..20]);
    row("broken record", b"\x16\x03\x03\x00\x04\x63\x00\x00\x00");
    row("plaintext HTTP/1.1", b"HTTP/1.1 400 Bad Request\r\n\r\n");
    row("plaintext SSH", b"SSH-2.0-OpenSSH_9.2\r\n");
    let plain = engine.block_on(h2_server(|exchange| echo(exchange, None)));
    table.row(&engine, "plaintext HTTP/2", plain, root.trusted());
    let address = root.server(HOST).alpn(&[b"http/1.1"]).run(&engine);
    table.row(&engine, "no HTTP/2", address, root.trusted());
    let nameless = TlsSpec { server_name: Some("a b".to_owned()), ..root.trusted() };
    table.row(&engine, "no name", address, nameless);
    table.is(&expect![[r#"
        alert protocol_version
          the server speaks neither TLS 1.2 nor 1.3
          The server speaks neither TLS 1.2 nor TLS 1.3.
          It may be limited to TLS 1.1 or older, which nobody should use any more: the server needs a newer version.
        TLS 1.1 ServerHello
          the server speaks TLS 1.1, not TLS 1.2 or 1.3
          The server speaks TLS 1.1; Trunkline speaks TLS 1.2 and TLS 1.3.
          Nobody should use that version any more: the server needs a newer one.
        alert handshake_failure
          the server and Trunkline have no TLS cipher in common
          The server and Trunkline found no TLS cipher, group or signature that both have.
          The server must allow one with ECDHE and AES-GCM or ChaCha20, and have an RSA, P-256, P-384 or Ed25519 certificate. It may also know no certificate for this name: try another under “Server name”.
        alert insufficient_security
          the server and Trunkline have no TLS cipher in common
          The server and Trunkline found no TLS cipher, group or signature that both have.
          The server must allow one with ECDHE and AES-GCM or ChaCha20, and have an RSA, P-256, P-384 or Ed25519 certificate. It may also know no certificate for this name: try another under “Server name”.
        alert unrecognized_name
          the server does not know the server name 127.0.0.1
          The server has nothing under the name 127.0.0.1 (unrecognized_name).
          Type a name that it knows under “Server name” or “Authority”.
        alert internal_error
          the server broke TLS off with the alert internal_error (80)
          The server broke the TLS handshake off with the alert internal_error (80).
          Look into the server’s log: it knows why.
        closed
          ADDRESS closed the connection in the TLS handshake
          ADDRESS closed the connection in the TLS handshake without a word.
          Check the port. A proxy or firewall may stand between, or the server knows nobody of this name: try another under “Server name”.
        closed in mid-handshake
          ADDRESS closed the connection in the TLS handshake
          ADDRESS closed the connection in the TLS handshake without a word.
          Check the port. A proxy or firewall may stand between, or the server knows nobody of this name: try another under “Server name”.
        broken record
          TLS failed: received unexpected handshake message: got HandshakeType(0x63) when expecting ServerHello or HelloRetryRequest
          TLS failed: received unexpected handshake message: got HandshakeType(0x63) when expecting ServerHello or HelloRetryRequest.
          Check the TLS settings, and look into the server’s log.
        plaintext HTTP/1.1
          ADDRESS does not speak TLS: it sent “HTTP/1.1 400 Bad Request”
          ADDRESS does not speak TLS: it sent “HTTP/1.1 400 Bad Request”.
          Switch TLS off, or write the target with grpc://.
        plaintext SSH
          ADDRESS does not speak TLS: it sent “SSH-2.0-OpenSSH_9.2”
          ADDRESS does not speak TLS: it sent “SSH-2.0-OpenSSH_9.2”.
          Switch TLS off, or write the target with grpc://.
        plaintext HTTP/2
          ADDRESS does not speak TLS: it speaks plaintext HTTP/2
          ADDRESS does not speak TLS: it speaks plaintext HTTP/2.
          Switch TLS off, or write the target with grpc://.
        no HTTP/2
          ADDRESS offers no HTTP/2 in the TLS handshake (ALPN)
          ADDRESS offers no HTTP/2 in the TLS handshake (ALPN), which gRPC needs.
          This may be the port of a web server or of gRPC-Web. Try the server’s gRPC port, or switch HTTP/2 on in the proxy before it.
        no name
          "a b" is no name that a certificate can have
          “a b” is no name that a certificate can have.
          Type the server’s host name under “Server name”.
    "#]]);
}

/// The ServerHello of a server that takes the handshake with TLS 1.1: TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA.
const TLS11_HELLO: &[u8] = b"\x16\x03\x02\x00\x2a\x02\x00\x00\x26\x03\x02\
    0123456789abcdef0123456789abcdef\x00\xc0\x13\x00";

#[test]
fn files() {
    let engine = engine();
    let root = Authority::new("Test Root");
    let address = root.server(HOST).run(&engine);
    let certified = root.sign(&params("client"));
    let chain = root.file("client.pem", &certified.pem);
    let key = root.file("client.key", certified.key.serialize_pem());
    let mut table = Table::default();
    let mut ca = |name: &str, path: PathBuf| {
        table.row(&engine, name, address, TlsSpec { ca: Some(path), ..TlsSpec::default() });
    };
    ca("no roots file", root.folder.path().join("none.pem"));
    ca("roots without a certificate", root.file("text.pem", "hello"));
    ca("a broken certificate", root.file("bad.pem", "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n"));
    ca("a cut file", root.file("cut.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n"));
    ca("no certificate at all", root.file("no.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"));
    ca("broken DER", root.file("bad.der", [0x30, 0x03, 1, 2, 3]));
    let mut pem = |name: &str, chain: &PathBuf, key: PathBuf| {
        let identity = Some(Identity::Pem { chain: chain.clone(), key });
        table.row(&engine, name, address, TlsSpec { identity, ..root.trusted() });
    };
    pem("no key file", &chain, root.folder.path().join("none.key"));
    pem("no key in it", &chain, root.file("client2.pem", &certified.pem));
    pem("another key", &chain, root.file("other.key", KeyPair::generate().unwrap().serialize_pem()));
    let encrypted = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n";
    pem("encrypted key", &chain, root.file("encrypted.key", encrypted));
    let encrypted = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n-----END RSA PRIVATE KEY-----\n";
    pem("old encrypted key", &chain, root.file("encrypted2.key", encrypted));
    let broken = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
    pem("broken key", &chain, root.file("broken.key", broken));
    pem("no certificate", &root.file("text2.pem", "hello"), key);
    let mut pkcs12 = |name: &str, bytes: &[u8], password: &str| {
        let file = root.file("client.p12", bytes);
        let identity = Some(Identity::Pkcs12 { file, password: password.to_owned() });
        table.row(&engine, name, address, TlsSpec { identity, ..root.trusted() });
    };
    let bytes = p12(&certified, "secret", EncryptionAlgorithm::PbeWithHmacSha256AndAes256);
    pkcs12("wrong password", &bytes, "wrong");
    pkcs12("no password", &bytes, "");
    pkcs12("no PKCS#12", b"hello", "secret");
    let mut certificates = KeyStore::new();
    let certificate = p12_keystore::Certificate::from_der(&certified.chain[0]).unwrap();
    certificates.add_entry("ca", KeyStoreEntry::Certificate(certificate));
    let bytes = certificates.writer("secret").encryption_iterations(10).mac_iterations(10).write().unwrap();
    pkcs12("no key in PKCS#12", &bytes, "secret");
    table.is(&expect![[r"
        no roots file
          cannot use a file of the TLS settings: no such file or directory: none.pem
          The file none.pem of the TLS settings cannot be read: no such file or directory.
          Check the path; one that is relative starts from the folder of the collection.
        roots without a certificate
          cannot use a file of the TLS settings: no certificate in it: text.pem
          The file text.pem holds no certificate in PEM form.
          Choose a file with “BEGIN CERTIFICATE” in it.
        a broken certificate
          cannot use a file of the TLS settings: bad certificate (its base64 is broken): bad.pem
          A certificate in bad.pem cannot be used: its base64 is broken.
          Choose another file, or export the certificate again.
        a cut file
          cannot use a file of the TLS settings: bad certificate (the end of a section is missing): cut.pem
          A certificate in cut.pem cannot be used: the end of a section is missing.
          Choose another file, or export the certificate again.
        no certificate at all
          cannot use a file of the TLS settings: bad certificate (it is not encoded as a certificate should be): no.pem
          A certificate in no.pem cannot be used: it is not encoded as a certificate should be.
          Choose another file, or export the certificate again.
        broken DER
          cannot use a file of the TLS settings: bad certificate (it is not encoded as a certificate should be): bad.der
          A certificate in bad.der cannot be used: it is not encoded as a certificate should be.
          Choose another file, or export the certificate again.
        no key file
          cannot use a file of the TLS settings: no such file or directory: none.key
          The file none.key of the TLS settings cannot be read: no such file or directory.
          Check the path; one that is relative starts from the folder of the collection.
        no key in it
          cannot use a file of the TLS settings: no private key in it: client2.pem
          The file client2.pem holds no private key in PEM form.
          Choose a file with “BEGIN PRIVATE KEY” in it (or RSA PRIVATE KEY, or EC PRIVATE KEY).
        another key
          cannot use a file of the TLS settings: its key does not belong to client.pem: other.key
          The private key in other.key does not belong to the certificate in client.pem.
          Choose the key that the certificate was made with under “Client key”; its own certificate must stand first in its file.
        encrypted key
          cannot use a file of the TLS settings: its private key is encrypted: encrypted.key
          The private key in encrypted.key is encrypted.
          Write it without its password (openssl pkey -in KEY -out PLAIN), or pack it with its certificate into a .p12 file and choose that under “Client certificate”.
        old encrypted key
          cannot use a file of the TLS settings: its private key is encrypted: encrypted2.key
          The private key in encrypted2.key is encrypted.
          Write it without its password (openssl pkey -in KEY -out PLAIN), or pack it with its certificate into a .p12 file and choose that under “Client certificate”.
        broken key
          cannot use a file of the TLS settings: bad private key (it is broken, or of a kind that is not supported): broken.key
          The private key in broken.key cannot be used: it is broken, or of a kind that is not supported.
          RSA from 2048 bits, ECDSA on P-256 or P-384, and Ed25519 are supported.
        no certificate
          cannot use a file of the TLS settings: no certificate in it: text2.pem
          The file text2.pem holds no certificate in PEM form.
          Choose a file with “BEGIN CERTIFICATE” in it.
        wrong password
          cannot use a file of the TLS settings: the password does not open it: client.p12
          The password does not open client.p12.
          Type the password of the file under “Certificate password”.
        no password
          cannot use a file of the TLS settings: the password does not open it: client.p12
          The password does not open client.p12.
          Type the password of the file under “Certificate password”.
        no PKCS#12
          cannot use a file of the TLS settings: no PKCS#12 file (it is not encoded as such a file should be): client.p12
          The file client.p12 cannot be read as PKCS#12: it is not encoded as such a file should be.
          Choose another file, or export certificate and key again.
        no key in PKCS#12
          cannot use a file of the TLS settings: no key with its certificate in it: client.p12
          The file client.p12 holds no private key with its certificate.
          Export both into one file: openssl pkcs12 -export -in CERT -inkey KEY -out FILE.
    "]]);
}

#[test]
fn certificates_that_the_user_named_have_names_and_dates() {
    let engine = engine();
    let root = Authority::new("Test Root");
    let ca = |params: &mut CertificateParams| params.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let mut table = Table::default();
    let elsewhere = changed(params("shop.example"), ca);
    let old = changed(changed(params(HOST), ca), |params| params.not_after = date_time_ymd(2001, 2, 3));
    let young = changed(changed(params(HOST), ca), |params| params.not_before = date_time_ymd(3001, 2, 3));
    for (name, params) in [("wrong name", elsewhere), ("expired", old), ("not yet valid", young)] {
        let own = self_signed(&params);
        let named = TlsSpec { ca: Some(root.file("own.pem", &own.pem)), ..TlsSpec::default() };
        table.row(&engine, name, Server::new(&own).run(&engine), named);
    }
    table.is(&expect![[r"
        wrong name
          the server's certificate is not for 127.0.0.1 but for shop.example
          The server’s certificate is not for 127.0.0.1 but for shop.example.
          Use one of these names in the target, or type one under “Server name”.
        expired
          the server's certificate “CN=127.0.0.1” expired on 2001-02-03 00:00 UTC
          The certificate “CN=127.0.0.1” (for 127.0.0.1, issued by “CN=127.0.0.1”) expired on 2001-02-03 00:00 UTC.
          The server needs a new certificate; check this machine’s clock too. For a test there is “Skip verification”.
        not yet valid
          the server's certificate “CN=127.0.0.1” is not valid before 3001-02-03 00:00 UTC
          The certificate “CN=127.0.0.1” (for 127.0.0.1, issued by “CN=127.0.0.1”) is valid only from 3001-02-03 00:00 UTC on.
          Check this machine’s clock, and that of the machine that made the certificate.
    "]]);
}
