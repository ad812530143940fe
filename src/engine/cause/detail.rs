//! What is wrong with a certificate, a key or their file, as a part of a sentence: what is known has words in every
//! language, the rest stays as the library says it.
//!
//! Must not know: the libraries that read them.

use std::fmt;

/// A part of a [`TlsCause`](super::TlsCause)'s sentence. Its words stand under `tls-detail` in the locale files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TlsDetail {
    /// There is no such file.
    NotFound,
    /// The system does not let us read it.
    PermissionDenied,
    /// It is a folder.
    Folder,
    /// It is far larger than any such file.
    TooLarge,
    /// A section of a PEM file has no end.
    SectionEnd,
    /// A section of a PEM file begins badly.
    SectionStart,
    /// The base64 of a PEM file is broken.
    Base64,
    /// It is no certificate.
    NoCertificate,
    /// It is no private key, or none of a kind that is supported.
    UnknownKey,
    /// The private key is shorter than is taken.
    ShortKey,
    /// It is no PKCS#12 file.
    NoPkcs12,
    /// The PKCS#12 file is encrypted or sealed in a way that is not supported.
    UnknownEncryption,
    /// A certificate or key within the PKCS#12 file is of another kind than is supported.
    UnknownContent,
    /// A certificate is of version 1.
    Version1,
    /// A certificate has a critical extension that is not known.
    Extension,
    /// A certificate is signed in a way that is not supported.
    Signature,
    /// A certificate that vouches for another one is none of a CA.
    IssuerNoCa,
    /// The name is outside of what a CA may vouch for.
    NameConstraint,
    /// More certificates stand between than a CA allows.
    PathLength,
    /// A certificate was taken back.
    Revoked,
    /// Something else, in English.
    Words(String),
}

impl TlsDetail {
    /// Which words; `other` for those in English.
    pub(super) const fn key(&self) -> &'static str {
        match self {
            Self::NotFound => "not-found",
            Self::PermissionDenied => "permission-denied",
            Self::Folder => "folder",
            Self::TooLarge => "too-large",
            Self::SectionEnd => "section-end",
            Self::SectionStart => "section-start",
            Self::Base64 => "base64",
            Self::NoCertificate => "no-certificate",
            Self::UnknownKey => "unknown-key",
            Self::ShortKey => "short-key",
            Self::NoPkcs12 => "no-pkcs12",
            Self::UnknownEncryption => "unknown-encryption",
            Self::UnknownContent => "unknown-content",
            Self::Version1 => "version-1",
            Self::Extension => "extension",
            Self::Signature => "signature",
            Self::IssuerNoCa => "issuer-no-ca",
            Self::NameConstraint => "name-constraint",
            Self::PathLength => "path-length",
            Self::Revoked => "revoked",
            Self::Words(_) => "other",
        }
    }

    /// What stands in the sentence, by name.
    pub(super) fn arguments(&self) -> [(&'static str, String); 2] {
        [("known", self.key().to_owned()), ("detail", self.to_string())]
    }
}

/// In plain English, for status messages.
impl fmt::Display for TlsDetail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotFound => "no such file or directory",
            Self::PermissionDenied => "permission denied",
            Self::Folder => "it is a folder",
            Self::TooLarge => "it is too large for such a file",
            Self::SectionEnd => "the end of a section is missing",
            Self::SectionStart => "a section begins badly",
            Self::Base64 => "its base64 is broken",
            Self::NoCertificate => "it is not encoded as a certificate should be",
            Self::UnknownKey => "it is broken, or of a kind that is not supported",
            Self::ShortKey => "it is too short",
            Self::NoPkcs12 => "it is not encoded as such a file should be",
            Self::UnknownEncryption => "it is encrypted or sealed in a way that is not supported",
            Self::UnknownContent => "it holds a certificate or key of a kind that is not supported",
            Self::Version1 => "it is of X.509 version 1, and only version 3 is taken",
            Self::Extension => "it has a critical extension that is not known",
            Self::Signature => "it is signed in a way that is not supported, SHA-1 or a short key perhaps",
            Self::IssuerNoCa => "it is issued by a certificate that is none of a CA",
            Self::NameConstraint => "its CA may not vouch for that name (name constraints)",
            Self::PathLength => "more certificates stand between than its CA allows (path length)",
            Self::Revoked => "it was revoked",
            Self::Words(words) => words,
        })
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::engine::cause::tls::tests as tls;
    use crate::text::{Arg, Language, Text};

    /// One of each.
    pub(in crate::engine::cause) fn all() -> Vec<TlsDetail> {
        vec![
            TlsDetail::NotFound,
            TlsDetail::PermissionDenied,
            TlsDetail::Folder,
            TlsDetail::TooLarge,
            TlsDetail::SectionEnd,
            TlsDetail::SectionStart,
            TlsDetail::Base64,
            TlsDetail::NoCertificate,
            TlsDetail::UnknownKey,
            TlsDetail::ShortKey,
            TlsDetail::NoPkcs12,
            TlsDetail::UnknownEncryption,
            TlsDetail::UnknownContent,
            TlsDetail::Version1,
            TlsDetail::Extension,
            TlsDetail::Signature,
            TlsDetail::IssuerNoCa,
            TlsDetail::NameConstraint,
            TlsDetail::PathLength,
            TlsDetail::Revoked,
            TlsDetail::Words("as the library says".to_owned()),
        ]
    }

    fn sentence(text: &Text, key: &str, arguments: &[(&'static str, String)]) -> String {
        let values: Vec<(&str, Arg<'_>)> =
            arguments.iter().map(|(name, value)| (*name, value.as_str().into())).collect();
        text.with(key, &values)
    }

    #[test]
    fn every_detail_has_words_in_every_language() {
        for language in Language::all() {
            let text = Text::new(*language);
            for detail in all() {
                let words = sentence(&text, "tls-detail", &detail.arguments());
                let is_english = words == detail.to_string();
                let expected = *language == Language::En || matches!(detail, TlsDetail::Words(_));
                assert_eq!(is_english, expected, "{language:?} {}: {words}", detail.key());
            }
        }
    }

    #[test]
    fn sentences_say_the_detail_in_their_language() {
        let chinese = Text::new(Language::ZhCn);
        let mut said = 0;
        for cause in tls::all_with(&TlsDetail::Base64) {
            let arguments = cause.arguments();
            if !arguments.iter().any(|(name, _)| *name == "known") {
                continue;
            }
            said += 1;
            let words = sentence(&chinese, "tls-detail", &arguments);
            let text = sentence(&chinese, cause.key(), &arguments);
            assert!(text.contains(&words) && !text.contains("broken"), "{}: {text}", cause.key());
        }
        assert_eq!(said, 5);
    }
}
