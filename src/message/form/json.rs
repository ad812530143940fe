//! A `Struct`, `Value` or `ListValue` being edited: a tree in which each value has a kind, or its JSON text.
//!
//! Must not know: toolkit.

use std::collections::HashSet;

use prost_reflect::MessageDescriptor;

use super::super::json::{self, Member, Node, Value};
use super::super::well_known::WellKnown;
use super::scalar::has_variable;
use super::{ScalarForm, Shape};

/// A `Struct`, `Value` or `ListValue` being edited.
#[derive(Clone, Debug, PartialEq)]
pub struct JsonForm {
    /// Its type.
    pub descriptor: MessageDescriptor,
    /// Its value; an object or a list where the type says so.
    pub root: JsonNode,
    /// It is typed as JSON text: then this counts, and not the tree.
    pub text: Option<ScalarForm>,
}

/// A value in the tree. What was typed for another kind is kept.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct JsonNode {
    kind: JsonKind,
    /// A string, or a number as typed.
    pub text: String,
    /// True or false.
    pub flag: bool,
    /// Of a list or an object.
    pub entries: Vec<JsonEntry>,
}

/// An element of a list, or an entry of an object.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct JsonEntry {
    /// Its key; without meaning in a list.
    pub key: String,
    /// Its value.
    pub value: JsonNode,
    /// Another entry before it has the same key.
    pub duplicate: bool,
}

/// What a value in the tree is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum JsonKind {
    /// `null`
    #[default]
    Null,
    /// A number.
    Number,
    /// A string.
    String,
    /// `true`, `false`
    Bool,
    /// `[ ]`
    List,
    /// `{ }`
    Object,
}

impl JsonKind {
    /// In the order of the screen.
    pub const ALL: [Self; 6] = [Self::Null, Self::Number, Self::String, Self::Bool, Self::List, Self::Object];

    /// Whether it has entries.
    #[must_use]
    pub fn is_branch(self) -> bool {
        matches!(self, Self::List | Self::Object)
    }
}

impl JsonForm {
    /// An empty one.
    #[must_use]
    pub fn new(descriptor: &MessageDescriptor) -> Self {
        let kind = required(descriptor).unwrap_or_default();
        Self { descriptor: descriptor.clone(), root: JsonNode { kind, ..JsonNode::default() }, text: None }
    }

    /// The form of JSON; what the type cannot be stands as text.
    pub(super) fn from_json(node: &Node, descriptor: &MessageDescriptor) -> Self {
        let root = JsonNode::from_json(node);
        if required(descriptor).is_none_or(|kind| kind == root.kind) {
            return Self { descriptor: descriptor.clone(), root, text: None };
        }
        let typed = match &node.value {
            Value::String(text) => text.clone(),
            _ => node.to_line(),
        };
        let text = ScalarForm::new(Shape::Json(descriptor.clone()), typed);
        Self { text: Some(text), ..Self::new(descriptor) }
    }

    /// Whether the whole may be of any kind.
    #[must_use]
    pub fn is_any_kind(&self) -> bool {
        required(&self.descriptor).is_none()
    }

    /// Shows it as JSON text, or as a tree again. A text that is no such value stays a text.
    pub fn show_text(&mut self, as_text: bool) {
        match (&self.text, as_text) {
            (None, true) => {
                let text = self.root.to_json().to_pretty();
                self.text = Some(ScalarForm::new(Shape::Json(self.descriptor.clone()), text));
            }
            (Some(text), false) if text.problem.is_none() => {
                let read = Self::from_json(&text.to_json(), &self.descriptor);
                if read.text.is_none() {
                    *self = read;
                }
            }
            _ => {}
        }
    }

    /// Its JSON.
    #[must_use]
    pub fn to_json(&self) -> Node {
        self.text.as_ref().map_or_else(|| self.root.to_json(), ScalarForm::to_json)
    }

    pub(super) fn problem_count(&self) -> usize {
        self.text.as_ref().map_or_else(|| self.root.problem_count(), |text| usize::from(text.problem.is_some()))
    }

    pub(super) fn check(&mut self) {
        match &mut self.text {
            Some(text) => text.check(),
            None => self.root.mark_all(),
        }
    }
}

