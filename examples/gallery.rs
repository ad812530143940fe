//! Shows the widgets without the program: for looking at them in both themes.
//!
//! `cargo run --example gallery [light]`

use eframe::egui;
use egui::{CentralPanel, Frame, Id, Margin, Panel, ScrollArea, Ui, vec2};
use trunkline::ui::icons::Icon;
use trunkline::ui::theme;
use trunkline::ui::widgets::{self, Chip, Choice, Field, FormLabel, FormRow, TabLabel, TreeRow};

struct Gallery {
    values: [String; 8],
    on: bool,
    segment: usize,
    side: usize,
    tab: usize,
    document: usize,
    fraction: f32,
    list: widgets::ListState,
    json: String,
    editor: widgets::EditorState,
    lines: widgets::Lines,
    view: usize,
    open: bool,
    priority: usize,
}

fn main() -> eframe::Result {
    let light = std::env::args().any(|word| word == "light");
    let viewport = egui::ViewportBuilder::default().with_inner_size([1440.0, 900.0]);
    let options =
        eframe::NativeOptions { viewport, renderer: eframe::Renderer::Glow, ..eframe::NativeOptions::default() };
    eframe::run_native(
        "gallery",
        options,
        Box::new(move |cc| {
            theme::install(&cc.egui_ctx);
            cc.egui_ctx.set_theme(if light { egui::Theme::Light } else { egui::Theme::Dark });
            Ok(Box::new(Gallery::new()))
        }),
    )
}

impl Gallery {
    fn new() -> Self {
        let json = "{\n  \"orderId\": \"9007199254740993\",\n  \"discount\": 0.15,\n  \"gift\": false,\n  \
                    \"host\": \"x-{{host}}-y\",\n  \"message\": \"您好，王芳！您的订单已收到。\"\n}\n";
        Self {
            values: [
                "{{user}}",
                "请在六点以后送到",
                "A-1009",
                "two",
                "{{host}}:50051",
                "",
                "2026-11-21T18:30:00+08:00",
                "a\nb",
            ]
            .map(str::to_owned),
            on: true,
            segment: 2,
            side: 0,
            tab: 0,
            document: 0,
            fraction: 0.5,
            list: widgets::ListState::following(),
            json: json.to_owned(),
            editor: widgets::EditorState::default(),
            lines: widgets::Lines::new(json),
            view: 0,
            open: true,
            priority: 2,
        }
    }

    fn side(&mut self, ui: &mut Ui) {
        let tokens = theme::tokens(ui);
        let names = ["Services", "Collection"];
        let fill = widgets::SegmentStyle::Fill;
        widgets::segmented_styled(ui, "side", "Show", &names, &mut self.side, fill);
        ui.add_space(4.0);
        let filter = Field {
            hint: "Filter services and methods",
            leading: Some(Icon::FunnelSimple),
            ..Field::new(Id::unique("filter"), "Filter", &mut self.values[5])
        };
        widgets::field(ui, filter);
        ui.add_space(8.0);
        let rows = [
            (0, Some(true), Icon::FolderOpen, tokens.text_secondary, "proto-samples", Some("9 files")),
            (1, Some(true), Icon::Package, tokens.text_secondary, "shop.v1", None),
            (2, Some(true), Icon::Cube, tokens.text_secondary, "Orders", Some("5")),
            (3, None, Icon::ArrowRight, tokens.sent, "Place", None),
            (3, None, Icon::ArrowLineDown, tokens.success, "Watch", None),
            (3, None, Icon::ArrowLineUp, tokens.warning, "Upload", None),
            (3, None, Icon::ArrowsDownUp, tokens.bidirectional, "ChatWithAVeryLongNameThatCannotFitHere", None),
            (2, Some(false), Icon::Cube, tokens.text_secondary, "Catalogue", Some("4")),
        ];
        for (depth, open, icon, icon_color, label, detail) in rows {
            let row = TreeRow {
                id: Id::unique(label),
                depth,
                open,
                icon,
                icon_color,
                label,
                marked: &[],
                detail,
                selected: label == "Place",
                warning: (label == "Catalogue").then_some("catalogue.proto:3: not found"),
            };
            widgets::tree_row(ui, row);
        }
    }

