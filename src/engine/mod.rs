//! The only module that does network I/O and spawns tasks: connections, calls, reflection.
//!
//! A call is a handle that its owner holds ([`Call`]); what happens comes back as [`CallEvent`]s over a bounded channel
//! of its own, exactly one [`Happened::Finished`] last. A gRPC status is data, never an error.
//!
//! Must not know: UI.

mod call;
mod cause;
mod channel;
mod codec;
mod connect;
mod credentials;
mod event;
mod job;
mod pool;
mod reflection;
mod status;
mod tap;
#[cfg(test)]
mod tests;
mod tls;
mod watch;

use std::fmt;
use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::{Builder, Handle, Runtime};

pub use self::call::{Call, NotSent};
pub use self::cause::Cause;
pub use self::credentials::{CredentialsFailure, Token, TokenJob, TokenState};
pub use self::event::{CallEvent, Certificate, EndedBy, Happened, Outcome, Payload, Peer, Status, Step, TlsSession};
pub use self::job::{Job, Panicked};
pub use self::status::code_name;
pub use self::watch::Watch;
use crate::request::{Access, CallSpec, Credentials};
use crate::schema::Schema;

/// Calls and jobs wait far more than they compute.
const THREADS: usize = 2;

/// Called when there is something new to poll.
type Wake = Arc<dyn Fn() + Send + Sync>;

/// Runs calls and jobs on threads of its own. Dropping it ends them all and waits for none.
pub struct Engine {
    /// Always there until the engine is dropped.
    runtime: Option<Runtime>,
    handle: Handle,
    pool: Arc<pool::Pool>,
    wake: Wake,
}

/// Why reflection failed as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReflectionFailure {
    /// The status that the server, or we, ended it with.
    pub status: Status,
    /// As in [`Outcome::cause`].
    pub cause: Option<Cause>,
}

impl Engine {
    /// Starts the engine's threads. `wake` is called, from any thread, whenever there is something new to poll.
    ///
    /// # Errors
    ///
    /// When the system gives no threads.
    pub fn new(wake: impl Fn() + Send + Sync + 'static) -> std::io::Result<Self> {
        let runtime =
            Builder::new_multi_thread().worker_threads(THREADS).thread_name("trunkline-engine").enable_all().build()?;
        let handle = runtime.handle().clone();
        Ok(Self { runtime: Some(runtime), handle, pool: Arc::default(), wake: Arc::new(wake) })
    }

    /// Starts a call and returns at once.
    #[must_use]
    pub fn call(&self, spec: CallSpec) -> Call {
        Call::start(&self.handle, Arc::clone(&self.pool), Arc::clone(&self.wake), spec)
    }

    /// Asks a server what it offers. The job's progress is in services.
    #[must_use]
    pub fn reflect(&self, target: String, access: Access, timeout: Duration) -> Job<Result<Schema, ReflectionFailure>> {
        let (handle, pool) = (self.handle.clone(), Arc::clone(&self.pool));
        let blocking = handle.clone();
        let asking = reflection::Asking { access, timeout };
        let progress = Arc::new(job::Progress::default());
        let told = Arc::clone(&progress);
        let job = self.job(async move {
            let offer = reflection::ask(handle, pool, asking, &told).await?;
            // Reading hundreds of files would hold up the calls on this thread.
            let read = move || Schema::from_reflection(&target, offer.services, offer.files, offer.problems);
            match blocking.spawn_blocking(read).await {
                Ok(schema) => Ok(schema),
                // A panic goes on to the job, which tells it.
                Err(error) => match error.try_into_panic() {
                    Ok(payload) => std::panic::resume_unwind(payload),
                    Err(stopped) => Err(Cause::Internal { detail: stopped.to_string() }.into_outcome().into()),
                },
            }
        });
        job.with_progress(progress)
    }

    /// Fetches the token of an access's credentials, so that calls find it; nothing to do where it has none.
    #[must_use]
    pub fn fetch_token(&self, access: Access) -> TokenJob {
        TokenJob::new(Arc::clone(&self.wake), Arc::clone(&self.pool.tokens), access, |work| self.job(work))
    }

    /// What is known of the token of some credentials; never waits.
    #[must_use]
    pub fn token_state(&self, credentials: &Credentials) -> TokenState {
        self.pool.tokens.state(credentials)
    }

    /// Drops the token of some credentials, and what renews it.
    pub fn forget_token(&self, credentials: &Credentials) {
        self.pool.tokens.forget(credentials);
    }

    /// Watches files, and folders with all that is in them.
    #[must_use]
    pub fn watch(&self, paths: Vec<PathBuf>) -> Job<Result<Watch, String>> {
        let (runtime, wake) = (self.handle.clone(), Arc::clone(&self.wake));
        self.blocking(move || Watch::begin(runtime, wake, &paths))
    }

    /// Runs blocking work on a thread for it.
    #[must_use]
    pub fn blocking<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Job<T> {
        Job::spawn_blocking(&self.handle, Arc::clone(&self.wake), work)
    }

    /// Runs a future.
    #[must_use]
    pub fn job<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> Job<T> {
        Job::spawn(&self.handle, Arc::clone(&self.wake), work)
    }

    /// Waits for a future on this thread; for the terminal and the tests, never for the window.
    pub fn block_on<T>(&self, future: impl Future<Output = T>) -> T {
        self.handle.block_on(future)
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine").field("pool", &self.pool).finish_non_exhaustive()
    }
}
