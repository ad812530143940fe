//! Tokens of a tab, without a window: the browser, and commands.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread;

use super::auth::Answer;
use super::tests::{first_start, wait};
use super::{Action, App, Command, RequestPane, outside};
use crate::engine::TokenState;
use crate::request::{AuthDraft, CommandDraft, OAuthDraft, OAuthGrant};

/// A token server for one request, and its address.
fn token_server() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut seen = Vec::new();
        let mut bytes = [0; 4096];
        while !String::from_utf8_lossy(&seen).contains("code_verifier=") {
            let count = stream.read(&mut bytes).unwrap();
            assert!(count > 0, "the client went away");
            seen.extend(&bytes[..count]);
        }
        let body = r#"{"access_token":"t1","expires_in":3600}"#;
        write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len()).unwrap();
    });
    address
}

fn with_login() -> (tempfile::TempDir, App) {
    let (folder, mut app) = first_start();
    // A browser that does nothing: what it would do is done here.
    app.browser = outside::Opener::Program("true".to_owned());
    let server = token_server();
    let tab = app.tab_mut().unwrap();
    tab.pane = RequestPane::Auth;
    tab.draft.auth = AuthDraft::OAuth2(OAuthDraft {
        grant: OAuthGrant::AuthorizationCode,
        authorization_url: "https://login.example.com/a".into(),
        token_url: format!("http://{server}/t"),
        client_id: "me".into(),
        ..OAuthDraft::default()
    });
    (folder, app)
}

fn browser(app: &App) -> Option<&String> {
    app.tab().unwrap().auth.browser.as_ref()
}

/// What the browser would do.
fn log_in(address: &str) {
    let parameter = |name: &str| {
        let value = address.split(['?', '&']).find_map(|pair| pair.strip_prefix(&format!("{name}="))).unwrap();
        value.replace("%3A", ":").replace("%2F", "/")
    };
    let redirect = parameter("redirect_uri");
    let host = redirect.strip_prefix("http://").unwrap().strip_suffix("/callback").unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    write!(stream, "GET /callback?code=1&state={} HTTP/1.1\r\n\r\n", parameter("state")).unwrap();
    let mut page = String::new();
    stream.read_to_string(&mut page).unwrap();
    assert!(page.contains("You can close this window"), "{page}");
}

#[test]
fn a_login_in_the_browser_gives_a_token() {
    let (_folder, mut app) = with_login();
    app.apply(Action::FetchToken);
    wait(&mut app, |app| browser(app).is_some());
    assert!(app.is_waiting());
    log_in(&browser(&app).unwrap().clone());
    wait(&mut app, |app| matches!(app.tab().unwrap().auth.token, Some(TokenState::Held(_))));
    assert_eq!((browser(&app), &app.tab().unwrap().auth.failure), (None, &None));
    app.apply(Action::CopyToken);
    assert_eq!(app.copied.as_deref(), Some("t1"));
    app.apply(Action::ForgetToken);
    app.poll();
    assert_eq!(app.tab().unwrap().auth.token, Some(TokenState::Missing));
}

#[test]
fn a_call_waits_for_the_login_until_it_is_cancelled() {
    let (_folder, mut app) = with_login();
    wait(&mut app, |app| app.tab().unwrap().ready().is_some());
    app.apply(Command::Send.into());
    wait(&mut app, |app| browser(app).is_some());
    app.apply(Action::CancelToken);
    wait(&mut app, |app| !app.tab().unwrap().is_live());
    assert_eq!(browser(&app), None);
    app.apply(Action::FetchToken);
    wait(&mut app, |app| browser(app).is_some());
    app.apply(Action::CancelToken);
    assert_eq!((browser(&app), app.tab().unwrap().auth.is_fetching()), (None, false));
}

#[test]
fn a_send_waits_for_the_word_about_a_command() {
    let (_folder, mut app) = first_start();
    wait(&mut app, |app| app.tab().unwrap().ready().is_some());
    app.tab_mut().unwrap().draft.auth =
        AuthDraft::Command(CommandDraft { line: "echo {{word}}".into(), ..CommandDraft::default() });
    app.apply(Command::Send.into());
    let tab = app.tab().unwrap();
    // A variable that means nothing is a problem before it is a question.
    assert_eq!((tab.auth.question.is_none(), tab.pane, tab.problems.len()), (true, RequestPane::Auth, 1));
    app.tab_mut().unwrap().draft.auth =
        AuthDraft::Command(CommandDraft { line: "echo abc".into(), ..CommandDraft::default() });
    app.apply(Command::Send.into());
    assert!(app.tab().unwrap().auth.question.is_some() && app.tab().unwrap().run.is_none());
    app.apply(Action::AnswerCommand(Answer::Once));
    wait(&mut app, |app| app.tab().unwrap().run.as_ref().is_some_and(|run| run.log.outcome.is_some()));
    assert_eq!(app.tab().unwrap().run.as_ref().unwrap().log.outcome.as_ref().unwrap().status.code, 0);
}
