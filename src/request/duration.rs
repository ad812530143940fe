//! Durations as typed: `5s`, `1m30s`, `250ms`, `1.5s`, or a plain number of seconds. A file of its own because timeouts
//! are typed in three places and must mean the same in each.
//!
//! Must not know: what the duration is for.

use std::time::Duration;

/// Nanoseconds of each unit, longest name first so that `ms` is not read as `m`.
const UNITS: [(&str, u128); 7] = [
    ("ms", 1_000_000),
    ("us", 1_000),
    ("µs", 1_000),
    ("ns", 1),
    ("h", 3_600_000_000_000),
    ("m", 60_000_000_000),
    ("s", 1_000_000_000),
];

/// The most that the `grpc-timeout` header can say: eight digits of hours.
const LONGEST: u128 = 99_999_999 * 3_600_000_000_000;

/// Reads a duration. A number without a unit is in seconds.
///
/// # Errors
///
/// What is wrong with the text; zero and negative durations are wrong too.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("`{}` is no duration: write 5s, 1m30s, 250ms or 1.5s", text.trim());
    let mut rest = text.trim();
    if rest.starts_with('-') {
        return Err("a duration must be more than zero".to_owned());
    }
    if rest.is_empty() {
        return Err(wrong());
    }
    let mut total: u128 = 0;
    let mut first = true;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (number, tail) = rest.split_at(end);
        let tail = tail.trim_start();
        let (unit, tail) = match UNITS.iter().find(|(name, _)| tail.starts_with(name)) {
            Some((name, nanos)) => (*nanos, &tail[name.len()..]),
            None if first && tail.is_empty() => (1_000_000_000, tail),
            None => return Err(wrong()),
        };
        total = total.saturating_add(scaled(number, unit).ok_or_else(wrong)?);
        rest = tail.trim_start();
        first = false;
    }
    if total == 0 {
        return Err("a duration must be more than zero".to_owned());
    }
    if total > LONGEST {
        return Err("this duration is too long for gRPC, which allows 99999999 hours".to_owned());
    }
    let seconds = u64::try_from(total / 1_000_000_000).unwrap_or(u64::MAX);
    Ok(Duration::new(seconds, (total % 1_000_000_000) as u32))
}

/// A decimal number of units as nanoseconds, without the rounding of floats.
fn scaled(number: &str, unit: u128) -> Option<u128> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let whole: u128 = if whole.is_empty() { 0 } else { whole.parse::<u64>().ok()?.into() };
    // More than 18 digits after the point are below a nanosecond of any unit.
    let fraction = &fraction[..fraction.len().min(18)];
    if fraction.contains('.') {
        return None;
    }
    let part = if fraction.is_empty() {
        0
    } else {
        u128::from(fraction.parse::<u64>().ok()?) * unit / 10_u128.pow(fraction.len() as u32)
    };
    Some(whole.checked_mul(unit)?.saturating_add(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, milliseconds: Option<u64>) {
        let read = parse_duration(text);
        assert_eq!(read.clone().ok(), milliseconds.map(Duration::from_millis), "{text:?}: {read:?}");
    }

    #[test]
    fn durations_as_people_write_them() {
        check("5s", Some(5_000));
        check("1m30s", Some(90_000));
        check(" 1m 30s ", Some(90_000));
        check("250ms", Some(250));
        check("1.5s", Some(1_500));
        check(".5s", Some(500));
        check("2", Some(2_000));
        check("0.25", Some(250));
        check("1h", Some(3_600_000));
        check("1000us", Some(1));
    }

    #[test]
    fn what_is_no_duration() {
        for text in
            ["", "0", "0s", "-1s", "abc", "5x", "1.2.3s", "5s3", ".", "s", "1e9s", "99999999999999999999s", "五秒"]
        {
            check(text, None);
        }
        assert_eq!(parse_duration("100000000h").ok(), None);
    }
}
