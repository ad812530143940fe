//! Opens connections, one role in each file: [`begin`] says what is begun on a socket, [`route`] finds a proxy,
//! [`reach`] comes to a socket, [`tunnel`] has the proxy lead on, [`secure`] puts TLS on the socket where asked, [`http2`] starts HTTP/2 up to the server's first
//! SETTINGS; each says from evidence why it could not, and [`failure`] which of several reasons is told.
//!
//! Must not know: calls, gRPC.

mod begin;
mod either;
mod failure;
mod heard;
mod http2;
mod reach;
mod route;
mod secure;
mod stream;
mod surroundings;
mod tunnel;

use std::collections::VecDeque;
use std::io;
use std::mem::discriminant;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use h2::PingPong;
use h2::client::SendRequest;
use tokio::task::AbortHandle;
use tokio::time::{Instant, timeout_at};

use self::begin::{Begin, Calls, Plain};
pub(super) use self::heard::Heard;
use self::reach::Unreached;
use self::route::Detour;
pub(super) use self::stream::Stream;
use self::stream::{End, Socket};
pub(super) use self::surroundings::Surroundings;
use super::event::Happened;
use super::http1::Http1;
use super::queue::EventSender;
use super::tap::Facts;
use super::{Cause, Peer, Step, tls};
use crate::request::{Address, ConnectionSpec, ProxyAddress};

/// A live connection.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) send: Sender,
    pub(super) peer: Peer,
    pub(super) facts: Arc<Facts>,
    /// Taken by who tends the connection; HTTP/1.1 has none.
    pub(super) pings: Mutex<Option<PingPong>>,
    /// Drives the connection.
    pub(super) task: AbortHandle,
}

impl Connection {
    /// Whether it takes further calls, as far as is known.
    pub(super) fn is_healthy(&self) -> bool {
        !self.facts.is_over()
    }

    /// How many calls the server lets run at a time, where it says so.
    pub(super) fn max_streams(&self) -> Option<usize> {
        match &self.send {
            Sender::Http2(send) => Some(send.current_max_send_streams()).filter(|max| *max != usize::MAX),
            Sender::Http1(_) => None,
        }
    }

    /// Takes it for a call, as far as is known. HTTP/1.1 has room for one at a time.
    pub(super) fn claim(&self) -> bool {
        self.is_healthy()
            && match &self.send {
                Sender::Http2(_) => true,
                Sender::Http1(http1) => http1.claim(),
            }
    }

    /// Waits until it takes a request; `false` when it broke unnoticed since the last one.
    pub(super) async fn is_ready(&self) -> bool {
        match &self.send {
            Sender::Http2(send) => send.clone().ready().await.is_ok(),
            Sender::Http1(http1) => !http1.is_closed(),
        }
    }
}

/// The sending side of a connection.
#[derive(Debug)]
pub(super) enum Sender {
    /// Many exchanges at a time.
    Http2(SendRequest<Bytes>),
    /// One at a time.
    Http1(Http1),
}

/// The peer as failures name it.
pub(super) fn address_of(connection: &Connection) -> String {
    connection.peer.address.clone()
}

/// Where the steps to a connection are told; nowhere for one that no call waits for.
#[derive(Clone, Copy)]
pub(super) struct Steps<'a>(pub(super) Option<&'a EventSender>);

impl Steps<'_> {
    async fn tell(self, step: Step) {
        if let Some(events) = self.0 {
            events.put([Happened::Step(step)]).await;
        }
    }
}

/// `host:port` (brackets around an IPv6 address), the path of the socket, or its name after `unix-abstract:`.
pub(super) fn address_text(address: &Address) -> String {
    match address {
        Address::Tcp { host, port } if host.contains(':') => format!("[{host}]:{port}"),
        Address::Tcp { host, port } => format!("{host}:{port}"),
        Address::Unix(path) => path.display().to_string(),
        Address::UnixAbstract(name) => format!("unix-abstract:{name}"),
    }
}

/// The addresses of a connection, as they were typed.
pub(super) fn addresses_text(spec: &ConnectionSpec) -> String {
    spec.addresses.iter().map(address_text).collect::<Vec<_>>().join(", ")
}

