//! What differs between two schemas: the services with what is to be said of each, beside them the differences of one.

use std::sync::Arc;

use egui::{Color32, Id, Rect, Ui, UiBuilder, Vec2, pos2};

use super::dialogs;
use super::icons::Icon;
use super::modal::{Answer, foot, title};
use super::theme::{self, Tokens};
use super::widgets::{self, ListState, NoticeKind, Push, VirtualList, elided, paint_icon, paint_text};
use crate::app::drift::{Columns, Comparison, ComparisonState, Row, rows};
use crate::app::overlay::DriftView;
use crate::app::tab::SchemaId;
use crate::app::{Action, App, Focus};
use crate::request::Draft;
use crate::schema::drift::{Drift, Impact, ServiceDrift, SideName, Verdict};
use crate::text::Text;

/// Width of the list of services.
const SERVICES: f32 = 280.0;
/// Room for what surrounds a row's text.
const INDENT: f32 = 20.0;
/// Width of a character of the fixed font.
const MONO: f32 = 7.6;
/// Width of a character of a sentence, rather too large than too small.
const LETTER: f32 = 6.9;
/// Room before a sentence for what it breaks.
const IMPACT: f32 = 190.0;

/// Asks which server to compare with; whether it stays open.
pub(super) fn target_ui(
    ui: &mut Ui,
    app: &mut App,
    schema: SchemaId,
    draft: &mut Draft,
    actions: &mut Vec<Action>,
) -> bool {
    let text = app.text.clone();
    let name = app.schemas.iter().find(|open| open.id == schema).map(crate::app::schemas::OpenSchema::label);
    let help = text.with("drift-target-help", &[("name", name.unwrap_or_default().into())]);
    let confirm = Push::new(text.get("drift-compare")).icon(Icon::ArrowsDownUp).primary();
    let answer = dialogs::target_ui(ui, app, &mut draft.target, [text.get("drift-target-title"), &help], confirm);
    if answer == Answer::Confirmed {
        actions.push(Action::CompareWithServer(schema, Box::new(draft.clone())));
    }
    answer == Answer::Open
}

/// The comparison; whether it stays open.
pub(super) fn ui(ui: &mut Ui, app: &mut App, view: &mut DriftView, actions: &mut Vec<Action>) -> bool {
    let text = app.text.clone();
    let take_focus = app.focus == Some(Focus::Overlay);
    let Some(comparison) = &app.drift else { return false };
    title(ui, text.get("drift-title"));
    let height = (ui.ctx().content_rect().height() * 0.76 - 130.0).max(200.0);
    let (rect, _) = ui.allocate_exact_size(Vec2::new(ui.available_width(), height), egui::Sense::hover());
    let mut body = ui.new_child(UiBuilder::new().id_salt("drift_body").max_rect(rect));
    let mut focused = false;
    match &comparison.state {
        ComparisonState::Asking(_) => {
            wait_ui(&mut body, &text.with("drift-asking", &[("name", comparison.right_name.as_str().into())]));
        }
        ComparisonState::Comparing(_) => wait_ui(&mut body, text.get("drift-comparing")),
        ComparisonState::Failed(words) => {
            widgets::notice(&mut body, NoticeKind::Error, words, &[]);
        }
        ComparisonState::ReflectionFailed(failure) => {
            let words = super::status_words(&text, &failure.status, failure.cause.as_ref());
            widgets::notice(&mut body, NoticeKind::Error, &words, &[]);
        }
        ComparisonState::Done(drift) => focused = done_ui(&mut body, comparison, drift, view, take_focus, &text),
    }
    let running = comparison.is_running();
    let summary = comparison.drift().map(|drift| summary(drift, &text)).unwrap_or_default();
    if focused {
        app.focus = None;
    }
    let mut keep = true;
    foot(ui, |ui| {
        keep = !ui.add(Push::new(text.get("close")).primary()).clicked();
        if ui.add_enabled(!running, Push::new(text.get("drift-again")).icon(Icon::ArrowClockwise)).clicked() {
            actions.push(Action::CompareAgain);
        }
        ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| super::secondary(ui, &summary));
    });
    keep
}

