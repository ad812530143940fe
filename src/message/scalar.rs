//! The rules for single values: whole numbers, floats, base64, enum names, times; shared by the reader and the form.
//!
//! Must not know: JSON trees, forms.

use base64::Engine as _;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use prost_reflect::EnumDescriptor;

use super::json;
use super::suggest;

const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&base64::alphabet::STANDARD, LENIENT);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&base64::alphabet::URL_SAFE, LENIENT);

/// Reads a whole number; `1e3` and `5.0` are whole numbers too.
pub(super) fn integer<T: TryFrom<i128> + Bounded>(text: &str) -> Result<T, String> {
    let refused = || format!("not a whole number from {} to {}", T::LEAST, T::MOST);
    let exact = if text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-') && json::is_number(text) {
        text.parse::<i128>().ok()
    } else {
        scientific(text)
    };
    exact.and_then(|number| T::try_from(number).ok()).ok_or_else(refused)
}

/// The limits of a type of whole numbers, as told to the user.
pub(super) trait Bounded {
    const LEAST: i128;
    const MOST: i128;
}

macro_rules! bounded {
    ($($number:ty),*) => { $(
        impl Bounded for $number {
            const LEAST: i128 = <$number>::MIN as i128;
            const MOST: i128 = <$number>::MAX as i128;
        }
    )* };
}
bounded!(i32, i64, u32, u64);

/// The exact value of a number with a fraction or an exponent, if it is whole.
fn scientific(text: &str) -> Option<i128> {
    if !json::is_number(text) {
        return None;
    }
    let (negative, unsigned) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let fraction = fraction.trim_end_matches('0');
    let digits = [whole, fraction].concat();
    let digits = digits.trim_start_matches('0');
    if digits.is_empty() {
        return Some(0);
    }
    let exponent: i64 = exponent.parse().ok()?;
    let significant = digits.trim_end_matches('0');
    let zeros = exponent.checked_add((digits.len() - significant.len()) as i64)?.checked_sub(fraction.len() as i64)?;
    if !(0..=20).contains(&zeros) || significant.len() > 20 {
        return None;
    }
    let number = significant.parse::<i128>().ok()?.checked_mul(10_i128.pow(u32::try_from(zeros).ok()?))?;
    Some(if negative { -number } else { number })
}

/// Reads a `float`.
pub(super) fn float(text: &str) -> Result<f32, String> {
    match text {
        "NaN" => Ok(f32::NAN),
        "Infinity" => Ok(f32::INFINITY),
        "-Infinity" => Ok(f32::NEG_INFINITY),
        _ if !json::is_number(text) => Err("not a number; NaN, Infinity and -Infinity count as numbers".to_owned()),
        _ => match text.parse::<f32>() {
            Ok(number) if number.is_finite() => Ok(number),
            _ => Err("too large for a float".to_owned()),
        },
    }
}

/// Reads a `double`.
pub(super) fn double(text: &str) -> Result<f64, String> {
    match text {
        "NaN" => Ok(f64::NAN),
        "Infinity" => Ok(f64::INFINITY),
        "-Infinity" => Ok(f64::NEG_INFINITY),
        _ if !json::is_number(text) => Err("not a number; NaN, Infinity and -Infinity count as numbers".to_owned()),
        _ => match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(number),
            _ => Err("too large for a double".to_owned()),
        },
    }
}

/// The text of a whole float without its fraction: `5` for the `5.0` of the library that finds the shortest text.
pub(super) fn shortest(text: &str) -> &str {
    text.strip_suffix(".0").unwrap_or(text)
}

/// Reads base64, with the standard or the URL alphabet, padded or not.
pub(super) fn bytes(text: &str) -> Result<Vec<u8>, String> {
    let engine = if text.contains(['-', '_']) { &URL_SAFE } else { &STANDARD };
    engine.decode(text).map_err(|error| match error {
        base64::DecodeError::InvalidByte(offset, byte) if byte.is_ascii_graphic() && byte != b'=' => {
            format!("not base64: `{}` at character {} is not part of it", char::from(byte), offset + 1)
        }
        base64::DecodeError::InvalidByte(offset, _) => format!("not base64: wrong at character {}", offset + 1),
        _ => "not base64: it ends too early".to_owned(),
    })
}

