//! The text files on disk: collections, environments, settings, the session (open tabs, drafts, window). The only
//! serialised types of the program; converted to and from those of `request` here.
//!
//! A collection is a folder for git: small JSON files with their keys in a fixed order, two-space indent, a newline at
//! the end. Keys that we do not know are kept, in their order, after the known ones. Writing twice gives the same
//! bytes. A file is replaced as a whole or not at all.
//!
//! Must not know: network, UI.

mod agreed;
mod auth;
pub mod check;
mod convert;
mod defaults;
mod dirs;
mod edit;
mod file;
mod inherit;
mod name;
mod session;
mod settings;
mod tree;
mod write;

use std::fmt;
use std::path::{Path, PathBuf};

pub use agreed::AgreedCommands;
pub use convert::{Texts, draft_of, file_of, same_request};
pub use defaults::{load_defaults, save_defaults};
pub use dirs::Dirs;
pub use edit::{
    create_collection, create_folder, create_request, delete, duplicate, load_request, new_request_path, rename,
    save_environment, save_request, set_import_paths,
};
pub use file::{
    AuthFile, CollectionFile, Defaults, EnvironmentFile, FORMAT_VERSION, FolderFile, RequestFile, RowFile, SourceFile,
    TlsFile,
};
pub use name::{natural_order, slug};
pub use session::{Session, TabFile, WindowFile};
pub use settings::{Language, ResponsePosition, Settings, Theme, Written};
pub use tree::{Collection, Environment, Folder, Item, Request};
pub use write::replace as replace_file;

/// Something wrong with a file, and where in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The file or folder.
    pub file: PathBuf,
    /// Line and column, counted from 1.
    pub position: Option<(u32, u32)>,
    /// What is wrong: lower-case, no final stop.
    pub message: String,
}

impl Problem {
    fn new(file: &Path, message: impl Into<String>) -> Self {
        Self { file: file.to_owned(), position: None, message: message.into() }
    }

    fn io(file: &Path, what: &str, error: &std::io::Error) -> Self {
        Self::new(file, format!("{what}: {error}"))
    }

    fn json(file: &Path, error: &serde_json::Error) -> Self {
        let text = error.to_string();
        // serde_json ends its texts with the place, which stands in `position` here.
        let message = text.rsplit_once(" at line ").map_or(text.as_str(), |(message, _)| message).to_owned();
        let position = (error.line() > 0).then(|| (error.line() as u32, error.column() as u32));
        Self { file: file.to_owned(), position, message }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.message, self.file.display())?;
        match self.position {
            Some((line, column)) => write!(f, ":{line}:{column}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Problem {}
