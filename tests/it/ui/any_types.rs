//! An `Any` that holds a type of another file, which the file of the method does not import.

use egui::{Key, Role};
use serde_json::json;

use super::driver::{Home, Screen};
use super::form::{everything, json, write_json};

const ANY: &str = "Type of well_known.any";

fn value(screen: &mut Screen) -> serde_json::Value {
    let text = json(screen);
    serde_json::from_str(&text).unwrap()
}

/// The form of `Everything` with its `Any` set.
fn any(home: &Home) -> Screen {
    let mut screen = everything(home);
    screen.press(Role::Switch, "Set well_known");
    screen.press(Role::Switch, "Set well_known.any");
    screen
}

#[test]
fn a_type_of_another_file_is_chosen_filled_and_shown_in_the_answer() {
    let home = Home::new();
    let mut screen = any(&home);
    screen.press(Role::ComboBox, ANY);
    screen.type_text("signup");
    screen.wait_for("the names", |screen| screen.has(Role::ListBoxOption, "signup.SignUpReply"));
    screen.type_text(".SignUpReq");
    screen.wait_for("one name", |screen| !screen.has(Role::ListBoxOption, "signup.SignUpReply"));
    screen.key(Key::Enter);
    screen.wait_for("its fields", |screen| screen.has(Role::TextInput, "well_known.any.email"));
    screen.fill("well_known.any.email", "ada@example.com");
    screen.fill("well_known.any.age", "many");
    screen.assert_says("1 problem");
    screen.fill("well_known.any.age", "36");
    let inner = json!({ "@type": "type.googleapis.com/signup.SignUpRequest", "email": "ada@example.com", "age": 36 });
    assert_eq!(value(&mut screen), json!({ "wellKnown": { "any": inner } }));
    screen.send();
    screen.wait_for_text("0 OK");
    screen.wait_for_text("\"email\": \"ada@example.com\"");
    // Back and forth with what was typed for another type.
    screen.command(Key::Z);
    screen.assert_says("1 problem");
}

#[test]
fn the_text_of_a_message_knows_types_of_other_files() {
    let home = Home::new();
    let mut screen = everything(&home);
    write_json(&mut screen, r#"{"wellKnown": {"any": {"@type": "x/signup.SignUpRequest", "age": 7}}}"#);
    screen.wait_for("the field", |screen| screen.has(Role::TextInput, "well_known.any.age"));
    assert_eq!(screen.value("well_known.any.age"), "7");
    assert_eq!(screen.value(ANY), "signup.SignUpRequest");
    write_json(&mut screen, r#"{"wellKnown": {"any": {"@type": "x/signup.SignUpRequest", "agee": 7}}}"#);
    screen.press(Role::RadioButton, "JSON");
    screen.wait_for("the problem", |screen| {
        screen.labels(Role::Button).iter().any(|name| name.contains("no field `agee` in signup.SignUpRequest"))
    });
    // Nobody has it, and that is said.
    screen.press(Role::RadioButton, "Form");
    write_json(&mut screen, r#"{"wellKnown": {"any": {"@type": "x/no.Such", "value": "AQI="}}}"#);
    screen.wait_for_text("The schema does not have this type");
}

#[test]
fn a_variable_in_it_takes_the_type_of_its_field() {
    let home = Home::new();
    let mut screen = everything(&home);
    let number = r#"{"wellKnown": {"any": {"@type": "x/trunkline.demo.v1.Everything", "mood": "{{$demo}}"}}}"#;
    write_json(&mut screen, number);
    screen.send();
    screen.wait_for_text("no value `127.0.0.1");
}

#[test]
fn a_received_message_is_shown_with_its_fields() {
    let home = Home::new();
    let mut screen = everything(&home);
    // As bytes: only the answer can ask for the type.
    write_json(&mut screen, r#"{"wellKnown": {"any": {"@type": "x/signup.SignUpReply", "value": "CgJoaQ=="}}}"#);
    screen.send();
    screen.wait_for_text("\"message\": \"hi\"");
}
