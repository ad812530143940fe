//! The response half: how the call goes or went, and what came back.

use egui::{Align, Layout, Margin, RichText, ScrollArea, Ui};

use super::answer::{self, Shared};
use super::icons::Icon;
use super::stream;
use super::views::{LogView, Views};
use super::widgets::{self, NoticeKind, TabLabel};
use super::{entries, offered_words, refused, status_words, theme, timeline};
use crate::app::format;
use crate::app::offered::Meant;
use crate::app::run::Run;
use crate::app::tab::Tab;
use crate::app::views::MessageView;
use crate::app::{Action, App, Command, Focus, RequestPane, ResponsePane, remedy};
use crate::engine::{EndedBy, Status, code_name};
use crate::log::EntryKind;
use crate::request::{MetadataEntry, MetadataValue, Place};
use crate::text::Text;

/// Width of the bars of the rate.
const SPARKLINE: f32 = 96.0;

pub(super) fn ui(ui: &mut Ui, app: &mut App, views: &mut Views, actions: &mut Vec<Action>) {
    let text = app.text.clone();
    let find = app.focus == Some(Focus::Find) && app.tab().is_some_and(|tab| tab.run.is_some());
    if find {
        app.focus = None;
    }
    let meant = app.meant();
    let Views { logs, saving, .. } = views;
    let App { tabs, active, engine, settings, .. } = app;
    let Some(tab) = tabs.iter_mut().find(|tab| tab.id == *active) else { return };
    let started = tab.run.as_ref().map(|run| run.log.started);
    let view = logs.entry(tab.id).or_default();
    if view.of != started {
        *view = LogView {
            list: widgets::ListState::following(),
            of: started,
            generation: view.generation,
            ..LogView::default()
        };
    }
    let generation = tab.found_types.generation();
    if view.generation != generation {
        (view.generation, view.shown, view.coming, view.details) = (generation, None, None, None);
    }
    if tab.run.is_none() {
        let sentence = if tab.ready().is_some() { "response-empty" } else { "response-no-method" };
        let button = tab.ready().is_some().then(|| text.get("send"));
        if widgets::empty_state(ui, Icon::PaperPlaneRight, text.get(sentence), button) {
            actions.push(Command::Send.into());
        }
        return;
    }
    head_ui(ui, tab, &text);
    let has_segments = panes_ui(ui, tab, view, &text);
    let pane = tab.response.pane;
    let Some(run) = &tab.run else { return };
    if pane == ResponsePane::Messages {
        if let Some(place) = failure_ui(ui, run, view, meant, &text, actions)
            && let Some(pane) = RequestPane::of(&place)
        {
            tab.pane = pane;
            refused::lead_to(ui, place);
        }
        let mut shared = Shared { engine, written: &mut settings.written, saving, text: &text };
        if run.kind.streams_requests() || run.kind.streams_responses() {
            stream::ui(ui, tab, view, find, &mut shared, actions);
        } else {
            if !has_segments && run.log.received > 0 {
                egui::Frame::new().inner_margin(Margin { left: 4, right: 12, top: 6, bottom: 0 }).show(ui, |ui| {
                    answer::segments_ui(ui, view, &mut tab.response.view, &text);
                });
            }
            answer_ui(ui, tab.response.view, run, view, &mut shared, actions);
        }
        return;
    }
    egui::Frame::new().inner_margin(Margin::symmetric(12, 8)).show(ui, |ui| {
        if pane == ResponsePane::Timeline {
            return timeline::ui(ui, &run.log, &mut view.timeline, &text);
        }
        ScrollArea::vertical().id_salt(("response", pane as usize)).auto_shrink(false).show(ui, |ui| match pane {
            ResponsePane::Headers => {
                let headers = run.log.headers.as_deref().unwrap_or_default();
                if headers.is_empty() {
                    super::secondary(ui, text.get("headers-empty"));
                }
                entries::ui(ui, "headers", headers, &run.log.secret_names, &text);
            }
            _ => trailers_ui(ui, run, view, &text),
        });
    });
}

