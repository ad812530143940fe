//! The bodies of an exchange on their way through a translation.
//!
//! Must not know: which protocol is spoken.

use std::collections::VecDeque;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::HeaderMap;

use super::Reading;
use crate::engine::channel::{Inlet, Outlet};
use crate::engine::{Cause, Outcome};

/// The body of a request that is known as a whole, written in place of the frames that come.
pub(in crate::engine) struct Whole {
    pub(in crate::engine) outlet: Box<dyn Outlet>,
    pub(in crate::engine) content: Bytes,
}

impl Outlet for Whole {
    fn poll_refused(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.outlet.poll_refused(cx)
    }

    fn poll_write(&mut self, cx: &mut Context<'_>, bytes: &mut Bytes, last: bool) -> Poll<bool> {
        if self.content.is_empty() && last {
            self.outlet.end();
        }
        while !self.content.is_empty() {
            if !ready!(self.outlet.poll_write(cx, &mut self.content, last)) {
                return Poll::Ready(false);
            }
        }
        bytes.clear();
        Poll::Ready(true)
    }

    fn end(&mut self) {
        self.outlet.end();
    }
}

/// The body of an answer as gRPC has it.
pub(in crate::engine) struct Translated {
    inlet: Box<dyn Inlet>,
    reading: Box<dyn Reading>,
    /// Largest message that is received, in bytes.
    limit: usize,
    /// The headers told how the call ended, and nothing follows them.
    told: bool,
    /// Messages that were held back.
    rest: VecDeque<Bytes>,
    trailers: HeaderMap,
    ended: bool,
}

impl Translated {
    /// The rest of an answer whose headers told a status or, if not `early`, did not.
    pub(in crate::engine) fn new(inlet: Box<dyn Inlet>, reading: Box<dyn Reading>, limit: usize, early: bool) -> Self {
        let told = early && inlet.is_end();
        Self { inlet, reading, limit, told, rest: VecDeque::new(), trailers: HeaderMap::new(), ended: false }
    }
}

impl Inlet for Translated {
    /// An empty body alone is not the end: what it means is for the protocol to say.
    fn is_end(&self) -> bool {
        self.told
    }

    fn poll_data(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Outcome>>> {
        while !self.ended {
            match ready!(self.inlet.poll_data(cx)) {
                Some(Ok(chunk)) => {
                    let taken = match self.reading.take(chunk) {
                        Ok(taken) if self.reading.held() > self.limit => {
                            drop(taken);
                            Err(Cause::TooLarge { size: self.reading.held() as u64, limit: self.limit as u64 })
                        }
                        other => other,
                    };
                    match taken {
                        Ok(taken) if taken.is_empty() => {}
                        taken => return Poll::Ready(Some(taken.map_err(Cause::into_outcome))),
                    }
                }
                Some(Err(outcome)) => return Poll::Ready(Some(Err(outcome))),
                None => {
                    let trailers = match ready!(self.inlet.poll_trailers(cx)) {
                        Ok(trailers) => trailers,
                        Err(outcome) => return Poll::Ready(Some(Err(outcome))),
                    };
                    self.ended = true;
                    match self.reading.end(trailers) {
                        Ok((rest, trailers)) => (self.rest, self.trailers) = (rest.into(), trailers),
                        Err(cause) => return Poll::Ready(Some(Err(cause.into_outcome()))),
                    }
                }
            }
        }
        Poll::Ready(self.rest.pop_front().map(Ok))
    }

    fn poll_trailers(&mut self, _cx: &mut Context<'_>) -> Poll<Result<HeaderMap, Outcome>> {
        Poll::Ready(Ok(std::mem::take(&mut self.trailers)))
    }
}
