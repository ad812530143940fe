//! Flags of `trunkline call`, and the draft that they type.
//!
//! Must not know: what the flags do.

use std::time::Duration;

use clap::builder::PossibleValuesParser;
use clap::{ArgAction, Args};

use super::super::formats::{CallFormat, WriteFlags};
use super::values::{duration, header, typed};
use super::{ConnectionFlags, SchemaFlags};
use crate::request::{Draft, Setting};

/// `trunkline call`.
#[derive(Debug, Args)]
pub(in crate::cli) struct CallFlags {
    /// host:port, grpc://host:port, grpcs://host:port or unix:/path
    pub(in crate::cli) target: String,

    /// pkg.Service/Method or pkg.Service.Method
    pub(in crate::cli) method: String,

    /// Request messages, several one after another for a stream; @ reads standard input as it comes
    ///
    /// Without it a method that takes one request gets an empty message, one that takes a stream gets none.
    #[arg(short, long, value_name = "DATA", allow_hyphen_values = true)]
    pub(in crate::cli) data: Option<String>,

    /// Form of request and response messages
    ///
    /// JSON values follow one another; messages in the text format are divided by the record separator (0x1E).
    #[arg(long, value_name = "FORMAT", default_value = "json")]
    pub(in crate::cli) format: CallFormat,

    /// Send nothing that breaks the rules of the schema (protovalidate, protoc-gen-validate)
    ///
    /// Without it messages are sent whatever the rules say, as with `trunkline run`: the server may have newer ones.
    #[arg(long)]
    pub(in crate::cli) validate: bool,

    /// Tell method, metadata, headers, sizes and trailers on standard error; twice: when each thing happened too
    #[arg(short, long, action = ArgAction::Count)]
    pub(in crate::cli) verbose: u8,

    #[command(flatten)]
    exchange: ExchangeFlags,

    #[command(flatten)]
    pub(in crate::cli) write: WriteFlags,

    #[command(flatten)]
    pub(in crate::cli) schema: SchemaFlags,

    #[command(flatten)]
    pub(in crate::cli) connection: ConnectionFlags,
}

/// How the call runs.
#[derive(Debug, Args)]
#[command(next_help_heading = "Call")]
struct ExchangeFlags {
    /// Metadata to send with the call only, not with reflection; may be repeated
    #[arg(long = "rpc-header", value_name = "HEADER", value_parser = header)]
    headers: Vec<(String, String)>,

    /// How messages are compressed on their way out [default: identity]
    #[arg(long, value_name = "NAME",
        value_parser = PossibleValuesParser::new(Setting::Compression.choices()))]
    compress: Option<String>,

    /// What the server may compress with, with commas; identity for not at all [default: gzip,deflate,zstd]
    #[arg(long, value_name = "NAMES")]
    accept_compress: Option<String>,

    /// Largest message to send: bytes, or 512kB, 64MB [default: unlimited]
    #[arg(long, value_name = "SIZE")]
    max_send_sz: Option<String>,

    /// Wait for a server that cannot be reached yet, within --max-time, instead of failing at once
    #[arg(long)]
    wait_for_ready: bool,

    #[command(flatten)]
    retry: RetryFlags,
}

/// When a call that failed is tried again.
#[derive(Debug, Args)]
struct RetryFlags {
    /// Try again up to N times, at most 4, while nothing but a status has come back [default: 0]
    #[arg(long = "retry", value_name = "N", value_parser = clap::value_parser!(u8).range(0..=4))]
    times: Option<u8>,

    /// Status codes to try again after, with commas [default: UNAVAILABLE]
    #[arg(long = "retry-codes", value_name = "CODES", requires = "times")]
    codes: Option<String>,

    /// First wait, doubled for each further one and drawn at random up to it [default: 100ms]
    #[arg(long = "retry-backoff", value_name = "TIME", value_parser = duration, requires = "times")]
    backoff: Option<Duration>,

    /// Longest wait [default: 5s]
    #[arg(long = "retry-max-backoff", value_name = "TIME", value_parser = duration, requires = "times")]
    max_backoff: Option<Duration>,
}

