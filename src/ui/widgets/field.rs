//! One line, or a few, of text to fill in.

use std::ops::Range;
use std::sync::Arc;

use egui::text::{ByteIndex, ByteRange, LayoutJob, LayoutSection, TextFormat, TextWrapping};
use egui::{
    Align, Align2, Color32, Frame, Galley, Id, Margin, Rect, Response, Role, Sense, Shape, Stroke, StrokeKind,
    TextBuffer, TextEdit, Ui, Vec2, WidgetInfo, pos2, vec2,
};

use super::paint::{elided, paint_icon, paint_text};
use crate::ui::icons::Icon;
use crate::ui::theme::{self, Tokens};

/// Room between the border and the text.
const PADDING: f32 = 9.0;
/// Height of a line; other scripts sit rightly in it too.
const LINE: f32 = 16.0;
/// Room on either side of a variable, filled by its chip.
const CHIP_PADDING: f32 = 4.0;

/// A field and all that may stand in it.
#[derive(Debug)]
pub struct Field<'a> {
    /// Tells the field from all others: made from the path of what it edits.
    pub id: Id,
    /// Its name for screen readers.
    pub name: &'a str,
    /// What is edited.
    pub text: &'a mut String,
    /// Shown while it is empty.
    pub hint: &'a str,
    /// In the font of values.
    pub mono: bool,
    /// A problem: the border shows it, a screen reader says it; the words are shown by `inline_problem`.
    pub error: Option<&'a str>,
    /// An icon before the text.
    pub leading: Option<Icon>,
    /// Width; all there is when `None`.
    pub width: Option<f32>,
    /// What the text comes to, shown quietly after it: a variable's value.
    pub ghost: Option<&'a str>,
    /// A button at the right edge with its name.
    pub trailing: Option<(Icon, &'a str)>,
    /// Byte ranges of the text that are variables, in order.
    pub variables: &'a [Range<usize>],
    /// Which of `variables` mean nothing here; those beyond its end mean something.
    pub unknown: &'a [bool],
    /// Lines shown; more than 1 makes it a field of several lines.
    pub rows: usize,
    /// Shows dots instead of letters.
    pub password: bool,
}

impl<'a> Field<'a> {
    /// A plain field.
    #[must_use]
    pub fn new(id: Id, name: &'a str, text: &'a mut String) -> Self {
        Self {
            id,
            name,
            text,
            hint: "",
            mono: false,
            error: None,
            leading: None,
            width: None,
            ghost: None,
            trailing: None,
            variables: &[],
            unknown: &[],
            rows: 1,
            password: false,
        }
    }
}

/// What happened to a field.
#[derive(Debug)]
pub struct FieldResponse {
    /// Of the text: focus, Enter through `lost_focus`.
    pub response: Response,
    /// The text was changed.
    pub changed: bool,
    /// The button at the right edge was clicked.
    pub trailing_clicked: bool,
    /// The variable that the pointer is over, an index into [`Field::variables`].
    pub hovered_variable: Option<usize>,
}

/// Shows a field, 28 px high when it has one row.
#[expect(clippy::needless_pass_by_value, reason = "it holds the only reference to what is edited")]
pub fn field(ui: &mut Ui, field: Field<'_>) -> FieldResponse {
    let tokens = theme::tokens(ui);
    let width = field.width.unwrap_or_else(|| ui.available_width());
    let multiline = field.rows > 1;
    let font = if field.mono { theme::mono() } else { theme::body() };
    let format = |color: Color32| TextFormat {
        line_height: Some(LINE),
        valign: Align::Center,
        ..TextFormat::simple(font.clone(), color)
    };
    // Painted first, known last: the chips lie where the text came to lie.
    let behind = ui.painter().add(Shape::Noop);
    let left = PADDING + if field.leading.is_some() { theme::ICON_SIZE + theme::GAP } else { 0.0 };
    let right = if field.trailing.is_some() { theme::INPUT_HEIGHT } else { PADDING };
    // One less than would fit: the font of another script may need a fraction more, and the field is not to grow.
    let vertical = if multiline { 6 } else { 4 };
    let frame =
        Frame::NONE.inner_margin(Margin { left: left as i8, right: right as i8, top: vertical, bottom: vertical });
    let variables = field.variables;
    let mut layouter = |ui: &Ui, buffer: &dyn TextBuffer, wrap_width: f32| {
        let formats = [format(tokens.text), format(tokens.accent), format(tokens.warning)];
        let mut job = job(buffer.as_str(), variables, field.unknown, &formats);
        if multiline {
            job.wrap = TextWrapping::wrap_at_width(wrap_width);
        } else {
            job.break_on_newline = false;
        }
        job.keep_trailing_whitespace = true;
        ui.fonts_mut(|fonts| fonts.layout_job(job))
    };
    let edit = if multiline { TextEdit::multiline(field.text) } else { TextEdit::singleline(field.text) };
    let mut edit = edit
        .id(field.id)
        .hint_text(egui::RichText::new(field.hint).font(font.clone()).color(tokens.text_tertiary))
        .font(font.clone())
        .frame(frame)
        .desired_rows(field.rows)
        .desired_width(width)
        .min_size(vec2(width, theme::INPUT_HEIGHT))
        .align(if multiline { Align2::LEFT_TOP } else { Align2::LEFT_CENTER })
        .password(field.password);
    if !field.password {
        edit = edit.layouter(&mut layouter);
    }
    let output = edit.show(ui);
    let mut response = output.response.response.clone().accessible_name(field.name);
    if let Some(problem) = field.error {
        ui.ctx().accesskit_node_builder(response.id, |node| {
            node.set_invalid(egui::accesskit::Invalid::True);
            node.set_description(problem);
        });
    }
    let rect = response.rect;

    let border = match (field.error.is_some(), response.has_focus()) {
        (true, _) => tokens.error,
        (false, true) => tokens.accent,
        (false, false) if response.hovered() => tokens.hover,
        _ => tokens.line,
    };
    let mut shapes = vec![Shape::from(egui::epaint::RectShape::new(
        rect,
        theme::RADIUS,
        tokens.surface,
        Stroke::new(1.0, border),
        StrokeKind::Inside,
    ))];
    let mut hovered_variable = None;
    if !field.password {
        let origin = output.galley_pos.to_vec2();
        let pointer = response.hover_pos();
        for (variable, chip) in chips(&output.galley, variables, field.text) {
            let chip = chip.translate(origin).intersect(output.text_clip_rect.expand(CHIP_PADDING));
            if chip.is_positive() {
                let color = if is_unknown(field.unknown, variable) { tokens.warning } else { tokens.accent };
                shapes.push(Shape::rect_filled(chip, theme::RADIUS_SMALL, tokens.tint(color)));
                if pointer.is_some_and(|pointer| chip.contains(pointer)) {
                    hovered_variable = Some(variable);
                }
            }
        }
    }
    ui.painter().set(behind, Shape::Vec(shapes));

    if let Some(icon) = field.leading {
        let center = pos2(rect.left() + PADDING + theme::ICON_SIZE / 2.0, rect.center().y);
        paint_icon(ui.painter(), center, icon, theme::ICON_SIZE, tokens.text_secondary);
    }
    if let Some(ghost) = field.ghost {
        let end = if variables.is_empty() { 8.0 } else { CHIP_PADDING + 4.0 };
        let x = output.galley_pos.x + output.galley.size().x + end;
        paint_ghost(ui, tokens, rect, x, rect.right() - right, ghost);
    }
    let mut trailing_clicked = false;
    if let Some((icon, name)) = field.trailing {
        let square = Rect::from_center_size(pos2(rect.right() - 15.0, rect.top() + 14.0), Vec2::splat(22.0));
        let button = ui.interact(square, field.id.with("trailing"), Sense::click());
        if button.hovered() {
            ui.painter().rect_filled(square, theme::RADIUS_SMALL, tokens.hover);
        }
        paint_icon(ui.painter(), square.center(), icon, theme::ICON_SIZE, tokens.text_secondary);
        button.widget_info(|| WidgetInfo::labeled(Role::Button, ui.is_enabled(), name));
        trailing_clicked = button.clicked();
        button.on_hover_cursor(egui::CursorIcon::Default).on_hover_text(name);
    }
    if let Some(problem) = field.error {
        response = response.on_hover_text(problem);
    }
    FieldResponse { changed: response.changed(), trailing_clicked, hovered_variable, response }
}

