//! A proxy between a client and an honest HTTP/2 server that does one kind of harm. It follows the server's frames, so
//! that each fault strikes at the same place every time. It depends on nothing of the project, because a bench uses it
//! too.

use std::collections::HashSet;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PUSH_PROMISE: u8 = 5;
const PING: u8 = 6;
const GOAWAY: u8 = 7;
const WINDOW_UPDATE: u8 = 8;
const CONTINUATION: u8 = 9;
const END_STREAM: u8 = 1;
const ACK: u8 = 1;
const END_HEADERS: u8 = 4;
/// The largest frame that every peer takes.
const FRAME: usize = 16_384;
/// Frames that a proxy that floods sends.
const FLOOD: usize = 2_000;
const FLOOD_PING: [u8; 8] = [7; 8];
/// Bytes that a proxy that trickles passes on at a time; less than any head with what comes before it.
const PIECE: usize = 37;

/// The harm that is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// None.
    Honest,
    /// Closes each connection as it comes.
    CloseAtOnce,
    /// Says something that is not HTTP/2.
    GarbageFirst,
    /// Takes everything and says nothing.
    SilentFirst,
    /// Closes in place of the response's headers.
    CutBeforeHeaders,
    /// Closes in the middle of a message.
    CutInMessage,
    /// Resets the TCP connection in the middle of a message.
    ResetInMessage,
    /// Closes in place of the trailers.
    CutBeforeTrailers,
    /// Passes everything on in small pieces, heads of frames and of messages cut too.
    Trickle,
    /// Says nothing more after the headers.
    SilentAfterHeaders,
    /// Garbage in place of a DATA frame.
    GarbageInMessage,
    /// A DATA frame that is shorter than it says, and the next frame after it.
    ShortFrame,
    /// A frame of 16 MB less one byte.
    HugeFrame,
    /// Many PINGs before the headers.
    FloodPings,
    /// Many SETTINGS before the headers.
    FloodSettings,
    /// Many empty DATA frames before the first message.
    FloodEmptyData,
    /// Many frames of a type that nobody knows.
    FloodUnknown,
    /// RST_STREAM with that code in place of the first message.
    ResetStream(u32),
    /// GOAWAY with that code and text, then the end.
    GoAway(u32, &'static str),
    /// GOAWAY without an error, and the call goes on.
    GoAwayInPeace,
    /// More window than there can be.
    WindowOverflow,
    /// A push, which we have forbidden.
    Push,
    /// DATA before the headers.
    DataFirst,
    /// The trailers come in the middle of a message.
    HalfMessage,
    /// A message of 4 GB is announced.
    LyingLength,
    /// A gzip message of a few kilobytes that grows to that many megabytes.
    Bomb(usize),
    /// A compressed message in an encoding that was never offered.
    UnknownEncoding,
    /// Bytes that are no gzip in a message that says so.
    BadGzip,
    /// A message of the status that is no UTF-8, not even percent-encoded.
    BadText,
    /// Details that are no base64.
    BadDetails,
    /// A status that is no number.
    BadStatus,
    /// A status that gRPC does not have.
    UnknownStatus,
    /// A trailer of that many kilobytes.
    LongTrailer(usize),
    /// The end without a status.
    NoStatus,
    /// A web page with that HTTP status.
    Page(u16),
    /// An answer that does not say what it is.
    NoContentType,
}

/// A proxy that is running.
pub(super) struct FaultProxy {
    pub(super) address: SocketAddr,
    open: Arc<AtomicUsize>,
}

impl FaultProxy {
    /// Starts one before the server.
    pub(super) async fn start(server: SocketAddr, fault: Fault) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let open = Arc::new(AtomicUsize::new(0));
        let answer = Arc::new(answer(fault)?);
        let counter = Arc::clone(&open);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (guard, answer) = (Counted::new(&counter), Arc::clone(&answer));
                tokio::spawn(async move {
                    // Either side may leave whenever it likes.
                    let _left = carry(client, server, fault, answer).await.is_err();
                    drop(guard);
                });
            }
        });
        Ok(Self { address, open })
    }

    /// Connections that are open.
    pub(super) fn open(&self) -> usize {
        self.open.load(Ordering::SeqCst)
    }
}

struct Counted(Arc<AtomicUsize>);

