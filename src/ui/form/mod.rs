//! The form of a message: a row for each field, made from its type, with the proto's comments as help.
//!
//! Draws and edits [`MessageForm`] in place; whether anything was edited is all that it tells.

mod any;
mod bytes;
mod extra;
mod json;
mod lists;
mod mask;
mod menu;
mod rules;
mod scalar;
mod sight;
mod time;
mod variables;

use egui::{Id, Ui};
use prost_reflect::{Cardinality, Kind as FieldKind, MessageDescriptor};

pub(super) use self::bytes::Files;
use self::menu::Wish;
use self::sight::Tracks;
use crate::app::any_names::AnyNames;
use crate::app::docs::Subject;
use crate::app::found_types::FoundTypes;
use crate::app::rules::RuleCheck;
use crate::app::{Action, App};
use crate::message::field::MessageField;
use crate::message::form::{
    FieldForm, Item, MessageForm, OneofForm, ScalarForm, Shape, ValueForm, mask_target, reserved,
};
use crate::request::Scope;
use crate::schema::Types;
use crate::text::Text;
use crate::ui::theme;
use crate::ui::widgets::{self, Choice, FormLabel, FormRow};

/// A oneof with more arms than this is a list to choose from.
const SEGMENTS: usize = 5;

/// What every row needs.
struct Rows<'a> {
    text: &'a Text,
    types: &'a Types,
    /// The types of an `Any` that those do not have.
    found: &'a FoundTypes,
    /// What an `Any` may be made to hold.
    any_names: &'a mut AnyNames,
    /// What the method answers: masks of what is to be read are of it.
    output: MessageDescriptor,
    /// What the paths of the mask that is drawn are of.
    mask_target: Option<MessageDescriptor>,
    scope: &'a Scope,
    rules: &'a RuleCheck,
    edited: bool,
    /// What was edited is undone by itself, however soon it came after something else.
    apart: bool,
    files: &'a mut Files,
    /// The field that a file is to be chosen for.
    asked_file: Option<Id>,
    /// What the keyboard asks of the field that holds the focus.
    wish: Option<Wish>,
    /// The switch in the row that is drawn.
    switch: Option<Id>,
    /// The symbol that is to be read about.
    docs: Option<String>,
    /// The way from the message as a whole to the row that is drawn, `lists.prices[0]`. What can be acted on is named with
    /// it: a screen reader, which does not see the indent, could not tell two fields `label` of a tree apart.
    path: String,
}

pub(super) fn ui(ui: &mut Ui, app: &mut App, files: &mut Files, actions: &mut Vec<Action>) {
    files.poll(&app.engine);
    let text = app.text.clone();
    let scope = app.scope();
    let App { tabs, active, engine, any_names, .. } = app;
    let Some(tab) = tabs.iter_mut().find(|tab| tab.id == *active) else { return };
    let Some(ready) = tab.ready().cloned() else { return };
    let root = Id::unique(("form", tab.id, tab.composer.current));
    let Some(form) = tab.composer.form.as_mut() else { return };
    let mut rows = Rows {
        text: &text,
        types: &ready.types,
        found: &tab.found_types,
        any_names,
        output: ready.descriptor.output(),
        mask_target: None,
        scope: &scope,
        rules: &tab.rules,
        edited: false,
        apart: false,
        files,
        asked_file: None,
        wish: Wish::take(ui),
        switch: None,
        docs: None,
        path: String::new(),
    };
    ui.spacing_mut().item_spacing.y = 4.0;
    if form.items.is_empty() && form.extra.is_empty() && form.extensions.is_empty() && form.whole.is_none() {
        let name = form.descriptor.full_name().to_owned();
        crate::ui::secondary(ui, &text.with("form-empty", &[("name", name.into())]));
    }
    rows.message_ui(ui, form, root, 0);
    let Rows { edited, apart, docs, asked_file, .. } = rows;
    if edited {
        if apart {
            tab.composer.pause();
        }
        actions.push(Action::FormEdited);
    }
    if let Some(name) = docs {
        let file = Some(ready.descriptor.parent_service().parent_file().name().to_owned());
        actions.push(Action::ShowDocs(Subject { schema: ready.schema, name, file }));
    }
    if let Some(field) = asked_file {
        files.ask(engine, field);
    }
}

