//! Values to begin with: an example with likely values, and a template with empty ones.
//!
//! Must not know: forms.

mod likely;

use jiff::Timestamp;
use prost_reflect::{Cardinality, FieldDescriptor, Kind, MessageDescriptor, Value as Reflected};

use super::constraints::{Constraints, Part};
use super::json::{Member, Node, Value};
use super::well_known::{WellKnown, wrapped};

/// How many messages may stand in each other in an example.
const DEPTH_LIMIT: usize = 5;
/// How many values an example may hold beside those of the message's own fields: types that fan out widely would fill the
/// screen many times.
const SIZE_LIMIT: usize = 500;
/// Elements that rules ask for, and that are made, at most.
const MOST_ELEMENTS: usize = 20;

/// How much of a message an example fills.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Extent {
    /// Every field.
    #[default]
    Full,
    /// What is required, by the language or by rules, and nothing else.
    Minimal,
}

/// How an example is made.
#[derive(Clone, Copy, Debug)]
pub struct ExampleOptions<'a> {
    /// How much is filled.
    pub extent: Extent,
    /// Rules that its values are to meet, as far as that can be told cheaply.
    pub rules: Option<&'a Constraints>,
    /// What times are near to.
    pub now: Timestamp,
}

impl Default for ExampleOptions<'_> {
    fn default() -> Self {
        Self { extent: Extent::Full, rules: None, now: Timestamp::now() }
    }
}

/// A message filled with likely values; recursion is cut off.
#[must_use]
pub fn example(descriptor: &MessageDescriptor, options: ExampleOptions<'_>) -> Node {
    Filler::new(true, options).message(descriptor, "")
}

/// A message with every field at its empty value, one element in each list and map: a text to fill in.
#[must_use]
pub fn template(descriptor: &MessageDescriptor) -> Node {
    Filler::new(false, ExampleOptions::default()).message(descriptor, "")
}

struct Filler<'a> {
    likely: bool,
    options: ExampleOptions<'a>,
    /// The types that the current one stands in.
    above: Vec<MessageDescriptor>,
    size: usize,
    /// The size at which the current message is to end.
    limit: usize,
}

fn text(text: impl Into<String>) -> Node {
    Node::new(Value::String(text.into()))
}

fn number(text: impl Into<String>) -> Node {
    Node::new(Value::Number(text.into()))
}

impl<'a> Filler<'a> {
    fn new(likely: bool, options: ExampleOptions<'a>) -> Self {
        Self { likely, options, above: Vec::new(), size: 0, limit: SIZE_LIMIT }
    }

    fn message(&mut self, descriptor: &MessageDescriptor, field_name: &str) -> Node {
        if let Some(kind) = WellKnown::of(descriptor) {
            return self.well_known(descriptor, kind, field_name);
        }
        self.above.push(descriptor.clone());
        let mut members: Vec<Member> = Vec::new();
        let mut filled: Vec<FieldDescriptor> = Vec::new();
        let mut oneofs = Vec::new();
        let limit = self.limit;
        let mut left = descriptor.fields().len();
        for field in descriptor.fields() {
            // What those before did not need is for those after.
            self.limit = self.size + limit.saturating_sub(self.size) / left.max(1) + 1;
            left -= 1;
            let oneof = field.containing_oneof().filter(|oneof| !oneof.is_synthetic());
            if oneof.as_ref().is_some_and(|oneof| oneofs.contains(oneof)) {
                continue;
            }
            let twin = twin(&filled, field.name());
            if !self.wants(&field, twin.is_some()) || self.excluded(&filled, &field) || self.cut_off(&field) {
                continue;
            }
            let same = twin.and_then(|twin| members.iter().find(|member| member.name == twin.json_name()));
            let value = match same.filter(|_| self.likely) {
                Some(same) => same.value.clone(),
                None => self.field(&field),
            };
            members.push(Member::new(field.json_name(), value));
            filled.push(field);
            oneofs.extend(oneof);
        }
        self.limit = limit;
        self.above.pop();
        Node::new(Value::Object(members))
    }

