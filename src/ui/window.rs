//! The window: makes the program's state, takes in what has happened, lays the parts of the screen out, applies what was
//! asked for.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use egui::{CentralPanel, Context, Frame, Margin, Panel, ThemePreference, Ui};

use super::system_theme::SystemTheme;
use super::views::Views;
use super::{address, dialogs, keys, overlay, request, response, sidebar, status, tabs, theme, top_bar, widgets};
use crate::app::{Action, App, Tab};
use crate::collection::{Dirs, Session, Settings, Theme};
use crate::engine::Engine;
use crate::schema::Kind;

/// Least time between two repaints for what comes from the network.
const WAKE_AFTER: Duration = Duration::from_millis(16);
/// How often the running time of a call is drawn anew.
const TICK: Duration = Duration::from_millis(250);
/// How often the ages of channels are drawn anew, while they are shown.
const AGE_TICK: Duration = Duration::from_secs(1);
/// How long after the last input the session is stored.
const STORE_AFTER: Duration = Duration::from_millis(800);
/// Neither half gets narrower: the tabs of the request and its two views stand in one row.
const LEAST_WIDTH: f32 = 440.0;
/// Neither half gets lower.
const LEAST_HEIGHT: f32 = 260.0;
/// Below this width the response goes below the request.
const NARROW: f32 = 2.0 * LEAST_WIDTH;

/// The program in its window.
#[derive(Debug)]
pub struct Window {
    app: App,
    dialogs: dialogs::Dialogs,
    keys: keys::Keys,
    system_theme: SystemTheme,
    views: Views,
    /// Set by the engine's threads, cleared when the events were taken in.
    woken: Arc<AtomicBool>,
    first_frame: Option<FirstFrame>,
}

/// Whom to tell how long the start took, for measuring it.
#[derive(Clone, Copy, Debug)]
pub struct FirstFrame {
    /// When the program began.
    pub started: Instant,
    /// Told once, when the first frame is on the screen.
    pub tell: fn(Duration),
}

/// Opens the window and runs it until it is closed.
pub(super) fn run(paths: Vec<PathBuf>, first_frame: Option<FirstFrame>) -> Result<(), String> {
    let dirs = Dirs::find()
        .ok_or("there is no home folder to keep settings in; set TRUNKLINE_CONFIG_DIR and TRUNKLINE_DATA_DIR")?;
    let (session, _) = Session::load(&dirs.session());
    let [width, height] = session.window.size.unwrap_or([1260.0, 740.0]);
    let mut viewport = egui::ViewportBuilder::default()
        .with_title("Trunkline")
        .with_app_id("trunkline")
        .with_inner_size([width, height])
        .with_min_inner_size([720.0, 480.0])
        .with_drag_and_drop(true);
    if let Ok(icon) = eframe::icon_data::from_png_bytes(include_bytes!("../../assets/icon.png")) {
        viewport = viewport.with_icon(icon);
    }
    let options = eframe::NativeOptions { viewport, renderer: eframe::Renderer::Glow, ..Default::default() };
    let window = move |cc: &eframe::CreationContext<'_>| -> std::io::Result<Window> {
        Ok(Window { first_frame, ..Window::new(&cc.egui_ctx, dirs, paths)? })
    };
    eframe::run_native("trunkline", options, Box::new(move |cc| Ok(Box::new(window(cc)?))))
        .map_err(|error| error.to_string())
}

impl Window {
    /// The program, ready to be drawn.
    ///
    /// # Errors
    ///
    /// When the system gives no threads.
    pub fn new(ctx: &Context, dirs: Dirs, paths: Vec<PathBuf>) -> std::io::Result<Self> {
        theme::install(ctx);
        let woken = Arc::new(AtomicBool::new(false));
        let engine = Engine::new({
            let (ctx, woken) = (ctx.clone(), Arc::clone(&woken));
            move || {
                if !woken.swap(true, Ordering::AcqRel) {
                    ctx.request_repaint_after(WAKE_AFTER);
                }
            }
        })?;
        let system_theme = SystemTheme::ask(&engine);
        let app = App::new(engine, dirs, paths);
        Ok(Self {
            app,
            dialogs: dialogs::Dialogs::default(),
            keys: keys::Keys::default(),
            system_theme,
            views: Views::default(),
            woken,
            first_frame: None,
        })
    }

    fn apply(&mut self, ctx: &Context, actions: Vec<Action>) {
        if actions.is_empty() {
            return;
        }
        for action in actions {
            self.app.apply(action);
        }
        // What was applied may have been drawn before: once more.
        ctx.request_repaint();
    }

    fn take_drops(ctx: &Context, actions: &mut Vec<Action>) {
        let dropped: Vec<PathBuf> =
            ctx.input(|input| input.raw.dropped_files.iter().map(|file| file.path().to_owned()).collect());
        if !dropped.is_empty() {
            actions.push(Action::OpenPaths(dropped));
        }
    }

    /// The first frame is on the screen when the second is begun, which is asked for here: nothing else need ask.
    fn trace_first_frame(&mut self, ctx: &Context) {
        let Some(first) = self.first_frame else { return };
        if ctx.cumulative_frame_nr() == 0 {
            ctx.request_repaint();
        } else {
            (first.tell)(first.started.elapsed());
            self.first_frame = None;
        }
    }

