//! The Auth pane: kinds of credentials, tokens, and the question whether a command may run.

use std::fs;

use egui::{Key, Role};
use trunkline::collection::Language;

use super::driver::{Home, Screen};

/// The Auth pane of a request that the demo server answers.
fn auth_pane(home: &Home) -> Screen {
    let mut screen = home.start();
    screen.open_request("Get random");
    screen.press(Role::Tab, "Auth");
    screen
}

#[test]
fn every_kind_has_its_fields() {
    let home = Home::new();
    let mut screen = auth_pane(&home);
    for (kind, field) in [
        ("Bearer", "Token"),
        ("Basic", "Password"),
        ("API key", "Value"),
        ("JWT (signed here)", "Claims"),
        ("OAuth 2", "Token URL"),
        ("Token from a command", "Command"),
    ] {
        screen.choose("Kind", kind);
        if screen.has(Role::Button, "Show secrets") {
            screen.press_nth(Role::Button, "Show secrets", 0);
        }
        screen.fill(field, "x");
    }
    screen.choose("Kind", "None");
    screen.assert_says("Sends no credentials, whatever is inherited.");
}

#[test]
fn a_jwt_is_signed_shown_masked_and_forgotten() {
    let home = Home::new();
    let mut screen = auth_pane(&home);
    screen.choose("Kind", "JWT (signed here)");
    screen.press(Role::Button, "Get token");
    screen.assert_says("the key is missing: type it, or name its file");
    screen.press(Role::Button, "Show secrets");
    screen.fill("Secret", "k");
    screen.press(Role::Button, "Hide secrets");
    assert_ne!(screen.value("Secret"), "k");
    screen.fill("Claims", "{\"sub\": \"me\"}");
    screen.press(Role::Button, "Get token");
    screen.wait_for("the token", |screen| screen.has(Role::Button, "Copy token"));
    screen.assert_says("Token valid until ");
    screen.assert_says("••••••");
    screen.assert_silent("eyJ");
    screen.press(Role::Button, "Show secrets");
    screen.assert_says("eyJ");
    screen.press(Role::Button, "Forget");
    assert!(!screen.has(Role::Button, "Copy token"));
    screen.fill("Lifetime", "");
    screen.press(Role::Button, "Get token");
    screen.wait_for_text("each call signs one of its own");
    screen.choose("Kind", "OAuth 2");
    screen.choose("Grant", "Authorization code");
    screen.fill("Authorization URL", "https://login.example.com");
    screen.choose("Client sent in", "Body");
}

#[test]
fn a_redirect_port_tells_the_address_to_register() {
    let home = Home::new();
    let mut screen = auth_pane(&home);
    screen.choose("Kind", "OAuth 2");
    assert!(!screen.has(Role::TextInput, "Redirect port"));
    screen.choose("Grant", "Authorization code");
    screen.assert_silent("Register this redirect address");
    screen.fill("Redirect port", "8400");
    screen.assert_says("Register this redirect address with the provider: http://127.0.0.1:8400/callback");
    screen.fill("Authorization URL", "https://login.example.com");
    screen.fill("Token URL", "https://login.example.com");
    screen.fill("Client ID", "me");
    screen.fill("Redirect port", "84000");
    screen.assert_silent("Register this redirect address");
    screen.press(Role::Button, "Get token");
    screen.assert_says("the redirect port must be a number from 1 to 65535: `84000`");
}

#[test]
fn a_command_runs_only_after_the_user_has_agreed() {
    let home = Home::new();
    let ran = home.path().join("ran");
    let mut screen = auth_pane(&home);
    screen.choose("Kind", "Token from a command");
    let line = format!("echo x >> {} && echo token", ran.display());
    screen.fill("Command", &line);
    screen.command(Key::Enter);
    screen.assert_says("May this command run on your machine to print a token?");
    screen.press(Role::Button, "Do not run");
    screen.assert_silent("May this command run");
    assert!(!ran.exists());

    screen.press(Role::Button, "Get token");
    screen.press(Role::Button, "Allow once");
    screen.wait_for("the token", |screen| screen.has(Role::Button, "Copy token"));
    assert_eq!(fs::read_to_string(&ran).unwrap(), "x\n");
    assert!(!home.dirs().agreed_commands().exists(), "once is once");

    screen.command(Key::Enter);
    screen.press(Role::Button, "Always allow this command line");
    screen.wait_for_text("\"random\": ");
    screen.wait_for("the agreement on disk", |_| home.dirs().agreed_commands().exists());
    screen.command(Key::Enter);
    screen.assert_silent("May this command run");

    // Another line is another question.
    screen.fill("Command", &format!("{line}2"));
    screen.command(Key::Enter);
    screen.assert_says("May this command run");
    screen.press(Role::Button, "Do not run");
    screen.quit();
    assert!(fs::read_to_string(home.dirs().agreed_commands()).unwrap().contains("echo token"));
}

#[test]
fn a_secret_in_a_saved_request_is_warned_of() {
    let home = Home::new();
    let mut screen = auth_pane(&home);
    screen.choose("Kind", "Bearer");
    screen.press(Role::Button, "Show secrets");
    screen.fill("Token", "{{token}}");
    screen.assert_silent("would be saved as it stands");
    screen.fill("Token", "abc");
    screen.assert_says("would be saved as it stands");
}

#[test]
fn credentials_that_metadata_goes_before_are_not_sent_in_silence() {
    let home = Home::new();
    let mut screen = auth_pane(&home);
    screen.choose("Kind", "Bearer");
    screen.assert_silent("Not sent");
    screen.press(Role::Tab, "Metadata");
    screen.press(Role::Button, "Add metadata");
    screen.fill("Metadata name 1", "Authorization");
    screen.press(Role::Tab, "Auth");
    screen.assert_says("Not sent: the metadata has authorization");
}

#[test]
fn the_pane_speaks_chinese() {
    let home = Home::speaking(Language::Chinese);
    let mut screen = home.start_with(&[]);
    screen.wait_for("the first request", |screen| screen.says("演示") && screen.enabled(Role::Button, "发送"));
    screen.press(Role::Tab, "认证");
    screen.choose("类型", "OAuth 2");
    screen.choose("授权方式", "授权码");
    screen.fill("重定向端口", "8400");
    screen.assert_says("请在服务商处登记此重定向地址：http://127.0.0.1:8400/callback");
    screen.choose("类型", "由命令给出令牌");
    screen.fill("命令", "echo x");
    screen.press(Role::Button, "获取令牌");
    screen.assert_says("是否允许在您的机器上运行此命令以取得令牌？");
    screen.press(Role::Button, "不运行");
}
