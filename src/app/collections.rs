//! The collections that are open, and their tree as rows.
//!
//! Must not know: toolkit.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::schemas::Watching;
use crate::collection::{Collection, Item};
use crate::schema::{Kind, MethodPath, Schema};

/// A collection that the user opened.
#[derive(Debug)]
pub struct OpenCollection {
    /// What its files hold.
    pub collection: Collection,
    /// Tells when they change.
    pub watch: Watching,
}

/// One row of the Collection tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its file or folder.
    pub path: PathBuf,
    /// How far it is indented.
    pub depth: usize,
    /// What it says.
    pub label: String,
    /// What it is.
    pub what: What,
    /// Why it cannot be read.
    pub problem: Option<String>,
}

/// What a row is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// A collection; whether it is open.
    Collection(bool),
    /// A folder; whether it is open.
    Folder(bool),
    /// A request of that kind, where a schema knows its method.
    Request(Option<Kind>),
}

/// What the user has folded and asked for.
#[derive(Clone, Debug, Default)]
pub struct TreeState {
    /// Folders that the user closed.
    pub closed: HashSet<PathBuf>,
    /// Text that a request's name or folder must contain.
    pub filter: String,
    /// The request opened last.
    pub selected: Option<PathBuf>,
}

impl OpenCollection {
    /// What it is called.
    #[must_use]
    pub fn name(&self) -> String {
        self.collection.name()
    }

    /// Every request: its name with the folders before it, and its file.
    #[must_use]
    pub fn requests(&self) -> Vec<(String, PathBuf)> {
        let root = &self.collection.root;
        let named = |path: &Path, name: &str| match path.parent().and_then(|folder| folder.strip_prefix(root).ok()) {
            Some(folder) if !folder.as_os_str().is_empty() => {
                format!("{} / {name}", folder.to_string_lossy().replace(std::path::MAIN_SEPARATOR, " / "))
            }
            _ => name.to_owned(),
        };
        self.collection
            .requests()
            .into_iter()
            .map(|request| (named(&request.path, &request.name), request.path.clone()))
            .collect()
    }

    /// Its folders, itself first.
    #[must_use]
    pub fn folders(&self) -> Vec<PathBuf> {
        fn add(items: &[Item], folders: &mut Vec<PathBuf>) {
            for item in items {
                if let Item::Folder(folder) = item {
                    folders.push(folder.path.clone());
                    add(&folder.items, folders);
                }
            }
        }
        let mut folders = vec![self.collection.root.clone()];
        add(&self.collection.items, &mut folders);
        folders
    }
}

impl TreeState {
    /// Opens what is closed, closes what is open.
    pub fn toggle(&mut self, path: &Path) {
        if !self.closed.remove(path) {
            self.closed.insert(path.to_owned());
        }
    }

    /// The rows to draw; `schemas` say of which kind the methods are.
    #[must_use]
    pub fn rows(&self, collections: &[OpenCollection], schemas: &[&Schema]) -> Vec<Row> {
        let needle = self.filter.trim().to_lowercase();
        let mut rows = Vec::new();
        for open in collections {
            let root = &open.collection.root;
            let shown = !needle.is_empty() || !self.closed.contains(root);
            rows.push(Row {
                path: root.clone(),
                depth: 0,
                label: open.name(),
                what: What::Collection(shown),
                problem: None,
            });
            if shown {
                self.item_rows(&open.collection.items, 1, &needle, schemas, &mut rows);
            }
        }
        rows
    }

    fn item_rows(&self, items: &[Item], depth: usize, needle: &str, schemas: &[&Schema], rows: &mut Vec<Row>) {
        for item in items {
            let fits = item.name().to_lowercase().contains(needle);
            match item {
                Item::Folder(folder) => {
                    let shown = !needle.is_empty() || !self.closed.contains(&folder.path);
                    let at = rows.len();
                    rows.push(Row {
                        path: folder.path.clone(),
                        depth,
                        label: folder.name.clone(),
                        what: What::Folder(shown),
                        problem: None,
                    });
                    if shown {
                        // Below a folder whose name fits everything is shown.
                        let needle = if fits { "" } else { needle };
                        self.item_rows(&folder.items, depth + 1, needle, schemas, rows);
                    }
                    if !fits && rows.len() == at + 1 {
                        rows.pop();
                    }
                }
                Item::Request(request) if fits => rows.push(Row {
                    path: request.path.clone(),
                    depth,
                    label: request.name.clone(),
                    what: What::Request(request.file.as_ref().ok().and_then(|file| kind(&file.method, schemas))),
                    problem: request.file.as_ref().err().map(ToString::to_string),
                }),
                Item::Request(_) => {}
            }
        }
    }
}

