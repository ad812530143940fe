//! The settings: theme, language, layout, size, memory; and the keys.

use egui::{Id, ScrollArea, Ui};

use super::modal::{foot, title};
use super::theme;
use super::widgets::{self, FormLabel, FormRow, Push};
use crate::app::{Action, App, Command};
use crate::collection::{Language, ResponsePosition, Theme};

/// Sizes to choose from.
const SCALES: [f32; 5] = [0.85, 1.0, 1.15, 1.3, 1.5];
/// Limits of a log in MB, as they are called.
const LIMITS: [(u64, &str); 4] = [(64, "64 MB"), (256, "256 MB"), (1024, "1 GB"), (4096, "4 GB")];

/// Draws them; whether they stay open.
pub(super) fn ui(ui: &mut Ui, app: &mut App, actions: &mut Vec<Action>) -> bool {
    let text = app.text.clone();
    title(ui, text.get("command-settings"));
    let before = app.settings.clone();
    let settings = &mut app.settings;
    let row = |ui: &mut Ui, key: &'static str, labels: &[&str], chosen: &mut usize| {
        let name = text.get(key);
        let label = FormLabel { name, kind: "", help: None, open: None };
        let id = Id::unique(("settings", key));
        widgets::form_row(ui, &FormRow { id, depth: 0, label }, |ui| {
            widgets::segmented(ui, id.with("value"), name, labels, chosen)
        })
        .inner
        .1
    };
    let themes = [Theme::System, Theme::Light, Theme::Dark];
    let labels = [text.get("system"), text.get("theme-light"), text.get("theme-dark")];
    let mut chosen = themes.iter().position(|theme| *theme == settings.theme).unwrap_or_default();
    if row(ui, "setting-theme", &labels, &mut chosen) {
        settings.theme = themes[chosen];
    }
    let languages = [Language::System, Language::English, Language::Chinese];
    let labels = [text.get("system"), crate::text::Language::En.own_name(), crate::text::Language::ZhCn.own_name()];
    let mut chosen = languages.iter().position(|language| *language == settings.language).unwrap_or_default();
    if row(ui, "setting-language", &labels, &mut chosen) {
        settings.language = languages[chosen];
    }
    let positions = [ResponsePosition::Auto, ResponsePosition::Right, ResponsePosition::Below];
    let labels = [text.get("position-auto"), text.get("position-right"), text.get("position-below")];
    let mut chosen = positions.iter().position(|position| *position == settings.response).unwrap_or_default();
    if row(ui, "setting-response", &labels, &mut chosen) {
        settings.response = positions[chosen];
    }
    let labels = SCALES.map(|scale| format!("{:.0}%", scale * 100.0));
    let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
    let mut chosen = SCALES.iter().position(|scale| (scale - settings.scale).abs() < 0.01).unwrap_or(usize::MAX);
    if row(ui, "setting-scale", &labels, &mut chosen) {
        settings.scale = SCALES[chosen];
    }
    let labels = LIMITS.map(|(_, label)| label);
    let mut chosen = LIMITS.iter().position(|(limit, _)| limit << 20 == settings.log_limit).unwrap_or(usize::MAX);
    if row(ui, "setting-log-limit", &labels, &mut chosen) {
        settings.log_limit = LIMITS[chosen].0 << 20;
    }
    let labels = [text.get("setting-rules-on"), text.get("setting-rules-off")];
    let mut chosen = usize::from(!settings.check_rules);
    if row(ui, "setting-rules", &labels, &mut chosen) {
        settings.check_rules = chosen == 0;
    }
    if *settings != before {
        actions.push(Action::SettingsEdited);
    }
    ui.add_space(12.0);
    ui.label(egui::RichText::new(text.get("settings-keys")).font(theme::semibold()));
    ui.add_space(4.0);
    ScrollArea::vertical().max_height(220.0).auto_shrink([false, true]).show(ui, |ui| {
        egui::Grid::new("keys").num_columns(2).spacing([24.0, 4.0]).show(ui, |ui| {
            for command in Command::ALL {
                let Some(shortcut) = command.shortcut() else { continue };
                ui.label(text.get(command.label_key()));
                let color = theme::tokens(ui).text_secondary;
                ui.label(egui::RichText::new(shortcut.label()).font(theme::mono()).color(color));
                ui.end_row();
            }
        });
    });
    let mut keep = true;
    foot(ui, |ui| {
        if ui.add(Push::new(text.get("close")).primary()).clicked() {
            keep = false;
        }
    });
    keep
}
