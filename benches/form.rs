//! What a large message costs in the form, for `benches/form.sh`: the window as a whole, without a screen.
//!
//! A frame is all that the program does for it, `logic` and `ui`; egui's own tessellation is not in it.

use std::path::Path;
use std::time::{Duration, Instant};

use egui::{Event, MouseWheelUnit, Role, TouchPhase, Ui};
use egui_kittest::kittest::NodeT as _;
use egui_kittest::{Harness, Node};
use trunkline::collection::{Dirs, Language, Session, Settings, SourceFile, TabFile};
use trunkline::request::Draft;
use trunkline::schema::Source;
use trunkline::ui::Window;

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type Failure = Box<dyn std::error::Error>;

/// The window, and how long its latest frame took, and the slowest of all.
struct Timed {
    window: Window,
    frame: Duration,
    slowest: Duration,
}

impl eframe::App for Timed {
    fn logic(&mut self, ctx: &egui::Context, frame: &mut eframe::Frame) {
        let start = Instant::now();
        self.window.logic(ctx, frame);
        self.frame = start.elapsed();
    }

    fn ui(&mut self, ui: &mut Ui, frame: &mut eframe::Frame) {
        let start = Instant::now();
        self.window.ui(ui, frame);
        self.frame += start.elapsed();
        self.slowest = self.slowest.max(self.frame);
    }
}

fn main() -> Result<(), Failure> {
    let fields: Vec<String> = (1..=1_000).map(|number| format!("string field_{number} = {number};")).collect();
    let proto = format!(
        "syntax = \"proto3\";\nmessage Wide {{ {} }}\nmessage Item {{ string sku = 1; uint32 count = 2; }}\n\
         message Lists {{ repeated string texts = 1; repeated Item items = 2; map<string, string> labels = 3; }}\n\
         message Deep {{ string text = 1; Deep child = 2; }}\n\
         service Large {{ rpc Wide(.Wide) returns (.Wide); rpc Lists(.Lists) returns (.Lists); \
         rpc Deep(.Deep) returns (.Deep); }}\n",
        fields.join(" ")
    );
    let wide: Vec<String> = (1..=1_000).map(|number| format!("\"field{number}\": \"text {number}\"")).collect();
    let wide = format!("{{{}}}", wide.join(", "));
    let texts = many(|number| format!("\"text {number}\""));
    let items = many(|number| format!("{{\"sku\": \"A-{number}\", \"count\": {number}}}"));
    let labels = many(|number| format!("\"key {number}\": \"value {number}\""));
    let deep = (0..50).fold("{}".to_owned(), |inner, level| format!("{{\"text\": \"{level}\", \"child\": {inner}}}"));

    say_head();
    measure("1,000 fields", &proto, "Wide", &wide, "field_3")?;
    measure("100,000 texts", &proto, "Lists", &format!("{{\"texts\": [{texts}]}}"), "texts[3]")?;
    measure("100,000 messages", &proto, "Lists", &format!("{{\"items\": [{items}]}}"), "")?;
    let labels = format!("{{\"labels\": {{{labels}}}}}");
    measure("100,000 entries, a value", &proto, "Lists", &labels, "labels value 3")?;
    measure("100,000 entries, a key", &proto, "Lists", &labels, "labels key 3")?;
    measure("50 levels", &proto, "Deep", &deep, "child.child.text")
}

fn many(element: impl Fn(usize) -> String) -> String {
    (0..100_000).map(element).collect::<Vec<_>>().join(", ")
}

