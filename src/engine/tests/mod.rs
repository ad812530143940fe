//! The engine against servers on free loopback ports.

mod answers;
mod authority;
mod calls;
mod channels;
mod exchange;
mod failures;
mod faults;
mod heard;
mod interop;
mod liar;
mod lying_reflection;
mod protocols;
mod proxies;
mod reflection;
mod retries;
mod server;
mod sizes;
mod slow_owner;
mod tls_table;
mod tls_works;
mod tokens;
mod ways;
mod wire;
