//! Looks at what a peer sends, below HTTP/2: tells an HTTP/2 server by its first SETTINGS frame, keeps the first bytes
//! of everybody else as evidence, and remembers GOAWAY, whose text the HTTP/2 library may lose.
//!
//! Must not know: gRPC, TLS.

use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::{oneshot, watch};
use tokio::time::{Instant, Sleep, sleep};

use super::Cause;

/// How much of what an unknown peer sends is kept.
const EVIDENCE: usize = 512;
/// How much of a GOAWAY or of the first SETTINGS is kept.
const KEPT: usize = 1024;
/// How long a peer that takes nothing more, or turned out to be of no use, may go on to tell why.
pub(super) const LAST_WORDS: Duration = Duration::from_millis(100);
/// With so many calls on a connection what comes is read in portions: the calls that it is for go on, and the server with
/// them, before the rest is read.
const MANY: usize = 8;
/// The first portion, in bytes; each is twice the one before as long as there is more.
const PORTION: usize = 1 << 10;
/// From here on all that is there is read.
const PORTIONS_END: usize = 8 << 10;
const HEAD: usize = 9;
const SETTINGS: u8 = 4;
const GOAWAY: u8 = 7;
/// The setting with the number of streams at a time.
const MAX_STREAMS: u16 = 3;

/// What is known of a connection; shared between its stream and its owner.
#[derive(Debug)]
pub(super) struct Facts {
    /// The first bytes, until the peer is known to speak HTTP/2.
    first: Mutex<Vec<u8>>,
    goaway: Mutex<Option<GoAway>>,
    /// Streams that the peer allows at a time, where its first SETTINGS say so.
    max_streams: OnceLock<u32>,
    /// Why it ended, where an error did; the first word stands.
    end: Mutex<Option<Cause>>,
    life: watch::Sender<Life>,
    began: Instant,
    /// In nanoseconds since it began.
    last_read: AtomicU64,
    bytes_in: AtomicU64,
    bytes_out: AtomicU64,
    /// Calls that are on it.
    pub(super) calls: AtomicUsize,
}

/// How far a connection is on its way to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Life {
    /// It takes calls, as far as is known.
    Open,
    /// It takes no further calls.
    Draining,
    /// Nothing comes any more.
    Ended,
}

/// The peer closes the connection after the calls that run (RFC 9113, section 6.8).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GoAway {
    /// Its error code; 0 where nothing went wrong.
    pub code: u32,
    /// What the peer says about it; mostly empty.
    pub text: String,
}

impl GoAway {
    /// The name of its code in the specification, `NO_ERROR`, and what the peer said.
    #[must_use]
    pub fn reason(&self) -> String {
        let name = format!("{:?}", h2::Reason::from(self.code));
        match self.text.trim() {
            "" => name,
            text => format!("{name}: {text}"),
        }
    }

    /// Whether the peer wants fewer keepalive pings.
    pub(super) fn is_too_many_pings(&self) -> bool {
        self.code == u32::from(h2::Reason::ENHANCE_YOUR_CALM) && self.text.contains("too_many_pings")
    }
}

/// What the first bytes say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Opening {
    /// HTTP/2: the first SETTINGS came.
    Http2,
    /// Something else: [`Facts::first`].
    Alien,
}

/// What kind of peer sends such first bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Speech {
    /// It sent nothing.
    Nothing,
    /// A TLS record.
    Tls,
    /// A HTTP/1 status line, or the bare page of an old server.
    Http1(String),
    /// HTTP/2 without TLS.
    Http2,
    /// None of these: an excerpt.
    Other(String),
}

impl Default for Facts {
    fn default() -> Self {
        Self {
            max_streams: OnceLock::new(),
            first: Mutex::default(),
            goaway: Mutex::default(),
            end: Mutex::default(),
            life: watch::Sender::new(Life::Open),
            began: Instant::now(),
            last_read: AtomicU64::new(0),
            bytes_in: AtomicU64::new(0),
            bytes_out: AtomicU64::new(0),
            calls: AtomicUsize::new(0),
        }
    }
}

