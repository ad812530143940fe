//! The comparison of two schemas that lies over the window: what is compared, what came of it, and the rows that show it.
//!
//! Must not know: toolkit.

use std::collections::HashSet;
use std::sync::Arc;

use super::methods::REFLECTION_TIMEOUT;
use super::overlay::{DriftView, OpenDialog};
use super::schemas::OpenSchema;
use super::tab::SchemaId;
use super::{App, Overlay};
use crate::engine::{Job, ReflectionFailure};
use crate::request::Draft;
use crate::schema::drift::{Change, Drift, Impact, SideName, Verdict, Ways, compare};
use crate::schema::{Schema, Source};
use crate::text::Text;

/// Other schemas offered for a comparison at most.
const MOST_OFFERED: usize = 5;

/// A comparison that is shown. Dropping it ends its work.
#[derive(Debug)]
pub struct Comparison {
    /// Tells it from all others.
    pub id: u64,
    /// What the left side is called.
    pub left_name: String,
    /// What the right side is called: a target, or another schema.
    pub right_name: String,
    /// What has come of it.
    pub state: ComparisonState,
    right: Right,
    is_with_server: bool,
    left: Arc<Schema>,
    left_id: SchemaId,
    /// The work looks whether it is still there.
    alive: Arc<()>,
}

/// How far a comparison is.
#[derive(Debug)]
pub enum ComparisonState {
    /// The server is being asked.
    Asking(Job<Result<Schema, ReflectionFailure>>),
    /// Both sides are there and are being compared.
    Comparing(Job<Option<Drift>>),
    /// Done.
    Done(Box<Drift>),
    /// The server did not tell.
    ReflectionFailed(ReflectionFailure),
    /// A fault of ours.
    Failed(String),
}

/// What is compared with.
#[derive(Clone, Debug)]
enum Right {
    Server(Box<Draft>),
    Schema(SchemaId),
}

impl Comparison {
    /// Whether an answer is awaited.
    #[must_use]
    pub const fn is_running(&self) -> bool {
        matches!(self.state, ComparisonState::Asking(_) | ComparisonState::Comparing(_))
    }

    /// Whether the right side is what a server reflects.
    #[must_use]
    pub const fn is_with_server(&self) -> bool {
        self.is_with_server
    }

    /// The answer, when it is there.
    #[must_use]
    pub fn drift(&self) -> Option<&Drift> {
        match &self.state {
            ComparisonState::Done(drift) => Some(drift),
            _ => None,
        }
    }
}

impl App {
    /// Asks for the server to compare a schema with.
    pub(super) fn ask_drift(&mut self, left: SchemaId) {
        let draft = self.draft_for_server();
        self.show(Overlay::DriftTarget(left, Box::new(draft)));
    }

    /// The same for the schema of the current tab, else the first that came from files.
    pub(super) fn ask_drift_of_current(&mut self) {
        let is_there = |open: &&OpenSchema| open.schema.is_some();
        let is_local = |open: &&OpenSchema| !matches!(open.source, Source::Reflection { .. });
        let of_tab = self.tab().and_then(|tab| tab.schema);
        let found = self
            .schemas
            .iter()
            .filter(is_there)
            .find(|open| Some(open.id) == of_tab)
            .or_else(|| self.schemas.iter().filter(is_there).find(is_local));
        match found.map(|open| open.id) {
            Some(id) => self.ask_drift(id),
            // Without protos there is nothing to compare: they come first.
            None => self.show(Overlay::Open(OpenDialog::default())),
        }
    }

    /// Compares a schema with what a server reflects now.
    pub(super) fn compare_with_server(&mut self, left: SchemaId, draft: Draft) {
        let Some((access, target)) = self.access_of(&draft) else { return };
        let job = self.engine.reflect(target.clone(), access, REFLECTION_TIMEOUT);
        self.begin(left, target, Right::Server(Box::new(draft)), |_, _, _| ComparisonState::Asking(job));
    }

    /// Compares two open schemas: what a server reflected is always the right side.
    pub(super) fn compare_schemas(&mut self, one: SchemaId, other: SchemaId) {
        let (left, right) =
            if self.is_reflected(one) && !self.is_reflected(other) { (other, one) } else { (one, other) };
        let Some(open) = self.schemas.iter().find(|open| open.id == right) else { return };
        let (name, Some(schema)) = (open.label(), open.schema.clone()) else { return };
        self.begin(left, name, Right::Schema(right), move |app, left, alive| app.compare(left, schema, alive));
    }

    fn is_reflected(&self, id: SchemaId) -> bool {
        let open = self.schemas.iter().find(|open| open.id == id);
        open.is_some_and(|open| matches!(open.source, Source::Reflection { .. }))
    }

    /// Compares the same once more, with what both sides are now.
    pub(super) fn compare_again(&mut self) {
        let Some(comparison) = &self.drift else { return };
        let (left, right) = (comparison.left_id, comparison.right.clone());
        match right {
            Right::Server(draft) => self.compare_with_server(left, *draft),
            Right::Schema(right) => self.compare_schemas(left, right),
        }
    }