    /// Whether the extent takes in the field.
    fn wants(&self, field: &FieldDescriptor, repeats: bool) -> bool {
        if self.options.extent == Extent::Full {
            return true;
        }
        let by_rules = self.options.rules.is_some_and(|rules| {
            let oneof = field.containing_oneof().filter(|oneof| !oneof.is_synthetic());
            rules.needs(field) || oneof.is_some_and(|oneof| rules.needs_oneof(&oneof)) || rules.needs_one_of(field)
        });
        repeats || field.cardinality() == Cardinality::Required || is_marked_required(field) || by_rules
    }

    /// Whether rules forbid it beside those that are filled.
    fn excluded(&self, filled: &[FieldDescriptor], field: &FieldDescriptor) -> bool {
        self.likely && self.options.rules.is_some_and(|rules| rules.excludes(filled, field))
    }

    /// Whether the field would go on for ever, or too far.
    fn cut_off(&self, field: &FieldDescriptor) -> bool {
        if field.cardinality() == Cardinality::Required && !matches!(field.kind(), Kind::Message(_)) {
            return false;
        }
        let kind = field.kind();
        let value = match kind.as_message() {
            Some(entry) if entry.is_map_entry() => entry.map_entry_value_field().kind().as_message().cloned(),
            other => other.cloned(),
        };
        let deep = value.is_some_and(|value| self.above.len() >= DEPTH_LIMIT || self.above.contains(&value));
        deep || (self.size >= self.limit.max(1) && self.above.len() > 1)
    }

    fn field(&mut self, field: &FieldDescriptor) -> Node {
        let kind = field.kind();
        match kind.as_message() {
            Some(entry) if field.is_map() => {
                let mut members: Vec<Member> = Vec::new();
                for _ in 0..self.count(field) {
                    let key = self.key(&entry.map_entry_key_field());
                    let taken: Vec<Node> = members.iter().map(|member| text(member.name.clone())).collect();
                    let key = match self.fitted(field, Part::Key, key, &taken).value {
                        Value::String(key) | Value::Number(key) => key,
                        Value::Bool(key) => key.to_string(),
                        _ => String::new(),
                    };
                    let value = self.value(&entry.map_entry_value_field(), field.name());
                    let value = self.fitted(field, Part::Value, value, &[]);
                    if members.iter().all(|member| member.name != key) {
                        members.push(Member::new(key, value));
                    }
                }
                Node::new(Value::Object(members))
            }
            _ if field.is_list() => {
                let mut elements: Vec<Node> = Vec::new();
                let unique = self.options.rules.is_some_and(|rules| rules.asks_unique(field));
                for _ in 0..self.count(field) {
                    let value = self.value(field, field.name());
                    let taken = if unique { elements.as_slice() } else { &[] };
                    elements.push(self.fitted(field, Part::Element, value, taken));
                }
                Node::new(Value::Array(elements))
            }
            _ => {
                let value = self.value(field, field.name());
                self.fitted(field, Part::Field, value, &[])
            }
        }
    }

    /// How many elements or entries: one, or as many as rules ask for.
    fn count(&self, field: &FieldDescriptor) -> usize {
        let range = self.options.rules.filter(|_| self.likely).map(|rules| rules.count(field));
        range.map_or(1, |(least, most)| least.max(1).min(most)).min(MOST_ELEMENTS)
    }

    /// A value as rules want it.
    fn fitted(&self, field: &FieldDescriptor, part: Part, likely: Node, taken: &[Node]) -> Node {
        match self.options.rules.filter(|_| self.likely) {
            Some(rules) => rules.fitted(field, part, likely, taken, self.options.now),
            None => likely,
        }
    }

    fn key(&self, field: &FieldDescriptor) -> Node {
        text(match field.kind() {
            Kind::String if self.likely => "key",
            Kind::String => "",
            Kind::Bool => "true",
            _ if self.likely => "1",
            _ => "0",
        })
    }

