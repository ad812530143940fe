//! Reading about a symbol: its source with links, where its file stands, who uses it. In the request's Docs pane and,
//! where no request is concerned, over the window.

use egui::{Align, Id, Key, Layout, Margin, Modifiers, RichText, ScrollArea, Sense, Ui};

use super::icons::Icon;
use super::views::{DocsView, Views};
use super::widgets::{self, ProtoSource, proto_source};
use super::{kind_color, kind_icon, theme};
use crate::app::docs::{Docs, Subject};
use crate::app::{Action, App};
use crate::schema::{Document, MethodPath, SymbolKind, Use, UseKind};
use crate::text::Text;

/// Uses listed at most; the rest is counted.
const MOST_USES: usize = 200;

/// The icon of a symbol, the same in palette and docs.
pub(super) fn symbol_icon(kind: SymbolKind) -> Icon {
    match kind {
        SymbolKind::Service => Icon::Cube,
        SymbolKind::Method => Icon::ArrowRight,
        SymbolKind::Message => Icon::BracketsCurly,
        SymbolKind::Enum | SymbolKind::EnumValue => Icon::ListBullets,
        SymbolKind::Field | SymbolKind::Oneof | SymbolKind::Extension => Icon::Hash,
    }
}

/// Key of what a kind of symbol is called.
pub(super) fn symbol_key(kind: SymbolKind) -> &'static str {
    match kind {
        SymbolKind::Service => "symbol-service",
        SymbolKind::Method => "symbol-method",
        SymbolKind::Message => "symbol-message",
        SymbolKind::Field => "symbol-field",
        SymbolKind::Oneof => "symbol-oneof",
        SymbolKind::Enum => "symbol-enum",
        SymbolKind::EnumValue => "symbol-enum-value",
        SymbolKind::Extension => "symbol-extension",
    }
}

/// The Docs pane of a request.
pub(super) fn pane_ui(ui: &mut Ui, app: &App, views: &mut Views, actions: &mut Vec<Action>) {
    let Some(tab) = app.tab() else { return };
    if tab.ready().is_none() && tab.docs.page.is_none() {
        super::secondary(ui, app.text.get("method-hint"));
        return;
    }
    let view = views.docs.entry(Some(tab.id)).or_default();
    page_ui(ui, app, &tab.docs, view, actions);
}

/// Over the window; whether it stays.
pub(super) fn overlay_ui(ui: &mut Ui, app: &App, views: &mut Views, actions: &mut Vec<Action>) -> bool {
    let view = views.docs.entry(None).or_default();
    // A method that is opened is what comes next.
    !page_ui(ui, app, &app.docs, view, actions)
}

/// Draws what is read; whether a method was opened.
fn page_ui(ui: &mut Ui, app: &App, docs: &Docs, view: &mut DocsView, actions: &mut Vec<Action>) -> bool {
    let text = &app.text;
    let mut opened = false;
    let typing = ui
        .ctx()
        .memory(egui::Memory::focused)
        .is_some_and(|id| egui::text_edit::TextEditState::load(ui.ctx(), id).is_some());
    let pressed = |key| !typing && ui.input_mut(|input| input.consume_key(Modifiers::ALT, key));
    let (mut back, mut forward) = (pressed(Key::ArrowLeft), pressed(Key::ArrowRight));
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        let step = |ui: &mut Ui, on: bool, icon, key, keys| {
            ui.add_enabled_ui(on, |ui| widgets::icon_button(ui, icon, text.get(key), Some(keys)).clicked()).inner
        };
        back |= step(ui, docs.has_before(), Icon::ArrowLeft, "docs-back", "Alt+Left");
        forward |= step(ui, docs.has_after(), Icon::ArrowRight, "docs-forward", "Alt+Right");
        ui.add_space(4.0);
        let Some(page) = &docs.page else { return };
        let Some(document) = page.documents.as_ref().ok().and_then(|all| all.first()) else { return };
        let method = method_of(app, &page.subject, document);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if let Some((service, method)) = method
                && app.tab().is_none_or(|tab| !is_same(&tab.draft.method, &document.name))
                && widgets::button(ui, Some(Icon::ArrowSquareOut), text.get("docs-open")).clicked()
            {
                actions.push(Action::OpenMethod { schema: page.subject.schema, service, method });
                opened = true;
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                crumbs_ui(ui, page.subject.schema, document, actions);
            });
        });
    });
    if back && docs.has_before() {
        actions.push(Action::StepDocs(-1));
    } else if forward && docs.has_after() {
        actions.push(Action::StepDocs(1));
    }
    ui.add_space(6.0);
    let Some(page) = &docs.page else {
        super::secondary(ui, text.get("loading"));
        return opened;
    };
    let documents = match &page.documents {
        Ok(documents) => documents,
        Err(problems) => {
            super::secondary(ui, text.get("docs-nothing"));
            for problem in problems {
                widgets::inline_problem(ui, &problem.to_string());
            }
            return opened;
        }
    };
    let fresh = view.of.as_ref() != Some(&page.subject);
    if fresh {
        view.of = Some(page.subject.clone());
        view.layouts.clear();
        view.shows_mark = true;
    }
    view.layouts.resize_with(documents.len(), Default::default);
    ScrollArea::vertical().id_salt(("docs", &page.subject)).auto_shrink(false).show(ui, |ui| {
        ui.set_max_width(ui.available_width() - theme::PANEL_PADDING);
        let keys = ["docs-method", "docs-request", "docs-response"];
        let is_method = documents.first().is_some_and(|first| first.kind == SymbolKind::Method);
        for (index, document) in documents.iter().enumerate() {
            let key = if is_method { keys[index.min(2)] } else { symbol_key(document.kind) };
            head_ui(ui, document, text.get(key), text);
            let id = Id::unique(("proto", &page.subject.name, index));
            source_ui(ui, id, document, &page.subject, view, index, actions);
            ui.add_space(12.0);
        }
        if let Some(first) = documents.first() {
            uses_ui(ui, first, &page.subject, text, actions);
        }
    });
    opened
}

