//! The list of what can stand at the cursor.

use egui::containers::PopupAnchor;
use egui::{
    Align2, Frame, Id, LayerId, Margin, Popup, PopupCloseBehavior, PopupKind, Rect, RectAlign, Role, ScrollArea, Sense,
    SurrenderFocusOn, Ui, UiBuilder, UiKind, UiStackInfo, WidgetInfo, vec2,
};

use super::super::paint::{elided, paint_text};
use super::JsonEditor;
use crate::message::complete::{Completion, Suggestion};
use crate::ui::theme;

const ROW: f32 = 24.0;
/// Rows shown at once.
const ROWS: usize = 8;
/// Room between what is at the left of a row and what is at its right.
const APART: f32 = 24.0;

/// The list while it is open.
#[derive(Clone, Debug)]
pub(super) struct Open {
    pub(super) completion: Completion,
    /// Where the cursor was when it was made.
    pub(super) cursor: usize,
    pub(super) selected: usize,
    /// The selected row is to be brought into sight.
    moved: bool,
}

impl Open {
    pub(super) fn new(completion: Completion, cursor: usize) -> Self {
        Self { completion, cursor, selected: 0, moved: true }
    }

    /// Selects another row; beyond either end by one goes round.
    pub(super) fn step(&mut self, by: isize) {
        let last = self.completion.items.len().saturating_sub(1);
        self.selected = match self.selected.checked_add_signed(by) {
            Some(to) if to <= last => to,
            Some(_) if self.selected == last => 0,
            None if self.selected == 0 => last,
            Some(_) => last,
            None => 0,
        };
        self.moved = true;
    }
}

fn popup(id: Id) -> Id {
    id.with("suggestions")
}

/// Draws the text field so that a click on the list does not take the keyboard from it.
pub(super) fn keeping_focus<R>(ui: &mut Ui, id: Id, open: bool, draw: impl FnOnce(&mut Ui) -> R) -> R {
    let layer = LayerId::new(PopupKind::Popup.order(), popup(id));
    let over = |ui: &Ui| {
        let pointer = ui.ctx().pointer_interact_pos();
        pointer.and_then(|at| ui.ctx().layer_id_at(at)) == Some(layer)
    };
    if !open || !over(ui) {
        return draw(ui);
    }
    let usual = ui.ctx().options(|options| options.input_options.surrender_focus_on);
    let set = |ui: &Ui, to| ui.ctx().options_mut(|options| options.input_options.surrender_focus_on = to);
    set(ui, SurrenderFocusOn::Never);
    let drawn = draw(ui);
    set(ui, usual);
    drawn
}

/// Shows the list below `anchor`, or where there is room; the row that was clicked.
pub(super) fn ui(ui: &Ui, editor: &JsonEditor<'_>, open: &mut Open, anchor: Rect) -> Option<usize> {
    if !ui.clip_rect().expand(1.0).intersects(anchor) {
        return None;
    }
    let screen = ui.ctx().content_rect();
    let items = &open.completion.items;
    let digit = ui.fonts_mut(|fonts| fonts.glyph_width(&theme::mono(), '0'));
    let letters = |item: &Suggestion| item.label.chars().count() + right(item).chars().count();
    let widest = items.iter().map(letters).max().unwrap_or_default();
    let width = (widest as f32 * digit + APART + 24.0).clamp(320.0, 520.0).min(screen.width() - 24.0);
    let tokens = theme::tokens(ui);
    let rows = items.len().min(ROWS);
    let help = items.get(open.selected).map(editor.help).unwrap_or_default();
    let frame = Frame::popup(ui.style()).inner_margin(Margin::same(4));
    let shown = Popup::new(popup(editor.id), ui.ctx().clone(), PopupAnchor::ParentRect(anchor), ui.layer_id())
        .kind(PopupKind::Popup)
        .open(true)
        .align(RectAlign::BOTTOM_START)
        .align_alternatives(&[RectAlign::TOP_START, RectAlign::BOTTOM_END, RectAlign::TOP_END])
        .close_behavior(PopupCloseBehavior::IgnoreClicks)
        // By itself it would be a dialog, which keeps all that is behind it from a screen reader.
        .info(UiStackInfo::new(UiKind::GenericArea))
        .frame(frame)
        .gap(2.0)
        .width(width)
        .show(|ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            ui.set_width(width);
            let mut clicked = None;
            let list = ScrollArea::vertical()
                .max_height(rows as f32 * ROW)
                .min_scrolled_height(rows as f32 * ROW)
                .auto_shrink([false, true]);
            let named = UiBuilder::new().accessibility_role(Role::ListBox).accessibility_label(editor.suggestions);
            list.show(ui, |ui| {
                ui.scope_builder(named, |ui| {
                    let pointer_moved = ui.input(|input| input.pointer.is_moving());
                    for (index, item) in items.iter().enumerate() {
                        let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click());
                        let selected = index == open.selected;
                        if selected && open.moved {
                            response.scroll_to_me(None);
                        }
                        response.widget_info(|| WidgetInfo::selected(Role::ListBoxOption, true, selected, &item.label));
                        if response.hovered() && pointer_moved {
                            open.selected = index;
                        }
                        if response.clicked() {
                            clicked = Some(index);
                        }
                        if ui.is_rect_visible(rect) {
                            row_ui(ui, editor, item, rect, selected);
                        }
                        ui.ctx().accesskit_node_builder(response.id, |node| {
                            let deprecated = if item.deprecated { editor.deprecated } else { "" };
                            node.set_description(format!("{} {deprecated}", right(item)).trim().to_owned());
                        });
                    }
                })
            });
            open.moved = false;
            if !help.is_empty() {
                ui.add_space(4.0);
                ui.painter().hline(ui.max_rect().x_range(), ui.cursor().top(), tokens.separator());
                ui.add_space(5.0);
                let galley = elided(ui, &help, theme::small(), tokens.text_secondary, width - 16.0);
                let (rect, response) = ui.allocate_exact_size(vec2(width, 18.0), Sense::hover());
                paint_text(ui.painter(), rect, rect.left() + 8.0, galley);
                response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &help));
            }
            clicked
        })?;
    shown.inner
}

/// Its type and number.
fn right(item: &Suggestion) -> String {
    match item.number {
        Some(number) if item.detail.is_empty() => number.to_string(),
        Some(number) => format!("{}  {number}", item.detail),
        None => item.detail.clone(),
    }
}

fn row_ui(ui: &Ui, editor: &JsonEditor<'_>, item: &Suggestion, rect: Rect, selected: bool) {
    let tokens = theme::tokens(ui);
    if selected {
        ui.painter().rect_filled(rect, theme::RADIUS_SMALL, tokens.hover);
    }
    let inner = rect.shrink2(vec2(8.0, 0.0));
    let color = if item.deprecated { tokens.text_tertiary } else { tokens.text };
    let label = elided(ui, &item.label, theme::mono(), color, inner.width());
    let place = paint_text(ui.painter(), inner, inner.left(), label);
    if item.deprecated && !editor.deprecated.is_empty() {
        ui.painter().hline(place.x_range(), place.center().y, (1.0, color));
    }
    let room = inner.right() - place.right() - APART;
    let words = right(item);
    if room > 20.0 && !words.is_empty() {
        let detail = elided(ui, &words, theme::mono_small(), tokens.text_tertiary, room);
        let at = Align2::RIGHT_CENTER.align_size_within_rect(detail.size(), inner);
        ui.painter().galley(at.min, detail, tokens.text_tertiary);
    }
}
