//! Changing a collection on disk. Nothing is overwritten but the file that was meant, and a file that this program does
//! not understand is never written.
//!
//! Must not know: what shows the collection; whoever changes it loads it again.

use std::fs;
use std::path::{Path, PathBuf};

use super::convert::normal;
use super::file::{CollectionFile, EnvironmentFile, FORMAT_VERSION, FolderFile, RequestFile, SourceFile};
use super::tree::{ENVIRONMENTS, FOLDER_FILE, REQUEST_ENDING, ROOT_FILE, SECRET_ENDING, file_name, stem_of};
use super::{Collection, Problem, Texts, draft_of, file_of, slug, write};
use crate::request::Draft;
use crate::schema::Source;

/// Makes a collection in a folder, which is made too.
///
/// # Errors
///
/// When the folder is a collection already, or cannot be written.
pub fn create_collection(folder: &Path, name: &str, sources: &[Source]) -> Result<Collection, Problem> {
    let path = folder.join(ROOT_FILE);
    if path.exists() {
        return Err(Problem::new(&path, "there is a collection already"));
    }
    let root = std::path::absolute(folder).map_err(|error| Problem::io(folder, "cannot be used", &error))?;
    let root = normal(&root);
    let schemas = sources.iter().map(|source| SourceFile::of_source(source, Some(&root))).collect();
    let name = if name.trim() == file_name(&root) { "" } else { name.trim() };
    write::write_json(&path, &CollectionFile { name: name.to_owned(), schemas, ..CollectionFile::default() })?;
    Collection::load(&root)
}

/// Gives a source of a collection other import paths, tried in this order; returns the source as it is then. Paths that
/// stay are written as they were, others relative to the collection.
///
/// # Errors
///
/// When the file cannot be written, has a newer format, or no longer names the source.
pub fn set_import_paths(root: &Path, source: &Source, import_paths: &[PathBuf]) -> Result<Source, Problem> {
    let path = root.join(ROOT_FILE);
    let mut file: CollectionFile = write::read_json(&path)?;
    if file.trunkline > FORMAT_VERSION {
        return Err(newer(&path, file.trunkline));
    }
    let Source::Protos { paths, .. } = source else {
        return Err(Problem::new(&path, "only proto files have import paths"));
    };
    let new =
        Source::Protos { paths: paths.clone(), import_paths: import_paths.iter().map(|path| normal(path)).collect() };
    let named = file.schemas.iter_mut().find(|named| named.to_source(root).as_ref() == Some(source));
    let Some(SourceFile::Protos { protos, import_paths }) = named else {
        return Err(Problem::new(&path, "the collection no longer names these proto files"));
    };
    let SourceFile::Protos { import_paths: mut written, .. } = SourceFile::of_source(&new, Some(root)) else {
        return Ok(new);
    };
    for text in &mut written {
        let means =
            |text: &str| SourceFile::Protos { protos: vec![text.to_owned()], import_paths: vec![] }.to_source(root);
        if let Some(old) = import_paths.iter().find(|old| means(old) == means(text)) {
            text.clone_from(old);
        }
    }
    let new =
        SourceFile::Protos { protos: protos.clone(), import_paths: written.clone() }.to_source(root).unwrap_or(new);
    *import_paths = written;
    write::write_json(&path, &file)?;
    Ok(new)
}

/// Makes a folder for requests; returns its path.
///
/// # Errors
///
/// When it cannot be written.
pub fn create_folder(parent: &Path, name: &str) -> Result<PathBuf, Problem> {
    refuse_newer_collection(parent)?;
    let path = free(parent, &slug(name), "");
    let name = if name.trim() == file_name(&path) { "" } else { name.trim() };
    // An empty folder would not live in git.
    write::write_json(&path.join(FOLDER_FILE), &FolderFile { name: name.to_owned(), ..FolderFile::default() })?;
    Ok(path)
}

/// A path for a new request in a folder: a file name made from its name, with a number where that is taken.
#[must_use]
pub fn new_request_path(folder: &Path, name: &str) -> PathBuf {
    free(folder, &slug(name), REQUEST_ENDING)
}

