//! The row with the lock, the target, the method, and the verbs of the call.

use egui::{Align, Id, Layout, Margin, Response, Ui};

use super::icons::Icon;
use super::widgets::{self, Choice, Field, Push};
use super::{kind_color, kind_icon, peer, refused, theme};
use crate::app::command::Shortcut;
use crate::app::run::Run;
use crate::app::tab::{MethodState, Tab};
use crate::app::{Action, App, Command, Focus};
use crate::engine::Peer;
use crate::log::day;
use crate::request::{self, Place, SecurityReason, TlsMode};
use crate::schema::Kind;
use crate::text::Text;

/// Width of the target where there is room.
const TARGET_WIDTH: f32 = 230.0;
/// Width of what the lock tells on hover.
const TOOLTIP: f32 = 340.0;
/// With less room than this beside the target the verbs of a stream say less, so that all of them fit.
const NARROW: f32 = 420.0;

pub(super) fn ui(ui: &mut Ui, app: &mut App, actions: &mut Vec<Action>) {
    let tokens = theme::tokens(ui);
    let frame = egui::Frame::new().fill(tokens.surface).inner_margin(Margin::symmetric(12, 10));
    let shown = frame.show(ui, |ui| {
        ui.spacing_mut().item_spacing.x = 8.0;
        ui.horizontal(|ui| {
            lock_ui(ui, app);
            target_ui(ui, app);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                verbs_ui(ui, app, actions);
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    method_ui(ui, app, actions);
                });
            });
        });
        if let Some(problem) = place_problem(app.tab(), &Place::Target) {
            widgets::inline_problem(ui, &problem);
        }
        if app.tab().is_some_and(|tab| !tab.problems.is_empty()) {
            let (scope, text) = (app.scope(), app.text.clone());
            if let Some(tab) = app.tab_mut() {
                refused::ui(ui, tab, &scope, &text);
            }
        }
    });
    ui.painter().hline(shown.response.rect.x_range(), shown.response.rect.bottom(), tokens.separator());
}

fn place_problem(tab: Option<&Tab>, place: &Place) -> Option<String> {
    tab?.problems.iter().find(|problem| problem.place == *place).map(|problem| problem.message.clone())
}

/// Whether the target is reached with TLS, and why; a click chooses otherwise.
fn lock_ui(ui: &mut Ui, app: &mut App) {
    let scope = app.scope();
    let text = app.text.clone();
    let Some(tab) = app.tab_mut() else { return };
    let typed = if tab.draft.target.trim().is_empty() { &scope.target } else { &tab.draft.target };
    let expanded = request::expand(typed, &scope).unwrap_or_else(|_| typed.clone());
    let tls = tab.draft.tls.over(&scope.tls);
    let target = request::parse_target(&expanded, tls.mode);
    let insecure = tls.insecure;
    let (icon, name) = match &target {
        Ok(target) if target.tls && insecure => (Icon::ShieldWarning, text.get("lock-insecure").to_owned()),
        Ok(target) => {
            let what = text.get(if target.tls { "lock-tls" } else { "lock-plaintext" });
            let why = text.get(match target.reason {
                SecurityReason::Chosen if tab.draft.tls.mode == TlsMode::Auto => "inherited",
                SecurityReason::Chosen => "lock-chosen",
                SecurityReason::Scheme => "lock-scheme",
                SecurityReason::Loopback => "lock-loopback",
                SecurityReason::Default => "lock-default",
            });
            (if target.tls { Icon::Lock } else { Icon::LockOpen }, format!("{what}: {why}"))
        }
        Err(_) => (Icon::LockOpen, text.get("lock-unknown").to_owned()),
    };
    let tokens = theme::tokens(ui);
    let warns = insecure && target.is_ok_and(|target| target.tls);
    let color = if warns { tokens.warning } else { tokens.text_secondary };
    let button = widgets::boxed_icon(ui, icon, color, &name);
    let button = match tab.run.as_ref().and_then(|run| run.log.peer.as_ref()) {
        Some(peer) => last_connection(ui, button, &name, peer, &text),
        None => button.on_hover_text(&name),
    };
    egui::Popup::menu(&button).show(|ui| {
        ui.set_min_width(220.0);
        for (mode, key) in
            [(TlsMode::Auto, "tls-auto"), (TlsMode::Plaintext, "tls-plaintext"), (TlsMode::Tls, "tls-tls")]
        {
            if ui.selectable_label(tab.draft.tls.mode == mode, text.get(key)).clicked() {
                tab.draft.tls.mode = mode;
            }
        }
    });
}

