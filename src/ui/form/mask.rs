//! The paths of a `FieldMask`, chosen from a tree of the fields that they may name.
//!
//! Must not know: how a mask is written.

use egui::{Id, Key, Popup, PopupCloseBehavior, Role, ScrollArea, Sense, Stroke, StrokeKind, Ui, WidgetInfo, vec2};
use prost_reflect::MessageDescriptor;

use super::{Rows, opened, set_opened};
use crate::message::form::{Chosen, MaskField, ScalarForm, mask_fields, mask_has, mask_paths, mask_toggle};
use crate::ui::icons::Icon;
use crate::ui::theme;
use crate::ui::widgets::{self, Chip};

/// How wide the tree is.
const WIDTH: f32 = 320.0;
/// How high it is at most.
const HEIGHT: f32 = 340.0;
const BOX: f32 = 14.0;

impl Rows<'_> {
    /// The text, a button that opens the tree, and a chip for each path. Whether it was edited.
    pub(super) fn mask_ui(&mut self, ui: &mut Ui, scalar: &mut ScalarForm, id: Id, name: &str) -> bool {
        let text = self.text;
        let mut edited = false;
        let target = self.mask_target.take();
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Min), |ui| {
            if let Some(target) = &target {
                let choose = text.with("mask-choose", &[("name", target.name().to_owned().into())]);
                let label = text.with("mask-choose-for", &[("name", name.into())]);
                let button = widgets::icon_button(ui, Icon::ListBullets, &choose, None);
                button.widget_info(|| WidgetInfo::labeled(Role::Button, true, &label));
                Popup::from_toggle_button_response(&button)
                    .id(id.with("paths"))
                    .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
                    .accessible_name(&label)
                    .show(|ui| {
                        ui.set_width(WIDTH);
                        ui.spacing_mut().item_spacing.y = 0.0;
                        crate::ui::secondary(ui, &choose);
                        ScrollArea::vertical().max_height(HEIGHT).auto_shrink([false, true]).show(ui, |ui| {
                            let mut tree = Tree { text: &mut scalar.text, edited: &mut edited };
                            tree.fields_ui(ui, target, id.with("tree"), "", 0);
                        });
                    });
            }
            ui.with_layout(egui::Layout::top_down(egui::Align::Min), |ui| {
                edited |= self.text_ui(ui, scalar, id, name, None);
                if scalar.problem.is_some() || scalar.text.contains("{{") {
                    return;
                }
                let mut removed = None;
                ui.horizontal_wrapped(|ui| {
                    ui.spacing_mut().item_spacing = vec2(4.0, 0.0);
                    for path in mask_paths(&scalar.text) {
                        let shown = Chip { text: path, remove: Some(text.get("remove")), ..Chip::default() };
                        if widgets::chip(ui, shown).removed {
                            removed = Some(path.to_owned());
                        }
                    }
                });
                if let Some(path) = removed {
                    scalar.text = mask_toggle(&scalar.text, &path);
                    edited = true;
                }
            });
        });
        edited
    }
}

struct Tree<'a> {
    text: &'a mut String,
    edited: &'a mut bool,
}

impl Tree<'_> {
    fn fields_ui(&mut self, ui: &mut Ui, message: &MessageDescriptor, id: Id, above: &str, depth: usize) {
        for field in mask_fields(message) {
            let id = id.with(field.descriptor.number());
            let path = field.name.as_ref().map(|name| format!("{above}{name}"));
            let open = field.inner.is_some() && opened(ui, id, false);
            self.field_ui(ui, &field, id, path.as_deref(), open, depth);
            if let (true, Some(inner), Some(path)) = (open, &field.inner, &path) {
                self.fields_ui(ui, inner, id, &format!("{path}."), depth + 1);
            }
        }
    }

    fn field_ui(&mut self, ui: &mut Ui, field: &MaskField, id: Id, path: Option<&str>, open: bool, depth: usize) {
        let chosen = path.map_or(Chosen::No, |path| mask_has(self.text, path));
        let possible = path.is_some() && chosen != Chosen::Above;
        let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), theme::TREE_ROW_HEIGHT), Sense::hover());
        let tokens = theme::tokens(ui);
        let left = rect.left() + depth as f32 * theme::FORM_INDENT;
        let caret = egui::Rect::from_min_max(egui::pos2(left, rect.top()), egui::pos2(left + 18.0, rect.bottom()));
        let row = egui::Rect::from_min_max(egui::pos2(caret.right(), rect.top()), rect.max);
        let name = path.unwrap_or(field.descriptor.name());
        let response = ui.interact(row, id.with("check"), if possible { Sense::click() } else { Sense::hover() });
        response.widget_info(|| WidgetInfo::selected(Role::CheckBox, possible, chosen == Chosen::Yes, name));
        if response.hovered() || response.has_focus() {
            ui.painter().rect_filled(row, theme::RADIUS_SMALL, tokens.hover);
        }
        let is_key = |key| response.has_focus() && ui.input(|input| input.key_pressed(key));
        let (opens, closes) = (is_key(Key::ArrowRight), is_key(Key::ArrowLeft));
        if field.inner.is_some() {
            let toggle = ui.interact(caret, id.with("open"), Sense::CLICK);
            let glyph = if open { Icon::CaretDown } else { Icon::CaretRight };
            widgets::paint_icon(ui.painter(), caret.center(), glyph, theme::ICON_SIZE_SMALL, tokens.text_secondary);
            toggle.widget_info(|| WidgetInfo::labeled(Role::DisclosureTriangle, true, name));
            if toggle.clicked() || (opens && !open) || (closes && open) {
                set_opened(ui, id, !open);
            }
        }
        let center = egui::pos2(row.left() + 4.0 + BOX / 2.0, row.center().y);
        let square = egui::Rect::from_center_size(center, vec2(BOX, BOX));
        let is_on = matches!(chosen, Chosen::Yes | Chosen::Above);
        let fill = if chosen == Chosen::Yes { tokens.accent } else { tokens.surface };
        ui.painter().rect(square, theme::RADIUS_SMALL, fill, Stroke::new(1.0, tokens.line), StrokeKind::Inside);
        let mark = if is_on { Some(Icon::Check) } else { (chosen == Chosen::Partly).then_some(Icon::Minus) };
        if let Some(mark) = mark {
            let color = if chosen == Chosen::Yes { tokens.on_accent } else { tokens.text_tertiary };
            widgets::paint_icon(ui.painter(), center, mark, theme::ICON_SIZE_SMALL, color);
        }
        let color = if possible { tokens.text } else { tokens.text_tertiary };
        let words =
            widgets::elided(ui, field.descriptor.name(), theme::mono(), color, row.right() - square.right() - 8.0);
        widgets::paint_text(ui.painter(), row, square.right() + 8.0, words);
        if let Some(path) = path.filter(|_| response.clicked()) {
            *self.text = mask_toggle(self.text, path);
            *self.edited = true;
        }
    }
}
