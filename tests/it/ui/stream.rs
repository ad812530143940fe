//! Journey 3: streams as they go, and the verbs of a running call.

use egui::{Key, Role};

use super::driver::{Home, Screen};

fn received(screen: &Screen) -> Vec<String> {
    screen.log().into_iter().filter(|row| row.contains("\"number\"")).collect()
}

fn tick(screen: &Screen, number: u32) -> bool {
    screen.log().iter().any(|row| row.contains(&format!("\"number\": \"{number}\"")))
}

/// A ticker that ticks every `interval`, `count` times, or for ever when that is 0.
fn ticker(home: &Home, interval: &str, count: &str) -> Screen {
    let mut screen = home.start();
    screen.open_request("Ticker");
    screen.fill("interval", interval);
    screen.fill("count", count);
    screen
}

#[test]
fn rows_come_one_by_one() {
    let home = Home::new();
    let mut screen = ticker(&home, "0.5s", "4");
    screen.send();
    screen.wait_for("the first tick", |screen| tick(screen, 1));
    assert!(received_count(&screen) < 4, "{}", screen.describe());
    assert!(screen.has(Role::Button, "Cancel"));
    screen.assert_says("Streaming");
    screen.wait_for_text("0 OK");
    assert_eq!(received(&screen).len(), 4);
    screen.assert_says("1 sent, 4 received");
    assert!(!screen.has(Role::Button, "Cancel"));
    assert!(screen.enabled(Role::Button, "Send"));
}

#[test]
fn a_stream_is_cancelled_by_key_and_by_button() {
    let home = Home::new();
    let mut screen = ticker(&home, "0.02s", "0");
    for by_key in [true, false] {
        screen.send();
        screen.wait_for("two ticks", |screen| received_count(screen) >= 2);
        if by_key {
            screen.leave_field();
            screen.key(Key::Escape);
        } else {
            screen.press(Role::Button, "Cancel");
        }
        screen.wait_for_text("1 CANCELLED");
        screen.assert_says("You cancelled the call.");
        assert!(!screen.has(Role::Button, "Cancel"));
    }
}

#[test]
fn both_sides_talk_until_the_stream_is_ended() {
    let home = Home::new();
    let mut screen = home.start();
    screen.open_request("Chat");
    screen.send();
    screen.wait_for("the first answer", |screen| screen.says("Ada, you said: Good morning!"));
    assert!(screen.has(Role::Button, "End stream"));
    assert!(screen.chosen(Role::RadioButton, "2"));
    assert_eq!(screen.value("text"), "你好！");
    screen.press(Role::Button, "Send message");
    screen.wait_for_text("李雷, you said: 你好！");
    // Written while receiving.
    screen.fill("text", "See you! 👋");
    screen.command(Key::Enter);
    screen.wait_for_text("Ada, you said: See you! 👋");
    screen.press(Role::Button, "End stream");
    screen.wait_for_text("0 OK");
    screen.assert_says("Goodbye!");
    screen.assert_says("3 sent, 4 received");
    screen.assert_says("End of stream sent");
    assert!(!screen.has(Role::Button, "Send message"));

    let rows: Vec<String> = screen.log();
    let at = |words: &str| rows.iter().position(|row| row.contains(words)).unwrap_or_else(|| panic!("{rows:?}"));
    assert!(at("\"Good morning!\"") < at("you said: Good morning!"), "{rows:?}");
    assert!(at("End of stream sent") < at("Goodbye!"), "{rows:?}");
}

#[test]
fn a_client_stream_answers_once_it_is_ended() {
    let home = Home::new();
    let mut screen = home.start();
    screen.open_request("Upload");
    screen.send();
    screen.press(Role::Button, "Send message");
    screen.press(Role::Button, "Send message");
    screen.wait_for_text("3 sent, 0 received");
    screen.press(Role::Button, "End stream");
    screen.wait_for_text("0 OK");
    screen.assert_says("\"chunks\": \"3\"");
}

#[test]
fn the_log_is_filtered() {
    let home = Home::new();
    let mut screen = ticker(&home, "0s", "12");
    screen.send();
    screen.wait_for_text("0 OK");
    let all = screen.log().len();
    screen.fill("Filter messages", "\"number\": \"1");
    let found = received(&screen);
    assert_eq!((found.len(), screen.log().len()), (4, 4), "1, 10, 11 and 12 of {all}: {found:?}");
    screen.fill("Filter messages", "nothing like this");
    assert!(screen.log().is_empty());
    screen.fill("Filter messages", "");
    assert_eq!(screen.log().len(), all);
    screen.press(Role::RadioButton, "Sent");
    assert_eq!(screen.log().len(), 1, "{:?}", screen.log());
    screen.press(Role::RadioButton, "Received");
    assert_eq!(screen.log().len(), 12, "{:?}", screen.log());
    screen.press(Role::RadioButton, "All");
    assert_eq!(screen.log().len(), all);
}

#[test]
fn a_paused_log_stands_still_while_receiving_goes_on() {
    let home = Home::new();
    let mut screen = ticker(&home, "0.02s", "0");
    screen.send();
    screen.wait_for("three ticks", |screen| received_count(screen) >= 3);
    screen.press(Role::Button, "Pause");
    let (frozen, count) = (screen.log(), received_count(&screen));
    screen.wait_for("twenty more", move |screen| received_count(screen) >= count + 20);
    assert_eq!(screen.log(), frozen);
    screen.press(Role::Button, "Resume");
    assert_ne!(screen.log(), frozen);
    screen.press(Role::Button, "Cancel");
    screen.wait_for_text("1 CANCELLED");
}

/// As the head of the response says.
fn received_count(screen: &Screen) -> u64 {
    let texts = screen.texts();
    let counts = texts.iter().find_map(|text| text.strip_suffix(" received")?.split(", ").nth(1).map(str::to_owned));
    counts.map_or(0, |count| count.replace(',', "").parse().unwrap())
}

#[test]
fn a_row_is_shown_in_full() {
    let home = Home::new();
    let mut screen = ticker(&home, "0s", "3");
    screen.send();
    screen.wait_for_text("0 OK");
    let row = received(&screen)[1].clone();
    screen.press(Role::ListBoxOption, &row);
    screen.wait_for_text("  \"number\": \"2\",");
    assert!(screen.has(Role::ListBox, "Answer"));
    screen.press(Role::Button, "Close message");
    assert!(!screen.has(Role::ListBox, "Answer"));
}

#[test]
fn headers_trailers_and_the_timeline_are_shown() {
    let home = Home::new();
    let mut screen = home.start();
    screen.open_request("Echo");
    screen.send();
    screen.wait_for_text("0 OK");
    screen.assert_says("Grüße, 世界, こんにちは, 🌍");
    screen.press(Role::Tab, "Headers");
    screen.assert_says("x-echo-x-trace");
    screen.assert_says("demo-1");
    screen.press(Role::Tab, "Trailers");
    screen.assert_silent("x-echo-x-trace");
    screen.press(Role::Tab, "Timeline");
    for event in ["Connecting", "Connected", "Sent", "Headers", "Received", "Finished"] {
        screen.assert_says(event);
    }
}
