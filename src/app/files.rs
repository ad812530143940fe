//! What the user opens, and collections as they are read. Files are read in the background.
//!
//! Must not know: toolkit.

use std::path::{Path, PathBuf};

use super::collections::OpenCollection;
use super::overlay::OpenDialog;
use super::requests::finished;
use super::schemas::Watching;
use super::tab::{MethodState, SchemaId, Tab};
use super::{App, Overlay};
use crate::collection::{self, Collection};
use crate::demo;
use crate::request::Scope;
use crate::schema::Source;

/// What paths are that were dropped, chosen, typed, or named on the command line.
#[derive(Debug, Default)]
pub(super) struct Opening {
    /// Proto files, and folders that are no collections.
    protos: Vec<PathBuf>,
    descriptor_sets: Vec<PathBuf>,
    /// Folders of collections.
    collections: Vec<PathBuf>,
    requests: Vec<PathBuf>,
    missing: Vec<PathBuf>,
    /// The dialog that they were typed into, which comes back when something is missing.
    dialog: Option<OpenDialog>,
}

impl Opening {
    /// Looks at each path. Blocking, and for long where a disk of another machine does not answer.
    fn look(paths: Vec<PathBuf>) -> Self {
        let mut opening = Self::default();
        for path in paths {
            let path = std::path::absolute(&path).unwrap_or(path);
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            if !path.exists() {
                opening.missing.push(path);
            } else if path.join("trunkline.json").is_file() {
                opening.collections.push(path);
            } else if name == "trunkline.json" {
                opening.collections.push(path.parent().map(Path::to_owned).unwrap_or_default());
            } else if name.ends_with(".request.json") {
                opening.collections.extend(Collection::find_root(&path));
                opening.requests.push(path);
            } else if path.is_dir() || path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("proto"))
            {
                opening.protos.push(path);
            } else {
                opening.descriptor_sets.push(path);
            }
        }
        opening
    }

    /// What is not there, as a text.
    fn missing(&self) -> Option<String> {
        let names: Vec<String> = self.missing.iter().map(|path| path.display().to_string()).collect();
        if names.is_empty() { None } else { Some(names.join(", ")) }
    }
}

impl App {
    /// Opens what was dropped, chosen or named on the command line, each as what it is.
    pub(super) fn open_paths(&mut self, paths: Vec<PathBuf>) {
        self.overlay = None;
        self.jobs.opening.push(self.engine.blocking(move || Opening::look(paths)));
    }

    /// Opens what was typed into the dialog, which comes back with the first path that is not there.
    pub(super) fn open_typed(&mut self, dialog: OpenDialog) {
        self.overlay = None;
        let paths = lines(&dialog.paths);
        let look = move || Opening { dialog: Some(dialog), ..Opening::look(paths) };
        self.jobs.opening.push(self.engine.blocking(look));
    }

    fn open(&mut self, opening: Opening) {
        let missing = opening.missing().map(|paths| self.text.with("path-missing", &[("path", paths.into())]));
        let mut import_paths = Vec::new();
        if let Some(dialog) = opening.dialog {
            if missing.is_some() {
                self.show(Overlay::Open(OpenDialog { problem: missing, ..dialog }));
                return;
            }
            import_paths = lines(&dialog.import_paths);
        }
        for root in opening.collections {
            self.load_collection(root);
        }
        for path in &opening.requests {
            self.open_request(path);
        }
        for path in opening.descriptor_sets {
            self.open_source(Source::DescriptorSet { path }, false);
            self.sidebar.shows_collection = false;
        }
        if !opening.protos.is_empty() {
            self.open_protos(opening.protos, import_paths);
        }
        if let Some(words) = missing {
            self.fail(words);
        }
    }

    /// Reads a collection, or reads it again.
    pub(super) fn load_collection(&mut self, root: PathBuf) {
        self.jobs.loading.push(self.engine.blocking(move || Collection::load(&root)));
    }

    pub(super) fn poll_files(&mut self) {
        if let Some(job) = &mut self.jobs.installing
            && let Some(answer) = job.try_next()
        {
            self.jobs.installing = None;
            match answer {
                Ok(Ok(root)) => {
                    self.sidebar.shows_collection = true;
                    let first = root.join(demo::FIRST_REQUEST);
                    self.load_collection(root);
                    if self.tabs.is_empty() {
                        self.open_request(&first);
                    }
                }
                Ok(Err(error)) => self.fail(error.to_string()),
                Err(panicked) => self.fail(panicked.to_string()),
            }
        }
        for answer in finished(&mut self.jobs.opening) {
            match answer {
                Ok(opening) => self.open(opening),
                Err(panicked) => self.fail(panicked.to_string()),
            }
        }
        for answer in finished(&mut self.jobs.loading) {
            match answer {
                Ok(Ok(collection)) => self.take_collection(collection),
                Ok(Err(problem)) => self.fail(problem.to_string()),
                Err(panicked) => self.fail(panicked.to_string()),
            }
        }
        let stale: Vec<PathBuf> = self
            .collections
            .iter_mut()
            .filter_map(|open| open.watch.take_change().then(|| open.collection.root.clone()))
            .collect();
        for root in stale {
            self.load_collection(root);
        }
        self.poll_requests();
    }

