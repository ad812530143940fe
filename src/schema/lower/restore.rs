//! Gives back to a parsed descriptor what was masked in its source.
//!
//! Places are matched by line and column: the parser's own table of positions leads to the descriptors.

use std::collections::HashMap;

use miette::Diagnostic as _;
use prost_types::field_descriptor_proto::{Label, Type};
use prost_types::uninterpreted_option::NamePart;
use prost_types::{
    DescriptorProto, EnumDescriptorProto, ExtensionRangeOptions, FieldDescriptorProto, FileDescriptorProto,
    SourceCodeInfo, UninterpretedOption,
};

use super::mask::{DEFAULT, Masked, RangeOptions};
use super::{Fault, Original, lower, part_json_names};
use crate::schema::docs::join;

const UNINTERPRETED: i32 = 999;
const FIELD_OPTIONS: i32 = 8;
const PACKED: i32 = 2;

/// Gives back what was masked, and lowers the file when it is of an edition. Positions are those of the source again.
pub(in crate::schema) fn restore(
    file: &mut FileDescriptorProto,
    positions: &mut SourceCodeInfo,
    masked: &Masked<'_>,
    source: &str,
) -> (Original, Option<String>, Vec<Fault>) {
    shift(positions, masked.shift);
    let mut original = Original { edition: masked.edition, ..Original::default() };
    let mut faults = Vec::new();
    let lines = Lines::new(source);
    let is_plain = masked.visibility.is_empty()
        && masked.reserved.is_empty()
        && masked.option_imports.is_empty()
        && masked.negative.is_empty()
        && masked.range_options.is_empty();
    if !is_plain {
        let starts = Starts::new(positions, &lines);
        for offset in &masked.option_imports {
            let index = starts.imports.get(offset).and_then(|index| file.dependency.get(*index));
            original.option_imports.extend(index.cloned());
        }
        for (offset, visibility) in &masked.visibility {
            let name = starts.types.get(offset).and_then(|path| full_name(file, path));
            original.visibility.extend(name.map(|name| (name, *visibility)));
        }
        for (owner, names) in &masked.reserved {
            let Some(path) = starts.types.get(owner) else { continue };
            match find(file, path) {
                Some(Found::Message(message)) => message.reserved_name.extend(names.iter().cloned()),
                Some(Found::Enum(item)) => item.reserved_name.extend(names.iter().cloned()),
                None => {}
            }
        }
        for offset in &masked.negative {
            if let Some(option) = starts.options.get(offset).and_then(|path| find_option(file, path))
                && let Some(word) = option.identifier_value.take()
            {
                option.double_value = Some(if word == "inf" { f64::NEG_INFINITY } else { f64::NAN });
            }
        }
        for options in &masked.range_options {
            let parsed = match range_options(options, source) {
                Ok(parsed) => parsed,
                Err(fault) => {
                    faults.push(fault);
                    continue;
                }
            };
            if let Some(Found::Message(message)) = starts.types.get(&options.owner).and_then(|path| find(file, path)) {
                for range in message.extension_range.get_mut(options.ranges.clone()).into_iter().flatten() {
                    range.options = Some(parsed.clone());
                }
            }
        }
    }
    each_option(file, &mut numbers);
    let mut lost = None;
    if let Some(edition) = masked.edition {
        move_options(file, positions, &lines, &mut faults, take_default);
        lost = lower(file, edition, &mut original.parted);
    } else {
        // The pool decides how a list is sent before it reads what is uninterpreted.
        move_options(file, positions, &lines, &mut faults, take_packed);
        if file.syntax() != "proto3" {
            part_json_names(file, &mut original.parted);
        }
    }
    (original, lost, faults)
}

/// Takes off what the parser's text has more than the source: all of it on the first line.
fn shift(positions: &mut SourceCodeInfo, bytes: usize) {
    let bytes = bytes as i32;
    for location in positions.location.iter_mut().filter(|_| bytes > 0) {
        match location.span.as_mut_slice() {
            [0, start, end] => {
                *start = (*start - bytes).max(0);
                *end = (*end - bytes).max(0);
            }
            [0, start, ..] => *start = (*start - bytes).max(0),
            _ => {}
        }
    }
}

