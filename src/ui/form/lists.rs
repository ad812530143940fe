//! Rows of lists and maps: what adds, moves and removes elements.

use egui::{Align, Id, Layout, Ui};
use prost_reflect::{FieldDescriptor, Kind as FieldKind};

use super::{Rows, opened, set_opened};
use crate::message::form::{EntryForm, FieldForm, ValueForm};
use crate::text::Text;
use crate::ui::icons::Icon;
use crate::ui::widgets::{self, FormLabel, FormRow, Push};
use crate::ui::{hint, theme};

/// Elements of a list drawn at most; the JSON view has them all.
const ELEMENTS: usize = 200;
/// Elements up to which they are open from the start.
const OPEN_ELEMENTS: usize = 3;

impl Rows<'_> {
    pub(super) fn repeated_ui(
        &mut self,
        ui: &mut Ui,
        field: &mut FieldForm,
        id: Id,
        depth: usize,
        kind: &str,
        help: Option<&str>,
    ) {
        let descriptor = field.descriptor.clone();
        let ValueForm::Repeated(elements) = &mut field.value else { return };
        let open = opened(ui, id, true);
        let label = FormLabel { name: descriptor.name(), kind, help, open: (!elements.is_empty()).then_some(open) };
        let add = self.text.with("list-add", &[("name", self.path.as_str().into())]);
        let text = self.text;
        let row = widgets::form_row(ui, &FormRow { id, depth, label }, |ui| add_button(ui, text.get("add"), &add));
        if row.inner.0.toggled {
            set_opened(ui, id, !open);
        }
        if row.inner.1 {
            elements.push(ValueForm::new_element(&descriptor));
            set_opened(ui, id, true);
            set_opened(ui, id.with(elements.len() - 1), true);
            self.edited = true;
        }
        if !open {
            return;
        }
        let count = elements.len();
        let mut edit = None;
        for (index, element) in elements.iter_mut().enumerate().take(ELEMENTS) {
            let at = id.with(index);
            let is_message = matches!(element, ValueForm::Message { .. });
            let open = opened(ui, at, count <= OPEN_ELEMENTS);
            let number = index.to_string();
            let kind = if is_message { element_type(&descriptor) } else { String::new() };
            let label = FormLabel { name: &number, kind: &kind, help: None, open: is_message.then_some(open) };
            let name = format!("{}[{index}]", self.path);
            let row = widgets::form_row(ui, &FormRow { id: at, depth: depth + 1, label }, |ui| {
                ui.with_layout(Layout::right_to_left(Align::Min), |ui| {
                    edit = edit.or(element_verbs(ui, text, &name, index, count));
                    ui.with_layout(Layout::top_down(Align::Min), |ui| {
                        if is_message {
                            let summary = if open { String::new() } else { element.summary() };
                            let color = theme::tokens(ui).text_tertiary;
                            let summary = widgets::elided(ui, &summary, theme::mono(), color, ui.available_width());
                            ui.add_space(6.0);
                            ui.label(summary);
                        } else {
                            self.leaf_ui(ui, element, at, &name, None);
                        }
                    });
                });
            });
            if row.inner.0.toggled {
                set_opened(ui, at, !open);
            }
            if is_message && open {
                let before = self.enter_element(index);
                self.value_ui(ui, element, at, depth + 2);
                self.path.truncate(before);
            }
        }
        if count > ELEMENTS {
            hint(ui, &self.text.with("list-more", &[("count", (count - ELEMENTS).into())]));
        }
        match edit {
            Some(Edit::Remove(index)) => drop(elements.remove(index)),
            Some(Edit::Duplicate(index)) => elements.insert(index + 1, elements[index].clone()),
            Some(Edit::Up(index)) => elements.swap(index, index - 1),
            None => {}
        }
        self.edited |= edit.is_some();
    }

    pub(super) fn map_ui(
        &mut self,
        ui: &mut Ui,
        field: &mut FieldForm,
        id: Id,
        depth: usize,
        kind: &str,
        help: Option<&str>,
    ) {
        let descriptor = field.descriptor.clone();
        let ValueForm::Map(entries) = &mut field.value else { return };
        let open = opened(ui, id, true);
        let label = FormLabel { name: descriptor.name(), kind, help, open: (!entries.is_empty()).then_some(open) };
        let text = self.text;
        let add = text.with("list-add", &[("name", self.path.as_str().into())]);
        let row = widgets::form_row(ui, &FormRow { id, depth, label }, |ui| add_button(ui, text.get("add"), &add));
        if row.inner.0.toggled {
            set_opened(ui, id, !open);
        }
        let before = self.edited;
        self.edited = row.inner.1;
        if row.inner.1 {
            entries.extend(EntryForm::new(&descriptor));
            set_opened(ui, id, true);
        }
        if !open {
            self.edited |= before;
            return;
        }
        let mut removed = None;
        for (index, entry) in entries.iter_mut().enumerate().take(ELEMENTS) {
            let at = id.with(index);
            let number = index.to_string();
            let label = FormLabel { name: &number, kind: "", help: None, open: None };
            let key_name = text.with("map-key", &[("name", self.path.as_str().into()), ("number", index.into())]);
            let value_name = text.with("map-value", &[("name", self.path.as_str().into()), ("number", index.into())]);
            let is_message = matches!(entry.value, ValueForm::Message { .. });
            widgets::form_row(ui, &FormRow { id: at, depth: depth + 1, label }, |ui| {
                ui.horizontal_top(|ui| {
                    let room = ui.available_width() - theme::INPUT_HEIGHT - 16.0;
                    ui.allocate_ui_with_layout(
                        egui::vec2(if is_message { room } else { room * 0.4 }, theme::INPUT_HEIGHT),
                        Layout::top_down(Align::Min),
                        |ui| self.scalar_ui(ui, &mut entry.key, at.with("key"), &key_name, None),
                    );
                    if !is_message {
                        ui.allocate_ui_with_layout(
                            egui::vec2(room * 0.6, theme::INPUT_HEIGHT),
                            Layout::top_down(Align::Min),
                            |ui| self.leaf_ui(ui, &mut entry.value, at.with("value"), &value_name, None),
                        );
                    }
                    let name = text.with("list-remove", &[("name", format!("{}[{index}]", self.path).into())]);
                    if widgets::icon_button(ui, Icon::Trash, &name, None).clicked() {
                        removed = Some(index);
                    }
                });
                if entry.duplicate {
                    widgets::inline_problem(ui, text.get("map-duplicate"));
                }
            });
            if is_message {
                let before = self.enter_element(index);
                self.value_ui(ui, &mut entry.value, at, depth + 2);
                self.path.truncate(before);
            }
        }
        if entries.len() > ELEMENTS {
            hint(ui, &text.with("list-more", &[("count", (entries.len() - ELEMENTS).into())]));
        }
        if let Some(index) = removed {
            entries.remove(index);
            self.edited = true;
        }
        if self.edited {
            // An edited key may now be another's double, or no longer be one.
            field.value.check();
        }
        self.edited |= before;
    }
}

