//! The record of a call: append-only, bounded, raw bytes in chunks, decoded only when looked at.
//!
//! Must not know: UI.

mod details;
mod search;
mod storage;
mod timeline;

use std::fmt::{self, Write as _};
use std::io;
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use prost_reflect::{DynamicMessage, MessageDescriptor, MethodDescriptor};

use self::storage::Storage;
use crate::engine::{CallEvent, Happened, Outcome, Payload, Peer};
use crate::message::json::{Member, Node, Position, Value};
use crate::message::{self, AnyTypes, WriteOptions};
use crate::request::MetadataEntry;

pub use details::details;
pub use search::{Direction, Search};
pub use timeline::{Moment, TimelineRow, day};

/// Of bytes that are no such message, this many are shown.
const SHOWN_BYTES: usize = 32;

/// Everything that happened in one call.
pub struct Log {
    /// When the call was started.
    pub started: SystemTime,
    /// The method, to decode messages with.
    pub method: MethodDescriptor,
    /// The types that an `Any` in a message may hold beyond those of the method's files.
    pub types: AnyTypes,
    /// Names of entries whose values are secrets, beside those that [`crate::request::is_secret`] knows.
    pub secret_names: Vec<String>,
    /// What led to the connection, the request's headers as they went out, and the attempts that failed, each with its
    /// time.
    pub steps: Vec<(Duration, Happened)>,
    /// The rows that are no messages, each with its time: they are few, and outlive the rows that are dropped.
    marks: Vec<(Duration, EntryKind)>,
    /// The other end, once connected; of several attempts that of the latest.
    pub peer: Option<Peer>,
    /// That of the attempts before, in order.
    earlier_peers: Vec<Peer>,
    /// Response headers, once there.
    pub headers: Option<Vec<MetadataEntry>>,
    /// How it ended, once it has.
    pub outcome: Option<Outcome>,
    /// Time of the last event.
    pub elapsed: Duration,
    /// Messages sent.
    pub sent: u64,
    /// Messages received.
    pub received: u64,
    /// Bytes of all messages received.
    pub received_bytes: u64,
    /// Bytes of all messages sent.
    pub sent_bytes: u64,
    /// Bytes of all messages received as they were on the wire, compressed ones so, heads not counted.
    pub received_wire: u64,
    /// The same of all messages sent.
    pub sent_wire: u64,
    storage: Storage,
}

/// Without the messages, and with the method's name alone: types that hold themselves would be told without end.
impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Log")
            .field("method", &self.method.full_name())
            .field("steps", &self.steps)
            .field("peer", &self.peer)
            .field("headers", &self.headers)
            .field("outcome", &self.outcome)
            .field("sent", &self.sent)
            .field("received", &self.received)
            .finish_non_exhaustive()
    }
}

/// One row.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// Counted from 1 over the whole call, dropped ones included.
    pub number: u64,
    /// Since the start of the call.
    pub at: Duration,
    /// What it tells.
    pub kind: EntryKind,
    /// The message's bytes; for the other kinds empty.
    pub bytes: &'a [u8],
    /// Length of the message on the wire, where it was compressed.
    pub compressed: Option<u32>,
}

/// What a row tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// Connecting began.
    Connecting,
    /// The connection stands.
    Connected,
    /// A message went out.
    Sent,
    /// The sending half was closed.
    SendingEnded,
    /// Headers came.
    Headers,
    /// A message came in.
    Received,
    /// The call ended.
    Finished,
}

impl EntryKind {
    /// Whether the row is a message.
    #[must_use]
    pub const fn is_message(self) -> bool {
        matches!(self, Self::Sent | Self::Received)
    }
}

impl Log {
    /// An empty log that keeps at most `limit` bytes: beyond it the oldest chunk goes and is counted. The newest chunk
    /// stays whatever the limit.
    #[must_use]
    pub fn new(method: MethodDescriptor, started: SystemTime, limit: usize) -> Self {
        Self {
            started,
            method,
            types: AnyTypes::NONE,
            secret_names: Vec::new(),
            steps: Vec::new(),
            marks: Vec::new(),
            peer: None,
            earlier_peers: Vec::new(),
            headers: None,
            outcome: None,
            elapsed: Duration::ZERO,
            sent: 0,
            received: 0,
            received_bytes: 0,
            sent_bytes: 0,
            received_wire: 0,
            sent_wire: 0,
            storage: Storage::new(limit),
        }
    }

    /// How often the call was tried again.
    #[must_use]
    pub fn retries(&self) -> usize {
        self.steps.iter().filter(|(_, step)| matches!(step, Happened::Retrying { .. })).count()
    }

