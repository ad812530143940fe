//! An `Any` being edited: its type, and the fields of that type or the bytes of one that the schema does not know.
//!
//! What was typed for another type is kept while the form lives. Must not know: toolkit.

use prost_reflect::MessageDescriptor;

use super::super::AnyTypes;
use super::super::any_types::in_reach;
use super::super::json::{Member, Node, Value};
use super::super::read::field_by_name;
use super::super::scalar;
use super::super::well_known::WellKnown;
use super::{MessageForm, ScalarForm, Shape};

/// Before the name of a type that was given without a server.
const SERVER: &str = "type.googleapis.com/";

/// An `Any` being edited.
#[derive(Clone, Debug, PartialEq)]
pub struct AnyForm {
    /// Its own type, `google.protobuf.Any`: what it may hold is of the same pool.
    pub descriptor: MessageDescriptor,
    /// What it holds.
    pub content: AnyContent,
    url: String,
    /// Its type was found, in its own pool or elsewhere.
    known: bool,
    /// It came by its plain fields, as what has a type that is no URL is written.
    plain: bool,
    /// What was given of it that its type has no place for: kept, and told.
    extra: Vec<Member>,
    /// What was typed for other types, by their URL.
    before: Vec<(String, AnyContent)>,
}

/// What an `Any` holds.
#[derive(Clone, Debug, PartialEq)]
pub enum AnyContent {
    /// It is set to nothing.
    Nothing,
    /// A message of a type in the schema.
    Message(Box<MessageForm>),
    /// Bytes of a type that is not, or that are none of theirs.
    Raw(ScalarForm),
}

impl AnyForm {
    /// One that is set to nothing.
    #[must_use]
    pub fn new(descriptor: &MessageDescriptor) -> Self {
        Self {
            descriptor: descriptor.clone(),
            content: AnyContent::Nothing,
            url: String::new(),
            known: false,
            plain: false,
            extra: Vec::new(),
            before: Vec::new(),
        }
    }

    /// Takes over what was typed for other types, and within the same one.
    pub(super) fn keep_unsaid(&mut self, old: &Self) {
        if self.url == old.url {
            if let (AnyContent::Message(form), AnyContent::Message(old)) = (&mut self.content, &old.content) {
                form.keep_unsaid(old);
            }
            self.before.clone_from(&old.before);
        }
    }

    /// About how many bytes a copy takes.
    pub(super) fn own_size(&self) -> usize {
        let content = |content: &AnyContent| match content {
            AnyContent::Nothing => 0,
            AnyContent::Message(form) => form.own_size(),
            AnyContent::Raw(bytes) => bytes.text.len(),
        };
        size_of::<Self>()
            + content(&self.content)
            + self.before.iter().map(|(_, before)| content(before)).sum::<usize>()
    }

    /// The form of its JSON; `None` for JSON that no `Any` has.
    pub(super) fn from_json(node: &Node, descriptor: &MessageDescriptor, types: &AnyTypes) -> Option<Self> {
        let Value::Object(members) = &node.value else { return None };
        let mut form = Self::new(descriptor);
        if members.is_empty() {
            return Some(form);
        }
        let mut urls = members.iter().filter(|member| member.name == "@type");
        let url = match (urls.next(), urls.next()) {
            (Some(url), None) => url,
            (None, _) => return form.take_plain(members).then_some(form),
            (Some(_), Some(_)) => return None,
        };
        let Value::String(text) = &url.value.value else { return None };
        form.url.clone_from(text);
        let others = || members.iter().filter(|member| member.name != "@type");
        let alone = match members.as_slice() {
            [_, _] => others().find(|member| member.name == "value"),
            _ => None,
        };
        let bytes = alone.and_then(|member| match &member.value.value {
            Value::String(text) => Some(text.clone()),
            _ => None,
        });
        let inner = types.find(descriptor.parent_pool(), &form.url);
        form.known = inner.is_some();
        form.content = match (inner, bytes) {
            (Some(inner), bytes) => {
                let special = WellKnown::of(&inner).is_some();
                // As the reader takes it: bytes that do not decode as their type are written raw.
                let raw = bytes.filter(|bytes| {
                    !special && field_by_name(&inner, "value").is_none() && scalar::bytes(bytes).is_ok()
                });
                match raw {
                    // What stands there while the type is looked for.
                    Some(bytes) if bytes.is_empty() => AnyContent::Message(Box::new(MessageForm::new(&inner))),
                    Some(bytes) => AnyContent::Raw(raw_bytes(bytes)),
                    None if special => {
                        let mut values = others().filter(|member| member.name == "value");
                        let value =
                            values.next().map(|member| MessageForm::from_json_with(&member.value, &inner, types));
                        form.extra = others().filter(|member| member.name != "value").chain(values).cloned().collect();
                        AnyContent::Message(Box::new(value.unwrap_or_else(|| MessageForm::new(&inner))))
                    }
                    None => {
                        let node = Node { position: node.position, value: Value::Object(others().cloned().collect()) };
                        AnyContent::Message(Box::new(MessageForm::from_json_with(&node, &inner, types)))
                    }
                }
            }
            (None, Some(bytes)) => AnyContent::Raw(raw_bytes(bytes)),
            (None, None) => {
                form.extra = others().cloned().collect();
                AnyContent::Raw(raw_bytes(String::new()))
            }
        };
        Some(form)
    }

