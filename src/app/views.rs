//! How a message of a response is looked at: as JSON, as text, as its bytes; and the bytes within it.
//!
//! Must not know: toolkit.

use prost_reflect::MessageDescriptor;

use crate::message::bytes_fields::{BytesField, bytes_fields};
use crate::message::wire_text::wire_text;
use crate::message::{self, WriteOptions, exchange, raw, text_format};

/// How many values of type bytes are offered to be looked at.
const MOST_BYTES: usize = 40;

/// How a message is looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MessageView {
    /// As `ProtoJSON`.
    #[default]
    Json,
    /// In the text format of protobuf.
    Text,
    /// Field by field as it stands in its bytes.
    Wire,
}

impl MessageView {
    /// In the order of the screen.
    pub const ALL: [Self; 3] = [Self::Json, Self::Text, Self::Wire];

    /// What it is called in the session's file.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Text => "text",
            Self::Wire => "wire",
        }
    }

    /// The view of that name; the first for another.
    #[must_use]
    pub fn of_name(name: &str) -> Self {
        Self::ALL.into_iter().find(|view| view.name() == name).unwrap_or_default()
    }
}

/// A message made ready to be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Readable {
    /// What is shown: of bytes that are no such message their fields, whatever view was wished for.
    pub text: String,
    /// Why the bytes are no such message, and at which byte.
    pub problem: Option<String>,
    /// The values of type bytes in it.
    pub bytes: Vec<BytesField>,
    /// There are more of them.
    pub more_bytes: bool,
}

impl Readable {
    /// Of the bytes of a message. A large message takes longer than a frame.
    #[must_use]
    pub fn of(bytes: &[u8], descriptor: &MessageDescriptor, view: MessageView, options: WriteOptions<'_>) -> Self {
        let message = match raw::decode(bytes, descriptor) {
            Ok(message) => message,
            Err(error) => {
                let text = wire_text(bytes, Some(descriptor));
                return Self { text, problem: Some(error.message), ..Self::default() };
            }
        };
        let text = match view {
            MessageView::Json => message::write_pretty(&message, options),
            MessageView::Text => text_format::write(&message, exchange::text_options(options.types)),
            MessageView::Wire => wire_text(bytes, Some(descriptor)),
        };
        drop(message);
        let mut fields = bytes_fields(bytes, descriptor, MOST_BYTES + 1);
        let more_bytes = fields.len() > MOST_BYTES;
        fields.truncate(MOST_BYTES);
        Self { text, problem: None, bytes: fields, more_bytes }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::request::tests::{PROTO, method};

    #[track_caller]
    fn check(bytes: &[u8], view: MessageView, expected: &str) -> Readable {
        let readable = Readable::of(bytes, &method(PROTO, "Bidi").input(), view, WriteOptions::default());
        assert!(readable.text.contains(expected), "{readable:?}");
        readable
    }

    #[test]
    fn each_view_of_a_message() {
        let bytes = "\u{a}\u{6}世界\u{10}\u{7}".as_bytes();
        check(bytes, MessageView::Json, "\"text\": \"世界\"");
        check(bytes, MessageView::Text, "text: \"世界\"\ncount: 7\n");
        let wire = check(bytes, MessageView::Wire, "  0  1 text");
        assert!(wire.text.contains("  8  2 count") && wire.text.contains("10 07"), "{}", wire.text);
        assert_eq!((wire.problem, wire.bytes.len()), (None, 0));
    }

    #[test]
    fn bytes_that_are_no_message_are_shown_field_by_field() {
        let readable = check(b"\x10\x07\x0a\x7f!", MessageView::Json, "2 count");
        let problem = readable.problem.unwrap();
        assert!(problem.contains("byte 3"), "{problem}");
        assert!(readable.text.contains("only 1 are left"), "{}", readable.text);
    }

    #[test]
    fn views_have_names() {
        for view in MessageView::ALL {
            assert_eq!(MessageView::of_name(view.name()), view);
        }
        assert_eq!(MessageView::of_name("later"), MessageView::Json);
    }
}
