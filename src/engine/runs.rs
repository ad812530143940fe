//! Takes plain messages out of the chunks that they come in. Those that lie whole in a chunk stay there and go on
//! together, to be cut apart by who reads them: what a small message costs is mostly the passing on.
//!
//! Must not know: HTTP/2, compression, what a message means.

use std::mem;

use bytes::{Buf as _, Bytes, BytesMut};

/// Bytes before each message.
const HEAD: usize = 5;

/// Messages that came in one piece, with their heads.
#[derive(Debug)]
pub(super) struct Run {
    bytes: Bytes,
    count: usize,
}

impl Run {
    /// How many messages are left.
    pub(super) const fn count(&self) -> usize {
        self.count
    }

    /// How many bytes, heads included, are left.
    pub(super) const fn bytes(&self) -> usize {
        self.bytes.len()
    }

    /// The next message.
    pub(super) fn next(&mut self) -> Option<Bytes> {
        let (_, length) = head(&self.bytes)?;
        self.count = self.count.saturating_sub(1);
        let end = (HEAD + length as usize).min(self.bytes.len());
        if end == self.bytes.len() {
            let mut last = mem::take(&mut self.bytes);
            last.advance(HEAD);
            return Some(last);
        }
        let message = self.bytes.slice(HEAD..end);
        self.bytes.advance(end);
        Some(message)
    }
}

/// Why the reading of messages ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// A message of that many bytes is too large.
    TooLarge(u32),
    /// This is not the flag of a plain message.
    Flag(u8),
}

/// Where in a stream of plain messages we are.
#[derive(Debug)]
pub(super) struct Runs {
    /// Largest message, in bytes.
    limit: usize,
    /// The beginning of a message that has not yet come whole.
    cut: BytesMut,
}

impl Runs {
    pub(super) fn new(limit: usize) -> Self {
        Self { limit, cut: BytesMut::new() }
    }

    /// Goes through the next chunk; what it completes goes to `done`.
    ///
    /// # Errors
    ///
    /// At the first message that is refused; those before it are in `done`.
    pub(super) fn read(&mut self, mut chunk: Bytes, done: &mut Vec<Run>) -> Result<(), Refused> {
        self.complete(&mut chunk, done)?;
        let (mut end, mut count) = (0, 0);
        let stop = loop {
            let rest = &chunk[end..];
            match head(rest).map(|head| self.checked(head)).transpose() {
                Ok(Some(length)) if rest.len() >= HEAD + length => {
                    end += HEAD + length;
                    count += 1;
                }
                Ok(length) => break Ok(length.unwrap_or_default()),
                Err(refused) => break Err(refused),
            }
        };
        if count > 0 {
            done.push(Run { bytes: chunk.split_to(end), count });
        }
        let length = stop?;
        if !chunk.is_empty() {
            self.cut.reserve(HEAD + length);
            self.cut.extend_from_slice(&chunk);
        }
        Ok(())
    }

    /// Whether a message has begun and not ended.
    pub(super) fn is_cut(&self) -> bool {
        !self.cut.is_empty()
    }

    /// Goes on with a message that was cut.
    fn complete(&mut self, chunk: &mut Bytes, done: &mut Vec<Run>) -> Result<(), Refused> {
        while !self.cut.is_empty() {
            let known = head(&self.cut).map(|head| self.checked(head)).transpose()?;
            let whole = HEAD + known.unwrap_or_default();
            if known.is_some() && self.cut.len() == whole {
                done.push(Run { bytes: mem::take(&mut self.cut).freeze(), count: 1 });
            } else if chunk.is_empty() {
                break;
            } else {
                let here = chunk.split_to(chunk.len().min(whole - self.cut.len()));
                self.cut.reserve(whole - self.cut.len());
                self.cut.extend_from_slice(&here);
            }
        }
        Ok(())
    }

    /// The length of a message that is taken.
    fn checked(&self, (flag, length): (u8, u32)) -> Result<usize, Refused> {
        match (flag, length as usize) {
            (0, length) if length <= self.limit => Ok(length),
            (0, _) => Err(Refused::TooLarge(length)),
            _ => Err(Refused::Flag(flag)),
        }
    }
}

/// The head of the message at the front, once it is there: its flag and its length.
fn head(bytes: &[u8]) -> Option<(u8, u32)> {
    match *bytes {
        [flag, a, b, c, d, ..] => Some((flag, u32::from_be_bytes([a, b, c, d]))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(runs: Vec<Run>) -> Vec<Bytes> {
        let mut all = Vec::new();
        for mut run in runs {
            let count = run.count();
            let before = all.len();
            while let Some(message) = run.next() {
                all.push(message);
            }
            assert_eq!((all.len() - before, run.count(), run.bytes()), (count, 0, 0));
        }
        all
    }

    #[test]
    fn messages_come_whole_however_they_are_cut() {
        let bytes = b"\0\0\0\0\x03abc\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x02de\0\0\0\0\x01f";
        for size in 1..=bytes.len() {
            let mut runs = Runs::new(3);
            let mut done = Vec::new();
            for chunk in bytes.chunks(size) {
                runs.read(Bytes::copy_from_slice(chunk), &mut done).unwrap();
            }
            assert!(!runs.is_cut());
            assert_eq!(messages(done), ["abc", "", "", "de", "f"], "{size}");
        }
        let mut done = Vec::new();
        Runs::new(3).read(Bytes::from_static(bytes), &mut done).unwrap();
        assert_eq!(done.len(), 1);
    }

    #[test]
    fn what_lies_whole_in_a_chunk_is_not_copied() {
        let chunk = Bytes::from_static(b"\0\0\0\0\x03abc\0\0\0\0\x01d\0\0");
        let mut done = Vec::new();
        let mut runs = Runs::new(9);
        runs.read(chunk.clone(), &mut done).unwrap();
        assert!(runs.is_cut());
        let messages = messages(done);
        assert_eq!(messages[1].as_ptr(), chunk[13..].as_ptr());
    }

    #[test]
    fn the_first_message_that_is_refused_ends_it() {
        let check = |bytes: &'static [u8], refused| {
            for size in 1..=bytes.len() {
                let (mut runs, mut done) = (Runs::new(2), Vec::new());
                let end = bytes.chunks(size).find_map(|chunk| runs.read(Bytes::from_static(chunk), &mut done).err());
                assert_eq!(end, Some(refused), "{size}");
                assert_eq!(messages(done), ["ab"], "{size}");
            }
        };
        check(b"\0\0\0\0\x02ab\0\0\0\0\x03abc", Refused::TooLarge(3));
        check(b"\0\0\0\0\x02ab\0\xff\xff\xff\xffx", Refused::TooLarge(u32::MAX));
        check(b"\0\0\0\0\x02ab\x01\0\0\0\0", Refused::Flag(1));
        check(b"\0\0\0\0\x02ab\x07\0\0\0\x01", Refused::Flag(7));
    }
}