/// Reads a value of an enum by its name.
pub(super) fn enum_name(text: &str, descriptor: &EnumDescriptor) -> Result<i32, String> {
    if let Some(value) = descriptor.get_value_by_name(text) {
        return Ok(value.number());
    }
    let names: Vec<_> = descriptor.values().collect();
    let close = suggest::did_you_mean(text, names.iter().map(prost_reflect::EnumValueDescriptor::name));
    let meant = close.map(|name| format!("; did you mean `{name}`?")).unwrap_or_default();
    Err(format!("no value `{text}` in {}{meant}", descriptor.full_name()))
}

/// Reads a number of an enum; numbers without a name are allowed, as on the wire.
pub(super) fn enum_number(text: &str, descriptor: &EnumDescriptor) -> Result<i32, String> {
    integer(text).map_err(|problem: String| format!("{problem}, or a name of {}", descriptor.full_name()))
}

const TIMESTAMP_FORM: &str = "not a time such as 2026-01-31T12:00:00Z";
const SECONDS_FROM_YEAR_1: i64 = -62_135_596_800;
const SECONDS_TO_YEAR_9999: i64 = 253_402_300_799;
const DURATION_LIMIT: i64 = 315_576_000_000;

/// Reads RFC 3339 as seconds and nanoseconds since 1970.
pub(super) fn timestamp(text: &str) -> Result<(i64, i32), String> {
    let refused = || TIMESTAMP_FORM.to_owned();
    let bytes = text.as_bytes();
    let number = |from: usize, length: usize| -> Option<i64> {
        let digits = text.get(from..from + length)?;
        if digits.bytes().all(|byte| byte.is_ascii_digit()) { digits.parse().ok() } else { None }
    };
    let parts = || -> Option<_> {
        let marks = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')];
        if marks.iter().any(|&(at, mark)| bytes.get(at) != Some(&mark)) {
            return None;
        }
        let date = (number(0, 4)?, number(5, 2)?, number(8, 2)?);
        let time = (number(11, 2)?, number(14, 2)?, number(17, 2)?);
        let (nanos, zone) = fraction(text.get(19..)?)?;
        let offset = match zone.as_bytes() {
            b"Z" => 0,
            [sign @ (b'+' | b'-'), _, _, b':', _, _] => {
                let at = text.len() - 6;
                let (hours, minutes) = (number(at + 1, 2)?, number(at + 4, 2)?);
                if hours > 23 || minutes > 59 {
                    return None;
                }
                (hours * 3600 + minutes * 60) * if *sign == b'-' { -1 } else { 1 }
            }
            _ => return None,
        };
        Some((date, time, nanos, offset))
    };
    let ((year, month, day), (hour, minute, second), nanos, offset) = parts().ok_or_else(refused)?;
    if year == 0 || hour > 23 || minute > 59 || second > 59 {
        return Err(refused());
    }
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return Err(refused()),
    };
    if day == 0 || day > length {
        return Err(format!("there is no day {day} in that month"));
    }
    let seconds = days_from_date(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - offset;
    if !(SECONDS_FROM_YEAR_1..=SECONDS_TO_YEAR_9999).contains(&seconds) {
        return Err("a time must lie within the years 1 to 9999".to_owned());
    }
    Ok((seconds, nanos))
}

