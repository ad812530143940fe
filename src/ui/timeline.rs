//! The Timeline pane: every step of a call with its time, a bar for what took some, and the details of a step below it
//! when it is opened. Above it the peer and the sums.
//!
//! Must not know: how the rows are made.

use std::collections::HashSet;
use std::time::Duration;

use egui::{Color32, Id, Rect, RichText, Role, ScrollArea, Sense, Ui, WidgetInfo, pos2, vec2};

use super::icons::Icon;
use super::theme::{self, Tokens};
use super::widgets;
use super::{entries, event_key, peer};
use crate::app::format;
use crate::engine::{Certificate, Outcome, Peer, Step, code_name};
use crate::log::{EntryKind, Log, Moment, TimelineRow, day};
use crate::schema::Kind;
use crate::text::Text;

/// Width of the column of times.
const TIMES: f32 = 78.0;
/// Width of the column of durations.
const DURATIONS: f32 = 72.0;
/// The widest that the bars are.
const WIDEST_BARS: f32 = 220.0;
/// Bars are left out where a row is narrower than this.
const NARROW: f32 = 420.0;

/// Which rows are open, by their place.
#[derive(Clone, Debug, Default)]
pub(super) struct TimelineView {
    open: HashSet<usize>,
}

/// Draws the timeline of a log.
pub(super) fn ui(ui: &mut Ui, log: &Log, view: &mut TimelineView, text: &Text) {
    head_ui(ui, log, text);
    let rows = log.timeline();
    ScrollArea::vertical().id_salt("timeline").auto_shrink(false).show(ui, |ui| {
        // The bar for scrolling stands beside the figures, not on them.
        ui.set_max_width(ui.available_width() - theme::GAP);
        ui.spacing_mut().item_spacing.y = 0.0;
        if let Some(peer) = &log.peer {
            peer::warnings_ui(ui, peer, text);
        }
        for (index, row) in rows.iter().enumerate() {
            let details = Details::of(&row.what);
            let open = details.as_ref().map(|_| view.open.contains(&index));
            if row_ui(ui, index, row, log, open, text) && !view.open.remove(&index) {
                view.open.insert(index);
            }
            if let Some(details) = details.filter(|_| view.open.contains(&index)) {
                details_ui(ui, index, details, row.secret_names, text);
            }
        }
    });
}

/// The peer, the sums, and the button that copies it all.
fn head_ui(ui: &mut Ui, log: &Log, text: &Text) {
    ui.horizontal_top(|ui| {
        let width = ui.available_width() - theme::INPUT_HEIGHT - theme::GAP;
        ui.vertical(|ui| {
            ui.set_width(width.max(60.0));
            if let Some(peer) = &log.peer {
                super::secondary(ui, &peer_words(peer, log.request().map(|(stream, _)| stream), text));
            }
            super::hint(ui, &sums(log, text));
        });
        if widgets::icon_button(ui, Icon::Copy, text.get("timeline-copy"), None).clicked() {
            ui.ctx().copy_text(log.timeline_report());
        }
    });
    ui.add_space(6.0);
}

/// The other end in one line; `stream` is that of the call, once it has one.
fn peer_words(peer: &Peer, stream: Option<u32>, text: &Text) -> String {
    let mut security = peer::security(peer, text);
    if let Some(stream) = stream {
        let words = [("http", text.get(peer::http_key(stream)).into()), ("security", security.into())];
        security = text.with("timeline-http", &words);
    }
    let reused = text.get(if peer.reused { "connection-reused" } else { "connection-new" });
    let words = [("address", peer.address.as_str().into()), ("security", security.into()), ("reused", reused.into())];
    let mut whole = text.with("timeline-peer", &words);
    for (key, value) in [("timeline-via", &peer.via), ("timeline-local", &peer.local)] {
        if let Some(value) = value {
            whole = text.with(key, &[("before", whole.into()), ("value", value.into())]);
        }
    }
    whole
}

/// Messages and bytes each way.
fn sums(log: &Log, text: &Text) -> String {
    let way = |key: &str, count: u64, bytes: u64, wire: u64| {
        let mut size = format::size(bytes);
        if wire != bytes {
            size = text.with("timeline-wire", &[("size", size.into()), ("wire", format::size(wire).into())]);
        }
        let figure = format::count(count);
        text.with(key, &[("count", count.into()), ("figure", figure.into()), ("size", size.into())])
    };
    let sent = way("timeline-sent", log.sent, log.sent_bytes, log.sent_wire);
    let received = way("timeline-received", log.received, log.received_bytes, log.received_wire);
    text.with("timeline-sums", &[("sent", sent.into()), ("received", received.into())])
}

