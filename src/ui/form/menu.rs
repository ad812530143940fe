//! The menu of a field, and the keys that do the same: reset, copy, read about it, put a variable in.
//!
//! Must not know: how a value is drawn.

use egui::{Event, Id, InnerResponse, Key, Modifiers, Pos2, Rect, Ui};
use prost_reflect::Kind as FieldKind;

use super::Rows;
use super::lists::{holds_focus, keys_of};
use crate::message::form::{FieldForm, OneofForm, Shape, ValueForm};
use crate::request::variables::BUILT_IN;
use crate::ui::theme;
use crate::ui::widgets::{self, FormLabelResponse};

/// Puts a field back to absent, or to its default.
pub(super) const RESET: (Modifiers, Key) = (Modifiers::ALT, Key::Backspace);

/// What a key just pressed asks of the field that holds the focus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    Reset,
    Menu,
}

impl Wish {
    /// Takes the keys before the field that holds the focus sees them.
    pub(super) fn take(ui: &Ui) -> Option<Self> {
        let pressed = ui.input(|input| {
            let is_one = |event: &Event| {
                matches!(event, Event::Key { key: Key::Backspace | Key::F10 | Key::Menu, pressed: true, .. })
            };
            input.events.iter().any(is_one)
        });
        let focused = ui.memory(egui::Memory::focused).and_then(|id| widgets::widget_of(ui.ctx(), id));
        let is_here = focused.is_some_and(|widget| widget.layer_id == ui.layer_id());
        if !pressed || !is_here || !holds_focus(ui, ui.clip_rect()) {
            return None;
        }
        ui.input_mut(|input| {
            if input.consume_key(RESET.0, RESET.1) {
                return Some(Self::Reset);
            }
            let menu = input.consume_key(Modifiers::SHIFT, Key::F10) || input.consume_key(Modifiers::NONE, Key::Menu);
            menu.then_some(Self::Menu)
        })
    }
}

/// Where the row of a field is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Head {
    pub(super) label: Rect,
    /// With its value.
    pub(super) row: Rect,
    /// What sets the field and clears it.
    pub(super) switch: Option<Id>,
}

/// A menu that is open.
#[derive(Clone, Copy, Debug)]
struct Open {
    at: Pos2,
    /// What had the focus, where the keyboard opened it.
    from: Option<Id>,
    /// It was shown already.
    shown: bool,
}

