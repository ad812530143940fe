//! Language and theme.

use egui::{Key, Role};
use trunkline::collection::Language;

use super::driver::Home;

#[test]
fn the_first_start_in_chinese_has_no_english_on_it() {
    let home = Home::speaking(Language::Chinese);
    let mut screen = home.start_with(&[]);
    screen.wait_for("the first request", |screen| screen.says("演示") && screen.enabled(Role::Button, "发送"));
    screen.press_nth(Role::Button, "发送", 0);
    screen.wait_for_text("Hello, Ada!");
    let english = [
        "Send",
        "Save",
        "Services",
        "Collection",
        "Message",
        "Metadata",
        "Auth",
        "Settings",
        "Docs",
        "Form",
        "Target",
        "Method",
        "Headers",
        "Trailers",
        "Timeline",
        "Open protos",
        "Reflect",
        "Generate example",
        "Environment",
        "Filter requests",
        "Go to method, request or command",
        "Copy message",
        "Close tab",
        "New request",
        "Answer",
    ];
    let texts = screen.texts();
    for words in english {
        assert!(!texts.iter().any(|text| text == words), "{words:?} is in English\n{}", screen.describe());
    }
    // The sentences too, whatever stands in them.
    for words in ["service", "problem", "Demo server", "HTTP/2, plaintext", "connection"] {
        screen.assert_silent(words);
    }
}

#[test]
fn the_language_is_switched_in_the_settings() {
    let home = Home::new();
    let mut screen = home.start();
    screen.command(Key::Comma);
    screen.press(Role::RadioButton, "简体中文");
    screen.assert_says("语言");
    screen.key(Key::Escape);
    assert!(screen.has(Role::Button, "发送"));
    assert!(!screen.has(Role::Button, "Send"));
    screen.quit();

    let mut screen = home.start_with(&[]);
    screen.wait_for("the button in Chinese", |screen| screen.has(Role::Button, "发送"));
    screen.command(Key::Comma);
    screen.press(Role::RadioButton, "English");
    screen.assert_says("Language");
}

#[test]
fn the_theme_is_switched_in_the_settings() {
    let home = Home::new();
    let mut screen = home.start();
    screen.command(Key::Comma);
    for (theme, dark) in [("Light", false), ("Dark", true)] {
        screen.press(Role::RadioButton, theme);
        assert!(screen.chosen(Role::RadioButton, theme));
        assert_eq!(screen.is_dark(), dark);
    }
    screen.quit();
    assert!(home.start().is_dark());
}
