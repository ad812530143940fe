//! The names of all messages of the open schemas: what an `Any` may be made to hold.
//!
//! A large tree has some hundred thousand: they are gathered in the background, when they are wanted for the first time.
//! Must not know: toolkit.

use std::sync::{Arc, Weak};

use super::App;
use crate::engine::{Engine, Job};
use crate::schema::{Schema, SymbolKind};

/// Names found for a text at most: who wants others types on.
pub const MOST_SHOWN: usize = 200;

/// The names, and what was looked for among them last.
#[derive(Debug, Default)]
pub struct AnyNames {
    names: Arc<Names>,
    /// What `names` are of.
    of: Vec<Weak<Schema>>,
    wanted: bool,
    job: Option<(Vec<Weak<Schema>>, Job<Names>)>,
    /// A text, and the names that fit it.
    latest: Option<(String, Vec<String>)>,
}

/// Names in order, and the same in lower case.
#[derive(Debug, Default)]
struct Names(Vec<(String, String)>);

fn with_lower(name: String) -> (String, String) {
    let lower = name.to_lowercase();
    (name, lower)
}

impl Names {
    fn of(schemas: &[Arc<Schema>]) -> Self {
        let mut names = Vec::new();
        for index in schemas.iter().map(|schema| schema.index()) {
            let is_message = |at: &usize| index.get(*at).is_some_and(|one| one.kind == Some(SymbolKind::Message));
            names.extend((0..index.len()).filter(is_message).map(|at| index.full_name(at)));
        }
        names.sort_unstable();
        names.dedup();
        Self(names.into_iter().map(with_lower).collect())
    }

    /// Those that have every word of a text, whatever its case; those whose own name begins with it come first.
    fn find(&self, text: &str) -> Vec<String> {
        let text = text.to_lowercase();
        let words: Vec<&str> = text.split_whitespace().collect();
        let fits = |lower: &str| words.iter().all(|word| lower.contains(word));
        let begins = |lower: &str| {
            let own = lower.rsplit('.').next().unwrap_or_default();
            words.first().is_some_and(|word| own.starts_with(word) || lower.starts_with(word))
        };
        let (mut first, mut others) = (Vec::new(), Vec::new());
        for (name, lower) in self.0.iter().filter(|(_, lower)| fits(lower)) {
            let place = if begins(lower) { &mut first } else { &mut others };
            if place.len() < MOST_SHOWN {
                place.push(name.clone());
            }
            if first.len() == MOST_SHOWN {
                break;
            }
        }
        first.append(&mut others);
        first.truncate(MOST_SHOWN);
        first
    }
}

impl AnyNames {
    /// The names that fit a text, [`MOST_SHOWN`] of them; fewer while they are gathered.
    pub fn find(&mut self, text: &str) -> &[String] {
        self.wanted = true;
        if self.latest.as_ref().is_none_or(|(of, _)| of != text) {
            self.latest = Some((text.to_owned(), self.names.find(text)));
        }
        self.latest.as_ref().map(|(_, found)| found.as_slice()).unwrap_or_default()
    }

    /// Takes in the names, and gathers them where they are wanted and were of other schemas.
    fn poll(&mut self, engine: &Engine, schemas: impl Fn() -> Vec<Arc<Schema>>) {
        if let Some(answer) = self.job.as_mut().and_then(|(_, job)| job.try_next()) {
            self.of = self.job.take().map(|(of, _)| of).unwrap_or_default();
            self.names = Arc::new(answer.unwrap_or_default());
            self.latest = None;
        }
        if !std::mem::take(&mut self.wanted) || self.job.is_some() {
            return;
        }
        let schemas = schemas();
        let is_same = schemas.len() == self.of.len()
            && schemas.iter().zip(&self.of).all(|(schema, of)| std::ptr::eq(Arc::as_ptr(schema), of.as_ptr()));
        if !is_same {
            let of = schemas.iter().map(Arc::downgrade).collect();
            self.job = Some((of, engine.blocking(move || Names::of(&schemas))));
        }
    }
}

impl App {
    /// Gathers the names of messages, where they are wanted.
    pub(super) fn poll_any_names(&mut self) {
        let Self { any_names, schemas, engine, .. } = self;
        any_names.poll(engine, || schemas.iter().filter_map(|open| open.schema.clone()).collect());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let names = ["a.v1.Order", "a.v1.OrderItem", "b.Reorder", "order.v1.Thing"];
        let names = Names(names.iter().map(|&name| with_lower(name.to_owned())).collect());
        assert_eq!(names.find(text), expected, "{text}");
    }

    #[test]
    fn names_are_found_by_their_words() {
        check("order", &["a.v1.Order", "a.v1.OrderItem", "order.v1.Thing", "b.Reorder"]);
        check("ORDER a.", &["a.v1.Order", "a.v1.OrderItem"]);
        check("thing", &["order.v1.Thing"]);
        check("none", &[]);
        check("", &["a.v1.Order", "a.v1.OrderItem", "b.Reorder", "order.v1.Thing"]);
    }

    #[test]
    fn of_very_many_some_are_shown() {
        let name = |number: usize| format!("deep.package.v1.Message{number}");
        let names = Names((0..100_000).map(name).map(with_lower).collect());
        assert_eq!(names.find("message").len(), MOST_SHOWN);
        assert_eq!(names.find("package 99999"), [name(99_999)]);
    }
}
