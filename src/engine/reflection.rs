//! The client of server reflection: asks what a server offers, and collects the files that describe it.
//!
//! Both versions of the protocol have the same messages on the wire, so one client serves both. Requests are sent ahead
//! of their answers: a hundred services on a slow line cost few round trips. A server is believed nothing: what it sends
//! is bounded in number, size and time, and what it gets wrong costs only what is wrong.
//!
//! Must not know: what stands in the files beyond their names, imports and services.

mod offered;

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use prost::Message as _;
use prost_types::FileDescriptorProto;
use tokio::runtime::Handle;
use tokio::time::{Instant, timeout_at};
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;
use tonic_reflection::pb::v1::{ServerReflectionRequest, ServerReflectionResponse};

use super::call::Call;
use super::event::{EndedBy, Happened, Outcome};
use super::job::Progress;
use super::pool::Pool;
use super::status::{Code, code_name, own_status};
use super::{Cause, ReflectionFailure};
use crate::request::{Access, CallSpec};
use crate::schema::{Kind, MethodPath, Problem};

pub(super) use self::offered::offered;
pub use self::offered::{Missing, Offered};

/// The package of the reflection services themselves.
const REFLECTION_PACKAGE: &str = "grpc.reflection.";

/// Requests on their way at a time; below the number that a call queues, so that none is refused.
const AHEAD: usize = 32;
/// Bytes of descriptors that are taken from one server.
const MOST_BYTES: usize = 256 << 20;
/// Files that are taken from one server.
const MOST_FILES: usize = 20_000;
/// Problems that are told one by one.
const MOST_PROBLEMS: usize = 100;
/// Answers to nothing that was asked, before a stream is heard no longer.
const MOST_STRAYS: usize = 100;
/// Streams that break one after another, or that are flooded, before the server is asked no longer.
const MOST_FAILURES: usize = 3;

/// Said of a server that talks without being asked.
const UNASKED: &str = "the server sends answers that nobody asked for";

/// What a server answered.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Offer {
    /// Full names, sorted.
    pub(super) services: Vec<String>,
    /// Serialised file descriptors, each name once.
    pub(super) files: Vec<Bytes>,
    /// Services and files that the server did not describe.
    pub(super) problems: Vec<Problem>,
}

/// How a server is asked.
#[derive(Debug)]
pub(super) struct Asking {
    pub(super) access: Access,
    /// For all of it.
    pub(super) timeout: Duration,
    /// The one service that is wanted. Where the server does not know it, all are asked for.
    pub(super) only: Option<String>,
}

/// Asks the server for its services and every file that they need.
///
/// # Errors
///
/// When it does not even list its services. Whatever goes wrong later is a problem in the offer.
pub(super) async fn ask(
    runtime: Handle,
    pool: Arc<Pool>,
    asking: Asking,
    progress: &Progress,
) -> Result<Offer, ReflectionFailure> {
    let mut session = Session::new(runtime, pool, asking);
    if let Some(service) = session.asking.only.take()
        && let Some(offer) = session.one(service, progress).await?
    {
        return Ok(offer);
    }
    let services = session.services().await?;
    progress.set_total(services.len());
    let mut files = Files::default();
    let wanted = services.iter().map(|service| Wanted::Service(service.clone())).collect();
    files.collect_most(&mut session, wanted, progress).await;
    let Files { services: described, mut problems, bytes, .. } = files;
    // Asked for ahead, refused, and then described with another service.
    problems.retain(|problem| problem.service.is_empty() || !described.contains(&*problem.service));
    Ok(Offer { services, files: bytes, problems })
}

/// The versions of the protocol, newest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Version {
    V1,
    V1Alpha,
}

impl Version {
    fn service(self) -> &'static str {
        match self {
            Self::V1 => "grpc.reflection.v1.ServerReflection",
            Self::V1Alpha => "grpc.reflection.v1alpha.ServerReflection",
        }
    }
}

/// The talk with one server.
struct Session {
    runtime: Handle,
    pool: Arc<Pool>,
    asking: Asking,
    deadline: Instant,
    version: Version,
    /// Whether the server says of an answer which request it is for, as it should.
    echoes: bool,
    /// On the stream that is open.
    answers: usize,
    stream: Option<Call>,
}

/// An answer, or why this one request has none.
type Answer = Result<MessageResponse, String>;

/// What came from the server.
enum Reply {
    /// With the request that it says it answers.
    Answer(Option<MessageRequest>, Answer),
    /// The stream is over.
    Ended(Outcome),
}

impl Session {
    /// Its time runs from now.
    fn new(runtime: Handle, pool: Arc<Pool>, asking: Asking) -> Self {
        let deadline = Instant::now() + asking.timeout;
        Self { runtime, pool, asking, deadline, version: Version::V1, echoes: false, answers: 0, stream: None }
    }

