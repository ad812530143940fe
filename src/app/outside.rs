//! A message as a file: edited by another program while the tab is open, loaded, saved, laid out anew.
//!
//! Must not know: toolkit.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::command::Command;
use super::tab::{Tab, TabId};
use super::{App, Notice};
use crate::engine::{Engine, Job, Watch};
use crate::message::{format, json};
use crate::request::Place;

/// The largest file that is read as a message, in bytes.
const LARGEST: u64 = 64 << 20;

/// A message of a tab.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Which {
    /// The tab.
    pub tab: TabId,
    /// Number of the message, from 0.
    pub message: usize,
}

/// A file dialog that the drawing is to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// For the file that becomes the message.
    Load(Which),
    /// For the file that the message goes to.
    Save(Which),
}

/// What opens a file for editing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Opener {
    /// What the desktop has for the kind of file.
    Desktop,
    /// A program with its arguments, to which the path is added.
    Program(String),
}

impl Opener {
    /// The program that `TRUNKLINE_EDITOR` names, else the desktop. `VISUAL` and `EDITOR` mostly name programs for a
    /// terminal, which there is none of.
    #[must_use]
    pub fn of_environment() -> Self {
        match std::env::var("TRUNKLINE_EDITOR") {
            Ok(program) if !program.trim().is_empty() => Self::Program(program),
            _ => Self::Desktop,
        }
    }

    /// The program that `TRUNKLINE_BROWSER` names, else the desktop.
    #[must_use]
    pub fn browser_of_environment() -> Self {
        match std::env::var("TRUNKLINE_BROWSER") {
            Ok(program) if !program.trim().is_empty() => Self::Program(program),
            _ => Self::Desktop,
        }
    }

    pub(super) fn open(&self, path: &Path) -> io::Result<()> {
        match self {
            Self::Desktop => open::that_detached(path),
            Self::Program(line) => {
                let mut words = line.split_whitespace();
                let program = words.next().unwrap_or_default();
                // Nobody waits for its end: the file tells what it did.
                std::process::Command::new(program).args(words).arg(path).spawn().map(drop)
            }
        }
    }
}

/// A message that another program edits. Dropping it ends the watching and takes the file away.
#[derive(Debug)]
pub struct Outside {
    /// The message.
    pub which: Which,
    /// Its file, once it is there.
    pub path: Option<PathBuf>,
    /// What the file says, when it and the message were both changed: one of them is to be chosen.
    pub conflict: Option<String>,
    /// Why the file could not be read.
    pub problem: Option<String>,
    /// What file and message said when they last were the same.
    shared: String,
    folder: Option<TempDir>,
    watch: Option<Watch>,
    step: Step,
    /// It ends when the file has been read once more.
    stopping: bool,
}

#[derive(Debug)]
enum Step {
    Writing(Job<io::Result<(TempDir, PathBuf)>>),
    Watching(Job<Result<Watch, String>>),
    Opening(Job<io::Result<()>>),
    Resting,
    Reading(Job<Result<String, String>>),
}

/// A message on its way from a file or to one.
#[derive(Debug)]
pub(super) enum Moving {
    Loading(Which, Job<Result<String, String>>),
    Saving(PathBuf, Job<io::Result<()>>),
}

impl Tab {
    fn text_of(&self, which: Which) -> Option<&String> {
        (self.id == which.tab).then(|| self.draft.messages.get(which.message)).flatten()
    }
}

impl App {
    fn current_message(&self) -> Option<(Which, &String)> {
        let tab = self.tab()?;
        let which = Which { tab: tab.id, message: tab.composer.current };
        Some((which, tab.text_of(which)?))
    }

    fn text_of(&self, which: Which) -> Option<&String> {
        self.tabs.iter().find_map(|tab| tab.text_of(which))
    }

    fn set_text(&mut self, which: Which, text: String) {
        let Some(tab) = self.tabs.iter_mut().find(|tab| tab.id == which.tab) else { return };
        let Some(message) = tab.draft.messages.get_mut(which.message) else { return };
        *message = text;
        tab.problems.retain(|problem| !matches!(problem.place, Place::Message(_)));
        tab.refresh();
    }

    /// Lays the text of the message out anew; of one that is no JSON only its problem is told.
    pub(super) fn format_message(&mut self) {
        let Some((which, text)) = self.current_message() else { return };
        match format::format(text) {
            Ok(laid_out) if laid_out != *text => self.set_text(which, laid_out),
            Ok(_) => {}
            Err(error) => {
                let words = self.text.with("json-format-fails", &[("problem", error.to_string().into())]);
                self.fail(words);
            }
        }
    }

