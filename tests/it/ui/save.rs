//! Journey 4: requests as files, and the window as it was left.

use std::fs;
use std::net::TcpListener;

use egui::{Key, Role};
use expect_test::expect;
use trunkline::collection::Language;

use super::driver::{Home, Screen};

/// A new tab for a method, found by typing.
fn new_request(screen: &mut Screen, method: &str) {
    screen.command(Key::N);
    screen.command(Key::P);
    screen.type_text(method);
    screen.key(Key::Enter);
    screen.wait_until_ready();
}

#[test]
fn a_request_is_saved_edited_and_saved_again() {
    let home = Home::new();
    let mut screen = home.start();
    new_request(&mut screen, "hello.Hello/SayHello");
    screen.fill("Target", "{{host}}");
    screen.fill("name", "Ada");
    screen.fill("age", "36");
    screen.press(Role::Tab, "Metadata");
    screen.press(Role::Button, "Add metadata");
    screen.fill("Metadata name 1", "x-trace");
    screen.fill("Metadata value 1", "{{$uuid}}");

    screen.command(Key::S);
    assert_eq!(screen.value("Name"), "SayHello");
    screen.fill("Name", "Greet Ada");
    screen.key(Key::Enter);
    screen.wait_for("its row in the tree", |screen| screen.has(Role::TreeItem, "Greet Ada"));
    assert!(screen.chosen(Role::Tab, "Greet Ada"));
    let file = home.demo().join("greet-ada.request.json");
    screen.assert_says(&format!("Saved as {}", file.display()));
    expect![[r#"
        {
          "trunkline": 1,
          "name": "Greet Ada",
          "method": "hello.Hello/SayHello",
          "target": "{{host}}",
          "metadata": [["x-trace", "{{$uuid}}"]],
          "messages": [{ "name": "Ada", "age": 36 }]
        }
    "#]]
    .assert_eq(&fs::read_to_string(&file).unwrap());

    screen.press(Role::Tab, "Message");
    screen.fill("age", "37");
    assert!(fs::read_to_string(&file).unwrap().contains("36"), "nothing is saved before it is asked for");
    screen.command(Key::S);
    screen.wait_for("the new age in the file", |_| fs::read_to_string(&file).unwrap().contains("\"age\": 37"));
}

/// The collection says where its requests go, and an environment says otherwise.
#[test]
fn a_saved_request_is_run_from_the_collection_in_an_environment() {
    let home = Home::new();
    let nowhere = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let environment = home.demo().join("environments/nowhere.json");
    fs::create_dir_all(environment.parent().unwrap()).unwrap();
    let text = format!(r#"{{ "variables": {{ "host": "{nowhere}" }}, "defaults": {{ "target": "{{{{host}}}}" }} }}"#);
    fs::write(&environment, text).unwrap();

    let mut screen = home.start();
    screen.open_request("Get random");
    screen.send();
    screen.wait_for_text("\"random\": ");
    screen.choose("Environment", "nowhere");
    screen.send();
    screen.wait_for_text(&format!("Nothing listens on {nowhere}."));
    screen.choose("Environment", "No environment");
    screen.send();
    screen.wait_for_text("\"random\": ");
}

#[test]
fn the_next_start_opens_what_was_open_as_it_was() {
    let home = Home::new();
    let mut screen = home.start();
    screen.fill("name", "Edited, not saved");
    new_request(&mut screen, "hello.Hello/SayHello");
    screen.press(Role::RadioButton, "JSON");
    screen.fill("Message as JSON", "{ \"name\": \"half a");
    screen.press(Role::RadioButton, "Services");
    screen.quit();

    let mut screen = home.start_with(&[]);
    screen.wait_until_ready();
    assert!(screen.chosen(Role::RadioButton, "Services"));
    assert_eq!(screen.labels(Role::Tab)[..2], ["Say hello", "SayHello"]);
    assert!(screen.chosen(Role::Tab, "SayHello"));
    screen.assert_says("The text is not valid JSON");
    screen.press_nth(Role::Button, "JSON", 0);
    assert_eq!(screen.value("Message as JSON"), "{ \"name\": \"half a");
    screen.press(Role::Tab, "Say hello");
    screen.wait_until_ready();
    assert_eq!(screen.value("name"), "Edited, not saved");
}

/// A crash gives no time to write anything: the session is stored as it changes.
#[test]
fn drafts_outlive_a_crash() {
    let home = Home::new();
    let mut screen = home.start();
    screen.fill("name", "Typed before the crash");
    let session = home.dirs().session();
    screen.wait_for("the session on disk", |_| {
        fs::read_to_string(&session).is_ok_and(|text| text.contains("Typed before the crash"))
    });
    drop(screen);

    let screen = home.start();
    assert_eq!(screen.value("name"), "Typed before the crash");
}

#[test]
fn a_request_is_renamed_and_deleted() {
    let home = Home::new();
    let mut screen = home.start();
    screen.key(Key::F2);
    screen.fill("Name", "你好");
    screen.key(Key::Enter);
    screen.wait_for("the new name in the tree", |screen| screen.has(Role::TreeItem, "你好"));
    assert!(screen.chosen(Role::Tab, "你好"));
    screen.send();
    screen.wait_for_text("Hello, Ada!");

    screen.choose_from_menu(Role::TreeItem, "你好", "Delete");
    screen.wait_for("the row to go", |screen| !screen.has(Role::TreeItem, "你好"));
    assert_eq!(screen.value("name"), "Ada", "what the file held stays in its tab");
}

#[test]
fn broken_settings_do_not_keep_the_window_from_opening() {
    let home = Home::speaking(Language::English);
    fs::create_dir_all(home.dirs().data).unwrap();
    fs::write(home.dirs().session(), "{ \"tabs\": ").unwrap();
    let screen = home.start();
    screen.assert_says("session.broken.json");
}

#[test]
fn a_request_that_another_program_writes_shows_in_its_tab_unless_that_has_changes() {
    let home = Home::new();
    let mut screen = home.start();
    let file = home.demo().join("hello-world/say-hello.request.json");
    assert_eq!(screen.value("name"), "Ada");
    let write = |name: &str| {
        let text = fs::read_to_string(&file).unwrap();
        let at = text.find("\"messages\"").unwrap();
        let end = text[at..].find(']').unwrap() + at;
        fs::write(&file, format!("{}\"messages\": [{{ \"name\": \"{name}\" }}{}", &text[..at], &text[end..])).unwrap();
    };
    write("Grace");
    screen.wait_for("what the file holds", |screen| screen.value("name") == "Grace");
    screen.fill("name", "Alan");
    write("Edsger");
    // A request that comes after it in the tree tells that the collection was read again.
    fs::copy(&file, home.demo().join("hello-world/zuletzt.request.json")).unwrap();
    screen.wait_for("the new request", |screen| {
        screen.labels(Role::TreeItem).iter().filter(|name| *name == "Say hello").count() > 3
    });
    assert_eq!(screen.value("name"), "Alan");
}
