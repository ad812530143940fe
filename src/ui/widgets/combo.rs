//! One of many, in a list that opens: with a filter when the list is long.

use egui::{
    CursorIcon, EventFilter, Frame, Id, Key, Modifiers, Popup, PopupCloseBehavior, Rect, Response, Role, ScrollArea,
    Sense, Stroke, StrokeKind, Ui, UiBuilder, Vec2, WidgetInfo, pos2, vec2,
};

use super::field::{Field, field};
use super::paint::{elided, paint_icon, paint_text};
use crate::ui::icons::Icon;
use crate::ui::theme;

/// Lists longer than this get a filter.
const LONG: usize = 12;
/// How many rows are shown at once.
const ROWS: f32 = 12.0;
const PADDING: f32 = 9.0;

/// A closed list and how it looks.
#[derive(Debug)]
pub struct Choice<'a> {
    /// Tells it from all others.
    pub id: Id,
    /// Its name for screen readers.
    pub name: &'a str,
    /// What is chosen, as text.
    pub current: &'a str,
    /// Said quietly after what is chosen: an enum's number.
    pub detail: Option<&'a str>,
    /// An icon before what is chosen, with its colour.
    pub icon: Option<(Icon, egui::Color32)>,
    /// Width; all there is when `None`.
    pub width: Option<f32>,
    /// In the font of values.
    pub mono: bool,
    /// Hint of the filter.
    pub filter_hint: &'a str,
    /// Whether the border shows a problem.
    pub error: bool,
    /// What is no option may be typed too, see [`combo_free`]: the words said quietly beside it.
    pub free: Option<&'a str>,
}

/// What was chosen in a list that takes other texts too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Picked {
    /// An option, by its index.
    Option(usize),
    /// What was typed, which is no option.
    Typed(String),
}

impl<'a> Choice<'a> {
    /// A closed list in the font of values.
    #[must_use]
    pub fn new(id: Id, name: &'a str, current: &'a str) -> Self {
        Self {
            id,
            name,
            current,
            detail: None,
            icon: None,
            width: None,
            mono: true,
            filter_hint: "",
            error: false,
            free: None,
        }
    }
}

/// What an open list remembers until it is closed.
#[derive(Clone, Debug, Default)]
struct Open {
    filter: String,
    /// The row the keyboard is on, among those that pass the filter.
    at: usize,
}

/// Shows the closed list, and when it is open its `count` options.
///
/// `text` names the option at an index: what the filter looks in and a screen reader says.
/// `draw` draws the inside of its row, 28 px high. The index of the option chosen now, if one was.
pub fn combo(
    ui: &mut Ui,
    choice: &Choice<'_>,
    count: usize,
    text: impl Fn(usize) -> String,
    draw: impl FnMut(&mut Ui, usize),
) -> (Response, Option<usize>) {
    let (response, picked) = combo_free(ui, choice, count, text, draw);
    let index = picked.and_then(|picked| match picked {
        Picked::Option(index) => Some(index),
        Picked::Typed(_) => None,
    });
    (response, index)
}

/// As [`combo`], for options that are words alone.
pub fn combo_of_words(ui: &mut Ui, choice: &Choice<'_>, words: &[&str]) -> Option<usize> {
    let draw = |ui: &mut Ui, index: usize| {
        ui.label(words[index]);
    };
    combo(ui, choice, words.len(), |index| words[index].to_owned(), draw).1
}

