//! What the palette finds: symbols of the open schemas, saved requests and commands, best match first.
//!
//! A large tree has some hundred thousand symbols: what takes longer than a frame allows goes on in the background, and
//! what was found for the text before stays until that is done. Must not know: toolkit.

use std::cmp::{Ordering, Reverse};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering as AtomicOrdering};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use super::collections::OpenCollection;
use super::command::Command;
use super::docs::Subject;
use super::fuzzy::{Fit, Query, Reached, Scratch};
use super::schemas::OpenSchema;
use super::tab::SchemaId;
use super::{Action, App};
use crate::engine::Job;
use crate::schema::{Indexed, Kind, Schema, SymbolKind};

/// Hits shown at most.
const SHOWN: usize = 50;
/// Symbols looked at between two looks at the clock.
const STEP: usize = 1_024;
/// Between two looks at whether the search is still wanted.
const STEP_TIME: Duration = Duration::from_millis(2);

/// Something found.
#[derive(Clone, Debug)]
pub struct Hit {
    /// What it says.
    pub label: String,
    /// Which bytes of that were matched.
    pub marked: Vec<usize>,
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
    /// Anything else that a schema defines: there is something to read about it.
    Symbol {
        /// What it is.
        kind: SymbolKind,
        /// Which one.
        subject: Subject,
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
            Self::Symbol { subject, .. } => Action::ShowDocs(subject.clone()),
            Self::Request(path) => Action::OpenRequest(path.clone()),
            Self::Command(command) => Action::Command(*command),
        }
    }
}

/// What was found so far, and what is looked for in the background.
#[derive(Debug, Default)]
pub struct Search {
    /// What was found for the text that was looked for to the end last.
    pub hits: Vec<Hit>,
    known: Option<Work>,
    coming: Option<Coming>,
}

#[derive(Debug)]
struct Coming {
    query: Query,
    symbols_only: bool,
    job: Job<Work>,
    /// Ends the work when it is dropped: more was typed.
    _stop: Stop,
}

#[derive(Debug)]
struct Stop(Arc<AtomicBool>);

impl Drop for Stop {
    fn drop(&mut self) {
        self.0.store(true, AtomicOrdering::Relaxed);
    }
}

/// A search as far as it has come.
#[derive(Debug)]
struct Work {
    query: Query,
    symbols_only: bool,
    sources: Vec<Source>,
    /// The schema and the candidate to go on with.
    at: (usize, usize),
    found: Best,
    done: bool,
}

#[derive(Debug)]
struct Source {
    id: SchemaId,
    schema: Weak<Schema>,
    /// What fits the query that was looked for to the end last, in order; all where there is none.
    candidates: Option<Vec<u32>>,
    /// What fits this query, as far as it was looked at.
    fits: Vec<u32>,
}

impl Search {
    /// Whether the hits are those of the text typed last.
    #[must_use]
    pub const fn is_done(&self) -> bool {
        self.coming.is_none()
    }
}

impl Work {
    /// Begins to look for a query; what is known already is made use of where that is only narrowed.
    fn new(app: &App, query: Query, symbols_only: bool, known: Option<&Self>) -> Self {
        let known = known.filter(|known| {
            known.done && known.symbols_only == symbols_only && known.is_of(app) && !known.query.is_empty()
        });
        let known = known.filter(|known| query.narrows(&known.query));
        let open = app.schemas.iter().filter_map(|open| Some((open.id, Arc::downgrade(open.schema.as_ref()?))));
        let sources = open.enumerate().map(|(at, (id, schema))| {
            let candidates = known.and_then(|known| known.sources.get(at)).map(|source| source.fits.clone());
            Source { id, schema, candidates, fits: Vec::new() }
        });
        Self { sources: sources.collect(), query, symbols_only, at: (0, 0), found: Best::default(), done: false }
    }

    fn is_of(&self, app: &App) -> bool {
        let open = app.schemas.iter().filter_map(|open| Some((open.id, Arc::as_ptr(open.schema.as_ref()?))));
        self.sources.iter().map(|source| (source.id, source.schema.as_ptr())).eq(open)
    }

