//! Credentials as typed.
//!
//! Must not know: network, UI.

use std::fmt;

use super::{Scope, expand};

/// Credentials as typed. Every text may hold `{{variables}}`.
#[derive(Clone, Default, PartialEq, Eq)]
pub enum AuthDraft {
    /// What the folder or collection says.
    #[default]
    Inherit,
    /// None, whatever is inherited.
    None,
    /// `authorization: Bearer TOKEN`.
    Bearer {
        /// The token.
        token: String,
    },
    /// `authorization: Basic ...`.
    Basic {
        /// User name.
        user: String,
        /// Password.
        password: String,
    },
    /// A metadata entry of any name.
    ApiKey {
        /// Its name.
        name: String,
        /// Its value.
        value: String,
    },
    /// A JSON Web Token that is signed here for each call.
    Jwt(JwtDraft),
    /// A token of an OAuth 2 server.
    OAuth2(OAuthDraft),
    /// A token that a command prints.
    Command(CommandDraft),
}

/// The kinds of [`AuthDraft`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthKind {
    /// [`AuthDraft::Inherit`].
    Inherit,
    /// [`AuthDraft::None`].
    None,
    /// [`AuthDraft::Bearer`].
    Bearer,
    /// [`AuthDraft::Basic`].
    Basic,
    /// [`AuthDraft::ApiKey`].
    ApiKey,
    /// [`AuthDraft::Jwt`].
    Jwt,
    /// [`AuthDraft::OAuth2`].
    OAuth2,
    /// [`AuthDraft::Command`].
    Command,
}

impl AuthKind {
    /// All, in the order in which they are offered.
    pub const ALL: [Self; 8] =
        [Self::Inherit, Self::None, Self::Bearer, Self::Basic, Self::ApiKey, Self::Jwt, Self::OAuth2, Self::Command];

    /// Credentials of that kind with nothing typed yet.
    #[must_use]
    pub fn draft(self) -> AuthDraft {
        match self {
            Self::Inherit => AuthDraft::Inherit,
            Self::None => AuthDraft::None,
            Self::Bearer => AuthDraft::Bearer { token: String::new() },
            Self::Basic => AuthDraft::Basic { user: String::new(), password: String::new() },
            Self::ApiKey => AuthDraft::ApiKey { name: "x-api-key".to_owned(), value: String::new() },
            Self::Jwt => AuthDraft::Jwt(JwtDraft { lifetime: "5m".to_owned(), ..JwtDraft::default() }),
            Self::OAuth2 => AuthDraft::OAuth2(OAuthDraft::default()),
            Self::Command => AuthDraft::Command(CommandDraft::default()),
        }
    }
}

/// The metadata entry that a token becomes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryDraft {
    /// Its name; empty for `authorization`.
    pub name: String,
    /// What stands before the token, with a space between; empty for nothing.
    pub prefix: String,
}

impl Default for EntryDraft {
    fn default() -> Self {
        Self { name: "authorization".to_owned(), prefix: "Bearer".to_owned() }
    }
}

/// What a JWT is signed with (RFC 7518, section 3.1; RFC 8037).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum JwtAlgorithm {
    /// HMAC with SHA-256.
    #[default]
    Hs256,
    /// HMAC with SHA-384.
    Hs384,
    /// HMAC with SHA-512.
    Hs512,
    /// RSA, PKCS#1 v1.5, with SHA-256.
    Rs256,
    /// RSA, PKCS#1 v1.5, with SHA-384.
    Rs384,
    /// RSA, PKCS#1 v1.5, with SHA-512.
    Rs512,
    /// RSA, PSS, with SHA-256.
    Ps256,
    /// RSA, PSS, with SHA-384.
    Ps384,
    /// RSA, PSS, with SHA-512.
    Ps512,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// ECDSA on P-384 with SHA-384.
    Es384,
    /// Ed25519.
    EdDsa,
}

impl JwtAlgorithm {
    /// All, in the order in which they are offered.
    pub const ALL: [Self; 12] = [
        Self::Hs256,
        Self::Hs384,
        Self::Hs512,
        Self::Rs256,
        Self::Rs384,
        Self::Rs512,
        Self::Ps256,
        Self::Ps384,
        Self::Ps512,
        Self::Es256,
        Self::Es384,
        Self::EdDsa,
    ];

    /// As it stands in the token's header.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hs256 => "HS256",
            Self::Hs384 => "HS384",
            Self::Hs512 => "HS512",
            Self::Rs256 => "RS256",
            Self::Rs384 => "RS384",
            Self::Rs512 => "RS512",
            Self::Ps256 => "PS256",
            Self::Ps384 => "PS384",
            Self::Ps512 => "PS512",
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
            Self::EdDsa => "EdDSA",
        }
    }

    /// The algorithm of a name, in any case.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.name().eq_ignore_ascii_case(name.trim()))
    }

    /// Whether the key is a secret that both sides share, not a private key in PEM form.
    #[must_use]
    pub const fn is_shared_secret(self) -> bool {
        matches!(self, Self::Hs256 | Self::Hs384 | Self::Hs512)
    }
}

