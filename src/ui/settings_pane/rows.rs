//! The rows of the Settings pane: their order, their words, and the part of a draft that each of them edits.
//!
//! Must not know: how they are drawn.

use crate::request::{Draft, Place, Scope, Setting, TlsPart};

/// A row of the pane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Row {
    Timeout,
    ConnectTimeout,
    Security,
    Ca,
    Cert,
    Key,
    Password,
    ServerName,
    Insecure,
    Authority,
    Of(Setting),
}

/// The rows under their headings.
pub(super) const GROUPS: [(&str, &[Row]); 5] = [
    ("settings-time", &[Row::Timeout, Row::ConnectTimeout, Row::Of(Setting::WaitForReady)]),
    (
        "settings-security",
        &[Row::Security, Row::Ca, Row::Cert, Row::Key, Row::Password, Row::ServerName, Row::Insecure],
    ),
    (
        "settings-connection",
        &[
            Row::Of(Setting::Protocol),
            Row::Of(Setting::Proxy),
            Row::Authority,
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
            Self::Security => "setting-security",
            Self::Ca => "setting-ca",
            Self::Cert => "setting-cert",
            Self::Key => "setting-key",
            Self::Password => "setting-password",
            Self::ServerName => "setting-server-name",
            Self::Insecure => "setting-insecure",
            Self::Authority => "setting-authority",
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
            Self::Security => Place::Tls(TlsPart::Mode),
            Self::Ca => Place::Tls(TlsPart::Ca),
            Self::Cert => Place::Tls(TlsPart::Cert),
            Self::Key => Place::Tls(TlsPart::Key),
            Self::Password => Place::Tls(TlsPart::Password),
            Self::ServerName => Place::Tls(TlsPart::ServerName),
            Self::Insecure => Place::Tls(TlsPart::Insecure),
            Self::Authority => Place::Tls(TlsPart::Authority),
        }
    }

    pub(super) const fn is_file(self) -> bool {
        matches!(self, Self::Ca | Self::Cert | Self::Key)
    }

    /// Whether it means something only where TLS is used.
    pub(super) const fn is_of_tls(self) -> bool {
        self.is_file() || matches!(self, Self::Password | Self::ServerName | Self::Insecure)
    }

    /// What was typed, where it is a text.
    pub(super) fn typed(self, draft: &Draft) -> &str {
        match self {
            Self::Timeout => &draft.timeout,
            Self::ConnectTimeout => &draft.connect_timeout,
            Self::Ca => &draft.tls.ca,
            Self::Cert => &draft.tls.cert,
            Self::Key => &draft.tls.key,
            Self::Password => &draft.tls.password,
            Self::ServerName => &draft.tls.server_name,
            Self::Authority => &draft.tls.authority,
            Self::Of(setting) => draft.settings.get(setting),
            Self::Security | Self::Insecure => "",
        }
    }

    pub(super) fn set(self, draft: &mut Draft, text: String) {
        match self {
            Self::Timeout => draft.timeout = text,
            Self::ConnectTimeout => draft.connect_timeout = text,
            Self::Ca => draft.tls.ca = text,
            Self::Cert => draft.tls.cert = text,
            Self::Key => draft.tls.key = text,
            Self::Password => draft.tls.password = text,
            Self::ServerName => draft.tls.server_name = text,
            Self::Authority => draft.tls.authority = text,
            Self::Of(setting) => draft.settings.set(setting, text),
            Self::Security | Self::Insecure => {}
        }
    }

    /// What is inherited; empty for nothing.
    pub(super) fn inherited(self, scope: &Scope) -> &str {
        match self {
            Self::Timeout => &scope.timeout,
            Self::ConnectTimeout => &scope.connect_timeout,
            Self::Ca => &scope.tls.ca,
            Self::Cert => &scope.tls.cert,
            Self::Key => &scope.tls.key,
            Self::Password => &scope.tls.password,
            Self::ServerName => &scope.tls.server_name,
            Self::Authority => &scope.tls.authority,
            Self::Of(setting) => scope.settings.get(setting),
            Self::Security | Self::Insecure => "",
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
        for language in Language::all() {
            let text = Text::new(*language);
            for (heading, rows) in GROUPS {
                assert!(text.has(heading), "{heading}");
                for row in rows {
                    let key = row.key();
                    assert!(text.has(&format!("{key}-label")) && text.has(&format!("{key}-help")), "{key}");
                    let needs_hint = !matches!(row, Row::Of(_) | Row::Security | Row::Insecure);
                    assert!(!needs_hint || text.has(&format!("{key}-hint")), "{key}");
                }
            }
            for word in Setting::ALL.iter().flat_map(|setting| setting.choices()) {
                assert!(text.has(&format!("choice-{word}")), "{word}");
            }
        }
    }
}
