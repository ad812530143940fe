//! Finding what schemas define, and reading about it: from link to link, there and back.

use egui::{Key, Role};

use super::driver::{Home, Screen};

const FIND: &str = "Go to service, method, message or field";

/// Looks for something with Ctrl+P and takes the best of what is found.
#[track_caller]
fn find(screen: &mut Screen, typed: &str) {
    screen.command(Key::P);
    screen.type_text(typed);
    screen.wait_for("something found", |screen| !screen.says("Nothing matches."));
    screen.key(Key::Enter);
}

/// The links that can be seen.
fn links(screen: &Screen) -> Vec<String> {
    screen.labels(Role::Link)
}

#[test]
fn messages_enums_and_fields_are_found_and_read_about() {
    let home = Home::new();
    let mut screen = home.start();
    screen.command(Key::P);
    assert!(screen.focused(FIND));
    screen.type_text("chatline");
    screen.wait_for("the message", |screen| screen.has(Role::TreeItem, "ChatLine"));
    let detail = screen.description(Role::TreeItem, "ChatLine");
    assert!(detail.starts_with("Message · trunkline.demo.v1"), "{detail}");
    screen.key(Key::Enter);
    screen.wait_for_text("message ChatLine {");
    screen.assert_says("kitchen_sink.proto");
    screen.assert_says("proto3");
    screen.assert_says("Used by");
    assert!(links(&screen).iter().any(|link| link == "trunkline.demo.v1.KitchenSink.Chat"), "{}", screen.describe());
    screen.key(Key::Escape);
    screen.assert_silent("message ChatLine {");

    find(&mut screen, "tickerrequest count");
    screen.wait_for_text("message TickerRequest {");
    screen.key(Key::Escape);
    find(&mut screen, "mood");
    screen.wait_for_text("enum Mood {");
}

#[test]
fn links_lead_to_other_symbols_and_back() {
    let home = Home::new();
    let mut screen = home.start();
    find(&mut screen, "kitchensink");
    screen.wait_for_text("service KitchenSink {");
    assert!(!screen.enabled(Role::Button, "Back") && !screen.enabled(Role::Button, "Forward"));
    screen.press_nth(Role::Link, "trunkline.demo.v1.Everything", 0);
    screen.wait_for_text("message Everything {");
    // By keyboard: what has the focus is followed with Enter.
    screen.focus_on(Role::Link, "trunkline.demo.v1.Everything.Nested.Inner.Level");
    screen.key(Key::Enter);
    screen.wait_for_text("enum Level {");
    // The messages around it are links too.
    screen.press(Role::Link, "trunkline.demo.v1.Everything.Nested");
    screen.wait_for_text("message Nested {");
    screen.alt(Key::ArrowLeft);
    screen.wait_for("the enum", |screen| screen.says("enum Level {") && !screen.says("message Inner {"));
    screen.press(Role::Button, "Back");
    screen.wait_for_text("message Everything {");
    screen.alt(Key::ArrowRight);
    screen.wait_for("the enum again", |screen| !screen.says("message Everything {"));
    screen.press(Role::Button, "Back");
    screen.wait_for_text("message Everything {");
    screen.press(Role::Button, "Back");
    screen.wait_for_text("service KitchenSink {");
    assert!(!screen.enabled(Role::Button, "Back") && screen.enabled(Role::Button, "Forward"));

    screen.press_nth(Role::Link, "trunkline.demo.v1.KitchenSink.Ticker", 0);
    screen.wait_for_text("Response message");
    screen.press(Role::Button, "Open method");
    screen.wait_until_ready();
    assert_eq!(screen.value("Method"), "trunkline.demo.v1.KitchenSink/Ticker");
    screen.assert_silent("Used by");
}

#[test]
fn the_docs_pane_leads_on_and_begins_anew_with_another_method() {
    let home = Home::new();
    let mut screen = home.start();
    screen.press(Role::Tab, "Docs");
    screen.wait_for_text("rpc SayHello(");
    screen.assert_says("The name to greet, in any script.");
    screen.press_nth(Role::Link, "helloworld.HelloReply", 0);
    screen.wait_for("the reply alone", |screen| !screen.says("rpc SayHello("));
    screen.assert_says("message HelloReply {");
    screen.assert_says("as response");
    screen.press_nth(Role::Link, "helloworld.Greeter.SayHelloBiDiStreaming", 0);
    screen.wait_for_text("rpc SayHelloBiDiStreaming(");
    screen.alt(Key::ArrowLeft);
    screen.alt(Key::ArrowLeft);
    screen.wait_for_text("rpc SayHello(");

    screen.press(Role::RadioButton, "Services");
    find(&mut screen, "KitchenSink/Ticker");
    screen.wait_until_ready();
    screen.press(Role::Tab, "Docs");
    screen.wait_for_text("rpc Ticker(");
    assert!(!screen.enabled(Role::Button, "Back"));
}

#[test]
fn what_does_not_compile_is_told_where_it_would_be_read() {
    let home = Home::new();
    let folder = home.path().join("protos");
    std::fs::create_dir_all(&folder).unwrap();
    let text = "syntax = \"proto3\"; message Lonely { Missing one = 1; } service S { rpc M(Lonely) returns (Lonely); }";
    std::fs::write(folder.join("lonely.proto"), text).unwrap();
    let mut screen = home.start_with(&[folder]);
    screen.wait_for("the service", |screen| screen.has(Role::TreeItem, "S"));
    find(&mut screen, "lonely");
    screen.wait_for_text("There is nothing to read about this.");
    screen.assert_says("Missing");
}
