//! Fields of two messages: which are the same, and what follows where they differ.
//!
//! The rules are those of "Updating A Message Type" in protobuf's language guide, and of the categories `WIRE` and
//! `WIRE_JSON` of `buf breaking`: removing a field counts as a break unless its number is reserved
//! (`FIELD_NO_DELETE_UNLESS_NUMBER_RESERVED`), adding one does not. Unlike buf, which asks for oneofs to stay as they
//! are (`FIELD_SAME_ONEOF`) and messages to keep their names, this looks at what can be lost, as the guide does: both
//! sides are at hand. Must not know: services, how differences are shown.

use std::collections::{BTreeSet, HashMap, HashSet};

use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor, OneofDescriptor, Value};

use super::effect::{Effect, Found, Impact, Reason, Ways, both_ways};
use super::{Change, Difference, Types, What, wire};

/// A field on one side, the other, or both.
pub(super) struct Pair {
    pub(super) left: Option<FieldDescriptor>,
    pub(super) right: Option<FieldDescriptor>,
}

/// Which fields are the same: those with the same name, then of the rest those with the same number.
pub(super) fn pairs(left: &MessageDescriptor, right: &MessageDescriptor) -> Vec<Pair> {
    let by_name: HashMap<String, FieldDescriptor> =
        right.fields().map(|field| (field.name().to_owned(), field)).collect();
    let left_names: HashSet<String> = left.fields().map(|field| field.name().to_owned()).collect();
    let mut taken = HashSet::new();
    let mut pairs: Vec<Pair> = Vec::new();
    for field in left.fields() {
        let same_number = || right.get_field(field.number()).filter(|other| !left_names.contains(other.name()));
        let other = by_name.get(field.name()).cloned().or_else(same_number);
        taken.extend(other.as_ref().map(FieldDescriptor::number));
        pairs.push(Pair { left: Some(field), right: other });
    }
    let alone = right.fields().filter(|field| !taken.contains(&field.number()));
    pairs.extend(alone.map(|field| Pair { left: None, right: Some(field) }));
    pairs
}

/// What differs in one field; `None` when nothing does.
pub(super) fn compare(
    (left_side, left): (&Types, &MessageDescriptor),
    (right_side, right): (&Types, &MessageDescriptor),
    pair: &Pair,
    renamed_oneofs: &HashSet<String>,
) -> Option<Difference> {
    let (changes, effects) = match (&pair.left, &pair.right) {
        (Some(one), Some(other)) => both((left, one), (right, other), renamed_oneofs),
        (Some(one), None) => (vec![Change::Removed], removed(left, one, right)),
        (None, Some(other)) => (vec![Change::Added], added(left, other)),
        (None, None) => return None,
    };
    if changes.is_empty() {
        return None;
    }
    let in_oneof = changes.contains(&Change::Oneof);
    let text = |side: &Types, field: &FieldDescriptor| {
        let line = side.declaration(field);
        match oneof(field).filter(|_| in_oneof) {
            Some(oneof) => format!("oneof {} {{ {line} }}", oneof.name()),
            None => line,
        }
    };
    let named = pair.left.as_ref().or(pair.right.as_ref())?;
    Some(Difference {
        what: What::Field,
        name: named.full_name().to_owned(),
        left: pair.left.as_ref().map(|field| text(left_side, field)),
        right: pair.right.as_ref().map(|field| text(right_side, field)),
        changes,
        effects,
    })
}

/// Only the left side has it.
fn removed(left: &MessageDescriptor, field: &FieldDescriptor, right: &MessageDescriptor) -> Vec<Effect> {
    let number = field.number();
    let is_reserved = right.reserved_ranges().any(|range| range.contains(&number));
    let mut requests = Found::new();
    let mut responses = Found::new();
    if let Some(other) = right.get_field(number) {
        requests.push((Impact::Wire, Reason::ReadAs(other.name().to_owned())));
        responses.push((Impact::Wire, Reason::NeverComes));
        // What the right side sends under this number is told of the field that it belongs to there.
    } else if is_reserved {
        requests.push((Impact::Compatible, Reason::Retired));
        responses.push((Impact::Compatible, Reason::Retired));
        if !right.reserved_names().any(|name| name == field.name()) {
            requests.push((Impact::Json, Reason::JsonUnknown));
        }
    } else {
        requests.push((Impact::Wire, Reason::Dropped));
        responses.push((Impact::Wire, Reason::NeverComes));
    }
    if left.get_field(number).is_some_and(|field| field.is_required()) {
        responses = vec![(Impact::Wire, Reason::RequiredMissing)];
    }
    both_ways(requests, responses)
}

