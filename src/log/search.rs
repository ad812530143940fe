//! Which rows of a log are shown, by text and direction: looked at a few at a time, because a million rows cannot be
//! decoded within one frame.
//!
//! Must not know: where the hits are shown.

use std::time::{Duration, Instant};

use super::{Entry, EntryKind, Log};

/// A larger message is searched as it is on the wire: to decode it would take longer than a frame has.
const DECODED: usize = 256 << 10;

/// Which messages of a log are wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Direction {
    /// All rows, those that hold no message too.
    #[default]
    All,
    /// Messages sent.
    Sent,
    /// Messages received.
    Received,
}

impl Direction {
    const fn takes(self, kind: EntryKind) -> bool {
        match self {
            Self::All => true,
            Self::Sent => matches!(kind, EntryKind::Sent),
            Self::Received => matches!(kind, EntryKind::Received),
        }
    }
}

/// A search that follows a log as it grows. Rows are named by [`super::Entry::number`], which stays when older rows are
/// dropped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Search {
    text: String,
    direction: Direction,
    /// In lower case.
    needle: String,
    /// The last row looked at.
    seen: u64,
    hits: Vec<u64>,
}

impl Search {
    /// A search for rows of that direction whose preview holds the text, whatever its case.
    #[must_use]
    pub fn new(text: &str, direction: Direction) -> Self {
        Self { text: text.to_owned(), direction, needle: text.to_lowercase(), ..Self::default() }
    }

    /// Whether this is the search for just that.
    #[must_use]
    pub fn is_for(&self, text: &str, direction: Direction) -> bool {
        self.text == text && self.direction == direction
    }

    /// Looks at further rows for no longer than `budget`, at one at least; tells whether there are more to look at. Hits
    /// whose rows were dropped go.
    pub fn advance(&mut self, log: &Log, budget: Duration) -> bool {
        let begun = Instant::now();
        let gone = self.hits.partition_point(|number| *number <= log.dropped());
        self.hits.drain(..gone);
        self.seen = self.seen.max(log.dropped());
        let last = log.dropped() + log.len() as u64;
        while self.seen < last {
            self.seen += 1;
            let Some(entry) = log.index_of(self.seen).and_then(|index| log.entry(index)) else { continue };
            let fits = self.direction.takes(entry.kind) && (self.needle.is_empty() || self.holds(log, &entry));
            if fits {
                self.hits.push(entry.number);
            }
            if begun.elapsed() >= budget {
                break;
            }
        }
        self.seen < last
    }

    fn holds(&self, log: &Log, entry: &Entry<'_>) -> bool {
        if entry.bytes.len() <= DECODED {
            return log.preview(entry, usize::MAX).to_lowercase().contains(&self.needle);
        }
        let needle = self.needle.as_bytes();
        entry.bytes.windows(needle.len()).any(|window| window.eq_ignore_ascii_case(needle))
    }

    /// Numbers of the rows found so far, rising.
    #[must_use]
    pub fn hits(&self) -> &[u64] {
        &self.hits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::log::tests::log;

    fn check(text: &str, direction: Direction, expected: &[u64]) {
        let log = log();
        let mut search = Search::new(text, direction);
        let mut rounds = 1;
        // Without time one row is looked at in each round.
        while search.advance(&log, Duration::ZERO) {
            rounds += 1;
        }
        assert_eq!(search.hits(), expected, "{text}");
        assert_eq!(rounds, log.len());
        assert!(!search.advance(&log, Duration::MAX), "nothing is looked at twice");
        assert_eq!(search.hits(), expected);
    }

    #[test]
    fn rows_are_found_whatever_their_case() {
        check("hELLO", Direction::All, &[2]);
        check("世", Direction::All, &[4]);
        check("t.V1.thing", Direction::All, &[5]);
        check("nothing", Direction::All, &[]);
        check("text", Direction::All, &[2, 4]);
    }

    #[test]
    fn directions_leave_out_what_is_no_message() {
        let of = |direction: Direction| {
            let log = log();
            (1..=log.len() as u64)
                .filter(|number| {
                    log.index_of(*number)
                        .and_then(|index| log.entry(index))
                        .is_some_and(|row| direction.takes(row.kind))
                })
                .collect::<Vec<_>>()
        };
        for direction in [Direction::All, Direction::Sent, Direction::Received] {
            check("", direction, &of(direction));
        }
        assert!(of(Direction::Sent).len() < of(Direction::All).len());
        assert!(of(Direction::Received).len() < of(Direction::All).len());
    }
}
