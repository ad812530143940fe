//! A channel in words: the facts of the engine as rows, lines and sentences, for panel, status line and clipboard.
//!
//! Must not know: toolkit, which channel is looked at.

use std::fmt::Write as _;
use std::time::{Duration, SystemTime};

use crate::app::format;
use crate::engine::{Cause, ChannelFacts, ChannelState, StateChange, Why};
use crate::log::day;
use crate::text::Text;

/// Key of the name of a state.
#[must_use]
pub const fn state_key(state: ChannelState) -> &'static str {
    match state {
        ChannelState::Idle => "channel-idle",
        ChannelState::Connecting => "channel-connecting",
        ChannelState::Ready => "channel-ready",
        ChannelState::TransientFailure => "channel-failed",
        ChannelState::Shutdown => "channel-shutdown",
    }
}

/// Why a channel came into a state, in words.
#[must_use]
pub fn why_words(why: &Why, text: &Text) -> String {
    let key = match why {
        Why::Failed(cause) => return cause_words(cause, text),
        Why::GoAway(goaway) => return text.with("channel-why-goaway", &[("reason", goaway.reason().into())]),
        Why::Wanted => "channel-why-wanted",
        Why::Opened => "channel-why-opened",
        Why::ServerClosed => "channel-why-server-closed",
        Why::Unused => "channel-why-unused",
        Why::GivenUp => "channel-why-given-up",
        Why::Asked => "channel-why-asked",
    };
    text.get(key).to_owned()
}

/// What happened, in one sentence.
#[must_use]
pub fn cause_words(cause: &Cause, text: &Text) -> String {
    let arguments = cause.arguments();
    let arguments: Vec<_> = arguments.iter().map(|(name, value)| (*name, value.as_str().into())).collect();
    text.with(cause.key(), &arguments)
}

/// What is called a channel: where it leads.
#[must_use]
pub fn title(facts: &ChannelFacts) -> String {
    facts.addresses.join(", ")
}

/// In one line: state, open calls, the last round trip.
#[must_use]
pub fn line(facts: &ChannelFacts, text: &Text) -> String {
    let mut words = vec![text.get(state_key(facts.state)).to_owned()];
    words.push(text.with("channel-open-calls", &[("count", facts.open_calls.into())]));
    words.extend(facts.round_trip.map(|trip| format::duration(trip.took)));
    words.join(" · ")
}

/// How long ago, or for how long, in whole seconds.
#[must_use]
pub fn age(since: SystemTime, now: SystemTime) -> String {
    let age = now.duration_since(since).unwrap_or_default();
    if age < Duration::from_mins(1) { format!("{} s", age.as_secs()) } else { format::duration(age) }
}

/// The steps of a history with the time that each lasted, the latest first.
pub fn lasted(facts: &ChannelFacts, now: SystemTime) -> impl Iterator<Item = (&StateChange, Duration)> {
    let ends = facts.history.iter().skip(1).map(|change| change.at).chain([now]);
    let steps: Vec<_> = facts.history.iter().zip(ends).collect();
    steps.into_iter().rev().map(|(change, end)| (change, end.duration_since(change.at).unwrap_or_default()))
}

