//! What the rules of a schema ask of a message, in words and checked: those of protovalidate (`buf.validate`) and those
//! of protoc-gen-validate (`validate.rules`).
//!
//! The rules of a type and of all types in it are read once; nothing of this happens before somebody asks for it.
//! Must not know: network, UI.

mod cel;
mod check;
mod fit;
mod format;
mod place;
mod plain;
mod rules;
mod sample;
#[cfg(test)]
mod tests;
mod words;

use std::collections::{HashMap, HashSet};

use prost_reflect::{DescriptorPool, DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, OneofDescriptor};

use self::rules::TypeRules;
use crate::text::Text;

pub use fit::Part;
pub use place::place_in;

/// Violations told of one message at most.
pub const MOST_VIOLATIONS: usize = 500;

/// A rule that a message does not meet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Path of the field, `items[2].count`, `labels["x"]`; a oneof has its name there, the message itself nothing.
    pub path: String,
    /// The rule's id, `string.min_len`.
    pub rule: String,
    /// What is asked: lower-case, no final stop; an author's own words as they are.
    pub message: String,
}

impl std::fmt::Display for Violation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        write!(f, "{} [{}]", self.message, self.rule)
    }
}

/// The rules of a message type and of all types in it.
#[derive(Debug, Default)]
pub struct Constraints {
    /// By full name; only types that have rules.
    types: HashMap<String, TypeRules>,
    /// Full names of the types that rules can be reached from: others are not looked into.
    reaching: HashSet<String>,
}

/// Whether types of the pool can have rules at all: known at once, without reading any.
#[must_use]
pub fn may_have_rules(pool: &DescriptorPool) -> bool {
    let extensions = ["buf.validate.field", "buf.validate.message", "validate.rules"];
    extensions.iter().any(|name| pool.get_extension_by_name(name).is_some())
}

impl Constraints {
    /// Reads the rules of a type and of all types in it. Takes long where there are many: not for the thread that draws.
    #[must_use]
    pub fn of(descriptor: &MessageDescriptor) -> Self {
        let mut constraints = Self::default();
        if !may_have_rules(descriptor.parent_pool()) {
            return constraints;
        }
        let mut holders: HashMap<String, Vec<String>> = HashMap::new();
        let mut seen = HashSet::from([descriptor.full_name().to_owned()]);
        let mut queue = vec![descriptor.clone()];
        while let Some(descriptor) = queue.pop() {
            let rules = rules::of_type(&descriptor);
            if !rules.is_empty() || rules.disabled {
                constraints.types.insert(descriptor.full_name().to_owned(), rules);
            }
            for kind in descriptor.fields().map(|field| field.kind()) {
                let Kind::Message(inner) = kind else { continue };
                holders.entry(inner.full_name().to_owned()).or_default().push(descriptor.full_name().to_owned());
                if seen.insert(inner.full_name().to_owned()) {
                    queue.push(inner);
                }
            }
        }
        let mut names: Vec<String> = constraints.types.keys().cloned().collect();
        while let Some(name) = names.pop() {
            names.extend(holders.remove(&name).unwrap_or_default());
            constraints.reaching.insert(name);
        }
        constraints
    }

    /// Whether nothing is asked.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.types.is_empty()
    }

    /// What is asked of a field, a phrase for each rule.
    #[must_use]
    pub fn describe(&self, field: &FieldDescriptor, text: &Text) -> Vec<String> {
        let rules = self.types.get(field.parent_message().full_name());
        let rules = rules.filter(|rules| !rules.disabled).and_then(|rules| rules.fields.get(&field.number()));
        rules.into_iter().flatten().flat_map(|rules| words::of_field(rules, text)).collect()
    }

    /// What is asked of a oneof.
    #[must_use]
    pub fn describe_oneof(&self, oneof: &OneofDescriptor, text: &Text) -> Vec<String> {
        let rules = self.types.get(oneof.parent_message().full_name());
        let required = rules.is_some_and(|rules| rules.oneofs.iter().any(|name| name == oneof.name()));
        if required { vec![text.get("rule-oneof").to_owned()] } else { Vec::new() }
    }

    /// What is asked of a type as a whole.
    #[must_use]
    pub fn describe_message(&self, descriptor: &MessageDescriptor, text: &Text) -> Vec<String> {
        self.types.get(descriptor.full_name()).map(|rules| words::of_type(rules, text)).unwrap_or_default()
    }

    /// Every rule that a message does not meet, up to [`MOST_VIOLATIONS`]: those of a message as a whole, then those of
    /// its fields in order.
    #[must_use]
    pub fn check(&self, message: &DynamicMessage, text: &Text) -> Vec<Violation> {
        check::check(self, message, text)
    }
}
