//! What can be undone in a message: earlier states of its text, each kept as what differs from the next. The text is
//! what both views of a message come to, so that one history serves them both.
//!
//! Must not know: JSON, forms, toolkit.

use std::collections::VecDeque;
use std::mem::take;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How many steps are kept.
const MOST_STEPS: usize = 200;
/// How many bytes they may take, views included; the latest step is kept whatever it takes.
const MOST_BYTES: usize = 32 << 20;
/// How many bytes of it the views may take.
const MOST_VIEW_BYTES: usize = 16 << 20;
/// What is typed after a longer pause is a step of its own.
const PAUSE: Duration = Duration::from_secs(1);
/// More than this at once is not typed but pasted, or done by a button: a step of its own.
const TYPED: usize = 32;

/// A difference between two texts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// Where it begins, in bytes.
    at: usize,
    /// What stood there.
    removed: String,
    /// What stands there now.
    inserted: String,
}

/// Something that shows a state of the text, kept with it where it is dear to make again.
pub trait View: Clone {
    /// About how many bytes it takes.
    fn size(&self) -> usize;
}

/// The states of one text.
#[derive(Debug)]
pub struct History<V> {
    /// The text as it was seen last; `None` before it was seen.
    text: Option<Arc<str>>,
    undo: VecDeque<Step<V>>,
    redo: Vec<Step<V>>,
    /// When the latest step was made; `None` when what comes next must not be taken together with it.
    latest: Option<Instant>,
}

/// A way from one state to another.
#[derive(Debug)]
struct Step<V> {
    change: Change,
    /// The view of the state that it leads to.
    view: Option<V>,
}

impl<V> Default for History<V> {
    fn default() -> Self {
        Self { text: None, undo: VecDeque::new(), redo: Vec::new(), latest: None }
    }
}

impl Change {
    /// What differs; `None` between equal texts.
    #[must_use]
    pub fn between(old: &str, new: &str) -> Option<Self> {
        if old == new {
            return None;
        }
        let mut start = common(old.as_bytes(), new.as_bytes());
        while !old.is_char_boundary(start) || !new.is_char_boundary(start) {
            start -= 1;
        }
        let mut end = common_end(&old.as_bytes()[start..], &new.as_bytes()[start..]);
        while !old.is_char_boundary(old.len() - end) || !new.is_char_boundary(new.len() - end) {
            end -= 1;
        }
        let part = |text: &str| text[start..text.len() - end].to_owned();
        Some(Self { at: start, removed: part(old), inserted: part(new) })
    }

    /// Back from the new text to the old.
    fn reversed(self) -> Self {
        Self { at: self.at, removed: self.inserted, inserted: self.removed }
    }

    fn applied_to(&self, text: &str) -> String {
        let end = self.at + self.removed.len();
        let mut out = String::with_capacity(text.len() - self.removed.len() + self.inserted.len());
        out.push_str(&text[..self.at]);
        out.push_str(&self.inserted);
        out.push_str(&text[end..]);
        out
    }

    /// Whether it may be a key pressed while typing.
    fn is_typed(&self) -> bool {
        let (removed, inserted) = (self.removed.len(), self.inserted.len());
        let short = removed + inserted <= TYPED && (removed == 0 || inserted == 0 || removed.max(inserted) <= 3);
        short && !self.removed.contains('\n') && !self.inserted.contains('\n')
    }

    /// Both changes as one, where the next is typed right at this one; `text` is the state between them.
    fn joined(&self, next: &Self, text: &str) -> Option<Self> {
        let (end, next_end) = (self.at + self.inserted.len(), next.at + next.removed.len());
        if next.at > end || next_end < self.at {
            return None;
        }
        let (first, last) = (self.at.min(next.at), end.max(next_end));
        let around = |at: usize, to: usize, what: &str| [&text[first..at], what, &text[to..last]].concat();
        Some(Self {
            at: first,
            removed: around(self.at, end, &self.removed),
            inserted: around(next.at, next_end, &next.inserted),
        })
    }

    fn size(&self) -> usize {
        size_of::<Self>() + self.removed.len() + self.inserted.len()
    }
}

/// How many bytes are the same at the beginning.
fn common(one: &[u8], other: &[u8]) -> usize {
    const BLOCK: usize = 1 << 10;
    let blocks = one.chunks(BLOCK).zip(other.chunks(BLOCK)).take_while(|(one, other)| one == other);
    let same: usize = blocks.map(|(block, _)| block.len()).sum();
    same + one[same..].iter().zip(&other[same..]).take_while(|(one, other)| one == other).count()
}