fn is_same(typed: &str, full_name: &str) -> bool {
    typed.trim_start_matches('/').replace('/', ".") == full_name
}

/// Where a method stands in the list of its schema.
fn method_of(app: &App, subject: &Subject, document: &Document) -> Option<(usize, usize)> {
    let path = MethodPath::parse(&document.name).filter(|_| document.kind == SymbolKind::Method)?;
    let open = app.schemas.iter().find(|open| open.id == subject.schema)?;
    let services = &open.schema.as_ref()?.services;
    let at = services.iter().position(|one| one.full_name == path.service && one.file == document.file)?;
    Some((at, services[at].methods.iter().position(|method| method.name == path.method)?))
}

/// The package, the messages around and the symbol itself.
fn crumbs_ui(ui: &mut Ui, schema: crate::app::SchemaId, document: &Document, actions: &mut Vec<Action>) {
    let tokens = theme::tokens(ui);
    ui.spacing_mut().item_spacing.x = 6.0;
    if !document.package.is_empty() {
        let label = egui::Label::new(RichText::new(&document.package).color(tokens.text_tertiary)).truncate();
        ui.add(label);
    }
    let start = if document.package.is_empty() { 0 } else { document.package.len() + 1 };
    let own = document.name.get(start..).unwrap_or_default();
    let ends = own.match_indices('.').map(|(at, _)| start + at);
    for end in ends.chain([document.name.len()]) {
        let outer = &document.name[..end];
        let name = outer.rsplit('.').next().unwrap_or(outer);
        let (rect, _) = ui.allocate_exact_size(egui::Vec2::splat(theme::ICON_SIZE_SMALL), Sense::hover());
        widgets::paint_icon(
            ui.painter(),
            rect.center(),
            Icon::CaretRight,
            theme::ICON_SIZE_SMALL,
            tokens.text_tertiary,
        );
        if end == document.name.len() {
            ui.label(RichText::new(name).font(theme::semibold()).color(tokens.text));
        } else if widgets::link(ui, name, outer, theme::body()).clicked() {
            let subject = Subject { schema, name: outer.to_owned(), file: Some(document.file.clone()) };
            actions.push(Action::FollowDocs(subject));
        }
    }
}

/// What it is, its name, and what its file is written in.
fn head_ui(ui: &mut Ui, document: &Document, words: &str, text: &Text) {
    let tokens = theme::tokens(ui);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 8.0;
        ui.label(RichText::new(words).font(theme::semibold()));
        super::secondary(ui, &document.name);
        if document.deprecated {
            ui.label(RichText::new(text.get("deprecated")).font(theme::small()).color(tokens.warning));
        }
    });
    let syntax = document.syntax.name();
    let written = match document.syntax {
        crate::schema::Syntax::Edition(_) => text.with("docs-edition", &[("name", syntax.into())]),
        _ => syntax.to_owned(),
    };
    let features = document.features.iter().map(|(name, value)| format!("{name} = {value}"));
    let line: Vec<String> = [document.file.clone(), written].into_iter().chain(features).collect();
    super::hint(ui, &line.join("  ·  "));
    ui.add_space(4.0);
}

