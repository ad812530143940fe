//! The client of server reflection: asks what a server offers, and collects the files that describe it.
//!
//! Both versions of the protocol have the same messages on the wire, so one client serves both. Requests are sent ahead
//! of their answers: a hundred services on a slow line cost few round trips.
//!
//! Must not know: what stands in the files beyond their names and imports.

use std::collections::{BTreeSet, HashSet};
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
use super::pool::Pool;
use super::status::{Code, code_name, own_status};
use super::{Cause, ReflectionFailure};
use crate::request::{CallSpec, ConnectionSpec, MetadataEntry};
use crate::schema::{Kind, MethodPath, Problem};

/// The package of the reflection services themselves.
const REFLECTION_PACKAGE: &str = "grpc.reflection.";

/// Requests on their way at a time; below the number that a call queues, so that none is refused.
const AHEAD: usize = 32;
/// Bytes of descriptors that are taken from one server.
const MOST_BYTES: usize = 256 << 20;

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

/// Asks the server for its services and every file that they need, within `timeout`.
///
/// # Errors
///
/// When it does not even list its services. Whatever goes wrong later is a problem in the offer.
pub(super) async fn ask(
    runtime: Handle,
    pool: Arc<Pool>,
    connection: ConnectionSpec,
    metadata: Vec<MetadataEntry>,
    timeout: Duration,
) -> Result<Offer, ReflectionFailure> {
    let deadline = Instant::now() + timeout;
    let mut session =
        Session { runtime, pool, connection, metadata, timeout, deadline, version: Version::V1, stream: None };
    let services = session.services().await?;
    let mut files = Files::default();
    let symbols = services.iter().map(|service| Wanted::Service(service.clone())).collect();
    if let Err(failure) = files.collect(&mut session, symbols).await {
        let message = format!("the server did not describe everything it offers: {}", failure.status.message);
        files.problems.push(problem("", message));
    }
    Ok(Offer { services, files: files.bytes, problems: files.problems })
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
    connection: ConnectionSpec,
    metadata: Vec<MetadataEntry>,
    timeout: Duration,
    deadline: Instant,
    version: Version,
    stream: Option<Call>,
}

/// An answer, or why this one request has none.
type Answer = Result<MessageResponse, String>;

impl Session {
    async fn services(&mut self) -> Result<Vec<String>, ReflectionFailure> {
        let mut answers = self.ask(vec![MessageRequest::ListServices(String::new())]).await?;
        match answers.pop() {
            Some(Ok(MessageResponse::ListServicesResponse(list))) => {
                let names: BTreeSet<String> = list.service.into_iter().map(|service| service.name).collect();
                Ok(names.into_iter().filter(|name| !name.is_empty()).collect())
            }
            Some(Ok(MessageResponse::ErrorResponse(error))) => {
                let status =
                    super::Status { code: error.error_code, message: error.error_message, ..Default::default() };
                Err(ReflectionFailure { status, cause: None })
            }
            Some(Err(detail)) => Err(broken(detail)),
            Some(Ok(_)) | None => Err(broken("the list of services was answered with something else".to_owned())),
        }
    }

    /// The answers to these requests, in their order. A server that ends the stream in place of an answer (tonic's
    /// does, for what it does not know) is asked for the rest on a new one.
    async fn ask(&mut self, requests: Vec<MessageRequest>) -> Result<Vec<Answer>, ReflectionFailure> {
        let listing = matches!(requests[..], [MessageRequest::ListServices(_)]);
        let mut answers: Vec<Answer> = Vec::with_capacity(requests.len());
        let (mut sent, mut on_this_stream) = (0, 0);
        while answers.len() < requests.len() {
            let mut stream = self.stream.take().unwrap_or_else(|| {
                (sent, on_this_stream) = (answers.len(), 0);
                self.open()
            });
            while sent < requests.len() && sent < answers.len() + AHEAD {
                let request =
                    ServerReflectionRequest { host: String::new(), message_request: Some(requests[sent].clone()) };
                if stream.send(request.encode_to_vec().into()).is_err() {
                    // The stream has ended; its last event tells why.
                    break;
                }
                sent += 1;
            }
            let event = match timeout_at(self.deadline, stream.next()).await {
                Ok(event) => event,
                Err(_late) => return Err(self.too_late()),
            };
            match event.map(|event| event.what) {
                Some(Happened::Received(message)) => {
                    answers.push(read(&message));
                    on_this_stream += 1;
                    self.stream = Some(stream);
                }
                Some(Happened::Finished(outcome)) => {
                    let code = outcome.status.code;
                    if self.version == Version::V1 && listing && code == Code::Unimplemented as i32 {
                        self.version = Version::V1Alpha;
                    } else if listing || outcome.ended_by != EndedBy::Server {
                        return Err(outcome.into());
                    } else if code != Code::Ok as i32 || on_this_stream == 0 {
                        // It is about the first request without an answer.
                        answers.push(Err(described(&outcome)));
                    }
                }
                Some(_) => self.stream = Some(stream),
                None => return Err(broken("the stream ended twice".to_owned())),
            }
        }
        Ok(answers)
    }

