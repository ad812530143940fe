//! Views of a bytes value: as text, as hex, as base64.
//!
//! The value is its base64, as in the JSON; what is typed in another view becomes base64 with each letter. Hex that is
//! none stands in the JSON with [`BAD_HEX`] before it: no base64 begins so, hence it is not sent as something else, and it
//! comes back as it was typed. A file, too, is read into the draft as base64, not at Send: the draft's text is all that
//! a saved request, the terminal and a restart know, and a path would mean something else to each of them.
//! Must not know: toolkit.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::super::raw::{from_hex, to_hex};
use super::super::scalar;

/// Before a text that was typed as hex and is none.
const BAD_HEX: &str = "hex:";
/// How many bytes a summary shows.
const FIRST: usize = 16;

/// How a bytes value is shown and typed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BytesView {
    /// As UTF-8.
    Text,
    /// Two digits for each byte.
    Hex,
    /// As in JSON.
    #[default]
    Base64,
}

/// What a bytes value is, in short.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BytesSummary {
    /// How many bytes.
    pub length: u64,
    /// The first of them in hex.
    pub hex: String,
    /// The first of them as text, a dot for what cannot be printed.
    pub text: String,
}

impl BytesView {
    /// In the order of the screen.
    pub const ALL: [Self; 3] = [Self::Text, Self::Hex, Self::Base64];

    /// The view that a value needs, whatever was chosen: hex that is none is shown as hex.
    #[must_use]
    pub fn needed(value: &str) -> Option<Self> {
        value.starts_with(BAD_HEX).then_some(Self::Hex)
    }

    /// The value in this view; `None` where it cannot be shown so.
    #[must_use]
    pub fn show(self, value: &str) -> Option<String> {
        if let Some(typed) = value.strip_prefix(BAD_HEX) {
            return (self == Self::Hex).then(|| typed.to_owned());
        }
        match self {
            Self::Base64 => Some(value.to_owned()),
            Self::Text => String::from_utf8(scalar::bytes(value).ok()?).ok(),
            Self::Hex => Some(to_hex(&scalar::bytes(value).ok()?)),
        }
    }

    /// The value of what was typed in this view.
    #[must_use]
    pub fn value(self, typed: &str) -> String {
        match self {
            Self::Base64 => typed.to_owned(),
            Self::Text => encode(typed.as_bytes()),
            Self::Hex => from_hex(typed).map_or_else(|_| format!("{BAD_HEX}{typed}"), |bytes| encode(&bytes)),
        }
    }
}

/// The base64 of bytes.
#[must_use]
pub fn encode(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

impl BytesSummary {
    /// Of a value; `None` if it is no base64, or empty. Only its begin is read.
    #[must_use]
    pub fn of(value: &str) -> Option<Self> {
        let whole = value.trim_end_matches('=').len() as u64;
        let start = value.get(..FIRST.div_ceil(3) * 4).unwrap_or(value);
        let mut first = scalar::bytes(start).ok().filter(|first| !first.is_empty())?;
        first.truncate(FIRST);
        let printed = |byte: u8| if byte.is_ascii_graphic() || byte == b' ' { char::from(byte) } else { '.' };
        let text = match str::from_utf8(&first) {
            Ok(text) if !text.contains(char::is_control) => text.to_owned(),
            _ => first.iter().map(|&byte| printed(byte)).collect(),
        };
        Some(Self { length: whole * 3 / 4, hex: to_hex(&first), text })
    }
}

/// What is wrong with a bytes value.
pub(super) fn problem(value: &str) -> Option<String> {
    let hex = value.strip_prefix(BAD_HEX).and_then(|typed| from_hex(typed).err());
    hex.or_else(|| scalar::bytes(value).err())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(view: BytesView, typed: &str, value: &str, shown: &str) {
        assert_eq!(view.value(typed), value, "{typed}");
        assert_eq!(view.show(value).as_deref(), Some(shown), "{typed}");
    }

    #[test]
    fn each_view_is_of_the_same_value() {
        check(BytesView::Text, "Hi 李", "SGkg5p2O", "Hi 李");
        check(BytesView::Hex, "48:69 20E69d8e", "SGkg5p2O", "48 69 20 e6 9d 8e");
        check(BytesView::Hex, "0x00ff", "AP8=", "00 ff");
        check(BytesView::Base64, "AP8=", "AP8=", "AP8=");
        check(BytesView::Hex, "", "", "");
        assert_eq!(BytesView::Text.show("AP8="), None, "no text");
        assert_eq!(BytesView::Hex.show("AP8=="), None, "no base64");
    }

    #[test]
    fn hex_that_is_none_stays_and_says_so() {
        check(BytesView::Hex, "ab c", "hex:ab c", "ab c");
        assert_eq!(problem("hex:ab c").unwrap(), "not hex: half a byte at the end");
        assert_eq!(problem("hex:0xag").unwrap(), "not hex: `g` at character 4");
        assert!(problem("hex:abcd").is_some(), "what is not base64 cannot be sent");
        assert_eq!(problem("AP8="), None);
        assert_eq!(BytesView::needed("hex:ab c"), Some(BytesView::Hex));
        assert_eq!(BytesView::needed("AP8="), None);
    }

    #[test]
    fn a_summary_tells_the_length_and_the_begin() {
        let of = |bytes: &[u8]| BytesSummary::of(&encode(bytes)).map(|short| (short.length, short.hex, short.text));
        assert_eq!(of(b""), None);
        assert_eq!(of(b"Hi\0"), Some((3, "48 69 00".to_owned(), "Hi.".to_owned())));
        assert_eq!(of("李雷".as_bytes()).unwrap().2, "李雷");
        for length in [1_u64, 2, 3, 15, 16, 17, 18, 19, 1000] {
            let short = of(&vec![b'a'; length as usize]).unwrap();
            assert_eq!((short.0, short.2.len() as u64), (length, length.min(16)));
        }
        assert_eq!(BytesSummary::of("hex:ab c"), None);
        assert_eq!(BytesSummary::of("李李李李李李李李李李"), None);
    }
}
