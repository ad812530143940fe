//! An `Any`: a chooser of its type, and the fields of that type below.
//!
//! Must not know: how its JSON looks.

use std::collections::HashSet;

use egui::{Align, Id, Layout, Ui, vec2};

use super::menu::Head;
use super::{Rows, opened, set_opened};
use crate::message::form::{AnyContent, AnyForm, FieldForm, ValueForm};
use crate::schema::Types;
use crate::ui::theme;
use crate::ui::widgets::{self, Choice, FormLabel, FormRow, Picked};

impl Rows<'_> {
    /// A field whose first part, a chooser, stands beside its label, and the rest below.
    pub(super) fn block_ui(
        &mut self,
        ui: &mut Ui,
        field: &mut FieldForm,
        id: Id,
        depth: usize,
        in_oneof: bool,
    ) -> Head {
        let (kind, descriptor) = (field.type_label(), field.descriptor.clone());
        let help = self.help(&descriptor);
        let has_switch = !in_oneof && field.has_presence();
        let shown = in_oneof || field.present;
        let open = opened(ui, id, true);
        let has_rows = match &field.value {
            ValueForm::Any(any) => any.content != AnyContent::Nothing,
            ValueForm::Json(json) => json.text.is_none() && json.root.kind().is_branch(),
            _ => false,
        };
        let foldable = (shown && has_rows).then_some(open);
        let label = FormLabel { name: &descriptor.label(), kind: &kind, help: Some(&help), open: foldable };
        let set = self.text.with("form-set", &[("name", self.path.as_str().into())]);
        let path = self.path.clone();
        let mut present = shown;
        let row = widgets::form_row(ui, &FormRow { id, depth, label }, |ui| {
            // What is not set has but one line.
            let align = if shown { Align::Min } else { Align::Center };
            let size = vec2(ui.available_width(), theme::INPUT_HEIGHT);
            ui.allocate_ui_with_layout(size, Layout::left_to_right(align), |ui| {
                if has_switch {
                    self.set_ui(ui, &set, &mut present);
                }
                if shown {
                    ui.vertical(|ui| match &mut field.value {
                        ValueForm::Any(any) => self.any_head_ui(ui, any, id, &path),
                        ValueForm::Json(json) => self.json_head_ui(ui, json, id, &path),
                        _ => {}
                    });
                } else {
                    crate::ui::secondary(ui, self.text.get("form-absent"));
                }
            });
        });
        let head = self.head(&row);
        if row.inner.0.toggled {
            set_opened(ui, id, !open);
        }
        if present != shown {
            field.set_present(present);
            self.edited = true;
        }
        if shown && open {
            match &mut field.value {
                ValueForm::Any(any) => self.any_body_ui(ui, any, id, depth + 1),
                ValueForm::Json(json) => self.json_body_ui(ui, json, id, depth + 1),
                _ => {}
            }
        }
        head
    }

    /// Without a label of its own: an element, or the message as a whole.
    pub(super) fn any_element_ui(&mut self, ui: &mut Ui, any: &mut AnyForm, id: Id, depth: usize) {
        let label = FormLabel { name: self.text.get("any-type"), kind: "", help: None, open: None };
        let name = self.whole_name(&any.descriptor);
        widgets::form_row(ui, &FormRow { id: id.with("type"), depth, label }, |ui| {
            self.any_head_ui(ui, any, id, &name);
        });
        self.any_body_ui(ui, any, id, depth);
    }

    fn any_head_ui(&mut self, ui: &mut Ui, any: &mut AnyForm, id: Id, path: &str) {
        let text = self.text;
        let name = text.with("any-type-of", &[("name", path.into())]);
        let id = id.with("type");
        let nothing = text.get("any-nothing");
        // Made only where it may be shown: there may be thousands.
        let is_open = egui::Popup::is_id_open(ui.ctx(), id.with("list"));
        let may_open = ui.input(|input| input.pointer.any_released() || input.key_pressed(egui::Key::ArrowDown));
        let mut choices = if is_open || may_open { any.choices() } else { Vec::new() };
        if let Some(filter) = widgets::combo_filter(ui, id) {
            let known: HashSet<&String> = choices.iter().collect();
            let others = self.any_names.find(&filter).iter().filter(|name| !known.contains(name)).cloned();
            let others: Vec<String> = others.collect();
            choices.extend(others);
        }
        let is_set = any.content != AnyContent::Nothing;
        let shown = if is_set { any.type_name().to_owned() } else { nothing.to_owned() };
        let problem = any.problem();
        let mut choice = Choice::new(id, &name, &shown);
        choice.detail = any.server();
        choice.filter_hint = text.get("any-filter");
        choice.error = problem.is_some();
        choice.free = Some(text.get("combo-as-typed"));
        // The first stands for no type at all.
        let label = |index: usize| match index.checked_sub(1) {
            None => nothing.to_owned(),
            Some(index) => choices.get(index).cloned().unwrap_or_default(),
        };
        let (_, picked) = widgets::combo_free(ui, &choice, choices.len() + 1, label, |ui, index| {
            let tokens = theme::tokens(ui);
            let color = if index == 0 { tokens.text_secondary } else { tokens.text };
            let font = if index == 0 { theme::body() } else { theme::mono() };
            let room = ui.available_width();
            ui.label(widgets::elided(ui, &label(index), font, color, room));
        });
        let chosen = picked.map(|picked| match picked {
            Picked::Option(0) => String::new(),
            Picked::Option(index) => label(index),
            Picked::Typed(typed) => typed,
        });
        if let Some(chosen) = chosen {
            any.choose(&chosen, &self.scope.types);
            self.edited = true;
        }
        if let Some(problem) = &problem {
            widgets::inline_problem(ui, problem);
        }
    }

    fn any_body_ui(&mut self, ui: &mut Ui, any: &mut AnyForm, id: Id, depth: usize) {
        // Another type has other rows.
        let id = id.with(("of", any.type_name()));
        let is_known = any.is_known();
        let is_coming = !is_known && self.found.is_looking_for(any.type_name());
        let own = self.types;
        if let Some(found) = self.found.with(any.type_name()).filter(|_| !has_message(own, any.type_name())) {
            self.types = found;
        }
        match &mut any.content {
            AnyContent::Nothing => {}
            AnyContent::Message(form) if form.whole.is_none() => {
                self.no_fields_ui(ui, form, id, depth);
                self.message_ui(ui, form, id, depth);
            }
            AnyContent::Message(form) => {
                let before = self.enter_field("value");
                self.message_ui(ui, form, id, depth);
                self.path.truncate(before);
            }
            AnyContent::Raw(bytes) => {
                let before = self.enter_field("value");
                let path = self.path.clone();
                let label = FormLabel { name: "value", kind: "bytes", help: None, open: None };
                widgets::form_row(ui, &FormRow { id: id.with("raw"), depth, label }, |ui| {
                    self.scalar_ui(ui, bytes, id.with("raw"), &path, None);
                    if is_coming {
                        widgets::spinner(ui);
                    }
                    let words = match (is_known, is_coming) {
                        (true, _) => "any-undecoded",
                        (false, true) => "any-coming",
                        (false, false) => "any-unknown",
                    };
                    crate::ui::hint(ui, self.text.get(words));
                });
                self.path.truncate(before);
            }
        }
        self.types = own;
    }
}

fn has_message(types: &Types, name: &str) -> bool {
    types.pool().get_message_by_name(name).is_some()
}
