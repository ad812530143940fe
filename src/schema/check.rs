//! Compiles a whole tree: every file once, with all cores, in memory that does not grow with the tree twice over.
//!
//! A name may resolve only in what a file imports, so a pool for each file would be right, but every file would then
//! be compiled as often as it is imported. Here files that many others import go into one pool, copies of which take
//! the others, part by part. A pool can only refuse too much that way, never accept too much: what it refuses is
//! compiled again alone, and that verdict counts. Must not know: how problems are shown.

mod graph;
mod parts;

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;

use self::graph::Graph;
use super::index::Index;
use super::parallel::cores;
use super::problem::Problem;
use super::progress::Progress;
use super::{Schema, Source};

const SOURCE_CODE_INFO: u32 = 9;

/// What is to be checked, and what is to come of it.
#[derive(Clone, Debug, Default)]
pub struct Check {
    /// Files or folders.
    pub paths: Vec<PathBuf>,
    /// Roots that imports are relative to.
    pub import_paths: Vec<PathBuf>,
    /// Whether a descriptor set is wanted.
    pub descriptor_set: bool,
    /// Whether it is to hold what the files import, too.
    pub include_imports: bool,
    /// Whether it is to hold comments and positions.
    pub include_source_info: bool,
}

/// What came of a check.
#[derive(Clone, Debug, Default)]
pub struct Checked {
    /// Files under the paths.
    pub files: usize,
    /// Services in them, as far as they could be read.
    pub services: usize,
    /// Methods of these.
    pub methods: usize,
    /// Every problem and note, sorted by file and place.
    pub problems: Vec<Problem>,
    /// A serialised `google.protobuf.FileDescriptorSet`, imports before what imports them, when it was wanted.
    pub descriptor_set: Vec<u8>,
}

/// Compiles everything under the paths. Blocking; uses all cores.
///
/// # Errors
///
/// When nothing at all could be read.
pub fn check(task: &Check) -> Result<Checked, Problem> {
    let source = Source::Protos { paths: task.paths.clone(), import_paths: task.import_paths.clone() };
    let mut schema = Schema::load(&source)?;
    // Nobody searches here, and memory is wanted.
    if let Some(files) = Arc::get_mut(&mut schema.files) {
        files.index = Index::default();
    }
    let mut problems: Vec<Problem> = schema.problems.clone();
    let progress = Progress::default();
    let threads = cores();
    let mut graph = Graph::new(&schema.files, task, threads, &progress);
    graph.read();
    problems.append(&mut graph.problems);
    let order = graph.order();
    let mut compiled = graph.compile(&order);

    let mut checked = Checked {
        files: schema.file_count,
        services: schema.services.len(),
        methods: schema.services.iter().map(|service| service.methods.len()).sum(),
        ..Checked::default()
    };
    let set = &mut checked.descriptor_set;
    let mut written = HashSet::new();
    if task.descriptor_set {
        for file in graph.bundled_pool().files() {
            // A tree may hold such a file itself: then it is that one, in the same place.
            let own = graph.by_name.get(file.name()).filter(|index| graph.is_wanted(**index));
            match own.and_then(|index| Some((index, compiled[*index].as_mut()?.encoded.take()?))) {
                Some((index, encoded)) => put_file(&encoded, &graph.nodes[*index].positions, set),
                None if task.include_imports => put_file(&file.encode_to_vec(), &[], set),
                None => continue,
            }
            written.insert(file.name().to_owned());
        }
    }
    for index in order {
        let Some(outcome) = compiled[index].take() else { continue };
        problems.extend(outcome.problems);
        let node = &graph.nodes[index];
        let Some(encoded) = outcome.encoded else { continue };
        if written.insert(node.name.clone()) {
            put_file(&encoded, &node.positions, set);
        } else {
            let message = format!("the descriptor set holds another file named '{}'", node.name);
            let hint = "Write a descriptor set for each root, or without imports.";
            problems.push(Problem::new(graph.shown(node), message).with_hint(hint));
        }
    }
    checked.problems = in_order(problems);
    Ok(checked)
}

/// Each problem once, by file and place.
fn in_order(mut problems: Vec<Problem>) -> Vec<Problem> {
    let mut told = HashSet::new();
    problems.retain(|problem| told.insert(problem.clone()));
    problems.sort_by(|a, b| (&a.file, a.position).cmp(&(&b.file, b.position)));
    problems
}

impl Schema {
    /// Compiles every file, for what listing them does not show; all problems and notes of the schema, sorted by file and
    /// place. `None` where it was cancelled. Blocking; takes one core, so that the machine stays free for its user.
    #[must_use]
    pub fn check(&self, progress: &Progress) -> Option<Vec<Problem>> {
        let task = Check::default();
        let mut graph = Graph::new(&self.files, &task, 1, progress);
        graph.read();
        let mut problems = self.problems.clone();
        problems.append(&mut graph.problems);
        let order = graph.order();
        problems.extend(graph.compile(&order).into_iter().flatten().flat_map(|outcome| outcome.problems));
        if progress.is_cancelled() { None } else { Some(in_order(problems)) }
    }
}

/// Appends a file to a serialised set, its source info after it.
fn put_file(file: &[u8], positions: &[u8], set: &mut Vec<u8>) {
    use prost::encoding::{WireType, encode_key, encode_varint, encoded_len_varint, key_len};
    let info = match positions.len() {
        0 => 0,
        length => key_len(SOURCE_CODE_INFO) + encoded_len_varint(length as u64) + length,
    };
    encode_key(1, WireType::LengthDelimited, set);
    encode_varint((file.len() + info) as u64, set);
    set.extend_from_slice(file);
    if info > 0 {
        encode_key(SOURCE_CODE_INFO, WireType::LengthDelimited, set);
        encode_varint(positions.len() as u64, set);
        set.extend_from_slice(positions);
    }
}