    /// Takes an event in.
    pub fn push(&mut self, event: CallEvent) {
        let at = event.at;
        self.elapsed = at;
        match event.what {
            step @ (Happened::Step(_) | Happened::Retrying { .. } | Happened::Requested { .. }) => {
                self.steps.push((at, step));
            }
            Happened::Connecting { .. } => self.mark(EntryKind::Connecting, at),
            Happened::Connected(peer) => {
                self.earlier_peers.extend(self.peer.replace(*peer));
                self.mark(EntryKind::Connected, at);
            }
            Happened::Sent(Payload { message: bytes, compressed }) => {
                self.sent += 1;
                self.sent_wire += compressed.map_or(bytes.len() as u64, u64::from);
                self.sent_bytes += bytes.len() as u64;
                self.storage.push(EntryKind::Sent, at, &bytes, compressed);
            }
            Happened::SendingEnded => self.mark(EntryKind::SendingEnded, at),
            Happened::Headers(headers) => {
                self.headers = Some(headers);
                self.mark(EntryKind::Headers, at);
            }
            Happened::Received(Payload { message: bytes, compressed }) => {
                self.received += 1;
                self.received_wire += compressed.map_or(bytes.len() as u64, u64::from);
                self.received_bytes += bytes.len() as u64;
                self.storage.push(EntryKind::Received, at, &bytes, compressed);
            }
            Happened::Finished(outcome) => {
                self.outcome = Some(*outcome);
                self.mark(EntryKind::Finished, at);
            }
        }
    }

    fn mark(&mut self, kind: EntryKind, at: Duration) {
        self.marks.push((at, kind));
        self.storage.push(kind, at, &[], None);
    }

    /// The request's headers as they went out last, with the HTTP/2 stream.
    #[must_use]
    pub fn request(&self) -> Option<(u32, &[MetadataEntry])> {
        self.steps.iter().rev().find_map(|(_, step)| match step {
            Happened::Requested { stream, headers } => Some((*stream, headers.as_slice())),
            _ => None,
        })
    }

    /// Rows kept.
    #[must_use]
    pub fn len(&self) -> usize {
        self.storage.len()
    }

    /// Whether there is no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Rows that were dropped for room.
    #[must_use]
    pub const fn dropped(&self) -> u64 {
        self.storage.dropped()
    }

    /// Bytes of memory held.
    #[must_use]
    pub const fn memory(&self) -> usize {
        self.storage.memory()
    }

    /// The row at an index from 0 to [`Log::len`].
    #[must_use]
    pub fn entry(&self, index: usize) -> Option<Entry<'_>> {
        self.storage.entry(index)
    }

    /// The index of the row with that [`Entry::number`], unless it was dropped or is still to come.
    #[must_use]
    pub fn index_of(&self, number: u64) -> Option<usize> {
        let index = usize::try_from(number.checked_sub(self.dropped() + 1)?).ok()?;
        (index < self.len()).then_some(index)
    }

    /// The message of a row as JSON on one line, cut at `limit` characters; bytes that are no such message are told as
    /// such. The whole message is decoded: keep the text of rows on screen.
    #[must_use]
    pub fn preview(&self, entry: &Entry<'_>, limit: usize) -> String {
        if !entry.kind.is_message() {
            return String::new();
        }
        let message = decode(self.descriptor(entry.kind), entry.bytes);
        let line = message.map(|message| message::write_line(&message, view(&self.types)));
        cut(line.unwrap_or_else(|problem| problem), limit)
    }

    /// Writes every message kept, one JSON object on a line: `number`, `seconds` since the start, `kind` (`sent` or
    /// `received`), and `message`, or `bytes` in base64 where they are no such message.
    ///
    /// # Errors
    ///
    /// When the writer fails.
    pub fn to_json_lines(&self, out: &mut impl io::Write) -> io::Result<()> {
        let member = |name: &str, value| Member { position: Position::default(), name: name.to_owned(), value };
        for entry in (0..self.len()).filter_map(|index| self.entry(index)) {
            let kind = match entry.kind {
                EntryKind::Sent => "sent",
                EntryKind::Received => "received",
                _ => continue,
            };
            let body = if let Ok(message) = decode(self.descriptor(entry.kind), entry.bytes) {
                member("message", message::write(&message, view(&self.types)))
            } else {
                let bytes = base64::engine::general_purpose::STANDARD.encode(entry.bytes);
                member("bytes", Node::new(Value::String(bytes)))
            };
            let seconds = format!("{}.{:06}", entry.at.as_secs(), entry.at.subsec_micros());
            let line = Node::new(Value::Object(vec![
                member("number", Node::new(Value::Number(entry.number.to_string()))),
                member("seconds", Node::new(Value::Number(seconds))),
                member("kind", Node::new(Value::String(kind.to_owned()))),
                body,
            ]));
            writeln!(out, "{}", line.to_line())?;
        }
        Ok(())
    }

    /// The type of the messages that rows of that kind hold.
    #[must_use]
    pub fn descriptor(&self, kind: EntryKind) -> MessageDescriptor {
        if kind == EntryKind::Sent { self.method.input() } else { self.method.output() }
    }
}

/// As a user looks at messages: whole.
const fn view(types: &AnyTypes) -> WriteOptions<'_> {
    WriteOptions {
        emit_defaults: false,
        proto_names: false,
        enum_numbers: false,
        unknown_fields: true,
        types: Some(types),
    }
}

