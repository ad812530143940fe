//! The way from the beginning of a text to a place in it: which objects and arrays it lies in, and what they hold.
//!
//! Must not know: what is suggested there.

use prost_reflect::{Kind, MessageDescriptor};

use super::super::AnyTypes;
use super::super::json::{self, Value};
use super::super::lex::{Token, TokenKind, tokens};
use super::super::read::{extension_by_name, field_by_name};
use super::super::well_known::{WellKnown, wrapped};

/// What is expected next in an object or array.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// A name.
    Key,
    /// The colon after a name.
    Colon,
    /// A value.
    Value,
    /// A comma, or the end.
    Comma,
}

/// An object or array that the place lies in.
#[derive(Clone, Debug)]
pub(super) struct Frame {
    close: u8,
    pub(super) state: State,
    /// The name met last.
    pub(super) key: Option<String>,
    /// All names, in order.
    keys: Vec<String>,
    /// The value of `@type`.
    type_url: Option<String>,
}

impl Frame {
    fn new(open: u8) -> Self {
        let (close, state) = if open == b'{' { (b'}', State::Key) } else { (b']', State::Value) };
        Self { close, state, key: None, keys: Vec::new(), type_url: None }
    }

    const fn is_object(&self) -> bool {
        self.close == b'}'
    }

    fn value(&mut self, token: &Token, text: &str) {
        if !self.is_object() {
            self.state = State::Comma;
            return;
        }
        match self.state {
            // After a value a comma is missing.
            State::Key | State::Comma => {
                let name = words(token, text);
                self.keys.push(name.clone());
                self.key = Some(name);
                self.state = State::Colon;
            }
            State::Colon | State::Value => {
                if self.key.as_deref() == Some("@type") {
                    self.type_url = Some(words(token, text));
                }
                self.state = State::Comma;
            }
        }
    }
}

/// What a string says, or a word.
fn words(token: &Token, text: &str) -> String {
    let piece = &text[token.range.clone()];
    if !matches!(token.kind, TokenKind::String { .. }) {
        return piece.to_owned();
    }
    if piece.contains('\\')
        && let Ok(json::Node { value: Value::String(text), .. }) = json::parse(piece)
    {
        return text;
    }
    piece.trim_matches('"').to_owned()
}

/// Objects and arrays from the outermost in.
#[derive(Debug)]
pub(super) struct Way {
    frames: Vec<Frame>,
}

impl Way {
    /// The way to a place: over the pieces before it, then on from `end`, where the place ends, to learn what else is in
    /// the objects that it lies in.
    pub(super) fn new(text: &str, before: &[Token], end: usize) -> Self {
        let mut frames: Vec<Frame> = Vec::new();
        for token in before {
            step(&mut frames, token, text);
        }
        let mut way = Self { frames: frames.clone() };
        if let Some(top) = frames.last_mut()
            && top.is_object()
        {
            // What stands at the place itself is no name that is given.
            if matches!(top.state, State::Key | State::Comma) {
                top.key = None;
                top.state = State::Colon;
            } else {
                top.state = State::Comma;
            }
        }
        // How many of the objects and arrays that the place lies in are still open.
        let mut still = frames.len();
        for token in tokens(text, end) {
            let ended = step(&mut frames, &token, text);
            way.learn(frames.len(), ended, still);
            still = still.min(frames.len());
            if still == 0 {
                break;
            }
        }
        way.learn(0, frames, still);
        way
    }

    /// Takes in what objects that the place lies in turned out to hold; the first of them lies in `depth` others.
    fn learn(&mut self, depth: usize, ended: Vec<Frame>, still: usize) {
        let known = self.frames.iter_mut().take(still).skip(depth);
        for (known, frame) in known.zip(ended) {
            known.keys = frame.keys;
            known.type_url = frame.type_url;
        }
    }

    /// The innermost object or array.
    pub(super) fn top(&self) -> Option<&Frame> {
        self.frames.last()
    }

    /// The names that the innermost object has already.
    pub(super) fn given(&self) -> Vec<String> {
        self.frames.last().map(|frame| frame.keys.clone()).unwrap_or_default()
    }

