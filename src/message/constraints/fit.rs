//! Values that meet rules: of a likely value and of those that the rules themselves bring up, the first that all rules
//! take. Expressions are not looked into.
//!
//! Must not know: how a message is filled.

use jiff::Timestamp;
use prost_reflect::{EnumDescriptor, FieldDescriptor, Kind, OneofDescriptor};

use super::super::json::{Node, Value};
use super::super::well_known::wrapped;
use super::super::{raw, scalar};
use super::Constraints;
use super::check::{fits, is_met};
use super::format::Format;
use super::plain::Plain;
use super::rules::{FieldRules, Ignore, Rule, Test, Unit};
use super::sample;

/// Texts that many patterns ask for.
const TEXTS: [&str; 14] = [
    "example",
    "EXAMPLE",
    "Example",
    "a",
    "A",
    "1",
    "12345678",
    "+442079460000",
    "EUR",
    "GB",
    "example-1",
    "projects/example",
    "2026-01-31",
    "1.0.0",
];
/// Texts and bytes are not made longer than this for the sake of a rule.
const LONGEST: u64 = 10_000;
const HOUR: i128 = 3_600_000_000_000;

/// Which of a field's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The field's own.
    Field,
    /// An element of a list.
    Element,
    /// A key of a map.
    Key,
    /// A value of a map.
    Value,
}

impl Constraints {
    fn rules_of(&self, field: &FieldDescriptor) -> &[FieldRules] {
        let rules = self.types.get(field.parent_message().full_name()).filter(|rules| !rules.disabled);
        rules.and_then(|rules| rules.fields.get(&field.number())).map_or(&[], Vec::as_slice)
    }

    /// Whether a message without the field breaks a rule of the field.
    #[must_use]
    pub fn needs(&self, field: &FieldDescriptor) -> bool {
        let counted = |rules: &&FieldRules| rules.ignore != Ignore::Always;
        self.rules_of(field).iter().filter(counted).any(|rules| {
            if rules.required {
                return true;
            }
            if field.supports_presence() || rules.ignore == Ignore::Zero {
                return false;
            }
            if field.is_list() || field.is_map() {
                return size_of(rules, Unit::Items).0 > 0 || size_of(rules, Unit::Pairs).0 > 0;
            }
            let zero = Plain::of(&field.default_value(), &field.kind());
            zero.is_some_and(|zero| !rules.rules.iter().all(|rule| is_met(&rule.test, &zero)))
        })
    }

    /// Whether one of the oneof's fields must be set.
    #[must_use]
    pub fn needs_oneof(&self, oneof: &OneofDescriptor) -> bool {
        let rules = self.types.get(oneof.parent_message().full_name()).filter(|rules| !rules.disabled);
        rules.is_some_and(|rules| rules.oneofs.iter().any(|name| name == oneof.name()))
    }

    /// Whether the field is of a group of which one must be set.
    #[must_use]
    pub fn needs_one_of(&self, field: &FieldDescriptor) -> bool {
        let rules = self.types.get(field.parent_message().full_name()).filter(|rules| !rules.disabled);
        let has = |(fields, required): &(Vec<String>, bool)| *required && fields.iter().any(|of| of == field.name());
        rules.is_some_and(|rules| rules.groups.iter().any(has))
    }

    /// Whether the field may not be set beside those that are.
    #[must_use]
    pub fn excludes(&self, set: &[FieldDescriptor], field: &FieldDescriptor) -> bool {
        let rules = self.types.get(field.parent_message().full_name()).filter(|rules| !rules.disabled);
        rules.is_some_and(|rules| {
            rules.groups.iter().any(|(fields, _)| {
                let is_in = |field: &FieldDescriptor| fields.iter().any(|of| of == field.name());
                is_in(field) && set.iter().any(is_in)
            })
        })
    }

