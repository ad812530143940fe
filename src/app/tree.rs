//! The Services tree as rows: schema, package, service, method, filtered and folded. What it shows is decided here, so
//! that it can be tested without a window.
//!
//! Must not know: toolkit.

use std::collections::HashSet;

use super::schemas::OpenSchema;
use super::tab::SchemaId;
use crate::schema::{Kind, Method, Schema};

/// What a row stands for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Node {
    /// A whole source.
    Schema(SchemaId),
    /// A package of a schema.
    Package(SchemaId, String),
    /// A service, by its place in the schema's list.
    Service(SchemaId, usize),
    /// A service that a server lists but does not describe, by its place in the list of those.
    Undescribed(SchemaId, usize),
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
            Node::Undescribed(..) | Node::Method(..) => false,
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
        let all = all + schema.undescribed.len();
        for entry in entries(schema) {
            let full_name = entry.full_name(schema);
            let (package_name, name) = full_name.rsplit_once('.').unwrap_or(("", full_name));
            let service_fits = contains(full_name, needle);
            let service = match entry {
                Entry::Described(at) => schema.services.get(at),
                Entry::Undescribed(_) => None,
            };
            let method_fits = |method: &Method| contains(&method.name, needle);
            if !service_fits && !service.is_some_and(|service| service.methods.iter().any(method_fits)) {
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
            let (Entry::Described(at), Some(service)) = (entry, service) else {
                let node = Node::Undescribed(id, entry.index());
                rows.push(Row {
                    node,
                    depth: 2,
                    label: name.to_owned(),
                    open: None,
                    count: 0,
                    kind: None,
                    deprecated: false,
                });
                continue;
            };
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
            let fits = service.methods.iter().enumerate().filter(|(_, method)| service_fits || method_fits(method));
            rows.extend(fits.map(|(index, method)| Row {
                node: Node::Method(id, at, index),
                depth: 3,
                label: method.name.clone(),
                open: None,
                count: 0,
                kind: Some(method.kind),
                deprecated: method.deprecated,
            }));
        }
    }
}

/// A service in the order of names, described or not.
#[derive(Clone, Copy)]
enum Entry {
    Described(usize),
    Undescribed(usize),
}

impl Entry {
    const fn index(self) -> usize {
        match self {
            Self::Described(index) | Self::Undescribed(index) => index,
        }
    }

    fn full_name(self, schema: &Schema) -> &str {
        match self {
            Self::Described(index) => &schema.services[index].full_name,
            Self::Undescribed(index) => &schema.undescribed[index],
        }
    }
}

/// Both lists of services as one; each is sorted.
fn entries(schema: &Schema) -> impl Iterator<Item = Entry> {
    let (mut described, mut undescribed) = (0..schema.services.len(), 0..schema.undescribed.len());
    std::iter::from_fn(move || {
        let (next, other) = (described.start, undescribed.start);
        let other_first = schema
            .undescribed
            .get(other)
            .is_some_and(|name| schema.services.get(next).is_none_or(|service| *name < service.full_name));
        if other_first { undescribed.next().map(Entry::Undescribed) } else { described.next().map(Entry::Described) }
    })
}