    fn form(&mut self, ui: &mut Ui) {
        let row = |name: &'static str, kind: &'static str, depth: usize, open: Option<bool>| FormRow {
            id: Id::unique(name),
            depth,
            label: FormLabel { name, kind, help: None, open },
        };
        widgets::form_row(ui, &row("customer", "string", 0, None), |ui| {
            let chip = 0..8.min(self.values[0].len());
            let field = Field {
                mono: true,
                ghost: Some("wang.fang"),
                variables: std::slice::from_ref(&chip),
                ..Field::new(Id::unique("f0"), "customer", &mut self.values[0])
            };
            widgets::field(ui, field);
        });
        widgets::form_row(ui, &row("priority", "enum Priority", 0, None), |ui| {
            let options: Vec<String> = (0..20).map(|number| format!("EXPRESS_{number}")).collect();
            let number = self.priority.to_string();
            let id = Id::unique("priority value");
            let choice = Choice { detail: Some(&number), ..Choice::new(id, "priority", &options[self.priority]) };
            let (_, chosen) = widgets::combo(
                ui,
                &choice,
                options.len(),
                |at| options[at].clone(),
                |ui, at| {
                    ui.label(egui::RichText::new(&options[at]).font(theme::mono()));
                    ui.weak(at.to_string());
                },
            );
            self.priority = chosen.unwrap_or(self.priority);
        });
        widgets::form_row(ui, &row("note", "optional string", 0, None), |ui| {
            ui.horizontal(|ui| {
                widgets::switch(ui, "note present", &mut self.on);
                let field = Field { mono: true, ..Field::new(Id::unique("f1"), "note", &mut self.values[1]) };
                widgets::field(ui, field);
            });
        });
        let items = widgets::form_row(ui, &row("items", "repeated Item, 2", 0, Some(self.open)), |ui| {
            ui.horizontal(|ui| {
                widgets::button(ui, Some(Icon::Plus), "Add");
                ui.weak("paste a JSON array or one per line");
            });
        });
        self.open ^= items.inner.0.toggled;
        if self.open {
            widgets::form_row(ui, &row("0", "Item", 1, Some(true)), |ui| {
                ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                    widgets::icon_button(ui, Icon::Trash, "Remove", None);
                    widgets::icon_button(ui, Icon::ArrowUp, "Move up", None);
                    widgets::icon_button(ui, Icon::Copy, "Copy", None);
                });
            });
            widgets::form_row(ui, &row("sku", "string", 2, None), |ui| {
                let field = Field { mono: true, ..Field::new(Id::unique("f2"), "sku", &mut self.values[2]) };
                widgets::field(ui, field);
            });
            widgets::form_row(ui, &row("count", "uint32", 2, None), |ui| {
                let problem = "not a whole number from 0 to 4294967295";
                let field = Field {
                    mono: true,
                    error: Some(problem),
                    ..Field::new(Id::unique("f3"), "count", &mut self.values[3])
                };
                widgets::field(ui, field);
                widgets::inline_problem(ui, problem);
            });
        }
        widgets::form_row(ui, &row("delivery", "oneof", 0, None), |ui| {
            widgets::segmented(ui, "delivery", "delivery", &["none", "pickup", "address"], &mut self.segment);
        });
        widgets::form_row(ui, &row("deliver_at", "Timestamp", 0, None), |ui| {
            let field = Field {
                mono: true,
                trailing: Some((Icon::CalendarBlank, "Choose a date")),
                ..Field::new(Id::unique("f6"), "deliver_at", &mut self.values[6])
            };
            widgets::field(ui, field);
        });
        widgets::form_row(ui, &row("attributes", "map<string, int64>, 2", 0, None), |ui| {
            ui.horizontal(|ui| {
                widgets::chip(ui, Chip { key: Some("weight"), text: "1200", ..Chip::default() });
                widgets::chip(ui, Chip { key: Some("boxes"), text: "2", remove: Some("Remove"), ..Chip::default() });
                widgets::icon_button(ui, Icon::Plus, "Add", None);
            });
        });
        widgets::form_row(ui, &row("invoice", "bytes", 0, None), |ui| {
            ui.horizontal(|ui| {
                let file =
                    Chip { icon: Some(Icon::File), text: "invoice.pdf", detail: Some("48.2 kB"), ..Chip::default() };
                widgets::chip(ui, file);
                for word in ["text", "hex", "base64", "file"] {
                    widgets::text_button(ui, word);
                }
            });
        });
        widgets::form_row(ui, &row("several", "string", 0, None), |ui| {
            let field = Field { mono: true, rows: 3, ..Field::new(Id::unique("f7"), "several", &mut self.values[7]) };
            widgets::field(ui, field);
        });
        widgets::notice(ui, widgets::NoticeKind::Warning, "The schema has changed.", &["Reload", "Later"]);
    }

    fn answer(&mut self, ui: &mut Ui) {
        let tokens = theme::tokens(ui);
        ui.horizontal(|ui| {
            widgets::spinner(ui);
            ui.label(egui::RichText::new("Streaming").font(theme::semibold()).color(tokens.accent));
            ui.monospace("12.4 ms");
            let values: Vec<f32> = (0..40_u16).map(|at| f32::from(at * 7 % 11)).collect();
            widgets::sparkline(ui, &values, vec2(160.0, 20.0));
            widgets::status_dot(ui, tokens.success);
            widgets::badge(ui, "3/3", Some(tokens.success));
        });
        let names = ["Log", "Viewer", "Editor", "Empty"];
        widgets::segmented_styled(ui, "view", "View", &names, &mut self.view, widgets::SegmentStyle::Bare);
        match self.view {
            0 => {
                let mut list = widgets::VirtualList::new(Id::unique("log"), "Messages", 1_204_326);
                list.sticky = true;
                list.striped = true;
                list.show(ui, &mut self.list, |ui, rect, index, _| {
                    let text = format!("{index}  {{ \"symbol\": \"600519\", \"price\": {} }}", index % 1700);
                    let galley = widgets::elided(ui, &text, theme::mono(), tokens.text, rect.width() - 16.0);
                    widgets::paint_text(ui.painter(), rect, rect.left() + 8.0, galley);
                    text
                });
            }
            1 => drop(widgets::json_viewer(ui, Id::unique("viewer"), "Answer", &self.json, &mut self.lines)),
            2 => {
                let height = ui.available_height();
                let id = Id::unique("editor");
                let marks = [(30..40, "this is what a problem looks like")];
                let editor = widgets::JsonEditor { marks: &marks, ..widgets::JsonEditor::new(id, "Message", height) };
                widgets::json_editor(ui, &editor, &mut self.json, &mut self.editor);
            }
            _ => {
                let words = "Pick a method in the tree, or open a proto file to see its services.";
                widgets::empty_state(ui, Icon::PaperPlaneTilt, words, Some("Open protos"));
            }
        }
    }
}

