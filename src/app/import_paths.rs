//! The import paths of an open schema: shown, changed, and kept where the schema is kept, in the file of its collection or
//! in the session.
//!
//! Must not know: toolkit.

use std::path::{Path, PathBuf};

use super::overlay::ImportPathsDialog;
use super::requests::FileOutcome;
use super::schemas::Watching;
use super::tab::SchemaId;
use super::{App, Overlay, files};
use crate::collection;
use crate::schema::Source;

impl App {
    pub(super) fn show_import_paths(&mut self, id: SchemaId) {
        let Some(import_paths) = self.import_paths(id) else { return };
        let paths = import_paths.iter().map(|path| path.display().to_string()).collect();
        self.show(Overlay::ImportPaths(ImportPathsDialog { schema: id, paths, focus: None, no_dialog: false }));
    }

    pub(super) fn add_import_path(&mut self, id: SchemaId, path: PathBuf) {
        let Some(mut import_paths) = self.import_paths(id) else { return };
        if import_paths.contains(&path) {
            self.reload_schema(id);
            return;
        }
        import_paths.push(path);
        self.set_import_paths(id, &import_paths);
    }

    pub(super) fn set_import_paths(&mut self, id: SchemaId, import_paths: &[PathBuf]) {
        let Some(open) = self.schemas.iter().find(|open| open.id == id) else { return };
        let Source::Protos { paths, .. } = &open.source else { return };
        let import_paths = import_paths.iter().map(|path| files::expand_home(&path.to_string_lossy()));
        let import_paths: Vec<PathBuf> = import_paths.map(|path| std::path::absolute(&path).unwrap_or(path)).collect();
        let new = Source::Protos { paths: paths.clone(), import_paths: import_paths.clone() };
        let old = open.source.clone();
        let root = self
            .collections
            .iter()
            .find(|open| open.collection.sources().contains(&old))
            .map(|open| open.collection.root.clone());
        match root {
            None => self.change_source(id, new),
            // The file first: where it cannot be written, nothing has changed.
            Some(root) => self.on_file(move || {
                let source = collection::set_import_paths(&root, &old, &import_paths)?;
                Ok(FileOutcome::ImportPaths { schema: id, source, root })
            }),
        }
    }

    /// The paths stand in the file of the collection now.
    pub(super) fn import_paths_written(&mut self, id: SchemaId, source: Source, root: &Path) {
        self.change_source(id, source);
        self.load_collection(root.to_owned());
    }

    /// Reads an open schema from elsewhere; what is open of it stays.
    pub(super) fn change_source(&mut self, id: SchemaId, source: Source) {
        let Some(open) = self.schemas.iter_mut().find(|open| open.id == id) else { return };
        if open.source != source {
            open.source = source;
            // Other folders are to be watched.
            open.watch = Watching::Off;
        }
        self.reload_schema(id);
    }

    fn import_paths(&self, id: SchemaId) -> Option<Vec<PathBuf>> {
        match &self.schemas.iter().find(|open| open.id == id)?.source {
            Source::Protos { import_paths, .. } => Some(import_paths.clone()),
            Source::DescriptorSet { .. } | Source::Reflection { .. } => None,
        }
    }
}