    /// Asks for the file of a load or a save.
    pub(super) fn wish_for_file(&mut self, command: Command) {
        let Some((which, _)) = self.current_message() else { return };
        self.wish = Some(if command == Command::LoadMessage { Wish::Load(which) } else { Wish::Save(which) });
    }

    /// Says that there is no dialog, and what to do instead.
    pub(super) fn no_file_dialog(&mut self) {
        let words = self.text.get("message-no-dialog").to_owned();
        self.fail(words);
    }

    /// Reads a file in the background, to become a message.
    pub(super) fn load_message(&mut self, which: Which, path: PathBuf) {
        let job = self.engine.blocking(move || {
            let text = read(&path)?;
            json::parse(&text).map_err(|error| format!("{}: {error}", path.display()))?;
            Ok(text)
        });
        self.jobs.moving.push(Moving::Loading(which, job));
    }

    /// Writes a message to a file in the background.
    pub(super) fn save_message(&mut self, which: Which, path: PathBuf) {
        let Some(text) = self.text_of(which).cloned() else { return };
        let to = path.clone();
        let job = self.engine.blocking(move || std::fs::write(to, text));
        self.jobs.moving.push(Moving::Saving(path, job));
    }

    /// Gives the message to another program.
    pub(super) fn edit_outside(&mut self) {
        let Some((which, text)) = self.current_message() else { return };
        let text = text.clone();
        if let Some(outside) = self.outside.iter_mut().find(|outside| outside.which == which) {
            // The window of the program may be lost behind others: it is opened once more.
            if let (Step::Resting, Some(path)) = (&outside.step, outside.path.clone()) {
                let opener = self.opener.clone();
                outside.step = Step::Opening(self.engine.blocking(move || opener.open(&path)));
            }
            return;
        }
        let shared = text.clone();
        let job = self.engine.blocking(move || {
            let folder = tempfile::Builder::new().prefix("trunkline-").tempdir()?;
            let path = folder.path().join("message.json");
            write_private(&path, &text)?;
            Ok((folder, path))
        });
        self.outside.push(Outside {
            which,
            path: None,
            conflict: None,
            problem: None,
            shared,
            folder: None,
            watch: None,
            step: Step::Writing(job),
            stopping: false,
        });
    }

    /// Ends the editing of a message by another program, with what its file says last.
    pub(super) fn stop_outside(&mut self, which: Which) {
        if let Some(outside) = self.outside.iter_mut().find(|outside| outside.which == which) {
            outside.stopping = true;
            outside.read(&self.engine);
        }
    }

    /// A message of the tab was removed.
    pub(super) fn end_outside(&mut self, gone: Which) {
        self.outside.retain(|outside| outside.which != gone);
        for outside in &mut self.outside {
            if outside.which.tab == gone.tab && outside.which.message > gone.message {
                outside.which.message -= 1;
            }
        }
    }

    /// A message was put in before others of the tab.
    pub(super) fn shift_outside(&mut self, tab: TabId, at: usize) {
        for outside in &mut self.outside {
            if outside.which.tab == tab && outside.which.message >= at {
                outside.which.message += 1;
            }
        }
    }

    /// Takes what the file says, or what the window says, where both were changed.
    pub(super) fn settle_outside(&mut self, which: Which, take_file: bool) {
        let Some(at) = self.outside.iter().position(|outside| outside.which == which) else { return };
        let Some(theirs) = self.outside[at].conflict.take() else { return };
        if take_file {
            self.outside[at].shared.clone_from(&theirs);
            self.set_text(which, theirs);
        } else {
            // The file stays as its program wrote it, and is asked about again only when it changes.
            self.outside[at].shared = theirs;
        }
    }

    /// The editing of a message by another program.
    #[must_use]
    pub fn outside_of(&self, which: Which) -> Option<&Outside> {
        self.outside.iter().find(|outside| outside.which == which)
    }

    pub(super) fn poll_outside(&mut self) {
        self.poll_moving();
        if self.outside.is_empty() {
            return;
        }
        let mut all = std::mem::take(&mut self.outside);
        all.retain_mut(|outside| self.poll_one(outside));
        all.append(&mut self.outside);
        self.outside = all;
    }

