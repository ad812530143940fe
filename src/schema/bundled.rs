//! The google/protobuf files that come with the program: the newest ones, found before any import path.
//!
//! Must not know: pools, where other files come from.

use std::sync::OnceLock;

use prost_types::FileDescriptorProto;

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

struct Parsed {
    descriptor: FileDescriptorProto,
    docs: Docs,
}

static PARSED: [OnceLock<Option<Parsed>>; FILES.len()] = [const { OnceLock::new() }; FILES.len()];

fn index(name: &str) -> Option<usize> {
    FILES.binary_search_by_key(&name, |(name, _)| name).ok()
}

/// Whether the file comes with the program.
pub(super) fn is_bundled(name: &str) -> bool {
    index(name).is_some()
}

/// A file that comes with the program.
pub(super) fn bundled(name: &str) -> Option<Unit> {
    let parsed = parsed(index(name)?)?;
    let descriptor = parsed.descriptor.clone();
    Some(Unit { descriptor, shown: name.to_owned(), ..Unit::default() })
}

/// The comment of a symbol of a bundled file.
pub(super) fn doc(full_name: &str) -> Option<&'static str> {
    if !full_name.starts_with("google.protobuf.") {
        return None;
    }
    (0..FILES.len()).filter_map(parsed).find_map(|file| file.docs.get(full_name)).map(String::as_str)
}

fn parsed(index: usize) -> Option<&'static Parsed> {
    let (name, source) = FILES.get(index)?;
    let parsed = PARSED.get(index)?.get_or_init(|| {
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
    }

    #[test]
    fn their_comments_are_known() {
        assert!(doc("google.protobuf.Timestamp").is_some_and(|doc| doc.starts_with("A Timestamp represents")));
        assert_eq!(doc("google.protobuf.Nothing"), None);
        assert_eq!(doc("other.Timestamp"), None);
    }
}
