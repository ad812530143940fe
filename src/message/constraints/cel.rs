//! Rules that an author wrote as expressions (CEL). A message is handed to them as it is: its fields become values when
//! the expression asks for them.
//!
//! Expressions come with foreign schemas: one that is not understood, fails or panics is neither met nor broken.
//! Must not know: where rules come from.

use std::collections::HashMap;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, LazyLock};

use cel::common::ast::{CallExpr, EntryExpr, Expr};
use cel::common::traits::Indexer;
use cel::common::types::{
    CelBool, CelBytes, CelDouble, CelDuration, CelInt, CelList, CelMap, CelMapKey, CelNull, CelString, CelTimestamp,
    CelUInt, Type,
};
use cel::common::value::{CowVal, StaticVal, Val};
use cel::extractors::{Arguments, This};
use cel::{Context, Env, ExecutionError, IdedExpr};
use chrono::{DateTime, FixedOffset};
use prost_reflect::{DynamicMessage, Kind, MapKey, MessageDescriptor, ReflectMessage as _, Value};

use super::format::{Format, has_prefix, is_host_and_port};
use super::plain::{Plain, is_wrapper};

/// Bytes of an expression that is read.
const LONGEST: usize = 8 << 10;
/// Brackets in one another, and choices (`a ? b : c`), each of which the parser enters with a call of its own.
const DEEPEST: usize = 64;
/// What stands before the name of a field that is asked for its presence.
const PRESENCE: char = '?';
/// What a time answers in a zone: to a name of IANA's or an offset.
const ZONED: [&str; 10] = [
    "getFullYear",
    "getMonth",
    "getDayOfYear",
    "getDayOfMonth",
    "getDate",
    "getDayOfWeek",
    "getHours",
    "getMinutes",
    "getSeconds",
    "getMilliseconds",
];
/// The function that gives a time the offset of a zone; no expression can call it by itself.
const IN_ZONE: &str = "?in";

/// An expression that must give true, or an empty text.
pub(super) struct Expression {
    pub(super) id: String,
    /// What the author says of it; may be empty.
    pub(super) message: String,
    pub(super) source: String,
    parsed: Option<IdedExpr>,
    /// The rules that it stands in, and the value of its own.
    rule: Option<(DynamicMessage, Value)>,
}

/// What came of an expression.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Met,
    /// With what the expression itself says.
    Broken(Option<String>),
    /// It cannot be told.
    Unknown,
}

impl Expression {
    pub(super) fn new(
        id: String,
        message: String,
        source: String,
        this: Option<&MessageDescriptor>,
        rule: Option<(&DynamicMessage, &Value)>,
    ) -> Self {
        let parsed = parse(&source, this);
        let rule = rule.map(|(rules, value)| (rules.clone(), value.clone()));
        Self { id, message, source, parsed, rule }
    }

    /// Whether it is understood.
    pub(super) const fn is_understood(&self) -> bool {
        self.parsed.is_some()
    }

    /// Asks it of a value.
    pub(super) fn check(&self, this: &Value) -> Verdict {
        let Some(parsed) = &self.parsed else { return Verdict::Unknown };
        let result = catch_unwind(AssertUnwindSafe(|| {
            let mut context = BASE.new_inner_scope();
            context.add_variable_as_val("this", val(this));
            context.add_variable_as_val("now", now());
            if let Some((rules, rule)) = &self.rule {
                context.add_variable_as_val("rules", Box::new(Message(rules.clone())));
                context.add_variable_as_val("rule", val(rule));
            }
            context.resolve(parsed)
        }));
        match result {
            Ok(Ok(cel::Value::Bool(true))) => Verdict::Met,
            Ok(Ok(cel::Value::Bool(false))) => Verdict::Broken(None),
            Ok(Ok(cel::Value::String(text))) if text.is_empty() => Verdict::Met,
            Ok(Ok(cel::Value::String(text))) => Verdict::Broken(Some(text.to_string())),
            _ => Verdict::Unknown,
        }
    }
}

impl fmt::Debug for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Expression").field(&self.source).finish()
    }
}

fn parse(source: &str, this: Option<&MessageDescriptor>) -> Option<IdedExpr> {
    if source.len() > LONGEST || depth(source) > DEEPEST || source.matches('?').count() > DEEPEST {
        return None;
    }
    let parsed = catch_unwind(|| ENV.parser().parse(source)).ok()?;
    let mut parsed = parsed.ok()?;
    mark_presence(&mut parsed, this);
    Some(parsed)
}

