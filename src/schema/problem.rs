//! What is wrong with a schema, with its place, as the window and the terminal both show it.
//!
//! Turns the diagnostics of the parser and of the pool into [`Problem`]s. Must not know: where files come from.

use std::fmt;
use std::path::PathBuf;

use miette::Diagnostic;

/// Something wrong with a schema, with the place and, where known, what would mend it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Problem {
    /// The file, as the user would name it; empty where no file is to blame.
    pub file: String,
    /// Line and column, both counted from 1; the column in characters.
    pub position: Option<(u32, u32)>,
    /// What is wrong: lower-case, no final stop.
    pub message: String,
    /// The line of source that `position` points into, unless it is too long to be shown.
    pub source_line: Option<String>,
    /// What to do about it, as a sentence.
    pub hint: Option<String>,
    /// An import path that would satisfy a missing import, where one was found.
    pub suggested_import_path: Option<PathBuf>,
    /// Nothing is wrong with the file, but it is shown otherwise than it says. Counts nowhere as a fault.
    pub is_note: bool,
    /// Full name of the one service that it concerns, where a server's answers are wrong; else empty.
    pub service: Box<str>,
}

/// Words that may begin a statement; a near miss of one is taken for a slip of the finger.
const KEYWORDS: &[&str] = &[
    "syntax",
    "package",
    "import",
    "option",
    "message",
    "enum",
    "service",
    "rpc",
    "returns",
    "stream",
    "oneof",
    "map",
    "repeated",
    "optional",
    "required",
    "reserved",
    "extend",
    "extensions",
    "group",
];

/// The types that need no definition.
const TYPES: &[&str] = &[
    "double", "float", "int32", "int64", "uint32", "uint64", "sint32", "sint64", "fixed32", "fixed64", "sfixed32",
    "sfixed64", "bool", "string", "bytes",
];

/// The type that was meant by a name that nothing defines.
pub(super) fn near_type(name: &str) -> Option<&'static str> {
    let lower = name.to_lowercase();
    let alike = TYPES.iter().find(|known| **known == lower);
    alike.or_else(|| TYPES.iter().find(|known| is_near(&lower, known))).copied()
}
/// Problems told of one file, at most: one slip may have thousands of echoes, and each costs a walk through the source.
pub(super) const MOST_PROBLEMS: usize = 100;

/// Bytes of a line that is shown with its problem; longer ones were written by no hand.
const LONGEST_LINE: usize = 2_000;

impl Problem {
    /// A problem that no file is to blame for.
    #[must_use]
    pub fn from_message(message: impl Into<String>) -> Self {
        Self::new(String::new(), message)
    }