/// As [`combo`], for a choice with [`Choice::free`]: the filter is always there, and what is typed into it can be chosen
/// as it is.
pub fn combo_free(
    ui: &mut Ui,
    choice: &Choice<'_>,
    count: usize,
    text: impl Fn(usize) -> String,
    mut draw: impl FnMut(&mut Ui, usize),
) -> (Response, Option<Picked>) {
    let popup = choice.id.with("list");
    let was_open = Popup::is_id_open(ui.ctx(), popup);
    // Before anything has seen the keys: Enter would close the list, arrows would move the focus away.
    let keys = if was_open { Keys::take(ui) } else { Keys::default() };
    let width = choice.width.unwrap_or_else(|| ui.available_width());
    let (_, rect) = ui.allocate_space(vec2(width, theme::INPUT_HEIGHT));
    let response = ui.interact(rect, choice.id, Sense::click());
    paint_closed(ui, choice, rect, &response, was_open);
    response.widget_info(|| WidgetInfo {
        current_text_value: Some(choice.current.to_owned()),
        ..WidgetInfo::labeled(Role::ComboBox, ui.is_enabled(), choice.name)
    });
    ui.ctx().accesskit_node_builder(response.id, |node| node.set_expanded(was_open));
    let opens = response.clicked()
        || (response.has_focus() && !was_open && ui.input(|input| input.key_pressed(Key::ArrowDown)));
    if response.has_focus() {
        let filter = EventFilter { vertical_arrows: true, ..EventFilter::default() };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(choice.id, filter));
    }
    let state_id = choice.id.with("open");
    if opens && !was_open {
        let at = (0..count).find(|index| text(*index) == choice.current).unwrap_or(0);
        ui.data_mut(|data| data.insert_temp(state_id, Open { filter: String::new(), at }));
    }
    let mut state: Open = ui.data(|data| data.get_temp(state_id)).unwrap_or_default();
    let mut chosen = None;
    let tokens = theme::tokens(ui);
    let list = Popup::from_response(&response)
        .id(popup)
        .open_memory(opens.then_some(egui::SetOpenCommand::Toggle))
        .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
        .accessible_name(choice.name)
        .gap(4.0)
        .width(width)
        .frame(Frame::popup(ui.style()).inner_margin(4))
        .show(|ui| {
            ui.set_width((width - 10.0).max(200.0));
            ui.spacing_mut().item_spacing.y = 0.0;
            if count > LONG || choice.free.is_some() {
                let id = choice.id.with("filter");
                let filter = Field {
                    hint: choice.filter_hint,
                    leading: Some(Icon::MagnifyingGlass),
                    ..Field::new(id, choice.name, &mut state.filter)
                };
                let shown = field(ui, filter);
                if !was_open {
                    shown.response.request_focus();
                }
                if shown.changed {
                    state.at = 0;
                }
                ui.add_space(4.0);
            }
            let wanted = state.filter.to_lowercase();
            let mut found: Vec<usize> = (0..count).filter(|index| matches(&text(*index), &wanted)).collect();
            let typed = state.filter.trim().to_owned();
            let is_option = typed.is_empty() || found.iter().any(|&index| text(index) == typed);
            let free = choice.free.filter(|_| !is_option);
            // After the last option.
            found.extend(free.map(|_| count));
            state.at = keys.step(state.at, found.len());
            let height = (found.len() as f32).clamp(1.0, ROWS) * theme::INPUT_HEIGHT;
            let mut scroll = ScrollArea::vertical().id_salt(popup).max_height(height).auto_shrink([false, true]);
            if keys.moved() || !was_open {
                let top = (state.at as f32 + 0.5).mul_add(theme::INPUT_HEIGHT, -height / 2.0);
                scroll = scroll.vertical_scroll_offset(top.max(0.0));
            }
            scroll.show_rows(ui, theme::INPUT_HEIGHT, found.len(), |ui, rows| {
                for row in rows {
                    let index = found[row];
                    let size = vec2(ui.available_width(), theme::INPUT_HEIGHT);
                    let (_, rect) = ui.allocate_space(size);
                    let option = ui.interact(rect, popup.with(index), Sense::CLICK);
                    let name = if index == count { typed.clone() } else { text(index) };
                    option.widget_info(|| WidgetInfo::labeled(Role::ListBoxOption, true, &name));
                    ui.ctx().accesskit_node_builder(option.id, |node| node.set_selected(name == choice.current));
                    if option.hovered() && ui.input(|input| input.pointer.is_moving()) {
                        state.at = row;
                    }
                    if row == state.at {
                        ui.painter().rect_filled(rect, theme::RADIUS, tokens.hover);
                    }
                    let inside = rect.shrink2(Vec2::new(PADDING, 0.0));
                    let layout = egui::Layout::left_to_right(egui::Align::Center);
                    let mut child = ui.new_child(UiBuilder::new().id_salt(index).max_rect(inside).layout(layout));
                    child.shrink_clip_rect(rect);
                    match free.filter(|_| index == count) {
                        Some(words) => free_ui(&mut child, &typed, words),
                        None => draw(&mut child, index),
                    }
                    if option.clicked() || (keys.enter && row == state.at) {
                        chosen = Some(if index == count { Picked::Typed(name) } else { Picked::Option(index) });
                    }
                }
            });
        });
    if list.is_some() {
        ui.data_mut(|data| data.insert_temp(state_id, state));
    }
    if chosen.is_some() {
        Popup::close_id(ui.ctx(), popup);
        response.request_focus();
    }
    (response, chosen)
}

