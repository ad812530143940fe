//! Saved requests: opening, saving, renaming, deleting. Every file is touched in the background, because a disk may take
//! its time; what comes of it is taken in by [`App::poll`].
//!
//! Must not know: toolkit.

use std::path::{Path, PathBuf};

use super::defaults::DefaultsDialog;
use super::overlay::SaveDialog;
use super::tab::{MethodState, Saved, SchemaId, Tab, TabId};
use super::{App, Notice, Overlay};
use crate::collection::{self, Collection, Problem};
use crate::engine::{Job, Panicked};
use crate::request::Draft;
use crate::schema::Source;

/// What came of work on a file.
#[derive(Debug)]
pub(super) enum FileOutcome {
    /// A request was read.
    Opened(Saved),
    /// A tab was saved.
    Saved(TabId, Saved),
    /// It could not be saved there: the dialog, to be shown again.
    NotSaved(SaveDialog),
    /// A request has another name, and perhaps another file.
    Renamed {
        /// Its file before.
        from: PathBuf,
        /// Its file now.
        to: PathBuf,
        /// Its name now.
        name: String,
    },
    /// A request was deleted; what it held.
    Deleted(Saved),
    /// What a folder or collection sets, to be edited, once more where it could not be saved.
    Defaults(Box<DefaultsDialog>),
    /// That was saved; the folder.
    DefaultsSaved(PathBuf),
    /// The file of a collection names other import paths.
    ImportPaths {
        /// The schema that they are for.
        schema: SchemaId,
        /// Its source now.
        source: Source,
        /// The folder of the collection.
        root: PathBuf,
    },
}

impl App {
    /// Starts work on a file.
    pub(super) fn on_file(&mut self, work: impl FnOnce() -> Result<FileOutcome, Problem> + Send + 'static) {
        let job = self.engine.blocking(work);
        self.jobs.files.push(job);
    }

    /// Takes in what came of work on files.
    pub(super) fn poll_requests(&mut self) {
        for answer in finished(&mut self.jobs.stores) {
            if let Err(message) = answer
                .map_err(|panicked| panicked.to_string())
                .and_then(|done| done.map_err(|problem| problem.to_string()))
            {
                self.fail(message);
            }
        }
        let answers = finished(&mut self.jobs.files);
        for answer in answers {
            match answer {
                Ok(Ok(outcome)) => self.take_outcome(outcome),
                Ok(Err(problem)) => self.fail(problem.to_string()),
                Err(panicked) => self.fail(panicked.to_string()),
            }
        }
    }

    fn take_outcome(&mut self, outcome: FileOutcome) {
        match outcome {
            FileOutcome::Opened(saved) => self.opened(saved),
            FileOutcome::Saved(tab, saved) => self.saved(tab, saved),
            FileOutcome::NotSaved(dialog) => self.show(Overlay::Save(dialog)),
            FileOutcome::Renamed { from, to, name } => self.renamed(&from, &to, &name),
            FileOutcome::Deleted(saved) => self.deleted(saved),
            FileOutcome::Defaults(dialog) => self.show(Overlay::Defaults(dialog)),
            FileOutcome::DefaultsSaved(folder) => {
                self.tell(self.text.with("saved", &[("path", folder.display().to_string().into())]));
                self.reload_collection_of(&folder);
            }
            FileOutcome::ImportPaths { schema, source, root } => self.import_paths_written(schema, source, &root),
        }
    }

    pub(super) fn open_request(&mut self, path: &Path) {
        self.sidebar.requests.selected = Some(path.to_owned());
        if let Some(tab) = self.tabs.iter().find(|tab| tab.is_saved_as(path)) {
            self.active = tab.id;
            return;
        }
        // The file itself, not what the collection held when it was read: it may have been edited since.
        let path = path.to_owned();
        self.on_file(move || read(path).map(FileOutcome::Opened));
    }

    fn opened(&mut self, saved: Saved) {
        // Clicked twice before it was read: one tab is enough.
        if let Some(tab) = self.tabs.iter().find(|tab| tab.is_saved_as(&saved.path)) {
            self.active = tab.id;
            return;
        }
        let draft = saved.draft.clone();
        if self.tab().is_some_and(Tab::is_untouched) {
            if let Some(tab) = self.tab_mut() {
                tab.draft = draft;
                tab.composer.forget();
                tab.method = MethodState::Unresolved;
            }
        } else {
            self.new_tab(draft);
        }
        if let Some(tab) = self.tab_mut() {
            tab.saved = Some(saved);
        }
    }

    pub(super) fn delete_request(&mut self, path: &Path) {
        let path = path.to_owned();
        self.on_file(move || {
            let saved = read(path)?;
            collection::delete(&saved.path)?;
            Ok(FileOutcome::Deleted(saved))
        });
    }

