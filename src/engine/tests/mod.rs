//! The engine against servers on free loopback ports.
