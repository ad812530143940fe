//! The bar above the JSON editor that finds words in it, or goes to a line.

use std::ops::Range;

use egui::{Context, Id, Key, Modifiers, Ui};

use crate::message::typing;
use crate::text::Text;
use crate::ui::icons::Icon;
use crate::ui::widgets::{self, Field};

/// Matches looked for at most.
const MOST: usize = 10_000;

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asks {
    Words,
    Line,
}

/// The bar.
#[derive(Debug, Default)]
pub(super) struct FindBar {
    asks: Option<Asks>,
    query: String,
    line: String,
    case: bool,
    /// What `matches` are of: the revision of the text, and what was looked for.
    of: (u64, String, bool),
    matches: Vec<Range<usize>>,
    current: usize,
    /// The keyboard is to go to the field.
    focus: bool,
}

fn field_id(asks: Asks) -> Id {
    Id::unique(match asks {
        Asks::Words => "json_find",
        Asks::Line => "json_line",
    })
}

impl FindBar {
    pub(super) fn has_focus(&self, ctx: &Context) -> bool {
        self.asks.is_some_and(|asks| ctx.memory(|memory| memory.has_focus(field_id(asks))))
    }

    pub(super) fn ask(&mut self, asks: Asks, words: Option<String>) {
        self.asks = Some(asks);
        self.focus = true;
        if let Some(words) = words {
            self.query = words;
        }
    }

    /// What was found, in order.
    pub(super) fn matches(&self) -> &[Range<usize>] {
        if self.asks == Some(Asks::Words) { &self.matches } else { &[] }
    }

    /// Which of them the search stands at.
    pub(super) fn current(&self) -> Option<usize> {
        (!self.matches().is_empty()).then_some(self.current)
    }

    /// Looks for the words where they or the text are others than before; whether the words are.
    fn look(&mut self, text: &str, revision: u64) -> bool {
        if self.of.0 == revision && self.of.1 == self.query && self.of.2 == self.case {
            return false;
        }
        let others = self.of.1 != self.query || self.of.2 != self.case;
        let from = self.matches.get(self.current).map_or(0, |range| range.start);
        self.matches = typing::find(text, &self.query, self.case, MOST);
        self.current = self.matches.partition_point(|range| range.start < from);
        if self.current == self.matches.len() {
            self.current = 0;
        }
        self.of = (revision, self.query.clone(), self.case);
        others
    }

    fn step(&mut self, forward: bool) {
        let count = self.matches.len();
        if count > 0 {
            self.current = (self.current + if forward { 1 } else { count - 1 }) % count;
        }
    }
}

/// Shows the bar if it is asked for; what is to be shown of the text. `editor` has the keyboard when the bar is closed.
pub(super) fn ui(
    ui: &mut Ui,
    bar: &mut FindBar,
    text_of: &str,
    revision: u64,
    editor: Id,
    text: &Text,
) -> Option<Range<usize>> {
    let asks = bar.asks?;
    // Escape closes the bar from the text too, unless a list lies over that.
    let in_text = ui.memory(|memory| memory.has_focus(editor)) && !egui::Popup::is_any_open(ui.ctx());
    let mut close = in_text && ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape));
    let mut goes = None;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        let name = text.get(if asks == Asks::Words { "json-find" } else { "json-line" });
        let room = (ui.available_width() - 300.0).clamp(120.0, 320.0);
        let value = if asks == Asks::Words { &mut bar.query } else { &mut bar.line };
        let mut field = Field::new(field_id(asks), name, value);
        field.hint = name;
        field.mono = true;
        field.leading = Some(Icon::MagnifyingGlass);
        field.width = Some(room);
        let shown = widgets::field(ui, field);
        if std::mem::take(&mut bar.focus) {
            shown.response.request_focus();
        }
        let left = shown.response.lost_focus();
        let pressed = |key| ui.input(|input| input.key_pressed(key));
        let back = ui.input(|input| input.modifiers.shift);
        let entered = left && pressed(Key::Enter);
        close |= left && pressed(Key::Escape);
        if asks == Asks::Line {
            if entered {
                goes = line(text_of, &bar.line);
                close |= goes.is_some();
            }
        } else {
            let others = bar.look(text_of, revision);
            let mut stepped = others;
            if entered {
                bar.step(!back);
                stepped = true;
                shown.response.request_focus();
            }
            let count = bar.matches.len();
            let words = if bar.query.is_empty() {
                String::new()
            } else if count == 0 {
                text.get("json-find-nothing").to_owned()
            } else {
                let at = (bar.current + 1).into();
                text.with("json-find-count", &[("at", at), ("count", count.into())])
            };
            ui.toggle_value(&mut bar.case, text.get("json-find-case"));
            if widgets::icon_button(ui, Icon::ArrowUp, text.get("json-find-previous"), None).clicked() {
                bar.step(false);
                stepped = true;
            }
            if widgets::icon_button(ui, Icon::ArrowDown, text.get("json-find-next"), None).clicked() {
                bar.step(true);
                stepped = true;
            }
            crate::ui::secondary(ui, &words);
            if stepped {
                goes = bar.matches.get(bar.current).cloned();
            }
        }
        close |= widgets::icon_button(ui, Icon::X, text.get("json-find-close"), None).clicked();
    });
    ui.add_space(4.0);
    if close {
        bar.asks = None;
        // The text, which is drawn after this, is not to take the key that closed the bar.
        ui.input_mut(|input| {
            input.consume_key(Modifiers::NONE, Key::Escape);
            input.consume_key(Modifiers::NONE, Key::Enter);
        });
        ui.memory_mut(|memory| memory.request_focus(editor));
    }
    goes
}

/// The beginning of a line, which may be followed by a column.
fn line(text: &str, typed: &str) -> Option<Range<usize>> {
    let (line, column) = typed.split_once(':').unwrap_or((typed, "1"));
    let number: usize = line.trim().parse().ok().filter(|number| *number > 0)?;
    let column: usize = column.trim().parse().unwrap_or(1);
    let start = text.split_inclusive('\n').take(number - 1).map(str::len).sum::<usize>();
    let rest = text[start..].lines().next().unwrap_or_default();
    let inside = rest.char_indices().nth(column.saturating_sub(1)).map_or(rest.len(), |(at, _)| at);
    Some(start + inside..start + inside)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_gone_to() {
        let check = |typed: &str, expected: Option<usize>| {
            assert_eq!(line("ab\n您好\nc", typed).map(|range| range.start), expected, "{typed}");
        };
        check("1", Some(0));
        check("2:2", Some(6));
        check(" 3 ", Some(10));
        check("2:99", Some(9));
        check("99", Some(11));
        check("0", None);
        check("x", None);
    }
}
