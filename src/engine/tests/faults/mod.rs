//! Every fault that a server or a proxy between may have: each call ends in exactly one `Finished`, with the right
//! status and sentence, and leaves nothing behind.

mod proxy;

use std::net::SocketAddr;
use std::sync::mpsc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::join_all;

use self::proxy::{Fault, FaultProxy};
use super::server::{all, echo, engine, h2_server, spec};
use crate::engine::EndedBy::{self, Deadline, Failure, Server};
use crate::engine::{CallEvent, Engine, Outcome};
use crate::request::CallSpec;
use crate::schema::Kind;

/// Nothing takes longer.
const LIMIT: Duration = Duration::from_secs(20);

/// Proxies before one honest server, on a runtime of their own, so that what the engine has running can be counted.
struct Wire {
    proxies: Vec<(Fault, FaultProxy)>,
    /// Ends the runtime when dropped.
    _stop: mpsc::Sender<()>,
}

impl Wire {
    fn new(faults: &[Fault]) -> Self {
        let faults = faults.to_vec();
        let (sender, receiver) = mpsc::channel();
        let (stop, stopped) = mpsc::channel::<()>();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
            let proxies = runtime.block_on(async {
                let server = h2_server(|exchange| echo(exchange, None)).await;
                let mut proxies = Vec::new();
                for fault in faults {
                    proxies.push((fault, FaultProxy::start(server, fault).await.unwrap()));
                }
                proxies
            });
            sender.send(proxies).unwrap();
            // The sender never sends: this is the end of the test.
            let _ended = stopped.recv().is_err();
            runtime.shutdown_background();
        });
        Self { proxies: receiver.recv().unwrap(), _stop: stop }
    }

    fn address(&self, fault: Fault) -> SocketAddr {
        self.proxies.iter().find(|(other, _)| *other == fault).map(|(_, proxy)| proxy.address).unwrap()
    }

    fn open(&self) -> usize {
        self.proxies.iter().map(|(_, proxy)| proxy.open()).sum()
    }
}

/// A call whose message is long enough to be cut.
fn call_spec(address: SocketAddr, kind: Kind) -> CallSpec {
    let mut spec = spec(address, kind, &[]);
    let message = Bytes::from(vec![b'm'; 3000]);
    spec.messages = if kind.streams_requests() { vec![message; 3] } else { vec![message] };
    spec.access.options.max_receive = 1 << 20;
    spec
}

async fn finish(engine: &Engine, spec: CallSpec) -> (Vec<CallEvent>, Outcome) {
    let streams = spec.kind.streams_requests();
    let mut call = engine.call(spec);
    if streams {
        call.end_sending();
    }
    all(&mut call).await
}

