//! `trunkline list` and `trunkline describe`: what a schema has, in grpcurl's shapes.
//!
//! Must not know: calls.

use super::described::to_json;
use super::flags::{DescribeFlags, ListFlags, SaveFlags};
use super::report;
use super::source::{Schemas, target_and_name};
use super::suggest::did_you_mean;
use super::terminal::{Stop, note, print};
use crate::engine::Engine;
use crate::message;
use crate::schema::{self, Part, Saved, SymbolKind, Syntax, Types, Use};

/// Uses of a type that are printed for people.
const MOST_USES: usize = 20;

/// Lists services, or the methods of one, sorted, one full name per line.
pub(super) fn list(engine: &Engine, flags: &ListFlags) -> Result<(), Stop> {
    let (target, service) = target_and_name(&flags.positional, &flags.schema);
    let schemas = Schemas::load(engine, &flags.schema, &flags.connection, target)?;
    let names = match service {
        None => schemas.services().iter().map(|service| service.full_name.clone()).collect(),
        Some(name) => methods(&schemas, name)?,
    };
    print_sorted(names)?;
    let saved = save(&schemas, service, &flags.save);
    finish(&schemas)?;
    saved
}

fn methods(schemas: &Schemas, service: &str) -> Result<Vec<String>, Stop> {
    let named = schemas.named(service);
    if named.is_empty() {
        return Err(schemas.unknown_service(service));
    }
    let methods = named.iter().flat_map(|service| &service.methods);
    Ok(methods.map(|method| format!("{service}.{}", method.name)).collect())
}

fn print_sorted(mut names: Vec<String>) -> Result<(), Stop> {
    names.sort();
    // Two files may define the same name; the list is of names.
    names.dedup();
    names.iter().try_for_each(|name| print(name))
}

/// What could not be read is told; it decides the exit code only when there was nothing else to tell.
fn finish(schemas: &Schemas) -> Result<(), Stop> {
    schemas.tell_problems();
    if schemas.services().is_empty() && schemas.has_problems() { Err(Stop::Told(1)) } else { Ok(()) }
}

/// Writes the schemas, or what one symbol needs, to where the flags say.
fn save(schemas: &Schemas, symbol: Option<&str>, flags: &SaveFlags) -> Result<(), Stop> {
    let holders = schemas.all().iter().filter(|schema| symbol.is_none_or(|name| schema.find_symbol(name).is_some()));
    // Of several that know a symbol the first one is asked, as everywhere.
    let parts: Vec<Part<'_>> = holders.map(|schema| Part { schema, symbol }).collect();
    let parts = &parts[..if symbol.is_some() { parts.len().min(1) } else { parts.len() }];
    let mut complete = true;
    if let Some(folder) = &flags.proto_out_dir {
        complete &= tell_saved(&schema::save_protos(parts, folder, flags.overwrite));
    }
    if let Some(path) = &flags.protoset_out {
        complete &= tell_saved(&schema::save_descriptor_set(parts, path, flags.overwrite));
    }
    if complete { Ok(()) } else { Err(Stop::Told(1)) }
}

/// Tells what was not written; whether all was.
fn tell_saved(saved: &Saved) -> bool {
    saved.problems.iter().for_each(report::schema_problem);
    for path in &saved.kept {
        note(&format!("not replaced, as it says something else (--overwrite replaces it): {}", path.display()));
    }
    saved.is_complete()
}

/// Prints a symbol, or every service, as proto source.
pub(super) fn describe(engine: &Engine, flags: &DescribeFlags) -> Result<(), Stop> {
    let (target, symbol) = target_and_name(&flags.positional, &flags.schema);
    let schemas = Schemas::load(engine, &flags.schema, &flags.connection, target)?;
    match symbol {
        None => {
            let (compiled, broken) = schemas.compiled();
            if flags.json {
                let all: Vec<_> =
                    compiled.iter().filter_map(|(service, types)| to_json(types, &service.full_name, &[])).collect();
                print(&format!("{:#}", serde_json::Value::Array(all)))?;
            } else if flags.msg_template {
                return Err(Stop::Usage("name the message of which --msg-template is wanted".to_owned()));
            } else {
                compiled.iter().try_for_each(|(service, types)| print_described(types, &service.full_name))?;
            }
            let saved = save(&schemas, None, &flags.save);
            if compiled.is_empty() && broken {
                return Err(Stop::Told(1));
            }
            finish(&schemas)?;
            saved
        }
        Some(symbol) => {
            let symbol = symbol.trim_start_matches('.').replace('/', ".");
            describe_one(&schemas, &symbol, flags)?;
            save(&schemas, Some(&symbol), &flags.save)
        }
    }
}