fn kind(method: &str, schemas: &[&Schema]) -> Option<Kind> {
    let path = MethodPath::parse(method)?;
    schemas.iter().find_map(|schema| {
        let service = schema.service(&path.service)?;
        service.methods.iter().find(|method| method.name == path.method).map(|method| method.kind)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Source;

    /// The demo collection, and the schemas of its protos.
    fn demo(folder: &Path) -> (Vec<OpenCollection>, Schema) {
        let root = crate::demo::install(folder).unwrap();
        let collection = Collection::load(&root).unwrap();
        let source: Source = collection.sources().remove(0);
        (vec![OpenCollection { collection, watch: Watching::Off }], Schema::load(&source).unwrap())
    }

    fn outline(rows: &[Row]) -> Vec<String> {
        let mark = |what: &What| match what {
            What::Collection(true) | What::Folder(true) => "- ",
            What::Collection(false) | What::Folder(false) => "+ ",
            What::Request(_) => "",
        };
        rows.iter().map(|row| format!("{}{}{}", "  ".repeat(row.depth), mark(&row.what), row.label)).collect()
    }

    #[test]
    fn rows_are_folded_and_filtered() {
        let folder = tempfile::tempdir().unwrap();
        let (open, schema) = demo(folder.path());
        let root = open[0].collection.root.clone();
        let mut state = TreeState::default();
        let rows = state.rows(&open, &[&schema]);
        assert_eq!(outline(&rows)[..4], ["- Demo", "  - Hello world", "    Say hello", "    Say hello five times"]);
        assert_eq!(rows[2].what, What::Request(Some(Kind::Unary)));
        assert_eq!(rows[3].what, What::Request(Some(Kind::ServerStreaming)));
        assert_eq!(state.rows(&open, &[])[2].what, What::Request(None), "no schema, no kind");

        for name in ["hello-world", "greeter", "hello", "random", "encrypt", "sign-up", "kitchen-sink"] {
            state.toggle(&root.join(name));
        }
        assert_eq!(
            outline(&state.rows(&open, &[])),
            [
                "- Demo",
                "  + Hello world",
                "  + Greeter",
                "  + Hello",
                "  + Random",
                "  + Encrypt",
                "  + Sign up",
                "  + Kitchen sink"
            ]
        );
        "FIVE".clone_into(&mut state.filter);
        assert_eq!(outline(&state.rows(&open, &[])), ["- Demo", "  - Hello world", "    Say hello five times"]);
        "random".clone_into(&mut state.filter);
        assert_eq!(outline(&state.rows(&open, &[])), ["- Demo", "  - Random", "    Get random"]);
        state.filter.clear();
        state.toggle(&root);
        assert_eq!(outline(&state.rows(&open, &[])), ["+ Demo"]);
    }

    #[test]
    fn a_request_that_cannot_be_read_stays_with_its_problem() {
        let folder = tempfile::tempdir().unwrap();
        crate::demo::install(folder.path()).unwrap();
        let broken = folder.path().join("demo/random/get-random.request.json");
        std::fs::write(&broken, "{ \"trunkline\": 1, ").unwrap();
        let (open, _) = demo(folder.path());
        let rows = TreeState::default().rows(&open, &[]);
        let row = rows.iter().find(|row| row.path == broken).unwrap();
        assert!(row.problem.is_some());
        assert_eq!(rows.iter().filter(|row| row.problem.is_some()).count(), 1);
    }

    #[test]
    fn requests_are_named_with_their_folders() {
        let folder = tempfile::tempdir().unwrap();
        let (open, _) = demo(folder.path());
        let requests = open[0].requests();
        assert_eq!(requests.len(), 16);
        assert_eq!(requests[0].0, "hello-world / Say hello");
        let folders = open[0].folders();
        assert_eq!((folders.len(), &folders[0]), (8, &open[0].collection.root));
    }
}
