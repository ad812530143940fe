//! Headers and trailers as they came: all of them, in order, bytes in whichever form can be read, secrets masked until
//! they are asked for.
//!
//! Must not know: which part of the call they came with.

use egui::{Id, Label, RichText, Ui};

use super::icons::Icon;
use super::theme;
use super::widgets::{self, SegmentStyle};
use crate::app::format;
use crate::request::{BinaryForm, MASK, MetadataEntry, MetadataValue, is_secret, masked};
use crate::text::Text;

/// Part of the width that names take.
const NAME_PART: f32 = 0.34;
/// Of longer values this many characters are shown until all of it is asked for; all of them are copied.
const SHOWN: usize = 400;
/// No more characters of a value are shown than this.
const MOST: usize = 200_000;

/// How one entry is looked at.
#[derive(Clone, Copy, Debug, Default)]
struct Look {
    /// A secret is shown.
    revealed: bool,
    /// All of a long value is shown.
    whole: bool,
    /// The form of bytes, once one was chosen.
    form: Option<BinaryForm>,
}

/// Draws entries; `salt` tells them from others, `secret_names` are further names of secrets.
pub(super) fn ui(ui: &mut Ui, salt: &str, entries: &[MetadataEntry], secret_names: &[String], text: &Text) {
    for (index, entry) in entries.iter().enumerate() {
        if index > 0 {
            ui.add_space(2.0);
        }
        let is_secret = is_secret(&entry.0, secret_names);
        entry_ui(ui, Id::unique(("entry", salt, index)), entry, is_secret, text);
    }
}

fn entry_ui(ui: &mut Ui, id: Id, (name, value): &MetadataEntry, is_secret: bool, text: &Text) {
    let tokens = theme::tokens(ui);
    let mut look: Look = ui.data(|data| data.get_temp(id)).unwrap_or_default();
    let before = look;
    let is_hidden = is_secret && !look.revealed;
    let mut size = None;
    let (mut shown, copied) = match value {
        MetadataValue::Text(value) if is_hidden => (masked(value), value.clone()),
        MetadataValue::Text(value) => (value.clone(), value.clone()),
        MetadataValue::Binary(bytes) => {
            size = Some(format::size(bytes.len() as u64));
            let words = form_of(bytes, look).show(bytes).unwrap_or_default();
            (if is_hidden { MASK.to_owned() } else { words.clone() }, words)
        }
    };
    let is_long = shown.char_indices().nth(SHOWN).is_some();
    if let Some((end, _)) = shown.char_indices().nth(if look.whole { MOST } else { SHOWN }) {
        shown.truncate(end);
        shown.push('…');
    }
    let length = size.clone().unwrap_or_else(|| format::size(copied.len() as u64));
    let named = |key: &str| text.with(key, &[("name", name.as_str().into())]);
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = theme::GAP;
        let width = ui.available_width();
        let buttons = (theme::INPUT_HEIGHT + theme::GAP) * if is_secret { 2.0 } else { 1.0 };
        let mono = |words: &str, color| RichText::new(words).font(theme::mono()).color(color);
        let column = (width * NAME_PART).clamp(60.0, 260.0);
        cell(ui, column, |ui| {
            ui.add(Label::new(mono(name, tokens.json_key)).selectable(true).wrap());
        });
        cell(ui, (width - column - buttons - theme::GAP).max(40.0), |ui| {
            let color = if is_hidden { tokens.text_tertiary } else { tokens.text };
            if shown.is_empty() {
                super::hint(ui, text.get("entry-empty"));
            } else {
                ui.add(Label::new(mono(&shown, color)).selectable(true).wrap());
            }
            if is_long {
                let key = if look.whole { "entry-less" } else { "entry-more" };
                let words = text.with(key, &[("size", length.as_str().into())]);
                let name = format!("{words}: {name}");
                if widgets::link(ui, &words, &name, theme::small()).clicked() {
                    look.whole = !look.whole;
                }
            }
            if let MetadataValue::Binary(bytes) = value
                && !bytes.is_empty()
            {
                ui.horizontal(|ui| {
                    forms_ui(ui, id, &named("entry-form"), bytes, &mut look, text);
                    super::hint(ui, size.as_deref().unwrap_or_default());
                });
            }
        });
        if is_secret {
            let (icon, key) = if is_hidden { (Icon::Eye, "entry-show") } else { (Icon::EyeSlash, "entry-hide") };
            if widgets::icon_button(ui, icon, &named(key), None).clicked() {
                look.revealed = is_hidden;
            }
        }
        if widgets::icon_button(ui, Icon::Copy, &named("entry-copy"), None).clicked() {
            ui.ctx().copy_text(copied);
        }
    });
    if look.revealed != before.revealed || look.form != before.form || look.whole != before.whole {
        ui.data_mut(|data| data.insert_temp(id, look));
    }
}

/// A column of a row: as high as what is in it, its first line level with the buttons beside.
fn cell(ui: &mut Ui, width: f32, add: impl FnOnce(&mut Ui)) {
    ui.vertical(|ui| {
        ui.set_width(width);
        ui.add_space(5.0);
        add(ui);
    });
}

/// The chosen form; else text where the bytes are some, else hex.
fn form_of(bytes: &[u8], look: Look) -> BinaryForm {
    let readable = || BinaryForm::Text.show(bytes).is_some();
    look.form.unwrap_or_else(|| if readable() { BinaryForm::Text } else { BinaryForm::Hex })
}

fn forms_ui(ui: &mut Ui, id: Id, name: &str, bytes: &[u8], look: &mut Look, text: &Text) {
    let forms: Vec<BinaryForm> = BinaryForm::ALL.into_iter().filter(|form| form.show(bytes).is_some()).collect();
    let labels: Vec<&str> = forms
        .iter()
        .map(|form| match form {
            BinaryForm::Text => text.get("bytes-text"),
            BinaryForm::Hex => text.get("bytes-hex"),
            BinaryForm::Base64 => text.get("bytes-base64"),
        })
        .collect();
    let names: Vec<String> = labels.iter().map(|label| format!("{name}: {label}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let current = form_of(bytes, *look);
    let mut chosen = forms.iter().position(|form| *form == current).unwrap_or_default();
    if widgets::segmented_named(ui, id.with("form"), name, &labels, &names, &mut chosen, SegmentStyle::Bare) {
        look.form = Some(forms[chosen]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_text_where_they_can_be() {
        assert_eq!(form_of("世界".as_bytes(), Look::default()), BinaryForm::Text);
        assert_eq!(form_of(&[0, 1], Look::default()), BinaryForm::Hex);
        let chosen = Look { form: Some(BinaryForm::Base64), ..Look::default() };
        assert_eq!(form_of(b"a", chosen), BinaryForm::Base64);
    }
}