    /// Looks at all, unless it is stopped.
    fn finish(mut self, stop: &AtomicBool) -> Self {
        while !self.done && !stop.load(AtomicOrdering::Relaxed) {
            self.go_on(Instant::now() + STEP_TIME);
        }
        self
    }

    /// Looks at symbols until all were looked at, or the time is over.
    fn go_on(&mut self, until: Instant) {
        let query = &self.query;
        if query.is_empty() {
            self.done = true;
            return;
        }
        let mut scratch = Scratch::default();
        while let Some(source) = self.sources.get_mut(self.at.0) {
            let Some(schema) = source.schema.upgrade() else {
                self.at = (self.at.0 + 1, 0);
                continue;
            };
            let index = schema.index();
            let count = source.candidates.as_ref().map_or(index.len(), Vec::len);
            let mut path = Path::new(query);
            while self.at.1 < count {
                let end = (self.at.1 + STEP).min(count);
                for next in self.at.1..end {
                    let at = source.candidates.as_ref().map_or(next, |list| list[next] as usize);
                    let Some(symbol) = index.get(at) else { continue };
                    let Some((kind, parent)) = symbol.kind.zip(symbol.parent) else { continue };
                    let around = path.reach(parent, |at| index.get(at));
                    let fit = query.fit(around, symbol.name, symbol.letters, &mut scratch);
                    if fit != Fit::Not {
                        source.fits.push(at as u32);
                    }
                    if let Fit::Own(score) = fit {
                        let length = around.length + symbol.name.len();
                        let score = score + weight(kind);
                        self.found.add(Ranked { score, length, place: (self.at.0, at) });
                    }
                }
                self.at.1 = end;
                if Instant::now() >= until {
                    return;
                }
            }
            self.at = (self.at.0 + 1, 0);
        }
        self.done = true;
    }
}

/// What is more likely to be looked for.
const fn weight(kind: SymbolKind) -> i32 {
    match kind {
        SymbolKind::Service | SymbolKind::Method | SymbolKind::Message => 10,
        SymbolKind::Enum => 6,
        SymbolKind::Field | SymbolKind::Oneof | SymbolKind::Extension => 0,
        SymbolKind::EnumValue => -6,
    }
}

/// What is reached along the messages around a symbol; kept, since the next symbol mostly stands in the same.
struct Path<'q> {
    query: &'q Query,
    start: Reached,
    /// The places of those around, from the outermost, each with what is reached behind it. Those beyond `depth` are
    /// only room.
    frames: Vec<(usize, Reached)>,
    depth: usize,
}

impl<'q> Path<'q> {
    fn new(query: &'q Query) -> Self {
        Self { query, start: query.start(), frames: Vec::new(), depth: 0 }
    }

    fn reach<'i>(&mut self, parent: usize, get: impl Fn(usize) -> Option<Indexed<'i>>) -> &Reached {
        let mut missing = Vec::new();
        let mut at = Some(parent);
        // What stands in another comes after it: what is kept and not at or before this place is past.
        while let Some(wanted) = at {
            while self.depth > 0 && self.frames[self.depth - 1].0 > wanted {
                self.depth -= 1;
            }
            if self.depth > 0 && self.frames[self.depth - 1].0 == wanted {
                break;
            }
            missing.push(wanted);
            at = get(wanted).and_then(|symbol| symbol.parent);
            if at.is_none() {
                self.depth = 0;
            }
        }
        for wanted in missing.into_iter().rev() {
            if self.frames.len() == self.depth {
                self.frames.push((wanted, Reached::default()));
            }
            let (before, rest) = self.frames.split_at_mut(self.depth);
            let around = before.last().map_or(&self.start, |(_, reached)| reached);
            if let (Some((at, reached)), Some(symbol)) = (rest.first_mut(), get(wanted)) {
                *at = wanted;
                self.query.reach(around, symbol.name, reached);
            }
            self.depth += 1;
        }
        self.frames[..self.depth].last().map_or(&self.start, |(_, reached)| reached)
    }
}

