//! Where descriptors come from (proto files and import paths, descriptor sets, reflection answers) and what they
//! say: services, methods, comments.
//!
//! Must not know: network, UI.

mod bundled;
mod check;
mod compile;
mod describe;
mod docs;
pub mod drift;
mod encoded;
mod export;
mod files;
#[cfg(any(test, fuzzing))]
pub mod fuzz;
mod guard;
mod index;
mod listing;
mod load;
mod lower;
mod method;
mod modules;
mod near;
mod outline;
mod parallel;
mod places;
mod problem;
mod progress;
mod roots;
mod rules;
mod scan;
mod stub;
mod unit;
mod usage;
mod visible;
mod walk;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use prost_reflect::{DescriptorPool, FieldDescriptor, MessageDescriptor, MethodDescriptor};

use self::docs::Docs;
use self::files::Files;
use self::lower::{Original, Visibility};
use self::stub::Stubs;

pub use self::bundled::source_of_rules;
pub use self::check::{Check, Checked, check};
pub use self::describe::{Document, Link, SymbolKind, Syntax};
pub use self::export::{Part, Saved, save_descriptor_set, save_protos};
pub use self::index::{Index, Indexed, letter};
pub use self::lower::Edition;
pub use self::method::{Kind, MethodPath};
pub use self::near::{by_nearness, nearest};
pub use self::problem::Problem;
pub use self::progress::Progress;
pub use self::roots::{ImportRoot, RootOrigin};
pub use self::usage::{Use, UseKind};

/// Where descriptors come from.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    /// `.proto` files or folders of them; imports are looked up under `import_paths`, in this order, then under roots
    /// found from the files themselves.
    Protos {
        /// Files or folders.
        paths: Vec<PathBuf>,
        /// Roots that imports are relative to; may be empty.
        import_paths: Vec<PathBuf>,
    },
    /// A serialised `google.protobuf.FileDescriptorSet`, as `protoc -o` writes it.
    DescriptorSet {
        /// The file.
        path: PathBuf,
    },
    /// What a server said of itself by reflection.
    Reflection {
        /// The target that was asked, as typed.
        target: String,
    },
}

/// What one descriptor source offers. Shared by reference count; the source's files are compiled only when asked for.
#[derive(Clone, Debug)]
pub struct Schema {
    /// Where it came from.
    pub source: Source,
    /// Every service, sorted by full name, then file.
    pub services: Vec<Service>,
    /// Services that a server lists but does not describe, sorted.
    pub undescribed: Vec<String>,
    /// Number of files read.
    pub file_count: usize,
    /// What could not be read. Good files beside a bad one are in `services` all the same.
    pub problems: Vec<Problem>,
    files: Arc<Files>,
}

/// A service as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// `pkg.Service`.
    pub full_name: String,
    /// The file that defines it, by its import name. With `full_name` it identifies the service in its schema: two
    /// files may define the same name.
    pub file: String,
    /// Its comment, without comment marks.
    pub doc: String,
    /// In the order of the file.
    pub methods: Vec<Method>,
}

/// A method as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Method {
    /// `Method`.
    pub name: String,
    /// Unary or streaming.
    pub kind: Kind,
    /// Full name of the request message, as far as the listing knows it.
    pub input: String,
    /// Full name of the response message.
    pub output: String,
    /// Its comment, without comment marks.
    pub doc: String,
    /// `option deprecated = true`.
    pub deprecated: bool,
}

/// The compiled types of one service file and all it imports: its own descriptor pool.
#[derive(Clone, Debug)]
pub struct Types {
    pool: DescriptorPool,
    docs: Docs,
    /// What lowered files were, by file name.
    originals: HashMap<String, Original>,
    /// What stands in for what is missing.
    stubs: Stubs,
}

impl Schema {
    /// Reads a source of files. Blocking.
    ///
    /// # Errors
    ///
    /// When nothing at all could be read: a path that is not there, a descriptor set that is none.
    pub fn load(source: &Source) -> Result<Self, Problem> {
        Self::load_with(source, &Progress::default())
    }

    /// The same, telling how many files have been read of those found so far.
    ///
    /// # Errors
    ///
    /// As [`Schema::load`]; also when it was cancelled.
    pub fn load_with(source: &Source, progress: &Progress) -> Result<Self, Problem> {
        match source {
            Source::Protos { paths, import_paths } => load::load_protos(source, paths, import_paths, progress),
            Source::DescriptorSet { path } => encoded::load_set(source, path),
            Source::Reflection { target } => {
                Err(Problem::new("", format!("reflection needs a connection, not a file: {target}")))
            }
        }
    }

