//! The palette: type, and Enter takes the best match.

use std::time::Duration;

use egui::{Id, Key, Modifiers, ScrollArea, Ui};

use super::docs::{hit_icon, symbol_key};
use super::icons::Icon;
use super::widgets::{self, Field};
use crate::app::overlay::Palette;
use crate::app::palette::{Hit, What};
use crate::app::{Action, App, Focus};
use crate::text::Text;

/// How long a frame may look for what was typed.
const BUDGET: Duration = Duration::from_millis(4);
/// Height of the list.
const HEIGHT: f32 = 380.0;

/// Draws it; whether it stays open.
pub(super) fn ui(ui: &mut Ui, app: &mut App, palette: &mut Palette, actions: &mut Vec<Action>) -> bool {
    let text = app.text.clone();
    let moved = ui.input_mut(|input| {
        i64::from(input.consume_key(Modifiers::NONE, Key::ArrowDown))
            - i64::from(input.consume_key(Modifiers::NONE, Key::ArrowUp))
    });
    let enter = ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Enter));
    let hint = text.get(if palette.symbols_only { "palette-methods-hint" } else { "palette-hint" });
    let mut field = Field::new(Id::unique("palette"), hint, &mut palette.query);
    field.hint = hint;
    field.leading = Some(Icon::MagnifyingGlass);
    let response = widgets::field(ui, field);
    if app.focus == Some(Focus::Overlay) {
        app.focus = None;
        response.response.request_focus();
    }
    if response.changed {
        (palette.selected, palette.entered) = (0, false);
    }
    app.search(&mut palette.search, &palette.query, palette.symbols_only, BUDGET);
    // Enter takes what was found for what was typed: before that is known it is kept for the frame when it is.
    palette.entered |= enter;
    let enter = palette.entered && palette.search.is_done();
    let hits = &palette.search.hits;
    let last = hits.len().saturating_sub(1) as i64;
    palette.selected = (palette.selected as i64 + moved).clamp(0, last) as usize;
    ui.add_space(8.0);
    if hits.is_empty() && palette.search.is_done() {
        super::secondary(ui, text.get("filter-nothing"));
    }
    let mut chosen = enter.then(|| hits.get(palette.selected)).flatten().map(|hit| hit.what.action());
    ScrollArea::vertical().max_height(HEIGHT).auto_shrink([false, true]).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        for (index, hit) in hits.iter().enumerate() {
            let selected = index == palette.selected;
            let response = hit_ui(ui, &text, index, hit, selected);
            if selected && (moved != 0 || response.gained_focus()) {
                response.scroll_to_me(None);
            }
            if response.clicked() {
                chosen = Some(hit.what.action());
            }
        }
    });
    if let Some(action) = chosen {
        actions.push(action);
        return false;
    }
    palette.entered &= !enter;
    true
}

fn hit_ui(ui: &mut Ui, text: &Text, index: usize, hit: &Hit, selected: bool) -> egui::Response {
    let (icon, color) = hit_icon(ui, &hit.what);
    let words = match &hit.what {
        What::Symbol { kind, .. } => Some(text.get(symbol_key(*kind))),
        What::Method { .. } | What::Request(_) | What::Command(_) => None,
    };
    let detail = match words {
        Some(words) if hit.detail.is_empty() => words.to_owned(),
        Some(words) => format!("{words} · {}", hit.detail),
        None => hit.detail.clone(),
    };
    let row = widgets::TreeRow {
        id: Id::unique(("hit", index)),
        depth: 0,
        open: None,
        icon,
        icon_color: color,
        label: &hit.label,
        marked: &hit.marked,
        detail: Some(&detail),
        selected,
        warning: None,
    };
    widgets::tree_row(ui, row).response
}
