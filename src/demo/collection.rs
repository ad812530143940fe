//! The demo collection: one request for each method of the samples, ready to send, with the proto files beside them.
//!
//! Must not know: how collections are read.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::samples::SAMPLES;

macro_rules! files {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../assets/demo-collection/", $name)))),*]
    };
}

/// The request that a newcomer sees first, relative to the collection.
pub const FIRST_REQUEST: &str = "hello-world/say-hello.request.json";

const FILES: &[(&str, &str)] = files![
    "trunkline.json",
    "environments/local.json",
    "encrypt/encrypt.request.json",
    "encrypt/folder.json",
    "greeter/folder.json",
    "greeter/lots-of-greetings.request.json",
    "greeter/lots-of-replies.request.json",
    "greeter/say-hello.request.json",
    "hello-world/folder.json",
    "hello-world/say-hello-five-times.request.json",
    "hello-world/say-hello-one-by-one.request.json",
    "hello-world/say-hello-to-all-at-once.request.json",
    "hello-world/say-hello.request.json",
    "hello/folder.json",
    "hello/say-hello.request.json",
    "kitchen-sink/chat.request.json",
    "kitchen-sink/echo.request.json",
    "kitchen-sink/fail.request.json",
    "kitchen-sink/folder.json",
    "kitchen-sink/ticker.request.json",
    "kitchen-sink/upload.request.json",
    "random/folder.json",
    "random/get-random.request.json",
    "sign-up/folder.json",
    "sign-up/sign-up.request.json",
];

/// The folder below the collection where its proto files lie.
const PROTOS: &str = "protos";

/// Lays the demo collection into `demo` below the user's data folder, and returns that folder. Files that are there
/// already stay as they are. Blocking.
///
/// # Errors
///
/// When a folder or file cannot be written; the path is in the text.
pub fn install(data_dir: &Path) -> io::Result<PathBuf> {
    let root = data_dir.join("demo");
    for (name, text) in FILES {
        write_if_missing(&root.join(name), text)?;
    }
    for (name, text) in SAMPLES {
        write_if_missing(&root.join(PROTOS).join(name), text)?;
    }
    Ok(root)
}

fn write_if_missing(path: &Path, text: &str) -> io::Result<()> {
    if path.symlink_metadata().is_ok() {
        return Ok(());
    }
    write_new(path, text)
        .map_err(|error| io::Error::new(error.kind(), format!("cannot write ({error}): {}", path.display())))
}

/// Writes beside the path and renames, so that a crash leaves no half of a file that later counts as there.
fn write_new(path: &Path, text: &str) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(text.as_bytes())?;
    match file.persist_noclobber(path) {
        Err(error) if error.error.kind() != io::ErrorKind::AlreadyExists => Err(error.error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use prost_reflect::DynamicMessage;
    use serde_json::Value;

    use super::*;
    use crate::collection::{Collection, Item, save_request};
    use crate::demo::samples;
    use crate::schema::MethodPath;

    #[test]
    fn every_method_of_the_samples_has_one_request_that_fits_it() {
        let samples = samples::compile().unwrap();
        let mut methods: BTreeSet<String> = samples
            .iter()
            .flat_map(|sample| sample.pool.services().collect::<Vec<_>>())
            .flat_map(|service| service.methods().collect::<Vec<_>>())
            .map(|method| format!("{}/{}", method.parent_service().full_name(), method.name()))
            .collect();
        for (name, text) in FILES.iter().filter(|(name, _)| name.ends_with(".request.json")) {
            let request: Value = serde_json::from_str(text).unwrap();
            let path = request["method"].as_str().unwrap();
            assert!(methods.remove(path), "{name}: a method that is not there, or a second request for it: {path}");
            let path = MethodPath::parse(path).unwrap();
            let service = samples.iter().find_map(|sample| sample.pool.get_service_by_name(&path.service)).unwrap();
            let method = service.methods().find(|method| method.name() == path.method).unwrap();
            let messages = request["messages"].as_array().unwrap();
            assert_eq!(messages.len() > 1, method.is_client_streaming(), "{name}");
            for message in messages {
                DynamicMessage::deserialize(method.input(), message).unwrap_or_else(|error| panic!("{name}: {error}"));
            }
        }
        assert_eq!(methods, BTreeSet::new(), "methods without a request");
        assert!(FILES.iter().any(|(name, _)| *name == FIRST_REQUEST));
    }

    #[test]
    fn every_file_of_the_collection_is_embedded_and_ends_with_a_newline() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo-collection");
        let mut found = BTreeSet::new();
        let mut folders = vec![folder.clone()];
        while let Some(next) = folders.pop() {
            for entry in next.read_dir().unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    found.insert(path.strip_prefix(&folder).unwrap().to_str().unwrap().replace('\\', "/"));
                }
            }
        }
        assert_eq!(found, FILES.iter().map(|(name, _)| (*name).to_owned()).collect());
        for (name, text) in FILES {
            assert!(text.ends_with("}\n"), "{name}");
        }
    }

    #[test]
    fn the_collection_reads_without_a_problem_and_is_written_as_it_stands() {
        let data = tempfile::tempdir().unwrap();
        let root = install(data.path()).unwrap();
        let collection = Collection::load(&root).unwrap();
        assert_eq!(collection.problems, []);
        let names: Vec<_> = collection.items.iter().map(Item::name).collect();
        assert_eq!(names, ["Hello world", "Greeter", "Hello", "Random", "Encrypt", "Sign up", "Kitchen sink"]);
        let first = collection.requests()[0];
        assert_eq!((first.path.clone(), first.name.as_str()), (root.join(FIRST_REQUEST), "Say hello"));
        for request in collection.requests() {
            let before = fs::read_to_string(&request.path).unwrap();
            save_request(&request.path, &request.draft().unwrap()).unwrap();
            assert_eq!(fs::read_to_string(&request.path).unwrap(), before, "{}", request.path.display());
        }
        assert_eq!(collection.scope(&root.join(FIRST_REQUEST), "").target, "{{$demo}}");
        assert_eq!(collection.scope(&root.join(FIRST_REQUEST), "local").target, "{{host}}");
    }

    #[test]
    fn installing_again_restores_what_is_missing_and_keeps_what_was_changed() {
        let data = tempfile::tempdir().unwrap();
        let root = install(data.path()).unwrap();
        assert_eq!(root, data.path().join("demo"));
        let (name, text) = SAMPLES[1];
        let (changed, missing) = (root.join(FIRST_REQUEST), root.join("protos").join(name));
        fs::write(&changed, "mine").unwrap();
        fs::remove_file(&missing).unwrap();
        install(data.path()).unwrap();
        assert_eq!(fs::read_to_string(&changed).unwrap(), "mine");
        assert_eq!(fs::read_to_string(&missing).unwrap(), text);
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_named() {
        let data = tempfile::tempdir().unwrap();
        fs::write(data.path().join("demo"), "a file").unwrap();
        let error = install(data.path()).unwrap_err();
        assert!(error.to_string().ends_with("trunkline.json"), "{error}");
    }
}
