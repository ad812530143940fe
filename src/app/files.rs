//! Files: what the user opens, saves, renames; collections as they are read.
//!
//! Must not know: toolkit.

use std::path::{Path, PathBuf};

use super::collections::OpenCollection;
use super::overlay::SaveDialog;
use super::tab::{Saved, Tab};
use super::{App, Notice, Overlay};
use crate::collection::{self, Collection};
use crate::demo;
use crate::request::{Draft, Scope};
use crate::schema::Source;

impl App {
    /// Opens what was dropped, chosen or named on the command line, each as what it is.
    pub(super) fn open_paths(&mut self, paths: Vec<PathBuf>) {
        let mut protos = Vec::new();
        let mut missing = Vec::new();
        for path in paths {
            let path = std::path::absolute(&path).unwrap_or(path);
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            if !path.exists() {
                missing.push(path.display().to_string());
            } else if path.join("trunkline.json").is_file() {
                self.load_collection(path);
            } else if name == "trunkline.json" {
                self.load_collection(path.parent().map(Path::to_owned).unwrap_or_default());
            } else if name.ends_with(".request.json") {
                if let Some(root) = Collection::find_root(&path) {
                    self.load_collection(root);
                }
                self.open_request(&path);
            } else if path.is_dir() || path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("proto"))
            {
                protos.push(path);
            } else {
                self.open_source(Source::DescriptorSet { path }, false);
                self.sidebar.shows_collection = false;
            }
        }
        if !protos.is_empty() {
            self.open_protos(protos, Vec::new());
        }
        self.overlay = None;
        if !missing.is_empty() {
            let words = self.text.with("path-missing", &[("path", missing.join(", ").into())]);
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
        let mut answers = Vec::new();
        self.jobs.loading.retain_mut(|job| match job.try_next() {
            None => true,
            Some(answer) => {
                answers.push(answer);
                false
            }
        });
        for answer in answers {
            match answer {
                Ok(Ok(collection)) => self.take_collection(collection),
                Ok(Err(problem)) => self.fail(problem.to_string()),
                Err(panicked) => self.fail(panicked.to_string()),
            }
        }
        let mut failed = None;
        self.jobs.writes.retain_mut(|job| match job.try_next() {
            None => true,
            Some(Ok(Ok(()))) => false,
            Some(Ok(Err(problem))) => {
                failed = Some(problem.to_string());
                false
            }
            Some(Err(panicked)) => {
                failed = Some(panicked.to_string());
                false
            }
        });
        if let Some(message) = failed {
            self.fail(message);
        }
    }

