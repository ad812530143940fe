//! The paths of a `FieldMask`: of which message they are, which are chosen, and how one is chosen.
//!
//! The mask itself is its text. Must not know: toolkit.

use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor};

use super::super::field::MessageField;
use super::super::scalar;
use super::super::well_known::WellKnown;

/// A field that a path may name.
#[derive(Clone, Debug, PartialEq)]
pub struct MaskField {
    /// Its descriptor.
    pub descriptor: FieldDescriptor,
    /// Its name in a path; `None` for a name that masks cannot have in JSON.
    pub name: Option<String>,
    /// What it leads to, where paths may go on.
    pub inner: Option<MessageDescriptor>,
}

/// Whether a path is in a mask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chosen {
    /// It is not.
    No,
    /// Paths below it are.
    Partly,
    /// It is.
    Yes,
    /// A path above it is, or all are.
    Above,
}

/// The message that the paths of a mask are of, by the habits of Google's interfaces: the message beside the mask in a
/// request to change it, or the method's output for a mask of what is to be read. `None` where that is not clear.
#[must_use]
pub fn mask_target(mask: &MessageField, output: &MessageDescriptor) -> Option<MessageDescriptor> {
    let name = mask.name();
    let siblings: Vec<FieldDescriptor> = mask
        .containing_message()
        .fields()
        .filter(|field| !field.is_list() && !field.is_map() && inner(field).is_some())
        .collect();
    let subject = name.strip_suffix("_mask").unwrap_or(name);
    if let Some(named) = siblings.iter().find(|field| field.name() == subject) {
        return inner(named);
    }
    let is_read = ["read", "view", "response", "output", "fields"].contains(&subject);
    match siblings.as_slice() {
        [only] if !is_read => inner(only),
        _ if is_read || subject == "field" => Some(resource(output)),
        _ => None,
    }
}

/// What is listed in an answer that is a page of a list, else the answer itself.
fn resource(output: &MessageDescriptor) -> MessageDescriptor {
    let mut lists = output.fields().filter(|field| field.is_list() && inner(field).is_some());
    let only = lists.next().filter(|_| lists.next().is_none());
    let is_page = output.get_field_by_name("next_page_token").is_some();
    only.filter(|_| is_page).and_then(|list| inner(&list)).unwrap_or_else(|| output.clone())
}

/// The message with fields of its own that the field holds.
fn inner(field: &FieldDescriptor) -> Option<MessageDescriptor> {
    match field.kind() {
        Kind::Message(inner) if WellKnown::of(&inner).is_none() && inner.fields().len() > 0 => Some(inner),
        _ => None,
    }
}

/// The fields of a message that paths may name, in the order of the file.
#[must_use]
pub fn mask_fields(message: &MessageDescriptor) -> Vec<MaskField> {
    let field = |descriptor: FieldDescriptor| {
        let name = scalar::field_mask_text(std::iter::once(descriptor.name()));
        // A path ends at a list or a map.
        let open = !descriptor.is_list() && !descriptor.is_map() && name.is_some();
        let inner = inner(&descriptor).filter(|_| open);
        MaskField { descriptor, name, inner }
    };
    message.fields().map(field).collect()
}

/// The paths in the text of a mask, as typed.
pub fn mask_paths(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|path| !path.is_empty())
}

/// Whether a path is in the text of a mask.
#[must_use]
pub fn mask_has(text: &str, path: &str) -> Chosen {
    let mut chosen = Chosen::No;
    for other in mask_paths(text) {
        if other == path {
            return Chosen::Yes;
        }
        if other == "*" || is_below(path, other) {
            chosen = Chosen::Above;
        } else if chosen == Chosen::No && is_below(other, path) {
            chosen = Chosen::Partly;
        }
    }
    chosen
}

/// The text of a mask after a path was put into it, or taken out. What is below the path is then said by it.
#[must_use]
pub fn mask_toggle(text: &str, path: &str) -> String {
    let had = mask_has(text, path) == Chosen::Yes;
    let kept = mask_paths(text).filter(|other| *other != path && (had || !is_below(other, path)));
    let added = (!had).then_some(path);
    kept.chain(added).collect::<Vec<_>>().join(",")
}

fn is_below(path: &str, above: &str) -> bool {
    path.strip_prefix(above).is_some_and(|rest| rest.starts_with('.'))
}
