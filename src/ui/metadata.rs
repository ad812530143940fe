//! The metadata that is sent: rows in order, each checked while it is typed; above them what is inherited.
//!
//! Must not know: which values can be sent, and which names may be set.

use egui::style::ScrollAnimation;
use egui::{Align, CursorIcon, Id, Key, Modifiers, Rangef, Rect, RichText, Sense, Stroke, Ui, WidgetInfo, vec2};

use super::icons::Icon;
use super::settings_pane::origin_words;
use super::widgets::{self, Field, SegmentStyle};
use super::{refused, theme};
use crate::request::{BinaryForm, MetadataRow, MetadataValue, Place, Scope, check_row, is_secret, masked, pasted_rows};
use crate::text::Text;

/// Width of what a row is dragged by.
const HANDLE: f32 = 14.0;
/// Part of a row's inputs that the name takes.
const NAME_PART: f32 = 0.4;

/// Names that many servers know, offered quietly while one of them is typed.
const WELL_KNOWN: [&str; 16] = [
    "accept-language",
    "authorization",
    "baggage",
    "cookie",
    "forwarded",
    "traceparent",
    "tracestate",
    "user-agent",
    "x-api-key",
    "x-b3-traceid",
    "x-correlation-id",
    "x-forwarded-for",
    "x-goog-api-key",
    "x-goog-request-params",
    "x-request-id",
    "x-user-agent",
];

/// What is to be done with the rows after they were drawn.
#[derive(Clone, Debug)]
enum Edit {
    Remove(usize),
    /// To the place of another.
    Move(usize, usize),
    Duplicate(usize),
    /// A row after it, and the cursor there.
    AddAfter(usize),
    /// Rows in place of an empty one, or after it.
    Paste(usize, Vec<MetadataRow>),
}

/// What a row is drawn from.
struct Row<'a> {
    id: u64,
    index: usize,
    count: usize,
    scope: &'a Scope,
    text: &'a Text,
}

/// Draws the rows; `id` tells them from those of another draft.
pub(super) fn ui(ui: &mut Ui, id: u64, rows: &mut Vec<MetadataRow>, scope: &Scope, text: &Text) {
    ui.set_max_width(ui.available_width() - theme::GAP);
    ui.spacing_mut().item_spacing.y = 4.0;
    inherited_ui(ui, rows, scope, text);
    if rows.is_empty() {
        super::secondary(ui, text.get("metadata-empty"));
        ui.add_space(8.0);
    }
    let mut edit = None;
    let mut places = Vec::with_capacity(rows.len());
    let count = rows.len();
    for (index, row) in rows.iter_mut().enumerate() {
        let drawn = Row { id, index, count, scope, text };
        let place = ui.scope(|ui| drawn.ui(ui, row, &mut edit)).response.rect;
        if refused::is_goal(ui, &Place::Metadata(index)) {
            ui.memory_mut(|memory| memory.request_focus(value_id(id, index)));
            ui.scroll_to_rect_animation(place, Some(Align::Center), ScrollAnimation::none());
        }
        places.push(place);
    }
    drag_ui(ui, id, &places, &mut edit);
    ui.add_space(4.0);
    if widgets::button(ui, Some(Icon::Plus), text.get("metadata-add")).clicked() {
        rows.push(MetadataRow::default());
        ui.memory_mut(|memory| memory.request_focus(name_id(id, rows.len() - 1)));
    }
    ui.add_space(4.0);
    super::hint(ui, text.get("metadata-paste-hint"));
    if let Some(edit) = edit {
        apply(ui, id, rows, edit);
    }
}

fn name_id(id: u64, index: usize) -> Id {
    Id::unique(("metadata_name", id, index))
}

fn value_id(id: u64, index: usize) -> Id {
    Id::unique(("metadata_value", id, index))
}

fn apply(ui: &Ui, id: u64, rows: &mut Vec<MetadataRow>, edit: Edit) {
    let focus = |field: Id| ui.memory_mut(|memory| memory.request_focus(field));
    match edit {
        Edit::Remove(index) => drop(rows.remove(index)),
        Edit::Move(from, to) if from < rows.len() => {
            let row = rows.remove(from);
            let to = to.min(rows.len());
            rows.insert(to, row);
            // The cursor goes along with the row.
            let had = |field: Id| ui.memory(|memory| memory.has_focus(field));
            if had(name_id(id, from)) {
                focus(name_id(id, to));
            } else if had(value_id(id, from)) {
                focus(value_id(id, to));
            }
        }
        Edit::Move(..) => {}
        Edit::Duplicate(index) => rows.insert(index + 1, rows[index].clone()),
        Edit::AddAfter(index) => {
            rows.insert(index + 1, MetadataRow::default());
            focus(name_id(id, index + 1));
        }
        Edit::Paste(index, pasted) => {
            let is_empty = rows[index].name.is_empty() && rows[index].value.is_empty();
            let range = if is_empty { index..index + 1 } else { index + 1..index + 1 };
            let last = range.start + pasted.len() - 1;
            rows.splice(range, pasted);
            focus(value_id(id, last));
        }
    }
    ui.request_repaint();
}

