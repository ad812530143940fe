//! Rows of lists and maps: what adds, moves and removes elements, by button, menu and key.

use egui::{Align, Id, Key, Layout, Modifiers, Rect, Ui};
use prost_reflect::Kind as FieldKind;

use super::menu::Head;
use super::sight::Tracks;
use super::{Rows, opened, set_opened};
use crate::message::field::MessageField;
use crate::message::form::{
    EntryForm, FieldForm, ListEdit, ScalarForm, Shape, ValueForm, many, mark_duplicates, mark_duplicates_of,
};
use crate::text::Text;
use crate::ui::icons::Icon;
use crate::ui::widgets::{self, Field, FormLabel, FormRow, Push};
use crate::ui::{keys, theme};

/// Elements up to which they are open from the start.
const OPEN_ELEMENTS: usize = 3;
/// A pasted text of more bytes goes into the list at once: a field would take seconds to lay it out.
const LONG_PASTE: usize = 16 << 10;

impl Rows<'_> {
    pub(super) fn repeated_ui(
        &mut self,
        ui: &mut Ui,
        field: &mut FieldForm,
        id: Id,
        depth: usize,
        kind: &str,
        help: Option<&str>,
    ) -> Option<Head> {
        let descriptor = field.descriptor.clone();
        let ValueForm::Repeated(elements) = &mut field.value else { return None };
        let open = opened(ui, id, true);
        let label = FormLabel { name: &descriptor.label(), kind, help, open: (!elements.is_empty()).then_some(open) };
        let text = self.text;
        let named = |key: &str| text.with(key, &[("name", self.path.as_str().into())]);
        let (add, paste) = (named("list-add"), named("list-paste"));
        let typed = Shape::of(&descriptor.kind()).is_some();
        let row = widgets::form_row(ui, &FormRow { id, depth, label }, |ui| {
            ui.horizontal(|ui| {
                let added = verb_button(ui, Icon::Plus, text.get("add"), &add);
                (added, typed && verb_button(ui, Icon::ClipboardText, text.get("list-paste-short"), &paste))
            })
            .inner
        });
        let head = self.head(&row);
        if row.inner.0.toggled {
            set_opened(ui, id, !open);
        }
        self.rules_ui(ui, id, depth);
        let (added, pasting) = row.inner.1;
        let mut tracks = Tracks::take(ui, id, elements.len());
        let mut edit = added.then_some(ListEdit::Insert(elements.len()));
        if pasting {
            let shown = paste_text(ui, id).is_some();
            set_paste_text(ui, id, (!shown).then(String::new));
        }
        if let Some(new) = self.paste_ui(ui, &descriptor, id, depth + 1) {
            tracks = Tracks::take(ui, id, elements.len() + new.len());
            tracks.show(elements.len());
            elements.extend(new);
            set_opened(ui, id, true);
            self.edited = true;
        }
        let count = elements.len();
        if open {
            edit = edit.or(tracks.focused().and_then(|at| key_edit(ui, at)));
            tracks.rows_ui(ui, id, |ui, index, at, wanted| {
                let Some(element) = elements.get_mut(index) else { return false };
                let is_message = element.is_block();
                let open = opened(ui, at, count <= OPEN_ELEMENTS);
                let number = index.to_string();
                let kind = if is_message { element_type(&descriptor) } else { String::new() };
                let label = FormLabel { name: &number, kind: &kind, help: None, open: is_message.then_some(open) };
                let name = format!("{}[{index}]", self.path);
                if wanted {
                    ui.memory_mut(|memory| memory.request_focus(focus_of(element, at)));
                }
                let row = widgets::form_row(ui, &FormRow { id: at, depth: depth + 1, label }, |ui| {
                    ui.with_layout(Layout::right_to_left(Align::Min), |ui| {
                        let verbs = Verbs { text, name: &name, index, count, moves: true };
                        edit = edit.or(verbs.ui(ui, wanted && is_switch(element)));
                        ui.with_layout(Layout::top_down(Align::Min), |ui| {
                            if is_message {
                                let summary = if open { String::new() } else { element.summary() };
                                let color = theme::tokens(ui).text_tertiary;
                                let summary = widgets::elided(ui, &summary, theme::mono(), color, ui.available_width());
                                ui.add_space(6.0);
                                ui.label(summary);
                            } else {
                                self.leaf_ui(ui, element, at, &name, None);
                            }
                            self.broken_ui(ui, &name);
                        });
                    });
                });
                let label = row.inner.0.response.rect;
                if row.inner.0.toggled {
                    set_opened(ui, at, !open);
                }
                if is_message && open {
                    let before = self.enter_element(index);
                    self.value_ui(ui, element, at, depth + 2);
                    self.path.truncate(before);
                }
                holds_focus(ui, label.union(row.response.rect))
            });
        }
        if let Some(edit) = edit {
            let new = |old: Option<&ValueForm>| old.cloned().unwrap_or_else(|| ValueForm::new_element(&descriptor));
            let place = edit.apply(elements, new);
            tracks.edit(edit, place);
            set_opened(ui, id, true);
            if let (ListEdit::Insert(_), Some(place)) = (edit, place) {
                set_opened(ui, tracks.row_id(id, place), true);
            }
            self.edited = true;
        }
        tracks.keep(ui, id);
        Some(head)
    }

    /// Takes many elements at once; what was taken, once it is confirmed.
    fn paste_ui(&mut self, ui: &mut Ui, descriptor: &MessageField, id: Id, depth: usize) -> Option<Vec<ValueForm>> {
        let mut pasted = paste_text(ui, id)?;
        let name = self.text.with("list-paste", &[("name", self.path.as_str().into())]);
        let input = id.with("paste");
        let focused = ui.memory(|memory| memory.has_focus(input));
        if focused {
            // What is typed here is no part of the message yet.
            keys::keep_undo(ui.ctx(), input);
        }
        // A long text is never laid out.
        let long = ui.input_mut(|input| {
            let is_long = |event: &egui::Event| matches!(event, egui::Event::Paste(text) if text.len() > LONG_PASTE);
            let place = input.events.iter().position(|event| focused && is_long(event))?;
            Some(input.events.remove(place))
        });
        if let Some(egui::Event::Paste(long)) = long {
            match many(descriptor, &long, &self.scope.types)? {
                Ok(elements) => {
                    set_paste_text(ui, id, None);
                    return Some(elements);
                }
                Err(_) => pasted = long,
            }
        }
        let found = many(descriptor, &pasted, &self.scope.types)?;
        let text = self.text;
        let label = FormLabel { name: text.get("list-paste-short"), kind: "", help: None, open: None };
        let verb = widgets::form_row(ui, &FormRow { id: input.with("row"), depth, label }, |ui| {
            let mut field = Field::new(input, &name, &mut pasted);
            field.hint = text.get("list-paste-hint");
            field.mono = true;
            field.rows = 5;
            let problem = found.as_ref().err().map(ToString::to_string);
            field.error = problem.as_deref();
            let response = widgets::field(ui, field);
            if let Some(problem) = &problem {
                widgets::inline_problem(ui, problem);
            }
            let (added, closed) = ui
                .horizontal(|ui| {
                    let count = found.as_ref().map_or(0, Vec::len);
                    let words = text.with("list-paste-add", &[("count", count.into())]);
                    let add = Push::new(&words).icon(Icon::Plus).primary();
                    let added = ui.add_enabled(count > 0, add).clicked();
                    (added, ui.add(Push::new(text.get("close"))).clicked())
                })
                .inner;
            (response.changed, added, closed)
        });
        let (changed, added, closed) = verb.inner.1;
        if added || closed {
            set_paste_text(ui, id, None);
        } else if changed {
            set_paste_text(ui, id, Some(pasted));
        }
        found.ok().filter(|_| added)
    }

    pub(super) fn map_ui(
        &mut self,
        ui: &mut Ui,
        field: &mut FieldForm,
        id: Id,
        depth: usize,
        kind: &str,
        help: Option<&str>,
    ) -> Option<Head> {
        let descriptor = field.descriptor.clone();
        let ValueForm::Map(entries) = &mut field.value else { return None };
        let open = opened(ui, id, true);
        let label = FormLabel { name: &descriptor.label(), kind, help, open: (!entries.is_empty()).then_some(open) };
        let text = self.text;
        let add = text.with("list-add", &[("name", self.path.as_str().into())]);
        let row = widgets::form_row(ui, &FormRow { id, depth, label }, |ui| {
            verb_button(ui, Icon::Plus, text.get("add"), &add)
        });
        let head = self.head(&row);
        if row.inner.0.toggled {
            set_opened(ui, id, !open);
        }
        self.rules_ui(ui, id, depth);
        let mut edit = row.inner.1.then_some(ListEdit::Insert(entries.len()));
        let mut tracks = Tracks::take(ui, id, entries.len());
        // The keys that were edited in this frame, as they were.
        let mut rekeyed: Vec<(usize, String)> = Vec::new();
        let count = entries.len();
        if open {
            let by_key = tracks.focused().and_then(|at| key_edit(ui, at));
            // The order of entries means nothing.
            edit = edit.or(by_key.filter(|edit| !matches!(edit, ListEdit::Up(_) | ListEdit::Down(_))));
            tracks.rows_ui(ui, id, |ui, index, at, wanted| {
                let Some(entry) = entries.get_mut(index) else { return false };
                let number = index.to_string();
                let label = FormLabel { name: &number, kind: "", help: None, open: None };
                let of = |key: &str| text.with(key, &[("name", self.path.as_str().into()), ("number", index.into())]);
                let (key_name, value_name) = (of("map-key"), of("map-value"));
                let is_message = entry.value.is_block();
                if wanted {
                    ui.memory_mut(|memory| memory.request_focus(at.with("key")));
                }
                let name = format!("{}[{index}]", self.path);
                let row = widgets::form_row(ui, &FormRow { id: at, depth: depth + 1, label }, |ui| {
                    ui.horizontal_top(|ui| {
                        let room = ui.available_width() - theme::INPUT_HEIGHT * 2.0 - 16.0;
                        ui.allocate_ui_with_layout(
                            egui::vec2(if is_message { room } else { room * 0.4 }, theme::INPUT_HEIGHT),
                            Layout::top_down(Align::Min),
                            |ui| {
                                let before = std::mem::take(&mut self.edited);
                                let key = entry.key.text.clone();
                                self.scalar_ui(ui, &mut entry.key, at.with("key"), &key_name, None);
                                if self.edited {
                                    rekeyed.push((index, key));
                                }
                                self.edited |= before;
                            },
                        );
                        if !is_message {
                            ui.allocate_ui_with_layout(
                                egui::vec2(room * 0.6, theme::INPUT_HEIGHT),
                                Layout::top_down(Align::Min),
                                |ui| self.leaf_ui(ui, &mut entry.value, at.with("value"), &value_name, None),
                            );
                        }
                        ui.with_layout(Layout::right_to_left(Align::Min), |ui| {
                            let verbs = Verbs { text, name: &name, index, count, moves: false };
                            edit = edit.or(verbs.ui(ui, false));
                        });
                    });
                    if entry.duplicate {
                        widgets::inline_problem(ui, text.get("map-duplicate"));
                    }
                    self.broken_ui(ui, &name);
                });
                let label = row.inner.0.response.rect;
                if is_message {
                    let before = self.enter_element(index);
                    self.value_ui(ui, &mut entry.value, at, depth + 2);
                    self.path.truncate(before);
                }
                holds_focus(ui, label.union(row.response.rect))
            });
        }
        if let Some(edit) = edit
            && let Some(fresh) = EntryForm::new(&descriptor)
        {
            let place = edit.apply(entries, |old| old.cloned().unwrap_or(fresh));
            tracks.edit(edit, place);
            set_opened(ui, id, true);
            mark_duplicates(entries);
            self.edited = true;
        }
        tracks.keep(ui, id);
        // An edited key may now be another's double, or no longer be one.
        for (index, old) in rekeyed {
            if let Some(new) = entries.get(index).map(|entry| entry.key.text.clone()) {
                mark_duplicates_of(entries, [&old, &new]);
            }
        }
        Some(head)
    }
}

