//! TLS settings as typed, what they inherit, and what they mean.
//!
//! Must not know: network (files are named here, and read by the engine).

use std::path::{Path, PathBuf};

use super::{Identity, Scope, TlsDraft, TlsMode, TlsSpec, expand};

impl TlsDraft {
    /// These settings with those of `outer` wherever they are the default.
    #[must_use]
    pub fn over(&self, outer: &Self) -> Self {
        let text = |own: &str, outer: &str| if own.trim().is_empty() { outer.to_owned() } else { own.to_owned() };
        // The key and the password of another certificate are of no use to one's own.
        let of_cert = |own: &str, outer: &str| text(own, if self.cert.trim().is_empty() { outer } else { "" });
        Self {
            mode: if self.mode == TlsMode::Auto { outer.mode } else { self.mode },
            ca: text(&self.ca, &outer.ca),
            cert: text(&self.cert, &outer.cert),
            key: of_cert(&self.key, &outer.key),
            password: of_cert(&self.password, &outer.password),
            authority: text(&self.authority, &outer.authority),
            server_name: text(&self.server_name, &outer.server_name),
            insecure: self.insecure || outer.insecure,
        }
    }

    /// What the settings mean.
    ///
    /// # Errors
    ///
    /// Everything that cannot be used, with the part that has it.
    pub(super) fn meaning(&self, scope: &Scope) -> Result<TlsSpec, Vec<(TlsPart, String)>> {
        let mut problems = Vec::new();
        let mut read = |part, text: &str| {
            expand(text, scope).map_err(|problem| problems.push((part, problem))).ok().filter(|text| !text.is_empty())
        };
        let ca = read(TlsPart::Ca, self.ca.trim());
        let cert = read(TlsPart::Cert, self.cert.trim());
        let key = read(TlsPart::Key, self.key.trim());
        let is_pkcs12 = cert.as_deref().is_some_and(is_pkcs12);
        let password = read(TlsPart::Password, if is_pkcs12 { &self.password } else { "" });
        let server_name = read(TlsPart::ServerName, self.server_name.trim());
        let wrong = match (self.cert.trim().is_empty(), self.key.trim().is_empty()) {
            (false, true) if cert.is_some() && !is_pkcs12 => {
                Some((TlsPart::Key, "the client certificate needs its key beside it"))
            }
            (false, false) if is_pkcs12 => {
                Some((TlsPart::Key, "a .p12 file has its key in it: leave the client key empty"))
            }
            (true, false) => Some((TlsPart::Cert, "the client key needs its certificate beside it")),
            _ => None,
        };
        // What cannot be read at all is told first.
        if let Some((part, problem)) = wrong.filter(|(part, _)| problems.iter().all(|(of, _)| of != part)) {
            problems.push((part, problem.to_owned()));
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let file = |text: String| scope.folder.join(PathBuf::from(text));
        let identity = match (cert.map(file), key.map(file)) {
            (Some(file), None) => Some(Identity::Pkcs12 { file, password: password.unwrap_or_default() }),
            (Some(chain), Some(key)) => Some(Identity::Pem { chain, key }),
            (None, _) => None,
        };
        Ok(TlsSpec { ca: ca.map(file), identity, insecure: self.insecure, server_name })
    }

    /// What was typed for a part; `None` where it is no text.
    #[must_use]
    pub fn text(&self, part: TlsPart) -> Option<&str> {
        Some(match part {
            TlsPart::Mode | TlsPart::Insecure => return None,
            TlsPart::Ca => &self.ca,
            TlsPart::Cert => &self.cert,
            TlsPart::Key => &self.key,
            TlsPart::Password => &self.password,
            TlsPart::ServerName => &self.server_name,
            TlsPart::Authority => &self.authority,
        })
    }

    /// As [`TlsDraft::text`], to be changed.
    pub fn text_mut(&mut self, part: TlsPart) -> Option<&mut String> {
        Some(match part {
            TlsPart::Mode | TlsPart::Insecure => return None,
            TlsPart::Ca => &mut self.ca,
            TlsPart::Cert => &mut self.cert,
            TlsPart::Key => &mut self.key,
            TlsPart::Password => &mut self.password,
            TlsPart::ServerName => &mut self.server_name,
            TlsPart::Authority => &mut self.authority,
        })
    }

    /// Whether a part of the settings says something of its own.
    #[must_use]
    pub fn sets(&self, part: TlsPart) -> bool {
        match part {
            TlsPart::Mode => self.mode != TlsMode::Auto,
            TlsPart::Insecure => self.insecure,
            _ => self.text(part).is_some_and(|text| !text.trim().is_empty()),
        }
    }

    /// Whether the client certificate is a file that has its key in it, which a password opens.
    #[must_use]
    pub fn has_pkcs12(&self, scope: &Scope) -> bool {
        expand(self.cert.trim(), scope).is_ok_and(|path| is_pkcs12(&path))
    }

    /// Whether the password stands in it as such, not as a variable: it would go into git with the collection.
    #[must_use]
    pub fn has_plain_secret(&self) -> bool {
        !self.password.trim().is_empty() && !self.password.contains("{{")
    }
}

/// A part of the TLS settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TlsPart {
    /// Whether TLS is used.
    Mode,
    /// Roots.
    Ca,
    /// Client certificate.
    Cert,
    /// Client key.
    Key,
    /// What opens the client certificate.
    Password,
    /// The name that the server's certificate must have.
    ServerName,
    /// Whether verification is skipped.
    Insecure,
    /// `:authority`.
    Authority,
}