    /// The schema of what a server answered by reflection: `services` as it listed them, `files` as it sent them.
    /// Blocking for as long as the services take to compile; those that do not are told in `problems`, though of a server
    /// with hundreds of files not all are tried.
    #[must_use]
    pub fn from_reflection(
        target: &str,
        services: Vec<String>,
        files: Vec<bytes::Bytes>,
        problems: Vec<Problem>,
    ) -> Self {
        encoded::from_reflection(target, services, files, problems)
    }

    /// Compiles the file of a service with its imports. Blocking; the result is kept, a second call is cheap.
    ///
    /// # Errors
    ///
    /// Every problem that stands in the way, with its place.
    pub fn types(&self, service: &str, file: &str) -> Result<Arc<Types>, Vec<Problem>> {
        let types = self.files.types(file)?;
        if types.pool.get_service_by_name(service).is_none() {
            return Err(vec![Problem::new(file, format!("service '{service}' is not defined here"))]);
        }
        Ok(types)
    }

    /// Compiles a file, by its import name, with its imports. Blocking; the result is kept.
    ///
    /// # Errors
    ///
    /// Every problem that stands in the way, with its place.
    pub fn types_of_file(&self, file: &str) -> Result<Arc<Types>, Vec<Problem>> {
        self.files.types(file)
    }

    /// The types of a file that knows this symbol (service, method, message, field, enum or enum value), or of the
    /// well-known types. Blocking: compiles what is needed. A file that defines it is preferred; `None` also when
    /// that file does not compile.
    #[must_use]
    pub fn find_symbol(&self, full_name: &str) -> Option<Arc<Types>> {
        let full_name = full_name.trim_start_matches('.');
        self.files.types_with(full_name).find(|types| types.symbol_kind(full_name).is_some())
    }

    /// A message that its files define, or one of the well-known types, with the types that know it. Blocking: compiles
    /// the file that defines it, and no other.
    #[must_use]
    pub fn defined_message(&self, full_name: &str) -> Option<(Arc<Types>, MessageDescriptor)> {
        self.files.types_defining(full_name).find_map(|types| message(types, full_name))
    }

    /// The folders that imports are looked up in, first to last.
    #[must_use]
    pub fn import_roots(&self) -> Vec<ImportRoot> {
        self.files.roots.list()
    }

    /// The names of all symbols that its files define.
    #[must_use]
    pub fn index(&self) -> &Index {
        &self.files.index
    }

    /// The import name of the file that defines the symbol at that place of the index.
    #[must_use]
    pub fn file_of(&self, at: usize) -> Option<&str> {
        Some(self.files.list().get(self.files.index.file(at)?)?.name.as_str())
    }

    /// What there is to read about a symbol, the uses of the whole schema included. `file` defines it, where that is
    /// known. Blocking: compiles what is needed.
    ///
    /// # Errors
    ///
    /// Every problem that stands in the way; none where no file knows the symbol.
    pub fn document(&self, full_name: &str, file: Option<&str>) -> Result<Document, Vec<Problem>> {
        let known = |types: &Arc<Types>| types.symbol_kind(full_name).is_some();
        let named = file.map(|file| self.files.types(file)).transpose();
        let types = match &named {
            Ok(Some(types)) if known(types) => Some(Arc::clone(types)),
            _ => self.find_symbol(full_name),
        };
        let mut document = match (types.and_then(|types| types.document(full_name)), named) {
            (Some(document), _) => document,
            (None, Err(problems)) => return Err(problems),
            (None, Ok(_)) => return Err(Vec::new()),
        };
        document.used_by.extend(self.used_by(&document.name));
        document.used_by.sort();
        document.used_by.dedup();
        Ok(document)
    }

    /// The first service of that full name.
    #[must_use]
    pub fn service(&self, full_name: &str) -> Option<&Service> {
        self.services.iter().find(|service| service.full_name == full_name)
    }
}

impl Types {
    /// The pool itself.
    #[must_use]
    pub const fn pool(&self) -> &DescriptorPool {
        &self.pool
    }

