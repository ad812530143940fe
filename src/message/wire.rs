//! What stands in the bytes of a message, without its type: numbers, kinds of value, offsets, and guesses at what they
//! mean. Bytes that break off are read as far as they go.
//!
//! Must not know: descriptors, how it is shown.

/// How deep messages and groups are followed.
const DEPTH_LIMIT: usize = 100;
/// How many fields are made of guesses: a long text of numbers may look like a message of millions.
const GUESS_LIMIT: usize = 200_000;
const HIGHEST_NUMBER: u64 = (1 << 29) - 1;

/// The fields of a message as they stand in its bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct View {
    /// In the order of the bytes.
    pub fields: Vec<Field>,
    /// Where the bytes stop making sense; the fields before are good.
    pub broken: Option<Broken>,
}

/// One field as it stands in the bytes. Offsets count from the beginning of the whole, also in a nested message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its number, from 1 on.
    pub number: u32,
    /// Where its tag begins.
    pub start: usize,
    /// Where its value begins: after the tag, and after the length where it has one.
    pub value_start: usize,
    /// Where its value ends; of a group, where its end tag begins.
    pub value_end: usize,
    /// Its value.
    pub value: Value,
}

/// A value as it stands in the bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// int32, int64, uint32, uint64, sint32, sint64, bool, enum
    Varint(u64),
    /// fixed64, sfixed64, double
    Fixed64(u64),
    /// string, bytes, a message, a packed list; `nested` where it reads as a message, which is a guess.
    Bytes {
        /// The fields of that message.
        nested: Option<Vec<Field>>,
    },
    /// A group, the old form of a message in a message.
    Group(Vec<Field>),
    /// fixed32, sfixed32, float
    Fixed32(u32),
}

/// Why and where bytes stop making sense.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("byte {offset}: {message}")]
pub struct Broken {
    /// Where, from 0.
    pub offset: usize,
    /// What is wrong: lower-case, no final stop.
    pub message: String,
}

/// What a varint may mean beside the unsigned number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VarintGuess {
    /// As int32 or int64, where that is another number.
    pub signed: Option<i64>,
    /// As sint32 or sint64.
    pub zigzag: i64,
    /// As bool.
    pub boolean: Option<bool>,
}

impl VarintGuess {
    /// Of that number.
    #[must_use]
    pub const fn of(number: u64) -> Self {
        let zigzag = (number >> 1) as i64 ^ -((number & 1) as i64);
        let boolean = match number {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        };
        let signed = if number > i64::MAX as u64 { Some(number as i64) } else { None };
        Self { signed, zigzag, boolean }
    }
}

impl View {
    /// Reads the bytes of a message.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self::read(bytes, GUESS_LIMIT)
    }

    /// The same without a look into what has a length.
    pub(super) fn flat(bytes: &[u8]) -> Self {
        Self::read(bytes, 0)
    }

    fn read(bytes: &[u8], guesses: usize) -> Self {
        let mut reader = Reader { bytes, guesses };
        let mut fields = Vec::new();
        let broken = reader.fields(&mut fields, 0, bytes.len(), 0, None).err();
        Self { fields, broken }
    }
}

impl Field {
    /// The bytes of its value, of those that the view was made of.
    #[must_use]
    pub fn bytes<'a>(&self, whole: &'a [u8]) -> &'a [u8] {
        whole.get(self.value_start..self.value_end).unwrap_or_default()
    }
}

