//! Rewrites the descriptor of an edition into one of proto2 or proto3 that means the same on the wire.
//!
//! Must not know: sources, pools.

use std::collections::{HashMap, HashSet};

use prost::Message as _;

use super::Edition;
use super::features::{DELIMITED, Features, IMPLICIT, LEGACY_REQUIRED, PACKED};
use super::proto::{Descriptor, Enum, Field, File, MapEntry};
use crate::schema::docs::join;

const LABEL_OPTIONAL: i32 = 1;
const LABEL_REQUIRED: i32 = 2;
const LABEL_REPEATED: i32 = 3;
const TYPE_GROUP: i32 = 10;
const TYPE_MESSAGE: i32 = 11;
const TYPE_ENUM: i32 = 14;

/// Rewrites a file. Gives what could not be said, for the user; fields that got another JSON name are put into `parted`.
pub(super) fn lower(file: &mut File, edition: Edition, parted: &mut Parted) -> Option<String> {
    let features = Features::of(edition).in_file(file.options.as_ref());
    let mut survey = Survey::default();
    file.enum_type.iter().for_each(|item| survey.enumeration(item));
    file.message_type.iter().for_each(|message| survey.message(message, features));
    // Presence can be left out only in proto3, which has rules of its own for enums and names.
    let proto3 = survey.implicit && !survey.odd_enum && !survey.odd_names;
    let lowering = Lowering { proto3 };
    file.message_type.iter_mut().for_each(|message| lowering.message(message, features));
    file.extension.iter_mut().for_each(|field| lowering.extension(field, features));
    if !proto3 {
        let package = file.package().to_owned();
        part_json_names(&mut file.message_type, &package, parted);
    }
    file.syntax = proto3.then(|| "proto3".to_owned());
    file.edition = None;
    (survey.implicit_scalar && !proto3).then(|| {
        let why = if survey.odd_enum { "an enum that does not begin with 0" } else { "field names that are alike" };
        format!("fields of implicit presence are shown with presence: the file has {why}")
    })
}

/// What decides which of the two syntaxes can say the file.
#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "independent findings")]
struct Survey {
    /// A field may have implicit presence.
    implicit: bool,
    /// A field surely has.
    implicit_scalar: bool,
    odd_enum: bool,
    odd_names: bool,
}

impl Survey {
    fn enumeration(&mut self, item: &Enum) {
        self.odd_enum |= item.value.first().is_some_and(|value| value.number() != 0);
    }

    fn message(&mut self, message: &Descriptor, features: Features) {
        if is_map_entry(message) {
            return;
        }
        let features = features.in_message(message.options.as_ref());
        message.enum_type.iter().for_each(|item| self.enumeration(item));
        let mut names = HashSet::new();
        for field in &message.field {
            let name: String = field.name().chars().filter(|c| *c != '_').map(|c| c.to_ascii_lowercase()).collect();
            self.odd_names |= !names.insert(name);
            let is_message = matches!(field.r#type(), TYPE_GROUP | TYPE_MESSAGE);
            if field.label() != LABEL_REPEATED
                && field.oneof_index.is_none()
                && !is_message
                && features.in_field(field.options.as_ref()).presence == IMPLICIT
            {
                self.implicit = true;
                self.implicit_scalar |= field.type_name.is_none();
            }
        }
        message.nested_type.iter().for_each(|nested| self.message(nested, features));
    }
}

struct Lowering {
    proto3: bool,
}

impl Lowering {
    fn message(&self, message: &mut Descriptor, features: Features) {
        if is_map_entry(message) {
            return;
        }
        let features = features.in_message(message.options.as_ref());
        let maps: Vec<String> = message
            .nested_type
            .iter()
            .filter(|nested| is_map_entry(nested))
            .map(|nested| nested.name().to_owned())
            .collect();
        for field in &mut message.field {
            let oneof = field.oneof_index.and_then(|index| message.oneof_decl.get(usize::try_from(index).ok()?));
            let around = features.in_oneof(oneof.and_then(|oneof| oneof.options.as_ref()));
            let features = around.in_field(field.options.as_ref());
            let entry = field.type_name().rsplit('.').next().unwrap_or_default();
            let is_map = field.label() == LABEL_REPEATED && maps.iter().any(|map| map == entry);
            if !is_map {
                self.field(field, features);
            }
        }
        message.extension.iter_mut().for_each(|field| self.extension(field, features));
        message.nested_type.iter_mut().for_each(|nested| self.message(nested, features));
    }

    fn extension(&self, field: &mut Field, features: Features) {
        let features = features.in_field(field.options.as_ref());
        // An extension has presence always.
        let presence = if features.presence == IMPLICIT { super::features::EXPLICIT } else { features.presence };
        self.field(field, Features { presence, ..features });
    }

