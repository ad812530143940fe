//! One message in full, in the view that was chosen; what can be done with it; the bytes within it.

use egui::{Button, Id, Layout, Margin, Popup, Rect, ScrollArea, Ui, UiBuilder, pos2, vec2};

use super::icons::Icon;
use super::saving::Saving;
use super::theme;
use super::views::{Ask, LogView};
use super::widgets::{self, NoticeKind, SegmentStyle};
use crate::app::exchange::Outgoing;
use crate::app::overlay::Inspected;
use crate::app::views::MessageView;
use crate::app::{Action, Overlay, format};
use crate::collection::Written;
use crate::engine::Engine;
use crate::log::{Entry, Log};
use crate::message::exchange::Format;
use crate::text::Text;

/// Room for the choice of the view.
pub(super) const SEGMENTS: f32 = 150.0;
/// Height of the line of the bytes within the message.
const STRIP: f32 = 36.0;

/// What every message needs to be shown, besides itself.
pub(super) struct Shared<'a> {
    pub engine: &'a Engine,
    /// How messages are written as JSON.
    pub written: &'a mut Written,
    pub saving: &'a mut Saving,
    pub text: &'a Text,
}

/// The choice of how messages are looked at; of one that is no message of its type there is but one way.
pub(super) fn segments_ui(ui: &mut Ui, view: &LogView, chosen: &mut MessageView, text: &Text) {
    let labels = [text.get("view-json"), text.get("view-text"), text.get("view-wire")];
    let names = [text.get("answer-as-json"), text.get("answer-as-text"), text.get("answer-as-wire")];
    let name = text.get("answer-view");
    let broken = view.shown.as_ref().is_some_and(|shown| shown.readable.problem.is_some());
    if broken {
        let (labels, names) = (&labels[2..], &names[2..]);
        widgets::segmented_named(ui, "answer_wire", name, labels, names, &mut 0, SegmentStyle::Bare);
        return;
    }
    let mut at = MessageView::ALL.iter().position(|each| each == chosen).unwrap_or_default();
    if widgets::segmented_named(ui, "answer_view", name, &labels, &names, &mut at, SegmentStyle::Bare) {
        *chosen = MessageView::ALL.get(at).copied().unwrap_or_default();
    }
}

