//! The demo server (real gRPC on loopback, reflection and health included) and the demo collection that the first start
//! opens. It answers every method of `proto-samples` from the descriptors alone: no generated code.
//!
//! Must not know: UI.

mod answers;
mod codec;
mod collection;
mod dispatch;
mod kitchen_sink;
mod reflection;
mod samples;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use tokio::net::TcpListener;
use tokio::sync::watch;
use tonic::service::Routes;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tonic_health::ServingStatus;
use tonic_reflection::pb::{v1, v1alpha};

pub use self::collection::{FIRST_REQUEST, install};
pub use self::samples::SAMPLES;

/// Where the demo server listens unless told otherwise: the port of most gRPC examples.
pub const DEFAULT_PORT: u16 = 50051;

/// Which port the demo server takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Port {
    /// This one or none; 0 takes any free one.
    Exactly(u16),
    /// This one, or a free one where it is taken.
    Preferably(u16),
}

/// A running demo server. Dropping it stops the server: calls of its methods that still run end with `UNAVAILABLE`.
#[derive(Debug)]
pub struct Demo {
    /// Where it listens: the port is the one that was really taken.
    pub address: SocketAddr,
    _running: watch::Sender<()>,
}

/// Starts the demo server on 127.0.0.1, on the tokio runtime that this runs on.
///
/// # Errors
///
/// When the port cannot be had.
pub async fn start(port: Port) -> io::Result<Demo> {
    let listener = listen(port).await?;
    let address = listener.local_addr()?;
    let (running, stopped) = watch::channel(());
    let routes = routes(stopped.clone()).await?;
    let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
    tokio::spawn(async move {
        // A failure of one connection is its client's to see; one of the listener ends the server, which they see too.
        let _ended = Server::builder()
            .add_routes(routes)
            .serve_with_incoming_shutdown(incoming, dispatch::until_dropped(stopped))
            .await;
    });
    Ok(Demo { address, _running: running })
}

async fn listen(port: Port) -> io::Result<TcpListener> {
    match port {
        Port::Exactly(number) => TcpListener::bind((Ipv4Addr::LOCALHOST, number)).await.map_err(|error| {
            let text = match error.kind() {
                io::ErrorKind::AddrInUse => format!("port {number} is taken by another program; choose another port"),
                _ => format!("cannot listen on port {number}: {error}"),
            };
            io::Error::new(error.kind(), text)
        }),
        Port::Preferably(number) => match TcpListener::bind((Ipv4Addr::LOCALHOST, number)).await {
            Ok(listener) => Ok(listener),
            Err(_) => TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await,
        },
    }
}

/// Everything that the server offers.
async fn routes(stopped: watch::Receiver<()>) -> io::Result<Routes> {
    let samples = samples::compile()?;
    let directory = reflection::Directory::new(&samples)?;
    let (health, health_server) = tonic_health::server::health_reporter();
    for service in directory.services() {
        health.set_service_status(service, ServingStatus::Serving).await;
    }
    let reflection = reflection::Answering::new(directory);
    let mut offered = Routes::new(health_server)
        .add_service(v1::server_reflection_server::ServerReflectionServer::new(reflection.clone()))
        .add_service(v1alpha::server_reflection_server::ServerReflectionServer::new(reflection));
    let methods = dispatch::Methods::new(&samples, stopped);
    // The fallback rather than one route per service: their names are known only at run time.
    let router = std::mem::take(offered.axum_router_mut()).fallback_service(methods);
    Ok(Routes::from(router))
}

#[cfg(test)]
mod tests;
