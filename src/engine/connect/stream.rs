//! What bytes go over, whatever lies below: so that TCP, socket files, proxies and TLS need no type parameters above.
//!
//! Must not know: how it was opened.

use tokio::io::{AsyncRead, AsyncWrite};

/// A stream of bytes both ways.
pub(super) type Stream = Box<dyn Duplex>;

/// What can be such a stream.
pub(super) trait Duplex: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Duplex for S {}

/// A stream to a peer, and where its ends are.
pub(super) struct Socket {
    pub(super) stream: Stream,
    /// IP address and port of the other end, or socket path.
    pub(super) address: String,
}
