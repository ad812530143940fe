//! What a value typed as text comes to, said beside it.
//!
//! Must not know: toolkit.

use jiff::tz::TimeZone;

use super::super::scalar;
use super::{ScalarForm, Shape};

impl ScalarForm {
    /// A time in the zone of this machine, a duration of a minute or more in hours, minutes and seconds; `None` where
    /// that says nothing new.
    #[must_use]
    pub fn meaning(&self) -> Option<String> {
        if self.problem.is_some() || self.text.contains("{{") {
            return None;
        }
        match self.shape {
            Shape::Timestamp => local(&self.text, TimeZone::system()),
            Shape::Duration => split(&self.text),
            _ => None,
        }
    }
}

fn local(text: &str, zone: TimeZone) -> Option<String> {
    scalar::timestamp(text).ok()?;
    let time: jiff::Timestamp = text.parse().ok()?;
    Some(time.to_zoned(zone).strftime("%Y-%m-%d %H:%M:%S %Z").to_string())
}

/// `3723.5s` as `1h 2m 3.5s`.
fn split(text: &str) -> Option<String> {
    scalar::duration(text).ok()?;
    let number = text.strip_suffix('s')?;
    let (sign, number) = number.strip_prefix('-').map_or(("", number), |number| ("-", number));
    let (whole, part) = number.split_once('.').map_or((number, ""), |(whole, part)| (whole, part));
    let seconds: u64 = whole.parse().ok().filter(|seconds| *seconds >= 60)?;
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    let mut out = sign.to_owned();
    for (count, unit) in [(days, "d "), (hours, "h "), (minutes, "m ")] {
        if count > 0 {
            out.push_str(&count.to_string());
            out.push_str(unit);
        }
    }
    let dot = if part.is_empty() { "" } else { "." };
    Some(format!("{out}{}{dot}{part}s", seconds % 60))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_split() {
        let check = |text, expected: Option<&str>| assert_eq!(split(text).as_deref(), expected, "{text}");
        check("59.9s", None);
        check("3723.5s", Some("1h 2m 3.5s"));
        check("-90061s", Some("-1d 1h 1m 1s"));
        check("315576000000s", Some("3652500d 0s"));
        check("60", None);
    }

    #[test]
    fn a_time_is_told_in_its_zone() {
        let zone = TimeZone::fixed(jiff::tz::offset(8));
        assert_eq!(local("2026-11-21T18:30:00Z", zone.clone()).unwrap(), "2026-11-22 02:30:00 +08");
        assert_eq!(local("2026-11-21", zone), None);
    }
}
