//! Schemas and methods: opening sources, reading them again, finding what a tab's method means.
//!
//! Must not know: toolkit.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::schemas::{Checking, OpenSchema, SchemaState, Watching};
use super::tab::{MethodState, ReadyMethod, SchemaId, Tab};
use super::{App, Notice, Overlay};
use crate::message::form::MessageForm;
use crate::message::{self, ExampleOptions, Extent};
use crate::request::{self, Access, Draft};
use crate::schema::{MethodPath, Problem, Progress, Schema, Service, Source};

/// Trees of up to this many files are compiled as a whole after they are listed, so that the count of problems is true;
/// larger ones when the user asks for it, since it takes a core for seconds each time that a file changes.
const MOST_FILES_CHECKED: usize = 2_000;

/// How long reflection as a whole may take.
pub(super) const REFLECTION_TIMEOUT: Duration = Duration::from_secs(30);

impl App {
    /// Opens proto files or folders as one source.
    pub(super) fn open_protos(&mut self, paths: Vec<PathBuf>, import_paths: Vec<PathBuf>) {
        self.open_source(Source::Protos { paths, import_paths }, false);
        self.sidebar.shows_collection = false;
    }

    /// Opens a source, or reads it again when it is open already.
    pub(super) fn open_source(&mut self, source: Source, of_collection: bool) {
        if let Some(open) = self.schemas.iter().find(|open| open.source == source) {
            self.reload_schema(open.id);
            return;
        }
        let id = SchemaId(self.new_id());
        let progress = Progress::default();
        let state = self.start_reading(&source, &progress);
        let is_new = !of_collection;
        let (asked, schema, watch) = (None, None, Watching::Off);
        self.add_schema(OpenSchema {
            id,
            source,
            asked,
            schema,
            state,
            progress,
            check: Checking::Not,
            is_new,
            watch,
            of_collection,
        });
    }

    /// What the user opened just now comes first, where it is seen; what a collection brought along comes last.
    fn add_schema(&mut self, open: OpenSchema) {
        let at = if open.of_collection { self.schemas.len() } else { 0 };
        self.schemas.insert(at, open);
    }

    fn start_reading(&self, source: &Source, progress: &Progress) -> SchemaState {
        let (source, progress) = (source.clone(), progress.clone());
        SchemaState::Reading(self.engine.blocking(move || Schema::load_with(&source, &progress)))
    }

    /// Ends the reading of a schema; what was there before stays.
    pub(super) fn cancel_reading(&mut self, id: SchemaId) {
        self.schemas.retain_mut(|open| open.id != id || open.cancel());
    }

    /// Opens the dialog that asks a server, with what the current tab says.
    pub(super) fn show_reflect(&mut self) {
        let draft = self.draft_for_server();
        self.show(Overlay::Reflect(Box::new(draft)));
    }

    /// What the current tab says of the server to ask.
    pub(super) fn draft_for_server(&self) -> Draft {
        let mut draft = self.tab().map_or_else(Draft::default, |tab| tab.draft.clone());
        if draft.target.is_empty() {
            draft.target = self.scope().target;
        }
        draft
    }

    /// How a draft's server is reached, what is sent along, and its name; told where that cannot be said.
    pub(super) fn access_of(&mut self, draft: &Draft) -> Option<(Access, String)> {
        let scope = self.scope();
        match request::resolve_access(draft, &scope) {
            Ok(mut access) => {
                super::auth::mark_agreed(&self.agreed, &mut access);
                self.channels.remember(None, &access);
                let typed = if draft.target.trim().is_empty() { &scope.target } else { &draft.target };
                let target = request::expand(typed, &scope).unwrap_or_else(|_| typed.clone());
                Some((access, target))
            }
            Err(problems) => {
                self.fail(problems.into_iter().map(|problem| problem.message).collect::<Vec<_>>().join("; "));
                None
            }
        }
    }

    pub(super) fn reflect(&mut self, draft: &Draft) {
        let Some((access, target)) = self.access_of(draft) else { return };
        let source = Source::Reflection { target: target.clone() };
        let id = if let Some(open) = self.schemas.iter().find(|open| open.source == source) {
            open.id
        } else {
            let id = SchemaId(self.new_id());
            let state = SchemaState::Ready;
            self.add_schema(OpenSchema {
                id,
                source,
                asked: None,
                schema: None,
                state,
                progress: Progress::default(),
                check: Checking::Not,
                is_new: true,
                watch: Watching::Off,
                of_collection: false,
            });
            id
        };
        self.sidebar.shows_collection = false;
        self.overlay = None;
        let asked = Some(access);
        let Some(open) = self.schemas.iter_mut().find(|open| open.id == id) else { return };
        // Asked the same before: what was said then is there, or on its way.
        let is_known = open.asked == asked && (open.is_loading() || matches!(open.state, SchemaState::Ready));
        open.asked = asked;
        if is_known {
            let message = self.text.with("reflect-known", &[("target", target.into())]);
            self.notice = Some(Notice { is_error: false, message });
        } else {
            self.reload_schema(id);
        }
    }

