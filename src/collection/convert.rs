//! Between the files and what the program works with: drafts, sources, metadata, credentials, TLS settings.
//!
//! Must not know: where the files lie, but for the folder that relative paths start from.

use std::path::{Component, Path, PathBuf};

use serde_json::{Map, Value};

use super::auth::{auth_draft, auth_file};
use super::file::{RequestFile, RowFile, SourceFile, TlsFile};
use crate::request::{BinaryForm, Draft, MetadataRow, Setting, SettingsDraft, TlsDraft, TlsMode};
use crate::schema::Source;

/// How messages are written into a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Texts {
    /// As JSON values, where they are JSON: for a collection.
    AsValues,
    /// Just as they were typed: for drafts that are not saved yet.
    Verbatim,
}

/// The draft that a file holds.
#[must_use]
pub fn draft_of(file: &RequestFile) -> Draft {
    Draft {
        method: file.method.clone(),
        target: file.target.clone(),
        tls: tls_draft(&file.tls),
        metadata: rows(&file.metadata),
        auth: auth_draft(file.auth.as_ref()),
        timeout: file.timeout.clone(),
        connect_timeout: file.connect_timeout.clone(),
        settings: settings_draft(&file.settings),
        messages: file.messages.iter().map(message_text).collect(),
    }
}

/// The file that holds a draft. What a draft does not have (name, captures, asserts, unknown keys) is taken from `old`.
#[must_use]
pub fn file_of(draft: &Draft, old: RequestFile, texts: Texts) -> RequestFile {
    let message = |text: &String| match texts {
        Texts::AsValues => message_value(text),
        Texts::Verbatim => Value::String(text.clone()),
    };
    RequestFile {
        method: draft.method.clone(),
        target: draft.target.clone(),
        tls: tls_file(&draft.tls, old.tls),
        metadata: draft.metadata.iter().map(|row| row_file(row, &old.metadata)).collect(),
        auth: auth_file(&draft.auth, old.auth),
        timeout: draft.timeout.clone(),
        connect_timeout: draft.connect_timeout.clone(),
        settings: settings_file(&draft.settings, &old.settings),
        messages: draft.messages.iter().map(message).collect(),
        ..old
    }
}

/// Whether two drafts are saved as the same file: spaces and the order of lines in a message do not matter.
#[must_use]
pub fn same_request(one: &Draft, other: &Draft) -> bool {
    let file = |draft: &Draft| file_of(draft, RequestFile::default(), Texts::AsValues);
    one == other || file(one) == file(other)
}

fn message_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        // A tree of JSON values can always be written.
        value => serde_json::to_string_pretty(value).unwrap_or_default(),
    }
}

/// A message's text as a JSON value, or as a string where a value would lose something.
fn message_value(text: &str) -> Value {
    match serde_json::from_str::<Value>(text) {
        Ok(value) if !value.is_string() && tokens(text) == tokens(&value.to_string()) => value,
        _ => Value::String(text.to_owned()),
    }
}

/// How many strings a JSON text has, and its whole numbers: what a tree of values may lose by repeated names and by
/// numbers beyond 64 bits.
fn tokens(text: &str) -> (usize, Vec<&str>) {
    let mut strings = 0;
    let mut numbers = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let length = match c {
            '"' => {
                strings += 1;
                let mut escaped = false;
                let end = rest[1..].find(|c| {
                    let ends = c == '"' && !escaped;
                    escaped = c == '\\' && !escaped;
                    ends
                });
                end.map_or(rest.len(), |end| end + 2)
            }
            '-' | '0'..='9' => {
                let end = rest.find(|c: char| !matches!(c, '-' | '+' | '.' | 'e' | 'E' | '0'..='9'));
                let number = &rest[..end.unwrap_or(rest.len())];
                // `-0` and `-0.0` are one value.
                if !number.contains(['.', 'e', 'E']) && number != "-0" {
                    numbers.push(number);
                }
                number.len()
            }
            c => c.len_utf8(),
        };
        rest = &rest[length..];
    }
    (strings, numbers)
}

