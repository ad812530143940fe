//! File names from the names that people give, and the order in which people expect to see them.
//!
//! Must not know: the file system.

use std::cmp::Ordering;

/// Names that Windows keeps for devices, with any ending.
const DEVICES: [&str; 4] = ["con", "prn", "aux", "nul"];
/// File names end at 255 bytes on most systems; this leaves room for a number and the ending.
const MAX_BYTES: usize = 120;

/// A file name, without its ending, for a name of any script: lower case, words joined by `-`, nothing in it that some
/// system forbids.
#[must_use]
pub fn slug(name: &str) -> String {
    let mut slug = String::with_capacity(name.len());
    for c in name.trim().chars().flat_map(char::to_lowercase) {
        if slug.len() + c.len_utf8() > MAX_BYTES {
            break;
        }
        if c.is_alphanumeric() || matches!(c, '_' | '.') || is_mark(c) {
            slug.push(c);
        } else if !slug.ends_with('-') {
            slug.push('-');
        }
    }
    // A leading dot hides a file, a trailing one is dropped by Windows.
    let slug = slug.trim_matches(['-', '.']);
    let stem = slug.split('.').next().unwrap_or_default();
    let numbered = stem.strip_prefix("com").or_else(|| stem.strip_prefix("lpt"));
    let device = DEVICES.contains(&stem)
        || numbered.is_some_and(|rest| rest.len() == 1 && rest != "0" && rest.chars().all(|c| c.is_ascii_digit()));
    match slug {
        "" => "request".to_owned(),
        _ if device => format!("{slug}-"),
        _ => slug.to_owned(),
    }
}

/// Marks that belong to the letter before them, in Indic scripts and in decomposed accents.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{900}'..='\u{dff}' | '\u{e31}'..='\u{e4e}' | '\u{3099}' | '\u{309a}')
}

/// Compares names as people do: without regard to case, numbers by their value. Names that differ in case or in leading
/// zeros only still have a fixed order.
#[must_use]
pub fn natural_order(one: &str, other: &str) -> Ordering {
    let (mut left, mut right) = (one, other);
    while !left.is_empty() && !right.is_empty() {
        let (digits, others) = (number(left), number(right));
        let order = if digits.is_empty() || others.is_empty() {
            let (a, b) = (first(&mut left), first(&mut right));
            a.cmp(&b)
        } else {
            left = &left[digits.len()..];
            right = &right[others.len()..];
            let (a, b) = (digits.trim_start_matches('0'), others.trim_start_matches('0'));
            a.len().cmp(&b.len()).then_with(|| a.cmp(b))
        };
        if order.is_ne() {
            return order;
        }
    }
    left.len().cmp(&right.len()).then_with(|| one.cmp(other))
}

fn number(text: &str) -> &str {
    &text[..text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len())]
}

/// Takes the first character off, in lower case.
fn first(text: &mut &str) -> String {
    let mut chars = text.chars();
    let lower = chars.next().map(|c| c.to_lowercase().collect()).unwrap_or_default();
    *text = chars.as_str();
    lower
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs() {
        let check = |name: &str, expected: &str| assert_eq!(slug(name), expected, "{name:?}");
        check("Place order", "place-order");
        check("  a / b \\ c: d  ", "a-b-c-d");
        check("下单 请求", "下单-请求");
        check("SayHello v1.2", "sayhello-v1.2");
        check("../../etc/passwd", "etc-passwd");
        check(".hidden.", "hidden");
        check("CON", "con-");
        check("com1.x", "com1.x-");
        check("comet", "comet");
        check("???", "request");
        check("", "request");
        check("a\0b\nc", "a-b-c");
        assert!(slug(&"长".repeat(200)).len() <= MAX_BYTES);
    }

    #[test]
    fn natural() {
        let mut names = ["b10", "B2", "a", "b1", "b02", "", "中", "A"];
        names.sort_by(|one, other| natural_order(one, other));
        assert_eq!(names, ["", "A", "a", "b1", "B2", "b02", "b10", "中"]);
    }
}
