//! The pairs of message and enum types that are compared, each once however often it is reached, and which pairs reach
//! which: types may contain themselves, and there may be thousands.
//!
//! Must not know: services, methods.

use std::collections::{HashMap, HashSet};

use prost_reflect::{EnumDescriptor, Kind, MessageDescriptor};

use super::effect::{Effect, Impact, Reason, Ways};
use super::{Change, Difference, Types, What, field, values};

/// A type of one side: its file and its full name. Two files may define the same name.
type Name = (String, String);

/// All pairs reached so far.
#[derive(Default)]
pub(super) struct Graph {
    nodes: Vec<Node>,
    by_names: HashMap<(Name, Name), usize>,
    /// Pairs that were reached but not compared.
    pending: Vec<(usize, Pair)>,
}

#[derive(Default)]
struct Node {
    /// Places in the list of all differences.
    differences: Vec<usize>,
    /// The pairs that its fields reach.
    reached: Vec<usize>,
}

enum Pair {
    Messages(MessageDescriptor, MessageDescriptor),
    Enums(EnumDescriptor, EnumDescriptor),
}

impl Graph {
    /// The node of two messages, which are compared by the next [`Self::work`].
    pub(super) fn messages(&mut self, left: MessageDescriptor, right: MessageDescriptor) -> usize {
        let name = |one: &MessageDescriptor| (one.parent_file().name().to_owned(), one.full_name().to_owned());
        let names = (name(&left), name(&right));
        self.node(names, || Pair::Messages(left, right))
    }

    fn enum_pair(&mut self, left: EnumDescriptor, right: EnumDescriptor) -> usize {
        let name = |one: &EnumDescriptor| (one.parent_file().name().to_owned(), one.full_name().to_owned());
        let names = (name(&left), name(&right));
        self.node(names, || Pair::Enums(left, right))
    }

    fn node(&mut self, names: (Name, Name), pair: impl FnOnce() -> Pair) -> usize {
        let next = self.nodes.len();
        let index = *self.by_names.entry(names).or_insert(next);
        if index == next {
            self.nodes.push(Node::default());
            self.pending.push((index, pair()));
        }
        index
    }

    /// Compares what is pending, and all that it reaches.
    pub(super) fn work(&mut self, left: &Types, right: &Types, differences: &mut Vec<Difference>) {
        while let Some((index, pair)) = self.pending.pop() {
            let start = differences.len();
            match pair {
                Pair::Messages(one, other) => {
                    for pair in compare_messages((left, &one), (right, &other), differences) {
                        self.reach(index, &pair);
                    }
                }
                Pair::Enums(one, other) => {
                    differences.extend(values::compare(&one, &other));
                    differences.extend(reserved_values(&one, &other));
                }
            }
            self.nodes[index].differences.extend(start..differences.len());
        }
    }

    /// Notes the types of a field that both sides have.
    fn reach(&mut self, from: usize, pair: &field::Pair) {
        let (Some(left), Some(right)) = (&pair.left, &pair.right) else { return };
        let node = match (left.kind(), right.kind()) {
            (Kind::Message(one), Kind::Message(other)) if left.is_map() && right.is_map() => {
                let value = |entry: &MessageDescriptor| entry.map_entry_value_field();
                let values = field::Pair { left: Some(value(&one)), right: Some(value(&other)) };
                self.reach(from, &values);
                return;
            }
            (Kind::Message(one), Kind::Message(other)) if left.is_group() == right.is_group() => {
                self.messages(one, other)
            }
            (Kind::Enum(one), Kind::Enum(other)) => self.enum_pair(one, other),
            _ => return,
        };
        if !self.nodes[from].reached.contains(&node) {
            self.nodes[from].reached.push(node);
        }
    }

    /// Prepares to tell what each pair reaches.
    pub(super) fn walk(&self) -> Walk<'_> {
        let mut reaches = vec![false; self.nodes.len()];
        let mut reached_by: Vec<Vec<usize>> = vec![Vec::new(); self.nodes.len()];
        let mut pending: Vec<usize> = Vec::new();
        for (index, node) in self.nodes.iter().enumerate() {
            for reached in &node.reached {
                reached_by[*reached].push(index);
            }
            if !node.differences.is_empty() {
                reaches[index] = true;
                pending.push(index);
            }
        }
        while let Some(index) = pending.pop() {
            for from in &reached_by[index] {
                if !std::mem::replace(&mut reaches[*from], true) {
                    pending.push(*from);
                }
            }
        }
        Walk { graph: self, reaches, seen: vec![0; self.nodes.len()], round: 0 }
    }
}

