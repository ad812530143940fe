//! Checking a message: which of the rules it does not meet.
//!
//! Must not know: how rules are read.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt::Write as _;

use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MapKey, ReflectMessage as _, Value};

use super::cel::{Expression, Verdict};
use super::plain::Plain;
use super::rules::{Bound, FieldRules, Ignore, Test, TypeRules, Unit};
use super::{Constraints, MOST_VIOLATIONS, Violation, words};
use crate::text::Text;

/// Messages in one another that are looked into; real ones stay far below.
const DEEPEST: usize = 200;

pub(super) fn check(constraints: &Constraints, message: &DynamicMessage, text: &Text) -> Vec<Violation> {
    let mut checker = Checker { constraints, text, path: String::new(), depth: 0, found: Vec::new() };
    checker.message(message);
    checker.found
}

struct Checker<'a> {
    constraints: &'a Constraints,
    text: &'a Text,
    path: String,
    depth: usize,
    found: Vec<Violation>,
}

impl Checker<'_> {
    fn is_full(&self) -> bool {
        self.found.len() >= MOST_VIOLATIONS
    }

    fn tell(&mut self, rule: impl Into<String>, message: String) {
        if !self.is_full() {
            self.found.push(Violation { path: self.path.clone(), rule: rule.into(), message });
        }
    }

    /// With a step on the path.
    fn at(&mut self, step: impl FnOnce(&mut String), go: impl FnOnce(&mut Self)) {
        let before = self.path.len();
        step(&mut self.path);
        go(self);
        self.path.truncate(before);
    }

    fn message(&mut self, message: &DynamicMessage) {
        let descriptor = message.descriptor();
        if self.is_full() || self.depth > DEEPEST || !self.constraints.reaching.contains(descriptor.full_name()) {
            return;
        }
        let constraints = self.constraints;
        let rules = constraints.types.get(descriptor.full_name());
        if rules.is_some_and(|rules| rules.disabled) {
            return;
        }
        self.depth += 1;
        if let Some(rules) = rules {
            self.whole(message, rules);
        }
        for field in descriptor.fields() {
            let own = rules.and_then(|rules| rules.fields.get(&field.number())).map_or(&[] as &[_], Vec::as_slice);
            let set = message.has_field(&field);
            if own.is_empty() && !(set && matches!(field.kind(), Kind::Message(_))) {
                continue;
            }
            let name = |path: &mut String| {
                if !path.is_empty() {
                    path.push('.');
                }
                path.push_str(field.name());
            };
            self.at(name, |checker| {
                let value = message.get_field(&field);
                for rules in own {
                    checker.field(rules, &field, &value, set);
                }
                let skipped = |rules: Option<&FieldRules>| rules.is_some_and(|rules| rules.ignore == Ignore::Always);
                let inner = |rules: &FieldRules| skipped(rules.items.as_deref()) || skipped(rules.values.as_deref());
                if set && !own.iter().any(|rules| skipped(Some(rules)) || inner(rules)) {
                    checker.inside(&value);
                }
            });
        }
        self.depth -= 1;
    }

    /// What is asked of the message as such.
    fn whole(&mut self, message: &DynamicMessage, rules: &TypeRules) {
        let this = Value::Message(message.clone());
        for expression in &rules.expressions {
            self.expression(expression, &this);
        }
        let has = |name: &String| message.descriptor().get_field_by_name(name).is_some_and(|of| message.has_field(&of));
        for (fields, required) in &rules.groups {
            let count = fields.iter().filter(|name| has(name)).count();
            if count > 1 || (count == 0 && *required) {
                let words = words::of_group(fields, *required, self.text);
                self.tell("message.oneof", words);
            }
        }
        let descriptor = message.descriptor();
        for oneof in descriptor.oneofs().filter(|oneof| rules.oneofs.iter().any(|name| name == oneof.name())) {
            if !oneof.fields().any(|field| message.has_field(&field)) {
                let dot = if self.path.is_empty() { "" } else { "." };
                let words = self.text.get("rule-oneof").to_owned();
                self.at(|path| path.extend([dot, oneof.name()]), |checker| checker.tell("required", words));
            }
        }
    }

    fn field(&mut self, rules: &FieldRules, field: &FieldDescriptor, value: &Value, set: bool) {
        if rules.ignore == Ignore::Always {
            return;
        }
        if !set {
            if rules.required {
                let words = self.text.get("rule-required").to_owned();
                self.tell("required", words);
                return;
            }
            if rules.ignore == Ignore::Zero || field.supports_presence() {
                return;
            }
        }
        match value {
            Value::List(elements) => {
                self.value(rules, &field.kind(), value, Unit::Items, elements.len());
                for (index, element) in elements.iter().enumerate().filter(|_| rules.items.is_some()) {
                    let step = |path: &mut String| _ = write!(path, "[{index}]");
                    self.at(step, |checker| checker.part(rules.items.as_deref(), &field.kind(), element));
                }
            }
            Value::Map(entries) => {
                self.value(rules, &field.kind(), value, Unit::Pairs, entries.len());
                let kind = field.kind();
                let Some(entry) = kind.as_message() else { return };
                let (of_key, of_value) = (entry.map_entry_key_field().kind(), entry.map_entry_value_field().kind());
                for (key, value) in in_order(entries) {
                    self.at(key_step(key), |checker| {
                        checker.part(rules.keys.as_deref(), &of_key, &Value::from(key.clone()));
                        checker.part(rules.values.as_deref(), &of_value, value);
                    });
                }
            }
            _ => self.part(Some(rules), &field.kind(), value),
        }
    }

    /// A value that stands alone: of a field, an element, a key, the value of an entry.
    fn part(&mut self, rules: Option<&FieldRules>, kind: &Kind, value: &Value) {
        let Some(rules) = rules.filter(|rules| rules.ignore != Ignore::Always) else { return };
        if rules.ignore == Ignore::Zero && Plain::of(value, kind).is_some_and(|plain| plain.is_zero()) {
            return;
        }
        self.value(rules, kind, value, Unit::Bytes, 0);
    }

    fn value(&mut self, rules: &FieldRules, kind: &Kind, value: &Value, unit: Unit, count: usize) {
        let plain = Plain::of(value, kind);
        for rule in &rules.rules {
            if let Test::Expression(expression) = &rule.test {
                self.expression(expression, value);
                continue;
            }
            let met = match (&rule.test, value) {
                (Test::Size { unit: of, least, most }, Value::List(_) | Value::Map(_)) => {
                    *of != unit || fits(count as u64, *least, *most)
                }
                (Test::Unique, Value::List(elements)) => is_unique(elements),
                // An enum that is open takes any number.
                (Test::Defined(of), Value::EnumNumber(number)) => of.get_value(*number).is_some(),
                (test, _) => plain.as_ref().is_none_or(|plain| is_met(test, plain)),
            };
            if !met {
                let words = words::of_rule(rule, self.text);
                self.tell(rule.id.as_str(), words);
            }
        }
    }

    fn expression(&mut self, expression: &Expression, this: &Value) {
        if let Verdict::Broken(own) = expression.check(this) {
            let words = Some(&expression.message).filter(|message| !message.is_empty()).cloned().or(own);
            let words = words.unwrap_or_else(|| words::of_expression(expression, self.text));
            self.tell(expression.id.as_str(), words);
        }
    }

    /// The messages in a value.
    fn inside(&mut self, value: &Value) {
        match value {
            Value::Message(message) => self.message(message),
            Value::List(elements) if matches!(elements.first(), Some(Value::Message(_))) => {
                for (index, element) in elements.iter().enumerate() {
                    let step = |path: &mut String| _ = write!(path, "[{index}]");
                    self.at(step, |checker| checker.inside(element));
                }
            }
            Value::Map(entries) if matches!(entries.values().next(), Some(Value::Message(_))) => {
                for (key, value) in in_order(entries) {
                    self.at(key_step(key), |checker| checker.inside(value));
                }
            }
            _ => {}
        }
    }
}

