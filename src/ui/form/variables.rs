//! Variables in a field: what each means and where it is from, and the names offered while one is typed.
//!
//! Must not know: what the field is of.

use std::ops::Range;

use egui::text::{CCursor, CCursorRange};
use egui::text_edit::TextEditState;
use egui::{EventFilter, Id, Key, Modifiers, Popup, PopupCloseBehavior, Response, Role, Sense, Ui, WidgetInfo, vec2};

use crate::request::variables::{self, BUILT_IN, Meaning, Span};
use crate::request::{Origin, Scope};
use crate::text::Text;
use crate::ui::theme;
use crate::ui::widgets;

/// Names offered at once.
const MOST: usize = 8;

/// The variables of a text.
pub(super) struct Spotted {
    spans: Vec<Span>,
    pub(super) ranges: Vec<Range<usize>>,
    pub(super) unknown: Vec<bool>,
}

impl Spotted {
    pub(super) fn of(text: &str, scope: &Scope) -> Self {
        let spans = if text.contains("{{") { variables::spans(text, scope) } else { Vec::new() };
        let ranges = spans.iter().map(|span| span.range.clone()).collect();
        let unknown = spans.iter().map(|span| matches!(span.meaning, Meaning::Problem(_))).collect();
        Self { spans, ranges, unknown }
    }

    /// What the text comes to, where all of it is known.
    pub(super) fn ghost(&self, text: &str, scope: &Scope) -> Option<String> {
        let all_known = self.spans.iter().all(|span| matches!(span.meaning, Meaning::Value(_)));
        (all_known && !self.spans.is_empty()).then(|| variables::expand(text, scope).ok()).flatten()
    }

    /// Why the first one without a value has none.
    pub(super) fn problem(&self) -> Option<&str> {
        self.spans.iter().find_map(|span| match &span.meaning {
            Meaning::Problem(words) => Some(words.as_str()),
            _ => None,
        })
    }

    /// Says of the variable under the pointer what it means and where it is from.
    pub(super) fn hover_ui(&self, index: Option<usize>, response: Response, scope: &Scope, text: &Text) -> Response {
        let Some(span) = index.and_then(|index| self.spans.get(index)) else { return response };
        let value = match &span.meaning {
            Meaning::Value(value) => value.as_str(),
            Meaning::Generated => text.get("variable-generated"),
            Meaning::Problem(words) => words.as_str(),
        };
        let from = match scope.origin(&span.name) {
            Some(Origin::Environment(name)) => text.with("variable-of-environment", &[("name", name.as_str().into())]),
            Some(Origin::Collection(name)) => text.with("variable-of-collection", &[("name", name.as_str().into())]),
            Some(Origin::Folder(name)) => text.with("variable-of-folder", &[("name", name.as_str().into())]),
            None if matches!(span.meaning, Meaning::Problem(_)) => String::new(),
            None => text.get("variable-built-in").to_owned(),
        };
        response.on_hover_ui(|ui| {
            ui.label(egui::RichText::new(&span.name).font(theme::semibold()));
            ui.label(egui::RichText::new(value).font(theme::mono()));
            if !from.is_empty() {
                ui.label(egui::RichText::new(from).color(theme::tokens(ui).text_secondary));
            }
        })
    }
}

/// The names offered in one field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Offer {
    /// The row that the keyboard is on.
    at: usize,
    /// How many there are; nothing is offered with none.
    count: usize,
    /// The text for which they were sent away.
    refused: Option<String>,
}

/// The keys that choose among them, taken before the field sees them.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct OfferKeys {
    step: isize,
    take: bool,
    close: bool,
}

fn offer_id(id: Id) -> Id {
    id.with("variables")
}

impl OfferKeys {
    pub(super) fn take(ui: &Ui, id: Id) -> Self {
        let open = ui.memory(|memory| memory.has_focus(id))
            && ui.data(|data| data.get_temp::<Offer>(offer_id(id))).is_some_and(|offer| offer.count > 0);
        if !open {
            return Self::default();
        }
        ui.input_mut(|input| {
            let mut count = |key| input.count_and_consume_key(Modifiers::NONE, key) as isize;
            let step = count(Key::ArrowDown) - count(Key::ArrowUp);
            Self { step, take: count(Key::Enter) + count(Key::Tab) > 0, close: count(Key::Escape) > 0 }
        })
    }
}

/// What of a name stands before the cursor behind an open `{{`: from which byte, and the letters.
fn begun(text: &str, cursor: usize) -> Option<(usize, &str)> {
    let before = text.get(..cursor)?;
    let start = before.rfind("{{")?;
    let typed = &before[start + 2..];
    let is_name = typed.trim_start().chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '$'));
    is_name.then_some((start, typed.trim_start()))
}