/// What is typed into the filter of an open list, `None` where it is closed; `id` is that of the [`Choice`].
#[must_use]
pub fn combo_filter(ui: &Ui, id: Id) -> Option<String> {
    let is_open = Popup::is_id_open(ui.ctx(), id.with("list"));
    is_open.then(|| ui.data(|data| data.get_temp::<Open>(id.with("open"))).unwrap_or_default().filter)
}

fn free_ui(ui: &mut Ui, typed: &str, words: &str) {
    let tokens = theme::tokens(ui);
    let words = elided(ui, words, theme::body(), tokens.text_tertiary, f32::INFINITY);
    let room = ui.available_width() - words.size().x - theme::GAP;
    ui.label(elided(ui, typed, theme::mono(), tokens.text, room.max(40.0)));
    ui.label(words);
}

fn paint_closed(ui: &Ui, choice: &Choice<'_>, rect: Rect, response: &Response, open: bool) {
    let tokens = theme::tokens(ui);
    let border = if choice.error {
        tokens.error
    } else if open || response.has_focus() {
        tokens.accent
    } else if response.hovered() {
        tokens.hover
    } else {
        tokens.line
    };
    let painter = ui.painter();
    painter.rect(rect, theme::RADIUS, tokens.surface, Stroke::new(1.0, border), StrokeKind::Inside);
    let mut left = rect.left() + PADDING;
    let right = rect.right() - 30.0;
    if let Some((icon, color)) = choice.icon {
        paint_icon(painter, pos2(left + theme::ICON_SIZE / 2.0, rect.center().y), icon, theme::ICON_SIZE, color);
        left += theme::ICON_SIZE + theme::GAP;
    }
    let font = || if choice.mono { theme::mono() } else { theme::body() };
    let current = elided(ui, choice.current, font(), tokens.text, right - left);
    left = paint_text(ui.painter(), rect, left, current).right() + theme::GAP;
    if let Some(detail) = choice.detail.filter(|_| right - left > 12.0) {
        let detail = elided(ui, detail, font(), tokens.text_tertiary, right - left);
        paint_text(ui.painter(), rect, left, detail);
    }
    let caret = pos2(rect.right() - 17.0, rect.center().y);
    paint_icon(ui.painter(), caret, Icon::CaretDown, theme::ICON_SIZE_MEDIUM, tokens.text_secondary);
    if response.hovered() {
        ui.ctx().set_cursor_icon(CursorIcon::Default);
    }
}

/// Whether every word of `wanted`, in lower case, occurs in `text`.
fn matches(text: &str, wanted: &str) -> bool {
    wanted.is_empty() || {
        let text = text.to_lowercase();
        wanted.split_whitespace().all(|word| text.contains(word))
    }
}

/// The keys that move within an open list.
#[derive(Clone, Copy, Debug, Default)]
struct Keys {
    rows: isize,
    enter: bool,
}

impl Keys {
    fn take(ui: &Ui) -> Self {
        ui.input_mut(|input| {
            let mut count = |key| input.count_and_consume_key(Modifiers::NONE, key) as isize;
            let rows = count(Key::ArrowDown) - count(Key::ArrowUp) + 10 * (count(Key::PageDown) - count(Key::PageUp));
            Self { rows, enter: count(Key::Enter) > 0 }
        })
    }

    fn moved(self) -> bool {
        self.rows != 0
    }

    fn step(self, at: usize, count: usize) -> usize {
        at.saturating_add_signed(self.rows).min(count.saturating_sub(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_must_occur() {
        assert!(matches("shop.v1.Orders/Place", "orders pl"));
        assert!(!matches("shop.v1.Orders/Place", "orders get"));
        assert!(matches("anything", ""));
    }

    #[test]
    fn keys_stay_within_the_list() {
        let keys = |rows| Keys { rows, enter: false };
        assert_eq!(keys(-1).step(0, 3), 0);
        assert_eq!(keys(5).step(0, 3), 2);
        assert_eq!(keys(1).step(0, 0), 0);
    }
}