    /// The plain fields of the message, each at most once and nothing else.
    fn take_plain(&mut self, members: &[Member]) -> bool {
        let mut bytes = None;
        let mut url = None;
        for member in members {
            let Value::String(text) = &member.value.value else { return false };
            let place = match member.name.as_str() {
                "typeUrl" | "type_url" => &mut url,
                "value" => &mut bytes,
                _ => return false,
            };
            if place.replace(text.clone()).is_some() {
                return false;
            }
        }
        let Some(url) = url else { return false };
        self.url = url;
        self.plain = true;
        self.content = AnyContent::Raw(raw_bytes(bytes.unwrap_or_default()));
        true
    }

    /// Its type as a URL; empty when it is set to nothing.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The name of its type, package included.
    #[must_use]
    pub fn type_name(&self) -> &str {
        self.url.rsplit('/').next().unwrap_or_default()
    }

    /// What stands before the name of its type, where it is not the usual.
    #[must_use]
    pub fn server(&self) -> Option<&str> {
        let (server, _) = self.url.rsplit_once('/')?;
        Some(server).filter(|server| !SERVER.starts_with(server))
    }

    /// Whether its type was found.
    #[must_use]
    pub const fn is_known(&self) -> bool {
        self.known
    }

    /// Makes it hold that type, given by its name or as a URL; nothing, by an empty text.
    pub fn choose(&mut self, wanted: &str, types: &AnyTypes) {
        let wanted = wanted.trim();
        let prefix = if wanted.is_empty() || wanted.contains('/') || wanted.contains("{{") { "" } else { SERVER };
        let url = format!("{prefix}{wanted}");
        if url == self.url && !self.plain {
            return;
        }
        let old = std::mem::replace(&mut self.url, url);
        let content = std::mem::replace(&mut self.content, AnyContent::Nothing);
        self.before.retain(|(kept, _)| *kept != old);
        self.before.push((old, content));
        self.plain = false;
        let name = self.type_name().to_owned();
        let inner = types.find(self.descriptor.parent_pool(), &name);
        self.known = inner.is_some();
        let kept = self.before.iter().position(|(url, _)| !name.is_empty() && url.rsplit('/').next() == Some(&name));
        self.content = match (kept, inner) {
            (Some(kept), _) => self.before.remove(kept).1,
            (None, _) if self.url.is_empty() => AnyContent::Nothing,
            (None, Some(inner)) => AnyContent::Message(Box::new(MessageForm::new(&inner))),
            (None, None) => AnyContent::Raw(raw_bytes(String::new())),
        };
    }

    /// What it may hold: the name of every message of the schema, in order.
    #[must_use]
    pub fn choices(&self) -> Vec<String> {
        let messages = in_reach(self.descriptor.parent_pool()).into_iter();
        let mut names: Vec<String> = messages.map(|message| message.full_name().to_owned()).collect();
        // Those that somebody would look for first.
        names.sort_unstable_by(|a, b| (is_google(a), a).cmp(&(is_google(b), b)));
        names
    }

    /// What is wrong with the type.
    #[must_use]
    pub fn problem(&self) -> Option<String> {
        if !self.extra.is_empty() {
            return Some(self.stray());
        }
        let fits = self.plain || self.url.contains('/') || self.url.contains("{{") || self.is_known();
        let nothing = self.content == AnyContent::Nothing;
        (!fits && !nothing).then(|| format!("must be a URL such as `{SERVER}{}`", self.type_name()))
    }

    fn stray(&self) -> String {
        let name = self.type_name();
        match self.content {
            AnyContent::Message(_) => format!("{name} in an Any has only \"@type\" and \"value\""),
            _ => format!("the schema has no message `{name}`; without it, give its bytes as \"value\" in base64"),
        }
    }

    pub(super) fn problem_count(&self) -> usize {
        let inner = match &self.content {
            AnyContent::Nothing => 0,
            AnyContent::Message(form) => form.problem_count(),
            AnyContent::Raw(bytes) => usize::from(bytes.problem.is_some()),
        };
        inner + usize::from(self.problem().is_some())
    }

    pub(super) fn check(&mut self) {
        match &mut self.content {
            AnyContent::Nothing => {}
            AnyContent::Message(form) => form.check(),
            AnyContent::Raw(bytes) => bytes.check(),
        }
    }

    pub(super) fn summarise(&self, out: &mut String) {
        match &self.content {
            AnyContent::Nothing => out.push_str("{ }"),
            AnyContent::Message(form) => {
                out.push_str(form.descriptor.name());
                out.push(' ');
                form.summarise(out);
            }
            AnyContent::Raw(bytes) => {
                out.push_str(self.type_name());
                out.push(' ');
                out.extend(bytes.text.chars().take(40));
            }
        }
    }

    /// Its JSON.
    #[must_use]
    pub fn to_json(&self) -> Node {
        let mut members = Vec::new();
        let is_nothing = self.content == AnyContent::Nothing;
        if !is_nothing {
            let name = if self.plain { "typeUrl" } else { "@type" };
            members.push(Member::new(name, Node::new(Value::String(self.url.clone()))));
        }
        match &self.content {
            AnyContent::Nothing => {}
            AnyContent::Message(form) => match (form.to_json(), &form.whole) {
                (Node { value: Value::Object(fields), .. }, None) => members.extend(fields),
                (value, _) => members.push(Member::new("value", value)),
            },
            AnyContent::Raw(bytes) => {
                // Fields of a type that is not known stand alone, as they were given.
                if self.extra.is_empty() || !bytes.text.is_empty() {
                    members.push(Member::new("value", bytes.to_json()));
                }
            }
        }
        members.extend(self.extra.iter().cloned());
        Node::new(Value::Object(members))
    }
}

fn raw_bytes(text: String) -> ScalarForm {
    ScalarForm::new(Shape::Bytes, text)
}

fn is_google(name: &str) -> bool {
    name.starts_with("google.protobuf.")
}
