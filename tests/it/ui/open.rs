//! Journey 1: protos of one's own, from the command line, dropped, or by path; and what fails.

use std::fs;
use std::path::PathBuf;

use egui::{Key, Role};

use super::driver::{Home, Screen};

const GOOD: [&str; 5] = ["helloworld.proto", "greeter.proto", "hello.proto", "test.proto", "seckey.proto"];

/// Starts with these paths and waits until their services are there.
fn start(home: &Home, paths: &[PathBuf]) -> Screen {
    let mut screen = home.start_with(paths);
    screen.wait_for("the demo server and the services", |screen| {
        screen.demo().is_some() && !screen.says("Reading ") && screen.says(" service")
    });
    screen
}

/// Opens the method of that service: the filter leaves nothing else in the tree.
fn open_method_of(screen: &mut Screen, service: &str, method: &str) {
    screen.fill("Filter services and methods", service);
    screen.open_method(method);
    assert_eq!(screen.value("Method"), format!("{service}/{method}"));
}

#[test]
fn a_folder_on_the_command_line_shows_its_services_and_calls_them() {
    let home = Home::new();
    let mut screen = start(&home, &[home.protos(&GOOD)]);
    screen.assert_says("5 services, 10 methods");
    screen.assert_says("0 problems");
    assert_eq!(screen.description(Role::TreeItem, "protos"), "5 files");
    for name in ["hello", "helloworld", "(no package)", "Hello", "TestServer", "Crypt", "LotsOfReplies", "DoEncrypt"] {
        assert!(screen.has(Role::TreeItem, name), "{name}\n{}", screen.describe());
    }
    assert!(!home.demo().exists(), "who brings protos of their own needs no demo collection");

    // Both files define hello.HelloRequest and hello.HelloReply, differently.
    open_method_of(&mut screen, "hello.Hello", "SayHello");
    screen.fill("name", "Ada");
    screen.fill("age", "36");
    screen.send();
    screen.wait_for_text("hello Ada 36");
    open_method_of(&mut screen, "hello.Greeter", "SayHello");
    screen.fill("name", "李雷");
    assert!(!screen.has(Role::TextInput, "age"));
    screen.send();
    screen.wait_for_text("\"reply\": \"Hello, 李雷!\"");

    // The first is still as it was left.
    screen.press_nth(Role::Tab, "SayHello", 0);
    screen.wait_for_text("hello Ada 36");
    assert_eq!(screen.value("age"), "36");
}

#[test]
fn a_file_dropped_on_the_window_is_opened() {
    let home = Home::new();
    let mut screen = home.start();
    screen.drop_files(&[home.protos(&["hello.proto"]).join("hello.proto")]);
    screen.wait_for("its row in the tree", |screen| screen.has(Role::TreeItem, "hello.proto"));
    assert!(screen.chosen(Role::RadioButton, "Services"));
}

#[test]
fn paths_are_typed_where_there_is_no_file_dialog() {
    let home = Home::new();
    let protos = home.protos(&GOOD);
    let mut screen = home.start();
    screen.command(Key::O);
    screen.fill("Paths", "/there/is/nothing");
    screen.press(Role::Button, "Open");
    screen.wait_for_text("There is nothing at /there/is/nothing");
    screen.fill("Paths", protos.to_str().unwrap());
    screen.press(Role::Button, "Open");
    screen.wait_for("the folder in the tree", |screen| {
        screen.has(Role::TreeItem, "protos") && screen.says("1") && screen.has(Role::TreeItem, "TestServer")
    });
    assert!(!screen.has(Role::TextInput, "Paths"));
}

