//! What is known of the other end of a connection, as lines and as warnings: for the timeline and for the lock beside
//! the target.

use egui::{RichText, Ui};

use super::widgets::{self, NoticeKind};
use super::{status_words, theme};
use crate::engine::{Peer, Status, TlsSession};
use crate::text::Text;

/// Width of the names of the facts.
const NAMES: f32 = 88.0;

/// Key of the version of HTTP that a call on this stream speaks.
pub(super) const fn http_key(stream: u32) -> &'static str {
    if stream == 0 { "http-1" } else { "http-2" }
}

/// Whether and how what is said is kept from others; that nobody checked who is at the other end, too.
pub(super) fn security(peer: &Peer, text: &Text) -> String {
    match &peer.tls {
        None => text.get("plaintext").to_owned(),
        Some(tls) if tls.unverified => text.with("peer-not-verified", &[("version", tls.version.as_str().into())]),
        Some(tls) => tls.version.clone(),
    }
}

/// Names and values, the address first.
pub(super) fn facts<'a>(peer: &'a Peer, text: &'a Text) -> Vec<(&'a str, String)> {
    let mut all = vec![("peer-address", peer.address.clone())];
    all.extend(peer.via.iter().map(|via| ("peer-via", via.clone())));
    all.extend(peer.local.iter().map(|local| ("peer-local", local.clone())));
    if let Some(tls) = &peer.tls {
        let none = || text.get("peer-none").to_owned();
        all.push(("peer-tls", tls.version.clone()));
        all.push(("peer-cipher", tls.cipher.clone()));
        all.push(("peer-alpn", if tls.alpn.is_empty() { none() } else { tls.alpn.clone() }));
        all.push(("peer-verified", text.get(if tls.unverified { "peer-skipped" } else { "peer-checked" }).to_owned()));
    }
    all.into_iter().map(|(key, value)| (text.get(key), value)).collect()
}

/// What is to be warned of: a certificate that was not looked at, and what would have been said of it; secrets that are
/// written to a file.
pub(super) fn warnings(tls: &TlsSession, text: &Text) -> Vec<String> {
    let mut all = Vec::new();
    if tls.unverified {
        let doubt = tls.doubt.as_ref().map(|doubt| status_words(text, &Status::default(), Some(doubt)));
        // Without what to do about it: that was not asked for.
        let doubt = doubt.as_ref().and_then(|doubt| doubt.lines().next());
        all.push(match doubt {
            Some(doubt) => text.with("peer-doubt", &[("doubt", doubt.into())]),
            None => text.get("peer-no-doubt").to_owned(),
        });
    }
    if tls.key_log {
        all.push(text.get("peer-key-log").to_owned());
    }
    all
}

/// Draws what is to be warned of.
pub(super) fn warnings_ui(ui: &mut Ui, peer: &Peer, text: &Text) {
    for warning in peer.tls.iter().flat_map(|tls| warnings(tls, text)) {
        widgets::notice(ui, NoticeKind::Warning, &warning, &[]);
        ui.add_space(4.0);
    }
}

/// Draws facts, their names in one column.
pub(super) fn facts_ui(ui: &mut Ui, facts: &[(&str, String)]) {
    let tokens = theme::tokens(ui);
    for (name, value) in facts.iter().filter(|(_, value)| !value.is_empty()) {
        ui.horizontal_top(|ui| {
            ui.scope(|ui| {
                ui.set_width(NAMES);
                ui.add(egui::Label::new(RichText::new(*name).font(theme::small()).color(tokens.text_tertiary)));
            });
            let value = RichText::new(value).font(theme::mono_small()).color(tokens.text);
            ui.add(egui::Label::new(value).selectable(true).wrap());
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Cause;
    use crate::text::Language;

    #[test]
    fn what_is_to_be_warned_of() {
        let text = Text::new(Language::En);
        let fine = TlsSession {
            version: "TLSv1.3".into(),
            cipher: String::new(),
            alpn: String::new(),
            chain: Vec::new(),
            unverified: false,
            doubt: None,
            key_log: false,
        };
        assert_eq!(warnings(&fine, &text), Vec::<String>::new());
        let skipped = TlsSession { unverified: true, ..fine.clone() };
        assert!(warnings(&skipped, &text)[0].contains("need not be skipped"));
        let doubt = Some(Cause::Refused { address: "a:1".into() });
        let all = warnings(&TlsSession { doubt, key_log: true, ..skipped }, &text);
        assert!(all[0].contains("Verification would have said: ") && !all[0].contains('\n'), "{all:?}");
        assert!(all[1].contains("SSLKEYLOGFILE"), "{all:?}");
        assert_eq!((http_key(0), http_key(3)), ("http-1", "http-2"));
    }
}
