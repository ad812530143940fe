//! What must hold whatever the input, for the fuzz targets (`tests/fuzz`), whose corpora are tests here.
//!
//! Each function panics where something does not hold. Must not know: how inputs are made.

use bytes::Bytes;
use prost_types::{DescriptorProto, FileDescriptorProto, MessageOptions};

use super::docs::join;
use super::listing::{Listing, list, list_scan};
use super::scan::{Scan, scan};
use super::unit::{Unit, split_set};
use super::{MethodPath, Problem, Schema, Source, Types, encoded, lower};

/// Symbols of one schema that are described, at most: an input shall take milliseconds.
const MOST_DESCRIBED: usize = 100;

/// Files of one schema that are compiled, at most.
const MOST_COMPILED: usize = 50;

const NAME: &str = "x.proto";

/// A source text, scanned. Where the scan finds nothing odd and the parser reads it too, they agree.
///
/// # Panics
///
/// Where the scan misreads the text.
pub fn scanner(input: &[u8]) {
    let Ok(source) = str::from_utf8(input) else { return };
    let scan = scan(source);
    assert!(scan.odd.is_none_or(|odd| odd <= source.len()), "{:?}", scan.odd);
    for import in &scan.imports {
        assert!(source.get(import.offset..).is_some_and(|rest| rest.starts_with("import")), "{import:?}");
    }
    if scan.odd.is_none()
        && let Ok(unit) = Unit::parse(NAME, NAME, source.strip_prefix('\u{feff}').unwrap_or(source).to_owned())
    {
        compare(scan, &unit);
    }
}

/// Panics where the list of a scan is not that of the parser.
pub(super) fn compare(scan: Scan, unit: &Unit) {
    let mut expected = list(&unit.descriptor, &unit.docs);
    let written = if scan.syntax.is_empty() { "proto2" } else { &scan.syntax };
    let plain = || unit.descriptor.syntax.as_deref().unwrap_or("proto2");
    assert_eq!(written, unit.original.edition.map_or_else(plain, |edition| edition.name()));
    let imports: Vec<_> = scan.imports.iter().map(|import| &import.name).collect();
    assert_eq!(imports, unit.descriptor.dependency.iter().collect::<Vec<_>>());
    let mut listing = list_scan(scan);
    for service in &mut expected.services {
        service.file.clear();
    }
    if defines_twice(&expected, unit) {
        // Of two things of one name the parser's list has the comment of either.
        for service in expected.services.iter_mut().chain(&mut listing.services) {
            service.doc.clear();
            service.methods.iter_mut().for_each(|method| method.doc.clear());
        }
    }
    assert_eq!(listing.services, expected.services);
    // The parser makes messages of maps, which nobody names.
    let mut entries = Vec::new();
    unit.descriptor.message_type.iter().for_each(|message| map_entries(message, &expected.package, &mut entries));
    for entry in entries {
        if let Some(index) = expected.symbols.iter().position(|symbol| *symbol == entry) {
            expected.symbols.swap_remove(index);
        }
    }
    listing.symbols.sort();
    expected.symbols.sort();
    assert_eq!(listing.symbols, expected.symbols);
    assert_eq!(listing.package, expected.package);
}

fn defines_twice(listing: &Listing, unit: &Unit) -> bool {
    let mut names = listing.symbols.clone();
    let values = unit.descriptor.enum_type.iter().flat_map(|item| &item.value);
    names.extend(values.map(|value| join(&listing.package, value.name())));
    for service in &listing.services {
        names.extend(service.methods.iter().map(|method| join(&service.full_name, &method.name)));
    }
    names.sort();
    names.windows(2).any(|two| two[0] == two[1])
}

fn map_entries(message: &DescriptorProto, scope: &str, entries: &mut Vec<String>) {
    let full_name = join(scope, message.name());
    message.nested_type.iter().for_each(|nested| map_entries(nested, &full_name, entries));
    if message.options.as_ref().is_some_and(MessageOptions::map_entry) {
        entries.push(full_name);
    }
}

/// A source text or a serialised descriptor, lowered. What comes out of a pool goes into one again, the same.
///
/// # Panics
///
/// Where masking or lowering changes what a file means.
pub fn lowering(input: &[u8]) {
    if let Ok(source) = str::from_utf8(input) {
        lower::fuzz::masked(source);
        match Unit::parse(NAME, NAME, source.to_owned()) {
            Ok(unit) => {
                if !round_trip(unit) {
                    // The pool's faults are placed with the help of the positions, as `compile` does.
                    let unit = Unit::parse(NAME, NAME, source.to_owned()).unwrap_or_default();
                    check_places(source, super::compile::probe(unit, true).err().unwrap_or_default());
                }
            }
            Err(problems) => {
                assert!(!problems.is_empty());
                check_places(source, problems);
            }
        }
    }
    let input = Bytes::copy_from_slice(input);
    lower::fuzz::lowered(&input);
    if let Ok(unit) = Unit::decode(&input) {
        round_trip(unit);
    }
}

fn check_places(source: &str, problems: Vec<Problem>) {
    for (line, column) in problems.into_iter().filter_map(|problem| problem.position) {
        let width = source.split('\n').nth(line as usize - 1).map(|line| line.chars().count());
        assert!(width.is_some_and(|width| column as usize <= width + 2), "{line}:{column}");
    }
}

