//! Journey 2: the form and the JSON are two views of one message.

use egui::{Key, Modifiers, Role};

use super::driver::{Home, Screen};

/// A new request for the method with every kind of field, its message empty.
pub(super) fn everything(home: &Home) -> Screen {
    let mut screen = home.start();
    screen.command(Key::N);
    screen.command(Key::P);
    screen.type_text("KitchenSink/Echo");
    screen.key(Key::Enter);
    screen.wait_until_ready();
    screen
}

pub(super) fn json(screen: &mut Screen) -> String {
    screen.press(Role::RadioButton, "JSON");
    let text = screen.value("Message as JSON");
    screen.press(Role::RadioButton, "Form");
    text
}

pub(super) fn write_json(screen: &mut Screen, text: &str) {
    screen.press(Role::RadioButton, "JSON");
    screen.fill("Message as JSON", text);
    screen.press(Role::RadioButton, "Form");
}

/// Chooses from the menu of an element.
fn act(screen: &mut Screen, element: &str, verb: &str) {
    screen.press(Role::Button, &format!("Actions for {element}"));
    screen.press(Role::Button, verb);
}

/// The texts of the list, and which of them has the cursor.
fn texts(screen: &mut Screen) -> (Vec<String>, Option<String>) {
    let names = screen.labels(Role::TextInput).into_iter().filter(|name| name.starts_with("lists.texts["));
    let names: Vec<String> = names.collect();
    let focused = names.iter().find(|name| screen.focused(name)).cloned();
    (names.iter().map(|name| screen.value(name)).collect(), focused)
}

#[track_caller]
fn check_texts(screen: &mut Screen, expected: &[&str], focused: usize) {
    let found = texts(screen);
    let focused = Some(format!("lists.texts[{focused}]"));
    assert_eq!((found.0.iter().map(String::as_str).collect::<Vec<_>>(), found.1), (expected.to_vec(), focused));
}

