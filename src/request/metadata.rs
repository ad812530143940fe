//! Metadata rows and credentials as typed, checked by the rules of gRPC and HTTP/2.
//!
//! Must not know: network, UI.

use base64::Engine as _;

use super::{AuthDraft, BinaryForm, MetadataEntry, MetadataRow, MetadataValue, Place, Problem, Scope, expand};

/// What the rows and credentials of a draft send, inherited ones first.
///
/// # Errors
///
/// Every row that cannot be sent.
pub(super) fn entries(
    rows: &[MetadataRow],
    auth: &AuthDraft,
    scope: &Scope,
) -> Result<Vec<MetadataEntry>, Vec<Problem>> {
    let mut entries = Vec::new();
    let mut problems = Vec::new();
    let own = |name: &str| rows.iter().any(|row| !row.disabled && same_name(&row.name, name));
    for row in scope.metadata.iter().filter(|row| !own(&row.name)) {
        match check_row(row, scope) {
            Ok(entry) => entries.extend(entry),
            Err(problem) => {
                let message = format!("in the inherited metadata `{}`: {problem}", row.name);
                problems.push(Problem { place: Place::Metadata(rows.len()), message });
            }
        }
    }
    for (index, row) in rows.iter().enumerate() {
        match check_row(row, scope) {
            Ok(entry) => entries.extend(entry),
            Err(message) => problems.push(Problem { place: Place::Metadata(index), message }),
        }
    }
    let auth = if *auth == AuthDraft::Inherit { &scope.auth } else { auth };
    match credentials(auth, scope) {
        // A row of the same name was typed on purpose: two of them would be refused by most servers.
        Ok(Some((name, value))) => {
            if !entries.iter().any(|(other, _)| *other == name) {
                entries.push((name, value));
            }
        }
        Ok(None) => {}
        Err(message) => problems.push(Problem { place: Place::Auth, message }),
    }
    if problems.is_empty() { Ok(entries) } else { Err(problems) }
}

/// Whether two names mean the same metadata.
pub(crate) fn same_name(one: &str, other: &str) -> bool {
    !one.trim().is_empty() && one.trim().eq_ignore_ascii_case(other.trim())
}

/// What a row sends; `None` for a row that is empty or switched off.
///
/// # Errors
///
/// Why it cannot be sent.
pub fn check_row(row: &MetadataRow, scope: &Scope) -> Result<Option<MetadataEntry>, String> {
    if row.disabled || (row.name.trim().is_empty() && row.value.trim().is_empty()) {
        return Ok(None);
    }
    entry_as(&row.name, &row.value, row.form, scope).map(Some)
}

/// The metadata that goes before the credentials, which are not sent then: its name.
#[must_use]
pub fn before_credentials(rows: &[MetadataRow], auth: &AuthDraft, scope: &Scope) -> Option<String> {
    let auth = if *auth == AuthDraft::Inherit { &scope.auth } else { auth };
    let name = auth.secret_name(scope)?;
    let mut all = rows.iter().chain(&scope.metadata).filter(|row| !row.disabled);
    all.any(|row| expand(row.name.trim(), scope).is_ok_and(|other| same_name(&other, &name))).then_some(name)
}

fn entry(name: &str, value: &str, scope: &Scope) -> Result<MetadataEntry, String> {
    entry_as(name, value, BinaryForm::default(), scope)
}

fn entry_as(name: &str, value: &str, form: BinaryForm, scope: &Scope) -> Result<MetadataEntry, String> {
    let name = check_name(&expand(name.trim(), scope)?)?;
    let value = expand(value, scope)?;
    let value = if name.ends_with("-bin") {
        MetadataValue::Binary(form.read(&value)?)
    } else {
        MetadataValue::Text(visible(value.trim())?)
    };
    Ok((name, value))
}

