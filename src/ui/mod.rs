//! egui only: draws the program's state and pushes actions.
//!
//! Must not know: tonic.
