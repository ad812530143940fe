//! What is done to a message can be undone, in whichever of its views it was done.

use egui::{Key, Role};

use super::driver::{Home, Screen};

fn hello(home: &Home) -> Screen {
    let mut screen = home.start();
    screen.command(Key::N);
    screen.command(Key::P);
    screen.type_text("Hello/SayHello");
    screen.key(Key::Enter);
    screen.wait_until_ready();
    screen
}

fn view(screen: &mut Screen, name: &str) {
    screen.press(Role::RadioButton, name);
}

#[test]
fn an_undo_in_the_form_undoes_what_was_typed_in_the_json() {
    let home = Home::new();
    let mut screen = hello(&home);
    screen.focus("name");
    screen.type_text("Ada");
    view(&mut screen, "JSON");
    let json = "Message as JSON";
    assert!(screen.value(json).contains("Ada"));
    screen.fill(json, "{\"name\": \"Grace\"}");
    view(&mut screen, "Form");
    assert_eq!(screen.value("name"), "Grace");
    screen.focus("name");
    screen.command(Key::Z);
    assert_eq!(screen.value("name"), "Ada");
    screen.command(Key::Z);
    assert_eq!(screen.value("name"), "");
    screen.command(Key::Z);
    assert_eq!(screen.value("name"), "", "there is nothing more to undo");
    screen.command_shift(Key::Z);
    screen.command(Key::Y);
    assert_eq!(screen.value("name"), "Grace");
    view(&mut screen, "JSON");
    assert_eq!(screen.value(json), "{\"name\": \"Grace\"}", "as it was typed");
    screen.focus(json);
    screen.command(Key::Z);
    assert!(screen.value(json).contains("Ada"));
}

#[test]
fn fields_beside_the_message_undo_by_themselves() {
    let home = Home::new();
    let mut screen = hello(&home);
    screen.focus("name");
    screen.type_text("Ada");
    screen.command(Key::L);
    let target = screen.value("Target");
    screen.type_text("example.org");
    screen.command(Key::Z);
    assert_eq!(screen.value("Target"), target);
    assert_eq!(screen.value("name"), "Ada", "the message was left alone");
    screen.leave_field();
    screen.command(Key::Z);
    assert_eq!(screen.value("name"), "", "with no field chosen it is the message that is meant");
}

#[test]
fn a_large_message_is_read_while_the_window_goes_on_and_undone_in_one_piece() {
    let home = Home::new();
    let mut screen = home.start();
    screen.command(Key::N);
    screen.command(Key::P);
    screen.type_text("KitchenSink/Echo");
    screen.key(Key::Enter);
    screen.wait_until_ready();
    let (undo, redo) = ("Undo in the message", "Redo in the message");
    assert!(!screen.enabled(Role::Button, undo) && !screen.enabled(Role::Button, redo));
    screen.press(Role::Switch, "Set lists");
    let input = "Paste many into lists.texts";
    screen.press(Role::Button, input);
    screen.focus(input);
    let lines: Vec<String> = (0..20_000).map(|number| format!("text {number}")).collect();
    screen.paste(&lines.join("\n"));
    screen.fill("lists.texts[0]", "edited");
    screen.press(Role::RadioButton, "JSON");
    assert!(screen.value("Message as JSON").contains("\"edited\",\n      \"text 1\""), "what was typed is in the text");
    screen.press(Role::RadioButton, "Form");
    screen.focus("lists.texts[0]");
    screen.command(Key::Z);
    assert_eq!(screen.value("lists.texts[0]"), "text 0", "the form is there at once");
    screen.press(Role::Button, undo);
    assert!(!screen.has(Role::TextInput, "lists.texts[0]"));
    screen.press(Role::Button, undo);
    assert!(!screen.enabled(Role::Button, undo) && !screen.chosen(Role::Switch, "Set lists"));
    for _ in 0..3 {
        screen.press(Role::Button, redo);
    }
    screen.wait_for("the form", |screen| screen.has(Role::TextInput, "lists.texts[0]"));
    assert_eq!(screen.value("lists.texts[0]"), "edited");
}
