//! A collection as read from its folder: what the tree shows, and what each request inherits. A file that cannot be read
//! stays in the tree with its problem.
//!
//! Must not know: how anything is changed.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::auth::auth_draft;
use super::convert::{normal, rows, settings_draft, tls_draft};
use super::file::{CollectionFile, Defaults, EnvironmentFile, FORMAT_VERSION, FolderFile, RequestFile};
use super::{Problem, draft_of, natural_order, write};
use crate::request::{AuthDraft, Draft, Origin, Scope};
use crate::schema::Source;

/// The file that makes a folder a collection.
pub(super) const ROOT_FILE: &str = "trunkline.json";
/// What a folder of requests says of itself.
pub(super) const FOLDER_FILE: &str = "folder.json";
/// The ending of a request's file name.
pub(super) const REQUEST_ENDING: &str = ".request.json";
/// Where environments lie.
pub(super) const ENVIRONMENTS: &str = "environments";
/// The ending of a file name with secret values.
pub(super) const SECRET_ENDING: &str = ".secret.json";
/// Folders deeper than this are not looked into.
const MAX_DEPTH: usize = 24;

/// A collection.
#[derive(Clone, Debug, PartialEq)]
pub struct Collection {
    /// Its folder.
    pub root: PathBuf,
    /// `trunkline.json`.
    pub file: CollectionFile,
    /// Folders and requests, in order.
    pub items: Vec<Item>,
    /// Environments, by name.
    pub environments: Vec<Environment>,
    /// What could not be read, requests excepted: they hold their own.
    pub problems: Vec<Problem>,
}

/// A folder or a request.
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    /// A folder.
    Folder(Folder),
    /// A request.
    Request(Request),
}

/// A folder of requests.
#[derive(Clone, Debug, PartialEq)]
pub struct Folder {
    /// Its path.
    pub path: PathBuf,
    /// As shown.
    pub name: String,
    /// `folder.json`, or the default.
    pub file: FolderFile,
    /// Folders and requests in it, in order.
    pub items: Vec<Item>,
}

/// A saved request.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// Its file.
    pub path: PathBuf,
    /// As shown.
    pub name: String,
    /// What it holds, or why it cannot be read.
    pub file: Result<RequestFile, Problem>,
}

/// An environment.
#[derive(Clone, Debug, PartialEq)]
pub struct Environment {
    /// Its name.
    pub name: String,
    /// `environments/NAME.json`, there or not.
    pub path: PathBuf,
    /// What it holds.
    pub file: EnvironmentFile,
    /// What `environments/NAME.secret.json` holds: its values stand over those of `file`.
    pub secret: EnvironmentFile,
}

impl Item {
    /// As shown.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Folder(folder) => &folder.name,
            Self::Request(request) => &request.name,
        }
    }

    /// Its path.
    #[must_use]
    pub fn path(&self) -> &Path {
        match self {
            Self::Folder(folder) => &folder.path,
            Self::Request(request) => &request.path,
        }
    }

    /// What `order` calls it: the file name without its ending.
    fn stem(&self) -> String {
        match self {
            Self::Folder(folder) => file_name(&folder.path),
            Self::Request(request) => stem_of(&request.path),
        }
    }
}

impl Request {
    /// The draft that it holds.
    ///
    /// # Errors
    ///
    /// Why the file cannot be read.
    pub fn draft(&self) -> Result<Draft, &Problem> {
        self.file.as_ref().map(draft_of)
    }
}

impl Collection {
    /// The folder of the collection that a path is, or lies in.
    #[must_use]
    pub fn find_root(path: &Path) -> Option<PathBuf> {
        let path = normal(&std::path::absolute(path).ok()?);
        path.ancestors().find(|folder| folder.join(ROOT_FILE).is_file()).map(Path::to_owned)
    }

    /// Reads the collection that a path (its folder, its `trunkline.json`, or anything inside) belongs to. Blocking.
    ///
    /// # Errors
    ///
    /// When the path belongs to no collection, or its `trunkline.json` cannot be read.
    pub fn load(path: &Path) -> Result<Self, Problem> {
        let Some(root) = Self::find_root(path) else {
            let message = format!("this is no collection: there is no {ROOT_FILE} in it or above it");
            return Err(Problem::new(path, message));
        };
        let file: CollectionFile = write::read_json(&root.join(ROOT_FILE))?;
        let mut problems = Vec::new();
        if file.trunkline > FORMAT_VERSION {
            let message = format!(
                "this collection has format {}, this program knows {FORMAT_VERSION}: it is shown as far as possible and \
                 cannot be changed",
                file.trunkline
            );
            problems.push(Problem::new(&root.join(ROOT_FILE), message));
        }
        let mut items = items(&root, 0, &mut problems);
        sort(&mut items, &file.order);
        let environments = environments(&root, &mut problems);
        Ok(Self { root, file, items, environments, problems })
    }

