//! How calls run, as typed: one text per [`Setting`], inherited one by one, each with the rule that reads it. A table
//! rather than a field each, because file, window and terminal treat them all alike.
//!
//! Must not know: network, UI.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use super::mask::MASK;
use super::proxy::parse_proxy;
use super::{
    CallOptions, Compression, Keepalive, Place, Problem, Protocol, Proxy, RetryPolicy, Scope, Windows, expand,
    parse_duration,
};

/// Something that can be set for a call, or for all calls below a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Setting {
    /// What is spoken: gRPC, gRPC-Web or Connect.
    Protocol,
    /// `none`, `environment`, or `http://host:port`, `socks5://host:port`.
    Proxy,
    /// Whether a call waits until the server can be reached instead of failing at once.
    WaitForReady,
    /// A ping after this time without a frame; `off` for none.
    KeepaliveTime,
    /// How long the answer to a ping may take.
    KeepaliveTimeout,
    /// Whether pings go out while no call runs.
    KeepaliveWithoutCalls,
    /// Largest message that is received.
    MaxReceiveSize,
    /// Largest message that is sent.
    MaxSendSize,
    /// How sent messages are compressed.
    Compression,
    /// Which compressions the server may use.
    AcceptCompression,
    /// Bytes that the server may send ahead on one stream.
    StreamWindow,
    /// Bytes that the server may send ahead on the connection.
    ConnectionWindow,
    /// `user-agent` in place of our own.
    UserAgent,
    /// How often a call is tried in all; 1 for no retry.
    RetryAttempts,
    /// The first wait before a retry.
    RetryBackoff,
    /// The longest wait before a retry.
    RetryMaxBackoff,
    /// Status codes that are tried again.
    RetryCodes,
}

impl Setting {
    /// All, in the order in which they are written and shown.
    pub const ALL: [Self; 17] = [
        Self::Protocol,
        Self::Proxy,
        Self::WaitForReady,
        Self::KeepaliveTime,
        Self::KeepaliveTimeout,
        Self::KeepaliveWithoutCalls,
        Self::MaxReceiveSize,
        Self::MaxSendSize,
        Self::Compression,
        Self::AcceptCompression,
        Self::StreamWindow,
        Self::ConnectionWindow,
        Self::UserAgent,
        Self::RetryAttempts,
        Self::RetryBackoff,
        Self::RetryMaxBackoff,
        Self::RetryCodes,
    ];

    /// Its key in the files of a collection.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Protocol => "protocol",
            Self::Proxy => "proxy",
            Self::WaitForReady => "waitForReady",
            Self::KeepaliveTime => "keepaliveTime",
            Self::KeepaliveTimeout => "keepaliveTimeout",
            Self::KeepaliveWithoutCalls => "keepaliveWithoutCalls",
            Self::MaxReceiveSize => "maxReceiveSize",
            Self::MaxSendSize => "maxSendSize",
            Self::Compression => "compression",
            Self::AcceptCompression => "acceptCompression",
            Self::StreamWindow => "streamWindow",
            Self::ConnectionWindow => "connectionWindow",
            Self::UserAgent => "userAgent",
            Self::RetryAttempts => "retryAttempts",
            Self::RetryBackoff => "retryBackoff",
            Self::RetryMaxBackoff => "retryMaxBackoff",
            Self::RetryCodes => "retryCodes",
        }
    }

    /// The setting of a key.
    #[must_use]
    pub fn of_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|setting| setting.key() == key)
    }

    /// The words that it takes, the default first; empty where it takes a text.
    #[must_use]
    pub const fn choices(self) -> &'static [&'static str] {
        match self {
            Self::Protocol => &["grpc", "grpc-web", "grpc-web-text", "connect"],
            Self::WaitForReady | Self::KeepaliveWithoutCalls => &["off", "on"],
            Self::Compression => &["identity", "gzip", "deflate", "zstd"],
            _ => &[],
        }
    }

    /// What holds where nothing was typed or inherited, as it could be typed.
    #[must_use]
    pub const fn default_text(self) -> &'static str {
        match self {
            Self::Protocol => "grpc",
            Self::Proxy => "environment",
            Self::WaitForReady | Self::KeepaliveTime | Self::KeepaliveWithoutCalls => "off",
            Self::KeepaliveTimeout => "20s",
            Self::MaxReceiveSize => "64MB",
            Self::MaxSendSize => "unlimited",
            Self::Compression => "identity",
            Self::AcceptCompression => "gzip, deflate, zstd",
            Self::StreamWindow => "8MB",
            Self::ConnectionWindow => "16MB",
            Self::UserAgent => concat!("trunkline/", env!("CARGO_PKG_VERSION")),
            Self::RetryAttempts => "1",
            Self::RetryBackoff => "100ms",
            Self::RetryMaxBackoff => "5s",
            Self::RetryCodes => "UNAVAILABLE",
        }
    }
}

