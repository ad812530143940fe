//! Colours for JSON.

use std::sync::Arc;

use egui::Galley;
use egui::text::{LayoutJob, TextFormat};

use crate::ui::theme::{self, Tokens};

/// A text with colours, kept until the text or the theme changes.
#[derive(Clone, Debug, Default)]
pub struct Highlighted {
    key: Option<(u64, bool, u32)>,
    galley: Option<Arc<Galley>>,
}

impl Highlighted {
    /// The galley kept for this revision, theme and width, or the one that `make` lays out.
    pub fn get(&mut self, key: (u64, bool, u32), make: impl FnOnce() -> Arc<Galley>) -> Arc<Galley> {
        if let (true, Some(galley)) = (self.key == Some(key), &self.galley) {
            return galley.clone();
        }
        let galley = make();
        self.key = Some(key);
        self.galley = Some(galley.clone());
        galley
    }
}

/// Lays out JSON, or what is not quite JSON, in the colours of the theme.
#[must_use]
pub fn json_job(text: &str, tokens: &Tokens) -> LayoutJob {
    LayoutJob::single_section(text.to_owned(), TextFormat::simple(theme::mono(), tokens.text))
}
