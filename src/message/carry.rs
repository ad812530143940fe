//! Carries a message that was typed over to a newer version of its type: what was renamed is found again by its
//! number, what was renumbered by its name, and what is gone is left in the text as it stands.
//!
//! The text is edited where a name changes and nowhere else: comments, blanks and values that do not fit stay as they
//! were typed. Must not know: schemas, files, forms.

use std::fmt;
use std::ops::Range;

use prost_reflect::{DescriptorPool, EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor};

use super::json::{self, Member, Node, Value};
use super::read::{extension_by_name, field_by_name};
use super::well_known::WellKnown;

/// A text after its type has changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Carried {
    /// The text in the new names.
    pub text: String,
    /// What has another name now, each once, in the order of the text.
    pub renamed: Vec<Renamed>,
    /// Paths of what the old type had and the new one has not, in the order of the text. It is still in the text.
    pub kept: Vec<String>,
}

/// A field or an enum value that has another name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Renamed {
    /// As it was typed.
    pub from: String,
    /// As it is called now.
    pub to: String,
}

impl fmt::Display for Renamed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is now {}", self.from, self.to)
    }
}

/// Carries a text over from one version of a message type to another. `None` where it is not JSON or nothing in it is
/// concerned: then it stays as it is.
#[must_use]
pub fn carry(text: &str, old: &MessageDescriptor, new: &MessageDescriptor) -> Option<Carried> {
    if old == new {
        return None;
    }
    let node = json::parse(text).ok()?;
    let mut walk = Walk { text, edits: Vec::new(), path: Vec::new(), renamed: Vec::new(), kept: Vec::new() };
    walk.message(&node, old, new);
    let Walk { edits, renamed, kept, .. } = walk;
    if edits.is_empty() && kept.is_empty() {
        return None;
    }
    let mut carried = String::with_capacity(text.len());
    let mut done = 0;
    for (range, name) in edits {
        carried.push_str(&text[done..range.start]);
        carried.push_str(&Node::new(Value::String(name)).to_line());
        done = range.end;
    }
    carried.push_str(&text[done..]);
    Some(Carried { text: carried, renamed, kept })
}

struct Walk<'a> {
    text: &'a str,
    /// Strings to be replaced, in the order of the text.
    edits: Vec<(Range<usize>, String)>,
    path: Vec<String>,
    renamed: Vec<Renamed>,
    kept: Vec<String>,
}

impl Walk<'_> {
    fn message(&mut self, node: &Node, old: &MessageDescriptor, new: &MessageDescriptor) {
        let Value::Object(members) = &node.value else { return };
        match WellKnown::of(old) {
            Some(WellKnown::Any) => return self.any(members, old.parent_pool(), new.parent_pool()),
            Some(_) => return,
            None if WellKnown::of(new).is_some() => return,
            None => {}
        }
        let is_original = members.iter().any(|member| is_original(member, old));
        let fields: Vec<_> = members.iter().map(|member| field_by_name(old, &member.name)).collect();
        let targets: Vec<_> =
            fields.iter().map(|field| field.as_ref().and_then(|field| target(field, old, new))).collect();
        for ((member, field), target) in members.iter().zip(&fields).zip(&targets) {
            let Some(field) = field else {
                if extension_by_name(old, &member.name).is_some() && extension_by_name(new, &member.name).is_none() {
                    self.keep(&member.name);
                }
                continue;
            };
            // What is called that already comes first, also where it was typed before the type knew it.
            let is_taken = |target: &FieldDescriptor| {
                let mut others = members.iter().zip(&targets).filter(|(other, _)| is_named(target, other));
                others.any(|(_, own)| own.as_ref().is_none_or(|own| own == target))
            };
            let Some(target) = target.as_ref().filter(|target| is_named(target, member) || !is_taken(target)) else {
                self.keep(&member.name);
                continue;
            };
            let mut name = member.name.as_str();
            if !is_named(target, member) {
                name = if is_original { target.name() } else { target.json_name() };
                self.rename(member.position.offset, &member.name, name);
            }
            self.path.push(name.to_owned());
            self.field(&member.value, field, target);
            self.path.pop();
        }
    }

    /// The message in an `Any` stands beside its type.
    fn any(&mut self, members: &[Member], old: &DescriptorPool, new: &DescriptorPool) {
        let named = members.iter().find(|member| member.name == "@type");
        let Some(Value::String(url)) = named.map(|member| &member.value.value) else { return };
        let name = url.rsplit('/').next().unwrap_or_default();
        if let (Some(old), Some(new)) = (old.get_message_by_name(name), new.get_message_by_name(name))
            && WellKnown::of(&old).is_none()
        {
            let fields = members.iter().filter(|member| member.name != "@type").cloned().collect();
            self.message(&Node::new(Value::Object(fields)), &old, &new);
        }
    }

    fn field(&mut self, node: &Node, old: &FieldDescriptor, new: &FieldDescriptor) {
        match (&node.value, entry_value(old), entry_value(new)) {
            (Value::Object(members), Some(old), Some(new)) => {
                for member in members {
                    self.path.push(member.name.clone());
                    self.value(&member.value, &old, &new);
                    self.path.pop();
                }
            }
            (_, Some(_), _) | (_, _, Some(_)) => {}
            (Value::Array(elements), None, None) if old.is_list() => {
                for (index, element) in elements.iter().enumerate() {
                    self.path.push(format!("[{index}]"));
                    self.value(element, &old.kind(), &new.kind());
                    self.path.pop();
                }
            }
            _ => self.value(node, &old.kind(), &new.kind()),
        }
    }

    fn value(&mut self, node: &Node, old: &Kind, new: &Kind) {
        match (old, new, &node.value) {
            (Kind::Message(old), Kind::Message(new), _) => self.message(node, old, new),
            (Kind::Enum(old), Kind::Enum(new), Value::String(name)) => {
                if let Some(to) = renamed_value(name, old, new) {
                    self.rename(node.position.offset, name, &to);
                }
            }
            _ => {}
        }
    }

    /// Puts another string in place of the one that begins there.
    fn rename(&mut self, start: usize, from: &str, to: &str) {
        let Some(end) = end_of_string(self.text, start) else { return };
        self.edits.push((start..end, to.to_owned()));
        let renamed = Renamed { from: from.to_owned(), to: to.to_owned() };
        if !self.renamed.contains(&renamed) {
            self.renamed.push(renamed);
        }
    }

    fn keep(&mut self, name: &str) {
        let mut path = String::new();
        for step in self.path.iter().map(String::as_str).chain([name]) {
            if !path.is_empty() && !step.starts_with('[') {
                path.push('.');
            }
            path.push_str(step);
        }
        self.kept.push(path);
    }
}

