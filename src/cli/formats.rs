//! The forms in which messages come and go: what may stand on the command line about them, one message read and written
//! in each, and several cut apart.
//!
//! Must not know: calls, where a schema comes from.

use std::path::{Path, PathBuf};

use bytes::Bytes;
use clap::{Args, ValueEnum, ValueHint};
use prost::Message as _;
use prost_reflect::{DynamicMessage, MessageDescriptor};

use super::flags::{ConnectionFlags, SchemaFlags};
use super::report;
use crate::message::text_format::{self, SEPARATOR};
use crate::message::{self, AnyTypes, ReadOptions, WriteOptions, json, raw};

/// A form of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// ProtoJSON
    Json,
    /// The text format of protobuf, as protoc reads and writes it
    #[value(aliases = ["txtpb", "textproto"])]
    Text,
    /// The bytes as they are sent
    #[value(alias = "binpb")]
    Binary,
    /// The bytes in hexadecimal digits
    Hex,
    /// The bytes in base64
    Base64,
}

impl Format {
    /// By the end of a file's name.
    pub(super) fn of(path: &Path) -> Option<Self> {
        Some(match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "json" => Self::Json,
            "txtpb" | "textproto" | "textpb" | "pbtxt" | "prototxt" | "txt" => Self::Text,
            "hex" => Self::Hex,
            "b64" | "base64" => Self::Base64,
            "binpb" | "bin" | "pb" => Self::Binary,
            _ => return None,
        })
    }
}

/// A form of the messages of a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum CallFormat {
    /// ProtoJSON
    #[default]
    Json,
    /// The text format of protobuf
    Text,
    /// The bytes as they are sent, of a stream each after its length as a varint
    Binary,
}

/// How messages are written.
#[derive(Clone, Copy, Debug, Args)]
#[command(next_help_heading = "Writing")]
pub(super) struct WriteFlags {
    #[command(flatten)]
    json: JsonFlags,

    /// Text: write strings of any script as they are; protoc escapes all that is not ASCII
    #[arg(long)]
    utf8: bool,
}

/// How JSON is written.
#[derive(Clone, Copy, Debug, Args)]
struct JsonFlags {
    /// JSON: write fields that hold their default value too
    #[arg(long)]
    emit_defaults: bool,

    /// JSON: call fields as in the proto file, order_id and not orderId
    #[arg(long, aliases = ["use-proto-names", "original-names", "keep-proto-names"])]
    proto_names: bool,

    /// JSON: write enum values as numbers
    #[arg(long, alias = "use-enum-numbers")]
    enum_numbers: bool,
}

impl WriteFlags {
    /// For JSON.
    pub(super) const fn json(self, types: &AnyTypes) -> WriteOptions<'_> {
        let JsonFlags { emit_defaults, proto_names, enum_numbers } = self.json;
        WriteOptions { emit_defaults, proto_names, enum_numbers, unknown_fields: false, types: Some(types) }
    }

    /// For the text format.
    pub(super) const fn text(self, types: &AnyTypes) -> text_format::WriteOptions<'_> {
        text_format::WriteOptions { raw_any: false, utf8: self.utf8, skip_unknown: false, types: Some(types) }
    }
}

/// `trunkline convert`.
#[derive(Debug, Args)]
pub(super) struct ConvertFlags {
    /// What to read; - or nothing is standard input
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) file: Option<PathBuf>,

    /// Full name of the message; without it the fields are shown by number, each with guesses at its value
    #[arg(long = "type", value_name = "NAME")]
    pub(super) type_name: Option<String>,

    /// Form of what is read [default: by the file's name, else binary]
    #[arg(long, value_name = "FORMAT")]
    pub(super) from: Option<Format>,

    /// Form of what is written [default: by the name of --output, else json, or text without --type]
    #[arg(long, value_name = "FORMAT")]
    pub(super) to: Option<Format>,

    /// Write to this file
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) output: Option<PathBuf>,

    /// Ask this server for the type by reflection
    #[arg(long, value_name = "TARGET")]
    pub(super) reflect: Option<String>,

    #[command(flatten)]
    pub(super) write: WriteFlags,

    #[command(flatten)]
    pub(super) schema: SchemaFlags,

    #[command(flatten)]
    pub(super) connection: ConnectionFlags,
}

