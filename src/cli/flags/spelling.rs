//! grpcurl's spelling of flags: one dash, and values for switches as Go has them. And the flag of each setting.
//!
//! Must not know: what the flags do.

use std::ffi::{OsStr, OsString};

use super::super::suggest::lacking_flag;
use crate::request::Setting;

/// The flag that types a setting.
pub(in crate::cli) const fn flag_of(setting: Setting) -> &'static str {
    match setting {
        Setting::Protocol => "protocol",
        Setting::Proxy => "proxy",
        Setting::WaitForReady => "wait-for-ready",
        Setting::KeepaliveTime => "keepalive-time",
        Setting::KeepaliveTimeout => "keepalive-timeout",
        Setting::KeepaliveWithoutCalls => "keepalive-without-calls",
        Setting::MaxReceiveSize => "max-msg-sz",
        Setting::MaxSendSize => "max-send-sz",
        Setting::Compression => "compress",
        Setting::AcceptCompression => "accept-compress",
        Setting::StreamWindow | Setting::ConnectionWindow => "window",
        Setting::UserAgent => "user-agent",
        Setting::RetryAttempts => "retry",
        Setting::RetryBackoff => "retry-backoff",
        Setting::RetryMaxBackoff => "retry-max-backoff",
        Setting::RetryCodes => "retry-codes",
    }
}

/// Long flags, which grpcurl users write with one dash. The second field: whether a value follows.
const LONG_FLAGS: &[(&str, bool)] = &[
    ("accept-compress", true),
    ("against", true),
    ("allow-command", false),
    ("authority", true),
    ("cacert", true),
    ("cert", true),
    ("cert-password", true),
    ("compress", true),
    ("connect-timeout", true),
    ("data", true),
    ("emit-defaults", false),
    ("enum-numbers", false),
    ("env", true),
    ("expand-headers", false),
    ("format", true),
    ("from", true),
    ("header", true),
    ("help", false),
    ("import-path", true),
    ("include-imports", false),
    ("include-source-info", false),
    ("insecure", false),
    ("json", false),
    ("keep-proto-names", false),
    ("keepalive-time", true),
    ("keepalive-timeout", true),
    ("keepalive-without-calls", false),
    ("key", true),
    ("max-msg-sz", true),
    ("max-send-sz", true),
    ("max-time", true),
    ("msg-template", false),
    ("original-names", false),
    ("output", true),
    ("overwrite", false),
    ("plaintext", false),
    ("port", true),
    ("proto", true),
    ("proto-names", false),
    ("proto-out-dir", true),
    ("protocol", true),
    ("protoset", true),
    ("protoset-out", true),
    ("proxy", true),
    ("reflect", true),
    ("reflect-header", true),
    ("retry", true),
    ("retry-backoff", true),
    ("retry-codes", true),
    ("retry-max-backoff", true),
    ("rpc-header", true),
    ("servername", true),
    ("strict", false),
    ("to", true),
    ("type", true),
    ("unix", false),
    ("use-enum-numbers", false),
    ("use-proto-names", false),
    ("use-reflection", false),
    ("user-agent", true),
    ("utf8", false),
    ("validate", false),
    ("var", true),
    ("verbose", false),
    ("version", false),
    ("wait-for-ready", false),
    ("window", true),
];

/// Short flags that a value follows.
const SHORT_WITH_VALUE: &[&str] = &["-d", "-H", "-I", "-o"];

/// Gives grpcurl's single-dash long flags their second dash. Values are left alone, and so is all after `--`.
///
/// # Errors
///
/// What there is to say about a flag that grpcurl has and we have not.
pub(in crate::cli) fn normalise(args: impl IntoIterator<Item = OsString>) -> Result<Vec<OsString>, String> {
    let mut out = Vec::new();
    let mut args = args.into_iter();
    while let Some(arg) = args.next() {
        if arg == "--" {
            out.push(arg);
            out.extend(args);
            break;
        }
        match Word::of(&arg)? {
            Word::Other => out.push(arg),
            Word::Off => {}
            Word::Flag { dashed, takes_next } => {
                out.push(dashed);
                if takes_next {
                    out.extend(args.next());
                }
            }
        }
    }
    Ok(out)
}

