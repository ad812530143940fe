//! The files that come with the program: the newest of google/protobuf, found before any import path, and the rules of
//! protovalidate and protoc-gen-validate, found where the user has none.
//!
//! Must not know: pools, where other files come from.

use std::sync::OnceLock;

use prost::Message as _;
use prost_types::{FileDescriptorProto, FileDescriptorSet};

use super::docs::Docs;
use super::unit::Unit;

macro_rules! bundle {
    ($($name:literal),+ $(,)?) => {
        /// Import name and source text, sorted by name.
        const FILES: &[(&str, &str)] = &[
            $((concat!("google/protobuf/", $name), include_str!(concat!("../../assets/protos/google/protobuf/", $name)))),+
        ];
    };
}

bundle!(
    "any.proto",
    "api.proto",
    "compiler/plugin.proto",
    "cpp_features.proto",
    "descriptor.proto",
    "duration.proto",
    "empty.proto",
    "field_mask.proto",
    "go_features.proto",
    "java_features.proto",
    "source_context.proto",
    "struct.proto",
    "timestamp.proto",
    "type.proto",
    "wrappers.proto",
);

/// The file that options are defined in.
pub(super) const DESCRIPTOR: &str = "google/protobuf/descriptor.proto";

/// Messages that an `Any` may hold in any program, imported or not: every pool has them.
pub(super) const ALWAYS: &[&str] = &[
    "google/protobuf/any.proto",
    "google/protobuf/duration.proto",
    "google/protobuf/empty.proto",
    "google/protobuf/field_mask.proto",
    "google/protobuf/struct.proto",
    "google/protobuf/timestamp.proto",
    "google/protobuf/wrappers.proto",
];

/// Those as a descriptor set: a single call in the terminal would spend more on their texts than on its own file.
const ENCODED: &[u8] = include_bytes!("../../assets/protos/google/protobuf/always.binpb");

struct Parsed {
    descriptor: FileDescriptorProto,
    docs: Docs,
}

/// Import name and source text of what is found last; many import these files and have them only in a cache of their
/// package manager.
const LAST: &[(&str, &str)] = &[
    ("buf/validate/validate.proto", include_str!("../../assets/protos/buf/validate/validate.proto")),
    ("validate/validate.proto", include_str!("../../assets/protos/validate/validate.proto")),
];

static PARSED: [OnceLock<Option<Parsed>>; FILES.len()] = [const { OnceLock::new() }; FILES.len()];
static PARSED_LAST: [OnceLock<Option<Parsed>>; LAST.len()] = [const { OnceLock::new() }; LAST.len()];

fn index(name: &str) -> Option<usize> {
    FILES.binary_search_by_key(&name, |(name, _)| name).ok()
}

fn index_last(name: &str) -> Option<usize> {
    LAST.iter().position(|(last, _)| *last == name)
}

/// Whether the file comes with the program.
pub(super) fn is_bundled(name: &str) -> bool {
    index(name).is_some()
}

/// A file that comes with the program.
pub(super) fn bundled(name: &str) -> Option<Unit> {
    let index = index(name)?;
    let known = always().iter().find(|file| file.name() == name);
    let descriptor = known.or_else(|| Some(&parsed(index)?.descriptor))?.clone();
    Some(Unit { descriptor, shown: name.to_owned(), ..Unit::default() })
}

fn always() -> &'static [FileDescriptorProto] {
    static DECODED: OnceLock<Vec<FileDescriptorProto>> = OnceLock::new();
    DECODED.get_or_init(|| FileDescriptorSet::decode(ENCODED).unwrap_or_default().file)
}

/// Whether the file comes with the program for those who have none of that name.
pub(super) fn is_last_resort(name: &str) -> bool {
    index_last(name).is_some()
}

/// The source of a file that comes with the program for those who have none of that name.
#[must_use]
pub fn source_of_rules(name: &str) -> Option<&'static str> {
    LAST.get(index_last(name)?).map(|(_, source)| *source)
}

/// A file that comes with the program for those who have none of that name.
pub(super) fn last_resort(name: &str) -> Option<Unit> {
    let parsed = parsed_last(index_last(name)?)?;
    let descriptor = parsed.descriptor.clone();
    Some(Unit { descriptor, shown: name.to_owned(), ..Unit::default() })
}

/// The comment of a symbol of a bundled file.
pub(super) fn doc(full_name: &str) -> Option<&'static str> {
    let find = |file: &'static Parsed| file.docs.get(full_name).map(String::as_str);
    if full_name.starts_with("google.protobuf.") {
        return (0..FILES.len()).filter_map(parsed).find_map(find);
    }
    if full_name.starts_with("buf.validate.") || full_name.starts_with("validate.") {
        return (0..LAST.len()).filter_map(parsed_last).find_map(find);
    }
    None
}

fn parsed(index: usize) -> Option<&'static Parsed> {
    parse(FILES.get(index)?, PARSED.get(index)?)
}

fn parsed_last(index: usize) -> Option<&'static Parsed> {
    parse(LAST.get(index)?, PARSED_LAST.get(index)?)
}

fn parse((name, source): &(&str, &str), parsed: &'static OnceLock<Option<Parsed>>) -> Option<&'static Parsed> {
    let parsed = parsed.get_or_init(|| {
        let unit = Unit::parse(name, name, (*source).to_owned()).ok()?;
        Some(Parsed { descriptor: unit.descriptor, docs: unit.docs })
    });
    parsed.as_ref()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bundled_file_parses() {
        assert!(FILES.is_sorted_by_key(|(name, _)| name));
        for (name, _) in FILES {
            let unit = bundled(name).unwrap_or_else(|| panic!("{name} does not parse"));
            assert_eq!(unit.descriptor.name(), *name);
        }
        assert!(!is_bundled("google/protobuf/other.proto"));
        for (name, _) in LAST {
            let unit = last_resort(name).unwrap_or_else(|| panic!("{name} does not parse"));
            assert_eq!(unit.descriptor.name(), *name);
            assert!(is_last_resort(name) && !is_bundled(name));
        }
    }

    /// `UPDATE_EXPECT=1` writes the set anew.
    #[test]
    fn the_descriptor_set_is_what_the_texts_say() {
        let named = ALWAYS.iter().map(|name| parsed(index(name).unwrap()).unwrap().descriptor.clone());
        let set = FileDescriptorSet { file: named.collect() };
        if std::env::var_os("UPDATE_EXPECT").is_some() {
            let path = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/protos/google/protobuf/always.binpb");
            std::fs::write(path, set.encode_to_vec()).unwrap();
        } else {
            assert_eq!(always(), set.file);
        }
    }

    #[test]
    fn their_comments_are_known() {
        assert!(doc("google.protobuf.Timestamp").is_some_and(|doc| doc.starts_with("A Timestamp represents")));
        assert!(doc("buf.validate.StringRules.min_len").is_some_and(|doc| doc.contains("min_len")));
        assert!(doc("validate.StringRules.min_len").is_some_and(|doc| doc.starts_with("MinLen")));
        assert_eq!(doc("google.protobuf.Nothing"), None);
        assert_eq!(doc("other.Timestamp"), None);
    }
}
