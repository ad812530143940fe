//! Keys to commands. Shortcuts are taken before the widgets see them, so that Ctrl+Enter sends from any field.

use egui::{Context, KeyboardShortcut, Modifiers};

use crate::app::command::{Key, Shortcut};
use crate::app::{Action, App, Command};

/// What the keyboard did in the frame before.
#[derive(Debug, Default)]
pub(super) struct Keys {
    /// Something had the focus, or a popup was open: the first Esc leaves that, the second cancels.
    busy: bool,
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
            // What lies over the window keeps the keys to itself, but another may take its place.
            let blocked = app.overlay.is_some() && !command.shows_overlay();
            if !blocked && pressed(ctx, shortcut) {
                actions.push(command.into());
            }
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
    pub(super) fn remember(&mut self, ctx: &Context) {
        let typing = ctx.memory(|memory| memory.focused().is_some()) && !super::widgets::rests(ctx);
        self.busy = typing || egui::Popup::is_any_open(ctx);
    }
}

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