/// Where the lines of a source begin.
struct Lines(Vec<usize>);

impl Lines {
    fn new(source: &str) -> Self {
        Self(std::iter::once(0).chain(source.match_indices('\n').map(|(at, _)| at + 1)).collect())
    }

    fn offset(&self, line: i32, column: i32) -> Option<usize> {
        Some(self.0.get(usize::try_from(line).ok()?)? + usize::try_from(column).ok()?)
    }
}

/// Descriptor paths by the offset at which their source begins.
#[derive(Default)]
struct Starts {
    imports: HashMap<usize, usize>,
    /// Messages and enums.
    types: HashMap<usize, Vec<i32>>,
    options: HashMap<usize, Vec<i32>>,
}

impl Starts {
    fn new(positions: &SourceCodeInfo, lines: &Lines) -> Self {
        let mut starts = Self::default();
        for location in &positions.location {
            let [line, column, ..] = location.span.as_slice() else { continue };
            let Some(offset) = lines.offset(*line, *column) else { continue };
            match location.path.as_slice() {
                [3, index] => {
                    starts.imports.insert(offset, *index as usize);
                }
                [.., UNINTERPRETED, _] => {
                    starts.options.insert(offset, location.path.clone());
                }
                path if is_type(path) => {
                    starts.types.insert(offset, path.to_vec());
                }
                _ => {}
            }
        }
        starts
    }
}

/// Whether a path leads to a message or an enum.
fn is_type(path: &[i32]) -> bool {
    if path.is_empty() || !path.len().is_multiple_of(2) {
        return false;
    }
    let steps: Vec<i32> = path.iter().step_by(2).copied().collect();
    match steps.as_slice() {
        [4 | 5] => true,
        [4, middle @ .., 3 | 4] => middle.iter().all(|step| *step == 3),
        _ => false,
    }
}

enum Found<'a> {
    Message(&'a mut DescriptorProto),
    Enum(&'a mut EnumDescriptorProto),
}

fn find<'a>(file: &'a mut FileDescriptorProto, path: &[i32]) -> Option<Found<'a>> {
    let index = |index: i32| usize::try_from(index).ok();
    let ([first, at], mut rest) = path.split_at_checked(2).map(|(a, b)| ([a[0], a[1]], b))?;
    if first == 5 {
        return file.enum_type.get_mut(index(at)?).map(Found::Enum);
    }
    let mut message = file.message_type.get_mut(index(at)?)?;
    while let [step, at, more @ ..] = rest {
        if *step == 4 {
            return message.enum_type.get_mut(index(*at)?).map(Found::Enum);
        }
        message = message.nested_type.get_mut(index(*at)?)?;
        rest = more;
    }
    Some(Found::Message(message))
}

fn full_name(file: &mut FileDescriptorProto, path: &[i32]) -> Option<String> {
    let mut name = file.package().to_owned();
    for length in (2..=path.len()).step_by(2) {
        name = match find(file, &path[..length])? {
            Found::Message(message) => join(&name, message.name()),
            Found::Enum(item) => join(&name, item.name()),
        };
    }
    Some(name)
}

