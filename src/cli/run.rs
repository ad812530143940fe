//! `trunkline run`: saved requests one after another, in the order of their collection, each judged by what it asserts.
//!
//! Must not know: HTTP/2, how files are written.

use std::path::Path;
use std::time::Duration;

use super::auth::{self, Agreement};
use super::call::{Feed, drive};
use super::flags::RunFlags;
use super::printer::read_response;
use super::report;
use super::source::{MissingMethod, REFLECTION_TIMEOUT, Schemas};
use super::terminal::{Stop, note, print};
use crate::collection::{Collection, Request, RequestFile, check};
use crate::demo::{self, Demo, Port};
use crate::engine::{CallEvent, Cause, Engine, Happened, Outcome, Payload, Step, code_name};
use crate::message::json::Node;
use crate::message::{self, WriteOptions};
use crate::request::{self, Draft, Scope};
use crate::schema::{Schema, Source};

/// The variable that stands for a demo server. The requests of the demo collection use it: they need no server of the
/// user's.
const DEMO: &str = "$demo";

/// Runs every request of the paths; one line each, and a count at the end.
pub(super) fn run(engine: &Engine, flags: &RunFlags) -> Result<(), Stop> {
    // Everything that the command line names is found before anything is sent.
    let mut collections: Vec<Opened> = Vec::new();
    let mut queue: Vec<(usize, Request)> = Vec::new();
    for path in &flags.paths {
        let path = path.canonicalize().map_err(|error| Stop::Usage(format!("{error}: {}", path.display())))?;
        let index = opened(&mut collections, &path, flags)?;
        let collection = collections.get(index).map(|opened| &opened.collection);
        let requests = collection.into_iter().flat_map(Collection::requests);
        let before = queue.len();
        queue.extend(requests.filter(|request| request.path.starts_with(&path)).map(|one| (index, one.clone())));
        if queue.len() == before {
            return Err(Stop::Usage(format!("there are no requests in {}", path.display())));
        }
    }

    let agreement = Agreement::new(flags.allow_command);
    let mut runner = Runner { engine, flags, demo: None, agreement };
    let mut failed = 0;
    for (index, request) in &queue {
        let Some(opened) = collections.get_mut(*index) else { continue };
        let name = name_of(request, &opened.collection.root);
        match runner.request(opened, request)? {
            Verdict { reasons, elapsed } if reasons.is_empty() => print(&format!("ok    {name}{}", told(elapsed)))?,
            Verdict { reasons, elapsed } => {
                failed += 1;
                print(&format!(
                    "FAIL  {name}{}\n      {}",
                    told(elapsed),
                    reasons.join("\n").replace('\n', "\n      ")
                ))?;
            }
        }
    }
    print(&format!("{} passed, {failed} failed", queue.len() - failed))?;
    if failed == 0 { Ok(()) } else { Err(Stop::Told(1)) }
}

/// A collection that requests are run from.
struct Opened {
    collection: Collection,
    /// Loaded for the first request. With the target when a server was asked.
    schemas: Vec<(Option<String>, Schemas)>,
    /// What requests took from their responses, the latest first.
    captured: Vec<(String, String)>,
}

/// The index of the collection that a path lies in, opened when it was not.
fn opened(collections: &mut Vec<Opened>, path: &Path, flags: &RunFlags) -> Result<usize, Stop> {
    let root = Collection::find_root(path);
    if let Some(index) = collections.iter().position(|one| Some(&one.collection.root) == root.as_ref()) {
        return Ok(index);
    }
    let collection = Collection::load(path).map_err(|problem| Stop::Usage(problem.to_string()))?;
    collection.problems.iter().for_each(|problem| note(&problem.to_string()));
    if let Some(name) = &flags.environment
        && collection.environment(name).is_none()
    {
        let known: Vec<&str> = collection.environments.iter().map(|known| known.name.as_str()).collect();
        let known = if known.is_empty() { "it has none".to_owned() } else { format!("it has {}", known.join(", ")) };
        return Err(Stop::Usage(format!("{} has no environment {name}; {known}", collection.name())));
    }
    collections.push(Opened { collection, schemas: Vec::new(), captured: Vec::new() });
    Ok(collections.len() - 1)
}

/// `checkout/place-order` for its file in the collection.
fn name_of(request: &Request, root: &Path) -> String {
    let path = request.path.strip_prefix(root).unwrap_or(&request.path);
    let name = path.to_string_lossy().replace('\\', "/");
    name.strip_suffix(".request.json").unwrap_or(&name).to_owned()
}

fn told(elapsed: Option<Duration>) -> String {
    elapsed.map_or_else(String::new, |elapsed| format!("  {} ms", elapsed.as_millis()))
}

/// How a request went.
struct Verdict {
    /// Why it failed; empty when it passed.
    reasons: Vec<String>,
    /// How long the call took, where there was one.
    elapsed: Option<Duration>,
}

