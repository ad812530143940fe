//! A request tab: the draft, the two views of its message, the method it means, and the run it has.
//!
//! Must not know: toolkit.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use prost_reflect::MethodDescriptor;

use super::auth::TabAuth;
use super::carried::Carried;
use super::composer::Composer;
use super::docs::Docs;
use super::found_types::FoundTypes;
use super::rules::RuleCheck;
use super::run::Run;
use super::views::MessageView;
use crate::engine::Job;
use crate::log::{Direction, Search};
use crate::request::{self, Draft, Place, Scope};
use crate::schema::{self, Kind, MethodPath, Types};

/// Names a tab for as long as the program runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TabId(pub u64);

/// Names an open schema for as long as the program runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SchemaId(pub u64);

/// One request being worked on.
#[derive(Debug)]
pub struct Tab {
    /// Its name.
    pub id: TabId,
    /// As typed.
    pub draft: Draft,
    /// Where it is saved, with what was saved.
    pub saved: Option<Saved>,
    /// The draft as a click on a method made it: while it is that still, the next click takes its place.
    pub opened_as: Option<Draft>,
    /// The schema it was opened from; others are asked when that one lacks the method.
    pub schema: Option<SchemaId>,
    /// The file that defines its service, by import name, where that is known: two files of a schema may define the
    /// same service.
    pub file: String,
    /// What `draft.method` means.
    pub method: MethodState,
    /// What a method meant when it was last known: what is typed while its schema is read again is typed for that.
    pub known: Option<ReadyMethod>,
    /// What the latest change of its schema did to the messages, until it is dismissed.
    pub carried: Option<Carried>,
    /// The message views.
    pub composer: Composer,
    /// The types in its messages that the files of the method do not have.
    pub found_types: FoundTypes,
    /// Which part of the request is shown.
    pub pane: RequestPane,
    /// What the docs pane shows.
    pub docs: Docs,
    /// Which part of the response is shown, and how.
    pub response: ResponseView,
    /// The latest call.
    pub run: Option<Run>,
    /// What the rules of the schema say of the current message.
    pub rules: RuleCheck,
    /// What kept the latest Send from being sent.
    pub problems: Vec<request::Problem>,
    /// Its token.
    pub auth: TabAuth,
}

/// Where a request is saved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saved {
    /// Its file.
    pub path: PathBuf,
    /// Its name.
    pub name: String,
    /// What the file holds.
    pub draft: Draft,
}

/// What a method's name means.
#[derive(Debug, Default)]
pub enum MethodState {
    /// To be looked up.
    #[default]
    Unresolved,
    /// No open schema has it.
    Unknown,
    /// Its file is being compiled.
    Loading {
        /// In which schema.
        schema: SchemaId,
        /// The answer to come.
        job: Job<Result<Arc<Types>, Vec<schema::Problem>>>,
    },
    /// Known.
    Ready(ReadyMethod),
    /// Its file does not compile.
    Failed(Vec<schema::Problem>),
}

/// A method with its types.
#[derive(Clone, Debug)]
pub struct ReadyMethod {
    /// The schema that has it.
    pub schema: SchemaId,
    /// The pool it lives in.
    pub types: Arc<Types>,
    /// Its descriptor.
    pub descriptor: MethodDescriptor,
}

impl ReadyMethod {
    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> Kind {
        Kind::of(&self.descriptor)
    }

    /// Whether this is the method of that path, as typed.
    #[must_use]
    pub fn is_called(&self, method: &str) -> bool {
        MethodPath::parse(method).is_some_and(|path| {
            path.method == self.descriptor.name() && path.service == self.descriptor.parent_service().full_name()
        })
    }
}

/// Which part of the request is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RequestPane {
    /// The message, as form or JSON.
    #[default]
    Message,
    /// Metadata rows.
    Metadata,
    /// Credentials.
    Auth,
    /// Timeout and transport security.
    Settings,
    /// The proto's own text.
    Docs,
}