/// The option at a path that ends in `uninterpreted_option`.
fn find_option<'a>(file: &'a mut FileDescriptorProto, path: &[i32]) -> Option<&'a mut UninterpretedOption> {
    let index = usize::try_from(*path.last()?).ok()?;
    let at = |position: usize| usize::try_from(*path.get(position)?).ok();
    // The path without the field of options, `999` and the index.
    let owner = path.get(..path.len().checked_sub(3)?)?;
    let options = match owner {
        [] => &mut file.options.as_mut()?.uninterpreted_option,
        [6, _] => &mut file.service.get_mut(at(1)?)?.options.as_mut()?.uninterpreted_option,
        [6, _, 2, _] => {
            &mut file.service.get_mut(at(1)?)?.method.get_mut(at(3)?)?.options.as_mut()?.uninterpreted_option
        }
        [7, _] => &mut file.extension.get_mut(at(1)?)?.options.as_mut()?.uninterpreted_option,
        owner if is_type(owner) => match find(file, owner)? {
            Found::Message(message) => &mut message.options.as_mut()?.uninterpreted_option,
            Found::Enum(item) => &mut item.options.as_mut()?.uninterpreted_option,
        },
        owner => {
            let (outer, last) = owner.split_at(owner.len().checked_sub(2)?);
            let item = usize::try_from(*last.get(1)?).ok()?;
            match (find(file, outer)?, last.first()?) {
                (Found::Message(message), 2) => {
                    &mut message.field.get_mut(item)?.options.as_mut()?.uninterpreted_option
                }
                (Found::Message(message), 5) => {
                    &mut message.extension_range.get_mut(item)?.options.as_mut()?.uninterpreted_option
                }
                (Found::Message(message), 6) => {
                    &mut message.extension.get_mut(item)?.options.as_mut()?.uninterpreted_option
                }
                (Found::Message(message), 8) => {
                    &mut message.oneof_decl.get_mut(item)?.options.as_mut()?.uninterpreted_option
                }
                (Found::Enum(item_of), 2) => &mut item_of.value.get_mut(item)?.options.as_mut()?.uninterpreted_option,
                _ => return None,
            }
        }
    };
    options.get_mut(index)
}

/// Parses options of ranges by themselves.
fn range_options(options: &RangeOptions, source: &str) -> Result<ExtensionRangeOptions, Fault> {
    const HEAD: &str = "message M{extensions 1 to 2";
    let text = source.get(options.place.clone()).unwrap_or_default();
    let parsed = protox::file::File::from_source("", &format!("{HEAD}{text};}}")).map_err(|error| {
        let label = error.labels().into_iter().flatten().next();
        let offset = label.map_or(0, |label| label.offset().saturating_sub(HEAD.len()));
        Fault { offset: options.place.start + offset, message: error.to_string(), hint: None }
    })?;
    let message = FileDescriptorProto::from(parsed).message_type.into_iter().next().unwrap_or_default();
    let range = message.extension_range.into_iter().next().unwrap_or_default();
    Ok(range.options.unwrap_or_default())
}

/// `inf` and `nan` are numbers, which the pool takes for names.
fn numbers(options: &mut Vec<UninterpretedOption>) {
    for option in options {
        let value = match option.identifier_value.as_deref() {
            Some("inf") => f64::INFINITY,
            Some("nan") => f64::NAN,
            _ => continue,
        };
        option.identifier_value = None;
        option.double_value = Some(value);
    }
}

fn each_option(file: &mut FileDescriptorProto, visit: &mut impl FnMut(&mut Vec<UninterpretedOption>)) {
    file.options.iter_mut().for_each(|options| visit(&mut options.uninterpreted_option));
    for service in &mut file.service {
        service.options.iter_mut().for_each(|options| visit(&mut options.uninterpreted_option));
        let methods = service.method.iter_mut().filter_map(|method| method.options.as_mut());
        methods.for_each(|options| visit(&mut options.uninterpreted_option));
    }
    each_field_options(&mut file.extension, visit);
    file.enum_type.iter_mut().for_each(|item| each_enum_options(item, visit));
    file.message_type.iter_mut().for_each(|message| each_message_options(message, visit));
}

fn each_field_options(fields: &mut [FieldDescriptorProto], visit: &mut impl FnMut(&mut Vec<UninterpretedOption>)) {
    fields.iter_mut().filter_map(|field| field.options.as_mut()).for_each(|o| visit(&mut o.uninterpreted_option));
}

