//! What a draft stands in: what it inherits from environment, folders and collection, and what its variables mean.
//!
//! Must not know: the files that these come from, network, UI.

use std::path::PathBuf;

use super::{AuthDraft, MetadataRow, Place, SettingsDraft, TlsDraft};
use crate::message::AnyTypes;

/// What a draft stands in: what it inherits, and what its variables mean.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// The types that an `Any` in a message may hold beyond those of the method's files.
    pub types: AnyTypes,
    /// Used where the draft leaves its own target empty.
    pub target: String,
    /// Sent before the draft's own rows, except those whose name the draft has too.
    pub metadata: Vec<MetadataRow>,
    /// Used where the draft says [`AuthDraft::Inherit`].
    pub auth: AuthDraft,
    /// Used, field by field, where the draft's own is the default.
    pub tls: TlsDraft,
    /// Used where the draft leaves its own timeout empty.
    pub timeout: String,
    /// Used where the draft leaves its own connect timeout empty.
    pub connect_timeout: String,
    /// Used, one by one, where the draft sets nothing.
    pub settings: SettingsDraft,
    /// Names and values, the first of a name wins.
    pub variables: Vec<(String, String)>,
    /// Where variables are from, by name; the first of a name wins.
    pub origins: Vec<(String, Origin)>,
    /// Where the rest is from, the outermost first: each part that something sets, metadata by the index of its row.
    pub sources: Vec<(Place, Origin)>,
    /// The folder that relative paths of TLS files start from; empty for the working folder.
    pub folder: PathBuf,
}

/// Where a variable is from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The collection of that name.
    Collection(String),
    /// The environment of that name.
    Environment(String),
    /// The folder of that name.
    Folder(String),
}

impl Scope {
    /// The names of its variables, each once.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let is_first = |index: usize, name: &str| !self.variables[..index].iter().any(|(other, _)| other == name);
        let all = self.variables.iter().enumerate();
        all.filter(move |(index, (name, _))| is_first(*index, name)).map(|(_, (name, _))| name.as_str())
    }

    /// Where a part of what is inherited is from, as far as that is known.
    #[must_use]
    pub fn source(&self, place: &Place) -> Option<&Origin> {
        self.sources.iter().rev().find(|(of, _)| of == place).map(|(_, origin)| origin)
    }

    /// Where a variable is from; `None` for those of the program.
    #[must_use]
    pub fn origin(&self, name: &str) -> Option<&Origin> {
        self.origins.iter().find(|(of, _)| of == name).map(|(_, origin)| origin)
    }
}
