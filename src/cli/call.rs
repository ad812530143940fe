//! `trunkline call`: one call, its messages from the command line or from standard input as they come, its responses
//! to standard output as they come.
//!
//! Must not know: HTTP/2, how a schema is found.

use std::collections::HashSet;
use std::io::Read as _;
use std::time::{Duration, Instant};

use bytes::Bytes;
use prost_reflect::{DynamicMessage, MessageDescriptor};

use super::flags::CallFlags;
use super::formats::{self, CallFormat, Cut, RecordReader};
use super::input::{Input, MessageReader};
use super::printer::Printer;
use super::report;
use super::source::Schemas;
use super::terminal::Stop;
use crate::engine::{Call, CallEvent, Cause, Engine, Happened, NotSent, Offered, Outcome};
use crate::message::constraints::Constraints;
use crate::message::{AnyTypes, json};
use crate::request::{self, Access, Scope};
use crate::schema::{Kind, MethodPath};
use crate::text::{Language, Text};

/// How long a server may take to say what it has in place of a method that it does not implement.
const OFFER_TIMEOUT: Duration = Duration::from_secs(2);

/// Runs the call to its end; the exit code follows its status.
pub(super) fn call(engine: &Engine, flags: &CallFlags) -> Result<(), Stop> {
    let started = Instant::now();
    let all = || Schemas::load(engine, &flags.schema, &flags.connection, Some(&flags.target));
    let mut schemas = Schemas::load_for_call(engine, flags)?;
    let mut found = schemas.method(&flags.method).map_err(|missing| missing.tell(&schemas))?;
    let mut is_whole = flags.schema.is_local() && !flags.schema.use_reflection;
    if !is_whole && [found.method.input(), found.method.output()].iter().any(holds_any) {
        schemas = all()?;
        found = schemas.method(&flags.method).map_err(|missing| missing.tell(&schemas))?;
        is_whole = true;
    }
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

    let of_all;
    let mut printer = Printer::new(flags, found.method.clone(), &found.types, types);
    printer.before(&spec, started.elapsed());
    let (access, path) = (spec.access.clone(), spec.method.clone());
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
    let outcome = engine.block_on(drive(call, feed, &mut printer));
    let is_unknown = |outcome: &Outcome| outcome.cause.as_ref().is_some_and(Cause::is_unknown_method);
    let offered = outcome.as_ref().is_ok_and(is_unknown).then(|| offered(engine, access, path)).flatten();
    if !is_whole && outcome.as_ref().is_ok_and(|outcome| printer.lacks_types(&outcome.status)) {
        // What is lacking is shown as bytes.
        if let Ok(schemas) = all() {
            of_all = schemas.any_types();
            printer.take_types(&of_all);
        }
    }
    printer.after(outcome, offered.as_ref())
}

/// What the server has in place of a method that it does not implement, if its reflection says so soon.
fn offered(engine: &Engine, access: Access, wanted: MethodPath) -> Option<Offered> {
    engine.block_on(engine.offered(access, wanted, OFFER_TIMEOUT).wait()).ok()?.ok()
}

/// Whether an `Any` is in reach of a message.
fn holds_any(message: &MessageDescriptor) -> bool {
    let mut seen = HashSet::from([message.full_name().to_owned()]);
    let mut waiting = vec![message.clone()];
    while let Some(message) = waiting.pop() {
        if message.full_name() == "google.protobuf.Any" {
            return true;
        }
        let extensions = message.extensions().map(|extension| extension.kind());
        for kind in message.fields().map(|field| field.kind()).chain(extensions) {
            if let prost_reflect::Kind::Message(inner) = kind
                && seen.insert(inner.full_name().to_owned())
            {
                waiting.push(inner);
            }
        }
    }
    false
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

/// What is done about the events of a call.
pub(super) trait Watcher {
    /// Looks at one; the end is one of them.
    ///
    /// # Errors
    ///
    /// When the call is not to go on.
    fn event(&mut self, event: &CallEvent) -> Result<(), Stop>;

    /// No further event has come yet.
    ///
    /// # Errors
    ///
    /// When the call is not to go on.
    fn pause(&mut self) -> Result<(), Stop> {
        Ok(())
    }
}

impl<F: FnMut(&CallEvent) -> Result<(), Stop>> Watcher for F {
    fn event(&mut self, event: &CallEvent) -> Result<(), Stop> {
        self(event)
    }
}

/// Sends what the feed gives and hands out what comes, both at once, until the call has finished. Ctrl-C cancels it.
pub(super) async fn drive(mut call: Call, mut feed: Feed<'_>, watcher: &mut dyn Watcher) -> Result<Outcome, Stop> {
    let mut interrupted = false;
    // One listener for the whole call: a key pressed between two turns is not lost.
    let mut interrupt = std::pin::pin!(tokio::signal::ctrl_c());
    loop {
        let mut event = call.try_next();
        if event.is_none() {
            watcher.pause()?;
            tokio::select! {
                next = call.next() => match next {
                    None => return Err(Stop::Failed("internal error: the call ended without a status".to_owned())),
                    next => event = next,
                },
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
        }
        if let Some(event) = event {
            watcher.event(&event)?;
            if let Happened::Finished(outcome) = event.what {
                watcher.pause()?;
                return if interrupted { Err(Stop::Told(INTERRUPTED)) } else { Ok(*outcome) };
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