    /// The least and the most elements of a list, or entries of a map.
    #[must_use]
    pub fn count(&self, field: &FieldDescriptor) -> (usize, usize) {
        let unit = if field.is_map() { Unit::Pairs } else { Unit::Items };
        let (mut least, mut most) = (0, usize::MAX);
        for rules in self.rules_of(field) {
            let (low, high) = size_of(rules, unit);
            least = least.max(usize::try_from(low).unwrap_or(usize::MAX));
            most = most.min(high.map_or(usize::MAX, |high| usize::try_from(high).unwrap_or(usize::MAX)));
        }
        (least, most)
    }

    /// Whether no two elements may be the same.
    #[must_use]
    pub fn asks_unique(&self, field: &FieldDescriptor) -> bool {
        self.rules_of(field).iter().flat_map(|rules| &rules.rules).any(|rule| matches!(rule.test, Test::Unique))
    }

    /// The likely value, or another in its place that the rules take; none of `taken`, if there is another.
    #[must_use]
    pub fn fitted(&self, field: &FieldDescriptor, part: Part, likely: Node, taken: &[Node], now: Timestamp) -> Node {
        let entry = field.kind().as_message().filter(|entry| entry.is_map_entry()).cloned();
        let kind = match (&entry, part) {
            (Some(entry), Part::Key) => entry.map_entry_key_field().kind(),
            (Some(entry), Part::Value) => entry.map_entry_value_field().kind(),
            _ => field.kind(),
        };
        let rules: Vec<&Rule> =
            self.rules_of(field).iter().filter_map(|rules| part_of(rules, part)).flatten().collect();
        if rules.is_empty() && taken.is_empty() {
            return likely;
        }
        let Some(plain) = plain_of(&likely, &kind) else { return likely };
        let taken: Vec<Plain> = taken.iter().filter_map(|node| plain_of(node, &kind)).collect();
        let is_free = |value: &Plain| !taken.iter().any(|other| value.is(other));
        let meets = |value: &Plain| rules.iter().all(|rule| is_met_here(&rule.test, value)) && is_free(value);
        if meets(&plain) {
            return likely;
        }
        let found = candidates(&plain, &rules, taken.len(), now).into_iter().find(meets);
        found.and_then(|value| node_of(&value, &kind)).unwrap_or(likely)
    }
}

fn part_of(rules: &FieldRules, part: Part) -> Option<&[Rule]> {
    let rules = match part {
        Part::Field => Some(rules),
        Part::Element => rules.items.as_deref(),
        Part::Key => rules.keys.as_deref(),
        Part::Value => rules.values.as_deref(),
    };
    rules.filter(|rules| rules.ignore != Ignore::Always).map(|rules| rules.rules.as_slice())
}

fn is_met_here(test: &Test, value: &Plain) -> bool {
    match (test, value) {
        (Test::Defined(of), Plain::Enum(number, _)) => of.get_value(*number).is_some(),
        _ => is_met(test, value),
    }
}

fn size_of(rules: &FieldRules, unit: Unit) -> (u64, Option<u64>) {
    let size = rules.rules.iter().find_map(|rule| match rule.test {
        Test::Size { unit: of, least, most } if of == unit => Some((least.unwrap_or(0), most)),
        _ => None,
    });
    size.unwrap_or((0, None))
}

