//! Why there is no token: part of [`Cause`](crate::engine::Cause).
//!
//! Must not know: how tokens are had.

use std::fmt;

/// Why there is no token. Its sentences stand in the locale files, as those of [`Cause`](crate::engine::Cause).
#[expect(missing_docs, reason = "the fields are the arguments of the sentence, their names say what they are")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CredentialsFailure {
    /// The token server refused, with an error of OAuth 2 (RFC 6749, sections 4.1.2.1 and 5.2) or of HTTP.
    Refused { url: String, error: String, detail: String },
    /// The token server cannot be reached, or its answer cannot be read.
    Unreachable { url: String, detail: String },
    /// The way through the browser came to nothing.
    Browser { detail: String },
    /// Another program has the port that the browser is to come back to.
    PortTaken { port: String },
    /// The system does not let us listen on that port.
    PortRefused { port: String },
    /// The key cannot sign.
    Key { detail: String },
    /// The user has not agreed to the command.
    NotAgreed { command: String },
    /// The command failed.
    Command { command: String, detail: String },
    /// What came is no token.
    Token { detail: String },
}

impl CredentialsFailure {
    /// As `Cause::key`.
    pub(in crate::engine) const fn key(&self) -> &'static str {
        match self {
            Self::Refused { .. } => "cause-token-refused",
            Self::Unreachable { .. } => "cause-token-unreachable",
            Self::Browser { .. } => "cause-token-browser",
            Self::PortTaken { .. } => "cause-token-port-taken",
            Self::PortRefused { .. } => "cause-token-port-refused",
            Self::Key { .. } => "cause-token-key",
            Self::NotAgreed { .. } => "cause-token-not-agreed",
            Self::Command { .. } => "cause-token-command",
            Self::Token { .. } => "cause-token",
        }
    }

    /// As `Cause::arguments`.
    pub(in crate::engine) fn arguments(self) -> Vec<(&'static str, String)> {
        match self {
            Self::Refused { url, error, detail } => vec![("url", url), ("error", error), ("detail", detail)],
            Self::Unreachable { url, detail } => vec![("url", url), ("detail", detail)],
            Self::PortTaken { port } | Self::PortRefused { port } => vec![("port", port)],
            Self::NotAgreed { command } => vec![("command", command)],
            Self::Command { command, detail } => vec![("command", command), ("detail", detail)],
            Self::Browser { detail } | Self::Key { detail } | Self::Token { detail } => vec![("detail", detail)],
        }
    }
}

/// In plain English, for status messages.
impl fmt::Display for CredentialsFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused { url, error, detail } if detail.is_empty() => {
                write!(f, "no token: {url} answered {error}")
            }
            Self::Refused { url, error, detail } => write!(f, "no token: {url} answered {error}: {detail}"),
            Self::Unreachable { url, detail } => write!(f, "no token from {url}: {detail}"),
            Self::Browser { detail } => write!(f, "no token: the login in the browser failed: {detail}"),
            Self::PortTaken { port } => {
                write!(f, "no token: the browser is to come back to port {port} of this machine, which is taken")
            }
            Self::PortRefused { port } => {
                write!(f, "no token: this system lets nobody listen on port {port}, where the browser is to come back")
            }
            Self::Key { detail } => write!(f, "the token cannot be signed: {detail}"),
            Self::NotAgreed { command } => {
                write!(f, "the command for the token was not run, because nobody has agreed to it: {command}")
            }
            Self::Command { command, detail } => write!(f, "the command for the token failed: {detail}: {command}"),
            Self::Token { detail } => write!(f, "the token cannot be sent: {detail}"),
        }
    }
}

#[cfg(test)]
pub(in crate::engine) mod tests {
    use super::*;

    /// One of each.
    pub(in crate::engine) fn all() -> Vec<CredentialsFailure> {
        let text = || "x".to_owned();
        vec![
            CredentialsFailure::Refused { url: text(), error: text(), detail: text() },
            CredentialsFailure::Unreachable { url: text(), detail: text() },
            CredentialsFailure::Browser { detail: text() },
            CredentialsFailure::PortTaken { port: text() },
            CredentialsFailure::PortRefused { port: text() },
            CredentialsFailure::Key { detail: text() },
            CredentialsFailure::NotAgreed { command: text() },
            CredentialsFailure::Command { command: text(), detail: text() },
            CredentialsFailure::Token { detail: text() },
        ]
    }
}