/// Trailers as they came, those of gRPC itself among them, and what the details of the status say.
fn trailers_ui(ui: &mut Ui, run: &Run, view: &mut LogView, text: &Text) {
    let trailers = trailers(run);
    if trailers.is_empty() {
        super::secondary(ui, text.get("trailers-empty"));
        return;
    }
    entries::ui(ui, "trailers", &trailers, &run.log.secret_names, text);
    let Some(outcome) = &run.log.outcome else { return };
    let details = view.details.get_or_insert_with(|| {
        crate::log::details(&outcome.status, Some(run.log.method.parent_pool()), &run.log.types)
    });
    if details.is_empty() {
        return;
    }
    ui.add_space(10.0);
    super::secondary(ui, text.get("details-title"));
    for (index, detail) in details.iter().enumerate() {
        ui.add_space(4.0);
        ui.horizontal_top(|ui| {
            let mut job = widgets::json_job(detail, theme::tokens(ui));
            let width = (ui.available_width() - theme::INPUT_HEIGHT - theme::GAP).max(40.0);
            job.wrap.max_width = width;
            ui.vertical(|ui| {
                ui.set_width(width);
                ui.add_space(5.0);
                ui.add(egui::Label::new(job).selectable(true));
            });
            let name = text.with("details-copy", &[("number", (index + 1).into())]);
            if widgets::icon_button(ui, Icon::Copy, &name, None).clicked() {
                ui.ctx().copy_text(detail.clone());
            }
        });
    }
}

/// The trailers of a call, and what of them became its status, where that was the server's.
fn trailers(run: &Run) -> Vec<MetadataEntry> {
    let Some(outcome) = &run.log.outcome else { return Vec::new() };
    let mut all = Vec::new();
    if outcome.ended_by == EndedBy::Server {
        let Status { code, message, details } = &outcome.status;
        all.push(("grpc-status".to_owned(), MetadataValue::Text(code.to_string())));
        if !message.is_empty() {
            all.push(("grpc-message".to_owned(), MetadataValue::Text(message.clone())));
        }
        if !details.is_empty() {
            all.push(("grpc-status-details-bin".to_owned(), MetadataValue::Binary(details.clone())));
        }
    }
    all.extend(outcome.trailers.iter().cloned());
    all
}

/// The first line: state, duration, size, rate.
fn head_ui(ui: &mut Ui, tab: &mut Tab, text: &Text) {
    let tokens = theme::tokens(ui);
    let Some(run) = &mut tab.run else { return };
    let figure = |words: String| RichText::new(words).font(theme::mono()).color(tokens.text_secondary);
    let frame = egui::Frame::new().inner_margin(Margin::symmetric(12, 4));
    let (per_second, bars) = run.rate();
    let streams = run.kind.streams_responses();
    let bar = ui.available_rect_before_wrap();
    let shown = frame.show(ui, |ui| {
        ui.set_min_height(theme::INPUT_HEIGHT);
        ui.set_max_width(bar.width() - 24.0);
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 10.0;
            match &run.log.outcome {
                None => {
                    widgets::spinner(ui);
                    let key = if run.log.peer.is_none() {
                        "call-connecting"
                    } else if streams && run.log.received > 0 {
                        "call-streaming"
                    } else {
                        "call-waiting"
                    };
                    ui.label(RichText::new(text.get(key)).font(theme::semibold()).color(tokens.accent));
                }
                Some(outcome) => {
                    let (icon, color) = match (outcome.status.code, outcome.ended_by) {
                        (0, _) => (Icon::CheckCircle, tokens.success),
                        (_, EndedBy::Cancel) => (Icon::StopCircle, tokens.warning),
                        _ => (Icon::XCircle, tokens.error),
                    };
                    widgets::icon(ui, icon, color);
                    let words = format!("{} {}", outcome.status.code, code_name(outcome.status.code));
                    ui.label(RichText::new(words).font(theme::semibold()).color(color));
                }
            }
            ui.label(figure(format::duration(run.elapsed())));
            if run.log.retries() > 0 {
                ui.label(figure(text.with("call-attempts", &[("count", (run.log.retries() + 1).into())])));
            }
            if streams || run.kind.streams_requests() {
                let words = text.with(
                    "call-counts",
                    &[
                        ("sent", format::count(run.log.sent).into()),
                        ("received", format::count(run.log.received).into()),
                    ],
                );
                ui.label(figure(words));
            }
            if run.log.received > 0 {
                ui.label(figure(format::size(run.log.received_bytes)));
            }
            if streams && run.is_live() && run.log.received > 0 {
                ui.label(figure(text.with("call-rate", &[("rate", format::count(per_second).into())])));
                // The bars are the first to go where there is no room.
                if ui.available_width() > SPARKLINE + 100.0 {
                    widgets::sparkline(ui, &bars, egui::vec2(SPARKLINE, 18.0));
                }
            }
            let memory = run.log.memory();
            if memory > 1_000_000 {
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    let mut words = format::size(memory as u64);
                    if run.log.dropped() > 0 {
                        let dropped = format::count(run.log.dropped());
                        words = text.with("call-dropped", &[("memory", words.into()), ("dropped", dropped.into())]);
                    }
                    ui.label(figure(words)).on_hover_text(text.get("call-memory-help"));
                });
            }
        });
    });
    ui.painter().hline(bar.x_range(), shown.response.rect.bottom(), tokens.separator());
}

