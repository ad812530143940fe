//! The user's settings: one file in the config folder.
//!
//! Must not know: what draws by them.

use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Problem, write};
use crate::message::WriteOptions;

/// How the program looks and behaves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Settings {
    /// Light or dark.
    pub theme: Theme,
    /// Language of the interface.
    pub language: Language,
    /// Where the response goes.
    pub response: ResponsePosition,
    /// Width of the sidebar in points.
    pub sidebar_width: f32,
    /// Whether the sidebar shows.
    pub sidebar_visible: bool,
    /// Part of the width that the request takes beside the response.
    pub split_right: f32,
    /// The same for streams, whose log wants room.
    pub split_stream: f32,
    /// Part of the height that the request takes above the response.
    pub split_below: f32,
    /// Size of everything, 1 as it is.
    pub scale: f32,
    /// Bytes that the log of one call may hold.
    pub log_limit: u64,
    /// How received messages are written as JSON.
    pub written: Written,
    /// Whether messages are checked against the rules of their schema.
    pub check_rules: bool,
    /// Keys that we do not know.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// How received messages are written as JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own, told by name")]
pub struct Written {
    /// Fields without presence though they hold their default value.
    pub default_values: bool,
    /// Fields by their names in the proto file.
    pub original_names: bool,
    /// Enum values by number.
    pub enum_numbers: bool,
    /// Fields that the type does not have.
    pub unknown_fields: bool,
}

impl Default for Written {
    fn default() -> Self {
        Self { default_values: false, original_names: false, enum_numbers: false, unknown_fields: true }
    }
}

impl Written {
    /// As the writer wants it.
    #[must_use]
    pub const fn options(self) -> WriteOptions<'static> {
        WriteOptions {
            emit_defaults: self.default_values,
            proto_names: self.original_names,
            enum_numbers: self.enum_numbers,
            unknown_fields: self.unknown_fields,
            types: None,
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            theme: Theme::System,
            language: Language::System,
            response: ResponsePosition::Auto,
            sidebar_width: 280.0,
            sidebar_visible: true,
            split_right: 0.5,
            split_stream: 0.4,
            split_below: 0.5,
            scale: 1.0,
            log_limit: 256 << 20,
            written: Written::default(),
            check_rules: true,
            rest: Map::new(),
        }
    }
}

/// Light or dark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Theme {
    /// As the system.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

/// Language of the interface.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Language {
    /// As the system.
    #[default]
    #[serde(rename = "system")]
    System,
    /// English.
    #[serde(rename = "en")]
    English,
    /// Chinese as written in mainland China.
    #[serde(rename = "zh-CN")]
    Chinese,
}

/// Where the response goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ResponsePosition {
    /// Right of the request where the window is wide, else below.
    #[default]
    Auto,
    /// Right of the request.
    Right,
    /// Below the request.
    Below,
}

impl Settings {
    /// Reads the settings. A file that is not there means the default; a broken one is put aside as
    /// `settings.broken.json` and told as a problem beside the default.
    #[must_use]
    pub fn load(path: &Path) -> (Self, Option<Problem>) {
        load_or_default(path)
    }

    /// Writes the settings.
    ///
    /// # Errors
    ///
    /// When the file cannot be written.
    pub fn save(&self, path: &Path) -> Result<(), Problem> {
        write::write_json(path, self)
    }
}

/// Reads a file of the user's own, which must never keep the program from starting.
pub(super) fn load_or_default<T: DeserializeOwned + Default>(path: &Path) -> (T, Option<Problem>) {
    if !path.exists() {
        return (T::default(), None);
    }
    match write::read_json(path) {
        Ok(value) => (value, None),
        Err(mut problem) => {
            let message = problem.message;
            problem.message = match put_aside(path) {
                Ok(aside) => format!("{message}; the file was kept as {}", aside.display()),
                Err(error) => format!("{message}; the file could not be put aside: {error}"),
            };
            (T::default(), Some(problem))
        }
    }
}

/// Renames `x.json` to `x.broken.json`, or `x.broken-2.json` and so on where that is taken.
fn put_aside(path: &Path) -> std::io::Result<PathBuf> {
    let mut aside = path.with_extension("broken.json");
    let mut number = 2;
    while aside.exists() {
        aside = path.with_extension(format!("broken-{number}.json"));
        number += 1;
    }
    std::fs::rename(path, &aside)?;
    Ok(aside)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_come_back_with_unknown_keys() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/settings.json");
        assert_eq!(Settings::load(&path), (Settings::default(), None));
        let mut settings = Settings { theme: Theme::Dark, language: Language::Chinese, ..Settings::default() };
        settings.rest.insert("later".to_owned(), Value::Bool(true));
        settings.save(&path).unwrap();
        assert_eq!(Settings::load(&path), (settings, None));
        assert!(std::fs::read_to_string(&path).unwrap().contains("\"language\": \"zh-CN\""));
    }

    #[test]
    fn broken_settings_are_put_aside() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("settings.json");
        for aside in ["settings.broken.json", "settings.broken-2.json"] {
            std::fs::write(&path, "{ \"theme\": ").unwrap();
            let (settings, problem) = Settings::load(&path);
            assert_eq!(settings, Settings::default());
            assert!(problem.unwrap().message.contains(aside));
            assert!(!path.exists());
            assert_eq!(std::fs::read_to_string(folder.path().join(aside)).unwrap(), "{ \"theme\": ");
        }
    }
}
