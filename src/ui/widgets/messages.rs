//! What the window says in words: an empty pane, a problem, a notice.

use egui::{Align, Color32, Frame, Label, Layout, Margin, Response, RichText, Role, Sense, Ui, Vec2, WidgetInfo, pos2};

use super::button::{Push, icon};
use super::paint::paint_icon;
use crate::ui::icons::Icon;
use crate::ui::theme::{self, Tokens};

/// What a notice is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoticeKind {
    /// Something to know.
    Info,
    /// Done.
    Success,
    /// Something to look after.
    Warning,
    /// Something failed.
    Error,
}

impl NoticeKind {
    fn look(self, tokens: &Tokens) -> (Icon, Color32) {
        match self {
            Self::Info => (Icon::Info, tokens.sent),
            Self::Success => (Icon::CheckCircle, tokens.success),
            Self::Warning => (Icon::Warning, tokens.warning),
            Self::Error => (Icon::WarningCircle, tokens.error),
        }
    }
}

/// An empty pane: one sentence that says what to do next, and one button that does it; true when it was pressed.
pub fn empty_state(ui: &mut Ui, sign: Icon, sentence: &str, button: Option<&str>) -> bool {
    const WIDEST: f32 = 400.0;
    let tokens = theme::tokens(ui);
    let area = ui.available_rect_before_wrap();
    let width = area.width().clamp(1.0, WIDEST);
    ui.vertical_centered(|ui| {
        ui.add_space((area.height() * 0.5 - 70.0).max(theme::PANEL_PADDING));
        let (rect, _) = ui.allocate_exact_size(Vec2::splat(theme::ICON_SIZE_LARGE), Sense::hover());
        paint_icon(ui.painter(), rect.center(), sign, theme::ICON_SIZE_LARGE, tokens.text_tertiary);
        ui.add_space(theme::GAP);
        ui.allocate_ui_with_layout(Vec2::new(width, 0.0), Layout::top_down(Align::Center), |ui| {
            ui.add(Label::new(RichText::new(sentence).color(tokens.text_secondary)).wrap());
        });
        ui.add_space(theme::GAP);
        button.is_some_and(|label| ui.add(Push::new(label)).clicked())
    })
    .inner
}

/// What is wrong with the field above, in its own words.
pub fn inline_problem(ui: &mut Ui, text: &str) -> Response {
    let color = theme::tokens(ui).error;
    inline(ui, text, Icon::WarningCircle, color)
}

/// What is to be looked after in the field above, though it can be sent.
pub fn inline_warning(ui: &mut Ui, text: &str) -> Response {
    let color = theme::tokens(ui).warning;
    inline(ui, text, Icon::Warning, color)
}

fn inline(ui: &mut Ui, text: &str, sign: Icon, color: Color32) -> Response {
    const SIZE: f32 = theme::ICON_SIZE_MEDIUM;
    let room = (ui.available_width() - SIZE - 4.0).max(1.0);
    let galley = ui.painter().layout(text.to_owned(), theme::body(), color, room);
    let size = Vec2::new(galley.size().x + SIZE + 4.0, galley.size().y);
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    let first = galley.rows.first().map_or(rect.height(), |row| row.rect().height());
    let center = pos2(rect.left() + SIZE / 2.0, rect.top() + first / 2.0);
    paint_icon(ui.painter(), center, sign, SIZE, color);
    ui.painter().galley(pos2(rect.left() + SIZE + 4.0, rect.top()), galley, color);
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, text));
    response
}

/// A banner as wide as there is room; the index of the button that was pressed.
pub fn notice(ui: &mut Ui, kind: NoticeKind, text: &str, buttons: &[&str]) -> Option<usize> {
    let tokens = theme::tokens(ui);
    let (sign, color) = kind.look(tokens);
    Frame::NONE
        .fill(tokens.tint(color))
        .corner_radius(theme::RADIUS)
        .inner_margin(Margin::symmetric(10, 6))
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.horizontal_top(|ui| {
                icon(ui, sign, color);
                ui.vertical(|ui| {
                    // Level with the middle of the icon when there is one line.
                    ui.add_space(1.0);
                    ui.add(Label::new(RichText::new(text).color(tokens.text)).selectable(true).wrap());
                    if buttons.is_empty() {
                        return None;
                    }
                    ui.add_space(4.0);
                    ui.horizontal_wrapped(|ui| buttons.iter().position(|label| ui.add(Push::new(label)).clicked()))
                        .inner
                })
                .inner
            })
            .inner
        })
        .inner
}