/// Values that the rules bring up, the likely ones first; `more`: that many others were taken before.
fn candidates(likely: &Plain, rules: &[&Rule], more: usize, now: Timestamp) -> Vec<Plain> {
    let mut all = Vec::new();
    let mut texts = Vec::new();
    if let Plain::Text(text) = likely {
        texts.push(text.clone());
        texts.extend((2..more + 3).map(|number| format!("{text}-{number}")));
        texts.extend(('a'..='z').take(more + 1).map(|letter| format!("{text}{letter}")));
    }
    for rule in rules {
        match &rule.test {
            Test::Const(value) => all.push(value.clone()),
            Test::In(values) => all.extend(values.iter().cloned()),
            Test::Range { lower, upper } => {
                let ends: Vec<&Plain> = [lower, upper].into_iter().flatten().map(|bound| &bound.value).collect();
                all.extend(between(&ends, more as i128));
            }
            Test::Format(format) => texts.push(format_sample(*format).to_owned()),
            Test::Pattern(pattern) => texts.extend(sample::of(&pattern.source)),
            Test::Defined(of) => all.extend(defined(of)),
            Test::Past => all.push(Plain::Time(now.as_nanosecond() - HOUR)),
            Test::Future => all.push(Plain::Time(now.as_nanosecond() + 24 * HOUR)),
            Test::Within(_) => all.push(Plain::Time(now.as_nanosecond())),
            _ => {}
        }
    }
    match likely {
        Plain::Int(value) => {
            let near = (1..=2 + more as i128).flat_map(|step| [value.saturating_add(step), value.saturating_sub(step)]);
            all.extend(near.map(Plain::Int));
        }
        Plain::Float(value) => all.extend([1.0, 2.0, -1.0, 0.0].map(|step| Plain::Float(value + step))),
        Plain::Bool(value) => all.push(Plain::Bool(!value)),
        Plain::Duration(_) => all.extend([1, 60, 3600].map(|seconds| Plain::Duration(seconds * HOUR / 3600))),
        Plain::Bytes(bytes) => all.extend(sized_bytes(bytes, rules).map(Plain::Bytes)),
        Plain::Text(_) => {
            texts.extend(TEXTS.map(str::to_owned));
            for text in texts {
                let whole = decorated(&text, rules);
                all.extend(sized(&whole, rules).into_iter().map(Plain::Text));
                all.push(Plain::Text(whole));
            }
        }
        Plain::Enum(..) | Plain::Time(_) => {}
    }
    all
}

/// Values at and near the ends of a range, its middle first.
fn between(ends: &[&Plain], more: i128) -> Vec<Plain> {
    let ints = |make: fn(i128) -> Plain, values: &[i128], step: i128| {
        let middle = values.iter().sum::<i128>() / values.len().max(1) as i128;
        let steps = |value: &i128| {
            let value = *value;
            (0..=more + 1).flat_map(move |times| [value + times * step, value - times * step])
        };
        let near = values.iter().flat_map(steps);
        std::iter::once(middle).filter(|_| values.len() > 1).chain(near).map(make).collect()
    };
    let pick = |of: fn(&Plain) -> Option<i128>| ends.iter().filter_map(|end| of(end)).collect::<Vec<i128>>();
    match ends.first() {
        Some(Plain::Int(_)) => {
            ints(Plain::Int, &pick(|end| if let Plain::Int(it) = end { Some(*it) } else { None }), 1)
        }
        Some(Plain::Duration(_)) => {
            let of = |end: &Plain| if let Plain::Duration(it) = end { Some(*it) } else { None };
            ints(Plain::Duration, &pick(of), HOUR / 3600)
        }
        Some(Plain::Time(_)) => {
            let of = |end: &Plain| if let Plain::Time(it) = end { Some(*it) } else { None };
            ints(Plain::Time, &pick(of), HOUR)
        }
        Some(Plain::Float(_)) => {
            let of = |end: &&Plain| if let Plain::Float(it) = end { Some(*it) } else { None };
            let values: Vec<f64> = ends.iter().filter_map(of).collect();
            let middle = values.iter().sum::<f64>() / values.len() as f64;
            let near = values.iter().flat_map(|value| [*value, value + 1.0, value - 1.0]);
            std::iter::once(middle).chain(near).map(Plain::Float).collect()
        }
        _ => Vec::new(),
    }
}

fn defined(of: &EnumDescriptor) -> Vec<Plain> {
    let mut values: Vec<_> = of.values().map(|value| Plain::Enum(value.number(), value.name().to_owned())).collect();
    // The first value usually says "unspecified".
    let end = values.len().min(1);
    values.rotate_left(end);
    values
}

