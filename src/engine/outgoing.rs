//! The messages of one attempt as the bytes of its request: framed here where they go out plain, by tonic where they
//! are compressed or another protocol is spoken.
//!
//! Must not know: HTTP/2, connections.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use bytes::{BufMut as _, Bytes, BytesMut};
use http_body::Body as _;
use tonic::body::Body;

use super::cancel::Cancel;
use super::channel::Ending;
use super::codec::check_size;
use super::outbox::Attempt;

/// Messages up to this size are copied, several into one piece; larger ones go out where they are.
const COPIED: usize = 16 << 10;
/// A piece of that many bytes goes out.
const PIECE: usize = 32 << 10;

/// Messages that are on their way and not yet handed over, in order.
pub(super) type Taken = Arc<Mutex<VecDeque<Bytes>>>;

/// The bytes of a request.
pub(super) enum Outgoing {
    /// As tonic writes them.
    Tonic(Body),
    /// Without compression.
    Plain(Framed),
}

impl Outgoing {
    /// The next bytes; `None` at the end of the request.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, tonic::Status>>> {
        match self {
            Self::Plain(framed) => framed.poll(cx),
            Self::Tonic(body) => {
                let frame = ready!(Pin::new(body).poll_frame(cx));
                Poll::Ready(frame.map(|frame| frame.map(|frame| frame.into_data().unwrap_or_default())))
            }
        }
    }
}

/// Plain messages with their heads.
pub(super) struct Framed {
    messages: Messages,
    /// Largest message that is sent, in bytes.
    max_send: usize,
    /// Where a message that is too large ends the call.
    ending: Ending,
    buffer: BytesMut,
    pieces: VecDeque<Bytes>,
}

impl Framed {
    pub(super) fn new(messages: Messages, max_send: usize, ending: Ending) -> Self {
        Self { messages, max_send, ending, buffer: BytesMut::new(), pieces: VecDeque::new() }
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, tonic::Status>>> {
        loop {
            if let Some(piece) = self.pieces.pop_front() {
                return Poll::Ready(Some(Ok(piece)));
            }
            match self.messages.poll_next(cx) {
                Poll::Ready(Some(message)) => {
                    let limit = self.max_send.min(u32::MAX as usize);
                    if let Err(cause) = check_size(message.len(), limit) {
                        return Poll::Ready(Some(Err(self.ending.set(cause.into_outcome()))));
                    }
                    self.frame(message);
                }
                Poll::Ready(None) if self.buffer.is_empty() => return Poll::Ready(None),
                Poll::Pending if self.buffer.is_empty() => return Poll::Pending,
                Poll::Ready(None) | Poll::Pending => self.cut(),
            }
        }
    }

    fn frame(&mut self, message: Bytes) {
        let copied = message.len() <= COPIED;
        self.buffer.reserve(5 + if copied { message.len() } else { 0 });
        self.buffer.put_u8(0);
        self.buffer.put_u32(message.len() as u32);
        if copied {
            self.buffer.put_slice(&message);
            if self.buffer.len() >= PIECE {
                self.cut();
            }
        } else {
            self.cut();
            self.pieces.push_back(message);
        }
    }

    fn cut(&mut self) {
        self.pieces.push_back(self.buffer.split().freeze());
    }
}

/// What is sent in one attempt, each message put where it waits to be told as it goes.
pub(super) struct Messages {
    attempt: Attempt,
    taken: Taken,
    cancel: Cancel,
}

impl Messages {
    pub(super) fn new(attempt: Attempt, taken: Taken, cancel: Cancel) -> Self {
        Self { attempt, taken, cancel }
    }

    /// The next one; the end of them is the end of the request.
    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        let Some(message) = ready!(self.attempt.poll_next(cx)) else {
            // The queue of a call that was dropped ends too, but that is a cancel, which whoever runs the call sees.
            return if self.cancel.is_cancelled() { Poll::Pending } else { Poll::Ready(None) };
        };
        self.taken.lock().unwrap_or_else(PoisonError::into_inner).push_back(message.clone());
        Poll::Ready(Some(message))
    }
}

impl futures_util::Stream for Messages {
    type Item = Bytes;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        (*self).poll_next(cx)
    }
}