/// What a word of the command line is.
enum Word {
    /// No flag that is known here.
    Other,
    /// A switch that is off, as Go writes it: `-plaintext=false`.
    Off,
    /// A flag as clap wants it, and whether the next word is its value.
    Flag { dashed: OsString, takes_next: bool },
}

impl Word {
    fn of(arg: &OsStr) -> Result<Self, String> {
        let Some(text) = arg.to_str() else { return Ok(Self::Other) };
        if SHORT_WITH_VALUE.contains(&text) {
            return Ok(Self::Flag { dashed: arg.to_owned(), takes_next: true });
        }
        let Some(name) = text.strip_prefix("--").or_else(|| text.strip_prefix('-')) else { return Ok(Self::Other) };
        let (name, value) = name.split_once('=').map_or((name, None), |(name, value)| (name, Some(value)));
        if let Some(complaint) = lacking_flag(name) {
            return Err(complaint);
        }
        let Some((_, takes_value)) = LONG_FLAGS.iter().find(|(flag, _)| *flag == name) else { return Ok(Self::Other) };
        Ok(match (takes_value, value) {
            (false, Some("true" | "1")) => Self::Flag { dashed: format!("--{name}").into(), takes_next: false },
            (false, Some("false" | "0")) => Self::Off,
            (_, Some(value)) => Self::Flag { dashed: format!("--{name}={value}").into(), takes_next: false },
            (takes_value, None) => Self::Flag { dashed: format!("--{name}").into(), takes_next: *takes_value },
        })
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::super::CommandLine;
    use super::*;

    #[test]
    fn flags_are_consistent() {
        CommandLine::command().debug_assert();
    }

    #[test]
    fn every_long_flag_is_known_with_and_without_a_value() {
        for command in CommandLine::command().get_subcommands() {
            for arg in command.get_arguments() {
                let Some(long) = arg.get_long() else { continue };
                let takes_value = arg.get_action().takes_values();
                assert!(LONG_FLAGS.contains(&(long, takes_value)), "--{long} of {}", command.get_name());
                if let Some(short) = arg.get_short().filter(|_| takes_value) {
                    assert!(SHORT_WITH_VALUE.contains(&format!("-{short}").as_str()), "-{short}");
                }
            }
        }
    }

    #[test]
    fn every_setting_has_its_flag() {
        let command = CommandLine::command();
        let call = command.find_subcommand("call").unwrap();
        let longs: Vec<&str> = call.get_arguments().filter_map(clap::Arg::get_long).collect();
        for setting in Setting::ALL {
            let flag = flag_of(setting);
            assert!(longs.contains(&flag), "--{flag} of {}", setting.key());
        }
        // And none of those that grpcurl has and we have not is one that we have.
        assert!(longs.iter().all(|long| lacking_flag(long).is_none()));
    }

    #[test]
    fn one_dash_becomes_two_for_flags_only() {
        let check = |typed: &str, expected: &str| {
            let words = typed.split(' ').map(OsString::from);
            let expected = expected.split(' ').map(OsString::from).collect::<Vec<_>>();
            assert_eq!(normalise(words).as_ref(), Ok(&expected), "{typed}");
        };
        check("call -plaintext h:1 a.B/C", "call --plaintext h:1 a.B/C");
        check("call -max-time=5 -d {} h:1", "call --max-time=5 -d {} h:1");
        check("call -d -plaintext h:1", "call -d -plaintext h:1");
        check("call -proto -insecure -insecure", "call --proto -insecure --insecure");
        check("call --data -v -v", "call --data -v -v");
        check("call -H -key:x -key k", "call -H -key:x --key k");
        check("call -- -plaintext", "call -- -plaintext");
        check("call -vv -dfoo -Ipath", "call -vv -dfoo -Ipath");
        check("call -rpc-header a:b -d -alts", "call --rpc-header a:b -d -alts");
        check("call -plaintext=true -insecure=false --unix=1 h", "call --plaintext --unix h");
        check("call -max-time=false", "call --max-time=false");
    }

    #[test]
    fn flags_that_we_lack_are_told() {
        let check = |typed: &str| normalise(typed.split(' ').map(OsString::from)).unwrap_err();
        assert!(check("call -alts h:1").starts_with("there is no --alts here: "));
        assert!(check("call --alts-handshaker-service=x h:1").contains("--alts-handshaker-service"));
        assert!(check("call -allow-unknown-fields h:1").contains("-allow-unknown-fields"));
    }
}
