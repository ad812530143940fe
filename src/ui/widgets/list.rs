//! A list of any length: only the rows that can be seen are drawn, and places are whole numbers, never pixels.
//!
//! Pixels would be too coarse: a place in `f32` loses half a pixel from half a million rows on.

use egui::{EventFilter, Id, Key, Rect, Response, Role, Sense, Ui, UiBuilder, Vec2, WidgetInfo, pos2, vec2};

use crate::ui::theme;

/// Width of the room that the scroll bar takes.
const BAR: f32 = 10.0;
/// The handle of the scroll bar never gets shorter.
const LEAST_HANDLE: f32 = 24.0;

/// Where a list stands; kept by the caller.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ListState {
    /// The first row that can be seen.
    pub top: u64,
    /// The part of it that is above the edge, from 0 to 1.
    pub part: f64,
    /// Follows the end as rows come: lets go when the user scrolls up, holds again at the end.
    pub follow: bool,
    /// The chosen row.
    pub selected: Option<u64>,
    /// The other end of the chosen rows, when Shift chose several.
    pub anchor: Option<u64>,
}

impl ListState {
    /// A list that follows its end from the start.
    #[must_use]
    pub fn following() -> Self {
        Self { follow: true, ..Self::default() }
    }

    /// Whether `row` is among the chosen ones.
    #[must_use]
    pub fn is_selected(&self, row: u64) -> bool {
        self.selected.is_some_and(|at| {
            let other = self.anchor.unwrap_or(at);
            (at.min(other)..=at.max(other)).contains(&row)
        })
    }

    /// The chosen rows, first and last.
    #[must_use]
    pub fn range(&self) -> Option<(u64, u64)> {
        let at = self.selected?;
        let other = self.anchor.unwrap_or(at);
        Some((at.min(other), at.max(other)))
    }

    /// Chooses `row` and lets go of the end, so that the next frame shows it where it is.
    pub fn select(&mut self, row: u64) {
        self.selected = Some(row);
        self.anchor = None;
    }

    /// Moves by `rows`, which may be a part of one, downwards if positive.
    fn scroll(&mut self, rows: f64) {
        let whole = (self.part + rows).floor();
        self.part = (self.part + rows - whole).clamp(0.0, 1.0);
        let moved = self.top.checked_add_signed(whole as i64);
        self.top = moved.unwrap_or_else(|| {
            self.part = 0.0;
            if whole < 0.0 { 0 } else { u64::MAX }
        });
    }

    /// Keeps the end of the list at the lower edge of `fit` rows; true when it stands there.
    fn clamp(&mut self, count: u64, fit: f64) -> bool {
        let whole = fit.floor();
        // What is above the lower edge when the last row lies on it.
        let (last_top, last_part) = if (count as f64) <= fit {
            (0, 0.0)
        } else if fit > whole {
            (count - whole as u64 - 1, 1.0 - (fit - whole))
        } else {
            (count - whole as u64, 0.0)
        };
        let at_end = (self.top, self.part) >= (last_top, last_part - 1e-6);
        if at_end || self.follow {
            self.top = last_top;
            self.part = last_part;
        }
        at_end
    }

    /// Moves as little as needed to show `row` whole.
    fn reveal(&mut self, row: u64, fit: f64) {
        if row <= self.top {
            self.top = row;
            self.part = 0.0;
        } else {
            let below = (row - self.top + 1) as f64 - self.part - fit;
            if below > 0.0 {
                self.scroll(below);
            }
        }
    }
}

/// How a row is to be drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowState {
    /// It is a chosen one.
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
    /// Every other row a little lighter.
    pub striped: bool,
    /// Follows the end once the user has come there.
    pub sticky: bool,
}

/// What happened to a list.
#[derive(Debug)]
pub struct ListResponse {
    /// Of the list.
    pub response: Response,
    /// The row chosen now, if another than before.
    pub selected: Option<u64>,
    /// The row clicked twice, or Enter pressed on it.
    pub opened: Option<u64>,
    /// The row clicked with the second button; the menu hangs on `response`.
    pub secondary: Option<u64>,
}

impl<'a> VirtualList<'a> {
    /// A list with rows as high as those of the log.
    #[must_use]
    pub fn new(id: Id, name: &'a str, count: u64) -> Self {
        Self { id, name, count, row_height: theme::LOG_ROW_HEIGHT, striped: false, sticky: false }
    }