/// Goes from pair to pair, but only where there is something to find.
pub(super) struct Walk<'a> {
    graph: &'a Graph,
    /// Whether a pair reaches any difference.
    reaches: Vec<bool>,
    /// The round in which a pair was seen last.
    seen: Vec<usize>,
    round: usize,
}

impl Walk<'_> {
    /// Every difference that a pair reaches, each once.
    pub(super) fn differences(&mut self, start: usize, mut found: impl FnMut(usize)) {
        self.round += 1;
        let mut pending = vec![start];
        while let Some(index) = pending.pop() {
            if !self.reaches[index] || std::mem::replace(&mut self.seen[index], self.round) == self.round {
                continue;
            }
            let node = &self.graph.nodes[index];
            node.differences.iter().copied().for_each(&mut found);
            pending.extend(&node.reached);
        }
    }
}

/// Compares two messages and gives the pairs of their fields.
fn compare_messages(
    (left_side, left): (&Types, &MessageDescriptor),
    (right_side, right): (&Types, &MessageDescriptor),
    differences: &mut Vec<Difference>,
) -> Vec<field::Pair> {
    let oneofs = field::renamed_oneofs(left, right);
    let renamed: HashSet<String> =
        oneofs.iter().filter_map(|one| Some(one.name.rsplit_once('.')?.1.to_owned())).collect();
    differences.extend(oneofs);
    let pairs = field::pairs(left, right);
    for pair in &pairs {
        differences.extend(field::compare((left_side, left), (right_side, right), pair, &renamed));
    }
    differences.extend(reserved_fields(left, right));
    pairs
}

fn reserved_fields(left: &MessageDescriptor, right: &MessageDescriptor) -> Option<Difference> {
    let numbers = |one: &MessageDescriptor| {
        ranges(one.reserved_ranges().map(|range| (i64::from(range.start), i64::from(range.end) - 1)).collect())
    };
    let names = |one: &MessageDescriptor| one.reserved_names().map(str::to_owned).collect::<Vec<_>>();
    let left_text = reserved(numbers(left), names(left), MOST_FIELDS);
    let right_text = reserved(numbers(right), names(right), MOST_FIELDS);
    reserved_difference(What::Message, left.full_name(), left_text, right_text)
}

fn reserved_values(left: &EnumDescriptor, right: &EnumDescriptor) -> Option<Difference> {
    let numbers = |one: &EnumDescriptor| {
        ranges(one.reserved_ranges().map(|range| (i64::from(*range.start()), i64::from(*range.end()))).collect())
    };
    let names = |one: &EnumDescriptor| one.reserved_names().map(str::to_owned).collect::<Vec<_>>();
    let left_text = reserved(numbers(left), names(left), i64::from(i32::MAX));
    let right_text = reserved(numbers(right), names(right), i64::from(i32::MAX));
    reserved_difference(What::Enum, left.full_name(), left_text, right_text)
}

/// The highest number of a field.
const MOST_FIELDS: i64 = 536_870_911;

/// In order, those that touch as one.
fn ranges(mut all: Vec<(i64, i64)>) -> Vec<(i64, i64)> {
    all.sort_unstable();
    let mut joined: Vec<(i64, i64)> = Vec::with_capacity(all.len());
    for (start, end) in all {
        match joined.last_mut() {
            Some(last) if start <= last.1 + 1 => last.1 = last.1.max(end),
            _ => joined.push((start, end)),
        }
    }
    joined
}

/// The statement that reserves them; empty when nothing is reserved.
fn reserved(ranges: Vec<(i64, i64)>, mut names: Vec<String>, most: i64) -> String {
    names.sort_unstable();
    names.dedup();
    let range = |(start, end): (i64, i64)| match end {
        _ if start == end => start.to_string(),
        _ if end >= most => format!("{start} to max"),
        _ => format!("{start} to {end}"),
    };
    let parts: Vec<String> =
        ranges.into_iter().map(range).chain(names.into_iter().map(|name| format!("\"{name}\""))).collect();
    if parts.is_empty() { String::new() } else { format!("reserved {};", parts.join(", ")) }
}

fn reserved_difference(what: What, name: &str, left: String, right: String) -> Option<Difference> {
    (left != right).then(|| Difference {
        what,
        name: name.to_owned(),
        left: Some(left).filter(|text| !text.is_empty()),
        right: Some(right).filter(|text| !text.is_empty()),
        changes: vec![Change::Reserved],
        effects: vec![Effect { ways: Ways::BOTH, impact: Impact::Compatible, reason: Reason::Reserved }],
    })
}
