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
    /// Every file name that cannot be used.
    pub(super) fn meaning(&self, scope: &Scope) -> Result<TlsSpec, Vec<String>> {
        let mut problems = Vec::new();
        let mut file = |text: &str| match expand(text.trim(), scope) {
            Ok(path) if path.is_empty() => None,
            Ok(path) => Some(scope.folder.join(PathBuf::from(path))),
            Err(problem) => {
                problems.push(problem);
                None
            }
        };
        let ca = file(&self.ca);
        let cert = file(&self.cert);
        let key = file(&self.key);
        let is_pkcs12 = cert.as_deref().is_some_and(is_pkcs12);
        match (self.cert.trim().is_empty(), self.key.trim().is_empty()) {
            (false, true) if !is_pkcs12 => problems.push("the client certificate needs its key beside it".to_owned()),
            (false, false) if is_pkcs12 => {
                problems.push("a .p12 file has its key in it: leave the client key empty".to_owned());
            }
            (true, false) => problems.push("the client key needs its certificate beside it".to_owned()),
            _ => {}
        }
        let password = if is_pkcs12 {
            expand(&self.password, scope).unwrap_or_else(|problem| {
                problems.push(problem);
                String::new()
            })
        } else {
            String::new()
        };
        let server_name = expand(self.server_name.trim(), scope).map_err(|problem| problems.push(problem));
        if problems.is_empty() {
            let server_name = server_name.ok().filter(|name| !name.is_empty());
            let identity = match (cert, key) {
                (Some(file), None) => Some(Identity::Pkcs12 { file, password }),
                (Some(chain), Some(key)) => Some(Identity::Pem { chain, key }),
                (None, _) => None,
            };
            Ok(TlsSpec { ca, identity, insecure: self.insecure, server_name })
        } else {
            Err(problems)
        }
    }
}

/// Whether it is a file with certificate and key together.
fn is_pkcs12(path: &Path) -> bool {
    path.extension().is_some_and(|end| end.eq_ignore_ascii_case("p12") || end.eq_ignore_ascii_case("pfx"))
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
        assert_eq!(problems.len(), 2, "{problems:?}");
    }

    #[test]
    fn a_pkcs12_file_needs_a_password_and_no_key() {
        let scope = Scope { variables: vec![("secret".into(), "pw".into())], ..Scope::default() };
        let tls = TlsDraft { cert: "me.P12".into(), password: "{{secret}}".into(), ..TlsDraft::default() };
        let identity = tls.meaning(&scope).unwrap().identity.unwrap();
        assert_eq!(identity, Identity::Pkcs12 { file: PathBuf::from("me.P12"), password: "pw".into() });
        assert!(!format!("{identity:?}").contains("pw"));
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
