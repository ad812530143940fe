//! What the rules of the schema say of the message on screen: checked in the background while it is written, and before
//! it is sent.
//!
//! Must not know: toolkit.

use std::sync::Arc;

use prost_reflect::{DynamicMessage, MessageDescriptor};

use super::App;
use super::tab::Tab;
use crate::engine::Job;
use crate::message::constraints::{Constraints, Violation, may_have_rules, place_in};
use crate::request::{self, Scope};
use crate::text::{Language, Text};

/// Bytes of a message up to which it is checked while it is written; a larger one is when it is sent.
const CHECKED_WHILE_WRITTEN: usize = 256 << 10;

/// The rules of the current message and what came of them.
#[derive(Debug, Default)]
pub struct RuleCheck {
    /// The rules that are asked for, of which type.
    known: Option<(MessageDescriptor, Arc<Constraints>)>,
    /// What the running check looks at, else what the latest one did.
    asked: Option<Asked>,
    job: Option<Job<Checked>>,
    /// The rules not met, with their places in the form.
    violations: Vec<Violation>,
    /// What is to be done if all rules are met.
    waiting: Option<Verb>,
    /// What was not done because they are not.
    held: Option<Verb>,
}

/// What sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    /// Start the call.
    Send,
    /// Send the message on screen into it.
    Message,
    /// That one and all after it.
    Rest,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Asked {
    descriptor: MessageDescriptor,
    message: String,
    variables: Vec<(String, String)>,
    /// Which the violations are told in.
    language: Language,
    /// Which types an `Any` could be of.
    generation: u64,
}

#[derive(Debug)]
struct Checked {
    constraints: Arc<Constraints>,
    violations: Vec<Violation>,
}

impl RuleCheck {
    /// The rules of the current type, once they are read.
    #[must_use]
    pub fn constraints(&self) -> Option<&Constraints> {
        self.known.as_ref().map(|(_, constraints)| &**constraints)
    }

    /// The rules that the current message does not meet. Paths count the entries of maps, as the form does.
    #[must_use]
    pub fn violations(&self) -> &[Violation] {
        &self.violations
    }

    /// Whether something was not sent because of them.
    #[must_use]
    pub const fn is_held(&self) -> bool {
        self.held.is_some()
    }

    /// Whether Send waits for the check.
    #[must_use]
    pub const fn is_waiting(&self) -> bool {
        self.waiting.is_some()
    }

    fn is_of(&self, descriptor: &MessageDescriptor) -> bool {
        self.known.as_ref().is_some_and(|(of, _)| of == descriptor)
    }

    /// Whether it is known of the descriptor that nothing is asked.
    fn asks_nothing(&self, descriptor: &MessageDescriptor) -> bool {
        self.is_of(descriptor) && self.constraints().is_none_or(Constraints::is_empty)
    }
}

impl App {
    /// Takes in what the checks found, and starts those that are wanted.
    pub(super) fn poll_rules(&mut self) {
        for tab in self.tabs.iter_mut().filter(|tab| tab.id != self.active) {
            tab.rules.waiting = None;
        }
        if !self.settings.check_rules {
            if let Some(tab) = self.tab_mut() {
                tab.rules = RuleCheck::default();
            }
            return;
        }
        let Some(current) = self.tab().and_then(|tab| self.current(tab)) else {
            if let Some(tab) = self.tab_mut() {
                tab.rules = RuleCheck::default();
            }
            return;
        };
        let text = Arc::clone(&self.text);
        let Self { tabs, engine, active, .. } = self;
        let Some(tab) = tabs.iter_mut().find(|tab| tab.id == *active) else { return };
        if let Some(answer) = tab.rules.job.as_mut().and_then(Job::try_next) {
            tab.take_answer(answer.ok());
        }
        if current.is_new {
            tab.rules.held = None;
        }
        if tab.rules.job.is_none() && current.is_new && !tab.rules.asks_nothing(&current.descriptor) {
            if tab.rules.waiting.is_some() || current.length <= CHECKED_WHILE_WRITTEN {
                let question = current.question(tab, text.language());
                let known = tab.rules.known.take().filter(|(of, _)| *of == question.asked.descriptor);
                let constraints = known.as_ref().map(|(_, constraints)| Arc::clone(constraints));
                tab.rules.known = known;
                tab.rules.asked = Some(question.asked.clone());
                tab.rules.job = Some(engine.blocking(move || question.answer(constraints, &text)));
            } else {
                tab.rules.violations.clear();
            }
        }
        let rules = &mut tab.rules;
        if rules.job.is_some() {
            return;
        }
        let Some(verb) = rules.waiting.take() else { return };
        if rules.violations.is_empty() {
            self.perform(verb);
        } else {
            rules.held = Some(verb);
        }
    }

