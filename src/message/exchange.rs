//! Messages as they come in and go out: in each form, told by themselves where nobody says which.
//!
//! Must not know: files, clipboards, how it is shown.

use prost_reflect::{DynamicMessage, MessageDescriptor};

use super::json::{self, Position};
use super::{AnyTypes, Problem, ReadOptions, WriteOptions, raw, read_text_with, text_format, write_line, write_pretty};

/// A form of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `ProtoJSON` on lines of their own.
    Json,
    /// `ProtoJSON` on one line.
    JsonLine,
    /// The text format of protobuf.
    Text,
    /// The bytes in hexadecimal digits.
    Hex,
    /// The bytes in base64.
    Base64,
    /// The bytes as they are sent.
    Binary,
}

impl Format {
    /// By the end of a file's name, in lower case and without the dot; others tell by what they hold.
    #[must_use]
    pub fn of_extension(extension: &str) -> Option<Self> {
        Some(match extension {
            "json" | "json5" | "jsonc" => Self::Json,
            "txtpb" | "textproto" | "textpb" | "pbtxt" | "prototxt" => Self::Text,
            "hex" => Self::Hex,
            "b64" | "base64" => Self::Base64,
            "binpb" | "pb" => Self::Binary,
            _ => return None,
        })
    }

    /// What a file in this form is called at its end.
    #[must_use]
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Json | Self::JsonLine => "json",
            Self::Text => "txtpb",
            Self::Hex => "hex",
            Self::Base64 => "b64",
            Self::Binary => "binpb",
        }
    }

    /// What `input` seems to be. A text of hexadecimal digits alone could be base64 as well: then the one that is a
    /// message of the type.
    #[must_use]
    pub fn told(input: &[u8], descriptor: &MessageDescriptor) -> Self {
        let Some(text) = super::wire::as_text(strip_mark(input)) else { return Self::Binary };
        let text = text.trim();
        if text.starts_with('{') {
            return Self::Json;
        }
        if text.is_empty() {
            return Self::Text;
        }
        // Pairs of letters are meant as hex, also where one of them is mistyped.
        let pairs = text.split_whitespace().all(|word| word.len() == 2) && text.len() > 4;
        let is_hex = pairs || misfit(text, is_hex).is_none();
        let is_base64 = misfit(text, is_base64).is_none();
        match (is_hex, is_base64) {
            (true, true) => {
                let fits = |bytes: Result<Vec<u8>, String>| bytes.is_ok_and(|bytes| decode(&bytes, descriptor).is_ok());
                if !fits(raw::from_hex(text)) && fits(raw::from_base64(text)) { Self::Base64 } else { Self::Hex }
            }
            (true, false) => Self::Hex,
            (false, true) => Self::Base64,
            // A well-known type may be any JSON value, and `[a.b]: 1` is the text format of an extension.
            (false, false) if json::parse(text).is_ok() => Self::Json,
            (false, false) => Self::Text,
        }
    }
}

/// A message that came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incoming {
    /// In which form.
    pub format: Format,
    /// As JSON: the text itself where it was JSON.
    pub json: String,
    /// The first five bytes, the header of a gRPC frame, were left out.
    pub was_framed: bool,
}

