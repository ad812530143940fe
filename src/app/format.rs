//! Numbers, sizes and times as they are shown.
//!
//! Must not know: toolkit.

use std::time::{Duration, SystemTime};

/// `1,204,326`.
#[must_use]
pub fn count(value: u64) -> String {
    let digits = value.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `412 B`, `48.2 kB`, `1.2 MB`: decimal units.
#[must_use]
pub fn size(bytes: u64) -> String {
    let mut value = bytes as f64;
    if bytes < 1000 {
        return format!("{bytes} B");
    }
    for unit in ["kB", "MB", "GB"] {
        value /= 1000.0;
        if value < 999.95 {
            return format!("{value:.1} {unit}");
        }
    }
    format!("{:.1} TB", value / 1000.0)
}

/// `8.0 µs`, `12.4 ms`, `1.25 s`, `4 min 12 s`, `2 h 5 min`.
#[must_use]
pub fn duration(value: Duration) -> String {
    let micros = value.as_secs_f64() * 1e6;
    let seconds = value.as_secs();
    if micros < 1000.0 {
        format!("{micros:.1} µs")
    } else if micros < 1e6 {
        format!("{:.1} ms", micros / 1e3)
    } else if seconds < 60 {
        format!("{:.2} s", micros / 1e6)
    } else if seconds < 3600 {
        format!("{} min {} s", seconds / 60, seconds % 60)
    } else {
        format!("{} h {} min", seconds / 3600, seconds % 3600 / 60)
    }
}

/// Local time of day with milliseconds, `10:32:12.807`.
#[must_use]
pub fn time_of_day(time: SystemTime) -> String {
    match jiff::Timestamp::try_from(time) {
        Ok(timestamp) => timestamp.to_zoned(jiff::tz::TimeZone::system()).strftime("%H:%M:%S%.3f").to_string(),
        Err(_) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts() {
        for (value, expected) in [(0, "0"), (999, "999"), (1000, "1,000"), (1_204_326, "1,204,326")] {
            assert_eq!(count(value), expected);
        }
    }

    #[test]
    fn sizes() {
        for (value, expected) in [
            (0, "0 B"),
            (999, "999 B"),
            (1000, "1.0 kB"),
            (48_211, "48.2 kB"),
            (999_960, "1.0 MB"),
            (300_000_000, "300.0 MB"),
        ] {
            assert_eq!(size(value), expected);
        }
    }

    #[test]
    fn durations() {
        for (micros, expected) in [
            (8, "8.0 µs"),
            (12_400, "12.4 ms"),
            (1_250_000, "1.25 s"),
            (252_000_000, "4 min 12 s"),
            (7_500_000_000, "2 h 5 min"),
        ] {
            assert_eq!(duration(Duration::from_micros(micros)), expected);
        }
    }
}
