//! Every text of the interface, from `assets/locales/*.ftl` (Fluent), in the language of the system or of the settings.
//!
//! Must not know: anything of the program.
