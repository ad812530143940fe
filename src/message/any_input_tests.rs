//! What the editor does with text, and what is made of foreign bytes, over input of every kind.

use proptest::prelude::*;

use super::complete::complete;
use super::format::format;
use super::json::parse;
use super::problems::problems;
use super::raw;
use super::tests::order;
use super::typing::{Stroke, brackets, find, stroke};
use super::wire::View;

/// JSON of an order, whole or broken, from the pieces that texts are made of.
fn scraps() -> impl Strategy<Value = String> {
    const SCRAPS: [&str; 34] = [
        "{",
        "}",
        "[",
        "]",
        ":",
        ",",
        "\"",
        "\"name\"",
        "\"items\": [",
        "\"parent\": {",
        "\"stock\": {\"a\": ",
        "true",
        "null",
        "-1.5e3",
        "\"\\u00e9",
        "\\",
        "\"{{",
        "}}\"",
        "{{",
        "// end\n",
        "/* in ",
        "*/",
        "\n",
        "  ",
        "\t",
        "\r\n",
        "世",
        "🌍",
        "\u{feff}",
        "\u{301}",
        "\"@type\": \"type.googleapis.com/",
        "shop.v1.Item\"",
        "\"priority\": \"PRIO",
        "\"anyValue\": ",
    ];
    proptest::collection::vec(proptest::sample::select(&SCRAPS[..]), 0..24).prop_map(|scraps| scraps.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_editor_stands_any_text(text in scraps(), letter in any::<char>()) {
        let order = order();
        let found = problems(&text, Some(&order));
        prop_assert_eq!(found.is_syntax, !text.trim().is_empty() && parse(&text).is_err());
        for mark in &found.marks {
            prop_assert!(text.get(mark.range.clone()).is_some(), "{:?} in {text:?}", mark);
        }
        // Laid out anew it says the same, and then it is laid out.
        if let Ok(laid_out) = format(&text)
            && let Ok(before) = parse(&text)
        {
            prop_assert_eq!(&parse(&laid_out).unwrap(), &before, "{}", laid_out);
            prop_assert_eq!(format(&laid_out).unwrap(), laid_out.clone(), "{}", text);
        }
        let strokes = [
            Stroke::Letter(letter), Stroke::Letter('{'), Stroke::Letter('}'), Stroke::Letter('"'), Stroke::Enter, Stroke::Backspace,
            Stroke::Tab { back: false }, Stroke::Tab { back: true }, Stroke::Comment,
        ];
        let places: Vec<usize> = (0..=text.len()).filter(|at| text.is_char_boundary(*at)).collect();
        for (index, &at) in places.iter().enumerate() {
            if let Some(completion) = complete(&text, at, &order, &["host".to_owned()]) {
                prop_assert!(text.get(completion.range.clone()).is_some() && completion.anchor <= at, "{completion:?} in {text:?}");
                for item in &completion.items {
                    prop_assert!(item.insert.get(item.select.clone()).is_some(), "{item:?}");
                }
            }
            if let Some((one, other)) = brackets(&text, at) {
                prop_assert!(one < text.len() && other < text.len());
            }
            let to = places[(index + 3).min(places.len() - 1)];
            for of in strokes {
                for selection in [at..at, at..to] {
                    let Some(edit) = stroke(&text, selection, of) else { continue };
                    prop_assert!(text.get(edit.range.clone()).is_some(), "{edit:?} in {text:?}");
                    let mut after = text.clone();
                    after.replace_range(edit.range.clone(), &edit.insert);
                    prop_assert!(after.get(edit.selection.clone()).is_some(), "{edit:?} in {text:?}");
                }
            }
        }
        for part in find(&text, "é", false, 10).into_iter().chain(find(&text, "a", true, 10)) {
            prop_assert!(text.get(part).is_some());
        }
    }

    #[test]
    fn bytes_of_any_kind_are_told(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        // What counts is that they return, and that what is decoded is the same again as hex.
        let _view = View::of(&bytes);
        let order = order();
        if let Err(undecodable) = raw::decode(&bytes, &order) {
            prop_assert!(!undecodable.message.is_empty());
        }
        prop_assert_eq!(raw::from_hex(&raw::to_hex(&bytes)).unwrap(), bytes.clone());
        prop_assert_eq!(raw::from_base64(&raw::to_base64(&bytes)).unwrap(), bytes);
    }
}
