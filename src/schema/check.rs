//! Compiles a whole tree: every file once, with all cores, in memory that does not grow with the tree twice over.
//!
//! A name may resolve only in what a file imports, so a pool for each file would be right, but every file would then
//! be compiled as often as it is imported. Here files that many others import go into one pool, copies of which take
//! the others, part by part. A pool can only refuse too much that way, never accept too much: what it refuses is
//! compiled again alone, and that verdict counts. Must not know: how problems are shown.

use std::collections::{HashMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use prost::Message as _;
use prost_reflect::DescriptorPool;
use prost_types::FileDescriptorProto;

use super::bundled::{DESCRIPTOR, bundled, is_bundled};
use super::files::{Content, File, Files};
use super::lower::Original;
use super::problem::Problem;
use super::roots::shown;
use super::rules::broken_rules;
use super::unit::Unit;
use super::{Schema, Source, Types, encode_file};

/// A file imported from this many folders belongs into the pool that all parts share.
const FOLDERS_OF_A_SHARED_FILE: usize = 6;

/// Files of a part, at least, as long as there are files; a connected group is never divided.
const PART: usize = 150;

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
    let schema = Schema::load(&source)?;
    let mut problems: Vec<Problem> = schema.problems.clone();
    let files = &*schema.files;
    let mut graph = Graph::new(files, task);
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
    let mut told = HashSet::new();
    problems.retain(|problem| told.insert(problem.clone()));
    problems.sort_by(|a, b| (&a.file, a.position).cmp(&(&b.file, b.position)));
    checked.problems = problems;
    Ok(checked)
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

/// How a file is to be compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// With others in one pool.
    Shared,
    /// With its imports in a pool of its own.
    Alone,
    /// Not at all: it, or something it imports, has a fault that is told already.
    Bad,
}

/// One file, parsed.
struct Node {
    name: String,
    path: PathBuf,
    home: Option<PathBuf>,
    /// Its place in the schema; `None` where it is only imported.
    listed: Option<usize>,
    fate: Fate,
    /// Serialised, without positions: a tenth of what it takes decoded.
    encoded: Vec<u8>,
    positions: Vec<u8>,
    original: Original,
    dependencies: Vec<String>,
    imports: Vec<usize>,
}

/// What came of compiling one file.
struct Outcome {
    fate: Fate,
    problems: Vec<Problem>,
    /// Serialised for the descriptor set, where it belongs into it.
    encoded: Option<Vec<u8>>,
}

struct Graph<'a> {
    files: &'a Files,
    task: &'a Check,
    nodes: Vec<Node>,
    by_path: HashMap<PathBuf, usize>,
    by_name: HashMap<String, usize>,
    problems: Vec<Problem>,
}

impl<'a> Graph<'a> {
    fn new(files: &'a Files, task: &'a Check) -> Self {
        let mut graph = Graph {
            files,
            task,
            nodes: Vec::new(),
            by_path: HashMap::new(),
            by_name: HashMap::new(),
            problems: Vec::new(),
        };
        for (index, file) in files.list().iter().enumerate() {
            if let Content::Source { path, home, .. } = &file.content {
                let fate = if is_bundled(&file.name) { Fate::Alone } else { Fate::Shared };
                graph.add(file.name.clone(), path.clone(), home.clone(), Some(index), fate);
            }
        }
        graph
    }

    fn add(&mut self, name: String, path: PathBuf, home: Option<PathBuf>, listed: Option<usize>, fate: Fate) -> usize {
        let index = self.nodes.len();
        // Two files of one name cannot share a pool.
        let fate = if self.by_name.contains_key(&name) { Fate::Alone } else { fate };
        self.by_name.entry(name.clone()).or_insert(index);
        self.by_path.insert(path.clone(), index);
        let (encoded, positions, original) = (Vec::new(), Vec::new(), Original::default());
        let (dependencies, imports) = (Vec::new(), Vec::new());
        self.nodes.push(Node { name, path, home, listed, fate, encoded, positions, original, dependencies, imports });
        index
    }

    /// Parses every file, and what they import, and so on.
    fn read(&mut self) {
        let mut found: HashMap<(Option<PathBuf>, String), Option<PathBuf>> = HashMap::new();
        let mut start = 0;
        while start < self.nodes.len() {
            let end = self.nodes.len();
            let parsed = in_parallel(&self.nodes[start..end], |node| self.parse(node));
            for (index, parsed) in (start..end).zip(parsed) {
                match parsed {
                    Some(Ok(parsed)) => {
                        let node = &mut self.nodes[index];
                        node.original = parsed.original;
                        if node.listed.is_some() {
                            self.problems.extend(parsed.notes);
                        }
                        node.dependencies = parsed.dependencies;
                        node.encoded = parsed.encoded;
                        node.positions = parsed.positions;
                        self.resolve(index, &mut found);
                    }
                    Some(Err(problems)) => self.refuse(index, problems),
                    None => {
                        let lost = Problem::new(shown(&self.nodes[index].path), "the parser failed on this file");
                        self.refuse(index, vec![lost]);
                    }
                }
            }
            start = end;
        }
    }

