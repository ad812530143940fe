//! Every colour, font and size of the window, and how they are given to the toolkit.
//!
//! Nothing else names a colour, a size of text or a font. Must not know: any part of the screen.

use std::sync::Arc;

use egui::style::{ScrollFadeStyle, ScrollStyle, Selection, TextCursorStyle, WidgetVisuals, Widgets};
use egui::{
    Color32, Context, CornerRadius, FontData, FontDefinitions, FontFamily, FontId, Margin, Shadow, Stroke, Style,
    TextStyle, Theme, Ui, Vec2, Visuals,
};

/// Height of the window's top bar.
pub const TOP_BAR_HEIGHT: f32 = 40.0;
/// Height of the strip of request tabs, and of a row of underlined tabs.
pub const TAB_HEIGHT: f32 = 36.0;
/// Height of the row with target, method and Send.
pub const ADDRESS_ROW_HEIGHT: f32 = 48.0;
/// Height of a row of a tree.
pub const TREE_ROW_HEIGHT: f32 = 26.0;
/// Height of a row of the log and of other long lists.
pub const LOG_ROW_HEIGHT: f32 = 24.0;
/// Height of a line of code in viewers and editors.
pub const CODE_ROW_HEIGHT: f32 = 20.0;
/// Height of inputs and buttons.
pub const INPUT_HEIGHT: f32 = 28.0;
/// Height of the line at the foot of the window.
pub const STATUS_HEIGHT: f32 = 26.0;
/// Least height of a row of a form.
pub const FORM_ROW_HEIGHT: f32 = 34.0;
/// Width of the label column of a form, from the form's left edge.
pub const FORM_LABEL_WIDTH: f32 = 160.0;
/// Room around the content of a panel.
pub const PANEL_PADDING: f32 = 12.0;
/// Room around the content of a side panel, and between neighbours in a row.
pub const GAP: f32 = 8.0;
/// How far one level of a tree is moved to the right.
pub const TREE_INDENT: f32 = 16.0;
/// How far one level of a form is moved to the right.
pub const FORM_INDENT: f32 = 25.0;
/// Corner of buttons and inputs.
pub const RADIUS: u8 = 6;
/// Corner of chips and of what lies within an input.
pub const RADIUS_SMALL: u8 = 4;
/// Corner of menus and dialogs.
pub const RADIUS_LARGE: u8 = 8;
/// Size of an icon beside text.
pub const ICON_SIZE: f32 = 16.0;
/// Size of an icon in a line of running text, and of the caret of a closed list.
pub const ICON_SIZE_MEDIUM: f32 = 14.0;
/// Size of carets and of icons beside small text.
pub const ICON_SIZE_SMALL: f32 = 12.0;
/// Size of the icon of an empty pane.
pub const ICON_SIZE_LARGE: f32 = 32.0;

const BODY_SIZE: f32 = 13.0;
const HEADING_SIZE: f32 = 15.0;
const MONOSPACE_SIZE: f32 = 12.5;
const SMALL_SIZE: f32 = 11.0;

/// The colours of one theme, by role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tokens {
    /// Whether this is the dark theme.
    pub dark: bool,
    /// Surface 0: editors, lists, inputs.
    pub surface: Color32,
    /// Surface 1: bars, side panel.
    pub panel: Color32,
    /// Surface 2: buttons, chips, the chosen segment.
    pub raised: Color32,
    /// Surface 3: hover, selection.
    pub hover: Color32,
    /// Separators, borders of inputs.
    pub line: Color32,
    /// Text.
    pub text: Color32,
    /// Text of second rank.
    pub text_secondary: Color32,
    /// Text of third rank: types, counts, hints.
    pub text_tertiary: Color32,
    /// Primary button, focus, active tab, variables.
    pub accent: Color32,
    /// Text on the accent.
    pub on_accent: Color32,
    /// Success; received; server streaming.
    pub success: Color32,
    /// Warning; client streaming.
    pub warning: Color32,
    /// Error.
    pub error: Color32,
    /// Sent; unary.
    pub sent: Color32,
    /// Bidirectional streaming.
    pub bidirectional: Color32,
    /// Name of a field in JSON.
    pub json_key: Color32,
    /// String in JSON.
    pub json_string: Color32,
    /// Number in JSON.
    pub json_number: Color32,
    /// `true`, `false` and `null` in JSON.
    pub json_keyword: Color32,
}

