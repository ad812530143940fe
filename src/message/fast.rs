//! `ProtoJSON` text straight into a message, without a tree between. It reads what is usual and gives up at anything that
//! is not, be it wrong or only rare (comments, an extension): the reader over the tree then does all of it again, and says
//! what is wrong. So it knows no problems, and each of its rules is at most as wide as the reader's.
//!
//! Must not know: problems, positions, forms.

use std::borrow::Cow;
use std::collections::HashMap;

use prost_reflect::{DynamicMessage, EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor, Value};

use super::well_known::{WellKnown, takes_null};
use super::{ReadOptions, json, read, scalar};

/// How deep values may stand in each other here; what is deeper is left to the reader.
const DEPTH_LIMIT: usize = 60;

/// The message, or `None` where the reader must look.
pub(super) fn read_text(
    text: &str,
    descriptor: &MessageDescriptor,
    options: ReadOptions<'_>,
) -> Option<DynamicMessage> {
    let mut reader = Reader { text, bytes: text.as_bytes(), at: 0, options, types: Vec::new(), known: HashMap::new() };
    let root = reader.type_of(descriptor);
    reader.blank();
    let message = reader.message(root, 0)?;
    reader.blank();
    (reader.at == text.len()).then_some(message)
}

struct Reader<'t> {
    text: &'t str,
    bytes: &'t [u8],
    at: usize,
    options: ReadOptions<'t>,
    /// The types met so far, each looked up once.
    types: Vec<Type>,
    known: HashMap<String, usize>,
}

struct Type {
    descriptor: MessageDescriptor,
    special: Option<WellKnown>,
    fields: Vec<Field>,
    /// By JSON name and by original name.
    names: HashMap<String, usize>,
}

#[derive(Clone)]
struct Field {
    descriptor: FieldDescriptor,
    value: What,
    shape: FieldShape,
    takes_null: bool,
    in_oneof: bool,
}

#[derive(Clone)]
enum FieldShape {
    One,
    List,
    Map(Kind),
}

/// What one value is.
#[derive(Clone)]
enum What {
    Bool,
    I32,
    I64,
    U32,
    U64,
    F32,
    F64,
    String,
    Bytes,
    Enum(EnumDescriptor),
    /// The type is looked up when it is met for the first time.
    Message(MessageDescriptor, Option<usize>),
}

impl What {
    fn of(kind: Kind) -> Self {
        match kind {
            Kind::Bool => Self::Bool,
            Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => Self::I32,
            Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => Self::I64,
            Kind::Uint32 | Kind::Fixed32 => Self::U32,
            Kind::Uint64 | Kind::Fixed64 => Self::U64,
            Kind::Float => Self::F32,
            Kind::Double => Self::F64,
            Kind::String => Self::String,
            Kind::Bytes => Self::Bytes,
            Kind::Enum(descriptor) => Self::Enum(descriptor),
            Kind::Message(descriptor) => Self::Message(descriptor, None),
        }
    }
}

impl Field {
    fn new(descriptor: FieldDescriptor) -> Self {
        let kind = descriptor.kind();
        let takes_null = takes_null(&kind);
        let in_oneof = descriptor.containing_oneof().is_some();
        let (shape, value) = match kind.as_message() {
            Some(entry) if descriptor.is_map() => {
                (FieldShape::Map(entry.map_entry_key_field().kind()), entry.map_entry_value_field().kind())
            }
            _ if descriptor.is_list() => (FieldShape::List, kind),
            _ => (FieldShape::One, kind),
        };
        // Whether null stands for a value matters of single fields only: in lists and maps it is never skipped.
        Self { descriptor, value: What::of(value), shape, takes_null, in_oneof }
    }
}

impl<'t> Reader<'t> {
    fn type_of(&mut self, descriptor: &MessageDescriptor) -> usize {
        if let Some(known) = self.known.get(descriptor.full_name()) {
            return *known;
        }
        let mut names = HashMap::new();
        let mut fields = Vec::new();
        for field in descriptor.fields() {
            // A JSON name goes before the original name of another field, as in the reader.
            names.entry(field.name().to_owned()).or_insert(fields.len());
            fields.push(Field::new(field));
        }
        for (index, field) in fields.iter().enumerate() {
            names.insert(field.descriptor.json_name().to_owned(), index);
        }
        let index = self.types.len();
        self.known.insert(descriptor.full_name().to_owned(), index);
        self.types.push(Type { descriptor: descriptor.clone(), special: WellKnown::of(descriptor), fields, names });
        index
    }

    fn message(&mut self, index: usize, depth: usize) -> Option<DynamicMessage> {
        if depth > DEPTH_LIMIT {
            return None;
        }
        if let Some(special) = self.types[index].special {
            return self.well_known(index, special);
        }
        let mut message = DynamicMessage::new(self.types[index].descriptor.clone());
        if !self.open(b'{')? {
            return Some(message);
        }
        let mut next = 0;
        let mut seen = read::Seen::default();
        loop {
            let name = self.string()?;
            let known = &self.types[index];
            // Most texts have the fields in their order.
            let field = match known.fields.get(next) {
                Some(field) if field.descriptor.json_name() == name => next,
                _ => *known.names.get(&*name)?,
            };
            next = field + 1;
            if !seen.insert(known.fields[field].descriptor.number()) {
                return None;
            }
            self.blank();
            self.expect(b':')?;
            self.blank();
            self.field(index, field, &mut message, depth)?;
            if !self.go_on(b'}')? {
                return Some(message);
            }
        }
    }