impl RequestPane {
    /// In the order of the screen.
    pub const ALL: [Self; 5] = [Self::Message, Self::Metadata, Self::Auth, Self::Settings, Self::Docs];

    /// The pane where a problem is mended; `None` for the target, which is on none.
    #[must_use]
    pub const fn of(place: &Place) -> Option<Self> {
        match place {
            Place::Metadata(_) => Some(Self::Metadata),
            Place::Auth => Some(Self::Auth),
            Place::Tls(_) | Place::Timeout | Place::ConnectTimeout | Place::Setting(_) => Some(Self::Settings),
            Place::Message(_) | Place::Method => Some(Self::Message),
            Place::Target => None,
        }
    }
}

/// Which part of the response is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ResponsePane {
    /// The answer, or the log of a stream.
    #[default]
    Messages,
    /// Response headers.
    Headers,
    /// Trailers.
    Trailers,
    /// Every event with its time.
    Timeline,
}

impl ResponsePane {
    /// In the order of the screen.
    pub const ALL: [Self; 4] = [Self::Messages, Self::Headers, Self::Trailers, Self::Timeline];
}

/// How the response is shown.
#[derive(Debug, Default)]
pub struct ResponseView {
    /// Which part.
    pub pane: ResponsePane,
    /// How messages are looked at.
    pub view: MessageView,
    /// Number of the row whose message is shown below the log.
    pub selected: Option<u64>,
    /// Text that rows must contain.
    pub filter: String,
    /// Which messages.
    pub direction: Direction,
    /// Number of the last row when the view was frozen; receiving goes on.
    pub paused_at: Option<u64>,
    /// Rows that pass the filter, as far as they were looked at.
    pub search: Search,
}

impl Tab {
    /// A tab with that draft.
    #[must_use]
    pub fn new(id: TabId, draft: Draft) -> Self {
        Self {
            id,
            draft,
            saved: None,
            opened_as: None,
            schema: None,
            file: String::new(),
            method: MethodState::Unresolved,
            known: None,
            carried: None,
            composer: Composer::default(),
            found_types: FoundTypes::default(),
            pane: RequestPane::default(),
            docs: Docs::default(),
            response: ResponseView::default(),
            run: None,
            rules: RuleCheck::default(),
            problems: Vec::new(),
            auth: TabAuth::default(),
        }
    }

    /// What of that which kept the latest Send from being sent still does; what is wrong with the target stands beside it.
    #[must_use]
    pub fn refusal(&self, scope: &Scope) -> Vec<request::Problem> {
        if self.problems.is_empty() {
            return Vec::new();
        }
        let of_message = |place: &Place| RequestPane::of(place) == Some(RequestPane::Message);
        let mut left = request::check_access(&self.draft, scope);
        left.extend(self.problems.iter().filter(|problem| of_message(&problem.place)).cloned());
        left.retain(|problem| problem.place != Place::Target);
        left
    }

    /// Whether there is something that a save would write.
    #[must_use]
    pub fn is_dirty(&self) -> bool {
        self.saved.as_ref().is_some_and(|saved| self.composer.is_ahead() || !is_same(&saved.draft, &self.draft))
    }

    /// Whether it is as new: what is opened next may take its place.
    #[must_use]
    pub fn is_untouched(&self) -> bool {
        let as_opened = || self.opened_as.as_ref().is_some_and(|opened| is_same(&self.draft, opened));
        let nothing_runs = self.saved.is_none() && self.run.is_none() && !self.composer.is_ahead();
        nothing_runs && (is_same(&self.draft, &Draft::default()) || as_opened())
    }

    /// Whether it is saved in that file.
    #[must_use]
    pub fn is_saved_as(&self, path: &Path) -> bool {
        self.saved.as_ref().is_some_and(|saved| saved.path == path)
    }

    /// What its title says: the saved name, else the method, else nothing.
    #[must_use]
    pub fn title(&self) -> String {
        if let Some(saved) = &self.saved {
            return saved.name.clone();
        }
        MethodPath::parse(&self.draft.method).map(|path| path.method).unwrap_or_default()
    }