    /// Whether it goes on.
    fn poll_one(&mut self, outside: &mut Outside) -> bool {
        if self.text_of(outside.which).is_none() {
            return false;
        }
        let failed = match &mut outside.step {
            Step::Writing(job) => match job.try_next() {
                None => return true,
                Some(Ok(Ok((folder, path)))) => {
                    outside.step = Step::Watching(self.engine.watch(vec![folder.path().to_owned()]));
                    (outside.folder, outside.path) = (Some(folder), Some(path));
                    return true;
                }
                Some(Ok(Err(error))) => error.to_string(),
                Some(Err(panicked)) => panicked.to_string(),
            },
            Step::Watching(job) => match job.try_next() {
                None => return true,
                Some(Ok(Ok(watch))) => {
                    outside.watch = Some(watch);
                    let (opener, path) = (self.opener.clone(), outside.path.clone().unwrap_or_default());
                    outside.step = Step::Opening(self.engine.blocking(move || opener.open(&path)));
                    return true;
                }
                Some(Ok(Err(problem))) => problem,
                Some(Err(panicked)) => panicked.to_string(),
            },
            Step::Opening(job) => match job.try_next() {
                None => return true,
                Some(Ok(Ok(()))) => {
                    outside.step = Step::Resting;
                    return true;
                }
                Some(Ok(Err(error))) => error.to_string(),
                Some(Err(panicked)) => panicked.to_string(),
            },
            Step::Resting => {
                if outside.stopping || outside.watch.as_ref().is_some_and(Watch::take_change) {
                    outside.read(&self.engine);
                }
                return true;
            }
            Step::Reading(job) => {
                let Some(answer) = job.try_next() else { return true };
                outside.step = Step::Resting;
                match answer.unwrap_or_else(|panicked| Err(panicked.to_string())) {
                    Ok(theirs) => self.take_in(outside, theirs),
                    Err(problem) => outside.problem = Some(problem),
                }
                return !outside.stopping || outside.conflict.is_some();
            }
        };
        let words = self.text.with("outside-fails", &[("problem", failed.into())]);
        self.fail(words);
        false
    }

    /// What the file says now becomes the message, unless that was changed too.
    fn take_in(&mut self, outside: &mut Outside, theirs: String) {
        outside.problem = None;
        let Some(ours) = self.text_of(outside.which) else { return };
        if theirs == *ours {
            outside.shared = theirs;
            outside.conflict = None;
        } else if theirs == outside.shared {
            // The program wrote what it had: nothing of its own.
            outside.conflict = None;
        } else if *ours == outside.shared {
            outside.shared.clone_from(&theirs);
            outside.conflict = None;
            self.set_text(outside.which, theirs);
        } else {
            outside.conflict = Some(theirs);
        }
    }

    fn poll_moving(&mut self) {
        let mut waiting = Vec::new();
        for moving in std::mem::take(&mut self.jobs.moving) {
            match moving {
                Moving::Loading(which, mut job) => match job.try_next() {
                    None => waiting.push(Moving::Loading(which, job)),
                    Some(answer) => match answer.unwrap_or_else(|panicked| Err(panicked.to_string())) {
                        Ok(text) => self.set_text(which, text),
                        Err(problem) => self.fail(problem),
                    },
                },
                Moving::Saving(path, mut job) => match job.try_next() {
                    None => waiting.push(Moving::Saving(path, job)),
                    Some(Ok(Ok(()))) => {
                        let path = path.display().to_string();
                        let message = self.text.with("message-saved", &[("path", path.into())]);
                        self.notice = Some(Notice { is_error: false, message });
                    }
                    Some(Ok(Err(error))) => self.fail(format!("{error}: {}", path.display())),
                    Some(Err(panicked)) => self.fail(panicked.to_string()),
                },
            }
        }
        self.jobs.moving.append(&mut waiting);
    }
}

impl Outside {
    /// Whether its file is given to the program, and what that saves comes back.
    #[must_use]
    pub const fn is_watched(&self) -> bool {
        matches!(self.step, Step::Resting)
    }

    fn read(&mut self, engine: &Engine) {
        if let (Step::Resting, Some(path)) = (&self.step, self.path.clone()) {
            self.step = Step::Reading(engine.blocking(move || read(&path)));
        }
    }
}

fn read(path: &Path) -> Result<String, String> {
    let failed = |error: io::Error| format!("{error}: {}", path.display());
    let size = std::fs::metadata(path).map_err(failed)?.len();
    if size > LARGEST {
        return Err(format!("larger than {} MB: {}", LARGEST >> 20, path.display()));
    }
    let bytes = std::fs::read(path).map_err(failed)?;
    String::from_utf8(bytes).map_err(|_not_text| format!("not text in UTF-8: {}", path.display()))
}

/// Writes a new file that nobody else may read.
fn write_private(path: &Path, text: &str) -> io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_a_message_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.json");
        assert!(read(&path).unwrap_err().ends_with("a.json"));
        std::fs::write(&path, [0xff, 0xfe]).unwrap();
        assert!(read(&path).unwrap_err().starts_with("not text in UTF-8"));
    }

    #[cfg(unix)]
    #[test]
    fn the_file_is_for_its_owner_only() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.json");
        write_private(&path, "{}").unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(write_private(&path, "").is_err(), "a file of somebody else is left alone");
    }
}
