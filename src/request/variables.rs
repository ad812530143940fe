//! `{{name}}` in any text: what stands where, and what it means. Values may hold variables themselves.
//!
//! A name is made of letters and digits of any script, `_`, `-`, `.`, and for the built-in ones a `$` before it. Braces
//! around anything else are plain text, so that JSON and templates of other programs pass unharmed.
//!
//! Must not know: where the text came from.

use std::ops::Range;
use std::time::SystemTime;

use super::Scope;

/// Variables within variables are followed this deep.
const MAX_DEPTH: usize = 16;
/// A text may ask for this many values in all, those of nested variables included.
const MAX_STEPS: usize = 10_000;
/// A text may not grow beyond this many bytes.
const MAX_LENGTH: usize = 64 << 20;

/// The built-in variables.
pub const BUILT_IN: [&str; 3] = ["$uuid", "$timestamp", "$randomInt"];

/// A variable in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// The bytes of the text it stands in, braces included.
    pub range: Range<usize>,
    /// Its name, without spaces around it.
    pub name: String,
    /// What it means.
    pub meaning: Meaning,
}

/// What a variable means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// This text.
    Value(String),
    /// A new value each time the text is sent.
    Generated,
    /// Nothing, and why.
    Problem(String),
}

/// Every variable of a text in order, with what it means here.
#[must_use]
pub fn spans(text: &str, scope: &Scope) -> Vec<Span> {
    found(text)
        .map(|(range, name)| {
            let meaning = if defined(name, scope).is_none() && BUILT_IN.contains(&name) {
                Meaning::Generated
            } else {
                expand(&text[range.clone()], scope).map_or_else(Meaning::Problem, Meaning::Value)
            };
            Span { range, name: name.to_owned(), meaning }
        })
        .collect()
}

/// The name of the variable that is the whole text.
#[must_use]
pub fn whole(text: &str) -> Option<&str> {
    let (range, name) = found(text).next()?;
    (range == (0..text.len())).then_some(name)
}

/// Puts variables into a text.
///
/// # Errors
///
/// The first name that has no value.
pub fn expand(text: &str, scope: &Scope) -> Result<String, String> {
    let mut expansion = Expansion { scope, stack: Vec::new(), steps: 0, out: String::with_capacity(text.len()) };
    expansion.put(text)?;
    Ok(expansion.out)
}

/// A text being put together.
struct Expansion<'a> {
    scope: &'a Scope,
    /// The variables that the text at hand came from, outermost first.
    stack: Vec<&'a str>,
    steps: usize,
    out: String,
}

impl<'a> Expansion<'a> {
    fn put(&mut self, text: &str) -> Result<(), String> {
        let mut done = 0;
        for (range, name) in found(text) {
            self.out.push_str(&text[done..range.start]);
            done = range.end;
            self.steps += 1;
            if self.steps > MAX_STEPS || self.out.len() > MAX_LENGTH {
                return Err(format!("the variable `{name}` makes the text too long"));
            }
            self.put_variable(name)?;
        }
        self.out.push_str(&text[done..]);
        Ok(())
    }

    fn put_variable(&mut self, name: &str) -> Result<(), String> {
        let scope: &'a Scope = self.scope;
        let Some((name, value)) = defined(name, scope) else {
            self.out.push_str(&generated(name)?);
            return Ok(());
        };
        if self.stack.contains(&name) {
            return Err(format!("the variable `{name}` contains itself: {} > {name}", self.stack.join(" > ")));
        }
        if self.stack.len() >= MAX_DEPTH {
            return Err(format!("the variable `{name}` is nested too deeply"));
        }
        self.stack.push(name);
        self.put(value)?;
        self.stack.pop();
        Ok(())
    }
}

fn defined<'a>(name: &str, scope: &'a Scope) -> Option<(&'a str, &'a str)> {
    scope.variables.iter().find(|(key, _)| key == name).map(|(key, value)| (key.as_str(), value.as_str()))
}

fn generated(name: &str) -> Result<String, String> {
    match name {
        "$uuid" => Ok(uuid::Uuid::new_v4().to_string()),
        "$timestamp" => {
            let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
            Ok(since.as_secs().to_string())
        }
        "$randomInt" => Ok(fastrand::u32(0..1000).to_string()),
        _ if name.starts_with('$') => {
            Err(format!("there is no built-in variable `{name}`, only {}", BUILT_IN.join(", ")))
        }
        _ => Err(format!("the variable `{name}` has no value here")),
    }
}

