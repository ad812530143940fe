//! The schemas that are open: what they were asked for, what came, what failed.
//!
//! Must not know: toolkit.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::tab::SchemaId;
use crate::engine::{Engine, Job, ReflectionFailure, Watch};
use crate::request::Access;
use crate::schema::{Problem, Progress, Schema, Source};

/// A check of fewer files is done before anybody could read about it.
const FILES_WORTH_TELLING: usize = 100;

/// A descriptor source that the user opened.
#[derive(Debug)]
pub struct OpenSchema {
    /// Its name.
    pub id: SchemaId,
    /// Where it comes from.
    pub source: Source,
    /// For reflection, how to ask again.
    pub asked: Option<Access>,
    /// The latest good answer, kept while it is read again and when that fails.
    pub schema: Option<Arc<Schema>>,
    /// What is under way or went wrong.
    pub state: SchemaState,
    /// How far it has come, while something is under way.
    pub progress: Progress,
    /// Whether every file was compiled, for what listing them does not show.
    pub check: Checking,
    /// The user opened it just now and nothing has come of it yet: to cancel is not to open it.
    pub is_new: bool,
    /// Tells when its files change.
    pub watch: Watching,
    /// A collection or the session opened it, so that it is not stored with the session once more.
    pub of_collection: bool,
}

/// Whether files are watched.
#[derive(Debug, Default)]
pub enum Watching {
    /// They are not: there are none, or the system does not watch.
    #[default]
    Off,
    /// It begins.
    Starting(Job<Result<Watch, String>>),
    /// They are.
    On(Watch),
}

impl Watching {
    /// Whether something has changed since this was asked last.
    pub fn take_change(&mut self) -> bool {
        if let Self::Starting(job) = self
            && let Some(answer) = job.try_next()
        {
            // Without a watch everything works but for this: Reload is still there.
            *self = answer.ok().and_then(Result::ok).map_or(Self::Off, Self::On);
        }
        match self {
            Self::On(watch) => watch.take_change(),
            Self::Off | Self::Starting(_) => false,
        }
    }
}

/// Whether every file of a schema was compiled.
#[derive(Debug, Default)]
pub enum Checking {
    /// It was not: only what listing shows is known.
    #[default]
    Not,
    /// It is being done.
    Running {
        /// The problems to come; `None` where it was cancelled.
        job: Job<Option<Vec<Problem>>>,
        /// How far it is.
        progress: Progress,
        /// What the check before this one said, shown until there is something newer.
        before: Option<Vec<Problem>>,
    },
    /// Every problem there is.
    Done(Vec<Problem>),
}

impl Checking {
    /// What is known.
    fn problems(&self) -> Option<&[Problem]> {
        match self {
            Self::Not | Self::Running { before: None, .. } => None,
            Self::Running { before: Some(problems), .. } | Self::Done(problems) => Some(problems),
        }
    }

    /// Begins anew; what was known stays until there is something newer.
    pub fn start(&mut self, engine: &Engine, schema: Arc<Schema>) {
        let before = match std::mem::take(self) {
            Self::Not => None,
            Self::Running { before, progress, .. } => {
                progress.cancel();
                before
            }
            Self::Done(problems) => Some(problems),
        };
        let progress = Progress::default();
        let of_work = progress.clone();
        let job = engine.blocking(move || schema.check(&of_work));
        *self = Self::Running { job, progress, before };
    }

    /// Ends it; what listing the files shows is known all the same.
    pub fn cancel(&mut self) {
        if let Self::Running { progress, .. } = std::mem::take(self) {
            progress.cancel();
        }
    }

    /// Takes in the answer if it has come; the words of a panic.
    pub fn poll(&mut self) -> Option<String> {
        let Self::Running { job, .. } = self else { return None };
        let (next, panicked) = match job.try_next()? {
            Ok(problems) => (problems.map_or(Self::Not, Self::Done), None),
            Err(panicked) => (Self::Not, Some(panicked.to_string())),
        };
        *self = next;
        panicked
    }
}

