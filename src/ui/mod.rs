//! egui only: draws the program's state and pushes actions.
//!
//! Must not know: tonic.

use std::path::PathBuf;

/// Opens the window.
///
/// # Errors
///
/// When the system has no display to open it on.
pub fn run(_paths: Vec<PathBuf>) -> Result<(), String> {
    Err("not built yet".to_owned())
}
