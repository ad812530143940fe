//! The panel of channels: the connection of the current tab, health and channelz.

use std::net::TcpListener;

use egui::{Key, Role};
use trunkline::collection::Language;

use super::driver::{Home, Screen};

/// A call was made to the demo server.
fn sent(home: &Home) -> Screen {
    let mut screen = home.start();
    screen.send();
    screen.wait_for_text("0 OK");
    screen
}

fn open(screen: &mut Screen) {
    screen.command(Key::I);
}

#[test]
fn without_a_call_there_is_no_channel() {
    let home = Home::new();
    let mut screen = home.start();
    screen.assert_silent("Channel: ");
    open(&mut screen);
    screen.assert_says("Nothing is connected yet");
    screen.press(Role::Button, "Close");
    screen.assert_silent("Nothing is connected yet");
}

#[test]
fn the_status_line_leads_to_the_channel_of_the_tab() {
    let home = Home::new();
    let mut screen = sent(&home);
    let demo = screen.demo().unwrap().to_string();
    screen.press(Role::Button, "Channel: Ready · no calls");
    assert_eq!(screen.rows("Channels"), [format!("{demo}, Ready · no calls")]);
    for words in ["Ready for", "READY", "0 open, 1 so far", "Plaintext", "Connected to"] {
        screen.assert_says(words);
    }
    screen.press(Role::Button, "Copy as text");
}

#[test]
fn a_ping_is_answered_and_shown_in_the_status_line() {
    let home = Home::new();
    let mut screen = sent(&home);
    open(&mut screen);
    screen.press(Role::Button, "Ping");
    screen.wait_for_text("Last ping");
    screen.press(Role::Button, "Close");
    let status = screen.labels(Role::Button).into_iter().find(|name| name.starts_with("Channel: "));
    assert!(status.is_some_and(|name| name.ends_with("ms") || name.ends_with("µs")), "{}", screen.describe());
}

#[test]
fn a_channel_is_closed_and_connected_again() {
    let home = Home::new();
    let mut screen = sent(&home);
    open(&mut screen);
    screen.press(Role::Button, "Close channel");
    screen.wait_for_text("SHUTDOWN");
    assert!(!screen.enabled(Role::Button, "Ping"), "there is nothing to ping");
    screen.press(Role::Button, "Reconnect");
    screen.wait_for_text("READY");
    screen.assert_says("2 so far");
    screen.press(Role::Tab, "History");
    let steps = screen.rows("History");
    let states: Vec<_> = steps.iter().filter_map(|step| step.split("  ").nth(1)).collect();
    assert_eq!(states, ["Ready", "Connecting", "Closed", "Ready", "Connecting"], "{steps:?}");
}

#[test]
fn each_service_says_how_it_does() {
    let home = Home::new();
    let mut screen = sent(&home);
    open(&mut screen);
    screen.press(Role::Tab, "Health");
    screen.wait_for_text("The whole server: Serving at");
    screen.wait_for_text("helloworld.Greeter: Serving at");
    screen.wait_for("all answers", |screen| screen.enabled(Role::Button, "Check again"));
    screen.press(Role::Button, "Watch The whole server");
    screen.wait_for_text("Serving since");
    screen.press(Role::Button, "Stop watching The whole server");
    screen.press(Role::Button, "Watch all");
    screen.wait_for("each to be watched", |screen| {
        screen.texts().iter().filter(|words| words.ends_with("watched")).count() >= 5
    });
    screen.press(Role::Button, "Stop watching");
    screen.assert_silent("watched");
}

#[test]
fn a_server_without_channelz_is_told_so() {
    let home = Home::new();
    let mut screen = sent(&home);
    open(&mut screen);
    screen.press(Role::Tab, "channelz");
    screen.wait_for_text("The server has no channelz service");
    assert!(screen.has(Role::Button, "Refresh"));
}

#[test]
fn a_dead_target_shows_its_failure() {
    let home = Home::new();
    let mut screen = home.start();
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    screen.fill("Target", &address);
    screen.send();
    screen.wait_for_text("14 UNAVAILABLE");
    open(&mut screen);
    screen.assert_says("TRANSIENT_FAILURE");
    screen.assert_says("Last failure");
    screen.assert_says(&format!("Nothing listens on {address}."));
    screen.press(Role::Tab, "Health");
    screen.wait_for_text("The whole server: Not answered");
    screen.resize([960.0, 600.0]);
    screen.press(Role::Tab, "Connection");
    screen.press(Role::Button, "Close");
}

#[test]
fn the_panel_speaks_chinese() {
    let home = Home::speaking(Language::Chinese);
    let mut screen = home.start_with(&[]);
    screen.wait_for("the first request", |screen| screen.enabled(Role::Button, "发送"));
    screen.press_nth(Role::Button, "发送", 0);
    screen.wait_for_text("0 OK");
    open(&mut screen);
    for words in ["就绪", "目标", "流量", "无限制"] {
        screen.assert_says(words);
    }
    screen.press(Role::Tab, "健康状态");
    screen.wait_for_text("整个服务器: 正常服务");
}
