//! Journey 1, later: the proto is edited on disk, and the open request follows it without losing anything.

use std::fs;
use std::path::{Path, PathBuf};

use egui::Role;

use super::driver::{Home, Screen};

fn write(path: &Path, messages: &str, rpc: &str) {
    let text = format!("syntax = \"proto3\"; package desk.v1; service Desk {{ rpc {rpc}; }} {messages}");
    // As editors do it: the file is never seen half written.
    let beside = path.with_extension("new");
    fs::write(&beside, text).unwrap();
    fs::rename(&beside, path).unwrap();
}

/// A request with a value in each of its fields.
fn start(home: &Home) -> (PathBuf, Screen) {
    let folder = home.path().join("desk");
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join("desk.proto");
    write(
        &path,
        "message Person { string name = 1; int32 age = 2; Level level = 3; string note = 4; } enum Level { LOW = 0; TOP = 1; }",
        "Greet(Person) returns (Person)",
    );
    let mut screen = home.start_with(&[folder]);
    screen.wait_for("the method", |screen| screen.has(Role::TreeItem, "Greet"));
    screen.open_method("Greet");
    (path, screen)
}

#[test]
fn values_follow_fields_that_are_renamed_and_what_is_gone_is_kept() {
    let home = Home::new();
    let (path, mut screen) = start(&home);
    screen.fill("name", "Ada");
    screen.fill("note", "keep me");
    write(
        &path,
        "message Person { string full_name = 1; int32 age = 2; Level level = 3; } enum Level { LOW = 0; HIGH = 1; }",
        "Greet(Person) returns (Person)",
    );
    screen.wait_for("the new field", |screen| screen.has(Role::TextInput, "full_name"));
    assert_eq!(screen.value("full_name"), "Ada");
    screen.assert_says("name is now fullName. note is no longer in the schema; its value is kept");
    screen.assert_says("keep me");
    screen.send();
    screen.assert_says("no field `note` in desk.v1.Person");
    screen.press(Role::Button, "Dismiss what is said of the change");
    screen.assert_silent("is now");
}

#[test]
fn a_method_that_is_gone_or_of_another_kind_keeps_its_request() {
    let home = Home::new();
    let (path, mut screen) = start(&home);
    let person = "message Person { string name = 1; }";
    screen.fill("name", "Ada");
    write(&path, person, "Welcome(Person) returns (Person)");
    screen.wait_for_text("desk no longer has desk.v1.Desk/Greet. The request is kept as it is.");
    assert!(screen.value("Message as JSON").contains("\"name\": \"Ada\""));
    write(&path, person, "Greet(Person) returns (stream Person)");
    screen.wait_for_text("The kind of call has changed from Unary to Server streaming");
    assert_eq!(screen.value("name"), "Ada");
}

#[test]
fn a_file_that_is_broken_for_a_while_changes_nothing_that_was_typed() {
    let home = Home::new();
    let (path, mut screen) = start(&home);
    screen.fill("name", "Ada");
    write(&path, "message Person { string name = 1 }", "Greet(Person) returns (Person)");
    screen.wait_for_text("expected ';'");
    write(&path, "message Person { string full_name = 1; }", "Greet(Person) returns (Person)");
    screen.wait_for("the new field", |screen| screen.has(Role::TextInput, "full_name"));
    assert_eq!(screen.value("full_name"), "Ada");
    screen.press(Role::Button, "Undo");
    screen.press(Role::RadioButton, "JSON");
    assert!(screen.value("Message as JSON").contains("\"name\": \"Ada\""));
    screen.assert_says("line 2, column 3: no field `name` in desk.v1.Person");
}