    fn take_collection(&mut self, collection: Collection) {
        for source in collection.sources() {
            // A collection read again after a save has the same sources: they need no second reading.
            if !self.schemas.iter().any(|open| open.source == source) {
                self.open_source(source, true);
            }
        }
        let open = OpenCollection { collection };
        match self.collections.iter_mut().find(|other| other.collection.root == open.collection.root) {
            Some(other) => *other = open,
            None => self.collections.push(open),
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
    fn current_collection(&self) -> Option<&OpenCollection> {
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

    pub(super) fn open_request(&mut self, path: &Path) {
        self.sidebar.requests.selected = Some(path.to_owned());
        if let Some(tab) = self.tabs.iter().find(|tab| tab.saved.as_ref().is_some_and(|saved| saved.path == path)) {
            self.active = tab.id;
            return;
        }
        // The file itself, not what the collection held when it was read: it may have been edited since.
        match collection::load_request(path) {
            Ok((name, draft)) => {
                let reusable = self.tab().is_some_and(Tab::is_untouched);
                if reusable && let Some(tab) = self.tab_mut() {
                    tab.draft = draft.clone();
                    tab.method = super::tab::MethodState::Unresolved;
                } else {
                    self.new_tab(draft.clone());
                }
                if let Some(tab) = self.tab_mut() {
                    tab.saved = Some(Saved { path: path.to_owned(), name, draft });
                }
            }
            Err(problem) => self.fail(problem.to_string()),
        }
    }

    pub(super) fn delete_request(&mut self, path: &Path) {
        match collection::delete(path) {
            Ok(()) => {
                // What it held stays in its tab, unsaved, until that is closed.
                for tab in &mut self.tabs {
                    if tab.saved.as_ref().is_some_and(|saved| saved.path == path) {
                        tab.saved = None;
                    }
                }
                self.reload_collection_of(path);
            }
            Err(problem) => self.fail(problem.to_string()),
        }
    }

    fn reload_collection_of(&mut self, path: &Path) {
        if let Some(root) = self.collection_of(path).map(|open| open.collection.root.clone()) {
            self.load_collection(root);
        }
    }

    /// Saves the current tab in its file, or asks where to.
    pub(super) fn save(&mut self) {
        let Some(tab) = self.tab() else { return };
        let Some(path) = tab.saved.as_ref().map(|saved| saved.path.clone()) else {
            let folder = self
                .current_collection()
                .map_or_else(|| self.dirs.data.join("requests"), |open| open.collection.root.clone());
            let name = tab.title();
            self.show(Overlay::Save(SaveDialog { name, folder, problem: None }));
            return;
        };
        let draft = tab.draft.clone();
        match collection::save_request(&path, &draft) {
            Ok(()) => self.saved(path, draft),
            Err(problem) => self.fail(problem.to_string()),
        }
    }

    pub(super) fn save_as(&mut self, folder: &Path, name: &str) {
        let Some(tab) = self.tab() else { return };
        let draft = tab.draft.clone();
        let schema = tab.ready().map(|ready| ready.schema);
        let source = self.schemas.iter().find(|open| Some(open.id) == schema).map(|open| open.source.clone());
        let result = if Collection::find_root(folder).is_some() {
            collection::create_request(folder, name, &draft)
        } else {
            // A folder outside any collection becomes one, with the schema that the request needs.
            let called = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            let sources: Vec<Source> = source.into_iter().collect();
            collection::create_collection(folder, &called, &sources)
                .and_then(|_| collection::create_request(folder, name, &draft))
        };
        match result {
            Ok(path) => {
                self.overlay = None;
                if let Some(root) = Collection::find_root(&path) {
                    self.load_collection(root);
                }
                self.saved(path, draft);
            }
            Err(problem) => {
                let problem = Some(problem.to_string());
                self.show(Overlay::Save(SaveDialog { name: name.to_owned(), folder: folder.to_owned(), problem }));
            }
        }
    }

    fn saved(&mut self, path: PathBuf, draft: Draft) {
        let message = self.text.with("saved", &[("path", path.display().to_string().into())]);
        self.notice = Some(Notice { is_error: false, message });
        self.sidebar.requests.selected = Some(path.clone());
        self.reload_collection_of(&path);
        if let Some(tab) = self.tab_mut() {
            let name = collection::load_request(&path).map(|(name, _)| name).unwrap_or_default();
            tab.saved = Some(Saved { path, name, draft });
        }
    }

    pub(super) fn show_rename(&mut self) {
        if let Some(tab) = self.tab().filter(|tab| tab.saved.is_some()) {
            let title = tab.title();
            self.show(Overlay::Rename(title));
        }
    }

    pub(super) fn rename(&mut self, name: &str) {
        self.overlay = None;
        let Some(path) = self.tab().and_then(|tab| tab.saved.as_ref()).map(|saved| saved.path.clone()) else { return };
        match collection::rename(&path, name) {
            Ok(renamed) => {
                for saved in self.tabs.iter_mut().filter_map(|tab| tab.saved.as_mut()) {
                    if saved.path == path {
                        saved.path.clone_from(&renamed);
                        name.clone_into(&mut saved.name);
                    }
                }
                self.sidebar.requests.selected = Some(renamed.clone());
                self.reload_collection_of(&renamed);
            }
            Err(problem) => self.fail(problem.to_string()),
        }
    }
}
