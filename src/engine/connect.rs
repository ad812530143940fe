//! Opens connections: name look-up, TCP or a socket file, TLS, HTTP/2 up to the server's first SETTINGS; and says from
//! evidence why one could not be opened.
//!
//! Must not know: calls, gRPC.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use h2::client::SendRequest;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};

use super::tap::{Facts, Opening, Speech, Tap, recognise};
use super::{Cause, Peer, tls};
use crate::request::{Address, ConnectionSpec, TlsSpec, Windows};

const FRAME_SIZE: u32 = 64 << 10;
/// Servers put stack traces into metadata.
const HEADER_LIST: u32 = 1 << 20;
/// Until the server's SETTINGS say otherwise.
const FIRST_STREAMS: usize = 100;
/// How long a second look at a peer that would not talk may take.
const PROBE: Duration = Duration::from_secs(2);
/// How long the rest of an alien's first words may take.
const LAST_WORDS: Duration = Duration::from_millis(100);

/// A live HTTP/2 connection.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) send: SendRequest<Bytes>,
    pub(super) peer: Peer,
    pub(super) facts: Arc<Facts>,
}

impl Connection {
    /// Whether it takes further calls, as far as is known.
    pub(super) fn is_healthy(&self) -> bool {
        !self.facts.is_over()
    }
}

/// `host:port` (brackets around an IPv6 address) or the path of the socket.
pub(super) fn address_text(address: &Address) -> String {
    match address {
        Address::Tcp { host, port } if host.contains(':') => format!("[{host}]:{port}"),
        Address::Tcp { host, port } => format!("{host}:{port}"),
        Address::Unix(path) => path.display().to_string(),
    }
}

/// The addresses of a connection, as they were typed.
pub(super) fn addresses_text(spec: &ConnectionSpec) -> String {
    spec.addresses.iter().map(address_text).collect::<Vec<_>>().join(", ")
}

/// `:authority` of its requests.
pub(super) fn authority(spec: &ConnectionSpec) -> String {
    match (&spec.authority, spec.addresses.first()) {
        (Some(authority), _) => authority.clone(),
        (None, Some(Address::Unix(_)) | None) => "localhost".to_owned(),
        // The zone of a link-local address means something on this machine only.
        (None, Some(Address::Tcp { host, port })) => {
            let host = host.split('%').next().unwrap_or_default().to_owned();
            address_text(&Address::Tcp { host, port: *port })
        }
    }
}

/// Opens a connection within its connect timeout.
///
/// # Errors
///
/// Why it could not be opened.
pub(super) async fn open(spec: &ConnectionSpec) -> Result<Connection, Cause> {
    let deadline = Instant::now() + spec.connect_timeout;
    let late = || Cause::ConnectTimeout { address: addresses_text(spec) };
    timeout_at(deadline, try_open(spec, deadline)).await.unwrap_or_else(|_late| Err(late()))
}

async fn try_open(spec: &ConnectionSpec, deadline: Instant) -> Result<Connection, Cause> {
    let Some(address) = spec.addresses.first() else {
        return Err(Cause::Internal { detail: "no address to connect to".to_owned() });
    };
    match address {
        Address::Tcp { host, port } => {
            let (stream, address) = tcp(host, *port, deadline).await?;
            let again = || async { tcp(host, *port, deadline).await.map(|(stream, _address)| stream) };
            secure(spec, stream, address.to_string(), again).await
        }
        #[cfg(unix)]
        Address::Unix(path) => {
            let connect = || async {
                tokio::net::UnixStream::connect(path).await.map_err(|error| {
                    let address = path.display().to_string();
                    match error.kind() {
                        io::ErrorKind::ConnectionRefused | io::ErrorKind::NotFound => Cause::Refused { address },
                        _ => Cause::Network { address, detail: plain(&error) },
                    }
                })
            };
            secure(spec, connect().await?, path.display().to_string(), connect).await
        }
        #[cfg(not(unix))]
        Address::Unix(path) => Err(Cause::Network {
            address: path.display().to_string(),
            detail: "socket files are not supported on this system".to_owned(),
        }),
    }
}

/// Tries every address of the host in the system's order; each gets an equal share of the time that is left.
async fn tcp(host: &str, port: u16, deadline: Instant) -> Result<(TcpStream, SocketAddr), Cause> {
    let address = || address_text(&Address::Tcp { host: host.to_owned(), port });
    let addresses: Vec<SocketAddr> = tokio::net::lookup_host((host, port))
        .await
        .map_err(|_unknown| Cause::NameNotFound { host: host.to_owned() })?
        .collect();
    let mut failure = Cause::NameNotFound { host: host.to_owned() };
    for (index, candidate) in addresses.iter().enumerate() {
        let share = deadline.saturating_duration_since(Instant::now()) / (addresses.len() - index) as u32;
        let error = match timeout(share, TcpStream::connect(candidate)).await {
            Ok(Ok(stream)) => {
                // Without it the first call on a connection waits 40 ms for an acknowledgement.
                return stream
                    .set_nodelay(true)
                    .map(|()| (stream, *candidate))
                    .map_err(|error| Cause::Network { address: address(), detail: plain(&error) });
            }
            Ok(Err(error)) if error.kind() == io::ErrorKind::ConnectionRefused => Cause::Refused { address: address() },
            Ok(Err(error)) => Cause::Network { address: address(), detail: plain(&error) },
            Err(_late) => Cause::ConnectTimeout { address: address() },
        };
        // Of several addresses the refusal says most: somebody was there to refuse.
        if !matches!(failure, Cause::Refused { .. }) {
            failure = error;
        }
    }
    Err(failure)
}

