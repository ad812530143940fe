//! The message being written: its two views, the strip of a stream's messages, the verbs of a running stream.

use egui::{Layout, ScrollArea, Ui};

use super::icons::Icon;
use super::views::Views;
use super::widgets::{self, NoticeKind, Push, SegmentStyle};
use super::{address, carried, form, json, method, rules, theme};
use crate::app::command::Shortcut;
use crate::app::schemas::OpenSchema;
use crate::app::tab::MethodState;
use crate::app::{Action, App, Command};
use crate::request::Place;
use crate::schema::Kind;
use crate::text::Text;

/// Room below the message for its verbs.
const FOOT: f32 = 40.0;
/// The same where messages are sent into a running stream.
const FOOT_OF_STREAM: f32 = 76.0;
/// In a narrower foot the first verb has no words.
const NARROW: f32 = 440.0;
/// Texts of so many bytes are not laid out for the moment that their type takes to come.
const LONG: usize = 16 << 10;

pub(super) fn ui(ui: &mut Ui, app: &mut App, views: &mut Views, actions: &mut Vec<Action>) {
    views.message = Some(ui.available_rect_before_wrap());
    let text = app.text.clone();
    let Some(tab) = app.tab() else { return };
    if tab.ready().is_none() {
        method::ui(ui, app, tab, actions);
        // What was typed stays in sight, and can be edited, whatever became of its type.
        let typed = tab.draft.messages.iter().any(|message| message.trim() != "{}");
        // A long text would take longer to lay out than its type takes to come.
        let soon = match tab.method {
            MethodState::Unresolved | MethodState::Loading { .. } => true,
            _ => app.schemas.iter().any(OpenSchema::is_loading),
        };
        let waits = soon && tab.draft.messages.iter().any(|message| message.len() >= LONG);
        if !tab.draft.method.is_empty() && typed && !waits {
            ui.add_space(8.0);
            json::ui(ui, app, &mut views.json, actions, 0.0);
        }
        return;
    }
    // Several messages of what was a stream once stay within reach.
    if tab.kind().is_some_and(Kind::streams_requests) || tab.draft.messages.len() > 1 {
        strip_ui(ui, app, actions);
    }
    carried::ui(ui, app, actions);
    problems_ui(ui, app);
    rules::ui(ui, app, actions);
    let Some(tab) = app.tab() else { return };
    let json = tab.composer.json;
    if !json {
        json::outside_ui(ui, app, actions);
    }
    let Some(tab) = app.tab() else { return };
    let foot = if address::sends_into_stream(tab) { FOOT_OF_STREAM } else { FOOT };
    if json {
        json::ui(ui, app, &mut views.json, actions, foot);
    } else if let Some(error) = &tab.composer.syntax {
        let words = text.with("form-needs-json", &[("problem", error.to_string().into())]);
        if widgets::notice(ui, NoticeKind::Error, &words, &[text.get("view-json")]).is_some() {
            actions.push(Command::ToggleMessageView.into());
        }
    } else if tab.composer.is_reading() {
        ui.horizontal(|ui| {
            widgets::spinner(ui);
            super::secondary(ui, text.get("form-reading"));
        });
    } else {
        let height = ui.available_height() - foot;
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

fn foot_ui(ui: &mut Ui, app: &App, actions: &mut Vec<Action>) {
    let text = &app.text;
    let Some(tab) = app.tab() else { return };
    ui.add_space(8.0);
    if address::sends_into_stream(tab) {
        // A row of their own: the others need most of one.
        ui.horizontal(|ui| {
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
        });
    }
    ui.horizontal(|ui| {
        let words = text.get("command-generate-example");
        let example = if ui.available_width() < NARROW {
            widgets::icon_button(ui, Icon::Lightning, words, None)
        } else {
            ui.add(Push::new(words).icon(Icon::Lightning).quiet())
        };
        if example.clicked() {
            actions.push(Command::GenerateExample.into());
        }
        let menu = widgets::icon_button(ui, Icon::CaretDown, text.get("example-menu"), None);
        egui::Popup::menu(&menu).show(|ui| {
            ui.set_min_width(200.0);
            for (command, words) in [
                (Command::GenerateExample, "example-full"),
                (Command::GenerateMinimal, "example-minimal"),
                (Command::ClearMessage, "command-clear-message"),
            ] {
                if ui.button(text.get(words)).clicked() {
                    actions.push(command.into());
                }
            }
        });
        for (icon, command, possible) in [
            (Icon::ArrowCounterClockwise, Command::Undo, tab.composer.can_undo()),
            (Icon::ArrowClockwise, Command::Redo, tab.composer.can_redo()),
        ] {
            let keys = command.shortcut().map(Shortcut::label);
            let button = |ui: &mut Ui| widgets::icon_button(ui, icon, text.get(command.label_key()), keys.as_deref());
            if ui.add_enabled_ui(possible, button).inner.clicked() {
                actions.push(command.into());
            }
        }
        if tab.composer.json {
            json::buttons_ui(ui, text, actions);
        }
        exchange_ui(ui, text, actions);
        let problems = tab.composer.problem_count();
        if problems > 0 {
            ui.with_layout(Layout::right_to_left(egui::Align::Center), |ui| {
                let words = text.with("form-problems", &[("count", problems.into())]);
                ui.label(egui::RichText::new(words).color(theme::tokens(ui).error));
                rules::count_ui(ui, app);
            });
        } else {
            rules::count_ui(ui, app);
        }
    });
}

/// The menu of the ways in and out of the message.
fn exchange_ui(ui: &mut Ui, text: &Text, actions: &mut Vec<Action>) {
    let button = widgets::icon_button(ui, Icon::Export, text.get("message-menu"), None);
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
