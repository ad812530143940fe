//! Messages that leave the program, for the clipboard or a file, and those that come in by paste or file.
//!
//! Must not know: toolkit; the clipboard and the system's dialogs are the window's.

use std::path::{Path, PathBuf};

use bytes::Bytes;
use prost_reflect::MessageDescriptor;

use super::requests::finished;
use super::tab::{Tab, TabId};
use super::{App, Notice, Overlay};
use crate::collection::{self, Written};
use crate::engine::{Engine, Job};
use crate::message::exchange::{self, Format, Incoming};
use crate::message::{AnyTypes, WriteOptions, json};
use crate::request;

/// The clipboard takes no more bytes than this.
const MOST_COPIED: usize = 64 << 20;
/// Larger inputs are read in the background.
const LARGE: usize = 64 << 10;
/// The largest file that is read, in bytes.
const LARGEST: u64 = 64 << 20;
/// Problems shown at once.
const MOST_PROBLEMS: usize = 8;

/// A message on its way out.
#[derive(Clone, Debug)]
pub struct Outgoing {
    /// Its bytes, or bytes within it.
    pub bytes: Bytes,
    /// Its type.
    pub descriptor: MessageDescriptor,
    /// The form to be.
    pub format: Format,
    /// How it is written as JSON.
    pub written: Written,
    /// Where the types of what its `Any`s hold are looked up.
    pub types: AnyTypes,
}

impl Outgoing {
    fn write(&self) -> Result<Vec<u8>, String> {
        let options = WriteOptions { types: Some(&self.types), ..self.written.options() };
        exchange::write(&self.bytes, &self.descriptor, self.format, options)
    }
}

/// Messages on their way.
#[derive(Debug, Default)]
pub(super) struct Exchange {
    copies: Vec<Job<Result<String, String>>>,
    saves: Vec<Job<Result<(PathBuf, u64), String>>>,
}

/// The dialog that takes a message from elsewhere.
#[derive(Debug)]
pub struct ImportDialog {
    /// The tab that it is for.
    tab: TabId,
    /// Which of the tab's messages.
    message: usize,
    descriptor: MessageDescriptor,
    types: AnyTypes,
    generation: u64,
    /// As pasted.
    pub text: String,
    /// The form that was chosen; `None` is told by the text.
    pub format: Option<Format>,
    /// The file that is read instead of the text.
    pub file: Option<ImportFile>,
    /// The system's file dialog gave no answer.
    pub no_dialog: bool,
    /// What `text`, `file` and `format` come to.
    checked: Option<Checked>,
}

/// A file to be taken.
#[derive(Debug)]
pub struct ImportFile {
    /// Where it is.
    pub path: PathBuf,
    /// What it holds, once read.
    content: Option<Result<Bytes, String>>,
    job: Option<Job<Result<Bytes, String>>>,
}

#[derive(Debug)]
struct Checked {
    text: String,
    file: Option<PathBuf>,
    format: Option<Format>,
    job: Option<Job<Answer>>,
    answer: Option<Answer>,
}

/// What an input comes to, or what is wrong with it, a line for each problem.
pub type Answer = Result<Incoming, Vec<String>>;

fn read(input: &[u8], format: Option<Format>, descriptor: &MessageDescriptor, types: &AnyTypes) -> Answer {
    exchange::read(input, format, descriptor, types).map_err(|problems| {
        let mut lines: Vec<String> = problems.iter().take(MOST_PROBLEMS).map(ToString::to_string).collect();
        if problems.len() > MOST_PROBLEMS {
            lines.push(format!("… {}", problems.len() - MOST_PROBLEMS));
        }
        lines
    })
}

impl ImportDialog {
    fn new(tab: &Tab, descriptor: MessageDescriptor) -> Self {
        let (text, format, file) = (String::new(), None, None);
        let (types, generation) = (tab.found_types.types().clone(), tab.found_types.generation());
        let message = tab.composer.current;
        Self {
            tab: tab.id,
            message,
            descriptor,
            types,
            generation,
            text,
            format,
            file,
            no_dialog: false,
            checked: None,
        }
    }

    /// Takes a file in place of the text.
    pub fn take_file(&mut self, engine: &Engine, path: PathBuf) {
        let of = path.clone();
        let job = engine.blocking(move || read_file(&of));
        let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
        self.format = Format::of_extension(&extension.to_ascii_lowercase());
        self.file = Some(ImportFile { path, content: None, job: Some(job) });
    }

    /// Whether there is nothing to be taken yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.file.is_none() && self.text.trim().is_empty()
    }

    /// What the input comes to; `None` while it is being read.
    pub fn answer(&mut self, engine: &Engine) -> Option<&Answer> {
        if let Some(file) = &mut self.file
            && let Some(answer) = file.job.as_mut().and_then(Job::try_next)
        {
            file.job = None;
            file.content = Some(answer.unwrap_or_else(|panicked| Err(panicked.to_string())));
        }
        let path = self.file.as_ref().map(|file| &file.path);
        let is_checked = self.checked.as_ref().is_some_and(|checked| {
            checked.format == self.format
                && checked.file.as_ref() == path
                && (path.is_some() || checked.text == self.text)
        });
        if !is_checked {
            self.checked = None;
            let (format, descriptor, types) = (self.format, self.descriptor.clone(), self.types.clone());
            let file = path.cloned();
            let (answer, job, text) = match &self.file {
                Some(file) => match file.content.as_ref()? {
                    Err(problem) => (Some(Err(vec![problem.clone()])), None, String::new()),
                    Ok(content) => {
                        let content = content.clone();
                        let job = engine.blocking(move || read(&content, format, &descriptor, &types));
                        (None, Some(job), String::new())
                    }
                },
                None if self.text.len() <= LARGE => {
                    (Some(read(self.text.as_bytes(), format, &descriptor, &types)), None, self.text.clone())
                }
                None => {
                    let text = self.text.clone();
                    let job = engine.blocking(move || read(text.as_bytes(), format, &descriptor, &types));
                    (None, Some(job), self.text.clone())
                }
            };
            self.checked = Some(Checked { text, file, format, job, answer });
        }
        let checked = self.checked.as_mut()?;
        if let Some(answer) = checked.job.as_mut().and_then(Job::try_next) {
            checked.job = None;
            checked.answer = Some(answer.unwrap_or_else(|panicked| Err(vec![panicked.to_string()])));
        }
        checked.answer.as_ref()
    }

    /// The message to be taken, if there is one.
    #[must_use]
    pub fn take(&mut self) -> Option<Import> {
        let json = self.checked.take()?.answer?.ok()?.json;
        Some(Import { tab: self.tab, message: self.message, json })
    }
}