    async fn services(&mut self) -> Result<Vec<String>, ReflectionFailure> {
        let request = MessageRequest::ListServices(String::new());
        loop {
            // On a new stream the request is always taken; a stream that fails at once says so next.
            self.send(&request);
            let (echo, answer) = match self.next().await? {
                Reply::Answer(echo, answer) => (echo, answer),
                Reply::Ended(outcome) => {
                    if self.version == Version::V1 && outcome.status.code == Code::Unimplemented as i32 {
                        self.version = Version::V1Alpha;
                        continue;
                    }
                    return Err(outcome.into());
                }
            };
            self.echoes = echo == Some(request);
            return match answer {
                Ok(MessageResponse::ListServicesResponse(list)) => {
                    let names: BTreeSet<String> = list.service.into_iter().map(|service| service.name).collect();
                    Ok(names.into_iter().filter(|name| !name.is_empty()).collect())
                }
                Ok(MessageResponse::ErrorResponse(error)) => {
                    let status =
                        super::Status { code: error.error_code, message: error.error_message, ..Default::default() };
                    Err(ReflectionFailure { status, cause: None })
                }
                Err(detail) => Err(broken(detail)),
                Ok(_) => Err(broken("the list of services was answered with something else".to_owned())),
            };
        }
    }

    /// The files of one service; `None` where the server does not know it, or does not say so in the newest version.
    async fn one(&mut self, service: String, progress: &Progress) -> Result<Option<Offer>, ReflectionFailure> {
        let wanted = Wanted::Service(service.clone());
        self.send(&wanted.request());
        let (echo, answer) = match self.next().await? {
            Reply::Answer(echo, answer) => (echo, answer),
            Reply::Ended(outcome) if outcome.ended_by == EndedBy::Server => return Ok(None),
            Reply::Ended(outcome) => return Err(outcome.into()),
        };
        self.answers += 1;
        self.echoes = echo.is_some_and(|echo| wanted.is(&echo));
        let mut files = Files::default();
        let imports = files.take(&wanted, answer)?;
        if !files.services.contains(&service) {
            return Ok(None);
        }
        files.collect_most(self, imports.into(), progress).await;
        Ok(Some(Offer { services: vec![service], files: files.bytes, problems: files.problems }))
    }

    /// Sends a request, on a new stream where none is open; whether it was taken.
    fn send(&mut self, request: &MessageRequest) -> bool {
        let stream = self.stream.take().unwrap_or_else(|| {
            self.answers = 0;
            self.open()
        });
        let request = ServerReflectionRequest { host: String::new(), message_request: Some(request.clone()) };
        let taken = stream.send(request.encode_to_vec().into()).is_ok();
        self.stream = Some(stream);
        taken
    }

    /// The next that comes from the server.
    async fn next(&mut self) -> Result<Reply, ReflectionFailure> {
        loop {
            // A server that never pauses would never be late.
            let too_late = Instant::now() >= self.deadline;
            let stream = self.stream.as_mut().filter(|_| !too_late);
            let event = match stream {
                Some(stream) => timeout_at(self.deadline, stream.next()).await.ok(),
                None if too_late => None,
                None => return Err(broken("nothing was asked".to_owned())),
            };
            let Some(event) = event else {
                self.stream = None;
                return Err(self.too_late());
            };
            match event.map(|event| event.what) {
                Some(Happened::Received(received)) => {
                    let (echo, answer) = read(&received.message);
                    return Ok(Reply::Answer(echo, answer));
                }
                Some(Happened::Finished(outcome)) => {
                    self.stream = None;
                    return Ok(Reply::Ended(*outcome));
                }
                Some(_) => {}
                None => return Err(broken("the stream ended twice".to_owned())),
            }
        }
    }

    fn open(&self) -> Call {
        let spec = CallSpec {
            access: self.asking.access.clone(),
            method: MethodPath {
                service: self.version.service().to_owned(),
                method: "ServerReflectionInfo".to_owned(),
            },
            kind: Kind::Bidirectional,
            // The whole talk has a limit, not each stream of it.
            timeout: None,
            messages: Vec::new(),
        };
        // The job around all this wakes when it is done.
        Call::start(&self.runtime, Arc::clone(&self.pool), Arc::new(|| {}), spec)
    }

    fn too_late(&self) -> ReflectionFailure {
        let message = format!("the server did not answer within {:?}", self.asking.timeout);
        ReflectionFailure { status: own_status(Code::DeadlineExceeded, message), cause: None }
    }
}

impl From<Outcome> for ReflectionFailure {
    fn from(outcome: Outcome) -> Self {
        // That it is reflection which the server lacks is known; that its name may be misspelt is not to be said.
        let cause =
            outcome.cause.filter(|cause| !matches!(cause, Cause::NoSuchService { .. } | Cause::NoSuchMethod { .. }));
        Self { status: outcome.status, cause }
    }
}