/// `:authority` of its requests: of several addresses that of the first, whichever answers.
pub(super) fn authority(spec: &ConnectionSpec) -> String {
    match (&spec.authority, spec.addresses.first()) {
        (Some(authority), _) => authority.clone(),
        (None, Some(Address::Unix(_) | Address::UnixAbstract(_)) | None) => "localhost".to_owned(),
        // The zone of a link-local address means something on this machine only.
        (None, Some(Address::Tcp { host, port })) => {
            let host = host.split('%').next().unwrap_or_default().to_owned();
            address_text(&Address::Tcp { host, port: *port })
        }
    }
}

/// Opens a connection within its connect timeout, in the light of what the channel's earlier ones have heard.
///
/// # Errors
///
/// Why it could not be opened.
pub(super) async fn open(spec: &ConnectionSpec, heard: &Heard, steps: Steps<'_>) -> Result<Connection, Cause> {
    open_from(spec, heard, Surroundings::SYSTEM, steps).await
}

/// As [`open()`], from other surroundings.
///
/// # Errors
///
/// As [`open()`].
pub(super) async fn open_from(
    spec: &ConnectionSpec,
    heard: &Heard,
    around: Surroundings<'_>,
    steps: Steps<'_>,
) -> Result<Connection, Cause> {
    begun(spec, around, steps, Calls { protocol: spec.protocol, heard }).await
}

/// Opens a stream on which HTTP/1.1 can be spoken, over TLS where the spec has it, within the connect timeout.
///
/// # Errors
///
/// Why it could not be opened.
pub(super) async fn open_stream(spec: &ConnectionSpec) -> Result<Stream, Cause> {
    begun(spec, Surroundings::SYSTEM, Steps(None), Plain).await
}

/// Addresses are tried in order, each within its share of the time that is left.
async fn begun<B: Begin>(
    spec: &ConnectionSpec,
    around: Surroundings<'_>,
    steps: Steps<'_>,
    begin: B,
) -> Result<B::Begun, Cause> {
    let mut left = spec.connect_timeout;
    let mut failures = Vec::new();
    for (index, address) in spec.addresses.iter().enumerate() {
        let since = Instant::now();
        let share = left / (spec.addresses.len() - index) as u32;
        let way = Way { spec, address, around, deadline: since + share };
        match way.open(begin, steps).await {
            Ok(connection) => return Ok(connection),
            Err(cause) if failure::is_own(&cause) => return Err(cause),
            Err(cause) => failures.push((address_text(address), cause)),
        }
        left = left.saturating_sub(since.elapsed());
    }
    Err(failure::of_addresses(failures))
}

/// The way to one address.
struct Way<'a> {
    spec: &'a ConnectionSpec,
    address: &'a Address,
    around: Surroundings<'a>,
    deadline: Instant,
}

