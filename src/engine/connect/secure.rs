//! Puts TLS on a socket where asked; what is spoken on it afterwards is for others.
//!
//! Must not know: how the socket came to be.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::ClientConfig;

use super::http2::probe_http2;
use super::stream::{Socket, Stream};
use super::{Steps, Way, authority, broken_cause, plain};
use crate::engine::tap::{Facts, Speech, Tap, recognise};
use crate::engine::{Cause, Peer, Step, TlsSession, tls};
use crate::request::{Protocol, TlsSpec};

/// How long a second look at a peer that would not talk may take.
pub(super) const PROBE: Duration = Duration::from_secs(2);

/// What is offered in the handshake beside HTTP/2, where the protocol runs on it.
const HTTP1: &[u8] = b"http/1.1";

/// A stream that is as secure as was asked for: a protocol can start on it.
pub(super) struct Secured {
    pub(super) stream: Stream,
    pub(super) peer: Peer,
}

/// Speaks TLS where asked.
///
/// # Errors
///
/// Why the handshake failed.
pub(super) async fn secure(way: &Way<'_>, socket: Socket, steps: Steps<'_>) -> Result<Secured, Cause> {
    let Socket { stream, address } = socket;
    let Some(tls) = &way.spec.tls else {
        return Ok(Secured { stream, peer: Peer { address, tls: None, reused: false } });
    };
    let mut config = config(tls).await?;
    if way.spec.protocol != Protocol::Grpc {
        config.alpn_protocols.push(HTTP1.to_vec());
    }
    let name = tls::server_name(tls.server_name.as_ref().unwrap_or(&authority(way.spec)))?;
    let (tap, facts, _opening) = Tap::new(stream, broken_cause);
    let stream = match TlsConnector::from(Arc::new(config)).connect(name, tap).await {
        Ok(stream) => stream,
        Err(error) => return Err(handshake_cause(way, &error, &facts).await),
    };
    let session = session(&stream, tls);
    steps.tell(Step::Secured { version: session.version.clone() }).await;
    let peer = Peer { address, tls: Some(Arc::new(session)), reused: false };
    Ok(Secured { stream: Box::new(stream), peer })
}

/// Reading files would hold up the other calls.
async fn config(spec: &TlsSpec) -> Result<ClientConfig, Cause> {
    let spec = spec.clone();
    tokio::task::spawn_blocking(move || tls::client_config(&spec))
        .await
        .unwrap_or_else(|error| Err(Cause::Internal { detail: error.to_string() }))
}

/// What the handshake came to.
fn session<S>(stream: &TlsStream<S>, spec: &TlsSpec) -> TlsSession {
    let (_, session) = stream.get_ref();
    let version = session.protocol_version().and_then(|version| version.as_str()).unwrap_or("TLS");
    let cipher = session.negotiated_cipher_suite().and_then(|suite| suite.suite().as_str()).unwrap_or("");
    TlsSession {
        version: version.replace('_', "."),
        cipher: cipher.to_owned(),
        alpn: session.alpn_protocol().map(|name| String::from_utf8_lossy(name).into_owned()).unwrap_or_default(),
        chain: Vec::new(),
        unverified: spec.insecure,
    }
}

async fn handshake_cause(way: &Way<'_>, error: &io::Error, facts: &Facts) -> Cause {
    let address = way.address();
    if tls::is_no_h2(error) {
        return Cause::Http1 { address, detail: "it offers no HTTP/2 in the TLS handshake (ALPN)".to_owned() };
    }
    let no_tls = |detail: String| Cause::NoTls { address, detail };
    match recognise(&facts.first()) {
        Speech::Http2 => no_tls("it speaks plaintext HTTP/2".to_owned()),
        Speech::Http1(line) | Speech::Other(line) => no_tls(format!("it sent “{line}”")),
        Speech::Tls if tls::is_not_tls(error) => Cause::Tls { detail: plain(error) },
        Speech::Nothing if probe_http2(way).await => no_tls("it speaks plaintext HTTP/2".to_owned()),
        Speech::Nothing => {
            Cause::Tls { detail: "the server closed the connection without answering the handshake".to_owned() }
        }
        Speech::Tls => tls::cause_of(error).unwrap_or_else(|| Cause::Tls { detail: plain(error) }),
    }
}

/// Whether the peer takes a TLS handshake, or at least answers one in TLS.
pub(super) async fn probe_tls(way: &Way<'_>) -> bool {
    let look = async {
        let Ok(stream) = way.again().await else { return false };
        let Ok(config) = tls::client_config(&TlsSpec { insecure: true, ..TlsSpec::default() }) else { return false };
        let Ok(name) = tls::server_name("localhost") else { return false };
        let (tap, facts, _opening) = Tap::new(stream, broken_cause);
        let answer = TlsConnector::from(Arc::new(config)).connect(name, tap).await;
        answer.is_ok() || recognise(&facts.first()) == Speech::Tls
    };
    timeout(PROBE, look).await.unwrap_or(false)
}
