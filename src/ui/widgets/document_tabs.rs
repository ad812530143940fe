//! The strip of open documents: requests, each with its state.

use egui::{Color32, Rect, Role, Sense, Ui, Vec2, WidgetInfo, pos2};

use super::paint::{elided, paint_icon, paint_text};
use crate::ui::icons::Icon;
use crate::ui::theme;

/// One open document.
#[derive(Clone, Copy, Debug)]
pub struct DocumentTab<'a> {
    /// Tells it from all others for as long as it is open; not its place.
    pub id: u64,
    /// The icon before its title.
    pub icon: Icon,
    /// The colour of the icon.
    pub color: Color32,
    /// Its title.
    pub title: &'a str,
    /// Whether it has changes that are not saved.
    pub dirty: bool,
}

/// The names of the strip's own buttons.
#[derive(Clone, Copy, Debug)]
pub struct DocumentTabsNames<'a> {
    /// Of the cross.
    pub close: &'a str,
    /// Of the plus.
    pub new: &'a str,
    /// The keys that close.
    pub close_keys: Option<&'a str>,
    /// The keys that open a new one.
    pub new_keys: Option<&'a str>,
}

/// What was asked of the strip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TabRequest {
    /// Show the one at this place.
    Select(usize),
    /// Close the one at this place.
    Close(usize),
    /// Move the first to the place of the second.
    Move(usize, usize),
    /// Open a new one.
    New,
}

/// The strip, 36 px high and as wide as there is room; what does not fit scrolls.
pub fn document_tabs(
    ui: &mut Ui,
    id_salt: impl egui::AsIdSalt,
    tabs: &[DocumentTab<'_>],
    selected: usize,
    names: DocumentTabsNames<'_>,
) -> Option<TabRequest> {
    let mut asked = None;
    let id = ui.make_persistent_id(id_salt);
    let tokens = theme::tokens(ui);
    ui.spacing_mut().item_spacing.x = 0.0;
    for (index, tab) in tabs.iter().enumerate() {
        let title = elided(ui, tab.title, theme::body(), tokens.text, 180.0);
        let width = (title.size().x + 76.0).ceil();
        let (_, rect) = ui.allocate_space(Vec2::new(width, theme::TAB_HEIGHT));
        let response = ui.interact(rect, id.with(tab.id), Sense::click());
        if response.clicked() {
            asked = Some(TabRequest::Select(index));
        }
        if index == selected {
            ui.painter().rect_filled(rect, 0, tokens.surface);
            let line = Rect::from_min_max(rect.min, pos2(rect.right(), rect.top() + 2.0));
            ui.painter().rect_filled(line, 0, tokens.accent);
        }
        paint_icon(ui.painter(), pos2(rect.left() + 20.0, rect.center().y), tab.icon, theme::ICON_SIZE, tab.color);
        paint_text(ui.painter(), rect, rect.left() + 36.0, title);
        response.widget_info(|| WidgetInfo::selected(Role::Tab, ui.is_enabled(), index == selected, tab.title));
        let place = Rect::from_center_size(pos2(rect.right() - 20.0, rect.center().y), Vec2::splat(20.0));
        let cross = ui.interact(place, id.with((tab.id, "close")), Sense::click());
        cross.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("{} {}", names.close, tab.title)));
        paint_icon(ui.painter(), place.center(), Icon::X, theme::ICON_SIZE_SMALL, tokens.text_tertiary);
        if cross.clicked() || response.middle_clicked() {
            asked = Some(TabRequest::Close(index));
        }
    }
    if super::icon_button(ui, Icon::Plus, names.new, names.new_keys).clicked() {
        asked = Some(TabRequest::New);
    }
    asked
}
