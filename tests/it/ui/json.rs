//! Journey 2, by those who write JSON: suggestions from the schema, pairs and indents, find, layout, problems, size.

use egui::{Key, Modifiers, Role};

use super::driver::{Home, Screen};

const EDITOR: &str = "Message as JSON";

/// The JSON of a message with every kind of field, with this text and the cursor at its end.
fn editing(home: &Home, text: &str) -> Screen {
    let mut screen = home.start();
    screen.command(Key::N);
    screen.command(Key::P);
    screen.type_text("KitchenSink/Echo");
    screen.key(Key::Enter);
    screen.wait_until_ready();
    screen.press(Role::RadioButton, "JSON");
    screen.focus(EDITOR);
    screen.command(Key::A);
    screen.paste(if text.is_empty() { " " } else { text });
    assert_eq!(screen.value(EDITOR).trim(), text.trim());
    screen
}

/// Types letter by letter, as keys do.
fn keys(screen: &mut Screen, text: &str) {
    for letter in text.chars() {
        screen.type_text(&letter.to_string());
    }
}

fn listed(screen: &Screen) -> Vec<String> {
    screen.labels(Role::ListBoxOption)
}

#[test]
fn names_and_values_are_completed_by_key() {
    let home = Home::new();
    let mut screen = editing(&home, "");
    screen.key(Key::Backspace);
    keys(&mut screen, "{");
    assert_eq!(screen.value(EDITOR), "{}");
    screen.key(Key::Enter);
    assert_eq!(screen.value(EDITOR), "{\n  \n}");
    keys(&mut screen, "mo");
    assert_eq!(listed(&screen).first().map(String::as_str), Some("mood"), "{}", screen.describe());
    assert_eq!(screen.description(Role::ListBoxOption, "mood"), "Mood  2");
    screen.assert_says("What you think of this message.");
    screen.key(Key::Enter);
    // The values of the enum are suggested at once.
    assert_eq!(screen.value(EDITOR), "{\n  \"mood\": \"\"\n}");
    let values = listed(&screen);
    assert!(values.len() > 2, "{values:?}");
    screen.key(Key::ArrowDown);
    screen.key(Key::Tab);
    assert_eq!(screen.value(EDITOR), format!("{{\n  \"mood\": \"{}\"\n}}", values[1]));
    assert!(listed(&screen).is_empty());
    // What is set is not suggested again.
    keys(&mut screen, ",");
    screen.keys(Modifiers::COMMAND, Key::Space);
    assert!(!listed(&screen).is_empty() && !listed(&screen).contains(&"mood".to_owned()), "{}", screen.describe());
    screen.key(Key::Escape);
    assert!(listed(&screen).is_empty());
    assert!(screen.focused(EDITOR), "the first Esc closes the list only");
}

#[test]
fn a_suggestion_is_taken_by_mouse() {
    let home = Home::new();
    let mut screen = editing(&home, "{");
    keys(&mut screen, "\"old");
    assert_eq!(screen.description(Role::ListBoxOption, "oldName"), "string  17 deprecated");
    screen.press(Role::ListBoxOption, "oldName");
    assert_eq!(screen.value(EDITOR), "{\"oldName\": \"\"");
    assert!(screen.focused(EDITOR));
    screen.type_text("x");
    assert_eq!(screen.value(EDITOR), "{\"oldName\": \"x\"");
}

#[test]
fn variables_and_types_are_completed() {
    let home = Home::new();
    let mut screen = editing(&home, "{\"wellKnown\": {\"any\": {\"@type\": \"");
    keys(&mut screen, "ChatL");
    assert_eq!(listed(&screen), ["ChatLine"]);
    screen.key(Key::Enter);
    assert!(screen.value(EDITOR).ends_with("\"@type\": \"type.googleapis.com/trunkline.demo.v1.ChatLine\""));
    screen.fill(EDITOR, "{\"customName\": \"{{");
    keys(&mut screen, "$u");
    assert_eq!(listed(&screen), ["$uuid"]);
    screen.key(Key::Enter);
    assert_eq!(screen.value(EDITOR), "{\"customName\": \"{{$uuid}}");
}

#[test]
fn esc_and_tab_leave_the_text() {
    let home = Home::new();
    let mut screen = editing(&home, "{}");
    screen.key(Key::Tab);
    assert_eq!(screen.value(EDITOR), "{}  ");
    assert!(screen.focused(EDITOR));
    screen.key(Key::Escape);
    assert!(!screen.focused(EDITOR));
    screen.key(Key::Tab);
    assert!(screen.focused("Generate example"), "{}", screen.describe());
    assert_eq!(screen.value(EDITOR), "{}  ");
}

