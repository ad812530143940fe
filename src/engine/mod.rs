//! The only module that does network I/O and spawns tasks: connections, calls, reflection.
//!
//! A call is a handle that its owner holds ([`Call`]); what happens comes back as [`CallEvent`]s over a bounded channel
//! of its own, exactly one [`Happened::Finished`] last. A gRPC status is data, never an error.
//!
//! Must not know: UI.

use std::future::Future;
use std::time::{Duration, SystemTime};

use bytes::Bytes;

use crate::request::{CallSpec, ConnectionSpec, MetadataEntry};
use crate::schema::Schema;

/// Runs calls and jobs on threads of its own.
#[derive(Debug)]
pub struct Engine {}

/// A running call. Dropping it cancels.
#[derive(Debug)]
pub struct Call {}

/// One answer to come. Dropping it drops the work.
#[derive(Debug)]
pub struct Job<T> {
    _answer: std::marker::PhantomData<T>,
}

/// Something that happened in a call.
#[derive(Clone, Debug)]
pub struct CallEvent {
    /// Since [`Call::started`], by a monotonic clock.
    pub at: Duration,
    /// What.
    pub what: Happened,
}

/// What happened.
#[derive(Clone, Debug)]
pub enum Happened {
    /// A connection is being made (not said when one is reused).
    Connecting {
        /// `host:port` or socket path.
        address: String,
    },
    /// The connection stands.
    Connected(Peer),
    /// A message was handed to the connection: its encoded bytes.
    Sent(Bytes),
    /// The sending half was closed.
    SendingEnded,
    /// Response headers.
    Headers(Vec<MetadataEntry>),
    /// A message came: its encoded bytes, decompressed.
    Received(Bytes),
    /// The end, always last.
    Finished(Outcome),
}

/// The other end of a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// IP address and port, or socket path.
    pub address: String,
    /// `TLSv1.3`, cipher suite; `None` for plaintext.
    pub tls: Option<(String, String)>,
    /// An earlier call opened it.
    pub reused: bool,
}

/// How a call ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The status, the server's or ours.
    pub status: Status,
    /// Trailers as they came, without `grpc-status`, `grpc-message` and `grpc-status-details-bin`.
    pub trailers: Vec<MetadataEntry>,
    /// Who ended it.
    pub ended_by: EndedBy,
    /// Why it failed, where there is more to say than the status.
    pub cause: Option<Cause>,
}

/// A gRPC status.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// 0 is OK.
    pub code: i32,
    /// Its text, percent-decoded.
    pub message: String,
    /// `grpc-status-details-bin`, a serialised `google.rpc.Status`; empty where there was none.
    pub details: Bytes,
}

/// Who ended a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndedBy {
    /// The server, with a status of its own.
    Server,
    /// Our deadline.
    Deadline,
    /// [`Call::cancel`].
    Cancel,
    /// A failure below gRPC: [`Outcome::cause`] says which.
    Failure,
}

/// Why a call failed, from evidence. The sentences (what happened, what to try) stand in the locale files under
/// [`Cause::key`] and `key-hint`, with [`Cause::arguments`] in them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Nobody listens there.
    Refused { address: String },
    /// The name has no address.
    NameNotFound { host: String },
    /// Connecting took longer than allowed.
    ConnectTimeout { address: String },
    /// The socket failed in another way.
    Network { address: String, detail: String },
    /// We spoke plaintext, the server wants TLS.
    WantsTls { address: String },
    /// We spoke TLS, the server does not: what it sent instead.
    NoTls { address: String, detail: String },
    /// The server speaks HTTP/1.1.
    Http1 { address: String, detail: String },
    /// Something answered that is not HTTP/2 at all.
    NotHttp2 { address: String, detail: String },
    /// An HTTP answer that is not gRPC: status, content type, the beginning of the body.
    NotGrpc { http_status: u16, content_type: String, body: String },
    /// The certificate is signed by nobody we trust.
    UnknownIssuer { detail: String },
    /// The certificate is for other names.
    WrongName { expected: String, names: String },
    /// The certificate is out of its dates.
    Expired { detail: String },
    /// TLS failed in another way.
    Tls { detail: String },
    /// A file of the TLS settings cannot be used.
    TlsFile { path: String, detail: String },
    /// The connection ended in mid-call.
    ConnectionLost { detail: String },
    /// The server reset the stream or said go away.
    Reset { detail: String },
    /// A message exceeds the limit.
    TooLarge { size: u64, limit: u64 },
    /// A frame was cut, a trailer missing.
    BadFrame { detail: String },
    /// Our own fault.
    Internal { detail: String },
}

