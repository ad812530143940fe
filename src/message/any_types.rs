//! Where the message in an `Any` finds its type: the files of the message that holds it, the well-known types, then
//! whatever else is loaded.
//!
//! The message in an `Any` is only bytes, so its type may be of another pool. Must not know: schemas, who looks up.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use prost_reflect::{DescriptorPool, MessageDescriptor};

/// Finds a message by its full name.
type Find = dyn Fn(&str) -> Option<MessageDescriptor> + Send + Sync;

/// Names remembered by [`AnyTypes::remembering`]. Others are not looked up: a server may make up as many as it likes.
const MOST_NAMES: usize = 500;

/// The types that an `Any` may hold beyond those of its own files; by default there are none. A copy costs nothing.
#[derive(Clone, Default)]
pub struct AnyTypes(Option<Arc<Find>>);

impl AnyTypes {
    /// No others.
    pub const NONE: Self = Self(None);

    /// Those that `find` knows by their full name. It is asked for each `Any` of a type that its own files do not have.
    #[must_use]
    pub fn new(find: impl Fn(&str) -> Option<MessageDescriptor> + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(find)))
    }

    /// As [`AnyTypes::new`] where looking up takes long: each name is looked up once, and only a number of them.
    #[must_use]
    pub fn remembering(find: impl Fn(&str) -> Option<MessageDescriptor> + Send + Sync + 'static) -> Self {
        let names: Mutex<HashMap<String, Option<MessageDescriptor>>> = Mutex::default();
        Self::new(move |name| {
            {
                let names = names.lock().unwrap_or_else(PoisonError::into_inner);
                if let Some(known) = names.get(name) {
                    return known.clone();
                }
                if names.len() >= MOST_NAMES {
                    return None;
                }
            }
            let found = find(name);
            names.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), found.clone());
            found
        })
    }

    /// The type of that name or URL, for an `Any` of that pool.
    #[must_use]
    pub fn find(&self, pool: &DescriptorPool, url: &str) -> Option<MessageDescriptor> {
        let own = pool.get_message_by_name(name_in(url)).filter(|inner| !inner.is_map_entry());
        own.or_else(|| well_known(name_in(url))).or_else(|| self.beyond(url))
    }

    /// The type of that name or URL, own files aside.
    #[must_use]
    pub fn beyond(&self, url: &str) -> Option<MessageDescriptor> {
        let name = name_in(url);
        let found = self.0.as_ref().filter(|_| !name.is_empty())?(name);
        found.filter(|inner| !inner.is_map_entry())
    }
}

/// The messages that an `Any` of that pool may hold whatever else is loaded.
pub(super) fn in_reach(pool: &DescriptorPool) -> Vec<MessageDescriptor> {
    let own = pool.all_messages().filter(|message| !message.is_map_entry());
    let well_known = DescriptorPool::global();
    let others = well_known.all_messages().filter_map(|message| self::well_known(message.full_name()));
    own.chain(others.filter(|message| pool.get_message_by_name(message.full_name()).is_none())).collect()
}

/// A well-known type. They are no part of a pool whose files do not import them, which takes long to make as it is.
fn well_known(name: &str) -> Option<MessageDescriptor> {
    if !name.starts_with("google.protobuf.") {
        return None;
    }
    let found = DescriptorPool::global().get_message_by_name(name)?;
    let is_meant = !found.is_map_entry() && found.parent_file().name() != "google/protobuf/descriptor.proto";
    is_meant.then_some(found)
}

fn name_in(url: &str) -> &str {
    url.rsplit('/').next().unwrap_or(url)
}

impl fmt::Debug for AnyTypes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AnyTypes")
    }
}

#[cfg(test)]
mod tests {
    use prost::Message as _;

    use super::*;
    use crate::message::form::MessageForm;
    use crate::message::json::parse;
    use crate::message::{
        ReadOptions, WriteOptions, fast, read, read_text, read_text_with, read_with, text_format, write, write_line,
    };
    use crate::schema::{Schema, Source};

    const OWN: &str = "syntax = \"proto3\"; package own.v1; import \"google/protobuf/any.proto\"; \
        message Box { google.protobuf.Any content = 1; repeated google.protobuf.Any more = 2; }";
    /// Not imported by the other.
    const FOREIGN: &str = "syntax = \"proto3\"; package far.v1; import \"google/protobuf/any.proto\"; \
        enum Mood { MOOD_NONE = 0; MOOD_FINE = 1; } \
        message Far { int64 number = 1; Mood mood = 2; google.protobuf.Any inner = 3; map<string, bytes> blobs = 4; }";

