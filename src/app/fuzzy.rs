//! How well a name fits what was typed, and which of its letters.
//!
//! A query is words, each of whose letters must occur in order; the words may stand in any order. The best way to lay a
//! word over a name is found, not the first: letters in a row and letters that begin a word count more, gaps cost. Must
//! not know: what the names stand for.

use crate::schema::letter;

/// Letters of a word at most: what is longer fits nothing.
const LONGEST_WORD: usize = 63;
/// Words of a query at most; the rest is not looked at.
const MOST_WORDS: usize = 8;

const MATCH: i32 = 16;
/// Of a letter that begins the whole name.
const BEGINS_NAME: i32 = 12;
/// Of a letter after a dot, a slash, an underscore or a space.
const BEGINS_PART: i32 = 9;
/// Of a capital after a small letter, or of a digit after a letter.
const BEGINS_HUMP: i32 = 8;
/// Of a letter right after the one before it in the word.
const IN_A_ROW: i32 = 9;
const GAP_BEGINS: i32 = 5;
const GAP_GOES_ON: i32 = 1;
/// Of a word that is the whole name, or that the name begins with.
const WHOLE: i32 = 60;
const PREFIX: i32 = 24;
/// Of a word found in the name's own part rather than in what is around it.
const OWN: i32 = 12;

const NONE: i32 = i32::MIN / 2;

/// What is looked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    words: Vec<Word>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Word {
    /// In small letters where they are ASCII.
    bytes: Vec<u8>,
    /// The letters from each place on, as a name's letters are kept.
    needed: Vec<u32>,
    /// Where the part after the last dot begins.
    tail: usize,
}

/// Whether a name fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fit {
    /// A word occurs nowhere in its full name.
    Not,
    /// All words do, but none of them ends in its own part: what is around it fits, and what is in a message would fit
    /// as well as the message.
    Around,
    /// How well; higher is better.
    Own(i32),
}

/// How far each word of a query has come, and how well, at one place of a name. It goes on from there: what is common
/// to many names, the message that their fields are in, is looked at once.
#[derive(Clone, Debug, Default)]
pub struct Reached {
    rows: Vec<Row>,
    last: u8,
    /// Bytes of the name so far.
    pub length: usize,
}

#[derive(Clone, Debug, Default)]
struct Row {
    /// By the number of letters matched, from one on.
    cells: Vec<Cell>,
    /// The best score of the whole word so far.
    ended: i32,
    /// Letters matched at most.
    most: usize,
}

/// The latest match of a letter, with all before it matched too.
#[derive(Clone, Copy, Debug)]
struct Cell {
    /// The best score there.
    hit: i32,
    /// Where that was.
    at: i32,
    /// The best score to jump from, over all matches, as if each place from the beginning on cost nothing.
    jump: i32,
}

const NO_CELL: Cell = Cell { hit: NONE, at: NONE, jump: NONE };

impl Query {
    /// Reads what was typed: words apart by spaces; a slash is as good as a dot.
    #[must_use]
    pub fn new(typed: &str) -> Self {
        let words = typed.split_whitespace().take(MOST_WORDS).map(|word| {
            let lower = |char: char| if char == '/' { '.' } else { char };
            let bytes = word.chars().map(lower).flat_map(char::to_lowercase).collect::<String>().into_bytes();
            let mut needed = vec![0_u32; bytes.len() + 1];
            for at in (0..bytes.len()).rev() {
                needed[at] = needed[at + 1] | letter(bytes[at]);
            }
            let tail = bytes.iter().rposition(|byte| *byte == b'.').map_or(0, |dot| dot + 1);
            Word { bytes, needed, tail }
        });
        Self { words: words.collect() }
    }

    /// Whether nothing is looked for: everything fits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Whether all that fits this, if only by what is around it, fits the other too: this was made from it by typing on.
    #[must_use]
    pub fn narrows(&self, other: &Self) -> bool {
        let begins = |(word, before): (&Word, &Word)| word.bytes.starts_with(&before.bytes);
        self.words.len() >= other.words.len() && self.words.iter().zip(&other.words).all(begins)
    }

    /// What has been matched before the first letter of a name.
    #[must_use]
    pub fn start(&self) -> Reached {
        let row = |word: &Word| Row { cells: vec![NO_CELL; word.bytes.len()], ended: NONE, most: 0 };
        Reached { rows: self.words.iter().map(row).collect(), last: 0, length: 0 }
    }

