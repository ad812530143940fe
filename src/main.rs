//! The program: reads the command line, then opens the window or does the work in the terminal.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use trunkline::cli::{self, Invocation};

/// Descriptors are made of many small pieces: making and dropping them takes a quarter less time than with the system's
/// allocator, and what is freed goes back.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let started = Instant::now();
    let code = match cli::parse(std::env::args_os()) {
        Ok(Invocation::Terminal(task)) => cli::run(&task),
        Ok(Invocation::Window(paths)) => window(paths, started),
        Err(code) => code,
    };
    ExitCode::from(code)
}

#[cfg(feature = "gui")]
fn window(paths: Vec<PathBuf>, started: Instant) -> u8 {
    let first_frame = cli::traces_start().then_some(trunkline::ui::FirstFrame { started, tell: cli::tell_first_frame });
    match trunkline::ui::run(paths, first_frame) {
        Ok(()) => 0,
        // The toolkit names the variables that it looked for, and a line of its own source.
        Err(error) if error.contains("WAYLAND_DISPLAY") => cli::no_window("no display"),
        Err(error) => cli::no_window(&format!("cannot open the window: {error}")),
    }
}

#[cfg(not(feature = "gui"))]
fn window(_paths: Vec<PathBuf>, _started: Instant) -> u8 {
    cli::no_window("this build has no window")
}
