//! Values as rules compare them: numbers without their width, durations and times as nanoseconds.
//!
//! Must not know: rules.

use std::cmp::Ordering;
use std::fmt;

use jiff::{SignedDuration, Timestamp};
use prost_reflect::{DynamicMessage, Kind, ReflectMessage as _, Value};

const NANOS: i128 = 1_000_000_000;

/// A value that a rule can compare.
#[derive(Clone, Debug)]
pub(super) enum Plain {
    Bool(bool),
    Int(i128),
    Float(f64),
    Text(String),
    Bytes(Vec<u8>),
    /// By number; the name is for reading.
    Enum(i32, String),
    /// Nanoseconds.
    Duration(i128),
    /// Nanoseconds since 1970.
    Time(i128),
}

impl Plain {
    /// The value of a field of that kind; `None` for one that rules do not compare.
    pub(super) fn of(value: &Value, kind: &Kind) -> Option<Self> {
        Some(match value {
            Value::Bool(value) => Self::Bool(*value),
            Value::I32(value) => Self::Int((*value).into()),
            Value::I64(value) => Self::Int((*value).into()),
            Value::U32(value) => Self::Int((*value).into()),
            Value::U64(value) => Self::Int((*value).into()),
            Value::F32(value) => Self::Float((*value).into()),
            Value::F64(value) => Self::Float(*value),
            Value::String(value) => Self::Text(value.clone()),
            Value::Bytes(value) => Self::Bytes(value.to_vec()),
            Value::EnumNumber(number) => {
                let named = kind.as_enum().and_then(|of| of.get_value(*number)).map(|value| value.name().to_owned());
                Self::Enum(*number, named.unwrap_or_else(|| number.to_string()))
            }
            Value::Message(message) => Self::of_message(message)?,
            Value::List(_) | Value::Map(_) => return None,
        })
    }

    fn of_message(message: &DynamicMessage) -> Option<Self> {
        let number = |name: &str| {
            let value = message.get_field_by_name(name)?;
            value.as_i64().or_else(|| value.as_i32().map(i64::from)).map(i128::from)
        };
        let nanos = || Some(number("seconds")? * NANOS + number("nanos")?);
        let descriptor = message.descriptor();
        match descriptor.full_name() {
            "google.protobuf.Duration" => nanos().map(Self::Duration),
            "google.protobuf.Timestamp" => nanos().map(Self::Time),
            "google.protobuf.Any" => {
                message.get_field_by_name("type_url")?.as_str().map(|url| Self::Text(url.to_owned()))
            }
            "google.protobuf.FieldMask" => {
                let paths = message.get_field_by_name("paths")?;
                let paths: Vec<&str> = paths.as_list()?.iter().filter_map(Value::as_str).collect();
                Some(Self::Text(paths.join(",")))
            }
            _ if is_wrapper(descriptor.full_name()) => {
                let field = descriptor.get_field_by_name("value")?;
                Self::of(&message.get_field(&field), &field.kind())
            }
            _ => None,
        }
    }

    /// What is greater; `None` where the two cannot be compared.
    pub(super) fn order(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Int(one), Self::Int(other))
            | (Self::Duration(one), Self::Duration(other))
            | (Self::Time(one), Self::Time(other)) => Some(one.cmp(other)),
            (Self::Enum(one, _), Self::Enum(other, _)) => Some(one.cmp(other)),
            // Rules name the values of enums by number.
            (Self::Enum(one, _), Self::Int(other)) => Some(i128::from(*one).cmp(other)),
            (Self::Int(one), Self::Enum(other, _)) => Some(one.cmp(&i128::from(*other))),
            (Self::Float(one), Self::Float(other)) => one.partial_cmp(other),
            (Self::Text(one), Self::Text(other)) => Some(one.cmp(other)),
            (Self::Bytes(one), Self::Bytes(other)) => Some(one.cmp(other)),
            (Self::Bool(one), Self::Bool(other)) => Some(one.cmp(other)),
            _ => None,
        }
    }

    /// Whether the two are the same.
    pub(super) fn is(&self, other: &Self) -> bool {
        self.order(other) == Some(Ordering::Equal)
    }

    /// Whether it is what a field holds that nobody set.
    pub(super) fn is_zero(&self) -> bool {
        match self {
            Self::Bool(value) => !value,
            Self::Int(value) | Self::Duration(value) | Self::Time(value) => *value == 0,
            Self::Float(value) => *value == 0.0 && value.is_sign_positive(),
            Self::Text(value) => value.is_empty(),
            Self::Bytes(value) => value.is_empty(),
            Self::Enum(number, _) => *number == 0,
        }
    }

    /// Its bytes, where it is a text or bytes.
    pub(super) fn bytes(&self) -> Option<&[u8]> {
        match self {
            Self::Text(text) => Some(text.as_bytes()),
            Self::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }
}

/// Whether a message is a wrapper such as `google.protobuf.StringValue`.
pub(super) fn is_wrapper(full_name: &str) -> bool {
    full_name.strip_prefix("google.protobuf.").is_some_and(|name| {
        let wraps = ["Double", "Float", "Int64", "UInt64", "Int32", "UInt32", "Bool", "String", "Bytes"];
        name.strip_suffix("Value").is_some_and(|name| wraps.contains(&name))
    })
}

impl fmt::Display for Plain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(value) => write!(f, "{value}"),
            Self::Int(value) => write!(f, "{value}"),
            // A float is read as it was written, not as the double next to it.
            Self::Float(value) if f64::from(*value as f32).to_bits() == value.to_bits() => {
                write!(f, "{}", *value as f32)
            }
            Self::Float(value) => write!(f, "{value}"),
            Self::Text(value) => write!(f, "{value:?}"),
            Self::Bytes(value) => match std::str::from_utf8(value) {
                Ok(text) => write!(f, "{text:?}"),
                Err(_) => value.iter().try_for_each(|byte| write!(f, "{byte:02x}")),
            },
            Self::Enum(_, name) => f.write_str(name),
            Self::Duration(nanos) => {
                let duration = i64::try_from(nanos / NANOS).ok();
                match duration.map(|seconds| SignedDuration::new(seconds, (nanos % NANOS) as i32)) {
                    Some(duration) => write!(f, "{duration:#}"),
                    None => write!(f, "{nanos}ns"),
                }
            }
            Self::Time(nanos) => match Timestamp::from_nanosecond(*nanos) {
                Ok(time) => write!(f, "{time}"),
                Err(_) => write!(f, "{nanos}ns"),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_read_as_they_were_written() {
        let check = |value: Plain, expected: &str| assert_eq!(value.to_string(), expected);
        check(Plain::Float(f64::from(0.1_f32)), "0.1");
        check(Plain::Float(0.1), "0.1");
        check(Plain::Text("a\"b".to_owned()), "\"a\\\"b\"");
        check(Plain::Bytes(vec![0xff, 1]), "ff01");
        check(Plain::Duration(3_600 * NANOS + 500_000_000), "1h 500ms");
        check(Plain::Time(NANOS), "1970-01-01T00:00:01Z");
        check(Plain::Duration(i128::MAX), "170141183460469231731687303715884105727ns");
    }

    #[test]
    fn only_like_is_compared_with_like() {
        assert!(Plain::Enum(1, String::new()).is(&Plain::Int(1)));
        assert!(!Plain::Text("1".to_owned()).is(&Plain::Int(1)));
        assert_eq!(Plain::Float(f64::NAN).order(&Plain::Float(0.0)), None);
        assert!(is_wrapper("google.protobuf.StringValue") && !is_wrapper("google.protobuf.Value"));
    }
}