/// Writes RFC 3339; `None` if the values are out of range.
pub(super) fn timestamp_text(seconds: i64, nanos: i32) -> Option<String> {
    if !(SECONDS_FROM_YEAR_1..=SECONDS_TO_YEAR_9999).contains(&seconds) || !(0..1_000_000_000).contains(&nanos) {
        return None;
    }
    let (year, month, day) = date_from_days(seconds.div_euclid(86_400));
    let second = seconds.rem_euclid(86_400);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    let fraction = fraction_text(nanos.unsigned_abs());
    Some(format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{fraction}Z"))
}

/// Reads `1.5s` as seconds and nanoseconds.
pub(super) fn duration(text: &str) -> Result<(i64, i32), String> {
    let refused = || "not a duration in seconds such as 1.5s".to_owned();
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let number = unsigned.strip_suffix('s').ok_or_else(refused)?;
    let digits = number.bytes().take_while(u8::is_ascii_digit).count();
    let (nanos, rest) = fraction(&number[digits..]).ok_or_else(refused)?;
    if digits == 0 || !rest.is_empty() {
        return Err(refused());
    }
    let too_long = || format!("a duration must lie within {DURATION_LIMIT}s (10000 years)");
    let seconds: i64 = number[..digits].parse().map_err(|_error: std::num::ParseIntError| too_long())?;
    if seconds > DURATION_LIMIT {
        return Err(too_long());
    }
    Ok(if unsigned.len() < text.len() { (-seconds, -nanos) } else { (seconds, nanos) })
}

/// Writes `1.5s`; `None` if the values are out of range or their signs differ.
pub(super) fn duration_text(seconds: i64, nanos: i32) -> Option<String> {
    let whole = seconds.unsigned_abs();
    if whole > DURATION_LIMIT.unsigned_abs()
        || nanos.unsigned_abs() > 999_999_999
        || (seconds < 0 && nanos > 0)
        || (seconds > 0 && nanos < 0)
    {
        return None;
    }
    let sign = if seconds < 0 || nanos < 0 { "-" } else { "" };
    Some(format!("{sign}{whole}{}s", fraction_text(nanos.unsigned_abs())))
}

/// Reads `.5` at the start as nanoseconds; no fraction is none. Returns the rest too.
fn fraction(text: &str) -> Option<(i32, &str)> {
    let Some(after) = text.strip_prefix('.') else { return Some((0, text)) };
    let digits = after.bytes().take_while(u8::is_ascii_digit).count();
    if digits == 0 || digits > 9 {
        return None;
    }
    let number: i32 = after[..digits].parse().ok()?;
    Some((number * 10_i32.pow(9 - digits as u32), &after[digits..]))
}

/// Nanoseconds as none, three, six or nine digits.
fn fraction_text(nanos: u32) -> String {
    match nanos {
        0 => String::new(),
        _ if nanos.is_multiple_of(1_000_000) => format!(".{:03}", nanos / 1_000_000),
        _ if nanos.is_multiple_of(1000) => format!(".{:06}", nanos / 1000),
        _ => format!(".{nanos:09}"),
    }
}

/// Days since 1970-01-01 of a date of the Gregorian calendar; years begin in March so that the leap day comes last.
fn days_from_date(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

fn date_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (year + era * 400 + i64::from(month <= 2), month, day)
}

/// Reads `a,b.cD` as the paths `a`, `b.c_d`.
pub(super) fn field_mask(text: &str) -> Result<Vec<String>, String> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    text.split(',').map(snake_path).collect()
}

fn snake_path(path: &str) -> Result<String, String> {
    let mut snake = String::with_capacity(path.len() + 4);
    for letter in path.chars() {
        match letter {
            'A'..='Z' => {
                snake.push('_');
                snake.push(letter.to_ascii_lowercase());
            }
            'a'..='z' | '0'..='9' | '.' | '*' => snake.push(letter),
            '_' => return Err(format!("`{path}` is not a path in lowerCamel names: write `{}`", camel_path(path))),
            _ => return Err(format!("`{path}` is not a path of field names; paths are divided by commas")),
        }
    }
    if path.split('.').any(str::is_empty) {
        return Err(format!("`{path}` has an empty name in it"));
    }
    // By itself it means every field there, for many servers.
    if path.split('.').any(|name| name.contains('*') && name != "*") {
        return Err(format!("`{path}` is not a path of field names: `*` stands alone in the place of a name"));
    }
    Ok(snake)
}

fn camel_path(path: &str) -> String {
    let mut camel = String::with_capacity(path.len());
    let mut upper = false;
    for letter in path.chars() {
        match letter {
            '_' => upper = true,
            _ if upper => {
                camel.push(letter.to_ascii_uppercase());
                upper = false;
            }
            _ => camel.push(letter),
        }
    }
    camel
}