/// One row; whether it is to be opened or closed.
fn row_ui(ui: &mut Ui, index: usize, row: &TimelineRow<'_>, log: &Log, open: Option<bool>, text: &Text) -> bool {
    let total = log.elapsed.max(Duration::from_nanos(1));
    let kind = Kind::of(&log.method);
    let tokens = theme::tokens(ui);
    let size = vec2(ui.available_width(), theme::LOG_ROW_HEIGHT);
    let sense = if open.is_some() { Sense::click() } else { Sense::hover() };
    let (_, rect) = ui.allocate_space(size);
    let response = ui.interact(rect, Id::unique(("timeline_row", index)), sense);
    if !ui.is_rect_visible(rect) {
        return false;
    }
    if open.is_some() && (response.hovered() || response.has_focus()) {
        ui.painter().rect_filled(rect, theme::RADIUS_SMALL, tokens.hover);
    }
    let words = words(&row.what, kind, text);
    let length = row.from.map(|from| row.at.saturating_sub(from));
    let cell = |left: f32, right: f32, words: &str, font, color| {
        let galley = widgets::elided(ui, words, font, color, (right - left).max(0.0));
        let at = Rect::from_min_max(pos2(left, rect.top()), pos2(right, rect.bottom()));
        let elided = galley.elided;
        widgets::paint_text(ui.painter(), at, left, galley);
        elided
    };
    // Figures end at the same edge, so that long ones are seen to be long.
    let figure = |left: f32, right: f32, words: &str, color| {
        let galley = widgets::elided(ui, words, theme::mono_small(), color, right - left);
        let at = Rect::from_min_max(pos2(left, rect.top()), pos2(right, rect.bottom()));
        let x = right - galley.size().x;
        widgets::paint_text(ui.painter(), at, x, galley);
    };
    let time = format!("+{}", format::duration(row.at));
    figure(rect.left(), rect.left() + TIMES, &time, tokens.text_tertiary);
    let mut left = rect.left() + TIMES + theme::GAP;
    if let Some(open) = open {
        let caret = if open { Icon::CaretDown } else { Icon::CaretRight };
        let center = pos2(left + theme::ICON_SIZE_SMALL / 2.0, rect.center().y);
        widgets::paint_icon(ui.painter(), center, caret, theme::ICON_SIZE_SMALL, tokens.text_secondary);
    }
    left += theme::ICON_SIZE_SMALL + theme::GAP / 2.0;
    let length = length.map(format::duration).unwrap_or_default();
    let bars = if rect.width() < NARROW { 0.0 } else { (rect.width() * 0.18).min(WIDEST_BARS) };
    let begin = rect.right() - DURATIONS - if bars > 0.0 { bars + theme::GAP } else { 0.0 };
    let color = if is_failure(&row.what) { tokens.error } else { tokens.text };
    // Words that do not fit beside the bar take its place: they say more.
    let fits = widgets::elided(ui, &words, theme::body(), color, f32::INFINITY).size().x <= begin - theme::GAP - left;
    let right = match (fits, length.is_empty()) {
        (true, _) => begin,
        (false, true) => rect.right(),
        (false, false) => rect.right() - DURATIONS + theme::GAP,
    };
    let is_cut = cell(left, right - theme::GAP, &words, theme::body(), color);
    if bars > 0.0 && fits {
        let area = Rect::from_min_max(pos2(begin, rect.top()), pos2(begin + bars, rect.bottom()));
        bar_ui(ui, area, row, total, tokens);
    }
    figure(rect.right() - DURATIONS + theme::GAP, rect.right(), &length, tokens.text_secondary);
    let said = format!("{time} {words} {length}");
    let role = if open.is_some() { Role::DisclosureTriangle } else { Role::Label };
    response.widget_info(|| WidgetInfo::labeled(role, ui.is_enabled(), said.trim_end()));
    if let Some(open) = open {
        ui.ctx().accesskit_node_builder(response.id, |node| node.set_expanded(open));
    }
    let response = if is_cut { response.on_hover_text(words) } else { response };
    open.is_some() && response.clicked()
}

