//! Editions, and what else of the language the parser and the pool do not know, made into what they know.
//!
//! A source is masked in place before it is parsed, so that every line and column stays right; what was masked is given
//! back to the descriptor. The descriptor of an edition, from a source or from elsewhere, is then rewritten as proto2 or
//! proto3 with the same meaning on the wire; [`Original`] keeps what it was, and [`raise`] undoes it.
//!
//! What no rewriting can say: implicit presence in a file that also has an enum beginning with another number than 0
//! or fields that differ in case or underscores only (its fields are shown with presence), `utf8_validation = NONE`
//! (text is always checked), closed enums (all are open), visibility (it is shown, not enforced).
//!
//! What protoc compiles and is refused here: `edition = "UNSTABLE"` (where scalar types mean others), extensions of
//! `MessageSet`s with numbers above 536,870,911, and options that are extended by themselves inside their own values.
//!
//! Must not know: where files come from, pools.

mod descriptor;
mod features;
#[cfg(any(test, fuzzing))]
pub(super) mod fuzz;
mod mask;
mod proto;
mod restore;
mod token;

use std::collections::HashMap;

use bytes::Bytes;
use prost::Message as _;
use prost_types::FileDescriptorProto;

use self::descriptor::Parted;
pub(super) use self::mask::mask;
pub(super) use self::restore::restore;
use super::unit::without_field;

/// An edition of the language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Edition {
    /// `edition = "2023";`
    E2023,
    /// `edition = "2024";`
    E2024,
    /// `edition = "2026";`, as far as it is known.
    E2026,
    /// Of compilers' own tests: read in descriptors, not in sources, where it means other things from day to day.
    Unstable,
}

impl Edition {
    fn named(name: &str) -> Option<Self> {
        match name {
            "2023" => Some(Self::E2023),
            "2024" => Some(Self::E2024),
            "2026" => Some(Self::E2026),
            _ => None,
        }
    }

    /// As it is written in a source.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::E2023 => "2023",
            Self::E2024 => "2024",
            Self::E2026 => "2026",
            Self::Unstable => "UNSTABLE",
        }
    }

    /// As google/protobuf/descriptor.proto numbers it.
    const fn number(self) -> i32 {
        match self {
            Self::E2023 => 1000,
            Self::E2024 => 1001,
            Self::E2026 => 1002,
            Self::Unstable => 9999,
        }
    }
}

/// Who may import a symbol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Visibility {
    Local = 1,
    Export = 2,
}

/// What a file was before it was lowered.
#[derive(Clone, Debug, Default)]
pub(super) struct Original {
    pub(super) edition: Option<Edition>,
    /// Imports that serve options alone.
    pub(super) option_imports: Vec<String>,
    /// By the full names of messages and enums.
    pub(super) visibility: HashMap<String, Visibility>,
    parted: Parted,
    /// Imports at the end that were added for the pool.
    pub(super) added_imports: usize,
}

impl Original {
    /// The JSON name that a field had, where the pool has it under another.
    pub(super) fn json_name(&self, message: &str, number: i32) -> Option<&str> {
        // Nearly all files have none.
        if self.parted.is_empty() {
            return None;
        }
        self.parted.get(&(message.to_owned(), number)).map(String::as_str)
    }

    /// Whether the file needed no rewriting.
    pub(super) fn is_plain(&self) -> bool {
        self.edition.is_none() && self.parted.is_empty() && self.added_imports == 0
    }
}

/// Something wrong at a place of a source.
#[derive(Debug)]
pub(super) struct Fault {
    /// Byte offset.
    pub(super) offset: usize,
    pub(super) message: String,
    pub(super) hint: Option<&'static str>,
}

/// Rewrites the descriptor of an edition that was read from a source. Gives what could not be said.
fn lower(file: &mut FileDescriptorProto, edition: Edition, parted: &mut Parted) -> Option<String> {
    let mut own = proto::File::decode(file.encode_to_vec().as_slice()).ok()?;
    let lost = descriptor::lower(&mut own, edition, parted);
    *file = FileDescriptorProto::decode(own.encode_to_vec().as_slice()).ok()?;
    lost
}

/// Gives fields of proto2 whose JSON names clash names of their own for JSON, as only the pool demands.
fn part_json_names(file: &mut FileDescriptorProto, parted: &mut Parted) {
    let Ok(mut own) = proto::File::decode(file.encode_to_vec().as_slice()) else { return };
    descriptor::part_json_names(&mut own.message_type, file.package(), parted);
    if !parted.is_empty()
        && let Ok(rewritten) = FileDescriptorProto::decode(own.encode_to_vec().as_slice())
    {
        *file = rewritten;
    }
}

