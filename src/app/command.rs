//! The one list of everything that can be asked for by key, palette, menu or button: its name, its keys.
//!
//! Must not know: toolkit; `ui/keys.rs` translates the keys.

/// Something the user can ask for that needs nothing more to be said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Command {
    /// Start the call, or send the next message of a running stream.
    Send,
    /// Half-close.
    EndStream,
    /// Cancel the running call.
    Cancel,
    /// Save the request.
    Save,
    /// Open files or folders.
    Open,
    /// Ask a server for its services.
    Reflect,
    /// Ask for the server to compare the current schema with.
    CompareWithServer,
    /// Find a method by typing.
    GoToMethod,
    /// Find anything by typing.
    Palette,
    /// Put the cursor into the target.
    FocusTarget,
    /// Choose the environment.
    ChooseEnvironment,
    /// Find in the log, or in the tree.
    Find,
    /// Empty request tab.
    NewTab,
    /// Copy of the request in a new tab.
    DuplicateTab,
    /// Close the tab.
    CloseTab,
    /// Open the tab closed last.
    ReopenTab,
    /// Tab to the right.
    NextTab,
    /// Tab to the left.
    PreviousTab,
    /// Rename the saved request.
    Rename,
    /// Show or hide the side bar.
    ToggleSidebar,
    /// Response to the right or below.
    FlipLayout,
    /// Fill the message with likely values.
    GenerateExample,
    /// Fill what is required of the message with likely values, and nothing else.
    GenerateMinimal,
    /// Take everything out of the message.
    ClearMessage,
    /// Undo what was done last to the message.
    Undo,
    /// Do again what was undone last.
    Redo,
    /// Message as form or as JSON.
    ToggleMessageView,
    /// Take a message from elsewhere, in any form.
    ImportMessage,
    /// Copy the message as JSON on one line.
    CopyMessageJson,
    /// Copy the message in the text format.
    CopyMessageText,
    /// Copy the message's bytes in hexadecimal digits.
    CopyMessageHex,
    /// Copy the message's bytes in base64.
    CopyMessageBase64,
    /// Lay the text of the message out anew.
    FormatMessage,
    /// Edit the message with another program.
    EditOutside,
    /// Take the message from a file.
    LoadMessage,
    /// Write the message to a file.
    SaveMessage,
    /// Save the schema as `.proto` files.
    SaveProtos,
    /// Save the schema as a descriptor set.
    SaveDescriptorSet,
    /// Read the schemas again.
    ReloadSchemas,
    /// Compile every file of the open trees.
    CheckAll,
    /// The connections to servers, and what servers say of themselves.
    Channels,
    /// Settings.
    Settings,
    /// Leave the program.
    Quit,
}

/// A key that a shortcut uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    /// A letter or sign, in capitals.
    Char(char),
    /// Enter.
    Enter,
    /// Escape.
    Escape,
    /// Tab.
    Tab,
    /// F1 to F12.
    Function(u8),
}

/// A key with what is held down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Shortcut {
    /// Ctrl, or Cmd on macOS.
    pub command: bool,
    /// Shift.
    pub shift: bool,
    /// Alt, or Option on macOS.
    pub alt: bool,
    /// The key.
    pub key: Key,
}

impl Shortcut {
    const fn ctrl(key: Key) -> Self {
        Self { command: true, shift: false, alt: false, key }
    }

    const fn ctrl_shift(key: Key) -> Self {
        Self { command: true, shift: true, alt: false, key }
    }

    const fn plain(key: Key) -> Self {
        Self { command: false, shift: false, alt: false, key }
    }

    const fn alt_shift(key: Key) -> Self {
        Self { command: false, shift: true, alt: true, key }
    }

