//! A token that a command prints. It runs in the system's shell, since users write pipes and quotes, in the user's home
//! folder: a name relative to a collection from git would mean something new after each pull. Nothing runs that the
//! user has not agreed to, see [`CommandSpec::agreed`].
//!
//! Must not know: how the user is asked.

use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::Command;
use tokio::time::timeout;

use super::{CredentialsFailure, Token, jwt};
use crate::request::{CommandSpec, Secret};

/// No token is longer.
const MOST_OUTPUT: u64 = 64 << 10;
/// Of what a command complains, so much is shown.
const MOST_COMPLAINT: u64 = 2 << 10;
/// How long a token is kept that does not say itself how long it holds.
const KEPT: Duration = Duration::from_mins(5);

/// Runs the command.
pub(super) async fn token(spec: &CommandSpec) -> Result<Token, CredentialsFailure> {
    let failed = |detail: String| CredentialsFailure::Command { command: spec.typed.clone(), detail };
    if !spec.agreed {
        return Err(CredentialsFailure::NotAgreed { command: spec.typed.clone() });
    }
    let mut child = shell(spec.line.reveal())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| failed(format!("it cannot be started ({error})")))?;
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let work = async {
        let (output, complaint) = tokio::join!(read(stdout, MOST_OUTPUT), read(stderr, MOST_COMPLAINT));
        (child.wait().await, output, complaint)
    };
    let (status, output, complaint) = timeout(spec.timeout, work)
        .await
        .map_err(|_late| failed(format!("it did not end within its timeout of {:?}", spec.timeout)))?;
    let status = status.map_err(|error| failed(error.to_string()))?;
    if !status.success() {
        let complaint = String::from_utf8_lossy(&complaint);
        let end = status.code().map_or_else(|| "it was killed".to_owned(), |code| format!("exit code {code}"));
        let complaint = complaint.trim();
        return Err(failed(if complaint.is_empty() { end } else { format!("{end}: {complaint}") }));
    }
    if output.len() as u64 > MOST_OUTPUT {
        return Err(failed("it prints more than a token".to_owned()));
    }
    let output =
        String::from_utf8(output).map_err(|_not_text| failed("it prints bytes that are no text".to_owned()))?;
    let value = output.trim();
    if value.is_empty() {
        return Err(failed("it printed nothing".to_owned()));
    }
    if value.lines().count() > 1 {
        return Err(failed("it printed more than one line".to_owned()));
    }
    let length = jwt::end_of(value).map_or(KEPT, |end| end.min(KEPT));
    let mut token = Token::new(Secret::new(value), Some(length));
    token.until = token.until.filter(|_| length < KEPT);
    Ok(token)
}

#[cfg(not(windows))]
fn shell(line: &str) -> Command {
    let mut command = Command::new("sh");
    command.arg("-c").arg(line);
    at_home(&mut command);
    command
}

#[cfg(windows)]
fn shell(line: &str) -> Command {
    let mut command = Command::new("cmd");
    command.raw_arg("/C").raw_arg(line);
    at_home(&mut command);
    command
}

fn at_home(command: &mut Command) {
    if let Some(home) = std::env::home_dir().filter(|home| home.is_dir()) {
        command.current_dir(home);
    }
}

/// The first bytes of a stream, one more than `most` where there are more; the rest is read and dropped, so that nobody
/// waits for it.
async fn read(stream: Option<impl AsyncRead + Unpin>, most: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    if let Some(mut stream) = stream {
        // What came before a failure counts.
        let _whole = (&mut stream).take(most + 1).read_to_end(&mut bytes).await.is_ok();
        let _rest = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await.is_ok();
    }
    bytes
}
