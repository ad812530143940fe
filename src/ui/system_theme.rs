//! Whether the desktop is light or dark, where the toolkit cannot tell: on X11 it knows no theme, so the desktop portal is
//! asked once at the start. Elsewhere the toolkit follows the system by itself.

use egui::{Context, Theme};

use crate::engine::{Engine, Job};

/// The question to the desktop.
#[derive(Debug, Default)]
pub(super) struct SystemTheme {
    answer: Option<Job<Option<Theme>>>,
}

impl SystemTheme {
    /// Asks in the background.
    pub(super) fn ask(engine: &Engine) -> Self {
        Self { answer: cfg!(target_os = "linux").then(|| engine.blocking(ask)) }
    }

    /// Uses the answer when it has come, for as long as the toolkit knows no better.
    pub(super) fn poll(&mut self, ctx: &Context) {
        let Some(answer) = self.answer.as_mut().and_then(Job::try_next) else { return };
        self.answer = None;
        if let Ok(Some(theme)) = answer {
            ctx.options_mut(|options| options.fallback_theme = theme);
        }
    }
}

/// `org.freedesktop.appearance color-scheme` of the settings portal: 1 is dark, 2 is light, 0 no preference.
#[cfg(target_os = "linux")]
fn ask() -> Option<Theme> {
    const PORTAL: &str = "org.freedesktop.portal.Desktop";
    const PATH: &str = "/org/freedesktop/portal/desktop";
    const SETTINGS: &str = "org.freedesktop.portal.Settings";
    let connection = zbus::blocking::Connection::session().ok()?;
    let question = ("org.freedesktop.appearance", "color-scheme");
    let reply = connection.call_method(Some(PORTAL), PATH, Some(SETTINGS), "ReadOne", &question).ok()?;
    let scheme = u32::try_from(reply.body().deserialize::<zbus::zvariant::OwnedValue>().ok()?).ok()?;
    match scheme {
        1 => Some(Theme::Dark),
        2 => Some(Theme::Light),
        _ => None,
    }
}

#[cfg(not(target_os = "linux"))]
fn ask() -> Option<Theme> {
    None
}
