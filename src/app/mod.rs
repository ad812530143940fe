//! The state of the program and everything that changes it: tabs, actions. No toolkit.
//!
//! Must not know: egui.
