//! Opens connections, one role in each file: [`reach`] comes to a socket, [`secure`] puts TLS on it where asked,
//! [`http2`] starts HTTP/2 up to the server's first SETTINGS; and each says from evidence why it could not.
//!
//! Must not know: calls, gRPC.

mod http2;
mod reach;
mod secure;
mod stream;

use std::io;
use std::sync::Arc;

use bytes::Bytes;
use h2::client::SendRequest;
use tokio::time::{Instant, timeout_at};

use super::event::{EventSender, Happened};
use super::tap::Facts;
use super::{Cause, Peer, Step, tls};
use crate::request::{Address, ConnectionSpec};

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

/// Where the steps to a connection are told; nowhere for one that no call waits for.
#[derive(Clone, Copy)]
pub(super) struct Steps<'a>(pub(super) Option<&'a EventSender>);

impl Steps<'_> {
    async fn tell(self, step: Step) {
        if let Some(events) = self.0 {
            events.send(Happened::Step(step)).await;
        }
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
pub(super) async fn open(spec: &ConnectionSpec, steps: Steps<'_>) -> Result<Connection, Cause> {
    let deadline = Instant::now() + spec.connect_timeout;
    let Some(address) = spec.addresses.first() else {
        return Err(Cause::Internal { detail: "no address to connect to".to_owned() });
    };
    let way = Way { spec, address, deadline };
    timeout_at(deadline, try_open(&way, steps))
        .await
        .unwrap_or_else(|_late| Err(Cause::ConnectTimeout { address: address_text(address) }))
}

async fn try_open(way: &Way<'_>, steps: Steps<'_>) -> Result<Connection, Cause> {
    let socket = reach::reach(way, steps).await?;
    let secured = secure::secure(way, socket, steps).await?;
    http2::start(way, secured, steps).await
}

/// The way to one address.
struct Way<'a> {
    spec: &'a ConnectionSpec,
    address: &'a Address,
    deadline: Instant,
}

impl Way<'_> {
    /// As its failures name it.
    fn address(&self) -> String {
        address_text(self.address)
    }

    /// A second socket to the same peer, for a second look at it.
    async fn again(&self) -> Result<stream::Stream, Cause> {
        reach::reach(self, Steps(None)).await.map(|socket| socket.stream)
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