/// A message to be taken into a tab.
#[derive(Debug)]
pub struct Import {
    tab: TabId,
    message: usize,
    json: String,
}

fn read_file(path: &Path) -> Result<Bytes, String> {
    let failed = |error: std::io::Error| format!("{}: {error}", path.display());
    let size = std::fs::metadata(path).map_err(failed)?.len();
    if size > LARGEST {
        return Err(format!("{}: more than {} MB", path.display(), LARGEST >> 20));
    }
    std::fs::read(path).map(Bytes::from).map_err(failed)
}

impl App {
    /// Puts a message on the clipboard, once it is written.
    pub(super) fn copy_out(&mut self, outgoing: Outgoing) {
        let too_large = self.text.get("copy-too-large").to_owned();
        self.jobs.exchange.copies.push(self.engine.blocking(move || {
            let content = outgoing.write()?;
            if content.len() > MOST_COPIED {
                return Err(too_large);
            }
            String::from_utf8(content).map_err(|error| error.to_string())
        }));
    }

    /// Writes a message into a file.
    pub(super) fn save_out(&mut self, outgoing: Outgoing, path: PathBuf) {
        self.jobs.exchange.saves.push(self.engine.blocking(move || {
            let content = outgoing.write()?;
            collection::replace_file(&path, &content).map_err(|error| format!("{}: {error}", path.display()))?;
            Ok((path, content.len() as u64))
        }));
    }

    /// What is to go to the clipboard, given once.
    pub fn take_copied(&mut self) -> Option<String> {
        self.copied.take()
    }

    pub(super) fn poll_exchange(&mut self) {
        if let Some(Overlay::ImportMessage(dialog)) = &mut self.overlay
            && let Some(tab) = self.tabs.iter().find(|tab| tab.id == dialog.tab)
            && tab.found_types.generation() != dialog.generation
        {
            // What the message names may be known now.
            dialog.generation = tab.found_types.generation();
            dialog.types = tab.found_types.types().clone();
            dialog.checked = None;
        }
        for answer in finished(&mut self.jobs.exchange.copies) {
            match answer.map_err(|panicked| panicked.to_string()).flatten() {
                Ok(text) => self.copied = Some(text),
                Err(problem) => self.fail(self.text.with("copy-failed", &[("problem", problem.into())])),
            }
        }
        for answer in finished(&mut self.jobs.exchange.saves) {
            match answer.map_err(|panicked| panicked.to_string()).flatten() {
                Ok((path, size)) => {
                    let path = path.display().to_string();
                    let size = super::format::size(size);
                    let message = self.text.with("file-saved", &[("path", path.into()), ("size", size.into())]);
                    self.notice = Some(Notice { is_error: false, message });
                }
                Err(problem) => self.fail(self.text.with("file-not-saved", &[("problem", problem.into())])),
            }
        }
    }

    /// The message being written in another form, to the clipboard.
    pub(super) fn copy_message(&mut self, format: Format) {
        let scope = self.scope();
        let Some(tab) = self.tab() else { return };
        let Some(text) = tab.draft.messages.get(tab.composer.current) else { return };
        // As typed, variables included.
        if format == Format::JsonLine
            && let Ok(node) = json::parse(text)
        {
            self.copied = Some(node.to_line());
            return;
        }
        let Some(ready) = tab.ready() else { return };
        let descriptor = ready.descriptor.input();
        match request::encode(text, &scope, &descriptor) {
            Ok(bytes) => {
                // For other programs, which do not know what we call unknown fields.
                let written = Written { unknown_fields: false, ..Written::default() };
                let types = tab.found_types.types().clone();
                self.copy_out(Outgoing { bytes, descriptor, format, written, types });
            }
            Err(problems) => {
                let problem = problems.first().map(ToString::to_string).unwrap_or_default();
                self.fail(self.text.with("copy-failed", &[("problem", problem.into())]));
            }
        }
    }

    /// Opens the dialog that takes a message from elsewhere.
    pub(super) fn show_import(&mut self) {
        let Some(tab) = self.tab() else { return };
        let Some(ready) = tab.ready() else { return };
        let dialog = ImportDialog::new(tab, ready.descriptor.input());
        self.show(Overlay::ImportMessage(Box::new(dialog)));
    }

    /// Takes a message in place of the one that the dialog was opened for.
    pub(super) fn import(&mut self, import: Import) {
        let Some(tab) = self.tabs.iter_mut().find(|tab| tab.id == import.tab) else { return };
        if let Some(text) = tab.draft.messages.get_mut(import.message) {
            *text = import.json;
            tab.problems.clear();
            tab.refresh();
        }
    }
}