    /// Whether something may be sent at once; else it is when the rules are found to be met.
    pub(super) fn may_send(&mut self, verb: Verb) -> bool {
        if !self.settings.check_rules {
            return true;
        }
        let Some(current) = self.tab().and_then(|tab| self.current(tab)) else { return true };
        let Some(tab) = self.tab_mut() else { return false };
        if tab.rules.asks_nothing(&current.descriptor) {
            return true;
        }
        if current.is_new || tab.rules.job.is_some() {
            tab.rules.waiting = Some(verb);
            return false;
        }
        let met = tab.rules.violations.is_empty();
        tab.rules.held = (!met).then_some(verb);
        met
    }

    /// Sends what was held, this once.
    pub(super) fn send_anyway(&mut self) {
        if let Some(verb) = self.tab_mut().and_then(|tab| tab.rules.held.take()) {
            self.perform(verb);
        }
    }

    pub(super) fn perform(&mut self, verb: Verb) {
        match verb {
            Verb::Send => self.send_unchecked(),
            Verb::Message => {
                self.send_message_unchecked();
            }
            Verb::Rest => self.send_rest_unchecked(),
        }
    }

    /// What is to be checked of a tab; `None` where there can be no rules.
    fn current(&self, tab: &Tab) -> Option<Current> {
        let descriptor = tab.ready()?.descriptor.input();
        if !may_have_rules(descriptor.parent_pool()) {
            return None;
        }
        let scope = self.scope();
        let message = tab.draft.messages.get(tab.composer.current).map_or("", String::as_str);
        let is_asked = |asked: &Asked| {
            asked.descriptor == descriptor
                && asked.message == message
                && asked.variables == scope.variables
                && asked.language == self.text.language()
                && asked.generation == tab.found_types.generation()
        };
        let is_new = !tab.rules.asked.as_ref().is_some_and(is_asked);
        Some(Current { is_new, length: message.len(), descriptor, scope })
    }
}

impl Tab {
    /// Takes in what a check found; `None` where it failed.
    fn take_answer(&mut self, answer: Option<Checked>) {
        let Self { rules, composer, .. } = self;
        rules.job = None;
        rules.violations.clear();
        let (Some(checked), Some(asked)) = (answer, &rules.asked) else { return };
        rules.known = Some((asked.descriptor.clone(), checked.constraints));
        rules.violations = checked.violations;
        if let Some(form) = &composer.form {
            for violation in &mut rules.violations {
                violation.path = place_in(form, &violation.path);
            }
        }
    }
}

/// The message on screen, as far as it is told without copying it.
struct Current {
    descriptor: MessageDescriptor,
    /// The latest check looked at something else.
    is_new: bool,
    /// Bytes.
    length: usize,
    scope: Scope,
}

impl Current {
    fn question(self, tab: &Tab, language: Language) -> Question {
        let message = tab.draft.messages.get(tab.composer.current).cloned().unwrap_or_default();
        let variables = self.scope.variables.clone();
        let generation = tab.found_types.generation();
        let asked = Asked { descriptor: self.descriptor, message, variables, language, generation };
        Question { asked, scope: self.scope }
    }
}

struct Question {
    asked: Asked,
    scope: Scope,
}

impl Question {
    /// Reads the rules, where they are not known, and checks the message. One that cannot be sent has other problems.
    fn answer(&self, known: Option<Arc<Constraints>>, text: &Text) -> Checked {
        let Asked { descriptor, message, .. } = &self.asked;
        let constraints = known.unwrap_or_else(|| Arc::new(Constraints::of(descriptor)));
        let read = || {
            let bytes = request::encode(message, &self.scope, descriptor).ok()?;
            DynamicMessage::decode(descriptor.clone(), bytes).ok()
        };
        let message = if constraints.is_empty() { None } else { read() };
        let violations = message.map(|message| constraints.check(&message, text)).unwrap_or_default();
        Checked { constraints, violations }
    }
}
