//! Where imports are looked up: the import paths given, then the roots that the files themselves imply.
//!
//! Must not know: what is in a file beyond its package and the names it imports.

use std::collections::{HashMap, HashSet};
use std::path::{Component, Path, PathBuf};

/// Folders listed at most when an import path is sought to suggest.
const MOST_FOLDERS_SEARCHED: usize = 2_000;

/// A folder that imports are looked up in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportRoot {
    /// Absolute.
    pub path: PathBuf,
    /// Why it is one.
    pub origin: RootOrigin,
}

/// Why a folder is a root of imports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RootOrigin {
    /// The user gave it.
    Given,
    /// A `buf.yaml` or `buf.work.yaml` names it.
    Project,
    /// It was opened.
    Opened,
    /// The packages of the files imply it, or a file that was opened alone lies in it.
    Found,
}

/// The folders that import names are relative to, first to last. All absolute.
#[derive(Clone, Debug, Default)]
pub(super) struct Roots {
    /// As given by the user.
    pub(super) explicit: Vec<PathBuf>,
    /// As the project's own files name them: after what the user says.
    pub(super) project: Vec<PathBuf>,
    /// The folders that were opened.
    pub(super) opened: Vec<PathBuf>,
    /// Found from packages and imports.
    pub(super) found: Vec<PathBuf>,
}

impl Roots {
    /// The file that an import means, by the rules of protoc (the first root that has it), when `entry_home` is the
    /// root implied by the package of the file being compiled and `importer` the file with the import statement.
    pub(super) fn resolve(&self, import: &str, entry_home: Option<&Path>, importer: Option<&Path>) -> Option<PathBuf> {
        let fixed = self.named().chain(entry_home);
        let found = self.opened.iter().chain(&self.found).map(PathBuf::as_path);
        let above = importer.into_iter().flat_map(|file| file.ancestors().skip(1));
        fixed.chain(found).chain(above).map(|root| root.join(import)).find(|path| path.is_file())
    }

    /// The name that a file is imported by: relative to the first root that contains it.
    pub(super) fn name(&self, path: &Path, home: Option<&Path>) -> Option<String> {
        let opened = self.opened.iter().map(PathBuf::as_path);
        self.named().chain(home).chain(opened).find_map(|root| path.strip_prefix(root).ok()).map(import_name)
    }

    /// Those that somebody named.
    fn named(&self) -> impl Iterator<Item = &Path> {
        self.explicit.iter().chain(&self.project).map(PathBuf::as_path)
    }

    /// Every root, each once, in the order in which they count.
    pub(super) fn list(&self) -> Vec<ImportRoot> {
        let mut seen = HashSet::new();
        let of = |paths: &[PathBuf], origin| {
            paths.iter().map(|path| ImportRoot { path: path.clone(), origin }).collect::<Vec<_>>()
        };
        let groups = [
            of(&self.explicit, RootOrigin::Given),
            of(&self.project, RootOrigin::Project),
            of(&self.opened, RootOrigin::Opened),
            of(&self.found, RootOrigin::Found),
        ];
        groups.into_iter().flatten().filter(|root| seen.insert(root.path.clone())).collect()
    }

    /// Every root, as a text for a hint.
    pub(super) fn tried(&self, home: Option<&Path>) -> String {
        let mut seen = HashSet::new();
        let roots = self.named().chain(home);
        let roots = roots.chain(self.opened.iter().chain(&self.found).map(PathBuf::as_path));
        let names: Vec<String> = roots.filter(|root| seen.insert(*root)).map(shown).collect();
        names.join(", ")
    }
}

/// A path with `/` between its parts, as an import names it.
pub(super) fn import_name(path: &Path) -> String {
    let parts: Vec<_> = path.components().map(|part| part.as_os_str().to_string_lossy()).collect();
    parts.join("/")
}

/// The root that a package implies: `/p/foo/v1/x.proto` of package `foo.v1` hangs under `/p`.
pub(super) fn home(path: &Path, package: &str) -> Option<PathBuf> {
    if package.is_empty() {
        return None;
    }
    let mut folder = path.parent()?;
    for part in package.rsplit('.') {
        if folder.file_name()?.to_str()? != part {
            return None;
        }
        folder = folder.parent()?;
    }
    Some(folder.to_owned())
}

/// An absolute path without `.` and `..`, not following links: what the user named stays recognisable.
pub(super) fn absolute(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                plain.pop();
            }
            Component::CurDir => {}
            part => plain.push(part),
        }
    }
    plain
}

