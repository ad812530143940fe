//! The one function from a request as typed to a call as meant. All problems are told at once, each with its place.
//!
//! Must not know: network, UI.

use std::time::Duration;

use bytes::Bytes;
use prost::Message as _;
use prost_reflect::{MessageDescriptor, MethodDescriptor};

use super::settings::ConnectionSettings;
use super::{
    Access, Address, AuthDraft, CallSpec, ConnectionSpec, DEFAULT_CONNECT_TIMEOUT, Draft, Entry, Place, Problem, Scope,
    Target, TlsPart, TlsSpec, body, credentials, expand, metadata, parse_duration, parse_target, security, settings,
    variables,
};
use crate::message::{self, ReadOptions, json};
use crate::schema::{Kind, MethodPath};

/// Turns what was typed into what is meant. With `messages` false the draft's messages are left out (a stream whose
/// messages are sent later).
///
/// Where requests do not stream there is at most one message, and none typed means an empty one.
///
/// # Errors
///
/// Every problem of the draft, each with its place.
pub fn resolve(
    draft: &Draft,
    scope: &Scope,
    method: &MethodDescriptor,
    messages: bool,
) -> Result<CallSpec, Vec<Problem>> {
    let mut problems = Vec::new();
    let access = kept(resolve_access(draft, scope), &mut problems);
    let timeout = kept(timeout(draft, scope), &mut problems);
    let kind = Kind::of(method);
    let messages = if messages { encode_all(draft, scope, method, kind, &mut problems) } else { Vec::new() };
    match (access, timeout) {
        (Some(access), Some(timeout)) if problems.is_empty() => Ok(CallSpec {
            access,
            method: MethodPath {
                service: method.parent_service().full_name().to_owned(),
                method: method.name().to_owned(),
            },
            kind,
            timeout,
            messages,
        }),
        _ => Err(problems),
    }
}

/// How the draft's calls reach their server, for reflection on the same target too.
///
/// # Errors
///
/// As [`resolve`].
pub fn resolve_access(draft: &Draft, scope: &Scope) -> Result<Access, Vec<Problem>> {
    let mut problems = Vec::new();
    let settings = settings::meaning(&draft.settings, scope);
    let connection = kept(connection(draft, scope), &mut problems);
    let metadata = kept(metadata::entries(&draft.metadata, &draft.auth, scope), &mut problems);
    let settings = kept(settings, &mut problems);
    let auth = if draft.auth == AuthDraft::Inherit { &scope.auth } else { &draft.auth };
    let credentials = kept(credentials(auth, scope).map_err(|problem| vec![problem]), &mut problems);
    match (connection, metadata, credentials, settings) {
        (Some(found), Some(metadata), Some(credentials), Some((settings, options))) => {
            // A row of the same name was typed on purpose.
            let is_typed = |entry: &Entry| metadata.iter().any(|(name, _)| *name == entry.name);
            let credentials = credentials.filter(|credentials| !is_typed(credentials.entry()));
            let secret_names = auth.secret_name(scope).into_iter().collect();
            let Reached { addresses, path_prefix, tls, authority, connect_timeout } = found;
            let ConnectionSettings { proxy, keepalive, windows, protocol } = settings;
            let connection =
                ConnectionSpec { addresses, tls, authority, connect_timeout, proxy, keepalive, windows, protocol };
            Ok(Access { connection, path_prefix, metadata, credentials, secret_names, options })
        }
        _ => Err(problems),
    }
}

/// Everything that keeps the draft from being sent, whatever its messages are: target, metadata, credentials, settings.
/// To be shown while they are typed.
#[must_use]
pub fn check_access(draft: &Draft, scope: &Scope) -> Vec<Problem> {
    let mut problems = resolve_access(draft, scope).err().unwrap_or_default();
    kept(timeout(draft, scope), &mut problems);
    problems
}

/// What is wrong with the settings: time limits, TLS and every [`Setting`](super::Setting), whatever else the draft
/// says. To be shown while they are typed.
#[must_use]
pub fn check_settings(draft: &Draft, scope: &Scope) -> Vec<Problem> {
    let mut problems = Vec::new();
    kept(timeout(draft, scope), &mut problems);
    kept(connection(draft, scope), &mut problems);
    kept(settings::meaning(&draft.settings, scope), &mut problems);
    problems.retain(|problem| problem.place != Place::Target);
    problems
}

