//! From the schema flags to schemas: files first, then the server's reflection; and the search for a service, method or
//! symbol in them.
//!
//! Must not know: how they are printed.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use prost_reflect::MethodDescriptor;

use super::flags::{CallFlags, ConnectionFlags, SchemaFlags};
use super::report;
use super::suggest::did_you_mean;
use super::terminal::{Stop, note};
use crate::engine::{Engine, Job, ReflectionFailure};
use crate::message::AnyTypes;
use crate::request::{self, Access, Scope};
use crate::schema::{self, MethodPath, Problem, Schema, Service, Source, Types, Use};

/// How long a server may take over reflection when no limit is given.
pub(super) const REFLECTION_TIMEOUT: Duration = Duration::from_secs(30);

/// The schemas that a command works with, in the order in which they are searched.
pub(super) struct Schemas(Vec<Arc<Schema>>);

/// What a name was found to be in: its schema, its service, its types.
pub(super) struct Found {
    /// The types of the file.
    pub(super) types: Arc<Types>,
    /// The method.
    pub(super) method: MethodDescriptor,
}

/// Why there is no such method.
pub(super) enum MissingMethod {
    /// Nobody has it: which name is wrong, and what may be meant.
    Unknown(String),
    /// Its file does not compile.
    Broken(Vec<Problem>),
}

impl MissingMethod {
    /// As the end of a command.
    pub(super) fn tell(self, schemas: &Schemas) -> Stop {
        match self {
            Self::Unknown(message) => schemas.unknown(message),
            Self::Broken(problems) => {
                problems.iter().for_each(report::schema_problem);
                Stop::Told(1)
            }
        }
    }
}

impl Schemas {
    /// These, in the order in which they are to be searched.
    pub(super) fn new(schemas: Vec<Schema>) -> Self {
        Self(schemas.into_iter().map(Arc::new).collect())
    }

    /// Reads the files that the flags name, and asks the target's server where they say so.
    pub(super) fn load(
        engine: &Engine,
        schema: &SchemaFlags,
        connection: &ConnectionFlags,
        target: Option<&str>,
    ) -> Result<Self, Stop> {
        let mut schemas = Self::local(schema)?;
        if schema.use_reflection || !schema.is_local() {
            let Some(target) = target else {
                return Err(Stop::Usage("name a target to ask, or the schema with --proto or --protoset".to_owned()));
            };
            schemas.0.push(Arc::new(reflect(engine, connection, target)?));
        }
        Ok(schemas)
    }

    /// As [`Schemas::load`] for one call: of a server's services only the one that is called is asked for. What an `Any`
    /// may hold beyond it is not in there.
    pub(super) fn load_for_call(engine: &Engine, flags: &CallFlags) -> Result<Self, Stop> {
        let (schema, connection, target) = (&flags.schema, &flags.connection, flags.target.as_str());
        let Some(path) = MethodPath::parse(&flags.method) else {
            return Self::load(engine, schema, connection, Some(target));
        };
        let mut schemas = Self::local(schema)?;
        if schema.use_reflection || !schema.is_local() {
            let ask = |access, timeout| engine.reflect_service(target.to_owned(), access, timeout, path.service);
            schemas.0.push(Arc::new(reflected(engine, connection, target, ask)?));
        }
        Ok(schemas)
    }

    fn local(flags: &SchemaFlags) -> Result<Self, Stop> {
        let mut sources = Vec::new();
        if !flags.protos.is_empty() {
            sources.push(Source::Protos {
                paths: flags.protos.iter().map(|path| under_import_path(path, &flags.import_paths)).collect(),
                import_paths: flags.import_paths.clone(),
            });
        }
        sources.extend(flags.protosets.iter().map(|path| Source::DescriptorSet { path: path.clone() }));
        let mut schemas = Vec::new();
        for source in &sources {
            schemas.push(Schema::load(source).map_err(|problem| {
                report::schema_problem(&problem);
                Stop::Told(1)
            })?);
        }
        Ok(Self::new(schemas))
    }

