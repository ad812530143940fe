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

#[cfg(test)]
mod tests {
    use super::*;

    use crate::log::tests::log;

    fn check(text: &str, expected: &[u64]) {
        let log = log();
        let mut search = Search::new(text);
        let mut rounds = 1;
        while search.advance(&log, 2) {
            rounds += 1;
        }
        assert_eq!(search.hits(), expected, "{text}");
        assert_eq!((rounds, search.seen()), (3, 6));
        assert!(!search.advance(&log, 2), "nothing is looked at twice");
        assert_eq!(search.hits(), expected);
    }

    #[test]
    fn rows_are_found_whatever_their_case() {
        check("hELLO", &[2]);
        check("世", &[4]);
        check("t.V1.thing", &[5]);
        check("nothing", &[]);
        check("text", &[2, 4]);
    }

    #[test]
    fn going_from_hit_to_hit() {
        let mut search = Search::new("text");
        assert!(!search.advance(&log(), 100));
        assert_eq!((search.next_after(0), search.next_after(2), search.next_after(4)), (Some(2), Some(4), Some(2)));
        assert_eq!((search.previous_before(4), search.previous_before(2)), (Some(2), Some(4)));
        assert_eq!(Search::new("x").next_after(0), None);
    }
}