    pub(super) fn new(file: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            file: file.into(),
            position: None,
            message: message.into(),
            source_line: None,
            hint: None,
            suggested_import_path: None,
            is_note: false,
            service: Box::default(),
        }
    }

    /// Something to know of a file with which nothing is wrong.
    pub(super) fn note(file: impl Into<String>, message: impl Into<String>) -> Self {
        Self { is_note: true, ..Self::new(file, message) }
    }

    /// A problem of one service of a server.
    #[must_use]
    pub fn of_service(service: &str, message: impl Into<String>) -> Self {
        Self { service: service.into(), ..Self::from_message(message) }
    }

    pub(super) fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Whether it is that an import leads nowhere, which another import path may mend.
    #[must_use]
    pub fn is_missing_import(&self) -> bool {
        self.message.starts_with("import '") && self.message.ends_with("' not found")
    }

    /// Points at a byte of the source.
    pub(super) fn at(mut self, source: &str, offset: usize) -> Self {
        let (position, line) = locate(source, offset);
        self.position = Some(position);
        self.source_line = (line.len() <= LONGEST_LINE).then(|| line.to_owned());
        self
    }

    /// Points at a line and byte column, both counted from 0, as descriptors give them.
    pub(super) fn at_line(self, source: &str, line: i32, column: i32) -> Self {
        let line = usize::try_from(line).unwrap_or(0);
        let column = usize::try_from(column).unwrap_or(0);
        let start: usize = source.split_inclusive('\n').take(line).map(str::len).sum();
        self.at(source, start + column)
    }

    /// The problems that the parser or the pool reports about one file.
    pub(super) fn from_diagnostic(file: &str, source: Option<&str>, error: &dyn Diagnostic) -> Vec<Self> {
        Self::from_all(file, source, 0, error)
    }

    /// The same for a text that was `shift` bytes longer at its beginning than the source.
    pub(super) fn from_shifted(file: &str, source: &str, shift: usize, error: &dyn Diagnostic) -> Vec<Self> {
        Self::from_all(file, Some(source), shift, error)
    }

    fn from_all(file: &str, source: Option<&str>, shift: usize, error: &dyn Diagnostic) -> Vec<Self> {
        let mut related = error.related().into_iter().flatten();
        let mut problems = vec![Self::from_one(file, source, shift, error)];
        problems.extend(related.by_ref().take(MOST_PROBLEMS).map(|one| Self::from_one(file, source, shift, one)));
        drop_echoes(&mut problems);
        let more = related.count();
        if more > 0 {
            problems.push(Self::new(file, format!("{more} more problems in this file")));
        }
        problems
    }

    fn from_one(file: &str, source: Option<&str>, shift: usize, error: &dyn Diagnostic) -> Self {
        let mut problem = Self::new(file, error.to_string());
        problem.hint = error.help().map(|help| sentence(&help.to_string()));
        let Some(source) = source else { return problem };

        let labels: Vec<_> = error.labels().into_iter().flatten().collect();
        // Of two labels the one that repeats or uses is the fault, the other only the definition it clashes with.
        let label = labels
            .iter()
            .find(|label| label.label().is_some_and(|text| text.contains("again") || text.contains("found")))
            .or_else(|| labels.iter().find(|label| !label.label().is_some_and(|text| text.contains("range"))))
            .or_else(|| labels.first());
        if let Some(label) = label {
            let offset = label.offset().saturating_sub(shift);
            problem = problem.at(source, offset);
            let found = source.get(offset..offset.saturating_add(label.len())).unwrap_or_default();
            problem.explain(found);
            for other in labels.iter().filter(|other| other.offset() != label.offset()) {
                problem.name_other_place(source, other.offset().saturating_sub(shift), other.label());
            }
        } else if problem.message.ends_with("reached end of file") {
            problem = problem.at(source, source.trim_end().len());
        }
        problem
    }

    /// Says where the other half of a clash stands.
    fn name_other_place(&mut self, source: &str, offset: usize, label: Option<&str>) {
        let other = Self::new(&self.file, "").at(source, offset);
        self.name_first_place(label.unwrap_or("defined here"), &other);
    }

    /// Adds the place where what clashes was defined before; `what` as the libraries say it, `first defined here`.
    pub(super) fn name_first_place(&mut self, what: &str, other: &Self) {
        let what = sentence(what.trim_end_matches(" here"));
        let place = other.position.map(|(line, column)| format!(":{line}:{column}")).unwrap_or_default();
        let line = other.source_line.as_deref().map(|line| format!(": {}", line.trim())).unwrap_or_default();
        let words = format!("{} at {}{place}{line}", what.trim_end_matches('.'), other.file);
        self.hint = Some(match self.hint.take() {
            Some(hint) => format!("{words}\n{hint}"),
            None => words,
        });
    }

    /// Says better what the parser says badly.
    fn explain(&mut self, found: &str) {
        if found == "edition" && self.message.starts_with("expected") {
            "the edition must be the first statement of its file".clone_into(&mut self.message);
        } else if self.hint.as_ref().is_some_and(|hint| hint.starts_with("Imports may not")) {
            // The parser's own text speaks of a group name here.
            "invalid import path".clone_into(&mut self.message);
        } else if self.hint.as_ref().is_some_and(|hint| hint.starts_with("Set the 'allow_alias'")) {
            self.hint = Some("Where that is meant, set `option allow_alias = true;` in the enum.".to_owned());
        } else if let Some((_, rest)) = self.hint.as_ref().and_then(|hint| hint.split_once("' is defined in '"))
            && let Some((file, _)) = rest.split_once("', which is not imported by")
        {
            self.hint = Some(format!("Add `import \"{file}\";`."));
        } else if self.hint.is_none() && self.message.contains("but found") {
            let near = KEYWORDS.iter().find(|keyword| **keyword != found && is_near(found, keyword));
            self.hint = near.map(|keyword| format!("Did you mean `{keyword}`?"));
        }
    }
}

