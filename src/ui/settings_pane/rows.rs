//! The rows of the Settings pane: their order, their words, and the part of a draft that each of them edits.
//!
//! Must not know: how they are drawn.

use crate::request::{Draft, Place, Scope, Setting, TlsPart};

/// A row of the pane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Row {
    Timeout,
    ConnectTimeout,
    Tls(TlsPart),
    Of(Setting),
}

/// The rows under their headings.
pub(super) const GROUPS: [(&str, &[Row]); 5] = [
    ("settings-time", &[Row::Timeout, Row::ConnectTimeout, Row::Of(Setting::WaitForReady)]),
    (
        "settings-security",
        &[
            Row::Tls(TlsPart::Mode),
            Row::Tls(TlsPart::Ca),
            Row::Tls(TlsPart::Cert),
            Row::Tls(TlsPart::Key),
            Row::Tls(TlsPart::Password),
            Row::Tls(TlsPart::ServerName),
            Row::Tls(TlsPart::Insecure),
        ],
    ),
    (
        "settings-connection",
        &[
            Row::Of(Setting::Protocol),
            Row::Of(Setting::Proxy),
            Row::Tls(TlsPart::Authority),
            Row::Of(Setting::UserAgent),
            Row::Of(Setting::KeepaliveTime),
            Row::Of(Setting::KeepaliveTimeout),
            Row::Of(Setting::KeepaliveWithoutCalls),
            Row::Of(Setting::StreamWindow),
            Row::Of(Setting::ConnectionWindow),
        ],
    ),
    (
        "settings-messages",
        &[
            Row::Of(Setting::MaxReceiveSize),
            Row::Of(Setting::MaxSendSize),
            Row::Of(Setting::Compression),
            Row::Of(Setting::AcceptCompression),
        ],
    ),
    (
        "settings-retries",
        &[
            Row::Of(Setting::RetryAttempts),
            Row::Of(Setting::RetryBackoff),
            Row::Of(Setting::RetryMaxBackoff),
            Row::Of(Setting::RetryCodes),
        ],
    ),
];

impl Row {
    /// Begin of its keys in the locale files.
    pub(super) const fn key(self) -> &'static str {
        match self {
            Self::Timeout => "setting-timeout",
            Self::ConnectTimeout => "setting-connect-timeout",
            Self::Tls(part) => match part {
                TlsPart::Mode => "setting-security",
                TlsPart::Ca => "setting-ca",
                TlsPart::Cert => "setting-cert",
                TlsPart::Key => "setting-key",
                TlsPart::Password => "setting-password",
                TlsPart::ServerName => "setting-server-name",
                TlsPart::Insecure => "setting-insecure",
                TlsPart::Authority => "setting-authority",
            },
            Self::Of(setting) => match setting {
                Setting::Protocol => "setting-protocol",
                Setting::Proxy => "setting-proxy",
                Setting::WaitForReady => "setting-wait-for-ready",
                Setting::KeepaliveTime => "setting-keepalive-time",
                Setting::KeepaliveTimeout => "setting-keepalive-timeout",
                Setting::KeepaliveWithoutCalls => "setting-keepalive-without-calls",
                Setting::MaxReceiveSize => "setting-max-receive-size",
                Setting::MaxSendSize => "setting-max-send-size",
                Setting::Compression => "setting-compression",
                Setting::AcceptCompression => "setting-accept-compression",
                Setting::StreamWindow => "setting-stream-window",
                Setting::ConnectionWindow => "setting-connection-window",
                Setting::UserAgent => "setting-user-agent",
                Setting::RetryAttempts => "setting-retry-attempts",
                Setting::RetryBackoff => "setting-retry-backoff",
                Setting::RetryMaxBackoff => "setting-retry-max-backoff",
                Setting::RetryCodes => "setting-retry-codes",
            },
        }
    }

    /// Where its problem belongs.
    pub(super) const fn place(self) -> Place {
        match self {
            Self::Timeout => Place::Timeout,
            Self::ConnectTimeout => Place::ConnectTimeout,
            Self::Of(setting) => Place::Setting(setting),
            Self::Tls(part) => Place::Tls(part),
        }
    }

    pub(super) const fn is_file(self) -> bool {
        matches!(self, Self::Tls(TlsPart::Ca | TlsPart::Cert | TlsPart::Key))
    }

    /// Whether it means something only where TLS is used.
    pub(super) const fn is_of_tls(self) -> bool {
        matches!(self, Self::Tls(part) if !matches!(part, TlsPart::Mode | TlsPart::Authority))
    }

    /// What was typed, where it is a text.
    pub(super) fn typed(self, draft: &Draft) -> &str {
        match self {
            Self::Timeout => &draft.timeout,
            Self::ConnectTimeout => &draft.connect_timeout,
            Self::Tls(part) => draft.tls.text(part).unwrap_or_default(),
            Self::Of(setting) => draft.settings.get(setting),
        }
    }

    pub(super) fn set(self, draft: &mut Draft, text: String) {
        match self {
            Self::Timeout => draft.timeout = text,
            Self::ConnectTimeout => draft.connect_timeout = text,
            Self::Tls(part) => {
                if let Some(typed) = draft.tls.text_mut(part) {
                    *typed = text;
                }
            }
            Self::Of(setting) => draft.settings.set(setting, text),
        }
    }

    /// What is inherited; empty for nothing.
    pub(super) fn inherited(self, scope: &Scope) -> &str {
        match self {
            Self::Timeout => &scope.timeout,
            Self::ConnectTimeout => &scope.connect_timeout,
            Self::Tls(part) => scope.tls.text(part).unwrap_or_default(),
            Self::Of(setting) => scope.settings.get(setting),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{Language, Text};

    #[test]
    fn every_setting_has_its_row_and_its_words() {
        for setting in Setting::ALL {
            let rows = GROUPS.iter().flat_map(|(_, rows)| *rows);
            assert_eq!(rows.filter(|row| **row == Row::Of(setting)).count(), 1, "{setting:?}");
        }
        for part in TlsPart::ALL {
            let rows = GROUPS.iter().flat_map(|(_, rows)| *rows);
            assert_eq!(rows.filter(|row| **row == Row::Tls(part)).count(), 1, "{part:?}");
        }
        for language in Language::all() {
            let text = Text::new(*language);
            for (heading, rows) in GROUPS {
                assert!(text.has(heading), "{heading}");
                for row in rows {
                    let key = row.key();
                    assert!(text.has(&format!("{key}-label")) && text.has(&format!("{key}-help")), "{key}");
                    let needs_hint = !matches!(row, Row::Of(_) | Row::Tls(TlsPart::Mode | TlsPart::Insecure));
                    assert!(!needs_hint || text.has(&format!("{key}-hint")), "{key}");
                }
            }
            for word in Setting::ALL.iter().flat_map(|setting| setting.choices()) {
                assert!(text.has(&format!("choice-{word}")), "{word}");
            }
        }
    }
}
