//! The line at the foot: the demo server, what is open, the connection, problems and notices.

use egui::{Align, Layout, RichText, Ui};

use super::icons::Icon;
use super::{peer, theme, widgets};
use crate::app::channels;
use crate::app::schemas::OpenSchema;
use crate::app::{Action, App, Command, DemoState, Overlay};

pub(super) fn ui(ui: &mut Ui, app: &mut App, actions: &mut Vec<Action>) {
    let text = app.text.clone();
    ui.horizontal_centered(|ui| {
        let tokens = theme::tokens(ui);
        let small = |words: &str| RichText::new(words).font(theme::small()).color(tokens.text_secondary);
        match &app.demo {
            DemoState::Running(demo) => {
                widgets::status_dot(ui, tokens.success);
                ui.label(small(&text.with("demo-running", &[("address", demo.address.to_string().into())])));
            }
            DemoState::Starting(_) => {
                widgets::status_dot(ui, tokens.text_tertiary);
                ui.label(small(text.get("demo-starting")));
            }
            DemoState::Failed(why) => {
                widgets::status_dot(ui, tokens.error);
                ui.label(small(&text.with("demo-failed", &[("reason", why.as_str().into())])));
            }
            DemoState::Off => {}
        }
        ui.add_space(8.0);
        let services: usize =
            app.schemas.iter().filter_map(|open| open.schema.as_ref()).map(|s| s.services.len()).sum();
        let methods: usize = app
            .schemas
            .iter()
            .filter_map(|open| open.schema.as_ref())
            .flat_map(|schema| &schema.services)
            .map(|service| service.methods.len())
            .sum();
        if app.is_opening() {
            widgets::spinner(ui);
            ui.label(small(text.get("status-opening")));
            if widgets::icon_button(ui, Icon::X, text.get("status-cancel-opening"), None).clicked() {
                actions.push(Action::CancelOpening);
            }
        } else if let Some(open) = app.schemas.iter().find(|open| open.is_loading()) {
            widgets::spinner(ui);
            let (done, total) = (open.progress.done(), open.progress.total());
            let name = ("name", open.label().into());
            let words = match (open.described(), done) {
                (Some((done, total)), _) => {
                    text.with("status-reflecting", &[name, ("done", done.into()), ("total", total.into())])
                }
                (None, _) if total == 0 => text.with("status-loading", &[name]),
                (None, 0) => text.with("status-finding-files", &[name, ("total", total.into())]),
                _ => text.with("status-loading-files", &[name, ("done", done.into()), ("total", total.into())]),
            };
            ui.label(small(&words));
            let label = text.with("status-cancel", &[("name", open.label().into())]);
            if widgets::icon_button(ui, Icon::X, &label, None).clicked() {
                actions.push(Action::CancelReading(open.id));
            }
        } else if let Some((open, progress)) = app.schemas.iter().find_map(|open| Some((open, open.checking()?))) {
            widgets::spinner(ui);
            let name = ("name", open.label().into());
            let counts = [name.clone(), ("done", progress.done().into()), ("total", progress.total().into())];
            ui.label(small(&text.with("status-checking", &counts)));
            if widgets::icon_button(ui, Icon::X, &text.with("status-cancel-check", &[name]), None).clicked() {
                actions.push(Action::CancelReading(open.id));
            }
        } else {
            ui.label(small(
                &text.with("status-services", &[("services", services.into()), ("methods", methods.into())]),
            ));
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let problems: usize = app.schemas.iter().map(OpenSchema::fault_count).sum();
            let color = if problems > 0 { tokens.error } else { tokens.text_secondary };
            let words = text.with("status-problems", &[("count", problems.into())]);
            let label = egui::Label::new(RichText::new(words).font(theme::small()).color(color));
            if problems == 0 {
                ui.add(label);
            } else if ui.add(label.sense(egui::Sense::click())).on_hover_text(text.get("problems-title")).clicked() {
                actions.push(Action::Show(Overlay::Problems));
            }
            let log = app.tab().and_then(|tab| tab.run.as_ref()).map(|run| &run.log);
            if let Some((log, peer)) = log.and_then(|log| Some((log, log.peer.as_ref()?))) {
                let http = peer::http_key(log.request().map_or(1, |(stream, _)| stream));
                let is_doubtful = peer.tls.as_ref().is_some_and(|tls| tls.unverified);
                let reused = text.get(if peer.reused { "connection-reused" } else { "connection-new" });
                let words = text.with(
                    "status-connection",
                    &[
                        ("http", text.get(http).into()),
                        ("security", peer::security(peer, &text).into()),
                        ("reused", reused.into()),
                        ("address", peer.address.as_str().into()),
                    ],
                );
                let words = small(&words);
                ui.label(if is_doubtful { words.color(tokens.warning) } else { words });
            }
            channel_ui(ui, app, actions);
            if let Some(notice) = &app.notice {
                if widgets::icon_button(ui, Icon::X, text.get("dismiss"), None).clicked() {
                    actions.push(Action::DismissNotice);
                }
                let color = if notice.is_error { tokens.error } else { tokens.success };
                let galley = widgets::elided(ui, &notice.message, theme::small(), color, ui.available_width() - 24.0);
                ui.label(galley).on_hover_text(&notice.message);
            }
        });
    });
}

/// The channel of the current tab, which leads to what is known of it.
fn channel_ui(ui: &mut Ui, app: &App, actions: &mut Vec<Action>) {
    let Some(facts) = app.channels.of_tab(app.active) else { return };
    let tokens = theme::tokens(ui);
    let words = channels::line(facts, &app.text);
    let galley = widgets::elided(ui, &words, theme::small(), tokens.text_secondary, ui.available_width());
    let label = egui::Label::new(galley).sense(egui::Sense::click()).selectable(false);
    let response = ui.add(label).on_hover_cursor(egui::CursorIcon::PointingHand);
    let name = app.text.with("channel-status", &[("channel", words.into())]);
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, &name));
    let keys = Command::Channels.shortcut().map(crate::app::command::Shortcut::label).unwrap_or_default();
    if response.on_hover_text(format!("{}  {keys}", app.text.get("channels-title"))).clicked() {
        actions.push(Command::Channels.into());
    }
    widgets::status_dot(ui, super::channels::state_color(facts.state, tokens));
}
