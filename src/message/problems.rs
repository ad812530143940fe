//! All that is wrong with a message's JSON text, each with the piece of the text that it is about.
//!
//! Must not know: toolkit.

use std::ops::Range;

use prost_reflect::MessageDescriptor;

use super::json::{self, Position};
use super::lex::{TokenKind, tokens};
use super::{AnyTypes, Problem, ReadOptions, read_with};

/// Problems kept; the others are counted.
pub const MOST: usize = 100;

/// What is wrong with a text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problems {
    /// In the order of the text, [`MOST`] of them.
    pub marks: Vec<Mark>,
    /// How many there are.
    pub count: usize,
    /// The text is no JSON: there may be more that is wrong with it.
    pub is_syntax: bool,
}

/// A problem and the bytes that it is about; none of them where something is missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The bytes.
    pub range: Range<usize>,
    /// The problem.
    pub problem: Problem,
}

/// What is wrong with a text as JSON of a message of that type; where the type is not known, as JSON. `types` has what an `Any` may be of besides. A string with a
/// `{{variable}}` in it is taken to be right: what it comes to is known when it is sent.
#[must_use]
pub fn problems(text: &str, descriptor: Option<&MessageDescriptor>, types: &AnyTypes) -> Problems {
    if text.trim().is_empty() {
        return Problems::default();
    }
    let node = match json::parse(text) {
        Ok(node) => node,
        Err(error) => {
            let start = error.position.offset.min(text.len());
            // The whole word where one stands, else the letter.
            let word =
                tokens(text, start).next().filter(|token| token.kind == TokenKind::Word && token.range.start == start);
            let letter = || text[start..].chars().next().map_or(start, |letter| start + letter.len_utf8());
            let end = word.map_or_else(letter, |token| token.range.end);
            let problem = Problem { path: String::new(), position: Some(error.position), message: error.message };
            return Problems { marks: vec![Mark { range: start..end, problem }], count: 1, is_syntax: true };
        }
    };
    let options = ReadOptions { types: Some(types), ..ReadOptions::default() };
    let Some(Err(found)) = descriptor.map(|descriptor| read_with(&node, descriptor, options)) else {
        return Problems::default();
    };
    let mut marks: Vec<Mark> = found.into_iter().filter_map(|problem| mark(text, problem)).collect();
    let count = marks.len();
    marks.sort_by_key(|mark| mark.range.start);
    marks.truncate(MOST);
    Problems { marks, count, is_syntax: false }
}

fn mark(text: &str, problem: Problem) -> Option<Mark> {
    let start = problem.position.map_or(0, |position: Position| position.offset);
    let token = tokens(text, start).next();
    let range = token.map_or(start..start, |token| token.range);
    let piece = &text[range.clone()];
    let variable = piece.split_once("{{").is_some_and(|(_, rest)| rest.contains("}}"));
    (!variable).then_some(Mark { range, problem })
}

#[cfg(test)]
mod tests {
    use super::super::tests::order;
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[(&str, &str)]) {
        let found = problems(text, Some(&order()), &AnyTypes::NONE);
        let told: Vec<_> =
            found.marks.iter().map(|mark| (text[mark.range.clone()].to_owned(), mark.problem.to_string())).collect();
        let expected: Vec<_> =
            expected.iter().map(|(piece, words)| ((*piece).to_owned(), (*words).to_owned())).collect();
        assert_eq!(told, expected, "{text}");
    }

    #[test]
    fn each_problem_is_about_a_piece_of_the_text() {
        check(
            "{\"nmae\": 1,\n \"items\": [{\"count\": -1}, 7],\n \"priority\": \"LOW\"}",
            &[
                ("\"nmae\"", "line 1, column 2: no field `nmae` in shop.v1.Order; did you mean `name`?"),
                ("-1", "line 2, column 22: items[0].count: not a whole number from 0 to 4294967295"),
                ("7", "line 2, column 27: items[1]: a number where an object is expected for shop.v1.Item"),
                (
                    "\"LOW\"",
                    "line 3, column 14: priority: no value `LOW` in shop.v1.Priority; did you mean `PRIORITY_LOW`?",
                ),
            ],
        );
    }

    #[test]
    fn syntax_comes_first_and_alone() {
        check("{\"nmae\": xy}", &[("xy", "line 1, column 10: expected a value, found `x`")]);
        check("{\"名\": ", &[("", "line 1, column 7: the text ends where a value is expected")]);
        assert!(problems("{", None, &AnyTypes::NONE).is_syntax);
    }

    #[test]
    fn variables_are_no_problem() {
        check(
            r#"{"i32": "{{n}}", "createdAt": "{{t}}", "byId": {"{{k}}": {}}, "flag": "{{"}"#,
            &[("\"{{\"", "line 1, column 71: flag: a string where true or false is expected")],
        );
        check("", &[]);
        assert_eq!(problems("{\"x\": 1}", None, &AnyTypes::NONE), Problems::default());
    }

    #[test]
    fn the_others_are_counted() {
        let text = format!("{{\"numbers\": [{}]}}", vec!["true"; 500].join(","));
        let found = problems(&text, Some(&order()), &AnyTypes::NONE);
        assert_eq!((found.marks.len(), found.count), (MOST, 500));
    }
}