/// What is under way.
#[derive(Debug)]
pub enum SchemaState {
    /// Files are being read.
    Reading(Job<Result<Schema, Problem>>),
    /// A server is being asked.
    Reflecting(Job<Result<Schema, ReflectionFailure>>),
    /// `schema` is the answer.
    Ready,
    /// Nothing could be read.
    Failed(Problem),
    /// The user ended it before there was an answer.
    Cancelled,
    /// The server did not tell.
    ReflectionFailed(ReflectionFailure),
}

impl OpenSchema {
    /// What the tree calls it: file or folder name, or the target.
    #[must_use]
    pub fn label(&self) -> String {
        match &self.source {
            Source::Protos { paths, .. } => match paths.as_slice() {
                [] => String::new(),
                [path] => file_name(path),
                [path, ..] => format!("{} +{}", file_name(path), paths.len() - 1),
            },
            Source::DescriptorSet { path } => file_name(path),
            Source::Reflection { target } => target.clone(),
        }
    }

    /// Whether an answer is awaited.
    #[must_use]
    pub const fn is_loading(&self) -> bool {
        matches!(self.state, SchemaState::Reading(_) | SchemaState::Reflecting(_))
    }

    /// Services described so far, and services in all, while a server is asked that has listed them.
    #[must_use]
    pub fn described(&self) -> Option<(usize, usize)> {
        match &self.state {
            SchemaState::Reflecting(job) => Some(job.progress()).filter(|(_, total)| *total > 0),
            _ => None,
        }
    }

    /// What is wrong with one service, first things first.
    #[must_use]
    pub fn problem_of(&self, service: &str) -> Option<&Problem> {
        self.schema.as_ref()?.problems.iter().find(|problem| *problem.service == *service)
    }

    /// The files that it is made from.
    #[must_use]
    pub fn files(&self) -> Vec<PathBuf> {
        match &self.source {
            Source::Protos { paths, import_paths } => paths.iter().chain(import_paths).cloned().collect(),
            Source::DescriptorSet { path } => vec![path.clone()],
            Source::Reflection { .. } => Vec::new(),
        }
    }

    /// What could not be read, the whole source or parts of it.
    pub fn problems(&self) -> impl Iterator<Item = &Problem> {
        let whole = match &self.state {
            SchemaState::Failed(problem) => Some(problem),
            _ => None,
        };
        let listed = || self.schema.as_ref().map(|schema| schema.problems.as_slice()).unwrap_or_default();
        whole.into_iter().chain(self.check.problems().unwrap_or_else(listed))
    }

    /// How many of them are faults, notes left out.
    #[must_use]
    pub fn fault_count(&self) -> usize {
        self.problems().filter(|problem| !problem.is_note).count()
    }

    /// How far a check is that takes its time.
    #[must_use]
    pub fn checking(&self) -> Option<&Progress> {
        match &self.check {
            Checking::Running { progress, .. } if progress.total() >= FILES_WORTH_TELLING => Some(progress),
            _ => None,
        }
    }

    /// Ends what is under way; what was there before stays. `false` where that is nothing at all.
    pub fn cancel(&mut self) -> bool {
        self.check.cancel();
        if !self.is_loading() {
            return true;
        }
        self.progress.cancel();
        self.state = if self.schema.is_some() { SchemaState::Ready } else { SchemaState::Cancelled };
        self.schema.is_some() || !self.is_new
    }

    /// Takes in the answer if it has come; whether it has.
    pub fn poll(&mut self) -> bool {
        let next = match &mut self.state {
            SchemaState::Reading(job) => match job.try_next() {
                None => return false,
                Some(Ok(Ok(schema))) => Ok(schema),
                Some(Ok(Err(problem))) => Err(SchemaState::Failed(problem)),
                Some(Err(panicked)) => Err(SchemaState::Failed(Problem::from_message(panicked.to_string()))),
            },
            SchemaState::Reflecting(job) => match job.try_next() {
                None => return false,
                Some(Ok(Ok(schema))) => Ok(schema),
                Some(Ok(Err(failure))) => Err(SchemaState::ReflectionFailed(failure)),
                Some(Err(panicked)) => Err(SchemaState::Failed(Problem::from_message(panicked.to_string()))),
            },
            _ => return false,
        };
        self.is_new = false;
        match next {
            Ok(schema) => {
                self.schema = Some(Arc::new(schema));
                self.state = SchemaState::Ready;
            }
            Err(state) => self.state = state,
        }
        true
    }
}

fn file_name(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}
