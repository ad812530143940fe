//! One of many, in a list that opens: with a filter when the list is long.

use egui::{Id, Response, Ui};

/// A closed list and how it looks.
#[derive(Debug)]
pub struct Choice<'a> {
    /// Tells it from all others.
    pub id: Id,
    /// Its name for screen readers.
    pub name: &'a str,
    /// What is chosen, as text.
    pub current: &'a str,
    /// Said quietly after what is chosen: an enum's number.
    pub detail: Option<&'a str>,
    /// An icon before what is chosen, with its colour.
    pub icon: Option<(crate::ui::icons::Icon, egui::Color32)>,
    /// Width; all there is when `None`.
    pub width: Option<f32>,
    /// In the font of values.
    pub mono: bool,
    /// Hint of the filter.
    pub filter_hint: &'a str,
    /// Whether the border shows a problem.
    pub error: bool,
}

impl<'a> Choice<'a> {
    /// A closed list in the font of values.
    #[must_use]
    pub fn new(id: Id, name: &'a str, current: &'a str) -> Self {
        Self { id, name, current, detail: None, icon: None, width: None, mono: true, filter_hint: "", error: false }
    }
}

/// Shows the closed list, and when it is open its `count` options.
///
/// `text` names the option at an index: what the filter looks in and a screen reader says.
/// `draw` draws the inside of its row. The index of the option chosen now, if one was.
pub fn combo(
    ui: &mut Ui,
    choice: &Choice<'_>,
    count: usize,
    text: impl Fn(usize) -> String,
    mut draw: impl FnMut(&mut Ui, usize),
) -> (Response, Option<usize>) {
    let mut chosen = None;
    let response = egui::ComboBox::from_id_salt(choice.id)
        .selected_text(choice.current)
        .show_ui(ui, |ui| {
            for index in 0..count {
                if ui.selectable_label(false, text(index)).clicked() {
                    chosen = Some(index);
                }
                if false {
                    draw(ui, index);
                }
            }
        })
        .response
        .accessible_name(choice.name);
    (response, chosen)
}