/// The field of the new type that an old one has become.
fn target(field: &FieldDescriptor, old: &MessageDescriptor, new: &MessageDescriptor) -> Option<FieldDescriptor> {
    let named = new.get_field_by_name(field.name()).or_else(|| new.get_field_by_json_name(field.json_name()));
    // A number that went to another field of the old type is no trace of this one.
    let is_new = |other: &FieldDescriptor| old.get_field_by_name(other.name()).is_none();
    let numbered = new.get_field(field.number()).filter(|other| fits(field, other));
    match (named, numbered) {
        (Some(named), _) if named.number() == field.number() => Some(named),
        (Some(_), Some(numbered)) if is_exchanged(field, old, new) => Some(numbered),
        (Some(named), Some(numbered)) if !fits(field, &named) && is_new(&numbered) => Some(numbered),
        (Some(named), _) => Some(named),
        (None, numbered) => numbered.filter(is_new),
    }
}

/// Whether fields have changed names with each other: from number to name to number the way leads back, and on it are
/// only names and numbers that were there before. What was merely moved up or down leads to new ones.
fn is_exchanged(field: &FieldDescriptor, old: &MessageDescriptor, new: &MessageDescriptor) -> bool {
    let mut at = field.clone();
    for _ in 0..old.fields().len() {
        let after = new.get_field(at.number()).filter(|after| fits(&at, after));
        let Some(before) = after.and_then(|after| old.get_field_by_name(after.name())) else { return false };
        if before == *field {
            return true;
        }
        at = before;
    }
    false
}

/// Whether values of the one may stand in the other.
fn fits(old: &FieldDescriptor, new: &FieldDescriptor) -> bool {
    if old.is_map() != new.is_map() || old.is_list() != new.is_list() {
        return false;
    }
    match (entry_value(old), entry_value(new)) {
        (Some(old), Some(new)) => kinds_fit(&old, &new),
        _ => kinds_fit(&old.kind(), &new.kind()),
    }
}

fn kinds_fit(old: &Kind, new: &Kind) -> bool {
    match (old, new) {
        // A type that is there as before, but not here, was not renamed.
        (Kind::Message(old), Kind::Message(new)) => {
            old.full_name() == new.full_name()
                || (WellKnown::of(old).is_none()
                    && WellKnown::of(new).is_none()
                    && new.parent_pool().get_message_by_name(old.full_name()).is_none())
        }
        (Kind::Enum(old), Kind::Enum(new)) => {
            old.full_name() == new.full_name() || new.parent_pool().get_enum_by_name(old.full_name()).is_none()
        }
        (Kind::Message(_) | Kind::Enum(_), _) | (_, Kind::Message(_) | Kind::Enum(_)) => false,
        _ => old == new || (is_number(old) && is_number(new)),
    }
}

