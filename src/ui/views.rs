//! What the drawing remembers between frames and nobody else needs: none of it is part of the program's state.

use std::collections::HashMap;
use std::time::SystemTime;

use super::widgets::{EditorState, Lines, ListState};
use crate::app::TabId;

/// All of it.
#[derive(Debug, Default)]
pub(super) struct Views {
    /// The JSON editor of the message.
    pub editor: EditorState,
    /// The log of each tab.
    pub logs: HashMap<TabId, LogView>,
}

/// What the drawing of a response remembers between frames.
#[derive(Debug, Default)]
pub(super) struct LogView {
    /// The list.
    pub list: ListState,
    /// Start of the call whose rows the list shows.
    pub of: Option<SystemTime>,
    /// The message shown in full, by the row's number.
    pub shown: Option<Shown>,
    /// The rich details of the status, once there is one.
    pub details: Option<Vec<String>>,
}

/// A message in full.
#[derive(Debug)]
pub(super) struct Shown {
    /// Number of its row.
    pub number: u64,
    /// Its JSON, or why there is none.
    pub text: Result<String, String>,
    /// The lines of the text.
    pub lines: Lines,
}

impl LogView {
    /// Keeps the text of the message of row `number`, made anew only when it is another.
    pub(super) fn show(&mut self, number: u64, pretty: impl FnOnce() -> Result<String, String>) {
        if self.shown.as_ref().is_some_and(|shown| shown.number == number) {
            return;
        }
        let text = pretty();
        let lines = Lines::new(text.as_deref().unwrap_or_default());
        self.shown = Some(Shown { number, text, lines });
    }
}
