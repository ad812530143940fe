//! The state of the program and everything that changes it: [`App`], [`Action`], tabs.
//!
//! State changes in two places only: [`App::apply`], for what the user wants, and [`App::poll`], for what has happened.
//! Drawing reads the state, edits the draft of a tab in place, and pushes actions.
//!
//! Must not know: egui.

pub mod action;
pub mod any_names;
pub mod auth;
pub mod carried;
pub mod channels;
pub mod channelz;
pub mod collections;
pub mod command;
pub mod composer;
pub mod defaults;
pub mod docs;
pub mod drift;
pub mod exchange;
pub mod format;
pub mod found_types;
pub mod fuzzy;
pub mod health;
pub mod history;
pub mod offered;
pub mod outside;
pub mod overlay;
pub mod palette;
pub mod remedy;

pub mod rules;
pub mod run;
pub mod schemas;
mod session;
pub mod tab;
pub mod tree;
pub mod views;

mod calls;
mod exports;
mod files;
mod import_paths;
mod methods;
mod requests;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

pub use action::Action;
pub use command::Command;
pub use overlay::{Overlay, SchemaForm};
pub use tab::{RequestPane, ResponsePane, SchemaId, Tab, TabId};

use crate::collection::{AgreedCommands, Dirs, Session, Settings};
use crate::demo;
use crate::engine::{Engine, Job};
use crate::message::Extent;
use crate::message::exchange::Format;
use crate::request::Draft;
use crate::text::Text;
use collections::OpenCollection;
use schemas::OpenSchema;
use tree::TreeState;

/// How long one poll may take over the events of running calls.
const DRAIN_BUDGET: Duration = Duration::from_millis(6);

/// Everything the window shows.
#[derive(Debug)]
pub struct App {
    /// Runs calls and jobs.
    pub engine: Engine,
    /// Texts in the language of the settings.
    pub text: Arc<Text>,
    /// As in the settings file.
    pub settings: Settings,
    /// Open descriptor sources.
    pub schemas: Vec<OpenSchema>,
    /// Open collections.
    pub collections: Vec<OpenCollection>,
    /// Open requests.
    pub tabs: Vec<Tab>,
    /// The tab shown.
    pub active: TabId,
    /// The side bar.
    pub sidebar: Sidebar,
    /// The names of all messages, once they are wanted.
    pub any_names: any_names::AnyNames,
    /// What lies over the window.
    pub overlay: Option<Overlay>,
    /// The comparison of two schemas, while it is shown.
    pub drift: Option<drift::Comparison>,
    /// The channels, and what is shown of them.
    pub channels: channels::Channels,
    /// What is read about where no tab is: see [`Overlay::Docs`].
    pub docs: docs::Docs,
    /// Something that the user should know, shown until dismissed.
    pub notice: Option<Notice>,
    /// The demo server.
    pub demo: DemoState,
    /// Name of the chosen environment; empty for none.
    pub environment: String,
    /// Where the keyboard should go next; the drawing takes it.
    pub focus: Option<Focus>,
    /// A file dialog that is to be shown; the drawing takes it.
    pub wish: Option<outside::Wish>,
    /// What opens a file for editing.
    pub opener: outside::Opener,
    /// What opens an address to log in at.
    pub browser: outside::Opener,
    /// The window should close.
    pub quit: bool,
    /// What is to go to the clipboard.
    copied: Option<String>,
    outside: Vec<outside::Outside>,
    closed: Vec<Tab>,
    agreed: AgreedCommands,
    dirs: Dirs,
    next_id: u64,
    jobs: Jobs,
    /// The last session had something open.
    restored: bool,
    stored: session::Stored,
    stored_settings: Settings,
    stored_at: Instant,
    /// Size of the window in points, as the drawing saw it last.
    pub window_size: Option<(f32, f32)>,
}

