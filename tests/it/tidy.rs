//! The rules that keep the source readable, held over its text: layering, printing, colours, length.
//!
//! Each rule says its reason where it fails. Test modules at the foot of a file may do more than the file.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

/// The modules in dependency order: each may name only those before it.
const ORDER: &[&str] =
    &["text", "schema", "message", "request", "engine", "log", "collection", "demo", "app", "ui", "cli"];

/// What a module must not name although it stands before it.
const FORBIDDEN: &[(&str, &[&str])] = &[
    // It stands for the servers of others.
    ("demo", &["engine"]),
    // The terminal and the window are two faces of one engine.
    ("cli", &["app", "ui"]),
];

/// The longest file without a `//!` line that says why it is one piece.
const MAX_LINES: usize = 700;

/// One source file.
struct Source {
    /// From the package's root, with `/`.
    path: String,
    text: String,
}

impl Source {
    /// The top-level module that it belongs to; `main` and `lib` for the roots.
    fn module(&self) -> &str {
        let inside = self.path.trim_start_matches("src/");
        inside.split(['/', '.']).next().unwrap_or_default()
    }

    /// Its lines with their numbers, without comments and without the tests at its foot.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let end = if self.path.ends_with("/tests.rs") { Some(0) } else { self.text.find("#[cfg(test)]\nmod tests {") };
        self.text
            .get(..end.unwrap_or(self.text.len()))
            .unwrap_or_default()
            .lines()
            .enumerate()
            .filter(|(_, line)| !line.trim_start().starts_with("//"))
            .map(|(index, line)| (index + 1, line))
    }
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut sources = Vec::new();
    let mut folders = vec![root.join("src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
                sources.push(Source { path: name, text: fs::read_to_string(&path).unwrap() });
            }
        }
    }
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(sources.len() > 20, "the sources were not found");
    sources
}

/// Fails with every line of code that `wrong` gives a word for.
fn check(rule: &str, wrong: impl Fn(&Source, &str) -> Option<String>) {
    let mut found = String::new();
    for source in sources() {
        for (number, line) in source.code() {
            if let Some(word) = wrong(&source, line) {
                writeln!(found, "{}:{number}: {word}", source.path).unwrap();
            }
        }
    }
    assert!(found.is_empty(), "{rule}\n{found}");
}

/// Fails with every line of code that has one of the words outside the modules where it belongs.
fn check_words(rule: &str, words: &[&str], belongs: impl Fn(&Source) -> bool) {
    check(rule, |source, line| {
        let has = |word: &&&str| line.contains(**word);
        (!belongs(source)).then(|| words.iter().find(has).map(|word| format!("`{word}`"))).flatten()
    });
}

/// The modules of this crate that a line names as `crate::x` or `crate::{x, y}`.
fn modules_named(line: &str) -> Vec<&str> {
    let mut named = Vec::new();
    for rest in line.split("crate::").skip(1) {
        let (list, items) = rest.strip_prefix('{').map_or((rest, 1), |list| (list, usize::MAX));
        for item in list.split(',').map(str::trim).take(items) {
            let end = item.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(item.len());
            named.push(item.get(..end).unwrap_or_default());
        }
    }
    named
}

#[test]
fn a_module_names_only_those_before_it() {
    check("lib.rs and design: dependencies go one way (see ORDER)", |source, line| {
        let module = source.module();
        let place = ORDER.iter().position(|known| *known == module)?;
        let forbidden = FORBIDDEN.iter().find(|(from, _)| *from == module).map_or(&[] as &[&str], |(_, to)| to);
        modules_named(line)
            .into_iter()
            .find(|named| {
                let other = ORDER.iter().position(|known| known == named);
                other.is_some_and(|other| other > place) || forbidden.contains(named)
            })
            .map(|named| format!("{module} names {named}"))
    });
}

#[test]
fn every_module_has_its_place() {
    for source in sources() {
        let module = source.module();
        assert!(
            matches!(module, "lib" | "main") || ORDER.contains(&module),
            "{}: put `{module}` into ORDER, and into ARCHITECTURE.md",
            source.path
        );
    }
}

#[test]
fn the_network_is_known_to_the_engine_and_the_demo_server_only() {
    check_words(
        "whoever wants a call asks the engine for one",
        &["tonic::", "tonic_health::", "tonic_reflection::", "h2::", "hyper::", "tokio_rustls::", "tokio::net"],
        |source| matches!(source.module(), "engine" | "demo"),
    );
}