    fn field(&mut self, index: usize, field: usize, message: &mut DynamicMessage, depth: usize) -> Option<()> {
        let (takes_null, in_oneof) = {
            let field = &self.types[index].fields[field];
            (field.takes_null && matches!(field.shape, FieldShape::One), field.in_oneof)
        };
        if self.bytes.get(self.at) == Some(&b'n') {
            // Null for a value is rare, null for none is not.
            return if takes_null { None } else { self.word("null") };
        }
        if in_oneof {
            let oneof = self.types[index].fields[field].descriptor.containing_oneof()?;
            if oneof.fields().any(|arm| message.has_field(&arm)) {
                return None;
            }
        }
        let shape = self.types[index].fields[field].shape.clone();
        let value = match shape {
            FieldShape::One => self.value(index, field, depth)?,
            FieldShape::List => {
                let mut elements = Vec::new();
                if self.open(b'[')? {
                    loop {
                        elements.push(self.value(index, field, depth)?);
                        if !self.go_on(b']')? {
                            break;
                        }
                    }
                }
                Value::List(elements)
            }
            FieldShape::Map(key) => {
                let mut entries = HashMap::new();
                if self.open(b'{')? {
                    loop {
                        let name = self.string()?;
                        let key = read::map_key(&name, &key).ok()?;
                        self.blank();
                        self.expect(b':')?;
                        self.blank();
                        let value = self.value(index, field, depth)?;
                        if entries.insert(key, value).is_some() {
                            return None;
                        }
                        if !self.go_on(b'}')? {
                            break;
                        }
                    }
                }
                Value::Map(entries)
            }
        };
        // It has the field's type by the way that it was made.
        *message.get_field_mut(&self.types[index].fields[field].descriptor) = value;
        Some(())
    }

    /// One value: a field's, an element, or the value of an entry.
    fn value(&mut self, index: usize, field: usize, depth: usize) -> Option<Value> {
        match &self.types[index].fields[field].value {
            What::Bool => match self.bytes.get(self.at)? {
                b't' => self.word("true").map(|()| Value::Bool(true)),
                _ => self.word("false").map(|()| Value::Bool(false)),
            },
            What::I32 => self.integer().map(Value::I32),
            What::I64 => self.integer().map(Value::I64),
            What::U32 => self.integer().map(Value::U32),
            What::U64 => self.integer().map(Value::U64),
            What::F32 => scalar::float(&self.number_or_string()?).ok().map(Value::F32),
            What::F64 => scalar::double(&self.number_or_string()?).ok().map(Value::F64),
            What::String => self.string().map(|text| Value::String(text.into_owned())),
            What::Bytes => scalar::bytes(&self.string()?).ok().map(|bytes| Value::Bytes(bytes.into())),
            What::Enum(descriptor) => {
                let descriptor = descriptor.clone();
                let name = self.string()?;
                descriptor.get_value_by_name(&name).map(|value| Value::EnumNumber(value.number()))
            }
            What::Message(_, Some(known)) => {
                let known = *known;
                self.message(known, depth + 1).map(Value::Message)
            }
            What::Message(descriptor, None) => {
                let descriptor = descriptor.clone();
                let known = self.type_of(&descriptor);
                self.types[index].fields[field].value = What::Message(descriptor, Some(known));
                self.message(known, depth + 1).map(Value::Message)
            }
        }
    }

    fn well_known(&mut self, index: usize, special: WellKnown) -> Option<DynamicMessage> {
        let moment = match special {
            WellKnown::Timestamp => scalar::timestamp(&self.string()?).ok()?,
            WellKnown::Duration => scalar::duration(&self.string()?).ok()?,
            // The others are left to the reader, each with its part of the text.
            _ => {
                let (node, rest) = json::parse_next(&self.text[self.at..]).ok()??;
                self.at = self.text.len() - rest.len();
                return read::read_with(&node, &self.types[index].descriptor, self.options).ok();
            }
        };
        let mut message = DynamicMessage::new(self.types[index].descriptor.clone());
        message.try_set_field_by_name("seconds", Value::I64(moment.0)).ok()?;
        message.try_set_field_by_name("nanos", Value::I32(moment.1)).ok()?;
        Some(message)
    }

    fn integer<T: TryFrom<i128> + scalar::Bounded + std::str::FromStr>(&mut self) -> Option<T> {
        let text = self.number_or_string()?;
        let digits = text.strip_prefix('-').unwrap_or(&text);
        let plain = digits.bytes().all(|byte| byte.is_ascii_digit()) && (digits.len() == 1 || !digits.starts_with('0'));
        if plain { text.parse().ok() } else { scalar::integer(&text).ok() }
    }

