//! Sending: from the draft of the current tab to a running call.
//!
//! Must not know: toolkit.

use super::auth::AuthVerb;
use super::composer::Composer;
use super::outside::Which;
use super::rules::Verb;
use super::run::Run;
use super::tab::{RequestPane, ResponseView, Tab};
use super::{App, ResponsePane};
use crate::message::AnyTypes;
use crate::request::{self, Draft, Place, Scope};

impl App {
    /// Starts the call of the current tab; where it runs already and takes messages, sends the next one.
    pub(super) fn send(&mut self) {
        if self.tab().and_then(|tab| tab.run.as_ref()).is_some_and(Run::can_send) {
            self.send_message();
        } else if self.may_send(Verb::Send) {
            self.send_unchecked();
        }
    }

    /// Starts the call, whatever the rules of the schema say.
    pub(super) fn send_unchecked(&mut self) {
        let scope = self.scope();
        let limit = self.settings.log_limit as usize;
        let Self { tabs, engine, active, agreed, channels, .. } = self;
        let Some(tab) = tabs.iter_mut().find(|tab| tab.id == *active) else { return };
        tab.refresh();
        let Some(ready) = tab.ready().cloned() else { return };
        let mut draft = tab.draft.clone();
        // A stream of requests starts with the message on screen; the others follow one by one.
        let current = tab.composer.current.min(draft.messages.len().saturating_sub(1));
        draft.messages = draft.messages.drain(..).skip(current).take(1).collect();
        match request::resolve(&draft, &scope, &ready.descriptor, true) {
            Ok(mut spec) => {
                tab.problems.clear();
                if !tab.auth.may_run(agreed, &mut spec.access, AuthVerb::Send) {
                    tab.pane = RequestPane::Auth;
                    return;
                }
                let access = spec.access.clone();
                channels.remember(Some(tab.id), &access);
                let call = engine.call(spec);
                let mut run = Run::new(call, ready.descriptor.clone(), limit);
                run.log.secret_names.clone_from(&access.secret_names);
                run.access = Some(access);
                run.log.types = tab.found_types.types().clone();
                let streams = run.kind.streams_requests();
                tab.run = Some(run);
                let pane = tab.response.pane;
                tab.response = ResponseView { pane, view: tab.response.view, ..ResponseView::default() };
                if pane == ResponsePane::Trailers || pane == ResponsePane::Headers {
                    tab.response.pane = ResponsePane::Messages;
                }
                if streams {
                    next_message(tab);
                }
            }
            Err(_) if tab.found_types.hold(Verb::Send) => {}
            Err(mut problems) => {
                for problem in &mut problems {
                    if let Place::Message(index) = &mut problem.place {
                        *index = current;
                    }
                }
                show_problems(tab, problems);
            }
        }
    }

    /// Sends the message on screen and all after it, until one cannot be sent.
    pub(super) fn send_rest(&mut self) {
        let Some((first, count)) = self.tab().map(|tab| (tab.composer.current, tab.draft.messages.len())) else {
            return;
        };
        for _ in first..count {
            if !self.may_send(Verb::Rest) {
                return;
            }
            if !self.send_message_unchecked() {
                self.hold_rest();
                return;
            }
        }
    }

    /// As [`App::send_rest`], where the first of them may be sent.
    pub(super) fn send_rest_unchecked(&mut self) {
        let is_last = self.tab().is_none_or(|tab| tab.composer.current + 1 >= tab.draft.messages.len());
        if !self.send_message_unchecked() {
            self.hold_rest();
        } else if !is_last {
            self.send_rest();
        }
    }

    /// Where a message waits for its types: those after it wait too.
    fn hold_rest(&mut self) {
        if let Some(tab) = self.tab_mut() {
            tab.found_types.hold(Verb::Rest);
        }
    }

    /// Sends the message on screen into the running call.
    pub(super) fn send_message(&mut self) {
        if self.may_send(Verb::Message) {
            self.send_message_unchecked();
        }
    }

    /// As [`App::send_message`], whatever the rules of the schema say; whether it was taken.
    pub(super) fn send_message_unchecked(&mut self) -> bool {
        let scope = self.scope();
        let Some(tab) = self.tab_mut() else { return false };
        let (Some(ready), Some(run)) = (tab.ready(), &tab.run) else { return false };
        let index = tab.composer.current;
        let Some(text) = tab.draft.messages.get(index) else { return false };
        let problem = match request::encode(text, &scope, &ready.descriptor.input()) {
            Ok(bytes) => match run.send(bytes) {
                Ok(()) => {
                    tab.problems.clear();
                    next_message(tab);
                    return true;
                }
                Err(not_sent) => vec![request::Problem { place: Place::Message(index), message: not_sent.to_string() }],
            },
            Err(_) if tab.found_types.hold(Verb::Message) => return false,
            Err(problems) => problems
                .into_iter()
                .map(|problem| request::Problem { place: Place::Message(index), message: problem.to_string() })
                .collect(),
        };
        show_problems(tab, problem);
        false
    }