/// What comes from the collection and its folders, unless a row of that name stands here.
fn inherited_ui(ui: &mut Ui, rows: &[MetadataRow], scope: &Scope, text: &Text) {
    let tokens = theme::tokens(ui);
    let own = |name: &str| rows.iter().any(|row| !row.disabled && row.name.trim().eq_ignore_ascii_case(name.trim()));
    let mut any = false;
    for (index, row) in scope.metadata.iter().enumerate().filter(|(_, row)| !row.disabled && !row.name.is_empty()) {
        any = true;
        let replaced = own(&row.name);
        let value = if is_secret(&row.name, &[]) { masked(&row.value) } else { row.value.clone() };
        let origin = scope.source(&Place::Metadata(index)).map(|origin| origin_words(text, origin));
        let origin = origin.unwrap_or_else(|| text.get("inherited").to_owned());
        let said = if replaced { text.with("metadata-replaced", &[("origin", origin.into())]) } else { origin };
        ui.horizontal(|ui| {
            ui.add_space(HANDLE);
            let words = RichText::new(format!("{}: {value}", row.name)).font(theme::mono()).color(tokens.text_tertiary);
            let words = if replaced { words.strikethrough() } else { words };
            let room = ui.available_width() * 0.65;
            ui.scope(|ui| {
                ui.set_max_width(room);
                ui.add(egui::Label::new(words).truncate());
            });
            let small = RichText::new(said).font(theme::small()).color(tokens.text_tertiary);
            ui.add(egui::Label::new(small).truncate());
        });
        if let Some(problem) = check_row(row, scope).err().filter(|_| !replaced) {
            ui.horizontal(|ui| {
                ui.add_space(HANDLE);
                ui.vertical(|ui| widgets::inline_problem(ui, &problem));
            });
        }
    }
    if any {
        ui.add_space(8.0);
    }
}

