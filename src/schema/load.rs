//! From a source to a schema: every file is parsed alone, nothing is compiled.
//!
//! Must not know: pools.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::bundled::is_bundled;
use super::files::{Content, Files, missing_hint};
use super::listing::{Listing, list, resolve};
use super::problem::Problem;
use super::roots::{Roots, Suggestions, absolute, home, import_name};
use super::unit::Unit;
use super::walk::{Found, Walked, walk};
use super::{Schema, Service, Source};

/// Threads that parse; more gain little, since reading the disk and memory are shared.
const MOST_THREADS: usize = 4;

/// Trees smaller than this are parsed faster than threads start.
const FILES_WORTH_THREADS: usize = 64;

const DEPENDENCY: i32 = 3;

/// What is kept of a parsed file.
struct Parsed {
    listing: Listing,
    imports: Vec<(String, Problem)>,
}

/// Lists files and folders of protos.
pub(super) fn load_protos(source: &Source, paths: &[PathBuf], import_paths: &[PathBuf]) -> Result<Schema, Problem> {
    let Walked { files: found, folders, mut problems } = walk(paths);
    if found.is_empty() {
        return Err(nothing_found(paths, problems));
    }
    for path in import_paths.iter().filter(|path| !path.is_dir()) {
        problems.push(Problem::new(path.display().to_string(), "import path is not a folder"));
    }
    let mut files = Files::default();
    files.roots = Roots {
        explicit: unique(import_paths.iter().map(|path| absolute(path))),
        opened: unique(folders.iter().cloned()),
        found: Vec::new(),
    };
    let results = parse_all(&found);

    let homes: Vec<Option<PathBuf>> = found
        .iter()
        .zip(&results)
        .map(|(file, parsed)| parsed.as_ref().ok().and_then(|parsed| home(&file.path, &parsed.listing.package)))
        .collect();
    // A file opened alone has its own folder for a root when its package implies none.
    let alone = found
        .iter()
        .zip(&homes)
        .filter(|(file, home)| home.is_none() && !folders.iter().any(|folder| file.path.starts_with(folder)));
    let alone = alone.filter_map(|(file, _)| file.path.parent().map(Path::to_owned));
    files.roots.found = unique(homes.iter().flatten().cloned().chain(alone));

    let roots = files.roots.clone();
    let mut imports = Imports::new(&roots, &found, &folders);
    let mut services = Vec::new();
    for ((file, parsed), home) in found.iter().zip(results).zip(homes) {
        let mut parsed = match parsed {
            Ok(parsed) => parsed,
            Err(more) => {
                problems.extend(more);
                continue;
            }
        };
        for (name, problem) in parsed.imports {
            if !imports.resolves(&name, home.as_deref(), &file.path) {
                let suggested = imports.suggestions.find(&name);
                let problem = problem.with_hint(missing_hint(&roots, home.as_deref(), suggested.as_deref()));
                problems.push(Problem { suggested_import_path: suggested.clone(), ..problem });
                imports.suggested.extend(suggested.map(|path| (name, path)));
            }
        }
        let name = free_name(&files, file, home.as_deref());
        for service in &mut parsed.listing.services {
            service.file.clone_from(&name);
        }
        services.append(&mut parsed.listing.services);
        let content = Content::Source { path: file.path.clone(), shown: file.shown.clone(), home };
        files.add(name, content, parsed.listing.symbols);
    }
    files.suggested = std::mem::take(&mut imports.suggested).into();
    Ok(finish(source.clone(), services, found.len(), problems, files))
}

fn nothing_found(paths: &[PathBuf], problems: Vec<Problem>) -> Problem {
    let named = paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ");
    problems.into_iter().next().unwrap_or_else(|| {
        let problem = Problem::new(named, "no .proto files here");
        problem.with_hint("Open a .proto file or a folder with some in it; files ignored by git do not count.")
    })
}

/// Sorts, resolves the names that other files of the schema define, and closes the schema.
pub(super) fn finish(
    source: Source,
    mut services: Vec<Service>,
    file_count: usize,
    problems: Vec<Problem>,
    files: Files,
) -> Schema {
    for service in &mut services {
        for method in &mut service.methods {
            for name in [&mut method.input, &mut method.output] {
                if !files.defines(name) {
                    *name = resolve(name, &service.full_name, |name| files.defines(name));
                }
            }
        }
    }
    services.sort_by(|a, b| (&a.full_name, &a.file).cmp(&(&b.full_name, &b.file)));
    Schema { source, services, file_count, problems, files: files.into() }
}