    fn value(&mut self, field: &FieldDescriptor, name: &str) -> Node {
        self.size += 1;
        match field.kind() {
            Kind::Message(descriptor) => self.message(&descriptor, name),
            Kind::Enum(descriptor) => {
                // The first value usually says "unspecified"; the second is the first real one.
                let values: Vec<_> = descriptor.values().collect();
                let value = if self.likely { values.iter().find(|value| value.number() != 0) } else { None };
                value.or(values.first()).map_or_else(|| number("0"), |value| text(value.name()))
            }
            kind => self.scalar(&kind, name),
        }
    }

    fn scalar(&self, kind: &Kind, name: &str) -> Node {
        let now = self.options.now;
        match kind {
            Kind::Bool => Node::new(Value::Bool(self.likely)),
            Kind::String if self.likely => text(likely::text(name, now)),
            Kind::String => text(""),
            Kind::Bytes => text(if self.likely { "ZXhhbXBsZQ==" } else { "" }),
            Kind::Double | Kind::Float => number(if self.likely { likely::fraction(name) } else { "0" }),
            Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 | Kind::Uint64 | Kind::Fixed64 => {
                text(if self.likely { likely::whole(name, true, now) } else { "0".to_owned() })
            }
            _ => number(if self.likely { likely::whole(name, false, now) } else { "0".to_owned() }),
        }
    }

    fn well_known(&mut self, descriptor: &MessageDescriptor, kind: WellKnown, name: &str) -> Node {
        let object = |members| Node::new(Value::Object(members));
        match kind {
            WellKnown::Timestamp if self.likely => text(likely::time(name, self.options.now).to_string()),
            WellKnown::Timestamp => text("1970-01-01T00:00:00Z"),
            WellKnown::Duration => text(if self.likely { duration(name) } else { "0s" }),
            WellKnown::FieldMask => text(if self.likely { "name" } else { "" }),
            WellKnown::Struct if self.likely => object(vec![Member::new("key", text("value"))]),
            WellKnown::Struct => object(Vec::new()),
            WellKnown::Value => text(if self.likely { "value" } else { "" }),
            WellKnown::ListValue => Node::new(Value::Array(if self.likely { vec![text("value")] } else { Vec::new() })),
            WellKnown::Any => {
                // A type that is there whatever the schema has.
                let url = "type.googleapis.com/google.protobuf.Duration";
                let likely = || vec![Member::new("@type", text(url)), Member::new("value", text("1.500s"))];
                object(if self.likely { likely() } else { Vec::new() })
            }
            WellKnown::Wrapper => match wrapped(descriptor) {
                Some(field) => self.value(&field, name),
                None => object(Vec::new()),
            },
        }
    }
}

fn duration(name: &str) -> &'static str {
    let has = |part: &&str| name.contains(*part);
    match name {
        _ if ["ttl", "retention", "age"].iter().any(has) => "3600s",
        _ if ["timeout", "deadline"].iter().any(has) => "30s",
        _ => "1.500s",
    }
}

/// The field that one of this name repeats, `password` for `password_again`.
fn twin<'f>(filled: &'f [FieldDescriptor], name: &str) -> Option<&'f FieldDescriptor> {
    let after = ["_again", "_confirmation", "_confirm", "_repeat", "_repeated"];
    let before = ["confirm_", "repeat_", "confirmed_"];
    let first = after.iter().find_map(|end| name.strip_suffix(end));
    let first = first.or_else(|| before.iter().find_map(|start| name.strip_prefix(start)))?;
    filled.iter().find(|field| field.name() == first)
}

/// Whether `google.api.field_behavior` says that it is required.
fn is_marked_required(field: &FieldDescriptor) -> bool {
    const REQUIRED: i32 = 2;
    field.options().extensions().any(|(extension, value)| {
        extension.full_name() == "google.api.field_behavior"
            && matches!(value, Reflected::List(all) if all.contains(&Reflected::EnumNumber(REQUIRED)))
    })
}

#[cfg(test)]
mod tests;
