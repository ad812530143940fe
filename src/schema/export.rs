//! Saves what a schema holds: as `.proto` sources in a folder, or as one descriptor set.
//!
//! The names come from others, from servers even: nothing is written outside of the folder that was chosen, and nothing
//! that is there is replaced unless that is wanted. Must not know: how a file is put into words.

use std::collections::HashSet;
use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use prost::Message as _;
use prost_reflect::FileDescriptor;
use prost_types::{DescriptorProto, EnumDescriptorProto, FieldDescriptorProto, FileDescriptorProto};

use super::bundled::{bundled, is_bundled, last_resort};
use super::describe::file_of;
use super::problem::Problem;
use super::{Schema, Types};

/// A schema, or what one symbol of it needs.
#[derive(Clone, Copy, Debug)]
pub struct Part<'a> {
    /// The schema.
    pub schema: &'a Schema,
    /// Full name of a symbol: only its file and what that imports is meant. `None` is all.
    pub symbol: Option<&'a str>,
}

/// What came of saving.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Saved {
    /// Files that are new or were replaced.
    pub written: usize,
    /// Files that were there and say the same.
    pub unchanged: usize,
    /// Files that were there, say something else, and were left as they are.
    pub kept: Vec<PathBuf>,
    /// What could not be saved.
    pub problems: Vec<Problem>,
}

impl Saved {
    /// Whether everything is there now as it should be.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.kept.is_empty() && self.problems.iter().all(|problem| problem.is_note)
    }
}

/// Writes every file of the parts, and what they import, as `.proto` sources below a folder, by their import names. The
/// google/protobuf files are left out: every compiler has them. Blocking.
#[must_use]
pub fn save_protos(parts: &[Part<'_>], folder: &Path, overwrite: bool) -> Saved {
    let mut saved = Saved::default();
    let mut place = match Place::new(folder, overwrite) {
        Ok(place) => place,
        Err(error) => {
            let problem = Problem::new(folder.display().to_string(), format!("cannot be written to: {error}"));
            saved.problems.push(problem);
            return saved;
        }
    };
    let mut done = HashSet::new();
    for part in parts {
        let mut problems = Vec::new();
        let mut seen = HashSet::new();
        each_types(part, &mut seen, &mut problems, &mut |types, file| {
            if is_bundled(file.name()) || !done.insert(file.name().to_owned()) {
                return;
            }
            match proto_of(types, file) {
                Ok(text) => place.put(file.name(), text.as_bytes(), &mut saved),
                Err(why) => saved.problems.push(Problem::new(file.name(), format!("is not written: {why}"))),
            }
        });
        saved.problems.append(&mut problems);
    }
    saved
}

/// Writes every file of the parts, and what they import, as one descriptor set. What a server or a set gave is written
/// as it came, with its comments and all else in it. Blocking.
#[must_use]
pub fn save_descriptor_set(parts: &[Part<'_>], path: &Path, overwrite: bool) -> Saved {
    let mut saved = Saved::default();
    let mut set = Vec::new();
    let mut done = HashSet::new();
    for part in parts {
        let mut put = |name: &str, encoded: &[u8]| {
            if done.insert(name.to_owned()) {
                prost::encoding::bytes::encode(1, &encoded.to_vec(), &mut set);
            }
        };
        let mut problems = Vec::new();
        if let Some(names) = encoded_names(part) {
            Encoded { schema: part.schema, done: HashSet::new(), put: &mut put }.all(&names);
        } else {
            each_types(part, &mut HashSet::new(), &mut problems, &mut |types, file| {
                if let Some(encoded) = types.encode_file(file.name()) {
                    put(file.name(), &encoded);
                }
            });
        }
        saved.problems.append(&mut problems);
    }
    if set.is_empty() {
        saved.problems.push(Problem::new("", "there is nothing to save"));
        return saved;
    }
    match write(path, &set, overwrite) {
        Ok(written) => saved.count(path, written),
        Err(error) => {
            saved.problems.push(Problem::new(path.display().to_string(), format!("cannot be written: {error}")));
        }
    }
    saved
}

/// Calls `take` with every file of the part, imports before what imports them, and types that have it.
fn each_types(
    part: &Part<'_>,
    done: &mut HashSet<String>,
    problems: &mut Vec<Problem>,
    take: &mut impl FnMut(&Types, &FileDescriptor),
) {
    if let Some(symbol) = part.symbol {
        let types = part.schema.find_symbol(symbol);
        let root = types.as_ref().and_then(|types| types.pool().get_file_by_name(&file_of(types.pool(), symbol)?));
        match (types, root) {
            (Some(types), Some(root)) => walk(&types, &root, done, take),
            _ => problems.push(Problem::new("", format!("there is no symbol {symbol}"))),
        }
        return;
    }
    let files = &part.schema.files;
    for file in files.list() {
        if done.contains(&file.name) {
            continue;
        }
        match files.types_once(&file.name) {
            Ok(types) => {
                if let Some(root) = types.pool().get_file_by_name(&file.name) {
                    walk(&types, &root, done, take);
                }
            }
            Err(found) => problems.extend(found.into_iter().map(|problem| Problem {
                message: format!("file '{}' is not written: {}", file.name.escape_debug(), problem.message),
                ..problem
            })),
        }
    }
}

/// The file and all it imports, with a stack of its own: chains of imports may be long.
fn walk(
    types: &Arc<Types>,
    root: &FileDescriptor,
    done: &mut HashSet<String>,
    take: &mut impl FnMut(&Types, &FileDescriptor),
) {
    let mut stack = vec![(root.clone(), false)];
    while let Some((file, is_open)) = stack.pop() {
        if is_open {
            take(types, &file);
        } else if done.insert(file.name().to_owned()) {
            let imports: Vec<FileDescriptor> = file.dependencies().collect();
            stack.push((file, true));
            stack.extend(imports.into_iter().rev().map(|import| (import, false)));
        }
    }
}

/// The files to begin with, where they came serialised; `None` where they are sources.
fn encoded_names(part: &Part<'_>) -> Option<Vec<String>> {
    let files = &part.schema.files;
    let names: Vec<String> = match part.symbol {
        None => files.list().iter().map(|file| file.name.clone()).collect(),
        Some(symbol) => {
            let types = part.schema.find_symbol(symbol)?;
            vec![file_of(types.pool(), symbol)?]
        }
    };
    let first = names.first()?;
    (files.encoded(first).is_some()).then_some(names)
}

/// Serialised files on their way into a set, imports before what imports them.
struct Encoded<'a, F> {
    schema: &'a Schema,
    done: HashSet<String>,
    put: &'a mut F,
}

impl<F: FnMut(&str, &[u8])> Encoded<'_, F> {
    fn all(&mut self, names: &[String]) {
        let mut stack: Vec<(String, Option<Bytes>)> = names.iter().rev().map(|name| (name.clone(), None)).collect();
        while let Some((name, ready)) = stack.pop() {
            if let Some(encoded) = ready {
                (self.put)(&name, &encoded);
                continue;
            }
            if !self.done.insert(name.clone()) {
                continue;
            }
            let own = self.schema.files.encoded(&name).cloned();
            let along = || bundled(&name).or_else(|| last_resort(&name));
            let own = own.or_else(|| along().map(|unit| unit.descriptor.encode_to_vec().into()));
            // Nobody has it: the set lacks it as the server did.
            let Some(encoded) = own else { continue };
            let imports = FileDescriptorProto::decode(encoded.as_ref()).map(|file| file.dependency).unwrap_or_default();
            stack.push((name, Some(encoded)));
            stack.extend(imports.into_iter().rev().map(|import| (import, None)));
        }
    }
}

