//! What a message has besides the fields of its type: extensions, fields that the type does not know, and members of the
//! JSON that fit nowhere.
//!
//! Must not know: how they are written.

use egui::{Id, Ui};
use prost_reflect::MessageDescriptor;

use super::{Rows, opened, set_opened};
use crate::message::form::MessageForm;
use crate::message::unknown;
use crate::ui::icons::Icon;
use crate::ui::theme;
use crate::ui::widgets::{self, FormLabel, FormRow};

impl Rows<'_> {
    /// Those that are set; the rest under a row that opens.
    pub(super) fn extensions_ui(&mut self, ui: &mut Ui, form: &mut MessageForm, id: Id, depth: usize) {
        if form.extensions.is_empty() {
            return;
        }
        let row_id = id.with("extensions");
        let open = opened(ui, row_id, false);
        let count = form.extensions.len();
        let set = form.extensions.iter().filter(|field| field.is_set()).count();
        let words = self.text.with("form-extensions-count", &[("set", set.into()), ("count", count.into())]);
        let label = FormLabel { name: self.text.get("form-extensions"), kind: "", help: None, open: Some(open) };
        let row = widgets::form_row(ui, &FormRow { id: row_id, depth, label }, |ui| {
            ui.horizontal_centered(|ui| crate::ui::secondary(ui, &words));
        });
        if row.inner.0.toggled {
            set_opened(ui, row_id, !open);
        }
        for field in &mut form.extensions {
            if open || field.is_set() {
                self.field_ui(ui, field, row_id, depth + 1, false);
            }
        }
    }

    /// What the type has no field for.
    pub(super) fn extra_ui(&mut self, ui: &mut Ui, form: &mut MessageForm, id: Id, depth: usize) {
        let text = self.text;
        let mut removed = None;
        for (index, member) in form.extra.iter().enumerate() {
            let id = id.with(("extra", index));
            if unknown::is_meant(&form.descriptor, member) {
                self.unknown_ui(ui, &unknown::shown(&member.value), id, depth);
                continue;
            }
            let label = FormLabel { name: &member.name, kind: text.get("form-extra"), help: None, open: None };
            widgets::form_row(ui, &FormRow { id, depth, label }, |ui| {
                ui.with_layout(egui::Layout::right_to_left(egui::Align::Min), |ui| {
                    let remove = text.with("list-remove", &[("name", member.name.as_str().into())]);
                    if widgets::icon_button(ui, Icon::Trash, &remove, None).clicked() {
                        removed = Some(index);
                    }
                    ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                        let value = member.value.to_line();
                        let color = theme::tokens(ui).warning;
                        ui.label(widgets::elided(ui, &value, theme::mono(), color, ui.available_width()))
                            .on_hover_text(text.get("form-extra-help"));
                    });
                });
            });
        }
        if let Some(index) = removed {
            form.extra.remove(index);
            self.edited = true;
        }
    }

    fn unknown_ui(&self, ui: &mut Ui, fields: &[unknown::Shown], id: Id, depth: usize) {
        let open = opened(ui, id, true);
        let help = self.text.get("form-unknown-help");
        let label = FormLabel { name: self.text.get("form-unknown"), kind: "", help: Some(help), open: Some(open) };
        let row = widgets::form_row(ui, &FormRow { id, depth, label }, |ui| {
            let words = self.text.with("form-unknown-count", &[("count", fields.len().into())]);
            ui.horizontal_centered(|ui| crate::ui::secondary(ui, &words));
        });
        if row.inner.0.toggled {
            set_opened(ui, id, !open);
        }
        for (index, field) in fields.iter().enumerate().filter(|_| open) {
            let label = FormLabel { name: &field.number, kind: &field.wire, help: None, open: None };
            widgets::form_row(ui, &FormRow { id: id.with(index), depth: depth + 1, label }, |ui| {
                let color = theme::tokens(ui).text_secondary;
                ui.add_space(5.0);
                ui.label(widgets::elided(ui, &field.value, theme::mono(), color, ui.available_width()));
            });
        }
    }

    /// Says so where a message has no fields at all.
    pub(super) fn no_fields_ui(&self, ui: &mut Ui, form: &MessageForm, id: Id, depth: usize) {
        if form.items.is_empty() && form.whole.is_none() {
            let label = FormLabel { name: "", kind: "", help: None, open: None };
            widgets::form_row(ui, &FormRow { id: id.with("empty"), depth, label }, |ui| {
                crate::ui::hint(ui, self.text.get("form-no-fields"));
            });
        }
    }

    /// The path of what is drawn, or the name of its type where it is the message as a whole.
    pub(super) fn whole_name(&self, descriptor: &MessageDescriptor) -> String {
        if self.path.is_empty() { descriptor.name().to_owned() } else { self.path.clone() }
    }
}
