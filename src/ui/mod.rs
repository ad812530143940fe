//! egui only: draws [`crate::app::App`] and pushes [`crate::app::Action`]s; one file per part of the screen, named after
//! what it draws.
//!
//! Must not know: tonic.

pub mod icons;
mod import_paths;
mod json;
pub mod theme;
pub mod widgets;

mod address;
mod answer;
mod auth;
mod bytes;
mod carried;
mod channels;
mod channelz;
mod collection;
mod defaults;
mod dialogs;
mod docs;
mod drift;
mod entries;
mod form;
mod health;
mod import_message;
mod keys;
mod message;
mod metadata;
mod method;
mod modal;
mod overlay;
mod palette;
mod peer;
mod problems;
mod refused;
mod request;
mod response;
mod rules;
mod saving;
mod services;
mod settings;
mod settings_pane;
mod sidebar;
mod status;
mod stream;
mod system_theme;
mod tabs;
mod timeline;
mod top_bar;
mod views;
mod window;

use std::path::PathBuf;

use egui::{Color32, Ui};

use crate::engine::{Cause, Offered, Status, code_name};
use crate::log::EntryKind;
use crate::request::Scope;
use crate::request::variables::{self as request_variables, Meaning};
use crate::schema::Kind;
use crate::text::Text;
use icons::Icon;
use theme::Tokens;

pub use window::{FirstFrame, Window};

/// Opens the window and runs it until it is closed; `first_frame` is for measuring the start.
///
/// # Errors
///
/// Why there can be no window: no display, no OpenGL.
pub fn run(paths: Vec<PathBuf>, first_frame: Option<FirstFrame>) -> Result<(), String> {
    window::run(paths, first_frame)
}

/// The icon of a kind of call, the same everywhere.
fn kind_icon(kind: Kind) -> Icon {
    match kind {
        Kind::Unary => Icon::ArrowRight,
        Kind::ServerStreaming => Icon::ArrowLineDown,
        Kind::ClientStreaming => Icon::ArrowLineUp,
        Kind::Bidirectional => Icon::ArrowsDownUp,
    }
}

/// Its colour.
fn kind_color(kind: Kind, tokens: &Tokens) -> Color32 {
    match kind {
        Kind::Unary => tokens.sent,
        Kind::ServerStreaming => tokens.success,
        Kind::ClientStreaming => tokens.warning,
        Kind::Bidirectional => tokens.bidirectional,
    }
}

/// Key of its name in the locale files.
fn kind_key(kind: Kind) -> &'static str {
    match kind {
        Kind::Unary => "kind-unary",
        Kind::ServerStreaming => "kind-server-streaming",
        Kind::ClientStreaming => "kind-client-streaming",
        Kind::Bidirectional => "kind-bidirectional",
    }
}

/// Text in the colour of second rank, wrapped.
fn secondary(ui: &mut Ui, text: &str) {
    let color = theme::tokens(ui).text_secondary;
    ui.label(egui::RichText::new(text).color(color));
}

/// Small text of third rank, wrapped.
fn hint(ui: &mut Ui, text: &str) {
    let color = theme::tokens(ui).text_tertiary;
    ui.label(egui::RichText::new(text).font(theme::small()).color(color));
}

/// A status in words: what happened, and where there is more to say, what to try.
fn status_words(text: &Text, status: &Status, cause: Option<&Cause>) -> String {
    let Some(cause) = cause else {
        return if status.message.is_empty() { code_name(status.code) } else { status.message.clone() };
    };
    let arguments = cause.arguments();
    let arguments: Vec<(&str, crate::text::Arg<'_>)> =
        arguments.iter().map(|(name, value)| (*name, value.as_str().into())).collect();
    let sentence = text.with(cause.key(), &arguments);
    let hint_key = format!("{}-hint", cause.key());
    if text.has(&hint_key) { format!("{sentence}\n{}", text.with(&hint_key, &arguments)) } else { sentence }
}

/// What a server has in place of a method that it does not implement, in words.
fn offered_words(text: &Text, offered: &Offered) -> String {
    let arguments = offered.arguments();
    let arguments: Vec<(&str, crate::text::Arg<'_>)> =
        arguments.iter().map(|(name, value)| (*name, value.as_str().into())).collect();
    let sentence = text.with(offered.key(), &arguments);
    let names = offered.names_key().map(|key| text.with(key, &arguments));
    names.map_or_else(|| sentence.clone(), |names| format!("{sentence}\n{names}"))
}

/// The variables of a text: where they stand, and what the text comes to with them, if there are any.
fn variables(text: &str, scope: &Scope) -> (Vec<std::ops::Range<usize>>, Option<String>) {
    if !text.contains("{{") {
        return (Vec::new(), None);
    }
    let spans = request_variables::spans(text, scope);
    let value = spans
        .iter()
        .all(|span| matches!(span.meaning, Meaning::Value(_)))
        .then(|| crate::request::expand(text, scope).ok())
        .flatten()
        .filter(|_| !spans.is_empty());
    (spans.into_iter().map(|span| span.range).collect(), value)
}

/// Key of an event's name.
fn event_key(kind: EntryKind) -> &'static str {
    match kind {
        EntryKind::Connecting => "event-connecting",
        EntryKind::Connected => "event-connected",
        EntryKind::Sent => "event-sent",
        EntryKind::SendingEnded => "event-sending-ended",
        EntryKind::Headers => "event-headers",
        EntryKind::Received => "event-received",
        EntryKind::Finished => "event-finished",
    }
}
