//! Settings and session: restored at the start, stored as they change.
//!
//! Must not know: toolkit.

use std::mem::take;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::App;
use super::tab::{Saved, Tab, TabId};
use super::views::MessageView;
use crate::collection::{self, Language as LanguageSetting, ResponsePosition, Session, Settings, TabFile, WindowFile};
use crate::request::Draft;
use crate::text::{Language, Text};

/// Least time between two looks at whether the session has changed.
const STORE_EVERY: Duration = Duration::from_millis(700);

/// The language that the settings ask for.
pub(super) fn language(settings: &Settings) -> Language {
    match settings.language {
        LanguageSetting::System => Language::of_system(),
        LanguageSetting::English => Language::En,
        LanguageSetting::Chinese => Language::ZhCn,
    }
}

/// A session with the messages of its tabs beside it: large texts are shared with whoever has them, not copied.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Stored {
    session: Session,
    messages: Vec<Vec<Arc<str>>>,
}

impl Stored {
    fn of(mut session: Session) -> Self {
        let texts = |tab: &mut TabFile| {
            let texts = tab.draft().messages;
            tab.draft.messages.clear();
            texts.into_iter().map(Arc::from).collect()
        };
        let messages = session.tabs.iter_mut().map(texts).collect();
        Self { session, messages }
    }

    /// The session with the messages in it.
    fn whole(self) -> Session {
        let Self { mut session, messages } = self;
        for (tab, texts) in session.tabs.iter_mut().zip(messages) {
            let messages = texts.iter().map(ToString::to_string).collect();
            tab.draft.messages = TabFile::new(&Draft { messages, ..Draft::default() }).draft.messages;
        }
        session
    }
}

impl App {
    /// Opens again what was open.
    pub(super) fn restore(&mut self, session: Session) {
        let folder = self.dirs.data.clone();
        for source in session.sources.iter().filter_map(|source| source.to_source(&folder)) {
            self.open_source(source, false);
        }
        for open in &mut self.schemas {
            open.is_new = false;
        }
        for root in &session.collections {
            self.load_collection(root.clone());
        }
        self.environment.clone_from(&session.environment);
        self.sidebar.shows_collection = session.sidebar_tab == "collection";
        for stored in &session.tabs {
            let id = TabId(self.new_id());
            let mut tab = Tab::new(id, stored.draft());
            tab.file.clone_from(&stored.file);
            tab.response.view = MessageView::of_name(&stored.view);
            // Sources of collections are not open yet: there the first that has the method will do.
            let source = stored.source.as_ref().and_then(|source| source.to_source(&folder));
            tab.schema = self.schemas.iter().find(|open| Some(&open.source) == source.as_ref()).map(|open| open.id);
            // What the file holds now decides whether the tab has unsaved changes.
            tab.saved = stored.saved.as_ref().and_then(|path| {
                let (name, draft) = collection::load_request(path).ok()?;
                Some(Saved { path: path.clone(), name, draft })
            });
            self.tabs.push(tab);
        }
        if let Some(tab) = self.tabs.get(session.active_tab).or_else(|| self.tabs.first()) {
            self.active = tab.id;
        }
        self.restored = !session.collections.is_empty() || !session.sources.is_empty() || !session.tabs.is_empty();
        self.stored = Stored::of(session);
    }

    /// Stores the session if it has changed; `now` writes at once, as at the end of the program.
    pub fn store_session(&mut self, now: bool) {
        // One write at a time: two of them could reach the disk in the wrong order.
        if !now && (self.stored_at.elapsed() < STORE_EVERY || !self.jobs.stores.is_empty()) {
            return;
        }
        self.stored_at = Instant::now();
        if now {
            self.tabs.iter_mut().for_each(Tab::settle);
            // What is still on its way to the disk is older, and must not land after what is written here.
            for job in self.jobs.stores.drain(..) {
                drop(self.engine.block_on(job.wait()));
            }
        }
        let session = self.session();
        let settings = self.settings.clone();
        if session != self.stored {
            self.stored = session.clone();
            let path = self.dirs.session();
            self.write(now, move || session.whole().save(&path));
        }
        if settings != self.stored_settings {
            self.stored_settings = settings.clone();
            let path = self.dirs.settings();
            self.write(now, move || settings.save(&path));
        }
    }

    fn write(&mut self, now: bool, work: impl FnOnce() -> Result<(), collection::Problem> + Send + 'static) {
        if now {
            // The window is gone: whoever started the program from a terminal is told by its exit.
            drop(work());
        } else {
            self.jobs.stores.push(self.engine.blocking(work));
        }
    }

    fn session(&mut self) -> Stored {
        let folder = &self.dirs.data;
        let sources = self.schemas.iter().filter(|open| !open.of_collection);
        let mut session = Session {
            sources: sources.map(|open| collection::SourceFile::of_source(&open.source, Some(folder))).collect(),
            collections: self.collections.iter().map(|open| open.collection.root.clone()).collect(),
            environment: self.environment.clone(),
            active_tab: self.tabs.iter().position(|tab| tab.id == self.active).unwrap_or_default(),
            sidebar_tab: if self.sidebar.shows_collection { "collection" } else { "services" }.to_owned(),
            window: WindowFile {
                size: self.window_size.map(|(width, height)| [width.round(), height.round()]).or(self
                    .stored
                    .session
                    .window
                    .size),
                ..self.stored.session.window
            },
            rest: self.stored.session.rest.clone(),
            ..Session::default()
        };
        let mut messages = Vec::with_capacity(self.tabs.len());
        for tab in &mut self.tabs {
            let texts = take(&mut tab.draft.messages);
            let source = self.schemas.iter().find(|open| Some(open.id) == tab.schema);
            session.tabs.push(TabFile {
                file: tab.file.clone(),
                view: match tab.response.view {
                    MessageView::Json => String::new(),
                    view => view.name().to_owned(),
                },
                source: source.map(|open| collection::SourceFile::of_source(&open.source, Some(folder))),
                saved: tab.saved.as_ref().map(|saved| saved.path.clone()),
                ..TabFile::new(&tab.draft)
            });
            messages.push(texts.iter().enumerate().map(|(index, text)| tab.composer.shared(index, text)).collect());
            tab.draft.messages = texts;
        }
        Stored { session, messages }
    }

    pub(super) fn settings_edited(&mut self) {
        let language = language(&self.settings);
        if self.text.language() != language {
            self.text = std::sync::Arc::new(Text::new(language));
        }
    }

    pub(super) fn flip_layout(&mut self) {
        self.settings.response = match self.settings.response {
            ResponsePosition::Below => ResponsePosition::Right,
            ResponsePosition::Auto | ResponsePosition::Right => ResponsePosition::Below,
        };
    }

    /// Whether the response goes below the request; in a narrow window it does unless the user said otherwise.
    #[must_use]
    pub fn response_below(&self, narrow: bool) -> bool {
        match self.settings.response {
            ResponsePosition::Auto => narrow,
            ResponsePosition::Right => false,
            ResponsePosition::Below => true,
        }
    }
}
