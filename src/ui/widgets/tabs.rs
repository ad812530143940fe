//! A row of underlined tabs.

use egui::{Color32, Rect, Role, Sense, Stroke, Ui, Vec2, WidgetInfo, pos2};

use super::paint::elided;
use crate::ui::theme;

/// What a tab shows.
#[derive(Clone, Debug, Default)]
pub struct TabLabel<'a> {
    /// Its text.
    pub text: &'a str,
    /// A count after the text.
    pub badge: Option<String>,
    /// The colour of the count; quiet when `None`.
    pub badge_color: Option<Color32>,
    /// What is wrong in the tab: a mark after the text, said on hover and by a screen reader.
    pub problem: Option<String>,
}

impl<'a> TabLabel<'a> {
    /// A tab without a count.
    #[must_use]
    pub fn new(text: &'a str) -> Self {
        Self { text, ..Self::default() }
    }

    /// With what is wrong in it.
    #[must_use]
    pub fn with_problem(mut self, problem: Option<String>) -> Self {
        self.problem = problem;
        self
    }

    /// A tab with a count, unless it is zero.
    #[must_use]
    pub fn counted(text: &'a str, count: usize) -> Self {
        Self { text, badge: (count > 0).then(|| count.to_string()), ..Self::default() }
    }
}

/// Tabs 36 px high, in a horizontal layout of the caller's; true when another was chosen.
pub fn tab_bar(ui: &mut Ui, id_salt: impl egui::AsIdSalt, tabs: &[TabLabel<'_>], selected: &mut usize) -> bool {
    const GAP: f32 = 14.0;
    const BADGE_GAP: f32 = 6.0;
    const BADGE_PADDING: f32 = 6.0;
    /// Width of the mark of a problem with the space before it.
    const MARK: f32 = 11.0;
    let tokens = theme::tokens(ui);
    let id = ui.make_persistent_id(id_salt);
    let mut changed = false;
    let spacing = std::mem::replace(&mut ui.spacing_mut().item_spacing.x, GAP);
    for (index, tab) in tabs.iter().enumerate() {
        let text = elided(ui, tab.text, theme::body(), Color32::PLACEHOLDER, f32::INFINITY);
        let badge = tab.badge.as_ref().map(|badge| {
            let color = tab.badge_color.unwrap_or(tokens.text_tertiary);
            elided(ui, badge, theme::small(), color, f32::INFINITY)
        });
        let badge_room = badge.as_ref().map_or(0.0, |badge| badge.size().x + BADGE_PADDING * 2.0 + BADGE_GAP);
        let mark_room = if tab.problem.is_some() { MARK } else { 0.0 };
        let size = Vec2::new((text.size().x + badge_room + mark_room).ceil(), theme::TAB_HEIGHT);
        let (_, rect) = ui.allocate_space(size);
        let response = ui.interact(rect, id.with(index), Sense::click());
        if response.clicked() && *selected != index {
            *selected = index;
            changed = true;
        }
        let chosen = *selected == index;
        let color = if chosen || response.hovered() { tokens.text } else { tokens.text_secondary };
        let width = text.size().x;
        let place = pos2(rect.left(), rect.center().y - text.size().y / 2.0);
        ui.painter().galley_with_override_text_color(place, text, color);
        if let Some(badge) = badge {
            let size = Vec2::new(badge.size().x + BADGE_PADDING * 2.0, 15.0);
            let pill = Rect::from_min_size(pos2(rect.left() + width + BADGE_GAP, rect.center().y - 6.5), size);
            let fill = tab.badge_color.map_or(tokens.raised, |color| tokens.tint(color));
            ui.painter().rect_filled(pill, 7, fill);
            ui.painter().galley(pill.center() - badge.size() / 2.0, badge, tokens.text_tertiary);
        }
        if chosen {
            let line = Rect::from_min_max(pos2(rect.left(), rect.bottom() - 2.0), rect.right_bottom());
            ui.painter().rect(line, 0, tokens.accent, Stroke::NONE, egui::StrokeKind::Inside);
        }
        response.widget_info(|| WidgetInfo::selected(Role::Tab, ui.is_enabled(), chosen, tab.text));
        if let Some(problem) = &tab.problem {
            let center = pos2(rect.right() - 3.0, rect.center().y);
            ui.painter().circle_filled(center, 3.0, tokens.error);
            ui.ctx().accesskit_node_builder(response.id, |node| node.set_description(problem.as_str()));
            response.on_hover_text(problem);
        }
    }
    ui.spacing_mut().item_spacing.x = spacing;
    changed
}
