//! What goes wrong with a call says so once, in words, where the answer would be; and the window goes on.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread;

use egui::{Key, Role};

use super::driver::{Home, Screen};

/// Sends the first request to a target and waits for the one message that tells what became of it.
fn fails(screen: &mut Screen, target: &str, words: &[&str]) {
    screen.fill("Target", target);
    screen.send();
    screen.wait_for_text("14 UNAVAILABLE");
    for words in words {
        screen.assert_says(words);
        let said = screen.texts().into_iter().filter(|text| text.contains(words)).count();
        assert_eq!(said, 1, "{words:?} is said {said} times\n{}", screen.describe());
    }
    works_again(screen);
}

/// The window goes on: the demo server answers the very next call.
fn works_again(screen: &mut Screen) {
    screen.fill("Target", "");
    screen.send();
    screen.wait_for_text("Hello, Ada!");
    screen.assert_silent("UNAVAILABLE");
}

/// A server that answers whatever comes with these bytes.
fn server(answer: &'static [u8]) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::Builder::new()
        .name("server".to_owned())
        .spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let mut request = [0; 1024];
                // A client that has gone needs no answer.
                drop(stream.read(&mut request).and_then(|_| stream.write_all(answer)));
            }
        })
        .unwrap();
    address
}

#[test]
fn nobody_listens() {
    let home = Home::new();
    let mut screen = home.start();
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let words = format!("Nothing listens on {address}.");
    fails(&mut screen, &address.to_string(), &[&words, "Check that the server runs"]);
}

#[test]
fn a_web_server_listens() {
    let home = Home::new();
    let mut screen = home.start();
    let answer = b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    fails(&mut screen, &server(answer).to_string(), &["HTTP/1.1; gRPC needs HTTP/2"]);
}

#[test]
fn the_demo_server_speaks_no_tls() {
    let home = Home::new();
    let mut screen = home.start();
    let demo = screen.demo().unwrap();
    fails(&mut screen, &format!("grpcs://{demo}"), &["does not speak TLS", "Switch TLS off"]);
}

#[test]
fn a_tls_server_wants_tls() {
    let home = Home::new();
    let mut screen = home.start();
    fails(&mut screen, &tls_server().to_string(), &["expects TLS, but the call was plaintext", "Switch TLS on"]);
}

fn tls_server() -> SocketAddr {
    let certified = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let key = rustls_pki_types::PrivateKeyDer::try_from(certified.signing_key.serialize_der()).unwrap();
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let mut config = tokio_rustls::rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certified.cert.der().clone()], key)
        .unwrap();
    config.alpn_protocols = vec![b"h2".to_vec()];
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::Builder::new()
        .name("tls server".to_owned())
        .spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let mut connection = tokio_rustls::rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
                // Tells a client that does not speak TLS so, in TLS, and hangs up.
                drop(connection.complete_io(&mut stream));
            }
        })
        .unwrap();
    address
}

#[test]
fn a_status_of_the_server_comes_with_its_details() {
    let home = Home::new();
    let mut screen = home.start();
    screen.open_request("Fail");
    screen.send();
    screen.wait_for_text("3 INVALID_ARGUMENT");
    screen.assert_says("the order cannot be placed: 库存不足");
    screen.assert_says("STOCK_EMPTY");
}

#[test]
fn a_timeout_runs_out() {
    let home = Home::new();
    let mut screen = home.start();
    screen.open_request("Ticker");
    screen.press(Role::Tab, "Settings");
    screen.fill("Timeout", "soon");
    screen.send();
    assert!(!screen.description(Role::TextInput, "Timeout").is_empty(), "{}", screen.describe());
    screen.fill("Timeout", "300ms");
    screen.send();
    screen.wait_for_text("4 DEADLINE_EXCEEDED");
    screen.assert_says("The call did not end within its timeout of 300ms: it was ended here.");
}

#[test]
fn metadata_that_cannot_be_sent_is_told_beside_its_row() {
    let home = Home::new();
    let mut screen = home.start();
    screen.press(Role::Tab, "Metadata");
    screen.press(Role::Button, "Add metadata");
    screen.fill("Metadata name 1", "x-fine");
    screen.press(Role::Button, "Add metadata");
    screen.fill("Metadata name 2", "not a name");
    // Send brings the row to the front from wherever the user is.
    screen.press_nth(Role::Tab, "Message", 0);
    screen.send();
    assert!(screen.chosen(Role::Tab, "Metadata"));
    assert_eq!(screen.description(Role::TextInput, "Metadata name 1"), "");
    let problem = screen.description(Role::TextInput, "Metadata name 2");
    assert!(!problem.is_empty(), "{}", screen.describe());
    screen.assert_says(&problem);
    screen.assert_silent("0 OK");
    screen.press(Role::Button, "Remove metadata 2");
    screen.send();
    screen.wait_for_text("0 OK");
}

#[test]
fn an_unknown_variable_is_told_below_the_target() {
    let home = Home::new();
    let mut screen = home.start();
    screen.fill("Target", "{{hsot}}:50051");
    screen.send();
    let problem = screen.description(Role::TextInput, "Target");
    assert!(problem.contains("hsot"), "{problem:?}\n{}", screen.describe());
    screen.assert_says(&problem);
    screen.assert_silent("0 OK");
    screen.fill("Target", "");
    screen.assert_silent(&problem);
    screen.command(Key::Enter);
    screen.wait_for_text("Hello, Ada!");
}

#[test]
fn a_failure_leads_to_the_setting_that_mends_it() {
    let home = Home::new();
    let mut screen = home.start();
    screen.open_request("Echo");
    screen.press(Role::Tab, "Settings");
    screen.fill("Largest received", "1");
    screen.press(Role::Tab, "Message");
    screen.send();
    screen.wait_for_text("8 RESOURCE_EXHAUSTED");
    screen.press(Role::Button, "Go to “Largest received”");
    assert!(screen.chosen(Role::Tab, "Settings") && screen.focused("Largest received"), "{}", screen.describe());
    screen.fill("Largest received", "");
    screen.send();
    screen.wait_for_text("0 OK");
}