    fn deleted(&mut self, saved: Saved) {
        let name = saved.name.clone();
        self.reload_collection_of(&saved.path);
        // What it held stays in its tab, unsaved; without one it can be had back like a tab that was closed.
        if let Some(tab) = self.tabs.iter_mut().find(|tab| tab.is_saved_as(&saved.path)) {
            tab.saved = None;
        } else {
            let id = TabId(self.new_id());
            self.closed.push(Tab::new(id, saved.draft));
        }
        self.tell(self.text.with("deleted", &[("name", name.into())]));
    }

    /// Saves the current tab in its file, or asks where to.
    pub(super) fn save(&mut self) {
        let Some(tab) = self.tab() else { return };
        let (id, draft) = (tab.id, tab.draft.clone());
        if let Some(saved) = &tab.saved {
            let path = saved.path.clone();
            self.on_file(move || {
                collection::save_request(&path, &draft)?;
                saved_as(path, draft).map(|saved| FileOutcome::Saved(id, saved))
            });
            return;
        }
        let folder = self
            .current_collection()
            .map_or_else(|| self.dirs.data.join("requests"), |open| open.collection.root.clone());
        let name = tab.title();
        self.show(Overlay::Save(SaveDialog { name, folder, problem: None }));
    }

    pub(super) fn save_as(&mut self, folder: PathBuf, name: String) {
        let Some(tab) = self.tab() else { return };
        let (id, draft) = (tab.id, tab.draft.clone());
        let schema = tab.ready().map(|ready| ready.schema);
        let sources: Vec<Source> =
            self.schemas.iter().filter(|open| Some(open.id) == schema).map(|open| open.source.clone()).collect();
        self.overlay = None;
        self.on_file(move || {
            let created = create(&folder, &name, &draft, &sources).and_then(|path| saved_as(path, draft));
            Ok(match created {
                Ok(saved) => FileOutcome::Saved(id, saved),
                Err(problem) => FileOutcome::NotSaved(SaveDialog { name, folder, problem: Some(problem.to_string()) }),
            })
        });
    }

    fn saved(&mut self, tab: TabId, saved: Saved) {
        let path = saved.path.clone();
        self.tell(self.text.with("saved", &[("path", path.display().to_string().into())]));
        self.sidebar.requests.selected = Some(path.clone());
        if let Some(tab) = self.tabs.iter_mut().find(|other| other.id == tab) {
            tab.saved = Some(saved);
        }
        if self.collection_of(&path).is_some() {
            self.reload_collection_of(&path);
        } else if let Some(folder) = path.parent() {
            // Reading a collection finds its root from any folder in it.
            self.load_collection(folder.to_owned());
        }
    }

    pub(super) fn show_rename(&mut self) {
        if let Some(tab) = self.tab().filter(|tab| tab.saved.is_some()) {
            let title = tab.title();
            self.show(Overlay::Rename(title));
        }
    }

    pub(super) fn rename(&mut self, name: String) {
        self.overlay = None;
        let Some(from) = self.tab().and_then(|tab| tab.saved.as_ref()).map(|saved| saved.path.clone()) else { return };
        self.on_file(move || {
            let to = collection::rename(&from, &name)?;
            Ok(FileOutcome::Renamed { from, to, name })
        });
    }

    fn renamed(&mut self, from: &Path, to: &Path, name: &str) {
        for saved in self.tabs.iter_mut().filter_map(|tab| tab.saved.as_mut()).filter(|saved| saved.path == from) {
            to.clone_into(&mut saved.path);
            name.clone_into(&mut saved.name);
        }
        self.sidebar.requests.selected = Some(to.to_owned());
        self.reload_collection_of(to);
    }

    /// Shows good news.
    fn tell(&mut self, message: String) {
        self.notice = Some(Notice { is_error: false, message });
    }
}

/// The answers of the jobs that are done; the others stay.
pub(super) fn finished<T>(jobs: &mut Vec<Job<T>>) -> Vec<Result<T, Panicked>> {
    let mut answers = Vec::new();
    jobs.retain_mut(|job| match job.try_next() {
        None => true,
        Some(answer) => {
            answers.push(answer);
            false
        }
    });
    answers
}

/// Reads a request with its name. Blocking.
fn read(path: PathBuf) -> Result<Saved, Problem> {
    let (name, draft) = collection::load_request(&path)?;
    Ok(Saved { path, name, draft })
}

/// A request just written: its name as the file has it, the draft as it was typed. Blocking.
fn saved_as(path: PathBuf, draft: Draft) -> Result<Saved, Problem> {
    read(path).map(|saved| Saved { draft, ..saved })
}

/// Makes the file of a request. A folder outside any collection becomes one, with the sources that the request needs.
/// Blocking.
fn create(folder: &Path, name: &str, draft: &Draft, sources: &[Source]) -> Result<PathBuf, Problem> {
    if Collection::find_root(folder).is_none() {
        let called = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        collection::create_collection(folder, &called, sources)?;
    }
    collection::create_request(folder, name, draft)
}
