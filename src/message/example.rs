//! Values to begin with: an example with likely values, and a template with empty ones.
//!
//! Must not know: forms.

use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor};

use super::json::{Member, Node, Value};
use super::well_known::{WellKnown, wrapped};

/// How many messages may stand in each other in an example.
const DEPTH_LIMIT: usize = 5;
/// How many values an example may hold: types that fan out widely would fill the screen many times.
const SIZE_LIMIT: usize = 500;

/// A message with every field filled with a likely value; recursion is cut off.
#[must_use]
pub fn example(descriptor: &MessageDescriptor) -> Node {
    Filler { likely: true, above: Vec::new(), size: 0 }.message(descriptor, "")
}

/// A message with every field at its empty value, one element in each list and map: a text to fill in.
#[must_use]
pub fn template(descriptor: &MessageDescriptor) -> Node {
    Filler { likely: false, above: Vec::new(), size: 0 }.message(descriptor, "")
}

struct Filler {
    likely: bool,
    /// The types that the current one stands in.
    above: Vec<MessageDescriptor>,
    size: usize,
}

fn text(text: impl Into<String>) -> Node {
    Node::new(Value::String(text.into()))
}

fn number(text: impl Into<String>) -> Node {
    Node::new(Value::Number(text.into()))
}

impl Filler {
    fn message(&mut self, descriptor: &MessageDescriptor, field_name: &str) -> Node {
        if let Some(kind) = WellKnown::of(descriptor) {
            return self.well_known(descriptor, kind, field_name);
        }
        self.above.push(descriptor.clone());
        let mut members = Vec::new();
        let mut filled = Vec::new();
        for field in descriptor.fields() {
            if let Some(oneof) = field.containing_oneof().filter(|oneof| !oneof.is_synthetic()) {
                if filled.contains(&oneof) || self.cut_off(&field) {
                    continue;
                }
                filled.push(oneof);
            }
            if !self.cut_off(&field) {
                members.push(Member::new(field.json_name(), self.field(&field)));
            }
        }
        self.above.pop();
        Node::new(Value::Object(members))
    }

    /// Whether the field would go on for ever, or too far.
    fn cut_off(&self, field: &FieldDescriptor) -> bool {
        let kind = field.kind();
        let value = match kind.as_message() {
            Some(entry) if entry.is_map_entry() => entry.map_entry_value_field().kind().as_message().cloned(),
            other => other.cloned(),
        };
        let deep = value.is_some_and(|value| self.above.len() >= DEPTH_LIMIT || self.above.contains(&value));
        deep || self.size >= SIZE_LIMIT
    }

    fn field(&mut self, field: &FieldDescriptor) -> Node {
        let kind = field.kind();
        match kind.as_message() {
            Some(entry) if field.is_map() => {
                let key = match entry.map_entry_key_field().kind() {
                    Kind::String if self.likely => "key",
                    Kind::String => "",
                    Kind::Bool => "true",
                    _ if self.likely => "1",
                    _ => "0",
                };
                let value = self.value(&entry.map_entry_value_field(), field.name());
                Node::new(Value::Object(vec![Member::new(key, value)]))
            }
            _ if field.is_list() => Node::new(Value::Array(vec![self.value(field, field.name())])),
            _ => self.value(field, field.name()),
        }
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
            kind => self.scalar(&kind, &name.to_lowercase()),
        }
    }

    fn scalar(&self, kind: &Kind, name: &str) -> Node {
        match kind {
            Kind::Bool => Node::new(Value::Bool(self.likely)),
            Kind::String if self.likely => text(likely_text(name)),
            Kind::String => text(""),
            Kind::Bytes => text(if self.likely { "ZXhhbXBsZQ==" } else { "" }),
            Kind::Double | Kind::Float => number(if self.likely { likely_fraction(name) } else { "0" }),
            Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 | Kind::Uint64 | Kind::Fixed64 => {
                text(if self.likely { likely_whole(name, true) } else { "0" })
            }
            _ => number(if self.likely { likely_whole(name, false) } else { "0" }),
        }
    }

    fn well_known(&mut self, descriptor: &MessageDescriptor, kind: WellKnown, name: &str) -> Node {
        let object = |members| Node::new(Value::Object(members));
        match kind {
            WellKnown::Timestamp => text(if self.likely { "2026-01-31T09:30:00Z" } else { "1970-01-01T00:00:00Z" }),
            WellKnown::Duration => text(if self.likely { "1.500s" } else { "0s" }),
            WellKnown::FieldMask => text(if self.likely { "name" } else { "" }),
            WellKnown::Struct if self.likely => object(vec![Member::new("key", text("value"))]),
            WellKnown::Struct => object(Vec::new()),
            WellKnown::Value => text(if self.likely { "value" } else { "" }),
            WellKnown::ListValue => Node::new(Value::Array(if self.likely { vec![text("value")] } else { Vec::new() })),
            WellKnown::Any => {
                // A type that is surely there, since the descriptor in hand came with its own pool.
                let pool = descriptor.parent_pool();
                let known = pool.get_message_by_name("google.protobuf.Duration").filter(|_| self.likely);
                known.map_or_else(
                    || object(Vec::new()),
                    |duration| {
                        let url = format!("type.googleapis.com/{}", duration.full_name());
                        object(vec![Member::new("@type", text(url)), Member::new("value", text("1.500s"))])
                    },
                )
            }
            WellKnown::Wrapper => match wrapped(descriptor) {
                Some(field) => self.value(&field, name),
                None => object(Vec::new()),
            },
        }
    }
}