    /// Fills the room there is. `draw` paints a row and returns its name for screen readers.
    pub fn show(
        self,
        ui: &mut Ui,
        state: &mut ListState,
        mut draw: impl FnMut(&mut Ui, Rect, u64, RowState) -> String,
    ) -> ListResponse {
        let tokens = theme::tokens(ui);
        let area = ui.available_rect_before_wrap();
        let fit = f64::from((area.height() / self.row_height).max(1.0));
        let scrolls = self.count as f64 > fit;
        let rows_area = if scrolls { area.with_max_x(area.right() - BAR) } else { area };
        let response = ui.interact(area, self.id, Sense::click());
        response.widget_info(|| WidgetInfo::labeled(Role::ListBox, ui.is_enabled(), self.name));

        let before = state.selected;
        let mut opened = None;
        let moved = self.wheel(ui, &response, state) | self.keys(ui, &response, state, fit, &mut opened);
        let dragged = scrolls && self.bar(ui, area, state, fit);
        if moved || dragged {
            state.follow = false;
        }
        let at_end = state.clamp(self.count, fit);
        if self.sticky && moved | dragged && at_end {
            state.follow = true;
        }

        let mut secondary = None;
        let child = UiBuilder::new().id_salt(self.id).max_rect(rows_area).accessibility_parent(self.id);
        let mut rows = ui.new_child(child);
        rows.shrink_clip_rect(rows_area);
        let last = state.top.saturating_add(fit.ceil() as u64 + 1).min(self.count);
        for index in state.top.min(self.count)..last {
            let offset = ((index - state.top) as f64 - state.part) as f32 * self.row_height;
            let y = rows.painter().round_to_pixel_center(rows_area.top() + offset) - 0.5 / ui.pixels_per_point();
            let rect = Rect::from_min_size(pos2(rows_area.left(), y), vec2(rows_area.width(), self.row_height));
            // Rows can be clicked; the keyboard goes through the list, not through each of them.
            let row = rows.interact(rect, self.id.with(index), Sense::CLICK);
            if row.clicked() || row.secondary_clicked() {
                if ui.input(|input| input.modifiers.shift) && state.selected.is_some() {
                    state.anchor = state.anchor.or(state.selected);
                } else if !(row.secondary_clicked() && state.is_selected(index)) {
                    state.anchor = None;
                }
                state.selected = Some(index);
                // What was chosen is to be read: it must not move away.
                state.follow = false;
                response.request_focus();
            }
            if row.secondary_clicked() {
                secondary = Some(index);
            }
            if row.double_clicked() {
                opened = Some(index);
            }
            let look = RowState { selected: state.is_selected(index), hovered: row.hovered() };
            if look.selected {
                rows.painter().rect_filled(rect, 0, tokens.hover);
            } else if look.hovered {
                rows.painter().rect_filled(rect, 0, tokens.raised);
            } else if self.striped && index % 2 == 1 {
                rows.painter().rect_filled(rect, 0, tokens.surface.lerp_to_gamma(tokens.panel, 0.5));
            }
            let name = draw(&mut rows, rect, index, look);
            row.widget_info(|| WidgetInfo::labeled(Role::ListBoxOption, true, &name));
            rows.ctx().accesskit_node_builder(row.id, |node| {
                node.set_selected(look.selected);
                node.set_position_in_set(index as usize);
                node.set_size_of_set(self.count as usize);
            });
        }
        ui.advance_cursor_after_rect(area);
        let selected = state.selected.filter(|_| state.selected != before);
        ListResponse { response, selected, opened, secondary }
    }

    /// Moves with the wheel; true when it did.
    fn wheel(&self, ui: &Ui, response: &Response, state: &mut ListState) -> bool {
        if !response.contains_pointer() {
            return false;
        }
        let delta = ui.input_mut(|input| std::mem::take(&mut input.smooth_scroll_delta.y));
        if delta != 0.0 {
            state.scroll(f64::from(-delta / self.row_height));
        }
        delta != 0.0
    }

