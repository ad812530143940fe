//! The panel of channels: all of them at the left; at the right what is known of the chosen one, and what can be asked
//! of it.

use std::time::{Duration, SystemTime};

use egui::{Color32, Id, Label, Rect, RichText, Role, ScrollArea, Sense, Ui, UiBuilder, Vec2, WidgetInfo, pos2, vec2};

use super::icons::Icon;
use super::modal::{foot, title};
use super::theme::{self, Tokens};
use super::widgets::{self, ListState, NoticeKind, Push, TabLabel, VirtualList, elided, paint_text};
use super::{channelz, health, timeline};
use crate::app::channels::{self, ChannelAction, ChannelPane};
use crate::app::{Action, App, Focus, format};
use crate::engine::{ChannelFacts, ChannelId, ChannelState};
use crate::text::Text;

/// Width of the list of channels.
const LIST: f32 = 248.0;
/// Height of a row of two lines.
pub(super) const TALL_ROW: f32 = 42.0;
/// Width of the labels of the connection.
const LABELS: f32 = 132.0;
/// Height of the strip of states.
const STRIP: f32 = 10.0;
/// No part of the strip is narrower, so that a short failure is seen.
const LEAST_PART: f32 = 3.0;

/// What the drawing of the panel remembers between frames.
#[derive(Debug, Default)]
pub(super) struct ChannelsView {
    list: ListState,
    history: ListState,
    /// What the other panes scroll.
    pub rows: ListState,
    /// What the lists are of.
    of: Option<ChannelId>,
    /// The certificates are shown.
    chain: bool,
}

/// Draws it; whether it stays open.
pub(super) fn ui(ui: &mut Ui, app: &mut App, view: &mut ChannelsView, actions: &mut Vec<Action>) -> bool {
    let text = app.text.clone();
    title(ui, text.get("channels-title"));
    let height = (ui.ctx().content_rect().height() * 0.76 - 110.0).max(200.0);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
    let mut body = ui.new_child(UiBuilder::new().id_salt("channels_body").max_rect(rect));
    let take_focus = app.focus == Some(Focus::Overlay);
    if app.channels.facts.is_empty() {
        widgets::empty_state(&mut body, Icon::PlugsConnected, text.get("channels-none"), None);
    } else {
        let width = LIST.min(rect.width() * 0.34);
        let left = rect.with_max_x(rect.left() + width);
        let right = rect.with_min_x(left.right() + theme::PANEL_PADDING * 2.0);
        body.painter().vline(left.right() + theme::PANEL_PADDING, rect.y_range(), theme::tokens(&body).separator());
        let mut list = body.new_child(UiBuilder::new().id_salt("channels_list").max_rect(left));
        let response = list_ui(&mut list, app, view, actions, &text);
        if take_focus {
            response.request_focus();
            app.focus = None;
            // The list keeps the arrow keys to itself from the next frame on, which must come before a key does.
            list.ctx().request_repaint();
        }
        let mut detail = body.new_child(UiBuilder::new().id_salt("channel").max_rect(right));
        detail.shrink_clip_rect(right);
        if let Some(facts) = app.channels.shown() {
            detail_ui(&mut detail, app, facts, view, actions, &text);
        }
    }
    foot(ui, |ui| !ui.add(Push::new(text.get("close")).primary()).clicked())
}

/// The colour of a state.
pub(super) fn state_color(state: ChannelState, tokens: &Tokens) -> Color32 {
    match state {
        ChannelState::Ready => tokens.success,
        ChannelState::Connecting => tokens.warning,
        ChannelState::TransientFailure => tokens.error,
        ChannelState::Idle | ChannelState::Shutdown => tokens.text_tertiary,
    }
}

fn list_ui(ui: &mut Ui, app: &App, view: &mut ChannelsView, actions: &mut Vec<Action>, text: &Text) -> egui::Response {
    let tokens = theme::tokens(ui);
    let all = &app.channels.facts;
    let chosen = all.iter().position(|facts| Some(facts.id) == app.channels.chosen);
    view.list.selected = chosen.map(|at| at as u64);
    let id = Id::unique("channels_list");
    let mut list = VirtualList::new(id, text.get("channels-list"), all.len() as u64);
    list.row_height = TALL_ROW;
    let answer = list.show(ui, &mut view.list, |ui, rect, index, _| {
        let Some(facts) = usize::try_from(index).ok().and_then(|index| all.get(index)) else { return String::new() };
        let (name, mut words) = (channels::title(facts), channels::line(facts, text));
        if let Some(tls) = &facts.spec.tls {
            let name = text.get("channel-tls");
            let skipped = || text.with("peer-not-verified", &[("version", name.into())]);
            let security = if tls.insecure { skipped() } else { name.to_owned() };
            words = format!("{words} · {security}");
        }
        let dot = pos2(rect.left() + 12.0, rect.top() + TALL_ROW * 0.32);
        ui.painter().circle_filled(dot, 4.0, state_color(facts.state, tokens));
        two_lines_ui(ui, rect.with_min_x(rect.left() + 24.0), &name, &words);
        format!("{name}, {words}")
    });
    let selected = view.list.selected.and_then(|at| all.get(usize::try_from(at).ok()?));
    if let Some(facts) = selected.filter(|facts| Some(facts.id) != app.channels.chosen) {
        actions.push(ChannelAction::Choose(facts.id).into());
    }
    answer.response
}

