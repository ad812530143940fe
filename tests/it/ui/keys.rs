//! Every shortcut does what its command says.

use egui::{Key, Role};

use super::driver::{Home, Screen};

fn tabs(screen: &Screen) -> Vec<String> {
    let panes = ["Message", "Messages", "Metadata", "Auth", "Settings", "Docs", "Headers", "Trailers", "Timeline"];
    screen.labels(Role::Tab).into_iter().filter(|name| !panes.contains(&name.as_str())).collect()
}

#[test]
fn the_palette_opens_methods_requests_and_commands() {
    let home = Home::new();
    let mut screen = home.start();
    screen.command(Key::K);
    assert!(screen.focused("Find a symbol, request or command"));
    screen.type_text("KitchenSink/Tick");
    screen.key(Key::Enter);
    screen.wait_until_ready();
    assert_eq!(screen.value("Method"), "trunkline.demo.v1.KitchenSink/Ticker");
    screen.command(Key::K);
    screen.type_text("get random");
    screen.key(Key::Enter);
    screen.wait_until_ready();
    assert_eq!(screen.value("Method"), "TestServer/GetRandom");
    screen.command(Key::K);
    screen.type_text("generate ex");
    screen.key(Key::Enter);
    screen.command(Key::K);
    screen.type_text("Settings");
    screen.key(Key::Enter);
    screen.assert_says("Language");
}

#[test]
fn methods_are_found_by_typing_and_by_arrows() {
    let home = Home::new();
    let mut screen = home.start();
    screen.command(Key::P);
    screen.type_text("hello.");
    screen.key(Key::ArrowDown);
    screen.key(Key::ArrowUp);
    screen.type_text("Hello/");
    screen.key(Key::Enter);
    screen.wait_until_ready();
    assert_eq!(screen.value("Method"), "hello.Hello/SayHello");
    screen.command(Key::P);
    screen.type_text("no such method anywhere");
    screen.assert_says("Nothing matches.");
    screen.key(Key::Enter);
    assert!(screen.has(Role::TextInput, "Go to service, method, message or field"), "Enter on nothing closes nothing");
}

#[test]
fn keys_reach_every_part_of_the_window() {
    let home = Home::new();
    let mut screen = home.start();
    screen.command(Key::L);
    assert!(screen.focused("Target"));
    screen.command(Key::E);
    assert!(screen.focused("Environment"));
    screen.command(Key::F);
    assert!(screen.focused("Filter requests"), "{}", screen.describe());

    assert!(screen.has(Role::TreeItem, "Demo"));
    screen.command(Key::B);
    assert!(!screen.has(Role::TreeItem, "Demo"));
    screen.command(Key::B);
    assert!(screen.has(Role::TreeItem, "Demo"));

    screen.command(Key::Comma);
    screen.assert_says("Ctrl+Shift+T");
    screen.key(Key::Escape);
    screen.assert_silent("Ctrl+Shift+T");
    screen.command(Key::O);
    assert!(screen.focused("Paths"));
    screen.key(Key::Escape);
    assert!(!screen.has(Role::MultilineTextInput, "Paths"));
}

#[test]
fn ctrl_j_moves_the_response() {
    let home = Home::new();
    let mut screen = home.start();
    screen.send();
    screen.wait_for_text("Hello, Ada!");
    let beside = screen.place(Role::Tab, "Headers");
    screen.command(Key::J);
    let below = screen.place(Role::Tab, "Headers");
    assert!(below.left() < beside.left() && below.top() > beside.top(), "{beside:?} {below:?}");
    screen.command(Key::J);
    assert_eq!(screen.place(Role::Tab, "Headers"), beside);
}

#[test]
fn tabs_are_opened_closed_and_walked_through() {
    let home = Home::new();
    let mut screen = home.start();
    assert_eq!(tabs(&screen), ["Say hello"]);
    screen.fill("name", "kept");
    screen.command(Key::D);
    assert_eq!(tabs(&screen), ["Say hello", "SayHello"]);
    screen.command(Key::N);
    assert_eq!(tabs(&screen), ["Say hello", "SayHello", "New request"]);
    assert!(screen.chosen(Role::Tab, "New request"));
    screen.command(Key::Tab);
    assert!(screen.chosen(Role::Tab, "Say hello"), "after the last comes the first");
    screen.command_shift(Key::Tab);
    assert!(screen.chosen(Role::Tab, "New request"));
    screen.command(Key::Num2);
    assert!(screen.chosen(Role::Tab, "SayHello"));
    screen.command(Key::W);
    assert_eq!(tabs(&screen), ["Say hello", "New request"]);
    screen.command_shift(Key::T);
    screen.wait_until_ready();
    assert!(screen.chosen(Role::Tab, "SayHello"));
    assert_eq!(screen.value("name"), "kept", "what was typed comes back with its tab");
    for _ in 0..3 {
        screen.command(Key::W);
    }
    assert!(tabs(&screen).is_empty());
    screen.assert_says("Choose a method at the left, or find one by typing.");
    screen.command(Key::Enter);
    screen.command(Key::S);
    screen.key(Key::Escape);
    screen.key(Key::F2);
    screen.press(Role::Button, "Go to method or type…");
    assert!(screen.has(Role::TextInput, "Go to service, method, message or field"));
}

/// Esc closes what lies on top, then leaves the field, then cancels: one thing at a time.
#[test]
fn esc_does_one_thing_at_a_time() {
    let home = Home::new();
    let mut screen = home.start();
    screen.open_request("Ticker");
    screen.fill("count", "0");
    screen.send();
    screen.wait_for_text("Streaming");
    screen.command(Key::K);
    screen.key(Key::Escape);
    assert!(!screen.has(Role::TextInput, "Find a symbol, request or command"));
    assert!(screen.has(Role::Button, "Cancel"), "{}", screen.describe());
    screen.focus("Filter messages");
    screen.key(Key::Escape);
    assert!(!screen.focused("Filter messages"));
    assert!(screen.has(Role::Button, "Cancel"), "{}", screen.describe());
    screen.key(Key::Escape);
    screen.wait_for_text("1 CANCELLED");
}
