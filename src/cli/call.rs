//! `trunkline call`: one call, its messages from the command line or from standard input as they come, its responses
//! to standard output as they come.
//!
//! Must not know: HTTP/2, how a schema is found.

use std::io::Read as _;

use bytes::Bytes;
use prost_reflect::{DynamicMessage, MessageDescriptor, MethodDescriptor};

use super::flags::CallFlags;
use super::formats::{self, CallFormat, Cut, RecordReader, WriteFlags};
use super::input::{Input, MessageReader};
use super::report;
use super::source::Schemas;
use super::terminal::{Stop, note, print, print_bytes};
use crate::engine::{Call, Engine, Happened, NotSent, Outcome, Payload};
use crate::message::constraints::Constraints;
use crate::message::text_format::{self, SEPARATOR};
use crate::message::{self, AnyTypes, json};
use crate::request::{self, CallSpec, Scope};
use crate::schema::{Kind, Types};
use crate::text::{Language, Text};

/// Runs the call to its end; the exit code follows its status.
pub(super) fn call(engine: &Engine, flags: &CallFlags) -> Result<(), Stop> {
    let schemas = Schemas::load(engine, &flags.schema, &flags.connection, Some(&flags.target))?;
    let found = schemas.method(&flags.method).map_err(|missing| missing.tell(&schemas))?;
    let kind = Kind::of(&found.method);
    let live = flags.data.as_deref() == Some("@") && kind.streams_requests();

    let mut draft = flags.draft().map_err(Stop::Usage)?;
    draft.method = format!("{}/{}", found.method.parent_service().full_name(), found.method.name());
    let is_json = flags.format == CallFormat::Json;
    if !live && is_json {
        draft.messages = messages(flags.data.as_deref(), kind)?;
    }
    let scope = Scope { types: schemas.any_types(), ..Scope::default() };
    let types = &scope.types;
    let mut spec = request::resolve(&draft, &scope, &found.method, !live && is_json)
        .map_err(|problems| report::usage(&problems))?;
    let cut = match flags.format {
        CallFormat::Json => None,
        CallFormat::Text => Some(Cut::Separator),
        CallFormat::Binary if kind.streams_requests() => Some(Cut::Length),
        CallFormat::Binary => Some(Cut::Whole),
    };
    if let Some(cut) = cut.filter(|_| !live) {
        spec.messages = encoded(flags.data.as_deref(), kind, cut, &found.method.input(), types)?;
    }

    let rules = flags.validate.then(|| Rules::of(&found.method.input()));
    if let Some(rules) = &rules {
        for (index, message) in spec.messages.iter().enumerate() {
            rules.check(index + 1, message)?;
        }
    }

    let mut printer = Printer {
        method: found.method.clone(),
        types: &found.types,
        any_types: types,
        format: flags.format,
        write: flags.write,
        printed: 0,
        verbose: flags.verbose > 0,
    };
    printer.before(&spec);
    let call = engine.call(spec);
    let input = if live {
        Some(Input::stdin()?)
    } else {
        if kind.streams_requests() {
            call.end_sending();
        }
        None
    };
    let reader =
        cut.map_or_else(|| Reader::Json(MessageReader::default()), |cut| Reader::Other(RecordReader::new(cut), types));
    let mut feed = Feed::new(input, reader, found.method.input());
    feed.rules = rules;
    let outcome = engine.block_on(drive(call, feed, &mut |event| printer.event(event)))?;
    printer.after(&outcome)
}

/// The messages that are known before the call: of `-d`, or of the whole standard input for a method that takes one.
fn messages(data: Option<&str>, kind: Kind) -> Result<Vec<String>, Stop> {
    let from_stdin;
    let text = match data {
        None if kind.streams_requests() => return Ok(Vec::new()),
        None => return Ok(vec!["{}".to_owned()]),
        Some("@") => {
            from_stdin = std::io::read_to_string(std::io::stdin()).map_err(|error| unread(&error))?;
            &from_stdin
        }
        Some(text) => text,
    };
    let mut messages = split(text)?;
    one_at_most(messages.len(), kind)?;
    if messages.is_empty() && !kind.streams_requests() {
        messages.push("{}".to_owned());
    }
    Ok(messages)
}

