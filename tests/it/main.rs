//! The one integration binary: everything that needs the library or the built program from outside.

mod cli;
mod tidy;
