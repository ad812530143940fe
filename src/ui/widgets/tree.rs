//! A row of a tree.

use egui::{Color32, Id, Rect, Response, Role, Sense, Ui, Vec2, WidgetInfo, pos2};

use super::paint::{elided, paint_icon, paint_text};
use crate::ui::icons::Icon;
use crate::ui::theme;

/// What a row of a tree shows.
#[derive(Clone, Copy, Debug)]
pub struct TreeRow<'a> {
    /// Tells the row from all others, wherever it stands: made from its path.
    pub id: Id,
    /// How deep it stands; 0 is the root.
    pub depth: usize,
    /// Whether what is below it is shown; `None` for a row with nothing below.
    pub open: Option<bool>,
    /// The icon before its label.
    pub icon: Icon,
    /// The colour of the icon.
    pub icon_color: Color32,
    /// Its text.
    pub label: &'a str,
    /// Small text at the right edge: a count, an origin.
    pub detail: Option<&'a str>,
    /// Whether it is the chosen one.
    pub selected: bool,
    /// A problem, shown as an icon with this tooltip.
    pub warning: Option<&'a str>,
}

/// What was asked of a row.
#[derive(Debug)]
pub struct TreeResponse {
    /// Clicked, or Enter or Space pressed.
    pub clicked: bool,
    /// To be opened or closed: its caret clicked, or Left or Right pressed.
    pub toggled: bool,
    /// Clicked twice.
    pub double_clicked: bool,
    /// For menus and tooltips.
    pub response: Response,
}

/// A row 26 px high and as wide as there is room.
pub fn tree_row(ui: &mut Ui, row: TreeRow<'_>) -> TreeResponse {
    let tokens = theme::tokens(ui);
    let (_, rect) = ui.allocate_space(Vec2::new(ui.available_width(), theme::TREE_ROW_HEIGHT));
    let response = ui.interact(rect, row.id, Sense::click());
    let left = rect.left() + 4.0 + row.depth as f32 * theme::TREE_INDENT;
    if row.selected || response.hovered() {
        ui.painter().rect_filled(rect, theme::RADIUS, if row.selected { tokens.hover } else { tokens.raised });
    }
    let caret = Rect::from_center_size(pos2(left + 8.0, rect.center().y), Vec2::splat(16.0));
    let mut toggled = false;
    if let Some(open) = row.open {
        let glyph = if open { Icon::CaretDown } else { Icon::CaretRight };
        paint_icon(ui.painter(), caret.center(), glyph, theme::ICON_SIZE_SMALL, tokens.text_tertiary);
        let on_caret = response.interact_pointer_pos().is_some_and(|at| at.x < caret.right());
        toggled = response.clicked() && on_caret;
    }
    paint_icon(ui.painter(), pos2(left + 28.0, rect.center().y), row.icon, theme::ICON_SIZE, row.icon_color);
    let label = elided(ui, row.label, theme::body(), tokens.text, rect.right() - left - 44.0);
    paint_text(ui.painter(), rect, left + 42.0, label);
    response.widget_info(|| WidgetInfo::labeled(Role::TreeItem, ui.is_enabled(), row.label));
    TreeResponse {
        clicked: response.clicked() && !toggled,
        toggled,
        double_clicked: response.double_clicked(),
        response,
    }
}
