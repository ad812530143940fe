//! The calendar of a time: a month of days, the clock, now, in UTC or the zone of this machine.
//!
//! Must not know: how a time is written.

use egui::{EventFilter, Id, Key, Modifiers, Popup, PopupCloseBehavior, Response, Role, Sense, Ui, Vec2, WidgetInfo};
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

use super::Rows;
use crate::message::form::{WEEKS, clock, days_later, months_later, page_start, time_text, with_part};
use crate::ui::icons::Icon;
use crate::ui::theme;
use crate::ui::widgets::{self, Field, Push, SegmentStyle};

const DAY: Vec2 = Vec2::new(32.0, 26.0);

/// What an open calendar remembers.
#[derive(Clone, Debug, PartialEq)]
struct Open {
    /// The day that the keyboard is on; the page is that of its month.
    day: Date,
    /// As typed; empty text where nothing is typed.
    parts: [String; 3],
    /// The text that `parts` were made of.
    of: String,
    /// The day takes the focus.
    focus: bool,
}

impl Open {
    fn new(text: &str, zone: &TimeZone) -> Self {
        let shown = clock(text, zone).unwrap_or_else(|| now(zone));
        let mut open = Self { day: shown.date(), parts: Default::default(), of: String::new(), focus: true };
        open.read(text, zone);
        open
    }

    fn read(&mut self, text: &str, zone: &TimeZone) {
        let shown = clock(text, zone).unwrap_or_else(|| now(zone));
        self.parts = [shown.hour(), shown.minute(), shown.second()].map(|part| format!("{part:02}"));
        text.clone_into(&mut self.of);
    }
}

fn now(zone: &TimeZone) -> DateTime {
    let now = zone.to_datetime(jiff::Timestamp::now());
    now.with().subsec_nanosecond(0).build().unwrap_or(now)
}