/// Whether the text contains the needle, which is in small letters, case aside. Asked of every name of a tree in every
/// frame: names are ASCII, for which nothing is allocated.
fn contains(text: &str, needle: &str) -> bool {
    let Some(first) = needle.bytes().next() else { return true };
    if !(text.is_ascii() && needle.is_ascii()) {
        return text.to_lowercase().contains(needle);
    }
    let starts = text.bytes().enumerate().filter(|(_, byte)| byte.to_ascii_lowercase() == first).map(|(at, _)| at);
    let fits = |at: usize| text.as_bytes().get(at..at + needle.len());
    starts.filter_map(fits).any(|part| part.eq_ignore_ascii_case(needle.as_bytes()))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::app::schemas::SchemaState;
    use crate::schema::Source;

    const SHOP: &str = r#"
        syntax = "proto3";
        package shop.v1;
        message Order {}
        service Orders {
            rpc Place(Order) returns (Order);
            rpc Watch(Order) returns (stream Order);
        }
        service Stock { rpc Count(Order) returns (Order) { option deprecated = true; } }
    "#;
    const PLAIN: &str = r#"syntax = "proto3"; message M {} service Ping { rpc Ping(M) returns (M); }"#;

    fn open(id: u64, name: &str, files: &[(&str, &str)]) -> OpenSchema {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join(name);
        std::fs::create_dir(&root).unwrap();
        for (file, text) in files {
            std::fs::write(root.join(file), text).unwrap();
        }
        let source = Source::Protos { paths: vec![root], import_paths: Vec::new() };
        let schema = Schema::load(&source).unwrap();
        assert_eq!(schema.problems, []);
        OpenSchema {
            id: SchemaId(id),
            source,
            asked: None,
            schema: Some(Arc::new(schema)),
            state: SchemaState::Ready,
            progress: crate::schema::Progress::default(),
            check: crate::app::schemas::Checking::Not,
            is_new: false,
            of_collection: false,
            watch: crate::app::schemas::Watching::Off,
        }
    }

    /// Every row with its depth, `-` when it is open, `+` when it is closed.
    #[track_caller]
    fn check(state: &TreeState, schemas: &[OpenSchema], expected: &str) {
        let row = |row: &Row| {
            let mark = row.open.map_or(' ', |open| if open { '-' } else { '+' });
            let deprecated = if row.deprecated { " (deprecated)" } else { "" };
            let label = if row.label.is_empty() { "(none)" } else { &row.label };
            format!("{}{mark} {label}{deprecated}", "  ".repeat(row.depth))
        };
        let rows: Vec<String> = state.rows(schemas).iter().map(row).collect();
        let expected: Vec<&str> =
            expected.lines().map(|line| line.strip_prefix("            ").unwrap_or(line)).collect();
        assert_eq!(rows, expected);
    }

    #[test]
    fn names_contain_the_filter_whatever_the_case() {
        for (text, needle, expected) in [
            ("shop.v1.Orders", "", true),
            ("", "", true),
            ("", "x", false),
            ("shop.v1.Orders", "orders", true),
            ("shop.v1.Orders", "p.v1.o", true),
            ("OOrder", "order", true),
            ("Orders", "orderss", false),
            ("Größe", "grö", true),
            ("ÖL", "öl", true),
            ("Ol", "öl", false),
        ] {
            assert_eq!(contains(text, needle), expected, "{text} {needle}");
        }
    }

    fn shop() -> [OpenSchema; 1] {
        [open(1, "shop", &[("shop.proto", SHOP), ("plain.proto", PLAIN)])]
    }

    #[test]
    fn a_small_schema_shows_everything_at_once() {
        check(
            &TreeState::default(),
            &shop(),
            "- shop
              - (none)
                - Ping
                    Ping
              - shop.v1
                - Orders
                    Place
                    Watch
                - Stock
                    Count (deprecated)",
        );
    }

    #[test]
    fn rows_are_folded_and_unfolded() {
        let mut state = TreeState::default();
        let schemas = shop();
        let package = Node::Package(SchemaId(1), "shop.v1".to_owned());
        state.toggle(&package);
        state.toggle(&Node::Service(SchemaId(1), 0));
        let folded = "- shop
              - (none)
                + Ping
              + shop.v1";
        check(&state, &schemas, folded);
        state.toggle(&Node::Schema(SchemaId(1)));
        check(&state, &schemas, "+ shop");
        state.toggle(&Node::Schema(SchemaId(1)));
        check(&state, &schemas, folded);
        state.toggle(&package);
        assert_eq!(state.rows(&schemas).len(), 9);
    }

    #[test]
    fn the_filter_looks_into_what_is_folded() {
        let mut state = TreeState { filter: " PLACE ".to_owned(), ..TreeState::default() };
        let schemas = shop();
        state.toggle(&Node::Schema(SchemaId(1)));
        check(
            &state,
            &schemas,
            "- shop
              - shop.v1
                - Orders
                    Place",
        );
        "orders".clone_into(&mut state.filter);
        check(
            &state,
            &schemas,
            "- shop
              - shop.v1
                - Orders
                    Place
                    Watch",
        );
        "nothing".clone_into(&mut state.filter);
        check(&state, &schemas, "");
    }

    #[test]
    fn a_big_schema_starts_with_its_services_closed() {
        let services: Vec<String> =
            (0..=SMALL).map(|number| format!("service S{number:02} {{ rpc Do(M) returns (M); }}")).collect();
        let text = format!("syntax = \"proto3\"; package big; message M {{}} {}", services.join(" "));
        let schemas = [open(1, "big", &[("big.proto", &text)])];
        let mut state = TreeState::default();
        assert_eq!(state.rows(&schemas).len(), 2 + SMALL + 1);
        state.toggle(&Node::Service(SchemaId(1), 0));
        let rows = state.rows(&schemas);
        assert_eq!((rows[2].open, rows[3].label.as_str()), (Some(true), "Do"));
    }

    #[test]
    fn services_that_are_not_described_stand_among_the_others() {
        let named = ["a.A", "shop.v1.Lost", "shop.v1.Orders", "shop.v1.Zoo", "z.Z"].map(str::to_owned).to_vec();
        let mut schemas = shop();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("shop.proto"), SHOP).unwrap();
        let source = Source::Protos { paths: vec![folder.path().to_owned()], import_paths: Vec::new() };
        let types = Schema::load(&source).unwrap().types_of_file("shop.proto").unwrap();
        let files = vec![types.encode_file("shop.proto").unwrap().into()];
        schemas[0].schema = Some(Arc::new(Schema::from_reflection("host", named, files, Vec::new())));
        check(
            &TreeState::default(),
            &schemas,
            "- shop
              - a
                  A
              - shop.v1
                  Lost
                - Orders
                    Place
                    Watch
                  Zoo
              - z
                  Z",
        );
        assert!(schemas[0].problem_of("shop.v1.Zoo").is_some());
        assert!(schemas[0].problem_of("shop.v1.Orders").is_none());
        let state = TreeState { filter: "lost".to_owned(), ..TreeState::default() };
        let rows = state.rows(&schemas);
        assert_eq!(rows.last().map(|row| &row.node), Some(&Node::Undescribed(SchemaId(1), 1)));
    }

    #[test]
    fn schemas_stand_one_after_the_other_and_do_not_mix() {
        let schemas = [open(1, "one", &[("plain.proto", PLAIN)]), open(2, "two", &[("plain.proto", PLAIN)])];
        let mut state = TreeState::default();
        state.toggle(&Node::Service(SchemaId(2), 0));
        check(
            &state,
            &schemas,
            "- one
              - (none)
                - Ping
                    Ping
            - two
              - (none)
                + Ping",
        );
    }
}
