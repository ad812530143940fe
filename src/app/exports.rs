//! Saving an open schema as files: the dialog, the work, what came of it.
//!
//! Must not know: toolkit, how a schema is put into words.

use std::path::PathBuf;

use super::overlay::{SchemaForm, SchemaSaveDialog};
use super::requests::finished;
use super::tab::SchemaId;
use super::tree::Node;
use super::{App, Notice, Overlay};
use crate::schema::{self, Part, Saved};

/// Files named at most in a notice.
const MOST_NAMED: usize = 3;

impl App {
    /// Opens the dialog that saves a schema; `None` is the one at hand.
    pub(super) fn show_save_schema(&mut self, schema: Option<SchemaId>, form: SchemaForm) {
        let Some(schema) = schema.or_else(|| self.schema_at_hand()) else {
            let words = self.text.get("schema-save-none").to_owned();
            self.fail(words);
            return;
        };
        let dialog = SchemaSaveDialog { schema, form, path: String::new(), overwrite: false, no_dialog: false };
        self.show(Overlay::SaveSchema(dialog));
    }

    /// The schema that the user is busy with: that of the row chosen last, else of the tab, else the first.
    fn schema_at_hand(&self) -> Option<SchemaId> {
        let chosen = self.sidebar.services.selected.as_ref().map(|node| match node {
            Node::Schema(id)
            | Node::Package(id, _)
            | Node::Service(id, _)
            | Node::Undescribed(id, _)
            | Node::Method(id, ..) => *id,
        });
        let tab = self.tab().and_then(|tab| tab.schema);
        let has_answer = |id: &SchemaId| self.schemas.iter().any(|open| open.id == *id && open.schema.is_some());
        let first = self.schemas.iter().map(|open| open.id).find(has_answer);
        chosen.filter(has_answer).or_else(|| tab.filter(has_answer)).or(first)
    }

    /// Saves a schema in the background.
    pub(super) fn save_schema(&mut self, dialog: &SchemaSaveDialog) {
        let open = self.schemas.iter().find(|open| open.id == dialog.schema);
        let Some(schema) = open.and_then(|open| open.schema.clone()) else { return };
        let typed = dialog.path.trim();
        let path = std::path::absolute(typed).unwrap_or_else(|_| PathBuf::from(typed));
        let (form, overwrite) = (dialog.form, dialog.overwrite);
        self.jobs.exports.push(self.engine.blocking(move || {
            let parts = [Part { schema: &schema, symbol: None }];
            let saved = match form {
                SchemaForm::Protos => schema::save_protos(&parts, &path, overwrite),
                SchemaForm::DescriptorSet => schema::save_descriptor_set(&parts, &path, overwrite),
            };
            (path, saved)
        }));
        self.overlay = None;
    }

    pub(super) fn poll_exports(&mut self) {
        for answer in finished(&mut self.jobs.exports) {
            match answer {
                Ok((path, saved)) => self.tell_saved(&path.display().to_string(), &saved),
                Err(panicked) => self.fail(panicked.to_string()),
            }
        }
    }

    fn tell_saved(&mut self, path: &str, saved: &Saved) {
        let count = saved.written + saved.unchanged;
        if saved.is_complete() {
            let message = self.text.with("schema-saved", &[("count", count.into()), ("path", path.into())]);
            self.notice = Some(Notice { is_error: false, message });
            return;
        }
        let kept = saved.kept.iter().map(|path| path.display().to_string());
        let faults = saved.problems.iter().filter(|problem| !problem.is_note).map(ToString::to_string);
        let mut words = Vec::new();
        for (key, list) in [("schema-save-kept", kept.collect::<Vec<_>>()), ("schema-save-failed", faults.collect())] {
            if !list.is_empty() {
                let named = list.iter().take(MOST_NAMED).cloned().collect::<Vec<_>>().join("; ");
                words.push(self.text.with(key, &[("count", list.len().into()), ("named", named.into())]));
            }
        }
        self.fail(words.join(" "));
    }
}
