//! The module roots that `buf.yaml` and `buf.work.yaml` name: where a project says itself what its imports are relative
//! to.
//!
//! Must not know: what is in proto files.

use std::path::{Path, PathBuf};

use saphyr::{LoadableYamlNode as _, Yaml};

/// The files that name modules.
const NAMES: &[&str] = &["buf.yaml", "buf.work.yaml"];

/// Bytes. What is larger is no such file.
const LARGEST: u64 = 1 << 20;

/// Whether a file of that name may name modules.
pub(super) fn names_modules(path: &Path) -> bool {
    path.file_name().and_then(|name| name.to_str()).is_some_and(|name| NAMES.contains(&name))
}

/// The files that name modules in a folder and in those above it, up to the root of its repository.
pub(super) fn above(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for folder in folder.ancestors() {
        found.extend(NAMES.iter().map(|name| folder.join(name)).filter(|path| path.is_file()));
        if folder.join(".git").exists() {
            break;
        }
    }
    found
}

/// The roots that a file names, absolute where its own path is. A file that cannot be understood names none.
pub(super) fn roots(path: &Path) -> Vec<PathBuf> {
    let small = std::fs::metadata(path).is_ok_and(|kind| kind.is_file() && kind.len() <= LARGEST);
    let text = small.then(|| std::fs::read_to_string(path).ok()).flatten();
    let (Some(text), Some(folder)) = (text, path.parent()) else { return Vec::new() };
    let is_workspace = path.file_name().is_some_and(|name| name == "buf.work.yaml");
    let named = read(&text, is_workspace);
    named.iter().map(|name| super::roots::absolute(&folder.join(name))).filter(|root| root.is_dir()).collect()
}

/// The roots as the text names them, relative to its folder.
fn read(text: &str, is_workspace: bool) -> Vec<String> {
    let Ok(documents) = Yaml::load_from_str(text) else { return Vec::new() };
    let Some(top) = documents.first() else { return Vec::new() };
    let strings = |list: Option<&Yaml<'_>>| -> Vec<String> {
        let items = list.and_then(|list| list.as_sequence()).into_iter().flatten();
        items.filter_map(|item| item.as_str().map(str::to_owned)).collect()
    };
    if is_workspace {
        return strings(top.as_mapping_get("directories"));
    }
    let modules = top.as_mapping_get("modules").and_then(|modules| modules.as_sequence());
    let paths: Vec<String> = modules
        .into_iter()
        .flatten()
        .filter_map(|module| Some(module.as_mapping_get("path")?.as_str()?.to_owned()))
        .collect();
    let old = strings(top.as_mapping_get("build").and_then(|build| build.as_mapping_get("roots")));
    match (paths.is_empty(), old.is_empty()) {
        (false, _) => paths,
        (true, false) => old,
        // Before version 2 each module has such a file in its root.
        (true, true) => vec![".".to_owned()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, is_workspace: bool, expected: &[&str]) {
        assert_eq!(read(text, is_workspace), expected, "{text}");
    }

    #[test]
    fn each_version_names_its_roots() {
        check(
            "version: v2\nmodules:\n  - path: proto # ours\n  - path: 'vendor'\n    name: x\n",
            false,
            &["proto", "vendor"],
        );
        check("version: v1\nname: buf.build/a/b\ndeps: [x]\n", false, &["."]);
        check("version: v1beta1\nbuild:\n  roots:\n    - proto\n    - third\n", false, &["proto", "third"]);
        check("version: v1\ndirectories: [a, \"b/c\"]\n", true, &["a", "b/c"]);
        check("version: v2\nmodules: 3\n", false, &["."]);
        check("- [", false, &[]);
        check("", false, &[]);
    }

    #[test]
    fn only_folders_that_are_there_count() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("proto")).unwrap();
        let path = folder.path().join("buf.yaml");
        std::fs::write(&path, "modules: [{path: proto}, {path: gone}]").unwrap();
        assert_eq!(roots(&path), [folder.path().join("proto")]);
        assert_eq!(above(&folder.path().join("proto"))[0], path);
    }
}
