//! Reading about symbols: which one is shown, which were before it, and what there is to read.
//!
//! Must not know: toolkit, source text.

use std::sync::{Arc, Weak};

use super::overlay::Overlay;
use super::schemas::OpenSchema;
use super::tab::{MethodState, SchemaId};
use super::tree::Node;
use super::{App, RequestPane};
use crate::engine::{Engine, Job};
use crate::schema::{Document, MethodPath, Problem, Schema, SymbolKind};

/// Symbols remembered at most.
const MOST_VISITED: usize = 100;

/// A symbol of an open schema.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Subject {
    /// The schema.
    pub schema: SchemaId,
    /// Full name of the symbol, a method's with a dot before its own.
    pub name: String,
    /// A file whose types know it, where that is known.
    pub file: Option<String>,
}

/// What is read, and what was.
#[derive(Debug, Default)]
pub struct Docs {
    visited: Vec<Subject>,
    at: usize,
    /// What is on the screen: that of the subject before until that of the latest is there.
    pub page: Option<Page>,
    coming: Option<Coming>,
}

/// What there is to read.
#[derive(Debug)]
pub struct Page {
    /// About what.
    pub subject: Subject,
    /// The symbol, and for a method what it takes and returns; or what stands in the way.
    pub documents: Result<Vec<Document>, Vec<Problem>>,
    of: Weak<Schema>,
}

#[derive(Debug)]
struct Coming {
    subject: Subject,
    of: Weak<Schema>,
    job: Job<Result<Vec<Document>, Vec<Problem>>>,
}

impl Docs {
    /// What is or will be shown.
    #[must_use]
    pub fn subject(&self) -> Option<&Subject> {
        self.visited.get(self.at)
    }

    /// Whether there is something before it.
    #[must_use]
    pub const fn has_before(&self) -> bool {
        self.at > 0
    }

    /// Whether there is something that was gone back from.
    #[must_use]
    pub const fn has_after(&self) -> bool {
        self.at + 1 < self.visited.len()
    }

    /// Shows another symbol; what was gone back from is forgotten.
    fn visit(&mut self, subject: Subject) {
        if self.subject() == Some(&subject) {
            return;
        }
        self.visited.truncate(self.at + 1);
        self.visited.push(subject);
        if self.visited.len() > MOST_VISITED {
            self.visited.remove(0);
        }
        self.at = self.visited.len() - 1;
    }

    /// Begins anew where another symbol is the one to begin with.
    fn begin(&mut self, subject: Subject) {
        if self.visited.first() != Some(&subject) {
            *self = Self { visited: vec![subject], page: self.page.take(), ..Self::default() };
        }
    }

    fn step(&mut self, by: isize) {
        self.at = self.at.saturating_add_signed(by).min(self.visited.len().saturating_sub(1));
    }

    /// Asks for what is to be shown, and takes it in.
    fn poll(&mut self, engine: &Engine, schemas: &[OpenSchema]) {
        let Some(subject) = self.visited.get(self.at) else { return };
        let open = schemas.iter().find(|open| open.id == subject.schema);
        let Some(schema) = open.and_then(|open| open.schema.as_ref()) else { return };
        let is_of = |about: &Subject, of: &Weak<Schema>| about == subject && of.as_ptr() == Arc::as_ptr(schema);
        if self.page.as_ref().is_some_and(|page| is_of(&page.subject, &page.of)) {
            self.coming = None;
            return;
        }
        if let Some(coming) = self.coming.as_mut().filter(|coming| is_of(&coming.subject, &coming.of)) {
            if let Some(answer) = coming.job.try_next() {
                let failed = |panicked: crate::engine::Panicked| Err(vec![Problem::from_message(panicked.to_string())]);
                let documents = answer.unwrap_or_else(failed);
                self.page = Some(Page { subject: subject.clone(), documents, of: Arc::downgrade(schema) });
                self.coming = None;
            }
            return;
        }
        let (asked, own) = (subject.clone(), Arc::clone(schema));
        let job = engine.blocking(move || read(&own, &asked));
        self.coming = Some(Coming { subject: subject.clone(), of: Arc::downgrade(schema), job });
    }
}

fn read(schema: &Schema, subject: &Subject) -> Result<Vec<Document>, Vec<Problem>> {
    let document = schema.document(&subject.name, subject.file.as_deref())?;
    let mut all = Vec::new();
    if document.kind == SymbolKind::Method
        && let Ok(types) = schema.types_of_file(&document.file)
        && let Some(method) = MethodPath::parse(&document.name).and_then(|path| types.method(&path))
    {
        let (input, output) = (method.input(), method.output());
        all.extend(schema.document(input.full_name(), Some(&document.file)).ok());
        if input != output {
            all.extend(schema.document(output.full_name(), Some(&document.file)).ok());
        }
    }
    all.insert(0, document);
    Ok(all)
}

impl App {
    /// Shows what there is to read about a symbol, over the window.
    pub(super) fn show_docs(&mut self, subject: Subject) {
        self.reveal_service(&subject);
        self.docs.visit(subject);
        self.show(Overlay::Docs);
    }

    /// Goes on to another symbol where one is being read about.
    pub(super) fn follow_docs(&mut self, subject: Subject) {
        if let Some(docs) = self.docs_on_top() {
            docs.visit(subject);
        }
    }

    /// Goes back or forward among the symbols read about.
    pub(super) fn step_docs(&mut self, by: isize) {
        if let Some(docs) = self.docs_on_top() {
            docs.step(by);
        }
    }

    fn docs_on_top(&mut self) -> Option<&mut Docs> {
        if matches!(self.overlay, Some(Overlay::Docs)) {
            return Some(&mut self.docs);
        }
        self.tab_mut().map(|tab| &mut tab.docs)
    }

    fn reveal_service(&mut self, subject: &Subject) {
        let open = self.schemas.iter().find(|open| open.id == subject.schema);
        let Some(schema) = open.and_then(|open| open.schema.as_ref()) else { return };
        let is_it = |service: &crate::schema::Service| {
            service.full_name == subject.name && subject.file.as_ref().is_none_or(|file| *file == service.file)
        };
        let Some(at) = schema.services.iter().position(is_it) else { return };
        let (id, count) = (subject.schema, schema.services.len());
        let package = subject.name.rsplit_once('.').map_or("", |(package, _)| package).to_owned();
        let tree = &mut self.sidebar.services;
        let node = Node::Service(id, at);
        for node in [Node::Schema(id), Node::Package(id, package), node.clone()] {
            if !tree.is_open(&node, count) {
                tree.toggle(&node);
            }
        }
        tree.selected = Some(node);
        self.sidebar.shows_collection = false;
    }

    /// Whether there is something to read on the screen that is not there yet.
    pub(super) fn poll_docs(&mut self) {
        if matches!(self.overlay, Some(Overlay::Docs)) {
            self.docs.poll(&self.engine, &self.schemas);
        }
        let active = self.active;
        let Some(tab) = self.tabs.iter_mut().find(|tab| tab.id == active && tab.pane == RequestPane::Docs) else {
            return;
        };
        if let MethodState::Ready(ready) = &tab.method {
            let file = ready.descriptor.parent_service().parent_file().name().to_owned();
            let name = ready.descriptor.full_name().to_owned();
            tab.docs.begin(Subject { schema: ready.schema, name, file: Some(file) });
            tab.docs.poll(&self.engine, &self.schemas);
        }
    }
}
