//! Each kind of place, whole and broken. The cursor is `|` in the texts.

use super::super::tests::order;
use super::*;

/// The text, and where its cursor stands.
fn cursor(text: &str) -> (String, usize) {
    (text.replacen('|', "", 1), text.find('|').unwrap())
}

fn found(text: &str) -> Option<Completion> {
    let (text, at) = cursor(text);
    let variables = ["host".to_owned(), "order".to_owned()];
    complete(&text, at, &order(), Beyond { variables: &variables, ..Beyond::NOTHING })
}

/// What is suggested, the best first; `+` stands for more.
#[track_caller]
fn check(text: &str, expected: &[&str]) {
    let items = found(text).map(|found| found.items).unwrap_or_default();
    let labels: Vec<&str> = items.iter().map(|item| item.label.as_str()).collect();
    match expected.split_last() {
        Some((&"+", first)) => {
            assert!(labels.len() > first.len(), "{text}: {labels:?}");
            assert_eq!(&labels[..first.len()], first, "{text}");
        }
        _ => assert_eq!(labels, expected, "{text}"),
    }
}

/// The text when the best was taken; the selection stands between two `|`, an empty one is one `|`.
#[track_caller]
fn check_taken(text: &str, expected: &str) {
    let (whole, _) = cursor(text);
    let found = found(text).unwrap_or_else(|| panic!("{text}: nothing is suggested"));
    let item = &found.items[0];
    let mut insert = item.insert.clone();
    insert.insert(item.select.end, '|');
    if !item.select.is_empty() {
        insert.insert(item.select.start, '|');
    }
    let mut taken = whole;
    taken.replace_range(found.range, &insert);
    assert_eq!(taken, expected, "{text}");
}

