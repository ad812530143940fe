//! The rules of one type, read from its options. Both families name theirs alike, so one reader does for both; it goes
//! by names, whatever version of `validate.proto` the user has.
//!
//! Must not know: values that are checked, words.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use prost_reflect::{DynamicMessage, EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor, Value};
use regex::{Regex, bytes};

use super::cel::Expression;
use super::format::Format;
use super::plain::Plain;

/// What is asked of a type.
#[derive(Debug, Default)]
pub(super) struct TypeRules {
    /// Nothing is asked of it, nor of what is in it.
    pub(super) disabled: bool,
    pub(super) expressions: Vec<Expression>,
    /// Fields of which at most one may be set, and whether one must be.
    pub(super) groups: Vec<(Vec<String>, bool)>,
    /// Names of the oneofs of which one must be chosen.
    pub(super) oneofs: Vec<String>,
    /// By number; a field may have rules of both families.
    pub(super) fields: BTreeMap<u32, Vec<FieldRules>>,
}

impl TypeRules {
    pub(super) fn is_empty(&self) -> bool {
        self.expressions.is_empty() && self.groups.is_empty() && self.oneofs.is_empty() && self.fields.is_empty()
    }
}

/// What is asked of a field, an element, a key or a value.
#[derive(Debug, Default)]
pub(super) struct FieldRules {
    pub(super) required: bool,
    pub(super) ignore: Ignore,
    pub(super) rules: Vec<Rule>,
    pub(super) items: Option<Box<FieldRules>>,
    pub(super) keys: Option<Box<FieldRules>>,
    pub(super) values: Option<Box<FieldRules>>,
}

/// When the rules of a field do not count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Ignore {
    #[default]
    Never,
    /// While it holds nothing.
    Zero,
    Always,
}

/// One rule with its id, such as `string.min_len`.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) id: String,
    pub(super) test: Test,
}

/// What a rule asks.
#[derive(Debug)]
pub(super) enum Test {
    Const(Plain),
    In(Vec<Plain>),
    NotIn(Vec<Plain>),
    Range {
        lower: Option<Bound>,
        upper: Option<Bound>,
    },
    Finite,
    Size {
        unit: Unit,
        least: Option<u64>,
        most: Option<u64>,
    },
    Pattern(Pattern),
    Prefix(Plain),
    Suffix(Plain),
    Contains(Plain),
    NotContains(Plain),
    Format(Format),
    Unique,
    Defined(EnumDescriptor),
    Past,
    Future,
    /// Nanoseconds from now, either way.
    Within(i128),
    Expression(Expression),
}

/// An end of a range.
#[derive(Clone, Debug)]
pub(super) struct Bound {
    pub(super) value: Plain,
    pub(super) inclusive: bool,
}

impl Bound {
    /// Whether it is the upper end of a range that is meant from the outside.
    pub(super) fn is_below(&self, lower: &Self) -> bool {
        lower.value.order(&self.value).is_some_and(Ordering::is_gt)
    }
}

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    Characters,
    Bytes,
    Items,
    Pairs,
}

/// A regular expression, for texts or for bytes; neither where it is not understood.
#[derive(Debug)]
pub(super) struct Pattern {
    pub(super) source: String,
    pub(super) text: Option<Regex>,
    pub(super) bytes: Option<bytes::Regex>,
}

/// What the options of a type ask; of its fields and oneofs too.
pub(super) fn of_type(descriptor: &MessageDescriptor) -> TypeRules {
    let mut rules = TypeRules::default();
    for (extension, value) in descriptor.options().extensions() {
        match (extension.full_name(), value) {
            ("validate.disabled" | "validate.ignored", Value::Bool(true)) => rules.disabled = true,
            ("buf.validate.message", Value::Message(message)) => of_message(message, descriptor, &mut rules),
            _ => {}
        }
    }
    for oneof in descriptor.oneofs() {
        let is_required = |value: &Value| match value {
            Value::Bool(required) => *required,
            Value::Message(rules) => flag(rules, "required"),
            _ => false,
        };
        let options = oneof.options();
        let asks = |(extension, value): (prost_reflect::ExtensionDescriptor, &Value)| {
            matches!(extension.full_name(), "buf.validate.oneof" | "validate.required") && is_required(value)
        };
        if options.extensions().any(asks) {
            rules.oneofs.push(oneof.name().to_owned());
        }
    }
    for field in descriptor.fields() {
        let mut all = Vec::new();
        for (extension, value) in field.options().extensions() {
            if let ("buf.validate.field" | "validate.rules", Value::Message(message)) = (extension.full_name(), value) {
                all.push(of_field(message, &field.kind()));
            }
        }
        if !all.is_empty() {
            rules.fields.insert(field.number(), all);
        }
    }
    rules
}

