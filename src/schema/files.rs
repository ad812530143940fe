//! The files behind a schema: what is known of each, and the pools compiled so far.
//!
//! Must not know: how files are found and listed.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};

use bytes::Bytes;

use super::Types;
use super::compile::{Import, Library, compile, well_known};
use super::index::Index;
use super::problem::Problem;
use super::roots::{Roots, shown};
use super::unit::Unit;

/// Files compiled at most in search of a symbol that none of them defines.
const MOST_FILES_SEARCHED: usize = 64;

/// Types kept though nobody uses them, by the number of their messages: some 20 MB.
const KEPT: usize = 4_000;

/// What came of compiling a file; the types for as long as somebody has them.
type Compiled = Mutex<Option<Result<Weak<Types>, Vec<Problem>>>>;

/// One file of a schema.
#[derive(Debug)]
pub(super) struct File {
    /// What it is imported by; unique in its schema.
    pub(super) name: String,
    pub(super) content: Content,
    pub(super) compiled: Compiled,
}

/// Where a file's descriptor comes from.
#[derive(Debug)]
pub(super) enum Content {
    Source {
        path: PathBuf,
        /// As the user would name it.
        shown: String,
        /// The root that its package implies.
        home: Option<PathBuf>,
    },
    Encoded(Bytes),
}

/// What came of compiling, as far as it is still there.
fn known(compiled: Option<&Result<Weak<Types>, Vec<Problem>>>) -> Option<Result<Arc<Types>, Vec<Problem>>> {
    match compiled? {
        Ok(types) => types.upgrade().map(Ok),
        Err(problems) => Some(Err(problems.clone())),
    }
}

/// All files of a schema.
#[derive(Default)]
pub(super) struct Files {
    list: Vec<File>,
    by_name: HashMap<String, usize>,
    /// Files by the full names they define.
    symbols: HashMap<String, Vec<usize>>,
    pub(super) index: Index,
    pub(super) roots: Roots,
    /// Whether something stands in for what is missing.
    pub(super) lenient: bool,
    well_known: OnceLock<Arc<Types>>,
    recent: Mutex<Recent>,
    /// Import paths found for missing imports when the files were listed.
    pub(super) suggested: Mutex<HashMap<String, PathBuf>>,
}

impl fmt::Debug for Files {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Files").field("count", &self.list.len()).field("roots", &self.roots).finish_non_exhaustive()
    }
}

impl Files {
    pub(super) fn len(&self) -> usize {
        self.list.len()
    }

    pub(super) fn list(&self) -> &[File] {
        &self.list
    }

    /// Compiles a file and keeps nothing.
    pub(super) fn compile(&self, file: &File) -> Result<Types, Vec<Problem>> {
        compile(|| file.open(), &Scope { files: self, entry: file })
    }

    /// The serialised form in which a file came.
    pub(super) fn encoded(&self, name: &str) -> Option<&Bytes> {
        match &self.list.get(*self.by_name.get(name)?)?.content {
            Content::Encoded(bytes) => Some(bytes),
            Content::Source { .. } => None,
        }
    }

    pub(super) fn contains(&self, name: &str) -> bool {
        self.by_name.contains_key(name)
    }

    pub(super) fn add(&mut self, name: String, content: Content, symbols: Vec<String>) {
        let index = self.list.len();
        for symbol in symbols {
            self.symbols.entry(symbol).or_default().push(index);
        }
        self.by_name.insert(name.clone(), index);
        self.list.push(File { name, content, compiled: Compiled::default() });
    }

    pub(super) fn defines(&self, symbol: &str) -> bool {
        self.symbols.contains_key(symbol)
    }

    pub(super) fn types(&self, name: &str) -> Result<Arc<Types>, Vec<Problem>> {
        let file = self.file(name)?;
        // Held while it is compiled: who else wants the file waits for the same types.
        let mut compiled = file.compiled.lock().unwrap_or_else(PoisonError::into_inner);
        let types = if let Some(known) = known(compiled.as_ref()) {
            known?
        } else {
            let types = self.compile(file).map(Arc::new);
            *compiled = Some(types.as_ref().map(Arc::downgrade).map_err(Clone::clone));
            types?
        };
        self.recent.lock().unwrap_or_else(PoisonError::into_inner).put(&types);
        Ok(types)
    }

    /// The types of a file for a single use: those that somebody has, else compiled and not kept.
    pub(super) fn types_once(&self, name: &str) -> Result<Arc<Types>, Vec<Problem>> {
        let file = self.file(name)?;
        let compiled = known(file.compiled.lock().unwrap_or_else(PoisonError::into_inner).as_ref());
        compiled.unwrap_or_else(|| self.compile(file).map(Arc::new))
    }

    fn file(&self, name: &str) -> Result<&File, Vec<Problem>> {
        let file = self.by_name.get(name).and_then(|index| self.list.get(*index));
        file.ok_or_else(|| vec![Problem::new(name, "no such file in the schema")])
    }

    /// The types of every file that defines the symbol or something around it, most likely first.
    pub(super) fn types_with<'a>(&'a self, symbol: &'a str) -> impl Iterator<Item = Arc<Types>> + 'a {
        // It may stand in a file that was not opened but is imported by one that was.
        let others = self.list.iter().take(MOST_FILES_SEARCHED);
        let own = self.defining(symbol).chain(others).filter_map(|file| self.types(&file.name).ok());
        own.chain(std::iter::once_with(|| self.well_known()))
    }