    /// A number's text, in quotes or not.
    fn number_or_string(&mut self) -> Option<Cow<'t, str>> {
        if self.bytes.get(self.at)? == &b'"' {
            return self.string();
        }
        let rest = &self.bytes[self.at..];
        let length = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(byte)).count();
        let word = &self.text[self.at..self.at + length];
        self.at += length;
        // Whether it is one is asked by who needs it; only a digit or a sign tells it from the names of the others.
        word.starts_with(|letter: char| letter.is_ascii_digit() || letter == '-')
            .then_some(word)
            .filter(|word| !word.ends_with("Infinity"))
            .map(Cow::Borrowed)
    }

    fn string(&mut self) -> Option<Cow<'t, str>> {
        if self.bytes.get(self.at) != Some(&b'"') {
            return None;
        }
        let (string, end) = json::string_at(self.text, self.at)?;
        self.at = end;
        Some(string)
    }

    fn blank(&mut self) {
        while matches!(self.bytes.get(self.at), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        (self.bytes.get(self.at) == Some(&byte)).then(|| self.at += 1)
    }

    fn word(&mut self, word: &str) -> Option<()> {
        self.bytes[self.at..].starts_with(word.as_bytes()).then(|| self.at += word.len())
    }

    /// Goes into an array or an object; whether there is anything in it.
    fn open(&mut self, bracket: u8) -> Option<bool> {
        self.expect(bracket)?;
        self.blank();
        // Of both kinds the closing bracket stands two places after the opening one.
        if self.bytes.get(self.at)? == &(bracket + 2) {
            self.at += 1;
            return Some(false);
        }
        Some(true)
    }

    /// Goes to what follows in an array or an object; whether something does.
    fn go_on(&mut self, bracket: u8) -> Option<bool> {
        self.blank();
        if self.expect(b',').is_some() {
            self.blank();
            return Some(true);
        }
        self.expect(bracket).map(|()| false)
    }
}

#[cfg(test)]
mod tests {
    use prost::Message as _;

    use super::*;
    use crate::message::tests::order;

    /// Whether the text is read here at all, and as the reader reads it.
    #[track_caller]
    fn check(text: &str, taken: bool) {
        let order = order();
        let fast = read_text(text, &order, ReadOptions::default());
        assert_eq!(fast.is_some(), taken, "{text}");
        let slow = json::parse(text).ok().and_then(|node| read::read(&node, &order).ok());
        if let Some(fast) = fast {
            let slow = slow.map(|message| message.encode_to_vec());
            assert_eq!(Some(fast.encode_to_vec()), slow, "{text}");
        }
    }

    #[test]
    fn what_is_usual_is_read_as_by_the_reader() {
        check("{}", true);
        check(" { \"name\" : \"a\\nb\" , \"i32\" : -5, \"i64\": \"7\", \"u64\": 1e3 } ", true);
        check(r#"{"items": [{"sku": "A", "count": 2}, {}], "numbers": ["-1", 2]}"#, true);
        check(r#"{"cash_amount": 1, "byId": {"3": {}}, "flag": true, "raw": "-_8"}"#, true);
        check(r#"{"createdAt": "2026-01-31T12:00:00+01:00", "ttl": "1.5s", "mask": "a,bC", "boxed": "5"}"#, true);
        check(r#"{"bag": {"x": ["y", null]}, "anyValue": {"a": 1}, "f64": "NaN", "f32": -0.5}"#, true);
        check(r#"{"detail": {"@type": "x/shop.v1.Item", "sku": "B"}, "name": null, "parent": null}"#, true);
        check(r#"{"priority": "PRIORITY_LOW", "parent": {"parent": {"name": "您好"}}}"#, true);
    }

    #[test]
    fn what_is_wrong_or_rare_is_left_to_the_reader() {
        for text in [
            "",
            "{",
            "{} x",
            "{\"name\"}",
            "{\"name\": \"a}",
            "{\"nobody\": 1}",
            "{\"name\": 1}",
            "{\"i32\": 01}",
            "{\"i32\": +1}",
            "{\"i32\": 1.5}",
            "{\"i32\": 2147483648}",
            "{\"i32\": \"\"}",
            "{\"f64\": NaN}",
            "{\"f64\": -Infinity}",
            "{\"name\": \"a\", \"name\": \"b\"}",
            "{\"i32\": 0, \"i32\": 0}",
            "{\"name\": null, \"name\": \"a\"}",
            "{\"card\": \"a\", \"swap\": {}}",
            "{\"stock\": {\"a\": \"1\", \"a\": \"2\"}}",
            "{\"stock\": {\"a\": null}}",
            "{\"items\": [null]}",
            "{\"items\": [{},]}",
            "{\"priority\": 9}",
            "{\"priority\": \"LOW\"}",
            "{\"anyValue\": null}",
            "// x\n{}",
            "[]",
        ] {
            check(text, false);
        }
        check(&format!("{}{}", r#"{"parent":"#.repeat(99) + "{}", "}".repeat(99)), false);
    }
}
