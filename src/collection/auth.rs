//! Credentials between the files and the drafts.
//!
//! Must not know: where the files lie.

use serde_json::Value;

use super::file::AuthFile;
use crate::request::{AuthDraft, ClientAuth, CommandDraft, EntryDraft, JwtAlgorithm, JwtDraft, OAuthDraft, OAuthGrant};

/// The credentials that a file holds; a type or an algorithm that we do not know counts as absent.
pub(super) fn auth_draft(auth: Option<&AuthFile>) -> AuthDraft {
    let Some(file) = auth.cloned() else { return AuthDraft::Inherit };
    match file.kind.as_str() {
        "none" => AuthDraft::None,
        "bearer" => AuthDraft::Bearer { token: file.token },
        "basic" => AuthDraft::Basic { user: file.user, password: file.password },
        "api-key" => AuthDraft::ApiKey { name: file.name, value: file.value },
        "jwt" => {
            let algorithm = match file.algorithm.as_str() {
                "" => Some(JwtAlgorithm::default()),
                name => JwtAlgorithm::of_name(name),
            };
            let Some(algorithm) = algorithm else { return AuthDraft::Inherit };
            AuthDraft::Jwt(JwtDraft {
                algorithm,
                entry: entry_draft(file.name, file.prefix),
                key: file.key,
                key_file: file.key_file,
                key_is_base64: file.key_is_base64,
                claims: object_text(&file.claims),
                header: object_text(&file.header),
                lifetime: file.lifetime,
            })
        }
        "oauth2" => {
            let grant = match file.grant.as_str() {
                "" | "client-credentials" => OAuthGrant::ClientCredentials,
                "authorization-code" => OAuthGrant::AuthorizationCode,
                _ => return AuthDraft::Inherit,
            };
            AuthDraft::OAuth2(OAuthDraft {
                grant,
                authorization_url: file.authorization_url,
                redirect_port: port_text(&file.redirect_port),
                token_url: file.token_url,
                client_id: file.client_id,
                client_secret: file.client_secret,
                scopes: file.scopes,
                audience: file.audience,
                resource: file.resource,
                client_auth: if file.client_auth == "body" { ClientAuth::Body } else { ClientAuth::Header },
                parameters: file.parameters,
            })
        }
        "command" => AuthDraft::Command(CommandDraft {
            line: file.command,
            timeout: file.timeout,
            entry: entry_draft(file.name, file.prefix),
        }),
        _ => AuthDraft::Inherit,
    }
}

/// The file of credentials; keys that we do not know are taken from `old`.
pub(super) fn auth_file(auth: &AuthDraft, old: Option<AuthFile>) -> Option<AuthFile> {
    if auth_draft(old.as_ref()) == *auth {
        return old;
    }
    let mut file = AuthFile { rest: old.map(|old| old.rest).unwrap_or_default(), ..AuthFile::default() };
    let kind = match auth.clone() {
        AuthDraft::Inherit => return None,
        AuthDraft::None => "none",
        AuthDraft::Bearer { token } => {
            file.token = token;
            "bearer"
        }
        AuthDraft::Basic { user, password } => {
            (file.user, file.password) = (user, password);
            "basic"
        }
        AuthDraft::ApiKey { name, value } => {
            (file.name, file.value) = (name, value);
            "api-key"
        }
        AuthDraft::Jwt(jwt) => {
            jwt.algorithm.name().clone_into(&mut file.algorithm);
            (file.name, file.prefix) = entry_file(jwt.entry);
            (file.key, file.key_file, file.key_is_base64) = (jwt.key, jwt.key_file, jwt.key_is_base64);
            (file.claims, file.header) = (object_value(&jwt.claims), object_value(&jwt.header));
            file.lifetime = jwt.lifetime;
            "jwt"
        }
        AuthDraft::OAuth2(oauth) => {
            let grant = match oauth.grant {
                OAuthGrant::ClientCredentials => "client-credentials",
                OAuthGrant::AuthorizationCode => "authorization-code",
            };
            grant.clone_into(&mut file.grant);
            (file.authorization_url, file.token_url) = (oauth.authorization_url, oauth.token_url);
            file.redirect_port = port_value(oauth.redirect_port);
            (file.client_id, file.client_secret) = (oauth.client_id, oauth.client_secret);
            (file.scopes, file.audience, file.resource) = (oauth.scopes, oauth.audience, oauth.resource);
            if oauth.client_auth == ClientAuth::Body {
                "body".clone_into(&mut file.client_auth);
            }
            file.parameters = oauth.parameters;
            "oauth2"
        }
        AuthDraft::Command(command) => {
            (file.name, file.prefix) = entry_file(command.entry);
            (file.command, file.timeout) = (command.line, command.timeout);
            "command"
        }
    };
    kind.clone_into(&mut file.kind);
    Some(file)
}

fn entry_draft(name: String, prefix: Option<String>) -> EntryDraft {
    let usual = EntryDraft::default();
    EntryDraft { name: if name.is_empty() { usual.name } else { name }, prefix: prefix.unwrap_or(usual.prefix) }
}

fn entry_file(entry: EntryDraft) -> (String, Option<String>) {
    let usual = EntryDraft::default();
    (
        if entry.name == usual.name { String::new() } else { entry.name },
        Some(entry.prefix).filter(|own| *own != usual.prefix),
    )
}

fn port_text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        value => value.to_string(),
    }
}

/// A number where it comes back as it was typed, else its text.
fn port_value(text: String) -> Value {
    match text.parse::<u16>() {
        _ if text.is_empty() => Value::Null,
        Ok(port) if port.to_string() == text => port.into(),
        _ => Value::String(text),
    }
}

