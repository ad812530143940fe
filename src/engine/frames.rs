//! Follows the five-byte heads of gRPC's messages through the chunks that they come in, without copying a message.
//!
//! Must not know: HTTP/2, compression, what a message means.

/// The head of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head {
    /// 1 where the message is compressed.
    pub(super) flag: u8,
    /// Its length on the wire, without the head.
    pub(super) length: u32,
}

impl Head {
    /// The message's length on the wire where it is compressed.
    pub(super) fn compressed(self) -> Option<u32> {
        (self.flag != 0).then_some(self.length)
    }
}

/// Where in a stream of messages we are.
#[derive(Debug, Default)]
pub(super) struct Frames {
    head: [u8; 5],
    have: usize,
    left: usize,
    ended: u64,
}

impl Frames {
    /// Goes through the next chunk. `begun` is told each head that is complete, and stops it with an error.
    ///
    /// # Errors
    ///
    /// That of `begun`.
    pub(super) fn follow<E>(
        &mut self,
        mut chunk: &[u8],
        mut begun: impl FnMut(Head) -> Result<(), E>,
    ) -> Result<(), E> {
        while !chunk.is_empty() {
            let here = self.left.min(chunk.len());
            self.left -= here;
            self.ended += u64::from(here > 0 && self.left == 0);
            chunk = &chunk[here..];
            let here = if self.left > 0 { 0 } else { (self.head.len() - self.have).min(chunk.len()) };
            self.head[self.have..self.have + here].copy_from_slice(&chunk[..here]);
            self.have += here;
            chunk = &chunk[here..];
            if self.have == self.head.len() {
                let [flag, length @ ..] = self.head;
                let length = u32::from_be_bytes(length);
                self.have = 0;
                self.left = length as usize;
                self.ended += u64::from(length == 0);
                begun(Head { flag, length })?;
            }
        }
        Ok(())
    }

    /// How many messages have gone by whole.
    pub(super) const fn ended(&self) -> u64 {
        self.ended
    }

    /// Whether a message has begun and not ended.
    pub(super) const fn is_cut(&self) -> bool {
        self.have > 0 || self.left > 0
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    #[test]
    fn messages_are_followed_however_they_are_cut() {
        let bytes = b"\0\0\0\0\x03abc\0\0\0\0\0\x01\0\0\0\x02de";
        for size in 1..=bytes.len() {
            let mut frames = Frames::default();
            let mut heads = Vec::new();
            let mut read = 0;
            for chunk in bytes.chunks(size) {
                let Ok(()) = frames.follow::<Infallible>(chunk, |head| {
                    heads.push((head.flag, head.length, head.compressed()));
                    Ok(())
                });
                read += chunk.len();
                assert_eq!(frames.is_cut(), ![8, 13, bytes.len()].contains(&read), "{read}");
                let ends = [8, 13, bytes.len()].iter().filter(|end| **end <= read).count();
                assert_eq!(frames.ended(), ends as u64, "{read}");
            }
            assert_eq!(heads, [(0, 3, None), (0, 0, None), (1, 2, Some(2))]);
        }
    }

    #[test]
    fn the_first_head_that_is_refused_ends_it() {
        let refused = |head: Head| if head.length > 9 { Err(head.length) } else { Ok(()) };
        assert_eq!(Frames::default().follow(b"\0\0\0\0\x01a\0\xff\xff\xff\xff", refused), Err(u32::MAX));
    }
}