/// The entries of a map in an order that stays the same.
fn in_order(entries: &std::collections::HashMap<MapKey, Value>) -> Vec<(&MapKey, &Value)> {
    let mut entries: Vec<_> = entries.iter().collect();
    entries.sort_by(|(one, _), (other, _)| one.partial_cmp(other).unwrap_or(Ordering::Equal));
    entries
}

/// `["key"]`, as paths have it everywhere.
fn key_step(key: &MapKey) -> impl FnOnce(&mut String) {
    let key = match key {
        MapKey::Bool(key) => key.to_string(),
        MapKey::I32(key) => key.to_string(),
        MapKey::I64(key) => key.to_string(),
        MapKey::U32(key) => key.to_string(),
        MapKey::U64(key) => key.to_string(),
        MapKey::String(key) => key.clone(),
    };
    move |path| _ = write!(path, "[\"{}\"]", key.escape_debug())
}

/// Whether a value alone meets what is asked; what asks of lists, and expressions, is met.
pub(super) fn is_met(test: &Test, value: &Plain) -> bool {
    match test {
        Test::Const(only) => value.is(only),
        Test::In(values) => values.iter().any(|one| value.is(one)),
        Test::NotIn(values) => !values.iter().any(|one| value.is(one)),
        Test::Range { lower, upper } => in_range(value, lower.as_ref(), upper.as_ref()),
        Test::Finite => !matches!(value, Plain::Float(number) if !number.is_finite()),
        Test::Size { unit: Unit::Characters, least, most } => match value {
            Plain::Text(value) => fits(value.chars().count() as u64, *least, *most),
            _ => true,
        },
        Test::Size { unit: Unit::Bytes, least, most } => {
            value.bytes().is_none_or(|bytes| fits(bytes.len() as u64, *least, *most))
        }
        Test::Pattern(pattern) => match value {
            Plain::Text(value) => pattern.text.as_ref().is_none_or(|pattern| pattern.is_match(value)),
            Plain::Bytes(bytes) => pattern.bytes.as_ref().is_none_or(|pattern| pattern.is_match(bytes)),
            _ => true,
        },
        Test::Prefix(part) => both(value, part, <[u8]>::starts_with),
        Test::Suffix(part) => both(value, part, <[u8]>::ends_with),
        Test::Contains(part) => both(value, part, contains),
        Test::NotContains(part) => both(value, part, |all, part| !contains(all, part)),
        Test::Format(format) => match value {
            Plain::Text(value) => format.fits(value),
            Plain::Bytes(bytes) => format.fits_bytes(bytes),
            _ => true,
        },
        Test::Past => !matches!(value, Plain::Time(time) if *time >= now()),
        Test::Future => !matches!(value, Plain::Time(time) if *time <= now()),
        Test::Within(nanos) => {
            !matches!(value, Plain::Time(time) if time.abs_diff(now()) > u128::try_from(*nanos).unwrap_or(0))
        }
        // Asked of values of another kind than the rule is for, or elsewhere.
        Test::Size { .. } | Test::Unique | Test::Defined(_) | Test::Expression(_) => true,
    }
}

