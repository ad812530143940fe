//! What tokens need of whoever sits at the terminal: a word about a command, and a login in the browser.
//!
//! Must not know: how tokens are had.

use std::io::{BufRead as _, IsTerminal as _};

use super::terminal::note;
use crate::collection::{AgreedCommands, Dirs};
use crate::request::{Access, CommandSpec, Credentials};

/// Which commands may run for a token.
pub(super) struct Agreement {
    /// All of them: `--allow-command`.
    all: bool,
    dirs: Option<Dirs>,
    /// Read for the first command.
    agreed: Option<AgreedCommands>,
}

impl Agreement {
    pub(super) fn new(all: bool) -> Self {
        Self { all, dirs: Dirs::find(), agreed: None }
    }

    /// Marks the command of an access as agreed to where it is, or where the user says so now. What is left unmarked
    /// the engine refuses, naming the flag.
    ///
    /// # Errors
    ///
    /// When the answer cannot be read or kept.
    pub(super) fn ask(&mut self, access: &mut Access) -> Result<(), String> {
        let Some(Credentials::Command(command)) = &mut access.credentials else { return Ok(()) };
        command.agreed = self.all || self.may_run(command)?;
        Ok(())
    }

    fn may_run(&mut self, command: &CommandSpec) -> Result<bool, String> {
        let dirs = self.dirs.as_ref();
        let agreed = self.agreed.get_or_insert_with(|| match dirs {
            Some(dirs) => {
                let (agreed, problem) = AgreedCommands::load(&dirs.agreed_commands());
                if let Some(problem) = problem {
                    note(&problem.to_string());
                }
                agreed
            }
            None => AgreedCommands::default(),
        });
        if agreed.has(command) {
            return Ok(true);
        }
        if !(std::io::stdin().is_terminal() && std::io::stderr().is_terminal()) {
            return Ok(false);
        }
        note(&format!("A request wants to run this command for its token:\n  {}", command.shown()));
        note("Run it? [y] this time, [a] always this very line, anything else: no");
        let mut answer = String::new();
        let read = std::io::stdin().lock().read_line(&mut answer);
        read.map_err(|error| format!("cannot read standard input: {error}"))?;
        match answer.trim().to_lowercase().as_str() {
            "y" | "yes" => Ok(true),
            "a" | "always" => {
                agreed.add(command);
                if let Some(dirs) = &self.dirs {
                    let saved = AgreedCommands::save(&dirs.agreed_commands(), command);
                    saved.map_err(|problem| problem.to_string())?;
                }
                Ok(true)
            }
            _ => Ok(false),
        }
    }
}

/// Sends the user to the browser.
pub(super) fn log_in(url: &str) {
    note(&format!("Log in at this address, which the browser opens if there is one:\n{}", url.escape_debug()));
    let opened = match std::env::var("TRUNKLINE_BROWSER") {
        Ok(program) if !program.trim().is_empty() => {
            let mut words = program.split_whitespace();
            let name = words.next().unwrap_or_default();
            std::process::Command::new(name).args(words).arg(url).spawn().map(drop)
        }
        _ => open::that_detached(url),
    };
    if let Err(error) = opened {
        note(&format!("The browser could not be opened: {error}"));
    }
}