    /// Reads a source again; what it said before stays on screen until the new answer is there.
    pub(super) fn reload_schema(&mut self, id: SchemaId) {
        let Some(index) = self.schemas.iter().position(|open| open.id == id) else { return };
        let source = self.schemas[index].source.clone();
        // Of two readings under way at once only the later one counts.
        self.schemas[index].progress.cancel();
        let progress = Progress::default();
        let state = match (&source, &self.schemas[index].asked) {
            (Source::Reflection { target }, Some(access)) => {
                SchemaState::Reflecting(self.engine.reflect(target.clone(), access.clone(), REFLECTION_TIMEOUT))
            }
            (Source::Reflection { target }, None) => {
                // From an earlier session: asked anew with what the target alone says.
                let draft = Draft { target: target.clone(), ..Draft::default() };
                self.reflect(&draft);
                return;
            }
            _ => self.start_reading(&source, &progress),
        };
        self.schemas[index].progress = progress;
        self.schemas[index].state = state;
    }

    /// Compiles every file of every open tree, and shows what is wrong.
    pub(super) fn check_all(&mut self) {
        for open in &mut self.schemas {
            if let (Source::Protos { .. }, Some(schema)) = (&open.source, &open.schema) {
                open.check.start(&self.engine, Arc::clone(schema));
            }
        }
        self.show(Overlay::Problems);
    }

    pub(super) fn reload_schemas(&mut self) {
        for id in self.schemas.iter().map(|open| open.id).collect::<Vec<_>>() {
            self.reload_schema(id);
        }
    }

    pub(super) fn close_schema(&mut self, id: SchemaId) {
        if let Some(index) = self.schemas.iter().position(|open| open.id == id) {
            let mut open = self.schemas.remove(index);
            open.progress.cancel();
            open.check.cancel();
            self.tabs.iter_mut().for_each(|tab| tab.found_types.look_again());
        }
    }

    pub(super) fn poll_schemas(&mut self) {
        let mut changed = Vec::new();
        let mut stale = Vec::new();
        let mut panics = Vec::new();
        for open in &mut self.schemas {
            if let Some(panicked) = open.check.poll() {
                panics.push(panicked);
            }
            if open.poll() {
                changed.push(open.id);
                if let (SchemaState::Ready, Source::Protos { .. }, Some(schema)) =
                    (&open.state, &open.source, &open.schema)
                {
                    if schema.file_count <= MOST_FILES_CHECKED {
                        open.check.start(&self.engine, Arc::clone(schema));
                    } else {
                        // What was known of the files may be true no longer.
                        open.check = Checking::Not;
                    }
                }
                let files = open.files();
                if matches!(open.watch, Watching::Off) && !files.is_empty() {
                    open.watch = Watching::Starting(self.engine.watch(files));
                }
            }
            if open.watch.take_change() {
                stale.push(open.id);
            }
        }
        for id in stale {
            self.reload_schema(id);
        }
        for panicked in panics {
            self.fail(panicked);
        }
        if changed.is_empty() {
            return;
        }
        for tab in &mut self.tabs {
            tab.found_types.look_again();
            let concerned = match &tab.method {
                MethodState::Ready(ready) => changed.contains(&ready.schema),
                MethodState::Loading { schema, .. } => changed.contains(schema),
                MethodState::Unknown | MethodState::Unresolved | MethodState::Failed(_) => true,
            };
            if concerned {
                tab.method = MethodState::Unresolved;
            }
        }
    }

    /// Looks up what the tabs' methods mean.
    pub(super) fn poll_methods(&mut self) {
        for index in 0..self.tabs.len() {
            match &mut self.tabs[index].method {
                MethodState::Unresolved => self.look_up(index),
                MethodState::Loading { schema, job } => {
                    let schema = *schema;
                    if let Some(answer) = job.try_next() {
                        let tab = &mut self.tabs[index];
                        // What mends a failure is asked of this schema, though the request may have named none.
                        tab.schema.get_or_insert(schema);
                        match answer {
                            Ok(Ok(types)) => match ready(tab, schema, types) {
                                Some(ready) => tab.take_types(ready),
                                None => tab.method = MethodState::Unknown,
                            },
                            Ok(Err(problems)) => tab.method = MethodState::Failed(problems),
                            Err(panicked) => {
                                tab.method = MethodState::Failed(vec![Problem::from_message(panicked.to_string())]);
                            }
                        }
                    }
                }
                MethodState::Unknown | MethodState::Ready(_) | MethodState::Failed(_) => {}
            }
        }
    }

