//! Where the user's own files lie.
//!
//! Must not know: what is in them.

use std::path::PathBuf;

use etcetera::base_strategy::{BaseStrategy as _, choose_native_strategy};

/// Of the folders within those of the system.
const NAME: &str = "trunkline";

/// The folders of one user. Nothing is made by asking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dirs {
    /// Settings.
    pub config: PathBuf,
    /// Session, demo collection, history.
    pub data: PathBuf,
}

impl Dirs {
    /// The folders of the system, or those that `TRUNKLINE_CONFIG_DIR` and `TRUNKLINE_DATA_DIR` name (for tests, and for
    /// a program carried on a stick). `None` where the user has no home folder.
    #[must_use]
    pub fn find() -> Option<Self> {
        Self::choose(|name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from))
    }

    fn choose(variable: impl Fn(&str) -> Option<PathBuf>) -> Option<Self> {
        let system = choose_native_strategy().ok();
        let config = variable("TRUNKLINE_CONFIG_DIR").or_else(|| {
            let system = system.as_ref()?;
            // What macOS calls Preferences is for its own API.
            let config = if cfg!(target_os = "macos") { system.data_dir() } else { system.config_dir() };
            Some(config.join(NAME))
        });
        let data = variable("TRUNKLINE_DATA_DIR").or_else(|| Some(system.as_ref()?.data_dir().join(NAME)));
        Some(Self { config: config?, data: data? })
    }

    /// The settings file.
    #[must_use]
    pub fn settings(&self) -> PathBuf {
        self.config.join("settings.json")
    }

    /// The command lines that the user has agreed to.
    #[must_use]
    pub fn agreed_commands(&self) -> PathBuf {
        self.data.join("commands.json")
    }

    /// The session file.
    #[must_use]
    pub fn session(&self) -> PathBuf {
        self.data.join("session.json")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_override_the_system() {
        let dirs = Dirs::choose(|name| Some(PathBuf::from(name.to_lowercase()))).unwrap();
        assert_eq!(dirs.settings(), PathBuf::from("trunkline_config_dir").join("settings.json"));
        assert_eq!(dirs.session(), PathBuf::from("trunkline_data_dir").join("session.json"));
    }

    #[test]
    fn the_system_says_where_else() {
        let dirs = Dirs::choose(|_| None).unwrap();
        assert!(dirs.config.is_absolute() && dirs.config.ends_with(NAME), "{dirs:?}");
        assert!(dirs.data.is_absolute() && dirs.data.ends_with(NAME), "{dirs:?}");
    }
}
