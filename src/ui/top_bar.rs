//! The bar across the top: the mark, the search that opens the palette, the environment, the window's own switches.

use egui::{Align, Id, Layout, Rect, Sense, Ui, Vec2};

use super::icons::Icon;
use super::theme;
use super::widgets::{self, Choice};
use crate::app::command::Shortcut;
use crate::app::{Action, App, Command, Focus, Overlay};

/// Width of the chooser of the environment.
const ENVIRONMENT_WIDTH: f32 = 180.0;
/// Width of the search in the middle.
const SEARCH_WIDTH: f32 = 420.0;

pub(super) fn ui(ui: &mut Ui, app: &mut App, actions: &mut Vec<Action>) {
    let bar = ui.max_rect();
    let row = ui.horizontal_centered(|ui| {
        let tokens = theme::tokens(ui);
        widgets::icon(ui, Icon::Graph, tokens.accent);
        let name = ui.label(egui::RichText::new(app.text.get("app-name")).font(theme::semibold()).color(tokens.text));
        let right = ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            right_ui(ui, app, actions);
            ui.min_rect().left()
        });
        (name.rect.right(), right.inner)
    });
    // In the middle of the window where there is room, else between what stands left and right.
    let (left, right) = (row.inner.0 + theme::PANEL_PADDING, row.inner.1 - theme::PANEL_PADDING);
    let width = SEARCH_WIDTH.min(right - left);
    let middle = bar.center().x.clamp(left + width / 2.0, (right - width / 2.0).max(left + width / 2.0));
    let search = Rect::from_center_size(egui::pos2(middle, bar.center().y), Vec2::new(width, theme::INPUT_HEIGHT));
    search_ui(ui, search, app, actions);
}

fn search_ui(ui: &mut Ui, rect: Rect, app: &App, actions: &mut Vec<Action>) {
    let tokens = theme::tokens(ui);
    let name = app.text.get("palette-hint");
    let response = ui.interact(rect, ui.scope_id().with("search"), Sense::click());
    let painter = ui.painter();
    painter.rect_filled(rect, theme::RADIUS, tokens.surface);
    let border = if response.hovered() { egui::Stroke::new(1.0, tokens.text_tertiary) } else { tokens.separator() };
    painter.rect_stroke(rect, theme::RADIUS, border, egui::StrokeKind::Inside);
    let icon_at = egui::pos2(rect.left() + 18.0, rect.center().y);
    widgets::paint_icon(painter, icon_at, Icon::MagnifyingGlass, theme::ICON_SIZE, tokens.text_tertiary);
    let keys = Command::Palette.shortcut().map(Shortcut::label).unwrap_or_default();
    let keys = widgets::elided(ui, &keys, theme::small(), tokens.text_tertiary, f32::INFINITY);
    let keys_left = rect.right() - keys.size().x - 12.0;
    let label = widgets::elided(ui, name, theme::body(), tokens.text_tertiary, keys_left - rect.left() - 44.0);
    widgets::paint_text(ui.painter(), rect, rect.left() + 34.0, label);
    widgets::paint_text(ui.painter(), rect, keys_left, keys);
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, name));
    if response.clicked() {
        actions.push(Command::Palette.into());
    }
}

fn right_ui(ui: &mut Ui, app: &mut App, actions: &mut Vec<Action>) {
    let text = app.text.clone();
    let keys = |command: Command| command.shortcut().map(Shortcut::label);
    let settings =
        widgets::icon_button(ui, Icon::Gear, text.get("command-settings"), keys(Command::Settings).as_deref());
    if settings.clicked() {
        actions.push(Action::Show(Overlay::Settings));
    }
    let layout = if app.response_below(false) { Icon::SquareSplitVertical } else { Icon::SquareSplitHorizontal };
    if widgets::icon_button(ui, layout, text.get("command-flip-layout"), keys(Command::FlipLayout).as_deref()).clicked()
    {
        actions.push(Command::FlipLayout.into());
    }
    let sidebar = keys(Command::ToggleSidebar);
    if widgets::icon_button(ui, Icon::SidebarSimple, text.get("command-toggle-sidebar"), sidebar.as_deref()).clicked() {
        actions.push(Command::ToggleSidebar.into());
    }
    environment_ui(ui, app, actions);
}

/// The chooser of the environment, where the collection at hand has any.
fn environment_ui(ui: &mut Ui, app: &mut App, actions: &mut Vec<Action>) {
    let text = app.text.clone();
    let names = app.environment_names();
    if names.is_empty() {
        return;
    }
    let chosen = app.environment();
    let label = chosen.clone().unwrap_or_else(|| text.get("environment-none").to_owned());
    let tokens = theme::tokens(ui);
    let color = if chosen.is_some() { tokens.success } else { tokens.text_tertiary };
    let mut choice = Choice::new(Id::unique("environment"), text.get("environment-name"), &label);
    choice.icon = Some((Icon::Globe, color));
    choice.width = Some(ENVIRONMENT_WIDTH);
    choice.mono = false;
    choice.filter_hint = text.get("environment-name");
    // The first choice is none.
    let name = |index: usize| index.checked_sub(1).map_or(text.get("environment-none"), |at| names[at].as_str());
    let (button, picked) = widgets::combo(
        ui,
        &choice,
        names.len() + 1,
        |index| name(index).to_owned(),
        |ui, index| {
            ui.label(name(index));
        },
    );
    if app.focus == Some(Focus::Environment) {
        app.focus = None;
        button.request_focus();
    }
    if let Some(index) = picked {
        actions.push(Action::UseEnvironment(index.checked_sub(1).map(|at| names[at].clone())));
    }
}