fn wait_ui(ui: &mut Ui, words: &str) {
    ui.horizontal(|ui| {
        widgets::spinner(ui);
        super::secondary(ui, words);
    });
}

/// How many services are judged how.
fn summary(drift: &Drift, text: &Text) -> String {
    let counts = Verdict::ALL.into_iter().map(|verdict| (verdict, drift.count(verdict)));
    let words = counts.filter(|(_, count)| *count > 0).map(|(verdict, count)| {
        text.with("drift-count", &[("verdict", text.get(verdict.key()).into()), ("count", count.into())])
    });
    words.collect::<Vec<_>>().join("   ")
}

/// Both lists; whether the first has taken the focus.
fn done_ui(
    ui: &mut Ui,
    comparison: &Comparison,
    drift: &Drift,
    view: &mut DriftView,
    take_focus: bool,
    text: &Text,
) -> bool {
    if drift.services.is_empty() || drift.verdict() == Verdict::Same {
        let (icon, key) = if drift.services.is_empty() {
            (Icon::Info, "drift-nothing-shared")
        } else {
            (Icon::CheckCircle, "drift-nothing")
        };
        widgets::empty_state(ui, icon, text.get(key), None);
        return false;
    }
    let area = ui.max_rect();
    let width = SERVICES.min(area.width() * 0.36);
    let left = area.with_max_x(area.left() + width);
    let right = area.with_min_x(left.right() + theme::PANEL_PADDING);
    let line = left.right() + theme::PANEL_PADDING / 2.0;
    ui.painter().vline(line, area.y_range(), theme::tokens(ui).separator());
    let mut services = ui.new_child(UiBuilder::new().id_salt("services").max_rect(left));
    let response = services_ui(&mut services, comparison, drift, view, text);
    if take_focus {
        response.request_focus();
        // The list keeps the arrow keys to itself from the next frame on, which must come before a key does.
        ui.ctx().request_repaint();
    }
    let mut differences = ui.new_child(UiBuilder::new().id_salt("differences").max_rect(right));
    differences_ui(&mut differences, comparison, drift, view.service, text);
    take_focus
}

/// Where a list stands, kept for as long as the comparison is the same.
fn with_state<R>(ui: &mut Ui, id: Id, add: impl FnOnce(&mut Ui, &mut ListState) -> R) -> R {
    let mut state: ListState = ui.data(|memory| memory.get_temp(id)).unwrap_or_default();
    let answer = add(ui, &mut state);
    ui.data_mut(|memory| memory.insert_temp(id, state));
    answer
}

fn services_ui(
    ui: &mut Ui,
    comparison: &Comparison,
    drift: &Drift,
    view: &mut DriftView,
    text: &Text,
) -> egui::Response {
    let tokens = theme::tokens(ui);
    let id = Id::unique(("drift_services", comparison.id));
    with_state(ui, id, |ui, state| {
        state.selected.get_or_insert(view.service as u64);
        let mut list = VirtualList::new(id, text.get("drift-services"), drift.services.len() as u64);
        list.row_height = theme::TREE_ROW_HEIGHT;
        let answer = list.show(ui, state, |ui, rect, index, _| {
            let Some(service) = usize::try_from(index).ok().and_then(|index| drift.services.get(index)) else {
                return String::new();
            };
            let (icon, color) = verdict_look(service.verdict, tokens);
            paint_icon(ui.painter(), pos2(rect.left() + 14.0, rect.center().y), icon, theme::ICON_SIZE, color);
            let left = rect.left() + 28.0;
            let room = rect.right() - left - 4.0;
            let (package, name) = service.name.rsplit_once('.').unwrap_or(("", &service.name));
            let name = elided(ui, name, theme::body(), tokens.text, room);
            let place = paint_text(ui.painter(), rect, left, name);
            let rest = room - place.width() - theme::GAP;
            if rest > 24.0 {
                let package = elided(ui, package, theme::small(), tokens.text_tertiary, rest);
                paint_text(ui.painter(), rect, place.right() + theme::GAP, package);
            }
            format!("{}: {}", service.name, text.get(service.verdict.key()))
        });
        if let Some(selected) = state.selected {
            view.service = usize::try_from(selected).unwrap_or_default();
        }
        answer.response
    })
}