    fn field(&self, field: &mut Field, features: Features) {
        let named = field.type_name.is_some();
        let may_be_message = matches!(field.r#type(), TYPE_GROUP | TYPE_MESSAGE) || (named && field.r#type.is_none());
        if features.encoding == DELIMITED && may_be_message {
            field.r#type = Some(TYPE_GROUP);
        } else if field.r#type() == TYPE_GROUP {
            field.r#type = Some(TYPE_MESSAGE);
        }
        if field.label() == LABEL_REPEATED {
            let packed = features.repeated == PACKED;
            let text = matches!(field.r#type(), 9 | 12 | TYPE_GROUP | TYPE_MESSAGE);
            if packed != self.proto3 && !text {
                set_packed(field, packed);
            }
            return;
        }
        field.proto3_optional = None;
        if features.presence == LEGACY_REQUIRED && field.oneof_index.is_none() {
            field.label = Some(LABEL_REQUIRED);
        } else {
            field.label = Some(LABEL_OPTIONAL);
            // The pool asks for this mark alone, not for a oneof around the field.
            if self.proto3 && features.presence != IMPLICIT && field.oneof_index.is_none() && field.extendee.is_none() {
                field.proto3_optional = Some(true);
            }
        }
    }
}

/// Of two values of one option the later counts.
fn set_packed(field: &mut Field, packed: bool) {
    field.options.get_or_insert_default().extend([2 << 3, u8::from(packed)]);
}

fn is_map_entry(message: &Descriptor) -> bool {
    let options = message.options.as_ref().and_then(|options| MapEntry::decode(options.as_slice()).ok());
    options.is_some_and(|options| options.map_entry())
}

/// The JSON names that fields had, by the full name of their message and their number.
pub(super) type Parted = HashMap<(String, i32), String>;

/// Gives fields whose JSON names clash, which proto2 allows and the pool does not, their own names for JSON.
pub(super) fn part_json_names(messages: &mut [Descriptor], scope: &str, parted: &mut Parted) {
    for message in messages {
        let full_name = join(scope, message.name());
        let mut taken = HashSet::new();
        for field in &mut message.field {
            let json_name = field.json_name.clone().unwrap_or_else(|| json_name(field.name()));
            if !taken.insert(json_name.clone()) {
                parted.insert((full_name.clone(), field.number()), json_name);
                let own = field.name().to_owned();
                let own = if taken.contains(&own) { format!("{own}#{}", field.number()) } else { own };
                taken.insert(own.clone());
                field.json_name = Some(own);
            }
        }
        part_json_names(&mut message.nested_type, &full_name, parted);
    }
}

/// Undoes [`part_json_names`].
pub(super) fn join_json_names(messages: &mut [Descriptor], scope: &str, parted: &Parted) {
    for message in messages {
        let full_name = join(scope, message.name());
        for field in &mut message.field {
            if let Some(json_name) = parted.get(&(full_name.clone(), field.number())) {
                field.json_name = Some(json_name.clone());
            }
        }
        join_json_names(&mut message.nested_type, &full_name, parted);
    }
}

/// The JSON name of a field that says none.
fn json_name(name: &str) -> String {
    let mut upper = false;
    let mut json_name = String::with_capacity(name.len());
    for c in name.chars() {
        if c != '_' {
            json_name.push(if upper { c.to_ascii_uppercase() } else { c });
        }
        upper = c == '_';
    }
    json_name
}

/// Undoes [`lower`] on a file out of the pool. `is_enum` knows the full names, with a dot before them, of enums.
pub(super) fn raise(file: &mut File, edition: Edition, is_enum: &impl Fn(&str) -> bool) {
    file.syntax = Some("editions".to_owned());
    file.edition = Some(edition.number());
    file.message_type.iter_mut().for_each(|message| raise_message(message, is_enum));
    file.extension.iter_mut().for_each(|field| raise_field(field, is_enum));
}

fn raise_message(message: &mut Descriptor, is_enum: &impl Fn(&str) -> bool) {
    if is_map_entry(message) {
        return;
    }
    message.field.iter_mut().chain(&mut message.extension).for_each(|field| raise_field(field, is_enum));
    message.nested_type.iter_mut().for_each(|nested| raise_message(nested, is_enum));
}

fn raise_field(field: &mut Field, is_enum: &impl Fn(&str) -> bool) {
    field.proto3_optional = None;
    if field.label() == LABEL_REQUIRED {
        field.label = Some(LABEL_OPTIONAL);
    }
    if field.r#type() == TYPE_GROUP {
        field.r#type = Some(if is_enum(field.type_name()) { TYPE_ENUM } else { TYPE_MESSAGE });
    }
    // An edition has no such option: it was the lowering's.
    let options = field.options.take().map(bytes::Bytes::from);
    field.options = options.and_then(|options| super::without_field(&options, 2)).filter(|options| !options.is_empty());
}