/// The text with what it must begin with, contain and end in.
fn decorated(text: &str, rules: &[&Rule]) -> String {
    let mut whole = text.to_owned();
    for rule in rules {
        match &rule.test {
            Test::Prefix(Plain::Text(start)) if !whole.starts_with(start) => whole.insert_str(0, start),
            Test::Suffix(Plain::Text(end)) if !whole.ends_with(end) => whole.push_str(end),
            Test::Contains(Plain::Text(part)) if !whole.contains(part) => {
                let at = rules.iter().find_map(|rule| match &rule.test {
                    Test::Prefix(Plain::Text(start)) if whole.starts_with(start) => Some(start.len()),
                    _ => None,
                });
                whole.insert_str(at.unwrap_or(0), part);
            }
            _ => {}
        }
    }
    whole
}

/// The text in the lengths that are asked for: filled up, or cut, at its end and before what it must end in.
fn sized(text: &str, rules: &[&Rule]) -> Vec<String> {
    let mut all = Vec::new();
    for rule in rules {
        let Test::Size { unit, least, most } = rule.test else { continue };
        let length = |text: &str| if unit == Unit::Bytes { text.len() } else { text.chars().count() } as u64;
        if fits(length(text), least, most) {
            continue;
        }
        let Some(wanted) = least.filter(|least| length(text) < *least).or(most).filter(|wanted| *wanted <= LONGEST)
        else {
            continue;
        };
        let end = rules.iter().find_map(|rule| match &rule.test {
            Test::Suffix(Plain::Text(end)) => text.strip_suffix(end.as_str()).map(|_| end.as_str()),
            _ => None,
        });
        let end = end.unwrap_or("");
        let start = text.strip_suffix(end).unwrap_or(text);
        let room = wanted.saturating_sub(length(end)) as usize;
        let filler = start.chars().last().filter(char::is_ascii).unwrap_or('a');
        let kept: String = start.chars().take(room).collect();
        let missing = room.saturating_sub(length(&kept) as usize);
        all.push(format!("{kept}{}{end}", String::from(filler).repeat(missing)));
        all.push(format!("{}{end}", "1".repeat(room)));
    }
    all
}

fn sized_bytes(bytes: &[u8], rules: &[&Rule]) -> Option<Vec<u8>> {
    let mut bytes = bytes.to_vec();
    for rule in rules {
        match &rule.test {
            Test::Prefix(start) => drop(bytes.splice(..0, start.bytes()?.iter().copied())),
            Test::Suffix(end) => bytes.extend_from_slice(end.bytes()?),
            Test::Size { least, most, .. } => {
                let wanted = (bytes.len() as u64).max(least.unwrap_or(0)).min(most.unwrap_or(u64::MAX));
                bytes.resize(wanted.min(LONGEST) as usize, b'.');
            }
            Test::Format(Format::Ip | Format::Ipv4) => bytes = vec![192, 0, 2, 1],
            Test::Format(Format::Ipv6) => bytes = std::net::Ipv6Addr::LOCALHOST.octets().to_vec(),
            _ => {}
        }
    }
    Some(bytes)
}

const fn format_sample(format: Format) -> &'static str {
    match format {
        Format::Email => "ada@example.com",
        Format::Hostname | Format::Address => "example.com",
        Format::Ip | Format::Ipv4 => "192.0.2.1",
        Format::Ipv6 => "2001:db8::1",
        Format::Uri | Format::UriRef => "https://example.com/",
        Format::Uuid => "123e4567-e89b-42d3-a456-426614174000",
        Format::Tuuid => "123e4567e89b42d3a456426614174000",
        Format::Ulid => "01ARZ3NDEKTSV4RRFFQ69G5FAV",
        Format::IpWithPrefixLength | Format::Ipv4WithPrefixLength => "192.0.2.1/24",
        Format::Ipv6WithPrefixLength => "2001:db8::1/64",
        Format::IpPrefix | Format::Ipv4Prefix => "192.0.2.0/24",
        Format::Ipv6Prefix => "2001:db8::/32",
        Format::HostAndPort => "example.com:443",
        Format::HeaderName { .. } => "x-example",
        Format::HeaderValue { .. } => "example",
    }
}