/// A text that a field of that (lower-case) name might hold.
fn likely_text(name: &str) -> &'static str {
    const BY_PART: &[(&[&str], &str)] = &[
        (&["email", "mail"], "ada@example.com"),
        (&["phone", "mobile"], "+44 20 7946 0000"),
        (&["url", "uri", "link", "website"], "https://example.com/"),
        (&["uuid", "guid"], "123e4567-e89b-12d3-a456-426614174000"),
        (&["sku"], "B-77"),
        (&["currency"], "EUR"),
        (&["country"], "GB"),
        (&["language", "locale"], "en-GB"),
        (&["city", "town"], "London"),
        (&["street", "address"], "12 St James's Square"),
        (&["postcode", "postal", "zip"], "SW1Y 4JH"),
        (&["first_name", "given"], "Ada"),
        (&["last_name", "surname", "family"], "Lovelace"),
        (&["file", "path"], "reports/january.txt"),
        (&["host", "domain"], "example.com"),
        (&["token", "secret", "password"], "example-token"),
        (&["time", "date"], "2026-01-31T09:30:00Z"),
        (&["colour", "color"], "#3366cc"),
        (&["version"], "1.0.0"),
        (&["query", "search", "filter"], "example"),
        (&["description", "comment", "note", "message", "text", "body", "summary"], "A short text"),
        (&["title", "subject"], "A title"),
        (&["user", "customer", "owner", "author", "name"], "Ada"),
        (&["tag", "label"], "example"),
    ];
    if name == "id" || name.ends_with("_id") {
        return "id-1";
    }
    let found = BY_PART.iter().find(|(parts, _)| parts.iter().any(|part| name.contains(part)));
    found.map_or("example", |(_, likely)| likely)
}

fn likely_fraction(name: &str) -> &'static str {
    let has = |part: &&str| name.contains(*part);
    match name {
        _ if has(&"lat") => "51.5074",
        _ if ["lon", "lng"].iter().any(has) => "-0.1278",
        _ if ["price", "amount", "total", "cost"].iter().any(has) => "9.99",
        _ if ["ratio", "rate", "score", "percent"].iter().any(has) => "0.5",
        _ => "1.5",
    }
}

/// `wide`: there is room for 64 bits.
fn likely_whole(name: &str, wide: bool) -> &'static str {
    let has = |part: &&str| name.contains(*part);
    match name {
        _ if ["millis", "_ms"].iter().any(has) && wide => "1769851800000",
        _ if ["timestamp", "_at", "unix"].iter().any(has) => "1769851800",
        _ if has(&"year") => "2026",
        _ if ["page_size", "limit", "max"].iter().any(has) => "10",
        _ if has(&"port") => "8080",
        _ if ["count", "quantity"].iter().any(has) => "2",
        _ => "1",
    }
}
