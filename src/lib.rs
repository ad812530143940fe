//! Trunkline: a native desktop explorer for gRPC.
//!
//! The modules stand in reading order, which is also dependency order: a module may use only those above it.
//! What each is for, and what it must not know, is told at its head and in ARCHITECTURE.md.

pub mod app;
pub mod cli;
pub mod collection;
pub mod demo;
pub mod engine;
pub mod log;
pub mod message;
pub mod request;
pub mod schema;
pub mod text;
#[cfg(feature = "gui")]
pub mod ui;
