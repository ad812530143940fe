//! Metadata from elsewhere: lines of `name: value`, and the `-H` flags of a command line, as rows.
//!
//! Must not know: network, UI.

use super::{BinaryForm, MetadataRow};

/// Flags that metadata follows in command lines of grpcurl, curl and others.
const FLAGS: [&str; 6] = ["-H", "--header", "-rpc-header", "--rpc-header", "-reflect-header", "--reflect-header"];

/// The rows that a pasted text means; `None` where it is a value like any other: no line break and no flag in it, or
/// something that is no row.
#[must_use]
pub fn pasted_rows(text: &str) -> Option<Vec<MetadataRow>> {
    let text = text.trim();
    if words(text).iter().any(|word| FLAGS.contains(&word.as_str())) {
        return flagged(text);
    }
    if !text.contains('\n') {
        return None;
    }
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.map(|line| row(line.trim_end_matches(','))).collect()
}

/// The rows after each flag of a command line; all else in it is passed over.
fn flagged(text: &str) -> Option<Vec<MetadataRow>> {
    let words = words(text);
    let mut words = words.iter();
    let mut rows = Vec::new();
    while let Some(word) = words.next() {
        if FLAGS.contains(&word.as_str()) {
            rows.push(row(words.next()?)?);
        }
    }
    Some(rows)
}

/// `name: value`, with quotes round either or none.
fn row(line: &str) -> Option<MetadataRow> {
    let line = unquoted(line);
    let (name, value) = line.split_once(':')?;
    let (name, value) = (unquoted(name.trim()), unquoted(value.trim()));
    let fits = !name.is_empty() && !name.contains(char::is_whitespace);
    fits.then(|| MetadataRow {
        name: name.to_owned(),
        value: value.to_owned(),
        form: BinaryForm::Base64,
        disabled: false,
    })
}

fn unquoted(text: &str) -> &str {
    let inside = |quote| text.strip_prefix(quote)?.strip_suffix(quote).filter(|inside| !inside.contains(quote));
    ['"', '\''].into_iter().find_map(inside).unwrap_or(text)
}

/// The words of a command line: quotes keep spaces, a backslash at the end of a line joins it to the next.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (c, quote) {
            (c, Some(open)) if c == open => quote = None,
            ('\\', None | Some('"')) => match chars.next() {
                Some('\n') | None => {}
                Some(c) => word.get_or_insert_default().push(c),
            },
            ('"' | '\'', None) => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (c, None) if c.is_whitespace() => words.extend(word.take()),
            (c, _) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<&[(&str, &str)]>) {
        let rows = pasted_rows(text);
        let rows: Option<Vec<_>> =
            rows.as_ref().map(|rows| rows.iter().map(|row| (row.name.as_str(), row.value.as_str())).collect());
        assert_eq!(rows.as_deref(), expected, "{text}");
    }

    #[test]
    fn lines_are_rows() {
        check("a: 1\nb:2\n\n  c : x: y  \n", Some(&[("a", "1"), ("b", "2"), ("c", "x: y")]));
        check("\"a\": \"1\",\n\"b\": \"2\"", Some(&[("a", "1"), ("b", "2")]));
    }

    #[test]
    fn flags_of_a_command_line_are_rows() {
        check("-H 'a: b c'", Some(&[("a", "b c")]));
        check("-H \"a: \\\"x\\\"\" --rpc-header 'c:d'", Some(&[("a", "x"), ("c", "d")]));
        check(
            "grpcurl -plaintext \\\n  -H 'authorization: Bearer t' \\\n  -d '{}' localhost:1 a.B/C",
            Some(&[("authorization", "Bearer t")]),
        );
        check("-H", None);
        check("-H nothing", None);
    }

    #[test]
    fn other_texts_are_left_alone() {
        check("a: b", None);
        check("", None);
        check("two\nlines", None);
        check("two words: x\ny: z", None);
        check("it's", None);
    }

    proptest::proptest! {
        #[test]
        fn no_text_is_too_odd(text in "[ -~\\n世]{0,60}") {
            let _rows = pasted_rows(&text);
        }
    }
}