fn source_ui(
    ui: &mut Ui,
    id: Id,
    document: &Document,
    subject: &Subject,
    view: &mut DocsView,
    index: usize,
    actions: &mut Vec<Action>,
) {
    let tokens = theme::tokens(ui);
    let ranges: Vec<_> = document.links.iter().map(|link| link.range.clone()).collect();
    let names: Vec<_> = document.links.iter().map(|link| link.to.as_str()).collect();
    let frame = egui::Frame::new().fill(tokens.panel).corner_radius(theme::RADIUS).inner_margin(Margin::same(12));
    frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        let marked = document.marked.as_ref();
        let source = ProtoSource { id, text: document.source.trim_end(), links: &ranges, names: &names, marked };
        let Some(layout) = view.layouts.get_mut(index) else { return };
        let answer = proto_source(ui, layout, source);
        if let Some(place) = answer.marked
            && std::mem::take(&mut view.shows_mark)
        {
            ui.scroll_to_rect(place, Some(Align::Center));
        }
        if let Some(link) = answer.followed.and_then(|at| document.links.get(at)) {
            follow(subject, document, &link.to, actions);
        }
    });
}

fn follow(from: &Subject, document: &Document, name: &str, actions: &mut Vec<Action>) {
    // What a document leads to is known where the document is from, though it may be defined elsewhere.
    let file = Some(document.file.clone());
    actions.push(Action::FollowDocs(Subject { schema: from.schema, name: name.to_owned(), file }));
}

/// Who uses it: methods, then fields.
fn uses_ui(ui: &mut Ui, document: &Document, subject: &Subject, text: &Text, actions: &mut Vec<Action>) {
    let tokens = theme::tokens(ui);
    if document.used_by.is_empty() {
        return;
    }
    ui.horizontal(|ui| {
        ui.label(RichText::new(text.get("docs-used-by")).font(theme::semibold()));
        super::hint(ui, &document.used_by.len().to_string());
    });
    ui.spacing_mut().item_spacing.y = 0.0;
    ui.spacing_mut().interact_size.y = theme::LOG_ROW_HEIGHT;
    for (index, Use { kind, by }) in document.used_by.iter().take(MOST_USES).enumerate() {
        ui.push_id(("use", index), |ui| {
            ui.horizontal(|ui| {
                let (icon, color) = match kind {
                    UseKind::Request => (kind_icon(crate::schema::Kind::ClientStreaming), tokens.sent),
                    UseKind::Response => (kind_icon(crate::schema::Kind::ServerStreaming), tokens.success),
                    UseKind::Field | UseKind::Extension => (symbol_icon(SymbolKind::Field), tokens.text_secondary),
                };
                widgets::icon(ui, icon, color);
                let words = match kind {
                    UseKind::Request => "docs-use-request",
                    UseKind::Response => "docs-use-response",
                    UseKind::Field => "docs-use-field",
                    UseKind::Extension => "docs-use-extension",
                };
                if widgets::link(ui, by, by, theme::mono()).clicked() {
                    actions.push(Action::FollowDocs(Subject { schema: subject.schema, name: by.clone(), file: None }));
                }
                super::hint(ui, text.get(words));
            });
        });
    }
    let more = document.used_by.len().saturating_sub(MOST_USES);
    if more > 0 {
        super::hint(ui, &text.with("docs-more", &[("count", more.into())]));
    }
}

/// The colour of the icon of a method's kind, for the palette.
pub(super) fn hit_icon(ui: &Ui, what: &crate::app::palette::What) -> (Icon, egui::Color32) {
    use crate::app::palette::What;
    let tokens = theme::tokens(ui);
    match what {
        What::Method { kind, .. } => (kind_icon(*kind), kind_color(*kind, tokens)),
        What::Symbol { kind: SymbolKind::Service, .. } => (symbol_icon(SymbolKind::Service), tokens.accent),
        What::Symbol { kind: kind @ SymbolKind::Message, .. } => (symbol_icon(*kind), tokens.bidirectional),
        What::Symbol { kind: kind @ (SymbolKind::Enum | SymbolKind::EnumValue), .. } => {
            (symbol_icon(*kind), tokens.warning)
        }
        What::Symbol { kind, .. } => (symbol_icon(*kind), tokens.text_secondary),
        What::Request(_) => (Icon::FileText, tokens.text_secondary),
        What::Command(_) => (Icon::Command, tokens.text_secondary),
    }
}
