//! Starts HTTP/2 on a stream and waits for the server's SETTINGS: only they tell that somebody is there who speaks it.
//!
//! Must not know: how the stream came to be.

use std::future::{Future, poll_fn};
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::Poll;

use bytes::Bytes;
use futures_util::FutureExt as _;
use h2::PingPong;
use tokio::task::AbortHandle;
use tokio::time::timeout;

use super::secure::{PROBE, Secured, probe_tls};
use super::stream::Stream;
use super::{Attempt, Connection, Sender, Steps, broken_cause};
use crate::engine::job::Panicked;
use crate::engine::tap::{Facts, LAST_WORDS, Opening, Speech, Tap, recognise};
use crate::engine::{Cause, Step};
use crate::request::Windows;

const FRAME_SIZE: u32 = 64 << 10;
/// Servers put stack traces into metadata. The library takes as many frames of headers as this has of [`FRAME_SIZE`],
/// and a quarter more; servers send them in frames of 16 kB, so that a quarter of this is sure to pass.
const HEADER_LIST: u32 = 8 << 20;
/// Until the server's SETTINGS say otherwise.
const FIRST_STREAMS: usize = 100;

/// A connection on that stream.
///
/// # Errors
///
/// What the peer is instead.
pub(super) async fn start(attempt: &Attempt<'_>, secured: Secured, steps: Steps<'_>) -> Result<Connection, Cause> {
    let Secured { stream, peer, client } = secured;
    let refused = match shake_hands(attempt.way.spec.windows, stream).await {
        Ok(Hands { send, facts, pings, task }) => {
            steps.tell(Step::Settings { max_streams: facts.max_streams() }).await;
            return Ok(Connection { send: Sender::Http2(send), peer, facts, pings: Mutex::new(pings), task });
        }
        Err(refused) => refused,
    };
    let address = attempt.way.address();
    Err(match (recognise(&refused.first), client) {
        (Speech::Tls, None) => Cause::WantsTls { address },
        (Speech::Nothing, None) if probe_tls(attempt).await => Cause::WantsTls { address },
        // A client certificate is judged only after the handshake of TLS 1.3.
        (Speech::Nothing, Some(client)) => match client.late_cause(refused.end.as_ref(), &address) {
            Some(cause) => Cause::Tls(cause),
            None => alien(address, Speech::Nothing, refused.end),
        },
        (speech, _) => alien(address, speech, refused.end),
    })
}

/// Whether the peer speaks HTTP/2 in plaintext.
pub(super) async fn probe_http2(attempt: &Attempt<'_>) -> bool {
    let look = async {
        let Some(stream) = attempt.again().await else { return false };
        shake_hands(Windows::default(), stream).await.is_ok()
    };
    timeout(PROBE, look).await.unwrap_or(false)
}

/// Why a peer that took the connection is of no use.
fn alien(address: String, speech: Speech, end: Option<Cause>) -> Cause {
    match (speech, end) {
        (Speech::Http1(detail), _) => Cause::Http1 { address, detail },
        (Speech::Tls, _) => Cause::NotHttp2 { address, detail: "it speaks TLS inside TLS".to_owned() },
        (Speech::Other(line), _) => Cause::NotHttp2 { address, detail: format!("it sent “{line}”") },
        (Speech::Nothing, _) => {
            Cause::NotHttp2 { address, detail: "it closed the connection without a word".to_owned() }
        }
        (Speech::Http2, end) => {
            end.unwrap_or_else(|| Cause::NotHttp2 { address, detail: "its first HTTP/2 frame is broken".to_owned() })
        }
    }
}

/// HTTP/2 stands.
struct Hands {
    send: h2::client::SendRequest<Bytes>,
    facts: Arc<Facts>,
    pings: Option<PingPong>,
    task: AbortHandle,
}

/// What a peer said instead of SETTINGS.
struct Refused {
    first: Vec<u8>,
    end: Option<Cause>,
}

async fn shake_hands(windows: Windows, stream: Stream) -> Result<Hands, Refused> {
    let (tap, facts, opening) = Tap::new(stream, broken_cause);
    let handshake = h2::client::Builder::new()
        .initial_window_size(windows.stream)
        .initial_connection_window_size(windows.connection)
        .max_frame_size(FRAME_SIZE)
        .max_header_list_size(HEADER_LIST)
        .initial_max_send_streams(FIRST_STREAMS)
        .enable_push(false)
        // Messages wait in the library while their owner is slow: the windows bound them, however small each is. Its own
        // limit would end the connection of a server that did nothing wrong.
        .data_frame_budget(usize::MAX)
        .handshake::<_, Bytes>(tap)
        .await;
    let (send, mut connection) = match handshake {
        Ok(halves) => halves,
        Err(error) => return Err(Refused { first: facts.first(), end: Some(connection_cause(&error)) }),
    };
    let shared = Arc::clone(&facts);
    let pings = connection.ping_pong();
    let mut task = tokio::spawn(async move {
        // A fault of the library ends its connection, and nobody waits for one that is not there.
        let cause = match AssertUnwindSafe(after_others(connection)).catch_unwind().await {
            Ok(end) => end.err().map(|error| connection_cause(&error)),
            Err(payload) => Some(Cause::Internal { detail: Panicked::from_payload(&*payload).0 }),
        };
        shared.ended(cause);
    });
    let mut guard = AbortOnDrop(Some(task.abort_handle()));
    if opening.await == Ok(Opening::Http2) {
        guard.0 = None;
        return Ok(Hands { send, facts, pings, task: task.abort_handle() });
    }
    // The end of the stream is the end of what the peer has to say; one that goes on talking has said enough.
    let _ended = timeout(LAST_WORDS, &mut task).await.is_ok();
    Err(Refused { first: facts.first(), end: facts.end() })
}

/// Runs work whose each turn comes after those of the tasks that are ready by then: what many calls have to send goes
/// out in one piece.
async fn after_others<T>(work: impl Future<Output = T>) -> T {
    let mut work = pin!(work);
    let mut stands_back = false;
    poll_fn(|cx| {
        stands_back = !stands_back;
        if stands_back {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        work.as_mut().poll(cx)
    })
    .await
}

/// Ends a connection's task when its caller gives up before the connection stands.
struct AbortOnDrop(Option<tokio::task::AbortHandle>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        if let Some(task) = &self.0 {
            task.abort();
        }
    }
}

/// Why a connection ended.
fn connection_cause(error: &h2::Error) -> Cause {
    match error.get_io() {
        Some(io) => broken_cause(io),
        None => Cause::ConnectionLost { detail: error.to_string() },
    }
}