/// Examples of `trunkline convert`.
pub(super) const CONVERT_EXAMPLES: &str = "\
Examples:
  trunkline convert --proto shop.proto --type shop.v1.Order order.binpb      binary to JSON
  trunkline convert --proto shop.proto --type shop.v1.Order --to binary order.txtpb > order.binpb
  echo 0a0441646121 | trunkline convert --from hex                           what may be in there
  trunkline convert --reflect api.example.com:443 --type shop.v1.Order --from base64 order.txt

JSON values follow one another, messages in the text format are divided by the record separator
(0x1E); the other forms hold one message. The header of a gRPC frame before a message is left out.";

/// Reads one message of a text in the text format.
pub(super) fn read_text(
    bytes: &[u8],
    number: usize,
    descriptor: &MessageDescriptor,
    types: &AnyTypes,
) -> Result<DynamicMessage, String> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        format!("message {number}: the text is not UTF-8 from its byte {} on", error.valid_up_to() + 1)
    })?;
    let options = text_format::ReadOptions { ignore_unknown: false, types: Some(types) };
    text_format::read_with(text, descriptor, options).map_err(|problems| report::message_problems(number, &problems))
}

/// Encodes a message that was given in another form than JSON.
pub(super) fn encode(
    bytes: &[u8],
    number: usize,
    cut: Cut,
    descriptor: &MessageDescriptor,
    types: &AnyTypes,
) -> Result<Bytes, String> {
    if cut == Cut::Separator {
        return Ok(read_text(bytes, number, descriptor, types)?.encode_to_vec().into());
    }
    raw::decode(bytes, descriptor).map_err(|error| format!("message {number}: {error}"))?;
    Ok(Bytes::copy_from_slice(bytes))
}

/// Reads JSON values that stand one after another.
pub(super) fn read_json(
    text: &str,
    descriptor: &MessageDescriptor,
    types: &AnyTypes,
) -> Result<Vec<DynamicMessage>, String> {
    let options = ReadOptions { types: Some(types), ..ReadOptions::default() };
    let mut messages = Vec::new();
    let mut rest = text;
    loop {
        let number = messages.len() + 1;
        match json::parse_next(rest) {
            Ok(None) => return Ok(messages),
            Ok(Some((node, after))) => {
                let message = message::read_with(&node, descriptor, options)
                    .map_err(|problems| report::message_problems(number, &problems))?;
                messages.push(message);
                rest = after;
            }
            Err(error) => return Err(format!("message {number}: {error}")),
        }
    }
}

/// What divides messages that follow one another in another form than JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cut {
    /// The record separator, of texts in the text format.
    Separator,
    /// The length of each as a varint before it.
    Length,
    /// Nothing: all is one message.
    Whole,
}

/// Cuts bytes as they come into messages.
#[derive(Debug)]
pub(super) struct RecordReader {
    cut: Cut,
    bytes: Vec<u8>,
    /// What of `bytes` was given out already.
    start: usize,
    ended: bool,
    is_done: bool,
}

impl RecordReader {
    /// Cuts so.
    pub(super) const fn new(cut: Cut) -> Self {
        Self { cut, bytes: Vec::new(), start: 0, ended: false, is_done: false }
    }

    /// How it cuts.
    pub(super) const fn cut(&self) -> Cut {
        self.cut
    }