impl TlsPart {
    /// All.
    pub const ALL: [Self; 8] = [
        Self::Mode,
        Self::Ca,
        Self::Cert,
        Self::Key,
        Self::Password,
        Self::ServerName,
        Self::Insecure,
        Self::Authority,
    ];
}

/// Whether it is a file with certificate and key together.
fn is_pkcs12(path: &str) -> bool {
    Path::new(path).extension().is_some_and(|end| end.eq_ignore_ascii_case("p12") || end.eq_ignore_ascii_case("pfx"))
}

/// `:authority` as typed.
///
/// # Errors
///
/// Why it cannot be one.
pub(super) fn authority(text: &str, scope: &Scope) -> Result<Option<String>, String> {
    let text = expand(text.trim(), scope)?;
    if text.is_empty() {
        return Ok(None);
    }
    match text.parse::<http::uri::Authority>() {
        Ok(_) if !text.contains('@') => Ok(Some(text)),
        _ => Err(format!("`{text}` is no authority: type a host name, with or without a port")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_settings_stand_over_inherited_ones() {
        let outer =
            TlsDraft { mode: TlsMode::Tls, ca: "outer.pem".into(), authority: "a".into(), ..TlsDraft::default() };
        let own = TlsDraft { ca: "own.pem".into(), insecure: true, ..TlsDraft::default() };
        let both = own.over(&outer);
        assert_eq!(both.mode, TlsMode::Tls);
        assert_eq!((both.ca.as_str(), both.authority.as_str(), both.insecure), ("own.pem", "a", true));
    }

    #[test]
    fn a_key_is_inherited_with_its_certificate_only() {
        let outer = TlsDraft { cert: "outer.pem".into(), key: "outer.key".into(), ..TlsDraft::default() };
        assert_eq!(TlsDraft::default().over(&outer).key, "outer.key");
        let own = TlsDraft { cert: "own.p12".into(), ..TlsDraft::default() };
        assert_eq!(own.over(&outer).key, "");
    }

    #[test]
    fn files_start_from_the_folder_of_the_scope() {
        let scope = Scope { folder: PathBuf::from("orders"), ..Scope::default() };
        let tls = TlsDraft { ca: "tls/ca.pem".into(), ..TlsDraft::default() };
        assert_eq!(tls.meaning(&scope).unwrap().ca, Some(PathBuf::from("orders").join("tls/ca.pem")));
    }

    #[test]
    fn a_certificate_needs_a_key() {
        let tls = TlsDraft { cert: "cert.pem".into(), ca: "{{nobody}}".into(), ..TlsDraft::default() };
        let problems = tls.meaning(&Scope::default()).unwrap_err();
        let parts: Vec<_> = problems.iter().map(|(part, _)| *part).collect();
        assert_eq!(parts, [TlsPart::Ca, TlsPart::Key], "{problems:?}");
        let tls = TlsDraft { cert: "{{nobody}}".into(), ..TlsDraft::default() };
        assert!(tls.meaning(&Scope::default()).unwrap_err()[0].1.contains("nobody"));
    }

    #[test]
    fn a_pkcs12_file_needs_a_password_and_no_key() {
        let scope = Scope { variables: vec![("secret".into(), "pw".into())], ..Scope::default() };
        let tls = TlsDraft { cert: "me.P12".into(), password: "{{secret}}".into(), ..TlsDraft::default() };
        let identity = tls.meaning(&scope).unwrap().identity.unwrap();
        assert_eq!(identity, Identity::Pkcs12 { file: PathBuf::from("me.P12"), password: "pw".into() });
        assert!(!format!("{identity:?}").contains("pw"));
        assert!(tls.has_pkcs12(&scope) && !tls.has_plain_secret());
        let plain = TlsDraft { password: "pw".into(), ..tls.clone() };
        assert!(plain.has_plain_secret() && !format!("{plain:?}").contains("pw"));
        let both = TlsDraft { key: "me.key".into(), ..tls };
        assert_eq!(both.meaning(&scope).unwrap_err().len(), 1);
    }

    #[test]
    fn authorities() {
        let check = |text: &str| authority(text, &Scope::default());
        assert_eq!(check("").unwrap(), None);
        assert_eq!(check("api.example.com:443").unwrap().as_deref(), Some("api.example.com:443"));
        assert!(check("a b").is_err());
        assert!(check("a/b").is_err());
        assert!(check("me@a").is_err());
    }
}