/// The side bar.
#[derive(Debug, Default)]
pub struct Sidebar {
    /// Collection rather than services.
    pub shows_collection: bool,
    /// The Services tree.
    pub services: TreeState,
    /// The Collection tree.
    pub requests: collections::TreeState,
}

/// What the demo server does.
#[derive(Debug)]
pub enum DemoState {
    /// Not wanted.
    Off,
    /// Being started.
    Starting(Job<std::io::Result<demo::Demo>>),
    /// Listening.
    Running(demo::Demo),
    /// It could not listen.
    Failed(String),
}

/// Something that the user should know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// It is bad news.
    pub is_error: bool,
    /// What.
    pub message: String,
}

/// Where the keyboard should go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Focus {
    /// The target of the current tab.
    Target,
    /// The filter of the log, or of the tree where there is none.
    Find,
    /// The environment's menu.
    Environment,
    /// The first field of what lies over the window.
    Overlay,
}

/// Work whose end the app awaits.
#[derive(Debug, Default)]
struct Jobs {
    files: Vec<Job<Result<requests::FileOutcome, crate::collection::Problem>>>,
    /// Settings and session on their way to the disk.
    stores: Vec<Job<Result<(), crate::collection::Problem>>>,
    loading: Vec<Job<Result<crate::collection::Collection, crate::collection::Problem>>>,
    /// Schemas on their way to files, with where to.
    exports: Vec<Job<(PathBuf, crate::schema::Saved)>>,
    /// Looks at what paths are.
    opening: Vec<Job<files::Opening>>,
    /// Messages on their way to the clipboard and to files.
    exchange: exchange::Exchange,
    moving: Vec<outside::Moving>,
    browsers: auth::Browsers,
    installing: Option<Job<std::io::Result<PathBuf>>>,
}

impl App {
    /// Starts with what the last session left, and with what the command line names.
    #[must_use]
    pub fn new(engine: Engine, dirs: Dirs, paths: Vec<PathBuf>) -> Self {
        let (settings, settings_problem) = Settings::load(&dirs.settings());
        let (session, session_problem) = Session::load(&dirs.session());
        let (agreed, agreed_problem) = AgreedCommands::load(&dirs.agreed_commands());
        let mut app = Self {
            text: Arc::new(Text::new(session::language(&settings))),
            stored_settings: settings.clone(),
            settings,
            schemas: Vec::new(),
            collections: Vec::new(),
            tabs: Vec::new(),
            active: TabId(0),
            sidebar: Sidebar::default(),
            any_names: any_names::AnyNames::default(),
            overlay: None,
            drift: None,
            channels: channels::Channels::default(),
            docs: docs::Docs::default(),
            notice: settings_problem
                .or(session_problem)
                .or(agreed_problem)
                .map(|problem| Notice { is_error: true, message: problem.to_string() }),
            demo: DemoState::Off,
            environment: String::new(),
            focus: None,
            wish: None,
            opener: outside::Opener::of_environment(),
            browser: outside::Opener::browser_of_environment(),
            agreed,
            quit: false,
            copied: None,
            outside: Vec::new(),
            closed: Vec::new(),
            next_id: 1,
            jobs: Jobs::default(),
            restored: false,
            stored: session::Stored::default(),
            stored_at: Instant::now(),
            window_size: None,
            dirs,
            engine,
        };
        app.demo = DemoState::Starting(app.engine.job(demo::start(demo::Port::Preferably(demo::DEFAULT_PORT))));
        app.restore(session);
        if !app.restored && paths.is_empty() {
            let data = app.dirs.data.clone();
            app.jobs.installing = Some(app.engine.blocking(move || demo::install(&data)));
        }
        if !paths.is_empty() {
            app.open_paths(paths);
        }
        app
    }