/// The settings as typed. One that is not there is inherited.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct SettingsDraft(BTreeMap<Setting, String>);

/// Without the proxy, in which a password may stand.
impl fmt::Debug for SettingsDraft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |(setting, text): (&Setting, &'_ String)| {
            (*setting, if *setting == Setting::Proxy { MASK.to_owned() } else { text.clone() })
        };
        f.debug_map().entries(self.0.iter().map(shown)).finish()
    }
}

impl SettingsDraft {
    /// What was typed; empty where nothing was.
    #[must_use]
    pub fn get(&self, setting: Setting) -> &str {
        self.0.get(&setting).map_or("", String::as_str)
    }

    /// Takes what was typed; an empty text takes the setting out.
    pub fn set(&mut self, setting: Setting, text: impl Into<String>) {
        let text = text.into();
        if text.trim().is_empty() {
            self.0.remove(&setting);
        } else {
            self.0.insert(setting, text);
        }
    }

    /// Whether nothing is set.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What is set, in the order of [`Setting::ALL`].
    pub fn iter(&self) -> impl Iterator<Item = (Setting, &str)> {
        self.0.iter().map(|(setting, text)| (*setting, text.as_str()))
    }

    /// These settings, with those of `outer` wherever nothing was typed.
    #[must_use]
    pub fn over(&self, outer: &Self) -> Self {
        let mut both = outer.clone();
        both.0.extend(self.0.iter().map(|(setting, text)| (*setting, text.clone())));
        both
    }
}

/// The part of the settings that decides which connection is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ConnectionSettings {
    pub(super) proxy: Proxy,
    pub(super) keepalive: Option<Keepalive>,
    pub(super) windows: Windows,
    pub(super) protocol: Protocol,
}

/// What the settings mean.
///
/// # Errors
///
/// Every setting that cannot be read.
pub(super) fn meaning(own: &SettingsDraft, scope: &Scope) -> Result<(ConnectionSettings, CallOptions), Vec<Problem>> {
    let settings = own.over(&scope.settings);
    let mut problems = Vec::new();
    let protocol = read(&settings, scope, Setting::Protocol, protocol, &mut problems);
    let proxy = read(&settings, scope, Setting::Proxy, parse_proxy, &mut problems);
    let wait = read(&settings, scope, Setting::WaitForReady, switch, &mut problems);
    let time = read(&settings, scope, Setting::KeepaliveTime, optional_duration, &mut problems);
    let timeout = read(&settings, scope, Setting::KeepaliveTimeout, parse_duration, &mut problems);
    let idle = read(&settings, scope, Setting::KeepaliveWithoutCalls, switch, &mut problems);
    let max_receive = read(&settings, scope, Setting::MaxReceiveSize, parse_size, &mut problems);
    let max_send = read(&settings, scope, Setting::MaxSendSize, parse_size, &mut problems);
    let compression = read(&settings, scope, Setting::Compression, compression, &mut problems);
    let accept = read(&settings, scope, Setting::AcceptCompression, compressions, &mut problems);
    let stream = read(&settings, scope, Setting::StreamWindow, window, &mut problems);
    let connection = read(&settings, scope, Setting::ConnectionWindow, window, &mut problems);
    let user_agent = read(&settings, scope, Setting::UserAgent, user_agent, &mut problems);
    let attempts = read(&settings, scope, Setting::RetryAttempts, attempts, &mut problems);
    let backoff = read(&settings, scope, Setting::RetryBackoff, parse_duration, &mut problems);
    let max_backoff = read(&settings, scope, Setting::RetryMaxBackoff, parse_duration, &mut problems);
    let codes = read(&settings, scope, Setting::RetryCodes, codes, &mut problems);
    if !problems.is_empty() {
        return Err(problems);
    }
    let keepalive = time.flatten().map(|time| Keepalive {
        time,
        timeout: timeout.unwrap_or_default(),
        without_calls: idle.unwrap_or_default(),
    });
    let attempts = attempts.unwrap_or(1);
    let retry = (attempts > 1).then(|| RetryPolicy {
        attempts,
        backoff: backoff.unwrap_or_default(),
        max_backoff: max_backoff.unwrap_or_default(),
        codes: codes.unwrap_or_default(),
    });
    let windows = Windows { stream: stream.unwrap_or_default(), connection: connection.unwrap_or_default() };
    let protocol = protocol.unwrap_or_default();
    let connection = ConnectionSettings { proxy: proxy.unwrap_or_default(), keepalive, windows, protocol };
    let options = CallOptions {
        protocol,
        wait_for_ready: wait.unwrap_or_default(),
        max_receive: max_receive.unwrap_or_default(),
        max_send: max_send.unwrap_or_default(),
        compression: compression.unwrap_or_default(),
        accept: accept.unwrap_or_default(),
        user_agent: user_agent.unwrap_or_default(),
        retry,
    };
    Ok((connection, options))
}

