//! Where in a file a full name is defined, as a path into its descriptor.
//!
//! Must not know: sources, pools.

use prost_types::{DescriptorProto, EnumDescriptorProto, FileDescriptorProto};

const NAME: i32 = 1;

/// The path of the name of a message, field, oneof, enum, enum value, service, method or extension; the first of that
/// name.
pub(super) fn place_of(file: &FileDescriptorProto, full_name: &str) -> Option<Vec<i32>> {
    let name = match file.package() {
        "" => full_name,
        package => full_name.strip_prefix(package)?.strip_prefix('.')?,
    };
    let mut place = in_messages(4, &file.message_type, name)
        .or_else(|| in_enums(5, &file.enum_type, name))
        .or_else(|| {
            let (service, method) = name.split_once('.').map_or((name, None), |(service, rest)| (service, Some(rest)));
            let index = file.service.iter().position(|found| found.name() == service)?;
            let Some(method) = method else { return Some(vec![6, index as i32]) };
            let at = file.service[index].method.iter().position(|found| found.name() == method)?;
            Some(vec![6, index as i32, 2, at as i32])
        })
        .or_else(|| at(7, file.extension.iter().position(|found| found.name() == name)))?;
    place.push(NAME);
    Some(place)
}

fn in_messages(part: i32, messages: &[DescriptorProto], name: &str) -> Option<Vec<i32>> {
    let (first, rest) = name.split_once('.').map_or((name, None), |(first, rest)| (first, Some(rest)));
    let mut named = messages.iter().enumerate().filter(|(_, message)| message.name() == first);
    named.find_map(|(index, message)| {
        let mut place = vec![part, index as i32];
        if let Some(rest) = rest {
            let inner = at(2, message.field.iter().position(|found| found.name() == rest))
                .or_else(|| at(8, message.oneof_decl.iter().position(|found| found.name() == rest)))
                .or_else(|| at(6, message.extension.iter().position(|found| found.name() == rest)))
                .or_else(|| in_messages(3, &message.nested_type, rest))
                .or_else(|| in_enums(4, &message.enum_type, rest))?;
            place.extend(inner);
        }
        Some(place)
    })
}

/// An enum, or a value of one: that stands beside its enum.
fn in_enums(part: i32, enums: &[EnumDescriptorProto], name: &str) -> Option<Vec<i32>> {
    enums.iter().enumerate().find_map(|(index, enumeration)| {
        let own = (enumeration.name() == name).then(Vec::new);
        let inner = own.or_else(|| at(2, enumeration.value.iter().position(|found| found.name() == name)))?;
        Some([vec![part, index as i32], inner].concat())
    })
}

fn at(part: i32, index: Option<usize>) -> Option<Vec<i32>> {
    Some(vec![part, index? as i32])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::unit::Unit;

    #[test]
    fn every_kind_of_name_is_found() {
        let source = "package a.b; message M { message N { optional int32 f = 1; } oneof o { int32 x = 2; } \
                      enum E { V = 0; } extend M { optional int32 y = 9; } extensions 9; } enum F { W = 0; } \
                      service S { rpc R(M) returns (M); } extend M { optional int32 z = 9; }";
        let unit = Unit::parse("x.proto", "x.proto", source.to_owned()).unwrap();
        for name in ["M", "M.N", "M.N.f", "M.o", "M.x", "M.E", "M.V", "M.y", "F", "W", "S", "S.R", "z"] {
            let place = place_of(&unit.descriptor, &format!("a.b.{name}")).unwrap_or_else(|| panic!("{name}"));
            let problem = unit.problem("", &place);
            let (_, column) = problem.position.unwrap();
            let last = name.rsplit('.').next().unwrap();
            assert!(source[column as usize - 1..].starts_with(last), "{name} {place:?} {column}");
        }
        for name in ["M", "a.M", "a.b.Q", "a.b.M.q", "a.b.S.q", "a.b"] {
            assert_eq!(place_of(&unit.descriptor, name), None, "{name}");
        }
    }
}
