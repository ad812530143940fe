//! From one file to the descriptor pool of its import closure.
//!
//! Each entry file has a pool of its own: a name may resolve only in what the file imports, and two files that define
//! the same name never meet. Must not know: where files come from (a [`Library`] says).

use std::collections::{BTreeSet, HashMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

use miette::Diagnostic as _;
use prost_reflect::{DescriptorError, DescriptorPool};

use super::Types;
use super::bundled::{ALWAYS, DESCRIPTOR, bundled, last_resort};
use super::docs::Docs;
use super::parallel::{cores, in_parallel};
use super::places::place_of;
use super::problem::{Problem, near_type};
use super::stub::{Stubs, fill, join_twins};
use super::unit::Unit;
use super::visible;

/// Imports nested deeper than this are refused; real trees stay far below.
const DEEPEST_IMPORT: usize = 1_000;

const DEPENDENCY: i32 = 3;

/// Bytes gone through at most to place the faults of one file; of more faults only the first gets its place.
const MOST_STEPS: usize = 64 << 20;

/// What an import leads to.
pub(super) enum Import {
    Found(Box<Unit>),
    /// It is there, but with faults.
    Broken(Vec<Problem>),
    /// It is not there; the hint says where it was sought.
    Missing {
        hint: String,
        suggested: Option<PathBuf>,
    },
    /// It is not there, and something stands in for it.
    Absent,
}

/// Where imported files come from.
pub(super) trait Library {
    fn import(&self, name: &str, importer: &Unit) -> Import;

    /// Whether what is missing in the files is made up for: they are as a server sent them, and nobody can mend them.
    fn is_lenient(&self) -> bool;

    /// The import name of a file that defines the symbol.
    fn defining(&self, symbol: &str) -> Option<String>;
}

/// Compiles a file with all that it imports.
pub(super) fn compile(
    open: impl Fn() -> Result<Unit, Vec<Problem>>,
    library: &(impl Library + Sync),
) -> Result<Types, Vec<Problem>> {
    let (units, stubs) = closure(open()?, library)?;
    let failed = match assemble(units, stubs, false) {
        Ok(types) => return Ok(types),
        Err(failed) => failed,
    };
    // What the pool refuses for its own reading of names is mended, for which it is all read again.
    let (mut units, stubs) = closure(open()?, library)?;
    if visible::mend(&mut units)
        && let Ok(types) = assemble(units, stubs, false)
    {
        return Ok(types);
    }
    // The pool was built without positions, for speed. Now they are wanted.
    let (mut units, stubs) = closure(open()?, library)?;
    visible::mend(&mut units);
    match assemble(units, stubs, true) {
        Ok(_) => Err(failed),
        Err(problems) => Err(problems.into_iter().map(|problem| with_import(problem, library)).collect()),
    }
}

fn assemble(mut units: Vec<Unit>, stubs: Stubs, with_positions: bool) -> Result<Types, Vec<Problem>> {
    let mut docs = Docs::new();
    let mut originals = HashMap::new();
    let mut is_lowered = false;
    for unit in &mut units {
        docs.extend(unit.docs.drain());
        is_lowered |= unit.original.edition.is_some();
        if !unit.original.is_plain() {
            originals.insert(unit.descriptor.name().to_owned(), std::mem::take(&mut unit.original));
        }
    }
    let pool = build(units, with_positions, is_lowered)?;
    Ok(Types { pool, docs, originals, stubs })
}

/// Names the import that would define what is not defined.
fn with_import(problem: Problem, library: &impl Library) -> Problem {
    let named = problem.message.strip_prefix("name '").and_then(|rest| rest.strip_suffix("' is not defined"));
    let Some(name) = named.filter(|_| problem.hint.is_none()) else { return problem };
    let well_known = DescriptorPool::global();
    let message = well_known.get_message_by_name(name).map(|message| message.parent_file().name().to_owned());
    let file = message.filter(|file| bundled(file).is_some()).or_else(|| library.defining(name));
    match file {
        Some(file) => problem.with_hint(format!("Add `import \"{file}\";`.")),
        None => match near_type(name) {
            Some(near) => problem.with_hint(format!("Did you mean `{near}`?")),
            None => problem,
        },
    }
}

/// The pool of the well-known types alone.
pub(super) fn well_known() -> Types {
    let (docs, originals, stubs) = (Docs::new(), HashMap::new(), Stubs::default());
    let mut pool = DescriptorPool::new();
    for Unit { descriptor, .. } in ALWAYS.iter().filter_map(|name| bundled(name)) {
        if pool.add_file_descriptor_proto(descriptor).is_err() {
            break;
        }
    }
    Types { pool, docs, originals, stubs }
}

struct Frame {
    unit: Unit,
    next: usize,
}

enum Mark {
    /// Its imports are being read.
    Open,
    Done,
}

/// Imports in a row that are worth threads.
const IMPORTS_WORTH_THREADS: usize = 4;

/// What an import leads to, with what comes along for those who lack it.
fn import_of(name: &str, importer: &Unit, library: &impl Library) -> Import {
    match library.import(name, importer) {
        import @ (Import::Missing { .. } | Import::Absent) => {
            last_resort(name).map_or(import, |unit| Import::Found(Box::new(unit)))
        }
        import => import,
    }
}

/// All that a file imports, by name, and what these import, and so on: whatever is known to be wanted is read at once.
fn fetch(entry: &Unit, library: &(impl Library + Sync)) -> HashMap<String, Import> {
    let mut fetched: HashMap<String, Import> = HashMap::new();
    let mut seen = HashSet::from([entry.descriptor.name().to_owned()]);
    let mut news = Vec::new();
    for _ in 0..=DEEPEST_IMPORT {
        let new_units = news.iter().filter_map(|name| match fetched.get(name) {
            Some(Import::Found(unit)) => Some(&**unit),
            _ => None,
        });
        let importers = if seen.len() == 1 { vec![entry] } else { new_units.collect() };
        let wanted: Vec<(&str, &Unit)> = importers
            .into_iter()
            .flat_map(|unit| unit.descriptor.dependency.iter().map(move |name| (name.as_str(), unit)))
            .filter(|(name, _)| seen.insert((*name).to_owned()))
            .collect();
        if wanted.is_empty() {
            break;
        }
        let import = |(name, importer): &(&str, &Unit)| match bundled(name) {
            Some(unit) => Import::Found(Box::new(unit)),
            None => import_of(name, importer, library),
        };
        let names: Vec<String> = wanted.iter().map(|(name, _)| (*name).to_owned()).collect();
        let found = if wanted.len() < IMPORTS_WORTH_THREADS {
            wanted.iter().map(import).collect()
        } else {
            let found = in_parallel(cores(), &wanted, import).into_iter().zip(&names);
            let lost = |name: &str| Import::Broken(vec![Problem::new(name, "the parser failed on this file")]);
            found.map(|(import, name)| import.unwrap_or_else(|| lost(name))).collect::<Vec<_>>()
        };
        fetched.extend(names.iter().cloned().zip(found));
        news = names;
    }
    fetched
}

/// The file and all it imports, imports first. Walks with a stack of its own: a foreign chain of imports may be deep.
fn closure(entry: Unit, library: &(impl Library + Sync)) -> Result<(Vec<Unit>, Stubs), Vec<Problem>> {
    let mut fetched = fetch(&entry, library);
    let mut marks = HashMap::from([(entry.descriptor.name().to_owned(), Mark::Open)]);
    // One file reached under two names is one file.
    let mut names: HashMap<PathBuf, String> = HashMap::new();
    if let Some(path) = &entry.path {
        names.insert(path.clone(), entry.descriptor.name().to_owned());
    }
    let mut stack = vec![Frame { unit: entry, next: 0 }];
    let mut done = Vec::new();
    let mut absent = BTreeSet::new();
    let mut problems = Vec::new();

    while let Some(frame) = stack.last_mut() {
        let index = frame.next;
        frame.next += 1;
        let Some(name) = frame.unit.descriptor.dependency.get(index).cloned() else {
            if let Some(Frame { unit, .. }) = stack.pop() {
                marks.insert(unit.descriptor.name().to_owned(), Mark::Done);
                done.push(unit);
            }
            continue;
        };
        let place = [DEPENDENCY, index as i32];
        match marks.get(&name) {
            Some(Mark::Done) => continue,
            Some(Mark::Open) if library.is_lenient() && name == frame.unit.descriptor.name() => {
                frame.unit.drop_import(index);
                frame.next = index;
                continue;
            }
            Some(Mark::Open) => {
                problems.push(cycle(&stack, &name, &place));
                continue;
            }
            None => {}
        }
        // What is not there is nested too deep, or was reached by another name.
        let import = fetched.remove(&name).unwrap_or_else(|| import_of(&name, &frame.unit, library));
        match import {
            Import::Found(unit) => {
                if let Some(path) = &unit.path
                    && let Some(first) = names.get(path).cloned()
                {
                    frame.unit.rename_import(index, first);
                    frame.next = index;
                } else if stack.len() >= DEEPEST_IMPORT {
                    problems.push(unit.problem("imports are nested too deep", &[]));
                } else {
                    names.extend(unit.path.clone().map(|path| (path, name.clone())));
                    marks.insert(name, Mark::Open);
                    stack.push(Frame { unit: *unit, next: 0 });
                }
            }
            Import::Broken(more) => {
                marks.insert(name, Mark::Done);
                problems.extend(more);
            }
            Import::Missing { hint, suggested } => {
                let mut problem = frame.unit.problem(format!("import '{name}' not found"), &place).with_hint(hint);
                problem.suggested_import_path = suggested;
                problems.push(problem);
            }
            Import::Absent => {
                marks.insert(name.clone(), Mark::Done);
                absent.insert(name);
            }
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let mut stubs = Stubs::default();
    if library.is_lenient() {
        join_twins(&mut done);
        stubs = fill(&mut done, absent);
    }
    Ok((done, stubs))
}

fn cycle(stack: &[Frame], name: &str, place: &[i32]) -> Problem {
    let mut chain: Vec<&str> =
        stack.iter().map(|frame| frame.unit.descriptor.name()).skip_while(|open| *open != name).collect();
    chain.push(name);
    let message = format!("import cycle: {}", chain.join(" -> "));
    match stack.last() {
        Some(frame) => frame.unit.problem(message, place).with_hint("Move what both files need into a third one."),
        None => Problem::new(name, message),
    }
}

fn build(mut units: Vec<Unit>, with_positions: bool, with_features: bool) -> Result<DescriptorPool, Vec<Problem>> {
    let mut pool = DescriptorPool::new();
    if with_features {
        // The pool's own copy of the options is older than the features; what stands in the pool first is used.
        let own = units.iter().position(|unit| unit.descriptor.name() == DESCRIPTOR);
        let first = own.map(|index| units.remove(index)).or_else(|| bundled(DESCRIPTOR));
        units.splice(0..0, first);
    }
    let mut done: Vec<Unit> = Vec::new();
    for mut unit in units {
        unit.guard().map_err(|problem| vec![problem])?;
        let mut descriptor =
            if with_positions { unit.descriptor.clone() } else { std::mem::take(&mut unit.descriptor) };
        if with_positions {
            descriptor.source_code_info.clone_from(&unit.positions);
        }
        // Descriptors of foreign make have found panics in the pool before; one of them must not end the program.
        let added = catch_unwind(AssertUnwindSafe(|| match unit.encoded.take() {
            Some(encoded) => pool.decode_file_descriptor_proto(encoded),
            None => pool.add_file_descriptor_proto(descriptor),
        }));
        match added {
            Ok(Ok(())) if with_positions => done.push(unit),
            Ok(Ok(())) => {}
            Ok(Err(error)) => return Err(with_first_places(explain(&unit, error), &done)),
            Err(_) => return Err(vec![Problem::new(&unit.shown, "descriptor is not valid")]),
        }
    }
    Ok(pool)
}

/// Puts a file alone into a pool, whatever comes of it.
#[cfg(any(test, fuzzing))]
pub(super) fn probe(unit: Unit, with_positions: bool) -> Result<DescriptorPool, Vec<Problem>> {
    build(vec![unit], with_positions, true)
}

/// Names the place in another file where a name is defined that is defined again.
fn with_first_places(mut problems: Vec<Problem>, done: &[Unit]) -> Vec<Problem> {
    for problem in &mut problems {
        let named = problem.message.strip_prefix("name '").and_then(|rest| rest.strip_suffix('\''));
        let Some((name, file)) = named.and_then(|named| named.split_once("' is already defined in file '")) else {
            continue;
        };
        let first = done.iter().find(|unit| unit.descriptor.name() == file);
        let place = first.and_then(|unit| Some((unit, place_of(&unit.descriptor, name)?)));
        if let Some((unit, place)) = place {
            problem.name_first_place("first defined here", &unit.problem("", &place));
        }
    }
    problems
}

fn explain(unit: &Unit, error: DescriptorError) -> Vec<Problem> {
    // Where the pool has no exact place for a fault, the statement around it is near enough.
    let around = error.path().map(|path| unit.problem("", path));
    let mut problems = match &unit.source {
        Some(source) if steps(&error, source) <= MOST_STEPS => {
            Problem::from_diagnostic(&unit.shown, Some(source), &error.with_source_code(source))
        }
        _ => Problem::from_diagnostic(&unit.shown, None, &error),
    };
    if let (Some(first), Some(around)) = (problems.first_mut(), around)
        && first.position.is_none()
    {
        first.position = around.position;
        first.source_line = around.source_line;
    }
    problems
}

/// What it costs to find the places of all faults: each is a walk through the source.
fn steps(error: &DescriptorError, source: &str) -> usize {
    error.related().into_iter().flatten().count().saturating_mul(source.len())
}
