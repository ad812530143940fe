//! The message as JSON: the editor with its find bar and problems, a viewer for what is too large to edit, what another
//! program does with the text.

mod find;
mod problems;

use std::cell::RefCell;
use std::sync::Arc;

use egui::{Context, Id, Key, Modifiers, Ui};

use super::icons::Icon;
use super::widgets::{self, EditorState, JsonEditor, Lines, NoticeKind, Push};
use crate::app::command::Shortcut;
use crate::app::outside::Which;
use crate::app::{Action, App, Command, format};
use crate::message::complete::{Beyond, Suggestion, complete};
use crate::request::{Place, variables};
use crate::text::Text;
use find::{Asks, FindBar};
use problems::Checked;

/// A longer text is shown, not edited.
const MOST_EDITED: usize = 1 << 20;

/// What the JSON view remembers between frames.
#[derive(Debug, Default)]
pub(super) struct JsonView {
    editor: EditorState,
    find: FindBar,
    checked: Checked,
    /// The editor shown last.
    id: Option<Id>,
    /// The text shown last, and how often it was another than before.
    text: String,
    revision: u64,
    /// The lines of a text that is only shown, and its revision.
    lines: Option<(u64, Lines)>,
}

impl JsonView {
    /// Takes the keys that mean something else while the text has the keyboard.
    pub(super) fn keys(&mut self, ctx: &Context, app: &App) {
        let here = |id: Id| ctx.memory(|memory| memory.has_focus(id));
        let typing = self.id.is_some_and(here) || self.find.has_focus(ctx);
        if !typing || app.overlay.is_some() {
            return;
        }
        let pressed = |key| ctx.input_mut(|input| input.consume_key(Modifiers::COMMAND, key));
        if pressed(Key::F) {
            let range = self.id.and_then(|id| egui::text_edit::TextEditState::load(ctx, id)?.cursor.char_range());
            let selected = range.map(|range| range.slice_str(&self.text).to_owned());
            self.find.ask(Asks::Words, selected.filter(|words| !words.is_empty() && !words.contains('\n')));
        }
        if pressed(Key::G) {
            self.find.ask(Asks::Line, None);
        }
    }

    fn take_in(&mut self, text: &str) {
        if self.text != text {
            text.clone_into(&mut self.text);
            self.revision += 1;
        }
    }
}

/// Shows the message as JSON, with room for `foot` below it.
pub(super) fn ui(ui: &mut Ui, app: &mut App, view: &mut JsonView, actions: &mut Vec<Action>, foot: f32) {
    let text = app.text.clone();
    let Some(tab) = app.tab() else { return };
    let which = Which { tab: tab.id, message: tab.composer.current };
    outside_ui(ui, app, actions);
    let Some(message) = tab.draft.messages.get(which.message) else { return };
    view.take_in(message);
    if message.len() > MOST_EDITED {
        view.id = None;
        viewer_ui(ui, view, which, &text, actions, foot);
        return;
    }
    let id = Id::unique(("json", which.tab, which.message));
    view.id = Some(id);
    let ready = tab.ready().cloned();
    let descriptor = ready.as_ref().map(|ready| ready.descriptor.input());
    view.checked.poll(&app.engine, (&view.text, view.revision), descriptor.as_ref(), &tab.found_types);
    if let Some(range) = find::ui(ui, &mut view.find, &view.text, view.revision, id, &text) {
        view.editor.jump(range, false);
    }
    let floor = ui.available_height() - foot;
    let list = view.checked.height();
    let height = (floor - list).max(80.0);

    let names: Vec<String> = {
        let scope = app.scope();
        let own = scope.variables.iter().map(|(name, _)| name.clone());
        own.chain(variables::BUILT_IN.iter().map(|name| (*name).to_owned())).collect()
    };
    let types = tab.found_types.types().clone();
    let any_names = RefCell::new(&mut app.any_names);
    let messages = |typed: &str| any_names.borrow_mut().find(typed).to_vec();
    let beyond = Beyond { variables: &names, types: &types, messages: &messages };
    let suggest = |text: &str, at: usize| complete(text, at, descriptor.as_ref()?, beyond);
    let help = |item: &Suggestion| {
        let doc = ready.as_ref().map(|ready| ready.types.doc(&item.symbol)).unwrap_or_default();
        doc.lines().next().unwrap_or_default().to_owned()
    };
    let checked = Arc::clone(&view.checked.found);
    let marks: Vec<_> = checked.marks.iter().map(|mark| (mark.range.clone(), mark.problem.message.as_str())).collect();
    let editor = JsonEditor {
        description: text.get("json-keys"),
        suggestions: text.get("json-suggestions"),
        deprecated: text.get("deprecated"),
        marks: &marks,
        found: view.find.matches(),
        current: view.find.current(),
        complete: &suggest,
        help: &help,
        ..JsonEditor::new(id, text.get("json-name"), height)
    };
    let Some(tab) = app.tabs.iter_mut().find(|tab| tab.id == which.tab) else { return };
    let Some(message) = tab.draft.messages.get_mut(which.message) else { return };
    let response = widgets::json_editor(ui, &editor, message, &mut view.editor);
    if response.changed() {
        tab.problems.retain(|problem| !matches!(problem.place, Place::Message(_)));
        tab.refresh();
        // What is wrong with it now is told in the next frame.
        ui.ctx().request_repaint();
    }
    if let Some(range) = problems::ui(ui, &view.checked, &text) {
        view.editor.jump(range, true);
        ui.ctx().request_repaint();
    }
}