/// A path as the user would name it: relative where it lies under the current folder.
pub(super) fn shown(path: &Path) -> String {
    let relative = std::env::current_dir().ok().and_then(|current| path.strip_prefix(current).ok().map(Path::to_owned));
    match relative {
        Some(relative) if relative.as_os_str().is_empty() => ".".to_owned(),
        Some(relative) => relative.display().to_string(),
        None => path.display().to_string(),
    }
}

/// Looks for a folder that would satisfy a missing import.
#[derive(Debug)]
pub(super) struct Suggestions {
    by_file_name: HashMap<String, Vec<PathBuf>>,
    beside: Vec<PathBuf>,
    folders: Option<Vec<PathBuf>>,
}

impl Suggestions {
    /// `files` are those opened, `beside` the folders around which to look.
    pub(super) fn new<'a>(files: impl Iterator<Item = &'a Path>, beside: Vec<PathBuf>) -> Self {
        let mut by_file_name: HashMap<String, Vec<PathBuf>> = HashMap::new();
        for path in files {
            if let Some(name) = path.file_name() {
                by_file_name.entry(name.to_string_lossy().into_owned()).or_default().push(path.to_owned());
            }
        }
        Self { by_file_name, beside, folders: None }
    }

    /// The folder under which the import would be found.
    pub(super) fn find(&mut self, import: &str) -> Option<PathBuf> {
        let parts: Vec<&str> = import.split('/').collect();
        let under = self.by_file_name.get(*parts.last()?).into_iter().flatten().find_map(|path| {
            let mut folder = path.as_path();
            for part in parts.iter().rev() {
                if folder.file_name()?.to_str()? != *part {
                    return None;
                }
                folder = folder.parent()?;
            }
            Some(folder.to_owned())
        });
        if under.is_some() {
            return under;
        }
        let beside = &self.beside;
        let folders = self.folders.get_or_insert_with(|| list_folders(beside));
        folders.iter().find(|folder| folder.join(import).is_file()).cloned()
    }
}

/// The folders in the given ones, two levels deep, up to a limit.
fn list_folders(start: &[PathBuf]) -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = start.to_vec();
    let mut level = 0..folders.len();
    for _ in 0..2 {
        let end = folders.len();
        for index in level {
            let Ok(entries) = std::fs::read_dir(&folders[index]) else { continue };
            let mut inner: Vec<PathBuf> = entries
                .flatten()
                .filter(|entry| !entry.file_name().to_string_lossy().starts_with('.'))
                .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
                .map(|entry| entry.path())
                .collect();
            inner.sort();
            folders.extend(inner);
            if folders.len() > MOST_FOLDERS_SEARCHED {
                return folders;
            }
        }
        level = end..folders.len();
    }
    folders
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(path: &str, package: &str, expected: Option<&str>) {
        assert_eq!(home(Path::new(path), package).as_deref(), expected.map(Path::new), "{path} {package}");
    }

    #[test]
    fn a_package_implies_its_root() {
        check("/p/foo/v1/x.proto", "foo.v1", Some("/p"));
        check("/p/foo/x.proto", "foo", Some("/p"));
        check("/p/bar/x.proto", "foo", None);
        check("/v1/x.proto", "foo.v1", None);
        check("/p/x.proto", "", None);
    }

    #[test]
    fn names_are_relative_to_the_first_root_that_contains_the_file() {
        let roots = Roots {
            explicit: vec!["/a/b".into(), "/a".into()],
            opened: vec!["/c".into()],
            found: vec!["/c".into(), "/e".into()],
            ..Roots::default()
        };
        let listed: Vec<_> = roots.list().iter().map(|root| (root.path.display().to_string(), root.origin)).collect();
        let (given, opened, found) = (RootOrigin::Given, RootOrigin::Opened, RootOrigin::Found);
        let expected = [("/a/b", given), ("/a", given), ("/c", opened), ("/e", found)];
        assert_eq!(listed, expected.map(|(path, origin)| (path.to_owned(), origin)));
        assert_eq!(roots.name(Path::new("/a/b/x.proto"), None).as_deref(), Some("x.proto"));
        assert_eq!(roots.name(Path::new("/a/d/x.proto"), None).as_deref(), Some("d/x.proto"));
        assert_eq!(roots.name(Path::new("/c/d/x.proto"), Some(Path::new("/c/d"))).as_deref(), Some("x.proto"));
        assert_eq!(roots.name(Path::new("/z/x.proto"), None), None);
    }
}
