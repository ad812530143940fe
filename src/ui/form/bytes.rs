//! Bytes: typed as text, hex or base64, or read from a file.
//!
//! Must not know: how the views are made.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

use egui::{Id, Ui};

use super::Rows;
use crate::app::format;
use crate::engine::{Engine, Job};
use crate::message::form::{BytesSummary, BytesView, ScalarForm, encode};
use crate::ui::dialogs::FASTEST_PERSON;
use crate::ui::icons::Icon;
use crate::ui::theme;
use crate::ui::widgets::{self, Field, SegmentStyle};

/// A longer value is shown by its begin only.
const LONG: usize = 32 << 10;
/// The largest file that is read, in bytes: four times what a server takes unless it is told otherwise.
const LARGEST: u64 = 16 << 20;

/// Files being chosen and read, by the field that they are for.
#[derive(Debug, Default)]
pub(crate) struct Files {
    asked: Vec<(Id, Asked)>,
    arrived: HashMap<Id, Result<String, Failure>>,
}

#[derive(Debug)]
enum Asked {
    Dialog(Instant, Job<Option<PathBuf>>),
    Read(Job<Result<String, Failure>>),
}

#[derive(Clone, Debug)]
enum Failure {
    NoDialog,
    TooLarge(u64),
    Read(String),
}

impl Files {
    /// Shows the system's dialog.
    pub(super) fn ask(&mut self, engine: &Engine, field: Id) {
        let dialog = rfd::AsyncFileDialog::new();
        let job = engine.job(async move { dialog.pick_file().await.map(|file| file.path().to_owned()) });
        self.asked.retain(|(asked, _)| *asked != field);
        self.asked.push((field, Asked::Dialog(Instant::now(), job)));
    }

    /// Takes in what was chosen and what was read.
    pub(super) fn poll(&mut self, engine: &Engine) {
        let mut waiting = Vec::new();
        for (field, mut asked) in self.asked.drain(..) {
            let done = match &mut asked {
                Asked::Dialog(since, job) => match job.try_next() {
                    None => None,
                    Some(Ok(Some(path))) => {
                        waiting.push((field, Asked::Read(engine.blocking(move || read(&path)))));
                        continue;
                    }
                    Some(_) if since.elapsed() < FASTEST_PERSON => Some(Err(Failure::NoDialog)),
                    Some(_) => continue,
                },
                Asked::Read(job) => job.try_next().map(|answer| match answer {
                    Ok(read) => read,
                    Err(panicked) => Err(Failure::Read(panicked.to_string())),
                }),
            };
            match done {
                Some(result) => drop(self.arrived.insert(field, result)),
                None => waiting.push((field, asked)),
            }
        }
        self.asked = waiting;
    }

    fn is_coming(&self, field: Id) -> bool {
        self.asked.iter().any(|(asked, _)| *asked == field)
    }
}

fn read(path: &Path) -> Result<String, Failure> {
    let failed = |error: std::io::Error| Failure::Read(format!("{}: {error}", path.display()));
    let size = std::fs::metadata(path).map_err(failed)?.len();
    if size > LARGEST {
        return Err(Failure::TooLarge(size));
    }
    std::fs::read(path).map(|bytes| encode(&bytes)).map_err(failed)
}

