//! Keys that the editor takes before its text field does: pairs, indentation, comments, the list of suggestions.

use std::ops::Range;

use egui::text_edit::TextEditState;
use egui::{Event, Key, Modifiers, Ui};

use super::seen::byte_of;
use super::{EditorState, JsonEditor, resting, select};
use crate::message::typing::{self, Stroke};

/// What the keys of a frame did.
#[derive(Debug, Default)]
pub(super) struct Typed {
    /// The text was changed.
    pub(super) changed: bool,
    /// Letters came, here or for the text field.
    pub(super) letters: bool,
    /// Suggestions were asked for.
    pub(super) asked: bool,
}

/// What a key means to the editor.
enum Own {
    Stroke(Stroke),
    Ask,
    Leave,
    List(Key),
}

/// Carries out the keys that are the editor's own and takes them away. They keep their order: what comes behind a key
/// that the text field takes by itself waits for the next frame.
pub(super) fn take(ui: &Ui, editor: &JsonEditor<'_>, text: &mut String, state: &mut EditorState) -> Typed {
    let mut typed = Typed::default();
    if !ui.memory(|memory| memory.has_focus(editor.id)) {
        state.waiting.clear();
        return typed;
    }
    let mut events = std::mem::take(&mut state.waiting);
    events.append(&mut ui.input_mut(|input| std::mem::take(&mut input.events)));
    let mut kept = Vec::with_capacity(events.len());
    let mut behind = false;
    let mut events = events.into_iter();
    while let Some(event) = events.next() {
        typed.letters |= matches!(event, Event::Text(_));
        let Some(own) = own(&event, state.open.is_some()) else {
            behind |= moves(&event);
            kept.push(event);
            continue;
        };
        if behind {
            state.waiting = std::iter::once(event).chain(events).collect();
            ui.ctx().request_repaint();
            break;
        }
        if !carry_out(ui, editor, text, state, &own, &mut typed) {
            behind = true;
            kept.push(event);
        }
    }
    ui.input_mut(|input| input.events = kept);
    typed
}

/// Whether the text or its cursor may be another after it.
fn moves(event: &Event) -> bool {
    matches!(
        event,
        Event::Text(_)
            | Event::Paste(_)
            | Event::Cut
            | Event::Ime(_)
            | Event::Key { pressed: true, .. }
            | Event::PointerButton { .. }
    )
}

fn own(event: &Event, listed: bool) -> Option<Own> {
    let (key, modifiers) = match event {
        Event::Text(letters) => {
            let mut letters = letters.chars();
            let letter = letters.next().filter(|letter| "{}[]\"".contains(*letter))?;
            return letters.next().is_none().then_some(Own::Stroke(Stroke::Letter(letter)));
        }
        Event::Key { key, pressed: true, modifiers, .. } => (*key, *modifiers),
        _ => return None,
    };
    let plain = modifiers.is_none();
    let control = modifiers.command || modifiers.ctrl;
    match key {
        Key::ArrowUp | Key::ArrowDown | Key::PageUp | Key::PageDown | Key::Enter | Key::Tab | Key::Escape
            if listed && plain =>
        {
            Some(Own::List(key))
        }
        Key::Escape if plain => Some(Own::Leave),
        Key::Space if control => Some(Own::Ask),
        Key::Slash if control => Some(Own::Stroke(Stroke::Comment)),
        Key::Enter if !control && !modifiers.alt => Some(Own::Stroke(Stroke::Enter)),
        Key::Backspace if plain => Some(Own::Stroke(Stroke::Backspace)),
        Key::Tab if plain || modifiers == Modifiers::SHIFT => Some(Own::Stroke(Stroke::Tab { back: modifiers.shift })),
        _ => None,
    }
}

/// Whether the key did something of its own.
fn carry_out(
    ui: &Ui,
    editor: &JsonEditor<'_>,
    text: &mut String,
    state: &mut EditorState,
    own: &Own,
    typed: &mut Typed,
) -> bool {
    match own {
        Own::Ask => typed.asked = true,
        Own::Leave => ui.memory_mut(|memory| memory.request_focus(resting(editor.id))),
        Own::List(key) => {
            let Some(open) = &mut state.open else { return true };
            match key {
                Key::Escape => state.open = None,
                Key::Enter | Key::Tab => {
                    let chosen = open.selected;
                    super::take(ui, editor, text, state, chosen);
                    typed.changed = true;
                }
                Key::ArrowUp => open.step(-1),
                Key::PageUp => open.step(-8),
                Key::PageDown => open.step(8),
                _ => open.step(1),
            }
        }
        Own::Stroke(stroke) => {
            let Some(edit) = typing::stroke(text, selection(ui, editor, text), *stroke) else { return false };
            if text.get(edit.range.clone()) != Some(edit.insert.as_str()) {
                text.replace_range(edit.range, &edit.insert);
                typed.changed = true;
            }
            select(ui, editor.id, text, &edit.selection);
            if !matches!(stroke, Stroke::Letter('"')) {
                state.open = None;
            }
        }
    }
    true
}

/// What is selected, in bytes.
fn selection(ui: &Ui, editor: &JsonEditor<'_>, text: &str) -> Range<usize> {
    let range = TextEditState::load(ui.ctx(), editor.id).and_then(|state| state.cursor.char_range());
    let Some(range) = range else { return 0..0 };
    let letters = range.as_sorted_char_range();
    byte_of(text, letters.start.0)..byte_of(text, letters.end.0)
}
