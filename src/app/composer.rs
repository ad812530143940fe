//! The message being written, in its two views, and the way between them.
//!
//! The draft's text is the value, the form a view of it. A large text is read in the background, and an edited form
//! written into it there: until then the form is *ahead* of the text, and [`Composer::settle`] writes it at once for
//! whoever is about to read the text. What was done in either view can be undone in either.
//!
//! Must not know: toolkit.

use std::mem::take;
use std::sync::Arc;
use std::time::Instant;

use prost_reflect::MessageDescriptor;

use super::history::{Change, History, View};
use crate::engine::{Engine, Job};
use crate::message::AnyTypes;
use crate::message::form::MessageForm;
use crate::message::json::{self, SyntaxError};
use crate::request::Draft;

/// Texts of as many bytes are read and written in the background.
const LARGE: usize = 64 << 10;

/// The message being written, in its two views.
#[derive(Debug, Default)]
pub struct Composer {
    /// Which of the draft's messages is shown.
    pub current: usize,
    /// JSON rather than form.
    pub json: bool,
    /// The form of the current message; `None` while the type is not known, the text is not JSON, or is being read.
    pub form: Option<MessageForm>,
    /// Why the text is not JSON.
    pub syntax: Option<SyntaxError>,
    /// What `form` and `syntax` were made for.
    made_for: Option<(MessageDescriptor, usize)>,
    /// What an `Any` may hold beyond the files of the message, and which of those that were known in turn.
    types: (AnyTypes, u64),
    /// Which of them `form` was made with.
    made_with: u64,
    /// How many values of `form` have a problem: counted when they change, since there may be a hundred thousand.
    problems: usize,
    /// For each message of the draft, its states.
    histories: Vec<History<Reading>>,
    /// The latest form, while there is none.
    before: Option<MessageForm>,
    /// What a large text was read as when the history saw it.
    seen: Option<Reading>,
    /// The form was edited since its text was written.
    ahead: bool,
    /// Counts the edits of the form.
    edits: u64,
    /// The text is still to be read.
    unread: bool,
    reading: Option<Job<Read>>,
    writing: Option<Job<Written>>,
    /// Large forms that nobody needs any more: to give their memory back takes its time, too.
    garbage: Vec<MessageForm>,
}

/// A text as a message.
#[derive(Clone, Debug)]
pub struct Reading {
    form: MessageForm,
    problems: usize,
    /// Which types an `Any` could be of.
    generation: u64,
}

/// What a text was read as in the background.
#[derive(Debug)]
struct Read {
    text: Arc<str>,
    made_for: (MessageDescriptor, usize),
    generation: u64,
    result: Result<Reading, SyntaxError>,
}

/// What a form was written as in the background.
#[derive(Debug)]
struct Written {
    /// The text that it takes the place of.
    old: Arc<str>,
    new: Arc<str>,
    /// The same, for the draft.
    text: String,
    change: Option<Change>,
    /// The form as it was when it was written.
    seen: Reading,
    edits: u64,
}

impl View for Reading {
    fn size(&self) -> usize {
        self.form.own_size()
    }
}

impl Reading {
    /// Reads a text; from `before`, an earlier form of the same message, comes what JSON cannot say.
    fn of(
        text: &str,
        descriptor: &MessageDescriptor,
        types: &(AnyTypes, u64),
        before: Option<&MessageForm>,
    ) -> Result<Self, SyntaxError> {
        let mut form = if text.trim().is_empty() {
            MessageForm::new(descriptor)
        } else {
            MessageForm::from_json_with(&json::parse(text)?, descriptor, &types.0)
        };
        let problems = form.problem_count();
        if let Some(before) = before {
            form.keep_unsaid(before);
        }
        Ok(Self { form, problems, generation: types.1 })
    }

    /// What the text of a form would be read as.
    fn of_form(form: MessageForm, generation: u64) -> Self {
        Self { problems: form.problem_count(), generation, form }
    }
}

impl Composer {
    /// Takes the types that an `Any` may be of; whether they are others than those before, which `generation` tells.
    /// Then the form is made anew by [`Composer::refresh`].
    pub fn take_types(&mut self, types: AnyTypes, generation: u64) -> bool {
        let is_new = self.types.1 != generation;
        self.types = (types, generation);
        is_new
    }

    /// Brings the form up to the text of the current message; a large one is read by [`Composer::poll`].
    pub fn refresh(&mut self, draft: &mut Draft, descriptor: Option<&MessageDescriptor>) {
        if draft.messages.is_empty() {
            draft.messages.push("{}".to_owned());
        }
        self.current = self.current.min(draft.messages.len() - 1);
        let made_for = descriptor.map(|descriptor| (descriptor, self.current));
        let same = self.made_for.as_ref().map(|(made_for, index)| (made_for, *index)) == made_for;
        let same = same && std::mem::replace(&mut self.made_with, self.types.1) == self.types.1;
        if !same {
            self.settle(draft);
        }
        self.histories.resize_with(draft.messages.len(), History::default);
        let text = &draft.messages[self.current];
        let changed = self.see(text);
        if same && !changed {
            return;
        }
        let old = self.form.take().or_else(|| self.before.take());
        // The same message, though its schema may have been read again.
        let is_message = self.made_for.as_ref().is_some_and(|(_, index)| *index == self.current);
        let before = if is_message { old } else { self.discard(old) };
        self.made_for = made_for.map(|(descriptor, index)| (descriptor.clone(), index));
        self.seen = None;
        self.read(text, before);
    }

