//! The form of a message: a row for each field, made from its type, with the proto's comments as help.
//!
//! Draws and edits [`MessageForm`] in place; whether anything was edited is all that it tells.

use egui::{Align, Id, Layout, Ui};
use prost_reflect::{EnumDescriptor, FieldDescriptor, Kind as FieldKind};

use super::icons::Icon;
use super::theme;
use super::widgets::{self, Choice, Field, FormLabel, FormRow, Push};
use crate::app::{Action, App};
use crate::message::form::{EntryForm, FieldForm, Item, MessageForm, OneofForm, ScalarForm, Shape, ValueForm};
use crate::request::Scope;
use crate::schema::Types;
use crate::text::Text;

/// A oneof with more arms than this is a list to choose from.
const SEGMENTS: usize = 5;
/// Elements of a list drawn at most; the JSON view has them all.
const ELEMENTS: usize = 200;
/// Elements up to which they are open from the start.
const OPEN_ELEMENTS: usize = 3;

/// What every row needs.
struct Rows<'a> {
    text: &'a Text,
    types: &'a Types,
    scope: &'a Scope,
    edited: bool,
    /// The way from the message as a whole to the row that is drawn, `lists.prices[0]`. What can be acted on is named with
    /// it: a screen reader, which does not see the indent, could not tell two fields `label` of a tree apart.
    path: String,
}

pub(super) fn ui(ui: &mut Ui, app: &mut App, actions: &mut Vec<Action>) {
    let text = app.text.clone();
    let scope = app.scope();
    let Some(tab) = app.tab_mut() else { return };
    let Some(ready) = tab.ready().cloned() else { return };
    let root = Id::unique(("form", tab.id, tab.composer.current));
    let Some(form) = tab.composer.form.as_mut() else { return };
    let mut rows = Rows { text: &text, types: &ready.types, scope: &scope, edited: false, path: String::new() };
    ui.spacing_mut().item_spacing.y = 4.0;
    if form.items.is_empty() && form.extra.is_empty() {
        let name = form.descriptor.full_name().to_owned();
        super::secondary(ui, &text.with("form-empty", &[("name", name.into())]));
    }
    rows.message_ui(ui, form, root, 0);
    if rows.edited {
        actions.push(Action::FormEdited);
    }
}

