//! The message being written: its two views, the strip of a stream's messages, the verbs of a running stream.

use egui::{Id, Layout, ScrollArea, Ui};

use super::icons::Icon;
use super::views::Views;
use super::widgets::{self, NoticeKind, Push, SegmentStyle};
use super::{address, carried, form, method, theme};
use crate::app::command::Shortcut;
use crate::app::{Action, App, Command};
use crate::request::Place;
use crate::schema::Kind;
use crate::text::Text;

/// Room below the message for its verbs.
const FOOT: f32 = 40.0;

pub(super) fn ui(ui: &mut Ui, app: &mut App, views: &mut Views, actions: &mut Vec<Action>) {
    let text = app.text.clone();
    let Some(tab) = app.tab() else { return };
    if tab.ready().is_none() {
        method::ui(ui, app, tab, actions);
        // What was typed stays in sight, and can be edited, whatever became of its type.
        if !tab.draft.method.is_empty() && tab.draft.messages.iter().any(|message| message.trim() != "{}") {
            ui.add_space(8.0);
            json_ui(ui, app, views, 0.0);
        }
        return;
    }
    // Several messages of what was a stream once stay within reach.
    if tab.kind().is_some_and(Kind::streams_requests) || tab.draft.messages.len() > 1 {
        strip_ui(ui, app, actions);
    }
    carried::ui(ui, app, actions);
    problems_ui(ui, app);
    let Some(tab) = app.tab() else { return };
    let json = tab.composer.json;
    if json {
        json_ui(ui, app, views, FOOT);
    } else if let Some(error) = &tab.composer.syntax {
        let words = text.with("form-needs-json", &[("problem", error.to_string().into())]);
        if widgets::notice(ui, NoticeKind::Error, &words, &[text.get("view-json")]).is_some() {
            actions.push(Command::ToggleMessageView.into());
        }
    } else {
        let height = ui.available_height() - FOOT;
        let id = ("form", tab.id.0, tab.composer.current);
        ScrollArea::vertical().id_salt(id).auto_shrink(false).max_height(height).show(ui, |ui| {
            // The scroll bar floats over what is below it.
            ui.set_max_width(ui.available_width() - theme::PANEL_PADDING);
            form::ui(ui, app, &mut views.files, actions);
        });
    }
    foot_ui(ui, app, actions);
}

/// The messages of a stream: which is shown, add, remove.
fn strip_ui(ui: &mut Ui, app: &mut App, actions: &mut Vec<Action>) {
    let text = app.text.clone();
    let Some(tab) = app.tab() else { return };
    let count = tab.draft.messages.len();
    ui.horizontal_wrapped(|ui| {
        super::secondary(ui, text.get("stream-messages"));
        let numbers: Vec<String> = (1..=count).map(|number| number.to_string()).collect();
        let labels: Vec<&str> = numbers.iter().map(String::as_str).collect();
        let mut chosen = tab.composer.current;
        let name = text.get("stream-messages");
        if widgets::segmented_styled(ui, "message_strip", name, &labels, &mut chosen, SegmentStyle::Bare) {
            actions.push(Action::ShowMessage(chosen));
        }
        if widgets::icon_button(ui, Icon::Plus, text.get("message-add"), None).clicked() {
            actions.push(Action::AddMessage);
        }
        if count > 1 && widgets::icon_button(ui, Icon::Trash, text.get("message-remove"), None).clicked() {
            actions.push(Action::RemoveMessage);
        }
    });
    ui.add_space(6.0);
}

fn problems_ui(ui: &mut Ui, app: &App) {
    let Some(tab) = app.tab() else { return };
    let place = Place::Message(tab.composer.current);
    for problem in tab.problems.iter().filter(|problem| problem.place == place || problem.place == Place::Method) {
        widgets::inline_problem(ui, &problem.message);
        ui.add_space(4.0);
    }
}

fn json_ui(ui: &mut Ui, app: &mut App, views: &mut Views, foot: f32) {
    let text = app.text.clone();
    let Some(tab) = app.tab_mut() else { return };
    let height = (ui.available_height() - foot).max(80.0);
    let wrong = tab.composer.wrong();
    let error = wrong.as_ref().map(|(position, _)| (position.line as usize, position.column as usize));
    let current = tab.composer.current;
    let id = Id::unique(("json", tab.id, current));
    let Some(message) = tab.draft.messages.get_mut(current) else { return };
    let name = text.get("json-name");
    let room = if wrong.is_some() { 24.0 } else { 0.0 };
    let response = widgets::json_editor(ui, id, name, message, &mut views.editor, error, height - room);
    if response.changed() {
        tab.problems.retain(|problem| !matches!(problem.place, Place::Message(_)));
        tab.refresh();
    }
    if let Some((_, words)) = tab.composer.wrong() {
        widgets::inline_problem(ui, &words);
    }
}

fn foot_ui(ui: &mut Ui, app: &App, actions: &mut Vec<Action>) {
    let text = &app.text;
    let Some(tab) = app.tab() else { return };
    ui.add_space(8.0);
    ui.horizontal(|ui| {
        if address::sends_into_stream(tab) {
            let keys = Command::Send.shortcut().map(Shortcut::label).unwrap_or_default();
            if widgets::primary_button(ui, Icon::PaperPlaneRight, text.get("send-message"), Some(&keys)).clicked() {
                actions.push(Action::SendMessage);
            }
            let rest = tab.draft.messages.len().saturating_sub(tab.composer.current);
            if rest > 1 {
                let label = text.with("send-rest", &[("count", rest.into())]);
                if ui.add(Push::new(&label).icon(Icon::Stack)).clicked() {
                    actions.push(Action::SendRest);
                }
            }
        }
        if ui.add(Push::new(text.get("command-generate-example")).icon(Icon::Lightning).quiet()).clicked() {
            actions.push(Command::GenerateExample.into());
        }
        exchange_ui(ui, text, actions);
        let problems = tab.composer.problem_count();
        if problems > 0 {
            ui.with_layout(Layout::right_to_left(egui::Align::Center), |ui| {
                let words = text.with("form-problems", &[("count", problems.into())]);
                ui.label(egui::RichText::new(words).color(theme::tokens(ui).error));
            });
        }
    });
}

/// The menu of the ways in and out of the message.
fn exchange_ui(ui: &mut Ui, text: &Text, actions: &mut Vec<Action>) {
    let button = widgets::icon_button(ui, Icon::DotsThree, text.get("message-menu"), None);
    egui::Popup::menu(&button).show(|ui| {
        ui.set_min_width(220.0);
        for command in EXCHANGE {
            if ui.button(text.get(command.label_key())).clicked() {
                actions.push(command.into());
            }
        }
    });
}

const EXCHANGE: [Command; 5] = [
    Command::ImportMessage,
    Command::CopyMessageJson,
    Command::CopyMessageText,
    Command::CopyMessageHex,
    Command::CopyMessageBase64,
];
