//! The one integration binary: everything that needs the library or the built program from outside.

#![expect(clippy::unwrap_used, reason = "a test that meets the unexpected should stop right there")]

mod cli;
mod readme;
mod tidy;
#[cfg(feature = "gui")]
mod ui;
