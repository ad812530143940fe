//! Reading and writing one JSON file. Writing goes through a temporary file in the same folder, so that a crash or a full
//! disk leaves the old file whole.
//!
//! Must not know: what the files are for.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::Problem;

/// Lines are kept this short where they can be.
const WIDTH: usize = 100;

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
    let text = text_of(value).map_err(|error| Problem::json(path, &error))?;
    if fs::read(path).is_ok_and(|old| old == text.as_bytes()) {
        return Ok(());
    }
    write_text(path, &text)
}

/// A value as the text of a file: every key of the file on a line of its own, and what is inside on one line where it
/// fits, so that rows of metadata and small messages read as people write them.
fn text_of<T: Serialize>(value: &T) -> Result<String, serde_json::Error> {
    // By way of text: a tree made from the value itself would widen `f32`s to their sixteen digits.
    let tree: Value = serde_json::from_str(&serde_json::to_string(value)?)?;
    let mut text = String::new();
    lay_out(&tree, 0, WIDTH, &mut text);
    text.push('\n');
    Ok(text)
}

/// Writes a value after `used` columns of its line.
fn lay_out(value: &Value, indent: usize, used: usize, out: &mut String) {
    if let Some(line) = on_one_line(value, WIDTH.saturating_sub(used)) {
        out.push_str(&line);
        return;
    }
    let inner = indent + 2;
    let mut first = true;
    let mut next_line = |out: &mut String| {
        out.push_str(if std::mem::take(&mut first) { "\n" } else { ",\n" });
        out.extend(std::iter::repeat_n(' ', inner));
    };
    match value {
        Value::Array(elements) if !elements.is_empty() => {
            out.push('[');
            for element in elements {
                next_line(out);
                // A comma may follow.
                lay_out(element, inner, inner + 1, out);
            }
            close(']', indent, out);
        }
        Value::Object(members) if !members.is_empty() => {
            out.push('{');
            for (name, value) in members {
                next_line(out);
                let name = Value::from(name.as_str()).to_string();
                out.push_str(&name);
                out.push_str(": ");
                lay_out(value, inner, inner + name.chars().count() + 3, out);
            }
            close('}', indent, out);
        }
        value => out.push_str(&value.to_string()),
    }
}

fn close(bracket: char, indent: usize, out: &mut String) {
    out.push('\n');
    out.extend(std::iter::repeat_n(' ', indent));
    out.push(bracket);
}

/// A value on one line, where that takes at most so many columns.
fn on_one_line(value: &Value, room: usize) -> Option<String> {
    let (mut line, end) = match value {
        Value::Array(elements) if !elements.is_empty() => ("[".to_owned(), "]"),
        Value::Object(members) if !members.is_empty() => ("{ ".to_owned(), " }"),
        value => {
            let text = value.to_string();
            return (text.chars().count() <= room).then_some(text);
        }
    };
    let mut left = room.checked_sub(line.len() + end.len())?;
    let mut put = |text: &str| {
        left = left.checked_sub(text.chars().count())?;
        line.push_str(text);
        Some(left)
    };
    match value {
        Value::Array(elements) => {
            for (index, element) in elements.iter().enumerate() {
                let room = put(if index > 0 { ", " } else { "" })?;
                put(&on_one_line(element, room)?)?;
            }
        }
        Value::Object(members) => {
            for (index, (name, value)) in members.iter().enumerate() {
                put(if index > 0 { ", " } else { "" })?;
                let room = put(&format!("{}: ", Value::from(name.as_str())))?;
                put(&on_one_line(value, room)?)?;
            }
        }
        _ => {}
    }
    line.push_str(end);
    Some(line)
}

/// Replaces a file, or makes it with its folders.
pub(super) fn write_text(path: &Path, text: &str) -> Result<(), Problem> {
    replace(path, text.as_bytes()).map_err(|error| Problem::io(path, "cannot be written", &error))
}

/// Replaces a file, or makes it with its folders: as a whole or not at all.
///
/// # Errors
///
/// When it cannot be written.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
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
    fn small_values_stand_on_one_line() {
        let long = "x".repeat(90);
        let value = serde_json::json!({
            "trunkline": 1,
            "metadata": [["x-trace", "{{$uuid}}"]],
            "messages": [{ "sku": "A-1", "tags": [], "of": { "a": null } }],
            "empty": {},
            "long": [{ "a": long, "b": 2 }]
        });
        let expected = r#"{
  "trunkline": 1,
  "metadata": [["x-trace", "{{$uuid}}"]],
  "messages": [{ "sku": "A-1", "tags": [], "of": { "a": null } }],
  "empty": {},
  "long": [
    {
      "a": "LONG",
      "b": 2
    }
  ]
}
"#;
        assert_eq!(text_of(&value).unwrap(), expected.replace("LONG", &long));
        assert_eq!(text_of(&serde_json::json!({})).unwrap(), "{}\n");
        assert_eq!(text_of(&[0.1_f32]).unwrap(), "[\n  0.1\n]\n");
    }

    proptest::proptest! {
        #[test]
        fn layout_changes_no_value(keys in proptest::collection::vec("[a-z中\"]{1,60}", 0..6), depth in 0_usize..5) {
            let mut value = Value::from(keys.clone());
            for _ in 0..depth {
                value = keys.iter().map(|key| (key.clone(), value.clone())).take(2).collect();
            }
            let text = text_of(&value).unwrap();
            assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
        }
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