/// How deep the brackets stand in one another, those in texts counted too.
fn depth(source: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    for byte in source.bytes() {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

/// Marks the fields asked for by `has(…)`: a message answers both questions by the same function, and a field that is
/// not set has a value all the same.
fn mark_presence(expr: &mut IdedExpr, this: Option<&MessageDescriptor>) {
    match &mut expr.expr {
        Expr::Select(select) => {
            mark_presence(&mut select.operand, this);
            if select.test && !is_map(&select.operand, this) {
                select.field.insert(0, PRESENCE);
            }
        }
        Expr::Call(call) => {
            call.target.iter_mut().for_each(|target| mark_presence(target, this));
            call.args.iter_mut().for_each(|arg| mark_presence(arg, this));
            find_zone(call);
        }
        Expr::Comprehension(all) => {
            let parts =
                [&mut all.iter_range, &mut all.accu_init, &mut all.loop_cond, &mut all.loop_step, &mut all.result];
            for part in parts {
                mark_presence(part, this);
            }
        }
        Expr::List(list) => list.elements.iter_mut().for_each(|element| mark_presence(element, this)),
        Expr::Map(map) => map.entries.iter_mut().for_each(|entry| mark_entry(&mut entry.expr, this)),
        Expr::Struct(of) => of.entries.iter_mut().for_each(|entry| mark_entry(&mut entry.expr, this)),
        Expr::Unspecified | Expr::Ident(_) | Expr::Literal(_) => {}
    }
}

/// Has our own function look up a zone: the tables of the library for expressions hold its names alone, of which it
/// takes a megabyte of pointers into each start of the program otherwise (see `.cargo/config.toml`).
fn find_zone(call: &mut CallExpr) {
    if call.args.len() == 1 && ZONED.contains(&call.func_name.as_str()) {
        call.target = call.target.take().map(|time| {
            let in_zone =
                CallExpr { func_name: IN_ZONE.to_owned(), args: std::mem::take(&mut call.args), target: Some(time) };
            Box::new(IdedExpr { id: 0, expr: Expr::Call(in_zone) })
        });
    }
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

fn mark_entry(entry: &mut EntryExpr, this: Option<&MessageDescriptor>) {
    match entry {
        EntryExpr::MapEntry(entry) => {
            mark_presence(&mut entry.key, this);
            mark_presence(&mut entry.value, this);
        }
        EntryExpr::StructField(field) => mark_presence(&mut field.value, this),
    }
}

/// Whether `this.a.b` is a map of the message that `this` is.
fn is_map(expr: &IdedExpr, this: Option<&MessageDescriptor>) -> bool {
    let mut names = Vec::new();
    let mut at = expr;
    while let Expr::Select(select) = &at.expr {
        names.push(select.field.as_str());
        at = &select.operand;
    }
    let is_this = matches!(&at.expr, Expr::Ident(name) if name == "this");
    let mut message = this.filter(|_| is_this).cloned();
    let mut last = false;
    for name in names.iter().rev() {
        let field = message.as_ref().and_then(|message| message.get_field_by_name(name));
        last = field.as_ref().is_some_and(prost_reflect::FieldDescriptor::is_map);
        message = field.and_then(|field| field.kind().as_message().cloned());
    }
    last
}

static ENV: LazyLock<Arc<Env>> = LazyLock::new(|| {
    let mut env = Env::stdlib();
    if env.add_extension(cel::extensions::strings).is_err() {
        env = Env::stdlib();
    }
    Arc::new(env)
});

/// What every expression may call: CEL's own functions, and those of protovalidate.
static BASE: LazyLock<Context<'static, 'static>> = LazyLock::new(|| {
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

fn now() -> Box<dyn Val> {
    let now = jiff::Timestamp::now();
    time(now.as_nanosecond()).unwrap_or_else(|| Box::new(CelNull))
}

fn time(nanos: i128) -> Option<Box<dyn Val>> {
    let seconds = i64::try_from(nanos.div_euclid(1_000_000_000)).ok()?;
    let rest = u32::try_from(nanos.rem_euclid(1_000_000_000)).ok()?;
    let time = DateTime::from_timestamp(seconds, rest)?;
    Some(Box::new(CelTimestamp::from(time.fixed_offset())))
}

fn duration(nanos: i128) -> Option<Box<dyn Val>> {
    let seconds = i64::try_from(nanos.div_euclid(1_000_000_000)).ok()?;
    let rest = u32::try_from(nanos.rem_euclid(1_000_000_000)).ok()?;
    Some(Box::new(CelDuration::from(chrono::Duration::new(seconds, rest)?)))
}

/// A value as expressions see it.
fn val(value: &Value) -> Box<dyn Val> {
    match value {
        Value::Bool(value) => Box::new(CelBool::from(*value)),
        Value::I32(value) | Value::EnumNumber(value) => Box::new(CelInt::from(i64::from(*value))),
        Value::I64(value) => Box::new(CelInt::from(*value)),
        Value::U32(value) => Box::new(CelUInt::from(u64::from(*value))),
        Value::U64(value) => Box::new(CelUInt::from(*value)),
        Value::F32(value) => Box::new(CelDouble::from(f64::from(*value))),
        Value::F64(value) => Box::new(CelDouble::from(*value)),
        Value::String(value) => Box::new(CelString::from(value.clone())),
        Value::Bytes(value) => Box::new(CelBytes::from(value.to_vec())),
        Value::Message(message) => message_val(message),
        Value::List(values) => Box::new(CelList::from(values.iter().map(val).collect::<Vec<_>>())),
        Value::Map(entries) => {
            let entries = entries.iter().map(|(key, value)| (key_val(key), val(value)));
            Box::new(CelMap::from(entries.collect::<HashMap<_, _>>()))
        }
    }
}

fn key_val(key: &MapKey) -> CelMapKey<'static> {
    match key {
        MapKey::Bool(key) => CelMapKey::from(*key),
        MapKey::I32(key) => CelMapKey::from(i64::from(*key)),
        MapKey::I64(key) => CelMapKey::from(*key),
        MapKey::U32(key) => CelMapKey::from(u64::from(*key)),
        MapKey::U64(key) => CelMapKey::from(*key),
        MapKey::String(key) => CelMapKey::from(key.clone()),
    }
}

fn message_val(message: &DynamicMessage) -> Box<dyn Val> {
    let descriptor = message.descriptor();
    if is_wrapper(descriptor.full_name())
        && let Some(field) = descriptor.get_field_by_name("value")
    {
        return val(&message.get_field(&field));
    }
    let known = match Plain::of(&Value::Message(message.clone()), &Kind::Message(descriptor)) {
        Some(Plain::Time(nanos)) => time(nanos),
        Some(Plain::Duration(nanos)) => duration(nanos),
        _ => None,
    };
    known.unwrap_or_else(|| Box::new(Message(message.clone())))
}

static MESSAGE: Type = Type::new_unspecified_type("message");

/// A message whose fields are read when they are asked for.
#[derive(Clone, Debug)]
struct Message(DynamicMessage);

impl Val for Message {
    fn get_type(&self) -> &Type {
        &MESSAGE
    }

    fn cel_type() -> &'static Type {
        &MESSAGE
    }

    fn equals(&self, other: &dyn Val) -> bool {
        other.downcast_ref::<Self>().is_some_and(|other| other.0 == self.0)
    }

    fn clone_as_boxed<'v>(&self) -> Box<dyn Val + 'v> {
        Box::new(self.clone())
    }

    fn as_any(&self) -> Option<&dyn std::any::Any> {
        Some(self)
    }

    fn as_indexer<'b, 'v>(&'b self) -> Option<&'b (dyn Indexer + 'v)>
    where
        Self: 'v,
    {
        Some(self)
    }

    fn into_indexer<'v>(self: Box<Self>) -> Option<Box<dyn Indexer + 'v>>
    where
        Self: 'v,
    {
        Some(self)
    }
}

impl StaticVal for Message {}

impl Indexer for Message {
    fn get<'b, 'v>(&'b self, index: &dyn Val) -> Result<CowVal<'b, 'v>, ExecutionError>
    where
        Self: 'v,
    {
        let name = index.downcast_ref::<CelString>().map(|name| name.inner().to_owned()).unwrap_or_default();
        let descriptor = self.0.descriptor();
        let (asked, name) = match name.strip_prefix(PRESENCE) {
            Some(name) => (true, name),
            None => (false, name.as_str()),
        };
        let field = descriptor.get_field_by_name(name).filter(|field| !asked || self.0.has_field(field));
        let field = field.ok_or_else(|| ExecutionError::no_such_key(name))?;
        let kind = field.kind();
        let wraps = kind.as_message().is_some_and(|message| is_wrapper(message.full_name()));
        if wraps && field.supports_presence() && !self.0.has_field(&field) {
            return Ok(CowVal::owned(CelNull));
        }
        Ok(CowVal::Owned(val(&self.0.get_field(&field))))
    }

    fn steal<'v>(self: Box<Self>, index: &dyn Val) -> Result<Box<dyn Val + 'v>, ExecutionError>
    where
        Self: 'v,
    {
        self.get(index).map(CowVal::into_owned)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn thing() -> DynamicMessage {
        let proto = r#"syntax = "proto3";
            message Thing { string name = 1; int32 age = 2; Thing inner = 3; map<string, int32> sizes = 4;
                optional string nick = 5; repeated Thing things = 6; bytes raw = 7; double weight = 8; }"#;
        DynamicMessage::new(crate::message::constraints::tests::message(proto, "Thing"))
    }

    #[track_caller]
    fn check(json: &str, source: &str, expected: &Verdict) {
        let empty = thing();
        let node = crate::message::json::parse(json).unwrap();
        let message = crate::message::read(&node, &empty.descriptor()).unwrap();
        let expression =
            Expression::new(String::new(), String::new(), source.to_owned(), Some(&empty.descriptor()), None);
        assert_eq!(expression.check(&Value::Message(message)), *expected, "{source}");
    }

    #[test]
    fn expressions_read_fields_and_their_presence() {
        let met = |json, source| check(json, source, &Verdict::Met);
        met("{}", "this.name == '' && !has(this.name) && !has(this.inner) && this.inner.age == 0");
        met(r#"{"inner": {"age": 3}}"#, "has(this.inner) && this.inner.age == 3 && !has(this.inner.inner)");
        met(r#"{"nick": ""}"#, "has(this.nick)");
        met(r#"{"sizes": {"a": 1}}"#, "has(this.sizes.a) && !has(this.sizes.b) && 'a' in this.sizes");
        met(r#"{"things": [{"nick": "x"}, {}]}"#, "this.things.exists_one(it, has(it.nick)) && size(this.things) == 2");
        met(r#"{"name": "a@b.c"}"#, "this.name.isEmail() && !this.name.isIp() && this.name.matches('^a')");
        met(r#"{"name": "::1"}"#, "this.name.isIp() && this.name.isIp(6) && !this.name.isIp(4)");
        met(r#"{"name": "10.0.0.0/8"}"#, "this.name.isIpPrefix() && this.name.isIpPrefix(4, true)");
        met(r#"{"weight": "Infinity"}"#, "this.weight.isInf() && !this.weight.isNan() && this.weight.isInf(1)");
        met("{}", "now > timestamp('2020-01-01T00:00:00Z') && [1, 2].unique() && !['a', 'a'].unique()");
        check("{}", "this.age > 0", &Verdict::Broken(None));
        check(
            "{}",
            "this.age > 0 ? '' : 'too young: %d'.format([this.age])",
            &Verdict::Broken(Some("too young: 0".into())),
        );
    }

    #[test]
    fn times_are_asked_in_zones() {
        let met = |source: &str| check("{}", source, &Verdict::Met);
        met(
            "timestamp('2026-07-01T23:30:00Z').getHours() == 23 && timestamp('2026-07-01T23:30:00Z').getHours('UTC') == 23",
        );
        met("timestamp('2026-07-01T23:30:00Z').getHours('Europe/Zurich') == 1");
        met("timestamp('2026-07-01T23:30:00Z').getDate('Europe/Zurich') == 2");
        met("timestamp('2026-01-01T23:30:00Z').getHours('America/New_York') == 18");
        met("timestamp('2026-07-01T23:30:00Z').getMinutes('-03:30') == 0");
        met("timestamp('2026-07-01T23:30:00Z').getDayOfMonth('+02:00') == 1 && duration('2h').getHours() == 2");
        for zone in ["Mars/Olympus", "+99:00", "1:2:3"] {
            check("{}", &format!("now.getHours('{zone}') >= 0"), &Verdict::Unknown);
        }
    }

    #[test]
    fn what_is_not_understood_is_neither_met_nor_broken() {
        let unknown = |source: &str| check("{}", source, &Verdict::Unknown);
        unknown("");
        unknown("this.");
        unknown("1 +");
        unknown("this.nobody == 1");
        unknown("1");
        unknown("this.age / 0 == 1");
        unknown("nothing(this)");
        unknown("9223372036854775807 + 1 > 0");
        unknown(&"(".repeat(5_000));
        unknown(&format!("{}1{}", "(".repeat(1_000), ")".repeat(1_000)));
        unknown(&"!".repeat(7_999));
        unknown(&"true ? true : ".repeat(500));
        unknown("\u{0}\u{ffff}\"");
        unknown("'\\xZZ' == ''");
    }
}
