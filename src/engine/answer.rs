//! The body of an answer, watched: the sizes of its messages, and the status at its end. Plain messages go straight to
//! the owner of the call; tonic reads those of an answer that may be compressed.
//!
//! Must not know: connections.

use std::ops::ControlFlow;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::StatusCode;
use http_body::Frame;

use super::channel::{Ending, Heads, Inlet, outcome, without_status};
use super::frames::Frames;
use super::runs::{Refused, Run, Runs};
use super::status::{self, Code};
use super::{Cause, Outcome};

/// Messages that are handed to the owner together, at most, but for those of one chunk.
pub(super) const BATCH: usize = 256;
/// Bytes of messages that are handed to the owner together, beyond one chunk or message.
pub(super) const BATCH_BYTES: usize = 1 << 20;

/// Where the body of an answer comes from, and what is known of its end.
pub(super) struct Source {
    inlet: Box<dyn Inlet>,
    ending: Ending,
    /// A status that stood in the headers of an answer that went on.
    early: Option<Outcome>,
    http_status: StatusCode,
    data_ended: bool,
}

impl Source {
    pub(super) fn new(inlet: Box<dyn Inlet>, ending: Ending, early: Option<Outcome>, http_status: StatusCode) -> Self {
        Self { inlet, ending, early, http_status, data_ended: false }
    }

    /// The next bytes; `None` when the trailers follow. How it ended is kept for who judges the call.
    fn poll_data(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, tonic::Status>>> {
        if self.data_ended {
            return Poll::Ready(None);
        }
        let data = ready!(self.inlet.poll_data(cx));
        self.data_ended = data.is_none();
        Poll::Ready(data.map(|data| data.map_err(|outcome| self.ending.set(outcome))))
    }

    /// The code of the status, after the data; `cut` tells of a message that did not end.
    fn poll_end(&mut self, cut: bool, cx: &mut Context<'_>) -> Poll<Result<i32, tonic::Status>> {
        let trailers = ready!(self.inlet.poll_trailers(cx)).map_err(|outcome| self.ending.set(outcome))?;
        let told = status::read_status(&trailers).map(|status| outcome(status, &trailers));
        let Some(end) = told.or_else(|| self.early.take()) else {
            return Poll::Ready(Err(self.ending.set(without_status(self.http_status, &trailers))));
        };
        let code = end.status.code;
        if code == Code::Ok as i32 && cut {
            let cut = Cause::BadFrame { detail: "the answer ended in the middle of a message".to_owned() };
            return Poll::Ready(Err(self.ending.set(cut.into_outcome())));
        }
        self.ending.set(end);
        Poll::Ready(Ok(code))
    }

    fn too_large(&self, size: u32, limit: usize) -> tonic::Status {
        self.ending.set(Cause::TooLarge { size: u64::from(size), limit: limit as u64 }.into_outcome())
    }
}

/// An answer without compression.
pub(super) struct Plain {
    source: Source,
    limit: usize,
    runs: Runs,
}

impl Plain {
    pub(super) fn new(source: Source, limit: usize) -> Self {
        Self { source, limit, runs: Runs::new(limit) }
    }

    /// Takes the messages that are there into `batch`, at least one or the end: an error where it ended with one.
    pub(super) fn poll_gather(
        &mut self,
        batch: &mut Vec<Run>,
        cx: &mut Context<'_>,
    ) -> Poll<ControlFlow<Option<tonic::Status>>> {
        let (mut count, mut bytes) = (0, 0);
        while count < BATCH && bytes < BATCH_BYTES {
            let before = batch.len();
            match self.source.poll_data(cx) {
                Poll::Ready(Some(Ok(chunk))) => {
                    bytes += chunk.len();
                    if let Err(refused) = self.runs.read(chunk, batch) {
                        return Poll::Ready(ControlFlow::Break(Some(self.refused(refused))));
                    }
                    count += batch[before..].iter().map(Run::count).sum::<usize>();
                }
                Poll::Ready(Some(Err(status))) => return Poll::Ready(ControlFlow::Break(Some(status))),
                Poll::Ready(None) => match self.source.poll_end(self.runs.is_cut(), cx) {
                    Poll::Ready(end) => return Poll::Ready(ControlFlow::Break(end.err())),
                    Poll::Pending if batch.is_empty() => return Poll::Pending,
                    Poll::Pending => break,
                },
                Poll::Pending if batch.is_empty() => return Poll::Pending,
                Poll::Pending => break,
            }
        }
        Poll::Ready(ControlFlow::Continue(()))
    }

    fn refused(&self, refused: Refused) -> tonic::Status {
        let detail = match refused {
            Refused::TooLarge(size) => return self.source.too_large(size, self.limit),
            Refused::Flag(1) => "a message has the compressed-flag, but the answer names no compression".to_owned(),
            Refused::Flag(flag) => format!("a message has the invalid compression flag {flag} (it is 0 or 1)"),
        };
        self.source.ending.set(Cause::BadFrame { detail }.into_outcome())
    }
}

/// Where a plain answer is put for who reads it beside tonic.
pub(super) type Beside = Arc<Mutex<Option<Plain>>>;

/// What tonic has of an answer: nothing where it is plain.
pub(super) struct Answer(pub(super) Option<Compressed>);

/// An answer whose messages may be compressed.
pub(super) struct Compressed {
    pub(super) source: Source,
    pub(super) limit: usize,
    pub(super) frames: Frames,
    pub(super) heads: Heads,
}

impl http_body::Body for Answer {
    type Data = Bytes;
    type Error = tonic::Status;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, tonic::Status>>> {
        let Some(answer) = &mut self.0 else { return Poll::Ready(None) };
        if let Some(data) = ready!(answer.source.poll_data(cx)) {
            return Poll::Ready(Some(data.and_then(|chunk| answer.take(chunk)).map(Frame::data)));
        }
        let end = ready!(answer.source.poll_end(answer.frames.is_cut(), cx));
        Poll::Ready(Some(end.map(|code| Frame::trailers(status::harmless_trailers(code)))))
    }
}

impl Compressed {
    fn take(&mut self, chunk: Bytes) -> Result<Bytes, tonic::Status> {
        let limit = self.limit;
        let mut heads = self.heads.lock().unwrap_or_else(PoisonError::into_inner);
        let followed = self.frames.follow(&chunk, |head| {
            if head.length as usize > limit {
                return Err(head.length);
            }
            heads.push_back(head);
            Ok(())
        });
        drop(heads);
        followed.map(|()| chunk).map_err(|size| self.source.too_large(size, limit))
    }
}
