//! What must hold of a response, and what later requests take from it: `asserts` and `captures` of a saved request.
//!
//! A path is `$`, then names and indices: `$.order.items[0].id`, `$['a b']`. It is looked up in the last message received.
//!
//! Must not know: files, network, UI.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use crate::message::json::{Node, Value};

/// One thing that must hold. Every key that is there must hold.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Assert {
    /// The name of the status, `OK`, `NOT_FOUND`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// Where the value stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The value is this one. A number equals a text with the same number, since ProtoJSON writes 64-bit ones as text.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub equals: Option<Json>,
    /// The text has this within, the list has this element, the object has this name.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub contains: Option<Json>,
    /// Whether there is a value at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exists: Option<bool>,
    /// Keys that we do not know.
    #[serde(flatten)]
    pub rest: Map<String, Json>,
}

/// Reads a key that is there as a value, `null` included.
fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Json>, D::Error> {
    Json::deserialize(deserializer).map(Some)
}

/// Checks one assert against a status and the messages received.
///
/// # Errors
///
/// What does not hold.
pub fn check(assert: &Assert, status: &str, messages: &[Node]) -> Result<(), String> {
    if let Some(key) = assert.rest.keys().next() {
        return Err(format!("an assert has no `{key}`, only status, path, equals, contains and exists"));
    }
    if let Some(expected) = &assert.status
        && !expected.eq_ignore_ascii_case(status)
    {
        return Err(format!("status is {status}, not {expected}"));
    }
    let Some(path) = &assert.path else {
        let lacks_path = assert.equals.is_some() || assert.contains.is_some() || assert.exists.is_some();
        return if lacks_path {
            Err("an assert about a value needs its path".to_owned())
        } else if assert.status.is_none() {
            Err("an assert needs a status or a path".to_owned())
        } else {
            Ok(())
        };
    };
    let found = find(messages, path)?;
    let wants_value = assert.exists.unwrap_or(true);
    let Some(value) = found else {
        return if wants_value { Err(format!("{path} is not there")) } else { Ok(()) };
    };
    if !wants_value {
        return Err(format!("{path} is there: {}", value.to_line()));
    }
    if let Some(expected) = &assert.equals
        && !equal(value, expected)
    {
        return Err(format!("{path} is {}, not {expected}", value.to_line()));
    }
    if let Some(part) = &assert.contains
        && !contains(value, part)
    {
        return Err(format!("{path} is {}, without {part}", value.to_line()));
    }
    Ok(())
}

/// Takes the value of a path for a variable: texts as they are, everything else as JSON.
///
/// # Errors
///
/// When the path is wrong or nothing stands there.
pub fn capture(path: &str, messages: &[Node]) -> Result<String, String> {
    let value = find(messages, path)?.ok_or_else(|| format!("{path} is not there"))?;
    Ok(match &value.value {
        Value::String(text) => text.clone(),
        _ => value.to_line(),
    })
}

/// Takes the values of all captures of a request: those found, by name, and what is wrong with the others.
#[must_use]
pub fn capture_all(captures: &Map<String, Json>, messages: &[Node]) -> (Vec<(String, String)>, Vec<String>) {
    let mut values = Vec::new();
    let mut problems = Vec::new();
    for (name, path) in captures {
        let found = path.as_str().ok_or_else(|| format!("{path} is no path")).and_then(|path| capture(path, messages));
        match found {
            Ok(value) => values.push((name.clone(), value)),
            Err(problem) => problems.push(format!("cannot capture `{name}`: {problem}")),
        }
    }
    (values, problems)
}

enum Step {
    Name(String),
    Index(usize),
}

fn find<'a>(messages: &'a [Node], path: &str) -> Result<Option<&'a Node>, String> {
    let steps = parse(path)?;
    Ok(messages.last().and_then(|message| steps.iter().try_fold(message, inner)))
}

fn inner<'a>(node: &'a Node, step: &Step) -> Option<&'a Node> {
    match (&node.value, step) {
        (Value::Object(members), Step::Name(name)) => {
            members.iter().rev().find(|member| member.name == *name).map(|member| &member.value)
        }
        (Value::Array(elements), Step::Index(index)) => elements.get(*index),
        // The keys of a map are texts in JSON, whatever they were.
        (Value::Object(members), Step::Index(index)) => {
            let name = index.to_string();
            members.iter().rev().find(|member| member.name == name).map(|member| &member.value)
        }
        _ => None,
    }
}

fn parse(path: &str) -> Result<Vec<Step>, String> {
    let wrong = || format!("`{path}` is no path: write $.name[0].name");
    let mut rest = path.trim().strip_prefix('$').ok_or_else(wrong)?;
    let mut steps = Vec::new();
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('.') {
            let end = after.find(['.', '[']).unwrap_or(after.len());
            if end == 0 {
                return Err(wrong());
            }
            steps.push(Step::Name(after[..end].to_owned()));
            rest = &after[end..];
        } else if let Some(after) = rest.strip_prefix('[') {
            let quote = after.chars().next().filter(|c| matches!(c, '\'' | '"'));
            let step;
            (step, rest) = if let Some(quote) = quote {
                let (name, after) = after[1..].split_once(quote).ok_or_else(wrong)?;
                (Step::Name(name.to_owned()), after.strip_prefix(']').ok_or_else(wrong)?)
            } else {
                let (index, after) = after.split_once(']').ok_or_else(wrong)?;
                (Step::Index(index.trim().parse().map_err(|_error| wrong())?), after)
            };
            steps.push(step);
        } else {
            return Err(wrong());
        }
    }
    Ok(steps)
}

