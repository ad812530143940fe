//! Decompresses what ends a call (trailers, errors), which tonic never sees.
//!
//! Must not know: protocols.

use std::io::{self, Read};

use flate2::read::{GzDecoder, ZlibDecoder};
use http::HeaderValue;

use super::{LAST, broken};
use crate::engine::Cause;

/// Decompresses something small as the header says.
///
/// # Errors
///
/// When the compression is not known, the bytes are broken or too many come of them.
pub(super) fn whole(bytes: &[u8], encoding: &HeaderValue) -> Result<Vec<u8>, Cause> {
    let name = String::from_utf8_lossy(encoding.as_bytes());
    let read = match name.trim() {
        "" | "identity" => return Ok(bytes.to_vec()),
        "gzip" => limited(GzDecoder::new(bytes)),
        "deflate" => limited(ZlibDecoder::new(bytes)),
        "zstd" => zstd::Decoder::new(bytes).and_then(limited),
        _ => return Err(broken(format!("the end of the call is compressed with `{name}`, which was not asked for"))),
    };
    let read = read.map_err(|error| broken(format!("the end of the call cannot be decompressed ({error})")))?;
    if read.len() > LAST { Err(broken("the end of the call is too large")) } else { Ok(read) }
}

fn limited(source: impl Read) -> io::Result<Vec<u8>> {
    let mut read = Vec::new();
    source.take(LAST as u64 + 1).read_to_end(&mut read)?;
    Ok(read)
}

#[cfg(test)]
pub(super) mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::{GzEncoder, ZlibEncoder};

    use super::*;

    pub(in crate::engine::protocol) fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn each_compression_is_undone() {
        let check = |name: &'static str, bytes: &[u8]| {
            assert_eq!(whole(bytes, &HeaderValue::from_static(name)).unwrap(), b"text", "{name}");
        };
        check("identity", b"text");
        check("gzip", &gzip(b"text"));
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::fast());
        zlib.write_all(b"text").unwrap();
        check("deflate", &zlib.finish().unwrap());
        check("zstd", &zstd::encode_all(&b"text"[..], 0).unwrap());
    }

    #[test]
    fn what_cannot_be_undone_is_told() {
        let check = |name: &'static str, bytes: &[u8], words: &str| {
            let cause = whole(bytes, &HeaderValue::from_static(name)).unwrap_err();
            assert!(cause.to_string().contains(words), "{cause}");
        };
        check("br", b"x", "`br`, which was not asked for");
        check("gzip", b"no gzip", "cannot be decompressed");
        check("zstd", b"no zstd", "cannot be decompressed");
        check("gzip", &gzip(&vec![0; 2 * LAST]), "too large");
    }
}