/// Encodes one message typed as JSON, variables put in. An empty text is a message without fields.
///
/// # Errors
///
/// Every value that does not fit. A text that is no JSON is one problem with its position.
pub fn encode(text: &str, scope: &Scope, descriptor: &MessageDescriptor) -> Result<Bytes, Vec<message::Problem>> {
    if text.trim().is_empty() {
        return Ok(Bytes::new());
    }
    let options = ReadOptions { types: Some(&scope.types), ..ReadOptions::default() };
    // Without variables there is nothing to put in, and what is wrong is told from the tree below.
    if !text.contains("{{")
        && let Ok(message) = message::read_text_with(text, descriptor, options)
    {
        return Ok(message.encode_to_vec().into());
    }
    let node = json::parse(text).map_err(|error| {
        let message = bare_variable(text, error.position.offset).unwrap_or(error.message);
        vec![message::Problem { path: String::new(), position: Some(error.position), message }]
    })?;
    let node = body::fill(node, descriptor, scope)?;
    Ok(message::read_with(&node, descriptor, options)?.encode_to_vec().into())
}

/// What to do about a variable outside a string, which other programs allow.
fn bare_variable(text: &str, offset: usize) -> Option<String> {
    let spans = variables::spans(text, &Scope::default());
    let span = spans.into_iter().find(|span| span.range.contains(&offset))?;
    let name = span.name;
    Some(format!("the variable `{name}` must stand in quotes, \"{{{{{name}}}}}\": it takes the type of its field"))
}

fn kept<T>(result: Result<T, Vec<Problem>>, problems: &mut Vec<Problem>) -> Option<T> {
    result.map_err(|more| problems.extend(more)).ok()
}

/// What target, TLS settings and connect timeout say of the connection.
struct Reached {
    addresses: Vec<Address>,
    path_prefix: String,
    tls: Option<TlsSpec>,
    authority: Option<String>,
    connect_timeout: Duration,
}

fn connection(draft: &Draft, scope: &Scope) -> Result<Reached, Vec<Problem>> {
    let mut problems = Vec::new();
    let mut note = |place, message| problems.push(Problem { place, message });
    let tls = draft.tls.over(&scope.tls);
    let target = target(draft, scope, &tls).map_err(|message| note(Place::Target, message)).ok();
    let uses_tls = target.as_ref().is_some_and(|target| target.tls);
    // The files of TLS settings that are not used keep nobody from sending.
    let spec = if uses_tls {
        let spec = tls.meaning(scope);
        spec.map(Some).map_err(|all| all.into_iter().for_each(|(part, message)| note(Place::Tls(part), message))).ok()
    } else {
        Some(None)
    };
    let authority = security::authority(&tls.authority, scope);
    let authority = authority.map_err(|message| note(Place::Tls(TlsPart::Authority), message)).ok();
    let typed = [&draft.connect_timeout, &scope.connect_timeout].into_iter().find(|text| !text.trim().is_empty());
    let connect_timeout = if let Some(typed) = typed {
        let read = expand(typed, scope).and_then(|text| parse_duration(&text));
        read.map_err(|message| note(Place::ConnectTimeout, message)).ok()
    } else {
        Some(DEFAULT_CONNECT_TIMEOUT)
    };
    match (target, spec, authority, connect_timeout) {
        (Some(target), Some(tls), Some(authority), Some(connect_timeout)) => {
            let Target { addresses, path_prefix, .. } = target;
            Ok(Reached { addresses, path_prefix, tls, authority, connect_timeout })
        }
        _ => Err(problems),
    }
}

fn target(draft: &Draft, scope: &Scope, tls: &super::TlsDraft) -> Result<Target, String> {
    let text = if draft.target.trim().is_empty() { &scope.target } else { &draft.target };
    parse_target(&expand(text, scope)?, tls.mode)
}

fn timeout(draft: &Draft, scope: &Scope) -> Result<Option<Duration>, Vec<Problem>> {
    let text = if draft.timeout.trim().is_empty() { &scope.timeout } else { &draft.timeout };
    let problem = |message| vec![Problem { place: Place::Timeout, message }];
    let text = expand(text, scope).map_err(problem)?;
    if text.trim().is_empty() { Ok(None) } else { parse_duration(&text).map(Some).map_err(problem) }
}