/// The name that a file is imported by, or a longer one where that is taken.
fn free_name(files: &Files, file: &Found, home: Option<&Path>) -> String {
    let by_root = files.roots.name(&file.path, home);
    let by_folder = files.roots.name(&file.path, None);
    let by_file_name = file.path.file_name().map(|name| name.to_string_lossy().into_owned());
    let names = [by_root, by_folder, by_file_name].into_iter().flatten();
    let free = names.into_iter().find(|name| !files.contains(name));
    free.unwrap_or_else(|| import_name(&file.path))
}

fn parse_all(found: &[Found]) -> Vec<Result<Parsed, Vec<Problem>>> {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let threads = if found.len() < FILES_WORTH_THREADS { 1 } else { cores.min(MOST_THREADS) };
    if threads == 1 {
        return found.iter().map(parse).collect();
    }
    let next = AtomicUsize::new(0);
    let take = || {
        let mut part = Vec::new();
        while let index = next.fetch_add(1, Ordering::Relaxed)
            && let Some(file) = found.get(index)
        {
            part.push((index, parse(file)));
        }
        part
    };
    let mut results: Vec<Option<Result<Parsed, Vec<Problem>>>> = found.iter().map(|_| None).collect();
    thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(take)).collect();
        for (index, parsed) in workers.into_iter().filter_map(|worker| worker.join().ok()).flatten() {
            results[index] = Some(parsed);
        }
    });
    let lost = |file: &Found| Err(vec![Problem::new(&file.shown, "the parser failed on this file")]);
    results.into_iter().zip(found).map(|(parsed, file)| parsed.unwrap_or_else(|| lost(file))).collect()
}

fn parse(file: &Found) -> Result<Parsed, Vec<Problem>> {
    let unit = Unit::open(&file.shown, &file.path, &file.shown)?;
    let listing = list(&unit.descriptor, &unit.docs);
    let named = unit.descriptor.dependency.iter().enumerate().filter(|(_, name)| !is_bundled(name));
    let imports = named.map(|(index, name)| {
        let problem = unit.problem(format!("import '{name}' not found"), &[DEPENDENCY, index as i32]);
        (name.clone(), problem)
    });
    Ok(Parsed { listing, imports: imports.collect() })
}

/// Which imports lead somewhere, remembered: a big tree names the same few thousand files again and again.
struct Imports<'a> {
    roots: &'a Roots,
    by_roots: HashMap<String, bool>,
    by_folder: HashMap<(PathBuf, String), bool>,
    suggestions: Suggestions,
    suggested: HashMap<String, PathBuf>,
}

impl<'a> Imports<'a> {
    fn new(roots: &'a Roots, found: &[Found], folders: &[PathBuf]) -> Self {
        let own = found.iter().filter(|file| !folders.iter().any(|folder| file.path.starts_with(folder)));
        let own = own.filter_map(|file| file.path.parent()).map(Path::to_owned);
        let near: BTreeSet<PathBuf> = own.chain(folders.iter().cloned()).collect();
        // Beside what was opened means in the folder above it.
        let above = near.iter().filter_map(|folder| folder.parent()).filter(|above| above.parent().is_some());
        let beside: Vec<PathBuf> = unique(near.iter().cloned().chain(above.map(Path::to_owned)));
        let suggestions = Suggestions::new(found.iter().map(|file| file.path.as_path()), beside);
        Self { roots, by_roots: HashMap::new(), by_folder: HashMap::new(), suggestions, suggested: HashMap::new() }
    }

    fn resolves(&mut self, import: &str, home: Option<&Path>, importer: &Path) -> bool {
        let roots = self.roots;
        let known = self.by_roots.get(import).copied();
        let known = known.unwrap_or_else(|| {
            let found = roots.resolve(import, None, None).is_some();
            self.by_roots.insert(import.to_owned(), found);
            found
        });
        known
            || importer.parent().is_some_and(|folder| {
                let key = (folder.to_owned(), import.to_owned());
                *self.by_folder.entry(key).or_insert_with(|| roots.resolve(import, home, Some(importer)).is_some())
            })
    }
}

fn unique(paths: impl Iterator<Item = PathBuf>) -> Vec<PathBuf> {
    let mut seen = HashSet::new();
    paths.filter(|path| seen.insert(path.clone())).collect()
}