    /// Carries out what the user wants.
    pub fn apply(&mut self, action: Action) {
        // Good news has been read when the user goes on; bad news stays until it is dismissed.
        self.notice.take_if(|notice| !notice.is_error);
        if !matches!(action, Action::FormEdited) {
            self.tabs.iter_mut().for_each(Tab::settle);
        }
        match action {
            Action::Command(command) => self.run_command(command),
            Action::OpenPaths(paths) => self.open_paths(paths),
            Action::OpenTyped(dialog) => self.open_typed(dialog),
            Action::AddImportPath(schema, path) => self.add_import_path(schema, path),
            Action::ShowImportPaths(schema) => self.show_import_paths(schema),
            Action::SetImportPaths(schema, paths) => self.set_import_paths(schema, &paths),
            Action::Reflect(draft) => self.reflect(&draft),
            Action::AskDrift(schema) => self.ask_drift(schema),
            Action::CompareWithServer(schema, draft) => self.compare_with_server(schema, *draft),
            Action::CompareSchemas(one, other) => self.compare_schemas(one, other),
            Action::CompareAgain => self.compare_again(),
            Action::ReloadSchema(schema) => self.reload_schema(schema),
            Action::CancelReading(schema) => self.cancel_reading(schema),
            Action::CancelOpening => self.jobs.opening.clear(),
            Action::AskSaveSchema(schema, form) => self.show_save_schema(Some(schema), form),
            Action::SaveSchema(dialog) => self.save_schema(&dialog),
            Action::CloseSchema(schema) => self.close_schema(schema),
            Action::ToggleNode(node) => self.sidebar.services.toggle(&node),
            Action::ShowDocs(subject) => self.show_docs(subject),
            Action::FollowDocs(subject) => self.follow_docs(subject),
            Action::StepDocs(by) => self.step_docs(by),
            Action::OpenMethod { schema, service, method } => self.open_method(schema, service, method),
            Action::ChooseMethod { schema, method, file } => self.choose_method(schema, method, file),
            Action::OpenRequest(path) => self.open_request(&path),
            Action::DeleteRequest(path) => self.delete_request(&path),
            Action::EditDefaults { folder, name } => self.edit_defaults(&folder, name),
            Action::SaveDefaults(dialog) => self.save_defaults(dialog),
            Action::SelectTab(tab) => self.active = tab,
            Action::CloseTab(tab) => self.close_tab(tab),
            Action::SendMessage => self.send_message(),
            Action::SendRest => self.send_rest(),
            Action::SendAnyway => self.send_anyway(),
            Action::FetchToken => self.fetch_token(),
            Action::CancelToken => self.cancel_token(),
            Action::ForgetToken => self.forget_token(),
            Action::CopyToken => self.copy_token(),
            Action::AnswerCommand(answer) => self.answer_command(answer),
            Action::ShowMessage(index) => self.show_message(index),
            Action::AddMessage => self.add_message(),
            Action::RemoveMessage => self.remove_message(),
            Action::FormEdited => self.form_edited(),
            Action::LoadMessage(which, path) => self.load_message(which, path),
            Action::SaveMessage(which, path) => self.save_message(which, path),
            Action::StopOutside(which) => self.stop_outside(which),
            Action::SettleOutside { which, take_file } => self.settle_outside(which, take_file),
            Action::NoFileDialog => self.no_file_dialog(),
            Action::Show(overlay) => self.show(overlay),
            Action::CloseOverlay => self.close_overlay(),
            Action::SaveAs { folder, name } => self.save_as(folder, name),
            Action::Rename(name) => self.rename(name),
            Action::UseEnvironment(name) => self.use_environment(name),
            Action::TogglePause => self.toggle_pause(),
            Action::SettingsEdited => self.settings_edited(),
            Action::DismissNotice => self.notice = None,
            Action::UndoCarry => self.undo_carry(),
            Action::DismissCarried => self.dismiss_carried(),
            Action::CopyOut(outgoing) => self.copy_out(*outgoing),
            Action::SaveOut(outgoing, path) => self.save_out(*outgoing, path),
            Action::Import(import) => self.import(import),
            Action::Channel(action) => self.channel_action(action),
        }
    }

