//! Who uses a type: methods that take or return it, fields that hold it.
//!
//! Must not know: source text.

use std::fmt;

use prost_reflect::{DescriptorPool, Kind};

use super::listing::resolve;
use super::{Schema, SymbolKind, Types};

/// How something uses a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UseKind {
    /// A method takes it.
    Request,
    /// A method returns it.
    Response,
    /// A field, a map's value or an extension is of it.
    Field,
    /// An extension adds to it.
    Extension,
}

impl fmt::Display for UseKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Request => "request",
            Self::Response => "response",
            Self::Field => "field",
            Self::Extension => "extension",
        })
    }
}

/// One use of a type.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Use {
    /// In what way.
    pub kind: UseKind,
    /// Full name of the method, field or extension.
    pub by: String,
}

impl Use {
    fn new(kind: UseKind, by: &str) -> Self {
        Self { kind, by: by.to_owned() }
    }
}

impl Types {
    /// Who uses a message or an enum in these types, sorted.
    #[must_use]
    pub fn used_by(&self, full_name: &str) -> Vec<Use> {
        let mut uses = in_pool(&self.pool, full_name);
        uses.sort();
        uses.dedup();
        uses
    }
}

fn in_pool(pool: &DescriptorPool, full_name: &str) -> Vec<Use> {
    let mut uses = Vec::new();
    for method in pool.services().flat_map(|service| service.methods().collect::<Vec<_>>()) {
        if method.input().full_name() == full_name {
            uses.push(Use::new(UseKind::Request, method.full_name()));
        }
        if method.output().full_name() == full_name {
            uses.push(Use::new(UseKind::Response, method.full_name()));
        }
    }
    let is = |kind: &Kind| match kind {
        Kind::Message(message) => message.full_name() == full_name,
        Kind::Enum(one) => one.full_name() == full_name,
        _ => false,
    };
    for field in pool.all_messages().filter(|message| !message.is_map_entry()).flat_map(|message| {
        let fields: Vec<_> = message.fields().collect();
        fields
    }) {
        let kind = field.kind();
        let value = kind.as_message().filter(|_| field.is_map()).map(|entry| entry.map_entry_value_field().kind());
        if is(&kind) || value.as_ref().is_some_and(is) {
            uses.push(Use::new(UseKind::Field, field.full_name()));
        }
    }
    for extension in pool.all_extensions() {
        if is(&extension.kind()) {
            uses.push(Use::new(UseKind::Field, extension.full_name()));
        }
        if extension.containing_message().full_name() == full_name {
            uses.push(Use::new(UseKind::Extension, extension.full_name()));
        }
    }
    uses
}

impl Schema {
    /// Who uses a message or an enum in the files of this schema, sorted, as far as their texts tell: nothing is
    /// compiled. Files that are only imported are not looked at.
    #[must_use]
    pub fn used_by(&self, full_name: &str) -> Vec<Use> {
        let mut uses = Vec::new();
        for service in &self.services {
            for method in &service.methods {
                let mut add = |kind| uses.push(Use { kind, by: format!("{}.{}", service.full_name, method.name) });
                if method.input == full_name {
                    add(UseKind::Request);
                }
                if method.output == full_name {
                    add(UseKind::Response);
                }
            }
        }
        let name = full_name.rsplit('.').next().unwrap_or(full_name);
        let index = self.index();
        for at in 0..index.len() {
            let Some(symbol) = index.get(at) else { continue };
            // Few types end in the same word; only of these it is asked what they mean.
            let Some(before) = symbol.type_name.strip_suffix(name) else { continue };
            if !(before.is_empty() || before.ends_with(['.', ' '])) {
                continue;
            }
            let written: String = symbol.type_name.split_whitespace().collect();
            let by = index.full_name(at);
            // A field's type may be nested in its own message.
            let scope = match symbol.kind {
                Some(SymbolKind::Field | SymbolKind::Extension) => by.rsplit_once('.').map_or("", |(scope, _)| scope),
                _ => continue,
            };
            if resolve(&written, scope, |name| self.files.defines(name) || name == full_name) == full_name {
                uses.push(Use { kind: UseKind::Field, by });
            }
        }
        uses.sort();
        uses.dedup();
        uses
    }
}