pub(super) fn rows(rows: &[RowFile]) -> Vec<MetadataRow> {
    let row = |row: &RowFile| match row {
        RowFile::Pair(name, value) => {
            MetadataRow { name: name.clone(), value: value.clone(), ..MetadataRow::default() }
        }
        RowFile::Row { name, value, form, disabled, .. } => MetadataRow {
            name: name.clone(),
            value: value.clone(),
            form: BinaryForm::of_key(form).unwrap_or_default(),
            disabled: *disabled,
        },
    };
    rows.iter().map(row).collect()
}

pub(super) fn row_file(row: &MetadataRow, old: &[RowFile]) -> RowFile {
    let kept = old.iter().find_map(|old| match old {
        RowFile::Row { name, value, form, rest, .. } if *name == row.name && *value == row.value => Some((form, rest)),
        _ => None,
    });
    let (old_form, rest) = kept.map(|(form, rest)| (form.as_str(), rest.clone())).unwrap_or_default();
    // A form that we do not know was read as base64, and is kept.
    let form = if BinaryForm::of_key(old_form).unwrap_or_default() == row.form { old_form } else { row.form.key() };
    if row.disabled || !form.is_empty() || !rest.is_empty() {
        let (name, value) = (row.name.clone(), row.value.clone());
        RowFile::Row { name, value, form: form.to_owned(), disabled: row.disabled, rest }
    } else {
        RowFile::Pair(row.name.clone(), row.value.clone())
    }
}

pub(super) fn tls_draft(file: &TlsFile) -> TlsDraft {
    TlsDraft {
        mode: match file.mode.as_str() {
            "plaintext" => TlsMode::Plaintext,
            "tls" => TlsMode::Tls,
            _ => TlsMode::Auto,
        },
        ca: file.ca.clone(),
        cert: file.cert.clone(),
        key: file.key.clone(),
        password: file.password.clone(),
        authority: file.authority.clone(),
        server_name: file.server_name.clone(),
        insecure: file.insecure,
    }
}

pub(super) fn tls_file(tls: &TlsDraft, old: TlsFile) -> TlsFile {
    if tls_draft(&old) == *tls {
        return old;
    }
    let mode = match tls.mode {
        TlsMode::Auto => "",
        TlsMode::Plaintext => "plaintext",
        TlsMode::Tls => "tls",
    };
    TlsFile {
        mode: mode.to_owned(),
        ca: tls.ca.clone(),
        cert: tls.cert.clone(),
        key: tls.key.clone(),
        password: tls.password.clone(),
        authority: tls.authority.clone(),
        server_name: tls.server_name.clone(),
        insecure: tls.insecure,
        rest: old.rest,
    }
}

/// Settings by their keys. A value may be a number or a switch as well as a text.
pub(super) fn settings_draft(file: &Map<String, Value>) -> SettingsDraft {
    let mut draft = SettingsDraft::default();
    for (key, value) in file {
        let Some(setting) = Setting::of_key(key) else { continue };
        draft.set(setting, setting_text(value));
    }
    draft
}

fn setting_text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(on) => if *on { "on" } else { "off" }.to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts.iter().map(setting_text).collect::<Vec<_>>().join(", "),
        value => value.to_string(),
    }
}

/// In the order of [`Setting::ALL`]; values that mean the same as before stay as they were written, and keys that we do
/// not know follow.
pub(super) fn settings_file(draft: &SettingsDraft, old: &Map<String, Value>) -> Map<String, Value> {
    let written = |(setting, text): (Setting, &str)| {
        let key = setting.key();
        let kept = old.get(key).filter(|value| setting_text(value) == text).cloned();
        (key.to_owned(), kept.unwrap_or_else(|| Value::String(text.to_owned())))
    };
    let unknown = old.iter().filter(|(key, _)| Setting::of_key(key).is_none());
    draft.iter().map(written).chain(unknown.map(|(key, value)| (key.clone(), value.clone()))).collect()
}

