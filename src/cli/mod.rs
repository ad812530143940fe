//! The terminal: flags to a draft, events to text or JSON. The only module beside `main` that prints.
//!
//! Must not know: `app`, `ui`.

mod auth;
mod call;
mod check;
mod convert;
mod demo_server;
mod described;
mod drift;
mod explore;
mod flags;
mod formats;
mod hints;
mod input;
mod printer;
mod report;
mod run;
#[cfg(test)]
mod secrets_tests;
mod source;
mod suggest;
mod terminal;

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::Parser as _;

use crate::engine::Engine;
use flags::{Command, CommandLine};
use terminal::Stop;

/// What a command line asks for.
#[derive(Debug)]
pub enum Invocation {
    /// The window, with these files, folders or collections open.
    Window(Vec<PathBuf>),
    /// A subcommand.
    Terminal(Task),
}

/// A subcommand with its flags.
#[derive(Debug)]
pub struct Task(Box<Command>);

/// Reads the command line, the program's name first.
///
/// # Errors
///
/// Where there is nothing to do: help or version were asked for, or the command line is wrong. All is said already; the
/// exit code is left.
pub fn parse(args: impl IntoIterator<Item = OsString>) -> Result<Invocation, u8> {
    let args = flags::normalise(args).map_err(|lacking| Stop::Usage(lacking).tell())?;
    match CommandLine::try_parse_from(args) {
        Ok(CommandLine { command: Some(command), .. }) => Ok(Invocation::Terminal(Task(Box::new(command)))),
        Ok(CommandLine { command: None, paths }) => Ok(Invocation::Window(paths)),
        Err(error) => {
            // Where nobody reads there is nobody to tell.
            error.print().unwrap_or_default();
            Err(u8::try_from(error.exit_code()).unwrap_or(2))
        }
    }
}

/// Does a subcommand's work and gives the exit code.
#[must_use]
pub fn run(task: &Task) -> u8 {
    match work(&task.0) {
        Ok(()) => 0,
        Err(stop) => stop.tell(),
    }
}

/// Says why there is no window, and what works without one; gives the exit code.
#[must_use]
pub fn no_window(reason: &str) -> u8 {
    Stop::Failed(format!(
        "{reason}; without a window try `trunkline call --help`, `trunkline list --help` or `trunkline run --help`"
    ))
    .tell()
}

/// Whether the time to the first frame is to be told, as `benches/window.sh` wants.
#[must_use]
pub fn traces_start() -> bool {
    std::env::var_os("TRUNKLINE_TRACE_START").is_some_and(|value| !value.is_empty())
}

/// Tells the time to the first frame on standard error.
pub fn tell_first_frame(time: Duration) {
    terminal::note(&format!("first frame after {:.1} ms", time.as_secs_f64() * 1000.0));
}

fn work(command: &Command) -> Result<(), Stop> {
    let engine = match command {
        Command::DemoServer(_) => Engine::new(|| {}),
        _ => Engine::without_threads(),
    };
    let engine = engine.map_err(|error| Stop::Failed(format!("cannot start: {error}")))?;
    match command {
        Command::List(flags) => explore::list(&engine, flags),
        Command::Describe(flags) => explore::describe(&engine, flags),
        Command::Check(flags) => check::check(flags),
        Command::Drift(flags) => drift::drift(&engine, flags),
        Command::Call(flags) => call::call(&engine, flags),
        Command::Convert(flags) => convert::convert(&engine, flags),
        Command::Run(flags) => run::run(&engine, flags),
        Command::DemoServer(flags) => demo_server::serve(&engine, flags),
    }
}