/// The message in full.
pub(super) fn ui(
    ui: &mut Ui,
    view: &mut LogView,
    chosen: MessageView,
    log: &Log,
    entry: &Entry<'_>,
    shared: &mut Shared<'_>,
    actions: &mut Vec<Action>,
) {
    let text = shared.text;
    view.show(shared.engine, log, entry, Ask { view: chosen, written: *shared.written });
    let Some(shown) = &mut view.shown else {
        egui::Frame::new().inner_margin(Margin::same(12)).show(ui, |ui| {
            ui.horizontal(|ui| {
                widgets::spinner(ui);
                super::secondary(ui, text.get("answer-coming"));
            });
        });
        return;
    };
    if let Some(problem) = &shown.readable.problem {
        egui::Frame::new().inner_margin(Margin { left: 12, right: 12, top: 10, bottom: 4 }).show(ui, |ui| {
            widgets::notice(ui, NoticeKind::Warning, problem, &[]);
        });
    }
    ui.add_space(6.0);
    let is_wire = shown.ask.view == MessageView::Wire || shown.readable.problem.is_some();
    let buttons = ui.available_rect_before_wrap();
    if is_wire {
        // Its first lines are as long as any: they begin below the buttons.
        let (_, line) = ui.allocate_space(vec2(ui.available_width(), theme::INPUT_HEIGHT));
        let room = line.width() - theme::INPUT_HEIGHT * 2.0 - 44.0;
        let words = text.get("wire-columns");
        let galley = widgets::elided(ui, words, theme::small(), theme::tokens(ui).text_tertiary, room);
        let place = line.with_min_x(line.left() + 12.0).with_max_x(line.left() + 12.0 + galley.size().x);
        ui.put(place, egui::Label::new(galley));
    }
    let area = ui.available_rect_before_wrap();
    let strip = if shown.readable.bytes.is_empty() { 0.0 } else { STRIP };
    let viewer = area.with_max_y((area.bottom() - strip).max(area.top()));
    let id = Id::unique(("answer", shown.number, shown.ask.view.name()));
    let mut viewer_ui = ui.new_child(UiBuilder::new().max_rect(viewer));
    viewer_ui.shrink_clip_rect(viewer);
    widgets::json_viewer(&mut viewer_ui, id, text.get("answer-name"), &shown.readable.text, &mut shown.lines);
    let size = vec2(theme::INPUT_HEIGHT * 2.0, theme::INPUT_HEIGHT);
    let at = Rect::from_min_size(
        pos2(buttons.right() - size.x - 20.0, buttons.top() + if is_wire { 0.0 } else { 2.0 }),
        size,
    );
    ui.scope_builder(UiBuilder::new().max_rect(at).layout(Layout::left_to_right(egui::Align::Center)), |ui| {
        ui.painter().rect_filled(at, theme::RADIUS, theme::tokens(ui).surface);
        ui.spacing_mut().item_spacing.x = 0.0;
        if widgets::icon_button(ui, Icon::Copy, text.get("copy-message"), None).clicked() {
            ui.copy_text(shown.readable.text.clone());
        }
        menu_ui(ui, log, entry, shared, actions);
    });
    if strip > 0.0 {
        let below = area.with_min_y(viewer.bottom());
        ui.painter().hline(below.x_range(), below.top(), theme::tokens(ui).separator());
        let readable = &shown.readable;
        ui.scope_builder(UiBuilder::new().max_rect(below.shrink2(vec2(12.0, 4.0))), |ui| {
            ScrollArea::horizontal().id_salt("bytes_fields").auto_shrink(false).show(ui, |ui| {
                ui.horizontal(|ui| {
                    ui.spacing_mut().item_spacing.x = 4.0;
                    super::hint(ui, text.get("bytes-fields"));
                    for field in &readable.bytes {
                        let size = format::size(field.range.len() as u64);
                        let label = format!("{}  {size}", field.path);
                        if ui.add(widgets::Push::new(&label).quiet()).clicked() {
                            let bytes = entry.bytes.get(field.range.clone()).unwrap_or_default();
                            actions.push(Action::Show(Overlay::Bytes(Box::new(Inspected {
                                path: field.path.clone(),
                                bytes: bytes::Bytes::copy_from_slice(bytes),
                                descriptor: log.descriptor(entry.kind),
                            }))));
                        }
                    }
                    if readable.more_bytes {
                        super::hint(ui, text.get("bytes-fields-more"));
                    }
                });
            });
        });
    }
    ui.advance_cursor_after_rect(area);
}

/// Copy as, save as, and how JSON is written.
fn menu_ui(ui: &mut Ui, log: &Log, entry: &Entry<'_>, shared: &mut Shared<'_>, actions: &mut Vec<Action>) {
    let text = shared.text;
    let button = widgets::icon_button(ui, Icon::DotsThree, text.get("answer-menu"), None);
    let written = *shared.written;
    let outgoing = |format| {
        Box::new(Outgoing {
            bytes: bytes::Bytes::copy_from_slice(entry.bytes),
            descriptor: log.descriptor(entry.kind),
            format,
            written,
            types: log.types.clone(),
        })
    };
    Popup::menu(&button).show(|ui| {
        ui.set_min_width(220.0);
        for (key, format) in COPIES {
            if ui.add(Button::new(text.get(key))).clicked() {
                actions.push(Action::CopyOut(outgoing(format)));
            }
        }
        ui.separator();
        for (key, format) in SAVES {
            if ui.add(Button::new(text.get(key))).clicked() {
                let name = format!("{}.{}", log.descriptor(entry.kind).name(), format.extension());
                shared.saving.ask(shared.engine, &name, outgoing(format));
            }
        }
        ui.separator();
        super::hint(ui, text.get("written-title"));
        let mut edited = false;
        for (key, on) in [
            ("written-defaults", &mut shared.written.default_values),
            ("written-names", &mut shared.written.original_names),
            ("written-numbers", &mut shared.written.enum_numbers),
            ("written-unknown", &mut shared.written.unknown_fields),
        ] {
            edited |= ui.checkbox(on, text.get(key)).changed();
        }
        if edited {
            actions.push(Action::SettingsEdited);
        }
    });
}

const COPIES: [(&str, Format); 5] = [
    ("copy-as-json", Format::Json),
    ("copy-as-json-line", Format::JsonLine),
    ("copy-as-text", Format::Text),
    ("copy-as-hex", Format::Hex),
    ("copy-as-base64", Format::Base64),
];

const SAVES: [(&str, Format); 3] =
    [("save-as-json", Format::Json), ("save-as-text", Format::Text), ("save-as-binary", Format::Binary)];
