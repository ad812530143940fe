//! What is wrong with the JSON of the message: kept up with the text, and listed below it.

use std::ops::Range;
use std::sync::Arc;

use egui::{Role, ScrollArea, Sense, Ui, WidgetInfo, vec2};
use prost_reflect::MessageDescriptor;

use crate::app::found_types::FoundTypes;
use crate::engine::{Engine, Job};
use crate::message::problems::{Mark, Problems, problems};
use crate::text::Text;
use crate::ui::theme;
use crate::ui::widgets;

/// A longer text is looked over in the background.
const AT_ONCE: usize = 256 << 10;
const ROW: f32 = 24.0;
/// Rows shown at once.
const ROWS: usize = 4;

/// What is wrong, as far as it is known.
#[derive(Debug, Default)]
pub(super) struct Checked {
    pub(super) found: Arc<Problems>,
    /// The text and the type that `found` are of.
    of: Option<Of>,
    coming: Option<Coming>,
}

/// Which text, its type, and which types an `Any` could be of.
type Of = (u64, Option<MessageDescriptor>, u64);

#[derive(Debug)]
struct Coming {
    of: Of,
    job: Job<Problems>,
}

impl Checked {
    /// Looks the text over if it is another than before. What was found in the text before stands until then.
    pub(super) fn poll(
        &mut self,
        engine: &Engine,
        (text, revision): (&str, u64),
        descriptor: Option<&MessageDescriptor>,
        found: &FoundTypes,
    ) {
        if let Some(coming) = &mut self.coming
            && let Some(answer) = coming.job.try_next()
        {
            self.of = self.coming.take().map(|coming| coming.of);
            self.found = Arc::new(answer.unwrap_or_default());
        }
        let generation = found.generation();
        let is_of = |of: &Of| of.0 == revision && of.1.as_ref() == descriptor && of.2 == generation;
        if self.of.as_ref().is_some_and(is_of) {
            return;
        }
        let of = (revision, descriptor.cloned(), generation);
        if text.len() <= AT_ONCE {
            self.coming = None;
            self.found = Arc::new(problems(text, descriptor, found.types()));
            self.of = Some(of);
        } else if self.coming.is_none() {
            let (text, descriptor, types) = (text.to_owned(), descriptor.cloned(), found.types().clone());
            let job = engine.blocking(move || problems(&text, descriptor.as_ref(), &types));
            self.coming = Some(Coming { of, job });
        }
    }

    /// The room that the list takes.
    pub(super) fn height(&self) -> f32 {
        let rows = self.rows();
        if rows == 0 { 0.0 } else { rows.min(ROWS) as f32 * ROW + 6.0 }
    }

    fn rows(&self) -> usize {
        self.found.marks.len() + usize::from(self.found.count > self.found.marks.len())
    }
}

/// Lists what is wrong; where the one is that was clicked.
pub(super) fn ui(ui: &mut Ui, checked: &Checked, text: &Text) -> Option<Range<usize>> {
    let found = &checked.found;
    if found.marks.is_empty() {
        return None;
    }
    let mut clicked = None;
    ui.add_space(6.0);
    ui.spacing_mut().item_spacing.y = 0.0;
    let height = checked.height() - 6.0;
    let list = ScrollArea::vertical().id_salt("json_problems").auto_shrink(false).max_height(height);
    list.min_scrolled_height(height).show_rows(ui, ROW, checked.rows(), |ui, rows| {
        for index in rows {
            let Some(mark) = found.marks.get(index) else {
                let more = found.count - found.marks.len();
                crate::ui::hint(ui, &text.with("json-more-problems", &[("count", more.into())]));
                continue;
            };
            if row_ui(ui, mark) {
                clicked = Some(mark.range.clone());
            }
        }
    });
    clicked
}

/// Whether it was clicked.
fn row_ui(ui: &mut Ui, mark: &Mark) -> bool {
    let tokens = theme::tokens(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click());
    if response.hovered() || response.has_focus() {
        ui.painter().rect_filled(rect, theme::RADIUS_SMALL, tokens.hover);
    }
    let problem = &mark.problem;
    let position = problem.position.unwrap_or_default();
    let at = format!("{}:{}", position.line.max(1), position.column.max(1));
    let mut left = rect.left() + 8.0;
    let parts = [
        (at.as_str(), theme::mono_small(), tokens.text_tertiary, 56.0),
        (problem.path.as_str(), theme::mono_small(), tokens.text_secondary, 0.0),
        (problem.message.as_str(), theme::body(), tokens.error, 0.0),
    ];
    for (words, font, color, least) in parts {
        if words.is_empty() {
            continue;
        }
        let galley = widgets::elided(ui, words, font, color, rect.right() - left - 8.0);
        let place = widgets::paint_text(ui.painter(), rect, left, galley);
        left = place.right().max(left + least) + 10.0;
    }
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, problem.to_string()));
    let response = response.on_hover_text(problem.to_string());
    response.clicked()
}
