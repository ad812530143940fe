//! Keys to commands. Shortcuts are taken before the widgets see them, so that Ctrl+Enter sends from any field.

use egui::{Context, Id, KeyboardShortcut, Modifiers, Order, Rect};

use super::widgets;
use crate::app::command::{Key, Shortcut};
use crate::app::{Action, App, Command};

/// What the keyboard did in the frame before.
#[derive(Debug, Default)]
pub(super) struct Keys {
    /// Something had the focus, or a popup was open: the first Esc leaves that, the second cancels.
    busy: bool,
    /// Undo and redo mean the message: it is on the screen, and nothing else that can be edited has the focus.
    in_message: bool,
}

impl Keys {
    /// Pushes the commands whose keys were pressed.
    pub(super) fn ui(&mut self, ctx: &Context, app: &App, actions: &mut Vec<Action>) {
        // Those with Shift first: egui takes Ctrl+Shift+Tab for Ctrl+Tab too.
        let mut shortcuts: Vec<_> =
            Command::ALL.into_iter().filter_map(|command| Some((command, command.shortcut()?))).collect();
        shortcuts.sort_by_key(|(_, shortcut)| !shortcut.shift);
        for (command, shortcut) in shortcuts {
            if command == Command::Cancel {
                if !self.busy && app.overlay.is_none() && pressed(ctx, shortcut) {
                    actions.push(command.into());
                }
                continue;
            }
            let is_undo = matches!(command, Command::Undo | Command::Redo);
            if is_undo && !self.in_message {
                // The field that has the focus undoes by itself.
                continue;
            }
            // What lies over the window keeps the keys to itself, but another may take its place.
            let blocked = app.overlay.is_some() && !command.shows_overlay();
            if !blocked && pressed(ctx, shortcut) {
                actions.push(command.into());
            }
        }
        if self.in_message && app.overlay.is_none() && pressed(ctx, OTHER_REDO) {
            actions.push(Command::Redo.into());
        }
        if app.overlay.is_some()
            && ctx.input(|input| input.key_pressed(egui::Key::Escape))
            && !egui::Popup::is_any_open(ctx)
        {
            actions.push(Action::CloseOverlay);
        }
        for (index, key) in DIGITS.into_iter().enumerate() {
            if ctx.input_mut(|input| input.consume_key(Modifiers::COMMAND, key))
                && let Some(tab) = app.tabs.get(index)
            {
                actions.push(Action::SelectTab(tab.id));
            }
        }
    }

    /// To be called when everything is drawn.
    /// `message` is where the message is shown, if it is.
    pub(super) fn remember(&mut self, ctx: &Context, message: Option<Rect>) {
        let focused = ctx.memory(egui::Memory::focused);
        self.in_message = message.is_some_and(|message| {
            let of_message = |id: Id| {
                let place = widgets::widget_of(ctx, id).filter(|widget| widget.layer_id.order == Order::Background);
                place.is_some_and(|widget| message.contains(widget.rect.center()))
            };
            let kept = ctx.data(|data| data.get_temp::<Id>(Id::unique(KEPT)));
            focused.is_none_or(|id| Some(id) != kept && of_message(id))
        });
        let typing = focused.is_some() && !widgets::rests(ctx);
        self.busy = typing || egui::Popup::is_any_open(ctx);
    }
}

/// Leaves undo and redo to a field within the message that is no part of it, while it has the focus.
pub(super) fn keep_undo(ctx: &Context, field: Id) {
    ctx.data_mut(|data| data.insert_temp(Id::unique(KEPT), field));
}

/// Where the field that keeps undo to itself is remembered.
const KEPT: &str = "keeps_undo";

/// What redo is called beside Ctrl+Shift+Z.
const OTHER_REDO: Shortcut = Shortcut { command: true, shift: false, alt: false, key: Key::Char('Y') };

const DIGITS: [egui::Key; 9] = [
    egui::Key::Num1,
    egui::Key::Num2,
    egui::Key::Num3,
    egui::Key::Num4,
    egui::Key::Num5,
    egui::Key::Num6,
    egui::Key::Num7,
    egui::Key::Num8,
    egui::Key::Num9,
];

fn pressed(ctx: &Context, shortcut: Shortcut) -> bool {
    let Some(key) = key(shortcut.key) else { return false };
    let mut modifiers = if shortcut.command { Modifiers::COMMAND } else { Modifiers::NONE };
    if shortcut.shift {
        modifiers = modifiers.plus(Modifiers::SHIFT);
    }
    if shortcut.alt {
        modifiers = modifiers.plus(Modifiers::ALT);
    }
    ctx.input_mut(|input| input.consume_shortcut(&KeyboardShortcut::new(modifiers, key)))
}

fn key(key: Key) -> Option<egui::Key> {
    match key {
        Key::Char(',') => Some(egui::Key::Comma),
        Key::Char(char) => egui::Key::from_name(char.encode_utf8(&mut [0; 4])),
        Key::Enter => Some(egui::Key::Enter),
        Key::Escape => Some(egui::Key::Escape),
        Key::Tab => Some(egui::Key::Tab),
        Key::Function(number) => egui::Key::from_name(&format!("F{number}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shortcut_has_a_key() {
        for shortcut in Command::ALL.into_iter().filter_map(Command::shortcut) {
            assert!(key(shortcut.key).is_some(), "{shortcut:?}");
        }
    }
}