/// Saves a draft as a new request; returns its path. The name stands in the file where the file name does not say it.
///
/// # Errors
///
/// When it cannot be written.
pub fn create_request(folder: &Path, name: &str, draft: &Draft) -> Result<PathBuf, Problem> {
    refuse_newer_collection(folder)?;
    let path = new_request_path(folder, name);
    let name = if name.trim() == stem_of(&path) { "" } else { name.trim() };
    let file = RequestFile { name: name.to_owned(), ..RequestFile::default() };
    write::write_json(&path, &file_of(draft, file, Texts::AsValues))?;
    Ok(path)
}

/// The name of a request and the draft that its file holds.
///
/// # Errors
///
/// When the file cannot be read, or holds something else than a request.
pub fn load_request(path: &Path) -> Result<(String, Draft), Problem> {
    let file = read_request(path)?;
    let draft = draft_of(&file);
    let name = if file.name.is_empty() { stem_of(path).clone() } else { file.name };
    Ok((name, draft))
}

/// Saves a draft into its file, made where it is not there. What a draft does not have stays: captures, asserts, keys
/// that we do not know.
///
/// # Errors
///
/// When the file cannot be written, holds something else than a request, or has a newer format.
pub fn save_request(path: &Path, draft: &Draft) -> Result<(), Problem> {
    refuse_newer_collection(path)?;
    let old = if path.exists() { read_request(path)? } else { RequestFile::default() };
    write::write_json(path, &file_of(draft, old, Texts::AsValues))
}

/// Gives a request or a folder another name, and a file name that fits it; returns its new path.
///
/// # Errors
///
/// When the file cannot be read or written.
pub fn rename(path: &Path, name: &str) -> Result<PathBuf, Problem> {
    refuse_newer_collection(path)?;
    let name = name.trim();
    let Some(parent) = path.parent().filter(|_| !name.is_empty()) else {
        return Err(Problem::new(path, "the name is missing"));
    };
    let is_folder = path.is_dir();
    let ending = if is_folder { "" } else { REQUEST_ENDING };
    let wanted = parent.join(format!("{}{ending}", slug(name)));
    let new = if wanted == path { wanted } else { free(parent, &slug(name), ending) };
    if is_folder {
        let own = path.join(FOLDER_FILE);
        let old = if own.exists() { write::read_json(&own)? } else { FolderFile::default() };
        let shown = if file_name(&new) == name { String::new() } else { name.to_owned() };
        write::write_json(&own, &FolderFile { name: shown, ..old })?;
    } else {
        let shown = if stem_of(&new) == name { String::new() } else { name.to_owned() };
        write::write_json(path, &RequestFile { name: shown, ..read_request(path)? })?;
    }
    if new != path {
        fs::rename(path, &new).map_err(|error| Problem::io(path, "cannot be renamed", &error))?;
    }
    Ok(new)
}

/// Removes a request, or a folder with all in it.
///
/// # Errors
///
/// When the path is neither (a collection's own folder is not removed), or cannot be removed.
pub fn delete(path: &Path) -> Result<(), Problem> {
    refuse_newer_collection(path)?;
    let is_request = path.is_file() && file_name(path).ends_with(REQUEST_ENDING);
    let inside = path.parent().and_then(Collection::find_root).is_some() && !path.join(ROOT_FILE).exists();
    let removed = if is_request {
        fs::remove_file(path)
    } else if path.is_dir() && inside {
        fs::remove_dir_all(path)
    } else {
        return Err(Problem::new(path, "this is neither a request nor a folder of a collection"));
    };
    removed.map_err(|error| Problem::io(path, "cannot be removed", &error))
}

/// Copies a request beside itself, under the name of its new file; returns the copy's path.
///
/// # Errors
///
/// When the file cannot be read or written.
pub fn duplicate(path: &Path) -> Result<PathBuf, Problem> {
    refuse_newer_collection(path)?;
    let file = RequestFile { name: String::new(), ..read_request(path)? };
    let parent = path.parent().unwrap_or(Path::new("."));
    let copy = free(parent, &stem_of(path), REQUEST_ENDING);
    write::write_json(&copy, &file)?;
    Ok(copy)
}