/// The request that an answer says it is for, and what it says.
fn read(message: &[u8]) -> (Option<MessageRequest>, Answer) {
    match ServerReflectionResponse::decode(message) {
        Ok(response) => {
            let echo = response.original_request.and_then(|request| request.message_request);
            (echo, response.message_response.ok_or_else(|| "the answer is empty".to_owned()))
        }
        Err(error) => (None, Err(error.to_string())),
    }
}

fn broken(detail: String) -> ReflectionFailure {
    Cause::BadFrame { detail }.into_outcome().into()
}

/// A status as the reason of a problem.
fn described(outcome: &Outcome) -> String {
    let name = code_name(outcome.status.code);
    match outcome.status.message.trim() {
        "" => name,
        message => format!("{name}: {message}"),
    }
}

/// What a request is for.
#[derive(Clone, Debug)]
enum Wanted {
    Service(String),
    File(String),
}

impl Wanted {
    fn request(&self) -> MessageRequest {
        match self {
            Self::Service(name) => MessageRequest::FileContainingSymbol(name.clone()),
            Self::File(name) => MessageRequest::FileByFilename(name.clone()),
        }
    }

    fn is(&self, request: &MessageRequest) -> bool {
        match (self, request) {
            (Self::Service(name), MessageRequest::FileContainingSymbol(asked))
            | (Self::File(name), MessageRequest::FileByFilename(asked)) => name == asked,
            _ => false,
        }
    }
}

/// The files so far.
#[derive(Default)]
struct Files {
    bytes: Vec<Bytes>,
    size: usize,
    /// Where the file of a name stands in `bytes`.
    names: HashMap<String, usize>,
    /// Files as they came: most servers send a file again and again.
    seen: HashSet<Bytes>,
    /// Full names of services in the files.
    services: HashSet<String>,
    asked: HashSet<String>,
    problems: Vec<Problem>,
}

impl Files {
    /// As [`Files::collect`], where what came before a failure is of use.
    async fn collect_most(&mut self, session: &mut Session, wanted: VecDeque<Wanted>, progress: &Progress) {
        if let Err(failure) = self.collect(session, wanted, progress).await {
            let message = format!("the server did not describe everything it offers: {}", failure.status.message);
            self.problems.push(Problem::from_message(message));
        }
    }

    /// Asks for what is wanted, and for the imports that did not come with it.
    async fn collect(
        &mut self,
        session: &mut Session,
        mut wanted: VecDeque<Wanted>,
        progress: &Progress,
    ) -> Result<(), ReflectionFailure> {
        // On their way, in the order in which they were sent.
        let mut pending: VecDeque<Wanted> = VecDeque::new();
        let (mut strays, mut floods, mut failures) = (0, 0, 0);
        loop {
            while pending.len() < AHEAD
                && let Some(next) = wanted.pop_front()
            {
                if self.has(&next) {
                    progress.step(matches!(next, Wanted::Service(_)));
                } else if session.send(&next.request()) {
                    pending.push_back(next);
                } else {
                    // The stream has ended; its last event tells why.
                    wanted.push_front(next);
                    break;
                }
            }
            if pending.is_empty() && wanted.is_empty() {
                return Ok(());
            }
            match session.next().await? {
                Reply::Answer(echo, answer) => {
                    let place = match &echo {
                        Some(echo) if session.echoes => pending.iter().position(|wanted| wanted.is(echo)),
                        _ => Some(0),
                    };
                    let Some(asked) = place.and_then(|place| pending.remove(place)) else {
                        strays += 1;
                        if strays > MOST_STRAYS {
                            // What is still wanted may come on a stream of its own.
                            session.stream = None;
                            (strays, floods) = (0, floods + 1);
                            if floods >= MOST_FAILURES {
                                return Err(broken(UNASKED.to_owned()));
                            }
                            self.tell(Problem::from_message(UNASKED));
                            for again in pending.drain(..).rev() {
                                wanted.push_front(again);
                            }
                        }
                        continue;
                    };
                    session.answers += 1;
                    failures = 0;
                    progress.step(matches!(asked, Wanted::Service(_)));
                    wanted.extend(self.take(&asked, answer)?);
                }
                Reply::Ended(outcome) => {
                    let is_clean = outcome.ended_by == EndedBy::Server && outcome.status.code == Code::Ok as i32;
                    // Some servers end the stream in place of an answer (tonic's does, for what it does not know): it
                    // is about the first request without one. The others are asked again.
                    if !(is_clean && session.answers > 0)
                        && let Some(asked) = pending.pop_front()
                    {
                        progress.step(matches!(asked, Wanted::Service(_)));
                        self.missing(&asked, &described(&outcome));
                    }
                    failures = if outcome.ended_by == EndedBy::Server { 0 } else { failures + 1 };
                    if failures >= MOST_FAILURES {
                        return Err(outcome.into());
                    }
                    for again in pending.drain(..).rev() {
                        wanted.push_front(again);
                    }
                }
            }
        }
    }