/// Reads one; `None` where there is a problem, which is noted.
fn read<T>(
    settings: &SettingsDraft,
    scope: &Scope,
    setting: Setting,
    rule: impl FnOnce(&str) -> Result<T, String>,
    problems: &mut Vec<Problem>,
) -> Option<T> {
    let typed = settings.get(setting);
    let typed = if typed.is_empty() { setting.default_text() } else { typed };
    let value = expand(typed, scope).and_then(|text| rule(text.trim()));
    value.map_err(|message| problems.push(Problem { place: Place::Setting(setting), message })).ok()
}

fn protocol(text: &str) -> Result<Protocol, String> {
    match text.to_ascii_lowercase().as_str() {
        "grpc" => Ok(Protocol::Grpc),
        "grpc-web" => Ok(Protocol::GrpcWeb),
        "grpc-web-text" => Ok(Protocol::GrpcWebText),
        "connect" => Ok(Protocol::Connect),
        _ => Err(format!("`{text}` is no protocol: write grpc, grpc-web, grpc-web-text or connect")),
    }
}

fn switch(text: &str) -> Result<bool, String> {
    match text.to_ascii_lowercase().as_str() {
        "on" | "true" | "yes" | "1" => Ok(true),
        "off" | "false" | "no" | "0" => Ok(false),
        _ => Err(format!("`{text}` is neither on nor off")),
    }
}

fn optional_duration(text: &str) -> Result<Option<Duration>, String> {
    if matches!(text.to_ascii_lowercase().as_str(), "off" | "none" | "never") {
        return Ok(None);
    }
    parse_duration(text).map(Some)
}

/// Reads a size in bytes: `65536`, `64kB`, `64MB`, `1GB` (each 1024 of the one before), or `unlimited`.
///
/// # Errors
///
/// What is wrong with the text.
pub fn parse_size(text: &str) -> Result<usize, String> {
    let wrong = || format!("`{text}` is no size: write 64MB, 512kB, a number of bytes, or unlimited");
    let lower = text.trim().to_ascii_lowercase();
    if lower == "unlimited" {
        return Ok(usize::MAX);
    }
    let end = lower.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(lower.len());
    let (number, unit) = lower.split_at(end);
    let factor = match unit.trim() {
        "" | "b" => 1.0,
        "k" | "kb" | "kib" => 1024.0,
        "m" | "mb" | "mib" => 1024.0 * 1024.0,
        "g" | "gb" | "gib" => 1024.0 * 1024.0 * 1024.0,
        _ => return Err(wrong()),
    };
    let number: f64 = number.parse().map_err(|_no_number| wrong())?;
    let bytes = number * factor;
    // A message's length has 32 bits.
    if bytes < 1.0 {
        return Err("a size must be more than zero".to_owned());
    }
    if bytes > f64::from(u32::MAX) { Ok(usize::MAX) } else { Ok(bytes as usize) }
}

/// HTTP/2 allows windows of up to 2^31 - 1 bytes (RFC 9113, section 6.9.1).
fn window(text: &str) -> Result<u32, String> {
    const LARGEST: u32 = (1 << 31) - 1;
    const LEAST: u32 = 65_535;
    let size = u32::try_from(parse_size(text)?).unwrap_or(u32::MAX);
    if (LEAST..=LARGEST).contains(&size) {
        Ok(size)
    } else {
        Err(format!("`{text}` is no window: HTTP/2 takes 65535 bytes to 2 GB less one byte"))
    }
}

fn compression(text: &str) -> Result<Compression, String> {
    match text.to_ascii_lowercase().as_str() {
        "identity" | "none" => Ok(Compression::Identity),
        "gzip" => Ok(Compression::Gzip),
        "deflate" => Ok(Compression::Deflate),
        "zstd" => Ok(Compression::Zstd),
        _ => Err(format!("`{text}` is no compression: write identity, gzip, deflate or zstd")),
    }
}

