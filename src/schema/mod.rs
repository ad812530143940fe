//! Where descriptors come from (proto files and import paths, descriptor sets, reflection answers) and what they
//! say: services, methods, comments.
//!
//! Must not know: network, UI.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use prost_reflect::{DescriptorPool, MethodDescriptor};

/// How many messages go each way in a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// One message each way.
    Unary,
    /// One message sent, many received.
    ServerStreaming,
    /// Many messages sent, one received.
    ClientStreaming,
    /// Many messages each way.
    Bidirectional,
}

impl Kind {
    /// The kind of the described method.
    #[must_use]
    pub fn of(method: &MethodDescriptor) -> Self {
        Self::from_streaming(method.is_client_streaming(), method.is_server_streaming())
    }

    /// The kind with these directions streaming.
    #[must_use]
    pub const fn from_streaming(requests: bool, responses: bool) -> Self {
        match (requests, responses) {
            (false, false) => Self::Unary,
            (false, true) => Self::ServerStreaming,
            (true, false) => Self::ClientStreaming,
            (true, true) => Self::Bidirectional,
        }
    }

    /// Whether any number of messages may be sent.
    #[must_use]
    pub const fn streams_requests(self) -> bool {
        matches!(self, Self::ClientStreaming | Self::Bidirectional)
    }

    /// Whether any number of messages may be received.
    #[must_use]
    pub const fn streams_responses(self) -> bool {
        matches!(self, Self::ServerStreaming | Self::Bidirectional)
    }
}

/// A method's full name: `pkg.Service/Method`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MethodPath {
    /// Full name of the service, `pkg.Service`.
    pub service: String,
    /// Name of the method.
    pub method: String,
}

impl MethodPath {
    /// Reads `pkg.Service/Method`, `/pkg.Service/Method` or `pkg.Service.Method`; `None` when a part is missing.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().trim_start_matches('/');
        let (service, method) = text.split_once('/').or_else(|| text.rsplit_once('.'))?;
        if service.is_empty() || method.is_empty() || method.contains(['/', '.']) {
            return None;
        }
        Some(Self { service: service.to_owned(), method: method.to_owned() })
    }
}

impl fmt::Display for MethodPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.service, self.method)
    }
}

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

/// Something wrong with a schema, with the place and, where known, what would mend it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Problem {
    /// The file, as the user would name it; empty where no file is to blame.
    pub file: String,
    /// Line and column, both counted from 1.
    pub position: Option<(u32, u32)>,
    /// What is wrong: lower-case, no final stop.
    pub message: String,
    /// The line of source that `position` points into.
    pub source_line: Option<String>,
    /// What to do about it, as a sentence.
    pub hint: Option<String>,
    /// An import path that would satisfy a missing import, where one was found.
    pub suggested_import_path: Option<PathBuf>,
}

/// What one descriptor source offers. Shared by reference count; the source's files are compiled only when asked for.
#[derive(Clone, Debug)]
pub struct Schema {
    /// Where it came from.
    pub source: Source,
    /// Every service, sorted by full name, then file.
    pub services: Vec<Service>,
    /// Number of files read.
    pub file_count: usize,
    /// What could not be read. Good files beside a bad one are in `services` all the same.
    pub problems: Vec<Problem>,
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
}

impl Schema {
    /// Reads a source of files. Blocking.
    ///
    /// # Errors
    ///
    /// When nothing at all could be read: a path that is not there, a descriptor set that is none.
    pub fn load(_source: &Source) -> Result<Self, Problem> {
        unimplemented!()
    }

    /// The schema of what a server answered by reflection: `services` as it listed them, `files` as it sent them.
    #[must_use]
    pub fn from_reflection(
        _target: &str,
        _services: Vec<String>,
        _files: Vec<bytes::Bytes>,
        _problems: Vec<Problem>,
    ) -> Self {
        unimplemented!()
    }

    /// Compiles the file of a service with its imports. Blocking; the result is kept, a second call is cheap.
    ///
    /// # Errors
    ///
    /// Every problem that stands in the way, with its place.
    pub fn types(&self, _service: &str, _file: &str) -> Result<Arc<Types>, Vec<Problem>> {
        unimplemented!()
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
    pub fn doc(&self, _full_name: &str) -> &str {
        unimplemented!()
    }

    /// The proto source form of a service, method, message or enum, with comments, as `describe` prints it.
    #[must_use]
    pub fn describe(&self, _full_name: &str) -> Option<String> {
        unimplemented!()
    }
}