impl Row<'_> {
    fn named(&self, key: &str) -> String {
        self.text.with(key, &[("number", (self.index + 1).into())])
    }

    fn ui(&self, ui: &mut Ui, row: &mut MetadataRow, edit: &mut Option<Edit>) {
        let problem = check_row(row, self.scope).err();
        // A row without its value tells whether the name is to blame.
        let bare = MetadataRow { value: String::new(), ..row.clone() };
        let of_name = problem.is_some() && check_row(&bare, self.scope).is_err() || row.name.trim().is_empty();
        let is_binary = row.name.trim().to_ascii_lowercase().ends_with("-bin");
        let (mut names, mut left) = (0.0, 0.0);
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = theme::GAP;
            self.handle_ui(ui, edit);
            let mut on = !row.disabled;
            if widgets::switch(ui, &self.named("metadata-on"), &mut on).changed() {
                row.disabled = !on;
            }
            let rest = ui.available_width() - theme::INPUT_HEIGHT - 2.0 * theme::GAP;
            names = ui.cursor().left();
            self.name_ui(ui, row, (rest * NAME_PART).max(40.0), problem.as_deref().filter(|_| of_name), edit);
            left = ui.cursor().left();
            let width = (rest * (1.0 - NAME_PART)).max(40.0);
            self.value_ui(ui, row, width, is_binary, problem.as_deref().filter(|_| !of_name), edit);
            if widgets::icon_button(ui, Icon::Trash, &self.named("metadata-remove"), None).clicked() {
                *edit = Some(Edit::Remove(self.index));
            }
        });
        if is_binary {
            ui.horizontal(|ui| {
                ui.add_space((left - ui.cursor().left()).max(0.0));
                self.form_ui(ui, row);
            });
        }
        if let Some(problem) = &problem {
            ui.horizontal(|ui| {
                // Below the field that has it.
                let indent = if of_name { names - ui.cursor().left() } else { left - ui.cursor().left() };
                ui.add_space(indent.max(0.0));
                ui.vertical(|ui| widgets::inline_problem(ui, problem));
            });
        }
    }

    /// What the row is dragged by, with its menu.
    fn handle_ui(&self, ui: &mut Ui, edit: &mut Option<Edit>) {
        let (_, rect) = ui.allocate_space(vec2(HANDLE, theme::INPUT_HEIGHT));
        let id = handle_id(self.id, self.index);
        let handle = ui.interact(rect, id, Sense::click_and_drag());
        let name = self.named("metadata-handle");
        handle.widget_info(|| WidgetInfo::labeled(egui::Role::Button, ui.is_enabled(), &name));
        let tokens = theme::tokens(ui);
        let lit = handle.hovered() || handle.has_focus() || handle.dragged();
        let color = if lit { tokens.text } else { tokens.text_tertiary };
        widgets::paint_icon(ui.painter(), rect.center(), Icon::DotsSixVertical, theme::ICON_SIZE_MEDIUM, color);
        let handle = handle.on_hover_cursor(CursorIcon::Grab).on_hover_text(self.text.get("metadata-handle-help"));
        let menu = |ui: &mut Ui, edit: &mut Option<Edit>| {
            let up = egui::Button::new(self.text.get("list-up"));
            if ui.add_enabled(self.index > 0, up).clicked() {
                *edit = Some(Edit::Move(self.index, self.index - 1));
            }
            let down = egui::Button::new(self.text.get("list-down"));
            if ui.add_enabled(self.index + 1 < self.count, down).clicked() {
                *edit = Some(Edit::Move(self.index, self.index + 1));
            }
            if ui.button(self.text.get("list-duplicate")).clicked() {
                *edit = Some(Edit::Duplicate(self.index));
            }
            if ui.button(self.text.get("list-insert-below")).clicked() {
                *edit = Some(Edit::AddAfter(self.index));
            }
        };
        handle.context_menu(|ui| menu(ui, edit));
        egui::Popup::menu(&handle).show(|ui| menu(ui, edit));
    }

    fn name_ui(&self, ui: &mut Ui, row: &mut MetadataRow, width: f32, problem: Option<&str>, edit: &mut Option<Edit>) {
        let id = name_id(self.id, self.index);
        self.take_keys(ui, id, edit);
        let rest = suggestion(&row.name).filter(|_| ui.memory(|memory| memory.has_focus(id)));
        if rest.is_some() && at_end(ui, id, &row.name) && taken(ui) {
            row.name.push_str(rest.unwrap_or_default());
            ui.memory_mut(|memory| memory.request_focus(value_id(self.id, self.index)));
        }
        let name = self.named("metadata-key");
        let ghost = rest.map(|rest| self.text.with("metadata-suggestion", &[("rest", rest.into())]));
        let mut field = Field::new(id, &name, &mut row.name);
        field.hint = self.text.get("metadata-key-hint");
        field.mono = true;
        field.width = Some(width);
        field.error = problem;
        field.ghost = ghost.as_deref();
        let shown = widgets::field(ui, field);
        self.entered(ui, &shown.response, edit);
    }

    fn value_ui(
        &self,
        ui: &mut Ui,
        row: &mut MetadataRow,
        width: f32,
        is_binary: bool,
        problem: Option<&str>,
        edit: &mut Option<Edit>,
    ) {
        let id = value_id(self.id, self.index);
        self.take_keys(ui, id, edit);
        let (ranges, ghost) = super::variables(&row.value, self.scope);
        let name = self.named("metadata-value");
        let mut field = Field::new(id, &name, &mut row.value);
        field.hint = self.text.get(match (is_binary, row.form) {
            (false, _) => "metadata-value-hint",
            (true, BinaryForm::Text) => "hint-bytes-text",
            (true, BinaryForm::Hex) => "hint-bytes-hex",
            (true, BinaryForm::Base64) => "metadata-bin-hint",
        });
        field.mono = true;
        field.width = Some(width);
        field.error = problem;
        field.variables = &ranges;
        field.ghost = ghost.as_deref();
        let shown = widgets::field(ui, field);
        self.entered(ui, &shown.response, edit);
    }

    /// How the bytes are typed; where they can be they are turned into the form that is chosen.
    fn form_ui(&self, ui: &mut Ui, row: &mut MetadataRow) {
        let labels = ["bytes-text", "bytes-hex", "bytes-base64"].map(|key| self.text.get(key));
        let current = BinaryForm::ALL.iter().position(|form| *form == row.form).unwrap_or_default();
        let mut chosen = current;
        let name = self.named("metadata-form");
        let names: Vec<String> = labels.iter().map(|label| format!("{name}: {label}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let salt = ("metadata_form", self.id, self.index);
        widgets::segmented_named(ui, salt, &name, &labels, &names, &mut chosen, SegmentStyle::Bare);
        if chosen != current {
            let form = BinaryForm::ALL[chosen];
            if let Some(value) = row.form.convert(&row.value, form) {
                row.value = value;
            }
            row.form = form;
        }
        if let Ok(Some((_, MetadataValue::Binary(bytes)))) = check_row(row, self.scope)
            && !bytes.is_empty()
        {
            super::hint(ui, &crate::app::format::size(bytes.len() as u64));
        }
    }

    /// Alt with an arrow moves the row; what is pasted may be rows. Before the field has seen either.
    fn take_keys(&self, ui: &Ui, field: Id, edit: &mut Option<Edit>) {
        if !ui.memory(|memory| memory.has_focus(field)) {
            return;
        }
        let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::ALT, key));
        if pressed(Key::ArrowUp) && self.index > 0 {
            *edit = Some(Edit::Move(self.index, self.index - 1));
        } else if pressed(Key::ArrowDown) && self.index + 1 < self.count {
            *edit = Some(Edit::Move(self.index, self.index + 1));
        }
        ui.input_mut(|input| {
            input.events.retain(|event| match event {
                egui::Event::Paste(text) => match pasted_rows(text).filter(|rows| !rows.is_empty()) {
                    Some(rows) => {
                        *edit = Some(Edit::Paste(self.index, rows));
                        false
                    }
                    None => true,
                },
                _ => true,
            });
        });
    }

    /// Enter goes on to the next row; after the last one a new one is made.
    fn entered(&self, ui: &Ui, field: &egui::Response, edit: &mut Option<Edit>) {
        let enter = || ui.input(|input| input.key_pressed(Key::Enter) && input.modifiers.is_none());
        if !field.lost_focus() || !enter() {
            return;
        }
        if self.index + 1 < self.count {
            ui.memory_mut(|memory| memory.request_focus(name_id(self.id, self.index + 1)));
        } else {
            *edit = Some(Edit::AddAfter(self.index));
        }
    }
}