fn of_message(message: &DynamicMessage, descriptor: &MessageDescriptor, rules: &mut TypeRules) {
    rules.disabled |= flag(message, "disabled");
    rules.expressions.extend(expressions(message, Some(descriptor), None));
    for group in list(message, "oneof") {
        if let Value::Message(group) = group {
            let fields = list(&group, "fields").iter().filter_map(Value::as_str).map(str::to_owned).collect();
            rules.groups.push((fields, flag(&group, "required")));
        }
    }
}

/// What a `FieldRules` of either family asks of values of that kind.
fn of_field(message: &DynamicMessage, kind: &Kind) -> FieldRules {
    let mut rules = FieldRules::default();
    let this = kind.as_message().filter(|message| !message.is_map_entry());
    rules.rules.extend(expressions(message, this, None).map(Rule::from));
    for (field, value) in message.fields() {
        match (field.name(), value) {
            ("required", Value::Bool(required)) => rules.required |= required,
            ("skipped", Value::Bool(true)) => rules.ignore = Ignore::Always,
            ("ignore_empty", Value::Bool(true)) => rules.ignore = Ignore::Zero,
            ("ignore", Value::EnumNumber(number)) => {
                rules.ignore = match number {
                    1 | 2 => Ignore::Zero,
                    3 => Ignore::Always,
                    _ => rules.ignore,
                }
            }
            ("message", Value::Message(message)) => {
                rules.required |= flag(message, "required");
                if flag(message, "skip") {
                    rules.ignore = Ignore::Always;
                }
            }
            (name, Value::Message(of_kind)) => of_type_rules(name, of_kind, kind, &mut rules),
            _ => {}
        }
    }
    rules
}

/// What the rules of one kind of value ask, such as `StringRules`.
fn of_type_rules(family: &str, message: &DynamicMessage, kind: &Kind, rules: &mut FieldRules) {
    let entry = kind.as_message().filter(|entry| entry.is_map_entry());
    let (key, value) = match entry {
        Some(entry) => (entry.map_entry_key_field().kind(), entry.map_entry_value_field().kind()),
        None => (kind.clone(), kind.clone()),
    };
    let (mut lower, mut upper) = (None, None);
    let (mut lower_name, mut upper_name) = (String::new(), String::new());
    let mut sizes: Vec<(Unit, Option<u64>, Option<u64>, String)> = Vec::new();
    let fields: Vec<(FieldDescriptor, Value)> = message.fields().map(|(field, value)| (field, value.clone())).collect();
    for (field, given) in &fields {
        let id = format!("{family}.{}", field.name());
        let plain = || Plain::of(given, kind);
        let number = given.as_u64();
        let mut put = |test: Option<Test>| rules.rules.extend(test.map(|test| Rule { id: id.clone(), test }));
        let mut size = |unit, least, most| sizes.push((unit, least, most, id.clone()));
        let unit = if family == "string" { Unit::Characters } else { Unit::Bytes };
        match (field.name(), given) {
            ("const", _) => put(plain().map(|value| Test::Const(named(value, kind)))),
            ("in", Value::List(values)) => put(Some(Test::In(plains(values, kind)))),
            ("not_in", Value::List(values)) => put(Some(Test::NotIn(plains(values, kind)))),
            ("lt" | "lte" | "gt" | "gte", _) => {
                let bound = plain().map(|value| Bound { value, inclusive: field.name().ends_with('e') });
                if field.name().starts_with('l') {
                    (upper, upper_name) = (bound, field.name().to_owned());
                } else {
                    (lower, lower_name) = (bound, field.name().to_owned());
                }
            }
            ("finite", Value::Bool(true)) => put(Some(Test::Finite)),
            ("len", _) => size(unit, number, number),
            ("min_len", _) => size(unit, number, None),
            ("max_len", _) => size(unit, None, number),
            ("len_bytes", _) => size(Unit::Bytes, number, number),
            ("min_bytes", _) => size(Unit::Bytes, number, None),
            ("max_bytes", _) => size(Unit::Bytes, None, number),
            ("min_items", _) => size(Unit::Items, number, None),
            ("max_items", _) => size(Unit::Items, None, number),
            ("min_pairs", _) => size(Unit::Pairs, number, None),
            ("max_pairs", _) => size(Unit::Pairs, None, number),
            ("pattern", Value::String(source)) => put(Some(Test::Pattern(Pattern::new(source, family)))),
            ("prefix", _) => put(plain().map(Test::Prefix)),
            ("suffix", _) => put(plain().map(Test::Suffix)),
            ("contains", _) => put(plain().map(Test::Contains)),
            ("not_contains", _) => put(plain().map(Test::NotContains)),
            ("well_known_regex", Value::EnumNumber(which)) => {
                let strict =
                    !fields.iter().any(|(field, value)| field.name() == "strict" && *value == Value::Bool(false));
                put(match which {
                    1 => Some(Test::Format(Format::HeaderName { strict })),
                    2 => Some(Test::Format(Format::HeaderValue { strict })),
                    _ => None,
                });
            }
            ("unique", Value::Bool(true)) => put(Some(Test::Unique)),
            ("defined_only", Value::Bool(true)) => put(kind.as_enum().cloned().map(Test::Defined)),
            ("lt_now", Value::Bool(true)) => put(Some(Test::Past)),
            ("gt_now", Value::Bool(true)) => put(Some(Test::Future)),
            ("within", _) => {
                if let Some(Plain::Duration(nanos)) = plain() {
                    put(Some(Test::Within(nanos)));
                }
            }
            // As protoc-gen-validate has it.
            ("required", Value::Bool(required)) => rules.required |= required,
            ("ignore_empty", Value::Bool(true)) => rules.ignore = Ignore::Zero,
            ("items", Value::Message(inner)) => rules.items = Some(Box::new(of_field(inner, kind))),
            ("keys", Value::Message(inner)) => rules.keys = Some(Box::new(of_field(inner, &key))),
            ("values", Value::Message(inner)) => rules.values = Some(Box::new(of_field(inner, &value))),
            (name, Value::Bool(true)) => put(Format::of(name).map(Test::Format)),
            _ => {}
        }
    }
    if lower.is_some() || upper.is_some() {
        let outside = lower.as_ref().zip(upper.as_ref()).is_some_and(|(lower, upper)| upper.is_below(lower));
        let between = if lower.is_some() && upper.is_some() { "_" } else { "" };
        let end = if outside { "_exclusive" } else { "" };
        let id = format!("{family}.{lower_name}{between}{upper_name}{end}");
        rules.rules.push(Rule { id, test: Test::Range { lower, upper } });
    }
    rules.rules.extend(joined(sizes));
    for (extension, given) in message.extensions() {
        let options = extension.options();
        let own = options.extensions().find(|(own, _)| own.full_name() == "buf.validate.predefined");
        if let Some((_, Value::Message(own))) = own {
            let rule = Some((message, given));
            rules.rules.extend(expressions(own, kind.as_message(), rule).map(Rule::from));
        }
    }
}

