//! The talk with one server: streams that are opened and ask in the version that it knows, answers one by one, and the
//! time that all of it may take.
//!
//! Must not know: which files are wanted.

use std::collections::BTreeSet;
use std::sync::Arc;

use prost::Message as _;
use tokio::runtime::Handle;
use tokio::time::{Instant, timeout_at};
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;
use tonic_reflection::pb::v1::{ServerReflectionRequest, ServerReflectionResponse};

use super::{Asking, broken};
use crate::engine::call::Call;
use crate::engine::event::{Happened, Outcome};
use crate::engine::pool::Pool;
use crate::engine::status::{Code, own_status};
use crate::engine::{ReflectionFailure, Status};
use crate::request::CallSpec;
use crate::schema::{Kind, MethodPath};

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
pub(super) struct Session {
    runtime: Handle,
    pool: Arc<Pool>,
    pub(super) asking: Asking,
    deadline: Instant,
    version: Version,
    /// Whether the server says of an answer which request it is for, as it should.
    pub(super) echoes: bool,
    /// On the stream that is open.
    pub(super) answers: usize,
    pub(super) stream: Option<Call>,
}

/// An answer, or why this one request has none.
pub(super) type Answer = Result<MessageResponse, String>;

/// What came from the server.
pub(super) enum Reply {
    /// With the request that it says it answers.
    Answer(Option<MessageRequest>, Answer),
    /// The stream is over.
    Ended(Outcome),
}

impl Session {
    /// Its time runs from now.
    pub(super) fn new(runtime: Handle, pool: Arc<Pool>, asking: Asking) -> Self {
        let deadline = Instant::now() + asking.timeout;
        Self { runtime, pool, asking, deadline, version: Version::V1, echoes: false, answers: 0, stream: None }
    }

    pub(super) async fn services(&mut self) -> Result<Vec<String>, ReflectionFailure> {
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
                    let status = Status { code: error.error_code, message: error.error_message, ..Default::default() };
                    Err(ReflectionFailure { status, cause: None })
                }
                Err(detail) => Err(broken(detail)),
                Ok(_) => Err(broken("the list of services was answered with something else".to_owned())),
            };
        }
    }

    /// Sends a request, on a new stream where none is open; whether it was taken.
    pub(super) fn send(&mut self, request: &MessageRequest) -> bool {
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
    pub(super) async fn next(&mut self) -> Result<Reply, ReflectionFailure> {
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
