//! What the drawing remembers between frames and nobody else needs: none of it is part of the program's state.

use std::collections::HashMap;
use std::time::SystemTime;

use super::widgets::{Lines, ListState, ProtoLayout};
use crate::app::TabId;
use crate::app::docs::Subject;
use crate::engine::{Engine, Job};
use crate::log::{self, Entry, Log};

/// All of it.
#[derive(Debug, Default)]
pub(super) struct Views {
    /// The message as JSON.
    pub json: super::json::JsonView,
    /// Where the message is, in either view; taken when everything is drawn.
    pub message: Option<egui::Rect>,
    /// Files on their way into fields.
    pub files: super::form::Files,
    /// The log of each tab.
    pub logs: HashMap<TabId, LogView>,
    /// What is read about, in a tab and over the window.
    pub docs: HashMap<Option<TabId>, DocsView>,
}

/// What the drawing of documentation remembers between frames.
#[derive(Debug, Default)]
pub(super) struct DocsView {
    /// What the layouts are of.
    pub of: Option<Subject>,
    /// Of each document in turn.
    pub layouts: Vec<ProtoLayout>,
    /// The marked line is still to be brought into sight.
    pub shows_mark: bool,
}

/// What the drawing of a response remembers between frames.
#[derive(Debug, Default)]
pub(super) struct LogView {
    /// The list.
    pub list: ListState,
    /// Which types an `Any` could be of when `shown` and `details` were made.
    pub generation: u64,
    /// Start of the call whose rows the list shows.
    pub of: Option<SystemTime>,
    /// The message shown in full, by the row's number.
    pub shown: Option<Shown>,
    /// The one on its way, by the row's number.
    pub coming: Option<(u64, Job<Shown>)>,
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

/// A message of more bytes is made into text in the background.
const LARGE: usize = 256 << 10;

impl LogView {
    /// Keeps the text of the message of a row, made anew only when it is another row; that of a large message comes
    /// later.
    pub(super) fn show(&mut self, engine: &Engine, log: &Log, entry: &Entry<'_>) {
        if let Some((number, job)) = &mut self.coming
            && let Some(answer) = job.try_next()
        {
            let number = *number;
            self.coming = None;
            self.shown = Some(answer.unwrap_or_else(|panicked| Shown::new(Err(panicked.to_string()))).of_row(number));
        }
        let number = entry.number;
        let is_here = self.shown.as_ref().is_some_and(|shown| shown.number == number);
        let is_coming = self.coming.as_ref().is_some_and(|(coming, _)| *coming == number);
        if is_here || is_coming {
            return;
        }
        self.shown = None;
        self.coming = None;
        if entry.bytes.len() <= LARGE {
            self.shown = Some(Shown::new(log.pretty(entry)).of_row(number));
            return;
        }
        let (descriptor, bytes, types) = (log.descriptor(entry.kind), entry.bytes.to_vec(), log.types.clone());
        self.coming = Some((number, engine.blocking(move || Shown::new(log::pretty(descriptor, &bytes, &types)))));
    }
}

impl Shown {
    fn new(text: Result<String, String>) -> Self {
        let lines = Lines::new(text.as_deref().unwrap_or_default());
        Self { number: 0, text, lines }
    }

    fn of_row(self, number: u64) -> Self {
        Self { number, ..self }
    }
}