fn each_enum_options(item: &mut EnumDescriptorProto, visit: &mut impl FnMut(&mut Vec<UninterpretedOption>)) {
    item.options.iter_mut().for_each(|options| visit(&mut options.uninterpreted_option));
    let values = item.value.iter_mut().filter_map(|value| value.options.as_mut());
    values.for_each(|options| visit(&mut options.uninterpreted_option));
}

fn each_message_options(message: &mut DescriptorProto, visit: &mut impl FnMut(&mut Vec<UninterpretedOption>)) {
    message.options.iter_mut().for_each(|options| visit(&mut options.uninterpreted_option));
    each_field_options(&mut message.field, visit);
    each_field_options(&mut message.extension, visit);
    let oneofs = message.oneof_decl.iter_mut().filter_map(|oneof| oneof.options.as_mut());
    oneofs.for_each(|options| visit(&mut options.uninterpreted_option));
    let ranges = message.extension_range.iter_mut().filter_map(|range| range.options.as_mut());
    ranges.for_each(|options| visit(&mut options.uninterpreted_option));
    message.enum_type.iter_mut().for_each(|item| each_enum_options(item, visit));
    message.nested_type.iter_mut().for_each(|nested| each_message_options(nested, visit));
}

/// One option of a field that was moved to where it belongs.
struct Moved {
    /// Its place among the uninterpreted ones.
    index: usize,
    /// The number of its own field in the options, where it has one there.
    number: Option<i32>,
    fault: Option<&'static str>,
}

/// Moves an option of every field to where it belongs, and its position with it.
fn move_options(
    file: &mut FileDescriptorProto,
    positions: &mut SourceCodeInfo,
    lines: &Lines,
    faults: &mut Vec<Fault>,
    take: fn(&mut FieldDescriptorProto) -> Option<Moved>,
) {
    // By the path of the options that it was in.
    let mut all: HashMap<Vec<i32>, Moved> = HashMap::new();
    for (index, field) in file.extension.iter_mut().enumerate() {
        all.extend(take(field).map(|moved| (vec![7, index as i32, FIELD_OPTIONS], moved)));
    }
    for (index, message) in file.message_type.iter_mut().enumerate() {
        move_message_options(message, &[4, index as i32], take, &mut all);
    }
    if all.is_empty() {
        return;
    }
    positions.location.retain_mut(|location| {
        let Some(place) = location.path.iter().position(|step| *step == UNINTERPRETED) else { return true };
        let (owner, [_, index, ..]) = location.path.split_at(place) else { return true };
        let Some(moved) = all.get(owner) else { return true };
        let (index, taken) = (*index, moved.index as i32);
        if index > taken {
            location.path[place + 1] -= 1;
        }
        if index != taken {
            return true;
        }
        if let (Some(message), [line, column, ..]) = (moved.fault, location.span.as_slice()) {
            let offset = lines.offset(*line, *column).unwrap_or(0);
            faults.push(Fault { offset, message: message.to_owned(), hint: None });
        }
        location.path.truncate(place);
        location.path.extend(moved.number);
        moved.number.is_some()
    });
}

fn move_message_options(
    message: &mut DescriptorProto,
    path: &[i32],
    take: fn(&mut FieldDescriptorProto) -> Option<Moved>,
    all: &mut HashMap<Vec<i32>, Moved>,
) {
    for (number, fields) in [(2, &mut message.field), (6, &mut message.extension)] {
        for (index, field) in fields.iter_mut().enumerate() {
            let moved = take(field);
            all.extend(moved.map(|moved| ([path, &[number, index as i32, FIELD_OPTIONS]].concat(), moved)));
        }
    }
    for (index, nested) in message.nested_type.iter_mut().enumerate() {
        move_message_options(nested, &[path, &[3, index as i32]].concat(), take, all);
    }
}

/// Takes the first uninterpreted option of that name.
fn take_option(field: &mut FieldDescriptorProto, name: &str) -> Option<(usize, UninterpretedOption)> {
    let options = field.options.as_mut()?;
    let is_named = |option: &UninterpretedOption| matches!(option.name.as_slice(), [NamePart { name_part, is_extension: false }] if name_part == name);
    let index = options.uninterpreted_option.iter().position(is_named)?;
    Some((index, options.uninterpreted_option.remove(index)))
}