    /// Moves with the keyboard; true when it did.
    fn keys(&self, ui: &Ui, response: &Response, state: &mut ListState, fit: f64, opened: &mut Option<u64>) -> bool {
        if !response.has_focus() || self.count == 0 {
            return false;
        }
        let filter = EventFilter { vertical_arrows: true, ..EventFilter::default() };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(self.id, filter));
        let page = (fit.floor() as u64).saturating_sub(1).max(1);
        let last = self.count - 1;
        let at = state.selected;
        let from = |step: &dyn Fn(u64) -> u64| Some(at.map_or(state.top, step).min(last));
        let (target, shift) = ui.input(|input| {
            let pressed = |key| input.key_pressed(key);
            let target = if pressed(Key::ArrowDown) {
                from(&|row| row.saturating_add(1))
            } else if pressed(Key::ArrowUp) {
                from(&|row| row.saturating_sub(1))
            } else if pressed(Key::PageDown) {
                from(&|row| row.saturating_add(page))
            } else if pressed(Key::PageUp) {
                from(&|row| row.saturating_sub(page))
            } else if pressed(Key::Home) {
                Some(0)
            } else if pressed(Key::End) {
                Some(last)
            } else {
                None
            };
            (target, input.modifiers.shift)
        });
        if ui.input(|input| input.key_pressed(Key::Enter)) {
            *opened = at;
        }
        let Some(target) = target else { return false };
        state.anchor = if shift { state.anchor.or(at) } else { None };
        state.selected = Some(target);
        state.reveal(target, fit);
        true
    }

    /// Draws the scroll bar and moves with it; true when it did.
    fn bar(&self, ui: &Ui, area: Rect, state: &mut ListState, fit: f64) -> bool {
        let tokens = theme::tokens(ui);
        let track = area.with_min_x(area.right() - BAR);
        let response = ui.interact(track, self.id.with("bar"), Sense::DRAG | Sense::CLICK);
        let count = self.count as f64;
        let length = ((f64::from(track.height()) * fit / count) as f32).max(LEAST_HANDLE).min(track.height());
        let room = f64::from(track.height() - length).max(1.0);
        let most = (count - fit).max(1.0);
        let mut moved = false;
        if let Some(pointer) = response.interact_pointer_pos()
            && (response.dragged() || response.is_pointer_button_down_on())
        {
            let grab_id = self.id.with("grab");
            let top = track.top() + (((state.top as f64 + state.part) / most).min(1.0) * room) as f32;
            let grab = if ui.input(|input| input.pointer.any_pressed()) {
                let within = (top..=top + length).contains(&pointer.y);
                let grab = if within { pointer.y - top } else { length / 2.0 };
                ui.data_mut(|data| data.insert_temp(grab_id, grab));
                grab
            } else {
                ui.data(|data| data.get_temp(grab_id)).unwrap_or(length / 2.0)
            };
            let at = (f64::from(pointer.y - grab - track.top()) / room).clamp(0.0, 1.0) * most;
            state.top = at.floor() as u64;
            state.part = at.fract();
            moved = true;
        }
        let part = ((state.top as f64 + state.part) / most).clamp(0.0, 1.0);
        let part = if state.follow && !moved { 1.0 } else { part };
        let lit = response.hovered() || response.dragged();
        let width = if lit { 8.0 } else { 4.0 };
        let handle = Rect::from_min_size(
            pos2(track.right() - width - 1.0, track.top() + (part * room) as f32),
            Vec2::new(width, length),
        );
        let color = if lit { tokens.text_tertiary } else { tokens.hover.lerp_to_gamma(tokens.text_tertiary, 0.35) };
        ui.painter().rect_filled(handle, (width / 2.0) as u8, color);
        moved
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(top: u64, part: f64) -> ListState {
        ListState { top, part, ..ListState::default() }
    }

    #[test]
    fn scrolling_keeps_parts_of_rows_however_far_down() {
        let far = 9_000_000_000_000_000;
        let mut list = state(far, 0.0);
        for _ in 0..8 {
            list.scroll(0.125);
        }
        assert_eq!(list.top, far + 1);
        assert!(list.part < 1e-6, "{}", list.part);
        list.scroll(-2.5);
        assert_eq!((list.top, list.part), (far - 2, 0.5));
    }

    #[test]
    fn nothing_scrolls_past_the_ends() {
        let mut list = state(3, 0.5);
        list.scroll(-100.0);
        assert_eq!((list.top, list.part), (0, 0.0));
        list.scroll(1e9);
        assert!(list.clamp(100, 10.5));
        assert_eq!((list.top, list.part), (89, 0.5));
        assert!(list.clamp(5, 10.5), "a short list is at its end");
        assert_eq!((list.top, list.part), (0, 0.0));
    }

    #[test]
    fn a_row_is_shown_with_the_least_movement() {
        let mut list = state(10, 0.5);
        list.reveal(12, 5.0);
        assert_eq!((list.top, list.part), (10, 0.5), "already there");
        list.reveal(10, 5.0);
        assert_eq!((list.top, list.part), (10, 0.0), "the first was cut");
        list.reveal(15, 5.0);
        assert_eq!((list.top, list.part), (11, 0.0), "one below");
    }

    #[test]
    fn shift_chooses_from_the_anchor() {
        let list = ListState { selected: Some(3), anchor: Some(7), ..ListState::default() };
        assert_eq!(list.range(), Some((3, 7)));
        assert!(list.is_selected(5) && !list.is_selected(8));
    }
}
