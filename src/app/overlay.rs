//! What lies over the window: palette, the few dialogs, the settings. At most one at a time.
//!
//! Must not know: toolkit.

use std::path::PathBuf;

use super::palette::Search;
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
    /// Documentation of a symbol, in [`App::docs`](super::App::docs).
    Docs,
    /// Give the saved request another name.
    Rename(String),
    /// What is wrong with the schemas.
    Problems,
    /// Settings.
    Settings,
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
