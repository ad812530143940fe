//! A call to a method that the server does not have: what it has instead is asked in the background, once for each call.
//!
//! Must not know: toolkit.

use std::time::Duration;

use super::App;
use super::run::Run;
use super::tab::SchemaId;
use crate::engine::{Cause, Engine, Job, Missing, Offered, ReflectionFailure};
use crate::request::{Access, Protocol};
use crate::schema::{MethodPath, Service, nearest};

/// How long the server's reflection may take.
const TIMEOUT: Duration = Duration::from_secs(5);

/// What a server has in place of a method that it does not implement.
#[derive(Debug, Default)]
pub(super) enum Advice {
    /// Not asked, or without an answer.
    #[default]
    None,
    /// On its way.
    Asked(Job<Result<Offered, ReflectionFailure>>),
    /// What it says.
    Told(Offered),
}

impl Advice {
    fn ask(engine: &Engine, access: &Access, wanted: MethodPath) -> Self {
        // Reflection is a call with a stream of requests.
        if matches!(access.options.protocol, Protocol::GrpcWeb | Protocol::GrpcWebText) {
            return Self::None;
        }
        Self::Asked(engine.offered(access.clone(), wanted, TIMEOUT))
    }

    fn poll(&mut self) {
        if let Self::Asked(job) = self
            && let Some(answer) = job.try_next()
        {
            // A server without reflection has nothing to add, and the hint of the cause is there.
            *self = answer.ok().and_then(Result::ok).map_or(Self::None, Self::Told);
        }
    }
}

/// Where a method that may be meant stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meant {
    /// Its schema.
    pub schema: SchemaId,
    /// `pkg.Service/Method`.
    pub method: String,
    /// The file that defines the service, by import name.
    pub file: String,
}

impl Run {
    /// Asks the server when the call has failed so, once; takes in the answer.
    pub(super) fn poll_advice(&mut self, engine: &Engine) {
        if let Some(access) = self.access.take_if(|_| self.log.outcome.is_some()) {
            let outcome = self.log.outcome.as_ref();
            if outcome.and_then(|outcome| outcome.cause.as_ref()).is_some_and(Cause::is_unknown_method) {
                let method = &self.log.method;
                let (service, method) = (method.parent_service().full_name().to_owned(), method.name().to_owned());
                self.advice = Advice::ask(engine, &access, MethodPath { service, method });
            }
        }
        self.advice.poll();
    }

    /// What the server has in place of the method, once it said so.
    #[must_use]
    pub const fn offered(&self) -> Option<&Offered> {
        if let Advice::Told(offered) = &self.advice { Some(offered) } else { None }
    }

    /// Whether the server is being asked what it has in place of the method.
    #[must_use]
    pub const fn is_asking(&self) -> bool {
        matches!(self.advice, Advice::Asked(_))
    }
}

impl App {
    /// The method that the call on screen probably meant, where an open schema has it: what the server has was told by
    /// its reflection.
    #[must_use]
    pub fn meant(&self) -> Option<Meant> {
        let Offered { wanted, missing, meant, .. } = self.tab()?.run.as_ref()?.offered()?;
        let meant = meant.as_ref()?;
        let service = if *missing == Missing::Service { meant } else { &wanted.service };
        let all = self.schemas.iter().filter_map(|open| Some((open.id, open.schema.as_ref()?)));
        let services = all.flat_map(|(id, schema)| schema.services.iter().map(move |service| (id, service)));
        services.filter(|(_, known)| known.full_name == *service).find_map(|(schema, known)| {
            let method = method_of(known, if *missing == Missing::Service { &wanted.method } else { meant })?;
            Some(Meant { schema, method: format!("{service}/{method}"), file: known.file.clone() })
        })
    }
}

/// The method of that name, else the nearest.
fn method_of<'a>(service: &'a Service, wanted: &str) -> Option<&'a str> {
    let names = || service.methods.iter().map(|method| method.name.as_str());
    names().find(|name| *name == wanted).or_else(|| nearest(wanted, names()))
}
