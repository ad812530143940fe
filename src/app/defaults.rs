//! What a folder or a collection sets for all requests below it, being edited.
//!
//! Must not know: toolkit.

use std::path::{Path, PathBuf};

use super::requests::FileOutcome;
use super::tab::RequestPane;
use super::{App, Overlay};
use crate::collection;
use crate::request::{Draft, Scope};

/// The editor of what a folder or collection sets.
#[derive(Clone, Debug)]
pub struct DefaultsDialog {
    /// The folder; for a collection its own.
    pub folder: PathBuf,
    /// What it is called.
    pub name: String,
    /// Target, metadata, credentials and settings; method and messages are not used.
    pub draft: Draft,
    /// What the file holds.
    pub saved: Draft,
    /// What the folder itself inherits, and its variables.
    pub scope: Scope,
    /// Which part is shown.
    pub pane: RequestPane,
    /// Why it was not saved.
    pub problem: Option<String>,
    /// It was to be closed while it held changes: they are to be saved or given up.
    pub asks: bool,
}

impl DefaultsDialog {
    /// The parts that there are.
    pub const PANES: [RequestPane; 3] = [RequestPane::Metadata, RequestPane::Auth, RequestPane::Settings];

    /// Whether there is something to save.
    #[must_use]
    pub fn is_dirty(&self) -> bool {
        self.draft != self.saved
    }
}

impl App {
    /// Reads what a folder or collection sets, to be edited.
    pub(super) fn edit_defaults(&mut self, folder: &Path, name: String) {
        let Some(open) = self.collection_of(folder) else { return };
        let is_root = open.collection.root == folder;
        // What stands above it: its own settings are what is edited.
        let mut scope = match folder.parent() {
            Some(parent) if !is_root => open.collection.scope(&parent.join("x"), &self.environment),
            _ => Scope { folder: open.collection.root.clone(), ..Scope::default() },
        };
        let within = open.collection.scope(&folder.join("x"), &self.environment);
        (scope.variables, scope.origins) = (within.variables, within.origins);
        scope.variables.push(self.demo_variable());
        let folder = folder.to_owned();
        self.on_file(move || {
            let draft = collection::load_defaults(&folder)?;
            let saved = draft.clone();
            let pane = RequestPane::Settings;
            let dialog = DefaultsDialog { folder, name, draft, saved, scope, pane, problem: None, asks: false };
            Ok(FileOutcome::Defaults(Box::new(dialog)))
        });
    }

    /// Saves what was edited; where that fails the editor comes back.
    pub(super) fn save_defaults(&mut self, mut dialog: Box<DefaultsDialog>) {
        self.overlay = None;
        self.on_file(move || match collection::save_defaults(&dialog.folder, &dialog.draft) {
            Ok(()) => Ok(FileOutcome::DefaultsSaved(dialog.folder)),
            Err(problem) => {
                dialog.problem = Some(problem.to_string());
                dialog.asks = false;
                Ok(FileOutcome::Defaults(dialog))
            }
        });
    }

    /// Closes what lies over the window, unless it holds changes: then it asks, and only its buttons close it.
    pub(super) fn close_overlay(&mut self) {
        if let Some(Overlay::Defaults(dialog)) = &mut self.overlay
            && dialog.is_dirty()
        {
            dialog.asks = true;
            return;
        }
        self.overlay = None;
    }
}