    fn begin(
        &mut self,
        left_id: SchemaId,
        right_name: String,
        right: Right,
        start: impl FnOnce(&Self, Arc<Schema>, &Arc<()>) -> ComparisonState,
    ) {
        let Some(open) = self.schemas.iter().find(|open| open.id == left_id) else { return };
        let (left_name, Some(left)) = (open.label(), open.schema.clone()) else { return };
        let is_with_server = match &right {
            Right::Server(_) => true,
            Right::Schema(id) => self.is_reflected(*id),
        };
        let alive = Arc::new(());
        let state = start(self, Arc::clone(&left), &alive);
        let id = self.new_id();
        self.drift = Some(Comparison { id, left_name, right_name, state, right, is_with_server, left, left_id, alive });
        self.show(Overlay::Drift(DriftView::default()));
    }

    fn compare(&self, left: Arc<Schema>, right: Arc<Schema>, alive: &Arc<()>) -> ComparisonState {
        let alive = Arc::downgrade(alive);
        ComparisonState::Comparing(
            self.engine.blocking(move || compare(&left, &right, &[], || alive.strong_count() > 0)),
        )
    }

    /// Takes in what has come; a comparison that is no longer shown ends.
    pub(super) fn poll_drift(&mut self) {
        if !matches!(self.overlay, Some(Overlay::Drift(_))) {
            self.drift = None;
        }
        let Some(comparison) = &mut self.drift else { return };
        let next = match &mut comparison.state {
            ComparisonState::Asking(job) => match job.try_next() {
                None => return,
                Some(Ok(Ok(schema))) => Ok(schema),
                Some(Ok(Err(failure))) => Err(ComparisonState::ReflectionFailed(failure)),
                Some(Err(panicked)) => Err(ComparisonState::Failed(panicked.to_string())),
            },
            ComparisonState::Comparing(job) => match job.try_next() {
                None => return,
                Some(Ok(drift)) => Err(ComparisonState::Done(Box::new(drift.unwrap_or_default()))),
                Some(Err(panicked)) => Err(ComparisonState::Failed(panicked.to_string())),
            },
            _ => return,
        };
        let (left, alive) = (Arc::clone(&comparison.left), Arc::clone(&comparison.alive));
        let state = match next {
            Ok(schema) => self.compare(left, Arc::new(schema), &alive),
            Err(state) => state,
        };
        if let Some(comparison) = &mut self.drift {
            comparison.state = state;
        }
    }

    /// Open schemas that have services in common with this one, by name.
    #[must_use]
    pub fn comparable(&self, id: SchemaId) -> Vec<(SchemaId, String)> {
        let open = self.schemas.iter().find(|open| open.id == id);
        let Some(one) = open.and_then(|open| open.schema.as_ref()) else { return Vec::new() };
        let names: HashSet<&str> = one.services.iter().map(|service| service.full_name.as_str()).collect();
        let shares = |open: &&OpenSchema| {
            let has = |schema: &Arc<Schema>| schema.services.iter().any(|it| names.contains(it.full_name.as_str()));
            open.id != id && open.schema.as_ref().is_some_and(has)
        };
        self.schemas.iter().filter(shares).take(MOST_OFFERED).map(|open| (open.id, open.label())).collect()
    }
}

/// How many columns of a fixed font, or small characters of another, a line may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Columns {
    /// Each of the two texts.
    pub side: usize,
    /// A sentence.
    pub sentence: usize,
}

/// A row of the list of differences. All rows have the same height: what is longer than a line goes on in the next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Row {
    /// The methods that reach what follows.
    Calls {
        /// Their names.
        names: String,
        /// The worst that they meet.
        verdict: Verdict,
    },
    /// What differs.
    Difference {
        /// In what.
        changes: Vec<Change>,
        /// Its full name.
        name: String,
        /// The worst that it does to these methods.
        impact: Impact,
    },
    /// A line of both texts.
    Sides {
        /// Of the left one; `None` where it has no such thing.
        left: Option<String>,
        /// Of the right one.
        right: Option<String>,
        /// The first of these texts.
        is_first: bool,
    },
    /// A line of what it does.
    Effect {
        /// How much it breaks.
        impact: Impact,
        /// The messages concerned; `None` in lines after the first.
        ways: Option<Ways>,
        /// Words.
        words: String,
    },
    /// Why the service could not be compared.
    Problem {
        /// What does not compile.
        side: SideName,
        /// Words.
        words: String,
    },
    /// Nothing, before what begins anew.
    Gap,
}

