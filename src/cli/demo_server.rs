//! `trunkline demo-server`: the demo services until Ctrl-C.
//!
//! Must not know: what the services do.

use super::flags::DemoServerFlags;
use super::terminal::Stop;
use crate::engine::Engine;

pub(super) fn serve(_engine: &Engine, _flags: &DemoServerFlags) -> Result<(), Stop> {
    Err(Stop::Failed("not built yet".to_owned()))
}
