//! The types that an `Any` of a tab is of and that the files of its method do not have: looked for in the open schemas,
//! in the background, and kept as long as the tab.
//!
//! Whoever reads or writes a message asks [`FoundTypes::types`], on any thread: what is not known yet is noted there, and
//! looked for by `FoundTypes::poll`. Must not know: toolkit.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use super::App;
use super::rules::Verb;
use super::tab::Tab;
use crate::engine::{Engine, Job};
use crate::log::Search;
use crate::message::AnyTypes;
use crate::schema::{self, Schema, Types};

/// Names looked for by one tab: a server may make up as many as it likes.
const MOST_NAMES: usize = 500;

/// What came of looking for names; `None` for what no schema has.
type Found = HashMap<String, Option<Arc<Types>>>;

/// The types found for a tab.
#[derive(Debug)]
pub struct FoundTypes {
    found: Arc<Found>,
    /// Asked for, and not looked for yet. Locked for no longer than a name is put in or all are taken out.
    wanted: Arc<Mutex<BTreeSet<String>>>,
    types: AnyTypes,
    generation: u64,
    job: Option<(BTreeSet<String>, Job<Found>)>,
    /// What could not be sent before all is found.
    held: Option<Verb>,
}

impl Default for FoundTypes {
    fn default() -> Self {
        let (found, wanted) = (Arc::default(), Arc::default());
        let types = lookup(&found, &wanted);
        Self { found, wanted, types, generation: 0, job: None, held: None }
    }
}

/// Answers from what was found, and takes note of what was not looked for.
fn lookup(found: &Arc<Found>, wanted: &Arc<Mutex<BTreeSet<String>>>) -> AnyTypes {
    let (found, wanted) = (Arc::clone(found), Arc::clone(wanted));
    AnyTypes::new(move |name| {
        if let Some(types) = found.get(name) {
            return types.as_ref()?.pool().get_message_by_name(name);
        }
        let mut wanted = wanted.lock().unwrap_or_else(PoisonError::into_inner);
        if found.len() + wanted.len() < MOST_NAMES && !wanted.contains(name) {
            wanted.insert(name.to_owned());
        }
        None
    })
}

impl FoundTypes {
    /// What was found so far. What is asked of it beyond that is looked for, and there in a later copy.
    #[must_use]
    pub const fn types(&self) -> &AnyTypes {
        &self.types
    }

    /// Another number whenever more was found, or something is another than before.
    #[must_use]
    pub const fn generation(&self) -> u64 {
        self.generation
    }

    /// The types with a message, where it was found beyond the files of the method.
    #[must_use]
    pub fn with(&self, name: &str) -> Option<&Arc<Types>> {
        self.found.get(name)?.as_ref()
    }

    /// Whether a name is still being looked for.
    #[must_use]
    pub fn is_looking_for(&self, name: &str) -> bool {
        self.job.as_ref().is_some_and(|(names, _)| names.contains(name))
            || self.wanted.lock().unwrap_or_else(PoisonError::into_inner).contains(name)
    }

    /// Whether anything is still being looked for.
    fn is_looking(&self) -> bool {
        self.job.is_some() || !self.wanted.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    /// Whether what failed just now is done again when all is found; not where nothing is looked for.
    pub(super) fn hold(&mut self, verb: Verb) -> bool {
        let holds = self.is_looking();
        self.held = holds.then_some(verb);
        holds
    }

    /// The schemas are others: all is looked for again. What was found stays until then.
    pub(super) fn look_again(&mut self) {
        let mut wanted = self.wanted.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((names, _)) = self.job.take() {
            wanted.extend(names);
        }
        wanted.extend(self.found.keys().cloned());
    }

    /// Takes in what was found, and looks for what is wanted in `schemas`; whether [`FoundTypes::types`] is another.
    pub(super) fn poll(&mut self, engine: &Engine, schemas: impl FnOnce() -> Vec<Arc<Schema>>) -> bool {
        let answer = self.job.as_mut().and_then(|(_, job)| job.try_next());
        let is_answered = answer.is_some();
        if let (Some(answer), Some((names, _))) = (answer, self.job.take_if(|_| is_answered)) {
            // What the search fails on is there for nobody.
            let answer = answer.unwrap_or_else(|_| names.into_iter().map(|name| (name, None)).collect());
            self.take(answer);
        }
        if self.job.is_none() {
            let names = std::mem::take(&mut *self.wanted.lock().unwrap_or_else(PoisonError::into_inner));
            if !names.is_empty() {
                let (schemas, asked) = (schemas(), names.clone());
                let find = move |name: String| {
                    let types = schema::find_message(&schemas, &name).map(|(types, _)| types);
                    (name, types)
                };
                self.job = Some((names, engine.blocking(move || asked.into_iter().map(find).collect())));
            }
        }
        is_answered
    }

    fn take(&mut self, answer: Found) {
        let is_same = |name: &String, types: &Option<Arc<Types>>| match (self.with(name), types) {
            (Some(old), Some(new)) => Arc::ptr_eq(old, new),
            (old, new) => old.is_none() && new.is_none(),
        };
        if !answer.iter().all(|(name, types)| is_same(name, types)) {
            self.generation += 1;
        }
        let mut found = Found::clone(&self.found);
        found.extend(answer);
        self.found = Arc::new(found);
        self.types = lookup(&self.found, &self.wanted);
    }
}

impl Tab {
    /// Shows what was found in its messages.
    fn take_found_types(&mut self) {
        self.settle();
        let (types, generation) = (self.found_types.types().clone(), self.found_types.generation());
        let is_new = self.composer.take_types(types.clone(), generation);
        if let Some(run) = &mut self.run {
            run.log.types = types;
            if is_new {
                self.response.search = Search::default();
            }
        }
        if is_new {
            self.refresh();
        }
    }
}

impl App {
    /// Looks for the types that the messages of the tabs are found to hold.
    pub(super) fn poll_found_types(&mut self) {
        let mut held = None;
        let Self { tabs, schemas, engine, active, .. } = self;
        for tab in tabs {
            let own = tab.ready().map(|ready| ready.schema).or(tab.schema);
            // The schema of the tab comes first.
            let in_order = || {
                let first = schemas.iter().filter(|open| Some(open.id) == own);
                let others = schemas.iter().filter(|open| Some(open.id) != own);
                first.chain(others).filter_map(|open| open.schema.clone()).collect()
            };
            if tab.found_types.poll(engine, in_order) {
                tab.take_found_types();
            }
            if tab.id != *active {
                tab.found_types.held = None;
            } else if !tab.found_types.is_looking() {
                held = tab.found_types.held.take();
            }
        }
        if let Some(verb) = held {
            self.perform(verb);
        }
    }
}