/// The same of messages in another form than JSON, encoded.
fn encoded(
    data: Option<&str>,
    kind: Kind,
    cut: Cut,
    descriptor: &MessageDescriptor,
    types: &AnyTypes,
) -> Result<Vec<Bytes>, Stop> {
    let mut reader = RecordReader::new(cut);
    match data {
        None => {}
        Some("@") => {
            let mut bytes = Vec::new();
            std::io::stdin().lock().read_to_end(&mut bytes).map_err(|error| unread(&error))?;
            reader.push(&bytes);
        }
        Some(text) if cut == Cut::Separator => reader.push(text.as_bytes()),
        Some(_) => return Err(Stop::Usage("binary messages are read from standard input: -d @".to_owned())),
    }
    reader.end();
    let mut messages = Vec::new();
    while let Some(record) = reader.next().map_err(|error| numbered(messages.len() + 1, &error))? {
        let number = messages.len() + 1;
        messages.push(formats::encode(&record, number, cut, descriptor, types).map_err(Stop::Usage)?);
    }
    one_at_most(messages.len(), kind)?;
    if messages.is_empty() && !kind.streams_requests() {
        messages.push(Bytes::new());
    }
    Ok(messages)
}

fn unread(error: &std::io::Error) -> Stop {
    Stop::Failed(format!("cannot read standard input: {error}"))
}

fn numbered(number: usize, error: &dyn std::fmt::Display) -> Stop {
    Stop::Usage(format!("message {number}: {error}"))
}

fn one_at_most(count: usize, kind: Kind) -> Result<(), Stop> {
    if count > 1 && !kind.streams_requests() {
        return Err(Stop::Usage(format!("the method takes one message, the data holds {count}")));
    }
    Ok(())
}

/// Cuts JSON values that stand one after another.
fn split(text: &str) -> Result<Vec<String>, Stop> {
    let mut messages = Vec::new();
    let mut rest = text;
    loop {
        match json::parse_next(rest) {
            Ok(None) => return Ok(messages),
            Ok(Some((_, after))) => {
                let one = rest.strip_suffix(after).unwrap_or(rest);
                messages.push(one.to_owned());
                rest = after;
            }
            Err(error) => return Err(numbered(messages.len() + 1, &error)),
        }
    }
}

/// Sends what the feed gives and hands out what comes, both at once, until the call has finished. Ctrl-C cancels it.
pub(super) async fn drive(
    mut call: Call,
    mut feed: Feed<'_>,
    on_event: &mut dyn FnMut(&Happened) -> Result<(), Stop>,
) -> Result<Outcome, Stop> {
    let mut interrupted = false;
    // One listener for the whole call: a key pressed between two turns is not lost.
    let mut interrupt = std::pin::pin!(tokio::signal::ctrl_c());
    loop {
        tokio::select! {
            event = call.next() => {
                let Some(event) = event else {
                    return Err(Stop::Failed("internal error: the call ended without a status".to_owned()));
                };
                if let Happened::Finished(outcome) = event.what {
                    return if interrupted { Err(Stop::Told(INTERRUPTED)) } else { Ok(outcome) };
                }
                on_event(&event.what)?;
            }
            chunk = feed.next_chunk() => feed.take(chunk)?,
            pressed = &mut interrupt => {
                if interrupted || pressed.is_err() {
                    return Err(Stop::Told(INTERRUPTED));
                }
                interrupted = true;
                interrupt.set(tokio::signal::ctrl_c());
                call.cancel();
            }
        }
        // After each event too: it may have made room.
        feed.forward(&call)?;
    }
}

/// The exit code after Ctrl-C, as shells have it.
const INTERRUPTED: u8 = 130;

/// What cuts standard input into messages.
pub(super) enum Reader<'a> {
    /// At the end of each JSON value.
    Json(MessageReader),
    /// Otherwise; with the types of the messages in an `Any`.
    Other(RecordReader, &'a AnyTypes),
}

