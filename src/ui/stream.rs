//! The log of a stream: filter, rows in order, the chosen message below.

use egui::{Align, Align2, Id, Layout, Margin, RichText, Ui, pos2};

use super::answer::{self, Shared};
use super::event_key;
use super::icons::Icon;
use super::theme::{self, Tokens};
use super::views::LogView;
use super::widgets::{self, Field, Push, SegmentStyle, VirtualList};
use crate::app::Action;
use crate::app::format;
use crate::app::run::Run;
use crate::app::tab::Tab;
use crate::app::views::MessageView;
use crate::engine::code_name;
use crate::log::{Direction, Entry, EntryKind, Search};
use crate::text::Text;

/// Characters of a message that a row shows at most.
const PREVIEW: usize = 400;
/// A larger message has no preview: it would be decoded in every frame.
const PREVIEWED: usize = 64 << 10;
/// How long one frame may look for rows that pass the filter.
const SEARCH_BUDGET: std::time::Duration = std::time::Duration::from_millis(4);
/// A log of more bytes is not copied: writing it out would hold up the window.
const MOST_COPIED: usize = 4 << 20;
/// Room for the chosen message, as a part of the height.
const DETAIL: f32 = 0.36;

pub(super) fn ui(
    ui: &mut Ui,
    tab: &mut Tab,
    view: &mut LogView,
    find: bool,
    shared: &mut Shared<'_>,
    actions: &mut Vec<Action>,
) {
    let text = shared.text;
    let Some(run) = &tab.run else { return };
    let filtered = !tab.response.filter.is_empty() || tab.response.direction != Direction::All;
    if filtered {
        let view = &mut tab.response;
        if !view.search.is_for(&view.filter, view.direction) {
            view.search = Search::new(&view.filter, view.direction);
        }
        if view.search.advance(&run.log, SEARCH_BUDGET) {
            ui.ctx().request_repaint();
        }
    }
    let dropped = run.log.dropped();
    let last = dropped + run.log.len() as u64;
    let end = tab.response.paused_at.unwrap_or(last).clamp(dropped, last);
    let numbers = tab.response.search.hits();
    let numbers = &numbers[..numbers.partition_point(|number| *number <= end)];
    let count = if filtered { numbers.len() as u64 } else { end - dropped };
    let number_at = |row: u64| if filtered { numbers[row as usize] } else { dropped + row + 1 };
    filter_counts(ui, run, filtered.then_some(count), last, find, text, &mut tab.response.filter, |ui| {
        let mut chosen = tab.response.direction as usize;
        let labels = [text.get("direction-all"), text.get("direction-sent"), text.get("direction-received")];
        let name = text.get("direction-name");
        if widgets::segmented_styled(ui, "direction", name, &labels, &mut chosen, SegmentStyle::Bare) {
            tab.response.direction = [Direction::All, Direction::Sent, Direction::Received][chosen];
        }
        let (icon, key) =
            if tab.response.paused_at.is_some() { (Icon::Play, "resume") } else { (Icon::Pause, "pause") };
        if ui.add(Push::new(text.get(key)).icon(icon)).on_hover_text(text.get("pause-help")).clicked() {
            actions.push(Action::TogglePause);
        }
        let fits = run.log.memory() <= MOST_COPIED;
        let name = text.get(if fits { "log-copy" } else { "log-copy-too-large" });
        let copy = ui.add_enabled_ui(fits, |ui| widgets::icon_button(ui, Icon::Copy, name, None));
        if copy.inner.clicked() {
            let mut lines = Vec::new();
            // Writing to memory does not fail.
            if run.log.to_json_lines(&mut lines).is_ok() {
                ui.copy_text(String::from_utf8_lossy(&lines).into_owned());
            }
        }
    });
    let columns = Columns::new(ui, last);
    columns.head_ui(ui, text);
    let selected = tab.response.selected;
    let detail = selected.and_then(|number| run.log.entry(number.checked_sub(dropped + 1)? as usize));
    let area = ui.available_rect_before_wrap();
    let detail_height = if detail.is_some() { (area.height() * DETAIL).max(90.0) } else { 0.0 };
    let list_area = area.with_max_y(area.bottom() - detail_height);
    view.list.selected = selected.and_then(|number| {
        if filtered {
            numbers.binary_search(&number).ok().map(|row| row as u64)
        } else {
            number.checked_sub(dropped + 1)
        }
    });
    let mut list_ui = ui.new_child(egui::UiBuilder::new().max_rect(list_area));
    list_ui.shrink_clip_rect(list_area);
    let id = Id::unique(("log", tab.id));
    let tokens = theme::tokens(ui);
    let response =
        VirtualList::new(id, text.get("log-name"), count).show(&mut list_ui, &mut view.list, |ui, rect, row, state| {
            let number = number_at(row);
            let Some(entry) = run.log.entry((number - dropped - 1) as usize) else { return String::new() };
            let before = run.log.entry((number - dropped - 1).wrapping_sub(1) as usize).map(|entry| entry.at);
            if state.selected {
                ui.painter().rect_filled(rect, 0, tokens.hover);
            } else if state.hovered {
                ui.painter().rect_filled(rect, 0, tokens.raised);
            } else if number.is_multiple_of(2) {
                ui.painter().rect_filled(rect, 0, tokens.panel);
            }
            columns.row_ui(ui, rect, run, &entry, before, text)
        });
    if let Some(row) = response.selected.filter(|row| *row < count) {
        tab.response.selected = Some(number_at(row));
    }
    let overflows = count as f32 * theme::LOG_ROW_HEIGHT > list_area.height();
    if overflows && !view.list.follow && run.is_live() && tab.response.paused_at.is_none() {
        jump_ui(ui, list_area, view, text);
    }
    if count == 0 {
        let key = if filtered { "filter-nothing" } else { "log-empty" };
        let at = pos2(list_area.center().x, list_area.top() + 32.0);
        ui.painter().text(at, Align2::CENTER_CENTER, text.get(key), theme::body(), tokens.text_secondary);
    }
    if let Some(entry) = detail {
        let below = area.with_min_y(list_area.bottom());
        ui.painter().hline(below.x_range(), below.top(), tokens.separator());
        let mut below_ui = ui.new_child(egui::UiBuilder::new().max_rect(below));
        below_ui.shrink_clip_rect(below);
        let close = detail_ui(&mut below_ui, run, &entry, view, &mut tab.response.view, shared, actions);
        if close {
            tab.response.selected = None;
        }
    }
    ui.advance_cursor_after_rect(area);
}

