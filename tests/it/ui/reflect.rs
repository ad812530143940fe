//! Services from a running server.

use std::net::TcpListener;

use egui::{Key, Role};

use super::driver::{Home, Screen};

fn ask(screen: &mut Screen, target: &str) {
    screen.command_shift(Key::R);
    screen.fill("Target", target);
    screen.key(Key::Enter);
}

#[test]
fn a_server_tells_its_services_and_answers() {
    let home = Home::new();
    let mut screen = home.start();
    let target = screen.demo().unwrap().to_string();
    ask(&mut screen, &target);
    screen.wait_for("the server in the tree", |screen| {
        screen.has(Role::TreeItem, &target) && !screen.says("loading") && screen.has(Role::TreeItem, "KitchenSink")
    });
    assert_eq!(screen.description(Role::TreeItem, &target), "reflection");
    screen.fill("Filter services and methods", "TestServer");
    screen.press(Role::TreeItem, "GetRandom");
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
