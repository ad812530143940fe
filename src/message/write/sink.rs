//! Where the JSON of a message goes: straight into a text, or into a tree.
//!
//! Must not know: protobuf.

use std::fmt::{Display, Write as _};

use super::super::json::{Member, Node, Value, write};

/// Takes a JSON value bit by bit. Each name is followed by its value, and what was opened is closed.
pub(super) trait Sink {
    fn null(&mut self);
    fn bool(&mut self, flag: bool);
    /// A number, as it is to be written.
    fn number(&mut self, number: impl Display);
    fn string(&mut self, text: &str);
    /// A number in quotes.
    fn quoted(&mut self, number: impl Display);
    fn open_object(&mut self);
    fn name(&mut self, name: &str);
    fn close_object(&mut self);
    fn open_array(&mut self);
    fn close_array(&mut self);
}

/// A text, on one line or with two-space indent.
pub(super) struct TextSink {
    out: String,
    pretty: bool,
    /// How many values the arrays and objects around have so far; whether the innermost is an object's, whose values
    /// follow their names.
    open: Vec<usize>,
    named: bool,
}

impl TextSink {
    pub(super) const fn new(pretty: bool) -> Self {
        Self { out: String::new(), pretty, open: Vec::new(), named: false }
    }

    pub(super) fn into_text(self) -> String {
        self.out
    }

    /// What stands between values, and before the first.
    fn begin(&mut self) {
        if std::mem::take(&mut self.named) {
            return;
        }
        let level = self.open.len();
        if let Some(count) = self.open.last_mut() {
            write::separate(&mut self.out, *count, self.pretty.then(|| level - 1));
            *count += 1;
        }
    }

    fn close(&mut self, bracket: char) {
        let empty = self.open.pop() == Some(0);
        write::close(&mut self.out, empty, self.pretty.then_some(self.open.len()));
        self.out.push(bracket);
    }

    fn open(&mut self, bracket: char) {
        self.begin();
        self.out.push(bracket);
        self.open.push(0);
    }

    fn plain(&mut self, text: &str) {
        self.begin();
        self.out.push_str(text);
    }
}

impl Sink for TextSink {
    fn null(&mut self) {
        self.plain("null");
    }

    fn bool(&mut self, flag: bool) {
        self.plain(if flag { "true" } else { "false" });
    }

    fn number(&mut self, number: impl Display) {
        self.begin();
        // Writing to a String does not fail.
        let _written = write!(self.out, "{number}");
    }

    fn string(&mut self, text: &str) {
        self.begin();
        write::string(&mut self.out, text);
    }

    fn quoted(&mut self, number: impl Display) {
        self.begin();
        let _written = write!(self.out, "\"{number}\"");
    }

    fn open_object(&mut self) {
        self.open('{');
    }

    fn name(&mut self, name: &str) {
        self.string(name);
        self.out.push_str(": ");
        self.named = true;
    }

    fn close_object(&mut self) {
        self.close('}');
    }

    fn open_array(&mut self) {
        self.open('[');
    }

    fn close_array(&mut self) {
        self.close(']');
    }
}

/// A tree.
#[derive(Default)]
pub(super) struct NodeSink {
    open: Vec<Open>,
    done: Option<Node>,
}

enum Open {
    Array(Vec<Node>),
    /// With the name of the member whose value comes next.
    Object(Vec<Member>, String),
}

impl NodeSink {
    /// The value; null if there came none.
    pub(super) fn into_node(self) -> Node {
        self.done.unwrap_or_default()
    }

    fn put(&mut self, value: Value) {
        let node = Node::new(value);
        match self.open.last_mut() {
            Some(Open::Array(elements)) => elements.push(node),
            Some(Open::Object(members, name)) => members.push(Member::new(std::mem::take(name), node)),
            None => self.done = Some(node),
        }
    }
}

impl Sink for NodeSink {
    fn null(&mut self) {
        self.put(Value::Null);
    }

    fn bool(&mut self, flag: bool) {
        self.put(Value::Bool(flag));
    }

    fn number(&mut self, number: impl Display) {
        self.put(Value::Number(number.to_string()));
    }

    fn string(&mut self, text: &str) {
        self.put(Value::String(text.to_owned()));
    }

    fn quoted(&mut self, number: impl Display) {
        self.put(Value::String(number.to_string()));
    }

    fn open_object(&mut self) {
        self.open.push(Open::Object(Vec::new(), String::new()));
    }

    fn name(&mut self, name: &str) {
        if let Some(Open::Object(_, next)) = self.open.last_mut() {
            name.clone_into(next);
        }
    }

    fn close_object(&mut self) {
        if let Some(Open::Object(members, _)) = self.open.pop() {
            self.put(Value::Object(members));
        }
    }

    fn open_array(&mut self) {
        self.open.push(Open::Array(Vec::new()));
    }

    fn close_array(&mut self) {
        if let Some(Open::Array(elements)) = self.open.pop() {
            self.put(Value::Array(elements));
        }
    }
}