    /// How well a text that stands alone fits; `None` when it does not. Higher is better.
    #[must_use]
    pub fn score(&self, text: &str) -> Option<i32> {
        let letters = text.bytes().fold(0, |all, byte| all | letter(fold(byte)));
        match self.fit(&self.start(), text, letters, &mut Scratch::default()) {
            Fit::Own(score) => Some(score),
            Fit::Around | Fit::Not => None,
        }
    }

    /// How well a name fits that stands in what has been reached; `letters` are those of its own part.
    #[must_use]
    pub fn fit(&self, around: &Reached, name: &str, letters: u32, scratch: &mut Scratch) -> Fit {
        let mut total = 0;
        let mut ends_here = self.words.is_empty();
        for (word, row) in self.words.iter().zip(&around.rows) {
            // A word may end in the dot before the name: all that stands in it is wanted.
            let dot = row.cells.last().filter(|cell| cell.at == around.length as i32 - 1);
            let mut own = dot.map_or(NONE, |cell| cell.hit);
            if word.may_end(row, name, letters) {
                own = own.max(word.best_end(row, around, name.as_bytes(), scratch));
            }
            let own = if is_score(own) { own + OWN + word.beginning(name) } else { NONE };
            let best = own.max(row.ended);
            if !is_score(best) {
                return Fit::Not;
            }
            ends_here |= is_score(own);
            total += best;
        }
        if ends_here { Fit::Own(total) } else { Fit::Around }
    }

    /// Puts into `reached` what is reached behind a name and the dot after it; an empty name has no dot.
    pub fn reach(&self, around: &Reached, name: &str, reached: &mut Reached) {
        reached.rows.resize_with(self.words.len(), Row::default);
        for (row, from) in reached.rows.iter_mut().zip(&around.rows) {
            row.cells.clone_from(&from.cells);
            (row.ended, row.most) = (from.ended, from.most);
        }
        (reached.last, reached.length) = (around.last, around.length);
        if name.is_empty() {
            return;
        }
        for (word, row) in self.words.iter().zip(&mut reached.rows) {
            let mut before = around.last;
            for (at, byte) in name.bytes().chain([b'.']).enumerate() {
                let ended = word.advance(&mut row.cells, &mut row.most, (around.length + at) as i32, before, byte);
                row.ended = row.ended.max(ended);
                before = byte;
            }
        }
        reached.last = b'.';
        reached.length += name.len() + 1;
    }

    /// The letters of a text that were matched: bytes, in order. Each word where it fits best, if it can in the part
    /// from `own` on.
    #[must_use]
    pub fn letters_of(&self, text: &str, own: usize) -> Vec<usize> {
        let mut all: Vec<usize> = self.words.iter().flat_map(|word| word.places(text.as_bytes(), own)).collect();
        all.sort_unstable();
        all.dedup();
        all
    }
}

impl Word {
    /// Whether the last letter can be in a name of these letters, behind what is matched before it.
    fn may_end(&self, row: &Row, name: &str, letters: u32) -> bool {
        let length = self.bytes.len();
        let from = row.most.min(length - 1);
        let rest = self.needed[from];
        if length > LONGEST_WORD || rest & letters != rest {
            return false;
        }
        let mut wanted = self.bytes[from..].iter();
        let mut next = wanted.next();
        for byte in name.bytes() {
            if next.is_some_and(|next| *next == fold(byte)) {
                next = wanted.next();
            }
        }
        next.is_none()
    }

    /// The best score of the whole word ending in `name`.
    fn best_end(&self, row: &Row, around: &Reached, name: &[u8], scratch: &mut Scratch) -> i32 {
        let cells = &mut scratch.0[..self.bytes.len()];
        cells.copy_from_slice(&row.cells);
        let mut most = row.most;
        let mut best = NONE;
        let mut before = around.last;
        for (at, &byte) in name.iter().enumerate() {
            best = best.max(self.advance(cells, &mut most, (around.length + at) as i32, before, byte));
            before = byte;
        }
        best
    }

    /// Takes in one more letter of the name. Gives the score of the whole word where it ends here.
    fn advance(&self, cells: &mut [Cell], most: &mut usize, position: i32, before: u8, byte: u8) -> i32 {
        let folded = fold(byte);
        if self.needed[0] & letter(folded) == 0 {
            return NONE;
        }
        let bonus = bonus(before, byte);
        let mut ended = NONE;
        // From the end, so that what is read is still that of the letter before.
        for at in (0..(*most + 1).min(cells.len())).rev() {
            if self.bytes[at] != folded {
                continue;
            }
            let score = MATCH
                + match at.checked_sub(1).map(|before| cells[before]) {
                    None => bonus,
                    Some(cell) if cell.at == position - 1 => {
                        (cell.hit + bonus.max(IN_A_ROW)).max(cell.jump - position * GAP_GOES_ON + bonus)
                    }
                    Some(cell) => cell.jump - position * GAP_GOES_ON + bonus,
                };
            if !is_score(score) {
                continue;
            }
            let jump = score - GAP_BEGINS + (position + 2) * GAP_GOES_ON;
            cells[at] = Cell { hit: score, at: position, jump: cells[at].jump.max(jump) };
            *most = (*most).max(at + 1);
            if at + 1 == cells.len() {
                ended = score;
            }
        }
        ended
    }

