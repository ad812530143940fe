//! What a call costs: the engine of this program beside a static tonic client over tonic's own channel, against one
//! server in a process of its own, in turn. `../calls.sh` runs it; `calls CASE ROUNDS` runs one case.

mod server;
mod wire;

use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use std::{env, fs, io, thread};

use bytes::Bytes;
use futures_util::StreamExt as _;
use prost::Message as _;
use tokio::runtime::{Builder, Runtime};
use tonic::client::Grpc;
use tonic::transport::{Channel, Endpoint};
use trunkline::engine::{Call, Engine, Happened};
use trunkline::request::{
    Access, Address, CallOptions, CallSpec, ConnectionSpec, Protocol, Proxy, Windows,
};
use trunkline::schema::{Kind, MethodPath};
use wire::{Blob, Flood, ProstCodec};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const CALLERS: usize = 64;
const LARGEST: usize = 1 << 30;

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let word = |index: usize| arguments.get(index).map_or("", String::as_str);
    let rounds = word(1).parse().unwrap_or(7);
    match word(0) {
        "serve" => server::run(),
        "memory-of" => memory_of(word(1), word(2).parse().unwrap()),
        "" => CASES.iter().for_each(|(name, case)| report(name, rounds, *case)),
        "memory" => memory(),
        chosen => {
            let (name, case) = CASES.iter().find(|(name, _)| name.starts_with(chosen)).expect("no such case");
            report(name, rounds, *case);
        }
    }
}

type Case = fn(&Sides) -> [f64; 2];

/// Each gives a figure for ours and one for tonic's.
const CASES: [(&str, Case); 5] = [
    ("unary, µs at the median", |sides| [sides.ours_unary(), sides.static_unary()]),
    ("ping-pong, µs at the median", |sides| [sides.ours_chat(), sides.static_chat()]),
    ("64 callers, calls/s", |sides| [sides.ours_callers(), sides.static_callers()]),
    ("1,000,000 x 16 B, messages/s", |sides| [sides.ours_flood(1_000_000, 16), sides.static_flood(1_000_000, 16)]),
    ("100 x 1 MB, MB/s", |sides| [sides.ours_flood(100, 1 << 20), sides.static_flood(100, 1 << 20)]),
];

