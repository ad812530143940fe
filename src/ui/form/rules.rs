//! The rules of a field: what its help says of them, and those it does not meet.

use egui::{Id, Ui};
use prost_reflect::Kind;

use super::Rows;
use crate::message::field::MessageField;
use crate::ui::widgets::{self, FormLabel, FormRow};

impl Rows<'_> {
    /// The rules that what the path names does not meet, below its row.
    pub(super) fn rules_ui(&self, ui: &mut Ui, id: Id, depth: usize) {
        if self.broken_here(&self.path).next().is_none() {
            return;
        }
        let label = FormLabel { name: "", kind: "", help: None, open: None };
        widgets::form_row(ui, &FormRow { id: id.with("rules"), depth, label }, |ui| self.broken_ui(ui, &self.path));
    }

    /// As [`Rows::rules_ui`], within a row.
    pub(super) fn broken_ui(&self, ui: &mut Ui, path: &str) {
        for words in self.broken_here(path) {
            widgets::inline_warning(ui, words);
        }
    }

    fn broken_here<'b>(&'b self, path: &'b str) -> impl Iterator<Item = &'b str> {
        let here = self.rules.violations().iter().filter(move |violation| violation.path == path);
        here.map(|violation| violation.message.as_str())
    }

    /// What is asked of a field.
    pub(super) fn asked_of(&self, descriptor: &MessageField) -> Vec<String> {
        // Extensions have no rules of their own.
        let MessageField::Own(field) = descriptor else { return Vec::new() };
        self.rules.constraints().map(|rules| rules.describe(field, self.text)).unwrap_or_default()
    }

    /// A help text with the rules of the field, and of the message or oneof that it is or stands in.
    pub(super) fn with_rules(&self, help: String, descriptor: &MessageField) -> String {
        let Some(rules) = self.rules.constraints().filter(|rules| !rules.is_empty()) else { return help };
        let mut asked = self.asked_of(descriptor);
        if let Kind::Message(message) = descriptor.kind() {
            asked.extend(rules.describe_message(&message, self.text));
        }
        if let Some(oneof) = descriptor.containing_oneof().filter(|oneof| !oneof.is_synthetic()) {
            asked.extend(rules.describe_oneof(&oneof, self.text));
        }
        if asked.is_empty() {
            return help;
        }
        let words = self.text.with("rules-help", &[("rules", asked.join("; ").into())]);
        format!("{help}\n\n{words}")
    }
}