impl Rows<'_> {
    /// The row just drawn.
    pub(super) fn head<R>(&mut self, row: &InnerResponse<(FormLabelResponse, R)>) -> Head {
        let label = row.inner.0.response.rect;
        Head { label, row: label.union(row.response.rect), switch: self.switch.take() }
    }

    /// The switch that sets a field with presence, and clears it; whether it was pressed.
    pub(super) fn set_ui(&mut self, ui: &mut Ui, name: &str, present: &mut bool) -> bool {
        let response = widgets::switch(ui, name, present);
        self.switch = Some(response.id);
        response.changed()
    }

    /// Whether the keyboard asks this of what the row shows; asked of the innermost row first.
    pub(super) fn is_wished(&mut self, ui: &Ui, wish: Wish, row: Rect) -> bool {
        let wished = self.wish == Some(wish) && holds_focus(ui, row);
        if wished {
            self.wish = None;
        }
        wished
    }

    /// The menu of a field whose row that is.
    pub(super) fn field_menu_ui(&mut self, ui: &Ui, field: &mut FieldForm, id: Id, head: Head, in_oneof: bool) {
        let (menu, row) = (id.with("menu"), head.row);
        if self.is_wished(ui, Wish::Reset, row) {
            self.reset(ui, field, head, in_oneof);
        }
        let by_key = self.is_wished(ui, Wish::Menu, row);
        let by_pointer = ui.input(|input| input.pointer.secondary_clicked()) && ui.rect_contains_pointer(row);
        if by_key || by_pointer {
            let pointer = ui.input(|input| input.pointer.interact_pos()).filter(|_| by_pointer);
            let at = pointer.unwrap_or_else(|| row.left_bottom());
            let from = ui.memory(egui::Memory::focused).filter(|_| by_key);
            ui.data_mut(|data| data.insert_temp(menu, Open { at, from, shown: false }));
            egui::Popup::open_id(ui.ctx(), menu);
        }
        if !egui::Popup::is_id_open(ui.ctx(), menu) {
            if let Some(open) = ui.data(|data| data.get_temp::<Open>(menu)) {
                ui.data_mut(|data| data.remove::<Open>(menu));
                if let Some(from) = open.from {
                    ui.memory_mut(|memory| memory.request_focus(from));
                }
            }
            return;
        }
        let Some(open) = ui.data(|data| data.get_temp::<Open>(menu)) else { return };
        ui.data_mut(|data| data.insert_temp(menu, Open { shown: true, ..open }));
        let name = self.text.with("list-menu", &[("name", self.path.as_str().into())]);
        let popup = egui::Popup::new(menu, ui.ctx().clone(), open.at, ui.layer_id());
        let done = popup
            .kind(egui::PopupKind::Menu)
            .layout(egui::Layout::top_down_justified(egui::Align::Min))
            .style(egui::containers::menu::menu_style)
            .open_memory(None)
            .accessible_name(name)
            .show(|ui| self.items_ui(ui, field, head, in_oneof, open));
        // Enter on an item is no click beside it.
        if done.is_some_and(|done| done.inner) {
            egui::Popup::close_id(ui.ctx(), menu);
        }
    }

    fn items_ui(&mut self, ui: &mut Ui, field: &mut FieldForm, head: Head, in_oneof: bool, open: Open) -> bool {
        let text = self.text;
        let mut done = false;
        ui.set_min_width(220.0);
        let reset = egui::Button::new(text.get("field-reset")).right_text(keys_of(RESET));
        let reset = ui.add(reset);
        if open.from.is_some() && !open.shown {
            reset.request_focus();
        }
        if reset.clicked() {
            self.reset(ui, field, head, in_oneof);
            done = true;
        }
        ui.separator();
        if let ValueForm::Scalar(scalar) = &field.value
            && ui.button(text.get("field-copy")).clicked()
        {
            ui.ctx().copy_text(scalar.text.clone());
            done = true;
        }
        if ui.button(text.get("field-copy-json")).clicked() {
            ui.ctx().copy_text(field.value.to_json().to_pretty());
            done = true;
        }
        if ui.button(text.get("field-copy-path")).clicked() {
            ui.ctx().copy_text(self.path.clone());
            done = true;
        }
        ui.separator();
        let kind = field.descriptor.kind();
        let of_type = match &kind {
            _ if field.descriptor.is_map() => None,
            FieldKind::Message(message) => Some(message.full_name()),
            FieldKind::Enum(of) => Some(of.full_name()),
            _ => None,
        };
        if ui.button(text.get("field-docs")).clicked() {
            self.docs = Some(field.descriptor.containing_message().full_name().to_owned());
            done = true;
        }
        if let Some(of_type) = of_type
            && ui.button(text.with("field-docs-type", &[("name", kind_name(of_type).into())])).clicked()
        {
            self.docs = Some(of_type.to_owned());
            done = true;
        }
        if let ValueForm::Scalar(scalar) = &mut field.value {
            let scope = self.scope;
            let mut chosen = None;
            ui.menu_button(text.get("field-variable"), |ui| {
                egui::ScrollArea::vertical().max_height(theme::INPUT_HEIGHT * 12.0).show(ui, |ui| {
                    ui.set_min_width(160.0);
                    for name in scope.names().chain(BUILT_IN) {
                        if ui.button(egui::RichText::new(name).font(theme::mono())).clicked() {
                            chosen = Some(format!("{{{{{name}}}}}"));
                        }
                    }
                });
            });
            if let Some(variable) = chosen {
                if matches!(scalar.shape, Shape::String) {
                    scalar.text.push_str(&variable);
                } else {
                    scalar.text = variable;
                }
                scalar.check();
                field.present = true;
                self.edited = true;
                done = true;
            }
        }
        done
    }

    fn reset(&mut self, ui: &Ui, field: &mut FieldForm, head: Head, in_oneof: bool) {
        field.reset();
        if in_oneof {
            field.fill();
        }
        if let Some(switch) = head.switch.filter(|_| holds_focus(ui, head.row)) {
            // It stays where the value goes away.
            ui.memory_mut(|memory| memory.request_focus(switch));
        }
        self.edited = true;
        self.apart = true;
    }

    /// Takes the choice of a oneof back, and what was typed into its fields.
    pub(super) fn oneof_reset_ui(&mut self, ui: &Ui, oneof: &mut OneofForm, row: Rect) {
        if self.is_wished(ui, Wish::Reset, row) {
            oneof.choose(None);
            oneof.arms.iter_mut().for_each(FieldForm::reset);
            self.edited = true;
            self.apart = true;
        }
    }
}

fn kind_name(full: &str) -> &str {
    full.rsplit_once('.').map_or(full, |(_, name)| name)
}
