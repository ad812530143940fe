//! What the drawing remembers between frames and nobody else needs: none of it is part of the program's state.

use std::collections::HashMap;
use std::time::SystemTime;

use prost_reflect::MessageDescriptor;

use super::bytes::Inspector;
use super::import_message::FileDialog;
use super::saving::Saving;
use super::widgets::{Lines, ListState, ProtoLayout};
use crate::app::TabId;
use crate::app::docs::Subject;
use crate::app::views::{MessageView, Readable};
use crate::collection::Written;
use crate::engine::{Engine, Job};
use crate::log::{Entry, Log};
use crate::message::{AnyTypes, WriteOptions};

/// All of it.
#[derive(Debug, Default)]
pub(super) struct Views {
    /// The message as JSON.
    pub json: super::json::JsonView,
    /// Where the message is, in either view; taken when everything is drawn.
    pub message: Option<egui::Rect>,
    /// Files on their way into fields.
    pub files: super::form::Files,
    /// Files being chosen for settings.
    pub picks: super::settings_pane::Picks,
    /// Messages that wait for the name of a file.
    pub saving: Saving,
    /// The dialog for the file that a message is taken from.
    pub import: FileDialog,
    /// The value of type bytes that is looked at.
    pub inspector: Inspector,
    /// The panel of channels.
    pub channels: super::channels::ChannelsView,
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
    pub coming: Option<(u64, Ask, Job<Shown>)>,
    /// The timeline.
    pub timeline: super::timeline::TimelineView,
    /// The rich details of the status, once there is one.
    pub details: Option<Vec<String>>,
}

/// A message in full.
#[derive(Debug)]
pub(super) struct Shown {
    /// Number of its row.
    pub number: u64,
    /// What it was made for.
    pub ask: Ask,
    /// What is shown.
    pub readable: Readable,
    /// The lines of the text.
    pub lines: Lines,
}

/// How a message is to be shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Ask {
    /// In which view.
    pub view: MessageView,
    /// How it is written as JSON.
    pub written: Written,
}

/// A message of more bytes is made into text in the background.
const LARGE: usize = 256 << 10;

impl LogView {
    /// Keeps the text of the message of a row, made anew only when it is another row or another view; that of a large
    /// message comes later.
    pub(super) fn show(&mut self, engine: &Engine, log: &Log, entry: &Entry<'_>, ask: Ask) {
        if let Some((number, of, job)) = &mut self.coming
            && let Some(answer) = job.try_next()
        {
            let (number, of) = (*number, *of);
            self.coming = None;
            let shown = answer.unwrap_or_else(|panicked| Shown {
                number,
                ask: of,
                readable: Readable { problem: Some(panicked.to_string()), ..Readable::default() },
                lines: Lines::default(),
            });
            self.shown = Some(Shown { number, ..shown });
        }
        let number = entry.number;
        let is_here = self.shown.as_ref().is_some_and(|shown| shown.number == number && shown.ask == ask);
        let is_coming = self.coming.as_ref().is_some_and(|(coming, of, _)| *coming == number && *of == ask);
        if is_here || is_coming {
            return;
        }
        self.shown = None;
        self.coming = None;
        let descriptor = log.descriptor(entry.kind);
        if entry.bytes.len() <= LARGE {
            self.shown = Some(Shown { number, ..Shown::new(&descriptor, entry.bytes, ask, &log.types) });
            return;
        }
        let (bytes, types) = (entry.bytes.to_vec(), log.types.clone());
        let job = engine.blocking(move || Shown::new(&descriptor, &bytes, ask, &types));
        self.coming = Some((number, ask, job));
    }
}

impl Shown {
    fn new(descriptor: &MessageDescriptor, bytes: &[u8], ask: Ask, types: &AnyTypes) -> Self {
        let options = WriteOptions { types: Some(types), ..ask.written.options() };
        let readable = Readable::of(bytes, descriptor, ask.view, options);
        let mut lines = Lines::new(&readable.text);
        if ask.view == MessageView::Wire || readable.problem.is_some() {
            lines = lines.without_numbers();
        }
        Self { number: 0, ask, readable, lines }
    }
}
