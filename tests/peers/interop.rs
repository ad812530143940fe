//! The official gRPC interoperability cases (grpc/grpc, `doc/interop-test-descriptions.md`) as calls of the engine,
//! against a server that somebody else wrote. `run.py` starts the servers and this program.
//!
//! `interop HOST:PORT CASE...` says one line for each case, `ok` or `FAILED` with the reason; the exit code is 0 only
//! when there was at least one case and all passed. A case about compression has its name behind a colon:
//! `client_compressed_unary:zstd`.

use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use prost_reflect::{DynamicMessage, MethodDescriptor, Value};
use trunkline::engine::{Call, CallEvent, EndedBy, Engine, Happened, Outcome, Payload};
use trunkline::request::{
    self, CallSpec, Draft, MetadataEntry, MetadataRow, MetadataValue, Scope, Setting, TlsDraft, TlsMode,
};
use trunkline::schema::{MethodPath, Schema, Source, Types};

type Checked<T = ()> = Result<T, String>;

const OK: i32 = 0;
const CANCELLED: i32 = 1;
const UNKNOWN: i32 = 2;
const INVALID_ARGUMENT: i32 = 3;
const DEADLINE_EXCEEDED: i32 = 4;
const UNIMPLEMENTED: i32 = 12;

/// No case takes that long; a call that hangs ends as DEADLINE_EXCEEDED.
const LIMIT: &str = "20s";

const ECHO_INITIAL: (&str, &str) = ("x-grpc-test-echo-initial", "test_initial_metadata_value");
const ECHO_TRAILING: &str = "x-grpc-test-echo-trailing-bin";
const ECHOED_BYTES: &[u8] = &[0xab, 0xab, 0xab];

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let (Some(address), cases) = (args.next(), args.collect::<Vec<_>>()) else {
        say("usage: interop HOST:PORT CASE...");
        return ExitCode::from(2);
    };
    let peer = match Peer::new(address) {
        Ok(peer) if !cases.is_empty() => peer,
        Ok(_) => {
            say("name at least one case");
            return ExitCode::from(2);
        }
        Err(error) => {
            say(&error);
            return ExitCode::from(2);
        }
    };
    let mut failed = false;
    for case in &cases {
        match peer.case(case) {
            Ok(()) => say(&format!("ok {case}")),
            Err(reason) => {
                failed = true;
                say(&format!("FAILED {case}: {reason}"));
            }
        }
    }
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn say(line: &str) {
    // Where nobody reads, the exit code still tells.
    writeln!(std::io::stdout(), "{line}").unwrap_or_default();
}

fn ensure(holds: bool, otherwise: impl FnOnce() -> String) -> Checked {
    if holds { Ok(()) } else { Err(otherwise()) }
}

fn same<T: PartialEq + std::fmt::Debug>(got: &T, wanted: &T, what: &str) -> Checked {
    ensure(got == wanted, || format!("{what}: {got:?} instead of {wanted:?}"))
}

/// The server, and what is needed to call it.
struct Peer {
    engine: Engine,
    types: Arc<Types>,
    address: String,
}

/// All that a call told, its end apart.
struct Seen {
    method: MethodDescriptor,
    events: Vec<CallEvent>,
    outcome: Outcome,
}

/// A message of zeros, as JSON.
fn payload(size: usize) -> String {
    format!("\"payload\": {{\"body\": \"{}\"}}", STANDARD.encode(vec![0; size]))
}

fn sized(size: usize) -> String {
    format!("{{\"responseParameters\": [{{\"size\": {size}}}], {}}}", payload(27_182))
}

fn large(more: &str) -> String {
    format!("{{\"responseSize\": 314159, {}{more}}}", payload(271_828))
}

impl Peer {
    fn new(address: String) -> Checked<Self> {
        let protos = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers/protos");
        let file = protos.join("grpc/testing/test.proto");
        let source = Source::Protos { paths: vec![file], import_paths: vec![protos] };
        let schema = Schema::load(&source).map_err(|problem| format!("{problem:?}"))?;
        let service = schema.services.first().ok_or_else(|| format!("no service: {:?}", schema.problems))?;
        let types = schema.types(&service.full_name, &service.file).map_err(|problems| format!("{problems:?}"))?;
        let engine = Engine::new(|| {}).map_err(|error| error.to_string())?;
        Ok(Self { engine, types, address })
    }