fn describe_one(schemas: &Schemas, symbol: &str, flags: &DescribeFlags) -> Result<(), Stop> {
    if let Some(types) = schemas.find_symbol(symbol) {
        if flags.json {
            let used_by = schemas.used_by(&types, symbol);
            return to_json(&types, symbol, &used_by).map_or(Ok(()), |described| print(&format!("{described:#}")));
        }
        print_described(&types, symbol)?;
        print_around(schemas, &types, symbol)?;
        if flags.msg_template {
            let Some(message) = types.pool().get_message_by_name(symbol) else {
                return Err(Stop::Usage(format!("--msg-template wants a message, which this is not: {symbol}")));
            };
            print(&format!("\nMessage template:\n{}", message::template(&message).to_pretty()))?;
        }
        return Ok(());
    }
    let (compiled, broken) = schemas.compiled();
    let known: Vec<String> = compiled.iter().flat_map(|(_, types)| names(types)).collect();
    let suggestion = did_you_mean(symbol, known.iter().map(String::as_str));
    let complaint = format!("there is no symbol {symbol}{suggestion}");
    Err(if broken { Stop::Failed(complaint) } else { schemas.unknown(complaint) })
}

fn print_described(types: &Types, name: &str) -> Result<(), Stop> {
    let (Some(kind), Some(source)) = (types.symbol_kind(name), types.describe(name)) else { return Ok(()) };
    let kind = match kind {
        SymbolKind::Service => "a service",
        SymbolKind::Method => "a method",
        SymbolKind::Message => "a message",
        SymbolKind::Field => "a field",
        SymbolKind::Oneof => "a oneof",
        SymbolKind::Enum => "an enum",
        SymbolKind::EnumValue => "an enum value",
        SymbolKind::Extension => "an extension",
    };
    print(&format!("{name} is {kind}:\n{}", source.trim_end()))
}

/// What the source form does not say, as comments behind it: where it stands, who uses it.
fn print_around(schemas: &Schemas, types: &Types, name: &str) -> Result<(), Stop> {
    let Some(document) = types.document(name) else { return Ok(()) };
    let edition = if matches!(document.syntax, Syntax::Edition(_)) { "edition " } else { "" };
    let mut line = format!("\n// {}, {edition}{}", document.file, document.syntax.name());
    for (feature, value) in &document.features {
        line.extend([", ", feature, " = ", value]);
    }
    print(&line)?;
    let used_by = schemas.used_by(types, name);
    if used_by.is_empty() {
        return Ok(());
    }
    print("// used by:")?;
    used_by.iter().take(MOST_USES).try_for_each(|Use { kind, by }| print(&format!("//   {by} ({kind})")))?;
    match used_by.len().saturating_sub(MOST_USES) {
        0 => Ok(()),
        more => print(&format!("//   and {more} more, all of them with --json")),
    }
}

/// Every name that can be described.
pub(super) fn names(types: &Types) -> Vec<String> {
    let pool = types.pool();
    let services = pool.services().flat_map(|service| {
        let methods: Vec<String> = service.methods().map(|method| method.full_name().to_owned()).collect();
        std::iter::once(service.full_name().to_owned()).chain(methods)
    });
    let messages = pool.all_messages().filter(|message| !message.is_map_entry());
    services
        .chain(messages.map(|message| message.full_name().to_owned()))
        .chain(pool.all_enums().map(|one| one.full_name().to_owned()))
        .collect()
}
