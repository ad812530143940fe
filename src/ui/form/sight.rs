//! Rows of any height of which only those in sight are laid out, however many there are.
//!
//! Each row keeps a name of its own while others come, go and move, so that what is folded, the cursor, and what can be
//! undone stay with the element that they belong to. A row out of sight takes the height that it had, or that of a plain
//! row. Must not know: what a row shows.

use std::ops::Range;

use egui::{Id, Rect, Ui, UiBuilder, pos2, style::ScrollAnimation, vec2};

use crate::message::form::ListEdit;
use crate::ui::theme;

/// Up to so many rows all are laid out: then every one can be found by its name, by a screen reader too.
const ALL: usize = 60;
/// Rows laid out above and below those in sight, in pixels: Tab goes to them.
const MARGIN: f64 = 80.0;

/// What is remembered of the rows of one list.
#[derive(Clone, Debug, Default)]
pub(super) struct Tracks {
    rows: Vec<Track>,
    next: u32,
    /// The row that held the focus when it was last drawn.
    focused: Option<usize>,
    /// The row to be brought into sight and given the focus.
    wanted: Option<usize>,
}

#[derive(Clone, Copy, Debug)]
struct Track {
    name: u32,
    /// With the space below it; zero before it was drawn.
    height: f32,
}

impl Tracks {
    /// Those of a list with so many rows, to be given back with [`Tracks::keep`].
    pub(super) fn take(ui: &Ui, id: Id, count: usize) -> Self {
        let mut tracks: Self = ui.data_mut(|data| std::mem::take(data.get_temp_mut_or_default(id.with("tracks"))));
        tracks.rows.truncate(count);
        while tracks.rows.len() < count {
            let fresh = tracks.fresh();
            tracks.rows.push(fresh);
        }
        tracks
    }

    pub(super) fn keep(self, ui: &Ui, id: Id) {
        ui.data_mut(|data| data.insert_temp(id.with("tracks"), self));
    }

    fn fresh(&mut self) -> Track {
        self.next = self.next.wrapping_add(1);
        Track { name: self.next, height: 0.0 }
    }

    /// Follows a change of the list; the row that stands at `focus` afterwards gets the focus.
    pub(super) fn edit(&mut self, edit: ListEdit, focus: Option<usize>) {
        let fresh = self.fresh();
        edit.apply(&mut self.rows, |_| fresh);
        self.wanted = focus;
    }

    /// Brings a row into sight and gives it the focus.
    pub(super) fn show(&mut self, index: usize) {
        self.wanted = Some(index);
    }

    /// The row that holds the focus.
    pub(super) const fn focused(&self) -> Option<usize> {
        self.focused
    }

    /// The name of a row, for what is remembered about it.
    pub(super) fn row_id(&self, id: Id, index: usize) -> Id {
        id.with(self.rows.get(index).map(|row| row.name))
    }

    /// Lays out the rows in sight. `draw` is given the row's place, whether it is to take the focus, and tells whether
    /// it has it.
    pub(super) fn rows_ui(&mut self, ui: &mut Ui, id: Id, mut draw: impl FnMut(&mut Ui, usize, Id, bool) -> bool) {
        let start = ui.cursor().top();
        let clip = ui.clip_rect();
        let spacing = ui.spacing().item_spacing.y;
        let plain = theme::INPUT_HEIGHT + 2.0 + spacing;
        let within = f64::from(clip.top() - start) - MARGIN..f64::from(clip.bottom() - start) + MARGIN;
        let wanted = self.wanted.take().filter(|&row| row < self.rows.len());
        let virtual_rows = self.rows.len() > ALL;
        let (shown, above) = if virtual_rows { self.in_sight(&within, plain) } else { (0..self.rows.len(), 0.0) };
        skip(ui, above, spacing);
        self.focused = None;
        for index in shown.clone() {
            let row = self.row_id(id, index);
            let top = ui.cursor().top();
            let is_wanted = wanted == Some(index);
            let focused =
                ui.scope_builder(UiBuilder::new().scope_id(row.with("row")), |ui| draw(ui, index, row, is_wanted));
            if focused.inner {
                self.focused = Some(index);
            }
            if is_wanted {
                ui.scroll_to_rect_animation(focused.response.rect, None, ScrollAnimation::none());
            }
            if let Some(track) = self.rows.get_mut(index) {
                track.height = ui.cursor().top() - top;
            }
        }
        if let Some(row) = wanted.filter(|row| !shown.contains(row)) {
            // It takes the focus once it is drawn.
            self.wanted = Some(row);
            let top = start + self.height(0..row, plain) as f32;
            let rect = Rect::from_min_size(pos2(ui.cursor().left(), top), vec2(1.0, plain));
            ui.scroll_to_rect_animation(rect, Some(egui::Align::Center), ScrollAnimation::none());
            ui.request_repaint();
        }
        if virtual_rows {
            skip(ui, self.height(shown.end..self.rows.len(), plain), spacing);
        }
    }