#[test]
fn elements_are_moved_and_made_by_key() {
    let home = Home::new();
    let mut screen = everything(&home);
    write_json(&mut screen, r#"{"lists": {"texts": ["a", "b", "c"]}}"#);
    screen.focus("lists.texts[0]");
    screen.alt(Key::ArrowDown);
    check_texts(&mut screen, &["b", "a", "c"], 1);
    screen.alt(Key::ArrowDown);
    screen.alt(Key::ArrowDown);
    check_texts(&mut screen, &["b", "c", "a"], 2);
    screen.alt(Key::ArrowUp);
    check_texts(&mut screen, &["b", "a", "c"], 1);
    screen.keys(Modifiers::ALT | Modifiers::SHIFT, Key::ArrowDown);
    check_texts(&mut screen, &["b", "a", "a", "c"], 2);
    screen.alt(Key::Enter);
    check_texts(&mut screen, &["b", "a", "a", "", "c"], 3);
    screen.type_text("新");
    screen.keys(Modifiers::ALT | Modifiers::SHIFT, Key::Enter);
    check_texts(&mut screen, &["b", "a", "a", "", "新", "c"], 3);
    screen.alt(Key::Delete);
    check_texts(&mut screen, &["b", "a", "a", "新", "c"], 3);
    screen.focus("lists.texts[4]");
    screen.alt(Key::Delete);
    check_texts(&mut screen, &["b", "a", "a", "新"], 3);
    act(&mut screen, "lists.texts[0]", "Insert above Alt+Shift+Enter");
    check_texts(&mut screen, &["", "b", "a", "a", "新"], 0);
    assert!(json(&mut screen).contains("\"新\""));
}

#[test]
fn many_elements_are_pasted_at_once() {
    let home = Home::new();
    let mut screen = everything(&home);
    screen.press(Role::Switch, "Set lists");
    screen.press(Role::Button, "Paste many into lists.texts");
    let input = "Paste many into lists.texts";
    screen.fill(input, "one\n two \n\n三");
    screen.press(Role::Button, "Add 3");
    assert_eq!(texts(&mut screen).0, ["one", " two ", "三"]);
    screen.press(Role::Button, input);
    screen.fill(input, "[\"four\", 5,, ]");
    assert_ne!(screen.description(Role::MultilineTextInput, input), "");
    assert!(!screen.enabled(Role::Button, "Add 0"));
    screen.fill(input, "[\"four\", 5]");
    screen.press(Role::Button, "Add 2");
    assert_eq!(texts(&mut screen).0, ["one", " two ", "三", "four", "5"]);
    assert!(!screen.has(Role::MultilineTextInput, input));
}

#[test]
fn a_long_list_is_there_as_a_whole_and_only_what_is_in_sight_is_laid_out() {
    let home = Home::new();
    let mut screen = everything(&home);
    screen.press(Role::Switch, "Set lists");
    let input = "Paste many into lists.texts";
    screen.press(Role::Button, input);
    screen.focus(input);
    let lines: Vec<String> = (0..20_000).map(|number| format!("text {number}")).collect();
    screen.paste(&lines.join("\n"));
    let (shown, focused) = texts(&mut screen);
    assert_eq!(shown[0], "text 0");
    assert!(shown.len() < 40, "{} are laid out", shown.len());
    assert_eq!(focused.as_deref(), Some("lists.texts[0]"));

    screen.press(Role::Button, "Add to lists.texts");
    let (shown, focused) = texts(&mut screen);
    assert_eq!(focused.as_deref(), Some("lists.texts[20000]"), "the end is in sight, and can be typed into");
    assert_eq!(shown[shown.len() - 2], "text 19999");
    screen.type_text("the last");
    screen.alt(Key::ArrowUp);
    let text = json(&mut screen);
    assert!(text.contains("\"the last\",\n      \"text 19999\"\n"), "{}", &text[text.len() - 200..]);
}

#[test]
fn bytes_are_typed_in_any_view() {
    let home = Home::new();
    let mut screen = everything(&home);
    screen.press(Role::Switch, "Set scalars");
    let field = "scalars.bytes_value";
    let view = |screen: &mut Screen, view: &str| screen.press(Role::RadioButton, view);
    view(&mut screen, "hex");
    screen.fill(field, "48 6");
    assert_eq!(screen.description(Role::TextInput, field), "not hex: half a byte at the end");
    assert!(json(&mut screen).contains("\"hex:48 6\""), "what is no value is in the draft too");
    assert_eq!(screen.value(field), "48 6");
    screen.fill(field, "4869");
    assert_eq!(screen.description(Role::TextInput, field), "");
    assert_eq!(screen.value(field), "4869", "as it was typed");
    screen.assert_says("2 B  48 69  Hi");
    assert!(json(&mut screen).contains("\"bytesValue\": \"SGk=\""));
    view(&mut screen, "text");
    assert_eq!(screen.value(field), "Hi");
    screen.fill(field, "李");
    view(&mut screen, "base64");
    assert_eq!(screen.value(field), "5p2O");
    screen.fill(field, "AP8=");
    view(&mut screen, "text");
    screen.assert_says("These bytes are no UTF-8 text");
    assert_eq!(screen.value(field), "AP8=", "and are shown as they can be");
    view(&mut screen, "hex");
    assert_eq!(screen.value(field), "00 ff");
}

#[test]
fn keys_that_stand_twice_say_so() {
    let home = Home::new();
    let mut screen = everything(&home);
    write_json(&mut screen, r#"{"maps": {"labels": {"a": "1", "b": "2"}}}"#);
    screen.assert_silent("another entry has the same key");
    screen.fill("maps.labels key 1", "a");
    screen.assert_says("another entry has the same key");
    screen.assert_says("1 problem");
    screen.fill("maps.labels key 0", "c");
    screen.assert_silent("another entry has the same key");
}

#[test]
fn what_is_typed_in_one_view_is_in_the_other() {
    let home = Home::new();
    let mut screen = home.start();
    screen.fill("name", "李雷 \"quoted\" 👋");
    assert_eq!(json(&mut screen), "{\n  \"name\": \"李雷 \\\"quoted\\\" 👋\"\n}");
    write_json(&mut screen, "{\"name\": \"from JSON\"}");
    assert_eq!(screen.value("name"), "from JSON");
    screen.send();
    screen.wait_for_text("Hello, from JSON!");
}

#[test]
fn a_number_that_is_none_says_so_and_is_kept() {
    let home = Home::new();
    let mut screen = home.start();
    screen.command(Key::P);
    screen.type_text("hello.Hello/SayHello");
    screen.key(Key::Enter);
    screen.wait_until_ready();
    screen.fill("age", "thirty");
    let problem = screen.description(Role::TextInput, "age");
    assert!(!problem.is_empty(), "{}", screen.describe());
    screen.assert_says(&problem);
    screen.assert_says("1 problem");
    assert_eq!(json(&mut screen), "{\n  \"age\": \"thirty\"\n}");
    assert_eq!(screen.value("age"), "thirty");
    screen.assert_says(&problem);

    screen.send();
    screen.assert_silent("0 OK");
    screen.assert_silent("Connecting");
    screen.fill("age", "2147483648");
    assert_ne!(screen.description(Role::TextInput, "age"), "");
    screen.fill("age", "30");
    assert_eq!(screen.description(Role::TextInput, "age"), "");
    screen.assert_silent(&problem);
    screen.send();
    screen.wait_for_text("0 OK");
}

#[test]
fn a_syntax_error_is_placed_and_the_form_says_why_it_waits() {
    let home = Home::new();
    let mut screen = home.start();
    let wrong = "{\n  \"name\": \"Ada\",,\n}";
    write_json(&mut screen, wrong);
    screen.assert_says("The text is not valid JSON");
    screen.assert_says("line 2");
    screen.assert_says("column 17");
    assert!(!screen.has(Role::TextInput, "name"));
    // Beside the sentence stands the way to the text.
    screen.press(Role::Button, "JSON");
    assert_eq!(screen.value("Message as JSON"), wrong);
    screen.assert_says("line 2");
    screen.send();
    screen.assert_silent("0 OK");
    screen.fill("Message as JSON", "{ \"name\": \"Ada\" }");
    screen.assert_silent("line 2");
    screen.send();
    screen.wait_for_text("Hello, Ada!");
}

#[test]
fn every_kind_of_field_is_filled_by_its_name() {
    let home = Home::new();
    let mut screen = everything(&home);
    // A message, and the scalars in it.
    screen.press(Role::Switch, "Set scalars");
    screen.fill("scalars.int64_value", "-9007199254740993");
    screen.fill("scalars.double_value", "NaN");
    screen.press(Role::Switch, "scalars.bool_value");
    screen.fill("scalars.bytes_value", "AAEC/v8=");
    // An enum.
    screen.choose("mood", "MOOD_SAD");
    assert_eq!(screen.value("mood"), "MOOD_SAD");
    // Presence: set to its default is something else than not set.
    screen.press(Role::Switch, "Set optionals");
    screen.press(Role::Switch, "Set optionals.text");
    // A list.
    screen.press(Role::Switch, "Set lists");
    for text in ["a", "二"] {
        screen.press(Role::Button, "Add to lists.texts");
        let last = screen.labels(Role::TextInput).into_iter().rfind(|name| name.starts_with("lists.texts[")).unwrap();
        screen.fill(&last, text);
    }
    act(&mut screen, "lists.texts[1]", "Move up Alt+Up");
    act(&mut screen, "lists.texts[0]", "Duplicate Alt+Shift+Down");
    screen.press(Role::Button, "Remove lists.texts[2]");
    // A map.
    screen.press(Role::Switch, "Set maps");
    screen.press(Role::Button, "Add to maps.labels");
    screen.fill("maps.labels key 0", "颜色");
    screen.fill("maps.labels value 0", "蓝");
    // A oneof: one arm at a time.
    screen.choose("choice", "choice_number");
    screen.fill("choice_number", "7");
    screen.choose("choice", "choice_text");
    assert!(!screen.has(Role::TextInput, "choice_number"));
    screen.fill("choice_text", "this one");

    let text = json(&mut screen);
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(
        value,
        serde_json::json!({
            "scalars": {
                "int64Value": "-9007199254740993", "doubleValue": "NaN", "boolValue": true, "bytesValue": "AAEC/v8="
            },
            "mood": "MOOD_SAD",
            "optionals": { "text": "" },
            "lists": { "texts": ["二", "二"] },
            "maps": { "labels": { "颜色": "蓝" } },
            "choiceText": "this one"
        }),
        "{text}"
    );
    screen.send();
    screen.wait_for_text("0 OK");
    screen.assert_says("\"choiceText\": \"this one\"");

    // And away again.
    screen.choose("choice", "none");
    screen.press(Role::Switch, "Set maps");
    screen.press(Role::Switch, "Set optionals.text");
    let text = json(&mut screen);
    assert!(!text.contains("choiceText") && !text.contains("颜色"), "{text}");
    assert!(text.contains("\"optionals\": {}"), "{text}");
}

#[test]
fn an_example_fills_the_form_and_can_be_sent() {
    let home = Home::new();
    let mut screen = everything(&home);
    screen.press(Role::Button, "Generate example");
    assert!(json(&mut screen).contains("\"stringValue\""));
    screen.assert_silent("problem ");
    screen.send();
    screen.wait_for_text("0 OK");
}

#[test]
fn the_docs_are_those_of_the_proto() {
    let home = Home::new();
    let mut screen = everything(&home);
    screen.press(Role::Tab, "Docs");
    screen.wait_for_text("Answers the very message that was sent.");
    screen.assert_says("rpc Echo(");
    screen.assert_says("message Everything");
}