#[expect(clippy::too_many_arguments, reason = "one row of the screen, drawn in one place")]
fn filter_counts(
    ui: &mut Ui,
    run: &Run,
    hits: Option<u64>,
    last: u64,
    find: bool,
    text: &Text,
    filter: &mut String,
    right: impl FnOnce(&mut Ui),
) {
    egui::Frame::new().inner_margin(Margin::symmetric(12, 8)).show(ui, |ui| {
        ui.horizontal(|ui| {
            let room = (ui.available_width() - 366.0).max(100.0);
            let total = format::count(run.log.len() as u64);
            let counts = hits
                .map(|hits| text.with("filter-counts", &[("hits", format::count(hits).into()), ("all", total.into())]));
            let _ = last;
            let mut field = Field::new(Id::unique("log_filter"), text.get("filter-log"), filter);
            field.hint = text.get("filter-log");
            field.leading = Some(Icon::FunnelSimple);
            field.mono = true;
            field.width = Some(room);
            field.ghost = counts.as_deref();
            let response = widgets::field(ui, field);
            if find {
                response.response.request_focus();
            }
            right(ui);
        });
    });
}

/// Where the columns of the log begin and end, from the left edge.
struct Columns {
    number: f32,
    time: f32,
    gap: f32,
    arrow: f32,
    size: f32,
    message: f32,
}

impl Columns {
    fn new(ui: &Ui, last: u64) -> Self {
        let digit = ui.fonts_mut(|fonts| fonts.glyph_width(&theme::mono(), '0'));
        let number = 12.0 + digit * format::count(last.max(9999)).len() as f32;
        let time = number + 8.0;
        // A narrow pane has no room for the gap.
        let narrow = ui.available_width() < 620.0;
        let gap = time + digit * 12.0 + if narrow { 0.0 } else { 8.0 + digit * 9.0 };
        let arrow = gap + 18.0;
        let size = arrow + 12.0 + digit * 9.0;
        Self { number, time, gap, arrow, size, message: size + 10.0 }
    }

    fn shows_gap(&self) -> bool {
        self.gap - self.time > 110.0
    }

    fn head_ui(&self, ui: &mut Ui, text: &Text) {
        let (_, rect) = ui.allocate_space(egui::vec2(ui.available_width(), 20.0));
        let tokens = theme::tokens(ui);
        let say = |x: f32, align: Align2, key: &str| {
            let at = pos2(rect.left() + x, rect.center().y);
            ui.painter().text(at, align, text.get(key), theme::small(), tokens.text_tertiary);
        };
        say(self.number, Align2::RIGHT_CENTER, "column-number");
        say(self.time, Align2::LEFT_CENTER, "column-time");
        if self.shows_gap() {
            say(self.gap, Align2::RIGHT_CENTER, "column-gap");
        }
        say(self.size, Align2::RIGHT_CENTER, "column-size");
        say(self.message, Align2::LEFT_CENTER, "column-message");
    }

