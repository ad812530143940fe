//! What is seen of a call beside its messages: headers, trailers with the raw status, and the timeline.

use egui::Role;
use trunkline::collection::Language;

use super::driver::{Home, Screen};

fn sent(home: &Home) -> Screen {
    let mut screen = home.start();
    screen.open_request("Echo");
    screen.press(Role::Tab, "Metadata");
    screen.press(Role::Button, "Add metadata");
    screen.type_text("x-token");
    let value = screen.labels(Role::TextInput).into_iter().rfind(|name| name.starts_with("Metadata value")).unwrap();
    screen.fill(&value, "very secret");
    screen.send();
    screen.wait_for_text("0 OK");
    screen
}

#[test]
fn headers_are_masked_until_they_are_shown_and_trailers_have_the_raw_status() {
    let home = Home::new();
    let mut screen = sent(&home);
    screen.press(Role::Tab, "Headers");
    screen.assert_says("x-echo-x-token");
    screen.assert_silent("very secret");
    screen.press(Role::Button, "Show x-echo-x-token");
    screen.assert_says("very secret");
    screen.press(Role::Button, "Hide x-echo-x-token");
    screen.assert_silent("very secret");
    screen.press(Role::Button, "Copy x-echo-x-token");
    screen.press(Role::Tab, "Trailers");
    screen.assert_says("grpc-status");
}

#[test]
fn long_values_are_folded() {
    let home = Home::new();
    let mut screen = home.start();
    screen.open_request("Echo");
    screen.press(Role::Tab, "Metadata");
    screen.press(Role::Button, "Add metadata");
    screen.type_text("x-long");
    let value = screen.labels(Role::TextInput).into_iter().rfind(|name| name.starts_with("Metadata value")).unwrap();
    screen.fill(&value, &format!("{}end", "0123456789".repeat(100)));
    screen.send();
    screen.wait_for_text("0 OK");
    screen.press(Role::Tab, "Headers");
    screen.assert_silent("0123456789end");
    screen.press(Role::Link, "Show all, 1.0 kB: x-echo-x-long");
    screen.assert_says("0123456789end");
    screen.press(Role::Link, "Show less: x-echo-x-long");
    screen.assert_silent("0123456789end");
}

/// The row of the timeline with these words.
#[track_caller]
fn row(screen: &Screen, words: &str) -> String {
    let rows = screen.labels(Role::DisclosureTriangle);
    let found = rows.iter().find(|row| row.contains(words));
    found.unwrap_or_else(|| panic!("no row {words:?} among {rows:?}")).clone()
}

#[test]
fn the_timeline_opens_what_has_details() {
    let home = Home::new();
    let mut screen = sent(&home);
    screen.press(Role::Tab, "Timeline");
    screen.assert_says("1 message sent");
    screen.assert_silent("x-echo-x-trace");
    let headers = row(&screen, "Headers (");
    screen.press(Role::DisclosureTriangle, &headers);
    screen.assert_says("x-echo-x-trace");
    screen.press(Role::DisclosureTriangle, &headers);
    screen.assert_silent("x-echo-x-trace");
    let connected = row(&screen, "Connected,");
    screen.press(Role::DisclosureTriangle, &connected);
    screen.assert_says("Address");
    screen.press(Role::Button, "Copy the timeline as text");
}

#[test]
fn the_timeline_speaks_chinese() {
    let home = Home::speaking(Language::Chinese);
    let mut screen = home.start_with(&[]);
    screen.wait_for("the first request", |screen| screen.enabled(Role::Button, "发送"));
    screen.press_nth(Role::Button, "发送", 0);
    screen.wait_for_text("0 OK");
    screen.press(Role::Tab, "时间线");
    screen.assert_says("已发送 1 条消息");
    screen.press(Role::Tab, "设置");
    for words in ["时间限制", "连接", "重试"] {
        screen.assert_says(words);
    }
}

#[test]
fn a_call_that_was_tried_again_counts_its_attempts() {
    let home = Home::new();
    let mut screen = home.start();
    screen.open_request("Fail");
    screen.press(Role::Tab, "Settings");
    screen.fill("Attempts", "3");
    screen.fill("First wait", "1ms");
    screen.fill("Retried codes", "INVALID_ARGUMENT");
    screen.send();
    screen.wait_for_text("3 INVALID_ARGUMENT");
    screen.assert_says("3 attempts");
    screen.press(Role::Tab, "Timeline");
    row(&screen, "Attempt 2 failed with INVALID_ARGUMENT");
}

#[test]
fn the_only_message_of_a_call_has_no_number() {
    let home = Home::new();
    let mut screen = home.start();
    screen.open_request("Echo");
    screen.send();
    screen.wait_for_text("0 OK");
    screen.press(Role::Tab, "Timeline");
    screen.assert_says(" Sent: ");
    screen.assert_says(" Received: ");
    screen.assert_silent("Received #");
}