/// Ten thousand calls, three in ten of them cancelled or late, over every fault.
#[test]
fn ten_thousand_calls_leave_nothing_behind() {
    const CALLS: usize = 10_000;
    const AT_ONCE: usize = 50;
    let faults: Vec<Fault> = TABLE.iter().map(|(fault, ..)| *fault).collect();
    let wire = Wire::new(&faults);
    let engine = engine();
    let mut random = fastrand::Rng::with_seed(5);
    for round in 0..CALLS / AT_ONCE {
        let calls = (0..AT_ONCE).map(|index| {
            let fault = faults[(round * AT_ONCE + index) % faults.len()];
            let kind =
                [Kind::Unary, Kind::ServerStreaming, Kind::ClientStreaming, Kind::Bidirectional][random.usize(..4)];
            let mut spec = call_spec(wire.address(fault), kind);
            let silent = matches!(fault, Fault::SilentFirst | Fault::SilentAfterHeaders);
            if silent || random.u8(..10) == 0 {
                spec.timeout = Some(Duration::from_millis(random.u64(1..30)));
            }
            let timeout = spec.timeout;
            let cancelled = (random.u8(..10) < 2).then(|| Duration::from_micros(random.u64(..5000)));
            let engine = &engine;
            async move {
                let mut call = engine.call(spec);
                if kind.streams_requests() {
                    call.end_sending();
                }
                if let Some(after) = cancelled {
                    tokio::time::sleep(after).await;
                    call.cancel();
                }
                // Fails on a second end, on none, and on one that takes too long.
                let ended = tokio::time::timeout(Duration::from_secs(5), all(&mut call)).await;
                let Ok((_, outcome)) = ended else {
                    panic!("{fault:?} {kind:?} {cancelled:?} {timeout:?} does not end")
                };
                assert!((0..=16).contains(&outcome.status.code) || outcome.status.code == 99, "{fault:?} {outcome:?}");
            }
        });
        engine.block_on(join_all(calls));
    }
    let metrics = engine.handle.metrics();
    // What is left are the connections that are whole: two tasks each, on a proxy that does no lasting harm.
    let settled =
        engine.block_on(until(LIMIT, || metrics.num_alive_tasks() <= 2 * wire.open() && wire.open() <= faults.len()));
    assert!(settled, "{} tasks run, {} connections are open", metrics.num_alive_tasks(), wire.open());
    drop(engine);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    assert!(runtime.block_on(until(LIMIT, || wire.open() == 0)), "{} connections are open", wire.open());
}
/// Each fault with the status, who ended the call, and what the user is told of it first.
const TABLE: &[(Fault, i32, EndedBy, &str)] = &[
    (Fault::Honest, 0, Server, ""),
    (Fault::Trickle, 0, Server, ""),
    (Fault::FloodPings, 0, Server, ""),
    (Fault::FloodSettings, 0, Server, ""),
    (Fault::FloodUnknown, 0, Server, ""),
    (Fault::GoAwayInPeace, 0, Server, ""),
    (Fault::SilentFirst, 4, Deadline, "no connection within the call's timeout of 200ms"),
    (Fault::SilentAfterHeaders, 4, Deadline, "the call did not end within its timeout of 200ms"),
    (Fault::CloseAtOnce, 14, Failure, "ADDRESS does not speak HTTP/2: it closed the connection without a word"),
    (Fault::GarbageFirst, 14, Failure, "ADDRESS does not speak HTTP/2: it sent “bytes 7f 00 01 20"),
    (Fault::CutBeforeHeaders, 14, Failure, "the connection was lost: the server closed it during the call"),
    (Fault::CutInMessage, 14, Failure, "the connection was lost: the server closed it in the middle of a frame"),
    (Fault::ResetInMessage, 14, Failure, "the connection was lost: "),
    (Fault::CutBeforeTrailers, 14, Failure, "the connection was lost: the server closed it during the call"),
    (Fault::GarbageInMessage, 13, Failure, "the server's answer breaks the protocol: "),
    (Fault::ShortFrame, 8, Failure, "a received message of "),
    (Fault::HugeFrame, 13, Failure, "the server's answer breaks the protocol: a frame is longer than we allow"),
    (Fault::FloodEmptyData, 13, Failure, "the server's answer breaks the protocol: too many frames that carry nothing"),
    (Fault::ResetStream(8), 1, Failure, "the server broke the call off: it reset the stream (CANCEL)"),
    (Fault::ResetStream(7), 14, Failure, "the server did not take the call: it reset the stream (REFUSED_STREAM)"),
    (Fault::ResetStream(2), 13, Failure, "the server broke the call off: it reset the stream (INTERNAL_ERROR)"),
    (Fault::ResetStream(11), 8, Failure, "the server broke the call off: it reset the stream (ENHANCE_YOUR_CALM)"),
    (Fault::GoAway(0, ""), 14, Failure, "the server broke the call off: it closed the connection (NO_ERROR)"),
    (Fault::GoAway(11, "too_many_pings"), 14, Failure, "the server refuses so many keepalive pings"),
    (
        Fault::GoAway(2, "out of memory"),
        14,
        Failure,
        "the server broke the call off: it closed the connection (INTERNAL_ERROR: out of memory)",
    ),
    (
        Fault::WindowOverflow,
        13,
        Failure,
        "the server's answer breaks the protocol: flow control was broken (FLOW_CONTROL_ERROR)",
    ),
    (Fault::Push, 13, Failure, "the server's answer breaks the protocol: an HTTP/2 rule was broken (PROTOCOL_ERROR)"),
    (
        Fault::DataFirst,
        13,
        Failure,
        "the server's answer breaks the protocol: an HTTP/2 rule was broken (PROTOCOL_ERROR)",
    ),
    (
        Fault::HalfMessage,
        13,
        Failure,
        "the server's answer breaks the protocol: the answer ended in the middle of a message",
    ),
    (Fault::LyingLength, 8, Failure, "a received message of 4294967295 bytes exceeds the limit of 1048576 bytes"),
    (Fault::Bomb(4), 8, Failure, "a received message"),
    (Fault::UnknownEncoding, 13, Failure, "the answer is compressed as snappy"),
    (Fault::BadGzip, 13, Failure, "the server's answer breaks the protocol: "),
    (Fault::BadText, 9, Server, "caf\u{fffd} \u{fffd} %zz"),
    (Fault::BadDetails, 9, Server, ""),
    (Fault::BadStatus, 2, Server, "the server's grpc-status is no number: fine"),
    (Fault::UnknownStatus, 99, Server, ""),
    (Fault::LongTrailer(900), 9, Server, ""),
    (
        Fault::LongTrailer(4096),
        13,
        Failure,
        "the server's answer breaks the protocol: its headers or trailers are too long",
    ),
    (
        Fault::NoStatus,
        2,
        Failure,
        "the server's answer breaks the protocol: the server ended the call without a status",
    ),
    (Fault::Page(502), 14, Failure, "the answer is not gRPC: HTTP status 502, content type text/html"),
    (Fault::Page(404), 12, Failure, "the answer is not gRPC: HTTP status 404, content type text/html"),
    (Fault::NoContentType, 2, Failure, "the answer is not gRPC: HTTP status 200, no content type"),
];

#[test]
fn every_fault_has_its_status_and_sentence() {
    let engine = engine();
    let faults: Vec<Fault> = TABLE.iter().map(|(fault, ..)| *fault).collect();
    let wire = Wire::new(&faults);
    let mut wrong = Vec::new();
    for (index, (fault, code, ended_by, sentence)) in TABLE.iter().enumerate() {
        for kind in [Kind::Unary, Kind::ServerStreaming, Kind::ClientStreaming, Kind::Bidirectional] {
            let address = wire.address(*fault);
            let mut spec = call_spec(address, kind);
            // A fault may spoil its connection for the next call: each gets its own.
            let channel = Duration::from_millis(index as u64 * 4 + kind as u64);
            spec.access.connection.connect_timeout += channel;
            if *ended_by == Deadline {
                spec.timeout = Some(Duration::from_millis(200));
            }
            let (_, outcome) = engine.block_on(finish(&engine, spec));
            let expected = sentence.replace("ADDRESS", &address.to_string());
            let message = &outcome.status.message;
            let fits = if expected.is_empty() { message.is_empty() } else { message.starts_with(&expected) };
            if !fits || (outcome.status.code, outcome.ended_by) != (*code, *ended_by) {
                wrong
                    .push(format!("{fault:?} {kind:?}: {} {:?} {message:.150}", outcome.status.code, outcome.ended_by));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Waits until a count is reached, with a limit.
async fn until(limit: Duration, mut reached: impl FnMut() -> bool) -> bool {
    let wait = async {
        while !reached() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(limit, wait).await.is_ok()
}