#[derive(Clone, Copy, Debug)]
struct Ranked {
    score: i32,
    length: usize,
    /// The schema and the place in its index.
    place: (usize, usize),
}

impl Ranked {
    /// The best first; of equals the shorter, then as they stand.
    fn order(&self, other: &Self) -> Ordering {
        let key = |ranked: &Self| (Reverse(ranked.score), ranked.length, ranked.place);
        key(self).cmp(&key(other))
    }
}

/// The best so far, and some more.
#[derive(Clone, Debug, Default)]
struct Best {
    list: Vec<Ranked>,
    least: i32,
}

impl Best {
    fn add(&mut self, ranked: Ranked) {
        if self.list.len() >= SHOWN && ranked.score < self.least {
            return;
        }
        self.list.push(ranked);
        if self.list.len() >= 8 * SHOWN {
            self.cut();
        }
    }

    fn cut(&mut self) {
        if self.list.len() > SHOWN {
            self.list.select_nth_unstable_by(SHOWN - 1, Ranked::order);
            self.list.truncate(SHOWN);
            self.least = self.list.iter().map(|ranked| ranked.score).min().unwrap_or_default();
        }
    }

    fn sorted(&mut self) -> &[Ranked] {
        self.cut();
        self.list.sort_unstable_by(Ranked::order);
        &self.list
    }
}

impl App {
    /// What fits the query, all of it looked at; for as long as that takes.
    #[must_use]
    pub fn find(&self, typed: &str, symbols_only: bool) -> Vec<Hit> {
        let work = Work::new(self, Query::new(typed), symbols_only, None).finish(&AtomicBool::new(false));
        self.hits(work).0
    }

    /// Looks for what was typed, for no longer than that: what takes longer goes on in the background. Its hits stay
    /// those of the text before until it is done; whether it is.
    pub fn search(&self, search: &mut Search, typed: &str, symbols_only: bool, budget: Duration) -> bool {
        let query = Query::new(typed);
        let is_it = |known: &Work| known.query == query && known.symbols_only == symbols_only && known.is_of(self);
        if search.known.as_ref().is_some_and(is_it) {
            search.coming = None;
            return true;
        }
        let asked = |coming: &&mut Coming| coming.query == query && coming.symbols_only == symbols_only;
        let mut work = match search.coming.as_mut().filter(asked) {
            Some(coming) => match coming.job.try_next() {
                None => return false,
                Some(Ok(work)) if is_it(&work) => work,
                Some(_) => Work::new(self, query, symbols_only, None),
            },
            None => Work::new(self, query, symbols_only, search.known.as_ref()),
        };
        search.coming = None;
        work.go_on(Instant::now() + budget);
        if work.done {
            let (hits, work) = self.hits(work);
            (search.hits, search.known) = (hits, Some(work));
            return true;
        }
        let stop = Stop(Arc::default());
        let (query, flag) = (work.query.clone(), Arc::clone(&stop.0));
        let job = self.engine.blocking(move || work.finish(&flag));
        search.coming = Some(Coming { query, symbols_only, job, _stop: stop });
        false
    }

    /// Methods, requests and commands as they stand.
    fn without_query(&self, symbols_only: bool) -> Vec<Hit> {
        let everything = Query::default();
        let mut hits = Vec::new();
        for open in &self.schemas {
            for (service, one) in open.schema.iter().flat_map(|schema| schema.services.iter().enumerate()) {
                for (method, named) in one.methods.iter().enumerate() {
                    let what = What::Method { schema: open.id, service, method, kind: named.kind };
                    hits.push(self.symbol_hit(open, &one.full_name, &named.name, what, &everything));
                    if hits.len() == SHOWN {
                        return hits;
                    }
                }
            }
        }
        if !symbols_only {
            hits.extend(self.others(&everything).into_iter().map(|(_, hit)| hit));
            hits.truncate(SHOWN);
        }
        hits
    }

