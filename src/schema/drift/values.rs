//! Values of two enums: which are the same, and what follows where they differ.
//!
//! The rules are those of protobuf's language guide and of `buf breaking` (`ENUM_VALUE_NO_DELETE_UNLESS_NUMBER_RESERVED`,
//! `ENUM_VALUE_NO_DELETE_UNLESS_NAME_RESERVED`, `ENUM_VALUE_SAME_NAME`), told for each way: a value that the right side
//! lacks is lost in requests, and merely never comes in responses. Must not know: messages, services.

use prost_reflect::{EnumDescriptor, EnumValueDescriptor, Syntax};

use super::effect::{Effect, Found, Impact, Reason, Ways, both_ways};
use super::{Change, Difference, What};

/// What differs between two enums.
pub(super) fn compare(left: &EnumDescriptor, right: &EnumDescriptor) -> Vec<Difference> {
    let mut differences = Vec::new();
    let is_closed = |one: &EnumDescriptor| one.parent_file().syntax() == Syntax::Proto2;
    if is_closed(left) != is_closed(right) {
        let text = |one| if is_closed(one) { "closed enum" } else { "open enum" };
        differences.push(Difference {
            what: What::Enum,
            name: left.full_name().to_owned(),
            left: Some(format!("{} {}", text(left), left.name())),
            right: Some(format!("{} {}", text(right), right.name())),
            changes: vec![Change::Closed],
            effects: vec![Effect { ways: Ways::BOTH, impact: Impact::Compatible, reason: Reason::ClosedEnum }],
        });
    }
    let mut renamed_to = Vec::new();
    for value in left.values() {
        let found = match right.get_value_by_name(value.name()) {
            Some(other) if other.number() == value.number() => continue,
            Some(other) => {
                let effects = both_ways(landing(&value, right), landing(&other, left));
                (Some(other), Change::Renumbered, effects)
            }
            None => match new_name(&value, left, right) {
                Some(other) => {
                    renamed_to.push(other.name().to_owned());
                    let effect = Effect { ways: Ways::BOTH, impact: Impact::Json, reason: Reason::JsonName };
                    (Some(other), Change::Renamed, vec![effect])
                }
                None => (None, Change::Removed, removed(&value, left, right)),
            },
        };
        differences.push(difference(Some(&value), found.0.as_ref(), found.1, found.2));
    }
    for value in right.values() {
        let is_known = left.get_value_by_name(value.name()).is_some();
        if !is_known && !renamed_to.iter().any(|name| name == value.name()) {
            let effects = added(&value, left, right);
            differences.push(difference(None, Some(&value), Change::Added, effects));
        }
    }
    differences
}

fn difference(
    left: Option<&EnumValueDescriptor>,
    right: Option<&EnumValueDescriptor>,
    change: Change,
    effects: Vec<Effect>,
) -> Difference {
    let text = |value: &EnumValueDescriptor| format!("{} = {};", value.name(), value.number());
    let full = |value: &EnumValueDescriptor| format!("{}.{}", value.parent_enum().full_name(), value.name());
    Difference {
        what: What::EnumValue,
        name: left.or(right).map(full).unwrap_or_default(),
        left: left.map(text),
        right: right.map(text),
        changes: vec![change],
        effects,
    }
}

/// The names of a number.
fn names_of(one: &EnumDescriptor, number: i32) -> impl Iterator<Item = EnumValueDescriptor> {
    one.values().filter(move |value| value.number() == number)
}

/// The value that has this number on the right under a name that is new there.
fn new_name(value: &EnumValueDescriptor, left: &EnumDescriptor, right: &EnumDescriptor) -> Option<EnumValueDescriptor> {
    names_of(right, value.number()).find(|other| left.get_value_by_name(other.name()).is_none())
}

/// What a reader makes of the number of a value that it has under another number, or not at all.
fn landing(value: &EnumValueDescriptor, reader: &EnumDescriptor) -> Found {
    match reader.get_value(value.number()) {
        Some(other) => vec![(Impact::Wire, Reason::ReadAs(other.name().to_owned()))],
        None => vec![(Impact::Wire, Reason::UnknownValue)],
    }
}

/// Whether the writer has another name for the number that the reader knows as that number too.
fn is_alias(value: &EnumValueDescriptor, writer: &EnumDescriptor, reader: &EnumDescriptor) -> bool {
    names_of(writer, value.number())
        .filter_map(|name| reader.get_value_by_name(name.name()))
        .any(|known| known.number() == value.number())
}

fn removed(value: &EnumValueDescriptor, left: &EnumDescriptor, right: &EnumDescriptor) -> Vec<Effect> {
    if is_alias(value, left, right) {
        return both_ways(vec![(Impact::Json, Reason::Alias)], vec![(Impact::Compatible, Reason::ValueNotSent)]);
    }
    let is_reserved = right.reserved_ranges().any(|range| range.contains(&value.number()));
    if right.get_value(value.number()).is_none() && is_reserved {
        let mut requests = vec![(Impact::Compatible, Reason::Retired)];
        if !right.reserved_names().any(|name| name == value.name()) {
            requests.push((Impact::Json, Reason::JsonUnknown));
        }
        return both_ways(requests, vec![(Impact::Compatible, Reason::Retired)]);
    }
    both_ways(landing(value, right), vec![(Impact::Compatible, Reason::ValueNotSent)])
}

fn added(value: &EnumValueDescriptor, left: &EnumDescriptor, right: &EnumDescriptor) -> Vec<Effect> {
    let responses = if is_alias(value, right, left) {
        (Impact::Json, Reason::Alias)
    } else if let Some(other) = left.get_value(value.number()) {
        (Impact::Wire, Reason::ReadAs(other.name().to_owned()))
    } else {
        (Impact::Compatible, Reason::UnknownValue)
    };
    both_ways(vec![(Impact::Compatible, Reason::ValueNotSent)], vec![responses])
}