/// A name, and small words below it.
pub(super) fn two_lines_ui(ui: &Ui, rect: Rect, name: &str, words: &str) {
    let tokens = theme::tokens(ui);
    let room = (rect.width() - 6.0).max(0.0);
    let middle = rect.center().y;
    let name = elided(ui, name, theme::mono_small(), tokens.text, room);
    paint_text(ui.painter(), rect.with_max_y(middle + 3.0), rect.left(), name);
    let words = elided(ui, words, theme::small(), tokens.text_secondary, room);
    paint_text(ui.painter(), rect.with_min_y(middle - 1.0), rect.left(), words);
}

fn detail_ui(
    ui: &mut Ui,
    app: &App,
    facts: &ChannelFacts,
    view: &mut ChannelsView,
    actions: &mut Vec<Action>,
    text: &Text,
) {
    if view.of != Some(facts.id) {
        view.of = Some(facts.id);
        (view.history, view.rows) = (ListState::default(), ListState::default());
    }
    let now = SystemTime::now();
    head_ui(ui, facts, now, text);
    buttons_ui(ui, app, facts, actions, text);
    let labels = ChannelPane::ALL.map(|pane| TabLabel::new(text.get(pane.key())));
    let mut shown = ChannelPane::ALL.iter().position(|pane| *pane == app.channels.pane).unwrap_or_default();
    ui.horizontal(|ui| {
        if widgets::tab_bar(ui, "channel_panes", &labels, &mut shown)
            && let Some(pane) = ChannelPane::ALL.get(shown)
        {
            actions.push(ChannelAction::Show(*pane).into());
        }
    });
    ui.add_space(theme::GAP);
    match app.channels.pane {
        ChannelPane::Connection => connection_ui(ui, facts, view, now, text),
        ChannelPane::History => history_ui(ui, facts, view, now, text),
        ChannelPane::Health => health::ui(ui, app.channels.health.as_ref(), actions, text),
        ChannelPane::Channelz => {
            channelz::ui(ui, app.channels.channelz.as_ref(), &mut view.rows, actions, text);
        }
    }
}

/// Where it leads, its state and since when.
fn head_ui(ui: &mut Ui, facts: &ChannelFacts, now: SystemTime, text: &Text) {
    let tokens = theme::tokens(ui);
    let name = channels::title(facts);
    let galley = elided(ui, &name, theme::semibold(), tokens.text, ui.available_width());
    let is_cut = galley.elided;
    let response = ui.add(Label::new(galley));
    if is_cut {
        response.on_hover_text(&name);
    }
    ui.horizontal(|ui| {
        widgets::status_dot(ui, state_color(facts.state, tokens));
        let since = facts.history.last().map_or(now, |change| change.at);
        let words =
            [("state", text.get(channels::state_key(facts.state)).into()), ("age", channels::age(since, now).into())];
        super::secondary(ui, &text.with("channel-since", &words));
        super::hint(ui, facts.state.name());
    });
    ui.add_space(theme::GAP);
}

fn buttons_ui(ui: &mut Ui, app: &App, facts: &ChannelFacts, actions: &mut Vec<Action>, text: &Text) {
    ui.horizontal_wrapped(|ui| {
        let mut button = |enabled, icon, key, action: ChannelAction| {
            if ui.add_enabled(enabled, Push::new(text.get(key)).icon(icon)).clicked() {
                actions.push(action.into());
            }
        };
        let connected = facts.connection.is_some();
        button(connected && !app.channels.is_pinging(), Icon::Waveform, "channel-ping", ChannelAction::Ping);
        button(true, Icon::ArrowsClockwise, "channel-reconnect", ChannelAction::Reconnect);
        button(facts.state != ChannelState::Shutdown, Icon::Plugs, "channel-close", ChannelAction::Close);
        button(true, Icon::Copy, "channel-copy", ChannelAction::Copy);
        if app.channels.is_pinging() {
            widgets::spinner(ui);
        } else if let Some((_, failure)) = app.channels.ping_failure.filter(|(id, _)| *id == facts.id) {
            let words = text.get(ping_failure_key(failure));
            ui.label(RichText::new(words).font(theme::small()).color(theme::tokens(ui).error));
        } else if let Some(trip) = facts.round_trip {
            let words = format!("{}: {}", text.get("channel-round-trip"), format::duration(trip.took));
            super::secondary(ui, &words);
        }
    });
}

