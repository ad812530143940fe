//! Files chosen for settings through the system's dialog, which never holds up the window.
//!
//! Must not know: what the files are for.

use std::path::{Path, PathBuf};
use std::time::Instant;

use egui::Id;

use crate::engine::{Engine, Job};
use crate::ui::dialogs::FASTEST_PERSON;

/// Files being chosen, by the field that they are for.
#[derive(Debug, Default)]
pub(in crate::ui) struct Picks {
    asked: Option<(Id, Instant, Job<Option<PathBuf>>)>,
    /// What was chosen; `None` where no dialog answered.
    arrived: Option<(Id, Option<PathBuf>)>,
}

impl Picks {
    pub(super) fn ask(&mut self, engine: &Engine, field: Id) {
        let dialog = rfd::AsyncFileDialog::new();
        let job = engine.job(async move { dialog.pick_file().await.map(|file| file.path().to_owned()) });
        self.asked = Some((field, Instant::now(), job));
        self.arrived = None;
    }

    pub(super) fn poll(&mut self) {
        let Some((field, since, job)) = &mut self.asked else { return };
        let Some(answer) = job.try_next() else { return };
        let (field, chosen) = (*field, answer.ok().flatten());
        let given_up = chosen.is_none() && since.elapsed() >= FASTEST_PERSON;
        self.asked = None;
        if !given_up {
            self.arrived = Some((field, chosen));
        }
    }

    /// The file that was chosen for a field; given once.
    pub(super) fn take(&mut self, field: Id) -> Option<PathBuf> {
        self.arrived.take_if(|(of, chosen)| *of == field && chosen.is_some())?.1
    }

    pub(super) fn fails(&self, field: Id) -> bool {
        self.arrived.as_ref().is_some_and(|(of, chosen)| *of == field && chosen.is_none())
    }

    /// Takes back what `fails` says of a field.
    pub(super) fn forget(&mut self, field: Id) {
        self.arrived.take_if(|(of, _)| *of == field);
    }
}

/// A path from the folder of the collection, where it lies in there; with `/`, as files have it.
pub(super) fn relative(folder: &Path, path: &Path) -> String {
    let inside = path.strip_prefix(folder).ok().filter(|_| !folder.as_os_str().is_empty());
    let Some(inside) = inside else { return path.display().to_string() };
    let parts = inside.components().map(|part| part.as_os_str().to_string_lossy());
    parts.collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_the_collection_are_named_from_its_folder() {
        let folder = Path::new("orders");
        assert_eq!(relative(folder, &folder.join("tls").join("ca.pem")), "tls/ca.pem");
        assert_eq!(relative(folder, Path::new("elsewhere.pem")), "elsewhere.pem");
        assert_eq!(relative(Path::new(""), Path::new("a.pem")), "a.pem");
    }
}