/// As [`common`], at the end.
fn common_end(one: &[u8], other: &[u8]) -> usize {
    const BLOCK: usize = 1 << 10;
    let blocks = one.rchunks(BLOCK).zip(other.rchunks(BLOCK)).take_while(|(one, other)| one == other);
    let same: usize = blocks.map(|(block, _)| block.len()).sum();
    let rest = |bytes: &'_ [u8]| bytes.len() - same;
    let (one, other) = (&one[..rest(one)], &other[..rest(other)]);
    same + one.iter().rev().zip(other.iter().rev()).take_while(|(one, other)| one == other).count()
}

impl<V: View> History<V> {
    /// The text as it was seen last.
    #[must_use]
    pub fn text(&self) -> Option<&Arc<str>> {
        self.text.as_ref()
    }

    /// Whether there is something to undo.
    #[must_use]
    pub fn can_undo(&self) -> bool {
        !self.undo.is_empty()
    }

    /// Whether there is something to redo.
    #[must_use]
    pub fn can_redo(&self) -> bool {
        !self.redo.is_empty()
    }

    /// Whether that is the text as it was seen last.
    #[must_use]
    pub fn is_at(&self, text: &str) -> bool {
        self.text.as_deref() == Some(text)
    }

    /// Takes the text in; whether it is another than before. What it was before becomes a step, together with what
    /// is typed right before and after; `view` is asked for the view of the state before.
    pub fn see(&mut self, text: &str, now: Instant, view: impl FnOnce() -> Option<V>) -> bool {
        let change = match &self.text {
            None => {
                self.text = Some(text.into());
                return true;
            }
            Some(old) => Change::between(old, text),
        };
        let Some(change) = change else { return false };
        self.record(change, text.into(), now, view());
        true
    }

    /// As [`History::see`], with the difference from [`History::text`] known already.
    pub fn record(&mut self, change: Change, text: Arc<str>, now: Instant, view: Option<V>) {
        let old = self.text.replace(text).unwrap_or_default();
        self.redo.clear();
        let recent = self.latest.is_some_and(|latest| now.saturating_duration_since(latest) < PAUSE);
        let typed = change.is_typed();
        self.latest = typed.then_some(now);
        let change = change.reversed();
        if recent
            && typed
            && let Some(last) = self.undo.back_mut()
            && let Some(joined) = change.joined(&last.change, &old)
        {
            last.change = joined;
            return;
        }
        self.undo.push_back(Step { change, view });
        self.bound();
    }

    /// What is typed next is a step of its own, however soon it comes.
    pub fn pause(&mut self) {
        self.latest = None;
    }

    /// The state before, with its view if that was kept; `view` is the one of the present state.
    pub fn undo(&mut self, view: Option<V>) -> Option<(Arc<str>, Option<V>)> {
        let mut step = self.undo.pop_back()?;
        let state = self.go(&mut step, view)?;
        self.redo.push(step);
        Some(state)
    }

    /// The state that was undone, likewise.
    pub fn redo(&mut self, view: Option<V>) -> Option<(Arc<str>, Option<V>)> {
        let mut step = self.redo.pop()?;
        let state = self.go(&mut step, view)?;
        self.undo.push_back(step);
        Some(state)
    }

    /// Goes a step, and makes it the way back.
    fn go(&mut self, step: &mut Step<V>, view: Option<V>) -> Option<(Arc<str>, Option<V>)> {
        self.latest = None;
        let text: Arc<str> = step.change.applied_to(self.text.as_ref()?).into();
        self.text = Some(Arc::clone(&text));
        step.change = take(&mut step.change).reversed();
        Some((text, std::mem::replace(&mut step.view, view)))
    }

