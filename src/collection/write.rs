//! Reading and writing one JSON file. Writing goes through a temporary file in the same folder, so that a crash or a full
//! disk leaves the old file whole.
//!
//! Must not know: what the files are for.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Problem;

/// Reads a file as text; a byte order mark is passed over.
pub(super) fn read_text(path: &Path) -> Result<String, Problem> {
    let bytes = fs::read(path).map_err(|error| Problem::io(path, "cannot be read", &error))?;
    match String::from_utf8(bytes) {
        Ok(text) => Ok(text.strip_prefix('\u{feff}').map_or(text.clone(), str::to_owned)),
        Err(error) => {
            let before = error.utf8_error().valid_up_to();
            let line = error.as_bytes()[..before].split(|byte| *byte == b'\n').count() as u32;
            Err(Problem { file: path.to_owned(), position: Some((line, 1)), message: "this is not UTF-8".to_owned() })
        }
    }
}

/// Reads a file as JSON of a type.
pub(super) fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T, Problem> {
    serde_json::from_str(&read_text(path)?).map_err(|error| Problem::json(path, &error))
}

/// Writes a value as JSON, unless the file holds just that.
pub(super) fn write_json<T: Serialize>(path: &Path, value: &T) -> Result<(), Problem> {
    let mut text = serde_json::to_string_pretty(value).map_err(|error| Problem::json(path, &error))?;
    text.push('\n');
    if fs::read(path).is_ok_and(|old| old == text.as_bytes()) {
        return Ok(());
    }
    write_text(path, &text)
}

/// Replaces a file, or makes it with its folders.
pub(super) fn write_text(path: &Path, text: &str) -> Result<(), Problem> {
    replace(path, text.as_bytes()).map_err(|error| Problem::io(path, "cannot be written", &error))
}

fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    // A link is followed: people keep settings in folders of their own.
    let path = &fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut file = tempfile::Builder::new().prefix(".trunkline-").suffix(".tmp").tempfile_in(folder)?;
    file.write_all(bytes)?;
    keep_permissions(path, file.as_file())?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    sync_folder(folder);
    Ok(())
}

#[cfg(unix)]
fn keep_permissions(path: &Path, file: &fs::File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    // A temporary file is readable by its owner only; a new file of a collection is for everybody, a secret is not.
    let secret = path.to_string_lossy().ends_with(".secret.json");
    let new = fs::Permissions::from_mode(if secret { 0o600 } else { 0o644 });
    file.set_permissions(fs::metadata(path).map_or(new, |old| old.permissions()))
}

#[cfg(not(unix))]
fn keep_permissions(_path: &Path, _file: &fs::File) -> io::Result<()> {
    Ok(())
}

/// Makes the renaming itself last. Where a folder cannot be opened as a file there is nothing to do.
fn sync_folder(folder: &Path) {
    if let Ok(folder) = fs::File::open(folder) {
        let _unsupported = folder.sync_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_replaced_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/a.json");
        write_text(&path, "one").unwrap();
        write_text(&path, "two").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "two");
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "no temporary file is left");
    }

    #[cfg(unix)]
    #[test]
    fn permissions_stay() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let path = folder.path().join("a.json");
        write_text(&path, "one").unwrap();
        assert_eq!(mode(&path), 0o644);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        write_text(&path, "two").unwrap();
        assert_eq!(mode(&path), 0o640);
        let secret = folder.path().join("a.secret.json");
        write_text(&secret, "{}").unwrap();
        assert_eq!(mode(&secret), 0o600);
    }

    #[test]
    fn problems_have_places() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.json");
        fs::write(&path, "{\n  \"a\": }\n").unwrap();
        let problem = read_json::<serde_json::Value>(&path).unwrap_err();
        assert_eq!(problem.position, Some((2, 8)));
        assert_eq!(problem.message, "expected value");
        fs::write(&path, b"a\n\xff").unwrap();
        assert_eq!(read_text(&path).unwrap_err().position, Some((2, 1)));
        fs::write(&path, "\u{feff}{}").unwrap();
        assert_eq!(read_text(&path).unwrap(), "{}");
    }
}