    fn take_collection(&mut self, collection: Collection) {
        self.follow_sources(&collection);
        for source in collection.sources() {
            // A collection read again after a save has the same sources: they need no second reading.
            if !self.schemas.iter().any(|open| open.source == source) {
                self.open_source(source, true);
            }
        }
        self.refresh_tabs(&collection);
        if let Some(open) = self.collections.iter_mut().find(|open| open.collection.root == collection.root) {
            open.collection = collection;
            return;
        }
        let watch = Watching::Starting(self.engine.watch(vec![collection.root.clone()]));
        self.collections.push(OpenCollection { collection, watch });
    }

    /// Where the file names other import paths for what is open already, that is read with these.
    fn follow_sources(&mut self, collection: &Collection) {
        let Some(open) = self.collections.iter().find(|open| open.collection.root == collection.root) else { return };
        let (before, now) = (open.collection.sources(), collection.sources());
        let is_moved = |old: &&Source, new: &Source| match (old, new) {
            (Source::Protos { paths: old, .. }, Source::Protos { paths: new, .. }) => old == new,
            _ => false,
        };
        let gone = before.iter().filter(|source| !now.contains(source));
        let moved: Vec<(SchemaId, Source)> = gone
            .filter_map(|old| {
                let new = now.iter().find(|new| is_moved(&old, new) && !before.contains(new))?;
                let open = self.schemas.iter().find(|open| open.source == *old && open.of_collection)?;
                Some((open.id, new.clone()))
            })
            .collect();
        for (id, source) in moved {
            self.change_source(id, source);
        }
    }

    /// Brings the tabs up to what the files of a collection hold now: a request that another program wrote shows in its
    /// tab, unless the tab has changes of its own.
    fn refresh_tabs(&mut self, collection: &Collection) {
        for tab in &mut self.tabs {
            let dirty = tab.is_dirty();
            let Some(saved) = &mut tab.saved else { continue };
            let Some(Ok(draft)) = collection.request(&saved.path).map(collection::Request::draft) else { continue };
            // The same values, written in another way, are left as they were typed.
            if collection::same_request(&draft, &saved.draft) {
                continue;
            }
            saved.draft = draft.clone();
            if !dirty {
                if tab.draft.method != draft.method {
                    tab.method = MethodState::Unresolved;
                }
                tab.draft = draft;
            }
        }
    }

    /// The collection that a file lies in.
    #[must_use]
    pub fn collection_of(&self, path: &Path) -> Option<&OpenCollection> {
        self.collections.iter().find(|open| path.starts_with(&open.collection.root))
    }

    /// What a tab inherits from the collection it is saved in.
    pub(super) fn collection_scope(&self, tab: &Tab) -> Option<Scope> {
        let path = &tab.saved.as_ref()?.path;
        Some(self.collection_of(path)?.collection.scope(path, &self.environment))
    }

    /// The collection whose environments count now: that of the current tab, else the first.
    pub(super) fn current_collection(&self) -> Option<&OpenCollection> {
        self.tab().and_then(|tab| self.collection_of(&tab.saved.as_ref()?.path)).or_else(|| self.collections.first())
    }

    /// Names of the environments to choose from.
    #[must_use]
    pub fn environment_names(&self) -> Vec<String> {
        self.current_collection()
            .map(|open| open.collection.environments.iter().map(|environment| environment.name.clone()).collect())
            .unwrap_or_default()
    }

    /// The chosen environment, where the collection at hand has it.
    #[must_use]
    pub fn environment(&self) -> Option<String> {
        self.environment_names().into_iter().find(|name| *name == self.environment)
    }

    pub(super) fn use_environment(&mut self, name: Option<String>) {
        self.environment = name.unwrap_or_default();
    }

    /// Reads the collection that a file lies in again.
    pub(super) fn reload_collection_of(&mut self, path: &Path) {
        if let Some(root) = self.collection_of(path).map(|open| open.collection.root.clone()) {
            self.load_collection(root);
        }
    }
}

/// One path a line.
fn lines(text: &str) -> Vec<PathBuf> {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).map(expand_home).collect()
}

/// `~/` is the user's home, as in a shell.
pub(super) fn expand_home(path: &str) -> PathBuf {
    match (path.strip_prefix("~/"), std::env::home_dir()) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => PathBuf::from(path),
    }
}
