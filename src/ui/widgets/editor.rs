//! JSON as text to edit: line numbers, problems and matches marked, brackets, a list of what can stand at the cursor.

mod keys;
mod seen;
mod suggestions;

use std::ops::Range;

use egui::text::{CCursor, CCursorRange};
use egui::text_edit::TextEditState;
use egui::{
    Align, Align2, Context, Event, EventFilter, Frame, Id, Margin, Rect, Response, ScrollArea, Sense, Shape, Stroke,
    TextBuffer, TextEdit, Ui, WidgetInfo, pos2, vec2,
};

use super::code::Highlighted;
use crate::message::complete::{Completion, Suggestion};
use crate::message::typing;
use crate::ui::theme;
use keys::Typed;
use seen::{Seen, byte_of, char_of};
use suggestions::Open;

/// A longer text has no suggestions.
const MOST_COMPLETED: usize = 256 << 10;

/// What the editor keeps between frames; one for each text.
#[derive(Clone, Debug, Default)]
pub struct EditorState {
    /// The text with its colours.
    pub highlighted: Highlighted,
    /// What is selected and brought into sight in the next frame, in bytes, and whether the keyboard goes there too.
    jump: Option<(Range<usize>, bool)>,
    /// Whose text it is.
    of: Option<Id>,
    /// Keys that came behind one that the text takes by itself.
    waiting: Vec<Event>,
    open: Option<Open>,
    /// The cursor, the length of the text, and the brackets at the cursor.
    brackets: (usize, usize, Option<(usize, usize)>),
}

impl EditorState {
    /// Selects a range of bytes and brings it into sight; with `focus` the keyboard goes there.
    pub fn jump(&mut self, range: Range<usize>, focus: bool) {
        self.jump = Some((range, focus));
    }
}

/// An editor and all that is to be seen in it; every range is in bytes.
#[expect(missing_debug_implementations, reason = "it holds functions, and lives for one call")]
pub struct JsonEditor<'a> {
    /// Tells it from all others.
    pub id: Id,
    /// Its name for screen readers.
    pub name: &'a str,
    /// What a screen reader says besides: how to leave it.
    pub description: &'a str,
    /// Name of the list of suggestions.
    pub suggestions: &'a str,
    /// What is said of a suggestion that the schema advises against.
    pub deprecated: &'a str,
    /// Its height.
    pub height: f32,
    /// Where something is wrong, in order, and what.
    pub marks: &'a [(Range<usize>, &'a str)],
    /// What was found, in order.
    pub found: &'a [Range<usize>],
    /// The one of `found` that the search stands at.
    pub current: Option<usize>,
    /// What can stand at a byte of the text.
    pub complete: &'a dyn Fn(&str, usize) -> Option<Completion>,
    /// What is to be read about a suggestion, its first line.
    pub help: &'a dyn Fn(&Suggestion) -> String,
}

impl<'a> JsonEditor<'a> {
    /// An editor with nothing marked and nothing to suggest.
    #[must_use]
    pub fn new(id: Id, name: &'a str, height: f32) -> Self {
        Self {
            id,
            name,
            description: "",
            suggestions: name,
            deprecated: "",
            height,
            marks: &[],
            found: &[],
            current: None,
            complete: &|_, _| None,
            help: &|_| String::new(),
        }
    }
}

/// Where the keyboard rests when Escape has left the editor: Tab goes on from there.
fn resting(id: Id) -> Id {
    id.with("resting")
}

/// Whether the keyboard rests beside an editor: nothing is being typed.
#[must_use]
pub fn rests(ctx: &Context) -> bool {
    let resting: Option<Id> = ctx.data(|data| data.get_temp(Id::unique("editor_resting")));
    resting.is_some() && ctx.memory(egui::Memory::focused) == resting
}