/// Opens the message in a window of its own, scrolls through it, and types into the field of that name.
fn measure(what: &str, proto: &str, method: &str, message: &str, field: &str) -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let dirs = Dirs { config: folder.path().join("config"), data: folder.path().join("data") };
    let file = folder.path().join("large.proto");
    std::fs::write(&file, proto)?;
    prepare(&dirs, &file, method, message)?;
    let builder = Harness::builder().with_size(egui::vec2(1280.0, 800.0)).allow_missing_glyphs();
    let mut harness: Harness<'static, Timed> = builder.build_eframe(|cc| Timed {
        window: Window::new(&cc.egui_ctx, dirs, Vec::new()).expect("threads"),
        frame: Duration::ZERO,
        slowest: Duration::ZERO,
    });

    // A large text is read in the background, while frames go on.
    let begun = Instant::now();
    while !is_there(&harness) {
        harness.step();
        if begun.elapsed() > Duration::from_mins(1) {
            return Err(format!("the form of {what} was not there within a minute").into());
        }
        std::thread::yield_now();
    }
    let there = begun.elapsed();
    harness.step();
    say(&format!("{what}, the slowest frame while it opens"), vec![harness.state().slowest]);
    say(&format!("{what}, from the start of the program until it is there"), vec![there]);

    say(&format!("{what}, a frame at rest"), frames(&mut harness, |_| None));
    let middle = egui::pos2(700.0, 300.0);
    harness.event(Event::PointerMoved(middle));
    let wheel = |by: f32| Event::MouseWheel {
        unit: MouseWheelUnit::Point,
        delta: egui::vec2(0.0, by),
        source: egui::MouseWheelSource::Wheel,
        phase: TouchPhase::Move,
        modifiers: egui::Modifiers::NONE,
    };
    say(
        &format!("{what}, a frame while scrolling"),
        frames(&mut harness, |at| Some(wheel(if at < 50 { -60.0 } else { 60.0 }))),
    );
    for _ in 0..100 {
        harness.event(wheel(1_000.0));
        harness.step();
    }
    let Some(input) = inputs(&harness).find(|node| label(node) == field) else {
        return Ok(());
    };
    input.focus();
    harness.step();
    harness.step();
    say(&format!("{what}, a character typed"), frames(&mut harness, |_| Some(Event::Text("x".to_owned()))));
    // What follows a character: its text is written, the session stored.
    let begun = Instant::now();
    let mut after = Vec::new();
    while begun.elapsed() < Duration::from_millis(1_500) {
        after.push(frame(&mut harness));
    }
    say(&format!("{what}, a frame in the second after that"), after);
    let add = harness.root().children_recursive().find(|node| label(node).starts_with("Add to "));
    if let Some(add) = add {
        add.click();
        say(&format!("{what}, an element added"), (0..5).map(|_| frame(&mut harness)).collect());
    }
    let undo = |_| {
        let (modifiers, key) = (egui::Modifiers::COMMAND, egui::Key::Z);
        Some(Event::Key { key, physical_key: None, pressed: true, repeat: false, modifiers })
    };
    say(&format!("{what}, an undo"), frames(&mut harness, undo).into_iter().take(1).collect());
    Ok(())
}

/// A session with the message in its only tab.
fn prepare(dirs: &Dirs, file: &Path, method: &str, message: &str) -> Result<(), Failure> {
    let source =
        SourceFile::of_source(&Source::Protos { paths: vec![file.to_owned()], import_paths: Vec::new() }, None);
    let draft = Draft {
        method: format!("Large/{method}"),
        target: "127.0.0.1:1".to_owned(),
        messages: vec![message.to_owned()],
        ..Draft::default()
    };
    let tab = TabFile { source: Some(source.clone()), ..TabFile::new(&draft) };
    Session { sources: vec![source], tabs: vec![tab], ..Session::default() }.save(&dirs.session())?;
    Settings { language: Language::English, ..Settings::default() }.save(&dirs.settings())?;
    Ok(())
}

/// One frame, at the pace of a screen: what goes on in the background is done between two of them, or is not.
fn frame(harness: &mut Harness<'static, Timed>) -> Duration {
    std::thread::park_timeout(Duration::from_millis(8));
    harness.step();
    harness.state().frame
}

fn frames(harness: &mut Harness<'static, Timed>, event: impl Fn(usize) -> Option<Event>) -> Vec<Duration> {
    let mut times = Vec::new();
    for at in 0..100 {
        if let Some(event) = event(at) {
            harness.event(event);
        }
        times.push(frame(harness));
    }
    times
}

/// The values of the form in sight: their labels are paths of fields, which the window's own inputs do not stand below.
fn inputs<'h>(harness: &'h Harness<'static, Timed>) -> impl Iterator<Item = Node<'h>> {
    let is_input = |node: &Node<'h>| node.accesskit_node().role() == Role::TextInput;
    let words = ["field", "texts", "text", "child", "labels"];
    harness.root().children_recursive().filter(is_input).filter(move |node| {
        let label = label(node);
        words.iter().any(|word| label.starts_with(word)) || label.contains('[')
    })
}

/// Whether the form is drawn: it has a value to type, or an element with a menu.
fn is_there(harness: &Harness<'static, Timed>) -> bool {
    let mut nodes = harness.root().children_recursive();
    inputs(harness).next().is_some() || nodes.any(|node| label(&node).starts_with("Actions for "))
}

fn label(node: &Node<'_>) -> String {
    node.accesskit_node().label().unwrap_or_default()
}

#[expect(clippy::print_stdout, reason = "the report")]
fn say_head() {
    println!("   least   median     99 %     most  milliseconds");
}

fn say(what: &str, mut times: Vec<Duration>) {
    times.sort();
    let at = |share: usize| {
        let index = (times.len() * share / 100).min(times.len().saturating_sub(1));
        times.get(index).copied().unwrap_or_default().as_secs_f64() * 1_000.0
    };
    #[expect(clippy::print_stdout, reason = "the report")]
    {
        println!("{:8.2} {:8.2} {:8.2} {:8.2}  {what}", at(0), at(50), at(99), at(100));
    }
}