/// Where variables stand in a text, and their names.
fn found(text: &str) -> impl Iterator<Item = (Range<usize>, &str)> {
    let mut from = 0;
    std::iter::from_fn(move || {
        while let Some(at) = text[from..].find("{{") {
            // Of `{{{name}}` the last two braces count.
            let mut start = from + at;
            while text[start + 2..].starts_with('{') {
                start += 1;
            }
            let inner = start + 2;
            let name_end = text[inner..].find(['{', '}']).map_or(text.len(), |at| inner + at);
            if text[name_end..].starts_with("}}") {
                let name = text[inner..name_end].trim();
                if is_name(name) {
                    from = name_end + 2;
                    return Some((start..name_end + 2, name));
                }
            }
            from = name_end.max(inner);
        }
        None
    })
}

fn is_name(name: &str) -> bool {
    let plain = name.strip_prefix('$').unwrap_or(name);
    !plain.is_empty() && plain.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope() -> Scope {
        let pairs = [
            ("host", "localhost"),
            ("host", "shadowed"),
            ("address", "{{host}}:{{ port }}"),
            ("port", "50051"),
            ("a", "{{b}}"),
            ("b", "{{a}}"),
            ("主机", "十"),
            ("empty", ""),
        ];
        let variables = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Scope { variables, ..Scope::default() }
    }

    fn check(text: &str, expected: Result<&str, &str>) {
        let expanded = expand(text, &scope());
        assert_eq!(expanded.as_deref().map_err(String::as_str), expected, "{text:?}");
    }

    #[test]
    fn values_are_put_in() {
        check("{{host}}", Ok("localhost"));
        check("x{{ host }}y{{port}}", Ok("xlocalhosty50051"));
        check("{{address}}", Ok("localhost:50051"));
        check("{{主机}}", Ok("十"));
        check("{{empty}}", Ok(""));
        check("", Ok(""));
        check("{{{host}}}", Ok("{localhost}"));
    }

    #[test]
    fn other_braces_stay() {
        for text in
            ["{{", "}}", "{{}}", "{{ }}", "{{host", "{host}", r#"{"a":{"b":1}}"#, "{{a b}}", r#"{{"a":1}}"#, "{{host}"]
        {
            check(text, Ok(text));
        }
    }

    #[test]
    fn what_has_no_value() {
        check("{{nobody}}", Err("the variable `nobody` has no value here"));
        check("{{$date}}", Err("there is no built-in variable `$date`, only $uuid, $timestamp, $randomInt"));
        check("{{a}}", Err("the variable `a` contains itself: a > b > a"));
    }

    #[test]
    fn a_bomb_ends_early() {
        let mut variables = vec![("v0".to_owned(), String::new())];
        for level in 1..15 {
            variables.push((format!("v{level}"), format!("{{{{v{}}}}}", level - 1).repeat(50)));
        }
        let scope = Scope { variables, ..Scope::default() };
        assert!(expand("{{v14}}", &scope).is_err_and(|error| error.contains("too long")));
    }

    #[test]
    fn built_in_values() {
        let uuid = expand("{{$uuid}}", &Scope::default()).unwrap();
        assert_eq!(uuid.len(), 36);
        assert_ne!(uuid, expand("{{$uuid}}", &Scope::default()).unwrap());
        assert!(expand("{{$timestamp}}", &Scope::default()).unwrap().parse::<u64>().unwrap() > 1_700_000_000);
        assert!(expand("{{$randomInt}}", &Scope::default()).unwrap().parse::<u32>().unwrap() < 1000);
    }

    #[test]
    fn spans_tell_ranges_and_meanings() {
        let text = "é{{host}} {{$uuid}} {{nobody}}";
        let spans = spans(text, &scope());
        let told: Vec<_> = spans.iter().map(|span| (&text[span.range.clone()], span.name.as_str())).collect();
        assert_eq!(told, [("{{host}}", "host"), ("{{$uuid}}", "$uuid"), ("{{nobody}}", "nobody")]);
        assert_eq!(spans[0].meaning, Meaning::Value("localhost".to_owned()));
        assert_eq!(spans[1].meaning, Meaning::Generated);
        assert!(matches!(&spans[2].meaning, Meaning::Problem(_)));
    }

    #[test]
    fn whole_texts() {
        assert_eq!(whole("{{ host }}"), Some("host"));
        assert_eq!(whole("{{host}} "), None);
        assert_eq!(whole("host"), None);
    }
}