impl Way<'_> {
    /// As its failures name it.
    fn address(&self) -> String {
        address_text(self.address)
    }

    /// Opens a connection to whatever the address stands for. When what answers at one of its ends is of no use the
    /// others are tried too; but two that fail alike speak for the rest, so that each may have half of the time.
    async fn open<B: Begin>(&self, begin: B, steps: Steps<'_>) -> Result<B::Begun, Cause> {
        let detour = route::detour(&self.spec.proxy, self.address, self.around.variable)?;
        let mut ends = self.ends(detour.as_ref(), steps).await?;
        let mut failures: Vec<Cause> = Vec::new();
        loop {
            let socket = match reach::race(&mut ends, self.deadline, steps).await {
                Ok(socket) => socket,
                Err(unreached) => {
                    failures.push(self.unreached(detour.as_ref(), unreached));
                    break;
                }
            };
            let now = Instant::now();
            let half = now + self.deadline.saturating_duration_since(now) / 2;
            let deadline = if ends.is_empty() || !failures.is_empty() { self.deadline } else { half };
            let attempt = Attempt { way: self, detour: detour.as_ref(), end: socket.end.clone(), deadline };
            let cause = match timeout_at(deadline, attempt.open(socket, begin, steps)).await {
                Ok(Ok(connection)) => return Ok(connection),
                Ok(Err(cause)) => cause,
                Err(_late) => Cause::ConnectTimeout { address: self.address() },
            };
            steps.tell(Step::Failed { address: attempt.end.to_string(), reason: cause.to_string() }).await;
            let alike = failures.iter().any(|other| discriminant(other) == discriminant(&cause));
            let over = ends.is_empty() || alike || failure::is_own(&cause);
            failures.push(cause);
            if over {
                break;
            }
        }
        Err(failure::most_telling(failures))
    }

    /// Where the next socket may lead: to the proxy if there is one.
    async fn ends(&self, detour: Option<&Detour>, steps: Steps<'_>) -> Result<VecDeque<End>, Cause> {
        match (detour, self.address) {
            (Some(detour), _) => {
                let ProxyAddress { host, port, .. } = &detour.proxy;
                reach::look_up(host, *port, self.deadline, self.around, steps)
                    .await
                    .map_err(|cause| Cause::ProxyUnreachable { proxy: detour.to_string(), detail: cause.to_string() })
            }
            (None, Address::Tcp { host, port }) => reach::look_up(host, *port, self.deadline, self.around, steps).await,
            (None, Address::Unix(path)) => Ok([End::Unix(path.clone())].into()),
            (None, Address::UnixAbstract(name)) => Ok([End::UnixAbstract(name.clone())].into()),
        }
    }

    fn unreached(&self, detour: Option<&Detour>, unreached: Unreached) -> Cause {
        match (detour, unreached) {
            (Some(detour), unreached) => {
                Cause::ProxyUnreachable { proxy: detour.to_string(), detail: unreached.to_string() }
            }
            (None, Unreached::Refused) => Cause::Refused { address: self.address() },
            (None, Unreached::Late) => Cause::ConnectTimeout { address: self.address() },
            (None, Unreached::Failed(detail)) => Cause::Network { address: self.address(), detail },
        }
    }
}

/// One try of a way: from a socket on.
struct Attempt<'a> {
    way: &'a Way<'a>,
    detour: Option<&'a Detour>,
    end: End,
    deadline: Instant,
}

impl Attempt<'_> {
    async fn open<B: Begin>(&self, mut socket: Socket, begin: B, steps: Steps<'_>) -> Result<B::Begun, Cause> {
        self.tunnel(&mut socket.stream, steps).await?;
        let secured = secure::secure(self, socket, begin.protocols(), steps).await?;
        begin.begin(self, secured, steps).await
    }

    /// Lets the proxy, if there is one, lead on to the target.
    async fn tunnel(&self, stream: &mut Stream, steps: Steps<'_>) -> Result<(), Cause> {
        let (Some(detour), Address::Tcp { host, port }) = (self.detour, self.way.address) else { return Ok(()) };
        tunnel::tunnel(stream, detour, (host, *port), self.deadline).await?;
        steps.tell(Step::Tunnelled { proxy: detour.to_string() }).await;
        Ok(())
    }

    /// A second stream to the same peer, for a second look at it.
    async fn again(&self) -> Option<Stream> {
        let mut stream = self.end.connect().await.ok()?.stream;
        self.tunnel(&mut stream, Steps(None)).await.ok()?;
        Some(stream)
    }

    /// The other end, nothing yet spoken with it.
    fn peer(&self, local: Option<String>) -> Peer {
        let address = self.detour.map_or_else(|| self.end.to_string(), |_| self.way.address());
        Peer { address, local, via: self.detour.map(ToString::to_string), tls: None, reused: false }
    }
}

pub(super) fn broken_cause(error: &io::Error) -> Cause {
    tls::cause_of(error).unwrap_or_else(|| match error.kind() {
        // rustls explains at length that the peer did not say goodbye.
        io::ErrorKind::UnexpectedEof => {
            Cause::ConnectionLost { detail: "the server closed it in the middle".to_owned() }
        }
        _ => Cause::ConnectionLost { detail: lost(error) },
    })
}

/// Why a connection ended, the HTTP/2 library's words in plain ones.
pub(super) fn lost(error: &io::Error) -> String {
    let detail = plain(error);
    let words = [
        ("broken pipe", "the server closed it during the call"),
        ("bytes remaining on stream", "the server closed it in the middle of a frame"),
    ];
    words.iter().find(|(said, _)| detail.contains(said)).map_or(detail.clone(), |(_, plain)| (*plain).to_owned())
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
