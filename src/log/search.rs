//! Finding rows by text, a few at a time: a million rows cannot be decoded within one frame.
//!
//! Must not know: where the hits are shown.

use super::Log;

/// A search that follows a log as it grows. Rows are named by [`super::Entry::number`], which stays when older rows are
/// dropped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Search {
    text: String,
    /// In lower case.
    needle: String,
    /// The last row looked at.
    seen: u64,
    hits: Vec<u64>,
}

impl Search {
    /// A search for rows whose preview holds the text, whatever its case.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self { text: text.to_owned(), needle: text.to_lowercase(), ..Self::default() }
    }

    /// What is searched for, as typed.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Looks at up to `max_rows` more rows; tells whether there are more to look at. Hits whose rows were dropped go.
    pub fn advance(&mut self, log: &Log, max_rows: usize) -> bool {
        let gone = self.hits.partition_point(|number| *number <= log.dropped());
        self.hits.drain(..gone);
        self.seen = self.seen.max(log.dropped());
        let last = log.dropped() + log.len() as u64;
        for number in (self.seen + 1..=last).take(max_rows) {
            self.seen = number;
            let Some(entry) = log.index_of(number).and_then(|index| log.entry(index)) else { continue };
            if log.preview(&entry, usize::MAX).to_lowercase().contains(&self.needle) {
                self.hits.push(number);
            }
        }
        self.seen < last
    }

    /// Numbers of the rows found so far, rising.
    #[must_use]
    pub fn hits(&self) -> &[u64] {
        &self.hits
    }

    /// Rows looked at so far, counted over the whole call.
    #[must_use]
    pub const fn seen(&self) -> u64 {
        self.seen
    }

    /// The first hit after a row, or the very first where there is none after it.
    #[must_use]
    pub fn next_after(&self, number: u64) -> Option<u64> {
        self.hits.get(self.hits.partition_point(|hit| *hit <= number)).or_else(|| self.hits.first()).copied()
    }

    /// The last hit before a row, or the very last where there is none before it.
    #[must_use]
    pub fn previous_before(&self, number: u64) -> Option<u64> {
        let before = self.hits.partition_point(|hit| *hit < number);
        before.checked_sub(1).and_then(|at| self.hits.get(at)).or_else(|| self.hits.last()).copied()
    }
}
