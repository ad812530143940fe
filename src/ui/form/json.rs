//! A `Struct`, `Value` or `ListValue`: a tree in which each value has a kind, or its JSON text.
//!
//! Must not know: how its JSON is read.

use egui::{Align, Id, Layout, Rect, Role, Ui, UiBuilder, WidgetInfo, pos2};

use super::lists::{Verbs, holds_focus, key_edit};
use super::sight::Tracks;
use super::{Rows, opened, set_opened};
use crate::message::form::{JsonForm, JsonKind, JsonNode, ListEdit};
use crate::ui::icons::Icon;
use crate::ui::widgets::{self, Choice, Field, FormLabel, FormRow};
use crate::ui::{theme, variables};

/// Entries up to which what is in them is shown from the start.
const OPEN_ENTRIES: usize = 20;
/// Room for the word of a kind.
const KIND_WIDTH: f32 = 86.0;
/// Room for the button that adds an entry, with its word.
const ADD_WIDTH: f32 = 80.0;
/// Room for the number of entries.
const COUNT_WIDTH: f32 = 50.0;
/// Room for the caret of an entry.
const CARET: f32 = 16.0;
/// Lines of JSON text that are shown at most.
const MOST_LINES: usize = 16;

impl Rows<'_> {
    /// Without a label of its own: an element, or the message as a whole.
    pub(super) fn json_element_ui(&mut self, ui: &mut Ui, json: &mut JsonForm, id: Id, depth: usize) {
        let name = self.whole_name(&json.descriptor);
        let kind = json.descriptor.name().to_owned();
        let label = FormLabel { name: &kind, kind: "", help: None, open: None };
        widgets::form_row(ui, &FormRow { id: id.with("root"), depth, label }, |ui| {
            self.json_head_ui(ui, json, id, &name);
        });
        self.json_body_ui(ui, json, id, depth);
    }

    /// Beside its label: the value where it is one, the kind, and the way to its text.
    pub(super) fn json_head_ui(&mut self, ui: &mut Ui, json: &mut JsonForm, id: Id, path: &str) {
        let text = self.text;
        let as_text = json.text.is_some();
        let words = if as_text { "json-as-tree" } else { "json-as-text" };
        let toggle = text.with(words, &[("name", path.into())]);
        let icon = if as_text { Icon::TreeStructure } else { Icon::BracketsCurly };
        let mut toggled = false;
        ui.with_layout(Layout::right_to_left(Align::Min), |ui| {
            toggled = widgets::icon_button(ui, icon, &toggle, None).clicked();
            ui.with_layout(Layout::top_down(Align::Min), |ui| {
                let Some(typed) = &mut json.text else {
                    let any_kind = json.is_any_kind();
                    ui.horizontal_top(|ui| self.json_value_ui(ui, &mut json.root, id.with("root"), path, any_kind));
                    return;
                };
                let (ranges, _) = variables(&typed.text, self.scope);
                let mut field = Field::new(id.with("text"), path, &mut typed.text);
                field.hint = text.get("hint-json");
                field.mono = true;
                field.error = typed.problem.as_deref();
                field.variables = &ranges;
                field.rows = field.text.lines().count().clamp(2, MOST_LINES);
                if widgets::field(ui, field).changed {
                    typed.check();
                    self.edited = true;
                }
                if let Some(problem) = &typed.problem {
                    widgets::inline_problem(ui, problem);
                }
            });
        });
        if toggled {
            json.show_text(!as_text);
            self.edited = true;
        }
    }

    /// The rows of the tree.
    pub(super) fn json_body_ui(&mut self, ui: &mut Ui, json: &mut JsonForm, id: Id, depth: usize) {
        if json.text.is_none() && json.root.kind().is_branch() {
            self.json_entries_ui(ui, &mut json.root, id, depth);
        }
    }

    /// The kind of a value and, where it has no entries, the value.
    fn json_value_ui(&mut self, ui: &mut Ui, node: &mut JsonNode, id: Id, path: &str, any_kind: bool) {
        let text = self.text;
        if any_kind {
            let name = text.with("json-kind-of", &[("name", path.into())]);
            let kinds = JsonKind::ALL.map(|kind| text.get(kind_key(kind)));
            let mut choice = Choice::new(id.with("kind"), &name, text.get(kind_key(node.kind())));
            choice.width = Some(KIND_WIDTH);
            choice.mono = false;
            let label = |index: usize| kinds.get(index).copied().unwrap_or_default().to_owned();
            let (_, picked) = widgets::combo(ui, &choice, kinds.len(), label, |ui, index| {
                ui.label(label(index));
            });
            if let Some(kind) = picked.and_then(|index| JsonKind::ALL.get(index)) {
                node.set_kind(*kind);
                self.edited = true;
            }
        }
        match node.kind() {
            JsonKind::Null => {}
            JsonKind::Bool => {
                let edited = widgets::switch(ui, path, &mut node.flag).changed();
                let color = theme::tokens(ui).text_secondary;
                let words = widgets::elided(ui, &node.flag.to_string(), theme::mono(), color, 60.0);
                ui.horizontal(|ui| ui.label(words));
                self.edited |= edited;
            }
            JsonKind::Number | JsonKind::String => {
                let (ranges, ghost) = variables(&node.text, self.scope);
                let problem = node.problem();
                ui.vertical(|ui| {
                    let rows = if node.kind() == JsonKind::String { node.text.lines().count().clamp(1, 8) } else { 1 };
                    let mut field = Field::new(id.with("value"), path, &mut node.text);
                    field.mono = true;
                    field.error = problem;
                    field.variables = &ranges;
                    field.ghost = ghost.as_deref();
                    field.rows = rows;
                    if widgets::field(ui, field).changed {
                        self.edited = true;
                    }
                    if let Some(problem) = problem {
                        widgets::inline_problem(ui, problem);
                    }
                });
            }
            JsonKind::List | JsonKind::Object => {
                let add = text.with("list-add", &[("name", path.into())]);
                let added = if ui.available_width() < ADD_WIDTH {
                    widgets::icon_button(ui, Icon::Plus, &add, None).clicked()
                } else {
                    super::lists::verb_button(ui, Icon::Plus, text.get("add"), &add)
                };
                if added {
                    let entry = node.new_entry();
                    // The rows learn of it where they are drawn.
                    set_wanted(ui, id, node.entries.len());
                    node.entries.push(entry);
                    node.mark_duplicates();
                    self.edited = true;
                }
                if ui.available_width() < COUNT_WIDTH {
                    return;
                }
                let color = theme::tokens(ui).text_tertiary;
                let count = text.with("json-count", &[("count", node.entries.len().into())]);
                let count = widgets::elided(ui, &count, theme::body(), color, ui.available_width());
                ui.horizontal(|ui| ui.label(count));
            }
        }
    }

    fn json_entries_ui(&mut self, ui: &mut Ui, node: &mut JsonNode, id: Id, depth: usize) {
        let is_object = node.kind() == JsonKind::Object;
        let count = node.entries.len();
        let mut tracks = Tracks::take(ui, id, count);
        let mut edit = tracks.focused().and_then(|at| key_edit(ui, at));
        let mut keys_edited = false;
        tracks.rows_ui(ui, id, |ui, index, at, wanted| {
            let Some(entry) = node.entries.get_mut(index) else { return false };
            let before = self.path.len();
            let step = match (is_object, entry.duplicate) {
                (false, _) => format!("[{index}]"),
                (true, false) => format!("[\"{}\"]", entry.key.escape_debug()),
                // No two have the same name.
                (true, true) => format!("[\"{}\", {index}]", entry.key.escape_debug()),
            };
            // As it stays while the key is typed.
            let key_name = self.text.with("map-key", &[("name", self.path.as_str().into()), ("number", index.into())]);
            self.path.push_str(&step);
            let path = self.path.clone();
            let is_branch = entry.value.kind().is_branch();
            let open = opened(ui, at, count <= OPEN_ENTRIES);
            let foldable = (is_branch && !entry.value.entries.is_empty()).then_some(open);
            let number = index.to_string();
            // In an object its key stands there.
            let label = FormLabel { name: if is_object { "" } else { &number }, kind: "", help: None, open: foldable };
            let left = ui.cursor().left() + depth as f32 * theme::FORM_INDENT + CARET;
            if wanted {
                let part = if is_object { at.with("key") } else { at.with("value") };
                ui.memory_mut(|memory| memory.request_focus(part));
            }
            let row = widgets::form_row(ui, &FormRow { id: at, depth, label }, |ui| {
                if is_object {
                    let area = ui.max_rect();
                    let rect = Rect::from_min_max(
                        pos2(left, area.top()),
                        pos2(area.left() - theme::GAP, area.top() + theme::INPUT_HEIGHT),
                    );
                    let mut beside = ui.new_child(UiBuilder::new().id_salt("key").max_rect(rect));
                    let (ranges, _) = variables(&entry.key, self.scope);
                    let mut field = Field::new(at.with("key"), &key_name, &mut entry.key);
                    field.mono = true;
                    field.hint = self.text.get("json-key");
                    field.variables = &ranges;
                    field.error = entry.duplicate.then(|| self.text.get("map-duplicate"));
                    keys_edited |= widgets::field(&mut beside, field).changed;
                }
                ui.with_layout(Layout::right_to_left(Align::Min), |ui| {
                    let verbs = Verbs { text: self.text, name: &path, index, count, moves: true };
                    edit = edit.or(verbs.ui(ui, false));
                    ui.spacing_mut().item_spacing.x = theme::GAP;
                    ui.with_layout(Layout::left_to_right(Align::Min), |ui| {
                        self.json_value_ui(ui, &mut entry.value, at, &path, true);
                    });
                });
                if entry.duplicate {
                    widgets::inline_problem(ui, self.text.get("map-duplicate"));
                }
            });
            let label = row.inner.0.response.rect;
            if foldable.is_some() {
                row.inner.0.response.widget_info(|| WidgetInfo::labeled(Role::DisclosureTriangle, true, &path));
            }
            if row.inner.0.toggled {
                set_opened(ui, at, !open);
            }
            if entry.value.kind().is_branch() && open {
                self.json_entries_ui(ui, &mut entry.value, at, depth + 1);
            }
            self.path.truncate(before);
            holds_focus(ui, label.union(row.response.rect))
        });
        if let Some(edit) = edit {
            let new = node.new_entry();
            let place = edit.apply(&mut node.entries, |old| old.cloned().unwrap_or(new));
            tracks.edit(edit, place);
            if let (ListEdit::Insert(_), Some(place)) = (edit, place) {
                set_opened(ui, tracks.row_id(id, place), true);
            }
            keys_edited = true;
        }
        // The button that added it stands above the rows, and its click ends what holds the focus.
        if let Some(added) = take_wanted(ui, id.with("root")).or_else(|| take_wanted(ui, id)) {
            tracks.show(added);
            ui.request_repaint();
        }
        tracks.keep(ui, id);
        if keys_edited {
            node.mark_duplicates();
            self.edited = true;
        }
    }
}

fn kind_key(kind: JsonKind) -> &'static str {
    match kind {
        JsonKind::Null => "json-null",
        JsonKind::Number => "json-number",
        JsonKind::String => "json-string",
        JsonKind::Bool => "json-bool",
        JsonKind::List => "json-list",
        JsonKind::Object => "json-object",
    }
}

/// The entry that was added, to be given the focus once it is drawn.
fn set_wanted(ui: &Ui, id: Id, index: usize) {
    ui.data_mut(|data| data.insert_temp(id.with("wanted"), Some(index)));
    set_opened(ui, id, true);
}

fn take_wanted(ui: &Ui, id: Id) -> Option<usize> {
    ui.data_mut(|data| data.get_temp_mut_or_default::<Option<usize>>(id.with("wanted")).take())
}