    /// What the innermost object or array is, in a message of that type.
    pub(super) fn inside(&self, descriptor: &MessageDescriptor, types: &AnyTypes) -> Option<Inside> {
        let mut expected = Expected::One(Kind::Message(descriptor.clone()));
        let mut inside = None;
        for frame in &self.frames {
            let this = expected.inside(frame, types);
            expected = match (&this, frame.is_object()) {
                (Inside::List(kind), false) => Expected::One(kind.clone()),
                (_, true) => this.member(frame.key.as_deref().unwrap_or_default()),
                _ => Expected::Anything,
            };
            inside = Some(this);
        }
        inside
    }
}

/// Takes in one piece; the objects and arrays that it ends, innermost last.
fn step(frames: &mut Vec<Frame>, token: &Token, text: &str) -> Vec<Frame> {
    match token.kind {
        TokenKind::Open(open) => {
            if let Some(top) = frames.last_mut() {
                if top.is_object() && matches!(top.state, State::Key | State::Comma) {
                    // A bracket where a name should stand: what is in it is nowhere.
                    top.key = None;
                }
                top.state = State::Comma;
            }
            frames.push(Frame::new(open));
        }
        TokenKind::Close(close) => {
            if let Some(depth) = frames.iter().rposition(|frame| frame.close == close) {
                return frames.split_off(depth);
            }
        }
        TokenKind::Colon => {
            if let Some(top) = frames.last_mut().filter(|top| top.is_object()) {
                top.state = State::Value;
            }
        }
        TokenKind::Comma => {
            if let Some(top) = frames.last_mut() {
                top.state = if top.is_object() { State::Key } else { State::Value };
            }
        }
        TokenKind::String { .. } | TokenKind::Word => {
            if let Some(top) = frames.last_mut() {
                top.value(token, text);
            }
        }
        TokenKind::LineComment | TokenKind::BlockComment { .. } => {}
    }
    Vec::new()
}

/// What may stand at a place.
#[derive(Clone, Debug)]
pub(super) enum Expected {
    /// Not known.
    Anything,
    /// A value of that kind.
    One(Kind),
    /// An array.
    List(Kind),
    /// An object of entries.
    Map(Kind, Kind),
}

/// What an object or array is.
#[derive(Clone, Debug)]
pub(super) enum Inside {
    /// Not known.
    Free,
    /// A message.
    Message(MessageDescriptor),
    /// An `Any`, and the type in it where that is known.
    Any(Option<MessageDescriptor>),
    /// A map with such keys and values.
    Map(Kind, Kind),
    /// Elements of that kind.
    List(Kind),
}

impl Expected {
    fn of(kind: Kind, is_list: bool, is_map: bool) -> Self {
        match kind.as_message() {
            Some(entry) if is_map => {
                Self::Map(entry.map_entry_key_field().kind(), entry.map_entry_value_field().kind())
            }
            _ if is_list => Self::List(kind),
            _ => Self::One(kind),
        }
    }

    fn inside(&self, frame: &Frame, types: &AnyTypes) -> Inside {
        match (self, frame.is_object()) {
            (Self::List(kind), false) => Inside::List(kind.clone()),
            (Self::Map(key, value), true) => Inside::Map(key.clone(), value.clone()),
            (Self::One(Kind::Message(descriptor)), true) => match WellKnown::of(descriptor) {
                None => Inside::Message(descriptor.clone()),
                Some(WellKnown::Any) => {
                    let url = frame.type_url.as_deref();
                    Inside::Any(url.and_then(|url| types.find(descriptor.parent_pool(), url)))
                }
                Some(_) => Inside::Free,
            },
            _ => Inside::Free,
        }
    }
}

impl Inside {
    /// What the member of that name holds.
    pub(super) fn member(&self, name: &str) -> Expected {
        let descriptor = match self {
            Self::Message(descriptor) => descriptor,
            Self::Any(Some(inner)) if WellKnown::of(inner).is_some() => {
                let is_value = name == "value";
                let kind = wrapped(inner).map_or_else(|| Kind::Message(inner.clone()), |field| field.kind());
                return if is_value { Expected::One(kind) } else { Expected::Anything };
            }
            Self::Any(Some(inner)) => inner,
            Self::Map(_, value) => return Expected::One(value.clone()),
            Self::Any(None) | Self::List(_) | Self::Free => return Expected::Anything,
        };
        if let Some(field) = field_by_name(descriptor, name) {
            return Expected::of(field.kind(), field.is_list(), field.is_map());
        }
        extension_by_name(descriptor, name).map_or(Expected::Anything, |extension| {
            Expected::of(extension.kind(), extension.is_list(), extension.is_map())
        })
    }
}
