//! What the palette finds: methods, saved requests and commands, best match first.
//!
//! Must not know: toolkit.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::path::PathBuf;

use super::collections::OpenCollection;
use super::command::Command;
use super::schemas::OpenSchema;
use super::tab::SchemaId;
use super::{Action, App};
use crate::schema::Kind;

/// Hits shown at most.
const SHOWN: usize = 50;

/// Something found.
#[derive(Clone, Debug)]
pub struct Hit {
    /// What it says.
    pub label: String,
    /// Where it is from, or its keys.
    pub detail: String,
    /// What it is.
    pub what: What,
}

/// What a hit is.
#[derive(Clone, Debug)]
pub enum What {
    /// A method of an open schema.
    Method {
        /// Its schema.
        schema: SchemaId,
        /// Place of its service.
        service: usize,
        /// Place of the method in it.
        method: usize,
        /// Its kind.
        kind: Kind,
    },
    /// A saved request.
    Request(PathBuf),
    /// A command.
    Command(Command),
}

impl What {
    /// What choosing it does.
    #[must_use]
    pub fn action(&self) -> Action {
        match self {
            Self::Method { schema, service, method, .. } => {
                Action::OpenMethod { schema: *schema, service: *service, method: *method }
            }
            Self::Request(path) => Action::OpenRequest(path.clone()),
            Self::Command(command) => Action::Command(*command),
        }
    }
}

impl App {
    /// What fits the query.
    #[must_use]
    pub fn find(&self, query: &str, methods_only: bool) -> Vec<Hit> {
        let query = Query::new(query);
        // Labels are made for what is shown only: a big tree has thousands of methods.
        let mut hits: Vec<Candidate<'_>> = Vec::new();
        for open in &self.schemas {
            let Some(schema) = &open.schema else { continue };
            for (at, service) in schema.services.iter().enumerate() {
                for (index, method) in service.methods.iter().enumerate() {
                    let label = [service.full_name.as_str(), "/", method.name.as_str()];
                    if let Some(score) = query.score(label) {
                        let what = What::Method { schema: open.id, service: at, method: index, kind: method.kind };
                        hits.push(Candidate { score, label: label.map(Cow::Borrowed), what });
                    }
                }
            }
        }
        let named = |name: String| [Cow::Owned(name), Cow::Borrowed(""), Cow::Borrowed("")];
        if !methods_only {
            for collection in &self.collections {
                for (name, path) in collection.requests() {
                    if let Some(score) = query.score([&name]) {
                        hits.push(Candidate { score, label: named(name), what: What::Request(path) });
                    }
                }
            }
            for command in Command::ALL {
                let label = self.text.get(command.label_key()).to_owned();
                if command != Command::Palette
                    && let Some(score) = query.score([&label])
                {
                    hits.push(Candidate { score, label: named(label), what: What::Command(command) });
                }
            }
        }
        // Without a query there is nothing to rank by: methods, requests and commands stand as they are.
        if !query.wanted.is_empty() {
            if hits.len() > SHOWN {
                hits.select_nth_unstable_by(SHOWN, Candidate::order);
                hits.truncate(SHOWN);
            }
            hits.sort_by(Candidate::order);
        }
        hits.truncate(SHOWN);
        let hits = hits.into_iter().map(|hit| Hit {
            label: hit.label.concat(),
            detail: self.origin(&hit.what),
            what: hit.what,
        });
        hits.collect()
    }

    /// Where a hit is from, or its keys.
    fn origin(&self, what: &What) -> String {
        match what {
            What::Method { schema, .. } => {
                self.schemas.iter().find(|open| open.id == *schema).map(OpenSchema::label).unwrap_or_default()
            }
            What::Request(path) => {
                let holds = |collection: &&OpenCollection| collection.requests().iter().any(|(_, own)| own == path);
                self.collections.iter().find(holds).map(OpenCollection::name).unwrap_or_default()
            }
            What::Command(command) => command.shortcut().map(super::command::Shortcut::label).unwrap_or_default(),
        }
    }
}

/// What may be shown, its label still in parts.
struct Candidate<'a> {
    score: i32,
    label: [Cow<'a, str>; 3],
    what: What,
}

impl Candidate<'_> {
    fn len(&self) -> usize {
        self.label.iter().map(|part| part.len()).sum()
    }

    /// The best first; of equals the shorter, then by the alphabet.
    fn order(&self, other: &Self) -> Ordering {
        let length = || self.len().cmp(&other.len());
        let alphabet = || {
            let bytes = self.label.iter().flat_map(|part| part.bytes());
            bytes.cmp(other.label.iter().flat_map(|part| part.bytes()))
        };
        other.score.cmp(&self.score).then_with(length).then_with(alphabet)
    }
}

/// What is looked for: the characters in small letters, without spaces.
struct Query {
    wanted: Vec<char>,
}

impl Query {
    fn new(query: &str) -> Self {
        Self { wanted: query.chars().filter(|char| !char.is_whitespace()).flat_map(char::to_lowercase).collect() }
    }

    /// See [`score`]. The text comes in parts that count as one.
    fn score<'t, T: AsRef<str> + 't + ?Sized>(&self, text: impl IntoIterator<Item = &'t T>) -> Option<i32> {
        let mut score = 0;
        let mut run = 0;
        let mut previous: Option<char> = None;
        let mut wanted = self.wanted.iter();
        let mut next = wanted.next();
        for char in text.into_iter().flat_map(|part| part.as_ref().chars()) {
            let Some(sought) = next else { break };
            if is_lowercase_of(*sought, char) {
                next = wanted.next();
                run += 1;
                let begins_word = previous.is_none_or(|previous| {
                    !previous.is_alphanumeric() || (previous.is_lowercase() && char.is_uppercase())
                });
                score += run * 2 + if begins_word { 8 } else { 0 };
            } else {
                run = 0;
            }
            previous = Some(char);
        }
        next.is_none().then_some(score)
    }
}

fn is_lowercase_of(lower: char, char: char) -> bool {
    if char.is_ascii() { char.to_ascii_lowercase() == lower } else { char.to_lowercase().eq(std::iter::once(lower)) }
}

/// How well a text fits a query whose characters must occur in it in order, case aside; `None` when they do not.
/// Neighbouring characters and beginnings of words count more.
#[must_use]
pub fn score(query: &str, text: &str) -> Option<i32> {
    Query::new(query).score([text])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_and_case() {
        assert!(score("sayh", "helloworld.Greeter/SayHello").is_some());
        assert!(score("SH", "helloworld.Greeter/SayHello").is_some());
        assert_eq!(score("xyz", "helloworld.Greeter/SayHello"), None);
        assert_eq!(score("hs", "SayHello"), None);
        assert_eq!(score("", "anything"), Some(0));
    }

    #[test]
    fn beginnings_of_words_win() {
        let better = score("sh", "Greeter/SayHello").unwrap();
        let worse = score("sh", "Dashboard/Publish").unwrap();
        assert!(better > worse, "{better} {worse}");
    }
}
