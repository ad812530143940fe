//! From one file to the descriptor pool of its import closure.
//!
//! Each entry file has a pool of its own: a name may resolve only in what the file imports, and two files that define
//! the same name never meet. Must not know: where files come from (a [`Library`] says).

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

use miette::Diagnostic as _;
use prost_reflect::{DescriptorError, DescriptorPool};

use super::Types;
use super::bundled::{DESCRIPTOR, bundled};
use super::docs::Docs;
use super::problem::Problem;
use super::unit::Unit;

/// Imports nested deeper than this are refused; real trees stay far below.
const DEEPEST_IMPORT: usize = 1_000;

const DEPENDENCY: i32 = 3;

/// Bytes gone through at most to place the faults of one file; of more faults only the first gets its place.
const MOST_STEPS: usize = 64 << 20;

/// Messages that an `Any` may hold in any program, imported or not.
const ALWAYS: &[&str] = &[
    "google/protobuf/any.proto",
    "google/protobuf/duration.proto",
    "google/protobuf/empty.proto",
    "google/protobuf/field_mask.proto",
    "google/protobuf/struct.proto",
    "google/protobuf/timestamp.proto",
    "google/protobuf/wrappers.proto",
];

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
    /// It is not there, and the file is tried without it.
    Dropped,
}

/// Where imported files come from.
pub(super) trait Library {
    fn import(&self, name: &str, importer: &Unit) -> Import;

    /// The import name of a file that defines the symbol.
    fn defining(&self, symbol: &str) -> Option<String>;
}

/// Compiles a file with all that it imports.
pub(super) fn compile(
    open: impl Fn() -> Result<Unit, Vec<Problem>>,
    library: &impl Library,
) -> Result<Types, Vec<Problem>> {
    let mut units = closure(open()?, library)?;
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
    match build(units, false, is_lowered) {
        Ok(pool) => Ok(Types { pool: with_well_known(pool), docs, originals }),
        // The pool was built without positions, for speed. Now they are wanted.
        Err(_) => match build(closure(open()?, library)?, true, is_lowered) {
            Ok(pool) => Ok(Types { pool: with_well_known(pool), docs, originals }),
            Err(problems) => Err(problems.into_iter().map(|problem| with_import(problem, library)).collect()),
        },
    }
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
        None => problem,
    }
}

/// The pool of the well-known types alone.
pub(super) fn well_known() -> Types {
    Types { pool: with_well_known(DescriptorPool::new()), docs: Docs::new(), originals: HashMap::new() }
}

fn with_well_known(mut pool: DescriptorPool) -> DescriptorPool {
    let missing: Vec<_> = ALWAYS
        .iter()
        .filter(|name| pool.get_file_by_name(name).is_none())
        .filter_map(|name| bundled(name))
        .map(|unit| unit.descriptor)
        .collect();
    let before = pool.clone();
    // They clash only where a file defines well-known names itself; then those count.
    if pool.add_file_descriptor_protos(missing).is_ok() { pool } else { before }
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

/// The file and all it imports, imports first. Walks with a stack of its own: a foreign chain of imports may be deep.
fn closure(entry: Unit, library: &impl Library) -> Result<Vec<Unit>, Vec<Problem>> {
    let mut marks = HashMap::from([(entry.descriptor.name().to_owned(), Mark::Open)]);
    // One file reached under two names is one file.
    let mut names: HashMap<PathBuf, String> = HashMap::new();
    if let Some(path) = &entry.path {
        names.insert(path.clone(), entry.descriptor.name().to_owned());
    }
    let mut stack = vec![Frame { unit: entry, next: 0 }];
    let mut done = Vec::new();
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
            Some(Mark::Open) => {
                problems.push(cycle(&stack, &name, &place));
                continue;
            }
            None => {}
        }
        let import = match bundled(&name) {
            Some(unit) => Import::Found(Box::new(unit)),
            None => library.import(&name, &frame.unit),
        };
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
            Import::Dropped => {
                frame.unit.drop_import(index);
                frame.next = index;
            }
        }
    }
    if problems.is_empty() { Ok(done) } else { Err(problems) }
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
    for mut unit in units {
        unit.guard().map_err(|problem| vec![problem])?;
        let mut descriptor = std::mem::take(&mut unit.descriptor);
        if with_positions {
            descriptor.source_code_info.clone_from(&unit.positions);
        }
        // Descriptors of foreign make have found panics in the pool before; one of them must not end the program.
        let added = catch_unwind(AssertUnwindSafe(|| match unit.encoded.take() {
            Some(encoded) => pool.decode_file_descriptor_proto(encoded),
            None => pool.add_file_descriptor_proto(descriptor),
        }));
        match added {
            Ok(Ok(())) => {}
            Ok(Err(error)) => return Err(explain(&unit, error)),
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
