//! A field of a message, or an extension of it: both are filled in alike.
//!
//! Must not know: JSON trees, forms.

use std::borrow::Cow;

use prost_reflect::{
    Cardinality, ExtensionDescriptor, FieldDescriptor, Kind, MessageDescriptor, OneofDescriptor, Value,
};

/// What a value of a message belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MessageField {
    /// A field in the message's own definition.
    Own(FieldDescriptor),
    /// A field that another definition gave it.
    Extension(ExtensionDescriptor),
}

impl From<FieldDescriptor> for MessageField {
    fn from(field: FieldDescriptor) -> Self {
        Self::Own(field)
    }
}

impl MessageField {
    /// Its name on the screen and in a path: `count`, `[pkg.extension]`.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Own(field) => field.name(),
            Self::Extension(extension) => extension.json_name(),
        }
    }

    /// Its name where there is little room: `count`, `[extension]`.
    #[must_use]
    pub fn label(&self) -> Cow<'_, str> {
        match self {
            Self::Own(field) => Cow::Borrowed(field.name()),
            Self::Extension(extension) => Cow::Owned(format!("[{}]", extension.name())),
        }
    }

    /// Its name in JSON.
    #[must_use]
    pub fn json_name(&self) -> &str {
        match self {
            Self::Own(field) => field.json_name(),
            Self::Extension(extension) => extension.json_name(),
        }
    }

    /// Its name in the schema, package included.
    #[must_use]
    pub fn full_name(&self) -> &str {
        match self {
            Self::Own(field) => field.full_name(),
            Self::Extension(extension) => extension.full_name(),
        }
    }

    /// Its number on the wire.
    #[must_use]
    pub fn number(&self) -> u32 {
        match self {
            Self::Own(field) => field.number(),
            Self::Extension(extension) => extension.number(),
        }
    }

    /// Its type, that of an element for a list.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::Own(field) => field.kind(),
            Self::Extension(extension) => extension.kind(),
        }
    }

    /// Whether it is repeated, and no map.
    #[must_use]
    pub fn is_list(&self) -> bool {
        match self {
            Self::Own(field) => field.is_list(),
            Self::Extension(extension) => extension.is_list(),
        }
    }

    /// Whether it is a map.
    #[must_use]
    pub fn is_map(&self) -> bool {
        match self {
            Self::Own(field) => field.is_map(),
            Self::Extension(extension) => extension.is_map(),
        }
    }

    /// Whether it is a group of proto2.
    #[must_use]
    pub fn is_group(&self) -> bool {
        match self {
            Self::Own(field) => field.is_group(),
            Self::Extension(extension) => extension.is_group(),
        }
    }

    /// Optional, required or repeated.
    #[must_use]
    pub fn cardinality(&self) -> Cardinality {
        match self {
            Self::Own(field) => field.cardinality(),
            Self::Extension(extension) => extension.cardinality(),
        }
    }

    /// Whether absent is something else than empty.
    #[must_use]
    pub fn supports_presence(&self) -> bool {
        match self {
            Self::Own(field) => field.supports_presence(),
            Self::Extension(extension) => extension.supports_presence(),
        }
    }

    /// What it holds when nothing is given.
    #[must_use]
    pub fn default_value(&self) -> Value {
        match self {
            Self::Own(field) => field.default_value(),
            Self::Extension(extension) => extension.default_value(),
        }
    }

    /// The oneof that it is in; one that only stands for `optional` too.
    #[must_use]
    pub fn containing_oneof(&self) -> Option<OneofDescriptor> {
        match self {
            Self::Own(field) => field.containing_oneof(),
            Self::Extension(_) => None,
        }
    }

    /// The message that it is a field of.
    #[must_use]
    pub fn containing_message(&self) -> MessageDescriptor {
        match self {
            Self::Own(field) => field.parent_message().clone(),
            Self::Extension(extension) => extension.containing_message(),
        }
    }
}