const fn is_number(kind: &Kind) -> bool {
    !matches!(kind, Kind::Bool | Kind::String | Kind::Bytes | Kind::Message(_) | Kind::Enum(_))
}

/// What the entries of a map hold.
fn entry_value(field: &FieldDescriptor) -> Option<Kind> {
    let kind = field.kind();
    let entry = kind.as_message().filter(|_| field.is_map())?;
    Some(entry.map_entry_value_field().kind())
}

/// Whether the member is called as the field.
fn is_named(field: &FieldDescriptor, member: &Member) -> bool {
    member.name == field.json_name() || member.name == field.name()
}

/// Whether the member is written with the name of the proto file, where that is not the name in JSON.
fn is_original(member: &Member, old: &MessageDescriptor) -> bool {
    old.get_field_by_name(&member.name).is_some_and(|field| field.json_name() != member.name)
}

/// What a value of the enum is called now, where that is something else.
fn renamed_value(name: &str, old: &EnumDescriptor, new: &EnumDescriptor) -> Option<String> {
    let value = old.get_value_by_name(name)?;
    if new.get_value_by_name(name).is_some() {
        return None;
    }
    Some(new.get_value(value.number())?.name().to_owned())
}

/// Where the string ends whose opening quote stands at `start`.
fn end_of_string(text: &str, start: usize) -> Option<usize> {
    let mut bytes = text.bytes().enumerate().skip(start);
    bytes.next().filter(|(_, byte)| *byte == b'"')?;
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'"' => return Some(at + 1),
            b'\\' => {
                bytes.next();
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(fields: &str) -> MessageDescriptor {
        struct One(String);
        impl protox::file::FileResolver for One {
            fn open_file(&self, name: &str) -> Result<protox::file::File, protox::Error> {
                if name == "m.proto" {
                    return protox::file::File::from_source(name, &self.0);
                }
                protox::file::GoogleFileResolver::new().open_file(name)
            }
        }
        let source = format!(
            "syntax = \"proto3\"; import \"google/protobuf/any.proto\"; import \"google/protobuf/timestamp.proto\"; \
             {fields}"
        );
        let mut compiler = protox::Compiler::with_file_resolver(One(source));
        compiler.include_imports(true).open_file("m.proto").unwrap();
        compiler.descriptor_pool().get_message_by_name("M").unwrap()
    }

    #[track_caller]
    fn check_all(old: &str, new: &str, text: &str, expected: &str) {
        let carried =
            carry(text, &message(old), &message(new)).unwrap_or(Carried { text: text.into(), ..Carried::default() });
        let renamed: Vec<_> = carried.renamed.iter().map(ToString::to_string).collect();
        let found = format!("{} | {} | {}", carried.text, renamed.join(", "), carried.kept.join(", "));
        assert_eq!(found, expected);
    }

    /// The same for one message of these fields.
    #[track_caller]
    fn check(old: &str, new: &str, text: &str, expected: &str) {
        check_all(&format!("message M {{ {old} }}"), &format!("message M {{ {new} }}"), text, expected);
    }

    #[test]
    fn a_renamed_field_is_found_by_its_number() {
        check(
            "string name = 1;",
            "string full_name = 1;",
            "{\"name\": \"Ada\"}",
            "{\"fullName\": \"Ada\"} | name is now fullName | ",
        );
        check(
            "string first_name = 1; int32 age = 2;",
            "string given_name = 1; int64 years = 2;",
            "{ // who\n  \"first_name\":\"A\\\"da\",\n  \"age\" : 7,\n}",
            "{ // who\n  \"given_name\":\"A\\\"da\",\n  \"years\" : 7,\n} | first_name is now given_name, age is now years | ",
        );
        check("string aB = 1;", "string b = 1;", "{\"\\u0061B\": 1}", "{\"b\": 1} | aB is now b | ");
    }

    #[test]
    fn a_renumbered_field_keeps_its_name() {
        check("string a = 1; string b = 2;", "string a = 11; string b = 2;", "{\"a\": \"x\"}", "{\"a\": \"x\"} |  | ");
        // One more at the top moves all others.
        check(
            "string a = 1; string b = 2;",
            "string x = 1; string a = 2; string b = 3;",
            "{\"a\": \"1\", \"b\": \"2\"}",
            "{\"a\": \"1\", \"b\": \"2\"} |  | ",
        );
        // The first of three is gone, the others moved up.
        check(
            "string a = 1; string b = 2; string c = 3;",
            "string b = 1; string c = 2;",
            "{\"a\": \"1\", \"b\": \"2\", \"c\": \"3\"}",
            "{\"a\": \"1\", \"b\": \"2\", \"c\": \"3\"} |  | a",
        );
    }

    #[test]
    fn names_that_were_exchanged_follow_their_numbers() {
        check(
            "string a = 1; string b = 2;",
            "string b = 1; string a = 2;",
            "{\"a\": \"1\", \"b\": \"2\"}",
            "{\"b\": \"1\", \"a\": \"2\"} | a is now b, b is now a | ",
        );
        check(
            "string a = 1; string b = 2; string c = 3;",
            "string b = 1; int32 c = 2; string a = 3;",
            "{\"a\": \"1\", \"b\": \"2\", \"c\": \"3\"}",
            "{\"a\": \"1\", \"b\": \"2\", \"c\": \"3\"} |  | ",
        );
        // The types tell that they were only renumbered.
        check(
            "string a = 1; int32 b = 2;",
            "int32 b = 1; string a = 2;",
            "{\"a\": \"1\", \"b\": 2}",
            "{\"a\": \"1\", \"b\": 2} |  | ",
        );
    }

    #[test]
    fn what_is_gone_or_of_another_type_stays_as_it_is() {
        check("string a = 1;", "int32 z = 9;", "{\"a\": \"x\", \"q\": 1}", "{\"a\": \"x\", \"q\": 1} |  | a");
        check("string a = 1;", "int32 b = 1;", "{\"a\": \"x\"}", "{\"a\": \"x\"} |  | a");
        check_all(
            "message M { A a = 1; } message A {} message B {}",
            "message M { B b = 1; } message A {} message B {}",
            "{\"a\": {}}",
            "{\"a\": {}} |  | a",
        );
        check("string a = 1;", "repeated string b = 1;", "{\"a\": \"x\"}", "{\"a\": \"x\"} |  | a");
        check("string a = 1;", "int32 a = 1;", "{\"a\": \"x\"}", "{\"a\": \"x\"} |  | ");
        check("string a = 1;", "string b = 1;", "{\"a\": \"x", "{\"a\": \"x |  | ");
        check("string a = 1;", "string b = 1;", "{\"a\": \"x\", \"b\": \"y\"}", "{\"a\": \"x\", \"b\": \"y\"} |  | a");
        check("string a = 1;", "string b = 1;", "[1]", "[1] |  | ");
    }

    #[test]
    fn what_is_inside_is_carried_too() {
        let old = "message M { repeated I items = 1; map<string, I> by_id = 2; oneof way { string card = 3; I swap = 4; } \
                   E e = 5; repeated E es = 6; google.protobuf.Any any = 7; google.protobuf.Timestamp at = 8; M next = 9; } \
                   message I { string sku = 1; int32 gone = 2; } message J { string sku = 1; } enum E { ZERO = 0; LOW = 1; HIGH = 2; }";
        let new = "message M { repeated Item lines = 1; map<string, Item> by_key = 2; oneof pay { string cash = 3; Item swap = 4; } \
                   E e = 5; repeated E es = 6; google.protobuf.Any any = 7; google.protobuf.Timestamp at = 8; M next = 9; } \
                   message Item { string code = 1; } message J { string code = 1; } enum E { ZERO = 0; SMALL = 1; HIGH = 3; }";
        check_all(
            old,
            new,
            "{\"items\": [{\"sku\": \"a\", \"gone\": 1}], \"byId\": {\"sku\": {\"sku\": \"b\"}}, \"next\": {\"card\": \"c\", \
             \"swap\": {\"sku\": \"{{v}}\"}}}",
            "{\"lines\": [{\"code\": \"a\", \"gone\": 1}], \"byKey\": {\"sku\": {\"code\": \"b\"}}, \"next\": {\"cash\": \"c\", \
             \"swap\": {\"code\": \"{{v}}\"}}} | items is now lines, sku is now code, byId is now byKey, card is now cash \
             | lines[0].gone",
        );
        check_all(
            old,
            new,
            "{\"e\": \"LOW\", \"es\": [\"HIGH\", \"LOW\", 1, \"NONE\"], \"any\": {\"@type\": \"x/J\", \"sku\": \"d\"}, \"at\": \"now\"}",
            "{\"e\": \"SMALL\", \"es\": [\"HIGH\", \"SMALL\", 1, \"NONE\"], \"any\": {\"@type\": \"x/J\", \"code\": \"d\"}, \
             \"at\": \"now\"} | LOW is now SMALL, sku is now code | ",
        );
    }
}
