//! A time taken apart for a calendar, and put together again.
//!
//! Must not know: toolkit, which words a month has.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Weekday};
use jiff::tz::TimeZone;

use super::super::scalar;

/// Weeks that any month fits into.
pub const WEEKS: i32 = 6;

/// What a clock in that zone shows at a time as typed; `None` if the text is no time.
#[must_use]
pub fn clock(text: &str, zone: &TimeZone) -> Option<DateTime> {
    let time: Timestamp = text.trim().parse().ok()?;
    Some(zone.to_datetime(time))
}

/// The time at which a clock in that zone shows this, as RFC 3339 in UTC. An hour that is left out in spring is the one
/// after it.
#[must_use]
pub fn time_text(clock: DateTime, zone: &TimeZone) -> Option<String> {
    let time = clock.to_zoned(zone.clone()).ok()?.timestamp();
    scalar::timestamp_text(time.as_second(), time.subsec_nanosecond())
}

/// The Monday that the calendar page of a month begins with.
#[must_use]
pub fn page_start(month: Date) -> Option<Date> {
    let first = month.first_of_month();
    let days = i64::from(first.weekday().since(Weekday::Monday));
    first.checked_sub(jiff::Span::new().days(days)).ok()
}

/// That many days later; the same day where the calendar ends.
#[must_use]
pub fn days_later(date: Date, days: i32) -> Date {
    date.checked_add(jiff::Span::new().days(days)).unwrap_or(date)
}

/// That many months later, on the last day of a month that is too short.
#[must_use]
pub fn months_later(date: Date, months: i32) -> Date {
    date.checked_add(jiff::Span::new().months(months)).unwrap_or(date)
}

/// The clock with another hour (0), minute (1) or second (2), as typed; `None` if there is no such.
#[must_use]
pub fn with_part(clock: DateTime, part: usize, typed: &str) -> Option<DateTime> {
    let number: i8 = typed.trim().parse().ok()?;
    let with = clock.with();
    match part {
        0 => with.hour(number),
        1 => with.minute(number),
        _ => with.second(number),
    }
    .build()
    .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_comes_back_as_it_was() {
        let tokyo = TimeZone::fixed(jiff::tz::offset(9));
        let check = |text: &str, zone: &TimeZone, shown: &str| {
            let clock = clock(text, zone).unwrap();
            assert_eq!(clock.to_string(), shown, "{text}");
            assert_eq!(time_text(clock, zone).as_deref(), Some(text));
        };
        check("2026-11-21T18:30:00Z", &tokyo, "2026-11-22T03:30:00");
        check("2026-11-21T18:30:00.250Z", &TimeZone::UTC, "2026-11-21T18:30:00.25");
        check("0001-01-01T00:00:00Z", &TimeZone::UTC, "0001-01-01T00:00:00");
        assert_eq!(clock("tomorrow", &TimeZone::UTC), None);
    }

    #[test]
    fn a_page_begins_on_monday() {
        let check = |month: &str, start: &str| {
            let start: Date = start.parse().unwrap();
            assert_eq!(page_start(month.parse().unwrap()), Some(start), "{month}");
        };
        check("2026-11-21", "2026-10-26");
        check("2026-06-30", "2026-06-01");
        check("2026-02-01", "2026-01-26");
    }

    #[test]
    fn dates_move_and_parts_change() {
        let date: Date = "2026-01-31".parse().unwrap();
        assert_eq!(days_later(date, 1).to_string(), "2026-02-01");
        assert_eq!(months_later(date, 1).to_string(), "2026-02-28");
        assert_eq!(months_later(Date::MAX, 1), Date::MAX);
        let clock: DateTime = "2026-01-31T10:20:30.5".parse().unwrap();
        assert_eq!(with_part(clock, 0, " 23 ").unwrap().to_string(), "2026-01-31T23:20:30.5");
        assert_eq!(with_part(clock, 1, "60"), None);
        assert_eq!(with_part(clock, 2, ""), None);
    }
}
