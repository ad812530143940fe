//! Messages come in and go out in any form, and what was received can be looked at in every way.

use egui::{Key, Role};

use super::driver::{Home, Screen};

/// One red pixel.
const PNG: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

/// A new request for the method with every kind of field, with that message.
fn echo(home: &Home, message: &str) -> Screen {
    let mut screen = home.start();
    screen.command(Key::N);
    screen.command(Key::P);
    screen.type_text("KitchenSink/Echo");
    screen.key(Key::Enter);
    screen.wait_until_ready();
    screen.press(Role::RadioButton, "JSON");
    screen.fill("Message as JSON", message);
    screen
}

/// The next start, with the answer to the same message.
fn again(home: &Home) -> Screen {
    let mut screen = home.start();
    let demo = screen.demo().unwrap().to_string();
    screen.fill("Target", &demo);
    screen.send();
    screen
}

/// What is shown of the answer, line by line.
fn answer(screen: &Screen) -> Vec<String> {
    screen.rows("Answer")
}

#[track_caller]
fn wait_for_line(screen: &mut Screen, words: &str) {
    screen.wait_for(&format!("the line {words:?}"), |screen| answer(screen).iter().any(|line| line.contains(words)));
}

#[test]
fn an_answer_is_looked_at_as_json_text_and_bytes() {
    let home = Home::new();
    let mut screen = echo(&home, r#"{"scalars": {"int32Value": 7, "stringValue": "世界"}}"#);
    screen.send();
    screen.wait_for_text("0 OK");
    wait_for_line(&mut screen, "\"int32Value\": 7");
    assert!(screen.chosen(Role::RadioButton, "Answer as JSON"));

    screen.press(Role::RadioButton, "Answer as text format");
    wait_for_line(&mut screen, "int32_value: 7");
    wait_for_line(&mut screen, "string_value: \"世界\"");

    screen.press(Role::RadioButton, "Answer as wire format");
    wait_for_line(&mut screen, "1 scalars");
    wait_for_line(&mut screen, "VARINT");
    assert!(answer(&screen).iter().any(|line| line.contains("string_value") && line.contains("e4 b8 96")));

    // It is remembered, also by the next start.
    screen.send();
    screen.wait_for_text("0 OK");
    wait_for_line(&mut screen, "1 scalars");
    screen.quit();
    let mut screen = again(&home);
    screen.wait_for_text("0 OK");
    wait_for_line(&mut screen, "1 scalars");
}

#[test]
fn what_is_written_is_a_choice_that_stays() {
    let home = Home::new();
    let mut screen = echo(&home, r#"{"scalars": {"int32Value": 7}}"#);
    screen.send();
    wait_for_line(&mut screen, "\"int32Value\": 7");
    for choice in ["Default values", "Original names"] {
        screen.press(Role::Button, "Copy as, save as, options");
        screen.press(Role::CheckBox, choice);
        screen.key(Key::Escape);
    }
    wait_for_line(&mut screen, "\"int32_value\": 7");
    wait_for_line(&mut screen, "\"int64_value\": \"0\"");
    screen.quit();
    let mut screen = again(&home);
    wait_for_line(&mut screen, "\"int64_value\": \"0\"");
}

#[test]
fn a_message_is_imported_in_any_form() {
    let home = Home::new();
    let mut screen = echo(&home, "{}");
    screen.press(Role::Button, "Import and copy");
    screen.press(Role::Button, "Import message");
    assert!(screen.focused("Message to import"));
    assert!(!screen.enabled(Role::Button, "Import"));

    screen.fill("Message to import", "0a 02 08 07 0g");
    screen.press(Role::RadioButton, "Import as Hex");
    screen.assert_says("line 1, column 14: not hex: `g`");
    assert!(!screen.enabled(Role::Button, "Import"));

    screen.press(Role::RadioButton, "Import as Detect");
    screen.fill("Message to import", "0a 05 08 07");
    screen.wait_for_text("byte 2, in scalars.double_value");
    screen.fill("Message to import", "scalars {\n  int32_value: x\n}");
    screen.wait_for_text("line 2, column 16");
    screen.fill("Message to import", "scalars {\n  int32_value: 8\n}");
    screen.wait_for_text("Read as Text format.");
    screen.press(Role::Button, "Import");
    assert_eq!(screen.value("Message as JSON"), "{\n  \"scalars\": {\n    \"int32Value\": 8\n  }\n}");
    screen.press(Role::RadioButton, "Form");
    assert_eq!(screen.value("scalars.int32_value"), "8");

    // By keyboard alone, by way of the palette.
    screen.command(Key::K);
    screen.type_text("import message");
    screen.wait_for("the command", |screen| screen.has(Role::TreeItem, "Import message"));
    screen.key(Key::Enter);
    assert!(screen.focused("Message to import"));
    screen.paste("CgQKAkhp");
    screen.wait_for("the end of reading", |screen| screen.says("Read as") || screen.says("byte"));
    screen.fill("Message to import", "0x0a 0x02 0x18 0x09");
    screen.wait_for_text("Read as Hex.");
    screen.command(Key::Enter);
    assert_eq!(screen.value("scalars.int32_value"), "9");
}

#[test]
fn received_bytes_are_looked_at_as_what_they_are() {
    let home = Home::new();
    let mut screen =
        echo(&home, &format!(r#"{{"scalars": {{"bytesValue": "{PNG}"}}, "choiceBytes": "CgVIZWxsbw=="}}"#));
    screen.send();
    screen.wait_for_text("0 OK");
    screen.wait_for("the bytes", |screen| {
        screen.labels(Role::Button).iter().any(|name| name.starts_with("choice_bytes"))
    });
    let of = |screen: &Screen, path: &str| {
        screen.labels(Role::Button).into_iter().find(|name| name.starts_with(path)).unwrap()
    };
    let picture = of(&screen, "scalars.bytes_value");
    screen.press(Role::Button, &picture);
    screen.wait_for_text("PNG, 1 × 1");
    assert!(screen.has(Role::Image, "scalars.bytes_value"), "{}", screen.describe());
    screen.press(Role::RadioButton, "Hex");
    let rows = screen.rows("scalars.bytes_value");
    assert!(rows[0].starts_with("0000  89 50 4e 47") && rows[0].ends_with(".PNG........IHDR"), "{rows:?}");
    screen.press(Role::Button, "Close");

    let message = of(&screen, "choice_bytes");
    screen.press(Role::Button, &message);
    screen.wait_for("the message", |screen| screen.has(Role::RadioButton, "Message"));
    let rows = screen.rows("choice_bytes");
    assert!(rows[0].contains("LEN") && rows[0].contains("\"Hello\""), "{rows:?}");
    screen.key(Key::Escape);
    screen.assert_silent("View of the bytes");
}

#[test]
fn the_chosen_row_of_a_stream_is_looked_at_in_every_view() {
    let home = Home::new();
    let mut screen = home.start();
    screen.open_request("Ticker");
    screen.fill("interval", "0.01s");
    screen.fill("count", "2");
    screen.send();
    screen.wait_for_text("0 OK");
    let row = screen.log().into_iter().find(|row| row.contains("\"number\": \"2\"")).unwrap();
    screen.press(Role::ListBoxOption, &row);
    wait_for_line(&mut screen, "\"number\": \"2\"");
    screen.press(Role::RadioButton, "Answer as text format");
    wait_for_line(&mut screen, "number: 2");
    screen.press(Role::RadioButton, "Answer as wire format");
    wait_for_line(&mut screen, "number");
    screen.assert_says("Offset, field, wire type, length, value, bytes");
}

#[test]
fn the_views_stay_within_reach_in_a_narrow_window() {
    let home = Home::new();
    let mut screen = echo(&home, r#"{"choiceText": "a"}"#);
    screen.send();
    wait_for_line(&mut screen, "choiceText");
    for size in [[960.0, 600.0], [720.0, 480.0]] {
        screen.resize(size);
        screen.press(Role::RadioButton, "Answer as text format");
        wait_for_line(&mut screen, "choice_text");
        screen.press(Role::RadioButton, "Answer as JSON");
        wait_for_line(&mut screen, "choiceText");
    }
}