fn now() -> i128 {
    jiff::Timestamp::now().as_nanosecond()
}

fn in_range(value: &Plain, lower: Option<&Bound>, upper: Option<&Bound>) -> bool {
    let above = |bound: &Bound| match value.order(&bound.value) {
        Some(order) => order.is_gt() || (bound.inclusive && order.is_eq()),
        // NaN is in no range; a value of another kind is not what the rule is about.
        None => !matches!(value, Plain::Float(_)),
    };
    let below = |bound: &Bound| match value.order(&bound.value) {
        Some(order) => order.is_lt() || (bound.inclusive && order.is_eq()),
        None => !matches!(value, Plain::Float(_)),
    };
    match (lower, upper) {
        (Some(lower), Some(upper)) if upper.is_below(lower) => above(lower) || below(upper),
        (lower, upper) => lower.is_none_or(above) && upper.is_none_or(below),
    }
}

pub(super) fn fits(count: u64, least: Option<u64>, most: Option<u64>) -> bool {
    least.is_none_or(|least| count >= least) && most.is_none_or(|most| count <= most)
}

fn both(value: &Plain, part: &Plain, holds: impl Fn(&[u8], &[u8]) -> bool) -> bool {
    match (value.bytes(), part.bytes()) {
        (Some(all), Some(part)) => holds(all, part),
        _ => true,
    }
}

fn contains(all: &[u8], part: &[u8]) -> bool {
    part.is_empty() || all.windows(part.len()).any(|window| window == part)
}

/// Whether no two elements are the same; told by their bytes, for there may be many.
fn is_unique(elements: &[Value]) -> bool {
    let mut seen = std::collections::HashSet::with_capacity(elements.len());
    elements.iter().all(|element| {
        let key: Cow<'_, [u8]> = match element {
            Value::String(text) => Cow::Borrowed(text.as_bytes()),
            Value::Bytes(bytes) => Cow::Borrowed(bytes),
            Value::F32(number) if *number == 0.0 => Cow::Borrowed(b"0"),
            Value::F64(number) if *number == 0.0 => Cow::Borrowed(b"0"),
            other => Cow::Owned(format!("{other:?}").into_bytes()),
        };
        seen.insert(key)
    })
}