    /// Whether it came with something else.
    fn has(&self, wanted: &Wanted) -> bool {
        match wanted {
            Wanted::Service(name) => self.services.contains(name),
            Wanted::File(name) => self.names.contains_key(name),
        }
    }

    /// Keeps what an answer brings; the imports to ask for next.
    fn take(&mut self, asked: &Wanted, answer: Answer) -> Result<Vec<Wanted>, ReflectionFailure> {
        let mut imports = Vec::new();
        match answer {
            Ok(MessageResponse::FileDescriptorResponse(response)) => {
                for file in response.file_descriptor_proto {
                    imports.extend(self.add(asked, file.into())?);
                }
            }
            Ok(MessageResponse::ErrorResponse(error)) => {
                let code = code_name(error.error_code);
                self.missing(asked, &format!("{code}: {}", error.error_message));
            }
            Ok(_) => self.missing(asked, "the answer is about something else"),
            Err(detail) => self.missing(asked, &detail),
        }
        let new = imports.into_iter().filter(|name| !self.names.contains_key(name));
        Ok(new.filter(|name| self.asked.insert(name.clone())).map(Wanted::File).collect())
    }

    /// Keeps a file that is new; its imports.
    fn add(&mut self, asked: &Wanted, mut file: Bytes) -> Result<Vec<String>, ReflectionFailure> {
        if self.seen.contains(&file) {
            return Ok(Vec::new());
        }
        let mut descriptor = match FileDescriptorProto::decode(&*file) {
            Ok(descriptor) => descriptor,
            Err(error) => {
                self.missing(asked, &format!("the server sent a file descriptor that is none: {error}"));
                return Ok(Vec::new());
            }
        };
        self.size = self.size.saturating_add(file.len());
        if self.size > MOST_BYTES {
            return Err(Cause::TooMuch { size: self.size as u64, limit: MOST_BYTES as u64 }.into_outcome().into());
        }
        if self.seen.len() >= MOST_FILES {
            return Err(broken(format!("it sends more than {MOST_FILES} files")));
        }
        self.seen.insert(file.clone());
        if descriptor.name().is_empty() {
            let name = format!("unnamed-{}.proto", self.bytes.len());
            // Of a field that comes twice the last counts.
            let mut named = file.to_vec();
            prost::encoding::string::encode(1, &name, &mut named);
            file = named.into();
            descriptor.name = Some(name);
        }
        if let Some(first) = self.names.get(descriptor.name()) {
            if !is_same(&self.bytes[*first], &mut descriptor) {
                let message = "the server sent this file twice, with different content: the first is used";
                self.tell(Problem { file: descriptor.name().to_owned(), ..Problem::from_message(message) });
            }
            return Ok(Vec::new());
        }
        let package = descriptor.package();
        let dot = if package.is_empty() { "" } else { "." };
        self.services.extend(descriptor.service.iter().map(|service| format!("{package}{dot}{}", service.name())));
        self.names.insert(descriptor.name().to_owned(), self.bytes.len());
        self.bytes.push(file);
        Ok(descriptor.dependency)
    }

    fn missing(&mut self, wanted: &Wanted, detail: &str) {
        match wanted {
            // Some servers list reflection itself, but have no file for it: nobody misses that.
            Wanted::Service(name) if name.starts_with(REFLECTION_PACKAGE) => {}
            Wanted::Service(name) => {
                let shown = name.escape_debug();
                let message = format!("the server does not describe its service {shown}: {detail}");
                self.tell(Problem::of_service(name, message));
            }
            // Those are known without the server.
            Wanted::File(name) if name.starts_with("google/protobuf/") => {}
            Wanted::File(name) => {
                let message = format!("the server does not have this imported file: {detail}");
                self.tell(Problem { file: name.clone(), ..Problem::from_message(message) });
            }
        }
    }

    /// Adds a problem, unless there are too many.
    fn tell(&mut self, problem: Problem) {
        match self.problems.len() {
            MOST_PROBLEMS => self.problems.push(Problem::from_message("there are more problems of this kind")),
            count if count > MOST_PROBLEMS => {}
            _ => self.problems.push(problem),
        }
    }
}

/// Whether a file says the same as the one before, comments aside.
fn is_same(before: &Bytes, file: &mut FileDescriptorProto) -> bool {
    let Ok(mut before) = FileDescriptorProto::decode(&**before) else { return false };
    before.source_code_info = None;
    file.source_code_info = None;
    before == *file
}
