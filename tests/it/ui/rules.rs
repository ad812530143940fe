//! The rules of a schema: shown in the form, checked while one types and before one sends.

use egui::{Key, Role};

use super::driver::{Home, Screen};

/// A new request for the method whose message has rules, its message empty.
fn sign_up(home: &Home) -> Screen {
    let mut screen = home.start();
    screen.command(Key::N);
    screen.command(Key::P);
    screen.type_text("Accounts/SignUp");
    screen.key(Key::Enter);
    screen.wait_until_ready();
    screen
}

const GOOD: &str = r#"{"name": "Ada", "email": "a@b.c", "age": 36, "password": "12345678", "passwordAgain": "12345678",
    "phone": "+44 20 7946"}"#;

#[test]
fn what_breaks_a_rule_is_held_and_sent_anyway_once() {
    let home = Home::new();
    let mut screen = sign_up(&home);
    screen.wait_for("the rules to be checked", |screen| screen.says("5 rules not met"));
    screen.assert_says("1 to 64 characters");
    screen.assert_says("one of its fields must be chosen");
    screen.fill("name", "Ada");
    screen.wait_for("the name to be right", |screen| screen.says("4 rules not met"));
    screen.send();
    screen.wait_for("the notice", |screen| screen.has(Role::Button, "Send anyway"));
    assert!(!screen.says("Welcome, Ada!"));
    screen.press(Role::Button, "Send anyway");
    screen.wait_for("the answer", |screen| screen.says("Welcome, Ada!"));
    assert!(!screen.has(Role::Button, "Send anyway"));
    // Only that once.
    screen.send();
    screen.wait_for("the notice again", |screen| screen.has(Role::Button, "Send anyway"));
}

#[test]
fn what_meets_the_rules_is_sent_at_once() {
    let home = Home::new();
    let mut screen = sign_up(&home);
    screen.press(Role::RadioButton, "JSON");
    screen.wait_for("the rules beside the JSON", |screen| screen.says("email: an email address"));
    screen.fill("Message as JSON", GOOD);
    screen.send();
    screen.wait_for("the answer", |screen| screen.says("Welcome, Ada!"));
    let broken =
        GOOD.replace("\"passwordAgain\": \"12345678\"", "\"passwordAgain\": \"other\", \"topics\": [\"a\", \"B\"]");
    screen.fill("Message as JSON", &broken);
    screen.wait_for("the rules that are broken now", |screen| screen.says("2 rules not met"));
    screen.assert_says("both passwords must be the same");
    screen.press(Role::RadioButton, "Form");
    screen.assert_says("matches ^[a-z-]+$");
}

#[test]
fn the_checking_can_be_switched_off() {
    let home = Home::new();
    let mut screen = sign_up(&home);
    screen.wait_for("the rules to be checked", |screen| screen.says("5 rules not met"));
    screen.command(Key::Comma);
    screen.press(Role::RadioButton, "Never");
    screen.press(Role::Button, "Close");
    assert!(!screen.says("5 rules not met"));
    screen.send();
    screen.wait_for("the answer", |screen| screen.says("Welcome, !"));
}