impl Counted {
    fn new(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Self(Arc::clone(count))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

async fn carry(client: TcpStream, server: SocketAddr, fault: Fault, answer: Arc<Option<Answer>>) -> io::Result<()> {
    client.set_nodelay(true)?;
    match fault {
        Fault::CloseAtOnce => return Ok(()),
        Fault::GarbageFirst => {
            let (mut from_client, mut to_client) = client.into_split();
            to_client.write_all(b"\x7f\x00\x01 what is this? \xff\xfe\x00\x11\x22").await?;
            return hold(&mut from_client).await;
        }
        Fault::SilentFirst => return hold(&mut client.into_split().0).await,
        _ => {}
    }
    let server = TcpStream::connect(server).await?;
    server.set_nodelay(true)?;
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let stream = Arc::new(AtomicU32::new(0));
    let newest = Arc::clone(&stream);
    let mut way = Way {
        from: from_server,
        to: to_client,
        fault,
        answer,
        stream: newest,
        told: HashSet::new(),
        seen: HashSet::new(),
    };
    tokio::select! {
        ended = upward(from_client, to_server, &stream) => ended?,
        ended = way.run() => {
            ended?;
            if matches!(fault, Fault::ResetInMessage) {
                // Nothing lingers: the kernel sends RST.
                return way.to.as_ref().set_zero_linger();
            }
        }
    }
    Ok(())
}

/// Takes what comes until the other side leaves.
async fn hold(from: &mut OwnedReadHalf) -> io::Result<()> {
    let mut buffer = [0; 4096];
    while from.read(&mut buffer).await? > 0 {}
    Ok(())
}

/// From the client to the server, but for the answers to what the server never asked; the stream of the newest call is
/// noted.
async fn upward(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, stream: &AtomicU32) -> io::Result<()> {
    let mut preface = [0; 24];
    from.read_exact(&mut preface).await?;
    to.write_all(&preface).await?;
    let mut settled = false;
    loop {
        let frame = Frame::read(&mut from).await?;
        let answers_flood = match frame.kind {
            SETTINGS if frame.flags == ACK => std::mem::replace(&mut settled, true),
            PING => frame.flags == ACK && frame.payload == FLOOD_PING,
            _ => false,
        };
        if answers_flood {
            continue;
        }
        if frame.kind == HEADERS {
            stream.fetch_max(frame.stream, Ordering::SeqCst);
        }
        to.write_all(&frame.bytes()).await?;
    }
}

struct Frame {
    kind: u8,
    flags: u8,
    stream: u32,
    payload: Vec<u8>,
}

impl Frame {
    fn new(kind: u8, flags: u8, stream: u32, payload: impl Into<Vec<u8>>) -> Self {
        Self { kind, flags, stream, payload: payload.into() }
    }

    async fn read(from: &mut OwnedReadHalf) -> io::Result<Self> {
        let mut head = [0; 9];
        from.read_exact(&mut head).await?;
        let mut payload = vec![0; u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize];
        from.read_exact(&mut payload).await?;
        let stream = u32::from_be_bytes([head[5], head[6], head[7], head[8]]);
        Ok(Self { kind: head[3], flags: head[4], stream, payload })
    }

    fn head(&self, length: usize) -> Vec<u8> {
        let mut bytes = (length as u32).to_be_bytes()[1..].to_vec();
        bytes.extend([self.kind, self.flags]);
        bytes.extend(self.stream.to_be_bytes());
        bytes
    }

    fn bytes(&self) -> Vec<u8> {
        [self.head(self.payload.len()), self.payload.clone()].concat()
    }
}

/// From the server to the client.
struct Way {
    from: OwnedReadHalf,
    to: OwnedWriteHalf,
    fault: Fault,
    answer: Arc<Option<Answer>>,
    /// The newest call's.
    stream: Arc<AtomicU32>,
    /// The calls that have their fault already.
    told: HashSet<u32>,
    /// The calls whose response headers have passed.
    seen: HashSet<u32>,
}

/// Whether the proxy goes on.
enum Next {
    Pass,
    Swallow,
    Close,
}

impl Way {
    async fn run(&mut self) -> io::Result<()> {
        loop {
            let frame = Frame::read(&mut self.from).await?;
            match self.strike(&frame).await? {
                Next::Pass if self.fault == Fault::Trickle => {
                    for piece in frame.bytes().chunks(PIECE) {
                        self.to.write_all(piece).await?;
                        tokio::task::yield_now().await;
                    }
                }
                Next::Pass => self.to.write_all(&frame.bytes()).await?,
                Next::Swallow => {}
                Next::Close => return Ok(()),
            }
            if frame.kind == HEADERS {
                self.seen.insert(frame.stream);
            }
        }
    }

    async fn strike(&mut self, frame: &Frame) -> io::Result<Next> {
        if frame.stream == 0 {
            return Ok(Next::Pass);
        }
        let headers = frame.kind == HEADERS && !self.seen.contains(&frame.stream);
        let trailers = frame.kind == HEADERS && !headers;
        let data = frame.kind == DATA && !frame.payload.is_empty();
        match self.fault {
            Fault::CutBeforeHeaders if headers => Ok(Next::Close),
            Fault::CutInMessage | Fault::ResetInMessage if data => {
                let bytes = frame.bytes();
                self.to.write_all(&bytes[..bytes.len() - frame.payload.len() / 2]).await?;
                Ok(Next::Close)
            }
            Fault::CutBeforeTrailers if trailers => Ok(Next::Close),
            Fault::SilentAfterHeaders if !headers => Ok(Next::Swallow),
            Fault::GarbageInMessage if data => {
                self.to.write_all(&[0xde; 64]).await?;
                Ok(Next::Swallow)
            }
            Fault::ShortFrame if data => {
                self.to.write_all(&frame.head(frame.payload.len() + 7)).await?;
                self.to.write_all(&frame.payload).await?;
                Ok(Next::Swallow)
            }
            Fault::HugeFrame if data => {
                self.to.write_all(&frame.head((1 << 24) - 1)).await?;
                self.to.write_all(&frame.payload).await?;
                Ok(Next::Swallow)
            }
            Fault::FloodPings if headers => self.flood(&Frame::new(PING, 0, 0, FLOOD_PING)).await,
            Fault::FloodSettings if headers => self.flood(&Frame::new(SETTINGS, 0, 0, [])).await,
            Fault::FloodUnknown if headers => self.flood(&Frame::new(0xee, 0, frame.stream, [1; 16])).await,
            Fault::FloodEmptyData if data => self.flood(&Frame::new(DATA, 0, frame.stream, [])).await,
            Fault::ResetStream(_) if self.told.contains(&frame.stream) => Ok(Next::Swallow),
            Fault::ResetStream(code) if data => {
                self.send(&Frame::new(RST_STREAM, 0, frame.stream, code.to_be_bytes())).await?;
                Ok(Next::Swallow)
            }
            Fault::GoAway(code, text) if headers => {
                let last = self.stream.load(Ordering::SeqCst);
                let payload = [&last.to_be_bytes()[..], &code.to_be_bytes(), text.as_bytes()].concat();
                self.send(&Frame::new(GOAWAY, 0, 0, payload)).await?;
                Ok(Next::Close)
            }
            Fault::GoAwayInPeace if headers => {
                let payload = [&frame.stream.to_be_bytes()[..], &[0; 4]].concat();
                self.send(&Frame::new(GOAWAY, 0, 0, payload)).await?;
                Ok(Next::Pass)
            }
            Fault::WindowOverflow if headers => {
                for stream in [0, frame.stream] {
                    self.send(&Frame::new(WINDOW_UPDATE, 0, stream, (u32::MAX >> 1).to_be_bytes())).await?;
                }
                Ok(Next::Pass)
            }
            Fault::Push if headers => {
                let payload = [&2_u32.to_be_bytes()[..], &literal(":method", "GET")].concat();
                self.send(&Frame::new(PUSH_PROMISE, END_HEADERS, frame.stream, payload)).await?;
                Ok(Next::Pass)
            }
            Fault::DataFirst if headers => {
                self.send(&Frame::new(DATA, 0, frame.stream, message(0, b"early"))).await?;
                Ok(Next::Pass)
            }
            _ => {
                let answer = Arc::clone(&self.answer);
                let Some(answer) = answer.as_ref() else { return Ok(Next::Pass) };
                if self.told.insert(frame.stream) {
                    self.answer(frame.stream, answer).await?;
                }
                Ok(Next::Swallow)
            }
        }
    }

    async fn send(&mut self, frame: &Frame) -> io::Result<()> {
        self.told.insert(frame.stream);
        self.to.write_all(&frame.bytes()).await
    }

    async fn flood(&mut self, frame: &Frame) -> io::Result<Next> {
        let bytes = frame.bytes().repeat(100);
        for _ in 0..FLOOD / 100 {
            self.to.write_all(&bytes).await?;
        }
        Ok(Next::Pass)
    }

    /// An answer of the proxy's own in place of the server's.
    async fn answer(&mut self, stream: u32, answer: &Answer) -> io::Result<()> {
        let ends = answer.body.is_empty() && answer.trailers.is_none();
        self.block(stream, &answer.headers, ends).await?;
        let mut body = answer.body.chunks(FRAME).peekable();
        while let Some(chunk) = body.next() {
            let flags = if body.peek().is_none() && answer.trailers.is_none() { END_STREAM } else { 0 };
            self.to.write_all(&Frame::new(DATA, flags, stream, chunk).bytes()).await?;
        }
        match &answer.trailers {
            Some(trailers) => self.block(stream, trailers, true).await,
            None => Ok(()),
        }
    }

    /// HEADERS, and as many CONTINUATION as it takes.
    async fn block(&mut self, stream: u32, block: &[u8], ends: bool) -> io::Result<()> {
        let mut parts = block.chunks(FRAME).peekable();
        let mut kind = HEADERS;
        while let Some(part) = parts.next() {
            let mut flags = if parts.peek().is_none() { END_HEADERS } else { 0 };
            if kind == HEADERS && ends {
                flags |= END_STREAM;
            }
            self.to.write_all(&Frame::new(kind, flags, stream, part).bytes()).await?;
            kind = CONTINUATION;
        }
        Ok(())
    }
}

/// An answer of the proxy's own, header blocks as HPACK.
struct Answer {
    headers: Vec<u8>,
    body: Vec<u8>,
    trailers: Option<Vec<u8>>,
}

fn answer(fault: Fault) -> io::Result<Option<Answer>> {
    let head = |status: &str, more: &[(&str, &str)]| {
        let more = more.iter().map(|(name, value)| literal(name, value));
        std::iter::once(literal(":status", status)).chain(more).collect::<Vec<_>>().concat()
    };
    let grpc = || head("200", &[("content-type", "application/grpc")]);
    let gzip = || head("200", &[("content-type", "application/grpc"), ("grpc-encoding", "gzip")]);
    let ok = || Some(literal("grpc-status", "0"));
    let failed = |more: Vec<u8>| Some([literal("grpc-status", "9"), more].concat());
    let (headers, body, trailers) = match fault {
        Fault::HalfMessage => (grpc(), message(0, b"whole")[..7].to_vec(), ok()),
        Fault::LyingLength => (grpc(), b"\0\xff\xff\xff\xffabc".to_vec(), ok()),
        Fault::Bomb(megabytes) => (gzip(), message(1, &zeros(megabytes)?), ok()),
        Fault::UnknownEncoding => {
            let headers = head("200", &[("content-type", "application/grpc"), ("grpc-encoding", "snappy")]);
            (headers, message(1, b"?"), ok())
        }
        Fault::BadGzip => (gzip(), message(1, b"this is no gzip"), ok()),
        Fault::BadText => (grpc(), Vec::new(), failed(literal_bytes(b"grpc-message", b"caf\xe9 %ff %zz"))),
        Fault::BadDetails => (grpc(), Vec::new(), failed(literal("grpc-status-details-bin", "*no base64*"))),
        Fault::BadStatus => (grpc(), Vec::new(), Some(literal("grpc-status", "fine"))),
        Fault::UnknownStatus => (grpc(), Vec::new(), Some(literal("grpc-status", "99"))),
        Fault::LongTrailer(kilobytes) => (grpc(), Vec::new(), failed(literal("x-long", &"x".repeat(kilobytes << 10)))),
        Fault::NoStatus => (grpc(), message(0, b"x"), None),
        Fault::Page(status) => {
            let headers = head(&status.to_string(), &[("content-type", "text/html")]);
            (headers, b"<html><h1>This is the proxy</h1></html>".to_vec(), None)
        }
        Fault::NoContentType => (head("200", &[]), message(0, b"x"), ok()),
        _ => return Ok(None),
    };
    Ok(Some(Answer { headers, body, trailers }))
}

fn message(flag: u8, bytes: &[u8]) -> Vec<u8> {
    [&[flag][..], &(bytes.len() as u32).to_be_bytes(), bytes].concat()
}

/// That many megabytes of zeros, as gzip.
fn zeros(megabytes: usize) -> io::Result<Vec<u8>> {
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use std::io::Write as _;
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    for _ in 0..megabytes {
        encoder.write_all(&vec![0; 1 << 20])?;
    }
    encoder.finish()
}

fn literal(name: &str, value: &str) -> Vec<u8> {
    literal_bytes(name.as_bytes(), value.as_bytes())
}

/// A literal header field without indexing (RFC 7541, section 6.2.2).
fn literal_bytes(name: &[u8], value: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0];
    for text in [name, value] {
        let mut left = text.len();
        if left < 127 {
            bytes.push(left as u8);
        } else {
            bytes.push(127);
            left -= 127;
            while left >= 128 {
                bytes.push(left as u8 & 127 | 128);
                left >>= 7;
            }
            bytes.push(left as u8);
        }
        bytes.extend(text);
    }
    bytes
}