    fn case(&self, case: &str) -> Checked {
        let (name, compression) = case.split_once(':').unwrap_or((case, ""));
        match name {
            "empty_unary" => self.empty_unary(),
            "large_unary" => self.large_unary(),
            "client_streaming" => self.client_streaming(),
            "server_streaming" => self.server_streaming(),
            "ping_pong" => self.ping_pong(),
            "empty_stream" => self.empty_stream(),
            "cancel_after_begin" => self.cancel_after_begin(),
            "cancel_after_first_response" => self.cancel_after_first_response(),
            "timeout_on_sleeping_server" => self.timeout_on_sleeping_server(),
            "custom_metadata" => self.custom_metadata(),
            "status_code_and_message" => self.status("test status message"),
            "special_status_message" => {
                self.status("\t\ntest with whitespace\r\nand Unicode BMP \u{263a} and non-BMP \u{1f608}\t\n")
            }
            "unimplemented_method" => self.unimplemented("grpc.testing.TestService"),
            "unimplemented_service" => self.unimplemented("grpc.testing.UnimplementedService"),
            "concurrent_large_unary" => self.concurrent_large_unary(),
            "client_compressed_unary" => self.client_compressed_unary(compression, true),
            "client_compressed_unary_unprobed" => self.client_compressed_unary(compression, false),
            "client_compressed_streaming" => self.client_compressed_streaming(compression, true),
            "client_compressed_streaming_unprobed" => self.client_compressed_streaming(compression, false),
            "server_compressed_unary" => self.server_compressed_unary(compression),
            "server_compressed_streaming" => self.server_compressed_streaming(compression),
            _ => Err("there is no such case".to_owned()),
        }
    }

    fn empty_unary(&self) -> Checked {
        let seen = self.run("EmptyCall", &["{}"], |_| {})?;
        seen.ended(OK)?;
        same(&seen.sent(), &vec![Payload::plain(Bytes::new())], "sent")?;
        same(&seen.received(), &vec![Payload::plain(Bytes::new())], "received")
    }

    fn large_unary(&self) -> Checked {
        let seen = self.run("UnaryCall", &[&large("")], |_| {})?;
        seen.ended(OK)?;
        same(&seen.sizes()?, &vec![314_159], "sizes of the payloads")
    }

    fn concurrent_large_unary(&self) -> Checked {
        let spec = self.spec("TestService", "UnaryCall", &[&large("")], |_| {})?;
        let calls: Vec<Call> = (0..100).map(|_| self.engine.call(spec.0.clone())).collect();
        for call in calls {
            let seen = self.watch(call, spec.1.clone())?;
            seen.ended(OK)?;
            same(&seen.sizes()?, &vec![314_159], "sizes of the payloads")?;
        }
        Ok(())
    }

    fn client_streaming(&self) -> Checked {
        let messages = [27_182, 8, 1828, 45_904].map(|size| format!("{{{}}}", payload(size)));
        let seen = self.run("StreamingInputCall", &messages.each_ref().map(String::as_str), |_| {})?;
        seen.ended(OK)?;
        same(&seen.aggregated()?, &74_922, "the sum of the sizes")
    }

    fn server_streaming(&self) -> Checked {
        let parameters = [31_415, 9, 2653, 58_979].map(|size| format!("{{\"size\": {size}}}")).join(", ");
        let request = format!("{{\"responseParameters\": [{parameters}]}}");
        let seen = self.run("StreamingOutputCall", &[&request], |_| {})?;
        seen.ended(OK)?;
        same(&seen.sizes()?, &vec![31_415, 9, 2653, 58_979], "sizes of the payloads")
    }

    fn ping_pong(&self) -> Checked {
        let (spec, method) = self.spec("TestService", "FullDuplexCall", &[], |_| {})?;
        let mut call = self.engine.call(spec);
        let mut events = Vec::new();
        for (asked, sent) in [(31_415, 27_182), (9, 8), (2653, 1828), (58_979, 45_904)] {
            let text = format!("{{\"responseParameters\": [{{\"size\": {asked}}}], {}}}", payload(sent));
            call.send(encoded(&method, &text)?).map_err(|error| error.to_string())?;
            self.until_received(&mut call, &mut events)?;
        }
        call.end_sending();
        let mut seen = self.watch(call, method)?;
        events.append(&mut seen.events);
        seen.events = events;
        seen.ended(OK)?;
        same(&seen.sizes()?, &vec![31_415, 9, 2653, 58_979], "sizes of the payloads")?;
        // One after another, and the end of sending after all of them.
        let order: String = seen.events.iter().filter_map(|event| letter(&event.what)).collect();
        same(&order.replace('h', ""), &"srsrsrsre".to_owned(), "order")
    }

    fn empty_stream(&self) -> Checked {
        let seen = self.run("FullDuplexCall", &[], |_| {})?;
        seen.ended(OK)?;
        same(&(seen.sent().len(), seen.received().len()), &(0, 0), "messages")
    }

