//! What the palette finds: methods, saved requests and commands, best match first.
//!
//! Must not know: toolkit.

use std::path::PathBuf;

use super::command::Command;
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
        let mut hits: Vec<(i32, Hit)> = Vec::new();
        for open in &self.schemas {
            let Some(schema) = &open.schema else { continue };
            for (at, service) in schema.services.iter().enumerate() {
                for (index, method) in service.methods.iter().enumerate() {
                    let label = format!("{}/{}", service.full_name, method.name);
                    if let Some(score) = score(query, &label) {
                        let what = What::Method { schema: open.id, service: at, method: index, kind: method.kind };
                        hits.push((score, Hit { label, detail: open.label(), what }));
                    }
                }
            }
        }
        if !methods_only {
            for collection in &self.collections {
                for (name, path) in collection.requests() {
                    if let Some(score) = score(query, &name) {
                        let what = What::Request(path);
                        hits.push((score, Hit { label: name, detail: collection.name(), what }));
                    }
                }
            }
            for command in Command::ALL {
                let label = self.text.get(command.label_key()).to_owned();
                if command != Command::Palette
                    && let Some(score) = score(query, &label)
                {
                    let detail = command.shortcut().map(super::command::Shortcut::label).unwrap_or_default();
                    hits.push((score, Hit { label, detail, what: What::Command(command) }));
                }
            }
        }
        // Without a query there is nothing to rank by: methods, requests and commands stand as they are.
        if !query.trim().is_empty() {
            hits.sort_by(|(score, hit), (other_score, other)| {
                let shorter = hit.label.len().cmp(&other.label.len());
                other_score.cmp(score).then(shorter).then_with(|| hit.label.cmp(&other.label))
            });
        }
        hits.truncate(SHOWN);
        hits.into_iter().map(|(_, hit)| hit).collect()
    }
}

/// How well a text fits a query whose characters must occur in it in order, case aside; `None` when they do not.
/// Neighbouring characters and beginnings of words count more.
#[must_use]
pub fn score(query: &str, text: &str) -> Option<i32> {
    let mut score = 0;
    let mut run = 0;
    let mut previous: Option<char> = None;
    let mut wanted = query.chars().filter(|char| !char.is_whitespace()).flat_map(char::to_lowercase).peekable();
    for char in text.chars() {
        let Some(next) = wanted.peek() else { break };
        if char.to_lowercase().eq(std::iter::once(*next)) {
            wanted.next();
            run += 1;
            let begins_word = previous
                .is_none_or(|previous| !previous.is_alphanumeric() || (previous.is_lowercase() && char.is_uppercase()));
            score += run * 2 + if begins_word { 8 } else { 0 };
        } else {
            run = 0;
        }
        previous = Some(char);
    }
    if wanted.peek().is_some() {
        return None;
    }
    Some(score)
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
