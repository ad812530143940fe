//! The window without a screen, driven as a user or a screen reader would: by role and label only.
//!
//! Every wait is for a condition with a limit; what fails says what was on the screen. Whenever the window has come to
//! rest it is checked as a whole: everything that can be acted on has a name, and no two inputs share one.
//!
//! Must not know: how the window draws, and what its state is called.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use eframe::App as _;
use egui::{Key, Modifiers, Role};
use egui_kittest::kittest::NodeT as _;
use egui_kittest::{Harness, Node};
use tempfile::TempDir;
use trunkline::collection::{Dirs, Language, Settings};
use trunkline::ui::Window;

/// How long anything may take before a test says that it does not happen.
const LIMIT: Duration = Duration::from_secs(20);
/// Frames that the window may take to come to rest.
const MOST_FRAMES: usize = 40;

/// A user's folders, gone at the end.
pub(crate) struct Home {
    folder: TempDir,
}

impl Home {
    /// A user who has never started the program, and whose language is English whatever the machine's is.
    pub(crate) fn new() -> Self {
        Self::speaking(Language::English)
    }

    pub(crate) fn speaking(language: Language) -> Self {
        let home = Self { folder: tempfile::tempdir().unwrap() };
        Settings { language, ..Settings::default() }.save(&home.dirs().settings()).unwrap();
        home
    }

    pub(crate) fn dirs(&self) -> Dirs {
        Dirs { config: self.path().join("config"), data: self.path().join("data") }
    }

    /// For files of the user's own, beside the program's.
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Where the first start lays the demo collection.
    pub(crate) fn demo(&self) -> PathBuf {
        self.dirs().data.join("demo")
    }

    /// A folder of protos: copies of samples, each under its own name, those of `broken` included.
    pub(crate) fn protos(&self, names: &[&str]) -> PathBuf {
        let to = self.path().join("protos");
        for name in names {
            copy(&samples().join(name), &to.join(name.strip_prefix("broken/").unwrap_or(name)));
        }
        to
    }

    /// Starts the program, as `trunkline PATH...` does.
    pub(crate) fn start_with(&self, paths: &[PathBuf]) -> Screen {
        self.start_sized(paths, [1260.0, 740.0])
    }

    pub(crate) fn start_sized(&self, paths: &[PathBuf], size: [f32; 2]) -> Screen {
        let (dirs, paths) = (self.dirs(), paths.to_vec());
        let harness = Harness::builder()
            .with_size(egui::Vec2::from(size))
            .with_max_steps(MOST_FRAMES as u64)
            .allow_missing_glyphs()
            .build_eframe(|cc| Window::new(&cc.egui_ctx, dirs, paths).unwrap());
        let mut screen = Screen { harness };
        screen.settle();
        screen
    }

    /// Starts the program without arguments and waits until the first request can be sent.
    pub(crate) fn start(&self) -> Screen {
        let mut screen = self.start_with(&[]);
        screen.wait_for("the demo server and its collection", |screen| {
            screen.demo().is_some() && screen.enabled(Role::Button, "Send")
        });
        screen
    }
}

fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("proto-samples")
}

fn copy(from: &Path, to: &Path) {
    if from.is_dir() {
        for entry in from.read_dir().unwrap() {
            let entry = entry.unwrap();
            copy(&entry.path(), &to.join(entry.file_name()));
        }
    } else {
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        std::fs::copy(from, to).unwrap();
    }
}

/// The window and what is on it.
pub(crate) struct Screen {
    harness: Harness<'static, Window>,
}

impl Screen {
    /// Draws until nothing more is to be drawn at once, then looks the whole window over.
    pub(crate) fn settle(&mut self) {
        // Which looks for names too.
        self.harness.run_ok();
        self.check_names();
    }

    /// Draws one frame.
    pub(crate) fn frame(&mut self) {
        self.harness.step();
    }