impl Tokens {
    /// A quiet background in a colour that means something: behind a variable, a badge or a notice.
    #[must_use]
    pub fn tint(&self, color: Color32) -> Color32 {
        self.surface.lerp_to_gamma(color, if self.dark { 0.16 } else { 0.12 })
    }

    /// The colour of the selected part of a text.
    #[must_use]
    pub fn text_selection(&self) -> Color32 {
        self.surface.lerp_to_gamma(self.accent, 0.35)
    }

    /// What lies over the window while a dialog is open.
    #[must_use]
    pub fn backdrop(&self) -> Color32 {
        Color32::from_black_alpha(if self.dark { 110 } else { 60 })
    }

    /// The accent button under the pointer.
    #[must_use]
    pub fn accent_hover(&self) -> Color32 {
        self.accent.lerp_to_gamma(self.text, 0.12)
    }

    /// The stroke of separators and of borders of inputs.
    #[must_use]
    pub fn separator(&self) -> Stroke {
        Stroke::new(1.0, self.line)
    }
}

const fn rgb(hex: u32) -> Color32 {
    Color32::from_rgb((hex >> 16) as u8, (hex >> 8) as u8, hex as u8)
}

/// The dark theme.
pub const DARK: Tokens = Tokens {
    dark: true,
    surface: rgb(0x14_16_1a),
    panel: rgb(0x1a_1d_22),
    raised: rgb(0x22_26_2d),
    hover: rgb(0x2b_30_38),
    line: rgb(0x2a_2e_36),
    text: rgb(0xe7_e9_ed),
    text_secondary: rgb(0xa9_b0_bc),
    text_tertiary: rgb(0x90_98_a6),
    accent: rgb(0x3f_b8_a4),
    on_accent: rgb(0x08_21_1d),
    success: rgb(0x5c_c9_8f),
    warning: rgb(0xe3_b1_55),
    error: rgb(0xf0_76_7b),
    sent: rgb(0x6a_a9_ff),
    bidirectional: rgb(0xb6_97_f5),
    json_key: rgb(0x8f_b8_f0),
    json_string: rgb(0x9f_d3_8a),
    json_number: rgb(0xe0_a9_6d),
    json_keyword: rgb(0xd4_9b_ea),
};

/// The light theme.
pub const LIGHT: Tokens = Tokens {
    dark: false,
    surface: rgb(0xff_ff_ff),
    panel: rgb(0xf6_f7_f9),
    raised: rgb(0xec_ee_f2),
    hover: rgb(0xe2_e5_ea),
    line: rgb(0xdf_e2_e8),
    text: rgb(0x1a_1e_25),
    text_secondary: rgb(0x51_59_67),
    text_tertiary: rgb(0x5d_65_73),
    accent: rgb(0x0a_72_65),
    on_accent: rgb(0xff_ff_ff),
    success: rgb(0x15_6b_3d),
    warning: rgb(0x7c_55_00),
    error: rgb(0xb3_2c_34),
    sent: rgb(0x1b_5f_bd),
    bidirectional: rgb(0x74_46_c9),
    json_key: rgb(0x1d_5f_ae),
    json_string: rgb(0x26_6b_26),
    json_number: rgb(0x87_4d_0e),
    json_keyword: rgb(0x8a_35_a8),
};

/// The colours of the theme that `ui` is drawn in.
#[must_use]
pub fn tokens(ui: &Ui) -> &'static Tokens {
    of(ui.visuals().dark_mode)
}

/// The colours of the theme that the window is drawn in.
#[must_use]
pub fn tokens_of(ctx: &Context) -> &'static Tokens {
    of(ctx.theme() == Theme::Dark)
}

fn of(dark: bool) -> &'static Tokens {
    if dark { &DARK } else { &LIGHT }
}

/// The font of the interface.
#[must_use]
pub fn body() -> FontId {
    FontId::proportional(BODY_SIZE)
}

/// The font of the interface, heavier: names that lead a group, chosen tabs, primary buttons.
#[must_use]
pub fn semibold() -> FontId {
    FontId::new(BODY_SIZE, FontFamily::Name("semibold".into()))
}

/// The font of headings.
#[must_use]
pub fn heading() -> FontId {
    FontId::new(HEADING_SIZE, FontFamily::Name("semibold".into()))
}