/// What bytes with a length most likely are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BytesGuess<'a> {
    /// A text.
    Text(&'a str),
    /// A message with these fields.
    Message(&'a [Field]),
    /// Bytes, packed numbers, or nothing.
    Bytes,
}

impl Field {
    /// What a value with a length most likely is, and a group surely. A text without any control character is one, though
    /// it may read as a message too: the tags and lengths of most messages are control characters.
    #[must_use]
    pub fn guess<'a>(&'a self, whole: &'a [u8]) -> BytesGuess<'a> {
        let nested = match &self.value {
            Value::Group(inner) => return BytesGuess::Message(inner),
            Value::Bytes { nested } => nested,
            _ => return BytesGuess::Bytes,
        };
        match (as_text(self.bytes(whole)), nested) {
            (Some(text), Some(inner)) if text.contains(char::is_control) => BytesGuess::Message(inner),
            (Some(text), _) if !text.is_empty() => BytesGuess::Text(text),
            (None, Some(inner)) => BytesGuess::Message(inner),
            _ => BytesGuess::Bytes,
        }
    }
}

/// The bytes as a text that can be shown on a line or several, if they are one.
#[must_use]
pub fn as_text(bytes: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(bytes).ok()?;
    text.chars().all(|letter| !letter.is_control() || matches!(letter, '\n' | '\r' | '\t')).then_some(text)
}

struct Reader<'a> {
    bytes: &'a [u8],
    /// How many more fields may be guessed.
    guesses: usize,
}

impl Reader<'_> {
    /// Reads fields until `end`, or until the group of that number ends; gives where its end tag begins, and what comes
    /// after it.
    fn fields(
        &mut self,
        fields: &mut Vec<Field>,
        start: usize,
        end: usize,
        depth: usize,
        group: Option<u32>,
    ) -> Result<(usize, usize), Broken> {
        let mut at = start;
        while at < end {
            let (number, wire_type, value_start) = self.tag(at, end)?;
            if wire_type == 4 {
                if group == Some(number) {
                    return Ok((at, value_start));
                }
                return Err(broken(at, format!("the end of a group {number} that did not begin")));
            }
            let mut field = Field { number, start: at, value_start, value_end: end, value: Value::Varint(0) };
            match wire_type {
                0 => {
                    let (value, after) = self.varint(value_start, end)?;
                    (field.value, field.value_end) = (Value::Varint(value), after);
                    at = after;
                }
                1 => {
                    let bytes = self.fixed(value_start, end)?;
                    (field.value, field.value_end) = (Value::Fixed64(u64::from_le_bytes(bytes)), value_start + 8);
                    at = field.value_end;
                }
                5 => {
                    let bytes = self.fixed(value_start, end)?;
                    (field.value, field.value_end) = (Value::Fixed32(u32::from_le_bytes(bytes)), value_start + 4);
                    at = field.value_end;
                }
                3 => {
                    if depth >= DEPTH_LIMIT {
                        return Err(broken(at, format!("nested more than {DEPTH_LIMIT} deep")));
                    }
                    let mut inner = Vec::new();
                    let read = self.fields(&mut inner, value_start, end, depth + 1, Some(number));
                    if let Some(last) = inner.last() {
                        field.value_end = last.value_end;
                    }
                    if let Ok((end, _)) = read {
                        field.value_end = end;
                    }
                    field.value = Value::Group(inner);
                    fields.push(field);
                    (_, at) = read?;
                    continue;
                }
                2 => {
                    let (length, after) = self.varint(value_start, end)?;
                    field.value_start = after;
                    let rest = end - after;
                    let whole = usize::try_from(length).ok().filter(|&length| length <= rest);
                    field.value_end = after + whole.unwrap_or(rest);
                    let nested = self.guess(after, field.value_end, depth, whole.is_some());
                    field.value = Value::Bytes { nested };
                    at = field.value_end;
                    fields.push(field);
                    if whole.is_none() {
                        let message = format!("field {number} wants {length} bytes, and only {rest} are left");
                        return Err(broken(value_start, message));
                    }
                    continue;
                }
                _ => return Err(broken(at, format!("wire type {wire_type}, which there is not, for field {number}"))),
            }
            fields.push(field);
        }
        match group {
            Some(number) => Err(broken(end, format!("group {number} has no end"))),
            None => Ok((at, at)),
        }
    }

    /// The fields of a message that may stand there. Of bytes that were cut off the beginning is enough.
    fn guess(&mut self, start: usize, end: usize, depth: usize, whole: bool) -> Option<Vec<Field>> {
        if start == end || depth >= DEPTH_LIMIT || self.guesses == 0 {
            return None;
        }
        let count = self.count(start, end, depth)?;
        if whole && !count.is_whole || count.fields == 0 || count.fields > self.guesses {
            return None;
        }
        self.guesses -= count.fields;
        let mut fields = Vec::new();
        let read = self.fields(&mut fields, start, end, depth + 1, None);
        (read.is_ok() || !whole).then_some(fields)
    }

    /// How many fields there are, without looking into those with a length: what turns out to be no message is given up
    /// at the cost of one look.
    fn count(&self, start: usize, end: usize, depth: usize) -> Option<Count> {
        let mut count = Count { fields: 0, is_whole: true };
        let mut open: Vec<u32> = Vec::new();
        let mut at = start;
        while at < end {
            let step = || -> Result<(u32, u64, usize), Broken> {
                let (number, wire_type, value) = self.tag(at, end)?;
                let after = match wire_type {
                    0 => self.varint(value, end)?.1,
                    1 => self.fixed::<8>(value, end).map(|_| value + 8)?,
                    5 => self.fixed::<4>(value, end).map(|_| value + 4)?,
                    2 => {
                        let (length, from) = self.varint(value, end)?;
                        let length = usize::try_from(length).ok().filter(|&length| length <= end - from);
                        from + length.ok_or_else(|| broken(at, ""))?
                    }
                    3 | 4 => value,
                    _ => return Err(broken(at, "")),
                };
                Ok((number, wire_type, after))
            };
            let Ok((number, wire_type, after)) = step() else {
                count.is_whole = false;
                return Some(count);
            };
            if wire_type == 3 {
                open.push(number);
            } else if wire_type == 4 && open.pop() != Some(number) {
                return None;
            }
            if open.len() + depth >= DEPTH_LIMIT {
                return None;
            }
            count.fields += 1;
            at = after;
        }
        count.is_whole = open.is_empty();
        Some(count)
    }

    /// Number, wire type, and where the value begins.
    fn tag(&self, at: usize, end: usize) -> Result<(u32, u64, usize), Broken> {
        let (tag, after) = self.varint(at, end)?;
        let number = tag >> 3;
        if number == 0 || number > HIGHEST_NUMBER {
            return Err(broken(at, format!("{number} is no field number")));
        }
        Ok((u32::try_from(number).unwrap_or_default(), tag & 7, after))
    }

    fn varint(&self, at: usize, end: usize) -> Result<(u64, usize), Broken> {
        let mut value = 0;
        for (index, &byte) in self.bytes[at..end].iter().take(10).enumerate() {
            if index == 9 && byte > 1 {
                break;
            }
            value |= u64::from(byte & 0x7F) << (7 * index);
            if byte & 0x80 == 0 {
                return Ok((value, at + index + 1));
            }
        }
        let cut = end - at < 10;
        Err(broken(at, if cut { "the bytes end within a number" } else { "a number of more than 64 bits" }))
    }

    fn fixed<const N: usize>(&self, at: usize, end: usize) -> Result<[u8; N], Broken> {
        let bytes = self.bytes[at..end].first_chunk::<N>();
        bytes.copied().ok_or_else(|| broken(at, format!("a number of {N} bytes, and only {} are left", end - at)))
    }
}