/// Takes the hidden `default`.
fn take_default(field: &mut FieldDescriptorProto) -> Option<Moved> {
    let (index, option) = take_option(field, DEFAULT)?;
    field.options.take_if(|options| options.uninterpreted_option.is_empty());
    let fault = match default_text(field, option) {
        Ok(text) => {
            field.default_value = Some(text);
            None
        }
        Err(fault) => Some(fault),
    };
    Some(Moved { index, number: None, fault })
}

/// Takes a `packed` that is true or false; another value is told of when the options are read.
fn take_packed(field: &mut FieldDescriptorProto) -> Option<Moved> {
    let (index, option) = take_option(field, "packed")?;
    let options = field.options.as_mut()?;
    let Some(word @ ("true" | "false")) = option.identifier_value.as_deref() else {
        options.uninterpreted_option.insert(index, option);
        return None;
    };
    options.packed = Some(word == "true");
    Some(Moved { index, number: Some(PACKED), fault: None })
}

/// A default as a descriptor writes it.
fn default_text(field: &FieldDescriptorProto, option: UninterpretedOption) -> Result<String, &'static str> {
    if field.label() == Label::Repeated {
        return Err("repeated fields cannot have default values");
    }
    let kind = field.r#type.map(|_| field.r#type());
    let signed =
        || option.negative_int_value.or_else(|| option.positive_int_value.and_then(|value| value.try_into().ok()));
    match kind {
        None => option.identifier_value.ok_or("expected the name of an enum value"),
        Some(Type::Bool) => option
            .identifier_value
            .filter(|word| word == "true" || word == "false")
            .ok_or("expected either 'true' or 'false'"),
        Some(Type::String) => {
            let text = option.string_value.ok_or("expected a string")?;
            String::from_utf8(text).or(Err("expected a string of UTF-8 text"))
        }
        Some(Type::Bytes) => {
            let bytes = option.string_value.ok_or("expected a string")?;
            Ok(bytes.iter().flat_map(|byte| escape(*byte)).collect())
        }
        Some(Type::Double | Type::Float) => {
            let number = option
                .double_value
                .or_else(|| signed().map(|value| value as f64))
                .or_else(|| option.positive_int_value.map(|value| value as f64));
            number.map(|number| number.to_string().to_ascii_lowercase()).ok_or("expected a number")
        }
        Some(Type::Uint64 | Type::Fixed64) => {
            option.positive_int_value.map(|value| value.to_string()).ok_or("expected an unsigned 64-bit integer")
        }
        Some(Type::Uint32 | Type::Fixed32) => option
            .positive_int_value
            .and_then(|value| u32::try_from(value).ok())
            .map(|value| value.to_string())
            .ok_or("expected an unsigned 32-bit integer"),
        Some(Type::Int64 | Type::Sint64 | Type::Sfixed64) => {
            signed().map(|value: i64| value.to_string()).ok_or("expected a signed 64-bit integer")
        }
        Some(Type::Int32 | Type::Sint32 | Type::Sfixed32) => signed()
            .and_then(|value: i64| i32::try_from(value).ok())
            .map(|value| value.to_string())
            .ok_or("expected a signed 32-bit integer"),
        Some(Type::Message | Type::Group | Type::Enum) => Err("messages cannot have default values"),
    }
}

/// A byte as the default of a bytes field writes it.
fn escape(byte: u8) -> Vec<char> {
    match byte {
        b'\n' => vec!['\\', 'n'],
        b'\r' => vec!['\\', 'r'],
        b'\t' => vec!['\\', 't'],
        b'"' | b'\'' | b'\\' => vec!['\\', char::from(byte)],
        0x20..=0x7e => vec![char::from(byte)],
        _ => format!("\\{byte:03o}").chars().collect(),
    }
}