impl SourceFile {
    /// The source that is meant, relative paths taken from `folder`; `None` for a kind that we do not know. The target
    /// of a reflection source stays as typed, variables included.
    #[must_use]
    pub fn to_source(&self, folder: &Path) -> Option<Source> {
        let all = |paths: &[String]| paths.iter().map(|path| joined(folder, path)).collect();
        match self {
            Self::Protos { protos, import_paths } => {
                Some(Source::Protos { paths: all(protos), import_paths: all(import_paths) })
            }
            Self::DescriptorSet { descriptor_set } => {
                Some(Source::DescriptorSet { path: joined(folder, descriptor_set) })
            }
            Self::Reflection { reflection } => Some(Source::Reflection { target: reflection.clone() }),
            Self::Unknown(_) => None,
        }
    }

    /// How a source is written: paths relative to `folder`, where there is one and they share a beginning.
    #[must_use]
    pub fn of_source(source: &Source, folder: Option<&Path>) -> Self {
        let one = |path: &PathBuf| {
            folder.map_or_else(|| path.to_string_lossy().into_owned(), |folder| relative(folder, path))
        };
        match source {
            Source::Protos { paths, import_paths } => Self::Protos {
                protos: paths.iter().map(one).collect(),
                import_paths: import_paths.iter().map(one).collect(),
            },
            Source::DescriptorSet { path } => Self::DescriptorSet { descriptor_set: one(path) },
            Source::Reflection { target } => Self::Reflection { reflection: target.clone() },
        }
    }
}

/// A path as written joined to the folder it starts from.
fn joined(folder: &Path, path: &str) -> PathBuf {
    normal(&folder.join(path))
}

/// A path with `.` and `..` taken out by name.
pub(super) fn normal(path: &Path) -> PathBuf {
    let mut whole = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if matches!(whole.components().next_back(), Some(Component::Normal(_))) => {
                whole.pop();
            }
            part => whole.push(part),
        }
    }
    whole
}