    /// As shown.
    #[must_use]
    pub fn name(&self) -> String {
        if self.file.name.is_empty() { file_name(&self.root) } else { self.file.name.clone() }
    }

    /// Where the types of its requests come from, in order. Targets of reflection sources stay as typed.
    #[must_use]
    pub fn sources(&self) -> Vec<Source> {
        self.file.schemas.iter().filter_map(|source| source.to_source(&self.root)).collect()
    }

    /// The environment of a name.
    #[must_use]
    pub fn environment(&self, name: &str) -> Option<&Environment> {
        self.environments.iter().find(|environment| environment.name == name)
    }

    /// Every request, in order.
    #[must_use]
    pub fn requests(&self) -> Vec<&Request> {
        fn add<'a>(items: &'a [Item], all: &mut Vec<&'a Request>) {
            for item in items {
                match item {
                    Item::Folder(folder) => add(&folder.items, all),
                    Item::Request(request) => all.push(request),
                }
            }
        }
        let mut all = Vec::new();
        add(&self.items, &mut all);
        all
    }

    /// The request of a file.
    #[must_use]
    pub fn request(&self, path: &Path) -> Option<&Request> {
        self.requests().into_iter().find(|request| request.path == path)
    }

    /// What a request at a path (there or not yet) stands in: the collection, then the environment, then the folders
    /// from the outermost to its own, each over those before. An environment of an unknown name adds nothing.
    #[must_use]
    pub fn scope(&self, path: &Path, environment: &str) -> Scope {
        let own = Origin::Collection(self.name());
        let mut layers = vec![(&self.file.variables, &self.file.defaults, own)];
        if let Some(environment) = self.environment(environment) {
            let origin = Origin::Environment(environment.name.clone());
            layers.push((&environment.file.variables, &environment.file.defaults, origin.clone()));
            layers.push((&environment.secret.variables, &environment.secret.defaults, origin));
        }
        let mut items = &self.items;
        while let Some(folder) = items.iter().find_map(|item| match item {
            Item::Folder(folder) if path.starts_with(&folder.path) => Some(folder),
            _ => None,
        }) {
            layers.push((&folder.file.variables, &folder.file.defaults, Origin::Folder(file_name(&folder.path))));
            items = &folder.items;
        }
        let mut scope = Scope { folder: self.root.clone(), ..Scope::default() };
        for (variables, defaults, origin) in layers {
            apply(&mut scope, variables, defaults);
            let own = variables.keys().map(|name| (name.clone(), origin.clone()));
            scope.origins = own.chain(std::mem::take(&mut scope.origins)).collect();
        }
        scope
    }
}

/// Puts a layer over what is inherited so far.
fn apply(scope: &mut Scope, variables: &Map<String, Value>, defaults: &Defaults) {
    if !defaults.target.is_empty() {
        scope.target.clone_from(&defaults.target);
    }
    if !defaults.timeout.is_empty() {
        scope.timeout.clone_from(&defaults.timeout);
    }
    if !defaults.connect_timeout.is_empty() {
        scope.connect_timeout.clone_from(&defaults.connect_timeout);
    }
    scope.settings = settings_draft(&defaults.settings).over(&scope.settings);
    let auth = auth_draft(defaults.auth.as_ref());
    if auth != AuthDraft::Inherit {
        scope.auth = auth;
    }
    scope.tls = tls_draft(&defaults.tls).over(&scope.tls);
    let own = rows(&defaults.metadata);
    scope.metadata.retain(|row| !own.iter().any(|own| own.name.trim().eq_ignore_ascii_case(row.name.trim())));
    scope.metadata.extend(own);
    // The first of a name wins.
    let own = variables.iter().map(|(name, value)| (name.clone(), variable_text(value)));
    scope.variables = own.chain(std::mem::take(&mut scope.variables)).collect();
}

fn variable_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        value => value.to_string(),
    }
}

