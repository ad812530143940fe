//! Puts TLS on a socket where asked; what is spoken on it afterwards is for others.
//!
//! Must not know: how the socket came to be.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;

use super::http2::probe_http2;
use super::stream::{Socket, Stream};
use super::{Attempt, Steps, authority, broken_cause};
use crate::engine::tap::{Facts, Speech, Tap, recognise};
use crate::engine::{Cause, Peer, Step, tls};
use crate::request::TlsSpec;

/// How long a second look at a peer that would not talk may take.
pub(super) const PROBE: Duration = Duration::from_secs(2);

/// A stream that is as secure as was asked for: a protocol can start on it.
pub(super) struct Secured {
    pub(super) stream: Stream,
    pub(super) peer: Peer,
    /// Knows what TLS may still have to say; `None` for plaintext.
    pub(super) client: Option<tls::Client>,
}

/// Speaks TLS where asked, and offers to speak `protocols` on it, the dearest first.
///
/// # Errors
///
/// Why the handshake failed.
pub(super) async fn secure(
    attempt: &Attempt<'_>,
    socket: Socket,
    protocols: &[&[u8]],
    steps: Steps<'_>,
) -> Result<Secured, Cause> {
    let Socket { stream, local, .. } = socket;
    let peer = attempt.peer(local);
    let spec = attempt.way.spec;
    let Some(tls) = &spec.tls else {
        return Ok(Secured { stream, peer, client: None });
    };
    let client = tls::Client::new(tls, &authority(spec), protocols).await?;
    let (tap, facts, _opening) = Tap::new(stream, broken_cause);
    let stream = match client.connect(tap).await {
        Ok(stream) => stream,
        Err(error) => return Err(handshake_cause(attempt, &client, &error, &facts).await),
    };
    let session = client.session(stream.get_ref().1).await;
    steps.tell(Step::Secured { version: session.version.clone() }).await;
    let peer = Peer { tls: Some(Arc::new(session)), ..peer };
    Ok(Secured { stream: Box::new(stream), peer, client: Some(client) })
}

async fn handshake_cause(attempt: &Attempt<'_>, client: &tls::Client, error: &io::Error, facts: &Facts) -> Cause {
    let address = attempt.way.address();
    let first = facts.first();
    let no_tls = |detail: String| Cause::NoTls { address: address.clone(), detail };
    match recognise(&first) {
        Speech::Http2 => no_tls("it speaks plaintext HTTP/2".to_owned()),
        Speech::Http1(line) | Speech::Other(line) => no_tls(format!("it sent “{line}”")),
        Speech::Nothing if probe_http2(attempt).await => no_tls("it speaks plaintext HTTP/2".to_owned()),
        Speech::Nothing | Speech::Tls => Cause::Tls(client.handshake_cause(error, &first, &address)),
    }
}

/// Whether the peer takes a TLS handshake, or at least answers one in TLS.
pub(super) async fn probe_tls(attempt: &Attempt<'_>) -> bool {
    let look = async {
        let Some(stream) = attempt.again().await else { return false };
        let spec = TlsSpec { insecure: true, ..TlsSpec::default() };
        let Ok(client) = tls::Client::new(&spec, "localhost", &[tls::H2]).await else { return false };
        let (tap, facts, _opening) = Tap::new(stream, broken_cause);
        let answer = client.connect(tap).await;
        answer.is_ok() || recognise(&facts.first()) == Speech::Tls
    };
    timeout(PROBE, look).await.unwrap_or(false)
}
