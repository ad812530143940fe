//! Messages with five bytes before each (flags and length), of which the last is no message but says how the call
//! ended: gRPC-Web and Connect mark it with a bit each of their own.
//!
//! Must not know: what the last one says.

use bytes::Bytes;

use super::{LAST, broken};
use crate::engine::Cause;

const HEAD: usize = 5;

/// Follows the messages of a body and keeps its last envelope.
#[derive(Debug)]
pub(super) struct Envelopes {
    /// The bit of the flags that marks the last one.
    mark: u8,
    head: [u8; HEAD],
    have: usize,
    /// Of the envelope that is being read.
    left: usize,
    last: Option<Last>,
}

/// The envelope that ends a body.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Last {
    pub(super) compressed: bool,
    pub(super) content: Vec<u8>,
}

impl Envelopes {
    pub(super) fn new(mark: u8) -> Self {
        Self { mark, head: [0; HEAD], have: 0, left: 0, last: None }
    }

    /// What of the piece belongs to messages, heads included.
    ///
    /// # Errors
    ///
    /// When something follows the last envelope, or it is too large.
    pub(super) fn take(&mut self, chunk: Bytes) -> Result<Bytes, Cause> {
        let mut at = 0;
        while let Some(byte) = chunk.get(at) {
            if self.last.is_some() {
                break;
            }
            if self.left > 0 {
                let here = self.left.min(chunk.len() - at);
                self.left -= here;
                at += here;
                continue;
            }
            if self.have == 0 && byte & self.mark != 0 {
                self.last = Some(Last { compressed: byte & 1 != 0, content: Vec::new() });
                break;
            }
            self.head[self.have] = *byte;
            self.have += 1;
            at += 1;
            if self.have == HEAD {
                self.have = 0;
                self.left = self.length();
            }
        }
        self.take_last(&chunk[at..])?;
        Ok(if at == chunk.len() { chunk } else { chunk.slice(..at) })
    }

    fn take_last(&mut self, mut bytes: &[u8]) -> Result<(), Cause> {
        if self.last.is_none() {
            return Ok(());
        }
        if self.have < HEAD {
            let here = bytes.len().min(HEAD - self.have);
            self.head[self.have..self.have + here].copy_from_slice(&bytes[..here]);
            self.have += here;
            bytes = &bytes[here..];
            if self.have < HEAD {
                return Ok(());
            }
            self.left = self.length();
            if self.left > LAST {
                return Err(broken(format!("what ends the call has {} bytes", self.left)));
            }
        }
        if bytes.len() > self.left {
            return Err(broken("more follows after what ends the call"));
        }
        self.left -= bytes.len();
        if let Some(last) = &mut self.last {
            last.content.extend_from_slice(bytes);
        }
        Ok(())
    }

    fn length(&self) -> usize {
        let [_flags, length @ ..] = self.head;
        u32::from_be_bytes(length) as usize
    }

    /// The envelope that ended the body; `None` where there was none, or it was cut.
    pub(super) fn last(&mut self) -> Option<Last> {
        if self.have == HEAD && self.left == 0 { self.last.take() } else { None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: &[u8], messages: &[u8], last: Option<(bool, &[u8])>) {
        for size in 1..=bytes.len() {
            let mut envelopes = Envelopes::new(0x80);
            let mut taken = Vec::new();
            for chunk in bytes.chunks(size) {
                taken.extend_from_slice(&envelopes.take(Bytes::copy_from_slice(chunk)).unwrap());
            }
            assert_eq!(taken, messages, "in pieces of {size}");
            let last = last.map(|(compressed, content)| Last { compressed, content: content.to_vec() });
            assert_eq!(envelopes.last(), last, "in pieces of {size}");
        }
    }

    #[test]
    fn the_last_envelope_is_told_from_messages() {
        check(b"\0\0\0\0\x01a\x80\0\0\0\x02xy", b"\0\0\0\0\x01a", Some((false, b"xy")));
        check(b"\x01\0\0\0\x01\x80\0\0\0\0\0\x81\0\0\0\0", b"\x01\0\0\0\x01\x80\0\0\0\0\0", Some((true, b"")));
        check(b"\x80\0\0\0\x01x", b"", Some((false, b"x")));
        check(b"\0\0\0\0\x01a", b"\0\0\0\0\x01a", None);
        check(b"\0\0\0\0\x01a\x80\0\0\0\x02x", b"\0\0\0\0\x01a", None);
        check(b"\x80\0\0", b"", None);
    }

    #[test]
    fn nothing_may_follow_the_last_one_and_it_is_bounded() {
        let refused = |bytes: &'static [u8]| Envelopes::new(2).take(Bytes::from_static(bytes)).unwrap_err();
        assert!(refused(b"\x02\0\0\0\x01xy").to_string().contains("more follows"));
        assert!(refused(b"\x02\xff\0\0\0").to_string().contains("4278190080 bytes"));
    }
}