fn equal(node: &Node, expected: &Json) -> bool {
    match (&node.value, expected) {
        (Value::Null, Json::Null) => true,
        (Value::Bool(one), Json::Bool(other)) => one == other,
        (Value::String(one), Json::String(other)) => one == other,
        (Value::Number(one) | Value::String(one), Json::Number(other)) => same_number(one, &other.to_string()),
        (Value::Number(one), Json::String(other)) => same_number(one, other),
        (Value::Array(one), Json::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| equal(one, other))
        }
        (Value::Object(one), Json::Object(other)) => {
            one.len() == other.len()
                && one.iter().all(|member| other.get(&member.name).is_some_and(|other| equal(&member.value, other)))
        }
        _ => false,
    }
}

/// Whole numbers are compared exactly, others as doubles.
fn same_number(one: &str, other: &str) -> bool {
    match (one.parse::<i128>(), other.parse::<i128>()) {
        (Ok(one), Ok(other)) => one == other,
        _ => matches!((one.parse::<f64>(), other.parse::<f64>()), (Ok(a), Ok(b)) if a.total_cmp(&b).is_eq()),
    }
}

fn contains(node: &Node, part: &Json) -> bool {
    match (&node.value, part) {
        (Value::String(text), Json::String(part)) => text.contains(part.as_str()),
        (Value::Array(elements), part) => elements.iter().any(|element| equal(element, part)),
        (Value::Object(members), Json::String(name)) => members.iter().any(|member| member.name == *name),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::message::json::Member;

    fn node(value: &Json) -> Node {
        Node::new(match value {
            Json::Null => Value::Null,
            Json::Bool(value) => Value::Bool(*value),
            Json::Number(number) => Value::Number(number.to_string()),
            Json::String(text) => Value::String(text.clone()),
            Json::Array(elements) => Value::Array(elements.iter().map(node).collect()),
            Json::Object(members) => {
                let member = |(name, value): (&String, &Json)| Member {
                    position: crate::message::json::Position::default(),
                    name: name.clone(),
                    value: node(value),
                };
                Value::Object(members.iter().map(member).collect())
            }
        })
    }

    fn holds(assert: Json) -> bool {
        let messages = [
            node(&serde_json::json!({ "total": "1" })),
            node(
                &serde_json::json!({ "total": "42", "items": [{ "id": "a", "n": 1.5 }], "a b": null, "ids": { "7": "x" } }),
            ),
        ];
        check(&serde_json::from_value(assert).unwrap(), "OK", &messages).is_ok()
    }

    #[test]
    fn what_holds() {
        for assert in [
            serde_json::json!({ "status": "OK" }),
            serde_json::json!({ "path": "$.total", "equals": "42" }),
            serde_json::json!({ "path": "$.total", "equals": 42 }),
            serde_json::json!({ "path": "$.items[0].n", "equals": 1.5 }),
            serde_json::json!({ "path": "$.items", "equals": [{ "n": 1.5, "id": "a" }] }),
            serde_json::json!({ "path": "$['a b']", "equals": null }),
            serde_json::json!({ "path": "$.ids[7]", "contains": "x" }),
            serde_json::json!({ "path": "$", "contains": "ids" }),
            serde_json::json!({ "path": "$.items" }),
            serde_json::json!({ "path": "$.nothing", "exists": false }),
        ] {
            assert!(holds(assert.clone()), "{assert}");
        }
    }

    #[test]
    fn what_does_not_hold() {
        // Wrong status, value, part, presence; paths and asserts that are none.
        let wrong = serde_json::json!([
            { "status": "NOT_FOUND" },
            { "path": "$.total", "equals": 43 },
            { "path": "$.items[1]", "exists": true },
            { "path": "$.items", "exists": false },
            { "path": "$.total", "contains": "9" },
            { "path": "total", "equals": "42" },
            { "path": "$..total", "exists": false },
            { "path": "$.items[x]", "exists": false },
            { "path": "$.a[", "exists": false },
            { "equals": 1 },
            {},
            { "status": "OK", "unknown": 1 }
        ]);
        for assert in wrong.as_array().unwrap() {
            assert!(!holds(assert.clone()), "{assert}");
        }
    }

    #[test]
    fn texts_are_captured_bare() {
        let messages = [node(&serde_json::json!({ "id": "x1" }))];
        assert_eq!(capture("$.id", &messages).unwrap(), "x1");
        assert!(capture("$.no", &messages).is_err());
        let captures = serde_json::json!({ "a": "$.id", "b": "$.no", "c": 1 });
        let (values, problems) = capture_all(captures.as_object().unwrap(), &messages);
        assert_eq!(values, [("a".to_owned(), "x1".to_owned())]);
        assert_eq!(problems.len(), 2, "{problems:?}");
        assert!(capture("$.id", &[]).is_err());
    }
}
