//! Credentials as meant, where a token is to be made or fetched: the engine makes the metadata entry of them just before
//! the call.
//!
//! Must not know: network, UI.

use std::path::PathBuf;
use std::time::Duration;

use base64::Engine as _;
use serde_json::{Map, Value};

use super::metadata::{check_name, visible};
use super::{
    AuthDraft, ClientAuth, CommandDraft, EntryDraft, JwtAlgorithm, JwtDraft, OAuthDraft, OAuthGrant, Place, Problem,
    Scope, Secret, expand, parse_duration,
};

/// How long a command may run where nothing else was typed.
const COMMAND_TIMEOUT: Duration = Duration::from_secs(30);
/// The path of the [`redirect_address`].
pub(crate) const REDIRECT_PATH: &str = "/callback";

/// What a token is had from.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Credentials {
    /// It is signed here.
    Jwt(JwtSpec),
    /// An OAuth 2 server gives it.
    OAuth2(OAuthSpec),
    /// A command prints it.
    Command(CommandSpec),
}

impl Credentials {
    /// The entry that the token becomes.
    #[must_use]
    pub const fn entry(&self) -> &Entry {
        match self {
            Self::Jwt(JwtSpec { entry, .. })
            | Self::OAuth2(OAuthSpec { entry, .. })
            | Self::Command(CommandSpec { entry, .. }) => entry,
        }
    }
}

/// The metadata entry that a token becomes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Entry {
    /// Name, lower-case.
    pub name: String,
    /// What stands before the token; empty for nothing.
    pub prefix: String,
}

/// A JWT as meant.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct JwtSpec {
    /// What signs it.
    pub algorithm: JwtAlgorithm,
    /// With which key.
    pub key: SigningKey,
    /// Further members of the header: a JSON object.
    pub header: String,
    /// The claims: a JSON object.
    pub claims: Secret,
    /// What `exp` is set from, where the claims have none.
    pub lifetime: Option<Duration>,
    /// The entry that it becomes.
    pub entry: Entry,
}

/// Where a key is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum SigningKey {
    /// This text.
    Text(Secret),
    /// Bytes in base64, which can be read.
    Base64(Secret),
    /// In a file.
    File(PathBuf),
}

/// OAuth 2 as meant.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct OAuthSpec {
    /// How the token is asked for.
    pub grant: Grant,
    /// Where: an `http` or `https` URL.
    pub token_url: String,
    /// The client's id.
    pub client_id: String,
    /// Its secret; empty for none.
    pub client_secret: Secret,
    /// Separated by spaces; empty for none.
    pub scopes: String,
    /// `audience`; empty for none.
    pub audience: String,
    /// `resource`; empty for none.
    pub resource: String,
    /// Where id and secret are put.
    pub client_auth: ClientAuth,
    /// Further parameters.
    pub parameters: Vec<(String, String)>,
    /// The entry that it becomes.
    pub entry: Entry,
}

/// How a token is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Grant {
    /// The program identifies itself.
    ClientCredentials,
    /// The user logs in, in the browser.
    AuthorizationCode {
        /// Where.
        authorization_url: String,
        /// The port of the [`redirect_address`]; 0 for any free one.
        redirect_port: u16,
    },
}

/// A command as meant.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CommandSpec {
    /// As it was typed: what may be shown.
    pub typed: String,
    /// As it runs, variables put in.
    pub line: Secret,
    /// How long it may run.
    pub timeout: Duration,
    /// The entry that its output becomes.
    pub entry: Entry,
    /// The user has agreed to that very line on this machine. Never set here: the engine runs nothing without it.
    pub agreed: bool,
}

impl CommandSpec {
    /// The line that runs, for whoever is asked about it: all of it, and characters that could hide others escaped.
    #[must_use]
    pub fn shown(&self) -> String {
        let hides = |c: char| {
            c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}')
        };
        let line = self.line.reveal().chars();
        line.map(|c| if hides(c) { c.escape_default().to_string() } else { c.to_string() }).collect()
    }
}

