//! What goes wrong and what is told on the side, as text on standard error, in grpcurl's shapes where it has one.
//!
//! Must not know: which command is running.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use prost_reflect::DescriptorPool;

use super::flags::flag_of;
use super::hints::flag_hint;
use super::terminal::{Stop, note};
use crate::engine::{Cause, Offered, Status, code_name};
use crate::message::AnyTypes;
use crate::request::{self, MetadataEntry, MetadataValue, Place};
use crate::text::{Arg, Language, Text};
use crate::{log, message, schema};

/// The exit code of a gRPC status.
pub(super) fn exit_code(status: i32) -> u8 {
    match status {
        0 => 0,
        // A code beyond a byte still must not look like success.
        code => u8::try_from(code.saturating_add(64)).ok().filter(|code| *code > 0).unwrap_or(u8::MAX),
    }
}

/// Prints `file:line:col: message` with the line of source and a mark below the column.
pub(super) fn schema_problem(problem: &schema::Problem) {
    note(&schema_problem_text(problem));
}

pub(super) fn schema_problem_text(problem: &schema::Problem) -> String {
    let mut text = String::new();
    if !problem.file.is_empty() {
        text.push_str(&problem.file);
        if let Some((line, column)) = problem.position {
            put(&mut text, format_args!(":{line}:{column}"));
        }
        text.push_str(": ");
    }
    if problem.is_note {
        text.push_str("note: ");
    }
    text.push_str(&problem.message);
    if let (Some((line, column)), Some(source)) = (problem.position, &problem.source_line) {
        let number = line.to_string();
        let margin = " ".repeat(number.len());
        let indent: String = source.chars().take(column.saturating_sub(1) as usize).map(blank_like).collect();
        put(&mut text, format_args!("\n  {number} | {source}\n  {margin} | {indent}^"));
    }
    if let Some(hint) = &problem.hint {
        put(&mut text, format_args!("\n  {}", hint.replace('\n', "\n  ")));
    }
    if let Some(folder) = &problem.suggested_import_path {
        put(&mut text, format_args!("\n  try -I {}", folder.display()));
    }
    text
}

/// White space as wide as the character, so that a mark stands under its column. Tabs stay tabs, whatever their width.
fn blank_like(c: char) -> char {
    match c {
        '\t' => '\t',
        // The wide ones of East Asian scripts, and emoji.
        '\u{1100}'..='\u{115f}'
        | '\u{2e80}'..='\u{a4cf}'
        | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}'
        | '\u{fe30}'..='\u{fe4f}'
        | '\u{ff00}'..='\u{ff60}'
        | '\u{ffe0}'..='\u{ffe6}'
        | '\u{1f300}'..='\u{1faff}'
        | '\u{20000}'..='\u{3fffd}' => '\u{3000}',
        _ => ' ',
    }
}

/// What keeps a draft from being sent, as the complaint about a wrong command line.
pub(super) fn usage(problems: &[request::Problem]) -> Stop {
    let one = |problem: &request::Problem| match problem.place {
        Place::Setting(setting) => format!("--{}: {}", flag_of(setting), problem.message),
        _ => request_problem(problem),
    };
    Stop::Usage(problems.iter().map(one).collect::<Vec<_>>().join("\nerror: "))
}

/// One problem of a draft, with the place it belongs to.
pub(super) fn request_problem(problem: &request::Problem) -> String {
    let place = match problem.place {
        Place::Target => "target".to_owned(),
        Place::Method => "method".to_owned(),
        Place::Metadata(index) => format!("metadata entry {}", index + 1),
        Place::Auth => "authentication".to_owned(),
        Place::Tls(_) => "TLS".to_owned(),
        Place::Timeout => "timeout".to_owned(),
        Place::ConnectTimeout => "connect timeout".to_owned(),
        Place::Setting(setting) => setting.key().to_owned(),
        Place::Message(index) => format!("message {}", index + 1),
    };
    format!("{place}: {}", problem.message)
}

/// What does not fit in one message, on one line each.
pub(super) fn message_problems(number: usize, problems: &[message::Problem]) -> String {
    let one = |problem: &message::Problem| {
        let mut text = format!("message {number}: ");
        if let Some(position) = problem.position {
            put(&mut text, format_args!("line {}, column {}: ", position.line, position.column));
        }
        if !problem.path.is_empty() {
            put(&mut text, format_args!("{}: ", problem.path));
        }
        text + &problem.message
    };
    problems.iter().map(one).collect::<Vec<_>>().join("\nerror: ")
}

/// Prints a status other than OK as grpcurl does, with the cause in a sentence where one is known. Details are decoded
/// with `pool` and `types` as far as they have their types.
pub(super) fn status(status: &Status, cause: Option<&Cause>, pool: Option<&DescriptorPool>, types: &AnyTypes) {
    let told = cause.map(|cause| (sentences(cause).0, hint(cause)));
    note(&status_text(status, told, pool, types));
}

