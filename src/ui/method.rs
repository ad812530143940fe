//! What is said in place of the message while its method is not known: what is missing, and what would mend it.

use egui::Ui;

use super::icons::Icon;
use super::widgets::{self, NoticeKind, Push};
use crate::app::tab::{MethodState, Tab};
use crate::app::{Action, App, Command};

/// Why the method cannot be called, said where its message would stand.
pub(super) fn ui(ui: &mut Ui, app: &App, tab: &Tab, actions: &mut Vec<Action>) {
    let text = &app.text;
    match &tab.method {
        MethodState::Ready(_) | MethodState::Unresolved => {}
        MethodState::Loading { .. } => {
            ui.horizontal(|ui| {
                widgets::spinner(ui);
                super::secondary(ui, text.get("method-loading"));
            });
        }
        MethodState::Unknown if tab.draft.method.is_empty() => {
            let label = text.get("command-go-to-method");
            if widgets::empty_state(ui, Icon::ArrowRight, text.get("method-hint"), Some(label)) {
                actions.push(Command::GoToMethod.into());
            }
        }
        MethodState::Unknown if tab.known_as_typed().is_some() => {
            let known = tab.known_as_typed().map(|known| known.schema);
            let schema = app.schemas.iter().find(|open| Some(open.id) == known);
            let schema = schema.map(crate::app::schemas::OpenSchema::label).unwrap_or_default();
            let words = text
                .with("method-vanished", &[("schema", schema.into()), ("method", tab.draft.method.as_str().into())]);
            let buttons = [text.get("command-go-to-method"), text.get("schema-reload")];
            match widgets::notice(ui, NoticeKind::Warning, &words, &buttons) {
                Some(0) => actions.push(Command::GoToMethod.into()),
                Some(_) => actions.push(Command::ReloadSchemas.into()),
                None => {}
            }
        }
        MethodState::Unknown => {
            let words = text.with("method-unknown", &[("method", tab.draft.method.as_str().into())]);
            let buttons = [text.get("open-protos"), text.get("reflect")];
            match widgets::notice(ui, NoticeKind::Warning, &words, &buttons) {
                Some(0) => actions.push(Command::Open.into()),
                Some(_) => actions.push(Command::Reflect.into()),
                None => {}
            }
        }
        MethodState::Failed(problems) => {
            for problem in problems {
                let words = problem.to_string();
                let mend = problem
                    .suggested_import_path
                    .as_ref()
                    .map(|path| text.with("add-import-path", &[("path", path.display().to_string().into())]));
                let buttons: Vec<&str> = mend.as_deref().into_iter().collect();
                let pressed = widgets::notice(ui, NoticeKind::Error, &words, &buttons);
                if let (Some(_), Some(path), Some(schema)) = (pressed, &problem.suggested_import_path, tab.schema) {
                    actions.push(Action::AddImportPath(schema, path.clone()));
                }
            }
            if ui.add(Push::new(text.get("schema-reload"))).clicked() {
                actions.push(Command::ReloadSchemas.into());
            }
        }
    }
}
