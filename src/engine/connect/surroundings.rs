//! What connecting asks of this machine: its environment variables and its name look-up, both replaced in tests.
//!
//! Must not know: what the answers are for.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;

/// The addresses of a host, with the port put in.
pub(in crate::engine) type LookUp = Pin<Box<dyn Future<Output = io::Result<Vec<SocketAddr>>> + Send>>;

/// Where a connection is opened from.
#[derive(Clone, Copy)]
pub(in crate::engine) struct Surroundings<'a> {
    /// The value of an environment variable.
    pub(in crate::engine) variable: &'a (dyn Fn(&str) -> Option<String> + Sync),
    /// What a host name means.
    pub(in crate::engine) look_up: &'a (dyn Fn(String, u16) -> LookUp + Sync),
}

impl Surroundings<'static> {
    /// This machine.
    pub(super) const SYSTEM: Self = Self { variable: &variable, look_up: &look_up };
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

fn look_up(host: String, port: u16) -> LookUp {
    Box::pin(async move { Ok(tokio::net::lookup_host((host, port)).await?.collect()) })
}