    /// The one schema of the files that the flags name: descriptor sets and protos are not to be mixed.
    pub(super) fn one_local(flags: &SchemaFlags) -> Result<Arc<Schema>, Stop> {
        let mut schemas = Self::local(flags)?.0;
        match (schemas.pop(), schemas.is_empty()) {
            (Some(schema), true) => Ok(schema),
            (None, _) => Err(Stop::Usage("name what is compared with --proto or --protoset".to_owned())),
            (Some(_), false) => Err(Stop::Usage("name either --proto or one --protoset".to_owned())),
        }
    }

    /// In the order in which they are searched.
    pub(super) fn all(&self) -> &[Arc<Schema>] {
        &self.0
    }

    /// Every service, sorted by name; those of the same name in the order of the flags.
    pub(super) fn services(&self) -> Vec<&Service> {
        let mut services: Vec<&Service> = self.0.iter().flat_map(|schema| &schema.services).collect();
        services.sort_by(|a, b| a.full_name.cmp(&b.full_name));
        services
    }

    /// Tells on standard error what could not be read.
    pub(super) fn tell_problems(&self) {
        self.problems().for_each(report::schema_problem);
    }

    pub(super) fn has_problems(&self) -> bool {
        self.problems().any(|problem| !problem.is_note)
    }

    fn problems(&self) -> impl Iterator<Item = &Problem> {
        self.0.iter().flat_map(|schema| &schema.problems)
    }

    /// The services of that name: more than one where several files define it.
    pub(super) fn named(&self, service: &str) -> Vec<&Service> {
        self.services().into_iter().filter(|known| known.full_name == service).collect()
    }

    /// The complaint about a service that nobody has.
    pub(super) fn unknown_service(&self, name: &str) -> Stop {
        let known = self.services();
        let suggestion = did_you_mean(name, known.iter().map(|service| service.full_name.as_str()));
        self.unknown(format!("there is no service {name}{suggestion}"))
    }

    /// The complaint about a name that nobody has. What could not be read may be what has it: then the command line is
    /// not to blame.
    pub(super) fn unknown(&self, complaint: String) -> Stop {
        if self.has_problems() {
            self.tell_problems();
            Stop::Failed(complaint)
        } else {
            Stop::Usage(complaint)
        }
    }

    /// Finds a method by `pkg.Service/Method` or `pkg.Service.Method` and compiles its file.
    pub(super) fn method(&self, name: &str) -> Result<Found, MissingMethod> {
        let Some(path) = MethodPath::parse(name) else {
            return Err(MissingMethod::Unknown(format!("write the method as pkg.Service/Method: {name}")));
        };
        for schema in &self.0 {
            for service in schema.services.iter().filter(|service| service.full_name == path.service) {
                if !service.methods.iter().any(|method| method.name == path.method) {
                    continue;
                }
                let types = schema.types(&service.full_name, &service.file).map_err(MissingMethod::Broken)?;
                if let Some(method) = types.method(&path) {
                    return Ok(Found { types, method });
                }
            }
        }
        Err(self.unknown_method(&path))
    }

    fn unknown_method(&self, path: &MethodPath) -> MissingMethod {
        let named = self.named(&path.service);
        let lacking = if named.is_empty() {
            format!("there is no service {}", path.service)
        } else {
            format!("service {} has no method {}", path.service, path.method)
        };
        let among = if named.is_empty() { self.services() } else { named };
        let known: Vec<String> = among
            .iter()
            .flat_map(|service| service.methods.iter().map(|method| format!("{}/{}", service.full_name, method.name)))
            .collect();
        let suggestion = did_you_mean(&path.to_string(), known.iter().map(String::as_str));
        MissingMethod::Unknown(lacking + &suggestion)
    }

    /// The types that know a symbol.
    pub(super) fn find_symbol(&self, name: &str) -> Option<Arc<Types>> {
        self.0.iter().find_map(|schema| schema.find_symbol(name))
    }

    /// What an `Any` may hold: every message of the schemas.
    pub(super) fn any_types(&self) -> AnyTypes {
        let schemas = self.0.clone();
        AnyTypes::remembering(move |name| schema::find_message(&schemas, name).map(|(_, message)| message))
    }

    /// Who uses a message or an enum, in those types and in all files of the schemas, sorted.
    pub(super) fn used_by(&self, types: &Types, name: &str) -> Vec<Use> {
        let known = self.0.iter().flat_map(|schema| schema.used_by(name));
        let uses: BTreeSet<Use> = types.used_by(name).into_iter().chain(known).collect();
        uses.into_iter().collect()
    }