    /// The type of the first file, all types of both files, and where they are.
    fn both() -> (MessageDescriptor, AnyTypes, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in [("own.proto", OWN), ("far.proto", FOREIGN)] {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        let source = Source::Protos { paths: vec![folder.path().to_owned()], import_paths: Vec::new() };
        let schema = Arc::new(Schema::load(&source).unwrap());
        let own = schema.defined_message("own.v1.Box").unwrap().1;
        assert!(own.parent_pool().get_message_by_name("far.v1.Far").is_none());
        let schemas = [schema];
        let types =
            AnyTypes::remembering(move |name| crate::schema::find_message(&schemas, name).map(|(_, message)| message));
        (own, types, folder)
    }

    /// A text in canonical JSON is read and written back by every way there is, with these types and not without.
    #[track_caller]
    fn check(text: &str) {
        let (own, types, _folder) = both();
        let options = ReadOptions { types: Some(&types), ..ReadOptions::default() };
        let node = parse(text).unwrap();
        let message = read_with(&node, &own, options).unwrap();
        assert_eq!(fast::read_text(text, &own, options), Some(message.clone()), "the fast way");
        assert_eq!(read_text_with(text, &own, options).unwrap(), message);
        let written = WriteOptions { types: Some(&types), ..WriteOptions::default() };
        assert_eq!(write_line(&message, written), node.to_line());
        assert_eq!(write(&message, written).to_line(), node.to_line());

        assert!(read(&node, &own).is_err() && read_text(text, &own).is_err());
        let raw = write_line(&message, WriteOptions::default());
        assert_ne!(raw, node.to_line());
        assert_eq!(read_text(&raw, &own).unwrap(), message, "raw bytes are read without and with them");
        assert_eq!(read_text_with(&raw, &own, options).unwrap(), message);

        let text_options = text_format::WriteOptions { types: Some(&types), ..text_format::WriteOptions::default() };
        let text_form = text_format::write(&message, text_options);
        assert!(text_form.contains("[type.googleapis.com/"), "{text_form}");
        let text_read = text_format::ReadOptions { types: Some(&types), ..text_format::ReadOptions::default() };
        assert_eq!(
            text_format::read_with(&text_form, &own, text_read).unwrap().encode_to_vec(),
            message.encode_to_vec()
        );

        let form = MessageForm::from_json_with(&node, &own, &types);
        assert_eq!((form.problem_count(), form.to_json().to_line()), (0, node.to_line()));
    }

    #[test]
    fn types_of_other_files_are_read_and_written() {
        check(r#"{"content": {"@type": "type.googleapis.com/far.v1.Far", "number": "7", "mood": "MOOD_FINE"}}"#);
        check(r#"{"more": [{"@type": "type.googleapis.com/far.v1.Far", "blobs": {"a": "AQI="}}, {}]}"#);
        check(
            r#"{"content": {"@type": "type.googleapis.com/far.v1.Far", "inner":
                {"@type": "type.googleapis.com/own.v1.Box", "content":
                {"@type": "type.googleapis.com/far.v1.Far", "number": "8"}}}}"#,
        );
    }

    #[test]
    fn what_does_not_fit_a_foreign_type_is_told_with_its_place() {
        let (own, types, _folder) = both();
        let text = "{\"content\": {\"@type\": \"x/far.v1.Far\",\n \"mood\": \"MOOD_BAD\", \"size\": 1}}";
        let options = ReadOptions { types: Some(&types), ..ReadOptions::default() };
        let problems = read_text_with(text, &own, options).unwrap_err();
        let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(told[0].starts_with("line 2, column 10: content.mood: "), "{told:?}");
        assert!(told[1].contains("no field `size` in far.v1.Far"), "{told:?}");
    }

    #[test]
    fn a_form_can_choose_a_foreign_type() {
        let (own, types, _folder) = both();
        let mut form = MessageForm::from_json_with(&parse(r#"{"content": {}}"#).unwrap(), &own, &types);
        let crate::message::form::Item::Field(field) = &mut form.items[0] else { panic!("a field") };
        let crate::message::form::ValueForm::Any(any) = &mut field.value else { panic!("an Any") };
        any.choose("far.v1.Far", &AnyTypes::NONE);
        assert!(!any.is_known());
        let unknown = form.to_json().to_line();
        let line = |text: &str| parse(text).unwrap().to_line();
        assert_eq!(unknown, line(r#"{"content": {"@type": "type.googleapis.com/far.v1.Far", "value": ""}}"#));
        let form = MessageForm::from_json_with(&parse(&unknown).unwrap(), &own, &types);
        assert_eq!(form.to_json().to_line(), line(r#"{"content": {"@type": "type.googleapis.com/far.v1.Far"}}"#));
    }

    #[test]
    fn a_name_is_looked_up_once_and_not_without_end() {
        let asked = Arc::new(std::sync::atomic::AtomicUsize::new(0));
        let count = Arc::clone(&asked);
        let types = AnyTypes::remembering(move |_| {
            count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            None
        });
        for number in 0..2 * MOST_NAMES {
            assert!(types.beyond(&format!("x/made.Up{number}")).is_none());
            assert!(types.beyond("x/made.Up0").is_none());
        }
        assert!(types.beyond("x/").is_none());
        assert_eq!(asked.load(std::sync::atomic::Ordering::Relaxed), MOST_NAMES);
    }
}