fn differences_ui(ui: &mut Ui, comparison: &Comparison, drift: &Drift, shown: usize, text: &Text) {
    let tokens = theme::tokens(ui);
    let Some(service) = drift.services.get(shown) else { return };
    let (name_rect, _) =
        ui.allocate_exact_size(Vec2::new(ui.available_width(), theme::TREE_ROW_HEIGHT), egui::Sense::hover());
    let name = elided(ui, &service.name, theme::semibold(), tokens.text, name_rect.width());
    paint_text(ui.painter(), name_rect, name_rect.left(), name);
    heads_ui(ui, comparison, text);
    if let Some(key) = nothing_key(service) {
        widgets::empty_state(ui, Icon::CheckCircle, text.get(key), None);
        return;
    }
    let half = half(ui.available_width());
    let sentence = ui.available_width() - INDENT - IMPACT - theme::GAP - 12.0;
    let columns = Columns { side: (half / MONO) as usize, sentence: (sentence / LETTER) as usize };
    let rows = kept_rows(ui, comparison, drift, shown, columns, text);
    let id = Id::unique(("drift_rows", comparison.id, shown));
    with_state(ui, id, |ui, state| {
        let list = VirtualList::new(id, text.get("drift-differences"), rows.len() as u64);
        list.show(ui, state, |ui, rect, index, _| {
            let row = usize::try_from(index).ok().and_then(|index| rows.get(index));
            row.map(|row| row_ui(ui, rect, row, text)).unwrap_or_default()
        });
    });
}

/// The rows of a service, made anew only when another is shown or the width has changed.
fn kept_rows(
    ui: &Ui,
    comparison: &Comparison,
    drift: &Drift,
    service: usize,
    columns: Columns,
    text: &Text,
) -> Arc<Vec<Row>> {
    type Kept = (u64, usize, Columns, Arc<Vec<Row>>);
    let id = Id::unique("drift_kept_rows");
    let kept: Option<Kept> = ui.data(|memory| memory.get_temp(id));
    if let Some((of, at, wide, rows)) = kept
        && (of, at, wide) == (comparison.id, service, columns)
    {
        return rows;
    }
    let made = Arc::new(rows(drift, service, text, columns, comparison.is_with_server()));
    ui.data_mut(|memory| memory.insert_temp::<Kept>(id, (comparison.id, service, columns, Arc::clone(&made))));
    made
}

const fn nothing_key(service: &ServiceDrift) -> Option<&'static str> {
    match service.verdict {
        Verdict::Same => Some("drift-service-same"),
        _ => None,
    }
}

/// The room of one of the two texts.
fn half(width: f32) -> f32 {
    (width - INDENT - 2.0 * theme::GAP - 10.0) / 2.0
}

/// What the two columns are, above them.
fn heads_ui(ui: &mut Ui, comparison: &Comparison, text: &Text) {
    let tokens = theme::tokens(ui);
    let size = Vec2::new(ui.available_width(), theme::TREE_ROW_HEIGHT);
    let (rect, response) = ui.allocate_exact_size(size, egui::Sense::hover());
    let half = half(rect.width());
    let key = if comparison.is_with_server() { "drift-right" } else { "drift-right-files" };
    let left = text.with("drift-left", &[("name", comparison.left_name.as_str().into())]);
    let right = text.with(key, &[("name", comparison.right_name.as_str().into())]);
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, format!("{left}, {right}")));
    let say = |words: &str| elided(ui, words, theme::small(), tokens.text_secondary, half);
    let (left, right) = (say(&left), say(&right));
    paint_text(ui.painter(), rect, rect.left() + INDENT, left);
    paint_text(ui.painter(), rect, rect.left() + INDENT + half + theme::GAP, right);
    ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, tokens.separator());
}