impl Rows<'_> {
    fn message_ui(&mut self, ui: &mut Ui, form: &mut MessageForm, id: Id, depth: usize) {
        if let Some(whole) = &mut form.whole {
            if whole.is_block() {
                return self.value_ui(ui, whole, id.with("whole"), depth);
            }
            let name = self.whole_name(&form.descriptor);
            // Within an `Any` it has a name.
            let (label, kind) =
                if depth == 0 { (form.descriptor.name(), "") } else { ("value", form.descriptor.name()) };
            let label = FormLabel { name: label, kind, help: None, open: None };
            widgets::form_row(ui, &FormRow { id: id.with("whole"), depth, label }, |ui| {
                self.leaf_ui(ui, whole, id.with("whole"), &name, None);
            });
            return;
        }
        let mut tracks = Tracks::take(ui, id, form.items.len());
        tracks.rows_ui(ui, id, |ui, index, _, _| {
            match form.items.get_mut(index) {
                Some(Item::Field(field)) => self.field_ui(ui, field, id, depth, false),
                Some(Item::Oneof(oneof)) => self.oneof_ui(ui, oneof, id, depth),
                None => {}
            }
            false
        });
        tracks.keep(ui, id);
        self.extensions_ui(ui, form, id, depth);
        self.extra_ui(ui, form, id, depth);
    }

    fn field_ui(&mut self, ui: &mut Ui, field: &mut FieldForm, parent: Id, depth: usize, in_oneof: bool) {
        let descriptor = field.descriptor.clone();
        let id = parent.with(descriptor.number());
        let mut kind = field.type_label();
        if descriptor.is_deprecated() {
            kind = format!("{} · {kind}", self.text.get("enum-deprecated"));
        }
        let help = self.help(&descriptor);
        let name = &*descriptor.label();
        let foldable = is_foldable(field, in_oneof);
        let parent_path = self.enter_field(descriptor.name());
        let head = match &mut field.value {
            ValueForm::Repeated(_) => self.repeated_ui(ui, field, id, depth, &kind, Some(help.as_str())),
            ValueForm::Map(_) => self.map_ui(ui, field, id, depth, &kind, Some(help.as_str())),
            ValueForm::Any(_) | ValueForm::Json(_) => Some(self.block_ui(ui, field, id, depth, in_oneof)),
            ValueForm::Message { .. } => {
                let optional = !in_oneof;
                let open = opened(ui, id, true);
                let shown = field.present || in_oneof;
                let label = FormLabel { name, kind: &kind, help: Some(help.as_str()), open: shown.then_some(open) };
                let hint = self.text.get("form-absent");
                let set = self.text.with("form-set", &[("name", self.path.as_str().into())]);
                let summary = if shown && !open { field.value.summary() } else { String::new() };
                let present = &mut field.present;
                let row = widgets::form_row(ui, &FormRow { id, depth, label }, |ui| {
                    let mut edited = false;
                    ui.horizontal(|ui| {
                        if optional {
                            edited = self.set_ui(ui, &set, present);
                        }
                        let words = if shown { summary.as_str() } else { hint };
                        let color = theme::tokens(ui).text_tertiary;
                        let room = ui.available_width();
                        ui.label(widgets::elided(ui, words, theme::mono(), color, room));
                    });
                    edited
                });
                let head = self.head(&row);
                if row.inner.0.toggled {
                    set_opened(ui, id, !open);
                }
                self.edited |= row.inner.1;
                self.rules_ui(ui, id, depth);
                if shown && open {
                    self.value_ui(ui, &mut field.value, id, depth + 1);
                }
                Some(head)
            }
            ValueForm::Scalar(_) | ValueForm::Odd(_) => {
                let has_switch = field.has_presence();
                let label = FormLabel { name, kind: &kind, help: Some(help.as_str()), open: None };
                let set = self.text.with("form-set", &[("name", self.path.as_str().into())]);
                let absent = match descriptor.kind() {
                    FieldKind::Message(_) => self.text.get("form-absent").to_owned(),
                    _ => self.text.with("form-absent-default", &[("value", field.default_hint().into())]),
                };
                if is_mask(&field.value) {
                    self.mask_target = mask_target(&descriptor, &self.output);
                }
                let mut present = field.present;
                let path = self.path.clone();
                let hint = (!has_switch).then(|| scalar::absent_hint(&field.value)).flatten();
                let asked = self.asked_of(&descriptor);
                // How a time or a duration is written is what one wants to know first.
                let is_plain = !matches!(descriptor.kind(), FieldKind::Message(_));
                let hint = asked.first().map(String::as_str).filter(|_| is_plain).or(hint);
                let row = widgets::form_row(ui, &FormRow { id, depth, label }, |ui| {
                    if !has_switch {
                        self.leaf_ui(ui, &mut field.value, id, &path, hint);
                    } else if present {
                        ui.horizontal_top(|ui| {
                            self.set_ui(ui, &set, &mut present);
                            ui.vertical(|ui| self.leaf_ui(ui, &mut field.value, id, &path, hint));
                        });
                    } else {
                        ui.horizontal(|ui| {
                            self.set_ui(ui, &set, &mut present);
                            crate::ui::secondary(ui, &absent);
                        });
                    }
                });
                let head = self.head(&row);
                if present != field.present {
                    field.set_present(present);
                    self.edited = true;
                }
                self.rules_ui(ui, id, depth);
                Some(head)
            }
        };
        let Some(head) = head else { return };
        if descriptor.is_deprecated() {
            widgets::strike(ui, head.label, name, foldable);
        }
        self.required_ui(ui, field, id, depth);
        self.field_menu_ui(ui, field, id, head, in_oneof);
        self.path.truncate(parent_path);
    }

    /// Makes a field the current one; to what length the path is to be cut afterwards.
    fn enter_field(&mut self, name: &str) -> usize {
        let before = self.path.len();
        if before > 0 {
            self.path.push('.');
        }
        self.path.push_str(name);
        before
    }

    /// As [`Rows::enter_field`], for an element of the current field.
    fn enter_element(&mut self, index: usize) -> usize {
        let before = self.path.len();
        self.path.extend(["[", &index.to_string(), "]"]);
        before
    }

    /// A value that has no label of its own: the inside of a message, or a leaf.
    fn value_ui(&mut self, ui: &mut Ui, value: &mut ValueForm, id: Id, depth: usize) {
        match value {
            ValueForm::Any(any) => return self.any_element_ui(ui, any, id, depth),
            ValueForm::Json(json) => return self.json_element_ui(ui, json, id, depth),
            _ => {}
        }
        if let ValueForm::Message { .. } = value {
            value.open();
        }
        if let ValueForm::Message { form: Some(form), .. } = value {
            self.no_fields_ui(ui, form, id, depth);
            self.message_ui(ui, form, id, depth);
        }
    }

    fn oneof_ui(&mut self, ui: &mut Ui, oneof: &mut OneofForm, parent: Id, depth: usize) {
        let id = parent.with(("oneof", oneof.descriptor.name()));
        let name = oneof.descriptor.name().to_owned();
        let parent_path = self.enter_field(&name);
        let path = self.path.clone();
        self.path.truncate(parent_path);
        let names: Vec<String> = oneof.arms.iter().map(|arm| arm.descriptor.name().to_owned()).collect();
        let none = self.text.get("oneof-none");
        let labels: Vec<&str> = std::iter::once(none).chain(names.iter().map(String::as_str)).collect();
        let mut chosen = oneof.chosen.map_or(0, |arm| arm + 1);
        let label = FormLabel { name: &name, kind: self.text.get("oneof"), help: None, open: None };
        let row = widgets::form_row(ui, &FormRow { id, depth, label }, |ui| {
            let room = ui.available_width();
            let wanted: f32 = labels.iter().map(|label| label.chars().count() as f32 * 7.5 + 24.0).sum();
            if labels.len() <= SEGMENTS && wanted < room {
                return widgets::segmented(ui, id.with("arms"), &path, &labels, &mut chosen);
            }
            let choice = Choice::new(id.with("arms"), &path, labels[chosen]);
            widgets::combo_of_words(ui, &choice, &labels).is_some_and(|index| {
                chosen = index;
                true
            })
        });
        let before = self.enter_field(&name);
        self.rules_ui(ui, id, depth);
        self.path.truncate(before);
        let head = self.head(&row);
        self.oneof_reset_ui(ui, oneof, head.row);
        if row.inner.1 {
            oneof.choose(chosen.checked_sub(1));
            self.edited = true;
        }
        if let Some(arm) = oneof.chosen.and_then(|arm| oneof.arms.get_mut(arm)) {
            self.field_ui(ui, arm, id, depth + 1, true);
        }
    }

    /// Says so where a field that must be set is not.
    fn required_ui(&self, ui: &mut Ui, field: &FieldForm, id: Id, depth: usize) {
        if is_missing(field) {
            let label = FormLabel { name: "", kind: "", help: None, open: None };
            widgets::form_row(ui, &FormRow { id: id.with("required"), depth, label }, |ui| {
                widgets::inline_warning(ui, self.text.get("rule-required"));
            });
        }
    }

    fn help(&self, descriptor: &MessageField) -> String {
        let doc = match (self.types.doc(descriptor.full_name()), descriptor.kind()) {
            // The comment on a group is that of its message.
            ("", FieldKind::Message(group)) if descriptor.is_group() => self.types.doc(group.full_name()),
            (doc, _) => doc,
        };
        let mut help = doc.to_owned();
        let mut add = |words: &str| {
            if !help.is_empty() && !words.is_empty() {
                help.push_str("\n\n");
            }
            help.push_str(words);
        };
        add(&descriptor.declaration());
        if let FieldKind::Message(message) = descriptor.kind()
            && !descriptor.is_map()
        {
            add(if descriptor.is_group() { "" } else { self.types.doc(message.full_name()) });
            add(&reserved(&message).unwrap_or_default());
        }
        self.with_rules(help, descriptor)
    }
}

/// Whether a field must be set and is not.
fn is_missing(field: &FieldForm) -> bool {
    field.descriptor.cardinality() == Cardinality::Required && !field.present
}

/// Whether its row has a caret.
fn is_foldable(field: &FieldForm, in_oneof: bool) -> bool {
    match &field.value {
        ValueForm::Message { .. } => field.present || in_oneof,
        ValueForm::Repeated(elements) => !elements.is_empty(),
        ValueForm::Map(entries) => !entries.is_empty(),
        _ => false,
    }
}

fn is_mask(value: &ValueForm) -> bool {
    matches!(value, ValueForm::Scalar(ScalarForm { shape: Shape::FieldMask, .. }))
}

fn opened(ui: &Ui, id: Id, from_start: bool) -> bool {
    ui.data(|data| data.get_temp(id.with("open"))).unwrap_or(from_start)
}

fn set_opened(ui: &Ui, id: Id, open: bool) {
    ui.data_mut(|data| data.insert_temp(id.with("open"), open));
}