fn plain_of(node: &Node, kind: &Kind) -> Option<Plain> {
    let nanos = |(seconds, nanos): (i64, i32)| i128::from(seconds) * 1_000_000_000 + i128::from(nanos);
    Some(match (&node.value, kind) {
        (Value::Bool(value), _) => Plain::Bool(*value),
        (Value::String(text), Kind::Bool) => Plain::Bool(text == "true"),
        (Value::String(text), Kind::String) => Plain::Text(text.clone()),
        (Value::String(text), Kind::Bytes) => Plain::Bytes(scalar::bytes(text).ok()?),
        (Value::String(text), Kind::Enum(of)) => Plain::Enum(scalar::enum_name(text, of).ok()?, text.clone()),
        (Value::Number(text), Kind::Enum(_)) => Plain::Enum(text.parse().ok()?, text.clone()),
        (Value::String(text), Kind::Message(descriptor)) => match descriptor.full_name() {
            "google.protobuf.Timestamp" => Plain::Time(nanos(scalar::timestamp(text).ok()?)),
            "google.protobuf.Duration" => Plain::Duration(nanos(scalar::duration(text).ok()?)),
            _ => plain_of(node, &wrapped(descriptor)?.kind())?,
        },
        (Value::Number(_), Kind::Message(descriptor)) => plain_of(node, &wrapped(descriptor)?.kind())?,
        (Value::Number(text) | Value::String(text), Kind::Double | Kind::Float) => Plain::Float(text.parse().ok()?),
        (Value::Number(text) | Value::String(text), _) => Plain::Int(text.parse().ok()?),
        _ => return None,
    })
}

/// Nothing where the value does not fit into the kind.
fn node_of(value: &Plain, kind: &Kind) -> Option<Node> {
    let split =
        |nanos: i128| Some((i64::try_from(nanos.div_euclid(1_000_000_000)).ok()?, nanos.rem_euclid(1_000_000_000)));
    let kind = match kind {
        Kind::Message(descriptor) => wrapped(descriptor).map_or(kind.clone(), |of| of.kind()),
        _ => kind.clone(),
    };
    Some(Node::new(match value {
        Plain::Bool(value) => Value::Bool(*value),
        Plain::Int(value) => {
            let text = value.to_string();
            match kind {
                Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => {
                    i32::try_from(*value).map(|_| Value::Number(text)).ok()?
                }
                Kind::Uint32 | Kind::Fixed32 => u32::try_from(*value).map(|_| Value::Number(text)).ok()?,
                Kind::Uint64 | Kind::Fixed64 => u64::try_from(*value).map(|_| Value::String(text)).ok()?,
                Kind::Enum(_) => Value::Number(text),
                _ => i64::try_from(*value).map(|_| Value::String(text)).ok()?,
            }
        }
        Plain::Float(value) if value.is_finite() => Value::Number(Plain::Float(*value).to_string()),
        Plain::Float(_) => return None,
        Plain::Text(text) => Value::String(text.clone()),
        Plain::Bytes(bytes) => Value::String(raw::to_base64(bytes)),
        Plain::Enum(number, name) if name.parse::<i32>().is_ok() => Value::Number(number.to_string()),
        Plain::Enum(_, name) => Value::String(name.clone()),
        Plain::Duration(nanos) => {
            let (seconds, rest) = (i64::try_from(nanos / 1_000_000_000).ok()?, (nanos % 1_000_000_000) as i32);
            Value::String(scalar::duration_text(seconds, rest)?)
        }
        Plain::Time(nanos) => {
            let (seconds, rest) = split(*nanos)?;
            Value::String(scalar::timestamp_text(seconds, rest as i32)?)
        }
    }))
}
