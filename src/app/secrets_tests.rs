//! Secrets of a tab, looked for in every file that the program keeps and in every text that it can be asked for: what
//! was typed stands in the session, at its place, and nowhere else; what came of it stands nowhere.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::thread;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::auth::Answer;
use super::channels::{ChannelAction, cause_words};
use super::tests::{first_start, start, wait};
use super::{Action, App, Command};
use crate::request::{
    AuthDraft, CommandDraft, Draft, JwtDraft, MASK, MetadataRow, OAuthDraft, Setting, TlsDraft, TlsMode,
};
use crate::text::{Language, Text};

/// The value of the variable `word`, which only the secret file of the environment may hold.
const VARIABLE: &str = "s3cr3t-variable";

/// What is typed into the tab, and what of it is secret.
#[derive(Default)]
struct Case {
    auth: AuthDraft,
    rows: Vec<(&'static str, &'static str)>,
    proxy: &'static str,
    tls: TlsDraft,
    /// Where in the tab of the session what was typed stands.
    typed: Vec<(&'static str, &'static str)>,
    /// What must stand nowhere.
    nowhere: Vec<String>,
    /// The call is to end well.
    works: bool,
}

/// A token server for every request.
fn token_server() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    // It ends with the tests.
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut seen = Vec::new();
            let mut bytes = [0; 4096];
            while !String::from_utf8_lossy(&seen).contains("grant_type=") {
                let count = stream.read(&mut bytes).unwrap();
                assert!(count > 0, "the client went away");
                seen.extend(&bytes[..count]);
            }
            let body = r#"{"access_token":"s3cr3t-access","refresh_token":"s3cr3t-refresh","expires_in":3600}"#;
            write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len()).unwrap();
        }
    });
    address
}

fn cases() -> Vec<(&'static str, Case)> {
    let of = |auth, typed: &[(&'static str, &'static str)]| Case {
        auth,
        typed: typed.to_vec(),
        works: true,
        ..Case::default()
    };
    let secret = || "s3cr3t-typed".to_owned();
    let oauth = OAuthDraft {
        token_url: format!("http://{}/token", token_server()),
        client_id: "me".into(),
        client_secret: secret(),
        ..OAuthDraft::default()
    };
    let tls = TlsDraft { mode: TlsMode::Tls, cert: "none.p12".into(), password: secret(), ..TlsDraft::default() };
    let variable = || "{{word}}".to_owned();
    let command = CommandDraft { line: "echo {{word}}".into(), ..CommandDraft::default() };
    let tokens = vec!["s3cr3t-access".to_owned(), "s3cr3t-refresh".to_owned(), STANDARD.encode("me:s3cr3t-typed")];
    let mut cases = vec![
        ("bearer", of(AuthDraft::Bearer { token: secret() }, &[("s3cr3t-typed", "/draft/auth/token")])),
        (
            "basic",
            of(AuthDraft::Basic { user: "me".into(), password: secret() }, &[("s3cr3t-typed", "/draft/auth/password")]),
        ),
        (
            "API key",
            of(AuthDraft::ApiKey { name: "x-mine".into(), value: secret() }, &[("s3cr3t-typed", "/draft/auth/value")]),
        ),
        (
            "JWT",
            of(
                AuthDraft::Jwt(JwtDraft { key: secret(), lifetime: "5m".into(), ..JwtDraft::default() }),
                &[("s3cr3t-typed", "/draft/auth/key")],
            ),
        ),
        (
            "OAuth 2",
            Case { nowhere: tokens, ..of(AuthDraft::OAuth2(oauth), &[("s3cr3t-typed", "/draft/auth/clientSecret")]) },
        ),
        ("variable", of(AuthDraft::Bearer { token: variable() }, &[])),
        (
            "metadata",
            Case {
                rows: vec![
                    ("x-session-token", "s3cr3t-row"),
                    ("cookie", "{{word}}"),
                    ("my-secret-bin", "czNjcjN0LWJpbg=="),
                ],
                works: true,
                typed: vec![("s3cr3t-row", "/draft/metadata/0/1"), ("czNjcjN0LWJpbg==", "/draft/metadata/2/1")],
                nowhere: vec!["s3cr3t-bin".to_owned()],
                ..Case::default()
            },
        ),
        (
            "proxy",
            Case {
                proxy: "http://me:s3cr3t-typed@127.0.0.1:1",
                typed: vec![("s3cr3t-typed", "/draft/settings/proxy")],
                nowhere: vec![STANDARD.encode("me:s3cr3t-typed")],
                ..Case::default()
            },
        ),
        ("TLS", Case { tls, typed: vec![("s3cr3t-typed", "/draft/tls/password")], ..Case::default() }),
    ];
    if cfg!(unix) {
        cases.push(("command", of(AuthDraft::Command(command), &[])));
    }
    for (_, case) in &mut cases {
        case.nowhere.extend([VARIABLE.to_owned(), STANDARD.encode("me:s3cr3t-typed"), "eyJ".to_owned()]);
    }
    cases
}