/// What the engine makes an entry of; `None` for credentials that are entries already, or none.
///
/// # Errors
///
/// The first thing that is missing or wrong.
pub fn credentials(auth: &AuthDraft, scope: &Scope) -> Result<Option<Credentials>, Problem> {
    let found = match auth {
        AuthDraft::Jwt(draft) => jwt(draft, scope).map(Credentials::Jwt),
        AuthDraft::OAuth2(draft) => oauth(draft, scope).map(Credentials::OAuth2),
        AuthDraft::Command(draft) => command(draft, scope).map(Credentials::Command),
        _ => return Ok(None),
    };
    found.map(Some).map_err(|message| Problem { place: Place::Auth, message })
}

fn trimmed(text: &str, scope: &Scope) -> Result<String, String> {
    Ok(expand(text, scope)?.trim().to_owned())
}

fn entry(draft: &EntryDraft, scope: &Scope) -> Result<Entry, String> {
    let name = trimmed(&draft.name, scope)?;
    let name = if name.is_empty() { "authorization".to_owned() } else { check_name(&name)? };
    if name.ends_with("-bin") {
        return Err("a token is text: the name of its entry cannot end in -bin".to_owned());
    }
    Ok(Entry { name, prefix: visible(&trimmed(&draft.prefix, scope)?)? })
}

fn jwt(draft: &JwtDraft, scope: &Scope) -> Result<JwtSpec, String> {
    let algorithm = draft.algorithm;
    let (typed, file) = (expand(&draft.key, scope)?, trimmed(&draft.key_file, scope)?);
    let key = match (typed.trim().is_empty(), file.is_empty()) {
        (true, true) => return Err("the key is missing: type it, or name its file".to_owned()),
        (true, false) => SigningKey::File(scope.folder.join(file)),
        (false, _) if algorithm.is_shared_secret() && draft.key_is_base64 => {
            base64_key(typed.trim()).map_err(|problem| format!("the key is no base64: {problem}"))?;
            SigningKey::Base64(Secret::new(typed.trim()))
        }
        (false, _) if algorithm.is_shared_secret() => SigningKey::Text(Secret::new(typed)),
        (false, _) if !typed.contains("-----BEGIN") => {
            let name = algorithm.name();
            return Err(format!("{name} needs a private key in PEM form, which begins with -----BEGIN"));
        }
        (false, _) => SigningKey::Text(Secret::new(pem(&typed))),
    };
    let lifetime = match trimmed(&draft.lifetime, scope)? {
        text if text.is_empty() => None,
        text => Some(parse_duration(&text).map_err(|problem| format!("the lifetime: {problem}"))?),
    };
    Ok(JwtSpec {
        algorithm,
        key,
        header: Value::Object(object(&draft.header, "header", scope)?).to_string(),
        claims: Secret::new(Value::Object(object(&draft.claims, "claims", scope)?).to_string()),
        lifetime,
        entry: entry(&draft.entry, scope)?,
    })
}

/// A key in PEM form with its lines, which one in a single line has lost: environments hold it so, and so does a field.
fn pem(typed: &str) -> String {
    let typed = typed.replace("\\n", "\n");
    let parts: Vec<&str> = typed.split("-----").collect();
    let mut lines = String::new();
    for block in parts.chunks_exact(4) {
        let [_, begin, body, end] = block else { continue };
        let body: String = body.split_whitespace().collect();
        lines.extend(["-----", begin, "-----\n", &body, "\n-----", end, "-----\n"]);
    }
    lines
}

/// Bytes of a key in either alphabet of base64, padded or not.
///
/// # Errors
///
/// Why it is none.
pub(crate) fn base64_key(text: &str) -> Result<Vec<u8>, String> {
    let text = text.trim_end_matches('=').replace('+', "-").replace('/', "_");
    base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(text).map_err(|error| error.to_string().to_lowercase())
}