#[test]
fn lines_are_indented_and_commented() {
    let home = Home::new();
    let mut screen = editing(&home, "{\n\"mood\": 1\n}");
    screen.command(Key::A);
    screen.key(Key::Tab);
    assert_eq!(screen.value(EDITOR), "  {\n  \"mood\": 1\n  }");
    screen.keys(Modifiers::SHIFT, Key::Tab);
    assert_eq!(screen.value(EDITOR), "{\n\"mood\": 1\n}");
    screen.command(Key::Slash);
    assert_eq!(screen.value(EDITOR), "// {\n// \"mood\": 1\n// }");
    screen.command(Key::Slash);
    assert_eq!(screen.value(EDITOR), "{\n\"mood\": 1\n}");
}

#[test]
fn the_text_with_the_keyboard_is_searched() {
    let home = Home::new();
    let mut screen = editing(&home, "{\n  \"customName\": \"one two One\"\n}");
    screen.command(Key::F);
    assert!(screen.focused("Find in the message"), "{}", screen.describe());
    keys(&mut screen, "one");
    screen.assert_says("1 of 2");
    screen.key(Key::Enter);
    screen.assert_says("2 of 2");
    screen.keys(Modifiers::SHIFT, Key::Enter);
    screen.assert_says("1 of 2");
    screen.press(Role::Button, "Match case");
    screen.assert_says("1 of 1");
    screen.fill("Find in the message", "three");
    screen.assert_says("nothing found");
    screen.key(Key::Escape);
    assert!(screen.focused(EDITOR) && !screen.has(Role::TextInput, "Find in the message"));
    // Elsewhere Ctrl+F is for the tree or the log.
    screen.focus("Target");
    screen.command(Key::F);
    assert!(!screen.has(Role::TextInput, "Find in the message"));
    // A line is gone to by its number.
    screen.focus(EDITOR);
    screen.command(Key::G);
    assert!(screen.focused("Go to line"));
    keys(&mut screen, "3");
    screen.key(Key::Enter);
    assert!(screen.focused(EDITOR));
    keys(&mut screen, " ");
    assert!(screen.value(EDITOR).ends_with("\n }"));
}

#[test]
fn layout_keeps_comments_and_leaves_broken_text_alone() {
    let home = Home::new();
    let mut screen = editing(&home, "{\"mood\":1,// why\n\"customName\":\"x\",}");
    screen.keys(Modifiers::SHIFT | Modifiers::ALT, Key::F);
    assert_eq!(screen.value(EDITOR), "{\n  \"mood\": 1, // why\n  \"customName\": \"x\",\n}");
    screen.fill(EDITOR, "{\"mood\":");
    screen.press(Role::Button, "Format");
    assert_eq!(screen.value(EDITOR), "{\"mood\":");
    screen.assert_says("The text is not valid JSON, so it was not formatted: line 1, column 9");
}

#[test]
fn every_problem_is_listed_and_leads_to_its_place() {
    let home = Home::new();
    let mut screen = editing(
        &home,
        "{\n  \"modo\": 1,\n  \"scalars\": {\"int32Value\": \"{{n}}\", \"boolValue\": 7},\n  \"customName\": 1\n}",
    );
    screen.assert_says("line 2, column 3: no field `modo` in trunkline.demo.v1.Everything; did you mean `mood`?");
    screen.assert_says("line 4, column 17: customName: a number where a string is expected");
    screen.assert_silent("int32Value");
    let problem = "line 3, column 51: scalars.boolValue: a number where true or false is expected";
    screen.press(Role::Button, problem);
    assert!(screen.focused(EDITOR));
    // What was wrong is selected.
    keys(&mut screen, "tr");
    screen.key(Key::Enter);
    screen.assert_silent(problem);
    assert!(screen.value(EDITOR).contains("\"boolValue\": true"), "{}", screen.value(EDITOR));
    screen.fill(EDITOR, "{\"modo\": ");
    screen.assert_says("the text ends where a value is expected");
    screen.assert_silent("no field `modo`");
}

#[test]
fn a_text_above_a_megabyte_is_shown_not_edited() {
    let home = Home::new();
    let mut screen = editing(&home, "{}");
    screen.command(Key::A);
    screen.paste(&format!("{{\n  \"customName\": \"{}\"\n}}", "x".repeat(1 << 20)));
    screen.wait_for("the viewer", |screen| !screen.has(Role::MultilineTextInput, EDITOR));
    screen.assert_says("1.0 MB");
    assert!(screen.has(Role::ListBox, EDITOR), "{}", screen.describe());
    assert_eq!(listed(&screen).last().map(String::as_str), Some("}"));
    assert!(screen.enabled(Role::Button, "Edit in another program"));
    assert!(screen.enabled(Role::Button, "Load from a file…"));
}