impl Reader<'_> {
    fn push(&mut self, bytes: &[u8]) {
        match self {
            Self::Json(reader) => reader.push(bytes),
            Self::Other(reader, _) => reader.push(bytes),
        }
    }

    fn end(&mut self) {
        match self {
            Self::Json(reader) => reader.end(),
            Self::Other(reader, _) => reader.end(),
        }
    }

    const fn is_done(&self) -> bool {
        match self {
            Self::Json(reader) => reader.is_done(),
            Self::Other(reader, _) => reader.is_done(),
        }
    }

    /// The next message that is whole, encoded.
    fn next(&mut self, number: usize, descriptor: &MessageDescriptor) -> Result<Option<Bytes>, Stop> {
        match self {
            Self::Json(reader) => {
                let Some(text) = reader.next().map_err(|error| numbered(number, &error))? else { return Ok(None) };
                request::encode(&text, &Scope::default(), descriptor)
                    .map(Some)
                    .map_err(|problems| Stop::Usage(report::message_problems(number, &problems)))
            }
            Self::Other(reader, types) => {
                let Some(record) = reader.next().map_err(|error| numbered(number, &error))? else { return Ok(None) };
                formats::encode(&record, number, reader.cut(), descriptor, types).map(Some).map_err(Stop::Usage)
            }
        }
    }
}

/// Messages on their way from standard input into the call.
pub(super) struct Feed<'a> {
    /// `None` where there is nothing more to read.
    input: Option<Input>,
    reader: Reader<'a>,
    /// A message that the connection had no room for.
    waiting: Option<Bytes>,
    sent: usize,
    descriptor: MessageDescriptor,
    /// What messages must meet to be sent.
    rules: Option<Rules>,
}

/// The rules of the schema, which messages are checked against.
struct Rules {
    constraints: Constraints,
    text: Text,
    descriptor: MessageDescriptor,
}

impl Rules {
    fn of(descriptor: &MessageDescriptor) -> Self {
        let (constraints, text) = (Constraints::of(descriptor), Text::new(Language::En));
        Self { constraints, text, descriptor: descriptor.clone() }
    }

    /// Refuses a message that does not meet them.
    fn check(&self, number: usize, encoded: &Bytes) -> Result<(), Stop> {
        // It was encoded here.
        let Ok(message) = DynamicMessage::decode(self.descriptor.clone(), encoded.clone()) else { return Ok(()) };
        let broken = self.constraints.check(&message, &self.text);
        if broken.is_empty() {
            return Ok(());
        }
        let lines: Vec<String> = broken.iter().map(|violation| format!("message {number}: {violation}")).collect();
        Err(Stop::Usage(lines.join("\nerror: ")))
    }
}

impl<'a> Feed<'a> {
    /// Of what is read.
    fn new(input: Option<Input>, reader: Reader<'a>, descriptor: MessageDescriptor) -> Self {
        Self { input, reader, waiting: None, sent: 0, descriptor, rules: None }
    }

    /// For a call whose messages are all on their way already.
    pub(super) fn none(descriptor: MessageDescriptor) -> Self {
        Self::new(None, Reader::Json(MessageReader::default()), descriptor)
    }

    /// Waits for more input; for ever where there is none to come, or no room for it.
    async fn next_chunk(&mut self) -> Option<Result<Vec<u8>, String>> {
        match &mut self.input {
            Some(input) if self.waiting.is_none() => input.next().await,
            _ => std::future::pending().await,
        }
    }

    fn take(&mut self, chunk: Option<Result<Vec<u8>, String>>) -> Result<(), Stop> {
        if let Some(chunk) = chunk {
            self.reader.push(&chunk.map_err(Stop::Failed)?);
        } else {
            self.input = None;
            self.reader.end();
        }
        Ok(())
    }

    /// Sends everything that is complete, as far as there is room; after the last message closes the sending side.
    fn forward(&mut self, call: &Call) -> Result<(), Stop> {
        while let Some(message) = self.next_message()? {
            match call.send(message.clone()) {
                Ok(()) => self.sent += 1,
                Err(NotSent::Full) => {
                    self.waiting = Some(message);
                    return Ok(());
                }
                // The call's status is on its way, and says why.
                Err(NotSent::Finished | NotSent::SendingEnded) => {
                    self.input = None;
                    return Ok(());
                }
            }
        }
        if self.reader.is_done() {
            call.end_sending();
        }
        Ok(())
    }