impl Cause {
    /// The key of the sentence that says what happened, `cause-refused`; with `-hint` the one that says what to try.
    #[must_use]
    pub fn key(&self) -> &'static str {
        unimplemented!()
    }

    /// What stands in the sentence, by name.
    #[must_use]
    pub fn arguments(&self) -> Vec<(&'static str, String)> {
        unimplemented!()
    }
}

/// Why reflection failed as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReflectionFailure {
    /// The status that the server, or we, ended it with.
    pub status: Status,
    /// As in [`Outcome::cause`].
    pub cause: Option<Cause>,
}

/// Why a message was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotSent {
    /// The call has finished.
    #[error("the call has ended")]
    Finished,
    /// The sending half is closed, or the method takes one message only.
    #[error("the sending side of the call is closed")]
    SendingEnded,
    /// The server takes messages slower than they are sent.
    #[error("the server has not yet taken the messages before this one")]
    Full,
}

impl Engine {
    /// Starts the engine's threads. `wake` is called, from any thread, whenever there is something new to poll.
    ///
    /// # Errors
    ///
    /// When the system gives no threads.
    pub fn new(_wake: impl Fn() + Send + Sync + 'static) -> std::io::Result<Self> {
        unimplemented!()
    }

    /// Starts a call and returns at once.
    #[must_use]
    pub fn call(&self, _spec: CallSpec) -> Call {
        unimplemented!()
    }

    /// Asks a server what it offers.
    #[must_use]
    pub fn reflect(
        &self,
        _target: String,
        _connection: ConnectionSpec,
        _metadata: Vec<MetadataEntry>,
        _timeout: Duration,
    ) -> Job<Result<Schema, ReflectionFailure>> {
        unimplemented!()
    }

    /// Runs blocking work on a thread for it.
    #[must_use]
    pub fn blocking<T: Send + 'static>(&self, _work: impl FnOnce() -> T + Send + 'static) -> Job<T> {
        unimplemented!()
    }

    /// Runs a future.
    #[must_use]
    pub fn job<T: Send + 'static>(&self, _work: impl Future<Output = T> + Send + 'static) -> Job<T> {
        unimplemented!()
    }

    /// Waits for a future on this thread; for the terminal and the tests, never for the window.
    pub fn block_on<T>(&self, _future: impl Future<Output = T>) -> T {
        unimplemented!()
    }
}

impl Call {
    /// When it was started, by the wall clock.
    #[must_use]
    pub fn started(&self) -> SystemTime {
        unimplemented!()
    }

    /// Queues a message, never waits.
    ///
    /// # Errors
    ///
    /// When the call does not take it.
    pub fn send(&self, _message: Bytes) -> Result<(), NotSent> {
        unimplemented!()
    }

    /// As [`Call::send`], waiting for room.
    ///
    /// # Errors
    ///
    /// When the call has ended or its sending half is closed.
    pub async fn send_when_ready(&self, _message: Bytes) -> Result<(), NotSent> {
        unimplemented!()
    }

    /// Half-closes: the server sees the end of the request stream.
    pub fn end_sending(&self) {
        unimplemented!()
    }

    /// Cancels: the server sees `RST_STREAM(CANCEL)`; `Finished` with CANCELLED follows.
    pub fn cancel(&self) {
        unimplemented!()
    }

    /// The next event if there is one.
    pub fn try_next(&mut self) -> Option<CallEvent> {
        unimplemented!()
    }

    /// The next event; `None` after `Finished`.
    pub async fn next(&mut self) -> Option<CallEvent> {
        unimplemented!()
    }
}

impl<T> Job<T> {
    /// The answer, once, when it is there; `Some(Err(_))` when the work panicked.
    pub fn try_next(&mut self) -> Option<Result<T, Panicked>> {
        unimplemented!()
    }

    /// Waits for the answer.
    ///
    /// # Errors
    ///
    /// When the work panicked.
    pub async fn wait(self) -> Result<T, Panicked> {
        unimplemented!()
    }
}

/// The work of a job panicked: a fault of ours, shown as such.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("internal error: {0}")]
pub struct Panicked(pub String);

/// The name of a status code, `NOT_FOUND`; `CODE_99` for a number that gRPC does not define.
#[must_use]
pub fn code_name(_code: i32) -> String {
    unimplemented!()
}
