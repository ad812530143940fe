//! The one function from a request as typed to a call as meant. All problems are told at once, each with its place.
//!
//! Must not know: network, UI.

use std::time::Duration;

use bytes::Bytes;
use prost::Message as _;
use prost_reflect::{MessageDescriptor, MethodDescriptor};

use super::{
    CallSpec, ConnectionSpec, DEFAULT_CONNECT_TIMEOUT, Draft, MetadataEntry, Place, Problem, Scope, Target, body,
    expand, metadata, parse_duration, parse_target, security,
};
use crate::message::{self, json};
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
    let connection = kept(connection(draft, scope), &mut problems);
    let metadata = kept(metadata::entries(&draft.metadata, &draft.auth, scope), &mut problems);
    let timeout = kept(timeout(draft, scope), &mut problems);
    let kind = Kind::of(method);
    let messages = if messages { encode_all(draft, scope, method, kind, &mut problems) } else { Vec::new() };
    match (connection, metadata, timeout) {
        (Some((connection, path_prefix)), Some(metadata), Some(timeout)) if problems.is_empty() => Ok(CallSpec {
            connection,
            path_prefix,
            method: MethodPath {
                service: method.parent_service().full_name().to_owned(),
                method: method.name().to_owned(),
            },
            kind,
            metadata,
            timeout,
            messages,
        }),
        _ => Err(problems),
    }
}

/// The connection and metadata that a draft would use, for reflection on the same target.
///
/// # Errors
///
/// As [`resolve`].
pub fn resolve_connection(draft: &Draft, scope: &Scope) -> Result<(ConnectionSpec, Vec<MetadataEntry>), Vec<Problem>> {
    let mut problems = Vec::new();
    let connection = kept(connection(draft, scope), &mut problems);
    let metadata = kept(metadata::entries(&draft.metadata, &draft.auth, scope), &mut problems);
    match (connection, metadata) {
        (Some((connection, _)), Some(metadata)) => Ok((connection, metadata)),
        _ => Err(problems),
    }
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
    let node = json::parse(text).map_err(|error| {
        vec![message::Problem { path: String::new(), position: Some(error.position), message: error.message }]
    })?;
    let node = body::fill(node, descriptor, scope)?;
    Ok(message::read(&node, descriptor)?.encode_to_vec().into())
}

fn kept<T>(result: Result<T, Vec<Problem>>, problems: &mut Vec<Problem>) -> Option<T> {
    result.map_err(|more| problems.extend(more)).ok()
}

fn connection(draft: &Draft, scope: &Scope) -> Result<(ConnectionSpec, String), Vec<Problem>> {
    let mut problems = Vec::new();
    let mut note = |place, message| problems.push(Problem { place, message });
    let tls = draft.tls.over(&scope.tls);
    let target = target(draft, scope, &tls).map_err(|message| note(Place::Target, message)).ok();
    let uses_tls = target.as_ref().is_some_and(|target| target.tls);
    // The files of TLS settings that are not used keep nobody from sending.
    let spec = if uses_tls {
        let spec = tls.meaning(scope);
        spec.map(Some).map_err(|all| all.into_iter().for_each(|message| note(Place::Tls, message))).ok()
    } else {
        Some(None)
    };
    let authority = security::authority(&tls.authority, scope).map_err(|message| note(Place::Tls, message)).ok();
    let connect_timeout = if draft.connect_timeout.trim().is_empty() {
        Some(DEFAULT_CONNECT_TIMEOUT)
    } else {
        let read = expand(&draft.connect_timeout, scope).and_then(|text| parse_duration(&text));
        read.map_err(|message| note(Place::ConnectTimeout, message)).ok()
    };
    match (target, spec, authority, connect_timeout) {
        (Some(target), Some(tls), Some(authority), Some(connect_timeout)) => {
            Ok((ConnectionSpec { address: target.address, tls, authority, connect_timeout }, target.path_prefix))
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
            Err(all) => problems
                .extend(all.iter().map(|problem| Problem { place: Place::Message(index), message: told(problem) })),
        }
    }
    encoded
}

/// A problem of a message with its place in words.
fn told(problem: &message::Problem) -> String {
    let mut text = String::new();
    if let Some(position) = problem.position {
        text.push_str(&format!("line {}, column {}: ", position.line, position.column));
    }
    if !problem.path.is_empty() {
        text.push_str(&format!("{}: ", problem.path));
    }
    text.push_str(&problem.message);
    text
}
