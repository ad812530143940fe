//! Where the rows of a log lie: payloads copied into chunks of about one MiB, and small records that say where. Copied,
//! because a slice of a receive buffer would keep all of the buffer.
//!
//! Must not know: what the bytes mean.

use std::collections::VecDeque;
use std::time::Duration;

use super::{Entry, EntryKind};

/// Payload bytes of one chunk; a message larger than that has a chunk of its own.
const CHUNK_BYTES: usize = 1 << 20;
/// Rows of one chunk at most, so that empty messages too are dropped in good time.
const CHUNK_ROWS: u32 = 1 << 16;
/// Records are held in blocks of this many: one growing array would be copied as a whole, in the middle of a frame.
const BLOCK: usize = 4096;

/// Rows in order, the oldest dropped beyond a limit.
#[derive(Debug)]
pub(super) struct Storage {
    limit: usize,
    chunks: VecDeque<Chunk>,
    /// Number of the first chunk in `chunks`, counted over the whole call.
    first_chunk: u32,
    /// All but the last are full.
    blocks: VecDeque<Vec<Record>>,
    /// Records of the first block that were dropped.
    skipped: usize,
    len: usize,
    dropped: u64,
    /// Capacity of all chunks and blocks.
    memory: usize,
}

#[derive(Debug, Default)]
struct Chunk {
    bytes: Vec<u8>,
    rows: u32,
}

#[derive(Clone, Copy, Debug)]
struct Record {
    /// Nanoseconds in the upper 56 bits (two years), the kind in the lower 8.
    stamp: u64,
    chunk: u32,
    start: u32,
    len: u32,
    /// Length on the wire where it was compressed, else [`PLAIN`].
    compressed: u32,
}

/// No message has this length on the wire: it would not fit into its own head.
const PLAIN: u32 = u32::MAX;

const _: () = assert!(size_of::<Record>() <= 24);

/// In the order of their numbers in [`Record::stamp`].
const KINDS: [EntryKind; 7] = [
    EntryKind::Connecting,
    EntryKind::Connected,
    EntryKind::Sent,
    EntryKind::SendingEnded,
    EntryKind::Headers,
    EntryKind::Received,
    EntryKind::Finished,
];

impl Storage {
    pub(super) const fn new(limit: usize) -> Self {
        Self {
            limit,
            chunks: VecDeque::new(),
            first_chunk: 0,
            blocks: VecDeque::new(),
            skipped: 0,
            len: 0,
            dropped: 0,
            memory: 0,
        }
    }

    pub(super) fn push(&mut self, kind: EntryKind, at: Duration, bytes: &[u8], compressed: Option<u32>) {
        let start = self.store(bytes);
        let chunk = self.first_chunk.wrapping_add(self.chunks.len() as u32).wrapping_sub(1);
        let nanos = u64::try_from(at.as_nanos()).unwrap_or(u64::MAX).min(u64::MAX >> 8);
        let kind = KINDS.iter().position(|other| *other == kind).unwrap_or_default() as u64;
        // A gRPC message has at most 4 GiB.
        let (start, len) = (start as u32, bytes.len() as u32);
        let record = Record { stamp: nanos << 8 | kind, chunk, start, len, compressed: compressed.unwrap_or(PLAIN) };
        match self.blocks.back_mut() {
            Some(block) if block.len() < BLOCK => {
                let before = block.capacity();
                block.push(record);
                self.memory += (block.capacity() - before) * size_of::<Record>();
            }
            last => {
                // The first block grows as it must, so that a unary call stays small.
                let block = if last.is_none() { vec![record] } else { started(BLOCK, record) };
                self.memory += block.capacity() * size_of::<Record>();
                self.blocks.push_back(block);
            }
        }
        self.len += 1;
        while self.memory > self.limit && self.chunks.len() > 1 {
            self.drop_oldest();
        }
    }

    /// Copies bytes into the last chunk, or a new one; returns where they start in it.
    fn store(&mut self, bytes: &[u8]) -> usize {
        let fits = |chunk: &Chunk| {
            chunk.rows < CHUNK_ROWS && (chunk.bytes.is_empty() || chunk.bytes.len() + bytes.len() <= CHUNK_BYTES)
        };
        if !self.chunks.back().is_some_and(fits) {
            let mut chunk = Chunk::default();
            if !self.chunks.is_empty() {
                // A second chunk is the sign of a long stream; growing it step by step would only copy.
                chunk.bytes.reserve_exact(CHUNK_BYTES.max(bytes.len()));
                self.memory += chunk.bytes.capacity();
            }
            self.chunks.push_back(chunk);
        }
        let Some(chunk) = self.chunks.back_mut() else { return 0 };
        let before = chunk.bytes.capacity();
        let start = chunk.bytes.len();
        chunk.bytes.extend_from_slice(bytes);
        chunk.rows += 1;
        self.memory += chunk.bytes.capacity() - before;
        start
    }

