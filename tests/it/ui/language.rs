//! Language and theme.

use egui::{Key, Role};
use trunkline::collection::Language;

use super::driver::Home;

const ENGLISH: &str = include_str!("../../../assets/locales/en/main.ftl");
const CHINESE: &str = include_str!("../../../assets/locales/zh-CN/main.ftl");

/// Keys and texts, those with values in them left out.
fn messages(file: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    file.lines()
        .filter_map(|line| line.split_once(" = "))
        .filter(|(key, text)| !key.starts_with(['#', ' ']) && !text.contains('{'))
}

#[test]
fn the_first_start_in_chinese_has_no_english_on_it() {
    let home = Home::speaking(Language::Chinese);
    let mut screen = home.start_with(&[]);
    screen.wait_for("the first request", |screen| screen.says("演示") && screen.enabled(Role::Button, "发送"));
    screen.press_nth(Role::Button, "发送", 0);
    screen.wait_for_text("Hello, Ada!");
    let texts = screen.texts();
    for (key, english) in messages(ENGLISH) {
        let chinese = messages(CHINESE).find(|(other, _)| *other == key).map(|(_, text)| text);
        // Words in small letters are names in protos too, and one hint is the name of a demo request.
        let may_be_a_name = !english.starts_with(char::is_uppercase) || key == "save-name-hint";
        if chinese != Some(english) && !may_be_a_name {
            assert!(!texts.iter().any(|text| text == english), "{key} is in English\n{}", screen.describe());
        }
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