/// Drops what is only another view of a fault told already.
fn drop_echoes(problems: &mut Vec<Problem>) {
    if problems.first().is_some_and(|first| first.message == "unterminated string") {
        problems.truncate(1);
    }
    let twice: Vec<_> =
        problems.iter().filter(|one| one.message.ends_with("is defined twice")).map(|one| one.position).collect();
    problems.retain(|one| !(one.message.contains("camel-case name") && twice.contains(&one.position)));
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.file.is_empty() {
            write!(f, "{}:", self.file)?;
            if let Some((line, column)) = self.position {
                write!(f, "{line}:{column}:")?;
            }
            write!(f, " ")?;
        }
        let kind = if self.is_note { "note: " } else { "" };
        write!(f, "{kind}{}", self.message)?;
        if let (Some((line, column)), Some(source)) = (self.position, &self.source_line) {
            let number = line.to_string();
            // A tab before the caret stays a tab, so that both lines are indented alike whatever its width.
            let indent: String = source
                .chars()
                .take(column.saturating_sub(1) as usize)
                .map(|c| if c == '\t' { '\t' } else { ' ' })
                .collect();
            write!(f, "\n  {number} | {source}\n  {:width$} | {indent}^", "", width = number.len())?;
        }
        if let Some(hint) = &self.hint {
            write!(f, "\n  hint: {}", hint.replace('\n', "\n  "))?;
        }
        Ok(())
    }
}

impl std::error::Error for Problem {}

/// Line and column, from 1, of a byte offset, and the text of the line.
fn locate(source: &str, offset: usize) -> ((u32, u32), &str) {
    let mut offset = offset.min(source.len());
    while !source.is_char_boundary(offset) {
        offset -= 1;
    }
    let before = &source[..offset];
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
    let column = source[start..offset].chars().count() + 1;
    let text = source[start..].lines().next().unwrap_or_default();
    ((to_u32(line), to_u32(column)), text)
}

fn to_u32(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// A first capital and a final stop.
fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let mut sentence: String =
        chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default();
    if !sentence.ends_with(['.', '?', '!']) {
        sentence.push('.');
    }
    sentence
}

/// Whether one word becomes the other by one or two typing slips.
fn is_near(a: &str, b: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len() < 3 || a.len().abs_diff(b.len()) > 2 {
        return false;
    }
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let above = row[j + 1];
            row[j + 1] = (diagonal + usize::from(x != y)).min(above + 1).min(row[j] + 1);
            diagonal = above;
        }
    }
    row[b.len()] <= if b.len() < 5 { 1 } else { 2 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_prints_its_place_its_line_and_what_to_do() {
        let source = "syntax = \"proto3\";\n\tmesage Ä {}\n";
        let problem = Problem::new("a/b.proto", "expected a message").at(source, 20).with_hint("Do this.");
        assert_eq!(
            problem.to_string(),
            "a/b.proto:2:2: expected a message\n  2 | \tmesage Ä {}\n    | \t^\n  hint: Do this."
        );
        assert_eq!(Problem::new("", "no file").to_string(), "no file");
        assert_eq!(Problem::new("a", "b").to_string(), "a: b");
        assert_eq!(Problem::note("a", "b").to_string(), "a: note: b");
    }

    #[test]
    fn of_many_problems_the_rest_is_counted() {
        let source = "message A {} ".repeat(500);
        let unit = crate::schema::unit::Unit::parse("a.proto", "a.proto", source).unwrap();
        let problems = crate::schema::compile::probe(unit, true).unwrap_err();
        assert_eq!(problems.len(), 102);
        assert_eq!(problems[101].to_string(), "a.proto: 398 more problems in this file");
        // A line of 6,500 bytes is shown nowhere.
        assert!(problems[0].position.is_some() && problems[0].source_line.is_none());
    }

    #[track_caller]
    fn check(source: &str, offset: usize, expected: (u32, u32), line: &str) {
        assert_eq!(locate(source, offset), (expected, line));
    }

    #[test]
    fn places_count_characters_from_one() {
        check("", 0, (1, 1), "");
        check("ab", 99, (1, 3), "ab");
        check("a\r\nb\r\n", 3, (2, 1), "b");
        check("äö x", 5, (1, 4), "äö x");
        check("ä", 1, (1, 1), "ä");
        check("a\n", 2, (2, 1), "");
    }

    #[test]
    fn typing_slips_are_near() {
        assert!(is_near("mesage", "message") && is_near("sevrice", "service") && is_near("enmu", "enum").eq(&false));
        assert!(!is_near("Foo", "group") && !is_near("", "map") && !is_near("widget", "message"));
    }
}
