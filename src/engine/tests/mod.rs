//! The engine against servers on free loopback ports.

mod answers;
mod calls;
mod failures;
mod interop;
mod liar;
mod lying_reflection;
mod reflection;
mod server;
mod tokens;
mod wire;