    pub(super) fn end_stream(&mut self) {
        if let Some(run) = self.tab_mut().and_then(|tab| tab.run.as_mut()) {
            run.end_sending();
        }
    }

    pub(super) fn cancel(&mut self) {
        if let Some(run) = self.tab().and_then(|tab| tab.run.as_ref()) {
            run.cancel();
        }
    }

    pub(super) fn show_message(&mut self, index: usize) {
        if let Some(tab) = self.tab_mut() {
            tab.composer.current = index;
            tab.refresh();
        }
    }

    pub(super) fn add_message(&mut self) {
        if let Some(tab) = self.tab_mut() {
            let text = tab.draft.messages.get(tab.composer.current).cloned().unwrap_or_else(|| "{}".to_owned());
            let at = (tab.composer.current + 1).min(tab.draft.messages.len());
            tab.draft.messages.insert(at, text);
            tab.composer.message_added(at);
            tab.composer.current = at;
            tab.refresh();
            let id = tab.id;
            self.shift_outside(id, at);
        }
    }

    pub(super) fn remove_message(&mut self) {
        if let Some(tab) = self.tab_mut()
            && tab.draft.messages.len() > 1
        {
            let gone = Which { tab: tab.id, message: tab.composer.current };
            tab.draft.messages.remove(tab.composer.current);
            tab.composer.message_removed(tab.composer.current);
            tab.refresh();
            self.end_outside(gone);
        }
    }

    pub(super) fn form_edited(&mut self) {
        if let Some(tab) = self.tab_mut() {
            tab.composer.write_back(&mut tab.draft);
            tab.problems.retain(|problem| !matches!(problem.place, Place::Message(_)));
        }
    }

    pub(super) fn undo(&mut self) {
        self.travel(Composer::undo);
    }

    pub(super) fn redo(&mut self) {
        self.travel(Composer::redo);
    }

    fn travel(&mut self, go: fn(&mut Composer, &mut Draft) -> bool) {
        if let Some(tab) = self.tab_mut()
            && go(&mut tab.composer, &mut tab.draft)
        {
            tab.problems.retain(|problem| !matches!(problem.place, Place::Message(_)));
        }
    }

    pub(super) fn toggle_pause(&mut self) {
        if let Some(tab) = self.tab_mut() {
            let last = tab.run.as_ref().map_or(0, |run| run.log.dropped() + run.log.len() as u64);
            tab.response.paused_at = if tab.response.paused_at.is_some() { None } else { Some(last) };
        }
    }

    /// What the current tab stands in: its collection and folders, the environment, the demo server's address.
    #[must_use]
    pub fn scope(&self) -> Scope {
        let mut scope = self.tab().and_then(|tab| self.collection_scope(tab)).unwrap_or_default();
        scope.variables.push(self.demo_variable());
        scope.types = self.tab().map_or(AnyTypes::NONE, |tab| tab.found_types.types().clone());
        scope
    }
}

impl App {
    /// The variable that is the demo server's address.
    pub(super) fn demo_variable(&self) -> (String, String) {
        let demo = self.demo_address().map_or_else(|| "127.0.0.1:50051".to_owned(), |address| address.to_string());
        ("$demo".to_owned(), demo)
    }
}

fn next_message(tab: &mut Tab) {
    if tab.composer.current + 1 < tab.draft.messages.len() {
        tab.composer.current += 1;
    }
    tab.refresh();
}

impl App {
    /// Forgets what kept the latest Send from being sent once all of it is mended: what is typed from then on was not
    /// refused.
    pub(super) fn poll_refusal(&mut self) {
        if self.tab().is_none_or(|tab| tab.problems.is_empty()) {
            return;
        }
        let scope = self.scope();
        if let Some(tab) = self.tab_mut()
            && tab.refusal(&scope).is_empty()
        {
            tab.problems.retain(|problem| problem.place == Place::Target);
        }
    }
}

/// Shows the problems where they belong: the part of the request that has the first of them comes to the front.
pub(super) fn show_problems(tab: &mut Tab, problems: Vec<request::Problem>) {
    if let Some(pane) = problems.first().and_then(|first| RequestPane::of(&first.place)) {
        tab.pane = pane;
    }
    tab.problems = problems;
}