fn handle_id(id: u64, index: usize) -> Id {
    Id::unique(("metadata_handle", id, index))
}

/// While a row is dragged, a line shows where it would go; letting go puts it there.
fn drag_ui(ui: &Ui, id: u64, places: &[Rect], edit: &mut Option<Edit>) {
    let dragged = |index: &usize| ui.ctx().is_being_dragged(handle_id(id, *index));
    let dropped = |index: &usize| ui.ctx().drag_stopped_id() == Some(handle_id(id, *index));
    let (Some(from), Some(pointer)) =
        ((0..places.len()).find(|index| dragged(index) || dropped(index)), ui.ctx().pointer_interact_pos())
    else {
        return;
    };
    let gap = places.iter().filter(|place| place.center().y < pointer.y).count();
    let to = if gap > from { gap - 1 } else { gap };
    if dropped(&from) {
        if to != from {
            *edit = Some(Edit::Move(from, to));
        }
        return;
    }
    let y = places.get(gap).map_or_else(|| places.last().map_or(0.0, Rect::bottom), Rect::top) - 1.0;
    let across = places.first().map_or(Rangef::NOTHING, Rect::x_range);
    ui.painter().hline(across, y, Stroke::new(2.0, theme::tokens(ui).accent));
    ui.ctx().set_cursor_icon(CursorIcon::Grabbing);
}

/// What is missing of the first well-known name that begins as typed.
fn suggestion(typed: &str) -> Option<&'static str> {
    const LEAST: usize = 2;
    let typed = typed.to_ascii_lowercase();
    let rest = |name: &&'static str| name.strip_prefix(typed.as_str()).filter(|rest| !rest.is_empty());
    if typed.len() < LEAST { None } else { WELL_KNOWN.iter().find_map(rest) }
}

/// Whether the cursor of a field stands after its text.
fn at_end(ui: &Ui, field: Id, text: &str) -> bool {
    let range = egui::TextEdit::load_state(ui.ctx(), field).and_then(|state| state.cursor.char_range());
    range.is_some_and(|range| range.is_empty() && range.primary.index.0 == text.chars().count())
}

/// Whether a key takes the suggestion: Right or End, which do nothing else there.
fn taken(ui: &Ui) -> bool {
    ui.input_mut(|input| [Key::ArrowRight, Key::End].into_iter().any(|key| input.consume_key(Modifiers::NONE, key)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn well_known_names_are_offered_from_their_begin() {
        let check = |typed: &str, expected: Option<&str>| assert_eq!(suggestion(typed), expected, "{typed}");
        check("auth", Some("orization"));
        check("Auth", Some("orization"));
        check("authorization", None);
        check("a", None);
        check("zz", None);
        assert!(WELL_KNOWN.is_sorted());
    }
}