    /// Which rows are within those pixels, and how much is above the first of them.
    fn in_sight(&self, within: &Range<f64>, plain: f32) -> (Range<usize>, f64) {
        let (mut first, mut above) = (0, 0.0);
        while let Some(row) = self.rows.get(first) {
            let height = row.height_or(plain);
            if above + height > within.start {
                break;
            }
            above += height;
            first += 1;
        }
        let (mut last, mut bottom) = (first, above);
        while let Some(row) = self.rows.get(last).filter(|_| bottom < within.end) {
            bottom += row.height_or(plain);
            last += 1;
        }
        (first..last, above)
    }

    fn height(&self, rows: Range<usize>, plain: f32) -> f64 {
        self.rows.get(rows).unwrap_or_default().iter().map(|row| row.height_or(plain)).sum()
    }
}

impl Track {
    fn height_or(self, plain: f32) -> f64 {
        f64::from(if self.height > 0.0 { self.height } else { plain })
    }
}

/// Leaves room for rows that are not drawn.
fn skip(ui: &mut Ui, height: f64, spacing: f32) {
    if height > 0.0 {
        let room = vec2(ui.available_width(), height as f32 - spacing);
        ui.advance_cursor_after_rect(Rect::from_min_size(ui.cursor().min, room));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tracks(heights: &[f32]) -> Tracks {
        let rows = heights.iter().zip(1..).map(|(&height, name)| Track { name, height }).collect();
        Tracks { rows, next: heights.len() as u32, ..Tracks::default() }
    }

    #[test]
    fn only_what_is_within_is_in_sight() {
        let tracks = tracks(&[10.0, 0.0, 30.0, 10.0]);
        assert_eq!(tracks.in_sight(&(-5.0..1e9), 20.0), (0..4, 0.0));
        assert_eq!(tracks.in_sight(&(10.0..31.0), 20.0), (1..3, 10.0));
        assert_eq!(tracks.in_sight(&(45.0..46.0), 20.0), (2..3, 30.0));
        assert_eq!(tracks.in_sight(&(70.0..99.0), 20.0), (4..4, 70.0), "below the list");
        assert_eq!(tracks.in_sight(&(-9.0..-1.0), 20.0), (0..0, 0.0), "above it");
    }

    #[test]
    fn names_go_with_their_rows() {
        let mut tracks = tracks(&[1.0, 2.0, 3.0]);
        let names = |tracks: &Tracks| tracks.rows.iter().map(|row| row.name).collect::<Vec<_>>();
        tracks.edit(ListEdit::Down(0), Some(1));
        assert_eq!(names(&tracks), [2, 1, 3]);
        tracks.edit(ListEdit::Insert(0), Some(0));
        tracks.edit(ListEdit::Remove(2), Some(2));
        let left = names(&tracks);
        assert_eq!((left.len(), &left[1..]), (3, [2, 3].as_slice()));
        assert!(left[0] > 3, "a name that none had before");
    }
}