    /// What a whole name or the beginning of one is worth.
    fn beginning(&self, name: &str) -> i32 {
        let tail = &self.bytes[self.tail..];
        let name = name.as_bytes();
        match name.get(..tail.len()) {
            Some(start) if !tail.is_empty() && start.eq_ignore_ascii_case(tail) => {
                if tail.len() == name.len() {
                    WHOLE
                } else {
                    PREFIX
                }
            }
            _ => 0,
        }
    }

    /// Where its letters are matched best: the way back through all that was reached.
    fn places(&self, text: &[u8], own: usize) -> Vec<usize> {
        let length = self.bytes.len();
        if length > LONGEST_WORD {
            return Vec::new();
        }
        let mut cells = vec![NO_CELL; length];
        let mut most = 0;
        let mut before = 0;
        // By place in the text and letter of the word.
        let mut hits: Vec<Vec<i32>> = Vec::with_capacity(text.len());
        for (at, &byte) in text.iter().enumerate() {
            self.advance(&mut cells, &mut most, at as i32, before, byte);
            hits.push(cells.iter().map(|cell| if cell.at == at as i32 { cell.hit } else { NONE }).collect());
            before = byte;
        }
        let ends = (0..text.len()).filter(|at| is_score(hits[*at][length - 1]));
        let Some(mut at) = ends.max_by_key(|at| (*at >= own, hits[*at][length - 1])) else { return Vec::new() };
        let mut places = vec![at];
        for letter in (0..length - 1).rev() {
            let bonus = bonus(if at > 0 { text[at - 1] } else { 0 }, text[at]);
            let rest = hits[at][letter + 1] - MATCH;
            let leads_here = |before: &usize| {
                let gap = at - before - 1;
                let cost = GAP_BEGINS + gap as i32 * GAP_GOES_ON - GAP_GOES_ON;
                let score = hits[*before][letter];
                is_score(score) && (score - cost + bonus == rest || (gap == 0 && score + bonus.max(IN_A_ROW) == rest))
            };
            let Some(before) = (0..at).rev().find(leads_here) else { break };
            at = before;
            places.push(at);
        }
        places
    }
}

/// Room for looking at one name after the other.
#[derive(Clone, Debug)]
pub struct Scratch([Cell; LONGEST_WORD]);

impl Default for Scratch {
    fn default() -> Self {
        Self([NO_CELL; LONGEST_WORD])
    }
}

const fn is_score(score: i32) -> bool {
    score > NONE / 2
}

fn fold(byte: u8) -> u8 {
    if byte == b'/' { b'.' } else { byte.to_ascii_lowercase() }
}

