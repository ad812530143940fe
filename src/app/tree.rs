//! The Services tree as rows: schema, package, service, method, filtered and folded. What it shows is decided here, so
//! that it can be tested without a window.
//!
//! Must not know: toolkit.

use std::collections::HashSet;

use super::schemas::OpenSchema;
use super::tab::SchemaId;
use crate::schema::{Kind, Schema};

/// What a row stands for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Node {
    /// A whole source.
    Schema(SchemaId),
    /// A package of a schema.
    Package(SchemaId, String),
    /// A service, by its place in the schema's list.
    Service(SchemaId, usize),
    /// A method, by the places of its service and itself.
    Method(SchemaId, usize, usize),
}

/// One row of the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// What it stands for.
    pub node: Node,
    /// How far it is indented.
    pub depth: usize,
    /// What it says; empty for the package of files that name none.
    pub label: String,
    /// Whether it is open; `None` for a leaf.
    pub open: Option<bool>,
    /// Children, for a service its methods; 0 where it does not matter.
    pub count: usize,
    /// The kind of a method.
    pub kind: Option<Kind>,
    /// Deprecated methods are shown as such.
    pub deprecated: bool,
}

/// What the user has folded and asked for.
#[derive(Clone, Debug, Default)]
pub struct TreeState {
    /// Nodes that the user closed: schemas and packages are open from the start.
    pub closed: HashSet<Node>,
    /// Services that the user opened or, in small schemas, closed: see [`TreeState::is_open`].
    pub toggled: HashSet<Node>,
    /// Text that a method, its service or its package must contain.
    pub filter: String,
    /// The row chosen last.
    pub selected: Option<Node>,
}

/// Below this number of services a schema shows its methods at once.
const SMALL: usize = 12;

impl TreeState {
    /// Whether the children of that node are shown.
    #[must_use]
    pub fn is_open(&self, node: &Node, services_in_schema: usize) -> bool {
        match node {
            Node::Schema(_) => !self.closed.contains(node),
            Node::Package(..) => (services_in_schema <= 200) != self.toggled.contains(node),
            Node::Service(..) => (services_in_schema <= SMALL) != self.toggled.contains(node),
            Node::Method(..) => false,
        }
    }

    /// Opens what is closed, closes what is open.
    pub fn toggle(&mut self, node: &Node) {
        let set = if matches!(node, Node::Schema(_)) { &mut self.closed } else { &mut self.toggled };
        if !set.remove(node) {
            set.insert(node.clone());
        }
    }

    /// The rows to draw.
    #[must_use]
    pub fn rows(&self, schemas: &[OpenSchema]) -> Vec<Row> {
        let needle = self.filter.trim().to_lowercase();
        let mut rows = Vec::new();
        for open in schemas {
            let node = Node::Schema(open.id);
            let at = rows.len();
            let shown = !needle.is_empty() || self.is_open(&node, 0);
            rows.push(Row {
                node,
                depth: 0,
                label: open.label(),
                open: Some(shown),
                count: open.schema.as_ref().map_or(0, |schema| schema.file_count),
                kind: None,
                deprecated: false,
            });
            if let (true, Some(schema)) = (shown, &open.schema) {
                self.schema_rows(open.id, schema, &needle, &mut rows);
            }
            if !needle.is_empty() && rows.len() == at + 1 {
                rows.pop();
            }
        }
        rows
    }

    fn schema_rows(&self, id: SchemaId, schema: &Schema, needle: &str, rows: &mut Vec<Row>) {
        let all = schema.services.len();
        let mut package: Option<(&str, bool)> = None;
        for (at, service) in schema.services.iter().enumerate() {
            let (package_name, name) = service.full_name.rsplit_once('.').unwrap_or(("", &service.full_name));
            let service_fits = service.full_name.to_lowercase().contains(needle);
            let fits: Vec<usize> = (0..service.methods.len())
                .filter(|index| service_fits || service.methods[*index].name.to_lowercase().contains(needle))
                .collect();
            if !needle.is_empty() && fits.is_empty() && !service_fits {
                continue;
            }
            if package.is_none_or(|(current, _)| current != package_name) {
                let node = Node::Package(id, package_name.to_owned());
                let open = !needle.is_empty() || self.is_open(&node, all);
                package = Some((package_name, open));
                rows.push(Row {
                    node,
                    depth: 1,
                    label: package_name.to_owned(),
                    open: Some(open),
                    count: 0,
                    kind: None,
                    deprecated: false,
                });
            }
            if package.is_some_and(|(_, open)| !open) {
                continue;
            }
            let node = Node::Service(id, at);
            let open = !needle.is_empty() || self.is_open(&node, all);
            rows.push(Row {
                node,
                depth: 2,
                label: name.to_owned(),
                open: Some(open),
                count: service.methods.len(),
                kind: None,
                deprecated: false,
            });
            if !open {
                continue;
            }
            rows.extend(fits.into_iter().map(|index| Row {
                node: Node::Method(id, at, index),
                depth: 3,
                label: service.methods[index].name.clone(),
                open: None,
                count: 0,
                kind: Some(service.methods[index].kind),
                deprecated: service.methods[index].deprecated,
            }));
        }
    }
}