/// Paints a row and gives its name.
fn row_ui(ui: &mut Ui, rect: Rect, row: &Row, text: &Text) -> String {
    let tokens = theme::tokens(ui);
    let left = rect.left() + INDENT;
    match row {
        Row::Calls { names, verdict } => {
            let (icon, color) = verdict_look(*verdict, tokens);
            paint_icon(ui.painter(), pos2(rect.left() + 8.0, rect.center().y), icon, theme::ICON_SIZE, color);
            let names_text = elided(ui, names, theme::semibold(), tokens.text, rect.right() - left - 4.0);
            paint_text(ui.painter(), rect, left, names_text);
            format!("{names}: {}", text.get(verdict.key()))
        }
        Row::Difference { changes, name, impact } => {
            let words = changes.iter().map(|change| text.get(change.key())).collect::<Vec<_>>().join(", ");
            let color = impact_color(*impact, tokens);
            let change = elided(ui, &words, theme::small(), color, rect.width() * 0.4);
            let pill = Rect::from_min_size(pos2(left, rect.center().y - 9.0), Vec2::new(change.size().x + 12.0, 18.0));
            ui.painter().rect_filled(pill, theme::RADIUS_SMALL, tokens.tint(color));
            paint_text(ui.painter(), rect, left + 6.0, change);
            let start = pill.right() + theme::GAP;
            let full = elided(ui, name, theme::mono(), tokens.text, rect.right() - start - 4.0);
            paint_text(ui.painter(), rect, start, full);
            format!("{words} {name}: {}", text.get(impact.key()))
        }
        Row::Sides { left: one, right: other, is_first } => {
            let gap = if *is_first { 2.0 } else { 0.0 };
            let half = half(rect.width() + 10.0);
            let said = |side: &Option<String>| side.clone().unwrap_or_else(|| text.get("drift-not-there").to_owned());
            for (side, start) in [(one, left), (other, left + half + theme::GAP)] {
                let place = Rect::from_min_size(pos2(start, rect.top() + gap), Vec2::new(half, rect.height() - gap));
                ui.painter().rect_filled(place, 0, tokens.raised);
                let (font, color) = match side {
                    Some(_) => (theme::mono(), tokens.text),
                    None => (theme::body(), tokens.text_tertiary),
                };
                let words = elided(ui, &said(side), font, color, half - 8.0);
                paint_text(ui.painter(), rect, start + 6.0, words);
            }
            format!("{} | {}", said(one), said(other))
        }
        Row::Effect { impact, ways, words } => {
            let color = impact_color(*impact, tokens);
            let mut name = words.clone();
            if let Some(ways) = ways {
                let head = format!("{} · {}", text.get(impact.key()), text.get(ways.key()));
                let drawn = elided(ui, &head, theme::small(), color, IMPACT);
                paint_text(ui.painter(), rect, left, drawn);
                name = format!("{head}: {words}");
            }
            let start = left + IMPACT + theme::GAP;
            let sentence = elided(ui, words, theme::body(), tokens.text_secondary, rect.right() - start - 4.0);
            paint_text(ui.painter(), rect, start, sentence);
            name
        }
        Row::Problem { side, words } => {
            let key = match side {
                SideName::Left => "drift-problem-left",
                SideName::Right => "drift-problem-right",
            };
            let said = text.with(key, &[("problem", words.as_str().into())]);
            let drawn = elided(ui, &said, theme::body(), tokens.error, rect.right() - left - 4.0);
            paint_text(ui.painter(), rect, left, drawn);
            said
        }
        Row::Gap => String::new(),
    }
}

fn verdict_look(verdict: Verdict, tokens: &Tokens) -> (Icon, Color32) {
    match verdict {
        Verdict::Same => (Icon::Check, tokens.text_tertiary),
        Verdict::Compatible => (Icon::CheckCircle, tokens.success),
        Verdict::BreaksJson => (Icon::Warning, tokens.warning),
        Verdict::Unknown => (Icon::Warning, tokens.text_secondary),
        Verdict::Breaks => (Icon::WarningCircle, tokens.error),
    }
}

fn impact_color(impact: Impact, tokens: &Tokens) -> Color32 {
    match impact {
        Impact::Compatible => tokens.success,
        Impact::Source => tokens.text_secondary,
        Impact::Json => tokens.warning,
        Impact::Wire => tokens.error,
    }
}
