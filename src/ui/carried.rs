//! The quiet line above a message whose type has changed: what was carried over, what is kept though it no longer fits.

use egui::Ui;

use super::icons::Icon;
use super::{kind_key, theme, widgets};
use crate::app::carried::Carried;
use crate::app::{Action, App};
use crate::text::Text;

/// Names told at most; the message itself shows the others.
const MOST_NAMED: usize = 3;

pub(super) fn ui(ui: &mut Ui, app: &App, actions: &mut Vec<Action>) {
    let text = &app.text;
    let Some((tab, carried)) = app.tab().and_then(|tab| Some((tab, tab.carried.as_ref()?))) else { return };
    ui.horizontal_top(|ui| {
        let room = ui.available_width() - theme::INPUT_HEIGHT * 4.0;
        ui.allocate_ui(egui::vec2(room, theme::INPUT_HEIGHT), |ui| {
            // Its first line stands level with the buttons.
            ui.add_space((theme::INPUT_HEIGHT - ui.text_style_height(&egui::TextStyle::Body)) / 2.0);
            let words = egui::RichText::new(words(text, carried)).color(theme::tokens(ui).text_secondary);
            ui.add(egui::Label::new(words).selectable(true).wrap());
        });
        if carried.can_be_undone(tab) && ui.add(widgets::Push::new(text.get("carried-undo")).quiet()).clicked() {
            actions.push(Action::UndoCarry);
        }
        if widgets::icon_button(ui, Icon::X, text.get("carried-dismiss"), None).clicked() {
            actions.push(Action::DismissCarried);
        }
    });
    ui.add_space(4.0);
}

fn words(text: &Text, carried: &Carried) -> String {
    let renamed = carried.renamed.iter().map(|renamed| {
        text.with("carried-renamed", &[("from", renamed.from.as_str().into()), ("to", renamed.to.as_str().into())])
    });
    let mut sentences = Vec::new();
    if !carried.renamed.is_empty() {
        sentences.push(some_of(text, renamed));
    }
    if !carried.kept.is_empty() {
        let names = some_of(text, carried.kept.iter().cloned());
        sentences.push(text.with("carried-kept", &[("names", names.into()), ("count", carried.kept.len().into())]));
    }
    if let Some((old, new)) = carried.kind {
        let (old, new) = (text.get(kind_key(old)), text.get(kind_key(new)));
        sentences.push(text.with("carried-kind", &[("old", old.into()), ("new", new.into())]));
    }
    sentences.join(text.get("carried-between"))
}

/// The first few, and how many more there are.
fn some_of(text: &Text, names: impl ExactSizeIterator<Item = String>) -> String {
    let more = names.len().saturating_sub(MOST_NAMED);
    let mut told: Vec<String> = names.take(MOST_NAMED).collect();
    if more > 0 {
        told.push(text.with("carried-more", &[("count", more.into())]));
    }
    told.join(", ")
}
