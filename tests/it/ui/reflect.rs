//! Services from a running server.

use std::net::TcpListener;

use egui::{Key, Role};

use super::driver::{Home, Screen};

fn ask(screen: &mut Screen, target: &str) {
    screen.command_shift(Key::R);
    screen.fill("Target to ask", target);
    screen.key(Key::Enter);
}

#[test]
fn a_server_tells_its_services_and_answers() {
    let home = Home::new();
    let mut screen = home.start();
    let target = screen.demo().unwrap().to_string();
    ask(&mut screen, &target);
    screen.wait_for("the server in the tree", |screen| {
        screen.has(Role::TreeItem, &target) && screen.description(Role::TreeItem, &target) == "reflection"
    });
    screen.fill("Filter services and methods", "TestServer");
    // The demo collection's protos have it too; the server, opened just now, comes first.
    screen.press_nth(Role::TreeItem, "GetRandom", 0);
    screen.wait_until_ready();
    assert_eq!(screen.value("Target"), target);
    screen.fill("id", "7");
    screen.send();
    screen.wait_for_text("\"random\": ");
    screen.assert_says("0 OK");
}

/// Nothing but the server: no protos, no collection.
#[test]
fn reflection_alone_is_enough() {
    let home = Home::new();
    let mut screen = home.start();
    let target = screen.demo().unwrap().to_string();
    let protos = home.protos(&["test.proto"]);
    let other = Home::new();
    let mut alone = other.start_with(&[protos]);
    ask(&mut alone, &target);
    alone.wait_for("the server in the tree", |alone| alone.has(Role::TreeItem, "KitchenSink"));
    alone.command(Key::P);
    alone.type_text("helloworld SayHello");
    alone.key(Key::Enter);
    alone.wait_until_ready();
    alone.fill("name", "Ada");
    alone.command(Key::Enter);
    alone.wait_for_text("Hello, Ada!");
    screen.settle();
}

#[test]
fn a_server_that_is_not_there_is_told_under_its_name() {
    let home = Home::new();
    let mut screen = home.start();
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    ask(&mut screen, &address);
    screen.wait_for_text(&format!("Nothing listens on {address}."));
    assert!(screen.has(Role::TreeItem, &address));
    assert!(screen.has(Role::Button, "Try again"));
    screen.choose_from_menu(Role::TreeItem, &address, "Close");
    screen.assert_silent("Nothing listens");
}

#[test]
fn what_a_server_told_is_saved_from_its_menu() {
    let home = Home::new();
    let mut screen = home.start();
    let target = screen.demo().unwrap().to_string();
    ask(&mut screen, &target);
    screen.wait_for("the server in the tree", |screen| {
        screen.has(Role::TreeItem, &target) && screen.description(Role::TreeItem, &target) == "reflection"
    });
    let folder = tempfile::tempdir().unwrap();
    screen.choose_from_menu(Role::TreeItem, &target, "Save as .proto files…");
    screen.fill("Folder", &folder.path().display().to_string());
    screen.press(Role::Button, "Save");
    screen.wait_for("the files", |_| folder.path().join("hello.proto").is_file());
    screen.wait_for_text("saved in");
}
