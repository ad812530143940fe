//! The two streams of the terminal, and how a command ends.
//!
//! Must not know: gRPC.

use std::io::{self, Write as _};

/// Why a command stopped before its end.
#[derive(Debug)]
pub(super) enum Stop {
    /// The command line is wrong, or the data on it: exit code 2.
    Usage(String),
    /// Anything else that keeps the command from its work: exit code 1.
    Failed(String),
    /// All that there is to say has been said: this exit code.
    Told(u8),
    /// Nobody reads standard output any more: a quiet end.
    PipeClosed,
}

impl Stop {
    /// Says what is left to say, on standard error, and gives the exit code.
    pub(super) fn tell(self) -> u8 {
        match self {
            Self::Usage(message) => {
                note(&format!("error: {message}"));
                2
            }
            Self::Failed(message) => {
                note(&format!("error: {message}"));
                1
            }
            Self::Told(code) => code,
            Self::PipeClosed => 0,
        }
    }
}

/// Prints a line to standard output and hands it on at once.
pub(super) fn print(line: &str) -> Result<(), Stop> {
    let mut out = Output::default();
    out.write(&[line.as_bytes(), b"\n"])?;
    out.flush()
}

/// Writes bytes to standard output as they are, and hands them on at once.
pub(super) fn print_bytes(bytes: &[u8]) -> Result<(), Stop> {
    let mut out = Output::default();
    out.write(&[bytes])?;
    out.flush()
}

/// Standard output for much in little time: what is written is handed on when it is much, or when somebody says that
/// there is a pause.
#[derive(Debug, Default)]
pub(super) struct Output(Vec<u8>);

impl Output {
    /// How much is held back.
    const MOST: usize = 32 << 10;

    /// Adds these, one after another.
    pub(super) fn write(&mut self, parts: &[&[u8]]) -> Result<(), Stop> {
        for part in parts {
            self.0.extend_from_slice(part);
        }
        if self.0.len() < Self::MOST { Ok(()) } else { self.flush() }
    }

    /// Hands on what was written.
    pub(super) fn flush(&mut self) -> Result<(), Stop> {
        if self.0.is_empty() {
            return Ok(());
        }
        let mut out = io::stdout().lock();
        let written = out.write_all(&self.0).and_then(|()| out.flush());
        self.0.clear();
        // A single large message is not to be paid for all the time.
        self.0.shrink_to(Self::MOST * 2);
        written.map_err(|error| match error.kind() {
            io::ErrorKind::BrokenPipe => Stop::PipeClosed,
            _ => Stop::Failed(format!("cannot write to standard output: {error}")),
        })
    }
}

/// Prints a line to standard error.
pub(super) fn note(line: &str) {
    let mut err = io::stderr().lock();
    // Where standard error is closed there is nobody left to tell.
    writeln!(err, "{line}").unwrap_or_default();
}