    /// Takes in what has come.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.bytes.drain(..self.start);
        self.start = 0;
        self.bytes.extend_from_slice(bytes);
    }

    /// Nothing more will come.
    pub(super) fn end(&mut self) {
        self.ended = true;
    }

    /// Whether everything that came was given out and nothing more will come.
    pub(super) const fn is_done(&self) -> bool {
        self.is_done
    }

    /// The next message that is whole; `None` where there is none yet. What follows the last separator is a message only
    /// if it is more than blanks.
    ///
    /// # Errors
    ///
    /// The input ended within a message.
    pub(super) fn next(&mut self) -> Result<Option<Vec<u8>>, String> {
        let rest = self.bytes.get(self.start..).unwrap_or_default();
        let found = match self.cut {
            Cut::Separator => rest
                .iter()
                .position(|&byte| char::from(byte) == SEPARATOR)
                .map(|length| (0, length, length + SEPARATOR.len_utf8())),
            Cut::Length => length(rest)?.filter(|&(_, end)| end <= rest.len()).map(|(begin, end)| (begin, end, end)),
            Cut::Whole => None,
        };
        if let Some((begin, end, after)) = found {
            self.start += after;
            return Ok(rest.get(begin..end).map(<[u8]>::to_vec));
        }
        if !self.ended || self.is_done {
            return Ok(None);
        }
        self.is_done = true;
        let rest = rest.to_vec();
        self.start = self.bytes.len();
        match self.cut {
            _ if rest.is_empty() => Ok(None),
            Cut::Separator if rest.trim_ascii().is_empty() => Ok(None),
            Cut::Separator | Cut::Whole => Ok(Some(rest)),
            Cut::Length => Err("the input ends within a message".to_owned()),
        }
    }
}

/// Where the message behind its length begins and ends; `None` where the length is not whole.
fn length(bytes: &[u8]) -> Result<Option<(usize, usize)>, String> {
    let mut value: u64 = 0;
    for (index, &byte) in bytes.iter().take(5).enumerate() {
        value |= u64::from(byte & 0x7F) << (7 * index);
        if byte & 0x80 == 0 {
            let length = usize::try_from(value).unwrap_or(usize::MAX);
            return Ok(Some((index + 1, length.saturating_add(index + 1))));
        }
    }
    if bytes.len() < 5 { Ok(None) } else { Err("the length of the message is more than a message may have".to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(cut: Cut, chunks: &[&[u8]], expected: &[&[u8]]) {
        let mut reader = RecordReader::new(cut);
        let mut given = Vec::new();
        for chunk in chunks {
            reader.push(chunk);
            while let Some(record) = reader.next().unwrap() {
                given.push(record);
            }
            assert!(!reader.is_done());
        }
        reader.end();
        while let Some(record) = reader.next().unwrap() {
            given.push(record);
        }
        assert!(reader.is_done());
        assert_eq!(given, expected);
    }

    #[test]
    fn messages_are_cut_apart() {
        check(Cut::Separator, &[b"a: 1\n\x1eb", b": 2\n"], &[b"a: 1\n", b"b: 2\n"]);
        check(Cut::Separator, &[b"a\x1e\n"], &[b"a"]);
        check(Cut::Separator, &[b"\x1ea"], &[b"", b"a"]);
        check(Cut::Separator, &[b" \n"], &[]);
        check(Cut::Length, &[b"\x02a", b"b\x00\x80", b"\x01", &[b'x'; 128]], &[b"ab", b"", &[b'x'; 128]]);
        check(Cut::Whole, &[b"a\x1e", b"b"], &[b"a\x1eb"]);
        check(Cut::Whole, &[], &[]);
    }

    #[test]
    fn an_end_within_a_message_is_an_error() {
        for bytes in [&b"\x02a"[..], b"\x80"] {
            let mut reader = RecordReader::new(Cut::Length);
            reader.push(bytes);
            assert_eq!(reader.next(), Ok(None));
            reader.end();
            assert!(reader.next().is_err());
        }
        let mut reader = RecordReader::new(Cut::Length);
        reader.push(&[0xFF; 6]);
        assert!(reader.next().is_err());
    }

    #[test]
    fn formats_by_name() {
        let check = |name: &str, expected| assert_eq!(Format::of(Path::new(name)), expected, "{name}");
        check("a/b.JSON", Some(Format::Json));
        check("b.txtpb", Some(Format::Text));
        check("b.binpb", Some(Format::Binary));
        check("b.hex", Some(Format::Hex));
        check("b.b64", Some(Format::Base64));
        check("b.log", None);
        check("-", None);
    }
}