/// The way from a folder to a path, with `/`; the path itself where there is none.
fn relative(folder: &Path, path: &Path) -> String {
    let (from, to): (Vec<_>, Vec<_>) = (folder.components().collect(), path.components().collect());
    let shared = from.iter().zip(&to).take_while(|(one, other)| one == other).count();
    // Two absolute paths always share the root; more than that is shared where they belong together.
    if shared < 2 || path.is_relative() {
        return path.to_string_lossy().into_owned();
    }
    let up = std::iter::repeat_n("..".into(), from.len() - shared);
    let down = to[shared..].iter().map(|part| part.as_os_str().to_string_lossy());
    let parts: Vec<std::borrow::Cow<'_, str>> = up.chain(down).collect();
    if parts.is_empty() { ".".to_owned() } else { parts.join("/") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::AuthDraft;

    fn full() -> Draft {
        Draft {
            method: "shop.v1.Orders/Place".into(),
            target: "{{host}}:50051".into(),
            tls: TlsDraft { mode: TlsMode::Tls, ca: "ca.pem".into(), insecure: true, ..TlsDraft::default() },
            metadata: vec![
                MetadataRow { name: "a".into(), value: "1".into(), ..MetadataRow::default() },
                MetadataRow { name: "b".into(), disabled: true, ..MetadataRow::default() },
                MetadataRow { name: "c-bin".into(), value: "00 ff".into(), form: BinaryForm::Hex, disabled: false },
            ],
            auth: AuthDraft::Bearer { token: "{{token}}".into() },
            timeout: "5s".into(),
            connect_timeout: "1s".into(),
            settings: {
                let mut settings = SettingsDraft::default();
                settings.set(Setting::KeepaliveTime, "20s");
                settings.set(Setting::Protocol, "grpc-web");
                settings
            },
            messages: vec!["{\n  \"sku\": \"A-1\"\n}".into(), "{ \"broken\": ".into()],
        }
    }

    #[test]
    fn drafts_come_back() {
        for auth in [AuthDraft::Inherit, AuthDraft::None, AuthDraft::Bearer { token: "t".into() }] {
            for texts in [Texts::AsValues, Texts::Verbatim] {
                let draft = Draft { auth: auth.clone(), ..full() };
                let file = file_of(&draft, RequestFile::default(), texts);
                let text = serde_json::to_string(&file).unwrap();
                let read: RequestFile = serde_json::from_str(&text).unwrap();
                assert_eq!(read, file);
                assert_eq!(draft_of(&read), draft);
            }
        }
    }

    #[test]
    fn settings_stay_as_they_were_written() {
        let old: RequestFile = serde_json::from_str(
            r#"{"settings": {"retryAttempts": 3, "waitForReady": true, "acceptCompression": ["gzip", "zstd"], "new": 1}}"#,
        )
        .unwrap();
        let mut draft = draft_of(&old);
        assert_eq!(draft.settings.get(Setting::AcceptCompression), "gzip, zstd");
        draft.settings.set(Setting::WaitForReady, "off");
        let written = serde_json::to_string(&file_of(&draft, old, Texts::AsValues).settings).unwrap();
        let expected = r#"{"waitForReady":"off","acceptCompression":["gzip","zstd"],"retryAttempts":3,"new":1}"#;
        assert_eq!(written, expected);
    }

    #[test]
    fn messages_are_values_where_nothing_is_lost() {
        let value = |text: &str| assert!(!message_value(text).is_string(), "{text}");
        let text = |text: &str| assert_eq!(message_value(text), Value::String(text.to_owned()));
        value("{}");
        value("{ \"a\": [1, -0, 1.50, 1e3, null, true, \"x\\\"\\\\\"], \"\\u4e2d\": 18446744073709551615 }");
        value("[]");
        text("");
        text("\"2024-01-01T00:00:00Z\"");
        text("{ \"a\": 1, \"a\": 2 }");
        text("{ \"a\": 18446744073709551616 }");
        text("{ \"a\": 1 } // why");
        text("{ \"a\": {{n}} }");
        text("1e999");
        for text in ["", "\"x\"", "{ \"a\": 1, \"a\": 2 }", "中"] {
            assert_eq!(message_text(&message_value(text)), text);
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_comes_back(text in "[ -~中\\n]{0,40}", json in r#"(\{"a": ?[0-9.e-]{1,6}(, "[ab]": "[^"]{0,4}")?\})"#) {
            let draft = Draft {
                target: text.clone(),
                metadata: vec![MetadataRow { name: text.clone(), value: text.clone(), disabled: text.len() > 20, form: BinaryForm::ALL[text.len() % 3] }],
                messages: vec![text, json],
                ..Draft::default()
            };
            let verbatim = file_of(&draft, RequestFile::default(), Texts::Verbatim);
            assert_eq!(draft_of(&verbatim), draft);
            // As values only the layout of a message changes, and saving it again changes nothing.
            let file = file_of(&draft, RequestFile::default(), Texts::AsValues);
            let read: RequestFile = serde_json::from_str(&serde_json::to_string(&file).unwrap()).unwrap();
            let again = file_of(&draft_of(&read), read.clone(), Texts::AsValues);
            assert_eq!(again, file);
            assert_eq!(read, file);
        }
    }

    #[test]
    fn sources_are_relative_to_the_collection() {
        let folder = std::env::current_dir().unwrap().join("orders");
        let check = |file: &SourceFile, written: &str| {
            let source = file.to_source(&folder).unwrap();
            assert_eq!(serde_json::to_string(&SourceFile::of_source(&source, Some(&folder))).unwrap(), written);
            source
        };
        let text = r#"{"protos":["protos","../shared/a.proto"],"importPaths":["."]}"#;
        let Source::Protos { paths, .. } = check(&serde_json::from_str(text).unwrap(), text) else { panic!() };
        assert_eq!(paths[0], folder.join("protos"));
        assert_eq!(paths[1], folder.parent().unwrap().join("shared/a.proto"));
        let text = r#"{"descriptorSet":"x.binpb"}"#;
        check(&serde_json::from_str(text).unwrap(), text);
        let text = r#"{"reflection":"{{host}}:50051"}"#;
        check(&serde_json::from_str(text).unwrap(), text);
        let unknown: SourceFile = serde_json::from_str(r#"{"registry":"x"}"#).unwrap();
        assert!(unknown.to_source(&folder).is_none());
        assert_eq!(serde_json::to_string(&unknown).unwrap(), r#"{"registry":"x"}"#);
    }
}