    fn open(&self) -> Call {
        let spec = CallSpec {
            connection: self.connection.clone(),
            path_prefix: String::new(),
            method: MethodPath {
                service: self.version.service().to_owned(),
                method: "ServerReflectionInfo".to_owned(),
            },
            kind: Kind::Bidirectional,
            metadata: self.metadata.clone(),
            // The whole talk has a limit, not each stream of it.
            timeout: None,
            messages: Vec::new(),
        };
        // The job around all this wakes when it is done.
        Call::start(&self.runtime, Arc::clone(&self.pool), Arc::new(|| {}), spec)
    }

    fn too_late(&self) -> ReflectionFailure {
        let message = format!("the server did not answer within {:?}", self.timeout);
        ReflectionFailure { status: own_status(Code::DeadlineExceeded, message), cause: None }
    }
}

impl From<Outcome> for ReflectionFailure {
    fn from(outcome: Outcome) -> Self {
        Self { status: outcome.status, cause: outcome.cause }
    }
}

fn read(message: &[u8]) -> Answer {
    let response = ServerReflectionResponse::decode(message).map_err(|error| error.to_string())?;
    response.message_response.ok_or_else(|| "the answer is empty".to_owned())
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

/// The files so far.
#[derive(Default)]
struct Files {
    bytes: Vec<Bytes>,
    size: usize,
    names: HashSet<String>,
    asked: HashSet<String>,
    problems: Vec<Problem>,
}

impl Files {
    /// Asks for what is wanted and, round by round, for the imports that did not come with it.
    async fn collect(&mut self, session: &mut Session, mut wanted: Vec<Wanted>) -> Result<(), ReflectionFailure> {
        while !wanted.is_empty() {
            let mut imports = BTreeSet::new();
            // In portions: the answers are big, and what came before a failure is kept.
            for portion in wanted.chunks(AHEAD) {
                let requests = portion.iter().map(Wanted::request).collect();
                for (wanted, answer) in portion.iter().zip(session.ask(requests).await?) {
                    match answer {
                        Ok(MessageResponse::FileDescriptorResponse(response)) => {
                            for file in response.file_descriptor_proto {
                                imports.extend(self.add(file.into())?);
                            }
                        }
                        Ok(MessageResponse::ErrorResponse(error)) => {
                            let code = code_name(error.error_code);
                            self.missing(wanted, &format!("{code}: {}", error.error_message));
                        }
                        Ok(_) => self.missing(wanted, "the answer is about something else"),
                        Err(detail) => self.missing(wanted, &detail),
                    }
                }
            }
            let new = imports.into_iter().filter(|name| !self.names.contains(name));
            wanted = new.filter(|name| self.asked.insert(name.clone())).map(Wanted::File).collect();
        }
        Ok(())
    }

    /// Keeps a file that is new; its imports.
    fn add(&mut self, file: Bytes) -> Result<Vec<String>, ReflectionFailure> {
        let descriptor = match FileDescriptorProto::decode(&*file) {
            Ok(descriptor) => descriptor,
            Err(error) => {
                self.problems.push(problem("", format!("the server sent a file descriptor that is none: {error}")));
                return Ok(Vec::new());
            }
        };
        if !self.names.insert(descriptor.name().to_owned()) {
            return Ok(Vec::new());
        }
        self.size = self.size.saturating_add(file.len());
        if self.size > MOST_BYTES {
            return Err(Cause::TooLarge { size: self.size as u64, limit: MOST_BYTES as u64 }.into_outcome().into());
        }
        self.bytes.push(file);
        Ok(descriptor.dependency)
    }

    fn missing(&mut self, wanted: &Wanted, detail: &str) {
        match wanted {
            // Some servers list reflection itself, but have no file for it: nobody misses that.
            Wanted::Service(name) if name.starts_with(REFLECTION_PACKAGE) => {}
            Wanted::Service(name) => {
                self.problems.push(problem("", format!("the server does not describe its service {name}: {detail}")));
            }
            // Those are known without the server.
            Wanted::File(name) if name.starts_with("google/protobuf/") => {}
            Wanted::File(name) => {
                self.problems.push(problem(name, format!("the server does not have this imported file: {detail}")));
            }
        }
    }
}

impl Wanted {
    fn request(&self) -> MessageRequest {
        match self {
            Self::Service(name) => MessageRequest::FileContainingSymbol(name.clone()),
            Self::File(name) => MessageRequest::FileByFilename(name.clone()),
        }
    }
}

fn problem(file: &str, message: String) -> Problem {
    Problem {
        file: file.to_owned(),
        position: None,
        message,
        source_line: None,
        hint: None,
        suggested_import_path: None,
        is_note: false,
    }
}
