//! What helps with a field: examples, reset, its menu, variables, the calendar, and all of it by keys alone.

use egui::{Key, Modifiers, Role};
use serde_json::json;

use super::driver::{Home, Screen};
use super::form::{everything, json, write_json};

fn value(screen: &mut Screen) -> serde_json::Value {
    let text = json(screen);
    serde_json::from_str(&text).unwrap()
}

/// Presses Tab until an element has the focus.
#[track_caller]
fn tab_to(screen: &mut Screen, name: &str) {
    for _ in 0..400 {
        if screen.focused(name) {
            return;
        }
        screen.key(Key::Tab);
    }
    panic!("Tab does not come to {name:?}\n{}", screen.describe());
}

#[test]
fn an_example_is_full_or_minimal_and_cleared() {
    let home = Home::new();
    let mut screen = home.start();
    screen.command(Key::N);
    screen.command(Key::P);
    screen.type_text("Accounts/SignUp");
    screen.key(Key::Enter);
    screen.wait_until_ready();
    screen.wait_for("the rules to be checked", |screen| screen.says("5 rules not met"));
    for (choice, has_topics) in [("Full example", true), ("Minimal example: what is required", false)] {
        screen.press(Role::Button, "More ways to begin");
        screen.press(Role::Button, choice);
        screen.wait_for("the rules to be met", |screen| !screen.says("rules not met") && !screen.says("rule not met"));
        assert_eq!(screen.value("email"), "ada@example.com");
        assert_eq!(screen.has(Role::TextInput, "topics[0]"), has_topics);
    }
    screen.press(Role::Button, "More ways to begin");
    screen.press(Role::Button, "Clear the message");
    assert_eq!(screen.value("email"), "");
    screen.command(Key::Z);
    assert_eq!(screen.value("email"), "ada@example.com", "what was cleared comes back");
}

#[test]
fn a_field_is_reset_by_menu_and_key() {
    let home = Home::new();
    let mut screen = everything(&home);
    write_json(
        &mut screen,
        r#"{"customName": "a", "optionals": {"text": "t", "number": 5}, "lists": {"texts": ["x"]}}"#,
    );
    screen.fill("renamed_in_json", "b");
    screen.alt(Key::Backspace);
    assert_eq!(screen.value("renamed_in_json"), "");
    screen.command(Key::Z);
    assert_eq!(screen.value("renamed_in_json"), "b", "apart from what was typed");
    screen.command(Key::Z);
    assert_eq!(screen.value("renamed_in_json"), "a");
    screen.focus("optionals.text");
    screen.alt(Key::Backspace);
    assert!(screen.focused("Set optionals.text"), "{}", screen.describe());
    assert_eq!(value(&mut screen)["optionals"], json!({ "number": 5 }));
    screen.choose_from_menu(Role::DisclosureTriangle, "optionals", "Reset Alt+Backspace");
    screen.choose_from_menu(Role::DisclosureTriangle, "texts", "Reset Alt+Backspace");
    assert_eq!(value(&mut screen), json!({ "customName": "a", "lists": {} }));
    screen.command(Key::Z);
    screen.command(Key::Z);
    assert_eq!(value(&mut screen)["optionals"], json!({ "number": 5 }));
}

#[test]
fn the_menu_opens_by_key_and_gives_the_focus_back() {
    let home = Home::new();
    let mut screen = everything(&home);
    screen.fill("renamed_in_json", "some");
    screen.keys(Modifiers::SHIFT, Key::F10);
    assert!(screen.focused("Reset Alt+Backspace"), "{}", screen.describe());
    screen.key(Key::Escape);
    assert!(screen.focused("renamed_in_json"), "{}", screen.describe());
    screen.key(Key::Menu);
    screen.key(Key::Enter);
    assert_eq!(screen.value("renamed_in_json"), "");
    screen.choose_from_menu(Role::TextInput, "renamed_in_json", "Show documentation");
    screen.wait_for_text("Every kind of field that proto3 has");
}

#[test]
fn variables_are_offered_while_one_is_typed() {
    let home = Home::new();
    let mut screen = everything(&home);
    screen.focus("renamed_in_json");
    screen.type_text("to {{$");
    assert!(screen.has(Role::ListBoxOption, "$demo") && screen.has(Role::ListBoxOption, "$uuid"));
    screen.type_text("t");
    assert!(!screen.has(Role::ListBoxOption, "$demo"));
    screen.key(Key::Enter);
    assert_eq!(screen.value("renamed_in_json"), "to {{$timestamp}}");
    screen.type_text("!");
    assert_eq!(screen.value("renamed_in_json"), "to {{$timestamp}}!", "the cursor is behind it");
    screen.type_text("{{");
    screen.key(Key::Escape);
    assert!(!screen.has(Role::ListBoxOption, "$demo"));
    assert!(screen.focused("renamed_in_json"));
    screen.fill("renamed_in_json", "{{nobody}}");
    screen.assert_says("the variable `nobody` has no value here");
    screen.key(Key::ArrowLeft);
    screen.key(Key::ArrowLeft);
    screen.key(Key::ArrowLeft);
    assert!(!screen.has(Role::ListBoxOption, "$demo"), "nothing was typed");
    screen.assert_silent("1 problem");
}