fn items(folder: &Path, depth: usize, problems: &mut Vec<Problem>) -> Vec<Item> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => {
            problems.push(Problem::io(folder, "cannot be read", &error));
            return Vec::new();
        }
    };
    let mut items = Vec::new();
    for entry in entries {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                problems.push(Problem::io(folder, "cannot be read", &error));
                continue;
            }
        };
        let path = entry.path();
        let name = file_name(&path);
        // A link to a folder is not followed, so that no folder holds itself.
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            let is_collection = path.join(ROOT_FILE).is_file();
            let is_environments = depth == 0 && name == ENVIRONMENTS;
            if depth < MAX_DEPTH && !name.starts_with('.') && !is_environments && !is_collection {
                items.extend(read_folder(path, depth, problems).map(Item::Folder));
            }
        } else if name.ends_with(REQUEST_ENDING) && !name.starts_with('.') {
            items.push(Item::Request(read_request(path)));
        }
    }
    items
}

/// Reads a folder; `None` where it has nothing to do with requests.
fn read_folder(path: PathBuf, depth: usize, problems: &mut Vec<Problem>) -> Option<Folder> {
    let mut items = items(&path, depth + 1, problems);
    let own = path.join(FOLDER_FILE);
    let says_so = own.is_file();
    if items.is_empty() && !says_so {
        return None;
    }
    let file = if says_so {
        write::read_json(&own).unwrap_or_else(|problem| {
            problems.push(problem);
            FolderFile::default()
        })
    } else {
        FolderFile::default()
    };
    sort(&mut items, &file.order);
    let name = if file.name.is_empty() { file_name(&path) } else { file.name.clone() };
    Some(Folder { path, name, file, items })
}

/// Reads a request. One that cannot be read holds its problem.
fn read_request(path: PathBuf) -> Request {
    let file: Result<RequestFile, Problem> = write::read_json(&path);
    let name = match &file {
        Ok(file) if !file.name.is_empty() => file.name.clone(),
        _ => stem_of(&path),
    };
    Request { path, name, file }
}

fn sort(items: &mut [Item], order: &[String]) {
    let place = |item: &Item| {
        let stem = item.stem();
        order.iter().position(|name| *name == stem).unwrap_or(usize::MAX)
    };
    items.sort_by(|one, other| {
        place(one)
            .cmp(&place(other))
            .then_with(|| matches!(one, Item::Request(_)).cmp(&matches!(other, Item::Request(_))))
            .then_with(|| natural_order(one.name(), other.name()))
            .then_with(|| one.path().cmp(other.path()))
    });
}

fn environments(root: &Path, problems: &mut Vec<Problem>) -> Vec<Environment> {
    let folder = root.join(ENVIRONMENTS);
    let Ok(entries) = fs::read_dir(&folder) else { return Vec::new() };
    let mut names: Vec<String> = entries
        .filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned()))
        .filter(|name| !name.starts_with('.'))
        .filter_map(|name| Some(name.strip_suffix(SECRET_ENDING).or_else(|| name.strip_suffix(".json"))?.to_owned()))
        .collect();
    names.sort_by(|one, other| natural_order(one, other));
    names.dedup();
    let mut read = |path: &Path| {
        if !path.is_file() {
            return EnvironmentFile::default();
        }
        write::read_json(path).unwrap_or_else(|problem| {
            problems.push(problem);
            EnvironmentFile::default()
        })
    };
    names
        .into_iter()
        .map(|name| {
            let path = folder.join(format!("{name}.json"));
            let file = read(&path);
            let secret = read(&folder.join(format!("{name}{SECRET_ENDING}")));
            Environment { name, path, file, secret }
        })
        .collect()
}

pub(super) fn file_name(path: &Path) -> String {
    path.file_name().map(OsStr::to_string_lossy).unwrap_or_default().into_owned()
}

