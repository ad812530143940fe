//! What a form holds that its JSON does not say: the text of a oneof's other arms and of fields that are switched off.
//! When the JSON was edited, the form made from it takes that over.
//!
//! Must not know: toolkit.

use std::collections::HashMap;

use super::{Elements, EntryForm, FieldForm, Item, MessageForm, ValueForm};

/// In longer lists nothing is taken over: each element would have to be looked at.
const LONG: usize = 1_000;

impl MessageForm {
    /// Takes over from an earlier form of the same message what JSON does not say. Its JSON stays as it is.
    pub fn keep_unsaid(&mut self, old: &Self) {
        if self.descriptor != old.descriptor {
            self.keep_texts(old);
            return;
        }
        for (item, old) in self.items.iter_mut().zip(&old.items) {
            match (item, old) {
                (Item::Field(field), Item::Field(old)) => field.keep_unsaid(old),
                (Item::Oneof(oneof), Item::Oneof(old)) => {
                    for (index, (arm, old)) in oneof.arms.iter_mut().zip(&old.arms).enumerate() {
                        if oneof.chosen == Some(index) {
                            arm.value.keep_unsaid(&old.value);
                        } else {
                            arm.value.clone_from(&old.value);
                        }
                    }
                }
                _ => {}
            }
        }
        for (extension, old) in self.extensions.iter_mut().zip(&old.extensions) {
            extension.keep_unsaid(old);
        }
    }

    /// As [`MessageForm::keep_unsaid`], where the schema was read again: texts go to the fields of the same name.
    fn keep_texts(&mut self, old: &Self) {
        if self.descriptor.full_name() != old.descriptor.full_name() {
            return;
        }
        let before: HashMap<&str, &FieldForm> =
            old.items.iter().flat_map(Item::fields).map(|field| (field.descriptor.name(), field)).collect();
        for item in &mut self.items {
            match item {
                Item::Field(field) => {
                    let says = !field.has_presence() || field.present;
                    field.keep_text(&before, says);
                }
                Item::Oneof(oneof) => {
                    for (index, arm) in oneof.arms.iter_mut().enumerate() {
                        arm.keep_text(&before, oneof.chosen == Some(index));
                    }
                }
            }
        }
    }

    /// About how many bytes a copy takes for itself: elements of lists and maps are shared.
    #[must_use]
    pub fn own_size(&self) -> usize {
        let fields = self.items.iter().flat_map(Item::fields).chain(&self.extensions);
        let whole = self.whole.as_ref().map_or(0, |whole| whole.own_size());
        size_of::<Self>() + whole + fields.map(|field| size_of::<Item>() + field.value.own_size()).sum::<usize>()
    }
}

impl Item {
    fn fields(&self) -> &[FieldForm] {
        match self {
            Self::Field(field) => std::slice::from_ref(field),
            Self::Oneof(oneof) => &oneof.arms,
        }
    }
}

impl FieldForm {
    /// Takes over the text of the field that it was, unless the JSON `says` what it is.
    fn keep_text(&mut self, before: &HashMap<&str, &Self>, says: bool) {
        let Some(old) = before.get(self.descriptor.name()) else { return };
        match (&mut self.value, &old.value) {
            (ValueForm::Scalar(scalar), ValueForm::Scalar(old)) if !says => {
                scalar.text.clone_from(&old.text);
                scalar.check();
            }
            (value, old) if says => value.keep_unsaid(old),
            _ => {}
        }
    }

    fn keep_unsaid(&mut self, old: &Self) {
        if self.has_presence() && !self.present {
            self.value.clone_from(&old.value);
        } else {
            self.value.keep_unsaid(&old.value);
        }
    }
}

impl ValueForm {
    fn keep_unsaid(&mut self, old: &Self) {
        match (self, old) {
            (Self::Message { form: Some(form), .. }, Self::Message { form: Some(old), .. }) => form.keep_unsaid(old),
            (Self::Any(any), Self::Any(old)) => any.keep_unsaid(old),
            (Self::Repeated(elements), Self::Repeated(old)) => keep_elements(elements, old),
            (Self::Map(entries), Self::Map(old)) if entries.len().max(old.len()) <= LONG => {
                for (index, entry) in entries.iter_mut().enumerate() {
                    let same = |old: &&EntryForm| old.key.text == entry.key.text;
                    let before = old.get(index).filter(same).or_else(|| old.iter().find(same));
                    if let Some(before) = before.filter(|_| matches!(entry.value, Self::Message { .. })) {
                        entry.value.keep_unsaid(&before.value);
                    }
                }
            }
            _ => {}
        }
    }

    fn own_size(&self) -> usize {
        match self {
            Self::Scalar(scalar) => scalar.text.len() + scalar.problem.as_ref().map_or(0, String::len),
            Self::Message { form, .. } => form.as_ref().map_or(0, |form| form.own_size()),
            Self::Any(any) => any.own_size(),
            Self::Json(form) => size_of_val(&**form) + form.to_json().to_line().len(),
            Self::Repeated(elements) => elements.own_size(),
            Self::Map(entries) => entries.own_size(),
            Self::Odd(node) => node.to_line().len(),
        }
    }
}

/// An element is the same as before where it says the same, counted from either end of the list; else the one that
/// stands at its place.
fn keep_elements(elements: &mut Elements<ValueForm>, old: &Elements<ValueForm>) {
    let holds_more = |value: &ValueForm| matches!(value, ValueForm::Message { .. });
    if elements.len().max(old.len()) > LONG || !elements.get(0).is_some_and(holds_more) {
        return;
    }
    let same = |(new, old): &(&ValueForm, &ValueForm)| new.to_json() == old.to_json();
    let first = elements.iter().zip(old.iter()).take_while(same).count();
    let most = elements.len().min(old.len()) - first;
    let last = elements.iter().rev().zip(old.iter().rev()).take(most).take_while(same).count();
    let (count, old_count) = (elements.len(), old.len());
    for (index, element) in elements.iter_mut().enumerate() {
        let place = if index + last >= count { index + old_count - count } else { index };
        if let Some(old) = old.get(place).filter(|_| index + last >= count || place + last < old_count) {
            element.keep_unsaid(old);
        }
    }
}
