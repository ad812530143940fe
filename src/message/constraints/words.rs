//! The rules in words, a phrase for each.
//!
//! Must not know: how rules are read and checked.

use super::cel::Expression;
use super::plain::Plain;
use super::rules::{Bound, FieldRules, Ignore, Rule, Test, TypeRules, Unit};
use crate::text::Text;

/// Values of a list that are named.
const MOST_VALUES: usize = 12;

/// What is asked of a field.
pub(super) fn of_field(rules: &FieldRules, text: &Text) -> Vec<String> {
    if rules.ignore == Ignore::Always {
        return Vec::new();
    }
    let mut phrases: Vec<String> = Vec::new();
    if rules.required {
        phrases.push(text.get("rule-required").to_owned());
    }
    phrases.extend(rules.rules.iter().map(|rule| of_rule(rule, text)));
    let inner = [(&rules.items, "rule-each"), (&rules.keys, "rule-keys"), (&rules.values, "rule-values")];
    for (rules, key) in inner {
        let all = rules.as_ref().map(|rules| of_field(rules, text)).unwrap_or_default();
        if !all.is_empty() {
            phrases.push(text.with(key, &[("rules", all.join(", ").into())]));
        }
    }
    phrases
}

/// What is asked of a type as a whole.
pub(super) fn of_type(rules: &TypeRules, text: &Text) -> Vec<String> {
    let groups = rules.groups.iter().map(|(fields, required)| of_group(fields, *required, text));
    rules.expressions.iter().map(|expression| of_expression(expression, text)).chain(groups).collect()
}

pub(super) fn of_group(fields: &[String], required: bool, text: &Text) -> String {
    let key = if required { "rule-group-required" } else { "rule-group" };
    text.with(key, &[("fields", fields.join(", ").into())])
}

pub(super) fn of_rule(rule: &Rule, text: &Text) -> String {
    let value = |key: &str, value: &Plain| text.with(key, &[("value", value.to_string().into())]);
    match &rule.test {
        Test::Const(only) => value("rule-const", only),
        Test::In(values) => text.with("rule-in", &[("values", listed(values).into())]),
        Test::NotIn(values) => text.with("rule-not-in", &[("values", listed(values).into())]),
        Test::Range { lower, upper } => range(lower.as_ref(), upper.as_ref(), text),
        Test::Finite => text.get("rule-finite").to_owned(),
        Test::Size { unit, least, most } => size(*unit, *least, *most, text),
        Test::Pattern(pattern) => {
            let words = text.with("rule-pattern", &[("value", pattern.source.as_str().into())]);
            if pattern.text.is_some() || pattern.bytes.is_some() {
                words
            } else {
                text.with("rule-unchecked", &[("rule", words.into())])
            }
        }
        Test::Prefix(start) => value("rule-prefix", start),
        Test::Suffix(end) => value("rule-suffix", end),
        Test::Contains(part) => value("rule-contains", part),
        Test::NotContains(part) => value("rule-not-contains", part),
        Test::Format(format) => text.get(format.key()).to_owned(),
        Test::Unique => text.get("rule-unique").to_owned(),
        Test::Defined(of) => text.with("rule-defined", &[("name", of.name().into())]),
        Test::Past => text.get("rule-past").to_owned(),
        Test::Future => text.get("rule-future").to_owned(),
        Test::Within(nanos) => value("rule-within", &Plain::Duration(*nanos)),
        Test::Expression(expression) => of_expression(expression, text),
    }
}

pub(super) fn of_expression(expression: &Expression, text: &Text) -> String {
    let words = [&expression.message, &expression.source].into_iter().find(|words| !words.is_empty());
    let words = words.cloned().unwrap_or_default();
    if expression.is_understood() { words } else { text.with("rule-unchecked", &[("rule", words.into())]) }
}

fn listed(values: &[Plain]) -> String {
    let mut all: Vec<String> = values.iter().take(MOST_VALUES).map(Plain::to_string).collect();
    if values.len() > MOST_VALUES {
        all.push("…".to_owned());
    }
    all.join(", ")
}

fn range(lower: Option<&Bound>, upper: Option<&Bound>, text: &Text) -> String {
    let end = |bound: &Bound, keys: [&str; 2]| {
        text.with(keys[usize::from(bound.inclusive)], &[("value", bound.value.to_string().into())])
    };
    let low = |bound: &Bound| end(bound, ["rule-gt", "rule-gte"]);
    let high = |bound: &Bound| end(bound, ["rule-lt", "rule-lte"]);
    match (lower, upper) {
        (Some(lower), Some(upper)) => {
            // With the ends the wrong way round, what lies outside of them is meant.
            if upper.is_below(lower) {
                return text.with("rule-either", &[("one", low(lower).into()), ("other", high(upper).into())]);
            }
            if lower.inclusive && upper.inclusive {
                let ends = [("least", lower.value.to_string().into()), ("most", upper.value.to_string().into())];
                return text.with("rule-between", &ends);
            }
            text.with("rule-both", &[("one", low(lower).into()), ("other", high(upper).into())])
        }
        (Some(lower), None) => low(lower),
        (None, Some(upper)) => high(upper),
        (None, None) => String::new(),
    }
}

fn size(unit: Unit, least: Option<u64>, most: Option<u64>, text: &Text) -> String {
    let key = match unit {
        Unit::Characters => "rule-characters",
        Unit::Bytes => "rule-bytes",
        Unit::Items => "rule-items",
        Unit::Pairs => "rule-pairs",
    };
    let many = |count: u64| text.with(key, &[("count", count.into())]);
    match (least, most) {
        (Some(least), Some(most)) if least == most => text.with("rule-exactly", &[("value", many(most).into())]),
        (Some(least), Some(most)) => {
            text.with("rule-between", &[("least", least.to_string().into()), ("most", many(most).into())])
        }
        (Some(least), None) => text.with("rule-gte", &[("value", many(least).into())]),
        (None, Some(most)) => text.with("rule-lte", &[("value", many(most).into())]),
        (None, None) => String::new(),
    }
}
