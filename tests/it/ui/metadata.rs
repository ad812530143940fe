//! Metadata rows: bytes in three forms, pasting, order, problems while one types.

use std::fs;

use egui::{Key, Role};

use super::driver::{Home, Screen};

fn open_metadata(screen: &mut Screen) {
    screen.open_request("Say hello five times");
    screen.press(Role::Tab, "Metadata");
}

#[test]
fn bytes_are_typed_as_text_hex_or_base64() {
    let home = Home::new();
    let mut screen = home.start();
    open_metadata(&mut screen);
    screen.press(Role::Button, "Add metadata");
    screen.fill("Metadata name 1", "x-id-bin");
    screen.fill("Metadata value 1", "aGk=");
    screen.assert_says("2 B");
    screen.press(Role::RadioButton, "Form of metadata value 1: text");
    assert_eq!(screen.value("Metadata value 1"), "hi");
    screen.press(Role::RadioButton, "Form of metadata value 1: hex");
    assert_eq!(screen.value("Metadata value 1"), "68 69");
    screen.fill("Metadata value 1", "0g");
    assert!(screen.description(Role::TextInput, "Metadata value 1").contains("hex has no `g`"));
    assert_eq!(screen.description(Role::TextInput, "Metadata name 1"), "");
    screen.fill("Metadata value 1", "00 ff");
    screen.command(Key::S);
    screen.wait_for_text("Saved as");
    let file = home.demo().join("hello-world/say-hello-five-times.request.json");
    let text = fs::read_to_string(file).unwrap();
    assert!(text.contains(r#"{ "name": "x-id-bin", "value": "00 ff", "form": "hex" }"#), "{text}");
}

#[test]
fn rows_are_pasted_added_and_moved() {
    let home = Home::new();
    let mut screen = home.start();
    open_metadata(&mut screen);
    screen.press(Role::Button, "Add metadata");
    assert!(screen.focused("Metadata name 1"));
    screen.paste("a: 1\nb: 2");
    assert_eq!((screen.value("Metadata name 2"), screen.value("Metadata value 2")), ("b".to_owned(), "2".to_owned()));
    screen.focus("Metadata value 2");
    screen.key(Key::Enter);
    assert!(screen.focused("Metadata name 3"), "{}", screen.describe());
    screen.paste("grpcurl -H 'authorization: Bearer t' localhost:1 a.B/C");
    assert_eq!(screen.value("Metadata name 3"), "authorization");
    assert_eq!(screen.value("Metadata value 3"), "Bearer t");
    screen.focus("Metadata value 3");
    screen.alt(Key::ArrowUp);
    assert!(screen.focused("Metadata value 2"));
    assert_eq!(screen.value("Metadata name 2"), "authorization");
    screen.choose_from_menu(Role::Button, "Order of metadata 2", "Move up");
    assert_eq!(screen.value("Metadata name 1"), "authorization");
    screen.press(Role::Button, "Remove metadata 1");
    assert_eq!(screen.value("Metadata name 2"), "b");
}

#[test]
fn reserved_names_are_refused_with_the_reason_as_one_types() {
    let home = Home::new();
    let mut screen = home.start();
    open_metadata(&mut screen);
    screen.press(Role::Button, "Add metadata");
    screen.type_text("grpc-timeout");
    let problem = screen.description(Role::TextInput, "Metadata name 1");
    assert!(problem.contains("gRPC sends it for the timeout"), "{problem}");
    screen.assert_says("`grpc-timeout` cannot be set");
    screen.press(Role::Switch, "Send metadata 1");
    screen.assert_silent("cannot be set");
    screen.fill("Metadata name 1", "x-req");
    screen.key(Key::End);
    assert_eq!(screen.value("Metadata name 1"), "x-request-id", "a well-known name is taken with a key");
    assert!(screen.focused("Metadata value 1"));
}

#[test]
fn what_keeps_a_request_from_being_sent_is_told_and_leads_there() {
    let home = Home::new();
    let mut screen = home.start();
    open_metadata(&mut screen);
    screen.press(Role::Button, "Add metadata");
    screen.type_text("x-name");
    screen.fill("Metadata value 1", "三");
    screen.assert_silent("Not sent");
    screen.press(Role::Tab, "Settings");
    screen.fill("Timeout", "5 bananas");
    screen.press(Role::Tab, "Docs");
    assert!(screen.description(Role::Tab, "Metadata").contains("x-name: "));
    assert!(screen.description(Role::Tab, "Settings").contains("Timeout: `5 bananas` is no duration"));
    screen.send();
    assert!(screen.chosen(Role::Tab, "Metadata"));
    screen.press(Role::Tab, "Docs");
    let line = screen.labels(Role::Link).into_iter().find(|name| name.starts_with("Not sent. x-name: ")).unwrap();
    assert!(line.ends_with("(and 1 more)"), "{line}");
    screen.press(Role::Link, &line);
    assert!(screen.chosen(Role::Tab, "Metadata"));
    screen.press(Role::Switch, "Send metadata 1");
    let line = screen.labels(Role::Link).into_iter().find(|name| name.starts_with("Not sent. Timeout: ")).unwrap();
    screen.press(Role::Link, &line);
    screen.fill("Timeout", "5s");
    screen.assert_silent("Not sent");
    screen.fill("Timeout", "x");
    screen.assert_silent("Not sent");
    screen.fill("Timeout", "5s");
    screen.send();
    screen.wait_for_text("0 OK");
}

#[test]
fn an_inherited_row_that_cannot_be_sent_says_so() {
    let home = Home::new();
    let mut screen = home.start();
    screen.press(Role::RadioButton, "Collection");
    screen.choose_from_menu(Role::TreeItem, "Hello world", "Settings for all requests below…");
    screen.wait_for_text("Settings below Hello world");
    screen.press(Role::Tab, "Metadata");
    screen.press(Role::Button, "Add metadata");
    screen.type_text("x-team");
    screen.fill("Metadata value 1", "付款组");
    screen.press(Role::Button, "Save");
    screen.wait_for_text("Saved as");
    open_metadata(&mut screen);
    screen.wait_for_text("x-team: 付款组");
    screen.assert_says("a value has no `付` in it");
    screen.press(Role::Button, "Add metadata");
    screen.type_text("x-team");
    screen.fill("Metadata value 1", "payments");
    screen.assert_silent("a value has no");
}