/// Every secret there is in any case.
fn all_secrets(cases: &[(&'static str, Case)]) -> Vec<String> {
    let typed = cases.iter().flat_map(|(_, case)| case.typed.iter().map(|(secret, _)| (*secret).to_owned()));
    typed.chain(cases.iter().flat_map(|(_, case)| case.nowhere.iter().cloned())).collect()
}

/// Where in a tree a text stands, within keys too.
fn places(value: &Value, text: &str, at: &str, found: &mut Vec<String>) {
    match value {
        Value::String(one) if one.contains(text) => found.push(at.to_owned()),
        Value::Array(all) => {
            for (index, value) in all.iter().enumerate() {
                places(value, text, &format!("{at}/{index}"), found);
            }
        }
        Value::Object(all) => {
            for (key, value) in all {
                assert!(!key.contains(text), "{at}: {key}");
                places(value, text, &format!("{at}/{key}"), found);
            }
        }
        _ => {}
    }
}

fn files(folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            found.push((name, String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned()));
        }
    }
}

/// All that can be asked for of the tab's call: what is exported, copied, told.
fn texts(app: &mut App) -> Vec<(&'static str, String)> {
    app.apply(Command::Channels.into());
    let ids: Vec<_> = app.channels.facts.iter().map(|facts| facts.id).collect();
    let mut channels = String::new();
    for id in ids {
        app.apply(ChannelAction::Choose(id).into());
        app.apply(ChannelAction::Copy.into());
        channels.push_str(&app.take_copied().unwrap());
    }
    let facts = format!("{:?}", app.channels.facts);
    app.apply(Action::CloseOverlay);
    let tab = app.tab().unwrap();
    let log = &tab.run.as_ref().unwrap().log;
    let mut exported = Vec::new();
    log.to_json_lines(&mut exported).unwrap();
    let outcome = log.outcome.as_ref().unwrap();
    let words = |language| outcome.cause.as_ref().map(|cause| cause_words(cause, &Text::new(language)));
    vec![
        ("channels", channels),
        ("facts of channels", facts),
        ("tab", format!("{tab:?}")),
        ("log", format!("{log:?}")),
        ("timeline", log.timeline_report()),
        ("rows of the timeline", format!("{:?}", log.timeline())),
        ("exported messages", String::from_utf8(exported).unwrap()),
        ("outcome", format!("{outcome:?}")),
        ("cause", format!("{:?} {:?}", words(Language::En), words(Language::ZhCn))),
        ("notice", format!("{:?}", app.notice)),
    ]
}

/// A program with the variable `word` in the environment at hand.
fn with_variable() -> (tempfile::TempDir, App) {
    let (folder, mut app) = first_start();
    let root = app.collections[0].collection.root.clone();
    app.apply(Action::UseEnvironment(Some("local".to_owned())));
    app.store_session(true);
    drop(app);
    let secret = format!("{{ \"variables\": {{ \"word\": \"{VARIABLE}\" }} }}");
    fs::write(root.join("environments/local.secret.json"), secret).unwrap();
    let app = start(&folder);
    (folder, app)
}

#[test]
fn secrets_stand_only_where_they_were_typed() {
    let (folder, mut app) = with_variable();
    let cases = cases();
    let secrets = all_secrets(&cases);
    let plain = Draft { target: app.demo_address().unwrap().to_string(), ..app.tab().unwrap().draft.clone() };
    for (name, case) in cases {
        let row = |(name, value): &(&str, &str)| MetadataRow {
            name: (*name).to_owned(),
            value: (*value).to_owned(),
            ..MetadataRow::default()
        };
        let metadata = case.rows.iter().map(row).collect();
        let mut draft = Draft { auth: case.auth, metadata, tls: case.tls, ..plain.clone() };
        draft.settings.set(Setting::Proxy, case.proxy.to_owned());
        let tab = app.tab_mut().unwrap();
        (tab.draft, tab.run) = (draft, None);
        app.apply(Command::Send.into());
        if app.tab().unwrap().auth.question.is_some() {
            app.apply(Action::AnswerCommand(Answer::Always));
        }
        let problems = format!("{:?}", app.tab().unwrap().problems);
        assert!(app.tab().unwrap().run.is_some(), "{name}: {problems}");
        wait(&mut app, |app| app.tab().unwrap().run.as_ref().is_some_and(|run| run.log.outcome.is_some()));

        let texts = texts(&mut app);
        let code = app.tab().unwrap().run.as_ref().unwrap().log.outcome.as_ref().unwrap().status.code;
        assert_eq!(code == 0, case.works, "{name}: {texts:?}");
        // What went out with the call is told, masked.
        let told = texts.iter().find(|(what, _)| *what == "timeline").is_some_and(|(_, text)| text.contains(MASK));
        assert_eq!(told, case.works, "{name}: {texts:?}");
        for (what, text) in &texts {
            for secret in &secrets {
                assert!(!text.contains(secret.as_str()), "{name}: {secret} in {what}: {text}");
            }
        }

        app.store_session(true);
        let mut all = Vec::new();
        files(folder.path(), &mut all);
        let session = all.iter().find(|(name, _)| name == "session.json").unwrap();
        let session: Value = serde_json::from_str(&session.1).unwrap();
        for secret in &secrets {
            let mut found = Vec::new();
            places(&session, secret, "", &mut found);
            let typed = case.typed.iter().filter(|(typed, _)| typed == secret);
            let expected: Vec<String> = typed.map(|(_, place)| format!("/tabs/0{place}")).collect();
            assert_eq!(found, expected, "{name}: {secret}");
            for (file, text) in all.iter().filter(|(file, _)| file != "session.json" && file != "local.secret.json") {
                assert!(!text.contains(secret.as_str()), "{name}: {secret} in {file}: {text}");
            }
        }
    }
}