    /// The method of that path.
    #[must_use]
    pub fn method(&self, path: &MethodPath) -> Option<MethodDescriptor> {
        self.pool.get_service_by_name(&path.service)?.methods().find(|method| method.name() == path.method)
    }

    /// The comment of a service, method, message, field, enum or enum value, without comment marks; empty when it has
    /// none. Methods are named `pkg.Service.Method`.
    #[must_use]
    pub fn doc(&self, full_name: &str) -> &str {
        self.docs.get(full_name).map(String::as_str).or_else(|| bundled::doc(full_name)).unwrap_or_default()
    }

    /// The edition of a file, by its import name; `None` when it is proto2 or proto3. The pool has it in one of those.
    #[must_use]
    pub fn edition(&self, file: &str) -> Option<Edition> {
        self.originals.get(file)?.edition
    }

    /// `export ` or `local ` where the source says it of a message or an enum.
    fn visibility(&self, file: &str, full_name: &str) -> &'static str {
        match self.originals.get(file).and_then(|original| original.visibility.get(full_name)) {
            Some(Visibility::Export) => "export ",
            Some(Visibility::Local) => "local ",
            None => "",
        }
    }

    /// A file of the pool as a serialised `FileDescriptorProto`, editions as a compiler writes them, without positions.
    #[must_use]
    pub fn encode_file(&self, file: &str) -> Option<Vec<u8>> {
        match self.originals.get(file) {
            Some(original) => encode_file(&self.pool, file, original),
            None => encode_file(&self.pool, file, &Original::default()),
        }
    }

    /// The proto source form of a service, method, message, field, oneof, enum, enum value or extension, with comments,
    /// as `describe` prints it.
    #[must_use]
    pub fn describe(&self, full_name: &str) -> Option<String> {
        describe::describe(self, full_name)
    }

    /// A field as [`Self::describe`] prints it, on one line and without its comment.
    fn declaration(&self, field: &FieldDescriptor) -> String {
        describe::declaration(self, field)
    }

    /// A whole file, by its import name, in proto source form.
    #[must_use]
    pub fn describe_file(&self, file: &str) -> Option<String> {
        describe::describe_file(self, file)
    }

    /// The name that a field has in JSON, whatever the pool has made of it.
    fn json_name<'a>(&'a self, field: &'a FieldDescriptor) -> &'a str {
        let original = self.originals.get(field.parent_file().name());
        let number = i32::try_from(field.number()).unwrap_or_default();
        original
            .and_then(|original| original.json_name(field.parent_message().full_name(), number))
            .unwrap_or_else(|| field.json_name())
    }

    /// What there is to read about a symbol: its source form with links, and who uses it in these types.
    #[must_use]
    pub fn document(&self, full_name: &str) -> Option<Document> {
        describe::document(self, full_name)
    }

    /// What the symbol is; `None` when these types do not know it.
    #[must_use]
    pub fn symbol_kind(&self, full_name: &str) -> Option<SymbolKind> {
        describe::kind(&self.pool, full_name)
    }
}

fn message(types: Arc<Types>, full_name: &str) -> Option<(Arc<Types>, MessageDescriptor)> {
    let message = types.pool.get_message_by_name(full_name)?;
    Some((types, message))
}

/// A message by its full name, in the first of the schemas that defines it, else in the first that imports it from
/// elsewhere. Blocking: compiles what is needed.
#[must_use]
pub fn find_message(schemas: &[Arc<Schema>], full_name: &str) -> Option<(Arc<Types>, MessageDescriptor)> {
    let imported = |schema: &Arc<Schema>| message(schema.find_symbol(full_name)?, full_name);
    let defined = schemas.iter().find_map(|schema| schema.defined_message(full_name));
    defined.or_else(|| schemas.iter().find_map(imported))
}

/// A file of a pool, serialised as a compiler would write it.
fn encode_file(pool: &DescriptorPool, name: &str, original: &Original) -> Option<Vec<u8>> {
    let encoded = pool.get_file_by_name(name)?.encode_to_vec();
    let is_enum = |name: &str| pool.get_enum_by_name(name.trim_start_matches('.')).is_some();
    Some(lower::raise(&encoded, original, is_enum).unwrap_or(encoded))
}

#[cfg(test)]
mod broken_tests;
#[cfg(test)]
mod finding_tests;
#[cfg(test)]
mod tests;