/// What was found when the target was last connected to, shown on hover and said by a screen reader.
fn last_connection(ui: &Ui, button: Response, name: &str, peer: &Peer, text: &Text) -> Response {
    let mut facts = peer::facts(peer, text);
    if let Some(certificate) = peer.tls.as_ref().and_then(|tls| tls.chain.first()) {
        let valid = [("from", day(certificate.not_before).into()), ("until", day(certificate.not_after).into())];
        facts.push((text.get("certificate-subject"), certificate.title()));
        facts.push((text.get("certificate-issuer"), certificate.issuer.clone()));
        facts.push((text.get("certificate-valid"), text.with("certificate-dates", &valid)));
    }
    let warnings = peer.tls.as_ref().map(|tls| peer::warnings(tls, text)).unwrap_or_default();
    let lines = facts.iter().map(|(name, value)| format!("{name}: {value}"));
    let said = lines.chain(warnings.iter().cloned()).collect::<Vec<_>>().join("\n");
    ui.ctx().accesskit_node_builder(button.id, |node| node.set_description(said));
    button.on_hover_ui(|ui| {
        ui.set_width(TOOLTIP);
        ui.label(name);
        ui.add_space(6.0);
        super::hint(ui, text.get("lock-last"));
        peer::facts_ui(ui, &facts);
        for warning in &warnings {
            widgets::inline_warning(ui, warning);
        }
    })
}

fn target_ui(ui: &mut Ui, app: &mut App) {
    let scope = app.scope();
    let text = app.text.clone();
    let focus = app.focus == Some(Focus::Target);
    if focus {
        app.focus = None;
    }
    let Some(tab) = app.tab_mut() else { return };
    let problem = place_problem(Some(tab), &Place::Target);
    let id = Id::unique(("target", tab.id));
    let inherited = request::expand(&scope.target, &scope).unwrap_or_else(|_| scope.target.clone());
    let hint = if inherited.is_empty() { text.get("target-hint").to_owned() } else { inherited };
    let (ranges, ghost) = super::variables(&tab.draft.target, &scope);
    let mut field = Field::new(id, text.get("target-name"), &mut tab.draft.target);
    field.hint = &hint;
    field.mono = true;
    field.error = problem.as_deref();
    field.width = Some(TARGET_WIDTH.min(ui.available_width() * 0.3).max(100.0));
    field.variables = &ranges;
    field.ghost = ghost.as_deref();
    let response = widgets::field(ui, field);
    if response.changed {
        tab.problems.retain(|problem| problem.place != Place::Target);
    }
    if focus {
        response.response.request_focus();
    }
}