    fn cancel_after_begin(&self) -> Checked {
        let (spec, method) = self.spec("TestService", "StreamingInputCall", &[], |_| {})?;
        let mut call = self.engine.call(spec);
        // What is cancelled before its headers are out never reaches the server.
        let mut events = Vec::new();
        self.until(&mut call, &mut events, |what| matches!(what, Happened::Requested { .. }))?;
        call.cancel();
        let seen = self.watch(call, method)?;
        seen.ended_by(CANCELLED, EndedBy::Cancel)?;
        ensure(!seen.events.iter().any(|event| matches!(event.what, Happened::SendingEnded)), || {
            "the end of sending was told, though the call was cancelled".to_owned()
        })
    }

    fn cancel_after_first_response(&self) -> Checked {
        let (spec, method) = self.spec("TestService", "FullDuplexCall", &[&sized(31_415)], |_| {})?;
        let mut call = self.engine.call(spec);
        self.until_received(&mut call, &mut Vec::new())?;
        call.cancel();
        let seen = self.watch(call, method)?;
        seen.ended_by(CANCELLED, EndedBy::Cancel)
    }

    fn timeout_on_sleeping_server(&self) -> Checked {
        // With a connection in place it is the call that times out, not the connecting.
        self.empty_unary()?;
        let request = format!("{{{}}}", payload(27_182));
        let (spec, method) =
            self.spec("TestService", "FullDuplexCall", &[&request], |draft| draft.timeout = "1ms".into())?;
        let seen = self.watch(self.engine.call(spec), method)?;
        same(&seen.outcome.status.code, &DEADLINE_EXCEEDED, "status")?;
        ensure(matches!(seen.outcome.ended_by, EndedBy::Deadline | EndedBy::Server), || {
            format!("ended by {:?}", seen.outcome.ended_by)
        })
    }

    fn custom_metadata(&self) -> Checked {
        let with_metadata = |draft: &mut Draft| {
            let row =
                |name: &str, value: String| MetadataRow { name: name.to_owned(), value, ..MetadataRow::default() };
            draft.metadata =
                vec![row(ECHO_INITIAL.0, ECHO_INITIAL.1.to_owned()), row(ECHO_TRAILING, STANDARD.encode(ECHOED_BYTES))];
        };
        for (method, request) in [("UnaryCall", large("")), ("FullDuplexCall", sized(314_159))] {
            let seen = self.run(method, &[&request], with_metadata)?;
            seen.ended(OK)?;
            same(&seen.sizes()?, &vec![314_159], "sizes of the payloads")?;
            let initial = (ECHO_INITIAL.0.to_owned(), MetadataValue::Text(ECHO_INITIAL.1.to_owned()));
            let headers = seen.headers().ok_or("no headers")?;
            ensure(headers.contains(&initial), || format!("{method}: headers {headers:?}"))?;
            let trailing = (ECHO_TRAILING.to_owned(), MetadataValue::Binary(Bytes::from_static(ECHOED_BYTES)));
            let trailers = &seen.outcome.trailers;
            ensure(trailers.contains(&trailing), || format!("{method}: trailers {trailers:?}"))?;
        }
        Ok(())
    }

    fn status(&self, message: &str) -> Checked {
        let quoted = serde_json::Value::from(message);
        let request = format!("{{\"responseStatus\": {{\"code\": {UNKNOWN}, \"message\": {quoted}}}}}");
        for method in ["UnaryCall", "FullDuplexCall"] {
            let seen = self.run(method, &[&request], |_| {})?;
            seen.ended(UNKNOWN)?;
            same(&seen.outcome.status.message.as_str(), &message, method)?;
        }
        Ok(())
    }

    fn unimplemented(&self, service: &str) -> Checked {
        let service = service.trim_start_matches("grpc.testing.");
        let (spec, method) = self.spec(service, "UnimplementedCall", &["{}"], |_| {})?;
        let seen = self.watch(self.engine.call(spec), method)?;
        seen.ended(UNIMPLEMENTED)?;
        same(&seen.received().len(), &0, "messages received")
    }

    /// With `probed` the server refuses a message that should have been compressed and was not.
    fn client_compressed_unary(&self, compression: &str, probed: bool) -> Checked {
        let expecting = |compressed: bool| large(&format!(", \"expectCompressed\": {{\"value\": {compressed}}}"));
        if probed {
            let seen = self.run("UnaryCall", &[&expecting(true)], |_| {})?;
            seen.ended(INVALID_ARGUMENT)?;
        }
        for (used, compressed) in [(compression, true), ("identity", false)] {
            let seen = self.run("UnaryCall", &[&expecting(compressed)], compressing(used))?;
            seen.ended(OK)?;
            same(&seen.sizes()?, &vec![314_159], "sizes of the payloads")?;
            same(&flags(&seen.sent()), &vec![compressed], "compressed as sent")?;
        }
        Ok(())
    }