    fn refuse(&mut self, index: usize, problems: Vec<Problem>) {
        self.nodes[index].fate = Fate::Bad;
        self.problems.extend(problems);
    }

    fn parse(&self, node: &Node) -> Result<Parsed, Vec<Problem>> {
        let unit = Unit::open(&node.name, &node.path, &self.shown(node))?;
        unit.guard().map_err(|problem| vec![problem])?;
        let notes = unit.notes().chain(broken_rules(&unit)).collect();
        let positions = unit.positions.filter(|_| self.task.descriptor_set && self.task.include_source_info);
        Ok(Parsed {
            notes,
            original: unit.original,
            positions: positions.map(|positions| positions.encode_to_vec()).unwrap_or_default(),
            encoded: unit.descriptor.encode_to_vec(),
            dependencies: unit.descriptor.dependency,
        })
    }

    /// The file as the user would name it.
    fn shown(&self, node: &Node) -> String {
        match node.listed.and_then(|index| self.files.list().get(index)).map(|file| &file.content) {
            Some(Content::Source { shown, .. }) => shown.clone(),
            _ => shown(&node.path),
        }
    }

    /// Finds the files that a file imports; those not seen yet are put on the list.
    fn resolve(&mut self, index: usize, found: &mut HashMap<(Option<PathBuf>, String), Option<PathBuf>>) {
        let files = self.files;
        let names = self.nodes[index].dependencies.clone();
        let mut renamed = false;
        for (at, name) in names.into_iter().enumerate() {
            if is_bundled(&name) {
                continue;
            }
            let node = &self.nodes[index];
            let home = node.home.clone();
            let by_roots = found
                .entry((home.clone(), name.clone()))
                .or_insert_with(|| files.roots.resolve(&name, home.as_deref(), None))
                .clone();
            let path = by_roots.or_else(|| files.roots.resolve(&name, home.as_deref(), Some(&node.path)));
            let Some(path) = path else {
                // Told when the tree was listed, unless it is only imported.
                if node.listed.is_none() {
                    let problem = Problem::new(shown(&node.path), format!("import '{name}' not found"));
                    self.problems.push(problem);
                }
                self.nodes[index].fate = Fate::Bad;
                continue;
            };
            let import = match self.by_path.get(&path) {
                Some(import) => *import,
                None => self.add(name.clone(), path, home, None, Fate::Shared),
            };
            self.nodes[index].imports.push(import);
            let known_as = self.nodes[import].name.clone();
            if known_as != name {
                // One file reached under two names is one file.
                self.nodes[index].dependencies[at] = known_as;
                renamed = true;
            }
        }
        let node = &mut self.nodes[index];
        if renamed && let Ok(mut descriptor) = FileDescriptorProto::decode(node.encoded.as_slice()) {
            descriptor.dependency.clone_from(&node.dependencies);
            node.encoded = descriptor.encode_to_vec();
        }
    }

    /// Whether the file belongs into the descriptor set.
    fn is_wanted(&self, index: usize) -> bool {
        self.task.descriptor_set && (self.task.include_imports || self.nodes[index].listed.is_some())
    }

    /// A pool of the files that come with the compiler, as far as they are imported.
    fn bundled_pool(&self) -> DescriptorPool {
        let mut pool = DescriptorPool::new();
        for unit in self.bundled_imports() {
            // They fit together; one that did not would be told of by each file that imports it.
            if pool.add_file_descriptor_proto(unit.descriptor).is_err() {
                break;
            }
        }
        pool
    }

    /// The files that come with the compiler, as far as they are imported; imports first.
    fn bundled_imports(&self) -> Vec<Unit> {
        let mut seen: HashSet<String> = HashSet::new();
        let mut wanted: Vec<(String, bool)> =
            self.nodes.iter().flat_map(|node| &node.dependencies).map(|name| (name.clone(), false)).collect();
        wanted.sort();
        let mut units = Vec::new();
        while let Some((name, imports_are_there)) = wanted.pop() {
            if imports_are_there {
                units.extend(bundled(&name));
            } else if is_bundled(&name) && seen.insert(name.clone()) {
                let imports = bundled(&name).map(|unit| unit.descriptor.dependency).unwrap_or_default();
                wanted.push((name, true));
                wanted.extend(imports.into_iter().map(|import| (import, false)));
            }
        }
        units
    }