/// Saves an environment: `file` for git, `secret` beside it with a `.gitignore` that keeps it out. A secret without
/// anything in it is not written where there is none yet.
///
/// # Errors
///
/// When a file cannot be written.
pub fn save_environment(
    root: &Path,
    name: &str,
    file: &EnvironmentFile,
    secret: &EnvironmentFile,
) -> Result<(), Problem> {
    refuse_newer_collection(root)?;
    let folder = root.join(ENVIRONMENTS);
    let stem = if name.contains(['/', '\\']) || name.starts_with('.') { slug(name) } else { name.trim().to_owned() };
    if stem.is_empty() {
        return Err(Problem::new(&folder, "the name of the environment is missing"));
    }
    write::write_json(&folder.join(format!("{stem}.json")), file)?;
    let path = folder.join(format!("{stem}{SECRET_ENDING}"));
    if *secret == EnvironmentFile::default() && !path.exists() {
        return Ok(());
    }
    // First, so that there is no moment in which git would take the secret.
    ignore_secrets(&folder)?;
    write::write_json(&path, secret)
}

fn ignore_secrets(folder: &Path) -> Result<(), Problem> {
    const RULE: &str = "*.secret.json";
    let path = folder.join(".gitignore");
    let mut text = if path.exists() { write::read_text(&path)? } else { String::new() };
    if text.lines().any(|line| line.trim() == RULE) {
        return Ok(());
    }
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    text.push_str(RULE);
    text.push('\n');
    write::write_text(&path, &text)
}

fn read_request(path: &Path) -> Result<RequestFile, Problem> {
    let file: RequestFile = write::read_json(path).map_err(|mut problem| {
        problem.message = format!("the file was not touched, because it cannot be read: {}", problem.message);
        problem
    })?;
    if file.trunkline > FORMAT_VERSION { Err(newer(path, file.trunkline)) } else { Ok(file) }
}

/// Refuses to change anything in a collection of a newer format.
pub(super) fn refuse_newer_collection(path: &Path) -> Result<(), Problem> {
    let Some(root) = Collection::find_root(path) else { return Ok(()) };
    let path = root.join(ROOT_FILE);
    match write::read_json::<CollectionFile>(&path) {
        Ok(file) if file.trunkline > FORMAT_VERSION => Err(newer(&path, file.trunkline)),
        // One that cannot be read says so when it is opened, and keeps nobody from saving a request.
        _ => Ok(()),
    }
}

fn newer(path: &Path, version: u32) -> Problem {
    let message =
        format!("format {version} is newer than this program, which writes {FORMAT_VERSION}: update it first");
    Problem::new(path, message)
}