impl JsonNode {
    fn from_json(node: &Node) -> Self {
        let empty = Self::default();
        let entry = |key: &str, value: &Node| JsonEntry {
            key: key.to_owned(),
            value: Self::from_json(value),
            duplicate: false,
        };
        match &node.value {
            Value::Null => empty,
            Value::Bool(flag) => Self { kind: JsonKind::Bool, flag: *flag, ..empty },
            Value::Number(text) => Self { kind: JsonKind::Number, text: text.clone(), ..empty },
            Value::String(text) => Self { kind: JsonKind::String, text: text.clone(), ..empty },
            Value::Array(elements) => {
                let entries = elements.iter().map(|element| entry("", element)).collect();
                Self { kind: JsonKind::List, entries, ..empty }
            }
            Value::Object(members) => {
                let entries = members.iter().map(|member| entry(&member.name, &member.value)).collect();
                let mut object = Self { kind: JsonKind::Object, entries, ..empty };
                object.mark_duplicates();
                object
            }
        }
    }

    /// What it is.
    #[must_use]
    pub fn kind(&self) -> JsonKind {
        self.kind
    }

    /// Makes it another kind. What was typed is taken over where it can be, and is there again with the kind before.
    pub fn set_kind(&mut self, kind: JsonKind) {
        match (self.kind, kind) {
            (JsonKind::Bool, JsonKind::String) if self.text.is_empty() => self.text = self.flag.to_string(),
            (JsonKind::String, JsonKind::Bool) => self.flag = self.text == "true",
            (_, JsonKind::Number) if self.text.is_empty() => "0".clone_into(&mut self.text),
            (_, JsonKind::Object) => {
                for (index, entry) in self.entries.iter_mut().enumerate().filter(|(_, entry)| entry.key.is_empty()) {
                    entry.key = index.to_string();
                }
            }
            _ => {}
        }
        self.kind = kind;
        self.mark_duplicates();
    }

    /// What is wrong with it, its entries aside.
    #[must_use]
    pub fn problem(&self) -> Option<&'static str> {
        if self.kind != JsonKind::Number || json::is_number(&self.text) {
            return None;
        }
        Some(if has_variable(&self.text) { "a variable is text here: make it a string" } else { "not a number" })
    }

    /// A new entry without a key, of the kind of the last; for [`super::ListEdit::Insert`].
    #[must_use]
    pub fn new_entry(&self) -> JsonEntry {
        // Most often the next is like the last.
        let kind = self.entries.last().map_or(JsonKind::String, |last| last.value.kind);
        let mut value = JsonNode::default();
        value.set_kind(kind);
        JsonEntry { value, ..JsonEntry::default() }
    }

    /// Finds the keys that stand twice, after entries were edited.
    pub fn mark_duplicates(&mut self) {
        let is_object = self.kind == JsonKind::Object;
        let mut seen = HashSet::with_capacity(if is_object { self.entries.len() } else { 0 });
        for JsonEntry { key, duplicate, .. } in &mut self.entries {
            *duplicate = is_object && !seen.insert(key.as_str());
        }
    }

    fn mark_all(&mut self) {
        self.mark_duplicates();
        for entry in &mut self.entries {
            entry.value.mark_all();
        }
    }

    fn problem_count(&self) -> usize {
        let own = usize::from(self.problem().is_some());
        if !self.kind.is_branch() {
            return own;
        }
        self.entries.iter().map(|entry| usize::from(entry.duplicate) + entry.value.problem_count()).sum()
    }

    fn to_json(&self) -> Node {
        Node::new(match self.kind {
            JsonKind::Null => Value::Null,
            JsonKind::Number if json::is_number(&self.text) => Value::Number(self.text.clone()),
            JsonKind::Number | JsonKind::String => Value::String(self.text.clone()),
            JsonKind::Bool => Value::Bool(self.flag),
            JsonKind::List => Value::Array(self.entries.iter().map(|entry| entry.value.to_json()).collect()),
            JsonKind::Object => Value::Object(
                self.entries.iter().map(|entry| Member::new(entry.key.clone(), entry.value.to_json())).collect(),
            ),
        })
    }
}

/// The kind that the type must be; `None` for any.
fn required(descriptor: &MessageDescriptor) -> Option<JsonKind> {
    match WellKnown::of(descriptor) {
        Some(WellKnown::Struct) => Some(JsonKind::Object),
        Some(WellKnown::ListValue) => Some(JsonKind::List),
        _ => None,
    }
}
