//! Each journey of the design through the whole window, without a screen and without a GPU.

mod any_types;
mod auth;
mod drift;
mod driver;
mod errors;
mod find;
mod first_start;
mod form;
mod form_fields;
mod form_kinds;
mod import_paths;
mod json;
mod keys;
mod language;
mod layout;
mod monkey;
mod open;
mod reflect;
mod reload;
mod rules;
mod save;
mod stream;
mod undo;
mod views;