    /// The hits to be shown, made only now: a label for each symbol would take longer than the search.
    fn hits(&self, mut work: Work) -> (Vec<Hit>, Work) {
        if work.query.is_empty() {
            return (self.without_query(work.symbols_only), work);
        }
        let (sources, query) = (&work.sources, &work.query);
        let symbols = work.found.sorted().iter().filter_map(|ranked| {
            let (source, at) = (sources.get(ranked.place.0)?, ranked.place.1);
            let open = self.schemas.iter().find(|open| open.id == source.id)?;
            Some((ranked.score, self.symbol(open, at, query)?))
        });
        let mut hits: Vec<(i32, Hit)> = symbols.collect();
        if !work.symbols_only {
            hits.extend(self.others(query));
            hits.sort_by_key(|(score, _)| Reverse(*score));
            hits.truncate(SHOWN);
        }
        (hits.into_iter().map(|(_, hit)| hit).collect(), work)
    }

    fn symbol(&self, open: &OpenSchema, at: usize, query: &Query) -> Option<Hit> {
        let schema = open.schema.as_ref()?;
        let index = schema.index();
        let kind = index.get(at)?.kind?;
        let file = schema.file_of(at)?;
        let name = index.full_name(at);
        let (outer, own) = name.rsplit_once('.').unwrap_or(("", &name));
        if kind == SymbolKind::Method
            && let Ok(service) =
                schema.services.binary_search_by(|one| (one.full_name.as_str(), one.file.as_str()).cmp(&(outer, file)))
            && let Some(method) = schema.services[service].methods.iter().position(|method| method.name == own)
        {
            let kind = schema.services[service].methods[method].kind;
            let what = What::Method { schema: open.id, service, method, kind };
            return Some(self.symbol_hit(open, outer, own, what, query));
        }
        let subject = Subject { schema: open.id, name: name.clone(), file: Some(file.to_owned()) };
        let what = What::Symbol { kind, subject };
        let chain = std::iter::successors(index.get(at), |symbol| index.get(symbol.parent?));
        let package = chain.last().map_or("", |file| file.name);
        let label = name.strip_prefix(package).map_or(name.as_str(), |rest| rest.trim_start_matches('.'));
        let marked = marked(query, &name, name.len() - label.len());
        Some(Hit { marked, detail: self.origin(open, package), label: label.to_owned(), what })
    }

    fn symbol_hit(&self, open: &OpenSchema, service: &str, method: &str, what: What, query: &Query) -> Hit {
        let (package, name) = service.rsplit_once('.').unwrap_or(("", service));
        let label = format!("{name}/{method}");
        let marked = marked(query, &format!("{service}/{method}"), service.len() - name.len());
        Hit { label, marked, detail: self.origin(open, package), what }
    }

    /// The package, and the schema where there are several.
    fn origin(&self, open: &OpenSchema, package: &str) -> String {
        match (package, self.schemas.len()) {
            ("", _) => open.label(),
            (package, 0 | 1) => package.to_owned(),
            (package, _) => format!("{package} · {}", open.label()),
        }
    }

    /// Saved requests and commands that fit.
    fn others(&self, query: &Query) -> Vec<(i32, Hit)> {
        let mut hits = Vec::new();
        let mut add = |label: String, detail: String, what: What| {
            if let Some(score) = query.score(&label) {
                hits.push((score, Hit { marked: query.letters_of(&label, 0), label, detail, what }));
            }
        };
        for collection in &self.collections {
            for (name, path) in collection.requests() {
                add(name, OpenCollection::name(collection), What::Request(path));
            }
        }
        for command in Command::ALL.into_iter().filter(|command| *command != Command::Palette) {
            let label = self.text.get(command.label_key()).to_owned();
            let keys = command.shortcut().map(super::command::Shortcut::label).unwrap_or_default();
            add(label, keys, What::Command(command));
        }
        hits
    }
}

/// The letters matched in a name, from `start` on and counted from there.
fn marked(query: &Query, name: &str, start: usize) -> Vec<usize> {
    let own = name.rfind(['.', '/']).map_or(0, |at| at + 1);
    query.letters_of(name, own).into_iter().filter_map(|at| at.checked_sub(start)).collect()
}
