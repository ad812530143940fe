//! The engine against servers on free loopback ports.

mod calls;
mod failures;
mod reflection;
mod server;
