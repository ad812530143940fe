//! Messages that wait for the name of a file: the system's dialog, asked in the background.
//!
//! Must not know: how a message is written.

use std::path::PathBuf;
use std::time::Instant;

use super::dialogs::FASTEST_PERSON;
use crate::app::exchange::Outgoing;
use crate::app::{Action, App, Notice};
use crate::engine::{Engine, Job};

/// All of them.
#[derive(Debug, Default)]
pub(super) struct Saving {
    asked: Vec<Asked>,
}

#[derive(Debug)]
struct Asked {
    since: Instant,
    answer: Job<Option<PathBuf>>,
    outgoing: Box<Outgoing>,
}

impl Saving {
    /// Shows the dialog, with a name for the file.
    pub(super) fn ask(&mut self, engine: &Engine, name: &str, outgoing: Box<Outgoing>) {
        let dialog = rfd::AsyncFileDialog::new().set_file_name(name);
        let answer = engine.job(async move { dialog.save_file().await.map(|file| file.path().to_owned()) });
        self.asked.push(Asked { since: Instant::now(), answer, outgoing });
    }

    /// Takes in what was chosen.
    pub(super) fn poll(&mut self, app: &mut App) {
        let mut waiting = Vec::new();
        for mut asked in self.asked.drain(..) {
            match asked.answer.try_next() {
                None => waiting.push(asked),
                Some(Ok(Some(path))) => app.apply(Action::SaveOut(asked.outgoing, path)),
                Some(_) if asked.since.elapsed() < FASTEST_PERSON => {
                    app.notice = Some(Notice { is_error: true, message: app.text.get("save-no-dialog").to_owned() });
                }
                Some(_) => {}
            }
        }
        self.asked = waiting;
    }
}
