//! The files that a server sends: asked for ahead of their answers, kept once each, and their imports followed. What the
//! server gets wrong is a problem of the file that it is about.
//!
//! Must not know: how the server is reached, what stands in the files beyond their names, imports and services.

use std::collections::{HashMap, HashSet, VecDeque};

use bytes::Bytes;
use prost::Message as _;
use prost_types::FileDescriptorProto;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;

use super::session::{Answer, Reply, Session};
use super::{REFLECTION_PACKAGE, broken};
use crate::engine::event::{EndedBy, Outcome};
use crate::engine::job::Progress;
use crate::engine::status::{Code, code_name};
use crate::engine::{Cause, ReflectionFailure};
use crate::schema::Problem;

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

/// What a request is for.
#[derive(Clone, Debug)]
pub(super) enum Wanted {
    Service(String),
    File(String),
}

impl Wanted {
    pub(super) fn request(&self) -> MessageRequest {
        match self {
            Self::Service(name) => MessageRequest::FileContainingSymbol(name.clone()),
            Self::File(name) => MessageRequest::FileByFilename(name.clone()),
        }
    }

    pub(super) fn is(&self, request: &MessageRequest) -> bool {
        match (self, request) {
            (Self::Service(name), MessageRequest::FileContainingSymbol(asked))
            | (Self::File(name), MessageRequest::FileByFilename(asked)) => name == asked,
            _ => false,
        }
    }
}

/// The files so far.
#[derive(Default)]
pub(super) struct Files {
    pub(super) bytes: Vec<Bytes>,
    size: usize,
    /// Where the file of a name stands in `bytes`.
    names: HashMap<String, usize>,
    /// Files as they came: most servers send a file again and again.
    seen: HashSet<Bytes>,
    /// Full names of services in the files.
    pub(super) services: HashSet<String>,
    asked: HashSet<String>,
    pub(super) problems: Vec<Problem>,
}

impl Files {
    /// As [`Files::collect`], where what came before a failure is of use.
    pub(super) async fn collect_most(&mut self, session: &mut Session, wanted: VecDeque<Wanted>, progress: &Progress) {
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
    pub(super) fn take(&mut self, asked: &Wanted, answer: Answer) -> Result<Vec<Wanted>, ReflectionFailure> {
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

/// A status as the reason of a problem.
fn described(outcome: &Outcome) -> String {
    let name = code_name(outcome.status.code);
    match outcome.status.message.trim() {
        "" => name,
        message => format!("{name}: {message}"),
    }
}