/// The source text of a file, or why there is none.
fn proto_of(types: &Types, file: &FileDescriptor) -> Result<String, String> {
    if let Some(name) = odd_name(file.file_descriptor_proto()) {
        return Err(format!("a source cannot name something '{}'", name.escape_debug()));
    }
    if types.edition(file.name()).is_some_and(|edition| edition.name() == "UNSTABLE") {
        return Err("its edition is read in descriptors only".to_owned());
    }
    types.describe_file(file.name()).ok_or_else(|| "it is not known".to_owned())
}

/// A name that is none in the language; a server may send any.
fn odd_name(file: &FileDescriptorProto) -> Option<&str> {
    let package = file.package();
    let services = file.service.iter().flat_map(|service| {
        std::iter::once(service.name()).chain(service.method.iter().map(prost_types::MethodDescriptorProto::name))
    });
    let package = package.split('.').filter(|_| !package.is_empty());
    let mut names = package.chain(services).chain(file.extension.iter().map(FieldDescriptorProto::name));
    names
        .find(|name| !is_name(name))
        .or_else(|| file.message_type.iter().find_map(odd_in_message))
        .or_else(|| file.enum_type.iter().find_map(odd_in_enum))
}

fn odd_in_message(message: &DescriptorProto) -> Option<&str> {
    let fields = message.field.iter().chain(&message.extension).map(FieldDescriptorProto::name);
    let oneofs = message.oneof_decl.iter().map(prost_types::OneofDescriptorProto::name);
    let mut names = std::iter::once(message.name()).chain(fields).chain(oneofs);
    names
        .find(|name| !is_name(name))
        .or_else(|| message.nested_type.iter().find_map(odd_in_message))
        .or_else(|| message.enum_type.iter().find_map(odd_in_enum))
}