    fn look_up(&mut self, index: usize) {
        let tab = &self.tabs[index];
        let Some(path) = MethodPath::parse(&tab.draft.method) else {
            self.tabs[index].method = MethodState::Unknown;
            return;
        };
        let (preferred, file) = (tab.schema, &tab.file);
        let found = self
            .schemas
            .iter()
            .filter(|open| Some(open.id) == preferred)
            .chain(self.schemas.iter().filter(|open| Some(open.id) != preferred))
            .find_map(|open| {
                let schema = open.schema.as_ref()?;
                let has_it = |service: &&Service| {
                    service.full_name == path.service && service.methods.iter().any(|method| method.name == path.method)
                };
                let mut named = schema.services.iter().filter(has_it);
                let first = named.next()?;
                // The file may have another name by now.
                let service =
                    std::iter::once(first).chain(named).find(|service| service.file == *file).unwrap_or(first);
                Some((open.id, Arc::clone(schema), service.full_name.clone(), service.file.clone()))
            });
        let tab = &mut self.tabs[index];
        tab.method = match found {
            None => MethodState::Unknown,
            Some((id, schema, service, file)) => {
                tab.file.clone_from(&file);
                MethodState::Loading { schema: id, job: self.engine.blocking(move || schema.types(&service, &file)) }
            }
        };
    }

    pub(super) fn open_method(&mut self, schema: SchemaId, service: usize, method: usize) {
        let Some((path, file)) = self.method_path(schema, service, method) else { return };
        let name = path.to_string();
        self.sidebar.services.selected = Some(super::tree::Node::Method(schema, service, method));
        // A click in the tree shows the tab that is open for the method rather than a second one.
        let is_open = |tab: &&Tab| {
            tab.draft.method == name
                && tab.saved.is_none()
                && tab.schema.is_none_or(|own| own == schema)
                && (tab.file.is_empty() || tab.file == file)
        };
        if let Some(tab) = self.tabs.iter().find(is_open) {
            self.active = tab.id;
            return;
        }
        let target = self.target_for(schema);
        if !self.tab().is_some_and(Tab::is_untouched) {
            self.new_tab(Draft::default());
        }
        if let Some(tab) = self.tab_mut() {
            tab.draft.target = target;
            tab.set_method(name, Some(schema), file);
            tab.docs = super::docs::Docs::default();
            tab.opened_as = Some(tab.draft.clone());
        }
    }

    /// The target that a new request of that schema starts with: the server that was asked, else the one used last.
    fn target_for(&self, schema: SchemaId) -> String {
        let open = self.schemas.iter().find(|open| open.id == schema);
        if let Some(Source::Reflection { target }) = open.map(|open| &open.source) {
            return target.clone();
        }
        if let Some(target) =
            self.tabs.iter().rev().map(|tab| tab.draft.target.trim()).find(|target| !target.is_empty())
        {
            return target.to_owned();
        }
        self.demo_address().map_or_else(|| "localhost:50051".to_owned(), |address| address.to_string())
    }

    /// The method and the file that defines its service.
    fn method_path(&self, schema: SchemaId, service: usize, method: usize) -> Option<(MethodPath, String)> {
        let open = self.schemas.iter().find(|open| open.id == schema)?;
        let service = open.schema.as_ref()?.services.get(service)?;
        let method = service.methods.get(method)?;
        let path = MethodPath { service: service.full_name.clone(), method: method.name.clone() };
        Some((path, service.file.clone()))
    }

    pub(super) fn choose_method(&mut self, schema: SchemaId, method: String, file: String) {
        if let Some(tab) = self.tab_mut() {
            tab.set_method(method, Some(schema), file);
        } else {
            let target = self.target_for(schema);
            self.new_tab(Draft { method, target, ..Draft::default() });
            if let Some(tab) = self.tab_mut() {
                tab.schema = Some(schema);
                tab.file = file;
            }
        }
    }

    pub(super) fn generate_example(&mut self, extent: Extent) {
        let Some(tab) = self.tab_mut() else { return };
        let Some(ready) = tab.ready() else { return };
        let options = ExampleOptions { extent, rules: tab.rules.constraints(), ..ExampleOptions::default() };
        let example = message::example(&ready.descriptor.input(), options).to_pretty();
        tab.composer.pause();
        let current = tab.composer.current;
        if let Some(text) = tab.draft.messages.get_mut(current) {
            *text = example;
        }
        tab.refresh();
    }

    pub(super) fn clear_message(&mut self) {
        let Some(tab) = self.tab_mut() else { return };
        tab.composer.pause();
        let current = tab.composer.current;
        if let Some(form) = &mut tab.composer.form {
            // What JSON does not say goes too: what was typed into fields that are not set.
            *form = MessageForm::new(&form.descriptor);
            self.form_edited();
        } else if let Some(text) = tab.draft.messages.get_mut(current) {
            "{}".clone_into(text);
            tab.refresh();
        }
    }

    pub(super) fn toggle_message_view(&mut self) {
        if let Some(tab) = self.tab_mut() {
            tab.show_json(!tab.composer.json);
        }
    }
}

fn ready(tab: &Tab, schema: SchemaId, types: Arc<crate::schema::Types>) -> Option<ReadyMethod> {
    let descriptor = types.method(&MethodPath::parse(&tab.draft.method)?)?;
    Some(ReadyMethod { schema, types, descriptor })
}
