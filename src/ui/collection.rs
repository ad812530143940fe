//! The Collection tree: folders and saved requests.

use egui::{Id, Ui};

use super::icons::Icon;
use super::widgets::{self, TreeRow};
use super::{kind_color, kind_icon, theme};
use crate::app::collections::What;
use crate::app::{Action, App, Command};
use crate::schema::Schema;

pub(super) fn ui(ui: &mut Ui, app: &mut App, actions: &mut Vec<Action>) {
    let tokens = theme::tokens(ui);
    let text = app.text.clone();
    if app.collections.is_empty() {
        if widgets::empty_state(ui, Icon::BookBookmark, text.get("collection-empty"), Some(text.get("open-collection")))
        {
            actions.push(Command::Open.into());
        }
        return;
    }
    let schemas: Vec<&Schema> = app.schemas.iter().filter_map(|open| open.schema.as_deref()).collect();
    let rows = app.sidebar.requests.rows(&app.collections, &schemas);
    let mut toggled = None;
    for row in &rows {
        let (icon, color, open) = match row.what {
            What::Collection(open) => (Icon::BookBookmark, tokens.text_secondary, Some(open)),
            What::Folder(open) => {
                (if open { Icon::FolderOpen } else { Icon::Folder }, tokens.text_secondary, Some(open))
            }
            What::Request(Some(kind)) => (kind_icon(kind), kind_color(kind, tokens), None),
            What::Request(None) => (Icon::FileText, tokens.text_tertiary, None),
        };
        let drawn = widgets::tree_row(
            ui,
            TreeRow {
                id: Id::unique(("collection", &row.path)),
                depth: row.depth,
                open,
                icon,
                icon_color: color,
                label: &row.label,
                marked: &[],
                detail: None,
                selected: app.sidebar.requests.selected.as_ref() == Some(&row.path),
                warning: row.problem.as_deref(),
            },
        );
        if open.is_some() {
            if drawn.clicked || drawn.toggled {
                toggled = Some(row.path.clone());
            }
            drawn.response.context_menu(|ui| {
                if ui.button(text.get("defaults-edit")).clicked() {
                    actions.push(Action::EditDefaults { folder: row.path.clone(), name: row.label.clone() });
                }
            });
            continue;
        }
        if drawn.clicked {
            actions.push(Action::OpenRequest(row.path.clone()));
        }
        drawn.response.context_menu(|ui| {
            if ui.button(text.get("open")).clicked() {
                actions.push(Action::OpenRequest(row.path.clone()));
            }
            if ui.button(text.get("delete")).clicked() {
                actions.push(Action::DeleteRequest(row.path.clone()));
            }
        });
    }
    if rows.len() <= app.collections.len() && !app.sidebar.requests.filter.is_empty() {
        super::secondary(ui, text.get("filter-nothing"));
    }
    if let Some(path) = toggled {
        app.sidebar.requests.toggle(&path);
    }
}