    fn next_message(&mut self) -> Result<Option<Bytes>, Stop> {
        if let Some(message) = self.waiting.take() {
            return Ok(Some(message));
        }
        let number = self.sent + 1;
        let Some(encoded) = self.reader.next(number, &self.descriptor)? else { return Ok(None) };
        self.rules.as_ref().map_or(Ok(()), |rules| rules.check(number, &encoded))?;
        Ok(Some(encoded))
    }
}

/// Reads a response.
pub(super) fn read_response(method: &MethodDescriptor, bytes: &Bytes) -> Result<DynamicMessage, String> {
    let output = method.output();
    let name = output.full_name().to_owned();
    DynamicMessage::decode(output, bytes.clone())
        .map_err(|error| format!("the server sent bytes that are no {name}: {error}"))
}

/// Prints what happens in a call: messages to standard output, with `-v` the rest to standard error.
struct Printer<'a> {
    method: MethodDescriptor,
    types: &'a Types,
    any_types: &'a AnyTypes,
    format: CallFormat,
    write: WriteFlags,
    /// How many messages.
    printed: usize,
    verbose: bool,
}

impl Printer<'_> {
    /// What is known before anything is sent.
    fn before(&self, spec: &CallSpec) {
        if !self.verbose {
            return;
        }
        let described = self.types.describe(self.method.full_name());
        note(&format!("Resolved method:\n{}", described.unwrap_or_else(|| spec.method.to_string()).trim_end()));
        report::metadata("Request metadata", &spec.access.metadata);
    }

    /// One event of the call.
    fn event(&mut self, what: &Happened) -> Result<(), Stop> {
        if self.verbose {
            tell(what);
        }
        if let Happened::Received(Payload { message: bytes, .. }) = what {
            self.message(bytes)?;
            self.printed += 1;
        }
        Ok(())
    }

    fn message(&self, bytes: &Bytes) -> Result<(), Stop> {
        let read = || read_response(&self.method, bytes).map_err(Stop::Failed);
        match self.format {
            CallFormat::Json => print(&message::write_pretty(&read()?, self.write.json(self.any_types))),
            CallFormat::Text => {
                let mut text = text_format::write(&read()?, self.write.text(self.any_types));
                if self.printed > 0 {
                    text.insert(0, SEPARATOR);
                }
                print_bytes(text.as_bytes())
            }
            // What cannot be read is printed all the same.
            CallFormat::Binary if Kind::of(&self.method).streams_responses() => {
                let mut delimited = Vec::with_capacity(bytes.len() + 5);
                prost::encoding::encode_varint(bytes.len() as u64, &mut delimited);
                delimited.extend_from_slice(bytes);
                print_bytes(&delimited)
            }
            CallFormat::Binary => print_bytes(bytes),
        }
    }

    /// The end of the call.
    fn after(&self, outcome: &Outcome) -> Result<(), Stop> {
        if self.verbose {
            report::metadata("Response trailers", &outcome.trailers);
        }
        if outcome.status.code == 0 {
            if self.verbose {
                note("\nStatus: OK");
            }
            return Ok(());
        }
        report::status(&outcome.status, outcome.cause.as_ref(), Some(self.types.pool()), self.any_types);
        Err(Stop::Told(report::exit_code(outcome.status.code)))
    }
}

/// What `-v` says of an event.
fn tell(what: &Happened) {
    match what {
        Happened::Connected(peer) => {
            let security = peer.tls.as_ref().map_or("plaintext", |tls| tls.version.as_str());
            note(&format!("\nConnected to {} ({security})", peer.address));
        }
        Happened::Sent(sent) => note(&format!("\nRequest message: {}", size(sent.message.len()))),
        Happened::Headers(entries) => report::metadata("Response headers", entries),
        Happened::Received(received) => note(&format!("\nResponse message: {}", size(received.message.len()))),
        Happened::Connecting { .. }
        | Happened::Step(_)
        | Happened::Requested { .. }
        | Happened::Retrying { .. }
        | Happened::SendingEnded
        | Happened::Finished(_) => {}
    }
}

fn size(bytes: usize) -> String {
    if bytes == 1 { "1 byte".to_owned() } else { format!("{bytes} bytes") }
}