/// The differences of a service as rows; `is_with_server` says what the right side is called.
#[must_use]
pub fn rows(drift: &Drift, service: usize, text: &Text, columns: Columns, is_with_server: bool) -> Vec<Row> {
    let Some(service) = drift.services.get(service) else { return Vec::new() };
    let mut rows = Vec::new();
    for (side, problem) in &service.problems {
        for line in problem.to_string().lines() {
            rows.extend(wrap(line, columns.sentence).into_iter().map(|words| Row::Problem { side: *side, words }));
        }
    }
    for group in drift.groups(service) {
        if !rows.is_empty() {
            rows.push(Row::Gap);
        }
        let names = if group.methods.len() > 1 && group.methods.len() == service.methods.len() {
            text.with("drift-all-methods", &[("count", group.methods.len().into())])
        } else {
            let names = group.methods.iter().filter_map(|at| service.methods.get(*at));
            names.map(|method| method.name.as_str()).collect::<Vec<_>>().join(", ")
        };
        rows.push(Row::Calls { names, verdict: group.verdict });
        for reached in group.reached {
            let Some(one) = drift.differences.get(reached.difference) else { continue };
            let impact = drift.impact(reached);
            rows.push(Row::Difference { changes: one.changes.clone(), name: one.name.clone(), impact });
            rows.extend(sides(one.left.as_deref(), one.right.as_deref(), columns.side));
            for effect in &one.effects {
                let Some(ways) = effect.ways.and(reached.ways) else { continue };
                let sentence = effect.sentence(text, ways, is_with_server);
                let lines = wrap(&sentence, columns.sentence).into_iter().enumerate();
                rows.extend(lines.map(|(line, words)| Row::Effect {
                    impact: effect.impact,
                    ways: (line == 0).then_some(ways),
                    words,
                }));
            }
        }
    }
    rows
}

/// Two texts beside each other, as many lines as the longer needs.
fn sides(left: Option<&str>, right: Option<&str>, columns: usize) -> Vec<Row> {
    let lines = |text: Option<&str>| text.map(|text| wrap(text, columns));
    let (left, right) = (lines(left), lines(right));
    let count = left.as_ref().map_or(1, Vec::len).max(right.as_ref().map_or(1, Vec::len));
    let line = |lines: &Option<Vec<String>>, at: usize| {
        lines.as_ref().map(|lines| lines.get(at).cloned().unwrap_or_default()).or((at > 0).then(String::new))
    };
    (0..count).map(|at| Row::Sides { left: line(&left, at), right: line(&right, at), is_first: at == 0 }).collect()
}

/// Lines of at most so many columns, broken between words where there are any; wide characters count twice.
fn wrap(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(8);
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut width = 0;
    for c in text.chars() {
        let wide = if c >= '\u{1100}' { 2 } else { 1 };
        if width + wide > columns {
            let rest = match line.rfind(' ').filter(|at| *at > line.len() / 2) {
                Some(at) => line.split_off(at + 1),
                None => String::new(),
            };
            lines.push(std::mem::replace(&mut line, rest).trim_end().to_owned());
            width = line.chars().map(|c| if c >= '\u{1100}' { 2 } else { 1 }).sum();
        }
        line.push(c);
        width += wide;
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Language;

    #[track_caller]
    fn check(text: &str, columns: usize, expected: &[&str]) {
        assert_eq!(wrap(text, columns), expected);
    }

    #[test]
    fn lines_break_between_words_where_there_are_any() {
        check("", 10, &[""]);
        check("one two", 10, &["one two"]);
        check("one two three", 10, &["one two", "three"]);
        check("abcdefghijkl", 8, &["abcdefgh", "ijkl"]);
        check("二进制不兼容", 8, &["二进制不", "兼容"]);
    }

    fn load(field: &str) -> Schema {
        let folder = tempfile::tempdir().unwrap();
        let text = format!(
            "syntax = \"proto3\"; package p; message M {{ {field} }} \
             service S {{ rpc Do(M) returns (M); rpc Go(M) returns (M); }}"
        );
        std::fs::write(folder.path().join("a.proto"), text).unwrap();
        let source = Source::Protos { paths: vec![folder.path().to_owned()], import_paths: Vec::new() };
        let schema = Schema::load(&source).unwrap();
        schema.types("p.S", &schema.services[0].file).unwrap();
        schema
    }

    #[test]
    fn rows_have_both_sides_and_what_follows() {
        let drift = compare(&load("int32 a = 1;"), &load(""), &[], || true).unwrap();
        let columns = Columns { side: 40, sentence: 30 };
        let rows = rows(&drift, 0, &Text::new(Language::En), columns, true);
        assert_eq!(rows[0], Row::Calls { names: "All 2 methods".to_owned(), verdict: Verdict::Breaks });
        assert_eq!(
            rows[1],
            Row::Difference { changes: vec![Change::Removed], name: "p.M.a".to_owned(), impact: Impact::Wire }
        );
        assert_eq!(rows[2], Row::Sides { left: Some("int32 a = 1;".to_owned()), right: None, is_first: true });
        let Row::Effect { impact: Impact::Wire, ways: Some(ways), words } = &rows[3] else { panic!("{:?}", rows[3]) };
        assert_eq!((*ways, words.as_str()), (Ways::REQUESTS, "The server does not know this"));
        assert!(matches!(rows[4], Row::Effect { ways: None, .. }));
    }

    #[test]
    fn texts_beside_each_other_have_as_many_lines() {
        let line = |left: Option<&str>, right: &str, is_first| Row::Sides {
            left: left.map(str::to_owned),
            right: Some(right.to_owned()),
            is_first,
        };
        let expected = [line(None, "one two", true), line(Some(""), "three", false)];
        assert_eq!(sides(None, Some("one two three"), 8), expected);
    }
}
