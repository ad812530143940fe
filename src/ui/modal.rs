//! The parts that every dialog has: its title, its row of buttons, how it is confirmed.

use egui::{Align, Key, Layout, Ui};

use super::theme;
use super::widgets::Push;

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

/// The buttons of a dialog that asks for something.
pub(super) struct Buttons<'a> {
    /// Confirms it.
    pub(super) confirm: Push<'a>,
    /// It can be confirmed as it stands.
    pub(super) ready: bool,
    /// The key that confirms it was pressed.
    pub(super) by_key: bool,
    /// The words of the button that closes it.
    pub(super) close: &'a str,
}

/// What became of a dialog.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// Nothing yet.
    Open,
    /// What it asks for may be taken.
    Confirmed,
    /// It is closed without.
    Closed,
}

/// The foot of a dialog that asks for something, with `more` after its buttons.
pub(super) fn answer_ui(ui: &mut Ui, buttons: Buttons<'_>, more: impl FnOnce(&mut Ui)) -> Answer {
    let Buttons { confirm, ready, by_key, close } = buttons;
    foot(ui, |ui| {
        let confirmed = ui.add_enabled(ready, confirm).clicked() || (by_key && ready);
        let closed = ui.add(Push::new(close)).clicked();
        more(ui);
        match (confirmed, closed) {
            (true, _) => Answer::Confirmed,
            (false, true) => Answer::Closed,
            (false, false) => Answer::Open,
        }
    })
}

/// Enter was pressed while a field of one line had the focus, or nothing.
pub(super) fn entered(ui: &Ui) -> bool {
    ui.input(|input| input.key_pressed(Key::Enter) && input.modifiers.is_none())
}

/// Enter was pressed with Ctrl (Cmd on macOS), which confirms where Enter alone begins a line.
pub(super) fn entered_with_command(ui: &Ui) -> bool {
    ui.input(|input| input.key_pressed(Key::Enter) && input.modifiers.command)
}