/// What can be done with an element.
pub(super) struct Verbs<'a> {
    pub(super) text: &'a Text,
    /// Path of the element.
    pub(super) name: &'a str,
    pub(super) index: usize,
    pub(super) count: usize,
    /// Whether its place means something.
    pub(super) moves: bool,
}

impl Verbs<'_> {
    /// From the right: remove, and a menu with the rest, which takes the focus where the value cannot.
    pub(super) fn ui(&self, ui: &mut Ui, focus: bool) -> Option<ListEdit> {
        let Self { text, index, count, .. } = *self;
        let mut edit = None;
        ui.spacing_mut().item_spacing.x = 0.0;
        let named = |key: &str| text.with(key, &[("name", self.name.into())]);
        let remove = widgets::icon_button(ui, Icon::Trash, &named("list-remove"), Some(&keys_of(KEYS[5])));
        if remove.clicked() {
            edit = Some(ListEdit::Remove(index));
        }
        let menu = widgets::icon_button(ui, Icon::DotsThree, &named("list-menu"), None);
        if focus {
            menu.request_focus();
        }
        egui::Popup::menu(&menu).show(|ui| {
            ui.set_min_width(200.0);
            for (verb, keys) in VERBS {
                let chosen = verb(index);
                let is_move = matches!(chosen, ListEdit::Up(_) | ListEdit::Down(_));
                let possible = match chosen {
                    ListEdit::Up(at) => at > 0,
                    ListEdit::Down(at) => at + 1 < count,
                    _ => true,
                };
                let keys = keys.map(|keys| keys_of(KEYS[keys])).unwrap_or_default();
                let button = egui::Button::new(text.get(label_key(index, chosen))).right_text(keys);
                if (self.moves || !is_move) && ui.add_enabled(possible, button).clicked() {
                    edit = Some(chosen);
                }
            }
        });
        edit
    }
}

