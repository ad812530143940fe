//! One message in full: its JSON, or why there is none.

use egui::{Id, Margin, Ui};

use super::icons::Icon;
use super::theme;
use super::views::LogView;
use super::widgets::{self, NoticeKind};
use crate::text::Text;

/// The message kept by [`LogView::show`], in full.
pub(super) fn ui(ui: &mut Ui, view: &mut LogView, text: &Text) {
    let Some(shown) = &mut view.shown else {
        egui::Frame::new().inner_margin(Margin::same(12)).show(ui, |ui| {
            ui.horizontal(|ui| {
                widgets::spinner(ui);
                super::secondary(ui, text.get("answer-coming"));
            });
        });
        return;
    };
    match &shown.text {
        Ok(json) => {
            ui.add_space(6.0);
            let area = ui.available_rect_before_wrap();
            widgets::json_viewer(
                ui,
                Id::unique(("answer", shown.number)),
                text.get("answer-name"),
                json,
                &mut shown.lines,
            );
            let size = egui::Vec2::splat(theme::INPUT_HEIGHT);
            let at = egui::Rect::from_min_size(egui::pos2(area.right() - 48.0, area.top() + 6.0), size);
            let copy = ui.scope_builder(egui::UiBuilder::new().max_rect(at), |ui| {
                widgets::icon_button(ui, Icon::Copy, text.get("copy-message"), None)
            });
            if copy.inner.clicked() {
                ui.copy_text(json.clone());
            }
        }
        Err(problem) => {
            egui::Frame::new().inner_margin(Margin::same(12)).show(ui, |ui| {
                widgets::notice(ui, NoticeKind::Warning, problem, &[]);
            });
        }
    }
}
