//! A form that reads like a table: labels in one column, values in the next.

use egui::{
    EventFilter, Id, InnerResponse, Key, Modifiers, Rangef, Rect, Response, Role, Sense, Ui, UiBuilder, WidgetInfo,
    pos2,
};

use super::paint::{elided, paint_icon};
use crate::ui::icons::Icon;
use crate::ui::theme;

/// From the left edge of a label to its guide, which runs under the caret of what it belongs to.
const GUIDE: f32 = 6.0;
/// Room for a caret before a name.
const CARET: f32 = 15.0;

/// The label of a row.
#[derive(Clone, Copy, Debug)]
pub struct FormLabel<'a> {
    /// The field's name.
    pub name: &'a str,
    /// Its type, small underneath.
    pub kind: &'a str,
    /// The comment in the proto file, as tooltip.
    pub help: Option<&'a str>,
    /// Whether what is below is shown; `None` without anything below.
    pub open: Option<bool>,
}

/// A row of a form.
#[derive(Clone, Copy, Debug)]
pub struct FormRow<'a> {
    /// Tells the row from all others: made from the field's path.
    pub id: Id,
    /// How deep it stands.
    pub depth: usize,
    /// Its label.
    pub label: FormLabel<'a>,
}

/// What was asked of a label.
#[derive(Debug)]
pub struct FormLabelResponse {
    /// Of the label; its id names inputs through `labelled_by`.
    pub response: Response,
    /// To be opened or closed.
    pub toggled: bool,
}

/// Shows a row: the label, then what `value` adds, from the same left edge in every row.
pub fn form_row<R>(
    ui: &mut Ui,
    row: &FormRow<'_>,
    value: impl FnOnce(&mut Ui) -> R,
) -> InnerResponse<(FormLabelResponse, R)> {
    guides(ui, row.depth, |ui| {
        let area = ui.available_rect_before_wrap();
        // Deep rows keep some room for their names at the cost of their values.
        let left = area.left() + row.depth as f32 * theme::FORM_INDENT;
        let column = (area.left() + theme::FORM_LABEL_WIDTH).max(left + 90.0);
        let label =
            label_ui(ui, row, Rect::from_min_max(pos2(left, area.top()), pos2(column - 6.0, area.top() + 28.0)));
        // As high as one input, so that what is centred is centred on it; several lines make the row higher.
        let value_rect =
            Rect::from_min_max(pos2(column, area.top()), pos2(area.right(), area.top() + theme::INPUT_HEIGHT));
        let mut child = ui.new_child(UiBuilder::new().id_salt(row.id).max_rect(value_rect));
        let inner = value(&mut child);
        let bottom = child.min_rect().bottom().max(area.top() + theme::INPUT_HEIGHT) + 2.0;
        let rect = Rect::from_min_max(area.min, pos2(area.right(), bottom));
        ui.advance_cursor_after_rect(rect);
        let response = child.response();
        InnerResponse::new((label, inner), response)
    })
}

