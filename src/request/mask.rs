//! Which metadata is secret, and how it shows: one rule for the window, the terminal and every export.
//!
//! Must not know: who shows it.

use super::{MetadataEntry, MetadataValue};

/// What stands in the place of a secret.
pub const MASK: &str = "••••••";

/// Names whose values are secrets, whatever they are called in the credentials.
const SECRET_NAMES: [&str; 12] = [
    "api-key",
    "apikey",
    "authorization",
    "cookie",
    "proxy-authenticate",
    "proxy-authorization",
    "set-cookie",
    "x-access-token",
    "x-amz-security-token",
    "x-api-key",
    "x-auth-token",
    "x-goog-api-key",
];

/// Parts of names that tell a secret: `x-session-token`, `client_secret-bin`.
const SECRET_WORDS: [&str; 8] =
    ["apikey", "authorization", "credential", "credentials", "passwd", "password", "secret", "token"];

/// Whether the metadata of that name holds a secret: credentials, cookies, and whatever calls itself a token, a secret
/// or a password. `extra` are further names, such as the one that the request's API key goes by.
#[must_use]
pub fn is_secret(name: &str, extra: &[String]) -> bool {
    let name = name.trim().to_ascii_lowercase();
    SECRET_NAMES.contains(&name.as_str())
        || extra.iter().any(|other| other.trim().eq_ignore_ascii_case(&name))
        || name.split(['-', '_', '.']).any(|word| SECRET_WORDS.contains(&word))
}

/// A secret value as it may be shown: the scheme of `Bearer abc` stays, the rest is [`MASK`], so that not even its
/// length shows. An empty value stays empty.
#[must_use]
pub fn masked(value: &str) -> String {
    let value = value.trim();
    match value.split_once(' ') {
        _ if value.is_empty() => String::new(),
        Some((scheme, _)) if is_scheme(scheme) => format!("{scheme} {MASK}"),
        _ => MASK.to_owned(),
    }
}

/// What of an entry may be shown, exported and copied: the entry itself, or one with its value [`masked`]. Binary
/// values become text.
#[must_use]
pub fn shown_entry((name, value): &MetadataEntry, extra: &[String]) -> MetadataEntry {
    if !is_secret(name, extra) {
        return (name.clone(), value.clone());
    }
    let value = match value {
        MetadataValue::Text(text) => masked(text),
        MetadataValue::Binary(bytes) if bytes.is_empty() => String::new(),
        MetadataValue::Binary(_) => MASK.to_owned(),
    };
    (name.clone(), MetadataValue::Text(value))
}

/// Schemes of `authorization` (the registry of RFC 9110) that are no secret themselves.
fn is_scheme(word: &str) -> bool {
    const SCHEMES: [&str; 9] =
        ["bearer", "basic", "digest", "dpop", "hoba", "mutual", "negotiate", "privatetoken", "token"];
    SCHEMES.contains(&word.to_ascii_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    #[test]
    fn names_of_secrets() {
        let check = |name: &str, expected| assert_eq!(is_secret(name, &["X-Mine".to_owned()]), expected, "{name}");
        check("Authorization", true);
        check("proxy-authorization", true);
        check("set-cookie", true);
        check("x-session-token", true);
        check("client_secret-bin", true);
        check("x-mine", true);
        check("x-trace", false);
        check("user-agent", false);
        check("tokenizer", false);
        check("", false);
    }

    #[test]
    fn values_of_secrets() {
        let check = |value: &str, expected: &str| assert_eq!(masked(value), expected);
        check("Bearer abc", "Bearer ••••••");
        check("bearer  a b", "bearer ••••••");
        check("Basic dTpw", "Basic ••••••");
        check("pass phrase", "••••••");
        check("abc", "••••••");
        check(" ", "");
    }

    #[test]
    fn entries() {
        let text = |name: &str, value: &str| (name.to_owned(), MetadataValue::Text(value.to_owned()));
        let check = |entry: &MetadataEntry, expected: &MetadataEntry| assert_eq!(shown_entry(entry, &[]), *expected);
        check(&text("a", "b"), &text("a", "b"));
        check(&text("cookie", "a=b; c=d"), &text("cookie", MASK));
        let binary = ("token-bin".to_owned(), MetadataValue::Binary(Bytes::from_static(b"abc")));
        check(&binary, &text("token-bin", MASK));
    }
}