/// A list with commas; `identity` alone for none.
fn compressions(text: &str) -> Result<Vec<Compression>, String> {
    let mut all = Vec::new();
    for name in text.split([',', ' ']).filter(|name| !name.is_empty()) {
        let one = compression(name)?;
        if one != Compression::Identity && !all.contains(&one) {
            all.push(one);
        }
    }
    Ok(all)
}

fn user_agent(text: &str) -> Result<String, String> {
    match text.chars().find(|c| !matches!(c, ' '..='~')) {
        Some(c) => Err(format!("a user agent has no `{}` in it, only visible ASCII", c.escape_debug())),
        None => Ok(text.to_owned()),
    }
}

/// gRPC treats more than five attempts as five (gRFC A6).
fn attempts(text: &str) -> Result<u32, String> {
    match text.parse::<u32>() {
        Ok(attempts @ 1..=5) => Ok(attempts),
        _ => Err(format!("`{text}` is no number of attempts: write 1 (no retry) to 5")),
    }
}

/// The names of gRPC's status codes, their numbers from 0 on.
const CODES: [&str; 17] = [
    "OK",
    "CANCELLED",
    "UNKNOWN",
    "INVALID_ARGUMENT",
    "DEADLINE_EXCEEDED",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
    "UNAUTHENTICATED",
];

fn codes(text: &str) -> Result<Vec<i32>, String> {
    let mut all = Vec::new();
    for name in text.split([',', ' ']).filter(|name| !name.is_empty()) {
        let code = CODES.iter().position(|code| code.eq_ignore_ascii_case(name)).or_else(|| name.parse().ok());
        match code {
            Some(code @ 1..=16) => all.push(code as i32),
            Some(0) => return Err("a call that succeeded is not tried again".to_owned()),
            _ => return Err(format!("`{name}` is no status code: write UNAVAILABLE or another code's name")),
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(pairs: &[(Setting, &str)]) -> SettingsDraft {
        let mut draft = SettingsDraft::default();
        for (setting, text) in pairs {
            draft.set(*setting, *text);
        }
        draft
    }

    #[test]
    fn every_default_can_be_read() {
        let (connection, options) = meaning(&SettingsDraft::default(), &Scope::default()).unwrap();
        assert_eq!((connection.keepalive, connection.proxy), (None, Proxy::Environment));
        assert_eq!((options.max_receive, options.max_send), (64 << 20, usize::MAX));
        assert_eq!(options.accept.len(), 3);
        assert_eq!(options.retry, None);
    }

    #[test]
    fn own_settings_stand_over_inherited_ones() {
        let scope = Scope {
            settings: settings(&[(Setting::KeepaliveTime, "10s"), (Setting::Compression, "gzip")]),
            ..Scope::default()
        };
        let (connection, options) = meaning(&settings(&[(Setting::KeepaliveTime, "off")]), &scope).unwrap();
        assert_eq!(connection.keepalive, None);
        assert_eq!(options.compression, Compression::Gzip);
    }

    #[test]
    fn every_setting_tells_what_is_wrong_with_it() {
        let draft = Setting::ALL.iter().fold(SettingsDraft::default(), |mut draft, setting| {
            draft.set(*setting, "é ?");
            draft
        });
        let problems = meaning(&draft, &Scope::default()).unwrap_err();
        let places: Vec<_> = problems.into_iter().map(|problem| problem.place).collect();
        let mut expected: Vec<_> = Setting::ALL.into_iter().map(Place::Setting).collect();
        expected.sort_by_key(|place| places.iter().position(|other| other == place));
        assert_eq!(places, expected);
    }

    #[test]
    fn sizes() {
        assert_eq!(parse_size("10"), Ok(10));
        assert_eq!(parse_size("64MB"), Ok(64 << 20));
        assert_eq!(parse_size("1.5 KiB"), Ok(1536));
        assert_eq!(parse_size("unlimited"), Ok(usize::MAX));
        assert_eq!(parse_size("9GB"), Ok(usize::MAX));
        assert!(parse_size("0").is_err());
        assert!(parse_size("x").is_err());
        assert!(window("1kB").is_err());
    }

    #[test]
    fn keys_lead_back_to_their_settings() {
        for setting in Setting::ALL {
            assert_eq!(Setting::of_key(setting.key()), Some(setting));
        }
    }
}
