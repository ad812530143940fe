//! Every file of a tree and all that they import, parsed and put into an order in which they can be compiled.
//!
//! Must not know: how files are divided among pools and cores.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;

use prost::Message as _;
use prost_reflect::DescriptorPool;
use prost_types::FileDescriptorProto;

use super::Check;
use crate::schema::bundled::{bundled, is_bundled, is_last_resort, last_resort};
use crate::schema::files::{Content, Files};
use crate::schema::lower::Original;
use crate::schema::parallel::in_parallel;
use crate::schema::problem::Problem;
use crate::schema::progress::Progress;
use crate::schema::roots::shown;
use crate::schema::rules::broken_rules;
use crate::schema::unit::Unit;

/// How a file is to be compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// With others in one pool.
    Shared,
    /// With its imports in a pool of its own.
    Alone,
    /// Not at all: it, or something it imports, has a fault that is told already.
    Bad,
}

/// One file, parsed.
pub(super) struct Node {
    pub(super) name: String,
    pub(super) path: PathBuf,
    pub(super) home: Option<PathBuf>,
    /// Its place in the schema; `None` where it is only imported.
    pub(super) listed: Option<usize>,
    pub(super) fate: Fate,
    /// Serialised, without positions: a tenth of what it takes decoded.
    pub(super) encoded: Vec<u8>,
    pub(super) positions: Vec<u8>,
    pub(super) original: Original,
    pub(super) dependencies: Vec<String>,
    pub(super) imports: Vec<usize>,
}
pub(super) struct Graph<'a> {
    pub(super) files: &'a Files,
    pub(super) task: &'a Check,
    pub(super) threads: usize,
    pub(super) progress: &'a Progress,
    pub(super) nodes: Vec<Node>,
    pub(super) by_path: HashMap<PathBuf, usize>,
    pub(super) by_name: HashMap<String, usize>,
    pub(super) problems: Vec<Problem>,
    /// Files that nobody has, and that come with the program.
    along: HashSet<String>,
}

impl<'a> Graph<'a> {
    pub(super) fn new(files: &'a Files, task: &'a Check, threads: usize, progress: &'a Progress) -> Self {
        let mut graph = Graph {
            files,
            task,
            threads,
            progress,
            nodes: Vec::new(),
            by_path: HashMap::new(),
            by_name: HashMap::new(),
            problems: Vec::new(),
            along: HashSet::new(),
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
        self.progress.expect(1);
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
    pub(super) fn read(&mut self) {
        let mut found: HashMap<(Option<PathBuf>, String), Option<PathBuf>> = HashMap::new();
        let mut start = 0;
        while start < self.nodes.len() && !self.progress.is_cancelled() {
            let end = self.nodes.len();
            let parsed = in_parallel(self.threads, &self.nodes[start..end], |node| self.parse(node));
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
        if self.progress.is_cancelled() {
            return Err(Vec::new());
        }
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
    pub(super) fn shown(&self, node: &Node) -> String {
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
            if path.is_none() && is_last_resort(&name) {
                self.along.insert(name);
                continue;
            }
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
    pub(super) fn is_wanted(&self, index: usize) -> bool {
        self.task.descriptor_set && (self.task.include_imports || self.nodes[index].listed.is_some())
    }

    /// A pool of the files that come with the compiler, as far as they are imported.
    pub(super) fn bundled_pool(&self) -> DescriptorPool {
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
        let unit = |name: &str| bundled(name).or_else(|| last_resort(name));
        // One that others of the tree do have is theirs.
        let is_along = |name: &str| self.along.contains(name) && !self.by_name.contains_key(name);
        while let Some((name, imports_are_there)) = wanted.pop() {
            if imports_are_there {
                units.extend(unit(&name));
            } else if (is_bundled(&name) || is_along(&name)) && seen.insert(name.clone()) {
                let imports = unit(&name).map(|unit| unit.descriptor.dependency).unwrap_or_default();
                wanted.push((name, true));
                wanted.extend(imports.into_iter().map(|import| (import, false)));
            }
        }
        units
    }

    /// Every file after what it imports. What imports something bad is marked bad itself, and so on.
    pub(super) fn order(&mut self) -> Vec<usize> {
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
}

pub(super) const fn worse(a: Fate, b: Fate) -> Fate {
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
