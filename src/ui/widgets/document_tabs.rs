//! The strip of open documents: requests, each with its state.

use egui::scroll_area::ScrollBarVisibility;
use egui::{Color32, Id, Rect, Role, ScrollArea, Sense, Ui, Vec2, WidgetInfo, pos2};

use super::paint::{elided, paint_icon, paint_text};
use crate::ui::icons::Icon;
use crate::ui::theme;

/// The widest title shown whole.
const WIDEST_TITLE: f32 = 200.0;
/// From the left edge to the title.
const TITLE_LEFT: f32 = 35.0;
/// From the title to the right edge: room for the cross or the dot.
const TITLE_RIGHT: f32 = 36.0;
/// Room for the button that opens a new one.
const NEW_WIDTH: f32 = 36.0;

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
    let tokens = theme::tokens(ui);
    let id = ui.make_persistent_id(id_salt);
    let (_, strip) = ui.allocate_space(Vec2::new(ui.available_width(), theme::TAB_HEIGHT));
    ui.painter().rect_filled(strip, 0, tokens.panel);
    ui.painter().hline(strip.x_range(), strip.bottom() - 0.5, tokens.separator());
    let mut asked = None;
    let mut inner = ui.new_child(egui::UiBuilder::new().id_salt(id).max_rect(strip));
    inner.spacing_mut().item_spacing = Vec2::ZERO;
    inner.style_mut().always_scroll_the_only_direction = true;
    inner.horizontal(|ui| {
        let scroll = ScrollArea::horizontal()
            .id_salt("tabs")
            .scroll_bar_visibility(ScrollBarVisibility::AlwaysHidden)
            .max_width((strip.width() - NEW_WIDTH).max(0.0))
            .auto_shrink([true, false]);
        scroll.show(ui, |ui| {
            ui.horizontal(|ui| {
                let mut places = Vec::with_capacity(tabs.len());
                for (index, tab) in tabs.iter().enumerate() {
                    let (place, request) = show_tab(ui, id, tab, index, index == selected, names);
                    places.push(place);
                    asked = request.or(asked);
                }
                let dropped = tabs.iter().position(|tab| {
                    ui.ctx().read_response(id.with(tab.id)).is_some_and(|response| response.drag_stopped())
                });
                if let (Some(from), Some(pointer)) = (dropped, ui.input(|input| input.pointer.latest_pos()))
                    && let Some(to) = places.iter().position(|place| place.x_range().contains(pointer.x))
                    && from != to
                {
                    asked = Some(TabRequest::Move(from, to));
                }
            });
        });
        ui.add_space(4.0);
        ui.vertical(|ui| {
            ui.add_space((theme::TAB_HEIGHT - theme::INPUT_HEIGHT) / 2.0);
            if super::icon_button(ui, Icon::Plus, names.new, names.new_keys).clicked() {
                asked = Some(TabRequest::New);
            }
        });
    });
    asked
}

fn show_tab(
    ui: &mut Ui,
    strip: Id,
    tab: &DocumentTab<'_>,
    index: usize,
    selected: bool,
    names: DocumentTabsNames<'_>,
) -> (Rect, Option<TabRequest>) {
    let tokens = theme::tokens(ui);
    let mut asked = None;
    let measure = elided(ui, tab.title, theme::body(), tokens.text, WIDEST_TITLE);
    let cut = measure.elided;
    let width = (TITLE_LEFT + measure.size().x + TITLE_RIGHT).ceil();
    let (_, rect) = ui.allocate_space(Vec2::new(width, theme::TAB_HEIGHT));
    let id = strip.with(tab.id);
    let response = ui.interact(rect, id, Sense::click_and_drag());
    response.widget_info(|| WidgetInfo::selected(Role::Tab, ui.is_enabled(), selected, tab.title));
    ui.ctx().accesskit_node_builder(id, |node| node.set_selected(selected));
    let square = Rect::from_center_size(pos2(rect.right() - 18.0, rect.center().y), Vec2::splat(20.0));
    let cross = ui.interact(square, id.with("close"), Sense::click());
    let close_name = format!("{} {}", names.close, tab.title);
    cross.widget_info(|| WidgetInfo::labeled(Role::Button, ui.is_enabled(), &close_name));

    if response.clicked() {
        asked = Some(TabRequest::Select(index));
    }
    if cross.clicked() || response.middle_clicked() || cross.middle_clicked() {
        asked = Some(TabRequest::Close(index));
    }
    // A tab chosen by other means than a click comes into view.
    let seen = strip.with("seen");
    if selected && ui.data(|data| data.get_temp::<u64>(seen)) != Some(tab.id) {
        ui.data_mut(|data| data.insert_temp(seen, tab.id));
        ui.scroll_to_rect(rect, None);
    }

    let hovered = response.hovered() || cross.hovered();
    let painter = ui.painter();
    if selected {
        painter.rect_filled(rect, 0, tokens.surface);
        let line = Rect::from_min_max(rect.min, pos2(rect.right(), rect.top() + 2.0));
        painter.rect_filled(line, 0, tokens.accent);
    } else if hovered {
        painter.rect_filled(rect.with_max_y(rect.bottom() - 1.0), 0, tokens.raised);
    }
    painter.vline(rect.right() - 0.5, rect.y_range(), tokens.separator());
    paint_icon(painter, pos2(rect.left() + 20.0, rect.center().y), tab.icon, theme::ICON_SIZE, tab.color);
    if cross.hovered() || cross.has_focus() {
        painter.rect_filled(square, theme::RADIUS_SMALL, tokens.hover);
    }
    if tab.dirty && !hovered {
        painter.circle_filled(square.center(), 3.5, tokens.text_secondary);
    } else {
        let color = if cross.hovered() { tokens.text } else { tokens.text_tertiary };
        paint_icon(painter, square.center(), Icon::X, theme::ICON_SIZE_SMALL, color);
    }
    let color = if selected || hovered { tokens.text } else { tokens.text_secondary };
    let title = elided(ui, tab.title, theme::body(), color, WIDEST_TITLE);
    paint_text(ui.painter(), rect, rect.left() + TITLE_LEFT, title);

    let tooltip = names.close_keys.map_or_else(|| close_name.clone(), |keys| format!("{close_name}  {keys}"));
    cross.on_hover_text(tooltip);
    if cut {
        response.on_hover_text(tab.title);
    }
    (rect, asked)
}