/// Prints the medians, the quotient of them, and the median of the quotients of the pairs.
fn report(name: &str, rounds: usize, case: Case) {
    let server = Server::start();
    let sides = Sides::new(server.port);
    case(&sides);
    let pairs: Vec<[f64; 2]> = (0..rounds).map(|_| case(&sides)).collect();
    let ours = median(pairs.iter().map(|pair| pair[0]));
    let tonic = median(pairs.iter().map(|pair| pair[1]));
    let quotient = median(pairs.iter().map(|pair| pair[0] / pair[1]));
    println!("{name:30} ours {ours:12.1}  tonic {tonic:12.1}  pairs {quotient:5.2}");
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// The server in a process of its own.
struct Server {
    process: Child,
    port: u16,
}

impl Server {
    fn start() -> Self {
        let program = env::current_exe().unwrap();
        let mut process = Command::new(program).arg("serve").stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        io::BufRead::read_line(&mut io::BufReader::new(process.stdout.take().unwrap()), &mut line).unwrap();
        Self { process, port: line.trim().parse().unwrap() }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

/// Both clients, each with a runtime and a connection of its own; that of tonic has two threads, or `TONIC_THREADS`.
struct Sides {
    engine: Arc<Engine>,
    port: u16,
    runtime: Runtime,
    channel: Channel,
}

fn latencies(times: &mut [Duration]) -> f64 {
    times.sort_unstable();
    times[times.len() / 2].as_secs_f64() * 1e6
}

impl Sides {
    const UNARY: usize = 4000;
    const CALLS: usize = 400;

    fn new(port: u16) -> Self {
        let threads = env::var("TONIC_THREADS").map_or(2, |count| count.parse().unwrap());
        let runtime = Builder::new_multi_thread().worker_threads(threads).enable_all().build().unwrap();
        let endpoint = Endpoint::from_shared(format!("http://127.0.0.1:{port}")).unwrap();
        let channel = runtime.block_on(endpoint.connect()).unwrap();
        Self { engine: Arc::new(Engine::new(|| {}).unwrap()), port, runtime, channel }
    }

    fn spec(&self, method: &str, kind: Kind, messages: Vec<Bytes>) -> CallSpec {
        spec(self.port, method, kind, messages)
    }

    fn ours_unary(&self) -> f64 {
        let spec = self.spec("Unary", Kind::Unary, vec![blob(16)]);
        self.engine.block_on(async {
            let mut times = Vec::new();
            for _ in 0..Self::UNARY {
                let begin = Instant::now();
                finish(&mut self.engine.call(spec.clone())).await;
                times.push(begin.elapsed());
            }
            latencies(&mut times)
        })
    }

    fn static_unary(&self) -> f64 {
        self.runtime.block_on(async {
            let mut grpc = Grpc::new(self.channel.clone());
            let mut times = Vec::new();
            for _ in 0..Self::UNARY {
                let begin = Instant::now();
                unary(&mut grpc, 16).await;
                times.push(begin.elapsed());
            }
            latencies(&mut times)
        })
    }

    fn ours_chat(&self) -> f64 {
        let message = blob(16);
        self.engine.block_on(async {
            let mut call = self.engine.call(self.spec("Chat", Kind::Bidirectional, Vec::new()));
            let mut times = Vec::new();
            for _ in 0..2 * Self::UNARY {
                let begin = Instant::now();
                call.send(message.clone()).unwrap();
                while !matches!(call.next().await.unwrap().what, Happened::Received(_)) {}
                times.push(begin.elapsed());
            }
            call.end_sending();
            finish(&mut call).await;
            latencies(&mut times)
        })
    }

    fn static_chat(&self) -> f64 {
        self.runtime.block_on(async {
            let mut grpc = Grpc::new(self.channel.clone());
            grpc.ready().await.unwrap();
            let (sender, receiver) = tokio::sync::mpsc::channel(64);
            let outbound = tonic::Request::new(tokio_stream::wrappers::ReceiverStream::new(receiver));
            let path = http::uri::PathAndQuery::from_static("/bench.Bench/Chat");
            let codec: ProstCodec<Blob, Blob> = ProstCodec::default();
            let mut answers = grpc.streaming(outbound, path, codec).await.unwrap().into_inner();
            let mut times = Vec::new();
            for _ in 0..2 * Self::UNARY {
                let begin = Instant::now();
                sender.send(Blob { data: vec![7; 16] }).await.unwrap();
                answers.message().await.unwrap().unwrap();
                times.push(begin.elapsed());
            }
            drop(sender);
            assert!(answers.message().await.unwrap().is_none());
            latencies(&mut times)
        })
    }

    fn ours_callers(&self) -> f64 {
        let begin = Instant::now();
        let callers = (0..CALLERS).map(|_| {
            let (engine, spec) = (Arc::clone(&self.engine), self.spec("Unary", Kind::Unary, vec![blob(16)]));
            self.engine.job(async move {
                for _ in 0..Self::CALLS {
                    finish(&mut engine.call(spec.clone())).await;
                }
            })
        });
        let callers: Vec<_> = callers.collect();
        self.engine.block_on(async {
            for caller in callers {
                caller.wait().await.unwrap();
            }
        });
        (CALLERS * Self::CALLS) as f64 / begin.elapsed().as_secs_f64()
    }

    fn static_callers(&self) -> f64 {
        let begin = Instant::now();
        self.runtime.block_on(async {
            let callers = (0..CALLERS).map(|_| {
                let mut grpc = Grpc::new(self.channel.clone());
                tokio::spawn(async move {
                    for _ in 0..Self::CALLS {
                        unary(&mut grpc, 16).await;
                    }
                })
            });
            let callers: Vec<_> = callers.collect();
            for caller in callers {
                caller.await.unwrap();
            }
        });
        (CALLERS * Self::CALLS) as f64 / begin.elapsed().as_secs_f64()
    }

    /// Copies each message into one place, as the log does. Messages of 1 MB and more count in MB.
    fn ours_flood(&self, count: u32, size: u32) -> f64 {
        let spec = self.spec("Flood", Kind::ServerStreaming, vec![Flood { count, size }.encode_to_vec().into()]);
        let begin = Instant::now();
        let mut kept = Vec::with_capacity(1 << 20);
        let mut rows: Vec<(Duration, u32)> = Vec::new();
        self.engine.block_on(async {
            let mut call = self.engine.call(spec);
            while let Some(event) = call.next().await {
                if let Happened::Received(received) = event.what {
                    if kept.len() + received.message.len() > kept.capacity() {
                        kept.clear();
                    }
                    kept.extend_from_slice(&received.message);
                    rows.push((event.at, received.message.len() as u32));
                }
            }
        });
        assert_eq!(rows.len(), count as usize);
        f64::from(count) / begin.elapsed().as_secs_f64()
    }

    fn static_flood(&self, count: u32, size: u32) -> f64 {
        let begin = Instant::now();
        let mut received = 0;
        self.runtime.block_on(async {
            let mut grpc = Grpc::new(self.channel.clone()).max_decoding_message_size(LARGEST);
            grpc.ready().await.unwrap();
            let path = http::uri::PathAndQuery::from_static("/bench.Bench/Flood");
            let codec: ProstCodec<Flood, Blob> = ProstCodec::default();
            let request = tonic::Request::new(Flood { count, size });
            let mut answers = grpc.server_streaming(request, path, codec).await.unwrap().into_inner();
            while let Some(message) = answers.next().await {
                assert_eq!(message.unwrap().data.len(), size as usize);
                received += 1;
            }
        });
        assert_eq!(received, count);
        f64::from(count) / begin.elapsed().as_secs_f64()
    }
}

fn spec(port: u16, method: &str, kind: Kind, messages: Vec<Bytes>) -> CallSpec {
    let connection = ConnectionSpec {
        addresses: vec![Address::Tcp { host: "127.0.0.1".to_owned(), port }],
        tls: None,
        authority: None,
        connect_timeout: Duration::from_secs(5),
        proxy: Proxy::Direct,
        keepalive: None,
        windows: Windows::default(),
        protocol: Protocol::Grpc,
    };
    let options = CallOptions { max_receive: LARGEST, ..CallOptions::default() };
    let access = Access {
        connection,
        path_prefix: String::new(),
        metadata: Vec::new(),
        credentials: None,
        secret_names: Vec::new(),
        options,
    };
    let method = MethodPath { service: "bench.Bench".to_owned(), method: method.to_owned() };
    CallSpec { access, method, kind, timeout: None, messages }
}

fn blob(size: usize) -> Bytes {
    Blob { data: vec![7; size] }.encode_to_vec().into()
}

/// Takes all events of a call that must succeed.
async fn finish(call: &mut Call) {
    let mut last = None;
    while let Some(event) = call.next().await {
        last = Some(event.what);
    }
    let Some(Happened::Finished(outcome)) = last else { panic!("a call without an end") };
    assert_eq!(outcome.status.code, 0, "{outcome:?}");
}

async fn unary(grpc: &mut Grpc<Channel>, size: usize) {
    grpc.ready().await.unwrap();
    let path = http::uri::PathAndQuery::from_static("/bench.Bench/Unary");
    let codec: ProstCodec<Blob, Blob> = ProstCodec::default();
    let answer = grpc.unary(tonic::Request::new(Blob { data: vec![7; size] }), path, codec).await.unwrap();
    assert_eq!(answer.into_inner().data.len(), size);
}

/// The peak of a process that has one message of 100 MB echoed, in copies of it.
fn memory() {
    let server = Server::start();
    for side in ["ours", "tonic"] {
        let program = env::current_exe().unwrap();
        let done = Command::new(program).args(["memory-of", side, &server.port.to_string()]).status().unwrap();
        assert!(done.success());
    }
}

fn memory_of(side: &str, port: u16) {
    const SIZE: usize = 100 << 20;
    let sides = Sides::new(port);
    let echo = |size: usize| match side {
        "ours" => {
            let spec = spec(port, "Unary", Kind::Unary, vec![blob(size)]);
            sides.engine.block_on(async { finish(&mut sides.engine.call(spec)).await });
        }
        _ => sides.runtime.block_on(async {
            let mut grpc = Grpc::new(sides.channel.clone()).max_decoding_message_size(LARGEST);
            unary(&mut grpc, size).await;
        }),
    };
    echo(16);
    thread::sleep(Duration::from_millis(100));
    let before = status_kb("VmRSS:");
    echo(SIZE);
    let copies = (status_kb("VmHWM:") - before) * 1024.0 / SIZE as f64;
    println!("100 MB echoed, {side:6} {copies:4.2} copies at the peak");
}

fn status_kb(key: &str) -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(key)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}
