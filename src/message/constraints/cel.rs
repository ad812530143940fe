//! Rules that an author wrote as expressions (CEL). A message is handed to them as it is: its fields become values when
//! the expression asks for them.
//!
//! Expressions come with foreign schemas: one that is not understood, fails or panics is neither met nor broken.
//! Must not know: where rules come from.

mod functions;
mod values;

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use cel::IdedExpr;
use cel::common::ast::{CallExpr, EntryExpr, Expr};
use prost_reflect::{DynamicMessage, MessageDescriptor, Value};

use self::functions::{BASE, ENV, IN_ZONE};
use self::values::{Message, PRESENCE, now, val};

/// Bytes of an expression that is read.
const LONGEST: usize = 8 << 10;
/// Brackets in one another, and choices (`a ? b : c`), each of which the parser enters with a call of its own.
const DEEPEST: usize = 64;
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

/// Has our own function look up a zone. Of the library's own tables only UTC is in the program (`.cargo/config.toml`):
/// all of them are a megabyte of pointers, which the system corrects at each start.
fn find_zone(call: &mut CallExpr) {
    if call.args.len() == 1 && ZONED.contains(&call.func_name.as_str()) {
        call.target = call.target.take().map(|time| {
            let in_zone =
                CallExpr { func_name: IN_ZONE.to_owned(), args: std::mem::take(&mut call.args), target: Some(time) };
            Box::new(IdedExpr { id: 0, expr: Expr::Call(in_zone) })
        });
    }
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

#[cfg(test)]
mod tests {
    use prost_reflect::ReflectMessage as _;

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