/// Writes paths; `None` if one of them would not read back as it was.
pub(super) fn field_mask_text<'a>(paths: impl Iterator<Item = &'a str>) -> Option<String> {
    let mut text = String::new();
    for (index, path) in paths.enumerate() {
        let camel = camel_path(path);
        if snake_path(&camel).as_deref() != Ok(path) {
            return None;
        }
        if index > 0 {
            text.push(',');
        }
        text.push_str(&camel);
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check<T: ToString, E: ToString>(found: Result<T, E>, expected: &str) {
        assert_eq!(found.map_or_else(|error| error.to_string(), |value| value.to_string()), expected);
    }

    #[test]
    fn whole_numbers() {
        check(integer::<i32>("-2147483648"), "-2147483648");
        check(integer::<i32>("1e3"), "1000");
        check(integer::<i32>("1.50e1"), "15");
        check(integer::<i32>("-0"), "0");
        check(integer::<i64>("9223372036854775807"), "9223372036854775807");
        check(integer::<u64>("1.8446744073709551615e19"), "18446744073709551615");
        let refused = "not a whole number from 0 to 4294967295";
        for text in
            ["4294967296", "-1", "1.5", "", " 1", "1 ", "01", "+1", "0x1", "1e99999999999999999999", "1e-1", "12e400"]
        {
            check(integer::<u32>(text), refused);
        }
        check(integer::<u32>("0e99999999999999999999"), "0");
    }

    #[test]
    fn floats() {
        check(float("0.1"), "0.1");
        check(float("-Infinity"), "-inf");
        check(float("1e39"), "too large for a float");
        check(double("1e400"), "too large for a double");
        check(double("inf"), "not a number; NaN, Infinity and -Infinity count as numbers");
        for (number, text) in [
            (1e300, "1e+300"),
            (-0.0, "-0"),
            (5.0, "5"),
            (0.1 + 0.2, "0.30000000000000004"),
            (1e16, "1e+16"),
            (5e-324, "5e-324"),
            (0.00001, "0.00001"),
            (123_456.75, "123456.75"),
        ] {
            assert_eq!(shortest(zmij::Buffer::new().format_finite(number)), text);
        }
    }

    #[test]
    fn base64() {
        for text in ["+/8=", "+/8", "-_8", "-_8="] {
            assert_eq!(bytes(text).unwrap(), [0xFB, 0xFF], "{text}");
        }
        assert_eq!(bytes("-_").unwrap(), [0xFB]);
        assert_eq!(bytes("a b=").unwrap_err(), "not base64: wrong at character 2");
        assert_eq!(bytes("ab*=").unwrap_err(), "not base64: `*` at character 3 is not part of it");
    }

    #[test]
    fn times() {
        let read = |text| timestamp(text).map(|(seconds, nanos)| timestamp_text(seconds, nanos).unwrap());
        check(read("2026-01-31T12:00:00+01:30"), "2026-01-31T10:30:00Z");
        check(read("0001-01-01T00:00:00Z"), "0001-01-01T00:00:00Z");
        check(read("9999-12-31T23:59:59.999999999Z"), "9999-12-31T23:59:59.999999999Z");
        check(read("2000-02-29T00:00:00.5Z"), "2000-02-29T00:00:00.500Z");
        check(read("1900-02-29T00:00:00Z"), "there is no day 29 in that month");
        check(read("9999-12-31T23:59:59-01:00"), "a time must lie within the years 1 to 9999");
        for text in [
            "2026-01-31",
            "2026-01-31t12:00:00Z",
            "2026-01-31T12:00:00",
            "2026-13-31T12:00:00Z",
            "2026-01-31T12:00:00.Z",
            "é",
        ] {
            check(read(text), TIMESTAMP_FORM);
        }
        assert_eq!(timestamp("1970-01-02T00:00:00Z"), Ok((86_400, 0)));
    }

    #[test]
    fn durations() {
        let read = |text| duration(text).map(|(seconds, nanos)| duration_text(seconds, nanos).unwrap());
        check(read("1.5s"), "1.500s");
        check(read("-0.5s"), "-0.500s");
        // The limit is one of the seconds: any fraction may follow it.
        check(read("315576000000.999999999s"), "315576000000.999999999s");
        check(read("-315576000000.999999999s"), "-315576000000.999999999s");
        check(read("315576000001s"), "a duration must lie within 315576000000s (10000 years)");
        for text in ["1", "s", "1.s", "+1s", "1.0000000001s", "1 s", "--1s"] {
            check(read(text), "not a duration in seconds such as 1.5s");
        }
        assert_eq!(duration_text(1, -1), None);
        assert_eq!(duration_text(-1, 1), None);
        assert_eq!(duration_text(0, 1_000_000_000), None);
    }

    #[test]
    fn field_masks() {
        assert_eq!(field_mask("a,bC.d").unwrap(), ["a", "b_c.d"]);
        assert_eq!(field_mask("*,aB.*").unwrap(), ["*", "a_b.*"]);
        assert_eq!(field_mask_text(["*", "a_b.*"].into_iter()).as_deref(), Some("*,aB.*"));
        assert!(field_mask("a*").is_err() && field_mask("a b").is_err() && field_mask("a,").is_err());
        assert_eq!(field_mask("a_b").unwrap_err(), "`a_b` is not a path in lowerCamel names: write `aB`");
        assert_eq!(field_mask_text(["a", "b_c.d"].into_iter()).as_deref(), Some("a,bC.d"));
        assert_eq!(field_mask_text(["b_3"].into_iter()), None);
    }
}