/// The same of a call to a method that the server does not have, with what it has instead.
pub(super) fn unknown_method(status: &Status, offered: &Offered, pool: Option<&DescriptorPool>, types: &AnyTypes) {
    let texts = Text::new(Language::En);
    let arguments = offered.arguments();
    let values: Vec<(&str, Arg<'_>)> = arguments.iter().map(|(name, value)| (*name, Arg::from(value))).collect();
    let names = offered.names_key().map(|key| texts.with(key, &values));
    note(&status_text(status, Some((texts.with(offered.key(), &values), names)), pool, types));
}

/// A status with a sentence of cause and one of what to try.
fn status_text(
    status: &Status,
    told: Option<(String, Option<String>)>,
    pool: Option<&DescriptorPool>,
    types: &AnyTypes,
) -> String {
    let mut text = format!("ERROR:\n  Code: {}\n  Message: {}", camel_code(status.code), status.message);
    if let Some((sentence, hint)) = told {
        put(&mut text, format_args!("\n  Cause: {sentence}"));
        if let Some(hint) = hint {
            put(&mut text, format_args!("\n  Hint: {hint}"));
        }
    }
    let details = log::details(status, pool, types);
    if !details.is_empty() {
        text.push_str("\n  Details:");
        for (index, detail) in details.iter().enumerate() {
            let lines = detail.replace('\n', "\n    \t");
            put(&mut text, format_args!("\n  {})\t{lines}", index + 1));
        }
    }
    text
}

/// What happened, and what to try where something is known.
pub(super) fn sentences(cause: &Cause) -> (String, Option<String>) {
    let texts = Text::new(Language::En);
    let arguments = cause.arguments();
    let values: Vec<(&str, Arg<'_>)> = arguments.iter().map(|(name, value)| (*name, Arg::from(value))).collect();
    let key = format!("{}-hint", cause.key());
    (texts.with(cause.key(), &values), texts.has(&key).then(|| texts.with(&key, &values)))
}

/// What to try, with flags where the window has settings.
pub(super) fn hint(cause: &Cause) -> Option<String> {
    flag_hint(cause).or_else(|| sentences(cause).1)
}

/// `NotFound` for `NOT_FOUND`, as grpcurl (and Go) spells it.
fn camel_code(code: i32) -> String {
    if code == 1 {
        return "Canceled".to_owned();
    }
    let name = code_name(code);
    if code == 0 || !(0..=16).contains(&code) {
        return name;
    }
    name.split('_')
        .flat_map(|word| {
            let (first, rest) = word.split_at(word.len().min(1));
            [first.to_owned(), rest.to_lowercase()]
        })
        .collect()
}

/// Metadata under a heading: one `name: value` per line, `-bin` values as base64, secrets masked: those that
/// [`request::is_secret`] knows, and those of `secret_names`.
pub(super) fn metadata(heading: &str, entries: &[MetadataEntry], secret_names: &[String]) {
    note(&metadata_text(heading, entries, secret_names));
}

pub(super) fn metadata_text(heading: &str, entries: &[MetadataEntry], secret_names: &[String]) -> String {
    let mut text = format!("\n{heading}:");
    if entries.is_empty() {
        text.push_str("\n(empty)");
    }
    for entry in entries {
        let (name, value) = request::shown_entry(entry, secret_names);
        match value {
            MetadataValue::Text(value) => put(&mut text, format_args!("\n{name}: {value}")),
            MetadataValue::Binary(bytes) => put(&mut text, format_args!("\n{name}: {}", STANDARD.encode(bytes))),
        }
    }
    text
}

/// Writing to a string cannot fail.
fn put(text: &mut String, args: std::fmt::Arguments<'_>) {
    text.write_fmt(args).unwrap_or_default();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schema_problems_point_at_their_place() {
        let check = |problem: &schema::Problem, expected: &str| {
            assert_eq!(schema_problem_text(problem), expected);
        };
        let mut problem = schema::Problem {
            file: "a.proto".to_owned(),
            position: Some((12, 6)),
            message: "expected ';'".to_owned(),
            source_line: Some("\t/* 大 */ x".to_owned()),
            hint: Some("Put one there.".to_owned()),
            suggested_import_path: Some("inc".into()),
            is_note: false,
            service: Box::default(),
        };
        check(
            &problem,
            "a.proto:12:6: expected ';'\n  12 | \t/* 大 */ x\n     | \t   \u{3000}^\n  Put one there.\n  try -I inc",
        );
        problem.source_line = None;
        problem.hint = None;
        problem.suggested_import_path = None;
        check(&problem, "a.proto:12:6: expected ';'");
        problem.position = None;
        check(&problem, "a.proto: expected ';'");
        problem.file = String::new();
        check(&problem, "expected ';'");
    }

    #[test]
    fn codes_are_spelt_as_grpcurl_does() {
        let check = |code, expected| assert_eq!(camel_code(code), expected);
        check(1, "Canceled");
        check(4, "DeadlineExceeded");
        check(5, "NotFound");
        check(16, "Unauthenticated");
        check(99, "CODE_99");
        check(-1, "CODE_-1");
    }

    #[test]
    fn every_status_but_ok_has_an_exit_code() {
        let check = |code, expected| assert_eq!(exit_code(code), expected, "{code}");
        check(0, 0);
        check(5, 69);
        check(14, 78);
        check(16, 80);
        check(191, 255);
        check(192, 255);
        check(-64, 255);
        check(-65, 255);
        check(i32::MAX, 255);
        check(i32::MIN, 255);
    }

    #[test]
    fn a_cause_is_told_with_its_hint() {
        let status = Status { code: 14, message: "no TLS".to_owned(), ..Status::default() };
        let cause = Cause::NoTls { address: "h:1".to_owned(), detail: String::new() };
        let told = Some((sentences(&cause).0, hint(&cause)));
        let text = status_text(&status, told, None, &AnyTypes::NONE);
        assert!(text.starts_with("ERROR:\n  Code: Unavailable\n  Message: no TLS\n  Cause: "), "{text}");
        assert!(text.ends_with("\n  Hint: Add --plaintext, or write the target with grpc://."), "{text}");
    }
}