fn odd_in_enum(item: &EnumDescriptorProto) -> Option<&str> {
    let values = item.value.iter().map(prost_types::EnumValueDescriptorProto::name);
    std::iter::once(item.name()).chain(values).find(|name| !is_name(name))
}

fn is_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Whether a path was written, or what stood there.
#[derive(Clone, Copy)]
enum Written {
    Yes,
    Same,
    Kept,
}

impl Saved {
    fn count(&mut self, path: &Path, written: Written) {
        match written {
            Written::Yes => self.written += 1,
            Written::Same => self.unchanged += 1,
            Written::Kept => self.kept.push(path.to_owned()),
        }
    }
}

/// The folder that everything goes below.
struct Place {
    /// Without symbolic links.
    root: PathBuf,
    shown: PathBuf,
    overwrite: bool,
    /// Names written so far, in small letters: some systems take no notice of case.
    names: HashSet<String>,
}

impl Place {
    fn new(folder: &Path, overwrite: bool) -> std::io::Result<Self> {
        fs::create_dir_all(folder)?;
        let root = fs::canonicalize(folder)?;
        Ok(Self { root, shown: folder.to_owned(), overwrite, names: HashSet::new() })
    }

    fn put(&mut self, name: &str, content: &[u8], saved: &mut Saved) {
        let result = match relative(name) {
            None => Err("its name is none for a file below the folder".to_owned()),
            Some(_) if !self.names.insert(name.to_lowercase()) => {
                Err("another file has this name but for upper and lower case".to_owned())
            }
            Some(path) => self.write(&path, content).map_err(|error| error.to_string()),
        };
        match result {
            Ok(written) => saved.count(&self.shown.join(name), written),
            Err(why) => saved.problems.push(Problem::new(name, format!("is not written: {why}"))),
        }
    }

    fn write(&self, path: &Path, content: &[u8]) -> std::io::Result<Written> {
        let target = self.root.join(path);
        let folder = target.parent().unwrap_or(&self.root);
        // A link that leads elsewhere is followed neither now nor while folders are made.
        let existing = folder.ancestors().find(|above| above.exists()).unwrap_or(&self.root);
        let outside = || std::io::Error::new(ErrorKind::InvalidInput, "a link leads out of the folder");
        if !fs::canonicalize(existing)?.starts_with(&self.root) {
            return Err(outside());
        }
        fs::create_dir_all(folder)?;
        if fs::symlink_metadata(&target).is_ok_and(|found| !found.is_file()) {
            return Err(std::io::Error::new(ErrorKind::InvalidInput, "something that is no file has its name"));
        }
        write(&target, content, self.overwrite)
    }
}

/// The path of an import name; `None` for names that lead elsewhere, or that some system takes for something else.
fn relative(name: &str) -> Option<PathBuf> {
    const LONGEST: usize = 1_000;
    let is_fine = |part: &str| {
        !part.is_empty()
            && part.len() <= 200
            && !part.starts_with('.')
            && !part.ends_with(['.', ' '])
            && !part.chars().any(|c| c.is_control() || "\\:*?\"<>|".contains(c))
            && !is_device(part)
    };
    let is_proto = name.rsplit_once('.').is_some_and(|(_, kind)| kind.starts_with("proto"));
    (is_proto && name.len() <= LONGEST && name.split('/').all(is_fine)).then(|| name.split('/').collect())
}

/// Names that Windows keeps for devices, with any extension.
fn is_device(part: &str) -> bool {
    let stem = part.split('.').next().unwrap_or_default().trim_end().to_ascii_uppercase();
    match stem.as_str() {
        "CON" | "PRN" | "AUX" | "NUL" => true,
        numbered => matches!(numbered.as_bytes(), [b'C', b'O', b'M', _] | [b'L', b'P', b'T', _]),
    }
}

/// Writes a file that is not there, or that may be replaced: as a whole or not at all.
fn write(path: &Path, content: &[u8], overwrite: bool) -> std::io::Result<Written> {
    match OpenOptions::new().write(true).create_new(true).open(path) {
        Ok(mut file) => {
            if let Err(error) = file.write_all(content) {
                drop(file);
                // Half a file would be taken for one that the user wrote.
                fs::remove_file(path)?;
                return Err(error);
            }
            Ok(Written::Yes)
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            let is_same = fs::metadata(path)?.len() == content.len() as u64 && fs::read(path)? == content;
            if is_same {
                return Ok(Written::Same);
            }
            if !overwrite {
                return Ok(Written::Kept);
            }
            let mut name = path.file_name().unwrap_or_default().to_owned();
            name.push(".new");
            let new = path.with_file_name(name);
            fs::write(&new, content)?;
            fs::rename(&new, path)?;
            Ok(Written::Yes)
        }
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests;
