//! Icons and the buttons that carry them.

use egui::{Color32, Response, Role, Sense, Ui, Vec2, Widget, WidgetInfo};

use super::paint::{elided, icon_slot, paint_icon, paint_text};
use crate::ui::icons::Icon;
use crate::ui::theme::{self, Tokens};

/// Shows an icon that says nothing to a screen reader: the text beside it does.
pub fn icon(ui: &mut Ui, icon: Icon, color: Color32) -> Response {
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(theme::ICON_SIZE), Sense::hover());
    paint_icon(ui.painter(), rect.center(), icon, theme::ICON_SIZE, color);
    response
}

/// A button that is an icon alone, with its name and shortcut as tooltip.
pub fn icon_button(ui: &mut Ui, icon: Icon, name: &str, shortcut: Option<&str>) -> Response {
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(theme::INPUT_HEIGHT), Sense::click());
    let tokens = theme::tokens(ui);
    let lit = response.hovered() || response.has_focus();
    if lit && ui.is_enabled() {
        ui.painter().rect_filled(rect, theme::RADIUS, tokens.hover);
    }
    let color = if lit { tokens.text } else { tokens.text_secondary };
    paint_icon(ui.painter(), rect.center(), icon, theme::ICON_SIZE, color);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, ui.is_enabled(), name));
    with_tooltip(response, name, shortcut)
}

/// An icon button with a surface, as wide as a button: it stands beside inputs.
pub fn boxed_icon_button(ui: &mut Ui, icon: Icon, color: Color32, name: &str, shortcut: Option<&str>) -> Response {
    with_tooltip(boxed_icon(ui, icon, color, name), name, shortcut)
}

/// The same without a tooltip, for one that has more to say.
pub fn boxed_icon(ui: &mut Ui, icon: Icon, color: Color32, name: &str) -> Response {
    const WIDTH: f32 = 38.0;
    let (rect, response) = ui.allocate_exact_size(Vec2::new(WIDTH, theme::INPUT_HEIGHT), Sense::click());
    let tokens = theme::tokens(ui);
    let fill = if response.hovered() { tokens.hover } else { tokens.raised };
    ui.painter().rect_filled(rect, theme::RADIUS, fill);
    paint_icon(ui.painter(), rect.center(), icon, theme::ICON_SIZE, color);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, ui.is_enabled(), name));
    response
}

fn with_tooltip(response: Response, name: &str, shortcut: Option<&str>) -> Response {
    let text = || shortcut.map_or_else(|| name.to_owned(), |keys| format!("{name}  {keys}"));
    if response.enabled() { response.on_hover_text(text()) } else { response.on_disabled_hover_text(text()) }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Look {
    Primary,
    Plain,
    Danger,
    /// Text without a surface until the pointer is over it.
    Quiet,
}

/// A button with a label; a widget, so that `ui.add_enabled` can take it.
#[must_use]
pub struct Push<'a> {
    icon: Option<Icon>,
    label: &'a str,
    shortcut: Option<&'a str>,
    look: Look,
    color: Option<Color32>,
}

impl<'a> Push<'a> {
    /// A plain button.
    pub fn new(label: &'a str) -> Self {
        Self { icon: None, label, shortcut: None, look: Look::Plain, color: None }
    }

    /// With an icon before the label.
    pub fn icon(mut self, icon: Icon) -> Self {
        self.icon = Some(icon);
        self
    }

    /// With its keys after the label.
    pub fn shortcut(mut self, keys: &'a str) -> Self {
        self.shortcut = Some(keys);
        self
    }

    /// The one thing to do here.
    pub fn primary(mut self) -> Self {
        self.look = Look::Primary;
        self
    }

    /// Ends or destroys something.
    pub fn danger(mut self) -> Self {
        self.look = Look::Danger;
        self
    }

    /// Without a surface until the pointer is over it.
    pub fn quiet(mut self) -> Self {
        self.look = Look::Quiet;
        self
    }

    /// With an icon in a colour that means something.
    pub fn icon_color(mut self, color: Color32) -> Self {
        self.color = Some(color);
        self
    }

    fn colors(&self, tokens: &Tokens, lit: bool) -> (Color32, Color32, Color32) {
        match self.look {
            Look::Primary => {
                let fill = if lit { tokens.accent_hover() } else { tokens.accent };
                (fill, tokens.on_accent, tokens.on_accent)
            }
            Look::Danger => (if lit { tokens.hover } else { tokens.raised }, tokens.error, tokens.text_tertiary),
            Look::Plain => (if lit { tokens.hover } else { tokens.raised }, tokens.text, tokens.text_tertiary),
            Look::Quiet if lit => (tokens.hover, tokens.text, tokens.text_tertiary),
            Look::Quiet => (Color32::TRANSPARENT, tokens.text_secondary, tokens.text_tertiary),
        }
    }
}