fn encode_all(
    draft: &Draft,
    scope: &Scope,
    method: &MethodDescriptor,
    kind: Kind,
    problems: &mut Vec<Problem>,
) -> Vec<Bytes> {
    if !kind.streams_requests() {
        if draft.messages.is_empty() {
            return vec![Bytes::new()];
        }
        if draft.messages.len() > 1 {
            let message =
                format!("this method takes one message, not {}: only a stream takes more", draft.messages.len());
            problems.push(Problem { place: Place::Message(1), message });
        }
    }
    let mut encoded = Vec::with_capacity(draft.messages.len());
    for (index, text) in draft.messages.iter().enumerate() {
        match encode(text, scope, &method.input()) {
            Ok(bytes) => encoded.push(bytes),
            Err(all) => problems.extend(
                all.iter().map(|problem| Problem { place: Place::Message(index), message: problem.to_string() }),
            ),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    use std::path::PathBuf;

    use crate::request::tests::{PROTO, method};
    use crate::request::{AuthDraft, MetadataRow, TlsDraft, TlsMode};

    fn draft(messages: &[&str]) -> Draft {
        Draft {
            target: "localhost:1".into(),
            messages: messages.iter().map(|text| (*text).to_owned()).collect(),
            ..Draft::default()
        }
    }

    fn problems(draft: &Draft, scope: &Scope, name: &str) -> Vec<(Place, String)> {
        let problems = resolve(draft, scope, &method(PROTO, name), true).unwrap_err();
        problems.into_iter().map(|problem| (problem.place, problem.message)).collect()
    }

    #[test]
    fn a_draft_becomes_a_spec() {
        let scope = Scope {
            target: "https://example.com/Api".into(),
            timeout: "5s".into(),
            variables: vec![("name".into(), "世界".into())],
            folder: PathBuf::from("orders"),
            tls: TlsDraft { ca: "ca.pem".into(), ..TlsDraft::default() },
            ..Scope::default()
        };
        let draft = Draft { target: String::new(), ..draft(&["{ \"text\": \"{{name}}\" }"]) };
        let spec = resolve(&draft, &scope, &method(PROTO, "Unary"), true).unwrap();
        let connection = spec.access.connection;
        assert_eq!(connection.addresses, [Address::Tcp { host: "example.com".into(), port: 443 }]);
        assert_eq!(connection.tls.unwrap().ca, Some(PathBuf::from("orders").join("ca.pem")));
        assert_eq!(connection.connect_timeout, DEFAULT_CONNECT_TIMEOUT);
        assert_eq!((spec.access.path_prefix.as_str(), spec.method.to_string().as_str()), ("/Api", "t.v1.Tests/Unary"));
        assert_eq!((spec.kind, spec.timeout), (Kind::Unary, Some(Duration::from_secs(5))));
        assert_eq!(spec.messages, ["\u{a}\u{6}世界".as_bytes()]);
    }

    #[test]
    fn all_problems_are_told_at_once() {
        let draft = Draft {
            target: "{{nobody}}".into(),
            tls: TlsDraft {
                authority: "a b".into(),
                mode: TlsMode::Plaintext,
                cert: "unused".into(),
                ..TlsDraft::default()
            },
            metadata: vec![MetadataRow::default(), MetadataRow { name: "te".into(), ..MetadataRow::default() }],
            auth: AuthDraft::Bearer { token: String::new() },
            timeout: "soon".into(),
            connect_timeout: "0".into(),
            ..draft(&["{}", "{\n  \"count\": \"many\" }"])
        };
        let problems = problems(&draft, &Scope::default(), "Unary");
        let places: Vec<_> = problems.iter().map(|(place, _)| place.clone()).collect();
        let expected = [
            Place::Target,
            Place::Tls(TlsPart::Authority),
            Place::ConnectTimeout,
            Place::Metadata(1),
            Place::Auth,
            Place::Timeout,
            Place::Message(1),
            Place::Message(1),
        ];
        assert_eq!(places, expected, "{problems:?}");
        assert!(problems[7].1.starts_with("line 2, column "), "{problems:?}");
    }

    #[test]
    fn a_variable_outside_a_string_is_explained() {
        let problems = problems(&draft(&["{ \"count\": {{n}} }"]), &Scope::default(), "Unary");
        assert!(problems[0].1.contains("must stand in quotes, \"{{n}}\""), "{problems:?}");
        let problems = encode("{ \"count\" }", &Scope::default(), &method(PROTO, "Unary").input()).unwrap_err();
        assert!(!problems[0].message.contains("quotes"), "{problems:?}");
    }

    #[test]
    fn how_many_messages() {
        let count = |messages: &[&str], name: &str, with: bool| {
            resolve(&draft(messages), &Scope::default(), &method(PROTO, name), with)
                .map(|spec| spec.messages.len())
                .ok()
        };
        assert_eq!(count(&[], "Unary", true), Some(1));
        assert_eq!(count(&[" "], "Unary", true), Some(1));
        assert_eq!(count(&["{}", "{}"], "Unary", true), None);
        assert_eq!(count(&["{}", "{}"], "Unary", false), Some(0));
        assert_eq!(count(&[], "Bidi", true), Some(0));
        assert_eq!(count(&["", "{}", "{}"], "Bidi", true), Some(3));
    }

    #[test]
    fn a_connection_needs_no_messages() {
        let access = resolve_access(&draft(&["{ broken"]), &Scope::default()).unwrap();
        assert_eq!((access.connection.tls, access.metadata), (None, Vec::new()));
        assert!(resolve_access(&Draft::default(), &Scope::default()).is_err());
    }
}