#[test]
fn the_toolkit_is_known_to_the_window_only() {
    check_words(
        "state and terminal must build without the `gui` feature",
        &["egui::", "eframe::", "rfd::", "egui_"],
        |source| source.module() == "ui",
    );
}

#[test]
fn only_collections_are_serialised() {
    check_words(
        "what is written to disk has types of its own in `collection`, so that others may change freely",
        &[
            "derive(Serialize",
            "derive(Deserialize",
            ", Serialize",
            ", Deserialize",
            "serde::Serialize",
            "serde::Deserialize",
        ],
        |source| source.module() == "collection",
    );
}

#[test]
fn only_the_terminal_prints() {
    check_words(
        "elsewhere there may be no terminal; give the text to who asked",
        &["println!", "print!(", "eprintln!", "eprint!(", "dbg!"],
        |source| matches!(source.module(), "cli" | "main"),
    );
}

#[test]
fn colours_stand_in_the_theme() {
    check("name a token of ui/theme.rs instead", |source, line| {
        if source.path == "src/ui/theme.rs" {
            return None;
        }
        let literal = ["Color32::from_", "Color32::WHITE", "Color32::BLACK", "Color32::RED", "hex_color!"];
        if let Some(word) = literal.iter().find(|word| line.contains(**word)) {
            return Some(format!("`{word}`"));
        }
        // Elsewhere such a text is somebody's example value.
        if source.module() != "ui" {
            return None;
        }
        let hex = line.split("\"#").skip(1).filter_map(|rest| rest.split('"').next());
        hex.filter(|digits| matches!(digits.len(), 3 | 6 | 8) && digits.chars().all(|c| c.is_ascii_hexdigit()))
            .map(|digits| format!("#{digits}"))
            .next()
    });
}

#[test]
fn every_file_says_why_it_exists() {
    for source in sources() {
        assert!(source.text.starts_with("//!"), "{}: begin with a `//!` line", source.path);
    }
}

#[test]
fn long_files_say_why() {
    for source in sources() {
        let lines = source.text.lines().count();
        let head = source.text.lines().take_while(|line| line.starts_with("//!"));
        let explained = head.filter(|line| line.contains("one piece") || line.contains("long")).count() > 0;
        assert!(
            lines <= MAX_LINES || explained,
            "{}: {lines} lines; split it by role, or say at its head why it is one piece",
            source.path
        );
    }
}

#[test]
fn lints_are_expected_with_a_reason_not_allowed() {
    for source in sources() {
        for (index, line) in source.text.lines().enumerate() {
            let allowed = line.trim_start().starts_with("#[allow(") || line.trim_start().starts_with("#![allow(");
            assert!(!allowed, "{}:{}: `#[expect(.., reason = \"..\")]` instead", source.path, index + 1);
        }
    }
}

#[test]
fn no_text_is_drawn_from_the_source() {
    const DRAWING: &[&str] = &[
        "label(\"",
        "Label::new(\"",
        "button(\"",
        "Button::new(\"",
        "heading(\"",
        "monospace(\"",
        "hint_text(\"",
        "on_hover_text(\"",
        "RichText::new(\"",
        "checkbox_label(\"",
        "selectable_label(\"",
        "menu_button(\"",
        "CollapsingHeader::new(\"",
        "weak(\"",
        "strong(\"",
        "small(\"",
        "link(\"",
    ];
    check("texts of the interface stand in assets/locales", |source, line| {
        if source.module() != "ui" {
            return None;
        }
        DRAWING.iter().find_map(|call| {
            let literal = line.split_once(call)?.1.split('"').next()?;
            literal.chars().any(char::is_alphabetic).then(|| format!("`{call}{literal}\"`"))
        })
    });
}

#[test]
fn the_rules_find_what_they_look_for() {
    assert_eq!(modules_named("use crate::engine::{Call, Engine};"), ["engine"]);
    assert_eq!(modules_named("    fn f(x: crate::app::App, y: crate::ui::Y)"), ["app", "ui"]);
    assert_eq!(modules_named("use crate::{log, text::Text};"), ["log", "text"]);
    assert!(modules_named("use super::x;").is_empty());
    let source = Source {
        path: "src/ui/tabs.rs".to_owned(),
        text: "//! x\nfn f() {}\n#[cfg(test)]\nmod tests {\nuse y;".to_owned(),
    };
    assert_eq!(source.module(), "ui");
    assert_eq!(source.code().count(), 1);
    assert_eq!(Source { path: "src/text.rs".to_owned(), text: String::new() }.module(), "text");
}
