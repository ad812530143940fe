//! The value of a `-bin` row as typed: text, hex or base64, and from one of them to another.
//!
//! Must not know: network, UI.

use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use base64::{DecodeError, Engine as _};
use bytes::Bytes;

/// Reads padded or not.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// How the bytes of a `-bin` row are typed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BinaryForm {
    /// The bytes of the text in UTF-8.
    Text,
    /// Pairs of hex digits; spaces, colons and a leading `0x` are passed over.
    Hex,
    /// Base64, of either alphabet, padded or not.
    #[default]
    Base64,
}

impl BinaryForm {
    /// In the order of the screen.
    pub const ALL: [Self; 3] = [Self::Text, Self::Hex, Self::Base64];

    /// Its word in the files of a collection.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Hex => "hex",
            Self::Base64 => "base64",
        }
    }

    /// The form of a word.
    #[must_use]
    pub fn of_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|form| form.key() == key)
    }

    /// The bytes that were typed.
    ///
    /// # Errors
    ///
    /// What is wrong with the text.
    pub fn read(self, text: &str) -> Result<Bytes, String> {
        match self {
            Self::Text => Ok(text.to_owned().into_bytes().into()),
            Self::Hex => hex(text),
            Self::Base64 => {
                let standard = text.trim().replace('-', "+").replace('_', "/");
                BASE64.decode(&standard).map(Bytes::from).map_err(|error| {
                    let wrong = match error {
                        DecodeError::InvalidByte(at, _) => standard.get(at..).and_then(|rest| rest.chars().next()),
                        _ => None,
                    };
                    let why = wrong.map_or_else(
                        || error.to_string().to_lowercase(),
                        |wrong| format!("base64 has no `{}` in it", wrong.escape_debug()),
                    );
                    format!("the value of a name that ends in -bin is base64, unless hex or text is chosen: {why}")
                })
            }
        }
    }

    /// Bytes in this form; `None` where they are no text that could be typed.
    #[must_use]
    pub fn show(self, bytes: &[u8]) -> Option<String> {
        match self {
            Self::Text => {
                let text = std::str::from_utf8(bytes).ok()?;
                text.chars().all(|c| !c.is_control()).then(|| text.to_owned())
            }
            Self::Hex => Some(bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ")),
            Self::Base64 => Some(BASE64.encode(bytes)),
        }
    }

    /// The same bytes, typed in another form; `None` where that cannot be: the text is none of this form, holds
    /// variables, or has no such form.
    #[must_use]
    pub fn convert(self, text: &str, to: Self) -> Option<String> {
        if text.contains("{{") {
            return None;
        }
        to.show(&self.read(text).ok()?)
    }
}

fn hex(text: &str) -> Result<Bytes, String> {
    let text = text.trim();
    let text = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")).unwrap_or(text);
    let mut digits = Vec::with_capacity(text.len());
    for c in text.chars().filter(|c| !c.is_whitespace() && *c != ':') {
        match c.to_digit(16) {
            Some(digit) => digits.push(digit as u8),
            None => return Err(format!("hex has no `{c}` in it, only 0 to 9 and a to f")),
        }
    }
    if !digits.len().is_multiple_of(2) {
        return Err("hex has two digits for each byte, and one is missing".to_owned());
    }
    Ok(digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_read_in_each_form() {
        let check = |form: BinaryForm, text: &str, expected: &[u8]| assert_eq!(form.read(text).unwrap(), expected);
        check(BinaryForm::Text, " ü", " ü".as_bytes());
        check(BinaryForm::Hex, "0x00 FF:10", &[0, 255, 16]);
        check(BinaryForm::Hex, "", &[]);
        check(BinaryForm::Base64, "_-8=", &[255, 239]);
        check(BinaryForm::Base64, " /+8 ", &[255, 239]);
        assert!(BinaryForm::Hex.read("abc").unwrap_err().contains("two digits"));
        assert!(BinaryForm::Hex.read("xy").unwrap_err().contains("`x`"));
        assert!(BinaryForm::Base64.read("*").is_err());
    }

    #[test]
    fn forms_are_turned_into_each_other() {
        let check = |text: &str, from: BinaryForm, to: BinaryForm, expected: Option<&str>| {
            assert_eq!(from.convert(text, to).as_deref(), expected, "{text}");
        };
        check("aGk=", BinaryForm::Base64, BinaryForm::Text, Some("hi"));
        check("aGk=", BinaryForm::Base64, BinaryForm::Hex, Some("68 69"));
        check("68 69", BinaryForm::Hex, BinaryForm::Base64, Some("aGk="));
        check("00", BinaryForm::Hex, BinaryForm::Text, None);
        check("{{id}}", BinaryForm::Hex, BinaryForm::Text, None);
        check("?", BinaryForm::Base64, BinaryForm::Text, None);
    }

    proptest::proptest! {
        #[test]
        fn what_is_shown_reads_back(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..40)) {
            for form in BinaryForm::ALL {
                if let Some(text) = form.show(&bytes) {
                    assert_eq!(form.read(&text).unwrap(), bytes);
                }
                assert_eq!(BinaryForm::of_key(form.key()), Some(form));
            }
        }
    }
}