fn bonus(before: u8, byte: u8) -> i32 {
    match before {
        0 => BEGINS_NAME,
        b'.' | b'/' | b'_' | b' ' | b'-' => BEGINS_PART,
        b'a'..=b'z' if byte.is_ascii_uppercase() || byte.is_ascii_digit() => BEGINS_HUMP,
        b'A'..=b'Z' if byte.is_ascii_digit() => BEGINS_HUMP,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The score of a name that stands in others, as in the tree of a schema.
    fn score(query: &str, full_name: &str) -> Option<i32> {
        let query = Query::new(query);
        let mut around = query.start();
        let parts: Vec<&str> = full_name.split('.').collect();
        let (name, outer) = parts.split_last().unwrap();
        for part in outer {
            let mut next = Reached::default();
            query.reach(&around, part, &mut next);
            around = next;
        }
        let letters = name.bytes().fold(0, |all, byte| all | letter(byte));
        match query.fit(&around, name, letters, &mut Scratch::default()) {
            Fit::Own(score) => Some(score),
            Fit::Around | Fit::Not => None,
        }
    }

    /// Each name fits better than the one after it; those after `-` do not fit at all.
    #[track_caller]
    fn check(query: &str, names: &[&str]) {
        let (good, bad) = match names.iter().position(|name| *name == "-") {
            Some(at) => (&names[..at], &names[at + 1..]),
            None => (names, &[][..]),
        };
        let scores: Vec<_> = good.iter().map(|name| (score(query, name), *name)).collect();
        assert!(scores.iter().all(|(score, _)| score.is_some()), "{query}: {scores:?}");
        assert!(scores.windows(2).all(|pair| pair[0].0 > pair[1].0), "{query}: {scores:?}");
        for name in bad {
            assert_eq!(score(query, name), None, "{query}: {name}");
        }
    }

    #[test]
    fn whole_names_come_first_then_beginnings_then_words_then_scattered_letters() {
        check("topic", &["p.v1.Topic", "p.v1.TopicView", "p.v1.CreateTopic", "p.v1.Utopical", "p.v1.TokenOptic"]);
        check(
            "name",
            &["a.M.name", "a.M.name_prefix", "a.M.display_name", "a.M.surname", "a.M.nXaXmXe", "-", "a.M.nam"],
        );
        check("list", &["s.List", "s.ListTopics", "s.TopicList", "s.Enlist", "s.LxIxSxT"]);
        check("get", &["s.S.Get", "s.S.GetBook", "s.S.BudgetX", "s.S.GammaEpsilonT"]);
    }

    #[test]
    fn beginnings_of_words_win() {
        check("sh", &["g.SayHello", "g.Publish", "-", "g.HelloSay"]);
        check("gbn", &["s.GetBookName", "s.Gabbling", "-", "s.Nbg"]);
        check("lt", &["s.ListTopics", "s.Alert"]);
        check("ui", &["m.user_id", "m.build"]);
        check("v2", &["p.ServiceV2", "p.Revx2"]);
    }

    #[test]
    fn letters_in_a_row_win() {
        check("order", &["m.OrderLine", "m.ReOrder", "m.OxRxDxExR"]);
        check("sub", &["m.Subscription", "m.PubSubX", "m.StubAxB"]);
    }

    #[test]
    fn what_is_around_a_name_counts_where_it_is_asked_for() {
        check(
            "topic.name",
            &["p.Topic.name", "p.TopicView.name", "p.Topic.display_name", "-", "p.Topic", "p.Topic.labels"],
        );
        check("pubsub topic", &["google.pubsub.v1.Topic", "google.pubsub.v1.TopicView", "-", "google.ads.v1.Topic"]);
        check("topic pubsub", &["google.pubsub.v1.Topic", "google.pubsub.v1.TopicView", "-", "google.ads.v1.Topic"]);
        check("publisher/publish", &["p.Publisher.Publish", "-", "p.Publisher"]);
        check("greeter/", &["h.Greeter.SayHello", "-", "h.Greeter"]);
        // What only stands in it does not fit: a message would drown in its fields.
        check("topic", &["p.Topic", "-", "p.Topic.name"]);
        check("topic name", &["p.Topic.name", "p.Topic.names", "-", "p.Topic", "p.M.name"]);
    }

    #[test]
    fn case_does_not_matter_and_nothing_fits_all() {
        check("SAYHELLO", &["g.SayHello"]);
        check("say_h", &["g.say_hello", "-", "g.SayHello"]);
        assert_eq!(score("", "anything"), Some(0));
        assert_eq!(score("  ", "anything"), Some(0));
        assert_eq!(score("您", "g.Other"), None);
        assert!(score("您", "g.您好").is_some());
        assert_eq!(score(&"x".repeat(100), &"x".repeat(200)), None, "no name is that long");
    }

    #[track_caller]
    fn check_letters(query: &str, text: &str, expected: &str) {
        let marked = Query::new(query).letters_of(text, text.rfind(['.', '/']).map_or(0, |at| at + 1));
        let shown: String =
            text.bytes().enumerate().map(|(at, byte)| if marked.contains(&at) { byte as char } else { '-' }).collect();
        assert_eq!(shown, expected, "{query} in {text}");
    }

    #[test]
    fn matched_letters_are_told() {
        check_letters("topic", "topics.v1.Topic", "----------Topic");
        check_letters("lt", "s.ListTopics", "--L---T-----");
        check_letters("sayh", "Greeter/SayHello", "--------SayH----");
        check_letters("greeter/say", "h.Greeter/SayHello", "--Greeter/Say-----");
        check_letters("name topic", "p.Topic.name", "--Topic-name");
        check_letters("axd", "a__x_____d", "a--x-----d");
        check_letters("none", "abc", "---");
    }

    #[test]
    fn typing_on_narrows() {
        let narrows = |longer: &str, shorter: &str| Query::new(longer).narrows(&Query::new(shorter));
        assert!(narrows("topic", "top") && narrows("topic n", "topic") && narrows("a", ""));
        assert!(!narrows("top", "topic") && !narrows("tropic", "top") && !narrows("to", "to p"));
    }
}
