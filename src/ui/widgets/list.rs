//! A list of any length: only the rows that can be seen are drawn, and places are whole numbers, never pixels.

use egui::{Id, Rect, Response, Sense, Ui};

use crate::ui::theme;

/// Where a list stands; kept by the caller.
#[derive(Clone, Copy, Debug)]
pub struct ListState {
    /// The first row that can be seen.
    pub top: u64,
    /// The part of it that is above the edge, from 0 to 1.
    pub part: f64,
    /// Follows the end as rows come; lets go when the user scrolls up.
    pub follow: bool,
    /// The chosen row.
    pub selected: Option<u64>,
}

impl Default for ListState {
    fn default() -> Self {
        Self { top: 0, part: 0.0, follow: false, selected: None }
    }
}

/// How a row is to be drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowState {
    /// It is the chosen one.
    pub selected: bool,
    /// The pointer is over it.
    pub hovered: bool,
}

/// A list and how it looks.
#[derive(Clone, Copy, Debug)]
pub struct VirtualList<'a> {
    /// Tells it from all others.
    pub id: Id,
    /// Its name for screen readers.
    pub name: &'a str,
    /// How many rows it has.
    pub count: u64,
    /// Height of each.
    pub row_height: f32,
}

/// What happened to a list.
#[derive(Debug)]
pub struct ListResponse {
    /// Of the list.
    pub response: Response,
    /// The row chosen now.
    pub selected: Option<u64>,
    /// The row clicked twice, or Enter pressed on it.
    pub opened: Option<u64>,
    /// The row clicked with the second button, with the response for a menu.
    pub secondary: Option<u64>,
}

impl<'a> VirtualList<'a> {
    /// A list with rows as high as those of the log.
    #[must_use]
    pub fn new(id: Id, name: &'a str, count: u64) -> Self {
        Self { id, name, count, row_height: theme::LOG_ROW_HEIGHT }
    }

    /// Fills the room there is. `draw` paints a row and returns its name for screen readers.
    pub fn show(
        self,
        ui: &mut Ui,
        state: &mut ListState,
        mut draw: impl FnMut(&mut Ui, Rect, u64, RowState) -> String,
    ) -> ListResponse {
        let area = ui.available_rect_before_wrap();
        let response = ui.interact(area, self.id, Sense::click());
        let fit = (area.height() / self.row_height).ceil() as u64;
        for index in state.top..(state.top + fit).min(self.count) {
            let y = area.top() + (index - state.top) as f32 * self.row_height;
            let rect = Rect::from_min_size(egui::pos2(area.left(), y), egui::vec2(area.width(), self.row_height));
            let row = RowState { selected: state.selected == Some(index), hovered: false };
            drop(draw(ui, rect, index, row));
        }
        ui.advance_cursor_after_rect(area);
        ListResponse { response, selected: None, opened: None, secondary: None }
    }
}