/// Only the right side has it.
fn added(left: &MessageDescriptor, field: &FieldDescriptor) -> Vec<Effect> {
    let requests = if field.is_required() {
        (Impact::Wire, Reason::RequiredMissing)
    } else {
        (Impact::Compatible, Reason::NotSet)
    };
    let responses = match left.get_field(field.number()) {
        Some(other) => (Impact::Wire, Reason::ReadAs(other.name().to_owned())),
        None => (Impact::Compatible, Reason::Unseen),
    };
    both_ways(vec![requests], vec![responses])
}

fn both(
    (left, one): (&MessageDescriptor, &FieldDescriptor),
    (right, other): (&MessageDescriptor, &FieldDescriptor),
    renamed_oneofs: &HashSet<String>,
) -> (Vec<Change>, Vec<Effect>) {
    let mut changes = Vec::new();
    let mut effects = Vec::new();
    let mut add = |change, requests: Found, responses: Found| {
        if !(requests.is_empty() && responses.is_empty()) {
            changes.push(change);
            effects.extend(both_ways(requests, responses));
        }
    };
    let is_moved = one.number() != other.number();
    if is_moved {
        add(Change::Renumbered, landing(one.number(), right), landing(other.number(), left));
    }
    let (change, name) = names(one, other);
    add(change, name.clone(), name);
    add(Change::Retyped, wire::types(one, other), wire::types(other, one));
    add(Change::Cardinality, wire::cardinality(one, other), wire::cardinality(other, one));
    add(Change::Required, required(one, other), required(other, one));
    add(Change::Presence, presence(one, other), presence(other, one));
    let oneof_name = |field: &FieldDescriptor| oneof(field).map(|oneof| oneof.name().to_owned());
    let (from, to) = (oneof_name(one), oneof_name(other));
    if from != to && !from.is_some_and(|name| renamed_oneofs.contains(&name)) {
        add(Change::Oneof, kept((left, one), other), kept((right, other), one));
    }
    let default = default(one, other);
    add(Change::Default, default.clone(), default);
    if is_moved {
        // Under another number nothing of it is read: how it would be does not matter.
        let is_told = |effect: &Effect| match effect.reason {
            Reason::Dropped | Reason::ReadAs(_) => true,
            _ => matches!(effect.impact, Impact::Json | Impact::Source),
        };
        effects.retain(is_told);
    }
    if changes.contains(&Change::Cardinality)
        && effects.iter().all(|effect| effect.reason == Reason::PackedEither || effect.impact != Impact::Compatible)
        && effects.iter().any(|effect| effect.reason == Reason::PackedEither)
    {
        changes.iter_mut().filter(|change| **change == Change::Cardinality).for_each(|change| *change = Change::Packed);
    }
    effects.sort_by_key(|effect| std::cmp::Reverse(effect.impact));
    merge(&mut effects);
    (changes, effects)
}

/// What is said of several properties is said once.
fn merge(effects: &mut Vec<Effect>) {
    let mut merged: Vec<Effect> = Vec::with_capacity(effects.len());
    for effect in effects.drain(..) {
        match merged.iter_mut().find(|one| one.impact == effect.impact && one.reason == effect.reason) {
            Some(same) => same.ways = same.ways.or(effect.ways),
            None => merged.push(effect),
        }
    }
    *effects = merged;
}

/// Where a value of that number goes at a reader that has the field under another.
fn landing(number: u32, reader: &MessageDescriptor) -> Found {
    match reader.get_field(number) {
        Some(field) => vec![(Impact::Wire, Reason::ReadAs(field.name().to_owned()))],
        None => vec![(Impact::Wire, Reason::Dropped)],
    }
}

fn names(one: &FieldDescriptor, other: &FieldDescriptor) -> (Change, Found) {
    let json = one.json_name() != other.json_name();
    if one.name() == other.name() {
        return (Change::JsonName, if json { vec![(Impact::Json, Reason::JsonName)] } else { Found::new() });
    }
    let found = if json { (Impact::Json, Reason::JsonName) } else { (Impact::Source, Reason::SourceName) };
    (Change::Renamed, vec![found])
}