/// A serialised descriptor in a syntax that the pool knows, and what could not be said in it.
#[derive(Debug, Default)]
pub(super) struct Lowered {
    /// `None` where the file needs no rewriting.
    pub(super) encoded: Option<Bytes>,
    pub(super) original: Original,
    pub(super) lost: Vec<String>,
}

/// Rewrites a serialised descriptor of any syntax.
pub(super) fn lower_encoded(encoded: &Bytes) -> Lowered {
    let Ok(mut own) = proto::File::decode(encoded.as_ref()) else { return Lowered::default() };
    let mut lowered = Lowered::default();
    let edition = match (own.syntax(), own.edition()) {
        ("" | "proto2", 0) => {
            let package = own.package().to_owned();
            descriptor::part_json_names(&mut own.message_type, &package, &mut lowered.original.parted);
            if !lowered.original.parted.is_empty() {
                lowered.encoded = Some(own.encode_to_vec().into());
            }
            return lowered;
        }
        ("proto3", 0) => return lowered,
        (_, 0 | 998 | 999) if own.syntax() != "editions" => {
            let message = format!("unknown syntax '{}': read as proto3", own.syntax().escape_debug());
            lowered.lost.push(message);
            own.syntax = Some("proto3".to_owned());
            own.edition = None;
            lowered.encoded = Some(own.encode_to_vec().into());
            return lowered;
        }
        (_, 1000) => Edition::E2023,
        (_, 1001) => Edition::E2024,
        (_, 1002) => Edition::E2026,
        (_, 9999) => Edition::Unstable,
        (_, other) => {
            lowered.lost.push(format!("unknown edition {other}: read as edition 2024"));
            Edition::E2024
        }
    };
    lowered.original.edition = Some(edition);
    let package = own.package().to_owned();
    collect_visibility(&own.message_type, &own.enum_type, &package, &mut lowered.original.visibility);
    lowered.original.option_imports = std::mem::take(&mut own.option_dependency);
    lowered.lost.extend(descriptor::lower(&mut own, edition, &mut lowered.original.parted));
    lowered.encoded = Some(own.encode_to_vec().into());
    lowered
}

fn collect_visibility(
    messages: &[proto::Descriptor],
    enums: &[proto::Enum],
    scope: &str,
    found: &mut HashMap<String, Visibility>,
) {
    let named = |number| match number {
        1 => Some(Visibility::Local),
        2 => Some(Visibility::Export),
        _ => None,
    };
    for item in enums {
        found.extend(named(item.visibility()).map(|visibility| (super::docs::join(scope, item.name()), visibility)));
    }
    for message in messages {
        let full_name = super::docs::join(scope, message.name());
        collect_visibility(&message.nested_type, &message.enum_type, &full_name, found);
        found.extend(named(message.visibility()).map(|visibility| (full_name, visibility)));
    }
}

/// Undoes the lowering of a file out of the pool, serialised. `is_enum` knows full names with a dot before them.
pub(super) fn raise(encoded: &[u8], original: &Original, is_enum: impl Fn(&str) -> bool) -> Option<Vec<u8>> {
    if original.is_plain() {
        return None;
    }
    let mut own = proto::File::decode(encoded).ok()?;
    own.dependency.truncate(own.dependency.len().saturating_sub(original.added_imports));
    let package = own.package().to_owned();
    descriptor::join_json_names(&mut own.message_type, &package, &original.parted);
    let Some(edition) = original.edition else { return Some(own.encode_to_vec()) };
    descriptor::raise(&mut own, edition, &is_enum);
    own.dependency.retain(|name| !original.option_imports.contains(name));
    own.option_dependency.clone_from(&original.option_imports);
    set_visibility(&mut own.message_type, &mut own.enum_type, &package, &original.visibility);
    Some(own.encode_to_vec())
}

fn set_visibility(
    messages: &mut [proto::Descriptor],
    enums: &mut [proto::Enum],
    scope: &str,
    known: &HashMap<String, Visibility>,
) {
    let number = |name: &str| known.get(name).map(|visibility| *visibility as i32);
    for item in enums {
        item.visibility = number(&super::docs::join(scope, item.name()));
    }
    for message in messages {
        let full_name = super::docs::join(scope, message.name());
        message.visibility = number(&full_name);
        set_visibility(&mut message.nested_type, &mut message.enum_type, &full_name, known);
    }
}

#[cfg(test)]
mod tests;