/// Reads a message in a form, or in the one that it seems to have. JSON stays as it was typed, and may hold variables.
///
/// # Errors
///
/// Every value that does not fit, with its place in the text where there is one.
pub fn read(
    input: &[u8],
    format: Option<Format>,
    descriptor: &MessageDescriptor,
    types: &AnyTypes,
) -> Result<Incoming, Vec<Problem>> {
    let types = Some(types);
    let format = format.unwrap_or_else(|| Format::told(input, descriptor));
    let of = |message: &DynamicMessage, was_framed| Incoming {
        format,
        // What is sent again is to be the same.
        json: write_pretty(message, WriteOptions { unknown_fields: true, types, ..WriteOptions::default() }),
        was_framed,
    };
    let of_bytes = |bytes: &[u8]| {
        let (message, was_framed) = decode(bytes, descriptor).map_err(problem)?;
        Ok(of(&message, was_framed))
    };
    if format == Format::Binary {
        return of_bytes(input);
    }
    let text = std::str::from_utf8(strip_mark(input))
        .map_err(|error| problem(format!("the text is not UTF-8 from its byte {} on", error.valid_up_to() + 1)))?;
    match format {
        Format::Json | Format::JsonLine => {
            let text = text.trim();
            let node = json::parse(text)
                .map_err(|error| vec![Problem { position: Some(error.position), ..simple(error.message.clone()) }])?;
            // What a variable stands for is known at Send only.
            if !text.contains("{{") {
                read_text_with(text, descriptor, ReadOptions { types, ..ReadOptions::default() })?;
            }
            let json = if text.contains('\n') { text.to_owned() } else { node.to_pretty() };
            Ok(Incoming { format, json, was_framed: false })
        }
        Format::Text => {
            text_format::read_with(text, descriptor, text_format::ReadOptions { types, ignore_unknown: false })
                .map(|message| of(&message, false))
        }
        Format::Hex => {
            wrong_letter(text, is_hex, "hex")?;
            of_bytes(&raw::from_hex(text).map_err(problem)?)
        }
        Format::Base64 => {
            wrong_letter(text, is_base64, "base64")?;
            of_bytes(&raw::from_base64(text).map_err(problem)?)
        }
        Format::Binary => of_bytes(input),
    }
}

/// Writes the message that `bytes` are in a form.
///
/// # Errors
///
/// Why they are no such message, where the form needs it.
pub fn write(
    bytes: &[u8],
    descriptor: &MessageDescriptor,
    format: Format,
    options: WriteOptions<'_>,
) -> Result<Vec<u8>, String> {
    let message = || raw::decode(bytes, descriptor).map_err(|error| error.to_string());
    let text = match format {
        Format::Binary => return Ok(bytes.to_vec()),
        Format::Hex => raw::to_hex(bytes),
        Format::Base64 => raw::to_base64(bytes),
        Format::Json => write_pretty(&message()?, options),
        Format::JsonLine => write_line(&message()?, options),
        Format::Text => text_format::write(&message()?, text_options(options.types)),
    };
    Ok(text.into_bytes())
}

/// How the text format is written for people: strings of every script as they are.
#[must_use]
pub fn text_options(types: Option<&AnyTypes>) -> text_format::WriteOptions<'_> {
    text_format::WriteOptions { utf8: true, types, ..text_format::WriteOptions::default() }
}

/// A message, and whether the header of a gRPC frame stood before it.
fn decode(bytes: &[u8], descriptor: &MessageDescriptor) -> Result<(DynamicMessage, bool), String> {
    match raw::decode(bytes, descriptor) {
        Ok(message) => Ok((message, false)),
        Err(error) if error.is_framed => {
            let payload = raw::frame_payload(bytes).unwrap_or_default();
            raw::decode(payload, descriptor).map(|message| (message, true)).map_err(|error| error.to_string())
        }
        Err(error) => Err(error.to_string()),
    }
}

fn strip_mark(input: &[u8]) -> &[u8] {
    input.strip_prefix("\u{feff}".as_bytes()).unwrap_or(input)
}

fn is_hex(letter: char) -> bool {
    letter.is_ascii_hexdigit() || letter.is_whitespace() || matches!(letter, ':' | ',' | 'x' | 'X' | '\\')
}

fn is_base64(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter.is_whitespace() || matches!(letter, '+' | '/' | '-' | '_' | '=')
}

/// The first letter that does not belong, with its place.
fn misfit(text: &str, belongs: impl Fn(char) -> bool) -> Option<(char, Position)> {
    let at = text.find(|letter| !belongs(letter))?;
    let letter = text[at..].chars().next()?;
    let line_start = text[..at].rfind('\n').map_or(0, |end| end + 1);
    let line = text[..at].bytes().filter(|byte| *byte == b'\n').count() + 1;
    let column = text[line_start..at].chars().count() + 1;
    Some((letter, Position { offset: at, line: line as u32, column: column as u32 }))
}

