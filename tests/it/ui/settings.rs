//! Settings of a request, and of all requests below a folder: every one can be reached, typed, saved and had back.

use std::fs;

use egui::{Key, Role};
use expect_test::expect;

use super::driver::{Home, Screen};

/// The fields, and what is typed into them.
const FIELDS: [(&str, &str); 19] = [
    ("Timeout", "7s"),
    ("Connect timeout", "2s"),
    ("Trusted roots", "tls/ca.pem"),
    ("Client certificate", "tls/me.pem"),
    ("Client key", "tls/me.key"),
    ("Server name", "api.test"),
    ("Address of the proxy", "socks5://localhost:1080"),
    ("Authority", "api.test:443"),
    ("User agent", "me/1"),
    ("Keepalive time", "30s"),
    ("Keepalive timeout", "3s"),
    ("Stream window", "1MB"),
    ("Connection window", "2MB"),
    ("Largest received", "5MB"),
    ("Largest sent", "6MB"),
    ("Accepted compression", "gzip"),
    ("Attempts", "3"),
    ("First wait", "20ms"),
    ("Longest wait", "1s"),
];

fn open_settings(screen: &mut Screen) {
    screen.open_request("Say hello five times");
    screen.press(Role::Tab, "Settings");
}

#[test]
fn every_setting_is_typed_saved_and_there_again() {
    let home = Home::new();
    let mut screen = home.start();
    open_settings(&mut screen);
    screen.press(Role::RadioButton, "TLS");
    screen.press(Role::Switch, "Skip verification");
    screen.assert_says("The server's certificate is not checked");
    screen.press_nth(Role::RadioButton, "On", 0);
    screen.press_nth(Role::RadioButton, "On", 1);
    screen.choose("Protocol", "gRPC-Web");
    screen.choose("Compression", "zstd");
    screen.choose("Proxy", "At an address");
    for (name, value) in FIELDS {
        screen.fill(name, value);
    }
    screen.fill("Retried codes", "UNAVAILABLE, ABORTED");
    screen.command(Key::S);
    screen.wait_for_text("Saved as");
    let file = home.demo().join("hello-world/say-hello-five-times.request.json");
    let text = fs::read_to_string(file).unwrap();
    let saved: serde_json::Value = serde_json::from_str(&text).unwrap();
    let parts = ["tls", "timeout", "connectTimeout", "settings"].map(|key| saved[key].to_string());
    expect![[r#"
        {"mode":"tls","ca":"tls/ca.pem","cert":"tls/me.pem","key":"tls/me.key","authority":"api.test:443","serverName":"api.test","insecure":true}
        "7s"
        "2s"
        {"protocol":"grpc-web","proxy":"socks5://localhost:1080","waitForReady":"on","keepaliveTime":"30s","keepaliveTimeout":"3s","keepaliveWithoutCalls":"on","maxReceiveSize":"5MB","maxSendSize":"6MB","compression":"zstd","acceptCompression":"gzip","streamWindow":"1MB","connectionWindow":"2MB","userAgent":"me/1","retryAttempts":"3","retryBackoff":"20ms","retryMaxBackoff":"1s","retryCodes":"UNAVAILABLE, ABORTED"}"#]]
    .assert_eq(&parts.join("\n"));

    screen.command(Key::W);
    screen.wait_for("the tab to go", |screen| !screen.has(Role::Tab, "Say hello five times"));
    open_settings(&mut screen);
    for (name, value) in FIELDS {
        assert_eq!(screen.value(name), value, "{name}");
    }
    assert_eq!(screen.value("Protocol"), "gRPC-Web");
    assert_eq!(screen.value("Compression"), "zstd");
    assert!(screen.chosen(Role::RadioButton, "TLS"));
    assert!(screen.chosen(Role::Switch, "Skip verification"));
}

#[test]
fn what_cannot_be_is_told_while_it_is_typed_and_can_be_reset() {
    let home = Home::new();
    let mut screen = home.start();
    open_settings(&mut screen);
    assert!(!screen.has(Role::TextInput, "Trusted roots"), "the demo server is reached without TLS");
    screen.assert_says("Plaintext: the host is this machine");
    screen.fill("Largest received", "a lot");
    screen.assert_says("`a lot` is no size");
    screen.press(Role::Button, "Reset Largest received");
    assert_eq!(screen.value("Largest received"), "");
    screen.assert_silent("is no size");
    screen.choose("Compression", "gzip");
    screen.press(Role::Button, "Reset Compression");
    assert_eq!(screen.value("Compression"), "None");

    screen.press(Role::RadioButton, "TLS");
    screen.fill("Client key", "me.key");
    screen.assert_says("the client key needs its certificate beside it");
}

#[test]
fn a_certificate_with_its_key_in_it_takes_a_password() {
    let home = Home::new();
    let mut screen = home.start();
    open_settings(&mut screen);
    screen.press(Role::RadioButton, "TLS");
    assert!(!screen.has(Role::PasswordInput, "Certificate password"));
    screen.fill("Client certificate", "tls/me.pem");
    assert_eq!(screen.description(Role::TextInput, "Client key"), "the client certificate needs its key beside it");
    screen.fill("Client certificate", "tls/me.p12");
    assert!(!screen.has(Role::TextInput, "Client key"), "its key is in the file");
    assert!(screen.has(Role::PasswordInput, "Certificate password"));
    screen.press(Role::Button, "Show secrets");
    screen.fill("Certificate password", "{{nobody}}");
    screen.assert_silent("would be saved as it stands");
    screen.assert_says("the variable `nobody` has no value here");
    screen.fill("Certificate password", "abc");
    screen.assert_says("would be saved as it stands");
    screen.command(Key::S);
    screen.wait_for_text("Saved as");
    let text = fs::read_to_string(home.demo().join("hello-world/say-hello-five-times.request.json")).unwrap();
    let saved: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(saved["tls"]["password"], "abc");
}

#[test]
fn a_folder_sets_what_its_requests_inherit() {
    const EDIT: &str = "Settings for all requests below…";
    let home = Home::new();
    let mut screen = home.start();
    screen.press(Role::RadioButton, "Collection");
    screen.choose_from_menu(Role::TreeItem, "Hello world", EDIT);
    screen.wait_for_text("Settings below Hello world");
    screen.fill("Timeout", "7s");
    screen.choose("Compression", "gzip");
    screen.press(Role::Tab, "Metadata");
    screen.press(Role::Button, "Add metadata");
    screen.fill("Metadata name 1", "x-team");
    screen.fill("Metadata value 1", "trunk");

    screen.leave_field();
    screen.key(Key::Escape);
    screen.assert_says("There are changes. Save them, or discard them.");
    screen.press(Role::Button, "Save");
    screen.wait_for_text("Saved as");
    let text = fs::read_to_string(home.demo().join("hello-world/folder.json")).unwrap();
    let saved: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(saved["name"], "Hello world", "what else the file has stays");
    let expected = serde_json::json!({
        "metadata": [["x-team", "trunk"]], "timeout": "7s", "settings": { "compression": "gzip" }
    });
    assert_eq!(saved["defaults"], expected);

    screen.open_request("Say hello five times");
    screen.press(Role::Tab, "Metadata");
    screen.wait_for_text("x-team: trunk");
    screen.assert_says("from the folder hello-world");
    screen.press(Role::Tab, "Settings");
    assert_eq!(screen.value("Compression"), "gzip");

    screen.choose_from_menu(Role::TreeItem, "Demo", EDIT);
    screen.wait_for_text("Settings below Demo");
    screen.key(Key::Escape);
    screen.assert_silent("Settings below Demo");
}
