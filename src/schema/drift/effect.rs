//! What a difference breaks, which way, and why: the words are in `assets/locales/*/drift.ftl`.
//!
//! Must not know: descriptors.

use crate::text::Text;

/// How much a difference breaks, least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Impact {
    /// Nothing: both sides read each other.
    Compatible,
    /// Only source code that is made from the protos: a name that nobody sends.
    Source,
    /// JSON, which sends names and writes each type in a form of its own; the binary encoding is the same.
    Json,
    /// The binary encoding: a message is misread, refused, or loses what is in it.
    Wire,
}

impl Impact {
    /// All of them, least first.
    pub const ALL: [Self; 4] = [Self::Compatible, Self::Source, Self::Json, Self::Wire];

    /// Key of its name.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Compatible => "drift-impact-compatible",
            Self::Source => "drift-impact-source",
            Self::Json => "drift-impact-json",
            Self::Wire => "drift-impact-wire",
        }
    }

    /// What machines call it.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Compatible => "compatible",
            Self::Source => "source",
            Self::Json => "json",
            Self::Wire => "wire",
        }
    }
}

/// Which messages: requests are written by the left side and read by the right one, responses the other way round.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ways {
    /// Left to right.
    pub requests: bool,
    /// Right to left.
    pub responses: bool,
}

impl Ways {
    /// Requests only.
    pub const REQUESTS: Self = Self { requests: true, responses: false };
    /// Responses only.
    pub const RESPONSES: Self = Self { requests: false, responses: true };
    /// Both.
    pub const BOTH: Self = Self { requests: true, responses: true };

    /// What both have in common; `None` when that is nothing.
    #[must_use]
    pub const fn and(self, other: Self) -> Option<Self> {
        let common = Self { requests: self.requests && other.requests, responses: self.responses && other.responses };
        if common.requests || common.responses { Some(common) } else { None }
    }

    /// What is in either.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        Self { requests: self.requests || other.requests, responses: self.responses || other.responses }
    }

    /// Key of its name.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match (self.requests, self.responses) {
            (true, false) => "drift-way-requests",
            (false, true) => "drift-way-responses",
            _ => "drift-way-both",
        }
    }

    /// What machines call it.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match (self.requests, self.responses) {
            (true, false) => "request",
            (false, true) => "response",
            _ => "both",
        }
    }
}

/// One consequence of a difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effect {
    /// The messages that it concerns.
    pub ways: Ways,
    /// How much it breaks.
    pub impact: Impact,
    /// Why.
    pub reason: Reason,
}

/// Why something breaks, or why it does not. The writer is the side that sends, the reader the one that receives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The right side has no such service or method: calls end with UNIMPLEMENTED.
    Unimplemented,
    /// Only the right side has it; nobody here calls it.
    NotCalled,
    /// One side streams where the other has a single message.
    Streams,
    /// The type has another name; what is in it counts.
    TypeName,
    /// The reader does not know the number: the value is dropped.
    Dropped,
    /// The reader has another field or enum value at that number.
    ReadAs(String),
    /// The reader waits for something that the writer does not have.
    NeverComes,
    /// The number is reserved on the other side: it was taken out on purpose.
    Retired,
    /// JSON readers refuse a name that they do not know.
    JsonUnknown,
    /// The writer does not know it: it reads as unset.
    NotSet,
    /// The reader does not know it and passes over it, as it should.
    Unseen,
    /// The names in JSON differ.
    JsonName,
    /// The names in source code differ, those in JSON do not.
    SourceName,
    /// Another wire type: the reader cannot parse the value.
    WireType,
    /// The same wire type with another meaning.
    Misread,
    /// The reader's type holds every value of the writer's.
    Fits,
    /// The reader's type does not hold every value of the writer's.
    Range,
    /// Right as long as the bytes are UTF-8.
    Utf8,
    /// Right as long as the bytes are such a message.
    Embedded,
    /// JSON writes the two types in different forms.
    JsonForm,
    /// Of several values the reader keeps the last.
    LastOnly,
    /// The reader of a single value does not read a packed list.
    PackedUnread,
    /// A single value is read as a list of one.
    OneElement,
    /// JSON writes one as a list, the other not.
    JsonList,
    /// Readers understand packed and unpacked alike.
    PackedEither,
    /// A map is sent as a list of its entries.
    MapEntries,
    /// The reader cannot tell unset from zero.
    PresenceUnseen,
    /// The writer does not send zero: it reads as unset.
    PresenceOmitted,
    /// The reader refuses a message without it, and the writer may leave it out.
    RequiredMissing,
    /// The writer always sends what the reader does not insist on.
    RequiredSent,
    /// The writer may set several of which the reader keeps only one.
    OneofLoses,
    /// Moving into or out of the oneof loses nothing here.
    OneofSafe,
    /// Each side reads its own default when the field is unset.
    Default,
    /// The reader does not know the number of the value.
    UnknownValue,
    /// The writer never sends the value.
    ValueNotSent,
    /// A second name of the same number is known to one side only.
    Alias,
    /// A closed enum treats a number that it does not know as an unknown field.
    ClosedEnum,
    /// What is reserved protects the future; nothing that is sent changes.
    Reserved,
}

