//! The text files on disk: collections, environments, settings, the session (open tabs, drafts, window). The only
//! serialised types of the program; converted to and from those of `request` here.
//!
//! Must not know: network, UI.
