//! The side bar: two tabs, a filter, a tree, and at the foot what opens more.

use egui::{Align, Id, Layout, Ui};

use super::icons::Icon;
use super::widgets::{self, Field, Push, SegmentStyle};
use super::{collection, services, theme};
use crate::app::{Action, App, Command, Focus};

/// Height of the row at the foot.
const FOOT: f32 = 36.0;

pub(super) fn ui(ui: &mut Ui, app: &mut App, actions: &mut Vec<Action>) {
    let text = app.text.clone();
    let mut chosen = usize::from(app.sidebar.shows_collection);
    let labels = [text.get("sidebar-services"), text.get("sidebar-collection")];
    if widgets::segmented_styled(ui, "sidebar_tabs", text.get("sidebar-name"), &labels, &mut chosen, SegmentStyle::Fill)
    {
        app.sidebar.shows_collection = chosen == 1;
    }
    ui.add_space(4.0);
    let shows_collection = app.sidebar.shows_collection;
    let (hint, filter) = if shows_collection {
        (text.get("filter-requests"), &mut app.sidebar.requests.filter)
    } else {
        (text.get("filter-services"), &mut app.sidebar.services.filter)
    };
    let id = Id::unique(("sidebar_filter", shows_collection));
    let clear = (!filter.is_empty()).then_some((Icon::X, text.get("filter-clear")));
    let mut field = Field::new(id, hint, filter);
    field.hint = hint;
    field.leading = Some(Icon::FunnelSimple);
    field.trailing = clear;
    let response = widgets::field(ui, field);
    if response.trailing_clicked {
        if shows_collection {
            app.sidebar.requests.filter.clear();
        } else {
            app.sidebar.services.filter.clear();
        }
    }
    if app.focus == Some(Focus::Find) && app.tab().is_none_or(|tab| tab.run.is_none()) {
        app.focus = None;
        response.response.request_focus();
    }
    ui.add_space(6.0);
    let height = (ui.available_height() - FOOT).max(60.0);
    ui.allocate_ui_with_layout(egui::vec2(ui.available_width(), height), Layout::top_down(Align::Min), |ui| {
        ui.set_min_height(height);
        egui::ScrollArea::vertical().id_salt(("tree", shows_collection)).auto_shrink(false).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            if shows_collection {
                collection::ui(ui, app, actions);
            } else {
                services::ui(ui, app, actions);
            }
        });
    });
    foot_ui(ui, app, actions);
}

fn foot_ui(ui: &mut Ui, app: &App, actions: &mut Vec<Action>) {
    let line = theme::tokens(ui).separator();
    let left_to_right = ui.max_rect().expand(8.0).x_range();
    ui.painter().hline(left_to_right, ui.cursor().top(), line);
    ui.add_space(6.0);
    ui.horizontal(|ui| {
        let text = &app.text;
        if ui.add(Push::new(text.get("open-protos")).icon(Icon::Plus).quiet()).clicked() {
            actions.push(Command::Open.into());
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if ui.add(Push::new(text.get("reflect")).icon(Icon::Broadcast).quiet()).clicked() {
                actions.push(Command::Reflect.into());
            }
        });
    });
}
