//! The program: reads the command line, then opens the window or does the work in the terminal.

use std::path::PathBuf;
use std::process::ExitCode;

use trunkline::cli::{self, Invocation};

fn main() -> ExitCode {
    let code = match cli::parse(std::env::args_os()) {
        Ok(Invocation::Terminal(task)) => cli::run(&task),
        Ok(Invocation::Window(paths)) => window(paths),
        Err(code) => code,
    };
    ExitCode::from(code)
}

#[cfg(feature = "gui")]
fn window(paths: Vec<PathBuf>) -> u8 {
    match trunkline::ui::run(paths) {
        Ok(()) => 0,
        // The toolkit names the variables that it looked for, and a line of its own source.
        Err(error) if error.contains("WAYLAND_DISPLAY") => cli::no_window("no display"),
        Err(error) => cli::no_window(&format!("cannot open the window: {error}")),
    }
}

#[cfg(not(feature = "gui"))]
fn window(_paths: Vec<PathBuf>) -> u8 {
    cli::no_window("this build has no window")
}
