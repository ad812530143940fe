//! Compiling: the files that many import in one pool, the others part by part in copies of it, on every core.
//!
//! Must not know: how imports are found.

use std::collections::{HashMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Mutex;

use prost_reflect::DescriptorPool;

use super::graph::{Fate, Graph, worse};
use crate::schema::bundled::{DESCRIPTOR, bundled};
use crate::schema::files::{Content, File};
use crate::schema::parallel::in_parallel;
use crate::schema::problem::Problem;
use crate::schema::{Types, encode_file};

/// A file imported from this many folders belongs into the pool that all parts share.
const FOLDERS_OF_A_SHARED_FILE: usize = 6;

/// Files of a part, at least, as long as there are files; a connected group is never divided.
const PART: usize = 150;
/// What came of compiling one file.
pub(super) struct Outcome {
    pub(super) fate: Fate,
    pub(super) problems: Vec<Problem>,
    /// Serialised for the descriptor set, where it belongs into it.
    pub(super) encoded: Option<Vec<u8>>,
}
impl Graph<'_> {
    pub(super) fn compile(&self, order: &[usize]) -> Vec<Option<Outcome>> {
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
        let done = in_parallel(self.threads, &parts, |part| self.compile_part(part, &mut pool.clone(), &base_fates));
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
            if self.progress.is_cancelled() {
                break;
            }
            self.progress.step();
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
        let file = File { name: node.name.clone(), content, compiled: Mutex::default() };
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
