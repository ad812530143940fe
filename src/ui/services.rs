//! The Services tree: what is open, what it offers, what could not be read.

use egui::{Id, Ui};

use super::icons::Icon;
use super::widgets::{self, NoticeKind, TreeRow};
use super::{kind_color, kind_icon, kind_key, theme};
use crate::app::schemas::{OpenSchema, SchemaState};
use crate::app::tree::{Node, Row};
use crate::app::{Action, App, Command};
use crate::schema::{Problem, Source};

pub(super) fn ui(ui: &mut Ui, app: &App, actions: &mut Vec<Action>) {
    let text = &app.text;
    if app.schemas.is_empty() {
        if widgets::empty_state(ui, Icon::FolderOpen, text.get("services-empty"), Some(text.get("open-protos"))) {
            actions.push(Command::Open.into());
        }
        return;
    }
    let rows = app.sidebar.services.rows(&app.schemas);
    if rows.is_empty() {
        super::secondary(ui, text.get("filter-nothing"));
    }
    let mut after: Option<&OpenSchema> = None;
    for row in &rows {
        if let Node::Schema(id) = &row.node {
            if let Some(open) = after {
                problems_ui(ui, app, open, actions);
            }
            after = app.schemas.iter().find(|open| open.id == *id).filter(|_| row.open == Some(true));
        }
        row_ui(ui, app, row, actions);
    }
    if let Some(open) = after {
        problems_ui(ui, app, open, actions);
    }
}

fn row_ui(ui: &mut Ui, app: &App, row: &Row, actions: &mut Vec<Action>) {
    let tokens = theme::tokens(ui);
    let text = &app.text;
    let open = app.schemas.iter().find(|open| match &row.node {
        Node::Schema(id) => open.id == *id,
        _ => false,
    });
    let (icon, color) = match (&row.node, open.map(|open| &open.source)) {
        (Node::Schema(_), Some(Source::Reflection { .. })) => (Icon::Broadcast, tokens.text_secondary),
        (Node::Schema(_), Some(Source::DescriptorSet { .. })) => (Icon::File, tokens.text_secondary),
        (Node::Schema(_), _) => (Icon::Folder, tokens.text_secondary),
        (Node::Package(..), _) => (Icon::Package, tokens.text_secondary),
        (Node::Service(..), _) => (Icon::Cube, tokens.text_secondary),
        (Node::Method(..), _) => row
            .kind
            .map_or((Icon::ArrowRight, tokens.text_secondary), |kind| (kind_icon(kind), kind_color(kind, tokens))),
    };
    let detail = match (&row.node, open) {
        (Node::Schema(_), Some(open)) if open.is_loading() => Some(text.get("loading").to_owned()),
        (Node::Schema(_), Some(open)) => match &open.source {
            Source::Reflection { .. } => Some(text.get("schema-reflection").to_owned()),
            Source::Protos { .. } => Some(text.with("schema-files", &[("count", row.count.into())])),
            Source::DescriptorSet { .. } => Some(text.get("schema-descriptor-set").to_owned()),
        },
        (Node::Service(..), _) => Some(row.count.to_string()),
        (Node::Method(..), _) if row.deprecated => Some(text.get("deprecated").to_owned()),
        _ => None,
    };
    let warning = open.and_then(|open| {
        let count = open.schema.as_ref().map_or(0, |schema| schema.problems.len()) + usize::from(open.is_failed());
        (count > 0).then(|| text.with("schema-problems", &[("count", count.into())]))
    });
    let label = if matches!(row.node, Node::Package(..)) && row.label.is_empty() {
        text.get("package-none")
    } else {
        row.label.as_str()
    };
    let drawn = widgets::tree_row(
        ui,
        TreeRow {
            id: Id::unique(("services", &row.node)),
            depth: row.depth,
            open: row.open,
            icon,
            icon_color: color,
            label,
            detail: detail.as_deref(),
            selected: app.sidebar.services.selected.as_ref() == Some(&row.node),
            warning: warning.as_deref(),
        },
    );
    match &row.node {
        Node::Method(schema, service, method) => {
            if drawn.clicked {
                actions.push(Action::OpenMethod { schema: *schema, service: *service, method: *method });
            }
            if let Some(kind) = row.kind {
                let doc = app
                    .schemas
                    .iter()
                    .find(|open| open.id == *schema)
                    .and_then(|open| open.schema.as_ref())
                    .and_then(|schema| schema.services.get(*service))
                    .and_then(|service| service.methods.get(*method))
                    .map(|method| method.doc.as_str())
                    .unwrap_or_default();
                drawn.response.on_hover_ui(|ui| {
                    ui.label(text.get(kind_key(kind)));
                    if !doc.is_empty() {
                        super::secondary(ui, doc);
                    }
                });
            }
        }
        node => {
            if drawn.clicked || drawn.toggled {
                actions.push(Action::ToggleNode(node.clone()));
            }
            if let Node::Schema(id) = node {
                drawn.response.context_menu(|ui| {
                    if ui.button(text.get("schema-reload")).clicked() {
                        actions.push(Action::ReloadSchema(*id));
                    }
                    if ui.button(text.get("schema-close")).clicked() {
                        actions.push(Action::CloseSchema(*id));
                    }
                });
            }
        }
    }
}

/// What could not be read, where the user looks for it: under the source.
fn problems_ui(ui: &mut Ui, app: &App, open: &OpenSchema, actions: &mut Vec<Action>) {
    let text = &app.text;
    match &open.state {
        SchemaState::Failed(problem) => problem_ui(ui, app, open, problem, actions),
        SchemaState::ReflectionFailed(failure) => {
            let words = super::status_words(text, &failure.status, failure.cause.as_ref());
            let label = text.get("try-again");
            if widgets::notice(ui, NoticeKind::Error, &words, &[label]).is_some() {
                actions.push(Action::ReloadSchema(open.id));
            }
        }
        SchemaState::Ready | SchemaState::Reading(_) | SchemaState::Reflecting(_) => {}
    }
    for problem in open.schema.iter().flat_map(|schema| &schema.problems).take(20) {
        problem_ui(ui, app, open, problem, actions);
    }
}

fn problem_ui(ui: &mut Ui, app: &App, open: &OpenSchema, problem: &Problem, actions: &mut Vec<Action>) {
    let mut words = match problem.position {
        Some((line, column)) => format!("{}:{line}:{column}: {}", problem.file, problem.message),
        None if problem.file.is_empty() => problem.message.clone(),
        None => format!("{}: {}", problem.file, problem.message),
    };
    if let Some(source) = problem.source_line.as_deref().filter(|line| !line.trim().is_empty()) {
        words.push_str("\n    ");
        words.push_str(source.trim());
    }
    if let Some(hint) = &problem.hint {
        words.push('\n');
        words.push_str(hint);
    }
    let mend = problem
        .suggested_import_path
        .as_ref()
        .map(|path| app.text.with("add-import-path", &[("path", path.display().to_string().into())]));
    let reload = app.text.get("schema-reload");
    let buttons: Vec<&str> = mend.as_deref().into_iter().chain([reload]).collect();
    ui.add_space(4.0);
    if let Some(pressed) = widgets::notice(ui, NoticeKind::Error, &words, &buttons) {
        match (&problem.suggested_import_path, pressed) {
            (Some(path), 0) => actions.push(Action::AddImportPath(open.id, path.clone())),
            _ => actions.push(Action::ReloadSchema(open.id)),
        }
    }
}
