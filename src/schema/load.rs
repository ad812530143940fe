//! From a source to a schema: every file is read alone, nothing is compiled. Small trees are parsed, so that all faults
//! show at once; big ones are scanned, and a fault that the scan passes over shows when its file is wanted.
//!
//! Must not know: pools.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::bundled::{is_bundled, is_last_resort};
use super::files::{Content, Files, missing_hint};
use super::listing::{Listing, list, list_scan, resolve};
use super::modules::roots;
use super::parallel::cores;
use super::problem::Problem;
use super::progress::Progress;
use super::roots::{Roots, Suggestions, absolute, home, import_name};
use super::rules::broken_rules;
use super::scan::scan;
use super::unit::{Unit, read};
use super::walk::{Found, Walked, walk};
use super::{Schema, Service, Source};

/// Threads that parse. More than cores gain nothing: eight took a tree from the disk no sooner than two, and a tree that
/// was read before later.
const MOST_THREADS: usize = 4;

/// Trees smaller than this are parsed faster than threads start.
const FILES_WORTH_THREADS: usize = 64;

/// Trees of this many files and more are scanned, not parsed.
const BIG_TREE: usize = 300;

/// Files named at most that lack the same import, after the first.
const MOST_PLACES_NAMED: usize = 3;

const DEPENDENCY: i32 = 3;

/// What is kept of a file that was read.
struct Parsed {
    listing: Listing,
    imports: Vec<(String, Place)>,
    notes: Vec<Problem>,
}

/// Where an import statement stands.
enum Place {
    /// As the problem that a missing import would be.
    Told(Box<Problem>),
    /// A byte offset.
    Offset(usize),
}

impl Place {
    fn problem(self, import: &str, file: &Found) -> Problem {
        match self {
            Self::Told(problem) => *problem,
            Self::Offset(offset) => {
                let problem = Problem::new(&file.shown, missing(import));
                match read(&file.path, &file.shown) {
                    Ok(source) => problem.at(&source, offset),
                    Err(_) => problem,
                }
            }
        }
    }
}

fn missing(import: &str) -> String {
    format!("import '{import}' not found")
}

/// Missing imports told so far: a big tree may lack the same file a thousand times.
#[derive(Default)]
struct Missing {
    /// The place of the first problem in the list, the further files, and some of them by name.
    by_import: HashMap<String, (usize, usize, Vec<String>)>,
}

impl Missing {
    /// Puts a problem on the list, or counts it where its like stands there already.
    fn tell(&mut self, import: &str, place: Place, file: &Found, problems: &mut Vec<Problem>) -> Option<usize> {
        if let Some((_, more, named)) = self.by_import.get_mut(import) {
            *more += 1;
            if named.len() < MOST_PLACES_NAMED {
                let problem = place.problem(import, file);
                let line = problem.position.map(|(line, _)| format!(":{line}")).unwrap_or_default();
                named.push(format!("{}{line}", problem.file));
            }
            return None;
        }
        let at = problems.len();
        problems.push(place.problem(import, file));
        self.by_import.insert(import.to_owned(), (at, 0, Vec::new()));
        Some(at)
    }

    fn finish(self, problems: &mut [Problem]) {
        for (at, more, named) in self.by_import.into_values() {
            let Some(problem) = problems.get_mut(at).filter(|_| more > 0) else { continue };
            let rest = if more > named.len() { " and others" } else { "" };
            let files = if more == 1 { "file imports" } else { "files import" };
            let also = format!("{more} more {files} it: {}{rest}.", named.join(", "));
            problem.hint = Some(problem.hint.take().map_or(also.clone(), |hint| format!("{hint}\n{also}")));
        }
    }
}