impl CallFlags {
    /// The draft that the flags type; method and messages are left out.
    ///
    /// # Errors
    ///
    /// What a header names that is not there.
    pub(in crate::cli) fn draft(&self) -> Result<Draft, String> {
        let ExchangeFlags { headers, compress, accept_compress, max_send_sz, wait_for_ready, retry } = &self.exchange;
        let mut draft = self.connection.draft(&self.target, headers)?;
        let mut set = |setting, text: Option<String>| {
            if let Some(text) = text {
                draft.settings.set(setting, text);
            }
        };
        set(Setting::Compression, compress.clone());
        set(Setting::AcceptCompression, accept_compress.clone());
        set(Setting::MaxSendSize, max_send_sz.clone());
        set(Setting::WaitForReady, wait_for_ready.then(|| "on".to_owned()));
        set(Setting::RetryAttempts, retry.times.map(|times| (times + 1).to_string()));
        set(Setting::RetryCodes, retry.codes.clone());
        set(Setting::RetryBackoff, retry.backoff.map(|time| typed(Some(time))));
        set(Setting::RetryMaxBackoff, retry.max_backoff.map(|time| typed(Some(time))));
        Ok(draft)
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use clap::Parser as _;

    use super::super::{Command, CommandLine, normalise};
    use crate::request::{Draft, Setting, TlsMode};

    /// The drafts of the call and of reflection that a command line types, in both spellings.
    fn drafts(line: &str) -> (Draft, Draft) {
        let parsed = [line.to_owned(), line.replace("--", "-")].map(|line| {
            let words = format!("trunkline call {line}");
            let args = normalise(words.split(' ').map(OsString::from)).unwrap();
            let parsed = CommandLine::try_parse_from(args).unwrap_or_else(|error| panic!("{line}: {error}"));
            let Some(Command::Call(flags)) = parsed.command else { panic!("{line}") };
            (flags.draft().unwrap(), flags.connection.reflection_draft(&flags.target).unwrap())
        });
        let [two_dashes, one_dash] = parsed;
        assert_eq!(two_dashes, one_dash, "{line}");
        two_dashes
    }

    fn settings(line: &str) -> Vec<(Setting, String)> {
        let (call, _) = drafts(&format!("{line} h:1 a.B/C"));
        call.settings.iter().map(|(setting, text)| (setting, text.to_owned())).collect()
    }

    #[test]
    fn flags_become_settings() {
        let check = |line: &str, expected: &[(Setting, &str)]| {
            let expected: Vec<_> = expected.iter().map(|(setting, text)| (*setting, (*text).to_owned())).collect();
            assert_eq!(settings(line), expected, "{line}");
        };
        check("--plaintext", &[]);
        check("--protocol connect --proxy none", &[(Setting::Protocol, "connect"), (Setting::Proxy, "none")]);
        check("--keepalive-time 10", &[(Setting::KeepaliveTime, "10"), (Setting::KeepaliveTimeout, "10")]);
        check(
            "--keepalive-time 1m --keepalive-timeout 5 --keepalive-without-calls",
            &[
                (Setting::KeepaliveTime, "1m"),
                (Setting::KeepaliveTimeout, "5000000000ns"),
                (Setting::KeepaliveWithoutCalls, "on"),
            ],
        );
        check("--keepalive-time 0", &[(Setting::KeepaliveTime, "off")]);
        check(
            "--max-msg-sz 1024 --max-send-sz 1MB",
            &[(Setting::MaxReceiveSize, "1024"), (Setting::MaxSendSize, "1MB")],
        );
        check(
            "--compress zstd --accept-compress gzip,zstd",
            &[(Setting::Compression, "zstd"), (Setting::AcceptCompression, "gzip,zstd")],
        );
        check("--window 1MB", &[(Setting::StreamWindow, "1MB"), (Setting::ConnectionWindow, "1MB")]);
        check(
            "--wait-for-ready --retry 2 --retry-codes UNAVAILABLE,ABORTED --retry-backoff 50ms --retry-max-backoff 1",
            &[
                (Setting::WaitForReady, "on"),
                (Setting::RetryAttempts, "3"),
                (Setting::RetryBackoff, "50000000ns"),
                (Setting::RetryMaxBackoff, "1000000000ns"),
                (Setting::RetryCodes, "UNAVAILABLE,ABORTED"),
            ],
        );
        let agent = concat!("probe/1 trunkline/", env!("CARGO_PKG_VERSION"));
        check("--user-agent probe/1", &[(Setting::UserAgent, agent)]);
    }

    #[test]
    fn some_headers_go_with_the_call_or_with_reflection_only() {
        let (call, reflection) = drafts("-H a:1 --rpc-header b:2 --reflect-header c:3 -H d:4 h:1 a.B/C");
        let names = |draft: &Draft| draft.metadata.iter().map(|row| row.name.clone()).collect::<String>();
        assert_eq!((names(&call).as_str(), names(&reflection).as_str()), ("adb", "adc"));
    }

    #[test]
    fn headers_take_variables_when_they_are_told_to() {
        let value = |line: &str| drafts(line).0.metadata[0].value.clone();
        assert_eq!(value("-H a:${CARGO_PKG_NAME} h:1 a.B/C"), "${CARGO_PKG_NAME}");
        assert_eq!(value("--expand-headers --rpc-header a:${CARGO_PKG_NAME} h:1 a.B/C"), "trunkline");
    }

    #[test]
    fn a_socket_is_a_path() {
        let target = |line: &str| drafts(line).0.target;
        assert_eq!(target("--unix /tmp/s a.B/C"), "unix:/tmp/s");
        assert_eq!(target("--unix unix:///tmp/s a.B/C"), "unix:///tmp/s");
        assert_eq!(target("--unix=false h:1 a.B/C"), "h:1");
    }

    #[test]
    fn a_server_name_is_the_authority_too_unless_there_is_one() {
        let tls = |line: &str| {
            let tls = drafts(line).0.tls;
            (tls.server_name, tls.authority)
        };
        let both = |name: &str, authority: &str| (name.to_owned(), authority.to_owned());
        assert_eq!(tls("--servername a h:1 a.B/C"), both("a", "a"));
        assert_eq!(tls("--servername a --authority b h:1 a.B/C"), both("a", "b"));
        assert_eq!(tls("--authority b h:1 a.B/C"), both("", "b"));
        assert_eq!(tls("--plaintext --servername a h:1 a.B/C"), both("", ""));
        assert_eq!(drafts("h:1 a.B/C").0.tls.mode, TlsMode::Tls);
        assert_eq!(drafts("grpc://h:1 a.B/C").0.tls.mode, TlsMode::Auto);
    }
}
