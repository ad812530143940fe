//! Which rows of a log pass the filter: looked at a few at a time, so that no frame waits for a million rows.
//!
//! Must not know: toolkit.

use std::time::{Duration, Instant};

use super::tab::Direction;
use crate::log::{EntryKind, Log};

/// How much of a message the filter looks at, in characters.
const LOOKED_AT: usize = 4096;

/// The rows that pass, by their number in the call, as far as they were looked at.
#[derive(Debug, Default)]
pub struct Matches {
    numbers: Vec<u64>,
    /// Rows up to this number were looked at.
    seen: u64,
    text: String,
    direction: Direction,
}

impl Matches {
    /// Looks at further rows, for no longer than `budget`; whether some are left.
    pub fn advance(&mut self, log: &Log, text: &str, direction: Direction, budget: Duration) -> bool {
        if self.text != text || self.direction != direction {
            *self = Self { text: text.to_owned(), direction, ..Self::default() };
        }
        let begun = Instant::now();
        let dropped = log.dropped();
        if self.seen < dropped {
            self.seen = dropped;
        }
        // Numbers whose rows are gone lead nowhere.
        let gone = self.numbers.partition_point(|number| *number <= dropped);
        self.numbers.drain(..gone);
        let needle = self.text.to_lowercase();
        let mut steps = 0_u32;
        while let Some(entry) = log.entry((self.seen - dropped) as usize) {
            self.seen += 1;
            if passes(entry.kind, direction)
                && (needle.is_empty() || log.preview(&entry, LOOKED_AT).to_lowercase().contains(&needle))
            {
                self.numbers.push(entry.number);
            }
            steps += 1;
            if steps.is_multiple_of(256) && begun.elapsed() > budget {
                return true;
            }
        }
        false
    }

    /// The rows that pass, oldest first.
    #[must_use]
    pub fn numbers(&self) -> &[u64] {
        &self.numbers
    }
}

const fn passes(kind: EntryKind, direction: Direction) -> bool {
    match direction {
        Direction::All => true,
        Direction::Sent => matches!(kind, EntryKind::Sent),
        Direction::Received => matches!(kind, EntryKind::Received),
    }
}