    /// Makes the form of the text, or lets it be made.
    fn read(&mut self, text: &str, before: Option<MessageForm>) {
        self.form = None;
        self.before = None;
        self.syntax = None;
        self.problems = 0;
        self.unread = false;
        let Some((descriptor, _)) = &self.made_for else { return };
        if text.len() < LARGE {
            let result = Reading::of(text, descriptor, &self.types, before.as_ref());
            self.show(result, before);
        } else {
            self.before = before;
            self.unread = true;
        }
    }

    fn show(&mut self, result: Result<Reading, SyntaxError>, before: Option<MessageForm>) {
        match result {
            Ok(Reading { form, problems, generation: _ }) => {
                self.discard(before);
                self.form = Some(form);
                self.problems = problems;
            }
            Err(error) => {
                self.before = before;
                self.syntax = Some(error);
            }
        }
    }

    /// Takes note of a text; whether it is another than before.
    fn see(&mut self, text: &str) -> bool {
        let Some(history) = self.histories.get_mut(self.current).filter(|history| !history.is_at(text)) else {
            return false;
        };
        let now = Instant::now();
        if take(&mut self.ahead)
            && let Some(form) = &self.form
        {
            // Text and form were edited both: neither is lost.
            history.see(&form.to_pretty(text.len()), now, || None);
        }
        let seen = self.seen.take();
        history.see(text, now, || seen)
    }

    /// Gives the memory back in the background.
    fn discard(&mut self, form: Option<MessageForm>) -> Option<MessageForm> {
        self.garbage.extend(form);
        None
    }

    /// Writes the form, just edited, into the text; into a large one in the background.
    pub fn write_back(&mut self, draft: &mut Draft) {
        let (Some(_), Some(text)) = (&self.form, draft.messages.get(self.current)) else { return };
        self.edits += 1;
        self.ahead = true;
        if text.len() < LARGE {
            self.settle(draft);
        }
    }

    /// Whether the form was edited and its text is not written yet.
    #[must_use]
    pub const fn is_ahead(&self) -> bool {
        self.ahead
    }

    /// Whether a large text is being read.
    #[must_use]
    pub const fn is_reading(&self) -> bool {
        self.unread
    }

    /// Writes the form into the text now, if it is ahead of it.
    pub fn settle(&mut self, draft: &mut Draft) {
        if !take(&mut self.ahead) {
            return;
        }
        let Some(index) = self.made_for.as_ref().map(|(_, index)| *index) else { return };
        let (Some(form), Some(text)) = (&self.form, draft.messages.get_mut(index)) else { return };
        *text = form.to_pretty(text.len() + 64);
        self.problems = form.problem_count();
        let seen = (text.len() >= LARGE).then(|| {
            let (form, problems) = (form.clone(), self.problems);
            Reading { form, problems, generation: self.types.1 }
        });
        let before = std::mem::replace(&mut self.seen, seen);
        if let Some(history) = self.histories.get_mut(index) {
            history.see(text, Instant::now(), || before);
        }
    }

    /// Takes in what was read and written in the background, and starts what is to be.
    pub fn poll(&mut self, engine: &Engine, draft: &mut Draft) {
        if let Some(answer) = self.reading.as_mut().and_then(Job::try_next) {
            self.reading = None;
            match answer {
                Ok(read) => self.take_read(read),
                Err(panicked) => {
                    let error = SyntaxError { message: panicked.to_string(), ..SyntaxError::default() };
                    self.unread = false;
                    self.syntax = Some(error);
                }
            }
        }
        if let Some(answer) = self.writing.as_mut().and_then(Job::try_next) {
            self.writing = None;
            if let Ok(written) = answer {
                self.take_written(written, draft);
            }
        }
        let Some((descriptor, index)) = &self.made_for else { return };
        let Some(text) = self.histories.get(*index).and_then(History::text) else { return };
        if self.unread && self.reading.is_none() {
            let (text, made_for, before) = (Arc::clone(text), (descriptor.clone(), *index), self.before.clone());
            let types = self.types.clone();
            self.reading = Some(engine.blocking(move || {
                let result = Reading::of(&text, &made_for.0, &types, before.as_ref());
                Read { text, made_for, generation: types.1, result }
            }));
        }
        if self.ahead
            && self.writing.is_none()
            && let Some(form) = &self.form
        {
            let (form, old, edits) = (form.clone(), Arc::clone(text), self.edits);
            let generation = self.types.1;
            self.writing = Some(engine.blocking(move || Written::of(form, old, edits, generation)));
        }
        if !self.garbage.is_empty() {
            let garbage = take(&mut self.garbage);
            drop(engine.blocking(move || drop(garbage)));
        }
    }

