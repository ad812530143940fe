//! The client of server reflection: asks what a server offers, and collects the files that describe it.
//!
//! Both versions of the protocol have the same messages on the wire, so one client serves both. Requests are sent ahead
//! of their answers: a hundred services on a slow line cost few round trips. A server is believed nothing: what it sends
//! is bounded in number, size and time, and what it gets wrong costs only what is wrong.
//!
//! Must not know: what stands in the files beyond their names, imports and services.

mod files;
mod offered;
mod session;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::runtime::Handle;

use self::files::{Files, Wanted};
pub(super) use self::offered::offered;
pub use self::offered::{Missing, Offered};
use self::session::{Reply, Session};
use super::event::{EndedBy, Outcome};
use super::job::Progress;
use super::pool::Pool;
use super::{Cause, ReflectionFailure};
use crate::request::Access;
use crate::schema::Problem;

/// The package of the reflection services themselves.
const REFLECTION_PACKAGE: &str = "grpc.reflection.";

/// What a server answered.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Offer {
    /// Full names, sorted.
    pub(super) services: Vec<String>,
    /// Serialised file descriptors, each name once.
    pub(super) files: Vec<Bytes>,
    /// Services and files that the server did not describe.
    pub(super) problems: Vec<Problem>,
}

/// How a server is asked.
#[derive(Debug)]
pub(super) struct Asking {
    pub(super) access: Access,
    /// For all of it.
    pub(super) timeout: Duration,
    /// The one service that is wanted. Where the server does not know it, all are asked for.
    pub(super) only: Option<String>,
}

/// Asks the server for its services and every file that they need.
///
/// # Errors
///
/// When it does not even list its services. Whatever goes wrong later is a problem in the offer.
pub(super) async fn ask(
    runtime: Handle,
    pool: Arc<Pool>,
    asking: Asking,
    progress: &Progress,
) -> Result<Offer, ReflectionFailure> {
    let mut session = Session::new(runtime, pool, asking);
    if let Some(service) = session.asking.only.take()
        && let Some(offer) = one(&mut session, service, progress).await?
    {
        return Ok(offer);
    }
    let services = session.services().await?;
    progress.set_total(services.len());
    let mut files = Files::default();
    let wanted = services.iter().map(|service| Wanted::Service(service.clone())).collect();
    files.collect_most(&mut session, wanted, progress).await;
    let Files { services: described, mut problems, bytes, .. } = files;
    // Asked for ahead, refused, and then described with another service.
    problems.retain(|problem| problem.service.is_empty() || !described.contains(&*problem.service));
    Ok(Offer { services, files: bytes, problems })
}

/// The files of one service; `None` where the server does not know it, or does not say so in the newest version.
async fn one(session: &mut Session, service: String, progress: &Progress) -> Result<Option<Offer>, ReflectionFailure> {
    let wanted = Wanted::Service(service.clone());
    session.send(&wanted.request());
    let (echo, answer) = match session.next().await? {
        Reply::Answer(echo, answer) => (echo, answer),
        Reply::Ended(outcome) if outcome.ended_by == EndedBy::Server => return Ok(None),
        Reply::Ended(outcome) => return Err(outcome.into()),
    };
    session.answers += 1;
    session.echoes = echo.is_some_and(|echo| wanted.is(&echo));
    let mut files = Files::default();
    let imports = files.take(&wanted, answer)?;
    if !files.services.contains(&service) {
        return Ok(None);
    }
    files.collect_most(session, imports.into(), progress).await;
    Ok(Some(Offer { services: vec![service], files: files.bytes, problems: files.problems }))
}

impl From<Outcome> for ReflectionFailure {
    fn from(outcome: Outcome) -> Self {
        // That it is reflection which the server lacks is known; that its name may be misspelt is not to be said.
        let cause =
            outcome.cause.filter(|cause| !matches!(cause, Cause::NoSuchService { .. } | Cause::NoSuchMethod { .. }));
        Self { status: outcome.status, cause }
    }
}

fn broken(detail: String) -> ReflectionFailure {
    Cause::BadFrame { detail }.into_outcome().into()
}
