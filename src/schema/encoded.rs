//! From serialised descriptors (a descriptor set, the answers of reflection) to a schema.
//!
//! What a server sends may be incomplete, doubled, cyclic or of unknown syntax: it never fails as a whole.
//! Must not know: how the answers were fetched.

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use bytes::Bytes;
use prost::Message as _;
use prost_reflect::{DescriptorPool, DynamicMessage};

use super::bundled::{is_bundled, is_last_resort};
use super::files::{Content, Files};
use super::listing::list;
use super::load::finish;
use super::problem::Problem;
use super::unit::{Unit, split_set};
use super::{Schema, Service, Source};

/// Files of services that are compiled at once, to tell what is wrong with them; those of further files tell it when
/// they are asked for. Each takes all that it imports, which of a long chain of files is the square of its length.
const MOST_TRIED: usize = 200;

/// Undescribed services that are told of each by itself.
const MOST_NAMED: usize = 5;

/// Said of an import that a descriptor set lacks.
const INCOMPLETE_SET_HINT: &str = "The descriptor set lacks it: write it with `protoc --include_imports`.";

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
            let comes_along = is_bundled(name) || is_last_resort(name);
            if !files.contains(name) && !comes_along && told.insert(name.clone()) {
                let problem = Problem::new(&unit.shown, format!("import '{name}' not found"));
                problems.push(problem.with_hint(INCOMPLETE_SET_HINT));
            }
        }
    }
    Ok(finish(source.clone(), services, files.len(), problems, files))
}

/// A descriptor set written as JSON, serialised; `None` where the bytes are no JSON. Images of buf are such sets, with
/// members of their own.
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
    // What custom options mean is said by the files of the set themselves: read once without, then with them.
    let mut plain = json.clone();
    keep_custom_options(&mut plain, &|_| false);
    let set = match read_json_set(&DescriptorPool::global(), plain) {
        Ok(set) => set,
        Err(error) => return Some(Err(error)),
    };
    let known = options_pool(&set);
    keep_custom_options(&mut json, &|name| known.get_extension_by_name(name).is_some());
    Some(Ok(read_json_set(&known, json).unwrap_or(set)))
}

fn read_json_set(pool: &DescriptorPool, json: serde_json::Value) -> Result<Vec<u8>, String> {
    let descriptor = pool.get_message_by_name("google.protobuf.FileDescriptorSet").ok_or("no descriptors of sets")?;
    let options = prost_reflect::DeserializeOptions::new().deny_unknown_fields(false);
    let set = DynamicMessage::deserialize_with_options(descriptor, json, &options);
    set.map(|set| set.encode_to_vec()).map_err(|error| error.to_string())
}

/// The pool of descriptors with as many files of a set as go into it, in their order.
fn options_pool(set: &[u8]) -> DescriptorPool {
    let mut pool = DescriptorPool::global();
    for file in split_set(&Bytes::copy_from_slice(set)).unwrap_or_default() {
        let Ok(unit) = Unit::decode(&file) else { continue };
        if unit.guard().is_err() || pool.get_file_by_name(unit.descriptor.name()).is_some() {
            continue;
        }
        // What is refused has no options that could be read: it is told of when the file is compiled.
        let added = catch_unwind(AssertUnwindSafe(|| pool.add_file_descriptor_proto(unit.descriptor)));
        if added.is_err() {
            return DescriptorPool::global();
        }
    }
    pool
}

/// Drops members named `[pkg.option]` that are not known. Serde's reader has bounded the depth.
fn keep_custom_options(json: &mut serde_json::Value, is_known: &impl Fn(&str) -> bool) {
    match json {
        serde_json::Value::Object(members) => {
            members.retain(|name, _| match name.strip_prefix('[').and_then(|name| name.strip_suffix(']')) {
                Some(name) => is_known(name),
                None => !name.starts_with('['),
            });
            members.values_mut().for_each(|value| keep_custom_options(value, is_known));
        }
        serde_json::Value::Array(items) => items.iter_mut().for_each(|item| keep_custom_options(item, is_known)),
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
    let (described, files) = add_all(encoded, &mut problems);
    let wanted: HashSet<&str> = named.iter().map(String::as_str).collect();
    let mut services: Vec<Service> = Vec::new();
    let mut seen = HashSet::new();
    for service in described {
        // A file may hold services that the server does not offer; a server that lists none is believed less. One file
        // may come under two names.
        let is_offered = wanted.is_empty() || wanted.contains(service.full_name.as_str());
        if is_offered && seen.insert(service.full_name.clone()) {
            services.push(service);
        }
    }
    // Some servers list reflection itself, but have no file for it: nobody misses that.
    let is_missed = |name: &String| !name.starts_with("grpc.reflection.") && !seen.contains(name);
    let mut undescribed: Vec<String> = named.into_iter().filter(is_missed).collect();
    undescribed.sort();
    undescribed.dedup();
    tell_undescribed(&undescribed, &mut problems);
    let count = files.len();
    let source = Source::Reflection { target: target.to_owned() };
    let mut schema = finish(source, services, count, problems, files);
    schema.undescribed = undescribed;
    let more = try_services(&schema);
    schema.problems.extend(more);
    schema
}

/// Tells of services of which nothing has been told yet; of many in one problem.
fn tell_undescribed(undescribed: &[String], problems: &mut Vec<Problem>) {
    let told: HashSet<&str> = problems.iter().map(|problem| &*problem.service).collect();
    let untold: Vec<String> = undescribed.iter().filter(|name| !told.contains(name.as_str())).cloned().collect();
    if untold.len() > MOST_NAMED {
        let named: Vec<_> = untold.iter().take(MOST_NAMED).map(|name| format!("'{}'", name.escape_debug())).collect();
        let more = untold.len() - MOST_NAMED;
        let message =
            format!("the server lists services but does not describe them: {} and {more} more", named.join(", "));
        problems.push(Problem::from_message(message));
        return;
    }
    problems.extend(untold.into_iter().map(|name| {
        let message = format!("the server lists the service '{}' but does not describe it", name.escape_debug());
        Problem::of_service(&name, message)
    }));
}

/// What is wrong with the services that are described, found by compiling their files.
fn try_services(schema: &Schema) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut tried: HashSet<&str> = HashSet::new();
    for service in &schema.services {
        let name = &service.full_name;
        if tried.insert(service.file.as_str()) && tried.len() > MOST_TRIED {
            break;
        }
        match schema.types(name, &service.file) {
            Ok(types) => {
                let missing = types.stubs.message();
                problems.extend(missing.map(|missing| Problem {
                    file: service.file.clone(),
                    ..Problem::of_service(name, format!("service '{name}' is described in part: {missing}"))
                }));
            }
            Err(found) => problems.extend(found.into_iter().map(|problem| Problem {
                message: format!("service '{name}' cannot be called: {}", problem.message),
                service: name.as_str().into(),
                ..problem
            })),
        }
    }
    problems
}

/// Takes each file once, by its name, the first of that name.
fn add_all(encoded: Vec<Bytes>, problems: &mut Vec<Problem>) -> (Vec<Service>, Files) {
    let mut files = Files::default();
    files.lenient = true;
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
        files.index.add(files.len(), &listing.index);
        files.add(name, Content::Encoded(bytes), listing.symbols);
    }
    (services, files)
}
