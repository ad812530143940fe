//! The client of server reflection: asks what a server offers, and collects the files that describe it.
//!
//! Must not know: what stands in the files beyond their names and imports.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::runtime::Handle;

use super::ReflectionFailure;
use super::pool::Pool;
use crate::request::{ConnectionSpec, MetadataEntry};
use crate::schema::Problem;

/// What a server answered.
#[derive(Debug, Default)]
pub(super) struct Offer {
    pub(super) services: Vec<String>,
    pub(super) files: Vec<Bytes>,
    pub(super) problems: Vec<Problem>,
}

pub(super) async fn ask(
    _handle: Handle,
    _pool: Arc<Pool>,
    _connection: ConnectionSpec,
    _metadata: Vec<MetadataEntry>,
    _timeout: Duration,
) -> Result<Offer, ReflectionFailure> {
    Ok(Offer::default())
}
