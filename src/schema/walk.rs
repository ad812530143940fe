//! From the paths that a user opens to the `.proto` files they mean.
//!
//! Must not know: what is in the files.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use ignore::WalkBuilder;

use super::modules::{self, names_modules};
use super::problem::Problem;
use super::progress::Progress;
use super::roots::absolute;

/// A file to read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Found {
    /// Absolute.
    pub(super) path: PathBuf,
    /// As the user would name it.
    pub(super) shown: String,
}

/// What the opened paths hold.
#[derive(Debug, Default)]
pub(super) struct Walked {
    /// Sorted by path, each once.
    pub(super) files: Vec<Found>,
    /// The folders opened, absolute.
    pub(super) folders: Vec<PathBuf>,
    /// Files in the folders, and above all that was opened, that name module roots. Absolute.
    pub(super) module_files: Vec<PathBuf>,
    pub(super) problems: Vec<Problem>,
}

/// Finds the files, which are then expected to be read. A file named by the user is taken whatever it is called; in folders `.gitignore` is respected.
pub(super) fn walk(paths: &[PathBuf], progress: &Progress) -> Walked {
    let mut walked = Walked::default();
    let mut seen = HashSet::new();
    for path in paths {
        match std::fs::metadata(path) {
            Ok(kind) if kind.is_dir() => {
                walked.folders.push(absolute(path));
                walk_folder(path, &mut walked, &mut seen, progress);
            }
            Ok(_) => add(path, &mut walked, &mut seen, progress),
            Err(error) => walked.problems.push(Problem::new(path.display().to_string(), cannot_open(&error))),
        }
    }
    walked.files.sort();
    // Of a file opened alone the folder around it counts, of a folder the one above: the walk saw what is in it.
    let mut around: HashSet<PathBuf> = HashSet::new();
    let parents = paths.iter().filter_map(|path| absolute(path).parent().map(Path::to_owned));
    let around: Vec<PathBuf> = parents.filter(|parent| around.insert(parent.clone())).collect();
    walked.module_files.sort();
    walked.module_files.extend(around.iter().flat_map(|folder| modules::above(folder)));
    walked
}

fn cannot_open(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "no such file or folder".to_owned(),
        _ => format!("cannot be opened: {error}"),
    }
}

fn walk_folder(folder: &Path, walked: &mut Walked, seen: &mut HashSet<PathBuf>, progress: &Progress) {
    // A .gitignore counts outside of a repository too: an unpacked archive is ignored alike.
    for entry in WalkBuilder::new(folder).require_git(false).build() {
        if progress.is_cancelled() {
            return;
        }
        match entry {
            Ok(entry) => {
                let is_file = entry.file_type().is_some_and(|kind| !kind.is_dir());
                if is_file && entry.path().extension().is_some_and(|extension| extension == "proto") {
                    add(entry.path(), walked, seen, progress);
                } else if is_file && names_modules(entry.path()) {
                    walked.module_files.push(absolute(entry.path()));
                }
            }
            Err(error) => {
                walked.problems.push(Problem::new(folder.display().to_string(), format!("not wholly read: {error}")));
            }
        }
    }
}

fn add(path: &Path, walked: &mut Walked, seen: &mut HashSet<PathBuf>, progress: &Progress) {
    let absolute = absolute(path);
    if seen.insert(absolute.clone()) {
        progress.expect(1);
        let shown = path.strip_prefix(".").unwrap_or(path).display().to_string();
        walked.files.push(Found { path: absolute, shown });
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn folders_give_their_protos_sorted_without_what_git_ignores() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        for name in ["b.proto", "a/c.proto", "a/readme.md", "gen/d.proto", ".hidden/e.proto", "odd.txt"] {
            write(name, "");
        }
        write(".gitignore", "gen/\n");
        let paths = [
            folder.path().to_owned(),
            folder.path().join("b.proto"),
            folder.path().join("odd.txt"),
            folder.path().join("missing.proto"),
        ];
        let progress = Progress::default();
        let walked = walk(&paths, &progress);
        assert_eq!(progress.total(), 3);
        let names: Vec<_> = walked.files.iter().map(|f| f.path.strip_prefix(folder.path()).unwrap()).collect();
        assert_eq!(names, [Path::new("a/c.proto"), Path::new("b.proto"), Path::new("odd.txt")]);
        assert_eq!(walked.problems.len(), 1);
        assert_eq!(walked.problems[0].message, "no such file or folder");
    }
}