    fn run_command(&mut self, command: Command) {
        match command {
            Command::Send => self.send(),
            Command::EndStream => self.end_stream(),
            Command::Cancel => self.cancel(),
            Command::Save => self.save(),
            Command::Open => self.show(Overlay::Open(overlay::OpenDialog::default())),
            Command::Reflect => self.show_reflect(),
            Command::CompareWithServer => self.ask_drift_of_current(),
            Command::GoToMethod => self.show_palette(true),
            Command::Palette => self.show_palette(false),
            Command::FocusTarget => self.focus = Some(Focus::Target),
            Command::ChooseEnvironment => self.focus = Some(Focus::Environment),
            Command::Find => self.focus = Some(Focus::Find),
            Command::NewTab => self.new_tab(Draft::default()),
            Command::DuplicateTab => self.duplicate_tab(),
            Command::CloseTab => self.close_tab(self.active),
            Command::ReopenTab => self.reopen_tab(),
            Command::NextTab => self.step_tab(1),
            Command::PreviousTab => self.step_tab(-1),
            Command::Rename => self.show_rename(),
            Command::ToggleSidebar => self.toggle_sidebar(),
            Command::FlipLayout => self.flip_layout(),
            Command::GenerateExample => self.generate_example(Extent::Full),
            Command::GenerateMinimal => self.generate_example(Extent::Minimal),
            Command::ClearMessage => self.clear_message(),
            Command::ToggleMessageView => self.toggle_message_view(),
            Command::ImportMessage => self.show_import(),
            Command::CopyMessageJson => self.copy_message(Format::JsonLine),
            Command::CopyMessageText => self.copy_message(Format::Text),
            Command::CopyMessageHex => self.copy_message(Format::Hex),
            Command::CopyMessageBase64 => self.copy_message(Format::Base64),
            Command::Undo => self.undo(),
            Command::Redo => self.redo(),
            Command::FormatMessage => self.format_message(),
            Command::EditOutside => self.edit_outside(),
            Command::LoadMessage | Command::SaveMessage => self.wish_for_file(command),
            Command::SaveProtos => self.show_save_schema(None, SchemaForm::Protos),
            Command::SaveDescriptorSet => self.show_save_schema(None, SchemaForm::DescriptorSet),
            Command::CheckAll => self.check_all(),
            Command::ReloadSchemas => self.reload_schemas(),
            Command::Channels => self.show_channels(),
            Command::Settings => self.show(Overlay::Settings),
            Command::Quit => self.quit = true,
        }
    }

    /// Takes in what has happened since the last time; whether there is more that did not fit into the time.
    pub fn poll(&mut self) {
        self.poll_demo();
        self.poll_files();
        self.poll_schemas();
        self.poll_exports();
        self.poll_exchange();
        self.poll_methods();
        self.poll_found_types();
        self.poll_any_names();
        self.poll_drift();
        self.poll_docs();
        self.poll_outside();
        let budget = DRAIN_BUDGET / u32::try_from(self.tabs.len().max(1)).unwrap_or(u32::MAX);
        for run in self.tabs.iter_mut().filter_map(|tab| tab.run.as_mut()) {
            run.drain(budget.max(Duration::from_micros(500)));
            run.poll_advice(&self.engine);
        }
        self.poll_auth();
        self.poll_channels();
        for tab in &mut self.tabs {
            tab.refresh();
            tab.composer.poll(&self.engine, &mut tab.draft);
        }
        self.poll_rules();
        self.poll_refusal();
    }

