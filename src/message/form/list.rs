//! What is done to the elements of a repeated field as a whole: insert, duplicate, move, remove, and many at once from a
//! text.
//!
//! Must not know: toolkit.

use std::collections::HashSet;

use super::super::AnyTypes;
use super::super::field::MessageField;
use super::super::json::{self, Node, SyntaxError, Value};
use super::tree::single;
use super::{Elements, EntryForm, ScalarForm, Shape, ValueForm};

/// A change of a list. What names no element changes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListEdit {
    /// A new element at that place, which may be the end.
    Insert(usize),
    /// The same element once more, below.
    Duplicate(usize),
    /// One place up.
    Up(usize),
    /// One place down.
    Down(usize),
    /// Away.
    Remove(usize),
}

impl ListEdit {
    /// Carries it out on the elements, or on anything kept beside each of them; `new` makes what is inserted, from the
    /// element that it is a copy of. Where the element that was meant stands now, or what took its place; `None` if
    /// nothing changed or nothing is left.
    pub fn apply<R: Rows>(self, elements: &mut R, new: impl FnOnce(Option<&R::Row>) -> R::Row) -> Option<usize> {
        let count = elements.count();
        match self {
            Self::Insert(at) if at <= count => {
                elements.put(at, new(None));
                Some(at)
            }
            Self::Duplicate(at) if at < count => {
                let copy = new(elements.row(at));
                elements.put(at + 1, copy);
                Some(at + 1)
            }
            Self::Up(at) if at > 0 && at < count => {
                elements.exchange(at, at - 1);
                Some(at - 1)
            }
            Self::Down(at) if at + 1 < count => {
                elements.exchange(at, at + 1);
                Some(at + 1)
            }
            Self::Remove(at) if at < count => {
                elements.take(at);
                (count > 1).then(|| at.min(count - 2))
            }
            _ => None,
        }
    }
}

/// What can be edited like a list: elements, and what is kept beside each of them. The places named are there.
pub trait Rows {
    /// One of them.
    type Row;
    /// How many there are.
    fn count(&self) -> usize;
    /// The one at that place.
    fn row(&self, at: usize) -> Option<&Self::Row>;
    /// Puts one before that place, or at the end.
    fn put(&mut self, at: usize, row: Self::Row);
    /// Takes one away.
    fn take(&mut self, at: usize);
    /// Lets two change places.
    fn exchange(&mut self, one: usize, other: usize);
}

impl<T> Rows for Vec<T> {
    type Row = T;

    fn count(&self) -> usize {
        self.len()
    }

    fn row(&self, at: usize) -> Option<&T> {
        self.get(at)
    }

    fn put(&mut self, at: usize, row: T) {
        self.insert(at, row);
    }

    fn take(&mut self, at: usize) {
        self.remove(at);
    }

    fn exchange(&mut self, one: usize, other: usize) {
        self.swap(one, other);
    }
}

impl<T: Clone> Rows for Elements<T> {
    type Row = T;

    fn count(&self) -> usize {
        self.len()
    }

    fn row(&self, at: usize) -> Option<&T> {
        self.get(at)
    }

    fn put(&mut self, at: usize, row: T) {
        self.insert(at, row);
    }

    fn take(&mut self, at: usize) {
        self.remove(at);
    }

    fn exchange(&mut self, one: usize, other: usize) {
        self.swap(one, other);
    }
}

/// Marks the entries whose key another before them has.
pub fn mark_duplicates(entries: &mut Elements<EntryForm>) {
    let mut seen = HashSet::with_capacity(entries.len());
    let wrong = entries.iter().enumerate().filter_map(|(index, entry)| {
        let is_double = !seen.insert(entry.key.text.as_str());
        (entry.duplicate != is_double).then_some(index)
    });
    set_duplicate(entries, wrong.collect());
}

/// As [`mark_duplicates`], after one key was edited: only entries with the key that it was, or is, can have changed.
pub fn mark_duplicates_of(entries: &mut Elements<EntryForm>, keys: [&str; 2]) {
    let mut seen = [false; 2];
    let wrong = entries.iter().enumerate().filter_map(|(index, entry)| {
        let key = keys.iter().position(|key| *key == entry.key.text)?;
        let is_double = std::mem::replace(&mut seen[key], true);
        (entry.duplicate != is_double).then_some(index)
    });
    set_duplicate(entries, wrong.collect());
}

fn set_duplicate(entries: &mut Elements<EntryForm>, wrong: Vec<usize>) {
    for index in wrong {
        if let Some(entry) = entries.get_mut(index) {
            entry.duplicate = !entry.duplicate;
        }
    }
}

/// The elements in a text: those of a JSON array, else one for each line that is not empty. `None` where an element
/// cannot be typed as one text.
///
/// # Errors
///
/// When a text in `[` and `]` is no JSON. Elements that do not fit the field are no error: they stand with their
/// problem.
#[must_use]
pub fn many(field: &MessageField, text: &str, types: &AnyTypes) -> Option<Result<Vec<ValueForm>, SyntaxError>> {
    let kind = field.kind();
    let shape = Shape::of(&kind).filter(|_| field.is_list())?;
    let trimmed = text.trim();
    if trimmed.starts_with('[') && trimmed.ends_with(']') {
        return Some(json::parse(trimmed).map(|node| match &node.value {
            Value::Array(elements) => elements.iter().map(|element| single(&kind, element, types)).collect(),
            _ => vec![single(&kind, &node, types)],
        }));
    }
    // Spaces may belong to a string, and to nothing else.
    let is_string = shape == Shape::String;
    let lines = trimmed.lines().map(|line| if is_string { line } else { line.trim() });
    let element = |line: &str| {
        let scalar = || ValueForm::Scalar(ScalarForm::new(shape.clone(), line.to_owned()));
        match (&shape, json::parse(line)) {
            (Shape::Json(_), Ok(node)) => single(&kind, &node, types),
            (Shape::Json(_), Err(_)) => single(&kind, &Node::new(Value::String(line.to_owned())), types),
            _ => scalar(),
        }
    };
    Some(Ok(lines.filter(|line| !line.trim().is_empty()).map(element).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(edit: ListEdit, expected: &str, at: Option<usize>) {
        let mut list = vec!['a', 'b', 'c'];
        let place = edit.apply(&mut list, |of| of.map_or('?', char::to_ascii_uppercase));
        assert_eq!((list.iter().collect::<String>().as_str(), place), (expected, at), "{edit:?}");
    }

    #[test]
    fn elements_come_go_and_move() {
        check(ListEdit::Insert(0), "?abc", Some(0));
        check(ListEdit::Insert(3), "abc?", Some(3));
        check(ListEdit::Duplicate(1), "abBc", Some(2));
        check(ListEdit::Up(2), "acb", Some(1));
        check(ListEdit::Down(0), "bac", Some(1));
        check(ListEdit::Remove(1), "ac", Some(1));
        check(ListEdit::Remove(2), "ab", Some(1));
    }

    #[test]
    fn what_cannot_be_done_changes_nothing() {
        for edit in [
            ListEdit::Insert(4),
            ListEdit::Duplicate(3),
            ListEdit::Up(0),
            ListEdit::Up(3),
            ListEdit::Down(2),
            ListEdit::Down(usize::MAX - 1),
            ListEdit::Remove(3),
        ] {
            check(edit, "abc", None);
        }
        assert_eq!(ListEdit::Remove(0).apply(&mut vec![1], |_| 2), None, "nothing is left");
    }
}