impl Widget for Push<'_> {
    fn ui(self, ui: &mut Ui) -> Response {
        const PADDING: f32 = 12.0;
        const KEYS_PADDING: f32 = 5.0;
        let tokens = theme::tokens(ui);
        let font = if self.look == Look::Primary { theme::semibold() } else { theme::body() };
        let label = elided(ui, self.label, font, Color32::PLACEHOLDER, f32::INFINITY);
        let keys = self.shortcut.map(|keys| elided(ui, keys, theme::small(), Color32::PLACEHOLDER, f32::INFINITY));
        let icon_room = if self.icon.is_some() { theme::ICON_SIZE + theme::GAP } else { 0.0 };
        // On the accent a frame round the keys would shout.
        let framed = self.look != Look::Primary;
        let frame_room = if framed { KEYS_PADDING * 2.0 } else { 0.0 };
        let keys_room = keys.as_ref().map_or(0.0, |keys| keys.size().x + theme::GAP + frame_room);
        let width = (PADDING * 2.0 + icon_room + label.size().x + keys_room).ceil();
        let (rect, response) = ui.allocate_exact_size(Vec2::new(width, theme::INPUT_HEIGHT), Sense::click());
        if ui.is_rect_visible(rect) {
            let lit = ui.is_enabled() && (response.hovered() || response.is_pointer_button_down_on());
            let (fill, text, weak) = self.colors(tokens, lit);
            let painter = ui.painter();
            painter.rect_filled(rect, theme::RADIUS, fill);
            let mut left = rect.left() + PADDING;
            if let Some(icon) = self.icon {
                let slot = icon_slot(rect, left, theme::ICON_SIZE);
                paint_icon(painter, slot.center(), icon, theme::ICON_SIZE, self.color.unwrap_or(text));
                left += icon_room;
            }
            let place = egui::Pos2::new(left, rect.center().y - label.size().y / 2.0);
            left += label.size().x + theme::GAP;
            painter.galley_with_override_text_color(place, label, text);
            if let Some(keys) = keys {
                if framed {
                    left += KEYS_PADDING;
                    let center = egui::pos2(left + keys.size().x / 2.0, rect.center().y);
                    let frame = egui::Rect::from_center_size(center, keys.size() + Vec2::new(KEYS_PADDING * 2.0, 2.0));
                    let stroke = egui::Stroke::new(1.0, tokens.hover);
                    painter.rect_stroke(frame, theme::RADIUS_SMALL, stroke, egui::StrokeKind::Inside);
                }
                let place = egui::Pos2::new(left, rect.center().y - keys.size().y / 2.0);
                painter.galley_with_override_text_color(place, keys, weak);
            }
        }
        response.widget_info(|| WidgetInfo::labeled(Role::Button, ui.is_enabled(), self.label));
        response
    }
}

/// The one thing to do here.
pub fn primary_button(ui: &mut Ui, icon: Icon, label: &str, shortcut: Option<&str>) -> Response {
    let mut push = Push::new(label).icon(icon).primary();
    push.shortcut = shortcut;
    ui.add(push)
}

/// A plain button.
pub fn button(ui: &mut Ui, icon: Option<Icon>, label: &str) -> Response {
    let mut push = Push::new(label);
    push.icon = icon;
    ui.add(push)
}

/// A button that ends or destroys something.
pub fn danger_button(ui: &mut Ui, icon: Icon, label: &str, shortcut: Option<&str>) -> Response {
    let mut push = Push::new(label).icon(icon).danger();
    push.shortcut = shortcut;
    ui.add(push)
}

/// Words that lead to something, in line with text. `name` is what a screen reader says, and the tooltip where it says
/// more than the words.
pub fn link(ui: &mut Ui, words: &str, name: &str, font: egui::FontId) -> Response {
    let tokens = theme::tokens(ui);
    let galley = elided(ui, words, font, tokens.json_key, ui.available_width());
    let (rect, response) =
        ui.allocate_exact_size(Vec2::new(galley.size().x.ceil(), galley.size().y.ceil()), Sense::click());
    if response.hovered() || response.has_focus() {
        ui.painter().hline(rect.x_range(), rect.bottom(), egui::Stroke::new(1.0, tokens.accent));
    }
    let says_more = galley.elided || words != name;
    ui.painter().galley(rect.min, galley, tokens.json_key);
    response.widget_info(|| WidgetInfo::labeled(Role::Link, ui.is_enabled(), name));
    let response = response.on_hover_cursor(egui::CursorIcon::PointingHand);
    if says_more { response.on_hover_text(name) } else { response }
}

/// Words that can be clicked, small as a hint: no surface, no padding.
pub fn text_button(ui: &mut Ui, label: &str) -> Response {
    let galley = elided(ui, label, theme::body(), Color32::PLACEHOLDER, f32::INFINITY);
    let (rect, response) =
        ui.allocate_exact_size(Vec2::new(galley.size().x.ceil(), theme::INPUT_HEIGHT), Sense::click());
    let tokens = theme::tokens(ui);
    let color = if response.hovered() { tokens.text } else { tokens.text_tertiary };
    let galley = elided(ui, label, theme::body(), color, f32::INFINITY);
    paint_text(ui.painter(), rect, rect.left(), galley);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, ui.is_enabled(), label));
    response
}
