//! What ten thousand calls over a proxy that does all kinds of harm leave behind in the process: sockets and memory, for
//! `benches/faults.sh`. What each call ends with is for the tests of the engine.

use std::sync::mpsc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use trunkline::demo::{self, Port};
use trunkline::engine::{Engine, Happened};
use trunkline::request::{CallSpec, TlsDraft, TlsMode};
use trunkline::request::{Draft, Scope, Setting, resolve_access};
use trunkline::schema::{Kind, MethodPath};

#[path = "../src/engine/tests/faults/proxy.rs"]
#[expect(dead_code, reason = "what only the tests count")]
mod proxy;

use proxy::{Fault, FaultProxy};

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type Failure = Box<dyn std::error::Error + Send + Sync>;

const CALLS: usize = 10_000;
const ROUNDS: usize = 4;
const AT_ONCE: usize = 50;

const FAULTS: [Fault; 32] = [
    Fault::Honest,
    Fault::CloseAtOnce,
    Fault::GarbageFirst,
    Fault::SilentFirst,
    Fault::CutBeforeHeaders,
    Fault::CutInMessage,
    Fault::ResetInMessage,
    Fault::CutBeforeTrailers,
    Fault::Trickle,
    Fault::SilentAfterHeaders,
    Fault::GarbageInMessage,
    Fault::ShortFrame,
    Fault::HugeFrame,
    Fault::FloodPings,
    Fault::FloodSettings,
    Fault::FloodEmptyData,
    Fault::FloodUnknown,
    Fault::ResetStream(2),
    Fault::GoAway(11, "too_many_pings"),
    Fault::GoAwayInPeace,
    Fault::WindowOverflow,
    Fault::Push,
    Fault::DataFirst,
    Fault::HalfMessage,
    Fault::LyingLength,
    Fault::Bomb(40),
    Fault::BadGzip,
    Fault::BadText,
    Fault::LongTrailer(1024),
    Fault::NoStatus,
    Fault::Page(502),
    Fault::NoContentType,
];

#[expect(clippy::print_stdout, reason = "a bench tells its figures there")]
fn main() -> Result<(), Failure> {
    let (sender, receiver) = mpsc::channel();
    // The honest server and the proxies have threads of their own.
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Runtime::new()?;
        runtime.block_on(async {
            let demo = demo::start(Port::Exactly(0)).await?;
            let mut proxies = Vec::new();
            for fault in FAULTS {
                proxies.push((fault, FaultProxy::start(demo.address, fault).await?.address));
            }
            sender.send(proxies)?;
            std::future::pending::<Result<(), Failure>>().await
        })
    });
    let proxies = receiver.recv()?;
    let engine = Engine::new(|| {})?;
    let mut random = fastrand::Rng::with_seed(5);
    println!("calls  seconds  sockets  memory now  most so far");
    println!("{:>5}  {:>7}  {:>7}  {:>7.1} MB  {:>8.1} MB", 0, "", sockets(), memory("VmRSS:"), memory("VmHWM:"));
    for round in 1..=ROUNDS {
        let begun = Instant::now();
        for batch in 0..CALLS / AT_ONCE {
            let mut calls = Vec::new();
            for index in 0..AT_ONCE {
                let (fault, address) = proxies[(batch * AT_ONCE + index) % proxies.len()];
                let mut spec = spec(&address.to_string())?;
                if matches!(fault, Fault::SilentFirst | Fault::SilentAfterHeaders) || random.u8(..10) == 0 {
                    spec.timeout = Some(Duration::from_millis(random.u64(1..30)));
                }
                let call = engine.call(spec);
                if random.u8(..10) == 0 {
                    call.cancel();
                }
                calls.push(call);
            }
            engine.block_on(async {
                for mut call in calls {
                    let mut ends = 0;
                    while let Some(event) = call.next().await {
                        ends += usize::from(matches!(event.what, Happened::Finished(_)));
                    }
                    assert_eq!(ends, 1, "each call ends once");
                }
            });
        }
        let seconds = begun.elapsed().as_secs_f64();
        let calls = round * CALLS;
        println!(
            "{calls:>5}  {seconds:>7.1}  {:>7}  {:>7.1} MB  {:>8.1} MB",
            sockets(),
            memory("VmRSS:"),
            memory("VmHWM:")
        );
    }
    Ok(())
}

/// A greeting of three kilobytes.
fn spec(target: &str) -> Result<CallSpec, Failure> {
    let tls = TlsDraft { mode: TlsMode::Plaintext, ..TlsDraft::default() };
    let mut draft = Draft { target: target.to_owned(), tls, ..Draft::default() };
    // So that ten thousand calls do not spend their time on growing bombs.
    draft.settings.set(Setting::MaxReceiveSize, "1MB");
    let access = resolve_access(&draft, &Scope::default()).map_err(|problems| format!("{problems:?}"))?;
    let name = "m".repeat(3000);
    let mut message = vec![0x0a, 0xb8, 0x17];
    message.extend(name.as_bytes());
    Ok(CallSpec {
        access,
        method: MethodPath { service: "helloworld.Greeter".to_owned(), method: "SayHello".to_owned() },
        kind: Kind::Unary,
        timeout: None,
        messages: vec![Bytes::from(message)],
    })
}

/// Sockets that are open in this process, those of the server and the proxies too.
fn sockets() -> usize {
    let Ok(entries) = std::fs::read_dir("/proc/self/fd") else { return 0 };
    let targets = entries.filter_map(|entry| std::fs::read_link(entry.ok()?.path()).ok());
    targets.filter(|target| target.to_string_lossy().starts_with("socket:")).count()
}

/// In megabytes.
fn memory(key: &str) -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(key)).unwrap_or_default();
    line.split_whitespace().next().and_then(|number| number.parse::<f64>().ok()).unwrap_or_default() / 1024.0
}