impl Verdict {
    /// The request could not be sent.
    fn unsent(reason: String) -> Self {
        Self { reasons: vec![reason], elapsed: None }
    }
}

/// What requests are run with.
struct Runner<'a> {
    engine: &'a Engine,
    flags: &'a RunFlags,
    /// Started for the first request that wants it.
    demo: Option<Demo>,
    /// Which commands may run for a token.
    agreement: Agreement,
}

impl Runner<'_> {
    fn request(&mut self, opened: &mut Opened, request: &Request) -> Result<Verdict, Stop> {
        let file = match &request.file {
            Ok(file) => file,
            Err(problem) => return Ok(Verdict::unsent(problem.to_string())),
        };
        let draft = match request.draft() {
            Ok(draft) => draft,
            Err(problem) => return Ok(Verdict::unsent(problem.to_string())),
        };
        let mut scope = self.scope(opened, &request.path, &draft)?;
        let schemas = match self.schemas(opened, &draft, &scope) {
            Ok(schemas) => schemas,
            Err(reason) => return Ok(Verdict::unsent(reason)),
        };
        let found = match schemas.method(&draft.method) {
            Ok(found) => found,
            Err(MissingMethod::Unknown(message)) => return Ok(Verdict::unsent(message)),
            Err(MissingMethod::Broken(problems)) => {
                let lines: Vec<String> = problems.iter().map(report::schema_problem_text).collect();
                return Ok(Verdict::unsent(lines.join("\n")));
            }
        };
        scope.types = schemas.any_types();
        let mut spec = match request::resolve(&draft, &scope, &found.method, true) {
            Ok(spec) => spec,
            Err(problems) => {
                let lines: Vec<String> = problems.iter().map(report::request_problem).collect();
                return Ok(Verdict::unsent(lines.join("\n")));
            }
        };

        self.agreement.ask(&mut spec.access).map_err(Stop::Failed)?;
        let streams = spec.kind.streams_requests();
        let call = self.engine.call(spec);
        if streams {
            call.end_sending();
        }
        // Asserts and captures look at the last message: no more of a long stream is kept.
        let mut last: Option<Node> = None;
        let mut unreadable = None;
        let started = std::time::Instant::now();
        let mut watcher = |event: &CallEvent| {
            if let Happened::Step(Step::Browser { url }) = &event.what {
                auth::log_in(url);
            }
            if let Happened::Received(Payload { message: bytes, .. }) = &event.what {
                match read_response(&found.method, bytes) {
                    Ok(message) => {
                        let options = WriteOptions { types: Some(&scope.types), ..WriteOptions::default() };
                        let node = message::write(&message, options);
                        if self.flags.verbose > 0 {
                            print(&node.to_pretty())?;
                        }
                        last = Some(node);
                    }
                    Err(reason) => unreadable = Some(reason),
                }
            }
            Ok(())
        };
        let outcome = self.engine.block_on(drive(call, Feed::none(found.method.input()), &mut watcher))?;
        let elapsed = Some(started.elapsed());
        let mut reasons: Vec<String> = unreadable.into_iter().collect();
        reasons.extend(judge(file, &outcome, last.as_slice()));
        let failed = !reasons.is_empty();
        for (name, path) in &file.captures {
            match check::capture(path.as_str().unwrap_or_default(), last.as_slice()) {
                Ok(value) => opened.captured.insert(0, (name.clone(), value)),
                // That nothing can be taken from a failure goes without saying.
                Err(_) if failed => {}
                Err(reason) => reasons.push(format!("cannot capture {name}: {reason}")),
            }
        }
        Ok(Verdict { reasons, elapsed })
    }

    /// What the request stands in: its folders and the environment, over them what was captured, over all `--var`.
    fn scope(&mut self, opened: &Opened, path: &Path, draft: &Draft) -> Result<Scope, Stop> {
        let environment = self.flags.environment.as_deref().unwrap_or_default();
        let mut scope = opened.collection.scope(path, environment);
        let own = self.flags.variables.iter().chain(&opened.captured).cloned();
        scope.variables = own.chain(std::mem::take(&mut scope.variables)).collect();
        let named = format!("{{{{{DEMO}}}}}");
        let texts = scope.variables.iter().map(|(_, value)| value).chain([&draft.target, &scope.target]);
        if texts.into_iter().any(|text| text.contains(&named)) {
            let address = self.demo_address()?;
            scope.variables.push((DEMO.to_owned(), address));
        }
        Ok(scope)
    }

    fn demo_address(&mut self) -> Result<String, Stop> {
        if self.demo.is_none() {
            let started = self.engine.block_on(demo::start(Port::Exactly(0)));
            let started = started.map_err(|error| Stop::Failed(format!("cannot start the demo server: {error}")))?;
            self.demo = Some(started);
        }
        Ok(self.demo.as_ref().map_or_else(String::new, |demo| demo.address.to_string()))
    }

    /// The schemas of the collection, or of the target's server where the collection names none.
    fn schemas<'b>(&mut self, opened: &'b mut Opened, draft: &Draft, scope: &Scope) -> Result<&'b Schemas, String> {
        let sources = opened.collection.sources();
        let asks = |source: &Source| matches!(source, Source::Reflection { .. });
        let key = if sources.is_empty() || sources.iter().any(asks) {
            let target = if draft.target.is_empty() { &scope.target } else { &draft.target };
            Some(request::expand(target, scope).unwrap_or_default())
        } else {
            None
        };
        if let Some(index) = opened.schemas.iter().position(|(known, _)| *known == key) {
            return opened.schemas.get(index).map(|(_, schemas)| schemas).ok_or_else(String::new);
        }
        let mut schemas = Vec::new();
        for source in &sources {
            schemas.push(match source {
                Source::Reflection { target } => {
                    self.reflect(&Draft { target: target.clone(), ..draft.clone() }, scope)?
                }
                files => Schema::load(files).map_err(|problem| report::schema_problem_text(&problem))?,
            });
        }
        if sources.is_empty() {
            schemas.push(self.reflect(draft, scope)?);
        }
        opened.schemas.push((key, Schemas::new(schemas)));
        opened.schemas.last().map(|(_, schemas)| schemas).ok_or_else(String::new)
    }

    fn reflect(&mut self, draft: &Draft, scope: &Scope) -> Result<Schema, String> {
        let mut access = request::resolve_access(draft, scope)
            .map_err(|problems| problems.iter().map(report::request_problem).collect::<Vec<_>>().join("\n"))?;
        let target = request::expand(&draft.target, scope)?;
        self.agreement.ask(&mut access)?;
        let job = self.engine.reflect(target, access, REFLECTION_TIMEOUT);
        match self.engine.block_on(job.wait()) {
            Ok(Ok(schema)) => Ok(schema),
            Ok(Err(failure)) => {
                let what = failure.cause.as_ref().map_or(failure.status.message, |cause| report::sentences(cause).0);
                Err(format!("no schema by reflection: {} {what}", code_name(failure.status.code)))
            }
            Err(panicked) => Err(panicked.to_string()),
        }
    }
}