#[test]
fn names_of_fields() {
    check("{|}", &["name", "items", "i32", "+"]);
    check(r#"{"n|"}"#, &["name", "note", "numbers", "+"]);
    check(r#"{"created|"}"#, &["createdAt"]);
    check(r#"{"created_a|"}"#, &["createdAt"]);
    check(r#"{"amount|"}"#, &["cashAmount"]);
    check(r#"{"cram|"}"#, &[]);
    check(r#"{"ctdt|"}"#, &["createdAt"]);
    check(r#"{"zzz|"}"#, &[]);
    check(r#"{"items": [{"|"}]}"#, &["sku", "count"]);
    check(r#"{"byId": {"7": {"|"}}}"#, &["sku", "count"]);
    check(r#"{"parent": {"parent": {"swap": {|"#, &["sku", "count"]);
    check(r#"{"stock": {"|"}}"#, &[]);
    check(r#"{"byFlag": {"|"}}"#, &["true", "false"]);
    check(r#"{"byFlag": {"true": "PRIORITY_LOW", "|"}}"#, &["false"]);
    check(r#"{"bag": {"|"}}"#, &[]);
    check(r#"{"unknown": {"|"}}"#, &[]);
    check("|", &[]);
    check("{} |", &[]);
}

#[test]
fn what_is_set_is_left_out() {
    check(r#"{"items": [{"sku": "a", "|"}]}"#, &["count"]);
    check(r#"{"items": [{"|", "count": 1}]}"#, &["sku"]);
    check(r#"{"items": [{"sku": 1, "count": 1, "|"}]}"#, &[]);
    check(r#"{"created_at": "", "created|"}"#, &[]);
    // Another arm of the oneof, or an arm further on.
    check(r#"{"card": "1", "swap|"}"#, &[]);
    check(r#"{"car|", "swap": {"sku": "1"}}"#, &[]);
    check(r#"{"car|", "parent": {"swap": {}}}"#, &["card"]);
}

#[test]
fn values() {
    check(r#"{"priority": "|"}"#, &["PRIORITY_UNSPECIFIED", "PRIORITY_LOW", "PRIORITY_HIGH"]);
    check(r#"{"priority": LO|"#, &["PRIORITY_LOW"]);
    check(r#"{"byFlag": {"true": "HI|"}}"#, &["PRIORITY_HIGH"]);
    check(r#"{"flag": |}"#, &["true", "false"]);
    check(r#"{"flag": f|}"#, &["false"]);
    check(r#"{"f64": "N|"}"#, &["NaN", "Infinity", "-Infinity"]);
    check(r#"{"name": "|"}"#, &[]);
    check(r#"{"i32": |}"#, &[]);
    check(r#"{"flag" |}"#, &[]);
}

#[test]
fn any() {
    check(r#"{"detail": {"|"}}"#, &["@type"]);
    check(r#"{"detail": {"@type": "type.googleapis.com/shop.v1.It|"}}"#, &["Item"]);
    check(r#"{"detail": {"@type": "Item|"}}"#, &["Item"]);
    check(r#"{"detail": {"@type": "type.googleapis.com/shop.v1.Item", "|"}}"#, &["sku", "count"]);
    // The type may come later, and around what is broken.
    check(r#"{"detail": {"|", "@type": "type.googleapis.com/shop.v1.Item"}}"#, &["sku", "count"]);
    check(r#"{"detail": {"swap": {"s|" "#, &[]);
    check(r#"{"detail": {"swap": {"s|"}, "@type": "type.googleapis.com/shop.v1.Order"}}"#, &["sku"]);
    check(r#"{"detail": {"@type": "x/google.protobuf.Duration", "|"}}"#, &["value"]);
}

#[test]
fn variables_within_strings() {
    check(r#"{"name": "{{|"}"#, &["host", "order"]);
    check(r#"{"name": "x {{or|"}"#, &["order"]);
    check(r#"{"i32": "{{o|}}"}"#, &["order", "host"]);
    check(r#"{"name": "{{host}} |"}"#, &[]);
    check_taken(r#"{"name": "{{ho|"}"#, r#"{"name": "{{host}}|"}"#);
    check_taken(r#"{"name": "{{ho|}}"}"#, r#"{"name": "{{host|}}"}"#);
}

#[test]
fn taking_a_name_brings_its_value() {
    check_taken(r#"{"nam|"}"#, r#"{"name": "|"}"#);
    check_taken("{nam|", r#"{"name": "|""#);
    check_taken(r#"{"i32|"}"#, r#"{"i32": |0|}"#);
    check_taken(r#"{"flag|"}"#, r#"{"flag": |false|}"#);
    check_taken(r#"{"items|"}"#, r#"{"items": [|]}"#);
    check_taken(r#"{"sto|"}"#, r#"{"stock": {|}}"#);
    check_taken(r#"{"par|"}"#, r#"{"parent": {|}}"#);
    check_taken(r#"{"detail|"}"#, r#"{"detail": {"@type": "|"}}"#);
    check_taken(r#"{"boxed|"}"#, r#"{"boxed": |0|}"#);
    check_taken(r#"{"anyV|"}"#, r#"{"anyValue": |null|}"#);
    check_taken(r#"{"created|"}"#, r#"{"createdAt": "|"}"#);
    // With the name only, where a value is there.
    check_taken(r#"{"na|": "Ada"}"#, r#"{"name"|: "Ada"}"#);
    check_taken(r#"{"na|xx": "Ada"}"#, r#"{"name"|: "Ada"}"#);
    check(r#"{"name|": "Ada"}"#, &[]);
}

#[test]
fn commas_and_quotes_that_are_missing_are_added() {
    check_taken(r#"{"i32": 1 "nam|"}"#, r#"{"i32": 1, "name": "|"}"#);
    check_taken("{\n  \"i32\": 1 // one\n  \"nam|", "{\n  \"i32\": 1, // one\n  \"name\": \"|\"");
    check_taken(r#"{"nam| "i32": 1}"#, r#"{"name": "|", "i32": 1}"#);
    check_taken(r#"{"nam| , "i32": 1}"#, r#"{"name": "|" , "i32": 1}"#);
    check_taken("{\n  \"nam|\n  \"i32\": 1}", "{\n  \"name\": \"|\",\n  \"i32\": 1}");
    check_taken(r#"{"priority": LO| "i32": 1}"#, r#"{"priority": "PRIORITY_LOW"|, "i32": 1}"#);
    check_taken(r#"{"flag": "t|"}"#, r#"{"flag": true|}"#);
    check_taken("{\"items\": [{\"sku\": \"a\"}, {cou|\n]}", "{\"items\": [{\"sku\": \"a\"}, {\"count\": |0|\n]}");
}

#[test]
fn comments_and_odd_places_suggest_nothing() {
    check("{ // na|", &[]);
    check("{ /* na| */ }", &[]);
    check("{ /* x */ na| }", &["name", "anyValue"]);
    check("[|]", &[]);
    check("}{|", &["name", "+"]);
    let text = "{\"名\": \"好\"}";
    for at in 0..=text.len() + 1 {
        if let Some(found) = complete(text, at, &order(), Beyond::NOTHING) {
            assert!(text.get(found.range).is_some());
        }
    }
}

#[test]
fn what_is_told_of_a_field() {
    let found = found(r#"{"items|"}"#).unwrap();
    let item = &found.items[0];
    assert_eq!((item.detail.as_str(), item.number), ("repeated Item", Some(2)));
    assert_eq!(item.symbol, "shop.v1.Order.items");
    assert!(!item.deprecated && !item.goes_on);
    assert_eq!((found.range, found.anchor, found.begun), (1..8, 1, true));
}

#[test]
fn types_beyond_the_own_files_are_suggested_and_known() {
    let far = order().parent_pool().clone();
    let folder = tempfile::tempdir().unwrap();
    let text =
        "syntax = \"proto3\"; import \"google/protobuf/any.proto\"; message Own { google.protobuf.Any any = 1; }";
    std::fs::write(folder.path().join("own.proto"), text).unwrap();
    let source = crate::schema::Source::Protos { paths: vec![folder.path().to_owned()], import_paths: Vec::new() };
    let own = crate::schema::Schema::load(&source).unwrap().defined_message("Own").unwrap().1;
    let types = AnyTypes::new(move |name| far.get_message_by_name(name));
    let messages = |typed: &str| vec!["shop.v1.Order".to_owned(), format!("asked.For{typed}")];
    let beyond = Beyond { types: &types, messages: &messages, ..Beyond::NOTHING };
    let labels = |text: &str| {
        let (text, at) = cursor(text);
        let items = complete(&text, at, &own, beyond).map(|found| found.items).unwrap_or_default();
        items.into_iter().map(|item| item.insert).collect::<Vec<_>>()
    };
    assert_eq!(
        labels(r#"{"any": {"@type": "x/Ord|"}}"#)[..2],
        ["\"type.googleapis.com/shop.v1.Order\"", "\"type.googleapis.com/asked.ForOrd\""]
    );
    assert_eq!(labels(r#"{"any": {"@type": "x/shop.v1.Order", "prior|"}}"#), ["\"priority\": \"\""]);
}
