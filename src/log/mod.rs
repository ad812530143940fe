//! The record of a call: append-only, bounded, raw bytes in chunks, decoded only when looked at.
//!
//! Must not know: UI.

use std::time::{Duration, SystemTime};

use prost_reflect::MethodDescriptor;

use crate::engine::{CallEvent, Outcome, Peer};
use crate::request::MetadataEntry;

/// Everything that happened in one call.
#[derive(Debug)]
pub struct Log {
    /// When the call was started.
    pub started: SystemTime,
    /// The method, to decode messages with.
    pub method: MethodDescriptor,
    /// The other end, once connected.
    pub peer: Option<Peer>,
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

impl Log {
    /// An empty log that keeps at most `limit` bytes: beyond it the oldest chunk goes and is counted.
    #[must_use]
    pub fn new(_method: MethodDescriptor, _started: SystemTime, _limit: usize) -> Self {
        unimplemented!()
    }

    /// Takes an event in.
    pub fn push(&mut self, _event: CallEvent) {
        unimplemented!()
    }

    /// Rows kept.
    #[must_use]
    pub fn len(&self) -> usize {
        unimplemented!()
    }

    /// Whether there is no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Rows that were dropped for room.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        unimplemented!()
    }

    /// Bytes of memory held.
    #[must_use]
    pub fn memory(&self) -> usize {
        unimplemented!()
    }

    /// The row at an index from 0 to [`Log::len`].
    #[must_use]
    pub fn entry(&self, _index: usize) -> Option<Entry<'_>> {
        unimplemented!()
    }

    /// The message of a row as JSON on one line, cut at `limit` characters; bytes that are no such message are told as
    /// such.
    #[must_use]
    pub fn preview(&self, _entry: &Entry<'_>, _limit: usize) -> String {
        unimplemented!()
    }

    /// The message of a row as indented JSON.
    ///
    /// # Errors
    ///
    /// Why the bytes are no such message.
    pub fn pretty(&self, _entry: &Entry<'_>) -> Result<String, String> {
        unimplemented!()
    }
}
