//! The terminal: flags to a draft, events to text or JSON. The only module beside `main` that prints.
//!
//! Must not know: `app`, `ui`.
