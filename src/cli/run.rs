//! `trunkline run`: saved requests, one after another.
//!
//! Must not know: HTTP/2.

use super::flags::RunFlags;
use super::terminal::Stop;
use crate::engine::Engine;

pub(super) fn run(_engine: &Engine, _flags: &RunFlags) -> Result<(), Stop> {
    Err(Stop::Failed("not built yet".to_owned()))
}
