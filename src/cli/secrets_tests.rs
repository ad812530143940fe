//! A secret in each kind of credentials, looked for in every text that is made of a call.

use std::time::{Duration, SystemTime};

use bytes::Bytes;

use super::report::metadata_text;
use crate::engine::{CallEvent, EndedBy, Happened, Outcome, Payload, Status};
use crate::log::Log;
use crate::request::tests::{PROTO, method};
use crate::request::{
    self, AuthDraft, CallSpec, CommandDraft, Draft, EntryDraft, JwtDraft, MetadataRow, MetadataValue, OAuthDraft,
    Scope, Setting, TlsDraft, TlsMode,
};
use crate::schema::{Kind, MethodPath};

const SECRET: &str = "s3cr3t-of-mine";

fn entry() -> EntryDraft {
    EntryDraft { name: "x-mine".into(), prefix: "Mine".into() }
}

/// Every kind of credentials, with the secret in it.
fn kinds() -> Vec<AuthDraft> {
    let secret = || SECRET.to_owned();
    let oauth = OAuthDraft {
        token_url: "https://h/token".into(),
        client_id: "me".into(),
        client_secret: secret(),
        ..OAuthDraft::default()
    };
    vec![
        AuthDraft::Bearer { token: secret() },
        AuthDraft::Basic { user: "me".into(), password: secret() },
        AuthDraft::ApiKey { name: "x-mine".into(), value: secret() },
        AuthDraft::Jwt(JwtDraft { key: secret(), entry: entry(), ..JwtDraft::default() }),
        AuthDraft::OAuth2(oauth),
        AuthDraft::Command(CommandDraft { line: "print-token".into(), entry: entry(), ..CommandDraft::default() }),
    ]
}

/// What a call with these credentials leaves: a log, as the engine fills it.
fn log_of(spec: &CallSpec) -> Log {
    let access = &spec.access;
    let mut headers = access.metadata.clone();
    // What is fetched or signed when the call is made.
    headers.extend(access.credentials.as_ref().map(|credentials| {
        let entry = credentials.entry();
        (entry.name.clone(), MetadataValue::Text(format!("{} {SECRET}", entry.prefix)))
    }));
    let mut log = Log::new(method(PROTO, "Bidi"), SystemTime::UNIX_EPOCH, 1 << 20);
    log.secret_names.clone_from(&access.secret_names);
    let outcome =
        Outcome { status: Status::default(), trailers: headers.clone(), ended_by: EndedBy::Server, cause: None };
    for what in [
        Happened::Requested { stream: 1, headers: headers.clone() },
        Happened::Sent(Payload::plain(Bytes::from_static(b"\x0a\x01A"))),
        Happened::Headers(headers),
        Happened::Finished(Box::new(outcome)),
    ] {
        log.push(CallEvent { at: Duration::ZERO, what });
    }
    log
}

#[test]
fn no_text_of_a_call_holds_a_secret() {
    for auth in kinds() {
        let kind = auth.kind();
        let row =
            |name: &str, value: &str| MetadataRow { name: name.into(), value: value.into(), ..MetadataRow::default() };
        let mut draft = Draft {
            target: "h:1".into(),
            auth,
            metadata: vec![row("x-session-token", SECRET), row("x-plain", "seen")],
            tls: TlsDraft { mode: TlsMode::Tls, cert: "me.p12".into(), password: SECRET.into(), ..TlsDraft::default() },
            ..Draft::default()
        };
        draft.settings.set(Setting::Proxy, format!("http://me:{SECRET}@proxy:3128"));
        let drafted = format!("{draft:?}");
        let access = request::resolve_access(&draft, &Scope::default()).unwrap_or_else(|problems| {
            panic!("{kind:?}: {problems:?}");
        });
        let path = MethodPath { service: "t.v1.Tests".into(), method: "Bidi".into() };
        let spec = CallSpec { access, method: path, kind: Kind::Bidirectional, timeout: None, messages: Vec::new() };
        let log = log_of(&spec);
        let names = &spec.access.secret_names;
        let (_, sent) = log.request().unwrap();
        let mut exported = Vec::new();
        log.to_json_lines(&mut exported).unwrap();
        let texts = [
            ("draft", drafted),
            ("spec", format!("{spec:?}")),
            ("log", format!("{log:?}")),
            ("rows", format!("{:?}", log.timeline())),
            ("-v", metadata_text("Request metadata", sent, names)),
            ("-vv", log.timeline_text()),
            ("export", String::from_utf8(exported).unwrap()),
        ];
        for (name, text) in &texts {
            assert!(!text.contains(SECRET), "{kind:?} {name}: {text}");
        }
        // What is masked was there.
        assert!(texts[4].1.contains("••••••") && texts[4].1.contains("x-plain: seen"), "{kind:?}: {}", texts[4].1);
        assert!(texts[5].1.matches("••••••").count() >= 6, "{kind:?}: {}", texts[5].1);
    }
}