/// The font of types under labels, counts and hints.
#[must_use]
pub fn small() -> FontId {
    FontId::proportional(SMALL_SIZE)
}

/// The font of values, JSON, metadata and hex.
#[must_use]
pub fn mono() -> FontId {
    FontId::monospace(MONOSPACE_SIZE)
}

/// The font of values in small places: counts in badges.
#[must_use]
pub fn mono_small() -> FontId {
    FontId::monospace(SMALL_SIZE)
}

/// The icon font, for [`crate::ui::icons::Icon`] only.
#[must_use]
pub fn icons(size: f32) -> FontId {
    FontId::new(size, FontFamily::Name("icons".into()))
}

/// Gives fonts, text styles, colours and spacing of both themes to the toolkit: once, before the first frame.
pub fn install(ctx: &Context) {
    ctx.set_fonts(fonts());
    ctx.set_style_of(Theme::Dark, style(&DARK));
    ctx.set_style_of(Theme::Light, style(&LIGHT));
}

/// The bundled fonts alone: other scripts and emoji come from the system, through the toolkit's own fallback.
fn fonts() -> FontDefinitions {
    let faces: [(&str, FontFamily, &'static [u8]); 4] = [
        ("Inter", FontFamily::Proportional, include_bytes!("../../assets/fonts/Inter-Regular.otf")),
        (
            "Inter SemiBold",
            FontFamily::Name("semibold".into()),
            include_bytes!("../../assets/fonts/Inter-SemiBold.otf"),
        ),
        ("JetBrains Mono", FontFamily::Monospace, include_bytes!("../../assets/fonts/JetBrainsMono-Regular.ttf")),
        ("Phosphor", FontFamily::Name("icons".into()), include_bytes!("../../assets/fonts/Phosphor.ttf")),
    ];
    let mut definitions = FontDefinitions::empty();
    for (name, family, bytes) in faces {
        let mut face = FontData::from_static(bytes);
        if name == "Phosphor" {
            // Hinting moves the strokes of a picture apart from each other.
            face.tweak.hinting = Some(false);
        }
        definitions.font_data.insert(name.to_owned(), Arc::new(face));
        let mut order = vec![name.to_owned()];
        // What the one text font lacks, the other may have: arrows in Inter, box drawing in JetBrains Mono.
        match name {
            "Inter" | "Inter SemiBold" => order.push("JetBrains Mono".to_owned()),
            "JetBrains Mono" => order.push("Inter".to_owned()),
            _ => {}
        }
        definitions.families.insert(family, order);
    }
    definitions
}

fn style(tokens: &Tokens) -> Style {
    let mut style = Style { visuals: visuals(tokens), animation_time: 0.12, ..Style::default() };
    style.text_styles = [
        (TextStyle::Body, body()),
        (TextStyle::Button, body()),
        (TextStyle::Heading, heading()),
        (TextStyle::Monospace, mono()),
        (TextStyle::Small, small()),
    ]
    .into();
    style.interaction.selectable_labels = false;
    style.interaction.tooltip_delay = 0.4;
    let spacing = &mut style.spacing;
    spacing.button_padding = Vec2::new(12.0, 4.0);
    spacing.interact_size = Vec2::splat(INPUT_HEIGHT);
    spacing.icon_spacing = 8.0;
    spacing.item_spacing = Vec2::new(8.0, 4.0);
    spacing.menu_margin = Margin::same(4);
    spacing.window_margin = Margin::same(12);
    spacing.tooltip_width = 420.0;
    spacing.combo_height = 320.0;
    spacing.scroll = ScrollStyle {
        bar_width: 8.0,
        floating_width: 4.0,
        foreground_color: false,
        dormant_handle_opacity: 0.6,
        fade: ScrollFadeStyle { strength: 0.0, ..ScrollFadeStyle::default() },
        ..ScrollStyle::floating()
    };
    style
}

fn visuals(tokens: &Tokens) -> Visuals {
    let base = if tokens.dark { Visuals::dark() } else { Visuals::light() };
    let corner = CornerRadius::same(RADIUS);
    let widget = |fill: Color32, text: Color32, border: Stroke| WidgetVisuals {
        bg_fill: fill,
        weak_bg_fill: fill,
        bg_stroke: border,
        corner_radius: corner,
        fg_stroke: Stroke::new(1.0, text),
        expansion: 0.0,
    };
    let shadow = |y: i8, blur: u8| Shadow {
        offset: [0, y],
        blur,
        spread: 0,
        color: Color32::from_black_alpha(if tokens.dark { 110 } else { 40 }),
    };
    let mut visuals = Visuals {
        dark_mode: tokens.dark,
        weak_text_color: Some(tokens.text_tertiary),
        widgets: Widgets {
            noninteractive: widget(tokens.panel, tokens.text, tokens.separator()),
            inactive: widget(tokens.raised, tokens.text, Stroke::NONE),
            hovered: widget(tokens.hover, tokens.text, Stroke::NONE),
            active: widget(tokens.hover, tokens.text, Stroke::NONE),
            open: widget(tokens.hover, tokens.text, Stroke::NONE),
        },
        selection: Selection { bg_fill: tokens.text_selection(), stroke: Stroke::new(1.0, tokens.text) },
        hyperlink_color: tokens.accent,
        faint_bg_color: tokens.panel,
        extreme_bg_color: tokens.surface,
        text_edit_bg_color: Some(tokens.surface),
        code_bg_color: tokens.raised,
        warn_fg_color: tokens.warning,
        error_fg_color: tokens.error,
        window_corner_radius: CornerRadius::same(RADIUS_LARGE),
        window_shadow: shadow(8, 24),
        window_fill: tokens.panel,
        window_stroke: tokens.separator(),
        menu_corner_radius: CornerRadius::same(RADIUS_LARGE),
        panel_fill: tokens.surface,
        popup_shadow: shadow(4, 16),
        text_cursor: TextCursorStyle { stroke: Stroke::new(1.5, tokens.accent), ..base.text_cursor.clone() },
        ..base
    };
    // The default for dark themes makes letters bolder than they were drawn.
    visuals.text_options.color_transfer_function = egui::epaint::FontColorTransferFunction::Off;
    visuals
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance as WCAG 2 defines it.
    fn luminance(color: Color32) -> f64 {
        let linear = |channel: u8| {
            let c = f64::from(channel) / 255.0;
            if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(color.r()) + 0.7152 * linear(color.g()) + 0.0722 * linear(color.b())
    }

    fn contrast(a: Color32, b: Color32) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn every_text_is_legible_on_every_surface() {
        for tokens in [&DARK, &LIGHT] {
            let texts = [
                ("text", tokens.text),
                ("text_secondary", tokens.text_secondary),
                ("text_tertiary", tokens.text_tertiary),
                ("accent", tokens.accent),
                ("success", tokens.success),
                ("warning", tokens.warning),
                ("error", tokens.error),
                ("sent", tokens.sent),
                ("bidirectional", tokens.bidirectional),
                ("json_key", tokens.json_key),
                ("json_string", tokens.json_string),
                ("json_number", tokens.json_number),
                ("json_keyword", tokens.json_keyword),
            ];
            let surfaces = [
                ("surface", tokens.surface),
                ("panel", tokens.panel),
                ("raised", tokens.raised),
                ("hover", tokens.hover),
            ];
            for (text, color) in texts {
                for (surface, background) in surfaces {
                    let ratio = contrast(color, background);
                    assert!(ratio >= 4.5, "{text} on {surface}, dark {}: {ratio:.2}", tokens.dark);
                }
                let ratio = contrast(color, tokens.tint(color));
                assert!(ratio >= 4.5, "{text} on its own tint, dark {}: {ratio:.2}", tokens.dark);
            }
            for background in [tokens.accent, tokens.accent_hover()] {
                let ratio = contrast(tokens.on_accent, background);
                assert!(ratio >= 4.5, "text on accent, dark {}: {ratio:.2}", tokens.dark);
            }
        }
    }

    #[test]
    fn every_icon_is_in_the_icon_font() {
        let ctx = Context::default();
        install(&ctx);
        let font = icons(ICON_SIZE);
        let mut missing = Vec::new();
        ctx.run_ui(egui::RawInput::default(), |ui| {
            missing = ui.fonts_mut(|fonts| {
                let all = crate::ui::icons::Icon::ALL.iter();
                all.filter(|icon| !fonts.has_glyph(&font, icon.glyph())).copied().collect()
            });
        })
        .drop_without_applying_deltas();
        assert!(missing.is_empty(), "{missing:?}");
    }
}