/// What can be done with the text as a whole.
pub(super) fn buttons_ui(ui: &mut Ui, text: &Text, actions: &mut Vec<Action>) {
    let keys = Command::FormatMessage.shortcut().map(Shortcut::label).unwrap_or_default();
    let button = ui.add(Push::new(text.get("json-format")).icon(Icon::BracketsCurly).quiet());
    if button.on_hover_text(format!("{}  {keys}", text.get("command-format-message"))).clicked() {
        actions.push(Command::FormatMessage.into());
    }
    let menu = widgets::icon_button(ui, Icon::DotsThree, text.get("json-menu"), None);
    egui::Popup::menu(&menu).show(|ui| {
        ui.set_min_width(220.0);
        for command in [Command::EditOutside, Command::LoadMessage, Command::SaveMessage] {
            if ui.button(text.get(command.label_key())).clicked() {
                actions.push(command.into());
            }
        }
    });
}

/// What another program does with the message.
pub(super) fn outside_ui(ui: &mut Ui, app: &App, actions: &mut Vec<Action>) {
    let text = &app.text;
    let Some(tab) = app.tab() else { return };
    let which = Which { tab: tab.id, message: tab.composer.current };
    let Some(outside) = app.outside_of(which) else { return };
    let path = outside.path.as_ref().map(|path| path.display().to_string()).unwrap_or_default();
    let pressed = if outside.conflict.is_some() {
        let buttons = [text.get("outside-take"), text.get("outside-keep")];
        let pressed = widgets::notice(ui, NoticeKind::Warning, text.get("outside-conflict"), &buttons);
        pressed.map(|button| Action::SettleOutside { which, take_file: button == 0 })
    } else {
        let words = match &outside.problem {
            Some(problem) => text.with("outside-unread", &[("problem", problem.as_str().into())]),
            None => text.with("outside-editing", &[("path", path.as_str().into())]),
        };
        let kind = if outside.problem.is_some() { NoticeKind::Warning } else { NoticeKind::Info };
        let pressed = widgets::notice(ui, kind, &words, &[text.get("outside-stop")]);
        pressed.map(|_| Action::StopOutside(which))
    };
    actions.extend(pressed);
    ui.add_space(6.0);
}

/// A text that is too large to edit here.
fn viewer_ui(ui: &mut Ui, view: &mut JsonView, which: Which, text: &Text, actions: &mut Vec<Action>, foot: f32) {
    let size = format::size(view.text.len() as u64);
    let words = text.with("json-large", &[("size", size.into())]);
    let buttons = [text.get("json-edit-outside"), text.get("json-load")];
    match widgets::notice(ui, NoticeKind::Info, &words, &buttons) {
        Some(0) => actions.push(Command::EditOutside.into()),
        Some(_) => actions.push(Command::LoadMessage.into()),
        None => {}
    }
    ui.add_space(6.0);
    let revision = view.revision;
    if view.lines.as_ref().is_none_or(|(of, _)| *of != revision) {
        view.lines = Some((revision, Lines::new(&view.text)));
    }
    let Some((_, lines)) = &mut view.lines else { return };
    let size = egui::vec2(ui.available_width(), (ui.available_height() - foot).max(80.0));
    ui.allocate_ui(size, |ui| {
        let id = Id::unique(("json_viewer", which.tab, which.message));
        widgets::json_viewer(ui, id, text.get("json-name"), &view.text, lines);
    });
}