fn is_single(field: &FieldDescriptor) -> bool {
    !field.is_list() && !field.is_map()
}

fn required(writer: &FieldDescriptor, reader: &FieldDescriptor) -> Found {
    match (writer.is_required(), reader.is_required()) {
        (false, true) => vec![(Impact::Wire, Reason::RequiredMissing)],
        (true, false) => vec![(Impact::Compatible, Reason::RequiredSent)],
        _ => Found::new(),
    }
}

fn presence(writer: &FieldDescriptor, reader: &FieldDescriptor) -> Found {
    let counts = |field: &FieldDescriptor| {
        is_single(field) && !field.is_required() && oneof(field).is_none() && !matches!(field.kind(), Kind::Message(_))
    };
    if !counts(writer) || !counts(reader) {
        return Found::new();
    }
    match (writer.supports_presence(), reader.supports_presence()) {
        (true, false) => vec![(Impact::Compatible, Reason::PresenceUnseen)],
        (false, true) => vec![(Impact::Compatible, Reason::PresenceOmitted)],
        _ => Found::new(),
    }
}

/// The oneof that the source has, not the one that stands for `optional`.
fn oneof(field: &FieldDescriptor) -> Option<OneofDescriptor> {
    field.containing_oneof().filter(|oneof| !oneof.is_synthetic())
}

/// Whether a reader keeps the field beside all that a writer may set with it.
fn kept((message, writer): (&MessageDescriptor, &FieldDescriptor), reader: &FieldDescriptor) -> Found {
    let own = oneof(writer);
    let is_lost = oneof(reader).is_some_and(|oneof_of_reader| {
        oneof_of_reader
            .fields()
            .filter(|rival| rival.number() != reader.number())
            .filter_map(|rival| message.get_field(rival.number()))
            .any(|rival| own.is_none() || oneof(&rival) != own)
    });
    vec![if is_lost { (Impact::Wire, Reason::OneofLoses) } else { (Impact::Compatible, Reason::OneofSafe) }]
}

fn default(one: &FieldDescriptor, other: &FieldDescriptor) -> Found {
    let has_one = |field: &FieldDescriptor| is_single(field) && !matches!(field.kind(), Kind::Message(_));
    if !has_one(one) || !has_one(other) {
        return Found::new();
    }
    // An enum's default is a number, told by its values where it changes.
    let is_said = |field: &FieldDescriptor| field.field_descriptor_proto().default_value.is_some();
    if !is_said(one) && !is_said(other) {
        return Found::new();
    }
    if same_value(&one.default_value(), &other.default_value()) {
        return Found::new();
    }
    vec![(Impact::Compatible, Reason::Default)]
}

fn same_value(one: &Value, other: &Value) -> bool {
    match (one, other) {
        // No number is equal to itself when it is none.
        (Value::F32(one), Value::F32(other)) => one.to_bits() == other.to_bits() || (one.is_nan() && other.is_nan()),
        (Value::F64(one), Value::F64(other)) => one.to_bits() == other.to_bits() || (one.is_nan() && other.is_nan()),
        _ => one == other,
    }
}

/// Oneofs that have the same fields under another name, by the left side's name.
pub(super) fn renamed_oneofs(left: &MessageDescriptor, right: &MessageDescriptor) -> Vec<Difference> {
    let numbers = |oneof: &OneofDescriptor| oneof.fields().map(|field| field.number()).collect::<BTreeSet<u32>>();
    let real = |message: &MessageDescriptor| -> Vec<OneofDescriptor> {
        message.oneofs().filter(|oneof| !oneof.is_synthetic()).collect()
    };
    let rights = real(right);
    let mut renamed = Vec::new();
    for one in real(left) {
        if rights.iter().any(|other| other.name() == one.name()) {
            continue;
        }
        let members = numbers(&one);
        if let Some(other) = rights.iter().find(|other| numbers(other) == members) {
            renamed.push(Difference {
                what: What::Oneof,
                name: one.full_name().to_owned(),
                left: Some(format!("oneof {}", one.name())),
                right: Some(format!("oneof {}", other.name())),
                changes: vec![Change::Renamed],
                effects: vec![Effect { ways: Ways::BOTH, impact: Impact::Source, reason: Reason::SourceName }],
            });
        }
    }
    renamed
}