/// A JSON object with variables in its strings.
fn object(text: &str, what: &str, scope: &Scope) -> Result<Map<String, Value>, String> {
    if text.trim().is_empty() {
        return Ok(Map::new());
    }
    match serde_json::from_str(text) {
        Ok(Value::Object(members)) => filled(members, scope),
        Ok(_) => Err(format!("the {what} must be a JSON object")),
        Err(error) => Err(format!("the {what} must be a JSON object: {error}")),
    }
}

fn filled(members: Map<String, Value>, scope: &Scope) -> Result<Map<String, Value>, String> {
    members.into_iter().map(|(name, value)| Ok((name, filled_value(value, scope)?))).collect()
}

fn filled_value(value: Value, scope: &Scope) -> Result<Value, String> {
    Ok(match value {
        Value::String(text) => Value::String(expand(&text, scope)?),
        Value::Array(parts) => {
            Value::Array(parts.into_iter().map(|part| filled_value(part, scope)).collect::<Result<_, _>>()?)
        }
        Value::Object(members) => Value::Object(filled(members, scope)?),
        value => value,
    })
}

fn oauth(draft: &OAuthDraft, scope: &Scope) -> Result<OAuthSpec, String> {
    let token_url = url(&draft.token_url, "token URL", scope)?;
    let grant = match draft.grant {
        OAuthGrant::ClientCredentials => Grant::ClientCredentials,
        OAuthGrant::AuthorizationCode => Grant::AuthorizationCode {
            authorization_url: url(&draft.authorization_url, "authorization URL", scope)?,
            redirect_port: redirect_port(&draft.redirect_port, scope)?,
        },
    };
    let client_id = trimmed(&draft.client_id, scope)?;
    if client_id.is_empty() {
        return Err("the client id is missing".to_owned());
    }
    let client_secret = Secret::new(trimmed(&draft.client_secret, scope)?);
    let mut parameters = Vec::new();
    for line in draft.parameters.lines().filter(|line| !line.trim().is_empty()) {
        let Some((name, value)) = line.split_once('=') else {
            return Err(format!("write each further parameter as name=value: `{}`", line.trim()));
        };
        parameters.push((trimmed(name, scope)?, trimmed(value, scope)?));
    }
    Ok(OAuthSpec {
        grant,
        token_url,
        client_id,
        client_secret,
        scopes: trimmed(&draft.scopes, scope)?.split_whitespace().collect::<Vec<_>>().join(" "),
        audience: trimmed(&draft.audience, scope)?,
        resource: trimmed(&draft.resource, scope)?,
        client_auth: draft.client_auth,
        parameters,
        entry: entry(&EntryDraft::default(), scope)?,
    })
}

/// The port that was typed for the [`redirect_address`]; 0 for any free one.
///
/// # Errors
///
/// When it is no port.
pub fn redirect_port(text: &str, scope: &Scope) -> Result<u16, String> {
    match trimmed(text, scope)? {
        text if text.is_empty() => Ok(0),
        text => {
            text.parse().map_err(|_no_port| format!("the redirect port must be a number from 1 to 65535: `{text}`"))
        }
    }
}

/// The address that the browser comes back to after a login (RFC 8252, section 7.3).
#[must_use]
pub fn redirect_address(port: u16) -> String {
    format!("http://127.0.0.1:{port}{REDIRECT_PATH}")
}

fn url(text: &str, what: &str, scope: &Scope) -> Result<String, String> {
    let text = trimmed(text, scope)?;
    if text.is_empty() {
        return Err(format!("the {what} is missing"));
    }
    let uri: Option<http::Uri> = text.parse().ok();
    let scheme = uri.as_ref().and_then(http::Uri::scheme_str);
    let has_host = uri.as_ref().and_then(http::Uri::host).is_some_and(|host| !host.is_empty());
    match scheme {
        Some("http" | "https") if has_host => Ok(text),
        _ => Err(format!("the {what} must begin with https:// or http:// and name a host: `{text}`")),
    }
}