    fn theme(&self, ctx: &Context) {
        if (ctx.zoom_factor() - self.app.settings.scale).abs() > f32::EPSILON {
            ctx.set_zoom_factor(self.app.settings.scale.clamp(0.5, 3.0));
        }
        let preference = match self.app.settings.theme {
            Theme::System => ThemePreference::System,
            Theme::Light => ThemePreference::Light,
            Theme::Dark => ThemePreference::Dark,
        };
        if ctx.options(|options| options.theme_preference) != preference {
            ctx.set_theme(preference);
        }
    }
}

impl eframe::App for Window {
    fn logic(&mut self, ctx: &Context, _frame: &mut eframe::Frame) {
        self.woken.store(false, Ordering::Release);
        self.system_theme.poll(ctx);
        self.theme(ctx);
        self.dialogs.poll(&mut self.app);
        self.views.saving.poll(&mut self.app);
        self.app.poll();
        if let Some(copied) = self.app.take_copied() {
            ctx.copy_text(copied);
        }
        if self.app.is_waiting() {
            ctx.request_repaint_after(TICK);
        }
        if self.app.shows_channels() {
            ctx.request_repaint_after(AGE_TICK);
        }
        if ctx.input(|input| !input.events.is_empty()) {
            ctx.request_repaint_after(STORE_AFTER);
        }
        self.app.window_size = ctx.input(|input| input.viewport().inner_rect.map(|rect| (rect.width(), rect.height())));
        self.app.store_session(false);
        if self.app.quit {
            ctx.send_viewport_cmd(egui::ViewportCommand::Close);
        }
    }

    fn ui(&mut self, ui: &mut Ui, _frame: &mut eframe::Frame) {
        let ctx = ui.ctx().clone();
        self.trace_first_frame(&ctx);
        let mut actions = Vec::new();
        Self::take_drops(&ctx, &mut actions);
        self.views.json.keys(&ctx, &self.app);
        self.keys.ui(&ctx, &self.app, &mut actions);
        screen_ui(ui, &mut self.app, &mut self.views, &mut actions);
        overlay::ui(&ctx, &mut self.app, &mut self.dialogs, &mut self.views, &mut actions);
        widgets::focus_ring(&ctx);
        self.views.logs.retain(|id, _| self.app.tabs.iter().any(|tab| tab.id == *id));
        self.keys.remember(&ctx, self.views.message.take());
        self.apply(&ctx, actions);
    }

    fn on_exit(&mut self, _gl: Option<&eframe::glow::Context>) {
        self.app.store_session(true);
    }
}

fn screen_ui(ui: &mut Ui, app: &mut App, views: &mut Views, actions: &mut Vec<Action>) {
    let tokens = theme::tokens(ui);
    let bar = |fill| Frame::new().fill(fill).inner_margin(Margin::symmetric(12, 0));
    Panel::top("top_bar")
        .exact_size(theme::TOP_BAR_HEIGHT)
        .frame(bar(tokens.panel))
        .show(ui, |ui| top_bar::ui(ui, app, actions));
    Panel::bottom("status")
        .exact_size(theme::STATUS_HEIGHT)
        .frame(bar(tokens.panel))
        .show(ui, |ui| status::ui(ui, app, actions));
    if app.settings.sidebar_visible {
        let panel = Panel::left("sidebar")
            .default_size(app.settings.sidebar_width)
            .size_range(200.0..=520.0)
            .resizable(true)
            .frame(Frame::new().fill(tokens.panel).inner_margin(Margin::same(8)));
        let shown = panel.show(ui, |ui| sidebar::ui(ui, app, actions));
        app.settings.sidebar_width = shown.response.rect.width();
    }
    CentralPanel::default().frame(Frame::new().fill(tokens.surface)).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        tabs::ui(ui, app, actions);
        if app.tab().is_none() {
            tabs::none_ui(ui, app, actions);
            return;
        }
        address::ui(ui, app, actions);
        let below = app.response_below(ui.available_width() < NARROW);
        let direction = if below { widgets::SplitDirection::Below } else { widgets::SplitDirection::Right };
        let streams = app.tab().and_then(Tab::kind).is_some_and(|kind| kind != Kind::Unary);
        let mut fraction = *split_of(&mut app.settings, below, streams);
        let least = if below { LEAST_HEIGHT } else { LEAST_WIDTH };
        let id = ui.scope_id().with("request_response");
        widgets::split(ui, id, app.text.clone().get("split-name"), direction, &mut fraction, least, |first, second| {
            request::ui(first, app, views, actions);
            response::ui(second, app, views, actions);
        });
        *split_of(&mut app.settings, below, streams) = fraction;
    });
}

/// The part of the room that the request takes, as the user left it for that way of looking at it.
fn split_of(settings: &mut Settings, below: bool, streams: bool) -> &mut f32 {
    match (below, streams) {
        (true, _) => &mut settings.split_below,
        (false, true) => &mut settings.split_stream,
        (false, false) => &mut settings.split_right,
    }
}