const fn ping_failure_key(failure: crate::engine::PingFailure) -> &'static str {
    match failure {
        crate::engine::PingFailure::NotConnected => "channel-ping-not-connected",
        crate::engine::PingFailure::Unanswered(_) => "channel-ping-unanswered",
        crate::engine::PingFailure::Lost => "channel-ping-lost",
    }
}

fn connection_ui(ui: &mut Ui, facts: &ChannelFacts, view: &mut ChannelsView, now: SystemTime, text: &Text) {
    let tokens = theme::tokens(ui);
    ScrollArea::vertical().id_salt("channel_connection").auto_shrink(false).show(ui, |ui| {
        for warning in channels::warnings(facts, text) {
            widgets::notice(ui, NoticeKind::Warning, &warning, &[]);
            ui.add_space(theme::GAP);
        }
        for (key, value) in channels::rows(facts, now, text) {
            ui.horizontal_top(|ui| {
                ui.scope(|ui| {
                    ui.set_width(LABELS);
                    ui.label(RichText::new(text.get(key)).color(tokens.text_secondary));
                });
                let color = if key == "channel-last-failure" { tokens.error } else { tokens.text };
                let value = RichText::new(value).font(theme::mono()).color(color);
                ui.add(Label::new(value).selectable(true).wrap());
            });
        }
        let tls = facts.connection.as_ref().and_then(|connection| connection.peer.tls.as_ref());
        let chain = tls.map(|tls| tls.chain.as_slice()).unwrap_or_default();
        if !chain.is_empty() {
            let label = text.with("channel-chain", &[("count", chain.len().into())]);
            let icon = if view.chain { Icon::CaretDown } else { Icon::CaretRight };
            if ui.add(Push::new(&label).icon(icon).quiet()).clicked() {
                view.chain = !view.chain;
            }
            if view.chain {
                timeline::chain_ui(ui, chain, text);
            }
        }
    });
}

/// The states over time: a strip, and below it each with its reason, the latest first.
fn history_ui(ui: &mut Ui, facts: &ChannelFacts, view: &mut ChannelsView, now: SystemTime, text: &Text) {
    let tokens = theme::tokens(ui);
    strip_ui(ui, facts, now, text);
    if facts.dropped > 0 {
        super::hint(ui, &text.with("channel-history-dropped", &[("count", facts.dropped.into())]));
    }
    ui.add_space(theme::GAP);
    let steps: Vec<_> = channels::lasted(facts, now).collect();
    let id = Id::unique(("channel_history", facts.id));
    let mut list = VirtualList::new(id, text.get("channel-pane-history"), steps.len() as u64);
    list.row_height = TALL_ROW;
    list.show(ui, &mut view.history, |ui, rect, index, _| {
        let Some((change, lasted)) = usize::try_from(index).ok().and_then(|index| steps.get(index)) else {
            return String::new();
        };
        let dot = pos2(rect.left() + 8.0, rect.top() + TALL_ROW * 0.32);
        ui.painter().circle_filled(dot, 4.0, state_color(change.state, tokens));
        let state = text.get(channels::state_key(change.state));
        let name = format!("{}  {state}  {}", format::time_of_day(change.at), format::duration(*lasted));
        let why = channels::why_words(&change.why, text);
        two_lines_ui(ui, rect.with_min_x(rect.left() + 20.0), &name, &why);
        format!("{name} {why}")
    });
}

fn strip_ui(ui: &mut Ui, facts: &ChannelFacts, now: SystemTime, text: &Text) {
    let tokens = theme::tokens(ui);
    let (rect, response) = ui.allocate_exact_size(Vec2::new(ui.available_width(), STRIP), Sense::hover());
    let whole: Duration = channels::lasted(facts, now).map(|(_, lasted)| lasted).sum();
    // What is left when each has the least is shared by how long each lasted.
    let shared = (rect.width() - LEAST_PART * facts.history.len() as f32).max(0.0);
    let mut right = rect.right();
    for (change, lasted) in channels::lasted(facts, now) {
        let part = lasted.as_secs_f32() / whole.as_secs_f32().max(f32::EPSILON) * shared;
        let left = (right - part - LEAST_PART).max(rect.left());
        let place = Rect::from_min_max(pos2(left, rect.top()), pos2(right, rect.bottom()));
        ui.painter().rect_filled(place, 0, tokens.panel.lerp_to_gamma(state_color(change.state, tokens), 0.55));
        right = left;
    }
    let name = text.with("channel-strip", &[("age", format::duration(whole).into())]);
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &name));
    response.on_hover_text(&name);
}