/// Offers the names that fit what is typed; whether one was put in.
pub(super) fn offer_ui(
    ui: &Ui,
    id: Id,
    text: &mut String,
    response: &Response,
    keys: OfferKeys,
    scope: &Scope,
) -> bool {
    let offer_id = offer_id(id);
    let before: Option<Offer> = ui.data(|data| data.get_temp(offer_id));
    // A click into a finished variable offers nothing.
    let begins = before.is_some() || response.changed();
    let is_typing = begins && response.has_focus() && text.contains("{{");
    let cursor = || {
        let state = TextEditState::load(ui.ctx(), id)?;
        let index = state.cursor.char_range()?.primary.index;
        Some(text.char_indices().nth(index.into()).map_or(text.len(), |(byte, _)| byte))
    };
    let place = if is_typing { cursor().and_then(|cursor| Some((begun(text, cursor)?, cursor))) } else { None };
    let Some(((start, typed), cursor)) = place else {
        if before.is_some() {
            ui.data_mut(|data| data.remove_temp::<Offer>(offer_id));
        }
        return false;
    };
    let mut offer = before.unwrap_or_default();
    let typed = typed.to_lowercase();
    let mut names: Vec<&str> =
        scope.names().chain(BUILT_IN).filter(|name| name.to_lowercase().contains(&typed)).collect();
    names.sort_by_key(|name| !name.to_lowercase().starts_with(&typed));
    names.truncate(MOST);
    if keys.close {
        offer.refused = Some(text.clone());
    }
    if offer.refused.as_ref().is_some_and(|refused| refused == text) {
        names.clear();
    } else {
        offer.refused = None;
    }
    offer.at = offer.at.saturating_add_signed(keys.step).min(names.len().saturating_sub(1));
    offer.count = names.len();
    let mut chosen = names.get(offer.at).filter(|_| keys.take).copied();
    if !names.is_empty() {
        // Tab and Esc are for the list while it is open.
        let filter = EventFilter { tab: true, escape: true, horizontal_arrows: true, vertical_arrows: true };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(id, filter));
        let popup = Popup::from_response(response).id(offer_id.with("list")).open(true).gap(4.0);
        popup.close_behavior(PopupCloseBehavior::IgnoreClicks).show(|ui| {
            ui.set_width(280.0);
            ui.spacing_mut().item_spacing.y = 0.0;
            for (row, name) in names.iter().enumerate() {
                if row_ui(ui, offer_id.with(("row", row)), name, scope, row == offer.at) {
                    chosen = Some(name);
                }
            }
        });
    }
    let Some(name) = chosen else {
        ui.data_mut(|data| data.insert_temp(offer_id, offer));
        return false;
    };
    let insert = format!("{{{{{name}}}}}");
    let closed = text[cursor..].len() - text[cursor..].trim_start_matches('}').len();
    let end = cursor + closed.min(2);
    text.replace_range(start..end, &insert);
    let mut state = TextEditState::load(ui.ctx(), id).unwrap_or_default();
    let place = CCursor::new(text[..start + insert.len()].chars().count());
    state.cursor.set_char_range(Some(CCursorRange::one(place)));
    state.store(ui.ctx(), id);
    response.request_focus();
    ui.data_mut(|data| data.remove_temp::<Offer>(offer_id));
    true
}

fn row_ui(ui: &mut Ui, id: Id, name: &str, scope: &Scope, current: bool) -> bool {
    let tokens = theme::tokens(ui);
    let (_, rect) = ui.allocate_space(vec2(ui.available_width(), theme::INPUT_HEIGHT));
    let row = ui.interact(rect, id, Sense::CLICK);
    row.widget_info(|| WidgetInfo::labeled(Role::ListBoxOption, true, name));
    if current || row.hovered() {
        ui.painter().rect_filled(rect, theme::RADIUS, tokens.hover);
    }
    let name_galley = widgets::elided(ui, name, theme::mono(), tokens.text, rect.width() * 0.6);
    let left = widgets::paint_text(ui.painter(), rect, rect.left() + 8.0, name_galley).right() + theme::GAP;
    let value = scope.variables.iter().find(|(of, _)| of == name).map_or("", |(_, value)| value);
    let value = widgets::elided(ui, value, theme::mono(), tokens.text_tertiary, rect.right() - left - 8.0);
    widgets::paint_text(ui.painter(), rect, left, value);
    row.clicked()
}

#[cfg(test)]
mod tests {
    use super::begun;

    #[test]
    fn a_name_is_begun_behind_open_braces() {
        let check =
            |text: &str, expected: Option<(usize, &str)>| assert_eq!(begun(text, text.len()), expected, "{text}");
        check("{{", Some((0, "")));
        check("世{{ ho", Some((3, "ho")));
        check("{{$u", Some((0, "$u")));
        check("{{a}} ", None);
        check("{{a}}{{b", Some((5, "b")));
        check("{", None);
        check("{{a b", None);
        assert_eq!(begun("é{{", 1), None, "within a letter");
    }
}