type Verb = fn(usize) -> ListEdit;

/// In the order of the menu, with the place of its keys.
const VERBS: [(Verb, Option<usize>); 6] = [
    (ListEdit::Insert, Some(1)),
    (|index| ListEdit::Insert(index + 1), Some(2)),
    (ListEdit::Duplicate, Some(0)),
    (ListEdit::Up, Some(3)),
    (ListEdit::Down, Some(4)),
    (ListEdit::Remove, Some(5)),
];

/// What the keys do to the element that holds the focus: those with Shift first, which the others would take.
const KEYS: [(Modifiers, Key); 6] = [
    (Modifiers { shift: true, ..Modifiers::ALT }, Key::ArrowDown),
    (Modifiers { shift: true, ..Modifiers::ALT }, Key::Enter),
    (Modifiers::ALT, Key::Enter),
    (Modifiers::ALT, Key::ArrowUp),
    (Modifiers::ALT, Key::ArrowDown),
    (Modifiers::ALT, Key::Delete),
];

fn label_key(index: usize, edit: ListEdit) -> &'static str {
    match edit {
        ListEdit::Insert(at) if at == index => "list-insert-above",
        ListEdit::Insert(_) => "list-insert-below",
        ListEdit::Duplicate(_) => "list-duplicate",
        ListEdit::Up(_) => "list-up",
        ListEdit::Down(_) => "list-down",
        ListEdit::Remove(_) => "list-delete",
    }
}