pub(super) fn check_name(name: &str) -> Result<String, String> {
    if name.is_empty() {
        return Err("the name is missing".to_owned());
    }
    let name = name.to_ascii_lowercase();
    let because = if name.starts_with(':') {
        "names with a colon belong to HTTP/2; set :authority in the TLS settings"
    } else if name == "grpc-timeout" {
        "gRPC sends it for the timeout; set that instead"
    } else if name.starts_with("grpc-") {
        "names that begin with grpc- belong to gRPC itself"
    } else {
        match name.as_str() {
            "content-type" | "te" => "gRPC sets it on every call",
            "connect-timeout-ms" => "Connect sends it for the timeout; set that instead",
            "connect-protocol-version" | "connect-content-encoding" | "connect-accept-encoding" => {
                "it belongs to Connect itself"
            }
            "host" => "HTTP/2 has :authority in its place; set that in the TLS settings",
            "content-length" => "gRPC messages carry their own length",
            "connection" | "keep-alive" | "proxy-connection" | "transfer-encoding" | "upgrade" => "HTTP/2 forbids it",
            _ => "",
        }
    };
    if !because.is_empty() {
        return Err(format!("`{name}` cannot be set: {because}"));
    }
    match name.chars().find(|c| !matches!(c, 'a'..='z' | '0'..='9' | '_' | '-' | '.')) {
        Some(c) => Err(format!("a name has no `{c}` in it, only letters, digits, `_`, `-` and `.`")),
        None => Ok(name),
    }
}

pub(super) fn visible(value: &str) -> Result<String, String> {
    match value.chars().find(|c| !matches!(c, ' '..='~')) {
        Some(c) => Err(format!(
            "a value has no `{}` in it, only visible ASCII: for other bytes let the name end in -bin",
            c.escape_debug()
        )),
        None => Ok(value.to_owned()),
    }
}

