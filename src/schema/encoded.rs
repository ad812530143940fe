//! From serialised descriptors (a descriptor set, the answers of reflection) to a schema.
//!
//! What a server sends may be incomplete, doubled, cyclic or of unknown syntax: it never fails as a whole.
//! Must not know: pools, how the answers were fetched.

use std::collections::HashSet;
use std::path::Path;

use bytes::Bytes;
use prost::Message as _;
use prost_reflect::{DescriptorPool, DynamicMessage};

use super::bundled::is_bundled;
use super::files::{Content, Files};
use super::listing::list;
use super::load::finish;
use super::problem::Problem;
use super::unit::{Unit, split_set};
use super::{Schema, Service, Source};

/// Said of an import that a descriptor set lacks.
pub(super) const INCOMPLETE_SET_HINT: &str = "The descriptor set lacks it: write it with `protoc --include_imports`.";

/// Files of services that are compiled before they are asked for, to tell their faults at once: each takes all that it
/// imports, which of a long chain of files is the square of its length.
const MOST_CHECKED: usize = 200;

/// Lists the services of a descriptor set.
pub(super) fn load_set(source: &Source, path: &Path) -> Result<Schema, Problem> {
    let shown = path.display().to_string();
    let bytes = std::fs::read(path).map_err(|error| Problem::new(&shown, format!("cannot be read: {error}")))?;
    read_set(source, &shown, bytes)
}

/// Lists the services of a descriptor set that was read. `shown` is what the user calls it.
pub(super) fn read_set(source: &Source, shown: &str, bytes: Vec<u8>) -> Result<Schema, Problem> {
    let hint = "Write one with `protoc --include_imports -o FILE`.";
    let bytes = match from_json(&bytes) {
        Some(Ok(set)) => set,
        Some(Err(error)) => {
            let problem = Problem::new(shown, format!("is not a descriptor set in JSON: {error}"));
            return Err(problem.with_hint("Write one with `buf build -o FILE.json`."));
        }
        None => bytes,
    };
    let set = split_set(&bytes.into())
        .map_err(|error| Problem::new(shown, format!("is not a descriptor set: {error}")).with_hint(hint))?;
    if set.is_empty() {
        return Err(Problem::new(shown, "the descriptor set is empty").with_hint(hint));
    }
    let mut problems = Vec::new();
    let (services, files) = add_all(set.clone(), &mut problems);
    let mut told = HashSet::new();
    for unit in set.iter().filter_map(|file| Unit::decode(file).ok()) {
        for name in &unit.descriptor.dependency {
            if !files.contains(name) && !is_bundled(name) && told.insert(name.clone()) {
                let problem = Problem::new(&unit.shown, format!("import '{name}' not found"));
                problems.push(problem.with_hint(INCOMPLETE_SET_HINT));
            }
        }
    }
    Ok(finish(source.clone(), services, files.len(), problems, files))
}

/// A descriptor set written as JSON, serialised; `None` where the bytes are no JSON. Images of buf are such sets, with
/// members of their own. Custom options are left out: their types may be anywhere.
fn from_json(bytes: &[u8]) -> Option<Result<Vec<u8>, String>> {
    // A serialised set may begin with a newline and a brace, too; the rest of it is then no JSON.
    if bytes.trim_ascii_start().first() != Some(&b'{') {
        return None;
    }
    let mut json: serde_json::Value = match serde_json::from_slice(bytes) {
        Ok(json) => json,
        Err(error) if bytes.first() == Some(&b'{') => return Some(Err(error.to_string())),
        Err(_) => return None,
    };
    drop_custom_options(&mut json);
    let descriptor = DescriptorPool::global().get_message_by_name("google.protobuf.FileDescriptorSet")?;
    let options = prost_reflect::DeserializeOptions::new().deny_unknown_fields(false);
    let set = DynamicMessage::deserialize_with_options(descriptor, json, &options);
    Some(set.map(|set| set.encode_to_vec()).map_err(|error| error.to_string()))
}

/// Members named `[pkg.option]`. Serde's reader has bounded the depth.
fn drop_custom_options(json: &mut serde_json::Value) {
    match json {
        serde_json::Value::Object(members) => {
            members.retain(|name, _| !name.starts_with('['));
            members.values_mut().for_each(drop_custom_options);
        }
        serde_json::Value::Array(items) => items.iter_mut().for_each(drop_custom_options),
        _ => {}
    }
}

/// Lists what a server offers. Services that it named but did not describe become problems.
pub(super) fn from_reflection(
    target: &str,
    named: Vec<String>,
    encoded: Vec<Bytes>,
    mut problems: Vec<Problem>,
) -> Schema {
    let (described, mut files) = add_all(encoded, &mut problems);
    files.lenient = true;
    let mut services: Vec<Service> = Vec::new();
    let wanted: HashSet<&str> = named.iter().map(String::as_str).collect();
    // A file may hold services that the server does not offer; a server that lists none is believed less.
    services.extend(described.into_iter().filter(|s| wanted.is_empty() || wanted.contains(s.full_name.as_str())));
    let mut seen: HashSet<String> = services.iter().map(|service| service.full_name.clone()).collect();
    for name in named {
        // Some servers list reflection itself, but have no file for it: nobody misses that.
        let told =
            name.starts_with("grpc.reflection.") || problems.iter().any(|problem| problem.message.contains(&name));
        if seen.insert(name.clone()) && !told {
            problems.push(Problem::new("", format!("the server lists the service '{name}' but does not describe it")));
        }
    }
    let count = files.len();
    let source = Source::Reflection { target: target.to_owned() };
    let mut schema = finish(source, services, count, problems, files);
    let mut more = Vec::new();
    let mut checked = HashSet::new();
    for service in &schema.services {
        if checked.len() < MOST_CHECKED
            && checked.insert(service.file.as_str())
            && let Err(problems) = schema.types(&service.full_name, &service.file)
        {
            more.extend(problems.into_iter().map(|problem| Problem {
                message: format!("service '{}' cannot be called: {}", service.full_name, problem.message),
                ..problem
            }));
        }
    }
    schema.problems.extend(more);
    schema
}

/// Takes each file once, by its name, the first of that name.
fn add_all(encoded: Vec<Bytes>, problems: &mut Vec<Problem>) -> (Vec<Service>, Files) {
    let mut files = Files::default();
    let mut services = Vec::new();
    for bytes in encoded {
        let unit = match Unit::decode(&bytes) {
            Ok(unit) => unit,
            Err(problem) => {
                problems.push(problem);
                continue;
            }
        };
        let name = unit.descriptor.name().to_owned();
        if files.contains(&name) {
            continue;
        }
        if let Err(problem) = unit.guard() {
            problems.push(problem);
        }
        problems.extend(unit.notes());
        let mut listing = list(&unit.descriptor, &unit.docs);
        services.append(&mut listing.services);
        files.add(name, Content::Encoded(bytes), listing.symbols);
    }
    (services, files)
}
