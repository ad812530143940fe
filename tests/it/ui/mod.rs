//! Each journey of the design through the whole window, without a screen and without a GPU.

mod drift;
mod driver;
mod errors;
mod find;
mod first_start;
mod form;
mod import_paths;
mod keys;
mod language;
mod layout;
mod monkey;
mod open;
mod reflect;
mod reload;
mod save;
mod stream;
mod views;
