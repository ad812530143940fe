//! Each journey of the design through the whole window, without a screen and without a GPU.

mod any_types;
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
mod metadata;
mod monkey;
mod open;
mod reflect;
mod reload;
mod rules;
mod save;
mod settings;
mod stream;
mod timeline;
mod undo;
mod views;