fn decode(descriptor: MessageDescriptor, bytes: &[u8]) -> Result<DynamicMessage, String> {
    let name = descriptor.full_name().to_owned();
    match DynamicMessage::decode(descriptor, bytes) {
        Ok(message) => Ok(message),
        Err(error) => {
            let mut text = format!("not a {name}: {error}: ");
            for byte in bytes.iter().take(SHOWN_BYTES) {
                // Writing to a string cannot fail.
                let _written = write!(text, "{byte:02x} ");
            }
            text.truncate(text.trim_end().len());
            if bytes.len() > SHOWN_BYTES {
                text.push_str(" …");
            }
            Err(text)
        }
    }
}

/// At most `limit` characters, the last of them an ellipsis where something was cut.
fn cut(mut text: String, limit: usize) -> String {
    // No room at all is a mistake of the caller, and no reason to hide the message.
    if let Some((last, _)) = limit.checked_sub(1).and_then(|last| text.char_indices().nth(last))
        && text[last..].chars().nth(1).is_some()
    {
        text.truncate(last);
        text.push('…');
    }
    text
}

#[cfg(test)]
pub(crate) mod tests {
    //! A log with rows of every kind.

    use super::*;

    use bytes::Bytes;

    use crate::engine::{EndedBy, Status};
    use crate::request::tests::{PROTO, method};

    fn event(at: u64, what: Happened) -> CallEvent {
        CallEvent { at: Duration::from_millis(at), what }
    }

    /// Six rows: connected, sent, headers, two received of which the second is broken, finished.
    pub(crate) fn log() -> Log {
        let mut log = Log::new(method(PROTO, "Bidi"), SystemTime::UNIX_EPOCH, 1 << 20);
        let peer = Peer { address: "127.0.0.1:1".into(), local: None, via: None, tls: None, reused: false };
        let status = Status::default();
        let outcome = Outcome { status, trailers: Vec::new(), ended_by: EndedBy::Server, cause: None };
        log.push(event(1, Happened::Connected(Box::new(peer))));
        log.push(event(2, Happened::Sent(Payload::plain(Bytes::from_static(b"\x0a\x05Hello")))));
        log.push(event(3, Happened::Headers(Vec::new())));
        log.push(event(
            4,
            Happened::Received(Payload::plain(Bytes::from_static("\u{a}\u{6}世界\u{10}\u{7}".as_bytes()))),
        ));
        log.push(event(1500, Happened::Received(Payload::plain(Bytes::from_static(b"\x0a\x7f!")))));
        log.push(event(1501, Happened::Finished(Box::new(outcome))));
        log
    }

    #[test]
    fn rows_and_sums() {
        use EntryKind::{Connected, Finished, Headers, Received, Sent};
        let log = log();
        let kinds: Vec<_> = (0..log.len()).map(|index| log.entry(index).unwrap().kind).collect();
        assert_eq!(kinds, [Connected, Sent, Headers, Received, Received, Finished]);
        assert_eq!((log.sent, log.received, log.sent_bytes, log.received_bytes), (1, 2, 7, 13));
        assert!(log.peer.is_some() && log.headers.is_some() && log.outcome.is_some());
        assert_eq!(log.elapsed, Duration::from_millis(1501));
        assert_eq!(
            (log.index_of(0), log.index_of(1), log.index_of(6), log.index_of(7)),
            (None, Some(0), Some(5), None)
        );
    }

    #[test]
    fn messages_are_decoded_when_looked_at() {
        let log = log();
        let preview = |index, limit| log.preview(&log.entry(index).unwrap(), limit);
        assert_eq!(preview(0, 99), "");
        assert!(preview(1, 99).contains("\"Hello\""), "{}", preview(1, 99));
        assert!(preview(3, 99).contains("世界"));
        assert_eq!(preview(3, 5).chars().count(), 5);
        assert!(preview(4, 999).starts_with("not a t.v1.Thing: "));
        assert!(preview(4, 999).ends_with(": 0a 7f 21"));
    }

    #[test]
    fn messages_are_exported_as_lines() {
        let mut out = Vec::new();
        log().to_json_lines(&mut out).unwrap();
        let lines: Vec<serde_json::Value> =
            std::str::from_utf8(&out).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let expected = serde_json::json!([
            { "number": 2, "seconds": 0.002, "kind": "sent", "message": { "text": "Hello" } },
            { "number": 4, "seconds": 0.004, "kind": "received", "message": { "text": "世界", "count": "7" } },
            { "number": 5, "seconds": 1.5, "kind": "received", "bytes": "Cn8h" }
        ]);
        assert_eq!(serde_json::Value::Array(lines), expected);
    }

    #[test]
    fn cutting() {
        let check = |text: &str, limit, expected: &str| assert_eq!(cut(text.to_owned(), limit), expected);
        check("世界你好", 4, "世界你好");
        check("世界你好", 3, "世界…");
        check("世界你好", 1, "…");
        check("世界你好", 0, "世界你好");
        check("", 3, "");
    }
}
