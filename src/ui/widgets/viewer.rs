//! JSON of any size, to read.

use egui::{Id, Response, Ui};

use super::list::{ListState, VirtualList};
use super::paint::{elided, paint_text};
use crate::ui::theme;

/// Where the lines of a text begin, and where the reader stands; kept with the text.
#[derive(Clone, Debug, Default)]
pub struct Lines {
    starts: Vec<usize>,
    state: ListState,
}

impl Lines {
    /// Finds the lines of `text`.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        Self { starts: std::iter::once(0).chain(ends).collect(), state: ListState::default() }
    }

    /// The line at `index`, without its end.
    #[must_use]
    pub fn line<'t>(&self, text: &'t str, index: usize) -> &'t str {
        let start = self.starts.get(index).copied().unwrap_or(text.len());
        let end = self.starts.get(index + 1).copied().unwrap_or(text.len());
        text.get(start..end).unwrap_or_default().trim_end_matches(['\n', '\r'])
    }

    /// How many lines there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.starts.len()
    }
}

/// Shows `text`, whose lines are `lines`, in the room there is.
pub fn json_viewer(ui: &mut Ui, id: Id, name: &str, text: &str, lines: &mut Lines) -> Response {
    let mut state = lines.state;
    let list = VirtualList { row_height: theme::CODE_ROW_HEIGHT, ..VirtualList::new(id, name, lines.count() as u64) };
    let response = list.show(ui, &mut state, |ui, rect, index, _| {
        let line = lines.line(text, index as usize);
        let galley = elided(ui, line, theme::mono(), theme::tokens(ui).text, f32::INFINITY);
        paint_text(ui.painter(), rect, rect.left(), galley);
        line.to_owned()
    });
    lines.state = state;
    response.response
}