fn paint_ghost(ui: &Ui, tokens: &Tokens, rect: Rect, left: f32, right: f32, text: &str) {
    const LEAST: f32 = 24.0;
    if right - left >= LEAST {
        let galley = elided(ui, text, theme::mono(), tokens.text_tertiary, right - left);
        paint_text(ui.painter(), rect, left, galley);
    }
}

/// The text with its variables in another colour and with room for their chips.
///
/// Ranges that do not fit the text, as in the frame in which it was changed, are passed over.
fn job(
    text: &str,
    variables: &[Range<usize>],
    unknown: &[bool],
    [plain, variable, nothing]: &[TextFormat; 3],
) -> LayoutJob {
    let mut job = LayoutJob { text: text.to_owned(), ..LayoutJob::default() };
    let mut push = |range: Range<usize>, format: &TextFormat, leading_space: f32| {
        if !range.is_empty() {
            job.sections.push(LayoutSection {
                leading_space,
                byte_range: ByteRange::from(ByteIndex(range.start)..ByteIndex(range.end)),
                format: format.clone(),
            });
        }
    };
    let mut at = 0;
    for (index, range) in variables.iter().enumerate() {
        if range.start < at || text.get(range.clone()).is_none_or(str::is_empty) {
            continue;
        }
        push(at..range.start, plain, if at > 0 { CHIP_PADDING + 5.0 } else { 0.0 });
        let before = if range.start == 0 { CHIP_PADDING } else { CHIP_PADDING + 5.0 };
        push(range.clone(), if is_unknown(unknown, index) { nothing } else { variable }, before);
        at = range.end;
    }
    push(at..text.len(), plain, if at > 0 { CHIP_PADDING + 5.0 } else { 0.0 });
    if text.is_empty() {
        job.append("", 0.0, plain.clone());
    }
    job
}

fn is_unknown(unknown: &[bool], variable: usize) -> bool {
    unknown.get(variable).copied().unwrap_or_default()
}

/// Where the variables came to lie, from the top left of `galley`; a variable on several lines has several.
fn chips(galley: &Arc<Galley>, variables: &[Range<usize>], text: &str) -> Vec<(usize, Rect)> {
    let mut found = Vec::new();
    for (variable, range) in variables.iter().enumerate() {
        let (Some(before), Some(name)) = (text.get(..range.start), text.get(range.clone())) else { continue };
        let first = before.chars().count();
        let last = first + name.chars().count();
        let mut index = 0;
        for row in &galley.rows {
            let end = index + row.row.glyphs.len();
            let (from, to) = (first.max(index), last.min(end));
            if from < to {
                let glyph = |at: usize| &row.row.glyphs[at - index];
                let left = row.pos.x + glyph(from).pos.x - CHIP_PADDING;
                let right = row.pos.x + glyph(to - 1).max_x() + CHIP_PADDING;
                let middle = row.rect().center().y;
                found.push((variable, Rect::from_x_y_ranges(left..=right, middle - 9.0..=middle + 9.0)));
            }
            index = end + usize::from(row.ends_with_newline);
        }
    }
    found
}