#[test]
fn what_fails_says_where_and_the_rest_is_usable() {
    let home = Home::new();
    let protos = home.protos(&["helloworld.proto", "broken/misspelled_keyword.proto"]);
    let mut screen = start(&home, std::slice::from_ref(&protos));
    screen.assert_says("but found 'mesage'");
    screen.assert_says("protos/misspelled_keyword.proto:8:1");
    screen.assert_says("mesage Order {");
    screen.assert_says("1 problem");
    open_method_of(&mut screen, "helloworld.Greeter", "SayHello");
    screen.fill("name", "Ada");
    screen.send();
    screen.wait_for_text("Hello, Ada!");

    // Mended in an editor, and read again.
    let file = protos.join("misspelled_keyword.proto");
    fs::write(&file, fs::read_to_string(&file).unwrap().replace("mesage", "message")).unwrap();
    screen.fill("Filter services and methods", "");
    screen.choose_from_menu(Role::TreeItem, "protos", "Reload");
    screen.wait_for("the mended service", |screen| screen.has(Role::TreeItem, "Buy") && screen.says("0 problems"));
    screen.assert_silent("mesage");
    screen.assert_says("Hello, Ada!");
}

#[test]
fn a_missing_import_is_mended_by_a_click() {
    let home = Home::new();
    let protos = home.protos(&["broken/import_elsewhere.proto", "broken/roots"]);
    let mut screen = start(&home, &[protos.join("import_elsewhere.proto")]);
    screen.press(Role::TreeItem, "Pay");
    screen.wait_for_text("import 'shared/money.proto' not found");
    assert!(!screen.enabled(Role::Button, "Send"));
    let mend = screen.labels(Role::Button).into_iter().find(|name| name.starts_with("Add import path ")).unwrap();
    assert!(mend.ends_with("extra"), "{mend}");
    screen.press_nth(Role::Button, &mend, 0);
    screen.wait_until_ready();
    screen.assert_silent("not found");
    screen.assert_says("0 problems");
}

/// The request does not say which schema it is of: the collection does.
#[test]
fn a_saved_request_mends_the_schema_of_its_collection() {
    let home = Home::new();
    let protos = home.protos(&["broken/import_elsewhere.proto", "broken/roots"]);
    let collection = r#"{ "trunkline": 1, "name": "Tills", "schemas": [{ "protos": ["import_elsewhere.proto"] }] }"#;
    fs::write(protos.join("trunkline.json"), collection).unwrap();
    let request = protos.join("pay.request.json");
    fs::write(&request, r#"{ "trunkline": 1, "method": "Till/Pay" }"#).unwrap();
    let mut screen = home.start_with(std::slice::from_ref(&request));
    screen.wait_for_text("import 'shared/money.proto' not found");
    assert!(screen.chosen(Role::Tab, "pay"));
    // The tree would offer it too.
    screen.press(Role::RadioButton, "Collection");
    let mend =
        |screen: &Screen| screen.labels(Role::Button).into_iter().find(|name| name.starts_with("Add import path"));
    let name = mend(&screen).unwrap();
    screen.press_nth(Role::Button, &name, 0);
    screen.wait_until_ready();
    assert_eq!(mend(&screen), None);
    assert!(screen.has(Role::TextInput, "cents"));
    let text = fs::read_to_string(protos.join("trunkline.json")).unwrap();
    let bare: String = text.split_whitespace().collect();
    assert!(bare.contains("\"importPaths\":[\"roots/extra\"]"), "{text}");
}

#[test]
fn a_file_that_an_editor_changes_is_read_again_and_what_was_typed_stays() {
    let home = Home::new();
    let folder = home.protos(&["helloworld.proto"]);
    let mut screen = start(&home, std::slice::from_ref(&folder));
    open_method_of(&mut screen, "helloworld.Greeter", "SayHello");
    screen.fill("name", "Ada");
    let file = folder.join("helloworld.proto");
    let changed =
        fs::read_to_string(&file).unwrap().replace("string name = 1;", "string name = 1;\n  int32 times = 2;");
    fs::write(&file, changed).unwrap();
    screen.wait_for("the new field", |screen| screen.has(Role::TextInput, "times"));
    assert_eq!(screen.value("name"), "Ada");
    // Half a file, as an editor may leave it for a moment: the problem is told, the text is still there.
    fs::write(&file, "syntax = \"proto3\"; message {").unwrap();
    screen.wait_for("the problem", |screen| screen.says("1 problem"));
    fs::write(&file, fs::read_to_string("proto-samples/helloworld.proto").unwrap()).unwrap();
    screen.wait_for("the form again", |screen| {
        screen.has(Role::TextInput, "name") && !screen.has(Role::TextInput, "times")
    });
    assert_eq!(screen.value("name"), "Ada");
}
