//! Tokens of an OAuth 2 server: client credentials, authorization code with PKCE, refresh tokens.
//!
//! Written here rather than taken from the crate `oauth2`: two forms and one JSON object are left once HTTP is ours, and
//! the crate brings a second random source and a second SHA-256 for them.
//!
//! Must not know: HTTP, how the browser comes back.

use std::fmt::Write as _;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::digest::{SHA256, digest};
use ring::rand::{SecureRandom as _, SystemRandom};
use serde_json::Value;

use super::browser::Listener;
use super::{CredentialsFailure, Fetching, Token, http};
use crate::engine::event::Step;
use crate::request::{ClientAuth, Grant, OAuthSpec, Secret};

/// Of an answer that is no JSON, so much is shown.
const SHOWN: usize = 200;

/// A new token: by the refresh token where there is one, else as the grant says.
pub(super) async fn token(
    spec: &OAuthSpec,
    refresh: &mut Secret,
    fetching: &Fetching<'_>,
) -> Result<Token, CredentialsFailure> {
    if !refresh.is_empty() {
        let form = [("grant_type", "refresh_token"), ("refresh_token", refresh.reveal())];
        match asked(spec, &form, &[], refresh.clone(), fetching).await {
            // It has ended too, or was revoked: from the beginning.
            Err(CredentialsFailure::Refused { .. }) => *refresh = Secret::default(),
            Ok((token, next)) => {
                *refresh = next;
                return Ok(token);
            }
            Err(failure) => return Err(failure),
        }
    }
    let (token, next) = match &spec.grant {
        Grant::ClientCredentials => {
            let further: Vec<(&str, &str)> =
                spec.parameters.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            let mut form = vec![("grant_type", "client_credentials")];
            form.extend(wanted(spec));
            asked(spec, &form, &further, Secret::default(), fetching).await?
        }
        Grant::AuthorizationCode { authorization_url, redirect_port } => {
            by_browser(spec, authorization_url, *redirect_port, fetching).await?
        }
    };
    *refresh = next;
    Ok(token)
}

/// What the token is to be for.
fn wanted(spec: &OAuthSpec) -> impl Iterator<Item = (&str, &str)> {
    let all: [(&str, &str); 3] = [("scope", &spec.scopes), ("audience", &spec.audience), ("resource", &spec.resource)];
    all.into_iter().filter(|(_, value)| !value.is_empty())
}

async fn by_browser(
    spec: &OAuthSpec,
    authorization_url: &str,
    redirect_port: u16,
    fetching: &Fetching<'_>,
) -> Result<(Token, Secret), CredentialsFailure> {
    let listener = Listener::open(redirect_port).await?;
    let (state, verifier) = (random()?, random()?);
    let challenge = URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()));
    let redirect = listener.address();
    let mut form = vec![
        ("response_type", "code"),
        ("client_id", &spec.client_id),
        ("redirect_uri", &redirect),
        ("state", &state),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ];
    form.extend(wanted(spec));
    form.extend(spec.parameters.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    let (base, fragment) = authorization_url.split_once('#').unwrap_or((authorization_url, ""));
    let joint = if base.contains('?') { '&' } else { '?' };
    let hash = if fragment.is_empty() { "" } else { "#" };
    let url = format!("{base}{joint}{}{hash}{fragment}", encoded(&form));
    fetching.teller.step(Step::Browser { url }).await;

    let code = listener.code(authorization_url, &state).await?;
    let form = [
        ("grant_type", "authorization_code"),
        ("code", code.reveal()),
        ("redirect_uri", &redirect),
        ("code_verifier", &verifier),
    ];
    let resource = Some(("resource", spec.resource.as_str())).filter(|(_, value)| !value.is_empty());
    asked(spec, &form, resource.as_slice(), Secret::default(), fetching).await
}