    fn drop_oldest(&mut self) {
        let Some(chunk) = self.chunks.pop_front() else { return };
        self.first_chunk = self.first_chunk.wrapping_add(1);
        self.memory -= chunk.bytes.capacity();
        let rows = chunk.rows as usize;
        self.len -= rows;
        self.dropped += rows as u64;
        self.skipped += rows;
        while self.skipped >= BLOCK {
            let Some(block) = self.blocks.pop_front() else { break };
            self.memory -= block.capacity() * size_of::<Record>();
            self.skipped -= BLOCK;
        }
    }

    pub(super) fn entry(&self, index: usize) -> Option<Entry<'_>> {
        if index >= self.len {
            return None;
        }
        let place = self.skipped + index;
        let record = self.blocks.get(place / BLOCK)?.get(place % BLOCK)?;
        let chunk = self.chunks.get(record.chunk.wrapping_sub(self.first_chunk) as usize)?;
        let start = record.start as usize;
        Some(Entry {
            number: self.dropped + index as u64 + 1,
            at: Duration::from_nanos(record.stamp >> 8),
            kind: *KINDS.get((record.stamp & 0xff) as usize)?,
            bytes: chunk.bytes.get(start..start + record.len as usize)?,
            compressed: (record.compressed != PLAIN).then_some(record.compressed),
        })
    }

    pub(super) const fn len(&self) -> usize {
        self.len
    }

    pub(super) const fn dropped(&self) -> u64 {
        self.dropped
    }

    pub(super) const fn memory(&self) -> usize {
        self.memory
    }
}

fn started(capacity: usize, record: Record) -> Vec<Record> {
    let mut block = Vec::with_capacity(capacity);
    block.push(record);
    block
}

#[cfg(test)]
mod tests {
    use super::*;

    fn payload(number: u64) -> [u8; 16] {
        let mut bytes = [7; 16];
        bytes[..8].copy_from_slice(&number.to_le_bytes());
        bytes
    }

    fn check(storage: &Storage, index: usize) {
        let entry = storage.entry(index).unwrap();
        assert_eq!(entry.number, storage.dropped() + index as u64 + 1);
        assert_eq!(entry.bytes, payload(entry.number));
        assert_eq!(entry.at, Duration::from_nanos(entry.number));
        assert_eq!(entry.kind, EntryKind::Received);
    }

    #[test]
    fn a_million_small_rows_cost_little() {
        let mut storage = Storage::new(usize::MAX);
        for number in 1..=1_000_000 {
            storage.push(EntryKind::Received, Duration::from_nanos(number), &payload(number), None);
        }
        assert_eq!((storage.len(), storage.dropped()), (1_000_000, 0));
        for index in [0, 1, 65_535, 65_536, 500_000, 999_999] {
            check(&storage, index);
        }
        assert!(storage.entry(1_000_000).is_none());
        let per_row = storage.memory() / storage.len();
        assert!(per_row < 64 + 16, "{per_row} bytes a row");
        let real: usize = storage.chunks.iter().map(|chunk| chunk.bytes.capacity()).sum::<usize>()
            + storage.blocks.iter().map(|block| block.capacity() * size_of::<Record>()).sum::<usize>();
        assert_eq!(storage.memory(), real);
    }

    #[test]
    fn the_oldest_rows_go_beyond_the_limit() {
        let limit = 8 << 20;
        let mut storage = Storage::new(limit);
        for number in 1..=1_000_000 {
            storage.push(EntryKind::Received, Duration::from_nanos(number), &payload(number), None);
            assert!(storage.memory() <= limit, "{} bytes after row {number}", storage.memory());
        }
        assert!(storage.dropped() > 0);
        assert_eq!(storage.dropped() + storage.len() as u64, 1_000_000);
        for index in [0, storage.len() / 2, storage.len() - 1] {
            check(&storage, index);
        }
    }

    #[test]
    fn empty_messages_are_bounded_too() {
        let limit = 4 << 20;
        let mut storage = Storage::new(limit);
        for number in 0..1_000_000 {
            storage.push(EntryKind::Received, Duration::from_nanos(number), &[], None);
        }
        assert!(storage.memory() <= limit + CHUNK_ROWS as usize * size_of::<Record>(), "{}", storage.memory());
        assert!(storage.dropped() > 0);
    }

    #[test]
    fn a_message_larger_than_the_limit_is_kept_alone() {
        let mut storage = Storage::new(1 << 20);
        storage.push(EntryKind::Sent, Duration::ZERO, &[1], None);
        storage.push(EntryKind::Received, Duration::ZERO, &vec![2; 3 << 20], None);
        assert_eq!((storage.len(), storage.dropped()), (1, 1));
        assert_eq!(storage.entry(0).unwrap().bytes.len(), 3 << 20);
        storage.push(EntryKind::Finished, Duration::ZERO, &[], None);
        assert_eq!(storage.entry(storage.len() - 1).unwrap().kind, EntryKind::Finished);
    }

    #[test]
    fn a_short_call_stays_small() {
        let mut storage = Storage::new(1 << 20);
        for kind in KINDS {
            storage.push(kind, Duration::ZERO, b"hello", None);
        }
        let kinds: Vec<_> = (0..storage.len()).map(|index| storage.entry(index).unwrap().kind).collect();
        assert_eq!(kinds, KINDS);
        assert!(storage.memory() < 1024, "{}", storage.memory());
    }
}
