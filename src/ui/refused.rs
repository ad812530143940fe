//! The line below the address row that says why the latest Send sent nothing, wherever that is to be mended.
//!
//! Must not know: what can be sent.

use egui::{CursorIcon, Role, Sense, Ui, WidgetInfo};

use super::settings_pane;
use super::widgets;
use crate::app::RequestPane;
use crate::app::tab::Tab;
use crate::request::{Draft, Place, Problem, Scope};
use crate::text::Text;

/// Draws the line; a click leads to the pane where the first problem is mended.
pub(super) fn ui(ui: &mut Ui, tab: &mut Tab, scope: &Scope, text: &Text) {
    let problems = tab.refusal(scope);
    let Some(first) = problems.first() else { return };
    let more = problems.len() - 1;
    let key = if more == 0 { "call-not-sent" } else { "call-not-sent-more" };
    let line = text.with(key, &[("problem", words(&tab.draft, first, text).into()), ("more", more.into())]);
    let response = widgets::inline_problem(ui, &line).interact(Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Link, true, &line));
    if response.on_hover_cursor(CursorIcon::PointingHand).clicked()
        && let Some(pane) = RequestPane::of(&first.place)
    {
        tab.pane = pane;
    }
}

/// A problem with the name of what has it.
pub(super) fn words(draft: &Draft, problem: &Problem, text: &Text) -> String {
    let place = match &problem.place {
        Place::Metadata(index) => {
            let name = draft.metadata.get(*index).map(|row| row.name.trim()).filter(|name| !name.is_empty());
            name.unwrap_or_else(|| text.get("pane-metadata")).to_owned()
        }
        Place::Auth => text.get("pane-auth").to_owned(),
        Place::Message(_) | Place::Method => text.get("pane-message").to_owned(),
        Place::Target => text.get("target-name").to_owned(),
        place => settings_pane::label(place, text).unwrap_or_else(|| text.get("pane-settings").to_owned()),
    };
    text.with("call-problem", &[("place", place.into()), ("problem", problem.message.as_str().into())])
}
