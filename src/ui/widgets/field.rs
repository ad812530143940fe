//! One line, or a few, of text to fill in.

use std::ops::Range;

use egui::{Id, Response, TextEdit, Ui};

use crate::ui::icons::Icon;
use crate::ui::theme;

/// A field and all that may stand in it.
#[derive(Debug)]
pub struct Field<'a> {
    /// Tells the field from all others: made from the path of what it edits.
    pub id: Id,
    /// Its name for screen readers.
    pub name: &'a str,
    /// What is edited.
    pub text: &'a mut String,
    /// Shown while it is empty.
    pub hint: &'a str,
    /// In the font of values.
    pub mono: bool,
    /// A problem: the border shows it, a screen reader says it; the words are shown by `inline_problem`.
    pub error: Option<&'a str>,
    /// An icon before the text.
    pub leading: Option<Icon>,
    /// Width; all there is when `None`.
    pub width: Option<f32>,
    /// What the text comes to, shown quietly after it: a variable's value.
    pub ghost: Option<&'a str>,
    /// A button at the right edge with its name.
    pub trailing: Option<(Icon, &'a str)>,
    /// Byte ranges of the text that are variables, in order.
    pub variables: &'a [Range<usize>],
    /// Lines shown; more than 1 makes it a field of several lines.
    pub rows: usize,
    /// Shows dots instead of letters.
    pub password: bool,
}

impl<'a> Field<'a> {
    /// A plain field.
    #[must_use]
    pub fn new(id: Id, name: &'a str, text: &'a mut String) -> Self {
        Self {
            id,
            name,
            text,
            hint: "",
            mono: false,
            error: None,
            leading: None,
            width: None,
            ghost: None,
            trailing: None,
            variables: &[],
            rows: 1,
            password: false,
        }
    }
}

/// What happened to a field.
#[derive(Debug)]
pub struct FieldResponse {
    /// Of the text: focus, Enter through `lost_focus`.
    pub response: Response,
    /// The text was changed.
    pub changed: bool,
    /// The button at the right edge was clicked.
    pub trailing_clicked: bool,
}

/// Shows a field, 28 px high when it has one row.
pub fn field(ui: &mut Ui, field: Field<'_>) -> FieldResponse {
    let width = field.width.unwrap_or_else(|| ui.available_width());
    let edit = if field.rows > 1 { TextEdit::multiline(field.text) } else { TextEdit::singleline(field.text) };
    let font = if field.mono { theme::mono() } else { theme::body() };
    let output = edit
        .id(field.id)
        .hint_text(field.hint.to_owned())
        .font(font)
        .desired_rows(field.rows)
        .desired_width(width)
        .password(field.password)
        .show(ui);
    let response = output.response.response.clone().accessible_name(field.name);
    FieldResponse { changed: response.changed(), trailing_clicked: false, response }
}