/// A bar from the begin of what took some time to its end, a mark for what took none.
fn bar_ui(ui: &Ui, area: Rect, row: &TimelineRow<'_>, total: Duration, tokens: &Tokens) {
    const HEIGHT: f32 = 6.0;
    const LEAST: f32 = 2.0;
    let x = |time: Duration| {
        let part = time.as_secs_f32() / total.as_secs_f32();
        area.left() + part.clamp(0.0, 1.0) * (area.width() - LEAST)
    };
    let whole = Rect::from_center_size(area.center(), vec2(area.width(), 1.0));
    ui.painter().rect_filled(whole, 0, tokens.line);
    let (from, to) = (x(row.from.unwrap_or(row.at)), x(row.at) + LEAST);
    let bar = Rect::from_min_max(pos2(from, area.center().y - HEIGHT / 2.0), pos2(to, area.center().y + HEIGHT / 2.0));
    ui.painter().rect_filled(bar, 1, bar_color(&row.what, tokens));
}

fn bar_color(what: &Moment<'_>, tokens: &Tokens) -> Color32 {
    match what {
        _ if is_failure(what) => tokens.error,
        Moment::Message { sent: true, .. } | Moment::Requested { .. } | Moment::SendingEnded => tokens.sent,
        Moment::Message { .. } | Moment::Headers(_) => tokens.success,
        Moment::Finished(_) => tokens.text_tertiary,
        _ => tokens.accent,
    }
}

fn is_failure(what: &Moment<'_>) -> bool {
    match what {
        Moment::Step(Step::Failed { .. }) | Moment::Retrying { .. } => true,
        Moment::Finished(outcome) => outcome.status.code != 0,
        _ => false,
    }
}

/// What happened, in one line. A message that is the only one of its way needs no number.
fn words(what: &Moment<'_>, kind: Kind, text: &Text) -> String {
    match what {
        Moment::Connecting => text.get(event_key(EntryKind::Connecting)).to_owned(),
        Moment::Step(step) => step_words(step, text),
        Moment::Connected(peer) => {
            let reused = text.get(if peer.reused { "connection-reused" } else { "connection-new" });
            text.with("moment-connected", &[("reused", reused.into())])
        }
        Moment::Requested { stream, .. } => {
            let words = [("http", text.get(peer::http_key(*stream)).into()), ("stream", (*stream).into())];
            text.with(if *stream == 0 { "moment-requested" } else { "moment-requested-stream" }, &words)
        }
        Moment::Message { number, sent, size, compressed } => {
            let key = event_key(if *sent { EntryKind::Sent } else { EntryKind::Received });
            let mut bytes = format::size(*size);
            if let Some(wire) = compressed {
                let wire = format::size(u64::from(*wire));
                bytes = text.with("timeline-wire", &[("size", bytes.into()), ("wire", wire.into())]);
            }
            let is_one = if *sent { !kind.streams_requests() } else { !kind.streams_responses() };
            let number = format::count(*number);
            let values = [("what", text.get(key).into()), ("number", number.into()), ("size", bytes.into())];
            text.with(if is_one { "moment-only-message" } else { "moment-message" }, &values)
        }
        Moment::More { count } => text.with("timeline-more", &[("count", format::count(*count).into())]),
        Moment::SendingEnded => text.get(event_key(EntryKind::SendingEnded)).to_owned(),
        Moment::Headers(headers) => {
            let what = text.get(event_key(EntryKind::Headers)).to_owned();
            text.with("moment-entries", &[("what", what.into()), ("count", headers.len().into())])
        }
        Moment::Retrying { attempt, status, wait } => {
            let wait = format::duration(*wait);
            let code = code_name(status.code);
            let values = [("attempt", (*attempt).into()), ("status", code.into()), ("wait", wait.into())];
            let words = text.with("moment-retrying", &values);
            if status.message.is_empty() { words } else { format!("{words}: {}", status.message) }
        }
        Moment::Finished(outcome) => {
            let what = text.get(event_key(EntryKind::Finished));
            let words = format!("{what}: {} {}", outcome.status.code, code_name(outcome.status.code));
            let message = &outcome.status.message;
            if message.is_empty() { words } else { format!("{words}: {message}") }
        }
    }
}