fn method_ui(ui: &mut Ui, app: &App, actions: &mut Vec<Action>) {
    let tokens = theme::tokens(ui);
    let text = &app.text;
    let Some(tab) = app.tab() else { return };
    // Every method of every open schema, numbered; names are made only for the rows that are drawn.
    let schemas: Vec<_> = app.schemas.iter().filter_map(|open| Some((open.id, open.schema.as_ref()?))).collect();
    let mut all = Vec::new();
    for (id, schema) in &schemas {
        for service in &schema.services {
            all.extend(service.methods.iter().map(|method| (*id, service, method)));
        }
    }
    let current = if tab.draft.method.is_empty() { text.get("method-hint") } else { tab.draft.method.as_str() };
    // Where there is no room for all of it, the package goes first: the name of the method is what one looks for.
    let room = ui.available_width() - 80.0;
    let whole = widgets::elided(ui, current, theme::body(), tokens.text, f32::INFINITY).size().x <= room;
    let service_at = current.split_once('/').and_then(|(service, _)| service.rfind('.')).map_or(0, |dot| dot + 1);
    let current = if whole { current } else { &current[service_at..] };
    let mut choice = Choice::new(Id::unique(("method", tab.id)), text.get("method-name"), current);
    choice.icon = tab.kind().map(|kind| (kind_icon(kind), kind_color(kind, tokens)));
    choice.filter_hint = text.get("filter-services");
    choice.error = matches!(tab.method, MethodState::Unknown | MethodState::Failed(_)) && !tab.draft.method.is_empty();
    choice.mono = false;
    let label = |index: usize| {
        let (_, service, method) = &all[index];
        format!("{}/{}", service.full_name, method.name)
    };
    let (_, chosen) = widgets::combo(ui, &choice, all.len(), label, |ui, index| {
        let (_, service, method) = &all[index];
        widgets::icon(ui, kind_icon(method.kind), kind_color(method.kind, tokens));
        ui.label(egui::RichText::new(format!("{} /", service.full_name)).color(tokens.text_secondary));
        ui.label(&method.name);
    });
    if let Some(index) = chosen {
        let (schema, service, _) = &all[index];
        let file = service.file.clone();
        actions.push(Action::ChooseMethod { schema: *schema, method: label(index), file });
    }
}

/// From right to left: Save, then the verbs of the state that the call is in.
fn verbs_ui(ui: &mut Ui, app: &App, actions: &mut Vec<Action>) {
    let text: &Text = &app.text;
    let keys = |command: Command| command.shortcut().map(Shortcut::label).unwrap_or_default();
    let Some(tab) = app.tab() else { return };
    let save_keys = keys(Command::Save);
    let narrow = ui.available_width() < NARROW;
    let save = if narrow {
        widgets::icon_button(ui, Icon::FloppyDisk, text.get("save"), Some(&save_keys))
    } else {
        ui.add(Push::new(text.get("save")).icon(Icon::FloppyDisk)).on_hover_text(save_keys)
    };
    if save.clicked() {
        actions.push(Command::Save.into());
    }
    if let Some(run) = tab.run.as_ref().filter(|run| run.is_live()) {
        let cancel_keys = keys(Command::Cancel);
        let shown_keys = (!narrow).then_some(cancel_keys.as_str());
        if widgets::danger_button(ui, Icon::StopCircle, text.get("cancel"), shown_keys).clicked() {
            actions.push(Command::Cancel.into());
        }
        if run.kind.streams_requests() {
            let end = Push::new(text.get("end-stream")).icon(Icon::ArrowLineRight);
            if ui.add_enabled(run.can_send(), end).on_hover_text(text.get("end-stream-help")).clicked() {
                actions.push(Command::EndStream.into());
            }
        }
        return;
    }
    let send_keys = keys(Command::Send);
    let send = Push::new(text.get("send")).icon(Icon::PaperPlaneRight).shortcut(&send_keys).primary();
    let response = ui.add_enabled(tab.ready().is_some(), send);
    let response = match &tab.method {
        MethodState::Ready(_) => response,
        MethodState::Loading { .. } => response.on_disabled_hover_text(text.get("method-loading")),
        _ => response.on_disabled_hover_text(text.get("method-hint")),
    };
    if response.clicked() {
        actions.push(Command::Send.into());
    }
}

/// Whether the message on screen is sent into a running stream rather than starting a call.
pub(super) fn sends_into_stream(tab: &Tab) -> bool {
    tab.run.as_ref().is_some_and(Run::can_send) && tab.kind().is_some_and(Kind::streams_requests)
}
