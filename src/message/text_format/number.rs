//! Numbers, both ways.
//!
//! Must not know: which field they belong to.

/// What a literal is, by its form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Decimal,
    Octal,
    Hexadecimal,
    /// With a point, an exponent or an `f`.
    Float,
}

/// The form of a literal without its sign; `None` if it is no number.
pub(super) fn form(text: &str) -> Option<Form> {
    let all = |text: &str, is: fn(&u8) -> bool| !text.is_empty() && text.bytes().all(|byte| is(&byte));
    if let Some(digits) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        return all(digits, u8::is_ascii_hexdigit).then_some(Form::Hexadecimal);
    }
    if all(text, u8::is_ascii_digit) {
        return match text.strip_prefix('0') {
            None | Some("") => Some(Form::Decimal),
            Some(digits) => all(digits, |byte| matches!(byte, b'0'..=b'7')).then_some(Form::Octal),
        };
    }
    let number = text.strip_suffix(['f', 'F']).unwrap_or(text);
    let (mantissa, exponent) =
        number.split_once(['e', 'E']).map_or((number, None), |(mantissa, exponent)| (mantissa, Some(exponent)));
    let is_exponent = |exponent: &str| all(exponent.strip_prefix(['+', '-']).unwrap_or(exponent), u8::is_ascii_digit);
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = [whole, fraction].concat();
    // `01.5` is no number, as in C++ and in the specification.
    let is_mantissa = all(&digits, u8::is_ascii_digit) && !(whole.len() > 1 && whole.starts_with('0'));
    (is_mantissa && exponent.is_none_or(is_exponent)).then_some(Form::Float)
}

/// The value of a whole number; `None` for a float, and beyond all types.
pub(super) fn whole(negative: bool, text: &str) -> Option<i128> {
    let (digits, radix) = match form(text)? {
        Form::Decimal => (text, 10),
        Form::Octal => (text, 8),
        Form::Hexadecimal => (&text[2..], 16),
        Form::Float => return None,
    };
    let value = i128::from_str_radix(digits, radix).ok()?;
    Some(if negative { -value } else { value })
}

/// The decimal digits of a float, for the parser of the language; `None` for the forms that floats do not have.
pub(super) fn decimal(negative: bool, text: &str) -> Option<String> {
    let digits = match form(text)? {
        Form::Decimal => text,
        Form::Float => text.trim_end_matches(['f', 'F']),
        Form::Octal | Form::Hexadecimal => return None,
    };
    Some(if negative { format!("-{digits}") } else { digits.to_owned() })
}

/// Writes a `double` as C's `%.15g`, or `%.17g` where the former reads back as another number.
pub(super) fn double(number: f64) -> String {
    special(number).unwrap_or_else(|| {
        let short = general(number, 15);
        if short.parse() == Ok(number) { short } else { general(number, 17) }
    })
}

/// Writes a `float` as C's `%.6g`, or `%.9g`.
pub(super) fn float(number: f32) -> String {
    special(f64::from(number)).unwrap_or_else(|| {
        let short = general(f64::from(number), 6);
        if short.parse() == Ok(number) { short } else { general(f64::from(number), 9) }
    })
}

fn special(number: f64) -> Option<String> {
    if number.is_nan() {
        return Some("nan".to_owned());
    }
    number.is_infinite().then(|| if number > 0.0 { "inf" } else { "-inf" }.to_owned())
}

/// C's `%.*g`.
fn general(number: f64, precision: usize) -> String {
    let scientific = format!("{number:.*e}", precision - 1);
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    let trimmed = |text: &str| {
        if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text.to_owned() }
    };
    match usize::try_from(i64::from(exponent) + 4) {
        Ok(shifted) if shifted < precision + 4 => trimmed(&format!("{number:.*}", precision + 3 - shifted)),
        _ => {
            let sign = if exponent < 0 { '-' } else { '+' };
            format!("{}e{sign}{:02}", trimmed(mantissa), exponent.unsigned_abs())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms() {
        // Text Format Language Specification, "Numeric Literals".
        let check = |text: &str, expected| assert_eq!(form(text), expected, "{text}");
        for text in ["0", "1", "10", "18446744073709551616"] {
            check(text, Some(Form::Decimal));
        }
        for text in ["00", "01", "0777"] {
            check(text, Some(Form::Octal));
        }
        for text in ["0x0", "0XfF", "0xe0"] {
            check(text, Some(Form::Hexadecimal));
        }
        for text in ["1.5", ".5", "5.", "0.5", "1e3", "1E+3", "1.e-3", "1f", "0F", "1.5f", "1e5F", "0e0"] {
            check(text, Some(Form::Float));
        }
        for text in ["", "08", "0x", "0xg", "1e", "1e+", ".", ".e1", "f", "1ff", "1.2.3", "1_000", "01.5", "1x"] {
            check(text, None);
        }
    }

    #[test]
    fn values() {
        assert_eq!(whole(true, "0x10"), Some(-16));
        assert_eq!(whole(false, "017"), Some(15));
        assert_eq!(whole(false, "1.0"), None);
        assert_eq!(whole(false, &"9".repeat(60)), None);
        assert_eq!(decimal(true, "1.5F").as_deref(), Some("-1.5"));
        assert_eq!(decimal(false, "0x1f"), None);
    }

    #[test]
    fn as_protoc_writes_them() {
        // What protoc 35.1 makes of these.
        let check = |number: f64, expected: &str| assert_eq!(double(number), expected);
        check(0.1, "0.1");
        check(123_456_789_012_345_678.0, "1.2345678901234568e+17");
        check(1e15, "1e+15");
        check(1e14, "100000000000000");
        check(1e-5, "1e-05");
        check(0.0001, "0.0001");
        check(-0.0, "-0");
        check(5e-324, "4.94065645841247e-324");
        check(0.1 + 0.2, "0.30000000000000004");
        check(1e300, "1e+300");
        check(f64::NEG_INFINITY, "-inf");
        let check = |number: f32, expected: &str| assert_eq!(float(number), expected);
        check(16_777_216.0, "16777216");
        check(1e10, "1e+10");
        check(f32::MAX, "3.40282347e+38");
        check(f32::MIN_POSITIVE, "1.17549435e-38");
        check(123_456.0, "123456");
        check(1_234_567.0, "1234567");
        check(0.123_456_79, "0.123456791");
        check(f32::NAN, "nan");
    }
}
