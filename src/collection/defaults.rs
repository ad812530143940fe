//! What a folder or a collection sets for all requests below it, as a draft: it is edited with the same rows as a
//! request.
//!
//! Must not know: what edits it.

use std::path::Path;

use super::auth::{auth_draft, auth_file};
use super::convert::{row_file, rows, settings_draft, settings_file, tls_draft, tls_file};
use super::edit::refuse_newer_collection;
use super::file::{CollectionFile, Defaults, FolderFile};
use super::tree::{FOLDER_FILE, ROOT_FILE};
use super::{Problem, write};
use crate::request::Draft;

/// What the folder, or the collection whose folder it is, sets: a draft without method and messages.
///
/// # Errors
///
/// When its file cannot be read.
pub fn load_defaults(folder: &Path) -> Result<Draft, Problem> {
    let root = folder.join(ROOT_FILE);
    if root.is_file() {
        return write::read_json::<CollectionFile>(&root).map(|file| draft(&file.defaults));
    }
    let own = folder.join(FOLDER_FILE);
    if own.is_file() {
        return write::read_json::<FolderFile>(&own).map(|file| draft(&file.defaults));
    }
    Ok(Draft::default())
}

/// Saves what the folder or collection sets. All else in its file stays: name, order, variables, keys that we do not
/// know.
///
/// # Errors
///
/// When its file cannot be read or written, or has a newer format.
pub fn save_defaults(folder: &Path, draft: &Draft) -> Result<(), Problem> {
    refuse_newer_collection(folder)?;
    let root = folder.join(ROOT_FILE);
    if root.is_file() {
        let mut file: CollectionFile = write::read_json(&root)?;
        file.defaults = defaults(draft, file.defaults);
        return write::write_json(&root, &file);
    }
    let own = folder.join(FOLDER_FILE);
    let mut file: FolderFile = if own.is_file() { write::read_json(&own)? } else { FolderFile::default() };
    file.defaults = defaults(draft, file.defaults);
    write::write_json(&own, &file)
}

fn draft(defaults: &Defaults) -> Draft {
    Draft {
        target: defaults.target.clone(),
        tls: tls_draft(&defaults.tls),
        metadata: rows(&defaults.metadata),
        auth: auth_draft(defaults.auth.as_ref()),
        timeout: defaults.timeout.clone(),
        connect_timeout: defaults.connect_timeout.clone(),
        settings: settings_draft(&defaults.settings),
        ..Draft::default()
    }
}

fn defaults(draft: &Draft, old: Defaults) -> Defaults {
    Defaults {
        target: draft.target.clone(),
        metadata: draft.metadata.iter().map(|row| row_file(row, &old.metadata)).collect(),
        auth: auth_file(&draft.auth, old.auth),
        tls: tls_file(&draft.tls, old.tls),
        timeout: draft.timeout.clone(),
        connect_timeout: draft.connect_timeout.clone(),
        settings: settings_file(&draft.settings, &old.settings),
        rest: old.rest,
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::request::{AuthDraft, BinaryForm, MetadataRow, Setting};

    #[test]
    fn what_a_folder_sets_is_saved_beside_what_it_has() {
        let home = tempfile::tempdir().unwrap();
        let root = home.path();
        let trunkline = r#"{"trunkline":1,"name":"Mine","defaults":{"timeout":"1s","later":1},"new":[2]}"#;
        fs::write(root.join(ROOT_FILE), trunkline).unwrap();
        let folder = root.join("one");
        fs::create_dir(&folder).unwrap();

        let mut draft = load_defaults(root).unwrap();
        assert_eq!(draft.timeout, "1s");
        draft.target = "localhost:1".into();
        draft.timeout.clear();
        draft.settings.set(Setting::Proxy, "none");
        save_defaults(root, &draft).unwrap();
        assert_eq!(load_defaults(root).unwrap(), draft);
        let text = fs::read_to_string(root.join(ROOT_FILE)).unwrap();
        for kept in ["\"Mine\"", "\"later\": 1", "\"new\": [2]"] {
            assert!(text.contains(kept), "{text}");
        }

        let mut draft = load_defaults(&folder).unwrap();
        assert_eq!(draft, Draft::default());
        draft.auth = AuthDraft::Bearer { token: "{{token}}".into() };
        draft.metadata =
            vec![MetadataRow { name: "x-bin".into(), value: "ff".into(), form: BinaryForm::Hex, disabled: false }];
        save_defaults(&folder, &draft).unwrap();
        assert_eq!(load_defaults(&folder).unwrap(), draft);
        let text = fs::read_to_string(folder.join(FOLDER_FILE)).unwrap();
        assert!(text.contains(r#"[{ "name": "x-bin", "value": "ff", "form": "hex" }]"#), "{text}");
    }

    #[test]
    fn a_newer_collection_is_left_alone() {
        let home = tempfile::tempdir().unwrap();
        fs::write(home.path().join(ROOT_FILE), r#"{"trunkline":99}"#).unwrap();
        assert!(save_defaults(home.path(), &Draft::default()).is_err());
    }
}
