//! Where a violation stands in a form: the form counts the entries of a map, a path names them by key.
//!
//! Must not know: rules.

use crate::message::form::{EntryForm, FieldForm, Item, MessageForm, ValueForm};

/// The path with the place of each map entry for its key, `labels["x"]` as `labels[0]`; what the form does not hold
/// stays as it is.
#[must_use]
pub fn place_in(form: &MessageForm, path: &str) -> String {
    if !path.contains("[\"") {
        return path.to_owned();
    }
    let mut out = String::with_capacity(path.len());
    let mut rest = path;
    let mut form = Some(form);
    let mut value: Option<&ValueForm> = None;
    while !rest.is_empty() {
        if let Some((key, after)) = rest.strip_prefix("[\"").and_then(until_quote) {
            let entries = match value {
                Some(ValueForm::Map(entries)) => Some(entries),
                _ => None,
            };
            let named = |entry: &EntryForm| entry.key.text.escape_debug().eq(key.chars());
            let place = entries.and_then(|entries| entries.iter().position(named));
            match place.map(|index| index.to_string()) {
                Some(index) => out.extend(["[", &index, "]"]),
                None => out.extend(["[\"", key, "\"]"]),
            }
            value = place.and_then(|index| entries?.get(index)).map(|entry| &entry.value);
            rest = after;
        } else if let Some((index, after)) = rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            out.extend(["[", index, "]"]);
            value = match (value, index.parse::<usize>()) {
                (Some(ValueForm::Repeated(elements)), Ok(index)) => elements.get(index),
                _ => None,
            };
            rest = after;
        } else {
            if let Some(after) = rest.strip_prefix('.') {
                out.push('.');
                rest = after;
            }
            let end = rest.find(['.', '[']).unwrap_or(rest.len());
            let (name, after) = rest.split_at(end);
            out.push_str(name);
            value = form.and_then(|form| field(form, name)).map(|field| &field.value);
            rest = after;
            if name.is_empty() {
                // A path of another make: nothing in it is looked up further.
                out.push_str(rest);
                break;
            }
        }
        form = match value {
            Some(ValueForm::Message { form, .. }) => form.as_deref(),
            _ => None,
        };
    }
    out
}

fn field<'a>(form: &'a MessageForm, name: &str) -> Option<&'a FieldForm> {
    form.items.iter().find_map(|item| match item {
        Item::Field(field) => Some(field).filter(|field| field.descriptor.name() == name),
        Item::Oneof(oneof) => oneof.arms.iter().find(|arm| arm.descriptor.name() == name),
    })
}

/// The text up to the quote that ends it, and what follows its bracket.
fn until_quote(rest: &str) -> Option<(&str, &str)> {
    let mut escaped = false;
    for (index, c) in rest.char_indices() {
        match c {
            '"' if !escaped => return Some((&rest[..index], rest[index..].strip_prefix("\"]")?)),
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    None
}
