//! The line below the address row that says why the latest Send sent nothing, wherever that is to be mended.
//!
//! Must not know: what can be sent.

use egui::{CursorIcon, Id, Role, Sense, Ui, WidgetInfo};

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
    ui.add_space(4.0);
    let response = widgets::inline_problem(ui, &line).interact(Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Link, true, &line));
    if response.on_hover_cursor(CursorIcon::PointingHand).clicked()
        && let Some(pane) = RequestPane::of(&first.place)
    {
        tab.pane = pane;
        lead_to(ui, first.place.clone());
    }
}

/// What the user is led to in the next frame.
fn goal() -> Id {
    Id::unique("request_goal")
}

/// Has the pane that is shown next scroll to what has this place, and put the cursor there.
pub(super) fn lead_to(ui: &Ui, place: Place) {
    ui.data_mut(|data| data.insert_temp(goal(), place));
    ui.request_repaint();
}

/// Whether the user is to be led to this place, which is so once.
pub(super) fn is_goal(ui: &Ui, place: &Place) -> bool {
    let is_goal = ui.data(|data| data.get_temp::<Place>(goal())).as_ref() == Some(place);
    if is_goal {
        ui.data_mut(|data| data.remove::<Place>(goal()));
    }
    is_goal
}

/// Leads nowhere any more: what was to be led to is not shown.
pub(super) fn forget_goal(ui: &Ui) {
    ui.data_mut(|data| data.remove::<Place>(goal()));
}

/// What the place is called on the screen.
pub(super) fn name(place: &Place, text: &Text) -> String {
    match place {
        Place::Metadata(_) => text.get("pane-metadata").to_owned(),
        Place::Auth => text.get("pane-auth").to_owned(),
        Place::Message(_) | Place::Method => text.get("pane-message").to_owned(),
        Place::Target => text.get("target-name").to_owned(),
        place => settings_pane::label(place, text).unwrap_or_else(|| text.get("pane-settings").to_owned()),
    }
}

/// A problem with the name of what has it.
pub(super) fn words(draft: &Draft, problem: &Problem, text: &Text) -> String {
    let row = match &problem.place {
        Place::Metadata(index) => draft.metadata.get(*index),
        _ => None,
    };
    let own = row.map(|row| row.name.trim().to_owned()).filter(|name| !name.is_empty());
    let place = own.unwrap_or_else(|| name(&problem.place, text));
    text.with("call-problem", &[("place", place.into()), ("problem", problem.message.as_str().into())])
}
