//! The codec of all calls: a message is its encoded bytes, in and out. What they mean is for others.
//!
//! Must not know: descriptors.

use bytes::{Buf as _, BufMut as _, Bytes};
use tonic::Status;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};

use super::Cause;
use super::channel::Ending;

/// Passes the bytes of messages through, those that are sent up to a limit.
#[derive(Clone, Debug)]
pub(super) struct RawCodec {
    /// Largest message that is sent, in bytes before compression.
    pub(super) max_send: usize,
    /// Where a message that is too large ends the call.
    pub(super) ending: Ending,
}

/// Whether a message may be sent.
///
/// # Errors
///
/// When it is too large.
pub(super) fn check_size(size: usize, max_send: usize) -> Result<(), Cause> {
    if size > max_send {
        return Err(Cause::TooLargeToSend { size: size as u64, limit: max_send as u64 });
    }
    Ok(())
}

impl Codec for RawCodec {
    type Encode = Bytes;
    type Decode = Bytes;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        self.clone()
    }

    fn decoder(&mut self) -> Self {
        self.clone()
    }
}

impl Encoder for RawCodec {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, message: Bytes, target: &mut EncodeBuf<'_>) -> Result<(), Status> {
        check_size(message.len(), self.max_send).map_err(|cause| self.ending.set(cause.into_outcome()))?;
        target.put(message);
        Ok(())
    }
}

impl Decoder for RawCodec {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, source: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        Ok(Some(source.copy_to_bytes(source.remaining())))
    }
}