fn credentials(auth: &AuthDraft, scope: &Scope) -> Result<Option<MetadataEntry>, String> {
    let authorization = |value: String| Ok(Some(("authorization".to_owned(), MetadataValue::Text(value))));
    match auth {
        // The last three become an entry when the call is made.
        AuthDraft::Inherit | AuthDraft::None | AuthDraft::Jwt(_) | AuthDraft::OAuth2(_) | AuthDraft::Command(_) => {
            Ok(None)
        }
        AuthDraft::Bearer { token } => {
            let token = visible(expand(token, scope)?.trim())?;
            if token.is_empty() {
                return Err("the token is missing".to_owned());
            }
            authorization(format!("Bearer {token}"))
        }
        AuthDraft::Basic { user, password } => {
            let user = expand(user, scope)?;
            if user.contains(':') {
                return Err("a user name has no colon in it".to_owned());
            }
            let pair = format!("{user}:{}", expand(password, scope)?);
            authorization(format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair)))
        }
        AuthDraft::ApiKey { name, value } => entry(name, value, scope).map(Some),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &str, value: &str) -> MetadataRow {
        MetadataRow { name: name.to_owned(), value: value.to_owned(), ..MetadataRow::default() }
    }

    fn shown(entries: &[MetadataEntry]) -> String {
        let one = |(name, value): &MetadataEntry| match value {
            MetadataValue::Text(text) => format!("{name}={text}"),
            MetadataValue::Binary(bytes) => format!("{name}={bytes:?}"),
        };
        entries.iter().map(one).collect::<Vec<_>>().join(" ")
    }

    fn check(name: &str, value: &str, expected: Result<&str, &str>) {
        let got = check_row(&row(name, value), &Scope::default()).map(|entry| shown(entry.as_slice()));
        match (got, expected) {
            (Ok(got), Ok(expected)) => assert_eq!(got, expected),
            (Err(got), Err(part)) => assert!(got.contains(part), "{got}"),
            (got, expected) => panic!("{name:?} {value:?}: {got:?}, expected {expected:?}"),
        }
    }

    #[test]
    fn rows() {
        check("X-Trace", " 1 ", Ok("x-trace=1"));
        check("user-agent", "me/1", Ok("user-agent=me/1"));
        check("", "", Ok(""));
        check("", "1", Err("name is missing"));
        check("a b", "1", Err("no ` ` in it"));
        check("头", "1", Err("no `头` in it"));
        check("a", "中", Err("visible ASCII"));
        check("a", "x\ny", Err("no `\\n` in it"));
        check(":path", "1", Err("belong to HTTP/2"));
        check("grpc-timeout", "1", Err("set that instead"));
        check("Grpc-Status", "1", Err("belong to gRPC itself"));
        check("content-type", "1", Err("on every call"));
        check("te", "1", Err("on every call"));
        check("connect-timeout-ms", "1", Err("set that instead"));
        check("Connect-Protocol-Version", "1", Err("belongs to Connect"));
        check("connection", "1", Err("forbids"));
    }

    #[test]
    fn a_row_goes_before_credentials_of_its_name() {
        let scope = Scope { metadata: vec![row("Authorization", "x")], ..Scope::default() };
        let bearer = AuthDraft::Bearer { token: "t".into() };
        let before = |rows: &[MetadataRow], scope: &Scope| before_credentials(rows, &bearer, scope);
        assert_eq!(before(&[], &scope).as_deref(), Some("authorization"));
        assert_eq!(before(&[], &Scope::default()), None);
        assert_eq!(before(&[row("authorization", "")], &Scope::default()).as_deref(), Some("authorization"));
        let off = MetadataRow { disabled: true, ..row("authorization", "") };
        assert_eq!(before(&[off], &Scope::default()), None);
        assert_eq!(before_credentials(&[], &AuthDraft::None, &scope), None);
    }

    #[test]
    fn bytes_are_typed_in_any_form() {
        let typed = |form, value: &str| {
            let row = MetadataRow { form, ..row("a-bin", value) };
            check_row(&row, &Scope::default()).map(|entry| shown(entry.as_slice()))
        };
        assert_eq!(typed(BinaryForm::Hex, "00 Ff").unwrap(), r#"a-bin=b"\0\xff""#);
        assert_eq!(typed(BinaryForm::Text, " hi").unwrap(), r#"a-bin=b" hi""#);
        assert!(typed(BinaryForm::Hex, "0").is_err());
    }

    #[test]
    fn binary_values() {
        check("a-bin", "aGk=", Ok(r#"a-bin=b"hi""#));
        check("a-bin", "aGk", Ok(r#"a-bin=b"hi""#));
        check("A-Bin", "--__", Ok(r#"a-bin=b"\xfb\xef\xff""#));
        check("a-bin", "++//", Ok(r#"a-bin=b"\xfb\xef\xff""#));
        check("a-bin", "", Ok(r#"a-bin=b"""#));
        check("a-bin", "!", Err("base64 has no `!` in it"));
    }

    fn sent(rows: &[MetadataRow], auth: &AuthDraft, scope: &Scope) -> String {
        match entries(rows, auth, scope) {
            Ok(entries) => shown(&entries),
            Err(problems) => format!("{problems:?}"),
        }
    }

    #[test]
    fn inherited_rows_come_first_unless_the_name_is_the_drafts() {
        let scope = Scope { metadata: vec![row("a", "outer"), row("b", "outer")], ..Scope::default() };
        assert_eq!(
            sent(&[row("B", "own"), row("c", "1"), row("c", "2")], &AuthDraft::Inherit, &scope),
            "a=outer b=own c=1 c=2"
        );
        let off = MetadataRow { disabled: true, ..row("b", "own") };
        assert_eq!(sent(&[off], &AuthDraft::Inherit, &scope), "a=outer b=outer");
    }

    #[test]
    fn credentials_become_entries() {
        let bearer = AuthDraft::Bearer { token: "t".into() };
        let scope = Scope { auth: bearer.clone(), ..Scope::default() };
        assert_eq!(sent(&[], &AuthDraft::Inherit, &scope), "authorization=Bearer t");
        assert_eq!(sent(&[], &AuthDraft::None, &scope), "");
        assert_eq!(sent(&[row("Authorization", "mine")], &bearer, &scope), "authorization=mine");
        let basic = AuthDraft::Basic { user: "u".into(), password: "p:w".into() };
        assert_eq!(sent(&[], &basic, &scope), "authorization=Basic dTpwOnc=");
        let key = AuthDraft::ApiKey { name: "X-Key".into(), value: "k".into() };
        assert_eq!(sent(&[], &key, &scope), "x-key=k");
        let missing = AuthDraft::Bearer { token: "{{nobody}}".into() };
        assert!(sent(&[], &missing, &scope).contains("place: Auth"));
    }

    #[test]
    fn problems_of_inherited_rows_lie_past_the_drafts_own() {
        let scope = Scope { metadata: vec![row("te", "1")], ..Scope::default() };
        let problems = entries(&[row("a", "1")], &AuthDraft::None, &scope).unwrap_err();
        assert_eq!(problems[0].place, Place::Metadata(1));
    }
}
