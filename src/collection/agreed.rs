//! The command lines that the user has agreed to run for a token, in the user's own data folder: what comes with a
//! collection runs nothing that was not seen on this machine.
//!
//! A line counts as agreed to when it is the same as typed and the same with its variables put in: neither a pull nor
//! another environment makes it a different one unseen. Variables may hold secrets, so that only a digest is kept.
//!
//! Must not know: how commands are run.

use std::fmt::Write as _;
use std::path::Path;

use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::settings::load_or_default;
use super::{Problem, write};
use crate::request::CommandSpec;

/// Command lines that may run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AgreedCommands {
    /// In the order of the agreement.
    #[serde(default)]
    commands: Vec<AgreedCommand>,
    /// Keys that we do not know.
    #[serde(flatten)]
    rest: Map<String, Value>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct AgreedCommand {
    /// As typed, for whoever reads the file.
    command: String,
    /// SHA-256 of the line as typed and as it runs.
    digest: String,
}

impl AgreedCommands {
    /// Reads the file; none where it is not there. One that cannot be read is put aside, which the problem tells.
    #[must_use]
    pub fn load(path: &Path) -> (Self, Option<Problem>) {
        load_or_default(path)
    }

    /// Whether the user has agreed to that line.
    #[must_use]
    pub fn has(&self, command: &CommandSpec) -> bool {
        let digest = digest_of(command);
        self.commands.iter().any(|known| known.digest == digest)
    }

    /// Notes that the user has agreed to it.
    pub fn add(&mut self, command: &CommandSpec) {
        if !self.has(command) {
            self.commands.push(AgreedCommand { command: command.typed.clone(), digest: digest_of(command) });
        }
    }

    /// Adds a line to the file, which others may have written since.
    ///
    /// # Errors
    ///
    /// When the file cannot be written.
    pub fn save(path: &Path, command: &CommandSpec) -> Result<(), Problem> {
        let (mut all, _put_aside) = Self::load(path);
        all.add(command);
        write::write_json(path, &all)
    }
}

fn digest_of(command: &CommandSpec) -> String {
    let text = format!("{}\0{}", command.typed, command.line.reveal());
    let mut hex = String::new();
    for byte in digest(&SHA256, text.as_bytes()).as_ref() {
        // Writing to a string cannot fail.
        let _written = write!(hex, "{byte:02x}");
    }
    hex
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::request::{Entry, Secret};

    fn command(typed: &str, line: &str) -> CommandSpec {
        let entry = Entry { name: "authorization".into(), prefix: "Bearer".into() };
        CommandSpec {
            typed: typed.into(),
            line: Secret::new(line),
            timeout: Duration::from_secs(1),
            entry,
            agreed: false,
        }
    }

    #[test]
    fn only_the_very_line_is_agreed_to() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("commands.json");
        AgreedCommands::save(&path, &command("print {{t}}", "print s3cret")).unwrap();
        AgreedCommands::save(&path, &command("other", "other")).unwrap();
        let (all, problem) = AgreedCommands::load(&path);
        assert_eq!(problem, None);
        assert!(all.has(&command("print {{t}}", "print s3cret")));
        assert!(!all.has(&command("print {{t}}", "print other")));
        assert!(!all.has(&command("print  {{t}}", "print s3cret")));
        assert!(all.has(&command("other", "other")));
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains("print {{t}}") && !text.contains("s3cret"), "{text}");
    }
}