/// A path that is not taken: `stem`, `stem-2`, `stem-3`.
fn free(folder: &Path, stem: &str, ending: &str) -> PathBuf {
    let mut path = folder.join(format!("{stem}{ending}"));
    let mut number = 2;
    while path.symlink_metadata().is_ok() {
        path = folder.join(format!("{stem}-{number}{ending}"));
        number += 1;
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::collection::Item;
    use crate::request::{AuthDraft, MetadataRow};

    fn draft(method: &str) -> Draft {
        Draft { method: method.into(), messages: vec!["{\n  \"sku\": \"A-1\"\n}".into()], ..Draft::default() }
    }

    fn made() -> (tempfile::TempDir, Collection) {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("orders");
        let sources = [Source::Protos { paths: vec![root.join("protos")], import_paths: Vec::new() }];
        let collection = create_collection(&root, "Orders", &sources).unwrap();
        (folder, collection)
    }

    #[test]
    fn import_paths_are_written_relative_in_their_order_and_nothing_else_changes() {
        let (_folder, collection) = made();
        let root = &collection.root;
        let path = root.join(ROOT_FILE);
        let text = r#"{"trunkline":1,"schemas":[{"protos":["protos"],"importPaths":["./inc"]}],"later":{"a":1}}"#;
        fs::write(&path, text).unwrap();
        let source = Collection::load(root).unwrap().sources().remove(0);
        let shared = root.parent().unwrap().join("shared");
        let new = set_import_paths(root, &source, &[shared.clone(), root.join("inc"), root.join("x/../y")]).unwrap();
        assert_eq!(Collection::load(root).unwrap().sources(), std::slice::from_ref(&new));
        let Source::Protos { import_paths, .. } = &new else { panic!() };
        assert_eq!(*import_paths, [shared, root.join("inc"), root.join("y")]);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(r#""importPaths": ["../shared", "./inc", "y"]"#), "{text}");
        assert!(text.contains("\"later\""), "{text}");
        let problem = set_import_paths(root, &source, &[]).unwrap_err();
        assert_eq!(problem.message, "the collection no longer names these proto files");
    }

    fn names(items: &[Item]) -> Vec<&str> {
        items.iter().map(Item::name).collect()
    }

    #[test]
    fn a_collection_is_made_and_read_again() {
        let (_folder, collection) = made();
        let text = fs::read_to_string(collection.root.join(ROOT_FILE)).unwrap();
        assert_eq!(
            text,
            "{\n  \"trunkline\": 1,\n  \"name\": \"Orders\",\n  \"schemas\": [{ \"protos\": [\"protos\"] }]\n}\n"
        );
        assert_eq!(collection.name(), "Orders");
        assert!(create_collection(&collection.root, "", &[]).is_err());
        let folder = create_folder(&collection.root, "结账 流程").unwrap();
        assert!(folder.ends_with("结账-流程"));
        let one = create_request(&folder, "Place order", &draft("shop.v1.Orders/Place")).unwrap();
        let two = create_request(&folder, "Place order", &draft("a.B/C")).unwrap();
        assert!(one.ends_with("place-order.request.json") && two.ends_with("place-order-2.request.json"));
        for inside in [&collection.root, &one, &collection.root.join(ROOT_FILE), &folder] {
            let read = Collection::load(inside).unwrap();
            assert_eq!(read.requests().len(), 2);
            assert_eq!(read.request(&one).unwrap().draft().unwrap(), draft("shop.v1.Orders/Place"));
            assert_eq!(read.request(&one).unwrap().name, "Place order");
            assert_eq!(read.problems, []);
        }
    }

    #[test]
    fn saving_keeps_what_a_draft_does_not_have() {
        let (_folder, collection) = made();
        let path = collection.root.join("a.request.json");
        let text = r#"{
  "trunkline": 1,
  "method": "a.B/C",
  "tls": { "mode": "quantum", "later": 1 },
  "metadata": [["x", "1"], { "name": "y", "value": "2", "disabled": true, "why": "later" }],
  "auth": { "type": "bearer", "token": "{{token}}", "realm": "r" },
  "messages": [{ "z": 1, "a": 2 }],
  "captures": { "order": "$.orderId" },
  "asserts": [{ "status": "OK" }, { "path": "$.total", "equals": "42", "later": null }],
  "zebra": { "b": 1, "a": 2 },
  "ape": []
}
"#;
        fs::write(&path, text).unwrap();
        let mut draft = Collection::load(&path).unwrap().request(&path).unwrap().draft().unwrap();
        save_request(&path, &draft).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), text, "saving what was read changes no byte");
        draft.target = "localhost:1".into();
        draft.auth = AuthDraft::None;
        draft.metadata[0].disabled = true;
        draft.metadata.push(MetadataRow { name: "n".into(), ..MetadataRow::default() });
        save_request(&path, &draft).unwrap();
        let read = Collection::load(&path).unwrap();
        assert_eq!(read.request(&path).unwrap().draft().unwrap(), draft);
        let saved = fs::read_to_string(&path).unwrap();
        for kept in ["captures", "asserts", "zebra", "ape", "why", "later", "realm"] {
            assert!(saved.contains(kept), "{kept} in {saved}");
        }
        save_request(&path, &draft).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), saved);
    }

    #[test]
    fn the_documented_request_keeps_its_bytes() {
        let (_folder, collection) = made();
        let path = collection.root.join("place-order.request.json");
        let text = r#"{
  "trunkline": 1,
  "method": "shop.v1.Orders/Place",
  "target": "{{host}}:50051",
  "metadata": [["x-trace", "{{$uuid}}"]],
  "timeout": "5s",
  "messages": [{ "sku": "A-1", "count": 2 }],
  "captures": { "order": "$.orderId" },
  "asserts": [{ "status": "OK" }, { "path": "$.total", "equals": "42" }]
}
"#;
        // Written by hand, with other spaces and another order.
        fs::write(
            &path,
            text.replace("  ", "").replace("\"timeout\": \"5s\",", "").replacen('{', "{\"timeout\":\"5s\",", 1),
        )
        .unwrap();
        let draft = Collection::load(&path).unwrap().request(&path).unwrap().draft().unwrap();
        save_request(&path, &draft).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
    }

    #[test]
    fn files_that_are_not_understood_are_left_alone() {
        let (_folder, collection) = made();
        let path = collection.root.join("a.request.json");
        for text in ["<<<<<<< HEAD\n{", "{ \"trunkline\": 2, \"method\": \"a.B/C\" }"] {
            fs::write(&path, text).unwrap();
            assert!(save_request(&path, &draft("x.Y/Z")).is_err());
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
        assert_eq!(Collection::load(&path).unwrap().request(&path).unwrap().draft().unwrap().method, "a.B/C");
        fs::write(collection.root.join(ROOT_FILE), "{ \"trunkline\": 2 }").unwrap();
        assert!(create_request(&collection.root, "b", &draft("x.Y/Z")).is_err());
        assert!(delete(&path).is_err());
        let read = Collection::load(&path).unwrap();
        assert_eq!((read.requests().len(), read.problems.len()), (1, 1));
    }

    #[test]
    fn requests_are_renamed_copied_and_removed() {
        let (_folder, collection) = made();
        let path = create_request(&collection.root, "one", &draft("a.B/C")).unwrap();
        let copy = duplicate(&path).unwrap();
        assert!(copy.ends_with("one-2.request.json"));
        let renamed = rename(&copy, "A / b").unwrap();
        assert!(renamed.ends_with("a-b.request.json"));
        assert_eq!(rename(&renamed, "A / b").unwrap(), renamed);
        assert_eq!(names(&Collection::load(&path).unwrap().items), ["A / b", "one"]);
        assert!(rename(&path, "a b").unwrap().ends_with("a-b-2.request.json"), "nothing is overwritten");
        let folder = create_folder(&collection.root, "x").unwrap();
        let folder = rename(&folder, "Y y").unwrap();
        assert!(folder.ends_with("y-y"));
        delete(&folder).unwrap();
        delete(&renamed).unwrap();
        assert!(delete(&collection.root).is_err());
        assert!(delete(&collection.root.join(ROOT_FILE)).is_err());
        assert_eq!(names(&Collection::load(&collection.root).unwrap().items), ["a b"]);
    }

    #[test]
    fn secrets_stay_out_of_git() {
        let (_folder, collection) = made();
        let file = |name: &str, value: &str| {
            let mut file = EnvironmentFile::default();
            file.variables.insert(name.to_owned(), value.into());
            file
        };
        save_environment(&collection.root, "local", &file("host", "a"), &EnvironmentFile::default()).unwrap();
        let folder = collection.root.join(ENVIRONMENTS);
        assert!(!folder.join(".gitignore").exists());
        fs::write(folder.join(".gitignore"), "x").unwrap();
        for _ in 0..2 {
            save_environment(&collection.root, "local", &file("host", "a"), &file("token", "t")).unwrap();
            assert_eq!(fs::read_to_string(folder.join(".gitignore")).unwrap(), "x\n*.secret.json\n");
        }
        let read = Collection::load(&collection.root).unwrap();
        assert_eq!(read.environments.len(), 1);
        let scope = read.scope(&collection.root, "local");
        assert_eq!(scope.variables, [("token".to_owned(), "t".to_owned()), ("host".to_owned(), "a".to_owned())]);
    }
}
