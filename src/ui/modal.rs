//! The parts that every dialog has: its title, its row of buttons, Enter.

use egui::{Align, Key, Layout, Ui};

use super::theme;

/// The title of a dialog.
pub(super) fn title(ui: &mut Ui, words: &str) {
    let color = theme::tokens(ui).text;
    ui.label(egui::RichText::new(words).font(theme::heading()).color(color));
    ui.add_space(8.0);
}

/// The row of buttons at the foot of a dialog, from the right.
pub(super) fn foot<R>(ui: &mut Ui, add: impl FnOnce(&mut Ui) -> R) -> R {
    ui.add_space(12.0);
    ui.allocate_ui_with_layout(
        egui::vec2(ui.available_width(), theme::INPUT_HEIGHT),
        Layout::right_to_left(Align::Center),
        add,
    )
    .inner
}

/// Enter was pressed while a field of one line had the focus, or nothing.
pub(super) fn entered(ui: &Ui) -> bool {
    ui.input(|input| input.key_pressed(Key::Enter) && input.modifiers.is_none())
}