    fn take_read(&mut self, read: Read) {
        let Read { text, made_for, generation, result } = read;
        let current = self.histories.get(made_for.1).and_then(History::text);
        let same = current.is_some_and(|current| Arc::ptr_eq(current, &text));
        // What has changed meanwhile is read again.
        if self.unread && same && self.made_for.as_ref() == Some(&made_for) && generation == self.types.1 {
            self.unread = false;
            self.seen = result.as_ref().ok().cloned();
            let before = self.before.take();
            self.show(result, before);
        } else {
            self.discard(result.ok().map(|reading| reading.form));
        }
    }

    fn take_written(&mut self, written: Written, draft: &mut Draft) {
        let index = self.made_for.as_ref().map_or(usize::MAX, |(_, index)| *index);
        let (Some(history), Some(text)) = (self.histories.get_mut(index), draft.messages.get_mut(index)) else {
            return;
        };
        let same = history.text().is_some_and(|text| Arc::ptr_eq(text, &written.old));
        if !self.ahead || !same {
            self.discard(Some(written.seen.form));
            return;
        }
        self.ahead = self.edits != written.edits;
        self.problems = written.seen.problems;
        let before = self.seen.replace(written.seen);
        if let Some(change) = written.change {
            *text = written.text;
            history.record(change, written.new, Instant::now(), before);
        }
    }

    /// Undoes what was done last to the current message; whether there was something.
    pub fn undo(&mut self, draft: &mut Draft) -> bool {
        self.travel(draft, History::undo)
    }

    /// Does again what was undone last; whether there was something.
    pub fn redo(&mut self, draft: &mut Draft) -> bool {
        self.travel(draft, History::redo)
    }

    fn travel(&mut self, draft: &mut Draft, go: Go) -> bool {
        self.settle(draft);
        let Some(text) = draft.messages.get_mut(self.current) else { return false };
        self.see(text);
        let seen = self.seen.clone();
        let state = self.histories.get_mut(self.current).and_then(|history| go(history, seen));
        let Some((to, reading)) = state else { return false };
        text.clear();
        text.push_str(&to);
        let before = self.form.take().or_else(|| self.before.take());
        self.seen.clone_from(&reading);
        let made_for = self.made_for.as_ref().map(|(descriptor, _)| descriptor);
        let is_of =
            |reading: &Reading| Some(&reading.form.descriptor) == made_for && reading.generation == self.types.1;
        match reading.filter(is_of) {
            Some(reading) => {
                self.syntax = None;
                self.unread = false;
                self.show(Ok(reading), before);
            }
            None => self.read(&to, before),
        }
        true
    }

    /// What is done next is undone by itself, however soon it comes.
    pub fn pause(&mut self) {
        if let Some(history) = self.histories.get_mut(self.current) {
            history.pause();
        }
    }

    /// Whether something can be undone in the current message.
    #[must_use]
    pub fn can_undo(&self) -> bool {
        self.ahead || self.histories.get(self.current).is_some_and(History::can_undo)
    }

    /// Whether something can be done again in the current message.
    #[must_use]
    pub fn can_redo(&self) -> bool {
        !self.ahead && self.histories.get(self.current).is_some_and(History::can_redo)
    }

    /// That text of a message, shared where it is the one that was seen last.
    #[must_use]
    pub fn shared(&self, index: usize, text: &str) -> Arc<str> {
        let history = self.histories.get(index).filter(|history| history.is_at(text));
        history.and_then(History::text).map_or_else(|| Arc::from(text), Arc::clone)
    }

    /// A message was put into the draft at that place; to be called before [`Composer::refresh`].
    pub fn message_added(&mut self, index: usize) {
        self.made_for = None;
        self.histories.insert(index.min(self.histories.len()), History::default());
    }

    /// The message at that place was taken out of the draft; to be called before [`Composer::refresh`].
    pub fn message_removed(&mut self, index: usize) {
        self.made_for = None;
        if index < self.histories.len() {
            self.histories.remove(index);
        }
    }

    /// The draft is another: nothing of what was before can be undone.
    pub fn forget(&mut self) {
        self.ahead = false;
        self.made_for = None;
        self.seen = None;
        self.histories.clear();
    }

    /// How many values of the form have a problem.
    #[must_use]
    pub fn problem_count(&self) -> usize {
        if self.form.is_some() { self.problems } else { 0 }
    }
}

/// A way through a history.
type Go = fn(&mut History<Reading>, Option<Reading>) -> Option<(Arc<str>, Option<Reading>)>;

impl Written {
    fn of(form: MessageForm, old: Arc<str>, edits: u64, generation: u64) -> Self {
        let text = form.to_pretty(old.len() + 64);
        let change = Change::between(&old, &text);
        let seen = Reading::of_form(form, generation);
        Self { new: Arc::from(text.as_str()), old, text, change, seen, edits }
    }
}

#[cfg(test)]
mod tests;
