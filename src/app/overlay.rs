//! What lies over the window: palette, the few dialogs, the settings. At most one at a time.
//!
//! Must not know: toolkit.

use std::path::PathBuf;

use bytes::Bytes;

use super::defaults::DefaultsDialog;
use super::exchange::ImportDialog;
use super::palette::Search;
use super::tab::SchemaId;
use crate::request::Draft;

/// What lies over the window.
#[derive(Debug)]
pub enum Overlay {
    /// Find a symbol, a request or a command.
    Palette(Palette),
    /// Open files or folders.
    Open(OpenDialog),
    /// Ask a server.
    Reflect(Box<Draft>),
    /// Save the request for the first time.
    Save(SaveDialog),
    /// Save a schema as files.
    SaveSchema(SchemaSaveDialog),
    /// Documentation of a symbol, in [`App::docs`](super::App::docs).
    Docs,
    /// Give the saved request another name.
    Rename(String),
    /// What is wrong with the schemas.
    Problems,
    /// Ask for the server to compare that schema with.
    DriftTarget(SchemaId, Box<Draft>),
    /// What differs between two schemas.
    Drift(DriftView),
    /// Where the imports of a schema are looked up.
    ImportPaths(ImportPathsDialog),
    /// Take a message from elsewhere.
    ImportMessage(Box<ImportDialog>),
    /// Look at a value of type bytes.
    Bytes(Box<Inspected>),
    /// What a folder or collection sets for all requests below it.
    Defaults(Box<DefaultsDialog>),
    /// The channels, in [`App::channels`](super::App::channels).
    Channels,
    /// Settings.
    Settings,
}

/// A value of type bytes that is looked at.
#[derive(Clone, Debug)]
pub struct Inspected {
    /// Path of its field.
    pub path: String,
    /// The value.
    pub bytes: Bytes,
    /// The type of the message that it came in.
    pub descriptor: prost_reflect::MessageDescriptor,
}

/// What of a comparison is shown.
#[derive(Clone, Copy, Debug, Default)]
pub struct DriftView {
    /// Place of the chosen service.
    pub service: usize,
}

/// The palette.
#[derive(Debug, Default)]
pub struct Palette {
    /// As typed.
    pub query: String,
    /// Which hit Enter takes.
    pub selected: usize,
    /// Only what schemas define.
    pub symbols_only: bool,
    /// Enter was pressed, and is to be obeyed when the search is done.
    pub entered: bool,
    /// What was found so far.
    pub search: Search,
}

/// The dialog that opens protos by path.
#[derive(Clone, Debug, Default)]
pub struct OpenDialog {
    /// Files or folders, one a line.
    pub paths: String,
    /// Roots of imports, one a line.
    pub import_paths: String,
    /// What is wrong with a path.
    pub problem: Option<String>,
    /// The system's file dialog gave no answer.
    pub no_dialog: bool,
}

/// How a schema is saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SchemaForm {
    /// As `.proto` sources in a folder.
    Protos,
    /// As one descriptor set.
    DescriptorSet,
}

/// The dialog that saves a schema.
#[derive(Clone, Debug)]
pub struct SchemaSaveDialog {
    /// The schema.
    pub schema: SchemaId,
    /// As what.
    pub form: SchemaForm,
    /// Folder or file, as typed.
    pub path: String,
    /// Whether files that say something else are replaced.
    pub overwrite: bool,
    /// The system's file dialog gave no answer.
    pub no_dialog: bool,
}

/// The dialog with the import paths of a schema.
#[derive(Clone, Debug)]
pub struct ImportPathsDialog {
    /// Whose they are.
    pub schema: SchemaId,
    /// As typed, in the order in which they are tried.
    pub paths: Vec<String>,
    /// The row that the cursor goes to next.
    pub focus: Option<usize>,
    /// The system's file dialog gave no answer.
    pub no_dialog: bool,
}

impl ImportPathsDialog {
    /// The rows that are filled in.
    #[must_use]
    pub fn chosen(&self) -> Vec<PathBuf> {
        self.paths.iter().map(|path| path.trim()).filter(|path| !path.is_empty()).map(PathBuf::from).collect()
    }
}

/// The dialog of the first save.
#[derive(Clone, Debug, Default)]
pub struct SaveDialog {
    /// Name of the request.
    pub name: String,
    /// Folder that it goes to.
    pub folder: PathBuf,
    /// Why the last attempt failed.
    pub problem: Option<String>,
}
