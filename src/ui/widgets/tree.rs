//! A row of a tree.

use std::sync::Arc;

use egui::text::{LayoutJob, TextFormat, TextWrapping};
use egui::{Color32, EventFilter, Galley, Id, Key, Response, Role, Sense, Ui, Vec2, WidgetInfo, pos2};

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
    /// Which bytes of it were looked for, in order; shown in the accent.
    pub marked: &'a [usize],
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
    /// Clicked, or Enter or Space pressed, anywhere but on the caret.
    pub clicked: bool,
    /// To be opened or closed: its caret clicked, or Left or Right pressed.
    pub toggled: bool,
    /// Clicked twice.
    pub double_clicked: bool,
    /// For menus and tooltips.
    pub response: Response,
}

/// A row 26 px high and as wide as there is room.
///
/// A row with nothing below it has its icon where its parent's is: it needs no room for a caret.
pub fn tree_row(ui: &mut Ui, row: TreeRow<'_>) -> TreeResponse {
    let tokens = theme::tokens(ui);
    let spacing = std::mem::take(&mut ui.spacing_mut().item_spacing.y);
    let (_, rect) = ui.allocate_space(Vec2::new(ui.available_width(), theme::TREE_ROW_HEIGHT));
    ui.spacing_mut().item_spacing.y = spacing;
    let mut response = ui.interact(rect, row.id, Sense::click());
    let base = rect.left() + row.depth as f32 * theme::TREE_INDENT;
    let caret = pos2(base + 10.0, rect.center().y);
    let icon_x = if row.open.is_some() { base + 31.0 } else { base + 15.0 };
    let label_x = icon_x + 13.0;

    if response.clicked() {
        // Arrow keys go on from where the pointer was.
        response.request_focus();
    }
    let toggled = row.open.is_some_and(|open| asks_to_toggle(ui, &response, open, caret.x + 9.0));
    response.widget_info(|| WidgetInfo::labeled(Role::TreeItem, ui.is_enabled(), row.label));
    ui.ctx().accesskit_node_builder(response.id, |node| {
        node.set_level(row.depth + 1);
        node.set_selected(row.selected);
        if let Some(open) = row.open {
            node.set_expanded(open);
        }
        if let Some(detail) = row.warning.or(row.detail) {
            node.set_description(detail);
        }
    });

    if ui.is_rect_visible(rect) {
        let painter = ui.painter();
        if row.selected {
            painter.rect_filled(rect, theme::RADIUS, tokens.hover);
        } else if response.hovered() {
            painter.rect_filled(rect, theme::RADIUS, tokens.raised);
        }
        if let Some(open) = row.open {
            let glyph = if open { Icon::CaretDown } else { Icon::CaretRight };
            paint_icon(painter, caret, glyph, theme::ICON_SIZE_SMALL, tokens.text_secondary);
        }
        paint_icon(painter, pos2(icon_x, rect.center().y), row.icon, theme::ICON_SIZE, row.icon_color);
        let mut right = rect.right() - 6.0;
        if let Some(detail) = row.detail {
            let room = (rect.right() - label_x) * 0.4;
            let galley = elided(ui, detail, theme::small(), tokens.text_tertiary, room);
            right -= galley.size().x;
            paint_text(ui.painter(), rect, right, galley);
            right -= theme::GAP;
        }
        if row.warning.is_some() {
            right -= theme::ICON_SIZE_MEDIUM;
            let center = pos2(right + theme::ICON_SIZE_MEDIUM / 2.0, rect.center().y);
            paint_icon(ui.painter(), center, Icon::Warning, theme::ICON_SIZE_MEDIUM, tokens.warning);
            right -= theme::GAP;
        }
        let (label, cut) = highlighted(ui, row.label, row.marked, right - label_x);
        paint_text(ui.painter(), rect, label_x, label);
        if let Some(warning) = row.warning {
            response = response.on_hover_text(warning);
        } else if cut {
            response = response.on_hover_text(row.label);
        }
    }
    TreeResponse {
        clicked: response.clicked() && !toggled,
        toggled,
        double_clicked: response.double_clicked(),
        response,
    }
}

/// The label on one line, its marked bytes in the accent; whether it was cut.
fn highlighted(ui: &Ui, label: &str, marked: &[usize], width: f32) -> (Arc<Galley>, bool) {
    let tokens = theme::tokens(ui);
    if marked.is_empty() {
        let whole = elided(ui, label, theme::body(), tokens.text, width);
        let cut = whole.elided;
        let shown = if cut { keeping_the_end(ui, label, width).unwrap_or(whole) } else { whole };
        return (shown, cut);
    }
    let mut job = LayoutJob { wrap: TextWrapping::truncate_at_width(width), ..LayoutJob::default() };
    for (at, char) in label.char_indices() {
        let color = if marked.binary_search(&at).is_ok() { tokens.accent } else { tokens.text };
        job.append(char.encode_utf8(&mut [0; 4]), 0.0, TextFormat::simple(theme::body(), color));
    }
    let label = ui.fonts_mut(|fonts| fonts.layout_job(job));
    let cut = label.elided;
    (label, cut)
}

/// A label that is too long, cut in the middle: packages differ at their ends, where the version stands. `None` where
/// there is no room for both ends.
fn keeping_the_end(ui: &Ui, label: &str, width: f32) -> Option<Arc<Galley>> {
    const LONGEST_END: usize = 14;
    const SHORT_END: usize = 8;
    let chars: Vec<char> = label.chars().collect();
    let dots = chars.iter().enumerate().filter(|(_, char)| **char == '.').map(|(dot, _)| chars.len() - dot);
    let end = dots.filter(|length| *length <= LONGEST_END).max().unwrap_or(SHORT_END);
    let most = chars.len().checked_sub(end)?;
    let cut = |kept: usize| {
        let text: String = chars[..kept].iter().chain(&['…']).chain(&chars[most..]).collect();
        elided(ui, &text, theme::body(), theme::tokens(ui).text, width)
    };
    // The longest beginning that leaves room for the end.
    let lengths: Vec<usize> = (1..most).collect();
    let fitting = lengths.partition_point(|kept| !cut(*kept).elided);
    (fitting > 0).then(|| cut(fitting))
}

fn asks_to_toggle(ui: &Ui, response: &Response, open: bool, caret_end: f32) -> bool {
    if response.has_focus() {
        let filter = EventFilter { horizontal_arrows: true, ..EventFilter::default() };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
        let key = if open { Key::ArrowLeft } else { Key::ArrowRight };
        if ui.input(|input| input.key_pressed(key)) {
            return true;
        }
    }
    // A click by keyboard has no place.
    response.clicked() && response.interact_pointer_pos().is_some_and(|at| at.x < caret_end)
}
