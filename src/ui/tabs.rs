//! The strip of request tabs, and what is shown when there is none.

use egui::Ui;

use super::icons::Icon;
use super::widgets::{self, DocumentTab, DocumentTabsNames, TabRequest};
use super::{kind_color, kind_icon, theme};
use crate::app::command::Shortcut;
use crate::app::{Action, App, Command};

pub(super) fn ui(ui: &mut Ui, app: &mut App, actions: &mut Vec<Action>) {
    let tokens = theme::tokens(ui);
    let text = app.text.clone();
    let titles: Vec<String> = app
        .tabs
        .iter()
        .map(|tab| {
            let title = tab.title();
            if title.is_empty() { text.get("tab-untitled").to_owned() } else { title }
        })
        .collect();
    let tabs: Vec<DocumentTab<'_>> = app
        .tabs
        .iter()
        .zip(&titles)
        .map(|(tab, title)| {
            let (icon, color) = tab
                .kind()
                .map_or((Icon::File, tokens.text_tertiary), |kind| (kind_icon(kind), kind_color(kind, tokens)));
            DocumentTab { id: tab.id.0, icon, color, title, dirty: tab.is_dirty() }
        })
        .collect();
    let selected = app.tabs.iter().position(|tab| tab.id == app.active).unwrap_or(usize::MAX);
    let close_keys = Command::CloseTab.shortcut().map(Shortcut::label);
    let new_keys = Command::NewTab.shortcut().map(Shortcut::label);
    let names = DocumentTabsNames {
        close: text.get("command-close-tab"),
        new: text.get("command-new-tab"),
        close_keys: close_keys.as_deref(),
        new_keys: new_keys.as_deref(),
    };
    match widgets::document_tabs(ui, "document_tabs", &tabs, selected, names) {
        Some(TabRequest::Select(index)) => actions.push(Action::SelectTab(app.tabs[index].id)),
        Some(TabRequest::Close(index)) => actions.push(Action::CloseTab(app.tabs[index].id)),
        Some(TabRequest::New) => actions.push(Command::NewTab.into()),
        Some(TabRequest::Move(from, to)) => {
            let tab = app.tabs.remove(from);
            app.tabs.insert(to.min(app.tabs.len()), tab);
        }
        None => {}
    }
}

/// No request is open.
pub(super) fn none_ui(ui: &mut Ui, app: &App, actions: &mut Vec<Action>) {
    let text = &app.text;
    let (sentence, button, command) = if app.schemas.is_empty() {
        ("welcome-open", "open-protos", Command::Open)
    } else {
        ("welcome-method", "command-go-to-method", Command::GoToMethod)
    };
    if widgets::empty_state(ui, Icon::PaperPlaneRight, text.get(sentence), Some(text.get(button))) {
        actions.push(command.into());
    }
}