fn wrong_letter(text: &str, belongs: impl Fn(char) -> bool, name: &str) -> Result<(), Vec<Problem>> {
    let Some((letter, position)) = misfit(text, belongs) else { return Ok(()) };
    let message = format!("not {name}: `{}`", letter.escape_debug());
    Err(vec![Problem { path: String::new(), position: Some(position), message }])
}

fn simple(message: String) -> Problem {
    Problem { path: String::new(), position: None, message }
}

fn problem(message: String) -> Vec<Problem> {
    vec![simple(message)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::tests::order;

    #[track_caller]
    fn check(input: &[u8], expected: Format) {
        let incoming = read(input, None, &order(), &AnyTypes::NONE).unwrap();
        assert_eq!(incoming.format, expected);
        assert_eq!(incoming.json, "{\n  \"name\": \"Ada\",\n  \"i32\": 7\n}");
    }

    #[test]
    fn each_form_tells_itself() {
        check(b"{\"name\": \"Ada\", \"i32\": 7}", Format::Json);
        check("\u{feff}{\n  \"name\": \"Ada\",\n  \"i32\": 7\n}\n".as_bytes(), Format::Json);
        check(b"name: \"Ada\"\ni32: 7 # seven", Format::Text);
        check(b"0a 03 41 64 61\n18 07", Format::Hex);
        check(b"0x0A,0x03,0x41,0x64,0x61,0x18,0x07", Format::Hex);
        check(b"CgNBZGEYBw==", Format::Base64);
        check(b"\x0a\x03Ada\x18\x07", Format::Binary);
        let framed = read(b"00 00 00 00 07 0a 03 41 64 61 18 07", None, &order(), &AnyTypes::NONE).unwrap();
        assert!(framed.was_framed && framed.format == Format::Hex, "{framed:?}");
        assert_eq!(read(b"", None, &order(), &AnyTypes::NONE).unwrap().json, "{}");
    }

    #[track_caller]
    fn check_problem(input: &str, format: Option<Format>, expected: &str) {
        let problems = read(input.as_bytes(), format, &order(), &AnyTypes::NONE).unwrap_err();
        assert!(problems[0].to_string().starts_with(expected), "{problems:?}");
    }

    #[test]
    fn what_is_wrong_has_a_place() {
        check_problem("0a 03\n41 6g", Some(Format::Hex), "line 2, column 5: not hex: `g`");
        check_problem("0a 03 41 6g", None, "line 1, column 11: not hex: `g`");
        check_problem("CgNB\n*", Some(Format::Base64), "line 2, column 1: not base64: `*`");
        check_problem("{\n  \"name\": }", None, "line 2, column 11: ");
        check_problem("{\n  \"i32\": \"x\"}", None, "line 2, column 10: i32: ");
        check_problem("name: \"Ada\"\nnumber: 7", None, "line 2, column 1: ");
        check_problem("0a 7f 41", None, "the bytes are no shop.v1.Order: byte 1");
    }

    #[test]
    fn variables_in_json_are_left_for_send() {
        let text = "{\"i32\": \"{{count}}\"}";
        assert_eq!(
            read(text.as_bytes(), None, &order(), &AnyTypes::NONE).unwrap().json,
            "{\n  \"i32\": \"{{count}}\"\n}"
        );
    }

    #[test]
    fn what_goes_out_comes_in_again() {
        let bytes = b"\x0a\x03Ada\x18\x07";
        for format in [Format::Json, Format::JsonLine, Format::Text, Format::Hex, Format::Base64, Format::Binary] {
            let out = write(bytes, &order(), format, WriteOptions::default()).unwrap();
            check(&out, if format == Format::JsonLine { Format::Json } else { format });
        }
        assert!(write(b"\x0a\x7f", &order(), Format::Json, WriteOptions::default()).is_err());
        assert_eq!(write(b"\x0a\x7f", &order(), Format::Hex, WriteOptions::default()).unwrap(), b"0a 7f");
    }

    #[test]
    fn files_by_name() {
        for format in [Format::Json, Format::Text, Format::Hex, Format::Base64, Format::Binary] {
            assert_eq!(Format::of_extension(format.extension()), Some(format));
        }
        assert_eq!(Format::of_extension("dat"), None);
    }
}