    /// The official case sends both messages in one call; the engine compresses all messages of a call or none.
    fn client_compressed_streaming(&self, compression: &str, probed: bool) -> Checked {
        let expecting = |compressed: bool, size: usize| {
            format!("{{\"expectCompressed\": {{\"value\": {compressed}}}, {}}}", payload(size))
        };
        if probed {
            let seen = self.run("StreamingInputCall", &[&expecting(true, 27_182)], |_| {})?;
            seen.ended(INVALID_ARGUMENT)?;
        }
        let both = [expecting(true, 27_182), expecting(true, 45_904)];
        let seen = self.run("StreamingInputCall", &both.each_ref().map(String::as_str), compressing(compression))?;
        seen.ended(OK)?;
        same(&seen.aggregated()?, &73_086, "the sum of the sizes")?;
        same(&flags(&seen.sent()), &vec![true, true], "compressed as sent")?;
        let seen = self.run("StreamingInputCall", &[&expecting(false, 45_904)], |_| {})?;
        seen.ended(OK)?;
        same(&flags(&seen.sent()), &vec![false], "compressed as sent")
    }

    fn server_compressed_unary(&self, compression: &str) -> Checked {
        for compressed in [true, false] {
            let request = large(&format!(", \"responseCompressed\": {{\"value\": {compressed}}}"));
            let seen = self.run("UnaryCall", &[&request], accepting(compression))?;
            seen.ended(OK)?;
            same(&seen.sizes()?, &vec![314_159], "sizes of the payloads")?;
            same(&flags(&seen.received()), &vec![compressed], "compressed as received")?;
        }
        Ok(())
    }

    fn server_compressed_streaming(&self, compression: &str) -> Checked {
        let request = "{\"responseParameters\": [{\"compressed\": {\"value\": true}, \"size\": 31415}, \
                       {\"compressed\": {\"value\": false}, \"size\": 92653}]}";
        let seen = self.run("StreamingOutputCall", &[request], accepting(compression))?;
        seen.ended(OK)?;
        same(&seen.sizes()?, &vec![31_415, 92_653], "sizes of the payloads")?;
        same(&flags(&seen.received()), &vec![true, false], "compressed as received")
    }

    /// A call of `TestService`, its stream of requests ended after these, watched to its end.
    fn run(&self, method: &str, messages: &[&str], edit: impl FnOnce(&mut Draft)) -> Checked<Seen> {
        let (spec, method) = self.spec("TestService", method, messages, edit)?;
        let call = self.engine.call(spec);
        if method.is_client_streaming() {
            call.end_sending();
        }
        self.watch(call, method)
    }

    fn spec(
        &self,
        service: &str,
        method: &str,
        messages: &[&str],
        edit: impl FnOnce(&mut Draft),
    ) -> Checked<(CallSpec, MethodDescriptor)> {
        let path = MethodPath { service: format!("grpc.testing.{service}"), method: method.to_owned() };
        let found = self.types.method(&path).ok_or_else(|| format!("no method {path}"))?;
        let mut draft = Draft {
            method: path.to_string(),
            target: self.address.clone(),
            tls: TlsDraft { mode: TlsMode::Plaintext, ..TlsDraft::default() },
            timeout: LIMIT.to_owned(),
            messages: messages.iter().map(|text| (*text).to_owned()).collect(),
            ..Draft::default()
        };
        edit(&mut draft);
        let spec = request::resolve(&draft, &Scope::default(), &found, true).map_err(|all| format!("{all:?}"))?;
        Ok((spec, found))
    }

    /// Takes events until one of this kind; an end before it is a failure.
    fn until(&self, call: &mut Call, events: &mut Vec<CallEvent>, wanted: impl Fn(&Happened) -> bool) -> Checked {
        while let Some(event) = self.engine.block_on(call.next()) {
            if let Happened::Finished(outcome) = event.what {
                return Err(format!("ended too early: {outcome:?}"));
            }
            let found = wanted(&event.what);
            events.push(event);
            if found {
                return Ok(());
            }
        }
        Err("there was no more to come".to_owned())
    }

    fn until_received(&self, call: &mut Call, events: &mut Vec<CallEvent>) -> Checked {
        self.until(call, events, |what| matches!(what, Happened::Received(_)))
    }