/// The names of the panes, and beside them, where there is room, how the answer is looked at; whether that is there.
fn panes_ui(ui: &mut Ui, tab: &mut Tab, view: &LogView, text: &Text) -> bool {
    let Some(run) = &tab.run else { return false };
    let bar = ui.available_rect_before_wrap();
    let headers = run.log.headers.as_ref().map_or(0, Vec::len);
    let trailers = trailers(run).len();
    let messages =
        if run.kind.streams_responses() || run.kind.streams_requests() { "pane-messages" } else { "pane-message" };
    let labels = [
        TabLabel::new(text.get(messages)),
        TabLabel::counted(text.get("pane-headers"), headers),
        TabLabel::counted(text.get("pane-trailers"), trailers),
        TabLabel::new(text.get("pane-timeline")),
    ];
    let mut chosen = ResponsePane::ALL.iter().position(|pane| *pane == tab.response.pane).unwrap_or_default();
    let mut has_segments = false;
    egui::Frame::new().inner_margin(Margin::symmetric(12, 0)).show(ui, |ui| {
        ui.horizontal(|ui| {
            if widgets::tab_bar(ui, "response_panes", &labels, &mut chosen) {
                tab.response.pane = ResponsePane::ALL[chosen];
            }
            let is_answer = !run.kind.streams_responses() && !run.kind.streams_requests() && run.log.received > 0;
            let has_room = ui.available_width() >= answer::SEGMENTS;
            has_segments = is_answer && tab.response.pane == ResponsePane::Messages && has_room;
            if has_segments {
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    answer::segments_ui(ui, view, &mut tab.response.view, text);
                });
            }
        });
    });
    let line = theme::tokens(ui).separator();
    ui.painter().hline(bar.x_range(), bar.top() + theme::TAB_HEIGHT, line);
    has_segments
}

/// Why the call failed, in words, above what came before it did; where the server does not have the method, with a
/// button that takes the one that was meant; where a setting would help, with one that leads to it.
fn failure_ui(
    ui: &mut Ui,
    run: &Run,
    view: &mut LogView,
    meant: Option<Meant>,
    text: &Text,
    actions: &mut Vec<Action>,
) -> Option<Place> {
    let outcome = run.log.outcome.as_ref().filter(|outcome| outcome.status.code != 0)?;
    let place = outcome.cause.as_ref().and_then(remedy::place);
    let mut wanted = None;
    egui::Frame::new().inner_margin(Margin { left: 12, right: 12, top: 10, bottom: 4 }).show(ui, |ui| {
        let kind = if outcome.ended_by == EndedBy::Cancel { NoticeKind::Warning } else { NoticeKind::Error };
        let words = match (outcome.ended_by, run.offered()) {
            (EndedBy::Cancel, _) => text.get("ended-cancel").to_owned(),
            (_, Some(offered)) => offered_words(text, offered),
            (_, None) => status_words(text, &outcome.status, outcome.cause.as_ref()),
        };
        let switch = meant.as_ref().map(|meant| text.with("offered-switch", &[("name", meant.method.as_str().into())]));
        let lead =
            place.as_ref().map(|place| text.with("failure-setting", &[("name", refused::name(place, text).into())]));
        let buttons: Vec<&str> = switch.iter().chain(&lead).map(String::as_str).collect();
        let pressed = widgets::notice(ui, kind, &words, &buttons);
        match (pressed, meant) {
            (Some(0), Some(Meant { schema, method, file })) => {
                actions.push(Action::ChooseMethod { schema, method, file });
            }
            (Some(_), _) => wanted = place,
            (None, _) => {}
        }
        if run.is_asking() {
            ui.add_space(4.0);
            super::secondary(ui, text.get("offered-asking"));
        }
        let details = view.details.get_or_insert_with(|| {
            crate::log::details(&outcome.status, Some(run.log.method.parent_pool()), &run.log.types)
        });
        if !details.is_empty() {
            ui.add_space(6.0);
            for detail in details {
                let mut job = widgets::json_job(detail, theme::tokens(ui));
                job.wrap.max_width = ui.available_width();
                ui.add(egui::Label::new(job).selectable(true));
            }
        }
    });
    wanted
}

/// The one message of a call without streams.
fn answer_ui(
    ui: &mut Ui,
    chosen: MessageView,
    run: &Run,
    view: &mut LogView,
    shared: &mut Shared<'_>,
    actions: &mut Vec<Action>,
) {
    let received = (0..run.log.len()).rev().filter_map(|index| run.log.entry(index));
    let Some(entry) = received.into_iter().find(|entry| entry.kind == EntryKind::Received) else {
        return;
    };
    answer::ui(ui, view, chosen, &run.log, &entry, shared, actions);
}