/// A JWT as typed.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct JwtDraft {
    /// What signs it.
    pub algorithm: JwtAlgorithm,
    /// The shared secret, or the private key in PEM form.
    pub key: String,
    /// The file that holds the key, where `key` is empty; from the collection's folder.
    pub key_file: String,
    /// The shared secret is bytes, in base64.
    pub key_is_base64: bool,
    /// The claims as a JSON object; empty for none.
    pub claims: String,
    /// Members of the header beside `alg` and `typ`, as a JSON object.
    pub header: String,
    /// How long it holds, `5m`: `iat` and `exp` are set from it where the claims do not have them. Empty for neither.
    pub lifetime: String,
    /// The entry that it is sent as.
    pub entry: EntryDraft,
}

/// How the token is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OAuthGrant {
    /// The program identifies itself (RFC 6749, section 4.4).
    #[default]
    ClientCredentials,
    /// The user does, in the browser (RFC 6749, section 4.1, with RFC 7636 and RFC 8252).
    AuthorizationCode,
}

/// Where the client's id and secret are put.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ClientAuth {
    /// In the header `authorization: Basic`.
    #[default]
    Header,
    /// In the body, as `client_id` and `client_secret`.
    Body,
}

/// OAuth 2 as typed.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct OAuthDraft {
    /// How the token is asked for.
    pub grant: OAuthGrant,
    /// Where the user logs in; of the authorization code.
    pub authorization_url: String,
    /// The port that the browser comes back to; of the authorization code. Empty or 0 for any free one.
    pub redirect_port: String,
    /// Where the token is fetched.
    pub token_url: String,
    /// The client's id.
    pub client_id: String,
    /// The client's secret; empty for a client without one.
    pub client_secret: String,
    /// Separated by spaces.
    pub scopes: String,
    /// `audience`; empty for none.
    pub audience: String,
    /// `resource` (RFC 8707); empty for none.
    pub resource: String,
    /// Where id and secret are put.
    pub client_auth: ClientAuth,
    /// Further parameters, `name=value`, one on a line: of the authorization URL where there is one, else of the token
    /// request.
    pub parameters: String,
}

/// A token from a command, as typed.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct CommandDraft {
    /// The command line, for the system's shell.
    pub line: String,
    /// How long it may run; empty for 30 s.
    pub timeout: String,
    /// The entry that the token is sent as.
    pub entry: EntryDraft,
}

impl AuthDraft {
    /// Its kind.
    #[must_use]
    pub const fn kind(&self) -> AuthKind {
        match self {
            Self::Inherit => AuthKind::Inherit,
            Self::None => AuthKind::None,
            Self::Bearer { .. } => AuthKind::Bearer,
            Self::Basic { .. } => AuthKind::Basic,
            Self::ApiKey { .. } => AuthKind::ApiKey,
            Self::Jwt(_) => AuthKind::Jwt,
            Self::OAuth2(_) => AuthKind::OAuth2,
            Self::Command(_) => AuthKind::Command,
        }
    }

    /// The name of the entry that it sends, whose value is a secret.
    #[must_use]
    pub fn secret_name(&self, scope: &Scope) -> Option<String> {
        let name = match self {
            Self::Inherit | Self::None => return None,
            Self::Bearer { .. } | Self::Basic { .. } | Self::OAuth2(_) => "authorization",
            Self::ApiKey { name, .. } => name,
            Self::Jwt(jwt) => &jwt.entry.name,
            Self::Command(command) => &command.entry.name,
        };
        expand(name, scope).ok().map(|name| name.trim().to_ascii_lowercase())
    }

    /// Whether a secret stands in it as such, not as a variable: it would go into git with the collection.
    #[must_use]
    pub fn has_plain_secret(&self) -> bool {
        let secret = match self {
            Self::Inherit | Self::None | Self::Command(_) => return false,
            Self::Bearer { token } => token,
            Self::Basic { password, .. } => password,
            Self::ApiKey { value, .. } => value,
            Self::Jwt(jwt) => &jwt.key,
            Self::OAuth2(oauth) => &oauth.client_secret,
        };
        !secret.trim().is_empty() && !secret.contains("{{")
    }
}

/// Only which kind it is: all the rest may hold secrets.
impl fmt::Debug for AuthDraft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_not_printed() {
        let auth = AuthDraft::OAuth2(OAuthDraft { client_secret: "abc".into(), ..OAuthDraft::default() });
        assert_eq!(format!("{auth:?}"), "OAuth2");
    }

    #[test]
    fn plain_secrets() {
        let check = |token: &str, expected| {
            assert_eq!(AuthDraft::Bearer { token: token.to_owned() }.has_plain_secret(), expected, "{token}");
        };
        check("", false);
        check("abc", true);
        check("{{token}}", false);
    }

    #[test]
    fn kinds_and_names() {
        for kind in AuthKind::ALL {
            assert_eq!(kind.draft().kind(), kind);
        }
        for algorithm in JwtAlgorithm::ALL {
            assert_eq!(JwtAlgorithm::of_name(algorithm.name()), Some(algorithm));
        }
        let key = AuthDraft::ApiKey { name: "X-{{n}}".into(), value: String::new() };
        let scope = Scope { variables: vec![("n".into(), "Key".into())], ..Scope::default() };
        assert_eq!(key.secret_name(&scope).as_deref(), Some("x-key"));
    }
}