/// 32 random bytes in base64: 43 characters, as PKCE wants.
fn random() -> Result<String, CredentialsFailure> {
    let mut bytes = [0; 32];
    SystemRandom::new().fill(&mut bytes).map_err(|_unspecified| CredentialsFailure::Browser {
        detail: "this system has no random numbers".to_owned(),
    })?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// Asks the token server, as the client; the token, and what renews it: `refresh` where the server says nothing new.
async fn asked(
    spec: &OAuthSpec,
    form: &[(&str, &str)],
    further: &[(&str, &str)],
    refresh: Secret,
    fetching: &Fetching<'_>,
) -> Result<(Token, Secret), CredentialsFailure> {
    let mut form = form.to_vec();
    form.extend(further);
    let (id, secret) = (spec.client_id.as_str(), spec.client_secret.reveal());
    // A client without a secret only says who it is (RFC 6749, section 3.2.1).
    let in_header = spec.client_auth == ClientAuth::Header && !secret.is_empty();
    let authorization = in_header.then(|| {
        let pair = format!("{}:{}", escaped(id), escaped(secret));
        Secret::new(format!("Basic {}", STANDARD.encode(pair)))
    });
    if !in_header {
        form.push(("client_id", id));
        if !secret.is_empty() {
            form.push(("client_secret", secret));
        }
    }
    let url = spec.token_url.clone();
    let answer = http::post(&url, authorization.as_ref(), encoded(&form), fetching.like).await;
    let http::Answer { status, body } =
        answer.map_err(|detail| CredentialsFailure::Unreachable { url: url.clone(), detail })?;
    read(url, status, &body, refresh)
}

/// What a token server said (RFC 6749, sections 5.1 and 5.2).
fn read(url: String, status: u16, body: &[u8], refresh: Secret) -> Result<(Token, Secret), CredentialsFailure> {
    let answer: Value = serde_json::from_slice(body).unwrap_or_default();
    let text = |name: &str| answer.get(name).and_then(Value::as_str).unwrap_or_default();
    if !text("error").is_empty() {
        let (error, detail) = (plain(text("error")), plain(text("error_description")));
        return Err(CredentialsFailure::Refused { url, error, detail });
    }
    if !(200..300).contains(&status) {
        let error = format!("HTTP {status}");
        return Err(CredentialsFailure::Refused { url, error, detail: plain(&String::from_utf8_lossy(body)) });
    }
    let token = text("access_token");
    if token.is_empty() {
        let detail = "its answer has no access_token in it".to_owned();
        return Err(CredentialsFailure::Unreachable { url, detail });
    }
    // Some servers send it as a text.
    let length = answer.get("expires_in").and_then(|value| value.as_f64().or_else(|| value.as_str()?.parse().ok()));
    let length = length.and_then(|seconds| Duration::try_from_secs_f64(seconds.max(0.0)).ok());
    let next = text("refresh_token");
    let next = if next.is_empty() { refresh } else { Secret::new(next) };
    Ok((Token::new(Secret::new(token), length), next))
}

/// Words of a stranger on one line, cut.
fn plain(text: &str) -> String {
    let line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().filter(|c| !c.is_control()).take(SHOWN).collect()
}

/// `application/x-www-form-urlencoded`.
fn encoded(form: &[(&str, &str)]) -> String {
    form.iter().map(|(name, value)| format!("{}={}", escaped(name), escaped(value))).collect::<Vec<_>>().join("&")
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => escaped.push(char::from(byte)),
            // Writing to a string cannot fail.
            byte => _ = write!(escaped, "%{byte:02X}"),
        }
    }
    escaped
}

/// The pairs of a query, decoded.
pub(super) fn decoded(query: &str) -> Vec<(String, String)> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (unescaped(name), unescaped(value)))
        .collect()
}

fn unescaped(text: &str) -> String {
    let digit = |byte: Option<&u8>| char::from(*byte?).to_digit(16);
    let bytes = text.as_bytes();
    let mut plain = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        at += 1;
        match byte {
            b'+' => plain.push(b' '),
            b'%' => match digit(bytes.get(at)).zip(digit(bytes.get(at + 1))) {
                Some((high, low)) => {
                    plain.push((high * 16 + low) as u8);
                    at += 2;
                }
                None => plain.push(b'%'),
            },
            byte => plain.push(*byte),
        }
    }
    String::from_utf8_lossy(&plain).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_and_queries() {
        let form = [("scope", "a b"), ("x", "é&=+%")];
        let text = encoded(&form);
        assert_eq!(text, "scope=a%20b&x=%C3%A9%26%3D%2B%25");
        assert_eq!(decoded(&text), form.map(|(name, value)| (name.to_owned(), value.to_owned())));
        assert_eq!(unescaped("a+b%2"), "a b%2");
        assert_eq!(unescaped("%zz%ff"), "%zz\u{fffd}");
    }

    fn answer(status: u16, body: &str) -> Result<(Token, Secret), String> {
        read("u".to_owned(), status, body.as_bytes(), Secret::new("old")).map_err(|failure| failure.to_string())
    }

    #[test]
    fn answers_of_token_servers() {
        let (token, refresh) = answer(200, r#"{"access_token":"t","expires_in":"60"}"#).unwrap();
        assert_eq!((token.value.reveal(), refresh.reveal()), ("t", "old"));
        assert_eq!(token.life.unwrap().length, Duration::from_mins(1));
        let (token, refresh) = answer(200, r#"{"access_token":"t","refresh_token":"new"}"#).unwrap();
        assert_eq!((token.life, refresh.reveal()), (None, "new"));
        let check = |status, body: &str, expected: &str| assert_eq!(answer(status, body).unwrap_err(), expected);
        check(
            400,
            r#"{"error":"invalid_client","error_description":"no\nsuch"}"#,
            "no token: u answered invalid_client: no such",
        );
        check(200, r#"{"error":"bad"}"#, "no token: u answered bad");
        check(502, "<p>Bad gateway", "no token: u answered HTTP 502: <p>Bad gateway");
        check(200, "hello", "no token from u: its answer has no access_token in it");
    }
}
