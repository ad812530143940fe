//! Values that are typed or chosen: one text, a switch, an enum's name.

use std::collections::HashMap;

use egui::{Event, Id, Response, Ui};
use prost_reflect::EnumDescriptor;
use prost_types::{EnumValueDescriptorProto, EnumValueOptions};

use super::Rows;
use super::variables::{self, OfferKeys, Spotted};
use crate::message::form::{ScalarForm, Shape, ValueForm};
use crate::ui::icons::Icon;
use crate::ui::theme;
use crate::ui::widgets::{self, Choice, Field, Picked};

impl Rows<'_> {
    /// A value typed as one text, or one that does not fit its type at all.
    pub(super) fn leaf_ui(&mut self, ui: &mut Ui, value: &mut ValueForm, id: Id, name: &str, hint: Option<&str>) {
        match value {
            ValueForm::Scalar(scalar) => self.scalar_ui(ui, scalar, id.with("value"), name, hint),
            ValueForm::Odd(node) => {
                let color = theme::tokens(ui).error;
                let line = node.to_line();
                ui.label(widgets::elided(ui, &line, theme::mono(), color, ui.available_width()));
                widgets::inline_problem(ui, self.text.get("form-odd"));
            }
            ValueForm::Message { .. }
            | ValueForm::Any(_)
            | ValueForm::Json(_)
            | ValueForm::Repeated(_)
            | ValueForm::Map(_) => {}
        }
    }

    pub(super) fn scalar_ui(&mut self, ui: &mut Ui, scalar: &mut ScalarForm, id: Id, name: &str, hint: Option<&str>) {
        let is_plain_bool = matches!(scalar.text.as_str(), "" | "true" | "false");
        let edited = match &scalar.shape {
            Shape::Bool if is_plain_bool => {
                let mut on = scalar.text == "true";
                // The word beside it tells the value from the switch that sets the field.
                let switch = ui.horizontal(|ui| {
                    ui.spacing_mut().item_spacing.x = theme::GAP;
                    let switch = widgets::switch(ui, name, &mut on);
                    let color = theme::tokens(ui).text_secondary;
                    ui.label(egui::RichText::new(on.to_string()).font(theme::mono()).color(color));
                    switch
                });
                if switch.inner.changed() {
                    scalar.text = on.to_string();
                }
                switch.inner.changed() || begins_variable(ui, &switch.inner, &mut scalar.text, id)
            }
            Shape::Enum(descriptor) if !scalar.text.contains('{') => {
                let descriptor = descriptor.clone();
                self.enum_ui(ui, scalar, &descriptor, id, name)
            }
            Shape::Bytes => self.bytes_ui(ui, scalar, id, name, hint),
            Shape::FieldMask => self.mask_ui(ui, scalar, id, name),
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

    pub(super) fn text_ui(
        &mut self,
        ui: &mut Ui,
        scalar: &mut ScalarForm,
        id: Id,
        name: &str,
        hint: Option<&str>,
    ) -> bool {
        let spotted = Spotted::of(&scalar.text, self.scope);
        let ghost = spotted.ghost(&scalar.text, self.scope).or_else(|| scalar.meaning());
        let keys = OfferKeys::take(ui, id);
        let rows = match &scalar.shape {
            Shape::Json(_) => scalar.text.lines().count().clamp(2, 8),
            Shape::String if scalar.text.contains('\n') => scalar.text.lines().count().clamp(2, 8),
            _ => 1,
        };
        let is_time = matches!(scalar.shape, Shape::Timestamp);
        let choose = if is_time { self.text.with("time-choose", &[("name", name.into())]) } else { String::new() };
        let by_key = is_time
            && ui.memory(|memory| memory.has_focus(id))
            && ui.input_mut(|input| input.consume_key(egui::Modifiers::ALT, egui::Key::ArrowDown));
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
        field.variables = &spotted.ranges;
        field.unknown = &spotted.unknown;
        field.ghost = ghost.as_deref();
        field.rows = rows;
        field.trailing = is_time.then_some((Icon::Calendar, choose.as_str()));
        let shown = widgets::field(ui, field);
        let response = spotted.hover_ui(shown.hovered_variable, shown.response, self.scope, self.text);
        let mut edited = shown.changed;
        edited |= variables::offer_ui(ui, id, &mut scalar.text, &response, keys, self.scope);
        if is_time {
            let asked = shown.trailing_clicked || by_key;
            edited |= self.calendar_ui(ui, &mut scalar.text, id, name, &response, asked);
        }
        if let Some(problem) = spotted.problem() {
            widgets::inline_warning(ui, problem);
        }
        edited
    }

    fn enum_ui(&self, ui: &mut Ui, scalar: &mut ScalarForm, descriptor: &EnumDescriptor, id: Id, name: &str) -> bool {
        let values = enum_values(descriptor);
        let typed = scalar.text.trim();
        let known = values.iter().find(|value| value.name == typed || value.number.to_string() == typed);
        let zero = || values.iter().find(|value| value.number == 0).or(values.first());
        let shown = if typed.is_empty() { zero() } else { known };
        let current = shown.map_or(typed, |value| value.name.as_str()).to_owned();
        let detail = shown.map(|value| self.about(value));
        let mut choice = Choice::new(id, name, &current);
        choice.detail = detail.as_deref();
        choice.error = scalar.problem.is_some();
        choice.filter_hint = self.text.get("enum-filter");
        choice.free = Some(self.text.get("combo-as-typed"));
        let label = |index: usize| values.get(index).map(|value| value.name.clone()).unwrap_or_default();
        let (response, picked) = widgets::combo_free(ui, &choice, values.len(), label, |ui, index| {
            let Some(value) = values.get(index) else { return };
            let tokens = theme::tokens(ui);
            let color = if value.deprecated { tokens.text_tertiary } else { tokens.text };
            let about = widgets::elided(ui, &self.about(value), theme::mono(), tokens.text_tertiary, f32::INFINITY);
            let room = (ui.available_width() - about.size().x - theme::GAP).max(80.0);
            ui.label(widgets::elided(ui, &value.name, theme::mono(), color, room));
            ui.label(about);
        });
        match picked {
            Some(Picked::Option(index)) => scalar.text = label(index),
            Some(Picked::Typed(typed)) => scalar.text = typed,
            None => return begins_variable(ui, &response, &mut scalar.text, id),
        }
        true
    }

    /// What is said after the name: its number, of what it is another name, and that it is not to be used any more.
    fn about(&self, value: &EnumName) -> String {
        let mut about = value.number.to_string();
        if let Some(other) = &value.alias_of {
            about.push_str(" = ");
            about.push_str(other);
        }
        if value.deprecated {
            about.push_str("  ");
            about.push_str(self.text.get("enum-deprecated"));
        }
        about
    }
}

/// Whether a brace was typed on something that is no text: then it becomes one, in which a variable can be typed.
fn begins_variable(ui: &Ui, response: &Response, text: &mut String, id: Id) -> bool {
    if !response.has_focus() {
        return false;
    }
    let typed = ui.input(|input| {
        input.events.iter().find_map(|event| match event {
            Event::Text(typed) if typed.starts_with('{') => Some(typed.clone()),
            _ => None,
        })
    });
    let Some(typed) = typed else { return false };
    *text = typed;
    ui.memory_mut(|memory| memory.request_focus(id));
    true
}

struct EnumName {
    name: String,
    number: i32,
    /// The first name of the same number.
    alias_of: Option<String>,
    deprecated: bool,
}

/// In the order of the file.
fn enum_values(descriptor: &EnumDescriptor) -> Vec<EnumName> {
    let mut first: HashMap<i32, String> = HashMap::new();
    let value = |value: &EnumValueDescriptorProto| {
        let (name, number) = (value.name().to_owned(), value.number());
        let deprecated = value.options.as_ref().is_some_and(EnumValueOptions::deprecated);
        let alias_of = first.get(&number).cloned();
        first.entry(number).or_insert_with(|| name.clone());
        EnumName { name, number, alias_of, deprecated }
    };
    descriptor.enum_descriptor_proto().value.iter().map(value).collect()
}

/// What an empty text means, shown in its place.
pub(super) fn absent_hint(value: &ValueForm) -> Option<&'static str> {
    match value {
        ValueForm::Scalar(scalar) => match scalar.shape {
            Shape::Int32 | Shape::Int64 | Shape::Uint32 | Shape::Uint64 | Shape::Float | Shape::Double => Some("0"),
            _ => None,
        },
        _ => None,
    }
}
