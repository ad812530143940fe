//! What expressions may call: CEL's own functions, those of protovalidate, and our own for time zones.
//!
//! Must not know: expressions, messages.

use std::sync::{Arc, LazyLock};

use cel::extractors::{Arguments, This};
use cel::{Context, Env, ExecutionError};
use chrono::{DateTime, FixedOffset};

use crate::message::constraints::format::{Format, has_prefix, is_host_and_port};

/// The function that gives a time the offset of a zone; no expression can call it by itself.
pub(super) const IN_ZONE: &str = "?in";

/// The language with all that its library has.
pub(super) static ENV: LazyLock<Arc<Env>> = LazyLock::new(|| {
    let mut env = Env::stdlib();
    if env.add_extension(cel::extensions::strings).is_err() {
        env = Env::stdlib();
    }
    Arc::new(env)
});

/// What every expression may call: CEL's own functions, and those of protovalidate.
pub(super) static BASE: LazyLock<Context<'static, 'static>> = LazyLock::new(|| {
    let mut context = Context::with_env(Arc::clone(&ENV));
    let names: [(&str, Format); 4] = [
        ("isEmail", Format::Email),
        ("isHostname", Format::Hostname),
        ("isUri", Format::Uri),
        ("isUriRef", Format::UriRef),
    ];
    let mut refused = false;
    for (name, format) in names {
        refused |= context.add_function(name, move |This(text): This<Arc<String>>| format.fits(&text)).is_err();
    }
    let ip = |This(text): This<Arc<String>>, Arguments(arguments): Arguments| match version(&arguments) {
        Some(4) => Format::Ipv4.fits(&text),
        Some(6) => Format::Ipv6.fits(&text),
        _ => Format::Ip.fits(&text),
    };
    let prefix = |This(text): This<Arc<String>>, Arguments(arguments): Arguments| {
        let strict = arguments.iter().any(|argument| matches!(argument, cel::Value::Bool(true)));
        let version = version(&arguments);
        has_prefix(&text, version != Some(6), version != Some(4), strict)
    };
    let host_and_port = |This(text): This<Arc<String>>, needed: bool| is_host_and_port(&text, needed);
    let infinite = |This(number): This<f64>, Arguments(arguments): Arguments| match version(&arguments) {
        Some(sign) if sign > 0 => number == f64::INFINITY,
        Some(sign) if sign < 0 => number == f64::NEG_INFINITY,
        _ => number.is_infinite(),
    };
    let unique = |This(values): This<Arc<Vec<cel::Value>>>| {
        values.iter().enumerate().all(|(index, value)| !values[..index].contains(value))
    };
    let zoned = |This(time): This<DateTime<FixedOffset>>, zone: Arc<String>| {
        in_zone(time, &zone)
            .ok_or_else(|| ExecutionError::function_error("timezone", format!("unknown time zone {zone}")))
    };
    refused |= context.add_function(IN_ZONE, zoned).is_err();
    refused |= context.add_function("isIp", ip).is_err();
    refused |= context.add_function("isIpPrefix", prefix).is_err();
    refused |= context.add_function("isHostAndPort", host_and_port).is_err();
    refused |= context.add_function("isNan", |This(number): This<f64>| number.is_nan()).is_err();
    refused |= context.add_function("isInf", infinite).is_err();
    refused |= context.add_function("unique", unique).is_err();
    debug_assert!(!refused, "a function that the language has already");
    context
});

/// The number among the arguments, without what is asked itself.
fn version(arguments: &[cel::Value]) -> Option<i64> {
    arguments.iter().find_map(|argument| match argument {
        cel::Value::Int(number) => Some(*number),
        cel::Value::UInt(number) => i64::try_from(*number).ok(),
        _ => None,
    })
}

/// The same time with the offset that the zone has then.
fn in_zone(time: DateTime<FixedOffset>, zone: &str) -> Option<DateTime<FixedOffset>> {
    let offset = match zone.split_once(':') {
        Some((hours, minutes)) => {
            let (whole, part) = (hours.parse::<i32>().ok()?, minutes.parse::<i32>().ok()?);
            if !(-23..=23).contains(&whole) || !(0..=59).contains(&part) {
                return None;
            }
            whole * 3600 + if hours.starts_with('-') { -part } else { part } * 60
        }
        None if zone.is_empty() => 0,
        None => {
            let zone = jiff::tz::TimeZone::get(zone).ok()?;
            let then = jiff::Timestamp::from_second(time.timestamp()).ok()?;
            zone.to_offset(then).seconds()
        }
    };
    Some(time.with_timezone(&FixedOffset::east_opt(offset)?))
}