/// Shows an editor with line numbers; the response tells whether the text was changed.
pub fn json_editor(ui: &mut Ui, editor: &JsonEditor<'_>, text: &mut String, state: &mut EditorState) -> Response {
    let id = editor.id;
    if state.of != Some(id) {
        *state = EditorState { of: Some(id), jump: state.jump.take(), ..EditorState::default() };
    }
    let tokens = theme::tokens(ui);
    let lines = text.bytes().filter(|byte| *byte == b'\n').count() + 1;
    let digits = lines.max(99).ilog10() + 1;
    let digit = ui.fonts_mut(|fonts| fonts.glyph_width(&theme::mono_small(), '0'));
    let gutter = (digits as f32 * digit).ceil() + 24.0;
    let jumped = state.jump.take();
    if let Some((range, focus)) = &jumped {
        select(ui, id, text, range);
        if *focus {
            ui.memory_mut(|memory| memory.request_focus(id));
        }
    }
    let typed = keys::take(ui, editor, text, state);
    let whole = ui.available_rect_before_wrap();
    let mut response = ScrollArea::vertical()
        .id_salt(id)
        .auto_shrink(false)
        .max_height(editor.height)
        .min_scrolled_height(editor.height)
        .show(ui, |ui| {
            let behind = ui.painter().add(Shape::Noop);
            let margin = Margin { left: gutter as i8, right: 12, top: 6, bottom: 12 };
            let mut layouter =
                |ui: &Ui, buffer: &dyn TextBuffer, width: f32| state.highlighted.galley(ui, buffer.as_str(), width);
            let size = vec2(ui.available_width(), editor.height);
            let keeps = EventFilter { tab: true, horizontal_arrows: true, vertical_arrows: true, escape: true };
            let edit = TextEdit::multiline(text)
                .id(id)
                .code_editor()
                .event_filter(keeps)
                .font(theme::mono())
                .frame(Frame::NONE.inner_margin(margin))
                .desired_width(size.x)
                .min_size(size)
                .layouter(&mut layouter);
            let output = suggestions::keeping_focus(ui, id, state.open.is_some(), |ui| edit.show(ui));
            let mut response = output.response.response.clone().accessible_name(editor.name);
            if !editor.description.is_empty() {
                ui.ctx().accesskit_node_builder(id, |node| node.set_description(editor.description));
            }
            if typed.changed {
                response.mark_changed();
            }
            let at = output.galley_pos;
            let cursor = output.cursor_range.map(|range| range.primary);
            let rect_of = |cursor: CCursor| output.galley.pos_from_cursor(cursor).translate(at.to_vec2());
            if let Some((range, _)) = &jumped {
                ui.scroll_to_rect(rect_of(CCursor::new(char_of(text, range.start))), Some(Align::Center));
            } else if let Some(cursor) = cursor.filter(|_| typed.changed) {
                ui.scroll_to_rect(rect_of(cursor), None);
            }

            let cursor_byte = cursor.map(|cursor| byte_of(text, cursor.index.0));
            let seen = Seen::new(text, &output.galley, at, ui.clip_rect());
            let mut shapes = Vec::new();
            for (index, range) in seen.among(editor.found, |range| range) {
                let tint = tokens.tint(if Some(index) == editor.current { tokens.warning } else { tokens.accent });
                for rect in seen.rects(range) {
                    shapes.push(Shape::rect_filled(rect, theme::RADIUS_SMALL, tint));
                    if Some(index) == editor.current {
                        let stroke = Stroke::new(1.0, tokens.warning);
                        shapes.push(Shape::rect_stroke(rect, theme::RADIUS_SMALL, stroke, egui::StrokeKind::Inside));
                    }
                }
            }
            if let Some(cursor) = cursor_byte.filter(|_| response.has_focus()) {
                if (state.brackets.0, state.brackets.1) != (cursor, text.len()) || response.changed() {
                    state.brackets = (cursor, text.len(), typing::brackets(text, cursor));
                }
                if let Some((one, other)) = state.brackets.2 {
                    for place in [one, other] {
                        for rect in seen.rects(&(place..place + 1)) {
                            shapes.push(Shape::rect_filled(rect, 2, tokens.tint(tokens.accent)));
                        }
                    }
                }
            }
            let pointer = ui.input(|input| input.pointer.hover_pos()).filter(|_| response.hovered());
            let mut said = None;
            let mut wrong = Vec::new();
            for (_, (range, words)) in seen.among(editor.marks, |(range, _)| range) {
                for rect in seen.rects(range) {
                    if pointer.is_some_and(|pointer| rect.contains(pointer)) {
                        said = Some(*words);
                    }
                    let y = rect.bottom() - 2.0;
                    shapes.push(squiggle(rect.left(), rect.right().max(rect.left() + 7.0), y, tokens.error));
                }
                wrong.extend(seen.line_of(range.start));
            }
            ui.painter().set(behind, Shape::Vec(shapes));
            for (line, y) in seen.numbers() {
                let color = if wrong.contains(&line) { tokens.error } else { tokens.text_tertiary };
                ui.painter().text(pos2(at.x - 12.0, y), Align2::RIGHT_CENTER, line, theme::mono_small(), color);
            }

            suggest(ui, editor, text, state, &typed, cursor_byte.filter(|_| response.has_focus()), &response);
            if let Some(open) = &mut state.open {
                let anchor = rect_of(CCursor::new(char_of(text, open.completion.anchor)));
                if let Some(taken) = suggestions::ui(ui, editor, open, anchor) {
                    take(ui, editor, text, state, taken);
                    response.mark_changed();
                }
            }
            if let Some(words) = said.filter(|_| state.open.is_none()) {
                response = response.on_hover_text_at_pointer(words);
            }
            response
        })
        .inner;
    let area = Rect::from_min_size(whole.min, vec2(whole.width(), editor.height));
    let rest = ui.interact(area, resting(id), Sense::focusable_noninteractive());
    rest.widget_info(|| WidgetInfo::labeled(egui::Role::Group, true, editor.description));
    ui.data_mut(|data| data.insert_temp(Id::unique("editor_resting"), resting(id)));
    if rest.has_focus() && ui.input_mut(|input| input.consume_key(egui::Modifiers::NONE, egui::Key::Enter)) {
        response.request_focus();
        response.flags.remove(egui::response::Flags::CHANGED);
    }
    response
}