/// Lists files and folders of protos.
pub(super) fn load_protos(
    source: &Source,
    paths: &[PathBuf],
    import_paths: &[PathBuf],
    progress: &Progress,
) -> Result<Schema, Problem> {
    let Walked { files: found, folders, module_files, mut problems } = walk(paths, progress);
    if progress.is_cancelled() {
        return Err(cancelled());
    }
    if found.is_empty() {
        return Err(nothing_found(paths, problems));
    }
    for path in import_paths.iter().filter(|path| !path.is_dir()) {
        problems.push(Problem::new(path.display().to_string(), "import path is not a folder"));
    }
    let mut files = Files::default();
    files.roots = Roots {
        explicit: unique(import_paths.iter().map(|path| absolute(path))),
        project: unique(module_files.iter().flat_map(|file| roots(file))),
        opened: unique(folders.iter().cloned()),
        found: Vec::new(),
    };
    let results = parse_all(&found, progress);

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

    let known_roots = files.roots.clone();
    let mut imports = Imports::new(&known_roots, &found, &folders);
    let mut services = Vec::new();
    let mut missing = Missing::default();
    for ((file, parsed), home) in found.iter().zip(results).zip(homes) {
        if progress.is_cancelled() {
            return Err(cancelled());
        }
        let mut parsed = match parsed {
            Ok(parsed) => parsed,
            Err(more) => {
                problems.extend(more);
                continue;
            }
        };
        problems.append(&mut parsed.notes);
        for (name, place) in parsed.imports {
            if !imports.resolves(&name, home.as_deref(), &file.path)
                && let Some(at) = missing.tell(&name, place, file, &mut problems)
            {
                let suggested = imports.suggestions.find(&name);
                problems[at].hint = Some(missing_hint(&known_roots, home.as_deref(), suggested.as_deref()));
                problems[at].suggested_import_path.clone_from(&suggested);
                imports.suggested.extend(suggested.map(|path| (name, path)));
            }
        }
        let name = free_name(&files, file, home.as_deref());
        for service in &mut parsed.listing.services {
            service.file.clone_from(&name);
        }
        services.append(&mut parsed.listing.services);
        let content = Content::Source { path: file.path.clone(), shown: file.shown.clone(), home };
        files.index.add(files.len(), &parsed.listing.index);
        files.add(name, content, parsed.listing.symbols);
    }
    missing.finish(&mut problems);
    files.suggested = std::mem::take(&mut imports.suggested).into();
    Ok(finish(source.clone(), services, found.len(), problems, files))
}

fn cancelled() -> Problem {
    Problem::from_message("reading was cancelled")
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
    mut files: Files,
) -> Schema {
    files.index.shrink();
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
    Schema { source, services, undescribed: Vec::new(), file_count, problems, files: files.into() }
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

fn parse_all(found: &[Found], progress: &Progress) -> Vec<Result<Parsed, Vec<Problem>>> {
    let threads = if found.len() < FILES_WORTH_THREADS { 1 } else { cores().min(MOST_THREADS) };
    let read = if found.len() < BIG_TREE { parse } else { survey };
    let parse = |file: &Found| {
        // The answer of work that was cancelled is thrown away.
        let parsed = if progress.is_cancelled() { Err(Vec::new()) } else { read(file) };
        progress.step();
        parsed
    };
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

/// Whether the import leads somewhere whatever the user has.
fn comes_along(import: &str) -> bool {
    is_bundled(import) || is_last_resort(import)
}

/// Reads what a list needs; parses only what the scan finds odd.
fn survey(file: &Found) -> Result<Parsed, Vec<Problem>> {
    let Ok(source) = read(&file.path, &file.shown) else { return parse(file) };
    let mut scanned = scan(&source);
    if scanned.odd.is_some() {
        return parse(file);
    }
    let named = std::mem::take(&mut scanned.imports).into_iter().filter(|import| !comes_along(&import.name));
    let imports = named.map(|import| (import.name, Place::Offset(import.offset))).collect();
    Ok(Parsed { listing: list_scan(scanned), imports, notes: Vec::new() })
}

fn parse(file: &Found) -> Result<Parsed, Vec<Problem>> {
    let unit = Unit::open(&file.shown, &file.path, &file.shown)?;
    let listing = list(&unit.descriptor, &unit.docs);
    let named = unit.descriptor.dependency.iter().enumerate().filter(|(_, name)| !comes_along(name));
    let imports = named.map(|(index, name)| {
        let problem = unit.problem(missing(name), &[DEPENDENCY, index as i32]);
        (name.clone(), Place::Told(problem.into()))
    });
    let imports = imports.collect();
    Ok(Parsed { listing, imports, notes: unit.notes().chain(broken_rules(&unit)).collect() })
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
