//! The Services tree: what is open, what it offers, what could not be read.

use egui::{Id, Ui};

use super::icons::Icon;
use super::widgets::{self, NoticeKind, TreeRow};
use super::{kind_color, kind_icon, kind_key, problems, theme};
use crate::app::schemas::{OpenSchema, SchemaState};
use crate::app::tree::{Node, Row};
use crate::app::{Action, App, Command, Overlay, SchemaForm};
use crate::schema::{Problem, Source};

/// Problems up to this many are shown in the tree itself.
const FEW: usize = 2;

/// Of more rows than this only those near the part in sight are drawn.
const MANY: usize = 300;

/// Whether a row drawn now would stand in sight, or within a screen of it, where arrow keys may go next.
fn is_near(ui: &Ui) -> bool {
    let seen = ui.clip_rect();
    let top = ui.cursor().top();
    top > seen.top() - seen.height() && top < seen.bottom() + seen.height()
}

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
    let many = rows.len() > MANY;
    for row in &rows {
        if many && !is_near(ui) {
            // Its room is kept, so that the scroll bar tells the truth; drawing thousands of rows costs a frame.
            ui.allocate_space(egui::vec2(ui.available_width(), theme::TREE_ROW_HEIGHT));
        } else {
            row_ui(ui, app, row, actions);
        }
        if let (Node::Schema(id), Some(true)) = (&row.node, row.open)
            && let Some(open) = app.schemas.iter().find(|open| open.id == *id)
        {
            problems_ui(ui, app, open, actions);
        }
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
        (Node::Undescribed(..), _) => (Icon::Cube, tokens.text_tertiary),
        (Node::Method(..), _) => row
            .kind
            .map_or((Icon::ArrowRight, tokens.text_secondary), |kind| (kind_icon(kind), kind_color(kind, tokens))),
    };
    let detail = match (&row.node, open) {
        (Node::Schema(_), Some(open)) if open.is_loading() => Some(loading(app, open)),
        (Node::Schema(_), Some(open)) => match &open.source {
            Source::Reflection { .. } => Some(text.get("schema-reflection").to_owned()),
            Source::Protos { .. } => Some(text.with("schema-files", &[("count", row.count.into())])),
            Source::DescriptorSet { .. } => Some(text.get("schema-descriptor-set").to_owned()),
        },
        (Node::Service(..), _) => Some(row.count.to_string()),
        (Node::Undescribed(..), _) => Some(text.get("service-undescribed").to_owned()),
        (Node::Method(..), _) if row.deprecated => Some(text.get("deprecated").to_owned()),
        _ => None,
    };
    let warning = open.and_then(|open| {
        let count = open.fault_count() + usize::from(matches!(open.state, SchemaState::ReflectionFailed(_)));
        (count > 0).then(|| text.with("schema-problems", &[("count", count.into())]))
    });
    let warning = warning.or_else(|| flaw(app, &row.node));
    let label = if matches!(row.node, Node::Package(..)) && row.label.is_empty() {
        text.get("package-none")
    } else {
        row.label.as_str()
    };
    let drawn = widgets::tree_row(
        ui,
        TreeRow {
            id: Id::unique(("services", &row.node)),
            // A row with nothing below it is drawn a step to the left; it is to stand under the other services.
            depth: row.depth + usize::from(matches!(row.node, Node::Undescribed(..))),
            open: row.open,
            icon,
            icon_color: color,
            label,
            marked: &[],
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
        Node::Undescribed(..) => {}
        node => {
            if drawn.clicked || drawn.toggled {
                actions.push(Action::ToggleNode(node.clone()));
            }
            if let Node::Schema(id) = node {
                drawn.response.context_menu(|ui| {
                    if ui.button(text.get("schema-reload")).clicked() {
                        actions.push(Action::ReloadSchema(*id));
                    }
                    if open.is_some_and(|open| matches!(open.source, Source::Protos { .. }))
                        && ui.button(text.get("import-paths-title")).clicked()
                    {
                        actions.push(Action::ShowImportPaths(*id));
                    }
                    let has_answer = open.is_some_and(|open| open.schema.is_some());
                    if has_answer {
                        if ui.button(text.get("drift-compare-server")).clicked() {
                            actions.push(Action::AskDrift(*id));
                        }
                        for (other, name) in app.comparable(*id) {
                            if ui.button(text.with("drift-compare-with", &[("name", name.into())])).clicked() {
                                actions.push(Action::CompareSchemas(*id, other));
                            }
                        }
                    }
                    for (key, form) in
                        [("schema-save-protos", SchemaForm::Protos), ("schema-save-set", SchemaForm::DescriptorSet)]
                    {
                        if ui.add_enabled(has_answer, egui::Button::new(text.get(key))).clicked() {
                            actions.push(Action::AskSaveSchema(*id, form));
                        }
                    }
                    if ui.button(text.get("schema-close")).clicked() {
                        actions.push(Action::CloseSchema(*id));
                    }
                });
            }
        }
    }
}

/// What is said while a schema is read.
fn loading(app: &App, open: &OpenSchema) -> String {
    match open.described() {
        Some((done, total)) => app.text.with("services-progress", &[("done", done.into()), ("total", total.into())]),
        None => app.text.get("loading").to_owned(),
    }
}

/// What is wrong with a service.
fn flaw(app: &App, node: &Node) -> Option<String> {
    let (Node::Service(id, at) | Node::Undescribed(id, at)) = node else { return None };
    let open = app.schemas.iter().find(|open| open.id == *id)?;
    let schema = open.schema.as_ref()?;
    let is_described = matches!(node, Node::Service(..));
    let name = if is_described { &schema.services.get(*at)?.full_name } else { schema.undescribed.get(*at)? };
    let told = open.problem_of(name).map(|problem| problem.message.clone());
    told.or_else(|| (!is_described).then(|| app.text.get("service-undescribed-help").to_owned()))
}

/// What could not be read, where the user looks for it: under the name of the source. More than a few would hide what
/// could be read, so they stand in a list of their own.
fn problems_ui(ui: &mut Ui, app: &App, open: &OpenSchema, actions: &mut Vec<Action>) {
    let text = &app.text;
    if let SchemaState::ReflectionFailed(failure) = &open.state {
        let words = super::status_words(text, &failure.status, failure.cause.as_ref());
        if widgets::notice(ui, NoticeKind::Error, &words, &[text.get("try-again")]).is_some() {
            actions.push(Action::ReloadSchema(open.id));
        }
    }
    if matches!(open.state, SchemaState::Cancelled)
        && widgets::notice(ui, NoticeKind::Info, text.get("schema-cancelled"), &[text.get("schema-reload")]).is_some()
    {
        actions.push(Action::ReloadSchema(open.id));
    }
    let all: Vec<&Problem> = open.problems().collect();
    if all.len() > FEW {
        let label = text.with("schema-problems", &[("count", all.len().into())]);
        let row = TreeRow {
            id: Id::unique(("problems", open.id)),
            depth: 1,
            open: None,
            icon: Icon::Warning,
            icon_color: theme::tokens(ui).error,
            label: &label,
            marked: &[],
            detail: Some(text.get("show")),
            selected: false,
            warning: None,
        };
        if widgets::tree_row(ui, row).clicked {
            actions.push(Action::Show(Overlay::Problems));
        }
        return;
    }
    for problem in all {
        problems::problem_ui(ui, app, open, problem, actions);
    }
}
