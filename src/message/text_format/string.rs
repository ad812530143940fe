//! The escapes of strings, both ways.
//!
//! Must not know: where strings stand.

/// Why a string is none, and how far into it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fault {
    /// In bytes of what was given.
    pub(super) offset: usize,
    /// What is wrong.
    pub(super) message: String,
}

fn fault<T>(offset: usize, message: impl Into<String>) -> Result<T, Fault> {
    Err(Fault { offset, message: message.into() })
}

/// Reads what stands between the quotes, and puts its bytes behind those that are there.
pub(super) fn unescape(text: &str, out: &mut Vec<u8>) -> Result<(), Fault> {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        if byte != b'\\' {
            out.push(byte);
            at += 1;
            continue;
        }
        let start = at;
        let Some(&letter) = bytes.get(at + 1) else { return fault(start, "the string ends within an escape") };
        at += 2;
        let plain = match letter {
            b'a' => 0x07,
            b'b' => 0x08,
            b'f' => 0x0C,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'v' => 0x0B,
            b'?' | b'\\' | b'\'' | b'"' => letter,
            b'0'..=b'7' => {
                let digits = digits(&bytes[at - 1..], 8, 3);
                let value = number(&text[at - 1..at - 1 + digits], 8);
                at += digits - 1;
                match u8::try_from(value) {
                    Ok(value) => value,
                    Err(_) => return fault(start, "an octal escape goes up to \\377"),
                }
            }
            b'x' | b'X' => {
                let digits = digits(&bytes[at..], 16, 2);
                if digits == 0 {
                    return fault(start, "`\\x` wants one or two hexadecimal digits");
                }
                let value = number(&text[at..at + digits], 16);
                at += digits;
                value.to_le_bytes()[0]
            }
            b'u' | b'U' => {
                let (letter, after) = unicode(text, start)?;
                out.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
                at = after;
                continue;
            }
            _ => {
                let letter = text[at - 1..].chars().next().unwrap_or_default();
                return fault(start, format!("no escape `\\{}`", letter.escape_debug()));
            }
        };
        out.push(plain);
    }
    Ok(())
}

/// A character of `\u1234` or `\U0001F600` at `start`, and where the text goes on. Two halves of a surrogate pair are none,
/// unlike in JSON.
fn unicode(text: &str, start: usize) -> Result<(char, usize), Fault> {
    let bytes = text.as_bytes();
    let (length, letter) = if bytes.get(start + 1) == Some(&b'u') { (4, 'u') } else { (8, 'U') };
    if digits(&bytes[start + 2..], 16, length) < length {
        return fault(start, format!("`\\{letter}` wants {length} hexadecimal digits"));
    }
    let end = start + 2 + length;
    let value = number(&text[start + 2..end], 16);
    match char::from_u32(value) {
        Some(letter) => Ok((letter, end)),
        None if value < 0xE000 => fault(start, "half of a surrogate pair; write the character as \\U and eight digits"),
        None => fault(start, "a character goes up to \\U0010FFFF"),
    }
}

/// How many digits stand at the start, at most that many.
fn digits(bytes: &[u8], radix: u32, most: usize) -> usize {
    bytes.iter().take(most).take_while(|byte| char::from(**byte).is_digit(radix)).count()
}

/// Of at most eight digits.
fn number(digits: &str, radix: u32) -> u32 {
    u32::from_str_radix(digits, radix).unwrap_or_default()
}

/// Writes bytes in quotes as protoc does; with `utf8` what is a text stays one.
pub(super) fn quote(out: &mut String, bytes: &[u8], utf8: bool) {
    out.push('"');
    match std::str::from_utf8(bytes) {
        Ok(text) if utf8 => {
            for letter in text.chars() {
                match u8::try_from(letter) {
                    Ok(byte) if byte.is_ascii() => escape(out, byte),
                    // Of no width of their own, such as U+0085: they would be lost on a screen.
                    _ if letter.is_control() => {
                        letter.encode_utf8(&mut [0; 4]).bytes().for_each(|byte| escape(out, byte));
                    }
                    _ => out.push(letter),
                }
            }
        }
        _ => bytes.iter().for_each(|&byte| escape(out, byte)),
    }
    out.push('"');
}

fn escape(out: &mut String, byte: u8) {
    match byte {
        b'\n' => out.push_str("\\n"),
        b'\r' => out.push_str("\\r"),
        b'\t' => out.push_str("\\t"),
        b'"' | b'\'' | b'\\' => {
            out.push('\\');
            out.push(char::from(byte));
        }
        b' '..=b'~' => out.push(char::from(byte)),
        _ => {
            out.push('\\');
            for digit in [byte >> 6, byte >> 3 & 7, byte & 7] {
                out.push(char::from(b'0' + digit));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let mut bytes = Vec::new();
        let found = match unescape(text, &mut bytes) {
            Ok(()) => {
                let mut out = String::new();
                quote(&mut out, &bytes, true);
                out
            }
            Err(fault) => format!("{}: {}", fault.offset, fault.message),
        };
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn escapes() {
        // Text Format Language Specification, "String Literals".
        check(r"\a\b\f\n\r\t\v\?\\\'\x22", r#""\007\010\014\n\r\t\013?\\\'\"""#);
        check(r"\1\12\1234\x4\x41g\X41", r#""\001\nS4\004AgA""#);
        check(r"\u4f60\U0001F600", "\"你😀\"");
        check("\u{85}é", r#""\302\205é""#);
        check(r"\377", r#""\377""#);
    }

    #[test]
    fn what_is_no_escape() {
        check(r"ab\q", r"2: no escape `\q`");
        check(r"\é", r"0: no escape `\é`");
        check(r"a\", "1: the string ends within an escape");
        check(r"\400", r"0: an octal escape goes up to \377");
        check(r"\xg", r"0: `\x` wants one or two hexadecimal digits");
        check(r"\u12", r"0: `\u` wants 4 hexadecimal digits");
        check(r"\U0011000", r"0: `\U` wants 8 hexadecimal digits");
        check(r"\U00110000", r"0: a character goes up to \U0010FFFF");
        let half = "half of a surrogate pair; write the character as \\U and eight digits";
        check(r"x\ud83d\ude00", &format!("1: {half}"));
        check(r"\U0000de00", &format!("0: {half}"));
    }
}