    /// As [`Files::types_with`], of files that were opened, and the well-known types.
    pub(super) fn types_defining<'a>(&'a self, symbol: &'a str) -> impl Iterator<Item = Arc<Types>> + 'a {
        let own = self.defining(symbol).filter_map(|file| self.types(&file.name).ok());
        own.chain(std::iter::once_with(|| self.well_known()))
    }

    fn defining<'a>(&'a self, symbol: &'a str) -> impl Iterator<Item = &'a File> {
        let outer = std::iter::successors(Some(symbol), |name| name.rsplit_once('.').map(|(outer, _)| outer));
        outer.filter_map(|name| self.symbols.get(name)).flatten().filter_map(|index| self.list.get(*index))
    }

    fn well_known(&self) -> Arc<Types> {
        self.well_known.get_or_init(|| Arc::new(well_known())).clone()
    }

    fn suggestion(&self, import: &str) -> Option<PathBuf> {
        self.suggested.lock().unwrap_or_else(PoisonError::into_inner).get(import).cloned()
    }
}

/// The types that were asked for last, latest at the end: a user comes back to them. All of them together would take
/// a gigabyte where somebody looks through a large tree.
#[derive(Debug, Default)]
struct Recent {
    kept: VecDeque<(usize, Arc<Types>)>,
    weight: usize,
}

impl Recent {
    fn put(&mut self, types: &Arc<Types>) {
        if let Some(at) = self.kept.iter().position(|(_, kept)| Arc::ptr_eq(kept, types)) {
            let again = self.kept.remove(at);
            self.kept.extend(again);
            return;
        }
        let weight = types.pool.all_messages().len();
        self.weight += weight;
        self.kept.push_back((weight, Arc::clone(types)));
        while self.weight > KEPT
            && self.kept.len() > 1
            && let Some((weight, _)) = self.kept.pop_front()
        {
            self.weight -= weight;
        }
    }
}

impl File {
    fn open(&self) -> Result<Unit, Vec<Problem>> {
        match &self.content {
            Content::Source { path, shown, .. } => Unit::open(&self.name, path, shown),
            Content::Encoded(bytes) => Unit::decode(bytes).map_err(|problem| vec![problem]),
        }
    }
}

/// The files as one of them sees them.
struct Scope<'a> {
    files: &'a Files,
    entry: &'a File,
}

impl Library for Scope<'_> {
    fn import(&self, name: &str, importer: &Unit) -> Import {
        let found = match &self.entry.content {
            Content::Source { home, .. } => {
                let Some(path) = self.files.roots.resolve(name, home.as_deref(), importer.path.as_deref()) else {
                    let suggested = self.files.suggestion(name);
                    let hint = missing_hint(&self.files.roots, home.as_deref(), suggested.as_deref());
                    return Import::Missing { hint, suggested };
                };
                Unit::open(name, &path, &shown(&path))
            }
            Content::Encoded(_) => match self.files.by_name.get(name).and_then(|index| self.files.list.get(*index)) {
                Some(file) => file.open(),
                None => return Import::Absent,
            },
        };
        match found {
            Ok(unit) => Import::Found(Box::new(unit)),
            Err(problems) => Import::Broken(problems),
        }
    }

    fn is_lenient(&self) -> bool {
        self.files.lenient
    }

    fn defining(&self, symbol: &str) -> Option<String> {
        let index = *self.files.symbols.get(symbol.trim_start_matches('.'))?.first()?;
        Some(self.files.list.get(index)?.name.clone())
    }
}

/// What to do about a missing import.
pub(super) fn missing_hint(roots: &Roots, home: Option<&Path>, suggested: Option<&Path>) -> String {
    let tried = roots.tried(home);
    let tried = if tried.is_empty() {
        "Looked in the folders above the file.".to_owned()
    } else {
        format!("Looked in {tried} and the folders above the file.")
    };
    match suggested {
        Some(path) => format!("{tried} Add the import path {}", shown(path)),
        None => format!("{tried} Add the import path that holds it."),
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::super::{Schema, Source};
    use super::*;

    #[test]
    fn types_are_shared_while_somebody_has_them_and_the_latest_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        let mut many = String::from("syntax = \"proto3\";");
        for number in 0..=KEPT {
            write!(many, "message M{number} {{}}").unwrap();
        }
        for (name, text) in [("many.proto", many.as_str()), ("one.proto", "syntax = \"proto3\"; message One {}")] {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        let source = Source::Protos { paths: vec![folder.path().to_owned()], import_paths: Vec::new() };
        let schema = Schema::load(&source).unwrap();

        let many = schema.types_of_file("many.proto").unwrap();
        let one = Arc::downgrade(&schema.types_of_file("one.proto").unwrap());
        // `many` alone is over the limit and gone from what is kept, but not while it is used.
        assert!(Arc::ptr_eq(&many, &schema.types_of_file("many.proto").unwrap()));
        let many = Arc::downgrade(&{ many });
        schema.types_of_file("one.proto").unwrap();
        assert_eq!((one.upgrade().is_some(), many.upgrade().is_some()), (false, false));
        assert!(schema.types_of_file("many.proto").is_ok());
    }
}