    /// As shown to the user: `Ctrl+Shift+T`, on macOS `Cmd+Shift+T`.
    #[must_use]
    pub fn label(self) -> String {
        let mut label = String::new();
        if self.command {
            label.push_str(if cfg!(target_os = "macos") { "Cmd+" } else { "Ctrl+" });
        }
        if self.shift {
            label.push_str("Shift+");
        }
        if self.alt {
            label.push_str(if cfg!(target_os = "macos") { "Option+" } else { "Alt+" });
        }
        match self.key {
            Key::Char(char) => label.push(char),
            Key::Enter => label.push_str("Enter"),
            Key::Escape => label.push_str("Esc"),
            Key::Tab => label.push_str("Tab"),
            Key::Function(number) => label.extend([String::from("F"), number.to_string()]),
        }
        label
    }
}

impl Command {
    /// Every command, in the order of the palette.
    pub const ALL: [Self; 43] = [
        Self::Send,
        Self::EndStream,
        Self::Cancel,
        Self::Save,
        Self::Open,
        Self::Reflect,
        Self::CompareWithServer,
        Self::GoToMethod,
        Self::Palette,
        Self::FocusTarget,
        Self::ChooseEnvironment,
        Self::Find,
        Self::NewTab,
        Self::DuplicateTab,
        Self::CloseTab,
        Self::ReopenTab,
        Self::NextTab,
        Self::PreviousTab,
        Self::Rename,
        Self::ToggleSidebar,
        Self::FlipLayout,
        Self::GenerateExample,
        Self::GenerateMinimal,
        Self::ClearMessage,
        Self::Undo,
        Self::Redo,
        Self::ToggleMessageView,
        Self::ImportMessage,
        Self::CopyMessageJson,
        Self::CopyMessageText,
        Self::CopyMessageHex,
        Self::CopyMessageBase64,
        Self::FormatMessage,
        Self::EditOutside,
        Self::LoadMessage,
        Self::SaveMessage,
        Self::SaveProtos,
        Self::SaveDescriptorSet,
        Self::ReloadSchemas,
        Self::CheckAll,
        Self::Channels,
        Self::Settings,
        Self::Quit,
    ];

    /// Whether it puts something over the window, or ends the program: possible while something lies there already.
    #[must_use]
    pub const fn shows_overlay(self) -> bool {
        matches!(
            self,
            Self::Open
                | Self::Reflect
                | Self::CompareWithServer
                | Self::GoToMethod
                | Self::Palette
                | Self::Channels
                | Self::Settings
                | Self::Quit
        )
    }

