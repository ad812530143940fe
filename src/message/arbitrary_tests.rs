//! Arbitrary messages of arbitrary descriptors: every view of a message says the same, and can be read back.
//!
//! Both are made from bytes (`Dice`), so that a failing case shrinks to few of them.

mod descriptors;
mod values;

use proptest::prelude::*;
use prost::Message as _;
use prost_reflect::{DynamicMessage, MessageDescriptor, ReflectMessage as _};

use super::form::MessageForm;
use super::json::{Node, parse};
use super::{WriteOptions, read, read_text, text_format, write, write_line, write_pretty};

/// Choices, one byte each; zero when they are used up, so that everything that is made of them ends.
struct Dice<'a> {
    bytes: &'a [u8],
    /// How many entries a map may have. In an `Any`, which is compared by its bytes, one: their order is not fixed.
    entries: usize,
}

impl Dice<'_> {
    fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.bytes.split_first() else { return 0 };
        self.bytes = rest;
        *first
    }

    /// A number below `limit`, which is at least 1.
    fn below(&mut self, limit: usize) -> usize {
        usize::from(self.byte()) % limit
    }

    fn one_in(&mut self, times: usize) -> bool {
        self.below(times) == 1
    }

    fn of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }

    fn number(&mut self) -> u64 {
        let mut bytes = [0; 8];
        let width = self.of(&[1, 1, 2, 4, 8]);
        bytes[..width].fill_with(|| self.byte());
        let number = u64::from_le_bytes(bytes);
        match self.below(8) {
            1 => u64::MAX - number % 3,
            2 => (1 << 63) ^ (number % 3),
            3 => (1 << 31) ^ (number % 3),
            _ => number,
        }
    }

    fn text(&mut self) -> String {
        const PARTS: [&str; 16] =
            ["a", "B7", " ", "\"", "\\", "\n", "\u{1}", "é", "世界", "🌍", "{{", "}}", "//", "null", "\u{2028}", "'"];
        (0..self.below(5)).map(|_| PARTS[self.below(PARTS.len())]).collect()
    }
}

/// A decoded zero is stored, but not equal to an absent field; encoded it is gone. Not by bytes, for the entries of a map
/// have no order there.
fn is_same(one: &DynamicMessage, other: &DynamicMessage) -> bool {
    let plain = |message: &DynamicMessage| {
        DynamicMessage::decode(message.descriptor(), message.encode_to_vec().as_slice()).unwrap()
    };
    plain(one) == plain(other)
}

fn again(node: &Node, descriptor: &MessageDescriptor) -> Result<DynamicMessage, TestCaseError> {
    read(node, descriptor).map_err(|problems| {
        let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
        TestCaseError::fail(format!("{}\n{}", problems.join("\n"), node.to_pretty()))
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_view_says_the_same(shape in proptest::collection::vec(any::<u8>(), 0..160), content in proptest::collection::vec(any::<u8>(), 0..400)) {
        let pool = descriptors::pool(&mut Dice { bytes: &shape, entries: 0 });
        let root = pool.get_message_by_name("any.M0").unwrap();
        let message = values::message(&mut Dice { bytes: &content, entries: 3 }, &root, 0);

        let json = write(&message, WriteOptions::default());
        let pretty = json.to_pretty();
        let decoded = DynamicMessage::decode(root.clone(), message.encode_to_vec().as_slice()).unwrap();
        prop_assert!(is_same(&decoded, &message), "the bytes of {pretty}");

        // The JSON, and the JSON of what was read from it, which has one form only.
        prop_assert_eq!(&parse(&json.to_line()).unwrap(), &json);
        prop_assert_eq!(write_line(&message, WriteOptions::default()), json.to_line());
        prop_assert_eq!(write_pretty(&message, WriteOptions::default()), pretty.clone());
        let text = parse(&pretty).unwrap();
        let from_json = again(&text, &root)?;
        prop_assert!(is_same(&from_json, &message), "the JSON\n{pretty}\nis read as\n{}", write(&from_json, WriteOptions::default()).to_pretty());
        prop_assert_eq!(write(&from_json, WriteOptions::default()).to_pretty(), pretty.clone());
        prop_assert!(is_same(&read_text(&pretty, &root).unwrap(), &message), "read at once: {pretty}");

        // All defaults told too, it is the same message still.
        let all = write(&message, WriteOptions { emit_defaults: true, ..WriteOptions::default() });
        prop_assert!(is_same(&again(&all, &root)?, &message), "with defaults: {}", all.to_pretty());

        // Short for the eye: original names and numbers of enums are read too.
        let other = WriteOptions { proto_names: true, enum_numbers: true, ..WriteOptions::default() };
        prop_assert!(is_same(&again(&write(&message, other), &root)?, &message), "{}", write_pretty(&message, other));

        // The text format.
        let written = text_format::write(&message, text_format::WriteOptions::default());
        match text_format::read(&written, &root) {
            Ok(read) => prop_assert!(is_same(&read, &message), "{pretty}\nas text\n{written}"),
            Err(problems) => prop_assert!(false, "{problems:?}\n{written}"),
        }

        // The form.
        let mut form = MessageForm::from_json(&text, &root);
        prop_assert_eq!(form.problem_count(), 0, "the form of {}", pretty);
        prop_assert_eq!(form.to_pretty(0), form.to_json().to_pretty());
        let from_form = again(&form.to_json(), &root)?;
        prop_assert!(is_same(&from_form, &message), "{pretty}\nas a form\n{}", form.to_json().to_pretty());
        form.check();
        prop_assert_eq!(form.problem_count(), 0, "checked again, the form of {}", pretty);
        let twice = MessageForm::from_json(&form.to_json(), &root);
        prop_assert_eq!(twice.to_json().to_pretty(), form.to_json().to_pretty());
    }
}