    /// Every file after what it imports. What imports something bad is marked bad itself, and so on.
    fn order(&mut self) -> Vec<usize> {
        #[derive(Clone, Copy, PartialEq)]
        enum Mark {
            New,
            Open,
            Done,
        }
        let mut marks = vec![Mark::New; self.nodes.len()];
        let mut in_cycle = vec![false; self.nodes.len()];
        let mut order = Vec::with_capacity(self.nodes.len());
        for start in 0..self.nodes.len() {
            let mut stack = Vec::new();
            if marks[start] == Mark::New {
                marks[start] = Mark::Open;
                stack.push((start, 0));
            }
            while let Some((index, next)) = stack.last_mut() {
                let index = *index;
                let Some(import) = self.nodes[index].imports.get(*next).copied() else {
                    self.settle(index, &in_cycle);
                    marks[index] = Mark::Done;
                    order.push(index);
                    stack.pop();
                    continue;
                };
                *next += 1;
                match marks[import] {
                    Mark::New => {
                        marks[import] = Mark::Open;
                        stack.push((import, 0));
                    }
                    Mark::Open => in_cycle[index] = true,
                    Mark::Done => {}
                }
            }
        }
        order
    }

    fn settle(&mut self, index: usize, in_cycle: &[bool]) {
        let imports = self.nodes[index].imports.iter();
        let worst = imports.fold(self.nodes[index].fate, |fate, import| {
            // A cycle among files that are only imported is told by those that import it.
            let import_fate = match self.nodes[*import] {
                Node { listed: Some(_), .. } if in_cycle[*import] => Fate::Bad,
                Node { fate, .. } => fate,
            };
            worse(fate, import_fate)
        });
        // One file of a cycle is compiled alone: that tells of the cycle.
        self.nodes[index].fate = if in_cycle[index] { Fate::Alone } else { worst };
    }

    fn compile(&self, order: &[usize]) -> Vec<Option<Outcome>> {
        let mut outcomes: Vec<Option<Outcome>> = self.nodes.iter().map(|_| None).collect();
        let (base, parts) = self.divide(order);
        let mut pool = self.bundled_pool();
        if self.nodes.iter().any(|node| node.original.edition.is_some()) && pool.get_file_by_name(DESCRIPTOR).is_none()
        {
            // The pool's own copy of the options, which counts where no other is there, knows no features.
            let _ = bundled(DESCRIPTOR).map(|unit| pool.add_file_descriptor_proto(unit.descriptor));
        }
        for (index, outcome) in self.compile_part(&base, &mut pool, &HashMap::new()) {
            outcomes[index] = Some(outcome);
        }
        let base_fates: HashMap<usize, Fate> =
            base.iter().filter_map(|index| Some((*index, outcomes[*index].as_ref()?.fate))).collect();
        let done = in_parallel(&parts, |part| self.compile_part(part, &mut pool.clone(), &base_fates));
        for (index, outcome) in done.into_iter().flatten().flatten() {
            outcomes[index] = Some(outcome);
        }
        outcomes
    }

    /// Compiles files in their order into one pool.
    fn compile_part(
        &self,
        part: &[usize],
        pool: &mut DescriptorPool,
        base_fates: &HashMap<usize, Fate>,
    ) -> Vec<(usize, Outcome)> {
        let mut fates: HashMap<usize, Fate> = HashMap::new();
        let mut outcomes = Vec::with_capacity(part.len());
        for index in part {
            let node = &self.nodes[*index];
            let fate_of = |import: &usize| fates.get(import).or_else(|| base_fates.get(import)).copied();
            let imports = node.imports.iter().filter_map(fate_of);
            let mut fate = if node.fate == Fate::Alone { Fate::Alone } else { imports.fold(node.fate, worse) };
            let mut problems = Vec::new();
            let mut encoded = None;
            if fate == Fate::Shared {
                let added =
                    catch_unwind(AssertUnwindSafe(|| pool.decode_file_descriptor_proto(node.encoded.as_slice())));
                if matches!(added, Ok(Ok(()))) {
                    encoded = self.is_wanted(*index).then(|| encode_file(pool, &node.name, &node.original)).flatten();
                } else {
                    fate = Fate::Alone;
                }
            }
            if fate == Fate::Alone {
                match self.compile_alone(*index) {
                    Ok(alone) => encoded = alone,
                    Err(more) => {
                        problems = more;
                        fate = Fate::Bad;
                    }
                }
            }
            fates.insert(*index, fate);
            outcomes.push((*index, Outcome { fate, problems, encoded }));
        }
        outcomes
    }