    /// No two inputs may share a name: neither a test nor a screen reader could tell them apart. Those of a dialog count
    /// apart from those behind it.
    #[track_caller]
    fn check_names(&self) {
        let dialog = |node: &Node<'_>| dialog_of(node).map(|dialog| format!("{}: ", label(&dialog)));
        let name = |node: Node<'_>| format!("{}{}", dialog(&node).unwrap_or_default(), label(&node));
        let mut names: Vec<String> = self.nodes().filter(is_text_input).map(name).collect();
        names.sort_unstable();
        let twice: Vec<&String> = names.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| &pair[0]).collect();
        assert!(twice.is_empty(), "inputs of the same name: {twice:?}\n{}", self.describe());
    }

    fn nodes(&self) -> impl Iterator<Item = Node<'_>> {
        // A text run is a part of the element above it.
        let own = |node: &Node<'_>| {
            let node = node.accesskit_node();
            !node.is_hidden() && node.role() != Role::TextRun
        };
        self.harness.root().children_recursive().filter(own)
    }

    /// What the user can reach: while a dialog is open, nothing but what is in it.
    fn reachable(&self) -> impl Iterator<Item = Node<'_>> {
        let dialog = self.nodes().any(|node| node.accesskit_node().role() == Role::Dialog);
        self.nodes().filter(move |node| !dialog || dialog_of(node).is_some())
    }

    fn found(&self, role: Role, name: &str) -> Vec<Node<'_>> {
        self.reachable().filter(|node| node.accesskit_node().role() == role && label(node) == name).collect()
    }

    #[track_caller]
    fn node(&self, role: Role, name: &str, nth: usize) -> Node<'_> {
        let Some(node) = self.found(role, name).get(nth).copied() else {
            panic!("there is no {role:?} {name:?} (number {nth})\n{}", self.describe());
        };
        node
    }

    /// Everything on the screen, for the message of a test that fails.
    pub(crate) fn describe(&self) -> String {
        let mut out = String::from("on the screen:\n");
        for node in self.nodes() {
            let (role, name) = (node.accesskit_node().role(), label(&node));
            let value = node.accesskit_node().value().filter(|value| *value != name).unwrap_or_default();
            if !name.is_empty() || !value.is_empty() {
                let disabled = if node.accesskit_node().is_disabled() { " (disabled)" } else { "" };
                writeln!(out, "  {role:?} {name:?} {value:?}{disabled}").unwrap();
            }
        }
        out
    }

    /// Draws until `reached`.
    #[track_caller]
    pub(crate) fn wait_for(&mut self, what: &str, reached: impl Fn(&Self) -> bool) {
        let begun = Instant::now();
        loop {
            self.frame();
            if reached(self) {
                break;
            }
            assert!(begun.elapsed() < LIMIT, "waited in vain for {what}\n{}", self.describe());
            #[expect(clippy::disallowed_methods, reason = "between two looks at a condition, which has a limit")]
            std::thread::sleep(Duration::from_millis(10));
        }
        self.settle();
    }

    /// Waits until a text with these words is on the screen.
    #[track_caller]
    pub(crate) fn wait_for_text(&mut self, words: &str) {
        self.wait_for(&format!("the text {words:?}"), |screen| screen.says(words));
    }

    /// Whether a text with these words is on the screen; what was typed into inputs does not count.
    pub(crate) fn says(&self, words: &str) -> bool {
        self.nodes().any(|node| {
            let said = if is_text_input(&node) { label(&node) } else { words_of(&node) };
            said.contains(words)
        })
    }

    #[track_caller]
    pub(crate) fn assert_says(&self, words: &str) {
        assert!(self.says(words), "the text {words:?} is missing\n{}", self.describe());
    }

    #[track_caller]
    pub(crate) fn assert_silent(&self, words: &str) {
        assert!(!self.says(words), "the text {words:?} should not be there\n{}", self.describe());
    }

    /// Every text on the screen, inputs' contents apart.
    pub(crate) fn texts(&self) -> Vec<String> {
        let words = self.nodes().map(|node| if is_text_input(&node) { label(&node) } else { words_of(&node) });
        words.filter(|words| !words.is_empty()).collect()
    }

    /// What the elements of a role are called, in the order of the screen.
    pub(crate) fn labels(&self, role: Role) -> Vec<String> {
        self.nodes().filter(|node| node.accesskit_node().role() == role).map(|node| label(&node)).collect()
    }

    pub(crate) fn has(&self, role: Role, name: &str) -> bool {
        !self.found(role, name).is_empty()
    }

    pub(crate) fn enabled(&self, role: Role, name: &str) -> bool {
        self.found(role, name).first().is_some_and(|node| !node.accesskit_node().is_disabled())
    }

    /// Whether a tab, segment or switch is the chosen one, or on.
    #[track_caller]
    pub(crate) fn chosen(&self, role: Role, name: &str) -> bool {
        let node = self.node(role, name, 0).accesskit_node();
        node.is_selected() == Some(true) || node.toggled() == Some(egui::accesskit::Toggled::True)
    }

    #[track_caller]
    pub(crate) fn focused(&self, name: &str) -> bool {
        self.reachable().any(|node| label(&node) == name && node.is_focused())
    }

    /// What an input or a closed list holds.
    #[track_caller]
    pub(crate) fn value(&self, name: &str) -> String {
        self.value_of(name, 0)
    }

    #[track_caller]
    fn value_of(&self, name: &str, nth: usize) -> String {
        let holds = |node: &Node<'_>| is_text_input(node) || node.accesskit_node().role() == Role::ComboBox;
        let node = self.reachable().filter(|node| holds(node) && label(node) == name).nth(nth);
        let Some(node) = node else { panic!("there is no input {name:?}\n{}", self.describe()) };
        node.accesskit_node().value().unwrap_or_default()
    }

    /// What is said about an element beside its name: a row's detail, what is wrong with an input.
    #[track_caller]
    pub(crate) fn description(&self, role: Role, name: &str) -> String {
        self.node(role, name, 0).accesskit_node().description().unwrap_or_default()
    }

    /// Clicks the one element of that role and name.
    #[track_caller]
    pub(crate) fn press(&mut self, role: Role, name: &str) {
        let count = self.found(role, name).len();
        assert!(count < 2, "{count} elements {role:?} {name:?}\n{}", self.describe());
        self.press_nth(role, name, 0);
    }

    /// Clicks one of several.
    #[track_caller]
    pub(crate) fn press_nth(&mut self, role: Role, name: &str, nth: usize) {
        self.bring_into_view(role, name, nth);
        let node = self.node(role, name, nth);
        assert!(!node.accesskit_node().is_disabled(), "{role:?} {name:?} is disabled\n{}", self.describe());
        node.click();
        // A pointer that stayed would hold up a tooltip.
        self.harness.remove_cursor();
        self.settle();
    }

    /// Opens the menu of an element and chooses from it.
    #[track_caller]
    pub(crate) fn choose_from_menu(&mut self, role: Role, name: &str, choice: &str) {
        self.bring_into_view(role, name, 0);
        self.node(role, name, 0).click_secondary();
        self.settle();
        self.press(Role::Button, choice);
    }

    /// Chooses from a closed list.
    #[track_caller]
    pub(crate) fn choose(&mut self, list: &str, option: &str) {
        self.press(Role::ComboBox, list);
        self.press(Role::ListBoxOption, option);
    }

    /// Puts the cursor into an input.
    #[track_caller]
    pub(crate) fn focus(&mut self, name: &str) {
        let node = self.reachable().find(|node| is_text_input(node) && label(node) == name);
        let Some(node) = node else { panic!("there is no input {name:?}\n{}", self.describe()) };
        node.scroll_to_me();
        node.focus();
        self.settle();
        assert!(self.focused(name), "{name:?} does not take the focus\n{}", self.describe());
    }

    /// Types `text` into an input, in place of what it holds.
    #[track_caller]
    pub(crate) fn fill(&mut self, name: &str, text: &str) {
        self.focus(name);
        self.command(Key::A);
        if text.is_empty() {
            self.key(Key::Delete);
        } else {
            self.type_text(text);
        }
        assert_eq!(self.value(name), text, "{name:?} does not hold what was typed\n{}", self.describe());
    }

    /// Types where the cursor is.
    pub(crate) fn type_text(&mut self, text: &str) {
        self.harness.event(egui::Event::Text(text.to_owned()));
        self.settle();
    }

    /// Pastes where the cursor is.
    pub(crate) fn paste(&mut self, text: &str) {
        self.harness.event(egui::Event::Paste(text.to_owned()));
        self.settle();
    }

    pub(crate) fn key(&mut self, key: Key) {
        self.keys(Modifiers::NONE, key);
    }

    /// With Ctrl, on macOS Cmd.
    pub(crate) fn command(&mut self, key: Key) {
        self.keys(Modifiers::COMMAND, key);
    }

    pub(crate) fn command_shift(&mut self, key: Key) {
        self.keys(Modifiers::COMMAND | Modifiers::SHIFT, key);
    }

    pub(crate) fn alt(&mut self, key: Key) {
        self.keys(Modifiers::ALT, key);
    }

    /// Puts the focus on an element as Tab does.
    #[track_caller]
    pub(crate) fn focus_on(&mut self, role: Role, name: &str) {
        self.node(role, name, 0).focus();
        self.settle();
        assert!(self.focused(name), "{role:?} {name:?} does not take the focus\n{}", self.describe());
    }

    pub(crate) fn keys(&mut self, modifiers: Modifiers, key: Key) {
        self.harness.key_press_modifiers(modifiers, key);
        self.settle();
    }

    /// Hands an event to the window; nothing is drawn yet.
    pub(crate) fn event(&mut self, event: egui::Event) {
        self.harness.event(event);
    }

    /// As [`Screen::event`], of a key.
    pub(crate) fn press_key(&mut self, modifiers: Modifiers, key: Key) {
        self.harness.key_press_modifiers(modifiers, key);
    }

    /// A click with the pointer, whatever is there.
    pub(crate) fn click_at(&mut self, place: egui::Pos2, secondary: bool) {
        let button = if secondary { egui::PointerButton::Secondary } else { egui::PointerButton::Primary };
        self.harness.event(egui::Event::PointerMoved(place));
        for pressed in [true, false] {
            self.harness.event(egui::Event::PointerButton { pos: place, button, pressed, modifiers: Modifiers::NONE });
        }
    }

    /// Turns the wheel where the pointer is.
    pub(crate) fn wheel(&mut self, by: f32) {
        self.harness.event(egui::Event::MouseWheel {
            unit: egui::MouseWheelUnit::Point,
            delta: egui::vec2(0.0, by),
            source: egui::MouseWheelSource::Wheel,
            phase: egui::TouchPhase::Move,
            modifiers: Modifiers::NONE,
        });
    }

    /// Drops files on the window.
    pub(crate) fn drop_files(&mut self, paths: &[PathBuf]) {
        let dropped = paths.iter().map(|path| std::sync::Arc::new(Dropped(path.clone())) as _).collect();
        self.harness.input_mut().dropped_files = dropped;
        self.settle();
    }

    /// Where the demo server listens, as the status line says.
    pub(crate) fn demo(&self) -> Option<SocketAddr> {
        self.texts().iter().find_map(|text| text.strip_prefix("Demo server on ")?.parse().ok())
    }

    /// Opens a saved request by its name, and waits until it can be sent.
    #[track_caller]
    pub(crate) fn open_request(&mut self, name: &str) {
        self.press(Role::RadioButton, "Collection");
        self.press(Role::TreeItem, name);
        // The request that was shown until now could be sent already.
        self.wait_for("the request's tab", |screen| screen.has(Role::Tab, name) && screen.chosen(Role::Tab, name));
        self.wait_until_ready();
    }

    /// Opens a method from the tree, and waits until it can be sent.
    #[track_caller]
    pub(crate) fn open_method(&mut self, name: &str) {
        self.press(Role::TreeItem, name);
        self.wait_until_ready();
    }

    /// Waits until the types of the tab's method are there.
    #[track_caller]
    pub(crate) fn wait_until_ready(&mut self) {
        self.wait_for("Send to be possible", |screen| screen.enabled(Role::Button, "Send"));
    }

    /// Sends with the button beside the target.
    #[track_caller]
    pub(crate) fn send(&mut self) {
        self.press_nth(Role::Button, "Send", 0);
    }

    /// The rows of the log that can be seen.
    pub(crate) fn log(&self) -> Vec<String> {
        self.rows("Log")
    }

    /// The rows of a list that can be seen.
    pub(crate) fn rows(&self, list: &str) -> Vec<String> {
        let list = self.found(Role::ListBox, list);
        let Some(list) = list.first() else { return Vec::new() };
        let rows = list.children_recursive().filter(|node| node.accesskit_node().role() == Role::ListBoxOption);
        rows.map(|node| label(&node)).collect()
    }

    /// Leaves the field that has the focus, as a first Esc does.
    pub(crate) fn leave_field(&mut self) {
        self.key(Key::Escape);
    }

    /// Everything that can be acted on and is not scrolled away: its role, name and place.
    pub(crate) fn controls(&self) -> Vec<(Role, String, egui::Rect)> {
        const CONTROLS: [Role; 7] = [
            Role::Button,
            Role::ComboBox,
            Role::MultilineTextInput,
            Role::RadioButton,
            Role::Switch,
            Role::Tab,
            Role::TextInput,
        ];
        self.reachable()
            .filter(|node| CONTROLS.contains(&node.accesskit_node().role()))
            .map(|node| (node.accesskit_node().role(), label(&node), self.seen(&node)))
            .filter(|(_, _, place)| place.is_positive())
            .collect()
    }

    /// The part of an element that is not scrolled away: where it can be clicked.
    fn seen(&self, node: &Node<'_>) -> egui::Rect {
        let (id, _) = node.accesskit_node().locate();
        self.harness.ctx.viewport(|viewport| {
            let mut widgets = viewport.prev_pass.widgets.layers().flat_map(|(_, widgets)| widgets);
            widgets
                .find(|widget| widget.id.accesskit_id() == id)
                .map_or(egui::Rect::NOTHING, |widget| widget.interact_rect)
        })
    }

    /// Scrolls to an element unless its middle can be clicked.
    #[track_caller]
    fn bring_into_view(&mut self, role: Role, name: &str, nth: usize) {
        let node = self.node(role, name, nth);
        if self.seen(&node).contains(node.rect().center()) {
            return;
        }
        node.scroll_to_me();
        self.settle();
        let node = self.node(role, name, nth);
        let seen = self.seen(&node).contains(node.rect().center());
        assert!(seen, "{role:?} {name:?} cannot be brought into view\n{}", self.describe());
    }

    /// Makes the window another size.
    pub(crate) fn resize(&mut self, size: [f32; 2]) {
        self.harness.set_size(size.into());
        self.settle();
    }

    /// Where an element is.
    #[track_caller]
    pub(crate) fn place(&self, role: Role, name: &str) -> egui::Rect {
        self.node(role, name, 0).rect()
    }

    /// Whether the window is drawn in the dark theme.
    pub(crate) fn is_dark(&self) -> bool {
        self.harness.ctx.theme() == egui::Theme::Dark
    }

    /// Ends the program as the window system does.
    pub(crate) fn quit(mut self) {
        self.harness.state_mut().on_exit(None);
    }
}

fn label(node: &Node<'_>) -> String {
    node.accesskit_node().label().unwrap_or_default()
}

fn dialog_of<'t>(node: &Node<'t>) -> Option<Node<'t>> {
    std::iter::successors(node.parent(), Node::parent).find(|node| node.accesskit_node().role() == Role::Dialog)
}

/// What an element says: its name, and for a closed list what it holds.
fn words_of(node: &Node<'_>) -> String {
    let name = label(node);
    match node.accesskit_node().value() {
        Some(value) if value != name => format!("{name} {value}").trim().to_owned(),
        _ => name,
    }
}

fn is_text_input(node: &Node<'_>) -> bool {
    let inputs = [Role::TextInput, Role::MultilineTextInput, Role::PasswordInput];
    inputs.contains(&node.accesskit_node().role()) && !node.accesskit_node().data().is_read_only()
}

#[derive(Debug)]
struct Dropped(PathBuf);

impl egui::DroppedFile for Dropped {
    fn path(&self) -> &Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        std::fs::read(&self.0).map_err(|error| error.to_string())
    }
}
