//! Starts HTTP/2, or HTTP/1.1 where the peer speaks no other: for protocols that run on both.
//!
//! Must not know: how the stream came to be.

use std::sync::Mutex;

use tokio::time::{Instant, timeout};

use super::secure::{PROBE, Secured};
use super::{Attempt, Connection, Heard, Sender, Steps, http2};
use crate::engine::http1::Http1;
use crate::engine::{Cause, Peer};

const H2: &str = "h2";

/// A connection on that stream. With TLS the handshake has decided (ALPN). Without it HTTP/2 is tried first, as it
/// carries every kind of call and many at a time; a peer that does not know it says so at once, before any request, and
/// gets a second stream. One that says nothing takes up to [`PROBE`]: therefore it is not tried where the peer was heard
/// to speak HTTP/1.1.
///
/// # Errors
///
/// What the peer is instead.
pub(super) async fn start(
    attempt: &Attempt<'_>,
    heard: &Heard,
    secured: Secured,
    steps: Steps<'_>,
) -> Result<Connection, Cause> {
    match &secured.peer.tls {
        Some(session) if session.alpn == H2 => http2::start(attempt, secured, steps).await,
        Some(_) => one_at_a_time(secured).await,
        None if heard.is_http1(&attempt.way.address()) => {
            let connection = one_at_a_time(secured).await?;
            heard.note(attempt.way.address(), &connection.facts);
            Ok(connection)
        }
        None => {
            let peer = secured.peer.clone();
            let left = attempt.deadline.saturating_duration_since(Instant::now());
            match timeout(PROBE.min(left / 2), http2::start(attempt, secured, steps)).await {
                Ok(Err(Cause::Http1 { .. } | Cause::NotHttp2 { .. })) | Err(_) => {
                    let Some(stream) = attempt.again().await else {
                        let detail = "the server took one connection, but no second".to_owned();
                        return Err(Cause::ConnectionLost { detail });
                    };
                    let connection = one_at_a_time(Secured { stream, peer, client: None }).await?;
                    heard.note(attempt.way.address(), &connection.facts);
                    Ok(connection)
                }
                Ok(decided) => decided,
            }
        }
    }
}

async fn one_at_a_time(secured: Secured) -> Result<Connection, Cause> {
    let Secured { stream, peer, .. } = secured;
    let (http1, facts) = Http1::start(stream).await?;
    let task = http1.task();
    let peer = Peer { reused: false, ..peer };
    Ok(Connection { send: Sender::Http1(http1), peer, facts, pings: Mutex::default(), task })
}