/// Whether the pool takes the file.
fn round_trip(unit: Unit) -> bool {
    let Some((encoded, again)) = through_pool(unit) else { return false };
    let (encoded_again, _) = through_pool(again).unwrap_or_else(|| panic!("is not read again"));
    assert!(encoded == encoded_again, "{:#?}\nbut\n{:#?}", decode(&encoded), decode(&encoded_again));
    true
}

fn decode(encoded: &Bytes) -> Option<FileDescriptorProto> {
    prost::Message::decode(encoded.clone()).ok()
}

/// The file as it is written out of a pool, and that read again; nothing where the pool does not take it.
fn through_pool(unit: Unit) -> Option<(Bytes, Unit)> {
    let name = unit.descriptor.name().to_owned();
    let original = unit.original.clone();
    let pool = super::compile::probe(unit, false).ok()?;
    let encoded = super::encode_file(&pool, &name, &original).map(Bytes::from);
    let encoded = encoded.unwrap_or_else(|| panic!("{name} is not in its pool"));
    let again = Unit::decode(&encoded).unwrap_or_else(|problem| panic!("{problem}"));
    Some((encoded, again))
}

/// A descriptor set, binary or as JSON, opened as a file and as the answer of a server. Everything in it is described.
///
/// # Panics
///
/// Where something that was listed is not found.
pub fn loader(input: &[u8]) {
    let source = Source::DescriptorSet { path: "set".into() };
    if let Ok(schema) = encoded::read_set(&source, "set", input.to_vec()) {
        look_at(&schema);
    }
    if let Ok(files) = split_set(&Bytes::copy_from_slice(input)) {
        let schema = Schema::from_reflection("target", Vec::new(), files.clone(), Vec::new());
        look_at(&schema);
        let named = vec!["a.B".to_owned()];
        let schema = Schema::from_reflection("target", named, files, Vec::new());
        assert!(schema.services.iter().all(|service| service.full_name == "a.B"));
    }
}

fn look_at(schema: &Schema) {
    for service in schema.services.iter().take(MOST_COMPILED) {
        let Ok(types) = schema.types(&service.full_name, &service.file) else { continue };
        for method in &service.methods {
            let path = MethodPath { service: service.full_name.clone(), method: method.name.clone() };
            assert!(types.method(&path).is_some(), "{path:?}");
        }
    }
    let mut left = MOST_DESCRIBED;
    for file in schema.files.list().iter().take(MOST_COMPILED) {
        let Ok(types) = schema.types_of_file(&file.name) else { continue };
        let encoded = types.encode_file(&file.name).unwrap_or_else(|| panic!("{} is not in its pool", file.name));
        if let Err(problem) = Unit::decode(&encoded.into()) {
            panic!("{problem}");
        }
        let symbols = symbols(&types, &file.name);
        for symbol in symbols.into_iter().take(left) {
            left -= 1;
            assert!(types.symbol_kind(&symbol).is_some(), "{symbol}");
            assert!(types.describe(&symbol).is_some_and(|text| !text.is_empty()), "{symbol}");
            let _doc = types.doc(&symbol);
        }
    }
    assert!(schema.find_symbol("google.protobuf.Timestamp").is_some());
}

/// The full names of what a file defines, as the pool has them.
fn symbols(types: &Types, file: &str) -> Vec<String> {
    let mut names = Vec::new();
    let Some(file) = types.pool().get_file_by_name(file) else { return names };
    for service in file.services() {
        names.extend(service.methods().map(|method| method.full_name().to_owned()));
        names.push(service.full_name().to_owned());
    }
    names.extend(file.extensions().map(|extension| extension.full_name().to_owned()));
    let mut messages: Vec<_> = file.messages().collect();
    let mut enums: Vec<_> = file.enums().collect();
    while let Some(message) = messages.pop() {
        names.push(message.full_name().to_owned());
        names.extend(message.fields().map(|field| field.full_name().to_owned()));
        let oneofs = message.oneofs().filter(|oneof| !oneof.is_synthetic());
        names.extend(oneofs.map(|oneof| oneof.full_name().to_owned()));
        names.extend(message.child_extensions().map(|extension| extension.full_name().to_owned()));
        messages.extend(message.child_messages());
        enums.extend(message.child_enums());
    }
    for item in enums {
        names.push(item.full_name().to_owned());
        names.extend(item.values().map(|value| value.full_name().to_owned()));
    }
    names
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    #[track_caller]
    fn check(target: &str, run: impl Fn(&[u8])) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus").join(target);
        let mut count = 0;
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            println!("{}", path.display());
            run(&std::fs::read(&path).unwrap());
            count += 1;
        }
        assert!(count > 20, "{count} inputs");
    }

    #[test]
    fn the_corpus_of_the_scanner_holds() {
        check("scanner", super::scanner);
    }

    #[test]
    fn the_corpus_of_the_lowering_holds() {
        check("lowering", super::lowering);
    }

    #[test]
    fn the_corpus_of_the_loader_holds() {
        check("loader", super::loader);
    }
}