#[test]
fn a_variable_stands_in_any_kind_of_field_and_is_sent_as_its_type() {
    let home = Home::new();
    let mut screen = everything(&home);
    write_json(&mut screen, r#"{"scalars": {}, "maps": {"namesByNumber": {"0": "a"}}}"#);
    screen.fill("scalars.int64_value", "{{$timestamp}}");
    screen.fill("maps.names_by_number key 0", "{{$randomInt}}");
    screen.focus_on(Role::Switch, "scalars.bool_value");
    screen.type_text("{");
    screen.type_text("{nobody}}");
    assert_eq!(screen.value("scalars.bool_value"), "{{nobody}}");
    screen.command(Key::A);
    screen.key(Key::Delete);
    assert!(screen.has(Role::Switch, "scalars.bool_value"));
    screen.focus_on(Role::ComboBox, "mood");
    screen.type_text("{");
    screen.type_text("{$r");
    screen.key(Key::Tab);
    assert_eq!(screen.value("mood"), "{{$randomInt}}");
    screen.choose_from_menu(Role::TextInput, "scalars.string_value", "Insert variable");
    screen.press(Role::Button, "$demo");
    assert_eq!(screen.value("scalars.string_value"), "{{$demo}}");
    screen.send();
    screen.wait_for_text("0 OK");
    screen.assert_says("127.0.0.1:");
}

#[test]
fn a_time_is_chosen_by_keys() {
    let home = Home::new();
    let mut screen = everything(&home);
    write_json(&mut screen, r#"{"wellKnown": {"timestamp": "2026-11-21T18:30:05.25Z"}}"#);
    let path = "well_known.timestamp";
    screen.focus(path);
    screen.alt(Key::ArrowDown);
    assert!(screen.focused("2026-11-21"), "{}", screen.describe());
    screen.key(Key::ArrowRight);
    screen.key(Key::ArrowDown);
    assert!(screen.focused("2026-11-29"), "{}", screen.describe());
    screen.key(Key::PageDown);
    screen.key(Key::Enter);
    assert_eq!(screen.value(path), "2026-12-29T18:30:05.250Z");
    assert!(screen.focused(path), "{}", screen.describe());
    screen.alt(Key::ArrowDown);
    screen.fill("Hour of well_known.timestamp", "07");
    screen.fill("Minute of well_known.timestamp", "99");
    assert_ne!(screen.description(Role::TextInput, "Minute of well_known.timestamp"), "");
    screen.press(Role::Button, "Month before for well_known.timestamp");
    screen.press(Role::Button, "2026-11-30");
    assert_eq!(screen.value(path), "2026-11-30T07:30:05.250Z");
    screen.press(Role::Button, "Choose a time for well_known.timestamp");
    screen.press(Role::Button, "Now");
    assert_ne!(screen.value(path), "2026-11-30T07:30:05.250Z");
}

#[test]
fn every_kind_of_field_is_filled_by_keys_alone() {
    let home = Home::new();
    let mut screen = everything(&home);
    // Down into a message, over a switch and a disclosure.
    tab_to(&mut screen, "Set scalars");
    screen.key(Key::Space);
    tab_to(&mut screen, "scalars.double_value");
    screen.type_text("1.5");
    tab_to(&mut screen, "scalars.int64_value");
    screen.type_text("-7");
    tab_to(&mut screen, "scalars.bool_value");
    screen.key(Key::Space);
    tab_to(&mut screen, "scalars.string_value");
    screen.type_text("世界");
    tab_to(&mut screen, "scalars.bytes_value");
    screen.type_text("aGk=");
    // An enum, by its filter.
    tab_to(&mut screen, "mood");
    screen.key(Key::ArrowDown);
    screen.type_text("sad");
    screen.key(Key::Enter);
    assert_eq!(screen.value("mood"), "MOOD_SAD");
    // A list, a map, an optional, a oneof.
    tab_to(&mut screen, "Set lists");
    screen.key(Key::Space);
    tab_to(&mut screen, "Add to lists.texts");
    screen.key(Key::Enter);
    screen.type_text("one");
    screen.alt(Key::Enter);
    screen.type_text("two");
    screen.alt(Key::Delete);
    tab_to(&mut screen, "Set maps");
    screen.key(Key::Space);
    tab_to(&mut screen, "Add to maps.names_by_number");
    screen.key(Key::Enter);
    screen.command(Key::A);
    screen.type_text("5");
    screen.key(Key::Tab);
    screen.type_text("five");
    tab_to(&mut screen, "Set optionals");
    screen.key(Key::Space);
    tab_to(&mut screen, "Set optionals.text");
    screen.key(Key::Space);
    screen.key(Key::Tab);
    screen.type_text("there");
    tab_to(&mut screen, "choice");
    screen.key(Key::ArrowDown);
    screen.key(Key::ArrowDown);
    screen.key(Key::Enter);
    tab_to(&mut screen, "choice_text");
    screen.type_text("chosen");
    // Well-known types.
    tab_to(&mut screen, "Set well_known");
    screen.key(Key::Space);
    tab_to(&mut screen, "Set well_known.timestamp");
    screen.key(Key::Space);
    screen.key(Key::Tab);
    screen.command(Key::A);
    screen.type_text("2026-11-21T10:30:00Z");
    tab_to(&mut screen, "Set well_known.duration");
    screen.key(Key::Space);
    screen.key(Key::Tab);
    screen.command(Key::A);
    screen.type_text("90s");
    tab_to(&mut screen, "Set well_known.struct");
    screen.key(Key::Space);
    tab_to(&mut screen, "Add to well_known.struct");
    screen.key(Key::Enter);
    screen.type_text("k");
    screen.key(Key::Tab);
    tab_to(&mut screen, "well_known.struct[\"k\"]");
    screen.type_text("v");
    tab_to(&mut screen, "Set well_known.any");
    screen.key(Key::Space);
    tab_to(&mut screen, "Type of well_known.any");
    screen.key(Key::ArrowDown);
    screen.type_text("v1.tree");
    screen.key(Key::Enter);
    tab_to(&mut screen, "well_known.any.label");
    screen.type_text("oak");
    tab_to(&mut screen, "Set well_known.string_wrapper");
    screen.key(Key::Space);
    screen.key(Key::Tab);
    screen.type_text("w");
    let filled = value(&mut screen);
    let well_known = json!({
        "timestamp": "2026-11-21T10:30:00Z",
        "duration": "90s",
        "struct": { "k": "v" },
        "any": { "@type": "type.googleapis.com/trunkline.demo.v1.Tree", "label": "oak" },
        "stringWrapper": "w",
    });
    let scalars = json!({
        "doubleValue": 1.5, "int64Value": "-7", "boolValue": true, "stringValue": "世界", "bytesValue": "aGk="
    });
    let all = json!({
        "scalars": scalars,
        "mood": "MOOD_SAD",
        "lists": { "texts": ["one"] },
        "maps": { "namesByNumber": { "5": "five" } },
        "optionals": { "text": "there" },
        "choiceText": "chosen",
        "wellKnown": well_known,
    });
    assert_eq!(filled, all);
}

#[test]
fn a_message_is_folded_by_arrow_keys() {
    let home = Home::new();
    let mut screen = everything(&home);
    write_json(&mut screen, r#"{"scalars": {"stringValue": "x"}}"#);
    screen.focus_on(Role::DisclosureTriangle, "scalars");
    screen.key(Key::ArrowLeft);
    assert!(!screen.has(Role::TextInput, "scalars.string_value"));
    assert!(screen.focused("scalars"));
    screen.key(Key::ArrowRight);
    assert!(screen.has(Role::TextInput, "scalars.string_value"));
}

#[test]
fn what_is_required_or_deprecated_is_marked() {
    let home = Home::new();
    let proto = "syntax = \"proto2\"; package old; service Old { rpc Ask(Question) returns (Question); } \
                 message Question { required string text = 1; optional string note = 2 [deprecated = true]; \
                 required Question.Who who = 3; message Who { required int32 id = 1; } }";
    std::fs::write(home.path().join("old.proto"), proto).unwrap();
    let mut screen = home.start_with(&[home.path().join("old.proto")]);
    screen.wait_for("the service", |screen| screen.has(Role::TreeItem, "Ask") || screen.has(Role::TreeItem, "Old"));
    if !screen.has(Role::TreeItem, "Ask") {
        screen.press(Role::TreeItem, "Old");
    }
    screen.open_method("Ask");
    screen.assert_says("required");
    screen.press(Role::Switch, "Set text");
    screen.press(Role::Switch, "Set who");
    screen.assert_silent("required");
}