    /// Forgets what is too old.
    fn bound(&mut self) {
        let (mut bytes, mut view_bytes) = (0, 0);
        let mut kept = 0;
        for step in self.undo.iter_mut().rev() {
            let view = step.view.as_ref().map_or(0, View::size);
            if view_bytes + view > MOST_VIEW_BYTES {
                step.view = None;
            } else {
                view_bytes += view;
            }
            bytes += step.change.size();
            if kept > 0 && (kept == MOST_STEPS || bytes + view_bytes > MOST_BYTES) {
                break;
            }
            kept += 1;
        }
        self.undo.drain(..self.undo.len() - kept);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl View for u32 {
        fn size(&self) -> usize {
            10 << 20
        }
    }

    fn history(texts: &[&str]) -> (History<u32>, Instant) {
        let (mut history, now) = (History::default(), Instant::now());
        for text in texts {
            history.see(text, now, || None);
        }
        (history, now)
    }

    fn undone(history: &mut History<u32>) -> Vec<String> {
        std::iter::from_fn(|| history.undo(None).map(|(text, _)| text.to_string())).collect()
    }

    #[track_caller]
    fn check(texts: &[&str], expected: &[&str]) {
        let (mut history, _) = history(texts);
        assert_eq!(undone(&mut history), expected, "{texts:?}");
        let mut again = Vec::new();
        while let Some((text, _)) = history.redo(None) {
            again.push(text.to_string());
        }
        let forward: Vec<_> = expected.iter().rev().skip(1).copied().chain(texts.last().copied()).collect();
        assert_eq!(again, if expected.is_empty() { Vec::new() } else { forward });
    }

    #[test]
    fn what_is_typed_in_one_go_is_one_step() {
        check(&["", "a", "ab", "abc"], &[""]);
        check(&["[]", "[1]", "[12]", "[12, 3]"], &["[]"]);
        check(&["abc", "ab", "a", "ax", "axy"], &["abc"]);
        check(&["{\"a\": \"\"}", "{\"a\": \"世\"}", "{\"a\": \"世界\"}"], &["{\"a\": \"\"}"]);
    }

    #[test]
    fn what_stands_elsewhere_or_is_more_than_a_key_is_a_step_of_its_own() {
        check(&["a b", "ax b", "ax by", "ax byz"], &["ax b", "a b"]);
        check(&["true", "false", "true"], &["false", "true"]);
        check(&["[\n1\n]", "[\n1\n2\n]", "[\n1\n2\n3\n]"], &["[\n1\n2\n]", "[\n1\n]"]);
        let pasted = "x".repeat(40);
        check(&["", "a", &format!("a{pasted}"), &format!("a{pasted}b")], &[&format!("a{pasted}"), "a", ""]);
    }

    #[test]
    fn a_pause_ends_a_step() {
        let (mut history, now) = history(&["", "a"]);
        history.see("ab", now + PAUSE * 2, || None);
        history.pause();
        history.see("abc", now + PAUSE * 2, || None);
        assert_eq!(undone(&mut history), ["ab", "a", ""]);
    }

    #[test]
    fn a_new_text_after_an_undo_ends_the_redo() {
        let (mut history, now) = history(&["1", "1\n2"]);
        assert!(!history.can_redo() && history.can_undo());
        assert_eq!(history.undo(None).unwrap().0.as_ref(), "1");
        assert!(history.can_redo() && !history.see("1", now, || None));
        history.see("9", now, || None);
        assert!(history.redo(None).is_none());
        assert_eq!(undone(&mut history), ["1"]);
    }

    #[test]
    fn any_two_texts_have_a_difference() {
        let mut random = fastrand::Rng::with_seed(3);
        let signs = ['a', 'b', 'é', '世', '丗', '😀', '\n'];
        let mut text = || (0..random.usize(0..3_000)).map(|_| signs[random.usize(0..signs.len())]).collect::<String>();
        for _ in 0..200 {
            let (start, end) = (text(), text());
            let (old, new) = ([&*start, &text(), &end].concat(), [&*start, &text(), &end].concat());
            match Change::between(&old, &new) {
                None => assert_eq!(old, new),
                Some(change) => {
                    assert_eq!(change.applied_to(&old), new);
                    assert_eq!(change.reversed().applied_to(&new), old);
                }
            }
        }
    }

    #[test]
    fn views_come_back_and_all_is_bounded() {
        let (mut history, now) = history(&["0\n"]);
        for number in 1..500_u32 {
            let view = (number % 2 == 1).then_some(number - 1);
            history.pause();
            history.see(&format!("{number}\n"), now, || view);
        }
        assert_eq!(history.undo.len(), MOST_STEPS);
        let (text, view) = history.undo(Some(499)).unwrap();
        assert_eq!((text.as_ref(), view), ("498\n", Some(498)));
        assert_eq!(history.redo(None).unwrap(), ("499\n".into(), Some(499)));
        assert_eq!(history.undo.iter().filter(|step| step.view.is_some()).count(), 0, "the redo kept none");
        let (mut large, now) = (History::<u32>::default(), Instant::now());
        for size in [1, 20 << 20, 3, 25 << 20, 5] {
            large.see(&"x\n".repeat(size / 2), now, || None);
        }
        assert!(large.undo.len() < 4 && large.can_undo(), "{}", large.undo.len());
    }
}