    /// Key of its name in the locale files.
    #[must_use]
    pub const fn label_key(self) -> &'static str {
        match self {
            Self::Send => "command-send",
            Self::EndStream => "command-end-stream",
            Self::Cancel => "command-cancel",
            Self::Save => "command-save",
            Self::Open => "command-open",
            Self::Reflect => "command-reflect",
            Self::CompareWithServer => "drift-compare-server",
            Self::GoToMethod => "command-go-to-method",
            Self::Palette => "command-palette",
            Self::FocusTarget => "command-focus-target",
            Self::ChooseEnvironment => "command-choose-environment",
            Self::Find => "command-find",
            Self::NewTab => "command-new-tab",
            Self::DuplicateTab => "command-duplicate-tab",
            Self::CloseTab => "command-close-tab",
            Self::ReopenTab => "command-reopen-tab",
            Self::NextTab => "command-next-tab",
            Self::PreviousTab => "command-previous-tab",
            Self::Rename => "command-rename",
            Self::ToggleSidebar => "command-toggle-sidebar",
            Self::FlipLayout => "command-flip-layout",
            Self::GenerateExample => "command-generate-example",
            Self::GenerateMinimal => "command-generate-minimal",
            Self::ClearMessage => "command-clear-message",
            Self::Undo => "command-undo",
            Self::Redo => "command-redo",
            Self::ToggleMessageView => "command-toggle-message-view",
            Self::ImportMessage => "command-import-message",
            Self::CopyMessageJson => "command-copy-message-json",
            Self::CopyMessageText => "command-copy-message-text",
            Self::CopyMessageHex => "command-copy-message-hex",
            Self::CopyMessageBase64 => "command-copy-message-base64",
            Self::FormatMessage => "command-format-message",
            Self::EditOutside => "command-edit-outside",
            Self::LoadMessage => "command-load-message",
            Self::SaveMessage => "command-save-message",
            Self::SaveProtos => "command-save-protos",
            Self::SaveDescriptorSet => "command-save-descriptor-set",
            Self::ReloadSchemas => "command-reload-schemas",
            Self::CheckAll => "command-check-all",
            Self::Channels => "channels-title",
            Self::Settings => "command-settings",
            Self::Quit => "command-quit",
        }
    }

    /// Its keys.
    #[must_use]
    pub const fn shortcut(self) -> Option<Shortcut> {
        Some(match self {
            Self::Send => Shortcut::ctrl(Key::Enter),
            Self::Cancel => Shortcut::plain(Key::Escape),
            Self::Save => Shortcut::ctrl(Key::Char('S')),
            Self::Open => Shortcut::ctrl(Key::Char('O')),
            Self::Reflect => Shortcut::ctrl_shift(Key::Char('R')),
            Self::GoToMethod => Shortcut::ctrl(Key::Char('P')),
            Self::Palette => Shortcut::ctrl(Key::Char('K')),
            Self::FocusTarget => Shortcut::ctrl(Key::Char('L')),
            Self::ChooseEnvironment => Shortcut::ctrl(Key::Char('E')),
            Self::Find => Shortcut::ctrl(Key::Char('F')),
            Self::NewTab => Shortcut::ctrl(Key::Char('N')),
            Self::DuplicateTab => Shortcut::ctrl(Key::Char('D')),
            Self::CloseTab => Shortcut::ctrl(Key::Char('W')),
            Self::ReopenTab => Shortcut::ctrl_shift(Key::Char('T')),
            Self::NextTab => Shortcut::ctrl(Key::Tab),
            Self::PreviousTab => Shortcut::ctrl_shift(Key::Tab),
            Self::Rename => Shortcut::plain(Key::Function(2)),
            Self::ToggleSidebar => Shortcut::ctrl(Key::Char('B')),
            Self::FlipLayout => Shortcut::ctrl(Key::Char('J')),
            Self::FormatMessage => Shortcut::alt_shift(Key::Char('F')),
            Self::Channels => Shortcut::ctrl(Key::Char('I')),
            Self::Settings => Shortcut::ctrl(Key::Char(',')),
            Self::Undo => Shortcut::ctrl(Key::Char('Z')),
            Self::Redo => Shortcut::ctrl_shift(Key::Char('Z')),
            Self::Quit => Shortcut::ctrl(Key::Char('Q')),
            Self::EndStream
            | Self::CompareWithServer
            | Self::GenerateExample
            | Self::GenerateMinimal
            | Self::ClearMessage
            | Self::ToggleMessageView
            | Self::ImportMessage
            | Self::CopyMessageJson
            | Self::CopyMessageText
            | Self::CopyMessageHex
            | Self::CopyMessageBase64
            | Self::EditOutside
            | Self::LoadMessage
            | Self::SaveMessage
            | Self::SaveProtos
            | Self::SaveDescriptorSet
            | Self::CheckAll
            | Self::ReloadSchemas => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_two_commands_share_keys_or_names() {
        let mut keys = HashSet::new();
        let mut labels = HashSet::new();
        for command in Command::ALL {
            assert!(labels.insert(command.label_key()), "{command:?}");
            if let Some(shortcut) = command.shortcut() {
                assert!(keys.insert(shortcut), "{command:?}");
            }
        }
    }

    #[test]
    fn labels() {
        let label = Command::ReopenTab.shortcut().map(Shortcut::label);
        assert_eq!(label.as_deref(), Some(if cfg!(target_os = "macos") { "Cmd+Shift+T" } else { "Ctrl+Shift+T" }));
        assert_eq!(Command::Cancel.shortcut().map(Shortcut::label).as_deref(), Some("Esc"));
    }
}
