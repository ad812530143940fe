//! What stands behind flags: headers, variables, times.
//!
//! Must not know: which flag it is behind.

use std::env;
use std::time::Duration;

use crate::request::parse_duration;

/// `name: value`.
pub(super) fn header(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once(':').ok_or("write it as `name: value`")?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}

/// `NAME=VALUE`.
pub(super) fn variable(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write it as NAME=VALUE")?;
    Ok((name.trim().to_owned(), value.to_owned()))
}

/// Seconds as a plain number, as grpcurl takes them, or numbers with units: `1m30s`, `250ms`.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    parse_duration(text)
}

/// A time as a draft has it.
pub(super) fn typed(time: Option<Duration>) -> String {
    time.map_or_else(String::new, |time| format!("{}ns", time.as_nanos()))
}

/// A time after which something is done, kept as it was typed. grpcurl takes 0 for never.
pub(super) fn period(text: &str) -> Result<String, String> {
    match text {
        "0" | "off" => Ok("off".to_owned()),
        _ => parse_duration(text).map(|_| text.to_owned()),
    }
}

/// Puts the variables of the environment that `${NAME}` names into a text, as grpcurl does with `-expand-headers`.
pub(super) fn with_environment(text: &str) -> Result<String, String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let name = after.find(|c: char| !c.is_alphanumeric() && c != '_').map_or(after, |end| &after[..end]);
        out.push_str(before);
        match after[name.len()..].strip_prefix('}') {
            Some(behind) if !name.is_empty() => {
                out.push_str(&env::var(name).map_err(|_missing| format!("there is no environment variable {name}"))?);
                rest = behind;
            }
            _ => {
                out.push_str("${");
                rest = after;
            }
        }
    }
    Ok(out + rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_seconds_or_have_units() {
        let check = |text: &str, expected: Option<u64>| {
            assert_eq!(duration(text).ok(), expected.map(Duration::from_millis), "{text}");
        };
        check("5", Some(5000));
        check("0.25", Some(250));
        check("250ms", Some(250));
        check("1m30s", Some(90_000));
        check("1.5h", Some(5_400_000));
        check("1m30", None);
        check("0", None);
        check("-1", None);
        check("", None);
        check("s", None);
        check("1e400", None);
        check("999999999999999999999999999h", None);
    }

    #[test]
    fn a_time_means_the_same_in_a_draft() {
        for text in ["0.25", "1m30s", "1us"] {
            let time = duration(text).unwrap();
            assert_eq!(parse_duration(&typed(Some(time))), Ok(time), "{text}");
        }
    }

    #[test]
    fn a_period_may_be_off() {
        assert_eq!(period("0").as_deref(), Ok("off"));
        assert_eq!(period("2.5").as_deref(), Ok("2.5"));
        assert!(period("soon").is_err());
    }

    #[test]
    fn the_environment_is_put_in() {
        let package = env!("CARGO_PKG_NAME");
        let check = |text: &str, expected: &str| assert_eq!(with_environment(text).as_deref(), Ok(expected), "{text}");
        check("Bearer ${CARGO_PKG_NAME}!", &format!("Bearer {package}!"));
        check("${CARGO_PKG_NAME}${CARGO_PKG_NAME}", &format!("{package}{package}"));
        check("$CARGO_PKG_NAME ${} ${a-b} ${", "$CARGO_PKG_NAME ${} ${a-b} ${");
        assert_eq!(
            with_environment("${TRUNKLINE_NOT_SET}"),
            Err("there is no environment variable TRUNKLINE_NOT_SET".to_owned())
        );
    }
}