/// What does not hold of a response. A request that says nothing of the status wants OK.
fn judge(file: &RequestFile, outcome: &Outcome, messages: &[Node]) -> Vec<String> {
    let status = code_name(outcome.status.code);
    let failed = outcome.status.code != 0;
    let mut reasons: Vec<String> = if failed && file.asserts.iter().all(|assert| assert.status.is_none()) {
        // Without a response there is no more to check.
        vec![format!("status is {status}, not OK")]
    } else {
        file.asserts.iter().filter_map(|assert| check::check(assert, &status, messages).err()).collect()
    };
    if failed && !reasons.is_empty() {
        // The settings of a request stand in files, under the names that the window shows.
        let told = |cause: &Cause| match cause {
            Cause::Credentials(_) => (report::sentences(cause).0, report::hint(cause)),
            _ => report::sentences(cause),
        };
        let cause = outcome.cause.as_ref().map(told);
        let (what, hint) = cause.unwrap_or_else(|| (outcome.status.message.clone(), None));
        reasons.extend([Some(what), hint].into_iter().flatten().filter(|text| !text.is_empty()));
    }
    reasons
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use crate::engine::{EndedBy, Status};

    use super::*;

    #[test]
    fn without_a_word_on_the_status_it_must_be_ok() {
        let check = |asserts: &str, code: i32, expected: &[&str]| {
            let text = format!(r#"{{"trunkline": 1, "method": "a.B/C", "asserts": {asserts}}}"#);
            let file: RequestFile = serde_json::from_str(&text).unwrap();
            let status = Status { code, message: "why".to_owned(), ..Status::default() };
            let outcome = Outcome { status, trailers: Vec::new(), ended_by: EndedBy::Server, cause: None };
            assert_eq!(judge(&file, &outcome, &[]), expected, "{asserts} {code}");
        };
        check("[]", 0, &[]);
        check("[]", 5, &["status is NOT_FOUND, not OK", "why"]);
        check(r#"[{"status": "NOT_FOUND"}]"#, 5, &[]);
        check(r#"[{"status": "NOT_FOUND"}]"#, 0, &["status is OK, not NOT_FOUND"]);
        check(r#"[{"path": "$.a", "exists": false}]"#, 0, &[]);
        check(r#"[{"path": "$.a", "exists": true}]"#, 0, &["$.a is not there"]);
    }

    #[test]
    fn requests_are_named_by_their_file() {
        let request = Request {
            path: PathBuf::from("/c/checkout/Place order.request.json"),
            name: "Place order".to_owned(),
            file: Ok(RequestFile::default()),
        };
        assert_eq!(name_of(&request, Path::new("/c")), "checkout/Place order");
    }
}