    /// Paints a row and returns what it says.
    fn row_ui(
        &self,
        ui: &mut Ui,
        rect: egui::Rect,
        run: &Run,
        entry: &Entry<'_>,
        before: Option<std::time::Duration>,
        text: &Text,
    ) -> String {
        let tokens = theme::tokens(ui);
        let painter = ui.painter().with_clip_rect(rect.intersect(ui.clip_rect()));
        let say = |x: f32, align: Align2, words: &str, color| {
            painter.text(pos2(rect.left() + x, rect.center().y), align, words, theme::mono(), color);
        };
        say(self.number, Align2::RIGHT_CENTER, &format::count(entry.number), tokens.text_tertiary);
        let time = format::time_of_day(run.log.started + entry.at);
        say(self.time, Align2::LEFT_CENTER, &time, tokens.text_secondary);
        if let Some(before) = before.filter(|_| self.shows_gap()) {
            let gap = format!("+{}", format::duration(entry.at.saturating_sub(before)));
            say(self.gap, Align2::RIGHT_CENTER, &gap, tokens.text_tertiary);
        }
        let (icon, color) = sign(entry.kind, tokens);
        let icon_at = pos2(rect.left() + self.arrow, rect.center().y);
        widgets::paint_icon(&painter, icon_at, icon, theme::ICON_SIZE_SMALL + 2.0, color);
        let is_message = matches!(entry.kind, EntryKind::Sent | EntryKind::Received);
        let words = if is_message {
            let size = format::size(entry.bytes.len() as u64);
            say(self.size, Align2::RIGHT_CENTER, &size, tokens.text_tertiary);
            if entry.bytes.len() > PREVIEWED {
                text.get("row-large").to_owned()
            } else {
                run.log.preview(entry, PREVIEW)
            }
        } else {
            event_words(run, entry.kind, text)
        };
        let room = rect.width() - self.message - 12.0;
        let color = if is_message { tokens.text } else { tokens.text_secondary };
        let galley = widgets::elided(ui, &words, theme::mono(), color, room.max(20.0));
        widgets::paint_text(&painter, rect, rect.left() + self.message, galley);
        words
    }
}

fn sign(kind: EntryKind, tokens: &Tokens) -> (Icon, egui::Color32) {
    match kind {
        EntryKind::Sent => (Icon::ArrowUp, tokens.sent),
        EntryKind::Received => (Icon::ArrowDown, tokens.success),
        EntryKind::Connecting | EntryKind::Connected => (Icon::Plug, tokens.text_tertiary),
        EntryKind::SendingEnded => (Icon::ArrowLineRight, tokens.sent),
        EntryKind::Headers => (Icon::List, tokens.text_tertiary),
        EntryKind::Finished => (Icon::Flag, tokens.text_tertiary),
    }
}

fn event_words(run: &Run, kind: EntryKind, text: &Text) -> String {
    let name = text.get(event_key(kind));
    match kind {
        EntryKind::Connected => {
            run.log.peer.as_ref().map_or_else(|| name.to_owned(), |peer| format!("{name}  {}", peer.address))
        }
        EntryKind::Headers => {
            format!("{name}  {}", run.log.headers.as_ref().map_or(0, Vec::len))
        }
        EntryKind::Finished => run.log.outcome.as_ref().map_or_else(
            || name.to_owned(),
            |outcome| format!("{name}  {} {}", outcome.status.code, code_name(outcome.status.code)),
        ),
        _ => name.to_owned(),
    }
}

/// The way back to the newest row.
fn jump_ui(ui: &mut Ui, area: egui::Rect, view: &mut LogView, text: &Text) {
    let at = egui::Rect::from_min_size(pos2(area.right() - 170.0, area.bottom() - 40.0), egui::vec2(150.0, 28.0));
    let pressed = ui.scope_builder(egui::UiBuilder::new().max_rect(at), |ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            widgets::primary_button(ui, Icon::ArrowDown, text.get("log-latest"), None).clicked()
        })
        .inner
    });
    if pressed.inner {
        view.list.follow = true;
    }
}

/// The chosen row in full; whether it is to be closed.
fn detail_ui(
    ui: &mut Ui,
    run: &Run,
    entry: &Entry<'_>,
    view: &mut LogView,
    chosen: &mut MessageView,
    shared: &mut Shared<'_>,
    actions: &mut Vec<Action>,
) -> bool {
    let text = shared.text;
    let tokens = theme::tokens(ui);
    let mut close = false;
    egui::Frame::new().inner_margin(Margin { left: 12, right: 12, top: 4, bottom: 0 }).show(ui, |ui| {
        ui.horizontal(|ui| {
            let number = format!("#{}", format::count(entry.number));
            ui.label(RichText::new(number).font(theme::semibold()).color(tokens.text));
            let time = format::time_of_day(run.log.started + entry.at);
            super::secondary(ui, &format!("{} {time}", text.get(event_key(entry.kind))));
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                close = widgets::icon_button(ui, Icon::X, text.get("close-detail"), None).clicked();
                if entry.kind.is_message() {
                    answer::segments_ui(ui, view, chosen, text);
                }
            });
        });
    });
    if matches!(entry.kind, EntryKind::Sent | EntryKind::Received) {
        answer::ui(ui, view, *chosen, &run.log, entry, shared, actions);
    } else {
        egui::Frame::new().inner_margin(Margin::symmetric(12, 4)).show(ui, |ui| {
            super::secondary(ui, &event_words(run, entry.kind, text));
        });
    }
    close
}