impl eframe::App for Gallery {
    fn ui(&mut self, ui: &mut Ui, _: &mut eframe::Frame) {
        let tokens = theme::tokens(ui);
        let bar = Frame::NONE.fill(tokens.panel).inner_margin(Margin::symmetric(8, 6));
        Panel::top("top").exact_size(theme::TOP_BAR_HEIGHT).frame(bar).show(ui, |ui| {
            ui.label(egui::RichText::new("Trunkline").font(theme::semibold()));
        });
        let side = Frame::NONE.fill(tokens.panel).inner_margin(8);
        Panel::left("side").exact_size(270.0).frame(side).show(ui, |ui| self.side(ui));
        CentralPanel::default().frame(Frame::NONE.fill(tokens.surface)).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            let tab = |id, icon, color, title, dirty| widgets::DocumentTab { id, icon, color, title, dirty };
            let tabs = [
                tab(1, Icon::ArrowRight, tokens.sent, "Orders / Place", true),
                tab(2, Icon::ArrowsDownUp, tokens.bidirectional, "Orders / Chat", false),
                tab(3, Icon::ArrowRight, tokens.sent, "SayHello", false),
            ];
            let names =
                widgets::DocumentTabsNames { close: "Close", new: "New", close_keys: None, new_keys: Some("Ctrl+N") };
            if let Some(widgets::TabRequest::Select(at)) =
                widgets::document_tabs(ui, "documents", &tabs, self.document, names)
            {
                self.document = at;
            }
            Frame::NONE.inner_margin(Margin::symmetric(12, 10)).show(ui, |ui| {
                ui.horizontal(|ui| {
                    widgets::boxed_icon_button(ui, Icon::LockOpen, tokens.text, "Plaintext", None);
                    let chip = 0..8.min(self.values[4].len());
                    let target = Field {
                        mono: true,
                        width: Some(230.0),
                        variables: std::slice::from_ref(&chip),
                        ..Field::new(Id::unique("target"), "Target", &mut self.values[4])
                    };
                    widgets::field(ui, target);
                    widgets::primary_button(ui, Icon::PaperPlaneRight, "Send", Some("Ctrl ⏎"));
                    widgets::button(ui, Some(Icon::FloppyDisk), "Save");
                    widgets::danger_button(ui, Icon::StopCircle, "Cancel", Some("Esc"));
                    ui.add_enabled(false, widgets::Push::new("End stream").icon(Icon::ArrowUpRight));
                });
            });
            ui.separator();
            let mut fraction = self.fraction;
            let right = widgets::SplitDirection::Right;
            widgets::split(ui, Id::unique("split"), "Panes", right, &mut fraction, 240.0, |left, right| {
                Frame::NONE.inner_margin(Margin::symmetric(12, 0)).show(left, |ui| {
                    ui.horizontal(|ui| {
                        let tabs = [
                            TabLabel::new("Message"),
                            TabLabel::counted("Metadata", 2),
                            TabLabel::new("Auth"),
                            TabLabel { badge_color: Some(tokens.success), ..TabLabel::counted("Tests", 3) },
                        ];
                        widgets::tab_bar(ui, "tabs", &tabs, &mut self.tab);
                    });
                    ui.add_space(10.0);
                    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
                        ui.spacing_mut().item_spacing.y = 4.0;
                        self.form(ui);
                    });
                });
                Frame::NONE.inner_margin(12).show(right, |ui| {
                    ui.spacing_mut().item_spacing.y = 4.0;
                    self.answer(ui);
                });
            });
            self.fraction = fraction;
        });
        widgets::focus_ring(ui.ctx());
    }
}
