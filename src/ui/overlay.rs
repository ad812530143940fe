//! What lies over the window: the frame that palette, dialogs and settings share.

use egui::{Area, Context, Frame, Id, Margin, Order, Role, Sense};

use super::dialogs::{self, Dialogs};
use super::views::Views;
use super::{bytes, channels, defaults, docs, drift, import_message, import_paths, palette, problems, settings, theme};
use crate::app::{Action, App, Command, Overlay};

/// How far from the top it stands, as a part of the height.
const FROM_TOP: f32 = 0.12;

pub(super) fn ui(ctx: &Context, app: &mut App, dialogs: &mut Dialogs, views: &mut Views, actions: &mut Vec<Action>) {
    let Some(mut overlay) = app.overlay.take() else { return };
    let screen = ctx.content_rect();
    let backdrop = Area::new(Id::unique("backdrop")).order(Order::Middle).fixed_pos(screen.min).show(ctx, |ui| {
        let response = ui.allocate_response(screen.size(), Sense::click_and_drag());
        ui.painter().rect_filled(screen, 0, theme::tokens(ui).backdrop());
        response.clicked()
    });
    let width = match &overlay {
        Overlay::Palette(_) | Overlay::Defaults(_) => 680.0,
        Overlay::Docs | Overlay::Bytes(_) => 860.0,
        Overlay::Problems => 760.0,
        Overlay::Drift(_) => 1180.0,
        Overlay::Channels => 1040.0,
        Overlay::ImportPaths(_) | Overlay::ImportMessage(_) => 660.0,
        Overlay::Settings
        | Overlay::Reflect(_)
        | Overlay::DriftTarget(..)
        | Overlay::Open(_)
        | Overlay::SaveSchema(_) => 560.0,
        Overlay::Save(_) | Overlay::Rename(_) => 460.0,
    };
    let width: f32 = f32::min(width, screen.width() - 32.0);
    let at = egui::pos2(screen.center().x - width / 2.0, screen.top() + screen.height() * FROM_TOP);
    let mut keep = true;
    let name = app.text.get(name_key(&overlay)).to_owned();
    let area = Area::new(Id::unique("overlay")).order(Order::Foreground).fixed_pos(at);
    area.role(Role::Dialog).accessible_name(name).show(ctx, |ui| {
        Frame::window(ui.style()).inner_margin(Margin::same(16)).show(ui, |ui| {
            ui.set_width(width - 32.0);
            ui.set_max_height(screen.height() * 0.76);
            keep = match &mut overlay {
                Overlay::Palette(palette) => palette::ui(ui, app, palette, actions),
                Overlay::Docs => docs::overlay_ui(ui, app, views, actions),
                Overlay::Open(open) => dialogs::open_ui(ui, app, open, dialogs, actions),
                Overlay::Reflect(draft) => dialogs::reflect_ui(ui, app, draft, actions),
                Overlay::Save(save) => dialogs::save_ui(ui, app, save, dialogs, actions),
                Overlay::SaveSchema(save) => dialogs::save_schema_ui(ui, app, save, dialogs, actions),
                Overlay::Rename(name) => dialogs::rename_ui(ui, app, name, actions),
                Overlay::DriftTarget(schema, draft) => drift::target_ui(ui, app, *schema, draft, actions),
                Overlay::Drift(view) => drift::ui(ui, app, view, actions),
                Overlay::Problems => problems::ui(ui, app, actions),
                Overlay::ImportPaths(paths) => import_paths::ui(ui, app, paths, dialogs, actions),
                Overlay::ImportMessage(import) => import_message::ui(ui, app, import, &mut views.import, actions),
                Overlay::Bytes(inspected) => {
                    bytes::ui(ui, app, inspected, &mut views.inspector, &mut views.saving, actions)
                }
                Overlay::Defaults(edited) => defaults::ui(ui, app, edited, &mut views.picks, actions),
                Overlay::Channels => channels::ui(ui, app, &mut views.channels, actions),
                Overlay::Settings => settings::ui(ui, app, actions),
            };
        });
    });
    // An action may already have put another in its place, or asked for this one to close.
    if keep {
        app.overlay = Some(overlay);
        if backdrop.inner {
            app.apply(Action::CloseOverlay);
        }
    }
}

/// Key of what a screen reader calls it, so that its fields are not taken for those behind it.
fn name_key(overlay: &Overlay) -> &'static str {
    match overlay {
        Overlay::Palette(palette) if palette.symbols_only => "palette-methods-hint",
        Overlay::Palette(_) => "palette-hint",
        Overlay::Docs => "docs-title",
        Overlay::Open(_) => "open-title",
        Overlay::Reflect(_) => "reflect-title",
        Overlay::Save(_) => "save-title",
        Overlay::SaveSchema(save) => dialogs::save_schema_title(save),
        Overlay::Rename(_) => "command-rename",
        Overlay::DriftTarget(..) => "drift-target-title",
        Overlay::Drift(_) => "drift-title",
        Overlay::Problems => "problems-title",
        Overlay::ImportPaths(_) => "import-paths-title",
        Overlay::ImportMessage(_) => Command::ImportMessage.label_key(),
        Overlay::Bytes(_) => "bytes-title",
        Overlay::Defaults(_) => "defaults-name",
        Overlay::Channels => "channels-title",
        Overlay::Settings => "command-settings",
    }
}
