//! What `trunkline call` prints of its call: responses to standard output as they come, the rest to standard error.
//!
//! Must not know: how the call is run.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use prost_reflect::{DynamicMessage, MethodDescriptor};

use super::call::Watcher;
use super::flags::CallFlags;
use super::formats::{CallFormat, WriteFlags};
use super::report;
use super::terminal::{Output, Stop, note};
use crate::engine::{CallEvent, Happened, Offered, Outcome, Payload, Status, code_name};
use crate::log::{self, Log};
use crate::message::text_format::{self, SEPARATOR};
use crate::message::{self, AnyTypes};
use crate::request::CallSpec;
use crate::schema::{Kind, Types};

/// Bytes of messages that are kept for the timeline, which tells the first and the last of them.
const KEPT: usize = 1 << 20;

/// Prints what happens in a call: messages to standard output, with `-v` the rest to standard error.
pub(super) struct Printer<'a> {
    method: MethodDescriptor,
    types: &'a Types,
    any_types: &'a AnyTypes,
    format: CallFormat,
    write: WriteFlags,
    /// How many messages.
    printed: usize,
    out: Output,
    verbose: bool,
    /// Names of metadata that the credentials of the call set.
    secret_names: Vec<String>,
    /// Of everything, where times are to be told.
    log: Option<Log>,
}

impl<'a> Printer<'a> {
    /// As the flags say, for a method of these types.
    pub(super) fn new(flags: &CallFlags, method: MethodDescriptor, types: &'a Types, any_types: &'a AnyTypes) -> Self {
        let log = (flags.verbose > 1).then(|| Log::new(method.clone(), SystemTime::now(), KEPT));
        Self {
            method,
            types,
            any_types,
            format: flags.format,
            write: flags.write,
            printed: 0,
            out: Output::default(),
            verbose: flags.verbose > 0,
            secret_names: Vec::new(),
            log,
        }
    }

    /// What is known before anything is sent, and how long it took to get the schema.
    pub(super) fn before(&mut self, spec: &CallSpec, schema: Duration) {
        self.secret_names.clone_from(&spec.access.secret_names);
        if let Some(log) = &mut self.log {
            log.secret_names.clone_from(&spec.access.secret_names);
        }
        if !self.verbose {
            return;
        }
        let described = self.types.describe(self.method.full_name());
        note(&format!("Resolved method:\n{}", described.unwrap_or_else(|| spec.method.to_string()).trim_end()));
        if self.log.is_some() {
            note(&format!("\nSchema and request ready in {:.3} ms", schema.as_secs_f64() * 1000.0));
        }
        report::metadata("Request metadata", &spec.access.metadata, &self.secret_names);
    }

    fn message(&mut self, bytes: &Bytes) -> Result<(), Stop> {
        let read = || read_response(&self.method, bytes).map_err(Stop::Failed);
        match self.format {
            CallFormat::Json => {
                let text = message::write_pretty(&read()?, self.write.json(self.any_types));
                self.out.write(&[text.as_bytes(), b"\n"])?;
            }
            CallFormat::Text => {
                let text = text_format::write(&read()?, self.write.text(self.any_types));
                let mut mark = [0; 4];
                let separator = if self.printed > 0 { SEPARATOR.encode_utf8(&mut mark).as_bytes() } else { b"" };
                self.out.write(&[separator, text.as_bytes()])?;
            }
            // What cannot be read is printed all the same.
            CallFormat::Binary if Kind::of(&self.method).streams_responses() => {
                let mut length = Vec::with_capacity(10);
                prost::encoding::encode_varint(bytes.len() as u64, &mut length);
                self.out.write(&[&length, bytes])?;
            }
            CallFormat::Binary => self.out.write(&[bytes])?,
        }
        self.printed += 1;
        Ok(())
    }

