//! The engine against servers on free loopback ports.

mod answers;
mod authority;
mod calls;
mod failures;
mod interop;
mod liar;
mod lying_reflection;
mod proxies;
mod reflection;
mod server;
mod tls_table;
mod tls_works;
mod ways;
mod wire;
