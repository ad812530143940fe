//! Trunkline: a native desktop explorer for gRPC.
//!
//! In reading order, which is also the order of dependency (a module may use only those before it): [`text`],
//! [`schema`], [`message`], [`request`], [`engine`], [`log`], [`collection`], [`demo`], [`app`], `ui`, [`cli`].
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