impl Rows<'_> {
    /// The calendar below a field, which `asked` opens; whether the text was edited.
    pub(super) fn calendar_ui(
        &self,
        ui: &Ui,
        text: &mut String,
        id: Id,
        path: &str,
        field: &Response,
        asked: bool,
    ) -> bool {
        let popup = id.with("calendar");
        if asked {
            Popup::toggle_id(ui.ctx(), popup);
        }
        if !Popup::is_id_open(ui.ctx(), popup) {
            if ui.data(|data| data.get_temp::<Open>(popup)).is_some() {
                ui.data_mut(|data| data.remove::<Open>(popup));
                field.request_focus();
            }
            return false;
        }
        let local: bool = ui.data(|data| data.get_temp(Id::unique("calendar_local"))).unwrap_or_default();
        let zone = if local { TimeZone::system() } else { TimeZone::UTC };
        let mut open = ui.data(|data| data.get_temp(popup)).unwrap_or_else(|| Open::new(text, &zone));
        if open.of != *text {
            open.read(text, &zone);
        }
        let before = text.clone();
        let name = self.text.with("time-choose", &[("name", path.into())]);
        Popup::from_response(field)
            .id(popup)
            .open_memory(None)
            .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
            .accessible_name(name)
            .gap(4.0)
            .show(|ui| {
                ui.set_width(DAY.x * 7.0 + 4.0);
                ui.spacing_mut().item_spacing = egui::vec2(0.0, 2.0);
                self.month_ui(ui, &mut open, path);
                self.days_ui(ui, popup, &mut open, text, &zone);
                ui.add_space(6.0);
                self.clock_ui(ui, popup, &mut open, text, &zone, path);
                ui.add_space(6.0);
                ui.horizontal(|ui| {
                    ui.spacing_mut().item_spacing.x = 6.0;
                    let zones = [self.text.get("time-utc"), self.text.get("time-local")];
                    let mut at = usize::from(local);
                    let name = self.text.get("time-zone");
                    if widgets::segmented_styled(ui, popup.with("zone"), name, &zones, &mut at, SegmentStyle::Bare) {
                        ui.data_mut(|data| data.insert_temp(Id::unique("calendar_local"), at == 1));
                        open.of.clear();
                    }
                    if ui.add(Push::new(self.text.get("timestamp-now")).icon(Icon::Clock)).clicked()
                        && let Some(made) = time_text(now(&zone), &zone)
                    {
                        *text = made;
                        Popup::close_id(ui.ctx(), popup);
                    }
                });
            });
        ui.data_mut(|data| data.insert_temp(popup, open));
        *text != before
    }

    fn month_ui(&self, ui: &mut Ui, open: &mut Open, path: &str) {
        ui.horizontal(|ui| {
            let named = |key: &str| self.text.with(key, &[("name", path.into())]);
            for (icon, key, months) in
                [(Icon::CaretLeft, "time-month-before", -1), (Icon::CaretRight, "time-month-after", 1)]
            {
                if widgets::icon_button(ui, icon, &named(key), None).clicked() {
                    open.day = months_later(open.day, months);
                }
            }
            ui.add_space(8.0);
            // In figures, as the value is: no language has another order of them.
            let month = format!("{:04}-{:02}", open.day.year(), open.day.month());
            ui.label(egui::RichText::new(month).font(theme::semibold()));
        });
    }

    fn days_ui(&self, ui: &mut Ui, popup: Id, open: &mut Open, text: &mut String, zone: &TimeZone) {
        let Some(start) = page_start(open.day) else { return };
        let chosen = clock(text, zone).map(DateTime::date);
        let today = now(zone).date();
        let words: Vec<&str> = self.text.get("time-weekdays").split_whitespace().collect();
        let tokens = theme::tokens(ui);
        ui.horizontal(|ui| {
            for word in words {
                let (rect, _) = ui.allocate_exact_size(DAY, Sense::hover());
                let word = widgets::elided(ui, word, theme::small(), tokens.text_tertiary, DAY.x);
                let left = rect.center().x - word.size().x / 2.0;
                widgets::paint_text(ui.painter(), rect, left, word);
            }
        });
        let (mut picked, mut moved) = (None, None);
        for week in 0..WEEKS {
            ui.horizontal(|ui| {
                for weekday in 0..7 {
                    let date = days_later(start, week * 7 + weekday);
                    let (_, rect) = ui.allocate_space(DAY);
                    let is_current = date == open.day;
                    // Tab goes to one day; arrows go on from there.
                    let sense = if is_current { Sense::click() } else { Sense::CLICK };
                    let day = ui.interact(rect, popup.with(("day", date)), sense);
                    let is_chosen = chosen == Some(date);
                    let name = date.to_string();
                    day.widget_info(|| WidgetInfo::selected(Role::Button, true, is_chosen, &name));
                    let fill = match () {
                        () if is_chosen => tokens.tint(tokens.accent),
                        () if day.hovered() => tokens.hover,
                        () => egui::Color32::TRANSPARENT,
                    };
                    ui.painter().rect_filled(rect.shrink(1.0), theme::RADIUS_SMALL, fill);
                    if day.has_focus() {
                        let stroke = egui::Stroke::new(1.5, tokens.accent);
                        ui.painter().rect_stroke(
                            rect.shrink(1.0),
                            theme::RADIUS_SMALL,
                            stroke,
                            egui::StrokeKind::Inside,
                        );
                    }
                    let color = match () {
                        () if date.month() != open.day.month() => tokens.text_tertiary,
                        () if date == today => tokens.accent,
                        () => tokens.text,
                    };
                    let number = widgets::elided(ui, &date.day().to_string(), theme::mono(), color, DAY.x);
                    let left = rect.center().x - number.size().x / 2.0;
                    widgets::paint_text(ui.painter(), rect, left, number);
                    if is_current && std::mem::take(&mut open.focus) {
                        day.request_focus();
                    }
                    if day.has_focus() {
                        let filter =
                            EventFilter { horizontal_arrows: true, vertical_arrows: true, ..EventFilter::default() };
                        ui.memory_mut(|memory| memory.set_focus_lock_filter(day.id, filter));
                        moved = keys(ui, date);
                    }
                    if day.clicked() {
                        picked = Some(date);
                    }
                }
            });
        }
        if let Some(date) = moved {
            open.day = date;
            open.focus = true;
            ui.ctx().request_repaint();
        }
        if let Some(date) = picked {
            let shown = clock(text, zone).unwrap_or_else(|| now(zone));
            open.day = date;
            if let Some(made) = time_text(date.to_datetime(shown.time()), zone) {
                *text = made;
            }
            Popup::close_id(ui.ctx(), popup);
        }
    }

    fn clock_ui(&self, ui: &mut Ui, popup: Id, open: &mut Open, text: &mut String, zone: &TimeZone, path: &str) {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 4.0;
            for (part, key) in ["time-hour", "time-minute", "time-second"].into_iter().enumerate() {
                let name = self.text.with(key, &[("name", path.into())]);
                let shown = clock(text, zone).unwrap_or_else(|| now(zone));
                let mut typed = open.parts[part].clone();
                let fits = with_part(shown, part, &typed).is_some();
                let mut field = Field::new(popup.with(("part", part)), &name, &mut typed);
                field.mono = true;
                field.width = Some(44.0);
                let problem = self.text.get("time-no-such");
                field.error = (!fits).then_some(problem);
                let changed = widgets::field(ui, field).changed;
                if part < 2 {
                    ui.label(":");
                }
                if changed {
                    if let Some(made) = with_part(shown, part, &typed).and_then(|clock| time_text(clock, zone)) {
                        *text = made;
                        text.clone_into(&mut open.of);
                    }
                    open.parts[part] = typed;
                }
            }
        });
    }
}

/// Where the keys lead from a day.
fn keys(ui: &Ui, date: Date) -> Option<Date> {
    let steps =
        [(Key::ArrowLeft, -1), (Key::ArrowRight, 1), (Key::ArrowUp, -7), (Key::ArrowDown, 7)].map(|(key, days)| {
            let count = ui.input_mut(|input| input.count_and_consume_key(Modifiers::NONE, key));
            days * i32::try_from(count).unwrap_or_default()
        });
    let pages = [(Key::PageUp, -1), (Key::PageDown, 1)].map(|(key, months)| {
        let count = ui.input_mut(|input| input.count_and_consume_key(Modifiers::NONE, key));
        months * i32::try_from(count).unwrap_or_default()
    });
    let (days, months): (i32, i32) = (steps.iter().sum(), pages.iter().sum());
    (days != 0 || months != 0).then(|| months_later(days_later(date, days), months))
}