impl Facts {
    pub(super) fn first(&self) -> Vec<u8> {
        self.first.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn goaway(&self) -> Option<GoAway> {
        self.goaway.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn end(&self) -> Option<Cause> {
        self.end.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Streams that the peer allowed at a time when the connection began; `None` for any number.
    pub(super) fn max_streams(&self) -> Option<u32> {
        self.max_streams.get().copied()
    }

    /// Whether a further call would fail on it.
    pub(super) fn is_over(&self) -> bool {
        *self.life.borrow() != Life::Open
    }

    /// Whether nothing comes any more.
    pub(super) fn has_ended(&self) -> bool {
        *self.life.borrow() == Life::Ended
    }

    /// Waits until it has come so far.
    pub(super) async fn reached(&self, life: Life) {
        // An error means that the facts are gone, which they are not.
        let _there = self.life.subscribe().wait_for(|now| *now >= life).await.is_ok();
    }

    /// When the peer last sent something; at first the beginning.
    pub(super) fn last_read(&self) -> Instant {
        self.began + Duration::from_nanos(self.last_read.load(Ordering::Relaxed))
    }

    /// Bytes read and written so far.
    pub(super) fn traffic(&self) -> (u64, u64) {
        (self.bytes_in.load(Ordering::Relaxed), self.bytes_out.load(Ordering::Relaxed))
    }

    fn read(&self, count: usize) {
        self.bytes_in.fetch_add(count as u64, Ordering::Relaxed);
        self.last_read.store(self.began.elapsed().as_nanos() as u64, Ordering::Relaxed);
    }

    fn comes_to(&self, life: Life) {
        self.life.send_if_modified(|now| std::mem::replace(now, life.max(*now)) < life);
    }

    /// Nothing comes any more.
    pub(super) fn ended(&self, cause: Option<Cause>) {
        if let Some(cause) = cause {
            self.end.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(cause);
        }
        self.comes_to(Life::Ended);
    }

    fn record(&self, bytes: &[u8]) {
        let mut first = self.first.lock().unwrap_or_else(PoisonError::into_inner);
        let room = EVIDENCE.saturating_sub(first.len());
        first.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }

    fn settled(&self, payload: &[u8]) {
        let (settings, _cut) = payload.as_chunks::<6>();
        for [a, b, value @ ..] in settings {
            if u16::from_be_bytes([*a, *b]) == MAX_STREAMS {
                // Only the first word counts.
                self.max_streams.get_or_init(|| u32::from_be_bytes(*value));
            }
        }
    }

    fn went_away(&self, payload: &[u8]) {
        let Some((code, text)) = payload.get(4..).and_then(<[u8]>::split_first_chunk::<4>) else { return };
        let goaway = GoAway { code: u32::from_be_bytes(*code), text: String::from_utf8_lossy(text).into_owned() };
        *self.goaway.lock().unwrap_or_else(PoisonError::into_inner) = Some(goaway);
        self.comes_to(Life::Draining);
    }
}

/// A stream that is looked at.
pub(super) struct Tap<S> {
    inner: S,
    facts: Arc<Facts>,
    parser: Parser,
    /// What an error of reading means.
    judge: fn(&io::Error) -> Cause,
    /// Present until the first bytes are judged.
    opening: Option<oneshot::Sender<Opening>>,
    /// Why writing failed, and how long the reading may go on.
    unwritten: Option<(io::Error, Pin<Box<Sleep>>)>,
    portion: usize,
    /// The last portion was full, and others have their turn.
    rests: bool,
}

enum Parser {
    Head { bytes: [u8; HEAD], have: usize },
    Payload { left: usize, kept: Option<(u8, Vec<u8>)> },
    Alien,
}

impl<S> Tap<S> {
    /// The stream, what will be known of it, and the word on its first bytes (an error when it ended before).
    pub(super) fn new(inner: S, judge: fn(&io::Error) -> Cause) -> (Self, Arc<Facts>, oneshot::Receiver<Opening>) {
        let (sender, receiver) = oneshot::channel();
        let facts = Arc::new(Facts::default());
        let parser = Parser::Head { bytes: [0; HEAD], have: 0 };
        let tap = Self {
            inner,
            facts: Arc::clone(&facts),
            parser,
            judge,
            opening: Some(sender),
            unwritten: None,
            portion: PORTION,
            rests: false,
        };
        (tap, facts, receiver)
    }

    fn feed(&mut self, mut bytes: &[u8]) {
        if self.opening.is_some() || matches!(self.parser, Parser::Alien) {
            self.facts.record(bytes);
        }
        while !bytes.is_empty() {
            match &mut self.parser {
                Parser::Alien => return,
                Parser::Payload { left, kept } => {
                    let (here, rest) = bytes.split_at(bytes.len().min(*left));
                    if let Some((_kind, payload)) = kept {
                        payload.extend_from_slice(&here[..here.len().min(KEPT.saturating_sub(payload.len()))]);
                    }
                    *left -= here.len();
                    bytes = rest;
                    if *left == 0 {
                        self.end_of_frame();
                    }
                }
                Parser::Head { bytes: head, have } => {
                    let (here, rest) = bytes.split_at(bytes.len().min(HEAD - *have));
                    head[*have..*have + here.len()].copy_from_slice(here);
                    *have += here.len();
                    bytes = rest;
                    if *have == HEAD {
                        let head = *head;
                        self.start_of_frame(head);
                    }
                }
            }
        }
    }

    fn start_of_frame(&mut self, head: [u8; HEAD]) {
        let left = u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize;
        let first = self.opening.is_some();
        if first && !(head[3] == SETTINGS && head[5..] == [0; 4] && left.is_multiple_of(6) && left <= 16_384) {
            self.tell(Opening::Alien);
            self.parser = Parser::Alien;
            return;
        }
        let kept = (first || head[3] == GOAWAY).then(|| (head[3], Vec::new()));
        self.parser = Parser::Payload { left, kept };
        if left == 0 {
            self.end_of_frame();
        }
    }

    fn end_of_frame(&mut self) {
        let next = Parser::Head { bytes: [0; HEAD], have: 0 };
        if let Parser::Payload { kept: Some((kind, payload)), .. } = std::mem::replace(&mut self.parser, next) {
            if kind == GOAWAY {
                self.facts.went_away(&payload);
            } else {
                self.facts.settled(&payload);
                self.tell(Opening::Http2);
            }
        }
    }

    fn tell(&mut self, word: Opening) {
        if let Some(opening) = self.opening.take() {
            // Whoever opened the connection may have given up.
            let _heard = opening.send(word).is_ok();
        }
    }

    /// A peer that has closed its reading side may have said why before: a failed write is passed over, and the reading
    /// tells the end; within [`LAST_WORDS`], since a peer may also stay silent.
    fn forgive(&mut self, written: Poll<io::Result<usize>>, length: usize) -> Poll<io::Result<usize>> {
        match written {
            // Whoever opens the connection waits no longer than it may take.
            Poll::Ready(Err(_)) if self.opening.is_some() => Poll::Ready(Ok(length)),
            Poll::Ready(Err(error)) => {
                self.unwritten.get_or_insert_with(|| (error, Box::pin(sleep(LAST_WORDS))));
                Poll::Ready(Ok(length))
            }
            Poll::Ready(Ok(count)) => {
                self.facts.bytes_out.fetch_add(count as u64, Ordering::Relaxed);
                Poll::Ready(Ok(count))
            }
            Poll::Pending => Poll::Pending,
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Tap<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if std::mem::take(&mut self.rests) {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let before = buffer.filled().len();
        let read = if self.facts.calls.load(Ordering::Relaxed) < MANY || self.portion >= PORTIONS_END {
            Pin::new(&mut self.inner).poll_read(cx, buffer)
        } else {
            let mut space = [0; PORTIONS_END];
            let room = buffer.remaining().min(self.portion);
            let mut portion = ReadBuf::new(&mut space[..room]);
            let read = Pin::new(&mut self.inner).poll_read(cx, &mut portion);
            buffer.put_slice(portion.filled());
            self.rests = portion.filled().len() == room;
            read
        };
        self.portion = match read {
            Poll::Ready(Ok(())) if buffer.filled().len() - before >= self.portion => PORTIONS_END.min(self.portion * 2),
            _ => PORTION,
        };
        let read = match read {
            Poll::Pending => match &mut self.unwritten {
                Some((_, waited)) => {
                    ready!(waited.as_mut().poll(cx));
                    Err(self.unwritten.take().map_or_else(|| io::ErrorKind::BrokenPipe.into(), |(error, _)| error))
                }
                None => return Poll::Pending,
            },
            Poll::Ready(read) => read,
        };
        if let Err(error) = read {
            // The HTTP/2 library keeps only the text of it, and tells the streams before the connection ends.
            self.facts.ended(Some((self.judge)(&error)));
            return Poll::Ready(Err(error));
        }
        self.facts.read(buffer.filled().len() - before);
        self.feed(&buffer.filled()[before..]);
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Tap<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.inner).poll_write(cx, bytes);
        self.forgive(written, bytes.len())
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.inner).poll_write_vectored(cx, parts);
        self.forgive(written, parts.iter().map(|part| part.len()).sum())
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.inner).poll_flush(cx).map_ok(|()| 0);
        self.forgive(flushed, 0).map_ok(|_| ())
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}

/// Tells a peer by the first bytes it sent.
pub(super) fn recognise(first: &[u8]) -> Speech {
    match first {
        [] => Speech::Nothing,
        [0x14..=0x17, 3, 0..=4, ..] => Speech::Tls,
        [0, _, _, SETTINGS, _, 0, 0, 0, 0, ..] => Speech::Http2,
        _ if first.starts_with(b"HTTP/1.") || first.trim_ascii_start().starts_with(b"<") => Speech::Http1(excerpt(
            first.split(|byte| *byte == b'\n').find(|l| !l.trim_ascii().is_empty()).unwrap_or(first),
        )),
        _ => Speech::Other(excerpt(first)),
    }
}

/// Bytes of unknown meaning as one short line.
pub(super) fn excerpt(bytes: &[u8]) -> String {
    const SHOWN: usize = 80;
    let cut = &bytes[..bytes.len().min(SHOWN)];
    let printable = cut.iter().filter(|byte| (b' '..=b'~').contains(byte)).count();
    let mut text = if printable * 4 >= cut.len() * 3 {
        let text: String = String::from_utf8_lossy(cut).chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        text.trim().to_owned()
    } else {
        let hex: Vec<String> = cut.iter().take(24).map(|byte| format!("{byte:02x}")).collect();
        format!("bytes {}", hex.join(" "))
    };
    if bytes.len() > SHOWN {
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt as _;

    use super::*;

    #[test]
    fn first_bytes_tell_the_peer() {
        let check = |bytes: &[u8], expected: Speech| assert_eq!(recognise(bytes), expected);
        check(b"", Speech::Nothing);
        check(b"\x15\x03\x03\x00\x02\x02\x46", Speech::Tls);
        check(b"\x16\x03\x01\x00", Speech::Tls);
        check(b"HTTP/1.1 400 Bad Request\r\nServer: x\r\n", Speech::Http1("HTTP/1.1 400 Bad Request".to_owned()));
        check(b"\n<!DOCTYPE HTML>\n<html>", Speech::Http1("<!DOCTYPE HTML>".to_owned()));
        check(&[0, 0, 6, 4, 0, 0, 0, 0, 0, 0], Speech::Http2);
        check(b"SSH-2.0-OpenSSH_9.2\r\n", Speech::Other("SSH-2.0-OpenSSH_9.2".to_owned()));
        check(&[0xff, 0, 1], Speech::Other("bytes ff 00 01".to_owned()));
    }

    fn judge(error: &io::Error) -> Cause {
        Cause::ConnectionLost { detail: error.to_string() }
    }

    fn frame(kind: u8, payload: &[u8]) -> Vec<u8> {
        let mut bytes = (payload.len() as u32).to_be_bytes()[1..].to_vec();
        bytes.extend([kind, 0, 0, 0, 0, 0]);
        bytes.extend(payload);
        bytes
    }

    #[tokio::test]
    async fn frames_are_followed_however_they_are_cut() {
        let mut bytes = frame(SETTINGS, &[0, 3, 0, 0, 0, 100]);
        bytes.extend(frame(0, b"not a goaway \x07"));
        bytes.extend(frame(GOAWAY, b"\x00\x00\x00\x05\x00\x00\x00\x0btoo_many_pings"));
        for size in 1..bytes.len() {
            let mut mock = io::Cursor::new(bytes.clone());
            let (mut tap, facts, mut opening) = Tap::new(&mut mock, judge);
            let mut buffer = vec![0; size];
            while tap.read(&mut buffer).await.unwrap() > 0 {}
            assert_eq!(opening.try_recv(), Ok(Opening::Http2));
            assert_eq!(facts.max_streams(), Some(100));
            assert_eq!(facts.goaway(), Some(GoAway { code: 11, text: "too_many_pings".to_owned() }));
            assert!(facts.is_over());
        }
    }

    #[tokio::test]
    async fn an_alien_is_kept_as_evidence() {
        let (mut tap, facts, mut opening) = Tap::new(io::Cursor::new(b"HTTP/1.1 400 Bad Request\r\n".to_vec()), judge);
        tap.read_to_end(&mut Vec::new()).await.unwrap();
        assert_eq!(opening.try_recv(), Ok(Opening::Alien));
        assert_eq!(facts.first(), b"HTTP/1.1 400 Bad Request\r\n");
        assert!(!facts.is_over());
    }
}
