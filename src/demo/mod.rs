//! The demo server (real gRPC on loopback, reflection and health included) and the demo collection that the first start
//! opens.
//!
//! Must not know: UI.
