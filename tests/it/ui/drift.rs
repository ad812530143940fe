//! What differs between protos that were opened and a server.

use std::fs;
use std::net::TcpListener;
use std::path::PathBuf;

use egui::{Key, Role};

use super::driver::{Home, Screen};

/// Protos of which one is not what the demo server has.
fn changed(home: &Home) -> PathBuf {
    let protos = home.protos(&["helloworld.proto"]);
    let path = protos.join("helloworld.proto");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("string name = 1;", "string name = 7;")).unwrap();
    protos
}

fn start(home: &Home, protos: PathBuf) -> Screen {
    let mut screen = home.start_with(&[protos]);
    screen.wait_for("the demo server and the protos", |screen| {
        screen.demo().is_some() && screen.has(Role::TreeItem, "Greeter")
    });
    screen
}

fn compare(screen: &mut Screen, target: &str) {
    screen.choose_from_menu(Role::TreeItem, "protos", "Compare with server…");
    screen.fill("Target to ask", target);
    screen.key(Key::Enter);
}

#[test]
fn what_a_server_has_otherwise_is_told_with_the_calls() {
    let home = Home::new();
    let protos = changed(&home);
    let mut screen = start(&home, protos);
    let target = screen.demo().unwrap().to_string();
    compare(&mut screen, &target);
    screen.wait_for("the service that breaks", |screen| screen.has(Role::ListBoxOption, "helloworld.Greeter: breaks"));
    assert!(screen.focused("Services compared"), "the keyboard goes through the services");
    screen.assert_says(&format!("Opened: protos, Server: {target}"));
    assert!(screen.has(Role::ListBoxOption, "All 4 methods: breaks"));
    assert!(screen.has(Role::ListBoxOption, "renumbered helloworld.HelloRequest.name: breaks the wire"));
    assert!(screen.has(Role::ListBoxOption, "string name = 7; | string name = 1;"));
    screen.assert_says("breaks the wire · requests: The server does not know this number");
    screen.key(Key::ArrowDown);
    screen.assert_silent("renumbered");
    assert!(screen.focused("Services compared"), "an arrow key leaves the list");
    screen.key(Key::Escape);
    screen.assert_silent("Compare schemas");
    assert!(screen.has(Role::TreeItem, "Greeter"));
}

#[test]
fn the_palette_compares_too() {
    let home = Home::new();
    let protos = changed(&home);
    let mut screen = start(&home, protos);
    let target = screen.demo().unwrap().to_string();
    screen.command(Key::K);
    screen.type_text("compare with server");
    screen.key(Key::Enter);
    screen.assert_says("what differs from protos");
    screen.fill("Target to ask", &target);
    screen.key(Key::Enter);
    screen.wait_for_text("breaks: 1");
}

#[test]
fn schemas_that_are_both_open_are_compared_without_asking() {
    let home = Home::new();
    let protos = changed(&home);
    let mut screen = start(&home, protos.clone());
    let target = screen.demo().unwrap().to_string();
    screen.command_shift(Key::R);
    screen.fill("Target to ask", &target);
    screen.key(Key::Enter);
    screen.wait_for("the server in the tree", |screen| screen.has(Role::TreeItem, "KitchenSink"));
    screen.choose_from_menu(Role::TreeItem, &target, "Compare with protos");
    screen.wait_for("the service that breaks", |screen| screen.has(Role::ListBoxOption, "helloworld.Greeter: breaks"));
    screen.assert_says(&format!("Opened: protos, Server: {target}"));
    assert!(screen.has(Role::ListBoxOption, "string name = 7; | string name = 1;"));
    screen.press(Role::Button, "Close");
    screen.assert_silent("Compare schemas");
}

#[test]
fn the_same_protos_do_not_differ() {
    let home = Home::new();
    let protos = home.protos(&["helloworld.proto"]);
    let other = home.path().join("other");
    fs::create_dir(&other).unwrap();
    fs::copy(protos.join("helloworld.proto"), other.join("helloworld.proto")).unwrap();
    let mut screen = home.start_with(&[protos]);
    screen.drop_files(&[other]);
    screen.wait_for("both in the tree", |screen| {
        screen.has(Role::TreeItem, "protos") && screen.has(Role::TreeItem, "other")
    });
    screen.wait_for("their services", |screen| {
        screen.labels(Role::TreeItem).iter().filter(|label| *label == "Greeter").count() == 2
    });
    screen.choose_from_menu(Role::TreeItem, "protos", "Compare with other");
    screen.wait_for_text("Nothing differs.");
}

#[test]
fn a_server_that_does_not_answer_may_be_asked_again() {
    let home = Home::new();
    let protos = changed(&home);
    let mut screen = start(&home, protos);
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    compare(&mut screen, &address);
    screen.wait_for_text(&format!("Nothing listens on {address}."));
    assert!(screen.enabled(Role::Button, "Compare again"));
    screen.press(Role::Button, "Compare again");
    screen.wait_for("the answer", |screen| screen.enabled(Role::Button, "Compare again"));
    screen.assert_says(&format!("Nothing listens on {address}."));
    screen.press(Role::Button, "Close");
    screen.assert_silent("Nothing listens");
}
