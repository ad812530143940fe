//! The palette: type, and Enter takes the best match.

use egui::{Id, Key, Modifiers, ScrollArea, Ui};

use super::icons::Icon;
use super::widgets::{self, Field};
use super::{kind_color, kind_icon, theme};
use crate::app::overlay::Palette;
use crate::app::palette::{Hit, What};
use crate::app::{Action, App, Focus};

/// Height of the list.
const HEIGHT: f32 = 380.0;

/// Draws it; whether it stays open.
pub(super) fn ui(ui: &mut Ui, app: &mut App, palette: &mut Palette, actions: &mut Vec<Action>) -> bool {
    let text = app.text.clone();
    let hits = app.find(&palette.query, palette.methods_only);
    let moved = ui.input_mut(|input| {
        i64::from(input.consume_key(Modifiers::NONE, Key::ArrowDown))
            - i64::from(input.consume_key(Modifiers::NONE, Key::ArrowUp))
    });
    let last = hits.len().saturating_sub(1) as i64;
    palette.selected = (palette.selected as i64 + moved).clamp(0, last) as usize;
    let enter = ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Enter));
    let hint = text.get(if palette.methods_only { "palette-methods-hint" } else { "palette-hint" });
    let mut field = Field::new(Id::unique("palette"), hint, &mut palette.query);
    field.hint = hint;
    field.leading = Some(Icon::MagnifyingGlass);
    let response = widgets::field(ui, field);
    if app.focus == Some(Focus::Overlay) {
        app.focus = None;
        response.response.request_focus();
    }
    if response.changed {
        palette.selected = 0;
    }
    ui.add_space(8.0);
    if hits.is_empty() {
        super::secondary(ui, text.get("filter-nothing"));
    }
    let mut chosen = enter.then(|| hits.get(palette.selected)).flatten().map(|hit| hit.what.action());
    ScrollArea::vertical().max_height(HEIGHT).auto_shrink([false, true]).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        for (index, hit) in hits.iter().enumerate() {
            let selected = index == palette.selected;
            let response = hit_ui(ui, index, hit, selected);
            if selected && (moved != 0 || response.gained_focus()) {
                response.scroll_to_me(None);
            }
            if response.clicked() {
                chosen = Some(hit.what.action());
            }
        }
    });
    match chosen {
        Some(action) => {
            actions.push(action);
            false
        }
        None => true,
    }
}

fn hit_ui(ui: &mut Ui, index: usize, hit: &Hit, selected: bool) -> egui::Response {
    let tokens = theme::tokens(ui);
    let (icon, color) = match &hit.what {
        What::Method { kind, .. } => (kind_icon(*kind), kind_color(*kind, tokens)),
        What::Request(_) => (Icon::FileText, tokens.text_secondary),
        What::Command(_) => (Icon::Command, tokens.text_secondary),
    };
    let row = widgets::TreeRow {
        id: Id::unique(("hit", index)),
        depth: 0,
        open: None,
        icon,
        icon_color: color,
        label: &hit.label,
        detail: Some(&hit.detail),
        selected,
        warning: None,
    };
    widgets::tree_row(ui, row).response
}