fn command(draft: &CommandDraft, scope: &Scope) -> Result<CommandSpec, String> {
    let line = trimmed(&draft.line, scope)?;
    if line.is_empty() {
        return Err("the command is missing".to_owned());
    }
    let timeout = match trimmed(&draft.timeout, scope)? {
        text if text.is_empty() => COMMAND_TIMEOUT,
        text => parse_duration(&text).map_err(|problem| format!("the command's timeout: {problem}"))?,
    };
    let (typed, line) = (draft.line.trim().to_owned(), Secret::new(line));
    Ok(CommandSpec { typed, line, timeout, entry: entry(&draft.entry, scope)?, agreed: false })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope() -> Scope {
        let variables = [("key", "s3cret"), ("me", "Ada \"A\""), ("host", "login.example.com")];
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        Scope { variables, folder: PathBuf::from("orders"), ..Scope::default() }
    }

    fn problem(auth: &AuthDraft) -> String {
        let problem = credentials(auth, &scope()).unwrap_err();
        assert_eq!(problem.place, Place::Auth);
        problem.message
    }

    #[test]
    fn jwt_with_variables() {
        let draft = JwtDraft {
            key: "{{key}}".into(),
            claims: r#"{"sub": "{{me}}", "n": 1, "aud": ["{{host}}"]}"#.into(),
            header: r#"{"kid": "{{host}}"}"#.into(),
            lifetime: "5m".into(),
            ..JwtDraft::default()
        };
        let Some(Credentials::Jwt(spec)) = credentials(&AuthDraft::Jwt(draft), &scope()).unwrap() else { panic!() };
        assert_eq!(spec.claims.reveal(), r#"{"sub":"Ada \"A\"","n":1,"aud":["login.example.com"]}"#);
        assert_eq!(spec.header, r#"{"kid":"login.example.com"}"#);
        assert_eq!(spec.key, SigningKey::Text(Secret::new("s3cret")));
        assert_eq!(spec.lifetime, Some(Duration::from_mins(5)));
        assert_eq!((spec.entry.name.as_str(), spec.entry.prefix.as_str()), ("authorization", "Bearer"));
        assert!(!format!("{spec:?}").contains("s3cret"), "{spec:?}");
    }

    #[test]
    fn jwt_problems() {
        let check = |draft: JwtDraft, part: &str| {
            let problem = problem(&AuthDraft::Jwt(draft));
            assert!(problem.contains(part), "{problem}");
        };
        let key = || JwtDraft { key: "k".into(), ..JwtDraft::default() };
        check(JwtDraft::default(), "the key is missing");
        check(JwtDraft { algorithm: JwtAlgorithm::Rs256, ..key() }, "PEM form");
        check(JwtDraft { key_is_base64: true, key: "!".into(), ..key() }, "no base64");
        check(JwtDraft { claims: "[]".into(), ..key() }, "the claims must be a JSON object");
        check(JwtDraft { header: "{".into(), ..key() }, "the header must be a JSON object: ");
        check(JwtDraft { lifetime: "soon".into(), ..key() }, "the lifetime: ");
        check(JwtDraft { claims: r#"{"a": "{{nobody}}"}"#.into(), ..key() }, "nobody");
        let entry = EntryDraft { name: "token-bin".into(), ..EntryDraft::default() };
        check(JwtDraft { entry, ..key() }, "-bin");
    }

    #[test]
    fn key_files_start_from_the_collection() {
        let draft = JwtDraft { key_file: "keys/a.pem".into(), ..JwtDraft::default() };
        let Some(Credentials::Jwt(spec)) = credentials(&AuthDraft::Jwt(draft), &scope()).unwrap() else { panic!() };
        assert_eq!(spec.key, SigningKey::File(PathBuf::from("orders").join("keys/a.pem")));
    }

    #[test]
    fn oauth_with_variables_and_problems() {
        let draft = OAuthDraft {
            token_url: "https://{{host}}/token".into(),
            client_id: "me".into(),
            client_secret: "{{key}}".into(),
            scopes: " a  b ".into(),
            parameters: "prompt = login\n\nx={{me}}".into(),
            ..OAuthDraft::default()
        };
        let auth = AuthDraft::OAuth2(draft.clone());
        let Some(Credentials::OAuth2(spec)) = credentials(&auth, &scope()).unwrap() else { panic!() };
        assert_eq!(spec.token_url, "https://login.example.com/token");
        assert_eq!(spec.scopes, "a b");
        assert_eq!(spec.parameters[0], ("prompt".to_owned(), "login".to_owned()));
        assert!(!format!("{spec:?}").contains("s3cret"), "{spec:?}");
        let check = |draft: OAuthDraft, part: &str| {
            let problem = problem(&AuthDraft::OAuth2(draft));
            assert!(problem.contains(part), "{problem}");
        };
        check(OAuthDraft { token_url: String::new(), ..draft.clone() }, "the token URL is missing");
        check(OAuthDraft { token_url: "login".into(), ..draft.clone() }, "must begin with https://");
        check(OAuthDraft { token_url: "ftp://a".into(), ..draft.clone() }, "must begin with https://");
        check(OAuthDraft { client_id: String::new(), ..draft.clone() }, "client id");
        check(OAuthDraft { parameters: "a".into(), ..draft.clone() }, "name=value");
        check(OAuthDraft { grant: OAuthGrant::AuthorizationCode, ..draft }, "authorization URL");
    }

    #[test]
    fn redirect_ports() {
        let scope = Scope { variables: vec![("port".into(), " 8400 ".into())], ..Scope::default() };
        let check = |text: &str, expected: Result<u16, &str>| {
            assert_eq!(redirect_port(text, &scope), expected.map_err(str::to_owned), "{text}");
        };
        check("", Ok(0));
        check("0", Ok(0));
        check("{{port}}", Ok(8400));
        check("65536", Err("the redirect port must be a number from 1 to 65535: `65536`"));
        check("http", Err("the redirect port must be a number from 1 to 65535: `http`"));
        let draft = OAuthDraft {
            grant: OAuthGrant::AuthorizationCode,
            authorization_url: "https://a/authorize".into(),
            redirect_port: "{{port}}".into(),
            token_url: "https://a/token".into(),
            client_id: "me".into(),
            ..OAuthDraft::default()
        };
        let found = credentials(&AuthDraft::OAuth2(draft), &scope).unwrap();
        let Some(Credentials::OAuth2(OAuthSpec { grant, .. })) = found else { panic!() };
        let expected =
            Grant::AuthorizationCode { authorization_url: "https://a/authorize".into(), redirect_port: 8400 };
        assert_eq!(grant, expected);
        assert_eq!(redirect_address(8400), "http://127.0.0.1:8400/callback");
    }

    #[test]
    fn commands_are_never_agreed_to_here() {
        let draft = CommandDraft { line: "print {{key}}".into(), ..CommandDraft::default() };
        let auth = AuthDraft::Command(draft);
        let Some(Credentials::Command(spec)) = credentials(&auth, &scope()).unwrap() else { panic!() };
        assert_eq!((spec.typed.as_str(), spec.line.reveal()), ("print {{key}}", "print s3cret"));
        assert!(!spec.agreed && spec.timeout == COMMAND_TIMEOUT);
        let tricky = CommandSpec { line: Secret::new("a\u{1b}[2K\u{202e}中"), ..spec.clone() };
        assert_eq!(tricky.shown(), r"a\u{1b}[2K\u{202e}中");
        assert!(!format!("{spec:?}").contains("s3cret"), "{spec:?}");
        assert!(problem(&AuthDraft::Command(CommandDraft::default())).contains("missing"));
    }
}
