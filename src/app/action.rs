//! What the user wants: pushed while drawing, applied after it by `App::apply`.
//!
//! Must not know: toolkit.

use std::path::PathBuf;

use super::auth::Answer;
use super::channels::ChannelAction;
use super::command::Command;
use super::defaults::DefaultsDialog;
use super::docs::Subject;
use super::exchange::{Import, Outgoing};
use super::outside::Which;
use super::overlay::{OpenDialog, Overlay, SchemaForm, SchemaSaveDialog};
use super::tab::{SchemaId, TabId};
use super::tree::Node;
use crate::request::Draft;

/// Everything that has an effect beyond the draft that a widget edits.
#[derive(Debug)]
pub enum Action {
    /// Something with a name and perhaps a key.
    Command(Command),
    /// Open files and folders: protos, descriptor sets, collections, requests.
    OpenPaths(Vec<PathBuf>),
    /// Open what was typed into the dialog.
    OpenTyped(OpenDialog),
    /// Add an import path to an open schema and read it again.
    AddImportPath(SchemaId, PathBuf),
    /// Show the import paths of an open schema.
    ShowImportPaths(SchemaId),
    /// Give an open schema these import paths, tried in this order, and read it again.
    SetImportPaths(SchemaId, Vec<PathBuf>),
    /// Ask a server for its services.
    Reflect(Box<Draft>),
    /// Ask for the server to compare a schema with.
    AskDrift(SchemaId),
    /// Compare a schema with what a server reflects.
    CompareWithServer(SchemaId, Box<Draft>),
    /// Compare two open schemas.
    CompareSchemas(SchemaId, SchemaId),
    /// Compare the same once more.
    CompareAgain,
    /// Read one schema again.
    ReloadSchema(SchemaId),
    /// End the reading of a schema; what it said before stays.
    CancelReading(SchemaId),
    /// End the look at what the paths to be opened are.
    CancelOpening,
    /// Ask where to save a schema.
    AskSaveSchema(SchemaId, SchemaForm),
    /// Save a schema as the dialog says.
    SaveSchema(SchemaSaveDialog),
    /// Close a schema.
    CloseSchema(SchemaId),
    /// Fold or unfold a row of the Services tree.
    ToggleNode(Node),
    /// Show what there is to read about a symbol, over the window.
    ShowDocs(Subject),
    /// Read about another symbol in the same place.
    FollowDocs(Subject),
    /// Go back (-1) or forward (1) among the symbols read about.
    StepDocs(isize),
    /// Open a method in a tab.
    OpenMethod {
        /// Its schema.
        schema: SchemaId,
        /// Place of its service in the schema's list.
        service: usize,
        /// Place of the method in its service.
        method: usize,
    },
    /// Give the current tab another method.
    ChooseMethod {
        /// Its schema.
        schema: SchemaId,
        /// `pkg.Service/Method`.
        method: String,
        /// The file that defines the service, by import name.
        file: String,
    },
    /// Open a saved request in a tab.
    OpenRequest(PathBuf),
    /// Delete a saved request.
    DeleteRequest(PathBuf),
    /// Edit what a folder or collection sets for all requests below it.
    EditDefaults {
        /// The folder; for a collection its own.
        folder: PathBuf,
        /// What it is called.
        name: String,
    },
    /// Save what was edited there.
    SaveDefaults(Box<DefaultsDialog>),
    /// Show a tab.
    SelectTab(TabId),
    /// Close a tab.
    CloseTab(TabId),
    /// Send the message shown, though the call runs already.
    SendMessage,
    /// Send the message shown and all after it.
    SendRest,
    /// Send what was held because rules of the schema are not met.
    SendAnyway,
    /// Fetch the token of the current tab.
    FetchToken,
    /// End that.
    CancelToken,
    /// Drop the token of the current tab.
    ForgetToken,
    /// Copy it.
    CopyToken,
    /// Say whether the command for a token may run.
    AnswerCommand(Answer),
    /// Show another message of the draft.
    ShowMessage(usize),
    /// Add a message to the draft.
    AddMessage,
    /// Remove the message shown.
    RemoveMessage,
    /// Write the edited form into the message's text.
    FormEdited,
    /// Take a message from a file.
    LoadMessage(Which, PathBuf),
    /// Write a message to a file.
    SaveMessage(Which, PathBuf),
    /// End the editing of a message by another program.
    StopOutside(Which),
    /// File and message were both changed: take what the file says, or keep the message.
    SettleOutside {
        /// The message.
        which: Which,
        /// What the file says.
        take_file: bool,
    },
    /// No file dialog answered.
    NoFileDialog,
    /// Show a dialog or the palette.
    Show(Overlay),
    /// Close it.
    CloseOverlay,
    /// Save the current tab under that name in that folder.
    SaveAs {
        /// A folder inside a collection, or one that becomes a collection.
        folder: PathBuf,
        /// Name of the request.
        name: String,
    },
    /// Rename the file of the current tab.
    Rename(String),
    /// Use that environment.
    UseEnvironment(Option<String>),
    /// Freeze the log, or let it go on.
    TogglePause,
    /// Settings were edited.
    SettingsEdited,
    /// Take the notice away.
    DismissNotice,
    /// Put the messages of the tab back to what they were before its schema changed.
    UndoCarry,
    /// Take away what is said of that change.
    DismissCarried,
    /// Put a message on the clipboard in some form.
    CopyOut(Box<Outgoing>),
    /// Write a message into a file in some form.
    SaveOut(Box<Outgoing>, PathBuf),
    /// Take a message from elsewhere.
    Import(Import),
    /// Look into a channel, or do something to it.
    Channel(ChannelAction),
}

impl From<ChannelAction> for Action {
    fn from(action: ChannelAction) -> Self {
        Self::Channel(action)
    }
}

impl From<Command> for Action {
    fn from(command: Command) -> Self {
        Self::Command(command)
    }
}