    /// The types of every service's file, and whether there were files that do not compile: they are told.
    pub(super) fn compiled(&self) -> (Vec<(&Service, Arc<Types>)>, bool) {
        let mut compiled = Vec::new();
        let mut broken = false;
        for (schema, service) in self.0.iter().flat_map(|one| one.services.iter().map(move |service| (one, service))) {
            match schema.types(&service.full_name, &service.file) {
                Ok(types) => compiled.push((service, types)),
                Err(problems) => {
                    broken = true;
                    problems.iter().for_each(report::schema_problem);
                }
            }
        }
        (compiled, broken)
    }
}

/// As protoc does: the file is looked for in the import paths, in their order.
fn under_import_path(path: &Path, import_paths: &[PathBuf]) -> PathBuf {
    import_paths
        .iter()
        .map(|folder| folder.join(path))
        .find(|candidate| candidate.is_file())
        .unwrap_or_else(|| path.to_owned())
}

/// Asks a server for its schema.
pub(super) fn reflect(engine: &Engine, flags: &ConnectionFlags, target: &str) -> Result<Schema, Stop> {
    reflected(engine, flags, target, |access, timeout| engine.reflect(target.to_owned(), access, timeout))
}

fn reflected(
    engine: &Engine,
    flags: &ConnectionFlags,
    target: &str,
    ask: impl FnOnce(Access, Duration) -> Job<Result<Schema, ReflectionFailure>>,
) -> Result<Schema, Stop> {
    let draft = flags.reflection_draft(target).map_err(Stop::Usage)?;
    let access = request::resolve_access(&draft, &Scope::default()).map_err(|problems| report::usage(&problems))?;
    let timeout = flags.max_time.unwrap_or(REFLECTION_TIMEOUT);
    match engine.block_on(ask(access, timeout).wait()) {
        Ok(Ok(schema)) => Ok(schema),
        Ok(Err(failure)) => {
            note(&format!("cannot ask {target} for its schema by reflection"));
            report::status(&failure.status, failure.cause.as_ref(), None, &AnyTypes::NONE);
            if failure.status.code == UNIMPLEMENTED {
                note("The server has no reflection: name its files with --proto or --protoset.");
            }
            Err(Stop::Told(report::exit_code(failure.status.code)))
        }
        Err(panicked) => Err(Stop::Failed(panicked.to_string())),
    }
}

/// The status of a server without the reflection service.
const UNIMPLEMENTED: i32 = 12;

/// Splits the arguments of `list` and `describe` into target and name. With files a single argument is the name,
/// unless it looks like a target or reflection is asked for.
pub(super) fn target_and_name<'a>(
    positional: &'a [String],
    schema: &SchemaFlags,
) -> (Option<&'a str>, Option<&'a str>) {
    match positional {
        [] => (None, None),
        [only] if schema.is_local() && !schema.use_reflection && !looks_like_target(only) => (None, Some(only)),
        [only] => (Some(only), None),
        [target, name, ..] => (Some(target), Some(name)),
    }
}

/// Names of the schema have neither a colon nor a scheme.
fn looks_like_target(text: &str) -> bool {
    text.contains(':') || text == "localhost"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_argument_is_a_target_or_a_name() {
        let schema = |local: bool, use_reflection| SchemaFlags {
            import_paths: Vec::new(),
            protos: local.then(|| PathBuf::from("a.proto")).into_iter().collect(),
            protosets: Vec::new(),
            use_reflection,
        };
        let check = |words: &[&str], schema: &SchemaFlags, expected| {
            let words: Vec<String> = words.iter().map(ToString::to_string).collect();
            assert_eq!(target_and_name(&words, schema), expected, "{words:?}");
        };
        check(&[], &schema(true, false), (None, None));
        check(&["a.B"], &schema(true, false), (None, Some("a.B")));
        check(&["h:1"], &schema(true, false), (Some("h:1"), None));
        check(&["unix:/s"], &schema(true, false), (Some("unix:/s"), None));
        check(&["h"], &schema(true, true), (Some("h"), None));
        check(&["h"], &schema(false, false), (Some("h"), None));
        check(&["h:1", "a.B"], &schema(true, false), (Some("h:1"), Some("a.B")));
    }
}
