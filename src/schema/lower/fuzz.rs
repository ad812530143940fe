//! What must hold of masking and lowering, whatever the input.
//!
//! Must not know: pools, how inputs are made.

use bytes::Bytes;
use prost::Message as _;

use super::{Original, lower_encoded, mask, proto, raise};

/// Masking changes single bytes in place: to spaces, or the first letter of `default`.
pub(in crate::schema) fn masked(source: &str) {
    let masked = mask(source);
    assert_eq!(masked.text.len(), source.len() + masked.shift);
    let text = masked.text.as_bytes().get(masked.shift..).unwrap_or_default();
    for (before, after) in source.bytes().zip(text.iter().copied()) {
        let hidden = after == b' ' && !matches!(before, b'\n' | b'\r');
        assert!(before == after || hidden || (before, after) == (b'd', b'_'), "{before} became {after}");
    }
    assert!(masked.faults.iter().all(|fault| fault.offset <= source.len()));
}

/// A descriptor that is raised again is what it was, as far as it was an edition's in good order; what is raised from
/// any other comes out the same for ever after.
pub(in crate::schema) fn lowered(encoded: &Bytes) {
    let Ok(own) = proto::File::decode(encoded.as_ref()) else { return };
    let Some((raised, original)) = there_and_back(encoded) else { return };
    if original.edition.is_some_and(|edition| Some(edition.number()) == own.edition) && is_orderly(&own) {
        assert!(own.encode_to_vec() == raised, "{own:#?}\nbut\n{:#?}", proto::File::decode(raised.as_ref()));
    }
    let (again, _) = there_and_back(&raised).unwrap_or_else(|| panic!("what was raised cannot be lowered"));
    let shown = |bytes: &Bytes| proto::File::decode(bytes.as_ref());
    assert!(again == raised, "{:#?}\nbut\n{:#?}", shown(&raised), shown(&again));
}

fn there_and_back(encoded: &Bytes) -> Option<(Bytes, Original)> {
    let lowered = lower_encoded(encoded);
    let raised = raise(&lowered.encoded?, &lowered.original, |_| false)?;
    Some((raised.into(), lowered.original))
}

/// Whether nothing is in it that an edition has no place for, and that lowering may therefore drop.
fn is_orderly(file: &proto::File) -> bool {
    file.syntax() == "editions"
        && !file.dependency.iter().any(|name| file.option_dependency.contains(name))
        && file.extension.iter().all(is_orderly_field)
        && file.message_type.iter().all(is_orderly_message)
        && file.enum_type.iter().all(|item| is_visibility(item.visibility))
}

fn is_orderly_message(message: &proto::Descriptor) -> bool {
    message.field.iter().chain(&message.extension).all(is_orderly_field)
        && message.nested_type.iter().all(is_orderly_message)
        && message.enum_type.iter().all(|item| is_visibility(item.visibility))
        && is_visibility(message.visibility)
}

fn is_visibility(number: Option<i32>) -> bool {
    number.is_none_or(|number| number == 1 || number == 2)
}

fn is_orderly_field(field: &proto::Field) -> bool {
    let options = field.options.clone().map(Bytes::from);
    let kept = options.as_ref().and_then(|options| super::without_field(options, 2));
    // An enum encoded as delimited cannot be told from a message without the pool.
    matches!(field.label, Some(1 | 3))
        && field.proto3_optional.is_none()
        && matches!(field.r#type, Some(1..=9 | 11..=13 | 15..=18))
        && kept.as_deref() == options.as_deref()
        && field.options.as_ref().is_none_or(|options| !options.is_empty())
}
