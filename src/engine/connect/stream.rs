//! What bytes go over, whatever lies below, so that TCP, socket files, proxies and TLS need no type parameters above;
//! and how one comes to it.
//!
//! Must not know: names, TLS, what is spoken.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

/// A stream of bytes both ways.
pub(in crate::engine) type Stream = Box<dyn Duplex>;

/// What can be such a stream.
pub(in crate::engine) trait Duplex: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Duplex for S {}

/// A stream to a peer, and where its ends are.
pub(super) struct Socket {
    pub(super) stream: Stream,
    pub(super) end: End,
    /// IP address and port of this end, where it has them.
    pub(super) local: Option<String>,
}

/// Where a socket leads, with no more to look up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum End {
    Tcp(SocketAddr),
    Unix(PathBuf),
    UnixAbstract(String),
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => write!(f, "{address}"),
            Self::Unix(path) => write!(f, "{}", path.display()),
            Self::UnixAbstract(name) => write!(f, "unix-abstract:{name}"),
        }
    }
}

impl End {
    /// Connects.
    ///
    /// # Errors
    ///
    /// As the system has them.
    pub(super) async fn connect(&self) -> io::Result<Socket> {
        match self {
            Self::Tcp(address) => {
                let stream = TcpStream::connect(address).await?;
                // Without it the first call on a connection waits 40 ms for an acknowledgement.
                stream.set_nodelay(true)?;
                let local = stream.local_addr().ok().map(|address| address.to_string());
                Ok(Socket { stream: Box::new(stream), end: self.clone(), local })
            }
            Self::Unix(path) => self.unix(path.clone()).await,
            Self::UnixAbstract(name) => self.unix(PathBuf::from(format!("\0{name}"))).await,
        }
    }

    /// A path that begins with a zero byte is a name in Linux's abstract namespace.
    #[cfg(unix)]
    async fn unix(&self, path: PathBuf) -> io::Result<Socket> {
        let stream = tokio::net::UnixStream::connect(path).await?;
        Ok(Socket { stream: Box::new(stream), end: self.clone(), local: None })
    }

    #[cfg(not(unix))]
    #[expect(clippy::unused_async, reason = "as on the systems that have them")]
    async fn unix(&self, _path: PathBuf) -> io::Result<Socket> {
        Err(io::Error::new(io::ErrorKind::Unsupported, "socket files are not supported on this system"))
    }
}