/// What is said about a connection: the key of a label, and its value.
#[must_use]
pub fn rows(facts: &ChannelFacts, now: SystemTime, text: &Text) -> Vec<(&'static str, String)> {
    let ago = |at| text.with("channel-ago", &[("age", age(at, now).into())]);
    let mut rows = vec![("channel-addresses", facts.addresses.join(", "))];
    let connection = facts.connection.as_ref();
    if let Some(connection) = connection {
        let peer = &connection.peer;
        rows.push(("channel-peer", peer.address.clone()));
        rows.extend(peer.local.clone().map(|local| ("channel-local", local)));
        rows.extend(peer.via.clone().map(|via| ("channel-proxy", via)));
        rows.push(("channel-connected", ago(connection.since)));
    }
    rows.push(("channel-authority", facts.authority.clone()));
    let security = match connection.map(|connection| &connection.peer.tls) {
        Some(Some(tls)) => [&tls.version, &tls.cipher, &tls.alpn].map(String::as_str).join(", "),
        None if facts.spec.tls.is_some() => text.get("channel-tls").to_owned(),
        Some(None) | None => text.get("lock-plaintext").to_owned(),
    };
    rows.push(("channel-security", security.trim_end_matches(", ").to_owned()));
    if let Some(connection) = connection {
        let streams = connection.max_streams.map(|most| format::count(most as u64));
        rows.push(("channel-max-streams", streams.unwrap_or_else(|| text.get("channel-no-limit").to_owned())));
    }
    let counts = [("open", facts.open_calls.into()), ("all", format::count(facts.calls).into())];
    rows.push(("channel-calls", text.with("channel-calls-words", &counts)));
    let counts = [("all", facts.connections.into()), ("old", facts.draining.into())];
    let key = if facts.draining > 0 { "channel-connections-draining" } else { "channel-connections-words" };
    rows.push(("channel-connections", text.with(key, &counts)));
    let sizes = [("in", format::size(facts.bytes_in).into()), ("out", format::size(facts.bytes_out).into())];
    rows.push(("channel-traffic", text.with("channel-traffic-words", &sizes)));
    if let Some(trip) = facts.round_trip {
        let words = [("took", format::duration(trip.took).into()), ("ago", ago(trip.at).into())];
        rows.push(("channel-round-trip", text.with("channel-round-trip-words", &words)));
    }
    rows.extend(facts.goaway.as_ref().map(|goaway| ("channel-goaway", goaway.reason())));
    if let Some(failure) = &facts.last_failure {
        let words = [("sentence", cause_words(&failure.cause, text).into()), ("ago", ago(failure.at).into())];
        rows.push(("channel-last-failure", text.with("channel-last-failure-words", &words)));
    }
    if let Some(wait) = facts.next_try.filter(|wait| !wait.is_zero()) {
        let words = text.with("channel-next-try-words", &[("wait", format::duration(wait).into())]);
        rows.push(("channel-next-try", words));
    }
    rows
}

/// What the user must be told loudly of the connection.
#[must_use]
pub fn warnings(facts: &ChannelFacts, text: &Text) -> Vec<String> {
    let tls = facts.connection.as_ref().and_then(|connection| connection.peer.tls.as_ref());
    let Some(tls) = tls else { return Vec::new() };
    let mut warnings = Vec::new();
    if let Some(doubt) = &tls.doubt {
        warnings.push(text.with("channel-doubt", &[("sentence", cause_words(doubt, text).into())]));
    } else if tls.unverified {
        warnings.push(text.get("channel-unverified").to_owned());
    }
    if tls.key_log {
        warnings.push(text.get("channel-key-log").to_owned());
    }
    warnings
}

/// All that is known of a channel, for the clipboard.
pub(super) fn as_text(facts: &ChannelFacts, now: SystemTime, text: &Text) -> String {
    let mut out = format!("{}\n{}\n", title(facts), line(facts, text));
    let mut say = |name: &str, value: &str| {
        // Writing to a string cannot fail.
        let _written = writeln!(out, "{name}: {value}");
    };
    for warning in warnings(facts, text) {
        say("!", &warning);
    }
    for (key, value) in rows(facts, now, text) {
        say(text.get(key), &value);
    }
    let tls = facts.connection.as_ref().and_then(|connection| connection.peer.tls.as_ref());
    for certificate in tls.map(|tls| tls.chain.as_slice()).unwrap_or_default() {
        let dates = [("from", day(certificate.not_before).into()), ("until", day(certificate.not_after).into())];
        let dates = text.with("certificate-dates", &dates);
        say(text.get("certificate-subject"), &format!("{}, {dates}, {}", certificate.title(), certificate.fingerprint));
    }
    for (change, duration) in lasted(facts, now) {
        let state = format!("{} ({})", text.get(state_key(change.state)), format::duration(duration));
        say(&format::time_of_day(change.at), &format!("{state}: {}", why_words(&change.why, text)));
    }
    out
}