pub(super) fn stem_of(path: &Path) -> String {
    let name = file_name(path);
    name.strip_suffix(REQUEST_ENDING).unwrap_or(&name).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::request::{TlsMode, expand};

    /// Writes files by path and text.
    fn written(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        folder
    }

    fn shown(items: &[Item], depth: usize) -> String {
        let one = |item: &Item| {
            let broken = matches!(item, Item::Request(request) if request.file.is_err());
            let inside = if let Item::Folder(folder) = item { shown(&folder.items, depth + 1) } else { String::new() };
            format!("{}{}{}\n{inside}", "  ".repeat(depth), item.name(), if broken { " !" } else { "" })
        };
        items.iter().map(one).collect()
    }

    #[test]
    fn the_tree_is_in_order_and_whole() {
        let folder = written(&[
            ("trunkline.json", r#"{ "trunkline": 1, "order": ["last"] }"#),
            ("b10.request.json", "{}"),
            ("B2.request.json", "{}"),
            ("broken.request.json", "{\n  oops"),
            ("last/x.request.json", r#"{ "name": "Named" }"#),
            ("checkout/folder.json", r#"{ "name": "结账", "order": ["z"] }"#),
            ("checkout/a.request.json", "{}"),
            ("checkout/z.request.json", "{}"),
            ("protos/a.proto", ""),
            (".git/x.request.json", "{}"),
            ("environments/x.request.json", "{}"),
            ("other/trunkline.json", "{}"),
            ("other/x.request.json", "{}"),
            ("bad/folder.json", "["),
        ]);
        let collection = Collection::load(&folder.path().join("protos/a.proto")).unwrap();
        assert_eq!(shown(&collection.items, 0), "last\n  Named\nbad\n结账\n  z\n  a\nB2\nb10\nbroken !\n");
        let broken = collection.request(&collection.root.join("broken.request.json")).unwrap();
        assert_eq!(broken.draft().unwrap_err().position, Some((2, 3)));
        assert_eq!(collection.problems.len(), 1, "{:?}", collection.problems);
    }

    #[test]
    fn requests_inherit() {
        let folder = written(&[
            (
                "trunkline.json",
                r#"{ "trunkline": 1, "variables": { "host": "c", "port": 1, "only": "c" },
                     "defaults": { "target": "{{host}}:{{port}}", "timeout": "1s", "metadata": [["a", "c"], ["b", "c"]],
                                   "auth": { "type": "bearer", "token": "{{token}}" }, "tls": { "ca": "ca.pem" } } }"#,
            ),
            (
                "environments/local.json",
                r#"{ "variables": { "host": "e", "token": "none" }, "defaults": { "timeout": "2s" } }"#,
            ),
            ("environments/local.secret.json", r#"{ "variables": { "token": "secret" } }"#),
            ("one/folder.json", r#"{ "variables": { "only": "f1" }, "defaults": { "metadata": [["A", "f1"]] } }"#),
            (
                "one/two/folder.json",
                r#"{ "defaults": { "timeout": "3s", "tls": { "mode": "tls" }, "auth": { "type": "none" } } }"#,
            ),
            ("one/two/x.request.json", "{}"),
        ]);
        let collection = Collection::load(folder.path()).unwrap();
        let check = |path: &str, environment: &str, expected: &str| {
            let scope = collection.scope(&collection.root.join(path), environment);
            let rows: Vec<_> = scope.metadata.iter().map(|row| format!("{}={}", row.name, row.value)).collect();
            let target = expand(&scope.target, &scope).unwrap();
            let only = expand("{{only}}", &scope).unwrap();
            let token = expand("{{token}}", &scope).unwrap_or_default();
            let text = format!("{target} {only} [{token}] {} {} {:?}", scope.timeout, rows.join(","), scope.tls.mode);
            assert_eq!(text, expected, "{path} {environment}");
            assert_eq!(scope.tls.ca, "ca.pem");
            scope
        };
        check("x.request.json", "", "c:1 c [] 1s a=c,b=c Auto");
        check("x.request.json", "local", "e:1 c [secret] 2s a=c,b=c Auto");
        check("x.request.json", "unknown", "c:1 c [] 1s a=c,b=c Auto");
        check("one/new.request.json", "local", "e:1 f1 [secret] 2s b=c,A=f1 Auto");
        let scope = check("one/two/x.request.json", "local", "e:1 f1 [secret] 3s b=c,A=f1 Tls");
        assert_eq!((scope.auth.clone(), scope.tls.mode), (AuthDraft::None, TlsMode::Tls));
        assert_eq!(scope.origin("host"), Some(&Origin::Environment("local".to_owned())));
        assert_eq!(scope.origin("port"), Some(&Origin::Collection(collection.name())));
        assert_eq!(scope.origin("only"), Some(&Origin::Folder("one".to_owned())));
        assert_eq!(scope.origin("nobody"), None);
        let names: Vec<&str> = scope.names().collect();
        assert_eq!(names, ["only", "token", "host", "port"]);
    }

    #[test]
    fn the_root_is_found_by_what_a_path_means() {
        let folder = written(&[("a/trunkline.json", "{}"), ("b/x.txt", "")]);
        assert_eq!(Collection::find_root(&folder.path().join("a/../b/x.txt")), None);
        assert_eq!(Collection::find_root(&folder.path().join("b/../a/new/y")), Some(folder.path().join("a")));
    }

    #[test]
    fn what_is_no_collection() {
        let folder = written(&[("a.request.json", "{}")]);
        assert!(Collection::load(folder.path()).unwrap_err().message.contains("no collection"));
        let folder = written(&[("trunkline.json", "{ \"trunkline\": \"one\" }")]);
        assert_eq!(Collection::load(folder.path()).unwrap_err().position.map(|(line, _)| line), Some(1));
    }
}