    /// Whether something is awaited that the screen shows as such.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        self.tabs.iter().any(|tab| tab.is_live() || tab.is_asking() || tab.rules.is_waiting() || tab.auth.is_fetching())
            || self.schemas.iter().any(|open| open.is_loading() || open.checking().is_some())
            || self.is_opening()
            || self.drift.as_ref().is_some_and(drift::Comparison::is_running)
    }

    /// Whether it is still to be seen what the paths are that were to be opened.
    #[must_use]
    pub fn is_opening(&self) -> bool {
        !self.jobs.opening.is_empty()
    }

    /// The tab shown.
    #[must_use]
    pub fn tab(&self) -> Option<&Tab> {
        self.tabs.iter().find(|tab| tab.id == self.active)
    }

    /// The tab shown, to be edited.
    pub fn tab_mut(&mut self) -> Option<&mut Tab> {
        self.tabs.iter_mut().find(|tab| tab.id == self.active)
    }

    /// Where the demo server listens.
    #[must_use]
    pub const fn demo_address(&self) -> Option<SocketAddr> {
        match &self.demo {
            DemoState::Running(demo) => Some(demo.address),
            _ => None,
        }
    }

    fn poll_demo(&mut self) {
        let DemoState::Starting(job) = &mut self.demo else { return };
        match job.try_next() {
            None => {}
            Some(Ok(Ok(demo))) => self.demo = DemoState::Running(demo),
            Some(Ok(Err(error))) => self.demo = DemoState::Failed(error.to_string()),
            Some(Err(panicked)) => self.demo = DemoState::Failed(panicked.to_string()),
        }
    }

    fn new_id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id
    }

    fn show(&mut self, overlay: Overlay) {
        self.overlay = Some(overlay);
        self.focus = Some(Focus::Overlay);
    }

    fn fail(&mut self, message: impl Into<String>) {
        self.notice = Some(Notice { is_error: true, message: message.into() });
    }

    fn show_palette(&mut self, symbols_only: bool) {
        self.show(Overlay::Palette(overlay::Palette { symbols_only, ..overlay::Palette::default() }));
    }

    fn toggle_sidebar(&mut self) {
        self.settings.sidebar_visible = !self.settings.sidebar_visible;
        self.settings_edited();
    }

    fn new_tab(&mut self, draft: Draft) {
        let id = TabId(self.new_id());
        let tab = Tab::new(id, draft);
        let at = self.tabs.iter().position(|tab| tab.id == self.active).map_or(self.tabs.len(), |index| index + 1);
        self.tabs.insert(at, tab);
        self.active = id;
    }

    fn duplicate_tab(&mut self) {
        if let Some(tab) = self.tab() {
            let (mut draft, schema, file) = (tab.draft.clone(), tab.schema, tab.file.clone());
            if draft.target.trim().is_empty() {
                // What its collection says is out of reach until it is saved there.
                let scope = self.scope();
                draft.target = crate::request::expand(&scope.target, &scope).unwrap_or(scope.target.clone());
            }
            self.new_tab(draft);
            if let Some(tab) = self.tab_mut() {
                tab.schema = schema;
                tab.file = file;
            }
        }
    }

    fn close_tab(&mut self, id: TabId) {
        let Some(index) = self.tabs.iter().position(|tab| tab.id == id) else { return };
        let mut tab = self.tabs.remove(index);
        // Dropping the run cancels its call; what was typed stays until the program ends.
        tab.run = None;
        self.closed.push(tab);
        if self.active == id {
            let next = self.tabs.get(index).or_else(|| self.tabs.last());
            self.active = next.map_or(TabId(0), |tab| tab.id);
        }
    }

    fn reopen_tab(&mut self) {
        if let Some(tab) = self.closed.pop() {
            self.active = tab.id;
            self.tabs.push(tab);
        }
    }

    fn step_tab(&mut self, step: isize) {
        let count = self.tabs.len() as isize;
        if let Some(index) = self.tabs.iter().position(|tab| tab.id == self.active) {
            self.active = self.tabs[(index as isize + step).rem_euclid(count) as usize].id;
        }
    }
}

#[cfg(test)]
mod auth_tests;
#[cfg(test)]
mod exchange_tests;
#[cfg(test)]
mod secrets_tests;
#[cfg(test)]
mod tests;