    fn compile_alone(&self, index: usize) -> Result<Option<Vec<u8>>, Vec<Problem>> {
        let node = &self.nodes[index];
        let encode = |types: &Types| types.encode_file(&node.name).filter(|_| self.is_wanted(index));
        if let Some(file) = node.listed.and_then(|index| self.files.list().get(index)) {
            return Ok(encode(&self.files.compile(file)?));
        }
        if !self.is_wanted(index) {
            return Ok(None);
        }
        let content = Content::Source { path: node.path.clone(), shown: self.shown(node), home: node.home.clone() };
        let file = File { name: node.name.clone(), content, compiled: Arc::default() };
        // What is only imported shows its faults in what imports it.
        Ok(self.files.compile(&file).ok().and_then(|types| encode(&types)))
    }

    /// The files that many import, and the others in parts that import nothing of each other.
    fn divide(&self, order: &[usize]) -> (Vec<usize>, Vec<Vec<usize>>) {
        let mut folders: HashMap<usize, HashSet<&Path>> = HashMap::new();
        for node in &self.nodes {
            for import in &node.imports {
                let seen = folders.entry(*import).or_default();
                if seen.len() < FOLDERS_OF_A_SHARED_FILE {
                    seen.extend(node.path.parent());
                }
            }
        }
        let mut is_base = vec![false; self.nodes.len()];
        for index in order.iter().rev() {
            is_base[*index] |= folders.get(index).is_some_and(|seen| seen.len() >= FOLDERS_OF_A_SHARED_FILE);
            if is_base[*index] {
                for import in &self.nodes[*index].imports {
                    is_base[*import] = true;
                }
            }
        }
        let mut groups = Groups::new(self.nodes.len());
        for index in order.iter().filter(|index| !is_base[**index]) {
            for import in self.nodes[*index].imports.iter().filter(|import| !is_base[**import]) {
                groups.join(*index, *import);
            }
        }
        let mut members: Vec<Vec<usize>> = Vec::new();
        let mut place: HashMap<usize, usize> = HashMap::new();
        for index in order.iter().filter(|index| !is_base[**index]) {
            let group = groups.of(*index);
            let at = *place.entry(group).or_insert_with(|| {
                members.push(Vec::new());
                members.len() - 1
            });
            members[at].push(*index);
        }
        let mut parts: Vec<Vec<usize>> = Vec::new();
        for group in members {
            match parts.last_mut().filter(|part| part.len() < PART) {
                Some(part) => part.extend(group),
                None => parts.push(group),
            }
        }
        // The longest first: none of them is left for the end, when the other cores have nothing to do.
        parts.sort_by_key(|part| std::cmp::Reverse(part.len()));
        (order.iter().copied().filter(|index| is_base[*index]).collect(), parts)
    }
}

const fn worse(a: Fate, b: Fate) -> Fate {
    match (a, b) {
        (Fate::Bad, _) | (_, Fate::Bad) => Fate::Bad,
        (Fate::Alone, _) | (_, Fate::Alone) => Fate::Alone,
        _ => Fate::Shared,
    }
}

struct Parsed {
    original: Original,
    notes: Vec<Problem>,
    encoded: Vec<u8>,
    positions: Vec<u8>,
    dependencies: Vec<String>,
}

/// Which files hang together.
struct Groups(Vec<usize>);

impl Groups {
    fn new(count: usize) -> Self {
        Self((0..count).collect())
    }

    fn of(&mut self, index: usize) -> usize {
        let mut root = index;
        while self.0[root] != root {
            self.0[root] = self.0[self.0[root]];
            root = self.0[root];
        }
        root
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.of(a), self.of(b));
        self.0[a.max(b)] = a.min(b);
    }
}

/// Does the same with each, on every core. In the order of the items; `None` where it panicked.
fn in_parallel<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<Option<R>> {
    let next = AtomicUsize::new(0);
    let results: Mutex<Vec<Option<R>>> = Mutex::new(items.iter().map(|_| None).collect());
    let take = || {
        while let index = next.fetch_add(1, Ordering::Relaxed)
            && let Some(item) = items.get(index)
        {
            if let Ok(result) = catch_unwind(AssertUnwindSafe(|| work(item))) {
                results.lock().unwrap_or_else(PoisonError::into_inner)[index] = Some(result);
            }
        }
    };
    let threads = thread::available_parallelism().map_or(1, usize::from).min(items.len());
    thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(take);
        }
        take();
    });
    results.into_inner().unwrap_or_else(PoisonError::into_inner)
}