fn label_ui(ui: &mut Ui, row: &FormRow<'_>, rect: Rect) -> FormLabelResponse {
    let tokens = theme::tokens(ui);
    let FormLabel { name, kind, help, open } = row.label;
    let sense = if open.is_some() { Sense::click() } else { Sense::hover() };
    let mut response = ui.interact(rect, row.id.with("label"), sense);
    let mut left = rect.left();
    if let Some(open) = open {
        let glyph = if open { Icon::CaretDown } else { Icon::CaretRight };
        let color = if response.hovered() { tokens.text } else { tokens.text_secondary };
        paint_icon(
            ui.painter(),
            pos2(left + GUIDE, rect.top() + if kind.is_empty() { theme::INPUT_HEIGHT / 2.0 } else { 7.0 }),
            glyph,
            theme::ICON_SIZE_SMALL,
            color,
        );
        left += CARET;
        response.widget_info(|| WidgetInfo::labeled(Role::DisclosureTriangle, ui.is_enabled(), name));
        ui.ctx().accesskit_node_builder(response.id, |node| node.set_expanded(open));
    } else {
        response.widget_info(|| WidgetInfo::labeled(Role::Label, ui.is_enabled(), name));
    }
    let name_galley = elided(ui, name, theme::body(), tokens.text, rect.right() - left);
    let kind_galley = elided(ui, kind, theme::small(), tokens.text_tertiary, rect.right() - rect.left());
    let cut = name_galley.elided || kind_galley.elided;
    // A name without a type below it stands beside the middle of its value.
    let name_middle = if kind.is_empty() { theme::INPUT_HEIGHT / 2.0 } else { 7.0 };
    let name_top = rect.top() + name_middle - name_galley.size().y / 2.0;
    let kind_top = rect.top() + 21.5 - kind_galley.size().y / 2.0;
    ui.painter().galley(pos2(left, name_top), name_galley, tokens.text);
    ui.painter().galley(pos2(rect.left(), kind_top), kind_galley, tokens.text_tertiary);
    if cut || help.is_some() {
        response = response.on_hover_ui(|ui| {
            ui.label(egui::RichText::new(name).font(theme::semibold()));
            ui.label(egui::RichText::new(kind).font(theme::mono()).color(tokens.text_secondary));
            if let Some(help) = help {
                ui.label(help);
            }
        });
    }
    let by_key = open.is_some_and(|open| response.has_focus() && folds(ui, response.id, open));
    FormLabelResponse { toggled: (open.is_some() && response.clicked()) || by_key, response }
}

/// Whether Left closes what is open, or Right opens it.
fn folds(ui: &Ui, label: Id, open: bool) -> bool {
    let filter = EventFilter { horizontal_arrows: true, ..EventFilter::default() };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(label, filter));
    let key = if open { Key::ArrowLeft } else { Key::ArrowRight };
    ui.input_mut(|input| input.consume_key(Modifiers::NONE, key))
}

/// Strikes the name in a label through; `foldable`: a caret stands before it.
pub fn strike(ui: &Ui, label: Rect, name: &str, foldable: bool) {
    let left = label.left() + if foldable { CARET } else { 0.0 };
    let color = theme::tokens(ui).text_secondary;
    let width = elided(ui, name, theme::body(), color, label.right() - left).size().x;
    ui.painter().hline(Rangef::new(left, left + width), label.top() + 7.5, egui::Stroke::new(1.0, color));
}

/// Puts a sign after the name in a label: there is help to be read when the pointer rests on it.
pub fn help_mark(ui: &Ui, label: &Response, name: &str) {
    const SIZE: f32 = theme::ICON_SIZE_SMALL;
    let tokens = theme::tokens(ui);
    let color = if label.hovered() { tokens.text } else { tokens.text_tertiary };
    let width = elided(ui, name, theme::body(), color, label.rect.width()).size().x;
    let center = pos2(label.rect.left() + width + 4.0 + SIZE / 2.0, label.rect.top() + theme::INPUT_HEIGHT / 2.0);
    // It may stand in the gap before the value.
    if center.x + SIZE / 2.0 <= label.rect.right() + 4.0 {
        paint_icon(ui.painter(), center, Icon::Question, SIZE, color);
    }
}

/// Shows what `add` adds with the guides of a row at `depth` at its left: one line for each level above.
pub fn guides<R>(ui: &mut Ui, depth: usize, add: impl FnOnce(&mut Ui) -> R) -> R {
    let start = ui.cursor().min;
    let shown = add(ui);
    let end = ui.cursor().top();
    let stroke = theme::tokens(ui).separator();
    for level in 0..depth {
        let x = start.x + level as f32 * theme::FORM_INDENT + GUIDE;
        let x = ui.painter().round_to_pixel_center(x);
        ui.painter().vline(x, Rangef::new(start.y, end), stroke);
    }
    shown
}
