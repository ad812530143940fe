//! Somebody who clicks and types at random over the form of a message with every kind of field.
//!
//! `cargo test` gives a few seconds to it. `TRUNKLINE_MONKEY=SECONDS[,SEED]` gives it as long as that, and says with which
//! seed and after how many events it failed.

use std::time::{Duration, Instant};

use egui::{Key, Modifiers, Role};

use super::driver::{Home, Screen};

/// Events of a run of `cargo test`.
const EVENTS: usize = 150;
/// After so many events the window is looked over, and every now and then the message is another.
const LOOK: usize = 25;
/// What would leave the window, for dialogs of the system and other programs, or change its language.
const OUTSIDE: [&str; 8] = ["File", "file", "folder", "Open", "Browse", "editor", "Settings", "中文"];

const KEYS: [Key; 17] = [
    Key::Tab,
    Key::Tab,
    Key::Tab,
    Key::ArrowDown,
    Key::ArrowUp,
    Key::ArrowLeft,
    Key::ArrowRight,
    Key::Enter,
    Key::Space,
    Key::Escape,
    Key::Backspace,
    Key::Delete,
    Key::Home,
    Key::End,
    Key::PageDown,
    Key::PageUp,
    Key::F2,
];
/// With Ctrl; those that open dialogs of the system or end the program are not among them.
const COMMANDS: [Key; 8] = [Key::A, Key::C, Key::X, Key::Z, Key::Y, Key::F, Key::Space, Key::Enter];
const TEXTS: [&str; 22] = [
    "a",
    "0",
    "-1",
    "1e400",
    "{{name}}",
    "{{",
    "您好，世界",
    "🌍",
    "\u{202e}abc",
    "\"",
    "\\",
    "[1, 2",
    "{\"a\": {}}",
    "2026-01-31T12:00:00Z",
    "1.5s",
    "AQI=",
    "hex:0g",
    "NaN",
    "true",
    "*",
    "a,b.c",
    "99999999999999999999",
];
const PASTES: [&str; 6] = [
    "one\ntwo\nthree",
    "[\"a\", \"b\", null, {}]",
    "{\"scalars\": {\"int32Value\": \"x\"}, \"lists\": {\"texts\": [\"a\", \"b\"]}, \"nobody\": 1}",
    "{\"maps\": {\"texts\": {\"a\": \"1\", \"a\": \"2\"}}, \"tree\": {\"children\": [{}, {\"children\": [{}]}]}}",
    "{broken",
    "\u{feff}{}",
];

/// Numbers that a seed decides.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: usize) -> usize {
        // Xorshift; what matters is that the same seed does the same again.
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from((self.0 >> 16) % limit as u64).unwrap()
    }

    fn of<'t, T>(&mut self, choices: &'t [T]) -> &'t T {
        &choices[self.below(choices.len())]
    }
}

/// Says where a run was when it failed.
struct Told {
    seed: u64,
    events: usize,
    latest: String,
}

impl Drop for Told {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let Self { seed, events, latest } = self;
            #[expect(clippy::print_stderr, reason = "what is needed to see it again")]
            {
                eprintln!("the monkey with seed {seed} failed at its event {events}: {latest}");
            }
        }
    }
}

fn act(screen: &mut Screen, chance: &mut Chance) -> String {
    match chance.below(20) {
        0..=7 => {
            let inside = |name: &str| !OUTSIDE.iter().any(|word| name.contains(word));
            let controls: Vec<_> = screen.controls().into_iter().filter(|(_, name, _)| inside(name)).collect();
            if controls.is_empty() {
                return "nothing to click".to_owned();
            }
            let (role, name, place) = chance.of(&controls);
            screen.click_at(place.center(), chance.below(12) == 0);
            format!("a click on {role:?} {name:?}")
        }
        8..=12 => {
            let text = *chance.of(&TEXTS);
            screen.event(egui::Event::Text(text.to_owned()));
            format!("typed {text:?}")
        }
        13..=16 => {
            let key = *chance.of(&KEYS);
            let modifiers = *chance.of(&[Modifiers::NONE, Modifiers::NONE, Modifiers::SHIFT, Modifiers::ALT]);
            screen.press_key(modifiers, key);
            format!("{modifiers:?} {key:?}")
        }
        17 => {
            let key = *chance.of(&COMMANDS);
            screen.press_key(Modifiers::COMMAND, key);
            format!("Ctrl+{key:?}")
        }
        18 => {
            let text = *chance.of(&PASTES);
            screen.event(egui::Event::Paste(text.to_owned()));
            format!("pasted {text:?}")
        }
        _ => {
            let by = *chance.of(&[-400.0, -60.0, 60.0, 400.0]);
            screen.wheel(by);
            format!("wheel {by}")
        }
    }
}

fn run(seed: u64, enough: impl Fn(usize) -> bool) {
    let home = Home::new();
    let mut screen = home.start();
    screen.command(Key::N);
    screen.command(Key::P);
    screen.type_text("KitchenSink/Echo");
    screen.key(Key::Enter);
    screen.wait_until_ready();
    let mut chance = Chance(seed | 1);
    let mut told = Told { seed, events: 0, latest: String::new() };
    while !enough(told.events) {
        told.events += 1;
        told.latest = act(&mut screen, &mut chance);
        screen.frame();
        if told.events.is_multiple_of(LOOK) {
            screen.settle();
        }
        if told.events.is_multiple_of(LOOK * 8) {
            come_back(&mut screen, &mut chance);
        }
    }
    screen.quit();
}

/// Whatever is open is closed, and another request with another message begun.
fn come_back(screen: &mut Screen, chance: &mut Chance) {
    for _ in 0..4 {
        screen.key(Key::Escape);
    }
    screen.command(Key::W);
    screen.key(Key::Escape);
    screen.command(Key::N);
    screen.command(Key::P);
    screen.type_text("KitchenSink/Echo");
    screen.key(Key::Enter);
    screen.wait_until_ready();
    let text = *chance.of(&PASTES);
    // The pane may have been made too narrow for the choice of the view.
    let whole = |place: &egui::Rect| place.width() > 50.0;
    let is_json = |role: &Role, name: &str| *role == Role::RadioButton && name == "JSON";
    let json = screen.controls().iter().any(|(role, name, place)| is_json(role, name) && whole(place));
    if chance.below(2) == 0 && json {
        screen.press(Role::RadioButton, "JSON");
        screen.fill("Message as JSON", text);
        screen.press(Role::RadioButton, "Form");
    }
}

#[test]
fn random_input_breaks_nothing() {
    let Ok(wanted) = std::env::var("TRUNKLINE_MONKEY") else {
        run(20_261_121, |events| events >= EVENTS);
        return;
    };
    let (seconds, seed) = wanted.split_once(',').unwrap_or((&wanted, ""));
    let limit = Duration::from_secs(seconds.parse().unwrap());
    let begun = Instant::now();
    let first = seed.parse().unwrap_or(1);
    // A window of its own for each seed: what one has done is not what the next fails of.
    for seed in first.. {
        if begun.elapsed() >= limit {
            break;
        }
        run(seed, |events| events >= 2_000 || begun.elapsed() >= limit);
    }
}