struct Count {
    fields: usize,
    /// Nothing is wrong up to the end.
    is_whole: bool,
}

fn broken(offset: usize, message: impl Into<String>) -> Broken {
    Broken { offset, message: message.into() }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use proptest::prelude::*;

    use super::*;

    fn shown(fields: &[Field], whole: &[u8]) -> String {
        let mut out = String::new();
        for field in fields {
            write!(out, "{}@{}:", field.number, field.start).unwrap();
            match &field.value {
                Value::Varint(value) => write!(out, "{value}"),
                Value::Fixed64(value) => write!(out, "{value:#x}l"),
                Value::Fixed32(value) => write!(out, "{value:#x}s"),
                Value::Group(inner) => write!(out, "<{}>", shown(inner, whole)),
                Value::Bytes { nested: Some(inner) } => write!(out, "{{{}}}", shown(inner, whole)),
                Value::Bytes { nested: None } => write!(out, "{:?}", field.bytes(whole).escape_ascii().to_string()),
            }
            .unwrap();
            out.push(' ');
        }
        out.trim_end().to_owned()
    }

    #[track_caller]
    fn check(bytes: &[u8], expected: &str) {
        let view = View::of(bytes);
        let mut found = shown(&view.fields, bytes);
        if let Some(broken) = view.broken {
            write!(found, " | {broken}").unwrap();
        }
        assert_eq!(found, expected);
    }

    #[test]
    fn each_wire_type() {
        // "Encoding", sections "A Simple Message", "Length-Delimited Records", "Submessages".
        check(b"\x08\x96\x01", "1@0:150");
        check(b"\x12\x07testing", "2@0:\"testing\"");
        check(b"\x1a\x03\x08\x96\x01", "3@0:{1@2:150}");
        check(b"\x09\x01\0\0\0\0\0\0\0\x15\x02\0\0\0", "1@0:0x1l 2@9:0x2s");
        check(b"\x0b\x10\x01\x0c\x18\x02", "1@0:<2@1:1> 3@4:2");
        check(b"\xfa\x01\0", "31@0:\"\"");
        // A tag longer than need be, and the end tag as short as can be.
        check(b"\x9b\x00\x1c", "3@0:<>");
        assert_eq!(View::of(b"\x9b\x00\x1c").fields[0].value_end, 2);
        check(b"", "");
    }

    #[test]
    fn where_it_breaks() {
        check(b"\x08\x01\x10", "1@0:1 | byte 3: the bytes end within a number");
        check(b"\x08\x01\x12\x05ab", "1@0:1 2@2:\"ab\" | byte 3: field 2 wants 5 bytes, and only 2 are left");
        check(
            b"\x12\x7f\x08\x01\x12\x7fab",
            "2@0:{1@2:1 2@4:\"ab\"} | byte 1: field 2 wants 127 bytes, and only 6 are left",
        );
        check(b"\x00", " | byte 0: 0 is no field number");
        check(b"\x0f", " | byte 0: wire type 7, which there is not, for field 1");
        check(b"\x0b\x10\x01", "1@0:<2@1:1> | byte 3: group 1 has no end");
        check(b"\x0c", " | byte 0: the end of a group 1 that did not begin");
        check(b"\x0b\x14", "1@0:<> | byte 1: the end of a group 2 that did not begin");
        check(b"\x0d\x01\x02", " | byte 1: a number of 4 bytes, and only 2 are left");
        check(&[0xFF; 11], " | byte 0: a number of more than 64 bits");
        let deep = View::of(&vec![0x0B; 100_000]);
        assert_eq!(deep.broken.unwrap().to_string(), "byte 100: nested more than 100 deep");
    }

    #[test]
    fn guesses_at_numbers() {
        let check = |number, signed, zigzag, boolean| {
            assert_eq!(VarintGuess::of(number), VarintGuess { signed, zigzag, boolean }, "{number}");
        };
        check(0, None, 0, Some(false));
        check(1, None, -1, Some(true));
        check(150, None, 75, None);
        check(u64::MAX, Some(-1), i64::MIN, None);
        assert_eq!(as_text("你好\n".as_bytes()), Some("你好\n"));
        assert_eq!(as_text(b"\x01"), None);
    }

    #[test]
    fn nested_many_times() {
        // A length of two bytes each; each could be a message.
        let mut bytes = b"\x08\x01".to_vec();
        for _ in 0..300 {
            let mut outer = Vec::new();
            prost::encoding::bytes::encode(1, &bytes, &mut outer);
            bytes = outer;
        }
        assert_eq!(View::of(&bytes).broken, None);
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn offsets_lie_within(bytes in prop::collection::vec(prop_oneof![0_u8..40, any::<u8>()], 0..200)) {
            fn within(fields: &[Field], start: usize, end: usize) -> bool {
                fields.iter().all(|field| {
                    let ends = field.start >= start
                        && field.value_start > field.start
                        && field.value_end >= field.value_start
                        && field.value_end <= end;
                    ends && match &field.value {
                        Value::Group(inner) | Value::Bytes { nested: Some(inner) } => {
                            within(inner, field.value_start, field.value_end)
                        }
                        _ => true,
                    }
                })
            }
            let view = View::of(&bytes);
            prop_assert!(within(&view.fields, 0, bytes.len()), "{:?}", view);
        }
    }
}