    /// Whether a status has details of a type that is not known.
    pub(super) fn lacks_types(&self, status: &Status) -> bool {
        let lacking = Arc::new(AtomicBool::new(false));
        let (types, lacks) = (self.any_types.clone(), Arc::clone(&lacking));
        let asked = AnyTypes::new(move |name| {
            let found = types.beyond(name);
            lacks.fetch_or(found.is_none(), Ordering::Relaxed);
            found
        });
        let told = log::details(status, Some(self.types.pool()), &asked);
        !told.is_empty() && lacking.load(Ordering::Relaxed)
    }

    /// Has what an `Any` may hold looked up there from now on.
    pub(super) fn take_types(&mut self, any_types: &'a AnyTypes) {
        self.any_types = any_types;
    }

    /// The end of the call, or why it was left; and what the server has where it does not know the method.
    pub(super) fn after(&self, outcome: Result<Outcome, Stop>, offered: Option<&Offered>) -> Result<(), Stop> {
        let ended = outcome.and_then(|outcome| self.tell_end(&outcome, offered));
        if let Some(log) = &self.log {
            note(&format!("\nTimeline:\n{}", log.timeline_text().trim_end()));
        }
        ended
    }

    fn tell_end(&self, outcome: &Outcome, offered: Option<&Offered>) -> Result<(), Stop> {
        if self.verbose {
            report::metadata("Response trailers", &outcome.trailers, &self.secret_names);
        }
        if outcome.status.code == 0 {
            if self.verbose {
                note("\nStatus: OK");
            }
            return Ok(());
        }
        let (status, pool) = (&outcome.status, Some(self.types.pool()));
        match offered {
            Some(offered) => report::unknown_method(status, offered, pool, self.any_types),
            None => report::status(status, outcome.cause.as_ref(), pool, self.any_types),
        }
        Err(Stop::Told(report::exit_code(outcome.status.code)))
    }
}

impl Watcher for Printer<'_> {
    fn event(&mut self, event: &CallEvent) -> Result<(), Stop> {
        if self.verbose {
            tell(&event.what, &self.secret_names);
        }
        if let Some(log) = &mut self.log {
            log.push(event.clone());
        }
        if let Happened::Received(Payload { message, .. }) = &event.what {
            self.message(message)?;
            if self.verbose {
                // Beside what is told of it.
                self.out.flush()?;
            }
        }
        Ok(())
    }

    fn pause(&mut self) -> Result<(), Stop> {
        self.out.flush()
    }
}

/// Reads a response.
pub(super) fn read_response(method: &MethodDescriptor, bytes: &Bytes) -> Result<DynamicMessage, String> {
    let output = method.output();
    let name = output.full_name().to_owned();
    DynamicMessage::decode(output, bytes.clone())
        .map_err(|error| format!("the server sent bytes that are no {name}: {error}"))
}

/// What `-v` says of an event.
fn tell(what: &Happened, secret_names: &[String]) {
    match what {
        Happened::Connected(peer) => {
            let security = peer.tls.as_ref().map_or("plaintext", |tls| tls.version.as_str());
            note(&format!("\nConnected to {} ({security})", peer.address));
        }
        Happened::Sent(sent) => note(&format!("\nRequest message: {}", size(sent))),
        Happened::Headers(entries) => report::metadata("Response headers", entries, secret_names),
        Happened::Received(received) => note(&format!("\nResponse message: {}", size(received))),
        Happened::Retrying { attempt, status, wait } => note(&format!(
            "\nAttempt {attempt} failed with {}, the next one in {wait:?}: {}",
            code_name(status.code),
            status.message
        )),
        Happened::Connecting { .. }
        | Happened::Step(_)
        | Happened::Requested { .. }
        | Happened::SendingEnded
        | Happened::Finished(_) => {}
    }
}

fn size(payload: &Payload) -> String {
    let bytes = |count: u64| if count == 1 { "1 byte".to_owned() } else { format!("{count} bytes") };
    let plain = bytes(payload.message.len() as u64);
    payload.compressed.map_or_else(|| plain.clone(), |wire| format!("{plain}, {} compressed", bytes(wire.into())))
}
