//! What becomes of a request when its schema is read again: the types it gets now, and its messages carried over.
//!
//! Must not know: toolkit.

use super::App;
use super::tab::{MethodState, ReadyMethod, Tab};
use crate::message::carry::{Renamed, carry};
use crate::schema::Kind;

/// What a new version of the schema did to a request. Nothing that was typed is lost by it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Carried {
    /// Fields and enum values that have another name; the messages use it.
    pub renamed: Vec<Renamed>,
    /// Paths of fields that are gone; the messages have them still.
    pub kept: Vec<String>,
    /// The kind of call that the method was and the one that it is.
    pub kind: Option<(Kind, Kind)>,
    /// The messages before, and what was made of them.
    messages: (Vec<String>, Vec<String>),
}

impl Carried {
    /// Whether the messages can be put back to what they were: names have changed, and nothing was edited since.
    #[must_use]
    pub fn can_be_undone(&self, tab: &Tab) -> bool {
        !self.renamed.is_empty() && tab.draft.messages == self.messages.1
    }
}

impl Tab {
    /// Takes the types that its method has now. Where it had others before, its messages are carried over.
    pub(super) fn take_types(&mut self, ready: ReadyMethod) {
        self.settle();
        if let Some(known) = self.known.take().filter(|known| known.is_called(&self.draft.method)) {
            self.carry(&known, &ready);
        }
        self.known = Some(ready.clone());
        self.method = MethodState::Ready(ready);
    }

    fn carry(&mut self, known: &ReadyMethod, ready: &ReadyMethod) {
        let (old, new) = (known.descriptor.input(), ready.descriptor.input());
        let (mut renamed, mut kept) = (Vec::new(), Vec::new());
        let before = self.draft.messages.clone();
        for text in &mut self.draft.messages {
            let Some(carried) = carry(text, &old, &new) else { continue };
            *text = carried.text;
            renamed.extend(carried.renamed.into_iter().filter(|one| !renamed.contains(one)).collect::<Vec<_>>());
            kept.extend(carried.kept.into_iter().filter(|path| !kept.contains(path)).collect::<Vec<_>>());
        }
        let kind = Some((known.kind(), ready.kind())).filter(|(old, new)| old != new);
        // What was told of an earlier reload stays in sight until there is more to tell.
        if !renamed.is_empty() || !kept.is_empty() || kind.is_some() {
            let messages = (before, self.draft.messages.clone());
            self.carried = Some(Carried { renamed, kept, kind, messages });
        }
    }
}

impl App {
    /// Puts the messages of the current tab back to what they were before its schema changed.
    pub(super) fn undo_carry(&mut self) {
        let Some(tab) = self.tab_mut() else { return };
        if let Some(carried) = tab.carried.take()
            && carried.can_be_undone(tab)
        {
            tab.draft.messages = carried.messages.0;
            tab.refresh();
        }
    }

    pub(super) fn dismiss_carried(&mut self) {
        if let Some(tab) = self.tab_mut() {
            tab.carried = None;
        }
    }
}
