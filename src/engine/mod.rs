//! The only module that does network I/O and spawns tasks: connections, calls, reflection.
//!
//! A call is a handle that its owner holds ([`Call`]); what happens comes back as [`CallEvent`]s over a bounded channel
//! of its own, exactly one [`Happened::Finished`] last. A gRPC status is data, never an error.
//!
//! Must not know: UI.

mod answer;
mod broken;
mod call;
mod cancel;
mod cause;
mod channel;
mod codec;
mod connect;
mod credentials;
mod event;
mod frames;
mod http1;
mod job;
mod outbox;
mod outgoing;
mod pool;
mod protocol;
mod queue;
mod reflection;
mod retry;
mod rich_status;
mod runs;
mod status;
mod tap;
#[cfg(test)]
mod tests;
mod tls;
mod verdict;
mod watch;

use std::fmt;
use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::{Builder, Handle, Runtime, RuntimeFlavor};

pub use self::call::{Call, NotSent};
#[cfg(test)]
pub(crate) use self::cause::tests::all as causes;
pub use self::cause::{Cause, CertificateFault, ClientFault, FileFault, TlsCause};
pub use self::credentials::{CredentialsFailure, Token, TokenJob, TokenState};
pub use self::event::{CallEvent, Certificate, EndedBy, Happened, Outcome, Payload, Peer, Status, Step, TlsSession};
pub use self::job::{Job, Panicked};
pub use self::pool::{
    ChannelFacts, ChannelFailure, ChannelId, ChannelState, ConnectionFacts, PingFailure, RoundTrip, StateChange, Why,
};
pub use self::reflection::{Missing, Offered};
pub(crate) use self::rich_status::RichStatus;
pub use self::status::code_name;
pub use self::tap::GoAway;
pub use self::watch::Watch;
use crate::request::{Access, CallSpec, Credentials};
use crate::schema::{MethodPath, Schema};

/// Calls and jobs wait far more than they compute: to hand them from thread to thread costs more than a second one gains.
const THREADS: usize = 1;

/// Turns that each task is given at the end of an engine without threads: a cancel goes from the call to its stream, and
/// from there to the socket.
const LAST_TURNS: usize = 16;

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
        let mut threads = Builder::new_multi_thread();
        Self::on(threads.worker_threads(THREADS).thread_name("trunkline-engine"), wake)
    }

    /// An engine without threads of its own, for the terminal: calls and jobs go on while somebody is in
    /// [`Engine::block_on`], and on that thread. Blocking work still has threads.
    ///
    /// # Errors
    ///
    /// When the system gives no way to wait for sockets.
    pub fn without_threads() -> std::io::Result<Self> {
        Self::on(&mut Builder::new_current_thread(), || {})
    }

    fn on(threads: &mut Builder, wake: impl Fn() + Send + Sync + 'static) -> std::io::Result<Self> {
        let runtime = threads.enable_all().build()?;
        let handle = runtime.handle().clone();
        let wake: Wake = Arc::new(wake);
        let pool = Arc::new(pool::Pool::new(Arc::clone(&wake)));
        Ok(Self { runtime: Some(runtime), handle, pool, wake })
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
        let asking = reflection::Asking { access, timeout, only: None };
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

    /// Asks a server's reflection what it has in place of a method that it does not implement. The whole takes no longer
    /// than `timeout`.
    #[must_use]
    pub fn offered(
        &self,
        access: Access,
        wanted: MethodPath,
        timeout: Duration,
    ) -> Job<Result<Offered, ReflectionFailure>> {
        let (handle, pool) = (self.handle.clone(), Arc::clone(&self.pool));
        let asking = reflection::Asking { access, timeout, only: None };
        self.job(reflection::offered(handle, pool, asking, wanted))
    }

    /// Asks a server for one service and what it needs; for all that it offers where it does not know that one. For the
    /// terminal, where nothing else goes on meanwhile: what comes is read on the thread of the calls.
    #[must_use]
    pub fn reflect_service(
        &self,
        target: String,
        access: Access,
        timeout: Duration,
        service: String,
    ) -> Job<Result<Schema, ReflectionFailure>> {
        let (handle, pool) = (self.handle.clone(), Arc::clone(&self.pool));
        let asking = reflection::Asking { access, timeout, only: Some(service) };
        self.job(async move {
            let offer = reflection::ask(handle, pool, asking, &job::Progress::default()).await?;
            Ok(Schema::from_reflection(&target, offer.services, offer.files, offer.problems))
        })
    }

    /// What is known of the channels that calls were made on, the oldest first. Those without a connection are
    /// forgotten ten minutes after the last that happened to them, or when there are many. Cheap enough for each
    /// frame; `wake` is called when the state of one changes.
    #[must_use]
    pub fn channels(&self) -> Vec<ChannelFacts> {
        self.pool.facts()
    }

    /// Sends a PING on the connection of a channel and measures the time to its answer. Makes no connection.
    #[must_use]
    pub fn ping(&self, id: ChannelId) -> Job<Result<Duration, PingFailure>> {
        let pool = Arc::clone(&self.pool);
        self.job(async move { pool.ping(id).await })
    }

    /// Makes a new connection at once, for the calls to come; those that run finish on the old one. How it went is
    /// told by [`Engine::channels`].
    pub fn reconnect(&self, id: ChannelId) {
        self.handle.spawn(self.pool.reconnect(id));
    }

    /// Closes a channel: its calls end with CANCELLED, its connections are closed. A further call opens it again.
    pub fn close(&self, id: ChannelId) {
        self.pool.close(id);
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
        match &self.runtime {
            Some(runtime) => runtime.block_on(future),
            None => self.handle.block_on(future),
        }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        let Some(runtime) = self.runtime.take() else { return };
        // Without threads nobody else sends the cancel of the last call.
        if runtime.handle().runtime_flavor() == RuntimeFlavor::CurrentThread && Handle::try_current().is_err() {
            runtime.block_on(async {
                for _ in 0..LAST_TURNS {
                    tokio::task::yield_now().await;
                }
            });
        }
        runtime.shutdown_background();
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine").field("pool", &self.pool).finish_non_exhaustive()
    }
}
