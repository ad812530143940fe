//! JSON of any size, to read.

use egui::{Event, Id, Rect, Response, Ui, pos2};

use super::code::json_job;
use super::list::{ListState, VirtualList};
use crate::ui::theme;

/// A line longer than this is cut in the view, not in what is copied.
const MOST_SHOWN: usize = 10_000;

/// Where the lines of a text begin, and where the reader stands; kept with the text.
#[derive(Clone, Debug, Default)]
pub struct Lines {
    starts: Vec<usize>,
    state: ListState,
    /// How far the lines are moved to the left.
    x: f32,
    /// The widest line seen so far.
    widest: f32,
    /// Lines are shown without their numbers.
    bare: bool,
}

impl Lines {
    /// Finds the lines of `text`.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        let mut starts: Vec<usize> = std::iter::once(0).chain(ends).collect();
        // A line end at the end of the text begins no line.
        if starts.len() > 1 && starts.last() == Some(&text.len()) {
            starts.pop();
        }
        Self { starts, ..Self::default() }
    }

    /// The same without numbers beside them: where lines begin with a number of their own.
    #[must_use]
    pub fn without_numbers(self) -> Self {
        Self { bare: true, ..self }
    }

    /// How many lines there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.starts.len()
    }

    /// The line at `index`, without its end; empty where there is none.
    #[must_use]
    pub fn line<'t>(&self, text: &'t str, index: usize) -> &'t str {
        self.span(text, index, index).trim_end_matches(['\n', '\r'])
    }

    /// The lines from `first` to `last`, with their ends.
    #[must_use]
    pub fn span<'t>(&self, text: &'t str, first: usize, last: usize) -> &'t str {
        let start = self.starts.get(first).copied().unwrap_or(text.len());
        let end = self.starts.get(last + 1).copied().unwrap_or(text.len());
        text.get(start..end).unwrap_or_default()
    }

    /// Chooses a line and shows it: where a search stands.
    pub fn select(&mut self, index: usize) {
        self.state.select(index as u64);
        self.state.top = (index as u64).saturating_sub(5);
        self.state.part = 0.0;
    }
}

/// Shows `text`, whose lines are `lines`, in the room there is; Ctrl+C copies the chosen lines.
pub fn json_viewer(ui: &mut Ui, id: Id, name: &str, text: &str, lines: &mut Lines) -> Response {
    let tokens = theme::tokens(ui);
    let mut state = lines.state;
    let digits = lines.count().max(99).ilog10() + 1;
    let digit = ui.fonts_mut(|fonts| fonts.glyph_width(&theme::mono_small(), '0'));
    let gutter = if lines.bare { 12.0 } else { (digits as f32 * digit).ceil() + 24.0 };
    let mut widest = lines.widest;
    let area = ui.available_rect_before_wrap();
    let list = VirtualList { row_height: theme::CODE_ROW_HEIGHT, ..VirtualList::new(id, name, lines.count() as u64) };
    let shown = list.show(ui, &mut state, |ui, rect, index, _| {
        let line = lines.line(text, index as usize);
        let cut = if line.len() > MOST_SHOWN { &line[..line.floor_char_boundary(MOST_SHOWN)] } else { line };
        let mut job = json_job(cut, tokens);
        job.break_on_newline = false;
        let galley = ui.fonts_mut(|fonts| fonts.layout_job(job));
        widest = widest.max(galley.size().x);
        let y = rect.center().y;
        if !lines.bare {
            let at = pos2(rect.left() + gutter - 12.0, y);
            let font = theme::mono_small();
            ui.painter().text(at, egui::Align2::RIGHT_CENTER, index + 1, font, tokens.text_tertiary);
        }
        let place = pos2(rect.left() + gutter - lines.x, y - galley.size().y / 2.0);
        let clip = rect.with_min_x(rect.left() + gutter - 4.0).intersect(ui.clip_rect());
        ui.painter().with_clip_rect(clip).galley(place, galley, tokens.text);
        // An empty line is called by its number: a row without a name cannot be read out.
        if cut.trim().is_empty() { (index + 1).to_string() } else { cut.to_owned() }
    });
    let response = shown.response;
    if response.contains_pointer() {
        let delta = ui.input_mut(|input| std::mem::take(&mut input.smooth_scroll_delta.x));
        lines.x -= delta;
    }
    lines.widest = widest;
    lines.x = lines.x.clamp(0.0, (widest + gutter + 24.0 - area.width()).max(0.0));
    lines.state = state;
    if response.has_focus() && ui.input(|input| input.events.contains(&Event::Copy)) {
        let (from, to) = state.range().unwrap_or((0, lines.count() as u64));
        let copied = lines.span(text, from as usize, to as usize);
        ui.copy_text(copied.to_owned());
    }
    sideways(ui, area, lines, gutter);
    response
}

/// Shows that a line goes on to the right of what is seen.
fn sideways(ui: &Ui, area: Rect, lines: &Lines, gutter: f32) {
    let room = area.width() - gutter - 10.0;
    if lines.widest > room {
        let length = (room * room / lines.widest).max(24.0);
        let most = (lines.widest + gutter + 24.0 - area.width()).max(1.0);
        let left = area.left() + gutter + (room - length) * (lines.x / most).min(1.0);
        let handle = Rect::from_min_max(pos2(left, area.bottom() - 5.0), pos2(left + length, area.bottom() - 1.0));
        ui.painter().rect_filled(handle, 2, theme::tokens(ui).hover);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&str]) {
        let lines = Lines::new(text);
        let found: Vec<_> = (0..lines.count()).map(|index| lines.line(text, index)).collect();
        assert_eq!(found, expected, "{text:?}");
    }

    #[test]
    fn lines() {
        check("", &[""]);
        check("a", &["a"]);
        check("a\n", &["a"]);
        check("a\r\n\nb", &["a", "", "b"]);
        check("您\n好", &["您", "好"]);
    }

    #[test]
    fn a_span_keeps_line_ends() {
        let text = "a\nb\nc";
        let lines = Lines::new(text);
        assert_eq!(lines.span(text, 0, 1), "a\nb\n");
        assert_eq!(lines.span(text, 2, 9), "c");
        assert_eq!(lines.line(text, 7), "");
    }
}