/// Speaks TLS where asked, then HTTP/2. `again` opens a second stream to the same peer for a second look.
async fn secure<S, F>(
    spec: &ConnectionSpec,
    stream: S,
    peer: String,
    again: impl Fn() -> F,
) -> Result<Connection, Cause>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    F: Future<Output = Result<S, Cause>>,
{
    let address = addresses_text(spec);
    let Some(tls) = &spec.tls else {
        let refused = match start(spec.windows, stream, Peer { address: peer, tls: None, reused: false }).await {
            Ok(connection) => return Ok(connection),
            Err(refused) => refused,
        };
        return Err(match recognise(&refused.first) {
            Speech::Tls => Cause::WantsTls { address },
            Speech::Nothing if probe_tls(again).await => Cause::WantsTls { address },
            speech => alien(address, speech, refused.end),
        });
    };
    let client = tls::Client::new(tls, &authority(spec), &[tls::H2]).await?;
    let (tap, facts, _opening) = Tap::new(stream, broken_cause);
    let stream = match client.connect(tap).await {
        Ok(stream) => stream,
        Err(error) => return Err(handshake_cause(address, &client, &error, &facts, again).await),
    };
    let session = client.session(stream.get_ref().1).await;
    let peer = Peer { address: peer, tls: Some(Arc::new(session)), reused: false };
    start(spec.windows, stream, peer).await.map_err(|refused| match recognise(&refused.first) {
        Speech::Nothing => match client.late_cause(refused.end.as_ref(), &address) {
            Some(cause) => Cause::Tls(cause),
            None => alien(address, Speech::Nothing, refused.end),
        },
        speech => alien(address, speech, refused.end),
    })
}

async fn handshake_cause<S, F>(
    address: String,
    client: &tls::Client,
    error: &io::Error,
    facts: &Facts,
    again: impl Fn() -> F,
) -> Cause
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    F: Future<Output = Result<S, Cause>>,
{
    let no_tls = |detail: String| Cause::NoTls { address: address.clone(), detail };
    let first = facts.first();
    match recognise(&first) {
        Speech::Http2 => no_tls("it speaks plaintext HTTP/2".to_owned()),
        Speech::Http1(line) | Speech::Other(line) => no_tls(format!("it sent “{line}”")),
        Speech::Nothing if probe_http2(again).await => no_tls("it speaks plaintext HTTP/2".to_owned()),
        Speech::Nothing | Speech::Tls => Cause::Tls(client.handshake_cause(error, &first, &address)),
    }
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

/// What a peer said instead of SETTINGS.
struct Refused {
    first: Vec<u8>,
    end: Option<Cause>,
}

/// Starts HTTP/2 and waits for the server's SETTINGS: only they tell that somebody is there who speaks it.
async fn start<S>(windows: Windows, stream: S, peer: Peer) -> Result<Connection, Refused>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (tap, facts, opening) = Tap::new(stream, broken_cause);
    let handshake = h2::client::Builder::new()
        .initial_window_size(windows.stream)
        .initial_connection_window_size(windows.connection)
        .max_frame_size(FRAME_SIZE)
        .max_header_list_size(HEADER_LIST)
        .initial_max_send_streams(FIRST_STREAMS)
        .enable_push(false)
        .handshake::<_, Bytes>(tap)
        .await;
    let (send, connection) = match handshake {
        Ok(halves) => halves,
        Err(error) => return Err(Refused { first: facts.first(), end: Some(connection_cause(&error)) }),
    };
    let shared = Arc::clone(&facts);
    let mut task = tokio::spawn(async move {
        let end = connection.await;
        shared.ended(end.err().map(|error| connection_cause(&error)));
    });
    let mut guard = AbortOnDrop(Some(task.abort_handle()));
    if opening.await == Ok(Opening::Http2) {
        guard.0 = None;
        return Ok(Connection { send, peer, facts });
    }
    // The end of the stream is the end of what the peer has to say; one that goes on talking has said enough.
    let _ended = timeout(LAST_WORDS, &mut task).await.is_ok();
    Err(Refused { first: facts.first(), end: facts.end() })
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

fn broken_cause(error: &io::Error) -> Cause {
    tls::cause_of(error).unwrap_or_else(|| match error.kind() {
        // rustls explains at length that the peer did not say goodbye.
        io::ErrorKind::UnexpectedEof => {
            Cause::ConnectionLost { detail: "the server closed it in the middle".to_owned() }
        }
        _ => Cause::ConnectionLost { detail: plain(error) },
    })
}

/// Whether the peer takes a TLS handshake, or at least answers one in TLS.
async fn probe_tls<S, F>(again: impl Fn() -> F) -> bool
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    F: Future<Output = Result<S, Cause>>,
{
    let look = async {
        let Ok(stream) = again().await else { return false };
        let spec = TlsSpec { insecure: true, ..TlsSpec::default() };
        let Ok(client) = tls::Client::new(&spec, "localhost", &[tls::H2]).await else { return false };
        let (tap, facts, _opening) = Tap::new(stream, broken_cause);
        let answer = client.connect(tap).await;
        answer.is_ok() || recognise(&facts.first()) == Speech::Tls
    };
    timeout(PROBE, look).await.unwrap_or(false)
}

/// Whether the peer speaks HTTP/2 in plaintext.
async fn probe_http2<S, F>(again: impl Fn() -> F) -> bool
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    F: Future<Output = Result<S, Cause>>,
{
    let look = async {
        let Ok(stream) = again().await else { return false };
        start(Windows::default(), stream, Peer { address: String::new(), tls: None, reused: false }).await.is_ok()
    };
    timeout(PROBE, look).await.unwrap_or(false)
}

/// An input/output error without the number that Rust adds.
pub(super) fn plain(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_lowercase().chain(letters).collect(),
        None => error.kind().to_string(),
    }
}