    /// The method, once known; what it was before while its schema is read again.
    #[must_use]
    pub fn ready(&self) -> Option<&ReadyMethod> {
        match &self.method {
            MethodState::Ready(ready) => Some(ready),
            MethodState::Unresolved | MethodState::Loading { .. } => self.known_as_typed(),
            MethodState::Unknown | MethodState::Failed(_) => None,
        }
    }

    /// What the method was when it was last known.
    #[must_use]
    pub fn known_as_typed(&self) -> Option<&ReadyMethod> {
        self.known.as_ref().filter(|known| known.is_called(&self.draft.method))
    }

    /// Its kind, once known.
    #[must_use]
    pub fn kind(&self) -> Option<Kind> {
        self.ready().map(ReadyMethod::kind)
    }

    /// Whether a call is running.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.run.as_ref().is_some_and(Run::is_live)
    }

    /// Whether the server is being asked what it has in place of the method.
    #[must_use]
    pub fn is_asking(&self) -> bool {
        self.run.as_ref().is_some_and(Run::is_asking)
    }

    /// Brings the message's views up to date with its text and type.
    pub fn refresh(&mut self) {
        let input = self.ready().map(|ready| ready.descriptor.input());
        self.composer.refresh(&mut self.draft, input.as_ref());
    }

    /// Writes what was edited in the form into the draft, where that was put off. To be called before anything but the
    /// form reads the draft's messages; [`App::apply`](super::App::apply) does so before every action.
    pub fn settle(&mut self) {
        self.composer.settle(&mut self.draft);
    }

    /// Shows the message as JSON, or as a form.
    pub fn show_json(&mut self, json: bool) {
        self.settle();
        self.composer.pause();
        self.composer.json = json;
    }

    /// Calls the method by another name.
    pub fn set_method(&mut self, method: String, schema: Option<SchemaId>, file: String) {
        self.draft.method = method;
        self.schema = schema;
        self.file = file;
        self.method = MethodState::Unresolved;
        self.known = None;
        self.carried = None;
        self.problems.clear();
    }
}

/// Whether two drafts mean the same: the views show a request without messages as one empty message.
fn is_same(one: &Draft, other: &Draft) -> bool {
    fn messages(draft: &Draft) -> &[String] {
        if draft.messages.iter().eq(["{}"]) { &[] } else { &draft.messages }
    }
    one == other
        || (messages(one) == messages(other)
            && Draft { messages: Vec::new(), ..one.clone() } == Draft { messages: Vec::new(), ..other.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(messages: &[&str]) -> Draft {
        Draft { messages: messages.iter().map(|&text| text.to_owned()).collect(), ..Draft::default() }
    }

    #[test]
    fn a_tab_is_dirty_when_its_file_would_change() {
        let mut tab = Tab::new(TabId(1), draft(&[]));
        assert!(tab.is_untouched() && !tab.is_dirty());
        tab.refresh();
        assert!(tab.is_untouched(), "showing it changes nothing");
        tab.draft.target.push('x');
        assert!(!tab.is_untouched());

        let mut tab = Tab::new(TabId(1), draft(&[]));
        tab.saved = Some(Saved { path: PathBuf::from("a.request.json"), name: "a".to_owned(), draft: draft(&[]) });
        tab.refresh();
        assert!(!tab.is_dirty() && !tab.is_untouched());
        tab.draft.messages[0] = "{\"name\": 1}".to_owned();
        assert!(tab.is_dirty());
    }

    #[test]
    fn the_title_is_the_saved_name_else_the_method() {
        let mut tab = Tab::new(TabId(1), Draft::default());
        assert_eq!(tab.title(), "");
        tab.set_method("shop.v1.Orders/Place".to_owned(), None, String::new());
        assert_eq!(tab.title(), "Place");
        let draft = tab.draft.clone();
        tab.saved = Some(Saved { path: PathBuf::new(), name: "Place an order".to_owned(), draft });
        assert_eq!(tab.title(), "Place an order");
    }
}
