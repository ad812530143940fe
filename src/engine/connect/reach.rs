//! Comes to a socket: name look-up, TCP or a socket file.
//!
//! Must not know: TLS, HTTP/2.

use std::io;
use std::net::SocketAddr;

use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

use super::stream::Socket;
use super::{Steps, Way, address_text, plain};
use crate::engine::Cause;
use crate::request::Address;

/// A socket to the address.
///
/// # Errors
///
/// Why there is none.
pub(super) async fn reach(way: &Way<'_>, _steps: Steps<'_>) -> Result<Socket, Cause> {
    match way.address {
        Address::Tcp { host, port } => {
            let (stream, address) = tcp(host, *port, way.deadline).await?;
            Ok(Socket { stream: Box::new(stream), address: address.to_string() })
        }
        #[cfg(unix)]
        Address::Unix(path) => {
            let address = path.display().to_string();
            match tokio::net::UnixStream::connect(path).await {
                Ok(stream) => Ok(Socket { stream: Box::new(stream), address }),
                Err(error) => Err(match error.kind() {
                    io::ErrorKind::ConnectionRefused | io::ErrorKind::NotFound => Cause::Refused { address },
                    _ => Cause::Network { address, detail: plain(&error) },
                }),
            }
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