impl Reason {
    /// Key of its sentence, which [`Effect::sentence`] fills in.
    #[must_use]
    pub const fn key(&self) -> &'static str {
        match self {
            Self::Unimplemented => "drift-why-unimplemented",
            Self::NotCalled => "drift-why-not-called",
            Self::Streams => "drift-why-streams",
            Self::TypeName => "drift-why-type-name",
            Self::Dropped => "drift-why-dropped",
            Self::ReadAs(_) => "drift-why-read-as",
            Self::NeverComes => "drift-why-never-comes",
            Self::Retired => "drift-why-retired",
            Self::JsonUnknown => "drift-why-json-unknown",
            Self::NotSet => "drift-why-not-set",
            Self::Unseen => "drift-why-unseen",
            Self::JsonName => "drift-why-json-name",
            Self::SourceName => "drift-why-source-name",
            Self::WireType => "drift-why-wire-type",
            Self::Misread => "drift-why-misread",
            Self::Fits => "drift-why-fits",
            Self::Range => "drift-why-range",
            Self::Utf8 => "drift-why-utf8",
            Self::Embedded => "drift-why-embedded",
            Self::JsonForm => "drift-why-json-form",
            Self::LastOnly => "drift-why-last-only",
            Self::PackedUnread => "drift-why-packed-unread",
            Self::OneElement => "drift-why-one-element",
            Self::JsonList => "drift-why-json-list",
            Self::PackedEither => "drift-why-packed-either",
            Self::MapEntries => "drift-why-map-entries",
            Self::PresenceUnseen => "drift-why-presence-unseen",
            Self::PresenceOmitted => "drift-why-presence-omitted",
            Self::RequiredMissing => "drift-why-required-missing",
            Self::RequiredSent => "drift-why-required-sent",
            Self::OneofLoses => "drift-why-oneof-loses",
            Self::OneofSafe => "drift-why-oneof-safe",
            Self::Default => "drift-why-default",
            Self::UnknownValue => "drift-why-unknown-value",
            Self::ValueNotSent => "drift-why-value-not-sent",
            Self::Alias => "drift-why-alias",
            Self::ClosedEnum => "drift-why-closed-enum",
            Self::Reserved => "drift-why-reserved",
        }
    }

    /// What the sentence names; empty when it names nothing.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::ReadAs(name) => name,
            _ => "",
        }
    }
}

impl Effect {
    /// Why, as a sentence about the messages that go these ways. `is_server`: the right side is a server.
    #[must_use]
    pub fn sentence(&self, text: &Text, ways: Ways, is_server: bool) -> String {
        let left = ("drift-who-left", "drift-who-left-first");
        let right = if is_server {
            ("drift-who-server", "drift-who-server-first")
        } else {
            ("drift-who-other", "drift-who-other-first")
        };
        let (writer, reader) = match (ways.requests, ways.responses) {
            (true, false) => (left, right),
            (false, true) => (right, left),
            _ => (("drift-who-writer", "drift-who-writer-first"), ("drift-who-reader", "drift-who-reader-first")),
        };
        let values = [
            ("name", self.reason.name().into()),
            ("writer", text.get(writer.0).into()),
            ("Writer", text.get(writer.1).into()),
            ("reader", text.get(reader.0).into()),
            ("Reader", text.get(reader.1).into()),
        ];
        text.with(self.reason.key(), &values)
    }
}

/// What follows one way, as a rule finds it.
pub(super) type Found = Vec<(Impact, Reason)>;

/// Puts what follows each way together: what is the same both ways is said once.
pub(super) fn both_ways(requests: Found, responses: Found) -> Vec<Effect> {
    let mut effects: Vec<Effect> =
        requests.into_iter().map(|(impact, reason)| Effect { ways: Ways::REQUESTS, impact, reason }).collect();
    for (impact, reason) in responses {
        match effects.iter_mut().find(|effect| effect.impact == impact && effect.reason == reason) {
            Some(same) => same.ways = Ways::BOTH,
            None => effects.push(Effect { ways: Ways::RESPONSES, impact, reason }),
        }
    }
    effects.sort_by_key(|effect| std::cmp::Reverse(effect.impact));
    effects
}