/// Opens, keeps or closes the list of suggestions as the text and the cursor say.
fn suggest(
    ui: &Ui,
    editor: &JsonEditor<'_>,
    text: &str,
    state: &mut EditorState,
    typed: &Typed,
    cursor: Option<usize>,
    response: &Response,
) {
    let Some(cursor) = cursor.filter(|_| text.len() <= MOST_COMPLETED) else {
        state.open = None;
        return;
    };
    let letter = text[..cursor].chars().next_back().unwrap_or_default();
    let begins = typed.letters && response.changed() && (letter.is_alphanumeric() || "_@\"{.-/".contains(letter));
    let moved = state.open.as_ref().is_some_and(|open| open.cursor != cursor) || response.changed();
    let follows = moved && state.open.is_some();
    if !(typed.asked || begins || follows) {
        return;
    }
    let found = (editor.complete)(text, cursor);
    let before = state.open.take();
    let stays = |found: &Completion| {
        typed.asked
            || (begins && found.begun)
            || before.as_ref().is_some_and(|open| open.completion.anchor == found.anchor)
    };
    state.open = found.filter(stays).map(|completion| Open::new(completion, cursor));
    if state.open.is_some() {
        ui.ctx().request_repaint();
    }
}

/// Puts a suggestion into the text.
fn take(ui: &Ui, editor: &JsonEditor<'_>, text: &mut String, state: &mut EditorState, taken: usize) {
    let Some(open) = state.open.take() else { return };
    let range = open.completion.range.clone();
    let Some(item) = open.completion.items.into_iter().nth(taken) else { return };
    if text.get(range.clone()).is_none() {
        return;
    }
    text.replace_range(range.clone(), &item.insert);
    let selection = range.start + item.select.start..range.start + item.select.end;
    select(ui, editor.id, text, &selection);
    if item.goes_on {
        state.open = (editor.complete)(text, selection.start).map(|next| Open::new(next, selection.start));
    }
    ui.ctx().request_repaint();
}

/// Selects a range of bytes of the text that the field with that id shows.
fn select(ui: &Ui, id: Id, text: &str, range: &Range<usize>) {
    let mut edit = TextEditState::load(ui.ctx(), id).unwrap_or_default();
    let (start, end) = (CCursor::new(char_of(text, range.start)), CCursor::new(char_of(text, range.end)));
    edit.cursor.set_char_range(Some(CCursorRange::two(start, end)));
    edit.store(ui.ctx(), id);
}

/// The wavy line below what is wrong.
fn squiggle(left: f32, right: f32, y: f32, color: egui::Color32) -> Shape {
    const STEP: f32 = 2.5;
    // A line much wider than any window would only cost.
    let count = ((right - left) / STEP).ceil().clamp(2.0, 2000.0) as usize;
    let points = (0..=count)
        .map(|step| pos2((left + step as f32 * STEP).min(right), y + if step % 2 == 0 { 1.0 } else { -1.0 }))
        .collect();
    Shape::line(points, Stroke::new(1.2, color))
}
