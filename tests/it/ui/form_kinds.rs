//! The fields that are more than a text: `Any`, JSON trees, masks, extensions, wrappers, enums.

use egui::{Key, Role};
use serde_json::json;

use super::driver::{Home, Screen};
use super::form::{everything, json, write_json};

fn value(screen: &mut Screen) -> serde_json::Value {
    let text = json(screen);
    serde_json::from_str(&text).unwrap()
}

/// Opens a list that takes other texts too, and types.
fn choose_typed(screen: &mut Screen, list: &str, typed: &str) {
    screen.press(Role::ComboBox, list);
    screen.type_text(typed);
    screen.key(Key::Enter);
}

#[test]
fn the_type_of_an_any_is_chosen_and_its_fields_are_filled() {
    let home = Home::new();
    let mut screen = everything(&home);
    screen.press(Role::Switch, "Set well_known");
    screen.press(Role::Switch, "Set well_known.any");
    assert_eq!(value(&mut screen), json!({ "wellKnown": { "any": {} } }));
    choose_typed(&mut screen, "Type of well_known.any", "v1.tree");
    screen.press(Role::Switch, "Set well_known.any.favourite");
    screen.fill("well_known.any.label", "oak");
    screen.fill("well_known.any.favourite.label", "leaf");
    let tree = json!({
        "@type": "type.googleapis.com/trunkline.demo.v1.Tree", "label": "oak", "favourite": { "label": "leaf" }
    });
    assert_eq!(value(&mut screen), json!({ "wellKnown": { "any": tree } }));
    // A type with a JSON form of its own stands as its value.
    choose_typed(&mut screen, "Type of well_known.any", "protobuf.Duration");
    screen.fill("well_known.any.value", "90s");
    // A type that is not in the schema stands as its bytes.
    choose_typed(&mut screen, "Type of well_known.any", "example.com/no.Such");
    screen.wait_for_text("The schema does not have this type");
    screen.fill("well_known.any.value", "AQI=");
    let unknown = json!({ "@type": "example.com/no.Such", "value": "AQI=" });
    assert_eq!(value(&mut screen), json!({ "wellKnown": { "any": unknown } }));
    screen.send();
    screen.wait_for_text("0 OK");
    screen.assert_says("example.com/no.Such");
    // What was typed for a former type is there again.
    write_json(&mut screen, r#"{"wellKnown": {"any": {"@type": "x/trunkline.demo.v1.Tree", "label": "oak"}}}"#);
    choose_typed(&mut screen, "Type of well_known.any", "no type");
    screen.assert_silent("oak");
    choose_typed(&mut screen, "Type of well_known.any", "v1.tree");
    assert_eq!(screen.value("well_known.any.label"), "oak");
}

#[test]
fn a_struct_is_a_tree_of_values_or_text() {
    let home = Home::new();
    let mut screen = everything(&home);
    screen.press(Role::Switch, "Set well_known");
    screen.press(Role::Switch, "Set well_known.struct");
    screen.press(Role::Button, "Add to well_known.struct");
    assert!(screen.focused("well_known.struct key 0"), "{}", screen.describe());
    screen.type_text("name");
    screen.fill("well_known.struct[\"name\"]", "李雷");
    screen.press(Role::Button, "Add to well_known.struct");
    screen.type_text("ages");
    screen.choose("Kind of well_known.struct[\"ages\"]", "list");
    screen.press(Role::Button, "Add to well_known.struct[\"ages\"]");
    screen.choose("Kind of well_known.struct[\"ages\"][0]", "number");
    screen.fill("well_known.struct[\"ages\"][0]", "many");
    screen.assert_says("not a number");
    screen.assert_says("1 problem");
    screen.fill("well_known.struct[\"ages\"][0]", "4.50");
    screen.assert_silent("not a number");
    screen.alt(Key::Enter);
    assert!(screen.focused("well_known.struct[\"ages\"][1]"), "{}", screen.describe());
    screen.fill("well_known.struct[\"ages\"][1]", "7");
    let text = json(&mut screen);
    assert!(text.contains("\"ages\": [\n        4.50,\n        7"), "{text}");
    screen.press(Role::Button, "Remove well_known.struct[\"ages\"][0]");
    let tree = json!({ "name": "李雷", "ages": [7] });
    assert_eq!(value(&mut screen), json!({ "wellKnown": { "struct": tree } }));

    screen.fill("well_known.struct key 1", "name");
    screen.assert_says("another entry has the same key");
    screen.fill("well_known.struct key 0", "first");
    screen.assert_silent("another entry has the same key");

    screen.press(Role::Button, "Edit well_known.struct as JSON text");
    screen.fill("well_known.struct", "{\"a\": [");
    assert_ne!(screen.description(Role::MultilineTextInput, "well_known.struct"), "");
    screen.press(Role::Button, "Edit well_known.struct as a tree");
    assert_eq!(screen.value("well_known.struct"), "{\"a\": [", "no tree, so it stays a text");
    screen.fill("well_known.struct", "{\"a\": [true]}");
    screen.press(Role::Button, "Edit well_known.struct as a tree");
    screen.press(Role::Switch, "well_known.struct[\"a\"][0]");
    assert_eq!(value(&mut screen), json!({ "wellKnown": { "struct": { "a": [false] } } }));

    screen.press(Role::Switch, "Set well_known.struct");
    screen.press(Role::Switch, "Set well_known.value");
    assert_eq!(value(&mut screen), json!({ "wellKnown": { "value": null } }));
    screen.choose("Kind of well_known.value", "string");
    screen.fill("well_known.value", "{{who}}");
    assert_eq!(value(&mut screen), json!({ "wellKnown": { "value": "{{who}}" } }));
}

#[test]
fn the_paths_of_a_mask_are_chosen_from_a_tree() {
    let home = Home::new();
    let mut screen = everything(&home);
    screen.press(Role::Switch, "Set well_known");
    screen.press(Role::Switch, "Set well_known.field_mask");
    screen.press(Role::Button, "Choose paths for well_known.field_mask");
    screen.press(Role::CheckBox, "mood");
    screen.press(Role::DisclosureTriangle, "optionals");
    screen.press(Role::CheckBox, "optionals.price");
    assert!(screen.chosen(Role::CheckBox, "optionals.price"), "{}", screen.describe());
    screen.key(Key::Escape);
    assert_eq!(screen.value("well_known.field_mask"), "mood,optionals.price");
    screen.press(Role::Button, "Choose paths for well_known.field_mask");
    screen.press(Role::CheckBox, "optionals");
    assert!(!screen.chosen(Role::CheckBox, "optionals.price"), "the path above says it");
    screen.key(Key::Escape);
    assert_eq!(screen.value("well_known.field_mask"), "mood,optionals");
    screen.press(Role::Button, "Remove mood");
    assert_eq!(value(&mut screen), json!({ "wellKnown": { "fieldMask": "optionals" } }));
    screen.fill("well_known.field_mask", "no_such");
    assert_ne!(screen.description(Role::TextInput, "well_known.field_mask"), "");
    screen.fill("well_known.field_mask", "*");
    assert_eq!(value(&mut screen), json!({ "wellKnown": { "fieldMask": "*" } }));
}

#[test]
fn extensions_and_groups_are_fields() {
    let home = Home::new();
    let mut screen = everything(&home);
    screen.press(Role::Switch, "Set legacy");
    screen.assert_says("0 of 3 set");
    let colour = "legacy.[trunkline.demo.common.v1.colour]";
    assert!(!screen.has(Role::Switch, &format!("Set {colour}")));
    screen.press(Role::DisclosureTriangle, "Extensions");
    screen.press(Role::Switch, &format!("Set {colour}"));
    screen.fill(colour, "green");
    screen.press(Role::Switch, "Set legacy.result");
    screen.press(Role::Switch, "Set legacy.result.url");
    screen.fill("legacy.result.url", "x");
    screen.assert_says("1 of 3 set");
    screen.press(Role::DisclosureTriangle, "Extensions");
    assert_eq!(screen.value(colour), "green", "what is set is shown");
    let legacy = json!({ "result": { "url": "x" }, "[trunkline.demo.common.v1.colour]": "green" });
    assert_eq!(value(&mut screen), json!({ "legacy": legacy }));
    screen.send();
    screen.wait_for_text("0 OK");
    screen.assert_says("\"[trunkline.demo.common.v1.colour]\": \"green\"");
}

#[test]
fn a_wrapper_that_is_set_to_nothing_is_not_absent() {
    let home = Home::new();
    let mut screen = everything(&home);
    screen.press(Role::Switch, "Set well_known");
    screen.press(Role::Switch, "Set well_known.string_wrapper");
    screen.press(Role::Switch, "Set well_known.bool_wrapper");
    screen.press(Role::Switch, "Set well_known.empty");
    screen.assert_says("no fields");
    screen.choose("well_known.null_value", "NULL_VALUE");
    let set = json!({ "stringWrapper": "", "boolWrapper": false, "empty": {}, "nullValue": "NULL_VALUE" });
    assert_eq!(value(&mut screen), json!({ "wellKnown": set }));
    screen.press(Role::Switch, "well_known.bool_wrapper");
    screen.press(Role::Switch, "Set well_known.string_wrapper");
    screen.press(Role::Switch, "Set well_known.empty");
    let set = json!({ "boolWrapper": true, "nullValue": "NULL_VALUE" });
    assert_eq!(value(&mut screen), json!({ "wellKnown": set }));
}

#[test]
fn an_enum_is_searched_and_takes_what_it_does_not_know() {
    let home = Home::new();
    let mut screen = everything(&home);
    choose_typed(&mut screen, "mood", "beyond");
    assert_eq!(screen.value("mood"), "MOOD_BEYOND_WORDS");
    choose_typed(&mut screen, "mood", "17");
    assert_eq!(value(&mut screen), json!({ "mood": 17 }));
    screen.assert_silent("1 problem");
    choose_typed(&mut screen, "mood", "MOOD_NEW");
    assert_eq!(value(&mut screen), json!({ "mood": "MOOD_NEW" }));
    screen.assert_says("1 problem");
}

#[test]
fn fields_that_the_type_does_not_have_are_shown_and_kept() {
    let home = Home::new();
    let mut screen = everything(&home);
    write_json(&mut screen, r#"{"tree": {"@unknown": [{"field": 77, "varint": "150"}]}}"#);
    screen.assert_says("Unknown fields");
    screen.assert_says("77");
    screen.assert_silent("1 problem");
    screen.fill("tree.label", "oak");
    let tree = json!({ "label": "oak", "@unknown": [{ "field": 77, "varint": "150" }] });
    assert_eq!(value(&mut screen), json!({ "tree": tree }));
    screen.send();
    screen.wait_for_text("0 OK");
    screen.assert_says("\"@unknown\"");
}