pub(super) fn keys_of((modifiers, key): (Modifiers, Key)) -> String {
    egui::KeyboardShortcut::new(modifiers, key).format(&egui::ModifierNames::NAMES, cfg!(target_os = "macos"))
}

/// What the keys just pressed ask of the element that holds the focus.
pub(super) fn key_edit(ui: &Ui, index: usize) -> Option<ListEdit> {
    let place = KEYS.iter().position(|&(modifiers, key)| ui.input_mut(|input| input.consume_key(modifiers, key)))?;
    let (verb, _) = VERBS.iter().find(|(_, keys)| *keys == Some(place))?;
    Some(verb(index))
}

pub(super) fn holds_focus(ui: &Ui, row: Rect) -> bool {
    let focused = ui.memory(egui::Memory::focused);
    focused.and_then(|id| widgets::widget_of(ui.ctx(), id)).is_some_and(|widget| row.contains(widget.rect.center()))
}

fn is_switch(element: &ValueForm) -> bool {
    matches!(element, ValueForm::Scalar(ScalarForm { shape: Shape::Bool, .. }) | ValueForm::Odd(_))
}

/// What of an element takes the focus.
fn focus_of(element: &ValueForm, at: Id) -> Id {
    at.with(if element.is_block() { "label" } else { "value" })
}

fn paste_text(ui: &Ui, id: Id) -> Option<String> {
    ui.data(|data| data.get_temp::<Option<String>>(id.with("pasted"))).flatten()
}

fn set_paste_text(ui: &Ui, id: Id, text: Option<String>) {
    ui.data_mut(|data| data.insert_temp(id.with("pasted"), text));
}

pub(super) fn verb_button(ui: &mut Ui, icon: Icon, label: &str, name: &str) -> bool {
    let response = ui.add(Push::new(label).icon(icon));
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, name));
    response.clicked()
}

fn element_type(descriptor: &MessageField) -> String {
    match descriptor.kind() {
        FieldKind::Message(message) => message.name().to_owned(),
        _ => String::new(),
    }
}
