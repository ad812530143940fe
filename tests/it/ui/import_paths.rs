//! Journey 1: where imports are looked up is the user's to say, in an order that can be changed.

use std::fs;

use egui::{Key, Modifiers, Role};

use super::driver::Home;

#[test]
fn the_first_import_path_that_has_the_file_counts() {
    let home = Home::new();
    let folder = home.path().join("desk");
    let write = |name: &str, text: &str| {
        let path = home.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, format!("syntax = \"proto3\"; {text}")).unwrap();
    };
    write("desk/desk.proto", "import \"lib/money.proto\"; service Desk { rpc Pay(lib.Money) returns (lib.Money); }");
    write("far/away/old/lib/money.proto", "package lib; message Money { int32 cents = 1; }");
    write("far/away/new/lib/money.proto", "package lib; message Money { int32 pence = 1; }");
    let mut screen = home.start_with(std::slice::from_ref(&folder));
    screen.wait_for_text("import 'lib/money.proto' not found");
    screen.press_nth(Role::Button, "Import paths", 0);
    screen.assert_says("opened");
    let away = home.path().join("far/away");
    for (number, name) in ["old", "new"].iter().enumerate() {
        screen.press(Role::Button, "Add a path");
        assert!(screen.focused(&format!("Import path {}", number + 1)));
        screen.type_text(away.join(name).to_str().unwrap());
    }
    screen.press(Role::Button, "Apply");
    screen.wait_for("no problem", |screen| screen.says("0 problems"));
    screen.open_method("Pay");
    assert!(screen.has(Role::TextInput, "cents"));

    // The other order, by keyboard; then away with one of them.
    screen.choose_from_menu(Role::TreeItem, "desk", "Import paths");
    screen.focus("Import path 2");
    screen.keys(Modifiers::ALT, Key::ArrowUp);
    assert!(screen.focused("Import path 1"), "the cursor goes along");
    assert!(screen.value("Import path 1").ends_with("new"));
    screen.press(Role::Button, "Apply");
    screen.wait_for("the other file", |screen| screen.has(Role::TextInput, "pence"));

    screen.choose_from_menu(Role::TreeItem, "desk", "Import paths");
    screen.press(Role::Button, "Move import path 1 down");
    assert!(screen.value("Import path 2").ends_with("new"));
    screen.press(Role::Button, "Remove import path 2");
    screen.press(Role::Button, "Apply");
    screen.wait_for("the first file", |screen| screen.has(Role::TextInput, "cents"));

    // It is so at the next start, too.
    screen.quit();
    let mut screen = home.start_with(&[]);
    screen.wait_for("the form", |screen| screen.has(Role::TextInput, "cents"));
}