/// The least and the most of one unit as one rule.
fn joined(sizes: Vec<(Unit, Option<u64>, Option<u64>, String)>) -> Vec<Rule> {
    let mut rules: Vec<Rule> = Vec::new();
    for (unit, least, most, id) in sizes {
        let same = rules.iter_mut().find_map(|rule| match &mut rule.test {
            Test::Size { unit: of, least, most } if *of == unit => Some((least, most)),
            _ => None,
        });
        match same {
            Some((old_least, old_most)) => {
                *old_least = (*old_least).max(least);
                *old_most = [*old_most, most].into_iter().flatten().min();
            }
            None => rules.push(Rule { id, test: Test::Size { unit, least, most } }),
        }
    }
    rules
}

/// The expressions of `cel` and `cel_expression`.
fn expressions<'a>(
    message: &'a DynamicMessage,
    this: Option<&'a MessageDescriptor>,
    rule: Option<(&'a DynamicMessage, &'a Value)>,
) -> impl Iterator<Item = Expression> + 'a {
    let full = list(message, "cel").into_iter().filter_map(move |value| {
        let rule_message = value.as_message()?;
        let text = |name: &str| {
            rule_message.get_field_by_name(name).and_then(|text| text.as_str().map(str::to_owned)).unwrap_or_default()
        };
        Some(Expression::new(text("id"), text("message"), text("expression"), this, rule))
    });
    let short = list(message, "cel_expression").into_iter().filter_map(move |value| {
        let source = value.as_str()?.to_owned();
        Some(Expression::new(source.clone(), String::new(), source, this, rule))
    });
    full.chain(short)
}

impl From<Expression> for Rule {
    fn from(expression: Expression) -> Self {
        Self { id: expression.id.clone(), test: Test::Expression(expression) }
    }
}

impl Pattern {
    fn new(source: &str, family: &str) -> Self {
        let is_bytes = family == "bytes";
        let text = if is_bytes { None } else { Regex::new(source).ok() };
        let bytes = if is_bytes { bytes::Regex::new(source).ok() } else { None };
        Self { source: source.to_owned(), text, bytes }
    }
}

fn plains(values: &[Value], kind: &Kind) -> Vec<Plain> {
    values.iter().filter_map(|value| Plain::of(value, kind)).map(|value| named(value, kind)).collect()
}

/// The value of an enum by its name, where a rule gives its number.
fn named(value: Plain, kind: &Kind) -> Plain {
    match (&value, kind.as_enum()) {
        (Plain::Int(number), Some(of)) => {
            let number = i32::try_from(*number).unwrap_or_default();
            Plain::of(&Value::EnumNumber(number), &Kind::Enum(of.clone())).unwrap_or(value)
        }
        _ => value,
    }
}

fn list(message: &DynamicMessage, name: &str) -> Vec<Value> {
    let value = message.get_field_by_name(name);
    value.and_then(|value| value.as_list().map(<[Value]>::to_vec)).unwrap_or_default()
}

fn flag(message: &DynamicMessage, name: &str) -> bool {
    message.get_field_by_name(name).and_then(|value| value.as_bool()).unwrap_or_default()
}