fn step_words(step: &Step, text: &Text) -> String {
    let with = |key: &str, name: &'static str, value: &str| text.with(key, &[(name, value.into())]);
    match step {
        Step::LookedUp { host, addresses } => {
            text.with("moment-looked-up", &[("host", host.into()), ("addresses", addresses.join(", ").into())])
        }
        Step::Trying { address } => with("moment-trying", "address", address),
        Step::Failed { address, reason } => {
            text.with("moment-failed", &[("address", address.into()), ("reason", reason.into())])
        }
        Step::SocketConnected { address } => with("moment-socket", "address", address),
        Step::Tunnelled { proxy } => with("moment-tunnelled", "proxy", proxy),
        Step::Secured { version } => with("moment-secured", "version", version),
        Step::FetchingToken { source } => with("moment-fetching-token", "source", source),
        Step::Browser { url: _ } => text.get("moment-browser").to_owned(),
        Step::Token { source, reused } => {
            with(if *reused { "moment-token-kept" } else { "moment-token" }, "source", source)
        }
        Step::Settings { max_streams: None } => text.get("moment-settings").to_owned(),
        Step::Settings { max_streams: Some(most) } => text.with("moment-settings-most", &[("most", (*most).into())]),
    }
}

/// What an open row shows.
enum Details<'a> {
    Entries(&'a [crate::request::MetadataEntry]),
    Peer(&'a Peer),
    /// What does not fit into a row.
    Words(String),
    Outcome(&'a Outcome),
}

impl<'a> Details<'a> {
    fn of(what: &Moment<'a>) -> Option<Self> {
        let entries = |entries: &'a [_]| Some(Self::Entries(entries)).filter(|_| !entries.is_empty());
        match what {
            Moment::Requested { headers, .. } | Moment::Headers(headers) => entries(headers),
            Moment::Finished(outcome) => Some(Self::Outcome(outcome))
                .filter(|_| !outcome.trailers.is_empty() || !outcome.status.message.is_empty()),
            Moment::Connected(peer) => Some(Self::Peer(peer)),
            Moment::Step(Step::Failed { reason: words, .. }) => Some(Self::Words(words.clone())),
            Moment::Step(Step::LookedUp { addresses, .. }) if addresses.len() > 1 => {
                Some(Self::Words(addresses.join("\n")))
            }
            Moment::Retrying { status, .. } if !status.message.is_empty() => Some(Self::Words(status.message.clone())),
            _ => None,
        }
    }
}

fn details_ui(ui: &mut Ui, index: usize, details: Details<'_>, secret_names: &[String], text: &Text) {
    ui.horizontal_top(|ui| {
        ui.add_space(TIMES + theme::GAP + theme::ICON_SIZE_SMALL);
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = 2.0;
            match details {
                Details::Entries(entries) => {
                    entries::ui(ui, &format!("timeline {index}"), entries, secret_names, text);
                }
                Details::Peer(peer) => peer_ui(ui, peer, text),
                Details::Words(words) => words_ui(ui, &words),
                Details::Outcome(outcome) => {
                    if !outcome.status.message.is_empty() {
                        words_ui(ui, &outcome.status.message);
                    }
                    entries::ui(ui, &format!("timeline {index}"), &outcome.trailers, secret_names, text);
                }
            }
            ui.add_space(6.0);
        });
    });
}

fn words_ui(ui: &mut Ui, words: &str) {
    let words = RichText::new(words).font(theme::mono_small()).color(theme::tokens(ui).text);
    ui.add(egui::Label::new(words).selectable(true).wrap());
}

/// What is known of the other end, and its certificates.
fn peer_ui(ui: &mut Ui, peer: &Peer, text: &Text) {
    peer::facts_ui(ui, &peer::facts(peer, text));
    let chain = peer.tls.as_ref().map(|tls| tls.chain.as_slice()).unwrap_or_default();
    if !chain.is_empty() {
        ui.add_space(6.0);
        chain_ui(ui, chain, text);
    }
}

/// The certificates of a server, its own first.
pub(super) fn chain_ui(ui: &mut Ui, chain: &[Certificate], text: &Text) {
    for (index, certificate) in chain.iter().enumerate() {
        if index > 0 {
            ui.add_space(6.0);
        }
        let valid = [("from", day(certificate.not_before).into()), ("until", day(certificate.not_after).into())];
        let lines = [
            ("certificate-subject", certificate.subject.clone()),
            ("certificate-names", certificate.names.join(", ")),
            ("certificate-issuer", certificate.issuer.clone()),
            ("certificate-valid", text.with("certificate-dates", &valid)),
            ("certificate-serial", certificate.serial.clone()),
            ("certificate-fingerprint", certificate.fingerprint.clone()),
        ];
        peer::facts_ui(ui, &lines.map(|(key, value)| (text.get(key), value)));
    }
}
