//! egui only: draws the program's state and pushes actions.
//!
//! Must not know: tonic.

pub mod icons;
pub mod theme;
pub mod widgets;
