//! What the features of an edition come to at one place of a file.
//!
//! Must not know: how a descriptor is rewritten.

use prost::Message as _;
use prost_types::UninterpretedOption;

use super::Edition;
use super::proto::{FeatureSet, FieldOptions, FileOptions, MessageOptions, OneofOptions};
use super::token::tokens;

pub(super) const EXPLICIT: i32 = 1;
pub(super) const IMPLICIT: i32 = 2;
pub(super) const LEGACY_REQUIRED: i32 = 3;
pub(super) const PACKED: i32 = 1;
pub(super) const EXPANDED: i32 = 2;
pub(super) const LENGTH_PREFIXED: i32 = 1;
pub(super) const DELIMITED: i32 = 2;

/// The features that hold at one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Features {
    pub(super) presence: i32,
    pub(super) repeated: i32,
    pub(super) encoding: i32,
}

impl Features {
    /// What holds where a file says nothing. Every edition so far agrees in these.
    pub(super) const fn of(edition: Edition) -> Self {
        match edition {
            Edition::E2023 | Edition::E2024 | Edition::E2026 | Edition::Unstable => {
                Self { presence: EXPLICIT, repeated: PACKED, encoding: LENGTH_PREFIXED }
            }
        }
    }

    fn with(self, set: Option<FeatureSet>, uninterpreted: &[UninterpretedOption]) -> Self {
        let mut all = self;
        if let Some(set) = set {
            all.presence = set.field_presence.filter(|value| *value != 0).unwrap_or(all.presence);
            all.repeated = set.repeated_field_encoding.filter(|value| *value != 0).unwrap_or(all.repeated);
            all.encoding = set.message_encoding.filter(|value| *value != 0).unwrap_or(all.encoding);
        }
        for option in uninterpreted {
            all.read(option);
        }
        all
    }

    /// Takes what is said as in the source: `features.name = VALUE` or `features = { name: VALUE }`.
    fn read(&mut self, option: &UninterpretedOption) {
        let names: Vec<&str> =
            option.name.iter().map(|part| if part.is_extension { "" } else { part.name_part.as_str() }).collect();
        match (names.as_slice(), &option.identifier_value, &option.aggregate_value) {
            (["features", name], Some(value), _) => self.set(name, value),
            (["features"], _, Some(text)) => {
                let words: Vec<&str> = tokens(text).map(|token| token.text).collect();
                let mut depth = 0_usize;
                for three in words.windows(3) {
                    match three {
                        ["{" | "[", ..] => depth += 1,
                        ["}" | "]", ..] => depth = depth.saturating_sub(1),
                        [name, ":", value] if depth == 0 => self.set(name, value),
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }

    fn set(&mut self, name: &str, value: &str) {
        match (name, value) {
            ("field_presence", "EXPLICIT") => self.presence = EXPLICIT,
            ("field_presence", "IMPLICIT") => self.presence = IMPLICIT,
            ("field_presence", "LEGACY_REQUIRED") => self.presence = LEGACY_REQUIRED,
            ("repeated_field_encoding", "PACKED") => self.repeated = PACKED,
            ("repeated_field_encoding", "EXPANDED") => self.repeated = EXPANDED,
            ("message_encoding", "LENGTH_PREFIXED") => self.encoding = LENGTH_PREFIXED,
            ("message_encoding", "DELIMITED") => self.encoding = DELIMITED,
            // A wrong value is told of when the options are read.
            _ => {}
        }
    }
}

macro_rules! within {
    ($($name:ident $options:ident),+) => {
        impl Features {
            $(
                /// These features, with what the options there say.
                pub(super) fn $name(self, options: Option<&Vec<u8>>) -> Self {
                    let options = options.and_then(|bytes| $options::decode(bytes.as_slice()).ok()).unwrap_or_default();
                    self.with(options.features, &options.uninterpreted)
                }
            )+
        }
    };
}

within!(in_file FileOptions, in_message MessageOptions, in_field FieldOptions, in_oneof OneofOptions);
