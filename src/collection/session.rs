//! What was open: restored at the next start, saved as it changes. Paths are absolute, messages stand as they were typed.
//!
//! Must not know: what draws it.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::file::{RequestFile, SourceFile};
use super::{Problem, Texts, draft_of, file_of, settings, write};
use crate::request::Draft;

/// What was open.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Session {
    /// Schema sources of the Services tree.
    pub sources: Vec<SourceFile>,
    /// Folders of collections.
    #[serde(serialize_with = "lossy_all")]
    pub collections: Vec<PathBuf>,
    /// Name of the chosen environment; empty for none.
    pub environment: String,
    /// Tabs in order.
    pub tabs: Vec<TabFile>,
    /// Index of the tab in front.
    pub active_tab: usize,
    /// The window.
    pub window: WindowFile,
    /// Which tab of the sidebar shows, `services` or `collection`; empty for the first.
    pub sidebar_tab: String,
    /// Keys that we do not know.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// Writes paths as texts: one that is no Unicode must not keep the rest of the session from being saved.
fn lossy_all<S: serde::Serializer>(paths: &[PathBuf], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(paths.iter().map(|path| path.to_string_lossy()))
}

/// As [`lossy_all`].
#[expect(clippy::ref_option, reason = "serde passes the field as it is")]
fn lossy_one<S: serde::Serializer>(path: &Option<PathBuf>, serializer: S) -> Result<S::Ok, S::Error> {
    path.as_ref().map(|path| path.to_string_lossy()).serialize(serializer)
}

/// One tab.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TabFile {
    /// Its draft, saved or not.
    pub draft: RequestFile,
    /// The request file that it is saved in.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "lossy_one")]
    pub saved: Option<PathBuf>,
    /// The source that its method comes from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<SourceFile>,
    /// The file that defines its service, by import name: two files of a source may define the same service.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub file: String,
    /// How messages of its response are looked at; empty for JSON.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub view: String,
    /// Keys that we do not know.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

impl TabFile {
    /// A tab that holds a draft.
    #[must_use]
    pub fn new(draft: &Draft) -> Self {
        Self { draft: file_of(draft, RequestFile::default(), Texts::Verbatim), ..Self::default() }
    }

    /// The draft, just as it was typed.
    #[must_use]
    pub fn draft(&self) -> Draft {
        draft_of(&self.draft)
    }
}

/// The window, in points.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct WindowFile {
    /// Width and height inside.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<[f32; 2]>,
    /// Left and top outside.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub position: Option<[f32; 2]>,
    /// Whether it filled the screen.
    pub maximised: bool,
}

impl Session {
    /// Reads the session. A file that is not there means the default; a broken one is put aside as
    /// `session.broken.json` and told as a problem beside the default.
    #[must_use]
    pub fn load(path: &Path) -> (Self, Option<Problem>) {
        settings::load_or_default(path)
    }

    /// Writes the session.
    ///
    /// # Errors
    ///
    /// When the file cannot be written.
    pub fn save(&self, path: &Path) -> Result<(), Problem> {
        write::write_json(path, self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drafts_come_back_as_typed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("session.json");
        let draft = Draft { messages: vec!["{\"a\":   1}".into(), "{ half".into(), String::new()], ..Draft::default() };
        let session = Session { tabs: vec![TabFile::new(&draft)], active_tab: 0, ..Session::default() };
        session.save(&path).unwrap();
        let (read, problem) = Session::load(&path);
        assert_eq!((&read, problem), (&session, None));
        assert_eq!(read.tabs[0].draft(), draft);
    }

    #[test]
    fn a_broken_session_is_put_aside() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("session.json");
        std::fs::write(&path, "[").unwrap();
        let (session, problem) = Session::load(&path);
        assert_eq!(session, Session::default());
        assert!(problem.is_some());
        assert!(folder.path().join("session.broken.json").exists());
    }
}