impl Rows<'_> {
    /// Whether the value was edited.
    pub(super) fn bytes_ui(
        &mut self,
        ui: &mut Ui,
        scalar: &mut ScalarForm,
        id: Id,
        name: &str,
        hint: Option<&str>,
    ) -> bool {
        let mut edited = false;
        let failure_id = id.with("failure");
        match self.files.arrived.remove(&id) {
            Some(Ok(value)) => {
                scalar.text = value;
                edited = true;
            }
            Some(Err(failure)) => {
                ui.data_mut(|data| data.insert_temp(failure_id, Some(failure)));
            }
            None => {}
        }
        let text = self.text;
        let view_id = id.with("view");
        let chosen: Option<BytesView> = ui.data(|data| data.get_temp(view_id));
        let mut view = BytesView::needed(&scalar.text).or(chosen).unwrap_or_default();
        let long = scalar.text.len() > LONG;
        if !long {
            let shown = Typed::of(ui, id, view, &scalar.text);
            edited |= match shown {
                Some(mut typed) if view != BytesView::Base64 => {
                    let mut field = Field::new(id, name, &mut typed);
                    field.hint = text.get(if view == BytesView::Text { "hint-bytes-text" } else { "hint-bytes-hex" });
                    field.mono = true;
                    field.error = scalar.problem.as_deref();
                    let changed = widgets::field(ui, field).changed;
                    if changed {
                        scalar.text = view.value(&typed);
                        Typed { view, text: typed, made: scalar.text.clone() }.keep(ui, id);
                    }
                    changed
                }
                _ => self.text_ui(ui, scalar, id, name, hint),
            };
        }
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 4.0;
            let labels = [text.get("bytes-text"), text.get("bytes-hex"), text.get("bytes-base64")];
            let mut at = BytesView::ALL.iter().position(|each| *each == view).unwrap_or_default();
            let views = text.with("bytes-view", &[("name", name.into())]);
            if !long && widgets::segmented_styled(ui, view_id, &views, &labels, &mut at, SegmentStyle::Bare) {
                view = BytesView::ALL.get(at).copied().unwrap_or_default();
                ui.data_mut(|data| data.insert_temp(view_id, view));
            }
            let file = text.with("bytes-file", &[("name", name.into())]);
            if widgets::icon_button(ui, Icon::FolderOpen, &file, None).clicked() {
                self.asked_file = Some(id);
            }
            let clear = text.with("bytes-clear", &[("name", name.into())]);
            if long && widgets::icon_button(ui, Icon::Trash, &clear, None).clicked() {
                scalar.text.clear();
                edited = true;
            }
            if self.files.is_coming(id) {
                widgets::spinner(ui);
                crate::ui::secondary(ui, text.get("bytes-reading"));
            } else if let Some(short) = BytesSummary::of(&scalar.text) {
                let size = format::size(short.length);
                let words = format!("{size}  {}  {}", short.hex, short.text);
                let color = theme::tokens(ui).text_tertiary;
                let room = ui.available_width();
                ui.label(widgets::elided(ui, &words, theme::mono(), color, room));
            }
        });
        if view == BytesView::Text && !long && view.show(&scalar.text).is_none() && scalar.problem.is_none() {
            crate::ui::hint(ui, text.get("bytes-not-text"));
        }
        let failure: Option<Failure> = ui.data(|data| data.get_temp(failure_id)).flatten();
        if let Some(failure) = failure {
            if edited {
                ui.data_mut(|data| data.insert_temp(failure_id, None::<Failure>));
            } else {
                widgets::inline_problem(
                    ui,
                    &match failure {
                        Failure::NoDialog => text.get("bytes-no-dialog").to_owned(),
                        Failure::TooLarge(size) => text.with(
                            "bytes-too-large",
                            &[("size", format::size(size).into()), ("most", format::size(LARGEST).into())],
                        ),
                        Failure::Read(problem) => problem,
                    },
                );
            }
        }
        edited
    }
}

/// What was typed in a view, kept as long as the value is the one that it made: `ab cd` does not become another text
/// under the cursor.
#[derive(Clone, Debug)]
struct Typed {
    view: BytesView,
    text: String,
    made: String,
}

impl Typed {
    fn of(ui: &Ui, id: Id, view: BytesView, value: &str) -> Option<String> {
        let kept: Option<Self> = ui.data(|data| data.get_temp(id.with("typed")));
        match kept {
            Some(kept) if kept.view == view && kept.made == value => Some(kept.text),
            _ => view.show(value),
        }
    }

    fn keep(self, ui: &Ui, id: Id) {
        ui.data_mut(|data| data.insert_temp(id.with("typed"), self));
    }
}