    /// Takes events to the end, and holds what must be so in every call.
    fn watch(&self, mut call: Call, method: MethodDescriptor) -> Checked<Seen> {
        let mut events: Vec<CallEvent> = Vec::new();
        loop {
            let event = self.engine.block_on(call.next()).ok_or("no Finished")?;
            ensure(events.last().is_none_or(|last| last.at <= event.at), || "time ran backwards".to_owned())?;
            let Happened::Finished(outcome) = event.what else {
                events.push(event);
                continue;
            };
            ensure(self.engine.block_on(call.next()).is_none(), || "an event after Finished".to_owned())?;
            let letters: String = events.iter().filter_map(|event| letter(&event.what)).collect();
            if let Some(first) = letters.find('r') {
                let before = letters.get(..first).unwrap_or_default();
                // A call whose beginning was taken before has had its headers.
                ensure(before.contains('h') || !letters.contains('h'), || {
                    format!("a message before headers: {letters}")
                })?;
            }
            ensure(!letters.contains("es"), || format!("a message sent after the end of sending: {letters}"))?;
            return Ok(Seen { method, events, outcome: *outcome });
        }
    }
}

/// One letter for what is of interest in the order of events.
fn letter(what: &Happened) -> Option<char> {
    match what {
        Happened::Sent(_) => Some('s'),
        Happened::Received(_) => Some('r'),
        Happened::SendingEnded => Some('e'),
        Happened::Headers(_) => Some('h'),
        _ => None,
    }
}

fn encoded(method: &MethodDescriptor, text: &str) -> Checked<Bytes> {
    request::encode(text, &Scope::default(), &method.input()).map_err(|problems| format!("{problems:?}"))
}

fn compressing(compression: &str) -> impl Fn(&mut Draft) {
    move |draft| draft.settings.set(Setting::Compression, compression)
}

fn accepting(compression: &str) -> impl Fn(&mut Draft) {
    move |draft| draft.settings.set(Setting::AcceptCompression, compression)
}

/// Which of them were compressed.
fn flags(payloads: &[Payload]) -> Vec<bool> {
    payloads.iter().map(|payload| payload.compressed.is_some()).collect()
}

impl Seen {
    /// By the server, with this status.
    fn ended(&self, code: i32) -> Checked {
        self.ended_by(code, EndedBy::Server)
    }

    fn ended_by(&self, code: i32, by: EndedBy) -> Checked {
        let outcome = &self.outcome;
        ensure((outcome.status.code, outcome.ended_by) == (code, by), || {
            format!("{outcome:?} instead of status {code} by {by:?}")
        })
    }

    fn sent(&self) -> Vec<Payload> {
        let sent = self.events.iter().filter_map(|event| match &event.what {
            Happened::Sent(payload) => Some(payload.clone()),
            _ => None,
        });
        sent.collect()
    }

    fn received(&self) -> Vec<Payload> {
        let received = self.events.iter().filter_map(|event| match &event.what {
            Happened::Received(payload) => Some(payload.clone()),
            _ => None,
        });
        received.collect()
    }

    fn headers(&self) -> Option<&Vec<MetadataEntry>> {
        self.events.iter().find_map(|event| match &event.what {
            Happened::Headers(headers) => Some(headers),
            _ => None,
        })
    }

    fn decoded(&self) -> Checked<Vec<DynamicMessage>> {
        let decode = |payload: &Payload| DynamicMessage::decode(self.method.output(), payload.message.clone());
        self.received().iter().map(decode).collect::<Result<_, _>>().map_err(|error| error.to_string())
    }

    /// The sizes of the payloads that came; their bytes must be zeros.
    fn sizes(&self) -> Checked<Vec<usize>> {
        let size = |message: &DynamicMessage| {
            let payload = message.get_field_by_name("payload").ok_or("no payload")?;
            let body = payload.as_message().and_then(|payload| payload.get_field_by_name("body"));
            match body.as_deref() {
                Some(Value::Bytes(bytes)) if bytes.iter().all(|byte| *byte == 0) => Ok(bytes.len()),
                other => Err(format!("no body of zeros: {other:?}")),
            }
        };
        self.decoded()?.iter().map(size).collect()
    }

    fn aggregated(&self) -> Checked<i32> {
        let messages = self.decoded()?;
        same(&messages.len(), &1, "messages received")?;
        let sum = messages.first().and_then(|message| message.get_field_by_name("aggregated_payload_size"));
        sum.and_then(|sum| sum.as_i32()).ok_or_else(|| "no sum".to_owned())
    }
}