fn object_text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        // A tree of JSON values can always be written.
        value => serde_json::to_string_pretty(value).unwrap_or_default(),
    }
}

/// An object as such where it is one that comes back as it was typed, else its text.
fn object_value(text: &str) -> Value {
    match serde_json::from_str::<Value>(text) {
        _ if text.is_empty() => Value::Null,
        Ok(value) if value.is_object() && object_text(&value) == text => value,
        _ => Value::String(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::AuthKind;

    fn full() -> Vec<AuthDraft> {
        let entry = EntryDraft { name: "x-token".into(), prefix: String::new() };
        let mut all: Vec<AuthDraft> = AuthKind::ALL.iter().map(|kind| kind.draft()).collect();
        all.extend([
            AuthDraft::Bearer { token: "t".into() },
            AuthDraft::Basic { user: "u".into(), password: "p".into() },
            AuthDraft::ApiKey { name: "n".into(), value: "v".into() },
            AuthDraft::Jwt(JwtDraft {
                algorithm: JwtAlgorithm::EdDsa,
                key: "{{key}}".into(),
                key_file: "keys/a.pem".into(),
                key_is_base64: true,
                claims: "{\n  \"sub\": \"me\"\n}".into(),
                header: "{ \"kid\": ".into(),
                lifetime: "1h".into(),
                entry: entry.clone(),
            }),
            AuthDraft::OAuth2(OAuthDraft {
                grant: OAuthGrant::AuthorizationCode,
                authorization_url: "https://a/authorize".into(),
                redirect_port: "8400".into(),
                token_url: "https://a/token".into(),
                client_id: "me".into(),
                client_secret: "{{secret}}".into(),
                scopes: "a b".into(),
                audience: "x".into(),
                resource: "y".into(),
                client_auth: ClientAuth::Body,
                parameters: "prompt=login\nx=y".into(),
            }),
            AuthDraft::Command(CommandDraft { line: "print token".into(), timeout: "5s".into(), entry }),
        ]);
        all
    }

    #[test]
    fn credentials_come_back() {
        for auth in full() {
            let file = auth_file(&auth, None);
            let text = serde_json::to_string(&file).unwrap();
            let read: Option<AuthFile> = serde_json::from_str(&text).unwrap();
            assert!(read == file, "{text}");
            assert!(auth_draft(read.as_ref()) == auth, "{text}");
        }
    }

    #[test]
    fn files_say_only_what_was_said() {
        let check = |auth: &AuthDraft, expected: &str| {
            assert_eq!(serde_json::to_string(&auth_file(auth, None)).unwrap(), expected);
        };
        check(&AuthDraft::Inherit, "null");
        check(&AuthKind::Command.draft(), r#"{"type":"command"}"#);
        let claims = "{\n  \"sub\": \"me\"\n}".to_owned();
        let jwt = JwtDraft { key: "{{k}}".into(), claims, ..JwtDraft::default() };
        check(&AuthDraft::Jwt(jwt), r#"{"type":"jwt","algorithm":"HS256","key":"{{k}}","claims":{"sub":"me"}}"#);
        let oauth = OAuthDraft { token_url: "https://a/t".into(), client_id: "me".into(), ..OAuthDraft::default() };
        let expected = r#"{"type":"oauth2","grant":"client-credentials","tokenUrl":"https://a/t","clientId":"me"}"#;
        check(&AuthDraft::OAuth2(oauth.clone()), expected);
        for (port, expected) in [("8400", "8400"), ("{{port}}", r#""{{port}}""#), ("08", r#""08""#)] {
            let oauth = OAuthDraft { redirect_port: port.into(), ..oauth.clone() };
            let file = auth_file(&AuthDraft::OAuth2(oauth.clone()), None).unwrap();
            let text = serde_json::to_string(&file).unwrap();
            assert!(text.contains(&format!(r#""redirectPort":{expected},"#)), "{text}");
            assert!(auth_draft(Some(&file)) == AuthDraft::OAuth2(oauth), "{text}");
        }
    }

    #[test]
    fn what_we_do_not_know_is_kept() {
        let check = |text: &str, change: &dyn Fn(&mut AuthDraft), expected: &str| {
            let old: AuthFile = serde_json::from_str(text).unwrap();
            let mut auth = auth_draft(Some(&old));
            change(&mut auth);
            assert_eq!(serde_json::to_string(&auth_file(&auth, Some(old)).unwrap()).unwrap(), expected);
        };
        let same = |_: &mut AuthDraft| {};
        for text in [
            r#"{"type":"aws","region":"x"}"#,
            r#"{"type":"jwt","algorithm":"ES512","key":"k"}"#,
            r#"{"type":"oauth2","grant":"device-code","clientId":"me"}"#,
            r#"{"type":"oauth2","grant":"authorization-code","redirectPort":"8400","redirectHost":"localhost"}"#,
            r#"{"type":"oauth2","redirectPort":[8400]}"#,
            r#"{"type":"command","command":"a","why":"b"}"#,
        ] {
            check(text, &same, text);
        }
        let change = |auth: &mut AuthDraft| {
            let AuthDraft::Command(command) = auth else { panic!() };
            command.line = "c".into();
        };
        let text = r#"{"type":"command","command":"a","why":"b"}"#;
        check(text, &change, r#"{"type":"command","command":"c","why":"b"}"#);
        let change = |auth: &mut AuthDraft| {
            let AuthDraft::OAuth2(oauth) = auth else { panic!() };
            oauth.redirect_port = "8401".into();
        };
        let text = r#"{"type":"oauth2","grant":"authorization-code","redirectPort":8400,"redirectHost":"localhost"}"#;
        check(text, &change, &text.replace("8400", "8401"));
    }
}