/// What was asked of an element of a list.
#[derive(Clone, Copy)]
enum Edit {
    Remove(usize),
    Duplicate(usize),
    Up(usize),
}

fn element_verbs(ui: &mut Ui, text: &Text, name: &str, index: usize, count: usize) -> Option<Edit> {
    let mut edit = None;
    ui.spacing_mut().item_spacing.x = 0.0;
    let named = |key: &str| text.with(key, &[("name", name.into())]);
    if widgets::icon_button(ui, Icon::Trash, &named("list-remove"), None).clicked() {
        edit = Some(Edit::Remove(index));
    }
    if count > 1 {
        let up = ui.add_enabled_ui(index > 0, |ui| widgets::icon_button(ui, Icon::ArrowUp, &named("list-up"), None));
        if up.inner.clicked() {
            edit = Some(Edit::Up(index));
        }
    }
    if widgets::icon_button(ui, Icon::Copy, &named("list-duplicate"), None).clicked() {
        edit = Some(Edit::Duplicate(index));
    }
    edit
}

fn add_button(ui: &mut Ui, label: &str, name: &str) -> bool {
    let response = ui.add(Push::new(label).icon(Icon::Plus));
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, name));
    response.clicked()
}

fn element_type(descriptor: &FieldDescriptor) -> String {
    match descriptor.kind() {
        FieldKind::Message(message) => message.name().to_owned(),
        _ => String::new(),
    }
}