impl Rows<'_> {
    fn message_ui(&mut self, ui: &mut Ui, form: &mut MessageForm, id: Id, depth: usize) {
        if let Some(whole) = &mut form.whole {
            let name = form.descriptor.name().to_owned();
            let label = FormLabel { name: &name, kind: "", help: None, open: None };
            widgets::form_row(ui, &FormRow { id: id.with("whole"), depth, label }, |ui| {
                self.leaf_ui(ui, whole, id.with("whole"), &name, None);
            });
            return;
        }
        for item in &mut form.items {
            match item {
                Item::Field(field) => self.field_ui(ui, field, id, depth, false),
                Item::Oneof(oneof) => self.oneof_ui(ui, oneof, id, depth),
            }
        }
        for member in &form.extra {
            let label = FormLabel { name: &member.name, kind: self.text.get("form-extra"), help: None, open: None };
            widgets::form_row(ui, &FormRow { id: id.with(("extra", &member.name)), depth, label }, |ui| {
                let value = member.value.to_line();
                let color = theme::tokens(ui).warning;
                ui.label(widgets::elided(ui, &value, theme::mono(), color, ui.available_width()))
                    .on_hover_text(self.text.get("form-extra-help"));
            });
        }
    }

    fn field_ui(&mut self, ui: &mut Ui, field: &mut FieldForm, parent: Id, depth: usize, in_oneof: bool) {
        let descriptor = field.descriptor.clone();
        let id = parent.with(descriptor.number());
        let kind = field.type_label();
        let help = self.help(&descriptor);
        let name = descriptor.name();
        let parent_path = self.enter_field(name);
        match &mut field.value {
            ValueForm::Repeated(_) => self.repeated_ui(ui, field, id, depth, &kind, Some(help.as_str())),
            ValueForm::Map(_) => self.map_ui(ui, field, id, depth, &kind, Some(help.as_str())),
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
                            edited = widgets::switch(ui, &set, present).changed();
                        }
                        let words = if shown { summary.as_str() } else { hint };
                        let color = theme::tokens(ui).text_tertiary;
                        let room = ui.available_width();
                        ui.label(widgets::elided(ui, words, theme::mono(), color, room));
                    });
                    edited
                });
                if row.inner.0.toggled {
                    set_opened(ui, id, !open);
                }
                self.edited |= row.inner.1;
                if shown && open {
                    self.value_ui(ui, &mut field.value, id, depth + 1);
                }
            }
            ValueForm::Scalar(_) | ValueForm::Odd(_) => {
                let has_switch = field.has_presence();
                let label = FormLabel { name, kind: &kind, help: Some(help.as_str()), open: None };
                let set = self.text.with("form-set", &[("name", self.path.as_str().into())]);
                let absent = match descriptor.kind() {
                    FieldKind::Message(_) => self.text.get("form-absent").to_owned(),
                    _ => self.text.with("form-absent-default", &[("value", field.default_hint().into())]),
                };
                let mut present = field.present;
                let path = self.path.clone();
                let hint = (!has_switch).then(|| absent_hint(&field.value)).flatten();
                widgets::form_row(ui, &FormRow { id, depth, label }, |ui| {
                    if !has_switch {
                        self.leaf_ui(ui, &mut field.value, id, &path, hint);
                    } else if present {
                        ui.horizontal_top(|ui| {
                            widgets::switch(ui, &set, &mut present);
                            ui.vertical(|ui| self.leaf_ui(ui, &mut field.value, id, &path, hint));
                        });
                    } else {
                        ui.horizontal(|ui| {
                            widgets::switch(ui, &set, &mut present);
                            super::secondary(ui, &absent);
                        });
                    }
                });
                if present != field.present {
                    field.set_present(present);
                    self.edited = true;
                }
            }
        }
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
        if let ValueForm::Message { .. } = value {
            value.open();
        }
        if let ValueForm::Message { form: Some(form), .. } = value {
            if form.items.is_empty() {
                let label = FormLabel { name: "", kind: "", help: None, open: None };
                widgets::form_row(ui, &FormRow { id: id.with("empty"), depth, label }, |ui| {
                    super::hint(ui, self.text.get("form-no-fields"));
                });
            }
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
            let (_, picked) = widgets::combo(
                ui,
                &choice,
                labels.len(),
                |index| labels[index].to_owned(),
                |ui, index| {
                    ui.label(labels[index]);
                },
            );
            picked.is_some_and(|index| {
                chosen = index;
                true
            })
        });
        if row.inner.1 {
            oneof.choose(chosen.checked_sub(1));
            self.edited = true;
        }
        if let Some(arm) = oneof.chosen.and_then(|arm| oneof.arms.get_mut(arm)) {
            self.field_ui(ui, arm, id, depth + 1, true);
        }
    }

    fn repeated_ui(
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
            super::hint(ui, &self.text.with("list-more", &[("count", (count - ELEMENTS).into())]));
        }
        match edit {
            Some(Edit::Remove(index)) => drop(elements.remove(index)),
            Some(Edit::Duplicate(index)) => elements.insert(index + 1, elements[index].clone()),
            Some(Edit::Up(index)) => elements.swap(index, index - 1),
            None => {}
        }
        self.edited |= edit.is_some();
    }

    fn map_ui(&mut self, ui: &mut Ui, field: &mut FieldForm, id: Id, depth: usize, kind: &str, help: Option<&str>) {
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
            super::hint(ui, &text.with("list-more", &[("count", (entries.len() - ELEMENTS).into())]));
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

    /// A value typed as one text, or one that does not fit its type at all.
    fn leaf_ui(&mut self, ui: &mut Ui, value: &mut ValueForm, id: Id, name: &str, hint: Option<&str>) {
        match value {
            ValueForm::Scalar(scalar) => self.scalar_ui(ui, scalar, id.with("value"), name, hint),
            ValueForm::Odd(node) => {
                let color = theme::tokens(ui).error;
                let line = node.to_line();
                ui.label(widgets::elided(ui, &line, theme::mono(), color, ui.available_width()));
                widgets::inline_problem(ui, self.text.get("form-odd"));
            }
            ValueForm::Message { .. } | ValueForm::Repeated(_) | ValueForm::Map(_) => {}
        }
    }

    fn scalar_ui(&mut self, ui: &mut Ui, scalar: &mut ScalarForm, id: Id, name: &str, hint: Option<&str>) {
        let is_plain_bool = matches!(scalar.text.as_str(), "" | "true" | "false");
        let edited = match &scalar.shape {
            Shape::Bool if is_plain_bool => {
                let mut on = scalar.text == "true";
                // The word beside it tells the value from the switch that sets the field.
                let switched = ui.horizontal(|ui| {
                    let switched = widgets::switch(ui, name, &mut on).changed();
                    let color = theme::tokens(ui).text_secondary;
                    ui.label(egui::RichText::new(on.to_string()).font(theme::mono()).color(color));
                    switched
                });
                if switched.inner {
                    scalar.text = on.to_string();
                }
                switched.inner
            }
            Shape::Enum(descriptor) if !scalar.text.contains("{{") => {
                let descriptor = descriptor.clone();
                enum_ui(ui, scalar, &descriptor, id, name)
            }
            _ => self.text_ui(ui, scalar, id, name, hint),
        };
        if edited {
            scalar.check();
            self.edited = true;
        }
        if let Some(problem) = &scalar.problem {
            widgets::inline_problem(ui, problem);
        }
    }

    fn text_ui(&mut self, ui: &mut Ui, scalar: &mut ScalarForm, id: Id, name: &str, hint: Option<&str>) -> bool {
        let (ranges, ghost) = super::variables(&scalar.text, self.scope);
        let rows = match &scalar.shape {
            Shape::Json(_) => scalar.text.lines().count().clamp(2, 8),
            Shape::String if scalar.text.contains('\n') => scalar.text.lines().count().clamp(2, 8),
            _ => 1,
        };
        let now = matches!(scalar.shape, Shape::Timestamp).then(|| (Icon::Clock, self.text.get("timestamp-now")));
        let shape_hint = match &scalar.shape {
            Shape::Bytes => self.text.get("hint-bytes"),
            Shape::Timestamp => self.text.get("hint-timestamp"),
            Shape::Duration => self.text.get("hint-duration"),
            Shape::FieldMask => self.text.get("hint-field-mask"),
            Shape::Json(_) => self.text.get("hint-json"),
            _ => "",
        };
        let mut field = Field::new(id, name, &mut scalar.text);
        field.hint = hint.filter(|_| shape_hint.is_empty()).unwrap_or(shape_hint);
        field.mono = true;
        field.error = scalar.problem.as_deref();
        field.variables = &ranges;
        field.ghost = ghost.as_deref();
        field.rows = rows;
        field.trailing = now;
        let response = widgets::field(ui, field);
        if response.trailing_clicked {
            scalar.text = jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        }
        response.changed || response.trailing_clicked
    }

    fn help(&self, descriptor: &FieldDescriptor) -> String {
        let doc = self.types.doc(descriptor.full_name());
        let number = descriptor.number();
        let label = format!("{} = {number}", descriptor.name());
        if doc.is_empty() { label } else { format!("{doc}\n\n{label}") }
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

fn enum_ui(ui: &mut Ui, scalar: &mut ScalarForm, descriptor: &EnumDescriptor, id: Id, name: &str) -> bool {
    let values: Vec<(String, i32)> =
        descriptor.values().map(|value| (value.name().to_owned(), value.number())).collect();
    let typed = scalar.text.trim();
    let known = values.iter().find(|(name, number)| name == typed || number.to_string() == typed);
    let zero = || values.iter().find(|(_, number)| *number == 0).or(values.first());
    let shown = if typed.is_empty() { zero() } else { known };
    let current = shown.map_or(typed, |(name, _)| name.as_str()).to_owned();
    let detail = shown.map(|(_, number)| number.to_string());
    let mut choice = Choice::new(id, name, &current);
    choice.detail = detail.as_deref();
    choice.mono = true;
    choice.error = scalar.problem.is_some();
    let label = |index: usize| values[index].0.clone();
    let (_, picked) = widgets::combo(ui, &choice, values.len(), label, |ui, index| {
        let (name, number) = &values[index];
        ui.label(egui::RichText::new(name).font(theme::mono()));
        ui.label(egui::RichText::new(number.to_string()).font(theme::mono()).color(theme::tokens(ui).text_tertiary));
    });
    if let Some(index) = picked {
        scalar.text.clone_from(&values[index].0);
    }
    picked.is_some()
}

fn element_type(descriptor: &FieldDescriptor) -> String {
    match descriptor.kind() {
        FieldKind::Message(message) => message.name().to_owned(),
        _ => String::new(),
    }
}

/// What an empty text means, shown in its place.
fn absent_hint(value: &ValueForm) -> Option<&'static str> {
    match value {
        ValueForm::Scalar(scalar) => match scalar.shape {
            Shape::Int32 | Shape::Int64 | Shape::Uint32 | Shape::Uint64 | Shape::Float | Shape::Double => Some("0"),
            _ => None,
        },
        _ => None,
    }
}

fn opened(ui: &Ui, id: Id, from_start: bool) -> bool {
    ui.data(|data| data.get_temp(id.with("open"))).unwrap_or(from_start)
}

fn set_opened(ui: &Ui, id: Id, open: bool) {
    ui.data_mut(|data| data.insert_temp(id.with("open"), open));
}
