//! Standard input as it comes, cut into JSON messages: each is given out as soon as its last character is there.
//!
//! Must not know: what the messages mean.

use std::io::Read as _;

use tokio::sync::mpsc;

use super::terminal::Stop;
use crate::message::json::{self, SyntaxError};

/// Bytes read at a time.
const CHUNK: usize = 64 * 1024;

/// Standard input, read by a thread of its own. The thread is not joined: it may sit in a read for ever, and ends with
/// the process.
pub(super) struct Input(mpsc::Receiver<Result<Vec<u8>, String>>);

impl Input {
    /// Starts reading.
    pub(super) fn stdin() -> Result<Self, Stop> {
        let (sender, receiver) = mpsc::channel(4);
        std::thread::Builder::new()
            .name("stdin".to_owned())
            .spawn(move || {
                let mut stdin = std::io::stdin().lock();
                let mut buffer = vec![0; CHUNK];
                loop {
                    let chunk = match stdin.read(&mut buffer) {
                        Ok(0) => return,
                        Ok(length) => Ok(buffer.get(..length).unwrap_or_default().to_vec()),
                        Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                        Err(error) => Err(format!("cannot read standard input: {error}")),
                    };
                    if sender.blocking_send(chunk).is_err() {
                        return;
                    }
                }
            })
            .map_err(|error| Stop::Failed(format!("cannot read standard input: {error}")))?;
        Ok(Self(receiver))
    }

    /// What has come: all of it, so that a long message is not parsed again for each of its chunks. `None` at the end.
    pub(super) async fn next(&mut self) -> Option<Result<Vec<u8>, String>> {
        let mut bytes = match self.0.recv().await? {
            Ok(bytes) => bytes,
            Err(error) => return Some(Err(error)),
        };
        while let Ok(more) = self.0.try_recv() {
            match more {
                Ok(more) => bytes.extend(more),
                Err(error) => return Some(Err(error)),
            }
        }
        Some(Ok(bytes))
    }
}

/// Cuts bytes into JSON values.
#[derive(Debug, Default)]
pub(super) struct MessageReader {
    text: String,
    /// What of `text` was given out already.
    start: usize,
    /// The beginning of a character whose end has not come, or bytes that are no text.
    tail: Vec<u8>,
    /// Nothing new came since the last value was found incomplete.
    stuck: bool,
    ended: bool,
}

impl MessageReader {
    /// Takes in what has come.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.text.drain(..self.start);
        self.start = 0;
        self.tail.extend_from_slice(bytes);
        let valid = match std::str::from_utf8(&self.tail) {
            Ok(text) => text,
            Err(error) => {
                let valid = self.tail.get(..error.valid_up_to()).unwrap_or_default();
                std::str::from_utf8(valid).unwrap_or_default()
            }
        };
        self.text.push_str(valid);
        self.tail.drain(..valid.len());
        self.stuck = false;
    }

    /// Nothing more will come.
    pub(super) fn end(&mut self) {
        self.ended = true;
        self.stuck = false;
    }

    /// Whether everything that came was given out and nothing more will come.
    pub(super) const fn is_done(&self) -> bool {
        self.ended && self.start == self.text.len()
    }

    /// The text of the next value that is whole; `None` where there is none yet.
    ///
    /// # Errors
    ///
    /// What comes is no JSON, or ended within a value.
    pub(super) fn next(&mut self) -> Result<Option<String>, SyntaxError> {
        if self.stuck {
            return Ok(None);
        }
        let text = self.text.get(self.start..).unwrap_or_default();
        match json::parse_next(text) {
            Ok(Some((_, rest))) if !self.may_go_on(text, rest) => {
                let length = text.len() - rest.len();
                let value = text.get(..length).unwrap_or_default().to_owned();
                self.start += length;
                return Ok(Some(value));
            }
            Err(error) if self.ended || !error.incomplete => return Err(error),
            _ => {}
        }
        // At most three bytes of a character can be waited for.
        if self.tail.len() > 3 || (self.ended && !self.tail.is_empty()) {
            let message = "the text is not UTF-8".to_owned();
            return Err(SyntaxError { position: json::Position::default(), message, incomplete: false });
        }
        if self.ended {
            self.start = self.text.len();
        }
        self.stuck = true;
        Ok(None)
    }

    /// Whether a value at the very end may have more digits or letters to come.
    fn may_go_on(&self, text: &str, rest: &str) -> bool {
        !self.ended && rest.is_empty() && text.ends_with(|c: char| c.is_ascii_alphanumeric())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Feeds the chunks one after another; each gives out its list of values.
    fn check(chunks: &[&[u8]], expected: &[&[&str]]) {
        let mut reader = MessageReader::default();
        let mut given = Vec::new();
        let mut take = |reader: &mut MessageReader| {
            let mut values = Vec::new();
            while let Some(value) = reader.next().unwrap() {
                values.push(value.trim().to_owned());
            }
            given.push(values);
        };
        for chunk in chunks {
            reader.push(chunk);
            take(&mut reader);
        }
        reader.end();
        take(&mut reader);
        assert!(reader.is_done());
        assert_eq!(given, expected);
    }

    #[test]
    fn values_come_out_as_soon_as_they_are_whole() {
        check(&[], &[&[]]);
        check(&[b"{}"], &[&["{}"], &[]]);
        check(&[b"{} {\"a\":", b" 1}", b"\n"], &[&["{}"], &["{\"a\": 1}"], &[], &[]]);
        check(&[b"{}{}\n[]"], &[&["{}", "{}", "[]"], &[]]);
        check(&[b"\"\xe4\xbd", b"\xa0\""], &[&[], &["\"你\""], &[]]);
        check(&[b"12", b"34", b" ", b"5"], &[&[], &[], &["1234"], &[], &["5"]]);
    }

    #[test]
    fn an_end_within_a_value_is_an_error() {
        let mut reader = MessageReader::default();
        reader.push(b"{\"a\":");
        assert!(reader.next().unwrap().is_none());
        reader.end();
        assert!(reader.next().is_err());
        let mut reader = MessageReader::default();
        reader.push(b"{}\xff\xff\xff\xff");
        assert_eq!(reader.next().unwrap().as_deref(), Some("{}"));
        assert!(reader.next().is_err());
        let mut reader = MessageReader::default();
        reader.push(b"\xe4\xbd");
        assert!(reader.next().unwrap().is_none());
        reader.end();
        assert!(reader.next().is_err());
    }
}
